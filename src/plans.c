/*-------------------------------------------------------------------------
 *
 * plans.c
 *	  All SQL that the extension runs, and the cache of its saved plans.
 *
 * A plan is kept for the life of the backend, one for each query and mesa.
 * As in ri_triggers.c it is looked at before use: when anything it depends on
 * has changed, it is made anew from the text, because a name in the text may
 * have changed as well.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "catalog/pg_type.h"
#include "jit/jit.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define MAX_ARGS 20

/*
 * The texts.  "@" stands for the mesa's schema.  An argument type of 0 is
 * ticket_type, whose OID only the mesa knows.
 */
typedef struct QueryText
{
	const char *text;
	int			nargs;
	Oid			argtype[MAX_ARGS];
} QueryText;

#define TICKET_TYPE_ARG InvalidOid

#define EQ " OPERATOR(pg_catalog.=) "

/*
 * Rows of the queue.  The subquery is kept apart (OFFSET 0): whatever the
 * filters promise to leave, its rows come from the index that has the order.
 */
#define QUEUE_ROWS(key, order) \
	"SELECT q.ticket_uuid, q.ticket_label, q.estado, q.tipo, q.categoria, q.prioridad," \
	" q.area, q.agente_id, q.asunto, q.solicitante_nombre, q.solicitante_email," \
	" q.fecha_creacion, q.actualizado_en, q.sla_horas, q.fecha_limite_sla," \
	" q.restante, q.version, q.sla_orden" \
	" FROM (SELECT t.*, COALESCE(t.sla_restante, t.fecha_limite_sla OPERATOR(pg_catalog.-) $4) AS restante" \
	"  FROM @.ticket t WHERE " key " ORDER BY " order " OFFSET 0) AS q" \
	" WHERE q.abierto AND ($5 IS NULL OR q.estado::pg_catalog.text" EQ "ANY ($5))" \
	" AND ($6 IS NULL OR q.area" EQ "$6)" \
	" AND ($7 IS NULL OR q.agente_id" EQ "$7)" \
	" AND ($8 IS NULL OR q.prioridad" EQ "$8)" \
	" AND ($9 IS NULL OR (q.restante OPERATOR(pg_catalog.<) '0'::pg_catalog.interval)" EQ "$9)" \
	" AND ($10 IS NULL OR pg_catalog.strpos(pg_catalog.lower(pg_catalog.concat_ws(E'\n', q.ticket_label," \
	"  q.asunto, q.categoria, q.subcategoria, q.solicitante_nombre, q.solicitante_email," \
	"  q.descripcion)), $10) OPERATOR(pg_catalog.>) 0)"

/* The first rows of some, as a page. */
#define QUEUE_PAGE(rows, order) \
	"SELECT f.ticket_uuid, f.ticket_label, f.estado, f.tipo, f.categoria, f.prioridad," \
	" f.area, f.agente_id, f.asunto, f.solicitante_nombre, f.solicitante_email," \
	" f.fecha_creacion, f.actualizado_en, f.sla_horas, f.fecha_limite_sla," \
	" pg_catalog.round(EXTRACT(epoch FROM f.restante) OPERATOR(pg_catalog./) 3600, 2)," \
	" f.restante OPERATOR(pg_catalog.<) '0'::pg_catalog.interval, f.version, NULL::pg_catalog.text" \
	" FROM (" rows ") AS f ORDER BY " order " LIMIT $3"

/*
 * Those beyond the key in the order of deadlines.  The index has that of
 * sla_orden, which is the deadline or a little before it.
 */
#define QUEUE_ROWS_BY_ORDER(part) \
	QUEUE_ROWS(part " AND (t.fecha_limite_sla, t.ticket_uuid) OPERATOR(pg_catalog.>) ($1, $2)", \
			   "t.sla_orden, t.ticket_uuid")

#define QUEUE_ARGS 11, {TIMESTAMPTZOID, UUIDOID, INT8OID, TIMESTAMPTZOID, TEXTARRAYOID, \
		TEXTOID, UUIDOID, TEXTOID, BOOLOID, TEXTOID, TIMESTAMPTZOID}

/*
 * The operations.  The guard puts in the state that the machine says; naming
 * estado here is what makes a trigger UPDATE OF estado fire.
 */
#define ASSIGN_TEXT \
	"UPDATE @.ticket SET estado = estado, area = COALESCE($2, area)," \
	" agente_id = COALESCE($3, agente_id) WHERE ticket_uuid"
#define TRANSFER_TEXT \
	"UPDATE @.ticket SET estado = estado, area = $2, agente_id = $3" \
	" WHERE ticket_uuid"
#define RECLASSIFY_TEXT \
	"UPDATE @.ticket SET estado = estado, tipo = COALESCE($2, tipo)," \
	" categoria = COALESCE($3, categoria), subcategoria = COALESCE($4, subcategoria)," \
	" prioridad = COALESCE($5, prioridad) WHERE ticket_uuid"
#define CHANGE_STATE_TEXT \
	"UPDATE @.ticket SET estado = estado WHERE ticket_uuid"
#define ANSWER_TEXT \
	"UPDATE @.ticket SET respuesta_cliente = COALESCE($2, respuesta_cliente)" \
	" WHERE ticket_uuid"
#define RESOLVE_TEXT \
	"UPDATE @.ticket SET estado = estado," \
	" respuesta_cliente = COALESCE($2, respuesta_cliente) WHERE ticket_uuid"

static const QueryText query_texts[TSM_QUERIES] = {
	[Q_POLICIES] = {
		"SELECT DISTINCT ON (v.politica_id) v.version_id, v.objetivo, v.tipo, v.prioridad, v.area,"
		" v.categoria, pg_catalog.round(v.horas OPERATOR(pg_catalog.*) 3600)::pg_catalog.int8,"
		" v.dias_habiles, v.calendario"
		" FROM @.sla_politica_version v JOIN @.sla_politica p ON p.politica_id" EQ "v.politica_id"
		" ORDER BY v.politica_id, v.version DESC",
		0, {0}
	},
	[Q_POLICY_WARNINGS] = {
		"SELECT a.aviso FROM @.sla_politica_version v"
		" LEFT JOIN LATERAL pg_catalog.unnest(v.avisos) AS a(aviso) ON true"
		" WHERE v.version_id" EQ "$1 ORDER BY 1",
		1, {INT4OID}
	},
	/* A version of every policy that is not as its last one says. */
	[Q_POLICY_SNAPSHOT] = {
		"INSERT INTO @.sla_politica_version (politica_id, version, vigente_desde, objetivo, tipo,"
		" prioridad, area, categoria, horas, dias_habiles, calendario, avisos)"
		" SELECT p.politica_id, COALESCE(v.version, 0) OPERATOR(pg_catalog.+) 1, $1, p.objetivo, p.tipo,"
		" p.prioridad, p.area, p.categoria, p.horas, p.dias_habiles, p.calendario, p.avisos"
		" FROM @.sla_politica p LEFT JOIN LATERAL ("
		"  SELECT * FROM @.sla_politica_version w WHERE w.politica_id" EQ "p.politica_id"
		"  ORDER BY w.version DESC LIMIT 1) AS v ON true"
		" WHERE v.version IS NULL OR pg_catalog.jsonb_build_array(p.objetivo, p.tipo, p.prioridad,"
		"  p.area, p.categoria, p.horas, p.dias_habiles, p.calendario, p.avisos)"
		" OPERATOR(pg_catalog.<>) pg_catalog.jsonb_build_array(v.objetivo, v.tipo, v.prioridad,"
		"  v.area, v.categoria, v.horas, v.dias_habiles, v.calendario, v.avisos)"
		" ORDER BY p.politica_id",
		1, {TIMESTAMPTZOID}
	},
	[Q_AGENT_BY_ID] = {
		"SELECT a.agente_id, a.nombre, a.rol, a.area, a.activo FROM @.agente a"
		" WHERE a.agente_id" EQ "$1",
		1, {UUIDOID}
	},
	[Q_AGENT_BY_USER] = {
		"SELECT a.agente_id, a.nombre, a.rol, a.area, a.activo FROM @.agente a"
		" WHERE a.usuario_bd" EQ "$1",
		1, {NAMEOID}
	},

	[Q_INSERT] = {
		"INSERT INTO @.ticket (ticket_uuid, solicitante_nombre, documento,"
		" solicitante_email, telefono, tiene_whatsapp, empresa_departamento, tipo,"
		" categoria, subcategoria, asunto, descripcion, prioridad, area, ip_registro,"
		" clave_idempotencia, huella_idempotencia)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
		17, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID, TICKET_TYPE_ARG,
			TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INETOID, TEXTOID, BYTEAOID}
	},
	[Q_BY_KEY] = {
		"SELECT t.huella_idempotencia, t.ticket_uuid, t.ticket_label, t.estado, t.tipo,"
		" t.prioridad, t.sla_horas, t.fecha_creacion, t.fecha_limite_sla"
		" FROM @.ticket t"
		" WHERE pg_catalog.lower(t.solicitante_email)" EQ "pg_catalog.lower($1)"
		" AND t.clave_idempotencia" EQ "$2",
		2, {TEXTOID, TEXTOID}
	},

	[Q_ASSIGN] = {ASSIGN_TEXT EQ "$1", 3, {UUIDOID, TEXTOID, UUIDOID}},
	[Q_TRANSFER] = {TRANSFER_TEXT EQ "$1", 3, {UUIDOID, TEXTOID, UUIDOID}},
	[Q_RECLASSIFY] = {RECLASSIFY_TEXT EQ "$1", 5, {UUIDOID, TICKET_TYPE_ARG, TEXTOID, TEXTOID, TEXTOID}},
	[Q_CHANGE_STATE] = {CHANGE_STATE_TEXT EQ "$1", 1, {UUIDOID}},
	[Q_ANSWER] = {ANSWER_TEXT EQ "$1", 2, {UUIDOID, TEXTOID}},
	[Q_RESOLVE] = {RESOLVE_TEXT EQ "$1", 2, {UUIDOID, TEXTOID}},
	[Q_MANY_ASSIGN] = {ASSIGN_TEXT EQ "ANY ($1)", 3, {UUIDARRAYOID, TEXTOID, UUIDOID}},
	[Q_MANY_TRANSFER] = {TRANSFER_TEXT EQ "ANY ($1)", 3, {UUIDARRAYOID, TEXTOID, UUIDOID}},
	[Q_MANY_RECLASSIFY] = {RECLASSIFY_TEXT EQ "ANY ($1)", 5, {UUIDARRAYOID, TICKET_TYPE_ARG, TEXTOID, TEXTOID, TEXTOID}},
	[Q_MANY_CHANGE_STATE] = {CHANGE_STATE_TEXT EQ "ANY ($1)", 1, {UUIDARRAYOID}},
	[Q_MANY_ANSWER] = {ANSWER_TEXT EQ "ANY ($1)", 2, {UUIDARRAYOID, TEXTOID}},
	[Q_MANY_RESOLVE] = {RESOLVE_TEXT EQ "ANY ($1)", 2, {UUIDARRAYOID, TEXTOID}},

	/* What the clock changes by itself: the guard puts it in. */
	[Q_CLOCK] = {
		"UPDATE @.ticket SET sla_revisar_en = sla_revisar_en WHERE ticket_uuid" EQ "$1",
		1, {UUIDOID}
	},
	[Q_DUE] = {
		"SELECT t.ticket_uuid FROM @.ticket t"
		" WHERE t.sla_revisar_en OPERATOR(pg_catalog.<) $1"
		" ORDER BY t.sla_revisar_en LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
		2, {TIMESTAMPTZOID, INT8OID}
	},
	/* Whose clock has not ended, of the calendar that a version is of or of all. */
	[Q_OPEN_TICKETS] = {
		"SELECT t.ticket_uuid FROM @.ticket t"
		" WHERE t.abierto AND (t.fecha_limite_sla IS NULL OR t.sla_restante IS NULL)"
		" AND ($1 IS NULL OR EXISTS (SELECT FROM @.calendario_version c JOIN @.calendario_version v"
		"  ON v.calendario" EQ "c.calendario WHERE c.version_id" EQ "$1"
		"  AND (v.version_id" EQ "t.sla_calendario OR v.version_id" EQ "t.atencion_calendario)))"
		" ORDER BY t.ticket_uuid",
		1, {INT4OID}
	},
	[Q_CLOCK_EVENTS] = {
		"SELECT h.ocurrido_en, h.reloj FROM @.historial h WHERE h.ticket_uuid" EQ "$1"
		" AND h.version OPERATOR(pg_catalog.<=) $2 ORDER BY h.version",
		2, {UUIDOID, INT4OID}
	},
	/* The columns that explain.c wants. */
	[Q_EXPLAIN_TICKET] = {
		"SELECT t.area, t.fecha_creacion, t.atendido_en, t.atencion_calendario, t.atencion_objetivo,"
		" t.atencion_limite, t.sla_calendario, t.sla_objetivo, t.fecha_limite_sla, t.sla_restante,"
		" t.abierto FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
		1, {UUIDOID}
	},
	[Q_EXPLAIN_EVENTS] = {
		"SELECT h.ocurrido_en, h.reloj, h.estado_despues FROM @.historial h"
		" WHERE h.ticket_uuid" EQ "$1 ORDER BY h.version",
		1, {UUIDOID}
	},
	[Q_EVENT_INSERT] = {
		"INSERT INTO @.evento (evento_id, horizonte, ticket_uuid, version, operacion, ocurrido_en, datos)"
		" VALUES ($1, $2, $3, $4, $5::ticket_sm.ticket_operation, $6, $7)",
		7, {INT8OID, XID8OID, UUIDOID, INT4OID, TEXTOID, TIMESTAMPTZOID, JSONBOID}
	},
	[Q_EVENTS] = {
		"SELECT e.evento_id, e.ticket_uuid, e.version, e.operacion, e.ocurrido_en, e.datos,"
		" e.horizonte OPERATOR(pg_catalog.<=) pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())"
		"  OR e.horizonte OPERATOR(pg_catalog.>) $3"
		" FROM @.evento e WHERE e.evento_id OPERATOR(pg_catalog.>) $1 ORDER BY e.evento_id LIMIT $2",
		3, {INT8OID, INT8OID, XID8OID}
	},

	[Q_COUNTER_FIRST] = {
		"INSERT INTO @.contador (anio, ultimo) VALUES ($1, 1)",
		1, {INT4OID}
	},

	/* The calendars there are, each with its latest version. */
	[Q_CALENDAR_NAMES] = {
		"SELECT c.nombre, (SELECT v.version_id FROM @.calendario_version v"
		"  WHERE v.calendario" EQ "c.nombre ORDER BY v.version DESC LIMIT 1)"
		" FROM @.calendario c ORDER BY c.nombre",
		0, {0}
	},
	[Q_CALENDAR_VERSION] = {
		"SELECT v.zona_horaria, v.dia, v.desde, v.hasta, v.feriado, v.feriado_desde, v.feriado_hasta"
		" FROM @.calendario_version v WHERE v.version_id" EQ "$1",
		1, {INT4OID}
	},
	/* Two of a calendar's rows that say something about the same time. */
	[Q_CALENDAR_OVERLAP] = {
		"SELECT 'horario', h.calendario, h.dia::pg_catalog.text,"
		" h.desde, h.hasta, o.desde, o.hasta"
		" FROM @.horario h JOIN @.horario o ON o.calendario" EQ "h.calendario AND o.dia" EQ "h.dia"
		" AND o.desde OPERATOR(pg_catalog.>) h.desde AND o.desde OPERATOR(pg_catalog.<) h.hasta"
		" UNION ALL SELECT 'feriado', f.calendario, f.fecha::pg_catalog.text,"
		" f.desde, f.hasta, o.desde, o.hasta"
		" FROM @.feriado f JOIN @.feriado o ON o.calendario" EQ "f.calendario AND o.fecha" EQ "f.fecha"
		" AND (f.desde IS NULL AND o.desde IS NOT NULL"
		"  OR o.desde OPERATOR(pg_catalog.>) f.desde AND o.desde OPERATOR(pg_catalog.<) f.hasta)"
		" ORDER BY 1, 2, 3, 4, 6 LIMIT 1",
		0, {0}
	},
	/* A version of every calendar that is not as its latest one says. */
	[Q_CALENDAR_NEW_VERSIONS] = {
		"INSERT INTO @.calendario_version (calendario, version, vigente_desde, zona_horaria,"
		" dia, desde, hasta, feriado, feriado_desde, feriado_hasta)"
		" SELECT c.nombre, COALESCE(v.version, 0) OPERATOR(pg_catalog.+) 1, $1, c.zona_horaria,"
		" h.dia, h.desde, h.hasta, f.fecha, f.desde, f.hasta"
		" FROM @.calendario c"
		" CROSS JOIN LATERAL (SELECT"
		"  COALESCE(pg_catalog.array_agg(h.dia ORDER BY h.dia, h.desde), '{}') AS dia,"
		"  COALESCE(pg_catalog.array_agg(h.desde ORDER BY h.dia, h.desde), '{}') AS desde,"
		"  COALESCE(pg_catalog.array_agg(h.hasta ORDER BY h.dia, h.desde), '{}') AS hasta"
		"  FROM @.horario h WHERE h.calendario" EQ "c.nombre) AS h"
		" CROSS JOIN LATERAL (SELECT"
		"  COALESCE(pg_catalog.array_agg(f.fecha ORDER BY f.fecha, f.desde), '{}') AS fecha,"
		"  COALESCE(pg_catalog.array_agg(f.desde ORDER BY f.fecha, f.desde), '{}') AS desde,"
		"  COALESCE(pg_catalog.array_agg(f.hasta ORDER BY f.fecha, f.desde), '{}') AS hasta"
		"  FROM @.feriado f WHERE f.calendario" EQ "c.nombre) AS f"
		" LEFT JOIN LATERAL (SELECT v.* FROM @.calendario_version v WHERE v.calendario" EQ "c.nombre"
		"  ORDER BY v.version DESC LIMIT 1) AS v ON true"
		" WHERE v.version_id IS NULL OR NOT (v.zona_horaria" EQ "c.zona_horaria"
		"  AND v.dia" EQ "h.dia AND v.desde" EQ "h.desde AND v.hasta" EQ "h.hasta"
		"  AND v.feriado" EQ "f.fecha AND v.feriado_desde" EQ "f.desde AND v.feriado_hasta" EQ "f.hasta)"
		" ORDER BY c.nombre RETURNING version_id",
		1, {TIMESTAMPTZOID}
	},

	/* In the order of type ticket_consultado. */
	[Q_LOOKUP_PUBLIC] = {
		"SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.subcategoria,"
		" t.asunto, t.descripcion, t.respuesta_cliente, t.area, t.prioridad,"
		" t.solicitante_nombre, t.solicitante_email, t.fecha_creacion, t.actualizado_en,"
		" t.fecha_limite_sla, t.resuelto_en, t.cerrado_en,"
		" h.operacion, h.ocurrido_en, h.estado_antes, h.estado_despues,"
		" (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object("
		"   'fecha', r.ocurrido_en, 'respuesta', r.respuesta) ORDER BY r.version), '[]')"
		"  FROM @.historial r WHERE r.ticket_uuid" EQ "t.ticket_uuid"
		"  AND r.respuesta IS NOT NULL)"
		" FROM @.ticket t LEFT JOIN LATERAL ("
		"  SELECT u.operacion, u.ocurrido_en, u.estado_antes, u.estado_despues FROM @.historial u"
		"  WHERE u.ticket_uuid" EQ "t.ticket_uuid AND u.operacion OPERATOR(pg_catalog.<>)"
		"   ALL ('{avisar,vencer,recalcular}'::ticket_sm.ticket_operation[])"
		"  ORDER BY u.version DESC LIMIT 1) AS h ON true"
		" WHERE t.ticket_label" EQ "pg_catalog.upper($1)"
		" AND pg_catalog.lower(t.solicitante_email)" EQ "pg_catalog.lower($2)",
		2, {TEXTOID, TEXTOID}
	},
	[Q_LOOKUP_AGENT] = {
		"SELECT t.area, pg_catalog.jsonb_build_object("
		"'ticket', pg_catalog.to_jsonb(t)"
		"  OPERATOR(pg_catalog.-) '{hash,sla_orden,huella_idempotencia,clave_idempotencia,solicitante_nombre,"
		"solicitante_email,documento,telefono,tiene_whatsapp,empresa_departamento}'::pg_catalog.text[],"
		"'solicitante', pg_catalog.jsonb_build_object('nombre', t.solicitante_nombre,"
		"  'email', t.solicitante_email, 'telefono', t.telefono,"
		"  'tiene_whatsapp', t.tiene_whatsapp, 'documento', t.documento,"
		"  'empresa_departamento', t.empresa_departamento),"
		"'historial', (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(h)"
		"  OPERATOR(pg_catalog.-) '{ticket_uuid,ticket_label,hash}'::pg_catalog.text[] ORDER BY h.version)"
		"  FROM @.historial h WHERE h.ticket_uuid" EQ "t.ticket_uuid))"
		" FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
		1, {UUIDOID}
	},

	/*
	 * $11 is $1 less TSM_ORDER_SLACK: no row beyond the key has its sla_orden
	 * before that.  They are read in three parts, each row once: as many of
	 * those from $1 on as fill a page; those before $1; and if the first part
	 * is full, those after it whose sla_orden is not beyond its latest
	 * deadline.  The others have a later one than a page full of rows.
	 */
	[Q_QUEUE_DEADLINE] = {
		"WITH primeras AS MATERIALIZED ("
		QUEUE_ROWS_BY_ORDER("t.sla_orden OPERATOR(pg_catalog.>=) $1")
		" LIMIT $3)"
		", ultima AS MATERIALIZED (SELECT p.sla_orden, p.ticket_uuid,"
		"  (SELECT pg_catalog.max(m.fecha_limite_sla) FROM primeras m) AS limite"
		"  FROM primeras p ORDER BY p.sla_orden, p.ticket_uuid OFFSET $3 OPERATOR(pg_catalog.-) 1) "
		QUEUE_PAGE("SELECT p.* FROM primeras p UNION ALL ("
				   QUEUE_ROWS_BY_ORDER("t.sla_orden OPERATOR(pg_catalog.>=) $11"
									   " AND t.sla_orden OPERATOR(pg_catalog.<) $1")
				   ") UNION ALL ("
				   QUEUE_ROWS_BY_ORDER("(t.sla_orden, t.ticket_uuid) OPERATOR(pg_catalog.>)"
									   " ((SELECT u.sla_orden FROM ultima u), (SELECT u.ticket_uuid FROM ultima u))"
									   " AND t.sla_orden OPERATOR(pg_catalog.<=) (SELECT u.limite FROM ultima u)")
				   ")", "f.fecha_limite_sla, f.ticket_uuid"),
		QUEUE_ARGS
	},
	[Q_QUEUE_STANDING] = {
		QUEUE_PAGE(QUEUE_ROWS("t.abierto AND t.fecha_limite_sla IS NULL"
							  " AND (t.fecha_creacion, t.ticket_uuid) OPERATOR(pg_catalog.>) ($1, $2)",
							  "t.fecha_creacion, t.ticket_uuid"),
				   "f.fecha_creacion, f.ticket_uuid"),
		QUEUE_ARGS
	},
	[Q_QUEUE_CREATION] = {
		QUEUE_PAGE(QUEUE_ROWS("t.abierto AND (t.fecha_creacion, t.ticket_uuid) OPERATOR(pg_catalog.>) ($1, $2)",
							  "t.fecha_creacion, t.ticket_uuid"),
				   "f.fecha_creacion, f.ticket_uuid"),
		QUEUE_ARGS
	},

	[Q_VERIFY_TICKETS] = {
		"SELECT t.ticket_uuid, t.ticket_label, t.estado, t.area, t.prioridad, t.agente_id,"
		" t.version, t.fecha_creacion, t.actualizado_en, t.abierto, t.cerrado_en IS NULL,"
		" t.tipo, t.categoria, t.subcategoria, t.respuesta_cliente, t.sla_calendario, t.sla_objetivo,"
		" t.fecha_limite_sla, t.sla_restante, t.sla_incumplido_en, t.atencion_calendario,"
		" t.atencion_objetivo, t.atencion_limite, t.atencion_incumplido_en, t.atendido_en,"
		" t.sla_politica, t.atencion_politica, t.sla_revisar_en, t.sla_orden, t.hash"
		" FROM @.ticket t"
		" WHERE t.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND t.ticket_uuid OPERATOR(pg_catalog.<=) $2"
		" ORDER BY t.ticket_uuid",
		2, {UUIDOID, UUIDOID}
	},
	/* In the order of TSM_HISTORY_COLUMNS. */
	[Q_VERIFY_HISTORY] = {
		"SELECT h.ticket_uuid, h.version, h.operacion, h.ocurrido_en, h.ticket_label,"
		" h.estado_antes, h.estado_despues, h.area_antes, h.area_despues,"
		" h.prioridad_antes, h.prioridad_despues, h.agente_antes, h.agente_despues,"
		" h.tipo_antes, h.tipo_despues, h.categoria_antes, h.categoria_despues,"
		" h.subcategoria_antes, h.subcategoria_despues, h.reloj, h.motivo, h.nota, h.respuesta,"
		" h.cambios, h.actor_id, h.actor_nombre, h.actor_rol, h.usuario_bd, h.ip, h.hash"
		" FROM @.historial h"
		" WHERE h.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND h.ticket_uuid OPERATOR(pg_catalog.<=) $2"
		" ORDER BY h.ticket_uuid, h.version",
		2, {UUIDOID, UUIDOID}
	},
	/* Labels that are no labels. */
	[Q_VERIFY_LABELS] = {
		"SELECT t.ticket_uuid, t.ticket_label FROM @.ticket t"
		" WHERE t.ticket_label OPERATOR(pg_catalog.!~) '^[A-Z][A-Z0-9]*-[0-9]{4,9}-[0-9]{1,18}$'",
		0, {0}
	},
	/* Years whose numbers are not 1, 2, ... ultimo, with some of the culprits. */
	[Q_VERIFY_YEARS] = {
		"WITH numero AS MATERIALIZED ("
		" SELECT m[1]::pg_catalog.int4 AS anio, m[2]::pg_catalog.int8 AS n FROM @.ticket t,"
		" pg_catalog.regexp_match(t.ticket_label, '^[A-Z][A-Z0-9]*-([0-9]{4,9})-([0-9]{1,18})$') AS m"
		" WHERE m IS NOT NULL)"
		", por_anio AS (SELECT n.anio, pg_catalog.count(*) AS cuenta,"
		" pg_catalog.count(DISTINCT n.n) AS distintos, pg_catalog.min(n.n) AS minimo,"
		" pg_catalog.max(n.n) AS maximo FROM numero n GROUP BY n.anio)"
		" SELECT COALESCE(c.anio, p.anio), COALESCE(c.ultimo, 0), COALESCE(p.cuenta, 0),"
		" (SELECT pg_catalog.string_agg(f.i::pg_catalog.text, ', ' ORDER BY f.i) FROM ("
		"  SELECT g.i FROM pg_catalog.generate_series(1::pg_catalog.int8,"
		"   GREATEST(c.ultimo, p.maximo)) AS g(i)"
		"  WHERE NOT EXISTS (SELECT FROM numero n WHERE n.anio" EQ "COALESCE(c.anio, p.anio)"
		"   AND n.n" EQ "g.i) LIMIT 10) AS f)"
		" FROM @.contador c FULL JOIN por_anio p ON p.anio" EQ "c.anio"
		" WHERE COALESCE(c.ultimo, -1) OPERATOR(pg_catalog.<>) COALESCE(p.maximo, 0)"
		" OR p.cuenta OPERATOR(pg_catalog.<>) p.maximo"
		" OR p.cuenta OPERATOR(pg_catalog.<>) p.distintos OR p.minimo OPERATOR(pg_catalog.<>) 1"
		" ORDER BY 1",
		0, {0}
	},
	/* Ways round the guard that only the owner can open. */
	[Q_VERIFY_GUARD] = {
		"SELECT v.tabla, v.disparador, 'falta' FROM (VALUES"
		" ('ticket', 'aa_guardia_antes', 'tg_ticket_before', 23),"
		" ('ticket', 'aa_guardia_despues', 'tg_ticket_after', 21),"
		" ('ticket', 'aa_guardia_borrado', 'tg_refuse', 42),"
		" ('historial', 'aa_guardia_escritura', 'tg_refuse', 62),"
		" ('contador', 'aa_guardia_escritura', 'tg_refuse', 62),"
		" ('calendario_version', 'aa_guardia_escritura', 'tg_refuse', 62),"
		" ('calendario', 'aa_version', 'tg_calendar', 60), ('horario', 'aa_version', 'tg_calendar', 60),"
		" ('feriado', 'aa_version', 'tg_calendar', 60),"
		" ('calendario', 'zz_recargar', 'tg_reload', 29), ('calendario', 'zz_recargar_todo', 'tg_reload', 32),"
		" ('calendario_version', 'zz_recargar', 'tg_reload', 29),"
		" ('agente', 'aa_guardia_borrado', 'tg_refuse', 42),"
		" ('configuracion', 'aa_guardia_borrado', 'tg_refuse', 42),"
		" ('estado', 'aa_guardia_borrado', 'tg_refuse', 42),"
		" ('sla_politica_version', 'aa_guardia_escritura', 'tg_refuse', 62),"
		" ('evento', 'aa_guardia_escritura', 'tg_refuse', 54),"
		" ('sla_politica', 'aa_version', 'tg_policy', 60),"
		" ('sla_politica', 'zz_recargar', 'tg_reload', 29),"
		" ('sla_politica', 'zz_recargar_todo', 'tg_reload', 32),"
		" ('estado', 'zz_recargar', 'tg_reload', 29), ('transicion', 'zz_recargar', 'tg_reload', 29),"
		" ('permiso', 'zz_recargar', 'tg_reload', 29), ('configuracion', 'zz_recargar', 'tg_reload', 29),"
		" ('rol', 'zz_recargar', 'tg_reload', 29), ('prioridad', 'zz_recargar', 'tg_reload', 29),"
		" ('area', 'zz_recargar', 'tg_reload', 29), ('agente', 'zz_recargar', 'tg_reload', 29),"
		" ('transicion', 'zz_recargar_todo', 'tg_reload', 32), ('permiso', 'zz_recargar_todo', 'tg_reload', 32),"
		" ('rol', 'zz_recargar_todo', 'tg_reload', 32)"
		") AS v(tabla, disparador, funcion, tipo)"
		" WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g"
		"  JOIN pg_catalog.pg_class c ON c.oid" EQ "g.tgrelid"
		"  JOIN pg_catalog.pg_proc p ON p.oid" EQ "g.tgfoid"
		"  JOIN pg_catalog.pg_namespace n ON n.oid" EQ "p.pronamespace"
		"  WHERE c.relnamespace" EQ "$1 AND c.relname" EQ "v.tabla::pg_catalog.name"
		"  AND g.tgname" EQ "v.disparador::pg_catalog.name AND p.proname" EQ "v.funcion::pg_catalog.name"
		"  AND n.nspname" EQ "'ticket_sm'::pg_catalog.name AND g.tgtype::pg_catalog.int4" EQ "v.tipo"
		"  AND g.tgqual IS NULL AND g.tgattr::pg_catalog.text" EQ "''"
		"  AND g.tgenabled" EQ "ANY ('{O,A}'::pg_catalog.\"char\"[]))"
		" UNION ALL SELECT c.relname, i.inhrelid::pg_catalog.regclass::pg_catalog.text, 'hija'"
		" FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid" EQ "i.inhparent"
		" WHERE c.relnamespace" EQ "$1"
		" UNION ALL SELECT c.relname, r.rulename, 'regla'"
		" FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid" EQ "r.ev_class"
		" WHERE c.relnamespace" EQ "$1 AND c.relkind" EQ "'r'::pg_catalog.\"char\"",
		1, {OIDOID}
	},
};

/* Those that are planned once, whatever their arguments. */
static const bool is_generic[TSM_QUERIES] = {
	[Q_AGENT_BY_ID] = true, [Q_AGENT_BY_USER] = true, [Q_INSERT] = true,
	[Q_BY_KEY] = true, [Q_ASSIGN] = true, [Q_TRANSFER] = true, [Q_RECLASSIFY] = true,
	[Q_CHANGE_STATE] = true, [Q_ANSWER] = true, [Q_RESOLVE] = true, [Q_MANY_ASSIGN] = true,
	[Q_MANY_TRANSFER] = true, [Q_MANY_RECLASSIFY] = true, [Q_MANY_CHANGE_STATE] = true,
	[Q_MANY_ANSWER] = true, [Q_MANY_RESOLVE] = true, [Q_CLOCK] = true, [Q_DUE] = true, [Q_EVENT_INSERT] = true,
	[Q_LOOKUP_PUBLIC] = true, [Q_LOOKUP_AGENT] = true, [Q_QUEUE_DEADLINE] = true,
	[Q_QUEUE_STANDING] = true, [Q_QUEUE_CREATION] = true
};

typedef struct PlanKey
{
	Oid			nspid;
	TsmQuery	query;
} PlanKey;

typedef struct PlanEntry
{
	PlanKey		key;
	SPIPlanPtr	plan;			/* NULL until there is one */
} PlanEntry;

static HTAB *plan_cache = NULL;

static SPIPlanPtr
prepare(const TsmMesa *mesa, TsmQuery query)
{
	const QueryText *q = &query_texts[query];
	StringInfoData text;
	Oid			argtype[MAX_ARGS];
	SPIPlanPtr	plan;

	initStringInfo(&text);
	for (const char *p = q->text; *p; p++)
	{
		if (*p == '@')
			appendStringInfoString(&text, mesa->schema);
		else
			appendStringInfoChar(&text, *p);
	}
	for (int i = 0; i < q->nargs; i++)
		argtype[i] = OidIsValid(q->argtype[i]) ? q->argtype[i] : mesa->type_enum;

	plan = SPI_prepare_cursor(text.data, q->nargs, argtype, is_generic[query] ? CURSOR_OPT_GENERIC_PLAN : 0);
	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not prepare a query of ticket_sm: %s",
						SPI_result_code_string(SPI_result))));
	pfree(text.data);
	return plan;
}

SPIPlanPtr
tsm_plan(const TsmMesa *mesa, TsmQuery query)
{
	PlanKey		key;
	PlanEntry  *entry;
	SPIPlanPtr	plan;
	bool		found;

	if (plan_cache == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(PlanKey);
		ctl.entrysize = sizeof(PlanEntry);
		plan_cache = hash_create("ticket_sm plans", 64, &ctl, HASH_ELEM | HASH_BLOBS);
	}

	memset(&key, 0, sizeof(key));
	key.nspid = mesa->nspid;
	key.query = query;
	entry = hash_search(plan_cache, &key, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	if (entry->plan != NULL)
	{
		if (SPI_plan_is_valid(entry->plan))
			return entry->plan;
		plan = entry->plan;
		entry->plan = NULL;
		SPI_freeplan(plan);
	}

	/* An error in here leaves an entry without a plan, which is fine. */
	plan = prepare(mesa, query);
	SPI_keepplan(plan);

	/* Preparing may have run code that entered plans of its own. */
	entry = hash_search(plan_cache, &key, HASH_ENTER, &found);
	if (found && entry->plan != NULL)
		SPI_freeplan(entry->plan);
	entry->plan = plan;
	return plan;
}

void
tsm_plan_forget(const TsmMesa *mesa, TsmQuery query)
{
	PlanKey		key;
	PlanEntry  *entry;

	memset(&key, 0, sizeof(key));
	key.nspid = mesa->nspid;
	key.query = query;
	entry = hash_search(plan_cache, &key, HASH_FIND, NULL);
	if (entry != NULL && entry->plan != NULL)
	{
		SPI_freeplan(entry->plan);
		entry->plan = NULL;
	}
}

static void
check_select(int rc)
{
	if (rc != SPI_OK_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("unexpected result of a query of ticket_sm: %s",
						SPI_result_code_string(rc))));
}

void
tsm_read(const TsmMesa *mesa, TsmQuery query, Datum *args)
{
	check_select(SPI_execute_plan(tsm_plan(mesa, query), args, NULL, true, 0));
}

void
tsm_read_nulls(const TsmMesa *mesa, TsmQuery query, Datum *args, const char *nulls)
{
	check_select(SPI_execute_plan(tsm_plan(mesa, query), args, nulls, true, 0));
}

void
tsm_read_latest(const TsmMesa *mesa, TsmQuery query, Datum *args)
{
	check_select(SPI_execute_snapshot(tsm_plan(mesa, query), args, NULL,
									  GetLatestSnapshot(), InvalidSnapshot,
									  true, false, 0));
}

void
tsm_in_index_order(void (*work) (void *arg), void *arg)
{
	bool		seqscan = enable_seqscan;
	bool		bitmapscan = enable_bitmapscan;
	bool		sort = enable_sort;
	bool		jit = jit_enabled;

	PG_TRY();
	{
		/* the variables themselves: they count only when a plan is made */
		enable_seqscan = enable_bitmapscan = enable_sort = jit_enabled = false;
		work(arg);
	}
	PG_FINALLY();
	{
		enable_seqscan = seqscan;
		enable_bitmapscan = bitmapscan;
		enable_sort = sort;
		jit_enabled = jit;
	}
	PG_END_TRY();
}

TsmIdentity
tsm_act_as_owner(const TsmMesa *mesa)
{
	TsmIdentity saved;

	GetUserIdAndSecContext(&saved.userid, &saved.secontext);
	SetUserIdAndSecContext(mesa->owner, saved.secontext | SECURITY_LOCAL_USERID_CHANGE);
	saved.guc_level = 0;
	saved.hidden = false;
	if (mesa->search_path == NULL)
	{
		/* nothing of a user's will run, and what is ours is qualified */
		if (saved.userid != mesa->owner)
			saved.hidden = tsm_hide_search_path();
	}
	else
	{
		saved.guc_level = NewGUCNestLevel();
		(void) set_config_option("search_path", mesa->search_path, PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	}
	return saved;
}

void
tsm_act_done(TsmIdentity saved)
{
	if (saved.guc_level != 0)
		AtEOXact_GUC(false, saved.guc_level);
	if (saved.hidden)
		tsm_show_search_path();
	SetUserIdAndSecContext(saved.userid, saved.secontext);
}

TsmIdentity
tsm_enter(const TsmMesa *mesa)
{
	TsmIdentity saved = tsm_act_as_owner(mesa);

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not connect to SPI")));
	return saved;
}

void
tsm_leave(TsmIdentity saved)
{
	SPI_finish();
	tsm_act_done(saved);
}
