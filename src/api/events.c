/*-------------------------------------------------------------------------
 *
 * events.c
 *	  fn_eventos: the outbox, read in order and without a gap.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/xid8.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_eventos);

static const TsmQuery q_events = {
	"SELECT e.evento_id, e.ticket_uuid, e.version, e.operacion, e.ocurrido_en, e.datos,"
	" e.horizonte OPERATOR(pg_catalog.<=) pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())"
	"  OR e.horizonte OPERATOR(pg_catalog.>) $3"
	" FROM @.evento e WHERE e.evento_id OPERATOR(pg_catalog.>) $1 ORDER BY e.evento_id LIMIT $2",
	3, {INT8OID, INT8OID, XID8OID}, PLAN_AS_NEEDED
};

#define MAX_BATCH 10000

Datum
tsm_fn_eventos(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TsmCaller	caller;
	TsmIdentity saved;
	Datum		args[3];
	int			limit;

	tsm_caller_identify(desk, &caller);
	tsm_caller_require(desk, &caller, OP_CONSULTAR);
	tsm_caller_require_admin(&caller, "read the events");
	limit = tsm_arg_limit(fcinfo, 1, 100, MAX_BATCH);

	InitMaterializedSRF(fcinfo, 0);
	/* a horizon beyond it came from another cluster, with a dump */
	args[0] = Int64GetDatum(PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0));
	args[1] = Int64GetDatum(limit);
	args[2] = FullTransactionIdGetDatum(ReadNextFullTransactionId());
	saved = tsm_enter(desk);
	tsm_read(desk, &q_events, args);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[7];
		bool		nulls[7];

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		if (!DatumGetBool(values[6]))
			break;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	tsm_leave(saved);
	/* they are for the world outside, which no crash takes back */
	tsm_wait_for_what_was_seen();
	return (Datum) 0;
}
