-- SQL that is unusual and right: nothing may be lost, and fn_verificar stays silent.

--- labels: many in one statement, savepoints, cursors
-- changes ticket historial contador evento objects
CREATE FUNCTION m.mk(n integer) RETURNS SETOF text LANGUAGE sql AS $$ SELECT (ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'incidente',
	categoria => 'Red', descripcion => 'No hay internet ' || i, prioridad => 'alta')).ticket_label FROM generate_series(1, n) AS i $$;

-- works
BEGIN; SELECT count(*) FROM m.mk(3); SAVEPOINT a; SELECT count(*) FROM m.mk(3); ROLLBACK TO a; SELECT count(*) FROM m.mk(2); SAVEPOINT b; SELECT count(*) FROM m.mk(1); RELEASE b; SAVEPOINT c; SELECT count(*) FROM m.mk(1); ROLLBACK TO c;

-- works
DECLARE k CURSOR WITH HOLD FOR SELECT * FROM m.mk(3); FETCH 1 FROM k; COMMIT; CLOSE k;

-- gives TK-2026-00015
SELECT max(ticket_label) FROM m.ticket;

--- prepared: prepared transactions
-- changes ticket historial contador evento objects
CREATE FUNCTION m.mk(n integer) RETURNS SETOF text LANGUAGE sql AS $$ SELECT (ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'incidente',
	categoria => 'Red', descripcion => 'No hay internet ' || i, prioridad => 'alta')).ticket_label FROM generate_series(1, n) AS i $$;

BEGIN; SELECT count(*) FROM m.mk(2); PREPARE TRANSACTION 'x';

-- works
ROLLBACK PREPARED 'x';

BEGIN; SELECT count(*) FROM m.mk(2); PREPARE TRANSACTION 'y';

-- fails PT423
SELECT count(*) FROM m.mk(1);

-- works
COMMIT PREPARED 'y';

-- works
SELECT count(*) FROM m.mk(1);

-- gives TK-2026-00009
SELECT max(ticket_label) FROM m.ticket;

--- insert: plain INSERT, several rows, COPY, ON CONFLICT
-- changes ticket historial contador evento

-- works
INSERT INTO m.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad) SELECT 'Ana P', 'a@b', 'QUEJA', 'Red', 'diez caracteres', 'ALTA' FROM generate_series(1, 5);

-- works
INSERT INTO m.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad) VALUES ('Ana P', 'a@b', 'QUEJA', 'Red', 'diez caracteres', 'ALTA') ON CONFLICT DO NOTHING;

-- works
COPY m.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad) FROM stdin;
Ana P	a@b	QUEJA	Red	diez caracteres	ALTA
Ana P	a@c	QUEJA	Red	diez caracteres	ALTA

-- works
WITH a AS (INSERT INTO m.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad) VALUES ('Ana P', 'a@b', 'QUEJA', 'Red', 'diez caracteres', 'ALTA') RETURNING ticket_uuid)
	SELECT * FROM a;

MERGE INTO m.ticket t USING (VALUES ('Ana P')) AS s(n) ON t.solicitante_nombre = s.n AND t.version > 50 WHEN NOT MATCHED THEN INSERT (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad)
	VALUES (s.n, 'a@b', 'QUEJA', 'Red', 'diez caracteres', 'ALTA');

INSERT INTO m.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad, clave_idempotencia) VALUES ('Ana P', 'a@b', 'QUEJA', 'Red', 'diez caracteres', 'ALTA', 'k'), ('Ana P', 'a@b', 'QUEJA', 'Red', 'diez caracteres', 'ALTA', 'k')
	ON CONFLICT DO NOTHING;

--- cte: writable CTEs on the same row
-- changes ticket historial

WITH a AS (UPDATE m.ticket SET asunto = 'c1' WHERE ticket_uuid = '{1}' RETURNING *) UPDATE m.ticket SET asunto = 'c2' WHERE ticket_uuid = '{1}';

WITH a AS (UPDATE m.ticket SET asunto = 'c3' WHERE ticket_uuid = '{1}' RETURNING ticket_uuid) SELECT ticket_sm.fn_actualizar(ticket_uuid, 'nota') FROM a;

SELECT ticket_sm.fn_actualizar('{1}', 'nota'), ticket_sm.fn_actualizar('{1}', 'otra'), ticket_sm.fn_actualizar('{6}', 'nota');

UPDATE m.ticket SET asunto = (SELECT ticket_label FROM ticket_sm.fn_actualizar('{1}', 'nota')) WHERE ticket_uuid = '{1}';

UPDATE m.ticket SET asunto = (SELECT ticket_label FROM ticket_sm.fn_actualizar('{1}', 'nota')) WHERE ticket_uuid = '{6}';

--- nested: triggers that call our functions
-- changes ticket historial objects
CREATE FUNCTION m.nest() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.version < 8 THEN PERFORM ticket_sm.fn_actualizar(NEW.ticket_uuid, nota => 'anidada'); END IF; RETURN NULL; END $$;
CREATE TRIGGER zz AFTER UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION m.nest();

-- works
UPDATE m.ticket SET asunto = 'h';

SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('actualizar', (SELECT array_agg(ticket_uuid) FROM m.ticket), '{"nota": "lote"}');

CREATE TRIGGER a0 AFTER UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION m.nest();

UPDATE m.ticket SET asunto = 'i' WHERE version < 5;

--- generated: generated columns, and one that goes
-- changes ticket historial objects

ALTER TABLE m.ticket ADD g text GENERATED ALWAYS AS (categoria || 'x') STORED; UPDATE m.ticket SET asunto = 'g'; ALTER TABLE m.ticket DROP g; UPDATE m.ticket SET asunto = 'h';

--- edits: settings and tables edited in the middle of a statement, by a trigger
-- changes ticket historial configuracion contador evento objects
CREATE FUNCTION m.chg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE m.configuracion SET digitos = 11 - digitos; ALTER TABLE m.historial SET (fillfactor = 90); RETURN NEW; END $$;
CREATE TRIGGER zzc BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION m.chg();

UPDATE m.ticket SET asunto = 'j';

SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('actualizar', (SELECT array_agg(ticket_uuid) FROM m.ticket), '{"nota": "lote"}');

SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'en medio de todo', prioridad => 'alta');

--- errors_caught: errors that are caught, in loops and procedures
-- changes ticket historial contador evento objects
CREATE FUNCTION m.mk(n integer) RETURNS SETOF text LANGUAGE sql AS $$ SELECT (ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'incidente',
	categoria => 'Red', descripcion => 'No hay internet ' || i, prioridad => 'alta')).ticket_label FROM generate_series(1, n) AS i $$;

-- works
DO $$ DECLARE r record; BEGIN FOR r IN SELECT ticket_uuid FROM m.ticket LOOP BEGIN PERFORM ticket_sm.fn_reabrir(r.ticket_uuid, motivo => 'xxxx'); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;

-- works
DO $$ BEGIN FOR i IN 1..3 LOOP BEGIN PERFORM m.mk(1); RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;

CREATE PROCEDURE m.pr() LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..3 LOOP PERFORM m.mk(2); COMMIT; PERFORM m.mk(1); ROLLBACK; END LOOP; END $$;

-- works
CALL m.pr();

-- gives duena
SELECT current_user;

-- gives TK-2026-00012
SELECT max(ticket_label) FROM m.ticket;

--- rewrites: CLUSTER, VACUUM FULL, REINDEX, also in the transaction
-- changes ticket historial contador evento objects
-- works
VACUUM FULL m.contador;

-- works
CLUSTER m.ticket USING ticket_pkey;

-- works
REINDEX SCHEMA m;

CREATE FUNCTION m.mk(n integer) RETURNS SETOF text LANGUAGE sql AS $$ SELECT (ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'incidente',
	categoria => 'Red', descripcion => 'No hay internet ' || i, prioridad => 'alta')).ticket_label FROM generate_series(1, n) AS i $$;

-- works
BEGIN; SELECT count(*) FROM m.mk(1); CLUSTER m.contador USING contador_pkey; SELECT count(*) FROM m.mk(1); SAVEPOINT q; CLUSTER m.contador USING contador_pkey; SELECT count(*) FROM m.mk(1); ROLLBACK TO q; SELECT count(*) FROM m.mk(1); COMMIT;

--- levels: SERIALIZABLE, REPEATABLE READ, READ ONLY, parallel
-- changes ticket historial contador evento

-- works
BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'muy aislado todo', prioridad => 'alta'); SELECT ticket_sm.fn_actualizar('{1}', nota => 's'); COMMIT;

-- works
SET force_parallel_mode = on; SELECT count(*) FROM ticket_sm.fn_verificar(); SELECT count(*) FROM m.bandeja; SELECT count(*) FROM ticket_sm.fn_bandeja(); SELECT count(*) FROM ticket_sm.fn_sla_barrer(1);

-- fails 25006
BEGIN READ ONLY; SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'muy aislado todo', prioridad => 'alta');

ROLLBACK;

--- two_desks: two desks in one transaction, and one dropped in it
-- changes ticket historial objects
SELECT ticket_sm.crear_mesa('n', 'm_admin', 'm_mesa', 'm_area', 'm_publico');

BEGIN; SELECT ticket_sm.fn_actualizar('{1}', 'nota'); SET LOCAL ticket_sm.mesa = 'n'; SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'en otra mesa mas', prioridad => 'alta'); SET LOCAL ticket_sm.mesa = 'm'; SELECT ticket_sm.fn_actualizar('{1}', 'nota'); COMMIT;

-- works
BEGIN; DROP SCHEMA n CASCADE; SELECT ticket_sm.fn_actualizar('{1}', 'nota'); COMMIT;

--- dropped: the desk dropped while another session knows it
-- changes objects

SELECT ticket_sm.crear_mesa('n', 'm_admin', 'm_mesa', 'm_area', 'm_publico');

-- as carla
-- works
SET ticket_sm.mesa = 'n'; SELECT ticket_sm.fn_bandeja();

-- as duena
-- works
DROP SCHEMA n CASCADE;

-- as carla
-- fails 3F000 42P01 55000
SELECT ticket_sm.fn_bandeja();

--- guc_boundaries: settings of ours at their ends
-- changes ticket historial

-- works
SET ticket_sm.espera_bloqueo = 2147483647; SELECT ticket_sm.fn_actualizar('{1}', 'nota'); SET ticket_sm.espera_bloqueo = 0; SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT set_config('ticket_sm.motivo', repeat('m', 1000000), false); UPDATE m.ticket SET estado = 'CANCELADO' WHERE ticket_uuid = '{6}';

SELECT set_config('ticket_sm.mesa', repeat('m', 100000), false);

SELECT ticket_sm.fn_maquina();

--- notify: a channel for events
-- changes ticket historial configuracion evento contador
UPDATE m.configuracion SET canal_eventos = 'x', eventos = enum_range(NULL::ticket_sm.ticket_operation);

-- works
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

-- works
BEGIN; SELECT ticket_sm.fn_actualizar('{1}', 'nota'); SAVEPOINT s; SELECT ticket_sm.fn_actualizar('{1}', 'nota'); ROLLBACK TO s; COMMIT;

--- large: a large text, and one in the middle of nothing
-- changes ticket historial

SELECT ticket_sm.fn_actualizar('{1}', repeat('ñ', 20000));

SELECT ticket_sm.fn_actualizar('{1}', repeat('x', 200000000));
