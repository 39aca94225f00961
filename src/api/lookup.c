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

/*
 * Is the requester told of an event?  Of those of the clock and of links (hidden)
 * not, nor of internal files, nor of what agents note for each other.
 */
#define IS_TOLD(event, hidden) \
	event ".operacion::pg_catalog.text OPERATOR(pg_catalog.<>) ALL (" hidden ")" \
	" AND COALESCE((" event ".adjunto OPERATOR(pg_catalog.->>) 'publico')" EQ "'true', " event ".adjunto IS NULL)" \
	" AND (" event ".operacion OPERATOR(pg_catalog.<>) 'actualizar'::ticket_sm.ticket_operation OR " event ".respuesta IS NOT NULL" \
	"  OR COALESCE(" event ".cambios OPERATOR(pg_catalog.?) 'respuesta_cliente', false))"

/* His files, those in which query's rows of "a". */
#define PUBLIC_FILES \
	"COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('adjunto_id', a.adjunto_id, 'archivo', a.archivo," \
	"   'tipo_contenido', a.tipo_contenido, 'bytes', a.bytes, 'adjuntado_en', f.ocurrido_en," \
	"   'propio', f.actor_rol" EQ "'PUBLICO'::ticket_sm.ticket_role) ORDER BY f.ocurrido_en, a.ticket_uuid, a.version), '[]')"

/* In the order of type ticket_consultado; its last two columns as of a ticket without files and duplicates. */
static const TsmQuery q_lookup_public = {
	"SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.subcategoria,"
	" t.asunto, t.descripcion, t.respuesta_cliente, t.area, t.prioridad,"
	" t.solicitante_nombre, t.solicitante_email, t.fecha_creacion, COALESCE(h.ocurrido_en, t.fecha_creacion),"
	" t.fecha_limite_sla, t.resuelto_en, t.cerrado_en,"
	" h.operacion, h.ocurrido_en, h.estado_antes, h.estado_despues,"
	" (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object("
	"   'fecha', r.ocurrido_en, 'respuesta', r.respuesta) ORDER BY r.version), '[]')"
	"  FROM @.historial r WHERE r.ticket_uuid" EQ "t.ticket_uuid"
	"  AND r.respuesta IS NOT NULL), '[]'::pg_catalog.jsonb, NULL::pg_catalog.text"
	" FROM @.ticket t LEFT JOIN LATERAL ("
	"  SELECT u.operacion, u.ocurrido_en, u.estado_antes, u.estado_despues FROM @.historial u"
	"  WHERE u.ticket_uuid" EQ "t.ticket_uuid AND " IS_TOLD("u", "$3")
	"  AND NOT COALESCE(u.vinculo OPERATOR(pg_catalog.?) 'origen', false)"
	"  ORDER BY u.version DESC LIMIT 1) AS h ON true"
	" WHERE t.ticket_label" EQ "ANY ($1)"
	" AND " IN_SMALL("t.solicitante_email") EQ IN_SMALL("$2"),
	3, {TEXTARRAYOID, TEXTOID, TEXTARRAYOID}, PLAN_ONCE
};

/* Its files, and whether it has duplicates or is one: read where the desk has any. */
static const TsmQuery q_lookup_more = {
	"SELECT (SELECT " PUBLIC_FILES
	"  FROM @.adjunto a JOIN @.historial f ON f.ticket_uuid" EQ "a.ticket_uuid AND f.version" EQ "a.version"
	"  WHERE a.ticket_uuid" EQ "$1 AND a.publico AND a.retirado IS NULL),"
	" EXISTS (SELECT FROM @.vinculo v WHERE v.relacion" EQ "'duplicado' AND (v.ticket_uuid" EQ "$1 OR v.otro_uuid" EQ "$1))",
	1, {UUIDOID}, PLAN_ONCE
};

#define FILES_COLUMN 23			/* of type ticket_consultado, from 0 */

/*
 * Of a ticket with duplicates, or that is one, what is to be told otherwise: the
 * numbers of the columns are those of q_lookup_public.  $2: operations that the
 * requester is not told of.
 */
static const TsmQuery q_lookup_thread = {
	"WITH RECURSIVE " TSM_THREAD("$1")
	" SELECT t.estado, t.area, t.prioridad, COALESCE(u.ocurrido_en, t.fecha_creacion), t.fecha_limite_sla, t.resuelto_en, t.cerrado_en,"
	" u.operacion, u.ocurrido_en, u.estado_antes, u.estado_despues, s.respuestas, s.ultima,"
	" CASE WHEN t.ticket_uuid OPERATOR(pg_catalog.<>) $1 THEN t.ticket_label END, d.adjuntos"
	" FROM final f JOIN @.ticket t ON t.ticket_uuid" EQ "f.id"
	" LEFT JOIN LATERAL (SELECT h.operacion, h.ocurrido_en, h.estado_antes, h.estado_despues FROM @.historial h"
	"  WHERE h.ticket_uuid" EQ "f.id AND " IS_TOLD("h", "$2")
	"  AND COALESCE((h.vinculo OPERATOR(pg_catalog.->>) 'origen')::pg_catalog.uuid" EQ "ANY (SELECT o.id FROM hilo o"
	"   WHERE o.version" EQ "0), true)"
	"  ORDER BY h.version DESC LIMIT 1) AS u ON true"
	" CROSS JOIN (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object("
	"   'fecha', r.ocurrido_en, 'respuesta', r.respuesta) ORDER BY r.ocurrido_en, r.ticket_uuid, r.version), '[]') AS respuestas,"
	"  (pg_catalog.array_agg(r.respuesta ORDER BY r.ocurrido_en DESC, r.ticket_uuid DESC, r.version DESC))[1] AS ultima"
	"  FROM hilo i JOIN @.historial r ON r.ticket_uuid" EQ "i.id AND r.version OPERATOR(pg_catalog.>) i.version"
	"   AND r.ocurrido_en OPERATOR(pg_catalog.>=) i.desde WHERE r.respuesta IS NOT NULL) AS s"
	" CROSS JOIN (SELECT " PUBLIC_FILES " AS adjuntos FROM hilo i JOIN @.adjunto a ON a.ticket_uuid" EQ "i.id AND i.version" EQ "0"
	"  JOIN @.historial f ON f.ticket_uuid" EQ "a.ticket_uuid AND f.version" EQ "a.version WHERE a.publico AND a.retirado IS NULL) AS d",
	2, {UUIDOID, TEXTARRAYOID}, PLAN_ONCE
};

/* Where those columns go: numbers of columns of type ticket_consultado, from 0. */
static const int thread_columns[] = {2, 9, 10, 14, 15, 16, 17, 18, 19, 20, 21, 22, 8, 24, FILES_COLUMN};

/*
 * $4: the caller's area, NULL for all.  Links tell of the tickets that the caller
 * sees.  What was said in duplicates, its own and theirs, and their public files
 * were brought here by whoever has merged them; that is all they show.  With it
 * comes what was said to the ticket itself when that was one, and lies elsewhere.
 */
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
	"  OPERATOR(pg_catalog.-) '{ticket_uuid,ticket_label,forma,clave_idempotencia,sal,huella_textos,huella_datos,hash}'::pg_catalog.text[],"
	"  '{adjunto}', COALESCE(h.adjunto OPERATOR(pg_catalog.-) '{contenido,archivo}'::pg_catalog.text[], 'null'))"
	"  OPERATOR(pg_catalog.||) CASE WHEN h.vinculo OPERATOR(pg_catalog.?) 'origen' THEN pg_catalog.jsonb_build_object('solicitante',"
	"   (SELECT o.solicitante_nombre FROM @.ticket o WHERE o.ticket_uuid" EQ "(h.vinculo OPERATOR(pg_catalog.->>) 'origen')::pg_catalog.uuid))"
	"   ELSE '{}' END ORDER BY h.version), '[]')"
	"  FROM (SELECT * FROM @.historial u WHERE u.ticket_uuid" EQ "t.ticket_uuid"
	"   AND u.version OPERATOR(pg_catalog.<) $2 ORDER BY u.version DESC LIMIT $3) AS h),"
	"'adjuntos', (WITH RECURSIVE " TSM_MERGED("t.ticket_uuid") " SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('adjunto_id', a.adjunto_id,"
	"  'archivo', a.archivo, 'tipo_contenido', a.tipo_contenido, 'bytes', a.bytes,"
	"  'sha256', pg_catalog.encode(a.sha256, 'hex'), 'publico', a.publico, 'adjuntado_en', f.ocurrido_en,"
	"  'actor_nombre', f.actor_nombre, 'actor_rol', f.actor_rol, 'version', a.version, 'retirado_en', r.ocurrido_en,"
	"  'ticket_label', o.ticket_label) OPERATOR(pg_catalog.||) CASE WHEN o.ticket_uuid IS NULL THEN '{}'"
	"   ELSE pg_catalog.jsonb_build_object('solicitante', o.solicitante_nombre) END"
	"  ORDER BY f.ocurrido_en, a.ticket_uuid, a.version), '[]') FROM @.adjunto a"
	"  LEFT JOIN @.ticket o ON o.ticket_uuid" EQ "a.ticket_uuid AND o.ticket_uuid OPERATOR(pg_catalog.<>) t.ticket_uuid"
	"  LEFT JOIN @.historial f ON f.ticket_uuid" EQ "a.ticket_uuid AND f.version" EQ "a.version"
	"  LEFT JOIN @.historial r ON r.ticket_uuid" EQ "a.ticket_uuid AND r.version" EQ "a.retirado"
	"  WHERE a.ticket_uuid" EQ "ANY (SELECT m.id FROM fusionados m)"
	"   AND (a.ticket_uuid" EQ "t.ticket_uuid OR (a.publico AND a.retirado IS NULL))),"
	"'vinculos', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('relacion', v.relacion,"
	"   'ticket_uuid', o.ticket_uuid, 'ticket_label', o.ticket_label, 'asunto', o.asunto, 'estado', o.estado,"
	"   'creado_en', v.creado_en) ORDER BY v.creado_en, o.ticket_label, v.relacion), '[]')"
	"  FROM (SELECT a.otro_uuid, a.relacion, a.creado_en FROM @.vinculo a WHERE a.ticket_uuid" EQ "t.ticket_uuid"
	"   UNION ALL SELECT b.ticket_uuid, CASE b.relacion WHEN 'padre' THEN 'hijo' WHEN 'duplicado' THEN 'original'"
	"    ELSE b.relacion END, b.creado_en FROM @.vinculo b WHERE b.otro_uuid" EQ "t.ticket_uuid) AS v(otro_uuid, relacion, creado_en)"
	"  JOIN @.ticket o ON o.ticket_uuid" EQ "v.otro_uuid WHERE $4 IS NULL OR o.area" EQ "$4),"
	"'duplicados', (WITH RECURSIVE " TSM_MERGED("t.ticket_uuid") ", " TSM_LED_TO("SELECT t.ticket_uuid")
	"  SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('ticket_label', p.ticket_label, 'fecha', p.fecha,"
	"   'autor', p.autor, 'texto', p.texto) ORDER BY p.fecha, p.ticket_label, p.version), '[]')"
	"  FROM (SELECT d.ticket_label, h.ocurrido_en, s.autor, s.texto, h.version FROM fusionados m"
	"    JOIN @.ticket d ON d.ticket_uuid" EQ "m.id JOIN @.historial h ON h.ticket_uuid" EQ "d.ticket_uuid"
	"    CROSS JOIN LATERAL (VALUES ('SOLICITANTE', CASE WHEN h.version" EQ "1 THEN d.descripcion END),"
	"     ('SOLICITANTE', h.mensaje), ('MESA', h.respuesta)) AS s(autor, texto)"
	"    WHERE s.texto IS NOT NULL AND m.id OPERATOR(pg_catalog.<>) t.ticket_uuid"
	"    UNION ALL SELECT t.ticket_label, h.ocurrido_en, 'SOLICITANTE', h.mensaje, h.version FROM guiados g"
	"    JOIN @.historial h ON h.ticket_uuid" EQ "g.id WHERE h.mensaje IS NOT NULL AND " TSM_NAMED_TICKET("h", "origen") EQ "t.ticket_uuid"
	"    ORDER BY 2 DESC, 1 DESC, 5 DESC LIMIT 1000)"
	"   AS p(ticket_label, fecha, autor, texto, version)))"
	" FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
	4, {UUIDOID, INT4OID, INT8OID, TEXTOID}, PLAN_ONCE
};

static const TsmQuery q_by_label = {
	"SELECT t.area, t.ticket_uuid FROM @.ticket t WHERE t.ticket_label" EQ "ANY ($1)",
	1, {TEXTARRAYOID}, PLAN_BY_INDEX
};

static const TsmQuery q_by_label_and_address = {
	"SELECT t.area, t.ticket_uuid, t.ticket_label FROM @.ticket t WHERE t.ticket_label" EQ "ANY ($1)"
	" AND " IN_SMALL("t.solicitante_email") EQ IN_SMALL("$2"),
	2, {TEXTARRAYOID, TEXTOID}, PLAN_ONCE
};

/* The only row of a query, in the current context; NULL if there is none. */
static HeapTuple
read_row(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls, TupleDesc *desc)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved = tsm_enter(desk);
	HeapTuple	tuple = NULL;

	tsm_read_nulls(desk, query, args, nulls);
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

HeapTuple
tsm_lookup_row(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls, TupleDesc *desc)
{
	bool		begun = tsm_read_begin(desk);
	HeapTuple	tuple = read_row(desk, query, args, nulls, desc);

	tsm_read_end(begun);
	return tuple;
}

/* The row of a ticket that label and address open; what of them is args[0] and args[1] is to be filled in here. */
static HeapTuple
read_requesters(const TsmRequest *request, const TsmQuery *query, const text *label, const text *email, Datum *args,
				TupleDesc *desc)
{
	HeapTuple	tuple = NULL;

	args[1] = PointerGetDatum(tsm_address_of(email));
	/* twice whether it is the label or the address that is wrong */
	for (int i = 0; i < 2 && tuple == NULL; i++)
	{
		args[0] = tsm_label_read(request->desk, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label), i == 1);
		tuple = read_row(request->desk, query, args, NULL, desc);
	}
	if (tuple == NULL)
		tsm_raise(tsm_no_such_requester());
	return tuple;
}

void
tsm_lookup_requesters(TsmRequest *request, const text *label, const text *email)
{
	Datum		args[2];
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;
	bool		begun;

	begun = tsm_read_begin(request->desk);
	tuple = read_requesters(request, &q_by_label_and_address, label, email, args, &desc);
	tsm_read_end(begun);
	if (request->caller.role != ROLE_PUBLICO && request->op != OP_CONSULTAR)
		tsm_caller_require_area(&request->caller, TextDatumGetCString(heap_getattr(tuple, 1, desc, &isnull)));
	request->address = DatumGetTextPP(args[1]);
	request->ticket_id = *DatumGetUUIDP(heap_getattr(tuple, 2, desc, &isnull));
	request->row.value[TC_ticket_label] = heap_getattr(tuple, 3, desc, &isnull);
	request->row.isnull[TC_ticket_label] = false;
}

/* The operations that the requester is not told of: those of the clock, and of links. */
static Datum
hidden_operations(void)
{
	Datum		names[TSM_OPERATIONS];
	int			count = 0;

	for (int op = 0; op < TSM_OPERATIONS; op++)
		if (tsm_operations[op].kind == THE_CLOCKS || tsm_is_of_links(&tsm_operations[op]))
			names[count++] = CStringGetTextDatum(tsm_operations[op].name);
	return PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Of a duplicate, and of what it is a duplicate of, the row with what is told otherwise. */
static HeapTuple
with_thread(const TsmDesk *desk, HeapTuple row, TupleDesc desc, Datum id, Datum hidden)
{
	Datum		values[lengthof(thread_columns)];
	bool		nulls[lengthof(thread_columns)];
	int			attnums[lengthof(thread_columns)];
	Datum		args[2] = {id, hidden};
	HeapTuple	thread;
	TupleDesc	thread_desc;

	thread = read_row(desk, &q_lookup_thread, args, NULL, &thread_desc);
	if (thread == NULL)
		elog(ERROR, "a ticket is gone");
	heap_deform_tuple(thread, thread_desc, values, nulls);
	for (int i = 0; i < (int) lengthof(thread_columns); i++)
		attnums[i] = thread_columns[i] + 1;
	return heap_modify_tuple_by_cols(row, desc, lengthof(thread_columns), attnums, values, nulls);
}

/* The row with its files, and with what its duplicates have to tell; nobody pays for them where there are none. */
static HeapTuple
with_more(const TsmDesk *desk, HeapTuple row, TupleDesc desc, Datum hidden)
{
	int			files_column = FILES_COLUMN + 1;
	HeapTuple	more;
	TupleDesc	more_desc;
	Datum		id;
	Datum		files;
	bool		isnull;

	if (tsm_table_is_bare(desk, TABLE_adjunto) && tsm_table_is_bare(desk, TABLE_vinculo))
		return row;
	id = heap_getattr(row, 1, desc, &isnull);
	more = read_row(desk, &q_lookup_more, &id, NULL, &more_desc);
	if (DatumGetBool(heap_getattr(more, 2, more_desc, &isnull)))
		return with_thread(desk, row, desc, id, hidden);
	files = heap_getattr(more, 1, more_desc, &isnull);
	return heap_modify_tuple_by_cols(row, desc, 1, &files_column, &files, &isnull);
}

HeapTuple
tsm_lookup_public(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults, TupleDesc *desc)
{
	TsmArgs		args;
	HeapTuple	tuple;
	bool		begun;

	tsm_operation_args(fcinfo, request, &args, faults);
	args.value[2] = hidden_operations();
	/* all of it as it was at one moment */
	begun = tsm_read_begin(request->desk);
	tuple = read_requesters(request, &q_lookup_public, DatumGetTextPP(args.value[0]), DatumGetTextPP(args.value[1]),
							args.value, desc);
	tuple = with_more(request->desk, tuple, *desc, args.value[2]);
	tsm_read_end(begun);
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
	const char *area = tsm_caller_area(&request->caller);
	Datum		args[4] = {0};
	const char	nulls[4] = {' ', ' ', ' ', tsm_caller_sees_all(&request->caller) ? 'n' : ' '};
	HeapTuple	tuple;
	TupleDesc	desc;

	tsm_caller_require_agent(&request->caller);
	args[0] = UUIDPGetDatum(tsm_arg_ticket(fcinfo));
	args[1] = Int32GetDatum(before);
	args[2] = Int64GetDatum(limit);
	if (nulls[3] == ' ')
		args[3] = CStringGetTextDatum(area == NULL ? "" : area);
	tuple = tsm_lookup_row(request->desk, &q_lookup_agent, args, nulls, &desc);
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

		tuple = tsm_lookup_row(request.desk, &q_by_label, &labels, NULL, &desc);
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
