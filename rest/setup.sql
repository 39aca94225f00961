-- What the API needs in the database, once, as a superuser:
--
--   psql -d mydb -f rest/setup.sql
--
-- Variables (psql -v name=value): api, the schema to be made; mesa, the desk;
-- anon, the role of a request without a token; login, the role that PostgREST
-- logs in with.  Give that one a password afterwards, unless it comes over the
-- socket under its own name: \password authenticator

\set ON_ERROR_STOP on
\if :{?api} \else \set api api \endif
\if :{?mesa} \else \set mesa helpdesk \endif
\if :{?anon} \else \set anon web_anon \endif
\if :{?login} \else \set login authenticator \endif

BEGIN;

CREATE EXTENSION IF NOT EXISTS pgcrypto;
SELECT ticket_sm.crear_api(:'api', :'mesa') \g /dev/null

-- The roles, unless another database of this server has made them.
SELECT format('CREATE ROLE %I NOLOGIN', :'anon')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'anon') \gexec
SELECT format('CREATE ROLE %I LOGIN NOINHERIT', :'login')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'login') \gexec

-- A request becomes one of the desk's roles, as its token says, or web_anon.
-- PostgREST applies the times to each request.  Who waits for a row holds one of
-- its connections; the time for the whole is longer than all waits of an operation.
CREATE TEMP TABLE concesion ON COMMIT DROP AS
SELECT r.otorgable, s.sentencia
FROM ticket_sm.roles_de_mesa(format('%I.ticket', :'mesa')::regclass) r,
	LATERAL (VALUES (CASE r.rol WHEN 'PUBLICO' THEN :'anon' ELSE :'login' END)) AS d(destino),
	LATERAL (VALUES
		(format('GRANT %I TO %I', r.rol_bd, d.destino), NOT pg_has_role(d.destino, r.rol_bd, 'MEMBER')),
		(format('ALTER ROLE %I SET lock_timeout = ''1s''', r.rol_bd), r.rol <> 'PUBLICO'),
		(format('ALTER ROLE %I SET statement_timeout = ''10s''', r.rol_bd), r.rol <> 'PUBLICO')) AS s(sentencia, hace_falta)
WHERE r.problema IS NULL AND s.hace_falta;
SELECT sentencia FROM concesion WHERE otorgable \gexec
GRANT :"anon" TO :"login";
ALTER ROLE :"anon" SET lock_timeout = '1s';
ALTER ROLE :"anon" SET statement_timeout = '10s';

-- The desk names these roles, but its owner could not grant them: so it is for you to say.
SELECT count(*) > 0 AS quedan FROM concesion WHERE NOT otorgable \gset
\if :quedan
\echo 'The owner of this desk could not grant the roles that it names.  If they are meant, run:'
SELECT sentencia || ';' FROM concesion WHERE NOT otorgable \g (format=unaligned tuples_only=on)
\endif

-- What a request asks is planned anew each time: compiling it would take longer.
ALTER ROLE :"login" SET jit = off;

-- Its claims are believed: nobody but PostgREST logs in with this role.
SELECT format('ALTER ROLE %I SET ticket_sm.autenticadores = %L', :'login', quote_ident(:'login')) \gexec

COMMIT;
