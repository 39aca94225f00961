-- Each way in which a mesa can name a database role, and what comes of it.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

CREATE EXTENSION pgcrypto SCHEMA public;
CREATE ROLE regress_duena;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_duena', current_database()); END $$;
GRANT USAGE ON SCHEMA ticket_sm TO regress_duena;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO regress_duena;
SET ROLE regress_duena;
SELECT ticket_sm.crear_mesa('mesa_ajena');
RESET ROLE;
SELECT count(*) FROM (SELECT ticket_sm.crear_mesa('mesa_propia')) AS x;

-- What roles there are to be named.
CREATE ROLE regress_r_super SUPERUSER;
CREATE ROLE regress_r_login LOGIN;
CREATE ROLE regress_r_roles CREATEROLE;
CREATE ROLE regress_r_bases CREATEDB;
CREATE ROLE regress_r_copias REPLICATION;
CREATE ROLE regress_r_rls BYPASSRLS;
CREATE ROLE regress_r_grupo;
CREATE ROLE regress_r_suyo;
GRANT regress_r_suyo TO regress_duena WITH ADMIN OPTION;
CREATE ROLE "regress R ""raro""; '\";
CREATE ROLE regress_r_fuera;

-- As MESA of a superuser's mesa and of an owner's: what is said of it, whether functions can be granted to
-- it by conceder() and crear_api(), what they said, and whether it could execute one afterwards.
CREATE FUNCTION prueba.nombrar(mesa name, nombre name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	dicho text;
	concedido text;
	hecha text;
	puede text;
BEGIN
	EXECUTE format('UPDATE %I.rol SET rol_bd = $1 WHERE rol = ''MESA''', mesa) USING nombre;
	SELECT concat_ws(', ', coalesce(problema, 'fit'), CASE WHEN otorgable THEN 'the owner could grant it' END) INTO dicho
	FROM ticket_sm.roles_de_mesa(format('%I.ticket', mesa)::regclass) WHERE rol = 'MESA';
	concedido := prueba.err(format('SELECT ticket_sm.conceder(%L)', mesa));
	hecha := prueba.short(format('SELECT ticket_sm.crear_api(''otra_api'', %L)', mesa));
	puede := CASE WHEN (SELECT NOT r.rolsuper AND has_function_privilege(r.oid, 'ticket_sm.fn_pausar(uuid, text, integer, timestamptz)', 'EXECUTE')
		FROM pg_roles r WHERE r.rolname = nombre) THEN 'granted' ELSE 'not granted' END;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN concat_ws(' | ', dicho, concedido, hecha, puede);
END $$;
SELECT m.mesa, r.nombre, prueba.nombrar(m.mesa, r.nombre)
FROM unnest('{mesa_propia,mesa_ajena}'::name[]) AS m(mesa), unnest(ARRAY['ticket_mesa', 'regress_r_super', 'regress_r_login', 'regress_r_roles', 'regress_r_bases',
	'regress_r_copias', 'regress_r_rls', 'pg_read_all_data', 'pg_execute_server_program', 'regress_r_grupo', 'regress_r_suyo', E'regress R "raro"; ''\\',
	'regress_duena', 'regress_no_hay']::name[]) AS r(nombre);
-- A role that is renamed keeps what it was granted, and stands for MESA still; dropped; back under its old name.
BEGIN;
UPDATE mesa_propia.rol SET rol_bd = 'regress_r_fuera' WHERE rol = 'MESA';
SELECT ticket_sm.conceder('mesa_propia');
GRANT regress_r_fuera TO regress_pepe;
SET ticket_sm.mesa = 'mesa_propia';
SELECT prueba.as_role('regress_pepe', 'SELECT count(*) FROM ticket_sm.fn_bandeja()');
ALTER ROLE regress_r_fuera RENAME TO regress_r_otra;
SELECT prueba.as_role('regress_pepe', 'SELECT count(*) FROM ticket_sm.fn_bandeja()');
SELECT detalle FROM ticket_sm.fn_verificar();
UPDATE mesa_propia.rol SET rol_bd = 'regress_r_otra' WHERE rol = 'MESA';
SELECT prueba.as_role('regress_pepe', 'SELECT count(*) FROM ticket_sm.fn_bandeja()');
SELECT detalle FROM ticket_sm.fn_verificar();
ROLLBACK;

-- A row of agente switches off whoever it names, but nobody who may do all that the owner may.
CREATE FUNCTION prueba.apagar(nombre name, quien name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	INSERT INTO mesa_ajena.agente (nombre, email, rol, area, usuario_bd, activo) VALUES ('Apagado', 'a@desk.example', 'AREA', 'MESA', $1, false);
	PERFORM set_config('role', quien, true);
	answer := concat_ws(' | ', prueba.err(prueba.create_call('{"area": "MESA"}')), prueba.short('SELECT ticket_sm.fn_sla_barrer()'), prueba.short('SELECT ticket_sm.fn_verificar()'),
		prueba.short('SELECT ticket_sm.fn_bandeja()'));
	PERFORM set_config('role', 'none', true);
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN answer;
END $$;
GRANT ticket_admin TO regress_ana, regress_r_grupo;
GRANT ticket_mesa TO regress_mario;
CREATE ROLE regress_r_jefa;
GRANT regress_duena TO regress_r_jefa;
SET ticket_sm.mesa = 'mesa_ajena';
SELECT q.quien, prueba.apagar(CASE q.quien WHEN 'none' THEN session_user ELSE q.quien END, q.quien)
FROM unnest('{none,regress_duena,regress_r_jefa,regress_r_super,regress_ana,regress_mario}'::name[]) AS q(quien);

-- conceder() brings back what was granted, to the roles that the mesa names now, and nothing else.
SELECT ticket_sm.crear_api('propia_api', 'mesa_propia');
CREATE FUNCTION prueba.concedido() RETURNS SETOF text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', c.relname, x.grantee::regrole, x.privilege_type) FROM pg_class c, aclexplode(c.relacl) x
	WHERE c.relnamespace IN ('mesa_propia'::regnamespace, 'propia_api'::regnamespace)
	UNION ALL SELECT concat_ws(' ', c.relname, a.attname, x.grantee::regrole, x.privilege_type) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x
	WHERE c.relnamespace = 'mesa_propia'::regnamespace
	UNION ALL SELECT concat_ws(' ', p.proname, x.grantee::regrole, x.privilege_type) FROM pg_proc p, aclexplode(p.proacl) x
	WHERE p.pronamespace IN ('mesa_propia'::regnamespace, 'propia_api'::regnamespace)
	UNION ALL SELECT concat_ws(' ', n.nspname, x.grantee::regrole, x.privilege_type) FROM pg_namespace n, aclexplode(n.nspacl) x
	WHERE n.nspname IN ('mesa_propia', 'propia_api')
$$;
CREATE TABLE prueba.antes AS SELECT c FROM prueba.concedido() AS c WHERE c ~ 'ticket_';
SELECT format('REVOKE ALL ON ALL TABLES IN SCHEMA %1$s FROM ticket_admin, ticket_mesa, ticket_area, ticket_publico; REVOKE ALL ON SCHEMA %1$s FROM ticket_admin, ticket_mesa, ticket_area, ticket_publico;
	REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %1$s FROM ticket_admin, ticket_mesa, ticket_area, ticket_publico; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %1$s TO PUBLIC', n)
FROM unnest('{mesa_propia,propia_api}'::text[]) AS n \gexec
REVOKE EXECUTE ON FUNCTION ticket_sm.fn_pausar FROM ticket_mesa;
SELECT count(*) FROM prueba.concedido() AS c WHERE c ~ 'ticket_';
SELECT ticket_sm.conceder('mesa_propia', 'propia_api');
(SELECT 'lost', c FROM prueba.antes EXCEPT SELECT 'lost', c FROM prueba.concedido() AS c)
UNION ALL (SELECT 'new', c FROM prueba.concedido() AS c WHERE c ~ 'ticket_|^\S+ - ' EXCEPT SELECT 'new', c FROM prueba.antes);
SELECT has_function_privilege('ticket_mesa', 'ticket_sm.fn_pausar(uuid, text, integer, timestamptz)', 'EXECUTE');
DROP TABLE prueba.antes;
-- Who may, and of what.
SELECT c.llamada, prueba.err(c.llamada) FROM (VALUES ('SELECT ticket_sm.conceder(NULL)'), ('SELECT ticket_sm.conceder(''nada'')'),
	('SELECT ticket_sm.conceder(''mesa_propia'', ''nada'')')) AS c(llamada);
SET ROLE regress_duena;
SELECT prueba.err('SELECT ticket_sm.conceder(''mesa_ajena'')'), prueba.err('SELECT ticket_sm.conceder(''mesa_propia'')');
RESET ROLE;

-- An API of a mesa that was renamed says what to do.
ALTER SCHEMA mesa_propia RENAME TO mesa_de_otro_nombre;
SELECT prueba.err('SELECT propia_api.consultar(''{"datos": {}}'')'), prueba.err('SELECT propia_api.openapi()');
DROP SCHEMA propia_api CASCADE;
SELECT prueba.err('SELECT ticket_sm.crear_api(''propia_api'', ''mesa_de_otro_nombre'')');

RESET ticket_sm.mesa;
DROP SCHEMA propia_api, mesa_de_otro_nombre, mesa_ajena CASCADE;
DROP EXTENSION pgcrypto CASCADE;
DROP FUNCTION prueba.nombrar, prueba.apagar, prueba.concedido;
REVOKE ticket_admin FROM regress_r_grupo;
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_duena', current_database()); END $$;
REVOKE ALL ON SCHEMA ticket_sm FROM regress_duena;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ticket_sm FROM regress_duena;
DROP ROLE regress_r_super, regress_r_login, regress_r_roles, regress_r_bases, regress_r_copias, regress_r_rls, regress_r_grupo, regress_r_suyo,
	"regress R ""raro""; '\", regress_r_fuera, regress_r_jefa, regress_duena;
