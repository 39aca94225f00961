/*-------------------------------------------------------------------------
 *
 * clock.c
 *	  The SLA clock of a ticket: two stopwatches.
 *
 * First response (atencion) runs from the creation to the first asignar and is
 * never paused.  Resolution runs or is paused as table estado says.  While it runs,
 * fecha_limite_sla is the deadline and sla_restante is NULL.  When it is paused,
 * the deadline is NULL and sla_restante the open time that was left.  When it
 * has ended, both are kept: the deadline that was in force, and what was left
 * of it, negative when late.
 *
 * The deadline is add(calendar, start of the running run, target - spent).
 * An event that does not start or stop the clock does not touch it; one that
 * does gets by with what the row holds, because adding and measuring open time
 * are exact inverses.  Where they are not enough - the target is another one,
 * or it was late already - the history is replayed.
 *
 * sla_revisar_en is when something may come due, never too late: the sweep
 * looks at the ticket then.  It is indexed, so it is moved seldom: a pause or
 * the first asignar, after which everything comes due later than that, leave
 * it alone, and the sweep moves it when it gets there.  The end of a pause
 * (pausado_hasta) comes due like that, too.
 *
 * sla_orden is where the queue looks for a ticket among the deadlines: a little
 * before its own.  It is indexed as well, so it stays where it is while it is
 * no more than TSM_ORDER_SLACK too early: a pause shorter than that leaves it
 * alone.  A ticket that is paused for longer leaves the index, so that no
 * query has to pass over it: when the sweep comes by, or when its sla_orden
 * has passed and something happens to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/builtins.h"

#include "sla/sla.h"

static const TsmQuery q_clock_events = {
	"SELECT h.ocurrido_en, h.reloj FROM @.historial h WHERE h.ticket_uuid" EQ "$1"
	" AND h.version OPERATOR(pg_catalog.<=) $2 ORDER BY h.version",
	2, {UUIDOID, INT4OID}, PLAN_AS_NEEDED
};

/*
 * Of the breach of a target, dated at $2, of which the history tells in column
 * $3 (or will, by the change at work): whether the target, known by columns $4
 * to $6, was given after that; and whether the ticket has got another class or
 * area since it was told.
 */
static const TsmQuery q_clock_breach = {
	"WITH v AS (SELECT (SELECT CASE WHEN h.operacion::pg_catalog.text" EQ "'vencer' THEN h.version END"
	"  FROM @.historial h WHERE h.ticket_uuid" EQ "$1 AND pg_catalog.jsonb_exists(h.sla, $3)"
	"  ORDER BY h.version DESC LIMIT 1) AS version)"
	" SELECT COALESCE((SELECT pg_catalog.max(h.ocurrido_en) OPERATOR(pg_catalog.>) $2 FROM @.historial h, v"
	"  WHERE h.ticket_uuid" EQ "$1 AND pg_catalog.jsonb_exists_any(h.sla, ARRAY[$4, $5, $6])"
	"  AND (v.version IS NULL OR h.version OPERATOR(pg_catalog.<) v.version)), false),"
	" EXISTS (SELECT FROM @.historial h, v WHERE h.ticket_uuid" EQ "$1 AND h.version OPERATOR(pg_catalog.>) v.version"
	"  AND (h.operacion::pg_catalog.text" EQ "'reclasificar'"
	"   OR h.area_antes OPERATOR(pg_catalog.<>) h.area_despues))",
	6, {UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}, PLAN_AS_NEEDED
};

/* Where a row keeps what it knows of a target. */
static const struct
{
	TicketColumn policy;
	TicketColumn calendar;
	TicketColumn target;
	TicketColumn deadline;
	TicketColumn warned;
	TicketColumn breached;
}			columns[TSM_TARGETS] = {

	[TARGET_FIRST_RESPONSE] = {TC_atencion_politica, TC_atencion_calendario, TC_atencion_objetivo,
	TC_atencion_limite, TC_atencion_aviso, TC_atencion_incumplido_en},
	[TARGET_RESOLUTION] = {TC_sla_politica, TC_sla_calendario, TC_sla_objetivo,
	TC_fecha_limite_sla, TC_sla_aviso, TC_sla_incumplido_en},
};

/* The columns that are ours. */
#define CLOCK_COLUMNS COLUMNS_THAT(IS_TARGET | IS_NOTIFIED | IS_DEADLINE | IS_CLOCK)

static void
set(TicketRow *row, TicketColumn col, Datum value)
{
	row->value[col] = value;
	row->isnull[col] = false;
}

static void
clear(TicketRow *row, TicketColumn col)
{
	row->value[col] = (Datum) 0;
	row->isnull[col] = true;
}

static TimestampTz
time_of(const TicketRow *row, TicketColumn col)
{
	return DatumGetTimestampTz(row->value[col]);
}

static const TsmCalendar *
calendar_of(const TsmDesk *desk, const TicketRow *row, TsmTarget target)
{
	TicketColumn col = columns[target].calendar;

	return row->isnull[col] ? NULL : tsm_calendar_of_version(desk, DatumGetInt32(row->value[col]));
}

static int64
target_of(const TicketRow *row, TsmTarget target)
{
	return tsm_interval_usec(row->value[columns[target].target]);
}

/* What the clock is to do in a state. */
static TsmClock
clock_in(const TsmDesk *desk, Oid state)
{
	TsmClock	clock = desk->state[tsm_state_index(desk, state)].clock;

	if (clock == CLOCK_PAUSED && desk->clock_runs_in_pause)
		return CLOCK_RUNS;
	return clock;
}

/* Can a target still be missed? */
static bool
is_pending(const TicketRow *row, TsmTarget target)
{
	if (!row->isnull[columns[target].breached])
		return false;
	if (target == TARGET_RESOLUTION)
		return tsm_sla_clock(row) == CLOCK_RUNS;
	return !row->isnull[TC_atencion_limite] && row->isnull[TC_atendido_en] &&
		tsm_sla_clock(row) != CLOCK_ENDS;
}

/* ----------------------------------------------------------------
 * Replaying
 * ----------------------------------------------------------------
 */
void
tsm_replay_start(TsmReplay *replay, const TsmCalendar *calendar, int64 target)
{
	memset(replay, 0, sizeof(*replay));
	replay->calendar = calendar;
	replay->target = target;
	replay->clock = CLOCK_PAUSED;
}

void
tsm_replay_event(TsmReplay *replay, TsmClock clock, TimestampTz when)
{
	bool		stood = replay->clock == CLOCK_PAUSED;

	if (clock == replay->clock)
		return;
	if (replay->clock == CLOCK_RUNS)
	{
		if (when > replay->deadline)
			replay->late = true;
		replay->spent += tsm_calendar_elapsed(replay->calendar, replay->run_start, when);
	}
	replay->clock = clock;
	if (clock == CLOCK_RUNS)
		replay->run_start = when;

	/* a pause is closed when the clock ends in it */
	if ((clock == CLOCK_RUNS || (clock == CLOCK_ENDS && stood)) && !replay->late)
		replay->deadline = tsm_calendar_add(replay->calendar, when, replay->target - replay->spent);
}

int64
tsm_replay_spent(const TsmReplay *replay, TimestampTz now)
{
	int64		spent = replay->spent;

	if (replay->clock == CLOCK_RUNS)
		spent += tsm_calendar_elapsed(replay->calendar, replay->run_start, now);
	return spent;
}

TsmClock
tsm_clock_by_name(const char *name)
{
	for (int clock = CLOCK_RUNS; clock < CLOCK_ENDS; clock++)
		if (strcmp(tsm_clock_names[clock], name) == 0)
			return (TsmClock) clock;
	return CLOCK_ENDS;
}

void
tsm_history_incomplete(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("the history of the ticket is not complete"),
			 detail ? errdetail_internal("%s", detail) : 0,
			 errhint("See what ticket_sm.fn_verificar() says.")));
}

/* Replay what the history says of a ticket up to this version. */
static void
replay_history(const TsmDesk *desk, const TicketRow *row, int version, TsmReplay *replay)
{
	Datum		args[2] = {row->value[TC_ticket_uuid], Int32GetDatum(version)};
	TsmIdentity saved = tsm_enter(desk);

	tsm_read_latest(desk, &q_clock_events, args);
	if (SPI_processed == 0)
		tsm_history_incomplete(NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		bool		isnull;
		Datum		when = SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull);

		tsm_replay_event(replay, tsm_clock_by_name(SPI_getvalue(tuple, SPI_tuptable->tupdesc, 2)),
						 DatumGetTimestampTz(when));
	}
	tsm_leave(saved);
}

int64
tsm_sla_left(const TsmDesk *desk, const TicketRow *row, int version, TimestampTz now)
{
	const TsmCalendar *calendar;
	TsmReplay	replay;

	if (!row->isnull[TC_sla_restante])
		return tsm_interval_usec(row->value[TC_sla_restante]);
	calendar = calendar_of(desk, row, TARGET_RESOLUTION);
	if (now <= time_of(row, TC_fecha_limite_sla))
		return tsm_calendar_elapsed(calendar, now, time_of(row, TC_fecha_limite_sla));
	/* late, and it may have been paused since: the time since the deadline says nothing */
	tsm_replay_start(&replay, calendar, target_of(row, TARGET_RESOLUTION));
	replay_history(desk, row, version, &replay);
	return replay.target - tsm_replay_spent(&replay, now);
}

/* ----------------------------------------------------------------
 * Policies
 * ----------------------------------------------------------------
 */
static int
hours_of(const TsmDesk *desk, const TicketRow *row)
{
	char	   *name = TextDatumGetCString(row->value[TC_prioridad]);
	const TsmName *priority = tsm_name_find(&desk->priorities, name);

	if (priority == NULL)
		tsm_refuse(REFUSE_BAD_FIELD, "prioridad", NULL,
				   psprintf("Valid values: %s.", tsm_name_list(&desk->priorities)));
	return priority->sla_hours;
}

/* Assign a target to a ticket: how much time, by which calendar and policy. */
static void
assign_target(const TsmDesk *desk, TicketRow *row, TsmTarget target)
{
	const TsmPolicy *policy = tsm_policy_find(desk, target, row);
	int64		usec;

	clear(row, columns[target].policy);
	clear(row, columns[target].calendar);
	clear(row, columns[target].target);
	clear(row, columns[target].warned);
	if (policy != NULL)
	{
		int			version_id;
		const TsmCalendar *calendar = tsm_calendar_current(desk, policy->calendar, true, &version_id);

		set(row, columns[target].policy, Int32GetDatum(policy->version_id));
		set(row, columns[target].calendar, Int32GetDatum(version_id));
		usec = policy->days == 0 ? policy->usec :
			tsm_calendar_days(calendar, time_of(row, TC_fecha_creacion), policy->days);
		if (policy->to_close)
			usec = tsm_calendar_to_close(calendar, time_of(row, TC_fecha_creacion), usec);
	}
	else if (target == TARGET_RESOLUTION)
		usec = hours_of(desk, row) * USECS_PER_HOUR;
	else
		return;
	set(row, columns[target].target, tsm_interval(usec));
	if (target == TARGET_RESOLUTION)
		set(row, TC_sla_horas, Int32GetDatum((usec + USECS_PER_HOUR - 1) / USECS_PER_HOUR));
}

static bool
same_value(const TicketRow *a, const TicketRow *b, TicketColumn col)
{
	if (a->isnull[col] || b->isnull[col])
		return a->isnull[col] == b->isnull[col];
	if (col == TC_sla_objetivo || col == TC_atencion_objetivo)
		return tsm_interval_usec(a->value[col]) == tsm_interval_usec(b->value[col]);
	return a->value[col] == b->value[col];
}

/*
 * Look whether a ticket is to have another target now.  A new version of the
 * same policy is another one; a new version of its calendar alone is not,
 * unless the ticket is recomputed.
 */
static bool
reassign_target(const TsmDesk *desk, TsmOperation op, const TicketRow *old, TicketRow *new, TsmTarget target)
{
	TicketRow	given = *new;
	bool		same_policy;

	if (target == TARGET_FIRST_RESPONSE && !is_pending(old, TARGET_FIRST_RESPONSE) &&
		!(old->isnull[TC_atencion_limite] && old->isnull[TC_atendido_en]))
		return false;
	assign_target(desk, &given, target);
	same_policy = same_value(old, &given, columns[target].policy);
	if (same_policy && given.isnull[columns[target].policy])
	{
		/* of no policy: the hours of the priority, which may have been edited since */
		if (target == TARGET_FIRST_RESPONSE ||
			(op != OP_RECALCULAR &&
			 DatumGetBool(DirectFunctionCall2Coll(texteq, DEFAULT_COLLATION_OID,
												  old->value[TC_prioridad], new->value[TC_prioridad]))))
			return false;
	}
	else if (same_policy && op != OP_RECALCULAR)
		return false;
	if (same_policy && same_value(old, &given, columns[target].calendar) &&
		same_value(old, &given, columns[target].target))
		return false;
	*new = given;
	return true;
}

/* ----------------------------------------------------------------
 * What comes due
 * ----------------------------------------------------------------
 */
uint64
tsm_sla_marked(const TsmDue *due)
{
	uint64		result = UINT64CONST(1) << columns[due->target].warned;

	if (due->threshold == TSM_BREACH || due->threshold == TSM_WITHDRAWN)
		result |= UINT64CONST(1) << columns[due->target].breached;
	return result;
}

void
tsm_sla_mark(TicketRow *row, const TsmDue *due)
{
	if (due->threshold == TSM_WITHDRAWN)
	{
		clear(row, columns[due->target].warned);
		clear(row, columns[due->target].breached);
		return;
	}
	set(row, columns[due->target].warned, Int16GetDatum(due->threshold));
	if (due->threshold == TSM_BREACH)
		set(row, columns[due->target].breached, TimestampTzGetDatum(due->deadline));
}

static void
note(TsmClockWork *work, TicketRow *row, TsmTarget target, int threshold, TimestampTz deadline)
{
	TsmDue	   *due = &work->due[work->count++];

	Assert(work->count <= TSM_MAX_DUE);
	due->target = target;
	due->threshold = threshold;
	due->deadline = deadline;
	tsm_sla_mark(row, due);
}

/* A target that was missed by now is noted as such. */
static void
note_breaches(TsmClockWork *work, TicketRow *row, TimestampTz now)
{
	for (int target = 0; target < TSM_TARGETS; target++)
	{
		TicketColumn deadline = columns[target].deadline;

		if (is_pending(row, (TsmTarget) target) && now > time_of(row, deadline))
			note(work, row, (TsmTarget) target, TSM_BREACH, time_of(row, deadline));
	}
}

/* Open time of a pending target that is spent by now; beyond its deadline, all of it. */
static int64
spent_by(const TsmDesk *desk, const TicketRow *row, TsmTarget target, TimestampTz now)
{
	int64		usec = target_of(row, target);
	TimestampTz deadline = time_of(row, columns[target].deadline);

	if (now < deadline)
		usec -= tsm_calendar_elapsed(calendar_of(desk, row, target), now, deadline);
	return usec;
}

static const TsmWarnings *
warnings_of(const TsmDesk *desk, const TicketRow *row, TsmTarget target)
{
	TicketColumn policy = columns[target].policy;

	return row->isnull[policy] ? &desk->warnings :
		tsm_policy_warnings(desk, DatumGetInt32(row->value[policy]));
}

static int64
share(int64 usec, int percent)
{
	return usec / 100 * percent + usec % 100 * percent / 100;
}

/* Of several warnings that are due, only the highest is notified. */
static void
note_warnings(const TsmDesk *desk, TsmClockWork *work, TicketRow *row, TimestampTz now)
{
	for (int target = 0; target < TSM_TARGETS; target++)
	{
		const TsmWarnings *warnings;
		int			told;
		int			due = 0;
		int64		spent;

		if (!is_pending(row, (TsmTarget) target))
			continue;
		warnings = warnings_of(desk, row, (TsmTarget) target);
		told = row->isnull[columns[target].warned] ? 0 : DatumGetInt16(row->value[columns[target].warned]);
		spent = spent_by(desk, row, (TsmTarget) target, now);
		for (int i = 0; i < warnings->count; i++)
			if (warnings->percent[i] > told &&
				share(target_of(row, (TsmTarget) target), warnings->percent[i]) <= spent)
				due = warnings->percent[i];
		if (due != 0)
			note(work, row, (TsmTarget) target, due, time_of(row, columns[target].deadline));
	}
}

/* When the sweep has to look at a ticket next, because of its targets, as things stand now. */
static void
set_look_for_targets(const TsmDesk *desk, TicketRow *row, TimestampTz now)
{
	clear(row, TC_sla_revisar_en);
	for (int target = 0; target < TSM_TARGETS; target++)
	{
		const TsmWarnings *warnings;
		TimestampTz when;
		int			told;

		if (!is_pending(row, (TsmTarget) target))
			continue;
		when = time_of(row, columns[target].deadline);
		warnings = warnings_of(desk, row, (TsmTarget) target);
		told = row->isnull[columns[target].warned] ? 0 : DatumGetInt16(row->value[columns[target].warned]);
		for (int i = 0; i < warnings->count; i++)
		{
			int64		left;

			if (warnings->percent[i] <= told)
				continue;
			left = share(target_of(row, (TsmTarget) target), warnings->percent[i]) -
				spent_by(desk, row, (TsmTarget) target, now);
			when = Min(when, left <= 0 ? now :
					   tsm_calendar_add(calendar_of(desk, row, (TsmTarget) target), now, left));
			break;
		}
		if (row->isnull[TC_sla_revisar_en] || when < time_of(row, TC_sla_revisar_en))
			set(row, TC_sla_revisar_en, TimestampTzGetDatum(when));
	}
}

/* Have the sweep look not later than a pause ends. */
static void
look_for_pause(TicketRow *row)
{
	if (!row->isnull[TC_pausado_hasta] &&
		(row->isnull[TC_sla_revisar_en] || time_of(row, TC_sla_revisar_en) > time_of(row, TC_pausado_hasta)))
		set(row, TC_sla_revisar_en, row->value[TC_pausado_hasta]);
}

/* When the sweep has to look at a ticket next, as things stand now. */
static void
set_next_look(const TsmDesk *desk, TicketRow *row, TimestampTz now)
{
	set_look_for_targets(desk, row, now);
	look_for_pause(row);
}

/* ----------------------------------------------------------------
 * Withdrawing a breach
 *
 * Nobody who works tickets clears a breach: another class, area or target does
 * not.  But a target that was wrong can be put right, by ADMIN: when a breach
 * would not be one by the target that the ticket has now, it is withdrawn
 *
 * - if that target was not in force yet when it is said to have been missed:
 *   reclasificar by mistake, and back;
 * - by fn_sla_recalcular (a forgotten holiday), unless the ticket has got
 *   another class or area since, which might be why it has another target.
 * ----------------------------------------------------------------
 */

/* Is a target of a row missed by now, whatever was told? */
static bool
is_missed(const TicketRow *row, TsmTarget target, TimestampTz now)
{
	if (target == TARGET_FIRST_RESPONSE)
		return !row->isnull[TC_atencion_limite] &&
			(row->isnull[TC_atendido_en] ? now : time_of(row, TC_atendido_en)) > time_of(row, TC_atencion_limite);
	if (tsm_sla_clock(row) == CLOCK_RUNS)
		return now > time_of(row, TC_fecha_limite_sla);
	return tsm_interval_usec(row->value[TC_sla_restante]) <= 0;
}

/* May a breach that row, as it was before the change, has of a target be withdrawn? */
static bool
may_withdraw(const TsmDesk *desk, TsmOperation op, const TicketRow *row, TsmTarget target)
{
	Datum		args[6] = {
		row->value[TC_ticket_uuid],
		row->value[columns[target].breached],
		CStringGetTextDatum(tsm_ticket_column[columns[target].breached].name),
		CStringGetTextDatum(tsm_ticket_column[columns[target].policy].name),
		CStringGetTextDatum(tsm_ticket_column[columns[target].calendar].name),
		CStringGetTextDatum(tsm_ticket_column[columns[target].target].name)
	};
	TsmIdentity saved = tsm_enter(desk);
	bool		early;
	bool		moved;
	bool		isnull;

	tsm_read_latest(desk, &q_clock_breach, args);
	if (SPI_processed != 1)
		tsm_history_incomplete(NULL);
	early = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	moved = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	tsm_leave(saved);
	return early || (op == OP_RECALCULAR && !moved);
}

/* Withdraw the breach of a target, if it is one no more and may be. */
static bool
withdraw(const TsmDesk *desk, TsmOperation op, const TicketRow *old, TicketRow *new, TsmTarget target,
		 TimestampTz now, TsmClockWork *work)
{
	TsmDue	   *due = &work->due[work->count];

	if (old->isnull[columns[target].breached] || is_missed(new, target, now) ||
		!may_withdraw(desk, op, old, target))
		return false;
	work->count++;
	Assert(work->count <= TSM_MAX_DUE);
	due->target = target;
	due->threshold = TSM_WITHDRAWN;
	due->deadline = time_of(old, columns[target].breached);
	tsm_sla_mark(new, due);
	return true;
}

/* ----------------------------------------------------------------
 * Where the queue finds it
 * ----------------------------------------------------------------
 */
bool
tsm_sla_order_fits(TimestampTz order, TimestampTz deadline)
{
	return order <= deadline && order >= deadline - TSM_ORDER_SLACK;
}

/* Enter where the queue looks for an open ticket whose other columns are filled. */
static void
set_order(TsmOperation op, TicketRow *row, TimestampTz now)
{
	bool		none = row->isnull[TC_sla_orden];

	if (!row->isnull[TC_fecha_limite_sla])
	{
		if (none || !tsm_sla_order_fits(time_of(row, TC_sla_orden), time_of(row, TC_fecha_limite_sla)))
			set(row, TC_sla_orden, row->value[TC_fecha_limite_sla]);
	}
	/* paused: keep it for a short pause, unless nobody would clear it later */
	else if (op == OP_VENCER || row->isnull[TC_sla_revisar_en] ||
			 (!none && time_of(row, TC_sla_orden) < now))
		clear(row, TC_sla_orden);
}

/* ----------------------------------------------------------------
 * Filling
 * ----------------------------------------------------------------
 */

/* Enter the result of a replay. */
static void
set_clock(TicketRow *row, const TsmReplay *replay)
{
	clear(row, TC_fecha_limite_sla);
	clear(row, TC_sla_restante);
	if (replay->clock != CLOCK_PAUSED)
		set(row, TC_fecha_limite_sla, TimestampTzGetDatum(replay->deadline));
	if (replay->clock != CLOCK_RUNS)
		set(row, TC_sla_restante, tsm_interval(replay->target - replay->spent));
}

/* Bring the resolution clock of a row from what it does to what it is to do. */
static void
move_clock(const TsmDesk *desk, const TicketRow *old, TicketRow *new, TsmClock clock, TimestampTz now)
{
	const TsmCalendar *calendar = calendar_of(desk, new, TARGET_RESOLUTION);
	TsmClock	was = tsm_sla_clock(old);
	TsmReplay	replay;

	if (was == clock)
		return;
	/* late, and it may have been paused since: the time since the deadline says nothing */
	if (was == CLOCK_RUNS && now <= time_of(old, TC_fecha_limite_sla))
	{
		set(new, TC_sla_restante,
			tsm_interval(tsm_calendar_elapsed(calendar, now, time_of(old, TC_fecha_limite_sla))));
		if (clock == CLOCK_PAUSED)
			clear(new, TC_fecha_limite_sla);
		return;
	}
	if (was == CLOCK_ENDS && clock == CLOCK_PAUSED)
	{
		clear(new, TC_fecha_limite_sla);
		return;
	}
	if (was != CLOCK_RUNS && tsm_interval_usec(old->value[TC_sla_restante]) > 0)
	{
		set(new, TC_fecha_limite_sla,
			TimestampTzGetDatum(tsm_calendar_add(calendar, now,
												 tsm_interval_usec(old->value[TC_sla_restante]))));
		if (clock == CLOCK_RUNS)
			clear(new, TC_sla_restante);
		return;
	}
	tsm_replay_start(&replay, calendar, target_of(new, TARGET_RESOLUTION));
	replay_history(desk, old, DatumGetInt32(old->value[TC_version]), &replay);
	tsm_replay_event(&replay, clock, now);
	set_clock(new, &replay);
}

static void
fill_creation(const TsmDesk *desk, TicketRow *new, TimestampTz now)
{
	TsmReplay	replay;

	for (int col = 0; col < TICKET_COLUMNS; col++)
		if (CLOCK_COLUMNS & (UINT64CONST(1) << col))
			clear(new, (TicketColumn) col);
	assign_target(desk, new, TARGET_RESOLUTION);
	assign_target(desk, new, TARGET_FIRST_RESPONSE);
	if (!new->isnull[TC_atencion_objetivo])
		set(new, TC_atencion_limite,
			TimestampTzGetDatum(tsm_calendar_add(calendar_of(desk, new, TARGET_FIRST_RESPONSE), now,
												 target_of(new, TARGET_FIRST_RESPONSE))));
	tsm_replay_start(&replay, calendar_of(desk, new, TARGET_RESOLUTION), target_of(new, TARGET_RESOLUTION));
	tsm_replay_event(&replay, clock_in(desk, DatumGetObjectId(new->value[TC_estado])), now);
	if (replay.clock == CLOCK_PAUSED)
		replay.deadline = now;
	set_clock(new, &replay);
	set_next_look(desk, new, now);
	set_order(OP_CREAR, new, now);
}

/* Another target holds from the creation on: all that was is replayed with it. */
static void
fill_reassigned(const TsmDesk *desk, const TicketRow *old, TicketRow *new, bool resolution,
				TsmClock clock, TimestampTz now, TsmClockWork *work)
{
	if (resolution)
	{
		TsmReplay	replay;

		tsm_replay_start(&replay, calendar_of(desk, new, TARGET_RESOLUTION),
						 target_of(new, TARGET_RESOLUTION));
		replay_history(desk, old, DatumGetInt32(old->value[TC_version]), &replay);
		tsm_replay_event(&replay, clock, now);
		set_clock(new, &replay);
		/* missed in a run before, and the clock does not run now */
		if (replay.late && clock != CLOCK_RUNS && new->isnull[TC_sla_incumplido_en])
			note(work, new, TARGET_RESOLUTION, TSM_BREACH, replay.deadline);
	}
	else
		move_clock(desk, old, new, clock, now);
	if (new->isnull[TC_atencion_objetivo])
		clear(new, TC_atencion_limite);
	else if (is_pending(old, TARGET_FIRST_RESPONSE) ||
			 (old->isnull[TC_atencion_limite] && old->isnull[TC_atendido_en]))
		set(new, TC_atencion_limite,
			TimestampTzGetDatum(tsm_calendar_add(calendar_of(desk, new, TARGET_FIRST_RESPONSE),
												 time_of(new, TC_fecha_creacion),
												 target_of(new, TARGET_FIRST_RESPONSE))));
	note_breaches(work, new, now);
}

/* What a ticket has of a target, and the first response's deadline with it. */
static void
give_first_response(const TsmDesk *desk, TicketRow *row)
{
	assign_target(desk, row, TARGET_FIRST_RESPONSE);
	clear(row, TC_atencion_limite);
	if (!row->isnull[TC_atencion_objetivo])
		set(row, TC_atencion_limite,
			TimestampTzGetDatum(tsm_calendar_add(calendar_of(desk, row, TARGET_FIRST_RESPONSE),
												 time_of(row, TC_fecha_creacion),
												 target_of(row, TARGET_FIRST_RESPONSE))));
}

/*
 * Withdraw what was not missed.  A first response that was missed keeps its
 * target, unless it is withdrawn with the one that there is now.
 */
static void
put_right(const TsmDesk *desk, TsmOperation op, const TicketRow *old, TicketRow *new,
		  TimestampTz now, TsmClockWork *work)
{
	TicketRow	given = *new;

	(void) withdraw(desk, op, old, new, TARGET_RESOLUTION, now, work);
	if (old->isnull[TC_atencion_incumplido_en])
		return;
	give_first_response(desk, &given);
	if (!withdraw(desk, op, old, &given, TARGET_FIRST_RESPONSE, now, work))
		return;
	if (!same_value(old, &given, TC_atencion_politica) || !same_value(old, &given, TC_atencion_calendario) ||
		!same_value(old, &given, TC_atencion_objetivo))
		work->own = true;
	for (int col = TC_atencion_politica; col <= TC_atencion_limite; col++)
	{
		new->value[col] = given.value[col];
		new->isnull[col] = given.isnull[col];
	}
	tsm_sla_mark(new, &work->due[work->count - 1]);
}

/*
 * Look for other targets, and work out everything with them.  Returns whether
 * what comes due may do so at another time than before.
 */
static bool
fill_targets(const TsmDesk *desk, TsmOperation op, bool by_admin, const TicketRow *old, TicketRow *new,
			 TimestampTz now, TsmClockWork *work)
{
	bool		attention = reassign_target(desk, op, old, new, TARGET_FIRST_RESPONSE);
	bool		resolution = reassign_target(desk, op, old, new, TARGET_RESOLUTION);
	TsmClock	clock = op == OP_RECALCULAR ? tsm_sla_clock(old) :
	clock_in(desk, DatumGetObjectId(new->value[TC_estado]));
	int			told;

	if (op == OP_RECALCULAR)
		work->own = attention || resolution;
	if (attention || resolution)
		fill_reassigned(desk, old, new, resolution, clock, now, work);
	else
		move_clock(desk, old, new, clock, now);
	told = work->count;
	if (by_admin)
		put_right(desk, op, old, new, now, work);
	return attention || resolution || work->count > told;
}

/* Enter when the sweep is to look at a changed ticket, and where the queue is to find it. */
static void
set_places(const TsmDesk *desk, TsmOperation op, const TicketRow *before, TicketRow *new,
		   bool reassigned, TimestampTz now)
{
	if (!desk->state[tsm_state_index(desk, DatumGetObjectId(new->value[TC_estado]))].open)
	{
		clear(new, TC_sla_revisar_en);
		clear(new, TC_sla_orden);
		return;
	}

	/*
	 * A look that is set stays, even when what it was for is settled: a needless
	 * look costs less than an update that is not HOT.  But it may have been set
	 * for the first response alone, while this clock was paused, or for the end of a pause.
	 */
	if (reassigned || new->isnull[TC_sla_revisar_en] ||
		(!before->isnull[TC_pausado_hasta] && !same_value(before, new, TC_pausado_hasta)) ||
		(tsm_sla_clock(before) != CLOCK_RUNS && is_pending(before, TARGET_FIRST_RESPONSE)))
		set_next_look(desk, new, now);
	else
		look_for_pause(new);
	set_order(op, new, now);
}

static void
copy_clock(TicketRow *to, const TicketRow *from)
{
	for (int col = 0; col < TICKET_COLUMNS; col++)
		if (CLOCK_COLUMNS & (UINT64CONST(1) << col))
		{
			to->value[col] = from->value[col];
			to->isnull[col] = from->isnull[col];
		}
}

/* The versions of calendars that the ticket has got are kept from now on. */
static void
keep_calendars(const TsmDesk *desk, const TicketRow *old, const TicketRow *new)
{
	for (int target = 0; target < TSM_TARGETS; target++)
	{
		TicketColumn col = columns[target].calendar;

		if (!new->isnull[col] && (old == NULL || !same_value(old, new, col)))
			tsm_calendar_give(desk, DatumGetInt32(new->value[col]), new->value[TC_ticket_uuid]);
	}
}

void
tsm_sla_fill(const TsmDesk *desk, TsmOperation op, bool by_admin, const TicketRow *old, TicketRow *new,
			 TimestampTz now, TsmClockWork *work)
{
	bool		reassigned = false;
	TicketRow	before;

	memset(work, 0, sizeof(*work));
	work->own = true;
	if (old == NULL)
	{
		fill_creation(desk, new, now);
		keep_calendars(desk, NULL, new);
		return;
	}

	/* What was missed before this is written before this. */
	before = *old;
	note_breaches(work, &before, now);
	if (op == OP_VENCER)
		note_warnings(desk, work, &before, now);
	work->before = work->count;
	copy_clock(new, &before);
	if (op == OP_VENCER)
	{
		work->own = false;
		set_next_look(desk, new, now);
		set_order(op, new, now);
		return;
	}

	/* ended while fn_sla_recalcular waited for the row: it is too late for another target */
	if (op == OP_RECALCULAR && (!DatumGetBool(old->value[TC_abierto]) || tsm_sla_clock(old) == CLOCK_ENDS))
	{
		work->own = false;
		return;
	}

	if (op == OP_ASIGNAR && new->isnull[TC_atendido_en])
		set(new, TC_atendido_en, TimestampTzGetDatum(now));
	if (op == OP_RECLASIFICAR || op == OP_RECALCULAR)
	{
		reassigned = fill_targets(desk, op, by_admin, &before, new, now, work);
		keep_calendars(desk, old, new);
	}
	else
		move_clock(desk, &before, new, clock_in(desk, DatumGetObjectId(new->value[TC_estado])), now);
	set_places(desk, op, &before, new, reassigned, now);
}
