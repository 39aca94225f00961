/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  The functions that read: a ticket for its requester, a ticket for an
 *	  agent, the machine; and the clock.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tsm_fn_consultar);
PG_FUNCTION_INFO_V1(tsm_fn_ticket);
PG_FUNCTION_INFO_V1(tsm_fn_maquina);
PG_FUNCTION_INFO_V1(tsm_ahora);

/*
 * Run a query as the mesa's owner and return its only row, NULL if there is
 * none, in the current context; *desc is its descriptor.
 */
static HeapTuple
read_row(const TsmMesa *mesa, TsmQuery query, Datum *args, TupleDesc *desc)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(mesa);
	HeapTuple	tuple = NULL;

	tsm_read(mesa, query, args);
	if (SPI_processed > 0)
	{
		MemoryContextSwitchTo(cxt);
		tuple = heap_copytuple(SPI_tuptable->vals[0]);
		*desc = CreateTupleDescCopy(SPI_tuptable->tupdesc);
	}
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	return tuple;
}

Datum
tsm_fn_consultar(PG_FUNCTION_ARGS)
{
	const TsmMesa *mesa = tsm_mesa_current();
	TsmCaller	caller;
	text	   *label;
	text	   *email;
	Datum		args[2];
	Datum	   *values;
	bool	   *nulls;
	HeapTuple	tuple;
	TupleDesc	desc;

	tsm_caller_identify(mesa, &caller);
	tsm_caller_require(mesa, &caller, OP_CONSULTAR);
	label = tsm_arg_text(fcinfo, 0);
	if (label == NULL)
		tsm_missing_field("ticket_label");
	email = tsm_arg_text(fcinfo, 1);
	if (email == NULL)
		tsm_missing_field("email");

	args[0] = PointerGetDatum(label);
	args[1] = PointerGetDatum(email);
	tuple = read_row(mesa, Q_LOOKUP_PUBLIC, args, &desc);
	if (tuple == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_TSM_NOT_FOUND),
				 errmsg("ticket not found"),
				 errdetail("No ticket has this label and was created with this e-mail address.")));

	values = palloc(desc->natts * sizeof(Datum));
	nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, desc, values, nulls);
	return tsm_result(fcinfo, values, nulls);
}

Datum
tsm_fn_ticket(PG_FUNCTION_ARGS)
{
	const TsmMesa *mesa = tsm_mesa_current();
	TsmCaller	caller;
	Datum		arg;
	Datum		area;
	bool		isnull;
	HeapTuple	tuple;
	TupleDesc	desc;

	tsm_caller_identify(mesa, &caller);
	tsm_caller_require(mesa, &caller, OP_CONSULTAR);
	tsm_caller_require_agent(&caller);
	arg = UUIDPGetDatum(tsm_arg_ticket(fcinfo));
	tuple = read_row(mesa, Q_LOOKUP_AGENT, &arg, &desc);
	if (tuple == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_TSM_NOT_FOUND),
				 errmsg("ticket not found"),
				 errdetail("There is no ticket %s.",
						   DatumGetCString(DirectFunctionCall1(uuid_out, arg)))));
	area = heap_getattr(tuple, 1, desc, &isnull);
	tsm_caller_require_area(&caller, TextDatumGetCString(area));
	return heap_getattr(tuple, 2, desc, &isnull);
}

/* One row of fn_maquina; from and to are states, or -1. */
static void
put_transition(ReturnSetInfo *rsinfo, const TsmMesa *mesa, TsmOperation op, int from, int to)
{
	Datum		values[4] = {0};
	bool		nulls[4] = {false, from < 0, to < 0, false};
	Datum		roles[TSM_ROLES];
	int			nroles = 0;

	for (int role = 0; role < TSM_ROLES; role++)
		if (mesa->may[op][role])
			roles[nroles++] = ObjectIdGetDatum(mesa->role_oid[role]);
	values[0] = ObjectIdGetDatum(mesa->operation_oid[op]);
	if (from >= 0)
		values[1] = ObjectIdGetDatum(mesa->state[from].oid);
	if (to >= 0)
		values[2] = ObjectIdGetDatum(mesa->state[to].oid);
	values[3] = PointerGetDatum(construct_array(roles, nroles, mesa->role_enum,
												sizeof(Oid), true, TYPALIGN_INT));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
tsm_fn_maquina(PG_FUNCTION_ARGS)
{
	const TsmMesa *mesa = tsm_mesa_current();
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		if (op == OP_CREAR && mesa->start >= 0)
			put_transition(rsinfo, mesa, op, -1, mesa->start);
		for (int from = 0; from < mesa->nstates; from++)
			if (mesa->next[op][from] >= 0)
				put_transition(rsinfo, mesa, op, from, mesa->next[op][from]);
		if (op == OP_CONSULTAR)
			put_transition(rsinfo, mesa, op, -1, -1);
	}
	return (Datum) 0;
}

Datum
tsm_ahora(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(GetCurrentStatementStartTimestamp() +
						  (int64) tsm_clock_offset * USECS_PER_SEC);
}
