-- No way round the guard: plain SQL, triggers of others, edits of the machine,
-- a hostile search_path.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
SELECT prueba.new_in('a', 'ASIGNADO');
SELECT prueba.new_in('n', 'NUEVO');

------------------------------------------------------------------------
-- UPDATE
------------------------------------------------------------------------

-- The pair of states decides which operation it is; its reason comes from
-- ticket_sm.motivo, and is demanded where the operation demands it.
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('a')$$);
SET ticket_sm.motivo = 'ab';
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('a')$$);
SET ticket_sm.motivo = E'Falta\x07.';
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('a')$$);
SET ticket_sm.motivo = '  Falta una pieza.  ';
UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('a')
	RETURNING estado, version, fecha_limite_sla, sla_restante IS NOT NULL;
-- The functions take their own reason only.
SELECT prueba.err($$SELECT ticket_sm.fn_reabrir(prueba.id('a'))$$);
SELECT version FROM ticket_sm.fn_reabrir(prueba.id('a'), 'Llegó.');
SELECT version FROM ticket_sm.fn_asignar(prueba.id('n'));
SELECT prueba.history('a', 3);
SELECT prueba.history('n', 2);
RESET ticket_sm.motivo;
-- resolver and actualizar need no reason.
UPDATE helpdesk.ticket SET estado = 'RESUELTO' WHERE ticket_uuid = prueba.id('n') RETURNING estado, resuelto_en = actualizado_en;
UPDATE helpdesk.ticket SET respuesta_cliente = 'Quedó resuelto.' WHERE ticket_uuid = prueba.id('n') RETURNING estado, version;
-- What the machine does not have.
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'NUEVO' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('n')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = NULL WHERE ticket_uuid = prueba.id('a')$$);
-- Nothing changes at all.
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = estado WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET version = 99 WHERE ticket_uuid = prueba.id('a')$$);
-- An operation that demands a change gets it, or is refused.
SET ticket_sm.motivo = 'Es de otros.';
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'RECLASIFICADO' WHERE ticket_uuid = prueba.id('a')$$);
-- What belongs to another operation may not be changed along the way.
SELECT prueba.err($$UPDATE helpdesk.ticket SET area = 'SOPORTE' WHERE ticket_uuid = prueba.id('a')$$);
-- Of the two operations that leave the state, reasignar is the one that changes the agent: what changed decides.
BEGIN;
UPDATE helpdesk.ticket SET agente_id = prueba.agente(3) WHERE ticket_uuid = prueba.id('a') RETURNING estado, version;
UPDATE helpdesk.ticket SET agente_id = NULL, asunto = 'Sin agente' WHERE ticket_uuid = prueba.id('a') RETURNING estado, version;
UPDATE helpdesk.ticket SET agente_id = NULL, asunto = 'Con asunto' WHERE ticket_uuid = prueba.id('a') RETURNING estado, version;
SELECT prueba.err($$UPDATE helpdesk.ticket SET agente_id = NULL WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET agente_id = prueba.agente(4) WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET agente_id = prueba.agente(4), area = 'SOPORTE' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.history('a', version - 2) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a');
DELETE FROM helpdesk.transicion WHERE operacion = 'reasignar';
SELECT prueba.err($$UPDATE helpdesk.ticket SET agente_id = prueba.agente(3) WHERE ticket_uuid = prueba.id('a')$$);
ROLLBACK;
SELECT prueba.err($$UPDATE helpdesk.ticket SET prioridad = 'ALTA' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET tipo = 'QUEJA' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET categoria = 'Red' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET subcategoria = 'Red' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'SOPORTE', prioridad = 'ALTA' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'RECLASIFICADO', area = 'SOPORTE', prioridad = 'ALTA' WHERE ticket_uuid = prueba.id('a')$$);
-- Areas, agents and priorities are judged as in the functions.
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'ANTIGUA' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'VENTAS' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'SOPORTE', agente_id = prueba.agente(3) WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'SOPORTE', agente_id = prueba.agente(99) WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'RECLASIFICADO', prioridad = 'ALTISIMA' WHERE ticket_uuid = prueba.id('a')$$);
-- So are the texts.
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'RECLASIFICADO', categoria = 'x' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = repeat('x', 201) WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET solicitante_email = 'nadie' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET descripcion = E'1234567890\x07' WHERE ticket_uuid = prueba.id('a')$$);
-- Immutable columns.
SELECT prueba.err($$UPDATE helpdesk.ticket SET ticket_uuid = gen_random_uuid() WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET ticket_label = 'TK-1999-00001' WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET ticket_label = NULL WHERE ticket_uuid = prueba.id('a')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET fecha_creacion = fecha_creacion - interval '1 day' WHERE ticket_uuid = prueba.id('a')$$);
-- Guarded columns are the guard's: what is written there is overwritten (but see `rows` for version).
UPDATE helpdesk.ticket SET asunto = 'Nuevo asunto', hash = '', actualizado_en = '1999-01-01', abierto = false,
	resuelto_en = '1999-01-01', cerrado_en = '1999-01-01', sla_horas = 999, fecha_limite_sla = '2999-01-01', sla_restante = '999 h'
WHERE ticket_uuid = prueba.id('a');
SELECT prueba.ticket('a'), actualizado_en > fecha_creacion FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a');
-- Several rows at once, each judged on its own; one refusal undoes all.
SELECT prueba.new_in('m1', 'NUEVO'), prueba.new_in('m2', 'ASIGNADO');
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'RESUELTO' WHERE ticket_uuid IN (prueba.id('m2'), prueba.id('m1'))$$);
SELECT prueba.ticket('m2');
UPDATE helpdesk.ticket SET estado = 'CANCELADO' WHERE ticket_uuid IN (prueba.id('m1'), prueba.id('m2'));
SELECT prueba.history(a, 2) FROM unnest(ARRAY['m1', 'm2']) a;
-- UPDATE ... FROM, and a writable CTE over a writable CTE.
UPDATE helpdesk.ticket t SET estado = v.estado, area = v.area
FROM (VALUES (prueba.id('a'), 'TRANSFERIDO'::ticket_sm.ticket_state, 'SOPORTE')) v(id, estado, area) WHERE t.ticket_uuid = v.id
RETURNING t.estado, t.area, t.version;
SELECT prueba.err($$UPDATE helpdesk.ticket t SET estado = v.estado
FROM (VALUES (prueba.id('a'), 'ARCHIVADO'::ticket_sm.ticket_state)) v(id, estado) WHERE t.ticket_uuid = v.id$$);
WITH u AS (UPDATE helpdesk.ticket SET estado = 'ASIGNADO', agente_id = prueba.agente(4) WHERE ticket_uuid = prueba.id('a') RETURNING *)
SELECT estado, version FROM u;
SELECT prueba.err($$WITH u AS (UPDATE helpdesk.ticket SET estado = 'NUEVO' WHERE ticket_uuid = prueba.id('a') RETURNING *) SELECT * FROM u$$);
-- A cursor.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a') FOR UPDATE;
MOVE c;
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'NUEVO' WHERE CURRENT OF c$$);
UPDATE helpdesk.ticket SET estado = 'RESUELTO' WHERE CURRENT OF c RETURNING estado, version;
ROLLBACK;
-- The same row twice in one command: PostgreSQL changes it once.
WITH u AS (UPDATE helpdesk.ticket SET asunto = 'uno' WHERE ticket_uuid = prueba.id('a') RETURNING ticket_uuid)
UPDATE helpdesk.ticket t SET asunto = 'dos' FROM u WHERE t.ticket_uuid = u.ticket_uuid;
SELECT prueba.history('a', 6);
RESET ticket_sm.motivo;

------------------------------------------------------------------------
-- INSERT, COPY, MERGE, ON CONFLICT
------------------------------------------------------------------------

-- A good INSERT starts in NUEVO with the next label, whatever it leaves out.
INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
VALUES ('QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com')
RETURNING estado, area, version, sla_horas, prueba.hours(fecha_limite_sla - fecha_creacion), prueba.mask(ticket_label), abierto;
INSERT INTO prueba.alias SELECT 'directo', ticket_uuid FROM helpdesk.ticket WHERE tipo = 'QUEJA';
SELECT prueba.history('directo');
-- A chosen uuid and the state NUEVO are fine; of guarded columns see `rows`.
INSERT INTO helpdesk.ticket (ticket_uuid, estado, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
VALUES ('00000000-0000-4000-8000-0000000000ff', 'NUEVO', 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com')
RETURNING ticket_uuid, estado, version, actualizado_en = fecha_creacion, sla_horas, sla_restante, abierto, resuelto_en, cerrado_en;
-- Refused: another state, a label, a creation time; bad, missing and long values.
CREATE FUNCTION prueba.insert_with(name text, value text) RETURNS text LANGUAGE sql
	RETURN (SELECT prueba.err(format('INSERT INTO helpdesk.ticket (%s) VALUES (%s)',
			string_agg(format('%I', key), ', '), string_agg(format('%L', j.value), ', ')))
		FROM jsonb_each_text(jsonb '{"tipo": "QUEJA", "categoria": "Trato", "prioridad": "ALTA", "descripcion": "Me atendieron mal.",
			"solicitante_nombre": "Rosa Díaz", "solicitante_email": "rosa@example.com"}' || jsonb_build_object(name, value)) j);
SELECT prueba.insert_with('estado', 'RESUELTO');
SELECT prueba.insert_with('estado', 'ARCHIVADO');
SELECT prueba.insert_with('ticket_label', 'TK-2024-00001');
SELECT prueba.insert_with('fecha_creacion', '2020-01-01');
SELECT prueba.insert_with('area', 'ANTIGUA');
SELECT prueba.insert_with('area', 'VENTAS');
SELECT prueba.insert_with('prioridad', 'NINGUNA');
SELECT prueba.insert_with('agente_id', prueba.agente(99)::text);
SELECT prueba.insert_with('categoria', 'x');
SELECT prueba.insert_with('descripcion', NULL);
SELECT prueba.insert_with('solicitante_nombre', repeat('x', 151));
SELECT prueba.insert_with('solicitante_email', 'nadie');
SELECT prueba.insert_with('asunto', E'\x1b[31mrojo');
-- COPY is an INSERT.
COPY helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email) FROM stdin;
CONSULTA	Horario	BAJA	¿A qué hora abren?	Ana Ñúñez	ana@example.com
CONSULTA	Horario	BAJA	¿A qué hora cierran?	Ana Ñúñez	ana@example.com
\.
SELECT prueba.mask(ticket_label), estado, version FROM helpdesk.ticket WHERE tipo = 'CONSULTA' ORDER BY ticket_label;
COPY helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email, estado) FROM stdin;
CONSULTA	Horario	BAJA	¿A qué hora abren?	Ana Ñúñez	ana@example.com	RESUELTO
\.
COPY helpdesk.historial (ticket_uuid, version) FROM stdin;
\.
-- MERGE does what INSERT and UPDATE do, and deletes no more than DELETE.
SET ticket_sm.motivo = 'Por MERGE.';
MERGE INTO helpdesk.ticket t USING (VALUES (prueba.id('directo'), 'Trato'), (NULL, 'Mezcla')) v(id, cat) ON t.ticket_uuid = v.id
WHEN MATCHED THEN UPDATE SET estado = 'CANCELADO'
WHEN NOT MATCHED THEN INSERT (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('QUEJA', v.cat, 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com');
SELECT prueba.history('directo', 2);
SELECT prueba.mask(ticket_label), estado, version FROM helpdesk.ticket WHERE categoria = 'Mezcla';
SELECT prueba.err($$MERGE INTO helpdesk.ticket t USING (VALUES (prueba.id('a'))) v(id) ON t.ticket_uuid = v.id
	WHEN MATCHED THEN UPDATE SET estado = 'NUEVO'$$);
SELECT prueba.err($$MERGE INTO helpdesk.ticket t USING (VALUES (prueba.id('a'))) v(id) ON t.ticket_uuid = v.id WHEN MATCHED THEN DELETE$$);
SELECT prueba.err($$MERGE INTO helpdesk.ticket t USING (VALUES (1)) v(id) ON false WHEN NOT MATCHED THEN
	INSERT (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email, estado)
	VALUES ('QUEJA', 'Mezcla', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com', 'ARCHIVADO')$$);
RESET ticket_sm.motivo;
-- ON CONFLICT: a row that is not inserted would leave a gap behind its label.
SELECT prueba.err($$INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES (gen_random_uuid(), 'QUEJA', 'Trato', 'ALTA', 'Sin conflicto.', 'Rosa Díaz', 'rosa@example.com') ON CONFLICT DO NOTHING$$);
\set VERBOSITY terse
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES (prueba.id('a'), 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com') ON CONFLICT DO NOTHING;
\echo :LAST_ERROR_SQLSTATE
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES (prueba.id('a'), 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com')
	ON CONFLICT (ticket_uuid) DO UPDATE SET asunto = 'por la puerta de atrás';
\echo :LAST_ERROR_SQLSTATE
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES (prueba.id('a'), 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com')
	ON CONFLICT (ticket_uuid) DO UPDATE SET estado = 'RESUELTO';
\echo :LAST_ERROR_SQLSTATE
BEGIN;
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES (prueba.id('a'), 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com') ON CONFLICT DO NOTHING;
COMMIT;
\echo :LAST_ERROR_SQLSTATE
-- Undone in time, it does no harm.
BEGIN;
SAVEPOINT s;
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES (prueba.id('a'), 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com') ON CONFLICT DO NOTHING;
ROLLBACK TO s;
COMMIT;
\set VERBOSITY default
SELECT prueba.ticket('a');
-- Many rows in one INSERT have labels one after the other; one bad row, and none is there.
INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
SELECT 'QUEJA', 'Lote', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com' FROM generate_series(1, 3) RETURNING prueba.mask(ticket_label);
SELECT prueba.err($$INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
SELECT 'QUEJA', repeat('L', 4 - n), 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com' FROM generate_series(1, 3) n$$);
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- What nobody may do, the superuser included
------------------------------------------------------------------------

SELECT prueba.err('DELETE FROM helpdesk.ticket');
SELECT prueba.err('DELETE FROM ONLY helpdesk.ticket WHERE false');
SELECT prueba.err('WITH d AS (DELETE FROM helpdesk.ticket RETURNING *) SELECT count(*) FROM d');
SELECT prueba.err('TRUNCATE helpdesk.ticket');
SELECT prueba.err('TRUNCATE helpdesk.ticket, helpdesk.historial');
SELECT prueba.err('TRUNCATE helpdesk.prioridad CASCADE');
SELECT prueba.err('TRUNCATE helpdesk.area CASCADE');
SELECT prueba.err($$INSERT INTO helpdesk.historial SELECT * FROM helpdesk.historial$$);
SELECT prueba.err($$UPDATE helpdesk.historial SET nota = 'Otra cosa.'$$);
SELECT prueba.err($$DELETE FROM helpdesk.historial$$);
SELECT prueba.err($$TRUNCATE helpdesk.historial$$);
SELECT prueba.err($$MERGE INTO helpdesk.historial h USING (VALUES (1)) v ON true WHEN MATCHED THEN DELETE$$);
SELECT prueba.err($$INSERT INTO helpdesk.contador VALUES (1999, 1)$$);
SELECT prueba.err($$UPDATE helpdesk.contador SET ultimo = ultimo + 1$$);
SELECT prueba.err($$DELETE FROM helpdesk.contador$$);
SELECT prueba.err($$TRUNCATE helpdesk.contador$$);
SELECT prueba.err($$DELETE FROM helpdesk.agente$$);
SELECT prueba.err($$TRUNCATE helpdesk.agente$$);
SELECT prueba.err($$DELETE FROM helpdesk.configuracion$$);
SELECT prueba.err($$TRUNCATE helpdesk.configuracion$$);
SELECT prueba.err($$INSERT INTO helpdesk.configuracion (unica, version_plantilla) VALUES (false, '1.0')$$);
SELECT prueba.err($$INSERT INTO helpdesk.configuracion (version_plantilla) VALUES ('1.0')$$);
SELECT prueba.err($$DELETE FROM helpdesk.estado$$);
SELECT prueba.err($$TRUNCATE helpdesk.estado$$);
-- Also from within a trigger of the owner's, while the guard draws a label.
CREATE FUNCTION prueba.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE helpdesk.contador SET ultimo = ultimo + 1;
	RETURN NEW;
END $$;
CREATE TRIGGER zz_meddle BEFORE INSERT ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.meddle();
SELECT prueba.err(prueba.create_call());
DROP TRIGGER zz_meddle ON helpdesk.ticket;
CREATE TRIGGER zz_meddle AFTER INSERT ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.meddle();
SELECT prueba.err(prueba.create_call());
DROP TRIGGER zz_meddle ON helpdesk.ticket;
CREATE FUNCTION prueba.skip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_ARGV[0] = 'more' THEN
		NEW.ultimo := NEW.ultimo + 5;
	ELSIF pg_trigger_depth() = 2 THEN
		INSERT INTO helpdesk.contador VALUES (1999, 1);
	END IF;
	RETURN NEW;
END $$;
BEGIN;
CREATE TRIGGER zz_skip BEFORE UPDATE ON helpdesk.contador FOR EACH ROW EXECUTE FUNCTION prueba.skip('another');
SELECT prueba.err(prueba.create_call());
ROLLBACK;
-- (A trigger there that alters the guard's own UPDATE makes a gap, and fn_verificar() tells.)
BEGIN;
CREATE TRIGGER zz_skip BEFORE UPDATE ON helpdesk.contador FOR EACH ROW EXECUTE FUNCTION prueba.skip('more');
SELECT prueba.err(prueba.create_call());
SELECT prueba.mask(detalle) FROM ticket_sm.fn_verificar();
ROLLBACK;
-- Settings and catalogues refuse what makes no sense.
SELECT prueba.err($$UPDATE helpdesk.configuracion SET zona_horaria = 'Marte/Olimpo'$$);
SELECT prueba.err($$UPDATE helpdesk.configuracion SET prefijo = 'tk-'$$);
SELECT prueba.err($$UPDATE helpdesk.configuracion SET digitos = 0$$);
SELECT prueba.err($$UPDATE helpdesk.configuracion SET sla_en_pausa = 'a veces'$$);
SELECT prueba.err($$INSERT INTO helpdesk.prioridad VALUES ('media', 9, 1)$$);
SELECT prueba.err($$INSERT INTO helpdesk.prioridad VALUES (repeat('x', 51), 9, 1)$$);
SELECT prueba.err($$UPDATE helpdesk.prioridad SET sla_horas = 0 WHERE nombre = 'MEDIA'$$);
SELECT prueba.err($$INSERT INTO helpdesk.area VALUES ('redes')$$);
SELECT prueba.err($$DELETE FROM helpdesk.area WHERE nombre = 'REDES'$$) LIKE '23503 %';
SELECT prueba.err($$UPDATE helpdesk.area SET nombre = 'soporte' WHERE nombre = 'REDES'$$);
SELECT prueba.err($$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Otra Ana', 'ANA@desk.example', 'MESA')$$);
SELECT prueba.err($$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Público', 'p@desk.example', 'PUBLICO')$$);
SELECT prueba.err($$INSERT INTO helpdesk.transicion VALUES ('crear', 'NUEVO', 'NUEVO')$$);
SELECT prueba.err($$INSERT INTO helpdesk.transicion VALUES ('consultar', 'NUEVO', 'NUEVO')$$);
SELECT prueba.err($$INSERT INTO helpdesk.transicion VALUES ('pausar', 'ASIGNADO', 'CANCELADO')$$);

------------------------------------------------------------------------
-- Triggers, columns and constraints of the owner's
------------------------------------------------------------------------

-- A BEFORE trigger may change what is free; the history tells of it.
SELECT prueba.new_ticket('shout', '{"asunto": "hola"}');
CREATE FUNCTION prueba.shout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.asunto := upper(NEW.asunto);
	RETURN NEW;
END $$;
CREATE TRIGGER zz_shout BEFORE INSERT OR UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.shout();
SELECT version FROM ticket_sm.fn_asignar(prueba.id('shout'));
DROP TRIGGER zz_shout ON helpdesk.ticket;
UPDATE helpdesk.ticket SET asunto = 'bajo' WHERE ticket_uuid = prueba.id('shout');
SELECT asunto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('shout');
SELECT prueba.history('shout');
-- One that runs after the guard's BEFORE trigger, which wants to be the last, may
-- change nothing any more ...
CREATE FUNCTION prueba.twist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN jsonb_populate_record(NEW, TG_ARGV[0]::jsonb);
END $$;
CREATE FUNCTION prueba.twisted(timing text, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text := '';
	statement text;
BEGIN
	EXECUTE format('CREATE TRIGGER %s BEFORE INSERT OR UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.twist(%L)',
		timing, change);
	FOREACH statement IN ARRAY ARRAY[
		$s$UPDATE helpdesk.ticket SET asunto = 'directo' WHERE ticket_uuid = prueba.id('twist')$s$,
		$s$SELECT ticket_sm.fn_actualizar(prueba.id('twist'), 'nota')$s$, prueba.create_call()]
	LOOP
		answer := concat_ws(E'\n', answer, '    ' || substring(statement FROM 'UPDATE|fn_\w+') || ': ' || prueba.err(statement));
	END LOOP;
	-- what came of it
	answer := concat_ws(E'\n', answer, '    ' || prueba.ticket('twist'), (SELECT string_agg('    ' || h, E'\n') FROM prueba.history('twist', 3) h));
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN change || answer;
END $$;
SELECT prueba.new_in('twist', 'ASIGNADO');
SELECT prueba.twisted('zzzz_after_guard', v) FROM unnest(ARRAY['{"estado": "ARCHIVADO"}', '{"estado": "RESUELTO"}', '{"version": 99}',
	'{"ticket_label": "TK-1999-00001"}', '{"ticket_uuid": "00000000-0000-4000-8000-00000000aaaa"}', '{"fecha_creacion": "1999-01-01"}',
	'{"actualizado_en": "1999-01-01"}', '{"abierto": false}', '{"fecha_limite_sla": "2999-01-01"}', '{"sla_horas": 1000}',
	'{"sla_restante": "1 h"}', '{"resuelto_en": "1999-01-01"}', '{"cerrado_en": "1999-01-01"}',
	'{"area": "SOPORTE"}', '{"area": "ANTIGUA"}', '{"prioridad": "CRITICA"}', '{"tipo": "CONSULTA"}', '{"categoria": "Otra"}',
	'{"agente_id": "00000000-0000-4000-8000-000000000005"}', '{"respuesta_cliente": "De contrabando."}',
	'{"solicitante_email": "nadie"}', '{"asunto": "libre"}']) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- ... of one that runs before it the guard judges what it has left; what only the
-- guard sets is overruled in an UPDATE, and in a new row refused, as in any statement.
SELECT prueba.twisted('"AA_before_guard"', v) FROM unnest(ARRAY['{"estado": "ARCHIVADO"}', '{"estado": "RESUELTO"}', '{"version": 99}',
	'{"ticket_label": "TK-1999-00001"}', '{"ticket_uuid": "00000000-0000-4000-8000-00000000aaaa"}', '{"actualizado_en": "1999-01-01"}',
	'{"abierto": false}', '{"fecha_limite_sla": "2999-01-01"}', '{"hash": "\\x00"}', '{"area": "SOPORTE"}', '{"prioridad": "CRITICA"}',
	'{"agente_id": "00000000-0000-4000-8000-000000000005"}', '{"solicitante_email": "nadie"}', '{"asunto": "libre"}'])
	WITH ORDINALITY AS a(v, n) ORDER BY n;
-- A trigger that drops the row, before the guard's or after it: no operation pretends to
-- have happened, no label is lost.
CREATE FUNCTION prueba.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER zz_swallow BEFORE INSERT OR UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.swallow();
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('twist'), 'nota')$$);
SELECT hecho, codigo, mensaje FROM ticket_sm.fn_ejecutar_lote('actualizar', ARRAY[prueba.id('twist'), gen_random_uuid()], '{"nota": "x"}')
	ORDER BY mensaje COLLATE "C";
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('twist')$$);
SELECT prueba.err(prueba.create_call());
DROP TRIGGER zz_swallow ON helpdesk.ticket;
CREATE TRIGGER zzzz_swallow BEFORE INSERT OR UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.swallow();
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('twist'), 'nota')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_pausar(prueba.id('twist'), 'motivo')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('twist')$$);
SELECT prueba.err(prueba.create_call());
\set VERBOSITY terse
INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
DROP TRIGGER zzzz_swallow ON helpdesk.ticket;
-- Twice in one statement: the second change is told why.
SELECT prueba.err($$WITH a AS (UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('twist') RETURNING ticket_uuid)
	SELECT ticket_sm.fn_actualizar(ticket_uuid, nota => 'y') FROM a$$);
SELECT prueba.ticket('twist');
SELECT * FROM ticket_sm.fn_verificar();
-- An AFTER trigger sees the history row, and may work on: here it closes what was resolved.
CREATE FUNCTION prueba.follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.estado = 'RESUELTO' THEN
		INSERT INTO prueba.alias SELECT 'seen ' || h.version || ' ' || h.operacion, h.ticket_uuid FROM helpdesk.historial h
			WHERE h.ticket_uuid = NEW.ticket_uuid AND h.version = NEW.version;
		PERFORM ticket_sm.fn_archivar(NEW.ticket_uuid, 'Archivado al resolver.');
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER zz_follow AFTER UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.follow();
SELECT prueba.new_in('follow', 'ASIGNADO');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_resolver(prueba.id('follow'), 'Hecho.') r;
SELECT prueba.ticket('follow');
SELECT alias FROM prueba.alias WHERE alias LIKE 'seen %';
SELECT prueba.history('follow', 3);
DROP TRIGGER zz_follow ON helpdesk.ticket;
-- A trigger of the owner's runs as the owner when a function acts, so names in it
-- are not looked up where the caller says; the caller's search_path comes back.
CREATE SCHEMA prueba_ajena;
GRANT USAGE ON SCHEMA prueba_ajena TO PUBLIC;
CREATE FUNCTION prueba_ajena.sello() RETURNS text LANGUAGE sql RETURN 'caught: code of the caller''s as ' || current_user;
CREATE FUNCTION helpdesk.sello() RETURNS text LANGUAGE sql RETURN 'sello de la mesa';
CREATE FUNCTION prueba.seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.asunto := sello();
	RETURN NEW;
END $$;
CREATE TRIGGER zz_seal BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.seal();
SELECT prueba.new_in('seal', 'NUEVO');
SET search_path = prueba_ajena, helpdesk;
SET ROLE regress_mario;
SELECT estado FROM ticket_sm.fn_asignar(prueba.id('seal'));
SHOW search_path;
SELECT prueba.err($$SELECT ticket_sm.fn_asignar(prueba.id('seal'))$$);
SHOW search_path;
RESET ROLE;
RESET search_path;
SELECT asunto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('seal');
DROP TRIGGER zz_seal ON helpdesk.ticket;
DROP FUNCTION helpdesk.sello, prueba.seal, prueba_ajena.sello;
DROP SCHEMA prueba_ajena;
-- A BEFORE trigger that works on the same row under the guard's feet is refused.
CREATE FUNCTION prueba.undercut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() = 1 THEN
		UPDATE helpdesk.ticket SET asunto = 'por debajo' WHERE ticket_uuid = NEW.ticket_uuid;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER zz_undercut BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.undercut();
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('twist')$$);
DROP TRIGGER zz_undercut ON helpdesk.ticket;
-- A rule that makes nothing of an UPDATE: the functions notice, and work again without it.
CREATE RULE nada AS ON UPDATE TO helpdesk.ticket DO INSTEAD NOTHING;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('twist'), 'nota')$$);
DROP RULE nada ON helpdesk.ticket;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('twist'), 'nota')$$);

-- Columns of the owner's, also generated ones; a dropped one leaves a hole.
ALTER TABLE helpdesk.ticket ADD COLUMN borrada integer;
ALTER TABLE helpdesk.ticket ADD COLUMN centro_costo text DEFAULT 'CC-0';
ALTER TABLE helpdesk.ticket DROP COLUMN borrada;
ALTER TABLE helpdesk.ticket ADD COLUMN largo integer GENERATED ALWAYS AS (length(descripcion)) STORED;
ALTER TABLE helpdesk.ticket ADD COLUMN "Año ""fiscal""" integer;
SELECT prueba.new_in('col', 'ASIGNADO');
UPDATE helpdesk.ticket SET centro_costo = 'CC-9', "Año ""fiscal""" = 2024 WHERE ticket_uuid = prueba.id('col');
UPDATE helpdesk.ticket SET centro_costo = NULL, descripcion = 'Otra descripción, más larga.' WHERE ticket_uuid = prueba.id('col');
SELECT estado, centro_costo, largo, "Año ""fiscal""", version FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('col');
SELECT prueba.history('col', 3);
SELECT prueba.err($$UPDATE helpdesk.ticket SET centro_costo = NULL WHERE ticket_uuid = prueba.id('col')$$);
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_pausar(prueba.id('col'), 'Falta una pieza.') r;
-- Also of types that cannot be compared, and texts that are kept out of line.
ALTER TABLE helpdesk.ticket ADD COLUMN datos json, ADD COLUMN punto point, ADD COLUMN lista text[], ADD COLUMN cuota numeric;
SELECT prueba.new_in('largo', 'ASIGNADO', jsonb_build_object('descripcion',
	(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 625) n)));
UPDATE helpdesk.ticket SET datos = '{"a":  1}', punto = '(1,2)', lista = ARRAY['x', 'y z'], cuota = 1.50 WHERE ticket_uuid = prueba.id('largo');
UPDATE helpdesk.ticket SET datos = '{"a": 1}', cuota = 1.5 WHERE ticket_uuid = prueba.id('largo');
SELECT prueba.err($$UPDATE helpdesk.ticket SET descripcion = descripcion || '', lista = ARRAY['x', 'y z'] WHERE ticket_uuid = prueba.id('largo')$$);
SELECT version FROM ticket_sm.fn_pausar(prueba.id('largo'), 'Falta una pieza.');
UPDATE helpdesk.ticket SET descripcion = left(descripcion, 10) WHERE ticket_uuid = prueba.id('largo');
SELECT regexp_replace(h, '"[0-9a-f]{200,255}[0-9a-f]*"', '"<long>"') FROM prueba.history('largo', 3) h;
-- With a column of ours of another type, be it one that holds the same texts, or without one, the
-- mesa says so; `fence` has all of that.
BEGIN;
ALTER TABLE helpdesk.ticket ALTER COLUMN subcategoria TYPE varchar(500);
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('col'), 'otro tipo de columna')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET respuesta_cliente = 'otro tipo' WHERE ticket_uuid = prueba.id('col')$$);
ROLLBACK;
BEGIN;
SET LOCAL client_min_messages = warning;
ALTER TABLE helpdesk.ticket DROP COLUMN asunto CASCADE;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('col'), 'sin asunto')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET respuesta_cliente = 'sin asunto' WHERE ticket_uuid = prueba.id('col')$$);
ROLLBACK;
BEGIN;
SET LOCAL client_min_messages = warning;
DROP TABLE helpdesk.historial CASCADE;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('col'), 'sin historia')$$);
ROLLBACK;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('col'), 'con todo') r;
-- CHECK constraints and unique indexes hold, also for the functions.
ALTER TABLE helpdesk.ticket ADD CONSTRAINT sin_viernes CHECK (respuesta_cliente NOT LIKE '%viernes%');
SELECT prueba.short($$SELECT ticket_sm.fn_actualizar(prueba.id('col'), respuesta => 'El viernes está.')$$);
ALTER TABLE helpdesk.ticket ADD CONSTRAINT uno UNIQUE (documento);
SELECT prueba.new_ticket('u1', '{"documento": "U-1"}');
SELECT prueba.short(prueba.create_call('{"documento": "U-1"}'));
ALTER TABLE helpdesk.ticket DROP CONSTRAINT sin_viernes, DROP CONSTRAINT uno;
-- A table that refers to tickets.
CREATE TABLE prueba.adjunto (ticket_uuid uuid NOT NULL REFERENCES helpdesk.ticket ON UPDATE CASCADE ON DELETE CASCADE, nombre text);
INSERT INTO prueba.adjunto VALUES (prueba.id('col'), 'foto.png');
SELECT prueba.short($$INSERT INTO prueba.adjunto VALUES (gen_random_uuid(), 'foto.png')$$);
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('col'), 'Llegó.') r;
DROP TABLE prueba.adjunto;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- The machine is data
------------------------------------------------------------------------

-- A new way is open at once, also within the transaction; rolled back it is shut.
SELECT prueba.new_in('x', 'NUEVO');
SELECT prueba.err($$SELECT ticket_sm.fn_resolver(prueba.id('x'))$$);
BEGIN;
INSERT INTO helpdesk.transicion VALUES ('resolver', 'NUEVO', 'RESUELTO');
SELECT prueba.try($$SELECT ticket_sm.fn_resolver(prueba.id('x'))$$);
ROLLBACK;
SELECT prueba.err($$SELECT ticket_sm.fn_resolver(prueba.id('x'))$$);
BEGIN;
SAVEPOINT s;
INSERT INTO helpdesk.transicion VALUES ('resolver', 'NUEVO', 'RESUELTO');
SELECT prueba.try($$SELECT ticket_sm.fn_resolver(prueba.id('x'))$$);
ROLLBACK TO s;
SELECT prueba.err($$SELECT ticket_sm.fn_resolver(prueba.id('x'))$$);
COMMIT;
INSERT INTO helpdesk.transicion VALUES ('resolver', 'NUEVO', 'RESUELTO');
SELECT prueba.try($$SELECT ticket_sm.fn_resolver(prueba.id('x'))$$);
SELECT prueba.try($$UPDATE helpdesk.ticket SET estado = 'RESUELTO' WHERE ticket_uuid = prueba.id('x')$$);
-- A changed target, and a way that is gone.
UPDATE helpdesk.transicion SET estado_destino = 'PAUSADO' WHERE operacion = 'resolver' AND estado_origen = 'NUEVO';
SELECT estado FROM ticket_sm.fn_resolver(prueba.id('x'));
DELETE FROM helpdesk.transicion WHERE operacion = 'reabrir';
SELECT prueba.err($$SELECT ticket_sm.fn_reabrir(prueba.id('x'), 'motivo')$$);
-- Two operations between the same two states: the functions say which one they
-- mean, plain SQL counts as the first of them.
INSERT INTO helpdesk.transicion VALUES ('reabrir', 'PAUSADO', 'ASIGNADO'), ('asignar', 'PAUSADO', 'ASIGNADO');
BEGIN;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('x');
SELECT prueba.history('x', 3);
ROLLBACK;
SELECT prueba.try($$SELECT ticket_sm.fn_reabrir(prueba.id('x'), 'motivo')$$);
SELECT prueba.try($$SELECT ticket_sm.fn_asignar(prueba.id('x'))$$);
-- Permissions: who may do what is data too; the owner counts as ADMIN, and may no more.
DELETE FROM helpdesk.permiso WHERE operacion = 'pausar' AND rol = 'AREA';
INSERT INTO helpdesk.permiso VALUES ('transferir', 'AREA');
SELECT prueba.new_in('p', 'ASIGNADO');
SET ROLE regress_alba;
SELECT prueba.err($$SELECT ticket_sm.fn_pausar(prueba.id('p'), 'motivo')$$);
SELECT prueba.try($$SELECT ticket_sm.fn_transferir(prueba.id('p'), 'SOPORTE', 'motivo')$$);
RESET ROLE;
DELETE FROM helpdesk.permiso WHERE rol = 'ADMIN' AND operacion = 'cancelar';
SELECT prueba.err($$SELECT ticket_sm.fn_cancelar(prueba.id('p'), 'motivo')$$);
SET ticket_sm.motivo = 'motivo';
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'CANCELADO' WHERE ticket_uuid = prueba.id('p')$$);
RESET ticket_sm.motivo;
TRUNCATE helpdesk.permiso;
SELECT prueba.err($$SELECT ticket_sm.fn_archivar(prueba.id('p'), 'motivo')$$);
SELECT prueba.err(prueba.create_call());
SELECT prueba.err($$SELECT ticket_sm.fn_consultar('TK', 'a@b')$$);
TRUNCATE helpdesk.transicion;
SELECT * FROM ticket_sm.fn_maquina();
-- In a REPEATABLE READ transaction: its own edit counts at once, and once it is
-- over nothing of an older view is left.
SELECT prueba.fresh_mesa();
SELECT prueba.new_in('rr', 'NUEVO');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT estado FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('rr');
INSERT INTO helpdesk.transicion VALUES ('archivar', 'NUEVO', 'ARCHIVADO');
SELECT prueba.try($$SELECT ticket_sm.fn_archivar(prueba.id('rr'), 'motivo')$$);
DELETE FROM helpdesk.transicion WHERE operacion = 'archivar' AND estado_origen = 'NUEVO';
SELECT prueba.try($$SELECT ticket_sm.fn_archivar(prueba.id('rr'), 'motivo')$$);
COMMIT;
SELECT prueba.try($$SELECT ticket_sm.fn_archivar(prueba.id('rr'), 'motivo')$$);
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT estado FROM ticket_sm.fn_asignar(prueba.id('rr'));
COMMIT;
-- The other settings: states, priorities, areas, roles, prefix.
BEGIN;
UPDATE helpdesk.estado SET abierto = false, resuelto = true, reloj = 'fin' WHERE estado = 'TRANSFERIDO';
SELECT version FROM ticket_sm.fn_transferir(prueba.id('rr'), 'SOPORTE', 'motivo');
SELECT prueba.ticket('rr');
ROLLBACK;
SELECT version FROM ticket_sm.fn_transferir(prueba.id('rr'), 'SOPORTE', 'motivo');
SELECT prueba.ticket('rr');
UPDATE helpdesk.configuracion SET prefijo = 'SOS', digitos = 3;
SELECT prueba.new_ticket('sos');
SELECT prueba.mask(ticket_label) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('sos');
INSERT INTO helpdesk.prioridad VALUES ('Mínima', 0, 1000);
INSERT INTO helpdesk.area VALUES ('VENTAS');
SELECT prueba.new_ticket('ventas', '{"prioridad": "Mínima", "area": "ventas"}');
SELECT prueba.ticket('ventas');
UPDATE helpdesk.area SET activa = false WHERE nombre = 'VENTAS';
SELECT prueba.err(prueba.create_call('{"area": "ventas"}'));
UPDATE helpdesk.rol SET rol_bd = 'regress_nadie' WHERE rol = 'MESA';
GRANT USAGE ON SCHEMA ticket_sm, helpdesk TO regress_nadie;
GRANT EXECUTE ON FUNCTION ticket_sm.fn_asignar TO regress_nadie;
SELECT prueba.as_role(r, $$SELECT estado FROM ticket_sm.fn_asignar(prueba.id('ventas'))$$) FROM unnest(ARRAY['regress_mario', 'regress_nadie']) r;
UPDATE helpdesk.rol SET rol_bd = 'regress_no_such_role' WHERE rol = 'MESA';
SELECT prueba.as_role(r, $$SELECT estado FROM ticket_sm.fn_asignar(prueba.id('ventas'))$$) FROM unnest(ARRAY['regress_mario', 'regress_ana']) r;
REVOKE ALL ON SCHEMA ticket_sm, helpdesk FROM regress_nadie;
REVOKE EXECUTE ON FUNCTION ticket_sm.fn_asignar FROM regress_nadie;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- A hostile search_path: names of ours and operators of PostgreSQL's, in a schema
-- put first and in pg_temp.  Whatever is called here raises an error.
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
CREATE SCHEMA hostil;
CREATE FUNCTION hostil.trap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the trap shut'; END $$;
DO $$
DECLARE
	t text; o text; f text;
BEGIN
	FOREACH t IN ARRAY ARRAY['uuid', 'text', 'integer', 'bigint', 'bytea', 'boolean', 'name', 'oid', 'timestamptz',
			'ticket_sm.ticket_state', 'ticket_sm.ticket_operation', 'ticket_sm.ticket_role', 'inet'] LOOP
		EXECUTE format('CREATE FUNCTION hostil.op(%s, %1$s) RETURNS boolean LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION ''''the trap shut''''; END''', t);
		FOREACH o IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>=', '||', '+', '-', '~', '&&'] LOOP
			EXECUTE format('CREATE OPERATOR hostil.%s (FUNCTION = hostil.op, LEFTARG = %s, RIGHTARG = %2$s)', o, t);
		END LOOP;
	END LOOP;
	FOREACH f IN ARRAY ARRAY['lower(text)', 'upper(text)', 'btrim(text)', 'length(text)', 'now()', 'clock_timestamp()', 'statement_timestamp()',
			'gen_random_uuid()', 'sha256(bytea)', 'count(text)', 'max(integer)', 'coalesce(text)', 'to_jsonb(anyelement)', 'jsonb_agg(anyelement)',
			'current_setting(text)', 'has_schema_privilege(text, text)', 'timezone(text, timestamptz)', 'date_part(text, timestamptz)', 'format(text)',
			'tg_reload()', 'jsonb_build_object(text, text)', 'row_to_json(record)'] LOOP
		BEGIN
			EXECUTE format('CREATE FUNCTION hostil.%s RETURNS text LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION ''''the trap shut''''; END''',
				regexp_replace(f, '^(\w+)', '"\1"'));
		END;
	END LOOP;
	FOREACH t IN ARRAY ARRAY['ticket', 'historial', 'contador', 'transicion', 'permiso', 'rol', 'agente', 'area', 'prioridad', 'configuracion', 'estado', 'bandeja',
			'pg_class', 'pg_namespace', 'pg_trigger', 'pg_roles'] LOOP
		EXECUTE format('CREATE VIEW hostil.%I AS SELECT hostil.trap()', t);
		EXECUTE format('CREATE TEMP VIEW %I AS SELECT hostil.trap()', t);
	END LOOP;
	FOREACH t IN ARRAY ARRAY['ticket_state', 'ticket_operation', 'ticket_role', 'ticket_type', 'text', 'uuid', 'jsonb'] LOOP
		EXECUTE format('CREATE DOMAIN hostil.%I AS pg_catalog.int4 CHECK (hostil.trap() IS NULL)', t);
	END LOOP;
END $$;
GRANT USAGE ON SCHEMA hostil TO PUBLIC;
-- The trap works.
SET search_path = hostil, pg_temp, pg_catalog;
SELECT 'a'::pg_catalog.text = 'a'::pg_catalog.text;
-- A whole life of a ticket, by a superuser and by an agent, as functions and as plain SQL.
\set VERBOSITY terse
DO $$
DECLARE
	v pg_catalog.uuid;
	l pg_catalog.text;
	who pg_catalog.name;
BEGIN
	FOREACH who IN ARRAY ARRAY['none', 'regress_ana']::pg_catalog.name[] LOOP
		PERFORM pg_catalog.set_config('role', who::pg_catalog.text, true);
		SELECT c.ticket_uuid, c.ticket_label INTO v, l FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'queja',
			categoria => 'Trato', descripcion => 'Me atendieron mal.', prioridad => 'alta', area => 'redes', clave_idempotencia => who::pg_catalog.text) c;
		PERFORM ticket_sm.fn_asignar(v, '00000000-0000-4000-8000-000000000003');
		PERFORM ticket_sm.fn_transferir(v, 'SOPORTE', 'motivo');
		PERFORM ticket_sm.fn_asignar(v);
		PERFORM ticket_sm.fn_reclasificar(v, categoria => 'Otra', motivo => 'motivo');
		PERFORM ticket_sm.fn_asignar(v);
		PERFORM ticket_sm.fn_pausar(v, 'motivo');
		PERFORM ticket_sm.fn_reabrir(v, 'motivo');
		PERFORM ticket_sm.fn_actualizar(v, 'nota', 'respuesta');
		PERFORM ticket_sm.fn_consultar(l, 'rosa@example.com');
		PERFORM ticket_sm.fn_ticket(v);
		PERFORM ticket_sm.fn_maquina();
		PERFORM ticket_sm.fn_verificar(v);
		PERFORM ticket_sm.fn_verificar();
		PERFORM * FROM helpdesk.bandeja;
		PERFORM ticket_sm.fn_resolver(v);
		PERFORM ticket_sm.fn_archivar(v, 'motivo');
		PERFORM pg_catalog.set_config('role', 'none', true);
	END LOOP;
END $$;
INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com');
UPDATE helpdesk.ticket SET asunto = 'Directo', respuesta_cliente = 'Directo' WHERE estado OPERATOR(pg_catalog.=) 'NUEVO';
UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE estado OPERATOR(pg_catalog.=) 'NUEVO';
SELECT pg_catalog.set_config('role', 'regress_alba', false);
SELECT pg_catalog.count(*) FROM helpdesk.bandeja;
SELECT pg_catalog.count(*) FROM helpdesk.historial;
SELECT pg_catalog.set_config('role', 'none', false);
INSERT INTO helpdesk.transicion VALUES ('archivar', 'NUEVO', 'ARCHIVADO');
UPDATE helpdesk.configuracion SET digitos = 6;
SELECT ticket_sm.crear_mesa('mesa_hostil');
SET ticket_sm.mesa = 'mesa_hostil';
SELECT estado FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'queja',
	categoria => 'Trato', descripcion => 'Me atendieron mal.', prioridad => 'alta');
RESET ticket_sm.mesa;
RESET search_path;
SELECT * FROM ticket_sm.fn_verificar();
SELECT estado, version FROM helpdesk.ticket ORDER BY ticket_label;
DISCARD TEMP;
SET client_min_messages = warning;
DROP SCHEMA hostil, mesa_hostil CASCADE;
DROP FUNCTION prueba.insert_with, prueba.meddle, prueba.skip, prueba.shout, prueba.twist, prueba.twisted, prueba.swallow, prueba.follow, prueba.undercut;
