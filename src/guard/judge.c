/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  Whether a change of a ticket may be.
 *
 * Judging has no effects beyond the change that is judged: it returns a refusal,
 * which the guard raises and a batch lists.  Nothing is raised but what is wrong
 * with the desk.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "guard/guard.h"

/* ----------------------------------------------------------------
 * Refusals
 * ----------------------------------------------------------------
 */
static const char *
label_of(const TsmChange *c)
{
	return TextDatumGetCString(c->old.value[TC_ticket_label]);
}

static const char *
state_name(const TsmChange *c, Datum state)
{
	return c->desk->state[tsm_state_index(c->desk, DatumGetObjectId(state))].name;
}

/* The states in which an operation is possible. */
static char *
origins(const TsmDesk *desk, TsmOperation op)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < desk->nstates; i++)
		if (desk->next[op][i] >= 0)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", desk->state[i].name);
	return names.len > 0 ? names.data : pstrdup("no state");
}

static TsmRefusal *
refuse_transition(const TsmChange *c)
{
	return tsm_refusal(REFUSE_TRANSITION, NULL,
					   psprintf("Ticket %s is in state %s; \"%s\" is possible in: %s.",
								label_of(c), state_name(c, c->old.value[TC_estado]),
								tsm_operation_names[c->op], origins(c->desk, c->op)), NULL);
}

/* Nothing follows the end of a ticket: who has more to say is shown the way to another one. */
static TsmRefusal *
refuse_ended(const TsmChange *c)
{
	return tsm_refusal(REFUSE_ENDED, NULL,
					   psprintf("Ticket %s is in state %s; nothing can be added to it.", label_of(c),
								state_name(c, c->old.value[TC_estado])),
					   psprintf("Create a new ticket, and name %s in its description.", label_of(c)));
}

TsmRefusal *
tsm_no_such_requester(void)
{
	return tsm_refusal(REFUSE_NOT_FOUND, NULL,
					   "No ticket has this label and was created with this e-mail address.", NULL);
}

static TsmRefusal *
refuse_pair(const TsmChange *c)
{
	return tsm_refusal(REFUSE_TRANSITION, NULL,
					   psprintf("Ticket %s: no operation leads from %s to %s.", label_of(c),
								state_name(c, c->old.value[TC_estado]),
								state_name(c, c->new.value[TC_estado])),
					   "ticket_sm.fn_maquina() lists what is possible.");
}

static TsmRefusal *
refuse_agent(const char *detail)
{
	return tsm_refusal(REFUSE_BAD_FIELD, "agente_id", detail,
					   "The agent must be active, and belong to the ticket's area or be ADMIN or MESA.");
}

/* Of these columns the first that changed; of none, -1. */
static int
first_changed(const TsmChange *c, uint64 columns)
{
	columns &= c->changed;
	return columns == 0 ? -1 : pg_rightmost_one_pos64(columns);
}

/* Does the UPDATE name a column in its SET?  One that a trigger sets is none of these. */
static bool
is_named(const TsmChange *c, int col)
{
	return bms_is_member(c->desk->ticket_att[col] - FirstLowInvalidHeapAttributeNumber, c->named);
}

static TsmRefusal *
refuse_unchanged(const TsmChange *c)
{
	const char *more = "";
	int			col;

	FOR_COLUMNS(col, COLUMNS_THAT(IS_GUARDED | IS_FIXED))
		if (is_named(c, col))
		more = " Columns that only the guard sets do not count.";
	return tsm_refusal(REFUSE_NOTHING, NULL,
					   psprintf("Ticket %s is like this already.%s", label_of(c), more), NULL);
}

/* ----------------------------------------------------------------
 * Parts of a judgement
 * ----------------------------------------------------------------
 */

/* Columns that hold a value from the start: a NULL has no meaning to judge. */
static TsmRefusal *
judge_values(const TsmChange *c)
{
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		const TsmColumn *column = &tsm_ticket_column[col];

		/* of a new ticket the guard has not set all that is its own */
		if (c->new.isnull[col] && column->notnull && !(column->what & IS_GUARDED) &&
			(col == TC_ticket_uuid || !(column->what & IS_FIXED)))
			return tsm_refusal(REFUSE_MISSING_FIELD, column->name, NULL, NULL);
	}
	return NULL;
}

static bool
caller_may(const TsmChange *c, TsmOperation op)
{
	return c->caller.role != ROLE_NONE && c->desk->may[op][c->caller.role];
}

/*
 * Which operation leads from one state to another, of several one that the caller
 * may do; false if none.  Where the state stays, what changed decides.
 */
static bool
classify(TsmChange *c)
{
	int			from = tsm_state_index(c->desk, DatumGetObjectId(c->old.value[TC_estado]));
	int			to = tsm_state_index(c->desk, DatumGetObjectId(c->new.value[TC_estado]));
	bool		found = false;

	c->op = (c->changed & COL(agente_id)) ? OP_REASIGNAR : OP_ACTUALIZAR;
	if (from == to)
		return true;
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		/*
		 * no column holds what a requester says, and no plain statement names another ticket or brings a
		 * file along
		 */
		if (c->desk->next[op][from] != to || tsm_operations[op].kind == OF_REQUESTERS ||
			tsm_operations[op].kind == ON_FILES || tsm_is_of_links(&tsm_operations[op]))
			continue;
		if (!found || caller_may(c, op))
			c->op = (TsmOperation) op;
		found = true;
		if (caller_may(c, op))
			break;
	}
	return found;
}

/* The reason that a plain statement gives, in ticket_sm.motivo. */
static TsmRefusal *
judge_reason(TsmChange *c)
{
	const char *reason = tsm_direct_reason ? tsm_direct_reason : "";
	TsmText		t = {reason, strlen(reason), 0};
	TsmRefusal *refusal = tsm_field_normalise(F_MOTIVO, "ticket_sm.motivo", &t);

	if (refusal == NULL && t.len > 0)
		c->reason = cstring_to_text_with_len(t.str, t.len);
	if (refusal != NULL || t.len > 0 || !tsm_operations[c->op].needs_reason)
		return refusal;
	return tsm_refusal(REFUSE_MISSING_FIELD, "motivo",
					   psprintf("Operation \"%s\" needs a reason.", tsm_operation_names[c->op]),
					   psprintf("SET ticket_sm.motivo before a direct UPDATE, or call ticket_sm.fn_%s().",
								tsm_operation_names[c->op]));
}

/*
 * The version that the caller has seen: a function's parameter, or what an UPDATE
 * sets, where the next one will do, as some clients count it themselves.
 */
static TsmRefusal *
judge_version(const TsmChange *c)
{
	const TsmRequest *request = c->request;
	int			version = DatumGetInt32(c->old.value[TC_version]);
	int			seen = version;

	if (request != NULL && request->has_version)
		seen = request->version;
	else if (!c->new.isnull[TC_version] && DatumGetInt32(c->new.value[TC_version]) != version + 1 &&
			 is_named(c, TC_version))
		seen = DatumGetInt32(c->new.value[TC_version]);
	if (seen == version)
		return NULL;
	return tsm_refusal(REFUSE_STALE, NULL,
					   psprintf("Ticket %s is at version %d, not %d.", label_of(c), version, seen),
					   "Read the ticket again.");
}

/* The machine leads from the state before to the one after. */
static TsmRefusal *
judge_transition(const TsmChange *c)
{
	int			from = tsm_state_index(c->desk, DatumGetObjectId(c->old.value[TC_estado]));
	int			to = c->desk->next[c->op][from];

	if (to < 0)
		return c->op == OP_RESPONDER && !c->desk->state[from].open ?
			refuse_ended(c) : refuse_transition(c);
	if (DatumGetObjectId(c->new.value[TC_estado]) != c->desk->state[to].oid)
		return refuse_pair(c);
	return NULL;
}

/* The texts that changed; tsm_diff() has brought those that will do into their normal form. */
static TsmRefusal *
judge_texts(TsmChange *c)
{
	uint64		altered = 0;

	return c->bad_texts ? tsm_columns_normalise(&c->new, c->changed, &altered) : NULL;
}

/* The operations whose business a column is. */
static char *
operations_that_change(int col)
{
	StringInfoData names;
	const char *last = NULL;
	bool		several = false;

	initStringInfo(&names);
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		if (!(tsm_operations[op].may_change & (UINT64CONST(1) << col)))
			continue;
		if (last != NULL)
			appendStringInfo(&names, "%s\"%s\"", several ? ", " : "", last);
		several = last != NULL;
		last = tsm_operation_names[op];
	}
	appendStringInfo(&names, "%s\"%s\"", several ? " and " : "", last);
	return names.data;
}

/* Only what is the operation's business may change. */
static TsmRefusal *
judge_columns(TsmChange *c)
{
	int			col = first_changed(c, COLUMNS_THAT(IS_FIXED | IS_PLACE | IS_CLASS) & ~tsm_operations[c->op].may_change);

	if (col < 0)
		return judge_texts(c);
	if (tsm_ticket_column[col].what & IS_FIXED)
		return tsm_refusal(REFUSE_GUARDED_COLUMN, tsm_ticket_column[col].name, "Only the guard sets it.", NULL);
	return tsm_refusal(REFUSE_OTHER_OPERATION, NULL,
					   psprintf("Column \"%s\" is changed by %s, not by \"%s\".", tsm_ticket_column[col].name,
								operations_that_change(col), tsm_operation_names[c->op]), NULL);
}

/* An area of a plain statement: what an fn_* was given is checked already. */
static TsmRefusal *
judge_area(const TsmChange *c)
{
	char	   *name = TextDatumGetCString(c->new.value[TC_area]);
	const TsmName *area = tsm_name_find(&c->desk->areas, name);

	if (area == NULL || strcmp(area->name, name) != 0)
		return tsm_refusal(REFUSE_BAD_FIELD, "area", NULL,
						   psprintf("Valid values: %s.", tsm_name_list(&c->desk->areas)));
	return tsm_area_active_refusal(&c->desk->areas, area);
}

static TsmRefusal *
judge_agent(const TsmChange *c)
{
	const TsmAgent *agent;

	if (c->new.isnull[TC_agente_id])
		return NULL;
	agent = tsm_agent_by_id(c->desk, DatumGetUUIDP(c->new.value[TC_agente_id]));
	if (agent == NULL)
		return refuse_agent("There is no such agent.");
	if (!agent->active)
		return refuse_agent("The agent is switched off.");
	if (agent->role == ROLE_AREA &&
		(agent->area == NULL ||
		 strcmp(agent->area, TextDatumGetCString(c->new.value[TC_area])) != 0))
		return refuse_agent("The agent belongs to another area.");
	return NULL;
}

/* Has somebody said who gets it?  Who writes back the agent that it has, has not. */
static bool
names_agent(const TsmChange *c)
{
	return (c->changed & COL(agente_id)) || (c->request != NULL && c->request->names_agent);
}

/* The agent that the ticket then has; nobody is refused for one that he has not named. */
static TsmRefusal *
judge_or_drop_agent(TsmChange *c)
{
	TsmRefusal *refusal = judge_agent(c);

	c->drops_agent = refusal != NULL && !names_agent(c);
	return c->drops_agent ? NULL : refusal;
}

/* What reasignar demands: another agent than now, or nobody. */
static TsmRefusal *
judge_reassignment(const TsmChange *c)
{
	const pg_uuid_t *from = c->request == NULL ? NULL : c->request->from_agent;

	if (from != NULL && (c->old.isnull[TC_agente_id] ||
						 memcmp(DatumGetUUIDP(c->old.value[TC_agente_id]), from, sizeof(pg_uuid_t)) != 0))
		return tsm_refusal(REFUSE_NOTHING, NULL,
						   psprintf("Ticket %s is not that agent's any more.", label_of(c)), NULL);
	if (c->changed & COL(agente_id))
		return NULL;
	return tsm_refusal(REFUSE_NOTHING, NULL,
					   psprintf("Ticket %s has %s.", label_of(c),
								c->new.isnull[TC_agente_id] ? "no agent" : "this agent already"), NULL);
}

/* What a pause with an end demands: that the machine leads on from it. */
static TsmRefusal *
judge_pause(const TsmChange *c)
{
	const TsmDesk *desk = c->desk;
	int			paused = tsm_state_index(desk, DatumGetObjectId(c->new.value[TC_estado]));

	if (c->request == NULL || !c->request->has_until || (desk->next[OP_REABRIR][paused] >= 0 && desk->state[paused].open))
		return NULL;
	return tsm_refusal(REFUSE_BAD_FIELD, "hasta",
					   psprintf("In this mesa nothing takes up a ticket in state %s again: it is not open, or \"%s\" is not possible there.",
								desk->state[paused].name, tsm_operation_names[OP_REABRIR]), NULL);
}

/* What an operation demands of its own. */
static TsmRefusal *
judge_operation(TsmChange *c)
{
	bool		new_area = (c->changed & COL(area)) != 0;
	TsmRefusal *refusal = NULL;

	if (c->op == OP_TRANSFERIR && !new_area)
		return tsm_refusal(REFUSE_SAME_AREA, NULL,
						   psprintf("Ticket %s is in area \"%s\".", label_of(c),
									TextDatumGetCString(c->old.value[TC_area])), NULL);
	if (new_area)
		refusal = judge_area(c);
	if (refusal == NULL && (tsm_operations[c->op].may_change & COLUMNS_THAT(IS_PLACE)))
		refusal = judge_or_drop_agent(c);
	if (refusal == NULL && c->op == OP_REASIGNAR)
		refusal = judge_reassignment(c);
	if (refusal == NULL && c->op == OP_PAUSAR)
		refusal = judge_pause(c);
	if (refusal == NULL && c->op == OP_CALIFICAR)
		refusal = tsm_judge_rating(c);
	if (refusal == NULL && c->op == OP_CORREGIR && !(c->changed & COLUMNS_THAT(IS_DATA)))
		refusal = tsm_refusal(REFUSE_NOTHING, NULL,
							  psprintf("What ticket %s has of its requester is this already.", label_of(c)), NULL);
	if (refusal == NULL && c->op == OP_RECLASIFICAR && !(c->changed & COLUMNS_THAT(IS_CLASS)))
		refusal = tsm_refusal(REFUSE_NOTHING, NULL,
							  psprintf("Ticket %s has this type, category, subcategory and priority already.",
									   label_of(c)), NULL);
	return refusal;
}

/* ----------------------------------------------------------------
 * Judgements
 * ----------------------------------------------------------------
 */

/* Is the ticket still the one of the address by which it was found? */
static TsmRefusal *
judge_address(const TsmChange *c)
{
	Datum		given;
	Datum		own;

	if (c->request == NULL || c->request->address == NULL || c->request->led_here)
		return NULL;
	given = DirectFunctionCall1Coll(lower, C_COLLATION_OID, PointerGetDatum(c->request->address));
	own = DirectFunctionCall1Coll(lower, C_COLLATION_OID, c->old.value[TC_solicitante_email]);
	return tsm_same_datum(given, own, false, -1) ? NULL : tsm_no_such_requester();
}

/* The requester, whom label and address have let in, has no area. */
static bool
needs_area(const TsmChange *c)
{
	return !tsm_caller_sees_all(&c->caller) &&
		(c->caller.role != ROLE_PUBLICO || c->request == NULL || c->request->address == NULL);
}

/*
 * Whose change it is, and whether it may do that at all; order: see the README's
 * Errors.  known: whether the pair of states is that of an operation.
 */
static TsmRefusal *
judge_caller(TsmChange *c, bool known)
{
	TsmRefusal *refusal = known ? judge_values(c) : NULL;

	/* the function has asked that already, unless the desk has changed since */
	if (refusal == NULL && (c->request == NULL || (c->request->desk != c->desk && !c->request->swept)))
		refusal = tsm_caller_refusal(c->desk, &c->caller, c->op);
	if (refusal == NULL && known && c->request == NULL)
		refusal = judge_reason(c);
	if (refusal == NULL)
		refusal = judge_address(c);
	if (refusal == NULL && needs_area(c))
		refusal = tsm_area_refusal(&c->caller, TextDatumGetCString(c->old.value[TC_area]));
	return refusal;
}

TsmRefusal *
tsm_judge_update(TsmChange *c)
{
	bool		known = c->request != NULL || c->new.isnull[TC_estado] || classify(c);
	TsmRefusal *refusal = judge_caller(c, known);

	if (refusal == NULL)
		refusal = judge_version(c);
	if (refusal == NULL)
		refusal = known ? judge_transition(c) : refuse_pair(c);
	if (refusal == NULL && c->request == NULL && !c->users_changed && c->changed == 0)
		refusal = refuse_unchanged(c);
	if (refusal == NULL)
		refusal = judge_columns(c);
	if (refusal == NULL)
		refusal = judge_operation(c);
	return refusal;
}

TsmRefusal *
tsm_judge_clock(const TsmChange *c)
{
	int			col = first_changed(c, ~UINT64CONST(0));

	if (col < 0)
		return NULL;
	return tsm_refusal(REFUSE_GUARDED_COLUMN, tsm_ticket_column[col].name,
					   "A trigger on table ticket changed it while the clock did.", NULL);
}

/* A ticket starts where the machine says. */
static TsmRefusal *
judge_start(const TsmChange *c)
{
	const TsmState *start = &c->desk->state[c->desk->start];

	if (DatumGetObjectId(c->new.value[TC_estado]) == start->oid)
		return NULL;
	return tsm_refusal(REFUSE_TRANSITION, NULL,
					   psprintf("A ticket starts in %s, not in %s.", start->name,
								state_name(c, c->new.value[TC_estado])), NULL);
}

/* What operations hand out later, nobody has in a new ticket. */
static TsmRefusal *
judge_empty(const TsmChange *c)
{
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		const TsmColumn *column = &tsm_ticket_column[col];

		if (!c->new.isnull[col] && !column->notnull && (column->what & (IS_PLACE | IS_ANSWER)))
			return tsm_refusal(REFUSE_OTHER_OPERATION, NULL,
							   psprintf("Column \"%s\" is empty in a new ticket.", column->name), NULL);
	}
	return NULL;
}

static TsmRefusal *
refuse_value(const TsmChange *c, int col)
{
	if (c->request != NULL)
		return tsm_refusal(REFUSE_GUARDED_VALUE, tsm_ticket_column[col].name,
						   "A trigger on table ticket has set it; only the guard does.", NULL);
	return tsm_refusal(REFUSE_GUARDED_VALUE, tsm_ticket_column[col].name,
					   "Only the guard sets it.", "Leave it out, or give NULL.");
}

/* Does a value of a new row say nothing?  For each type, what a client has for want of a value. */
static bool
is_nothing(int col, Datum value)
{
	static const Interval zero = {0};

	switch (tsm_ticket_column[col].type)
	{
		case TSM_TEXT:
		case TSM_BYTEA:
			return VARSIZE_ANY_EXHDR(DatumGetPointer(value)) == 0;
		case TSM_INTERVAL:
			return memcmp(DatumGetIntervalP(value), &zero, sizeof(zero)) == 0;
		case TSM_TIMESTAMPTZ:
			return false;
		default:
			return value == (Datum) 0;
	}
}

/* Is a time the one that was set, but for a client's clock and the time since the transaction began? */
static bool
is_about(TimestampTz given, TimestampTz set)
{
	int64		late = GetCurrentTimestamp() - GetCurrentTransactionStartTimestamp();

	return !TIMESTAMP_NOT_FINITE(given) &&
		given - set <= USECS_PER_MINUTE && set - given <= USECS_PER_MINUTE + late;
}

/* Is a value of a new row what the guard has set? */
static bool
is_as_set(const TsmChange *c, int col, Datum value)
{
	Form_pg_attribute att = TupleDescAttr(c->desc, c->desk->ticket_att[col] - 1);

	if (c->new.isnull[col])
		return false;
	switch (tsm_ticket_column[col].type)
	{
		case TSM_INTERVAL:
			return DatumGetBool(DirectFunctionCall2(interval_eq, value, c->new.value[col]));
		case TSM_TIMESTAMPTZ:
			return is_about(DatumGetTimestampTz(value), DatumGetTimestampTz(c->new.value[col]));
		default:
			return tsm_same_datum(value, c->new.value[col], att->attbyval, att->attlen);
	}
}

/*
 * What whole-row writers send along is ignored where that loses nothing.  What
 * somebody wanted and would not get - an hour more, another deadline - is refused.
 */
TsmRefusal *
tsm_judge_given(const TsmChange *c, const TicketRow *given)
{
	int			col;

	FOR_COLUMNS(col, COLUMNS_THAT(IS_GUARDED) | COL(fecha_creacion))
		if (!given->isnull[col] && !is_nothing(col, given->value[col]) && !is_as_set(c, col, given->value[col]))
		return refuse_value(c, col);
	return NULL;
}

TsmRefusal *
tsm_judge_creation(TsmChange *c)
{
	TsmRefusal *refusal = tsm_caller_refusal(c->desk, &c->caller, OP_CREAR);

	if (refusal == NULL && !c->new.isnull[TC_ticket_label] &&
		!is_nothing(TC_ticket_label, c->new.value[TC_ticket_label]))
		refusal = refuse_value(c, TC_ticket_label);
	if (refusal == NULL && c->desk->start < 0)
		refusal = tsm_refusal(REFUSE_TRANSITION, NULL,
							  "The machine of this mesa has no transition for \"crear\".", NULL);
	if (refusal == NULL && c->new.isnull[TC_estado])
	{
		c->new.value[TC_estado] = ObjectIdGetDatum(c->desk->state[c->desk->start].oid);
		c->new.isnull[TC_estado] = false;
	}
	if (refusal == NULL)
		refusal = judge_values(c);
	if (refusal == NULL)
		refusal = judge_start(c);
	if (refusal == NULL)
		refusal = judge_empty(c);
	if (refusal == NULL)
		refusal = judge_texts(c);
	if (refusal == NULL)
		refusal = judge_area(c);
	return refusal;
}
