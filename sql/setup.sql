-- The harness of the suites: database roles, and helpers in schema prueba.
-- It makes nothing of the extension; `install` comes next and does that.

SET client_min_messages = warning;

-- The suites' queries go over tables without statistics, which look worth compiling.
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$;

-- People of the desk, one database role each.
DROP ROLE IF EXISTS regress_ana, regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe,
	regress_nadie, regress_duena, regress_jefatura, regress_jefa, regress_noinherit, regress_authenticator,
	regress_este_admin, regress_este_mesa, regress_este_area, regress_este_publico,
	regress_sur_admin, regress_sur_mesa, regress_sur_mesa_2, regress_sur_area, regress_sur_publico;
CREATE ROLE regress_ana;	-- ADMIN
CREATE ROLE regress_mario;	-- MESA
CREATE ROLE regress_alba;	-- AREA, of REDES
CREATE ROLE regress_saul;	-- AREA, of SOPORTE
CREATE ROLE regress_ines;	-- AREA, of REDES, switched off
CREATE ROLE regress_pepe;	-- PUBLICO
CREATE ROLE regress_nadie;	-- member of no group

CREATE SCHEMA prueba;
GRANT USAGE ON SCHEMA prueba TO PUBLIC;

-- Tickets by a name of ours, as their uuids are random.
CREATE TABLE prueba.alias (alias text PRIMARY KEY, id uuid NOT NULL);
GRANT SELECT, INSERT, UPDATE ON prueba.alias TO PUBLIC;
CREATE FUNCTION prueba.id(text) RETURNS uuid LANGUAGE sql STABLE
	RETURN (SELECT a.id FROM prueba.alias a WHERE a.alias = $1);

-- Agents have fixed uuids: number 3 is 00000000-0000-4000-8000-000000000003.
CREATE FUNCTION prueba.agente(integer) RETURNS uuid LANGUAGE sql IMMUTABLE
	RETURN ('00000000-0000-4000-8000-' || lpad($1::text, 12, '0'))::uuid;
CREATE FUNCTION prueba.agent_name(uuid) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN coalesce((ARRAY['Ana', 'Mario', 'Alba', 'Saúl', 'Inés'])[right($1::text, 12)::bigint], '-');

-- What differs from run to run: random uuids, the year, the superuser's name, what says which role of which server.
CREATE FUNCTION prueba.mask(text) RETURNS text LANGUAGE sql STABLE
	RETURN regexp_replace(regexp_replace(regexp_replace(regexp_replace(replace(
		replace($1, format('"ip_registro" : "%s"', coalesce(host(inet_client_addr()), '-')), '"ip_registro" : null'),	-- over TCP there is one
		format('"%s"', session_user), '"<session user>"'),
		'(?!0{8}-)[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}', '<uuid>', 'g'),
		'(\m[A-Z][A-Z0-9]*)-20\d\d-(\d+)', '\1-YYYY-\2', 'g'),
		'year 20\d\d', 'year YYYY', 'g'),
		'20\d\d-\d\d-\d\dT[0-9:.]+\+00:00|\m\d{17,}/\d+', '<time>', 'g');

-- The detail of an error of the REST API without its last line, in which rest/api.js finds all that is wrong with a form; and what
-- that line says beyond the error itself.
CREATE FUNCTION prueba.without_faults(detail text) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN regexp_replace(detail, '\n?errores: \[.*\]$', '');
CREATE FUNCTION prueba.faults(detail text, message text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT 'FAULTS: ' || string_agg((f ->> 'campo') || ' ' || (f ->> 'codigo'), ', ' ORDER BY n)
	FROM jsonb_array_elements(substring(detail FROM 'errores: (\[.*\])$')::jsonb) WITH ORDINALITY AS a(f, n)
	HAVING count(*) > 1 OR strpos(message, format('"%s"', min(f ->> 'campo'))) = 0
$$;

-- Every error that the suites provoke is remembered; `uninstall` looks at them.
CREATE TABLE prueba.seen (sqlstate text, message text, detail text, hint text);
GRANT INSERT ON prueba.seen TO PUBLIC;

-- Run a statement.  'ok', or its error in one line: SQLSTATE, message, DETAIL, HINT.
CREATE FUNCTION prueba.err(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s text; m text; d text; h text;
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS s = RETURNED_SQLSTATE, m = MESSAGE_TEXT,
		d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	INSERT INTO prueba.seen VALUES (s, m, prueba.without_faults(d), h);
	RETURN prueba.mask(concat_ws(' | ', s || ' ' || m, 'DETAIL: ' || nullif(prueba.without_faults(d), ''), 'HINT: ' || nullif(h, ''),
		prueba.faults(d, m)));
END $$;

-- Only SQLSTATE and message, where the DETAIL is PostgreSQL's and long.
CREATE FUNCTION prueba.short(statement text) RETURNS text LANGUAGE sql
	RETURN split_part(prueba.err(statement), ' | ', 1);

-- The same, but what it did is rolled back when it succeeds.
CREATE FUNCTION prueba.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	answer := prueba.err(statement);
	IF answer = 'ok' THEN
		RAISE EXCEPTION SQLSTATE 'ZZ000';
	END IF;
	RETURN answer;
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN 'ok';
END $$;

-- The same as a role.
CREATE FUNCTION prueba.told_as(who name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', who, true);
	answer := prueba.try(statement);
	PERFORM set_config('role', 'none', true);
	RETURN answer;
END $$;

-- Run a statement as a role and roll it back.  Its first column (of INSERT and
-- the like without RETURNING: the number of rows), or SQLSTATE.
CREATE FUNCTION prueba.as_role(who name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', who, true);
	IF statement ~ '^SELECT|RETURNING' THEN
		EXECUTE statement INTO answer;
	ELSE
		EXECUTE statement;
		GET DIAGNOSTICS answer = ROW_COUNT;
		answer := 'rows: ' || answer;
	END IF;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION
	WHEN SQLSTATE 'ZZ000' THEN
		RETURN answer;
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END $$;

-- A call of fn_crear_ticket with good values, but for those given.
CREATE FUNCTION prueba.create_call(overrides jsonb DEFAULT '{}') RETURNS text LANGUAGE sql STABLE
	RETURN (SELECT format('SELECT ticket_uuid FROM ticket_sm.fn_crear_ticket(%s)',
			string_agg(format('%I => %L', key, value), ', '))
		FROM jsonb_each_text(jsonb '{"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "INCIDENTE",
			"categoria": "Correo", "descripcion": "No llega el correo.", "prioridad": "MEDIA", "area": "REDES"}'
			|| overrides));

-- Make a ticket and remember it under a name.
CREATE FUNCTION prueba.new_ticket(name text, overrides jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	id uuid;
BEGIN
	EXECUTE prueba.create_call(overrides) INTO id;
	INSERT INTO prueba.alias VALUES (name, id) ON CONFLICT (alias) DO UPDATE SET id = EXCLUDED.id;
END $$;

-- Make a ticket and lead it to a state, where it is of area REDES.
CREATE FUNCTION prueba.new_in(name text, state text, overrides jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	ticket uuid;
BEGIN
	PERFORM prueba.new_ticket(name,
		CASE state WHEN 'TRANSFERIDO' THEN jsonb '{"area": "SOPORTE"}' ELSE '{}' END || overrides);
	ticket := prueba.id(name);
	IF state NOT IN ('NUEVO', 'CANCELADO') THEN
		PERFORM ticket_sm.fn_asignar(ticket);
	END IF;
	CASE state
		WHEN 'TRANSFERIDO' THEN PERFORM ticket_sm.fn_transferir(ticket, 'REDES', 'Es de redes.');
		WHEN 'RECLASIFICADO' THEN PERFORM ticket_sm.fn_reclasificar(ticket, subcategoria => 'Entrada', motivo => 'Más exacto.');
		WHEN 'PAUSADO' THEN PERFORM ticket_sm.fn_pausar(ticket, 'Falta una pieza.');
		WHEN 'RESUELTO' THEN PERFORM ticket_sm.fn_resolver(ticket);
		WHEN 'CANCELADO' THEN PERFORM ticket_sm.fn_cancelar(ticket, 'Ya no hace falta.');
		WHEN 'ARCHIVADO' THEN PERFORM ticket_sm.fn_archivar(ticket, 'Listo.');
		ELSE NULL;
	END CASE;
END $$;

-- An interval as hours, coarse enough for a slow machine.
CREATE FUNCTION prueba.hours(interval) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN coalesce((round(extract(epoch FROM $1) / 3600, 1) + 0.0)::text || 'h', '-');

-- The answer of an operation in one line; the deadline seen from its own time.
CREATE FUNCTION prueba.brief(answer jsonb) RETURNS text LANGUAGE sql STABLE
	RETURN concat_ws(' ', answer->>'estado_anterior', '>', answer->>'estado', 'v' || (answer->>'version'),
		answer->>'area', prueba.agent_name((answer->>'agente_id')::uuid), answer->>'prioridad',
		'deadline', prueba.hours((answer->>'fecha_limite_sla')::timestamptz - (answer->>'actualizado_en')::timestamptz));

-- A ticket in one line, as the table has it.
CREATE FUNCTION prueba.ticket(name text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT concat_ws('' '', t.estado, ''v'' || t.version, t.area, prueba.agent_name(t.agente_id), t.prioridad,
			t.tipo, t.categoria, t.subcategoria, CASE WHEN t.abierto THEN ''open'' ELSE ''closed'' END,
			''sla'', t.sla_horas || ''h'', ''deadline'', prueba.hours(t.fecha_limite_sla - t.fecha_creacion),
			''left'', prueba.hours(t.sla_restante), ''resolved'', prueba.hours(t.resuelto_en - t.fecha_creacion),
			''closed'', prueba.hours(t.cerrado_en - t.fecha_creacion))
		FROM %I.ticket t WHERE t.ticket_uuid = $1',
		coalesce(current_setting('ticket_sm.mesa', true), 'helpdesk')) INTO answer USING prueba.id(name);
	RETURN answer;
END $$;

-- Rows of a ticket's history, one line each; what did not change is left out.
CREATE FUNCTION prueba.history(name text, since integer DEFAULT 1) RETURNS SETOF text
	LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
	h record;
BEGIN
	FOR h IN EXECUTE format('SELECT * FROM %I.historial WHERE ticket_uuid = $1 AND version >= $2 ORDER BY version',
			coalesce(current_setting('ticket_sm.mesa', true), 'helpdesk')) USING prueba.id(name), since
	LOOP
		RETURN NEXT prueba.mask(concat_ws(' ', h.version, h.operacion, h.ticket_label,
			coalesce(h.estado_antes::text, '-') || '>' || h.estado_despues,
			'area ' || coalesce(h.area_antes, '-') || '>' || nullif(h.area_despues, h.area_antes),
			'prioridad ' || coalesce(h.prioridad_antes, '-') || '>' || nullif(h.prioridad_despues, h.prioridad_antes),
			CASE WHEN h.agente_antes IS DISTINCT FROM h.agente_despues THEN
				'agente ' || prueba.agent_name(h.agente_antes) || '>' || prueba.agent_name(h.agente_despues) END,
			'tipo ' || coalesce(h.tipo_antes::text, '-') || '>' || h.tipo_despues,
			'categoria ' || coalesce(h.categoria_antes, '-') || '>' || h.categoria_despues,
			CASE WHEN h.subcategoria_antes IS DISTINCT FROM h.subcategoria_despues THEN
				'subcategoria ' || coalesce(h.subcategoria_antes, '-') || '>' || coalesce(h.subcategoria_despues, '-') END,
			'motivo "' || h.motivo || '"', 'nota "' || h.nota || '"', 'respuesta "' || h.respuesta || '"', 'mensaje "' || h.mensaje || '"',
			'vinculo ' || h.vinculo::text, 'sla ' || h.sla::text, 'cambios ' || h.cambios::text,
			'by', format('"%s"', h.actor_nombre), h.actor_rol, CASE WHEN h.actor_id IS NULL THEN 'no agent' END,
			format('"%s"', h.usuario_bd)));
	END LOOP;
END $$;

-- Throw the mesa helpdesk away and make it anew, with areas and agents.
CREATE FUNCTION prueba.fresh_mesa() RETURNS void LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
	DROP SCHEMA IF EXISTS helpdesk CASCADE;
	DELETE FROM prueba.alias;
	PERFORM ticket_sm.crear_mesa();
	INSERT INTO helpdesk.area VALUES ('REDES', true), ('SOPORTE', true), ('Atención al Público', true), ('ANTIGUA', false);
	INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area, usuario_bd, activo) VALUES
		(prueba.agente(1), 'Ana Ruiz', 'ana@desk.example', 'ADMIN', NULL, 'regress_ana', true),
		(prueba.agente(2), 'Mario Gil', 'mario@desk.example', 'MESA', 'MESA', 'regress_mario', true),
		(prueba.agente(3), 'Alba Núñez', 'alba@desk.example', 'AREA', 'REDES', 'regress_alba', true),
		(prueba.agente(4), 'Saúl Peña', 'saul@desk.example', 'AREA', 'SOPORTE', 'regress_saul', true),
		(prueba.agente(5), 'Inés Soto', 'ines@desk.example', 'AREA', 'REDES', 'regress_ines', false);
	GRANT ticket_admin TO regress_ana;
	GRANT ticket_mesa TO regress_mario;
	GRANT ticket_area TO regress_alba, regress_saul, regress_ines;
	GRANT ticket_publico TO regress_pepe;
END $$;

-- A call of each function of ticket_sm, about a mesa and a ticket of it, with values that it likes
-- where its parameters have names that we know.
CREATE FUNCTION prueba.calls(mesa name, ticket uuid) RETURNS TABLE (funcion name, llamada text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT p.proname, format('SELECT * FROM ticket_sm.%I(%s)', p.proname, string_agg(format('%I => %s', a.nombre, a.valor), ', ' ORDER BY a.n) FILTER (WHERE a.n IS NOT NULL))
	FROM pg_proc p LEFT JOIN LATERAL (
		SELECT x.n, x.nombre, coalesce(v.valor, format('NULL::%s', x.tipo::regtype)) AS valor
		FROM unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) WITH ORDINALITY AS x(tipo, nombre, n)
		LEFT JOIN LATERAL (VALUES
			('ticket_id', format('%L', ticket)), ('tickets', format('ARRAY[%L]::uuid[]', ticket)), ('motivo', '''Por probar.'''),
			('nota', '''Una nota.'''), ('mensaje', '''Sigue igual.'''), ('calificacion', '4'), ('nombre', '''Rosa Díaz'''), ('email', CASE WHEN p.proname !~ '^fn_adjunt' THEN '''rosa@example.com''' END),
			('archivo', '''nota.txt'''), ('contenido', '''Una nota.'''), ('tipo', '''INCIDENTE'''),
			('categoria', '''Otra'''), ('descripcion', '''No llega el correo.'''), ('prioridad', '''ALTA'''), ('area', '''OTRA'''),
			('fechas', '''{2026-01-01}'''), ('nombres', '''{Año Nuevo}'''),
			('calendario', CASE WHEN x.tipo = 'integer'::regtype THEN '1' ELSE '''24x7''' END), ('anio', '2026'), ('dias', '1'),
			('desde', CASE x.tipo WHEN 'timestamptz'::regtype THEN '''2026-01-01''' WHEN 'bigint'::regtype THEN '0' END),
			('hasta', CASE WHEN p.proname = 'fn_pausar' THEN 'NULL' WHEN x.tipo = 'timestamptz'::regtype THEN '''2026-01-02''' END), ('duracion', '''1 hour'''),
			('mesa', CASE x.tipo WHEN 'regclass'::regtype THEN format('%L', format('%I.ticket', mesa)) ELSE format('%L', mesa) END),
			('esquema', CASE WHEN x.tipo = 'name'::regtype AND p.proname NOT IN ('crear_mesa', 'crear_api') THEN format('%L', mesa)
				WHEN x.tipo = 'name'::regtype THEN '''otro_esquema''' END),
			('operacion', CASE x.tipo WHEN 'text'::regtype THEN '''actualizar''' ELSE '''actualizar''::ticket_sm.ticket_operation' END),
			('datos', '''{"nota": "Una nota."}'''), ('guion', '''SELECT 1'''), ('plantilla', 'ticket_sm.plantilla_mesa()'),
			('roles', '''{ticket_admin,ticket_mesa,ticket_area,ticket_publico}'''), ('pgcrypto', '''public'''),
			('peticion', format('%L', jsonb_build_object('ticket_id', ticket, 'datos', jsonb '{"nota": "Una nota."}'))),
			('rol_admin', '''ticket_admin'''), ('rol_mesa', '''ticket_mesa'''), ('rol_area', '''ticket_area'''), ('rol_publico', '''ticket_publico''')
		) AS v(nombre, valor) ON v.nombre = x.nombre
		WHERE v.valor IS NOT NULL OR x.n <= p.pronargs - p.pronargdefaults) AS a ON true
	WHERE p.pronamespace = 'ticket_sm'::regnamespace AND p.prorettype <> ALL ('{trigger,event_trigger}'::regtype[])
	GROUP BY p.oid, p.proname ORDER BY p.proname COLLATE "C";
END $$;

-- Helpers run as whoever calls them; only a superuser throws a mesa away.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA prueba TO PUBLIC;
