"""Clients in processes of their own, which outlive the server: each writes down
what it is about to do, and then what it was told.

A book is a file of lines of JSON.  An attempt is one transaction, a thing one
row of the history in it; each thing carries a name of its own, which the
server stores in a text of the requester or the agent.

  sent   attempt, time, things, things that are undone by a savepoint
  done   attempt, time, results: ["ticket", thing, uuid, label],
         ["event", thing, uuid, version, operation], ["undone", thing, uuid]
  no     attempt, SQLSTATE: refused, so nothing of it may be there
  seen   uuid, label, version: what a reader was shown
  read   evento_id, uuid, version: what fn_eventos gave
  broken SQLSTATE: the connection is gone; what was sent may be there or not
"""

import json
import os
import random
import signal
import time

import psycopg2
from cluster import die_with_parent

CREATE = ("SELECT ticket_uuid::text, ticket_label FROM ticket_sm.fn_crear_ticket(nombre => 'Eva Paz', email => %s, "
          "tipo => 'QUEJA', categoria => 'red', descripcion => %s, prioridad => 'ALTA', area => %s, "
          "clave_idempotencia => %s)")
OPERATIONS = {
    'asignar': "fn_asignar(%s, motivo => %s, area => 'REDES')",
    'transferir': "fn_transferir(%s, motivo => %s, area => 'SISTEMAS')",
    'pausar': 'fn_pausar(%s, motivo => %s)',
    'reabrir': 'fn_reabrir(%s, motivo => %s)',
    'actualizar': 'fn_actualizar(%s, nota => %s)',
    'resolver': 'fn_resolver(%s, respuesta => %s)',
    'cancelar': 'fn_cancelar(%s, motivo => %s)',
    'archivar': 'fn_archivar(%s, motivo => %s)',
}
REPLY = 'SELECT version FROM ticket_sm.fn_responder(%s, %s, %s, %s)'
TEXT_OF = {'actualizar': 'nota', 'resolver': 'respuesta'}   # of the others: motivo
# what most of the work is, so that tickets stay open
LIVELY = ['asignar'] * 4 + ['pausar', 'reabrir'] * 2 + ['actualizar'] * 5 + ['resolver']
FINAL = ['transferir', 'cancelar', 'archivar']
NOT_CONFIRMED = 'synchronous replication'
# after these the server may have committed all the same
UNSURE = ('57P01', '57P02', '57P03', None)

# which actions each kind of client has, and as whom it connects
KINDS = {
    'desk': ('marta', ['create'] * 3 + ['keyed'] + ['operate'] * 6 + ['reply', 'bundle', 'batch', 'look']),
    'admin': ('ana', ['create'] + ['operate'] * 2 + ['batch', 'sweep', 'look', 'bundle']),
    'area': ('rosa', ['create'] + ['operate'] * 4 + ['look']),
    'public': ('vera', ['create'] * 4 + ['keyed'] * 3),
    'root': ('postgres', ['update'] * 3 + ['operate'] * 2 + ['bundle', 'block', 'checkpoint', 'sweep', 'create', 'look', 'rename']),
    'reader': ('ana', ['events']),
    # for the control: without a creation, which would be flushed and with it the others' work
    'worker': ('marta', ['note']),
}


class Client:
    """One of them: works until it is told to stop, whatever becomes of the server."""

    def __init__(self, cluster, kind, name, book, seed):
        self.cluster, self.name = cluster, name
        self.user, self.actions = KINDS[kind]
        self.rng = random.Random(seed)
        self.book = os.open(book, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.number = 0
        self.tickets = []           # that it knows
        self.cursor = self.connection = None
        self.settings = []          # SQL for each new session
        self.patient = True         # no timeouts
        self.seeing = True          # what readers are shown counts
        self.filler = ''            # what descriptions begin with
        self.keys = ''              # what the keys of this life begin with
        self.last_event = 0

    def run(self, acknowledged, index, stop):
        """Until told to stop; counts in acknowledged[index]."""
        self.acknowledged, self.index, self.stop = acknowledged, index, stop
        while not stop.value:
            try:
                self.connect()
                while not stop.value:
                    self.act()
            except psycopg2.Error as error:
                self.write('broken', error.pgcode)
                time.sleep(0.02)
            finally:
                if self.connection:
                    self.connection.close()

    def connect(self):
        self.connection = None
        self.connection = self.cluster.connect(self.user, connect_timeout=60)
        self.cursor = self.connection.cursor()
        for sql in self.settings:
            self.cursor.execute(sql)
        if not self.patient:
            self.cursor.execute(f"SET statement_timeout = {self.rng.choice((0, 15, 60, 1500))}")
            if self.rng.random() < 0.4:
                self.cursor.execute(f"SET lock_timeout = {self.rng.choice((1, 5, 50))}")
            if self.rng.random() < 0.4:
                self.cursor.execute(f"SET ticket_sm.espera_bloqueo = {self.rng.choice((1, 5, 50))}")
        if self.rng.random() < 0.15:
            self.cursor.execute("SET default_transaction_isolation = 'repeatable read'")

    def write(self, *line):
        os.write(self.book, (json.dumps(line) + '\n').encode())

    def act(self):
        """One attempt, written down before and after."""
        self.number += 1
        attempt = f'{self.name}.{self.number}'
        del self.connection.notices[:]
        try:
            results = getattr(self, 'do_' + self.rng.choice(self.actions))(attempt)
        except psycopg2.Error as error:
            if error.pgcode in UNSURE or NOT_CONFIRMED in str(self.connection.notices):
                self.write('broken', error.pgcode)
            else:
                self.write('no', attempt, error.pgcode)
            self.cursor.execute('ROLLBACK')
            return
        if results and NOT_CONFIRMED not in str(self.connection.notices):
            self.write('done', attempt, time.monotonic(), results)
            self.acknowledged[self.index] += 1

    def send(self, attempt, things, undone=()):
        self.write('sent', attempt, time.monotonic(), things, undone)

    def ask(self, sql, *arguments):
        self.cursor.execute(sql, arguments)
        return self.cursor.fetchall()

    # --- the actions: each returns its results -------------------------------

    def do_create(self, attempt):
        self.send(attempt, [attempt])
        return [self.create(attempt)]

    def create(self, thing, email='eva@correo.example', key=None):
        (ticket, label), = self.ask(CREATE, email, self.filler + thing,
                                    self.rng.choice(('MESA', 'REDES', 'REDES', 'SISTEMAS')) if not key else 'MESA', key)
        self.tickets.append(ticket)
        del self.tickets[:-12]
        return ['ticket', thing, ticket, label]

    def do_keyed(self, attempt):
        """Others come with the same key, before and after a crash."""
        thing = f'{self.keys}.{self.rng.randrange(400)}'
        self.send(attempt, [thing])
        return [self.create(thing, thing + '@correo.example', thing)]

    def operation(self):
        return self.rng.choice(FINAL if self.rng.random() < 0.08 else LIVELY)

    def do_operate(self, attempt):
        ticket = self.some_ticket()
        if not ticket:
            return []
        self.send(attempt, [attempt])
        return [self.operate(attempt, ticket, self.operation())]

    def do_reply(self, attempt):
        """What the requester has said on the telephone; at times twice, by the same key."""
        ticket = self.some_ticket()
        if not ticket:
            return []
        self.send(attempt, [attempt])
        (label, email), = self.ask('SELECT ticket_label, solicitante_email FROM helpdesk.ticket WHERE ticket_uuid = %s', ticket)
        for _ in range(self.rng.choice((1, 1, 2))):
            (version,), = self.ask(REPLY, label, email, attempt, attempt)
        return [['event', attempt, ticket, version, 'responder']]

    def do_note(self, attempt):
        """What never ends a ticket's life."""
        ticket = self.some_ticket()
        self.send(attempt, [attempt])
        return [self.operate(attempt, ticket, 'actualizar')]

    def operate(self, thing, ticket, operation):
        (version,), = self.ask('SELECT version FROM ticket_sm.' + OPERATIONS[operation], ticket, thing)
        return ['event', thing, ticket, version, operation]

    def some_ticket(self):
        """One of its own, or one that others work on as well."""
        if self.user != 'vera' and (not self.tickets or self.rng.random() < 0.05):
            self.tickets += [ticket for ticket, in self.ask(
                'SELECT ticket_uuid::text FROM helpdesk.bandeja ORDER BY fecha_creacion DESC LIMIT 5')]
        return self.rng.choice(self.tickets) if self.tickets else None

    def do_update(self, attempt):
        """Plain SQL."""
        ticket = self.some_ticket()
        if not ticket:
            return []
        self.send(attempt, [attempt])
        rows = self.ask('UPDATE helpdesk.ticket SET asunto = %s WHERE ticket_uuid = %s RETURNING version', attempt, ticket)
        return [['event', attempt, ticket, version, 'actualizar'] for version, in rows]

    def do_bundle(self, attempt):
        """Several things in one transaction, some of them undone by a savepoint, at times all."""
        steps = [(f'{attempt}.{i}', self.rng.random() < 0.3) for i in range(self.rng.randint(2, 5))]
        whole = self.rng.random() < 0.85
        kept = [thing for thing, undone in steps if whole and not undone]
        self.send(attempt, kept, [thing for thing, _ in steps if thing not in kept])
        results, tickets = [], self.tickets[:]
        self.cursor.execute('BEGIN')
        try:
            for thing, undone in steps:
                self.cursor.execute('SAVEPOINT s')
                if tickets and self.rng.random() < 0.5:
                    result = self.operate(thing, self.rng.choice(tickets), 'actualizar')
                else:
                    result = self.create(thing)
                if undone:
                    self.cursor.execute('ROLLBACK TO s')
                else:
                    self.cursor.execute('RELEASE s')
                    results.append(result)
        finally:
            self.tickets = tickets          # some of the new ones may never be
        self.cursor.execute('COMMIT' if whole else 'ROLLBACK')
        return results if whole and self.cursor.statusmessage == 'COMMIT' else []

    def do_batch(self, attempt):
        operation = self.operation()
        tickets = list({self.some_ticket() for _ in range(6)} - {None})
        whole = self.rng.random() < 0.3
        if not tickets:
            return []
        self.send(attempt, [attempt])
        data = {TEXT_OF.get(operation, 'motivo'): attempt}
        if operation in ('asignar', 'transferir'):
            data['area'] = 'REDES'
        rows = self.ask('SELECT ticket_uuid::text, hecho, version FROM '
                        'ticket_sm.fn_ejecutar_lote(%s, %s::uuid[], %s, %s)', operation, tickets, json.dumps(data), whole)
        return [['event', attempt, ticket, version, operation] if done else ['undone', attempt, ticket]
                for ticket, done, version in rows]

    def do_sweep(self, attempt):
        self.send(attempt, [])
        return [['event', None, *row] for row in self.ask(
            'SELECT ticket_uuid::text, version, operacion::text FROM ticket_sm.fn_sla_barrer(%s)',
            self.rng.choice((1, 5, 1000)))]

    def do_look(self, _):
        """What was shown must not be lost either."""
        rows = self.ask('SELECT ticket_uuid::text, ticket_label, version FROM helpdesk.ticket '
                        'ORDER BY ticket_label DESC LIMIT 3')
        if self.seeing:
            self.write('seen', rows)
        return []

    def do_block(self, _):
        """In others' way for a while."""
        sql = self.rng.choice(('SELECT FROM helpdesk.contador FOR UPDATE',
                               'SELECT FROM helpdesk.ticket WHERE abierto ORDER BY ticket_uuid LIMIT 5 FOR UPDATE',
                               "SELECT FROM helpdesk.agente FOR UPDATE"))
        self.cursor.execute('BEGIN; ' + sql)
        time.sleep(self.rng.choice((0.001, 0.01, 0.04)))
        self.cursor.execute('ROLLBACK')
        return []

    def do_rename(self, _):
        """An area to and fro: all its tickets follow, without a row of the history."""
        if self.rng.random() < 0.1:
            self.cursor.execute("UPDATE helpdesk.area SET nombre = CASE nombre WHEN 'SISTEMAS' THEN 'Datos' ELSE 'SISTEMAS' END "
                                "WHERE nombre IN ('SISTEMAS', 'Datos')")
        return []

    def do_checkpoint(self, _):
        if self.rng.random() < 0.1:
            self.cursor.execute('CHECKPOINT')
        return []

    def do_events(self, _):
        rows = self.ask('SELECT evento_id, ticket_uuid::text, version FROM ticket_sm.fn_eventos(%s, %s)',
                        self.last_event, self.rng.choice((1, 10, 100)))
        if NOT_CONFIRMED not in str(self.connection.notices):
            for row in rows:
                self.write('read', *row)
                self.last_event = row[0]
        if not rows:
            time.sleep(0.01)
        return []


def start(client, acknowledged, index, stop):
    """In a process of its own, which no end of the server ends."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        die_with_parent(signal.SIGKILL)
        if os.getppid() == parent:
            client.run(acknowledged, index, stop)
            status = 0
    except BaseException as error:      # pylint: disable=broad-except
        client.write('died', repr(error))
    finally:
        os._exit(status)
