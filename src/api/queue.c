/*-------------------------------------------------------------------------
 *
 * queue.c
 *	  fn_bandeja: the queue of open tickets, page by page.
 *
 * A page begins behind the last row of the one before, known by its key: the
 * creation, or the deadline, and the uuid.  So a row that does not change its
 * key is neither shown twice nor left out, whatever happens to others
 * meanwhile.
 *
 * In the order of creation an index has the page, wherever it is.  There is
 * none on the deadline, which would take HOT from every pausar and reabrir, but
 * one on sla_orden, a bound of it (sla/clock.c).  In the order of that a page is
 * a little longer, and sorted then.
 *
 * Those without a deadline (the clock is paused) come last, in the order of their
 * creation: they are picked from all the open tickets, by a query of their own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_bandeja);

/*
 * Rows of the queue.  The subquery is kept apart (OFFSET 0): whatever the
 * filters promise to leave, its rows come from the index that has the order.
 */
#define QUEUE_ROWS(key, order) \
	"SELECT q.ticket_uuid, q.ticket_label, q.estado, q.tipo, q.categoria, q.prioridad," \
	" q.area, q.agente_id, q.asunto, q.solicitante_nombre, q.solicitante_email," \
	" q.fecha_creacion, q.actualizado_en, q.sla_horas, q.fecha_limite_sla," \
	" q.vencido, q.version, q.sla_orden, q.sla_calendario, q.sla_objetivo, q.sla_restante" \
	" FROM (SELECT t.*, " TSM_OVERDUE("$4") " AS vencido" \
	"  FROM @.ticket t WHERE " key " ORDER BY " order " OFFSET 0) AS q" \
	" WHERE q.abierto AND ($5 IS NULL OR q.estado::pg_catalog.text" EQ "ANY ($5))" \
	" AND ($6 IS NULL OR q.area" EQ "$6)" \
	" AND ($7 IS NULL OR q.agente_id" EQ "$7)" \
	" AND ($8 IS NULL OR q.prioridad" EQ "$8)" \
	" AND ($9 IS NULL OR q.vencido" EQ "$9)" \
	" AND ($10 IS NULL OR pg_catalog.strpos(pg_catalog.lower(pg_catalog.concat_ws(E'\n', q.ticket_label," \
	"  q.asunto, q.categoria, q.subcategoria, q.solicitante_nombre, q.solicitante_email," \
	"  q.descripcion)), $10) OPERATOR(pg_catalog.>) 0)"

/*
 * The first rows of some, as a page: in the place of the hours and of the
 * cursor what put_rows() makes them of.
 */
#define QUEUE_PAGE(rows, order) \
	"SELECT f.ticket_uuid, f.ticket_label, f.estado, f.tipo, f.categoria, f.prioridad," \
	" f.area, f.agente_id, (SELECT g.nombre FROM @.agente g WHERE g.agente_id" EQ "f.agente_id)," \
	" f.asunto, f.solicitante_nombre, f.solicitante_email," \
	" f.fecha_creacion, f.actualizado_en, f.sla_horas, f.fecha_limite_sla," \
	" f.sla_restante, f.vencido, f.version, f.sla_calendario, f.sla_objetivo" \
	" FROM (" rows ") AS f ORDER BY " order " LIMIT $3"

/*
 * Those beyond the key in the order of deadlines.  The index has that of
 * sla_orden, which is the deadline or a little before it.
 */
#define QUEUE_ROWS_BY_ORDER(part) \
	QUEUE_ROWS(part " AND (t.fecha_limite_sla, t.ticket_uuid) OPERATOR(pg_catalog.>) ($1, $2)", \
			   "t.sla_orden, t.ticket_uuid")

#define QUEUE_ARGS 11, {TIMESTAMPTZOID, UUIDOID, INT8OID, TIMESTAMPTZOID, TEXTARRAYOID, \
		TEXTOID, UUIDOID, TEXTOID, BOOLOID, TEXTOID, TIMESTAMPTZOID}

/*
 * $11 is $1 less TSM_ORDER_SLACK: no row beyond the key has its sla_orden
 * before that.  They are read in three parts, each row once: as many of
 * those from $1 on as fill a page; those before $1; and if the first part
 * is full, those after it whose sla_orden is not beyond its latest
 * deadline.  The others have a later one than a page full of rows.
 */
static const TsmQuery q_queue_deadline = {
	"WITH primeras AS MATERIALIZED ("
	QUEUE_ROWS_BY_ORDER("t.sla_orden OPERATOR(pg_catalog.>=) $1")
	" LIMIT $3)"
	", ultima AS MATERIALIZED (SELECT p.sla_orden, p.ticket_uuid,"
	"  (SELECT pg_catalog.max(m.fecha_limite_sla) FROM primeras m) AS limite"
	"  FROM primeras p ORDER BY p.sla_orden, p.ticket_uuid OFFSET $3 OPERATOR(pg_catalog.-) 1) "
	QUEUE_PAGE("SELECT p.* FROM primeras p UNION ALL ("
			   QUEUE_ROWS_BY_ORDER("t.sla_orden OPERATOR(pg_catalog.>=) $11"
								   " AND t.sla_orden OPERATOR(pg_catalog.<) $1")
			   ") UNION ALL ("
			   QUEUE_ROWS_BY_ORDER("(t.sla_orden, t.ticket_uuid) OPERATOR(pg_catalog.>)"
								   " ((SELECT u.sla_orden FROM ultima u), (SELECT u.ticket_uuid FROM ultima u))"
								   " AND t.sla_orden OPERATOR(pg_catalog.<=) (SELECT u.limite FROM ultima u)")
			   ")", "f.fecha_limite_sla, f.ticket_uuid"),
	QUEUE_ARGS, PLAN_BY_INDEX
};

static const TsmQuery q_queue_standing = {
	QUEUE_PAGE(QUEUE_ROWS("t.abierto AND t.fecha_limite_sla IS NULL"
						  " AND (t.fecha_creacion, t.ticket_uuid) OPERATOR(pg_catalog.>) ($1, $2)",
						  "t.fecha_creacion, t.ticket_uuid"),
			   "f.fecha_creacion, f.ticket_uuid"),
	QUEUE_ARGS, PLAN_BY_INDEX
};

static const TsmQuery q_queue_creation = {
	QUEUE_PAGE(QUEUE_ROWS("t.abierto AND (t.fecha_creacion, t.ticket_uuid) OPERATOR(pg_catalog.>) ($1, $2)",
						  "t.fecha_creacion, t.ticket_uuid"),
			   "f.fecha_creacion, f.ticket_uuid"),
	QUEUE_ARGS, PLAN_BY_INDEX
};

#define MAX_PAGE 500

/* Parameters of fn_bandeja. */
enum
{
	P_ESTADOS, P_AREA, P_AGENTE, P_PRIORIDAD, P_VENCIDO, P_TEXTO, P_ORDEN, P_DESPUES, P_TAMANO
};

/* Arguments of the queries. */
enum
{
	A_TIME, A_UUID, A_COUNT, A_NOW, A_STATES, A_AREA, A_AGENT, A_PRIORITY, A_OVERDUE, A_TEXT, A_ORDER, A_COUNT_ARGS
};

/* Columns of type ticket_en_bandeja; and what the queries give instead of two of them, or besides. */
enum
{
	B_UUID, B_CREATED = 12, B_DEADLINE = 15, B_HOURS, B_VERSION = 18, B_CURSOR, B_COLUMNS,
	B_LEFT = B_HOURS, B_CALENDAR = B_CURSOR, B_TARGET, B_READ
};

static const char list_letters[] = "lpcr";
static const TsmQuery *const list_queries[] = {&q_queue_deadline, &q_queue_standing, &q_queue_creation};

/* letter, time and uuid in hexadecimal */
#define CURSOR_LENGTH (1 + 16 + 2 * UUID_LEN)

text *
tsm_cursor_of(const TsmPosition *p)
{
	char		str[CURSOR_LENGTH + 1];
	char	   *end = str;

	end += sprintf(end, "%c%016llx", list_letters[p->list], (unsigned long long) p->time);
	for (int i = 0; i < UUID_LEN; i++)
		end += sprintf(end, "%02x", p->id.data[i]);
	return cstring_to_text_with_len(str, CURSOR_LENGTH);
}

/* Value of some hexadecimal digits, -1 if they are none. */
static int
hex_byte(const char *str)
{
	int			value = 0;

	for (int i = 0; i < 2; i++)
	{
		char		c = str[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + c - 'a' + 10;
		else
			return -1;
	}
	return value;
}

bool
tsm_cursor_read(const char *str, TsmPosition *p)
{
	const char *letter;
	uint64		time = 0;

	if (strlen(str) != CURSOR_LENGTH || (letter = strchr(list_letters, str[0])) == NULL)
		return false;
	p->list = (TsmQueueList) (letter - list_letters);
	for (int i = 0; i < 8 + UUID_LEN; i++)
	{
		int			byte = hex_byte(str + 1 + 2 * i);

		if (byte < 0)
			return false;
		if (i < 8)
			time = time << 8 | (uint64) byte;
		else
			p->id.data[i - 8] = (unsigned char) byte;
	}
	p->time = (TimestampTz) time;
	return true;
}

/* Where the page begins, and so in which order. */
static void
arg_position(FunctionCallInfo fcinfo, TsmPosition *p)
{
	text	   *order = tsm_arg_text(fcinfo, P_ORDEN);
	text	   *after = tsm_arg_text(fcinfo, P_DESPUES);
	char	   *name = order != NULL ? text_to_cstring(order) : pstrdup("creacion");

	memset(p, 0, sizeof(TsmPosition));
	p->time = DT_NOBEGIN;
	if (pg_strcasecmp(name, "creacion") == 0)
		p->list = LIST_CREATION;
	else if (pg_strcasecmp(name, "limite") == 0)
		p->list = LIST_DEADLINE;
	else
		tsm_refuse(REFUSE_BAD_FIELD, "orden", NULL, "Valid values: creacion, limite.");

	if (after != NULL)
	{
		bool		by_creation = p->list == LIST_CREATION;

		if (!tsm_cursor_read(text_to_cstring(after), p) || p->list == LIST_RECENT || (p->list == LIST_CREATION) != by_creation)
			tsm_refuse(REFUSE_BAD_FIELD, "despues", NULL, "It is the cursor of a row that a call with the same order has returned.");
	}
}

/* The states asked for, as their names; 0 if none were. */
static Datum
arg_states(FunctionCallInfo fcinfo, const TsmDesk *desk)
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(P_ESTADOS))
		return (Datum) 0;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(P_ESTADOS), TEXTOID, -1, false, TYPALIGN_INT,
					  &names, &nulls, &count);
	if (count == 0)
		return (Datum) 0;
	for (int i = 0; i < count; i++)
	{
		char	   *name = nulls[i] ? pstrdup("") : TextDatumGetCString(names[i]);
		const TsmState *found = tsm_state_by_name(desk, name);

		if (found == NULL || !found->open)
			tsm_refuse(REFUSE_BAD_FIELD, "estados", NULL, "Valid values are the states that are open; see table estado.");
		names[i] = CStringGetTextDatum(found->name);
	}
	return PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum
tsm_arg_area(FunctionCallInfo fcinfo, int argno, const TsmDesk *desk, const TsmCaller *caller)
{
	const TsmName *area = tsm_arg_name(fcinfo, argno, "area", desk, &desk->areas, false);

	if (area != NULL)
		tsm_caller_require_area(caller, area->name);
	else if (!tsm_caller_sees_all(caller))
	{
		/* fails when there is none */
		const char *own = tsm_caller_area(caller);

		tsm_caller_require_area(caller, own != NULL ? own : "");
		return CStringGetTextDatum(own);
	}
	return area != NULL ? CStringGetTextDatum(area->name) : (Datum) 0;
}

static int
arg_size(FunctionCallInfo fcinfo)
{
	int			size = PG_ARGISNULL(P_TAMANO) ? 50 : PG_GETARG_INT32(P_TAMANO);

	if (size < 1 || size > MAX_PAGE)
		tsm_refuse(REFUSE_BAD_FIELD, "tamano", NULL, psprintf("A page has 1 to %d rows.", MAX_PAGE));
	return size;
}

static void
set(Datum *args, char *nulls, int i, Datum value)
{
	args[i] = value;
	nulls[i] = ' ';
}

static void
filter_args(FunctionCallInfo fcinfo, const TsmDesk *desk, const TsmCaller *caller, Datum *args, char *nulls)
{
	Datum		states = arg_states(fcinfo, desk);
	Datum		area = tsm_arg_area(fcinfo, P_AREA, desk, caller);
	const TsmName *priority = tsm_arg_name(fcinfo, P_PRIORIDAD, "prioridad", desk, &desk->priorities, false);
	text	   *search = tsm_arg_text(fcinfo, P_TEXTO);

	if (states != (Datum) 0)
		set(args, nulls, A_STATES, states);
	if (area != (Datum) 0)
		set(args, nulls, A_AREA, area);
	if (!PG_ARGISNULL(P_AGENTE))
		set(args, nulls, A_AGENT, PG_GETARG_DATUM(P_AGENTE));
	if (priority != NULL)
		set(args, nulls, A_PRIORITY, CStringGetTextDatum(priority->name));
	if (!PG_ARGISNULL(P_VENCIDO))
		set(args, nulls, A_OVERDUE, PG_GETARG_DATUM(P_VENCIDO));
	if (search != NULL)
		set(args, nulls, A_TEXT, DirectFunctionCall1Coll(lower, DEFAULT_COLLATION_OID, PointerGetDatum(search)));
	set(args, nulls, A_NOW, TimestampTzGetDatum(tsm_statement_time()));
}

int64
tsm_left_of(const TsmDesk *desk, const Datum *values, const bool *nulls, const TsmLeftFrom *from, TimestampTz now)
{
	const struct
	{
		TicketColumn column;
		int			from;
	}			columns[] = {
		{TC_ticket_uuid, from->id}, {TC_fecha_limite_sla, from->deadline}, {TC_sla_restante, from->left},
		{TC_sla_calendario, from->calendar}, {TC_sla_objetivo, from->target}
	};
	TicketRow	row;

	for (size_t i = 0; i < lengthof(columns); i++)
	{
		row.value[columns[i].column] = values[columns[i].from];
		row.isnull[columns[i].column] = nulls[columns[i].from];
	}
	return tsm_sla_left(desk, &row, DatumGetInt32(values[from->version]), now);
}

/* The hours that are left of the target of a row that was read, as a numeric. */
static Datum
hours_left(const TsmDesk *desk, const Datum *values, const bool *nulls, TimestampTz now)
{
	static const TsmLeftFrom from = {B_UUID, B_VERSION, B_CALENDAR, B_TARGET, B_DEADLINE, B_LEFT};
	int64		usec = tsm_left_of(desk, values, nulls, &from, now);

	return DirectFunctionCall2(numeric_round,
							   DirectFunctionCall2(numeric_div, NumericGetDatum(int64_to_numeric(usec)),
												   NumericGetDatum(int64_to_numeric(USECS_PER_HOUR))),
							   Int32GetDatum(2));
}

/* The rows of SPI_tuptable, each with its hours and its cursor. */
static void
put_rows(ReturnSetInfo *rsinfo, const TsmDesk *desk, TsmQueueList list, TimestampTz now)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[B_READ];
		bool		nulls[B_READ];
		TsmPosition here = {.list = list};

		heap_deform_tuple(SPI_tuptable->vals[i], desc, values, nulls);
		here.time = DatumGetTimestampTz(values[list == LIST_DEADLINE ? B_DEADLINE : B_CREATED]);
		here.id = *DatumGetUUIDP(values[B_UUID]);
		values[B_HOURS] = hours_left(desk, values, nulls, now);
		nulls[B_HOURS] = false;
		values[B_CURSOR] = PointerGetDatum(tsm_cursor_of(&here));
		nulls[B_CURSOR] = false;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/*
 * fn_bandeja(estados, area, agente_id, prioridad, vencido, texto, orden,
 * despues, tamano): a page of the queue.
 */
Datum
tsm_fn_bandeja(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk = tsm_desk_current();
	Datum		args[A_COUNT_ARGS] = {0};
	char		nulls[A_COUNT_ARGS];
	TsmCaller	caller;
	TsmIdentity saved;
	TsmPosition position;
	bool		begun;
	int			wanted;

	tsm_caller_begin(desk, &caller, OP_CONSULTAR);
	tsm_caller_require_agent(&caller);
	memset(nulls, 'n', sizeof(nulls));
	filter_args(fcinfo, desk, &caller, args, nulls);
	arg_position(fcinfo, &position);
	wanted = arg_size(fcinfo);

	InitMaterializedSRF(fcinfo, 0);
	saved = tsm_enter(desk);
	begun = tsm_read_begin(desk);
	for (;;)
	{
		set(args, nulls, A_TIME, TimestampTzGetDatum(position.time));
		set(args, nulls, A_ORDER, TimestampTzGetDatum(Max(position.time, DT_NOBEGIN + TSM_ORDER_SLACK) -
													  TSM_ORDER_SLACK));
		set(args, nulls, A_UUID, UUIDPGetDatum(&position.id));
		set(args, nulls, A_COUNT, Int64GetDatum(wanted));
		tsm_read_nulls(desk, list_queries[position.list], args, nulls);
		put_rows((ReturnSetInfo *) fcinfo->resultinfo, desk, position.list,
				 DatumGetTimestampTz(args[A_NOW]));
		wanted -= (int) SPI_processed;
		if (position.list != LIST_DEADLINE || wanted == 0)
			break;
		/* then those whose clock is paused, from the first one on */
		memset(&position, 0, sizeof(position));
		position.list = LIST_STANDING;
		position.time = DT_NOBEGIN;
	}
	tsm_read_end(begun);
	tsm_leave(saved);
	return (Datum) 0;
}
