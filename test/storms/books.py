"""What the clients were told, against what the server has."""

import json
from collections import Counter, defaultdict

CATEGORIES = {
    'lost': 'what was acknowledged or shown is not there',
    'twice': 'one thing is there more than once, or one label or key has two tickets',
    'phantom': 'what was refused or rolled back is there, or what nobody sent',
    'torn': 'a part of a transaction is there',
    'gaps': 'labels of a year are not 1 to n, or the counter is not n',
    'order': 'a label is lower than one that was told before it was asked for',
    'holes': 'the versions of a ticket in the history are not 1 to n',
    'outbox': 'the outbox or its reader has not each row of the history once, in order',
    'told': 'a warning or breach was told twice',
    'verify': 'fn_verificar() has something to say',
    'errors': 'a client met an error that it should not',
    'log': 'PANIC, a crash of its own or an internal error in the log',
}
# what a client may meet in a storm: refusals, timeouts, the end of its server
EXPECTED = {'PT409', 'PT423', 'PT429', '42501', '57014', '57P01', '57P02', '57P03', '55P03', '40001', '40P01', None}

TICKETS = """SELECT ticket_uuid::text, ticket_label, version, (regexp_match(descripcion, '\\S+$'))[1],
    clave_idempotencia FROM helpdesk.ticket"""
HISTORY = """SELECT ticket_uuid::text, version, operacion::text,
    CASE WHEN operacion IN ('avisar', 'vencer', 'retirar') THEN NULL
        ELSE coalesce(cambios -> 'asunto' ->> 1, motivo, nota, respuesta, mensaje) END FROM helpdesk.historial"""
OUTBOX = """SELECT evento_id, ticket_uuid::text, version, datos ->> 'objetivo', datos ->> 'umbral', operacion::text
    FROM helpdesk.evento ORDER BY evento_id"""
EVENTS = 'SELECT evento_id, ticket_uuid::text, version FROM ticket_sm.fn_eventos(%s, 10000)'


class Books:
    """Of one life of a desk, over all its rounds."""

    def __init__(self):
        self.sent = {}              # attempt -> (time, things, undone)
        self.open = set()           # attempts without an answer
        self.tickets = {}           # thing -> (uuid, label)
        self.keyed = defaultdict(set)   # key -> {(uuid, label)}
        self.events = {}            # (thing, uuid) -> (version, operation)
        self.clock = set()          # (uuid, version, operation) of sweeps
        self.never = set()          # things that must not be there
        self.never_on = set()       # (thing, uuid) likewise
        self.seen = {}              # uuid -> (label, version)
        self.read = []              # (evento_id, uuid, version)
        self.times = []             # (label, sent, told)
        self.refusals = Counter()
        self.acknowledged = 0
        self.resolved = Counter()   # what became of attempts without an answer
        self.odd = []
        self.expected = EXPECTED

    def take(self, file):
        """Read a client's book."""
        with open(file, encoding='utf-8') as lines:
            for line in lines:
                what, *rest = json.loads(line)
                getattr(self, 'take_' + what)(*rest)

    def take_sent(self, attempt, when, things, undone):
        self.sent[attempt] = (when, things, undone)
        self.open.add(attempt)
        self.never.update(undone)

    def take_done(self, attempt, when, results):
        self.open.discard(attempt)
        self.acknowledged += 1
        for what, thing, *rest in results:
            if what == 'undone':
                self.never_on.add((thing, *rest))
            elif what == 'event' and thing is None:
                self.clock.add(tuple(rest))
            elif what == 'event':
                self.events[thing, rest[0]] = tuple(rest[1:])
            elif thing.startswith('k'):
                self.keyed[thing].add(tuple(rest))
            else:
                self.tickets[thing] = tuple(rest)
                self.times.append((label_key(rest[1]), self.sent[attempt][0], when))

    def take_no(self, attempt, code):
        self.refusals[code] += 1
        if attempt in self.open:
            self.open.discard(attempt)
            self.never.update(thing for thing in self.sent[attempt][1] if not thing.startswith('k'))
        self.expect(code)

    def take_broken(self, code):
        self.refusals[code or 'gone'] += 1
        self.expect(code)

    def expect(self, code):
        if code not in self.expected:
            self.odd.append(f'SQLSTATE {code}')

    def take_seen(self, rows):
        for ticket, label, version in rows:
            known = self.seen.get(ticket)
            self.seen[ticket] = (label, max(version, known[1] if known else 0))

    def take_read(self, *row):
        self.read.append(row)

    def take_died(self, error):
        self.odd.append(error)

    # --- against the server ----------------------------------------------------

    def check(self, connection):
        """What is wrong: category -> examples."""
        wrong = defaultdict(list)
        database = Database(connection, self.read[-1][0] if self.read else 0)
        wrong['errors'] += self.odd
        self.odd = []
        self.check_tickets(database, wrong)
        self.check_events(database, wrong)
        self.check_open(database, wrong)
        self.check_labels(database, wrong)
        self.check_outbox(database, wrong)
        wrong['verify'] += database.problems
        return {category: examples for category, examples in wrong.items() if examples}

    def check_tickets(self, database, wrong):
        for thing, ticket in self.tickets.items():
            if database.by_thing.get(thing, [])[:1] != [ticket]:
                wrong['lost'].append((thing, ticket))
        for key, tickets in self.keyed.items():
            if len(tickets) > 1:
                wrong['twice'].append((key, tickets))
            if not tickets <= set(database.by_thing.get(key, ())):
                wrong['lost'].append((key, tickets))
        for thing, tickets in database.by_thing.items():
            if len(tickets) > 1:
                wrong['twice'].append((thing, tickets))
            if thing in self.never or not self.was_sent(thing):
                wrong['phantom'].append((thing, tickets))
        for ticket, (label, version) in self.seen.items():
            if database.tickets.get(ticket, ('', 0))[0] != label or database.tickets[ticket][1] < version:
                wrong['lost'].append(('seen', ticket, label, version))

    def was_sent(self, thing):
        return thing.startswith('k') or thing in self.sent or thing.rpartition('.')[0] in self.sent

    def check_events(self, database, wrong):
        for (thing, ticket), event in self.events.items():
            if database.events.get((thing, ticket)) != [event]:
                wrong['twice' if len(database.events.get((thing, ticket), ())) > 1 else 'lost'].append((thing, ticket, event))
        for event in self.clock - database.history:
            wrong['lost'].append(event)
        for (thing, ticket), events in database.events.items():
            if thing in self.never or (thing, ticket) in self.never_on or not self.was_sent(thing):
                wrong['phantom'].append((thing, ticket, events))
            elif len(events) > 1 and (thing, ticket) not in self.events:
                wrong['twice'].append((thing, ticket, events))

    def check_open(self, database, wrong):
        """Attempts without an answer are there as a whole or not at all, and stay so."""
        on_tickets = defaultdict(list)
        for (thing, ticket), events in database.events.items():
            on_tickets[thing].append((ticket, events[0]))
        for attempt in self.open:
            things = [thing for thing in self.sent[attempt][1] if not thing.startswith('k')]
            there = [thing for thing in things if thing in database.by_thing or thing in on_tickets]
            if there and len(there) < len(things):
                wrong['torn'].append((attempt, there, things))
            if things:
                self.resolved['done' if there else 'not done'] += 1
            if not there:
                self.never.update(things)
            for thing in there:
                if thing in database.by_thing:
                    self.tickets[thing] = database.by_thing[thing][0]
                for ticket, event in on_tickets[thing]:
                    self.events[thing, ticket] = event
        self.open = set()

    def check_labels(self, database, wrong):
        years = defaultdict(list)
        for label, _ in database.tickets.values():
            year, number = label_key(label)
            years[year].append(number)
        for year in years.keys() | database.counters.keys():
            numbers = sorted(years[year])
            if len(set(numbers)) < len(numbers):
                wrong['twice'].append(('labels', year))
            if numbers != list(range(1, len(numbers) + 1)) or database.counters.get(year) != len(numbers):
                wrong['gaps'].append((year, len(numbers), database.counters.get(year)))
        earliest = float('inf')
        for label, sent, told in sorted(self.times, reverse=True):
            if sent > earliest:
                wrong['order'].append(label)
            earliest = min(earliest, told)

    def check_outbox(self, database, wrong):
        history = {(ticket, version) for ticket, version, _ in database.history}
        versions = Counter(ticket for ticket, _ in history)
        for ticket, (_, version) in database.tickets.items():
            if versions[ticket] != version or (ticket, version) not in history or (ticket, 1) not in history:
                wrong['holes'].append(ticket)
        if versions.keys() - database.tickets.keys():
            wrong['holes'].append('history without a ticket')
        rows = Counter(database.outbox)
        if rows.keys() != history or max(rows.values(), default=1) > 1:
            wrong['outbox'].append(('table', len(database.outbox), len(history)))
        self.read += database.unread
        numbers = [number for number, *_ in self.read]
        if sorted(set(numbers)) != numbers:
            wrong['outbox'].append('the reader went back')
        given = Counter((ticket, version) for _, ticket, version in self.read)
        if given.keys() != history or max(given.values(), default=1) > 1:
            wrong['outbox'].append(('reader', len(self.read), len(history)))
        wrong['told'] += [what for what, times in Counter(database.told).items() if times > 1]


class Database:
    """What is there, read once."""

    def __init__(self, connection, read_so_far):
        cursor = connection.cursor()

        def rows(sql, *arguments):
            cursor.execute(sql, arguments)
            return cursor.fetchall()

        self.tickets, self.by_thing = {}, defaultdict(list)
        for ticket, label, version, thing, key in rows(TICKETS):
            self.tickets[ticket] = (label, version)
            self.by_thing[key or thing].append((ticket, label))
        self.history, self.events = set(), defaultdict(list)
        for ticket, version, operation, thing in rows(HISTORY):
            self.history.add((ticket, version, operation))
            if thing:
                self.events[thing, ticket].append((version, operation))
        outbox = rows(OUTBOX)
        self.outbox = [row[1:3] for row in outbox]
        self.told = [(ticket, target, percent) for _, ticket, _, target, percent, what in outbox
                     if what in ('avisar', 'vencer', 'retirar')]
        self.unread = []
        while more := rows(EVENTS, self.unread[-1][0] if self.unread else read_so_far):
            self.unread += more
        self.counters = dict(rows('SELECT anio, ultimo FROM helpdesk.contador'))
        self.problems = rows('SELECT ticket_uuid::text, problema, detalle FROM ticket_sm.fn_verificar() LIMIT 5')


def label_key(label):
    _, year, number = label.split('-')
    return int(year), int(number)
