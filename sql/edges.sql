-- What seldom happens: tables whose columns stand in another order, users' code
-- wherever a table may hold some, two desks in one statement, a thousand rows in
-- one, clocks that stand where others run, texts at the edge of what may be.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

------------------------------------------------------------------------
-- Texts
------------------------------------------------------------------------

-- An address: dots and dashes separate, and nothing special in a mail header is in it.
SELECT v, prueba.short(prueba.create_call(jsonb_build_object('email', v)))
FROM unnest(ARRAY['a.b@c.d', '.a@b', 'a.@b', 'a..b@c', 'a@.b', 'a@b.', 'a@b..c', 'a-b@c-d', 'a@-b', 'a@b-', '-a@b', 'a-@b', 'a@b.-c', 'a,b@c', 'a;b@c', 'a:b@c',
	'a<b@c', 'a>b@c', 'a(b@c', 'a)b@c', 'a[b@c', 'a]b@c', 'a\b@c', 'a"b@c', '@b', 'a@', 'a@b@c', 'a b@c']) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- U+009F is a control character, U+00A0 is none; a newline is none, where it stands does not matter.
SELECT n, prueba.err(prueba.create_call(jsonb_build_object('descripcion', 'Doce letras ' || v)))
FROM (VALUES (1, U&'\0080'), (2, U&'a\009F'), (3, U&'\00A0'), (4, E'a\n\tb'), (5, E'\x7f'), (6, E'\x1f'), (7, repeat('x', 20) || E'\x01')) AS a(n, v);
-- Blanks round an argument.
SELECT asunto, length(asunto) FROM helpdesk.ticket WHERE ticket_uuid =
	(SELECT ticket_uuid FROM ticket_sm.fn_crear_ticket(nombre => ' Rosa ', email => 'a@b', tipo => 'QUEJA', categoria => E'\tTrato\n', descripcion => E'\x0b Me atendieron mal. \f',
		prioridad => 'ALTA', asunto => E' \r\n x y \t'));
SELECT solicitante_nombre, categoria, descripcion FROM helpdesk.ticket WHERE asunto = 'x y';
SELECT prueba.err(prueba.create_call(jsonb_build_object('nombre', E' \t\n ')));
-- Limits of what is listed.
SELECT n, prueba.err(format('SELECT * FROM ticket_sm.fn_sla_barrer(%s)', n)), prueba.err(format('SELECT * FROM ticket_sm.fn_eventos(limite => %s)', n))
FROM unnest(ARRAY['0', '1', '10000', '10001', '100000', '100001', '-1', 'NULL']) WITH ORDINALITY AS a(n, i) ORDER BY i;

------------------------------------------------------------------------
-- Columns in another order
------------------------------------------------------------------------

-- Taken out and put back they stand last; of the history as well.
SELECT prueba.fresh_mesa();
SET client_min_messages = error;
ALTER TABLE helpdesk.ticket DROP COLUMN telefono CASCADE, DROP COLUMN asunto CASCADE;
ALTER TABLE helpdesk.ticket ADD COLUMN asunto text, ADD COLUMN propia text, ADD COLUMN telefono text;
ALTER TABLE helpdesk.historial DROP COLUMN nota CASCADE;
ALTER TABLE helpdesk.historial ADD COLUMN nota text;
RESET client_min_messages;
SELECT prueba.new_in('otro orden', 'ASIGNADO', '{"asunto": "Correo", "telefono": "300"}');
UPDATE helpdesk.ticket SET telefono = '301', propia = 'mía' WHERE ticket_uuid = prueba.id('otro orden');
SELECT prueba.err($$UPDATE helpdesk.ticket SET telefono = '301' WHERE ticket_uuid = prueba.id('otro orden')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET telefono = '', prioridad = 'BAJA' WHERE ticket_uuid = prueba.id('otro orden')$$);
SELECT version FROM ticket_sm.fn_pausar(prueba.id('otro orden'), 'Falta una pieza.');
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('otro orden'), 'una nota');
SELECT prueba.history('otro orden', 2);
SELECT asunto, propia, telefono FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('otro orden');
SELECT * FROM ticket_sm.fn_verificar();

-- Columns of users of types that have no end, or would be printed as the session likes.
ALTER TABLE helpdesk.ticket ADD COLUMN cuando timestamptz, ADD COLUMN cuanto interval, ADD COLUMN fijo char(3);
SET timezone = 'America/Lima';
SET intervalstyle = 'iso_8601';
UPDATE helpdesk.ticket SET cuando = 'infinity', cuanto = '1 day 02:03:04', fijo = 'a' WHERE ticket_uuid = prueba.id('otro orden');
UPDATE helpdesk.ticket SET cuando = '-infinity', cuanto = '-1 mon', fijo = 'abc' WHERE ticket_uuid = prueba.id('otro orden');
UPDATE helpdesk.ticket SET cuando = '2040-01-02 03:04:05-05', cuanto = NULL, fijo = NULL WHERE ticket_uuid = prueba.id('otro orden');
RESET timezone;
RESET intervalstyle;
SELECT cambios FROM helpdesk.historial WHERE ticket_uuid = prueba.id('otro orden') AND version > 5 ORDER BY version;

------------------------------------------------------------------------
-- Users' code, wherever a table may hold some: it runs as the owner, so the
-- names in it are not looked up where the caller says
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
CREATE SCHEMA prueba_ajena;
GRANT USAGE ON SCHEMA prueba_ajena TO PUBLIC;
CREATE FUNCTION prueba_ajena.casa() RETURNS text LANGUAGE sql RETURN 'the caller''s';
CREATE FUNCTION helpdesk.casa() RETURNS text LANGUAGE sql RETURN 'of the house';
CREATE FUNCTION prueba.house(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	-- from 17 on an index is built under this path
	IF pg_catalog.current_setting('search_path') = 'pg_catalog, pg_temp' THEN
		RETURN true;
	END IF;
	IF casa() <> 'of the house' THEN
		RAISE EXCEPTION '% code runs as the owner', casa();
	END IF;
	RETURN true;
END $$;
CREATE FUNCTION prueba.house_cmp(text, text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM prueba.house($1);
	RETURN bttextcmp($1, $2);
END $$;
CREATE OPERATOR CLASS prueba.house_ops FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 prueba.house_cmp(text, text);
CREATE FUNCTION prueba.house_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM prueba.house(1);
	RETURN NEW;
END $$;
CREATE TABLE prueba.referida (clave text PRIMARY KEY);
INSERT INTO prueba.referida VALUES ('k');
SELECT prueba.new_in('h', 'ASIGNADO');
SELECT prueba.new_ticket('h2');
-- Put something on a table; then an agent with a path of its own acts, and creates, and nothing of its own is run.
CREATE FUNCTION prueba.housed(ddl text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	SET LOCAL search_path = helpdesk, pg_catalog;
	EXECUTE ddl;
	PERFORM set_config('search_path', 'prueba_ajena, helpdesk', true), set_config('role', 'regress_mario', true);
	answer := concat_ws('; ', prueba.err($x$SELECT ticket_sm.fn_actualizar(prueba.id('h'), 'nota')$x$), prueba.err(prueba.create_call()),
		prueba.err($x$SELECT ticket_sm.fn_transferir(prueba.id('h'), 'SOPORTE', 'Es de otros.')$x$),
		(SELECT string_agg(concat_ws(' ', 'batch', codigo, mensaje), '; ') FROM ticket_sm.fn_ejecutar_lote('cancelar', ARRAY[prueba.id('h2')], '{"motivo": "Ya no."}') WHERE NOT hecho));
	PERFORM set_config('role', 'none', true);
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION
	WHEN SQLSTATE 'ZZ000' THEN
		RETURN format('%s: %s', ddl, answer);
END $$;
-- The trap works.
SET search_path = prueba_ajena;
SELECT prueba.short('SELECT prueba.house(1)');
RESET search_path;
SELECT prueba.housed(d) FROM unnest(ARRAY[
	'ALTER TABLE helpdesk.ticket ADD CONSTRAINT house CHECK (prueba.house(area))',
	'ALTER TABLE helpdesk.ticket ADD COLUMN house boolean DEFAULT prueba.house(1)',
	'ALTER TABLE helpdesk.ticket ADD COLUMN house boolean GENERATED ALWAYS AS (prueba.house(area)) STORED',
	'CREATE DOMAIN prueba.dominio AS text CHECK (prueba.house(VALUE)); ALTER TABLE helpdesk.ticket ADD COLUMN house prueba.dominio',
	'CREATE DOMAIN prueba.dominio AS text CHECK (prueba.house(1)); ALTER TABLE helpdesk.historial ADD COLUMN house prueba.dominio DEFAULT ''x''',
	'CREATE INDEX house ON helpdesk.ticket (prueba.house(area))',
	'CREATE INDEX house ON helpdesk.ticket (area) WHERE prueba.house(area)',
	'CREATE INDEX house ON helpdesk.ticket (area prueba.house_ops)',
	'CREATE INDEX house ON helpdesk.ticket ((area || ''x''))',
	'CREATE TRIGGER aa_house BEFORE INSERT OR UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.house_trigger()',
	'CREATE TRIGGER zz_house AFTER INSERT OR UPDATE ON helpdesk.ticket FOR EACH STATEMENT EXECUTE FUNCTION prueba.house_trigger()',
	'CREATE TRIGGER zz_house AFTER UPDATE ON helpdesk.ticket FOR EACH ROW WHEN (prueba.house(NEW.area)) EXECUTE FUNCTION ticket_sm.tg_reload()',
	'ALTER TABLE helpdesk.ticket ADD COLUMN house text DEFAULT ''k'' REFERENCES prueba.referida',
	'ALTER TABLE helpdesk.historial ADD CONSTRAINT house CHECK (prueba.house(actor_nombre))',
	'ALTER TABLE helpdesk.historial ADD COLUMN house boolean DEFAULT prueba.house(1)',
	'CREATE INDEX house ON helpdesk.historial (prueba.house(actor_nombre))',
	'CREATE INDEX house ON helpdesk.historial (actor_nombre) WHERE prueba.house(actor_nombre)',
	'CREATE INDEX house ON helpdesk.historial (actor_nombre prueba.house_ops)',
	'CREATE TRIGGER zz_house BEFORE INSERT ON helpdesk.historial FOR EACH ROW EXECUTE FUNCTION prueba.house_trigger()',
	'CREATE TRIGGER zz_house AFTER INSERT ON helpdesk.historial FOR EACH STATEMENT EXECUTE FUNCTION prueba.house_trigger()',
	'ALTER TABLE helpdesk.contador ADD CONSTRAINT house CHECK (prueba.house(ultimo))',
	'ALTER TABLE helpdesk.contador ADD COLUMN house boolean DEFAULT prueba.house(1)',
	'CREATE INDEX house ON helpdesk.contador (prueba.house(anio))',
	'CREATE TRIGGER zz_house BEFORE UPDATE ON helpdesk.contador FOR EACH ROW EXECUTE FUNCTION prueba.house_trigger()',
	'CREATE TRIGGER zz_house AFTER UPDATE ON helpdesk.contador FOR EACH STATEMENT EXECUTE FUNCTION prueba.house_trigger()',
	'UPDATE helpdesk.configuracion SET eventos = ARRAY[''actualizar'', ''crear'']::ticket_sm.ticket_operation[]; ALTER TABLE helpdesk.evento ADD CONSTRAINT house CHECK (prueba.house(version))',
	'UPDATE helpdesk.configuracion SET eventos = ARRAY[''actualizar'', ''crear'']::ticket_sm.ticket_operation[]; CREATE TRIGGER zz_house BEFORE INSERT ON helpdesk.evento FOR EACH ROW EXECUTE FUNCTION prueba.house_trigger()'
	]) WITH ORDINALITY AS a(d, n) ORDER BY n;
-- The caller's own path holds for plain SQL, as it does for any table.
SET search_path = prueba_ajena, helpdesk, pg_catalog;
BEGIN;
ALTER TABLE helpdesk.ticket ADD CONSTRAINT house CHECK (prueba.house(area)) NOT VALID;
SELECT prueba.short($$UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('h')$$);
ROLLBACK;
RESET search_path;
SET client_min_messages = warning;
DROP OPERATOR FAMILY prueba.house_ops USING btree CASCADE;
RESET client_min_messages;
DROP FUNCTION prueba.housed, prueba.house_trigger, prueba.house_cmp, prueba.house, prueba_ajena.casa, helpdesk.casa;
DROP TABLE prueba.referida;
DROP SCHEMA prueba_ajena;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- Many rows, and two desks
------------------------------------------------------------------------

-- The tickets of two desks in one statement: each AFTER trigger finds its own desk.
SELECT ticket_sm.crear_mesa('mesa_dos');
SET ticket_sm.mesa = 'mesa_dos';
SELECT ticket_uuid AS dos FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'QUEJA', categoria => 'Trato',
	descripcion => 'Me atendieron mal.', prioridad => 'ALTA') \gset
RESET ticket_sm.mesa;
WITH a AS (UPDATE helpdesk.ticket SET asunto = 'de dos' WHERE ticket_uuid IN (prueba.id('h'), prueba.id('h2')) RETURNING 1),
	b AS (UPDATE mesa_dos.ticket SET asunto = 'de dos' RETURNING 1)
SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b);
SELECT count(*) FROM helpdesk.historial WHERE cambios::text LIKE '%de dos%' UNION ALL SELECT count(*) FROM mesa_dos.historial WHERE cambios::text LIKE '%de dos%';
-- A ticket of the other desk with the same uuid is another one.
INSERT INTO mesa_dos.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES (prueba.id('h'), 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com');
CREATE FUNCTION prueba.also() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE mesa_dos.ticket SET asunto = 'también' WHERE ticket_uuid = NEW.ticket_uuid;
	RETURN NEW;
END $$;
CREATE TRIGGER zz_also BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.also();
SELECT estado, version FROM ticket_sm.fn_pausar(prueba.id('h'), 'Falta una pieza.');
DROP TRIGGER zz_also ON helpdesk.ticket;
DROP FUNCTION prueba.also;
SELECT operacion, version, cambios FROM mesa_dos.historial WHERE ticket_uuid = prueba.id('h') ORDER BY version;
SELECT * FROM ticket_sm.fn_verificar();
SET ticket_sm.mesa = 'mesa_dos';
SELECT * FROM ticket_sm.fn_verificar();
-- More than a thousand in one statement, and then some more in the same session.
INSERT INTO mesa_dos.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	SELECT 'QUEJA', 'Muchos', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com' FROM generate_series(1, 1100);
UPDATE mesa_dos.ticket SET asunto = 'a la vez' WHERE categoria = 'Muchos';
BEGIN;
SAVEPOINT s;
UPDATE mesa_dos.ticket SET asunto = 'de vuelta' WHERE categoria = 'Muchos';
ROLLBACK TO s;
UPDATE mesa_dos.ticket SET asunto = 'al fin' WHERE categoria = 'Muchos';
COMMIT;
-- The counter's row is somewhere else now, and its table shorter.
VACUUM FULL mesa_dos.contador;
SELECT right(ticket_label, 5) FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'QUEJA', categoria => 'Trato',
	descripcion => 'Me atendieron mal.', prioridad => 'ALTA');
SELECT h.operacion, h.version, count(*) FROM mesa_dos.historial h JOIN mesa_dos.ticket t USING (ticket_uuid) WHERE t.categoria = 'Muchos' GROUP BY 1, 2 ORDER BY 2;
SELECT * FROM ticket_sm.fn_verificar();
RESET ticket_sm.mesa;
SET client_min_messages = warning;
DROP SCHEMA mesa_dos CASCADE;
RESET client_min_messages;

------------------------------------------------------------------------
-- Roles that are none, and agents that are not
------------------------------------------------------------------------

-- A desk that names no group for a helpdesk role, in another order.
SELECT prueba.fresh_mesa();
SELECT prueba.new_in('c', 'ASIGNADO');
BEGIN;
DELETE FROM helpdesk.rol WHERE rol = 'MESA';
SELECT r, prueba.as_role(r, $$SELECT version FROM ticket_sm.fn_actualizar(prueba.id('c'), 'nota')$$) FROM unnest('{regress_ana,regress_mario,regress_alba}'::name[]) r;
SELECT * FROM ticket_sm.roles_de_mesa('helpdesk.ticket');
ROLLBACK;
SELECT prueba.err('SELECT ticket_sm.roles_de_mesa(NULL)'), prueba.err('SELECT ticket_sm.alcance_total(NULL)'), prueba.err('SELECT ticket_sm.alcance_area(NULL)');
-- What only agents do is not the public's, whatever has been granted to it.
BEGIN;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO regress_pepe, regress_mario;
SELECT prueba.told_as('regress_pepe', $$SELECT ticket_sm.fn_ticket(prueba.id('c'))$$);
SELECT prueba.told_as('regress_pepe', $$SELECT ticket_sm.fn_sla_barrer()$$), prueba.told_as('regress_mario', $$SELECT ticket_sm.fn_sla_recalcular()$$);
SELECT prueba.told_as('regress_pepe', $$SELECT ticket_sm.fn_actualizar(prueba.id('c'), 'nota')$$);
INSERT INTO helpdesk.permiso VALUES ('actualizar', 'PUBLICO');
SELECT prueba.told_as('regress_pepe', $$SELECT ticket_sm.fn_actualizar(prueba.id('c'), 'nota')$$);
SELECT prueba.told_as('ticket_area', $$SELECT ticket_sm.fn_actualizar(prueba.id('c'), 'nota')$$);
ROLLBACK;

------------------------------------------------------------------------
-- Clocks
------------------------------------------------------------------------

-- It stands from the start; runs when the ticket is assigned; ends; and stands again, with what was left.
UPDATE helpdesk.estado SET reloj = 'pausa' WHERE estado = 'NUEVO';
UPDATE helpdesk.configuracion SET sla_avisos = '{90,50}';
SELECT prueba.new_ticket('quieto');
SELECT fecha_limite_sla IS NULL, sla_restante, sla_orden IS NULL, sla_revisar_en IS NULL FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('quieto');
SELECT version, prueba.hours(fecha_limite_sla - actualizado_en) FROM ticket_sm.fn_asignar(prueba.id('quieto'));
SELECT sla_restante IS NULL, sla_orden = fecha_limite_sla, prueba.hours(sla_revisar_en - actualizado_en) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('quieto');
SELECT version, prueba.hours(fecha_limite_sla - actualizado_en) FROM ticket_sm.fn_resolver(prueba.id('quieto'));
SELECT prueba.hours(sla_restante), sla_orden IS NULL FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('quieto');
BEGIN;
UPDATE helpdesk.transicion SET estado_destino = 'PAUSADO' WHERE operacion = 'reabrir' AND estado_origen = 'RESUELTO';
SELECT estado, fecha_limite_sla FROM ticket_sm.fn_reabrir(prueba.id('quieto'), 'No quedó.');
SELECT prueba.hours(sla_restante) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('quieto');
ROLLBACK;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- A history that somebody has been at
------------------------------------------------------------------------

-- A ticket that does not hold the hash of its last event gets no further one.
BEGIN;
ALTER TABLE helpdesk.ticket DISABLE TRIGGER USER;
UPDATE helpdesk.ticket SET hash = '\x00' WHERE ticket_uuid = prueba.id('c');
ALTER TABLE helpdesk.ticket ENABLE ALWAYS TRIGGER zzz_guardia_antes;
ALTER TABLE helpdesk.ticket ENABLE ALWAYS TRIGGER aa_guardia_despues;
SELECT prueba.err($$SELECT ticket_sm.fn_actualizar(prueba.id('c'), 'nota')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = prueba.id('c')$$);
ROLLBACK;
-- Of a late one the clock needs the history.
SELECT prueba.new_in('tarde', 'ASIGNADO');
SET ticket_sm.desfase_reloj = 864000;
SELECT operacion, umbral FROM ticket_sm.fn_sla_barrer() WHERE ticket_uuid = prueba.id('tarde');
BEGIN;
ALTER TABLE helpdesk.historial DISABLE TRIGGER USER;
DELETE FROM helpdesk.historial WHERE ticket_uuid = prueba.id('tarde');
SELECT prueba.err($$SELECT ticket_sm.fn_pausar(prueba.id('tarde'), 'Falta una pieza.')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_sla_explicar(prueba.id('tarde'))$$);
ROLLBACK;
SELECT version, fecha_limite_sla FROM ticket_sm.fn_pausar(prueba.id('tarde'), 'Falta una pieza.');
RESET ticket_sm.desfase_reloj;
-- Time does not run back in a history, even where the clock does.
SELECT version FROM ticket_sm.fn_reabrir(prueba.id('tarde'), 'Llegó.');
SELECT count(DISTINCT ocurrido_en) FILTER (WHERE version >= 4), bool_and(ocurrido_en >= anterior) FROM
	(SELECT version, ocurrido_en, lag(ocurrido_en) OVER (ORDER BY version) AS anterior FROM helpdesk.historial WHERE ticket_uuid = prueba.id('tarde')) AS h;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- Versions that do not fit, and desks that somebody has been at
------------------------------------------------------------------------

-- The template that made a desk: as it says, in numbers between dots.
CREATE FUNCTION prueba.altered(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	ALTER TABLE helpdesk.configuracion DISABLE TRIGGER USER;
	ALTER TABLE helpdesk.estado DISABLE TRIGGER USER;
	SET LOCAL allow_system_table_mods = on;
	EXECUTE change;
	SET LOCAL allow_system_table_mods = off;
	ALTER TABLE helpdesk.configuracion ENABLE TRIGGER USER;
	answer := prueba.err('SELECT ticket_sm.fn_maquina()');
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION
	WHEN SQLSTATE 'ZZ000' THEN
		RETURN answer;
END $$;
SELECT v, prueba.altered(format('UPDATE helpdesk.configuracion SET version_plantilla = %L', v)) FROM unnest('{0.9, 0.10, 1, 1.0, 1.0.0, 1.1, 2}'::text[]) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- Objects of another version than the library.
SELECT v, prueba.altered(format('UPDATE pg_catalog.pg_extension SET extversion = %L WHERE extname = ''ticket_sm''', v)) FROM unnest('{0.9, 1.0, 1.0.0, 1.10, 2}'::text[]) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- Settings, states and a sequence that are not there.
SELECT prueba.altered('DELETE FROM helpdesk.configuracion');
SELECT prueba.altered($$DELETE FROM helpdesk.estado WHERE estado = 'PAUSADO'$$);
SELECT prueba.altered('ALTER SEQUENCE helpdesk.evento_evento_id_seq RENAME TO otra');
DROP FUNCTION prueba.altered;

-- Text that is run as the owner of a desk: not as anybody else, nor for anybody else.
SELECT prueba.err(s) FROM unnest(ARRAY['SELECT ticket_sm.como_duenio(NULL, ''SELECT 1'')', 'SELECT ticket_sm.como_duenio(''helpdesk'', NULL)',
	'SELECT ticket_sm.como_duenio(''no_hay'', ''SELECT 1'')', 'SELECT ticket_sm.como_duenio(''prueba'', ''SELECT 1'')']) WITH ORDINALITY AS a(s, n) ORDER BY n;
SELECT ticket_sm.como_duenio('helpdesk', t) FROM unnest(ARRAY['SELECT 7', 'SELECT NULL', 'SELECT 1 WHERE false', 'SET LOCAL work_mem = ''1MB''']) WITH ORDINALITY AS a(t, n) ORDER BY n;
SELECT ticket_sm.como_duenio('helpdesk', 'SELECT count(*) FROM helpdesk.ticket') = (SELECT count(*)::text FROM helpdesk.ticket);
SELECT prueba.err($$SELECT ticket_sm.como_duenio('helpdesk', 'SELECT count(*) FROM ticket')$$);
GRANT EXECUTE ON FUNCTION ticket_sm.como_duenio TO regress_ana;
SET ROLE regress_ana;
SELECT prueba.err($$SELECT ticket_sm.como_duenio('helpdesk', 'SELECT 1')$$);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION ticket_sm.como_duenio FROM regress_ana;

-- A batch goes on past what one ticket is refused, not past what is to be run again as a whole.
SELECT prueba.new_in('l1', 'ASIGNADO'), prueba.new_in('l2', 'ASIGNADO'), prueba.new_in('l3', 'NUEVO');
CREATE FUNCTION prueba.raise_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.ticket_uuid = prueba.id('l2') THEN
		RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = 'no este';
	END IF;
	RETURN NEW;
END $$;
CREATE FUNCTION prueba.batch_with(code text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER zz_raise AFTER UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.raise_one(%L)', code);
	RETURN QUERY SELECT concat_ws(' ', a.alias, l.hecho, l.codigo, l.mensaje) FROM prueba.alias a JOIN ticket_sm.fn_ejecutar_lote('pausar',
		ARRAY[prueba.id('l1'), prueba.id('l2'), prueba.id('l3')], '{"motivo": "Falta una pieza."}') l ON l.ticket_uuid = a.id ORDER BY a.alias;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT SQLSTATE || ' ' || SQLERRM;
END $$;
BEGIN;
SELECT prueba.batch_with('P0001');
ROLLBACK;
BEGIN;
SELECT prueba.batch_with('40001');
ROLLBACK;
BEGIN;
SELECT prueba.batch_with('53100');
ROLLBACK;
SELECT prueba.ticket('l1'), prueba.ticket('l2');
DROP FUNCTION prueba.batch_with, prueba.raise_one;
SELECT * FROM ticket_sm.fn_verificar();
