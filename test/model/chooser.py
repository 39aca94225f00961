"""Random calls: mostly such as people make, many of them wrong in some way."""

import random
import uuid

from calls import Attach, Consult, Converse, Create, Insert, Operate, Rate, Reply, Select, Update, View, Withdraw
from model import AT_LEAST_ONE, CLASSED, CLOSED, FIELDS, LENGTH, OF_FILES, OF_LINKS, STATES, TYPES, Refused, capital
from texts import LINES, dress

WORDS = 'la impresora del 2.º piso no enciende ¿quién la revisa? 日本 🙂 línea\n\tnueva'.split(' ')


class Chooser:
    """Makes up calls to a world's desk."""

    def __init__(self, world, seed):
        self.world, self.desk = world, world.desk
        self.rng = random.Random(seed)

    def chance(self, share):
        return self.rng.random() < share

    # --- callers and calls ---------------------------------------------------

    def pick_caller(self, operation, area=None):
        """Anybody; mostly one who may do this to a ticket of this area."""
        desk, tries = self.desk, 12 if operation and self.chance(0.8) else 0
        for _ in range(tries):
            caller = self.rng.choice(self.world.callers)
            who = desk.identify(caller)
            if (operation, who.role) in desk.permissions and (
                    desk.sees(who, area) if area else not who.agent or who.agent.active):
                return caller
        return self.rng.choice(self.world.callers)

    def pick_owner(self):
        """Mostly one who may use plain SQL."""
        owners = [c for c in self.world.callers if c.session in self.desk.owners]
        return self.rng.choice(self.world.callers if self.chance(0.2) else owners)

    def make_call(self, case, caller=None, ticket=None):
        ticket = ticket or case.ticket
        kind = self.rng.choices(('operate', 'consult', 'view', 'select', 'update', 'reply', 'attach', 'withdraw', 'rate'),
                                (64, 8, 4, 6, 10, 8, 10, 4, 4))[0]
        if kind == 'operate':
            operation = self.pick_operation(ticket.row['estado'])
            caller = caller or self.pick_caller(operation, ticket.row['area'])
            return Operate(caller, operation, case.id, self.arguments(operation, ticket.row))
        if kind == 'attach':
            return self.make_attach(case, caller, ticket.row)
        if kind == 'withdraw':
            return self.make_withdraw(case, caller, ticket)
        # by the label of a duplicate another one is rated
        if kind == 'rate' and case.id not in self.desk.merged:
            return self.make_rate(caller, case, ticket.row)
        if kind == 'update':
            return self.make_update(case, caller, ticket.row)
        if kind in ('reply', 'rate'):
            return self.make_reply(case, caller, ticket)
        caller = caller or self.pick_caller('consultar',
                                            None if kind == 'consult' else ticket.row['area'])
        if kind == 'consult':
            return self.make_consult(case, caller, ticket.row)
        return (View if kind == 'view' else Select)(caller, case.id)

    def pick_operation(self, state):
        """Any; more often one that leads on, but not to the end."""
        # the links are about two tickets
        operations = [o for o in FIELDS if o not in ('crear', 'consultar', 'responder', 'calificar', *OF_LINKS, *OF_FILES)]
        possible = [o for o in operations if (o, state) in self.desk.transitions]
        if not possible or self.chance(0.2):
            possible = operations
        return self.rng.choices(possible, [0.1 if o in ('cancelar', 'archivar') else 1
                                           for o in possible])[0]

    def make_consult(self, case, caller, row):
        named, known = self.named(row)
        return self.rng.choice((Consult, Consult, Converse))(caller, case.id if known else None, named, known)

    def make_reply(self, case, caller, ticket):
        """What the requester says, or an agent for him; at times once more."""
        caller = caller or self.pick_caller('responder', None if self.chance(0.5) else ticket.row['area'])
        named, known = self.named(ticket.row)
        args = {**named, 'mensaje': self.good('mensaje', self.rng)}
        said = [e for e in ticket.log if e['clave_idempotencia']]
        if said and self.chance(0.3):
            event = self.rng.choice(said)
            args['clave_idempotencia'] = event['clave_idempotencia']
            args['mensaje'] = event['mensaje'] if self.chance(0.7) else args['mensaje']
        elif self.chance(0.4):
            args['clave_idempotencia'] = f'mensaje {self.rng.getrandbits(64):x}'
        if self.chance(0.1):
            self.spoil('responder', args)
        return Reply(caller, case.id if known else None, args, known)

    def make_rate(self, caller, case, row):
        caller = caller or self.pick_caller('calificar')
        named, known = self.named(row)
        args = {**named, 'calificacion': self.rng.choice((1, 2, 3, 4, 5, 5, 5, 0, 6, None))}
        if self.chance(0.5):
            args['comentario'] = self.good('comentario', self.rng)
        if self.chance(0.1):
            self.spoil('calificar', args)
        return Rate(caller, case.id if known else None, args, known)

    def named(self, row):
        """A ticket's label and address as somebody types them, and whether the label is its own."""
        label, email = row['ticket_label'], row['solicitante_email']
        prefix, year, number = label.split('-')
        label = self.rng.choice((label, label, label.lower(), f' {label}\n', f'#{prefix} {year} {int(number)}', f'[{label}].',
                                 f'{prefix}\u2013{year}\u2013{number}\xa0', f'{prefix}{year}{number}'))
        email = self.rng.choice((email, email.upper(), capital(email), f'  {email} ', dress(self.rng, 'email', email)))
        spoil = self.rng.randrange(8)
        if spoil == 0:
            email = self.rng.choice((None, ' ', 'otra@correo.example', email.strip()[:-1]))
        if spoil == 1:
            label = self.rng.choice((None, '', 'TK-2001-00001', label.strip() + 'X'))
        return {'ticket_label': label, 'email': email}, spoil != 1

    def make_attach(self, case, caller, row):
        """One of a few files, so that some come again."""
        caller, rng = caller or self.pick_caller('adjuntar', row['area']), self.rng
        by_label, known = self.desk.identify(caller).role == 'PUBLICO' or self.chance(0.2), True
        args = {'archivo': rng.choice(('a.txt', 'b.txt', 'año ñ.pdf')), 'contenido': rng.choice(('uno', 'dos', 'tres' * 1000))}
        if by_label and not self.chance(0.1):
            args |= {'ticket_label': row['ticket_label'], 'email': row['solicitante_email']}
            if self.chance(0.1):
                args['email'], known = 'otra@correo.example', False
        else:
            args['ticket_id'] = case.id
        if self.chance(0.4):
            args['publico'] = self.chance(0.7)
        if self.chance(0.2):
            args['version'] = rng.choice((row['version'], row['version'], row['version'] - 1))
        if self.chance(0.06):
            args[rng.choice(('archivo', 'contenido'))] = None
        elif self.chance(0.03):
            args['contenido'] = ''
        return Attach(caller, case.id, args, known)

    def make_withdraw(self, case, caller, ticket):
        caller = caller or self.pick_caller('retirar_adjunto', ticket.row['area'])
        files = [f['id'] for f in self.desk.files(ticket)] or [str(uuid.UUID(int=3, version=4))]
        args = self.arguments('retirar_adjunto', ticket.row)
        return Withdraw(caller, case.id, {**args, 'adjunto_id': self.rng.choice(files)})

    def make_update(self, case, caller, row):
        """Plain SQL, mostly by those who may."""
        caller = caller or self.pick_owner()
        state = self.rng.choice([to for (_, origin), to in self.desk.transitions.items()
                                 if origin == row['estado'] and
                                 (to not in CLOSED or self.chance(0.1))] or STATES)
        if self.chance(0.15):
            state = self.rng.choice(STATES)
        changes = {'estado': state}
        if state == 'TRANSFERIDO' or self.chance(0.05):
            changes['area'], changes['agente_id'] = self.rng.choice(list(self.desk.areas)), None
        if state == 'RECLASIFICADO' or self.chance(0.05):
            field = self.rng.choice(CLASSED)
            names = {'prioridad': list(self.desk.priorities), 'tipo': TYPES}
            changes[field] = self.rng.choice(names.get(field, ('Redes 1', 'Redes 2', 'Redes 3')))
        if state == row['estado'] and self.chance(0.3):
            changes['agente_id'] = self.rng.choice([row['agente_id'], None, *self.desk.agents])
        elif state == row['estado'] or self.chance(0.1):
            changes['telefono'] = f'+51 {self.rng.randrange(10**9)}'
        if self.chance(0.1):
            changes['asunto'] = self.rng.choice((dress(self.rng, 'asunto', 'Señal \\ "débil" ¿otra vez?'), ' \xa0', 'dos\nlíneas', None))
        if self.chance(0.1):
            changes['version'] = self.rng.choice((row['version'], row['version'] + 1, row['version'] - 1, 77, None))
            changes['fecha_limite_sla'] = row['fecha_creacion']
            changes['abierto'] = False
        if self.chance(0.05):
            changes['fecha_creacion'] = row['fecha_creacion'].replace(
                microsecond=row['fecha_creacion'].microsecond // 1000 * 1000)
        if self.chance(0.03):
            changes.update(self.rng.choice(({'ticket_label': 'TK-2020-00001'},
                                            {'fecha_creacion': row['actualizado_en']},
                                            {'ticket_uuid': str(uuid.uuid4())})))
        motive = self.rng.choice(('', 'Cambio directo', 'Cambio directo', 'Cambio directo',
                                  '  Con espacios ', 'no', '   ', 'x' * 2001))
        return Update(caller, case.id, changes, motive)

    def make_creation(self, caller=None):
        if self.chance(0.85):
            return Create(caller or self.pick_caller('crear'), self.creation())
        caller = caller or self.pick_owner()
        args = self.creation_of(self.rng, self.desk)
        try:
            clean = self.desk.read_fields('crear', args)
        except Refused:
            return self.make_creation(caller)
        args |= {f: clean[f] for f in args if f in ('tipo', 'prioridad')}
        args['area'] = clean['area']
        columns = self.rng.choice((
            {}, {}, {'estado': 'NUEVO'}, 
            {'version': 1, 'abierto': False, 'sla_horas': 0, 'ticket_label': '', 'ticket_uuid': None, 'estado': None},
            {'version': 0, 'hash': '', 'fecha_limite_sla': None, 'resuelto_en': None},
            {'version': 9}, {'sla_horas': 1}, {'fecha_limite_sla': '2030-01-01 00:00:00+00'},
            {'estado': self.rng.choice(STATES)}, {'ticket_label': 'TK-2026-00001'},
            {'fecha_creacion': '2020-01-01 00:00:00+00'}))
        spoil = self.rng.choice(('nombre', 'descripcion', 'email', 'asunto')) if not columns else ''
        if spoil and self.chance(0.4):
            args[spoil] = self.rng.choice((None, 'ñ' * 20001, '\x01' * 10))
        return Insert(caller, args, columns)

    # --- arguments -----------------------------------------------------------

    def creation(self):
        args = self.creation_of(self.rng, self.desk)
        if self.chance(0.15):
            args['clave_idempotencia'] = f'clave {self.rng.getrandbits(64):x}'
        if self.chance(0.3):
            self.spoil('crear', args)
        return args

    @classmethod
    def creation_of(cls, rng, desk):
        args = {f.rstrip('!'): cls.good(f.rstrip('!'), rng) for f in FIELDS['crear'].split()
                if f.endswith('!') or rng.random() < 0.4}
        args.pop('clave_idempotencia', None)
        if rng.random() < 0.7:
            args['area'] = rng.choice([name for name, active in desk.areas.items() if active])
        if rng.random() < 0.5:
            args['tiene_whatsapp'] = rng.choice((True, False))
        if rng.random() < 0.3:
            args['ip'] = rng.choice(('10.1.2.3', '2001:db8::7'))
        return args

    @staticmethod
    def good(field, rng):
        """A value that the field takes."""
        if field == 'email':
            return dress(rng, field, rng.choice((
                'ana.lópez+1@correo.example', 'Luis@Empresa.example', 'a@b', 'eva@ñandú.example', 'eva@XN--and-6ma2c.example'))) \
                if rng.random() < 0.2 else f'persona{rng.randrange(100)}@correo.example'
        if field == 'tipo':
            return rng.choice(TYPES + ('queja', '  Incidente '))
        if field == 'prioridad':
            return rng.choice(('BAJA', 'MEDIA', 'ALTA', 'URGENTE', 'CRITICA', 'media', ' Alta '))
        if field == 'area':
            return rng.choice(('MESA', 'Soporte', 'Redes', 'Compras', 'soporte', ' REDES '))
        least, most = LENGTH[field]
        if rng.random() < 0.02:
            return 'ñ' * rng.choice((max(least, 1), most))
        text = ' '.join(rng.choice(WORDS) for _ in range(1 + rng.randrange(8)))
        if field not in LINES:
            text = text.replace('\n', ' ')
        text = (text + ' ' * (rng.random() < 0.1)).ljust(least, 'é')[:most]
        return dress(rng, field, text) if rng.random() < 0.2 else text

    def arguments(self, operation, row):
        """Arguments of fn_<operation> for a ticket."""
        rng = self.rng
        args = {f.rstrip('!'): self.good(f.rstrip('!'), rng) for f in FIELDS[operation].split()
                if f.endswith('!') or self.chance(0.4)}
        if operation == 'asignar' and 'area' in args and row and self.chance(0.5):
            args['area'] = row['area']
        if operation in ('asignar', 'reasignar', 'transferir') and self.chance(0.6):
            args['agente_id'] = self.pick_agent(args.get('area') or row and row['area'])
        if operation in AT_LEAST_ONE and not any(f in args for f in AT_LEAST_ONE[operation]) \
                and self.chance(0.9):
            field = rng.choice(AT_LEAST_ONE[operation])
            args[field] = self.good(field, rng)
        if self.chance(0.12):
            self.spoil(operation, args)
        if operation in OF_LINKS:       # they take none
            return args
        if row and self.chance(0.4):
            seen = row['version']
            args['version'] = rng.choice((seen, seen, seen, seen, seen + 1, seen - 1, -1))
        elif self.chance(0.1):
            args['version'] = None
        return args

    def pick_agent(self, area):
        agents = list(self.desk.agents.values())
        if self.chance(0.6):
            agents = [a for a in agents if a.active and (a.role != 'AREA' or a.area == area)] or agents
        if self.chance(0.05):
            return self.rng.choice((str(uuid.UUID(int=3, version=4)), 'agente', None))
        return self.rng.choice(agents).id

    def spoil(self, operation, args):
        """Make one field wrong, or nearly."""
        rng = self.rng
        field = rng.choice(FIELDS[operation].split()).rstrip('!')
        least, most = LENGTH.get(field, (0, 0))
        kinds = ['missing', 'missing', 'control']
        kinds += ['long', 'short'] if most else ['bad', 'bad']
        kinds += ['bad'] * 3 if field == 'email' else []
        kind = rng.choice(kinds)
        if kind == 'missing':
            args[field] = rng.choice((None, '', '   ', '\n'))
            if args[field] is None and self.chance(0.5):
                del args[field]
        elif kind == 'control':
            args[field] = 'dato' + rng.choice('\x01\x1b\r\x7f\x85\x9f') + 'malo con más letras'
        elif kind == 'long':
            args[field] = 'ñ' * (most + 1)
        elif kind == 'short' and least > 1:
            args[field] = ' ' + 'é' * (least - 1) + '  '
        elif kind == 'bad':
            args[field] = rng.choice(('sin-arroba', '@dominio.example', 'local@', 'a b@c.example',
                                      'a@@b.example')) if field == 'email' else 'NINGUNA'

