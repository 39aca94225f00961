/*-------------------------------------------------------------------------
 *
 * closing.c
 *	  When a resolved ticket is closed: configuracion.cierre_automatico.
 *
 * Days are 24 hours long, or the open days of a calendar as it is defined now.
 * They are counted from the last time that the ticket was resolved, so what is due
 * is what was resolved before a certain time, and an index has that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_tg_closing);

static const TsmQuery q_count = {
	"SELECT pg_catalog.count(*) FROM @.ticket t WHERE t.abierto AND t.resuelto_en OPERATOR(pg_catalog.<=) $1"
	" AND t.estado OPERATOR(pg_catalog.=) ANY ($2)",
	2, {TIMESTAMPTZOID, TICKET_STATES_ARG}, PLAN_BY_INDEX
};

static const TsmCalendar *
calendar_named(const TsmDesk *desk, const char *name)
{
	int			version_id;

	return tsm_calendar_current(desk, name, false, &version_id);
}

TimestampTz
tsm_closing_until(const TsmDesk *desk, int days, const char *calendar)
{
	TimestampTz now = tsm_now();

	return calendar == NULL ? now - days * USECS_PER_DAY :
		tsm_calendar_days_before(calendar_named(desk, calendar), now, days);
}

TimestampTz
tsm_closing_due(const TsmDesk *desk, TimestampTz resolved)
{
	const TsmCalendar *calendar;

	if (desk->closing_calendar == NULL)
		return resolved + desk->closing_days * USECS_PER_DAY;
	calendar = calendar_named(desk, desk->closing_calendar);
	return tsm_calendar_add(calendar, resolved, tsm_calendar_days(calendar, resolved, desk->closing_days));
}

Datum
tsm_closing_states(const TsmDesk *desk)
{
	Datum	   *states = palloc(desk->nstates * sizeof(Datum));
	int			count = 0;

	for (int i = 0; i < desk->nstates; i++)
		if (desk->state[i].open && desk->state[i].resolved && desk->next[OP_ARCHIVAR][i] >= 0)
			states[count++] = ObjectIdGetDatum(desk->state[i].oid);
	return PointerGetDatum(construct_array(states, count, get_element_type(desk->states_type), sizeof(Oid), true,
										   TYPALIGN_INT));
}

/* ----------------------------------------------------------------
 * Whoever switches it on is told what will come of it
 * ----------------------------------------------------------------
 */

/* A column of the row as it was, or is; NULL if null. */
static char *
column(const TriggerData *trigger, HeapTuple row, const char *name)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);

	return SPI_getvalue(row, desc, SPI_fnumber(desc, name));
}

static bool
is_changed(const TriggerData *trigger, const char *name)
{
	char	   *before = column(trigger, trigger->tg_trigtuple, name);
	char	   *after = column(trigger, trigger->tg_newtuple, name);

	return before == NULL || after == NULL ? before != after : strcmp(before, after) != 0;
}

/* How many tickets the next sweep closes, by settings that the desk is about to have. */
static int64
count_due(const TsmDesk *desk, int days, const char *calendar)
{
	Datum		args[2] = {TimestampTzGetDatum(tsm_closing_until(desk, days, calendar)), tsm_closing_states(desk)};
	TsmIdentity saved = tsm_enter(desk);
	int64		count;

	tsm_read_latest(desk, &q_count, args);
	count = DatumGetInt64(tsm_read_value(0, 1));
	tsm_leave(saved);
	return count;
}

Datum
tsm_tg_closing(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	char	   *days;
	int64		count;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER UPDATE for each row", "tg_closing")));
	days = column(trigger, trigger->tg_newtuple, "cierre_automatico");
	if (days == NULL || (!is_changed(trigger, "cierre_automatico") && !is_changed(trigger, "cierre_calendario")))
		return PointerGetDatum(NULL);
	count = count_due(tsm_desk_of_schema(RelationGetNamespace(trigger->tg_relation)), pg_strtoint32(days),
					  column(trigger, trigger->tg_newtuple, "cierre_calendario"));
	ereport(NOTICE,
			(errmsg_plural("%lld resolved ticket is closed by the next sweep",
						   "%lld resolved tickets are closed by the next sweeps", count, (long long) count)));
	return PointerGetDatum(NULL);
}
