/*-------------------------------------------------------------------------
 *
 * values.c
 *	  Values: comparing, printing, returning them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/datetime.h"

#include "base/base.h"

bool
tsm_is_uuid(const char *str)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(str) != strlen(form))
		return false;
	for (int i = 0; form[i] != '\0'; i++)
		if (form[i] == '-' ? str[i] != '-' : !isxdigit((unsigned char) str[i]))
			return false;
	return true;
}

int64
tsm_interval_usec(Datum value)
{
	Interval   *interval = DatumGetIntervalP(value);

	return interval->time + (interval->day + (int64) interval->month * DAYS_PER_MONTH) * USECS_PER_DAY;
}

char *
tsm_interval_string(Datum interval)
{
	struct pg_itm itm;
	char		str[MAXDATELEN + 1];

	if (tsm_special_interval(DatumGetIntervalP(interval), str))
		return pstrdup(str);
	interval2itm(*DatumGetIntervalP(interval), &itm);
	EncodeInterval(&itm, INTSTYLE_POSTGRES, str);
	return pstrdup(str);
}

char *
tsm_time_string(TimestampTz when)
{
	struct pg_tm tm;
	fsec_t		fsec;
	char		str[MAXDATELEN + 1];

	if (TIMESTAMP_NOT_FINITE(when))
	{
		EncodeSpecialTimestamp(when, str);
		return pstrdup(str);
	}
	if (timestamp2tm(when, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	tm.tm_isdst = 0;
	EncodeDateTime(&tm, fsec, true, 0, NULL, USE_XSD_DATES, str);
	return pstrdup(str);
}
