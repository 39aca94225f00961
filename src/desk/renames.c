/*-------------------------------------------------------------------------
 *
 * renames.c
 *	  Areas, priorities and calendars that are given another name.
 *
 * A plain UPDATE of the name does it.  Foreign keys carry the new name on to the
 * tickets, agents and policies, and the guard lets that pass without an event:
 * the history keeps the name that held at the time, and the table renombre, which
 * nobody but we write to, says what has become of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_tg_rename);

static const TsmQuery q_rename_log = {
	"INSERT INTO @.renombre (tabla, antes, despues, ocurrido_en, usuario_bd) VALUES ($3, $1, $2, $4, $5)",
	5, {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID}, PLAN_ONCE
};

/* Versions are what they were: no policy and no calendar has changed. */
static const TsmQuery q_rename_policies = {
	"UPDATE @.sla_politica_version SET"
	" area = CASE WHEN $3" EQ "'area' AND area" EQ "$1 THEN $2 ELSE area END,"
	" prioridad = CASE WHEN $3" EQ "'prioridad' AND prioridad" EQ "$1 THEN $2 ELSE prioridad END,"
	" calendario = CASE WHEN $3" EQ "'calendario' AND calendario" EQ "$1 THEN $2 ELSE calendario END"
	" WHERE CASE $3 WHEN 'area' THEN area WHEN 'prioridad' THEN prioridad ELSE calendario END" EQ "$1",
	3, {TEXTOID, TEXTOID, TEXTOID}, PLAN_ONCE
};

/* After those of a calendar that had the name before. */
static const TsmQuery q_rename_calendars = {
	"UPDATE @.calendario_version SET calendario = $2, version = version OPERATOR(pg_catalog.+)"
	" (SELECT COALESCE(pg_catalog.max(v.version), 0) FROM @.calendario_version v WHERE v.calendario" EQ "$2)"
	" WHERE calendario" EQ "$1",
	2, {TEXTOID, TEXTOID}, PLAN_ONCE
};

/*
 * The moment in which foreign keys carry a name on: it was the last thing that
 * became of the old one, and nothing has that now.
 */
#define CARRIED(table) \
	"SELECT r.despues FROM @.renombre r WHERE r.tabla" EQ "'" table "' AND r.antes" EQ "$1" \
	" AND NOT EXISTS (SELECT FROM @." table " n WHERE n.nombre" EQ "$1)" \
	" ORDER BY r.renombre_id DESC LIMIT 1"

static const TsmQuery q_carried_area = {CARRIED("area"), 1, {TEXTOID}, PLAN_AS_NEEDED};
static const TsmQuery q_carried_priority = {CARRIED("prioridad"), 1, {TEXTOID}, PLAN_AS_NEEDED};

static void
write_rename(const TsmDesk *desk, Datum *args, bool calendar)
{
	TsmIdentity saved;

	args[4] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	saved = tsm_enter(desk);
	(void) tsm_guarded_write(desk, &q_rename_log, args, NULL, TABLE_renombre);
	(void) tsm_guarded_write(desk, &q_rename_policies, args, NULL, TABLE_sla_politica_version);
	if (calendar)
		(void) tsm_guarded_write(desk, &q_rename_calendars, args, NULL, TABLE_calendario_version);
	tsm_leave(saved);
}

/* BEFORE UPDATE, the last of its kind: what follows from another name. */
Datum
tsm_tg_rename(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	Datum		args[5];
	bool		isnull[2];
	int			attno;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE UPDATE for each row", "tg_rename")));
	desc = RelationGetDescr(trigger->tg_relation);
	attno = SPI_fnumber(desc, "nombre");
	if (attno <= 0 || SPI_gettypeid(desc, attno) != TEXTOID)
		return PointerGetDatum(trigger->tg_newtuple);
	args[0] = heap_getattr(trigger->tg_trigtuple, attno, desc, &isnull[0]);
	args[1] = heap_getattr(trigger->tg_newtuple, attno, desc, &isnull[1]);
	if (isnull[0] || isnull[1] || tsm_same_datum(args[0], args[1], false, -1))
		return PointerGetDatum(trigger->tg_newtuple);
	args[2] = CStringGetTextDatum(RelationGetRelationName(trigger->tg_relation));
	args[3] = TimestampTzGetDatum(tsm_now());
	write_rename(tsm_desk_of_schema(RelationGetNamespace(trigger->tg_relation)), args,
				 strcmp(RelationGetRelationName(trigger->tg_relation), "calendario") == 0);
	return PointerGetDatum(trigger->tg_newtuple);
}

/*
 * What was found for the last ticket, for the others of the same statement: none
 * of these has changed anything of ours since.
 */
struct TsmCarried
{
	TransactionId xid;
	CommandId	command;
	bool		area;
	Datum		before;
	Datum		after;
};

static bool
is_found(const struct TsmCarried *c, bool area, Datum before, Datum after)
{
	return c != NULL && c->area == area && c->xid == GetTopTransactionId() && c->command == GetCurrentCommandId(false) &&
		tsm_same_datum(c->before, before, false, -1) && tsm_same_datum(c->after, after, false, -1);
}

static void
note_found(TsmDesk *desk, bool area, Datum before, Datum after)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(desk->cxt);

	desk->carried = palloc(sizeof(struct TsmCarried));
	desk->carried->xid = GetTopTransactionId();
	desk->carried->command = GetCurrentCommandId(false);
	desk->carried->area = area;
	desk->carried->before = datumCopy(before, false, -1);
	desk->carried->after = datumCopy(after, false, -1);
	MemoryContextSwitchTo(oldcxt);
}

bool
tsm_name_carried(const TsmDesk *desk, bool area, Datum before, Datum after)
{
	TsmIdentity saved;
	bool		carried;

	if (is_found(desk->carried, area, before, after))
		return true;
	saved = tsm_enter(desk);
	tsm_read_latest(desk, area ? &q_carried_area : &q_carried_priority, &before);
	carried = SPI_processed > 0 && tsm_same_datum(tsm_read_value(0, 1), after, false, -1);
	tsm_leave(saved);
	if (carried)
		note_found((TsmDesk *) desk, area, before, after);
	return carried;
}
