/*-------------------------------------------------------------------------
 *
 * tables.h
 *	  The tables of a desk: their columns, and the keys that C relies on.
 *
 * A desk whose tables differ is refused (base/shape.c).  A user may
 * have added columns, and the order in his table may be another.  A test
 * compares all of this with what the template makes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_TABLES_H
#define TSM_TABLES_H

#include "sheet/columns.h"

/* T(table, whether we write to it as the owner) */
#define TSM_TABLES(T) \
	T(estado, false) \
	T(transicion, false) \
	T(permiso, false) \
	T(configuracion, false) \
	T(rol, false) \
	T(prioridad, false) \
	T(area, false) \
	T(agente, false) \
	T(renombre, true) \
	T(contador, true) \
	T(calendario, false) \
	T(horario, false) \
	T(feriado, false) \
	T(calendario_version, true) \
	T(calendario_uso, true) \
	T(sla_politica, false) \
	T(sla_politica_version, true) \
	T(ticket, true) \
	T(historial, true) \
	T(vinculo, true) \
	T(evento, true) \
	T(busqueda, true) \
	T(adjunto, true) \
	T(contenido, true) \
	T(calificacion, true)

typedef enum TsmTable
{
#define T(name, written) TABLE_##name,
	TSM_TABLES(T)
#undef T
	TSM_TABLE_COUNT
} TsmTable;

/* K(table, columns): unique, valid, immediate, on nothing but these */
#define TSM_KEYS(K) \
	K(estado, estado) \
	K(transicion, operacion, estado_origen) \
	K(permiso, operacion, rol) \
	K(configuracion, unica) \
	K(rol, rol) \
	K(prioridad, nombre) \
	K(prioridad, orden) \
	K(area, nombre) \
	K(agente, agente_id) \
	K(agente, usuario_bd) \
	K(agente, identidad_bd) \
	K(renombre, renombre_id) \
	K(contador, anio) \
	K(calendario, nombre) \
	K(horario, calendario, dia, desde) \
	K(feriado, calendario, fecha, desde) \
	K(calendario_version, version_id) \
	K(calendario_version, calendario, version) \
	K(calendario_uso, version_id, ticket_uuid) \
	K(sla_politica, politica_id) \
	K(sla_politica_version, version_id) \
	K(sla_politica_version, politica_id, version) \
	K(ticket, ticket_uuid) \
	K(ticket, ticket_label) \
	K(historial, ticket_uuid, version) \
	K(vinculo, ticket_uuid, otro_uuid, relacion) \
	K(evento, evento_id) \
	K(busqueda, ticket_uuid) \
	K(adjunto, adjunto_id) \
	K(adjunto, ticket_uuid, version) \
	K(contenido, sha256) \
	K(calificacion, ticket_uuid, solucion)

/*
 * C(argument, column, type, NOT NULL, 0).  Those of ticket, historial and
 * contador are in columns.h, which says more of them.
 */
#define TSM_COLUMNS_ticket TSM_TICKET_COLUMNS
#define TSM_COLUMNS_historial TSM_HISTORY_COLUMNS
#define TSM_COLUMNS_contador TSM_COUNTER_COLUMNS

#define TSM_COLUMNS_estado(C, A) \
	C(A, estado, TICKET_STATE, true, 0) \
	C(A, abierto, BOOL, true, 0) \
	C(A, resuelto, BOOL, true, 0) \
	C(A, reloj, TEXT, true, 0)

#define TSM_COLUMNS_transicion(C, A) \
	C(A, operacion, TICKET_OPERATION, true, 0) \
	C(A, estado_origen, TICKET_STATE, false, 0) \
	C(A, estado_destino, TICKET_STATE, true, 0)

#define TSM_COLUMNS_permiso(C, A) \
	C(A, operacion, TICKET_OPERATION, true, 0) \
	C(A, rol, TICKET_ROLE, true, 0)

#define TSM_COLUMNS_configuracion(C, A) \
	C(A, unica, BOOL, true, 0) \
	C(A, zona_horaria, TEXT, true, 0) \
	C(A, prefijo, TEXT, true, 0) \
	C(A, digitos, INT4, true, 0) \
	C(A, sla_en_pausa, TEXT, true, 0) \
	C(A, sla_avisos, INT4_ARRAY, true, 0) \
	C(A, eventos, TICKET_OPERATION_ARRAY, true, 0) \
	C(A, canal_eventos, TEXT, false, 0) \
	C(A, nombre, TEXT, true, 0) \
	C(A, categorias, TEXT_ARRAY, true, 0) \
	C(A, adjunto_bytes, INT4, true, 0) \
	C(A, adjuntos_bytes, INT8, true, 0) \
	C(A, adjuntos_cantidad, INT4, true, 0) \
	C(A, cierre_automatico, INT4, false, 0) \
	C(A, cierre_calendario, TEXT, false, 0) \
	C(A, version_plantilla, TEXT, true, 0)

#define TSM_COLUMNS_rol(C, A) \
	C(A, rol, TICKET_ROLE, true, 0) \
	C(A, rol_bd, NAME, true, 0) \
	C(A, identidad_bd, TEXT, false, 0)

#define TSM_COLUMNS_prioridad(C, A) \
	C(A, nombre, TEXT, true, 0) \
	C(A, orden, INT4, true, 0) \
	C(A, sla_horas, INT4, true, 0)

#define TSM_COLUMNS_area(C, A) \
	C(A, nombre, TEXT, true, 0) \
	C(A, activa, BOOL, true, 0)

#define TSM_COLUMNS_agente(C, A) \
	C(A, agente_id, UUID, true, 0) \
	C(A, nombre, TEXT, true, 0) \
	C(A, email, TEXT, true, 0) \
	C(A, rol, TICKET_ROLE, true, 0) \
	C(A, area, TEXT, false, 0) \
	C(A, usuario_bd, NAME, false, 0) \
	C(A, activo, BOOL, true, 0) \
	C(A, telefono, TEXT, false, 0) \
	C(A, identidad_bd, TEXT, false, 0)

#define TSM_COLUMNS_renombre(C, A) \
	C(A, renombre_id, INT4, true, 0) \
	C(A, tabla, TEXT, true, 0) \
	C(A, antes, TEXT, true, 0) \
	C(A, despues, TEXT, true, 0) \
	C(A, ocurrido_en, TIMESTAMPTZ, true, 0) \
	C(A, usuario_bd, TEXT, true, 0)

#define TSM_COLUMNS_calendario(C, A) \
	C(A, nombre, TEXT, true, 0) \
	C(A, zona_horaria, TEXT, true, 0)

#define TSM_COLUMNS_horario(C, A) \
	C(A, calendario, TEXT, true, 0) \
	C(A, dia, INT2, true, 0) \
	C(A, desde, TIME, true, 0) \
	C(A, hasta, TIME, true, 0)

#define TSM_COLUMNS_feriado(C, A) \
	C(A, calendario, TEXT, true, 0) \
	C(A, fecha, DATE, true, 0) \
	C(A, desde, TIME, false, 0) \
	C(A, hasta, TIME, false, 0) \
	C(A, nombre, TEXT, true, 0)

#define TSM_COLUMNS_calendario_version(C, A) \
	C(A, version_id, INT4, true, 0) \
	C(A, calendario, TEXT, true, 0) \
	C(A, version, INT4, true, 0) \
	C(A, vigente_desde, TIMESTAMPTZ, true, 0) \
	C(A, zona_horaria, TEXT, true, 0) \
	C(A, dia, INT2_ARRAY, true, 0) \
	C(A, desde, TIME_ARRAY, true, 0) \
	C(A, hasta, TIME_ARRAY, true, 0) \
	C(A, feriado, DATE_ARRAY, true, 0) \
	C(A, feriado_desde, TIME_ARRAY, true, 0) \
	C(A, feriado_hasta, TIME_ARRAY, true, 0)

#define TSM_COLUMNS_calendario_uso(C, A) \
	C(A, version_id, INT4, true, 0) \
	C(A, ticket_uuid, UUID, true, 0)

#define TSM_COLUMNS_sla_politica(C, A) \
	C(A, politica_id, INT4, true, 0) \
	C(A, objetivo, TEXT, true, 0) \
	C(A, tipo, TICKET_TYPE, false, 0) \
	C(A, prioridad, TEXT, false, 0) \
	C(A, area, TEXT, false, 0) \
	C(A, categoria, TEXT, false, 0) \
	C(A, horas, NUMERIC, false, 0) \
	C(A, dias_habiles, INT4, false, 0) \
	C(A, calendario, TEXT, true, 0) \
	C(A, avisos, INT4_ARRAY, true, 0) \
	C(A, al_cierre, BOOL, true, 0)

#define TSM_COLUMNS_sla_politica_version(C, A) \
	C(A, version_id, INT4, true, 0) \
	C(A, politica_id, INT4, true, 0) \
	C(A, version, INT4, true, 0) \
	C(A, vigente_desde, TIMESTAMPTZ, true, 0) \
	C(A, objetivo, TEXT, true, 0) \
	C(A, tipo, TICKET_TYPE, false, 0) \
	C(A, prioridad, TEXT, false, 0) \
	C(A, area, TEXT, false, 0) \
	C(A, categoria, TEXT, false, 0) \
	C(A, horas, NUMERIC, false, 0) \
	C(A, dias_habiles, INT4, false, 0) \
	C(A, calendario, TEXT, true, 0) \
	C(A, avisos, INT4_ARRAY, true, 0) \
	C(A, al_cierre, BOOL, true, 0)

#define TSM_COLUMNS_vinculo(C, A) \
	C(A, ticket_uuid, UUID, true, 0) \
	C(A, otro_uuid, UUID, true, 0) \
	C(A, relacion, TEXT, true, 0) \
	C(A, ticket_version, INT4, true, 0) \
	C(A, otro_version, INT4, true, 0) \
	C(A, creado_en, TIMESTAMPTZ, true, 0)

#define TSM_COLUMNS_evento(C, A) \
	C(A, evento_id, INT8, true, 0) \
	C(A, horizonte, XID8, true, 0) \
	C(A, ticket_uuid, UUID, true, 0) \
	C(A, version, INT4, true, 0) \
	C(A, operacion, TICKET_OPERATION, true, 0) \
	C(A, ocurrido_en, TIMESTAMPTZ, true, 0) \
	C(A, datos, JSONB, true, 0)

#define TSM_COLUMNS_busqueda(C, A) \
	C(A, ticket_uuid, UUID, true, 0) \
	C(A, palabras, TSVECTOR, true, 0)

#define TSM_COLUMNS_adjunto(C, A) \
	C(A, adjunto_id, UUID, true, 0) \
	C(A, ticket_uuid, UUID, true, 0) \
	C(A, version, INT4, true, 0) \
	C(A, archivo, TEXT, false, 0) \
	C(A, tipo_contenido, TEXT, true, 0) \
	C(A, bytes, INT4, true, 0) \
	C(A, sha256, BYTEA, false, 0) \
	C(A, publico, BOOL, true, 0) \
	C(A, sal, BYTEA, false, 0) \
	C(A, sal_archivo, BYTEA, false, 0) \
	C(A, retirado, INT4, false, 0)

#define TSM_COLUMNS_contenido(C, A) \
	C(A, sha256, BYTEA, true, 0) \
	C(A, datos, BYTEA, true, 0)

#define TSM_COLUMNS_calificacion(C, A) \
	C(A, ticket_uuid, UUID, true, 0) \
	C(A, solucion, INT4, true, 0) \
	C(A, version, INT4, true, 0) \
	C(A, calificacion, INT2, true, 0) \
	C(A, resuelto_en, TIMESTAMPTZ, true, 0) \
	C(A, area, TEXT, true, 0) \
	C(A, agente_id, UUID, false, 0)

/* X(table, column, kind): what somebody types into the catalogues, and the names that refer to it */
#define TSM_CATALOGUE_TEXTS(X) \
	X(configuracion, nombre, TEXT_LINE) \
	X(prioridad, nombre, TEXT_NAME) \
	X(area, nombre, TEXT_NAME) \
	X(agente, nombre, TEXT_LINE) \
	X(agente, email, TEXT_ADDRESS) \
	X(agente, area, TEXT_NAME) \
	X(agente, telefono, TEXT_NAME) \
	X(configuracion, cierre_calendario, TEXT_NAME) \
	X(calendario, nombre, TEXT_NAME) \
	X(horario, calendario, TEXT_NAME) \
	X(feriado, calendario, TEXT_NAME) \
	X(feriado, nombre, TEXT_LINE) \
	X(sla_politica, prioridad, TEXT_NAME) \
	X(sla_politica, area, TEXT_NAME) \
	X(sla_politica, categoria, TEXT_NAME) \
	X(sla_politica, calendario, TEXT_NAME)

#endif							/* TSM_TABLES_H */
