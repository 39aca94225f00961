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
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_crear_ticket);

#define EQ " OPERATOR(pg_catalog.=) "

static const TsmQuery q_insert = {
	"INSERT INTO @.ticket (ticket_uuid, solicitante_nombre, documento,"
	" solicitante_email, telefono, tiene_whatsapp, empresa_departamento, tipo,"
	" categoria, subcategoria, asunto, descripcion, prioridad, area, ip_registro,"
	" clave_idempotencia, huella_idempotencia)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
	17, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID, TICKET_TYPE_ARG,
		TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INETOID, TEXTOID, BYTEAOID}, PLAN_ONCE
};

static const TsmQuery q_by_key = {
	"SELECT t.huella_idempotencia, t.ticket_uuid, t.ticket_label, t.estado, t.tipo,"
	" t.prioridad, t.sla_horas, t.fecha_creacion, t.fecha_limite_sla"
	" FROM @.ticket t"
	" WHERE pg_catalog.lower(t.solicitante_email)" EQ "pg_catalog.lower($1)"
	" AND t.clave_idempotencia" EQ "$2",
	2, {TEXTOID, TEXTOID}, PLAN_ONCE
};

/* Arguments of a statement; one that was not set is NULL. */
typedef struct Args
{
	Datum		value[TSM_MAX_ARGS];
	char		isnull[TSM_MAX_ARGS];
} Args;

static void
args_init(Args *args)
{
	memset(args->isnull, 'n', sizeof(args->isnull));
	memset(args->value, 0, sizeof(args->value));
}

static void
set_arg(Args *args, int i, Datum value)
{
	args->value[i] = value;
	args->isnull[i] = ' ';
}

static void
set_text(Args *args, int i, const text *value)
{
	if (value != NULL)
		set_arg(args, i, PointerGetDatum(value));
}

static void
set_name(Args *args, int i, const TsmName *name)
{
	if (name != NULL)
		set_arg(args, i, CStringGetTextDatum(name->name));
}

/* The columns of type ticket_creado. */
static const TicketColumn created_columns[] = {
	TC_ticket_uuid, TC_ticket_label, TC_estado, TC_tipo, TC_prioridad,
	TC_sla_horas, TC_fecha_creacion, TC_fecha_limite_sla
};

#define CREATED_COLUMNS ((int) lengthof(created_columns))

/* Positions of the statement's arguments, see Q_INSERT. */
enum
{
	I_UUID, I_NOMBRE, I_DOCUMENTO, I_EMAIL, I_TELEFONO, I_WHATSAPP, I_EMPRESA, I_TIPO,
	I_CATEGORIA, I_SUBCATEGORIA, I_ASUNTO, I_DESCRIPCION, I_PRIORIDAD, I_AREA, I_IP,
	I_CLAVE, I_HUELLA
};

/* The parameters of fn_crear_ticket, checked and put into place. */
static void
creation_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	const TsmDesk *desk = request->desk;
	const TsmName *type;
	const TsmName *area;

	args_init(args);
	set_text(args, I_NOMBRE, tsm_arg_field(fcinfo, 0, F_NOMBRE, true));
	set_text(args, I_DOCUMENTO, tsm_arg_field(fcinfo, 1, F_DOCUMENTO, false));
	set_text(args, I_EMAIL, tsm_arg_field(fcinfo, 2, F_EMAIL, true));
	set_text(args, I_TELEFONO, tsm_arg_field(fcinfo, 3, F_TELEFONO, false));
	set_arg(args, I_WHATSAPP, BoolGetDatum(!PG_ARGISNULL(4) && PG_GETARG_BOOL(4)));
	set_text(args, I_EMPRESA, tsm_arg_field(fcinfo, 5, F_EMPRESA, false));
	type = tsm_arg_name(fcinfo, 6, "tipo", &desk->types, true);
	set_arg(args, I_TIPO, ObjectIdGetDatum(type->oid));
	set_text(args, I_CATEGORIA, tsm_arg_field(fcinfo, 7, F_CATEGORIA, true));
	set_text(args, I_SUBCATEGORIA, tsm_arg_field(fcinfo, 8, F_SUBCATEGORIA, false));
	set_text(args, I_ASUNTO, tsm_arg_field(fcinfo, 9, F_ASUNTO, false));
	set_text(args, I_DESCRIPCION, tsm_arg_field(fcinfo, 10, F_DESCRIPCION, true));
	set_name(args, I_PRIORIDAD, tsm_arg_name(fcinfo, 11, "prioridad", &desk->priorities, true));
	area = tsm_arg_name(fcinfo, 12, "area", &desk->areas, false);
	if (area == NULL)
		area = tsm_name_find(&desk->areas, "MESA");
	if (area == NULL)
		tsm_missing_field("area");
	tsm_raise_if(tsm_area_active_refusal(&desk->areas, area));
	set_name(args, I_AREA, area);
	if (!PG_ARGISNULL(13))
		set_arg(args, I_IP, PG_GETARG_DATUM(13));
	else
	{
		bool		isnull;
		Datum		address = tsm_caller_address(&request->caller, &isnull);

		if (!isnull)
			set_arg(args, I_IP, address);
	}
	set_text(args, I_CLAVE, tsm_arg_field(fcinfo, 14, F_CLAVE, false));
}

/* SHA-256 of what the requester asked for, whatever way it came. */
static bytea *
fingerprint(const Args *args)
{
	static const int fields[] = {
		I_NOMBRE, I_DOCUMENTO, I_TELEFONO, I_EMPRESA, I_CATEGORIA, I_SUBCATEGORIA,
		I_ASUNTO, I_DESCRIPCION, I_PRIORIDAD, I_AREA
	};
	bytea	   *result = palloc(VARHDRSZ + TSM_HASH_LENGTH);
	StringInfoData form;

	initStringInfo(&form);
	appendStringInfo(&form, "%d,%s,", DatumGetBool(args->value[I_WHATSAPP]),
					 DatumGetCString(DirectFunctionCall1(enum_out, args->value[I_TIPO])));
	for (int i = 0; i < (int) lengthof(fields); i++)
	{
		if (args->isnull[fields[i]] == 'n')
			appendStringInfoString(&form, "-,");
		else
			tsm_append_value(&form, VARDATA_ANY(DatumGetPointer(args->value[fields[i]])),
							 VARSIZE_ANY_EXHDR(DatumGetPointer(args->value[fields[i]])));
	}
	tsm_sha256((uint8 *) form.data, form.len, (uint8 *) VARDATA(result));
	SET_VARSIZE(result, VARHDRSZ + TSM_HASH_LENGTH);
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
	text	   *folded = DatumGetTextPP(DirectFunctionCall1Coll(lower, DEFAULT_COLLATION_OID, email));
	text	   *k = DatumGetTextPP(key);
	uint64		hash;

	hash = DatumGetUInt64(hash_any_extended((unsigned char *) VARDATA_ANY(folded),
											VARSIZE_ANY_EXHDR(folded), request->desk->ticket_relid));
	hash = DatumGetUInt64(hash_any_extended((unsigned char *) VARDATA_ANY(k),
											VARSIZE_ANY_EXHDR(k), hash));
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, 3);
	tsm_bounded_wait(acquire, &tag);
}

/*
 * The ticket that this key has made before, if there is one, as values of
 * type ticket_creado.
 */
static bool
find_by_key(const TsmRequest *request, const Args *args, Datum *values, bool *nulls)
{
	MemoryContext cxt = CurrentMemoryContext;
	Datum		key[2] = {args->value[I_EMAIL], args->value[I_CLAVE]};
	TsmIdentity saved = tsm_enter(request->desk);
	bool		found;

	tsm_read_latest(request->desk, &q_by_key, key);
	found = SPI_processed > 0;
	if (found)
	{
		TupleDesc	desc = SPI_tuptable->tupdesc;
		HeapTuple	tuple = SPI_tuptable->vals[0];
		bool		isnull;
		Datum		print = SPI_getbinval(tuple, desc, 1, &isnull);

		if (isnull || !DatumGetBool(DirectFunctionCall2(byteaeq, print, args->value[I_HUELLA])))
			ereport(ERROR,
					(errcode(ERRCODE_TSM_CONFLICT),
					 errmsg("idempotency key was used with other data"),
					 errhint("Use a new clave_idempotencia for a new request.")));
		MemoryContextSwitchTo(cxt);
		tuple = heap_copytuple(tuple);
		for (int i = 0; i < CREATED_COLUMNS; i++)
			values[i] = heap_getattr(tuple, i + 2, desc, &nulls[i]);
	}
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	return found;
}

Datum
tsm_fn_crear_ticket(PG_FUNCTION_ARGS)
{
	TsmRequest	request;
	Args		args;
	Datum		values[lengthof(created_columns)];
	bool		nulls[lengthof(created_columns)];

	memset(&request, 0, offsetof(TsmRequest, row));
	request.op = OP_CREAR;
	request.desk = tsm_desk_current();
	tsm_caller_begin(request.desk, &request.caller, OP_CREAR);
	creation_args(fcinfo, &request, &args);

	if (args.isnull[I_CLAVE] != 'n')
	{
		set_arg(&args, I_HUELLA, PointerGetDatum(fingerprint(&args)));
		lock_key(&request, args.value[I_EMAIL], args.value[I_CLAVE]);
		if (find_by_key(&request, &args, values, nulls))
			return tsm_result(fcinfo, values, nulls);
	}

	set_arg(&args, I_UUID, DirectFunctionCall1(gen_random_uuid, (Datum) 0));
	request.ticket_id = *DatumGetUUIDP(args.value[I_UUID]);
	tsm_guard_run(&request, &q_insert, args.value, args.isnull);
	for (int i = 0; i < CREATED_COLUMNS; i++)
	{
		values[i] = request.row.value[created_columns[i]];
		nulls[i] = request.row.isnull[created_columns[i]];
	}
	return tsm_result(fcinfo, values, nulls);
}
