/*-------------------------------------------------------------------------
 *
 * rest_catalogue.c
 *	  What a client builds its forms and lists of: the catalogues of a desk, the
 *	  machine, the fields and their limits, and who is calling.
 *
 * Nearly all of it is what the backend knows of the desk anyway.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "api/api.h"

/* For the settings that nothing in C depends on. */
static const TsmQuery q_settings = {
	"SELECT c.nombre, c.zona_horaria, c.categorias FROM @.configuracion c",
	0, {0}, PLAN_ONCE
};

/*
 * Who can be given a ticket: $1 area, NULL: of any; $2 whether those who belong to
 * every area count; $3 the last one of the page before, or NULL; $4 how many.
 */
static const TsmQuery q_agents = {
	"SELECT a.agente_id::pg_catalog.text, a.nombre, a.email, a.rol::pg_catalog.text, a.area FROM @.agente a"
	" WHERE a.activo AND ($1 IS NULL OR a.area" EQ "$1"
	"  OR ($2 AND a.rol" EQ "ANY ('{ADMIN,MESA}'::ticket_sm.ticket_role[])))"
	" AND ($3 IS NULL OR (a.nombre, a.agente_id) OPERATOR(pg_catalog.>)"
	"  (SELECT c.nombre, c.agente_id FROM @.agente c WHERE c.agente_id" EQ "$3))"
	" ORDER BY a.nombre, a.agente_id LIMIT $4",
	4, {TEXTOID, BOOLOID, UUIDOID, INT8OID}, PLAN_AS_NEEDED
};

static const TsmQuery q_self = {
	"SELECT a.agente_id::pg_catalog.text, a.nombre, a.email, a.rol::pg_catalog.text, a.area FROM @.agente a"
	" WHERE a.agente_id" EQ "$1",
	1, {UUIDOID}, PLAN_ONCE
};

/* ----------------------------------------------------------------
 * Pieces of JSON
 * ----------------------------------------------------------------
 */

/* The next member of an object or element of an array: a comma, unless it is the first. */
static void
begin_item(StringInfo answer)
{
	if (strchr("[{ ", answer->data[answer->len - 1]) == NULL)
		appendStringInfoString(answer, ", ");
}

static void
put_string(StringInfo answer, const char *key, const char *value)
{
	tsm_answer_key(answer, key);
	if (value == NULL)
		appendStringInfoString(answer, "null");
	else
		escape_json(answer, value);
}

static void
put_boolean(StringInfo answer, const char *key, bool value)
{
	tsm_answer_key(answer, key);
	appendStringInfoString(answer, value ? "true" : "false");
}

static void
put_number(StringInfo answer, const char *key, int value)
{
	tsm_answer_key(answer, key);
	appendStringInfo(answer, "%d", value);
}

/* The names of a catalogue, as strings: as many as a page has. */
static void
put_names(StringInfo answer, const TsmNameList *list, bool also_off)
{
	int			left = TSM_LONGEST_PAGE;

	appendStringInfoChar(answer, '[');
	for (int i = 0; i < list->count && left > 0; i++)
		if (also_off || list->item[i].active)
		{
			begin_item(answer);
			escape_json(answer, list->item[i].name);
			left--;
		}
	appendStringInfoChar(answer, ']');
}

/* ----------------------------------------------------------------
 * Pages
 * ----------------------------------------------------------------
 */
#define CURSOR "cursor"

static int64
page_size(const TsmBody *body)
{
	return body == NULL ? TSM_LONGEST_PAGE : tsm_query_number(body, "limite", TSM_LONGEST_PAGE, 1, TSM_LONGEST_PAGE);
}

/* What the page before ended with, as it came; NULL: this is the first. */
static const char *
page_cursor(const TsmBody *body, const char *type)
{
	const char *cursor = body == NULL ? NULL : tsm_member_text(body->data, CURSOR, "string");

	return cursor == NULL || cursor[0] == '\0' ? NULL : tsm_member_text(body->data, CURSOR, type);
}

tsm_noreturn static void
refuse_cursor(const char *what)
{
	tsm_refuse(REFUSE_BAD_FIELD, CURSOR, psprintf("It is the %s of the last one of the page before.", what), NULL);
}

/* The names of a list that are asked for, NULL: from its beginning: from *first to before *end. */
static void
page_of_names(const TsmRequest *request, const TsmNameList *list, const TsmBody *body, int *first, int *end)
{
	const char *cursor = page_cursor(body, "string");

	*first = 0;
	if (cursor != NULL)
	{
		const TsmName *last = tsm_name_find(list, cursor);

		if (last == NULL)
			last = tsm_name_former(list, cursor);
		if (last == NULL)
			refuse_cursor("name");
		*first = (int) (last - list->item) + 1;
	}
	*end = (int) Min(list->count, *first + page_size(body));
}

/* ----------------------------------------------------------------
 * Catalogues
 * ----------------------------------------------------------------
 */
static void
answer_areas(StringInfo answer, const TsmRequest *request, const TsmBody *body)
{
	const TsmNameList *areas = &request->desk->areas;
	int			first;
	int			end;

	page_of_names(request, areas, body, &first, &end);
	appendStringInfoChar(answer, '[');
	for (int i = first; i < end; i++)
	{
		begin_item(answer);
		appendStringInfoChar(answer, '{');
		put_string(answer, "nombre", areas->item[i].name);
		put_boolean(answer, "activa", areas->item[i].active);
		appendStringInfoChar(answer, '}');
	}
	appendStringInfoChar(answer, ']');
}

static void
answer_priorities(StringInfo answer, const TsmRequest *request, const TsmBody *body)
{
	const TsmNameList *priorities = &request->desk->priorities;
	int			first;
	int			end;

	page_of_names(request, priorities, body, &first, &end);
	appendStringInfoChar(answer, '[');
	for (int i = first; i < end; i++)
	{
		begin_item(answer);
		appendStringInfoChar(answer, '{');
		put_string(answer, "nombre", priorities->item[i].name);
		put_number(answer, "slaHoras", priorities->item[i].sla_hours);
		appendStringInfoChar(answer, '}');
	}
	appendStringInfoChar(answer, ']');
}

static void
answer_types(StringInfo answer, const TsmRequest *request, const TsmBody *body)
{
	put_names(answer, &request->desk->types, true);
}

/* ----------------------------------------------------------------
 * Agents
 * ----------------------------------------------------------------
 */

/* A row of q_agents or q_self, without the braces. */
static void
put_agent(StringInfo answer, uint64 row)
{
	put_string(answer, "id", tsm_read_string(row, 1));
	put_string(answer, "nombre", tsm_read_string(row, 2));
	put_string(answer, "email", tsm_read_string(row, 3));
	put_string(answer, "rol", tsm_read_string(row, 4));
	put_string(answer, "area", tsm_read_string(row, 5));
}

/* The area that was asked for, if any, under the name that it has. */
static const char *
asked_area(const TsmRequest *request, const TsmBody *body)
{
	LOCAL_FCINFO(args, 1);
	const char *area = tsm_member_text(body->data, "area", "string");
	const TsmName *name;

	if (area == NULL)
		return NULL;
	InitFunctionCallInfoData(*args, NULL, 1, InvalidOid, NULL, NULL);
	tsm_call_set(args, 0, CStringGetTextDatum(area));
	name = tsm_arg_name(args, 0, "area", request->desk, &request->desk->areas, false);
	return name == NULL ? NULL : name->name;
}

/* The arguments of q_agents that say which page. */
static void
page_of_agents(const TsmRequest *request, const TsmBody *body, Datum *args, char *nulls)
{
	const char *cursor = page_cursor(body, "uuid");

	args[2] = (Datum) 0;
	nulls[2] = 'n';
	if (cursor != NULL)
	{
		args[2] = DirectFunctionCall1(uuid_in, CStringGetDatum(cursor));
		nulls[2] = ' ';
		if (tsm_agent_by_id(request->desk, DatumGetUUIDP(args[2])) == NULL)
			refuse_cursor("id");
	}
	args[3] = Int64GetDatum(page_size(body));
}

/* AREA gives tickets to nobody, but sees who works in its area. */
static void
answer_agents(StringInfo answer, const TsmRequest *request, const TsmBody *body)
{
	const TsmCaller *caller = &request->caller;
	const char *area = asked_area(request, body);
	Datum		args[4];
	char		nulls[4] = {' ', ' ', ' ', ' '};
	TsmIdentity saved;

	if (!tsm_caller_sees_all(caller))
	{
		const char *own = tsm_caller_area(caller);

		tsm_caller_require_area(caller, area != NULL ? area : own != NULL ? own : "");
		area = own;
	}
	args[0] = area == NULL ? (Datum) 0 : CStringGetTextDatum(area);
	args[1] = BoolGetDatum(tsm_caller_sees_all(caller));
	if (area == NULL)
		nulls[0] = 'n';
	page_of_agents(request, body, args, nulls);
	appendStringInfoChar(answer, '[');
	saved = tsm_enter(request->desk);
	tsm_read_nulls(request->desk, &q_agents, args, nulls);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		begin_item(answer);
		appendStringInfoChar(answer, '{');
		put_agent(answer, i);
		appendStringInfoChar(answer, '}');
	}
	tsm_leave(saved);
	appendStringInfoChar(answer, ']');
}

/* Who is calling, and until when the token holds. */
static void
answer_self(StringInfo answer, const TsmRequest *request, const TsmBody *body)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);
	const char *expires = claims == NULL || claims[0] == '\0' ? NULL : tsm_json_member(claims, "exp");
	TsmIdentity saved;
	Datum		id;

	if (request->caller.agent == NULL)
		tsm_refuse(REFUSE_NOT_ALLOWED, NULL, "The caller is no agent.", NULL);
	id = UUIDPGetDatum(&request->caller.agent->id);
	appendStringInfoChar(answer, '{');
	saved = tsm_enter(request->desk);
	tsm_read(request->desk, &q_self, &id);
	if (SPI_processed > 0)
		put_agent(answer, 0);
	tsm_leave(saved);
	tsm_answer_key(answer, "exp");
	appendStringInfo(answer, "%s}", expires != NULL && strspn(expires, "0123456789") == strlen(expires) ? expires : "null");
}

/* ----------------------------------------------------------------
 * The machine
 * ----------------------------------------------------------------
 */
static void
put_states(StringInfo answer, const TsmDesk *desk)
{
	appendStringInfoChar(answer, '[');
	for (int i = 0; i < desk->nstates; i++)
	{
		begin_item(answer);
		appendStringInfoChar(answer, '{');
		put_string(answer, "estado", desk->state[i].name);
		put_boolean(answer, "abierto", desk->state[i].open);
		put_boolean(answer, "resuelto", desk->state[i].resolved);
		put_string(answer, "reloj", tsm_clock_names[desk->state[i].clock]);
		appendStringInfoChar(answer, '}');
	}
	appendStringInfoChar(answer, ']');
}

static void
put_transition(StringInfo answer, const TsmDesk *desk, int from, int to)
{
	begin_item(answer);
	appendStringInfoChar(answer, '{');
	put_string(answer, "desde", from < 0 ? NULL : desk->state[from].name);
	put_string(answer, "hasta", desk->state[to].name);
	appendStringInfoChar(answer, '}');
}

static void
put_operation(StringInfo answer, const TsmRequest *request, TsmOperation op)
{
	const TsmDesk *desk = request->desk;

	begin_item(answer);
	appendStringInfoChar(answer, '{');
	put_string(answer, "operacion", tsm_operation_names[op]);
	put_boolean(answer, "permitida", desk->may[op][request->caller.role]);
	put_boolean(answer, "motivoRequerido", tsm_operations[op].needs_reason);
	tsm_answer_key(answer, "roles");
	appendStringInfoChar(answer, '[');
	for (int role = 0; role < TSM_ROLES; role++)
		if (desk->may[op][role])
		{
			begin_item(answer);
			escape_json(answer, tsm_role_names[role]);
		}
	appendStringInfoChar(answer, ']');
	tsm_answer_key(answer, "transiciones");
	appendStringInfoChar(answer, '[');
	if (op == OP_CREAR && desk->start >= 0)
		put_transition(answer, desk, -1, desk->start);
	for (int from = 0; from < desk->nstates; from++)
		if (desk->next[op][from] >= 0)
			put_transition(answer, desk, from, desk->next[op][from]);
	appendStringInfoString(answer, "]}");
}

static void
answer_machine(StringInfo answer, const TsmRequest *request, const TsmBody *body)
{
	appendStringInfoString(answer, "{");
	tsm_answer_key(answer, "estados");
	put_states(answer, request->desk);
	tsm_answer_key(answer, "operaciones");
	appendStringInfoChar(answer, '[');
	for (int op = 0; op < TSM_OPERATIONS; op++)
		if (tsm_operations[op].kind != THE_CLOCKS)
			put_operation(answer, request, (TsmOperation) op);
	appendStringInfoString(answer, "]}");
}

/* ----------------------------------------------------------------
 * The desk, for anyone
 * ----------------------------------------------------------------
 */
static void
put_field(StringInfo answer, const TsmOperationRow *op, const TsmParam *param)
{
	begin_item(answer);
	appendStringInfoChar(answer, '{');
	put_string(answer, "operacion", op->name);
	put_string(answer, "campo", param->json);
	put_string(answer, "tipo", tsm_param_json_type(param));
	put_boolean(answer, "requerido", tsm_param_required(op, param));
	if (param->kind == PARAM_TEXT)
	{
		const TsmFieldRow *field = &tsm_fields[param->field];

		put_number(answer, "minimo", field->min);
		put_number(answer, "maximo", field->max);
		put_boolean(answer, "variasLineas", field->kind == TEXT_LINES);
	}
	appendStringInfoChar(answer, '}');
}

static void
put_fields(StringInfo answer)
{
	appendStringInfoChar(answer, '[');
	for (int op = 0; op < TSM_OPERATIONS; op++)
		for (int i = 0; tsm_operations[op].param[i].kind != PARAM_NONE; i++)
			if (tsm_operations[op].param[i].json != NULL)
				put_field(answer, &tsm_operations[op], &tsm_operations[op].param[i]);
	appendStringInfoChar(answer, ']');
}

/* The categories that the desk proposes, as a ticket would have them; what could be none is left out. */
static void
put_categories(StringInfo answer, Datum array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	count = Min(count, TSM_LONGEST_PAGE);
	appendStringInfoChar(answer, '[');
	for (int i = 0; i < count; i++)
	{
		TsmText		t = {nulls[i] ? "" : TextDatumGetCString(elements[i]), 0, 0};

		t.len = strlen(t.str);
		if (tsm_field_normalise(F_CATEGORIA, "", &t) != NULL || t.len == 0)
			continue;
		begin_item(answer);
		escape_json(answer, pnstrdup(t.str, t.len));
	}
	appendStringInfoChar(answer, ']');
}

void
tsm_answer_desk(StringInfo answer, const TsmRequest *request)
{
	TsmIdentity saved = tsm_enter(request->desk);

	tsm_read(request->desk, &q_settings, NULL);
	appendStringInfoChar(answer, '{');
	put_string(answer, "nombre", tsm_read_string(0, 1));
	put_string(answer, "zonaHoraria", tsm_read_string(0, 2));
	tsm_answer_key(answer, "categorias");
	put_categories(answer, tsm_read_value(0, 3));
	tsm_leave(saved);
	tsm_answer_key(answer, "areas");
	put_names(answer, &request->desk->areas, false);
	tsm_answer_key(answer, "tipos");
	answer_types(answer, request, NULL);
	tsm_answer_key(answer, "prioridades");
	answer_priorities(answer, request, NULL);
	tsm_answer_key(answer, "campos");
	put_fields(answer);
	appendStringInfoChar(answer, '}');
}

/* ----------------------------------------------------------------
 * For agents
 * ----------------------------------------------------------------
 */
void
tsm_answer_catalogue(StringInfo answer, const char *name, const TsmRequest *request, const TsmBody *body)
{
	static const struct
	{
		const char *name;
		void		(*write) (StringInfo answer, const TsmRequest *request, const TsmBody *body);
	}			catalogues[] =
	{
		{"areas", answer_areas}, {"prioridades", answer_priorities}, {"tipos", answer_types},
		{"agentes", answer_agents}, {"maquina", answer_machine}, {"yo", answer_self}
	};

	for (int i = 0; i < (int) lengthof(catalogues); i++)
		if (strcmp(catalogues[i].name, name) == 0)
		{
			catalogues[i].write(answer, request, body);
			return;
		}
	tsm_refuse(REFUSE_BAD_FIELD, "catalogo", NULL, "Valid values: areas, prioridades, tipos, agentes, maquina, yo.");
}
