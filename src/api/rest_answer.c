/*-------------------------------------------------------------------------
 *
 * rest_answer.c
 *	  The answers of the REST API, under the keys that are documented.
 *
 * Times are as json has them, in the session's time zone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"

#include "api/api.h"

/* A key, and the column that it shows. */
typedef struct AnswerKey
{
	const char *key;
	int			column;
	Oid			type;
} AnswerKey;

/* Columns that are none. */
#define STATE_BEFORE	(-1)
#define ALWAYS_NULL		(-2)
#define LABEL_NUMBER	(-3)
#define LAST_WORDS		(-4)
#define FILES			(-5)

#define ENUM ANYENUMOID

void
tsm_answer_key(StringInfo answer, const char *key)
{
	char		last = answer->len > 0 ? answer->data[answer->len - 1] : '{';

	appendStringInfo(answer, "%s\"%s\" : ", last == '{' || last == ' ' ? "" : ", ", key);
}

void
tsm_answer_value(StringInfo answer, Datum value, bool isnull, Oid type)
{
	char		time[MAXDATELEN + 1];

	if (isnull)
	{
		appendStringInfoString(answer, "null");
		return;
	}
	switch (type)
	{
		case INT4OID:
			appendStringInfo(answer, "%d", DatumGetInt32(value));
			break;
		case BOOLOID:
			appendStringInfoString(answer, DatumGetBool(value) ? "true" : "false");
			break;
		case UUIDOID:
			appendStringInfo(answer, "\"%s\"", DatumGetCString(DirectFunctionCall1(uuid_out, value)));
			break;
		case TIMESTAMPTZOID:
			JsonEncodeDateTime(time, value, type, NULL);
			appendStringInfo(answer, "\"%s\"", time);
			break;
		case ENUM:
			escape_json(answer, DatumGetCString(DirectFunctionCall1(enum_out, value)));
			break;
		default:
			escape_json(answer, TextDatumGetCString(value));
			break;
	}
}

static JsonbValue *
find_value(JsonbContainer *object, const char *key, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), value);
}

void
tsm_answer_jsonb(StringInfo answer, const JsonbValue *value)
{
	switch (value == NULL ? jbvNull : value->type)
	{
		case jbvNull:
			appendStringInfoString(answer, "null");
			break;
		case jbvString:
			escape_json(answer, pnstrdup(value->val.string.val, value->val.string.len));
			break;
		case jbvNumeric:
			appendStringInfoString(answer, DatumGetCString(DirectFunctionCall1(numeric_out,
																			   NumericGetDatum(value->val.numeric))));
			break;
		case jbvBool:
			appendStringInfoString(answer, value->val.boolean ? "true" : "false");
			break;
		default:
			(void) JsonbToCString(answer, value->val.binary.data, value->val.binary.len);
			break;
	}
}

static void
append_member(StringInfo answer, const char *key, JsonbContainer *object, const char *from)
{
	JsonbValue	value;

	tsm_answer_key(answer, key);
	tsm_answer_jsonb(answer, find_value(object, from, &value));
}

/* Who it was: of the public one knows who has asked for the ticket, not the role of the database. */
static void
append_actor_name(StringInfo answer, const char *key, JsonbContainer *event, JsonbContainer *requester)
{
	JsonbValue	role;
	JsonbValue	name;

	/* of what came to a duplicate, that one's */
	if (find_value(event, "solicitante", &name) != NULL)
		requester = event;
	if (find_value(event, "actor_rol", &role) != NULL && role.type == jbvString &&
		strcmp(pnstrdup(role.val.string.val, role.val.string.len), tsm_role_names[ROLE_PUBLICO]) == 0)
		append_member(answer, key, requester, requester == event ? "solicitante" : "nombre");
	else
		append_member(answer, key, event, "actor_nombre");
}

/* ----------------------------------------------------------------
 * A change, or a creation
 * ----------------------------------------------------------------
 */
static void
append_columns(StringInfo answer, const TsmRequest *request, const AnswerKey *keys, int count)
{
	for (int i = 0; i < count; i++)
	{
		int			col = keys[i].column;

		tsm_answer_key(answer, keys[i].key);
		if (col == STATE_BEFORE)
			tsm_answer_value(answer, ObjectIdGetDatum(request->state_before), false, ENUM);
		else
			tsm_answer_value(answer, request->row.value[col], request->row.isnull[col], keys[i].type);
	}
}

/* "Ticket TK-2024-00042 pausado" */
static void
append_sentence(StringInfo answer, const char *key, const TsmRequest *request, const TsmMembers *sent)
{
	StringInfoData sentence;

	initStringInfo(&sentence);
	appendStringInfo(&sentence, "Ticket %s %s", TextDatumGetCString(request->row.value[TC_ticket_label]),
					 tsm_operations[request->op].participle);
	tsm_append_unchanged(&sentence, request, sent);
	tsm_answer_key(answer, key);
	escape_json(answer, sentence.data);
}

void
tsm_answer_operated(StringInfo answer, const TsmRequest *request, const TsmMembers *sent)
{
	static const AnswerKey keys[] = {
		{"ticketUuid", TC_ticket_uuid, UUIDOID},
		{"ticketLabel", TC_ticket_label, TEXTOID},
		{"estadoAnterior", STATE_BEFORE, ENUM},
		{"estado", TC_estado, ENUM},
		{"area", TC_area, TEXTOID},
		{"agenteId", TC_agente_id, UUIDOID},
		{"prioridad", TC_prioridad, TEXTOID},
		{"fechaLimiteSla", TC_fecha_limite_sla, TIMESTAMPTZOID},
		{"version", TC_version, INT4OID},
		{"actualizadoEn", TC_actualizado_en, TIMESTAMPTZOID},
	};
	char	   *warning = tsm_link_warning(request);

	appendStringInfoChar(answer, '{');
	append_sentence(answer, "message", request, sent);
	append_columns(answer, request, keys, lengthof(keys));
	if (warning != NULL)
	{
		tsm_answer_key(answer, "advertencia");
		escape_json(answer, warning);
	}
	appendStringInfoChar(answer, '}');
}

void
tsm_answer_created(StringInfo answer, const TsmRequest *request)
{
	static const AnswerKey keys[] = {
		{"ticketUuid", TC_ticket_uuid, UUIDOID},
		{"ticketLabel", TC_ticket_label, TEXTOID},
		{"estado", TC_estado, ENUM},
		{"tipo", TC_tipo, ENUM},
		{"prioridad", TC_prioridad, TEXTOID},
		{"slaHoras", TC_sla_horas, INT4OID},
		{"fechaCreacion", TC_fecha_creacion, TIMESTAMPTZOID},
		{"fechaLimiteSla", TC_fecha_limite_sla, TIMESTAMPTZOID},
	};

	appendStringInfoChar(answer, '{');
	append_columns(answer, request, keys, lengthof(keys));
	append_sentence(answer, "mensaje", request, NULL);
	appendStringInfoChar(answer, '}');
}

void
tsm_answer_replied(StringInfo answer, const TsmRequest *request)
{
	static const AnswerKey keys[] = {
		{"ticketUuid", TC_ticket_uuid, UUIDOID},
		{"ticketLabel", TC_ticket_label, TEXTOID},
		{"estadoAnterior", STATE_BEFORE, ENUM},
		{"estado", TC_estado, ENUM},
		{"fecha", TC_actualizado_en, TIMESTAMPTZOID},
	};

	appendStringInfoChar(answer, '{');
	append_sentence(answer, "message", request, NULL);
	append_columns(answer, request, keys, lengthof(keys));
	appendStringInfoChar(answer, '}');
}

/* ----------------------------------------------------------------
 * A ticket for its requester
 * ----------------------------------------------------------------
 */

/* Columns of type ticket_consultado. */
enum
{
	P_UUID, P_LABEL, P_STATE, P_TYPE, P_CATEGORY, P_SUBCATEGORY, P_SUBJECT, P_DESCRIPTION, P_ANSWER, P_AREA,
	P_PRIORITY, P_NAME, P_EMAIL, P_CREATED, P_UPDATED, P_DEADLINE, P_RESOLVED, P_CLOSED, P_LAST_OPERATION,
	P_LAST_TIME, P_BEFORE, P_AFTER, P_ANSWERS, P_FILES, P_CURRENT_LABEL, P_COLUMNS
};

/* The digits that a label ends in, as a number. */
static void
append_label_number(StringInfo answer, const char *label)
{
	const char *digits = label + strlen(label);

	while (digits > label && isdigit((unsigned char) digits[-1]))
		digits--;
	if (*digits == '\0')
		appendStringInfoString(answer, "null");
	else
		appendStringInfo(answer, INT64_FORMAT, DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(digits))));
}

/* The last words for the requester, whatever has happened since; reasons and notes are internal. */
static void
append_last_words(StringInfo answer, Jsonb *answers)
{
	uint32		count = JsonContainerSize(&answers->root);
	JsonbValue *last = count == 0 ? NULL : getIthJsonbValueFromContainer(&answers->root, count - 1);
	JsonbValue	words;

	if (last != NULL && last->type == jbvBinary &&
		find_value(last->val.binary.data, "respuesta", &words) != NULL)
		tsm_answer_jsonb(answer, &words);
	else
		appendStringInfoString(answer, "null");
}

/* A page of the conversation, as far as it is written. */
typedef struct SaidPage
{
	StringInfo	answer;
	int			first;			/* number of the first item, 0: none yet */
} SaidPage;

static void
append_said(void *arg, Datum *values)
{
	static const AnswerKey keys[] = {
		{"numero", TSM_SAID_NUMBER, INT4OID}, {"fecha", TSM_SAID_TIME, TIMESTAMPTZOID},
		{"autor", TSM_SAID_BY, TEXTOID}, {"texto", TSM_SAID_TEXT, TEXTOID},
	};
	SaidPage   *page = (SaidPage *) arg;

	appendStringInfoString(page->answer, page->first == 0 ? "{" : ", {");
	if (page->first == 0)
		page->first = DatumGetInt32(values[TSM_SAID_NUMBER]);
	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		tsm_answer_key(page->answer, keys[i].key);
		tsm_answer_value(page->answer, values[keys[i].column], false, keys[i].type);
	}
	appendStringInfoChar(page->answer, '}');
}

static void
append_conversation(StringInfo answer, const TsmDesk *desk, Datum ticket, int before)
{
	SaidPage	page = {answer, 0};

	tsm_answer_key(answer, "conversacion");
	appendStringInfoChar(answer, '[');
	tsm_conversation(desk, DatumGetUUIDP(ticket), before, TSM_CONVERSATION_PAGE, append_said, &page);
	appendStringInfoChar(answer, ']');
	if (page.first <= 1)
		return;
	tsm_answer_key(answer, "conversacionCursor");
	appendStringInfo(answer, "%d", page.first);
}

/* ----------------------------------------------------------------
 * Files
 * ----------------------------------------------------------------
 */

/* What the requester may know of one, and what only agents do. */
static const struct
{
	const char *key;
	const char *from;
	bool		of_agents;
}			file_keys[] = {
	{"adjuntoId", "adjunto_id", false}, {"archivo", "archivo", false}, {"tipoContenido", "tipo_contenido", false},
	{"bytes", "bytes", false}, {"sha256", "sha256", true}, {"publico", "publico", true}, {"adjuntadoEn", "adjuntado_en", false},
	{"actorNombre", "actor_nombre", true}, {"actorRol", "actor_rol", true}, {"version", "version", true},
	{"retiradoEn", "retirado_en", true}, {"ticketLabel", "ticket_label", true}, {"propio", "propio", false}
};

static void
append_file(StringInfo answer, JsonbContainer *file, bool public, JsonbContainer *requester)
{
	appendStringInfoChar(answer, '{');
	for (int i = 0; i < (int) lengthof(file_keys); i++)
	{
		if (public && file_keys[i].of_agents)
			continue;
		if (strcmp(file_keys[i].key, "actorNombre") == 0)
			append_actor_name(answer, "actorNombre", file, requester);
		else if (public || strcmp(file_keys[i].key, "propio") != 0)
			append_member(answer, file_keys[i].key, file, file_keys[i].from);
	}
	appendStringInfoChar(answer, '}');
}

static void
answer_files(StringInfo answer, JsonbContainer *files, bool public, JsonbContainer *requester)
{
	JsonbIterator *it = JsonbIteratorInit(files);
	JsonbValue	v;
	int			n = 0;

	appendStringInfoChar(answer, '[');
	(void) JsonbIteratorNext(&it, &v, true);	/* the array begins */
	while (JsonbIteratorNext(&it, &v, true) == WJB_ELEM)
	{
		CHECK_FOR_INTERRUPTS();
		if (n++ > 0)
			appendStringInfoString(answer, ", ");
		append_file(answer, v.val.binary.data, public, requester);
	}
	appendStringInfoChar(answer, ']');
}

void
tsm_answer_files_of(StringInfo answer, Jsonb *all)
{
	JsonbValue	files;
	JsonbValue	requester;

	if (find_value(&all->root, "adjuntos", &files) == NULL || files.type != jbvBinary ||
		find_value(&all->root, "solicitante", &requester) == NULL || requester.type != jbvBinary)
		elog(ERROR, "unexpected form of a ticket");
	answer_files(answer, files.val.binary.data, false, requester.val.binary.data);
}

void
tsm_answer_public_files(StringInfo answer, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;

	answer_files(answer, &DatumGetJsonbP(heap_getattr(tuple, P_FILES + 1, desc, &isnull))->root, true, NULL);
}

void
tsm_answer_public(StringInfo answer, const TsmDesk *desk, HeapTuple tuple, TupleDesc tupdesc, int before)
{
	static const AnswerKey keys[] = {
		{"ticketUuid", P_UUID, UUIDOID}, {"ticketLabel", P_LABEL, TEXTOID}, {"ticketNum", LABEL_NUMBER, 0},
		{"estadoNombre", P_STATE, ENUM}, {"tipoSolicitud", P_TYPE, ENUM}, {"categoria", P_CATEGORY, TEXTOID},
		{"subcategoria", P_SUBCATEGORY, TEXTOID}, {"asunto", P_SUBJECT, TEXTOID},
		{"descripcionProblema", P_DESCRIPTION, TEXTOID}, {"respuestaCliente", P_ANSWER, TEXTOID},
		{"areaAsignada", P_AREA, TEXTOID}, {"prioridadNombre", P_PRIORITY, TEXTOID},
		{"solicitanteNombre", P_NAME, TEXTOID}, {"solicitanteEmail", P_EMAIL, TEXTOID},
		{"creadoEn", P_CREATED, TIMESTAMPTZOID}, {"actualizadoEn", P_UPDATED, TIMESTAMPTZOID},
		{"fechaLimiteSla", P_DEADLINE, TIMESTAMPTZOID}, {"ultimaAccion", P_LAST_OPERATION, ENUM},
		{"ultimaFechaHistorial", P_LAST_TIME, TIMESTAMPTZOID}, {"ultimoMotivo", LAST_WORDS, 0},
		{"estadoAntes", P_BEFORE, ENUM}, {"estadoDespues", P_AFTER, ENUM}, {"adjuntos", FILES, 0},
		/* private: there, as the documentation has them, and always null */
		{"solicitanteTel", ALWAYS_NULL, 0}, {"tieneWhatsapp", ALWAYS_NULL, 0}, {"documento", ALWAYS_NULL, 0},
		{"empresaDepartamento", ALWAYS_NULL, 0}, {"ipRegistro", ALWAYS_NULL, 0}, {"agenteId", ALWAYS_NULL, 0},
		{"ultimoActorNombre", ALWAYS_NULL, 0}, {"ultimoActorRol", ALWAYS_NULL, 0},
		{"ultimoComentario", ALWAYS_NULL, 0},
	};
	Datum		values[P_COLUMNS];
	bool		nulls[P_COLUMNS];

	Assert(tupdesc->natts == P_COLUMNS);
	heap_deform_tuple(tuple, tupdesc, values, nulls);
	appendStringInfoChar(answer, '{');
	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		int			col = keys[i].column;

		tsm_answer_key(answer, keys[i].key);
		if (col == LABEL_NUMBER)
			append_label_number(answer, TextDatumGetCString(values[P_LABEL]));
		else if (col == LAST_WORDS)
			append_last_words(answer, DatumGetJsonbP(values[P_ANSWERS]));
		else if (col == FILES)
			answer_files(answer, &DatumGetJsonbP(values[P_FILES])->root, true, NULL);
		else if (col < 0)
			appendStringInfoString(answer, "null");
		else
			tsm_answer_value(answer, values[col], nulls[col], keys[i].type);
	}
	if (before > 0)
		append_conversation(answer, desk, values[P_UUID], before);
	if (!nulls[P_CURRENT_LABEL])
	{
		tsm_answer_key(answer, "labelVigente");
		tsm_answer_value(answer, values[P_CURRENT_LABEL], false, TEXTOID);
	}
	appendStringInfoChar(answer, '}');
}

/* ----------------------------------------------------------------
 * A ticket for an agent: what fn_ticket answers, under other keys
 * ----------------------------------------------------------------
 */

/* A key, and the one of fn_ticket. */
typedef struct TicketKey
{
	const char *key;
	const char *from;
	bool		of_requester;	/* in the member solicitante */
} TicketKey;

/* What was said: the reason, the note, the answer, the message, one below the other; null if there is none. */
static void
append_comment(StringInfo answer, JsonbContainer *event)
{
	static const char *const parts[] = {"motivo", "nota", "respuesta", "mensaje"};
	StringInfoData comment;

	initStringInfo(&comment);
	for (int i = 0; i < (int) lengthof(parts); i++)
	{
		JsonbValue	value;

		if (find_value(event, parts[i], &value) == NULL || value.type != jbvString)
			continue;
		if (comment.len > 0)
			appendStringInfoChar(&comment, '\n');
		appendBinaryStringInfo(&comment, value.val.string.val, value.val.string.len);
	}
	tsm_answer_key(answer, "comentario");
	if (comment.len > 0)
		escape_json(answer, comment.data);
	else
		appendStringInfoString(answer, "null");
	pfree(comment.data);
}

static void
append_actor(StringInfo answer, JsonbContainer *event, JsonbContainer *requester)
{
	append_actor_name(answer, "actor_nombre", event, requester);
	append_member(answer, "actor_rol", event, "actor_rol");
}

/* What it was before and after; both null when it has stayed what it was. */
static void
append_change(StringInfo answer, JsonbContainer *event, const char *before, const char *after)
{
	JsonbValue	values[2];
	JsonbValue *from = find_value(event, before, &values[0]);
	JsonbValue *to = find_value(event, after, &values[1]);
	bool		same = from != NULL && to != NULL && from->type == jbvString && to->type == jbvString &&
	from->val.string.len == to->val.string.len &&
	memcmp(from->val.string.val, to->val.string.val, to->val.string.len) == 0;

	tsm_answer_key(answer, before);
	tsm_answer_jsonb(answer, same ? NULL : from);
	tsm_answer_key(answer, after);
	tsm_answer_jsonb(answer, same ? NULL : to);
}

static void
append_event(StringInfo answer, JsonbContainer *event, JsonbContainer *requester)
{
	appendStringInfoChar(answer, '{');
	append_member(answer, "fecha", event, "ocurrido_en");
	append_member(answer, "accion", event, "operacion");
	append_member(answer, "motivo", event, "motivo");
	append_comment(answer, event);
	append_actor(answer, event, requester);
	append_change(answer, event, "estado_antes", "estado_despues");
	append_change(answer, event, "area_antes", "area_despues");
	append_change(answer, event, "prioridad_antes", "prioridad_despues");
	appendStringInfoChar(answer, '}');
}

static void
append_events(StringInfo answer, JsonbContainer *root, JsonbContainer *requester)
{
	JsonbValue	events;
	JsonbIterator *it;
	JsonbValue	v;
	JsonbIteratorToken token;
	int			n = 0;

	tsm_answer_key(answer, "historial");
	if (find_value(root, "historial", &events) == NULL || events.type != jbvBinary)
	{
		appendStringInfoString(answer, "null");
		return;
	}
	appendStringInfoChar(answer, '[');
	it = JsonbIteratorInit(events.val.binary.data);
	(void) JsonbIteratorNext(&it, &v, true);	/* the array begins */
	while ((token = JsonbIteratorNext(&it, &v, true)) == WJB_ELEM)
	{
		CHECK_FOR_INTERRUPTS();
		if (n++ > 0)
			appendStringInfoString(answer, ", ");
		append_event(answer, v.val.binary.data, requester);
	}
	appendStringInfoChar(answer, ']');
}

/* Where the page of earlier events begins: before the first of these; versions are counted from 1. */
static void
append_cursor(StringInfo answer, JsonbContainer *root)
{
	JsonbValue	events;
	JsonbValue *first;
	JsonbValue	version;
	int			cursor = 1;

	if (find_value(root, "historial", &events) != NULL && events.type == jbvBinary &&
		(first = getIthJsonbValueFromContainer(events.val.binary.data, 0)) != NULL && first->type == jbvBinary &&
		find_value(first->val.binary.data, "version", &version) != NULL && version.type == jbvNumeric)
		cursor = DatumGetInt32(DirectFunctionCall1(numeric_int4, NumericGetDatum(version.val.numeric)));
	tsm_answer_key(answer, "historialCursor");
	if (cursor > 1)
		appendStringInfo(answer, "%d", cursor);
	else
		appendStringInfoString(answer, "null");
}

/* The objects of an array, under other keys. */
static void
append_objects(StringInfo answer, const char *key, JsonbContainer *root, const TicketKey *keys, int count)
{
	JsonbValue	array;
	int			n;

	if (find_value(root, key, &array) == NULL || array.type != jbvBinary || !JsonContainerIsArray(array.val.binary.data))
		elog(ERROR, "unexpected form of a ticket");
	tsm_answer_key(answer, key);
	appendStringInfoChar(answer, '[');
	n = JsonContainerSize(array.val.binary.data);
	for (int i = 0; i < n; i++)
	{
		JsonbValue *object = getIthJsonbValueFromContainer(array.val.binary.data, i);

		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(answer, i == 0 ? "{" : ", {");
		for (int k = 0; k < count; k++)
			append_member(answer, keys[k].key, object->val.binary.data, keys[k].from);
		appendStringInfoChar(answer, '}');
	}
	appendStringInfoChar(answer, ']');
}

static void
append_links(StringInfo answer, JsonbContainer *root)
{
	static const TicketKey of_link[] = {
		{"relacion", "relacion", false}, {"ticketUuid", "ticket_uuid", false}, {"ticketLabel", "ticket_label", false},
		{"asunto", "asunto", false}, {"estado", "estado", false}, {"creadoEn", "creado_en", false},
	};
	static const TicketKey of_item[] = {
		{"ticketLabel", "ticket_label", false}, {"fecha", "fecha", false}, {"autor", "autor", false},
		{"texto", "texto", false},
	};

	append_objects(answer, "vinculos", root, of_link, lengthof(of_link));
	append_objects(answer, "duplicados", root, of_item, lengthof(of_item));
}

static void
append_ticket_keys(StringInfo answer, const TicketKey *keys, int count,
				   JsonbContainer *ticket, JsonbContainer *requester)
{
	for (int i = 0; i < count; i++)
		append_member(answer, keys[i].key, keys[i].of_requester ? requester : ticket, keys[i].from);
}

void
tsm_answer_ticket(StringInfo answer, Jsonb *all, const char *actions)
{
	static const TicketKey of_ticket[] = {
		{"uuid", "ticket_uuid", false}, {"ticket_label", "ticket_label", false}, {"tipo_solicitud", "tipo", false},
		{"categoria", "categoria", false}, {"subcategoria", "subcategoria", false}, {"asunto", "asunto", false},
		{"descripcion_problema", "descripcion", false}, {"estado", "estado", false}, {"prioridad", "prioridad", false},
		{"area_asignada", "area", false}, {"agente_id", "agente_id", false}, {"agente", "agente", false}, {"sla_horas", "sla_horas", false},
		{"fecha_limite_sla", "fecha_limite_sla", false}, {"pausado_hasta", "pausado_hasta", false},
		{"creado_en", "fecha_creacion", false},
		{"actualizado_en", "actualizado_en", false}, {"respuesta_cliente", "respuesta_cliente", false}, {"version", "version", false},
		{"solicitante_nombre", "nombre", true}, {"solicitante_email", "email", true},
		{"solicitante_tel", "telefono", true}, {"tiene_whatsapp", "tiene_whatsapp", true},
		{"documento", "documento", true}, {"empresa_departamento", "empresa_departamento", true},
		{"ip_registro", "ip_registro", false},
	};
	static const TicketKey of_requester[] = {
		{"nombre", "nombre", true}, {"email", "email", true}, {"telefono", "telefono", true},
		{"tieneWhatsapp", "tiene_whatsapp", true}, {"documento", "documento", true},
		{"empresaDepartamento", "empresa_departamento", true},
	};
	JsonbValue	ticket;
	JsonbValue	requester;

	if (find_value(&all->root, "ticket", &ticket) == NULL || ticket.type != jbvBinary ||
		find_value(&all->root, "solicitante", &requester) == NULL || requester.type != jbvBinary)
		elog(ERROR, "unexpected form of a ticket");
	/* its spaces are those of json_object_agg(), which made this answer at first */
	appendStringInfoString(answer, "{\"ticket\" : { ");
	append_ticket_keys(answer, of_ticket, lengthof(of_ticket), ticket.val.binary.data, requester.val.binary.data);
	appendStringInfoString(answer, " }, \"solicitante\" : {");
	append_ticket_keys(answer, of_requester, lengthof(of_requester), ticket.val.binary.data,
					   requester.val.binary.data);
	appendStringInfoChar(answer, '}');
	append_events(answer, &all->root, requester.val.binary.data);
	append_cursor(answer, &all->root);
	tsm_answer_key(answer, "acciones");
	appendStringInfoString(answer, actions);
	append_links(answer, &all->root);
	tsm_answer_key(answer, "adjuntos");
	tsm_answer_files_of(answer, all);
	appendStringInfoChar(answer, '}');
}
