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

-- A request becomes one of these, as its token says, or web_anon.
SELECT format('GRANT %I TO %I', r.rol_bd, CASE r.rol WHEN 'PUBLICO' THEN :'anon' ELSE :'login' END)
FROM ticket_sm.roles_de_mesa(format('%I.ticket', :'mesa')::regclass) r \gexec
GRANT :"anon" TO :"login";

-- PostgREST applies these to each request.  Who waits for a row holds one of its
-- connections; the time for the whole is longer than all waits of an operation.
SELECT format('ALTER ROLE %I SET lock_timeout = ''1s''; ALTER ROLE %1$I SET statement_timeout = ''10s''', r.rolname)
FROM pg_roles r
WHERE r.rolname IN (SELECT m.rol_bd FROM ticket_sm.roles_de_mesa(format('%I.ticket', :'mesa')::regclass) m
	WHERE m.rol <> 'PUBLICO' UNION SELECT :'anon') \gexec

-- Its claims are believed: nobody but PostgREST logs in with this role.
SELECT format('ALTER ROLE %I SET ticket_sm.autenticadores = %L', :'login', quote_ident(:'login')) \gexec

COMMIT;
