/*-------------------------------------------------------------------------
 *
 * sealed.c
 *	  Tables that only the guard writes to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/base.h"

PG_FUNCTION_INFO_V1(tsm_tg_refuse);

/* Statement triggers of a table that our own statement is about to fire. */
static Oid	permitted_relid = InvalidOid;
static int	permits = 0;

int
tsm_guarded_write(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls,
				  const char *table, int triggers)
{
	Oid			outer_relid = permitted_relid;
	int			outer = permits;
	volatile int rc = 0;

	permitted_relid = get_relname_relid(table, desk->nspid);
	permits = triggers;
	PG_TRY();
	{
		/* what it is derived from is to be seen as it is now */
		rc = SPI_execute_snapshot(tsm_plan(desk, query), args, nulls,
								  GetLatestSnapshot(), InvalidSnapshot, false, true, 0);
	}
	PG_FINALLY();
	{
		permitted_relid = outer_relid;
		permits = outer;
	}
	PG_END_TRY();
	return rc;
}

Datum
tsm_tg_refuse(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const char *table;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE a statement", "tg_refuse")));

	table = RelationGetRelationName(trigger->tg_relation);
	if (permits > 0 && permitted_relid == RelationGetRelid(trigger->tg_relation))
	{
		permits--;
		return PointerGetDatum(NULL);
	}
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event) || TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("rows of table \"%s\" are never deleted", table)));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("table \"%s\" is written by the guard only", table)));
}
