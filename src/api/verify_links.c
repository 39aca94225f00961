/*-------------------------------------------------------------------------
 *
 * verify_links.c
 *	  fn_verificar: the links of tickets follow from both histories, and messages
 *	  came to duplicates that there were.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

/* Each link twice: as either of its tickets has it. */
static const TsmQuery q_verify_links = {
	"SELECT x.uno, x.otro, x.relacion, x.version, x.cuando FROM ("
	" SELECT v.ticket_uuid, v.otro_uuid, v.relacion, v.ticket_version, v.creado_en FROM @.vinculo v"
	" UNION ALL SELECT w.otro_uuid, w.ticket_uuid, CASE w.relacion WHEN 'padre' THEN 'hijo' WHEN 'duplicado' THEN 'original'"
	"  ELSE w.relacion END, w.otro_version, NULL FROM @.vinculo w) AS x(uno, otro, relacion, version, cuando)"
	" WHERE x.uno OPERATOR(pg_catalog.>=) $1 AND x.uno OPERATOR(pg_catalog.<=) $2 ORDER BY x.uno",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

/* Messages that came to another ticket, which was never led on to the one that has them. */
static const TsmQuery q_verify_origins = {
	"SELECT h.ticket_uuid, h.version FROM @.historial h"
	" WHERE h.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND h.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	" AND h.operacion" EQ "'responder'::ticket_sm.ticket_operation AND h.vinculo IS NOT NULL"
	" AND NOT EXISTS (WITH RECURSIVE " TSM_LED_TO("SELECT " TSM_NAMED_TICKET("h", "origen"))
	"  SELECT FROM guiados g WHERE g.id" EQ "h.ticket_uuid AND g.id OPERATOR(pg_catalog.<>) " TSM_NAMED_TICKET("h", "origen") ")"
	" ORDER BY 1, 2",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

/* The columns of q_verify_links. */
enum
{
	K_ONE, K_OTHER, K_RELATION, K_VERSION, K_WHEN
};

static char *
uuid_string(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

void
tsm_verify_links_begin(TsmLinkReader *reader, const TsmDesk *desk, Datum *range)
{
	tsm_scan_begin(&reader->scan, desk, &q_verify_links, range);
	reader->row = tsm_scan_next(&reader->scan);
}

/* ----------------------------------------------------------------
 * What the history tells
 * ----------------------------------------------------------------
 */

/* A string of what an event says; NULL if there is none. */
static char *
fact(Jsonb *facts, const char *name)
{
	JsonbValue	v;

	if (!JB_ROOT_IS_OBJECT(facts) || getKeyJsonValueFromContainer(&facts->root, name, strlen(name), &v) == NULL ||
		v.type != jbvString)
		return NULL;
	return pnstrdup(v.val.string.val, v.val.string.len);
}

static TsmToldLink *
find_told(List *told, const pg_uuid_t *other, const char *relation)
{
	ListCell   *lc;

	foreach(lc, told)
	{
		TsmToldLink *link = (TsmToldLink *) lfirst(lc);

		if (memcmp(&link->other, other, sizeof(pg_uuid_t)) == 0 && strcmp(link->relation, relation) == 0)
			return link;
	}
	return NULL;
}

List *
tsm_verify_link_event(TsmVerification *v, List *told, const pg_uuid_t *id, Jsonb *facts, int version,
					  TimestampTz when, TsmOperation op)
{
	char	   *other = fact(facts, "otro");
	char	   *relation = fact(facts, "relacion");
	TsmToldLink *link;
	pg_uuid_t	uuid;

	if (other == NULL || relation == NULL || !tsm_is_uuid(other) || strlen(relation) >= sizeof(link->relation))
	{
		tsm_verify_report(v, id, "historial", "event %d does not say which link it is about", version);
		return told;
	}
	uuid = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(other)));
	link = find_told(told, &uuid, relation);
	if ((op == OP_VINCULAR) != (link == NULL))
	{
		tsm_verify_report(v, id, "historial", "event %d is \"%s\", but the ticket was %s %s to %s", version,
						  tsm_operation_names[op], link == NULL ? "not" : "already", relation, other);
		return told;
	}
	if (link != NULL)
		return list_delete_ptr(told, link);
	link = palloc0(sizeof(TsmToldLink));
	link->other = uuid;
	strlcpy(link->relation, relation, sizeof(link->relation));
	link->version = version;
	link->when = when;
	return lappend(told, link);
}

/* ----------------------------------------------------------------
 * What the table has
 * ----------------------------------------------------------------
 */

/* Compare the current row with what is told; a link that is found is marked by its version. */
static void
check_row(TsmVerification *v, const TsmLinkReader *reader, List *told)
{
	const Datum *value = reader->row->tts_values;
	pg_uuid_t  *one = DatumGetUUIDP(value[K_ONE]);
	pg_uuid_t  *other = DatumGetUUIDP(value[K_OTHER]);
	char	   *relation = TextDatumGetCString(value[K_RELATION]);
	TsmToldLink *link = find_told(told, other, relation);

	if (link == NULL || link->version < 0)
	{
		tsm_verify_report(v, one, "vinculo", "the ticket is %s to %s%s, but the history does not say so", relation,
						  uuid_string(other), link == NULL ? "" : " twice");
		return;
	}
	if (DatumGetInt32(value[K_VERSION]) != link->version)
		tsm_verify_report(v, one, "vinculo", "that the ticket is %s to %s is said to be of event %d, not of %d", relation,
						  uuid_string(other), DatumGetInt32(value[K_VERSION]), link->version);
	if (!reader->row->tts_isnull[K_WHEN] && DatumGetTimestampTz(value[K_WHEN]) != link->when)
		tsm_verify_report(v, one, "vinculo", "that the ticket is %s to %s is dated %s, not %s", relation,
						  uuid_string(other), tsm_time_string(DatumGetTimestampTz(value[K_WHEN])),
						  tsm_time_string(link->when));
	link->version = -1;
}

void
tsm_verify_links(TsmVerification *v, TsmLinkReader *reader, const pg_uuid_t *id, List *told)
{
	ListCell   *lc;

	while (reader->row != NULL)
	{
		int			order = -1;

		if (id != NULL)
			order = memcmp(DatumGetUUIDP(reader->row->tts_values[K_ONE]), id, sizeof(pg_uuid_t));
		if (order > 0)
			break;
		CHECK_FOR_INTERRUPTS();
		check_row(v, reader, order == 0 ? told : NIL);
		reader->row = tsm_scan_next(&reader->scan);
	}
	foreach(lc, told)
	{
		TsmToldLink *link = (TsmToldLink *) lfirst(lc);

		if (link->version >= 0)
			tsm_verify_report(v, id, "vinculo", "the history says that the ticket is %s to %s, table vinculo does not",
							  link->relation, uuid_string(&link->other));
	}
	if (id == NULL)
		tsm_scan_end(&reader->scan);
}

void
tsm_verify_origins(TsmVerification *v, Datum *range)
{
	tsm_read(v->desk, &q_verify_origins, range);
	for (uint64 i = 0; i < SPI_processed; i++)
		tsm_verify_report(v, DatumGetUUIDP(tsm_read_value(i, 1)), "historial",
						  "event %d says that it came to a ticket that was never a duplicate of this one",
						  DatumGetInt32(tsm_read_value(i, 2)));
}
