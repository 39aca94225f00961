/*-------------------------------------------------------------------------
 *
 * history.c
 *	  The events of a ticket, and their hash chain.
 *
 * The guard writes one row for each change, not through the planner but
 * through the executor's own insertion routine, and past that as well where
 * nobody has put an index, a constraint or a trigger on the table.
 *
 * hash = sha256(hash of the row before, or 32 zero bytes || canonical form).
 * The canonical form is, for each column of historial but hash, in the order
 * of TSM_HISTORY_COLUMNS: "-," for NULL, else the length of the value in
 * bytes, ":", the value as its type prints it, in UTF-8, and ",".  ocurrido_en
 * is printed as microseconds since 1970-01-01 00:00 UTC.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inet.h"
#include "utils/jsonb.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "guard/guard.h"

static const uint8 no_hash[TSM_HASH_LENGTH] = {0};

static void
append_string(StringInfo form, const char *value)
{
	tsm_append_value(form, value, strlen(value));
}

static void
append_text(StringInfo form, Datum value)
{
	text	   *t = DatumGetTextPP(value);

	tsm_append_value(form, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
}

static void
append_number(StringInfo form, int64 value)
{
	char		digits[MAXINT8LEN + 1];

	tsm_append_value(form, digits, pg_lltoa(value, digits));
}

static void
append_output(StringInfo form, PGFunction output, Datum value)
{
	append_string(form, DatumGetCString(DirectFunctionCall1(output, value)));
}

/* uuid_out spelled out: it is called several times for every event. */
static void
append_uuid(StringInfo form, Datum value)
{
	static const char hex[] = "0123456789abcdef";
	const pg_uuid_t *id = DatumGetUUIDP(value);
	char		str[36];
	char	   *p = str;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[id->data[i] >> 4];
		*p++ = hex[id->data[i] & 0x0F];
	}
	tsm_append_value(form, str, sizeof(str));
}

static void
append_column(StringInfo form, const TsmDesk *desk, HistoryColumn col, Datum value)
{
	switch (col)
	{
		case HC_ticket_uuid:
		case HC_agente_antes:
		case HC_agente_despues:
		case HC_actor_id:
			append_uuid(form, value);
			break;
		case HC_version:
			append_number(form, DatumGetInt32(value));
			break;
		case HC_ocurrido_en:
			append_number(form, DatumGetTimestampTz(value) +
						  (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
			break;
		case HC_operacion:
			append_string(form, tsm_operation_names[tsm_operation_by_oid(desk, DatumGetObjectId(value))]);
			break;
		case HC_actor_rol:
			append_string(form, tsm_role_names[tsm_role_by_oid(desk, DatumGetObjectId(value))]);
			break;
		case HC_estado_antes:
		case HC_estado_despues:
			append_string(form, desk->state[tsm_state_index(desk, DatumGetObjectId(value))].name);
			break;
		case HC_tipo_antes:
		case HC_tipo_despues:
			append_output(form, enum_out, value);
			break;
		case HC_cambios:
			append_output(form, jsonb_out, value);
			break;
		case HC_ip:
			append_output(form, inet_out, value);
			break;
		default:
			append_text(form, value);
			break;
	}
}

void
tsm_history_hash(const TsmDesk *desk, const HistoryRow *row, const uint8 *previous, uint8 *hash)
{
	StringInfoData form;

	initStringInfo(&form);
	for (int col = 0; col < HC_hash; col++)
	{
		if (row->isnull[col])
		{
			appendStringInfoCharMacro(&form, '-');
			appendStringInfoCharMacro(&form, ',');
		}
		else
			append_column(&form, desk, (HistoryColumn) col, row->value[col]);
	}
	tsm_sha256_pieces(previous ? previous : no_hash, TSM_HASH_LENGTH,
				(const uint8 *) form.data, form.len, hash);
	pfree(form.data);
}

/*
 * Fetch the hash of an event.  Not with the statement's snapshot: under READ
 * COMMITTED the change we waited for is newer than that.  The ticket is
 * locked, so what is committed now, or ours, is what we follow.
 */
void
tsm_history_lookup(const TsmDesk *desk, Datum ticket, int version, uint8 *hash)
{
	Relation	rel = table_open(desk->history_relid, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&key[0], desk->history_att[HC_ticket_uuid],
				BTEqualStrategyNumber, F_UUID_EQ, ticket);
	ScanKeyInit(&key[1], desk->history_att[HC_version],
				BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(version));
	scan = systable_beginscan(rel, desk->history_pkey, true, SnapshotSelf, 2, key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, desk->history_att[HC_hash],
										 RelationGetDescr(rel), &isnull);
		bytea	   *bytes = isnull ? NULL : DatumGetByteaPP(value);

		if (bytes != NULL && VARSIZE_ANY_EXHDR(bytes) == TSM_HASH_LENGTH)
		{
			memcpy(hash, VARDATA_ANY(bytes), TSM_HASH_LENGTH);
			found = true;
		}
	}
	systable_endscan(scan);
	table_close(rel, NoLock);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the history of the ticket is not complete"),
				 errdetail("Event %d of ticket %s is missing or has no hash.", version,
						   DatumGetCString(DirectFunctionCall1(uuid_out, ticket))),
				 errhint("If a trigger of yours changes the ticket, its name must sort after \"aa_guardia_despues\". "
						 "Otherwise see what ticket_sm.fn_verificar() says.")));
}

/* ----------------------------------------------------------------
 * Writing
 * ----------------------------------------------------------------
 */

/* Columns that a user has added get their defaults. */
static void
fill_user_columns(const TsmDesk *desk, Relation rel, EState *estate, TupleTableSlot *slot)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		ours = false;
		Node	   *expr;

		if (att->attisdropped || att->attgenerated)
			continue;
		for (int col = 0; col < HISTORY_COLUMNS && !ours; col++)
			ours = desk->history_att[col] == att->attnum;
		if (ours || (expr = build_column_default(rel, att->attnum)) == NULL)
			continue;
		slot->tts_values[i] = ExecEvalExpr(ExecPrepareExpr((Expr *) expr, estate),
										   GetPerTupleExprContext(estate), &slot->tts_isnull[i]);
	}
}

/* A user's BEFORE trigger may fill columns of its own, and no more. */
static void
check_landed(const TsmDesk *desk, Relation rel, TupleTableSlot *slot,
			 const Datum *values, const bool *nulls)
{
	if (!ItemPointerIsValid(&slot->tts_tid))
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("a trigger has suppressed an event of the history"),
				 errhint("See the triggers that were added to table historial.")));
	for (int col = 0; col < HISTORY_COLUMNS; col++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), desk->history_att[col] - 1);
		bool		isnull;
		Datum		value = slot_getattr(slot, att->attnum, &isnull);

		if (isnull != nulls[att->attnum - 1] ||
			(!isnull && !tsm_same_datum(value, values[att->attnum - 1], att->attbyval, att->attlen)))
			ereport(ERROR,
					(errcode(ERRCODE_GENERATED_ALWAYS),
					 errmsg("column \"%s\" cannot be changed", NameStr(att->attname)),
					 errdetail("A trigger on table historial changed it after the guard had set it.")));
	}
}

/*
 * By the executor's own insertion routine, which keeps whatever indexes,
 * constraints and triggers a user has put on the table.
 */
static void
insert_generally(const TsmDesk *desk, Relation rel, HeapTuple event)
{
	TupleDesc	desc = RelationGetDescr(rel);
	EState	   *estate = CreateExecutorState();
	ResultRelInfo *rri = makeNode(ResultRelInfo);
	Datum	   *values = palloc(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	TupleTableSlot *slot;
	bool		after;

	tsm_init_range_table(estate, rel);
	InitResultRelInfo(rri, rel, 1, NULL, 0);
	/* for the AFTER triggers to find it open; closing it is ours */
	estate->es_opened_result_relations = lappend(estate->es_opened_result_relations, rri);
	estate->es_output_cid = GetCurrentCommandId(true);
	ExecOpenIndices(rri, false);

	heap_deform_tuple(event, desc, values, nulls);
	slot = ExecInitExtraTupleSlot(estate, desc, &TTSOpsVirtual);
	memcpy(slot->tts_values, values, desc->natts * sizeof(Datum));
	memcpy(slot->tts_isnull, nulls, desc->natts * sizeof(bool));
	if (desc->constr != NULL && desc->constr->num_defval > 0)
		fill_user_columns(desk, rel, estate, slot);
	ExecStoreVirtualTuple(slot);

	after = rel->trigdesc != NULL && rel->trigdesc->trig_insert_after_row;
	if (after)
		AfterTriggerBeginQuery();
	ExecSimpleRelationInsert(rri, estate, slot);
	if (rel->trigdesc != NULL && rel->trigdesc->trig_insert_before_row)
		check_landed(desk, rel, slot, values, nulls);
	if (after)
		AfterTriggerEndQuery(estate);

	ExecCloseIndices(rri);
	ExecResetTupleTable(estate->es_tupleTable, false);
	FreeExecutorState(estate);
}

/* Does the table accept this row as it is, with nothing of a user's to be heeded? */
static bool
is_plain(const TsmDesk *desk, Relation rel, HeapTuple event)
{
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *indexes;
	bool		only_ours;

	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relispartition ||
		rel->rd_rel->relam != HEAP_TABLE_AM_OID ||
		desc->natts != HISTORY_COLUMNS ||
		(rel->trigdesc != NULL &&
		 (rel->trigdesc->trig_insert_before_row || rel->trigdesc->trig_insert_after_row)) ||
		(desc->constr != NULL &&
		 (desc->constr->num_check > 0 || desc->constr->has_generated_stored)))
		return false;
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->attnotnull && heap_attisnull(event, i + 1, desc))
			return false;
	indexes = RelationGetIndexList(rel);
	only_ours = list_length(indexes) == 1 && linitial_oid(indexes) == desk->history_pkey;
	list_free(indexes);
	return only_ours;
}

/* Is it the primary key's index as the template makes it? */
static bool
is_plain_index(const TsmDesk *desk, Relation index)
{
	Form_pg_index form = index->rd_index;

	return form->indisvalid && form->indisready && form->indimmediate && form->indnatts == 2 &&
		form->indkey.values[0] == desk->history_att[HC_ticket_uuid] &&
		form->indkey.values[1] == desk->history_att[HC_version];
}

/*
 * The same without an executor around it, for a history to which nobody has
 * added anything; false if that is not so.
 */
static bool
insert_plainly(const TsmDesk *desk, Relation rel, HeapTuple event)
{
	Relation	index;
	Datum		key[2];
	bool		isnull[2];
	bool		plain;

	if (!is_plain(desk, rel, event))
		return false;
	index = index_open(desk->history_pkey, RowExclusiveLock);
	plain = is_plain_index(desk, index);
	if (plain)
	{
		key[0] = heap_getattr(event, desk->history_att[HC_ticket_uuid], RelationGetDescr(rel), &isnull[0]);
		key[1] = heap_getattr(event, desk->history_att[HC_version], RelationGetDescr(rel), &isnull[1]);
		simple_heap_insert(rel, event);
		(void) index_insert(index, key, isnull, &event->t_self, rel, UNIQUE_CHECK_YES, false,
							BuildIndexInfo(index));
	}
	index_close(index, NoLock);
	return plain;
}

void
tsm_history_insert(const TsmDesk *desk, HeapTuple *events, int count)
{
	Relation	rel = table_open(desk->history_relid, RowExclusiveLock);

	for (int i = 0; i < count; i++)
		if (!insert_plainly(desk, rel, events[i]))
			insert_generally(desk, rel, events[i]);
	table_close(rel, NoLock);
}

static void
put(HistoryRow *row, HistoryColumn col, Datum value)
{
	row->value[col] = value;
	row->isnull[col] = false;
}

static void
put_copy(HistoryRow *row, HistoryColumn col, const TicketRow *ticket, TicketColumn from)
{
	if (ticket != NULL && !ticket->isnull[from])
		put(row, col, ticket->value[from]);
}

/* Values before and after, if they differ. */
static void
put_change(HistoryRow *row, HistoryColumn before, HistoryColumn after,
		   const TicketRow *old, const TicketRow *new, TicketColumn from, bool byval)
{
	if (old != NULL && old->isnull[from] == new->isnull[from] &&
		(new->isnull[from] ||
		 tsm_same_datum(old->value[from], new->value[from], byval, byval ? (int) sizeof(Oid) : -1)))
		return;
	put_copy(row, before, old, from);
	put_copy(row, after, new, from);
}

static void
put_actor(HistoryRow *row, const TsmDesk *desk, const TsmCaller *caller)
{
	char	   *user = GetUserNameFromId(caller->userid, false);
	bool		isnull;
	Datum		address = tsm_caller_address(caller, &isnull);

	put(row, HC_usuario_bd, CStringGetTextDatum(user));
	put(row, HC_actor_rol, ObjectIdGetDatum(desk->role_oid[caller->role]));
	if (caller->agent != NULL)
	{
		put(row, HC_actor_id, UUIDPGetDatum(&caller->agent->id));
		put(row, HC_actor_nombre, CStringGetTextDatum(caller->agent->name));
	}
	else
		put(row, HC_actor_nombre, CStringGetTextDatum(user));
	if (!isnull)
		put(row, HC_ip, address);
}

static HeapTuple
form_tuple(const TsmDesk *desk, const HistoryRow *row, MemoryContext cxt)
{
	int			natts = desk->history_desc->natts;
	Datum	   *values = palloc0(natts * sizeof(Datum));
	bool	   *nulls = palloc(natts * sizeof(bool));
	MemoryContext oldcxt;
	HeapTuple	tuple;

	memset(nulls, true, natts * sizeof(bool));
	for (int col = 0; col < HISTORY_COLUMNS; col++)
	{
		values[desk->history_att[col] - 1] = row->value[col];
		nulls[desk->history_att[col] - 1] = row->isnull[col];
	}
	oldcxt = MemoryContextSwitchTo(cxt);
	tuple = heap_form_tuple(desk->history_desc, values, nulls);
	MemoryContextSwitchTo(oldcxt);
	pfree(values);
	pfree(nulls);
	return tuple;
}

HeapTuple
tsm_history_form(const TsmDesk *desk, const TsmCaller *caller, const TsmEvent *event,
				 uint8 *hash, MemoryContext cxt)
{
	const TicketRow *old = event->old;
	const TicketRow *new = event->new;
	struct
	{
		int32		header;
		uint8		hash[TSM_HASH_LENGTH];
	}			stored;
	HistoryRow	row;

	memset(row.isnull, true, sizeof(row.isnull));
	memset(row.value, 0, sizeof(row.value));

	put_copy(&row, HC_ticket_uuid, new, TC_ticket_uuid);
	put_copy(&row, HC_version, new, TC_version);
	put(&row, HC_operacion, ObjectIdGetDatum(desk->operation_oid[event->op]));
	put_copy(&row, HC_ocurrido_en, new, TC_actualizado_en);
	put_copy(&row, HC_estado_antes, old, TC_estado);
	put_copy(&row, HC_estado_despues, new, TC_estado);
	put_copy(&row, HC_area_antes, old, TC_area);
	put_copy(&row, HC_area_despues, new, TC_area);
	put_copy(&row, HC_prioridad_antes, old, TC_prioridad);
	put_copy(&row, HC_prioridad_despues, new, TC_prioridad);
	put_copy(&row, HC_agente_antes, old, TC_agente_id);
	put_copy(&row, HC_agente_despues, new, TC_agente_id);
	put_change(&row, HC_tipo_antes, HC_tipo_despues, old, new, TC_tipo, true);
	put_change(&row, HC_categoria_antes, HC_categoria_despues, old, new, TC_categoria, false);
	put_change(&row, HC_subcategoria_antes, HC_subcategoria_despues, old, new, TC_subcategoria, false);
	put(&row, HC_reloj, CStringGetTextDatum(tsm_clock_names[tsm_sla_clock(new)]));
	if (event->reason != NULL)
		put(&row, HC_motivo, PointerGetDatum(event->reason));
	if (event->note != NULL)
		put(&row, HC_nota, PointerGetDatum(event->note));
	if (event->answer != NULL)
		put(&row, HC_respuesta, PointerGetDatum(event->answer));
	if (event->changes != NULL)
		put(&row, HC_cambios, JsonbPGetDatum(event->changes));
	put_actor(&row, desk, caller);

	if (old == NULL)
	{
		put_copy(&row, HC_ticket_label, new, TC_ticket_label);
		/* behind an application, the address is what that has told */
		if (row.isnull[HC_ip])
			put_copy(&row, HC_ip, new, TC_ip_registro);
	}

	tsm_history_hash(desk, &row, old != NULL ? hash : NULL, hash);
	SET_VARSIZE(&stored, sizeof(stored));
	memcpy(stored.hash, hash, TSM_HASH_LENGTH);
	put(&row, HC_hash, PointerGetDatum(&stored));
	return form_tuple(desk, &row, cxt);
}
