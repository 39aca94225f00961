-- Carla, an ADMIN of the desk: every operation, the catalogues; no more.

--- tables: plain SQL where she may only read
-- as carla
-- rows
SELECT format(s, c.oid::regclass) FROM pg_class c, unnest(ARRAY['DELETE FROM %s', 'TRUNCATE %s', 'INSERT INTO %s DEFAULT VALUES', 'LOCK TABLE %s',
	'ALTER TABLE %s DISABLE TRIGGER ALL', 'DROP TABLE %s', 'CREATE INDEX ON %s ((1))', 'CREATE TRIGGER x BEFORE UPDATE ON %s EXECUTE FUNCTION trampa.evil_tg()',
	'CREATE RULE x AS ON UPDATE TO %s DO INSTEAD NOTHING', 'ALTER TABLE %s RENAME TO y', 'COMMENT ON TABLE %s IS ''x''', 'GRANT ALL ON %s TO PUBLIC',
	'CLUSTER %s', 'CREATE POLICY p ON %s USING (true)', 'ALTER TABLE %s OWNER TO carla', 'SELECT * FROM %s FOR UPDATE',
	'UPDATE %s SET ctid = ctid', 'DELETE FROM %s WHERE false', 'MERGE INTO %s AS t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE', 'COPY %s FROM PROGRAM ''true''']) AS s
	WHERE c.relnamespace = 'm'::regnamespace AND c.relkind = 'r' AND relname NOT IN ('evento', 'sla_politica', 'calendario', 'horario', 'feriado', 'agente', 'area', 'prioridad');

--- agents: what she may write, with nonsense; deleting agents she may not
-- as carla
-- fails 42501
DELETE FROM m.agente;

-- fails 42501
TRUNCATE m.agente;

-- fails 23514
INSERT INTO m.agente (nombre, email, rol) VALUES ('x', 'x@x', 'PUBLICO');

-- fails 42501
ALTER TABLE m.agente ADD x integer;

--- lock_out: agents switched off: not the owner, not a superuser, not the sweep
-- changes agente
-- as carla
INSERT INTO m.agente (nombre, email, rol, usuario_bd, activo) VALUES ('Fuera', 'fuera@desk.example', 'ADMIN', 'postgres', false);

INSERT INTO m.agente (nombre, email, rol, usuario_bd, activo) VALUES ('Fuera', 'fuera2@desk.example', 'ADMIN', 'duena', false);

-- as postgres
-- works
SELECT count(*) FROM ticket_sm.fn_sla_barrer(0 + 1) LIMIT 0;

-- as postgres
-- works
SELECT count(*) FROM ticket_sm.fn_verificar();

-- as duena
-- works
SELECT count(*) FROM ticket_sm.fn_bandeja();

--- impersonate: an agent row with another's database role
-- seen
-- changes agente
-- as carla
-- fails 23505
UPDATE m.agente SET usuario_bd = 'marta' WHERE nombre = 'Carla';

UPDATE m.agente SET usuario_bd = 'postgres' WHERE nombre = 'Carla';

UPDATE m.agente SET usuario_bd = E'x"; ALTER ROLE carla SUPERUSER' WHERE nombre = 'Sofia';

SELECT ticket_sm.fn_ticket('{1}');

--- settings: those that weaken the guard
-- as carla
-- works
SELECT count(*) FROM ticket_sm.fn_maquina();

-- fails 42501
SET ticket_sm.desfase_reloj = 1000;

-- fails 42501
SET ticket_sm.autenticadores = 'carla';

-- fails 42501
SET session_replication_role = replica;

-- fails 42501
ALTER ROLE carla SET ticket_sm.autenticadores = 'carla';

--- maker_functions: those that make desks and grants
-- as carla
-- rows
SELECT format('SELECT ticket_sm.%I(%s)', proname, array_to_string(array_fill('NULL'::text, ARRAY[pronargs::integer]), ', ')) FROM pg_proc
	WHERE pronamespace = 'ticket_sm'::regnamespace AND NOT has_function_privilege('m_admin', oid, 'EXECUTE');

-- fails 42501
SELECT ticket_sm.como_duenio('m', 'DELETE FROM m.historial');

-- fails 42501
SELECT ticket_sm.crear_mesa('mia');

-- fails 42501
SELECT ticket_sm.crear_api('mia', 'm');

-- fails 42501
SELECT ticket_sm.poner_disparadores('m');

-- fails 42501
SELECT ticket_sm.actualizar_mesa('m');

--- policies: targets that overflow or cannot be met
-- changes sla_politica sla_politica_version ticket historial
-- as carla
INSERT INTO m.sla_politica (objetivo, area, horas) VALUES ('resolucion', 'REDES', 'NaN');

INSERT INTO m.sla_politica (objetivo, area, horas) VALUES ('resolucion', 'REDES', 'infinity');

INSERT INTO m.sla_politica (objetivo, area, horas) VALUES ('resolucion', 'REDES', 87600.0001);

INSERT INTO m.sla_politica (objetivo, area, horas, avisos) VALUES ('resolucion', 'SISTEMAS', 87600, '{1,1,1,1,99}');

INSERT INTO m.sla_politica (objetivo, area, dias_habiles, calendario) VALUES ('resolucion', 'REDES', 3650, 'CO');

SELECT ticket_sm.fn_sla_recalcular();

SELECT * FROM ticket_sm.fn_sla_explicar('{2}');

--- empty_calendar: a policy on a calendar that never opens
-- changes calendario horario calendario_version sla_politica sla_politica_version ticket historial evento
-- as carla
INSERT INTO m.calendario VALUES ('Nunca', 'UTC');

INSERT INTO m.sla_politica (objetivo, area, horas, calendario) VALUES ('resolucion', 'REDES', 1, 'Nunca');

SELECT ticket_sm.fn_sla_recalcular();

-- works
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- calendars: extremes of time
-- allowed XX001
-- changes calendario horario feriado calendario_version
-- as carla
INSERT INTO m.calendario VALUES ('B', 'Europe/Berlin'); INSERT INTO m.horario SELECT 'B', d, '02:15', '02:45' FROM generate_series(1, 7) AS d;

INSERT INTO m.calendario VALUES ('S', 'Europe/Berlin'); INSERT INTO m.horario VALUES ('S', 7, '02:00', '03:00');

INSERT INTO m.calendario VALUES ('N', 'UTC');

-- rows
SELECT format('SELECT ticket_sm.fn_sla_transcurrido(%L, %L, %L)', c, a, b) FROM unnest('{B,S,N,CO,24x7,?}'::text[]) AS c,
	unnest('{-infinity,4713-01-01 BC,2026-01-01,294276-12-31 23:59:59.999999+00,infinity}'::text[]) AS a, unnest('{-infinity,4713-01-01 BC,2026-06-01,294276-12-31 23:59:59.999999+00,infinity}'::text[]) AS b;

-- rows
SELECT format('SELECT ticket_sm.fn_sla_sumar(%L, %L, %L)', c, a, b) FROM unnest('{B,S,N,CO,24x7,?}'::text[]) AS c,
	unnest('{-infinity,4713-01-01 BC,2026-01-01,294276-12-31 23:59:59+00,infinity}'::text[]) AS a, unnest('{0,1 microsecond,2562047788 hours,-1 hour,178000000 years,1 mon,-178000000 years}'::text[]) AS b;

-- rows
SELECT format('SELECT ticket_sm.fn_sla_dias(%L, %L, %L)', c, a, b) FROM unnest('{B,S,N,CO,24x7,?}'::text[]) AS c,
	unnest('{-infinity,4713-01-01 BC,2026-01-01,294276-12-30,infinity}'::text[]) AS a, unnest('{0,1,3650,36500,-1,2147483647,-2147483648}'::text[]) AS b;

-- rows
SELECT format('SELECT ticket_sm.sla_tiempo(%L, %L, %L, %L)', t, c, a, b) FROM unnest('{m.ticket,pg_class,m.historial,helpdesk.ticket}'::text[]) AS t, unnest('{1,2,NULL,-1,2147483647}'::text[]) AS c,
	unnest('{-infinity,4713-01-01 BC,2026-01-01}'::text[]) AS a, unnest('{294276-12-31,infinity,2025-01-01}'::text[]) AS b;

SELECT ticket_sm.feriados_colombia(a) FROM unnest('{1582,1583,9999,2000}'::integer[]) AS a;

SELECT ticket_sm.feriados_colombia(2147483647);

SELECT ticket_sm.feriados_colombia(-2147483648);

SELECT ticket_sm.sembrar_feriados_co(2147483647);

--- cursors: cursors and limits of the queue and the events, made by hand
-- as carla
-- rows
SELECT format('SELECT ticket_sm.fn_bandeja(orden => %L, despues => %L, tamano => %s)', o, d, n) FROM unnest('{creacion,limite,otra}'::text[]) AS o,
	unnest('{c7fffffffffffffff00000000000000000000000000000000,l800000000000000000000000000000000000000000000000,l7fffffffffffffffffffffffffffffffffffffffffffffff,c,l,x,"",ñ,c8000000000000000ffffffffffffffffffffffffffffffff}'::text[]) AS d,
	unnest('{0,-1,1,2147483647,NULL}'::text[]) AS n;

-- rows
SELECT format('SELECT ticket_sm.fn_eventos(%s, %s)', a, b) FROM unnest('{0,-9223372036854775808,9223372036854775807,NULL}'::text[]) AS a, unnest('{0,-1,1,2147483647,NULL,10000}'::text[]) AS b;

-- rows
SELECT format('SELECT ticket_sm.fn_bandeja(estados => %L, area => %L, texto => %L)', e, a, t) FROM unnest(ARRAY['{}', '{NULL}', '{{NUEVO,ASIGNADO},{NUEVO,x}}', '[0:1]={NUEVO,ASIGNADO}', NULL]) AS e,
	unnest(ARRAY['', 'redes', NULL, E'x\x01']) AS a, unnest(ARRAY['%', '_', E'\\', '((((', repeat('a', 100000), NULL]) AS t;

--- batches: batches made by hand
-- changes ticket historial
-- as carla
-- rows
SELECT format('SELECT count(*) FROM ticket_sm.fn_ejecutar_lote(%L, %L, %L, %L)', o, t, d, a) FROM unnest('{actualizar,asignar,crear,vencer,"",NULL,consultar}'::text[]) AS o,
	unnest(ARRAY['{}', '{NULL}', '{{1},{1}}', '{{{1}},{{6}}}', '[5:6]={{1},{6}}', NULL]) AS t, unnest(ARRAY['{}', '[]', 'null', '5', '"x"', '{"nota": {"a": 1}}', '{"nota": null}', '{"version": "1"}', '{"version": 99999999999}', '{"nota": "en lote", "otra": []}', NULL]) AS d,
	unnest('{t,f,NULL}'::text[]) AS a WHERE d IS NOT NULL OR o <> 'actualizar';

--- sweep: by hand, with limits, and inside of others
-- changes ticket historial evento
-- as carla
-- rows
SELECT format('SELECT count(*) FROM ticket_sm.fn_sla_barrer(%s)', l) FROM unnest('{0,-1,-2147483648,1,2147483647,NULL}'::text[]) AS l;

-- works
SELECT count(*) FROM ticket_sm.fn_sla_barrer() AS a, ticket_sm.fn_sla_barrer() AS b;

-- fails 25006
BEGIN READ ONLY; SELECT ticket_sm.fn_sla_barrer();

ROLLBACK;

--- evil_by_admin: functions of hers in pg_temp, for names that we do not qualify
-- as carla
CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('lower')::text $$;
CREATE FUNCTION pg_temp.count(bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT trampa.evil('count')::bigint $$;
CREATE FUNCTION pg_temp.format(text) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('format')::text $$;
CREATE TEMP TABLE ticket (ticket_uuid uuid); CREATE TEMP TABLE pg_class (oid oid); CREATE TEMP TABLE agente (x integer);
SET search_path = pg_temp, m, pg_catalog;

SELECT ticket_sm.fn_bandeja();

SELECT ticket_sm.fn_verificar();

SELECT ticket_sm.api_openapi('m');
