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
#include "postgres.h"

#include "commands/async.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/xid8.h"

#include "guard/guard.h"

static const TsmQuery q_event_insert = {
	"INSERT INTO @.evento (evento_id, horizonte, ticket_uuid, version, operacion, ocurrido_en, datos)"
	" VALUES ($1, $2, $3, $4, $5::ticket_sm.ticket_operation, $6, $7)",
	7, {INT8OID, XID8OID, UUIDOID, INT4OID, TEXTOID, TIMESTAMPTZOID, JSONBOID}, PLAN_ONCE
};

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
			case TC_pausado_hasta:
				value = tsm_time_string(DatumGetTimestampTz(row->value[col]));
				break;
			default:
				value = TextDatumGetCString(row->value[col]);
				break;
		}
	append_string(json, key, value);
}

static const char *
state_name(const TsmDesk *desk, const TicketRow *row)
{
	return row == NULL ? NULL :
		desk->state[tsm_state_index(desk, DatumGetObjectId(row->value[TC_estado]))].name;
}

/* What the event is about; nothing that only agents may see of a requester. */
static Datum
event_data(const TsmDesk *desk, const TicketRow *old, const TicketRow *new, const TsmDue *due,
		   const TsmRequest *request)
{
	Jsonb	   *link = request == NULL ? NULL : request->link;
	StringInfoData json;

	initStringInfo(&json);
	append_column(&json, "ticket_label", new, TC_ticket_label);
	append_string(&json, "estado_antes", state_name(desk, old));
	append_string(&json, "estado", state_name(desk, new));
	append_column(&json, "tipo", new, TC_tipo);
	append_column(&json, "categoria", new, TC_categoria);
	append_column(&json, "prioridad", new, TC_prioridad);
	append_column(&json, "area", new, TC_area);
	append_column(&json, "agente_id", new, TC_agente_id);
	append_column(&json, "fecha_limite_sla", new, TC_fecha_limite_sla);
	if (!new->isnull[TC_pausado_hasta])
		append_column(&json, "pausado_hasta", new, TC_pausado_hasta);
	if (request != NULL && request->swept)
		appendStringInfoString(&json, ", \"automatico\": true");
	if (due != NULL)
	{
		append_string(&json, "objetivo", tsm_target_names[due->target]);
		appendStringInfo(&json, ", \"umbral\": %d", due->threshold == TSM_WITHDRAWN ? TSM_BREACH : due->threshold);
		append_string(&json, "limite", tsm_time_string(due->deadline));
	}
	if (request != NULL && request->rating != NULL)
		appendStringInfo(&json, ", \"calificacion\": %d", request->rating->rating);
	if (link != NULL)
	{
		appendStringInfoString(&json, ", \"vinculo\": ");
		(void) JsonbToCString(&json, &link->root, VARSIZE(link));
	}
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

void
tsm_event_publish(const TsmDesk *desk, TsmOperation op, const TicketRow *old,
				  const TicketRow *new, const TsmDue *due, const TsmRequest *request)
{
	Datum		args[7];
	TsmIdentity saved;

	if (!desk->publishes[op])
		return;
	saved = tsm_enter(desk);
	/* in this order: see above */
	(void) GetTopFullTransactionId();
	args[0] = DirectFunctionCall1(nextval_oid, ObjectIdGetDatum(desk->event_sequence));
	args[1] = FullTransactionIdGetDatum(ReadNextFullTransactionId());
	args[2] = new->value[TC_ticket_uuid];
	args[3] = new->value[TC_version];
	args[4] = CStringGetTextDatum(tsm_operation_names[op]);
	args[5] = new->value[TC_actualizado_en];
	args[6] = event_data(desk, old, new, due, request);
	if (tsm_guarded_write(desk, &q_event_insert, args, NULL, TABLE_evento) != SPI_OK_INSERT ||
		SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("an event was not written"),
				 errhint("See the triggers and rules that were added to table evento.")));
	if (desk->event_channel != NULL)
		Async_Notify(desk->event_channel, DatumGetCString(DirectFunctionCall1(int8out, args[0])));
	tsm_leave(saved);
}
