-- ticket_sm.crear_api(): what it makes, whose it is, who may reach it; a second
-- API on a second mesa.  What it does over HTTP is tested in test/rest.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_api_duena, regress_api_login;
RESET client_min_messages;

-- pgcrypto is a matter of the API alone.
SELECT prueba.err($$SELECT ticket_sm.crear_api()$$);
CREATE SCHEMA cripto;
CREATE EXTENSION pgcrypto SCHEMA cripto;
SELECT prueba.err($$SELECT ticket_sm.crear_api()$$);
GRANT USAGE ON SCHEMA cripto TO ticket_admin;
SELECT prueba.err($$SELECT ticket_sm.crear_api(NULL)$$);
SELECT prueba.err($$SELECT ticket_sm.crear_api('api', '')$$);
SELECT prueba.err($$SELECT ticket_sm.crear_api('a@mesa@')$$);
SELECT prueba.err($$SELECT ticket_sm.crear_api('api', 'public')$$);
SELECT prueba.err($$SELECT ticket_sm.crear_api('api', 'ninguna')$$);
SELECT prueba.err($$SELECT ticket_sm.crear_api('prueba')$$);
SELECT ticket_sm.crear_api();
SELECT prueba.err($$SELECT ticket_sm.crear_api()$$);

-- One object for each documented path, INVOKER all of them; each names its mesa.
SELECT p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.provolatile,
	CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'invoker' END, coalesce(p.proconfig::text, p.prosrc)
FROM pg_proc p WHERE p.pronamespace = 'api'::regnamespace ORDER BY p.proname;
SELECT c.relname, c.relkind, c.reloptions FROM pg_class c WHERE c.relnamespace = 'api'::regnamespace ORDER BY c.relname;

-- Of all the mesa and the machinery, two functions are DEFINER, with a fixed path.
SELECT p.oid::regprocedure, p.proconfig FROM pg_proc p
WHERE p.prosecdef AND p.pronamespace IN ('api'::regnamespace, 'helpdesk'::regnamespace, 'ticket_sm'::regnamespace)
ORDER BY p.proname COLLATE "C";

-- It is the mesa's owner's, and no member of the extension.
SELECT DISTINCT 'api', pg_get_userbyid(o.owner) = pg_get_userbyid(n.nspowner)
FROM pg_namespace n, (SELECT proowner AS owner FROM pg_proc WHERE pronamespace = 'api'::regnamespace UNION ALL
	SELECT relowner FROM pg_class WHERE relnamespace = 'api'::regnamespace UNION ALL
	SELECT nspowner FROM pg_namespace WHERE nspname = 'api' UNION ALL
	SELECT relowner FROM pg_class WHERE oid IN ('helpdesk.credencial'::regclass, 'helpdesk.api_secreto'::regclass) UNION ALL
	SELECT proowner FROM pg_proc WHERE pronamespace = 'helpdesk'::regnamespace) AS o(owner)
WHERE n.nspname = 'helpdesk';
SELECT count(*) FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname = 'ticket_sm' AND d.deptype = 'e' AND (
	d.objid IN (SELECT oid FROM pg_proc WHERE pronamespace IN ('api'::regnamespace, 'helpdesk'::regnamespace))
	OR d.objid IN (SELECT oid FROM pg_class WHERE relnamespace IN ('api'::regnamespace, 'helpdesk'::regnamespace)));

-- Who may reach what.
SELECT o.name, array_agg(g.role ORDER BY g.role) FROM (
	SELECT p.proname AS name, p.proacl AS acl FROM pg_proc p WHERE p.pronamespace = 'api'::regnamespace
	UNION ALL SELECT c.relname, c.relacl FROM pg_class c WHERE c.relnamespace = 'api'::regnamespace
	UNION ALL SELECT 'schema api', n.nspacl FROM pg_namespace n WHERE n.nspname = 'api'
	UNION ALL SELECT c.relname, c.relacl FROM pg_class c WHERE c.oid IN ('helpdesk.credencial'::regclass, 'helpdesk.api_secreto'::regclass)
	UNION ALL SELECT p.proname, p.proacl FROM pg_proc p WHERE p.pronamespace = 'helpdesk'::regnamespace) AS o
LEFT JOIN LATERAL (
	SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS role
	FROM aclexplode(o.acl) AS a WHERE a.grantee <> a.grantor) AS g ON true
GROUP BY o.name ORDER BY o.name COLLATE "C";
-- Nothing without an ACL, which would be PUBLIC's: empty.
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace IN ('api'::regnamespace, 'helpdesk'::regnamespace) AND p.proacl IS NULL;

-- The name of a mesa within the body of a function, which is a string itself.
SELECT ticket_sm.api_guion('AS ''SELECT f($1, @mesa_en_cuerpo@)''', 'api', E'La ''mesa\\', 'cripto', '{a,b,c,d}');

-- Everything has a COMMENT: empty.
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace IN ('api'::regnamespace, 'helpdesk'::regnamespace) AND obj_description(p.oid, 'pg_proc') IS NULL
UNION ALL SELECT concat_ws('.', c.relname, a.attname)
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE (c.relnamespace = 'api'::regnamespace OR c.relname IN ('credencial', 'api_secreto')) AND c.relkind IN ('r', 'v')
	AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL);

-- Called in plain SQL the functions do what they do over HTTP.
CREATE FUNCTION prueba.call(who name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', who, true);
	answer := prueba.err(statement);
	PERFORM set_config('role', 'none', true);
	RETURN answer;
END $$;
SELECT prueba.new_in('t', 'ASIGNADO', '{"area": "REDES"}');
SELECT who, prueba.call(who, format('SELECT api.pausar(%L)', json_build_object('ticket_id', prueba.id('t'), 'datos', json '{"motivo": 5}')))
FROM unnest('{regress_pepe,regress_saul,regress_alba,regress_ines,regress_nadie}'::text[]) AS who;
SELECT prueba.call('regress_mario', statement) FROM (VALUES
	($$SELECT api.pausar(NULL)$$), ($$SELECT api.pausar('[]')$$), ($$SELECT api.pausar('{"datos": 5}')$$), ($$SELECT api.pausar('{}')$$),
	($$SELECT api.pausar('{"ticket_id": "x"}')$$), ($$SELECT api.asignar('{"ticket_id": 5}')$$),
	($$SELECT api.transferir(json_build_object('ticket_id', prueba.id('t'), 'datos', json '{"motivo": "Porque sí."}'))$$),
	($$SELECT api.transferir(json_build_object('ticket_id', prueba.id('t'), 'datos', json '{"motivo": "Porque sí.", "nuevaArea": "COCINA"}'))$$),
	($$SELECT api.reclasificar(json_build_object('ticket_id', prueba.id('t'), 'datos', json '{"motivo": "Porque sí.", "nuevoTipo": "X"}'))$$),
	($$SELECT api.pausar(json_build_object('ticket_id', prueba.id('t'), 'datos', json '{"motivo": "a\u0000b"}'))$$),
	($$SELECT api.pausar(json_build_object('ticket_id', prueba.id('t'), 'datos', json '{"motivo": "Falta.", "version": 1}'))$$),
	($$SELECT api.ticket('{}')$$), ($$SELECT * FROM api.usuarios$$), ($$SELECT clave_hash FROM helpdesk.credencial$$),
	($$SELECT * FROM helpdesk.api_secreto$$), ($$SELECT helpdesk.api_guardar_usuario('crear', '{}')$$)) AS s(statement);
SELECT prueba.as_role('regress_mario', $$SELECT count(*) FROM api.dashboard$$), prueba.as_role('regress_saul', $$SELECT count(*) FROM api.dashboard$$),
	prueba.as_role('regress_ines', $$SELECT count(*) FROM api.dashboard$$), prueba.as_role('regress_pepe', $$SELECT count(*) FROM api.dashboard$$);

-- A statement that stays prepared, as PostgREST's do, asks each role of its connection.
PREPARE pausar AS SELECT api.pausar('{}');
SELECT prueba.call(who, 'EXECUTE pausar') FROM unnest('{regress_mario,regress_pepe,regress_mario}'::text[]) AS who;
DEALLOCATE pausar;

-- ADMIN sets passwords and cannot read them back; one switched off sets none.
SELECT prueba.call('regress_ana', $$SELECT api.cambiar_usuario('{"id": "00000000-0000-4000-8000-000000000003", "datos": {"password": "secreta"}}')$$);
SELECT prueba.call('regress_ana', statement) FROM (VALUES ($$SELECT clave_hash FROM helpdesk.credencial$$), ($$SELECT * FROM helpdesk.api_secreto$$),
	($$DELETE FROM helpdesk.credencial$$), ($$UPDATE helpdesk.credencial SET clave_hash = 'x'$$)) AS s(statement);
UPDATE helpdesk.agente SET activo = false WHERE usuario_bd = 'regress_ana';
SELECT prueba.as_role('regress_ana', $$UPDATE helpdesk.credencial SET clave_hash = cripto.crypt('otra-clave', cripto.gen_salt('bf', 10))$$);
SELECT prueba.call('regress_ana', $$INSERT INTO helpdesk.credencial VALUES (prueba.agente(4), cripto.crypt('otra-clave', cripto.gen_salt('bf', 10)))$$);
UPDATE helpdesk.agente SET activo = true WHERE usuario_bd = 'regress_ana';
SELECT api.login('{"datos": {"email": "ALBA@desk.example", "password": "secreta"}}') -> 'user';
SELECT prueba.err($$SELECT api.login('{"datos": {"email": "alba@desk.example", "password": "Secreta"}}')$$);
SELECT prueba.err($$SELECT helpdesk.api_ingresar(NULL, NULL)$$), prueba.err($$SELECT helpdesk.api_ingresar('nadie@x.co', NULL)$$);

-- The token is signed with the key of the mesa.
WITH token AS (SELECT api.login('{"datos": {"email": "alba@desk.example", "password": "secreta"}}') ->> 'access_token' AS t)
SELECT split_part(t, '.', 3) = translate(encode(cripto.hmac(substring(t FROM '^(.*)\.'), (SELECT secreto FROM helpdesk.api_secreto), 'sha256'),
	'base64'), E'+/=\n', '-_') FROM token;

-- Claims: of a login role that is not listed they are refused, not ignored.
SET SESSION AUTHORIZATION regress_alba;
SET request.jwt.claims = '{"role": "ticket_area", "sub": "00000000-0000-4000-8000-000000000003"}';
SELECT prueba.err($$SELECT api.ticket('{}')$$), prueba.err($$SELECT * FROM api.dashboard$$);
RESET SESSION AUTHORIZATION;
RESET request.jwt.claims;

-- A second API on a second mesa, by an owner that is no superuser.
CREATE ROLE regress_api_duena;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_api_duena', current_database()); END $$;
GRANT USAGE ON SCHEMA ticket_sm TO regress_api_duena;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO regress_api_duena;
GRANT USAGE ON SCHEMA cripto TO regress_api_duena;
SET ROLE regress_api_duena;
SELECT ticket_sm.crear_mesa('Mesa Dos');
SELECT prueba.err($$SELECT ticket_sm.crear_api('api_dos')$$);	-- helpdesk is not hers
SELECT ticket_sm.crear_api('API Dos', 'Mesa Dos');
RESET ROLE;
SELECT current_setting('role');
INSERT INTO "Mesa Dos".area VALUES ('REDES');
-- Each acts on its own mesa, whatever the session says.
SELECT a.secreto <> b.secreto FROM helpdesk.api_secreto a, "Mesa Dos".api_secreto b;
SET ticket_sm.mesa = 'helpdesk';
SELECT "API Dos".crear('{"datos": {"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "QUEJA", "categoria": "Red", "descripcion": "Nada funciona aquí.", "prioridad": "alta"}}') ->> 'estado';
SET ticket_sm.mesa = 'Mesa Dos';
SELECT api.crear('{"datos": {"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "QUEJA", "categoria": "Red", "descripcion": "Nada funciona aquí.", "prioridad": "alta"}}') ->> 'estado';
RESET ticket_sm.mesa;
SELECT (SELECT count(*) FROM helpdesk.ticket), (SELECT count(*) FROM "Mesa Dos".ticket);
SELECT prueba.call('regress_mario', format('SELECT "API Dos".actualizar(%L)', json_build_object('ticket_id', prueba.id('t'), 'datos', json '{"nota": "hola"}')));
-- A token of an agent that this mesa does not know, of a group role that both share.
CREATE ROLE regress_api_login NOINHERIT;
GRANT ticket_mesa, ticket_area TO regress_api_login;
GRANT USAGE ON SCHEMA prueba TO regress_api_login;
SET ticket_sm.autenticadores = 'regress_api_login';
SET SESSION AUTHORIZATION regress_api_login;
SET ROLE ticket_mesa;
SET request.jwt.claims = '{"role": "ticket_mesa", "sub": "00000000-0000-4000-8000-000000000002"}';
SELECT (SELECT count(*) FROM api.dashboard), prueba.err($$SELECT * FROM "API Dos".dashboard$$), prueba.err($$SELECT "API Dos".ticket('{}')$$);
SET request.jwt.claims = '{"role": "ticket_mesa"}';
SELECT prueba.err($$SELECT * FROM api.dashboard$$);
SET ROLE ticket_area;
SET request.jwt.claims = '{"role": "ticket_area", "sub": "00000000-0000-4000-8000-000000000002"}';
SELECT prueba.err($$SELECT * FROM api.dashboard$$), prueba.err($$SELECT api.ticket('{}')$$);
RESET SESSION AUTHORIZATION;
RESET request.jwt.claims;
RESET ticket_sm.autenticadores;

-- A second API on the same mesa shares its passwords and its key.
SELECT ticket_sm.crear_api('api_b');
SELECT api_b.login('{"datos": {"email": "alba@desk.example", "password": "secreta"}}') ->> 'token_type';

-- An API goes with its schema; passwords and key stay in the mesa, for the next one.
SET client_min_messages = error;
DROP SCHEMA api, api_b, "API Dos" CASCADE;
SELECT ticket_sm.crear_api();
SELECT api.login('{"datos": {"email": "alba@desk.example", "password": "secreta"}}') ->> 'token_type';
DROP SCHEMA api, "Mesa Dos", helpdesk CASCADE;
DROP OWNED BY regress_api_duena, regress_api_login;
DROP ROLE regress_api_duena, regress_api_login;
DROP EXTENSION pgcrypto;
DROP SCHEMA cripto;
DROP FUNCTION prueba.call;
SELECT ticket_sm.crear_mesa();
