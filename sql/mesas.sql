-- Several mesas in one database: which one is meant, and that none knows of the other.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
-- "norte" shares the group roles of helpdesk, "sur" has its own.
SELECT ticket_sm.crear_mesa('mesa_norte');
SELECT ticket_sm.crear_mesa('Mesa Sur', 'regress_sur_admin', 'regress_sur_mesa', 'regress_sur_area', 'regress_sur_publico');

-- ticket_sm.mesa says which: the same name is another ticket in each.
SELECT prueba.new_in('h', 'ASIGNADO');
SET ticket_sm.mesa = 'mesa_norte';
SELECT prueba.new_in('n', 'PAUSADO', '{"area": "MESA"}');
SET ticket_sm.mesa = 'Mesa Sur';
SELECT prueba.new_in('s', 'RESUELTO', '{"area": "MESA"}');
RESET ticket_sm.mesa;
SELECT 'helpdesk', prueba.mask(ticket_label), estado FROM helpdesk.ticket
UNION ALL SELECT 'norte', prueba.mask(ticket_label), estado FROM mesa_norte.ticket
UNION ALL SELECT 'sur', prueba.mask(ticket_label), estado FROM "Mesa Sur".ticket;
-- A ticket of one mesa is none in another, not even for ADMIN.
SELECT prueba.err($$SELECT ticket_sm.fn_reabrir(prueba.id('n'), 'motivo')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_ticket(prueba.id('s'))$$);
-- Labels are each mesa's own: here the first of helpdesk, asked for in norte.
SELECT ticket_label AS label FROM helpdesk.ticket \gset
SET ticket_sm.mesa = 'mesa_norte';
SELECT prueba.err(format($$SELECT ticket_sm.fn_consultar(%L, 'rosa@example.com')$$, :'label'));
SELECT estado FROM ticket_sm.fn_consultar(:'label', 'rosa@example.com');
-- Areas and agents, too: REDES is helpdesk's, and so is Alba.
SELECT prueba.err(prueba.create_call());
SELECT prueba.new_ticket('n2', '{"area": "MESA"}');
SELECT prueba.err($$SELECT ticket_sm.fn_asignar(prueba.id('n2'), prueba.agente(3))$$);
RESET ticket_sm.mesa;
-- Plain SQL is judged by the mesa the table belongs to, whatever the setting.
SET ticket_sm.motivo = 'motivo';
SELECT prueba.err($$UPDATE mesa_norte.ticket SET estado = 'RESUELTO' WHERE ticket_uuid = prueba.id('n')$$);
UPDATE mesa_norte.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('n') RETURNING estado, version;
-- Also when the setting changes between the rows of one command.
UPDATE mesa_norte.ticket SET asunto = set_config('ticket_sm.mesa', 'Mesa Sur', false) RETURNING asunto, version;
RESET ticket_sm.mesa;
RESET ticket_sm.motivo;

-- Per role: ALTER ROLE ... SET holds from the next login.
DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET ticket_sm.mesa = mesa_norte', session_user, current_database()); END $$;
\c
\pset format unaligned
\pset tuples_only on
SHOW ticket_sm.mesa;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('h'), 'nota')$$);
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('n'), 'nota') r;
DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ticket_sm.mesa', session_user, current_database()); END $$;
\c
\pset format unaligned
\pset tuples_only on

------------------------------------------------------------------------
-- A mesa one may not use, and what is none
------------------------------------------------------------------------

SET ticket_sm.mesa = 'Mesa Sur';
SET ROLE regress_mario;
SELECT prueba.err($$SELECT ticket_sm.fn_maquina()$$);
SELECT prueba.err(prueba.create_call('{"area": "MESA"}'));
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('s'), 'nota')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_consultar('TK-1', 'a@b')$$);
SELECT prueba.err($$SELECT * FROM "Mesa Sur".ticket$$);
RESET ROLE;
-- USAGE alone makes no member.
GRANT USAGE ON SCHEMA "Mesa Sur" TO regress_mario;
SELECT prueba.as_role('regress_mario', $$SELECT ticket_sm.fn_actualizar(prueba.id('s'), 'nota')$$);
SET ROLE regress_mario;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('s'), 'nota')$$);
RESET ROLE;
REVOKE USAGE ON SCHEMA "Mesa Sur" FROM regress_mario;
-- A member of its groups has them there, and nothing in the others.
GRANT regress_sur_mesa TO regress_nadie;
SELECT prueba.as_role('regress_nadie', $$SELECT estado FROM ticket_sm.fn_actualizar(prueba.id('s'), 'nota')$$),
	prueba.as_role('regress_nadie', $$SELECT string_agg(estado::text, ' ') FROM "Mesa Sur".bandeja$$);
SET ticket_sm.mesa = 'mesa_norte';
SET ROLE regress_nadie;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('n'), 'nota')$$);
RESET ROLE;
REVOKE regress_sur_mesa FROM regress_nadie;
-- No such schema; a schema that is no mesa; an empty name; one that only folds to a mesa's.
CREATE SCHEMA prueba_vacia;
CREATE SCHEMA prueba_falsa;
CREATE TABLE prueba_falsa.ticket (ticket_uuid uuid);
SELECT m, prueba.err(format('SELECT set_config(''ticket_sm.mesa'', %L, true), ticket_sm.fn_maquina()', m))
FROM unnest(ARRAY['no_hay', 'prueba_vacia', 'prueba_falsa', 'pg_catalog', '', 'HELPDESK', 'mesa sur', 'helpdesk, mesa_norte', '"helpdesk"', repeat('x', 100)])
	WITH ORDINALITY AS a(m, n) ORDER BY n;
SET ticket_sm.mesa = 'no_hay';
SELECT prueba.err(prueba.create_call());
SELECT prueba.err($$SELECT ticket_sm.fn_verificar()$$);
RESET ticket_sm.mesa;
SELECT count(*) > 0 FROM ticket_sm.fn_maquina();
DROP SCHEMA prueba_vacia;
DROP TABLE prueba_falsa.ticket;
DROP SCHEMA prueba_falsa;

------------------------------------------------------------------------
-- Settings of its own: machine, priorities, prefix, digits, time zone
------------------------------------------------------------------------

INSERT INTO mesa_norte.transicion VALUES ('archivar', 'NUEVO', 'ARCHIVADO');
UPDATE mesa_norte.prioridad SET sla_horas = 5 WHERE nombre = 'MEDIA';
UPDATE mesa_norte.configuracion SET prefijo = 'NORTE', digitos = 1;
SELECT prueba.new_ticket('h2');
SELECT prueba.err($$SELECT ticket_sm.fn_archivar(prueba.id('h2'), 'motivo')$$);
SET ticket_sm.mesa = 'mesa_norte';
SELECT prueba.new_ticket('n3', '{"area": "MESA"}');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_archivar(prueba.id('n3'), 'motivo') r;
-- A number that needs more digits gets more; TK- labels of before stay.
SELECT prueba.new_ticket('d' || n, '{"area": "MESA"}') FROM generate_series(4, 12) n;
SELECT prueba.mask(ticket_label) FROM mesa_norte.ticket ORDER BY fecha_creacion;
SELECT * FROM ticket_sm.fn_verificar();
RESET ticket_sm.mesa;
-- Six digits.
UPDATE helpdesk.configuracion SET digitos = 6;
SELECT prueba.new_ticket('six');
SELECT prueba.mask(ticket_label) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('six');

-- The year of a label is that of the mesa's own time zone.  The clock stands half
-- an hour after New Year in UTC: it is still the old year in Bogotá, and in Auckland
-- it has long been the new one.
CREATE FUNCTION prueba.new_year(shift interval) RETURNS void LANGUAGE sql
	RETURN (SELECT NULL FROM set_config('ticket_sm.desfase_reloj',
		extract(epoch FROM (date_trunc('year', now() AT TIME ZONE 'UTC') + interval '1 year' + shift) AT TIME ZONE 'UTC' - now())::integer::text, false));
CREATE FUNCTION prueba.label_year(name text) RETURNS text LANGUAGE sql
	RETURN (SELECT prueba.mask(ticket_label) || ' this year + '
			|| (split_part(ticket_label, '-', 2)::integer - extract(year FROM now() AT TIME ZONE 'UTC'))
		FROM "Mesa Sur".ticket WHERE ticket_uuid = prueba.id(name));
SET ticket_sm.mesa = 'Mesa Sur';
SELECT prueba.new_year('30 minutes');
SET timezone = 'America/Bogota';
SELECT prueba.new_ticket('utc', '{"area": "MESA"}');
SELECT prueba.label_year('utc');
UPDATE "Mesa Sur".configuracion SET zona_horaria = 'America/Bogota';
SET timezone = 'UTC';
SELECT prueba.new_ticket('bogota', '{"area": "MESA"}');
SELECT prueba.label_year('bogota');
SELECT prueba.new_year('-30 minutes');
UPDATE "Mesa Sur".configuracion SET zona_horaria = 'Pacific/Auckland';
SELECT prueba.new_ticket('auckland', '{"area": "MESA"}');
SELECT prueba.label_year('auckland');
UPDATE "Mesa Sur".configuracion SET zona_horaria = 'UTC';
SELECT prueba.new_ticket('utc again', '{"area": "MESA"}');
SELECT prueba.label_year('utc again');
-- Each year has a counter, dense by itself.
SELECT anio - extract(year FROM now() AT TIME ZONE 'UTC'), ultimo FROM "Mesa Sur".contador ORDER BY 1;
SELECT * FROM ticket_sm.fn_verificar();
-- Ten years on, and the first ticket of that year.
SELECT prueba.new_year('9 years 30 minutes');
SELECT prueba.new_ticket('far', '{"area": "MESA"}');
SELECT prueba.label_year('far');
RESET ticket_sm.desfase_reloj;
RESET timezone;
RESET ticket_sm.mesa;

------------------------------------------------------------------------
-- A mesa is renamed, dropped and made anew while the session goes on
------------------------------------------------------------------------

SET ticket_sm.mesa = 'mesa_norte';
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('n2'), 'antes') r;
ALTER SCHEMA mesa_norte RENAME TO "Mesa ""Boreal""";
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('n2'), 'con el nombre viejo')$$);
SET ticket_sm.mesa = 'Mesa "Boreal"';
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('n2'), 'con el nuevo') r;
SELECT prueba.new_ticket('boreal', '{"area": "MESA"}');
SET ROLE regress_mario;
SELECT count(*) FROM "Mesa ""Boreal""".bandeja;
RESET ROLE;
UPDATE "Mesa ""Boreal""".ticket SET asunto = 'directo' WHERE ticket_uuid = prueba.id('n2') RETURNING version;
SELECT * FROM ticket_sm.fn_verificar();
-- Two mesas swap their names: the plans go with the mesa, not with the name.
ALTER SCHEMA helpdesk RENAME TO mesa_norte;
ALTER SCHEMA "Mesa ""Boreal""" RENAME TO helpdesk;
SET ticket_sm.mesa = 'helpdesk';
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('n2'), 'norte se llama helpdesk') r;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('h'), 'helpdesk se llama norte')$$);
SET ticket_sm.mesa = 'mesa_norte';
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('h'), 'helpdesk se llama norte') r;
SELECT count(*) FROM ticket_sm.fn_verificar();
RESET ticket_sm.mesa;
SELECT count(*) FROM ticket_sm.fn_verificar();
-- Dropped, and made anew under the same name: nothing of the old one is left.
SET client_min_messages = error;
DROP SCHEMA helpdesk CASCADE;
RESET client_min_messages;
SELECT prueba.err($$SELECT ticket_sm.fn_maquina()$$);
SELECT ticket_sm.crear_mesa();
SELECT prueba.new_ticket('new', '{"area": "MESA"}');
SELECT prueba.mask(ticket_label), estado FROM helpdesk.ticket;
SELECT count(*) FROM ticket_sm.fn_verificar();
-- The owner changes, and with it who acts; group roles are renamed.
CREATE ROLE regress_duena;
DO $$
DECLARE
	r record;
BEGIN
	ALTER SCHEMA helpdesk OWNER TO regress_duena;
	FOR r IN SELECT oid::regclass AS rel, relkind FROM pg_class WHERE relnamespace = 'helpdesk'::regnamespace AND relkind IN ('r', 'v') LOOP
		EXECUTE format('ALTER %s %s OWNER TO regress_duena', CASE r.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, r.rel);
	END LOOP;
END $$;
SELECT prueba.as_role('regress_mario', $$SELECT estado FROM ticket_sm.fn_asignar(prueba.id('new'))$$);
-- (the row-level security may be forced on it, which then asks the policies' functions)
GRANT USAGE ON SCHEMA ticket_sm TO regress_duena;
GRANT EXECUTE ON FUNCTION ticket_sm.alcance_total, ticket_sm.alcance_area TO regress_duena;
ALTER TABLE helpdesk.ticket FORCE ROW LEVEL SECURITY;
ALTER TABLE helpdesk.historial FORCE ROW LEVEL SECURITY;
SELECT prueba.as_role('regress_mario', $$SELECT estado FROM ticket_sm.fn_asignar(prueba.id('new'))$$);
SET ticket_sm.motivo = 'Soy la dueña.';
SELECT prueba.as_role('regress_duena', $$UPDATE helpdesk.ticket SET estado = 'CANCELADO' RETURNING estado$$);
RESET ticket_sm.motivo;
ALTER ROLE regress_sur_mesa RENAME TO regress_sur_mesa_2;
SET ticket_sm.mesa = 'Mesa Sur';
GRANT regress_sur_mesa_2 TO regress_nadie;
SELECT prueba.as_role('regress_nadie', $$SELECT estado FROM ticket_sm.fn_actualizar(prueba.id('s'), 'nota')$$);
UPDATE "Mesa Sur".rol SET rol_bd = 'regress_sur_mesa_2' WHERE rol = 'MESA';
SELECT prueba.as_role('regress_nadie', $$SELECT estado FROM ticket_sm.fn_actualizar(prueba.id('s'), 'nota')$$);
RESET ticket_sm.mesa;
-- The proof will not read what may be hidden from it.
SELECT detalle FROM ticket_sm.fn_verificar();
ALTER TABLE helpdesk.ticket NO FORCE ROW LEVEL SECURITY;
ALTER TABLE helpdesk.historial NO FORCE ROW LEVEL SECURITY;
SELECT count(*) FROM ticket_sm.fn_verificar();

SET client_min_messages = error;
DROP SCHEMA mesa_norte, "Mesa Sur", helpdesk CASCADE;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ticket_sm FROM regress_sur_admin, regress_sur_mesa_2, regress_sur_area, regress_sur_publico;
REVOKE ALL ON SCHEMA ticket_sm FROM regress_sur_admin, regress_sur_mesa_2, regress_sur_area, regress_sur_publico;
REVOKE ALL ON SCHEMA ticket_sm FROM regress_duena;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ticket_sm FROM regress_duena;
DROP ROLE regress_sur_admin, regress_sur_mesa_2, regress_sur_area, regress_sur_publico, regress_duena;
DROP FUNCTION prueba.new_year;
SELECT ticket_sm.crear_mesa();
