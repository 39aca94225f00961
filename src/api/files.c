/*-------------------------------------------------------------------------
 *
 * files.c
 *	  The functions for what is attached to a ticket.
 *
 * An agent names the ticket by its uuid, a requester by label and address; what
 * he sees, and what he sends, is public.  Lists never touch a content.  The public
 * files of duplicates show in the ticket that goes on: to agents all of them, to the
 * requester those in tickets of his own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_adjuntar);
PG_FUNCTION_INFO_V1(tsm_fn_retirar_adjunto);
PG_FUNCTION_INFO_V1(tsm_fn_adjuntos);
PG_FUNCTION_INFO_V1(tsm_fn_adjunto);

static const TsmQuery q_area = {
	"SELECT t.ticket_uuid, t.area FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
	1, {UUIDOID}, PLAN_BY_INDEX
};

static const TsmQuery q_file_limit = {
	"SELECT c.adjunto_bytes FROM @.configuracion c",
	0, {0}, PLAN_ONCE
};

/* The same file, under the same name, from the same sender: it, and the ticket as it is now. */
static const TsmQuery q_repeated = {
	"SELECT a.adjunto_id, t.ticket_label, t.estado, t.version, t.actualizado_en, a.tipo_contenido"
	" FROM @.adjunto a JOIN @.ticket t ON t.ticket_uuid" EQ "a.ticket_uuid"
	" JOIN @.historial h ON h.ticket_uuid" EQ "a.ticket_uuid AND h.version" EQ "a.version"
	" WHERE a.ticket_uuid" EQ "$1 AND a.sha256" EQ "$2 AND a.archivo" EQ "$3 AND a.publico" EQ "$4"
	" AND a.retirado IS NULL AND h.actor_rol::pg_catalog.text" EQ "$5"
	" AND (h.actor_id" EQ "$6 OR (h.actor_id IS NULL AND $6 IS NULL AND h.usuario_bd" EQ "$7))"
	" ORDER BY a.version LIMIT 1",
	7, {UUIDOID, BYTEAOID, TEXTOID, BOOLOID, TEXTOID, UUIDOID, TEXTOID}, PLAN_ONCE
};

/* The columns of type ticket_adjunto; last, of a file that lies in a duplicate, the label of that. */
#define FILES \
	" SELECT a.adjunto_id, a.archivo, a.tipo_contenido, a.bytes, a.sha256, a.publico, h.ocurrido_en, h.actor_nombre, h.actor_rol," \
	" a.version, r.ocurrido_en, CASE WHEN a.ticket_uuid OPERATOR(pg_catalog.<>) $1 THEN" \
	" (SELECT t.ticket_label FROM @.ticket t WHERE t.ticket_uuid" EQ "a.ticket_uuid) END" \
	" FROM @.adjunto a LEFT JOIN @.historial h ON h.ticket_uuid" EQ "a.ticket_uuid AND h.version" EQ "a.version" \
	" LEFT JOIN @.historial r ON r.ticket_uuid" EQ "a.ticket_uuid AND r.version" EQ "a.retirado"

#define IN_ORDER " ORDER BY h.ocurrido_en, a.ticket_uuid, a.version"

static const TsmQuery q_files = {
	"WITH RECURSIVE " TSM_MERGED("$1") FILES " WHERE a.ticket_uuid" EQ "ANY (SELECT f.id FROM fusionados f)"
	" AND (a.ticket_uuid" EQ "$1 OR (a.publico AND a.retirado IS NULL))" IN_ORDER,
	1, {UUIDOID}, PLAN_ONCE
};

/* For the requester: in his own tickets. */
static const TsmQuery q_public_files = {
	"WITH RECURSIVE " TSM_THREAD("$1") FILES " WHERE a.ticket_uuid" EQ "ANY (SELECT i.id FROM hilo i WHERE i.version" EQ "0)"
	" AND a.publico AND a.retirado IS NULL" IN_ORDER,
	1, {UUIDOID}, PLAN_ONCE
};

#define CONTENT \
	" SELECT c.datos, a.tipo_contenido, a.archivo FROM @.adjunto a JOIN @.contenido c ON c.sha256" EQ "a.sha256" \
	" WHERE a.adjunto_id" EQ "$2 AND a.retirado IS NULL"

static const TsmQuery q_content = {
	"WITH RECURSIVE " TSM_MERGED("$1") CONTENT
	" AND (a.ticket_uuid" EQ "$1 OR (a.publico AND a.ticket_uuid" EQ "ANY (SELECT f.id FROM fusionados f)))",
	2, {UUIDOID, UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_public_content = {
	"WITH RECURSIVE " TSM_THREAD("$1") CONTENT
	" AND a.publico AND (a.ticket_uuid" EQ "$1 OR a.ticket_uuid" EQ "ANY (SELECT i.id FROM hilo i WHERE i.version" EQ "0))",
	2, {UUIDOID, UUIDOID}, PLAN_ONCE
};

/* ----------------------------------------------------------------
 * Which ticket
 * ----------------------------------------------------------------
 */

/* Who names it by its uuid must be an agent, whose business its area is. */
static void
find_by_id(TsmRequest *request)
{
	const TsmDesk *desk = request->desk;
	Datum		id = UUIDPGetDatum(&request->ticket_id);
	TsmIdentity saved = tsm_enter(desk);
	bool		begun = tsm_read_begin(desk);
	bool		found;
	TsmRefusal *refusal = NULL;

	tsm_read(desk, &q_area, &id);
	found = SPI_processed > 0;
	if (found)
		refusal = tsm_area_refusal(&request->caller, tsm_read_string(0, 2));
	tsm_raise_if(refusal);
	tsm_read_end(begun);
	tsm_leave(saved);
	if (!found)
		tsm_raise(tsm_no_ticket(&request->ticket_id));
}

/* By the arguments ticket_id, or ticket_label and email: one way or the other. */
static void
find_ticket(FunctionCallInfo fcinfo, int id, int label, int email, TsmRequest *request)
{
	text	   *typed_label = tsm_arg_text(fcinfo, label);
	text	   *typed_email = tsm_arg_text(fcinfo, email);

	if (PG_ARGISNULL(id))
	{
		if (typed_label == NULL && typed_email == NULL && request->caller.role != ROLE_PUBLICO)
			tsm_missing_field("ticket_id");
		if (typed_label == NULL)
			tsm_missing_field("ticket_label");
		if (typed_email == NULL)
			tsm_missing_field("email");
		tsm_lookup_requesters(request, typed_label, typed_email);
		return;
	}
	if (typed_label != NULL || typed_email != NULL)
		tsm_refuse(REFUSE_BAD_FIELD, "ticket_id", "The ticket is named twice.",
				   "Give ticket_id, or ticket_label and email.");
	tsm_caller_require_agent(&request->caller);
	request->ticket_id = *PG_GETARG_UUID_P(id);
	find_by_id(request);
}

/* ----------------------------------------------------------------
 * fn_adjuntar
 * ----------------------------------------------------------------
 */

/* Its parameters, and those of fn_retirar_adjunto, in the order of the sheet. */
enum
{
	A_TICKET, A_NAME, A_CONTENT, A_TYPE, A_PUBLIC, A_LABEL, A_EMAIL
};

enum
{
	W_TICKET, W_FILE
};

/* The size is known before the content is: one that is too large is never looked at. */
static void
require_size(const TsmDesk *desk, Size size)
{
	TsmIdentity saved = tsm_enter(desk);
	Size		most;

	tsm_read_latest(desk, &q_file_limit, NULL);
	most = DatumGetInt32(tsm_read_value(0, 1));
	if (size > most)
		tsm_refuse(REFUSE_LARGE_FILE, NULL,
				   psprintf("\"contenido\" has %zu bytes; at most %zu are allowed (configuracion.adjunto_bytes).", size, most), NULL);
	tsm_leave(saved);
}

/* A file of the requester, or one that is sent as his, is public. */
static bool
is_public(FunctionCallInfo fcinfo, const TsmRequest *request)
{
	if (request->address == NULL)
		return !PG_ARGISNULL(A_PUBLIC) && PG_GETARG_BOOL(A_PUBLIC);
	if (!PG_ARGISNULL(A_PUBLIC) && !PG_GETARG_BOOL(A_PUBLIC))
		tsm_refuse(REFUSE_BAD_FIELD, "publico", "A file of the requester is public.", "Name the ticket by ticket_id for an internal one.");
	return true;
}

static void
take_file(FunctionCallInfo fcinfo, const TsmArgs *args, TsmRequest *request, TsmFile *file)
{
	text	   *claimed = args->isnull[A_TYPE] == 'n' ? NULL : DatumGetTextPP(args->value[A_TYPE]);

	file->name = DatumGetTextPP(args->value[A_NAME]);
	file->content = PG_GETARG_BYTEA_PP(A_CONTENT);
	file->size = VARSIZE_ANY_EXHDR(file->content);
	file->type = tsm_media_type(VARDATA_ANY(file->content), file->size, claimed == NULL ? NULL : text_to_cstring(claimed));
	file->is_public = is_public(fcinfo, request);
	tsm_file_begin(file);
	request->file = tsm_file_facts(file);
}

/* Put what a query has read of the ticket into the request's row. */
static void
copy_read(TsmRequest *request, int from, const TicketColumn *columns, int count)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	HeapTuple	tuple = heap_copytuple(SPI_tuptable->vals[0]);

	for (int i = 0; i < count; i++)
		request->row.value[columns[i]] = heap_getattr(tuple, from + i, desc, &request->row.isnull[columns[i]]);
}

/* Has the same sender attached this file before?  Then it is that one, and the ticket stays as it is. */
static bool
is_repeated(TsmRequest *request, TsmFile *file)
{
	static const TicketColumn columns[] = {TC_ticket_label, TC_estado, TC_version, TC_actualizado_en};
	const TsmAgent *agent = request->caller.agent;
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(request->desk);
	bool		found;
	char		nulls[] = "       ";
	Datum		args[7] = {
		UUIDPGetDatum(&request->ticket_id), PointerGetDatum(&file->digest), PointerGetDatum(file->name),
		BoolGetDatum(file->is_public), CStringGetTextDatum(tsm_role_names[request->caller.role]),
		agent != NULL ? UUIDPGetDatum(&agent->id) : (Datum) 0,
		CStringGetTextDatum(GetUserNameFromId(request->caller.userid, false))
	};

	if (agent == NULL)
		nulls[5] = 'n';
	(void) tsm_run(request->desk, &q_repeated, RUN_READ_LATEST, args, nulls);
	found = SPI_processed > 0;
	if (found)
	{
		MemoryContextSwitchTo(cxt);
		file->id = *DatumGetUUIDP(tsm_read_value(0, 1));
		file->type = tsm_read_string(0, 6);
		copy_read(request, 2, columns, lengthof(columns));
		request->state_before = DatumGetObjectId(request->row.value[TC_estado]);
	}
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	/* as in create.c: who repeats it has not been answered the first time */
	if (found)
		tsm_wait_for_what_was_seen();
	return found;
}

/* Change the ticket, which locks it: the guard judges, and writes the event. */
static void
change(TsmRequest *request, TsmArgs *args)
{
	tsm_operation_target(request, UUIDPGetDatum(&request->ticket_id), args);
	if (!tsm_guard_run(request, tsm_operation_query(request->op), args->value, args->isnull))
		tsm_raise(tsm_no_ticket(&request->ticket_id));
}

void
tsm_attach(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults, TsmFile *file)
{
	TsmArgs		args;

	tsm_operation_args(fcinfo, request, &args, faults);
	require_size(request->desk, toast_raw_datum_size(PG_GETARG_DATUM(A_CONTENT)) - VARHDRSZ);
	find_ticket(fcinfo, A_TICKET, A_LABEL, A_EMAIL, request);
	take_file(fcinfo, &args, request, file);
	tsm_file_lock(request->desk, &request->ticket_id, file);
	if (is_repeated(request, file))
		return;
	change(request, &args);
	tsm_file_store(request, file);
}

/* The row of type adjunto_operado; file NULL: it was taken away. */
static Datum
result_row(FunctionCallInfo fcinfo, const TsmRequest *request, const pg_uuid_t *id, const TsmFile *file)
{
	bool		none = file == NULL;
	bool		hidden = request->caller.role == ROLE_PUBLICO;
	bool		nulls[] = {false, false, false, false, hidden, false, false, none, none, none, none, none};
	Datum		values[lengthof(nulls)] = {
		UUIDPGetDatum(&request->ticket_id), request->row.value[TC_ticket_label], ObjectIdGetDatum(request->state_before),
		request->row.value[TC_estado], request->row.value[TC_version], request->row.value[TC_actualizado_en],
		UUIDPGetDatum(id)
	};

	if (!none)
	{
		values[7] = PointerGetDatum(file->name);
		values[8] = CStringGetTextDatum(file->type);
		values[9] = Int32GetDatum(file->size);
		values[10] = PointerGetDatum(&file->digest);
		values[11] = BoolGetDatum(file->is_public);
	}
	return tsm_result(fcinfo, values, nulls);
}

/* fn_adjuntar(ticket_id, archivo, contenido, tipo_contenido, publico, ticket_label, email, version) */
Datum
tsm_fn_adjuntar(PG_FUNCTION_ARGS)
{
	TsmRequest	request;
	TsmFile		file;

	tsm_request_begin(&request, OP_ADJUNTAR);
	tsm_attach(fcinfo, &request, NULL, &file);
	return result_row(fcinfo, &request, &file.id, &file);
}

/* ----------------------------------------------------------------
 * fn_retirar_adjunto
 * ----------------------------------------------------------------
 */
void
tsm_withdraw_file(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults)
{
	TsmArgs		args;

	request->ticket_id = *tsm_arg_ticket(fcinfo);
	tsm_operation_args(fcinfo, request, &args, faults);
	request->file = tsm_file_withdrawal(PG_GETARG_UUID_P(W_FILE));
	change(request, &args);
	tsm_file_withdraw(request, PG_GETARG_UUID_P(W_FILE));
}

/* fn_retirar_adjunto(ticket_id, adjunto_id, motivo, version) */
Datum
tsm_fn_retirar_adjunto(PG_FUNCTION_ARGS)
{
	TsmRequest	request;

	tsm_request_begin(&request, OP_RETIRAR_ADJUNTO);
	tsm_withdraw_file(fcinfo, &request, NULL);
	return result_row(fcinfo, &request, PG_GETARG_UUID_P(W_FILE), NULL);
}

/* ----------------------------------------------------------------
 * Reading
 * ----------------------------------------------------------------
 */

/* Parameters of fn_adjuntos and fn_adjunto. */
enum
{
	L_TICKET, L_LABEL, L_EMAIL
};

enum
{
	R_TICKET, R_FILE, R_LABEL, R_EMAIL
};

#define FILE_COLUMNS 12

/* What only agents may know of a file, in the order of type ticket_adjunto. */
static void
hide(bool *nulls)
{
	static const int hidden[] = {7, 9, 10}; /* who, version, when it was taken away */

	for (int i = 0; i < (int) lengthof(hidden); i++)
		nulls[hidden[i]] = true;
}

/* fn_adjuntos(ticket_id, ticket_label, email) */
Datum
tsm_fn_adjuntos(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TsmRequest	request;
	TsmIdentity saved;
	bool		begun;
	Datum		id;
	Datum		values[FILE_COLUMNS];
	bool		nulls[FILE_COLUMNS];

	tsm_request_begin(&request, OP_CONSULTAR);
	find_ticket(fcinfo, L_TICKET, L_LABEL, L_EMAIL, &request);
	InitMaterializedSRF(fcinfo, 0);
	id = UUIDPGetDatum(&request.ticket_id);
	saved = tsm_enter(request.desk);
	begun = tsm_read_begin(request.desk);
	tsm_read(request.desk, request.address == NULL ? &q_files : &q_public_files, &id);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		if (request.address != NULL)
			hide(nulls);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	tsm_read_end(begun);
	tsm_leave(saved);
	return (Datum) 0;
}

bytea *
tsm_file_content(const TsmRequest *request, const pg_uuid_t *id, char **type, char **name)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(request->desk);
	bool		begun = tsm_read_begin(request->desk);
	bytea	   *content;
	Datum		args[2] = {UUIDPGetDatum(&request->ticket_id), UUIDPGetDatum(id)};

	tsm_read(request->desk, request->address == NULL ? &q_content : &q_public_content, args);
	if (SPI_processed == 0)
		tsm_refuse(REFUSE_NO_FILE, NULL, "The ticket has no such attachment, or its content was taken away.", NULL);
	/* fetched once, into where it is answered from */
	MemoryContextSwitchTo(cxt);
	content = DatumGetByteaPCopy(tsm_read_value(0, 1));
	*type = tsm_read_string(0, 2);
	*name = tsm_read_string(0, 3);
	tsm_read_end(begun);
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	return content;
}

void
tsm_file_of(FunctionCallInfo fcinfo, TsmRequest *request)
{
	if (PG_ARGISNULL(R_FILE))
		tsm_missing_field("adjunto_id");
	find_ticket(fcinfo, R_TICKET, R_LABEL, R_EMAIL, request);
}

/* fn_adjunto(ticket_id, adjunto_id, ticket_label, email) */
Datum
tsm_fn_adjunto(PG_FUNCTION_ARGS)
{
	TsmRequest	request;
	char	   *type;
	char	   *name;

	tsm_request_begin(&request, OP_CONSULTAR);
	tsm_file_of(fcinfo, &request);
	PG_RETURN_BYTEA_P(tsm_file_content(&request, PG_GETARG_UUID_P(R_FILE), &type, &name));
}
