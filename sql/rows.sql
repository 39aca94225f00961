-- Rows written whole, as ORMs do: stale copies, times cut to milliseconds, and
-- what they say of columns that only the guard sets.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
SELECT prueba.new_in('a', 'ASIGNADO');

------------------------------------------------------------------------
-- The version that an UPDATE sets
------------------------------------------------------------------------

-- An UPDATE of one ticket, tried: what it says of the version; then "ok vN", or the refusal.
CREATE FUNCTION prueba.versioned(name text, changes text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	answer := prueba.err(format('UPDATE helpdesk.ticket SET %s WHERE ticket_uuid = %L', changes, prueba.id(name)));
	IF answer = 'ok' THEN
		SELECT 'ok v' || version INTO answer FROM helpdesk.ticket WHERE ticket_uuid = prueba.id(name);
		RAISE EXCEPTION SQLSTATE 'ZZ000';
	END IF;
	RETURN changes || ': ' || answer;
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN changes || ': ' || answer;
END $$;
-- The stored one, the next one, and nothing are fine; any other is that of a stale copy.
SELECT prueba.versioned('a', 'asunto = ''x'', version = ' || v) FROM unnest(ARRAY['2', '3', 'NULL', 'version', 'version + 1', 'DEFAULT',
	'1', '4', '0', '-1', '99', 'version - 1', 'version + 2', '2147483647', '-2147483648']) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- It is looked at whatever the change, before the machine, and after the area.
SELECT prueba.versioned('a', c || ', version = 1') FROM unnest(ARRAY['estado = ''RESUELTO''', 'estado = ''NUEVO''', 'estado = estado',
	'fecha_limite_sla = now()', 'ticket_label = ''TK-1999-00001''', 'area = ''SOPORTE''']) WITH ORDINALITY AS a(c, n) ORDER BY n;
SELECT prueba.new_in('s', 'NUEVO', '{"area": "SOPORTE"}');
GRANT UPDATE ON helpdesk.ticket TO regress_alba;
GRANT USAGE ON SCHEMA prueba TO regress_alba;
CREATE POLICY alba ON helpdesk.ticket TO regress_alba USING (true) WITH CHECK (true);
SET ROLE regress_alba;
SELECT prueba.versioned('s', 'asunto = ''x'', version = 7'), prueba.versioned('a', 'asunto = ''x'', version = 7');
RESET ROLE;
DROP POLICY alba ON helpdesk.ticket;
REVOKE UPDATE ON helpdesk.ticket FROM regress_alba;
-- The colleague's transfer is not undone by who edits the subject of an old copy.
CREATE TABLE prueba.copia AS SELECT * FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a');
SELECT version FROM ticket_sm.fn_transferir(prueba.id('a'), 'SOPORTE', 'Es de soporte.');
SELECT version FROM ticket_sm.fn_asignar(prueba.id('a'));
CREATE FUNCTION prueba.write_back(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	columns text;
BEGIN
	EXECUTE 'UPDATE prueba.copia SET ' || change;
	SELECT string_agg(format('%I = c.%1$I', attname), ', ' ORDER BY attnum) INTO columns
		FROM pg_attribute WHERE attrelid = 'helpdesk.ticket'::regclass AND attnum > 0;
	RETURN prueba.err(format('UPDATE helpdesk.ticket t SET %s FROM prueba.copia c WHERE t.ticket_uuid = c.ticket_uuid', columns));
END $$;
SELECT prueba.write_back('asunto = ''más claro''');
SELECT prueba.ticket('a');
TRUNCATE prueba.copia;
INSERT INTO prueba.copia SELECT * FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a');
SELECT prueba.write_back('asunto = ''más claro''');
SELECT prueba.write_back('asunto = ''muy claro''');
SELECT prueba.write_back('version = version + 1');
SELECT prueba.history('a', 5);
-- Each row of many by itself; by MERGE, a writable CTE, a view, a cursor.
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = 'x', version = 6 WHERE ticket_uuid IN (prueba.id('a'), prueba.id('s'))$$);
SELECT prueba.err($$MERGE INTO helpdesk.ticket t USING prueba.copia c ON t.ticket_uuid = c.ticket_uuid
	WHEN MATCHED AND c.asunto IS NULL THEN UPDATE SET asunto = 'y' WHEN MATCHED THEN UPDATE SET asunto = 'z', version = 1$$);
SELECT prueba.err($$WITH u AS (UPDATE helpdesk.ticket SET asunto = 'x', version = 1 WHERE ticket_uuid = prueba.id('a') RETURNING *) SELECT * FROM u$$);
CREATE VIEW prueba.vista AS SELECT version AS v, asunto AS sobre, ticket_uuid AS id FROM helpdesk.ticket;
SELECT prueba.err($$UPDATE prueba.vista SET sobre = 'x', v = 1 WHERE id = prueba.id('a')$$);
SELECT prueba.try($$UPDATE prueba.vista SET sobre = 'x', v = 6 WHERE id = prueba.id('a')$$);
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a') FOR UPDATE;
MOVE c;
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = 'x', version = 1 WHERE CURRENT OF c$$);
ROLLBACK;
-- What a trigger sets, where the statement does not, is overruled; a trigger that counts as the
-- guard does agrees with both kinds of writers.
CREATE FUNCTION prueba.set_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.version := CASE TG_ARGV[0] WHEN 'count' THEN OLD.version + 1 ELSE TG_ARGV[0]::integer END;
	RETURN NEW;
END $$;
BEGIN;
CREATE TRIGGER zz_set BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.set_version('99');
SELECT prueba.versioned('a', c) FROM unnest(ARRAY['asunto = ''x''', 'asunto = ''x'', version = 6']) WITH ORDINALITY AS a(c, n) ORDER BY n;
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('a'), 'nota', version => 6);
SELECT version, hecho FROM ticket_sm.fn_ejecutar_lote('actualizar', ARRAY[prueba.id('a')], '{"nota": "x", "version": 7}');
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('a'), 'nota', version => 9)$$);
-- nor is it any matter of the clock's
SET LOCAL ticket_sm.desfase_reloj = '5d';
SELECT operacion, version FROM ticket_sm.fn_sla_barrer() WHERE ticket_uuid = prueba.id('a');
ROLLBACK;
BEGIN;
CREATE TRIGGER zz_count BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.set_version('count');
SELECT prueba.versioned('a', c) FROM unnest(ARRAY['asunto = ''x''', 'asunto = ''x'', version = 6', 'asunto = ''x'', version = 7'])
	WITH ORDINALITY AS a(c, n) ORDER BY n;
ROLLBACK;
-- What came due with a change has a version of its own.
BEGIN;
SET LOCAL ticket_sm.desfase_reloj = '5d';
UPDATE helpdesk.ticket SET asunto = 'tarde', version = 7 WHERE ticket_uuid = prueba.id('a') RETURNING version;
SELECT prueba.versioned('a', 'asunto = ''x'', version = ' || v) FROM generate_series(7, 10) v;
ROLLBACK;
-- In another order of columns, and with columns of the user's.
ALTER TABLE helpdesk.ticket ADD COLUMN antes integer;
SELECT prueba.versioned('a', c) FROM unnest(ARRAY['antes = 99', 'antes = 99, version = 6', 'antes = 6, version = 99']) WITH ORDINALITY AS a(c, n) ORDER BY n;
ALTER TABLE helpdesk.ticket DROP COLUMN antes;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- A time that has lost its microseconds
------------------------------------------------------------------------

-- fecha_creacion to the millisecond, cut or rounded, is the one that is stored.
SELECT prueba.versioned('a', 'asunto = ''x'', fecha_creacion = ' || v) FROM unnest(ARRAY['fecha_creacion', 'date_trunc(''milliseconds'', fecha_creacion)',
	'fecha_creacion::timestamptz(3)', 'fecha_creacion + ''999 us''', 'fecha_creacion - interval ''999 us''',
	'fecha_creacion + ''1 ms''', 'fecha_creacion - interval ''1 ms''', 'now() + ''1 day''', 'NULL', '''infinity''', '''-infinity''']) WITH ORDINALITY AS a(v, n) ORDER BY n;
CREATE TABLE prueba.antes AS SELECT * FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a');
UPDATE helpdesk.ticket SET asunto = 'milisegundos', fecha_creacion = fecha_creacion - '1 us'::interval, fecha_limite_sla = date_trunc('milliseconds', fecha_limite_sla),
	actualizado_en = date_trunc('milliseconds', actualizado_en) WHERE ticket_uuid = prueba.id('a');
SELECT t.fecha_creacion = a.fecha_creacion, t.fecha_limite_sla = a.fecha_limite_sla, t.version - a.version
	FROM helpdesk.ticket t JOIN prueba.antes a USING (ticket_uuid);
SELECT prueba.history('a', 7);
-- Alone it is no change, and the answer says so; ticket_label and ticket_uuid as before.
SELECT prueba.versioned('a', c) FROM unnest(ARRAY['fecha_creacion = fecha_creacion - interval ''1 us''', 'fecha_limite_sla = now()', 'version = 8', 'ticket_label = ticket_label',
	'estado = estado', 'asunto = asunto', 'ticket_label = ''''', 'ticket_label = NULL', 'ticket_uuid = NULL']) WITH ORDINALITY AS a(c, n) ORDER BY n;

------------------------------------------------------------------------
-- What a new row may say
------------------------------------------------------------------------

-- An INSERT of good values and these, tried: "ok" and what came of it, or the refusal.
CREATE FUNCTION prueba.row_with(columns jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	ticket helpdesk.ticket;
BEGIN
	answer := prueba.err(format('INSERT INTO helpdesk.ticket (%s) VALUES (%s)',
			(SELECT string_agg(quote_ident(key), ', ') FROM jsonb_each(d.j)), (SELECT string_agg(quote_nullable(value), ', ') FROM jsonb_each_text(d.j))))
		FROM (SELECT jsonb '{"tipo": "QUEJA", "categoria": "Fila", "prioridad": "ALTA", "descripcion": "Me atendieron mal.",
			"solicitante_nombre": "Rosa Díaz", "solicitante_email": "rosa@example.com"}' || columns) AS d(j);
	IF answer = 'ok' THEN
		SELECT * INTO ticket FROM helpdesk.ticket WHERE categoria = 'Fila';
		answer := concat_ws(' ', answer, ticket.estado, ticket.area, 'v' || ticket.version, ticket.tiene_whatsapp,
			prueba.mask(ticket.ticket_label), ticket.sla_objetivo, ticket.fecha_creacion = ticket.actualizado_en,
			abs(extract(epoch FROM ticket.fecha_creacion - clock_timestamp())) < 300, ticket.sla_horas, ticket.abierto,
			ticket.fecha_limite_sla - ticket.fecha_creacion, ticket.resuelto_en, length(ticket.hash), (SELECT string_agg(detalle, ' ') FROM ticket_sm.fn_verificar(ticket.ticket_uuid)));
		RAISE EXCEPTION SQLSTATE 'ZZ000';
	END IF;
	RETURN columns::text || ': ' || answer;
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN regexp_replace(prueba.mask(columns::text), '20\d\d-\d\d-\d\dT\d\d:[^"]*', '<time>', 'g') || ': ' || answer;
END $$;
-- NULL is the default where a column cannot hold it, be it the owner's own default.
SELECT prueba.row_with(j) FROM unnest(ARRAY['{}', '{"area": null, "ticket_uuid": null, "tiene_whatsapp": null, "estado": null}',
	'{"area": null, "descripcion": null}', '{"area": ""}', '{"prioridad": null}', '{"tipo": null}', '{"categoria": null}']::jsonb[]) WITH ORDINALITY AS a(j, n) ORDER BY n;
BEGIN;
ALTER TABLE helpdesk.ticket ALTER area SET DEFAULT 'SOPORTE', ALTER prioridad SET DEFAULT upper('baja'), ALTER ticket_uuid SET DEFAULT '00000000-0000-4000-8000-0000000000aa';
SELECT prueba.row_with('{"area": null, "prioridad": null, "ticket_uuid": null}');
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email, area)
	VALUES (NULL, 'QUEJA', 'Fila', NULL, 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com', NULL) RETURNING ticket_uuid, area, prioridad;
ROLLBACK;
BEGIN;
ALTER TABLE helpdesk.ticket ALTER area DROP DEFAULT;
SELECT prueba.row_with('{"area": null}');
ALTER TABLE helpdesk.ticket ALTER area SET DEFAULT 'VENTAS';
SELECT prueba.row_with('{"area": null}');
ROLLBACK;
-- Not so in an UPDATE.
SELECT prueba.versioned('a', c || ' = NULL') FROM unnest(ARRAY['area', 'tiene_whatsapp', 'prioridad']) c;
-- Every column that only the guard sets: its empty value, and what the guard sets itself.
SELECT prueba.row_with(j) FROM unnest(ARRAY['{"ticket_label": "", "hash": "", "sla_horas": 0, "version": 0, "abierto": false, "sla_objetivo": "0", "sla_restante": "0",
		"sla_politica": 0, "sla_calendario": 0, "sla_aviso": 0, "atencion_politica": 0, "atencion_calendario": 0, "atencion_objetivo": "0", "atencion_aviso": 0}',
	'{"version": 1, "abierto": true, "sla_horas": 8, "sla_objetivo": "8 hours", "estado": "NUEVO"}']::jsonb[]) WITH ORDINALITY AS a(j, n) ORDER BY n;
SELECT prueba.row_with(jsonb_build_object('fecha_creacion', t, 'actualizado_en', t, 'fecha_limite_sla', t + '8 hours'))
	FROM unnest(ARRAY[now(), clock_timestamp()::timestamptz(3), clock_timestamp() - '50 s'::interval, clock_timestamp() + '50 s'::interval]) WITH ORDINALITY AS a(t, n) ORDER BY n;
-- For "now" it is taken up to a minute after, and as long before the transaction began.
SELECT substring(prueba.row_with(jsonb_build_object('fecha_creacion', clock_timestamp() + j::interval)) FROM ': ((ok|428C9) .*)')
	FROM unnest(ARRAY['-1 hour', '1 hour', '-1 day', '10 years']) j;
BEGIN;
SELECT pg_sleep(1.5);
SELECT substring(prueba.row_with(jsonb_build_object('fecha_creacion', now() - '59.5 s'::interval)) FROM ': (ok|428C9)');
COMMIT;
-- Whatever else is said there is refused.
SELECT prueba.row_with(jsonb_build_object(c, v)) FROM (VALUES ('ticket_label', 'TK-2024-00001'), ('ticket_label', ' '), ('hash', '\x00'), ('sla_horas', '4'), ('version', '2'), ('version', '-1'),
	('sla_objetivo', '4 hours'), ('sla_restante', '1 us'), ('sla_politica', '1'), ('sla_calendario', '1'), ('sla_aviso', '75'), ('atencion_politica', '1'), ('atencion_calendario', '1'),
	('atencion_objetivo', '2 hours'), ('atencion_aviso', '75'), ('fecha_limite_sla', '2999-01-01'), ('fecha_limite_sla', 'infinity'), ('fecha_creacion', '-infinity'), ('fecha_creacion', '2020-01-01'),
	('actualizado_en', '2020-01-01'), ('atencion_limite', '2999-01-01'), ('sla_incumplido_en', '2020-01-01'), ('atencion_incumplido_en', '2020-01-01'), ('atendido_en', '2020-01-01'),
	('sla_revisar_en', '2999-01-01'), ('sla_orden', '2999-01-01'), ('resuelto_en', '2020-01-01'), ('cerrado_en', '2020-01-01'), ('estado', 'RESUELTO'), ('agente_id', '00000000-0000-4000-8000-000000000003'),
	('respuesta_cliente', 'Ya está.')) AS a(c, v);
-- None of the guard's columns was forgotten above.
SELECT attname FROM pg_attribute WHERE attrelid = 'helpdesk.ticket'::regclass AND attnum > 0 AND NOT attisdropped
	AND col_description(attrelid, attnum) LIKE '%Set by the guard%'
	AND prueba.row_with(jsonb_build_object(attname, CASE atttypid WHEN 'bool'::regtype THEN 'false' WHEN 'interval'::regtype THEN '3 us' WHEN 'timestamptz'::regtype THEN '1999-01-01'
		WHEN 'bytea'::regtype THEN '\x01' ELSE '7' END)) NOT LIKE '%: 428C9 %';
-- No label is lost with what was refused after it was drawn.
SELECT count(*), sum(split_part(ticket_label, '-', 3)::integer) FROM helpdesk.ticket;
SELECT prueba.row_with('{}');
SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.versioned, prueba.write_back, prueba.row_with, prueba.set_version;
DROP VIEW prueba.vista;
DROP TABLE prueba.copia, prueba.antes;
