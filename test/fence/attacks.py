"""Attacks, read from attacks/*.sql and run.

A file holds attacks, each under a line `--- NAME: what it tries`.  Lines after
it that begin with `-- ` say what must hold in the end:

    -- changes TABLE ...    these tables of the desk may change, nothing else does; `objects`
                            stands for tables, triggers, grants and the like
    -- seen [PROBLEM ...]   what was forged is seen by fn_verificar, as one of these
    -- allowed CODE ...     these SQLSTATEs of class XX may come up
    -- todo REASON          it is known to fail
    -- runs as ROLE ...     the owner's code may run as these: their own SQL called it

(without any: nothing of the desk has changed and fn_verificar says nothing).
Then come paragraphs, each sent as it is and ended by an empty line; in front of
one may stand

    -- as ROLE              from here on, in a session of its own
    -- works                it must
    -- fails CODE ...       it must, with one of these SQLSTATEs
    -- gives VALUE          the first column of its only row
    -- rows                 what it gives are statements, each to be run as a paragraph

{1} to {6} stand for the uuids of the desk's tickets, see world.sql.
"""

import glob
import os
import re

import psycopg2

from place import COMPLAINT, EVIL, HERE, ROLES

# What luis, web and intruso must not get to see; it is in the tickets of other areas and desks.
SECRET = 'SECRETO'
HELD_FROM = ('luis', 'web', 'intruso')

# After each attack others work with the desk, so that what was left for them can spring:
# each a transaction of its own.
VISITS = {
    'postgres': ('SELECT count(*) FROM ticket_sm.fn_verificar()', 'SELECT count(*) FROM ticket_sm.fn_sla_barrer()',
                 'SELECT count(*) FROM ticket_sm.fn_bandeja()', 'SELECT ticket_sm.fn_sla_recalcular()',
                 "SELECT ticket_sm.fn_actualizar('{1}', 'nota de la visita')", 'SELECT count(*) FROM ticket_sm.fn_eventos()'),
    'victima': ('SELECT count(*) FROM ticket_sm.fn_bandeja()', "SELECT ticket_sm.fn_actualizar('{2}', 'nota de la visita')",
                "SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('asignar', '{{1},{6}}', '{\"area\": \"REDES\"}')",
                "SELECT ticket_sm.fn_ticket('{1}')", "SELECT count(*) FROM ticket_sm.fn_sla_explicar('{2}')",
                "SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja',"
                " categoria => 'Red', descripcion => 'de la visita', prioridad => 'alta')",
                "SELECT estado FROM ticket_sm.fn_consultar('x', 'ana@desk.example')"),
}


class Attack:
    def __init__(self, file, name, what, text):
        self.name, self.what = f'{file}/{name}', what
        self.changes, self.seen, self.allowed, self.runs_as, self.must_find, self.todo = (), None, (), (), None, ''
        lines = text.splitlines()
        while lines and (m := re.match(r'-- (changes|seen|allowed|runs|must|todo)\b ?(.*)', lines[0])):
            lines.pop(0)
            rest = m[2]
            match m[1]:
                case 'changes': self.changes = rest.split()
                case 'seen': self.seen = rest.split()
                case 'todo': self.todo = rest
                case 'allowed': self.allowed = rest.split()
                case 'runs': self.runs_as = rest.removeprefix('as ').split()
                case 'must': self.must_find = rest.removeprefix('find ')
        self.steps = [Step(p) for p in re.split(r'\n{2,}', '\n'.join(lines).strip())]


class Step:
    def __init__(self, paragraph):
        self.role = self.expected = None
        self.rows = False
        lines = paragraph.splitlines()
        while lines and (m := re.match(r'-- (as|works|fails|gives|rows)\b ?(.*)', lines[0])):
            match m[1]:
                case 'as': self.role = m[2]
                case 'rows': self.rows = True
                case verb: self.expected = (verb, m[2])
            lines.pop(0)
        self.text = '\n'.join(lines)


def read_attacks(pattern='*'):
    attacks = []
    for path in sorted(glob.glob(f'{HERE}/attacks/*.sql')):
        file = os.path.basename(path)[:-4]
        with open(path, encoding='utf-8') as stream:
            parts = re.split(r'^--- (\S+): (.*)\n', stream.read(), flags=re.M)
        attacks += [Attack(file, *parts[i:i + 3]) for i in range(1, len(parts), 3)]
    return [a for a in attacks if glob.fnmatch.fnmatch(a.name, pattern)]


class Trial:
    """One attack on a database of its own."""

    def __init__(self, fence, attack):
        self.fence, self.attack, self.database = fence, attack, 'ataque'
        self.sessions, self.findings = {}, []

    def run(self):
        """What has been found, a line each."""
        fence = self.fence
        fence.make_database(self.database)
        fence.news()
        foreign = fence.desk(self.database, 'helpdesk')
        before = fence.desk(self.database, 'm')
        role = 'duena'
        for step in self.attack.steps:
            role = step.role or role
            self.step(role, step)
        self.leave()
        self.look_at_desk(before)
        self.look_at_log(fence.news())
        for user, visits in VISITS.items():
            for visit in visits:
                self.do(user, visit)
        self.leave()
        self.look_at_log(fence.news())
        if fence.desk(self.database, 'helpdesk') != foreign:
            self.found('the foreign desk has changed')
        if self.verify('helpdesk'):
            self.found(f'fn_verificar of the foreign desk: {self.verify("helpdesk")}')
        if fence.asked('postgres', self.database, ROLES) != fence.roles:
            self.found('roles have changed')
            self.mend_roles()
        self.look_at_log(fence.news())
        return self.findings

    def found(self, what):
        if what not in self.findings:
            self.findings.append(what)

    def leave(self):
        for connection in self.sessions.values():
            connection.close()
        self.sessions.clear()

    def session(self, role):
        if role not in self.sessions or self.sessions[role].closed:
            connection = self.sessions[role] = self.fence.connect(role, self.database)
            with connection.cursor() as cursor:
                cursor.execute("SET ticket_sm.mesa = 'm'")
        return self.sessions[role]

    def do(self, role, text):
        """SQLSTATE, '' if all went well, and the rows of the last statement."""
        for number, uuid in self.fence.tickets.items():
            text = text.replace(f'{{{number}}}', uuid)
        connection, rows, code, words = None, [], '', ''
        try:
            connection = self.session(role)
            with connection.cursor() as cursor:
                if m := re.match(r'(COPY .* FROM stdin[^;]*);\n(.*)', text, re.S):
                    import io
                    cursor.copy_expert(m[1], io.StringIO(m[2]))
                else:
                    cursor.execute(text)
                    rows = cursor.fetchall() if cursor.description else []
        except psycopg2.Error as error:
            code, words = error.pgcode or '08006', str(error)
        if role in HELD_FROM:
            said = f'{rows} {words} {connection and connection.notices}'
            if SECRET in said.replace(text, ''):
                self.found(f'{role} has seen what it may not: {said[:300]}')
        return code, rows, words

    def step(self, role, step):
        code, rows, words = self.do(role, step.text)
        verb, value = step.expected or (None, None)
        where = f'{role}: {" ".join(step.text.split())[:200]}'
        if verb == 'works' and code:
            self.found(f'does not work: {where}: {words}')
        elif verb == 'fails' and code not in value.split():
            self.found(f'answers {code or "success"}, not {value}: {where}: {words}')
        elif verb == 'gives' and (code or len(rows) != 1 or str(rows[0][0]) != value):
            self.found(f'gives {words or rows}, not {value}: {where}')
        if step.rows:
            for row in rows:
                self.do(role, row[0])

    def verify(self, desk):
        return self.fence.verify(self.database, desk)

    def look_at_desk(self, before):
        said, seen = self.verify('m'), self.attack.seen
        if seen is not None:
            kinds = {said} if isinstance(said, str) else {row[0] for row in said}
            if not kinds or (seen and not kinds & set(seen)):
                self.found(f'fn_verificar does not see it; it says {said}')
            return
        if said:
            self.found(f'fn_verificar says {said}')
        after = self.fence.desk(self.database, 'm')
        changed = {t or 'its objects' for t in before.keys() | after.keys() if before.get(t) != after.get(t)}
        changed -= {'its objects' if table == 'objects' else table for table in self.attack.changes}
        if 'ticket' in self.attack.changes:     # the words of search follow its texts; it may be the first that has its calendar
            changed -= {'busqueda', 'calendario_uso'}
        if 'historial' in self.attack.changes:
            changed.discard('evento')       # what was due is told before any operation
        if changed:
            self.found(f'changed: {", ".join(sorted(changed))}')

    def look_at_log(self, lines):
        for line in lines:
            if COMPLAINT.search(line) and not line.startswith(tuple(self.attack.allowed) or ' '):
                self.found(f'log: {line}')
            if (m := EVIL.search(line)) and m[1] != 'duena' and m[1] not in self.attack.runs_as:
                self.found(f'the owner\'s code ran as {m[1]}: {m[3]}')

    def mend_roles(self):
        """For the attacks to come; what else has changed stays, and is told again."""
        self.fence.asked('postgres', self.database, 'ALTER ROLE duena NOSUPERUSER NOCREATEROLE NOBYPASSRLS')
