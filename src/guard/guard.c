/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  The two row triggers that every change of a ticket goes through.
 *
 * The one BEFORE is the last of its kind: it sees the row as the user's
 * triggers have left it, judges it, fills the columns that only it may set and
 * forms the events with their hashes.  The one AFTER is the first of its kind:
 * it looks whether the row that landed is the one that was judged, and writes
 * the events.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "common/int.h"
#include "executor/executor.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"

#include "guard/guard.h"

PG_FUNCTION_INFO_V1(tsm_tg_ticket_before);
PG_FUNCTION_INFO_V1(tsm_tg_ticket_after);

/* ----------------------------------------------------------------
 * Beginning
 * ----------------------------------------------------------------
 */
static void
check_protocol(FunctionCallInfo fcinfo, const char *name, bool before)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		(before ? !TRIGGER_FIRED_BEFORE(trigger->tg_event) : !TRIGGER_FIRED_AFTER(trigger->tg_event)) ||
		!(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired %s INSERT or UPDATE for each row",
						name, before ? "BEFORE" : "AFTER")));
}

/* Begin with a change: the tuples. */
static void
begin_change(TsmChange *c, const TriggerData *trigger)
{
	memset(c, 0, offsetof(TsmChange, old));
	c->desc = RelationGetDescr(trigger->tg_relation);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		c->old_tuple = trigger->tg_trigtuple;
		c->new_tuple = trigger->tg_newtuple;
		c->named = trigger->tg_updatedcols;
	}
	else
		c->new_tuple = trigger->tg_trigtuple;
}

/* Of what desk the table is. */
static void
find_desk(TsmChange *c, const TriggerData *trigger)
{
	c->desk = tsm_desk_of_ticket(RelationGetNamespace(trigger->tg_relation),
								 RelationGetRelid(trigger->tg_relation));
	if (c->desk->ticket_natts != c->desc->natts)
		elog(ERROR, "the columns of table ticket have changed meanwhile");
}

/* Take a tuple apart: all its attributes, and the columns we know of them. */
static void
extract(const TsmChange *c, HeapTuple tuple, Datum **values, bool **nulls, TicketRow *row)
{
	*values = palloc(c->desc->natts * sizeof(Datum));
	*nulls = palloc(c->desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, c->desc, *values, *nulls);
	if (c->desk->ticket_in_order)
	{
		memcpy(row->value, *values, sizeof(row->value));
		memcpy(row->isnull, *nulls, sizeof(row->isnull));
		return;
	}
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		row->value[col] = (*values)[c->desk->ticket_att[col] - 1];
		row->isnull[col] = (*nulls)[c->desk->ticket_att[col] - 1];
	}
}

static void
extract_rows(TsmChange *c)
{
	if (c->old_tuple != NULL)
		extract(c, c->old_tuple, &c->old_values, &c->old_nulls, &c->old);
	extract(c, c->new_tuple, &c->new_values, &c->new_nulls, &c->new);
}

/* Give a column of a new row the default that it has in the table, if it has one. */
static void
set_default(TsmChange *c, Relation rel, int col)
{
	AttrNumber	attno = c->desk->ticket_att[col];
	Form_pg_attribute att = TupleDescAttr(c->desc, attno - 1);
	Node	   *expr = build_column_default(rel, attno);
	EState	   *estate;
	Datum		value;
	bool		isnull;

	if (expr == NULL)
		return;
	estate = CreateExecutorState();
	value = ExecEvalExprSwitchContext(ExecPrepareExpr((Expr *) expr, estate),
									  GetPerTupleExprContext(estate), &isnull);
	if (!isnull)
		value = datumCopy(value, att->attbyval, att->attlen);
	FreeExecutorState(estate);
	c->new.value[col] = c->new_values[attno - 1] = value;
	c->new.isnull[col] = c->new_nulls[attno - 1] = isnull;
}

/*
 * Whole-row writers say NULL where they have nothing to say.  In a column that
 * cannot hold it, that means the default.
 */
static void
set_defaults(TsmChange *c, Relation rel)
{
	for (int col = 0; col < TICKET_COLUMNS; col++)
		if (c->new.isnull[col] && tsm_ticket_column[col].notnull &&
			(COLUMNS_THAT(IS_CLASS | IS_DATA | IS_PLACE) | COL(ticket_uuid)) & (UINT64CONST(1) << col))
			set_default(c, rel, col);
}

/* The default of the column may be a name that the area had before. */
static void
set_current_area(TsmChange *c)
{
	const TsmName *area;
	char	   *name;

	if (c->new.isnull[TC_area])
		return;
	name = TextDatumGetCString(c->new.value[TC_area]);
	if (tsm_name_find(&c->desk->areas, name) != NULL)
		return;
	area = tsm_name_former(&c->desk->areas, name);
	if (area == NULL)
		return;
	c->new.value[TC_area] = c->new_values[c->desk->ticket_att[TC_area] - 1] = CStringGetTextDatum(area->name);
}

/* Who acts: the request that a row answers, or the current user. */
static void
find_actor(TsmChange *c)
{
	TsmRequest *request = NULL;

	if (!c->new.isnull[TC_ticket_uuid])
		request = tsm_request_of(c->desk, DatumGetUUIDP(c->new.value[TC_ticket_uuid]), c->old_tuple == NULL);
	if (request == NULL)
	{
		tsm_caller_identify(c->desk, &c->caller);
		if (c->old_tuple == NULL)
			c->op = OP_CREAR;
		return;
	}
	/* while we waited for the row, the caller's rights may have changed */
	if (request->desk != c->desk)
		tsm_caller_renew(c->desk, &request->caller);
	c->request = request;
	c->caller = request->caller;
	c->op = request->op;
	if (c->old_tuple != NULL)
		request->state_before = DatumGetObjectId(c->old.value[TC_estado]);
	request->judged = true;
}

/*
 * A refusal of a request is about the function that was called: the text of
 * our own statement, which SPI adds as context, would tell its caller nothing.
 */
static void
raise_refusal(const TsmChange *c, const TsmRefusal *refusal)
{
	if (refusal == NULL)
		return;
	if (c->request != NULL)
		error_context_stack = c->request->context;
	tsm_raise(refusal);
}

/* ----------------------------------------------------------------
 * Filling
 * ----------------------------------------------------------------
 */
static void
fill_time(TicketRow *row, TicketColumn col, bool set, const TicketRow *old, TimestampTz now)
{
	row->isnull[col] = !set;
	if (!set)
		row->value[col] = (Datum) 0;
	else
		row->value[col] = old != NULL && !old->isnull[col] ? old->value[col] : TimestampTzGetDatum(now);
}

static void
fill_value(TicketRow *row, TicketColumn col, Datum value)
{
	row->value[col] = value;
	row->isnull[col] = false;
}

/* Is there no event to this change?  Only the clock changes a ticket so. */
static bool
has_no_event(const TsmChange *c)
{
	return c->work.count == 0 && !c->work.own;
}

/* The version of the last event; 55000 if there is none left, which a forged one alone brings about. */
static int32
last_version(const TsmChange *c)
{
	int32		version = c->old_tuple != NULL ? DatumGetInt32(c->old.value[TC_version]) : 0;

	if (version < 0 || pg_add_s32_overflow(version, c->work.count + c->work.own, &version))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a ticket of mesa %s is at version %d, after which there is no other", c->desk->schema, version)));
	return version;
}

/* The end of a pause, which pausar gives it, goes with the state that it is of. */
static void
fill_pause(TsmChange *c)
{
	TicketRow  *row = &c->new;
	bool		stays = c->old_tuple != NULL && c->op != OP_PAUSAR && row->value[TC_estado] == c->old.value[TC_estado];
	bool		given = c->op == OP_PAUSAR && c->request != NULL && c->request->has_until;

	row->isnull[TC_pausado_hasta] = stays ? c->old.isnull[TC_pausado_hasta] : !given;
	row->value[TC_pausado_hasta] = stays ? c->old.value[TC_pausado_hasta] :
		given ? TimestampTzGetDatum(c->request->until) : (Datum) 0;
}

/* Set the guarded columns of the new row from what precedes it and the time, but its hash. */
static void
fill(TsmChange *c)
{
	TicketRow  *row = &c->new;
	const TicketRow *old = c->old_tuple != NULL ? &c->old : NULL;
	const TsmState *state = &c->desk->state[tsm_state_index(c->desk, DatumGetObjectId(row->value[TC_estado]))];

	if (c->drops_agent)
		row->isnull[TC_agente_id] = true;
	fill_pause(c);
	tsm_sla_fill(c->desk, c->op, c->caller.role == ROLE_ADMIN, old, row, c->now, &c->work);
	fill_value(row, TC_version, Int32GetDatum(last_version(c)));
	fill_value(row, TC_actualizado_en,
			   has_no_event(c) ? old->value[TC_actualizado_en] : TimestampTzGetDatum(c->now));
	/* what a state means may have been edited; the clock's own events do not tell of that */
	if (old == NULL || c->work.own)
	{
		fill_value(row, TC_abierto, BoolGetDatum(state->open));
		fill_time(row, TC_resuelto_en, state->resolved, old, c->now);
		fill_time(row, TC_cerrado_en, !state->open, old, c->now);
	}
	/* for now: what precedes */
	row->value[TC_hash] = old ? old->value[TC_hash] : (Datum) 0;
	row->isnull[TC_hash] = old == NULL;
}

/* The label and the time of a new ticket: from here on other creations wait for us. */
static void
fill_identity(TsmChange *c)
{
	fill_value(&c->new, TC_ticket_label, PointerGetDatum(tsm_label_draw(c->desk, &c->now)));
	fill_value(&c->new, TC_fecha_creacion, TimestampTzGetDatum(c->now));
}

/*
 * What a new ticket's key is found by: the address and the key that it came with,
 * behind the digest of the data, if a function has given one.
 */
static void
fill_key(TsmChange *c)
{
	const TicketRow *row = &c->new;
	bytea	   *result;

	if (row->isnull[TC_clave_idempotencia] || row->isnull[TC_solicitante_email])
		return;
	result = palloc0(VARHDRSZ + 2 * TSM_HASH_LENGTH);
	SET_VARSIZE(result, VARHDRSZ + 2 * TSM_HASH_LENGTH);
	if (!row->isnull[TC_huella_idempotencia])
	{
		bytea	   *given = DatumGetByteaPP(row->value[TC_huella_idempotencia]);

		memcpy(VARDATA(result), VARDATA_ANY(given), Min(VARSIZE_ANY_EXHDR(given), TSM_HASH_LENGTH));
	}
	tsm_key_hash(DatumGetTextPP(row->value[TC_solicitante_email]), DatumGetTextPP(row->value[TC_clave_idempotencia]),
				 (uint8 *) VARDATA(result) + TSM_HASH_LENGTH);
	fill_value(&c->new, TC_huella_idempotencia, PointerGetDatum(result));
}

/* Form the events, and have the ticket hold the hash of the last one. */
static void
fill_hash(TsmChange *c)
{
	bytea	   *hash;

	if (has_no_event(c))
		return;
	tsm_events_form(c);
	hash = palloc(VARHDRSZ + TSM_HASH_LENGTH);
	SET_VARSIZE(hash, VARHDRSZ + TSM_HASH_LENGTH);
	memcpy(VARDATA(hash), c->hash, TSM_HASH_LENGTH);
	fill_value(&c->new, TC_hash, PointerGetDatum(hash));
}

/* The tuple that the new row says. */
static HeapTuple
filled_tuple(TsmChange *c)
{
	const uint64 set = COLUMNS_THAT(IS_GUARDED | IS_FIXED | IS_STATE) | COL(agente_id) | COL(huella_idempotencia);
	HeapTuple	tuple;
	int			col;

	FOR_COLUMNS(col, set)
	{
		c->new_values[c->desk->ticket_att[col] - 1] = c->new.value[col];
		c->new_nulls[c->desk->ticket_att[col] - 1] = c->new.isnull[col];
	}
	tuple = heap_form_tuple(c->desc, c->new_values, c->new_nulls);
	tuple->t_data->t_ctid = c->new_tuple->t_data->t_ctid;
	tuple->t_self = c->new_tuple->t_self;
	tuple->t_tableOid = c->new_tuple->t_tableOid;
	return tuple;
}

/* Tell the request what comes of it. */
static void
answer_request(const TsmChange *c)
{
	TsmRequest *request = c->request;
	MemoryContext oldcxt = MemoryContextSwitchTo(request->cxt);
	int			col;

	memset(request->row.isnull, true, sizeof(request->row.isnull));
	FOR_COLUMNS(col, COLUMNS_THAT(IS_RETURNED))
	{
		Form_pg_attribute att = TupleDescAttr(c->desc, c->desk->ticket_att[col] - 1);

		request->row.isnull[col] = c->new.isnull[col];
		if (!request->row.isnull[col])
			request->row.value[col] = datumCopy(c->new.value[col], att->attbyval, att->attlen);
	}
	request->work = c->work;
	MemoryContextSwitchTo(oldcxt);
}

/* ----------------------------------------------------------------
 * BEFORE
 * ----------------------------------------------------------------
 */

/*
 * Judge an update.  One of a batch is not to take the others along: its refusal
 * is kept in the request, and false returned.
 */
static bool
judge_update(TsmChange *c)
{
	TsmRequest *request = c->request;
	bool		alone = request == NULL || !request->in_batch;
	MemoryContext oldcxt = MemoryContextSwitchTo(alone ? CurrentMemoryContext : request->cxt);
	TsmRefusal *refusal;

	refusal = tsm_is_clock(c) ? tsm_judge_clock(c) : tsm_judge_update(c);
	MemoryContextSwitchTo(oldcxt);
	if (alone)
		raise_refusal(c, refusal);
	else
		request->refusal = refusal;
	return refusal == NULL;
}

static bool
same_time(const TsmChange *c, TicketColumn col)
{
	return c->old.isnull[col] == c->new.isnull[col] && c->old.value[col] == c->new.value[col];
}

/* Has the clock nothing to write at all? */
static bool
is_idle(const TsmChange *c)
{
	return tsm_is_clock(c) && has_no_event(c) && same_time(c, TC_sla_revisar_en) && same_time(c, TC_sla_orden);
}

/*
 * Does a foreign key carry the new name of an area or a priority on to the ticket?
 * That is nobody's change of the ticket: it has no event.
 */
static bool
carries_name(const TsmChange *c)
{
	bool		area = c->changed == COL(area);
	int			col = area ? TC_area : TC_prioridad;

	return c->request == NULL && (area || c->changed == COL(prioridad)) && !c->new.isnull[col] &&
		tsm_name_carried(c->desk, area, c->old.value[col], c->new.value[col]);
}

/* The row is as it was but for the name; what the owner's triggers did to his columns stays. */
static void
carry_name(TsmChange *c)
{
	int			col;

	c->op = OP_ACTUALIZAR;
	FOR_COLUMNS(col, COLUMNS_THAT(IS_GUARDED))
	{
		c->new.value[col] = c->old.value[col];
		c->new.isnull[col] = c->old.isnull[col];
	}
}

/* Judge and fill a new ticket. */
static void
create(TsmChange *c, Relation rel)
{
	TicketRow	given;

	set_defaults(c, rel);
	set_current_area(c);
	tsm_diff(c);
	raise_refusal(c, tsm_judge_creation(c));
	given = c->new;
	fill_identity(c);
	fill_key(c);
	fill(c);
	raise_refusal(c, tsm_judge_given(c, &given));
}

Datum
tsm_tg_ticket_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	result;
	TsmChange	c;

	check_protocol(fcinfo, "tg_ticket_before", true);
	begin_change(&c, trigger);
	find_desk(&c, trigger);
	extract_rows(&c);
	find_actor(&c);
	if (c.old_tuple == NULL)
		create(&c, trigger->tg_relation);
	else
	{
		tsm_diff(&c);
		if (carries_name(&c))
			carry_name(&c);
		else if (!judge_update(&c))
			return PointerGetDatum(NULL);
		else
		{
			/* the row is locked by now; time never runs back in a history */
			c.now = Max(tsm_now(), DatumGetTimestampTz(c.old.value[TC_actualizado_en]));
			fill(&c);
		}
	}
	if (is_idle(&c))
	{
		c.request->idle = true;
		return PointerGetDatum(NULL);
	}
	fill_hash(&c);
	result = filled_tuple(&c);
	if (c.request != NULL)
		answer_request(&c);
	tsm_pending_remember(&c, RelationGetRelid(trigger->tg_relation), result);
	return PointerGetDatum(result);
}

/* ----------------------------------------------------------------
 * AFTER
 * ----------------------------------------------------------------
 */

/* Is the row that landed, to the byte, the one that we filled? */
static bool
is_as_filled(HeapTuple landed, HeapTuple filled)
{
	const size_t bits = offsetof(HeapTupleHeaderData, t_bits);

	return landed->t_len == filled->t_len &&
		landed->t_data->t_hoff == filled->t_data->t_hoff &&
		memcmp((char *) landed->t_data + bits, (char *) filled->t_data + bits,
			   landed->t_len - bits) == 0;
}

/* The user's triggers that come after the guard's, for a hint; NULL if there are none. */
static char *
later_triggers(const TriggerData *trigger)
{
	const TriggerDesc *triggers = trigger->tg_relation->trigdesc;
	StringInfoData names;
	bool		later = false;

	initStringInfo(&names);
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *t = &triggers->triggers[i];

		if (!TRIGGER_FOR_ROW(t->tgtype) || !TRIGGER_FOR_BEFORE(t->tgtype) || t->tgenabled == TRIGGER_DISABLED)
			continue;
		if (later)
			appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "", t->tgname);
		else
			later = strcmp(t->tgname, "zzz_guardia_antes") == 0;
	}
	return names.len == 0 ? NULL :
		psprintf("Its name must sort before that of the guard's trigger: %s.", names.data);
}

/* Nobody may have changed the row since it was judged; what is derived from others is nobody's change. */
static void
require_same(TsmChange *c, const TriggerData *trigger, HeapTuple filled)
{
	TicketRow	row;
	Datum	   *values;
	bool	   *nulls;

	extract_rows(c);
	extract(c, filled, &values, &nulls, &row);
	for (int i = 0; i < c->desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(c->desc, i);

		if (att->attgenerated || att->attisdropped)
			continue;
		if (c->new_nulls[i] != nulls[i] ||
			(!nulls[i] && !tsm_same_datum(c->new_values[i], values[i], att->attbyval, att->attlen)))
			tsm_refuse(REFUSE_GUARDED_COLUMN, NameStr(att->attname),
					   "A trigger on table ticket changed it after the guard had judged the row.",
					   later_triggers(trigger));
	}
}

/* The change that the BEFORE trigger has seen, or 428C9. */
static void
recall(TsmChange *c, const TriggerData *trigger, TsmPending *p)
{
	HeapTuple	row = c->old_tuple ? c->old_tuple : c->new_tuple;

	if (!tsm_pending_take(trigger->tg_relation, row, c->old_tuple == NULL, &c->desk, p))
		tsm_refuse(REFUSE_UNSEEN, NULL,
				   "A trigger on table ticket changed \"ticket_uuid\", "
				   "or the guard's trigger BEFORE the change is disabled.", later_triggers(trigger));
	c->caller = p->caller;
	c->op = p->op;
	c->request = p->request;
	c->now = p->now;
	c->work = p->work;
	c->changed = p->changed;
	c->nevents = p->nevents;
	memcpy(c->event, p->event, p->nevents * sizeof(HeapTuple));
}

Datum
tsm_tg_ticket_after(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TsmPending	p;
	TsmChange	c;

	check_protocol(fcinfo, "tg_ticket_after", false);
	begin_change(&c, trigger);
	recall(&c, trigger, &p);
	if (!is_as_filled(c.new_tuple, p.filled))
		require_same(&c, trigger, p.filled);
	if (tsm_is_published(&c) || tsm_has_words(&c))
		extract_rows(&c);
	tsm_events_write(&c);
	if (tsm_has_words(&c))
		tsm_words_write(&c);
	if (c.request != NULL)
		c.request->landed = true;
	heap_freetuple(p.filled);
	for (int i = 0; i < c.nevents; i++)
		heap_freetuple(c.event[i]);
	return PointerGetDatum(NULL);
}

/* ----------------------------------------------------------------
 * The end of a transaction
 * ----------------------------------------------------------------
 */
void
tsm_guard_xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (tsm_edited_calendars != NIL)
				tsm_calendars_end(true);
			if (tsm_pending_count > 0)
				tsm_pending_require_landed();
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			if (event == XACT_EVENT_ABORT)
			{
				tsm_request_forget(TopSubTransactionId);
				tsm_sealed_forget(TopSubTransactionId);
				tsm_plans_forget(TopSubTransactionId);
				tsm_calendars_end(false);
			}
			/* what is prepared may be rolled back yet */
			if (event != XACT_EVENT_COMMIT)
				tsm_calendars_rolled_back();
			tsm_calendars_settled();
			if (tsm_pending_count > 0)
				tsm_pending_forget_since(TopSubTransactionId);
			break;
		default:
			break;
	}
}

void
tsm_guard_subxact_callback(SubXactEvent event, SubTransactionId mySubid,
						   SubTransactionId parentSubid, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	tsm_request_forget(mySubid);
	tsm_sealed_forget(mySubid);
	tsm_plans_forget(mySubid);
	tsm_calendars_rolled_back();
	if (tsm_pending_count > 0)
		tsm_pending_forget_since(mySubid);
}
