/*-------------------------------------------------------------------------
 *
 * sheet.h
 *	  What there is, once: operations, roles, columns, fields.
 *
 * Operations and roles have code of their own; states have none, so they are
 * known by their OIDs only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_SHEET_H
#define TSM_SHEET_H

#include "sheet/columns.h"
#include "sheet/refusals.h"
#include "sheet/tables.h"

typedef enum TsmOperation
{
	OP_CREAR,
	OP_ASIGNAR,
	OP_TRANSFERIR,
	OP_RECLASIFICAR,
	OP_PAUSAR,
	OP_REABRIR,
	OP_ACTUALIZAR,
	OP_RESOLVER,
	OP_CANCELAR,
	OP_ARCHIVAR,
	OP_CONSULTAR,
	/* the clock's own: nobody is asked whether they are allowed */
	OP_AVISAR,
	OP_VENCER,
	OP_RECALCULAR
} TsmOperation;

#define TSM_OPERATIONS	(OP_RECALCULAR + 1)

typedef enum TsmRole
{
	ROLE_ADMIN,
	ROLE_MESA,
	ROLE_AREA,
	ROLE_PUBLICO,
	ROLE_NONE
} TsmRole;

#define TSM_ROLES	ROLE_NONE

/* What the SLA clock does in a state: estado.reloj. */
typedef enum TsmClock
{
	CLOCK_RUNS,
	CLOCK_STANDS,
	CLOCK_ENDS
} TsmClock;

/* The two stopwatches of a ticket: sla_politica.objetivo. */
typedef enum TsmTarget
{
	TARGET_ATTENTION,
	TARGET_RESOLUTION
} TsmTarget;

#define TSM_TARGETS	(TARGET_RESOLUTION + 1)

/* What a field may hold is in the table of fields.c. */
typedef enum TsmField
{
	F_NOMBRE,
	F_DOCUMENTO,
	F_EMAIL,
	F_TELEFONO,
	F_EMPRESA,
	F_CATEGORIA,
	F_SUBCATEGORIA,
	F_ASUNTO,
	F_DESCRIPCION,
	F_CLAVE,
	F_RESPUESTA_CLIENTE,
	F_MOTIVO,
	F_NOTA,
	F_RESPUESTA,
	TSM_FIELDS
} TsmField;

/* The names of all that, as they stand in the tables. */
extern const char *const tsm_operation_names[TSM_OPERATIONS];
extern const char *const tsm_role_names[TSM_ROLES];
extern const char *const tsm_clock_names[];
extern const char *const tsm_target_names[TSM_TARGETS];

#endif							/* TSM_SHEET_H */
