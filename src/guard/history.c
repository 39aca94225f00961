/*-------------------------------------------------------------------------
 *
 * history.c
 *	  The rows of the history, one for each event.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "guard/guard.h"

static void
put(HistoryRow *row, HistoryColumn col, Datum value)
{
	row->value[col] = value;
	row->isnull[col] = false;
}

static void
put_copy(HistoryRow *row, HistoryColumn col, const TicketRow *ticket, TicketColumn from)
{
	if (ticket != NULL && !ticket->isnull[from])
		put(row, col, ticket->value[from]);
}

/* The columns before and after of those that are tracked. */
static void
put_tracked(HistoryRow *row, const TicketRow *old, const TicketRow *new)
{
	for (int i = 0; i < TSM_TRACKED; i++)
	{
		const TsmTracked *t = &tsm_tracked[i];
		TicketColumn col = t->column;
		bool		byval = tsm_ticket_column[col].type == TSM_TICKET_TYPE;

		if (t->only_changes && old != NULL && old->isnull[col] == new->isnull[col] &&
			(new->isnull[col] ||
			 tsm_same_datum(old->value[col], new->value[col], byval, byval ? (int) sizeof(Oid) : -1)))
			continue;
		put_copy(row, t->before, old, col);
		put_copy(row, t->after, new, col);
	}
}

static void
put_actor(HistoryRow *row, const TsmDesk *desk, const TsmCaller *caller)
{
	char	   *user = GetUserNameFromId(caller->userid, false);

	put(row, HC_usuario_bd, CStringGetTextDatum(user));
	put(row, HC_actor_rol, ObjectIdGetDatum(desk->role_oid[caller->role]));
	if (caller->agent != NULL)
	{
		put(row, HC_actor_id, UUIDPGetDatum(&caller->agent->id));
		put(row, HC_actor_nombre, CStringGetTextDatum(caller->agent->name));
	}
	else
		put(row, HC_actor_nombre, CStringGetTextDatum(user));
	if (caller->address != (Datum) 0)
		put(row, HC_ip, caller->address);
}

static HeapTuple
form_tuple(const TsmDesk *desk, const HistoryRow *row, MemoryContext cxt)
{
	int			natts = desk->history_desc->natts;
	Datum	   *values = palloc0(natts * sizeof(Datum));
	bool	   *nulls = palloc(natts * sizeof(bool));
	MemoryContext oldcxt;
	HeapTuple	tuple;

	memset(nulls, true, natts * sizeof(bool));
	for (int col = 0; col < HISTORY_COLUMNS; col++)
	{
		values[desk->history_att[col] - 1] = row->value[col];
		nulls[desk->history_att[col] - 1] = row->isnull[col];
	}
	oldcxt = MemoryContextSwitchTo(cxt);
	tuple = heap_form_tuple(desk->history_desc, values, nulls);
	MemoryContextSwitchTo(oldcxt);
	pfree(values);
	pfree(nulls);
	return tuple;
}

/* The personal texts. */
static void
put_texts(HistoryRow *row, const TsmEvent *event)
{
	if (event->reason != NULL)
		put(row, HC_motivo, PointerGetDatum(event->reason));
	if (event->note != NULL)
		put(row, HC_nota, PointerGetDatum(event->note));
	if (event->answer != NULL)
		put(row, HC_respuesta, PointerGetDatum(event->answer));
	if (event->message != NULL)
		put(row, HC_mensaje, PointerGetDatum(event->message));
	if (event->key != NULL)
		put(row, HC_clave_idempotencia, PointerGetDatum(event->key));
	if (event->changes != NULL)
		put(row, HC_cambios, JsonbPGetDatum(event->changes));
	/* behind an application, the address is the one that it has given */
	if (event->old == NULL && row->isnull[HC_ip])
		put_copy(row, HC_ip, event->new, TC_ip_registro);
}

HeapTuple
tsm_history_form(const TsmDesk *desk, const TsmCaller *caller, const TsmEvent *event,
				 uint8 *hash, MemoryContext cxt)
{
	const TicketRow *new = event->new;
	TsmProofs	proofs;
	HistoryRow	row;

	memset(row.isnull, true, sizeof(row.isnull));
	memset(row.value, 0, sizeof(row.value));

	put_copy(&row, HC_ticket_uuid, new, TC_ticket_uuid);
	put_copy(&row, HC_version, new, TC_version);
	put(&row, HC_forma, Int16GetDatum(TSM_FORM));
	put(&row, HC_operacion, ObjectIdGetDatum(desk->operation_oid[event->op]));
	put_copy(&row, HC_ocurrido_en, new, TC_actualizado_en);
	if (event->old == NULL)
		put_copy(&row, HC_ticket_label, new, TC_ticket_label);
	put_tracked(&row, event->old, new);
	put(&row, HC_reloj, CStringGetTextDatum(tsm_clock_names[tsm_sla_clock(new)]));
	if (event->sla != NULL)
		put(&row, HC_sla, JsonbPGetDatum(event->sla));
	if (event->link != NULL)
		put(&row, HC_vinculo, JsonbPGetDatum(event->link));
	if (event->file != NULL)
		put(&row, HC_adjunto, JsonbPGetDatum(event->file));
	if (event->rating != NULL)
		put(&row, HC_calificacion, JsonbPGetDatum(event->rating));
	put_actor(&row, desk, caller);
	put_texts(&row, event);

	tsm_proof_enter(desk, &row, event->data_changed ? new : NULL, event->old != NULL ? hash : NULL, &proofs);
	memcpy(hash, proofs.hash.data, TSM_HASH_LENGTH);
	return form_tuple(desk, &row, cxt);
}
