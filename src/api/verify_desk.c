/*-------------------------------------------------------------------------
 *
 * verify_desk.c
 *	  fn_verificar: the proof that nobody went round the guard.  Here the desk
 *	  itself: labels, triggers and rules, row security, roles, sequences.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_verificar);
PG_FUNCTION_INFO_V1(tsm_verificar_mesa);

/* Labels that are not well-formed. */
static const TsmQuery q_verify_labels = {
	"SELECT t.ticket_uuid, t.ticket_label FROM @.ticket t"
	" WHERE t.ticket_label OPERATOR(pg_catalog.!~) '^[A-Z][A-Z0-9]*-[0-9]{4,9}-[0-9]{1,18}$'",
	0, {0}, PLAN_AS_NEEDED
};

/*
 * Years whose numbers are not 1, 2, ... ultimo, with the first ten that are
 * missing: they come before the eleventh after as many as there are.
 */
static const TsmQuery q_verify_years = {
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
	"   LEAST(GREATEST(c.ultimo, p.maximo), COALESCE(p.distintos, 0) OPERATOR(pg_catalog.+) 10)) AS g(i)"
	"  WHERE NOT EXISTS (SELECT FROM numero n WHERE n.anio" EQ "COALESCE(c.anio, p.anio)"
	"   AND n.n" EQ "g.i) LIMIT 10) AS f)"
	" FROM @.contador c FULL JOIN por_anio p ON p.anio" EQ "c.anio"
	" WHERE COALESCE(c.ultimo, -1) OPERATOR(pg_catalog.<>) COALESCE(p.maximo, 0)"
	" OR p.cuenta OPERATOR(pg_catalog.<>) p.maximo"
	" OR p.cuenta OPERATOR(pg_catalog.<>) p.distintos OR p.minimo OPERATOR(pg_catalog.<>) 1"
	" ORDER BY 1",
	0, {0}, PLAN_AS_NEEDED
};

/* Ways round the guard that only the owner can open.  $2: the tables of the desk */
static const TsmQuery q_verify_guard = {
	"SELECT d.tabla, d.disparador, 'falta' FROM pg_catalog.pg_namespace n,"
	" ticket_sm.disparadores_que_faltan(n.nspname) AS d WHERE n.oid" EQ "$1"
	" UNION ALL SELECT c.relname, r.rulename, 'regla'"
	" FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid" EQ "r.ev_class"
	" WHERE c.oid" EQ "ANY ($2)",
	2, {OIDOID, OIDARRAYOID}, PLAN_AS_NEEDED
};

/* The event trigger is the database's, and sees to it that a dump is whole; on in every session (O, A). */
static const TsmQuery q_verify_event_trigger = {
	"SELECT FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid" EQ "e.evtfoid"
	" WHERE p.proname" EQ "'tg_statement'::pg_catalog.name AND p.pronamespace" EQ
	"(SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname" EQ "'ticket_sm'::pg_catalog.name)"
	" AND e.evtevent" EQ "'ddl_command_start'::pg_catalog.name AND e.evtenabled" EQ "ANY ('{O,A}'::pg_catalog.\"char\"[])",
	0, {0}, PLAN_AS_NEEDED
};

/*
 * What hides rows, or shows them to those who may not see them: row security
 * that is forced upon us, switched off, or on where the template has none;
 * policies that are not the template's.
 */
static const TsmQuery q_verify_row_security = {
	"WITH tabla AS (SELECT c.* FROM pg_catalog.pg_class c WHERE c.oid" EQ "ANY ($2))"
	", plantilla AS (SELECT c.oid, c.relname, v.politica, pg_catalog.replace(pg_catalog.replace(v.usa,"
	"  '{literal}', pg_catalog.quote_literal(t.oid::pg_catalog.regclass::pg_catalog.text)),"
	"  '{ticket}', t.oid::pg_catalog.regclass::pg_catalog.text) AS usa, v.escribe"
	"  FROM (VALUES"
	"  ('ticket', 'ticket_en_alcance', '(( SELECT ticket_sm.alcance_total({literal}::regclass) AS alcance_total)"
	" OR (area = ( SELECT ticket_sm.alcance_area({literal}::regclass) AS alcance_area)))', 'true'),"
	"  ('historial', 'historial_en_alcance', '(( SELECT ticket_sm.alcance_total({literal}::regclass) AS alcance_total)"
	" OR (EXISTS ( SELECT FROM {ticket} t WHERE (t.ticket_uuid = historial.ticket_uuid))))', NULL),"
	"  ('vinculo', 'vinculo_en_alcance', '(( SELECT ticket_sm.alcance_total({literal}::regclass) AS alcance_total)"
	" OR ((EXISTS ( SELECT FROM {ticket} t WHERE (t.ticket_uuid = vinculo.ticket_uuid)))"
	" AND (EXISTS ( SELECT FROM {ticket} o WHERE (o.ticket_uuid = vinculo.otro_uuid)))))', NULL),"
	"  ('agente', 'agente_en_alcance', '(( SELECT ticket_sm.alcance_total({literal}::regclass) AS alcance_total)"
	" OR (area = ( SELECT ticket_sm.alcance_area({literal}::regclass) AS alcance_area)))', NULL),"
	"  ('adjunto', 'adjunto_en_alcance', '(( SELECT ticket_sm.alcance_total({literal}::regclass) AS alcance_total)"
	" OR (EXISTS ( SELECT FROM {ticket} t WHERE (t.ticket_uuid = adjunto.ticket_uuid))))', NULL),"
	"  ('calificacion', 'calificacion_en_alcance', '(( SELECT ticket_sm.alcance_total({literal}::regclass) AS alcance_total)"
	" OR (EXISTS ( SELECT FROM {ticket} t WHERE (t.ticket_uuid = calificacion.ticket_uuid))))', NULL)"
	"  ) AS v(tabla, politica, usa, escribe)"
	"  JOIN pg_catalog.pg_class c ON c.relnamespace" EQ "$1 AND c.relname" EQ "v.tabla::pg_catalog.name"
	"  JOIN pg_catalog.pg_class t ON t.relnamespace" EQ "$1 AND t.relname" EQ "'ticket'::pg_catalog.name)"
	", politica AS (SELECT p.polrelid, p.polname, p.polpermissive AND p.polcmd" EQ "'*'::pg_catalog.\"char\""
	"  AND p.polroles" EQ "'{0}'::pg_catalog.oid[] AS todo,"
	"  pg_catalog.regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g') AS usa,"
	"  pg_catalog.regexp_replace(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '\\s+', ' ', 'g') AS escribe"
	"  FROM pg_catalog.pg_policy p)"
	" SELECT t.relname, NULL, 'forzada' FROM tabla t WHERE t.relforcerowsecurity"
	" UNION ALL SELECT t.relname, NULL, CASE WHEN t.relrowsecurity THEN 'encendida' ELSE 'apagada' END FROM tabla t"
	"  WHERE t.relrowsecurity OPERATOR(pg_catalog.<>) EXISTS (SELECT FROM plantilla v WHERE v.oid" EQ "t.oid)"
	" UNION ALL SELECT v.relname, v.politica, 'falta' FROM plantilla v WHERE NOT EXISTS (SELECT FROM politica p"
	"  WHERE p.polrelid" EQ "v.oid AND p.polname" EQ "v.politica::pg_catalog.name AND p.todo AND p.usa" EQ "v.usa"
	"  AND p.escribe IS NOT DISTINCT FROM v.escribe)"
	" UNION ALL SELECT t.relname, p.polname, 'ajena' FROM politica p JOIN tabla t ON t.oid" EQ "p.polrelid"
	"  WHERE NOT EXISTS (SELECT FROM plantilla v WHERE v.oid" EQ "t.oid AND v.politica::pg_catalog.name" EQ "p.polname)"
	" ORDER BY 3 DESC, 1, 2",
	2, {OIDOID, OIDARRAYOID}, PLAN_AS_NEEDED
};

/* Agents who work, by a database role that is not there, or is called otherwise now. */
static const TsmQuery q_verify_agents = {
	"SELECT a.nombre, a.usuario_bd, i.rolname FROM @.agente a"
	" LEFT JOIN pg_catalog.pg_roles i ON a.identidad_bd" EQ "pg_catalog.concat($1, i.oid)"
	" LEFT JOIN pg_catalog.pg_roles r ON r.rolname" EQ "a.usuario_bd"
	" WHERE a.activo AND a.usuario_bd IS NOT NULL"
	" AND COALESCE(i.rolname, r.rolname) IS DISTINCT FROM a.usuario_bd"
	" ORDER BY a.nombre, a.usuario_bd",
	1, {TEXTOID}, PLAN_AS_NEEDED
};

/* The sequences that number rows of a table of the desk. */
static const TsmQuery q_verify_sequences = {
	"SELECT t.relname, a.attname, n.nspname, c.relname FROM pg_catalog.pg_depend d"
	" JOIN pg_catalog.pg_class c ON c.oid" EQ "d.objid JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
	" JOIN pg_catalog.pg_sequence s ON s.seqrelid" EQ "c.oid"
	" JOIN pg_catalog.pg_class t ON t.oid" EQ "d.refobjid"
	" JOIN pg_catalog.pg_attribute a ON a.attrelid" EQ "t.oid AND a.attnum" EQ "d.refobjsubid"
	" WHERE d.classid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass"
	" AND d.refclassid" EQ "'pg_catalog.pg_class'::pg_catalog.regclass"
	" AND d.deptype" EQ "ANY ('{a,i}'::pg_catalog.\"char\"[]) AND d.refobjid" EQ "ANY ($1)"
	" AND s.seqincrement OPERATOR(pg_catalog.>) 0"
	" AND a.atttypid" EQ "ANY ('{int2,int4,int8}'::pg_catalog.regtype[])"
	" ORDER BY 1, 2",
	1, {OIDARRAYOID}, PLAN_AS_NEEDED
};

static void
check_labels(TsmVerification *v)
{
	tsm_read(v->desk, &q_verify_labels, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		id = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		tsm_verify_report(v, DatumGetUUIDP(id), "label", "\"%s\" is not a label", tsm_read_string(i, 2));
	}

	tsm_read(v->desk, &q_verify_years, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *missing = tsm_read_string(i, 4);

		tsm_verify_report(v, NULL, "label", "year %s: the counter is at %s, there are %s labels%s%s",
						  tsm_read_string(i, 1), tsm_read_string(i, 2), tsm_read_string(i, 3),
						  missing ? "; missing (the first ten): " : "", missing ? missing : "");
	}
}

/* ----------------------------------------------------------------
 * Ways round the guard
 * ----------------------------------------------------------------
 */

/* The schema, and all tables of the desk. */
static void
desk_args(const TsmDesk *desk, Datum *args)
{
	Datum		tables[TSM_TABLE_COUNT];

	for (int i = 0; i < TSM_TABLE_COUNT; i++)
		tables[i] = ObjectIdGetDatum(desk->table[i]);
	args[0] = ObjectIdGetDatum(desk->nspid);
	args[1] = PointerGetDatum(construct_array(tables, TSM_TABLE_COUNT, OIDOID, sizeof(Oid), true, TYPALIGN_INT));
}

/* By the caller himself: it is all in the catalogs, and in functions that ADMIN is granted. */
static void
check_guard(TsmVerification *v)
{
	Datum		args[2];

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	desk_args(v->desk, args);
	tsm_read(v->desk, &q_verify_guard, args);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *what = tsm_read_string(i, 3);

		if (strcmp(what, "falta") == 0)
			tsm_verify_report(v, NULL, "guardia", "trigger %s of table %s is missing, disabled or altered",
							  tsm_read_string(i, 2), tsm_read_string(i, 1));
		else
			tsm_verify_report(v, NULL, "guardia", "rule %s rewrites statements on table %s",
							  tsm_read_string(i, 2), tsm_read_string(i, 1));
	}
	tsm_read(v->desk, &q_verify_event_trigger, NULL);
	if (SPI_processed == 0)
		tsm_verify_report(v, NULL, "guardia", "event trigger ticket_sm_guardia is missing or disabled: types can be altered that a dump would lose");
	SPI_finish();
}

/* Returns whether row security would keep rows from us. */
static bool
check_row_security(TsmVerification *v)
{
	static const struct
	{
		const char *what;
		const char *format;		/* of the table and the policy */
	}			problem[] = {
		{"forzada", "table %s forces row security upon its owner: nothing was read"},
		{"apagada", "row security of table %s is switched off"},
		{"encendida", "row security of table %s is switched on"},
		{"falta", "policy %2$s of table %1$s is missing or altered"},
		{"ajena", "policy %2$s of table %1$s is not the template's"}
	};
	Datum		args[2];
	bool		forced = false;

	desk_args(v->desk, args);
	tsm_read(v->desk, &q_verify_row_security, args);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *what = tsm_read_string(i, 3);

		for (int j = 0; j < (int) lengthof(problem); j++)
			if (strcmp(what, problem[j].what) == 0)
				tsm_verify_report(v, NULL, "guardia", problem[j].format, tsm_read_string(i, 1), tsm_read_string(i, 2));
		forced |= strcmp(what, "forzada") == 0;
	}
	return forced;
}

/* ----------------------------------------------------------------
 * What the desk names or counts by
 * ----------------------------------------------------------------
 */
static void
check_agents(TsmVerification *v)
{
	Datum		prefix = CStringGetTextDatum(tsm_identity_prefix());

	tsm_read(v->desk, &q_verify_agents, &prefix);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *now = tsm_read_string(i, 3);

		if (now == NULL)
			tsm_verify_report(v, NULL, "rol", "role \"%s\" of agent %s does not exist", tsm_read_string(i, 2), tsm_read_string(i, 1));
		else
			tsm_verify_report(v, NULL, "rol", "role \"%s\" of agent %s is called \"%s\" now", tsm_read_string(i, 2),
							  tsm_read_string(i, 1), now);
	}
}

static void
check_roles(TsmVerification *v)
{
	for (int role = 0; role < TSM_ROLES; role++)
	{
		const char *name = v->desk->role_member[role];
		const char *unfit = name == NULL ? NULL : tsm_role_unfit(name);

		if (name == NULL)
			tsm_verify_report(v, NULL, "rol", "no database role stands for %s", tsm_role_names[role]);
		else if (unfit != NULL)
			tsm_verify_report(v, NULL, "rol", "role \"%s\", which stands for %s, %s", name, tsm_role_names[role], unfit);
		if (name != NULL && strcmp(name, v->desk->role_named[role]) != 0)
			tsm_verify_report(v, NULL, "rol", "role \"%s\", which stands for %s, is called \"%s\" now",
							  v->desk->role_named[role], tsm_role_names[role], name);
	}
	check_agents(v);
}

/* Is the next number of a sequence one that its column has already? */
static void
check_sequence(TsmVerification *v, const char *table, const char *column, const char *sequence)
{
	char	   *text = psprintf("SELECT s.last_value, m.n FROM %s s, (SELECT pg_catalog.max(t.%s) AS n FROM %s.%s t) m"
								" WHERE m.n OPERATOR(pg_catalog.>) s.last_value OR m.n" EQ "s.last_value AND NOT s.is_called",
								sequence, quote_identifier(column), v->desk->schema, quote_identifier(table));

	if (SPI_execute(text, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read sequence %s", sequence);
	for (uint64 i = 0; i < SPI_processed; i++)
		tsm_verify_report(v, NULL, "secuencia", "sequence %s is at %s, but %s of table %s at %s",
						  sequence, tsm_read_string(i, 1), column, table, tsm_read_string(i, 2));
}

static void
check_sequences(TsmVerification *v)
{
	Datum		args[2];
	SPITupleTable *found;

	desk_args(v->desk, args);
	tsm_read(v->desk, &q_verify_sequences, &args[1]);
	found = SPI_tuptable;
	for (uint64 i = 0; i < found->numvals; i++)
		check_sequence(v, SPI_getvalue(found->vals[i], found->tupdesc, 1), SPI_getvalue(found->vals[i], found->tupdesc, 2),
					   quote_qualified_identifier(SPI_getvalue(found->vals[i], found->tupdesc, 3),
												  SPI_getvalue(found->vals[i], found->tupdesc, 4)));
}

static void
check_template(TsmVerification *v)
{
	char	   *behind = tsm_template_behind(v->desk);

	if (behind != NULL)
		tsm_verify_report(v, NULL, "plantilla", "%s", behind);
}

/* ----------------------------------------------------------------
 * The function
 * ----------------------------------------------------------------
 */

/* Row security off: rather an error than a row that is hidden from the proof. */
static int
begin_reading(void)
{
	int			guc_level = NewGUCNestLevel();

	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	/* what is planned as needed is not compiled either: see plan_now() */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	/* policies are printed as seen from here */
	(void) set_config_option("search_path", "pg_catalog", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("quote_all_identifiers", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return guc_level;
}

static void
check_one(TsmVerification *v, pg_uuid_t *id, bool contents)
{
	Datum		range[2] = {UUIDPGetDatum(id), UUIDPGetDatum(id)};

	if (tsm_verify_tickets(v, range) == 0)
		tsm_refuse(REFUSE_NOT_FOUND, NULL,
				   psprintf("There is neither a ticket %s nor a history of it.",
							DatumGetCString(DirectFunctionCall1(uuid_out, range[0]))), NULL);
	tsm_verify_origins(v, range);
	tsm_verify_files(v, range, contents);
	tsm_verify_ratings(v, range);
}

/* All tickets, their labels, and what can be said of the desk at once. */
static void
check_all(TsmVerification *v, bool contents)
{
	pg_uuid_t	first;
	pg_uuid_t	last;
	Datum		range[2] = {UUIDPGetDatum(&first), UUIDPGetDatum(&last)};

	memset(&first, 0x00, sizeof(first));
	memset(&last, 0xFF, sizeof(last));
	if (check_row_security(v))
		return;
	(void) tsm_verify_tickets(v, range);
	tsm_verify_origins(v, range);
	tsm_verify_files(v, range, contents);
	tsm_verify_ratings(v, range);
	tsm_verify_orphans(v);
	check_labels(v);
	check_roles(v);
	check_sequences(v);
}

/* Begin to verify a desk, for ADMIN; as its owner from here on. */
static void
begin_verifying(FunctionCallInfo fcinfo, TsmVerification *v, const TsmDesk *desk, TsmIdentity *saved, int *guc_level)
{
	TsmCaller	caller;

	memset(v, 0, sizeof(*v));
	v->desk = desk;
	tsm_caller_identify(v->desk, &caller);
	tsm_caller_require(v->desk, &caller, OP_CONSULTAR);
	tsm_caller_require_admin(&caller, "verify a mesa");

	InitMaterializedSRF(fcinfo, 0);
	v->rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	*saved = tsm_enter(v->desk);
	*guc_level = begin_reading();
	v->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm row", ALLOCSET_DEFAULT_SIZES);
	v->chain_cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm chain", ALLOCSET_SMALL_SIZES);
}

/* As the caller again; then what concerns the whole desk and is read as whoever calls. */
static void
end_verifying(TsmVerification *v, TsmIdentity saved, int guc_level, bool whole)
{
	AtEOXact_GUC(false, guc_level);
	tsm_leave(saved);
	if (!whole)
		return;
	check_guard(v);
	check_template(v);
}

Datum
tsm_fn_verificar(PG_FUNCTION_ARGS)
{
	TsmVerification v;
	TsmIdentity saved;
	bool		one = !PG_ARGISNULL(0);
	bool		contents = PG_ARGISNULL(1) || PG_GETARG_BOOL(1);
	int			guc_level;

	begin_verifying(fcinfo, &v, tsm_desk_current(), &saved, &guc_level);
	if (one)
		check_one(&v, PG_GETARG_UUID_P(0), contents);
	else
		check_all(&v, contents);
	end_verifying(&v, saved, guc_level, !one);
	return (Datum) 0;
}

/* verificar_mesa(mesa): the same without the tickets, which takes no time. */
Datum
tsm_verificar_mesa(PG_FUNCTION_ARGS)
{
	TsmVerification v;
	TsmIdentity saved;
	int			guc_level;

	begin_verifying(fcinfo, &v, tsm_desk_of_arg(fcinfo), &saved, &guc_level);
	if (!check_row_security(&v))
	{
		check_roles(&v);
		check_sequences(&v);
	}
	end_verifying(&v, saved, guc_level, true);
	return (Datum) 0;
}
