-- Versions of calendars: those that a ticket was given stay, the others leave no trace.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT prueba.fresh_mesa();

INSERT INTO helpdesk.calendario VALUES ('c', 'UTC'), ('d', 'UTC');
INSERT INTO helpdesk.horario SELECT c, dia, '0:00', '24:00' FROM unnest('{c,d}'::text[]) c, generate_series(1, 7) dia;
INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas, calendario) VALUES
	('resolucion', 'cc', 10, 'c'), ('atencion', 'aa', 10, 'c'), ('resolucion', 'dd', 10, 'd');

-- The next date is one more holiday.
CREATE FUNCTION prueba.edit(name text DEFAULT 'c') RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO helpdesk.feriado SELECT name, coalesce(max(fecha), '2050-01-01') + 1, NULL, NULL, 'x' FROM helpdesk.feriado WHERE calendario = name;
END;
-- The versions: how many holidays each has, and whether a ticket was given it.
CREATE FUNCTION prueba.kept(name text DEFAULT 'c') RETURNS text LANGUAGE sql STABLE
	RETURN (SELECT string_agg(format('%s:%s%s', version, cardinality(feriado),
		CASE WHEN EXISTS (SELECT FROM helpdesk.calendario_uso u WHERE u.version_id = v.version_id) THEN ' given' ELSE '' END), ', ' ORDER BY version)
		FROM helpdesk.calendario_version v WHERE calendario = name);
CREATE FUNCTION prueba.make(name text, category text DEFAULT 'cc') RETURNS void LANGUAGE sql
	RETURN prueba.new_ticket(name, jsonb_build_object('categoria', category));

SELECT prueba.kept(), prueba.kept('d');
-- 400 holidays one by one, and a hundred in a transaction.
DO $$ BEGIN FOR i IN 1 .. 400 LOOP PERFORM prueba.edit(); COMMIT; END LOOP; END $$;
SELECT prueba.kept();
DO $$ BEGIN FOR i IN 1 .. 100 LOOP PERFORM prueba.edit(); END LOOP; END $$;
SELECT prueba.kept(), vigente_desde > now() - interval '1 min' FROM helpdesk.calendario_version WHERE calendario = 'c';
-- What nobody has edited has been left alone.
SELECT prueba.kept('d'), prueba.kept('24x7');
DELETE FROM helpdesk.feriado WHERE calendario = 'c';
SELECT prueba.kept();

-- A ticket: the next edit makes a second one, and all further ones take its place.  What is asked for makes none stay.
SELECT prueba.make('uno');
SELECT prueba.edit();
SELECT prueba.kept();
SELECT prueba.edit(), ticket_sm.fn_sla_sumar('c', '2050-01-01 00:00Z', '1:00') - '2050-01-01 00:00Z';
SELECT prueba.kept(), ticket_sm.fn_sla_transcurrido('c', '2050-01-01 00:00Z', '2050-01-05 00:00Z');
-- Each further ticket costs nothing: no row of it.
SELECT prueba.make('dos'), prueba.make('tres');
SELECT count(*) FROM helpdesk.calendario_uso;

-- However a ticket comes by it.  By COPY and by a plain INSERT:
SELECT prueba.edit();
COPY helpdesk.ticket (tipo, prioridad, categoria, descripcion, solicitante_nombre, solicitante_email) FROM STDIN WITH (DELIMITER '|');
QUEJA|MEDIA|cc|No imprime nada desde ayer.|Eva|eva@correo.example
\.
SELECT prueba.edit();
INSERT INTO helpdesk.ticket (tipo, prioridad, categoria, descripcion, solicitante_nombre, solicitante_email)
VALUES ('QUEJA', 'MEDIA', 'cc', 'No imprime nada desde ayer.', 'Eva', 'eva@correo.example');
SELECT prueba.edit();
SELECT prueba.kept();
-- by its first response alone:
SELECT prueba.make('primera', 'aa');
SELECT prueba.edit();
SELECT prueba.kept();
-- by another class, but not by one that gives the same policy:
SELECT estado FROM ticket_sm.fn_asignar(prueba.id('uno'));
SELECT estado FROM ticket_sm.fn_reclasificar(prueba.id('uno'), subcategoria => 'x', motivo => 'Más exacto.');
SELECT prueba.edit();
SELECT prueba.kept();
SELECT prueba.make('otro', 'nada');
SELECT estado FROM ticket_sm.fn_asignar(prueba.id('otro'));
SELECT estado FROM ticket_sm.fn_reclasificar(prueba.id('otro'), categoria => 'cc', motivo => 'Más exacto.');
SELECT prueba.edit();
SELECT prueba.kept();
-- by fn_sla_recalcular, which gives it to all; the second time there is nothing to give:
SELECT ticket_sm.fn_sla_recalcular('c');
SELECT prueba.edit();
SELECT prueba.kept();
SELECT ticket_sm.fn_sla_recalcular('c'), ticket_sm.fn_sla_recalcular('c');
SELECT prueba.edit();
SELECT prueba.kept();
-- and not by operations that give no target.
SELECT estado FROM ticket_sm.fn_asignar(prueba.id('uno'));
SELECT estado FROM ticket_sm.fn_pausar(prueba.id('uno'), motivo => 'Falta una pieza.');
SELECT estado FROM ticket_sm.fn_reabrir(prueba.id('uno'), motivo => 'Llegó.');
SELECT count(*) FROM ticket_sm.fn_sla_explicar(prueba.id('uno')), prueba.edit();
SELECT prueba.kept();

-- What is rolled back was given to nobody; what comes after it in the transaction was.
BEGIN;
SELECT prueba.make('nadie', 'dd');
ROLLBACK;
BEGIN;
SAVEPOINT s;
SELECT prueba.make('nadie', 'dd');
ROLLBACK TO s;
COMMIT;
SELECT prueba.err($$DO 'BEGIN PERFORM prueba.make(''nadie'', ''dd''); RAISE ''no''; END'$$);
SELECT prueba.edit('d');
SELECT prueba.kept('d');
BEGIN;
SAVEPOINT s;
SELECT prueba.make('nadie', 'dd');
ROLLBACK TO s;
SELECT prueba.make('cuatro', 'dd');
SAVEPOINT s;
ROLLBACK TO s;
SELECT prueba.make('cinco', 'dd');
COMMIT;
SELECT prueba.edit('d');
SELECT prueba.kept('d');
-- rolled back to before a ticket was given it, when one was since
BEGIN;
SELECT prueba.make('seis', 'dd');
SAVEPOINT s;
SELECT prueba.make('nadie', 'dd');
ROLLBACK TO s;
SELECT prueba.edit('d');
SELECT prueba.make('siete', 'dd');
SELECT prueba.edit('d');
COMMIT;
SELECT prueba.kept('d');
-- An edit that is rolled back has replaced nothing.
BEGIN;
SELECT prueba.edit('d');
SAVEPOINT s;
SELECT prueba.edit('d');
SELECT prueba.make('nadie', 'dd');
ROLLBACK TO s;
SELECT prueba.make('ocho', 'dd');
COMMIT;
BEGIN;
SELECT prueba.edit('d');
ROLLBACK;
SELECT prueba.kept('d');
SELECT prueba.edit('d');
SELECT prueba.kept('d');

-- Under another name nothing is another version; one that is gone takes the last one along, if nobody has it.
UPDATE helpdesk.calendario SET nombre = 'e' WHERE nombre = 'd';
SELECT prueba.kept('d'), prueba.kept('e');
SELECT prueba.edit('e');
SELECT prueba.kept('e');
DELETE FROM helpdesk.sla_politica WHERE calendario = 'e';
DELETE FROM helpdesk.calendario WHERE nombre = 'e';
SELECT prueba.kept('e');
INSERT INTO helpdesk.calendario VALUES ('e', 'UTC');
SELECT prueba.kept('e');

-- Nobody says by hand what was given; fn_verificar misses what is not said.
SELECT prueba.err(s) FROM unnest(ARRAY['INSERT INTO helpdesk.calendario_uso VALUES (1, gen_random_uuid())',
	'UPDATE helpdesk.calendario_uso SET version_id = version_id', 'DELETE FROM helpdesk.calendario_uso', 'TRUNCATE helpdesk.calendario_uso']) s;
SELECT prueba.as_role('regress_ana', 'DELETE FROM helpdesk.calendario_uso');
SELECT * FROM ticket_sm.fn_verificar();
BEGIN;
ALTER TABLE helpdesk.calendario_uso DISABLE TRIGGER USER;
DELETE FROM helpdesk.calendario_uso u USING helpdesk.ticket t WHERE t.ticket_uuid = prueba.id('primera') AND u.version_id = t.atencion_calendario;
ALTER TABLE helpdesk.calendario_uso ENABLE TRIGGER USER;
SELECT DISTINCT problema, detalle FROM ticket_sm.fn_verificar();
ROLLBACK;
SELECT * FROM ticket_sm.fn_verificar();
