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

/* The operations: operations.h. */
typedef enum TsmOperation
{
#define OP(id, ...) id,
#include "sheet/operations.h"
#undef OP
	TSM_OPERATIONS
} TsmOperation;

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

/* Sets of columns, as bits: those whose change is the business of an operation. */
#define TSM_COLUMN(name) (UINT64CONST(1) << TC_##name)
#define TSM_ASSIGNMENT (TSM_COLUMN(area) | TSM_COLUMN(agente_id))
#define TSM_CLASSIFICATION (TSM_COLUMN(tipo) | TSM_COLUMN(categoria) | TSM_COLUMN(subcategoria) | \
	TSM_COLUMN(prioridad))

/* The text fields: fields.h. */
typedef enum TsmField
{
#define FIELD(id, ...) id,
#include "sheet/fields.h"
#undef FIELD
	TSM_FIELDS
} TsmField;

#define TSM_NO_COLUMN (-1)

typedef struct TsmFieldRow
{
	const char *name;			/* parameter */
	int			column;			/* of ticket, or TSM_NO_COLUMN */
	int			min;			/* characters */
	int			max;
} TsmFieldRow;

extern const TsmFieldRow tsm_fields[TSM_FIELDS];

/* What an operation is, and what it is called with. */
typedef enum TsmOperationKind
{
	CREATES,
	ON_TICKET,
	READS,
	THE_CLOCKS
} TsmOperationKind;

typedef enum TsmParamKind
{
	PARAM_NONE,					/* end of a list */
	PARAM_TICKET,
	PARAM_TEXT,
	PARAM_WORD,					/* a text that nothing is demanded of */
	PARAM_TYPE,
	PARAM_PRIORITY,
	PARAM_AREA,
	PARAM_AGENT,
	PARAM_BOOLEAN,
	PARAM_ADDRESS,
	PARAM_VERSION
} TsmParamKind;

typedef enum TsmParamDemand
{
	OPTIONAL,
	REQUIRED,
	ONE_OF,						/* one of several in a row */
	OR_FIRST_AREA				/* the area that every desk begins with */
} TsmParamDemand;

#define TSM_FIRST_AREA "MESA"

typedef struct TsmParam
{
	TsmParamKind kind;
	TsmField	field;			/* of a text */
	const char *name;
	const char *json;			/* over HTTP, NULL: not in the body */
	TsmParamDemand demand;
	const char *help;			/* for the OpenAPI document */
} TsmParam;

#define TSM_MAX_PARAMS 15

typedef struct TsmOperationRow
{
	const char *name;
	TsmOperationKind kind;
	bool		needs_reason;
	uint64		may_change;		/* columns: 1 << TicketColumn */
	const char *participle;
	const char *summary;
	const char *notes;
	const char *statement;
	TsmParam	param[TSM_MAX_PARAMS + 1];
} TsmOperationRow;

extern const TsmOperationRow tsm_operations[TSM_OPERATIONS];

/* What a parameter is called in SQL, whether it must be given, and how many there are. */
extern const char *tsm_param_name(const TsmParam *param);
extern bool tsm_param_required(const TsmOperationRow *op, const TsmParam *param);
extern int	tsm_param_count(const TsmOperationRow *op);

/* The names of all that, as they stand in the tables. */
extern const char *const tsm_operation_names[TSM_OPERATIONS];
extern const char *const tsm_role_names[TSM_ROLES];
extern const char *const tsm_clock_names[];
extern const char *const tsm_target_names[TSM_TARGETS];
extern const char *const tsm_ticket_columns[TICKET_COLUMNS];
extern const char *const tsm_history_columns[HISTORY_COLUMNS];
extern const char *const tsm_counter_columns[COUNTER_COLUMNS];

#endif							/* TSM_SHEET_H */
