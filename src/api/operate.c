/*-------------------------------------------------------------------------
 *
 * operate.c
 *	  The functions that change a ticket.
 *
 * Each checks its parameters and runs one statement; whether the ticket may
 * be changed so is for the guard to say, once the row is locked.
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

PG_FUNCTION_INFO_V1(tsm_fn_asignar);
PG_FUNCTION_INFO_V1(tsm_fn_transferir);
PG_FUNCTION_INFO_V1(tsm_fn_reclasificar);
PG_FUNCTION_INFO_V1(tsm_fn_pausar);
PG_FUNCTION_INFO_V1(tsm_fn_reabrir);
PG_FUNCTION_INFO_V1(tsm_fn_actualizar);
PG_FUNCTION_INFO_V1(tsm_fn_resolver);
PG_FUNCTION_INFO_V1(tsm_fn_cancelar);
PG_FUNCTION_INFO_V1(tsm_fn_archivar);

#define EQ " OPERATOR(pg_catalog.=) "

/*
 * The guard puts in the state that the machine says; naming estado here is what
 * makes a trigger UPDATE OF estado fire.
 */
static const TsmQuery q_assign = {
	"UPDATE @.ticket SET estado = estado, area = COALESCE($2, area),"
	" agente_id = COALESCE($3, agente_id) WHERE ticket_uuid" EQ "#",
	3, {UUIDOID, TEXTOID, UUIDOID}, PLAN_BY_INDEX
};

static const TsmQuery q_transfer = {
	"UPDATE @.ticket SET estado = estado, area = $2, agente_id = $3 WHERE ticket_uuid" EQ "#",
	3, {UUIDOID, TEXTOID, UUIDOID}, PLAN_BY_INDEX
};

static const TsmQuery q_reclassify = {
	"UPDATE @.ticket SET estado = estado, tipo = COALESCE($2, tipo),"
	" categoria = COALESCE($3, categoria), subcategoria = COALESCE($4, subcategoria),"
	" prioridad = COALESCE($5, prioridad) WHERE ticket_uuid" EQ "#",
	5, {UUIDOID, TICKET_TYPE_ARG, TEXTOID, TEXTOID, TEXTOID}, PLAN_BY_INDEX
};

static const TsmQuery q_change_state = {
	"UPDATE @.ticket SET estado = estado WHERE ticket_uuid" EQ "#",
	1, {UUIDOID}, PLAN_BY_INDEX
};

static const TsmQuery q_answer = {
	"UPDATE @.ticket SET respuesta_cliente = COALESCE($2, respuesta_cliente) WHERE ticket_uuid" EQ "#",
	2, {UUIDOID, TEXTOID}, PLAN_BY_INDEX
};

static const TsmQuery q_resolve = {
	"UPDATE @.ticket SET estado = estado, respuesta_cliente = COALESCE($2, respuesta_cliente)"
	" WHERE ticket_uuid" EQ "#",
	2, {UUIDOID, TEXTOID}, PLAN_BY_INDEX
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

/* ----------------------------------------------------------------
 * Changing a ticket
 * ----------------------------------------------------------------
 */

const TsmOperationCall tsm_operation_calls[TSM_OPERATIONS] = {
	[OP_ASIGNAR] = {{"agente_id", "area", "motivo", "version"}, &q_assign},
	[OP_TRANSFERIR] = {{"area", "motivo", "agente_id", "version"}, &q_transfer},
	[OP_RECLASIFICAR] = {{"tipo", "categoria", "subcategoria", "prioridad", "motivo", "version"}, &q_reclassify},
	[OP_PAUSAR] = {{"motivo", "version"}, &q_change_state},
	[OP_REABRIR] = {{"motivo", "version"}, &q_change_state},
	[OP_ACTUALIZAR] = {{"nota", "respuesta", "version"}, &q_answer},
	[OP_RESOLVER] = {{"respuesta", "version"}, &q_resolve},
	[OP_CANCELAR] = {{"motivo", "version"}, &q_change_state},
	[OP_ARCHIVAR] = {{"motivo", "version"}, &q_change_state},
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
arg_area(FunctionCallInfo fcinfo, int argno, const TsmDesk *desk, bool required)
{
	const TsmName *area = tsm_arg_name(fcinfo, argno, "area", &desk->areas, required);

	if (area != NULL)
		tsm_raise_if(tsm_area_active_refusal(&desk->areas, area));
	return area;
}

static void
assign_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	set_name(args, 1, arg_area(fcinfo, 2, request->desk, false));
	if (!PG_ARGISNULL(1))
		set_arg(args, 2, PG_GETARG_DATUM(1));
	request->reason = arg_reason(fcinfo, 3, OP_ASIGNAR);
}

static void
transfer_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	set_name(args, 1, arg_area(fcinfo, 1, request->desk, true));
	request->reason = arg_reason(fcinfo, 2, OP_TRANSFERIR);
	if (!PG_ARGISNULL(3))
		set_arg(args, 2, PG_GETARG_DATUM(3));
}

static void
reclassify_args(FunctionCallInfo fcinfo, TsmRequest *request, Args *args)
{
	const TsmName *type = tsm_arg_name(fcinfo, 1, "tipo", &request->desk->types, false);
	text	   *category = tsm_arg_field(fcinfo, 2, F_CATEGORIA, false);
	text	   *subcategory = tsm_arg_field(fcinfo, 3, F_SUBCATEGORIA, false);
	const TsmName *priority = tsm_arg_name(fcinfo, 4, "prioridad", &request->desk->priorities, false);

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
	request.desk = tsm_desk_current();
	tsm_caller_begin(request.desk, &request.caller, op);
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
