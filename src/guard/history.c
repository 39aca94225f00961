/*-------------------------------------------------------------------------
 *
 * history.c
 *	  The rows of the history.
 *
 * One for each event, written by the executor's own insertion routine.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"

#include "guard/guard.h"

/* ----------------------------------------------------------------
 * Writing
 * ----------------------------------------------------------------
 */

static bool
is_ours(const TsmDesk *desk, AttrNumber attnum)
{
	for (int col = 0; col < HISTORY_COLUMNS; col++)
		if (desk->history_att[col] == attnum)
			return true;
	return false;
}

/* The event with the defaults of the columns that a user has added. */
static HeapTuple
with_user_columns(const TsmDesk *desk, Relation rel, EState *estate, HeapTuple event)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Datum	   *values = palloc0(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc0(desc->natts * sizeof(bool));
	bool	   *set = palloc0(desc->natts * sizeof(bool));

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Node	   *expr;

		if (att->attisdropped || att->attgenerated || is_ours(desk, att->attnum) ||
			(expr = build_column_default(rel, att->attnum)) == NULL)
			continue;
		values[i] = ExecEvalExpr(ExecPrepareExpr((Expr *) expr, estate),
								 GetPerTupleExprContext(estate), &nulls[i]);
		set[i] = true;
	}
	return heap_modify_tuple(event, desc, values, nulls, set);
}

/* A user's BEFORE trigger may fill columns of its own, and no more. */
static void
check_landed(const TsmDesk *desk, Relation rel, TupleTableSlot *slot, HeapTuple event)
{
	if (!ItemPointerIsValid(&slot->tts_tid))
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("a trigger has suppressed an event of the history"),
				 errhint("See the triggers that were added to table historial.")));
	for (int col = 0; col < HISTORY_COLUMNS; col++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), desk->history_att[col] - 1);
		bool		isnull;
		bool		was_null;
		Datum		value = slot_getattr(slot, att->attnum, &isnull);
		Datum		formed = heap_getattr(event, att->attnum, RelationGetDescr(rel), &was_null);

		if (isnull != was_null ||
			(!isnull && !tsm_same_datum(value, formed, att->attbyval, att->attlen)))
			tsm_refuse(REFUSE_GUARDED_COLUMN, NameStr(att->attname),
					   "A trigger on table historial changed it after the guard had set it.", NULL);
	}
}

/*
 * By the executor's own insertion routine, which keeps whatever indexes,
 * constraints and triggers a user has put on the table.
 */
static void
insert(const TsmDesk *desk, Relation rel, HeapTuple event)
{
	TupleDesc	desc = RelationGetDescr(rel);
	EState	   *estate = CreateExecutorState();
	ResultRelInfo *rri = makeNode(ResultRelInfo);
	TupleTableSlot *slot;
	bytea	   *hash;
	bool		after;
	bool		isnull;

	tsm_init_range_table(estate, rel);
	InitResultRelInfo(rri, rel, 1, NULL, 0);
	/* for the AFTER triggers to find it open; closing it is ours */
	estate->es_opened_result_relations = lappend(estate->es_opened_result_relations, rri);
	estate->es_output_cid = GetCurrentCommandId(true);
	ExecOpenIndices(rri, false);

	slot = ExecInitExtraTupleSlot(estate, desc, &TTSOpsHeapTuple);
	if (desc->constr != NULL && desc->constr->num_defval > 0)
		event = with_user_columns(desk, rel, estate, event);
	ExecStoreHeapTuple(event, slot, false);

	after = rel->trigdesc != NULL && rel->trigdesc->trig_insert_after_row;
	if (after)
		AfterTriggerBeginQuery();
	hash = DatumGetByteaPP(slot_getattr(slot, desk->history_att[HC_hash], &isnull));
	tsm_history_permit(desk, (uint8 *) VARDATA_ANY(hash));
	ExecSimpleRelationInsert(rri, estate, slot);
	tsm_history_permit_end();
	if (tsm_runs_user_code(desk))
		check_landed(desk, rel, slot, event);
	if (after)
		AfterTriggerEndQuery(estate);

	ExecCloseIndices(rri);
	ExecResetTupleTable(estate->es_tupleTable, false);
	FreeExecutorState(estate);
}

void
tsm_history_insert(const TsmDesk *desk, HeapTuple *events, int count)
{
	Relation	rel = table_open(desk->history_relid, RowExclusiveLock);

	if (desk->stale)
		tsm_shape_recheck(desk);
	for (int i = 0; i < count; i++)
		insert(desk, rel, events[i]);
	table_close(rel, NoLock);
}

/* ----------------------------------------------------------------
 * Forming a row
 * ----------------------------------------------------------------
 */
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
	put_actor(&row, desk, caller);
	put_texts(&row, event);

	tsm_proof_enter(desk, &row, event->data_changed ? new : NULL, event->old != NULL ? hash : NULL, &proofs);
	memcpy(hash, proofs.hash.data, TSM_HASH_LENGTH);
	return form_tuple(desk, &row, cxt);
}
