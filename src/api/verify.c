/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  fn_verificar: the proof that nobody went round the guard.
 *
 * Tickets and history are read side by side, both in the order of the uuid,
 * so that the memory needed does not grow with their number.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_verificar);

#define EQ " OPERATOR(pg_catalog.=) "

static const TsmQuery q_verify_tickets = {
	"SELECT t.ticket_uuid, t.ticket_label, t.estado, t.area, t.prioridad, t.agente_id,"
	" t.version, t.fecha_creacion, t.actualizado_en, t.abierto, t.cerrado_en IS NULL,"
	" t.tipo, t.categoria, t.subcategoria, t.respuesta_cliente, t.sla_calendario, t.sla_objetivo,"
	" t.fecha_limite_sla, t.sla_restante, t.sla_incumplido_en, t.atencion_calendario,"
	" t.atencion_objetivo, t.atencion_limite, t.atencion_incumplido_en, t.atendido_en,"
	" t.sla_politica, t.atencion_politica, t.sla_revisar_en, t.sla_orden, t.hash"
	" FROM @.ticket t"
	" WHERE t.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND t.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	" ORDER BY t.ticket_uuid",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

/* In the order of TSM_HISTORY_COLUMNS. */
static const TsmQuery q_verify_history = {
	"SELECT h.ticket_uuid, h.version, h.forma, h.operacion, h.ocurrido_en, h.ticket_label,"
	" h.estado_antes, h.estado_despues, h.area_antes, h.area_despues,"
	" h.prioridad_antes, h.prioridad_despues, h.agente_antes, h.agente_despues,"
	" h.tipo_antes, h.tipo_despues, h.categoria_antes, h.categoria_despues,"
	" h.subcategoria_antes, h.subcategoria_despues, h.reloj, h.sla, h.actor_id, h.actor_nombre,"
	" h.actor_rol, h.usuario_bd, h.huella_textos, h.huella_datos,"
	" h.motivo, h.nota, h.respuesta, h.cambios, h.ip, h.sal, h.hash"
	" FROM @.historial h"
	" WHERE h.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND h.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	" ORDER BY h.ticket_uuid, h.version",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

/* Labels that are no labels. */
static const TsmQuery q_verify_labels = {
	"SELECT t.ticket_uuid, t.ticket_label FROM @.ticket t"
	" WHERE t.ticket_label OPERATOR(pg_catalog.!~) '^[A-Z][A-Z0-9]*-[0-9]{4,9}-[0-9]{1,18}$'",
	0, {0}, PLAN_AS_NEEDED
};

/* Years whose numbers are not 1, 2, ... ultimo, with some of the culprits. */
static const TsmQuery q_verify_years = {
	"WITH numero AS MATERIALIZED ("
	" SELECT m[1]::pg_catalog.int4 AS anio, m[2]::pg_catalog.int8 AS n FROM @.ticket t,"
	" pg_catalog.regexp_match(t.ticket_label, '^[A-Z][A-Z0-9]*-([0-9]{4,9})-([0-9]{1,18})$') AS m"
	" WHERE m IS NOT NULL)"
	", por_anio AS (SELECT n.anio, pg_catalog.count(*) AS cuenta,"
	" pg_catalog.count(DISTINCT n.n) AS distintos, pg_catalog.min(n.n) AS minimo,"
	" pg_catalog.max(n.n) AS maximo FROM numero n GROUP BY n.anio)"
	" SELECT COALESCE(c.anio, p.anio), COALESCE(c.ultimo, 0), COALESCE(p.cuenta, 0),"
	" (SELECT pg_catalog.string_agg(f.i::pg_catalog.text, ', ' ORDER BY f.i) FROM ("
	"  SELECT g.i FROM pg_catalog.generate_series(1::pg_catalog.int8,"
	"   GREATEST(c.ultimo, p.maximo)) AS g(i)"
	"  WHERE NOT EXISTS (SELECT FROM numero n WHERE n.anio" EQ "COALESCE(c.anio, p.anio)"
	"   AND n.n" EQ "g.i) LIMIT 10) AS f)"
	" FROM @.contador c FULL JOIN por_anio p ON p.anio" EQ "c.anio"
	" WHERE COALESCE(c.ultimo, -1) OPERATOR(pg_catalog.<>) COALESCE(p.maximo, 0)"
	" OR p.cuenta OPERATOR(pg_catalog.<>) p.maximo"
	" OR p.cuenta OPERATOR(pg_catalog.<>) p.distintos OR p.minimo OPERATOR(pg_catalog.<>) 1"
	" ORDER BY 1",
	0, {0}, PLAN_AS_NEEDED
};

/* Ways round the guard that only the owner can open. */
static const TsmQuery q_verify_guard = {
	"SELECT d.tabla, d.disparador, 'falta' FROM pg_catalog.pg_namespace n,"
	" ticket_sm.disparadores_que_faltan(n.nspname) AS d WHERE n.oid" EQ "$1"
	" UNION ALL SELECT c.relname, r.rulename, 'regla'"
	" FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid" EQ "r.ev_class"
	" WHERE c.relnamespace" EQ "$1 AND c.relkind" EQ "'r'::pg_catalog.\"char\"",
	1, {OIDOID}, PLAN_AS_NEEDED
};

#define BATCH 1000

/* Columns of Q_VERIFY_TICKETS. */
enum
{
	V_UUID = 1, V_LABEL, V_STATE, V_AREA, V_PRIORITY, V_AGENT, V_VERSION,
	V_CREATED, V_UPDATED, V_OPEN, V_NOT_CLOSED, V_TYPE, V_CATEGORY, V_SUBCATEGORY, V_ANSWER,
	V_SLA_CALENDAR, V_SLA_TARGET, V_SLA_DEADLINE, V_SLA_LEFT, V_SLA_BREACHED,
	V_ATT_CALENDAR, V_ATT_TARGET, V_ATT_DEADLINE, V_ATT_BREACHED, V_ATTENDED,
	V_SLA_POLICY, V_ATT_POLICY, V_SLA_LOOK, V_SLA_ORDER, V_HASH
};

/* Columns of a ticket that the history tells among the other changes. */
static const struct
{
	const char *column;
	int			attnum;			/* in Q_VERIFY_TICKETS */
	bool		always;			/* what was never told is null */
}			sla_facts[] = {
	{"sla_incumplido_en", V_SLA_BREACHED, true},
	{"atencion_incumplido_en", V_ATT_BREACHED, true},
	{"sla_politica", V_SLA_POLICY, true},
	{"atencion_politica", V_ATT_POLICY, true},
	{"sla_calendario", V_SLA_CALENDAR, true},
	{"atencion_calendario", V_ATT_CALENDAR, true},
	{"atencion_objetivo", V_ATT_TARGET, true},
	/* without a policy it is the priority's hours, at first untold */
	{"sla_objetivo", V_SLA_TARGET, false},
};

#define SLA_FACTS ((int) lengthof(sla_facts))

/* A cursor over rows that begin with a ticket's uuid. */
typedef struct Reader
{
	Portal		portal;
	SPITupleTable *batch;
	uint64		next;
	HeapTuple	row;			/* the current one, NULL at the end */
	pg_uuid_t	id;
} Reader;

/* What is known of a ticket from the events read so far. */
typedef struct Chain
{
	int			events;
	int			version;		/* of the last one */
	uint8		hash[TSM_HASH_LENGTH];
	bool		hash_known;
	TimestampTz created;
	TimestampTz updated;
	Oid			state;
	char	   *label;
	char	   *area;
	char	   *priority;
	char	   *agent;			/* NULL: none */
	char	   *type;
	char	   *category;
	char	   *subcategory;	/* NULL: none */
	char	   *answer;			/* NULL: none */
	bool		told[SLA_FACTS];	/* the history has told it */
	char	   *fact[SLA_FACTS];	/* last, NULL: null */
	TimestampTz attended;		/* first asignar, 0: not yet */
	int			nclock;			/* events that moved the clock */
	int			clock_size;
	TimestampTz *clock_time;
	TsmClock   *clock;
} Chain;

typedef struct Verification
{
	ReturnSetInfo *rsinfo;
	const TsmDesk *desk;
	MemoryContext row_cxt;		/* reset with every row */
	MemoryContext chain_cxt;	/* reset with every ticket */
} Verification;

static void report(Verification *v, const pg_uuid_t *id, const char *problem,
				   const char *fmt,...) pg_attribute_printf(4, 5);

static void
report(Verification *v, const pg_uuid_t *id, const char *problem, const char *fmt,...)
{
	Datum		values[3] = {0};
	bool		nulls[3] = {id == NULL, false, false};
	StringInfoData detail;

	initStringInfo(&detail);
	for (;;)
	{
		va_list		ap;
		int			needed;

		va_start(ap, fmt);
		needed = appendStringInfoVA(&detail, fmt, ap);
		va_end(ap);
		if (needed == 0)
			break;
		enlargeStringInfo(&detail, needed);
	}
	if (id != NULL)
		values[0] = UUIDPGetDatum(id);
	values[1] = CStringGetTextDatum(problem);
	values[2] = CStringGetTextDatum(detail.data);
	tuplestore_putvalues(v->rsinfo->setResult, v->rsinfo->setDesc, values, nulls);
}

/* ----------------------------------------------------------------
 * Reading
 * ----------------------------------------------------------------
 */
static void
reader_advance(Reader *r)
{
	bool		isnull;

	if (r->batch != NULL && r->next >= r->batch->numvals)
	{
		SPI_freetuptable(r->batch);
		r->batch = NULL;
	}
	if (r->batch == NULL)
	{
		SPI_cursor_fetch(r->portal, true, BATCH);
		r->batch = SPI_tuptable;
		r->next = 0;
	}
	if (r->batch->numvals == 0)
	{
		r->row = NULL;
		return;
	}
	r->row = r->batch->vals[r->next++];
	r->id = *DatumGetUUIDP(SPI_getbinval(r->row, r->batch->tupdesc, 1, &isnull));
}

static void
reader_open(Reader *r, const TsmDesk *desk, const TsmQuery *query, Datum *range)
{
	memset(r, 0, sizeof(Reader));
	r->portal = SPI_cursor_open(NULL, tsm_plan(desk, query), range, NULL, true);
	reader_advance(r);
}

static Datum
field(const Reader *r, int attnum, bool *isnull)
{
	return SPI_getbinval(r->row, r->batch->tupdesc, attnum, isnull);
}

static char *
field_string(const Reader *r, int attnum)
{
	return SPI_getvalue(r->row, r->batch->tupdesc, attnum);
}

/* ----------------------------------------------------------------
 * One ticket
 * ----------------------------------------------------------------
 */
static bool
same_string(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *
shown(const char *value)
{
	return value != NULL ? value : "(none)";
}

static const char *
state_of(const Verification *v, Oid state)
{
	return v->desk->state[tsm_state_index(v->desk, state)].name;
}

/* Compare what an event says of before with what the one before it left. */
static void
check_continuity(Verification *v, const Reader *r, const Chain *chain, int version)
{
	static const struct
	{
		int			column;
		const char *name;
	}			before[] = {
		{HC_estado_antes, "estado"}, {HC_area_antes, "area"},
		{HC_prioridad_antes, "prioridad"}, {HC_agente_antes, "agente"}
	};
	const char *left[4] = {state_of(v, chain->state), chain->area, chain->priority, chain->agent};

	for (int i = 0; i < (int) lengthof(before); i++)
	{
		char	   *value = field_string(r, before[i].column + 1);

		if (!same_string(value, left[i]))
			report(v, &r->id, "historial", "event %d begins with %s %s, but event %d ended with %s",
				   version, before[i].name, shown(value), chain->version, shown(left[i]));
	}
}

static void
check_hash(Verification *v, const Reader *r, Chain *chain, const HistoryRow *row, bool contiguous)
{
	uint8		hash[TSM_HASH_LENGTH];
	bytea	   *stored;
	bool		known;

	stored = row->isnull[HC_hash] ? NULL : DatumGetByteaPP(row->value[HC_hash]);
	known = stored != NULL && VARSIZE_ANY_EXHDR(stored) == TSM_HASH_LENGTH;
	if (!known)
		report(v, &r->id, "hash", "event %d has no hash", DatumGetInt32(row->value[HC_version]));
	/* after a hole there is nothing to begin with; the hole is told already */
	else if (contiguous && (chain->events == 0 || chain->hash_known))
	{
		tsm_proof_hash(v->desk, row, chain->events == 0 ? NULL : chain->hash, hash);
		if (memcmp(hash, VARDATA_ANY(stored), TSM_HASH_LENGTH) != 0)
			report(v, &r->id, "hash", "event %d does not match its hash: it, or the event before it, was changed",
				   DatumGetInt32(row->value[HC_version]));
	}
	chain->hash_known = known;
	if (known)
		memcpy(chain->hash, VARDATA_ANY(stored), TSM_HASH_LENGTH);
}

static void
release(char *str)
{
	if (str != NULL)
		pfree(str);
}

/* A value that is recorded only when it changes. */
static void
keep_change(const Reader *r, const HistoryRow *row, HistoryColumn before, HistoryColumn after, char **value)
{
	if (row->isnull[before] && row->isnull[after])
		return;
	release(*value);
	*value = field_string(r, after + 1);
}

/* Plain SQL may have set the answer to NULL: then it is among the other changes. */
static bool
answer_taken_away(const Reader *r)
{
	char	   *changes = field_string(r, HC_cambios + 1);
	bool		found = changes != NULL && strstr(changes, "\"respuesta_cliente\": [") != NULL;

	release(changes);
	return found;
}

/* What "column": [before, after] tells of the columns of the clock. */
static void
keep_sla_facts(Chain *chain, Jsonb *changes)
{
	for (int i = 0; i < SLA_FACTS; i++)
	{
		JsonbValue *pair = getKeyJsonValueFromContainer(&changes->root, sla_facts[i].column,
														strlen(sla_facts[i].column), NULL);
		JsonbValue *after;

		if (pair == NULL || pair->type != jbvBinary || !JsonContainerIsArray(pair->val.binary.data))
			continue;
		after = getIthJsonbValueFromContainer(pair->val.binary.data, 1);
		if (after == NULL)
			continue;
		chain->told[i] = true;
		release(chain->fact[i]);
		chain->fact[i] = after->type == jbvString ?
			pnstrdup(after->val.string.val, after->val.string.len) : NULL;
	}
}

/* What the clock did, for the ticket's deadline to be worked out again. */
static void
keep_clock(Verification *v, const Reader *r, Chain *chain, const HistoryRow *row)
{
	TsmClock	clock = tsm_clock_by_name(TextDatumGetCString(row->value[HC_reloj]));

	if (!row->isnull[HC_sla])
		keep_sla_facts(chain, DatumGetJsonbP(row->value[HC_sla]));
	if (chain->attended == 0 &&
		tsm_operation_by_oid(v->desk, DatumGetObjectId(row->value[HC_operacion])) == OP_ASIGNAR)
		chain->attended = DatumGetTimestampTz(row->value[HC_ocurrido_en]);
	if (chain->nclock > 0 && chain->clock[chain->nclock - 1] == clock)
		return;
	if (chain->nclock == chain->clock_size)
	{
		chain->clock_size = Max(chain->clock_size * 2, 8);
		if (chain->nclock == 0)
		{
			chain->clock_time = palloc(chain->clock_size * sizeof(TimestampTz));
			chain->clock = palloc(chain->clock_size * sizeof(TsmClock));
		}
		else
		{
			chain->clock_time = repalloc(chain->clock_time, chain->clock_size * sizeof(TimestampTz));
			chain->clock = repalloc(chain->clock, chain->clock_size * sizeof(TsmClock));
		}
	}
	chain->clock_time[chain->nclock] = DatumGetTimestampTz(row->value[HC_ocurrido_en]);
	chain->clock[chain->nclock++] = clock;
}

/* What the next event, or the ticket, will be compared with. */
static void
keep_facts(Verification *v, const Reader *r, Chain *chain, const HistoryRow *row)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(v->chain_cxt);

	if (chain->events == 0)
	{
		chain->created = DatumGetTimestampTz(row->value[HC_ocurrido_en]);
		chain->label = field_string(r, HC_ticket_label + 1);
	}
	else
	{
		release(chain->area);
		release(chain->priority);
		release(chain->agent);
	}
	keep_clock(v, r, chain, row);
	chain->events++;
	chain->version = DatumGetInt32(row->value[HC_version]);
	chain->updated = DatumGetTimestampTz(row->value[HC_ocurrido_en]);
	chain->state = DatumGetObjectId(row->value[HC_estado_despues]);
	chain->area = field_string(r, HC_area_despues + 1);
	chain->priority = field_string(r, HC_prioridad_despues + 1);
	chain->agent = field_string(r, HC_agente_despues + 1);
	keep_change(r, row, HC_tipo_antes, HC_tipo_despues, &chain->type);
	keep_change(r, row, HC_categoria_antes, HC_categoria_despues, &chain->category);
	keep_change(r, row, HC_subcategoria_antes, HC_subcategoria_despues, &chain->subcategory);
	keep_change(r, row, HC_respuesta, HC_respuesta, &chain->answer);
	if (row->isnull[HC_respuesta] && answer_taken_away(r))
	{
		release(chain->answer);
		chain->answer = NULL;
	}
	MemoryContextSwitchTo(oldcxt);
}

static void
check_event(Verification *v, const Reader *r, Chain *chain)
{
	HistoryRow	row;
	int			version;
	bool		contiguous;

	for (int col = 0; col < HISTORY_COLUMNS; col++)
		row.value[col] = field(r, col + 1, &row.isnull[col]);
	version = DatumGetInt32(row.value[HC_version]);
	contiguous = version == chain->version + 1;

	if (!contiguous)
	{
		if (chain->events == 0)
			report(v, &r->id, "historial", "the first event is %d", version);
		else
			report(v, &r->id, "historial", "event %d is followed by event %d", chain->version, version);
	}
	if (contiguous && version == 1 &&
		(tsm_operation_by_oid(v->desk, DatumGetObjectId(row.value[HC_operacion])) != OP_CREAR ||
		 !row.isnull[HC_estado_antes]))
		report(v, &r->id, "historial", "event 1 is not the creation");
	if (contiguous && version > 1)
		check_continuity(v, r, chain, version);
	if (chain->events > 0 && DatumGetTimestampTz(row.value[HC_ocurrido_en]) < chain->updated)
		report(v, &r->id, "historial", "event %d is dated before event %d", version, chain->version);
	check_hash(v, r, chain, &row, contiguous);
	keep_facts(v, r, chain, &row);
}

/* Compare one fact of the ticket with the history's. */
static void
check_fact(Verification *v, const Reader *t, const char *name, const char *value, const char *told)
{
	if (!same_string(value, told))
		report(v, &t->id, "ticket", "%s is %s, but the history says %s", name, shown(value), shown(told));
}

static char *
time_field(const Reader *t, int attnum)
{
	bool		isnull;
	Datum		value = field(t, attnum, &isnull);

	return isnull ? NULL : tsm_time_string(DatumGetTimestampTz(value));
}

static char *
interval_field(const Reader *t, int attnum)
{
	bool		isnull;
	Datum		value = field(t, attnum, &isnull);

	return isnull ? NULL : tsm_interval_string(value);
}

static const TsmCalendar *
calendar_field(const Verification *v, const Reader *t, int attnum)
{
	bool		isnull;
	Datum		value = field(t, attnum, &isnull);

	return isnull ? NULL : tsm_calendar_of_version(v->desk, DatumGetInt32(value));
}

/* The deadlines are what the history adds up to, and the breaches what it tells. */
static void
check_sla(Verification *v, const Reader *t, const Chain *chain)
{
	TsmReplay	replay;
	bool		isnull;
	Datum		target;

	target = field(t, V_SLA_TARGET, &isnull);
	tsm_replay_start(&replay, calendar_field(v, t, V_SLA_CALENDAR), tsm_interval_usec(target));
	for (int i = 0; i < chain->nclock; i++)
		tsm_replay_event(&replay, chain->clock[i], chain->clock_time[i]);
	check_fact(v, t, "fecha_limite_sla", time_field(t, V_SLA_DEADLINE),
			   replay.clock == CLOCK_STANDS ? NULL : tsm_time_string(replay.deadline));
	check_fact(v, t, "sla_restante", interval_field(t, V_SLA_LEFT),
			   replay.clock == CLOCK_RUNS ? NULL :
			   tsm_interval_string(tsm_interval(replay.target - replay.spent)));

	target = field(t, V_ATT_TARGET, &isnull);
	check_fact(v, t, "atencion_limite", time_field(t, V_ATT_DEADLINE), isnull ? NULL :
			   tsm_time_string(tsm_calendar_add(calendar_field(v, t, V_ATT_CALENDAR), chain->created,
												tsm_interval_usec(target))));
	check_fact(v, t, "atendido_en", time_field(t, V_ATTENDED),
			   chain->attended == 0 ? NULL : tsm_time_string(chain->attended));
}

/* Where the ticket holds the end of the chain, it must be that. */
static void
check_end(Verification *v, const Reader *t, const Chain *chain)
{
	bool		isnull;
	Datum		value = field(t, V_HASH, &isnull);
	bytea	   *hash = isnull ? NULL : DatumGetByteaPP(value);

	if (hash != NULL && chain->hash_known &&
		(VARSIZE_ANY_EXHDR(hash) != TSM_HASH_LENGTH ||
		 memcmp(VARDATA_ANY(hash), chain->hash, TSM_HASH_LENGTH) != 0))
		report(v, &t->id, "hash", "the ticket holds another hash than event %d", chain->version);
}

/* A column as the history tells it. */
static char *
fact_field(const Reader *t, int attnum)
{
	switch (SPI_gettypeid(t->batch->tupdesc, attnum))
	{
		case TIMESTAMPTZOID:
			return time_field(t, attnum);
		case INTERVALOID:
			return interval_field(t, attnum);
		default:
			return field_string(t, attnum);
	}
}

/* Will the sweep look at the ticket before its deadline passes unseen? */
static void
check_look(Verification *v, const Reader *t, const char *what, int deadline, int breached)
{
	bool		no_look;
	bool		no_deadline;
	bool		isnull;
	Datum		look = field(t, V_SLA_LOOK, &no_look);
	Datum		due = field(t, deadline, &no_deadline);

	(void) field(t, breached, &isnull);
	if (no_deadline || !isnull || !DatumGetBool(field(t, V_OPEN, &isnull)))
		return;
	if (no_look || DatumGetTimestampTz(look) > DatumGetTimestampTz(due))
		report(v, &t->id, "ticket", "sla_revisar_en is %s, not before %s",
			   shown(time_field(t, V_SLA_LOOK)), what);
}

/* Does the queue find an open ticket by its deadline, and no other? */
static void
check_order(Verification *v, const Reader *t)
{
	bool		no_order;
	bool		no_deadline;
	bool		no_look;
	bool		isnull;
	Datum		order = field(t, V_SLA_ORDER, &no_order);
	Datum		deadline = field(t, V_SLA_DEADLINE, &no_deadline);

	(void) field(t, V_SLA_LOOK, &no_look);
	if (!DatumGetBool(field(t, V_OPEN, &isnull)))
	{
		if (!no_order)
			report(v, &t->id, "ticket", "sla_orden is %s, but the ticket is closed",
				   time_field(t, V_SLA_ORDER));
	}
	else if (no_deadline)
	{
		/* nobody would take it away any more */
		if (!no_order && no_look)
			report(v, &t->id, "ticket", "sla_orden is %s, but the clock stands and sla_revisar_en is (none)",
				   time_field(t, V_SLA_ORDER));
	}
	else if (no_order || !tsm_sla_order_fits(DatumGetTimestampTz(order), DatumGetTimestampTz(deadline)))
		report(v, &t->id, "ticket", "sla_orden is %s, not at fecha_limite_sla or up to an hour before",
			   shown(time_field(t, V_SLA_ORDER)));
}

/* What the clock was given, and what it told, is what the history says. */
static void
check_sla_facts(Verification *v, const Reader *t, const Chain *chain)
{
	bool		no_left;
	bool		not_attended;

	for (int i = 0; i < SLA_FACTS; i++)
		if (chain->told[i] || sla_facts[i].always)
			check_fact(v, t, sla_facts[i].column, fact_field(t, sla_facts[i].attnum), chain->fact[i]);

	(void) field(t, V_SLA_LEFT, &no_left);
	if (no_left)
		check_look(v, t, "fecha_limite_sla", V_SLA_DEADLINE, V_SLA_BREACHED);
	(void) field(t, V_ATTENDED, &not_attended);
	if (not_attended)
		check_look(v, t, "atencion_limite", V_ATT_DEADLINE, V_ATT_BREACHED);
}

static void
check_ticket(Verification *v, const Reader *t, const Chain *chain)
{
	bool		isnull;
	bool		open;

	if (chain->events == 0)
	{
		report(v, &t->id, "historial", "the ticket has no history");
		return;
	}
	check_fact(v, t, "ticket_label", field_string(t, V_LABEL), chain->label);
	check_fact(v, t, "estado", field_string(t, V_STATE), state_of(v, chain->state));
	check_fact(v, t, "area", field_string(t, V_AREA), chain->area);
	check_fact(v, t, "prioridad", field_string(t, V_PRIORITY), chain->priority);
	check_fact(v, t, "agente_id", field_string(t, V_AGENT), chain->agent);
	check_fact(v, t, "version", field_string(t, V_VERSION), psprintf("%d", chain->version));
	if (DatumGetTimestampTz(field(t, V_CREATED, &isnull)) != chain->created)
		report(v, &t->id, "ticket", "fecha_creacion is not the time of its first event");
	if (DatumGetTimestampTz(field(t, V_UPDATED, &isnull)) != chain->updated)
		report(v, &t->id, "ticket", "actualizado_en is not the time of its last event");
	check_fact(v, t, "tipo", field_string(t, V_TYPE), chain->type);
	check_fact(v, t, "categoria", field_string(t, V_CATEGORY), chain->category);
	check_fact(v, t, "subcategoria", field_string(t, V_SUBCATEGORY), chain->subcategory);
	if (!same_string(field_string(t, V_ANSWER), chain->answer))
		report(v, &t->id, "ticket", "respuesta_cliente is not the last answer of the history");
	check_sla(v, t, chain);
	check_sla_facts(v, t, chain);
	check_order(v, t);
	check_end(v, t, chain);
	/* not with estado.abierto, whose meaning may have been edited since */
	open = DatumGetBool(field(t, V_OPEN, &isnull));
	if (open != DatumGetBool(field(t, V_NOT_CLOSED, &isnull)))
		report(v, &t->id, "ticket", "abierto is %s, but cerrado_en is %s",
			   open ? "true" : "false", open ? "set" : "not set");
}

/* All tickets of a range of uuids; returns how many were looked at. */
static uint64
check_tickets(Verification *v, Datum *range)
{
	MemoryContext cxt = CurrentMemoryContext;
	Reader		tickets;
	Reader		events;
	uint64		count = 0;

	reader_open(&tickets, v->desk, &q_verify_tickets, range);
	reader_open(&events, v->desk, &q_verify_history, range);
	while (tickets.row != NULL || events.row != NULL)
	{
		Chain		chain = {0};
		pg_uuid_t	id;
		bool		exists;

		exists = tickets.row != NULL &&
			(events.row == NULL || memcmp(&tickets.id, &events.id, sizeof(pg_uuid_t)) <= 0);
		id = exists ? tickets.id : events.id;
		while (events.row != NULL && memcmp(&events.id, &id, sizeof(pg_uuid_t)) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(v->row_cxt);
			check_event(v, &events, &chain);
			MemoryContextSwitchTo(cxt);
			MemoryContextReset(v->row_cxt);
			reader_advance(&events);
		}
		MemoryContextSwitchTo(v->row_cxt);
		if (exists)
			check_ticket(v, &tickets, &chain);
		else
			report(v, &id, "historial", "there are %d events of a ticket that does not exist", chain.events);
		MemoryContextSwitchTo(cxt);
		MemoryContextReset(v->row_cxt);
		MemoryContextReset(v->chain_cxt);
		if (exists)
			reader_advance(&tickets);
		count++;
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(tickets.portal);
	SPI_cursor_close(events.portal);
	return count;
}

/* ----------------------------------------------------------------
 * The desk
 * ----------------------------------------------------------------
 */
static char *
result(uint64 row, int attnum)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, attnum);
}

static void
check_labels(Verification *v)
{
	tsm_read(v->desk, &q_verify_labels, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		id = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		report(v, DatumGetUUIDP(id), "label", "\"%s\" is not a label", result(i, 2));
	}

	tsm_read(v->desk, &q_verify_years, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *missing = result(i, 4);

		report(v, NULL, "label", "year %s: the counter is at %s, there are %s labels%s%s",
			   result(i, 1), result(i, 2), result(i, 3),
			   missing ? "; missing (the first ten): " : "", missing ? missing : "");
	}
}

/* By the caller himself: it is all in the catalogs, and in functions that ADMIN is granted. */
static void
check_guard(Verification *v)
{
	Datum		arg = ObjectIdGetDatum(v->desk->nspid);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	tsm_read(v->desk, &q_verify_guard, &arg);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *what = result(i, 3);

		if (strcmp(what, "falta") == 0)
			report(v, NULL, "guardia", "trigger %s of table %s is missing, disabled or altered",
				   result(i, 2), result(i, 1));
		else
			report(v, NULL, "guardia", "rule %s rewrites statements on table %s", result(i, 2), result(i, 1));
	}
	SPI_finish();
}

Datum
tsm_fn_verificar(PG_FUNCTION_ARGS)
{
	Verification v = {0};
	TsmCaller	caller;
	TsmIdentity saved;
	pg_uuid_t	first;
	pg_uuid_t	last;
	Datum		range[2] = {UUIDPGetDatum(&first), UUIDPGetDatum(&last)};
	bool		one = !PG_ARGISNULL(0);

	v.desk = tsm_desk_current();
	tsm_caller_identify(v.desk, &caller);
	tsm_caller_require(v.desk, &caller, OP_CONSULTAR);
	tsm_caller_require_admin(&caller, "verify a mesa");

	memset(&first, 0x00, sizeof(first));
	memset(&last, 0xFF, sizeof(last));
	if (one)
		first = last = *PG_GETARG_UUID_P(0);

	InitMaterializedSRF(fcinfo, 0);
	v.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	saved = tsm_enter(v.desk);
	v.row_cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm row", ALLOCSET_DEFAULT_SIZES);
	v.chain_cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm chain", ALLOCSET_SMALL_SIZES);

	if (check_tickets(&v, range) == 0 && one)
		ereport(ERROR,
				(errcode(ERRCODE_TSM_NOT_FOUND),
				 errmsg("ticket not found"),
				 errdetail("There is neither a ticket %s nor a history of it.",
						   DatumGetCString(DirectFunctionCall1(uuid_out, range[0])))));
	if (!one)
		check_labels(&v);
	tsm_leave(saved);
	if (!one)
		check_guard(&v);
	return (Datum) 0;
}
