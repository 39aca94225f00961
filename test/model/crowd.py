"""What the clients share, and how their answers are judged.

Most of what is asked of a ticket is asked alone: nobody else works on it
meanwhile, so the model gives the one answer that is right.  The rest is asked
in races.  When the last racer on a ticket is through, those who changed it
are put in the order of the versions they were given and replayed; whoever was
refused, or rolled back, must be explained by one of the states that the
ticket had between the start and the end of its call.
"""

import random
import threading
from collections import Counter
from contextlib import contextmanager
from typing import NamedTuple

from calls import Answer, Call, short
from model import Refused


class Report:
    """Counts what was checked, and prints what was wrong."""
    MOST = 20

    def __init__(self, quiet=False):
        self.passed = self.failed = 0
        self.quiet = quiet
        self.lock = threading.Lock()

    def check(self, good, what, expected='', got='', ticket=None):
        with self.lock:
            if good:
                self.passed += 1
                return
            self.failed += 1
            if self.failed > self.MOST or self.quiet:
                return
            print(f'MISMATCH {self.failed}: {what}\n  expected: {short(expected)}\n  got:      {got}')
            if isinstance(expected, dict) and isinstance(got, Answer) and got.row:
                for field, value in expected.items():
                    if got.row.get(field) != value:
                        print(f'    {field}: expected {value!r}, got {got.row.get(field)!r}')
            for event in ticket.log if ticket else ():
                print(f'    {event["version"]:3} {event["ocurrido_en"]} {event["operacion"]} '
                      f'{event["estado_antes"]} > {event["estado_despues"]} '
                      f'area {event["area_despues"]} agent {event["agente_despues"]} '
                      f'by {event["usuario_bd"]} ({event["actor_rol"]})')
            if ticket:
                print(f'    now: deadline {ticket.row["fecha_limite_sla"]}, '
                      f'left {ticket.row["sla_restante"]}')


class Record(NamedTuple):
    """A racer's call, its answer, and whether it was committed."""
    call: Call
    answer: Answer
    committed: bool
    end: object             # when it was through


class Arena:
    """A place where one works alone, or several race."""

    def __init__(self, settle):
        self.settle = settle
        self.changed = threading.Condition()
        self.taken = False
        self.racers = self.waiting = 0
        self.records = []

    @contextmanager
    def alone(self):
        with self.changed:
            self.waiting += 1
            self.changed.wait_for(lambda: not self.taken and not self.racers)
            self.waiting -= 1
            self.taken = True
        try:
            yield
        finally:
            with self.changed:
                self.taken = False
                self.changed.notify_all()

    @contextmanager
    def race(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.taken and not self.waiting)
            self.racers += 1
        try:
            yield self.records
        finally:
            with self.changed:
                self.racers -= 1
                if not self.racers:
                    records, self.records = self.records, []
                    try:
                        self.settle(records)
                    finally:
                        self.changed.notify_all()


class Case:
    """A ticket that the clients work on."""

    def __init__(self, crowd, ticket_id):
        self.crowd, self.id = crowd, ticket_id
        self.spoilt = False         # a change was not as expected: what it is now is unknown
        self.arena = Arena(self.settle)

    @property
    def ticket(self):
        return self.crowd.desk.tickets[self.id]

    def become(self, ticket):
        self.crowd.desk.adopt(ticket)

    def judge(self, call, ticket, answer):
        """Check one answer; the ticket afterwards."""
        good, expected, after = call.judge(self.crowd.desk, ticket, answer)
        if not good and call.changes and not answer.code:
            self.spoilt = True
            self.crowd.spoilt.add(self.id)
        self.crowd.report.check(good, call, expected, answer, ticket)
        return after

    def settle(self, records):
        """The race is over: replay it."""
        if self.spoilt:
            return
        crowd, ticket = self.crowd, self.ticket
        winners = [r for r in records if r.committed and r.call.changes and not r.answer.code]
        winners.sort(key=lambda r: r.answer.row['version'])
        states = [ticket]
        for winner in winners:
            ticket = self.judge(winner.call, ticket, winner.answer)
            states.append(ticket)
        for earlier, later in zip(winners, winners[1:]):
            if earlier.answer.start > later.end:
                crowd.report.check(False, f'{earlier.call} came before {later.call}')
        if self.spoilt:
            return
        self.become(ticket)
        for record in records:
            if not any(record is winner for winner in winners):
                self.explain(record, states, winners)
        crowd.races[len(records)] += 1
        crowd.contended += len(winners) > 1

    def explain(self, record, states, winners):
        """The answer must be right in one of the states of that time."""
        verdicts = [record.call.judge(self.crowd.desk, state, record.answer)
                    for state in self.crowd.possible(record, states, winners)]
        good = any(verdict[0] for verdict in verdicts)
        expected = ' or '.join(dict.fromkeys(short(verdict[1]) for verdict in verdicts))
        self.crowd.report.check(good, f'{record.call}, in a race', expected, record.answer,
                                states[-1])


class Crowd:
    """What the clients share."""

    def __init__(self, world, report, tickets):
        self.world, self.desk, self.report = world, world.desk, report
        self.size = tickets
        self.cases = []                     # those being worked on
        self.nursery = Arena(self.settle)   # where tickets are made
        self.requests = []                  # what made tickets with a key
        self.hot = 0                        # the cases that are raced for
        self.spoilt = set()                 # ids of tickets that went astray
        self.races = Counter()              # by the number of calls
        self.contended = 0                  # with more than one new version
        self.refused = Counter()            # by SQLSTATE
        self.messages = {}                  # SQLSTATE -> primary messages
        self.lock = threading.Lock()

    @staticmethod
    def possible(record, states, winners):
        """Which of the states a ticket may have had while the call lasted."""
        return [state for i, state in enumerate(states)
                if (i == 0 or winners[i - 1].answer.start <= record.answer.end)
                and (i == len(winners) or winners[i].end >= record.answer.start)]

    def note(self, answer):
        if answer.code:
            with self.lock:
                self.refused[answer.code] += 1
                self.messages.setdefault(answer.code, set()).add(answer.error[0])

    def born(self, ticket, call):
        """A new ticket is committed; it may take the place of one that is closed."""
        self.desk.adopt(ticket)
        if call.key():
            self.requests.append(call.args)
        case = Case(self, ticket.row['ticket_uuid'])
        if len(self.cases) < self.size:
            self.cases.append(case)
            return
        for index in random.Random(case.id).sample(range(self.size), min(self.size, 40)):
            if self.cases[index].spoilt or not self.cases[index].ticket.row['abierto']:
                self.cases[index] = case
                return

    # --- a race of creations -------------------------------------------------

    def settle(self, records):
        before = {id(r): self.verdict(r) for r in records if r.answer.code or not r.committed}
        base = dict(self.desk.counters)
        known = set(self.desk.tickets)
        makers = {}
        for record in records:
            if record.committed and not record.answer.code:
                if record.answer.row['ticket_uuid'] not in known:
                    makers.setdefault(record.answer.row['ticket_uuid'], []).append(record)
        groups = sorted(makers.values(), key=lambda g: label_order(g[0].answer.row))
        for group in groups:
            self.settle_birth(group)
        times = [group[0].answer.row['fecha_creacion'] for group in groups]
        if times != sorted(times):
            self.report.check(False, 'labels in the order of creation', '', times)
        for record in records:
            row = record.answer.row
            if record.answer.code:
                good = before[id(record)][0] or self.verdict(record)[0]
            elif row['ticket_uuid'] in self.desk.tickets:
                good = self.is_repeat(record)
            else:
                good = self.might_have_been(record, base)
            self.report.check(good, f'{record.call}, in a race', before.get(id(record), ('', ''))[1],
                              record.answer)
        self.races[len(records)] += 1
        self.contended += len(makers) > 1

    def verdict(self, record):
        return record.call.judge(self.desk, None, record.answer)

    def actor(self, caller):
        """The caller as the history names it."""
        who = self.desk.identify(caller)
        return who.user, who.agent.name if who.agent else who.user

    def settle_birth(self, group):
        """Who made the ticket?  All in the group were told of it."""
        row = group[0].answer.row
        if len(group) > 1:
            maker = tuple(self.world.rows('SELECT usuario_bd, actor_nombre FROM helpdesk.historial '
                                          'WHERE ticket_uuid = %s AND version = 1', row['ticket_uuid'])[0])
            # behind an authenticator several callers are one database role
            group = [r for r in group if maker == self.actor(r.call.caller)] or group
        for record in group:
            good, expected, ticket = self.verdict(record)
            if good:
                break
        if good:
            self.born(ticket, record.call)
        else:
            self.report.check(False, f'{record.call}, in a race', expected, record.answer)
            self.resync(row)

    def resync(self, row):
        """A creation was not as expected: take the counter as it is, to go on."""
        self.spoilt.add(row['ticket_uuid'])
        _, year, number = row['ticket_label'].split('-')
        self.desk.counters[int(year)] = max(int(number), self.desk.counters.get(int(year), 0))

    def is_repeat(self, record):
        """The same request again, or whoever made it: the same ticket."""
        row, ticket = record.answer.row, self.desk.tickets[record.answer.row['ticket_uuid']]
        try:
            record.call.expect(self.desk, None, record.answer)
        except Refused:
            return False
        made = ticket.row['clave_idempotencia'] is None or \
            ticket.row['huella_idempotencia'][0] == record.call.key()
        return made and row['ticket_label'] == ticket.row['ticket_label'] \
            and row['fecha_creacion'] == ticket.row['fecha_creacion']

    def might_have_been(self, record, base):
        """A creation that was rolled back: any label of that time is good."""
        year, number = label_order(record.answer.row)
        if not base.get(year, 0) < number <= self.desk.counters.get(year, 0) + 1:
            return False
        counters, keys = self.desk.counters, self.desk.keys
        self.desk.counters = {**counters, year: number - 1}
        self.desk.keys = {}         # who had the key may have been rolled back too
        try:
            return self.verdict(record)[0]
        finally:
            self.desk.counters, self.desk.keys = counters, keys


def label_order(row):
    _, year, number = row['ticket_label'].split('-')
    return int(year), int(number)
