"""The help desk as the design describes it: a model of its own, in Python.

It knows nothing of the extension's code or tables.  A Desk holds the machine,
the roles, the catalogues and the settings; a Ticket is one state of a ticket
with its history so far.  Nothing here changes a Ticket: what may be asked of
the desk gives the next Ticket, or raises Refused with the SQLSTATE that the
server must answer with (any of several, where two fields are wrong at once).

The clock is the one thing that the model cannot know.  `now` is what the
server says it was, which the caller checks against its own.
"""

import re
from datetime import timedelta
from typing import NamedTuple, Optional
from zoneinfo import ZoneInfo

from sla import BREACH, COLUMNS, OWN, WITHDRAWN, Clockwork, as_json, when
from texts import Refusal, normal, seen

# The state machine: operation, from, to ("=": the same), roles.
MACHINE = """
crear         -                                                         NUEVO          ADMIN MESA AREA PUBLICO
asignar       NUEVO TRANSFERIDO RECLASIFICADO                           ASIGNADO       ADMIN MESA
reasignar     ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO       =              ADMIN MESA AREA
transferir    ASIGNADO                                                  TRANSFERIDO    ADMIN MESA
reclasificar  ASIGNADO                                                  RECLASIFICADO  ADMIN MESA
pausar        ASIGNADO                                                  PAUSADO        ADMIN MESA AREA
reabrir       PAUSADO RESUELTO                                          ASIGNADO       ADMIN MESA
actualizar    NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO =              ADMIN MESA AREA
responder     NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO                  =              ADMIN MESA AREA PUBLICO
responder     PAUSADO RESUELTO                                          ASIGNADO       ADMIN MESA AREA PUBLICO
calificar     RESUELTO ARCHIVADO                                        =              PUBLICO
corregir      NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO =              ADMIN
resolver      ASIGNADO                                                  RESUELTO       ADMIN MESA AREA
cancelar      NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO          CANCELADO      ADMIN MESA AREA
archivar      ASIGNADO RESUELTO                                         ARCHIVADO      ADMIN MESA AREA
vincular      NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO CANCELADO ARCHIVADO = ADMIN MESA
desvincular   NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO CANCELADO ARCHIVADO = ADMIN MESA
adjuntar      NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO =              ADMIN MESA AREA PUBLICO
retirar_adjunto NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO CANCELADO ARCHIVADO = ADMIN
consultar     .                                                         .              ADMIN MESA AREA PUBLICO
"""

ROLES = ('ADMIN', 'MESA', 'AREA', 'PUBLICO')
STATES = ('NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO',
          'CANCELADO', 'ARCHIVADO')
CLOSED = ('CANCELADO', 'ARCHIVADO')
SOLVED = ('RESUELTO', 'ARCHIVADO')
PUBLIC = ('crear', 'consultar', 'responder', 'calificar', 'adjuntar')
MESSAGES_AN_HOUR = 60
CLOCK_OPERATIONS = ('avisar', 'vencer', 'retirar', 'recalcular')       # not for the public
TYPES = ('PETICION', 'QUEJA', 'RECLAMO', 'SUGERENCIA', 'INCIDENTE', 'SOLICITUD', 'CONSULTA')
PRIORITIES = {'BAJA': 72, 'MEDIA': 24, 'ALTA': 8, 'URGENTE': 4, 'CRITICA': 2}

# The fields of each operation; those with "!" are required.
FIELDS = {
    'crear': 'nombre! documento email! telefono empresa_departamento tipo! categoria! subcategoria '
             'asunto descripcion! prioridad! area clave_idempotencia',
    'asignar': 'area motivo',
    'reasignar': 'motivo',
    'transferir': 'area! motivo!',
    'reclasificar': 'tipo categoria subcategoria prioridad motivo!',
    'pausar': 'motivo!',
    'reabrir': 'motivo!',
    'actualizar': 'nota respuesta',
    'responder': 'mensaje! clave_idempotencia',
    'calificar': 'comentario',
    'corregir': 'nombre email documento telefono empresa_departamento motivo!',
    'resolver': 'respuesta',
    'cancelar': 'motivo!',
    'archivar': 'motivo!',
    'vincular': 'motivo!',
    'desvincular': 'motivo!',
    'adjuntar': 'archivo!',
    'retirar_adjunto': 'motivo!',
}
OF_FILES = ('adjuntar', 'retirar_adjunto')      # no plain statement does them, nor a batch
OF_LINKS = ('vincular', 'desvincular')
RELATIONS = {'relacionado': 'relacionado', 'padre': 'hijo', 'duplicado': 'original'}    # what the one is, what the other one then

AT_LEAST_ONE = {'actualizar': ('nota', 'respuesta'),
                'corregir': ('nombre', 'email', 'documento', 'telefono', 'empresa_departamento'),
                'reclasificar': ('tipo', 'categoria', 'subcategoria', 'prioridad')}
CLEARED = {'reclasificar': ('subcategoria',), 'corregir': ('documento', 'telefono', 'empresa_departamento')}
COLUMN = {'nombre': 'solicitante_nombre', 'email': 'solicitante_email'}     # the others are called as the field
LENGTH = {'nombre': (3, 150), 'documento': (0, 50), 'email': (0, 254), 'telefono': (0, 30),
          'empresa_departamento': (0, 150), 'categoria': (2, 100), 'subcategoria': (0, 100),
          'asunto': (0, 200), 'descripcion': (10, 20000), 'clave_idempotencia': (0, 200),
          'motivo': (3, 2000), 'nota': (0, 20000), 'respuesta': (0, 20000), 'mensaje': (0, 20000), 'comentario': (0, 2000),
          'archivo': (0, 150)}

# What the functions answer with.
CREATED = ('ticket_uuid', 'ticket_label', 'estado', 'tipo', 'prioridad', 'sla_horas',
           'fecha_creacion', 'fecha_limite_sla')
OPERATED = ('ticket_uuid', 'ticket_label', 'estado', 'area', 'agente_id', 'prioridad',
            'fecha_limite_sla', 'version', 'actualizado_en')
CONSULTED = ('ticket_uuid', 'ticket_label', 'estado', 'tipo', 'categoria', 'subcategoria',
             'asunto', 'descripcion', 'respuesta_cliente', 'area', 'prioridad',
             'solicitante_nombre', 'solicitante_email', 'fecha_creacion', 'actualizado_en',
             'fecha_limite_sla', 'resuelto_en', 'cerrado_en')
LED_ON = ('estado', 'area', 'prioridad', 'fecha_limite_sla', 'resuelto_en', 'cerrado_en')     # of a duplicate: the other one's

# Plain SQL: what nobody sets, and what belongs to some operations only.
IMMUTABLE = ('ticket_uuid', 'ticket_label', 'fecha_creacion')
GUARDED = ('version', 'actualizado_en', 'abierto', 'resuelto_en', 'cerrado_en', *OWN)
SAYS_NOTHING = (None, '', 0, False)                             # of them, in a new row
MILLISECOND = timedelta(milliseconds=1)                         # less is no other time
HANDED = ('area', 'agente_id')                                  # asignar, transferir; the agent: reasignar
CLASSED = ('tipo', 'categoria', 'subcategoria', 'prioridad')    # reclasificar

UUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def small(email):
    """An address as it is compared: A to Z in any case, whatever the locale."""
    return ''.join(c.lower() if c.isascii() else c for c in email)


def capital(email):
    return ''.join(c.upper() if c.isascii() else c for c in email)


def cleared(operation, args, values):
    """What is taken away, with an empty text."""
    return [f for f in CLEARED.get(operation, ()) if args.get(f) is not None and not values[f]]


class Refused(Exception):
    def __init__(self, *codes):
        super().__init__(*codes)
        self.codes = codes


class Agent(NamedTuple):
    id: str
    name: str
    role: str
    area: Optional[str]
    user: Optional[str]
    active: bool


class Caller(NamedTuple):
    """A login, what it made itself with SET ROLE, and the claim it shows."""
    session: str
    role: Optional[str] = None
    sub: Optional[str] = None

    @property
    def user(self):
        return self.role or self.session


class Who(NamedTuple):
    role: str
    agent: Optional[Agent]
    user: str


class Ticket(NamedTuple):
    row: dict
    log: tuple      # dicts, version 1 first


class Desk(Clockwork):
    def __init__(self):
        super().__init__()
        self.transitions = {}               # (operation, from) -> to
        self.permissions = set()            # (operation, role)
        for line in MACHINE.strip().splitlines():
            words = line.split()
            roles = [w for w in words if w in ROLES]
            operation, *states = words[:-len(roles)]
            self.permissions |= {(operation, role) for role in roles}
            if operation != 'consultar':
                for state in states[:-1]:
                    self.transitions[operation, state] = state if states[-1] == '=' else states[-1]
        self.priorities = dict(PRIORITIES)
        self.areas = {'MESA': True}         # name -> active
        self.former = {'area': {}, 'prioridad': {}}     # name in capitals that one had -> its name now
        self.agents = {}                    # id -> Agent
        self.members = {}                   # user -> set of helpdesk roles
        self.owners = set()                 # the mesa's owner and superusers
        self.authenticators = set()
        self.zone = 'UTC'
        self.prefix, self.digits = 'TK', 5
        self.most_files = 100
        self.tickets = {}                   # uuid -> Ticket, as committed
        self.labels = {}                    # label -> uuid
        self.counters = {}                  # year -> last number
        self.keys = {}                      # (email, key) -> (request, uuid)
        self.merged = {}                    # uuid of a duplicate -> that of the other one, its version, when
        self.landed = {}                    # uuid -> events of other tickets: what was said to this one as a duplicate

    def adopt(self, ticket):
        """This is what a ticket is now."""
        row = ticket.row
        if row['ticket_uuid'] not in self.tickets:
            year = self.year(row['fecha_creacion'])
            self.counters[year] = self.counters.get(year, 0) + 1
            self.labels[row['ticket_label']] = row['ticket_uuid']
            if row['clave_idempotencia']:           # and stays so, whatever address the requester has later
                named, request = row['huella_idempotencia']
                self.keys[named] = request, row['ticket_uuid']
        self.tickets[row['ticket_uuid']] = ticket

    def rename(self, field, old, new):
        """An area or a priority is called otherwise: so are those of tickets and agents, not of the history."""
        names = 'areas' if field == 'area' else 'priorities'
        setattr(self, names, {new if n == old else n: v for n, v in getattr(self, names).items()})
        former = self.former[field]
        former.update({n: new for n, now in former.items() if now == old}, **{old.upper(): new})
        for uuid, ticket in self.tickets.items():
            if ticket.row[field] == old:
                self.tickets[uuid] = ticket._replace(row={**ticket.row, field: new})
        if field == 'area':
            self.agents = {i: a._replace(area=new) if a.area == old else a for i, a in self.agents.items()}

    # --- who is calling ------------------------------------------------------

    def identify(self, caller):
        user = caller.user
        roles = self.members.get(user, ())
        if user in self.owners:
            role = 'ADMIN'
        else:
            role = next((r for r in ROLES if r in roles), None)
        agent = None
        if caller.sub and caller.session in self.authenticators:
            agent = self.agents.get(caller.sub)
        else:
            agent = next((a for a in self.agents.values() if a.user == user), None)
        return Who(role, agent, user)

    def judge_role(self, who, operation):
        if who.role is None or (operation, who.role) not in self.permissions:
            raise Refused('42501')
        if who.role == 'PUBLICO' and operation not in PUBLIC:
            raise Refused('42501')          # not even EXECUTE
        self.judge_active(who)

    def judge_active(self, who):
        if who.agent and not who.agent.active:
            raise Refused('42501')

    def sees(self, who, area):
        if who.role is None or who.role == 'PUBLICO' or who.agent and not who.agent.active:
            return False
        return who.role != 'AREA' or bool(who.agent) and who.agent.area == area

    def judge_scope(self, who, area):
        if not self.sees(who, area):
            raise Refused('42501')

    # --- fields --------------------------------------------------------------

    def judge_uuids(self, who, args):
        """The server's parser sees them before anything but the schema's USAGE."""
        if who.role is None:
            raise Refused('42501')
        for field in ('ticket_id', 'agente_id', 'adjunto_id', 'otro_id'):
            if args.get(field) is not None and not UUID.fullmatch(args[field]):
                raise Refused('22P02')

    def read_fields(self, operation, args):
        """What the fields hold, trimmed and in the catalogue's spelling."""
        values, codes = {}, set()
        if operation in OF_LINKS:
            if args.get('otro_id') is None or operation == 'vincular' and args.get('relacion') is None:
                codes.add('22004')
            if args.get('relacion') is not None and args['relacion'] not in RELATIONS:
                codes.add('22023')
        if 'ticket_id' in args and args['ticket_id'] is None:
            codes.add('22004')
        for word in FIELDS[operation].split():
            field, required = word.rstrip('!'), word.endswith('!')
            values[field] = None
            try:
                value = normal(field, args.get(field) or '')
                if field == 'area' and operation == 'crear':
                    value = value or 'MESA'
                code, values[field] = self.judge_field(field, value, required)
            except Refusal:
                code = '22023'
                if len(args[field]) > LENGTH.get(field, (0, 10**9))[1]:
                    codes.add('22001')      # of what has no form, the blanks may count
            codes.add(code)
        if operation in AT_LEAST_ONE and not any(values[f] for f in AT_LEAST_ONE[operation]) and not cleared(operation, args, values):
            codes.add('22004')
        codes.discard(None)
        if codes:
            raise Refused(*codes)
        return values

    def judge_field(self, field, value, required):
        """An SQLSTATE or None, and the value."""
        if value is None:
            return ('22004' if required else None), None
        if field in ('tipo', 'prioridad', 'area'):
            return self.judge_name(field, value.upper())
        least, most = LENGTH.get(field, (0, 10**9))
        if len(value) > most:
            return '22001', None
        if seen(value) < least or field == 'email' and not self.is_email(value):
            return '22023', None
        return None, value

    def judge_name(self, field, value):
        names = {'tipo': TYPES, 'prioridad': self.priorities,
                 'area': [name for name, active in self.areas.items() if active]}[field]
        every = self.areas if field == 'area' else names
        name = next((n for n in every if n.upper() == value), None) or self.former.get(field, {}).get(value)
        return (None, name) if name in names else ('22023', None)

    @staticmethod
    def is_email(value):
        local, _, domain = value.partition('@')
        return bool(local and domain) and '@' not in domain and not any(c.isspace() for c in value)

    # --- the operations ------------------------------------------------------

    def operate(self, caller, operation, args, ticket, now):
        """The ticket after fn_<operation>; `args` are as they were sent."""
        who = self.identify(caller)
        self.judge_uuids(who, args)
        self.judge_role(who, operation)
        values = self.read_fields(operation, args)
        if ticket is None:
            raise Refused('PT404')
        self.judge_scope(who, ticket.row['area'])
        self.judge_version(args, ticket)
        to = self.judge_machine(operation, ticket.row['estado'])
        changes = {'estado': to}
        if operation in ('asignar', 'transferir'):
            changes.update(self.hand_over(operation, values, args.get('agente_id'), ticket.row))
        elif operation == 'reasignar':
            self.judge_agent(args.get('agente_id'), ticket.row['area'])
            changes['agente_id'] = args.get('agente_id')
            self.judge_change(('agente_id',), ticket.row, changes)
        elif operation == 'reclasificar':
            changes.update(self.classify(values, args, ticket.row))
            self.judge_change(CLASSED, ticket.row, changes)
        elif operation == 'corregir':
            fields = AT_LEAST_ONE['corregir']
            changes.update({COLUMN.get(f, f): values[f] for f in fields if values[f]},
                           **dict.fromkeys(cleared(operation, args, values)))
            self.judge_change([COLUMN.get(f, f) for f in fields], ticket.row, changes)
        if values.get('respuesta'):
            changes['respuesta_cliente'] = values['respuesta']
        said = {f: values.get(f) for f in ('motivo', 'nota', 'respuesta')}
        noted = {f: [ticket.row[f], v] for f, v in changes.items() if v != ticket.row[f]} if operation == 'corregir' else None
        return self.move(who, operation, ticket, changes, now, said, noted)

    def reply(self, caller, args, ticket, now):
        """What fn_responder brings about (an event), and the ticket after it; `ticket` has the label."""
        who = self.identify(caller)
        self.judge_role(who, 'responder')
        values = self.read_named('responder', args)
        self.judge_requester(args['email'], ticket)
        if who.role != 'PUBLICO':
            self.judge_scope(who, ticket.row['area'])
        key, uuid = values['clave_idempotencia'], ticket.row['ticket_uuid']
        own = [e for e in ticket.log if e['mensaje'] is not None and self.came_to(e) == uuid]
        first = next((e for e in own + self.landed.get(uuid, []) if key and e['clave_idempotencia'] == key), None)
        if first:
            if first['mensaje'] != values['mensaje']:
                raise Refused('PT409')
            return first, ticket
        if uuid in self.merged:
            ticket = self.tickets[self.merged[uuid][0]]
            own += [e for e in ticket.log if e['mensaje'] is not None and self.came_to(e) == uuid]
            values['vinculo'] = {'origen': uuid}
        if sum(e['ocurrido_en'] > now - timedelta(hours=1) for e in own) >= MESSAGES_AN_HOUR:
            raise Refused('PT429')
        if who.role != 'PUBLICO':
            self.judge_scope(who, ticket.row['area'])
        to = self.judge_machine('responder', ticket.row['estado'])
        after = self.move(who, 'responder', ticket, {'estado': to}, now, values)
        return next(e for e in reversed(after.log) if e['operacion'] == 'responder'), after

    def read_named(self, operation, args, also=None):
        """The fields of who names a ticket by label and address; `also`: what is wrong besides."""
        codes = {code for code in ('22004' if self.is_unnamed(args) else None, also) if code}
        try:
            values = self.read_fields(operation, args)
        except Refused as refusal:
            codes.update(refusal.codes)
        if codes:
            raise Refused(*codes)
        return values

    def rate(self, caller, args, ticket, now):
        """The ticket after fn_calificar; `ticket` has the label."""
        who, rating = self.identify(caller), args.get('calificacion')
        self.judge_role(who, 'calificar')
        values = self.read_named('calificar', args, '22004' if rating is None else None if 1 <= rating <= 5 else '22023')
        self.judge_requester(args['email'], ticket)
        to = self.judge_machine('calificar', ticket.row['estado'])
        solution = max((e['version'] for e in ticket.log if 'resuelto_en' in (e['sla'] or ())), default=None)
        rated = [e['calificacion']['solucion'] for e in ticket.log if e['calificacion']]
        if ticket.row['resuelto_en'] is None or solution in rated:
            raise Refused('PT409')
        return self.move(who, 'calificar', ticket, {'estado': to}, now,
                         {'mensaje': values['comentario'], 'calificacion': {'calificacion': rating, 'solucion': solution}})

    @staticmethod
    def ratings(ticket):
        return {(ticket.row['ticket_uuid'], e['calificacion']['solucion']): (e['version'], e['calificacion']['calificacion'])
                for e in ticket.log if e['calificacion']}

    @staticmethod
    def came_to(event):
        """The ticket that a message was for: another one than has it, if that was a duplicate."""
        return (event['vinculo'] or {}).get('origen', event['ticket_uuid'])

    # --- two tickets -----------------------------------------------------------

    def link(self, caller, operation, args, pair, links, times):
        """Two tickets after fn_vincular or fn_desvincular, and their links then; `links`: those that there are, (one,
        other, relation), the last one last; `times`: when the events were, by ticket and operation."""
        who, (ticket, other) = self.identify(caller), pair
        self.judge_uuids(who, args)
        self.judge_role(who, operation)
        values = self.read_fields(operation, args)
        one, two = ids = args['ticket_id'], args['otro_id']
        if one == two:
            raise Refused('22023')
        if None in pair:
            raise Refused('PT404')
        for each in pair:
            self.judge_scope(who, each.row['area'])
        to = [self.judge_machine(operation, each.row['estado']) for each in pair]
        link = self.new_link((one, two, args['relacion']), links) if operation == 'vincular' else self.old_link(ids, args.get('relacion'), links)
        pair = [self.move(who, operation, each, {'estado': state}, times[each.row['ticket_uuid'], operation],
                          {**values, 'vinculo': self.told_link(link, each.row['ticket_uuid'])}) for each, state in zip(pair, to)]
        if operation == 'desvincular':
            return pair, [each for each in links if each != link]
        if link[2] == 'duplicado' and ('cancelar', ticket.row['estado']) in self.transitions:
            self.judge_role(who, 'cancelar')
            state = self.judge_machine('cancelar', ticket.row['estado'])
            pair[0] = self.move(who, 'cancelar', pair[0], {'estado': state}, times[one, 'cancelar'], values)
        return pair, links + [link]

    @staticmethod
    def told_link(link, uuid):
        one, other, relation = link
        return {'otro': other, 'relacion': relation} if uuid == one else {'otro': one, 'relacion': RELATIONS[relation]}

    @staticmethod
    def new_link(link, links):
        """There is none like it, nor one by which the two come above each other the other way round."""
        one, other, relation = link
        above = [one if r == 'padre' else two for one, two, r in links if r != 'relacionado']
        if link in links or relation == 'relacionado' and (other, one, relation) in links \
                or relation != 'relacionado' and (other if relation == 'padre' else one) in above:
            raise Refused('PT409')
        return link

    @staticmethod
    def old_link(ids, relation, links):
        found = [each for each in links if {*each[:2]} == {*ids} and relation in (None, each[2])]
        if not found:
            raise Refused('PT409')
        return found[-1]

    def merge(self, links, pair):
        """Of those links, which now hold, one leads requesters on."""
        for each in pair:
            self.merged.pop(each.row['ticket_uuid'], None)
        for one, other, relation in links:
            if relation == 'duplicado':
                tells = {each.row['ticket_uuid']: [e for e in each.log if e['operacion'] == 'vincular'
                                                  and e['vinculo'] == self.told_link((one, other, relation), e['ticket_uuid'])][-1] for each in pair}
                self.merged[one] = other, tells[other]['version'], tells[one]['ocurrido_en']

    def thread(self, ticket):
        """The ticket that goes on in the place of this one; those of the requester's own; and others in which he sees
        what was answered after a version and not before a time."""
        uuid, final = ticket.row['ticket_uuid'], ticket
        near = [(self.tickets[one], None, None) for one, (other, *_) in list(self.merged.items()) if other == uuid]
        if uuid in self.merged:
            other, version, since = self.merged[uuid]
            final = self.tickets[other]
            near = [(final, version, since)]
        address = small(ticket.row['solicitante_email'])
        own = [ticket] + [t for t, _, _ in near if small(t.row['solicitante_email']) == address]
        return final, own, [each for each in near if each[0] not in own and each[0] is final]

    @staticmethod
    def answers(own, led):
        """What a requester was answered: when, in which ticket, in which version, what."""
        every = [(t, 0, None) for t in own] + led
        return sorted((e['ocurrido_en'], e['ticket_uuid'], e['version'], e['respuesta']) for t, version, since in every for e in t.log
                      if e['respuesta'] and e['version'] > version and (since is None or e['ocurrido_en'] >= since))

    @staticmethod
    def classify(values, args, old):
        changes = {f: values[f] for f in CLASSED if values[f]}
        if cleared('reclasificar', args, values) or changes.get('categoria', old['categoria']).lower() != old['categoria'].lower():
            changes.setdefault('subcategoria', None)
        return changes

    def judge_version(self, args, ticket):
        if args.get('version') not in (None, ticket.row['version']):
            raise Refused('PT412')

    def judge_machine(self, operation, state):
        if (operation, state) not in self.transitions:
            raise Refused('PT409')
        return self.transitions[operation, state]

    def hand_over(self, operation, values, agent, old):
        area = values['area'] or old['area']
        if operation == 'transferir' and area == old['area']:
            raise Refused('PT409')
        if operation == 'asignar' and not agent:
            agent = self.kept(old['agente_id'], area)
        self.judge_agent(agent, area)
        return {'area': area, 'agente_id': agent}

    def kept(self, agent, area):
        """The agent that a ticket has, unless he no longer qualifies."""
        try:
            self.judge_agent(agent, area)
        except Refused:
            return None
        return agent

    def judge_agent(self, agent_id, area):
        if agent_id is None:
            return
        agent = self.agents.get(agent_id)
        if agent is None or not agent.active or agent.role == 'AREA' and agent.area != area:
            raise Refused('22023')

    def judge_change(self, fields, old, changes):
        if all(changes.get(f, old[f]) == old[f] for f in fields):
            raise Refused('PT409')

    def move(self, who, operation, ticket, changes, now, said, noted=None):
        """Every change of a ticket comes through here; what was missed before it
        is told first."""
        for due in self.breaches(ticket.row, now):
            ticket = self.tell(who, ticket, due, now)
        old, new = ticket.row, {**ticket.row, **changes}
        new['version'] += 1
        new['actualizado_en'] = now
        self.stamp(old, new, now)
        given, late, own = self.act(operation, old, new, ticket.log, now, who.role == 'ADMIN')
        told = {f: old[c.told] for c in COLUMNS.values() for f in [c.told]}
        if own:
            clock = {**given, **self.told_of(old, new, late)} or None
            entry = self.entry(who, operation, old, new, {**said, 'sla': clock, 'cambios': noted})
            ticket = Ticket(new, ticket.log + (entry,))
        for due in late:
            ticket = self.tell(who, ticket, due, now, told, said.get('motivo'))
        return ticket

    def tell(self, who, ticket, due, now, told=None, why=None):
        """A warning or a breach: an event of its own.  `told` is what was told
        before the target was given."""
        new, noted = self.mark({**ticket.row, **(told or {})}, due)
        new.update({f: v for f, v in ticket.row.items() if f in (told or ()) and f != COLUMNS[due.target].told})
        new['version'] += 1
        new['actualizado_en'] = now
        operation = {BREACH: 'vencer', WITHDRAWN: 'retirar'}.get(due.percent, 'avisar')
        entry = self.entry(who, operation, ticket.row, new,
                           {'sla': noted, 'motivo': why if operation == 'retirar' else None})
        entry['due'] = due
        return Ticket(new, ticket.log + (entry,))

    # --- what the clock does by itself -----------------------------------------

    def judge_admin(self, caller):
        who = self.identify(caller)
        self.judge_role(who, 'consultar')
        if who.role != 'ADMIN':
            raise Refused('42501')
        return who

    def due(self, ticket, now):
        """What a sweep finds of a ticket."""
        found = self.breaches(ticket.row, now)
        row = ticket.row
        for one in found:
            row = self.mark(row, one)[0]
        return found + self.warnings_due(row, ticket.log, now)

    def sweep(self, who, ticket, now):
        for due in self.due(ticket, now):
            ticket = self.tell(who, ticket, due, now)
        return ticket

    def recompute(self, who, ticket, now):
        """fn_sla_recalcular, of a ticket whose clock has not ended."""
        if not ticket.row['abierto'] or self.clock_of(ticket.row) == 'fin':
            return ticket
        return self.move(who, 'recalcular', ticket, {}, now, {})

    def outbox(self, ticket):
        """The rows of table evento for a ticket, without number and horizon."""
        rows = []
        for event in ticket.log:
            if event['operacion'] not in ('avisar', 'vencer', 'retirar'):
                continue
            due, columns = event['due'], event['after']
            rows.append((event['ticket_uuid'], event['version'], event['operacion'], event['ocurrido_en'], {
                'ticket_label': ticket.row['ticket_label'], 'estado_antes': event['estado_antes'],
                'estado': event['estado_despues'], 'area': event['area_despues'],
                'prioridad': event['prioridad_despues'], 'agente_id': event['agente_despues'],
                'tipo': columns['tipo'], 'categoria': columns['categoria'],
                'fecha_limite_sla': as_json(columns['fecha_limite_sla']), 'objetivo': due.target,
                'umbral': due.percent or BREACH, 'limite': as_json(when(due.deadline))}))
        return rows

    def stamp(self, old, new, now):
        state = new['estado']
        new['abierto'] = state not in CLOSED
        new['resuelto_en'] = (old['resuelto_en'] or now) if state in SOLVED else None
        new['cerrado_en'] = None if new['abierto'] else old['cerrado_en'] or now

    # --- creation ------------------------------------------------------------

    def create(self, caller, args, uuid, now):
        """The new ticket; or the one that the same key made before."""
        who = self.identify(caller)
        self.judge_role(who, 'crear')
        named, request = self.request_of(args)
        made, first = self.keys.get(named, (request, None))
        if made != request:
            raise Refused('PT409')
        if first:
            return self.tickets[first]
        values = self.read_fields('crear', args)
        key = values.pop('clave_idempotencia')
        state = self.judge_machine('crear', '-')
        row = self.new_row(args, values)
        row.update(clave_idempotencia=key, huella_idempotencia=(named, request))
        return self.born(who, row, state, uuid, now)

    def request_of(self, args):
        """The scope and key of a request, and what it says before its names are judged; or None twice."""
        said = {'tiene_whatsapp': bool(args.get('tiene_whatsapp'))}
        for word in FIELDS['crear'].split():
            field, code = word.rstrip('!'), None
            try:
                said[field] = normal(field, args.get(field) or '')
            except Refusal:
                return None, None
            if field in ('tipo', 'prioridad', 'area'):
                said[field] = (said[field] or ('MESA' if field == 'area' else '')).upper()
            else:
                code, _ = self.judge_field(field, said[field], False)
            if code:
                return None, None
        key = said.pop('clave_idempotencia')
        if not key or not said['email']:
            return None, None
        said['email'] = small(said['email'])
        return (said['email'], key), said

    @staticmethod
    def new_row(args, values):
        row = {f: values[f] for f in (
            'tipo', 'categoria', 'subcategoria', 'prioridad', 'asunto', 'descripcion', 'documento',
            'telefono', 'empresa_departamento', 'area')}
        row.update(solicitante_nombre=values['nombre'], solicitante_email=values['email'],
                   tiene_whatsapp=bool(args.get('tiene_whatsapp')), ip_registro=args.get('ip'),
                   clave_idempotencia=None, huella_idempotencia=None)
        return row

    def born(self, who, row, state, uuid, now):
        row.update(
            ticket_uuid=uuid, ticket_label=self.next_label(now), estado=state, version=1,
            agente_id=None, respuesta_cliente=None, fecha_creacion=now, actualizado_en=now,
            abierto=True, resuelto_en=None, cerrado_en=None)
        given = self.begin(row, now)
        said = {'ip': row['ip_registro'], 'sla': given}
        return Ticket(row, (self.entry(who, 'crear', None, row, said),))

    def year(self, now):
        return now.astimezone(ZoneInfo(self.zone)).year

    def next_label(self, now):
        year = self.year(now)
        return f'{self.prefix}-{year}-{self.counters.get(year, 0) + 1:0{self.digits}}'

    # --- history -------------------------------------------------------------

    def entry(self, who, operation, old, new, said):
        old = old or {}
        entry = {
            'ticket_uuid': new['ticket_uuid'], 'version': new['version'], 'operacion': operation,
            'ocurrido_en': new['actualizado_en'],
            'ticket_label': None if old else new['ticket_label'],
            'actor_id': who.agent and who.agent.id,
            'actor_nombre': who.agent.name if who.agent else who.user,
            'actor_rol': who.role, 'usuario_bd': who.user,
            'reloj': self.clock_of(new), 'after': new,
            **{f: said.get(f) for f in ('motivo', 'nota', 'respuesta', 'mensaje', 'clave_idempotencia', 'vinculo', 'calificacion', 'sla', 'cambios', 'ip')},
        }
        for name, field in (('estado',) * 2, ('area',) * 2, ('prioridad',) * 2,
                            ('agente', 'agente_id')):
            entry[name + '_antes'], entry[name + '_despues'] = old.get(field), new[field]
        for field in ('tipo', 'categoria', 'subcategoria'):
            before, after = old.get(field), new[field]
            changed = before != after
            entry[field + '_antes'] = before if changed else None
            entry[field + '_despues'] = after if changed else None
        return entry

    # --- reading -------------------------------------------------------------

    def consult(self, caller, args, ticket):
        """What the public sees; `ticket` has the label that was asked for."""
        who = self.identify(caller)
        self.judge_role(who, 'consultar')
        if self.is_unnamed(args):
            raise Refused('22004')
        self.judge_requester(args['email'], ticket)
        final, own, led = self.thread(ticket)
        ids = [each.row['ticket_uuid'] for each in own]
        last = [e for e in final.log if e['operacion'] not in (*CLOCK_OPERATIONS, *OF_LINKS) and self.is_public(e)
                and (self.came_to(e) in ids or self.came_to(e) == final.row['ticket_uuid'])][-1]
        answers = self.answers(own, led)
        alone = final is ticket and own == [ticket]
        return {
            **{f: ticket.row[f] for f in CONSULTED}, **{f: final.row[f] for f in LED_ON}, 'actualizado_en': last['ocurrido_en'],
            'respuesta_cliente': ticket.row['respuesta_cliente'] if alone else answers[-1][3] if answers else None,
            'ultima_operacion': last['operacion'], 'ultima_fecha': last['ocurrido_en'],
            'estado_antes': last['estado_antes'], 'estado_despues': last['estado_despues'],
            'respuestas': [(at, text) for at, _, _, text in answers],
            'adjuntos': [(f['id'], f['archivo'], f['bytes'], f['propio']) for _, _, _, f in sorted(
                (t.log[f['version'] - 1]['ocurrido_en'], t.row['ticket_uuid'], f['version'], f) for t in own for f in self.files(t)
                if f['publico'] and not f['retirado'])],
            'label_vigente': None if final is ticket else final.row['ticket_label'],
        }

    def converse(self, caller, args, ticket):
        """What fn_conversacion shows: the requester's words and the answers."""
        who = self.identify(caller)
        self.judge_role(who, 'consultar')
        if self.is_unnamed(args):
            raise Refused('22004')
        self.judge_requester(args['email'], ticket)
        _, own, led = self.thread(ticket)
        ids = [each.row['ticket_uuid'] for each in own]
        said = [(t.row['fecha_creacion'], t.row['ticket_uuid'], 1, 1, 'SOLICITANTE', t.row['descripcion']) for t in own]
        heard = [e for t in own + [each[0] for each in led] for e in t.log]
        heard += [e for uuid in ids for e in self.landed.get(uuid, ()) if e not in heard]
        said += [(e['ocurrido_en'], e['ticket_uuid'], e['version'], 2, 'SOLICITANTE', e['mensaje']) for e in heard
                 if e['mensaje'] and self.came_to(e) in ids]
        said += [(at, uuid, version, 3, 'MESA', text) for at, uuid, version, text in self.answers(own, led)]
        return [(i + 1, by, at, text) for i, (at, _, _, _, by, text) in enumerate(sorted(said))]

    @staticmethod
    def is_unnamed(args):
        """Is the label or the address missing?"""
        return not all(normal('descripcion', args[f] or '') for f in ('ticket_label', 'email'))

    # --- files -----------------------------------------------------------------

    @staticmethod
    def is_public(event):
        """Is the requester told of it?  Of notes not, nor of internal files."""
        if event['operacion'] == 'actualizar':
            return event['respuesta'] is not None or 'respuesta_cliente' in (event['cambios'] or ())
        if event['operacion'] not in OF_FILES:
            return True
        return event['operacion'] == 'adjuntar' and event['file']['publico']

    @staticmethod
    def files(ticket):
        """The files of a ticket, the oldest first, as its events tell of them."""
        gone = {e['file']['id']: e['version'] for e in ticket.log if e['operacion'] == 'retirar_adjunto'}
        return [{**e['file'], 'version': e['version'], 'retirado': gone.get(e['file']['id']), 'propio': e['actor_rol'] == 'PUBLICO',
                 'archivo': None if e['file']['id'] in gone else e['file']['archivo'],
                 'sender': (e['actor_rol'], e['actor_id'] or e['usuario_bd'])}
                for e in ticket.log if e['operacion'] == 'adjuntar']

    def attach(self, caller, args, ticket, now, file_id):
        """The ticket after fn_adjuntar, and the file; by label `ticket` is the one that has it."""
        who, by_label = self.identify(caller), args.get('ticket_id') is None
        self.judge_uuids(who, args)
        self.judge_role(who, 'adjuntar')
        if not args.get('archivo') or args.get('contenido') is None:
            raise Refused('22004')
        if not args['contenido']:
            raise Refused('22023')
        if not by_label and who.role == 'PUBLICO':
            raise Refused('42501')
        if by_label:
            self.judge_requester(normal('email', args['email']), ticket)
        elif ticket is None:
            raise Refused('PT404')
        if who.role != 'PUBLICO':
            self.judge_scope(who, ticket.row['area'])
        if by_label and args.get('publico') is False:
            raise Refused('22023')
        file = {'id': file_id, 'archivo': args['archivo'], 'bytes': len(args['contenido']), 'contenido': args['contenido'],
                'publico': by_label or bool(args.get('publico'))}
        sender = who.role, who.agent.id if who.agent else who.user
        like = [f for f in self.files(ticket) if f['publico'] == file['publico'] and not f['retirado']]
        for old in like:
            if (old['contenido'], old['archivo'], old['sender']) == (file['contenido'], file['archivo'], sender):
                return ticket, old
        self.judge_version(args, ticket)
        to = self.judge_machine('adjuntar', ticket.row['estado'])
        if len(like) >= self.most_files:
            raise Refused('PT413')
        return self.with_file(self.move(who, 'adjuntar', ticket, {'estado': to}, now, {}), ticket, file), file

    def withdraw(self, caller, args, ticket, now):
        """The ticket after fn_retirar_adjunto."""
        who = self.identify(caller)
        self.judge_uuids(who, args)
        self.judge_role(who, 'retirar_adjunto')
        said = self.read_fields('retirar_adjunto', args)
        if args.get('adjunto_id') is None:
            raise Refused('22004')
        if ticket is None:
            raise Refused('PT404')
        self.judge_scope(who, ticket.row['area'])
        self.judge_version(args, ticket)
        to = self.judge_machine('retirar_adjunto', ticket.row['estado'])
        found = [f for f in self.files(ticket) if f['id'] == args['adjunto_id']]
        if not found:
            raise Refused('PT404')
        if found[0]['retirado']:
            raise Refused('PT409')
        after = self.move(who, 'retirar_adjunto', ticket, {'estado': to}, now, said)
        return self.with_file(after, ticket, {'id': args['adjunto_id']})

    @staticmethod
    def with_file(after, before, file):
        """The new event of its own is about a file."""
        log = [({**e, 'file': file} if e['operacion'] in OF_FILES and e['version'] > len(before.log) else e) for e in after.log]
        return Ticket(after.row, tuple(log))

    def judge_requester(self, email, ticket):
        try:
            email = normal('email', email)
        except Refusal:
            raise Refused('PT404') from None
        if ticket is None or small(ticket.row['solicitante_email']) != small(email):
            raise Refused('PT404')

    def view(self, caller, ticket_id, ticket):
        """Whether fn_ticket shows a ticket: raises Refused unless."""
        who = self.identify(caller)
        self.judge_uuids(who, {'ticket_id': ticket_id})
        if who.role == 'PUBLICO':
            raise Refused('42501')
        self.judge_role(who, 'consultar')
        if ticket_id is None:
            raise Refused('22004')
        if ticket is None:
            raise Refused('PT404')
        self.judge_scope(who, ticket.row['area'])

    # --- plain SQL by the mesa's owner ---------------------------------------

    def insert(self, caller, args, columns, uuid, now):
        """INSERT: `args` as for fn_crear_ticket, and other columns beside."""
        who = self.identify(caller)
        if who.user not in self.owners:
            raise Refused('42501')
        state = self.judge_machine('crear', '-')
        if columns.get('estado') not in (None, state):
            raise Refused('PT409')
        # of what only the guard sets: nothing, or what it sets itself
        if any(v not in SAYS_NOTHING and (f, v) != ('version', 1) for f, v in columns.items()
               if f in GUARDED + IMMUTABLE):
            raise Refused('428C9')
        return self.born(who, self.new_row(args, self.read_fields('crear', args)), state, uuid, now)

    def update(self, caller, changes, motive, ticket, now):
        """UPDATE ticket SET changes: which operation it is follows from the state."""
        who = self.identify(caller)
        if who.user not in self.owners:
            raise Refused('42501')
        old, version = ticket.row, changes.get('version')
        changes, bad = self.as_kept(changes)
        changes = {f: v for f, v in changes.items() if f not in GUARDED and old[f] != v}
        if 'fecha_creacion' in changes and abs(changes['fecha_creacion'] - old['fecha_creacion']) < MILLISECOND:
            del changes['fecha_creacion']
        operation = self.operation_between(old['estado'], changes.get('estado', old['estado']))
        if operation == 'actualizar' and 'agente_id' in changes:
            operation = 'reasignar'
        motive = operation and self.judge_motive(operation, motive)
        self.judge_copy(version, old['version'])
        self.judge_machine(operation, old['estado'])
        self.judge_columns(operation, old, changes, bad)
        if operation in ('asignar', 'transferir') and 'agente_id' not in changes:
            changes['agente_id'] = self.kept(old['agente_id'], changes.get('area', old['area']))
        noted = {f: [old[f], v] for f, v in changes.items()
                 if f not in HANDED + CLASSED + ('estado', 'respuesta_cliente')} or None
        said = {'motivo': motive, 'respuesta': changes.get('respuesta_cliente')}
        return self.move(who, operation, ticket, changes, now, said, noted)

    @staticmethod
    def as_kept(changes):
        """The texts of an UPDATE in their form, and the codes of those that have none."""
        kept, bad = dict(changes), set()
        for field in ('asunto', 'telefono', 'categoria', 'subcategoria'):
            if changes.get(field) is not None:
                try:
                    kept[field] = normal(field, changes[field])
                except Refusal:
                    bad.add('22023')
        return kept, bad

    def judge_copy(self, written, version):
        """The version that an UPDATE writes back, or counts on itself."""
        if written not in (None, version, version + 1):
            raise Refused('PT412')

    def operation_between(self, before, after):
        if before == after:
            return 'actualizar'
        for (operation, origin), to in self.transitions.items():
            if (origin, to) == (before, after) and operation != 'responder':
                return operation
        return None

    def judge_columns(self, operation, old, changes, bad):
        """What may change in this operation, and what must."""
        codes = set(bad)
        if any(f in changes for f in IMMUTABLE):
            codes.add('428C9')
        if not changes or operation == 'transferir' and 'area' not in changes \
                or any(f in changes for f in HANDED) and operation not in ('asignar', 'reasignar', 'transferir') \
                or 'area' in changes and operation == 'reasignar' \
                or any(f in changes for f in CLASSED) != (operation == 'reclasificar'):
            codes.add('PT409')
        if 'area' in changes and not self.areas[changes['area']]:
            codes.add('22023')
        if operation in ('asignar', 'reasignar', 'transferir') and 'agente_id' in changes:
            try:
                self.judge_agent(changes['agente_id'], changes.get('area', old['area']))
            except Refused as refusal:
                codes.update(refusal.codes)
        if codes:
            raise Refused(*codes)

    def judge_motive(self, operation, motive):
        try:
            code, value = self.judge_field('motivo', normal('motivo', motive),
                                           'motivo!' in FIELDS[operation].split())
        except Refusal:
            code = '22023'
        if code:
            raise Refused(code)
        return value
