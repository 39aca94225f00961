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

/* Is it in pg_timezone_names, in any case? */
static bool
is_full_name(const char *name)
{
	pg_tzenum  *names = pg_tzenumerate_start();
	pg_tz	   *zone;
	bool		found = false;

	while (!found && (zone = pg_tzenumerate_next(names)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		found = pg_strcasecmp(pg_get_timezone_name(zone), name) == 0;
	}
	pg_tzenumerate_end(names);
	return found;
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
	if (!is_full_name(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" is not a name", zone),
				 errdetail("The server reads it as a POSIX specification, whose sign is the opposite of what is usual: "
						   "UTC-5 is five hours ahead of UTC."),
				 errhint(ZONE_HINT)));
	return PointerGetDatum(NULL);
}
