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
typedef struct StatementPermit
{
	Oid			relid;			/* InvalidOid: none */
	bool		taken;
	CommandId	command;
} StatementPermit;

static StatementPermit statement = {InvalidOid, false, 0};

TsmEventPermit *tsm_event_permit = NULL;

/* ----------------------------------------------------------------
 * Permits
 * ----------------------------------------------------------------
 */
int
tsm_guarded_write(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls,
				  TsmTable table)
{
	StatementPermit outer = statement;
	volatile int rc = 0;

	statement.relid = desk->table[table];
	statement.taken = false;
	PG_TRY();
	{
		/* what it is derived from is to be seen as it is now */
		rc = SPI_execute_snapshot(tsm_plan(desk, query), args, nulls,
								  GetLatestSnapshot(), InvalidSnapshot, false, true, 0);
	}
	PG_FINALLY();
	{
		statement = outer;
	}
	PG_END_TRY();
	tsm_shape_recheck(desk);
	return rc;
}

void
tsm_sealed_forget(SubTransactionId subid)
{
	/* the later ones are inside of it, and have higher numbers */
	while (tsm_event_permit != NULL && tsm_event_permit->subid >= subid)
		tsm_history_permit_end();
}

/* ----------------------------------------------------------------
 * The trigger
 * ----------------------------------------------------------------
 */
static bool
statement_passes(Oid relid)
{
	if (statement.relid != relid || statement.taken)
		return false;
	statement.taken = true;
	statement.command = GetActiveSnapshot()->curcid;
	return true;
}

static bool
event_passes(const TriggerData *trigger)
{
	bool		isnull;
	Datum		value;
	bytea	   *hash;
	TsmEventPermit *permit = tsm_event_permit;

	if (permit == NULL || permit->used || !TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		permit->relid != RelationGetRelid(trigger->tg_relation))
		return false;
	value = heap_getattr(trigger->tg_trigtuple, permit->att,
						 RelationGetDescr(trigger->tg_relation), &isnull);
	if (isnull)
		return false;
	hash = DatumGetByteaPP(value);
	permit->used = VARSIZE_ANY_EXHDR(hash) == TSM_HASH_LENGTH &&
		memcmp(VARDATA_ANY(hash), permit->hash, TSM_HASH_LENGTH) == 0;
	return permit->used;
}

static bool
row_passes(const TriggerData *trigger)
{
	if (statement.relid == RelationGetRelid(trigger->tg_relation) && statement.taken &&
		statement.command == GetActiveSnapshot()->curcid)
		return true;
	return event_passes(trigger);
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
	else if (row_passes(trigger))
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
