/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  The kernel that every change of a ticket goes through.
 *
 * It is made of two row triggers on the table ticket.  The one BEFORE judges
 * the change and fills the columns that only it may set.  The one AFTER looks
 * at the row that really landed: if it is not, to the byte, what we filled,
 * somebody's trigger has been there in between, and it is judged once more.
 * Then its history row is written.
 *
 * Where nothing can come in between, that row is worked out BEFORE already,
 * for its hash to be kept in the ticket: so the next change need not look for
 * it in the history.
 *
 * An fn_* function leaves its request here and runs an UPDATE; the guard
 * knows it by the ticket's uuid.  Any other change is plain SQL, judged as the
 * current user's, its operation told by the states before and after.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "guard/guard.h"

PG_FUNCTION_INFO_V1(tsm_tg_ticket_before);
PG_FUNCTION_INFO_V1(tsm_tg_ticket_after);

#define COL(c) (UINT64CONST(1) << TC_##c)

/* Go through the columns of a set. */
#define foreach_column(col, set) \
	for (uint64 rest_ = (set); \
		 rest_ != 0 && ((col) = (TicketColumn) pg_rightmost_one_pos64(rest_), true); \
		 rest_ &= rest_ - 1)

/* Columns that the guard alone sets, whatever a statement says. */
#define GUARDED (COL(version) | COL(actualizado_en) | COL(abierto) | \
	COL(resuelto_en) | COL(cerrado_en) | COL(sla_horas) | \
	COL(fecha_limite_sla) | COL(sla_restante) | COL(atencion_limite) | \
	COL(atendido_en) | COL(sla_revisar_en) | COL(sla_orden) | COL(hash) | \
	GRANTED | TOLD)

/* Those of them that say what target was given, and what was told of it. */
#define GRANTED (COL(sla_politica) | COL(sla_calendario) | COL(sla_objetivo) | \
	COL(atencion_politica) | COL(atencion_calendario) | COL(atencion_objetivo))
#define TOLD (COL(sla_aviso) | COL(sla_incumplido_en) | \
	COL(atencion_aviso) | COL(atencion_incumplido_en))

/* Columns that never change after creation. */
#define IMMUTABLE (COL(ticket_uuid) | COL(ticket_label) | COL(fecha_creacion))

/* Columns whose change is the business of an operation of its own. */
#define ASSIGNMENT (COL(area) | COL(agente_id))
#define CLASSIFICATION (COL(tipo) | COL(categoria) | COL(subcategoria) | COL(prioridad))

/* Columns that the functions return. */
#define ANSWERED (IMMUTABLE | ASSIGNMENT | COL(estado) | COL(tipo) | COL(prioridad) | \
	COL(sla_horas) | COL(fecha_limite_sla) | COL(version) | COL(actualizado_en))

/* Columns that the history has columns for, or that follow from it. */
#define RECORDED ((GUARDED & ~GRANTED) | IMMUTABLE | ASSIGNMENT | CLASSIFICATION | \
	COL(estado) | COL(respuesta_cliente))

/* Columns that follow from it unless another target is given. */
#define DEADLINES (COL(fecha_limite_sla) | COL(atencion_limite))

/* What an operation demands and may do, apart from the machine. */
static const struct
{
	bool		needs_reason;
	uint64		may_change;
}			rules[TSM_OPERATIONS] = {
	[OP_ASIGNAR] = {false, ASSIGNMENT},
	[OP_TRANSFERIR] = {true, ASSIGNMENT},
	[OP_RECLASIFICAR] = {true, CLASSIFICATION},
	[OP_PAUSAR] = {true, 0},
	[OP_REABRIR] = {true, 0},
	[OP_CANCELAR] = {true, 0},
	[OP_ARCHIVAR] = {true, 0},
};

/* A change being judged. */
typedef struct Change
{
	const TsmDesk *desk;
	TupleDesc	desc;
	TsmCaller	caller;
	TsmOperation op;
	TsmRequest *request;		/* NULL: plain SQL */
	TimestampTz now;
	TsmClockWork work;
	text	   *label;			/* of a creation */
	HeapTuple	old_tuple;		/* NULL: creation */
	HeapTuple	new_tuple;
	Datum	   *old_values;		/* all attributes */
	bool	   *old_nulls;
	Datum	   *new_values;
	bool	   *new_nulls;
	uint8		hash[TSM_HASH_LENGTH];	/* of the last event */
	int			nevents;		/* events that are formed: all or none */
	HeapTuple	event[TSM_MAX_DUE + 1];	/* in TopTransactionContext */
	TicketRow	old;			/* the ones we know */
	TicketRow	new;
} Change;

/* What the BEFORE trigger leaves for the AFTER trigger. */
typedef struct PendingKey
{
	pg_uuid_t	ticket_id;
	Oid			relid;
	int			creation;
} PendingKey;

typedef struct Pending
{
	PendingKey	key;
	SubTransactionId subid;
	TsmCaller	caller;
	TsmOperation op;
	TsmRequest *request;
	TimestampTz now;
	TsmClockWork work;
	text	   *label;			/* this and the tuples: TopTransactionContext */
	HeapTuple	filled;
	int			nevents;		/* 0: not formed yet */
	HeapTuple	event[TSM_MAX_DUE + 1];
} Pending;

/* A table that has held more is not kept beyond its transaction. */
#define PENDING_KEPT 1000

/* What was asked for: one request, or those of a batch, in the order of uuids. */
static TsmRequest *current_request = NULL;
static int	current_count = 1;
static int	current_next = 0;	/* the one that is expected next */

static HTAB *pending = NULL;
static bool pending_is_large = false;

/* ----------------------------------------------------------------
 * Pending changes
 *
 * One entry for each row between its BEFORE and its AFTER trigger.  One that
 * stays is of a row that was suppressed in between.
 * ----------------------------------------------------------------
 */
static PendingKey
pending_key(Oid relid, Datum ticket_id, bool creation)
{
	PendingKey	key = {*DatumGetUUIDP(ticket_id), relid, creation};

	return key;
}

static void
release(Pending *p)
{
	if (p->label != NULL)
		pfree(p->label);
	if (p->filled != NULL)
		heap_freetuple(p->filled);
	for (int i = 0; i < p->nevents; i++)
		heap_freetuple(p->event[i]);
}

static void
forget(Pending *p)
{
	release(p);
	(void) hash_search(pending, &p->key, HASH_REMOVE, NULL);
}

/*
 * A label that was drawn for a row which did not land would be a gap: INSERT
 * ... ON CONFLICT draws it before it sees the conflict, and a later trigger
 * may drop the row.
 */
static void
refuse_lost_label(const Pending *p)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a label was drawn for a ticket that was not inserted"),
			 errdetail("The label is %s.", text_to_cstring(p->label)),
			 errhint("Do not INSERT tickets with ON CONFLICT, nor suppress the row in a trigger: "
					 "labels have no gaps. fn_crear_ticket has clave_idempotencia.")));
}

static void
remember(const Change *c, Oid relid, HeapTuple filled)
{
	PendingKey	key = pending_key(relid, c->new.value[TC_ticket_uuid], c->old_tuple == NULL);
	MemoryContext oldcxt;
	Pending    *p;
	bool		found;

	if (pending == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(PendingKey);
		ctl.entrysize = sizeof(Pending);
		pending = hash_create("ticket_sm pending", 16, &ctl, HASH_ELEM | HASH_BLOBS);
	}
	p = hash_search(pending, &key, HASH_ENTER, &found);
	if (found && p->key.creation)
		refuse_lost_label(p);
	if (found)
		release(p);
	p->label = NULL;
	p->filled = NULL;
	p->nevents = c->nevents;
	memcpy(p->event, c->event, c->nevents * sizeof(HeapTuple));
	p->subid = GetCurrentSubTransactionId();
	p->caller = c->caller;
	p->op = c->op;
	p->request = c->request;
	p->now = c->now;
	p->work = c->work;
	oldcxt = MemoryContextSwitchTo(TopTransactionContext);
	if (c->label != NULL)
		p->label = DatumGetTextPCopy(PointerGetDatum(c->label));
	p->filled = heap_copytuple(filled);
	MemoryContextSwitchTo(oldcxt);
	if (hash_get_num_entries(pending) > PENDING_KEPT)
		pending_is_large = true;
}

static Pending *
recall(Oid relid, Datum ticket_id, bool creation)
{
	PendingKey	key = pending_key(relid, ticket_id, creation);

	if (pending == NULL || hash_get_num_entries(pending) == 0)
		return NULL;
	return hash_search(pending, &key, HASH_FIND, NULL);
}

/* Forget what is of this subtransaction or one within it: it began later. */
static void
forget_since(SubTransactionId subid)
{
	HASH_SEQ_STATUS seq;
	Pending    *p;

	if (pending == NULL || hash_get_num_entries(pending) == 0)
		return;
	hash_seq_init(&seq, pending);
	while ((p = hash_seq_search(&seq)) != NULL)
		if (p->subid >= subid)
			forget(p);
}

static void
refuse_lost_labels(void)
{
	HASH_SEQ_STATUS seq;
	Pending    *p;

	if (pending == NULL || hash_get_num_entries(pending) == 0)
		return;
	hash_seq_init(&seq, pending);
	while ((p = hash_seq_search(&seq)) != NULL)
	{
		if (p->key.creation)
		{
			hash_seq_term(&seq);
			refuse_lost_label(p);
		}
	}
}

void
tsm_guard_xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			refuse_lost_labels();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			current_request = NULL;
			forget_since(TopSubTransactionId);
			if (pending_is_large)
			{
				hash_destroy(pending);
				pending = NULL;
				pending_is_large = false;
			}
			break;
		default:
			break;
	}
}

void
tsm_guard_subxact_callback(SubXactEvent event, SubTransactionId mySubid,
						   SubTransactionId parentSubid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_since(mySubid);
}

/* ----------------------------------------------------------------
 * Refusals
 * ----------------------------------------------------------------
 */
static const char *
state_name(const TsmDesk *desk, Datum state)
{
	return desk->state[tsm_state_index(desk, DatumGetObjectId(state))].name;
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

static void
refuse_transition(const Change *c)
{
	ereport(ERROR,
			(errcode(ERRCODE_TSM_CONFLICT),
			 errmsg("transition not allowed"),
			 errdetail("Ticket %s is in state %s; \"%s\" is possible in: %s.",
					   TextDatumGetCString(c->old.value[TC_ticket_label]),
					   state_name(c->desk, c->old.value[TC_estado]),
					   tsm_operation_names[c->op], origins(c->desk, c->op))));
}

static void
refuse_pair(const Change *c)
{
	ereport(ERROR,
			(errcode(ERRCODE_TSM_CONFLICT),
			 errmsg("transition not allowed"),
			 errdetail("Ticket %s: no operation leads from %s to %s.",
					   TextDatumGetCString(c->old.value[TC_ticket_label]),
					   state_name(c->desk, c->old.value[TC_estado]),
					   state_name(c->desk, c->new.value[TC_estado])),
			 errhint("ticket_sm.fn_maquina() lists what is possible.")));
}

/* A column that was ours, or not anybody's, and that a trigger has changed. */
static void
refuse_trigger(const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_GENERATED_ALWAYS),
			 errmsg("column \"%s\" cannot be changed", column),
			 errdetail("A trigger on table ticket changed it after the guard had set it.")));
}

/* A column that is not anybody's to set. */
static void
refuse_column(TicketColumn col, bool creation)
{
	ereport(ERROR,
			(errcode(ERRCODE_GENERATED_ALWAYS),
			 creation ? errmsg("column \"%s\" cannot be given a value", tsm_ticket_columns[col])
			 : errmsg("column \"%s\" cannot be changed", tsm_ticket_columns[col]),
			 errdetail("Only the guard sets it.")));
}

static void
refuse_agent(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("field \"%s\" has an invalid value", "agente_id"),
			 errdetail("%s", detail),
			 errhint("The agent must be active, and belong to the ticket's area or be ADMIN or MESA.")));
}

/* ----------------------------------------------------------------
 * Comparing rows
 * ----------------------------------------------------------------
 */
static Form_pg_attribute
attribute(const Change *c, TicketColumn col)
{
	return TupleDescAttr(c->desc, c->desk->ticket_att[col] - 1);
}

static bool
same(const Change *c, TicketColumn col, const TicketRow *a, const TicketRow *b)
{
	Form_pg_attribute att = attribute(c, col);

	if (a->isnull[col] || b->isnull[col])
		return a->isnull[col] == b->isnull[col];
	return tsm_same_datum(a->value[col], b->value[col], att->attbyval, att->attlen);
}

static bool
changes(const Change *c, uint64 columns)
{
	TicketColumn col;

	foreach_column(col, columns)
		if (!same(c, col, &c->old, &c->new))
			return true;
	return false;
}

/* Does an attribute that is not among these columns differ? */
static bool
attribute_changes(const Change *c, int i, uint64 except)
{
	Form_pg_attribute att = TupleDescAttr(c->desc, i);

	/* a dropped one still has its value in old rows, and none in new ones */
	if (att->attisdropped || (c->desk->ticket_bit[i] & except))
		return false;
	if (c->old_nulls[i] || c->new_nulls[i])
		return c->old_nulls[i] != c->new_nulls[i];
	return !tsm_same_datum(c->old_values[i], c->new_values[i], att->attbyval, att->attlen);
}

/* Does a plain UPDATE change anything but what the guard sets itself? */
static bool
changes_anything(const Change *c)
{
	for (int i = 0; i < c->desc->natts; i++)
		if (!TupleDescAttr(c->desc, i)->attgenerated && attribute_changes(c, i, GUARDED))
			return true;
	return false;
}

/* A value as a JSON string; a time in UTC and an interval as "04:00:00", whatever the session's settings are. */
static void
append_json(StringInfo json, Oid type, Datum value, bool isnull)
{
	Oid			output;
	bool		varlena;

	if (isnull)
	{
		appendStringInfoString(json, "null");
		return;
	}
	if (type == TIMESTAMPTZOID)
	{
		escape_json(json, tsm_time_string(DatumGetTimestampTz(value)));
		return;
	}
	if (type == INTERVALOID)
	{
		escape_json(json, tsm_interval_string(value));
		return;
	}
	getTypeOutputInfo(type, &output, &varlena);
	escape_json(json, OidOutputFunctionCall(output, value));
}

/* One more of the changes: "column": [before, after]. */
static void
append_change(StringInfo json, const Change *c, int i)
{
	Form_pg_attribute att = TupleDescAttr(c->desc, i);

	appendStringInfoString(json, json->len > 0 ? ", " : "{");
	escape_json(json, NameStr(att->attname));
	appendStringInfoString(json, ": [");
	append_json(json, att->atttypid, c->old_tuple ? c->old_values[i] : (Datum) 0,
				c->old_tuple ? c->old_nulls[i] : true);
	appendStringInfoString(json, ", ");
	append_json(json, att->atttypid, c->new_values[i], c->new_nulls[i]);
	appendStringInfoChar(json, ']');
}

/* What was begun with append_change(), as jsonb; NULL if nothing was. */
static Jsonb *
finish_changes(StringInfo json)
{
	if (json->len == 0)
		return NULL;
	appendStringInfoChar(json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json->data)));
}

/* Changes of columns that the history has none for, NULL if there are none. */
static Jsonb *
other_changes(const Change *c)
{
	StringInfoData json;
	uint64		recorded = RECORDED;

	initStringInfo(&json);
	if (c->old_tuple == NULL)
	{
		/* of a new ticket, the target that a policy has given */
		for (int i = 0; i < c->desc->natts; i++)
			if ((c->desk->ticket_bit[i] & GRANTED) && !c->new_nulls[i] &&
				!(c->new.isnull[TC_sla_politica] && c->new.isnull[TC_atencion_politica]))
				append_change(&json, c, i);
		return finish_changes(&json);
	}

	/* an answer is recorded as such, but not that one was taken away */
	if (c->new.isnull[TC_respuesta_cliente])
		recorded &= ~COL(respuesta_cliente);
	if (changes(c, GRANTED))
		recorded &= ~DEADLINES;
	for (int i = 0; i < c->desc->natts; i++)
		if (attribute_changes(c, i, recorded))
			append_change(&json, c, i);
	return finish_changes(&json);
}

/* ----------------------------------------------------------------
 * Judging
 * ----------------------------------------------------------------
 */
bool
tsm_operation_needs_reason(TsmOperation op)
{
	return rules[op].needs_reason;
}

/* Columns that hold a value from the start: a NULL has no meaning to judge. */
static void
require_values(const Change *c)
{
	static const TicketColumn required[] = {
		TC_ticket_uuid, TC_estado, TC_tipo, TC_categoria, TC_prioridad,
		TC_descripcion, TC_solicitante_nombre, TC_solicitante_email, TC_area
	};

	for (int i = 0; i < (int) lengthof(required); i++)
		if (c->new.isnull[required[i]])
			tsm_missing_field(tsm_ticket_columns[required[i]]);
}

/* Which operation leads from one state to another; false if there is none. */
static bool
classify(Change *c)
{
	int			from = tsm_state_index(c->desk, DatumGetObjectId(c->old.value[TC_estado]));
	int			to = tsm_state_index(c->desk, DatumGetObjectId(c->new.value[TC_estado]));
	bool		found = false;

	if (from == to)
	{
		c->op = OP_ACTUALIZAR;
		return true;
	}
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		if (c->desk->next[op][from] != to)
			continue;
		/* of several, one that the caller may do */
		if (!found || (c->caller.role != ROLE_NONE && c->desk->may[op][c->caller.role]))
		{
			c->op = (TsmOperation) op;
			found = true;
		}
		if (c->caller.role != ROLE_NONE && c->desk->may[op][c->caller.role])
			break;
	}
	return found;
}

/* Only what is the operation's business may change. */
static void
judge_columns(const Change *c)
{
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		uint64		bit = UINT64CONST(1) << col;

		if (!(bit & (IMMUTABLE | ASSIGNMENT | CLASSIFICATION)) || same(c, col, &c->old, &c->new))
			continue;
		if (bit & IMMUTABLE)
			refuse_column(col, false);
		if (!(bit & rules[c->op].may_change))
			ereport(ERROR,
					(errcode(ERRCODE_TSM_CONFLICT),
					 errmsg("column cannot be changed by this operation"),
					 errdetail("Column \"%s\" is changed by %s, not by \"%s\".", tsm_ticket_columns[col],
							   bit & ASSIGNMENT ? "\"asignar\" and \"transferir\"" : "\"reclasificar\"",
							   tsm_operation_names[c->op])));
	}
	tsm_check_columns(&c->old, &c->new);
}

/* An area of a plain statement: what an fn_* was given is checked already. */
static void
judge_area(const Change *c)
{
	char	   *name = TextDatumGetCString(c->new.value[TC_area]);
	const TsmName *area = tsm_name_find(&c->desk->areas, name);

	if (area == NULL || strcmp(area->name, name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" has an invalid value", "area"),
				 errhint("Valid values: %s.", tsm_name_list(&c->desk->areas))));
	tsm_check_area_active(&c->desk->areas, area);
}

static void
judge_agent(const Change *c)
{
	const TsmAgent *agent;

	if (c->new.isnull[TC_agente_id])
		return;
	agent = tsm_agent_by_id(c->desk, DatumGetUUIDP(c->new.value[TC_agente_id]));
	if (agent == NULL)
		refuse_agent("There is no such agent.");
	if (!agent->active)
		refuse_agent("The agent is switched off.");
	if (agent->role == ROLE_AREA &&
		(agent->area == NULL ||
		 strcmp(agent->area, TextDatumGetCString(c->new.value[TC_area])) != 0))
		refuse_agent("The agent belongs to another area.");
}

/* What an operation demands of its own. */
static void
judge_operation(const Change *c)
{
	bool		same_area = same(c, TC_area, &c->old, &c->new);

	if (c->op == OP_TRANSFERIR && same_area)
		ereport(ERROR,
				(errcode(ERRCODE_TSM_CONFLICT),
				 errmsg("ticket is in this area already"),
				 errdetail("Ticket %s is in area \"%s\".",
						   TextDatumGetCString(c->old.value[TC_ticket_label]),
						   TextDatumGetCString(c->old.value[TC_area]))));
	if (!same_area)
		judge_area(c);
	if (c->op == OP_ASIGNAR || c->op == OP_TRANSFERIR)
		judge_agent(c);
	if (c->op == OP_RECLASIFICAR && !changes(c, CLASSIFICATION))
		ereport(ERROR,
				(errcode(ERRCODE_TSM_CONFLICT),
				 errmsg("nothing to change"),
				 errdetail("Ticket %s has this type, category, subcategory and priority already.",
						   TextDatumGetCString(c->old.value[TC_ticket_label]))));
}

/* The reason that a plain statement gives, in ticket_sm.motivo. */
static text *
direct_reason(TsmOperation op)
{
	const char *reason = tsm_direct_reason ? tsm_direct_reason : "";
	int			len;

	while (isspace((unsigned char) *reason))
		reason++;
	len = strlen(reason);
	while (len > 0 && isspace((unsigned char) reason[len - 1]))
		len--;
	if (len > 0)
	{
		tsm_check_field(F_MOTIVO, "ticket_sm.motivo", reason, len);
		return cstring_to_text_with_len(reason, len);
	}
	if (rules[op].needs_reason)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("field \"%s\" is required", "motivo"),
				 errdetail("Operation \"%s\" needs a reason.", tsm_operation_names[op]),
				 errhint("SET ticket_sm.motivo before a direct UPDATE, or call ticket_sm.fn_%s().",
						 tsm_operation_names[op])));
	return NULL;
}

/*
 * Judge an update; c->op is set for a request.  landed tells that c->new is
 * the row as it was written: then its state is no longer ours to fill.
 */
static void
judge_update(Change *c, bool landed)
{
	TsmRequest *request = c->request;
	int			to;

	if (!c->new.isnull[TC_estado] && request == NULL && !classify(c))
	{
		tsm_caller_require(c->desk, &c->caller, OP_ACTUALIZAR);
		tsm_caller_require_area(&c->caller, TextDatumGetCString(c->old.value[TC_area]));
		refuse_pair(c);
	}
	require_values(c);
	tsm_caller_require(c->desk, &c->caller, c->op);
	if (request == NULL)
		direct_reason(c->op);
	tsm_caller_require_area(&c->caller, TextDatumGetCString(c->old.value[TC_area]));
	if (request != NULL && request->has_version &&
		request->version != DatumGetInt32(c->old.value[TC_version]))
		ereport(ERROR,
				(errcode(ERRCODE_TSM_STALE),
				 errmsg("ticket has changed since it was read"),
				 errdetail("Ticket %s is at version %d, not %d.",
						   TextDatumGetCString(c->old.value[TC_ticket_label]),
						   DatumGetInt32(c->old.value[TC_version]), request->version),
				 errhint("Read the ticket again.")));

	to = c->desk->next[c->op][tsm_state_index(c->desk, DatumGetObjectId(c->old.value[TC_estado]))];
	if (to < 0)
		refuse_transition(c);
	if (request != NULL && !landed)
		c->new.value[TC_estado] = ObjectIdGetDatum(c->desk->state[to].oid);
	if (DatumGetObjectId(c->new.value[TC_estado]) != c->desk->state[to].oid)
		refuse_pair(c);

	if (request == NULL && !changes_anything(c))
		ereport(ERROR,
				(errcode(ERRCODE_TSM_CONFLICT),
				 errmsg("nothing to change"),
				 errdetail("Ticket %s is like this already.",
						   TextDatumGetCString(c->old.value[TC_ticket_label]))));
	judge_columns(c);
	judge_operation(c);
}

/* Does the clock itself make this change? */
static bool
is_clock(const Change *c)
{
	return c->request != NULL && (c->op == OP_VENCER || c->op == OP_RECALCULAR);
}

/* A change by the clock may not be used to change anything that is recorded. */
static void
judge_clock(const Change *c)
{
	for (int col = 0; col < TICKET_COLUMNS; col++)
		if (!(GUARDED & (UINT64CONST(1) << col)) && !same(c, (TicketColumn) col, &c->old, &c->new))
			refuse_trigger(tsm_ticket_columns[col]);
}

static void
judge_creation(Change *c, bool landed)
{
	static const TicketColumn not_yet[] = {TC_agente_id, TC_respuesta_cliente};

	tsm_caller_require(c->desk, &c->caller, OP_CREAR);
	if (!landed && !c->new.isnull[TC_ticket_label])
		refuse_column(TC_ticket_label, true);
	if (!landed && !c->new.isnull[TC_fecha_creacion])
		refuse_column(TC_fecha_creacion, true);
	if (c->desk->start < 0)
		ereport(ERROR,
				(errcode(ERRCODE_TSM_CONFLICT),
				 errmsg("transition not allowed"),
				 errdetail("The machine of this mesa has no transition for \"crear\".")));
	if (c->new.isnull[TC_estado])
	{
		c->new.value[TC_estado] = ObjectIdGetDatum(c->desk->state[c->desk->start].oid);
		c->new.isnull[TC_estado] = false;
	}
	require_values(c);
	if (DatumGetObjectId(c->new.value[TC_estado]) != c->desk->state[c->desk->start].oid)
		ereport(ERROR,
				(errcode(ERRCODE_TSM_CONFLICT),
				 errmsg("transition not allowed"),
				 errdetail("A ticket starts in %s, not in %s.",
						   c->desk->state[c->desk->start].name,
						   state_name(c->desk, c->new.value[TC_estado]))));
	for (int i = 0; i < (int) lengthof(not_yet); i++)
		if (!c->new.isnull[not_yet[i]])
			ereport(ERROR,
					(errcode(ERRCODE_TSM_CONFLICT),
					 errmsg("column cannot be changed by this operation"),
					 errdetail("Column \"%s\" is empty in a new ticket.", tsm_ticket_columns[not_yet[i]])));
	tsm_check_columns(NULL, &c->new);
	judge_area(c);
}

/* ----------------------------------------------------------------
 * Filling
 * ----------------------------------------------------------------
 */
static void
fill_time(TicketRow *row, TicketColumn col, bool set, const TicketRow *old, bool keep, TimestampTz now)
{
	row->isnull[col] = !set;
	if (!set)
		row->value[col] = (Datum) 0;
	else
		row->value[col] = keep && !old->isnull[col] ? old->value[col] : TimestampTzGetDatum(now);
}

/* Is there no event to this change?  Only the clock changes a ticket so. */
static bool
is_idle(const Change *c)
{
	return c->work.count == 0 && !c->work.own;
}

/* Set the guarded columns of a row from what precedes it and the time. */
static void
fill(Change *c, TicketRow *row)
{
	const TicketRow *old = c->old_tuple != NULL ? &c->old : NULL;
	const TsmState *state = &c->desk->state[tsm_state_index(c->desk, DatumGetObjectId(row->value[TC_estado]))];

	if (old == NULL)
	{
		row->value[TC_ticket_label] = PointerGetDatum(c->label);
		row->isnull[TC_ticket_label] = false;
		fill_time(row, TC_fecha_creacion, true, NULL, false, c->now);
	}
	tsm_sla_fill(c->desk, c->op, old, row, c->now, &c->work);
	row->value[TC_version] = Int32GetDatum((old ? DatumGetInt32(old->value[TC_version]) : 0) +
										   c->work.count + (c->work.own ? 1 : 0));
	row->isnull[TC_version] = false;
	if (is_idle(c))
	{
		row->value[TC_actualizado_en] = old->value[TC_actualizado_en];
		row->isnull[TC_actualizado_en] = false;
	}
	else
		fill_time(row, TC_actualizado_en, true, NULL, false, c->now);
	row->value[TC_abierto] = BoolGetDatum(state->open);
	row->isnull[TC_abierto] = false;
	fill_time(row, TC_resuelto_en, state->resolved, old, old != NULL, c->now);
	fill_time(row, TC_cerrado_en, !state->open, old, old != NULL, c->now);
}

/* The tuple that c->new says. */
static HeapTuple
filled_tuple(const Change *c)
{
	HeapTuple	tuple = heap_form_tuple(c->desc, c->new_values, c->new_nulls);

	tuple->t_data->t_ctid = c->new_tuple->t_data->t_ctid;
	tuple->t_self = c->new_tuple->t_self;
	tuple->t_tableOid = c->new_tuple->t_tableOid;
	return tuple;
}

/* Take over what was filled, also among all the attributes. */
static void
put_filled(Change *c)
{
	uint64		set = (GUARDED | COL(estado)) & ~COL(hash);
	TicketColumn col;

	if (c->old_tuple == NULL)
		set |= IMMUTABLE;
	foreach_column(col, set)
	{
		c->new_values[c->desk->ticket_att[col] - 1] = c->new.value[col];
		c->new_nulls[c->desk->ticket_att[col] - 1] = c->new.isnull[col];
	}
}

/* ----------------------------------------------------------------
 * Events
 * ----------------------------------------------------------------
 */

/*
 * What an event says of something that came due: {"column": [before, after]}.
 * Where the clock alone changes the ticket, the last one has what the owner's
 * triggers did to columns of his own.
 */
static Jsonb *
due_changes(const Change *c, const TicketRow *before, const TicketRow *after, bool last)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		Form_pg_attribute att = attribute(c, (TicketColumn) col);

		if (!(TOLD & (UINT64CONST(1) << col)) || same(c, (TicketColumn) col, before, after))
			continue;
		appendStringInfo(&json, "%s\"%s\": [", json.len > 0 ? ", " : "{", tsm_ticket_columns[col]);
		append_json(&json, att->atttypid, before->value[col], before->isnull[col]);
		appendStringInfoString(&json, ", ");
		append_json(&json, att->atttypid, after->value[col], after->isnull[col]);
		appendStringInfoChar(&json, ']');
	}
	if (last && !c->work.own)
		for (int i = 0; i < c->desc->natts; i++)
			if (attribute_changes(c, i, ~UINT64CONST(0)))
				append_change(&json, c, i);
	return finish_changes(&json);
}

/* What the new row was before what came due after the change was entered. */
static TicketRow
before_due(const Change *c, const TicketRow *row)
{
	TicketRow	result = c->new;

	if (c->work.count > c->work.before)
		for (int col = 0; col < TICKET_COLUMNS; col++)
			if (TOLD & (UINT64CONST(1) << col))
			{
				result.value[col] = row->value[col];
				result.isnull[col] = row->isnull[col];
			}
	return result;
}

/* What the change's own event says beyond the rows. */
static void
describe_own(const Change *c, TsmEvent *event)
{
	const TsmRequest *request = c->request;

	event->reason = request ? request->reason : event->old != NULL ? direct_reason(c->op) : NULL;
	event->note = request ? request->note : NULL;
	event->answer = request ? request->answer : NULL;
	if (event->old != NULL && !same(c, TC_respuesta_cliente, &c->old, &c->new) &&
		!c->new.isnull[TC_respuesta_cliente])
		event->answer = DatumGetTextPP(c->new.value[TC_respuesta_cliente]);
	event->changes = other_changes(c);
}

/*
 * Go through the events of a change: of what came due before it, its own, and
 * of what came due after it.  Each leads from the row that the one before it
 * has left to the next.
 */
static void
for_each_event(Change *c, void (*step) (Change *c, const TsmEvent *event, const TsmDue *due))
{
	bool		creation = c->old_tuple == NULL;
	TicketRow	row = creation ? c->new : c->old;
	int			version = creation ? 0 : DatumGetInt32(c->old.value[TC_version]);
	int			next_due = 0;

	for (int i = 0; i < c->work.count + c->work.own; i++)
	{
		bool		own = c->work.own && i == c->work.before;
		const TsmDue *due = own ? NULL : &c->work.due[next_due++];
		TicketRow	next = own ? before_due(c, &row) : row;
		TsmEvent	event = {.op = c->op,.old = creation && own ? NULL : &row,.new = &next};

		next.value[TC_version] = Int32GetDatum(++version);
		if (!own)
		{
			event.op = due->threshold == TSM_BREACH ? OP_VENCER : OP_AVISAR;
			tsm_sla_mark(&next, due);
			next.value[TC_actualizado_en] = TimestampTzGetDatum(c->now);
		}
		step(c, &event, due);
		row = next;
	}
}

static void
form_event(Change *c, const TsmEvent *event, const TsmDue *due)
{
	TsmEvent	told = *event;

	if (due == NULL)
		describe_own(c, &told);
	else
		told.changes = due_changes(c, event->old, event->new,
								   due == &c->work.due[c->work.count - 1]);
	c->event[c->nevents++] = tsm_history_form(c->desk, &c->caller, &told, c->hash,
											  TopTransactionContext);
}

/* Form the rows of a change's events; c->hash is that of the event before it. */
static void
form_events(Change *c)
{
	TsmIdentity saved = tsm_act_as_owner(c->desk);

	for_each_event(c, form_event);
	tsm_act_done(saved);
}

static void
publish_event(Change *c, const TsmEvent *event, const TsmDue *due)
{
	tsm_event_publish(c->desk, event->op, event->old, event->new, due);
}

/* Is any of a change's events for the outbox? */
static bool
is_published(const Change *c)
{
	return (c->work.own && c->desk->publishes[c->op]) ||
		(c->work.count > 0 && (c->desk->publishes[OP_AVISAR] || c->desk->publishes[OP_VENCER]));
}

/* Write the events that were formed; c->old and c->new are asked for the outbox only. */
static void
write_events(Change *c, bool published)
{
	TsmIdentity saved = tsm_act_as_owner(c->desk);

	tsm_history_insert(c->desk, c->event, c->nevents);
	if (published)
		for_each_event(c, publish_event);
	tsm_act_done(saved);
}

/*
 * Can the row still change between our two triggers?  By a trigger of a
 * user's, or by a column that is generated from others.
 */
static bool
is_final(const TriggerData *trigger, TupleDesc desc)
{
	const TriggerDesc *triggers = trigger->tg_relation->trigdesc;
	int16		event = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? TRIGGER_TYPE_INSERT : TRIGGER_TYPE_UPDATE;

	if (desc->constr != NULL && desc->constr->has_generated_stored)
		return false;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *t = &triggers->triggers[i];

		if (t->tgoid != trigger->tg_trigger->tgoid && t->tgenabled != TRIGGER_DISABLED &&
			TRIGGER_FOR_ROW(t->tgtype) && TRIGGER_FOR_BEFORE(t->tgtype) && (t->tgtype & event) != 0)
			return false;
	}
	return true;
}

/*
 * The hash of the event that precedes a change.  The ticket may not have it;
 * and what it has is not to be relied upon when an event of it has not been
 * written yet, as we are in a trigger that came before our own.
 */
static void
find_previous(Change *c, Oid relid, bool settled)
{
	Datum		ticket = c->old.value[TC_ticket_uuid];
	bytea	   *hash = c->old.isnull[TC_hash] ? NULL : DatumGetByteaPP(c->old.value[TC_hash]);

	if (settled && hash != NULL && VARSIZE_ANY_EXHDR(hash) == TSM_HASH_LENGTH &&
		recall(relid, ticket, false) == NULL && recall(relid, ticket, true) == NULL)
		memcpy(c->hash, VARDATA_ANY(hash), TSM_HASH_LENGTH);
	else
		tsm_history_lookup(c->desk, ticket, DatumGetInt32(c->old.value[TC_version]), c->hash);
}

/* The ticket's hash: of the last event, if that can be known yet. */
static void
fill_hash(Change *c, const TriggerData *trigger)
{
	bool		unknown = !is_final(trigger, c->desc);
	bytea	   *hash;

	c->new.value[TC_hash] = (Datum) 0;
	c->new.isnull[TC_hash] = unknown;
	c->new_nulls[c->desk->ticket_att[TC_hash] - 1] = unknown;
	if (unknown)
		return;
	if (c->old_tuple != NULL)
		find_previous(c, RelationGetRelid(trigger->tg_relation), true);
	form_events(c);
	hash = palloc(VARHDRSZ + TSM_HASH_LENGTH);
	SET_VARSIZE(hash, VARHDRSZ + TSM_HASH_LENGTH);
	memcpy(VARDATA(hash), c->hash, TSM_HASH_LENGTH);
	c->new.value[TC_hash] = PointerGetDatum(hash);
	c->new_values[c->desk->ticket_att[TC_hash] - 1] = PointerGetDatum(hash);
}

/* ----------------------------------------------------------------
 * The triggers
 * ----------------------------------------------------------------
 */

/* Take a tuple apart: all its attributes, and the columns we know of them. */
static void
extract(const Change *c, HeapTuple tuple, Datum **values, bool **nulls, TicketRow *row)
{
	*values = palloc(c->desc->natts * sizeof(Datum));
	*nulls = palloc(c->desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, c->desc, *values, *nulls);
	if (c->desk->ticket_in_order)
	{
		memcpy(row->value, *values, sizeof(row->value));
		memcpy(row->isnull, *nulls, sizeof(row->isnull));
		return;
	}
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		row->value[col] = (*values)[c->desk->ticket_att[col] - 1];
		row->isnull[col] = (*nulls)[c->desk->ticket_att[col] - 1];
	}
}

/* Begin with a change: the tuples, and what desk they are of. */
static void
begin(Change *c, FunctionCallInfo fcinfo, const char *name, bool before)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		(before ? !TRIGGER_FIRED_BEFORE(trigger->tg_event) : !TRIGGER_FIRED_AFTER(trigger->tg_event)) ||
		!(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired %s INSERT or UPDATE for each row",
						name, before ? "BEFORE" : "AFTER")));

	memset(c, 0, offsetof(Change, old));
	c->desk = tsm_desk_of_ticket(RelationGetNamespace(trigger->tg_relation),
								 RelationGetRelid(trigger->tg_relation));
	c->desc = RelationGetDescr(trigger->tg_relation);
	if (c->desk->ticket_natts != c->desc->natts)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("the columns of table ticket have changed meanwhile")));
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		c->old_tuple = trigger->tg_trigtuple;
		c->new_tuple = trigger->tg_newtuple;
	}
	else
		c->new_tuple = trigger->tg_trigtuple;
}

static void
extract_rows(Change *c)
{
	if (c->old_tuple != NULL)
		extract(c, c->old_tuple, &c->old_values, &c->old_nulls, &c->old);
	extract(c, c->new_tuple, &c->new_values, &c->new_nulls, &c->new);
}

static int
compare_ticket(const void *a, const void *b)
{
	return memcmp(&((const TsmRequest *) a)->ticket_id, &((const TsmRequest *) b)->ticket_id,
				  sizeof(pg_uuid_t));
}

/* The one of the current requests that is about this row; NULL if none is. */
static TsmRequest *
request_of(const Change *c)
{
	TsmRequest	key;
	TsmRequest *found;

	if (current_request == NULL || current_count == 1 || c->new.isnull[TC_ticket_uuid])
		return current_request;
	key.ticket_id = *DatumGetUUIDP(c->new.value[TC_ticket_uuid]);
	/* rows come in the order of the requests, unless some of the tickets do not exist */
	if (current_next < current_count && compare_ticket(&key, &current_request[current_next]) == 0)
		found = &current_request[current_next];
	else
		found = bsearch(&key, current_request, current_count, sizeof(TsmRequest), compare_ticket);
	if (found != NULL)
		current_next = (int) (found - current_request) + 1;
	return found;
}

/* The request that a row answers, if it does; else the current user acts. */
static void
find_request(Change *c)
{
	TsmRequest *request = request_of(c);

	if (request != NULL && !request->landed &&
		(request->op == OP_CREAR) == (c->old_tuple == NULL) &&
		request->desk->ticket_relid == c->desk->ticket_relid &&
		!c->new.isnull[TC_ticket_uuid] &&
		memcmp(DatumGetUUIDP(c->new.value[TC_ticket_uuid]), &request->ticket_id, sizeof(pg_uuid_t)) == 0)
	{
		/* While we waited for the row, the agent may have changed. */
		if (request->desk != c->desk && request->caller.agent != NULL)
			request->caller.agent = tsm_agent_by_id(c->desk, &request->caller.agent->id);
		c->request = request;
		c->caller = request->caller;
		c->op = request->op;
		if (c->old_tuple != NULL)
			request->state_before = DatumGetObjectId(c->old.value[TC_estado]);
		request->judged = true;
	}
	else
		tsm_caller_identify(c->desk, &c->caller);
}

/*
 * A refusal of a request is about the function that was called: the text of
 * our own statement, which SPI adds as context, would tell its caller nothing.
 * Returns what is to be put back afterwards.
 */
static ErrorContextCallback *
hide_statement(const Change *c)
{
	ErrorContextCallback *saved = error_context_stack;

	if (c->request != NULL)
		error_context_stack = c->request->context;
	return saved;
}

/*
 * Judge an update.  One of a batch is not to take the others along: a refusal
 * is kept in the request, and false returned.  Nothing is to be rolled back
 * then; what judges looks at cached arrays, and raises nothing of these
 * classes but what it has found.
 */
static bool
judge_or_refuse(Change *c)
{
	MemoryContext cxt = CurrentMemoryContext;
	volatile bool good = true;

	if (c->request == NULL || !c->request->in_batch)
	{
		judge_update(c, false);
		return true;
	}
	/* the only thing that it would read, and not from an array: an error in that is no refusal */
	if (!c->new.isnull[TC_agente_id])
		(void) tsm_agent_by_id(c->desk, DatumGetUUIDP(c->new.value[TC_agente_id]));
	PG_TRY();
	{
		judge_update(c, false);
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		if (code != ERRCODE_TSM_CONFLICT && code != ERRCODE_TSM_STALE &&
			code != ERRCODE_INSUFFICIENT_PRIVILEGE &&
			ERRCODE_TO_CATEGORY(code) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(c->request->cxt);
		c->request->refusal = CopyErrorData();
		FlushErrorState();
		MemoryContextSwitchTo(cxt);
		good = false;
	}
	PG_END_TRY();
	return good;
}

/* Tell the request what comes of it. */
static void
answer_request(const Change *c)
{
	TsmRequest *request = c->request;
	MemoryContext oldcxt = MemoryContextSwitchTo(request->cxt);
	TicketColumn col;

	memset(request->row.isnull, true, sizeof(request->row.isnull));
	foreach_column(col, ANSWERED)
	{
		Form_pg_attribute att = attribute(c, col);

		request->row.isnull[col] = c->new.isnull[col];
		if (!request->row.isnull[col])
			request->row.value[col] = datumCopy(c->new.value[col], att->attbyval, att->attlen);
	}
	request->work = c->work;
	MemoryContextSwitchTo(oldcxt);
}

Datum
tsm_tg_ticket_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	ErrorContextCallback *context;
	HeapTuple	result;
	Change		c;

	begin(&c, fcinfo, "tg_ticket_before", true);
	extract_rows(&c);
	find_request(&c);
	context = hide_statement(&c);
	if (c.old_tuple == NULL)
	{
		c.op = OP_CREAR;
		judge_creation(&c, false);
		/* the last thing: from here on other creations wait for us */
		c.label = tsm_label_draw(c.desk, &c.now);
	}
	else
	{
		if (is_clock(&c))
			c.new.value[TC_estado] = c.old.value[TC_estado];
		else if (!judge_or_refuse(&c))
		{
			error_context_stack = context;
			return PointerGetDatum(NULL);
		}
		/* the row is locked by now; time never runs back in a history */
		c.now = Max(tsm_now(), DatumGetTimestampTz(c.old.value[TC_actualizado_en]));
	}
	fill(&c, &c.new);
	if (is_clock(&c) && is_idle(&c) && same(&c, TC_sla_revisar_en, &c.old, &c.new) &&
		same(&c, TC_sla_orden, &c.old, &c.new))
	{
		c.request->idle = true;
		error_context_stack = context;
		return PointerGetDatum(NULL);	/* nothing to write at all */
	}
	put_filled(&c);
	fill_hash(&c, trigger);
	result = filled_tuple(&c);
	if (c.request != NULL && c.nevents > 0)
		answer_request(&c);
	remember(&c, RelationGetRelid(trigger->tg_relation), result);
	error_context_stack = context;
	return PointerGetDatum(result);
}

/* Is the row that landed, to the byte, the one that we filled? */
static bool
is_as_filled(HeapTuple landed, HeapTuple filled)
{
	const size_t bits = offsetof(HeapTupleHeaderData, t_bits);

	return landed->t_len == filled->t_len &&
		landed->t_data->t_hoff == filled->t_data->t_hoff &&
		memcmp((char *) landed->t_data + bits, (char *) filled->t_data + bits,
			   landed->t_len - bits) == 0;
}

/* A row that landed as another one, though nobody could have changed it: toasted, as a rule. */
static void
require_same(const Change *c, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < c->desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(c->desc, i);

		if (c->new_nulls[i] != nulls[i] ||
			(!nulls[i] && !tsm_same_datum(c->new_values[i], values[i], att->attbyval, att->attlen)))
			refuse_trigger(NameStr(att->attname));
	}
}

/* Judge a row that somebody's trigger has changed after us. */
static void
judge_landed(Change *c, HeapTuple filled)
{
	TicketRow	expected;
	uint64		guarded = GUARDED | IMMUTABLE;
	Datum	   *values;
	bool	   *nulls;

	extract(c, filled, &values, &nulls, &expected);
	if (c->nevents > 0)
	{
		require_same(c, values, nulls);
		return;
	}
	if (!same(c, TC_hash, &c->new, &expected))
		refuse_trigger(tsm_ticket_columns[TC_hash]);
	if (!same(c, TC_estado, &c->new, &expected))
		refuse_trigger(tsm_ticket_columns[TC_estado]);
	if (c->old_tuple == NULL)
		judge_creation(c, true);
	else if (is_clock(c))
		judge_clock(c);
	else
		judge_update(c, true);
	expected = c->new;
	fill(c, &expected);
	for (int col = 0; col < TICKET_COLUMNS; col++)
		if ((guarded & (UINT64CONST(1) << col)) && !same(c, col, &c->new, &expected))
			refuse_trigger(tsm_ticket_columns[col]);
}

/* The change that the BEFORE trigger has seen, or 428C9. */
static Pending *
recall_change(Change *c, Oid relid)
{
	bool		isnull;
	Datum		ticket = heap_getattr(c->old_tuple ? c->old_tuple : c->new_tuple,
									  c->desk->ticket_att[TC_ticket_uuid], c->desc, &isnull);
	Pending    *p = isnull ? NULL : recall(relid, ticket, c->old_tuple == NULL);

	if (p == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("the guard has not seen this change of a ticket"),
				 errdetail("A trigger on table ticket changed \"ticket_uuid\", "
						   "or the guard's trigger \"aa_guardia_antes\" is disabled.")));
	c->caller = p->caller;
	c->op = p->op;
	c->request = p->request;
	c->now = p->now;
	c->work = p->work;
	c->label = p->label;
	c->nevents = p->nevents;
	memcpy(c->event, p->event, p->nevents * sizeof(HeapTuple));
	p->nevents = 0;				/* they are ours now */
	return p;
}

Datum
tsm_tg_ticket_after(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			relid = RelationGetRelid(trigger->tg_relation);
	ErrorContextCallback *context;
	Pending    *p;
	Change		c;
	bool		as_filled;
	bool		as_answered;
	bool		published;

	begin(&c, fcinfo, "tg_ticket_after", false);
	p = recall_change(&c, relid);
	context = hide_statement(&c);
	as_filled = is_as_filled(c.new_tuple, p->filled);
	as_answered = c.nevents > 0;
	published = is_published(&c);
	if (!as_filled || !as_answered || published)
		extract_rows(&c);
	if (!as_filled)
		judge_landed(&c, p->filled);
	error_context_stack = context;
	if (c.nevents == 0)
	{
		if (c.old_tuple != NULL)
			find_previous(&c, relid, false);
		form_events(&c);
	}
	forget(p);
	write_events(&c, published);
	if (c.request != NULL)
	{
		if (!as_answered)
			answer_request(&c);
		c.request->landed = true;
	}
	for (int i = 0; i < c.nevents; i++)
		heap_freetuple(c.event[i]);
	return PointerGetDatum(NULL);
}

/* ----------------------------------------------------------------
 * Requests
 * ----------------------------------------------------------------
 */

/* The statement of a request. */
typedef struct Statement
{
	TsmRequest *request;
	int			count;			/* of requests */
	const TsmQuery *query;
	bool		many;
	Datum	   *args;
	const char *nulls;
	bool		found;
} Statement;

static void
execute(void *arg)
{
	Statement  *s = (Statement *) arg;
	const TsmDesk *desk = s->request->desk;
	SPIPlanPtr	plan = s->many ? tsm_plan_many(desk, s->query) : tsm_plan(desk, s->query);
	int			rc;

	rc = SPI_execute_plan(plan, s->args, s->nulls, false, 0);
	if (rc < 0)
		elog(ERROR, "unexpected result of an operation: %s", SPI_result_code_string(rc));
	if (rc != SPI_OK_UPDATE && rc != SPI_OK_INSERT)
	{
		tsm_plan_forget(desk, plan);
		ereport(ERROR,
				(errcode(ERRCODE_TSM_CONFLICT),
				 errmsg("a rule has replaced the change"),
				 errhint("Drop the rules on table ticket; ticket_sm.fn_verificar() lists them.")));
	}
	s->found = SPI_processed > 0;
}

/* Run a statement as the owner, with its requests as the current ones. */
static void
run_statement(Statement *s)
{
	TsmRequest *outer = current_request;
	int			outer_count = current_count;
	TsmIdentity saved = tsm_enter(s->request->desk);

	PG_TRY();
	{
		current_request = s->request;
		current_count = s->count;
		current_next = 0;
		tsm_bounded_wait(execute, s);
	}
	PG_FINALLY();
	{
		current_request = outer;
		current_count = outer_count;
	}
	PG_END_TRY();
	tsm_leave(saved);
}

bool
tsm_guard_run(TsmRequest *request, const TsmQuery *query, Datum *args, const char *nulls)
{
	Statement	statement = {request, 1, query, false, args, nulls, false};

	/* not SPI's: the results are to outlive it */
	request->cxt = CurrentMemoryContext;
	request->context = error_context_stack;
	run_statement(&statement);

	if (statement.found && !request->landed)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("the guard has not seen this change of a ticket"),
				 errdetail("A trigger of the guard on table ticket is disabled.")));
	if (request->judged && !request->landed && !request->idle)
		ereport(ERROR,
				(errcode(ERRCODE_TSM_CONFLICT),
				 errmsg("a trigger has suppressed the change"),
				 errhint("See the triggers that were added to table ticket.")));
	return statement.found;
}

void
tsm_guard_run_batch(TsmRequest *requests, int count, const TsmQuery *query, Datum *args, const char *nulls)
{
	Statement	statement = {requests, count, query, true, args, nulls, false};

	for (int i = 0; i < count; i++)
	{
		requests[i].cxt = CurrentMemoryContext;
		requests[i].context = error_context_stack;
	}
	run_statement(&statement);
}
