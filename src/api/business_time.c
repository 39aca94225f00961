/*-------------------------------------------------------------------------
 *
 * business_time.c
 *	  fn_sla_sumar and the like: arithmetic in the calendars of a desk, and
 *	  holidays for them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_sla_sumar);
PG_FUNCTION_INFO_V1(tsm_fn_sla_transcurrido);
PG_FUNCTION_INFO_V1(tsm_fn_sla_dias);
PG_FUNCTION_INFO_V1(tsm_sla_tiempo);
PG_FUNCTION_INFO_V1(tsm_sla_restante);
PG_FUNCTION_INFO_V1(tsm_agregar_feriados);

static const TsmQuery q_calendar_by_name = {
	"SELECT c.nombre FROM @.calendario c WHERE " IN_SMALL("c.nombre") EQ IN_SMALL("$1")
	" OR pg_catalog.upper(c.nombre)" EQ "pg_catalog.upper($1)"
	" ORDER BY c.nombre OPERATOR(pg_catalog.<>) $1, " IN_SMALL("c.nombre") " OPERATOR(pg_catalog.<>) " IN_SMALL("$1")
	" LIMIT 1",
	1, {TEXTOID}, PLAN_AS_NEEDED
};

static const TsmQuery q_add_holidays = {
	"INSERT INTO @.feriado (calendario, fecha, nombre)"
	" SELECT $1, f.fecha, f.nombre FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS f(fecha, nombre)"
	" WHERE NOT EXISTS (SELECT FROM @.feriado x WHERE x.calendario" EQ "$1 AND x.fecha" EQ "f.fecha)"
	" ON CONFLICT DO NOTHING",
	3, {TEXTOID, DATEARRAYOID, TEXTARRAYOID}, PLAN_AS_NEEDED
};

static const TsmQuery q_area_of_ticket = {
	"SELECT t.area FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
	1, {UUIDOID}, PLAN_AS_NEEDED
};

/* Argument calendario: the latest version of that calendar. */
static const TsmCalendar *
arg_calendar(FunctionCallInfo fcinfo)
{
	const TsmDesk *desk = tsm_desk_current();
	const TsmName *name = tsm_arg_name(fcinfo, 0, "calendario", desk, tsm_calendar_names(desk), true);
	int			version_id;

	return tsm_calendar_current(desk, name->name, false, &version_id);
}

static TimestampTz
arg_time(FunctionCallInfo fcinfo, int argno, const char *field)
{
	TimestampTz when;

	if (PG_ARGISNULL(argno))
		tsm_missing_field(field);
	when = PG_GETARG_TIMESTAMPTZ(argno);
	if (TIMESTAMP_NOT_FINITE(when))
		tsm_refuse(REFUSE_BAD_FIELD, field, "It is infinite.", NULL);
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
		tsm_refuse(REFUSE_BAD_FIELD, "duracion", "It has days or months, which are no length of business time.",
				   "Give hours, minutes and seconds; ticket_sm.fn_sla_dias() tells how long business days are.");
	if (length->time < 0)
		tsm_refuse(REFUSE_BAD_FIELD, "duracion", "It is negative.", NULL);
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
	if (days < 1 || days > TSM_MOST_DAYS)
		tsm_refuse(REFUSE_BAD_FIELD, "dias", psprintf("It is %d; 1 to %d are allowed.", days, TSM_MOST_DAYS), NULL);
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
	{
		Oid			nspid = get_rel_namespace(PG_GETARG_OID(0));
		const TsmDesk *desk = tsm_desk_of_ticket(nspid, PG_GETARG_OID(0));

		tsm_require_usage(nspid);
		calendar = tsm_calendar_of_version(desk, PG_GETARG_INT32(1));
	}
	return tsm_interval(tsm_calendar_elapsed(calendar, PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_TIMESTAMPTZ(3)));
}

/* Is a ticket one that the caller may see? */
static bool
is_in_scope(const TsmDesk *desk, Datum id)
{
	TsmCaller	caller;
	TsmIdentity saved;
	bool		result;

	tsm_caller_identify(desk, &caller);
	if (tsm_caller_sees_all(&caller))
		return true;
	saved = tsm_enter(desk);
	tsm_read_latest(desk, &q_area_of_ticket, &id);
	result = SPI_processed > 0 && tsm_area_refusal(&caller, tsm_read_string(0, 1)) == NULL;
	tsm_leave(saved);
	return result;
}

/* sla_restante(mesa, ticket_id, version, calendario, objetivo, limite, restante) */
Datum
tsm_sla_restante(PG_FUNCTION_ARGS)
{
	static const TicketColumn columns[] = {TC_ticket_uuid, TC_version, TC_sla_calendario,
	TC_sla_objetivo, TC_fecha_limite_sla, TC_sla_restante};
	TimestampTz now = tsm_statement_time();
	const TsmDesk *desk;
	TicketRow	row;

	if (PG_ARGISNULL(0))
		tsm_missing_field("mesa");
	for (size_t i = 0; i < lengthof(columns); i++)
	{
		row.isnull[columns[i]] = PG_ARGISNULL(1 + i);
		row.value[columns[i]] = PG_GETARG_DATUM(1 + i);
	}
	if (!row.isnull[TC_sla_restante])
		PG_RETURN_DATUM(row.value[TC_sla_restante]);
	if (row.isnull[TC_ticket_uuid] || row.isnull[TC_version] || row.isnull[TC_sla_objetivo] ||
		row.isnull[TC_fecha_limite_sla])
		PG_RETURN_NULL();
	tsm_require_usage(get_rel_namespace(PG_GETARG_OID(0)));
	desk = tsm_desk_of_ticket(get_rel_namespace(PG_GETARG_OID(0)), PG_GETARG_OID(0));
	/* past the deadline the history is asked */
	if (now > DatumGetTimestampTz(row.value[TC_fecha_limite_sla]) && !is_in_scope(desk, row.value[TC_ticket_uuid]))
		PG_RETURN_NULL();
	return tsm_interval(tsm_sla_left(desk, &row, DatumGetInt32(row.value[TC_version]), now));
}

/* Add holidays to a calendar, by its exact name; returns how many it had not. */
static int
add_holidays(const TsmDesk *desk, Datum *args)
{
	int			rc = tsm_run(desk, &q_add_holidays, RUN_WRITE, args, NULL);

	if (rc != SPI_OK_INSERT)
		tsm_refuse(REFUSE_REWRITTEN, NULL, NULL, "Drop the rules on table feriado; ticket_sm.fn_verificar() lists them.");
	return (int) SPI_processed;
}

/*
 * agregar_feriados(calendario, fechas, nombres): NULL if there is no such
 * calendar.  Whoever may write the table may; but as the owner, whose triggers
 * are not to run as the caller.
 */
Datum
tsm_agregar_feriados(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	Datum		args[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	TsmIdentity saved;
	bool		found;
	int			added = 0;

	if (pg_class_aclcheck(desk->table[TABLE_feriado], GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, "feriado");
	saved = tsm_enter(desk);
	tsm_read(desk, &q_calendar_by_name, args);
	found = SPI_processed > 0;
	if (found)
	{
		args[0] = CStringGetTextDatum(tsm_read_string(0, 1));
		added = add_holidays(desk, args);
	}
	tsm_leave(saved);
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_INT32(added);
}
