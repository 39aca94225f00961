/*-------------------------------------------------------------------------
 *
 * ratings.c
 *	  What requesters think of solutions: the table calificacion.
 *
 * A solution is the event that has stamped resuelto_en.  It is rated once: the row
 * of the ticket is locked when that is looked at.  Whose it was is written with the
 * rating, so no figure changes later; who has the address of the agent himself does not
 * count for him.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "guard/guard.h"

static const TsmQuery q_solution = {
	"SELECT h.version, h.ocurrido_en, h.area_despues, h.agente_despues,"
	" EXISTS (SELECT FROM @.calificacion k WHERE k.ticket_uuid" EQ "h.ticket_uuid AND k.solucion" EQ "h.version),"
	" EXISTS (SELECT FROM @.agente g WHERE g.agente_id" EQ "h.agente_despues AND " IN_SMALL("g.email") EQ IN_SMALL("$2") ")"
	" FROM @.historial h WHERE h.ticket_uuid" EQ "$1 AND pg_catalog.jsonb_exists(h.sla, 'resuelto_en')"
	" ORDER BY h.version DESC LIMIT 1",
	2, {UUIDOID, TEXTOID}, PLAN_ONCE
};

static const TsmQuery q_rating_insert = {
	"INSERT INTO @.calificacion (ticket_uuid, solucion, version, calificacion, resuelto_en, area, agente_id)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7)",
	7, {UUIDOID, INT4OID, INT4OID, INT2OID, TIMESTAMPTZOID, TEXTOID, UUIDOID}, PLAN_ONCE
};

/* What was read of the solution. */
static void
enter(TsmRating *rating, MemoryContext cxt)
{
	HeapTuple	tuple = SPI_tuptable->vals[0];
	bool		no_agent;
	Datum		agent = SPI_getbinval(tuple, SPI_tuptable->tupdesc, 4, &no_agent);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

	rating->solution = DatumGetInt32(tsm_read_value(0, 1));
	rating->solved = DatumGetTimestampTz(tsm_read_value(0, 2));
	rating->area = cstring_to_text(tsm_read_string(0, 3));
	rating->has_agent = !no_agent && !DatumGetBool(tsm_read_value(0, 6));
	if (rating->has_agent)
		rating->agent = *DatumGetUUIDP(agent);
	MemoryContextSwitchTo(oldcxt);
}

TsmRefusal *
tsm_judge_rating(TsmChange *c)
{
	MemoryContext cxt = CurrentMemoryContext;
	Datum		args[2] = {c->old.value[TC_ticket_uuid], c->old.value[TC_solicitante_email]};
	bool		found = false;
	bool		rated = false;
	TsmIdentity saved;

	if (!c->old.isnull[TC_resuelto_en])
	{
		saved = tsm_enter(c->desk);
		tsm_read_latest(c->desk, &q_solution, args);
		found = SPI_processed > 0;
		rated = found && DatumGetBool(tsm_read_value(0, 5));
		if (found && !rated && c->request->rating != NULL)
			enter(c->request->rating, c->request->cxt);
		tsm_leave(saved);
		MemoryContextSwitchTo(cxt);
	}
	if (found && !rated)
		return NULL;
	return tsm_refusal(rated ? REFUSE_RATED : REFUSE_TRANSITION, NULL,
					   psprintf(rated ? "The requester of ticket %s has rated its solution." : "Ticket %s has no solution.",
								TextDatumGetCString(c->old.value[TC_ticket_label])), NULL);
}

Jsonb *
tsm_rating_facts(const TsmRating *rating)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(
																		psprintf("{\"calificacion\": %d, \"solucion\": %d}", rating->rating, rating->solution))));
}

void
tsm_rating_store(const TsmRequest *request)
{
	const TsmRating *rating = request->rating;
	Datum		args[7] = {
		UUIDPGetDatum(&request->ticket_id), Int32GetDatum(rating->solution),
		Int32GetDatum(tsm_own_version(request)), Int16GetDatum(rating->rating), TimestampTzGetDatum(rating->solved),
		PointerGetDatum(rating->area), UUIDPGetDatum(&rating->agent)
	};
	const char	nulls[7] = {' ', ' ', ' ', ' ', ' ', ' ', rating->has_agent ? ' ' : 'n'};
	TsmIdentity saved = tsm_enter(request->desk);

	(void) tsm_guarded_write(request->desk, &q_rating_insert, args, nulls, TABLE_calificacion);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("a row of table \"%s\" was not written", "calificacion"),
				 errhint("See the triggers and rules that were added to it.")));
	tsm_leave(saved);
}
