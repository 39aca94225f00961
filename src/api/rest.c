/*-------------------------------------------------------------------------
 *
 * rest.c
 *	  The functions that the wrappers of the REST API call.
 *
 * An error is raised anew where PostgREST would not pass it on as it should.
 * Nothing is rolled back here, so it takes no savepoint to catch it: whoever
 * calls this gets an error in any case.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/rest.h"

PG_FUNCTION_INFO_V1(tsm_api_operar);
PG_FUNCTION_INFO_V1(tsm_api_crear);
PG_FUNCTION_INFO_V1(tsm_api_responder);
PG_FUNCTION_INFO_V1(tsm_api_calificar);
PG_FUNCTION_INFO_V1(tsm_api_consultar);
PG_FUNCTION_INFO_V1(tsm_api_ticket);
PG_FUNCTION_INFO_V1(tsm_api_lista);
PG_FUNCTION_INFO_V1(tsm_api_mesa);
PG_FUNCTION_INFO_V1(tsm_api_eventos);
PG_FUNCTION_INFO_V1(tsm_api_lote);
PG_FUNCTION_INFO_V1(tsm_api_catalogo);
PG_FUNCTION_INFO_V1(tsm_api_campo);

/*
 * Act on a desk, whatever ticket_sm.mesa says, until AtEOXact_GUC() with what
 * this returns; 0 if the setting says so anyway.  Users' triggers see it too.
 */
static int
use_desk(const char *name)
{
	int			guc_level;

	if (strcmp(name, tsm_desk_name) == 0)
		return 0;
	guc_level = NewGUCNestLevel();
	(void) set_config_option("ticket_sm.mesa", name, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return guc_level;
}

/* The caller's role first, then what the request holds. */
static void
begin_call(TsmRestCall *call)
{
	TsmRequest *request = &call->request;

	tsm_request_init(request, request->op);
	if (OidIsValid(call->operation))
		request->op = tsm_operation_by_oid(request->desk, call->operation);
	tsm_caller_require_token(&request->caller);
	tsm_caller_require(request->desk, &request->caller, request->op);
	tsm_body_read(call->json, &call->body);
}

/* Do the work; an error leaves as PostgREST is to see it. */
static void
run_call(TsmRestCall *call, StringInfo answer)
{
	MemoryContext cxt = CurrentMemoryContext;

	call->faults.count = 0;
	PG_TRY();
	{
		begin_call(call);
		call->work(call, answer);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		(void) tsm_error_translate(error, call->json, &tsm_operations[call->request.op]);
		(void) tsm_error_tell_faults(error, &tsm_operations[call->request.op], &call->faults);
		ReThrowError(error);
	}
	PG_END_TRY();
}

Datum
tsm_rest_answer(TsmRestCall *call, const char *desk)
{
	int			guc_level = desk == NULL ? 0 : use_desk(desk);
	StringInfoData answer;

	initStringInfo(&answer);
	run_call(call, &answer);
	if (guc_level != 0)
		AtEOXact_GUC(true, guc_level);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(answer.data, answer.len));
}

/* Answer a request, given as the function's arguments json and desk from argno on. */
static Datum
answer_request(FunctionCallInfo fcinfo, int argno, TsmRestCall *call)
{
	call->json = PG_ARGISNULL(argno) ? NULL : PG_GETARG_TEXT_PP(argno);
	return tsm_rest_answer(call, PG_ARGISNULL(argno + 1) ? NULL : NameStr(*PG_GETARG_NAME(argno + 1)));
}

/* The same of one that reads, or whose body says what it does. */
static Datum
answer_reading(FunctionCallInfo fcinfo, void (*work) (TsmRestCall *call, StringInfo answer))
{
	TsmRestCall call;

	call.operation = InvalidOid;
	call.request.op = OP_CONSULTAR;
	call.work = work;
	return answer_request(fcinfo, 0, &call);
}

void
tsm_check_deferred(void)
{
	ConstraintsSetStmt *all = makeNode(ConstraintsSetStmt);

	AfterTriggerSetState(all);
}

/* ----------------------------------------------------------------
 * POST /tickets/{ticket_id}/...
 * ----------------------------------------------------------------
 */

void
tsm_call_uuid(FunctionCallInfo args, int i, const TsmRestCall *call, const char *name)
{
	const char *id = tsm_member_text(call->body.members, name, "uuid");

	if (id != NULL)
		tsm_call_set(args, i, DirectFunctionCall1(uuid_in, CStringGetDatum(id)));
}

/* The ticket that stood in the path. */
static void
take_ticket(FunctionCallInfo args, const TsmRestCall *call)
{
	tsm_call_uuid(args, 0, call, "ticket_id");
}

static void
operate_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	const TsmOperationRow *op = &tsm_operations[call->request.op];

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	take_ticket(args, call);
	if (op->kind != ON_TICKET)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no operation on a ticket: %s", op->name)));
	tsm_call_map(args, op, call->body.data, TSM_KEYS_OF_HTTP, &call->faults);
	tsm_operate(args, &call->request, &call->faults);
	tsm_check_deferred();
	tsm_answer_operated(answer, &call->request, call->body.data);
}

/* api_operar(operacion, peticion, mesa) */
Datum
tsm_api_operar(PG_FUNCTION_ARGS)
{
	TsmRestCall call;

	if (PG_ARGISNULL(0))
		tsm_missing_field("operacion");
	call.operation = PG_GETARG_OID(0);
	call.request.op = OP_CONSULTAR; /* until the desk says which one it is */
	call.work = operate_work;
	return answer_request(fcinfo, 1, &call);
}

/* ----------------------------------------------------------------
 * POST /tickets/crear
 * ----------------------------------------------------------------
 */

/* What the headers say: the client's address, set by nginx, and a key that beats the body's. */
static void
take_headers(FunctionCallInfo args, const TsmOperationRow *op)
{
	const char *headers = GetConfigOption("request.headers", true, false);
	const char *key;
	const char *address;

	if (headers == NULL || headers[0] == '\0')
		return;
	key = tsm_json_member(headers, "idempotency-key");
	address = tsm_json_member(headers, "x-real-ip");
	for (int i = 0; op->param[i].kind != PARAM_NONE; i++)
	{
		const TsmParam *param = &op->param[i];

		if (param->kind == PARAM_TEXT && param->field == F_CLAVE && key != NULL)
			tsm_call_set(args, i, CStringGetTextDatum(key));
		if (param->kind == PARAM_ADDRESS && address != NULL && address[0] != '\0' &&
			strspn(address, "0123456789abcdefABCDEF.:") == strlen(address))
			tsm_call_set(args, i, DirectFunctionCall1(inet_in, CStringGetDatum(address)));
	}
}

static void
create_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	const TsmOperationRow *op = &tsm_operations[OP_CREAR];

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	take_headers(args, op);
	tsm_call_map(args, op, call->body.data, TSM_KEYS_OF_HTTP, &call->faults);
	tsm_create(args, &call->request, &call->faults);
	tsm_check_deferred();
	tsm_answer_created(answer, &call->request);
}

/* api_crear(peticion, mesa) */
Datum
tsm_api_crear(PG_FUNCTION_ARGS)
{
	TsmRestCall call;
	Datum		answer;

	call.operation = InvalidOid;
	call.request.op = OP_CREAR;
	call.work = create_work;
	answer = answer_request(fcinfo, 0, &call);
	/* for the rest of the transaction: PostgREST asks for it at the end */
	(void) set_config_option("response.status", "201", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	return answer;
}

/* ----------------------------------------------------------------
 * POST /tickets/responder, /tickets/calificar
 * ----------------------------------------------------------------
 */
static void
reply_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	const TsmOperationRow *op = &tsm_operations[call->request.op];

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	take_headers(args, op);
	tsm_call_map(args, op, call->body.data, TSM_KEYS_OF_HTTP, &call->faults);
	if (call->request.op == OP_CALIFICAR)
		tsm_rate(args, &call->request, &call->faults);
	else
		tsm_reply(args, &call->request, &call->faults);
	tsm_check_deferred();
	tsm_answer_replied(answer, &call->request);
}

static Datum
answer_requester(FunctionCallInfo fcinfo, TsmOperation op)
{
	TsmRestCall call;

	call.operation = InvalidOid;
	call.request.op = op;
	call.work = reply_work;
	return answer_request(fcinfo, 0, &call);
}

/* api_responder(peticion, mesa) */
Datum
tsm_api_responder(PG_FUNCTION_ARGS)
{
	return answer_requester(fcinfo, OP_RESPONDER);
}

/* api_calificar(peticion, mesa) */
Datum
tsm_api_calificar(PG_FUNCTION_ARGS)
{
	return answer_requester(fcinfo, OP_CALIFICAR);
}

/* ----------------------------------------------------------------
 * POST and GET /tickets/consultar, GET /tickets/{ticket_id}
 * ----------------------------------------------------------------
 */

/* A member that says yes or no, in a body or in a query. */
static bool
says_yes(const TsmRestCall *call, const char *name)
{
	const TsmMember *member = tsm_member_find(call->body.data, name);
	const char *str = member == NULL || member->text == NULL ? "" : member->text;

	if (str[0] == '\0' || strcmp(str, "false") == 0)
		return false;
	if (strcmp(str, "true") != 0)
		tsm_refuse(REFUSE_BAD_FIELD, name, "It must be true or false.", NULL);
	return true;
}

/* Before which number the conversation is wanted, 0: not at all. */
static int
wanted_conversation(const TsmRestCall *call)
{
	const TsmMember *member = tsm_member_find(call->body.data, "antes");
	const char *str = member == NULL || member->text == NULL ? "" : member->text;
	int			before = PG_INT32_MAX;

	if (!says_yes(call, "conversacion"))
		return 0;
	if (str[0] != '\0')
		before = strlen(str) <= 9 && strspn(str, "0123456789") == strlen(str) ? atoi(str) : 0;
	if (before < 1)
		tsm_refuse(REFUSE_BAD_FIELD, "antes", "It must be a whole number from 1 to 999999999.", NULL);
	return before;
}

static void
consult_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	HeapTuple	tuple;
	TupleDesc	desc;
	int			before;

	tsm_body_require_object(&call->body);
	tsm_call_init(args);
	tsm_call_map(args, &tsm_operations[OP_CONSULTAR], call->body.data, TSM_KEYS_OF_HTTP,
				 &call->faults);
	before = wanted_conversation(call);
	tuple = tsm_lookup_public(args, &call->request, &call->faults, &desc);
	tsm_answer_public(answer, call->request.desk, tuple, desc, before);
}

/* api_consultar(peticion, mesa) */
Datum
tsm_api_consultar(PG_FUNCTION_ARGS)
{
	return answer_reading(fcinfo, consult_work);
}

/* Events of a page, unless the client says how many, and at most. */
#define PAGE_OF_HISTORY 200
#define PAGE_OF_EVENTS 100

static void
ticket_work(TsmRestCall *call, StringInfo answer)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	int			limit = tsm_query_number(&call->body, "limite", PAGE_OF_HISTORY, 1, TSM_LONGEST_PAGE);
	int			before = tsm_query_number(&call->body, "cursor", PG_INT32_MAX, 1, PG_INT32_MAX);
	StringInfoData actions;
	Datum		ticket;

	tsm_call_init(args);
	take_ticket(args, call);
	ticket = tsm_lookup_ticket(args, &call->request, before, limit);
	initStringInfo(&actions);
	tsm_answer_actions(&actions, &call->request, tsm_arg_ticket(args));
	tsm_answer_ticket(answer, DatumGetJsonbP(ticket), actions.data);
}

/* api_ticket(peticion, mesa) */
Datum
tsm_api_ticket(PG_FUNCTION_ARGS)
{
	return answer_reading(fcinfo, ticket_work);
}

/* ----------------------------------------------------------------
 * GET /eventos, POST /tickets/lote
 * ----------------------------------------------------------------
 */
static void
require_agent(const TsmRestCall *call)
{
	if (call->request.caller.role == ROLE_PUBLICO)
		tsm_refuse(REFUSE_NOT_ALLOWED, NULL, "Only agents may do this.", NULL);
}

static void
events_work(TsmRestCall *call, StringInfo answer)
{
	int			limit = tsm_query_number(&call->body, "limite", PAGE_OF_EVENTS, 1, TSM_LONGEST_PAGE);
	int64		after = tsm_query_number(&call->body, "cursor", 0, 0, PG_INT64_MAX);

	require_agent(call);
	tsm_answer_events(answer, &call->request, after, limit);
}

/* api_eventos(peticion, mesa) */
Datum
tsm_api_eventos(PG_FUNCTION_ARGS)
{
	return answer_reading(fcinfo, events_work);
}

static void
batch_work(TsmRestCall *call, StringInfo answer)
{
	Jsonb	   *body;
	JsonbValue	data;
	const char *json = call->json == NULL ? "{}" : text_to_cstring(call->json);

	require_agent(call);
	tsm_body_require_object(&call->body);
	body = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
	if (getKeyJsonValueFromContainer(&body->root, "datos", strlen("datos"), &data) != NULL && data.type == jbvBinary)
		body = JsonbValueToJsonb(&data);
	else
		body = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
	tsm_answer_batch(answer, &call->request, body, &call->faults);
	tsm_check_deferred();
}

/* api_lote(peticion, mesa) */
Datum
tsm_api_lote(PG_FUNCTION_ARGS)
{
	return answer_reading(fcinfo, batch_work);
}

/* ----------------------------------------------------------------
 * GET /mesa, /areas, /prioridades, /tipos, /agentes, /maquina, /auth/me
 * ----------------------------------------------------------------
 */
static void
desk_work(TsmRestCall *call, StringInfo answer)
{
	tsm_answer_desk(answer, &call->request);
}

/* api_mesa(peticion, mesa) */
Datum
tsm_api_mesa(PG_FUNCTION_ARGS)
{
	return answer_reading(fcinfo, desk_work);
}

static void
catalogue_work(TsmRestCall *call, StringInfo answer)
{
	require_agent(call);
	tsm_answer_catalogue(answer, call->name, &call->request, &call->body);
}

/* api_catalogo(catalogo, peticion, mesa) */
Datum
tsm_api_catalogo(PG_FUNCTION_ARGS)
{
	TsmRestCall call;

	if (PG_ARGISNULL(0))
		tsm_missing_field("catalogo");
	call.name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	call.operation = InvalidOid;
	call.request.op = OP_CONSULTAR;
	call.work = catalogue_work;
	return answer_request(fcinfo, 1, &call);
}

/* ----------------------------------------------------------------
 * GET /tickets
 * ----------------------------------------------------------------
 */
static void
list_work(TsmRestCall *call, StringInfo answer)
{
	tsm_caller_require_agent(&call->request.caller);
	tsm_body_require_object(&call->body);
	tsm_answer_list(answer, call->body.data, call->request.desk, &call->request.caller);
}

/* api_lista(peticion, mesa) */
Datum
tsm_api_lista(PG_FUNCTION_ARGS)
{
	return answer_reading(fcinfo, list_work);
}

/* ----------------------------------------------------------------
 * For functions of the API that are written in SQL
 * ----------------------------------------------------------------
 */

/* api_campo(datos, campo, tipo) */
Datum
tsm_api_campo(PG_FUNCTION_ARGS)
{
	TsmBody		body;
	const char *value;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	tsm_body_read(PG_GETARG_TEXT_PP(0), &body);
	value = tsm_member_text(body.members, text_to_cstring(PG_GETARG_TEXT_PP(1)),
							PG_ARGISNULL(2) ? "string" : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(value));
}
