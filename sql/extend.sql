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

-- Each addition to the history by itself: where there is none, its rows are written
-- past the executor.
SELECT ticket_sm.crear_mesa('mesa_sola');
SET ticket_sm.mesa = 'mesa_sola';
CREATE FUNCTION prueba.nota(nota text) RETURNS text LANGUAGE sql AS
	$$SELECT prueba.err(format('SELECT ticket_sm.fn_actualizar((SELECT ticket_uuid FROM mesa_sola.ticket), %L)', nota))$$;
-- Whether the index finds what the table has, and the ticket holds the chain's end.
CREATE FUNCTION prueba.entero(OUT por_indice boolean, OUT fin boolean, OUT problemas bigint) LANGUAGE plpgsql
	SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
	por_indice := (SELECT count(*) FROM mesa_sola.historial h, mesa_sola.ticket t, generate_series(1, t.version) v
		WHERE h.ticket_uuid = t.ticket_uuid AND h.version = v) = (SELECT version FROM mesa_sola.ticket);
	fin := (SELECT t.hash = h.hash FROM mesa_sola.ticket t JOIN mesa_sola.historial h USING (ticket_uuid, version));
	problemas := (SELECT count(*) FROM ticket_sm.fn_verificar());
END $$;
CREATE FUNCTION prueba.nueva() RETURNS text LANGUAGE sql AS $$SELECT prueba.err('SELECT ticket_sm.fn_crear_ticket(nombre => ''Rosa Díaz'',
	email => ''rosa@example.com'', tipo => ''queja'', categoria => ''Trato'', prioridad => ''alta'',
	descripcion => (SELECT string_agg(sha256(i::text::bytea)::text, '' '') FROM generate_series(1, 200) AS i))')$$;
CREATE TABLE mesa_sola.visto (nr serial, que text);
CREATE FUNCTION mesa_sola.anotar() RETURNS trigger LANGUAGE plpgsql SET search_path = mesa_sola AS $$
BEGIN
	INSERT INTO visto (que) VALUES (format('%s %s: %s', TG_NAME, TG_WHEN, NEW.version));
	RETURN NEW;
END $$;

ALTER TABLE mesa_sola.historial ALTER nota SET NOT NULL;
SELECT prueba.nueva() ~ '^23502 null value in column "nota" of relation "historial" violates not-null constraint' AS refused;
ALTER TABLE mesa_sola.historial ALTER nota DROP NOT NULL;
SELECT prueba.nueva();
SELECT * FROM prueba.entero();
SELECT prueba.nota('nada');
SELECT * FROM prueba.entero();

CREATE TRIGGER mirar AFTER INSERT ON mesa_sola.historial FOR EACH ROW EXECUTE FUNCTION mesa_sola.anotar();
SELECT prueba.nota('tras');
DROP TRIGGER mirar ON mesa_sola.historial;
CREATE TRIGGER mirar BEFORE INSERT ON mesa_sola.historial FOR EACH ROW EXECUTE FUNCTION mesa_sola.anotar();
SELECT prueba.nota('ante');
DROP TRIGGER mirar ON mesa_sola.historial;
CREATE CONSTRAINT TRIGGER mirar AFTER INSERT ON mesa_sola.historial DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION mesa_sola.anotar();
SELECT prueba.nota('final');
DROP TRIGGER mirar ON mesa_sola.historial;
SELECT que FROM mesa_sola.visto ORDER BY nr;

-- Triggers of statements fire as well, on the counter too; none has a transition table.
CREATE FUNCTION mesa_sola.anotar_orden() RETURNS trigger LANGUAGE plpgsql SET search_path = mesa_sola AS $$
BEGIN
	INSERT INTO visto (que) VALUES (format('%s %s %s', TG_TABLE_NAME, TG_WHEN, TG_OP));
	RETURN NULL;
END $$;
BEGIN;
TRUNCATE mesa_sola.visto;
SELECT format('CREATE TRIGGER orden_%s %1$s %s ON mesa_sola.%I FOR EACH STATEMENT EXECUTE FUNCTION mesa_sola.anotar_orden()', momento, que, tabla)
FROM (VALUES ('before'), ('after')) AS m (momento),
	(VALUES ('insert', 'historial'), ('update of ultimo', 'contador')) AS t (que, tabla) \gexec
CREATE TRIGGER otra AFTER UPDATE OF anio ON mesa_sola.contador FOR EACH STATEMENT EXECUTE FUNCTION mesa_sola.anotar_orden();
SELECT prueba.nota('por orden');
SELECT prueba.nueva();
SELECT que FROM mesa_sola.visto ORDER BY nr;
ROLLBACK;
CREATE TRIGGER orden AFTER INSERT ON mesa_sola.historial REFERENCING NEW TABLE AS nuevas
	FOR EACH STATEMENT EXECUTE FUNCTION mesa_sola.anotar_orden();
SELECT prueba.nota('con tabla');
DROP TRIGGER orden ON mesa_sola.historial;
CREATE TRIGGER orden AFTER UPDATE ON mesa_sola.contador REFERENCING OLD TABLE AS viejas
	FOR EACH STATEMENT EXECUTE FUNCTION mesa_sola.anotar_orden();
SELECT prueba.nueva();
DROP TRIGGER orden ON mesa_sola.contador;
SELECT * FROM ticket_sm.fn_verificar();

ALTER TABLE mesa_sola.historial ADD CONSTRAINT sin_tacos CHECK (nota NOT LIKE '%caramba%');
SELECT prueba.nota('¡caramba!') ~ '^23514 new row for relation "historial" violates check constraint "sin_tacos"' AS refused;
ALTER TABLE mesa_sola.historial DROP CONSTRAINT sin_tacos;

CREATE TABLE mesa_sola.autor (nombre text PRIMARY KEY);
ALTER TABLE mesa_sola.historial ADD CONSTRAINT autores FOREIGN KEY (actor_nombre) REFERENCES mesa_sola.autor NOT VALID;
SELECT prueba.nota('de nadie') ~ '^23503 insert or update on table "historial" violates foreign key constraint "autores"' AS refused;
ALTER TABLE mesa_sola.historial DROP CONSTRAINT autores;

CREATE INDEX notas ON mesa_sola.historial (nota);
SELECT prueba.nota('con índice');
SET enable_seqscan = off;
EXPLAIN (COSTS off) SELECT count(*) FROM mesa_sola.historial WHERE nota = 'con índice';
SELECT count(*) FROM mesa_sola.historial WHERE nota = 'con índice';
RESET enable_seqscan;
DROP INDEX mesa_sola.notas;
CREATE UNIQUE INDEX notas ON mesa_sola.historial (nota) WHERE version > 4;
SELECT prueba.nota('con índice') ~ '^23505 duplicate key value violates unique constraint "notas"' AS refused;
DROP INDEX mesa_sola.notas;

-- The same with the primary key's columns the other way round.
ALTER TABLE mesa_sola.historial DROP CONSTRAINT historial_pkey, ADD PRIMARY KEY (version, ticket_uuid);
SELECT prueba.nota('al revés');
SELECT * FROM prueba.entero();

ALTER TABLE mesa_sola.historial ADD COLUMN gritada text GENERATED ALWAYS AS (upper(nota)) STORED;
SELECT prueba.nota('calculada');
SELECT gritada FROM mesa_sola.historial WHERE nota = 'calculada';
ALTER TABLE mesa_sola.historial DROP COLUMN gritada;
SELECT prueba.nota('con un hueco');
SELECT * FROM prueba.entero();

DROP SCHEMA mesa_sola CASCADE;

-- The ticket holds the hash of its last event, whatever a user's triggers do: the guard
-- judges what they have left.  What is generated from other columns is not told.
SET client_min_messages = warning;
SELECT ticket_sm.crear_mesa('mesa_sola');
CREATE FUNCTION mesa_sola.retocar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.asunto = 'hash' THEN NEW.hash := sha256('x'); END IF;
	NEW.empresa_departamento := 'Ventas ' || coalesce(NEW.version, 0);
	RETURN NEW;
END $$;
CREATE FUNCTION mesa_sola.seguir() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE mesa_sola.ticket SET documento = NEW.version WHERE ticket_uuid = NEW.ticket_uuid AND documento IS NULL;
	RETURN NULL;
END $$;
SELECT prueba.nueva();
SELECT * FROM prueba.entero();
CREATE TRIGGER retocar BEFORE UPDATE ON mesa_sola.ticket FOR EACH ROW EXECUTE FUNCTION mesa_sola.retocar();
SELECT prueba.nota('una'), prueba.nota('otra');
SELECT * FROM prueba.entero();
SELECT cambios FROM mesa_sola.historial WHERE version > 1 ORDER BY version;
SELECT prueba.err($$UPDATE mesa_sola.ticket SET asunto = 'hash'$$);
ALTER TABLE mesa_sola.ticket DISABLE TRIGGER retocar;
SELECT prueba.nota('sin');
SELECT * FROM prueba.entero();
DROP TRIGGER retocar ON mesa_sola.ticket;
ALTER TABLE mesa_sola.ticket ADD COLUMN largo integer GENERATED ALWAYS AS (length(asunto)) STORED;
UPDATE mesa_sola.ticket SET asunto = 'largo';
SELECT * FROM prueba.entero();
SELECT cambios FROM mesa_sola.historial ORDER BY version DESC LIMIT 1;
ALTER TABLE mesa_sola.ticket DROP COLUMN largo;
SELECT prueba.nota('y sin largo');
SELECT * FROM prueba.entero();
SELECT cambios FROM mesa_sola.historial ORDER BY version DESC LIMIT 1;
-- It is nobody's to set.
SELECT prueba.err($$UPDATE mesa_sola.ticket SET hash = sha256('x')$$);
UPDATE mesa_sola.ticket SET hash = sha256('x'), asunto = 'corto';
SELECT * FROM prueba.entero();
-- A foreign key and a partial index on what an operation changes.
CREATE TABLE mesa_sola.plantilla (texto text PRIMARY KEY);
INSERT INTO mesa_sola.plantilla VALUES ('hola');
ALTER TABLE mesa_sola.ticket ADD CONSTRAINT plantillas FOREIGN KEY (respuesta_cliente) REFERENCES mesa_sola.plantilla;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(ticket_uuid, respuesta => 'adiós') FROM mesa_sola.ticket$$)
	~ '^23503 insert or update on table "ticket" violates foreign key constraint "plantillas"' AS refused;
CREATE INDEX respondidos ON mesa_sola.ticket (actualizado_en) WHERE respuesta_cliente = 'hola';
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(ticket_uuid, respuesta => 'hola') FROM mesa_sola.ticket$$);
SELECT prueba.nota('después');
SET enable_seqscan = off;
SELECT count(*) FROM mesa_sola.ticket t, mesa_sola.historial h
WHERE respuesta_cliente = 'hola' AND h.ticket_uuid = t.ticket_uuid AND t.actualizado_en = h.ocurrido_en AND h.nota = 'después';
RESET enable_seqscan;
DROP INDEX mesa_sola.respondidos;
ALTER TABLE mesa_sola.ticket DROP CONSTRAINT plantillas;
SELECT * FROM prueba.entero();
-- A trigger that changes the ticket again before its event is written, and one after it.
CREATE TRIGGER a_seguir AFTER UPDATE ON mesa_sola.ticket FOR EACH ROW EXECUTE FUNCTION mesa_sola.seguir();
SELECT prueba.nota('otra vez') ~ '^27000 ticket is changed twice by one statement.*must sort after' AS refused;
DELETE FROM prueba.seen WHERE sqlstate = '27000';	-- as it should
ALTER TRIGGER a_seguir ON mesa_sola.ticket RENAME TO seguir;
SELECT prueba.nota('otra vez');
SELECT version - documento::integer AS distancia, entero.* FROM mesa_sola.ticket, prueba.entero();
DROP SCHEMA mesa_sola CASCADE;
DROP FUNCTION prueba.nota, prueba.entero, prueba.nueva;

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
UPDATE mesa_llana.configuracion SET eventos = '{crear}';
SELECT crear();
CREATE TRIGGER contar BEFORE INSERT ON mesa_llana.evento FOR EACH ROW EXECUTE FUNCTION mesa_llana.contar();
SELECT crear();
DROP TRIGGER contar ON mesa_llana.evento;
ALTER TABLE mesa_llana.ticket ALTER estado SET DEFAULT mesa_llana.inicio();
SELECT crear();
SHOW search_path;
RESET search_path;
SELECT message FROM prueba.seen WHERE sqlstate IS NULL ORDER BY message;
DELETE FROM prueba.seen WHERE sqlstate IS NULL;

RESET ticket_sm.mesa;
DROP FUNCTION prueba.crear;
DROP SCHEMA mesa_llana CASCADE;
