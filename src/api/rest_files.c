/*-------------------------------------------------------------------------
 *
 * rest_files.c
 *	  Files over HTTP.
 *
 * A content comes and goes as it is, not within JSON: what belongs to a file that
 * is sent stands in a header that rest/api.js writes, and what a browser is to
 * know of one that is fetched in headers of the answer.  Whatever that says, no
 * browser shows it: it is saved.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "api/rest.h"

PG_FUNCTION_INFO_V1(tsm_api_adjuntar);
PG_FUNCTION_INFO_V1(tsm_api_retirar_adjunto);
PG_FUNCTION_INFO_V1(tsm_api_adjuntos);
PG_FUNCTION_INFO_V1(tsm_api_adjunto);

/* In which nginx tells what a file is called, and what ticket it is for. */
#define FILE_HEADER "x-ticket-sm-peticion"

/* ----------------------------------------------------------------
 * Changes
 * ----------------------------------------------------------------
 */
static void
put_string(StringInfo answer, const char *key, const char *value)
{
	tsm_answer_key(answer, key);
	if (value == NULL)
		appendStringInfoString(answer, "null");
	else
		escape_json(answer, value);
}

/* The ticket as it now stands, and the file; NULL: it was taken away. */
static void
answer_file(StringInfo answer, const TsmRequest *request, const pg_uuid_t *id, const TsmFile *file)
{
	bool		none = file == NULL;
	const char *label = TextDatumGetCString(request->row.value[TC_ticket_label]);
	char		hex[2 * TSM_HASH_LENGTH + 1];

	appendStringInfoChar(answer, '{');
	put_string(answer, "message", psprintf("Archivo %s: ticket %s", none ? "retirado" : "adjuntado", label));
	tsm_answer_key(answer, "ticketUuid");
	tsm_answer_value(answer, UUIDPGetDatum(&request->ticket_id), false, UUIDOID);
	put_string(answer, "ticketLabel", label);
	tsm_answer_key(answer, "estadoAnterior");
	tsm_answer_value(answer, ObjectIdGetDatum(request->state_before), false, ANYENUMOID);
	tsm_answer_key(answer, "estado");
	tsm_answer_value(answer, request->row.value[TC_estado], false, ANYENUMOID);
	tsm_answer_key(answer, "version");
	tsm_answer_value(answer, request->row.value[TC_version], request->caller.role == ROLE_PUBLICO, INT4OID);
	tsm_answer_key(answer, "actualizadoEn");
	tsm_answer_value(answer, request->row.value[TC_actualizado_en], false, TIMESTAMPTZOID);
	tsm_answer_key(answer, "adjuntoId");
	tsm_answer_value(answer, UUIDPGetDatum(id), false, UUIDOID);
	if (!none)
		hex[hex_encode((char *) file->digest.data, TSM_HASH_LENGTH, hex)] = '\0';
	put_string(answer, "archivo", none ? NULL : text_to_cstring(file->name));
	put_string(answer, "tipoContenido", none ? NULL : file->type);
	tsm_answer_key(answer, "bytes");
	tsm_answer_value(answer, Int32GetDatum(none ? 0 : file->size), none, INT4OID);
	put_string(answer, "sha256", none ? NULL : hex);
	tsm_answer_key(answer, "publico");
	tsm_answer_value(answer, BoolGetDatum(!none && file->is_public), none, BOOLOID);
	appendStringInfoChar(answer, '}');
}

static void
attach_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	const TsmOperationRow *op = &tsm_operations[OP_ADJUNTAR];
	TsmFile		file;

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	tsm_call_uuid(args, 0, call, "ticket_id");
	for (int i = 0; op->param[i].kind != PARAM_NONE; i++)
		if (op->param[i].kind == PARAM_BYTES && call->content != (Datum) 0)
			tsm_call_set(args, i, call->content);
	tsm_call_map(args, op, call->body.data, TSM_KEYS_OF_HTTP, &call->faults);
	tsm_attach(args, &call->request, &call->faults, &file);
	tsm_check_deferred();
	answer_file(answer, &call->request, &file.id, &file);
}

/* api_adjuntar(contenido, mesa) */
Datum
tsm_api_adjuntar(PG_FUNCTION_ARGS)
{
	const char *headers = GetConfigOption("request.headers", true, false);
	const char *request = headers == NULL || headers[0] == '\0' ? NULL : tsm_json_member(headers, FILE_HEADER);
	TsmRestCall call;
	Datum		answer;

	call.operation = InvalidOid;
	call.request.op = OP_ADJUNTAR;
	call.content = PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0);
	call.work = attach_work;
	call.json = request == NULL ? NULL : cstring_to_text(request);
	answer = tsm_rest_answer(&call, PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1)));
	(void) set_config_option("response.status", "201", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	return answer;
}

static void
withdraw_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	tsm_call_uuid(args, 0, call, "ticket_id");
	tsm_call_uuid(args, 1, call, "adjunto_id");
	tsm_call_map(args, &tsm_operations[OP_RETIRAR_ADJUNTO], call->body.data, TSM_KEYS_OF_HTTP, &call->faults);
	tsm_withdraw_file(args, &call->request, &call->faults);
	tsm_check_deferred();
	answer_file(answer, &call->request, DatumGetUUIDP(args->args[1].value), NULL);
}

/* A request that is JSON, as the arguments peticion and mesa. */
static Datum
answer_json(FunctionCallInfo fcinfo, TsmOperation op, void (*work) (TsmRestCall *call, StringInfo answer))
{
	TsmRestCall call;

	call.operation = InvalidOid;
	call.request.op = op;
	call.work = work;
	call.json = PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0);
	return tsm_rest_answer(&call, PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1)));
}

/* api_retirar_adjunto(peticion, mesa) */
Datum
tsm_api_retirar_adjunto(PG_FUNCTION_ARGS)
{
	return answer_json(fcinfo, OP_RETIRAR_ADJUNTO, withdraw_work);
}

/* ----------------------------------------------------------------
 * Reading
 * ----------------------------------------------------------------
 */
static void
list_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	if (tsm_member_find(call->body.members, "ticket_id") != NULL)
	{
		tsm_call_uuid(args, 0, call, "ticket_id");
		tsm_answer_files_of(answer, DatumGetJsonbP(tsm_lookup_ticket(args, &call->request, 1, 1)));
	}
	else
	{
		HeapTuple	tuple;
		TupleDesc	desc;

		tsm_call_map(args, &tsm_operations[OP_CONSULTAR], call->body.data, TSM_KEYS_OF_HTTP, &call->faults);
		tuple = tsm_lookup_public(args, &call->request, &call->faults, &desc);
		tsm_answer_public_files(answer, tuple, desc);
	}
}

/* api_adjuntos(peticion, mesa) */
Datum
tsm_api_adjuntos(PG_FUNCTION_ARGS)
{
	return answer_json(fcinfo, OP_CONSULTAR, list_work);
}

/* May a byte stand as it is in a header's filename*? RFC 8187. */
static bool
is_attr_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c != '\0' && strchr("!#$&+-.^_`|~", c) != NULL);
}

/* "attachment", and the name: in ASCII for old clients, and as it is (RFC 6266). */
static char *
disposition(const char *name)
{
	StringInfoData value;
	int			len = strlen(name);
	const char *utf8 = tsm_in_utf8(name, &len);

	initStringInfo(&value);
	appendStringInfoString(&value, "attachment; filename=\"");
	for (const char *p = name; *p != '\0'; p++)
		appendStringInfoChar(&value, *p == '"' || *p == '\\' || *p == '%' || *p < ' ' || *p > '~' ? '_' : *p);
	appendStringInfoString(&value, "\"; filename*=UTF-8''");
	for (int i = 0; i < len; i++)
		if (is_attr_char((unsigned char) utf8[i]))
			appendStringInfoChar(&value, utf8[i]);
		else
			appendStringInfo(&value, "%%%02X", (unsigned char) utf8[i]);
	return value.data;
}

/* For the rest of the transaction: PostgREST asks for them at the end. */
static void
set_headers(const char *type, const char *name)
{
	StringInfoData headers;

	initStringInfo(&headers);
	appendStringInfoString(&headers, "[{\"Content-Type\": ");
	escape_json(&headers, type);
	appendStringInfoString(&headers, "}, {\"Content-Disposition\": ");
	escape_json(&headers, disposition(name));
	appendStringInfoString(&headers, "}]");
	(void) set_config_option("response.headers", headers.data, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

static void
read_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	const char *label = tsm_member_text(call->body.data, "label", "string");
	const char *email = tsm_member_text(call->body.data, "email", "string");
	char	   *type;
	char	   *name;

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	tsm_call_uuid(args, 0, call, "ticket_id");
	tsm_call_uuid(args, 1, call, "adjunto_id");
	if (label != NULL)
		tsm_call_set(args, 2, CStringGetTextDatum(label));
	if (email != NULL)
		tsm_call_set(args, 3, CStringGetTextDatum(email));
	tsm_file_of(args, &call->request);
	call->content = PointerGetDatum(tsm_file_content(&call->request, DatumGetUUIDP(args->args[1].value), &type, &name));
	set_headers(type, name);
}

/* api_adjunto(peticion, mesa) */
Datum
tsm_api_adjunto(PG_FUNCTION_ARGS)
{
	TsmRestCall call;

	call.operation = InvalidOid;
	call.request.op = OP_CONSULTAR;
	call.work = read_work;
	call.json = PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0);
	(void) tsm_rest_answer(&call, PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1)));
	PG_RETURN_DATUM(call.content);
}
