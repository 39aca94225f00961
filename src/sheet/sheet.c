/*-------------------------------------------------------------------------
 *
 * sheet.c
 *	  The names of what is on the sheet.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "sheet/sheet.h"

const char *const tsm_operation_names[TSM_OPERATIONS] = {
	"crear", "asignar", "transferir", "reclasificar", "pausar", "reabrir",
	"actualizar", "resolver", "cancelar", "archivar", "consultar",
	"avisar", "vencer", "recalcular"
};

const char *const tsm_role_names[TSM_ROLES] = {"ADMIN", "MESA", "AREA", "PUBLICO"};

const char *const tsm_clock_names[] = {"corre", "pausa", "fin"};

const char *const tsm_target_names[TSM_TARGETS] = {"atencion", "resolucion"};

#define C(a, name, type, notnull, what) {#name, TSM_##type, notnull, what},
const TsmColumn tsm_ticket_column[TICKET_COLUMNS] = {TSM_TICKET_COLUMNS(C,)};
const TsmColumn tsm_history_column[HISTORY_COLUMNS] = {TSM_HISTORY_COLUMNS(C,)};
const TsmColumn tsm_counter_column[COUNTER_COLUMNS] = {TSM_COUNTER_COLUMNS(C,)};
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
