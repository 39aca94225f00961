/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  fn_ejecutar_lote: one operation on many tickets; fn_liberar_agente: those of
 *	  somebody who leaves.
 *
 * The tickets are taken in the order of their uuids, which is the order of the
 * locks, so that two batches never deadlock; a few hundred at a time in one
 * UPDATE.  The guard judges each row by itself, and leaves out one that it
 * refuses.  What it does not foresee - a lock that cannot be had in time, a user's
 * trigger that raises an error - fails the whole statement: it is rolled back to
 * its savepoint and done again in halves, until the one is alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_ejecutar_lote);
PG_FUNCTION_INFO_V1(tsm_fn_liberar_agente);

#define MAX_TICKETS 100000
#define MAX_TICKETS_OF_HTTP 1000

/* Tickets of one statement: few savepoints, little to do again. */
#define CHUNK 500

static const TsmQuery q_areas = {
	"SELECT t.ticket_uuid, t.area FROM @.ticket t WHERE t.ticket_uuid" EQ "ANY ($1)",
	1, {UUIDARRAYOID}, PLAN_BY_INDEX
};

static const TsmQuery q_of_agent = {
	"SELECT t.ticket_uuid, t.ticket_label, t.estado FROM @.ticket t WHERE t.abierto AND t.agente_id" EQ "$1"
	" ORDER BY t.ticket_uuid",
	1, {UUIDOID}, PLAN_ONCE
};

/* Columns of type ticket_en_lote. */
enum
{
	L_UUID, L_LABEL, L_DONE, L_BEFORE, L_STATE, L_VERSION, L_CODE, L_MESSAGE, L_DETAIL, L_COLUMNS
};

typedef struct Batch
{
	ReturnSetInfo *rsinfo;		/* where the answers go, or: */
	StringInfo	answer;			/* of the REST API */
	int			done;
	TsmRequest	common;			/* what all of them have */
	TsmArgs		args;
	pg_uuid_t  *tickets;		/* sorted */
	int			count;
	const char **labels;		/* of each, and its state, where they are known beforehand; else NULL */
	Oid		   *states;
	bool		all_or_none;
	MemoryContext cxt;			/* of the chunk at work */
} Batch;

/* ----------------------------------------------------------------
 * Parameters
 * ----------------------------------------------------------------
 */
static TsmOperation
arg_operation(FunctionCallInfo fcinfo)
{
	text	   *arg = tsm_arg_text(fcinfo, 0);
	char	   *name;
	StringInfoData list;

	if (arg == NULL)
		tsm_missing_field("operacion");
	name = text_to_cstring(arg);
	initStringInfo(&list);
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		if (tsm_operations[op].kind != ON_TICKET)
			continue;
		if (pg_strcasecmp(tsm_operation_names[op], name) == 0)
			return (TsmOperation) op;
		appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", tsm_operation_names[op]);
	}
	tsm_refuse(REFUSE_BAD_FIELD, "operacion", "It is not an operation on a ticket.", psprintf("Valid values: %s.", list.data));
}

static int
compare_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t));
}

/* The tickets, each once, in order. */
static void
arg_tickets(FunctionCallInfo fcinfo, Batch *b, int most)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			count = 0;

	if (PG_ARGISNULL(1))
		tsm_missing_field("tickets");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR,
					  &elements, &nulls, &n);
	if (n > most)
		tsm_refuse(REFUSE_BAD_FIELD, "tickets", psprintf("There are %d of them; at most %d are allowed.", n, most), NULL);
	b->tickets = palloc(Max(n, 1) * sizeof(pg_uuid_t));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			tsm_refuse(REFUSE_BAD_FIELD, "tickets", "One of them is null.", NULL);
		b->tickets[i] = *DatumGetUUIDP(elements[i]);
	}
	qsort(b->tickets, n, sizeof(pg_uuid_t), compare_uuid);
	for (int i = 0; i < n; i++)
		if (i == 0 || compare_uuid(&b->tickets[i], &b->tickets[i - 1]) != 0)
			b->tickets[count++] = b->tickets[i];
	b->count = count;
}

/* The members of datos. */
static TsmMembers *
data_members(Jsonb *data)
{
	TsmMembers *members = tsm_members_new();
	JsonbIterator *it = JsonbIteratorInit(&data->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	TsmMember  *member = NULL;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			member = tsm_member_add(members, pnstrdup(v.val.string.val, v.val.string.len));
		else if (token == WJB_VALUE)
			tsm_member_of_jsonb(member, &v);
	}
	return members;
}

/* Check what datos says as the operation's function checks its parameters. */
static void
arg_data(FunctionCallInfo fcinfo, Batch *b, const char *name, TsmKeys keys, TsmFaults *faults)
{
	LOCAL_FCINFO(call, TSM_MAX_PARAMS);
	Jsonb	   *data = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);

	if (data != NULL && !JB_ROOT_IS_OBJECT(data))
		tsm_refuse(REFUSE_BAD_FIELD, name, "It is not an object.", NULL);
	tsm_call_init(call);
	if (data != NULL)
		tsm_call_map(call, &tsm_operations[b->common.op], data_members(data), keys, faults);
	tsm_operation_args(call, &b->common, &b->args, faults);
}

/* ----------------------------------------------------------------
 * Answers
 * ----------------------------------------------------------------
 */
static void
put_row(Batch *b, Datum *values, bool *nulls)
{
	static const struct
	{
		const char *key;
		Oid			type;
	}			columns[L_COLUMNS] =
	{
		{"ticketUuid", UUIDOID}, {"ticketLabel", TEXTOID}, {"hecho", BOOLOID}, {"estadoAnterior", ANYENUMOID},
		{"estado", ANYENUMOID}, {"version", INT4OID}, {"codigo", TEXTOID}, {"mensaje", TEXTOID}, {"detalle", TEXTOID}
	};

	if (b->rsinfo != NULL)
	{
		tuplestore_putvalues(b->rsinfo->setResult, b->rsinfo->setDesc, values, nulls);
		return;
	}
	if (DatumGetBool(values[L_DONE]))
		b->done++;
	appendStringInfoString(b->answer, b->answer->data[b->answer->len - 1] == '[' ? "{" : ", {");
	for (int i = 0; i < L_COLUMNS; i++)
	{
		tsm_answer_key(b->answer, columns[i].key);
		tsm_answer_value(b->answer, values[i], nulls[i], columns[i].type);
	}
	appendStringInfoChar(b->answer, '}');
}

static void
put_done(Batch *b, const TsmRequest *r)
{
	Datum		values[L_COLUMNS] = {0};
	bool		nulls[L_COLUMNS] = {false};
	char	   *warning = tsm_link_warning(r);

	values[L_UUID] = UUIDPGetDatum(&r->ticket_id);
	values[L_LABEL] = r->row.value[TC_ticket_label];
	values[L_DONE] = BoolGetDatum(true);
	values[L_BEFORE] = ObjectIdGetDatum(r->state_before);
	values[L_STATE] = r->row.value[TC_estado];
	values[L_VERSION] = r->row.value[TC_version];
	nulls[L_CODE] = nulls[L_MESSAGE] = true;
	nulls[L_DETAIL] = warning == NULL;
	if (warning != NULL)
		values[L_DETAIL] = CStringGetTextDatum(warning);
	put_row(b, values, nulls);
}

static void
put_refused(Batch *b, const pg_uuid_t *id, int code, const char *message, const char *detail)
{
	Datum		values[L_COLUMNS] = {0};
	bool		nulls[L_COLUMNS];

	memset(nulls, true, sizeof(nulls));
	nulls[L_UUID] = nulls[L_DONE] = nulls[L_CODE] = nulls[L_MESSAGE] = false;
	values[L_UUID] = UUIDPGetDatum(id);
	values[L_DONE] = BoolGetDatum(false);
	values[L_CODE] = CStringGetTextDatum(unpack_sql_state(code));
	values[L_MESSAGE] = CStringGetTextDatum(b->answer == NULL ? message :
											tsm_client_message(message, &tsm_operations[b->common.op]));
	nulls[L_DETAIL] = detail == NULL;
	if (detail != NULL)
		values[L_DETAIL] = CStringGetTextDatum(detail);
	if (b->labels != NULL)
	{
		pg_uuid_t  *ticket = bsearch(id, b->tickets, b->count, sizeof(pg_uuid_t), compare_uuid);

		nulls[L_LABEL] = nulls[L_STATE] = false;
		values[L_LABEL] = CStringGetTextDatum(b->labels[ticket - b->tickets]);
		values[L_STATE] = ObjectIdGetDatum(b->states[ticket - b->tickets]);
	}
	put_row(b, values, nulls);
}

/* What came of one that nobody has raised an error for. */
static void
put_result(Batch *b, const TsmRequest *r)
{
	const TsmRefusal *refusal = r->refusal;

	if (r->landed)
	{
		put_done(b, r);
		return;
	}
	if (refusal == NULL)
	{
		refusal = r->judged ? tsm_refusal(REFUSE_SUPPRESSED, NULL, NULL, NULL) : tsm_no_ticket(&r->ticket_id);
		if (b->all_or_none)
			tsm_raise(refusal);
	}
	put_refused(b, &r->ticket_id, refusal->code, refusal->message, refusal->detail);
}

/* ----------------------------------------------------------------
 * The work
 * ----------------------------------------------------------------
 */

/* Some tickets, done by one statement. */
typedef struct Chunk
{
	Batch	   *b;
	int			first;
	int			count;
	TsmRequest *requests;
} Chunk;

static void
form_requests(Chunk *c)
{
	c->requests = palloc(c->count * sizeof(TsmRequest));
	for (int i = 0; i < c->count; i++)
	{
		memcpy(&c->requests[i], &c->b->common, offsetof(TsmRequest, row));
		c->requests[i].ticket_id = c->b->tickets[c->first + i];
		c->requests[i].in_batch = !c->b->all_or_none;
	}
}

/* The tickets that nothing speaks against so far, as an array. */
static Datum
ticket_array(const Chunk *c)
{
	Datum	   *ids = palloc(c->count * sizeof(Datum));
	int			n = 0;

	for (int i = 0; i < c->count; i++)
		if (c->requests[i].refusal == NULL)
			ids[n++] = UUIDPGetDatum(&c->requests[i].ticket_id);
	return PointerGetDatum(construct_array(ids, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/*
 * Refuse tickets of other areas before their rows are locked: else a caller
 * could keep others from what is none of its business for as long as its
 * transaction lasts.  The guard asks again.
 */
static void
refuse_foreign(Chunk *c)
{
	MemoryContext cxt = CurrentMemoryContext;
	const TsmCaller *caller = &c->b->common.caller;
	Datum		ids = ticket_array(c);
	TsmIdentity saved;

	if (tsm_caller_sees_all(caller))
		return;
	saved = tsm_enter(c->b->common.desk);
	tsm_read_latest(c->b->common.desk, &q_areas, &ids);
	MemoryContextSwitchTo(cxt);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		pg_uuid_t  *id = DatumGetUUIDP(tsm_read_value(i, 1));
		pg_uuid_t  *ticket = bsearch(id, c->b->tickets + c->first, c->count, sizeof(pg_uuid_t), compare_uuid);
		TsmRequest *request = &c->requests[ticket - (c->b->tickets + c->first)];

		request->refusal = tsm_area_refusal(caller, TextDatumGetCString(tsm_read_value(i, 2)));
		request->judged = request->refusal != NULL;
		if (request->judged && c->b->all_or_none)
			tsm_raise(request->refusal);
	}
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
}

static void
run_statement(void *arg)
{
	Chunk	   *c = (Chunk *) arg;
	TsmRequest *common = &c->b->common;
	TsmArgs    *args = &c->b->args;

	form_requests(c);
	if (tsm_is_of_links(&tsm_operations[common->op]))
	{
		tsm_link(&c->requests[0], args);
		return;
	}
	refuse_foreign(c);
	tsm_operation_target(common, ticket_array(c), args);
	tsm_guard_run_batch(c->requests, c->count, tsm_operation_query(common->op), args->value, args->isnull);
}

static void
run(Batch *b, int first, int count)
{
	Chunk		chunk = {b, first, count, NULL};
	ErrorData  *error = NULL;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(b->cxt);
	MemoryContextSwitchTo(b->cxt);
	if (b->all_or_none)
		run_statement(&chunk);
	else
		error = tsm_attempt(run_statement, &chunk);
	if (error == NULL)
		for (int i = 0; i < count; i++)
			put_result(b, &chunk.requests[i]);
	else if (count == 1)
		put_refused(b, &b->tickets[first], error->sqlerrcode, error->message, error->detail);
	else
	{
		run(b, first, count / 2);
		run(b, first + count / 2, count - count / 2);
	}
}

/* Who is calling, for one of these functions. */
static void
begin(Batch *b)
{
	memset(b, 0, sizeof(*b));
	b->common.desk = tsm_desk_current();
	tsm_caller_identify(b->common.desk, &b->common.caller);
}

/* Do all of them. */
static void
run_all(Batch *b)
{
	MemoryContext cxt = CurrentMemoryContext;
	bool		links = tsm_is_of_links(&tsm_operations[b->common.op]);
	int			chunk = links ? 1 : CHUNK;

	b->cxt = AllocSetContextCreate(cxt, "ticket_sm batch", ALLOCSET_DEFAULT_SIZES);
	if (links)
		tsm_links_lock_all(&b->common, b->tickets, b->count, b->args.value[1]);
	for (int first = 0; first < b->count; first += chunk)
		run(b, first, Min(chunk, b->count - first));
	MemoryContextSwitchTo(cxt);
	MemoryContextDelete(b->cxt);
}

/* Do all of them, and return the rows. */
static void
return_rows(FunctionCallInfo fcinfo, Batch *b)
{
	InitMaterializedSRF(fcinfo, 0);
	b->rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	run_all(b);
}

/*
 * fn_ejecutar_lote(operacion, tickets, datos, todo_o_nada): one operation on
 * many tickets.
 */
Datum
tsm_fn_ejecutar_lote(PG_FUNCTION_ARGS)
{
	Batch		b;

	begin(&b);
	b.common.op = arg_operation(fcinfo);
	tsm_caller_require(b.common.desk, &b.common.caller, b.common.op);
	arg_tickets(fcinfo, &b, MAX_TICKETS);
	arg_data(fcinfo, &b, "datos", TSM_KEYS_OF_SQL, NULL);
	b.all_or_none = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	return_rows(fcinfo, &b);
	return (Datum) 0;
}

/* The open tickets of an agent, whom the table need not have any more. */
static void
find_tickets_of(Batch *b, Datum agent)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(b->common.desk);

	tsm_read_latest(b->common.desk, &q_of_agent, &agent);
	MemoryContextSwitchTo(cxt);
	b->count = (int) SPI_processed;
	b->tickets = palloc(Max(b->count, 1) * sizeof(pg_uuid_t));
	b->labels = palloc(Max(b->count, 1) * sizeof(char *));
	b->states = palloc(Max(b->count, 1) * sizeof(Oid));
	for (int i = 0; i < b->count; i++)
	{
		b->tickets[i] = *DatumGetUUIDP(tsm_read_value(i, 1));
		b->labels[i] = tsm_read_string(i, 2);
		b->states[i] = DatumGetObjectId(tsm_read_value(i, 3));
	}
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
}

/* fn_liberar_agente(agente_id, motivo): reasignar to nobody, of all open tickets of an agent. */
Datum
tsm_fn_liberar_agente(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(call, TSM_MAX_PARAMS);
	Batch		b;

	begin(&b);
	b.common.op = OP_REASIGNAR;
	tsm_caller_require(b.common.desk, &b.common.caller, OP_REASIGNAR);
	if (!tsm_caller_sees_all(&b.common.caller))
		tsm_refuse(REFUSE_NOT_ALLOWED, NULL, "Only ADMIN and MESA may take an agent off tickets of every area.", NULL);
	if (PG_ARGISNULL(0))
		tsm_missing_field("agente_id");
	tsm_call_init(call);
	if (!PG_ARGISNULL(1))
		tsm_call_set(call, 2, PG_GETARG_DATUM(1));
	tsm_operation_args(call, &b.common, &b.args, NULL);
	b.common.from_agent = PG_GETARG_UUID_P(0);
	find_tickets_of(&b, PG_GETARG_DATUM(0));
	if (b.count == 0 && tsm_agent_by_id(b.common.desk, b.common.from_agent) == NULL)
		tsm_refuse(REFUSE_BAD_FIELD, "agente_id", "There is no such agent.", NULL);
	return_rows(fcinfo, &b);
	return (Datum) 0;
}

/* ----------------------------------------------------------------
 * POST /tickets/lote
 * ----------------------------------------------------------------
 */

/* A list of uuids, as the function has it. */
static Datum
uuids_of(const JsonbValue *list)
{
	JsonbContainer *array = list->val.binary.data;
	int			count;
	Datum	   *ids;

	if (list->type != jbvBinary || !JsonContainerIsArray(array))
		tsm_refuse(REFUSE_WRONG_TYPE, "tickets", "An array of uuids is expected.", NULL);
	count = JsonContainerSize(array);
	ids = palloc(Max(count, 1) * sizeof(Datum));
	for (int i = 0; i < count; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(array, i);
		char	   *id = v->type == jbvString ? pnstrdup(v->val.string.val, v->val.string.len) : NULL;

		if (id == NULL || !tsm_is_uuid(id))
			tsm_refuse(REFUSE_NO_UUID, "tickets", psprintf("That is number %d of the array.", i + 1), NULL);
		ids[i] = DirectFunctionCall1(uuid_in, CStringGetDatum(id));
	}
	return PointerGetDatum(construct_array(ids, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/* The members of the body as the arguments of the function. */
static void
body_args(FunctionCallInfo args, Jsonb *data)
{
	TsmMembers *members = data_members(data);
	const char *operation = tsm_member_text(members, "operacion", "string");
	const char *all_or_none = tsm_member_text(members, "todoONada", "boolean");
	JsonbValue	v;

	tsm_call_init(args);
	if (operation != NULL)
		tsm_call_set(args, 0, CStringGetTextDatum(operation));
	if (getKeyJsonValueFromContainer(&data->root, "tickets", strlen("tickets"), &v) != NULL && v.type != jbvNull)
		tsm_call_set(args, 1, uuids_of(&v));
	if (getKeyJsonValueFromContainer(&data->root, "campos", strlen("campos"), &v) != NULL && v.type != jbvNull)
		tsm_call_set(args, 2, PointerGetDatum(JsonbValueToJsonb(&v)));
	tsm_call_set(args, 3, BoolGetDatum(all_or_none != NULL && strcmp(all_or_none, "true") == 0));
}

void
tsm_answer_batch(StringInfo answer, TsmRequest *request, Jsonb *data, TsmFaults *faults)
{
	LOCAL_FCINFO(args, TSM_MAX_PARAMS);
	Batch		b;

	memset(&b, 0, sizeof(b));
	body_args(args, data);
	request->op = arg_operation(args);
	memcpy(&b.common, request, offsetof(TsmRequest, row));
	tsm_caller_require(b.common.desk, &b.common.caller, b.common.op);
	arg_tickets(args, &b, MAX_TICKETS_OF_HTTP);
	arg_data(args, &b, "campos", TSM_KEYS_OF_HTTP, faults);
	b.all_or_none = DatumGetBool(args->args[3].value);

	b.answer = answer;
	appendStringInfoString(answer, "{\"resultados\" : [");
	run_all(&b);
	appendStringInfo(answer, "], \"hechos\" : %d, \"rechazados\" : %d}", b.done, b.count - b.done);
}
