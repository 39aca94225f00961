#!/usr/bin/python3
"""Django, as README's chapter "With an ORM" has it."""

import io
import os
import re
import sys
import uuid

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
import django
from django.conf import settings

from chapter import CHAPTER, Tap, block

DATABASE = {'ENGINE': 'django.db.backends.postgresql', 'NAME': os.environ['PGDATABASE'],
            'USER': os.environ['PGUSER'], 'HOST': os.environ['PGHOST'], 'PORT': os.environ['PGPORT']}
# pylint: disable=eval-used, exec-used
DATABASE.update(eval(re.search(r"`('OPTIONS': .*?)` in `DATABASES`", CHAPTER).group(1).join('{}')))
settings.configure(DATABASES={'default': DATABASE}, USE_TZ=True, DEFAULT_AUTO_FIELD='django.db.models.AutoField')
django.setup()

from django.core.management import call_command
from django.db import Error, connection, models, transaction

tap = Tap()
names = {'models': models, 'uuid': uuid, '__name__': 'desk.models'}
exec(block('(models.Model)').replace('class Meta:', "class Meta:\n        app_label = 'desk'"), names)
Ticket = names['Ticket']


def new_ticket(**more):
    return Ticket(tipo='QUEJA', categoria='Red', prioridad='ALTA', descripcion='No hay internet en la sala.',
                  solicitante_nombre='Ana Pérez', solicitante_email='ana@ejemplo.co', **more)


def refusal(work):
    """What SQLSTATE and detail a change ends with; the transaction goes on."""
    try:
        with transaction.atomic():
            work()
    except Error as error:
        return error.__cause__.pgcode, error.__cause__.diag.message_detail
    return None, None


def saved(ticket, **changes):
    for name, value in changes.items():
        setattr(ticket, name, value)
    return refusal(ticket.save)


inspected = io.StringIO()
call_command('inspectdb', 'ticket', stdout=inspected)
written = set(re.findall(r'^    (\w+) = models\.', inspected.getvalue(), re.M))
shown = set(re.findall(r'^    (\w+) = models\.', block('(models.Model)'), re.M))
with connection.cursor() as cursor:
    cursor.execute('SELECT * FROM ticket LIMIT 0')
    columns = {column.name for column in cursor.description}
tap.check(shown < written == columns, 'inspectdb writes the fields, those of README among them', written)

ticket = new_ticket()
tap.equal(saved(ticket), (None, None), 'a new object is saved')
tap.equal((ticket.estado, ticket.area, ticket.version, ticket.sla_horas, bool(ticket.ticket_label)), ('NUEVO', 'MESA', 1, 8, True),
          'and comes back with what the guard has set')
tap.equal(saved(new_ticket(ticket_label='TK-2020-00001'))[0], '428C9', 'a chosen label is refused')
tap.equal(saved(new_ticket(estado='RESUELTO'))[0], 'PT409', 'so is another state')
tap.equal(saved(ticket, asunto='Sala'), (None, None), 'save() writes the whole row')
tap.equal(saved(ticket, asunto='Sala de juntas'), (None, None), 'and again, as it was read again')
tap.equal(saved(ticket), ('PT409', f'Ticket {ticket.ticket_label} is like this already. Columns that only the guard sets do not count.'),
          'a save() that changes nothing is an error, with its SQLSTATE and detail in error.__cause__')

def not_read_again():
    ticket.asunto = 'Uno'
    models.Model.save(ticket)
    ticket.asunto = 'Dos'
    models.Model.save(ticket)


tap.equal(refusal(not_read_again)[0], 'PT412', 'without being read again, the object is stale after its first save()')
ticket.refresh_from_db()

# the fault: whole rows undid what others did
stale = Ticket.objects.get(pk=ticket.pk)
exec(block('fn_asignar'), {'connection': connection, 'ticket': ticket})
tap.equal(saved(stale, asunto='Más claro')[0], 'PT412', 'a stale copy is PT412')
ticket.refresh_from_db()
tap.equal((ticket.estado, ticket.area, ticket.asunto), ('ASIGNADO', 'REDES', 'Sala de juntas'), 'and undoes nothing')
tap.equal(Ticket.objects.filter(estado='ASIGNADO', pk=ticket.pk).count(), 1, 'an enum is compared as a text')
tap.equal(Ticket.objects.filter(pk=ticket.pk, version=ticket.version).update(asunto='Filtrado'), 1, 'update() names its columns only')

with transaction.atomic():
    last = new_ticket()
    last.save()
    tap.equal(saved(last, area='REDES')[0], 'PT409', 'a refusal within atomic()')
    last.refresh_from_db()
    tap.equal(saved(last, asunto='Sigue'), (None, None), 'leaves the transaction as it was')
with connection.cursor() as cursor:
    cursor.execute('SELECT * FROM ticket_sm.fn_verificar()')
    tap.equal(cursor.fetchall(), [], 'the history is sound')
tap.done()
