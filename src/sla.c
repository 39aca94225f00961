/*-------------------------------------------------------------------------
 *
 * sla.c
 *	  The SLA clock of a ticket.
 *
 * While it runs, fecha_limite_sla is the deadline and sla_restante is NULL.
 * When it stands, the deadline is NULL and sla_restante the time that was
 * left.  When it has ended, both are kept: the deadline that was in force, and
 * what was left of it, negative when late.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* Time as an interval without days, which would depend on a time zone. */
static Datum
interval_of(int64 usec)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = usec;
	return IntervalPGetDatum(interval);
}

static int64
interval_usec(Datum value)
{
	Interval   *interval = DatumGetIntervalP(value);

	return interval->time + (interval->day + (int64) interval->month * DAYS_PER_MONTH) * USECS_PER_DAY;
}

static TsmClock
clock_in(const TsmMesa *mesa, Oid state)
{
	TsmClock	clock = mesa->state[tsm_state_index(mesa, state)].clock;

	if (clock == CLOCK_STANDS && mesa->clock_runs_in_pause)
		return CLOCK_RUNS;
	return clock;
}

static int
hours_of(const TsmMesa *mesa, const TicketRow *row)
{
	char	   *name = TextDatumGetCString(row->value[TC_prioridad]);
	const TsmName *priority = tsm_name_find(&mesa->priorities, name);

	if (priority == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" has an invalid value", "prioridad"),
				 errhint("Valid values: %s.", tsm_name_list(&mesa->priorities))));
	return priority->sla_hours;
}

static void
set_deadline(TicketRow *row, TimestampTz deadline)
{
	row->value[TC_fecha_limite_sla] = TimestampTzGetDatum(deadline);
	row->isnull[TC_fecha_limite_sla] = false;
}

static void
set_remaining(TicketRow *row, int64 usec)
{
	row->value[TC_sla_restante] = interval_of(usec);
	row->isnull[TC_sla_restante] = false;
}

static void
clear(TicketRow *row, TicketColumn col)
{
	row->value[col] = (Datum) 0;
	row->isnull[col] = true;
}

/* Bring the row's clock, with this time left at now, to what the state wants. */
static void
set_clock(TicketRow *row, TsmClock clock, TimestampTz now, int64 remaining)
{
	clear(row, TC_fecha_limite_sla);
	clear(row, TC_sla_restante);
	if (clock != CLOCK_STANDS)
		set_deadline(row, now + remaining);
	if (clock != CLOCK_RUNS)
		set_remaining(row, remaining);
}

void
tsm_sla_fill(const TsmMesa *mesa, const TicketRow *old, TicketRow *new, TimestampTz now)
{
	TsmClock	clock = clock_in(mesa, DatumGetObjectId(new->value[TC_estado]));
	int			hours;
	int64		remaining;

	if (old == NULL)
	{
		hours = hours_of(mesa, new);
		new->value[TC_sla_horas] = Int32GetDatum(hours);
		new->isnull[TC_sla_horas] = false;
		set_clock(new, clock, now, hours * USECS_PER_HOUR);
		return;
	}

	/* What is not ours to keep from the statement is the old row's. */
	new->value[TC_sla_horas] = old->value[TC_sla_horas];
	new->isnull[TC_sla_horas] = false;

	if (!old->isnull[TC_sla_restante])
		remaining = interval_usec(old->value[TC_sla_restante]);
	else
		remaining = DatumGetTimestampTz(old->value[TC_fecha_limite_sla]) - now;

	/* Another target: anew from creation, with the pauses there were. */
	if (!DatumGetBool(DirectFunctionCall2Coll(texteq, DEFAULT_COLLATION_OID,
											  old->value[TC_prioridad], new->value[TC_prioridad])))
	{
		hours = hours_of(mesa, new);
		remaining += (hours - DatumGetInt32(old->value[TC_sla_horas])) * USECS_PER_HOUR;
		new->value[TC_sla_horas] = Int32GetDatum(hours);
	}

	/* A clock that has ended already, and goes on being so, is left alone. */
	if (clock == CLOCK_ENDS && !old->isnull[TC_sla_restante] && !old->isnull[TC_fecha_limite_sla])
	{
		set_clock(new, clock, DatumGetTimestampTz(old->value[TC_fecha_limite_sla])
				  - interval_usec(old->value[TC_sla_restante]), remaining);
		return;
	}
	set_clock(new, clock, now, remaining);
}
