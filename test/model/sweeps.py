"""Between rounds: sweeps by several clients at once while others work on the
same tickets, and the recomputation of all targets."""

import random
import threading

from calls import Connection, Operate, in_time
from model import Caller, Refused
from sla import when

SWEEP = 'SELECT * FROM ticket_sm.fn_sla_barrer(%s)'
TIMES = 'SELECT ocurrido_en FROM helpdesk.historial WHERE ticket_uuid = %s AND version = %s'


class Sweeps:
    """One quiet moment: nobody else is at work."""

    def __init__(self, world, crowd, report, seed):
        self.world, self.desk, self.crowd, self.report = world, world.desk, crowd, report
        self.rng = random.Random(seed)
        self.told = 0
        self.lock = threading.Lock()
        self.steps = {}             # ticket -> [(version, what happened)]

    def storm(self):
        """Sweep until there is nothing left to tell; returns how much there was."""
        self.told = 0
        due = [t.row['ticket_uuid'] for t in self.desk.tickets.values()
               if self.desk.due(t, self.moment())]
        self.rng.shuffle(due)
        workers = [threading.Thread(target=self.guarded, args=(self.sweeper, caller, limit))
                   for caller, limit in ((Caller('ana'), 3), (Caller('dueno'), 1),
                                         (Caller('autenticador', 'ticket_admin'), 7), (Caller('marta'), 5),
                                         (Caller('postgres'), 1000))]
        workers += [threading.Thread(target=self.guarded, args=(self.worker, due[part::2][:15]))
                    for part in range(2)]
        self.errors = []
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if self.errors:
            raise self.errors[0]
        last = self.sweep(self.world.owner, Caller('postgres'), 100000)
        self.settle()
        for ticket_id in sorted(self.desk.tickets.keys() - self.crowd.spoilt):
            ticket = self.desk.tickets[ticket_id]
            left = self.desk.due(ticket, last.start)
            self.report.check(not left, f'{ticket.row["ticket_label"]}: nothing was left', left, '', ticket)
        return self.told

    def moment(self):
        return self.world.owner.ask('SELECT ticket_sm.ahora()').row['ahora']

    def guarded(self, what, *args):
        try:
            what(*args)
        except BaseException as error:      # pylint: disable=broad-except
            self.errors.append(error)

    def connect(self, caller):
        connection = Connection(self.world.server, caller.session, self.world.database)
        connection.become(caller)
        return connection

    def sweeper(self, caller, limit):
        connection = self.connect(caller)
        while self.sweep(connection, caller, limit).rows:
            pass
        connection.close()

    def sweep(self, connection, caller, limit):
        answer = connection.ask(SWEEP, [limit], offset=self.world.offset)
        try:
            who = self.desk.judge_admin(caller)
        except Refused as refusal:
            self.report.check(answer.code in refusal.codes, f'a sweep by {caller}', refusal.codes, answer)
            return answer
        self.report.check(not answer.code, f'a sweep by {caller}', 'rows', answer)
        with self.lock:
            found = {}
            for row in answer.rows:
                found.setdefault(row['ticket_uuid'], []).append(row)
            self.report.check(len(found) <= limit, f'a sweep of at most {limit}', limit, len(found))
            for ticket_id, rows in found.items():
                self.steps.setdefault(ticket_id, []).append((rows[0]['version'], (who, answer, rows)))
            self.told += len(answer.rows)
        return answer

    def worker(self, tickets):
        """Meets what is missed before the sweeps do, or after them."""
        connection = self.connect(Caller('postgres'))
        for ticket_id in tickets:
            if not self.desk.tickets[ticket_id].row['abierto'] or ticket_id in self.crowd.spoilt:
                continue
            call = Operate(Caller('postgres'), 'actualizar', ticket_id, {'nota': 'barrido'})
            answer = connection.ask(*call.sql(), offset=self.world.offset)
            with self.lock:
                if answer.code:
                    ticket = self.desk.tickets[ticket_id]
                    good, expected, _ = call.judge(self.desk, ticket, answer)
                    self.report.check(good, call, expected, answer, ticket)
                else:
                    self.steps.setdefault(ticket_id, []).append((answer.row['version'], (call, answer)))
        connection.close()

    def settle(self):
        """Each ticket's story, in the order of its versions."""
        for ticket_id, steps in sorted(self.steps.items()):
            if ticket_id in self.crowd.spoilt:
                continue
            ticket = self.desk.tickets[ticket_id]
            for _, (what, *rest) in sorted(steps, key=lambda step: step[0]):
                if isinstance(what, Operate):
                    good, expected, after = what.judge(self.desk, ticket, rest[0])
                    self.report.check(good, what, expected, rest[0], ticket)
                    ticket = after
                else:
                    ticket = self.judge(what, *rest, ticket)
            self.desk.adopt(ticket)
        self.steps = {}

    def judge(self, who, answer, rows, ticket):
        now = self.world.rows(TIMES, rows[0]['ticket_uuid'], rows[0]['version'])[0][0]
        after = self.desk.sweep(who, ticket, now)
        expected = [{
            'ticket_uuid': event['ticket_uuid'], 'ticket_label': ticket.row['ticket_label'],
            'operacion': event['operacion'], 'objetivo': event['due'].target,
            'umbral': event['due'].percent, 'fecha_limite': when(event['due'].deadline), 'version': event['version'], 'advertencia': None}
            for event in after.log[len(ticket.log):]]
        self.report.check(rows == expected, 'what a sweep tells', expected, rows, ticket)
        timed = answer._replace(row={'actualizado_en': now})
        self.report.check(in_time(timed, ticket), 'when a sweep tells', answer.start, now, ticket)
        return after

    def recompute(self):
        """fn_sla_recalcular; returns how many tickets got another target."""
        caller = self.rng.choice((Caller('postgres'), Caller('ana'), Caller('dueno'), Caller('marta')))
        connection = self.connect(caller)
        answer = connection.ask('SELECT ticket_sm.fn_sla_recalcular() AS changed', offset=self.world.offset)
        connection.close()
        try:
            who = self.desk.judge_admin(caller)
        except Refused as refusal:
            self.report.check(answer.code in refusal.codes, f'recalcular by {caller}', refusal.codes, answer)
            return 0
        changed = 0
        for ticket_id in sorted(self.desk.tickets.keys() - self.crowd.spoilt):
            ticket = self.desk.tickets[ticket_id]
            now, version = self.world.rows('SELECT actualizado_en, version FROM helpdesk.ticket WHERE ticket_uuid = %s', ticket_id)[0]
            touched = version > ticket.row['version']       # the clock may have gone back since its last change
            after = self.desk.recompute(who, ticket, now if touched else answer.start)
            self.report.check(touched == (after is not ticket), 'whether recalcular changes a ticket',
                              after is not ticket, touched, ticket)
            changed += any(e['operacion'] in ('recalcular', 'retirar') for e in after.log[len(ticket.log):])
            self.desk.adopt(after)
        self.report.check(answer.row == {'changed': changed}, 'fn_sla_recalcular()', changed, answer)
        return changed


def check_outbox(world, crowd, report):
    """Every warning and breach of the history is in the outbox, once, and
    fn_eventos gives it out."""
    expected = sorted((row for t in world.desk.tickets.values() for row in world.desk.outbox(t)
                       if row[0] not in crowd.spoilt), key=lambda row: row[:2])
    got = [row for row in world.rows('SELECT ticket_uuid, version, operacion::text, ocurrido_en, datos '
                                     'FROM helpdesk.evento ORDER BY 1, 2') if row[0] not in crowd.spoilt]
    wrong = [f'{a} {b}' for a, b in zip(expected, got) if a != b][:3]
    report.check(expected == got, 'table evento', f'{len(expected)} rows', f'{len(got)} rows {wrong}')
    last, read = 0, []
    while True:
        rows = world.rows('SELECT evento_id, ticket_uuid, version FROM ticket_sm.fn_eventos(%s, 97)', last)
        read += [row[1:] for row in rows if row[1] not in crowd.spoilt]
        if not rows:
            break
        last = rows[-1][0]
    report.check(sorted(read) == [row[:2] for row in expected], 'fn_eventos()', len(expected), len(read))
    twice = world.rows("""SELECT ticket_uuid, k FROM helpdesk.historial, jsonb_object_keys(sla) AS k
        WHERE operacion IN ('vencer', 'retirar') AND right(k, 13) = 'incumplido_en' GROUP BY 1, 2
        HAVING count(*) FILTER (WHERE operacion = 'vencer') - count(*) FILTER (WHERE operacion = 'retirar') NOT IN (0, 1)""")
    report.check(not twice, 'a breach is told once, and again when it was withdrawn', [], twice[:3])
