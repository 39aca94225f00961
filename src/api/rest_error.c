/*-------------------------------------------------------------------------
 *
 * rest_error.c
 *	  Errors, as PostgREST 12 passes them on.
 *
 * It retries 40001 for ever, answers 500 to a lock that could not be had,
 * drops its connections after a 503, and puts the message of a PT error into
 * the status line.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_api_error);

#define TRY_AGAIN "Try again."

/* Another error; what the message said becomes the detail. */
static void
become(ErrorData *error, int code, const char *message, char *hint)
{
	error->detail = error->message;
	error->detail_log = NULL;
	error->sqlerrcode = code;
	error->message = pstrdup(message);
	error->hint = hint;
}

/* Is this text fit for a status line? */
static bool
fits_status_line(const char *message)
{
	size_t		len = strlen(message);

	for (size_t i = 0; i < len; i++)
		if (message[i] < ' ' || message[i] > '~')
			return false;
	return len >= 1 && len <= 100;
}

static bool
is_word(unsigned char c)
{
	return isalnum(c) || c == '_' || IS_HIGHBIT_SET(c);
}

/* Has the string that begins here, behind its quote, a U+0000 in it? */
static bool
has_nul(const char *p)
{
	while (*p != '\0' && *p != '"')
	{
		if (strncmp(p, "\\u0000", 6) == 0)
			return true;
		p += (*p == '\\' && p[1] != '\0') ? 2 : 1;
	}
	return false;
}

/* The first field of a JSON text whose string has a U+0000 in it; "?" if there is none. */
static const char *
field_with_nul(const char *json)
{
	for (const char *start = strchr(json, '"'); start != NULL; start = strchr(start + 1, '"'))
	{
		const char *end = start + 1;
		const char *p;

		while (is_word((unsigned char) *end))
			end++;
		if (end == start + 1 || *end != '"')
			continue;
		p = end + 1;
		p += strspn(p, " \t\n\r");
		if (*p++ != ':')
			continue;
		p += strspn(p, " \t\n\r");
		if (*p++ == '"' && has_nul(p))
			return pnstrdup(start + 1, end - start - 1);
	}
	return "?";
}

static void
become_control_character(ErrorData *error, text *request)
{
	const char *field = request == NULL ? "?" : field_with_nul(text_to_cstring(request));

	error->sqlerrcode = ERRCODE_INVALID_PARAMETER_VALUE;
	error->message = psprintf("field \"%s\" contains a control character", field);
	error->column_name = strcmp(field, "?") == 0 ? NULL : pstrdup(field);
	error->detail = pstrdup("The character is U+0000.");
	error->hint = NULL;
}

/* A message with all that is quoted and has one name under another. */
static char *
rename_quoted(const char *message, const char *name, const char *to)
{
	char	   *quoted = psprintf("\"%s\"", name);
	const char *found;
	StringInfoData result;

	initStringInfo(&result);
	while ((found = strstr(message, quoted)) != NULL)
	{
		appendBinaryStringInfo(&result, message, found - message);
		appendStringInfo(&result, "\"%s\"", to);
		message = found + strlen(quoted);
	}
	appendStringInfoString(&result, message);
	return result.data;
}

/* In a message about a parameter, call it what the client does. */
static bool
rename_fields(ErrorData *error, const TsmOperationRow *op)
{
	char	   *before = error->message;

	for (int i = 0; op->param[i].kind != PARAM_NONE; i++)
	{
		const char *name = tsm_param_name(&op->param[i]);
		const char *json = op->param[i].json;

		if (json != NULL && strcmp(name, json) != 0)
			error->message = rename_quoted(error->message, name, json);
	}
	return strcmp(error->message, before) != 0;
}

/* What must not reach PostgREST as it is, by its SQLSTATE or class; false: it may. */
static bool
translate_code(ErrorData *error, const char *state)
{
	if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0)
		become(error, ERRCODE_TSM_CONFLICT, "conflict with another transaction", TRY_AGAIN);
	else if (strcmp(state, "55P03") == 0)
		become(error, ERRCODE_TSM_LOCKED, "locked by another transaction", TRY_AGAIN);
	else if (strncmp(state, "55", 2) == 0)
		become(error, ERRCODE_TSM_CONFLICT, "not possible at present", error->hint);
	else if (strcmp(state, "P0002") == 0 || strcmp(state, "P0003") == 0)
		become(error, ERRCODE_TSM_REFUSED, "refused by a rule of the database", error->hint);
	else if (strcmp(state, "57014") == 0)
		become(error, ERRCODE_TSM_TIMEOUT, "operation took too long", TRY_AGAIN);
	else if (strncmp(state, "08", 2) == 0 || strncmp(state, "53", 2) == 0 || strncmp(state, "57P", 3) == 0 ||
			 strncmp(state, "PGRST", 5) == 0)
		become(error, ERRCODE_TSM_INTERNAL, "internal error", error->hint);
	else
		return false;
	return true;
}

/* Errors with a status of their own: one of 400 to 499, and a message for its line. */
static bool
translate_status(ErrorData *error, const char *state)
{
	if (state[2] != '4' || !isdigit((unsigned char) state[3]) || !isdigit((unsigned char) state[4]))
		become(error, ERRCODE_TSM_INTERNAL, "internal error", error->hint);
	else if (!fits_status_line(error->message))
		become(error, error->sqlerrcode, "refused by a rule of the database", error->hint);
	else
		return false;
	return true;
}

bool
tsm_error_translate(ErrorData *error, text *request, const TsmOperationRow *op)
{
	const char *state = pstrdup(unpack_sql_state(error->sqlerrcode));

	if (error->message == NULL)
		error->message = pstrdup("");
	if (translate_code(error, state))
		return true;
	if (strncmp(state, "PT", 2) == 0)
		return translate_status(error, state);
	if (strcmp(state, "22P05") == 0)
	{
		become_control_character(error, request);
		return true;
	}
	return strncmp(state, "22", 2) == 0 && op != NULL && rename_fields(error, op);
}

/* ----------------------------------------------------------------
 * All that is wrong with a form
 *
 * An error has texts only, so a list of them is a line of its own at the end of
 * the detail, in JSON, which rest/api.js makes the member errores of.
 * ----------------------------------------------------------------
 */
static void
append_text(StringInfo list, const char *key, const char *value)
{
	appendStringInfo(list, ", \"%s\": ", key);
	if (value == NULL)
		appendStringInfoString(list, "null");
	else
		escape_json(list, value);
}

static void
append_fault(StringInfo list, const char *field, int code, const char *message, const char *detail, const char *hint)
{
	appendStringInfo(list, "%s{\"campo\": ", list->len == 0 ? "[" : ", ");
	escape_json(list, field);
	append_text(list, "codigo", unpack_sql_state(code));
	append_text(list, "message", message);
	append_text(list, "details", detail);
	append_text(list, "hint", hint);
	appendStringInfoChar(list, '}');
}

const char *
tsm_client_message(const char *message, const TsmOperationRow *op)
{
	ErrorData	error = {.message = pstrdup(message)};

	(void) rename_fields(&error, op);
	return error.message;
}

/* What the client calls a parameter that an error is about. */
static const char *
client_name(const TsmOperationRow *op, const char *name)
{
	for (int i = 0; op != NULL && op->param[i].kind != PARAM_NONE; i++)
		if (op->param[i].json != NULL && strcmp(tsm_param_name(&op->param[i]), name) == 0)
			return op->param[i].json;
	return name;
}

bool
tsm_error_tell_faults(ErrorData *error, const TsmOperationRow *op, const TsmFaults *faults)
{
	StringInfoData list;

	initStringInfo(&list);
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		return false;
	for (int i = 0; i < faults->count; i++)
	{
		const TsmRefusal *refusal = faults->refusal[i];

		append_fault(&list, client_name(op, tsm_param_name(&op->param[faults->param[i]])), refusal->code, tsm_client_message(refusal->message, op),
					 refusal->detail, refusal->hint);
	}
	if (list.len == 0 && error->column_name != NULL)
		append_fault(&list, client_name(op, error->column_name), error->sqlerrcode, error->message,
					 error->detail, error->hint);
	if (list.len > 0)
		error->detail = psprintf("%s%serrores: %s]", error->detail ? error->detail : "", error->detail ? "\n" : "", list.data);
	return list.len > 0;
}

/* An argument; NULL if it is empty, as plpgsql has what an error does not say. */
static char *
arg_string(FunctionCallInfo fcinfo, int argno)
{
	char	   *str = PG_ARGISNULL(argno) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argno));

	return str == NULL || str[0] == '\0' ? NULL : str;
}

/* api_error(estado, mensaje, detalle, consejo, peticion, campo) */
Datum
tsm_api_error(PG_FUNCTION_ARGS)
{
	ErrorData	error = {0};
	TsmFaults	none = {0};
	char	   *state = arg_string(fcinfo, 0);
	bool		changed;

	if (state == NULL || strlen(state) != 5)
		tsm_refuse(REFUSE_BAD_FIELD, "estado", NULL, NULL);
	error.sqlerrcode = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
	error.message = arg_string(fcinfo, 1);
	error.detail = arg_string(fcinfo, 2);
	error.hint = arg_string(fcinfo, 3);
	error.column_name = arg_string(fcinfo, 5);
	changed = tsm_error_translate(&error, PG_ARGISNULL(4) ? NULL : PG_GETARG_TEXT_PP(4), NULL);
	changed |= tsm_error_tell_faults(&error, NULL, &none);
	if (changed)
		ereport(ERROR,
				(errcode(error.sqlerrcode),
				 errmsg_internal("%s", error.message),
				 error.detail ? errdetail_internal("%s", error.detail) : 0,
				 error.hint ? errhint("%s", error.hint) : 0));
	PG_RETURN_VOID();
}
