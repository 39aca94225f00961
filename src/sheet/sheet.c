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
