/*-------------------------------------------------------------------------
 *
 * create.c
 *	  fn_crear_ticket.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_crear_ticket);

static const TsmQuery q_by_key = {
	"SELECT t.huella_idempotencia, t.ticket_uuid, t.ticket_label, t.estado, t.tipo,"
	" t.prioridad, t.sla_horas, t.fecha_creacion, t.fecha_limite_sla"
	" FROM @.ticket t"
	" WHERE pg_catalog.substring(t.huella_idempotencia, 33)" EQ "$1"
	" AND pg_catalog.octet_length(t.huella_idempotencia)" EQ "64",
	1, {BYTEAOID}, PLAN_ONCE
};

/* The columns of type ticket_creado. */
static const TicketColumn created_columns[] = {
	TC_ticket_uuid, TC_ticket_label, TC_estado, TC_tipo, TC_prioridad,
	TC_sla_horas, TC_fecha_creacion, TC_fecha_limite_sla
};

#define CREATED_COLUMNS ((int) lengthof(created_columns))

/* The position of a text parameter. */
static int
position_of(TsmField field)
{
	const TsmParam *param = tsm_operations[OP_CREAR].param;
	int			i = 0;

	while (param[i].kind != PARAM_TEXT || param[i].field != field)
		i++;
	return i;
}

/* A parameter as it is kept; false if it cannot be. */
static bool
normal_arg(FunctionCallInfo fcinfo, int i, TsmText *t)
{
	const TsmParam *param = &tsm_operations[OP_CREAR].param[i];
	text	   *arg;

	*t = (TsmText)
	{
		"", 0, 0
	};
	if (PG_ARGISNULL(i))
		return true;
	arg = PG_GETARG_TEXT_PP(i);
	*t = (TsmText)
	{
		VARDATA_ANY(arg), VARSIZE_ANY_EXHDR(arg), 0
	};
	return (param->kind == PARAM_TEXT ? tsm_field_normalise(param->field, "", t) :
			tsm_text_normalise(TEXT_NAME, "", t)) == NULL;
}

/* A name, the same however it is written, whether it is in a catalogue yet or still. */
static char *
folded_name(const TsmParam *param, const TsmText *t)
{
	if (t->len == 0 && param->demand == OR_FIRST_AREA)
		return pstrdup(TSM_FIRST_AREA);
	return tsm_fold(asc_toupper(t->str, t->len));
}

/* Room for a digest. */
static bytea *
hash_buffer(void)
{
	bytea	   *result = palloc(VARHDRSZ + TSM_HASH_LENGTH);

	SET_VARSIZE(result, VARHDRSZ + TSM_HASH_LENGTH);
	return result;
}

/*
 * SHA-256 of what the requester asked for, whatever way it came: all but what
 * names the request.  NULL if it cannot have made a ticket.
 */
static bytea *
fingerprint(FunctionCallInfo fcinfo)
{
	const TsmParam *param = tsm_operations[OP_CREAR].param;
	bytea	   *result = hash_buffer();
	StringInfoData form;
	TsmText		t;

	initStringInfo(&form);
	for (int i = 0; param[i].kind != PARAM_NONE; i++)
	{
		if (param[i].kind == PARAM_BOOLEAN)
			appendStringInfo(&form, "%d,", !PG_ARGISNULL(i) && PG_GETARG_BOOL(i));
		if (param[i].kind == PARAM_BOOLEAN || param[i].kind == PARAM_ADDRESS ||
			(param[i].kind == PARAM_TEXT && (param[i].field == F_EMAIL || param[i].field == F_CLAVE)))
			continue;
		if (!normal_arg(fcinfo, i, &t))
			return NULL;
		if (param[i].kind != PARAM_TEXT)
			t.len = strlen(t.str = folded_name(&param[i], &t));
		if (t.len == 0)
			appendStringInfoString(&form, "-,");
		else
			tsm_append_value(&form, t.str, t.len);
	}
	tsm_sha256((uint8 *) form.data, form.len, (uint8 *) VARDATA(result));
	return result;
}

/*
 * Let one creation with this key in at a time, until it has committed or
 * not.  The lock is of the advisory kind with a class of its own, out of
 * reach of SQL's advisory locks.
 */
static void
acquire(void *tag)
{
	(void) LockAcquire((LOCKTAG *) tag, ExclusiveLock, false, false);
}

static void
lock_key(const TsmRequest *request, Datum email, Datum key)
{
	LOCKTAG		tag;
	text	   *folded = DatumGetTextPP(DirectFunctionCall1Coll(lower, C_COLLATION_OID, email));
	text	   *k = DatumGetTextPP(key);
	uint64		hash;

	hash = DatumGetUInt64(hash_any_extended((unsigned char *) VARDATA_ANY(folded),
											VARSIZE_ANY_EXHDR(folded), request->desk->ticket_relid));
	hash = DatumGetUInt64(hash_any_extended((unsigned char *) VARDATA_ANY(k),
											VARSIZE_ANY_EXHDR(k), hash));
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, TSM_LOCK_KEY);
	tsm_bounded_wait(acquire, &tag);
}

/* Was this what a ticket was created with?  The digest of the data stands before that of the key. */
static bool
same_print(bytea *kept, const bytea *print)
{
	return memcmp(VARDATA_ANY(kept), VARDATA_ANY(print), TSM_HASH_LENGTH) == 0;
}

/*
 * The ticket that email and key have made before, if there is one: put into the
 * request's row.  Its address may have been corrected since.
 */
static bool
find_by_key(TsmRequest *request, Datum email, Datum key, const bytea *print)
{
	MemoryContext cxt = CurrentMemoryContext;
	bytea	   *hash = hash_buffer();
	Datum		args[1] = {PointerGetDatum(hash)};
	TsmIdentity saved = tsm_enter(request->desk);
	bool		found;

	tsm_key_hash(DatumGetTextPP(email), DatumGetTextPP(key), (uint8 *) VARDATA(hash));
	tsm_read_latest(request->desk, &q_by_key, args);
	found = SPI_processed > 0;
	if (found)
	{
		TupleDesc	desc = SPI_tuptable->tupdesc;
		HeapTuple	tuple = SPI_tuptable->vals[0];
		bool		isnull;
		Datum		first = SPI_getbinval(tuple, desc, 1, &isnull);

		if (!same_print(DatumGetByteaPP(first), print))
			tsm_refuse(REFUSE_USED_KEY, NULL, NULL, "Use a new clave_idempotencia for a new request.");
		MemoryContextSwitchTo(cxt);
		tuple = heap_copytuple(tuple);
		for (int i = 0; i < CREATED_COLUMNS; i++)
			request->row.value[created_columns[i]] =
				heap_getattr(tuple, i + 2, desc, &request->row.isnull[created_columns[i]]);
	}
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);

	/*
	 * Whoever repeats a request has not been answered the first time: it may be
	 * that its commit was still waiting for a standby when it lost its session.
	 * Writing nothing ourselves, we would not wait.
	 */
	if (found)
		tsm_wait_for_what_was_seen();
	return found;
}

/*
 * Has this request made a ticket before?  That is asked before anything else of
 * it is judged: since then an area may have been switched off, or renamed.
 * *print: its fingerprint, NULL if it has no key.
 */
static bool
is_repeated(FunctionCallInfo fcinfo, TsmRequest *request, bytea **print)
{
	TsmText		key;
	TsmText		email;
	Datum		names[2];

	*print = NULL;
	if (!normal_arg(fcinfo, position_of(F_CLAVE), &key) || key.len == 0 ||
		!normal_arg(fcinfo, position_of(F_EMAIL), &email) || email.len == 0)
		return false;
	*print = fingerprint(fcinfo);
	if (*print == NULL)
		return false;
	names[0] = PointerGetDatum(cstring_to_text_with_len(email.str, email.len));
	names[1] = PointerGetDatum(cstring_to_text_with_len(key.str, key.len));
	lock_key(request, names[0], names[1]);
	return find_by_key(request, names[0], names[1], *print);
}

void
tsm_create(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults)
{
	int			nparams = tsm_param_count(&tsm_operations[OP_CREAR]);
	bytea	   *print = NULL;
	TsmArgs		args;

	if ((faults == NULL || faults->count == 0) && is_repeated(fcinfo, request, &print))
		return;
	tsm_operation_args(fcinfo, request, &args, faults);
	tsm_random_uuid(&request->ticket_id);
	tsm_args_set(&args, nparams, UUIDPGetDatum(&request->ticket_id));
	if (print != NULL)
		tsm_args_set(&args, nparams + 1, PointerGetDatum(print));
	tsm_guard_run(request, tsm_operation_query(OP_CREAR), args.value, args.isnull);
}

Datum
tsm_fn_crear_ticket(PG_FUNCTION_ARGS)
{
	TsmRequest	request;
	Datum		values[lengthof(created_columns)];
	bool		nulls[lengthof(created_columns)];

	tsm_request_begin(&request, OP_CREAR);
	tsm_create(fcinfo, &request, NULL);
	for (int i = 0; i < CREATED_COLUMNS; i++)
	{
		values[i] = request.row.value[created_columns[i]];
		nulls[i] = request.row.isnull[created_columns[i]];
	}
	return tsm_result(fcinfo, values, nulls);
}
