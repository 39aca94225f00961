"""Where the attacks happen: a server, a template database, and what is looked
at after each: the log, the roles, the desks, fn_verificar."""

import glob
import os
import re
import sys
import time

import psycopg2
import psycopg2.extensions

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'model'))
# pylint: disable=wrong-import-position
from server import Server

# Times as texts: those beyond Python's are among the answers.
psycopg2.extensions.register_type(psycopg2.extensions.new_type((1082, 1083, 1114, 1184, 1186, 1266), 'TIMES', lambda value, _: value))

HERE = os.path.dirname(os.path.abspath(__file__))

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 100
max_prepared_transactions = 5
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
statement_timeout = {timeout}
log_min_messages = warning
log_min_error_statement = panic
log_line_prefix = '%e '
restart_after_crash = on
ticket_sm.autenticadores = 'autenticador'
ticket_sm.espera_bloqueo = '300ms'
"""

# Rows of all tables of a desk, a digest each: the query that gives them.  And what else is there: its objects.
TABLES = """
SELECT string_agg(format('SELECT %%L, md5(string_agg(x::text, E''\\n'' ORDER BY x::text COLLATE "C")) FROM %%s AS x',
    c.relname, c.oid::regclass), ' UNION ALL ')
FROM pg_class c WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'"""
OBJECTS = """
SELECT md5(string_agg(x, E'\\n' ORDER BY x COLLATE "C")) FROM (
    SELECT c::text FROM (SELECT oid, relname, relowner, relkind, relacl, relrowsecurity, relforcerowsecurity, reltype FROM pg_class
        WHERE relnamespace IN (%(desk)s::regnamespace, 'ticket_sm'::regnamespace)) AS c
    UNION ALL SELECT pg_get_functiondef(p.oid) || p.proowner || coalesce(p.proacl::text, '') FROM pg_proc p
        WHERE p.pronamespace IN (%(desk)s::regnamespace, 'ticket_sm'::regnamespace)
    UNION ALL SELECT pg_get_triggerdef(t.oid) || t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = %(desk)s::regnamespace AND NOT t.tgisinternal
    UNION ALL SELECT format('%%s %%s %%s', e.extname, e.extowner, e.extversion) FROM pg_extension e) AS objects(x)"""
# (only what is of a kind that matters, so that whoever adds a role need not come here)
ROLES = """
SELECT jsonb_build_object(
    'roles', (SELECT jsonb_object_agg(rolname, to_jsonb(r) - 'oid' - 'rolname') FROM pg_roles r WHERE rolname !~ '^pg_'),
    'members', (SELECT jsonb_agg(m.roleid::regrole || ' ' || m.member::regrole ORDER BY 1) FROM (
        SELECT roleid, member FROM pg_auth_members ORDER BY roleid::regrole::text, member::regrole::text) AS m),
    'settings', (SELECT jsonb_agg(s::text ORDER BY s::text) FROM pg_db_role_setting s))::text"""
# What may stand in the log after an attack.
COMPLAINT = re.compile(r'^XX|^01000 WARNING|PANIC:|TRAP:|terminated by signal|^00000 FATAL')
EVIL = re.compile(r'LOG:  evil ran as (\S+) for (\S+): (.*)')


class Fence(Server):
    """The server of the attacks."""

    def __init__(self, valgrind=False):
        self.valgrind = valgrind
        self.position = 0
        self.tickets = {}       # uuids by number
        self.watching = {}
        self.roles = None
        self.settings = SETTINGS.replace('{timeout}', '600s' if valgrind else '60s')

    def start(self):
        if self.valgrind:
            os.mkdir(self.folder + '/valgrind')
            self.wrapper = ['valgrind', '-q', '--leak-check=no', '--error-limit=no', '--trace-children=yes',
                            f'--suppressions={os.environ["TSM_ROOTS"]}/cassert/src/src/tools/valgrind.supp',
                            f'--log-file={self.folder}/valgrind/%p']
        super().start()

    def connect(self, user, database):
        for _ in range(600):
            try:
                return super().connect(user, database)
            except psycopg2.OperationalError as error:      # it may have crashed, and recover
                if not re.search('the database system is|Connection refused|server closed', str(error)):
                    raise
                time.sleep(0.1)
        raise RuntimeError('the server does not come back:\n' + '\n'.join(self.log()[-20:]))

    def make_template(self):
        self.asked('postgres', 'postgres', 'CREATE DATABASE plantilla')
        connection = self.connect('postgres', 'plantilla')
        with open(HERE + '/world.sql', encoding='utf-8') as file, connection.cursor() as cursor:
            for statement in split(file.read()):
                cursor.execute(statement)
            cursor.execute('SELECT ticket_label, ticket_uuid::text FROM m.ticket')
            self.tickets = {int(label[-5:]): uuid for label, uuid in cursor}
        connection.close()
        self.roles = self.asked('postgres', 'plantilla', ROLES)
        self.leave_template()

    def leave_template(self):
        """It can be copied only while nobody is there."""
        if watching := self.watching.pop(('postgres', 'plantilla'), None):
            watching.close()

    def make_database(self, name):
        self.drop_database(name)
        self.asked('postgres', 'postgres', f'CREATE DATABASE {name} TEMPLATE plantilla STRATEGY file_copy')
        self.asked('postgres', 'postgres', f'GRANT CREATE ON DATABASE {name} TO duena')

    def drop_database(self, name):
        for (gid,) in self.asked('postgres', 'postgres', 'SELECT gid FROM pg_prepared_xacts WHERE database = %s', (name,)):
            self.asked('postgres', name, f"ROLLBACK PREPARED '{gid}'")
        if watching := self.watching.pop(('postgres', name), None):
            watching.close()
        self.asked('postgres', 'postgres', f'DROP DATABASE IF EXISTS {name} WITH (FORCE)')

    def watch(self, user, database):
        """A session that stays, to look from."""
        connection = self.watching.get((user, database))
        if connection is None or connection.closed:
            connection = self.watching[user, database] = self.connect(user, database)
        return connection

    def asked(self, user, database, query, arguments=None):
        """The answer to one query: all rows as a list, None if it has none."""
        for last in (False, True):
            try:
                with self.watch(user, database).cursor() as cursor:
                    cursor.execute(query, arguments)
                    return cursor.fetchall() if cursor.description else None
            except psycopg2.Error as error:
                if last or (error.pgcode and not error.pgcode.startswith('57P')):
                    raise
                self.watching.pop((user, database)).close()     # the server has crashed
        return None

    def news(self):
        """What the log says since it was last asked."""
        with open(self.folder + '/log', encoding='utf-8', errors='replace') as log:
            log.seek(self.position)
            text = log.read()
            self.position = log.tell()
        return text.splitlines()

    def valgrind_says(self):
        return ''.join(open(name, encoding='utf-8', errors='replace').read()
                       for name in glob.glob(self.folder + '/valgrind/*'))

    def desk(self, database, name):
        """Digests of a desk's tables, by name, and of its objects as ''."""
        (query,), = self.asked('postgres', database, TABLES, (name,))
        tables = dict(self.asked('postgres', database, query)) if query else {}
        (tables[''],), = self.asked('postgres', database, OBJECTS, {'desk': name})
        return tables

    def verify(self, database, desk):
        """What fn_verificar says to a superuser: rows, or the SQLSTATE of a refusal."""
        try:
            self.asked('postgres', database, "SELECT set_config('ticket_sm.mesa', %s, false)", (desk,))
            return self.asked('postgres', database, 'SELECT problema, detalle FROM ticket_sm.fn_verificar()')
        except psycopg2.Error as error:
            return error.pgcode


def split(text):
    """Statements of a script: a semicolon ends one at the end of a line, outside of $$."""
    statement, quoted = '', False
    for line in text.splitlines(keepends=True):
        statement += line
        quoted ^= line.count('$$') % 2
        if not quoted and re.search(r';\s*(--.*)?$', line):
            yield statement
            statement = ''
