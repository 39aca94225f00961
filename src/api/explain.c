/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  fn_sla_explicar: how the deadlines of a ticket come about.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_sla_explicar);

static const TsmQuery q_explain_ticket = {
	"SELECT t.area, t.fecha_creacion, t.atendido_en, t.atencion_calendario, t.atencion_objetivo,"
	" t.atencion_limite, t.sla_calendario, t.sla_objetivo, t.fecha_limite_sla, t.sla_restante,"
	" t.abierto,"
	" (SELECT p.politica_id FROM @.sla_politica_version p WHERE p.version_id" EQ "t.atencion_politica),"
	" (SELECT c.calendario FROM @.calendario_version c WHERE c.version_id" EQ "t.atencion_calendario),"
	" (SELECT p.politica_id FROM @.sla_politica_version p WHERE p.version_id" EQ "t.sla_politica),"
	" (SELECT c.calendario FROM @.calendario_version c WHERE c.version_id" EQ "t.sla_calendario)"
	" FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
	1, {UUIDOID}, PLAN_AS_NEEDED
};

static const TsmQuery q_explain_events = {
	"SELECT h.ocurrido_en, h.reloj, h.estado_despues FROM @.historial h"
	" WHERE h.ticket_uuid" EQ "$1 ORDER BY h.version",
	1, {UUIDOID}, PLAN_AS_NEEDED
};

/* Columns of q_explain_ticket. */
enum
{
	X_AREA, X_CREATED, X_ATTENDED, X_ATT_CALENDAR, X_ATT_TARGET, X_ATT_DEADLINE,
	X_CALENDAR, X_TARGET, X_DEADLINE, X_LEFT, X_OPEN, X_ATT_POLICY, X_ATT_NAME, X_POLICY, X_NAME, X_COLUMNS
};

/* What a target is explained with. */
typedef struct Explanation
{
	ReturnSetInfo *rsinfo;
	const TsmDesk *desk;
	TsmTarget	target;
	const Datum *ticket;		/* columns of q_explain_ticket */
	const bool *isnull;
	TsmReplay	replay;
	TimestampTz from;			/* of the segment that is open */
	Datum		state;
	TsmClock	clock;
} Explanation;

enum
{
	R_TARGET, R_FROM, R_TO, R_STATE, R_COUNTS, R_WHY, R_TIME, R_SUM, R_GOAL, R_LEFT, R_DEADLINE,
	R_POLICY, R_CALENDAR, R_COLUMNS
};

static const char *
reason(const Explanation *x, TimestampTz to, int64 spent)
{
	if (x->clock == CLOCK_PAUSED)
		return "the clock stands in this state";
	if (x->clock == CLOCK_ENDS)
		return "the clock has ended";
	if (to == x->from)
		return "the clock runs, but no time has passed";
	if (spent == 0)
		return "the clock runs, but all of it is outside opening hours";
	return x->replay.calendar == NULL ? "the clock runs" : "the clock runs in opening hours";
}

/* One segment, from x->from to here; sum is what was spent up to its end. */
static void
put_segment(Explanation *x, TimestampTz to, bool open_end, int64 spent, int64 sum, bool has_deadline)
{
	int			policy = x->target == TARGET_RESOLUTION ? X_POLICY : X_ATT_POLICY;
	Datum		values[R_COLUMNS];
	bool		nulls[R_COLUMNS] = {false};

	values[R_TARGET] = CStringGetTextDatum(tsm_target_names[x->target]);
	values[R_FROM] = TimestampTzGetDatum(x->from);
	values[R_TO] = TimestampTzGetDatum(to);
	nulls[R_TO] = open_end;
	values[R_STATE] = x->state;
	values[R_COUNTS] = BoolGetDatum(x->clock == CLOCK_RUNS);
	values[R_WHY] = CStringGetTextDatum(reason(x, to, spent));
	values[R_TIME] = tsm_interval(spent);
	values[R_SUM] = tsm_interval(sum);
	values[R_GOAL] = tsm_interval(x->replay.target);
	values[R_LEFT] = tsm_interval(x->replay.target - sum);
	values[R_DEADLINE] = TimestampTzGetDatum(x->replay.deadline);
	nulls[R_DEADLINE] = !has_deadline;
	for (int i = 0; i < 2; i++) /* the policy, and its calendar */
	{
		values[R_POLICY + i] = x->ticket[policy + i];
		nulls[R_POLICY + i] = x->isnull[policy + i];
	}
	tuplestore_putvalues(x->rsinfo->setResult, x->rsinfo->setDesc, values, nulls);
}

/* Close the segment that is open at this time. */
static void
close_segment(Explanation *x, TimestampTz to, bool open_end)
{
	int64		before = tsm_replay_spent(&x->replay, x->from);
	int64		sum = tsm_replay_spent(&x->replay, to);

	put_segment(x, to, open_end, sum - before, sum, x->clock != CLOCK_PAUSED);
}

static void
explain_resolution(Explanation *x, TimestampTz now)
{
	const Datum *ticket = x->ticket;
	const TsmCalendar *calendar = x->isnull[X_CALENDAR] ? NULL :
	tsm_calendar_of_version(x->desk, DatumGetInt32(ticket[X_CALENDAR]));

	tsm_replay_start(&x->replay, calendar, tsm_interval_usec(ticket[X_TARGET]));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		null;
		TimestampTz when = DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[i],
															 SPI_tuptable->tupdesc, 1, &null));
		TsmClock	clock = tsm_clock_by_name(SPI_getvalue(SPI_tuptable->vals[i],
														   SPI_tuptable->tupdesc, 2));
		Datum		state = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 3, &null);

		if (i > 0 && clock == x->clock && DatumGetObjectId(state) == DatumGetObjectId(x->state))
			continue;			/* a note, say: the segment goes on */
		if (i > 0)
			close_segment(x, when, false);
		tsm_replay_event(&x->replay, clock, when);
		x->from = when;
		x->clock = clock;
		x->state = state;
	}
	/* what is closed for good has no end to wait for, nor has it a now */
	close_segment(x, DatumGetBool(ticket[X_OPEN]) ? Max(now, x->from) : x->from, true);
}

/* First response is one segment: it is never paused. */
static void
explain_first_response(Explanation *x, TimestampTz now)
{
	const Datum *ticket = x->ticket;
	const TsmCalendar *calendar = x->isnull[X_ATT_CALENDAR] ? NULL :
	tsm_calendar_of_version(x->desk, DatumGetInt32(ticket[X_ATT_CALENDAR]));
	bool		ended = !x->isnull[X_ATTENDED] || !DatumGetBool(ticket[X_OPEN]);
	TimestampTz to = now;
	bool		null;

	if (x->isnull[X_ATT_TARGET])
		return;
	x->from = DatumGetTimestampTz(ticket[X_CREATED]);
	x->clock = CLOCK_RUNS;
	x->state = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &null);
	if (!x->isnull[X_ATTENDED])
		to = DatumGetTimestampTz(ticket[X_ATTENDED]);
	else if (ended)
		to = DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[SPI_processed - 1],
											   SPI_tuptable->tupdesc, 1, &null));
	tsm_replay_start(&x->replay, calendar, tsm_interval_usec(ticket[X_ATT_TARGET]));
	tsm_replay_event(&x->replay, CLOCK_RUNS, x->from);
	close_segment(x, Max(to, x->from), !ended);
}

Datum
tsm_fn_sla_explicar(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	TsmCaller	caller;
	TsmIdentity saved;
	bool		begun;
	Explanation x = {0};
	Datum		arg;
	Datum		ticket[X_COLUMNS];
	bool		isnull[X_COLUMNS];

	tsm_caller_begin(desk, &caller, OP_CONSULTAR);
	tsm_caller_require_agent(&caller);
	arg = UUIDPGetDatum(tsm_arg_ticket(fcinfo));

	InitMaterializedSRF(fcinfo, 0);
	x.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	x.desk = desk;
	x.ticket = ticket;
	x.isnull = isnull;
	saved = tsm_enter(desk);
	begun = tsm_read_begin(desk);
	tsm_read(desk, &q_explain_ticket, &arg);
	if (SPI_processed == 0)
		tsm_raise(tsm_no_ticket(DatumGetUUIDP(arg)));
	heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, ticket, isnull);
	tsm_caller_require_area(&caller, TextDatumGetCString(ticket[X_AREA]));

	tsm_read(desk, &q_explain_events, &arg);
	if (SPI_processed == 0)
		tsm_history_incomplete(NULL);
	x.target = TARGET_FIRST_RESPONSE;
	explain_first_response(&x, tsm_now());
	x.target = TARGET_RESOLUTION;
	explain_resolution(&x, tsm_now());
	tsm_read_end(begun);
	tsm_leave(saved);
	return (Datum) 0;
}
