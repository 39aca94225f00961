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
#define FIELD(id, name, column, kind, min, max) [id] = {name, column, kind, min, max},
#include "sheet/fields.h"
#undef FIELD
};

/* ----------------------------------------------------------------
 * The words of operations.h
 * ----------------------------------------------------------------
 */
#define NO_REASON		false
#define NEEDS_REASON	true

#define STATE_AFTER "estado = `"
#define UPDATE(changes) "UPDATE @.ticket SET " changes " WHERE ticket_uuid OPERATOR(pg_catalog.=) #"

#define NOTHING			{PARAM_NONE, 0, NULL, NULL, OPTIONAL, NULL}
#define TICKET			{PARAM_TICKET, 0, "ticket_id", NULL, REQUIRED, NULL}
#define VERSION			{PARAM_VERSION, 0, "version", "version", OPTIONAL, \
		"the version the caller has seen; when given, it must be the current one."}
#define TEXT(field, json, demand, help) {PARAM_TEXT, field, NULL, json, demand, help}
#define LABEL(name, json, help) {PARAM_LABEL, 0, name, json, REQUIRED, help}
#define WORD(name, json, help) {PARAM_WORD, 0, name, json, REQUIRED, help}
#define REASON			TEXT(F_MOTIVO, "motivo", OPTIONAL, "reason, %s, internal.")
#define ANSWER(demand)	TEXT(F_RESPUESTA, "respuesta", demand, "answer that the requester sees, %s.")
#define TYPE(json, demand) {PARAM_TYPE, 0, "tipo", json, demand, \
		"PETICION, QUEJA, RECLAMO, SUGERENCIA, INCIDENTE, SOLICITUD or CONSULTA, in any case."}
#define PRIORITY(json, demand, help) {PARAM_PRIORITY, 0, "prioridad", json, demand, help}
#define AREA(json, demand, help) {PARAM_AREA, 0, "area", json, demand, help}
#define AGENT(help)		{PARAM_AGENT, 0, "agente_id", "agenteId", OPTIONAL, help}
#define BOOLEAN(name, json, help) {PARAM_BOOLEAN, 0, name, json, OPTIONAL, help}
#define RATING(name, json, help) {PARAM_RATING, 0, name, json, REQUIRED, help}
#define UNTIL(name, json, help) {PARAM_TIME, 0, name, json, OPTIONAL, help}
#define OTHER			{PARAM_OTHER, 0, "otro_id", "otroId", REQUIRED, "the other ticket."}
#define RELATION(demand, help) {PARAM_RELATION, 0, "relacion", "relacion", demand, help}
#define ADDRESS(name)	{PARAM_ADDRESS, 0, name, NULL, OPTIONAL, NULL}
#define ID(name, demand)	{PARAM_UUID, 0, name, NULL, demand, NULL}
#define BYTES(name)		{PARAM_BYTES, 0, name, NULL, REQUIRED, NULL}
#define MAYBE(name, json, demand, help) {PARAM_WORD, 0, name, json, demand, help}

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

int
tsm_param_count(const TsmOperationRow *op)
{
	int			n = 0;

	while (op->param[n].kind != PARAM_NONE)
		n++;
	return n;
}

const char *const tsm_role_names[TSM_ROLES] = {"ADMIN", "MESA", "AREA", "PUBLICO"};

const char *const tsm_relation_names[TSM_RELATIONS] = {"relacionado", "padre", "duplicado"};
const char *const tsm_relation_inverse[TSM_RELATIONS] = {"relacionado", "hijo", "original"};

const char *const tsm_clock_names[] = {"corre", "pausa", "fin"};

const char *const tsm_target_names[TSM_TARGETS] = {"atencion", "resolucion"};

#define C(a, name, type, notnull, what) {#name, TSM_##type, notnull, what},
const TsmColumn tsm_ticket_column[TICKET_COLUMNS] = {TSM_TICKET_COLUMNS(C,)};
const TsmColumn tsm_history_column[HISTORY_COLUMNS] = {TSM_HISTORY_COLUMNS(C,)};
#undef C

#define T(a, column, stem, only_changes) \
	{TC_##column, HC_##stem##_antes, HC_##stem##_despues, only_changes, #stem},
const TsmTracked tsm_tracked[TSM_TRACKED] = {TSM_TRACKED_COLUMNS(T,)};
#undef T

#define R(id, code, message) code,
const int	tsm_refusal_code[TSM_REFUSAL_IDS] = {TSM_REFUSALS(R)};
#undef R

#define R(id, code, message) message,
const char *const tsm_refusal_message[TSM_REFUSAL_IDS] = {TSM_REFUSALS(R)};
#undef R
