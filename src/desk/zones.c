/*-------------------------------------------------------------------------
 *
 * zones.c
 *	  Time zones, which the tables of a desk hold as names.
 *
 * The server takes POSIX specifications for zones as well, in which UTC-5 is
 * five hours *ahead* of UTC: whoever writes one in a table means the opposite.
 * So a zone is written by a name of pg_timezone_names, and read leniently:
 * what stands in a table may come from before this rule, or from a server
 * with other zones.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_tg_zone);

#define ZONE_COLUMN "zona_horaria"
#define ZONE_HINT "It takes a full name of pg_timezone_names, such as America/Bogota."

pg_tz *
tsm_zone_of(const char *name)
{
	pg_tz	   *zone = pg_tzset(name);

	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 zone == NULL ? errmsg("time zone \"%s\" not recognized", name) :
				 errmsg("time zone \"%s\" appears to use leap seconds", name),
				 errhint(ZONE_HINT)));
	return zone;
}

/* Of these the server has files, whatever their digits look like. */
static const char *const names_with_digits[] = {"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "GMT0", "GMT+0", "GMT-0"};

/*
 * Is a zone that the server knows a name, in any case, not a specification?  Such
 * a one has an offset, in digits, and few names have any.  (To look for it among
 * the server's files takes long, and fails where one of them is a link to none.)
 */
static bool
is_name(const char *name)
{
	int			hours;
	char		more;

	if (strpbrk(name, "0123456789") == NULL)
		return true;
	for (int i = 0; i < (int) lengthof(names_with_digits); i++)
		if (pg_strcasecmp(name, names_with_digits[i]) == 0)
			return true;
	return pg_strncasecmp(name, "Etc/GMT", strlen("Etc/GMT")) == 0 &&
		sscanf(name + strlen("Etc/GMT"), "%d%c", &hours, &more) == 1 && hours >= -14 && hours <= 12;
}

/* Column zona_horaria of a row, NULL if null. */
static char *
zone_column(const TriggerData *trigger, HeapTuple row)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);

	return SPI_getvalue(row, desc, SPI_fnumber(desc, ZONE_COLUMN));
}

/* A zone that is written, or changed, must be a name. */
Datum
tsm_tg_zone(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		update;
	char	   *zone;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER INSERT or UPDATE for each row", "tg_zone")));
	update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	zone = zone_column(trigger, update ? trigger->tg_newtuple : trigger->tg_trigtuple);
	if (zone == NULL)
		return PointerGetDatum(NULL);
	if (update)
	{
		char	   *before = zone_column(trigger, trigger->tg_trigtuple);

		if (before != NULL && strcmp(before, zone) == 0)
			return PointerGetDatum(NULL);
	}
	(void) tsm_zone_of(zone);
	if (!is_name(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" is not a name", zone),
				 errdetail("The server reads it as a POSIX specification, whose sign is the opposite of what is usual: "
						   "UTC-5 is five hours ahead of UTC."),
				 errhint(ZONE_HINT)));
	return PointerGetDatum(NULL);
}
