/*-------------------------------------------------------------------------
 *
 * sweep.c
 *	  What the desk does by itself: fn_sla_barrer notifies what has come due,
 *	  ends the pauses that end now, and closes what was resolved long ago;
 *	  fn_sla_recalcular gives open tickets the current policies and calendars.
 *
 * Each ticket is one request to the guard, as an operation is: what came due
 * of it is for sla/clock.c to say, once the row is locked.  A pause is ended by
 * reabrir, and a resolved ticket closed by archivar, as the machine has them; both
 * are dated now, however late the sweep comes.  One that fails - a
 * user's trigger, a lock, a history that is not complete - does not keep the
 * others: it is told of by a warning, and comes again the next time.
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
 * would not.  What one page has left undone the next one begins behind.
 */
static const TsmQuery q_due = {
	"SELECT t.ticket_uuid, t.sla_revisar_en, CASE WHEN t.pausado_hasta OPERATOR(pg_catalog.<=) $1 THEN t.pausado_hasta END"
	" FROM @.ticket t WHERE t.sla_revisar_en OPERATOR(pg_catalog.<) $1"
	" AND t.sla_revisar_en OPERATOR(pg_catalog.>=) $3"
	" AND (t.sla_revisar_en, t.ticket_uuid) OPERATOR(pg_catalog.>) ($3, $4)"
	" ORDER BY t.sla_revisar_en, t.ticket_uuid LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
	4, {TIMESTAMPTZOID, INT8OID, TIMESTAMPTZOID, UUIDOID}, PLAN_BY_INDEX
};

/* What has been resolved since before $1, in one of these states; the rest as above. */
static const TsmQuery q_closing = {
	"SELECT t.ticket_uuid, t.resuelto_en, t.resuelto_en FROM @.ticket t"
	" WHERE t.abierto AND t.resuelto_en OPERATOR(pg_catalog.<=) $1"
	" AND t.resuelto_en OPERATOR(pg_catalog.>=) $3"
	" AND (t.resuelto_en, t.ticket_uuid) OPERATOR(pg_catalog.>) ($3, $4)"
	" AND t.estado OPERATOR(pg_catalog.=) ANY ($5)"
	" ORDER BY t.resuelto_en, t.ticket_uuid LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
	5, {TIMESTAMPTZOID, INT8OID, TIMESTAMPTZOID, UUIDOID, TICKET_STATES_ARG}, PLAN_BY_INDEX
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

/*
 * When the last sweep ended, in seconds since 1970: a sequence, so that two of
 * them never wait for one another, whatever their transactions see.  One that was
 * left with another owner is no reason not to sweep.
 */
static const TsmQuery q_swept = {
	"SELECT pg_catalog.setval(c.oid, $2) FROM pg_catalog.pg_class c"
	" WHERE c.relnamespace" EQ "$1 AND c.relname" EQ "'barrido' AND c.relkind" EQ "'S'"
	" AND pg_catalog.has_sequence_privilege(c.oid, 'UPDATE')",
	2, {OIDOID, INT8OID}, PLAN_ONCE
};

#define MAX_SWEEP 100000

/* Tickets of one savepoint. */
#define CHUNK 100

/* So many failures are told of one by one. */
#define MAX_WARNINGS 10

typedef struct Sweep
{
	const TsmDesk *desk;
	TsmCaller	caller;
	TsmOperation op;			/* the clock's */
	TsmOperation ends;			/* what ends what has come due: a pause, or to be resolved */
	int64		failed;
	int64		left;			/* so many tickets more may be done */
	MemoryContext cxt;			/* of the chunk at work */
	/* the tickets of a page; and of a chunk their requests */
	pg_uuid_t  *ticket;
	TimestampTz *end;			/* when that came due for each of them, DT_NOEND: it did not */
	uint64		count;
	TimestampTz last;			/* of the page, sla_revisar_en */
	uint64		first;
	uint64		size;
	TsmRequest *requests;
} Sweep;

/* Find the tickets of a page, in the current context. */
static void
find_tickets(Sweep *s, const TsmQuery *query, Datum *args, const char *nulls)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(s->desk);
	int			rc;

	/* not read-only: rows are locked, or are to be seen as they are now */
	rc = tsm_run(s->desk, query, RUN_WRITE, args, nulls);
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of a query of ticket_sm: %s", SPI_result_code_string(rc));
	s->count = SPI_processed;
	s->ticket = MemoryContextAllocHuge(cxt, Max(s->count, 1) * sizeof(pg_uuid_t));
	s->end = MemoryContextAllocHuge(cxt, Max(s->count, 1) * sizeof(TimestampTz));
	for (uint64 i = 0; i < s->count; i++)
	{
		bool		isnull = true;
		Datum		end = (Datum) 0;

		s->ticket[i] = *DatumGetUUIDP(tsm_read_value(i, 1));
		if (SPI_tuptable->tupdesc->natts > 2)
			end = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 3, &isnull);
		s->end[i] = isnull ? DT_NOEND : DatumGetTimestampTz(end);
	}
	if (s->count > 0 && SPI_tuptable->tupdesc->natts > 1)
		s->last = DatumGetTimestampTz(tsm_read_value(s->count - 1, 2));
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
}

/* Let the clock act on a ticket, or end what has come to its end. */
static void
run_one(TsmRequest *request)
{
	TsmArgs		args;

	tsm_args_init(&args);
	if (!request->swept)
	{
		Datum		id = UUIDPGetDatum(&request->ticket_id);

		(void) tsm_guard_run(request, &q_clock, &id, NULL);
		return;
	}
	tsm_operation_target(request, UUIDPGetDatum(&request->ticket_id), &args);
	(void) tsm_guard_run(request, tsm_operation_query(request->op), args.value, args.isnull);
}

/* The tickets of a chunk. */
static void
run_requests(void *arg)
{
	Sweep	   *s = (Sweep *) arg;

	MemoryContextReset(s->cxt);
	s->requests = palloc(s->size * sizeof(TsmRequest));
	for (uint64 i = 0; i < s->size; i++)
	{
		TsmRequest *request = &s->requests[i];

		CHECK_FOR_INTERRUPTS();
		memset(request, 0, offsetof(TsmRequest, row));
		request->swept = s->end[s->first + i] != DT_NOEND;
		request->op = request->swept ? s->ends : s->op;
		request->desk = s->desk;
		request->caller = s->caller;
		request->ticket_id = s->ticket[s->first + i];
		run_one(request);
	}
}

static void
warn(Sweep *s, const ErrorData *error)
{
	const char *id = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(&s->ticket[s->first])));

	bool		ends = s->end[s->first] != DT_NOEND;

	s->failed++;
	if (s->failed <= MAX_WARNINGS)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 !ends ? errmsg("the SLA clock of a ticket could not be wound") :
				 s->ends == OP_REABRIR ? errmsg("the pause of a ticket could not be ended") :
				 errmsg("a resolved ticket could not be closed"),
				 errdetail("Ticket %s: %s", id, error->message),
				 errhint("The others were done.")));
}

/* Do some tickets; those that fail alone.  done is called with what came of them. */
static void
run_chunk(Sweep *s, uint64 first, uint64 size, void (*done) (Sweep *s, void *arg), void *arg)
{
	ErrorData  *error;

	s->first = first;
	s->size = size;
	error = tsm_attempt(run_requests, s);
	if (error == NULL)
		done(s, arg);
	else if (size == 1)
		warn(s, error);
	else
		for (uint64 i = 0; i < size; i++)
			run_chunk(s, first + i, 1, done, arg);
}

/* Do the tickets of a page. */
static void
run_page(Sweep *s, void (*done) (Sweep *s, void *arg), void *arg)
{
	MemoryContext cxt = MemoryContextSwitchTo(s->cxt);

	for (uint64 first = 0; first < s->count; first += CHUNK)
		run_chunk(s, first, Min(CHUNK, s->count - first), done, arg);
	MemoryContextSwitchTo(cxt);
}

static void
begin_clock(Sweep *s, TsmOperation op)
{
	memset(s, 0, sizeof(Sweep));
	s->desk = tsm_desk_current();
	s->op = op;
	tsm_caller_identify(s->desk, &s->caller);
	tsm_caller_require(s->desk, &s->caller, OP_CONSULTAR);
	tsm_caller_require_admin(&s->caller, "wind the SLA clock");
	s->cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm sweep", ALLOCSET_DEFAULT_SIZES);
}

static void
end_clock(Sweep *s)
{
	MemoryContextDelete(s->cxt);
	if (s->failed > MAX_WARNINGS)
		ereport(WARNING,
				(errmsg(INT64_FORMAT " tickets in all could not be done", s->failed)));
}

/* A row of the result: of what the clock tells (due), or of what has come to its end. */
static void
put_row(ReturnSetInfo *rsinfo, const TsmRequest *request, const TsmDue *due, TimestampTz end, int version)
{
	bool		is_due = due != NULL;
	TsmOperation op = is_due ? tsm_sla_operation(due) : request->op;
	char	   *warning = is_due ? NULL : tsm_link_warning(request);
	Datum		values[8] = {request->row.value[TC_ticket_uuid], request->row.value[TC_ticket_label]};
	bool		nulls[8] = {false, false, false, !is_due, !is_due, false, false, warning == NULL};

	values[2] = ObjectIdGetDatum(request->desk->operation_oid[op]);
	if (is_due)
	{
		values[3] = CStringGetTextDatum(tsm_target_names[due->target]);
		values[4] = Int32GetDatum(due->threshold);
	}
	values[5] = TimestampTzGetDatum(is_due ? due->deadline : end);
	values[6] = Int32GetDatum(version);
	if (warning != NULL)
		values[7] = CStringGetTextDatum(warning);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* When what has come to its end was to do so. */
static TimestampTz
end_of(const Sweep *s, uint64 i)
{
	TimestampTz end = s->end[s->first + i];

	return s->ends == OP_REABRIR ? end : tsm_closing_due(s->desk, end);
}

/* One row for each event of a ticket: what came due of it, then what the sweep did. */
static void
report_chunk(Sweep *s, void *arg)
{
	for (uint64 i = 0; i < s->size; i++)
	{
		const TsmRequest *request = &s->requests[i];
		const TsmClockWork *work = &request->work;
		int			version;

		if (!request->landed)
			continue;
		version = DatumGetInt32(request->row.value[TC_version]) - work->count - (work->own ? 1 : 0);
		for (int j = 0; j < work->count; j++)
			put_row((ReturnSetInfo *) arg, request, &work->due[j], DT_NOEND, ++version);
		if (work->own)
			put_row((ReturnSetInfo *) arg, request, NULL, end_of(s, i), ++version);
	}
}

/* For the view salud. */
static void
note_sweep(const Sweep *s)
{
	MemoryContext cxt = CurrentMemoryContext;
	Datum		args[2] = {ObjectIdGetDatum(s->desk->nspid), Int64GetDatum((int64) timestamptz_to_time_t(tsm_now()))};
	TsmIdentity saved = tsm_enter(s->desk);

	(void) tsm_run(s->desk, &q_swept, RUN_WRITE, args, NULL);
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
}

/*
 * Page by page what a query finds, until so many are done.  Those that fail do not
 * count: the first ones would be all that is ever looked at.
 */
static void
sweep_pages(Sweep *s, const TsmQuery *query, TimestampTz until, Datum states, ReturnSetInfo *rsinfo)
{
	pg_uuid_t	behind = {0};
	Datum		args[5];
	int64		asked;

	s->last = DT_NOBEGIN;
	args[0] = TimestampTzGetDatum(until);
	args[4] = states;
	do
	{
		int64		failed = s->failed;

		asked = s->left;
		args[1] = Int64GetDatum(asked);
		args[2] = TimestampTzGetDatum(s->last);
		args[3] = UUIDPGetDatum(&behind);
		find_tickets(s, query, args, NULL);
		run_page(s, report_chunk, rsinfo);
		s->left -= (int64) s->count - (s->failed - failed);
		if (s->count > 0)
			behind = s->ticket[s->count - 1];
		pfree(s->ticket);
		pfree(s->end);
	} while (s->left > 0 && (int64) s->count == asked);
}

/* Up to when a ticket was resolved that is closed now. */
typedef struct Closing
{
	const TsmDesk *desk;
	TimestampTz until;
} Closing;

static void
find_closing(void *arg)
{
	Closing    *c = (Closing *) arg;

	c->until = tsm_closing_until(c->desk, c->desk->closing_days, c->desk->closing_calendar);
}

/* Close what has been resolved for long enough.  A calendar that will not do keeps nothing else from being done. */
static void
sweep_closings(Sweep *s, ReturnSetInfo *rsinfo)
{
	Closing		closing = {s->desk, DT_NOBEGIN};
	MemoryContext cxt;
	ErrorData  *error;

	if (s->left <= 0 || s->desk->closing_days == 0)
		return;
	cxt = MemoryContextSwitchTo(s->cxt);
	error = tsm_attempt(find_closing, &closing);
	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("resolved tickets could not be closed"),
				 errdetail("%s", error->message),
				 errhint("See configuracion.cierre_automatico and cierre_calendario.")));
	MemoryContextSwitchTo(cxt);
	if (error != NULL || closing.until == DT_NOBEGIN)
		return;
	s->ends = OP_ARCHIVAR;
	sweep_pages(s, &q_closing, closing.until, tsm_closing_states(s->desk), rsinfo);
}

Datum
tsm_fn_sla_barrer(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Sweep		s;

	begin_clock(&s, OP_VENCER);
	s.left = tsm_arg_limit(fcinfo, 0, 1000, MAX_SWEEP);
	InitMaterializedSRF(fcinfo, 0);
	s.ends = OP_REABRIR;
	sweep_pages(&s, &q_due, tsm_now(), (Datum) 0, rsinfo);
	sweep_closings(&s, rsinfo);
	note_sweep(&s);
	end_clock(&s);
	return (Datum) 0;
}

static void
count_changed(Sweep *s, void *arg)
{
	for (uint64 i = 0; i < s->size; i++)
	{
		const TsmClockWork *work = &s->requests[i].work;

		/* another target; or a breach withdrawn, which comes after what came due before */
		if (s->requests[i].landed && (work->own || work->count > work->before))
			(*(int64 *) arg)++;
	}
}

Datum
tsm_fn_sla_recalcular(PG_FUNCTION_ARGS)
{
	Sweep		s;
	Datum		arg = (Datum) 0;
	text	   *calendar;
	int64		changed = 0;

	begin_clock(&s, OP_RECALCULAR);
	calendar = tsm_arg_text(fcinfo, 0);
	if (calendar != NULL)
	{
		int			version_id;

		/* its name may be given in any case */
		(void) tsm_calendar_current(s.desk, text_to_cstring(calendar), true, &version_id);
		arg = Int32GetDatum(version_id);
	}
	find_tickets(&s, &q_open_tickets, &arg, calendar ? NULL : "n");
	run_page(&s, count_changed, &changed);
	end_clock(&s);
	PG_RETURN_INT64(changed);
}
