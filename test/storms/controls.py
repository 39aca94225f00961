"""That the books can see what they are to see."""

import copy
import signal

import strikes
from storm import BAD_LOG, Storm

ROUNDS = 12         # in which the control must have lost something


def by_hand(folder, template, seed, tell):
    """One tampering after the other, each undone: its category must be seen."""
    storm = Storm(folder, template, seed)
    try:
        for number in range(4):
            _, done, wrong = storm.round(number, strikes.timeouts)
            tell(not wrong, f'control: {done} acknowledged, nothing wrong before it is made so', list(wrong.items()))
        for name, (category, tamper) in TAMPERINGS.items():
            connection = storm.cluster.look()
            connection.autocommit = False
            books = copy.deepcopy(storm.books)
            cursor = connection.cursor()
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
            tamper(books, cursor.execute)
            wrong = books.check(connection)
            connection.rollback()
            connection.close()
            tell(category in wrong, f'control: {name} is seen', list(wrong.items()) if category not in wrong else ())
        for line, bad in LINES.items():
            tell(bool(BAD_LOG.search(line)) == bad, f'control: "{line}" is {"" if bad else "not "}seen in the log')
    finally:
        storm.end()


def without_waiting(folder, template, seed, tell):
    """synchronous_commit = off, no creation that would be flushed, kill -9: operations are lost."""
    storm = Storm(folder, template, seed)
    storm.crowd, storm.with_reader = ('worker',) * 4, False
    storm.stock = 20
    storm.settings = ['SET synchronous_commit = off']
    storm.server_settings = ['wal_writer_delay=10s', 'wal_writer_flush_after=1GB']
    must_lose(storm, strikes.kill_all, 'with synchronous_commit = off operations are lost', tell)


def behind(folder, template, seed, tell):
    """A standby that nobody waits for and that is away: what was created is lost."""
    storm = Storm(folder, template, seed, with_standby=True)
    storm.server_settings = ['synchronous_standby_names=']
    storm.with_reader = False
    must_lose(storm, promote_what_is_behind, 'a promoted standby that was behind has lost something', tell)


def promote_what_is_behind(storm):
    """the standby is away when the primary is killed"""
    storm.standby.stop(signal.SIGINT)
    storm.go_on(40)
    storm.cluster.kill()
    storm.go_home()
    storm.standby.start()
    storm.take_over()


def must_lose(storm, befalls, what, tell):
    try:
        for number in range(1, ROUNDS + 1):
            _, done, wrong = storm.round(number, befalls)
            if 'lost' in wrong:
                return tell(True, f'control: {what} ({len(wrong["lost"])} of {done}, round {number})')
        return tell(False, f'control: {what}')
    finally:
        storm.end()


ALL = (by_hand, without_waiting, behind)

# --- tamperings: of the tables, or of the books where the tables cannot be wrong so


def erase(books, execute):
    ticket = next(iter(books.tickets.values()))[0]
    for table in ('ticket', 'historial', 'evento'):
        execute(f'DELETE FROM helpdesk.{table} WHERE ticket_uuid = %s', [ticket])


def erase_event(books, execute):
    (_, ticket), (version, _) = list(books.events.items())[-1]
    execute('DELETE FROM helpdesk.historial WHERE ticket_uuid = %s AND version = %s', [ticket, version])


def forget_sweep(books, execute):
    ticket, version, _ = next(iter(books.clock))
    execute('DELETE FROM helpdesk.historial WHERE ticket_uuid = %s AND version = %s', [ticket, version])


def shown(books, _):
    ticket, (label, version) = next(iter(books.seen.items()))
    books.seen[ticket] = (label, version + 100)


def copy_ticket(books, execute):
    things = list(books.tickets)
    execute('UPDATE helpdesk.ticket SET descripcion = %s WHERE ticket_uuid = %s', [things[0], books.tickets[things[1]][0]])


def copy_label(books, execute):
    """In the same year, with another spelling: an index forbids the same."""
    (_, label), (second, _) = list(books.tickets.values())[:2]
    execute('UPDATE helpdesk.ticket SET ticket_label = %s WHERE ticket_uuid = %s', [label.replace('-0', '-00', 1), second])


def two_for_a_key(books, _):
    next(iter(books.keyed.values())).add(next(iter(books.tickets.values())))


def copy_event(books, execute):
    (thing, ticket), (version, operation) = [item for item in books.events.items() if item[1][1] == 'actualizar'][0]
    execute("""INSERT INTO helpdesk.historial SELECT (jsonb_populate_record(h, '{"version": 1000}')).*
        FROM helpdesk.historial AS h WHERE ticket_uuid = %s AND version = %s""", [ticket, version])


def do_the_refused(books, execute):
    thing = next(iter(books.never))
    execute('UPDATE helpdesk.ticket SET descripcion = %s WHERE ticket_uuid = %s', [thing, list(books.tickets.values())[-1][0]])


def invent(books, execute):
    execute("UPDATE helpdesk.ticket SET descripcion = 'n999.9.9' WHERE ticket_uuid = %s", [list(books.tickets.values())[-1][0]])


def tear(books, _):
    """A transaction whose answer never came, and half of it is there."""
    attempt, (when, things, _) = [item for item in books.sent.items() if len(item[1][1]) == 1 and item[1][1][0] in books.tickets][0]
    books.sent[attempt] = (when, [*things, 'never'], ())
    books.open.add(attempt)


def skip_label(_, execute):
    execute('UPDATE helpdesk.contador SET ultimo = ultimo + 1')


def hole_in_labels(_, execute):
    execute("DELETE FROM helpdesk.ticket WHERE ticket_label LIKE '%00003'")


def later_label(books, _):
    (first, *times), (second, *others) = sorted(books.times)[0], sorted(books.times)[-1]
    books.times = [(second, *times), (first, *others)]


def skip_version(books, execute):
    execute('UPDATE helpdesk.historial SET version = version + 100 WHERE ticket_uuid = %s', [next(iter(books.tickets.values()))[0]])


def drop_message(_, execute):
    execute('DELETE FROM helpdesk.evento WHERE evento_id = (SELECT max(evento_id) FROM helpdesk.evento)')


def copy_message(_, execute):
    execute('INSERT INTO helpdesk.evento (horizonte, ticket_uuid, version, operacion, ocurrido_en, datos) '
            'SELECT horizonte, ticket_uuid, version, operacion, ocurrido_en, datos FROM helpdesk.evento LIMIT 1')


def skip_message(books, _):
    del books.read[len(books.read) // 2]


def go_back(books, _):
    books.read[1], books.read[2] = books.read[2], books.read[1]


def tell_again(_, execute):
    execute("INSERT INTO helpdesk.evento (horizonte, ticket_uuid, version, operacion, ocurrido_en, datos) "
            "SELECT horizonte, ticket_uuid, version + i, 'vencer'::ticket_sm.ticket_operation, ocurrido_en, "
            "datos || '{\"objetivo\": \"resolucion\", \"umbral\": 100}' FROM (SELECT * FROM helpdesk.evento LIMIT 1) AS e, generate_series(1000, 1001) AS i")


def forge(books, execute):
    execute("UPDATE helpdesk.ticket SET asunto = 'forjado' WHERE ticket_uuid = %s", [next(iter(books.tickets.values()))[0]])


def not_found(books, _):
    books.take_no('nobody', 'PT404')


TAMPERINGS = {
    'a ticket that is gone': ('lost', erase),
    'an event that is gone': ('lost', erase_event),
    'a breach that is gone': ('lost', forget_sweep),
    'what a reader was shown and is gone': ('lost', shown),
    'a request that is there twice': ('twice', copy_ticket),
    'a label that is there twice': ('twice', copy_label),
    'a key with two tickets': ('twice', two_for_a_key),
    'an event that is there twice': ('twice', copy_event),
    'what was refused and is there': ('phantom', do_the_refused),
    'what nobody asked for': ('phantom', invent),
    'half a transaction': ('torn', tear),
    'a counter ahead': ('gaps', skip_label),
    'a label that is missing': ('gaps', hole_in_labels),
    'a label out of order': ('order', later_label),
    'a version that is missing': ('holes', skip_version),
    'a message that is missing': ('outbox', drop_message),
    'a message that is there twice': ('outbox', copy_message),
    'a message that the reader was not given': ('outbox', skip_message),
    'a reader that goes back': ('outbox', go_back),
    'a breach told twice': ('told', tell_again),
    'a forged ticket': ('verify', forge),
    'a ticket that is not found': ('errors', not_found),
}
LINES = {
    '2026-11-25 21:00:00.000 UTC 17 XX000 ERROR:  unexpected': True,
    '2026-11-25 21:00:00.000 UTC 17 00000 LOG:  server process (PID 9) was terminated by signal 11: Segmentation fault': True,
    '2026-11-25 21:00:00.000 UTC 17 00000 LOG:  server process (PID 9) was terminated by signal 6: Aborted': True,
    '2026-11-25 21:00:00.000 UTC 17 XX000 PANIC:  no': True,
    'TRAP: failed Assert("x"), File: "y.c", Line: 1': True,
    '2026-11-25 21:00:00.000 UTC 17 00000 LOG:  server process (PID 9) was terminated by signal 9: Killed': False,
    '2026-11-25 21:00:00.000 UTC 17 57P01 FATAL:  terminating connection due to administrator command': False,
}
