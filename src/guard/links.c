/*-------------------------------------------------------------------------
 *
 * links.c
 *	  Links between tickets: table vinculo.
 *
 * The table has the links that there are; when and by whom they were made and
 * undone is in the histories of both tickets, from which it follows.  A parent
 * and the ticket in whose place another one is a duplicate come above that one.
 * Nothing goes round in a circle there: links of a desk are made and undone one
 * after the other, and each is looked at with all that were made before it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/bufmgr.h"
#include "storage/lock.h"
#include "utils/builtins.h"

#include "guard/guard.h"

static const TsmQuery q_find = {
	"SELECT v.ticket_uuid, v.otro_uuid, v.relacion FROM @.vinculo v"
	" WHERE (v.ticket_uuid" EQ "$1 AND v.otro_uuid" EQ "$2 OR v.ticket_uuid" EQ "$2 AND v.otro_uuid" EQ "$1)"
	" AND ($3 IS NULL OR v.relacion" EQ "$3)"
	" ORDER BY v.creado_en DESC, v.relacion LIMIT 1",
	3, {UUIDOID, UUIDOID, TEXTOID}, PLAN_ONCE
};

/* Is $2 above $1, or the same? */
static const TsmQuery q_is_above = {
	"WITH RECURSIVE sobre(id) AS (SELECT $1 UNION SELECT a.id FROM sobre s CROSS JOIN LATERAL ("
	"  SELECT v.otro_uuid FROM @.vinculo v WHERE v.ticket_uuid" EQ "s.id AND v.relacion" EQ "'duplicado'"
	"  UNION ALL SELECT w.ticket_uuid FROM @.vinculo w WHERE w.otro_uuid" EQ "s.id AND w.relacion" EQ "'padre') AS a(id))"
	" SELECT FROM sobre WHERE sobre.id" EQ "$2",
	2, {UUIDOID, UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_is_duplicate = {
	"SELECT FROM @.vinculo v WHERE v.ticket_uuid" EQ "$1 AND v.relacion" EQ "'duplicado'",
	1, {UUIDOID}, PLAN_ONCE
};

/* The last of a chain, which ends where it has been already, should anybody have forged a circle. */
static const TsmQuery q_surviving = {
	"WITH RECURSIVE cadena(id, n) AS (SELECT $1, 0 UNION ALL"
	" SELECT v.otro_uuid, c.n OPERATOR(pg_catalog.+) 1 FROM cadena c JOIN @.vinculo v"
	" ON v.ticket_uuid" EQ "c.id AND v.relacion" EQ "'duplicado') CYCLE id SET ciclo USING camino"
	" SELECT c.id FROM cadena c WHERE NOT c.ciclo ORDER BY c.n DESC LIMIT 1",
	1, {UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_insert = {
	"INSERT INTO @.vinculo (ticket_uuid, otro_uuid, relacion, ticket_version, otro_version, creado_en)"
	" VALUES ($1, $2, $3, $4, $5, $6)",
	6, {UUIDOID, UUIDOID, TEXTOID, INT4OID, INT4OID, TIMESTAMPTZOID}, PLAN_ONCE
};

static const TsmQuery q_delete = {
	"DELETE FROM @.vinculo v WHERE v.ticket_uuid" EQ "$1 AND v.otro_uuid" EQ "$2 AND v.relacion" EQ "$3",
	3, {UUIDOID, UUIDOID, TEXTOID}, PLAN_ONCE
};

/* Children that are not done, of those that the caller sees: one more than are named. */
static const TsmQuery q_open_children = {
	"SELECT t.ticket_label, t.estado FROM @.vinculo v JOIN @.ticket t ON t.ticket_uuid" EQ "v.otro_uuid"
	" WHERE v.ticket_uuid" EQ "$1 AND v.relacion" EQ "'padre' AND t.abierto AND t.resuelto_en IS NULL"
	" AND ($2 IS NULL OR t.area" EQ "$2) ORDER BY t.fecha_creacion, t.ticket_label LIMIT 11",
	2, {UUIDOID, TEXTOID}, PLAN_ONCE
};

#define NAMED_CHILDREN 10

/* Links with tickets that the caller sees. */
static const TsmQuery q_any = {
	"SELECT FROM @.vinculo v JOIN @.ticket t ON t.ticket_uuid" EQ "ANY (ARRAY[v.ticket_uuid, v.otro_uuid])"
	" AND t.ticket_uuid OPERATOR(pg_catalog.<>) $1"
	" WHERE (v.ticket_uuid" EQ "$1 OR v.otro_uuid" EQ "$1) AND ($2 IS NULL OR t.area" EQ "$2) LIMIT 1",
	2, {UUIDOID, TEXTOID}, PLAN_ONCE
};

/* ----------------------------------------------------------------
 * One after the other
 * ----------------------------------------------------------------
 */
static void
acquire(void *tag)
{
	(void) LockAcquire((LOCKTAG *) tag, ExclusiveLock, false, false);
}

static void
acquire_shared(void *tag)
{
	(void) LockAcquire((LOCKTAG *) tag, ShareLock, false, false);
}

void
tsm_links_lock(const TsmDesk *desk, bool shared)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, desk->table[TABLE_vinculo], 0, TSM_LOCK_LINKS);
	tsm_bounded_wait(shared ? acquire_shared : acquire, &tag);
}

/* ----------------------------------------------------------------
 * Reading
 * ----------------------------------------------------------------
 */
static TsmRelation
relation_by_name(const char *name)
{
	for (int r = 0; r < TSM_RELATIONS; r++)
		if (strcmp(tsm_relation_names[r], name) == 0)
			return (TsmRelation) r;
	elog(ERROR, "unrecognized relation \"%s\"", name);
}

bool
tsm_link_find(const TsmDesk *desk, const pg_uuid_t *one, const pg_uuid_t *other, const TsmRelation *relation,
			  TsmLink *found)
{
	Datum		args[3] = {UUIDPGetDatum(one), UUIDPGetDatum(other), (Datum) 0};
	const char	nulls[3] = {' ', ' ', relation == NULL ? 'n' : ' '};
	TsmIdentity saved = tsm_enter(desk);
	bool		is_found;

	if (relation != NULL)
		args[2] = CStringGetTextDatum(tsm_relation_names[*relation]);
	if (tsm_run(desk, &q_find, RUN_READ_LATEST, args, nulls) != SPI_OK_SELECT)
		elog(ERROR, "could not read the links");
	is_found = SPI_processed > 0;
	if (is_found)
	{
		found->ticket = *DatumGetUUIDP(tsm_read_value(0, 1));
		found->other = *DatumGetUUIDP(tsm_read_value(0, 2));
		found->relation = relation_by_name(tsm_read_string(0, 3));
	}
	tsm_leave(saved);
	return is_found;
}

/* Does a query find anything? */
static bool
finds(const TsmDesk *desk, const TsmQuery *query, Datum *args)
{
	TsmIdentity saved = tsm_enter(desk);
	bool		found;

	tsm_read_latest(desk, query, args);
	found = SPI_processed > 0;
	tsm_leave(saved);
	return found;
}

bool
tsm_has_links(const TsmDesk *desk, const TsmCaller *caller, const pg_uuid_t *ticket)
{
	const char *area = tsm_caller_area(caller);
	Datum		args[2] = {UUIDPGetDatum(ticket), (Datum) 0};
	const char	nulls[2] = {' ', tsm_caller_sees_all(caller) ? 'n' : ' '};
	TsmIdentity saved = tsm_enter(desk);
	bool		found;

	if (nulls[1] == ' ')
		args[1] = CStringGetTextDatum(area == NULL ? "" : area);
	tsm_read_nulls(desk, &q_any, args, nulls);
	found = SPI_processed > 0;
	tsm_leave(saved);
	return found;
}

bool
tsm_is_duplicate(const TsmDesk *desk, const pg_uuid_t *ticket)
{
	Datum		arg = UUIDPGetDatum(ticket);

	return finds(desk, &q_is_duplicate, &arg);
}

bool
tsm_link_makes_circle(const TsmDesk *desk, const TsmLink *link)
{
	bool		parent = link->relation == RELATION_PARENT;
	Datum		args[2];

	if (link->relation == RELATION_RELATED)
		return false;
	/* a circle if the one that comes below is above the other already */
	args[0] = UUIDPGetDatum(parent ? &link->ticket : &link->other);
	args[1] = UUIDPGetDatum(parent ? &link->other : &link->ticket);
	return finds(desk, &q_is_above, args);
}

pg_uuid_t
tsm_ticket_surviving(const TsmDesk *desk, const pg_uuid_t *ticket)
{
	Datum		arg = UUIDPGetDatum(ticket);
	TsmIdentity saved = tsm_enter(desk);
	pg_uuid_t	result;

	tsm_read_latest(desk, &q_surviving, &arg);
	result = SPI_processed > 0 ? *DatumGetUUIDP(tsm_read_value(0, 1)) : *ticket;
	tsm_leave(saved);
	return result;
}

/* ----------------------------------------------------------------
 * Writing
 * ----------------------------------------------------------------
 */
Jsonb *
tsm_link_facts(const TsmLink *link, const pg_uuid_t *ticket)
{
	bool		first = memcmp(ticket, &link->ticket, sizeof(pg_uuid_t)) == 0;
	const pg_uuid_t *other = first ? &link->other : &link->ticket;
	char	   *json = psprintf("{\"otro\": \"%s\", \"relacion\": \"%s\"}",
								DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(other))),
								(first ? tsm_relation_names : tsm_relation_inverse)[link->relation]);

	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

Jsonb *
tsm_link_origin(const pg_uuid_t *duplicate)
{
	char	   *json = psprintf("{\"origen\": \"%s\"}", DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(duplicate))));

	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

/* Write to the table, as the owner: one row, or something of the owner's is in the way. */
static void
write_links(const TsmDesk *desk, const TsmQuery *query, Datum *args, int expected)
{
	TsmIdentity saved = tsm_enter(desk);

	if (tsm_guarded_write(desk, query, args, NULL, TABLE_vinculo) != expected || SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("a link was not written"),
				 errhint("See the triggers and rules that were added to table vinculo.")));
	tsm_leave(saved);
}

void
tsm_link_write(const TsmDesk *desk, const TsmLink *link, const TicketRow *ticket, const TicketRow *other)
{
	Datum		args[6];

	args[0] = UUIDPGetDatum(&link->ticket);
	args[1] = UUIDPGetDatum(&link->other);
	args[2] = CStringGetTextDatum(tsm_relation_names[link->relation]);
	args[3] = ticket->value[TC_version];
	args[4] = other->value[TC_version];
	args[5] = ticket->value[TC_actualizado_en];
	write_links(desk, &q_insert, args, SPI_OK_INSERT);
}

void
tsm_link_delete(const TsmDesk *desk, const TsmLink *link)
{
	Datum		args[3];

	args[0] = UUIDPGetDatum(&link->ticket);
	args[1] = UUIDPGetDatum(&link->other);
	args[2] = CStringGetTextDatum(tsm_relation_names[link->relation]);
	write_links(desk, &q_delete, args, SPI_OK_DELETE);
}

/* ----------------------------------------------------------------
 * Parents
 * ----------------------------------------------------------------
 */

/* Has the change ended a ticket, for good or as resolved? */
static bool
has_ended(const TsmRequest *request)
{
	const TsmDesk *desk = request->desk;
	Oid			state = DatumGetObjectId(request->row.value[TC_estado]);
	const TsmState *now = &desk->state[tsm_state_index(desk, state)];

	return state != request->state_before && (now->resolved || !now->open);
}

/* Are there no links at all?  Then nobody pays for them. */
static bool
has_no_links(const TsmDesk *desk)
{
	Relation	rel = try_table_open(desk->table[TABLE_vinculo], AccessShareLock);
	bool		none = rel == NULL || RelationGetNumberOfBlocks(rel) == 0;

	if (rel != NULL)
		table_close(rel, NoLock);
	return none;
}

char *
tsm_link_warning(const TsmRequest *request)
{
	const TsmDesk *desk = request->desk;
	MemoryContext cxt = CurrentMemoryContext;
	Datum		args[2] = {UUIDPGetDatum(&request->ticket_id), (Datum) 0};
	const char *area = tsm_caller_sees_all(&request->caller) ? NULL : tsm_caller_area(&request->caller);
	const char	nulls[2] = {' ', area == NULL ? 'n' : ' '};
	StringInfoData warning;
	TsmIdentity saved;

	if (!has_ended(request) || (area == NULL && !tsm_caller_sees_all(&request->caller)) ||
		has_no_links(desk))
		return NULL;
	if (area != NULL)
		args[1] = CStringGetTextDatum(area);
	initStringInfo(&warning);
	saved = tsm_enter(desk);
	if (tsm_run(desk, &q_open_children, RUN_READ_LATEST, args, nulls) != SPI_OK_SELECT)
		elog(ERROR, "could not read the links");
	for (uint64 i = 0; i < Min(SPI_processed, NAMED_CHILDREN); i++)
		appendStringInfo(&warning, "%s %s (%s)", i == 0 ? "Children of this ticket are open still:" : ",",
						 tsm_read_string(i, 1), tsm_read_string(i, 2));
	if (SPI_processed > NAMED_CHILDREN)
		appendStringInfoString(&warning, ", and more");
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	if (warning.len == 0)
		return NULL;
	appendStringInfoChar(&warning, '.');
	return warning.data;
}
