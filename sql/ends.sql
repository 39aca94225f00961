-- What the sweep ends by itself: pauses whose time has come, and what has been
-- resolved for long enough.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET datestyle = 'ISO, YMD';
SELECT prueba.fresh_mesa();
UPDATE helpdesk.configuracion SET eventos = '{pausar,reabrir,responder,resolver,archivar,cancelar,avisar,vencer}';
-- Open Monday to Friday, 8 to 17, but for one Monday.  2040-01-06 is a Friday.
INSERT INTO helpdesk.calendario VALUES ('oficina', 'America/Bogota');
INSERT INTO helpdesk.horario SELECT 'oficina', d, '08:00', '17:00' FROM generate_series(1, 5) d;
INSERT INTO helpdesk.feriado VALUES ('oficina', '2040-01-09', NULL, NULL, 'Reyes');

CREATE OR REPLACE FUNCTION prueba.at(timestamptz) RETURNS void LANGUAGE sql
	RETURN (SELECT NULL FROM set_config('ticket_sm.desfase_reloj', ceil(extract(epoch FROM $1 - clock_timestamp()))::bigint::text, false));
-- To the minute, as the clock goes on while we test.
CREATE FUNCTION prueba.minute(timestamptz) RETURNS text LANGUAGE sql STABLE RETURN to_char($1 + interval '30 seconds', 'MM-DD HH24:MI');
CREATE FUNCTION prueba.paused(name text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', t.estado, 'v' || t.version, 'until', prueba.minute(t.pausado_hasta), 'look', coalesce(prueba.minute(t.sla_revisar_en), '-'),
		'deadline', coalesce(prueba.minute(t.fecha_limite_sla), '-'))
	FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id(name)
$$;
CREATE FUNCTION prueba.do_at(moment timestamptz, name text, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM prueba.at(moment);
	answer := prueba.err(replace(format('SELECT ticket_sm.fn_%s', replace(what, '(', format('(%L, ', prueba.id(name)))), ', )', ')'));
	RETURN CASE answer WHEN 'ok' THEN prueba.paused(name) ELSE answer END;
END $$;
CREATE FUNCTION prueba.swept(moment timestamptz, limite integer DEFAULT 1000) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM prueba.at(moment);
	RETURN QUERY SELECT prueba.mask(concat_ws(' ', coalesce(a.alias, '?'), s.operacion, s.objetivo, s.umbral, 'due', prueba.minute(s.fecha_limite), 'v' || s.version, s.advertencia))
		FROM ticket_sm.fn_sla_barrer(limite) s LEFT JOIN prueba.alias a ON a.id = s.ticket_uuid ORDER BY prueba.minute(s.fecha_limite), a.alias, s.version;
END $$;
CREATE FUNCTION prueba.reply(name text) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s > %s', r.estado_anterior, r.estado) FROM helpdesk.ticket t, ticket_sm.fn_responder(t.ticket_label, t.solicitante_email, 'Sigue igual.') r
	WHERE t.ticket_uuid = prueba.id(name)
$$;

------------------------------------------------------------------------
-- A pause with an end
------------------------------------------------------------------------

SELECT prueba.at('2040-01-02 10:00'), prueba.new_in('a', 'ASIGNADO');
-- What is no time to come, whatever the state; NULL is none.
SELECT h, prueba.err(format('SELECT ticket_sm.fn_pausar(prueba.id(''a''), ''Falta una pieza.'', hasta => %L)', h))
FROM unnest('{-infinity, infinity, 2050-02-01}'::text[]) h;
SELECT regexp_replace(prueba.err(format('SELECT ticket_sm.fn_pausar(prueba.id(''a''), ''Falta una pieza.'', hasta => %L)', h)), 'is 2040[^ ]*\.', 'is <now>.')
FROM unnest('{2040-01-02 09:59, 0044-03-15 BC}'::text[]) h;
SELECT prueba.try('SELECT ticket_sm.fn_pausar(prueba.id(''a''), ''Falta una pieza.'', hasta => ''2050-01-01'')'),
	prueba.try('SELECT ticket_sm.fn_pausar(prueba.id(''a''), ''Falta una pieza.'', hasta => NULL)');
-- The field before the ticket, the state before what the machine leads on to.
SELECT prueba.short('SELECT ticket_sm.fn_pausar(''00000000-0000-4000-8000-000000000000'', ''Falta una pieza.'', hasta => ''infinity'')'),
	prueba.short('SELECT ticket_sm.fn_pausar(NULL, hasta => ''infinity'')');
-- Of 24 hours 3 are over; they are left for as long as it stands.
SELECT prueba.do_at('2040-01-02 13:00', 'a', 'pausar(''Falta una pieza.'', hasta => ''2040-01-05 08:00+00'')');
SELECT prueba.swept('2040-01-03 12:00');
SELECT prueba.paused('a');
SELECT prueba.swept('2040-01-05 07:59');
SELECT prueba.swept('2040-01-05 08:01');
SELECT prueba.paused('a');
SELECT prueba.swept('2040-01-05 08:02');
SELECT prueba.history('a', 3);
SELECT e.version, e.operacion, e.datos ->> 'estado', e.datos -> 'pausado_hasta', e.datos -> 'automatico' FROM helpdesk.evento e WHERE e.ticket_uuid = prueba.id('a') ORDER BY e.evento_id;
-- What agents see; nobody else.
SELECT prueba.do_at('2040-01-05 09:00', 'a', 'pausar(''Falta otra.'', hasta => ''2040-01-10 08:00+00'')');
SELECT ticket_sm.fn_ticket(prueba.id('a')) -> 'ticket' ->> 'pausado_hasta';
SELECT to_jsonb(c) ? 'pausado_hasta', prueba.mask(to_jsonb(c)::text) ~ '2040-01-10' FROM helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id('a');

-- Late: one event, dated now, and the clock goes on from there.
SELECT prueba.swept('2040-02-10 10:00');
SELECT prueba.paused('a'), prueba.minute(actualizado_en) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a');

-- Taken up before: by an agent, by what the requester says; cancelled.  The end is gone, and the deadline is looked for in time.
SELECT prueba.at('2040-03-01 10:00'), prueba.new_in(a, 'ASIGNADO') FROM unnest('{b,c,d,e}'::text[]) a;
SELECT prueba.do_at('2040-03-02 09:00', a, 'pausar(''Falta una pieza.'', hasta => ''2040-03-20 08:00+00'')') FROM unnest('{b,c,d,e}'::text[]) a;
SELECT prueba.swept('2040-03-03 09:00');
SELECT prueba.paused('b');
SELECT prueba.do_at('2040-03-04 09:00', 'b', 'reabrir(''Llegó.'')'), prueba.do_at('2040-03-04 09:00', 'd', 'cancelar(''Ya no hace falta.'')'), prueba.reply('c'), prueba.paused('c');
-- What does not end it leaves it alone.
SELECT prueba.do_at('2040-03-04 09:00', 'e', 'actualizar(''Una nota.'')');
SELECT prueba.swept('2040-03-04 10:30');
-- An old end does not touch a later pause, with an end or without.
SELECT prueba.do_at('2040-03-05 09:00', 'b', 'pausar(''Falta una pieza.'')'), prueba.do_at('2040-03-05 09:00', 'c', 'pausar(''Falta una pieza.'', hasta => ''2040-04-01 08:00+00'')');
SELECT prueba.swept('2040-03-21 09:00');
SELECT a, prueba.paused(a) FROM unnest('{b,c,d,e}'::text[]) a;
-- Longer, and shorter: where the owner's machine has that.
INSERT INTO helpdesk.transicion VALUES ('pausar', 'PAUSADO', 'PAUSADO');
SELECT prueba.do_at('2040-03-22 09:00', 'b', 'pausar(''Falta más.'', hasta => ''2040-03-23 08:00+00'')'), prueba.do_at('2040-03-22 09:00', 'c', 'pausar(''Falta más.'', hasta => ''2040-05-01 08:00+00'')');
SELECT prueba.do_at('2040-03-22 10:00', 'b', 'pausar(''Quién sabe.'')');
SELECT prueba.swept('2040-04-02 09:00');
DELETE FROM helpdesk.transicion WHERE operacion = 'pausar' AND estado_origen = 'PAUSADO';
SELECT a, prueba.paused(a) FROM unnest('{b,c}'::text[]) a;

-- A first response that is due is told on the way; the clock that runs on in a pause does not matter.
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas) VALUES ('atencion', 'ALTA', 48), ('resolucion', 'ALTA', 50);
INSERT INTO helpdesk.transicion VALUES ('pausar', 'NUEVO', 'PAUSADO');
UPDATE helpdesk.configuracion SET sla_avisos = '{}';
SELECT prueba.at('2040-06-01 10:00'), prueba.new_ticket('f', '{"prioridad": "ALTA"}'), prueba.new_ticket('g', '{"prioridad": "ALTA"}');
SELECT prueba.do_at('2040-06-01 11:00', 'f', 'pausar(''Falta una pieza.'', hasta => ''2040-06-04 08:00+00'')'), prueba.do_at('2040-06-01 11:00', 'g', 'pausar(''Falta una pieza.'', hasta => ''2040-06-02 08:00+00'')');
SELECT prueba.swept('2040-06-04 09:00');
SELECT prueba.paused('f'), prueba.paused('g');
SELECT prueba.history('f', 3);
DELETE FROM helpdesk.transicion WHERE operacion = 'pausar' AND estado_origen = 'NUEVO';
SELECT prueba.swept('2040-06-08 09:00');

-- A machine that does not lead on: told before, or, when it is edited later, left where it is.
SELECT prueba.at('2040-07-01 10:00'), prueba.new_in(a, 'ASIGNADO') FROM unnest('{h,i}'::text[]) a;
SELECT prueba.do_at('2040-07-01 11:00', 'h', 'pausar(''Falta una pieza.'', hasta => ''2040-07-02 08:00+00'')');
DELETE FROM helpdesk.transicion WHERE operacion = 'reabrir' AND estado_origen = 'PAUSADO';
SELECT prueba.do_at('2040-07-01 11:00', 'i', 'pausar(''Falta una pieza.'', hasta => ''2040-07-02 08:00+00'')');
SELECT prueba.do_at('2040-07-01 11:00', 'i', 'pausar(''Falta una pieza.'')');
SET client_min_messages = error;
SELECT prueba.swept('2040-07-03 10:00');
SET client_min_messages = warning;
INSERT INTO helpdesk.transicion VALUES ('reabrir', 'PAUSADO', 'ASIGNADO');
-- It is the desk that ends it: whether ADMIN may reopen tickets is another question.
DELETE FROM helpdesk.permiso WHERE operacion = 'reabrir';
SET ROLE regress_ana;
SELECT count(*) FROM ticket_sm.fn_sla_barrer();
RESET ROLE;
INSERT INTO helpdesk.permiso VALUES ('reabrir', 'ADMIN'), ('reabrir', 'MESA');
SELECT prueba.history('h', 4);

-- One that a trigger holds up does not hold up the others, nor those behind a limit.
SELECT prueba.at('2040-08-01 10:00'), prueba.new_in('j' || n, 'ASIGNADO') FROM generate_series(1, 4) n;
SELECT prueba.do_at('2040-08-01 11:00', 'j' || n, format('pausar(''Falta una pieza.'', hasta => ''2040-08-02 08:0%s+00'')', n)) FROM generate_series(1, 4) n;
CREATE FUNCTION prueba.stop_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.ticket_uuid = prueba.id('j1') THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
CREATE TRIGGER alto BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.stop_it();
SET client_min_messages = error;
SELECT prueba.swept('2040-08-02 09:00', 2);
SELECT prueba.swept('2040-08-02 09:00', 2);
SET client_min_messages = warning;
DROP TRIGGER alto ON helpdesk.ticket;
SELECT prueba.swept('2040-08-02 09:00', 2);
SELECT prueba.swept('2040-08-02 09:30');

-- Only the function gives it; nobody else sets it.
SELECT prueba.at('2040-09-01 10:00'), prueba.new_in('k', 'ASIGNADO');
BEGIN;
SET LOCAL ticket_sm.motivo = 'Falta una pieza.';
UPDATE helpdesk.ticket SET estado = 'PAUSADO', pausado_hasta = '2040-09-05' WHERE ticket_uuid = prueba.id('k');
SELECT prueba.paused('k');
ROLLBACK;
SELECT prueba.do_at('2040-09-01 11:00', 'k', 'pausar(''Falta una pieza.'', hasta => ''2040-09-02 08:00+00'')');
-- In a batch: the same, in the desk's zone if no other is said.
UPDATE helpdesk.configuracion SET zona_horaria = 'America/Bogota';
SELECT prueba.at('2040-09-01 12:00'), prueba.new_in(a, 'ASIGNADO') FROM unnest('{l,m,n,o}'::text[]) a;
SELECT a.alias, b.hecho, b.version
FROM (VALUES ('l', '2040-09-03T08:00:00'), ('m', '2040-09-03T08:00:00+02:00'), ('n', '2040-09-03'), ('o', NULL)) AS v(alias, hasta)
JOIN prueba.alias a USING (alias)
CROSS JOIN LATERAL ticket_sm.fn_ejecutar_lote('pausar', ARRAY[a.id], jsonb_build_object('motivo', 'Falta una pieza.', 'hasta', v.hasta)) b
ORDER BY 1;
SELECT a, prueba.paused(a) FROM unnest('{l,m,n,o}'::text[]) a;
SELECT t, prueba.err(format('SELECT * FROM ticket_sm.fn_ejecutar_lote(''pausar'', ARRAY[prueba.id(''l'')], %L)', jsonb_build_object('motivo', 'Falta una pieza.', 'hasta', t)))
FROM unnest('{mañana, infinity, 2040-09-03 08:00, 2040-13-01, 2040-02-30, 09/03/2040, 2040-09-03T24:00, 2040-09-03T08, 2040-09-03T08:60, 2040-09-03T08:00:60Z, 2040-09-03T08:00:00., 2040-09-03T08:00+16, 2040-09-03T08:00+05:60, 2040-09-03T08:00ZZ, 2040-09-03T08:00 UTC}'::text[]) t;
SELECT prueba.err('SELECT * FROM ticket_sm.fn_ejecutar_lote(''pausar'', ARRAY[prueba.id(''l'')], ''{"motivo": "Falta.", "hasta": 20400903}'')');
SELECT prueba.swept('2040-09-03 05:01');
SELECT prueba.paused('n');
-- Good ones, in the zone of the desk or in their own.
SELECT prueba.new_in('z', 'ASIGNADO');
CREATE FUNCTION prueba.until(hasta text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	seen text;
BEGIN
	PERFORM ticket_sm.fn_ejecutar_lote('pausar', ARRAY[prueba.id('z')], jsonb_build_object('motivo', 'Falta una pieza.', 'hasta', hasta));
	SELECT timezone('UTC', t.pausado_hasta) INTO seen FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id('z');
	RAISE SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN seen;
END $$;
SELECT prueba.until(h) FROM unnest('{2040-10-03T08:00, 2040-10-03T08:00:00.123456789, 2040-10-03T08:00:30-05, 2040-10-03T08:00+0530, 2040-10-03T08:00:00+05:30, 2044-02-29, 2040-10-03T23:59:59.9Z}'::text[]) h;
UPDATE helpdesk.configuracion SET zona_horaria = 'UTC';
SELECT count(*) FROM ticket_sm.fn_verificar();
-- What fn_verificar sees: another end than the history tells; a look that comes too late.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE helpdesk.ticket SET pausado_hasta = pausado_hasta - interval '1 day' WHERE ticket_uuid = prueba.id('m');
UPDATE helpdesk.ticket SET sla_revisar_en = NULL WHERE ticket_uuid = prueba.id('l');
SELECT a.alias, v.problema, v.detalle FROM ticket_sm.fn_verificar() v JOIN prueba.alias a ON a.id = v.ticket_uuid ORDER BY a.alias, v.detalle COLLATE "C";
ROLLBACK;

------------------------------------------------------------------------
-- What is resolved is closed
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
UPDATE helpdesk.configuracion SET eventos = '{archivar}';
INSERT INTO helpdesk.calendario VALUES ('oficina', 'America/Bogota');
INSERT INTO helpdesk.horario SELECT 'oficina', d, '08:00', '17:00' FROM generate_series(1, 5) d;
INSERT INTO helpdesk.feriado VALUES ('oficina', '2040-01-09', NULL, NULL, 'Reyes');
SELECT prueba.at('2040-01-02 10:00'), prueba.new_in(s, s) FROM unnest('{NUEVO,ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,RESUELTO,CANCELADO,ARCHIVADO}'::text[]) s;
SELECT prueba.at('2040-01-02 11:00'), prueba.new_in(a, 'RESUELTO') FROM unnest('{abierto otra vez,con respuesta,con nota}'::text[]) a;
-- Off.
SELECT s FROM prueba.swept('2040-06-01 10:00') s WHERE s ~ 'archivar';
-- Values that are none; a calendar of the desk.
SELECT prueba.short('UPDATE helpdesk.configuracion SET cierre_automatico = ' || n) FROM unnest('{-1,0,3651}'::integer[]) n;
SELECT prueba.short('UPDATE helpdesk.configuracion SET cierre_calendario = ''otra''');
-- Whoever switches it on, or edits it, is told how many are due.
SET client_min_messages = notice;
BEGIN;
SELECT prueba.at('2040-06-01 10:00');
UPDATE helpdesk.configuracion SET cierre_automatico = 3;
UPDATE helpdesk.configuracion SET cierre_calendario = 'oficina', digitos = 6;
UPDATE helpdesk.configuracion SET digitos = 5;
UPDATE helpdesk.configuracion SET cierre_automatico = NULL;
ROLLBACK;
SELECT prueba.at('2040-01-02 12:00');
UPDATE helpdesk.configuracion SET cierre_automatico = 3;
SET client_min_messages = warning;
-- From the last time that it was resolved; what is said in between starts anew; a note does not.
SELECT prueba.at('2040-01-04 12:00'), (ticket_sm.fn_reabrir(prueba.id('abierto otra vez'), 'Sigue igual.')).version, prueba.reply('con respuesta'),
	(ticket_sm.fn_actualizar(prueba.id('con nota'), 'Una nota.')).version;
SELECT prueba.at('2040-01-04 13:00'), (ticket_sm.fn_resolver(prueba.id('abierto otra vez'))).estado;
SELECT count(*) FROM prueba.swept('2040-01-05 09:59') s WHERE s ~ 'archivar';
SELECT s FROM prueba.swept('2040-01-05 10:01') s WHERE s ~ 'archivar';
SELECT s FROM prueba.swept('2040-01-05 11:01') s WHERE s ~ 'archivar';
SELECT s FROM prueba.swept('2040-01-20 10:00') s WHERE s ~ 'archivar';
SELECT s FROM prueba.swept('2040-01-20 10:00') s WHERE s ~ 'archivar';
SELECT prueba.history('RESUELTO', 4);
SELECT a.alias, t.estado, t.abierto FROM helpdesk.ticket t JOIN prueba.alias a ON a.id = t.ticket_uuid ORDER BY a.alias COLLATE "C";
SELECT prueba.mask((e.datos - 'agente_id')::text) FROM helpdesk.evento e WHERE e.ticket_uuid = prueba.id('RESUELTO');
-- Where a reply leaves a solved ticket solved, it does not put that off.
UPDATE helpdesk.transicion SET estado_destino = 'RESUELTO' WHERE operacion = 'responder' AND estado_origen = 'RESUELTO';
SELECT prueba.at('2040-02-01 10:00'), prueba.new_in('gracias', 'RESUELTO');
SELECT prueba.at('2040-02-03 10:00'), prueba.reply('gracias');
SELECT s FROM prueba.swept('2040-02-04 10:01') s WHERE s ~ 'archivar';
-- Whoever ends a parent is told of its children; of a duplicate, nothing.
SELECT prueba.at('2040-02-05 10:00'), prueba.new_in('padre', 'RESUELTO'), prueba.new_in('hijo', 'ASIGNADO');
SELECT (ticket_sm.fn_vincular(prueba.id('padre'), prueba.id('hijo'), 'padre', 'Es parte de lo mismo.')).estado;
SELECT s FROM prueba.swept('2040-02-10 10:00') s WHERE s ~ 'archivar';
-- Many at once: the oldest first, no more than asked for; and one that fails holds up nobody.
SELECT prueba.at(timestamptz '2040-02-11 10:00' + n * interval '1 hour'), prueba.new_in('m' || n, 'RESUELTO') FROM generate_series(1, 5) n;
CREATE OR REPLACE FUNCTION prueba.stop_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.ticket_uuid = prueba.id('m2') THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
CREATE TRIGGER alto BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.stop_it();
SET client_min_messages = error;
-- (what is left of their clocks comes first)
SELECT count(*) FROM prueba.swept('2040-02-14 10:30') s WHERE s ~ 'archivar';
SELECT prueba.swept('2040-02-20 10:00', 2);
SELECT prueba.swept('2040-02-20 10:00', 2);
SET client_min_messages = warning;
DROP TRIGGER alto ON helpdesk.ticket;
SELECT prueba.swept('2040-02-20 10:00', 2);
-- By open days: resolved on a Thursday at 15:00 of Bogotá, due three of them later at the same time; Monday is a holiday.
UPDATE helpdesk.configuracion SET cierre_calendario = 'oficina';
SELECT prueba.at('2040-01-05 20:00+00'), prueba.new_in('jueves', 'RESUELTO'), prueba.at('2040-01-06 23:30+00'), prueba.new_in('viernes tarde', 'RESUELTO');
SELECT s FROM prueba.swept('2040-01-11 19:59') s WHERE s ~ 'archivar';
SELECT s FROM prueba.swept('2040-01-11 20:01') s WHERE s ~ 'archivar';
SELECT s FROM prueba.swept('2040-01-13 12:59') s WHERE s ~ 'archivar';
SELECT s FROM prueba.swept('2040-01-13 13:01') s WHERE s ~ 'archivar';
-- At any time those are closed, and no others, whose days are over by the calendar.
SELECT count(*) FROM generate_series(0, 24) n, LATERAL (SELECT prueba.at(timestamptz '2040-01-12 09:30+00' + n * interval '5 hours'), prueba.new_in('h' || n, 'RESUELTO')) x;
CREATE FUNCTION prueba.closed_at(moment timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	closed integer := count(*) FROM prueba.swept(moment) s WHERE s ~ 'archivar';
BEGIN
	RETURN format('%s closed, %s not right', closed, (SELECT count(*) FROM helpdesk.ticket t JOIN prueba.alias a ON a.id = t.ticket_uuid
		WHERE a.alias ~ '^h\d' AND t.abierto <> (ticket_sm.fn_sla_sumar('oficina', t.resuelto_en, ticket_sm.fn_sla_dias('oficina', t.resuelto_en, 3)) > moment)));
END $$;
SELECT prueba.closed_at(d) FROM unnest('{2040-01-16 13:00+00, 2040-01-18 13:10+00, 2040-01-18 21:29+00, 2040-01-19 15:00+00, 2040-01-22 22:00+00, 2040-01-31 12:00+00}'::timestamptz[]) d;
-- A calendar by another name, and one that is never open: the rest is done all the same.
UPDATE helpdesk.calendario SET nombre = 'despacho' WHERE nombre = 'oficina';
SELECT cierre_calendario FROM helpdesk.configuracion;
SELECT prueba.short('DELETE FROM helpdesk.calendario WHERE nombre = ''despacho''');
INSERT INTO helpdesk.calendario VALUES ('nunca', 'UTC');
SELECT prueba.err('UPDATE helpdesk.configuracion SET cierre_calendario = ''nunca''');
INSERT INTO helpdesk.horario VALUES ('nunca', 1, '08:00', '09:00');
UPDATE helpdesk.configuracion SET cierre_calendario = 'nunca';
DELETE FROM helpdesk.horario WHERE calendario = 'nunca';
SELECT prueba.at('2040-03-01 10:00'), prueba.new_in('x', 'ASIGNADO'), prueba.new_in('y', 'RESUELTO');
SELECT (ticket_sm.fn_pausar(prueba.id('x'), 'Falta una pieza.', hasta => '2040-03-02 10:00')).estado;
\set VERBOSITY terse
SELECT s FROM prueba.swept('2040-05-01 10:00') s WHERE s ~ '^[xy]';
\set VERBOSITY default
UPDATE helpdesk.configuracion SET cierre_calendario = NULL;
-- A machine without archivar from there closes nothing.
DELETE FROM helpdesk.transicion WHERE operacion = 'archivar' AND estado_origen = 'RESUELTO';
SELECT s FROM prueba.swept('2040-05-01 11:00') s WHERE s ~ '^[xy]';
INSERT INTO helpdesk.transicion VALUES ('archivar', 'RESUELTO', 'ARCHIVADO');
DELETE FROM helpdesk.permiso WHERE operacion = 'archivar';
SELECT s FROM prueba.swept('2040-05-01 11:00') s WHERE s ~ '^[xy]';
SELECT problema, detalle FROM ticket_sm.fn_verificar();
SELECT prueba.at(now());
