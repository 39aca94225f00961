-- CREATE EXTENSION: what it makes, whose it is, and who may use it.

\pset format unaligned
\pset tuples_only on

CREATE EXTENSION ticket_sm;

-- A mesa "helpdesk" stands, made from the template of this version.
SELECT zona_horaria, prefijo, digitos, sla_en_pausa, version_plantilla FROM helpdesk.configuracion;
SELECT nombre, sla_horas FROM helpdesk.prioridad ORDER BY orden;
SELECT nombre, activa FROM helpdesk.area;
SELECT rol, rol_bd FROM helpdesk.rol ORDER BY rol;
SELECT estado, abierto, resuelto, reloj FROM helpdesk.estado ORDER BY estado;

-- Members of the extension: types and functions, nothing else.
SELECT i.type, replace(i.identity, 'pg_catalog.', '')
FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ticket_sm')
	AND i.identity NOT LIKE '%[]'
ORDER BY i.type COLLATE "C", i.identity COLLATE "C";

-- Nothing that holds data is a member: empty.
SELECT c.oid::regclass
FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND (c.relnamespace = 'helpdesk'::regnamespace OR c.relkind NOT IN ('c'));
SELECT 'schema helpdesk' AS member FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.classid = 'pg_namespace'::regclass AND d.objid = 'helpdesk'::regnamespace;

-- What the mesa consists of.
SELECT c.relname, c.relkind FROM pg_class c
WHERE c.relnamespace = 'helpdesk'::regnamespace AND c.relkind IN ('r', 'v', 'S', 'm', 'p') ORDER BY c.relname;

-- No overloaded function: PostgREST would refuse an ambiguous call.  Empty.
SELECT proname, count(*) FROM pg_proc WHERE pronamespace = 'ticket_sm'::regnamespace
GROUP BY 1 HAVING count(*) > 1;

-- The API's signatures: parameter names are the JSON keys of the REST API.
SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ') -> ' || pg_get_function_result(p.oid)
	|| CASE p.provolatile WHEN 's' THEN ' STABLE' WHEN 'i' THEN ' IMMUTABLE' ELSE '' END
	|| CASE WHEN p.proisstrict THEN ' STRICT' ELSE '' END
	|| CASE WHEN p.prosecdef THEN ' SECURITY DEFINER' ELSE '' END AS signature
FROM pg_proc p
WHERE p.pronamespace = 'ticket_sm'::regnamespace AND p.proname LIKE 'fn\_%' ORDER BY p.proname;

-- The result columns of those that answer with a row.
SELECT t.typname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0
WHERE t.typnamespace = 'ticket_sm'::regnamespace AND t.typtype = 'c'
GROUP BY 1 ORDER BY 1;

-- Everything has a COMMENT: functions, types, schemas; tables, views and columns
-- of the mesa.  Both empty.
SELECT i.type, i.identity
FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ticket_sm')
	AND i.identity NOT LIKE '%[]' AND obj_description(d.objid, d.classid::regclass::name) IS NULL;
SELECT c.relname, a.attname
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'helpdesk'::regnamespace AND c.relkind IN ('r', 'v')
	AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
ORDER BY 1, a.attnum;
SELECT nspname FROM pg_namespace
WHERE nspname IN ('helpdesk', 'ticket_sm') AND obj_description(oid, 'pg_namespace') IS NULL;

-- Every parameter is explained in its function's comment: empty.
SELECT p.proname, a.name
FROM pg_proc p, unnest(p.proargnames, p.proargmodes) AS a(name, mode)
WHERE p.pronamespace = 'ticket_sm'::regnamespace AND coalesce(a.mode, 'i') = 'i'
	AND obj_description(p.oid, 'pg_proc') !~ ('\m' || a.name || '\M');

-- PUBLIC may call nothing, touch no table and use no schema: all empty.
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'ticket_sm'::regnamespace
	AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0);
SELECT c.oid::regclass FROM pg_class c
WHERE c.relnamespace = 'helpdesk'::regnamespace
	AND EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0);
SELECT n.nspname FROM pg_namespace n
WHERE n.nspname IN ('helpdesk', 'ticket_sm') AND EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee = 0);

-- The settings: who may set them, and what they start with.
\pset tuples_only off
SELECT name, context, vartype, unit, boot_val, min_val, max_val FROM pg_settings WHERE name LIKE 'ticket\_sm.%' ORDER BY name;
SELECT name, short_desc, extra_desc FROM pg_settings WHERE name LIKE 'ticket\_sm.%' ORDER BY name \gx
\pset tuples_only on


-- No other name is taken for one of ours.
SET ticket_sm.meza = 'helpdesk';

-- A second mesa is independent of the first, and so are those with odd names.
SELECT ticket_sm.crear_mesa('mesa_norte');
SELECT ticket_sm.crear_mesa('Mesa Ñandú');
SELECT ticket_sm.crear_mesa('mesa "del" sur''s $$ \ %s');
SELECT nspname, (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'v')) AS tables,
	(SELECT count(*) FROM pg_trigger t JOIN pg_class c ON t.tgrelid = c.oid
		WHERE c.relnamespace = n.oid AND NOT t.tgisinternal) AS triggers,
	(SELECT count(*) FROM pg_policy p JOIN pg_class c ON p.polrelid = c.oid WHERE c.relnamespace = n.oid) AS policies
FROM pg_namespace n
WHERE EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'bandeja')
ORDER BY nspname COLLATE "C";

-- Each takes tickets.
\set ECHO errors
CREATE FUNCTION pg_temp.first_label(esquema text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	label text;
BEGIN
	PERFORM set_config('ticket_sm.mesa', esquema, true);
	EXECUTE replace(prueba.create_call('{"area": "MESA"}'), 'ticket_uuid', 'ticket_label') INTO label;
	RETURN prueba.mask(label);
END $$;
\set ECHO all
SELECT pg_temp.first_label(nspname) FROM pg_namespace n
WHERE EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'bandeja')
ORDER BY nspname COLLATE "C";

-- What crear_mesa refuses.
SELECT prueba.err('SELECT ticket_sm.crear_mesa()');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(NULL)');
SELECT prueba.err('SELECT ticket_sm.crear_mesa('''')');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''mesa@sur'')');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''pg_mesa'')');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''otra'', rol_admin => NULL)');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''otra'', rol_publico => '''')');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''otra'', rol_area => ''ticket_mesa'')');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''otra'', rol_mesa => ''a@b'')');
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''otra'', rol_mesa => ''pg_mesa'')');

-- A mesa may have group roles of its own; they are made, without login, and
-- get what the default ones get.
SELECT ticket_sm.crear_mesa('mesa_este', 'regress_este_admin', 'regress_este_mesa', 'regress_este_area', 'regress_este_publico');
SELECT rol, rol_bd, rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolbypassrls
FROM mesa_este.rol JOIN pg_roles ON rolname = rol_bd ORDER BY rol;
SELECT p.proname, string_agg(regexp_replace(a.grantee::regrole::text, '^regress_este_', ''), ' ' ORDER BY a.grantee::regrole::text) AS este
FROM pg_proc p, aclexplode(p.proacl) a
WHERE p.pronamespace = 'ticket_sm'::regnamespace AND a.grantee::regrole::text LIKE 'regress\_este\_%'
GROUP BY 1 ORDER BY 1;

-- A mesa can belong to a role that is no superuser, once that may make one:
-- without the rights it is refused.
CREATE ROLE regress_duena;
SET ROLE regress_duena;
SELECT prueba.err('SELECT ticket_sm.crear_mesa(''mesa_oeste'')');
RESET ROLE;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_duena', current_database()) \gexec
GRANT USAGE ON SCHEMA ticket_sm TO regress_duena;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO regress_duena;
SET ROLE regress_duena;
SELECT prueba.short('SELECT ticket_sm.crear_mesa(''mesa_oeste'', ''regress_nueva'')');
SELECT ticket_sm.crear_mesa('mesa_oeste');
SET ticket_sm.mesa = 'mesa_oeste';
SELECT prueba.new_in('oeste', 'PAUSADO', '{"area": "MESA"}');
SELECT prueba.ticket('oeste');
SELECT prueba.history('oeste');
SELECT * FROM ticket_sm.fn_verificar();
-- The owner is held to the machine like everybody.
SELECT prueba.err('UPDATE mesa_oeste.ticket SET estado = ''RESUELTO''');
SELECT prueba.err('DELETE FROM mesa_oeste.ticket');
-- Its own triggers are the owner's to drop, but not silently.
SELECT prueba.err('ALTER TABLE mesa_oeste.ticket DISABLE TRIGGER zzz_guardia_antes');
SELECT problema, prueba.mask(detalle) FROM ticket_sm.fn_verificar();
SELECT prueba.err('ALTER TABLE mesa_oeste.ticket ENABLE TRIGGER zzz_guardia_antes');
SELECT prueba.err('SELECT ticket_sm.fn_pausar(prueba.id(''oeste''), ''otra vez'')');
RESET ticket_sm.mesa;
RESET ROLE;

-- DROP EXTENSION refuses while a mesa stands, and takes none with it.
SELECT prueba.err('DROP EXTENSION ticket_sm');
SELECT prueba.err('DROP EXTENSION IF EXISTS pgcrypto, ticket_sm RESTRICT');
SELECT prueba.err('DROP SCHEMA prueba_nada, ticket_sm');
DROP SCHEMA IF EXISTS prueba_nada;

-- What a dump would lose is refused to everybody: the types of the extension are
-- fixed.  Those of others are not our affair, nor a name that nobody knows.
SELECT prueba.err(orden) FROM unnest(ARRAY[
	$$ALTER TYPE ticket_sm.ticket_state ADD VALUE 'EN_ESPERA'$$,
	$$ALTER TYPE ticket_sm.ticket_state ADD VALUE IF NOT EXISTS 'EN_ESPERA' AFTER 'PAUSADO'$$,
	$$ALTER TYPE ticket_sm.ticket_operation ADD VALUE 'escalar'$$,
	$$ALTER TYPE ticket_sm.ticket_role ADD VALUE 'JEFE'$$,
	$$ALTER TYPE ticket_sm.ticket_type ADD VALUE 'PROBLEMA'$$,
	$$ALTER TYPE ticket_sm.ticket_type RENAME VALUE 'QUEJA' TO 'PROTESTA'$$,
	$$ALTER TYPE ticket_sm.ticket_type RENAME TO tipo$$,
	$$ALTER TYPE ticket_sm.ticket_type SET SCHEMA prueba$$,
	$$ALTER TYPE ticket_sm.ticket_operado ADD ATTRIBUTE nota text$$,
	$$ALTER TYPE ticket_sm.ticket_operado RENAME ATTRIBUTE area TO zona$$,
	$$ALTER TYPE ticket_sm.ticket_operado DROP ATTRIBUTE area$$,
	$$ALTER TYPE ticket_sm.nada ADD VALUE 'X'$$,
	$$ALTER TYPE nada.nada ADD ATTRIBUTE x text$$]) AS orden;
CREATE TYPE prueba.suyo AS ENUM ('A');
CREATE TYPE prueba.fila AS (a integer);
ALTER TYPE prueba.suyo ADD VALUE 'B';
ALTER TYPE prueba.suyo RENAME VALUE 'A' TO 'C';
ALTER TYPE prueba.suyo RENAME TO nuestro;
ALTER TYPE prueba.fila ADD ATTRIBUTE b integer;
ALTER TYPE prueba.fila RENAME ATTRIBUTE b TO c;
SELECT enum_range(NULL::prueba.nuestro), ROW(1, 2)::prueba.fila;
DROP TYPE prueba.nuestro, prueba.fila;
-- Whoever switches that off is told, as long as it is off.
ALTER EVENT TRIGGER ticket_sm_guardia DISABLE;
SELECT problema, detalle FROM ticket_sm.fn_verificar();
ALTER EVENT TRIGGER ticket_sm_guardia ENABLE;
SELECT problema, detalle FROM ticket_sm.fn_verificar();

-- What goes wrong in a text of ours does not show the whole of it: lines.
CREATE FUNCTION prueba.renglones(orden text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	mensaje text;
	contexto text;
BEGIN
	EXECUTE orden;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS mensaje = MESSAGE_TEXT, contexto = PG_EXCEPTION_CONTEXT;
	RETURN format('%s: %s', mensaje, CASE WHEN length(regexp_replace(contexto, E'[^\n]', '', 'g')) < 10 THEN 'shortly' ELSE contexto END);
END $$;
SELECT prueba.renglones('SELECT ticket_sm.crear_mesa()');
SELECT format('REVOKE CREATE ON DATABASE %I FROM regress_duena', current_database()) \gexec
SET ROLE regress_duena;
SELECT regexp_replace(prueba.renglones('SELECT ticket_sm.crear_mesa(''mesa_sur'')'), current_database(), 'DB');
RESET ROLE;
SELECT count(*) FROM pg_namespace n
WHERE EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'bandeja');

-- CREATE EXTENSION leaves a schema alone that has the mesa's name (a restore has
-- made it), and does not take over a schema ticket_sm of somebody else.
SET client_min_messages = error;
DROP EXTENSION ticket_sm CASCADE;
SELECT string_agg(nspname, ', ' ORDER BY nspname COLLATE "C") FROM pg_namespace n
WHERE EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'configuracion');
SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a
WHERE a.attrelid = 'helpdesk.ticket'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum < 6;
DROP SCHEMA helpdesk, mesa_norte, mesa_este, mesa_oeste, "Mesa Ñandú", "mesa ""del"" sur's $$ \ %s" CASCADE;
CREATE SCHEMA helpdesk;
CREATE EXTENSION ticket_sm;
SELECT count(*) FROM pg_class WHERE relnamespace = 'helpdesk'::regnamespace;
SELECT prueba.err('SELECT ticket_sm.fn_maquina()');
DROP EXTENSION ticket_sm;
DROP SCHEMA helpdesk;
-- The schema ticket_sm stays, as with every extension that has one in its control file.
DROP SCHEMA ticket_sm;
CREATE SCHEMA ticket_sm AUTHORIZATION regress_duena;
SELECT prueba.err('CREATE EXTENSION ticket_sm');
DROP SCHEMA ticket_sm;
SELECT format('REVOKE ALL ON DATABASE %I FROM regress_duena', current_database()) \gexec
DROP ROLE regress_duena;
DROP ROLE regress_este_admin, regress_este_mesa, regress_este_area, regress_este_publico;

-- And now for the suites that follow.
CREATE EXTENSION ticket_sm;
