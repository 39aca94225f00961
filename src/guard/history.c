/*-------------------------------------------------------------------------
 *
 * history.c
 *	  The rows of the history, and their hash chain.
 *
 * hash = sha256(hash of the row before, or 32 zero bytes || canonical form).
 * The canonical form, whose number the row carries, is for each column that is
 * IN_CHAIN, in the order of columns.h: "-," for NULL, else the length of the
 * value in bytes, ":", the value as its type prints it, in UTF-8, and ",".  A
 * time is printed as microseconds since 1970-01-01 00:00 UTC, bytes as
 * hexadecimal digits.
 *
 * Personal texts enter the chain by a digest that is salted, as a telephone
 * number under a known salt is found in seconds.  Texts and salt can be erased
 * then, and the digest still proves the rest.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "port.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/inet.h"
#include "utils/timestamp.h"

#include "guard/guard.h"

/* Bytes of an event's salt. */
#define SALT_LENGTH 16

/* A bytea of fixed size. */
typedef struct Bytes
{
	int32		header;
	uint8		data[TSM_HASH_LENGTH];
} Bytes;

static const uint8 no_hash[TSM_HASH_LENGTH] = {0};

/* ----------------------------------------------------------------
 * The canonical form
 * ----------------------------------------------------------------
 */
static void
append_string(StringInfo form, const char *value)
{
	tsm_append_value(form, value, strlen(value));
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

/* Bytes as hexadecimal digits; of a uuid with its dashes.  By hand: it is done several times for every event. */
static void
append_hex(StringInfo form, const uint8 *data, int len, bool dashes)
{
	static const char hex[] = "0123456789abcdef";
	char	   *str = palloc(2 * len + 4);
	char	   *p = str;

	for (int i = 0; i < len; i++)
	{
		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10))
			*p++ = '-';
		*p++ = hex[data[i] >> 4];
		*p++ = hex[data[i] & 0x0F];
	}
	tsm_append_value(form, str, p - str);
	pfree(str);
}

static void
append_varlena(StringInfo form, TsmType type, Datum value)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(value);

	if (type == TSM_BYTEA)
		append_hex(form, (uint8 *) VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), false);
	else
		tsm_append_value(form, VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
}

static void
append_typed(StringInfo form, const TsmDesk *desk, TsmType type, Datum value)
{
	switch (type)
	{
		case TSM_UUID:
			append_hex(form, DatumGetUUIDP(value)->data, UUID_LEN, true);
			break;
		case TSM_INT2:
			append_number(form, DatumGetInt16(value));
			break;
		case TSM_INT4:
			append_number(form, DatumGetInt32(value));
			break;
		case TSM_TIMESTAMPTZ:
			append_number(form, DatumGetTimestampTz(value) +
						  (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
			break;
		case TSM_BOOL:
			append_string(form, DatumGetBool(value) ? "true" : "false");
			break;
		case TSM_TICKET_OPERATION:
			append_string(form, tsm_operation_names[tsm_operation_by_oid(desk, DatumGetObjectId(value))]);
			break;
		case TSM_TICKET_ROLE:
			append_string(form, tsm_role_names[tsm_role_by_oid(desk, DatumGetObjectId(value))]);
			break;
		case TSM_TICKET_STATE:
			append_string(form, desk->state[tsm_state_index(desk, DatumGetObjectId(value))].name);
			break;
		case TSM_TICKET_TYPE:
			append_output(form, enum_out, value);
			break;
		case TSM_JSONB:
			append_output(form, jsonb_out, value);
			break;
		case TSM_INET:
			append_output(form, inet_out, value);
			break;
		default:
			append_varlena(form, type, value);
			break;
	}
}

/* Those columns of a row whose "what" has this in it, or is this. */
static void
append_columns(StringInfo form, const TsmDesk *desk, const TsmColumn *column, int count,
			   bool (*wanted) (const TsmColumn *column), const Datum *value, const bool *isnull)
{
	for (int col = 0; col < count; col++)
	{
		if (!wanted(&column[col]))
			continue;
		if (isnull[col])
			appendBinaryStringInfo(form, "-,", 2);
		else
			append_typed(form, desk, column[col].type, value[col]);
	}
}

static bool
is_in_chain(const TsmColumn *column)
{
	return column->what == IN_CHAIN;
}

static bool
is_by_digest(const TsmColumn *column)
{
	return column->what == BY_DIGEST;
}

static bool
is_data(const TsmColumn *column)
{
	return (column->what & IS_DATA) != 0;
}

/* ----------------------------------------------------------------
 * Hashes and digests
 * ----------------------------------------------------------------
 */
void
tsm_history_hash(const TsmDesk *desk, const HistoryRow *row, const uint8 *previous, uint8 *hash)
{
	StringInfoData form;

	initStringInfo(&form);
	append_columns(&form, desk, tsm_history_column, HISTORY_COLUMNS, is_in_chain, row->value, row->isnull);
	tsm_sha256_pieces(previous ? previous : no_hash, TSM_HASH_LENGTH,
					  (const uint8 *) form.data, form.len, hash);
	pfree(form.data);
}

static void
salted(const bytea *salt, StringInfo form, uint8 *digest)
{
	tsm_sha256_pieces((const uint8 *) VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt),
					  (const uint8 *) form->data, form->len, digest);
	pfree(form->data);
}

void
tsm_history_texts_digest(const TsmDesk *desk, const HistoryRow *row, const bytea *salt, uint8 *digest)
{
	StringInfoData form;

	initStringInfo(&form);
	append_columns(&form, desk, tsm_history_column, HISTORY_COLUMNS, is_by_digest, row->value, row->isnull);
	salted(salt, &form, digest);
}

void
tsm_history_data_digest(const TsmDesk *desk, const TicketRow *row, const bytea *salt, uint8 *digest)
{
	StringInfoData form;

	initStringInfo(&form);
	append_columns(&form, desk, tsm_ticket_column, TICKET_COLUMNS, is_data, row->value, row->isnull);
	salted(salt, &form, digest);
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
insert(const TsmDesk *desk, Relation rel, HeapTuple event)
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

void
tsm_history_insert(const TsmDesk *desk, HeapTuple *events, int count)
{
	Relation	rel = table_open(desk->history_relid, RowExclusiveLock);

	tsm_shape_recheck(desk);
	for (int i = 0; i < count; i++)
		insert(desk, rel, events[i]);
	table_close(rel, NoLock);
}

/* ----------------------------------------------------------------
 * Forming a row
 * ----------------------------------------------------------------
 */
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

/* The columns before and after of those that are tracked. */
static void
put_tracked(HistoryRow *row, const TicketRow *old, const TicketRow *new)
{
	for (int i = 0; i < TSM_TRACKED; i++)
	{
		const TsmTracked *t = &tsm_tracked[i];
		TicketColumn col = t->column;
		bool		byval = tsm_ticket_column[col].type == TSM_TICKET_TYPE;

		if (t->only_changes && old != NULL && old->isnull[col] == new->isnull[col] &&
			(new->isnull[col] ||
			 tsm_same_datum(old->value[col], new->value[col], byval, byval ? (int) sizeof(Oid) : -1)))
			continue;
		put_copy(row, t->before, old, col);
		put_copy(row, t->after, new, col);
	}
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

static void
put_bytes(HistoryRow *row, HistoryColumn col, Bytes *bytes, int len)
{
	SET_VARSIZE(bytes, VARHDRSZ + len);
	put(row, col, PointerGetDatum(bytes));
}

/* The personal texts, and the digests by which they and the requester's data are proven. */
static void
put_texts(HistoryRow *row, const TsmDesk *desk, const TsmEvent *event, Bytes *salt, Bytes *texts, Bytes *data)
{
	if (event->reason != NULL)
		put(row, HC_motivo, PointerGetDatum(event->reason));
	if (event->note != NULL)
		put(row, HC_nota, PointerGetDatum(event->note));
	if (event->answer != NULL)
		put(row, HC_respuesta, PointerGetDatum(event->answer));
	if (event->changes != NULL)
		put(row, HC_cambios, JsonbPGetDatum(event->changes));
	/* behind an application, the address is what that has told */
	if (event->old == NULL && row->isnull[HC_ip])
		put_copy(row, HC_ip, event->new, TC_ip_registro);

	if (!event->data_changed && row->isnull[HC_motivo] && row->isnull[HC_nota] &&
		row->isnull[HC_respuesta] && row->isnull[HC_cambios] && row->isnull[HC_ip])
		return;
	if (!pg_strong_random(salt->data, SALT_LENGTH))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	put_bytes(row, HC_sal, salt, SALT_LENGTH);
	tsm_history_texts_digest(desk, row, (bytea *) salt, texts->data);
	put_bytes(row, HC_huella_textos, texts, TSM_HASH_LENGTH);
	if (event->data_changed)
	{
		tsm_history_data_digest(desk, event->new, (bytea *) salt, data->data);
		put_bytes(row, HC_huella_datos, data, TSM_HASH_LENGTH);
	}
}

HeapTuple
tsm_history_form(const TsmDesk *desk, const TsmCaller *caller, const TsmEvent *event,
				 uint8 *hash, MemoryContext cxt)
{
	const TicketRow *new = event->new;
	Bytes		salt;
	Bytes		texts;
	Bytes		data;
	Bytes		stored;
	HistoryRow	row;

	memset(row.isnull, true, sizeof(row.isnull));
	memset(row.value, 0, sizeof(row.value));

	put_copy(&row, HC_ticket_uuid, new, TC_ticket_uuid);
	put_copy(&row, HC_version, new, TC_version);
	put(&row, HC_forma, Int16GetDatum(TSM_FORM));
	put(&row, HC_operacion, ObjectIdGetDatum(desk->operation_oid[event->op]));
	put_copy(&row, HC_ocurrido_en, new, TC_actualizado_en);
	if (event->old == NULL)
		put_copy(&row, HC_ticket_label, new, TC_ticket_label);
	put_tracked(&row, event->old, new);
	put(&row, HC_reloj, CStringGetTextDatum(tsm_clock_names[tsm_sla_clock(new)]));
	if (event->sla != NULL)
		put(&row, HC_sla, JsonbPGetDatum(event->sla));
	put_actor(&row, desk, caller);
	put_texts(&row, desk, event, &salt, &texts, &data);

	tsm_history_hash(desk, &row, event->old != NULL ? hash : NULL, hash);
	memcpy(stored.data, hash, TSM_HASH_LENGTH);
	put_bytes(&row, HC_hash, &stored, TSM_HASH_LENGTH);
	return form_tuple(desk, &row, cxt);
}
