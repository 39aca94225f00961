-- Sealed tables: whichever way, nobody but the extension writes to them.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

------------------------------------------------------------------------
-- A sealed table is written by nobody else, whichever way
------------------------------------------------------------------------

CREATE SCHEMA cerca;
SELECT ticket_sm.crear_mesa('mesa_sellada');
SET ticket_sm.mesa = 'mesa_sellada';
UPDATE mesa_sellada.configuracion SET eventos = '{crear, actualizar}';
INSERT INTO mesa_sellada.sla_politica (objetivo, horas) VALUES ('atencion', 1);
INSERT INTO mesa_sellada.agente (nombre, email, rol) VALUES ('Ana', 'ana@desk.example', 'ADMIN');
SELECT prueba.new_ticket('sellado', '{"area": "MESA"}');
SELECT prueba.new_ticket('otro', '{"area": "MESA"}');
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('sellado'), prueba.id('otro'), 'relacionado', 'Se parecen.');
SELECT archivo FROM ticket_sm.fn_adjuntar(prueba.id('sellado'), 'sellado.txt', 'sellado');
SELECT prueba.new_in('calificado', 'RESUELTO', '{"area": "MESA"}');
SELECT ticket_label AS label FROM mesa_sellada.ticket WHERE ticket_uuid = prueba.id('calificado') \gset
SET ROLE regress_pepe;
SELECT estado FROM ticket_sm.fn_calificar(:'label', 'rosa@example.com', 4);
RESET ROLE;
UPDATE mesa_sellada.prioridad SET nombre = 'Baja' WHERE nombre = 'BAJA';
CREATE VIEW cerca.sellada AS SELECT DISTINCT tabla FROM ticket_sm.disparadores() WHERE funcion = 'tg_refuse';
-- Through a table that it inherits from, for which no statement trigger fires here.
BEGIN;
SELECT format('CREATE TABLE cerca.%1$I (LIKE mesa_sellada.%1$I INCLUDING CONSTRAINTS); ALTER TABLE mesa_sellada.%1$I INHERIT cerca.%1$I', tabla)
FROM cerca.sellada ORDER BY tabla COLLATE "C" \gexec
SELECT tabla, prueba.try(format('DELETE FROM cerca.%I', tabla)),
	prueba.try(format('UPDATE cerca.%1$I SET %2$I = %2$I', tabla, (SELECT f.columna FROM ticket_sm.forma_mesa() f WHERE f.tabla = s.tabla LIMIT 1))),
	prueba.try(format('TRUNCATE cerca.%I CASCADE', tabla))
FROM cerca.sellada s ORDER BY tabla COLLATE "C";
ROLLBACK;
-- Through the root of a table of which it is a partition.
CREATE FUNCTION cerca.raiz(tabla name, fila text DEFAULT '*') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE cerca.raiz (LIKE mesa_sellada.%1$I) PARTITION BY LIST (%2$I)', tabla,
		(SELECT f.columna FROM ticket_sm.forma_mesa() f WHERE f.tabla = $1 LIMIT 1));
	EXECUTE format('ALTER TABLE cerca.raiz ATTACH PARTITION mesa_sellada.%I DEFAULT', tabla);
	RETURN prueba.err(format('INSERT INTO cerca.raiz SELECT %s FROM mesa_sellada.%I', fila, tabla));
END $$;
BEGIN;
ALTER TABLE mesa_sellada.evento ALTER evento_id DROP IDENTITY;
ALTER TABLE mesa_sellada.calendario_version ALTER version_id DROP IDENTITY;
ALTER TABLE mesa_sellada.sla_politica_version ALTER version_id DROP IDENTITY;
ALTER TABLE mesa_sellada.renombre ALTER renombre_id DROP IDENTITY;
SAVEPOINT s;
SELECT cerca.raiz('historial');
ROLLBACK TO s;
SELECT cerca.raiz('contador', 'anio - 1, ultimo');
ROLLBACK TO s;
SELECT cerca.raiz('evento');
ROLLBACK TO s;
SELECT cerca.raiz('calendario_version');
ROLLBACK TO s;
SELECT cerca.raiz('sla_politica_version');
ROLLBACK TO s;
SELECT cerca.raiz('renombre');
ROLLBACK;
-- By a trigger of the owner's, while we write: it may catch the error, but its row is not there.
CREATE FUNCTION cerca.colar() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	otra jsonb := to_jsonb(NEW) || TG_ARGV[0]::jsonb;
BEGIN
	BEGIN
		EXECUTE format('INSERT INTO %1$I.%2$I SELECT * FROM jsonb_populate_record(NULL::%1$I.%2$I, $1)', TG_TABLE_SCHEMA, TG_TABLE_NAME) USING otra;
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO prueba.seen (message) VALUES (TG_TABLE_NAME || ' ' || TG_OP || ': ' || SQLERRM);
	END;
	RETURN NEW;
END $$;
CREATE TRIGGER colar BEFORE INSERT ON mesa_sellada.historial FOR EACH ROW EXECUTE FUNCTION cerca.colar('{"version": 99}');
CREATE TRIGGER colar BEFORE INSERT ON mesa_sellada.evento FOR EACH ROW EXECUTE FUNCTION cerca.colar('{"evento_id": 99}');
CREATE TRIGGER colar BEFORE UPDATE ON mesa_sellada.contador FOR EACH ROW EXECUTE FUNCTION cerca.colar('{"anio": 1999}');
CREATE TRIGGER colar_tras AFTER UPDATE ON mesa_sellada.contador FOR EACH ROW EXECUTE FUNCTION cerca.colar('{"anio": 1998}');
CREATE TRIGGER colar BEFORE INSERT ON mesa_sellada.sla_politica_version FOR EACH ROW EXECUTE FUNCTION cerca.colar('{"version_id": 99}');
SELECT prueba.new_ticket('otro', '{"area": "MESA"}');
UPDATE mesa_sellada.sla_politica SET horas = 2;
SELECT message, count(*) FROM prueba.seen WHERE sqlstate IS NULL GROUP BY message ORDER BY message COLLATE "C";
DELETE FROM prueba.seen WHERE sqlstate IS NULL;
SELECT (SELECT count(*) FROM mesa_sellada.historial), (SELECT count(*) FROM mesa_sellada.evento),
	(SELECT count(*) FROM mesa_sellada.contador), (SELECT count(*) FROM mesa_sellada.sla_politica_version);
SELECT * FROM ticket_sm.fn_verificar();
DROP TRIGGER colar ON mesa_sellada.historial;
-- An event under another's hash.
CREATE FUNCTION cerca.cambiar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.hash := sha256('otro');
	RETURN NEW;
END $$;
CREATE TRIGGER cambiar BEFORE INSERT ON mesa_sellada.historial FOR EACH ROW EXECUTE FUNCTION cerca.cambiar();
SELECT prueba.short('SELECT ticket_sm.fn_actualizar(prueba.id(''sellado''), ''nota'')');
DROP TRIGGER cambiar ON mesa_sellada.historial;
-- A permit that an error has left behind: the very row that was to be written, through a root.
CREATE FUNCTION cerca.parar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION SQLSTATE 'ZZ001' USING MESSAGE = to_jsonb(NEW)::text;
END $$;
CREATE TRIGGER parar BEFORE INSERT ON mesa_sellada.historial FOR EACH ROW EXECUTE FUNCTION cerca.parar();
BEGIN;
DO $$
DECLARE
	fila jsonb;
BEGIN
	BEGIN
		PERFORM ticket_sm.fn_actualizar(prueba.id('sellado'), 'nota');
	EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
		fila := SQLERRM;
	END;
	ALTER TABLE mesa_sellada.historial DISABLE TRIGGER parar;
	CREATE TABLE cerca.raiz (LIKE mesa_sellada.historial) PARTITION BY LIST (version);
	ALTER TABLE cerca.raiz ATTACH PARTITION mesa_sellada.historial DEFAULT;
	CREATE TABLE cerca.fila AS SELECT (jsonb_populate_record(NULL::mesa_sellada.historial, fila)).*;
END $$;
SELECT version, operacion, nota FROM cerca.fila;
SELECT prueba.err('INSERT INTO cerca.raiz TABLE cerca.fila');
ROLLBACK;
RESET ticket_sm.mesa;
DROP SCHEMA cerca, mesa_sellada CASCADE;
