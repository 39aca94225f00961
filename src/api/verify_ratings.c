/*-------------------------------------------------------------------------
 *
 * verify_ratings.c
 *	  fn_verificar: the proof that nobody went round the guard.  Here how
 *	  solutions were rated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

/* The rows, beside the events that tell of them, and those of what was solved. */
static const TsmQuery q_verify_ratings = {
	"SELECT COALESCE(k.ticket_uuid, h.ticket_uuid), COALESCE(k.version, h.version), CASE"
	" WHEN k.ticket_uuid IS NULL THEN 'event %s rated a solution, which table calificacion does not tell'"
	" WHEN h.ticket_uuid IS NULL THEN 'table calificacion says that event %s rated a solution, which it did not'"
	" WHEN h.calificacion IS DISTINCT FROM pg_catalog.jsonb_build_object('calificacion', k.calificacion, 'solucion', k.solucion)"
	" THEN 'table calificacion has another rating than event %s'"
	" WHEN s.ticket_uuid IS NULL OR NOT COALESCE(pg_catalog.jsonb_exists(s.sla, 'resuelto_en'), false)"
	" THEN 'event %s rated what was no solution'"
	" WHEN k.resuelto_en OPERATOR(pg_catalog.<>) s.ocurrido_en OR k.area OPERATOR(pg_catalog.<>) s.area_despues"
	"  OR (k.agente_id IS NOT NULL AND k.agente_id IS DISTINCT FROM s.agente_despues)"
	" THEN 'table calificacion does not tell whose the solution was that event %s rated' END"
	" FROM (SELECT * FROM @.calificacion b WHERE b.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND b.ticket_uuid OPERATOR(pg_catalog.<=) $2) AS k"
	" FULL JOIN (SELECT e.ticket_uuid, e.version, e.calificacion FROM @.historial e"
	"  WHERE e.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND e.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	"  AND e.operacion" EQ "'calificar'::ticket_sm.ticket_operation) AS h"
	" ON h.ticket_uuid" EQ "k.ticket_uuid AND h.version" EQ "k.version"
	" LEFT JOIN @.historial s ON s.ticket_uuid" EQ "k.ticket_uuid AND s.version" EQ "k.solucion"
	" ORDER BY 1, 2",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

void
tsm_verify_ratings(TsmVerification *v, Datum *range)
{
	TsmScan		scan;
	TupleTableSlot *slot;

	tsm_scan_begin(&scan, v->desk, &q_verify_ratings, range);
	while ((slot = tsm_scan_next(&scan)) != NULL)
	{
		MemoryContext cxt = MemoryContextSwitchTo(v->row_cxt);

		if (!slot->tts_isnull[2])
		{
			char	   *what = TextDatumGetCString(slot->tts_values[2]);
			char	   *number = strstr(what, "%s");

			*number = '\0';
			tsm_verify_report(v, DatumGetUUIDP(slot->tts_values[0]), "calificacion", "%s%d%s", what,
							  DatumGetInt32(slot->tts_values[1]), number + 2);
		}
		MemoryContextSwitchTo(cxt);
		MemoryContextReset(v->row_cxt);
		CHECK_FOR_INTERRUPTS();
	}
	tsm_scan_end(&scan);
}
