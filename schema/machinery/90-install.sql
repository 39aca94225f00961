-- Making a mesa.

-- Who may call what, once.  What a role may really do is decided by the table
-- permiso: agents may call every operation, and are told.
CREATE FUNCTION ticket_sm.concesiones() RETURNS TABLE (funcion name, desde ticket_sm.ticket_role)
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	SELECT 'fn_' || o.operacion || CASE o.clase WHEN 'creacion' THEN '_ticket' ELSE '' END,
		-- the public has what can be asked by label and address
		(CASE WHEN o.clase IN ('ticket', 'adjunto') AND NOT EXISTS (SELECT FROM ticket_sm.hoja_parametros() p
			WHERE p.operacion = o.operacion AND p.parametro = 'ticket_label') THEN 'AREA' ELSE 'PUBLICO' END)::ticket_sm.ticket_role
	FROM ticket_sm.hoja_operaciones() o
	WHERE o.clase <> 'reloj'
	UNION ALL
	SELECT unnest(g.funciones), g.desde::ticket_sm.ticket_role
	FROM (VALUES
		('PUBLICO', '{fn_maquina, fn_conversacion, fn_adjuntos, fn_adjunto, api_adjuntar, api_adjuntos, api_adjunto, exigir, normalizar, api_campo, api_datos, api_error, api_formulario, api_crear, api_consultar, api_responder, api_calificar, api_mesa, api_openapi,
			api_doc_campos, api_doc_fila, api_doc_tipo, api_doc_esquemas, hoja_respuestas, api_doc_respuestas, api_doc_operacion, api_doc_rutas,
			api_doc_lista, hoja_lista}'::text[]),
		('AREA', '{fn_ejecutar_lote, fn_ticket, fn_acciones, ticket_id, fn_bandeja, fn_lista, fn_sla_explicar, alcance_total, alcance_area, ahora,
			fn_sla_sumar, fn_sla_transcurrido, fn_sla_dias, sla_tiempo, sla_restante, nombre_agente, nombre_vigente,
			feriados_colombia,
			api_operar, api_retirar_adjunto, api_ticket, api_eventos, api_lote, api_catalogo, api_lista, api_texto}'),
		('MESA', '{fn_liberar_agente}'),
		('ADMIN', '{fn_verificar, verificar_mesa, fn_sla_barrer, fn_sla_recalcular, fn_eventos, agregar_feriados, sembrar_feriados_co,
			disparadores, disparadores_que_faltan}')
	) AS g(desde, funciones)
$funcion$;
COMMENT ON FUNCTION ticket_sm.concesiones() IS
'Which function is for whom: what conceder_funciones grants. No parameters.
Returns one row for each function: its name, and the lowest helpdesk role that may call it; those above may too. Raises nothing.';

CREATE FUNCTION ticket_sm.concesiones_que_faltan(roles name[]) RETURNS SETOF text
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	WITH grupo AS (
		SELECT r.oid, r.rolname, g.nivel
		FROM unnest(roles, enum_range(NULL::ticket_sm.ticket_role)) AS g(nombre, nivel) JOIN pg_roles r ON r.rolname = g.nombre
	)
	SELECT format('GRANT USAGE ON SCHEMA ticket_sm TO %I', g.rolname)
	FROM grupo g WHERE NOT has_schema_privilege(g.oid, 'ticket_sm', 'USAGE')
	UNION ALL
	SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', p.oid::regprocedure, g.rolname)
	FROM grupo g JOIN ticket_sm.concesiones() c ON g.nivel <= c.desde JOIN pg_proc p ON p.proname = c.funcion
	WHERE p.pronamespace = 'ticket_sm'::regnamespace AND NOT has_function_privilege(g.oid, p.oid, 'EXECUTE')
$funcion$;
COMMENT ON FUNCTION ticket_sm.concesiones_que_faltan(name[]) IS
'What the four group roles of a mesa, ADMIN first, have not been granted of concesiones(): a GRANT each. roles: their names; those that do not exist are left out. Returns the statements. Raises nothing.';

CREATE FUNCTION ticket_sm.conceder_funciones(rol_admin name, rol_mesa name, rol_area name, rol_publico name)
	RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	roles CONSTANT name[] := ARRAY[rol_admin, rol_mesa, rol_area, rol_publico];
	grupo name;
	concesion text;
BEGIN
	FOREACH grupo IN ARRAY roles LOOP
		IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = grupo) THEN
			BEGIN
				EXECUTE format('CREATE ROLE %I NOLOGIN', grupo);
			EXCEPTION WHEN duplicate_object OR unique_violation THEN
				NULL;			-- another database was faster
			END;
		END IF;
	END LOOP;
	-- Only what is missing: the caller may not be the one who can grant.
	FOR concesion IN SELECT * FROM ticket_sm.concesiones_que_faltan(roles) LOOP
		EXECUTE concesion;
	END LOOP;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.conceder_funciones(name, name, name, name) IS
'Makes the group roles of a mesa that are missing (NOLOGIN) and grants them the functions; crear_mesa calls it.
rol_admin, rol_mesa, rol_area, rol_publico: names of the roles. Returns nothing. Raises 42501 when the caller may not create roles or grant.';

CREATE FUNCTION ticket_sm.rellenar_plantilla(guion text, esquema name, roles name[])
	RETURNS text
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	SELECT replace(replace(replace(replace(replace(replace(guion,
		'@mesa@', quote_ident(esquema)), '@ticket@', quote_literal(format('%I.ticket', esquema))),
		'@rol_admin@', quote_ident(roles[1])), '@rol_mesa@', quote_ident(roles[2])),
		'@rol_area@', quote_ident(roles[3])), '@rol_publico@', quote_ident(roles[4]))
$funcion$;
COMMENT ON FUNCTION ticket_sm.rellenar_plantilla(text, name, name[]) IS
'The text of a template for one mesa: each placeholder between at-signs with the name it stands for.
guion: the template. esquema: schema of the mesa. roles: its four group roles, ADMIN first. Returns the text; NULL when a name is.';

CREATE FUNCTION ticket_sm.crear_mesa(
	esquema name DEFAULT 'helpdesk',
	rol_admin name DEFAULT 'ticket_admin',
	rol_mesa name DEFAULT 'ticket_mesa',
	rol_area name DEFAULT 'ticket_area',
	rol_publico name DEFAULT 'ticket_publico')
	RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	roles CONSTANT name[] := ARRAY[rol_admin, rol_mesa, rol_area, rol_publico];
	campo text;
	valor name;
BEGIN
	FOR campo, valor IN VALUES ('esquema', esquema), ('rol_admin', rol_admin), ('rol_mesa', rol_mesa),
			('rol_area', rol_area), ('rol_publico', rol_publico) LOOP
		IF valor IS NULL OR valor = '' THEN
			RAISE EXCEPTION 'parameter "%" is required', campo USING ERRCODE = 'null_value_not_allowed';
		ELSIF strpos(valor, '@') > 0 THEN
			RAISE EXCEPTION 'invalid name for parameter "%"', campo
				USING ERRCODE = 'invalid_name', DETAIL = 'The name must not contain "@".';
		END IF;
	END LOOP;
	IF (SELECT count(DISTINCT r) FROM unnest(roles) AS r) < 4 THEN
		RAISE EXCEPTION 'the four group roles must be different' USING ERRCODE = 'invalid_parameter_value';
	END IF;

	PERFORM ticket_sm.conceder_funciones(rol_admin, rol_mesa, rol_area, rol_publico);

	PERFORM ticket_sm.correr_guion(ticket_sm.rellenar_plantilla(
		ticket_sm.plantilla_mesa() || ticket_sm.plantilla_vistas(), esquema, roles));

	EXECUTE format('INSERT INTO %I.rol (rol, rol_bd) VALUES (''ADMIN'', $1), (''MESA'', $2), (''AREA'', $3), (''PUBLICO'', $4)', esquema)
		USING rol_admin, rol_mesa, rol_area, rol_publico;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.crear_mesa(name, name, name, name, name) IS
'Makes a mesa: a help desk of its own, in a new schema that belongs to the caller.
esquema: name of the schema, which must not exist; helpdesk unless given.
rol_admin, rol_mesa, rol_area, rol_publico: database roles that stand for the four helpdesk roles, four different ones; made (NOLOGIN) when they do not exist; ticket_admin, ticket_mesa, ticket_area and ticket_publico unless given.
Returns nothing.
Raises 22004 (a name is NULL or empty), 42602 (a name contains @), 22023 (the roles are not different), 42P06 (the schema exists), 42501 (the caller may not create schemas, roles, or triggers with the guard''s functions).';

-- What a mesa's table rol says is its owner's word.  A superuser who grants
-- something because of it must not grant what the owner could not.

CREATE FUNCTION ticket_sm.rol_vigente(rol_bd name, identidad_bd text) RETURNS name
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_rol_vigente';
COMMENT ON FUNCTION ticket_sm.rol_vigente(name, text) IS
'What a database role of a mesa''s table rol is called now.
rol_bd, identidad_bd: the columns of that table.
Returns the name of the role that has this identity; rol_bd when there is none, as in another cluster. Raises nothing.';

CREATE FUNCTION ticket_sm.roles_de_mesa(mesa regclass)
	RETURNS TABLE (rol ticket_sm.ticket_role, rol_bd name, problema text, otorgable boolean)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_roles_de_mesa';
COMMENT ON FUNCTION ticket_sm.roles_de_mesa(regclass) IS
'The database roles that a mesa names. Who grants something to them need not trust the mesa''s owner: nothing of the mesa is read by SQL, which the owner could have put in the place of a table.
mesa: the table ticket of the mesa.
Returns one row for each helpdesk role that has one: rol, rol_bd (what it is called now), why nothing is to be granted to it because the mesa names it (problema; NULL: nothing), and whether the mesa''s owner could grant membership in it (otorgable). Raises 22004 (mesa is missing), 42P01 (it is not the table ticket of a mesa).';

CREATE FUNCTION ticket_sm.roles_concedibles(mesa name) RETURNS name[]
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	uno record;
	roles name[];
BEGIN
	IF NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = mesa) AND c.relname = 'ticket'
			AND t.tgfoid = 'ticket_sm.tg_ticket_before'::regproc) THEN
		RAISE EXCEPTION 'schema "%" is not a mesa', mesa
			USING ERRCODE = 'invalid_schema_name', HINT = 'ticket_sm.crear_mesa() makes one.';
	END IF;
	FOR uno IN SELECT * FROM ticket_sm.roles_de_mesa(format('%I.ticket', mesa)::regclass) r ORDER BY r.rol LOOP
		IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = uno.rol_bd) AND uno.problema IS NOT NULL THEN
			RAISE EXCEPTION 'nothing is granted to role "%", which mesa "%" names as %', uno.rol_bd, mesa, uno.rol
				USING ERRCODE = 'invalid_grant_operation', DETAIL = format('The role %s.', uno.problema),
				HINT = 'Name a group role, NOLOGIN and without attributes, in the mesa''s table rol.';
		END IF;
		roles := roles || uno.rol_bd;
	END LOOP;
	IF cardinality(roles) IS DISTINCT FROM 4 THEN
		RAISE EXCEPTION 'the table rol of mesa "%" does not name all four roles', mesa
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN roles;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.roles_concedibles(name) IS
'The database roles of a mesa, if something may be granted to them; those that do not exist yet are among them.
mesa: schema of the mesa.
Returns those of ADMIN, MESA, AREA and PUBLICO. Raises 3F000 (no such mesa), 22023 (the table rol is incomplete), 0LP01 (it names a superuser, a role that can log in or create others, one of the server''s own).';

CREATE FUNCTION ticket_sm.conceder_como_duenio(mesa name, roles name[]) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET client_min_messages = error		-- a GRANT that one may not make is a warning
AS $funcion$
DECLARE
	guion CONSTANT text := format('SELECT ticket_sm.conceder_funciones(%L, %L, %L, %L)', roles[1], roles[2], roles[3], roles[4]);
	motivo text;
BEGIN
	IF EXISTS (SELECT FROM unnest(roles) AS n(nombre) WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = n.nombre))
			OR EXISTS (SELECT FROM ticket_sm.concesiones_que_faltan(roles)) THEN
		PERFORM ticket_sm.como_duenio(mesa, guion);
		motivo := (SELECT format('not granted: %s', f) FROM ticket_sm.concesiones_que_faltan(roles) f LIMIT 1);
	END IF;
	IF motivo IS NOT NULL THEN
		RAISE insufficient_privilege USING MESSAGE = motivo;
	END IF;
EXCEPTION WHEN insufficient_privilege THEN
	GET STACKED DIAGNOSTICS motivo = MESSAGE_TEXT;
	RAISE EXCEPTION 'the owner of mesa "%" may not grant what its roles lack', mesa
		USING ERRCODE = 'insufficient_privilege', DETAIL = format('As the owner: %s.', motivo),
		HINT = format('A superuser who knows these roles runs %s.', guion);
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.conceder_como_duenio(name, name[]) IS
'Grants the functions to the roles of a mesa, and makes those that are missing, as far as its owner may. Does nothing when nothing is missing.
mesa: schema of the mesa.
roles: its four group roles, ADMIN first. Returns nothing. Raises 42501 (the owner may not, or the caller is neither the owner nor a superuser).';

CREATE FUNCTION ticket_sm.conceder(mesa name DEFAULT 'helpdesk', api name DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	roles name[];
	guion text := ticket_sm.plantilla_mesa() || ticket_sm.plantilla_vistas();
BEGIN
	IF mesa IS NULL THEN
		RAISE EXCEPTION 'parameter "mesa" is required' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	PERFORM ticket_sm.exigir_mesa_propia(mesa, guion);
	roles := ticket_sm.roles_concedibles(mesa);
	PERFORM ticket_sm.conceder_como_duenio(mesa, roles);
	-- the roles of this cluster, by their names
	PERFORM ticket_sm.como_duenio(mesa, format('UPDATE %1$I.agente SET usuario_bd = usuario_bd WHERE usuario_bd IS NOT NULL;
		UPDATE %1$I.rol SET rol_bd = rol_bd', mesa));
	IF to_regclass(format('%I.credencial', mesa)) IS NOT NULL THEN
		guion := guion || ticket_sm.plantilla_credenciales();
	END IF;
	IF api IS NOT NULL THEN
		guion := guion || ticket_sm.plantilla_operaciones() || ticket_sm.plantilla_api();
	END IF;
	guion := (SELECT string_agg(m[1], E'\n') FROM regexp_matches(guion, '^((?:GRANT|REVOKE) [^;]*;)', 'gw') AS m);
	PERFORM ticket_sm.como_duenio(mesa, ticket_sm.api_guion(guion, coalesce(api, ''), mesa, '', roles));
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.conceder(name, name) IS
'Grants a mesa to the roles that its table rol names, as crear_mesa and crear_api do: after a restore without privileges, or when rol names other roles. What was granted to others stays. Agents and helpdesk roles are known from then on by the roles of this cluster that usuario_bd and rol_bd name.
mesa: schema of the mesa; helpdesk unless given.
api: schema that crear_api made for it, to be granted as well; none unless given.
Returns nothing.
Raises 22004 (mesa is NULL), 3F000 (no such mesa, or no such API), 42501 (the caller is neither the mesa''s owner nor a superuser, or the owner may not grant what a role lacks), 22023 (the table rol is incomplete), 0LP01 (it names a role that nothing is granted to), 55000 (a table or view is not the owner''s).';
