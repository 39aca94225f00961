/*-------------------------------------------------------------------------
 *
 * columns.h
 *	  The columns of ticket, historial and contador that C knows: a row each.
 *
 * A user may have added others, and the order in his table may be another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_COLUMNS_H
#define TSM_COLUMNS_H

#include "port/pg_bitutils.h"

#include "sheet/types.h"

/*
 * What a column of ticket is, which says who may change it and where the
 * history tells of it.
 */
#define IS_FIXED	0x0001		/* set by the guard at creation, for good */
#define IS_STATE	0x0002		/* changes along the machine */
#define IS_PLACE	0x0004		/* changed by asignar and transferir, the agent by reasignar */
#define IS_CLASS	0x0008		/* changed by reclasificar */
#define IS_ANSWER	0x0010		/* the latest answer */
#define IS_DATA		0x0020		/* what the requester gave: proven by huella_datos */
#define IS_TARGET	0x0040		/* the guard's: the target assigned */
#define IS_NOTIFIED		0x0080	/* the guard's: of it, what was notified */
#define IS_DEADLINE	0x0100		/* the guard's: in historial.sla with another target */
#define IS_END		0x0200		/* the guard's: stamps of the end, in historial.sla */
#define IS_DERIVED	0x0400		/* the guard's: follows from the other columns and the history */
#define IS_CLOCK	0x0800		/* of those the ones that the SLA clock sets */
#define IS_RETURNED 0x1000		/* the functions return it */
#define IS_PAUSE	0x2000		/* the guard's: the end of a pause, in historial.sla */

/* Columns that the guard alone sets, whatever a statement says. */
#define IS_GUARDED	(IS_TARGET | IS_NOTIFIED | IS_DEADLINE | IS_END | IS_PAUSE | IS_DERIVED)

/* C(argument, name, type, NOT NULL, what it is), in the order of the template */
#define TSM_TICKET_COLUMNS(C, A) \
	C(A, ticket_uuid, UUID, true, IS_FIXED | IS_RETURNED) \
	C(A, ticket_label, TEXT, true, IS_FIXED | IS_RETURNED) \
	C(A, tipo, TICKET_TYPE, true, IS_CLASS | IS_RETURNED) \
	C(A, categoria, TEXT, true, IS_CLASS) \
	C(A, subcategoria, TEXT, false, IS_CLASS) \
	C(A, prioridad, TEXT, true, IS_CLASS | IS_RETURNED) \
	C(A, asunto, TEXT, false, IS_DATA) \
	C(A, descripcion, TEXT, true, IS_DATA) \
	C(A, solicitante_nombre, TEXT, true, IS_DATA) \
	C(A, solicitante_email, TEXT, true, IS_DATA) \
	C(A, documento, TEXT, false, IS_DATA) \
	C(A, telefono, TEXT, false, IS_DATA) \
	C(A, tiene_whatsapp, BOOL, true, IS_DATA) \
	C(A, empresa_departamento, TEXT, false, IS_DATA) \
	C(A, ip_registro, INET, false, IS_DATA) \
	C(A, clave_idempotencia, TEXT, false, IS_DATA) \
	C(A, huella_idempotencia, BYTEA, false, IS_DATA) \
	C(A, sla_horas, INT4, true, IS_DERIVED | IS_CLOCK | IS_RETURNED) \
	C(A, fecha_creacion, TIMESTAMPTZ, true, IS_FIXED | IS_RETURNED) \
	C(A, sla_politica, INT4, false, IS_TARGET) \
	C(A, sla_calendario, INT4, false, IS_TARGET) \
	C(A, sla_objetivo, INTERVAL, true, IS_TARGET) \
	C(A, atencion_politica, INT4, false, IS_TARGET) \
	C(A, atencion_calendario, INT4, false, IS_TARGET) \
	C(A, atencion_objetivo, INTERVAL, false, IS_TARGET) \
	C(A, atencion_limite, TIMESTAMPTZ, false, IS_DEADLINE) \
	C(A, respuesta_cliente, TEXT, false, IS_ANSWER) \
	C(A, estado, TICKET_STATE, true, IS_STATE | IS_RETURNED) \
	C(A, area, TEXT, true, IS_PLACE | IS_RETURNED) \
	C(A, agente_id, UUID, false, IS_PLACE | IS_RETURNED) \
	C(A, fecha_limite_sla, TIMESTAMPTZ, false, IS_DEADLINE | IS_RETURNED) \
	C(A, sla_restante, INTERVAL, false, IS_DERIVED | IS_CLOCK) \
	C(A, sla_aviso, INT2, false, IS_NOTIFIED) \
	C(A, sla_incumplido_en, TIMESTAMPTZ, false, IS_NOTIFIED) \
	C(A, atencion_aviso, INT2, false, IS_NOTIFIED) \
	C(A, atencion_incumplido_en, TIMESTAMPTZ, false, IS_NOTIFIED) \
	C(A, atendido_en, TIMESTAMPTZ, false, IS_DERIVED | IS_CLOCK) \
	C(A, pausado_hasta, TIMESTAMPTZ, false, IS_PAUSE) \
	C(A, sla_revisar_en, TIMESTAMPTZ, false, IS_DERIVED | IS_CLOCK) \
	C(A, sla_orden, TIMESTAMPTZ, false, IS_DERIVED | IS_CLOCK) \
	C(A, abierto, BOOL, true, IS_DERIVED) \
	C(A, resuelto_en, TIMESTAMPTZ, false, IS_END) \
	C(A, cerrado_en, TIMESTAMPTZ, false, IS_END) \
	C(A, actualizado_en, TIMESTAMPTZ, true, IS_DERIVED | IS_RETURNED) \
	C(A, version, INT4, true, IS_DERIVED | IS_RETURNED) \
	C(A, hash, BYTEA, true, IS_DERIVED)

/*
 * Where a column of historial stands in the proof.  The chain hashes the first
 * kind in this order; the second enters by the digest huella_textos, so that it
 * can be erased without breaking the chain.
 */
typedef enum TsmProof
{
	IN_CHAIN = 1,
	BY_DIGEST = 2,
	OF_PROOF = 4				/* the salt and the hash themselves */
} TsmProof;

/* H(argument, name, type, NOT NULL, where it stands in the proof) */
#define TSM_HISTORY_COLUMNS(H, A) \
	H(A, ticket_uuid, UUID, true, IN_CHAIN) \
	H(A, version, INT4, true, IN_CHAIN) \
	H(A, forma, INT2, true, IN_CHAIN) \
	H(A, operacion, TICKET_OPERATION, true, IN_CHAIN) \
	H(A, ocurrido_en, TIMESTAMPTZ, true, IN_CHAIN) \
	H(A, ticket_label, TEXT, false, IN_CHAIN) \
	H(A, estado_antes, TICKET_STATE, false, IN_CHAIN) \
	H(A, estado_despues, TICKET_STATE, true, IN_CHAIN) \
	H(A, area_antes, TEXT, false, IN_CHAIN) \
	H(A, area_despues, TEXT, true, IN_CHAIN) \
	H(A, prioridad_antes, TEXT, false, IN_CHAIN) \
	H(A, prioridad_despues, TEXT, true, IN_CHAIN) \
	H(A, agente_antes, UUID, false, IN_CHAIN) \
	H(A, agente_despues, UUID, false, IN_CHAIN) \
	H(A, tipo_antes, TICKET_TYPE, false, IN_CHAIN) \
	H(A, tipo_despues, TICKET_TYPE, false, IN_CHAIN) \
	H(A, categoria_antes, TEXT, false, IN_CHAIN) \
	H(A, categoria_despues, TEXT, false, IN_CHAIN) \
	H(A, subcategoria_antes, TEXT, false, IN_CHAIN) \
	H(A, subcategoria_despues, TEXT, false, IN_CHAIN) \
	H(A, reloj, TEXT, true, IN_CHAIN) \
	H(A, sla, JSONB, false, IN_CHAIN) \
	H(A, actor_id, UUID, false, IN_CHAIN) \
	H(A, actor_nombre, TEXT, true, IN_CHAIN) \
	H(A, actor_rol, TICKET_ROLE, true, IN_CHAIN) \
	H(A, usuario_bd, TEXT, true, IN_CHAIN) \
	H(A, huella_textos, BYTEA, false, IN_CHAIN) \
	H(A, huella_datos, BYTEA, false, IN_CHAIN) \
	H(A, vinculo, JSONB, false, IN_CHAIN) \
	H(A, adjunto, JSONB, false, IN_CHAIN) \
	H(A, calificacion, JSONB, false, IN_CHAIN) \
	H(A, motivo, TEXT, false, BY_DIGEST) \
	H(A, nota, TEXT, false, BY_DIGEST) \
	H(A, respuesta, TEXT, false, BY_DIGEST) \
	H(A, mensaje, TEXT, false, BY_DIGEST) \
	H(A, clave_idempotencia, TEXT, false, BY_DIGEST) \
	H(A, cambios, JSONB, false, BY_DIGEST) \
	H(A, ip, INET, false, BY_DIGEST) \
	H(A, sal, BYTEA, false, OF_PROOF) \
	H(A, hash, BYTEA, true, OF_PROOF)

/* The number of the canonical form that we write. */
#define TSM_FORM 1

/*
 * Columns of ticket of which the history tells before and after: in each event,
 * or (last argument) only in those that change it.  T(argument, column of
 * ticket, stem in historial, only changes)
 */
#define TSM_TRACKED_COLUMNS(T, A) \
	T(A, estado, estado, false) \
	T(A, area, area, false) \
	T(A, prioridad, prioridad, false) \
	T(A, agente_id, agente, false) \
	T(A, tipo, tipo, true) \
	T(A, categoria, categoria, true) \
	T(A, subcategoria, subcategoria, true)

/* C(argument, name, type, NOT NULL, 0) */
#define TSM_COUNTER_COLUMNS(C, A) \
	C(A, anio, INT4, true, 0) \
	C(A, ultimo, INT8, true, 0)

typedef enum TicketColumn
{
#define C(a, name, type, notnull, what) TC_##name,
	TSM_TICKET_COLUMNS(C,)
#undef C
	TICKET_COLUMNS
} TicketColumn;

typedef enum HistoryColumn
{
#define C(a, name, type, notnull, proof) HC_##name,
	TSM_HISTORY_COLUMNS(C,)
#undef C
	HISTORY_COLUMNS
} HistoryColumn;

typedef enum CounterColumn
{
#define C(a, name, type, notnull, what) CC_##name,
	TSM_COUNTER_COLUMNS(C,)
#undef C
	COUNTER_COLUMNS
} CounterColumn;

/* What is known of a column. */
typedef struct TsmColumn
{
	const char *name;
	TsmType		type;
	bool		notnull;
	int			what;			/* IS_..., or TsmProof */
} TsmColumn;

extern const TsmColumn tsm_ticket_column[TICKET_COLUMNS];
extern const TsmColumn tsm_history_column[HISTORY_COLUMNS];

/* A tracked column, and where the history has it. */
typedef struct TsmTracked
{
	TicketColumn column;
	HistoryColumn before;
	HistoryColumn after;
	bool		only_changes;
	const char *stem;
} TsmTracked;

#define TSM_COUNT_TRACKED(a, column, stem, only_changes) + 1
#define TSM_TRACKED	(0 TSM_TRACKED_COLUMNS(TSM_COUNT_TRACKED,))

extern const TsmTracked tsm_tracked[TSM_TRACKED];

/* A set of columns of ticket: one, all, or those that are something. */
#define COL(name) (UINT64CONST(1) << TC_##name)
#define ALL_COLUMNS (~UINT64CONST(0) >> (64 - TICKET_COLUMNS))
#define TSM_COLUMN_IF(wanted, name, type, notnull, what) \
	| (((what) & (wanted)) ? COL(name) : 0)
#define COLUMNS_THAT(wanted) (UINT64CONST(0) TSM_TICKET_COLUMNS(TSM_COLUMN_IF, wanted))

StaticAssertDecl(TICKET_COLUMNS <= 64, "a set of columns is a uint64");

/* Go through a set of columns: for every change several times, and most sets are small. */
#define FOR_COLUMNS(col, set) \
	for (uint64 rest_ = (set); \
		 rest_ != 0 && ((col) = pg_rightmost_one_pos64(rest_), true); \
		 rest_ &= rest_ - 1)

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

#endif							/* TSM_COLUMNS_H */
