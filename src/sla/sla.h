/*-------------------------------------------------------------------------
 *
 * sla.h
 *	  Business time, policies, and the SLA clock of a ticket.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_SLA_H
#define TSM_SLA_H

#include "common/int.h"
#include "desk/desk.h"

/* ----------------------------------------------------------------
 * calendar.c: arithmetic of business time.
 *
 * A calendar is open in intervals of the wall clock of its zone.  NULL stands
 * for one that is open round the clock.
 * ----------------------------------------------------------------
 */
typedef struct TsmCalendar TsmCalendar;

/* Hours of a day: seconds since midnight, 0 to 86400. */
typedef struct TsmHours
{
	int			day;			/* of the week, 1 Monday; or since 2000-01-01 */
	int			from;
	int			to;				/* as from: closed */
} TsmHours;

extern TsmCalendar *tsm_calendar_make(pg_tz *zone, const TsmHours *week, int nweek,
									  const TsmHours *special, int nspecial);

/* The earliest time at which it has been open for usec since from. */
extern TimestampTz tsm_calendar_add(const TsmCalendar *cal, TimestampTz from, int64 usec);

/* How long it is open between two times; negative when to < from. */
extern int64 tsm_calendar_open_time(const TsmCalendar *cal, TimestampTz from, TimestampTz to);

static inline int64
tsm_calendar_elapsed(const TsmCalendar *cal, TimestampTz from, TimestampTz to)
{
	int64		result;

	/* most desks are open round the clock */
	if (cal == NULL && !TIMESTAMP_NOT_FINITE(from) && !TIMESTAMP_NOT_FINITE(to) && !pg_sub_s64_overflow(to, from, &result))
		return result;
	return tsm_calendar_open_time(cal, from, to);
}

/* The most business days that are counted, one by one: a hundred years of them. */
#define TSM_MOST_DAYS 36500

/* Open time from from (or the next opening) to the same time days open dates on; 55000 if those are too many. */
extern int64 tsm_calendar_days(const TsmCalendar *cal, TimestampTz from, int days);

/* The latest time whose days'th open date, as above, is over by when; DT_NOBEGIN if there is none. */
extern TimestampTz tsm_calendar_days_before(const TsmCalendar *cal, TimestampTz when, int days);

/* Open time from from to the last closing of the date on which usec of it are over. */
extern int64 tsm_calendar_to_close(const TsmCalendar *cal, TimestampTz from, int64 usec);

/* ----------------------------------------------------------------
 * calendar_versions.c: the calendars of a desk, and their versions.
 * ----------------------------------------------------------------
 */

/* The version with this id; XX001 if there is none. */
extern const TsmCalendar *tsm_calendar_of_version(const TsmDesk *desk, int version_id);

/*
 * The latest version of a calendar, by name in any case; 22023 if there is none.
 * hold: nobody replaces it before the end of the transaction, so that a ticket
 * may be given it.
 */
extern const TsmCalendar *tsm_calendar_current(const TsmDesk *desk, const char *name, bool hold, int *version_id);

/* A ticket is given a version that is held: it stays. */
extern void tsm_calendar_give(const TsmDesk *desk, int version_id, Datum ticket_uuid);

/* Has the transaction given any?  It, or a subtransaction, is rolled back; and it ends. */
extern bool tsm_calendars_given;
extern void tsm_calendars_rolled_back(void);

static inline void
tsm_calendars_settled(void)
{
	tsm_calendars_given = false;
}

/*
 * The transaction has changed a calendar or a policy of a desk; and it ends:
 * 23514 when it commits a policy whose calendar has no hours.  Versions that no
 * ticket was given go, but for the latest.
 */
extern void tsm_calendars_edited(const TsmDesk *desk);
extern void tsm_calendars_end(bool commit);

/* The schemas of such desks; with none there is nothing to end. */
extern List *tsm_edited_calendars;

/* The names of the calendars there are. */
extern const TsmNameList *tsm_calendar_names(const TsmDesk *desk);

/* ----------------------------------------------------------------
 * policy.c: which targets a ticket gets.
 * ----------------------------------------------------------------
 */

/* The policy that holds for a ticket as it is now, or NULL. */
extern const TsmPolicy *tsm_policy_find(const TsmDesk *desk, TsmTarget target, const TicketRow *row);

/* When to warn about a target given by this version of a policy (0: none). */
extern const TsmWarnings *tsm_policy_warnings(const TsmDesk *desk, int version_id);

/* ----------------------------------------------------------------
 * clock.c: the SLA clock.
 * ----------------------------------------------------------------
 */

/*
 * Something that came due: a warning, or with threshold 100 the breach.  Or
 * with threshold 0 that a breach is withdrawn, which was told of this deadline.
 */
typedef struct TsmDue
{
	TsmTarget	target;
	int			threshold;		/* percent of the target */
	TimestampTz deadline;
} TsmDue;

#define TSM_BREACH		100
#define TSM_WITHDRAWN	0
#define TSM_MAX_DUE		4

/* The events that a change makes: its own, and what came due around it. */
typedef struct TsmClockWork
{
	int			before;			/* so many of due precede the change's own */
	bool		own;			/* the change has an event of its own */
	int			count;
	TsmDue		due[TSM_MAX_DUE];
} TsmClockWork;

/*
 * Fill the SLA columns of new, which follows old (NULL: creation) by op at
 * now.  Called again with what it has filled, it finds nothing to change.
 * by_admin: the caller may have breaches withdrawn.
 */
extern void tsm_sla_fill(const TsmDesk *desk, TsmOperation op, bool by_admin, const TicketRow *old,
						 TicketRow *new, TimestampTz now, TsmClockWork *work);

/* Enter in a row that something came due; and which columns that sets. */
extern void tsm_sla_mark(TicketRow *row, const TsmDue *due);
extern uint64 tsm_sla_marked(const TsmDue *due);

/* The operation by which the history tells of it. */
static inline TsmOperation
tsm_sla_operation(const TsmDue *due)
{
	if (due->threshold == TSM_WITHDRAWN)
		return OP_RETIRAR;
	return due->threshold == TSM_BREACH ? OP_VENCER : OP_AVISAR;
}

/* What the clock of a ticket does, by its SLA columns. */
static inline TsmClock
tsm_sla_clock(const TicketRow *row)
{
	if (row->isnull[TC_fecha_limite_sla])
		return CLOCK_PAUSED;
	return row->isnull[TC_sla_restante] ? CLOCK_RUNS : CLOCK_ENDS;
}

/*
 * How far sla_orden, by which the queue finds a ticket, may lie before the
 * deadline.  The longer, the fewer pauses move an entry of its index; the
 * shorter, the fewer rows the queue reads and drops.
 */
#define TSM_ORDER_SLACK	USECS_PER_HOUR

/* Would the queue find a ticket with this deadline by this sla_orden? */
extern bool tsm_sla_order_fits(TimestampTz order, TimestampTz deadline);

/* A clock by its name in the tables. */
extern TsmClock tsm_clock_by_name(const char *name);

/*
 * The clock of a ticket replayed: fed with its events from the first on, it
 * tells where the deadline is.  A run is the time from one event on in which
 * the clock ran without a stop.
 */
typedef struct TsmReplay
{
	const TsmCalendar *calendar;
	int64		target;			/* open time, in microseconds */
	TsmClock	clock;			/* after the last event */
	TimestampTz run_start;		/* of the run that goes on */
	int64		spent;			/* in the runs before it */
	TimestampTz deadline;		/* meaningless while the clock is paused, unless late */
	bool		late;			/* a run before has ended past its deadline */
} TsmReplay;

extern void tsm_replay_start(TsmReplay *replay, const TsmCalendar *calendar, int64 target);
extern void tsm_replay_event(TsmReplay *replay, TsmClock clock, TimestampTz when);

/* XX001: events of a ticket are missing. */
tsm_noreturn extern void tsm_history_incomplete(const char *detail);

/* Open time spent up to now, the running run included. */
extern int64 tsm_replay_spent(const TsmReplay *replay, TimestampTz now);

/*
 * What is left of the resolution target of a ticket of this version, in open
 * time; negative when more than all is used up.  Of the row it wants its uuid
 * and what it holds of that target.
 */
extern int64 tsm_sla_left(const TsmDesk *desk, const TicketRow *row, int version, TimestampTz now);

#endif							/* TSM_SLA_H */
