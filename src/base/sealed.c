/*-------------------------------------------------------------------------
 *
 * sealed.c
 *	  Tables that only we write to.
 *
 * The trigger tg_refuse stands before each statement on such a table, and at
 * each row: a statement on a table that it inherits from, or is a partition of,
 * fires no statement trigger here.  It lets our own writes pass, and nothing
 * that a user's code does while they go on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "rewrite/rewriteHandler.h"
#include "utils/snapmgr.h"

#include "base/base.h"

PG_FUNCTION_INFO_V1(tsm_tg_refuse);

/*
 * For one statement of ours.  The statement trigger takes it, and notes which
 * command that is; the rows of that command pass.  What a user's code does in
 * the middle of it is another command: the server counts one before each
 * statement once ours has begun to write.  What it does earlier, while ours is
 * planned, takes the permit away from us, so that ours fails and undoes it.
 */
typedef struct Permit
{
	struct Permit *outer;
	SubTransactionId subid;		/* that gave it */
	Oid			relid;
	bool		taken;
	CommandId	command;
} Permit;

static Permit *current_permit = NULL;

/* ----------------------------------------------------------------
 * Permits
 * ----------------------------------------------------------------
 */
static void
take(Permit *permit)
{
	permit->taken = true;
	permit->command = GetActiveSnapshot()->curcid;
}

/* Let one statement of our own pass; taken: it is the current command, and fires no statement trigger. */
static void
permit(Oid relid, bool taken)
{
	Permit	   *new = MemoryContextAlloc(TopTransactionContext, sizeof(Permit));

	new->outer = current_permit;
	new->subid = GetCurrentSubTransactionId();
	new->relid = relid;
	new->taken = false;
	if (taken)
		take(new);
	current_permit = new;
}

static void
end_permit(void)
{
	Permit	   *ended = current_permit;

	current_permit = ended->outer;
	pfree(ended);
}

void
tsm_sealed_forget(SubTransactionId subid)
{
	/* the later ones are inside of it, and have higher numbers */
	while (current_permit != NULL && current_permit->subid >= subid)
		end_permit();
}

int
tsm_guarded_write(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls,
				  TsmTable table)
{
	int			rc;

	permit(desk->table[table], false);
	/* what it is derived from is to be seen as it is now */
	rc = tsm_run(desk, query, RUN_WRITE_LATEST, args, nulls);
	end_permit();
	tsm_shape_recheck(desk);
	return rc;
}

/* ----------------------------------------------------------------
 * The trigger
 * ----------------------------------------------------------------
 */
static bool
statement_passes(Oid relid)
{
	if (current_permit == NULL || current_permit->relid != relid || current_permit->taken)
		return false;
	take(current_permit);
	return true;
}

static bool
row_passes(Oid relid)
{
	return current_permit != NULL && current_permit->relid == relid && current_permit->taken &&
		current_permit->command == GetActiveSnapshot()->curcid;
}

/* The row goes on as it is; what an AFTER trigger returns nobody looks at. */
static HeapTuple
row_of(const TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

Datum
tsm_tg_refuse(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const char *table;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		(TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) && !TRIGGER_FIRED_BEFORE(trigger->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired for rows or BEFORE a statement", "tg_refuse")));

	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
	{
		if (statement_passes(RelationGetRelid(trigger->tg_relation)))
			return PointerGetDatum(NULL);
	}
	else if (row_passes(RelationGetRelid(trigger->tg_relation)))
		return PointerGetDatum(row_of(trigger));

	table = RelationGetRelationName(trigger->tg_relation);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event) || TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("rows of table \"%s\" are never deleted", table)));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("table \"%s\" is written by the guard only", table)));
}

/* ----------------------------------------------------------------
 * One row, by the executor's own routines, without a plan: they keep whatever
 * indexes, constraints and triggers a user has put on the table.
 * ----------------------------------------------------------------
 */
typedef struct Writer
{
	const TsmDesk *desk;
	TsmTable	table;
	Relation	rel;
	HeapTuple	old;			/* NULL: insert */
	EState	   *estate;
	ResultRelInfo *rri;
	TupleTableSlot *slot;
} Writer;

static bool
is_ours(const Writer *w, AttrNumber attnum)
{
	const AttrNumber *att = tsm_sheet_positions(w->desk, w->table);

	for (int col = 0; col < tsm_sheet_width(w->table); col++)
		if (att[col] == attnum)
			return true;
	return false;
}

/* A new row with the defaults of the columns that a user has added. */
static HeapTuple
with_user_columns(const Writer *w, HeapTuple row)
{
	TupleDesc	desc = RelationGetDescr(w->rel);
	Datum	   *values = palloc0(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc0(desc->natts * sizeof(bool));
	bool	   *set = palloc0(desc->natts * sizeof(bool));

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Node	   *expr;

		if (att->attisdropped || att->attgenerated || is_ours(w, att->attnum) ||
			(expr = build_column_default(w->rel, att->attnum)) == NULL)
			continue;
		values[i] = ExecEvalExpr(ExecPrepareExpr((Expr *) expr, w->estate),
								 GetPerTupleExprContext(w->estate), &nulls[i]);
		set[i] = true;
	}
	return heap_modify_tuple(row, desc, values, nulls, set);
}

/* A user's BEFORE trigger may fill columns of its own, and no more. */
static void
check_landed(const Writer *w, HeapTuple row)
{
	const AttrNumber *ours = tsm_sheet_positions(w->desk, w->table);
	TupleDesc	desc = RelationGetDescr(w->rel);

	if (!ItemPointerIsValid(&w->slot->tts_tid))
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("a trigger has suppressed a row of table \"%s\"", RelationGetRelationName(w->rel)),
				 errhint("See the triggers that were added to it.")));
	if (!tsm_runs_user_code(w->desk))
		return;
	for (int col = 0; col < tsm_sheet_width(w->table); col++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, ours[col] - 1);
		bool		isnull;
		bool		was_null;
		Datum		value = slot_getattr(w->slot, att->attnum, &isnull);
		Datum		formed = heap_getattr(row, att->attnum, desc, &was_null);

		if (isnull != was_null ||
			(!isnull && !tsm_same_datum(value, formed, att->attbyval, att->attlen)))
			tsm_refuse(REFUSE_GUARDED_COLUMN, NameStr(att->attname),
					   psprintf("A trigger on table %s changed it after the guard had set it.",
								RelationGetRelationName(w->rel)), NULL);
	}
}

static void
begin(Writer *w, Bitmapset *updated)
{
	w->estate = CreateExecutorState();
	w->rri = makeNode(ResultRelInfo);
	tsm_init_range_table(w->estate, w->rel, updated);
	InitResultRelInfo(w->rri, w->rel, 1, NULL, 0);
	/* for the AFTER triggers to find it open; closing it is ours */
	w->estate->es_opened_result_relations = lappend(w->estate->es_opened_result_relations, w->rri);
	w->estate->es_output_cid = GetCurrentCommandId(true);
	w->estate->es_snapshot = GetActiveSnapshot();
	ExecOpenIndices(w->rri, false);
	w->slot = ExecInitExtraTupleSlot(w->estate, RelationGetDescr(w->rel), &TTSOpsHeapTuple);
}

static void
finish(Writer *w)
{
	ExecCloseIndices(w->rri);
	ExecResetTupleTable(w->estate->es_tupleTable, false);
	FreeExecutorState(w->estate);
}

static void
update(Writer *w)
{
	TupleTableSlot *old = ExecInitExtraTupleSlot(w->estate, RelationGetDescr(w->rel), &TTSOpsHeapTuple);
	EPQState	epq;

	tsm_init_epq(&epq, w->estate);
	ExecStoreHeapTuple(w->old, old, false);
	ExecSimpleRelationUpdate(w->rri, w->estate, &epq, old, w->slot);
	EvalPlanQualEnd(&epq);
}

/* The executor's routines for one row keep no transition tables. */
static void
refuse_transition_tables(const Writer *w)
{
	const TriggerDesc *triggers = w->rel->trigdesc;

	if (w->old != NULL ? triggers->trig_update_old_table || triggers->trig_update_new_table :
		triggers->trig_insert_new_table)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a trigger on table \"%s\" wants a transition table", RelationGetRelationName(w->rel)),
				 errhint("Make it a row trigger: the guard writes row by row.")));
}

/* The statement triggers, before and after. */
static void
fire(Writer *w, bool before)
{
	if (w->rel->trigdesc == NULL || !tsm_runs_user_code(w->desk))
		return;
	refuse_transition_tables(w);
	if (before && w->old != NULL)
		ExecBSUpdateTriggers(w->estate, w->rri);
	else if (before)
		ExecBSInsertTriggers(w->estate, w->rri);
	else if (w->old != NULL)
		ExecASUpdateTriggers(w->estate, w->rri, NULL);
	else
		ExecASInsertTriggers(w->estate, w->rri, NULL);
}

ItemPointerData
tsm_write_row(const TsmDesk *desk, TsmTable table, Relation rel, HeapTuple old, HeapTuple row,
			  Bitmapset *updated)
{
	Writer		w = {.desk = desk,.table = table,.rel = rel,.old = old};
	ItemPointerData place;

	/* what the users' code does meanwhile is another command */
	CommandCounterIncrement();
	PushCopiedSnapshot(GetActiveSnapshot());
	UpdateActiveSnapshotCommandId();
	begin(&w, updated);
	AfterTriggerBeginQuery();
	permit(RelationGetRelid(rel), !tsm_runs_user_code(desk));
	fire(&w, true);
	if (old == NULL && RelationGetDescr(rel)->constr != NULL && RelationGetDescr(rel)->constr->num_defval > 0)
		row = with_user_columns(&w, row);
	ExecStoreHeapTuple(row, w.slot, false);
	ItemPointerSetInvalid(&w.slot->tts_tid);
	if (old != NULL)
		update(&w);
	else
		ExecSimpleRelationInsert(w.rri, w.estate, w.slot);
	check_landed(&w, row);
	place = w.slot->tts_tid;
	fire(&w, false);
	AfterTriggerEndQuery(w.estate);
	end_permit();
	finish(&w);
	PopActiveSnapshot();
	return place;
}
