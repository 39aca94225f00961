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

void
tsm_permit(Oid relid, bool taken)
{
	Permit	   *permit = MemoryContextAlloc(TopTransactionContext, sizeof(Permit));

	permit->outer = current_permit;
	permit->subid = GetCurrentSubTransactionId();
	permit->relid = relid;
	permit->taken = false;
	if (taken)
		take(permit);
	current_permit = permit;
}

void
tsm_permit_end(void)
{
	Permit	   *permit = current_permit;

	current_permit = permit->outer;
	pfree(permit);
}

void
tsm_sealed_forget(SubTransactionId subid)
{
	/* the later ones are inside of it, and have higher numbers */
	while (current_permit != NULL && current_permit->subid >= subid)
		tsm_permit_end();
}

int
tsm_guarded_write(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls,
				  TsmTable table)
{
	int			rc;

	tsm_permit(desk->table[table], false);
	/* what it is derived from is to be seen as it is now */
	rc = tsm_run(desk, query, RUN_WRITE_LATEST, args, nulls);
	tsm_permit_end();
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
