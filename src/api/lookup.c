/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  The functions that read: a ticket for its requester, a ticket for an
 *	  agent, the machine, the roles of a desk.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_consultar);
PG_FUNCTION_INFO_V1(tsm_fn_ticket);
PG_FUNCTION_INFO_V1(tsm_ticket_id);
PG_FUNCTION_INFO_V1(tsm_fn_maquina);

/* In the order of type ticket_consultado. */
static const TsmQuery q_lookup_public = {
	"SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.subcategoria,"
	" t.asunto, t.descripcion, t.respuesta_cliente, t.area, t.prioridad,"
	" t.solicitante_nombre, t.solicitante_email, t.fecha_creacion, t.actualizado_en,"
	" t.fecha_limite_sla, t.resuelto_en, t.cerrado_en,"
	" h.operacion, h.ocurrido_en, h.estado_antes, h.estado_despues,"
	" (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object("
	"   'fecha', r.ocurrido_en, 'respuesta', r.respuesta) ORDER BY r.version), '[]')"
	"  FROM @.historial r WHERE r.ticket_uuid" EQ "t.ticket_uuid"
	"  AND r.respuesta IS NOT NULL),"
	" (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('adjunto_id', a.adjunto_id, 'archivo', a.archivo,"
	"   'tipo_contenido', a.tipo_contenido, 'bytes', a.bytes, 'adjuntado_en', f.ocurrido_en,"
	"   'propio', f.actor_rol" EQ "'PUBLICO'::ticket_sm.ticket_role) ORDER BY a.version), '[]')"
	"  FROM @.adjunto a JOIN @.historial f ON f.ticket_uuid" EQ "a.ticket_uuid AND f.version" EQ "a.version"
	"  WHERE a.ticket_uuid" EQ "t.ticket_uuid AND a.publico AND a.retirado IS NULL)"
	" FROM @.ticket t LEFT JOIN LATERAL ("
	"  SELECT u.operacion, u.ocurrido_en, u.estado_antes, u.estado_despues FROM @.historial u"
	"  WHERE u.ticket_uuid" EQ "t.ticket_uuid AND u.operacion::pg_catalog.text OPERATOR(pg_catalog.<>) ALL ($3)"
	"  AND COALESCE((u.adjunto OPERATOR(pg_catalog.->>) 'publico')" EQ "'true', u.adjunto IS NULL)"
	"  ORDER BY u.version DESC LIMIT 1) AS h ON true"
	" WHERE t.ticket_label" EQ "ANY ($1)"
	" AND " IN_SMALL("t.solicitante_email") EQ IN_SMALL("$2"),
	3, {TEXTARRAYOID, TEXTOID, TEXTARRAYOID}, PLAN_ONCE
};

static const TsmQuery q_lookup_agent = {
	"SELECT t.area, pg_catalog.jsonb_build_object("
	"'ticket', pg_catalog.to_jsonb(t) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('agente',"
	"  (SELECT g.nombre FROM @.agente g WHERE g.agente_id" EQ "t.agente_id))"
	"  OPERATOR(pg_catalog.-) '{hash,sla_orden,huella_idempotencia,clave_idempotencia,solicitante_nombre,"
	"solicitante_email,documento,telefono,tiene_whatsapp,empresa_departamento}'::pg_catalog.text[],"
	"'solicitante', pg_catalog.jsonb_build_object('nombre', t.solicitante_nombre,"
	"  'email', t.solicitante_email, 'telefono', t.telefono,"
	"  'tiene_whatsapp', t.tiene_whatsapp, 'documento', t.documento,"
	"  'empresa_departamento', t.empresa_departamento),"
	"'historial', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_set(pg_catalog.to_jsonb(h)"
	"  OPERATOR(pg_catalog.-) '{ticket_uuid,ticket_label,forma,sal,huella_textos,huella_datos,hash}'::pg_catalog.text[],"
	"  '{adjunto}', COALESCE(h.adjunto OPERATOR(pg_catalog.-) '{contenido,archivo}'::pg_catalog.text[], 'null')) ORDER BY h.version), '[]')"
	"  FROM (SELECT * FROM @.historial u WHERE u.ticket_uuid" EQ "t.ticket_uuid"
	"   AND u.version OPERATOR(pg_catalog.<) $2 ORDER BY u.version DESC LIMIT $3) AS h),"
	"'adjuntos', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('adjunto_id', a.adjunto_id,"
	"  'archivo', a.archivo, 'tipo_contenido', a.tipo_contenido, 'bytes', a.bytes,"
	"  'sha256', pg_catalog.encode(a.sha256, 'hex'), 'publico', a.publico, 'adjuntado_en', f.ocurrido_en,"
	"  'actor_nombre', f.actor_nombre, 'actor_rol', f.actor_rol, 'version', a.version, 'retirado_en', r.ocurrido_en)"
	"  ORDER BY a.version), '[]') FROM @.adjunto a"
	"  LEFT JOIN @.historial f ON f.ticket_uuid" EQ "a.ticket_uuid AND f.version" EQ "a.version"
	"  LEFT JOIN @.historial r ON r.ticket_uuid" EQ "a.ticket_uuid AND r.version" EQ "a.retirado"
	"  WHERE a.ticket_uuid" EQ "t.ticket_uuid))"
	" FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
	3, {UUIDOID, INT4OID, INT8OID}, PLAN_ONCE
};

static const TsmQuery q_by_label = {
	"SELECT t.area, t.ticket_uuid FROM @.ticket t WHERE t.ticket_label" EQ "ANY ($1)",
	1, {TEXTARRAYOID}, PLAN_BY_INDEX
};

/*
 * Run a query as the desk's owner and return its only row, NULL if there is
 * none, in the current context; *desc is its descriptor.
 */
static HeapTuple
read_row(const TsmDesk *desk, const TsmQuery *query, Datum *args, TupleDesc *desc)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(desk);
	bool		begun = tsm_read_begin(desk);
	HeapTuple	tuple = NULL;

	tsm_read(desk, query, args);
	if (SPI_processed > 0)
	{
		MemoryContextSwitchTo(cxt);
		tuple = heap_copytuple(SPI_tuptable->vals[0]);
		*desc = CreateTupleDescCopy(SPI_tuptable->tupdesc);
	}
	tsm_read_end(begun);
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	return tuple;
}

/* The operations that the requester is not told of: those of the clock. */
static Datum
clock_operations(void)
{
	Datum		names[TSM_OPERATIONS];
	int			count = 0;

	for (int op = 0; op < TSM_OPERATIONS; op++)
		if (tsm_operations[op].kind == THE_CLOCKS)
			names[count++] = CStringGetTextDatum(tsm_operations[op].name);
	return PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
}

HeapTuple
tsm_lookup_public(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults, TupleDesc *desc)
{
	HeapTuple	tuple = NULL;
	text	   *label;
	TsmArgs		args;

	tsm_operation_args(fcinfo, request, &args, faults);
	label = DatumGetTextPP(args.value[0]);
	args.value[1] = PointerGetDatum(tsm_address_of(DatumGetTextPP(args.value[1])));
	args.value[2] = clock_operations();
	/* twice whether it is the label or the address that is wrong */
	for (int i = 0; i < 2 && tuple == NULL; i++)
	{
		args.value[0] = tsm_label_read(request->desk, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label), i == 1);
		tuple = read_row(request->desk, &q_lookup_public, args.value, desc);
	}
	if (tuple == NULL)
		tsm_raise(tsm_no_such_label());
	return tuple;
}

Datum
tsm_fn_consultar(PG_FUNCTION_ARGS)
{
	TsmRequest	request;
	HeapTuple	tuple;
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;

	tsm_request_begin(&request, OP_CONSULTAR);
	tuple = tsm_lookup_public(fcinfo, &request, NULL, &desc);
	values = palloc(desc->natts * sizeof(Datum));
	nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, desc, values, nulls);
	return tsm_result(fcinfo, values, nulls);
}

/* A column of a ticket that the caller may see; the first is its area. */
static Datum
value_in_scope(const TsmRequest *request, HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		area = heap_getattr(tuple, 1, desc, &isnull);

	tsm_caller_require_area(&request->caller, TextDatumGetCString(area));
	return heap_getattr(tuple, column, desc, &isnull);
}

Datum
tsm_lookup_ticket(FunctionCallInfo fcinfo, TsmRequest *request, int before, int limit)
{
	Datum		args[3];
	HeapTuple	tuple;
	TupleDesc	desc;

	tsm_caller_require_agent(&request->caller);
	args[0] = UUIDPGetDatum(tsm_arg_ticket(fcinfo));
	args[1] = Int32GetDatum(before);
	args[2] = Int64GetDatum(limit);
	tuple = read_row(request->desk, &q_lookup_agent, args, &desc);
	if (tuple == NULL)
		tsm_raise(tsm_no_ticket(DatumGetUUIDP(args[0])));
	return value_in_scope(request, tuple, desc, 2);
}

Datum
tsm_fn_ticket(PG_FUNCTION_ARGS)
{
	TsmRequest	request;

	tsm_request_begin(&request, OP_CONSULTAR);
	return tsm_lookup_ticket(fcinfo, &request, PG_INT32_MAX, PG_INT32_MAX);
}

/* ticket_id(ticket_label) */
Datum
tsm_ticket_id(PG_FUNCTION_ARGS)
{
	TsmRequest	request;
	text	   *label;
	HeapTuple	tuple = NULL;
	TupleDesc	desc;

	tsm_request_begin(&request, OP_CONSULTAR);
	tsm_caller_require_agent(&request.caller);
	label = tsm_arg_text(fcinfo, 0);
	if (label == NULL)
		tsm_missing_field("ticket_label");
	for (int i = 0; i < 2 && tuple == NULL; i++)
	{
		Datum		labels = tsm_label_read(request.desk, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label), i == 1);

		tuple = read_row(request.desk, &q_by_label, &labels, &desc);
	}
	if (tuple == NULL)
		tsm_refuse(REFUSE_NOT_FOUND, NULL,
				   psprintf("No ticket has the label \"%s\".", text_to_cstring(label)), NULL);
	return value_in_scope(&request, tuple, desc, 2);
}

/* One row of fn_maquina; from and to are states, or -1. */
static void
put_transition(ReturnSetInfo *rsinfo, const TsmDesk *desk, TsmOperation op, int from, int to)
{
	Datum		values[4] = {0};
	bool		nulls[4] = {false, from < 0, to < 0, false};
	Datum		roles[TSM_ROLES];
	int			nroles = 0;

	for (int role = 0; role < TSM_ROLES; role++)
		if (desk->may[op][role])
			roles[nroles++] = ObjectIdGetDatum(desk->role_oid[role]);
	values[0] = ObjectIdGetDatum(desk->operation_oid[op]);
	if (from >= 0)
		values[1] = ObjectIdGetDatum(desk->state[from].oid);
	if (to >= 0)
		values[2] = ObjectIdGetDatum(desk->state[to].oid);
	values[3] = PointerGetDatum(construct_array(roles, nroles, desk->role_enum,
												sizeof(Oid), true, TYPALIGN_INT));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
tsm_fn_maquina(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		if (op == OP_CREAR && desk->start >= 0)
			put_transition(rsinfo, desk, op, -1, desk->start);
		for (int from = 0; from < desk->nstates; from++)
			if (desk->next[op][from] >= 0)
				put_transition(rsinfo, desk, op, from, desk->next[op][from]);
		if (op == OP_CONSULTAR)
			put_transition(rsinfo, desk, op, -1, -1);
	}
	return (Datum) 0;
}
