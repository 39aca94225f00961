/*-------------------------------------------------------------------------
 *
 * calendar_versions.c
 *	  The calendars of a desk, and their versions.
 *
 * What the tables calendario, horario and feriado say is copied to
 * calendario_version whenever it changes.  The rows of that are never changed,
 * so a ticket that keeps the id of one keeps its calendar, and what is read of
 * it here stays true for as long as the desk is kept.
 *
 * But they go when they are the latest no more and no ticket was given them.
 * Who gives a ticket a version that nobody was given yet holds it, by a lock,
 * until the end of the transaction, and enters it in calendario_uso.  That is
 * a row for each such transaction, so that none of them waits for another.
 * An editor looks when its transaction ends: what is held then stays, to go
 * with a later edit, and those who want to hold what it takes away wait for no
 * more than its commit, and take what has come instead.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/date.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "sla/sla.h"

PG_FUNCTION_INFO_V1(tsm_tg_calendar);

/* The calendars there are, each with its latest version. */
static const TsmQuery q_calendar_names = {
	"SELECT c.nombre, (SELECT v.version_id FROM @.calendario_version v"
	"  WHERE v.calendario" EQ "c.nombre ORDER BY v.version DESC LIMIT 1)"
	" FROM @.calendario c ORDER BY c.nombre",
	0, {0}, PLAN_AS_NEEDED
};

static const TsmQuery q_calendar_version = {
	"SELECT v.zona_horaria, v.dia, v.desde, v.hasta, v.feriado, v.feriado_desde, v.feriado_hasta"
	" FROM @.calendario_version v WHERE v.version_id" EQ "$1",
	1, {INT4OID}, PLAN_AS_NEEDED
};

/* Two of a calendar's rows that say something about the same time. */
static const TsmQuery q_calendar_overlap = {
	"SELECT 'horario', h.calendario, h.dia::pg_catalog.text,"
	" h.desde, h.hasta, o.desde, o.hasta"
	" FROM @.horario h JOIN @.horario o ON o.calendario" EQ "h.calendario AND o.dia" EQ "h.dia"
	" AND o.desde OPERATOR(pg_catalog.>) h.desde AND o.desde OPERATOR(pg_catalog.<) h.hasta"
	" UNION ALL SELECT 'feriado', f.calendario, f.fecha::pg_catalog.text,"
	" f.desde, f.hasta, o.desde, o.hasta"
	" FROM @.feriado f JOIN @.feriado o ON o.calendario" EQ "f.calendario AND o.fecha" EQ "f.fecha"
	" AND (f.desde IS NULL AND o.desde IS NOT NULL"
	"  OR o.desde OPERATOR(pg_catalog.>) f.desde AND o.desde OPERATOR(pg_catalog.<) f.hasta)"
	" ORDER BY 1, 2, 3, 4, 6 LIMIT 1",
	0, {0}, PLAN_AS_NEEDED
};

/* A version of every calendar that is not as its latest one says. */
static const TsmQuery q_calendar_new_versions = {
	"INSERT INTO @.calendario_version (calendario, version, vigente_desde, zona_horaria,"
	" dia, desde, hasta, feriado, feriado_desde, feriado_hasta)"
	" SELECT c.nombre, COALESCE(v.version, 0) OPERATOR(pg_catalog.+) 1, $1, c.zona_horaria,"
	" h.dia, h.desde, h.hasta, f.fecha, f.desde, f.hasta"
	" FROM @.calendario c"
	" CROSS JOIN LATERAL (SELECT"
	"  COALESCE(pg_catalog.array_agg(h.dia ORDER BY h.dia, h.desde), '{}') AS dia,"
	"  COALESCE(pg_catalog.array_agg(h.desde ORDER BY h.dia, h.desde), '{}') AS desde,"
	"  COALESCE(pg_catalog.array_agg(h.hasta ORDER BY h.dia, h.desde), '{}') AS hasta"
	"  FROM @.horario h WHERE h.calendario" EQ "c.nombre) AS h"
	" CROSS JOIN LATERAL (SELECT"
	"  COALESCE(pg_catalog.array_agg(f.fecha ORDER BY f.fecha, f.desde), '{}') AS fecha,"
	"  COALESCE(pg_catalog.array_agg(f.desde ORDER BY f.fecha, f.desde), '{}') AS desde,"
	"  COALESCE(pg_catalog.array_agg(f.hasta ORDER BY f.fecha, f.desde), '{}') AS hasta"
	"  FROM @.feriado f WHERE f.calendario" EQ "c.nombre) AS f"
	" LEFT JOIN LATERAL (SELECT v.* FROM @.calendario_version v WHERE v.calendario" EQ "c.nombre"
	"  ORDER BY v.version DESC LIMIT 1) AS v ON true"
	" WHERE (v.version_id IS NULL OR NOT (v.zona_horaria" EQ "c.zona_horaria"
	"  AND v.dia" EQ "h.dia AND v.desde" EQ "h.desde AND v.hasta" EQ "h.hasta"
	"  AND v.feriado" EQ "f.fecha AND v.feriado_desde" EQ "f.desde AND v.feriado_hasta" EQ "f.hasta))"
	/* while foreign keys carry another name on, hours and holidays are those of none */
	" AND NOT EXISTS (SELECT FROM @.horario o WHERE o.calendario OPERATOR(pg_catalog.<>) ALL (SELECT n.nombre FROM @.calendario n))"
	" AND NOT EXISTS (SELECT FROM @.feriado o WHERE o.calendario OPERATOR(pg_catalog.<>) ALL (SELECT n.nombre FROM @.calendario n))"
	" ORDER BY c.nombre RETURNING version_id",
	1, {TIMESTAMPTZOID}, PLAN_AS_NEEDED
};

/* A policy that no ticket could be given: adding to its calendar would never end. */
static const TsmQuery q_policy_without_hours = {
	"SELECT p.politica_id::pg_catalog.text, p.calendario FROM @.sla_politica p"
	" WHERE NOT EXISTS (SELECT FROM @.horario h WHERE h.calendario" EQ "p.calendario)"
	" ORDER BY p.politica_id LIMIT 1",
	0, {0}, PLAN_AS_NEEDED
};

/* A version that is there, and whether a ticket was given it. */
static const TsmQuery q_calendar_given = {
	"SELECT EXISTS (SELECT FROM @.calendario_uso u WHERE u.version_id" EQ "$1)"
	" FROM @.calendario_version v WHERE v.version_id" EQ "$1",
	1, {INT4OID}, PLAN_ONCE
};

static const TsmQuery q_calendar_give = {
	"INSERT INTO @.calendario_uso (version_id, ticket_uuid) VALUES ($1, $2)",
	2, {INT4OID, UUIDOID}, PLAN_ONCE
};

#define NOT_GIVEN "NOT EXISTS (SELECT FROM @.calendario_uso u WHERE u.version_id" EQ "v.version_id)"
#define NOT_LATEST "EXISTS (SELECT FROM @.calendario_version o WHERE o.calendario" EQ "v.calendario" \
	" AND o.version OPERATOR(pg_catalog.>) v.version)"

/* Versions that hold no more, or whose calendar is gone, and were given to nobody. */
static const TsmQuery q_calendar_unused = {
	"SELECT v.version_id FROM @.calendario_version v WHERE " NOT_GIVEN " AND (" NOT_LATEST
	" OR NOT EXISTS (SELECT FROM @.calendario c WHERE c.nombre" EQ "v.calendario)) ORDER BY 1",
	0, {0}, PLAN_AS_NEEDED
};

/* Of those that nobody holds: it may have been given until then. */
static const TsmQuery q_calendar_remove = {
	"DELETE FROM @.calendario_version v WHERE v.version_id" EQ "ANY ($1) AND " NOT_GIVEN,
	1, {INT4ARRAYOID}, PLAN_AS_NEEDED
};

/* The latest takes the place of those that went before it. */
static const TsmQuery q_calendar_renumber = {
	"UPDATE @.calendario_version v SET version = n.version FROM (SELECT w.version_id,"
	"  1 OPERATOR(pg_catalog.+) COALESCE((SELECT pg_catalog.max(o.version) FROM @.calendario_version o"
	"   WHERE o.calendario" EQ "w.calendario AND o.version OPERATOR(pg_catalog.<) w.version), 0) AS version"
	"  FROM @.calendario_version w) AS n"
	" WHERE n.version_id" EQ "v.version_id AND n.version OPERATOR(pg_catalog.<>) v.version"
	" AND " NOT_GIVEN " AND NOT " NOT_LATEST,
	0, {0}, PLAN_AS_NEEDED
};

List	   *tsm_edited_calendars = NIL;

/*
 * What is known to be given was so by a transaction that has committed, or by
 * this one: when that rolls back anything, a new epoch begins, in which it has
 * yet to be seen.
 */
static uint64 epoch = 1;
bool		tsm_calendars_given = false;

typedef struct Version
{
	int			id;				/* hash key */
	const TsmCalendar *calendar;
	uint64		given;			/* epoch in which it is known to be given, or 0 */
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

/* What was asked for so far; it is not part of what was read of the desk. */
static struct TsmCalendars *
calendars_of(const TsmDesk *desk)
{
	struct TsmCalendars *calendars = desk->calendars;
	MemoryContext cxt;
	HASHCTL		ctl = {0};

	if (calendars != NULL)
		return calendars;
	cxt = AllocSetContextCreate(desk->cxt, "ticket_sm calendars", ALLOCSET_SMALL_SIZES);
	calendars = MemoryContextAllocZero(cxt, sizeof(struct TsmCalendars));
	calendars->cxt = cxt;
	ctl.hcxt = cxt;
	ctl.keysize = sizeof(int);
	ctl.entrysize = sizeof(Version);
	calendars->versions = hash_create("ticket_sm calendar versions", 16, &ctl,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	((TsmDesk *) desk)->calendars = calendars;
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

/* Read a version into cxt, NULL if there is none; 22023 when its time zone is unknown. */
static const TsmCalendar *
read_version(const TsmDesk *desk, int version_id, MemoryContext cxt)
{
	Datum		arg = Int32GetDatum(version_id);
	TsmHours   *week;
	TsmHours   *special;
	int			nweek;
	int			nspecial;
	pg_tz	   *zone;
	MemoryContext oldcxt;
	const TsmCalendar *calendar;

	tsm_read_latest(desk, &q_calendar_version, &arg);
	if (SPI_processed == 0)
		return NULL;
	week = read_hours(version_id, 2, false, &nweek);
	special = read_hours(version_id, 5, true, &nspecial);
	zone = tsm_zone_of(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	oldcxt = MemoryContextSwitchTo(cxt);
	calendar = tsm_calendar_make(zone, week, nweek, special, nspecial);
	MemoryContextSwitchTo(oldcxt);
	return calendar;
}

/* A version as it was read once, or is read now; NULL if there is none. */
static Version *
find_version(const TsmDesk *desk, int version_id)
{
	struct TsmCalendars *calendars = calendars_of(desk);
	Version    *version = hash_search(calendars->versions, &version_id, HASH_FIND, NULL);
	const TsmCalendar *calendar;
	TsmIdentity saved;
	bool		found;

	if (version != NULL)
		return version;
	saved = tsm_enter(desk);
	calendar = read_version(desk, version_id, calendars->cxt);
	tsm_leave(saved);
	if (calendar == NULL)
		return NULL;
	version = hash_search(calendars->versions, &version_id, HASH_ENTER, &found);
	version->calendar = calendar;
	if (!found)
		version->given = 0;
	return version;
}

const TsmCalendar *
tsm_calendar_of_version(const TsmDesk *desk, int version_id)
{
	Version    *version = find_version(desk, version_id);

	if (version == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("there is no calendar version %d", version_id)));
	return version->calendar;
}

const TsmNameList *
tsm_calendar_names(const TsmDesk *desk)
{
	struct TsmCalendars *calendars = calendars_of(desk);
	TsmNameList *names = &calendars->names;
	MemoryContext oldcxt;
	TsmIdentity saved;
	TsmName    *item;
	int		   *current;
	int			count = 0;

	if (calendars->named)
		return &calendars->names;
	saved = tsm_enter(desk);
	PushActiveSnapshot(GetLatestSnapshot());
	tsm_names_renamed(desk, calendars->cxt, &names, 1);
	tsm_read(desk, &q_calendar_names, NULL);
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
	PopActiveSnapshot();
	tsm_leave(saved);
	names->table = "calendario";
	names->item = item;
	names->count = count;
	calendars->current = current;
	calendars->named = true;
	return names;
}

/* The latest version of a calendar of tsm_calendar_names(). */
static int
current_version(const TsmDesk *desk, const TsmName *name)
{
	return desk->calendars->current[name - desk->calendars->names.item];
}

static void
set_lock(LOCKTAG *tag, const TsmDesk *desk, int version_id)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, desk->calendar_relid, (uint32) version_id, TSM_LOCK_VERSION);
}

/* See to it that a version stays until the end of the transaction; false if it has gone. */
static bool
hold_version(const TsmDesk *desk, Version *version)
{
	Datum		arg = Int32GetDatum(version->id);
	TsmIdentity saved;
	LOCKTAG		tag;
	bool		there;

	if (version->given == epoch)
		return true;
	set_lock(&tag, desk, version->id);
	(void) LockAcquire(&tag, ShareLock, false, false);
	saved = tsm_enter(desk);
	tsm_read_latest(desk, &q_calendar_given, &arg);
	there = SPI_processed > 0;
	if (there && DatumGetBool(tsm_read_value(0, 1)))
		version->given = epoch;
	tsm_leave(saved);
	return there;
}

const TsmCalendar *
tsm_calendar_current(const TsmDesk *desk, const char *name, bool hold, int *version_id)
{
	for (;;)
	{
		const TsmNameList *names = tsm_calendar_names(desk);
		const TsmName *found = tsm_name_find(names, name);
		Version    *version;

		CHECK_FOR_INTERRUPTS();
		if (found == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("calendar \"%s\" does not exist", name),
					 errhint("Valid values: %s.", tsm_name_list(names))));
		*version_id = current_version(desk, found);
		version = find_version(desk, *version_id);
		if (version != NULL && (!hold || hold_version(desk, version)))
			return version->calendar;
		/* replaced since we looked */
		desk->calendars->named = false;
	}
}

void
tsm_calendar_give(const TsmDesk *desk, int version_id, Datum ticket_uuid)
{
	Datum		args[2] = {Int32GetDatum(version_id), ticket_uuid};
	Version    *version = find_version(desk, version_id);
	TsmIdentity saved;

	if (version == NULL || version->given == epoch)
		return;
	saved = tsm_enter(desk);
	if (tsm_guarded_write(desk, &q_calendar_give, args, NULL, TABLE_calendario_uso) != SPI_OK_INSERT)
		elog(ERROR, "unexpected result of giving a calendar version");
	tsm_leave(saved);
	tsm_calendars_given = true;
	version->given = epoch;
}

void
tsm_calendars_rolled_back(void)
{
	if (tsm_calendars_given)
		epoch++;
}

/* ----------------------------------------------------------------
 * Writing versions
 * ----------------------------------------------------------------
 */

/* 23P01 when two rows of horario or feriado speak of the same time. */
static void
refuse_overlap(const TsmDesk *desk)
{
	char	   *value[8];

	tsm_read_latest(desk, &q_calendar_overlap, NULL);
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
write_versions(const TsmDesk *desk)
{
	Datum		now = TimestampTzGetDatum(tsm_now());
	SPITupleTable *written;
	uint64		count;

	if (tsm_guarded_write(desk, &q_calendar_new_versions, &now, NULL, TABLE_calendario_version) !=
		SPI_OK_INSERT_RETURNING)
		elog(ERROR, "unexpected result of writing calendar versions");

	/* What could not be read later is better refused now. */
	written = SPI_tuptable;
	count = SPI_processed;
	CommandCounterIncrement();
	for (uint64 i = 0; i < count; i++)
	{
		bool		isnull;

		(void) read_version(desk,
							DatumGetInt32(SPI_getbinval(written->vals[i], written->tupdesc, 1, &isnull)),
							CurrentMemoryContext);
	}
}

void
tsm_calendars_edited(const TsmDesk *desk)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(TopTransactionContext);

	tsm_edited_calendars = list_append_unique_oid(tsm_edited_calendars, desk->nspid);
	MemoryContextSwitchTo(oldcxt);
}

/* 23514 when a policy of a desk goes by a calendar that never opens. */
static void
require_hours(const TsmDesk *desk)
{
	tsm_read_latest(desk, &q_policy_without_hours, NULL);
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("an SLA policy goes by a calendar that never opens"),
				 errdetail("Policy %s of mesa %s, calendar \"%s\".",
						   tsm_read_string(0, 1), desk->schema, tsm_read_string(0, 2)),
				 errhint("By the end of the transaction it must have rows in table horario.")));
}

/* Of the versions that no ticket was given, those that nobody holds, and from now on nobody will. */
static ArrayType *
unused_versions(const TsmDesk *desk)
{
	Datum	   *id;
	int			count = 0;

	tsm_read_latest(desk, &q_calendar_unused, NULL);
	id = palloc(Max(SPI_processed, 1) * sizeof(Datum));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		LOCKTAG		tag;

		id[count] = tsm_read_value(i, 1);
		set_lock(&tag, desk, DatumGetInt32(id[count]));
		if (LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
			count++;
	}
	return count == 0 ? NULL : construct_array(id, count, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

static void
remove_unused_versions(const TsmDesk *desk)
{
	ArrayType  *unused;
	Datum		arg;

	/* as every editor of calendars has; who has edited policies leaves it to those who are at it */
	if (!ConditionalLockRelationOid(desk->calendar_relid, ShareRowExclusiveLock))
		return;
	unused = unused_versions(desk);
	if (unused == NULL)
		return;
	arg = PointerGetDatum(unused);
	if (tsm_guarded_write(desk, &q_calendar_remove, &arg, NULL, TABLE_calendario_version) != SPI_OK_DELETE ||
		tsm_guarded_write(desk, &q_calendar_renumber, NULL, NULL, TABLE_calendario_version) != SPI_OK_UPDATE)
		elog(ERROR, "unexpected result of removing calendar versions");
}

/* The transaction that has edited calendars or policies of a desk commits. */
static void
end_edit(Oid nspid)
{
	const TsmDesk *desk;
	TsmIdentity saved;
	LOCKTAG		tag;

	/* it may have gone, with its schema */
	if (!SearchSysCacheExists1(NAMESPACEOID, ObjectIdGetDatum(nspid)))
		return;
	PushActiveSnapshot(GetLatestSnapshot());
	desk = tsm_desk_of_schema(nspid);
	/* one after the other, and not before now: who waits here holds up nobody who is here */
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, desk->calendar_relid, 0, TSM_LOCK_HOURS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	saved = tsm_enter(desk);
	require_hours(desk);
	remove_unused_versions(desk);
	tsm_leave(saved);
	PopActiveSnapshot();
}

void
tsm_calendars_end(bool commit)
{
	/* only then: the hours of a week may be replaced in more than one statement */
	list_sort(tsm_edited_calendars, list_oid_cmp);
	for (int i = 0; commit && i < list_length(tsm_edited_calendars); i++)
		end_edit(list_nth_oid(tsm_edited_calendars, i));
	tsm_edited_calendars = NIL;
}

/* Before and after a statement on the tables that define calendars. */
Datum
tsm_tg_calendar(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const TsmDesk *desk;
	TsmIdentity saved;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE or AFTER a statement", "tg_calendar")));

	desk = tsm_desk_of_schema(RelationGetNamespace(trigger->tg_relation));

	/*
	 * One after the other, from before the first row is touched to the end of the
	 * transaction: who waited with rows in hand might be waited for.
	 */
	LockRelationOid(desk->calendar_relid, ShareRowExclusiveLock);
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
		return PointerGetDatum(NULL);

	/* with the newest snapshot: each sees what the one before has defined */
	CommandCounterIncrement();
	tsm_calendars_edited(desk);
	saved = tsm_enter(desk);
	refuse_overlap(desk);
	write_versions(desk);
	tsm_leave(saved);
	return PointerGetDatum(NULL);
}
