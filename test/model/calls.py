"""What can be asked of the desk: how to ask the server, and the model."""

import json
import time
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Optional

import psycopg2

from model import CREATED, OPERATED, Refused, small
from sla import OWN
from texts import Refusal, normal

TICKET_COLUMNS = (
    'ticket_uuid ticket_label estado tipo categoria subcategoria prioridad asunto descripcion '
    'solicitante_nombre solicitante_email documento telefono tiene_whatsapp empresa_departamento '
    'area agente_id respuesta_cliente ip_registro clave_idempotencia fecha_creacion '
    'actualizado_en abierto resuelto_en cerrado_en version').split() + OWN


class Answer(NamedTuple):
    code: Optional[str]         # SQLSTATE, or None when it went well
    rows: list
    row: Optional[dict]         # the first
    error: tuple                # message, detail, hint
    start: datetime             # by the client's clock, moved like the server's
    end: datetime

    @property
    def now(self):
        """The server's clock when it changed the ticket."""
        row = self.row or {}
        return row.get('actualizado_en') or row.get('fecha_creacion') or self.end

    def __str__(self):
        if self.code:
            return f'{self.code} ' + ' | '.join(text for text in self.error if text)
        return short(self.row)


class Connection:
    """A session of one login, which may take another role and show a claim."""

    def __init__(self, server, login, database):
        self.connection = server.connect(login, database)
        self.cursor = self.connection.cursor()
        self.login = login
        self.guise = None, None

    def become(self, caller):
        if self.guise != (caller.role, caller.sub):
            claims = json.dumps({'sub': caller.sub, 'role': caller.role}) if caller.sub else ''
            self.cursor.execute(f'SET ROLE {caller.role or "none"}; SET request.jwt.claims = %s',
                                (claims,))
            self.guise = caller.role, caller.sub

    def ask(self, sql, values=(), offset=timedelta(0)):
        start, code, rows, error = clock(offset), None, [], ()
        try:
            self.cursor.execute(sql, values)
            if self.cursor.description:
                names = [column.name for column in self.cursor.description]
                rows = [dict(zip(names, values)) for values in self.cursor]
        except psycopg2.Error as failure:
            if failure.pgcode is None or self.connection.closed:
                raise               # the server is gone
            code = failure.pgcode
            error = (failure.diag.message_primary, failure.diag.message_detail,
                     failure.diag.message_hint)
        return Answer(code, rows, rows[0] if rows else None, error, start, clock(offset))

    def setting(self, name):
        # pg_settings has it once the library is loaded, and before that it is a bare text
        self.cursor.execute('SELECT coalesce((SELECT setting FROM pg_settings WHERE name = %(n)s), '
                            'current_setting(%(n)s, true))::integer', {'n': name})
        return self.cursor.fetchone()[0]

    def close(self):
        self.connection.close()


def clock(offset):
    return datetime.fromtimestamp(time.time_ns() // 1000 / 1e6, timezone.utc) + offset


class Call:
    """Something a caller asks about one ticket."""
    changes = False             # whether it makes a new version

    def __init__(self, caller, ticket_id, args=None):
        self.caller, self.ticket_id, self.args = caller, ticket_id, args

    def __str__(self):
        via = f' as {self.caller.role}' if self.caller.role else ''
        via += f' with sub {self.caller.sub}' if self.caller.sub else ''
        return f'{self.caller.session}{via}: {self.name()}({short(self.args or self.ticket_id)})'

    def name(self):
        return type(self).__name__.lower()

    def function(self, name, args):
        named = ', '.join(f'{field} => %s' for field in args)
        return f'SELECT * FROM ticket_sm.{name}({named})', list(args.values())

    def read(self, row):
        """The server's row in the form of the model's answer."""
        return row

    def judge(self, desk, ticket, answer):
        """Whether the model, with the ticket in this state, gives the same
        answer; what it gives; and the ticket afterwards."""
        try:
            row, after = self.expect(desk, ticket, answer)
        except Refused as refusal:
            return answer.code in refusal.codes, '/'.join(refusal.codes), ticket
        good = answer.code is None and self.read(answer.row) == row
        if good and self.is_new(desk, after):
            good = in_time(answer, ticket)
        return good, row, after

    def is_new(self, desk, after):
        """Whether the call made this version, rather than found it."""
        return self.changes and desk.tickets.get(after.row['ticket_uuid']) is not after

    def expect(self, desk, ticket, answer):
        raise NotImplementedError


class Operate(Call):
    changes = True

    def __init__(self, caller, operation, ticket_id, args):
        super().__init__(caller, ticket_id, {'ticket_id': ticket_id, **args})
        self.operation = operation

    def name(self):
        return 'fn_' + self.operation

    def sql(self):
        return self.function(self.name(), self.args)

    def expect(self, desk, ticket, answer):
        after = desk.operate(self.caller, self.operation, self.args, ticket, answer.now)
        row = {field: after.row[field] for field in OPERATED}
        return {**row, 'estado_anterior': ticket.row['estado'], 'advertencia': None}, after


class Link(Operate):
    """fn_vincular or fn_desvincular; `links` are those of the two before it, and then after it."""

    def __init__(self, caller, operation, args, links):
        super().__init__(caller, operation, args['ticket_id'], args)
        self.links, self.times, self.pair = links, None, None

    def expect(self, desk, ticket, answer):
        pair = [desk.tickets.get(self.args[f]) for f in ('ticket_id', 'otro_id')]
        times = self.times or {(t.row['ticket_uuid'], o): answer.now for t in pair if t for o in (self.operation, 'cancelar')}
        self.pair, self.links = desk.link(self.caller, self.operation, self.args, pair, self.links, times)
        row = {field: self.pair[0].row[field] for field in OPERATED}
        return {**row, 'estado_anterior': ticket.row['estado'], 'advertencia': None}, self.pair[0]


class Attach(Call):
    """fn_adjuntar, by uuid or by label and address."""
    changes = True
    TOLD = ('ticket_uuid', 'ticket_label', 'estado_anterior', 'estado', 'version', 'actualizado_en', 'adjunto_id', 'archivo', 'bytes', 'publico')

    def __init__(self, caller, ticket_id, args, known=True):
        super().__init__(caller, ticket_id, args)
        self.known = known

    def name(self):
        return 'fn_adjuntar'

    def sql(self):
        args = {f: v.encode() if f == 'contenido' and v is not None else v for f, v in self.args.items()}
        return self.function(self.name(), args)

    def read(self, row):
        return {f: row[f] for f in self.TOLD}

    def is_new(self, desk, after):
        return self.made

    def expect(self, desk, ticket, answer):
        known = ticket if self.known else None
        after, file = desk.attach(self.caller, self.args, known, answer.now, answer.row and answer.row['adjunto_id'])
        self.made = after is not ticket
        row = {f: after.row[f] for f in ('ticket_uuid', 'ticket_label', 'estado', 'version', 'actualizado_en')}
        if desk.identify(self.caller).role == 'PUBLICO':
            row['version'] = None
        return {**row, 'estado_anterior': ticket.row['estado'], 'adjunto_id': file['id'],
                **{f: file[f] for f in ('archivo', 'bytes', 'publico')}}, after


class Withdraw(Operate):
    def __init__(self, caller, ticket_id, args):
        super().__init__(caller, 'retirar_adjunto', ticket_id, args)

    def read(self, row):
        return {f: row[f] for f in ('ticket_uuid', 'ticket_label', 'estado_anterior', 'estado', 'version', 'actualizado_en', 'adjunto_id', 'archivo')}

    def expect(self, desk, ticket, answer):
        after = desk.withdraw(self.caller, self.args, ticket, answer.now)
        row = {f: after.row[f] for f in ('ticket_uuid', 'ticket_label', 'estado', 'version', 'actualizado_en')}
        return {**row, 'estado_anterior': ticket.row['estado'], 'adjunto_id': self.args['adjunto_id'], 'archivo': None}, after


class Update(Call):
    """Plain SQL by the mesa's owner, or by who has no business with it; of one
    ticket or a list of them."""
    changes = True

    def __init__(self, caller, ticket_id, args, motive):
        super().__init__(caller, ticket_id, args)
        self.motive = motive

    def name(self):
        return f'UPDATE [{self.motive}] '

    def sql(self):
        sets = ', '.join(f'{column} = %s' for column in self.args)
        ids = self.ticket_id if isinstance(self.ticket_id, list) else [self.ticket_id]
        return (f'SET ticket_sm.motivo = %s; UPDATE helpdesk.ticket SET {sets} '
                f'WHERE ticket_uuid = ANY (%s::uuid[]) RETURNING {", ".join(OPERATED)}',
                [self.motive, *self.args.values(), ids])

    def expect(self, desk, ticket, answer):
        after = desk.update(self.caller, self.args, self.motive, ticket, answer.now)
        return {field: after.row[field] for field in OPERATED}, after


class Create(Call):
    changes = True

    def __init__(self, caller, args):
        super().__init__(caller, None, args)

    def name(self):
        return 'fn_crear_ticket'

    def sql(self):
        return self.function('fn_crear_ticket', self.args)

    def key(self):
        """Scope and key of an idempotent request, or None."""
        try:
            key, email = (normal(f, self.args.get(f) or '') for f in ('clave_idempotencia', 'email'))
        except Refusal:
            return None
        return (small(email or ''), key) if key else None

    def expect(self, desk, ticket, answer):
        uuid = answer.row['ticket_uuid'] if answer.row else None
        after = desk.create(self.caller, self.args, uuid, answer.now)
        return {field: after.row[field] for field in CREATED}, after


class Insert(Create):
    """Plain SQL: fields of fn_crear_ticket, and columns that it has not."""
    COLUMN = {'nombre': 'solicitante_nombre', 'email': 'solicitante_email', 'ip': 'ip_registro'}

    def __init__(self, caller, args, columns):
        super().__init__(caller, args)
        self.columns = columns

    def name(self):
        return f'INSERT [{short(self.columns)}] '

    def key(self):
        return None

    def sql(self):
        values = {self.COLUMN.get(f, f): v for f, v in self.args.items()} | self.columns
        return (f'INSERT INTO helpdesk.ticket ({", ".join(values)}) VALUES '
                f'({", ".join(["%s"] * len(values))}) RETURNING {", ".join(CREATED)}',
                list(values.values()))

    def expect(self, desk, ticket, answer):
        uuid = answer.row['ticket_uuid'] if answer.row else None
        after = desk.insert(self.caller, self.args, self.columns, uuid, answer.now)
        return {field: after.row[field] for field in CREATED}, after


class Consult(Call):
    def __init__(self, caller, ticket_id, args, known):
        super().__init__(caller, ticket_id, args)
        self.known = known      # whether the label is the ticket's

    def name(self):
        return 'fn_consultar'

    def sql(self):
        return self.function('fn_consultar', self.args)

    def read(self, row):
        said = [(datetime.fromisoformat(one['fecha']), one['respuesta'])
                for one in row['respuestas'] or ()]
        files = [(one['adjunto_id'], one['archivo'], one['bytes'], one['propio']) for one in row['adjuntos']]
        return {**row, 'respuestas': said, 'adjuntos': files}

    def expect(self, desk, ticket, answer):
        return desk.consult(self.caller, self.args, ticket if self.known else None), ticket


class Converse(Consult):
    def name(self):
        return 'fn_conversacion'

    def sql(self):
        return ('SELECT json_agg(json_build_array(numero, autor, fecha, texto) ORDER BY numero) AS said FROM '
                'ticket_sm.fn_conversacion(%s, %s, limite => 1000)', [self.args['ticket_label'], self.args['email']])

    def read(self, row):
        return [(number, by, datetime.fromisoformat(at), text) for number, by, at, text in row['said'] or ()]

    def expect(self, desk, ticket, answer):
        return desk.converse(self.caller, self.args, ticket if self.known else None), ticket


class Reply(Call):
    """fn_responder; for others than agents there is no version to order a race by."""
    changes = True

    def __init__(self, caller, ticket_id, args, known):
        super().__init__(caller, ticket_id, args)
        self.known, self.repeats = known, False

    def name(self):
        return 'fn_responder'

    def sql(self):
        sql, values = self.function(self.name(), self.args)
        return sql.replace('*', '*, fecha AS actualizado_en', 1), values

    def is_new(self, desk, after):
        return not self.repeats

    def expect(self, desk, ticket, answer):
        event, after = desk.reply(self.caller, self.args, ticket if self.known else None, answer.now)
        self.repeats = after is ticket
        self.event = event
        of = after if event['ticket_uuid'] == after.row['ticket_uuid'] else desk.tickets[event['ticket_uuid']]
        seen = desk.identify(self.caller).role != 'PUBLICO'
        return {'ticket_uuid': event['ticket_uuid'], 'ticket_label': of.row['ticket_label'],
                'estado_anterior': event['estado_antes'], 'estado': event['estado_despues'],
                'fecha': event['ocurrido_en'], 'actualizado_en': event['ocurrido_en'],
                'version': event['version'] if seen else None}, after


class Rate(Reply):
    def name(self):
        return 'fn_calificar'

    def expect(self, desk, ticket, answer):
        after = desk.rate(self.caller, self.args, ticket if self.known else None, answer.now)
        row = {f: after.row[f] for f in ('ticket_uuid', 'ticket_label', 'estado', 'actualizado_en')}
        return {**row, 'fecha': row['actualizado_en'], 'estado_anterior': ticket.row['estado'], 'version': None}, after


class View(Call):
    """fn_ticket."""
    DATES = ('fecha_creacion', 'actualizado_en', 'fecha_limite_sla', 'resuelto_en', 'cerrado_en')
    TICKET = ('ticket_uuid ticket_label estado tipo categoria subcategoria prioridad asunto '
              'descripcion area agente_id respuesta_cliente ip_registro sla_horas abierto '
              'version').split()
    REQUESTER = {'nombre': 'solicitante_nombre', 'email': 'solicitante_email',
                 'telefono': 'telefono', 'tiene_whatsapp': 'tiene_whatsapp',
                 'documento': 'documento', 'empresa_departamento': 'empresa_departamento'}
    EVENT = ('version operacion estado_antes estado_despues area_antes area_despues agente_antes '
             'agente_despues motivo nota respuesta mensaje actor_id actor_nombre actor_rol '
             'usuario_bd').split()

    def name(self):
        return 'fn_ticket'

    def sql(self):
        return 'SELECT ticket_sm.fn_ticket(%s) AS answer', [self.ticket_id]

    def read(self, row):
        ticket = row['answer']['ticket']
        dates = {f: ticket[f] and datetime.fromisoformat(ticket[f]) for f in self.DATES}
        return {'ticket': {f: ticket[f] for f in (*self.TICKET, 'agente')} | dates,
                'solicitante': row['answer']['solicitante'],
                'historial': [{f: event[f] for f in self.EVENT}
                              for event in row['answer']['historial']]}

    def expect(self, desk, ticket, answer):
        desk.view(self.caller, self.ticket_id, ticket)
        row = ticket.row
        agent = desk.agents.get(row['agente_id'])
        return {'ticket': {f: row[f] for f in (*self.TICKET, *self.DATES)} | {'agente': agent and agent.name},
                'solicitante': {f: row[column] for f, column in self.REQUESTER.items()},
                'historial': [{f: event[f] for f in self.EVENT} for event in ticket.log]}, ticket


class Select(Call):
    """What row-level security lets a caller see of a ticket."""

    def sql(self):
        return ('SELECT (SELECT version FROM helpdesk.ticket WHERE ticket_uuid = %(id)s), '
                '(SELECT count(*) FROM helpdesk.historial WHERE ticket_uuid = %(id)s) AS events',
                {'id': self.ticket_id})

    def expect(self, desk, ticket, answer):
        who = desk.identify(self.caller)
        if who.role in (None, 'PUBLICO'):
            raise Refused('42501')
        if ticket is None or not desk.sees(who, ticket.row['area']):
            return {'version': None, 'events': 0}, ticket
        return {'version': ticket.row['version'], 'events': len(ticket.log)}, ticket


def in_time(answer, ticket):
    """The server's clock was between ours, and not before the last event."""
    last = ticket.row['actualizado_en'] if ticket else answer.start
    return max(last, answer.start) <= answer.now <= max(last, answer.end)


def short(value, most=60):
    """A value as it is printed."""
    if isinstance(value, dict):
        return ', '.join(f'{k}={short(v)}' for k, v in value.items())
    text = value.isoformat() if isinstance(value, datetime) else repr(value)
    return text if len(text) <= most else f'{text[:most]}...[{len(text)}]'
