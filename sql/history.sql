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

-- The chain, from the documented canonical form: sha256 over the previous hash
-- (32 zero bytes before the first) and, of every column but hash in the table's
-- order, "-," for NULL or else "<octets>:<value>,", where the value is the type's
-- text output, and the time the microseconds since 1970.
CREATE FUNCTION prueba.field(value anyelement) RETURNS bytea LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN value IS NULL THEN '-,'::bytea
		ELSE convert_to(length(convert_to(format('%s', value), 'UTF8'))::text || ':' || format('%s', value) || ',', 'UTF8') END
$$;
CREATE VIEW prueba.canonical AS
SELECT h.ticket_uuid, h.version, h.hash,
	prueba.field(h.ticket_uuid) || prueba.field(h.version) || prueba.field(h.operacion)
	|| prueba.field((extract(epoch FROM h.ocurrido_en) * 1000000)::bigint)
	|| prueba.field(h.ticket_label) || prueba.field(h.estado_antes) || prueba.field(h.estado_despues)
	|| prueba.field(h.area_antes) || prueba.field(h.area_despues)
	|| prueba.field(h.prioridad_antes) || prueba.field(h.prioridad_despues)
	|| prueba.field(h.agente_antes) || prueba.field(h.agente_despues)
	|| prueba.field(h.tipo_antes) || prueba.field(h.tipo_despues)
	|| prueba.field(h.categoria_antes) || prueba.field(h.categoria_despues)
	|| prueba.field(h.subcategoria_antes) || prueba.field(h.subcategoria_despues)
	|| prueba.field(h.reloj) || prueba.field(h.motivo) || prueba.field(h.nota) || prueba.field(h.respuesta)
	|| prueba.field(h.cambios) || prueba.field(h.actor_id) || prueba.field(h.actor_nombre)
	|| prueba.field(h.actor_rol) || prueba.field(h.usuario_bd) || prueba.field(h.ip) AS form
FROM helpdesk.historial h;
-- Every column is in it: 29, and hash.
SELECT count(*) FROM pg_attribute WHERE attrelid = 'helpdesk.historial'::regclass AND attnum > 0 AND NOT attisdropped;
-- The whole chain is followed from row to row, not hash by hash.
CREATE VIEW prueba.chain AS
WITH RECURSIVE chain AS (
	SELECT c.ticket_uuid, c.version, c.hash, sha256(decode(repeat('00', 32), 'hex') || c.form) AS computed
	FROM prueba.canonical c WHERE c.version = 1
	UNION ALL
	SELECT c.ticket_uuid, c.version, c.hash, sha256(p.computed || c.form)
	FROM chain p JOIN prueba.canonical c ON c.ticket_uuid = p.ticket_uuid AND c.version = p.version + 1
)
SELECT * FROM chain;
-- Rows of the history, rows reached by the chains, different hashes.
SELECT (SELECT count(*) FROM helpdesk.historial), count(*), count(*) FILTER (WHERE hash <> computed) FROM prueba.chain;
SELECT octet_length(hash), count(DISTINCT hash) = count(*) FROM helpdesk.historial GROUP BY 1;
-- It does not hang on how the session shows things, nor on who asks.
SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET timezone = 'Asia/Kolkata'; SET bytea_output = 'escape'; SET extra_float_digits = 0;
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('ASIGNADO'), 'Con otros ajustes.');
UPDATE helpdesk.ticket SET cuando = '2024-02-29 12:00:00+00' WHERE estado = 'ASIGNADO';
SELECT * FROM ticket_sm.fn_verificar();
RESET datestyle; RESET intervalstyle; RESET timezone; RESET bytea_output; RESET extra_float_digits;
SELECT count(*) FILTER (WHERE hash <> computed) FROM prueba.chain;

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
SELECT a.attname, count(v) > 0 AS found
FROM pg_attribute a, LATERAL prueba.tamper(format($$UPDATE helpdesk.historial SET %I = %s WHERE ticket_uuid = $T AND version = 4$$, a.attname,
	CASE WHEN a.atttypid = 'uuid'::regtype THEN 'gen_random_uuid()' WHEN a.atttypid IN ('text'::regtype, 'name'::regtype) THEN '''tampered'''
		WHEN a.atttypid = 'bytea'::regtype THEN '''\x00''' WHEN a.atttypid = 'inet'::regtype THEN '''9.9.9.9''' WHEN a.atttypid = 'jsonb'::regtype THEN '''{}'''
		WHEN a.atttypid = 'timestamptz'::regtype THEN '''2020-01-01''' WHEN a.atttypid = 'integer'::regtype THEN '77'
		WHEN a.attname LIKE 'estado%' THEN '''PAUSADO''' WHEN a.attname LIKE 'tipo%' THEN '''CONSULTA''' WHEN a.attname = 'operacion' THEN '''pausar'''
		ELSE '''AREA''' END)) v
WHERE a.attrelid = 'helpdesk.historial'::regclass AND a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attnum, 1 ORDER BY a.attnum;
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
-- The end of the chain that the ticket holds: another one, none.
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET hash = sha256('x') WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET hash = '\x00' WHERE ticket_uuid = $T$$);
SELECT prueba.tamper($$UPDATE helpdesk.ticket SET hash = NULL WHERE ticket_uuid = $T$$);
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

-- What was undone is well.
SELECT * FROM ticket_sm.fn_verificar();
DROP VIEW prueba.chain, prueba.canonical;
DROP FUNCTION prueba.field, prueba.tamper, prueba.unguard;
