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

#include "sheet/errors.h"

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

/*
 * The columns of ticket that we know, in the order of the template; a user may
 * have added others.
 */
#define TSM_TICKET_COLUMNS(C) \
	C(ticket_uuid) C(ticket_label) C(tipo) C(categoria) C(subcategoria) \
	C(prioridad) C(asunto) C(descripcion) C(solicitante_nombre) \
	C(solicitante_email) C(documento) C(telefono) C(tiene_whatsapp) \
	C(empresa_departamento) C(ip_registro) C(clave_idempotencia) \
	C(huella_idempotencia) C(sla_horas) C(fecha_creacion) C(sla_politica) \
	C(sla_calendario) C(sla_objetivo) C(atencion_politica) \
	C(atencion_calendario) C(atencion_objetivo) C(atencion_limite) \
	C(respuesta_cliente) C(estado) C(area) C(agente_id) \
	C(fecha_limite_sla) C(sla_restante) C(sla_aviso) C(sla_incumplido_en) \
	C(atencion_aviso) C(atencion_incumplido_en) C(atendido_en) \
	C(sla_revisar_en) C(sla_orden) C(abierto) C(resuelto_en) C(cerrado_en) \
	C(actualizado_en) C(version) C(hash)

/* The columns of historial, in the order of the canonical form. */
#define TSM_HISTORY_COLUMNS(C) \
	C(ticket_uuid) C(version) C(operacion) C(ocurrido_en) C(ticket_label) \
	C(estado_antes) C(estado_despues) C(area_antes) C(area_despues) \
	C(prioridad_antes) C(prioridad_despues) C(agente_antes) \
	C(agente_despues) C(tipo_antes) C(tipo_despues) C(categoria_antes) \
	C(categoria_despues) C(subcategoria_antes) C(subcategoria_despues) \
	C(reloj) C(motivo) C(nota) C(respuesta) C(cambios) C(actor_id) C(actor_nombre) \
	C(actor_rol) C(usuario_bd) C(ip) C(hash)

typedef enum TicketColumn
{
#define C(name) TC_##name,
	TSM_TICKET_COLUMNS(C)
#undef C
	TICKET_COLUMNS
} TicketColumn;

typedef enum HistoryColumn
{
#define C(name) HC_##name,
	TSM_HISTORY_COLUMNS(C)
#undef C
	HISTORY_COLUMNS
} HistoryColumn;

/* Those of contador. */
#define TSM_COUNTER_COLUMNS(C) \
	C(anio) C(ultimo)

typedef enum CounterColumn
{
#define C(name) CC_##name,
	TSM_COUNTER_COLUMNS(C)
#undef C
	COUNTER_COLUMNS
} CounterColumn;

typedef struct TicketRow
{
	Datum		value[TICKET_COLUMNS];
	bool		isnull[TICKET_COLUMNS];
} TicketRow;

typedef struct HistoryRow
{
	Datum		value[HISTORY_COLUMNS];
	bool		isnull[HISTORY_COLUMNS];
} HistoryRow;

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
extern const char *const tsm_ticket_columns[TICKET_COLUMNS];
extern const char *const tsm_history_columns[HISTORY_COLUMNS];
extern const char *const tsm_counter_columns[COUNTER_COLUMNS];

#endif							/* TSM_SHEET_H */
