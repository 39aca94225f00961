/*-------------------------------------------------------------------------
 *
 * tickets.c
 *	  The functions that create and change tickets.
 *
 * Each checks its parameters and runs one statement; whether the ticket may
 * be changed so is for the guard to say, once the row is locked.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

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

PG_FUNCTION_INFO_V1(tsm_fn_crear_ticket);
PG_FUNCTION_INFO_V1(tsm_fn_asignar);
PG_FUNCTION_INFO_V1(tsm_fn_transferir);
PG_FUNCTION_INFO_V1(tsm_fn_reclasificar);
PG_FUNCTION_INFO_V1(tsm_fn_pausar);
PG_FUNCTION_INFO_V1(tsm_fn_reabrir);
PG_FUNCTION_INFO_V1(tsm_fn_actualizar);
PG_FUNCTION_INFO_V1(tsm_fn_resolver);
PG_FUNCTION_INFO_V1(tsm_fn_cancelar);
PG_FUNCTION_INFO_V1(tsm_fn_archivar);

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

Datum
tsm_result(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
	HeapTuple	tuple = heap_form_tuple(desc, values, nulls);
	Datum		result = HeapTupleGetDatum(tuple);

	ReleaseTupleDesc(desc);
	return result;
}

/* ----------------------------------------------------------------
 * Changing a ticket
 * ----------------------------------------------------------------
 */

const TsmOperationCall tsm_operation_calls[TSM_OPERATIONS] = {
	[OP_ASIGNAR] = {{"agente_id", "area", "motivo", "version"}, Q_ASSIGN, Q_MANY_ASSIGN},
	[OP_TRANSFERIR] = {{"area", "motivo", "agente_id", "version"}, Q_TRANSFER, Q_MANY_TRANSFER},
	[OP_RECLASIFICAR] = {{"tipo", "categoria", "subcategoria", "prioridad", "motivo", "version"},
	Q_RECLASSIFY, Q_MANY_RECLASSIFY},
	[OP_PAUSAR] = {{"motivo", "version"}, Q_CHANGE_STATE, Q_MANY_CHANGE_STATE},
	[OP_REABRIR] = {{"motivo", "version"}, Q_CHANGE_STATE, Q_MANY_CHANGE_STATE},
	[OP_ACTUALIZAR] = {{"nota", "respuesta", "version"}, Q_ANSWER, Q_MANY_ANSWER},
	[OP_RESOLVER] = {{"respuesta", "version"}, Q_RESOLVE, Q_MANY_RESOLVE},
	[OP_CANCELAR] = {{"motivo", "version"}, Q_CHANGE_STATE, Q_MANY_CHANGE_STATE},
	[OP_ARCHIVAR] = {{"motivo", "version"}, Q_CHANGE_STATE, Q_MANY_CHANGE_STATE},
};

/* The row of type ticket_operado. */
static Datum
operation_result(FunctionCallInfo fcinfo, const TsmRequest *request)
{
	static const int columns[] = {
		TC_ticket_uuid, TC_ticket_label, -1, TC_estado, TC_area, TC_agente_id,
		TC_prioridad, TC_fecha_limite_sla, TC_version, TC_actualizado_en
	};
	Datum		values[lengthof(columns)];
	bool		nulls[lengthof(columns)];

	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		if (columns[i] < 0)
		{
			values[i] = ObjectIdGetDatum(request->state_before);
			nulls[i] = false;
			continue;
		}
		values[i] = request->row.value[columns[i]];
		nulls[i] = request->row.isnull[columns[i]];
	}
	return tsm_result(fcinfo, values, nulls);
}

/* The reason, where the operation wants one. */
static text *
arg_reason(FunctionCallInfo fcinfo, int argno, TsmOperation op)
{
	return tsm_arg_field(fcinfo, argno, F_MOTIVO, tsm_operation_needs_reason(op));
}

/* An area, if given: one that tickets can be handed to. */
static const TsmName *
arg_area(FunctionCallInfo fcinfo, int argno, const TsmMesa *mesa, bool required)
{
	const TsmName *area = tsm_arg_name(fcinfo, argno, "area", &mesa->areas, required);

	if (area != NULL)
		tsm_check_area_active(&mesa->areas, area);
	return area;
}

static void
assign_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	set_name(args, 1, arg_area(fcinfo, 2, request->mesa, false));
	if (!PG_ARGISNULL(1))
		set_arg(args, 2, PG_GETARG_DATUM(1));
	request->reason = arg_reason(fcinfo, 3, OP_ASIGNAR);
}

static void
transfer_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	set_name(args, 1, arg_area(fcinfo, 1, request->mesa, true));
	request->reason = arg_reason(fcinfo, 2, OP_TRANSFERIR);
	if (!PG_ARGISNULL(3))
		set_arg(args, 2, PG_GETARG_DATUM(3));
}

static void
reclassify_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	const TsmName *type = tsm_arg_name(fcinfo, 1, "tipo", &request->mesa->types, false);
	text	   *category = tsm_arg_field(fcinfo, 2, F_CATEGORIA, false);
	text	   *subcategory = tsm_arg_field(fcinfo, 3, F_SUBCATEGORIA, false);
	const TsmName *priority = tsm_arg_name(fcinfo, 4, "prioridad", &request->mesa->priorities, false);

	if (type == NULL && category == NULL && subcategory == NULL && priority == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("one of the fields \"tipo\", \"categoria\", \"subcategoria\" and \"prioridad\" is required")));
	if (type != NULL)
		set_arg(args, 1, ObjectIdGetDatum(type->oid));
	set_text(args, 2, category);
	set_text(args, 3, subcategory);
	set_name(args, 4, priority);
	request->reason = arg_reason(fcinfo, 5, OP_RECLASIFICAR);
}

static void
update_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	request->note = tsm_arg_field(fcinfo, 1, F_NOTA, false);
	request->answer = tsm_arg_field(fcinfo, 2, F_RESPUESTA, false);
	if (request->note == NULL && request->answer == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("one of the fields \"nota\" and \"respuesta\" is required")));
	set_text(args, 1, request->answer);
}

/* The position of an operation's parameter version, which is its last. */
static int
version_argno(TsmOperation op)
{
	int			n = 0;

	while (n < TSM_MAX_PARAMS && tsm_operation_calls[op].params[n] != NULL)
		n++;
	return n;
}

static void
operation_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	int			version = version_argno(request->op);

	switch (request->op)
	{
		case OP_ASIGNAR:
			assign_args(fcinfo, request, args);
			break;
		case OP_TRANSFERIR:
			transfer_args(fcinfo, request, args);
			break;
		case OP_RECLASIFICAR:
			reclassify_args(fcinfo, request, args);
			break;
		case OP_ACTUALIZAR:
			update_args(fcinfo, request, args);
			break;
		case OP_RESOLVER:
			request->answer = tsm_arg_field(fcinfo, 1, F_RESPUESTA, false);
			set_text(args, 1, request->answer);
			break;
		default:				/* only the state changes, for a reason */
			request->reason = arg_reason(fcinfo, 1, request->op);
			break;
	}
	request->has_version = !PG_ARGISNULL(version);
	if (request->has_version)
		request->version = PG_GETARG_INT32(version);
}

void
tsm_operation_args(FunctionCallInfo fcinfo, TsmRequest *request, Datum *values, char *nulls)
{
	Args		args;

	args_init(&args);
	operation_args(fcinfo, request, &args);
	memcpy(values, args.value, sizeof(args.value));
	memcpy(nulls, args.isnull, sizeof(args.isnull));
}

/* An operation on one ticket. */
static Datum
operate(FunctionCallInfo fcinfo, TsmOperation op)
{
	TsmRequest	request;
	Args		args;

	memset(&request, 0, offsetof(TsmRequest, row));
	request.op = op;
	request.mesa = tsm_mesa_current();
	tsm_caller_identify(request.mesa, &request.caller);
	tsm_caller_require(request.mesa, &request.caller, op);
	request.ticket_id = *tsm_arg_ticket(fcinfo);
	args_init(&args);
	set_arg(&args, 0, UUIDPGetDatum(&request.ticket_id));
	operation_args(fcinfo, &request, &args);

	if (!tsm_guard_run(&request, tsm_operation_calls[op].query, args.value, args.isnull))
		ereport(ERROR,
				(errcode(ERRCODE_TSM_NOT_FOUND),
				 errmsg("ticket not found"),
				 errdetail("There is no ticket %s.",
						   DatumGetCString(DirectFunctionCall1(uuid_out, args.value[0])))));
	return operation_result(fcinfo, &request);
}

Datum
tsm_fn_asignar(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_ASIGNAR);
}

Datum
tsm_fn_transferir(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_TRANSFERIR);
}

Datum
tsm_fn_reclasificar(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_RECLASIFICAR);
}

Datum
tsm_fn_pausar(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_PAUSAR);
}

Datum
tsm_fn_reabrir(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_REABRIR);
}

Datum
tsm_fn_actualizar(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_ACTUALIZAR);
}

Datum
tsm_fn_resolver(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_RESOLVER);
}

Datum
tsm_fn_cancelar(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_CANCELAR);
}

Datum
tsm_fn_archivar(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, OP_ARCHIVAR);
}

/* ----------------------------------------------------------------
 * Creating a ticket
 * ----------------------------------------------------------------
 */

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
	const TsmMesa *mesa = request->mesa;
	const TsmName *type;
	const TsmName *area;

	args_init(args);
	set_text(args, I_NOMBRE, tsm_arg_field(fcinfo, 0, F_NOMBRE, true));
	set_text(args, I_DOCUMENTO, tsm_arg_field(fcinfo, 1, F_DOCUMENTO, false));
	set_text(args, I_EMAIL, tsm_arg_field(fcinfo, 2, F_EMAIL, true));
	set_text(args, I_TELEFONO, tsm_arg_field(fcinfo, 3, F_TELEFONO, false));
	set_arg(args, I_WHATSAPP, BoolGetDatum(!PG_ARGISNULL(4) && PG_GETARG_BOOL(4)));
	set_text(args, I_EMPRESA, tsm_arg_field(fcinfo, 5, F_EMPRESA, false));
	type = tsm_arg_name(fcinfo, 6, "tipo", &mesa->types, true);
	set_arg(args, I_TIPO, ObjectIdGetDatum(type->oid));
	set_text(args, I_CATEGORIA, tsm_arg_field(fcinfo, 7, F_CATEGORIA, true));
	set_text(args, I_SUBCATEGORIA, tsm_arg_field(fcinfo, 8, F_SUBCATEGORIA, false));
	set_text(args, I_ASUNTO, tsm_arg_field(fcinfo, 9, F_ASUNTO, false));
	set_text(args, I_DESCRIPCION, tsm_arg_field(fcinfo, 10, F_DESCRIPCION, true));
	set_name(args, I_PRIORIDAD, tsm_arg_name(fcinfo, 11, "prioridad", &mesa->priorities, true));
	area = tsm_arg_name(fcinfo, 12, "area", &mesa->areas, false);
	if (area == NULL)
		area = tsm_name_find(&mesa->areas, "MESA");
	if (area == NULL)
		tsm_missing_field("area");
	tsm_check_area_active(&mesa->areas, area);
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
											VARSIZE_ANY_EXHDR(folded), request->mesa->ticket_relid));
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
	TsmIdentity saved = tsm_enter(request->mesa);
	bool		found;

	tsm_read_latest(request->mesa, Q_BY_KEY, key);
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
	request.mesa = tsm_mesa_current();
	tsm_caller_identify(request.mesa, &request.caller);
	tsm_caller_require(request.mesa, &request.caller, OP_CREAR);
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
	tsm_guard_run(&request, Q_INSERT, args.value, args.isnull);
	for (int i = 0; i < CREATED_COLUMNS; i++)
	{
		values[i] = request.row.value[created_columns[i]];
		nulls[i] = request.row.isnull[created_columns[i]];
	}
	return tsm_result(fcinfo, values, nulls);
}
