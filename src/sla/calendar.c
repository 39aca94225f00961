/*-------------------------------------------------------------------------
 *
 * calendar.c
 *	  Arithmetic of business time.  No SQL, no catalogs, no globals.
 *
 * A calendar is open in intervals [from, to) of the wall clock of its zone: by
 * the day of the week, and on special days by hours of their own.  A boundary
 * that the clock skips is the instant of the skip; one that it shows twice is
 * the second time.
 *
 * Two observations make this exact and cheap.
 *
 * On the wall clock alone the open time up to w is a closed formula: whole
 * weeks, a prefix sum over the week, and a prefix sum of what the special days
 * before w add or take.  So is its inverse.  Neither steps through days.
 *
 * Between two changes of the zone's offset wall clock and time differ by a
 * constant, so the formula holds there.  What it does not hold for is the
 * time before the clocks go back over which they will go again: a boundary on
 * it means the second time, so during the first nothing opens or closes, and
 * all of it is like the moment just before the wall clock that is gone back to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"

#include "sla/sla.h"

/* A Monday on the axis of Timestamp: 2000-01-03. */
#define MONDAY		(2 * USECS_PER_DAY)
#define USECS_PER_WEEK	(7 * USECS_PER_DAY)

#define UNIX_EPOCH	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* No offset of any zone, POSIX ones included, is as much as this. */
#define LARGEST_OFFSET	(8 * USECS_PER_DAY)

/* The longest stretch that is computed at once, so that sums do not overflow. */
#define LONGEST_STRETCH (INT64CONST(36525000) * USECS_PER_DAY)

/* An open interval of a day or week, and the open time of it before this one. */
typedef struct Segment
{
	int64		from;
	int64		to;
	int64		before;
} Segment;

typedef struct Special
{
	int64		start;			/* its midnight on the wall clock */
	int64		open;			/* open time of the day */
	int64		shift;			/* of this and earlier ones: own hours less the week's */
	int64		before;			/* open time up to its start */
	int			first;			/* of its segments */
	int			count;
} Special;

struct TsmCalendar
{
	pg_tz	   *zone;
	int64		week_open;		/* open time of a week */
	int			nweek;
	Segment    *week;			/* since Monday's midnight */
	int			nspecial;
	Special    *special;
	Segment    *special_segment;	/* since the day's midnight */
};

/* A stretch of time in which the zone's offset stays. */
typedef struct Period
{
	int64		end;			/* or PG_INT64_MAX */
	int64		fold;			/* from here to end the wall clock is gone over again later */
	int64		offset;			/* wall clock less time */
	int64		next_offset;	/* from end on */
} Period;

static int64
floor_div(int64 a, int64 b)
{
	int64		q = a / b;

	return a % b < 0 ? q - 1 : q;
}

/* ----------------------------------------------------------------
 * The wall clock
 * ----------------------------------------------------------------
 */

/* Open time within segments up to some point. */
static int64
open_before(const Segment *segment, int count, int64 point)
{
	int			low = 0;
	int			high = count;	/* of the first that begins at point or later */

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (segment[middle].from < point)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	segment += low - 1;
	return segment->before + Min(point, segment->to) - segment->from;
}

/* The first point with so much open time before it; there must be one. */
static int64
point_of(const Segment *segment, int count, int64 open)
{
	int			low = 0;
	int			high = count - 1;	/* the last with less before it */

	while (low < high)
	{
		int			middle = (low + high + 1) / 2;

		if (segment[middle].before < open)
			low = middle;
		else
			high = middle - 1;
	}
	return segment[low].from + open - segment[low].before;
}

/* Open time between MONDAY and wall by the week alone. */
static int64
weekly_open(const TsmCalendar *cal, int64 wall)
{
	int64		week = floor_div(wall - MONDAY, USECS_PER_WEEK);

	return week * cal->week_open +
		open_before(cal->week, cal->nweek, wall - MONDAY - week * USECS_PER_WEEK);
}

/* Number of special days that begin at or before wall. */
static int
specials_begun(const TsmCalendar *cal, int64 wall)
{
	int			low = 0;
	int			high = cal->nspecial;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (cal->special[middle].start <= wall)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Open time between MONDAY and wall, as if no special day came before MONDAY. */
static int64
wall_open(const TsmCalendar *cal, int64 wall)
{
	int			begun = specials_begun(cal, wall);
	const Special *last;

	if (begun == 0)
		return weekly_open(cal, wall);
	last = &cal->special[begun - 1];
	if (wall < last->start + USECS_PER_DAY)
		return last->before +
			open_before(cal->special_segment + last->first, last->count, wall - last->start);
	return weekly_open(cal, wall) + last->shift;
}

/* The first wall clock with so much open time before it; there must be one. */
static int64
wall_of(const TsmCalendar *cal, int64 open)
{
	int			low = 0;
	int			high = cal->nspecial;
	int64		week;

	/* the special days with less open time before them */
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (cal->special[middle].before < open)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0)
	{
		const Special *last = &cal->special[low - 1];

		if (open <= last->before + last->open)
			return last->start +
				point_of(cal->special_segment + last->first, last->count, open - last->before);
		open -= last->shift;
	}

	/* A full week's open time is reached in that week, not in the next. */
	week = floor_div(open - 1, cal->week_open);
	return MONDAY + week * USECS_PER_WEEK +
		point_of(cal->week, cal->nweek, open - week * cal->week_open);
}

/* The segments of a date, by its midnight; *origin is what they count from. */
static const Segment *
segments_of(const TsmCalendar *cal, int64 midnight, int *count, int64 *origin)
{
	int			begun = specials_begun(cal, midnight);
	int64		week;
	int64		day;
	int			first = 0;
	int			end;

	if (begun > 0 && cal->special[begun - 1].start == midnight)
	{
		*count = cal->special[begun - 1].count;
		*origin = midnight;
		return cal->special_segment + cal->special[begun - 1].first;
	}
	week = MONDAY + floor_div(midnight - MONDAY, USECS_PER_WEEK) * USECS_PER_WEEK;
	day = midnight - week;
	while (first < cal->nweek && cal->week[first].from < day)
		first++;
	for (end = first; end < cal->nweek && cal->week[end].from < day + USECS_PER_DAY;)
		end++;
	*count = end - first;
	*origin = week;
	return cal->week + first;
}

/* ----------------------------------------------------------------
 * The zone
 * ----------------------------------------------------------------
 */
static int64
from_unix(pg_time_t seconds)
{
	if (seconds - UNIX_EPOCH >= PG_INT64_MAX / USECS_PER_SEC)
		return PG_INT64_MAX;
	return (seconds - UNIX_EPOCH) * USECS_PER_SEC;
}

/* The period that an instant lies in. */
static void
find_period(pg_tz *zone, int64 at, Period *period)
{
	pg_time_t	seconds = floor_div(at, USECS_PER_SEC) + UNIX_EPOCH;
	pg_time_t	boundary;
	long int	before;
	long int	after;
	int			isdst;
	int			found;

	found = pg_next_dst_boundary(&seconds, &before, &isdst, &boundary, &after, &isdst, zone);
	if (found == 0)
	{
		/* at the end of the 400 years that repeat it sees no other change */
		seconds++;
		found = pg_next_dst_boundary(&seconds, &before, &isdst, &boundary, &after, &isdst, zone);
	}
	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	period->offset = before * USECS_PER_SEC;
	period->next_offset = found > 0 ? after * USECS_PER_SEC : period->offset;
	period->end = found > 0 ? from_unix(boundary) : PG_INT64_MAX;
	period->fold = period->end;
	if (found > 0 && period->next_offset < period->offset)
		period->fold -= period->offset - period->next_offset;
}

/* The last instant up to which the clock shows no more than wall. */
static int64
instant_of(pg_tz *zone, int64 wall)
{
	int64		at = wall - LARGEST_OFFSET;
	int64		result = at;

	while (at <= wall + LARGEST_OFFSET)
	{
		Period		period;

		find_period(zone, at, &period);
		if (wall - period.offset >= at)
			result = Min(wall - period.offset, period.end);
		at = period.end;
	}
	return result;
}

/* ----------------------------------------------------------------
 * Time
 * ----------------------------------------------------------------
 */

/*
 * Go from an instant to where the calendar has been open for amount since, but
 * not beyond until.  Returns where that is; *amount is what is still missing.
 */
static int64
advance(const TsmCalendar *cal, int64 from, int64 until, int64 *amount)
{
	Period		period = {0};
	int64		at = from;

	period.end = PG_INT64_MIN;
	while (at < until)
	{
		int64		stop = until / 2 - at / 2 > LONGEST_STRETCH / 2 ? at + LONGEST_STRETCH : until;
		int64		open;
		int64		start = 0;
		bool		repeated;

		CHECK_FOR_INTERRUPTS();
		if (at >= period.end)
			find_period(cal->zone, at, &period);
		repeated = at >= period.fold;
		stop = Min(stop, repeated ? period.end : period.fold);

		if (repeated)
		{
			int64		last = period.end + period.next_offset;

			open = wall_open(cal, last) > wall_open(cal, last - 1) ? stop - at : 0;
		}
		else
		{
			start = wall_open(cal, at + period.offset);
			open = wall_open(cal, stop + period.offset) - start;
		}
		if (*amount <= open)
		{
			at = repeated ? at + *amount : wall_of(cal, start + *amount) - period.offset;
			*amount = 0;
			return at;
		}
		*amount -= open;
		at = stop;
	}
	return at;
}

static void
check_finite(TimestampTz when)
{
	if (TIMESTAMP_NOT_FINITE(when))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("business time has no meaning for an infinite time")));
}

tsm_noreturn static void
out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("business time out of range")));
}

/* Beyond this the calendar is closed for ever. */
static int64
end_of_opening(const TsmCalendar *cal, int64 from)
{
	int64		end;

	if (cal->week_open > 0)
		return END_TIMESTAMP;
	if (cal->nspecial == 0)
		return from;
	end = cal->special[cal->nspecial - 1].start + USECS_PER_DAY + LARGEST_OFFSET;
	return Max(end, from);
}

/*
 * The earliest instant at which the calendar has been open for usec since
 * from; for 0, from itself when it is open or just closing, or the next
 * opening.
 */
TimestampTz
tsm_calendar_add(const TsmCalendar *cal, TimestampTz from, int64 usec)
{
	int64		amount = usec;
	int64		result;

	check_finite(from);
	if (usec < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a length of business time cannot be negative")));
	if (cal == NULL)
	{
		if (pg_add_s64_overflow(from, usec, &result) || !IS_VALID_TIMESTAMP(result))
			out_of_range();
		return result;
	}

	if (usec == 0)
	{
		/* Whether it was open just before tells closing from closed. */
		amount = 1;
		result = advance(cal, from - 1, end_of_opening(cal, from), &amount);
		if (amount == 0 && result != from)
			result--;
	}
	else
		result = advance(cal, from, end_of_opening(cal, from), &amount);
	if (amount > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the calendar is not open for long enough"),
				 cal->week_open > 0 ?
				 errdetail("So much business time is not reached within the range of timestamps.") :
				 errdetail("So much business time is not reached before it closes for ever.")));
	if (!IS_VALID_TIMESTAMP(result))
		out_of_range();
	return result;
}

/* How long the calendar is open between two times; negative if to < from. */
int64
tsm_calendar_open_time(const TsmCalendar *cal, TimestampTz from, TimestampTz to)
{
	int64		amount = PG_INT64_MAX;

	check_finite(from);
	check_finite(to);
	if (cal == NULL)			/* or the difference would have been it */
		out_of_range();
	if (to < from)
		return -tsm_calendar_open_time(cal, to, from);
	(void) advance(cal, from, to, &amount);
	if (amount == 0)
		out_of_range();
	return PG_INT64_MAX - amount;
}

/* ----------------------------------------------------------------
 * Business days
 * ----------------------------------------------------------------
 */

/* Whether something opens on a date; skips is the next that ends in it or later. */
static bool
opens_on(const TsmCalendar *cal, int64 midnight, const Period *skip)
{
	int64		origin;
	int			count;
	const Segment *segment = segments_of(cal, midnight, &count, &origin);

	if (count == 0)
		return false;
	if (skip->end == PG_INT64_MAX || skip->end + skip->offset >= midnight + USECS_PER_DAY)
		return true;
	for (int i = 0; i < count; i++)
		if (instant_of(cal->zone, origin + segment[i].from) < instant_of(cal->zone, origin + segment[i].to))
			return true;
	return false;
}

/* Go on to the next time the clock goes forward, unless this one ends after midnight. */
static void
next_skip(pg_tz *zone, int64 midnight, Period *skip)
{
	while (skip->end != PG_INT64_MAX &&
		   (skip->next_offset <= skip->offset || skip->end + skip->next_offset <= midnight))
	{
		CHECK_FOR_INTERRUPTS();
		find_period(zone, skip->end, skip);
	}
}

/*
 * The open time between from (or the next opening) and the same time of day on
 * the days'th following date on which something opens.
 */
int64
tsm_calendar_days(const TsmCalendar *cal, TimestampTz from, int days)
{
	TimestampTz start = tsm_calendar_add(cal, from, 0);
	Period		skip;
	int64		wall;
	int64		midnight;
	int64		time_of_day;

	if (days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of business days must be at least 1")));
	if (cal == NULL)
		return days * USECS_PER_DAY;
	/* of arguments that is known; a policy without its CHECK may have any number */
	if (days > TSM_MOST_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%d business days are too many", days),
				 errdetail("No more than %d are counted.", TSM_MOST_DAYS)));

	find_period(cal->zone, start, &skip);
	wall = start + skip.offset;
	midnight = floor_div(wall, USECS_PER_DAY) * USECS_PER_DAY;
	time_of_day = wall - midnight;
	if (time_of_day == 0 && tsm_calendar_elapsed(cal, start, start + 1) == 0)
	{
		/* it has closed at the 24:00 of a date, not on the next one */
		midnight -= USECS_PER_DAY;
		time_of_day = USECS_PER_DAY;
	}
	while (days > 0)
	{
		CHECK_FOR_INTERRUPTS();
		midnight += USECS_PER_DAY;
		if (midnight >= end_of_opening(cal, start) - LARGEST_OFFSET)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the calendar is not open on enough days")));
		next_skip(cal->zone, midnight, &skip);
		if (opens_on(cal, midnight, &skip))
			days--;
	}
	return tsm_calendar_elapsed(cal, start, instant_of(cal->zone, midnight + time_of_day));
}

/* When that time is over. */
static TimestampTz
days_after(const TsmCalendar *cal, TimestampTz from, int days)
{
	return tsm_calendar_add(cal, from, tsm_calendar_days(cal, from, days));
}

/* The later one begins, the later it is over: so the last that is over by then is found by halving. */
TimestampTz
tsm_calendar_days_before(const TsmCalendar *cal, TimestampTz when, int days)
{
	int64		step = days * USECS_PER_DAY;
	TimestampTz later = when;
	TimestampTz sooner = when - step;

	while (days_after(cal, sooner, days) > when)
	{
		CHECK_FOR_INTERRUPTS();
		if (sooner < when - 2 * TSM_MOST_DAYS * USECS_PER_DAY)
			return DT_NOBEGIN;
		later = sooner;
		step *= 2;
		sooner -= step;
	}
	while (later - sooner > 1)
	{
		TimestampTz middle = sooner + (later - sooner) / 2;

		CHECK_FOR_INTERRUPTS();
		if (days_after(cal, middle, days) > when)
			later = middle;
		else
			sooner = middle;
	}
	return sooner;
}

int64
tsm_calendar_to_close(const TsmCalendar *cal, TimestampTz from, int64 usec)
{
	TimestampTz until = tsm_calendar_add(cal, from, usec);
	Period		skip;
	int64		midnight;

	/* the date of the last open moment: what closes at 24:00 does not close on the next one */
	find_period(cal->zone, until - 1, &skip);
	midnight = (floor_div(until - 1 + skip.offset, USECS_PER_DAY) + 1) * USECS_PER_DAY;
	return usec + Max(0, tsm_calendar_elapsed(cal, until, instant_of(cal->zone, midnight)));
}

/* ----------------------------------------------------------------
 * Making a calendar
 * ----------------------------------------------------------------
 */
static int
compare_hours(const void *a, const void *b)
{
	const TsmHours *x = (const TsmHours *) a;
	const TsmHours *y = (const TsmHours *) b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static TsmHours *
sorted(const TsmHours *hours, int count)
{
	TsmHours   *copy = palloc(Max(count, 1) * sizeof(TsmHours));

	if (count > 0)
	{
		memcpy(copy, hours, count * sizeof(TsmHours));
		qsort(copy, count, sizeof(TsmHours), compare_hours);
	}
	return copy;
}

/* Append an interval to count others; what they cover already counts once. */
static int
append_segment(Segment *segment, int count, int64 from, int64 to)
{
	if (count > 0)
		from = Max(from, segment[count - 1].to);
	if (from >= to)
		return count;
	segment[count].from = from;
	segment[count].to = to;
	segment[count].before = count > 0 ?
		segment[count - 1].before + segment[count - 1].to - segment[count - 1].from : 0;
	return count + 1;
}

static int64
total(const Segment *segment, int count)
{
	return count > 0 ? segment[count - 1].before + segment[count - 1].to - segment[count - 1].from : 0;
}

static void
make_week(TsmCalendar *cal, const TsmHours *week, int nweek)
{
	TsmHours   *hours = sorted(week, nweek);

	cal->week = palloc(Max(nweek, 1) * sizeof(Segment));
	for (int i = 0; i < nweek; i++)
	{
		int64		midnight = (hours[i].day - 1) * USECS_PER_DAY;

		cal->nweek = append_segment(cal->week, cal->nweek, midnight + hours[i].from * USECS_PER_SEC,
									midnight + hours[i].to * USECS_PER_SEC);
	}
	cal->week_open = total(cal->week, cal->nweek);
	pfree(hours);
}

static void
make_specials(TsmCalendar *cal, const TsmHours *special, int nspecial)
{
	TsmHours   *hours = sorted(special, nspecial);
	int64		shift = 0;
	int			segments = 0;

	cal->special = palloc(Max(nspecial, 1) * sizeof(Special));
	cal->special_segment = palloc(Max(nspecial, 1) * sizeof(Segment));
	for (int i = 0; i < nspecial;)
	{
		Special    *day = &cal->special[cal->nspecial++];
		int			date = hours[i].day;

		day->start = date * USECS_PER_DAY;
		day->first = segments;
		day->count = 0;
		for (; i < nspecial && hours[i].day == date; i++)
			day->count = append_segment(cal->special_segment + day->first, day->count,
										hours[i].from * USECS_PER_SEC, hours[i].to * USECS_PER_SEC);
		segments += day->count;
		day->open = total(cal->special_segment + day->first, day->count);
		day->before = weekly_open(cal, day->start) + shift;
		shift += day->open - (weekly_open(cal, day->start + USECS_PER_DAY) - weekly_open(cal, day->start));
		day->shift = shift;
	}
	pfree(hours);
}

/*
 * Make a calendar in the current memory context.  week: day 1 (Monday) to 7,
 * special: day since 2000-01-01, closed where from = to; in any order.
 */
TsmCalendar *
tsm_calendar_make(pg_tz *zone, const TsmHours *week, int nweek, const TsmHours *special, int nspecial)
{
	TsmCalendar *cal = palloc0(sizeof(TsmCalendar));

	cal->zone = zone;
	make_week(cal, week, nweek);
	make_specials(cal, special, nspecial);
	return cal;
}
