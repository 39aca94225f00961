-- Bringing a mesa to the newest template.
--
-- ALTER EXTENSION ... UPDATE replaces the machinery only: a table that an update
-- script made in a mesa would become a member of the extension.  A mesa is
-- brought up to date here, by its owner or a superuser, and everything that
-- touches it is done as the owner (como_duenio), as it may run what the owner has
-- written.

CREATE FUNCTION ticket_sm.como_duenio(esquema name, guion text) RETURNS text
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_como_duenio';
COMMENT ON FUNCTION ticket_sm.como_duenio(name, text) IS
'Runs SQL as the owner of a mesa, fenced in: it cannot become the caller again.
esquema: schema of the mesa. guion: the statements.
Returns the first column of the first row of the last statement, if that is a query. Raises 22004 (a parameter is NULL), 3F000 (no such mesa), 42501 (the caller is neither the owner nor a superuser), and what the statements raise.';

CREATE FUNCTION ticket_sm.correr_guion(guion text) RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_correr_guion';
COMMENT ON FUNCTION ticket_sm.correr_guion(text) IS
'Runs SQL as the caller, as EXECUTE does, but an error shows no more of a long text than its beginning. guion: the statements. Returns nothing. Raises 22004 (guion is NULL), and what the statements raise.';

CREATE FUNCTION ticket_sm.pasos_de_mesa(esquema name, desde text, hasta text) RETURNS text
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	en text := desde;
	guion text := '';
	paso record;
	numeros CONSTANT text := '^\d{1,9}(\.\d{1,9})*$';
	adelante CONSTANT boolean := desde ~ numeros AND hasta ~ numeros
		AND string_to_array(desde, '.')::integer[] > string_to_array(hasta, '.')::integer[];
BEGIN
	WHILE en IS DISTINCT FROM hasta LOOP
		SELECT p.hasta, p.guion INTO paso FROM ticket_sm.plantilla_pasos() p WHERE p.desde = en;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'mesa "%" was made by template %', esquema, coalesce(desde, '(none)')
				USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = format('No steps lead from it to that of ticket_sm %s.', hasta),
				HINT = CASE WHEN adelante THEN format('Install ticket_sm %s, and run ALTER EXTENSION ticket_sm UPDATE.', desde)
					ELSE 'An older version of ticket_sm may know it: go from version to version.' END;
		END IF;
		guion := guion || paso.guion;
		en := paso.hasta;
	END LOOP;
	RETURN guion;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.pasos_de_mesa(name, text, text) IS
'The steps that bring a mesa from one template to another.
esquema: schema of the mesa, for the message. desde, hasta: the two versions. Returns the text of the steps, with placeholders. Raises 55000 (no steps lead there).';

CREATE FUNCTION ticket_sm.exigir_mesa_propia(esquema name, plantilla text) RETURNS void
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	ajenas text;
	ticket pg_class;
BEGIN
	IF esquema IS NULL THEN
		RAISE EXCEPTION 'parameter "esquema" is required' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	SELECT c.* INTO ticket FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = esquema AND c.relname = 'ticket'
	AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'ticket_sm.tg_ticket_before'::regproc);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'schema "%" is not a mesa', esquema
			USING ERRCODE = 'invalid_schema_name', HINT = 'ticket_sm.crear_mesa() makes one.';
	END IF;
	SELECT string_agg(quote_ident(c.relname), ', ' ORDER BY c.relname) INTO ajenas
	FROM regexp_matches(plantilla, '^CREATE (?:OR REPLACE )?(TABLE|VIEW) @mesa@\.(\w+)', 'gn') AS m
	JOIN pg_class c ON c.relname = m[2] AND c.relnamespace = ticket.relnamespace
	WHERE c.relowner <> ticket.relowner OR c.relkind <> CASE m[1] WHEN 'TABLE' THEN 'r' ELSE 'v' END;
	IF ajenas IS NOT NULL THEN
		RAISE EXCEPTION 'mesa "%" is not as its template made it', esquema
			USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = format('Not a table or view of the mesa''s owner, as it should be: %s.', ajenas);
	END IF;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.exigir_mesa_propia(name, text) IS
'Refuses a schema whose tables and views are not all its owner''s: another role''s view, read as the owner, would run that role''s code. Looks at the catalogs only.
esquema: the schema. plantilla: the template. Returns nothing. Raises 22004 (esquema is NULL), 3F000 (no such mesa), 55000.';

CREATE FUNCTION ticket_sm.vistas_de_mesa(esquema name,
		OUT vista oid, OUT nombre name, OUT ajenos text, OUT columna name, OUT rol text, OUT privilegio text, OUT delegable boolean)
	RETURNS SETOF record
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	WITH vistas AS (
		SELECT c.oid, c.relname, c.relowner, c.relacl,
			(SELECT string_agg(a.nombre, ', ' ORDER BY a.nombre) FROM (
				SELECT 'trigger ' || t.tgname FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
				UNION ALL SELECT 'rule ' || r.rulename FROM pg_rewrite r
				WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN') AS a(nombre)) AS ajenos
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = esquema AND c.relkind = 'v'
	), concedido AS (
		SELECT v.oid, NULL::name AS columna, a.* FROM vistas v, aclexplode(v.relacl) a
		UNION ALL SELECT v.oid, t.attname, a.*
		FROM vistas v JOIN pg_attribute t ON t.attrelid = v.oid, aclexplode(t.attacl) a
	)
	SELECT v.oid, v.relname, v.ajenos, c.columna,
		CASE c.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(c.grantee)) END, c.privilege_type, c.is_grantable
	FROM vistas v LEFT JOIN concedido c ON c.oid = v.oid AND c.grantee <> v.relowner
$funcion$;
COMMENT ON FUNCTION ticket_sm.vistas_de_mesa(name) IS
'The views of a mesa, with what hangs on them and goes when they are dropped.
esquema: schema of the mesa. Returns a row for each privilege on each view or column of one, one row with NULLs for a view without; ajenos: its triggers and rules.';

CREATE FUNCTION ticket_sm.rehacer_vistas(esquema name, guion text, antes jsonb) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	orden text;
BEGIN
	PERFORM ticket_sm.como_duenio(esquema, guion);
	SELECT string_agg(DISTINCT format('%s of view %s', a.ajenos, a.nombre), E'\n') INTO orden
	FROM jsonb_to_recordset(antes) AS a(vista oid, nombre name, ajenos text)
	WHERE a.ajenos IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = a.vista);
	IF orden IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = 'views would be dropped', DETAIL = orden;
	END IF;

	-- What was granted and revoked on a view holds on.
	FOR orden IN
		WITH era AS (
			SELECT a.* FROM jsonb_to_recordset(antes)
				AS a(nombre name, columna name, rol text, privilegio text, delegable boolean)
		), es AS (
			SELECT v.nombre, v.columna, v.rol, v.privilegio, v.delegable
			FROM ticket_sm.vistas_de_mesa(esquema) v WHERE v.nombre IN (SELECT e.nombre FROM era e)
		)
		SELECT format('REVOKE %s%s ON %I.%I FROM %s', d.privilegio, '(' || quote_ident(d.columna) || ')', esquema, d.nombre, d.rol)
		FROM (TABLE es EXCEPT TABLE era) AS d WHERE d.rol IS NOT NULL
		UNION ALL
		SELECT format('GRANT %s%s ON %I.%I TO %s', d.privilegio, '(' || quote_ident(d.columna) || ')', esquema, d.nombre, d.rol)
			|| CASE WHEN d.delegable THEN ' WITH GRANT OPTION' ELSE '' END
		FROM (TABLE era EXCEPT TABLE es) AS d
		WHERE d.rol IS NOT NULL AND d.nombre IN (SELECT e.nombre FROM es e)
	LOOP
		PERFORM ticket_sm.como_duenio(esquema, orden);
	END LOOP;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.rehacer_vistas(name, text, jsonb) IS
'Makes the views of a mesa anew, and leaves what was granted on them as it was.
esquema: schema of the mesa. guion: the statements that make them. antes: vistas_de_mesa() before. Returns nothing. Raises 2BP01 (a view that was dropped had triggers or rules), and what the statements raise.';

CREATE FUNCTION ticket_sm.actualizar_mesa(esquema name DEFAULT 'helpdesk') RETURNS text
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	propia CONSTANT text := (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'ticket_sm');
	plantilla CONSTANT text := ticket_sm.plantilla_mesa() || ticket_sm.plantilla_vistas();
	version text;
	pasos text;
	roles name[];
	antes jsonb;
	detalle text;
BEGIN
	PERFORM ticket_sm.exigir_mesa_propia(esquema, plantilla);
	-- two runs do not meet: the second waits here, and finds nothing to do
	version := ticket_sm.como_duenio(esquema,
		format('SELECT c.version_plantilla FROM %I.configuracion c FOR UPDATE', esquema));
	IF version = propia THEN
		RAISE NOTICE 'mesa "%" is up to date', esquema;
		RETURN version;
	END IF;
	pasos := ticket_sm.pasos_de_mesa(esquema, version, propia);
	roles := ticket_sm.como_duenio(esquema,
		format('SELECT array_agg(ticket_sm.rol_vigente(r.rol_bd, r.identidad_bd) ORDER BY r.rol) FROM %I.rol r', esquema))::name[];
	IF cardinality(roles) IS DISTINCT FROM 4 THEN
		RAISE EXCEPTION 'the table rol of mesa "%" does not name all four roles', esquema
			USING ERRCODE = 'invalid_parameter_value';
	END IF;

	-- Every operation begins with ticket: nobody waits in the midst of one.
	PERFORM ticket_sm.como_duenio(esquema, format('LOCK TABLE %I.ticket IN ACCESS EXCLUSIVE MODE', esquema));
	antes := (SELECT jsonb_agg(to_jsonb(v)) FROM ticket_sm.vistas_de_mesa(esquema) v);
	BEGIN
		PERFORM ticket_sm.como_duenio(esquema, ticket_sm.rellenar_plantilla(pasos, esquema, roles));
		PERFORM ticket_sm.rehacer_vistas(esquema,
			ticket_sm.rellenar_plantilla(ticket_sm.plantilla_vistas(), esquema, roles), antes);
	EXCEPTION WHEN dependent_objects_still_exist THEN
		GET STACKED DIAGNOSTICS detalle = PG_EXCEPTION_DETAIL;
		RAISE EXCEPTION 'what the new template of mesa "%" replaces is used by objects of yours', esquema
			USING ERRCODE = 'dependent_objects_still_exist', DETAIL = detalle,
			HINT = 'Drop them, run ticket_sm.actualizar_mesa() again, and make them anew.';
	END;
	PERFORM ticket_sm.como_duenio(esquema, format('SELECT ticket_sm.poner_disparadores(%L)', esquema));
	PERFORM ticket_sm.como_duenio(esquema, (
		SELECT ticket_sm.rellenar_plantilla(string_agg(m[1], E'\n'), esquema, roles)
		FROM regexp_matches(plantilla, '^COMMENT ON .*;$', 'gn') AS m));
	-- with the path that the owner's triggers are used to
	PERFORM ticket_sm.como_duenio(esquema, format('SELECT set_config(''search_path'', %L, true);
		UPDATE %I.configuracion SET version_plantilla = %L', quote_ident(esquema) || ', pg_temp', esquema, propia));
	RETURN propia;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.actualizar_mesa(name) IS
'Brings a mesa to the newest template, after ALTER EXTENSION ticket_sm UPDATE: tables step by step, then views, triggers and comments, which will be as in the template. One transaction, in which nobody else works in the mesa. What its owner has added or granted stays. Does nothing when there is nothing to do.
esquema: schema of the mesa; helpdesk unless given.
Returns the version of the template.
Raises 22004 (esquema is NULL), 3F000 (no such mesa), 42501 (the caller is neither its owner nor a superuser), 55000 (no steps lead from its template to this one), 2BP01 (something of the owner''s hangs on what must be replaced), 22023 (the table rol is incomplete).';

CREATE FUNCTION ticket_sm.conceder_nuevas() RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	-- holds all of it already: nothing is granted to it
	nadie CONSTANT name := CURRENT_USER;
	quien record;
BEGIN
	FOR quien IN
		SELECT r.rolname AS rol, bool_or(p.proname = 'fn_verificar') AS admin, bool_or(p.proname = 'fn_asignar') AS agente,
			bool_or(p.proname = 'fn_liberar_agente') AS mesa, bool_or(p.proname = 'crear_mesa') AS duenio
		FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
		WHERE p.pronamespace = 'ticket_sm'::regnamespace AND a.grantee <> p.proowner
		AND p.proname IN ('fn_verificar', 'fn_asignar', 'fn_crear_ticket', 'fn_liberar_agente', 'crear_mesa')
		GROUP BY r.rolname
	LOOP
		PERFORM ticket_sm.conceder_funciones(CASE WHEN quien.admin THEN quien.rol ELSE nadie END,
			CASE WHEN quien.mesa THEN quien.rol ELSE nadie END, CASE WHEN quien.agente THEN quien.rol ELSE nadie END, quien.rol);
		-- whoever may make a mesa may keep it up to date
		IF quien.duenio THEN
			EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO %I', quien.rol);
		END IF;
	END LOOP;
	-- Sessions that have loaded the library before look at their mesas anew when
	-- this row of the catalog is written, and are told to connect anew.
	GRANT USAGE ON SCHEMA ticket_sm TO CURRENT_USER;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.conceder_nuevas() IS
'To be called after ALTER EXTENSION ticket_sm UPDATE, whose own grants would not be in dumps. Grants the new functions to whoever has the old ones: a role with the functions of a helpdesk role gets the new ones of that role, one that may make mesas all of them. No parameters. Returns nothing. Raises 42501 when the caller may not grant.';
