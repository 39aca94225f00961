/*-------------------------------------------------------------------------
 *
 * rest_list.c
 *	  GET /tickets of the REST API: fn_lista by the parameters of an address.
 *
 * All of them come as texts.  One that is empty counts as not given, one that is
 * not known is refused: a filter that is not heard would show too much.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_hoja_lista);

/* ----------------------------------------------------------------
 * Parameters
 * ----------------------------------------------------------------
 */
typedef enum ValueKind
{
	VALUE_TEXT,
	VALUE_NAMES,				/* separated by commas */
	VALUE_UUID,
	VALUE_FLAG,
	VALUE_HOURS,
	VALUE_START,				/* a time, or a day from its beginning on */
	VALUE_END,					/* a time, or a day to its end */
	VALUE_COUNT
} ValueKind;

static const struct
{
	const char *name;
	ValueKind	kind;
}			params[TSM_LIST_PARAMS] = {
	[TSM_LIST_STATES] = {"estado", VALUE_NAMES},
	[TSM_LIST_AREA] = {"area", VALUE_TEXT},
	[TSM_LIST_AGENT] = {"agenteId", VALUE_UUID},
	[TSM_LIST_MINE] = {"mios", VALUE_FLAG},
	[TSM_LIST_UNASSIGNED] = {"sinAsignar", VALUE_FLAG},
	[TSM_LIST_PRIORITY] = {"prioridad", VALUE_TEXT},
	[TSM_LIST_TYPE] = {"tipo", VALUE_TEXT},
	[TSM_LIST_CATEGORY] = {"categoria", VALUE_TEXT},
	[TSM_LIST_OVERDUE] = {"vencido", VALUE_FLAG},
	[TSM_LIST_DUE] = {"venceEnHoras", VALUE_HOURS},
	[TSM_LIST_REQUESTER] = {"solicitante", VALUE_TEXT},
	[TSM_LIST_FROM] = {"creadoDesde", VALUE_START},
	[TSM_LIST_TO] = {"creadoHasta", VALUE_END},
	[TSM_LIST_TEXT] = {"texto", VALUE_TEXT},
	[TSM_LIST_CLOSED] = {"cerrados", VALUE_FLAG},
	[TSM_LIST_ORDER] = {"orden", VALUE_TEXT},
	[TSM_LIST_AFTER] = {"cursor", VALUE_TEXT},
	[TSM_LIST_SIZE] = {"limite", VALUE_COUNT},
	[TSM_LIST_TOTAL] = {"total", VALUE_FLAG}
};

tsm_noreturn static void
refuse_value(const char *name, const char *hint)
{
	tsm_refuse(REFUSE_BAD_FIELD, name, NULL, hint);
}

static Datum
flag_of(const char *name, const char *str)
{
	if (pg_strcasecmp(str, "true") != 0 && pg_strcasecmp(str, "false") != 0)
		refuse_value(name, "Valid values: true, false.");
	return BoolGetDatum(pg_strcasecmp(str, "true") == 0);
}

/* A whole number of at most so many digits. */
static int
digits_of(const char *name, const char *str, int most)
{
	size_t		len = strspn(str, "0123456789");

	if (len == 0 || str[len] != '\0' || (int) len > most)
		refuse_value(name, "It is a whole number.");
	return atoi(str);
}

static Datum
names_of(const char *str)
{
	Datum	   *item = palloc((strlen(str) + 1) * sizeof(Datum));
	int			count = 0;

	for (;;)
	{
		size_t		len = strcspn(str, ",");

		item[count++] = DirectFunctionCall1(btrim1, PointerGetDatum(cstring_to_text_with_len(str, len)));
		if (str[len] == '\0')
			break;
		str += len + 1;
	}
	return PointerGetDatum(construct_array(item, count, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
time_of(const TsmDesk *desk, const char *name, const char *str, bool end)
{
	Datum		value;

	tsm_raise_if(tsm_time_read(desk, name, str, end, &value));
	return value;
}

static Datum
value_of(const TsmDesk *desk, int param, const char *str)
{
	const char *name = params[param].name;

	switch (params[param].kind)
	{
		case VALUE_NAMES:
			return names_of(str);
		case VALUE_UUID:
			if (!tsm_is_uuid(str))
				refuse_value(name, "A uuid looks like 123e4567-e89b-42d3-a456-426614174000.");
			return DirectFunctionCall1(uuid_in, CStringGetDatum(str));
		case VALUE_FLAG:
			return flag_of(name, str);
		case VALUE_HOURS:
			return tsm_interval(digits_of(name, str, 5) * USECS_PER_HOUR);
		case VALUE_COUNT:
			return Int32GetDatum(digits_of(name, str, 5));
		case VALUE_START:
		case VALUE_END:
			return time_of(desk, name, str, params[param].kind == VALUE_END);
		case VALUE_TEXT:
			break;
	}
	return CStringGetTextDatum(str);
}

static int
param_of(const char *name)
{
	StringInfoData all;

	for (int i = 0; i < TSM_LIST_PARAMS; i++)
		if (strcmp(params[i].name, name) == 0)
			return i;
	if (strcmp(name, "limit") == 0) /* as the other lists have it */
		return TSM_LIST_SIZE;
	initStringInfo(&all);
	for (int i = 0; i < TSM_LIST_PARAMS; i++)
		appendStringInfo(&all, "%s%s", i > 0 ? ", " : "", params[i].name);
	tsm_refuse(REFUSE_BAD_FIELD, name, "There is no such parameter.", psprintf("Valid ones: %s.", all.data));
}

static void
read_query(FunctionCallInfo args, const TsmMembers *query, const TsmDesk *desk)
{
	for (int i = 0; i < TSM_LIST_PARAMS; i++)
		args->args[i].isnull = true;
	for (int i = 0; i < query->count; i++)
	{
		const TsmMember *member = &query->item[i];
		int			param = param_of(member->name);

		if (member->text == NULL && strcmp(member->type, "null") != 0)
			refuse_value(member->name, "It is given once.");
		if (member->text == NULL || member->text[0] == '\0')
			continue;
		args->args[param].value = value_of(desk, param, member->text);
		args->args[param].isnull = false;
	}
}

/* ----------------------------------------------------------------
 * The answer
 * ----------------------------------------------------------------
 */

/* What a value is: in the document, and as tsm_answer_value() takes it, hours aside. */
#define JSON_KINDS(K) \
	K(UUID, "uuid", UUIDOID) K(TEXT, "string", TEXTOID) K(ENUM, "string", ANYENUMOID) \
	K(TIME, "date-time", TIMESTAMPTZOID) K(INTEGER, "integer", INT4OID) K(HOURS, "number", INTERVALOID) \
	K(FLAG, "boolean", BOOLOID)

typedef enum JsonKind
{
#define K(name, type, oid) JSON_##name,
	JSON_KINDS(K)
#undef K
} JsonKind;

static const char *const json_types[] = {
#define K(name, type, oid) type,
	JSON_KINDS(K)
#undef K
};

static const Oid value_types[] = {
#define K(name, type, oid) oid,
	JSON_KINDS(K)
#undef K
};

static const struct
{
	const char *key;
	int			column;
	JsonKind	kind;
	bool		nullable;
	const char *about;
}			keys[] = {
	{"ticketUuid", TSM_ROW_UUID, JSON_UUID, false, "Identity of the ticket."},
	{"ticketLabel", TSM_ROW_LABEL, JSON_TEXT, false, "Label of the ticket."},
	{"asunto", TSM_ROW_SUBJECT, JSON_TEXT, true, "Subject."},
	{"tipo", TSM_ROW_TYPE, JSON_ENUM, false, "Kind of the request."},
	{"categoria", TSM_ROW_CATEGORY, JSON_TEXT, false, "Category."},
	{"subcategoria", TSM_ROW_SUBCATEGORY, JSON_TEXT, true, "Subcategory."},
	{"estado", TSM_ROW_STATE, JSON_ENUM, false, "State."},
	{"prioridad", TSM_ROW_PRIORITY, JSON_TEXT, false, "Priority."},
	{"area", TSM_ROW_AREA, JSON_TEXT, false, "Area that has it."},
	{"agenteId", TSM_ROW_AGENT, JSON_UUID, true, "Agent that has it."},
	{"agenteNombre", TSM_ROW_AGENT_NAME, JSON_TEXT, true, "The agent's name."},
	{"solicitanteNombre", TSM_ROW_NAME, JSON_TEXT, false, "The requester's name."},
	{"solicitanteEmail", TSM_ROW_EMAIL, JSON_TEXT, false, "The requester's address."},
	{"creadoEn", TSM_ROW_CREATED, JSON_TIME, false, "When it was created."},
	{"actualizadoEn", TSM_ROW_UPDATED, JSON_TIME, false, "When it was last changed."},
	{"resueltoEn", TSM_ROW_RESOLVED, JSON_TIME, true, "When it was resolved."},
	{"cerradoEn", TSM_ROW_CLOSED, JSON_TIME, true, "When it was closed for good."},
	{"horasObjetivo", TSM_ROW_TARGET, JSON_HOURS, false, "Its target, in open time of its calendar."},
	{"fechaLimiteSla", TSM_ROW_DEADLINE, JSON_TIME, true, "Deadline; null while the clock stands."},
	{"horasRestantes", TSM_ROW_LEFT, JSON_HOURS, false, "What is left of the target, in open time; negative when more than all is used up."},
	{"pausado", TSM_ROW_PAUSED, JSON_FLAG, false, "Whether its clock stands."},
	{"vencido", TSM_ROW_OVERDUE, JSON_FLAG, false, "Whether it is past its deadline and can still be worked on."},
	{"incumplido", TSM_ROW_BREACHED, JSON_FLAG, false, "Whether its target was missed."},
	{"version", TSM_ROW_VERSION, JSON_INTEGER, false, "Version, to be handed to the next operation."}
};

typedef struct Answer
{
	StringInfo	json;
	int			rows;
	StringInfoData cursor;		/* of the last row; outlives the reading */
} Answer;

static void
append_row(void *arg, Datum *values, bool *nulls)
{
	Answer	   *answer = arg;

	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		appendStringInfo(answer->json, "%s\"%s\": ", i > 0 ? ", " : answer->rows > 0 ? ",\n{" : "{", keys[i].key);
		if (keys[i].kind == JSON_HOURS)
			appendStringInfo(answer->json, "%.2f",
							 (double) tsm_interval_usec(values[keys[i].column]) / USECS_PER_HOUR);
		else
			tsm_answer_value(answer->json, values[keys[i].column], nulls[keys[i].column], value_types[keys[i].kind]);
	}
	appendStringInfoChar(answer->json, '}');
	answer->rows++;
	resetStringInfo(&answer->cursor);
	appendStringInfoString(&answer->cursor, TextDatumGetCString(values[TSM_ROW_CURSOR]));
}

void
tsm_answer_list(StringInfo json, const TsmMembers *query, const TsmDesk *desk, const TsmCaller *caller)
{
	LOCAL_FCINFO(args, TSM_LIST_PARAMS);
	const char *names[TSM_LIST_PARAMS];
	Answer		answer = {.json = json};
	int			wanted = 50;
	int64		total;

	for (int i = 0; i < TSM_LIST_PARAMS; i++)
		names[i] = params[i].name;
	InitFunctionCallInfoData(*args, NULL, TSM_LIST_PARAMS, DEFAULT_COLLATION_OID, NULL, NULL);
	read_query(args, query, desk);
	if (!args->args[TSM_LIST_SIZE].isnull)
		wanted = DatumGetInt32(args->args[TSM_LIST_SIZE].value);
	initStringInfo(&answer.cursor);
	appendStringInfoString(json, "{\"tickets\": [");
	total = tsm_list(args, names, desk, caller, append_row, &answer);
	/* a page that is not full is the last */
	appendStringInfo(json, "], \"cursor\": %s",
					 answer.rows == wanted ? psprintf("\"%s\"", answer.cursor.data) : "null");
	if (total >= 0)
		appendStringInfo(json, ", \"total\": " INT64_FORMAT, total);
	appendStringInfoChar(json, '}');
}

/* hoja_lista(): the keys of a row of that answer, for the document. */
Datum
tsm_hoja_lista(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		Datum		values[4] = {CStringGetTextDatum(keys[i].key), CStringGetTextDatum(json_types[keys[i].kind]),
		BoolGetDatum(keys[i].nullable), CStringGetTextDatum(keys[i].about)};
		bool		nulls[4] = {false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
