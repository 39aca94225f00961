/*-------------------------------------------------------------------------
 *
 * list.c
 *	  fn_lista: tickets that filters let pass, closed ones too, page by page.
 *
 * What a page is read from decides how long it takes, so it is decided here, not
 * by the planner, who cannot know how few rows a page has.  There are two ways:
 *
 *	 - in the order of an index, until the page is full: of one requester, agent or
 *	   area, of the open ones or of all.  It is good when many rows pass;
 *	 - all of a set that an index has, sorted.  It is good when the set is small,
 *	   and whether it is one is found out by counting up to a bound.
 *
 * So a page is made of pieces of SQL, and planned for this call: that takes less
 * than the page does.
 *
 * A page begins behind the last row of the one before, known by its key, as in
 * queue.c; there stands why the order of deadlines is read in three parts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_statistic.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_lista);

#define MAX_PAGE 500

/* A word that more tickets than this share have is not looked for in the index while there is another. */
#define FREQUENT 0.01

/* So many rows are sorted, rather than others gone through. */
#define SMALL "1000"

/* Arguments of the queries. */
enum
{
	A_STATES, A_AREA, A_AGENT, A_PRIORITY, A_TYPE, A_CATEGORY, A_DUE, A_REQUESTER, A_FROM, A_TO, A_WORDS,
	A_NOW, A_TIME, A_UUID, A_COUNT, A_ORDER, A_RARE, A_COUNT_ARGS
};

#define HAS_WORDS "b.palabras OPERATOR(pg_catalog.@@) $11"
#define HAS_RARE "b.palabras OPERATOR(pg_catalog.@@) $17"

/* What a filter demands, if its argument is given. */
static const char *const conditions[] = {
	[A_STATES] = "t.estado::pg_catalog.text" EQ "ANY ($1)",
	[A_AREA] = "t.area" EQ "$2",
	[A_AGENT] = "t.agente_id" EQ "$3",
	[A_PRIORITY] = "t.prioridad" EQ "$4",
	[A_TYPE] = "t.tipo::pg_catalog.text" EQ "$5",
	[A_CATEGORY] = "pg_catalog.lower(t.categoria)" EQ "pg_catalog.lower($6)",
	[A_DUE] = "t.sla_restante IS NULL AND t.fecha_limite_sla OPERATOR(pg_catalog.<=) $7",
	[A_REQUESTER] = IN_SMALL("t.solicitante_email") EQ IN_SMALL("$8"),
	[A_FROM] = "t.fecha_creacion OPERATOR(pg_catalog.>=) $9",
	[A_TO] = "t.fecha_creacion OPERATOR(pg_catalog.<) $10",
	[A_WORDS] = "EXISTS (SELECT FROM @.busqueda b WHERE b.ticket_uuid" EQ "t.ticket_uuid AND " HAS_WORDS ")"
};

/* Those with these words, the overdue ones and those that are due: sets that an index has. */
#define SET_OF_WORDS \
	"SELECT t.* FROM (SELECT b.* FROM @.busqueda b WHERE " HAS_RARE " OFFSET 0) AS b" \
	" JOIN @.ticket t ON t.ticket_uuid" EQ "b.ticket_uuid WHERE " HAS_WORDS
#define SET_BEFORE(time) \
	"SELECT t.* FROM @.ticket t WHERE t.sla_orden OPERATOR(pg_catalog.<=) " time " AND t.fecha_limite_sla IS NOT NULL"
#define SET_OVERDUE \
	SET_BEFORE("$12") " UNION ALL SELECT t.* FROM @.ticket t WHERE " STANDING_OVERDUE
#define STANDING_OVERDUE "t.abierto AND t.sla_incumplido_en IS NOT NULL AND t.fecha_limite_sla IS NULL"

/* Columns of type ticket_en_lista; the last two are the queries' own. */
#define COLUMNS \
	"t.ticket_uuid, t.ticket_label, t.asunto, t.tipo, t.categoria, t.subcategoria, t.estado, t.prioridad, t.area," \
	" t.agente_id, (SELECT g.nombre FROM @.agente g WHERE g.agente_id" EQ "t.agente_id), t.solicitante_nombre," \
	" t.solicitante_email, t.fecha_creacion, t.actualizado_en, t.resuelto_en, t.cerrado_en, t.sla_horas," \
	" t.sla_objetivo, t.fecha_limite_sla, t.sla_restante, t.sla_restante IS NOT NULL AND t.fecha_limite_sla IS NULL, " \
	TSM_OVERDUE("$12") ", t.sla_incumplido_en IS NOT NULL, t.version, t.sla_calendario"

#define READ_CALENDAR TSM_ROW_CURSOR

typedef struct TicketList
{
	const TsmDesk *desk;
	const char *const *names;
	Datum		args[A_COUNT_ARGS];
	char		nulls[A_COUNT_ARGS];
	bool		closed;			/* closed ones too */
	bool		unassigned;
	bool		overdue;		/* only those */
	bool		in_time;		/* only the others */
	bool		total;
	int			size;
	TsmPosition position;
	const char *set;			/* a small one that holds all of it, or NULL */
	bool		by_words;		/* and that is the one of the words */
} TicketList;

static bool
given(const TicketList *list, int arg)
{
	return list->nulls[arg] == ' ';
}

static void
set(TicketList *list, int arg, Datum value)
{
	list->args[arg] = value;
	list->nulls[arg] = ' ';
}

/* ----------------------------------------------------------------
 * Parameters
 * ----------------------------------------------------------------
 */
static bool
arg_flag(FunctionCallInfo fcinfo, int argno)
{
	return !PG_ARGISNULL(argno) && PG_GETARG_BOOL(argno);
}

static void
set_text(TicketList *list, int arg, text *value)
{
	if (value != NULL)
		set(list, arg, PointerGetDatum(value));
}

static void
set_name(FunctionCallInfo fcinfo, TicketList *list, int param, int arg, const TsmNameList *names)
{
	const TsmName *name = tsm_arg_name(fcinfo, param, list->names[param], list->desk, names, false);

	if (name != NULL)
		set(list, arg, CStringGetTextDatum(name->name));
}

/* The states asked for; one that is closed asks for closed tickets. */
static void
set_states(FunctionCallInfo fcinfo, TicketList *list)
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(TSM_LIST_STATES))
		return;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(TSM_LIST_STATES), TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		const TsmState *state = nulls[i] ? NULL : tsm_state_by_name(list->desk, TextDatumGetCString(names[i]));

		if (state == NULL)
			tsm_refuse(REFUSE_BAD_FIELD, list->names[TSM_LIST_STATES], NULL, "Valid values are the states; see table estado.");
		names[i] = CStringGetTextDatum(state->name);
		list->closed |= !state->open;
	}
	if (count > 0)
		set(list, A_STATES, PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT)));
}

static void
set_agent(FunctionCallInfo fcinfo, TicketList *list, const TsmCaller *caller)
{
	bool		mine = arg_flag(fcinfo, TSM_LIST_MINE);

	list->unassigned = arg_flag(fcinfo, TSM_LIST_UNASSIGNED);
	if (mine + list->unassigned + !PG_ARGISNULL(TSM_LIST_AGENT) > 1)
		tsm_refuse(REFUSE_BAD_FIELD, list->names[mine ? TSM_LIST_MINE : TSM_LIST_UNASSIGNED],
				   "It says whose tickets, and another parameter does, too.", NULL);
	if (mine && caller->agent == NULL)
		tsm_refuse(REFUSE_BAD_FIELD, list->names[TSM_LIST_MINE], "The caller is no agent of this mesa.",
				   "Table agente names agents' database roles in usuario_bd.");
	if (mine)
		set(list, A_AGENT, UUIDPGetDatum(&caller->agent->id));
	else if (!PG_ARGISNULL(TSM_LIST_AGENT))
		set(list, A_AGENT, PG_GETARG_DATUM(TSM_LIST_AGENT));
}

static void
set_times(FunctionCallInfo fcinfo, TicketList *list)
{
	TimestampTz now = tsm_statement_time();

	set(list, A_NOW, TimestampTzGetDatum(now));
	if (!PG_ARGISNULL(TSM_LIST_DUE))
		set(list, A_DUE, DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now),
											 PG_GETARG_DATUM(TSM_LIST_DUE)));
	if (!PG_ARGISNULL(TSM_LIST_FROM))
		set(list, A_FROM, PG_GETARG_DATUM(TSM_LIST_FROM));
	if (!PG_ARGISNULL(TSM_LIST_TO))
		set(list, A_TO, PG_GETARG_DATUM(TSM_LIST_TO));
	if (!PG_ARGISNULL(TSM_LIST_OVERDUE))
	{
		list->overdue = PG_GETARG_BOOL(TSM_LIST_OVERDUE);
		list->in_time = !list->overdue;
	}
}

static void
set_requester(FunctionCallInfo fcinfo, TicketList *list)
{
	text	   *email = tsm_arg_text(fcinfo, TSM_LIST_REQUESTER);

	set_text(list, A_REQUESTER, email == NULL ? NULL : tsm_address_of(email));
}

/*
 * Whether so many tickets have a word that the index is slow to find them all, as
 * the statistics of the table know.
 */
static bool
is_frequent(void *arg, const char *word, bool prefix)
{
	const AttStatsSlot *slot = arg;
	size_t		len = strlen(word);
	double		share = 0;

	for (int i = 0; i < slot->nvalues && i < slot->nnumbers; i++)
	{
		text	   *known = DatumGetTextPP(slot->values[i]);
		size_t		width = VARSIZE_ANY_EXHDR(known);

		if ((width == len || (prefix && width > len)) && memcmp(VARDATA_ANY(known), word, len) == 0)
			share += slot->numbers[i];
	}
	return share >= FREQUENT;
}

/* Of the words those that are rare; none if all are frequent. */
static void
set_rare_words(TicketList *list, text *asked)
{
	Oid			relid = list->desk->table[TABLE_busqueda];
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid),
										Int16GetDatum(get_attnum(relid, "palabras")), BoolGetDatum(false));
	AttStatsSlot slot;
	Datum		query;

	if (!HeapTupleIsValid(tuple) ||
		!get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCELEM, InvalidOid,
						  ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		memset(&slot, 0, sizeof(slot));
	query = tsm_words_query(asked, is_frequent, &slot);
	if (query != (Datum) 0)
		set(list, A_RARE, query);
	free_attstatsslot(&slot);
	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
}

static void
set_words(FunctionCallInfo fcinfo, TicketList *list)
{
	text	   *asked = tsm_arg_text(fcinfo, TSM_LIST_TEXT);
	Datum		query;

	if (asked == NULL)
		return;
	query = tsm_words_query(asked, NULL, NULL);
	if (query == (Datum) 0)
		tsm_refuse(REFUSE_BAD_FIELD, list->names[TSM_LIST_TEXT], "It has no letter and no digit.", NULL);
	set(list, A_WORDS, query);
	set_rare_words(list, asked);
}

/* Before everything there is. */
static void
begin_list(TsmPosition *p, TsmQueueList list)
{
	bool		recent = list == LIST_RECENT;

	p->list = list;
	p->time = recent ? DT_NOEND : DT_NOBEGIN;
	memset(&p->id, recent ? 0xFF : 0, sizeof(p->id));
}

/* Where the page begins, and so in which order. */
static void
set_position(FunctionCallInfo fcinfo, TicketList *list)
{
	static const struct
	{
		const char *name;
		TsmQueueList list;
	}			orders[] = {{"creacion", LIST_CREATION}, {"reciente", LIST_RECENT}, {"limite", LIST_DEADLINE}};
	text	   *order = tsm_arg_text(fcinfo, TSM_LIST_ORDER);
	text	   *after = tsm_arg_text(fcinfo, TSM_LIST_AFTER);
	const char *name = order != NULL ? text_to_cstring(order) : orders[0].name;
	int			i = 0;

	while (i < (int) lengthof(orders) && pg_strcasecmp(orders[i].name, name) != 0)
		i++;
	if (i == (int) lengthof(orders))
		tsm_refuse(REFUSE_BAD_FIELD, list->names[TSM_LIST_ORDER], NULL, "Valid values: creacion, reciente, limite.");
	if (orders[i].list == LIST_DEADLINE && list->closed)
		tsm_refuse(REFUSE_BAD_FIELD, list->names[TSM_LIST_ORDER], "Closed tickets are due no more.",
				   "Leave them out, or choose another order.");
	begin_list(&list->position, orders[i].list);
	if (after == NULL)
		return;
	if (!tsm_cursor_read(text_to_cstring(after), &list->position) ||
		(list->position.list != orders[i].list &&
		 !(list->position.list == LIST_STANDING && orders[i].list == LIST_DEADLINE)))
		tsm_refuse(REFUSE_BAD_FIELD, list->names[TSM_LIST_AFTER], NULL,
				   "It is the cursor of a row that a call with the same order has returned.");
}

static void
read_params(FunctionCallInfo fcinfo, TicketList *list, const TsmCaller *caller)
{
	Datum		area = tsm_arg_area(fcinfo, TSM_LIST_AREA, list->desk, caller);

	memset(list->nulls, 'n', sizeof(list->nulls));
	list->closed = arg_flag(fcinfo, TSM_LIST_CLOSED);
	list->total = arg_flag(fcinfo, TSM_LIST_TOTAL);
	list->size = PG_ARGISNULL(TSM_LIST_SIZE) ? 50 : PG_GETARG_INT32(TSM_LIST_SIZE);
	if (list->size < 1 || list->size > MAX_PAGE)
		tsm_refuse(REFUSE_BAD_FIELD, list->names[TSM_LIST_SIZE], NULL, psprintf("A page has 1 to %d rows.", MAX_PAGE));
	if (area != (Datum) 0)
		set(list, A_AREA, area);
	set_states(fcinfo, list);
	set_agent(fcinfo, list, caller);
	set_name(fcinfo, list, TSM_LIST_PRIORITY, A_PRIORITY, &list->desk->priorities);
	set_name(fcinfo, list, TSM_LIST_TYPE, A_TYPE, &list->desk->types);
	set_text(list, A_CATEGORY, tsm_arg_text(fcinfo, TSM_LIST_CATEGORY));
	set_times(fcinfo, list);
	set_requester(fcinfo, list);
	set_words(fcinfo, list);
	set_position(fcinfo, list);
}

/* ----------------------------------------------------------------
 * Pieces of SQL
 * ----------------------------------------------------------------
 */

/* All that the filters demand. */
static void
append_filters(StringInfo sql, const TicketList *list)
{
	appendStringInfoString(sql, list->closed ? "true" : "t.abierto");
	for (int i = 0; i < (int) lengthof(conditions); i++)
		if (given(list, i) && !(i == A_WORDS && list->by_words))
			appendStringInfo(sql, " AND %s", conditions[i]);
	if (list->unassigned)
		appendStringInfoString(sql, " AND t.agente_id IS NULL");
	if (list->overdue)
		appendStringInfoString(sql, " AND " TSM_OVERDUE("$12"));
	if (list->in_time)
		appendStringInfoString(sql, " AND NOT (" TSM_OVERDUE("$12") ")");
}

/* The tickets that an index has together: of a requester, an agent, an area, or none of these. */
static const char *
index_key(const TicketList *list)
{
	if (given(list, A_REQUESTER))
		return conditions[A_REQUESTER];
	if (list->closed)
		return "true";
	if (list->unassigned)
		return "t.abierto AND t.agente_id IS NULL";
	if (given(list, A_AGENT))
		return "t.abierto AND t.agente_id" EQ "$3";
	if (given(list, A_AREA))
		return "t.abierto AND t.area" EQ "$2";
	return "t.abierto";
}

static bool
has_owner(const TicketList *list)
{
	return given(list, A_REQUESTER) ||
		(!list->closed && (list->unassigned || given(list, A_AGENT) || given(list, A_AREA)));
}

/* Those behind the key, and their order. */
static const char *
behind_key(TsmQueueList list)
{
	switch (list)
	{
		case LIST_DEADLINE:
			return "(t.fecha_limite_sla, t.ticket_uuid) OPERATOR(pg_catalog.>) ($13, $14)";
		case LIST_STANDING:
			return "t.fecha_limite_sla IS NULL AND (t.fecha_creacion, t.ticket_uuid) OPERATOR(pg_catalog.>) ($13, $14)";
		case LIST_RECENT:
			return "(t.fecha_creacion, t.ticket_uuid) OPERATOR(pg_catalog.<) ($13, $14)";
		case LIST_CREATION:
			break;
	}
	return "(t.fecha_creacion, t.ticket_uuid) OPERATOR(pg_catalog.>) ($13, $14)";
}

static const char *
order_of(TsmQueueList list)
{
	switch (list)
	{
		case LIST_DEADLINE:
			return "t.fecha_limite_sla, t.ticket_uuid";
		case LIST_RECENT:
			return "t.fecha_creacion DESC, t.ticket_uuid DESC";
		default:
			return "t.fecha_creacion, t.ticket_uuid";
	}
}

static void
run(TicketList *list, StringInfo sql, TsmPlanning planning)
{
	TsmQuery	query = {
		sql->data, A_COUNT_ARGS,
		{TEXTARRAYOID, TEXTOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, TSQUERYOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID, INT8OID, TIMESTAMPTZOID, TSQUERYOID},
		planning
	};

	tsm_read_once(list->desk, &query, list->args, list->nulls);
}

static int64
count_rows(TicketList *list, StringInfo sql)
{
	run(list, sql, PLAN_ONCE);
	return DatumGetInt64(tsm_read_value(0, 1));
}

static bool
is_small(TicketList *list, const char *rows)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT pg_catalog.count(*) FROM (%s LIMIT " SMALL ") AS s", rows);
	return count_rows(list, &sql) < atoi(SMALL);
}

/* ----------------------------------------------------------------
 * What a page is read from
 * ----------------------------------------------------------------
 */

/* A small set that holds the whole list, NULL if none is known. */
static const char *
small_set(TicketList *list)
{
	const char *due = NULL;

	list->by_words = given(list, A_RARE) && is_small(list, "SELECT FROM @.busqueda b WHERE " HAS_RARE);
	if (list->by_words)
		return SET_OF_WORDS;
	if (list->overdue)
		due = SET_OVERDUE;
	else if (given(list, A_DUE))
		due = SET_BEFORE("$7");
	if (list->position.list == LIST_CREATION || list->position.list == LIST_RECENT)
		return !has_owner(list) && due != NULL && is_small(list, due) ? due : NULL;
	if (has_owner(list))
	{
		char	   *owned = psprintf("SELECT t.* FROM @.ticket t WHERE %s", index_key(list));

		if (is_small(list, owned))
			return owned;
	}
	return NULL;
}

/* All of the set, sorted. */
static void
append_from_set(StringInfo sql, const TicketList *list)
{
	appendStringInfo(sql, "SELECT " COLUMNS " FROM (%s OFFSET 0) AS t WHERE ", list->set);
	append_filters(sql, list);
	appendStringInfo(sql, " AND %s ORDER BY %s LIMIT $15", behind_key(list->position.list), order_of(list->position.list));
}

/*
 * In the order of an index.  The subquery is kept apart (OFFSET 0): whatever the
 * filters promise to leave, its rows come from the index that has the order.
 */
static void
append_rows(StringInfo sql, const TicketList *list, const char *columns, const char *key, const char *order)
{
	appendStringInfo(sql, "SELECT %s FROM (SELECT t.* FROM @.ticket t WHERE %s AND %s", columns, key,
					 behind_key(list->position.list));
	appendStringInfo(sql, " ORDER BY %s OFFSET 0) AS t WHERE ", order);
	append_filters(sql, list);
}

static void
append_in_order(StringInfo sql, const TicketList *list)
{
	TsmQueueList kind = list->position.list;
	StringInfoData key;
	const char *order = order_of(kind);

	initStringInfo(&key);
	appendStringInfoString(&key, kind == LIST_STANDING && list->overdue ? STANDING_OVERDUE : index_key(list));
	for (int bound = A_FROM; bound <= A_TO; bound++)
		if (given(list, bound))
			appendStringInfo(&key, " AND %s", conditions[bound]);
	/* the index has those without an agent together, but the planner does not see that */
	if (strcmp(index_key(list), "t.abierto AND t.agente_id IS NULL") == 0 && !(kind == LIST_STANDING && list->overdue))
		order = psprintf("t.agente_id%s, %s", kind == LIST_RECENT ? " DESC" : "", order);
	append_rows(sql, list, COLUMNS, key.data, order);
	appendStringInfo(sql, " ORDER BY %s LIMIT $15", order);
}

/* By deadline: the three parts of q_queue_deadline (queue.c). */
static void
append_by_deadline(StringInfo sql, const TicketList *list)
{
	const char *until = list->overdue ? " AND t.sla_orden OPERATOR(pg_catalog.<=) $12" :
	given(list, A_DUE) ? " AND t.sla_orden OPERATOR(pg_catalog.<=) $7" : "";
	const char *order = "t.sla_orden, t.ticket_uuid";

	/* what is due and not overdue lies behind now, in the index up to the slack before it */
	if (list->in_time && given(list, A_DUE))
		until = psprintf("%s AND t.sla_orden OPERATOR(pg_catalog.>=)"
						 " ($12 OPERATOR(pg_catalog.-) '%d seconds'::pg_catalog.interval)",
						 until, (int) (TSM_ORDER_SLACK / USECS_PER_SEC));
	appendStringInfoString(sql, "WITH primeras AS MATERIALIZED (");
	append_rows(sql, list, "t.*", psprintf("t.sla_orden OPERATOR(pg_catalog.>=) $13%s", until), order);
	appendStringInfoString(sql, " ORDER BY t.sla_orden, t.ticket_uuid LIMIT $15), ultima AS MATERIALIZED ("
						   "SELECT p.sla_orden, p.ticket_uuid,"
						   " (SELECT pg_catalog.max(m.fecha_limite_sla) FROM primeras m) AS limite"
						   " FROM primeras p ORDER BY p.sla_orden, p.ticket_uuid OFFSET $15 OPERATOR(pg_catalog.-) 1) "
						   "SELECT " COLUMNS " FROM (SELECT p.* FROM primeras p UNION ALL (");
	append_rows(sql, list, "t.*", psprintf("t.sla_orden OPERATOR(pg_catalog.>=) $16"
										   " AND t.sla_orden OPERATOR(pg_catalog.<) $13%s", until), order);
	appendStringInfoString(sql, ") UNION ALL (");
	append_rows(sql, list, "t.*", psprintf("(t.sla_orden, t.ticket_uuid) OPERATOR(pg_catalog.>)"
										   " ((SELECT u.sla_orden FROM ultima u), (SELECT u.ticket_uuid FROM ultima u))"
										   " AND t.sla_orden OPERATOR(pg_catalog.<=) (SELECT u.limite FROM ultima u)%s",
										   until), order);
	appendStringInfoString(sql, ")) AS t ORDER BY t.fecha_limite_sla, t.ticket_uuid LIMIT $15");
}

/* ----------------------------------------------------------------
 * Rows
 * ----------------------------------------------------------------
 */

/* Hand on the rows of SPI_tuptable; returns how many. */
static int
put_rows(TicketList *list, int64 total, void (*emit) (void *arg, Datum *values, bool *nulls), void *arg)
{
	static const TsmLeftFrom from = {
		TSM_ROW_UUID, TSM_ROW_VERSION, READ_CALENDAR, TSM_ROW_TARGET, TSM_ROW_DEADLINE, TSM_ROW_LEFT
	};
	SPITupleTable *rows = SPI_tuptable;
	int			count = (int) SPI_processed;
	TsmPosition here = list->position;

	for (int i = 0; i < count; i++)
	{
		Datum		values[TSM_ROW_COLUMNS];
		bool		nulls[TSM_ROW_COLUMNS];

		heap_deform_tuple(rows->vals[i], rows->tupdesc, values, nulls);
		here.time = DatumGetTimestampTz(values[here.list == LIST_DEADLINE ? TSM_ROW_DEADLINE : TSM_ROW_CREATED]);
		here.id = *DatumGetUUIDP(values[TSM_ROW_UUID]);
		values[TSM_ROW_LEFT] = tsm_interval(tsm_left_of(list->desk, values, nulls, &from,
														DatumGetTimestampTz(list->args[A_NOW])));
		nulls[TSM_ROW_LEFT] = false;
		values[TSM_ROW_CURSOR] = PointerGetDatum(tsm_cursor_of(&here));
		nulls[TSM_ROW_CURSOR] = false;
		values[TSM_ROW_TOTAL] = Int64GetDatum(total);
		nulls[TSM_ROW_TOTAL] = total < 0;
		emit(arg, values, nulls);
	}
	return count;
}

static void
read_page(TicketList *list)
{
	StringInfoData sql;
	TimestampTz time = list->position.time;

	set(list, A_TIME, TimestampTzGetDatum(time));
	set(list, A_ORDER, TimestampTzGetDatum(Max(time, DT_NOBEGIN + TSM_ORDER_SLACK) - TSM_ORDER_SLACK));
	set(list, A_UUID, UUIDPGetDatum(&list->position.id));
	set(list, A_COUNT, Int64GetDatum(list->size));
	initStringInfo(&sql);
	if (list->set != NULL)
		append_from_set(&sql, list);
	else if (list->position.list == LIST_DEADLINE)
		append_by_deadline(&sql, list);
	else
		append_in_order(&sql, list);
	run(list, &sql, list->set != NULL ? PLAN_ONCE : PLAN_BY_INDEX);
}

static int64
count_all(TicketList *list)
{
	StringInfoData sql;

	if (!list->total)
		return -1;
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT pg_catalog.count(*) FROM (%s OFFSET 0) AS t WHERE ",
					 list->set != NULL ? list->set : psprintf("SELECT t.* FROM @.ticket t WHERE %s", index_key(list)));
	append_filters(&sql, list);
	return count_rows(list, &sql);
}

int64
tsm_list(FunctionCallInfo fcinfo, const char *const *names, const TsmDesk *desk, const TsmCaller *caller,
		 void (*emit) (void *arg, Datum *values, bool *nulls), void *arg)
{
	TicketList	list = {.desk = desk,.names = names};
	TsmIdentity saved;
	int64		total;
	bool		begun;

	read_params(fcinfo, &list, caller);
	saved = tsm_enter(desk);
	begun = tsm_read_begin(desk);
	list.set = small_set(&list);
	total = count_all(&list);
	for (;;)
	{
		read_page(&list);
		list.size -= put_rows(&list, total, emit, arg);
		/* what is to be due has a deadline */
		if (list.position.list != LIST_DEADLINE || list.size == 0 || given(&list, A_DUE))
			break;
		/* then those whose clock is paused, from the first one on */
		begin_list(&list.position, LIST_STANDING);
	}
	tsm_read_end(begun);
	tsm_leave(saved);
	return total;
}

static void
put_tuple(void *arg, Datum *values, bool *nulls)
{
	ReturnSetInfo *rsinfo = arg;

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* fn_lista(estados, area, ...) */
Datum
tsm_fn_lista(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {
		"estados", "area", "agente_id", "mios", "sin_asignar", "prioridad", "tipo", "categoria", "vencido", "vence_en",
		"solicitante", "creado_desde", "creado_hasta", "texto", "cerrados", "orden", "despues", "tamano", "con_total"
	};
	const TsmDesk *desk = tsm_desk_current();
	TsmCaller	caller;

	tsm_caller_begin(desk, &caller, OP_CONSULTAR);
	tsm_caller_require_agent(&caller);
	InitMaterializedSRF(fcinfo, 0);
	(void) tsm_list(fcinfo, names, desk, &caller, put_tuple, fcinfo->resultinfo);
	return (Datum) 0;
}
