-- What users add to the table historial goes on working, though its rows do not
-- come through the planner: columns with defaults, triggers of every kind,
-- indexes, CHECK constraints, a column that was dropped.
SET client_min_messages = warning;
SELECT ticket_sm.crear_mesa('mesa_propia');
SET ticket_sm.mesa = 'mesa_propia';

ALTER TABLE mesa_propia.historial ADD COLUMN sobra integer, ADD COLUMN origen text DEFAULT 'mesa ' || 'propia',
	ADD COLUMN sucursal text DEFAULT current_setting('prueba.sucursal', true),
	ADD COLUMN resumen text GENERATED ALWAYS AS (lower(actor_nombre) || ' v' || version) STORED;
ALTER TABLE mesa_propia.historial DROP COLUMN sobra;
ALTER TABLE mesa_propia.ticket ADD COLUMN sobra integer, ADD COLUMN etiqueta text DEFAULT 'verde';
ALTER TABLE mesa_propia.ticket DROP COLUMN sobra;
CREATE INDEX ON mesa_propia.historial (ocurrido_en);
CREATE UNIQUE INDEX ON mesa_propia.historial (hash);

CREATE TABLE mesa_propia.visto (nr serial, que text);
CREATE FUNCTION mesa_propia.anotar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO visto (que) VALUES (format('%s: %s %s', TG_NAME, NEW.version, NEW.operacion));
	RETURN NEW;
END $$;
ALTER FUNCTION mesa_propia.anotar SET search_path = mesa_propia;
CREATE TRIGGER antes BEFORE INSERT ON mesa_propia.historial FOR EACH ROW EXECUTE FUNCTION mesa_propia.anotar();
CREATE TRIGGER despues AFTER INSERT ON mesa_propia.historial FOR EACH ROW EXECUTE FUNCTION mesa_propia.anotar();
CREATE CONSTRAINT TRIGGER final AFTER INSERT ON mesa_propia.historial DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION mesa_propia.anotar();

-- No warning may come of it (a relation left open would give one).
SET prueba.sucursal = 'Medellín';
BEGIN;
SELECT estado FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'queja',
	categoria => 'Trato', descripcion => 'Me atendieron mal.', prioridad => 'alta');
SELECT estado, version FROM ticket_sm.fn_asignar((SELECT ticket_uuid FROM mesa_propia.ticket));
SELECT 'not yet' AS final WHERE NOT EXISTS (SELECT FROM mesa_propia.visto WHERE que LIKE 'final%');
COMMIT;
UPDATE mesa_propia.ticket SET etiqueta = 'roja';
SELECT version, operacion, cambios, origen, sucursal, resumen = lower(session_user) || ' v' || version AS resumen
FROM mesa_propia.historial ORDER BY version;
SELECT que FROM mesa_propia.visto ORDER BY nr;

-- A BEFORE trigger fills columns of its own, but neither changes nor drops an event.
CREATE FUNCTION mesa_propia.retocar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	CASE NEW.nota
		WHEN 'origen' THEN NEW.origen := 'retocado';
		WHEN 'actor' THEN NEW.actor_nombre := 'Nadie';
		WHEN 'motivo' THEN NEW.motivo := 'porque sí';
		WHEN 'nada' THEN RETURN NULL;
		ELSE NULL;
	END CASE;
	RETURN NEW;
END $$;
CREATE TRIGGER retocar BEFORE INSERT ON mesa_propia.historial FOR EACH ROW EXECUTE FUNCTION mesa_propia.retocar();
SELECT nota, prueba.err(format('SELECT ticket_sm.fn_actualizar((SELECT ticket_uuid FROM mesa_propia.ticket), %L)', nota))
FROM unnest('{origen,actor,motivo,nada}'::text[]) AS nota;
SELECT version, nota, origen FROM mesa_propia.historial WHERE version > 3 ORDER BY version;
DROP TRIGGER retocar ON mesa_propia.historial;

-- A CHECK of the user's holds, and refuses the operation as a whole.
ALTER TABLE mesa_propia.historial ADD CONSTRAINT sin_tacos CHECK (nota NOT LIKE '%caramba%');
SELECT prueba.err('SELECT ticket_sm.fn_actualizar((SELECT ticket_uuid FROM mesa_propia.ticket), ''¡caramba!'')')
	~ '^23514 new row for relation "historial" violates check constraint "sin_tacos"' AS refused;
SELECT estado, version FROM mesa_propia.ticket;
SELECT estado, version FROM ticket_sm.fn_actualizar((SELECT ticket_uuid FROM mesa_propia.ticket), 'bien dicho');

-- The history is whole, by its own columns.
SELECT * FROM ticket_sm.fn_verificar();

DROP SCHEMA mesa_propia CASCADE;

-- What is added while a session goes on never sees the caller's search_path, be it
-- but a trigger on the counter, or a default.
SELECT ticket_sm.crear_mesa('mesa_llana');
SET ticket_sm.mesa = 'mesa_llana';
CREATE FUNCTION mesa_llana.inicio() RETURNS ticket_sm.ticket_state LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO prueba.seen (message) VALUES ('default: ' || current_setting('search_path'));
	RETURN 'NUEVO';
END $$;
CREATE FUNCTION mesa_llana.contar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO prueba.seen (message) VALUES ('trigger: ' || current_setting('search_path'));
	RETURN NEW;
END $$;
CREATE FUNCTION prueba.crear() RETURNS ticket_sm.ticket_state LANGUAGE sql
	RETURN (SELECT estado FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com',
		tipo => 'queja', categoria => 'Trato', descripcion => 'Me atendieron mal.', prioridad => 'alta'));
SET search_path = prueba, public;
SELECT crear();
CREATE TRIGGER contar BEFORE UPDATE ON mesa_llana.contador FOR EACH ROW EXECUTE FUNCTION mesa_llana.contar();
SELECT crear();
DROP TRIGGER contar ON mesa_llana.contador;
ALTER TABLE mesa_llana.ticket ALTER estado SET DEFAULT mesa_llana.inicio();
SELECT crear();
SHOW search_path;
RESET search_path;
SELECT message FROM prueba.seen WHERE sqlstate IS NULL;
DELETE FROM prueba.seen WHERE sqlstate IS NULL;

RESET ticket_sm.mesa;
DROP FUNCTION prueba.crear;
DROP SCHEMA mesa_llana CASCADE;
