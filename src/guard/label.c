/*-------------------------------------------------------------------------
 *
 * label.c
 *	  Gap-free labels.
 *
 * The last number of a year stands in a row of the table contador.  Whoever
 * draws takes a lock of the year and holds it to the end of the transaction: a
 * rollback gives the number back, and the next one waits to learn which it is.
 * The lock is not the row's own: those who wait for a row wake up twice for
 * each that goes before them, and look for the row anew.
 *
 * The commit of a transaction that has drawn is on disk before the lock is let
 * go and the ticket is seen, whatever synchronous_commit says: a label that
 * anybody could see is never given out again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "guard/guard.h"

/* A class of advisory locks of our own, out of reach of SQL's; lock_key()'s is 3. */
#define COUNTER_LOCK_CLASS 4

/* The number, and where the row lies now. */
#define NEXT_NUMBER "UPDATE @.contador SET ultimo = ultimo OPERATOR(pg_catalog.+) 1 WHERE anio" EQ "$1"
#define DRAWN " RETURNING ultimo, ctid"

static const TsmQuery q_next_number = {
	NEXT_NUMBER DRAWN,
	1, {INT4OID}, PLAN_ONCE
};

/* Where a user's trigger may change it: and the number that was there before. */
static const TsmQuery q_next_number_checked = {
	NEXT_NUMBER DRAWN ", (SELECT c.ultimo FROM @.contador c WHERE c.anio" EQ "$1)",
	1, {INT4OID}, PLAN_ONCE
};

/* The same where the row is known to lie. */
static const TsmQuery q_next_number_there = {
	NEXT_NUMBER " AND ctid" EQ "$2" DRAWN,
	2, {INT4OID, TIDOID}, PLAN_ONCE
};
static const TsmQuery q_next_number_there_checked = {
	NEXT_NUMBER " AND ctid" EQ "$2" DRAWN ", (SELECT c.ultimo FROM @.contador c WHERE c.ctid" EQ "$2)",
	2, {INT4OID, TIDOID}, PLAN_ONCE
};

static const TsmQuery q_first_number = {
	"INSERT INTO @.contador (anio, ultimo) VALUES ($1, 1)" DRAWN ", 0::pg_catalog.int8",
	1, {INT4OID}, PLAN_ONCE
};

/*
 * Where the last draw has left the row, which number it was, and whether the
 * one before it was ours as well: then the next one begins here.  Through the
 * index it would walk past the versions that we have left behind, of one
 * transaction all of them.  A wrong place does no harm, the row is not found
 * there.
 */
static ItemPointerData last_place;
static int64 last_number = 0;
static bool alone = false;

static int
year_of(const TsmDesk *desk, TimestampTz when)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (timestamp2tm(when, &tz, &tm, &fsec, NULL, desk->timezone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return tm.tm_year;
}

/*
 * Lock the current year, and return the time.  While we waited the year may
 * have ended.
 */
static int
lock_year(const TsmDesk *desk, TimestampTz *now)
{
	int			year = year_of(desk, tsm_now());

	for (;;)
	{
		LOCKTAG		tag;

		SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, desk->counter_relid, (uint32) year, COUNTER_LOCK_CLASS);
		(void) LockAcquire(&tag, ExclusiveLock, false, false);
		*now = tsm_now();
		if (year_of(desk, *now) == year)
			return year;
		(void) LockRelease(&tag, ExclusiveLock, false);
		year = year_of(desk, *now);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
refuse_number(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_GENERATED_ALWAYS),
			 errmsg("a trigger has %s the number of a label", what),
			 errhint("See the triggers that were added to table contador.")));
}

/* Run one of the queries; the number it has drawn, 0 if the row was not there. */
static int64
draw(const TsmDesk *desk, const TsmQuery *query, int year)
{
	Datum		args[2] = {Int32GetDatum(year), PointerGetDatum(&last_place)};
	bool		isnull;
	HeapTuple	row;
	int64		number;

	if (tsm_guarded_write(desk, query, args, NULL, TABLE_contador) < 0)
		elog(ERROR, "unexpected result of drawing a label");
	if (SPI_processed != 1)
		return 0;
	row = SPI_tuptable->vals[0];
	number = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
	last_place = *(ItemPointer) DatumGetPointer(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
	if (SPI_tuptable->tupdesc->natts > 2 &&
		number != DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &isnull)) + 1)
		refuse_number("changed");
	alone = number == last_number + 1;
	last_number = number;
	return number;
}

static int64
next_number(const TsmDesk *desk, int year)
{
	bool		checked = tsm_runs_user_code(desk);
	int64		number = 0;

	if (alone)
		number = draw(desk, checked ? &q_next_number_there_checked : &q_next_number_there, year);
	if (number == 0)
		number = draw(desk, checked ? &q_next_number_checked : &q_next_number, year);
	if (number == 0)
		number = draw(desk, &q_first_number, year);
	if (number == 0)
		refuse_number("suppressed");
	return number;
}

text *
tsm_label_draw(const TsmDesk *desk, TimestampTz *now)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved;
	int64		number;
	int			year = lock_year(desk, now);

	ForceSyncCommit();
	saved = tsm_enter(desk);
	number = next_number(desk, year);
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	return cstring_to_text(psprintf("%s-%04d-%0*lld", desk->label_prefix, year,
									desk->label_digits, (long long) number));
}
