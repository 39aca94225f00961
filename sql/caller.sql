-- Who is calling: group roles, agents, trusted claims, area scope, row-level
-- security, privileges.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
SELECT prueba.new_in('redes', 'ASIGNADO', '{"area": "REDES"}');
SELECT prueba.new_in('soporte', 'ASIGNADO', '{"area": "SOPORTE"}');
SELECT prueba.new_in('mesa', 'ASIGNADO', '{"area": "MESA"}');

-- The actor of the last history row of a ticket.
CREATE FUNCTION prueba.actor(name text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
	RETURN (SELECT prueba.mask(format('%s "%s" %s "%s"', h.operacion, h.actor_nombre, h.actor_rol, h.usuario_bd)
			|| CASE WHEN h.actor_id IS NULL THEN '' ELSE ' agent ' || prueba.agent_name(h.actor_id) END)
		FROM helpdesk.historial h WHERE h.ticket_uuid = prueba.id(name) ORDER BY h.version DESC LIMIT 1);
-- Add a note as a role; the actor recorded, or the error.
CREATE FUNCTION prueba.note_as(who name, ticket text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', who, true);
	answer := prueba.err(format('SELECT ticket_sm.fn_actualizar(prueba.id(%L), ''nota'')', ticket));
	PERFORM set_config('role', 'none', true);
	RETURN format('%s on %s: %s', who, ticket, CASE answer WHEN 'ok' THEN prueba.actor(ticket) ELSE answer END);
END $$;

------------------------------------------------------------------------
-- Roles
------------------------------------------------------------------------

-- Each person by its database role; AREA only in its own area; one switched off
-- nowhere; the public has no such function; a stranger not even the schema.
SELECT prueba.note_as(r, t) FROM unnest(ARRAY['regress_ana', 'regress_mario', 'regress_alba', 'regress_saul', 'regress_ines', 'regress_pepe',
	'regress_nadie']) WITH ORDINALITY AS a(r, n), unnest(ARRAY['redes', 'soporte']) WITH ORDINALITY AS b(t, m) ORDER BY n, m;
-- A superuser is ADMIN, by its own name.
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'nota')$$), prueba.actor('redes');
-- The group roles themselves, as PostgREST would be with one role per helpdesk role: no agent.
SELECT prueba.note_as(r, 'redes') FROM unnest(ARRAY['ticket_admin', 'ticket_mesa', 'ticket_area', 'ticket_publico']) WITH ORDINALITY AS a(r, n) ORDER BY n;
-- One switched off may not even create or consult (the machine is no secret); a group role may.
SELECT r, prueba.as_role(r, replace(prueba.create_call(), 'ticket_uuid', 'estado')), prueba.as_role(r, $$SELECT ticket_sm.fn_consultar('TK-1', 'a@b')$$),
	prueba.as_role(r, $$SELECT count(*) FROM ticket_sm.fn_maquina()$$)
FROM unnest(ARRAY['regress_ines', 'regress_pepe', 'ticket_area', 'ticket_publico', 'regress_nadie']) WITH ORDINALITY AS a(r, n) ORDER BY n;
SET ROLE regress_ines;
SELECT prueba.err(prueba.create_call());
RESET ROLE;
-- Switched on again, at once.
UPDATE helpdesk.agente SET activo = true WHERE usuario_bd = 'regress_ines';
SELECT prueba.note_as('regress_ines', 'redes');
UPDATE helpdesk.agente SET activo = false WHERE usuario_bd = 'regress_ines';
-- One whose database role is AREA's and who has no area, and one that has moved.
UPDATE helpdesk.agente SET rol = 'MESA', area = NULL WHERE usuario_bd = 'regress_saul';
SELECT prueba.note_as('regress_saul', 'soporte');
UPDATE helpdesk.agente SET rol = 'AREA', area = 'MESA' WHERE usuario_bd = 'regress_saul';
SELECT prueba.note_as('regress_saul', t) FROM unnest(ARRAY['soporte', 'mesa']) t;
UPDATE helpdesk.agente SET area = 'SOPORTE' WHERE usuario_bd = 'regress_saul';

-- A role that is given another name is the agent that it was: one switched off stays so, as do area and name.
UPDATE helpdesk.agente SET activo = false WHERE usuario_bd = 'regress_mario';
ALTER ROLE regress_mario RENAME TO regress_mario_2;
ALTER ROLE regress_alba RENAME TO regress_alba_2;
SELECT prueba.note_as(r, t) FROM unnest('{regress_mario_2,regress_alba_2}'::text[]) WITH ORDINALITY AS a(r, n), unnest('{redes,soporte}'::text[]) t ORDER BY n, t;
SELECT problema, detalle FROM ticket_sm.fn_verificar();
-- Another one that gets the old name is not.
CREATE ROLE regress_mario IN ROLE ticket_area;
CREATE ROLE regress_alba IN ROLE ticket_area;
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_mario,regress_alba}'::text[]) r ORDER BY r DESC;
-- Nobody gives a role a second agent, and nobody writes the identity himself.
SELECT prueba.short($$INSERT INTO helpdesk.agente (nombre, email, rol, usuario_bd) VALUES ('Otro', 'otro@desk.example', 'MESA', 'regress_mario_2')$$);
SELECT prueba.err($$UPDATE helpdesk.agente SET identidad_bd = (SELECT identidad_bd FROM helpdesk.agente WHERE usuario_bd = 'regress_ana') WHERE usuario_bd = 'regress_mario'$$);
SELECT prueba.err($$UPDATE helpdesk.agente SET identidad_bd = NULL WHERE usuario_bd = 'regress_mario'$$);
SELECT prueba.note_as('regress_mario_2', 'redes');
-- The new name in the table, and who it is does not change; the other role's, and it does.
UPDATE helpdesk.agente SET usuario_bd = 'regress_alba_2' WHERE usuario_bd = 'regress_alba';
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_alba,regress_alba_2}'::text[]) r ORDER BY r;
SELECT problema, detalle FROM ticket_sm.fn_verificar();
UPDATE helpdesk.agente SET usuario_bd = 'regress_alba' WHERE usuario_bd = 'regress_alba_2';
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_alba,regress_alba_2}'::text[]) r ORDER BY r;
-- When the role is gone its name holds, and in another cluster, until conceder() has looked the names up.
DROP ROLE regress_mario_2;
SELECT prueba.note_as('regress_mario', 'redes');
ALTER TABLE helpdesk.agente DISABLE TRIGGER zzzz_identidad;
UPDATE helpdesk.agente SET identidad_bd = '1' || identidad_bd, activo = true;
ALTER TABLE helpdesk.agente ENABLE TRIGGER zzzz_identidad;
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_alba,regress_alba_2,regress_ana}'::text[]) r ORDER BY r;
SELECT problema, detalle FROM ticket_sm.fn_verificar();
SELECT ticket_sm.conceder();
ALTER ROLE regress_ana RENAME TO regress_ana_2;
SELECT prueba.note_as('regress_ana_2', 'redes');
ALTER ROLE regress_ana_2 RENAME TO regress_ana;
SELECT bool_and(identidad_bd = (SELECT system_identifier FROM pg_control_system()) || '/' || r.oid) FROM helpdesk.agente a JOIN pg_roles r ON r.rolname = a.usuario_bd;
-- One that is there only after the agent is found by its name.
INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area, usuario_bd) VALUES (prueba.agente(9), 'Temprano', 'temprano@desk.example', 'AREA', 'REDES', 'regress_temprano');
CREATE ROLE regress_temprano IN ROLE ticket_area;
SELECT prueba.note_as('regress_temprano', 'redes');
SELECT prueba.short($$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Sin área', 'nadie@desk.example', 'AREA')$$);
-- As it was.
ALTER TABLE helpdesk.agente DISABLE TRIGGER USER;
DELETE FROM helpdesk.agente WHERE usuario_bd = 'regress_temprano';
UPDATE helpdesk.agente SET activo = usuario_bd <> 'regress_ines', identidad_bd = NULL WHERE usuario_bd IN ('regress_mario', 'regress_alba', 'regress_ines');
ALTER TABLE helpdesk.agente ENABLE TRIGGER USER;
DROP ROLE regress_temprano, regress_mario, regress_alba;
ALTER ROLE regress_alba_2 RENAME TO regress_alba;
CREATE ROLE regress_mario IN ROLE ticket_mesa;
SELECT ticket_sm.poner_disparadores('helpdesk');
SELECT ticket_sm.conceder();

-- A group role that is given another name stands for what it stood for; another one that gets the old name does not.
ALTER ROLE ticket_mesa RENAME TO regress_mesa_2;
CREATE ROLE ticket_mesa;
CREATE ROLE regress_intruso IN ROLE ticket_mesa;
GRANT USAGE ON SCHEMA ticket_sm, helpdesk TO ticket_mesa;
GRANT EXECUTE ON FUNCTION ticket_sm.fn_actualizar TO ticket_mesa;
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_mario,regress_intruso}'::text[]) r ORDER BY r DESC;
SELECT problema, detalle FROM ticket_sm.fn_verificar();
SELECT rol, rol_bd, problema FROM ticket_sm.roles_de_mesa('helpdesk.ticket');
-- Nor is anything granted to it; and nobody writes the identity himself.
REVOKE SELECT ON helpdesk.ticket FROM regress_mesa_2;
SELECT ticket_sm.conceder();
SELECT has_table_privilege(r, 'helpdesk.ticket', 'SELECT') FROM unnest('{regress_mesa_2,ticket_mesa}'::name[]) r;
UPDATE helpdesk.rol SET identidad_bd = (SELECT identidad_bd FROM helpdesk.rol WHERE rol = 'ADMIN') WHERE rol = 'MESA';
UPDATE helpdesk.rol SET identidad_bd = NULL WHERE rol = 'AREA';
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_mario,regress_intruso,regress_alba}'::text[]) r ORDER BY r DESC;
-- The new name in the table.
UPDATE helpdesk.rol SET rol_bd = 'regress_mesa_2' WHERE rol = 'MESA';
SELECT problema, detalle FROM ticket_sm.fn_verificar();
-- A row that is given the name of another role is about that one.
UPDATE helpdesk.rol SET rol_bd = 'ticket_mesa' WHERE rol = 'MESA';
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_mario,regress_intruso}'::text[]) r ORDER BY r DESC;
UPDATE helpdesk.rol SET rol_bd = 'regress_mesa_2' WHERE rol = 'MESA';
REVOKE ALL ON SCHEMA ticket_sm, helpdesk FROM ticket_mesa;
REVOKE ALL ON FUNCTION ticket_sm.fn_actualizar FROM ticket_mesa;
DROP ROLE ticket_mesa, regress_intruso;
-- In another cluster the names hold, until conceder() has looked them up.
ALTER TABLE helpdesk.rol DISABLE TRIGGER zzzz_identidad;
UPDATE helpdesk.rol SET identidad_bd = '1' || identidad_bd;
ALTER TABLE helpdesk.rol ENABLE TRIGGER zzzz_identidad;
SELECT prueba.note_as(r, 'redes') FROM unnest('{regress_mario,regress_alba,regress_ana}'::text[]) r ORDER BY r;
SELECT ticket_sm.conceder();
ALTER ROLE regress_mesa_2 RENAME TO ticket_mesa;
SELECT prueba.note_as('regress_mario', 'redes');
UPDATE helpdesk.rol SET rol_bd = 'ticket_mesa' WHERE rol = 'MESA';
SELECT problema, detalle FROM ticket_sm.fn_verificar();
-- When the role is gone its name holds.
SELECT rol, ticket_sm.rol_vigente(rol_bd, v) FROM helpdesk.rol, unnest(ARRAY[identidad_bd, identidad_bd || '1', '', 'x/1', NULL]) v WHERE rol = 'AREA';

-- Membership through another group counts, the highest role wins, and NOINHERIT
-- gives nothing until SET ROLE.
CREATE ROLE regress_jefatura;
GRANT ticket_mesa TO regress_jefatura;
CREATE ROLE regress_jefa;
GRANT regress_jefatura TO regress_jefa;
GRANT ticket_area, ticket_publico TO regress_jefa;
SELECT prueba.note_as('regress_jefa', 'redes');
GRANT ticket_admin TO regress_jefa;
SELECT prueba.note_as('regress_jefa', 'redes');
CREATE ROLE regress_noinherit NOINHERIT;
GRANT ticket_admin TO regress_noinherit;
GRANT USAGE ON SCHEMA ticket_sm, helpdesk TO regress_noinherit;
GRANT EXECUTE ON FUNCTION ticket_sm.fn_actualizar TO regress_noinherit;
SELECT prueba.note_as('regress_noinherit', 'redes');
SET SESSION AUTHORIZATION regress_noinherit;
SET ROLE ticket_admin;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'con SET ROLE')$$);
RESET SESSION AUTHORIZATION;
SELECT prueba.actor('redes');
-- EXECUTE alone does not make a helpdesk role.
GRANT USAGE ON SCHEMA ticket_sm, helpdesk TO regress_nadie;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO regress_nadie;
SELECT prueba.note_as('regress_nadie', 'redes');
SELECT f, prueba.as_role('regress_nadie', f) FROM unnest(ARRAY[prueba.create_call(), $$SELECT ticket_sm.fn_consultar('TK-1', 'a@b')$$,
	$$SELECT ticket_sm.fn_ticket(prueba.id('redes'))$$, $$SELECT ticket_sm.fn_verificar()$$, $$SELECT ticket_sm.fn_asignar(prueba.id('redes'))$$])
	WITH ORDINALITY AS a(f, n) ORDER BY n;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ticket_sm FROM regress_nadie;
-- Nor do privileges on the tables: plain SQL is judged by the helpdesk role as well.
GRANT SELECT, INSERT, UPDATE ON helpdesk.ticket TO regress_alba, regress_mario, regress_nadie, regress_pepe;
SET ticket_sm.motivo = 'Con UPDATE concedido.';
SELECT r, prueba.as_role(r, $$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('redes') RETURNING estado$$) AS pausar,
	prueba.as_role(r, $$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'MESA' WHERE ticket_uuid = prueba.id('redes') RETURNING estado$$) AS transferir,
	prueba.as_role(r, $$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('soporte') RETURNING estado$$) AS ajeno,
	prueba.as_role(r, $$INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
		VALUES ('QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com')$$) AS crear,
	prueba.as_role(r, $$DELETE FROM helpdesk.ticket$$) AS borrar
FROM unnest(ARRAY['regress_mario', 'regress_alba', 'regress_pepe', 'regress_nadie']) WITH ORDINALITY AS a(r, n) ORDER BY n;
RESET ticket_sm.motivo;
REVOKE SELECT, INSERT, UPDATE ON helpdesk.ticket FROM regress_alba, regress_mario, regress_nadie, regress_pepe;
REVOKE USAGE ON SCHEMA ticket_sm, helpdesk FROM regress_nadie;
-- A SECURITY DEFINER function of the owner's acts as the owner; the actor says so.
CREATE FUNCTION prueba.as_definer(text) RETURNS text LANGUAGE sql SECURITY DEFINER
	RETURN prueba.err(format('SELECT ticket_sm.fn_actualizar(prueba.id(%L), ''por encargo'')', $1));
SET ROLE regress_alba;
SELECT prueba.as_definer('soporte');
RESET ROLE;
SELECT prueba.actor('soporte');

------------------------------------------------------------------------
-- Claims
------------------------------------------------------------------------

-- A login role like PostgREST's: member of all groups, without their rights.
CREATE ROLE regress_authenticator NOINHERIT;
GRANT ticket_admin, ticket_mesa, ticket_area, ticket_publico TO regress_authenticator;
CREATE FUNCTION prueba.with_claims(claims text, ticket text DEFAULT 'redes') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('request.jwt.claims', claims, true);
	answer := prueba.err(format('SELECT ticket_sm.fn_actualizar(prueba.id(%L), ''nota'')', ticket));
	RETURN CASE answer WHEN 'ok' THEN prueba.actor(ticket) ELSE answer END;
END $$;
-- Not listed in ticket_sm.autenticadores: the claims are air.
SET SESSION AUTHORIZATION regress_authenticator;
SET ROLE ticket_mesa;
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000001"}');
RESET SESSION AUTHORIZATION;
-- Listed: sub is the agent; the helpdesk role is still the database role's.
SET ticket_sm.autenticadores = 'regress_other, regress_authenticator';
SET SESSION AUTHORIZATION regress_authenticator;
SET ROLE ticket_mesa;
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000002", "role": "ticket_mesa"}');
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000001"}');
SET ROLE ticket_area;
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000003"}');
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000003"}', 'soporte');
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000004"}');
-- An agent switched off; one that is unknown; a sub that is no uuid, no string, or
-- missing; claims that are no JSON, no object, empty.
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000005"}');
SET ROLE ticket_mesa;
SELECT c || ' -> ' || prueba.with_claims(c) FROM unnest(ARRAY['{"sub": "00000000-0000-4000-8000-000000000099"}', '{"sub": "ana@desk.example"}',
	'{"sub": ""}', '{"sub": null}', '{"sub": 7}', '{"sub": {"a": 1}}', '{"role": "ticket_mesa"}', '{}', '[]', '"x"', 'null', 'no JSON', '{"sub": ', ' ', ''])
	WITH ORDINALITY AS a(c, n) ORDER BY n;
-- The anonymous role of a trusted session may create and consult.
SET ROLE ticket_publico;
SELECT set_config('request.jwt.claims', '{"role": "ticket_publico"}', false);
SELECT prueba.try(prueba.create_call());
SELECT prueba.err($$SELECT ticket_sm.fn_consultar('TK-1', 'a@b')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'nota')$$);
RESET SESSION AUTHORIZATION;
RESET request.jwt.claims;
-- The claims do not outlive the list.
RESET ticket_sm.autenticadores;
SET SESSION AUTHORIZATION regress_authenticator;
SET ROLE ticket_mesa;
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000002"}');
RESET SESSION AUTHORIZATION;
-- A trusted session is one by its login, not by the role it has put on: here a
-- person that SETs the claims in psql as the authenticator's member is none.
SET ticket_sm.autenticadores = 'ticket_mesa, regress_mario';
SET SESSION AUTHORIZATION regress_authenticator;
SET ROLE ticket_mesa;
SELECT prueba.with_claims('{"sub": "00000000-0000-4000-8000-000000000002"}');
RESET SESSION AUTHORIZATION;
-- The list: names with capitals and commas are quoted, a malformed one is refused.
SET ticket_sm.autenticadores = '"Con Mayúsculas, y coma", regress_authenticator';
SELECT prueba.err($$SET ticket_sm.autenticadores = 'a, "b'$$);
SELECT prueba.err($$SET ticket_sm.autenticadores = 'a,,b'$$);
SHOW ticket_sm.autenticadores;
RESET ticket_sm.autenticadores;

------------------------------------------------------------------------
-- Settings that weaken the guard are the superuser's
------------------------------------------------------------------------

SET ROLE regress_ana;
SELECT prueba.err($$SET ticket_sm.autenticadores = 'regress_ana'$$);
SELECT prueba.err($$SET ticket_sm.desfase_reloj = 100$$);
SELECT prueba.err($$SELECT set_config('ticket_sm.desfase_reloj', '100', true)$$);
SELECT prueba.err($$ALTER ROLE regress_ana SET ticket_sm.desfase_reloj = 100$$);
SELECT prueba.err($$SET session_replication_role = replica$$);
SELECT prueba.err($$SET ticket_sm.mesa = 'helpdesk'$$), prueba.err($$SET ticket_sm.espera_bloqueo = '1s'$$), prueba.err($$SET ticket_sm.motivo = 'x'$$);
SELECT prueba.err($$SET ticket_sm.espera_bloqueo = -1$$) LIKE '22023 -1 ms is outside the valid range %';
RESET ROLE;
RESET ticket_sm.mesa;
RESET ticket_sm.espera_bloqueo;
RESET ticket_sm.motivo;
-- Not even before the library is loaded, in a new session: the placeholders that
-- such a role sets are thrown away when the real settings come.
\c
\pset format unaligned
\pset tuples_only on
SET SESSION AUTHORIZATION regress_ana;
SET ticket_sm.desfase_reloj = '31536000';
SET ticket_sm.autenticadores = 'regress_ana';
SET "request.jwt.claims" = '{"sub": "00000000-0000-4000-8000-000000000002"}';
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'nota')$$);
SELECT prueba.actor('redes');
SHOW ticket_sm.desfase_reloj;
SHOW ticket_sm.autenticadores;
SELECT actualizado_en < now() + interval '1 hour' FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('redes');
RESET SESSION AUTHORIZATION;
RESET request.jwt.claims;
-- The same for RLS, which is what a new session may ask first.
\c
\pset format unaligned
\pset tuples_only on
SET SESSION AUTHORIZATION regress_alba;
SET ticket_sm.autenticadores = 'regress_alba';
SET "request.jwt.claims" = '{"sub": "00000000-0000-4000-8000-000000000004"}';
SELECT DISTINCT area FROM helpdesk.ticket;
RESET SESSION AUTHORIZATION;
RESET request.jwt.claims;

------------------------------------------------------------------------
-- Row-level security: what each role sees of tickets, history, agents, queue
------------------------------------------------------------------------

SELECT r, prueba.as_role(r, 'SELECT string_agg(area, '' '' ORDER BY area) FROM helpdesk.ticket') AS ticket,
	prueba.as_role(r, 'SELECT string_agg(DISTINCT area_despues, '' '' ORDER BY area_despues) FROM helpdesk.historial') AS historial,
	prueba.as_role(r, 'SELECT string_agg(split_part(nombre, '' '', 1), '' '' ORDER BY nombre COLLATE "C") FROM helpdesk.agente') AS agente,
	prueba.as_role(r, 'SELECT string_agg(area, '' '' ORDER BY area) FROM helpdesk.bandeja') AS bandeja
FROM unnest(ARRAY['regress_ana', 'regress_mario', 'regress_alba', 'regress_saul', 'regress_ines', 'ticket_area', 'regress_pepe', 'regress_nadie'])
	WITH ORDINALITY AS a(r, n) ORDER BY n;
SELECT count(*) FROM helpdesk.ticket;
-- What fn_ticket shows and what SELECT shows is the same.
SELECT r, prueba.as_role(r, $$SELECT string_agg(area, ' ' ORDER BY area) FROM helpdesk.ticket$$),
	prueba.as_role(r, $$SELECT ticket_sm.fn_ticket(prueba.id('redes'))->'ticket'->>'area'$$),
	prueba.as_role(r, $$SELECT ticket_sm.fn_ticket(prueba.id('soporte'))->'ticket'->>'area'$$)
FROM unnest(ARRAY['regress_ana', 'regress_mario', 'regress_alba', 'regress_saul', 'regress_ines', 'regress_pepe']) WITH ORDINALITY AS a(r, n) ORDER BY n;
-- A claim decides what a trusted session's AREA sees.
SET ticket_sm.autenticadores = 'regress_authenticator';
SET SESSION AUTHORIZATION regress_authenticator;
SET ROLE ticket_area;
SET "request.jwt.claims" = '{"sub": "00000000-0000-4000-8000-000000000004"}';
SELECT area FROM helpdesk.bandeja;
SET "request.jwt.claims" = '{"sub": "00000000-0000-4000-8000-000000000005"}';
SELECT area FROM helpdesk.bandeja;
RESET SESSION AUTHORIZATION;
RESET ticket_sm.autenticadores;
RESET request.jwt.claims;
-- A cached plan does not carry what one role sees over to the next.
PREPARE areas AS SELECT string_agg(area, ' ' ORDER BY area) FROM helpdesk.ticket;
SET ROLE regress_mario;
EXECUTE areas;
SET ROLE regress_alba;
EXECUTE areas;
SET ROLE regress_saul;
EXECUTE areas;
RESET ROLE;
EXECUTE areas;
DEALLOCATE areas;
-- A function that leaks its argument sees no more than the row-level security shows.
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'leaked %', $1; RETURN true; END $$;
SET ROLE regress_alba;
SELECT area FROM helpdesk.ticket WHERE pg_temp.leak(area);
SELECT area FROM helpdesk.bandeja WHERE pg_temp.leak(area);
RESET ROLE;
-- The questions the policies ask are answered for a mesa's ticket table only.
SELECT prueba.err($$SELECT ticket_sm.alcance_total('pg_class')$$);
SELECT prueba.err($$SELECT ticket_sm.alcance_area('helpdesk.historial')$$);
SELECT prueba.err($$SELECT ticket_sm.alcance_area('prueba.alias')$$);
SELECT prueba.err($$SELECT ticket_sm.alcance_total(0)$$);
SELECT prueba.err($$SELECT ticket_sm.alcance_total(NULL)$$);

------------------------------------------------------------------------
-- Privileges: what each group was granted, and nothing else
------------------------------------------------------------------------

-- Tables and the view.
SELECT c.relname, string_agg(g, '; ' ORDER BY g)
FROM pg_class c, LATERAL (SELECT a.grantee::regrole || ' ' || string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type) AS g
	FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner GROUP BY a.grantee) x
WHERE c.relnamespace = 'helpdesk'::regnamespace GROUP BY 1 ORDER BY 1;
SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'helpdesk'::regnamespace) AND attacl IS NOT NULL;
-- Functions.
SELECT p.proname, coalesce(string_agg(a.grantee::regrole::text, ' ' ORDER BY a.grantee::regrole::text), 'nobody')
FROM pg_proc p LEFT JOIN LATERAL aclexplode(p.proacl) a ON a.grantee <> p.proowner AND a.grantee::regrole::text LIKE 'ticket\_%'
WHERE p.pronamespace = 'ticket_sm'::regnamespace GROUP BY 1 ORDER BY 1;
-- Schemas: USAGE only.
SELECT n.nspname, string_agg(a.grantee::regrole || ' ' || a.privilege_type, ', ' ORDER BY a.grantee::regrole::text, a.privilege_type)
FROM pg_namespace n, aclexplode(n.nspacl) a
WHERE n.nspname IN ('helpdesk', 'ticket_sm') AND a.grantee <> n.nspowner AND a.grantee::regrole::text LIKE 'ticket\_%' GROUP BY 1 ORDER BY 1;
-- The groups have no other powers.
SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname LIKE 'ticket\_%' ORDER BY 1;
-- ADMIN keeps the catalogues, and only those; the machine is the owner's.
SELECT s, prueba.as_role('regress_ana', s) FROM unnest(ARRAY[
	$$UPDATE helpdesk.prioridad SET sla_horas = 9 WHERE nombre = 'ALTA' RETURNING sla_horas$$,
	$$INSERT INTO helpdesk.area VALUES ('NUEVA') RETURNING nombre$$,
	$$UPDATE helpdesk.agente SET activo = true WHERE usuario_bd = 'regress_ines' RETURNING activo$$,
	$$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Nora', 'nora@desk.example', 'MESA') RETURNING nombre$$,
	$$DELETE FROM helpdesk.area$$, $$DELETE FROM helpdesk.agente$$,
	$$INSERT INTO helpdesk.transicion VALUES ('archivar', 'NUEVO', 'ARCHIVADO')$$, $$DELETE FROM helpdesk.permiso$$,
	$$UPDATE helpdesk.rol SET rol_bd = 'regress_ana'$$, $$UPDATE helpdesk.configuracion SET prefijo = 'X'$$, $$UPDATE helpdesk.estado SET abierto = true$$,
	$$UPDATE helpdesk.ticket SET asunto = 'x'$$, $$INSERT INTO helpdesk.historial SELECT * FROM helpdesk.historial$$,
	$$UPDATE helpdesk.contador SET ultimo = 0$$, $$SELECT max(ultimo) > 0 FROM helpdesk.contador$$,
	$$ALTER TABLE helpdesk.ticket DISABLE TRIGGER ALL$$, $$SELECT count(*) FROM ticket_sm.fn_verificar()$$])
	WITH ORDINALITY AS a(s, n) ORDER BY n;
-- MESA and AREA write no table, and do not verify.
SELECT s, prueba.as_role('regress_mario', s), prueba.as_role('regress_alba', s) FROM unnest(ARRAY[
	$$UPDATE helpdesk.ticket SET asunto = 'x'$$, $$UPDATE helpdesk.agente SET activo = true$$, $$INSERT INTO helpdesk.area VALUES ('NUEVA')$$,
	$$SELECT count(*) FROM helpdesk.contador$$, $$SELECT count(*) FROM ticket_sm.fn_verificar()$$, $$SELECT ticket_sm.crear_mesa('otra')$$,
	$$SELECT ticket_sm.conceder_funciones('regress_alba', 'regress_alba', 'regress_alba', 'regress_alba')$$]) WITH ORDINALITY AS a(s, n) ORDER BY n;
-- The public reads priorities and areas, for the form.
SELECT s, prueba.as_role('regress_pepe', s) FROM unnest(ARRAY['SELECT count(*) FROM helpdesk.prioridad', 'SELECT count(*) FROM helpdesk.area',
	'SELECT count(*) FROM helpdesk.ticket', 'SELECT count(*) FROM helpdesk.agente', 'SELECT count(*) FROM helpdesk.historial', 'SELECT count(*) FROM helpdesk.bandeja'])
	WITH ORDINALITY AS a(s, n) ORDER BY n;
-- Trigger functions cannot be called, nor hung on a table that is none of a mesa's.
SELECT prueba.err('SELECT ticket_sm.tg_ticket_before()');
CREATE TABLE prueba.ajena (ticket_uuid uuid);
SELECT prueba.err('CREATE TRIGGER t BEFORE INSERT ON prueba.ajena FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before()');
SELECT prueba.err('INSERT INTO prueba.ajena VALUES (NULL)');
DROP TRIGGER t ON prueba.ajena;
CREATE TRIGGER t AFTER INSERT ON prueba.ajena FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_ticket_after();
SELECT prueba.err('INSERT INTO prueba.ajena VALUES (NULL)');
DROP TRIGGER t ON prueba.ajena;
CREATE TRIGGER t AFTER INSERT ON prueba.ajena FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_refuse();
SELECT prueba.err('INSERT INTO prueba.ajena VALUES (NULL)');
DROP TRIGGER t ON prueba.ajena;
CREATE TRIGGER t AFTER INSERT ON prueba.ajena FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
SELECT prueba.err('INSERT INTO prueba.ajena VALUES (NULL)');
DROP TABLE prueba.ajena;

SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.actor, prueba.note_as, prueba.with_claims, prueba.as_definer;
REVOKE ALL ON SCHEMA ticket_sm, helpdesk FROM regress_noinherit;
REVOKE ALL ON FUNCTION ticket_sm.fn_actualizar FROM regress_noinherit;
DROP ROLE regress_jefatura, regress_jefa, regress_noinherit, regress_authenticator;
