-- What one ticket, one row or one statement does must not take others along,
-- nor be told as something else than it is.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET timezone = 'UTC';
SELECT prueba.fresh_mesa();

------------------------------------------------------------------------
-- One ticket that cannot be swept does not stop the others
------------------------------------------------------------------------

UPDATE helpdesk.configuracion SET sla_avisos = '{}';
SELECT count(prueba.new_in(name, 'ASIGNADO')) FROM (VALUES ('a'), ('b'), ('c'), ('d'), ('e')) AS t(name);
SELECT prueba.new_ticket('n');
-- The labels of those that came due.
CREATE FUNCTION prueba.due_now(most integer DEFAULT 1000) RETURNS text LANGUAGE sql
	RETURN (SELECT string_agg(right(ticket_label, 5) || ' ' || operacion, ', ' ORDER BY ticket_label) FROM ticket_sm.fn_sla_barrer(most));
-- Triggers of the owner's that fail for tickets a and c, in one way or the other.
CREATE FUNCTION prueba.moody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.ticket_uuid IN (prueba.id('a'), prueba.id('c')) THEN
		RAISE EXCEPTION 'not this one' USING ERRCODE = TG_ARGV[0];
	END IF;
	RETURN NEW;
END $$;
SET ticket_sm.desfase_reloj = '40d';
BEGIN;
CREATE TRIGGER moody BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.moody('P0001');
\set VERBOSITY sqlstate
SELECT prueba.due_now();
-- They come again, and no small limit ends with them.
SELECT prueba.due_now(1);
DROP TRIGGER moody ON helpdesk.ticket;
SELECT prueba.due_now(), prueba.due_now();
ROLLBACK;
BEGIN;
CREATE TRIGGER moody AFTER UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.moody('23514');
SELECT prueba.due_now(1);
SELECT prueba.due_now(1);
SELECT prueba.due_now();
ROLLBACK;
-- A trigger that keeps the row from being written.
CREATE FUNCTION prueba.swallow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN NEW.ticket_uuid <> prueba.id('a') THEN NEW END;
END $$;
BEGIN;
CREATE TRIGGER swallow BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.swallow();
SELECT prueba.due_now();
ROLLBACK;
-- What is not the ticket's stops all: the session's, the server's, what is to be run again as a whole.
BEGIN READ ONLY;
SELECT ticket_sm.fn_sla_barrer();
ROLLBACK;
BEGIN READ ONLY;
SELECT ticket_sm.fn_sla_recalcular();
ROLLBACK;
SELECT code, prueba.try(format($$CREATE TRIGGER moody BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.moody(%L);
	SELECT ticket_sm.fn_sla_barrer()$$, code)) FROM unnest(ARRAY['40001', '53200', '57P05', '58030', 'XX000']) AS code;
DELETE FROM prueba.seen WHERE message = 'not this one';	-- as it should
-- A history that is not complete is the ticket's own affair.
BEGIN;
ALTER TABLE helpdesk.ticket DISABLE TRIGGER USER;
UPDATE helpdesk.ticket SET hash = '\x00' WHERE ticket_uuid = prueba.id('b');
ALTER TABLE helpdesk.ticket ENABLE TRIGGER USER;
SELECT prueba.due_now();
ROLLBACK;
-- Many: the first are told one by one, then how many there are.
\set VERBOSITY terse
BEGIN;
SELECT count(prueba.new_in('x' || n, 'NUEVO')) FROM generate_series(1, 20) AS n;
SET LOCAL ticket_sm.desfase_reloj = '80d';
CREATE FUNCTION prueba.never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'never';
END $$;
CREATE TRIGGER never BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.never();
SELECT prueba.due_now();
ROLLBACK;
-- Recalculated likewise: the others get their targets.
BEGIN;
RESET ticket_sm.desfase_reloj;
CREATE TRIGGER moody BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.moody('P0001');
UPDATE helpdesk.prioridad SET sla_horas = 30;
SELECT ticket_sm.fn_sla_recalcular();
SELECT ticket_sm.fn_sla_recalcular();
SELECT sla_horas, count(*) FROM helpdesk.ticket GROUP BY 1 ORDER BY 1;
ROLLBACK;
RESET ticket_sm.desfase_reloj;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- A policy needs a calendar that opens
------------------------------------------------------------------------

INSERT INTO helpdesk.calendario VALUES ('nunca', 'UTC'), ('pronto', 'UTC');
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario) VALUES ('resolucion', 8, 'nunca');
INSERT INTO helpdesk.sla_politica (objetivo, dias_habiles, calendario) VALUES ('atencion', 1, 'nunca');
-- Opening on some dates only is not enough: they come to an end.
BEGIN;
INSERT INTO helpdesk.feriado VALUES ('nunca', '2040-01-02', '08:00', '17:00', 'Abierto');
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario) VALUES ('resolucion', 8, 'nunca');
COMMIT;
-- In any order, if it opens in the end; and its hours may be replaced.
BEGIN;
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario) VALUES ('resolucion', 8, 'pronto');
INSERT INTO helpdesk.horario VALUES ('pronto', 1, '08:00', '17:00');
COMMIT;
BEGIN;
DELETE FROM helpdesk.horario WHERE calendario = 'pronto';
INSERT INTO helpdesk.horario VALUES ('pronto', 1, '08:00', '12:00'), ('pronto', 2, '08:00', '17:00');
COMMIT;
DELETE FROM helpdesk.horario WHERE calendario = 'pronto' AND dia = 1;
-- Its last hours stay, whichever way they would go.
DELETE FROM helpdesk.horario WHERE calendario = 'pronto';
UPDATE helpdesk.horario SET calendario = 'nunca' WHERE calendario = 'pronto';
TRUNCATE helpdesk.horario;
BEGIN;
SAVEPOINT s;
DELETE FROM helpdesk.horario WHERE calendario = 'pronto';
RELEASE s;
COMMIT;
BEGIN;
SAVEPOINT s;
DELETE FROM helpdesk.horario WHERE calendario = 'pronto';
ROLLBACK TO s;
COMMIT;
DO $$ BEGIN DELETE FROM helpdesk.horario WHERE calendario = 'pronto'; END $$;
-- A policy moved to such a calendar; one that is gone no longer minds.
UPDATE helpdesk.sla_politica SET calendario = 'nunca';
SELECT calendario FROM helpdesk.sla_politica;
SELECT dia, desde FROM helpdesk.horario WHERE calendario = 'pronto';
BEGIN;
DELETE FROM helpdesk.horario WHERE calendario = 'pronto';
DELETE FROM helpdesk.sla_politica;
COMMIT;
SELECT prueba.err(prueba.create_call());
-- A mesa that goes in the same transaction is not asked.
BEGIN;
SELECT ticket_sm.crear_mesa('mesa_fugaz');
INSERT INTO mesa_fugaz.calendario VALUES ('nunca', 'UTC');
INSERT INTO mesa_fugaz.sla_politica (objetivo, horas, calendario) VALUES ('resolucion', 8, 'nunca');
DROP SCHEMA mesa_fugaz CASCADE;
COMMIT;
-- What is still asked for: as an ADMIN, too.
SET ROLE regress_ana;
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario) VALUES ('resolucion', 8, 'nunca');
RESET ROLE;
DELETE FROM helpdesk.calendario WHERE nombre IN ('nunca', 'pronto');

------------------------------------------------------------------------
-- A request that has ended is forgotten
------------------------------------------------------------------------

-- A later trigger swallows the rows of a request; the guard's is switched off, and
-- the same row is written by other means in the same transaction.
CREATE TRIGGER zzzz_swallow BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.swallow();
CREATE FUNCTION prueba.stale(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	asked text;
	answer text;
BEGIN
	asked := prueba.short(call);
	ALTER TABLE helpdesk.ticket DISABLE TRIGGER zzz_guardia_antes;
	ALTER TABLE helpdesk.ticket DISABLE TRIGGER zzzz_swallow;
	answer := prueba.err(format('UPDATE helpdesk.ticket SET version = version + 1, asunto = ''otro'' WHERE ticket_uuid = %L', prueba.id('a')));
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN asked || ' -- ' || answer;
END $$;
SELECT prueba.stale($$SELECT ticket_sm.fn_ejecutar_lote('actualizar', ARRAY[prueba.id('a'), prueba.id('b')], '{"nota": "x"}')$$);
SELECT prueba.stale($$SELECT ticket_sm.fn_actualizar(prueba.id('a'), 'x')$$);
SELECT prueba.stale($$UPDATE helpdesk.ticket SET asunto = 'uno' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.stale($$SELECT set_config('ticket_sm.desfase_reloj', '40d', true), ticket_sm.fn_sla_barrer()$$);
DROP TRIGGER zzzz_swallow ON helpdesk.ticket;
DROP FUNCTION prueba.stale;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- A ticket that is changed twice by one statement
------------------------------------------------------------------------

CREATE TABLE prueba.twice (n serial, statement text);
INSERT INTO prueba.twice (statement) VALUES
	($$WITH x AS (UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('a') RETURNING ticket_uuid)
		SELECT ticket_sm.fn_actualizar(ticket_uuid, nota => 'y') FROM x$$),
	($$WITH x AS (UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('n') RETURNING ticket_uuid)
		SELECT ticket_sm.fn_pausar(ticket_uuid, 'yyyy') FROM x$$),
	($$WITH x AS (UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('a') RETURNING ticket_uuid)
		SELECT l.codigo FROM x, ticket_sm.fn_ejecutar_lote('actualizar', ARRAY[x.ticket_uuid], '{"nota": "y"}', true) l$$),
	($$WITH x AS (INSERT INTO helpdesk.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad)
		VALUES ('Rosa Díaz', 'rosa@example.com', 'QUEJA', 'Trato', 'Me atendieron mal.', 'ALTA') RETURNING ticket_uuid)
		SELECT ticket_sm.fn_actualizar(ticket_uuid, nota => 'y') FROM x$$),
	($$UPDATE helpdesk.ticket SET asunto = (ticket_sm.fn_actualizar(ticket_uuid, nota => 'y')).estado::text WHERE ticket_uuid = prueba.id('a')$$),
	($$WITH x AS (UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid IN (prueba.id('a'), prueba.id('b')) RETURNING ticket_uuid)
		SELECT set_config('ticket_sm.desfase_reloj', '40d', true), (SELECT count(*) FROM x), ticket_sm.fn_sla_barrer()$$),
	($$SELECT ticket_sm.fn_actualizar(prueba.id('a'), nota => 'y'), ticket_sm.fn_actualizar(prueba.id('a'), nota => 'z')$$);
SELECT n, prueba.try(statement) FROM prueba.twice ORDER BY n;
DROP TABLE prueba.twice;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- What the history tells of columns that a user has added
------------------------------------------------------------------------

CREATE DOMAIN prueba.plazo AS timestamptz;
ALTER TABLE helpdesk.ticket ADD hasta timestamptz, ADD cuando timestamp, ADD dia date, ADD d prueba.plazo, ADD lapso interval,
	ADD r float8, ADD num numeric, ADD rango tstzrange, ADD dias date[];
-- As to_jsonb() gives it, whatever the session's settings.
SET datestyle = 'SQL, DMY';
SET timezone = 'America/Bogota';
SET intervalstyle = 'iso_8601';
SELECT prueba.err(format('UPDATE helpdesk.ticket SET %s WHERE ticket_uuid = prueba.id(''a'')', s)) FROM unnest(ARRAY[
	'hasta = ''infinity''', 'hasta = ''-infinity''', 'hasta = timestamptz ''2040-01-02 03:04:05.678+00''',
	'cuando = ''infinity''', 'cuando = timestamp ''2040-01-02 03:04:05''', 'dia = ''-infinity''', 'dia = date ''2040-01-02''',
	'd = ''infinity''', 'd = timestamptz ''2040-01-02 03:04:05+00''', 'lapso = interval ''3 h''', 'r = ''Infinity''', 'r = ''NaN''',
	'num = ''NaN''', 'rango = tstzrange(NULL, ''infinity'')', 'dias = ''{infinity}''', 'hasta = NULL, cuando = NULL']) AS s;
RESET datestyle;
RESET intervalstyle;
SET timezone = 'UTC';
SELECT cambios FROM helpdesk.historial WHERE ticket_uuid = prueba.id('a') AND cambios IS NOT NULL ORDER BY version;
SELECT * FROM ticket_sm.fn_verificar();
ALTER TABLE helpdesk.ticket DROP hasta, DROP cuando, DROP dia, DROP d, DROP lapso, DROP r, DROP num, DROP rango, DROP dias;
DROP DOMAIN prueba.plazo;

------------------------------------------------------------------------
-- Without direct reads of tickets, AREA works as before
------------------------------------------------------------------------

BEGIN;
SELECT prueba.new_ticket('ajeno', '{"area": "SOPORTE"}');
REVOKE SELECT ON helpdesk.ticket, helpdesk.historial FROM ticket_area;
SET ROLE regress_alba;
SELECT prueba.short('SELECT count(*) FROM helpdesk.ticket'), prueba.short('EXPLAIN ANALYZE SELECT FROM helpdesk.historial'), prueba.short('SELECT FROM helpdesk.bandeja');
SELECT count(*) > 0 AS some, bool_and(area = 'REDES') AS hers FROM ticket_sm.fn_bandeja();
SELECT ticket_sm.fn_ticket(prueba.id('b')) -> 'ticket' ->> 'area', prueba.short($$SELECT ticket_sm.fn_ticket(prueba.id('ajeno'))$$);
SELECT objetivo, estado FROM ticket_sm.fn_sla_explicar(prueba.id('b'));
SELECT estado FROM ticket_sm.fn_actualizar(prueba.id('b'), nota => 'mirado');
SELECT hecho, codigo FROM ticket_sm.fn_ejecutar_lote('actualizar', ARRAY[prueba.id('b'), prueba.id('ajeno')], '{"nota": "mirado"}') ORDER BY 1;
RESET ROLE;
ROLLBACK;
DROP FUNCTION prueba.due_now, prueba.moody, prueba.swallow;
