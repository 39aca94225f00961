"""A client: one thread that asks at random, alone or in races (see crowd.py)."""

import random
import threading
import time
import uuid
from contextlib import ExitStack

from calls import Attach, Create, Insert, Link, Operate, Reply, Update, View
from chooser import Chooser
from crowd import Record
from model import CLOSED, FIELDS, OF_FILES, Caller, capital, small
from texts import normal

# The label would be lost.
CONFLICT = """
INSERT INTO helpdesk.ticket (ticket_uuid, solicitante_nombre, solicitante_email, tipo, categoria,
    descripcion, prioridad, area)
VALUES (%s, 'Ana', 'ana@correo.example', 'QUEJA', 'Redes', 'No hay conexión', 'ALTA', 'Redes')
ON CONFLICT DO NOTHING"""


class Client(Chooser, threading.Thread):
    """One thread with a connection for each login, which does some operations."""

    def __init__(self, crowd, number, connections, operations, seed):
        Chooser.__init__(self, crowd.world, seed)
        threading.Thread.__init__(self, name=f'client {number}', daemon=True)
        self.crowd = crowd
        self.connections = connections      # kept between rounds
        self.operations = operations
        self.error = None
        self.stop = lambda: False

    def run(self):
        try:
            done = 0
            while done < self.operations and not self.stop():
                done += self.step()
        except BaseException as error:      # pylint: disable=broad-except
            self.error = error

    def session(self, caller):
        if caller.session not in self.connections:
            self.connections[caller.session] = self.world.connect(caller.session)
        connection = self.connections[caller.session]
        connection.become(caller)
        return connection

    def ask(self, connection, call):
        answer = connection.ask(*call.sql(), offset=self.world.offset)
        self.crowd.note(answer)
        return answer

    # --- one step ------------------------------------------------------------

    def step(self):
        """Do something; returns how many operations it was."""
        crowd = self.crowd
        if self.world.at_midnight():
            return self.create_in_race()
        few = len(crowd.cases) < min(crowd.size, 20)
        if few or self.chance(0.25 if len(crowd.cases) < crowd.size else 0.05):
            return self.create_alone() if self.chance(0.6) else self.create_in_race()
        kind = self.rng.choices((self.one_alone, self.one_in_race, self.transaction, self.several,
                                 self.unknown, self.forbidden, self.locked, self.repeat, self.linked),
                                (56, 32, 5, 1, 2, 1, 0.2, 1, 2))[0]
        return kind()

    def pick(self):
        case = self.rng.choice(self.crowd.cases)
        return self.pick() if case.spoilt and self.chance(0.9) else case

    def one_alone(self):
        case = self.pick()
        with case.arena.alone():
            if not case.spoilt:
                call = self.make_call(case)
                case.become(case.judge(call, case.ticket, self.ask(self.session(call.caller), call)))
        return 1

    def one_in_race(self):
        """Two cases at a time are raced for."""
        crowd = self.crowd
        if self.chance(0.02):
            crowd.hot = self.rng.randrange(len(crowd.cases))
        case = crowd.cases[(crowd.hot + self.rng.randrange(2)) % len(crowd.cases)]
        if case.spoilt or case.ticket.row['estado'] in CLOSED and self.chance(0.9):
            crowd.hot = self.rng.randrange(len(crowd.cases))
        with case.arena.race() as records:
            call = self.make_call(case)
            while isinstance(call, (Attach, Reply)) and (self.desk.identify(call.caller).role == 'PUBLICO' or 'clave_idempotencia' in call.args):
                call = self.make_call(case)     # no version tells where it was in the race, or it may be an old one
            records.append(self.race(call))
        return 1

    def race(self, call):
        """Ask; at times stay in the transaction for a while, or roll it back."""
        connection = self.session(call.caller)
        if self.chance(0.6):
            answer = self.ask(connection, call)
            return Record(call, answer, True, answer.end)
        connection.ask('BEGIN')
        answer = self.ask(connection, call)
        time.sleep(self.rng.random() * 0.004)
        committed = self.chance(0.6)
        ended = connection.ask('COMMIT' if committed else 'ROLLBACK', offset=self.world.offset)
        return Record(call, answer, committed and not answer.code, ended.end)

    def transaction(self):
        """Some operations on one ticket in one transaction, with savepoints."""
        case = self.pick()
        caller = self.pick_caller('actualizar', case.ticket.row['area'])
        with case.arena.alone():
            if case.spoilt:
                return 1
            return self.play(case, caller, case.ticket)

    def play(self, case, caller, ticket):
        connection, done = self.session(caller), 0
        connection.ask(self.rng.choice(('BEGIN', 'BEGIN', 'BEGIN ISOLATION LEVEL REPEATABLE READ')))
        failed = False
        for done in range(1, self.rng.randrange(2, 6)):
            saved = self.chance(0.5)
            if saved:
                connection.ask('SAVEPOINT s')
            call = self.make_call(case, caller, ticket)
            answer = self.ask(connection, call)
            after = case.judge(call, ticket, answer)
            if saved and (answer.code or self.chance(0.3)):
                connection.ask('ROLLBACK TO SAVEPOINT s')
            elif answer.code:
                failed = True
                break
            else:
                ticket = after
        if not failed and self.chance(0.6):
            connection.ask('COMMIT')
            if not case.spoilt:
                case.become(ticket)
        else:
            connection.ask('ROLLBACK')
        return done

    def several(self):
        """One statement for some tickets: all of them, or none."""
        cases = {case.id: case for case in (self.pick(), self.pick(), self.pick())}
        with ExitStack() as stack:
            for ticket_id in sorted(cases):     # never two clients waiting for each other
                stack.enter_context(cases[ticket_id].arena.alone())
            if any(case.spoilt for case in cases.values()):
                return 1
            changes = {'telefono': f'+51 {self.rng.random()}'}
            call = Update(self.pick_owner(), list(cases), changes, '')
            answer = self.ask(self.session(call.caller), call)
            if answer.code:
                self.explain_several(call, answer, cases.values())
            for row in answer.rows:
                case = cases.pop(row['ticket_uuid'])
                case.become(case.judge(call, case.ticket, answer._replace(row=row)))
            self.crowd.report.check(not cases or answer.code, call, 'all of them', answer)
        return 1

    def explain_several(self, call, answer, cases):
        """A statement is refused if it must be for one of the tickets."""
        verdicts = [call.judge(self.desk, case.ticket, answer) for case in cases]
        self.crowd.report.check(any(good for good, _, _ in verdicts), call, verdicts[0][1], answer)

    def linked(self):
        """Two tickets are linked, talked about while they are, and parted again."""
        pair = [self.pick(), self.pick()]
        address = small(pair[0].ticket.row['solicitante_email'])
        same = [case for case in self.crowd.cases if small(case.ticket.row['solicitante_email']) == address]
        if self.chance(0.3):
            pair[1] = self.rng.choice(same)
        if pair[0] is pair[1]:
            return 0
        with ExitStack() as stack:
            for case in sorted(pair, key=lambda case: case.id):
                stack.enter_context(case.arena.alone())
            links, done = [], 0
            while not any(case.spoilt for case in pair) and done < 6:
                links, done = self.link(pair, links), done + 1
                if links and self.chance(0.6):
                    done += self.talk(pair)
            while links and not any(case.spoilt for case in pair):
                links, done = self.part(pair, links), done + 1
            if not any(case.spoilt for case in pair):
                done += self.talk(pair)
        return done

    def link(self, pair, links):
        """Make a link, or undo one; what links there are then."""
        operation = 'desvincular' if links and self.chance(0.3) else 'vincular'
        one, two = self.rng.sample(pair, 2)
        args = self.arguments(operation, one.ticket.row)
        args |= {'ticket_id': one.id, 'otro_id': two.id}
        args['relacion'] = self.rng.choice(('relacionado', 'padre', 'duplicado', 'duplicado'))
        if operation == 'desvincular' and self.chance(0.7):
            args['relacion'] = None
        if self.chance(0.06):
            args[self.rng.choice(('otro_id', 'relacion', 'motivo'))] = None
        elif self.chance(0.04):
            args['relacion'] = 'primo'
        elif self.chance(0.04):
            args['otro_id'] = one.id
        return self.judge_link(Link(self.pick_caller(operation, one.ticket.row['area']), operation, args, links), one, two)

    def part(self, pair, links):
        one, two = self.rng.sample(pair, 2)
        args = {'ticket_id': one.id, 'otro_id': two.id, 'motivo': 'No era eso.'}
        return self.judge_link(Link(Caller('postgres'), 'desvincular', args, links), one, two)

    def judge_link(self, call, one, two):
        links, before = call.links, {case.id: case.ticket.row['version'] for case in (one, two)}
        answer = self.ask(self.session(call.caller), call)
        if not answer.code:
            told = self.session(Caller('postgres')).ask(
                'SELECT ticket_uuid, operacion::text, version, ocurrido_en FROM helpdesk.historial '
                'WHERE ticket_uuid = ANY (%s::uuid[]) ORDER BY version', [list(before)])
            call.times = {(e['ticket_uuid'], e['operacion']): e['ocurrido_en'] for e in told.rows if e['version'] > before[e['ticket_uuid']]}
        one.judge(call, one.ticket, answer)
        two.spoilt = two.spoilt or one.spoilt
        if answer.code or one.spoilt:
            self.crowd.spoilt |= {two.id} if two.spoilt else set()
            return links
        for ticket in call.pair:
            one.become(ticket)
        self.desk.merge(call.links, call.pair)
        return call.links

    def talk(self, pair):
        """What is said in one of two tickets that are linked may land in the other one; what their requesters then see."""
        case = self.rng.choice(pair)
        for make in self.rng.sample((self.make_reply, self.make_consult, self.make_consult), 2):
            caller = self.pick_caller('consultar', case.ticket.row['area'])
            call = make(case, caller, case.ticket if make == self.make_reply else case.ticket.row)
            answer = self.ask(self.session(call.caller), call)
            after = case.judge(call, case.ticket, answer)
            if case.spoilt:
                pair[0].spoilt = pair[1].spoilt = True
                self.crowd.spoilt |= {each.id for each in pair}
                break
            if isinstance(call, Reply) and not answer.code and not call.repeats and call.event['ticket_uuid'] != case.id:
                self.desk.landed.setdefault(case.id, []).append(call.event)
            case.become(after)
        return 2

    def unknown(self):
        """A ticket that there is not, or no uuid at all."""
        ticket_id = self.rng.choice((str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
                                     'no-uuid', '', None))
        operation = self.rng.choice(list(FIELDS))
        if operation in ('crear', 'consultar', 'responder', 'calificar', *OF_FILES):
            call = View(self.pick_caller(None), ticket_id)
        else:
            call = Operate(self.pick_caller(None), operation, ticket_id,
                           self.arguments(operation, None))
        answer = self.ask(self.session(call.caller), call)
        good, expected, _ = call.judge(self.desk, None, answer)
        self.crowd.report.check(good, call, expected, answer)
        return 1

    def forbidden(self):
        """What nobody may do, not even the mesa's owner."""
        case = self.pick()
        caller = self.rng.choice([c for c in self.world.callers if not c.role])
        sql = self.rng.choice((
            'DELETE FROM helpdesk.ticket WHERE ticket_uuid = %s',
            'DELETE FROM helpdesk.historial WHERE ticket_uuid = %s',
            "UPDATE helpdesk.historial SET motivo = 'otro' WHERE ticket_uuid = %s",
            'INSERT INTO helpdesk.historial SELECT * FROM helpdesk.historial WHERE ticket_uuid = %s',
            'UPDATE helpdesk.contador SET ultimo = ultimo + 1 WHERE %s IS NOT NULL',
            'DELETE FROM helpdesk.agente WHERE %s IS NOT NULL',
            'DELETE FROM helpdesk.configuracion WHERE %s IS NOT NULL',
            'DELETE FROM helpdesk.estado WHERE %s IS NOT NULL',
            CONFLICT))
        code = '27000' if sql == CONFLICT and caller.session in self.desk.owners else '42501'
        answer = self.session(caller).ask(sql, [case.id])
        self.crowd.report.check(answer.code == code, f'{caller.session}: {sql}', code, answer)
        return 1

    def locked(self):
        """A ticket that another transaction holds: PT423 after a while."""
        case = self.pick()
        holder, waiter = self.session(Caller('postgres')), self.session(Caller('dueno'))
        with case.arena.alone():
            holder.ask('BEGIN')
            holder.ask('SELECT FROM helpdesk.ticket WHERE ticket_uuid = %s FOR SHARE', [case.id])
            waiter.ask("SET ticket_sm.espera_bloqueo = '20ms'")
            answer = waiter.ask('SELECT * FROM ticket_sm.fn_actualizar(%s, %s)', [case.id, 'nota'])
            waiter.ask('RESET ticket_sm.espera_bloqueo')
            holder.ask('ROLLBACK')
        self.crowd.note(answer)
        self.crowd.report.check(answer.code == 'PT423', 'a ticket that is locked', 'PT423', answer)
        return 1

    # --- creation ------------------------------------------------------------

    def create_alone(self):
        with self.crowd.nursery.alone():
            return self.play_creation(self.make_creation())

    def play_creation(self, call):
        """At times in a transaction, after one that was rolled back."""
        connection = self.session(call.caller)
        kind = self.rng.choices(('plain', 'savepoint', 'rollback'), (70, 15, 15))[0]
        if kind != 'plain':
            connection.ask('BEGIN')
        if kind == 'savepoint':
            connection.ask('SAVEPOINT s')
            first = self.make_creation(call.caller)
            self.judge_creation(first, self.ask(connection, first))
            connection.ask('ROLLBACK TO SAVEPOINT s')
        ticket = self.judge_creation(call, self.ask(connection, call))
        if kind != 'plain':
            connection.ask('ROLLBACK' if kind == 'rollback' else 'COMMIT')
        if ticket and kind != 'rollback':
            self.crowd.born(ticket, call)
        return 2 if kind == 'savepoint' else 1

    def judge_creation(self, call, answer):
        """The new ticket, if there is one."""
        good, expected, ticket = call.judge(self.desk, None, answer)
        self.crowd.report.check(good, call, expected, answer)
        if not good and answer.row:
            self.crowd.resync(answer.row)
        return ticket if good and not answer.code else None

    def create_in_race(self):
        crowd = self.crowd
        with crowd.nursery.race() as records:
            call = self.make_creation()
            if not isinstance(call, Insert) and self.chance(0.5):
                # the others use this key, too
                key = f'clave-{len(self.desk.tickets) // 8}'
                call.args = self.creation_of(random.Random(key), self.desk)
                call.args['clave_idempotencia'] = key
                if self.chance(0.15):
                    call.args['asunto'] = 'Otro asunto'
            records.append(self.race(call))
        return 1

    def repeat(self):
        """A request with a key again, with the same or with other data."""
        crowd = self.crowd
        if not crowd.requests:
            return 0
        with crowd.nursery.alone():
            args = dict(self.rng.choice(crowd.requests))
            call = Create(self.pick_caller('crear'), args)
            kind = self.rng.choice(('same', 'same', 'other case', 'other data', 'other requester'))
            if kind == 'other case':
                args['categoria'] = f'  {args["categoria"]} '
                args['tipo'], args['email'] = args['tipo'].lower(), capital(normal('email', args['email']))
            elif kind == 'other data':
                args['documento'] = f'otro {self.rng.random()}'
            elif kind == 'other requester':     # whose key it is not
                args['email'] = f'otro{self.rng.random()}@correo.example'
                return self.play_creation(call)
            _, first = self.desk.keys[call.key()]
            case = next((c for c in crowd.cases if c.id == first), None)
            if case is None:        # nobody works on it any more
                self.judge_repeat(call)
                return 1
            with case.arena.alone():
                if not case.spoilt:
                    self.judge_repeat(call)
        return 1

    def judge_repeat(self, call):
        answer = self.ask(self.session(call.caller), call)
        good, expected, _ = call.judge(self.desk, None, answer)
        self.crowd.report.check(good, call, expected, answer)
