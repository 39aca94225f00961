/*-------------------------------------------------------------------------
 *
 * outbox.c
 *	  Events for other systems: webhooks, mail.
 *
 * Whoever reads a growing table by its key skips rows: a number is drawn in
 * one order and committed in another.  So each row carries a horizon, the next
 * transaction number of the cluster, read after the row's own number was
 * drawn.  Whoever drew a lower number had a transaction number before that.
 * Once every transaction below the horizon has ended, the rows up to this one
 * are all there will ever be, and only then is it given to a reader.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

PG_FUNCTION_INFO_V1(tsm_fn_eventos);

#define MAX_BATCH 10000

/* ----------------------------------------------------------------
 * Writing
 * ----------------------------------------------------------------
 */
static void
append_string(StringInfo json, const char *key, const char *value)
{
	appendStringInfo(json, "%s\"%s\": ", json->len > 0 ? ", " : "{", key);
	if (value == NULL)
		appendStringInfoString(json, "null");
	else
		escape_json(json, value);
}

static void
append_column(StringInfo json, const char *key, const TicketRow *row, TicketColumn col)
{
	char	   *value = NULL;

	if (!row->isnull[col])
		switch (col)
		{
			case TC_agente_id:
				value = DatumGetCString(DirectFunctionCall1(uuid_out, row->value[col]));
				break;
			case TC_tipo:
				value = DatumGetCString(DirectFunctionCall1(enum_out, row->value[col]));
				break;
			case TC_fecha_limite_sla:
				value = tsm_time_string(DatumGetTimestampTz(row->value[col]));
				break;
			default:
				value = TextDatumGetCString(row->value[col]);
				break;
		}
	append_string(json, key, value);
}

static const char *
state_name(const TsmMesa *mesa, const TicketRow *row)
{
	return row == NULL ? NULL :
		mesa->state[tsm_state_index(mesa, DatumGetObjectId(row->value[TC_estado]))].name;
}

/* What the event is about; nothing that only agents may see of a requester. */
static Datum
event_data(const TsmMesa *mesa, const TicketRow *old, const TicketRow *new, const TsmDue *due)
{
	StringInfoData json;

	initStringInfo(&json);
	append_column(&json, "ticket_label", new, TC_ticket_label);
	append_string(&json, "estado_antes", state_name(mesa, old));
	append_string(&json, "estado", state_name(mesa, new));
	append_column(&json, "tipo", new, TC_tipo);
	append_column(&json, "categoria", new, TC_categoria);
	append_column(&json, "prioridad", new, TC_prioridad);
	append_column(&json, "area", new, TC_area);
	append_column(&json, "agente_id", new, TC_agente_id);
	append_column(&json, "fecha_limite_sla", new, TC_fecha_limite_sla);
	if (due != NULL)
	{
		append_string(&json, "objetivo", tsm_target_names[due->target]);
		appendStringInfo(&json, ", \"umbral\": %d", due->threshold);
		append_string(&json, "limite", tsm_time_string(due->deadline));
	}
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

void
tsm_event_publish(const TsmMesa *mesa, TsmOperation op, const TicketRow *old,
				  const TicketRow *new, const TsmDue *due)
{
	Datum		args[7];
	TsmIdentity saved;

	if (!mesa->publishes[op])
		return;
	saved = tsm_enter(mesa);
	/* in this order: see above */
	(void) GetTopFullTransactionId();
	args[0] = DirectFunctionCall1(nextval_oid, ObjectIdGetDatum(mesa->event_sequence));
	args[1] = FullTransactionIdGetDatum(ReadNextFullTransactionId());
	args[2] = new->value[TC_ticket_uuid];
	args[3] = new->value[TC_version];
	args[4] = CStringGetTextDatum(tsm_operation_names[op]);
	args[5] = new->value[TC_actualizado_en];
	args[6] = event_data(mesa, old, new, due);
	if (tsm_guarded_write(mesa, Q_EVENT_INSERT, args, NULL, "evento", 1) != SPI_OK_INSERT ||
		SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("an event was not written"),
				 errhint("See the triggers and rules that were added to table evento.")));
	if (mesa->event_channel != NULL)
		Async_Notify(mesa->event_channel, DatumGetCString(DirectFunctionCall1(int8out, args[0])));
	tsm_leave(saved);
}

/* ----------------------------------------------------------------
 * Reading
 * ----------------------------------------------------------------
 */
Datum
tsm_fn_eventos(PG_FUNCTION_ARGS)
{
	const TsmMesa *mesa = tsm_mesa_current();
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TsmCaller	caller;
	TsmIdentity saved;
	Datum		args[3];
	int			limit = PG_ARGISNULL(1) ? 100 : PG_GETARG_INT32(1);

	tsm_caller_identify(mesa, &caller);
	tsm_caller_require(mesa, &caller, OP_CONSULTAR);
	tsm_caller_require_admin(&caller, "read the events");
	if (limit < 1 || limit > MAX_BATCH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" has an invalid value", "limite"),
				 errdetail("It must be from 1 to %d.", MAX_BATCH)));

	InitMaterializedSRF(fcinfo, 0);
	/* a horizon beyond it came from another cluster, with a dump */
	args[0] = Int64GetDatum(PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0));
	args[1] = Int64GetDatum(limit);
	args[2] = FullTransactionIdGetDatum(ReadNextFullTransactionId());
	saved = tsm_enter(mesa);
	tsm_read(mesa, Q_EVENTS, args);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[7];
		bool		nulls[7];

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		if (!DatumGetBool(values[6]))
			break;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	tsm_leave(saved);
	/* they are for the world outside, which no crash takes back */
	tsm_wait_for_what_was_seen();
	return (Datum) 0;
}
