-- The SLA clock: policies, the two stopwatches, breaches and warnings, the
-- sweep, the explanation, the metrics and the outbox.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET datestyle = 'ISO, YMD';
SELECT prueba.fresh_mesa();

-- The clock of the tickets is set to a time, unless that is what it shows: it is
-- never set back within a ticket's life.  2040-01-02 is a Monday.
CREATE FUNCTION prueba.at(timestamptz) RETURNS void LANGUAGE sql
	RETURN (SELECT NULL FROM set_config('ticket_sm.desfase_reloj', CASE
		WHEN clock_timestamp() + current_setting('ticket_sm.desfase_reloj')::interval BETWEEN $1 AND $1 + interval '20 s'
		THEN current_setting('ticket_sm.desfase_reloj')
		ELSE ceil(extract(epoch FROM $1 - clock_timestamp()))::bigint::text END, false));

-- To the minute: what a slow machine takes does not show.
CREATE FUNCTION prueba.time(timestamptz) RETURNS text LANGUAGE sql STABLE
	RETURN to_char($1 + interval '30 s', 'Dy DD HH24:MI');
CREATE FUNCTION prueba.span(interval) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN (SELECT concat(CASE WHEN m < 0 THEN '-' END, abs(m) / 60, ':', lpad((abs(m) % 60)::text, 2, '0'))
		FROM (SELECT round(extract(epoch FROM $1) / 60)::integer AS m) x WHERE $1 IS NOT NULL);

-- What does not agree of a ticket: its row, its explanation, fn_verificar().
CREATE FUNCTION prueba.wrong(wanted uuid) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t record;
	x record;
	before record;
	sum interval;
BEGIN
	SELECT * INTO STRICT t FROM helpdesk.ticket WHERE ticket_uuid = wanted;
	RETURN QUERY SELECT 'WRONG: ' || v.detalle FROM ticket_sm.fn_verificar(t.ticket_uuid) v;
	FOR x IN SELECT e.*, lag(e.hasta) OVER w AS antes, lag(e.acumulado) OVER w AS suma
		FROM ticket_sm.fn_sla_explicar(t.ticket_uuid) WITH ORDINALITY e WINDOW w AS (PARTITION BY e.objetivo ORDER BY e.ordinality)
	LOOP
		IF x.antes <> x.desde OR x.acumulado <> coalesce(x.suma, '0') + x.tiempo OR x.restante <> x.meta - x.acumulado
			OR NOT x.cuenta AND x.tiempo <> '0' OR x.desde > x.hasta THEN
			RETURN NEXT 'WRONG: ' || x;
		END IF;
		IF x.objetivo = 'atencion' AND (x.meta, x.fecha_limite) IS DISTINCT FROM (t.atencion_objetivo, t.atencion_limite) THEN
			RETURN NEXT 'WRONG: ' || x;
		END IF;
		before := x;
	END LOOP;
	-- the last row is what stands in the ticket
	IF before.objetivo <> 'resolucion' OR before.meta <> t.sla_objetivo OR before.estado <> t.estado
		OR before.fecha_limite IS DISTINCT FROM t.fecha_limite_sla OR before.restante <> t.sla_restante THEN
		RETURN NEXT 'WRONG: ' || before;
	END IF;
	-- the deadline is what was left when the clock began to run
	IF t.sla_restante IS NULL AND t.fecha_limite_sla >= before.desde THEN
		sum := ticket_sm.sla_tiempo('helpdesk.ticket', t.sla_calendario, before.desde, t.fecha_limite_sla);
		IF sum <> before.restante + before.tiempo THEN
			RETURN NEXT format('WRONG: %s between start and deadline, %s left', sum, before.restante + before.tiempo);
		END IF;
	END IF;
	-- the sweep never comes too late
	IF t.sla_restante IS NULL AND t.sla_incumplido_en IS NULL AND coalesce(t.sla_revisar_en > t.fecha_limite_sla, true)
		OR t.abierto AND t.atendido_en IS NULL AND t.atencion_incumplido_en IS NULL AND coalesce(t.sla_revisar_en > t.atencion_limite, t.atencion_limite IS NOT NULL)
	THEN
		RETURN NEXT format('WRONG: the sweep looks at %s', t.sla_revisar_en);
	END IF;
END $$;

-- A ticket's clock in one line, and whether all that is said of it agrees.
CREATE FUNCTION prueba.clock(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	SELECT * INTO STRICT t FROM helpdesk.ticket WHERE ticket_uuid = prueba.id(name);
	RETURN concat_ws(' ', t.estado, 'v' || t.version, prueba.span(t.sla_objetivo),
		'due ' || prueba.time(t.fecha_limite_sla), 'left ' || prueba.span(t.sla_restante), 'told ' || t.sla_aviso,
		'MISSED ' || prueba.time(t.sla_incumplido_en),
		'| attention ' || prueba.span(t.atencion_objetivo), 'due ' || prueba.time(t.atencion_limite), 'told ' || t.atencion_aviso,
		'MISSED ' || prueba.time(t.atencion_incumplido_en), CASE WHEN t.atencion_limite IS NOT NULL THEN 'done ' || prueba.time(t.atendido_en) END,
		'| look ' || prueba.time(t.sla_revisar_en), (SELECT string_agg(w, '; ') FROM prueba.wrong(t.ticket_uuid) w));
END $$;

-- Set the clock, do something with a ticket, and look at it.
CREATE FUNCTION prueba.does(moment timestamptz, name text, what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	IF moment < (SELECT date_trunc('minute', t.actualizado_en) FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id(name)) THEN
		RETURN 'WRONG: the clock is set back';
	END IF;
	PERFORM prueba.at(moment);
	answer := prueba.err(replace(format('SELECT ticket_sm.fn_%s', replace(what, '(', format('(%L, ', prueba.id(name)))), ', )', ')'));
	RETURN CASE answer WHEN 'ok' THEN prueba.clock(name) ELSE answer END;
END $$;
CREATE FUNCTION prueba.made(moment timestamptz, name text, state text, overrides jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM prueba.at(moment);
	PERFORM prueba.new_in(name, state, overrides);
	RETURN prueba.clock(name);
END $$;

-- The sweep, by the names of the tickets.
CREATE FUNCTION prueba.sweep(moment timestamptz, limite integer DEFAULT 1000) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM prueba.at(moment);
	RETURN QUERY SELECT format('%s %s %s %s due %s v%s', a.alias, s.operacion, s.objetivo, s.umbral, prueba.time(s.fecha_limite), s.version)
		FROM ticket_sm.fn_sla_barrer(limite) s JOIN prueba.alias a ON a.id = s.ticket_uuid ORDER BY a.alias COLLATE "C", s.version;
END $$;

-- What the clock wrote into a ticket's history, and the operations between.
CREATE FUNCTION prueba.told(name text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', h.version, h.operacion, prueba.time(h.ocurrido_en), h.reloj,
		prueba.mask(nullif(coalesce(h.sla, '{}') || coalesce(h.cambios, '{}'), '{}')::text), 'by ' || replace(h.actor_nombre, session_user, '<session user>'))
	FROM helpdesk.historial h WHERE h.ticket_uuid = prueba.id(name) ORDER BY h.version
$$;

CREATE FUNCTION prueba.explain(name text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' | ', objetivo, prueba.time(desde), coalesce(prueba.time(hasta), '...'), estado, CASE WHEN cuenta THEN 'counts' ELSE 'not' END,
		motivo, prueba.span(tiempo), prueba.span(acumulado), prueba.span(meta), prueba.span(restante), coalesce(prueba.time(fecha_limite), 'no deadline'))
	FROM ticket_sm.fn_sla_explicar(prueba.id(name))
$$;

-- A row is given out when every transaction that came before has ended, so also a
-- worker of autovacuum: wait for that.
CREATE FUNCTION prueba.settle() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	WHILE (SELECT max(horizonte) FROM helpdesk.evento) > pg_snapshot_xmin(pg_current_snapshot()) LOOP
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;

-- Open Monday to Friday, 9 to 13 and 14 to 18.
INSERT INTO helpdesk.calendario VALUES ('oficina', 'UTC'), ('turno', 'UTC');
INSERT INTO helpdesk.horario SELECT 'oficina', d, h, h + interval '4 h' FROM generate_series(1, 5) d, unnest('{09:00, 14:00}'::time[]) h;
INSERT INTO helpdesk.horario SELECT 'turno', d, '06:00', '22:00' FROM generate_series(1, 7) d;

------------------------------------------------------------------------
-- Policies: which one holds
------------------------------------------------------------------------

-- Without any: the hours of the priority, round the clock, and no attention target.
SELECT prueba.made('2040-01-02 10:00', 'ninguna', 'NUEVO');

-- One for every set of criteria; the hours are the weight: 8 category, 4 area,
-- 2 type, 1 priority, and one more.
INSERT INTO helpdesk.sla_politica (objetivo, categoria, area, tipo, prioridad, horas)
SELECT 'resolucion', c, a, t::ticket_sm.ticket_type, p,
	1 + 8 * (c IS NOT NULL)::integer + 4 * (a IS NOT NULL)::integer + 2 * (t IS NOT NULL)::integer + (p IS NOT NULL)::integer
FROM unnest('{NULL, coRReo}'::text[]) c, unnest('{NULL, REDES}'::text[]) a, unnest('{NULL, INCIDENTE}'::text[]) t, unnest('{NULL, MEDIA}'::text[]) p;
CREATE FUNCTION prueba.given(overrides jsonb) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	PERFORM prueba.new_ticket('dado', overrides);
	RETURN (SELECT extract(hour FROM sla_objetivo) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('dado'));
END $$;
-- Every ticket is given the one of its own set: empty.
SELECT c, a, t, p, w, got
FROM unnest('{Correo, CORREO, Red}'::text[]) c, unnest('{REDES, SOPORTE}'::text[]) a, unnest('{INCIDENTE, QUEJA}'::text[]) t, unnest('{MEDIA, ALTA}'::text[]) p,
	LATERAL (SELECT 1 + 8 * (c ILIKE 'correo')::integer + 4 * (a = 'REDES')::integer + 2 * (t = 'INCIDENTE')::integer + (p = 'MEDIA')::integer AS w) w,
	LATERAL prueba.given(jsonb_build_object('categoria', c, 'area', a, 'tipo', t, 'prioridad', p)) got
WHERE got <> w;
-- As they go from the most specific on, the next one holds: all orders of weight.
BEGIN;
DO $$
DECLARE
	top integer;
	seen text := '';
BEGIN
	LOOP
		top := prueba.given('{}');
		seen := seen || ' ' || top;
		DELETE FROM helpdesk.sla_politica WHERE horas = top;
		EXIT WHEN NOT FOUND;
	END LOOP;
	INSERT INTO prueba.seen VALUES ('00000', 'orders' || seen);
END $$;
SELECT message FROM prueba.seen WHERE message LIKE 'orders%';
ROLLBACK;
-- A category beyond ASCII, in another case (of which locale C knows only ASCII's).
INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas) VALUES ('resolucion', 'Facturación', 21);
SELECT prueba.given('{"categoria": "FACTURACIóN"}'), prueba.given('{"categoria": "Facturacion"}');
-- An attention target is looked up by itself, in the same order.
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas) VALUES ('atencion', 'MEDIA', 1);
INSERT INTO helpdesk.sla_politica (objetivo, tipo, horas) VALUES ('atencion', 'INCIDENTE', 2);
SELECT prueba.made('2040-01-02 10:00', 'a', 'NUEVO'), prueba.made('2040-01-02 10:00', 'b', 'NUEVO', '{"tipo": "QUEJA", "prioridad": "MEDIA"}'),
	prueba.made('2040-01-02 10:00', 'c', 'NUEVO', '{"tipo": "QUEJA", "prioridad": "ALTA"}');

-- The same criteria twice, in any case; and what is no policy.
SELECT prueba.err(format('INSERT INTO helpdesk.sla_politica (objetivo, categoria, area, horas, dias_habiles, calendario, avisos) VALUES (%s)', v)) FROM unnest(ARRAY[
	$$'resolucion', 'CORREO', 'REDES', 1, NULL, '24x7', '{75}'$$,
	$$'solucion', 'x1', NULL, 1, NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, NULL, NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, 1, 1, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, 0.0001, NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, -1, NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, 87600.01, NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, 'NaN', NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, 'Infinity', NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, NULL, 0, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, NULL, 3651, '24x7', '{75}'$$,
	$$'resolucion', 'x1', 'LIMA', 1, NULL, '24x7', '{75}'$$,
	$$'resolucion', 'x1', NULL, 1, NULL, 'nunca', '{75}'$$,
	$$'resolucion', 'x1', NULL, 1, NULL, NULL, '{75}'$$,
	$$'resolucion', 'x1', NULL, 1, NULL, '24x7', '{0}'$$,
	$$'resolucion', 'x1', NULL, 1, NULL, '24x7', '{50, 100}'$$,
	$$'resolucion', 'x1', NULL, 1, NULL, '24x7', '{50, NULL}'$$,
	$$'resolucion', 'x1', NULL, 1, NULL, '24x7', NULL$$,
	$$'resolucion', ' x ', NULL, 1, NULL, '24x7', '{75}'$$,
	$$'resolucion', E'x\n1', NULL, 1, NULL, '24x7', '{75}'$$]) v;
SELECT prueba.try($$INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas) VALUES ('atencion', 'correo', 1)$$);
-- A second is the shortest target, and no warning at all is allowed.
SELECT prueba.try($$INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas, avisos) VALUES ('resolucion', 'x1', 0.0002, '{}')$$);
-- What policies and calendars hang on stays.
SELECT prueba.short($$DELETE FROM helpdesk.prioridad WHERE nombre = 'MEDIA'$$), prueba.short($$DELETE FROM helpdesk.area WHERE nombre = 'REDES'$$),
	prueba.short($$DELETE FROM helpdesk.calendario WHERE nombre = '24x7'$$);
-- Who may write them; versions nobody.
SELECT r, prueba.as_role(r, $$INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas) VALUES ('resolucion', 'zz', 1)$$),
	prueba.as_role(r, 'UPDATE helpdesk.sla_politica SET horas = 2 WHERE politica_id = 1'),
	prueba.as_role(r, 'DELETE FROM helpdesk.sla_politica WHERE politica_id = 1'),
	prueba.as_role(r, 'SELECT count(*) > 0 FROM helpdesk.sla_politica_version')
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_pepe}'::text[]) r;
SELECT prueba.err('UPDATE helpdesk.sla_politica_version SET horas = 99'), prueba.err('DELETE FROM helpdesk.sla_politica_version'),
	prueba.err('TRUNCATE helpdesk.sla_politica_version'),
	prueba.err($$INSERT INTO helpdesk.sla_politica_version (politica_id, version, vigente_desde, objetivo, calendario, avisos) VALUES (1, 9, now(), 'resolucion', '24x7', '{}')$$);

-- An area that is switched off keeps its policies, for the tickets it has.
INSERT INTO helpdesk.sla_politica (objetivo, area, horas) VALUES ('resolucion', 'SOPORTE', 22);
DELETE FROM helpdesk.sla_politica WHERE categoria IS NOT NULL OR tipo IS NOT NULL OR prioridad IS NOT NULL OR area = 'REDES';
SELECT prueba.made('2040-01-02 10:00', 'apagada', 'ASIGNADO', '{"area": "SOPORTE"}');
UPDATE helpdesk.area SET activa = false WHERE nombre = 'SOPORTE';
SELECT prueba.err(prueba.create_call('{"area": "SOPORTE"}'));
UPDATE helpdesk.sla_politica SET horas = 23 WHERE area = 'SOPORTE';
SELECT prueba.does('2040-01-02 10:30', 'apagada', 'reclasificar(subcategoria => ''x'', motivo => ''Más exacto.'')');
UPDATE helpdesk.area SET activa = true WHERE nombre = 'SOPORTE';
DELETE FROM helpdesk.sla_politica;

-- A ticket keeps the version it was given.  An edit makes the next one, an idle
-- one none, and what is deleted stays for those who have it.
INSERT INTO helpdesk.sla_politica (politica_id, objetivo, horas, calendario) VALUES (100, 'resolucion', 8, 'oficina');
CREATE FUNCTION prueba.policy(name text) RETURNS text LANGUAGE sql
	RETURN (SELECT format('policy %s version %s calendar %s version %s', p.politica_id, p.version, c.calendario, c.version) FROM helpdesk.ticket t
		LEFT JOIN helpdesk.sla_politica_version p ON p.version_id = t.sla_politica LEFT JOIN helpdesk.calendario_version c ON c.version_id = t.sla_calendario
		WHERE t.ticket_uuid = prueba.id(name));
SELECT prueba.made('2040-01-02 10:00', 'v1', 'ASIGNADO'), prueba.policy('v1');
UPDATE helpdesk.sla_politica SET horas = 8.0;
UPDATE helpdesk.sla_politica SET horas = 4 WHERE politica_id = 100;
SELECT prueba.made('2040-01-02 10:00', 'v2', 'ASIGNADO'), prueba.policy('v2'), prueba.policy('v1');
DELETE FROM helpdesk.sla_politica;
SELECT prueba.made('2040-01-02 10:00', 'v3', 'ASIGNADO'), prueba.policy('v3');
-- What operations do not ask for a policy leave them all as they are.
SELECT prueba.does('2040-01-02 11:00', 'v1', 'transferir(''SOPORTE'', ''Es de soporte.'')'), prueba.policy('v1');
SELECT prueba.does('2040-01-02 11:00', 'v1', 'asignar()'), prueba.policy('v1');
INSERT INTO helpdesk.sla_politica (politica_id, objetivo, horas, calendario) VALUES (100, 'resolucion', 8, 'oficina');
SELECT politica_id, version, horas FROM helpdesk.sla_politica_version WHERE politica_id = 100 ORDER BY version;
-- reclasificar looks it up again, also for a subcategory; the calendar as it is
-- now comes with another policy only.
INSERT INTO helpdesk.feriado VALUES ('oficina', '2040-01-03', NULL, NULL, 'Fiesta');
SELECT prueba.made('2040-01-02 17:00', 'fiesta', 'ASIGNADO'), prueba.policy('fiesta');
DELETE FROM helpdesk.feriado WHERE calendario = 'oficina';
SELECT prueba.does('2040-01-02 17:00', 'fiesta', 'reclasificar(subcategoria => ''x'', motivo => ''Más exacto.'')'), prueba.policy('fiesta');
SELECT prueba.does('2040-01-02 17:00', 'fiesta', 'asignar()');
UPDATE helpdesk.sla_politica SET horas = 9;
SELECT prueba.does('2040-01-02 17:00', 'fiesta', 'reclasificar(subcategoria => ''y'', motivo => ''Más exacto.'')'), prueba.policy('fiesta');

-- Business days: the same time of day, on open days.
UPDATE helpdesk.sla_politica SET horas = NULL, dias_habiles = 2;
SELECT prueba.made('2040-01-05 10:00', 'jueves', 'ASIGNADO'), prueba.made('2040-01-06 13:30', 'viernes', 'ASIGNADO'),
	prueba.made('2040-01-07 10:00', 'sábado', 'ASIGNADO');
-- Fractions of an hour are seconds; hours of the ticket are rounded up.
UPDATE helpdesk.sla_politica SET horas = 1.5, dias_habiles = NULL;
SELECT prueba.made('2040-01-06 17:00', 'media', 'ASIGNADO');
SELECT (SELECT sla_horas FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('media'));
-- To the close of the last day: of a business day, of hours that end before or after a break, on the next day, or begin when it is closed.
UPDATE helpdesk.sla_politica SET horas = NULL, dias_habiles = 1, al_cierre = true;
SELECT prueba.made('2040-01-05 10:00', 'cierre', 'ASIGNADO'), prueba.made('2040-01-06 10:00', 'cierre lunes', 'ASIGNADO'),
	prueba.made('2040-01-07 10:00', 'cierre sábado', 'ASIGNADO');
UPDATE helpdesk.sla_politica SET horas = 4, dias_habiles = NULL;
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario, al_cierre) VALUES ('atencion', 1, 'oficina', true);
SELECT prueba.made(m::timestamptz, 'cierre ' || m, 'ASIGNADO') FROM unnest('{2040-01-09 09:30, 2040-01-10 11:00, 2040-01-10 14:00, 2040-01-10 14:01, 2040-01-10 20:00}'::text[]) m;
SELECT horas, dias_habiles, al_cierre FROM helpdesk.sla_politica_version ORDER BY version_id DESC LIMIT 3;
-- What is left then is open time, and stays so: after a pause the deadline is where it is used up, not a closing time again.
SELECT prueba.made('2040-01-11 10:00', 'cierre pausa', 'ASIGNADO');
SELECT prueba.does('2040-01-11 11:00', 'cierre pausa', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-11 13:30', 'cierre pausa', 'reabrir(''Llegó.'')');
SELECT prueba.explain('cierre pausa');
-- Another class, or a holiday that was forgotten: it closes on another day.
SELECT prueba.made('2040-01-11 16:00', 'cierre otra', 'ASIGNADO');
SELECT prueba.does('2040-01-11 16:00', 'cierre otra', 'reclasificar(subcategoria => ''x'', motivo => ''Más exacto.'')');
INSERT INTO helpdesk.feriado VALUES ('oficina', '2040-01-12', NULL, NULL, 'Fiesta');
SELECT ticket_sm.fn_sla_recalcular('oficina') > 0, prueba.clock('cierre otra');
DELETE FROM helpdesk.feriado WHERE calendario = 'oficina';
UPDATE helpdesk.sla_politica SET al_cierre = false WHERE objetivo = 'resolucion';
SELECT prueba.does('2040-01-11 16:00', 'cierre otra', 'asignar()'), prueba.does('2040-01-11 16:00', 'cierre otra', 'reclasificar(subcategoria => ''y'', motivo => ''Más exacto.'')');
-- Where it is open around midnight, a day closes then, in the calendar's zone.
INSERT INTO helpdesk.calendario VALUES ('guardia', 'America/Bogota');
INSERT INTO helpdesk.horario SELECT 'guardia', dia, '00:00', '24:00' FROM generate_series(1, 7) dia;
UPDATE helpdesk.sla_politica SET al_cierre = true, calendario = 'guardia' WHERE objetivo = 'resolucion';
SELECT prueba.made('2040-01-11 16:00', 'cierre guardia', 'NUEVO');
DELETE FROM helpdesk.sla_politica WHERE objetivo = 'atencion';
UPDATE helpdesk.sla_politica SET al_cierre = false, calendario = 'oficina';
SELECT prueba.err('UPDATE helpdesk.sla_politica SET al_cierre = NULL');
-- A calendar that never opens is no target: no policy goes by it.
INSERT INTO helpdesk.calendario VALUES ('nunca', 'UTC');
UPDATE helpdesk.sla_politica SET calendario = 'nunca';

------------------------------------------------------------------------
-- The stopwatches
------------------------------------------------------------------------

DELETE FROM helpdesk.sla_politica;
INSERT INTO helpdesk.sla_politica (politica_id, objetivo, horas, calendario) VALUES (1, 'resolucion', 8, 'oficina'), (2, 'atencion', 2, 'oficina');

-- Attention: from the creation, in closed time from the opening, to the first
-- asignar and no other; no pause in it.
SELECT prueba.made('2040-01-06 17:30', 'at', 'NUEVO');
SELECT prueba.does('2040-01-09 10:00', 'at', 'asignar()');
SELECT prueba.does('2040-01-09 10:00', 'at', 'transferir(''SOPORTE'', ''Es de soporte.'')');
SELECT prueba.does('2040-01-09 15:00', 'at', 'asignar()');
SELECT prueba.explain('at');

-- Pauses in the ticket's own calendar.  8 h from Friday 14:00: 4 on Friday, 4 on Monday.
SELECT prueba.made('2040-01-06 14:00', 'finde', 'ASIGNADO');
-- over a weekend
SELECT prueba.does('2040-01-06 16:00', 'finde', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-09 10:00', 'finde', 'reabrir(''Llegó.'')');
-- over a night
SELECT prueba.does('2040-01-09 16:30', 'finde', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-10 09:30', 'finde', 'reabrir(''Llegó.'')');
SELECT prueba.explain('finde');
-- begun and ended in closed time, the same one and another
SELECT prueba.made('2040-01-06 14:00', 'cerrado', 'ASIGNADO');
SELECT prueba.does('2040-01-06 20:00', 'cerrado', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-08 20:00', 'cerrado', 'reabrir(''Llegó.'')');
SELECT prueba.does('2040-01-09 08:00', 'cerrado', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-09 20:00', 'cerrado', 'reabrir(''Llegó.'')');
SELECT prueba.explain('cerrado');
-- at lunch
SELECT prueba.does('2040-01-10 13:10', 'cerrado', 'resolver()');

-- To the microsecond.  A ticket gets a note, which is dated behind the
-- guard's back; the clock being behind that, the next event has the same time.
CREATE FUNCTION prueba.exactly(moment timestamptz, name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM prueba.at(moment - interval '1 h'), ticket_sm.fn_actualizar(prueba.id(name), 'nota');
	SET LOCAL session_replication_role = replica;
	UPDATE helpdesk.historial h SET ocurrido_en = moment FROM helpdesk.ticket t
	WHERE t.ticket_uuid = prueba.id(name) AND h.ticket_uuid = t.ticket_uuid AND h.version = t.version;
	UPDATE helpdesk.ticket SET actualizado_en = moment WHERE ticket_uuid = prueba.id(name);
	SET LOCAL session_replication_role = origin;
END $$;
CREATE FUNCTION prueba.raw(name text) RETURNS text LANGUAGE sql
	RETURN (SELECT concat_ws(' ', t.estado, t.fecha_limite_sla::text, t.sla_restante::text, 'MISSED ' || t.sla_incumplido_en) FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id(name));
BEGIN;
-- Created on a Saturday: due on Monday at 18:00 sharp, which is the closing too.
SELECT prueba.made('2040-01-07 14:00', 'exacto', 'ASIGNADO'), prueba.raw('exacto');
SAVEPOINT s;
-- at the closing of Monday morning, and until its opening
SELECT prueba.exactly('2040-01-09 13:00', 'exacto');
SELECT prueba.err($$SELECT ticket_sm.fn_pausar(prueba.id('exacto'), 'Falta una pieza.')$$), prueba.raw('exacto');
SELECT prueba.exactly('2040-01-09 14:00', 'exacto');
SELECT prueba.err($$SELECT ticket_sm.fn_reabrir(prueba.id('exacto'), 'Llegó.')$$), prueba.raw('exacto');
ROLLBACK TO s;
-- at the deadline: not late, and nothing left
SELECT prueba.exactly('2040-01-09 18:00', 'exacto');
SAVEPOINT s2;
SELECT prueba.err($$SELECT ticket_sm.fn_resolver(prueba.id('exacto'))$$), prueba.raw('exacto');
ROLLBACK TO s2;
SELECT prueba.err($$SELECT ticket_sm.fn_pausar(prueba.id('exacto'), 'Falta una pieza.')$$), prueba.raw('exacto');
-- taken up again it is still not late until the next instant, whatever the hour
SELECT prueba.exactly('2040-01-10 08:00', 'exacto');
SELECT prueba.err($$SELECT ticket_sm.fn_reabrir(prueba.id('exacto'), 'Llegó.')$$), prueba.raw('exacto');
ROLLBACK TO s;
-- a microsecond later it is
SELECT prueba.exactly('2040-01-09 18:00:00.000001', 'exacto');
SELECT prueba.err($$SELECT ticket_sm.fn_resolver(prueba.id('exacto'))$$), prueba.raw('exacto');
ROLLBACK;

-- continuar: the pause counts.  Switched while tickets are paused: what they do holds
-- until their next event.
UPDATE helpdesk.configuracion SET sla_en_pausa = 'continuar';
SELECT prueba.made('2040-01-06 14:00', 'sigue', 'ASIGNADO');
SELECT prueba.does('2040-01-06 16:00', 'sigue', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-09 10:00', 'sigue', 'actualizar(''nota'')');
UPDATE helpdesk.configuracion SET sla_en_pausa = 'detener';
SELECT prueba.does('2040-01-09 11:00', 'sigue', 'actualizar(''nota'')');
SELECT prueba.does('2040-01-09 16:00', 'sigue', 'actualizar(''nota'')');
UPDATE helpdesk.configuracion SET sla_en_pausa = 'continuar';
SELECT prueba.does('2040-01-09 17:00', 'sigue', 'actualizar(''nota'')');
SELECT prueba.does('2040-01-10 09:30', 'sigue', 'reabrir(''Llegó.'')');
UPDATE helpdesk.configuracion SET sla_en_pausa = 'detener';
SELECT prueba.explain('sigue');

-- The time it was resolved does not count, and a second resolution is the one that does.
SELECT prueba.made('2040-01-06 14:00', 'otra', 'ASIGNADO');
SELECT prueba.does('2040-01-06 17:00', 'otra', 'resolver()');
SELECT prueba.does('2040-01-10 10:00', 'otra', 'reabrir(''Sigue igual.'')');
SELECT prueba.does('2040-01-10 11:00', 'otra', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-10 12:00', 'otra', 'cancelar(''Ya no.'')');
SELECT prueba.explain('otra');
-- Filed away after it was resolved: nothing moves any more, whatever the time.
SELECT prueba.made('2040-01-06 14:00', 'listo', 'RESUELTO');
SELECT prueba.does('2040-03-01 11:00', 'listo', 'archivar(''Listo.'')');
SELECT prueba.explain('listo');

------------------------------------------------------------------------
-- Another policy, and breaches
------------------------------------------------------------------------

DELETE FROM helpdesk.sla_politica;
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas, calendario) VALUES ('resolucion', 'BAJA', 40, 'oficina'),
	('resolucion', 'MEDIA', 8, 'oficina'), ('resolucion', 'ALTA', 4, 'turno'), ('resolucion', 'URGENTE', 1, 'oficina');

-- Longer, then shorter: from the creation on, the pause kept.
SELECT prueba.made('2040-01-02 09:00', 'r', 'ASIGNADO');
SELECT prueba.does('2040-01-02 10:05', 'r', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-02 12:00', 'r', 'reabrir(''Llegó.'')');
SELECT prueba.does('2040-01-02 12:00', 'r', 'reclasificar(prioridad => ''BAJA'', motivo => ''Sin prisa.'')');
SELECT prueba.does('2040-01-02 12:00', 'r', 'asignar()');
-- another calendar: 4 h in the shift's
SELECT prueba.does('2040-01-02 12:30', 'r', 'reclasificar(prioridad => ''ALTA'', motivo => ''Con prisa.'')');
SELECT prueba.does('2040-01-02 12:30', 'r', 'asignar()');
-- Into the past: one hour was used up at 10:00, when the pause began.  The breach
-- follows the operation that brought it about.
SELECT prueba.does('2040-01-02 13:00', 'r', 'reclasificar(prioridad => ''URGENTE'', motivo => ''¡Ya!'')');
SELECT prueba.told('r');
-- Back to a longer one, by ADMIN: there is time again, and a breach of what was not in force then is withdrawn.
-- The later one is told, once for ever.
SELECT prueba.does('2040-01-02 13:00', 'r', 'asignar()');
SELECT prueba.does('2040-01-02 13:00', 'r', 'reclasificar(prioridad => ''BAJA'', motivo => ''Sin prisa.'')');
SELECT prueba.does('2040-03-01 13:00', 'r', 'asignar()');
SELECT prueba.does('2040-03-01 13:00', 'r', 'resolver()');
SELECT prueba.does('2040-03-02 13:00', 'r', 'reabrir(''Sigue igual.'')');
SELECT prueba.does('2040-03-02 13:00', 'r', 'transferir(''SOPORTE'', ''Es de soporte.'')');
SELECT prueba.does('2040-03-02 13:00', 'r', 'asignar()');
SELECT prueba.does('2040-03-02 13:00', 'r', 'archivar(''Listo.'')');
SELECT prueba.sweep('2040-03-03 13:00');
SELECT prueba.explain('r');
-- Into a run that has ended, when the clock does not run now.
SELECT prueba.made('2040-01-02 09:00', 'rp', 'ASIGNADO');
UPDATE helpdesk.transicion SET estado_destino = 'PAUSADO' WHERE operacion = 'reclasificar';
SELECT prueba.does('2040-01-02 12:00', 'rp', 'reclasificar(prioridad => ''URGENTE'', motivo => ''¡Ya!'')');
UPDATE helpdesk.transicion SET estado_destino = 'RECLASIFICADO' WHERE operacion = 'reclasificar';
SELECT prueba.told('rp');

-- An operation on a ticket that is late: the breach first, dated at the deadline, by
-- the one who came.  The caller's version is the one he saw.
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario) VALUES ('atencion', 2, 'oficina');
SELECT prueba.made('2040-01-02 09:00', 'tarde', 'NUEVO');
SELECT prueba.does('2040-01-04 09:00', 'tarde', 'asignar(version => 3)');
SELECT prueba.does('2040-01-04 09:00', 'tarde', 'asignar(version => 1)');
SELECT prueba.told('tarde');
SELECT prueba.does('2040-01-04 10:00', 'tarde', 'pausar(''Falta una pieza.'', version => 1)');
SELECT prueba.does('2040-01-04 10:00', 'tarde', 'pausar(''Falta una pieza.'', version => 4)');
-- What the caller gets tells it.
SELECT prueba.made('2040-01-02 09:00', 'tarde2', 'NUEVO'), prueba.at('2040-01-04 09:00');
SELECT estado_anterior, estado, version, prueba.time(fecha_limite_sla) FROM ticket_sm.fn_asignar(prueba.id('tarde2'));
-- A refused operation writes nothing, not even the breach.
SELECT prueba.made('2040-01-02 09:00', 'tarde3', 'NUEVO');
SELECT prueba.does('2040-01-02 11:30', 'tarde3', 'resolver()'), prueba.clock('tarde3');
-- A note too, and cancelling: what is never attended is missed as well.
SELECT prueba.does('2040-01-02 12:00', 'tarde3', 'actualizar(''nota'')');
SELECT prueba.does('2040-01-02 13:00', 'tarde3', 'cancelar(''Ya no.'')');
-- Cancelled or resolved in time, nothing is missed later.
SELECT prueba.made('2040-01-02 09:00', 'pronto', 'NUEVO');
SELECT prueba.does('2040-01-02 10:00', 'pronto', 'cancelar(''Ya no.'')');
SELECT prueba.explain('pronto');

-- Plain SQL: the same, with the same two versions.
SELECT prueba.made('2040-01-02 09:00', 'sql', 'ASIGNADO'), prueba.at('2040-01-04 09:00');
UPDATE helpdesk.ticket SET asunto = 'A mano' WHERE ticket_uuid = prueba.id('sql');
SELECT prueba.clock('sql');
SELECT prueba.told('sql');
-- The guarded columns are overruled.
UPDATE helpdesk.ticket SET fecha_limite_sla = NULL, sla_restante = '1 h', sla_objetivo = '1000 h', sla_incumplido_en = NULL, sla_aviso = 3,
	sla_politica = 1, sla_calendario = 1, atencion_objetivo = NULL, atencion_limite = 'infinity', atendido_en = NULL, sla_revisar_en = 'infinity',
	atencion_politica = NULL, atencion_calendario = 77, atencion_aviso = 9, atencion_incumplido_en = now(), asunto = 'A mano otra vez'
WHERE ticket_uuid = prueba.id('sql');
SELECT prueba.clock('sql');
SELECT prueba.err(format('UPDATE helpdesk.ticket SET %I = NULL WHERE ticket_uuid = %L', c, prueba.id('sql')))
FROM unnest('{sla_incumplido_en, fecha_limite_sla, sla_revisar_en, atencion_limite}'::text[]) c;
SELECT prueba.err(format($$INSERT INTO helpdesk.ticket (tipo, categoria, descripcion, prioridad, solicitante_nombre, solicitante_email, %I)
	VALUES ('QUEJA', 'Correo', 'No llega el correo.', 'MEDIA', 'Rosa Díaz', 'rosa@example.com', %L)$$, c, v))
FROM (VALUES ('sla_objetivo', '1000 h'), ('fecha_limite_sla', 'infinity'), ('sla_incumplido_en', '2026-03-02'), ('atendido_en', '2026-03-02'), ('sla_revisar_en', '-infinity')) AS a(c, v);
INSERT INTO helpdesk.ticket (tipo, categoria, descripcion, prioridad, solicitante_nombre, solicitante_email)
VALUES ('QUEJA', 'Correo', 'No llega el correo.', 'MEDIA', 'Rosa Díaz', 'rosa@example.com') RETURNING ticket_uuid AS id \gset
INSERT INTO prueba.alias VALUES ('insertado', :'id');
SELECT prueba.clock('insertado');

------------------------------------------------------------------------
-- The sweep
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
INSERT INTO helpdesk.calendario VALUES ('oficina', 'UTC'), ('turno', 'UTC');
INSERT INTO helpdesk.horario SELECT 'oficina', d, h, h + interval '4 h' FROM generate_series(1, 5) d, unnest('{09:00, 14:00}'::time[]) h;
INSERT INTO helpdesk.horario SELECT 'turno', d, '06:00', '22:00' FROM generate_series(1, 7) d;
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas, calendario, avisos) VALUES ('resolucion', 'MEDIA', 8, 'oficina', '{90, 50}'),
	('resolucion', 'ALTA', 4, 'oficina', '{}'), ('atencion', NULL, 2, 'oficina', '{75}');

-- Nothing is due yet, and nothing is written.
SELECT prueba.made('2040-01-02 09:00', 'm', 'ASIGNADO'), prueba.made('2040-01-02 09:00', 'alta', 'ASIGNADO', '{"prioridad": "ALTA"}'),
	prueba.made('2040-01-02 09:00', 'baja', 'NUEVO', '{"prioridad": "BAJA"}');
SELECT count(*), max(version) FROM helpdesk.ticket;
SELECT prueba.sweep('2040-01-02 10:00');
SELECT count(*), max(version) FROM helpdesk.ticket;
-- 75 % of two hours' attention, 50 % of eight hours; none of the policy without any.
SELECT prueba.sweep('2040-01-02 10:31');
SELECT prueba.sweep('2040-01-02 10:31');
SELECT prueba.sweep('2040-01-02 12:30');
SELECT prueba.sweep('2040-01-02 13:30');
SELECT prueba.clock(a) FROM unnest('{m, alta, baja}'::text[]) a;
SELECT prueba.told('baja');
-- The rest comes due in the course of the next morning; what the breach has overtaken
-- is not told.
SELECT prueba.sweep('2040-01-04 09:01');
SELECT prueba.sweep('2040-01-04 09:01');
SELECT prueba.sweep('2040-01-08 09:01');
SELECT prueba.told(a) FROM unnest('{m, alta}'::text[]) a;
-- Two warnings at once: the last one is told.
SELECT prueba.made('2040-01-09 09:00', 'dos', 'ASIGNADO');
SELECT prueba.sweep('2040-01-09 17:30');
-- Another policy: its warnings are told again, and once; so with the same threshold.
SELECT prueba.does('2040-01-09 17:30', 'dos', 'reclasificar(prioridad => ''BAJA'', motivo => ''Sin prisa.'')');
SELECT prueba.does('2040-01-09 17:30', 'dos', 'asignar()');
SELECT prueba.does('2040-01-09 17:40', 'dos', 'reclasificar(prioridad => ''MEDIA'', motivo => ''Con prisa.'')');
SELECT prueba.sweep('2040-01-09 17:45');
SELECT prueba.sweep('2040-01-09 17:46');
SELECT prueba.does('2040-01-09 17:50', 'dos', 'asignar()');
-- An edit of the policy does not touch the thresholds of those who have it.
UPDATE helpdesk.sla_politica SET avisos = '{10}' WHERE prioridad = 'MEDIA';
SELECT prueba.made('2040-01-09 17:50', 'diez', 'ASIGNADO');
SELECT prueba.sweep('2040-01-09 17:59');
SELECT prueba.sweep('2040-01-10 09:50');
-- Breached already, a new grant warns of nothing.
SELECT prueba.does('2040-01-10 09:50', 'dos', 'reclasificar(prioridad => ''BAJA'', motivo => ''Sin prisa.'')');
SELECT prueba.sweep('2040-02-10 09:50');

-- A paused ticket is not late, however long; but its attention is, where the machine lets a new one pause.
INSERT INTO helpdesk.transicion VALUES ('pausar', 'NUEVO', 'PAUSADO');
SELECT prueba.made('2040-02-13 09:00', 'p', 'ASIGNADO'), prueba.made('2040-02-13 09:00', 'pn', 'NUEVO');
SELECT prueba.does('2040-02-13 09:30', 'p', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-02-13 09:30', 'pn', 'pausar(''Falta una pieza.'')');
SELECT prueba.sweep('2040-03-13 09:30');
SELECT prueba.sweep('2040-03-13 09:30');
SELECT prueba.clock('p'), prueba.clock('pn');
-- The sweep looked in vain and looks no more, until the ticket is taken up again.
SELECT prueba.does('2040-03-13 10:00', 'p', 'reabrir(''Llegó.'')');
SELECT prueba.sweep('2040-03-13 10:29');
SELECT prueba.sweep('2040-03-13 10:31');
SELECT prueba.does('2040-03-13 10:40', 'p', 'resolver()');
SELECT prueba.does('2040-03-13 10:40', 'pn', 'cancelar(''Ya no.'')');
SELECT prueba.sweep('2040-05-13 10:31');
DELETE FROM helpdesk.transicion WHERE operacion = 'pausar' AND estado_origen = 'NUEVO';

-- A limit: the longest due first, each thing once, the rest later.
SELECT count(prueba.made('2040-06-04 09:00'::timestamptz + i * interval '1 min', 'l' || i, 'ASIGNADO', '{"prioridad": "ALTA"}')) FROM generate_series(1, 5) i;
SELECT prueba.sweep('2040-06-06 09:00', 2);
SELECT prueba.sweep('2040-06-06 09:00', 2);
SELECT prueba.sweep('2040-06-06 09:00', 2);
SELECT prueba.sweep('2040-06-06 09:00', 2);
SELECT prueba.err(format('SELECT * FROM ticket_sm.fn_sla_barrer(%s)', l)) FROM unnest('{0, -1, 100001, NULL}'::text[]) l;
-- Only ADMIN may.
SELECT prueba.settle();
SELECT r, prueba.as_role(r, 'SELECT count(*) FROM ticket_sm.fn_sla_barrer()'), prueba.as_role(r, 'SELECT ticket_sm.fn_sla_recalcular()'),
	prueba.as_role(r, 'SELECT count(*) FROM ticket_sm.fn_eventos()')
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_pepe, regress_nadie}'::text[]) r;
SET ROLE regress_mario;
SELECT prueba.err('SELECT ticket_sm.fn_sla_barrer()'), prueba.err('SELECT ticket_sm.fn_sla_recalcular()'), prueba.err('SELECT ticket_sm.fn_eventos()');
RESET ROLE;
-- All columns of it, and who wrote what it wrote.
SELECT prueba.made('2040-06-06 09:00', 'todo', 'NUEVO', '{"prioridad": "ALTA"}'), prueba.at('2040-06-07 09:00');
SELECT prueba.mask(to_jsonb(s)::text) FROM ticket_sm.fn_sla_barrer() s;
SELECT prueba.told('todo');

-- Triggers of yours.  A BEFORE trigger that fills a column of yours works, and its
-- change is in the history.
ALTER TABLE helpdesk.ticket ADD COLUMN visto integer DEFAULT 0;
CREATE FUNCTION prueba.sla_mine() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.visto := NEW.visto + 1;
	RETURN NEW;
END $$;
CREATE TRIGGER mine BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.sla_mine();
SELECT prueba.made('2040-06-07 09:00', 'visto', 'NUEVO', '{"prioridad": "ALTA"}');
SELECT prueba.sweep('2040-06-08 09:00');
SELECT prueba.told('visto'), (SELECT visto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('visto'));
DROP TRIGGER mine ON helpdesk.ticket;
-- One that changes what is the guard's, or the ticket's own, or suppresses the change: refused, and nothing is told.
CREATE FUNCTION prueba.sla_meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	CASE TG_ARGV[0]
		WHEN 'limite' THEN NEW.fecha_limite_sla := now();
		WHEN 'incumplido' THEN NEW.sla_incumplido_en := NULL;
		WHEN 'revisar' THEN NEW.sla_revisar_en := now();
		WHEN 'orden' THEN NEW.sla_orden := NULL;
		WHEN 'area' THEN NEW.area := 'SOPORTE';
		WHEN 'asunto' THEN NEW.asunto := 'De otro';
		WHEN 'estado' THEN NEW.estado := 'RESUELTO';
		ELSE RETURN NULL;
	END CASE;
	RETURN NEW;
END $$;
SELECT prueba.made('2040-06-08 09:00', 'mano', 'ASIGNADO', '{"prioridad": "ALTA"}'), prueba.at('2040-06-11 15:00');
CREATE FUNCTION prueba.meddled(what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('CREATE TRIGGER meddle BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.sla_meddle(%L)', what);
	answer := prueba.err('SELECT ticket_sm.fn_sla_barrer()');
	DROP TRIGGER meddle ON helpdesk.ticket;
	RETURN answer || ' ' || prueba.clock('mano');
END $$;
\set VERBOSITY sqlstate
SELECT w, prueba.try(format('DO $x$ BEGIN RAISE EXCEPTION USING ERRCODE = ''ZZ001'', MESSAGE = prueba.meddled(%L); END $x$', w))
FROM unnest('{limite, incumplido, revisar, orden, area, asunto, estado, nada}'::text[]) w;
\set VERBOSITY default
ALTER TABLE helpdesk.ticket DROP COLUMN visto;
SELECT prueba.sweep('2040-06-11 15:00');

------------------------------------------------------------------------
-- fn_sla_recalcular
------------------------------------------------------------------------

DELETE FROM helpdesk.sla_politica;
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas, calendario) VALUES ('resolucion', 'MEDIA', 8, 'oficina'), ('resolucion', 'ALTA', 8, 'turno');
-- What is open from before gets what holds now; once.
SELECT count(*) FROM helpdesk.ticket t WHERE abierto AND (fecha_limite_sla IS NULL OR sla_restante IS NULL);
SELECT prueba.at('2040-06-18 09:00'), ticket_sm.fn_sla_recalcular();
SELECT ticket_sm.fn_sla_recalcular();
SELECT w FROM helpdesk.ticket t, prueba.wrong(t.ticket_uuid) w;
SELECT prueba.made('2040-06-18 09:00', 'o', 'ASIGNADO'), prueba.made('2040-06-18 09:00', 'op', 'PAUSADO'), prueba.made('2040-06-18 09:00', 'or', 'RESUELTO'),
	prueba.made('2040-06-18 09:00', 'oc', 'CANCELADO'), prueba.made('2040-06-18 09:00', 'u', 'ASIGNADO', '{"prioridad": "ALTA"}'),
	prueba.made('2040-06-18 09:00', 'b', 'ASIGNADO', '{"prioridad": "BAJA"}');
SELECT prueba.at('2040-06-18 10:00'), ticket_sm.fn_sla_recalcular();
-- A new holiday: those of the calendar are moved, those that have ended are not.
INSERT INTO helpdesk.feriado VALUES ('oficina', '2040-06-19', NULL, NULL, 'Fiesta');
SELECT ticket_sm.fn_sla_recalcular('turno'), prueba.clock('o');
SELECT ticket_sm.fn_sla_recalcular(' Oficina '), ticket_sm.fn_sla_recalcular('oficina');
SELECT prueba.clock(a) FROM unnest('{o, op, or, oc, u, b}'::text[]) a;
SELECT prueba.told('op');
SELECT prueba.does('2040-06-18 11:00', 'op', 'reabrir(''Llegó.'')');
-- New hours of a priority without a policy, and a policy that is gone.
UPDATE helpdesk.prioridad SET sla_horas = 80 WHERE nombre = 'BAJA';
DELETE FROM helpdesk.sla_politica WHERE prioridad = 'ALTA';
SELECT ticket_sm.fn_sla_recalcular() > 0, prueba.clock('b'), prueba.clock('u');
-- Into the past: a breach, dated at it.
UPDATE helpdesk.sla_politica SET horas = 1;
SELECT prueba.at('2040-06-18 12:10'), ticket_sm.fn_sla_recalcular() > 0, prueba.clock('o'), prueba.clock('op');
SELECT prueba.told('o');
-- With time again it is withdrawn, having been dated before the target was given.
UPDATE helpdesk.sla_politica SET horas = 8;
SELECT ticket_sm.fn_sla_recalcular() > 0, prueba.clock('o');
-- A ticket that was late before is written so first; and withdrawn with the target.
SELECT prueba.made('2040-06-18 12:20', 'antes', 'ASIGNADO', '{"prioridad": "CRITICA"}'), prueba.at('2040-06-18 15:00');
UPDATE helpdesk.prioridad SET sla_horas = 50 WHERE nombre = 'CRITICA';
SELECT ticket_sm.fn_sla_recalcular(), prueba.clock('antes');
SELECT prueba.told('antes');
SELECT prueba.err('SELECT ticket_sm.fn_sla_recalcular(''Lima'')'), prueba.err('SELECT ticket_sm.fn_sla_recalcular('''')');
SELECT prueba.at('2041-06-18 15:00');
SELECT count(*) > 3 FROM ticket_sm.fn_sla_barrer();
SELECT count(*) FROM ticket_sm.fn_sla_barrer();
-- Nothing is left that the clock would do.
SELECT count(*) FROM helpdesk.ticket WHERE sla_revisar_en < ticket_sm.ahora();
SELECT w FROM helpdesk.ticket t, prueba.wrong(t.ticket_uuid) w;

------------------------------------------------------------------------
-- fn_sla_explicar: who may, and all it says
------------------------------------------------------------------------

SELECT prueba.made('2041-07-01 09:00', 'e', 'ASIGNADO', '{"prioridad": "ALTA"}');
SELECT prueba.does('2041-07-01 10:00', 'e', 'pausar(''Falta una pieza.'')');
SELECT prueba.at('2041-07-01 11:00');
SELECT to_jsonb(x) - 'desde' - 'hasta' - 'tiempo' - 'acumulado' - 'restante' - 'fecha_limite', hasta IS NULL, prueba.span(restante)
FROM ticket_sm.fn_sla_explicar(prueba.id('e')) x;
-- The policy and the calendar are named: those of every ticket that has some.
SELECT x.objetivo, count(x.politica) > 0 AS some, count(*) FILTER (WHERE x.politica IS DISTINCT FROM v.politica_id
	OR x.calendario IS DISTINCT FROM c.calendario OR v.objetivo <> x.objetivo) AS others
FROM helpdesk.ticket t CROSS JOIN LATERAL ticket_sm.fn_sla_explicar(t.ticket_uuid) x
	LEFT JOIN helpdesk.sla_politica_version v ON v.version_id = CASE x.objetivo WHEN 'atencion' THEN t.atencion_politica ELSE t.sla_politica END
	LEFT JOIN helpdesk.calendario_version c ON c.version_id = CASE x.objetivo WHEN 'atencion' THEN t.atencion_calendario ELSE t.sla_calendario END
GROUP BY x.objetivo ORDER BY x.objetivo;
SELECT r, prueba.as_role(r, 'SELECT count(*) FROM ticket_sm.fn_sla_explicar(prueba.id(''e''))')
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe, regress_nadie}'::text[]) r;
SET ROLE regress_saul;
SELECT prueba.err('SELECT ticket_sm.fn_sla_explicar(prueba.id(''e''))');
RESET ROLE;
SELECT prueba.err('SELECT ticket_sm.fn_sla_explicar(''00000000-0000-4000-8000-000000000099'')'), prueba.err('SELECT ticket_sm.fn_sla_explicar(NULL)');
-- Late and paused: no deadline while the clock stands, and what is over the target.
SELECT prueba.made('2041-07-01 09:00', 'et', 'ASIGNADO', '{"prioridad": "CRITICA"}');
UPDATE helpdesk.prioridad SET sla_horas = 2 WHERE nombre = 'CRITICA';
SELECT prueba.does('2041-07-01 09:00', 'et', 'reclasificar(prioridad => ''URGENTE'', motivo => ''¡Ya!'')');
SELECT prueba.does('2041-07-01 09:00', 'et', 'asignar()');
SELECT prueba.does('2041-07-01 15:00', 'et', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2041-07-02 15:00', 'et', 'reabrir(''Llegó.'')');
SELECT prueba.does('2041-07-02 16:00', 'et', 'pausar(''Falta otra.'')');
SELECT prueba.does('2041-07-02 17:00', 'et', 'reabrir(''Llegó.'')');
SELECT prueba.does('2041-07-02 19:00', 'et', 'resolver()');
SELECT prueba.explain('et');

------------------------------------------------------------------------
-- Metrics
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
INSERT INTO helpdesk.calendario VALUES ('oficina', 'UTC');
INSERT INTO helpdesk.horario SELECT 'oficina', d, h, h + interval '4 h' FROM generate_series(1, 5) d, unnest('{09:00, 14:00}'::time[]) h;
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario) VALUES ('resolucion', 8, 'oficina'), ('atencion', 2, 'oficina');
-- Paused over a night, resolved, reopened and resolved again: 3 + 2 + 1 h.
SELECT prueba.made('2040-01-02 09:00', 'ida', 'NUEVO');
SELECT prueba.does('2040-01-02 10:00', 'ida', 'asignar()');
SELECT prueba.does('2040-01-02 12:00', 'ida', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-03 12:05', 'ida', 'reabrir(''Llegó.'')');
SELECT prueba.does('2040-01-03 15:00', 'ida', 'resolver()');
SELECT prueba.does('2040-01-05 09:00', 'ida', 'reabrir(''Sigue igual.'')');
SELECT prueba.does('2040-02-01 10:00', 'ida', 'actualizar(''nota'')');
SELECT prueba.does('2040-02-01 10:00', 'ida', 'resolver()');
-- Resolved in time; cancelled late; transferred while paused; new and old.
SELECT prueba.made('2040-01-02 09:00', 'bien', 'ASIGNADO');
SELECT prueba.does('2040-01-02 11:00', 'bien', 'archivar(''Listo.'')');
SELECT prueba.made('2040-01-02 09:00', 'nunca', 'NUEVO');
SELECT prueba.does('2040-01-09 11:00', 'nunca', 'cancelar(''Ya no.'')');
SELECT prueba.made('2040-01-29 09:00', 'lejos', 'ASIGNADO', '{"area": "SOPORTE"}');
SELECT prueba.does('2040-01-29 12:00', 'lejos', 'pausar(''Falta una pieza.'')');
SELECT prueba.does('2040-01-30 12:00', 'lejos', 'reabrir(''Llegó.'')');
SELECT prueba.does('2040-01-30 13:00', 'lejos', 'transferir(''REDES'', ''Es de redes.'')');
SELECT prueba.made('2040-02-01 09:00', 'hoy', 'NUEVO', '{"area": "SOPORTE"}');
SELECT prueba.at('2040-02-01 12:00');
CREATE FUNCTION prueba.name(uuid) RETURNS text LANGUAGE sql STABLE RETURN (SELECT alias FROM prueba.alias WHERE id = $1);
SELECT prueba.name(ticket_uuid), estado, veces, prueba.span(tiempo) FROM helpdesk.sla_tiempo_estado ORDER BY 1, 2;
SELECT prueba.name(ticket_uuid), prueba.span(atencion_reloj), prueba.span(atencion_habil), prueba.time(atencion_incumplido_en),
	prueba.span(resolucion_reloj), prueba.span(resolucion_habil), prueba.time(sla_incumplido_en) FROM helpdesk.sla_tiempos ORDER BY 1;
SELECT area, prioridad, tipo, mes, resueltos, resolucion_cumplida, resolucion_porcentaje, con_objetivo_atencion, atencion_cumplida, atencion_porcentaje
FROM helpdesk.sla_cumplimiento ORDER BY mes;
SELECT area, tickets, con_pausa, prueba.span(tiempo), prueba.span(tiempo_en_pausa), porcentaje FROM helpdesk.sla_pausas ORDER BY area;
SELECT area, prioridad, tramo, abiertos, vencidos, prueba.time(mas_antiguo) FROM helpdesk.sla_antiguedad ORDER BY area, tramo_orden;
-- Overdue is what is, whether it has been swept or not; and brackets by age.
SELECT prueba.at('2040-02-03 09:00');
SELECT area, tramo, abiertos, vencidos FROM helpdesk.sla_antiguedad ORDER BY area, tramo_orden;
SELECT prueba.at('2040-02-20 09:00');
SELECT area, tramo, abiertos, vencidos FROM helpdesk.sla_antiguedad ORDER BY area, tramo_orden;
SELECT prueba.at('2040-02-01 12:00');
-- Under row-level security.
SELECT r, v, prueba.as_role(r, format('SELECT string_agg(DISTINCT %s, '' '') FROM helpdesk.%I', c, v))
FROM unnest('{regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe}'::text[]) r,
	(VALUES ('sla_tiempo_estado', 'prueba.name(ticket_uuid)'), ('sla_tiempos', 'prueba.name(ticket_uuid)'), ('sla_cumplimiento', 'area || resueltos'),
		('sla_pausas', 'area || tickets'), ('sla_antiguedad', 'area || abiertos')) v(v, c);

-- A month asked for is that month of all: the same rows, and no other ticket's history read.
CREATE FUNCTION prueba.history_read(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	SET LOCAL enable_seqscan = off;
	EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, FORMAT json) ' || query INTO plan;
	-- (a mean of rows, so rounded)
	RETURN (SELECT round(sum(((n ->> 'Actual Rows')::numeric + coalesce((n ->> 'Rows Removed by Filter')::numeric, 0)) * (n ->> 'Actual Loops')::numeric))
		FROM jsonb_path_query(plan::jsonb, 'strict $.** ? (@."Relation Name" == "historial")') AS n);
END $$;
CREATE FUNCTION prueba.by_month(since date, OUT rows bigint, OUT wrong bigint, OUT elsewhere boolean) LANGUAGE plpgsql AS $$
DECLARE
	q text := format('SELECT * FROM helpdesk.sla_tiempo_estado WHERE fecha_creacion >= %L AND fecha_creacion < %L', since::timestamp AT TIME ZONE 'UTC', (since + interval '1 month') AT TIME ZONE 'UTC');
	there bigint;
BEGIN
	EXECUTE format('WITH m AS (%s), w AS (SELECT a.* FROM (SELECT * FROM helpdesk.sla_tiempo_estado OFFSET 0) a WHERE date_trunc(''month'', a.fecha_creacion AT TIME ZONE ''UTC'') = %L)
		SELECT (SELECT count(*) FROM w), (SELECT count(*) FROM ((TABLE m EXCEPT ALL TABLE w) UNION ALL (TABLE w EXCEPT ALL TABLE m)) d)', q, since) INTO rows, wrong;
	there := (SELECT count(*) FROM helpdesk.historial h JOIN helpdesk.ticket t USING (ticket_uuid) WHERE date_trunc('month', t.fecha_creacion AT TIME ZONE 'UTC') = since);
	-- a mean is rounded: half a row for each ticket at most
	elsewhere := greatest(prueba.history_read(q), prueba.history_read(format('SELECT * FROM helpdesk.sla_pausas_mes WHERE mes = %L', since)))
		> there + (SELECT count(*) FROM helpdesk.ticket t WHERE date_trunc('month', t.fecha_creacion AT TIME ZONE 'UTC') = since);
END $$;
SELECT d.mes, m.* FROM unnest('{2039-12-01, 2040-01-01, 2040-02-01}'::date[]) AS d(mes), LATERAL prueba.by_month(d.mes) m;
-- The months of an area come to its figures, for each caller; and one month is that row of all.
SELECT r, prueba.as_role(r, $$SELECT string_agg(concat_ws(' ', area, m.meses, (m.t, m.c, m.d, m.p) = (p.tickets, p.con_pausa, p.tiempo, p.tiempo_en_pausa)), ', ' ORDER BY area)
	FROM helpdesk.sla_pausas p FULL JOIN (SELECT area, count(*) AS meses, sum(tickets) AS t, sum(con_pausa) AS c, sum(tiempo) AS d, sum(tiempo_en_pausa) AS p FROM helpdesk.sla_pausas_mes GROUP BY area) m USING (area)$$),
	prueba.as_role(r, $$SELECT (SELECT count(*) FROM helpdesk.sla_pausas_mes WHERE mes = '2040-01-01') || ' ' || count(*) FROM (SELECT * FROM helpdesk.sla_pausas_mes WHERE mes = '2040-01-01'
		EXCEPT SELECT m.* FROM (SELECT * FROM helpdesk.sla_pausas_mes OFFSET 0) m WHERE m.mes = '2040-01-01') x$$)
FROM unnest('{regress_mario, regress_alba, regress_saul, regress_ines}'::text[]) r;

------------------------------------------------------------------------
-- The outbox
------------------------------------------------------------------------

-- By default what the clock tells.
SELECT prueba.settle();
SELECT prueba.name(ticket_uuid), version, operacion, prueba.time(ocurrido_en), prueba.mask(datos::text) FROM ticket_sm.fn_eventos();
SELECT e.ticket_uuid, e.version FROM helpdesk.evento e
WHERE NOT EXISTS (SELECT FROM helpdesk.historial h WHERE h.ticket_uuid = e.ticket_uuid AND h.version = e.version AND h.operacion = e.operacion AND h.ocurrido_en = e.ocurrido_en);
SELECT h.ticket_uuid, h.version FROM helpdesk.historial h
WHERE h.operacion IN ('avisar', 'vencer') AND NOT EXISTS (SELECT FROM helpdesk.evento e WHERE h.ticket_uuid = e.ticket_uuid AND h.version = e.version);
-- Others when they are asked for; in the order of the history; none of what is rolled back.
UPDATE helpdesk.configuracion SET eventos = '{crear, asignar, vencer, recalcular}';
SELECT max(evento_id) AS last FROM helpdesk.evento \gset
SELECT prueba.made('2040-02-06 09:00', 'ev', 'NUEVO');
BEGIN;
SELECT prueba.made('2040-02-06 09:00', 'ev2', 'NUEVO');
ROLLBACK;
SELECT prueba.does('2040-02-07 10:00', 'ev', 'asignar(''00000000-0000-4000-8000-000000000003'')');
SELECT prueba.does('2040-02-07 10:05', 'ev', 'pausar(''Falta una pieza.'')');
UPDATE helpdesk.sla_politica SET horas = 9;
SELECT ticket_sm.fn_sla_recalcular() > 0;
SELECT prueba.settle();
SELECT prueba.name(ticket_uuid), version, operacion, prueba.mask(datos::text) FROM ticket_sm.fn_eventos(:last) WHERE ticket_uuid = prueba.id('ev');
UPDATE helpdesk.configuracion SET eventos = '{}';
SELECT max(evento_id) AS last2 FROM helpdesk.evento \gset
SELECT prueba.does('2040-02-10 10:00', 'ev', 'reabrir(''Llegó.'')');
SELECT prueba.settle();
SELECT count(*) FROM ticket_sm.fn_eventos(:last2);
-- Page by page it is the whole, in order.
DO $$
DECLARE
	seen bigint := 0;
	page bigint[];
	ids bigint[] := '{}';
BEGIN
	LOOP
		SELECT array_agg(evento_id ORDER BY ordinality) INTO page FROM ticket_sm.fn_eventos(seen, 3) WITH ORDINALITY;
		EXIT WHEN page IS NULL;
		ids := ids || page;
		seen := page[cardinality(page)];
	END LOOP;
	IF ids <> (SELECT array_agg(evento_id ORDER BY evento_id) FROM helpdesk.evento) OR cardinality(ids) < 6 THEN
		RAISE EXCEPTION 'pages give %', ids;
	END IF;
END $$;
SELECT prueba.err(format('SELECT * FROM ticket_sm.fn_eventos(%s)', a)) FROM unnest('{"0, 0", "0, -1", "0, 10001", "NULL, NULL", "-5", 9223372036854775807}'::text[]) a;
SELECT count(*) FROM ticket_sm.fn_eventos(9223372036854775807);
-- What may be set.
SELECT prueba.short(format('UPDATE helpdesk.configuracion SET %s', c)) FROM unnest(ARRAY['eventos = NULL', 'eventos = ''{NULL}''', 'eventos = ''{nada}''',
	'canal_eventos = ''''', 'canal_eventos = ''Con Espacio''', 'canal_eventos = ''x;y''', format('canal_eventos = %L', repeat('a', 64)), 'sla_avisos = ''{0}''', 'sla_avisos = ''{100}''', 'sla_avisos = NULL']) c;

-- Nobody writes it but the guard; ADMIN reads and deletes.
SELECT prueba.err('UPDATE helpdesk.evento SET version = 1'), prueba.err('TRUNCATE helpdesk.evento'),
	prueba.err('INSERT INTO helpdesk.evento (horizonte, ticket_uuid, version, operacion, ocurrido_en, datos) VALUES (''1'', gen_random_uuid(), 1, ''crear'', now(), ''{}'')');
SELECT r, prueba.as_role(r, 'SELECT count(*) > 0 FROM helpdesk.evento'), prueba.as_role(r, 'UPDATE helpdesk.evento SET version = 1'),
	prueba.as_role(r, 'DELETE FROM helpdesk.evento WHERE evento_id < 3')
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_pepe}'::text[]) r;
DELETE FROM helpdesk.evento;
SELECT count(*) FROM ticket_sm.fn_eventos();
-- A trigger that loses one is found out.
CREATE FUNCTION prueba.lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER lose BEFORE INSERT ON helpdesk.evento FOR EACH ROW EXECUTE FUNCTION prueba.lose();
SELECT prueba.err(prueba.create_call());
DROP TRIGGER lose ON helpdesk.evento;

------------------------------------------------------------------------
-- fn_verificar
------------------------------------------------------------------------

SELECT problema, detalle FROM ticket_sm.fn_verificar();
SELECT prueba.made('2040-03-05 09:00', 'v', 'NUEVO');
SELECT prueba.does('2040-03-06 15:00', 'v', 'asignar()');
SELECT prueba.does('2040-03-06 15:00', 'v', 'reclasificar(subcategoria => ''x'', motivo => ''Más exacto.'')');
SELECT prueba.made('2040-03-05 09:00', 'vp', 'PAUSADO');
-- What is changed behind the guard's back is found.
CREATE FUNCTION prueba.tampered(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		SET LOCAL session_replication_role = replica;
		EXECUTE what;
		SET LOCAL session_replication_role = origin;
		RETURN QUERY SELECT prueba.name(f.ticket_uuid) || ' ' || f.problema || ': ' || regexp_replace(f.detalle, '2040-0[0-9]-\S+?(?=,|$)|08:59:5\S+', '<time>', 'g')
			FROM ticket_sm.fn_verificar() f;
		RAISE EXCEPTION SQLSTATE 'ZZ000';
	EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
		NULL;
	END;
END $$;
SELECT t, prueba.tampered(format('UPDATE helpdesk.ticket SET %s WHERE ticket_uuid = prueba.id(''v'')', t)) FROM unnest(ARRAY[
	'fecha_limite_sla = fecha_limite_sla + interval ''1 s''', 'fecha_limite_sla = NULL', 'sla_restante = ''1 h''',
	'sla_incumplido_en = NULL', 'sla_incumplido_en = sla_incumplido_en - interval ''1 s''', 'atencion_incumplido_en = NULL',
	'sla_objetivo = ''999 h''', 'sla_calendario = NULL', 'atencion_objetivo = NULL', 'atencion_limite = NULL', 'atendido_en = NULL',
	'atendido_en = fecha_creacion', 'sla_politica = NULL', 'sla_aviso = NULL']) t;
SELECT t, prueba.tampered(format('UPDATE helpdesk.ticket SET %s WHERE ticket_uuid = prueba.id(''vp'')', t)) FROM unnest(ARRAY[
	'sla_restante = ''1000 h''', 'sla_incumplido_en = fecha_creacion']) t;
SELECT t, prueba.tampered(format('UPDATE helpdesk.historial SET %s WHERE ticket_uuid = prueba.id(''v'') AND operacion = ''vencer''', t)) FROM unnest(ARRAY[
	'reloj = ''pausa''', 'sla = NULL', 'operacion = ''avisar''']) t;
SELECT prueba.tampered('DELETE FROM helpdesk.historial WHERE ticket_uuid = prueba.id(''v'') AND version = 2');
-- A ticket that the sweep would never look at, or too late, or that the queue would not find, is
-- found as well; also one whose target and deadline were moved together.
SELECT prueba.new_in('mira', 'ASIGNADO');
SELECT t, regexp_replace(prueba.tampered(format('UPDATE helpdesk.ticket SET %s WHERE ticket_uuid = prueba.id(''mira'')', t)), '20\d\d-\S+', '<time>')
FROM unnest(ARRAY['sla_revisar_en = NULL', 'sla_revisar_en = fecha_limite_sla + interval ''1 s''',
	'sla_orden = NULL', 'sla_orden = fecha_limite_sla + interval ''1 us''', 'sla_orden = fecha_limite_sla - interval ''1 h 1 us''',
	'sla_orden = fecha_limite_sla - interval ''1 h''',
	'sla_objetivo = sla_objetivo + ''1 h'', fecha_limite_sla = fecha_limite_sla + ''1 h''']) t;
SELECT prueba.new_in('quieto', 'PAUSADO');
SELECT t, regexp_replace(prueba.tampered(format('UPDATE helpdesk.ticket SET %s WHERE ticket_uuid = prueba.id(''quieto'')', t)), '20\d\d-\S+', '<time>')
FROM unnest(ARRAY['sla_revisar_en = NULL', 'sla_orden = NULL, sla_revisar_en = NULL']) t;
SELECT prueba.new_in('cerrado', 'CANCELADO');
SELECT regexp_replace(prueba.tampered('UPDATE helpdesk.ticket SET sla_orden = fecha_limite_sla WHERE ticket_uuid = prueba.id(''cerrado'')'), '20\d\d-\S+', '<time>');
-- A warning that another target takes back belongs to the event that gives the target, also when
-- the other target comes due with it.
INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas, calendario, avisos) VALUES ('atencion', 'Doble', 10, '24x7', '{10}'), ('resolucion', 'Doble', 100, '24x7', '{}');
SELECT prueba.made('2041-01-07 09:00', 'doble', 'NUEVO', '{"categoria": "Doble"}');
SELECT count(*) > 0 FROM prueba.sweep('2041-01-07 11:00');
UPDATE helpdesk.sla_politica SET horas = 9, avisos = '{90}' WHERE objetivo = 'atencion' AND categoria = 'Doble';
UPDATE helpdesk.sla_politica SET horas = 1 WHERE objetivo = 'resolucion' AND categoria = 'Doble';
SELECT prueba.at('2041-01-07 12:00'), ticket_sm.fn_sla_recalcular() > 0;
SELECT version, operacion, sla -> 'atencion_aviso', sla -> 'sla_aviso' FROM helpdesk.historial WHERE ticket_uuid = prueba.id('doble') ORDER BY version;
SELECT problema, detalle FROM ticket_sm.fn_verificar();
RESET ticket_sm.desfase_reloj;
