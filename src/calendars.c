/*-------------------------------------------------------------------------
 *
 * calendars.c
 *	  The calendars of a mesa, their versions, and the functions that ask them.
 *
 * What the tables calendario, horario and feriado say is copied to
 * calendario_version whenever it changes.  The rows of that are never changed,
 * so a ticket that keeps the id of one keeps its calendar, and what is read of
 * it here stays true for as long as the mesa is kept.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tsm_tg_calendar);
PG_FUNCTION_INFO_V1(tsm_fn_sla_sumar);
PG_FUNCTION_INFO_V1(tsm_fn_sla_transcurrido);
PG_FUNCTION_INFO_V1(tsm_fn_sla_dias);
PG_FUNCTION_INFO_V1(tsm_sla_tiempo);

/* The most business days that fn_sla_dias counts: a hundred years of them. */
#define MAX_DAYS 36500

typedef struct Version
{
	int			id;				/* hash key */
	const TsmCalendar *calendar;	/* NULL until read */
} Version;

struct TsmCalendars
{
	MemoryContext cxt;
	HTAB	   *versions;		/* filled as they are asked for */
	bool		named;			/* whether the rest has been read */
	TsmNameList names;
	int		   *current;		/* version of each name */
};

/* ----------------------------------------------------------------
 * Reading
 * ----------------------------------------------------------------
 */
struct TsmCalendars *
tsm_calendars_create(MemoryContext parent)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "ticket_sm calendars", ALLOCSET_SMALL_SIZES);
	struct TsmCalendars *calendars = MemoryContextAllocZero(cxt, sizeof(struct TsmCalendars));
	HASHCTL		ctl = {0};

	calendars->cxt = cxt;
	ctl.hcxt = cxt;
	ctl.keysize = sizeof(int);
	ctl.entrysize = sizeof(Version);
	calendars->versions = hash_create("ticket_sm calendar versions", 16, &ctl,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return calendars;
}

tsm_noreturn static void
corrupted(int version_id)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("calendar version %d is corrupted", version_id)));
}

/* Elements of an array in the first row of SPI_tuptable. */
static Datum *
elements(int attnum, Oid type, int16 len, bool byval, char align, bool **nulls, int *count)
{
	bool		isnull;
	Datum		array = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, attnum, &isnull);
	Datum	   *values;

	*count = -1;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(array), type, len, byval, align, &values, nulls, count);
	return values;
}

static int
seconds_of(Datum time, bool isnull)
{
	return isnull ? 0 : (int) (DatumGetTimeADT(time) / USECS_PER_SEC);
}

/* Hours from three arrays: days or dates, from, to. */
static TsmHours *
read_hours(int version_id, int attnum, bool dates, int *count)
{
	bool	   *no_day;
	bool	   *no_from;
	bool	   *no_to;
	int			nfrom;
	int			nto;
	Datum	   *day = dates ?
		elements(attnum, DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &no_day, count) :
		elements(attnum, INT2OID, sizeof(int16), true, TYPALIGN_SHORT, &no_day, count);
	Datum	   *from = elements(attnum + 1, TIMEOID, sizeof(TimeADT), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
								&no_from, &nfrom);
	Datum	   *to = elements(attnum + 2, TIMEOID, sizeof(TimeADT), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
							  &no_to, &nto);
	TsmHours   *hours;

	if (*count < 0 || *count != nfrom || *count != nto)
		corrupted(version_id);
	hours = palloc(Max(*count, 1) * sizeof(TsmHours));
	for (int i = 0; i < *count; i++)
	{
		if (no_day[i])
			corrupted(version_id);
		hours[i].day = dates ? DatumGetDateADT(day[i]) : DatumGetInt16(day[i]);
		hours[i].from = seconds_of(from[i], no_from[i]);
		hours[i].to = seconds_of(to[i], no_to[i]);
	}
	return hours;
}

/* The zone of that name; 22023 if the server has none that we could use. */
static pg_tz *
zone_of(const char *name)
{
	pg_tz	   *zone = pg_tzset(name);

	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 zone == NULL ? errmsg("time zone \"%s\" not recognized", name) :
				 errmsg("time zone \"%s\" appears to use leap seconds", name),
				 errhint("A calendar takes a full name of pg_timezone_names, such as America/Bogota.")));
	return zone;
}

/* Read a version into cxt; 22023 when its time zone is unknown. */
static const TsmCalendar *
read_version(const TsmMesa *mesa, int version_id, MemoryContext cxt)
{
	Datum		arg = Int32GetDatum(version_id);
	TsmHours   *week;
	TsmHours   *special;
	int			nweek;
	int			nspecial;
	pg_tz	   *zone;
	MemoryContext oldcxt;
	const TsmCalendar *calendar;

	tsm_read_latest(mesa, Q_CALENDAR_VERSION, &arg);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("there is no calendar version %d", version_id)));
	week = read_hours(version_id, 2, false, &nweek);
	special = read_hours(version_id, 5, true, &nspecial);
	zone = zone_of(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	oldcxt = MemoryContextSwitchTo(cxt);
	calendar = tsm_calendar_make(zone, week, nweek, special, nspecial);
	MemoryContextSwitchTo(oldcxt);
	return calendar;
}

const TsmCalendar *
tsm_calendar_of_version(const TsmMesa *mesa, int version_id)
{
	struct TsmCalendars *calendars = mesa->calendars;
	Version    *version = hash_search(calendars->versions, &version_id, HASH_FIND, NULL);
	const TsmCalendar *calendar;
	TsmIdentity saved;
	bool		found;

	if (version != NULL)
		return version->calendar;
	saved = tsm_enter(mesa);
	calendar = read_version(mesa, version_id, calendars->cxt);
	tsm_leave(saved);
	version = hash_search(calendars->versions, &version_id, HASH_ENTER, &found);
	version->calendar = calendar;
	return calendar;
}

/* The names of the calendars there are. */
static const TsmNameList *
calendar_names(const TsmMesa *mesa)
{
	struct TsmCalendars *calendars = mesa->calendars;
	MemoryContext oldcxt;
	TsmIdentity saved;
	TsmName    *item;
	int		   *current;
	int			count = 0;

	if (calendars->named)
		return &calendars->names;
	saved = tsm_enter(mesa);
	tsm_read_latest(mesa, Q_CALENDAR_NAMES, NULL);
	oldcxt = MemoryContextSwitchTo(calendars->cxt);
	item = palloc0(Max(SPI_processed, 1) * sizeof(TsmName));
	current = palloc(Max(SPI_processed, 1) * sizeof(int));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		bool		isnull;

		current[count] = DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
		if (isnull)				/* nobody wrote its version; fn_verificar tells why */
			continue;
		item[count].name = SPI_getvalue(row, SPI_tuptable->tupdesc, 1);
		item[count].folded = tsm_fold(item[count].name);
		item[count++].active = true;
	}
	MemoryContextSwitchTo(oldcxt);
	tsm_leave(saved);
	calendars->names.item = item;
	calendars->names.count = count;
	calendars->current = current;
	calendars->named = true;
	return &calendars->names;
}

/* The latest version of a calendar of calendar_names(). */
static int
current_version(const TsmMesa *mesa, const TsmName *name)
{
	return mesa->calendars->current[name - mesa->calendars->names.item];
}

const TsmCalendar *
tsm_calendar_current(const TsmMesa *mesa, const char *name, int *version_id)
{
	const TsmNameList *names = calendar_names(mesa);
	const TsmName *found = tsm_name_find(names, name);

	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("calendar \"%s\" does not exist", name),
				 errhint("Valid values: %s.", tsm_name_list(names))));
	*version_id = current_version(mesa, found);
	return tsm_calendar_of_version(mesa, *version_id);
}

/* ----------------------------------------------------------------
 * Writing versions
 * ----------------------------------------------------------------
 */

/* 23P01 when two rows of horario or feriado speak of the same time. */
static void
refuse_overlap(const TsmMesa *mesa)
{
	char	   *value[8];

	tsm_read_latest(mesa, Q_CALENDAR_OVERLAP, NULL);
	if (SPI_processed == 0)
		return;
	for (int i = 1; i <= 7; i++)
		value[i] = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i);
	ereport(ERROR,
			(errcode(ERRCODE_EXCLUSION_VIOLATION),
			 errmsg("hours of a calendar overlap"),
			 value[4] == NULL ?
			 errdetail("Table %s, calendar \"%s\", %s: closed, and open %s to %s.",
					   value[1], value[2], value[3], value[6], value[7]) :
			 errdetail("Table %s, calendar \"%s\", %s%s: %s to %s and %s to %s.",
					   value[1], value[2], strcmp(value[1], "horario") == 0 ? "day " : "", value[3],
					   value[4], value[5], value[6], value[7]),
			 errhint("Hours may touch, not overlap; a date is either closed or has hours.")));
}

/* Write the versions that are due, the only time they may be written. */
static void
write_versions(const TsmMesa *mesa)
{
	Datum		now = TimestampTzGetDatum(tsm_now());
	SPITupleTable *written;
	uint64		count;

	if (tsm_guarded_write(mesa, Q_CALENDAR_NEW_VERSIONS, &now, NULL, "calendario_version", 1) !=
		SPI_OK_INSERT_RETURNING)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("unexpected result of writing calendar versions")));

	/* What could not be read later is better refused now. */
	written = SPI_tuptable;
	count = SPI_processed;
	CommandCounterIncrement();
	for (uint64 i = 0; i < count; i++)
	{
		bool		isnull;

		(void) read_version(mesa,
							DatumGetInt32(SPI_getbinval(written->vals[i], written->tupdesc, 1, &isnull)),
							CurrentMemoryContext);
	}
}

/* After a statement on the tables that define calendars. */
Datum
tsm_tg_calendar(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const TsmMesa *mesa;
	TsmIdentity saved;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER a statement", "tg_calendar")));

	mesa = tsm_mesa_of_schema(RelationGetNamespace(trigger->tg_relation));

	/*
	 * One after the other, and with the newest snapshot: each sees what the
	 * one before has defined.
	 */
	LockRelationOid(mesa->calendar_relid, ShareRowExclusiveLock);
	CommandCounterIncrement();
	saved = tsm_enter(mesa);
	refuse_overlap(mesa);
	write_versions(mesa);
	tsm_leave(saved);
	return PointerGetDatum(NULL);
}

/* ----------------------------------------------------------------
 * Asking
 * ----------------------------------------------------------------
 */

/* Argument calendario: the latest version of that calendar. */
static const TsmCalendar *
arg_calendar(FunctionCallInfo fcinfo)
{
	const TsmMesa *mesa = tsm_mesa_current();
	const TsmName *name = tsm_arg_name(fcinfo, 0, "calendario", calendar_names(mesa), true);

	return tsm_calendar_of_version(mesa, current_version(mesa, name));
}

static void
bad_argument(const char *field, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("field \"%s\" has an invalid value", field),
			 errdetail("%s", detail),
			 hint != NULL ? errhint("%s", hint) : 0));
}

static TimestampTz
arg_time(FunctionCallInfo fcinfo, int argno, const char *field)
{
	TimestampTz when;

	if (PG_ARGISNULL(argno))
		tsm_missing_field(field);
	when = PG_GETARG_TIMESTAMPTZ(argno);
	if (TIMESTAMP_NOT_FINITE(when))
		bad_argument(field, "It is infinite.", NULL);
	return when;
}

Datum
tsm_fn_sla_sumar(PG_FUNCTION_ARGS)
{
	const TsmCalendar *calendar = arg_calendar(fcinfo);
	TimestampTz from = arg_time(fcinfo, 1, "desde");
	Interval   *length;

	if (PG_ARGISNULL(2))
		tsm_missing_field("duracion");
	length = PG_GETARG_INTERVAL_P(2);
	if (length->month != 0 || length->day != 0)
		bad_argument("duracion", "It has days or months, which are no length of business time.",
					 "Give hours, minutes and seconds; ticket_sm.fn_sla_dias() tells how long business days are.");
	if (length->time < 0)
		bad_argument("duracion", "It is negative.", NULL);
	PG_RETURN_TIMESTAMPTZ(tsm_calendar_add(calendar, from, length->time));
}

Datum
tsm_fn_sla_transcurrido(PG_FUNCTION_ARGS)
{
	const TsmCalendar *calendar = arg_calendar(fcinfo);
	TimestampTz from = arg_time(fcinfo, 1, "desde");
	TimestampTz to = arg_time(fcinfo, 2, "hasta");

	return tsm_interval(tsm_calendar_elapsed(calendar, from, to));
}

Datum
tsm_fn_sla_dias(PG_FUNCTION_ARGS)
{
	const TsmCalendar *calendar = arg_calendar(fcinfo);
	TimestampTz from = arg_time(fcinfo, 1, "desde");
	int			days;

	if (PG_ARGISNULL(2))
		tsm_missing_field("dias");
	days = PG_GETARG_INT32(2);
	if (days < 1 || days > MAX_DAYS)
		bad_argument("dias", psprintf("It is %d; 1 to %d are allowed.", days, MAX_DAYS), NULL);
	return tsm_interval(tsm_calendar_days(calendar, from, days));
}

Datum
tsm_sla_tiempo(PG_FUNCTION_ARGS)
{
	const TsmCalendar *calendar = NULL;

	if (PG_ARGISNULL(0))
		tsm_missing_field("mesa");
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
		calendar = tsm_calendar_of_version(tsm_mesa_of_ticket(get_rel_namespace(PG_GETARG_OID(0)),
															  PG_GETARG_OID(0)),
										   PG_GETARG_INT32(1));
	return tsm_interval(tsm_calendar_elapsed(calendar, PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_TIMESTAMPTZ(3)));
}
