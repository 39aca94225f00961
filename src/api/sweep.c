/*-------------------------------------------------------------------------
 *
 * sweep.c
 *	  What the clock does by itself: fn_sla_barrer notifies what has come due,
 *	  fn_sla_recalcular gives open tickets the current policies and calendars.
 *
 * Each ticket is one request to the guard, as an operation is: what came due
 * of it is for sla/clock.c to say, once the row is locked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_sla_barrer);
PG_FUNCTION_INFO_V1(tsm_fn_sla_recalcular);

/* What the clock changes by itself: the guard puts it in. */
static const TsmQuery q_clock = {
	"UPDATE @.ticket SET sla_revisar_en = sla_revisar_en WHERE ticket_uuid" EQ "$1",
	1, {UUIDOID}, PLAN_ONCE
};

/*
 * Neither what the statistics say, nor that there are none, nor a large limit
 * may lead to a plan that looks at more than what came due.  Walking the index
 * also clears away the entries of what came due before, which a bitmap scan
 * would not.
 */
static const TsmQuery q_due = {
	"SELECT t.ticket_uuid FROM @.ticket t"
	" WHERE t.sla_revisar_en OPERATOR(pg_catalog.<) $1"
	" ORDER BY t.sla_revisar_en LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
	2, {TIMESTAMPTZOID, INT8OID}, PLAN_BY_INDEX
};

/* Whose clock has not ended, of the calendar that a version is of or of all. */
static const TsmQuery q_open_tickets = {
	"SELECT t.ticket_uuid FROM @.ticket t"
	" WHERE t.abierto AND (t.fecha_limite_sla IS NULL OR t.sla_restante IS NULL)"
	" AND ($1 IS NULL OR EXISTS (SELECT FROM @.calendario_version c JOIN @.calendario_version v"
	"  ON v.calendario" EQ "c.calendario WHERE c.version_id" EQ "$1"
	"  AND (v.version_id" EQ "t.sla_calendario OR v.version_id" EQ "t.atencion_calendario)))"
	" ORDER BY t.ticket_uuid",
	1, {INT4OID}, PLAN_AS_NEEDED
};

#define MAX_SWEEP 100000

/* The uuids that a query finds, in the current context. */
static pg_uuid_t *
find_tickets(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls, uint64 *count)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(desk);
	pg_uuid_t  *result;
	int			rc;

	/* not read-only: rows are locked, or are to be seen as they are now */
	rc = tsm_run(desk, query, RUN_WRITE, args, nulls);
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of a query of ticket_sm: %s", SPI_result_code_string(rc));
	*count = SPI_processed;
	result = MemoryContextAllocHuge(cxt, Max(*count, 1) * sizeof(pg_uuid_t));
	for (uint64 i = 0; i < *count; i++)
	{
		bool		isnull;

		result[i] = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	}
	tsm_leave(saved);
	return result;
}

/* Let the clock act on a ticket; false if it had nothing to do. */
static bool
run_clock(TsmRequest *request, const TsmDesk *desk, const TsmCaller *caller, TsmOperation op, const pg_uuid_t *id)
{
	Datum		arg;

	memset(request, 0, offsetof(TsmRequest, row));
	request->op = op;
	request->desk = desk;
	request->caller = *caller;
	request->ticket_id = *id;
	arg = UUIDPGetDatum(&request->ticket_id);
	return tsm_guard_run(request, &q_clock, &arg, NULL);
}

static void
begin_clock(const TsmDesk *desk, TsmCaller *caller)
{
	tsm_caller_identify(desk, caller);
	tsm_caller_require(desk, caller, OP_CONSULTAR);
	tsm_caller_require_admin(caller, "wind the SLA clock");
}

/* One row for each thing that came due of a ticket. */
static void
report(ReturnSetInfo *rsinfo, const TsmDesk *desk, const TsmRequest *request)
{
	const TsmClockWork *work = &request->work;
	int			version = DatumGetInt32(request->row.value[TC_version]) - work->count;

	for (int i = 0; i < work->count; i++)
	{
		const TsmDue *due = &work->due[i];
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = request->row.value[TC_ticket_uuid];
		values[1] = request->row.value[TC_ticket_label];
		values[2] = ObjectIdGetDatum(desk->operation_oid[due->threshold == TSM_BREACH ? OP_VENCER : OP_AVISAR]);
		values[3] = CStringGetTextDatum(tsm_target_names[due->target]);
		values[4] = Int32GetDatum(due->threshold);
		values[5] = TimestampTzGetDatum(due->deadline);
		values[6] = Int32GetDatum(version + i + 1);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

Datum
tsm_fn_sla_barrer(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext oldcxt;
	MemoryContext row_cxt;
	TsmCaller	caller;
	Datum		args[2];
	int			limit;
	pg_uuid_t  *ticket;
	uint64		count;

	begin_clock(desk, &caller);
	limit = tsm_arg_limit(fcinfo, 0, 1000, MAX_SWEEP);

	InitMaterializedSRF(fcinfo, 0);
	args[0] = TimestampTzGetDatum(tsm_now());
	args[1] = Int64GetDatum(limit);
	ticket = find_tickets(desk, &q_due, args, NULL, &count);

	row_cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm sweep", ALLOCSET_DEFAULT_SIZES);
	oldcxt = MemoryContextSwitchTo(row_cxt);
	for (uint64 i = 0; i < count; i++)
	{
		TsmRequest	request;

		CHECK_FOR_INTERRUPTS();
		if (run_clock(&request, desk, &caller, OP_VENCER, &ticket[i]))
			report(rsinfo, desk, &request);
		MemoryContextReset(row_cxt);
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(row_cxt);
	return (Datum) 0;
}

Datum
tsm_fn_sla_recalcular(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	MemoryContext oldcxt;
	MemoryContext row_cxt;
	TsmCaller	caller;
	Datum		arg = (Datum) 0;
	text	   *calendar;
	pg_uuid_t  *ticket;
	uint64		count;
	int64		changed = 0;

	begin_clock(desk, &caller);
	calendar = tsm_arg_text(fcinfo, 0);
	if (calendar != NULL)
	{
		int			version_id;

		/* its name may be given in any case */
		(void) tsm_calendar_current(desk, text_to_cstring(calendar), &version_id);
		arg = Int32GetDatum(version_id);
	}
	ticket = find_tickets(desk, &q_open_tickets, &arg, calendar ? NULL : "n", &count);

	row_cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm sweep", ALLOCSET_DEFAULT_SIZES);
	oldcxt = MemoryContextSwitchTo(row_cxt);
	for (uint64 i = 0; i < count; i++)
	{
		TsmRequest	request;

		CHECK_FOR_INTERRUPTS();
		if (run_clock(&request, desk, &caller, OP_RECALCULAR, &ticket[i]) && request.work.own)
			changed++;
		MemoryContextReset(row_cxt);
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(row_cxt);
	PG_RETURN_INT64(changed);
}
