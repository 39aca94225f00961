/*-------------------------------------------------------------------------
 *
 * events.c
 *	  The events of a change: its own, and what came due around it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "guard/guard.h"

/* What the new row was before what came due after the change was entered. */
static TicketRow
before_due(const TsmChange *c, const TicketRow *row)
{
	TicketRow	result = c->new;
	uint64		marked = 0;
	int			col;

	for (int i = c->work.before; i < c->work.count; i++)
		marked |= tsm_sla_marked(&c->work.due[i]);
	FOR_COLUMNS(col, marked)
	{
		result.value[col] = row->value[col];
		result.isnull[col] = row->isnull[col];
	}
	return result;
}

/*
 * Go through the events of a change: of what came due before it, its own, and
 * of what came due after it.  Each leads from the row that the one before it
 * has left to the next.
 */
static void
for_each_event(TsmChange *c, void (*step) (TsmChange *c, TsmEvent *event, const TsmDue *due))
{
	bool		creation = c->old_tuple == NULL;
	TicketRow	row = creation ? c->new : c->old;
	int			version = creation ? 0 : DatumGetInt32(c->old.value[TC_version]);
	int			next_due = 0;

	for (int i = 0; i < c->work.count + c->work.own; i++)
	{
		bool		own = c->work.own && i == c->work.before;
		const TsmDue *due = own ? NULL : &c->work.due[next_due++];
		TicketRow	next = own ? before_due(c, &row) : row;
		TsmEvent	event = {.op = c->op,.old = creation && own ? NULL : &row,.new = &next};

		next.value[TC_version] = Int32GetDatum(++version);
		if (!own)
		{
			event.op = tsm_sla_operation(due);
			tsm_sla_mark(&next, due);
			next.value[TC_actualizado_en] = TimestampTzGetDatum(c->now);
		}
		step(c, &event, due);
		row = next;
	}
}

/* The reason that was given for a change, NULL if none was. */
static const text *
reason_of(const TsmChange *c)
{
	return c->request ? c->request->reason : c->reason;
}

/* What the change's own event says beyond the rows. */
static void
describe_own(const TsmChange *c, TsmEvent *event)
{
	const TsmRequest *request = c->request;

	event->reason = reason_of(c);
	event->note = request ? request->note : NULL;
	event->answer = request ? request->answer : NULL;
	event->message = request ? request->message : NULL;
	event->key = event->message ? request->key : NULL;
	event->link = request ? request->link : NULL;
	event->file = request ? request->file : NULL;
	event->rating = request && request->rating ? tsm_rating_facts(request->rating) : NULL;
	if (event->old != NULL && (c->changed & COL(respuesta_cliente)) && !c->new.isnull[TC_respuesta_cliente])
		event->answer = DatumGetTextPP(c->new.value[TC_respuesta_cliente]);
	event->data_changed = event->old == NULL || (c->changed & COLUMNS_THAT(IS_DATA)) != 0;
}

static void
form_event(TsmChange *c, TsmEvent *event, const TsmDue *due)
{
	/*
	 * where the clock alone changes the ticket, the last one has what the owner's triggers did to his
	 * columns
	 */
	bool		others = c->work.own ? due == NULL : due == &c->work.due[c->work.count - 1];

	if (due == NULL)
		describe_own(c, event);
	else if (due->threshold == TSM_WITHDRAWN)
		event->reason = reason_of(c);
	tsm_diff_describe(c, event, others);
	c->event[c->nevents++] = tsm_history_form(c->desk, &c->caller, event, c->hash, TopTransactionContext);
}

/* The hash of the event that precedes the change. */
static void
find_previous(TsmChange *c)
{
	bytea	   *hash = DatumGetByteaPP(c->old.value[TC_hash]);

	if (VARSIZE_ANY_EXHDR(hash) != TSM_HASH_LENGTH)
		tsm_history_incomplete(psprintf("Ticket %s does not hold the hash of its last event.",
										TextDatumGetCString(c->old.value[TC_ticket_label])));
	memcpy(c->hash, VARDATA_ANY(hash), TSM_HASH_LENGTH);
}

void
tsm_events_form(TsmChange *c)
{
	if (c->old_tuple != NULL)
		find_previous(c);
	for_each_event(c, form_event);
}

static void
publish_event(TsmChange *c, TsmEvent *event, const TsmDue *due)
{
	/* formed before this, or not: what it says beyond the rows is the request's */
	tsm_event_publish(c->desk, event->op, event->old, event->new, due, due == NULL ? c->request : NULL);
}

static void
write_events(TsmChange *c)
{
	Relation	history = tsm_open_unaltered(c->desk, TABLE_historial);

	for (int i = 0; i < c->nevents; i++)
		(void) tsm_write_row(c->desk, TABLE_historial, history, NULL, c->event[i], NULL);
	table_close(history, NoLock);
	if (tsm_is_published(c))
		for_each_event(c, publish_event);
}

void
tsm_events_write(TsmChange *c)
{
	TsmIdentity saved;

	if (c->nevents == 0)
		return;
	/* a request's statement is run by the owner as it is */
	if (c->request != NULL)
	{
		write_events(c);
		return;
	}
	saved = tsm_act_as_owner(c->desk);
	write_events(c);
	tsm_act_done(saved);
}
