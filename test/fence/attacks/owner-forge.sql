-- Duena forges: by plain SQL, which the guard must refuse, or by DDL, which fn_verificar must see.

--- plain: by plain statements
-- fails 42501
DELETE FROM m.historial;

-- fails 42501
UPDATE m.historial SET motivo = 'falso';

-- fails 42501
INSERT INTO m.historial SELECT * FROM m.historial;

-- fails 42501
TRUNCATE m.historial;

-- fails 42501
DELETE FROM m.ticket;

-- fails 42501
TRUNCATE m.ticket CASCADE;

-- fails 42501
UPDATE m.contador SET ultimo = 1;

-- fails 42501
DELETE FROM m.agente WHERE nombre = 'Sofia';

-- fails 42501
DELETE FROM m.estado;

-- fails 42501
DELETE FROM m.configuracion;

-- fails 42501
UPDATE m.calendario_version SET desde = '{}';

-- fails 42501
DELETE FROM m.sla_politica_version;

-- fails 42501
UPDATE m.evento SET datos = '{}';

--- zero_rows: statements that touch no row are refused as well
-- fails 42501
DELETE FROM m.historial WHERE false;

-- fails 42501
WITH x AS (DELETE FROM m.historial WHERE false RETURNING *) SELECT count(*) FROM x;

-- fails 42501
MERGE INTO m.historial h USING (SELECT 1 AS x) AS s ON false WHEN NOT MATCHED THEN DO NOTHING WHEN MATCHED THEN DELETE;

--- merge: by MERGE
-- changes ticket historial

-- fails 42501
MERGE INTO m.historial h USING m.ticket t ON h.ticket_uuid = t.ticket_uuid WHEN MATCHED THEN UPDATE SET nota = 'falsa';

-- fails 42501
MERGE INTO m.ticket t USING (SELECT ticket_uuid AS u FROM m.ticket) AS s ON t.ticket_uuid = s.u WHEN MATCHED THEN DELETE;

-- works
MERGE INTO m.ticket t USING (SELECT ticket_uuid AS u FROM m.ticket LIMIT 2) AS s ON t.ticket_uuid = s.u WHEN MATCHED THEN UPDATE SET asunto = 'por MERGE';

-- fails 428C9 PT409
MERGE INTO m.ticket t USING (SELECT ticket_uuid AS u FROM m.ticket LIMIT 2) AS s ON t.ticket_uuid = s.u WHEN MATCHED THEN UPDATE SET hash = '\x00';

--- guarded_columns: what only the guard sets
-- changes ticket historial

-- rows
SELECT format('UPDATE m.ticket SET %I = NULL', attname) FROM pg_attribute WHERE attrelid = 'm.ticket'::regclass AND attnum > 0
	AND attname !~ '^(asunto|documento|telefono|empresa|respuesta|agente)';

--- ctid: by position, by a view, by a function
-- changes ticket historial objects

-- fails PT409 42501 428C9
UPDATE m.ticket SET estado = 'ARCHIVADO' WHERE ctid = '(0,1)';

CREATE VIEW m.por_vista AS SELECT * FROM m.ticket; UPDATE m.por_vista SET estado = 'ARCHIVADO';

CREATE VIEW m.por_vista_2 AS SELECT * FROM m.historial;

-- fails 42501
DELETE FROM m.por_vista_2;

--- copy: by COPY
-- fails 42501
COPY m.contador FROM stdin;
2020	5

-- fails 42501
COPY m.historial (ticket_uuid, version) FROM stdin;
{1}	99

--- replica: as replication does it, which is not hers
-- fails 42501
SET session_replication_role = replica;

-- fails 42501
ALTER ROLE duena SET session_replication_role = replica;

-- fails 42501
ALTER DATABASE ataque SET session_replication_role = replica;

--- superuser_settings: the settings that weaken the guard
SELECT ticket_sm.fn_maquina();

-- fails 42501
SET ticket_sm.desfase_reloj = 1000000;

-- fails 42501
SET ticket_sm.autenticadores = 'duena';

-- fails 42501
SELECT set_config('ticket_sm.autenticadores', 'luis', false);

-- fails 42501
ALTER ROLE duena SET ticket_sm.desfase_reloj = 5;

-- fails 42501
CREATE FUNCTION trampa.f() RETURNS void LANGUAGE sql SET ticket_sm.desfase_reloj = 5 AS 'SELECT ticket_sm.fn_sla_barrer()';

-- fails 42501
ALTER FUNCTION trampa.evil(text) SET ticket_sm.autenticadores = 'duena';

-- fails 42501
ALTER SYSTEM SET ticket_sm.desfase_reloj = 5;

--- before_the_library: the same in a session that has not called us yet: what she sets is dropped when it does
-- as socia
SET ticket_sm.desfase_reloj = 1000000;

SET ticket_sm.autenticadores = 'socia';

SELECT ticket_sm.fn_maquina();

-- gives 0
SHOW ticket_sm.desfase_reloj;

-- gives autenticador
SHOW ticket_sm.autenticadores;

--- parent: history, tickets, counter and agents as children of a table of hers
-- changes objects madre_h madre_t madre_c madre_a

CREATE TABLE m.madre_h (LIKE m.historial INCLUDING CONSTRAINTS); CREATE TABLE m.madre_t (LIKE m.ticket INCLUDING CONSTRAINTS);
CREATE TABLE m.madre_c (LIKE m.contador INCLUDING CONSTRAINTS); CREATE TABLE m.madre_a (LIKE m.agente INCLUDING CONSTRAINTS);
ALTER TABLE m.historial INHERIT m.madre_h; ALTER TABLE m.ticket INHERIT m.madre_t; ALTER TABLE m.contador INHERIT m.madre_c; ALTER TABLE m.agente INHERIT m.madre_a;

-- fails 42501
UPDATE m.madre_h SET motivo = 'falso' WHERE version = 2;

-- fails 42501
DELETE FROM m.madre_h;

-- fails 42501
TRUNCATE m.madre_h;

-- fails 42501
DELETE FROM m.madre_t;

-- fails 42501
UPDATE m.madre_c SET ultimo = 2;

-- fails 42501
DELETE FROM m.madre_a;

-- fails 55000 42501
UPDATE m.madre_t SET estado = 'ARCHIVADO';

ALTER TABLE m.historial NO INHERIT m.madre_h; ALTER TABLE m.ticket NO INHERIT m.madre_t; ALTER TABLE m.contador NO INHERIT m.madre_c; ALTER TABLE m.agente NO INHERIT m.madre_a;

--- parent_seen: while it stands
-- seen 55000 guardia

CREATE TABLE m.madre (LIKE m.historial INCLUDING CONSTRAINTS); ALTER TABLE m.historial INHERIT m.madre;

--- parent_temporary: a temporary one, which ends with the session
-- changes objects

BEGIN; CREATE TEMP TABLE madre (LIKE m.historial INCLUDING CONSTRAINTS); ALTER TABLE m.historial INHERIT pg_temp.madre; DELETE FROM pg_temp.madre; COMMIT;

ROLLBACK;

--- child: rows beside the table's own
-- seen 55000 guardia

CREATE TABLE m.hija () INHERITS (m.historial);

INSERT INTO m.hija SELECT * FROM m.historial LIMIT 1;

--- cascade: foreign keys of hers that write
-- changes objects otra

CREATE TABLE m.otra (ticket_uuid uuid, version integer, PRIMARY KEY (ticket_uuid, version)); INSERT INTO m.otra SELECT ticket_uuid, version FROM m.historial;
ALTER TABLE m.historial ADD FOREIGN KEY (ticket_uuid, version) REFERENCES m.otra ON DELETE CASCADE ON UPDATE CASCADE;

-- fails 42501
DELETE FROM m.otra;

-- fails 42501
UPDATE m.otra SET version = version + 10;

--- cascade_on_tickets: and on tickets
-- changes objects otra

CREATE TABLE m.otra (u uuid PRIMARY KEY); INSERT INTO m.otra SELECT ticket_uuid FROM m.ticket;
ALTER TABLE m.ticket ADD FOREIGN KEY (ticket_uuid) REFERENCES m.otra ON DELETE CASCADE ON UPDATE CASCADE;

-- fails 42501
DELETE FROM m.otra;

-- fails 428C9 42501
UPDATE m.otra SET u = gen_random_uuid();

--- set_null: by ON DELETE SET NULL and SET DEFAULT on a column of the guard's
-- changes objects otra

CREATE TABLE m.otra (t timestamptz PRIMARY KEY); INSERT INTO m.otra SELECT DISTINCT fecha_limite_sla FROM m.ticket WHERE fecha_limite_sla IS NOT NULL;
ALTER TABLE m.ticket ADD FOREIGN KEY (fecha_limite_sla) REFERENCES m.otra ON DELETE SET NULL;

-- fails 428C9 PT409
DELETE FROM m.otra;

--- disabled: triggers switched off, each table in its turn
-- seen guardia

ALTER TABLE m.historial DISABLE TRIGGER ALL;

--- disabled_and_back: history changed meanwhile
-- seen hash

ALTER TABLE m.historial DISABLE TRIGGER USER; UPDATE m.historial SET motivo = 'falso' WHERE version = 2; ALTER TABLE m.historial ENABLE TRIGGER USER;

--- last_ticket: the last ticket of the year goes, with history, counter and events
-- seen

ALTER TABLE m.historial DISABLE TRIGGER USER; ALTER TABLE m.ticket DISABLE TRIGGER USER;
DELETE FROM m.historial WHERE ticket_uuid = '{6}'; DELETE FROM m.ticket WHERE ticket_uuid = '{6}';
ALTER TABLE m.historial ENABLE TRIGGER USER; ALTER TABLE m.ticket ENABLE TRIGGER USER;

--- always_to_origin: a trigger that fires in fewer cases
-- seen guardia

ALTER TABLE m.ticket ENABLE REPLICA TRIGGER zzz_guardia_antes;

--- trigger_when: the guard's trigger with a condition
-- seen guardia

DROP TRIGGER zzz_guardia_antes ON m.ticket;
CREATE TRIGGER zzz_guardia_antes BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW WHEN (false) EXECUTE FUNCTION ticket_sm.tg_ticket_before();

--- trigger_of: for some columns only
-- seen guardia

DROP TRIGGER aa_guardia_despues ON m.ticket;
CREATE TRIGGER aa_guardia_despues AFTER INSERT OR UPDATE OF asunto ON m.ticket FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_after();

--- trigger_deferred: as a deferred one
-- seen guardia

DROP TRIGGER aa_guardia_despues ON m.ticket;
CREATE CONSTRAINT TRIGGER aa_guardia_despues AFTER INSERT OR UPDATE ON m.ticket DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_after();

UPDATE m.ticket SET asunto = 'x' WHERE ticket_uuid = '{1}';

--- trigger_renamed: so that it fires in another order
-- seen guardia

ALTER TRIGGER zzz_guardia_antes ON m.ticket RENAME TO a;

CREATE TRIGGER zz BEFORE UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();

UPDATE m.ticket SET asunto = 'x' WHERE ticket_uuid = '{1}';

--- trigger_twice: a second one beside it
-- changes objects

CREATE TRIGGER segunda BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();
CREATE TRIGGER tercera AFTER INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_after();

UPDATE m.ticket SET asunto = 'x' WHERE ticket_uuid = '{1}';

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- triggers_elsewhere: our trigger functions on tables where they do not belong
-- changes objects suelta

CREATE TABLE m.suelta (ticket_uuid uuid, x integer); INSERT INTO m.suelta VALUES ('{1}', 1);

-- rows
SELECT format('CREATE TRIGGER t%s %s INSERT OR UPDATE OR DELETE ON m.suelta FOR EACH %s EXECUTE FUNCTION ticket_sm.%I()', row_number() OVER (), a, b, f)
	FROM unnest('{BEFORE,AFTER}'::text[]) AS a, unnest('{ROW,STATEMENT}'::text[]) AS b,
	unnest('{tg_ticket_before,tg_ticket_after,tg_refuse,tg_reload,tg_policy,tg_calendar}'::text[]) AS f;

-- rows
SELECT q FROM (SELECT tgname, format('ALTER TABLE m.suelta DISABLE TRIGGER ALL; ALTER TABLE m.suelta ENABLE TRIGGER %I; UPDATE m.suelta SET x = x; INSERT INTO m.suelta VALUES (NULL, 2); DELETE FROM m.suelta WHERE x = 2', tgname) AS q FROM pg_trigger WHERE tgrelid = 'm.suelta'::regclass) AS x;

-- fails 0A000 39P01
SELECT ticket_sm.tg_ticket_before();

--- triggers_on_views: and on views, foreign tables, partitions
-- changes objects

CREATE VIEW m.vista AS SELECT * FROM m.ticket;
CREATE TRIGGER t1 INSTEAD OF INSERT OR UPDATE OR DELETE ON m.vista FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();

UPDATE m.vista SET asunto = 'x';

INSERT INTO m.vista (asunto) VALUES ('x');

CREATE OR REPLACE TRIGGER t1 INSTEAD OF INSERT OR UPDATE OR DELETE ON m.vista FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_refuse();

DELETE FROM m.vista;

CREATE OR REPLACE TRIGGER t1 INSTEAD OF INSERT OR UPDATE OR DELETE ON m.vista FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_after();

UPDATE m.vista SET asunto = 'x';

CREATE OR REPLACE TRIGGER t1 INSTEAD OF INSERT OR UPDATE OR DELETE ON m.vista FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();

UPDATE m.vista SET asunto = 'x';

--- rewriting: columns rewritten by DDL, without any trigger
-- seen

DROP VIEW m.bandeja, m.sla_antiguedad;
ALTER TABLE m.ticket ALTER descripcion TYPE text USING 'FORGED ' || descripcion, ALTER solicitante_nombre TYPE text USING 'Mallory';

--- rewriting_history: those of the history
-- seen

ALTER TABLE m.historial ALTER actor_nombre TYPE text USING 'Mallory', ALTER motivo TYPE text USING 'otro';

--- rewriting_counter: and the counter
-- seen

ALTER TABLE m.contador ALTER ultimo TYPE bigint USING ultimo - 1;

--- rewriting_each: each column of ticket that C knows, by its type
-- seen

DROP VIEW m.bandeja, m.salud, m.sla_tiempos, m.sla_cumplimiento, m.sla_antiguedad, m.sla_pausas, m.sla_pausas_mes, m.sla_tiempo_estado, m.satisfaccion;

CREATE FUNCTION trampa.cada(tabla text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE c record; p record; e text; unseen text := ''; n integer; BEGIN
	FOR c IN SELECT attname, format_type(atttypid, atttypmod) AS t FROM pg_attribute WHERE attrelid = ('m.' || tabla)::regclass AND attnum > 0 AND NOT attisdropped LOOP
		e := CASE c.t WHEN 'text' THEN '''FALSO'' || coalesce(@, '''')' WHEN 'boolean' THEN 'NOT @' WHEN 'timestamp with time zone' THEN 'coalesce(@, now()) + interval ''1 day'''
			WHEN 'interval' THEN 'coalesce(@, ''0'') + interval ''1 hour''' WHEN 'integer' THEN 'coalesce(@, 0) + 1' WHEN 'bigint' THEN '@ + 1' WHEN 'smallint' THEN '(coalesce(@, 0) + 1)::smallint'
			WHEN 'inet' THEN '''9.9.9.9''::inet' WHEN 'bytea' THEN '''\x00''::bytea' WHEN 'uuid' THEN 'md5(coalesce(@::text, ''x''))::uuid' WHEN 'jsonb' THEN '''{"falso": 1}''::jsonb'
			WHEN 'ticket_sm.ticket_state' THEN '''TRANSFERIDO''::ticket_sm.ticket_state' WHEN 'ticket_sm.ticket_type' THEN '''QUEJA''::ticket_sm.ticket_type'
			WHEN 'ticket_sm.ticket_operation' THEN '''archivar''::ticket_sm.ticket_operation' WHEN 'ticket_sm.ticket_role' THEN '''PUBLICO''::ticket_sm.ticket_role' END;
		BEGIN
			EXECUTE format('ALTER TABLE m.%I DISABLE TRIGGER USER', tabla);
			ALTER TABLE m.ticket DROP CONSTRAINT ticket_prioridad_fkey, DROP CONSTRAINT ticket_area_fkey;
			FOR p IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'm' AND policyname LIKE '%\_en\_alcance' LOOP
				EXECUTE format('DROP POLICY %I ON m.%I', p.policyname, p.tablename);
			END LOOP;
			EXECUTE format('ALTER TABLE m.%I ALTER %I TYPE %s USING %s', tabla, c.attname, c.t, replace(e, '@', quote_ident(c.attname)));
			EXECUTE format('ALTER TABLE m.%I ENABLE TRIGGER USER', tabla);
			BEGIN
				EXECUTE 'SELECT count(*) FROM ticket_sm.fn_verificar() WHERE problema <> ''guardia''' INTO n;
			EXCEPTION WHEN SQLSTATE '55000' THEN n := 1;
			END;
			IF n = 0 THEN RETURN NEXT c.attname; END IF;
			RAISE EXCEPTION SQLSTATE 'ZZ000';
		EXCEPTION WHEN SQLSTATE 'ZZ000' THEN NULL; WHEN OTHERS THEN RETURN NEXT c.attname || ': ' || SQLERRM;
		END;
	END LOOP;
END $$;

-- gives None
SELECT string_agg(c, ', ') FROM trampa.cada('ticket') AS c;

-- gives None
SELECT string_agg(c, ', ') FROM trampa.cada('historial') AS c;

-- gives None
SELECT string_agg(c, ', ') FROM trampa.cada('contador') AS c;

UPDATE m.ticket SET asunto = 'x'; ALTER TABLE m.ticket DISABLE TRIGGER USER;

--- blind: row security that hides a row only from the proof
-- seen guardia

ALTER TABLE m.ticket DISABLE TRIGGER USER; ALTER TABLE m.historial DISABLE TRIGGER USER;
UPDATE m.ticket SET estado = 'ARCHIVADO', abierto = false WHERE ticket_uuid = '{6}';
ALTER TABLE m.ticket ENABLE TRIGGER USER; ALTER TABLE m.historial ENABLE TRIGGER USER;
CREATE FUNCTION trampa.tapa(uuid) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT $1 <> '{6}' OR NOT EXISTS (SELECT FROM pg_cursors) $$;
CREATE POLICY z ON m.ticket AS RESTRICTIVE USING (trampa.tapa(ticket_uuid)); CREATE POLICY z ON m.historial AS RESTRICTIVE USING (trampa.tapa(ticket_uuid));
ALTER TABLE m.ticket FORCE ROW LEVEL SECURITY; ALTER TABLE m.historial FORCE ROW LEVEL SECURITY;

--- blind_index: an index that lies about which rows there are
-- changes objects ticket historial

CREATE INDEX ON m.ticket (ticket_uuid) WHERE trampa.evil_ok(area); SET enable_seqscan = off; UPDATE m.ticket SET asunto = 'x';

--- blind_collation: text compared by rules of hers
-- changes objects

CREATE COLLATION m.rara (provider = libc, locale = 'C'); CREATE FUNCTION m.regexp_match(text, text) RETURNS text[] LANGUAGE sql AS $$ SELECT ARRAY['2026', '1'] $$;

--- foreign_template: a desk that is a fake: tables of hers with our trigger
-- changes objects

CREATE SCHEMA n; CREATE TABLE n.ticket (ticket_uuid uuid);
CREATE TRIGGER zzz_guardia_antes BEFORE INSERT OR UPDATE ON n.ticket FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();

-- fails 55000 42P01 3F000 22023
SET ticket_sm.mesa = 'n'; SELECT ticket_sm.fn_bandeja();

INSERT INTO n.ticket VALUES (gen_random_uuid());

-- as postgres
-- fails 55000 42P01 3F000
SET ticket_sm.mesa = 'n'; SELECT ticket_sm.fn_verificar();

--- foreign_tables: a desk whose ticket is hers and the rest another's, through a view
-- changes objects

CREATE SCHEMA n; CREATE TABLE n.ticket (LIKE m.ticket INCLUDING ALL);
CREATE TRIGGER zzz_guardia_antes BEFORE INSERT OR UPDATE ON n.ticket FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();

-- fails 55000
SET ticket_sm.mesa = 'n'; SELECT ticket_sm.fn_bandeja();

--- stale_request: a batch whose rows were suppressed, then a change without the first trigger, in one transaction
-- changes objects

CREATE FUNCTION trampa.supr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF current_setting('x.supr', true) = '1' THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER zz_supr BEFORE UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.supr();

BEGIN; SET LOCAL x.supr = '1'; SELECT hecho, codigo, mensaje FROM ticket_sm.fn_ejecutar_lote('asignar', '{{1},{6}}', '{"area": "REDES"}');

SET LOCAL x.supr = '0'; ALTER TABLE m.ticket DISABLE TRIGGER zzz_guardia_antes;

-- fails 428C9
UPDATE m.ticket SET estado = 'ASIGNADO', area = 'REDES', version = 2, actualizado_en = now() WHERE ticket_uuid = '{1}';

ROLLBACK;

--- stale_creation: the same with a creation
-- changes objects

CREATE FUNCTION trampa.supr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF current_setting('x.supr', true) = '1' THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER zzzz_supr BEFORE INSERT ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.supr();

BEGIN; SET LOCAL x.supr = '1'; SAVEPOINT s;

-- fails PT409 27000 428C9
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'suprimido del todo', prioridad => 'alta');

ROLLBACK TO s;

SET LOCAL x.supr = '0'; ALTER TABLE m.ticket DISABLE TRIGGER zzz_guardia_antes;

-- fails 428C9 23502
INSERT INTO m.ticket (ticket_uuid, ticket_label, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email, sla_horas, fecha_creacion, sla_objetivo, estado, abierto, actualizado_en, version, hash)
	SELECT gen_random_uuid(), 'TK-2026-00007', tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email, sla_horas, fecha_creacion, sla_objetivo, estado, abierto, actualizado_en, 1, hash FROM m.ticket LIMIT 1;

ROLLBACK;

--- moved: the desk under another name, another owner, another schema
-- seen

ALTER SCHEMA m RENAME TO n; ALTER SCHEMA n RENAME TO m; ALTER TABLE m.historial SET SCHEMA trampa;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- given_away: a table of the desk to somebody else
-- as postgres
ALTER TABLE m.contador OWNER TO carla;

-- as postgres
SELECT ticket_sm.fn_verificar();

-- as carla
UPDATE m.contador SET ultimo = 1;

-- as postgres
ALTER TABLE m.contador OWNER TO duena;

--- comments_and_labels: comments, security labels, statistics targets, storage, options
-- changes objects

COMMENT ON TABLE m.ticket IS 'nada'; COMMENT ON TRIGGER zzz_guardia_antes ON m.ticket IS 'nada'; COMMENT ON COLUMN m.ticket.hash IS E'\n--';
ALTER TABLE m.ticket ALTER descripcion SET STATISTICS 10000, ALTER descripcion SET STORAGE EXTERNAL, SET (fillfactor = 10, autovacuum_enabled = off, parallel_workers = 4), REPLICA IDENTITY FULL;

SECURITY LABEL ON TABLE m.ticket IS 'x';

--- unlogged: tables that a crash empties
-- seen 55000

ALTER TABLE m.historial SET UNLOGGED;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- owned: DROP OWNED, REASSIGN OWNED by who may
-- fails 42501
REASSIGN OWNED BY duena TO intruso;

-- fails 42501
REASSIGN OWNED BY carla TO duena;

-- fails 42501
DROP OWNED BY carla;

-- fails 42501 2BP01
DROP ROLE m_admin;

--- extension: what belongs to the extension is not hers
-- fails 42501
ALTER EXTENSION ticket_sm ADD TABLE m.ticket;

-- fails 42501
DROP EXTENSION ticket_sm CASCADE;

-- fails 42501
ALTER TYPE ticket_sm.ticket_state ADD VALUE 'ROBADO';

-- fails 42501
ALTER TYPE ticket_sm.ticket_role RENAME VALUE 'PUBLICO' TO 'NADIE';

-- fails 42501
CREATE OR REPLACE FUNCTION ticket_sm.ahora() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()';

-- fails 42501
CREATE FUNCTION ticket_sm.mia() RETURNS integer LANGUAGE sql AS 'SELECT 1';

-- fails 42501
ALTER FUNCTION ticket_sm.ahora() OWNER TO duena;

GRANT EXECUTE ON FUNCTION ticket_sm.fn_verificar(uuid, boolean) TO PUBLIC;

-- gives False
SELECT has_function_privilege('intruso', 'ticket_sm.fn_verificar(uuid, boolean)', 'EXECUTE');

-- fails 42501
CREATE FUNCTION trampa.c() RETURNS integer LANGUAGE c AS '$libdir/ticket_sm', 'tsm_ahora';

-- fails 42501
ALTER SCHEMA ticket_sm RENAME TO otra;

-- fails 42501
DROP FUNCTION ticket_sm.ahora();

-- fails 42501
CREATE OPERATOR CLASS m.zz DEFAULT FOR TYPE ticket_sm.ticket_state USING btree AS OPERATOR 1 <;

-- fails 42501
CREATE EVENT TRIGGER zz ON ddl_command_end EXECUTE FUNCTION trampa.evil_tg();

-- fails 42501
COPY (SELECT 1) TO PROGRAM 'true';

-- fails 42501
COPY m.area FROM '/etc/passwd';

-- fails 42501
SELECT lo_import('/etc/passwd');

-- fails 42501
CREATE PUBLICATION zz FOR ALL TABLES;

-- fails 42501
CREATE SUBSCRIPTION zz CONNECTION '' PUBLICATION zz WITH (connect = false);

-- fails 42501
LOAD '/tmp/x.so';

--- publication: of her own tables is hers
-- changes objects

CREATE PUBLICATION zz FOR TABLE m.ticket WHERE (area = 'REDES');

DROP PUBLICATION zz;

--- foreign_desk: another's desk by the functions that make desks
-- fails 42501 42P06
SELECT ticket_sm.crear_mesa('helpdesk');

-- fails 42501
SELECT ticket_sm.actualizar_mesa('helpdesk');

-- fails 42501
SELECT ticket_sm.crear_api('api_ajena', 'helpdesk');

-- fails 42501
SELECT ticket_sm.como_duenio('helpdesk', 'SELECT trampa.evil()');

SELECT ticket_sm.poner_disparadores('helpdesk');

-- fails 42501
SELECT ticket_sm.conceder_funciones('duena', 'duena2', 'duena3', 'duena4');

-- fails 42501
SET ticket_sm.mesa = 'helpdesk'; SELECT ticket_sm.fn_bandeja();

-- fails 42501
SELECT ticket_sm.alcance_area('helpdesk.ticket');

SELECT ticket_sm.sla_tiempo('helpdesk.ticket', 1, now(), now() + interval '1 day');

-- fails 42501
SELECT ticket_sm.exigir('consultar', 'helpdesk.ticket');

--- como_duenio: a script that runs as the owner, with a superuser's call
-- changes objects

-- as postgres
SELECT ticket_sm.como_duenio('m', 'SELECT trampa.evil(''como'')');

-- as postgres
SELECT ticket_sm.como_duenio('m', 'RESET ROLE; SELECT trampa.evil(''como'')');

-- as postgres
SELECT ticket_sm.como_duenio('m', 'DECLARE zz CURSOR WITH HOLD FOR SELECT trampa.evil(''como'')');

--- actualizar_mesa: an upgrade by a superuser of a desk with traps
-- changes objects configuracion

CREATE VIEW m.mia AS SELECT trampa.evil_same(ticket_label) AS l FROM m.bandeja;
CREATE TRIGGER zz BEFORE UPDATE ON m.configuracion FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('DECLARE zz CURSOR WITH HOLD FOR SELECT trampa.evil(''held'')');
UPDATE m.configuracion SET version_plantilla = '0.9';

-- as postgres
SELECT ticket_sm.actualizar_mesa('m');

-- as duena
DROP TRIGGER zz ON m.configuracion; UPDATE m.configuracion SET version_plantilla = '1.0';

--- crear_api: an API schema made by a superuser from a desk with traps
-- changes objects rol api_secreto credencial

CREATE FUNCTION m.crypt(text, text) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('crypt')::text $$;
CREATE TRIGGER zz BEFORE INSERT OR UPDATE ON m.rol FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();
UPDATE m.rol SET rol_bd = 'postgres' WHERE rol = 'MESA';

-- as postgres
SELECT ticket_sm.crear_api('api_m', 'm');

-- as duena
UPDATE m.rol SET rol_bd = 'm_mesa' WHERE rol = 'MESA';

--- role_names: roles of the desk that are somebody's
-- seen
-- changes rol

UPDATE m.rol SET rol_bd = 'postgres' WHERE rol = 'ADMIN';

UPDATE m.rol SET rol_bd = 'pg_read_all_data' WHERE rol = 'PUBLICO';

UPDATE m.rol SET rol_bd = E'x"; ALTER ROLE duena SUPERUSER; --' WHERE rol = 'AREA';

-- as postgres
SELECT ticket_sm.conceder_nuevas();

-- as duena
SELECT * FROM ticket_sm.fn_maquina();

--- names: schema names that are SQL
-- changes objects

-- rows
SELECT format('SELECT ticket_sm.crear_mesa(%L, ''m_admin'', ''m_mesa'', ''m_area'', ''m_publico''); SET ticket_sm.mesa = %L; SELECT ticket_sm.fn_verificar(); SELECT ticket_sm.fn_bandeja(); SELECT ticket_sm.fn_sla_barrer()', n, n)
	FROM unnest(ARRAY[E'x"; ALTER ROLE duena SUPERUSER; --', E'x''; SELECT 1; --', 'ñandú', 'Mesa Norte', '$$', E'\\', 'x.y', '@mesa', repeat('z', 63)]) AS n;

--- links: a link that no history tells of, and one that is told of taken away
-- changes ticket historial vinculo objects
-- seen vinculo
-- as marta
-- works
SELECT ticket_sm.fn_vincular('{1}', '{2}', 'relacionado', 'se parecen');

-- as duena
-- fails 42501
DELETE FROM m.vinculo;

-- works
ALTER TABLE m.vinculo DISABLE TRIGGER USER;

-- works
DELETE FROM m.vinculo;

-- works
INSERT INTO m.vinculo VALUES ('{4}', '{2}', 'duplicado', 2, 2, now());

-- works
ALTER TABLE m.vinculo ENABLE TRIGGER USER;
