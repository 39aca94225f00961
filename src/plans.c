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
#include "lib/stringinfo.h"
#include "miscadmin.h"
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

static const QueryText query_texts[TSM_QUERIES] = {
	[Q_ENUM] = {
		"SELECT e.oid, e.enumlabel FROM pg_catalog.pg_enum e"
		" WHERE e.enumtypid" EQ "$1 ORDER BY e.enumsortorder",
		1, {OIDOID}
	},
	[Q_STATES] = {
		"SELECT e.estado, e.abierto, e.resuelto, e.reloj FROM @.estado e", 0, {0}
	},
	[Q_TRANSITIONS] = {
		"SELECT t.operacion, t.estado_origen, t.estado_destino FROM @.transicion t", 0, {0}
	},
	[Q_PERMISSIONS] = {
		"SELECT p.operacion, p.rol FROM @.permiso p", 0, {0}
	},
	[Q_ROLES] = {
		"SELECT r.rol, r.rol_bd FROM @.rol r", 0, {0}
	},
	[Q_SETTINGS] = {
		"SELECT c.zona_horaria, c.prefijo, c.digitos, c.sla_en_pausa FROM @.configuracion c", 0, {0}
	},
	[Q_PRIORITIES] = {
		"SELECT p.nombre, p.sla_horas, true FROM @.prioridad p ORDER BY p.orden", 0, {0}
	},
	[Q_AREAS] = {
		"SELECT a.nombre, 0, a.activa FROM @.area a ORDER BY a.nombre", 0, {0}
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

	/*
	 * The operations.  The guard puts in the state that the machine says;
	 * naming estado here is what makes a trigger UPDATE OF estado fire.
	 */
	[Q_ASSIGN] = {
		"UPDATE @.ticket SET estado = estado, area = COALESCE($2, area),"
		" agente_id = COALESCE($3, agente_id) WHERE ticket_uuid" EQ "$1",
		3, {UUIDOID, TEXTOID, UUIDOID}
	},
	[Q_TRANSFER] = {
		"UPDATE @.ticket SET estado = estado, area = $2, agente_id = $3"
		" WHERE ticket_uuid" EQ "$1",
		3, {UUIDOID, TEXTOID, UUIDOID}
	},
	[Q_RECLASSIFY] = {
		"UPDATE @.ticket SET estado = estado, tipo = COALESCE($2, tipo),"
		" categoria = COALESCE($3, categoria), subcategoria = COALESCE($4, subcategoria),"
		" prioridad = COALESCE($5, prioridad) WHERE ticket_uuid" EQ "$1",
		5, {UUIDOID, TICKET_TYPE_ARG, TEXTOID, TEXTOID, TEXTOID}
	},
	[Q_CHANGE_STATE] = {
		"UPDATE @.ticket SET estado = estado WHERE ticket_uuid" EQ "$1",
		1, {UUIDOID}
	},
	[Q_ANSWER] = {
		"UPDATE @.ticket SET respuesta_cliente = COALESCE($2, respuesta_cliente)"
		" WHERE ticket_uuid" EQ "$1",
		2, {UUIDOID, TEXTOID}
	},
	[Q_RESOLVE] = {
		"UPDATE @.ticket SET estado = estado,"
		" respuesta_cliente = COALESCE($2, respuesta_cliente) WHERE ticket_uuid" EQ "$1",
		2, {UUIDOID, TEXTOID}
	},

	[Q_COUNTER_FIRST] = {
		"INSERT INTO @.contador (anio, ultimo) VALUES ($1, 1)",
		1, {INT4OID}
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
		" FROM @.ticket t LEFT JOIN @.historial h"
		" ON h.ticket_uuid" EQ "t.ticket_uuid AND h.version" EQ "t.version"
		" WHERE t.ticket_label" EQ "pg_catalog.upper($1)"
		" AND pg_catalog.lower(t.solicitante_email)" EQ "pg_catalog.lower($2)",
		2, {TEXTOID, TEXTOID}
	},
	[Q_LOOKUP_AGENT] = {
		"SELECT t.area, pg_catalog.jsonb_build_object("
		"'ticket', pg_catalog.to_jsonb(t)"
		"  OPERATOR(pg_catalog.-) '{huella_idempotencia,clave_idempotencia,solicitante_nombre,"
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

	[Q_VERIFY_TICKETS] = {
		"SELECT t.ticket_uuid, t.ticket_label, t.estado, t.area, t.prioridad, t.agente_id,"
		" t.version, t.fecha_creacion, t.actualizado_en, t.abierto, t.cerrado_en IS NULL,"
		" t.tipo, t.categoria, t.subcategoria, t.respuesta_cliente FROM @.ticket t"
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
		" h.subcategoria_antes, h.subcategoria_despues, h.motivo, h.nota, h.respuesta,"
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
		" ('agente', 'aa_guardia_borrado', 'tg_refuse', 42),"
		" ('configuracion', 'aa_guardia_borrado', 'tg_refuse', 42),"
		" ('estado', 'aa_guardia_borrado', 'tg_refuse', 42),"
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

	plan = SPI_prepare(text.data, q->nargs, argtype);
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
tsm_read_latest(const TsmMesa *mesa, TsmQuery query, Datum *args)
{
	check_select(SPI_execute_snapshot(tsm_plan(mesa, query), args, NULL,
									  GetLatestSnapshot(), InvalidSnapshot,
									  true, false, 0));
}

TsmIdentity
tsm_act_as_owner(const TsmMesa *mesa)
{
	TsmIdentity saved;

	GetUserIdAndSecContext(&saved.userid, &saved.secontext);
	SetUserIdAndSecContext(mesa->owner, saved.secontext | SECURITY_LOCAL_USERID_CHANGE);
	saved.guc_level = 0;
	if (mesa->search_path != NULL)
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
