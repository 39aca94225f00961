/*-------------------------------------------------------------------------
 *
 * business_time.c
 *	  fn_sla_sumar and the like: arithmetic in the calendars of a desk.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_sla_sumar);
PG_FUNCTION_INFO_V1(tsm_fn_sla_transcurrido);
PG_FUNCTION_INFO_V1(tsm_fn_sla_dias);
PG_FUNCTION_INFO_V1(tsm_sla_tiempo);

/* The most business days that fn_sla_dias counts: a hundred years of them. */
#define MAX_DAYS 36500

/* Argument calendario: the latest version of that calendar. */
static const TsmCalendar *
arg_calendar(FunctionCallInfo fcinfo)
{
	const TsmDesk *desk = tsm_desk_current();
	const TsmName *name = tsm_arg_name(fcinfo, 0, "calendario", tsm_calendar_names(desk), true);
	int			version_id;

	return tsm_calendar_current(desk, name->name, &version_id);
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
	if (days < 1 || days > MAX_DAYS)
		tsm_refuse(REFUSE_BAD_FIELD, "dias", psprintf("It is %d; 1 to %d are allowed.", days, MAX_DAYS), NULL);
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
