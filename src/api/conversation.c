/*-------------------------------------------------------------------------
 *
 * conversation.c
 *	  What the requester and the desk say to each other: fn_responder and
 *	  fn_conversacion.
 *
 * Nothing keeps the conversation but the history.  What the requester may see of
 * it is told by the column alone: "mensaje" is what he has said, "respuesta" what
 * he was answered, and both are public; any other text is internal.  The number of
 * an item counts public ones only, so that nobody can tell from it how many notes
 * lie in between.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_responder);
PG_FUNCTION_INFO_V1(tsm_fn_conversacion);

/* Two programs that answer each other by themselves must come to an end. */
#define MESSAGES_AN_HOUR 60

/* The ticket that a message of the history came to: another one than has it, once that was a duplicate of this. */
#define CAME_TO "COALESCE((h.vinculo OPERATOR(pg_catalog.->>) 'origen')::pg_catalog.uuid, h.ticket_uuid)"

/* $1: where it came to, which may have been led on elsewhere then. */
static const TsmQuery q_by_key = {
	"WITH RECURSIVE " TSM_LED_TO("SELECT $1")
	" SELECT h.estado_antes, h.estado_despues, h.ocurrido_en, h.version, h.mensaje" EQ "$3, h.ticket_uuid, t.ticket_label"
	" FROM @.historial h JOIN @.ticket t ON t.ticket_uuid" EQ "h.ticket_uuid WHERE h.ticket_uuid" EQ "ANY (SELECT g.id FROM guiados g)"
	" AND h.clave_idempotencia" EQ "$2 AND h.mensaje IS NOT NULL AND " CAME_TO EQ "$1",
	3, {UUIDOID, TEXTOID, TEXTOID}, PLAN_ONCE
};

static const TsmQuery q_recent = {
	"SELECT pg_catalog.count(*) FROM @.historial h"
	" WHERE h.ticket_uuid" EQ "ANY (ARRAY[$1, $3]) AND h.mensaje IS NOT NULL AND " CAME_TO EQ "$1"
	" AND h.ocurrido_en OPERATOR(pg_catalog.>) $2",
	3, {UUIDOID, TIMESTAMPTZOID, UUIDOID}, PLAN_ONCE
};

/* Is it still the ticket of an address? */
static const TsmQuery q_is_of = {
	"SELECT FROM @.ticket t WHERE t.ticket_uuid" EQ "$1 AND " IN_SMALL("t.solicitante_email") EQ IN_SMALL("$2"),
	2, {UUIDOID, TEXTOID}, PLAN_BY_INDEX
};

/*
 * In the order of TSM_SAID_NUMBER and the following.  The own words are also read
 * where a ticket was led on to before it was parted from that again.
 */
static const TsmQuery q_conversation = {
	"WITH RECURSIVE " TSM_THREAD("$1") ", " TSM_LED_TO("SELECT i.id FROM hilo i WHERE i.version" EQ "0")
	" SELECT p.numero, p.fecha, p.autor, p.texto FROM (SELECT s.numero, s.fecha, s.autor, s.texto FROM ("
	"  SELECT (pg_catalog.row_number() OVER (ORDER BY h.ocurrido_en, h.ticket_uuid, h.version, v.orden))::pg_catalog.int4 AS numero,"
	"   h.ocurrido_en AS fecha, v.autor, v.texto"
	"  FROM (SELECT i.id, i.version, i.desde FROM hilo i UNION ALL SELECT g.id, 2147483647, 'infinity' FROM guiados g"
	"   WHERE g.id OPERATOR(pg_catalog.<>) ALL (SELECT i.id FROM hilo i)) AS i"
	"  JOIN @.ticket t ON t.ticket_uuid" EQ "i.id JOIN @.historial h ON h.ticket_uuid" EQ "t.ticket_uuid"
	"  CROSS JOIN LATERAL (VALUES (1, 'SOLICITANTE', CASE WHEN h.version" EQ "1 AND i.version" EQ "0 THEN t.descripcion END),"
	"   (2, 'SOLICITANTE', CASE WHEN " CAME_TO EQ "ANY (SELECT o.id FROM hilo o WHERE o.version" EQ "0) THEN h.mensaje END),"
	"   (3, 'MESA', CASE WHEN h.version OPERATOR(pg_catalog.>) i.version AND h.ocurrido_en OPERATOR(pg_catalog.>=) i.desde"
	"    THEN h.respuesta END)) AS v(orden, autor, texto)"
	"  WHERE v.texto IS NOT NULL) AS s"
	" WHERE s.numero OPERATOR(pg_catalog.<) $2 ORDER BY s.numero DESC LIMIT $3) AS p ORDER BY p.numero",
	3, {UUIDOID, INT4OID, INT8OID}, PLAN_ONCE
};

/* ----------------------------------------------------------------
 * fn_responder
 * ----------------------------------------------------------------
 */

static void
acquire(void *tag)
{
	(void) LockAcquire((LOCKTAG *) tag, ExclusiveLock, false, false);
}

/* Let one message for a ticket in at a time, until it has committed or not: see create.c's lock of a key. */
static void
lock_messages(const TsmRequest *request)
{
	LOCKTAG		tag;
	uint64		hash = DatumGetUInt64(hash_any_extended(request->ticket_id.data, UUID_LEN,
														request->desk->ticket_relid));

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, TSM_LOCK_MESSAGES);
	tsm_bounded_wait(acquire, &tag);
}

static void
put(TsmRequest *request, TicketColumn col, Datum value)
{
	request->row.value[col] = value;
	request->row.isnull[col] = false;
}

static text *
copy_text(MemoryContext cxt, Datum value)
{
	text	   *from = DatumGetTextPP(value);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	text	   *copy = cstring_to_text_with_len(VARDATA_ANY(from), VARSIZE_ANY_EXHDR(from));

	MemoryContextSwitchTo(old);
	return copy;
}

/*
 * Has this message come before?  Then what it has brought about then is put into
 * the request, whatever has become of the ticket.
 */
static bool
is_repeated(TsmRequest *request, const pg_uuid_t *to)
{
	Datum		args[3] = {UUIDPGetDatum(to), PointerGetDatum(request->key), PointerGetDatum(request->message)};
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved;
	bool		found;

	if (request->key == NULL)
		return false;
	saved = tsm_enter(request->desk);
	tsm_read_latest(request->desk, &q_by_key, args);
	found = SPI_processed > 0;
	if (found)
	{
		if (!DatumGetBool(tsm_read_value(0, 5)))
			tsm_refuse(REFUSE_USED_KEY, NULL, NULL, "Use a new clave_idempotencia for a new message.");
		request->state_before = DatumGetObjectId(tsm_read_value(0, 1));
		request->ticket_id = *DatumGetUUIDP(tsm_read_value(0, 6));
		put(request, TC_ticket_uuid, UUIDPGetDatum(&request->ticket_id));
		put(request, TC_ticket_label, PointerGetDatum(copy_text(cxt, tsm_read_value(0, 7))));
		put(request, TC_estado, tsm_read_value(0, 2));
		put(request, TC_actualizado_en, tsm_read_value(0, 3));
		put(request, TC_version, tsm_read_value(0, 4));
	}
	tsm_leave(saved);
	/* as whoever repeats a creation */
	if (found)
		tsm_wait_for_what_was_seen();
	return found;
}

static void
require_few(const TsmRequest *request, const pg_uuid_t *to)
{
	Datum		args[3] = {UUIDPGetDatum(to), TimestampTzGetDatum(tsm_now() - USECS_PER_HOUR),
	UUIDPGetDatum(&request->ticket_id)};
	TsmIdentity saved = tsm_enter(request->desk);
	int64		count;

	tsm_read_latest(request->desk, &q_recent, args);
	count = DatumGetInt64(tsm_read_value(0, 1));
	tsm_leave(saved);
	if (count >= MESSAGES_AN_HOUR)
		tsm_refuse(REFUSE_TOO_MANY, NULL,
				   psprintf("Ticket %s takes %d messages an hour.",
							TextDatumGetCString(request->row.value[TC_ticket_label]), MESSAGES_AN_HOUR),
				   "Try again later.");
}

/*
 * Of a duplicate the message goes to the ticket that goes on in its place, and
 * no link is undone meanwhile.  Whose the duplicate is was asked before that, and
 * is asked again, as the guard will look at the other one.
 */
static bool
lead_on(TsmRequest *request, const pg_uuid_t *to)
{
	Datum		args[2] = {UUIDPGetDatum(to), PointerGetDatum(request->address)};
	TsmIdentity saved;
	bool		is_his;

	if (request->led_here || !tsm_is_duplicate(request->desk, to))
		return false;
	tsm_links_lock(request->desk, true);
	request->ticket_id = tsm_ticket_surviving(request->desk, to);
	if (memcmp(&request->ticket_id, to, sizeof(pg_uuid_t)) == 0)
		return false;
	saved = tsm_enter(request->desk);
	tsm_read_latest(request->desk, &q_is_of, args);
	is_his = SPI_processed > 0;
	tsm_leave(saved);
	if (!is_his)
		tsm_raise(tsm_no_such_requester());
	request->led_here = true;
	request->link = tsm_link_origin(to);
	return true;
}

static bool
say(TsmRequest *request, TsmArgs *args)
{
	tsm_operation_target(request, UUIDPGetDatum(&request->ticket_id), args);
	request->in_batch = true;
	request->refusal = NULL;
	request->judged = false;
	return tsm_guard_run(request, tsm_operation_query(request->op), args->value, args->isnull);
}

void
tsm_reply(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults)
{
	TsmArgs		args;
	pg_uuid_t	to;
	bool		found;

	tsm_operation_args(fcinfo, request, &args, faults);
	tsm_lookup_requesters(request, DatumGetTextPP(args.value[0]), DatumGetTextPP(args.value[1]));
	lock_messages(request);
	to = request->ticket_id;
	(void) lead_on(request, &to);
	if (is_repeated(request, &to))
		return;
	require_few(request, &to);
	found = say(request, &args);
	/* it was merged while this waited for its row */
	if (request->refusal != NULL && lead_on(request, &to))
		found = say(request, &args);
	tsm_raise_if(request->refusal);
	if (!found)
		tsm_raise(tsm_no_such_requester());
}

Datum
tsm_replied(FunctionCallInfo fcinfo, const TsmRequest *request)
{
	static const TicketColumn columns[] = {TC_ticket_uuid, TC_ticket_label, TC_estado, TC_actualizado_en, TC_version};
	Datum		values[6];
	bool		nulls[6] = {false};

	values[2] = ObjectIdGetDatum(request->state_before);
	for (int i = 0; i < (int) lengthof(columns); i++)
		values[i < 2 ? i : i + 1] = request->row.value[columns[i]];
	/* the requester is not to count what he does not see */
	nulls[5] = request->caller.role == ROLE_PUBLICO;
	return tsm_result(fcinfo, values, nulls);
}

Datum
tsm_fn_responder(PG_FUNCTION_ARGS)
{
	TsmRequest	request;

	tsm_request_begin(&request, OP_RESPONDER);
	tsm_reply(fcinfo, &request, NULL);
	return tsm_replied(fcinfo, &request);
}

/* ----------------------------------------------------------------
 * fn_conversacion
 * ----------------------------------------------------------------
 */
void
tsm_conversation(const TsmDesk *desk, const pg_uuid_t *ticket, int before, int limit,
				 void (*emit) (void *arg, Datum *values), void *arg)
{
	Datum		args[3] = {UUIDPGetDatum(ticket), Int32GetDatum(before), Int64GetDatum(limit)};
	TsmIdentity saved = tsm_enter(desk);

	tsm_read(desk, &q_conversation, args);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[TSM_SAID_COLUMNS];
		bool		nulls[TSM_SAID_COLUMNS];

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		emit(arg, values);
	}
	tsm_leave(saved);
}

static void
put_row(void *arg, Datum *values)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) arg;
	bool		nulls[TSM_SAID_COLUMNS] = {false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* fn_conversacion(ticket_label, email, antes, limite) */
Datum
tsm_fn_conversacion(PG_FUNCTION_ARGS)
{
	TsmRequest	request;
	TsmArgs		args;
	int			before = PG_ARGISNULL(2) ? PG_INT32_MAX : PG_GETARG_INT32(2);
	int			limit;

	tsm_request_begin(&request, OP_CONSULTAR);
	tsm_operation_args(fcinfo, &request, &args, NULL);
	if (before < 1)
		tsm_refuse(REFUSE_BAD_FIELD, "antes", "It must be 1 or more.", NULL);
	limit = tsm_arg_limit(fcinfo, 3, TSM_CONVERSATION_PAGE, TSM_LONGEST_PAGE);
	tsm_lookup_requesters(&request, DatumGetTextPP(args.value[0]), DatumGetTextPP(args.value[1]));
	InitMaterializedSRF(fcinfo, 0);
	tsm_conversation(request.desk, &request.ticket_id, before, limit, put_row, fcinfo->resultinfo);
	return (Datum) 0;
}
