-- Making a mesa.

-- Who may call what, once.  What a role may really do is decided by the table
-- permiso: agents may call every operation, and are told.
CREATE FUNCTION ticket_sm.concesiones() RETURNS TABLE (funcion name, desde ticket_sm.ticket_role)
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	SELECT 'fn_' || o.operacion || CASE o.clase WHEN 'creacion' THEN '_ticket' ELSE '' END,
		(CASE o.clase WHEN 'ticket' THEN 'AREA' ELSE 'PUBLICO' END)::ticket_sm.ticket_role
	FROM ticket_sm.hoja_operaciones() o
	WHERE o.clase <> 'reloj'
	UNION ALL
	SELECT unnest(g.funciones), g.desde::ticket_sm.ticket_role
	FROM (VALUES
		('PUBLICO', '{fn_maquina, exigir, api_campo, api_datos, api_error, api_crear, api_consultar, api_openapi,
			api_doc_campos, api_doc_fila, api_doc_respuestas, api_doc_operacion, api_doc_rutas}'::text[]),
		('AREA', '{fn_ejecutar_lote, fn_ticket, fn_bandeja, fn_sla_explicar, alcance_total, alcance_area, ahora,
			fn_sla_sumar, fn_sla_transcurrido, fn_sla_dias, sla_tiempo, feriados_colombia,
			api_operar, api_ticket, api_texto}'),
		('ADMIN', '{fn_verificar, fn_sla_barrer, fn_sla_recalcular, fn_eventos, sembrar_feriados_co,
			disparadores, disparadores_que_faltan}')
	) AS g(desde, funciones)
$funcion$;
COMMENT ON FUNCTION ticket_sm.concesiones() IS
'Which function is for whom: what conceder_funciones grants. No parameters.
Returns one row for each function: its name, and the lowest helpdesk role that may call it; those above may too. Raises nothing.';

CREATE FUNCTION ticket_sm.conceder_funciones(rol_admin name, rol_mesa name, rol_area name, rol_publico name)
	RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	grupo name;
	nivel ticket_sm.ticket_role;
	funcion regprocedure;
BEGIN
	FOR nivel, grupo IN VALUES ('ADMIN'::ticket_sm.ticket_role, rol_admin), ('MESA', rol_mesa), ('AREA', rol_area),
			('PUBLICO', rol_publico) LOOP
		IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = grupo) THEN
			BEGIN
				EXECUTE format('CREATE ROLE %I NOLOGIN', grupo);
			EXCEPTION WHEN duplicate_object OR unique_violation THEN
				NULL;			-- another database was faster
			END;
		END IF;
		-- Only what is missing: the caller may not be the one who can grant.
		IF NOT has_schema_privilege(grupo, 'ticket_sm', 'USAGE') THEN
			EXECUTE format('GRANT USAGE ON SCHEMA ticket_sm TO %I', grupo);
		END IF;
		FOR funcion IN
			SELECT p.oid FROM pg_proc p JOIN ticket_sm.concesiones() c ON c.funcion = p.proname
			WHERE p.pronamespace = 'ticket_sm'::regnamespace AND nivel <= c.desde
			AND NOT has_function_privilege(grupo, p.oid, 'EXECUTE')
		LOOP
			EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', funcion, grupo);
		END LOOP;
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

	EXECUTE ticket_sm.rellenar_plantilla(ticket_sm.plantilla_mesa() || ticket_sm.plantilla_vistas(), esquema, roles);

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
