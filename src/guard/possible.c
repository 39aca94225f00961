/*-------------------------------------------------------------------------
 *
 * possible.c
 *	  What could be done with a ticket: judged as it would be, before it is tried.
 *
 * A change is made up, such as good fields would bring about, and handed to the
 * judge.  There are no rules here: what a change needs to be one is derived from
 * the parameters on the sheet.  Only what is to be undone must be there, and room
 * for what is to be kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "guard/guard.h"

/* Some agent who might be given a ticket of an area: the judge decides. */
static const TsmQuery q_agent = {
	"SELECT a.agente_id FROM @.agente a WHERE a.activo"
	" AND (a.area" EQ "$1 OR a.rol OPERATOR(pg_catalog.<>) 'AREA') LIMIT 1",
	1, {TEXTOID}, PLAN_ONCE
};

static void
change_to(TsmChange *c, TicketColumn col, Datum value)
{
	c->new.value[col] = value;
	c->new.isnull[col] = false;
	c->changed |= UINT64CONST(1) << col;
}

/* Hand it to another area that gets tickets, if there is one. */
static void
change_area(TsmChange *c)
{
	char	   *own = TextDatumGetCString(c->old.value[TC_area]);

	for (int i = 0; i < c->desk->areas.count; i++)
	{
		const TsmName *area = &c->desk->areas.item[i];

		if (!area->active || strcmp(area->name, own) == 0)
			continue;
		change_to(c, TC_area, CStringGetTextDatum(area->name));
		return;
	}
}

/* Hand it to nobody, or to somebody if nobody has it. */
static void
change_agent(TsmChange *c)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved;
	pg_uuid_t  *id;

	if (!c->old.isnull[TC_agente_id])
	{
		c->new.isnull[TC_agente_id] = true;
		c->changed |= COL(agente_id);
		return;
	}
	saved = tsm_enter(c->desk);
	tsm_read(c->desk, &q_agent, &c->old.value[TC_area]);
	if (SPI_processed > 0)
	{
		id = MemoryContextAlloc(cxt, sizeof(pg_uuid_t));
		*id = *DatumGetUUIDP(tsm_read_value(0, 1));
		change_to(c, TC_agente_id, UUIDPGetDatum(id));
	}
	tsm_leave(saved);
}

/* The column that a parameter sets, -1: none of the ticket. */
static int
column_of(const TsmParam *param)
{
	switch (param->kind)
	{
		case PARAM_TYPE:
			return TC_tipo;
		case PARAM_PRIORITY:
			return TC_prioridad;
		case PARAM_TEXT:
			return tsm_fields[param->field].column;
		default:
			return -1;
	}
}

/* Change what the operation is there to change. */
static void
make_change(TsmChange *c)
{
	const TsmOperationRow *op = &tsm_operations[c->op];
	bool		one_of = false;

	for (int i = 0; op->param[i].kind != PARAM_NONE; i++)
	{
		const TsmParam *param = &op->param[i];
		int			col = column_of(param);

		if (param->kind == PARAM_AREA && param->demand == REQUIRED)
			change_area(c);
		else if (param->kind == PARAM_AGENT && op->may_change == COL(agente_id))
			change_agent(c);
		else if (param->demand == ONE_OF && !one_of && col >= 0)
		{
			/* to another value than now, whichever: there are several */
			c->changed |= UINT64CONST(1) << col;
			one_of = true;
		}
	}
}

/* Does it find, beside the ticket, what it is about? */
static bool
has_what_it_needs(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op, const pg_uuid_t *ticket)
{
	switch (op)
	{
		case OP_DESVINCULAR:
			return tsm_has_links(desk, caller, ticket);
		case OP_ADJUNTAR:
			return tsm_has_room(desk, ticket);
		case OP_RETIRAR_ADJUNTO:
			return tsm_has_files(desk, ticket);
		default:
			return true;
	}
}

bool
tsm_is_possible(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op, const TicketRow *row)
{
	int			to = desk->next[op][tsm_state_index(desk, DatumGetObjectId(row->value[TC_estado]))];
	TsmRequest	request;
	TsmChange	c;

	if (!tsm_changes_ticket(op) || tsm_caller_refusal(desk, caller, op) != NULL)
		return false;
	memset(&request, 0, sizeof(request));
	request.desk = desk;
	request.caller = *caller;
	request.op = op;
	memset(&c, 0, offsetof(TsmChange, old));
	c.desk = desk;
	c.caller = *caller;
	c.op = op;
	c.request = &request;
	c.old = *row;
	c.new = *row;
	if (to >= 0)
		c.new.value[TC_estado] = ObjectIdGetDatum(desk->state[to].oid);
	make_change(&c);
	return tsm_judge_update(&c) == NULL && has_what_it_needs(desk, caller, op, DatumGetUUIDP(row->value[TC_ticket_uuid]));
}
