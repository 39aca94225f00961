/*-------------------------------------------------------------------------
 *
 * queue.c
 *	  fn_bandeja: the queue of open tickets, page by page.
 *
 * A page begins behind the last row of the one before, told by its key: the
 * creation, or the deadline, and the uuid.  So a row that does not change its
 * key is neither shown twice nor left out, whatever happens to others
 * meanwhile.
 *
 * In the order of creation an index has the page, wherever it is.  There is
 * none on the deadline, which would take HOT from every pausar and reabrir, but
 * one on sla_orden, a bound of it (sla.c).  In the order of that a page is a
 * little longer; it is put into order then (plans.c).
 *
 * Those without a deadline (the clock stands) come last, in the order of their
 * creation: they are picked from all the open tickets, by a query of their own.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tsm_fn_bandeja);

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

/* Columns of type ticket_en_bandeja; the queries give all but the last. */
enum
{
	B_UUID, B_CREATED = 11, B_DEADLINE = 14, B_CURSOR = 18, B_COLUMNS
};

/* The lists that a page goes through, and their letters in a cursor. */
typedef enum QueueList
{
	LIST_DEADLINE,
	LIST_STANDING,
	LIST_CREATION
} QueueList;

static const char list_letters[] = "lpc";
static const TsmQuery list_queries[] = {Q_QUEUE_DEADLINE, Q_QUEUE_STANDING, Q_QUEUE_CREATION};

/* Where a page begins: behind this row. */
typedef struct Position
{
	QueueList	list;
	TimestampTz time;
	pg_uuid_t	id;
} Position;

/* letter, time and uuid in hexadecimal */
#define CURSOR_LENGTH (1 + 16 + 2 * UUID_LEN)

static void
bad_field(const char *field, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("field \"%s\" has an invalid value", field),
			 errhint("%s", hint)));
}

static text *
cursor_of(const Position *p)
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

static bool
parse_cursor(const char *str, Position *p)
{
	const char *letter;
	uint64		time = 0;

	if (strlen(str) != CURSOR_LENGTH || (letter = strchr(list_letters, str[0])) == NULL)
		return false;
	p->list = (QueueList) (letter - list_letters);
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
arg_position(FunctionCallInfo fcinfo, Position *p)
{
	text	   *order = tsm_arg_text(fcinfo, P_ORDEN);
	text	   *after = tsm_arg_text(fcinfo, P_DESPUES);
	char	   *name = order != NULL ? text_to_cstring(order) : pstrdup("creacion");

	memset(p, 0, sizeof(Position));
	p->time = DT_NOBEGIN;
	if (pg_strcasecmp(name, "creacion") == 0)
		p->list = LIST_CREATION;
	else if (pg_strcasecmp(name, "limite") == 0)
		p->list = LIST_DEADLINE;
	else
		bad_field("orden", "Valid values: creacion, limite.");

	if (after != NULL)
	{
		bool		by_creation = p->list == LIST_CREATION;

		if (!parse_cursor(text_to_cstring(after), p) || (p->list == LIST_CREATION) != by_creation)
			bad_field("despues", "It is the cursor of a row that a call with the same order has returned.");
	}
}

/* The states asked for, as their names; 0 if none were. */
static Datum
arg_states(FunctionCallInfo fcinfo, const TsmMesa *mesa)
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
		const TsmState *found = NULL;

		for (int s = 0; s < mesa->nstates && found == NULL; s++)
			if (mesa->state[s].open && pg_strcasecmp(mesa->state[s].name, name) == 0)
				found = &mesa->state[s];
		if (found == NULL)
			bad_field("estados", "Valid values are the states that are open; see table estado.");
		names[i] = CStringGetTextDatum(found->name);
	}
	return PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The area to show: what was asked for, and what the caller may see. */
static Datum
arg_area(FunctionCallInfo fcinfo, const TsmMesa *mesa, const TsmCaller *caller)
{
	const TsmName *area = tsm_arg_name(fcinfo, P_AREA, "area", &mesa->areas, false);

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
		bad_field("tamano", psprintf("A page has 1 to %d rows.", MAX_PAGE));
	return size;
}

static void
set(Datum *args, char *nulls, int i, Datum value)
{
	args[i] = value;
	nulls[i] = ' ';
}

static void
filter_args(FunctionCallInfo fcinfo, const TsmMesa *mesa, const TsmCaller *caller, Datum *args, char *nulls)
{
	Datum		states = arg_states(fcinfo, mesa);
	Datum		area = arg_area(fcinfo, mesa, caller);
	const TsmName *priority = tsm_arg_name(fcinfo, P_PRIORIDAD, "prioridad", &mesa->priorities, false);
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
	set(args, nulls, A_NOW, TimestampTzGetDatum(GetCurrentStatementStartTimestamp() +
												(int64) tsm_clock_offset * USECS_PER_SEC));
}

/* The rows of SPI_tuptable, each with its cursor. */
static void
put_rows(ReturnSetInfo *rsinfo, QueueList list)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[B_COLUMNS];
		bool		nulls[B_COLUMNS];
		Position	here = {.list = list};

		heap_deform_tuple(SPI_tuptable->vals[i], desc, values, nulls);
		here.time = DatumGetTimestampTz(values[list == LIST_DEADLINE ? B_DEADLINE : B_CREATED]);
		here.id = *DatumGetUUIDP(values[B_UUID]);
		values[B_CURSOR] = PointerGetDatum(cursor_of(&here));
		nulls[B_CURSOR] = false;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

typedef struct Reading
{
	const TsmMesa *mesa;
	TsmQuery	query;
	Datum	   *args;
	const char *nulls;
} Reading;

static void
read_list(void *arg)
{
	Reading    *r = (Reading *) arg;

	tsm_read_nulls(r->mesa, r->query, r->args, r->nulls);
}

/*
 * fn_bandeja(estados, area, agente_id, prioridad, vencido, texto, orden,
 * despues, tamano): a page of the queue.
 */
Datum
tsm_fn_bandeja(PG_FUNCTION_ARGS)
{
	const TsmMesa *mesa = tsm_mesa_current();
	Datum		args[A_COUNT_ARGS] = {0};
	char		nulls[A_COUNT_ARGS];
	TsmCaller	caller;
	Reading		reading = {mesa, Q_QUEUE_DEADLINE, args, nulls};
	TsmIdentity saved;
	Position	position;
	int			wanted;

	tsm_caller_identify(mesa, &caller);
	tsm_caller_require(mesa, &caller, OP_CONSULTAR);
	tsm_caller_require_agent(&caller);
	memset(nulls, 'n', sizeof(nulls));
	filter_args(fcinfo, mesa, &caller, args, nulls);
	arg_position(fcinfo, &position);
	wanted = arg_size(fcinfo);

	InitMaterializedSRF(fcinfo, 0);
	saved = tsm_enter(mesa);
	for (;;)
	{
		set(args, nulls, A_TIME, TimestampTzGetDatum(position.time));
		set(args, nulls, A_ORDER, TimestampTzGetDatum(Max(position.time, DT_NOBEGIN + TSM_ORDER_SLACK) -
													  TSM_ORDER_SLACK));
		set(args, nulls, A_UUID, UUIDPGetDatum(&position.id));
		set(args, nulls, A_COUNT, Int64GetDatum(wanted));
		reading.query = list_queries[position.list];
		tsm_in_index_order(read_list, &reading);
		put_rows((ReturnSetInfo *) fcinfo->resultinfo, position.list);
		wanted -= (int) SPI_processed;
		if (position.list != LIST_DEADLINE || wanted == 0)
			break;
		/* then those whose clock stands, from the first one on */
		memset(&position, 0, sizeof(position));
		position.list = LIST_STANDING;
		position.time = DT_NOBEGIN;
	}
	tsm_leave(saved);
	return (Datum) 0;
}
