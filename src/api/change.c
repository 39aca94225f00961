/*-------------------------------------------------------------------------
 *
 * change.c
 *	  The functions that change a ticket: one for all of them.
 *
 * Whether the ticket may be changed so is for the guard to say, once the row is
 * locked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_operar);

void
tsm_operate(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults)
{
	TsmArgs		args;

	request->ticket_id = *tsm_arg_ticket(fcinfo);
	tsm_operation_args(fcinfo, request, &args, faults);
	if (tsm_is_of_links(&tsm_operations[request->op]))
	{
		tsm_link(request, &args);
		return;
	}
	tsm_operation_target(request, UUIDPGetDatum(&request->ticket_id), &args);
	if (!tsm_guard_run(request, tsm_operation_query(request->op), args.value, args.isnull))
		tsm_raise(tsm_no_ticket(&request->ticket_id));
}

/* The row of type ticket_operado. */
static Datum
operation_result(FunctionCallInfo fcinfo, const TsmRequest *request)
{
	static const int columns[] = {
		TC_ticket_uuid, TC_ticket_label, -1, TC_estado, TC_area, TC_agente_id,
		TC_prioridad, TC_fecha_limite_sla, TC_version, TC_actualizado_en
	};
	Datum		values[lengthof(columns) + 1];
	bool		nulls[lengthof(columns) + 1];
	char	   *warning = tsm_link_warning(request);

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
	nulls[lengthof(columns)] = warning == NULL;
	values[lengthof(columns)] = warning == NULL ? (Datum) 0 : CStringGetTextDatum(warning);
	return tsm_result(fcinfo, values, nulls);
}

/* The operation of a function fn_*, found by its name once for each call site. */
static TsmOperation
operation_of(FmgrInfo *function)
{
	if (function->fn_extra == NULL)
	{
		char	   *name = get_func_name(function->fn_oid);

		for (int op = 0; name != NULL && op < TSM_OPERATIONS; op++)
			if (tsm_operations[op].kind == ON_TICKET && strncmp(name, "fn_", 3) == 0 &&
				strcmp(name + 3, tsm_operations[op].name) == 0)
				function->fn_extra = (void *) &tsm_operations[op];
		if (function->fn_extra == NULL)
			elog(ERROR, "function %u is of no operation of this version of ticket_sm", function->fn_oid);
	}
	return (TsmOperation) ((const TsmOperationRow *) function->fn_extra - tsm_operations);
}

/* fn_<operation>(ticket_id, ...) */
Datum
tsm_fn_operar(PG_FUNCTION_ARGS)
{
	TsmRequest	request;

	tsm_request_begin(&request, operation_of(fcinfo->flinfo));
	tsm_operate(fcinfo, &request, NULL);
	return operation_result(fcinfo, &request);
}
