/*-------------------------------------------------------------------------
 *
 * sheet.c
 *	  The names of what is on the sheet.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "sheet/sheet.h"

const TsmFieldRow tsm_fields[TSM_FIELDS] = {
#define FIELD(id, name, column, min, max) [id] = {name, column, min, max},
#include "sheet/fields.h"
#undef FIELD
};

/* ----------------------------------------------------------------
 * The words of operations.h
 * ----------------------------------------------------------------
 */
#define NO_REASON		false
#define NEEDS_REASON	true

#define UPDATE(changes) "UPDATE @.ticket SET " changes " WHERE ticket_uuid OPERATOR(pg_catalog.=) #"

#define NOTHING			{PARAM_NONE}
#define TICKET			{PARAM_TICKET, 0, "ticket_id", NULL, REQUIRED, NULL}
#define VERSION			{PARAM_VERSION, 0, "version", "version", OPTIONAL, \
		"the version the caller has seen; when given, it must be the current one."}
#define TEXT(field, json, demand, help) {PARAM_TEXT, field, NULL, json, demand, help}
#define WORD(name, json, help) {PARAM_WORD, 0, name, json, REQUIRED, help}
#define REASON			TEXT(F_MOTIVO, "motivo", OPTIONAL, "reason, %s, internal.")
#define ANSWER(demand)	TEXT(F_RESPUESTA, "respuesta", demand, "answer that the requester sees, %s.")
#define TYPE(json, demand) {PARAM_TYPE, 0, "tipo", json, demand, \
		"PETICION, QUEJA, RECLAMO, SUGERENCIA, INCIDENTE, SOLICITUD or CONSULTA, in any case."}
#define PRIORITY(json, demand, help) {PARAM_PRIORITY, 0, "prioridad", json, demand, help}
#define AREA(json, demand, help) {PARAM_AREA, 0, "area", json, demand, help}
#define AGENT(help)		{PARAM_AGENT, 0, "agente_id", "agenteId", OPTIONAL, help}
#define BOOLEAN(name, json, help) {PARAM_BOOLEAN, 0, name, json, OPTIONAL, help}
#define ADDRESS(name)	{PARAM_ADDRESS, 0, name, NULL, OPTIONAL, NULL}

const TsmOperationRow tsm_operations[TSM_OPERATIONS] = {
#define OP(id, name, kind, reason, columns, participle, summary, notes, statement, ...) \
	[id] = {name, kind, reason, columns, participle, summary, notes, statement, {__VA_ARGS__}},
#include "sheet/operations.h"
#undef OP
};

const char *const tsm_operation_names[TSM_OPERATIONS] = {
#define OP(id, name, ...) [id] = name,
#include "sheet/operations.h"
#undef OP
};

const char *
tsm_param_name(const TsmParam *param)
{
	return param->kind == PARAM_TEXT ? tsm_fields[param->field].name : param->name;
}

bool
tsm_param_required(const TsmOperationRow *op, const TsmParam *param)
{
	if (param->kind == PARAM_TEXT && param->field == F_MOTIVO)
		return op->needs_reason;
	return param->demand == REQUIRED;
}

int
tsm_param_count(const TsmOperationRow *op)
{
	int			n = 0;

	while (op->param[n].kind != PARAM_NONE)
		n++;
	return n;
}

const char *const tsm_role_names[TSM_ROLES] = {"ADMIN", "MESA", "AREA", "PUBLICO"};

const char *const tsm_clock_names[] = {"corre", "pausa", "fin"};

const char *const tsm_target_names[TSM_TARGETS] = {"atencion", "resolucion"};

const char *const tsm_ticket_columns[TICKET_COLUMNS] = {
#define C(name) #name,
	TSM_TICKET_COLUMNS(C)
#undef C
};

const char *const tsm_history_columns[HISTORY_COLUMNS] = {
#define C(name) #name,
	TSM_HISTORY_COLUMNS(C)
#undef C
};

const char *const tsm_counter_columns[COUNTER_COLUMNS] = {
#define C(name) #name,
	TSM_COUNTER_COLUMNS(C)
#undef C
};
