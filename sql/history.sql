-- The history: its hash chain recomputed without the extension, and what
-- fn_verificar() finds when somebody has been round the guard.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

-- Rows of every kind: all operations, odd texts, addresses, direct changes, own columns.
SELECT prueba.new_in(s, s, '{"ip": "10.0.0.1", "asunto": "Señal, 3:x,-,"}') FROM unnest(enum_range(NULL::ticket_sm.ticket_state)::text[]) s;
SELECT prueba.new_ticket('v6', '{"ip": "2001:db8::/32"}');
SELECT prueba.new_ticket('red', '{"ip": "10.1.0.0/16"}');
SET ROLE regress_mario;
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('NUEVO'), E'Ñandú 🐦, 5:abcde,-,\n\ttab', 'Respuesta «larga» ' || repeat('ñ', 5000));
SELECT version FROM ticket_sm.fn_asignar(prueba.id('NUEVO'), prueba.agente(3));
SELECT version FROM ticket_sm.fn_reclasificar(prueba.id('NUEVO'), 'QUEJA', 'Ñu', 'Sub', 'ALTA', 'motivo');
RESET ROLE;
ALTER TABLE helpdesk.ticket ADD COLUMN "Centro ""ñ""" text, ADD COLUMN cuando timestamptz DEFAULT '2020-01-01 00:00:00+00';
UPDATE helpdesk.ticket SET "Centro ""ñ""" = E'a\\b"c', cuando = '2024-02-29 12:00:00+00', tiene_whatsapp = true, telefono = '1' WHERE estado = 'PAUSADO';

-- The proof, from the documented canonical form, number 1: of a row of values, "-," for
-- NULL or else "<octets>:<value>,", where the value is the type's text output, the time
-- the microseconds since 1970, and bytes are hexadecimal digits.
CREATE FUNCTION prueba.field(value anyelement) RETURNS bytea LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN value IS NULL THEN '-,'::bytea
		ELSE convert_to(length(convert_to(format('%s', value), 'UTF8'))::text || ':' || format('%s', value) || ',', 'UTF8') END
$$;
CREATE VIEW prueba.canonical AS
SELECT h.ticket_uuid, h.version, h.hash, h.sal, h.huella_textos, h.huella_datos,
	prueba.field(h.ticket_uuid) || prueba.field(h.version) || prueba.field(h.forma) || prueba.field(h.operacion)
	|| prueba.field((extract(epoch FROM h.ocurrido_en) * 1000000)::bigint)
	|| prueba.field(h.ticket_label) || prueba.field(h.estado_antes) || prueba.field(h.estado_despues)
	|| prueba.field(h.area_antes) || prueba.field(h.area_despues)
	|| prueba.field(h.prioridad_antes) || prueba.field(h.prioridad_despues)
	|| prueba.field(h.agente_antes) || prueba.field(h.agente_despues)
	|| prueba.field(h.tipo_antes) || prueba.field(h.tipo_despues)
	|| prueba.field(h.categoria_antes) || prueba.field(h.categoria_despues)
	|| prueba.field(h.subcategoria_antes) || prueba.field(h.subcategoria_despues)
	|| prueba.field(h.reloj) || prueba.field(h.sla)
	|| prueba.field(h.actor_id) || prueba.field(h.actor_nombre) || prueba.field(h.actor_rol) || prueba.field(h.usuario_bd)
	|| prueba.field(encode(h.huella_textos, 'hex')) || prueba.field(encode(h.huella_datos, 'hex'))
	|| prueba.field(h.vinculo::text) || prueba.field(h.adjunto) || prueba.field(h.calificacion) AS form,
	prueba.field(h.motivo) || prueba.field(h.nota) || prueba.field(h.respuesta) || prueba.field(h.mensaje) || prueba.field(h.clave_idempotencia) || prueba.field(h.cambios)
	|| prueba.field(h.ip) AS texts
FROM helpdesk.historial h;
CREATE VIEW prueba.data AS
SELECT t.ticket_uuid, prueba.field(t.asunto) || prueba.field(t.descripcion)
	|| prueba.field(t.solicitante_nombre) || prueba.field(t.solicitante_email)
	|| prueba.field(t.documento) || prueba.field(t.telefono) || prueba.field(t.tiene_whatsapp::text)
	|| prueba.field(t.empresa_departamento) || prueba.field(t.ip_registro)
	|| prueba.field(t.clave_idempotencia) || prueba.field(encode(t.huella_idempotencia, 'hex')) AS form
FROM helpdesk.ticket t;
-- Every column is in it: 30 in the chain, 5 texts, the salt and the hash.
SELECT count(*) FROM pg_attribute WHERE attrelid = 'helpdesk.historial'::regclass AND attnum > 0 AND NOT attisdropped;
-- The chain: sha256 over the hash before (32 zero bytes before the first) and the form.
-- It is followed from row to row, not hash by hash.
CREATE VIEW prueba.chain AS
WITH RECURSIVE chain AS (
	SELECT c.ticket_uuid, c.version, c.hash, sha256(decode(repeat('00', 32), 'hex') || c.form) AS computed
	FROM prueba.canonical c WHERE c.version = 1
	UNION ALL
	SELECT c.ticket_uuid, c.version, c.hash, sha256(p.computed || c.form)
	FROM chain p JOIN prueba.canonical c ON c.ticket_uuid = p.ticket_uuid AND c.version = p.version + 1
)
SELECT * FROM chain;
-- All of it: rows of the history, rows reached by the chains, how many of them differ;
-- salts (but for those of an address alone, which comes over TCP only), how many texts differ from their digest; tickets whose data has a salt, how many differ.
CREATE VIEW prueba.proof AS
WITH last_data AS (
	SELECT DISTINCT ON (ticket_uuid) * FROM prueba.canonical WHERE huella_datos IS NOT NULL ORDER BY ticket_uuid, version DESC
)
SELECT (SELECT count(*) FROM helpdesk.historial) AS rows,
	(SELECT count(*) FROM prueba.chain) AS chained,
	(SELECT count(*) FROM prueba.chain WHERE hash <> computed) AS broken,
	(SELECT count(sal) FROM helpdesk.historial WHERE num_nonnulls(motivo, nota, respuesta, mensaje, clave_idempotencia, cambios, huella_datos) > 0) AS salts,
	(SELECT count(*) FROM prueba.canonical WHERE huella_textos <> sha256(sal || texts)
		OR ((huella_textos IS NULL OR sal IS NULL) AND texts <> '-,-,-,-,-,-,-,')) AS changed_texts,
	(SELECT count(l.sal) FROM last_data l) AS data,
	(SELECT count(*) FROM last_data l JOIN prueba.data d USING (ticket_uuid) WHERE l.huella_datos <> sha256(l.sal || d.form)) AS changed_data;
SELECT * FROM prueba.proof;
SELECT octet_length(hash), count(DISTINCT hash) = count(*) FROM helpdesk.historial GROUP BY 1;
-- A salt of its own for each, 16 bytes; none where there is nothing to be proven by it.
SELECT count(DISTINCT sal) = count(sal), bool_and(octet_length(sal) = 16),
	bool_and((sal IS NOT NULL) = (num_nonnulls(motivo, nota, respuesta, mensaje, clave_idempotencia, cambios, ip, huella_datos) > 0))
FROM helpdesk.historial;
-- It does not hang on how the session shows things, nor on who asks.
SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET timezone = 'Asia/Kolkata'; SET bytea_output = 'escape'; SET extra_float_digits = 0;
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('ASIGNADO'), 'Con otros ajustes.');
UPDATE helpdesk.ticket SET cuando = '2024-02-29 12:00:00+00' WHERE estado = 'ASIGNADO';
SELECT * FROM ticket_sm.fn_verificar();
RESET datestyle; RESET intervalstyle; RESET timezone; RESET bytea_output; RESET extra_float_digits;
SELECT broken, changed_texts, changed_data FROM prueba.proof;

-- All is well: empty, for all and for each ticket.
SELECT * FROM ticket_sm.fn_verificar();
SELECT count(*) FROM helpdesk.ticket t, ticket_sm.fn_verificar(t.ticket_uuid) v;

------------------------------------------------------------------------
-- Tampering: a superuser switches triggers off, and every kind of it is named
------------------------------------------------------------------------

-- Run statements with all triggers off, show what is found, undo everything.
-- The ticket NUEVO is now RECLASIFICADO, of four versions.
CREATE FUNCTION prueba.tamper(VARIADIC statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	found text[];
	one text[];
BEGIN
	SET LOCAL session_replication_role = replica;
	FOREACH statement IN ARRAY statements LOOP
		EXECUTE replace(statement, '$T', quote_literal(prueba.id('NUEVO')));
	END LOOP;
	SET LOCAL session_replication_role = origin;
	found := ARRAY(SELECT prueba.mask(format('%s [%s]: %s', v.problema, coalesce(a.alias, v.ticket_uuid::text, 'mesa'), v.detalle))
		FROM ticket_sm.fn_verificar() v LEFT JOIN prueba.alias a ON a.id = v.ticket_uuid ORDER BY 1);
	BEGIN
		one := ARRAY(SELECT prueba.mask(format('%s [%s]: %s', v.problema, coalesce(a.alias, v.ticket_uuid::text, 'mesa'), v.detalle))
			FROM ticket_sm.fn_verificar(prueba.id('NUEVO')) v LEFT JOIN prueba.alias a ON a.id = v.ticket_uuid ORDER BY 1);
	EXCEPTION WHEN SQLSTATE 'PT404' THEN
		one := ARRAY['PT404 ' || SQLERRM];
	END;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN QUERY SELECT unnest(found);
	IF one IS DISTINCT FROM found THEN
		RETURN QUERY SELECT 'asked for the ticket alone: ' || coalesce(nullif(array_to_string(one, E'\n    '), ''), 'nothing');
	END IF;
END $$;
-- Nothing done, nothing found.
SELECT prueba.tamper('SELECT 1');
-- The history: a changed note, reason, actor, time; each column counts.
SELECT prueba.tamper($$UPDATE helpdesk.historial SET nota = 'Otra cosa.' WHERE ticket_uuid = $T AND version = 2$$);
SELECT prueba.tamper($$UPDATE helpdesk.historial SET ocurrido_en = ocurrido_en + interval '1 microsecond' WHERE ticket_uuid = $T AND version = 4$$);
-- Each column of it: what becomes of the column, and whether that is found.
CREATE FUNCTION prueba.other_value(a pg_attribute) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN a.attname LIKE 'estado%' THEN '''PAUSADO''' WHEN a.attname LIKE 'tipo%' THEN '''CONSULTA'''
		WHEN a.attname = 'operacion' THEN '''crear''' WHEN a.attname = 'actor_rol' THEN '''AREA'''
		ELSE CASE a.atttypid::regtype::text
			WHEN 'uuid' THEN 'gen_random_uuid()' WHEN 'text' THEN '''tampered''' WHEN 'bytea' THEN '''\x00'''
			WHEN 'inet' THEN '''9.9.9.9''' WHEN 'jsonb' THEN '''{}''' WHEN 'timestamp with time zone' THEN '''2020-01-01'''
			WHEN 'integer' THEN '77' WHEN 'smallint' THEN '77' WHEN 'interval' THEN '''77 hours'''
			WHEN 'boolean' THEN format('NOT %I', a.attname) END END
$$;
SELECT a.attname, count(v) > 0 AS found
FROM pg_attribute a, LATERAL prueba.tamper(format('UPDATE helpdesk.historial SET %I = %s WHERE ticket_uuid = $T AND version = 4', a.attname, prueba.other_value(a))) v
WHERE a.attrelid = 'helpdesk.historial'::regclass AND a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attnum, 1 ORDER BY a.attnum;
-- And set to NULL, where that is possible: what is not found.
SELECT a.attname
FROM pg_attribute a, LATERAL (SELECT count(*) FROM prueba.tamper(format('UPDATE helpdesk.historial SET %I = NULL WHERE ticket_uuid = $T AND version = 4', a.attname))) v
WHERE a.attrelid = 'helpdesk.historial'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull AND v.count = 0
AND (SELECT to_jsonb(h) -> a.attname FROM helpdesk.historial h WHERE ticket_uuid = prueba.id('NUEVO') AND version = 4) <> 'null' ORDER BY a.attnum;
-- A form that is not known yet is told, and the rest is proven all the same.
SELECT prueba.tamper('UPDATE helpdesk.historial SET forma = 2 WHERE ticket_uuid = $T AND version = 3');
-- The salt gone, the digests gone, the texts of one event under another.
SELECT prueba.tamper('UPDATE helpdesk.historial SET sal = NULL WHERE ticket_uuid = $T AND version = 2');
SELECT prueba.tamper('UPDATE helpdesk.historial SET huella_textos = NULL WHERE ticket_uuid = $T AND version = 2');
SELECT prueba.tamper('UPDATE helpdesk.historial SET huella_textos = NULL, motivo = NULL, nota = NULL, respuesta = NULL, mensaje = NULL, clave_idempotencia = NULL, cambios = NULL, ip = NULL WHERE ticket_uuid = $T AND version = 2');
SELECT prueba.tamper('UPDATE helpdesk.historial h SET nota = o.nota, respuesta = o.respuesta FROM helpdesk.historial o WHERE h.ticket_uuid = $T AND h.version = 4 AND o.ticket_uuid = $T AND o.version = 2');
SELECT prueba.tamper('UPDATE helpdesk.historial SET huella_datos = NULL WHERE ticket_uuid = $T AND version = 1');
-- A deleted row: in the middle, the first, the last, all of them.
SELECT prueba.tamper('DELETE FROM helpdesk.historial WHERE ticket_uuid = $T AND version = 2');
SELECT prueba.tamper('DELETE FROM helpdesk.historial WHERE ticket_uuid = $T AND version = 1');
SELECT prueba.tamper('DELETE FROM helpdesk.historial WHERE ticket_uuid = $T AND version = 4');
SELECT prueba.tamper('DELETE FROM helpdesk.historial WHERE ticket_uuid = $T');
-- Two rows swapped; a row put in from another ticket; a row added at the end.
SELECT prueba.tamper('UPDATE helpdesk.historial SET version = 99 WHERE ticket_uuid = $T AND version = 2',
	'UPDATE helpdesk.historial SET version = 2 WHERE ticket_uuid = $T AND version = 3',
	'UPDATE helpdesk.historial SET version = 3 WHERE ticket_uuid = $T AND version = 99');
SELECT prueba.tamper('DELETE FROM helpdesk.historial WHERE ticket_uuid = $T AND version = 2',
	'UPDATE helpdesk.historial SET ticket_uuid = $T WHERE ticket_uuid = prueba.id(''PAUSADO'') AND version = 2');
SELECT prueba.tamper('INSERT INTO helpdesk.historial SELECT (jsonb_populate_record(h, ''{"version": 5}'')).* FROM helpdesk.historial h WHERE ticket_uuid = $T AND version = 4');
-- Cut off at the end along with the ticket's version: the state gives it away.
SELECT prueba.tamper('DELETE FROM helpdesk.historial WHERE ticket_uuid = $T AND version = 4', 'UPDATE helpdesk.ticket SET version = 3 WHERE ticket_uuid = $T');
-- A chain that was recomputed after the change is whole again in itself; what the
-- ticket says still gives it away where they disagree.
SELECT prueba.tamper($$UPDATE helpdesk.historial SET estado_despues = 'PAUSADO' WHERE ticket_uuid = $T AND version = 4$$,
	$$UPDATE helpdesk.historial h SET hash = sha256(p.hash || c.form) FROM helpdesk.historial p, prueba.canonical c
		WHERE h.ticket_uuid = $T AND h.version = 4 AND p.ticket_uuid = $T AND p.version = 3 AND c.ticket_uuid = $T AND c.version = 4$$);
-- Time that runs backwards.
SELECT prueba.tamper($$UPDATE helpdesk.historial SET ocurrido_en = ocurrido_en - interval '1 day' WHERE ticket_uuid = $T AND version = 4$$,
	$$UPDATE helpdesk.ticket SET actualizado_en = actualizado_en - interval '1 day' WHERE ticket_uuid = $T$$,
	$$UPDATE helpdesk.historial h SET hash = sha256(p.hash || c.form) FROM helpdesk.historial p, prueba.canonical c
		WHERE h.ticket_uuid = $T AND h.version = 4 AND p.ticket_uuid = $T AND p.version = 3 AND c.ticket_uuid = $T AND c.version = 4$$);
-- The ticket: state, version, area, agent, priority, type, category, label, time.
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET estado = 'RESUELTO' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET version = 3 WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET version = 5 WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET area = 'SOPORTE' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET agente_id = NULL WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET prioridad = 'BAJA' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET tipo = 'CONSULTA' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET categoria = 'Otra' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET actualizado_en = actualizado_en + interval '1 hour' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET fecha_creacion = fecha_creacion - interval '1 hour' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET abierto = false WHERE ticket_uuid = $T$$);
-- Every column of it: of an open ticket, a paused one, an ended one.
SELECT a.attname, bool_and(found) AS found
FROM pg_attribute a, unnest('{NUEVO,PAUSADO,ARCHIVADO}'::text[]) w,
	LATERAL (SELECT count(*) > 0 AS found FROM prueba.tamper(format('UPDATE helpdesk.ticket SET %I = %s WHERE ticket_uuid = prueba.id(%L)', a.attname, prueba.other_value(a), w))) v
WHERE a.attrelid = 'helpdesk.ticket'::regclass AND a.attnum > 0 AND NOT a.attisdropped
AND NOT (w = 'PAUSADO' AND a.attname = 'estado') GROUP BY a.attnum, 1 ORDER BY a.attnum;
-- And set to NULL.  Not found: when the sweep is to look at a ticket of which nothing can come
-- due, where the queue would find a paused one, and columns of one's own.
SELECT a.attname, w
FROM pg_attribute a, unnest('{NUEVO,PAUSADO,ARCHIVADO}'::text[]) w,
	LATERAL (SELECT count(*) FROM prueba.tamper(format('UPDATE helpdesk.ticket SET %I = NULL WHERE ticket_uuid = prueba.id(%L)', a.attname, w))) v
WHERE a.attrelid = 'helpdesk.ticket'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull AND v.count = 0
AND (SELECT to_jsonb(t) -> a.attname FROM helpdesk.ticket t WHERE ticket_uuid = prueba.id(w)) <> 'null' ORDER BY a.attnum, 2;
-- What the requester gave is proven as a whole; in two columns, swapped, as well.
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET solicitante_email = 'forger@example.com' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET documento = telefono, telefono = documento WHERE ticket_uuid = prueba.id('PAUSADO')$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET respuesta_cliente = NULL WHERE ticket_uuid = $T$$);
-- A target cannot be moved together with all that follows from it.
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET sla_objetivo = sla_objetivo + '1 h', sla_horas = sla_horas + 1, fecha_limite_sla = fecha_limite_sla + '1 h' WHERE ticket_uuid = $T$$);
-- The end of the chain that the ticket holds is another one.
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET hash = sha256('x') WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET hash = '\x00' WHERE ticket_uuid = $T$$);
-- A ticket that is gone, one that has no history, one whose uuid was changed.
SELECT prueba.tamper('DELETE FROM helpdesk.ticket WHERE ticket_uuid = $T');
SELECT prueba.tamper('DELETE FROM helpdesk.ticket WHERE ticket_uuid = $T', 'DELETE FROM helpdesk.historial WHERE ticket_uuid = $T');
SELECT prueba.tamper($$INSERT INTO helpdesk.ticket SELECT (jsonb_populate_record(t, jsonb_build_object('ticket_uuid', prueba.agente(77), 'ticket_label', replace(ticket_label, '-00001', '-00011'))) ).*
	FROM helpdesk.ticket t WHERE ticket_uuid = $T$$);
-- Labels: swapped between two tickets; changed; of no year; the counter too high, too low, gone.
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET ticket_label = 'x' WHERE ticket_uuid = $T$$,
	$$UPDATE helpdesk.ticket SET ticket_label = replace(ticket_label, '-00002', '-00001') WHERE ticket_label LIKE '%-00002'$$,
	$$UPDATE helpdesk.ticket SET ticket_label = (SELECT replace(ticket_label, '-00001', '-00002') FROM helpdesk.ticket WHERE ticket_label LIKE '%-00001') WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET ticket_label = replace(ticket_label, '-00001', '-00077') WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET ticket_label = 'nonsense' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper('UPDATE helpdesk.contador SET ultimo = ultimo + 3');
SELECT prueba.tamper('UPDATE helpdesk.contador SET ultimo = ultimo - 1');
SELECT prueba.tamper('DELETE FROM helpdesk.contador');
SELECT prueba.tamper('INSERT INTO helpdesk.contador VALUES (1999, 0)');
SELECT prueba.tamper('INSERT INTO helpdesk.contador VALUES (1999, 2)');
-- Whole tickets removed from the end, with their history and the counter put
-- back, leave no trace in the database: no chain can show that.

-- The guard itself: each of its triggers disabled, dropped, or set to fire for replicas only.
CREATE FUNCTION prueba.unguard(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	found text[];
BEGIN
	EXECUTE statement;
	found := ARRAY(SELECT format('%s [%s]: %s', v.problema, coalesce(v.ticket_uuid::text, 'mesa'), v.detalle) FROM ticket_sm.fn_verificar() v ORDER BY 1);
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN QUERY SELECT unnest(found);
END $$;
SELECT c.relname, t.tgname, prueba.unguard(format('ALTER TABLE helpdesk.%I DISABLE TRIGGER %I', c.relname, t.tgname))
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'helpdesk'::regnamespace AND t.tgname ~ '^(aa|zzz)_' ORDER BY 1, 2;
-- (by its BEFORE trigger a mesa is known as one: without it nothing works there at all)
BEGIN;
DROP TRIGGER zzz_guardia_antes ON helpdesk.ticket;
SELECT prueba.err('SELECT ticket_sm.fn_verificar()');
SELECT prueba.err(prueba.create_call());
ROLLBACK;
SELECT prueba.unguard('DROP TRIGGER aa_guardia_despues ON helpdesk.ticket');
SELECT prueba.unguard('ALTER TABLE helpdesk.historial DISABLE TRIGGER ALL');
SELECT prueba.unguard('ALTER TABLE helpdesk.ticket ENABLE REPLICA TRIGGER zzz_guardia_antes');
SELECT prueba.unguard('ALTER TABLE helpdesk.ticket ENABLE ALWAYS TRIGGER zzz_guardia_antes');
SELECT prueba.unguard('ALTER TRIGGER zzz_guardia_antes ON helpdesk.ticket RENAME TO zz_otro_nombre');
-- The triggers that make sessions forget what they have cached, dropped one by one: how many, how many of that reported.
SELECT count(*), count(found) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
	LEFT JOIN LATERAL prueba.unguard(format('DROP TRIGGER %I ON helpdesk.%I', t.tgname, c.relname)) found ON true
WHERE c.relnamespace = 'helpdesk'::regnamespace AND t.tgname LIKE 'zz\_%';
-- A rule, which would go before the triggers.
SELECT prueba.unguard('CREATE RULE nada AS ON UPDATE TO helpdesk.ticket DO INSTEAD NOTHING');
SELECT prueba.unguard('CREATE RULE copia AS ON DELETE TO helpdesk.historial DO INSTEAD NOTHING');
-- A child table would bring rows into the ticket table that no guard has seen: then the mesa is not
-- believed at all.
BEGIN;
CREATE TABLE prueba.hija () INHERITS (helpdesk.ticket);
SELECT prueba.err('SELECT ticket_sm.fn_verificar()');
ROLLBACK;
-- Row security: forced, it would hide rows from the proof; switched off, or with other policies, it
-- shows or hides them to agents.
SELECT prueba.unguard('ALTER TABLE helpdesk.ticket FORCE ROW LEVEL SECURITY; CREATE POLICY esconde ON helpdesk.ticket AS RESTRICTIVE USING (area <> ''REDES'')');
SELECT prueba.unguard('ALTER TABLE helpdesk.contador FORCE ROW LEVEL SECURITY');
SELECT prueba.unguard(format('ALTER TABLE helpdesk.%I DISABLE ROW LEVEL SECURITY', t)) FROM unnest('{ticket,historial,agente}'::text[]) t;
SELECT prueba.unguard('DROP POLICY historial_en_alcance ON helpdesk.historial');
SELECT prueba.unguard('ALTER POLICY ticket_en_alcance ON helpdesk.ticket USING (true)');
SELECT prueba.unguard('ALTER POLICY ticket_en_alcance ON helpdesk.ticket WITH CHECK (false)');
SELECT prueba.unguard('ALTER POLICY agente_en_alcance ON helpdesk.agente TO ticket_admin');
SELECT prueba.unguard('CREATE POLICY ve_todo ON helpdesk.historial FOR SELECT USING (true)');
-- (a table of one's own is nobody else's business)
SELECT prueba.unguard('CREATE TABLE helpdesk.propia (a int); ALTER TABLE helpdesk.propia ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY mia ON helpdesk.propia USING (true)');
-- (nor does it matter how the session prints names)
SELECT prueba.unguard('SET quote_all_identifiers = on; SET search_path = helpdesk, public');
-- An owner who is no superuser has it forced upon himself: then rather nothing is read.
BEGIN;
CREATE ROLE regress_oculta;
GRANT USAGE ON SCHEMA ticket_sm TO regress_oculta;
DO $$
DECLARE
	r record;
BEGIN
	ALTER SCHEMA helpdesk OWNER TO regress_oculta;
	FOR r IN SELECT oid::regclass AS rel, relkind FROM pg_class WHERE relnamespace = 'helpdesk'::regnamespace AND relkind IN ('r', 'v') LOOP
		EXECUTE format('ALTER %s %s OWNER TO regress_oculta', CASE r.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, r.rel);
	END LOOP;
END $$;
SELECT count(*) FROM ticket_sm.fn_verificar();
ALTER TABLE helpdesk.ticket FORCE ROW LEVEL SECURITY;
SELECT problema, detalle FROM ticket_sm.fn_verificar();
SELECT prueba.err($$SELECT ticket_sm.fn_verificar(prueba.id('NUEVO'))$$);
ROLLBACK;
-- Without its BEFORE trigger an operation does not go through half-judged.
BEGIN;
ALTER TABLE helpdesk.ticket DISABLE TRIGGER zzz_guardia_antes;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('ASIGNADO'), 'nota')$$);
SELECT prueba.short(prueba.create_call());
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'NUEVO' WHERE ticket_uuid = prueba.id('ASIGNADO')$$);
ROLLBACK;
-- Nor without its AFTER trigger.
BEGIN;
ALTER TABLE helpdesk.ticket DISABLE TRIGGER aa_guardia_despues;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('ASIGNADO'), 'nota')$$);
SELECT prueba.err(prueba.create_call());
ROLLBACK;
-- Work under session_replication_role = replica (a superuser's setting): the same.
BEGIN;
SET LOCAL session_replication_role = replica;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('ASIGNADO'), 'nota')$$);
SELECT prueba.short(prueba.create_call());
ROLLBACK;

------------------------------------------------------------------------
-- Erasing: texts and salt go, and the rest is proven as before
------------------------------------------------------------------------

-- By hand, as the owner with triggers off.
CREATE FUNCTION prueba.erase(ticket text, versions int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	ALTER TABLE helpdesk.historial DISABLE TRIGGER USER;
	UPDATE helpdesk.historial SET motivo = NULL, nota = NULL, respuesta = NULL, mensaje = NULL, clave_idempotencia = NULL, cambios = NULL, ip = NULL, sal = NULL
	WHERE ticket_uuid = prueba.id(ticket) AND version = ANY (versions);
	ALTER TABLE helpdesk.historial ENABLE TRIGGER USER;
END $$;
SET ROLE regress_mario;
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('PAUSADO'), NULL, 'Le llamamos mañana.');
RESET ROLE;
BEGIN;
-- One event, with the answer that the ticket still shows: which it was cannot be known any more.
SELECT prueba.erase('NUEVO', '{2}');
SELECT * FROM ticket_sm.fn_verificar();
SELECT * FROM prueba.proof;
-- The rest is proven: texts of the other events, the erased event itself, the ticket and its data.
SELECT prueba.tamper($$UPDATE helpdesk.historial SET motivo = 'Otro motivo.' WHERE ticket_uuid = $T AND version = 4$$);
SELECT prueba.tamper($$UPDATE helpdesk.historial SET actor_nombre = 'Nadie' WHERE ticket_uuid = $T AND version = 2$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET descripcion = 'Otra descripción.' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET area = 'SOPORTE' WHERE ticket_uuid = $T$$);
-- Other texts in the place of those that were erased, also with a salt and a digest that fit.
SELECT prueba.tamper($$UPDATE helpdesk.historial SET nota = 'Nunca dije eso.' WHERE ticket_uuid = $T AND version = 2$$);
SELECT prueba.tamper($$UPDATE helpdesk.historial SET nota = 'Nunca dije eso.', sal = '\x00112233445566778899aabbccddeeff' WHERE ticket_uuid = $T AND version = 2$$);
SELECT prueba.tamper($$UPDATE helpdesk.historial SET nota = 'Nunca dije eso.', sal = '\x00112233445566778899aabbccddeeff' WHERE ticket_uuid = $T AND version = 2$$,
	$$UPDATE helpdesk.historial h SET huella_textos = sha256(c.sal || c.texts) FROM prueba.canonical c WHERE h.ticket_uuid = $T AND h.version = 2 AND c.ticket_uuid = $T AND c.version = 2$$);
-- A salt that was left behind, or taken alone.
SELECT prueba.tamper('UPDATE helpdesk.historial SET motivo = NULL WHERE ticket_uuid = $T AND version = 4');
SELECT prueba.tamper('UPDATE helpdesk.historial SET sal = NULL WHERE ticket_uuid = $T AND version = 4');
-- An answer given later is known again.
SET ROLE regress_mario;
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('NUEVO'), NULL, 'Ya está resuelto.');
RESET ROLE;
SELECT * FROM ticket_sm.fn_verificar();
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET respuesta_cliente = 'Otra.' WHERE ticket_uuid = $T$$);
-- All events of a ticket, and what the ticket itself has of a person.
SELECT prueba.erase('PAUSADO', '{1,2,3,4,5}');
ALTER TABLE helpdesk.ticket DISABLE TRIGGER USER;
UPDATE helpdesk.ticket SET asunto = NULL, descripcion = '(borrada)', solicitante_nombre = '(borrado)', solicitante_email = '(borrado)',
	documento = NULL, telefono = NULL, tiene_whatsapp = false, empresa_departamento = NULL, ip_registro = NULL,
	clave_idempotencia = NULL, huella_idempotencia = NULL, respuesta_cliente = NULL
WHERE ticket_uuid = prueba.id('PAUSADO');
ALTER TABLE helpdesk.ticket ENABLE TRIGGER USER;
SELECT * FROM ticket_sm.fn_verificar();
SELECT * FROM prueba.proof;
-- Of that ticket and its history, all but what was erased is proven as before; those columns where nothing is found:
SELECT a.attrelid::regclass, string_agg(a.attname, ' ' ORDER BY a.attnum)
FROM pg_attribute a, LATERAL (SELECT count(*) FROM prueba.tamper(format('UPDATE %s SET %I = %s WHERE ticket_uuid = prueba.id(''PAUSADO'') AND version >= 2', a.attrelid::regclass, a.attname,
	CASE a.attname WHEN 'estado' THEN '''NUEVO''' ELSE prueba.other_value(a) END))) v
WHERE a.attrelid IN ('helpdesk.ticket'::regclass, 'helpdesk.historial'::regclass) AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'version' AND v.count = 0
GROUP BY 1 ORDER BY 1;
-- A ticket's data erased although its event is not is a change like others.
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET descripcion = '(borrada)' WHERE ticket_uuid = $T$$);
-- Life goes on, and the chain.
SET ROLE regress_mario;
SELECT version FROM ticket_sm.fn_reabrir(prueba.id('PAUSADO'), 'Sigue sin correo.');
RESET ROLE;
UPDATE helpdesk.ticket SET telefono = '2' WHERE ticket_uuid = prueba.id('PAUSADO');
SELECT * FROM ticket_sm.fn_verificar();
SELECT broken, changed_texts, changed_data FROM prueba.proof;
-- (its data is proven again from here on)
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET descripcion = 'Otra.' WHERE ticket_uuid = prueba.id('PAUSADO')$$);
ROLLBACK;

-- What was undone is well.
SELECT * FROM ticket_sm.fn_verificar();
DROP VIEW prueba.proof, prueba.chain, prueba.data, prueba.canonical;
DROP FUNCTION prueba.field, prueba.tamper, prueba.unguard, prueba.other_value, prueba.erase;
