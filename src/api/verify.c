/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  fn_verificar: the proof that nobody went round the guard.  Here the
 *	  tickets and their history.
 *
 * Tickets and history are read side by side, both in the order of the uuid,
 * so that the memory needed does not grow with their number.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

/* All columns that we know, in the order of the sheet. */
#define SELECTED(a, name, type, notnull, what) "x." #name ", "

/* And last, whether a calendar of it does not exist, and whether one is not known to be given. */
static const TsmQuery q_verify_tickets = {
	"SELECT " TSM_TICKET_COLUMNS(SELECTED,)
	" EXISTS (SELECT FROM (VALUES (x.sla_calendario), (x.atencion_calendario)) AS c(id)"
	"  WHERE c.id IS NOT NULL AND c.id OPERATOR(pg_catalog.<>)"
	"  ALL (SELECT v.version_id FROM @.calendario_version v)),"
	" EXISTS (SELECT FROM (VALUES (x.sla_calendario), (x.atencion_calendario)) AS c(id)"
	"  WHERE c.id IS NOT NULL AND NOT EXISTS (SELECT FROM @.calendario_uso u WHERE u.version_id" EQ "c.id))"
	" FROM @.ticket x"
	" WHERE x.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND x.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	" ORDER BY x.ticket_uuid",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

static const TsmQuery q_verify_history = {
	"SELECT " TSM_HISTORY_COLUMNS(SELECTED,) "NULL FROM @.historial x"
	" WHERE x.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND x.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	" ORDER BY x.ticket_uuid, x.version",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

/* Columns of ticket whose changes historial.sla tells. */
#define CLOCK_FACTS COLUMNS_THAT(IS_TARGET | IS_NOTIFIED | IS_END | IS_PAUSE)

/* A scan of rows that begin with a ticket's uuid. */
typedef struct Reader
{
	TsmScan		scan;
	TupleDesc	desc;
	bool		ended;
	pg_uuid_t	id;				/* of the current row */
	Datum	   *value;
	bool	   *isnull;
} Reader;

/* What the events read so far say of a ticket. */
typedef struct Chain
{
	int			events;
	int			version;		/* of the last one */
	uint8		hash[TSM_HASH_LENGTH];
	bool		hash_known;
	TimestampTz created;
	TimestampTz updated;
	TimestampTz attended;		/* first asignar, 0: not yet */
	TicketRow	told;			/* the label, the tracked columns, and the answer */
	bool		answer_erased;	/* since the last one that is known */
	char	   *clock_fact[TICKET_COLUMNS]; /* as told last, NULL: null */
	int			data_version;	/* of the last event with huella_datos, 0: none */
	uint8		data_digest[TSM_HASH_LENGTH];
	bytea	   *data_salt;		/* NULL: erased */
	TsmReplay	replay;			/* of the ticket's own target */
	List	   *links;			/* that there should be: TsmToldLink */
} Chain;

/* ----------------------------------------------------------------
 * Reading
 * ----------------------------------------------------------------
 */
static void
reader_advance(Reader *r)
{
	TupleTableSlot *slot = tsm_scan_next(&r->scan);

	r->ended = slot == NULL;
	if (r->ended)
		return;
	r->value = slot->tts_values;
	r->isnull = slot->tts_isnull;
	r->id = *DatumGetUUIDP(r->value[0]);
}

static void
reader_open(Reader *r, const TsmDesk *desk, const TsmQuery *query, Datum *range)
{
	tsm_scan_begin(&r->scan, desk, query, range);
	r->desc = r->scan.query->tupDesc;
	reader_advance(r);
}

/* Is a column of the current row this value? */
static bool
is_same(const Reader *r, int col, Datum value, bool isnull)
{
	Form_pg_attribute att = TupleDescAttr(r->desc, col);

	if (isnull || r->isnull[col])
		return isnull == r->isnull[col];
	return tsm_same_datum(r->value[col], value, att->attbyval, att->attlen);
}

/* A value of a column's type as the history tells it; NULL if null. */
static char *
value_string(const Reader *r, int col, Datum value, bool isnull)
{
	Oid			type = SPI_gettypeid(r->desc, col + 1);
	Oid			output;
	bool		varlena;

	if (isnull)
		return NULL;
	if (type == TIMESTAMPTZOID)
		return tsm_time_string(DatumGetTimestampTz(value));
	if (type == INTERVALOID)
		return tsm_interval_string(value);
	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

static char *
field_string(const Reader *r, int col)
{
	return value_string(r, col, r->value[col], r->isnull[col]);
}

static const char *
shown(const char *value)
{
	return value != NULL ? value : "(none)";
}

static bool
same_string(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* ----------------------------------------------------------------
 * What the history tells
 * ----------------------------------------------------------------
 */

/* Keep what an event tells of a column, for the next event or the ticket to be compared with. */
static void
keep(TsmVerification *v, const Reader *r, int from, Chain *chain, TicketColumn col)
{
	Form_pg_attribute att = TupleDescAttr(r->desc, from);
	MemoryContext oldcxt;

	if (is_same(r, from, chain->told.value[col], chain->told.isnull[col]))
		return;
	if (!chain->told.isnull[col] && !att->attbyval)
		pfree(DatumGetPointer(chain->told.value[col]));
	oldcxt = MemoryContextSwitchTo(v->chain_cxt);
	chain->told.isnull[col] = r->isnull[from];
	if (!r->isnull[from])
		chain->told.value[col] = datumCopy(r->value[from], att->attbyval, att->attlen);
	MemoryContextSwitchTo(oldcxt);
}

/* Is what was told of an area or a priority the name that it had before it was given this one? */
static bool
is_former_name(const TsmVerification *v, const Reader *r, int from, const TicketRow *told, TicketColumn col)
{
	if ((col != TC_area && col != TC_prioridad) || r->isnull[from] || told->isnull[col])
		return false;
	return tsm_name_became(v->desk, tsm_ticket_column[col].name, TextDatumGetCString(told->value[col]),
						   TextDatumGetCString(r->value[from]));
}

/* An event begins where the one before it ended, and the creation with nothing. */
static void
follow_tracked(TsmVerification *v, const Reader *r, Chain *chain, int version, bool contiguous)
{
	for (int i = 0; i < TSM_TRACKED; i++)
	{
		const TsmTracked *t = &tsm_tracked[i];
		const TicketRow *told = &chain->told;

		if (t->only_changes && r->isnull[t->before] && r->isnull[t->after])
			continue;
		if (contiguous && version > 1 &&
			!is_same(r, t->before, told->value[t->column], told->isnull[t->column]) &&
			!is_former_name(v, r, t->before, told, t->column))
			tsm_verify_report(v, &r->id, "historial", "event %d begins with %s %s, but event %d ended with %s",
							  version, t->stem, shown(field_string(r, t->before)), chain->version,
							  shown(value_string(r, t->before, told->value[t->column], told->isnull[t->column])));
		keep(v, r, t->after, chain, t->column);
	}
}

static bool
is_creation(const TsmVerification *v, const Reader *r)
{
	for (int i = 0; i < TSM_TRACKED; i++)
		if (!r->isnull[tsm_tracked[i].before])
			return false;
	return tsm_operation_by_oid(v->desk, DatumGetObjectId(r->value[HC_operacion])) == OP_CREAR;
}

/* A side of "column": [before, after]; false if a column is not told of. */
static bool
change_of(Jsonb *changes, const char *column, int side, char **value)
{
	JsonbValue *pair = getKeyJsonValueFromContainer(&changes->root, column, strlen(column), NULL);
	JsonbValue *element;

	if (pair == NULL || pair->type != jbvBinary || !JsonContainerIsArray(pair->val.binary.data) ||
		(element = getIthJsonbValueFromContainer(pair->val.binary.data, side)) == NULL)
		return false;
	*value = element->type == jbvString ?
		pnstrdup(element->val.string.val, element->val.string.len) : NULL;
	return true;
}

/* Targets and notifications of the clock. */
static void
follow_clock_facts(TsmVerification *v, const Reader *r, Chain *chain, int version, bool contiguous)
{
	Jsonb	   *changes;

	if (r->isnull[HC_sla])
		return;
	changes = DatumGetJsonbP(r->value[HC_sla]);
	if (!JB_ROOT_IS_OBJECT(changes))
		return;
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		const TsmColumn *column = &tsm_ticket_column[col];
		char	   *before;
		char	   *after;

		if (!(CLOCK_FACTS & (UINT64CONST(1) << col)) || !change_of(changes, column->name, 0, &before) ||
			!change_of(changes, column->name, 1, &after))
			continue;
		if (contiguous && version > 1 && !same_string(before, chain->clock_fact[col]))
			tsm_verify_report(v, &r->id, "historial", "event %d begins with %s %s, but event %d ended with %s",
							  version, column->name, shown(before), chain->version, shown(chain->clock_fact[col]));
		if (chain->clock_fact[col] != NULL)
			pfree(chain->clock_fact[col]);
		chain->clock_fact[col] = after ? MemoryContextStrdup(v->chain_cxt, after) : NULL;
	}
}

/* The latest answer, unless it may be in texts that are erased; plain SQL may have taken it away. */
static void
follow_answer(TsmVerification *v, const Reader *r, Chain *chain, bool erased)
{
	Jsonb	   *changes = r->isnull[HC_cambios] ? NULL : DatumGetJsonbP(r->value[HC_cambios]);
	char	   *after;

	if (!r->isnull[HC_respuesta] ||
		(changes != NULL && JB_ROOT_IS_OBJECT(changes) &&
		 change_of(changes, tsm_ticket_column[TC_respuesta_cliente].name, 1, &after)))
	{
		keep(v, r, HC_respuesta, chain, TC_respuesta_cliente);
		chain->answer_erased = false;
	}
	else if (erased && chain->events > 0)	/* the creation has none */
		chain->answer_erased = true;
}

/* ----------------------------------------------------------------
 * One event
 * ----------------------------------------------------------------
 */
static bool
is_digest(const Reader *r, int col, const uint8 *digest)
{
	bytea	   *stored = DatumGetByteaPP(r->value[col]);

	return VARSIZE_ANY_EXHDR(stored) == TSM_HASH_LENGTH &&
		memcmp(VARDATA_ANY(stored), digest, TSM_HASH_LENGTH) == 0;
}

static void
check_hash(TsmVerification *v, const Reader *r, Chain *chain, const HistoryRow *row, int version, bool contiguous)
{
	bytea	   *stored = DatumGetByteaPP(row->value[HC_hash]);
	int			form = DatumGetInt16(row->value[HC_forma]);
	bool		known = VARSIZE_ANY_EXHDR(stored) == TSM_HASH_LENGTH;
	uint8		hash[TSM_HASH_LENGTH];

	if (form != TSM_FORM)
		tsm_verify_report(v, &r->id, "hash", "event %d has canonical form %d, which is not known here: it cannot be proven",
						  version, form);
	if (!known)
		tsm_verify_report(v, &r->id, "hash", "event %d has no hash", version);
	/* after a gap there is nothing to begin with; the gap is reported already */
	else if (form == TSM_FORM && contiguous && (chain->events == 0 || chain->hash_known))
	{
		tsm_proof_hash(v->desk, row, chain->events == 0 ? NULL : chain->hash, hash);
		if (!is_digest(r, HC_hash, hash))
			tsm_verify_report(v, &r->id, "hash", "event %d does not match its hash: it, or the event before it, was changed",
							  version);
	}
	chain->hash_known = known;
	if (known)
		memcpy(chain->hash, VARDATA_ANY(stored), TSM_HASH_LENGTH);
}

/* The personal texts, by their digest; returns whether they are erased. */
static bool
check_texts(TsmVerification *v, const Reader *r, const HistoryRow *row, int version)
{
	bool		digest = !row->isnull[HC_huella_textos];
	bool		texts = false;
	uint8		computed[TSM_HASH_LENGTH];

	for (int col = 0; col < HISTORY_COLUMNS; col++)
		texts |= tsm_history_column[col].what == BY_DIGEST && !row->isnull[col];
	if (row->isnull[HC_sal])
	{
		if (texts)
			tsm_verify_report(v, &r->id, "hash", "event %d has texts, but no salt to prove them by", version);
		return digest && !texts;
	}
	if (!digest && row->isnull[HC_huella_datos])
		tsm_verify_report(v, &r->id, "hash", "event %d has a salt, but no digest", version);
	if (!digest && texts)
		tsm_verify_report(v, &r->id, "hash", "event %d has texts, but no digest of them", version);
	if (!digest || DatumGetInt16(row->value[HC_forma]) != TSM_FORM)
		return false;
	tsm_proof_of_texts(v->desk, row, DatumGetByteaPP(row->value[HC_sal]), computed);
	if (!is_digest(r, HC_huella_textos, computed))
		tsm_verify_report(v, &r->id, "hash", "the texts of event %d do not match their digest: they, or their salt, were changed",
						  version);
	return false;
}

/* The digest that the ticket's own data will be compared with. */
static void
keep_data_digest(TsmVerification *v, const Reader *r, Chain *chain, int version)
{
	bytea	   *digest;

	if (r->isnull[HC_huella_datos])
		return;
	digest = DatumGetByteaPP(r->value[HC_huella_datos]);
	memset(chain->data_digest, 0, TSM_HASH_LENGTH);
	memcpy(chain->data_digest, VARDATA_ANY(digest), Min(VARSIZE_ANY_EXHDR(digest), TSM_HASH_LENGTH));
	chain->data_version = version;
	if (chain->data_salt != NULL)
		pfree(chain->data_salt);
	chain->data_salt = NULL;
	if (!r->isnull[HC_sal])
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(v->chain_cxt);

		chain->data_salt = DatumGetByteaPCopy(r->value[HC_sal]);
		MemoryContextSwitchTo(oldcxt);
	}
}

static void
check_event(TsmVerification *v, const Reader *r, Chain *chain)
{
	HistoryRow	row;
	int			version = DatumGetInt32(r->value[HC_version]);
	TimestampTz when = DatumGetTimestampTz(r->value[HC_ocurrido_en]);
	bool		contiguous = version == chain->version + 1;

	memcpy(row.value, r->value, sizeof(row.value));
	memcpy(row.isnull, r->isnull, sizeof(row.isnull));
	if (!contiguous && chain->events == 0)
		tsm_verify_report(v, &r->id, "historial", "the first event is %d", version);
	else if (!contiguous)
		tsm_verify_report(v, &r->id, "historial", "event %d is followed by event %d", chain->version, version);
	if (contiguous && version == 1 && !is_creation(v, r))
		tsm_verify_report(v, &r->id, "historial", "event 1 is not the creation");
	if (chain->events > 0 && when < chain->updated)
		tsm_verify_report(v, &r->id, "historial", "event %d is dated before event %d", version, chain->version);
	check_hash(v, r, chain, &row, version, contiguous);
	follow_answer(v, r, chain, check_texts(v, r, &row, version));
	follow_tracked(v, r, chain, version, contiguous);
	follow_clock_facts(v, r, chain, version, contiguous);
	keep_data_digest(v, r, chain, version);
	if (!r->isnull[HC_vinculo])
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(v->chain_cxt);
		TsmOperation op = tsm_operation_by_oid(v->desk, DatumGetObjectId(r->value[HC_operacion]));

		/* that of a message says where it came to: nothing follows from it */
		if (op != OP_RESPONDER)
			chain->links = tsm_verify_link_event(v, chain->links, &r->id, DatumGetJsonbP(r->value[HC_vinculo]), version,
												 when, op);
		MemoryContextSwitchTo(oldcxt);
	}

	if (chain->events == 0)
	{
		chain->created = when;
		keep(v, r, HC_ticket_label, chain, TC_ticket_label);
	}
	if (chain->attended == 0 &&
		tsm_operation_by_oid(v->desk, DatumGetObjectId(r->value[HC_operacion])) == OP_ASIGNAR)
		chain->attended = when;
	tsm_replay_event(&chain->replay, tsm_clock_by_name(TextDatumGetCString(r->value[HC_reloj])), when);
	chain->updated = when;
	chain->version = version;
	chain->events++;
}

/* ----------------------------------------------------------------
 * The ticket
 * ----------------------------------------------------------------
 */

/* Compare one fact of the ticket with the history's. */
static void
check_fact(TsmVerification *v, const Reader *t, TicketColumn col, const char *told)
{
	char	   *value = field_string(t, col);

	if (!same_string(value, told))
		tsm_verify_report(v, &t->id, "ticket", "%s is %s, but the history says %s",
						  tsm_ticket_column[col].name, shown(value), shown(told));
}

/* Columns of which the history tells, each in its own way. */
static void
check_told(TsmVerification *v, const Reader *t, const Chain *chain)
{
	const TicketRow *told = &chain->told;

	check_fact(v, t, TC_ticket_label, value_string(t, TC_ticket_label, told->value[TC_ticket_label],
												   told->isnull[TC_ticket_label]));
	for (int i = 0; i < TSM_TRACKED; i++)
	{
		TicketColumn col = tsm_tracked[i].column;

		if (!is_same(t, col, told->value[col], told->isnull[col]) && !is_former_name(v, t, col, told, col))
			check_fact(v, t, col, value_string(t, col, told->value[col], told->isnull[col]));
	}
	if (!chain->answer_erased &&
		!is_same(t, TC_respuesta_cliente, told->value[TC_respuesta_cliente], told->isnull[TC_respuesta_cliente]))
		tsm_verify_report(v, &t->id, "ticket", "respuesta_cliente is not the last answer of the history");
	for (int col = 0; col < TICKET_COLUMNS; col++)
		if (CLOCK_FACTS & (UINT64CONST(1) << col))
			check_fact(v, t, (TicketColumn) col, chain->clock_fact[col]);
	check_fact(v, t, TC_version, psprintf("%d", chain->version));
	if (DatumGetTimestampTz(t->value[TC_fecha_creacion]) != chain->created)
		tsm_verify_report(v, &t->id, "ticket", "fecha_creacion is not the time of its first event");
	if (DatumGetTimestampTz(t->value[TC_actualizado_en]) != chain->updated)
		tsm_verify_report(v, &t->id, "ticket", "actualizado_en is not the time of its last event");
	check_fact(v, t, TC_atendido_en, chain->attended == 0 ? NULL : tsm_time_string(chain->attended));
	/* not with estado.abierto, whose meaning may have been edited since */
	if (DatumGetBool(t->value[TC_abierto]) != t->isnull[TC_cerrado_en])
		tsm_verify_report(v, &t->id, "ticket", "abierto is %s, but cerrado_en is %s",
						  DatumGetBool(t->value[TC_abierto]) ? "true" : "false",
						  t->isnull[TC_cerrado_en] ? "not set" : "set");
}

/* What the requester gave is what the last event that tells of it has proven. */
static void
check_data(TsmVerification *v, const Reader *t, const Chain *chain)
{
	StringInfoData names;
	TicketRow	row;
	uint8		digest[TSM_HASH_LENGTH];

	if (chain->data_version == 0)
	{
		tsm_verify_report(v, &t->id, "hash", "no event has a digest of what the requester gave");
		return;
	}
	if (chain->data_salt == NULL)
		return;
	memcpy(row.value, t->value, sizeof(row.value));
	memcpy(row.isnull, t->isnull, sizeof(row.isnull));
	tsm_proof_of_data(v->desk, &row, chain->data_salt, digest);
	if (memcmp(digest, chain->data_digest, TSM_HASH_LENGTH) == 0)
		return;
	initStringInfo(&names);
	for (int col = 0; col < TICKET_COLUMNS; col++)
		if (tsm_ticket_column[col].what & IS_DATA)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", tsm_ticket_column[col].name);
	tsm_verify_report(v, &t->id, "ticket", "what the requester gave does not match the digest of event %d; one of these was changed: %s",
					  chain->data_version, names.data);
}

static const TsmCalendar *
calendar_field(const TsmVerification *v, const Reader *t, TicketColumn col)
{
	return t->isnull[col] ? NULL : tsm_calendar_of_version(v->desk, DatumGetInt32(t->value[col]));
}

static bool
is_calendar_missing(const Reader *t)
{
	return DatumGetBool(t->value[TICKET_COLUMNS]);
}

static bool
is_calendar_not_given(const Reader *t)
{
	return DatumGetBool(t->value[TICKET_COLUMNS + 1]);
}

/* The deadlines are what the history adds up to with the target that the ticket has. */
static void
check_deadlines(TsmVerification *v, const Reader *t, const Chain *chain)
{
	const TsmReplay *replay = &chain->replay;
	int64		hours = (tsm_interval_usec(t->value[TC_sla_objetivo]) + USECS_PER_HOUR - 1) / USECS_PER_HOUR;

	if (DatumGetInt32(t->value[TC_sla_horas]) != hours)
		tsm_verify_report(v, &t->id, "ticket", "sla_horas is %d, not sla_objetivo rounded up",
						  DatumGetInt32(t->value[TC_sla_horas]));
	if (is_calendar_missing(t))
	{
		tsm_verify_report(v, &t->id, "ticket", "sla_calendario or atencion_calendario is no version of a calendar");
		return;
	}
	if (is_calendar_not_given(t))
		tsm_verify_report(v, &t->id, "ticket", "sla_calendario or atencion_calendario is not in calendario_uso: the version may go with the next edit");
	check_fact(v, t, TC_fecha_limite_sla,
			   replay->clock == CLOCK_PAUSED ? NULL : tsm_time_string(replay->deadline));
	check_fact(v, t, TC_sla_restante, replay->clock == CLOCK_RUNS ? NULL :
			   tsm_interval_string(tsm_interval(replay->target - replay->spent)));
	check_fact(v, t, TC_atencion_limite, t->isnull[TC_atencion_objetivo] ? NULL :
			   tsm_time_string(tsm_calendar_add(calendar_field(v, t, TC_atencion_calendario), chain->created,
												tsm_interval_usec(t->value[TC_atencion_objetivo]))));
}

/* Will the sweep look at the ticket before this deadline passes unseen? */
static void
check_look(TsmVerification *v, const Reader *t, TicketColumn deadline, TicketColumn breached)
{
	if (t->isnull[deadline] || !t->isnull[breached] || !DatumGetBool(t->value[TC_abierto]))
		return;
	if (t->isnull[TC_sla_revisar_en] ||
		DatumGetTimestampTz(t->value[TC_sla_revisar_en]) > DatumGetTimestampTz(t->value[deadline]))
		tsm_verify_report(v, &t->id, "ticket", "sla_revisar_en is %s, not before %s",
						  shown(field_string(t, TC_sla_revisar_en)), tsm_ticket_column[deadline].name);
}

static void
check_looks(TsmVerification *v, const Reader *t, const Chain *chain)
{
	if (t->isnull[TC_sla_restante])
		check_look(v, t, TC_fecha_limite_sla, TC_sla_incumplido_en);
	if (t->isnull[TC_atendido_en])
		check_look(v, t, TC_atencion_limite, TC_atencion_incumplido_en);
	if (!t->isnull[TC_pausado_hasta] &&
		(t->isnull[TC_sla_revisar_en] ||
		 DatumGetTimestampTz(t->value[TC_sla_revisar_en]) > DatumGetTimestampTz(t->value[TC_pausado_hasta])))
		tsm_verify_report(v, &t->id, "ticket", "sla_revisar_en is %s, not before pausado_hasta",
						  shown(field_string(t, TC_sla_revisar_en)));
	if (t->isnull[TC_sla_revisar_en])
		return;
	if (!DatumGetBool(t->value[TC_abierto]))
		tsm_verify_report(v, &t->id, "ticket", "sla_revisar_en is %s, but the ticket is closed",
						  field_string(t, TC_sla_revisar_en));
	else if (DatumGetTimestampTz(t->value[TC_sla_revisar_en]) < chain->created)
		tsm_verify_report(v, &t->id, "ticket", "sla_revisar_en is %s, before its creation",
						  field_string(t, TC_sla_revisar_en));
}

/* Does the queue find an open ticket by its deadline, and no other? */
static void
check_order(TsmVerification *v, const Reader *t, const Chain *chain)
{
	bool		none = t->isnull[TC_sla_orden];
	char	   *order = field_string(t, TC_sla_orden);

	if (!DatumGetBool(t->value[TC_abierto]))
	{
		if (!none)
			tsm_verify_report(v, &t->id, "ticket", "sla_orden is %s, but the ticket is closed", order);
	}
	else if (t->isnull[TC_fecha_limite_sla])
	{
		/* nobody would take it away any more */
		if (!none && t->isnull[TC_sla_revisar_en])
			tsm_verify_report(v, &t->id, "ticket", "sla_orden is %s, but the clock stands and sla_revisar_en is (none)",
							  order);
		else if (!none && DatumGetTimestampTz(t->value[TC_sla_orden]) < chain->created)
			tsm_verify_report(v, &t->id, "ticket", "sla_orden is %s, before its creation", order);
	}
	else if (none || !tsm_sla_order_fits(DatumGetTimestampTz(t->value[TC_sla_orden]),
										 DatumGetTimestampTz(t->value[TC_fecha_limite_sla])))
		tsm_verify_report(v, &t->id, "ticket", "sla_orden is %s, not at fecha_limite_sla or up to an hour before",
						  shown(order));
}

static void
check_ticket(TsmVerification *v, const Reader *t, const Chain *chain)
{
	if (chain->events == 0)
	{
		tsm_verify_report(v, &t->id, "historial", "the ticket has no history");
		return;
	}
	check_deadlines(v, t, chain);
	check_told(v, t, chain);
	check_data(v, t, chain);
	check_looks(v, t, chain);
	check_order(v, t, chain);
	if (chain->hash_known && !is_digest(t, TC_hash, chain->hash))
		tsm_verify_report(v, &t->id, "hash", "the ticket holds another hash than event %d", chain->version);
}

/* Begin with a ticket; without one its history is read all the same. */
static void
chain_start(const TsmVerification *v, Chain *chain, const Reader *t)
{
	memset(chain, 0, sizeof(Chain));
	memset(chain->told.isnull, true, sizeof(chain->told.isnull));
	if (t != NULL && !is_calendar_missing(t))
		tsm_replay_start(&chain->replay, calendar_field(v, t, TC_sla_calendario),
						 tsm_interval_usec(t->value[TC_sla_objetivo]));
	else
		tsm_replay_start(&chain->replay, NULL, 0);
}

uint64
tsm_verify_tickets(TsmVerification *v, Datum *range)
{
	MemoryContext cxt = CurrentMemoryContext;
	Reader		tickets;
	Reader		events;
	TsmLinkReader links;
	uint64		count = 0;

	reader_open(&tickets, v->desk, &q_verify_tickets, range);
	reader_open(&events, v->desk, &q_verify_history, range);
	tsm_verify_links_begin(&links, v->desk, range);
	while (!tickets.ended || !events.ended)
	{
		bool		exists = !tickets.ended &&
		(events.ended || memcmp(&tickets.id, &events.id, sizeof(pg_uuid_t)) <= 0);
		pg_uuid_t	id = exists ? tickets.id : events.id;
		Chain		chain;

		chain_start(v, &chain, exists ? &tickets : NULL);
		while (!events.ended && memcmp(&events.id, &id, sizeof(pg_uuid_t)) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(v->row_cxt);
			check_event(v, &events, &chain);
			MemoryContextSwitchTo(cxt);
			MemoryContextReset(v->row_cxt);
			reader_advance(&events);
		}
		MemoryContextSwitchTo(v->row_cxt);
		tsm_verify_links(v, &links, &id, chain.links);
		if (exists)
			check_ticket(v, &tickets, &chain);
		else
			tsm_verify_report(v, &id, "historial", "there are %d events of a ticket that does not exist", chain.events);
		MemoryContextSwitchTo(cxt);
		MemoryContextReset(v->row_cxt);
		MemoryContextReset(v->chain_cxt);
		if (exists)
			reader_advance(&tickets);
		count++;
		CHECK_FOR_INTERRUPTS();
	}
	tsm_verify_links(v, &links, NULL, NIL);
	tsm_scan_end(&tickets.scan);
	tsm_scan_end(&events.scan);
	return count;
}
