/*-------------------------------------------------------------------------
 *
 * actions.c
 *	  fn_acciones: what the caller may do with a ticket now.
 *
 * Programs draw their buttons and forms from it.  Which operations there are and
 * what they want is on the sheet; whether one is possible the guard's judge says.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_acciones);

#define C(a, name, type, notnull, what) ", t." #name
static const TsmQuery q_ticket = {
	"SELECT t.area" TSM_TICKET_COLUMNS(C,) " FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
	1, {UUIDOID}, PLAN_ONCE
};
#undef C

/* What a field is called, of SQL's function and over HTTP. */
static const char *
field_name(const TsmParam *param, TsmKeys keys)
{
	return keys == TSM_KEYS_OF_SQL ? tsm_param_name(param) : param->json;
}

static void
append_text(StringInfo json, const char *key, const char *value)
{
	tsm_answer_key(json, key);
	escape_json(json, value);
}

static void
append_flag(StringInfo json, const char *key, bool value)
{
	tsm_answer_key(json, key);
	appendStringInfoString(json, value ? "true" : "false");
}

/* The names of a catalogue that may be given; but: one that may not, or NULL. */
static void
append_values(StringInfo json, const TsmNameList *list, const char *but)
{
	bool		first = true;

	tsm_answer_key(json, "valores");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < list->count; i++)
	{
		if (!list->item[i].active || (but != NULL && strcmp(list->item[i].name, but) == 0))
			continue;
		if (!first)
			appendStringInfoString(json, ", ");
		escape_json(json, list->item[i].name);
		first = false;
	}
	appendStringInfoChar(json, ']');
}

/* What a ticket may be to another one. */
static void
append_relations(StringInfo json)
{
	tsm_answer_key(json, "valores");
	appendStringInfoChar(json, '[');
	for (int r = 0; r < TSM_RELATIONS; r++)
	{
		if (r > 0)
			appendStringInfoString(json, ", ");
		escape_json(json, tsm_relation_names[r]);
	}
	appendStringInfoChar(json, ']');
}

static void
append_limits(StringInfo json, const TsmFieldRow *field, TsmKeys keys)
{
	tsm_answer_key(json, "minimo");
	appendStringInfo(json, "%d", field->min);
	tsm_answer_key(json, "maximo");
	appendStringInfo(json, "%d", field->max);
	append_flag(json, keys == TSM_KEYS_OF_SQL ? "varias_lineas" : "variasLineas", field->kind == TEXT_LINES);
}

static void
append_field(StringInfo json, const TsmDesk *desk, const TsmOperationRow *op, const TsmParam *param,
			 const char *area, TsmKeys keys)
{
	appendStringInfoChar(json, '{');
	append_text(json, "campo", field_name(param, keys));
	append_text(json, "tipo", tsm_param_json_type(param));
	append_flag(json, "requerido", tsm_param_required(op, param));
	append_flag(json, keys == TSM_KEYS_OF_SQL ? "alguno_requerido" : "algunoRequerido", param->demand == ONE_OF);
	switch (param->kind)
	{
		case PARAM_TEXT:
			append_limits(json, &tsm_fields[param->field], keys);
			break;
		case PARAM_TYPE:
			append_values(json, &desk->types, NULL);
			break;
		case PARAM_PRIORITY:
			append_values(json, &desk->priorities, NULL);
			break;
		case PARAM_AREA:
			append_values(json, &desk->areas, param->demand == REQUIRED ? area : NULL);
			break;
		case PARAM_RELATION:
			append_relations(json);
			break;
		default:
			break;
	}
	appendStringInfoChar(json, '}');
}

/* Is a parameter there to say which ticket?  That is known; but a requester's is named by its label. */
static bool
names_ticket(const TsmOperationRow *op, int i)
{
	return op->param[i].demand == INSTEAD || (i == 0 && op->kind != OF_REQUESTERS);
}

static void
append_fields(StringInfo json, const TsmDesk *desk, const TsmOperationRow *op, const char *area, TsmKeys keys)
{
	bool		first = true;

	appendStringInfoChar(json, '[');
	for (int i = 0; op->param[i].kind != PARAM_NONE; i++)
	{
		if (names_ticket(op, i) || (keys == TSM_KEYS_OF_HTTP && op->param[i].json == NULL))
			continue;
		if (!first)
			appendStringInfoString(json, ", ");
		append_field(json, desk, op, &op->param[i], area, keys);
		first = false;
	}
	appendStringInfoChar(json, ']');
}

/* A ticket as the guard would find it; PT404, 42501. */
static void
read_ticket(const TsmRequest *request, pg_uuid_t *id, TicketRow *row)
{
	Datum		arg = UUIDPGetDatum(id);
	Datum		values[TICKET_COLUMNS + 1];
	bool		nulls[TICKET_COLUMNS + 1];
	HeapTuple	tuple;
	TupleDesc	desc;

	tuple = tsm_lookup_row(request->desk, &q_ticket, &arg, NULL, &desc);
	if (tuple == NULL)
		tsm_raise(tsm_no_ticket(id));
	heap_deform_tuple(tuple, desc, values, nulls);
	tsm_caller_require_area(&request->caller, TextDatumGetCString(values[0]));
	memcpy(row->value, values + 1, sizeof(row->value));
	memcpy(row->isnull, nulls + 1, sizeof(row->isnull));
}

/* Is an operation possible, and to which state would it lead? */
static bool
leads_on(const TsmRequest *request, const TicketRow *row, TsmOperation op, const TsmState **to)
{
	const TsmDesk *desk = request->desk;

	if (!tsm_is_possible(desk, &request->caller, op, row))
		return false;
	*to = &desk->state[desk->next[op][tsm_state_index(desk, DatumGetObjectId(row->value[TC_estado]))]];
	return true;
}

/* fn_acciones(ticket_id) */
Datum
tsm_fn_acciones(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TsmRequest	request;
	TicketRow	row;
	char	   *area;

	tsm_request_begin(&request, OP_CONSULTAR);
	tsm_caller_require_agent(&request.caller);
	read_ticket(&request, tsm_arg_ticket(fcinfo), &row);
	area = TextDatumGetCString(row.value[TC_area]);
	InitMaterializedSRF(fcinfo, 0);
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};
		const TsmState *to;
		StringInfoData fields;

		if (!leads_on(&request, &row, (TsmOperation) op, &to))
			continue;
		initStringInfo(&fields);
		append_fields(&fields, request.desk, &tsm_operations[op], area, TSM_KEYS_OF_SQL);
		values[0] = ObjectIdGetDatum(request.desk->operation_oid[op]);
		values[1] = ObjectIdGetDatum(to->oid);
		values[2] = DirectFunctionCall1(jsonb_in, CStringGetDatum(fields.data));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The path of an operation over HTTP; that of a file has room for which one. */
static char *
path_of(TsmOperation op, const char *uuid)
{
	if (tsm_operations[op].kind == OF_REQUESTERS)
		return psprintf("/tickets/%s", tsm_operations[op].name);
	if (tsm_operations[op].kind != ON_FILES)
		return psprintf("/tickets/%s/%s", uuid, tsm_operations[op].name);
	return psprintf(op == OP_ADJUNTAR ? "/tickets/%s/adjuntos" : "/tickets/%s/adjuntos/{adjuntoId}/retirar", uuid);
}

void
tsm_answer_actions(StringInfo answer, const TsmRequest *request, pg_uuid_t *id)
{
	char	   *uuid = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
	TicketRow	row;
	char	   *area;
	bool		first = true;

	read_ticket(request, id, &row);
	area = TextDatumGetCString(row.value[TC_area]);
	appendStringInfoChar(answer, '[');
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		const TsmState *to;

		if (!leads_on(request, &row, (TsmOperation) op, &to))
			continue;
		appendStringInfoString(answer, first ? "{" : ", {");
		append_text(answer, "operacion", tsm_operations[op].name);
		append_text(answer, "ruta", path_of((TsmOperation) op, uuid));
		append_text(answer, "estado", to->name);
		append_text(answer, "cuerpo", op == OP_ADJUNTAR ? "archivo" : "json");
		tsm_answer_key(answer, "campos");
		append_fields(answer, request->desk, &tsm_operations[op], area, TSM_KEYS_OF_HTTP);
		appendStringInfoChar(answer, '}');
		first = false;
	}
	appendStringInfoChar(answer, ']');
}
