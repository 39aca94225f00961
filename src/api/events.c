/*-------------------------------------------------------------------------
 *
 * events.c
 *	  The outbox, read in order and without a gap: fn_eventos, for ADMIN, and GET
 *	  /eventos of the REST API, for agents, of the tickets that they may see.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/xid8.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_eventos);

/* $4: the only area whose tickets count, NULL: all. */
static const TsmQuery q_events = {
	"SELECT e.evento_id, e.ticket_uuid, e.version, e.operacion, e.ocurrido_en, e.datos,"
	" e.horizonte OPERATOR(pg_catalog.<=) pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())"
	"  OR e.horizonte OPERATOR(pg_catalog.>) $3,"
	" $4 IS NULL OR EXISTS (SELECT FROM @.ticket t WHERE t.ticket_uuid" EQ "e.ticket_uuid AND t.area" EQ "$4)"
	" FROM (SELECT v.evento_id, v.horizonte, v.ticket_uuid, v.version, v.operacion, v.ocurrido_en, v.datos FROM @.evento v"
	"  WHERE v.evento_id OPERATOR(pg_catalog.>) $1 ORDER BY v.evento_id LIMIT $2) AS e"
	" ORDER BY e.evento_id",
	4, {INT8OID, INT8OID, XID8OID, TEXTOID}, PLAN_BY_INDEX
};

/* Its columns. */
enum
{
	E_ID, E_TICKET, E_VERSION, E_OPERATION, E_TIME, E_DATA, E_SETTLED, E_IN_SCOPE, E_COLUMNS
};

#define MAX_BATCH 10000

/* Where the tickets of one area count, so many are looked at to find some. */
#define WINDOW 1000

/* Read up to count events after one; acting as the owner. */
static void
read_events(const TsmDesk *desk, int64 after, int count, const char *area)
{
	Datum		args[4];
	char		nulls[4] = {' ', ' ', ' ', area == NULL ? 'n' : ' '};

	args[0] = Int64GetDatum(after);
	args[1] = Int64GetDatum(count);
	/* a horizon beyond it came from another cluster, with a dump */
	args[2] = FullTransactionIdGetDatum(ReadNextFullTransactionId());
	args[3] = area == NULL ? (Datum) 0 : CStringGetTextDatum(area);
	tsm_read_nulls(desk, &q_events, args, nulls);
}

Datum
tsm_fn_eventos(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TsmCaller	caller;
	TsmIdentity saved;
	int			limit;

	tsm_caller_identify(desk, &caller);
	tsm_caller_require(desk, &caller, OP_CONSULTAR);
	tsm_caller_require_admin(&caller, "read the events");
	limit = tsm_arg_limit(fcinfo, 1, 100, MAX_BATCH);

	InitMaterializedSRF(fcinfo, 0);
	saved = tsm_enter(desk);
	read_events(desk, PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0), limit, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[E_COLUMNS];
		bool		nulls[E_COLUMNS];

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		if (!DatumGetBool(values[E_SETTLED]))
			break;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	tsm_leave(saved);
	/* they are for the world outside, which no crash takes back */
	tsm_wait_for_what_was_seen();
	return (Datum) 0;
}

/* ----------------------------------------------------------------
 * GET /eventos
 * ----------------------------------------------------------------
 */

/* The members of datos, beside the others; those of the clock and of links only in their events. */
static void
append_data(StringInfo answer, Jsonb *data)
{
	static const struct
	{
		const char *key;
		const char *from;
		bool		of_some;
	}			keys[] =
	{
		{"ticketLabel", "ticket_label", false}, {"estadoAntes", "estado_antes", false}, {"estado", "estado", false},
		{"tipo", "tipo", false}, {"categoria", "categoria", false}, {"prioridad", "prioridad", false},
		{"area", "area", false}, {"agenteId", "agente_id", false}, {"fechaLimiteSla", "fecha_limite_sla", false},
		{"pausadoHasta", "pausado_hasta", true}, {"automatico", "automatico", true}, {"calificacion", "calificacion", true},
		{"objetivo", "objetivo", true}, {"umbral", "umbral", true}, {"limite", "limite", true},
		{"vinculo", "vinculo", true}
	};

	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		JsonbValue	v;
		JsonbValue *found = getKeyJsonValueFromContainer(&data->root, keys[i].from, strlen(keys[i].from), &v);

		if (found == NULL && keys[i].of_some)
			continue;
		tsm_answer_key(answer, keys[i].key);
		tsm_answer_jsonb(answer, found);
	}
}

static void
append_event(StringInfo answer, const Datum *values)
{
	appendStringInfoString(answer, answer->data[answer->len - 1] == '[' ? "{" : ", {");
	tsm_answer_key(answer, "eventoId");
	appendStringInfo(answer, INT64_FORMAT, DatumGetInt64(values[E_ID]));
	tsm_answer_key(answer, "ticketUuid");
	tsm_answer_value(answer, values[E_TICKET], false, UUIDOID);
	tsm_answer_key(answer, "version");
	tsm_answer_value(answer, values[E_VERSION], false, INT4OID);
	tsm_answer_key(answer, "operacion");
	tsm_answer_value(answer, values[E_OPERATION], false, ANYENUMOID);
	tsm_answer_key(answer, "ocurridoEn");
	tsm_answer_value(answer, values[E_TIME], false, TIMESTAMPTZOID);
	append_data(answer, DatumGetJsonbP(values[E_DATA]));
	appendStringInfoChar(answer, '}');
}

/*
 * The cursor is beyond what was looked at, not what was shown: the events of
 * other areas are not looked at again.
 */
void
tsm_answer_events(StringInfo answer, const TsmRequest *request, int64 after, int limit)
{
	const TsmCaller *caller = &request->caller;
	const char *area = tsm_caller_area(caller);
	int			window = tsm_caller_sees_all(caller) ? limit : Max(limit, WINDOW);
	int			shown = 0;
	uint64		seen = 0;
	TsmIdentity saved;
	bool		more;

	if (!tsm_caller_sees_all(caller))
		tsm_caller_require_area(caller, area != NULL ? area : "");
	appendStringInfoString(answer, "{\"eventos\" : [");
	saved = tsm_enter(request->desk);
	read_events(request->desk, after, window, area);
	for (; seen < SPI_processed && shown < limit; seen++)
	{
		Datum		values[E_COLUMNS];
		bool		nulls[E_COLUMNS];

		heap_deform_tuple(SPI_tuptable->vals[seen], SPI_tuptable->tupdesc, values, nulls);
		if (!DatumGetBool(values[E_SETTLED]))
			break;
		after = DatumGetInt64(values[E_ID]);
		if (!DatumGetBool(values[E_IN_SCOPE]))
			continue;
		append_event(answer, values);
		shown++;
	}
	more = shown == limit || seen == (uint64) window;
	tsm_leave(saved);
	tsm_wait_for_what_was_seen();
	appendStringInfo(answer, "], \"cursor\" : " INT64_FORMAT ", \"hayMas\" : %s}", after, more ? "true" : "false");
}
