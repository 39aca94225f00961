#!/usr/bin/python3
"""SQLAlchemy, as README's chapter "With an ORM" has it."""

import re
import sys
import warnings

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from chapter import CHAPTER, Tap, block

warnings.simplefilter('ignore')     # of indexes by expression, which it does not read
tap = Tap()
engine = create_engine('postgresql+psycopg2://')
names = {'engine': engine}
exec(block('version_id_col'), names)  # pylint: disable=exec-used
Ticket = names['Ticket']


def new_ticket(**more):
    return Ticket(tipo='QUEJA', categoria='Red', prioridad='ALTA', descripcion='No hay internet en la sala.',
                  solicitante_nombre='Ana Pérez', solicitante_email='ana@ejemplo.co', **more)


def refusal(work):
    """What SQLSTATE and detail a change ends with."""
    try:
        with Session(engine) as other, other.begin():
            work(other)
    except DBAPIError as error:
        return error.orig.pgcode, error.orig.diag.message_detail
    except StaleDataError as error:
        return type(error).__name__, None
    return None, None


with Session(engine) as session:
    ticket = new_ticket()
    session.add(ticket)
    session.commit()
    tap.equal((ticket.estado, ticket.area, ticket.version, ticket.sla_horas, ticket.abierto), ('NUEVO', 'MESA', 1, 8, True),
              'a new object comes back with what the guard has set')
    uuid = ticket.ticket_uuid
    ticket.asunto = 'Sala de juntas'
    session.flush()
    tap.check('version' not in inspect(ticket).unloaded and ticket.version == 2, 'the version is read back with the change')
    ticket.asunto = 'Sala de juntas, piso 3'
    session.commit()
    tap.equal(ticket.version, 3, 'and again, in the same transaction')
    ticket.asunto = ticket.asunto
    session.commit()
    tap.equal(ticket.version, 3, 'nothing is sent where nothing has changed')

with Session(engine) as session:
    ticket = session.get(Ticket, uuid)
    tap.equal(refusal(lambda other: setattr(other.get(Ticket, uuid), 'asunto', 'Otro')), (None, None), 'somebody else is faster')
    ticket.asunto = 'Uno'
    try:
        session.commit()
        tap.check(False, 'a stale object')
    except StaleDataError:
        tap.check(True, 'a stale object is StaleDataError')
    session.rollback()


def stale_copy(other):
    other.execute(text('UPDATE helpdesk.ticket SET asunto = :a, version = 1 WHERE ticket_uuid = :u'), {'a': 'x', 'u': uuid})


def to_area(other):
    other.get(Ticket, uuid).area = 'REDES'


def reasoned(other):
    exec(block('session.execute('), {'session': other, 'ticket': other.get(Ticket, uuid)})  # pylint: disable=exec-used


tap.equal(refusal(stale_copy)[0], 'PT412', 'a stale copy that is not asked about is PT412')
tap.equal(refusal(to_area), ('PT409', 'Column "area" is changed by "asignar" and "transferir", not by "actualizar".'),
          'a refusal has its SQLSTATE in error.orig.pgcode, its detail in error.orig.diag')
tap.equal(refusal(lambda other: other.add(new_ticket(ticket_label='TK-2020-00001')))[0], '428C9', 'a chosen label is refused')
tap.equal(refusal(reasoned), (None, None), 'a reason')
with Session(engine) as session:
    tap.equal(session.execute(text("SELECT estado_despues || ' ' || motivo FROM helpdesk.historial WHERE ticket_uuid = :u "
                                   'ORDER BY version DESC LIMIT 1'), {'u': uuid}).scalar(), 'CANCELADO Repetido',
              'set_config in the same transaction gives the reason')
    # a savepoint keeps the transaction
    fresh = new_ticket()
    session.add(fresh)
    session.flush()
    try:
        with session.begin_nested():
            fresh.area = 'REDES'
            session.flush()
    except DBAPIError:
        pass
    session.refresh(fresh)
    fresh.asunto = 'Sigue'
    session.commit()
    tap.equal((fresh.area, fresh.version), ('MESA', 2), 'after a refusal in begin_nested() the transaction goes on')

with Session(engine) as session:
    ticket = session.get(Ticket, fresh.ticket_uuid)
    session.execute(text("SET LOCAL ticket_sm.desfase_reloj = '5d'"))
    ticket.asunto = 'Tarde'
    session.commit()
    tap.equal(ticket.version, 4, 'what came due is an event too')
    ticket.asunto = 'Más tarde'
    session.commit()
    tap.equal(ticket.version, 5, 'and the object has its version')

# an agent reads, and calls the functions
agents = create_engine('postgresql+psycopg2://', connect_args={'options': '-c role=marta'})
with Session(agents) as session:
    ticket = session.get(Ticket, uuid)
    tap.equal(ticket.asunto, 'Otro', 'an agent reads tickets')
    fresh = session.get(Ticket, fresh.ticket_uuid)
    session.execute(text("SELECT ticket_sm.fn_asignar(:u, area => 'REDES')"), {'u': fresh.ticket_uuid})
    session.refresh(fresh)
    tap.equal((fresh.estado, fresh.area), ('ASIGNADO', 'REDES'), 'and calls functions')
    fresh.asunto = 'Mío'
    try:
        session.commit()
        tap.check(False, 'but writes no rows')
    except DBAPIError as error:
        tap.equal(error.orig.pgcode, '42501', 'but writes no rows')

exec(block('automap_base'), names)  # pylint: disable=exec-used
base = names['base']
with engine.connect() as connection:
    without_key = connection.execute(text("""SELECT relname FROM pg_class c WHERE relnamespace = 'helpdesk'::regnamespace AND relkind = 'r'
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) ORDER BY 1""")).scalars().all()
    tables = connection.execute(text("""SELECT relname FROM pg_class WHERE relnamespace = 'helpdesk'::regnamespace AND relkind = 'r'""")).scalars().all()
    tap.equal(connection.execute(text('SELECT * FROM ticket_sm.fn_verificar()')).all(), [], 'the history is sound')
named = re.search('and leaves out (.*?), which have no primary key', CHAPTER, re.S).group(1)
tap.equal(sorted(re.findall(r'`(\w+)`', named)), without_key, 'README names the tables without a primary key')
tap.equal(set(base.classes.keys()), set(tables) - set(without_key), 'automap has every table that has a primary key')
tap.check('ticket' in base.classes and 'historial' in base.classes, 'ticket and historial among them')
tap.done()
