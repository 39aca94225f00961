-- Clocks: what is refused before it can stop anybody, what is left of a target in
-- open time, and that the figures of a desk agree whoever asks.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET datestyle = 'ISO, YMD';
SELECT prueba.fresh_mesa();

------------------------------------------------------------------------
-- Time zones are names
------------------------------------------------------------------------

SELECT z, prueba.short(format('INSERT INTO helpdesk.calendario VALUES (''z'' || %L, %L)', z, z)),
	split_part(prueba.try(format('UPDATE helpdesk.calendario SET zona_horaria = %L WHERE nombre = ''CO''', z)), ' ', 1),
	split_part(prueba.try(format('UPDATE helpdesk.configuracion SET zona_horaria = %L', z)), ' ', 1)
FROM unnest('{UTC-5, UTC+5, -5, +05:30, 5, <-05>5, FOO+5, "FOO+5BAR,M3.2.0,M11.1.0", UTC, America/Bogota, america/bogota, Europe/Madrid, Nowhere/City, America/Bogota5, Etc/GMT+5, etc/gmt-14, Etc/GMT+13, Etc/GMT-5x, EST5EDT, GMT0, GMT1, America/Port-au-Prince}'::text[]) z;
SELECT prueba.err('UPDATE helpdesk.configuracion SET zona_horaria = ''UTC-5''');
-- One that is there already stays, whatever else is edited; and is asked for when it is written again.
SET session_replication_role = replica;
UPDATE helpdesk.configuracion SET zona_horaria = 'UTC-5';
INSERT INTO helpdesk.calendario VALUES ('viejo', 'UTC-5');
RESET session_replication_role;
SELECT prueba.try('UPDATE helpdesk.configuracion SET digitos = 6'), prueba.try($$UPDATE helpdesk.calendario SET nombre = 'antiguo' WHERE nombre = 'viejo'$$),
	prueba.try($$INSERT INTO helpdesk.horario VALUES ('viejo', 1, '08:00', '09:00')$$), prueba.short($$UPDATE helpdesk.calendario SET zona_horaria = 'UTC-4' WHERE nombre = 'viejo'$$);
UPDATE helpdesk.configuracion SET zona_horaria = 'UTC';
DELETE FROM helpdesk.calendario WHERE nombre = 'viejo';

------------------------------------------------------------------------
-- What is left, in open time
------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION prueba.at(timestamptz) RETURNS void LANGUAGE sql
	RETURN (SELECT NULL FROM set_config('ticket_sm.desfase_reloj', ceil(extract(epoch FROM $1 - clock_timestamp()))::bigint::text, false));
CREATE FUNCTION prueba.half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN trunc(round($1 * 2) / 2 + 0.0, 1);
CREATE FUNCTION prueba.half(interval) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN prueba.half(extract(epoch FROM $1) / 3600);
-- Open Monday to Friday, 8 to 17.  2040-01-06 is a Friday.
INSERT INTO helpdesk.calendario VALUES ('oficina', 'UTC');
INSERT INTO helpdesk.horario SELECT 'oficina', d, '08:00', '17:00' FROM generate_series(1, 5) d;
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas, calendario) VALUES ('resolucion', 'MEDIA', 8, 'oficina');
CREATE EXTENSION pgcrypto SCHEMA public;
SELECT ticket_sm.crear_api();

-- A ticket by all who tell of it - fn_sla_explicar, bandeja, fn_bandeja, dashboard, dashboard_metricas -: the
-- hours left, to half an hour, and whether it is overdue.
CREATE FUNCTION prueba.left(name text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', t.estado, 'hours', prueba.half(e.restante), prueba.half(b.horas_restantes), prueba.half(f.horas_restantes), prueba.half(d.horas_restantes), prueba.half(m.horas_restantes_sla),
		'overdue', b.vencido, f.vencido, d.vencido, m.sla_vencido, CASE WHEN t.sla_incumplido_en IS NOT NULL THEN 'missed' END)
	FROM helpdesk.ticket t
	LEFT JOIN LATERAL (SELECT x.restante FROM ticket_sm.fn_sla_explicar(t.ticket_uuid) WITH ORDINALITY x ORDER BY x.ordinality DESC LIMIT 1) e ON true
	LEFT JOIN helpdesk.bandeja b USING (ticket_uuid) LEFT JOIN ticket_sm.fn_bandeja() f USING (ticket_uuid)
	LEFT JOIN api.dashboard d USING (ticket_uuid) LEFT JOIN api.dashboard_metricas m ON m.uuid = t.ticket_uuid
	WHERE t.ticket_uuid = prueba.id(name)
$$;
CREATE FUNCTION prueba.then(moment timestamptz, name text, operation text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM prueba.at(moment);
	IF operation IS NOT NULL THEN
		EXECUTE format('SELECT ticket_sm.fn_%s(%L%s)', operation, prueba.id(name), CASE operation WHEN 'resolver' THEN '' ELSE ', motivo => ''Por algo.''' END);
	END IF;
	RETURN prueba.left(name);
END $$;
SELECT prueba.at('2040-01-06 16:00'), prueba.new_in('a', 'ASIGNADO');
SELECT prueba.then('2040-01-06 16:30', 'a');
SELECT prueba.then('2040-01-07 12:00', 'a');
SELECT prueba.then('2040-01-09 08:00', 'a', 'pausar');
SELECT prueba.then('2040-01-10 08:00', 'a', 'reabrir');
-- Used up at 15:00; a pause after that does not count either.
SELECT prueba.then('2040-01-10 16:00', 'a');
SELECT prueba.then('2040-01-10 20:00', 'a', 'pausar');
SELECT prueba.then('2040-01-12 08:00', 'a', 'reabrir');
SELECT prueba.then('2040-01-12 10:00', 'a');
-- Resolved late: nothing that could still be done about it, so in no list of what is overdue.
SELECT prueba.then('2040-01-12 10:00', 'a', 'resolver');
SELECT count(*) FROM ticket_sm.fn_bandeja(vencido => true) WHERE ticket_uuid = prueba.id('a');
SELECT count(*) FROM ticket_sm.fn_bandeja(vencido => false) WHERE ticket_uuid = prueba.id('a');
SELECT prueba.then('2040-01-13 10:00', 'a', 'archivar');
-- A target used up exactly at closing: nothing is left, and from then on it is late.
UPDATE helpdesk.sla_politica SET horas = 9;
SELECT prueba.at('2040-01-13 07:00'), prueba.new_in('b', 'ASIGNADO');
SELECT prueba.then('2040-01-13 16:00', 'b');
SELECT prueba.then('2040-01-13 20:00', 'b');
SELECT prueba.then('2040-01-13 21:00', 'b', 'pausar');
SELECT prueba.then('2040-01-16 07:00', 'b', 'reabrir');
SELECT prueba.then('2040-01-16 08:00', 'b', 'resolver');

-- A stretch of no length is not "outside of opening hours".
BEGIN;
SELECT prueba.at('2040-01-17 10:00'), prueba.new_ticket('c');
SET LOCAL session_replication_role = replica;
UPDATE helpdesk.historial SET ocurrido_en = '2040-01-17 10:30' WHERE ticket_uuid = prueba.id('c');
UPDATE helpdesk.ticket SET fecha_creacion = '2040-01-17 10:30', actualizado_en = '2040-01-17 10:30' WHERE ticket_uuid = prueba.id('c');
SET LOCAL session_replication_role = origin;
SELECT (ticket_sm.fn_asignar(prueba.id('c'))).version;
SELECT estado, motivo, tiempo FROM ticket_sm.fn_sla_explicar(prueba.id('c'));
ROLLBACK;
SELECT prueba.at('2040-01-21 10:00'), prueba.new_in('c', 'ASIGNADO'), prueba.at('2040-01-21 11:00');
SELECT estado, motivo, prueba.half(tiempo) FROM ticket_sm.fn_sla_explicar(prueba.id('c'));

-- The function behind the views tells nobody of tickets that he may not see.
SELECT prueba.at('2040-02-01 10:00'), prueba.new_in('d', 'ASIGNADO', '{"area": "SOPORTE"}'), prueba.at('2040-02-07 10:00');
SELECT r, prueba.as_role(r, format('SELECT prueba.half(ticket_sm.sla_restante(''helpdesk.ticket'', %L, 2, 1, ''9 h'', ''2040-02-02 10:00'', NULL))', prueba.id('d')))
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe}'::text[]) r;
SELECT prueba.err('SELECT ticket_sm.sla_restante(NULL, NULL, 1, 1, ''9 h'', now(), NULL)'), prueba.err('SELECT ticket_sm.sla_restante(''helpdesk.area'', prueba.id(''d''), 1, 1, ''9 h'', now(), NULL)');
SELECT ticket_sm.sla_restante('helpdesk.ticket', NULL, 1, 1, '9 h', now(), '3 h'), ticket_sm.sla_restante('helpdesk.ticket', NULL, 1, 1, '9 h', now(), NULL) IS NULL;

DROP SCHEMA api CASCADE;
DROP EXTENSION pgcrypto;

------------------------------------------------------------------------
-- Each area one figure, whoever asks
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
-- Paused for two hours in SOPORTE, then handed to REDES; and one of REDES' own.
SELECT prueba.at('2040-01-02 10:00'), prueba.new_in('p', 'ASIGNADO', '{"area": "SOPORTE"}'), prueba.new_in('q', 'ASIGNADO');
SELECT prueba.at('2040-01-02 11:00'), (ticket_sm.fn_pausar(prueba.id('p'), 'Falta una pieza.')).version;
SELECT prueba.at('2040-01-02 13:00'), (ticket_sm.fn_reabrir(prueba.id('p'), 'Llegó.')).version;
SELECT prueba.at('2040-01-02 14:00'), (ticket_sm.fn_transferir(prueba.id('p'), 'REDES', 'Es de redes.')).version;
SELECT prueba.at('2040-01-02 16:00');
SELECT r, prueba.as_role(r, $$SELECT string_agg(concat_ws(' ', area, tickets, con_pausa, prueba.half(tiempo), prueba.half(tiempo_en_pausa), porcentaje), ', ' ORDER BY area) FROM helpdesk.sla_pausas$$)
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe, regress_nadie}'::text[]) r;
-- What is asked along with it sees the areas that it shows and no others.
CREATE FUNCTION prueba.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
	IF $1 <> 'SOPORTE' THEN
		RAISE EXCEPTION 'peeked at %', $1;
	END IF;
	RETURN true;
END $$;
SELECT prueba.as_role('regress_saul', format('SELECT string_agg(area, '' '') FROM helpdesk.%s WHERE prueba.peek(area)', v)) FROM unnest('{sla_pausas, sla_pausas_mes}'::text[]) v;
-- By months the figures are the same, whoever asks.
SELECT r, prueba.as_role(r, $$SELECT string_agg(concat_ws(' ', area, mes, tickets, con_pausa, prueba.half(tiempo), prueba.half(tiempo_en_pausa)), ', ' ORDER BY area) FROM helpdesk.sla_pausas_mes$$)
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe, regress_nadie}'::text[]) r;
RESET ticket_sm.desfase_reloj;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- A breach that never was
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
INSERT INTO helpdesk.calendario VALUES ('oficina', 'UTC');
INSERT INTO helpdesk.horario SELECT 'oficina', d, '08:00', '17:00' FROM generate_series(1, 5) d;
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas, calendario) VALUES ('resolucion', 'MEDIA', 8, 'oficina'), ('atencion', 'MEDIA', 8, 'oficina');
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas) VALUES ('resolucion', 'BAJA', 72), ('resolucion', 'CRITICA', 2), ('atencion', 'CRITICA', 1);
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, area, horas) VALUES ('resolucion', 'CRITICA', 'SOPORTE', 90);

-- What the clock told of a ticket: version, operation, when, what it says, who and why.
CREATE FUNCTION prueba.said(name text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', h.version, h.operacion, to_char(h.ocurrido_en, 'DD HH24:MI'), regexp_replace(h.sla::text, ':\d\d(\.\d+)?\+00:00', '', 'g'), 'by ' || h.actor_rol, h.motivo)
	FROM helpdesk.historial h WHERE h.ticket_uuid = prueba.id(name) AND (h.operacion IN ('vencer', 'retirar', 'recalcular') OR h.operacion = 'reclasificar') ORDER BY h.version
$$;
CREATE FUNCTION prueba.stands(name text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', t.estado, 'v' || t.version, 'due ' || to_char(t.fecha_limite_sla, 'DD HH24:MI'), 'told ' || t.sla_aviso, 'MISSED ' || to_char(t.sla_incumplido_en, 'DD HH24:MI'),
		'| attention due ' || to_char(t.atencion_limite, 'DD HH24:MI'), 'told ' || t.atencion_aviso, 'MISSED ' || to_char(t.atencion_incumplido_en, 'DD HH24:MI'),
		(SELECT string_agg(v.detalle, '; ') FROM ticket_sm.fn_verificar(t.ticket_uuid) v))
	FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id(name)
$$;
CREATE FUNCTION prueba.does(moment timestamptz, name text, who name, operation text, VARIADIC args text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM prueba.at(moment);
	PERFORM set_config('role', who, true);
	answer := prueba.err(format('SELECT ticket_sm.fn_%s(%L, %s)', operation, prueba.id(name), array_to_string(args, ', ')));
	PERFORM set_config('role', 'none', true);
	RETURN CASE answer WHEN 'ok' THEN prueba.stands(name) ELSE answer END;
END $$;

-- A forgotten holiday: told, withdrawn, and then really missed; and of one that is put right before it was told.
SELECT prueba.at('2040-03-05 14:00'), prueba.new_in('feriado', 'ASIGNADO'), prueba.new_in('primera', 'NUEVO'), prueba.new_in('parado', 'ASIGNADO');
SELECT prueba.does('2040-03-06 14:30', 'parado', 'regress_mario', 'pausar', 'motivo => ''Falta algo.''');
SELECT prueba.at('2040-03-06 16:30');
SELECT count(*) FROM ticket_sm.fn_sla_barrer();
INSERT INTO helpdesk.feriado VALUES ('oficina', '2040-03-06', NULL, NULL, 'Cívico');
SELECT prueba.at('2040-03-07 08:00'), prueba.new_in('otro', 'ASIGNADO');
SELECT prueba.stands(a) FROM unnest('{feriado, primera, parado, otro}'::text[]) a;
SELECT ticket_sm.fn_sla_recalcular('oficina'), ticket_sm.fn_sla_recalcular('oficina');
SELECT prueba.stands(a) FROM unnest('{feriado, primera, parado, otro}'::text[]) a;
SELECT a, prueba.said(a) FROM unnest('{feriado, primera, parado}'::text[]) a;
SELECT operacion, datos ->> 'objetivo', datos ->> 'umbral', left(datos ->> 'limite', 16) FROM helpdesk.evento WHERE ticket_uuid = prueba.id('primera') ORDER BY evento_id;
SELECT prueba.does('2040-03-07 10:00', 'feriado', 'regress_mario', 'resolver', 'respuesta => ''Listo.''');
SELECT resueltos, resolucion_cumplida, resolucion_porcentaje FROM helpdesk.sla_cumplimiento;
SELECT prueba.at('2040-03-07 13:30');
SELECT count(*) FROM ticket_sm.fn_sla_barrer();
SELECT prueba.stands('primera');
SELECT prueba.said('primera');
-- Put right before anybody has told of it: all in one.
SELECT prueba.at('2040-03-08 14:00'), prueba.new_in('callado', 'ASIGNADO'), prueba.at('2040-03-09 16:30');
INSERT INTO helpdesk.feriado VALUES ('oficina', '2040-03-09', NULL, NULL, 'Otro');
SELECT ticket_sm.fn_sla_recalcular() > 0, prueba.stands('callado');
SELECT prueba.said('callado');

-- A wrong click, and back.  By ADMIN it is withdrawn at once, by MESA when ADMIN recalculates; and the real one is told at hour 72.
SELECT prueba.at('2040-04-02 08:00'), prueba.new_in(a, 'ASIGNADO', '{"prioridad": "BAJA"}') FROM unnest('{clic, clac}'::text[]) a;
SELECT prueba.does('2040-04-02 12:00', 'clic', 'regress_ana', 'reclasificar', 'prioridad => ''CRITICA''', 'motivo => ''Sin querer.''');
SELECT prueba.does('2040-04-02 12:01', 'clic', 'regress_ana', 'asignar', 'motivo => ''Otra vez.''');
SELECT prueba.does('2040-04-02 12:02', 'clic', 'regress_ana', 'reclasificar', 'prioridad => ''BAJA''', 'motivo => ''Era BAJA.''');
SELECT prueba.said('clic');
SELECT prueba.does('2040-04-02 12:00', 'clac', 'regress_mario', 'reclasificar', 'prioridad => ''CRITICA''', 'motivo => ''Sin querer.''');
SELECT prueba.does('2040-04-02 12:01', 'clac', 'regress_mario', 'asignar', 'motivo => ''Otra vez.''');
SELECT prueba.does('2040-04-02 12:02', 'clac', 'regress_mario', 'reclasificar', 'prioridad => ''BAJA''', 'motivo => ''Era BAJA.''');
SELECT ticket_sm.fn_sla_recalcular(), prueba.stands('clac');
SELECT prueba.said('clac');
SELECT prueba.at('2040-04-05 08:30');
SELECT s.operacion, s.objetivo FROM ticket_sm.fn_sla_barrer() s WHERE s.ticket_uuid IN (prueba.id('clic'), prueba.id('clac')) AND s.operacion = 'vencer';

-- What was missed in force stays, whoever gives the ticket another class, area or target, ADMIN included.
SELECT prueba.at('2040-05-01 08:00'), prueba.new_in(a, 'ASIGNADO', '{"prioridad": "CRITICA"}') FROM unnest('{real, real2, real3}'::text[]) a;
SELECT prueba.at('2040-05-01 10:30');
SELECT count(*) FROM ticket_sm.fn_sla_barrer();
SELECT prueba.does('2040-05-01 11:00', 'real', 'regress_mario', 'reclasificar', 'prioridad => ''BAJA''', 'motivo => ''Para ganar tiempo.''');
SELECT prueba.does('2040-05-01 11:00', 'real2', 'regress_ana', 'reclasificar', 'prioridad => ''BAJA''', 'motivo => ''Para ganar tiempo.''');
SELECT prueba.does('2040-05-01 11:00', 'real3', 'regress_mario', 'transferir', 'area => ''SOPORTE''', 'motivo => ''Es de soporte.''');
SELECT ticket_sm.fn_sla_recalcular() > 0, prueba.stands('real'), prueba.stands('real2'), prueba.stands('real3');
-- ADMIN withdraws the target itself: then it is none.
SELECT prueba.at('2040-05-02 08:00'), prueba.new_in('largo', 'ASIGNADO', '{"prioridad": "CRITICA"}'), prueba.at('2040-05-02 10:30');
SELECT count(*) FROM ticket_sm.fn_sla_barrer() s WHERE s.ticket_uuid = prueba.id('largo') AND s.operacion = 'vencer';
UPDATE helpdesk.sla_politica SET horas = 20 WHERE prioridad = 'CRITICA' AND area IS NULL AND objetivo = 'resolucion';
SELECT ticket_sm.fn_sla_recalcular() > 0, prueba.stands('largo');
-- Only ADMIN may.
SELECT prueba.told_as('regress_mario', 'SELECT ticket_sm.fn_sla_recalcular()');
RESET ticket_sm.desfase_reloj;
SELECT * FROM ticket_sm.fn_verificar();
