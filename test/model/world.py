"""The people of the test's help desk, what its owner changes between rounds,
and the comparison of the whole database with the model."""

import hashlib
import json
import random
import time
import uuid
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from calls import TICKET_COLUMNS, Connection, clock
from model import ROLES, STATES, Agent, Caller, Desk

# Logins: groups, and the agent each is (helpdesk role, area), if any.
LOGINS = """
ana           ticket_admin              ADMIN  -        active
alba          ticket_admin              .
aldo          ticket_admin              ADMIN  -        off
marta         ticket_mesa               MESA   MESA     active
mateo         ticket_mesa               MESA   -        off
mixto         ticket_area,ticket_mesa   AREA   Redes    active
sara          ticket_area               AREA   Soporte  active
saul          ticket_area               AREA   Soporte  active
rita          ticket_area               AREA   Redes    active
raul          ticket_area               AREA   Redes    off
nora          ticket_area               MESA   -        active
norma         ticket_area               .
publio        ticket_publico            .
pepe          ticket_publico            AREA   Redes    off
extrano       -                         .
dueno         -                         .
postgres      -                         .
"""
GROUPS = {'ticket_admin': 'ADMIN', 'ticket_mesa': 'MESA', 'ticket_area': 'AREA',
          'ticket_publico': 'PUBLICO'}
AREAS = ('MESA', 'Soporte', 'Redes', 'Compras')

# The mesa is handed to an owner who is no superuser.
SETUP = """
CREATE EXTENSION ticket_sm;
CREATE ROLE dueno LOGIN;
CREATE ROLE extrano LOGIN;
CREATE ROLE autenticador LOGIN NOINHERIT IN ROLE ticket_admin, ticket_mesa, ticket_area,
    ticket_publico, extrano;
GRANT USAGE ON SCHEMA ticket_sm TO dueno;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO dueno;
ALTER SCHEMA helpdesk OWNER TO dueno;
DO $$
DECLARE tabla name;
BEGIN
    FOR tabla IN SELECT relname FROM pg_class
        WHERE relnamespace = 'helpdesk'::regnamespace AND relkind IN ('r', 'v') LOOP
        EXECUTE format('ALTER TABLE helpdesk.%I OWNER TO dueno', tabla);
    END LOOP;
END $$;
"""


class World:
    """One database, and the model of it."""

    def __init__(self, server, database, seed):
        self.server, self.database, self.seed = server, database, seed
        self.random = random.Random(f'{seed}/world')
        self.desk = Desk()
        self.offset = timedelta(0)
        self.midnight = None        # when a year ends
        self.owner = Connection(server, 'postgres', database)
        self.connections = []       # the clients'
        self.changed = {}           # what is not as it was at the start
        self.called = {}            # area or priority -> what it is called now, if otherwise

    # --- setting up ----------------------------------------------------------

    def set_up(self):
        desk = self.desk
        self.run(SETUP)
        desk.owners = {'dueno', 'postgres'}
        desk.members = {group: {role} for group, role in GROUPS.items()}
        desk.authenticators = {'autenticador'}
        for area in AREAS[1:]:
            self.run('INSERT INTO helpdesk.area (nombre) VALUES (%s)', area)
        desk.areas = {area: True for area in AREAS}
        for line in LOGINS.strip().splitlines():
            login, groups, *agent = line.split()
            if groups != '-':
                self.run(f'CREATE ROLE {login} LOGIN IN ROLE {groups}; '
                         f'GRANT {login} TO autenticador')
                desk.members[login] = {GROUPS[group] for group in groups.split(',')}
            if len(agent) == 3:
                self.hire(login, *agent)
        desk.most_files = 3
        self.run('UPDATE helpdesk.configuracion SET adjuntos_cantidad = 3')
        self.callers = self.make_callers()

    def hire(self, login, role, area, active):
        agent = Agent(str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
                      f'{login.title()} Muñoz', role, None if area == '-' else area, login,
                      active == 'active')
        self.desk.agents[agent.id] = agent
        self.run('INSERT INTO helpdesk.agente VALUES (%s, %s, %s, %s, %s, %s, %s)', agent.id,
                 agent.name, login + '@mesa.example', agent.role, agent.area, login, agent.active)

    def make_callers(self):
        """Every login as itself, some through PostgREST's way in, some forging."""
        id_of = {agent.user: agent.id for agent in self.desk.agents.values()}
        logins = [line.split()[0] for line in LOGINS.strip().splitlines()]
        callers = [Caller(login) for login in logins]
        callers += [Caller('autenticador', login) for login in ('marta', 'sara', 'rita', 'publio')]
        callers += [Caller('autenticador', f'ticket_{group}', id_of.get(sub, sub)) for group, sub in (
            ('admin', 'ana'), ('mesa', 'marta'), ('mesa', 'mateo'), ('area', 'sara'),
            ('area', 'rita'), ('area', str(uuid.UUID(int=7, version=4))), ('area', 'nobody'),
            ('publico', 'rita'))]
        callers += [Caller('autenticador', 'ticket_publico'), Caller('autenticador', 'extrano'),
                    Caller('sara', None, id_of['ana']), Caller('publio', None, id_of['marta']),
                    Caller('raul', None, id_of['rita'])]
        return callers

    def run(self, sql, *values):
        self.owner.cursor.execute(sql, values or None)

    def rows(self, sql, *values):
        self.owner.cursor.execute(sql, values or None)
        return self.owner.cursor.fetchall()

    # --- what the owner changes between rounds -------------------------------

    def shake(self, number, rounds):
        """Change some settings, or change them back.  Returns what was done."""
        changes = self.random.sample(CHANGES, 6)
        changes += {0: [clock_ahead], 1: [clock_back]}.get(number, [])
        changes.append(hours_pass)
        if number % 2 == 0:
            changes.append(pause_mode)
        if number == rounds // 2:
            changes.append(year_end)    # last: it is less than a second away
        return [change(self) for change in changes]

    def set_clock(self, offset):
        """Move the server's clock, and wait until every session knows."""
        seconds = int(offset.total_seconds())
        self.offset = timedelta(seconds=seconds)
        self.run(f'ALTER SYSTEM SET ticket_sm.desfase_reloj = {seconds}')
        self.run('SELECT pg_reload_conf()')
        for connection in [self.owner, *self.connections]:
            while connection.setting('ticket_sm.desfase_reloj') != seconds:
                time.sleep(0.01)
        return f'the clock is {self.offset} ahead'

    def at_midnight(self):
        """Whether a year is just ending."""
        return self.midnight and timedelta(milliseconds=-50) \
            < clock(self.offset) - self.midnight < timedelta(milliseconds=20)

    def flip(self, name):
        self.changed[name] = not self.changed.get(name, False)
        return self.changed[name]

    # --- comparing everything ------------------------------------------------

    def database_tickets(self):
        """Every ticket and its history, as the tables have them."""
        columns = ', '.join(TICKET_COLUMNS)
        tickets = {}
        for row in self.rows(f'SELECT {columns}, huella_idempotencia IS NOT NULL '
                             'FROM helpdesk.ticket'):
            tickets[row[0]] = dict(zip((*TICKET_COLUMNS, 'huella'), row)), []
        self.owner.cursor.execute('SELECT * FROM helpdesk.historial ORDER BY ticket_uuid, version')
        names = [column.name for column in self.owner.cursor.description]
        for values in self.owner.cursor:
            event = dict(zip(names, values))
            tickets.setdefault(event['ticket_uuid'], ({}, []))[1].append(event)
        return tickets

    def differences(self, ticket, row, log):
        """Where the tables differ from the model's ticket."""
        expected = {f: ticket.row[f] for f in TICKET_COLUMNS}
        expected['huella'] = ticket.row['clave_idempotencia'] is not None
        found = compare('ticket', expected, row)
        if len(log) != len(ticket.log):
            found.append(f'historial: expected {len(ticket.log)} rows, got {len(log)}')
        previous = bytes(32)
        for event, got in zip(ticket.log, log):
            previous = digest(previous, got)
            event = {f: v for f, v in event.items() if f not in ('due', 'after', 'file')}
            found += compare(f'historial {event["version"]}', event,
                             {f: got[f] for f in event if f in got})
            if previous != bytes(got['hash']):
                found.append(f'historial {event["version"]}: wrong hash')
            if not proven_texts(got):
                found.append(f'historial {event["version"]}: wrong huella_textos')
            changed = event['operacion'] == 'crear' or any(f in GIVEN for f in event['cambios'] or ())
            if changed != (got['huella_datos'] is not None):
                found.append(f'historial {event["version"]}: huella_datos is {got["huella_datos"]}')
        return found

    def connect(self, login):
        connection = Connection(self.server, login, self.database)
        self.connections.append(connection)
        return connection

    def counter_differences(self):
        """The labels are dense per year, and the counter agrees."""
        found = dict(self.rows('SELECT anio, ultimo FROM helpdesk.contador WHERE ultimo > 0'))
        differences = compare('contador', self.desk.counters, found)
        numbers = {}
        for label, in self.rows('SELECT ticket_label FROM helpdesk.ticket'):
            _, year, number = label.split('-')
            numbers.setdefault(int(year), []).append(int(number))
        for year, taken in numbers.items():
            if sorted(taken) != list(range(1, len(taken) + 1)):
                differences.append(f'labels of {year} are not 1 to {len(taken)}')
        return differences

    def file_differences(self, spoilt):
        """The files are those that the events tell of, each content there once for as long as one has it."""
        expected = {f['id']: (t.row['ticket_uuid'], f['version'], f['archivo'], f['bytes'], f['publico'], f['retirado'])
                    for t in self.desk.tickets.values() for f in self.desk.files(t) if t.row['ticket_uuid'] not in spoilt}
        found = {row[0]: row[1:] for row in self.rows(
            'SELECT adjunto_id, ticket_uuid, version, archivo, bytes, publico, retirado FROM helpdesk.adjunto') if row[1] not in spoilt}
        contents = {f['contenido'] for t in self.desk.tickets.values() for f in self.desk.files(t) if not f['retirado']}
        kept = [row[0] for row in self.rows("SELECT convert_from(datos, 'UTF8') FROM helpdesk.contenido")]
        return compare('adjunto', expected, found) + ([] if spoilt else compare('contenido', dict.fromkeys(contents, 1), {c: kept.count(c) for c in kept}))

    def rating_differences(self, spoilt):
        """The ratings are those that the events tell of."""
        expected = {key: values for t in self.desk.tickets.values() if t.row['ticket_uuid'] not in spoilt
                    for key, values in self.desk.ratings(t).items()}
        found = {tuple(row[:2]): tuple(row[2:]) for row in self.rows(
            'SELECT ticket_uuid, solucion, version, calificacion FROM helpdesk.calificacion') if row[0] not in spoilt}
        return compare('calificacion', expected, found)

    def machine(self):
        """What fn_maquina must say, in the order of the two enums."""
        desk = self.desk
        operations = list(dict.fromkeys(operation for operation, _ in MACHINE_ORDER))

        def roles(operation):
            return [role for role in ROLES if (operation, role) in desk.permissions]
        rows = [(operation, None if origin == '-' else origin, to, roles(operation))
                for (operation, origin), to in desk.transitions.items()]
        rows.append(('consultar', None, None, roles('consultar')))
        return sorted(rows, key=lambda r: (operations.index(r[0]),
                                           STATES.index(r[1]) if r[1] else -1))

    def visible(self, caller):
        """What the caller sees of ticket, historial, bandeja and agente; None:
        permission denied."""
        desk, who = self.desk, self.desk.identify(caller)
        if who.role in (None, 'PUBLICO'):
            return None
        owner = who.user in desk.owners
        seen = [t for t in desk.tickets.values() if owner or desk.sees(who, t.row['area'])]
        agents = [a for a in desk.agents.values()
                  if owner or desk.sees(who, a.area) and (who.role != 'AREA' or a.area)]
        return {'tickets': sorted((t.row['ticket_uuid'], t.row['version']) for t in seen),
                'events': sum(len(t.log) for t in seen),
                'queue': sum(t.row['abierto'] for t in seen),
                'agents': sorted(a.id for a in agents)}


VISIBLE = """
SELECT (SELECT coalesce(json_agg(json_build_array(ticket_uuid, version)), '[]')
        FROM helpdesk.ticket) AS tickets,
    (SELECT count(*) FROM helpdesk.historial) AS events,
    (SELECT count(*) FROM helpdesk.bandeja) AS queue,
    (SELECT coalesce(json_agg(agente_id), '[]') FROM helpdesk.agente) AS agents
"""
MACHINE_ORDER = [(operation, None) for operation in (
    'crear asignar reasignar transferir reclasificar pausar reabrir actualizar responder calificar corregir resolver cancelar archivar '
    'vincular desvincular adjuntar retirar_adjunto consultar').split()]


def compare(what, expected, got):
    return [f'{what}: {key}: expected {expected.get(key)!r}, got {got.get(key)!r}'
            for key in sorted({*expected, *got}, key=str) if expected.get(key) != got.get(key)]


TEXTS = ('motivo', 'nota', 'respuesta', 'mensaje', 'clave_idempotencia', 'cambios', 'ip')
GIVEN = ('asunto', 'descripcion', 'solicitante_nombre', 'solicitante_email', 'documento', 'telefono',
         'tiene_whatsapp', 'empresa_departamento', 'ip_registro', 'clave_idempotencia')


def digest(previous, event):
    """The hash of an event."""
    chained = [f for f in event if f not in (*TEXTS, 'sal', 'hash')]
    return hashlib.sha256(previous + canonical(event, chained)).digest()


def proven_texts(event):
    """Whether the digest of an event's texts is there, and theirs."""
    if all(event[f] is None for f in TEXTS):
        return event['huella_textos'] is None
    made = hashlib.sha256(bytes(event['sal']) + canonical(event, TEXTS)).digest()
    return len(event['sal']) == 16 and made == bytes(event['huella_textos'])


def canonical(event, fields):
    """The documented form of an event's values."""
    form = b''
    for field in fields:
        value = event[field]
        if value is None:
            form += b'-,'
            continue
        if isinstance(value, datetime):
            epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
            value = (value - epoch) // timedelta(microseconds=1)
        elif field in ('sla', 'cambios', 'vinculo', 'adjunto', 'calificacion'):
            value = jsonb_text(value)
        elif isinstance(value, memoryview):
            value = value.hex()
        text = str(value).encode()
        form += b'%d:%s,' % (len(text), text)
    return form


def jsonb_text(changes):
    """As jsonb prints it: the shorter keys first."""
    ordered = sorted(changes.items(), key=lambda item: (len(item[0]), item[0]))
    return json.dumps(dict(ordered), ensure_ascii=False)


# --- the changes -----------------------------------------------------------------
#
# Each is a function of the world that changes the database and the model alike
# and tells what it did.

def pause_mode(world):
    world.desk.clock_runs_in_pause = world.flip('pause')
    mode = 'continuar' if world.desk.clock_runs_in_pause else 'detener'
    world.run('UPDATE helpdesk.configuracion SET sla_en_pausa = %s', mode)
    return f'sla_en_pausa = {mode}'


def permission(operation, role):
    def change(world):
        pair = operation, role
        if pair in world.desk.permissions:
            world.desk.permissions.remove(pair)
            world.run('DELETE FROM helpdesk.permiso WHERE (operacion, rol) = (%s, %s)', *pair)
            return f'{role} may not {operation}'
        world.desk.permissions.add(pair)
        world.run('INSERT INTO helpdesk.permiso VALUES (%s, %s)', *pair)
        return f'{role} may {operation}'
    return change


def transition(operation, origin, to):
    def change(world):
        if (operation, origin) in world.desk.transitions:
            del world.desk.transitions[operation, origin]
            world.run('DELETE FROM helpdesk.transicion '
                      'WHERE (operacion, estado_origen) = (%s, %s)', operation, origin)
            return f'no {operation} from {origin}'
        world.desk.transitions[operation, origin] = to
        world.run('INSERT INTO helpdesk.transicion VALUES (%s, %s, %s)', operation, origin, to)
        return f'{operation} from {origin}'
    return change


def agent(login, **values):
    def change(world):
        found = next(a for a in world.desk.agents.values() if a.user == login)
        if world.flip(('agent', login, *values)):
            world.changed['agent', login, 'was'] = {f: getattr(found, f) for f in values}
            new = found._replace(**values)
            new = new._replace(area=world.called.get(new.area, new.area))
        else:
            new = found._replace(**world.changed['agent', login, 'was'])
        world.desk.agents[new.id] = new
        world.run('UPDATE helpdesk.agente SET area = %s, activo = %s WHERE agente_id = %s',
                  new.area, new.active, new.id)
        return f'agent {login}: {new.area}, {"active" if new.active else "off"}'
    return change


def area_active(name):
    def change(world):
        now = world.called.get(name, name)
        world.desk.areas[now] = not world.desk.areas[now]
        world.run('UPDATE helpdesk.area SET activa = NOT activa WHERE nombre = %s', now)
        return f'area {now} {"on" if world.desk.areas[now] else "off"}'
    return change


def renamed(table, name, other):
    """To and fro."""
    def change(world):
        old = world.called.get(name, name)
        new = world.called[name] = other if old == name else name
        world.run(f'UPDATE helpdesk.{table} SET nombre = %s WHERE nombre = %s', new, old)
        world.desk.rename(table, old, new)
        return f'{table} {old} is called {new}'
    return change


def agent_named(login, name):
    def change(world):
        found = next(a for a in world.desk.agents.values() if a.user == login)
        new = found._replace(name=f'{login.title()} Muñoz' if found.name == name else name)
        world.desk.agents[new.id] = new
        world.run('UPDATE helpdesk.agente SET nombre = %s WHERE agente_id = %s', new.name, new.id)
        return f'agent {login} is called {new.name}'
    return change


def membership(login, group):
    def change(world):
        roles = world.desk.members[login]
        if GROUPS[group] in roles:
            world.run(f'REVOKE {group} FROM {login}')
        else:
            world.run(f'GRANT {group} TO {login}')
        roles ^= {GROUPS[group]}
        return f'{login} is {"".join(sorted(roles)) or "nobody"}'
    return change


def hours(name, value):
    def change(world):
        usual = Desk().priorities[name]
        world.desk.priorities[name] = value if world.desk.priorities[name] == usual else usual
        world.run('UPDATE helpdesk.prioridad SET sla_horas = %s WHERE nombre = %s',
                  world.desk.priorities[name], name)
        return f'{name}: {world.desk.priorities[name]} h'
    return change


def zone(world):
    world.desk.zone = 'Pacific/Auckland' if world.flip('zone') else 'UTC'
    world.run('UPDATE helpdesk.configuracion SET zona_horaria = %s', world.desk.zone)
    return f'zona_horaria = {world.desk.zone}'


def labels(world):
    world.desk.prefix, world.desk.digits = ('HD9', 1) if world.flip('labels') else ('TK', 5)
    world.run('UPDATE helpdesk.configuracion SET prefijo = %s, digitos = %s',
              world.desk.prefix, world.desk.digits)
    return f'labels like {world.desk.next_label(clock(world.offset))}'


def clock_ahead(world):
    return world.set_clock(world.offset + timedelta(
        seconds=world.random.randrange(3600, 30 * 86400)))


def hours_pass(world):
    """So many that some warnings come due, and some breaches."""
    return world.set_clock(world.offset + timedelta(seconds=world.random.randrange(1800, 30 * 3600)))


def clock_back(world):
    return world.set_clock(world.offset - timedelta(
        seconds=min(world.random.randrange(60, 7200), world.offset.total_seconds())))


def year_end(world):
    """The year ends soon after the next round has begun."""
    now = clock(world.offset).astimezone(ZoneInfo(world.desk.zone))
    world.midnight = datetime(now.year + 1, 1, 1, tzinfo=now.tzinfo)
    return world.set_clock(world.offset + timedelta(
        seconds=int((world.midnight - now).total_seconds())))


CHANGES = [
    zone, labels, clock_ahead, clock_back,
    permission('pausar', 'AREA'), permission('transferir', 'AREA'), permission('asignar', 'AREA'),
    permission('crear', 'PUBLICO'), permission('consultar', 'AREA'), permission('cancelar', 'MESA'),
    transition('resolver', 'TRANSFERIDO', 'RESUELTO'), transition('cancelar', 'RESUELTO', 'CANCELADO'),
    transition('pausar', 'NUEVO', 'PAUSADO'), transition('archivar', 'PAUSADO', 'ARCHIVADO'),
    transition('archivar', 'ASIGNADO', 'ARCHIVADO'), transition('actualizar', 'RESUELTO', 'RESUELTO'), transition('responder', 'TRANSFERIDO', 'TRANSFERIDO'),
    transition('responder', 'CANCELADO', 'CANCELADO'), permission('responder', 'AREA'),
    transition('reclasificar', 'RESUELTO', 'RECLASIFICADO'),
    agent('sara', active=False), agent('rita', area='Soporte'), agent('raul', active=True),
    agent('nora', area='Compras'), agent('mateo', active=True), agent('marta', active=False),
    area_active('Compras'), area_active('MESA'), hours('ALTA', 6), hours('BAJA', 100),
    renamed('area', 'MESA', 'Mesa central'), renamed('area', 'Compras', 'Adquisiciones'), renamed('area', 'Soporte', 'SOPORTE 2'),
    renamed('prioridad', 'CRITICA', 'MAXIMA'), agent_named('marta', 'Marta Ríos'), agent_named('saul', 'Saúl Peña'),
    membership('mixto', 'ticket_mesa'), membership('alba', 'ticket_admin'),
    membership('publio', 'ticket_mesa'), membership('saul', 'ticket_admin'),
]
