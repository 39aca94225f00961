/*-------------------------------------------------------------------------
 *
 * label.c
 *	  Gap-free labels.
 *
 * The counter is a row of the table contador for each year, locked from the
 * moment a number is drawn to the end of the transaction: a rollback gives the
 * number back, and the next one waits to learn which it is.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Statement triggers of the counter that our own statement is about to fire. */
static int	permits = 0;

bool
tsm_label_permit(void)
{
	if (permits == 0)
		return false;
	permits--;
	return true;
}

static int
year_of(const TsmMesa *mesa, TimestampTz when)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (timestamp2tm(when, &tz, &tm, &fsec, NULL, mesa->timezone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return tm.tm_year;
}

/*
 * Run a query on the counter, the only time it may be written.  Returns what
 * it is then, -1 if the year has no counter yet.
 */
static int64
count(const TsmMesa *mesa, TsmQuery query, int year)
{
	Datum		arg = Int32GetDatum(year);
	volatile int64 number = -1;

	/* ON CONFLICT DO UPDATE fires those of INSERT and of UPDATE */
	permits = query == Q_COUNTER_FIRST ? 2 : 1;
	PG_TRY();
	{
		int			rc = SPI_execute_plan(tsm_plan(mesa, query), &arg, NULL, false, 0);

		if (rc != SPI_OK_INSERT_RETURNING && rc != SPI_OK_UPDATE_RETURNING)
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("unexpected result of drawing a label: %s",
							SPI_result_code_string(rc))));
		if (SPI_processed == 1)
		{
			bool		isnull;

			number = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
												 SPI_tuptable->tupdesc, 1, &isnull));
		}
	}
	PG_FINALLY();
	{
		permits = 0;
	}
	PG_END_TRY();
	return number;
}

text *
tsm_label_draw(const TsmMesa *mesa, TimestampTz *now)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(mesa);
	char	   *label;
	text	   *result;
	int64		number;
	int			year;

	/*
	 * While we waited for the counter the year may have ended.  The number is
	 * ours until we commit, so it can be given back.
	 */
	year = year_of(mesa, tsm_now());
	for (;;)
	{
		int			year_now;

		number = count(mesa, Q_COUNTER_NEXT, year);
		if (number < 0)			/* the year's first; somebody else may be faster */
			number = count(mesa, Q_COUNTER_FIRST, year);
		*now = tsm_now();
		year_now = year_of(mesa, *now);
		if (year_now == year)
			break;
		count(mesa, Q_COUNTER_BACK, year);
		year = year_now;
		CHECK_FOR_INTERRUPTS();
	}

	label = psprintf("%s-%04d-%0*lld", mesa->label_prefix, year,
					 mesa->label_digits, (long long) number);
	MemoryContextSwitchTo(cxt);
	result = cstring_to_text(label);
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	return result;
}
