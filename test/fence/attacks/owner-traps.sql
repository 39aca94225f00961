-- Duena, the desk's owner, leaves code of hers for others to run.  What springs it are the visits after
-- each attack (attacks.py): a superuser audits and sweeps, an agent of two desks works.  It may run as her.

--- deferred_trigger: a constraint trigger that waits for the commit
-- changes objects

CREATE CONSTRAINT TRIGGER zz AFTER INSERT OR UPDATE ON m.ticket DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();

--- deferred_on_history: the same on the tables that the guard writes itself
-- changes objects

CREATE CONSTRAINT TRIGGER zz AFTER INSERT ON m.historial DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();
CREATE CONSTRAINT TRIGGER zz AFTER INSERT OR UPDATE ON m.contador DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();
CREATE CONSTRAINT TRIGGER zz AFTER INSERT ON m.evento DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();

--- deferred_later: immediate when it is made, SET CONSTRAINTS by her trigger
-- changes objects

CREATE CONSTRAINT TRIGGER zz AFTER INSERT OR UPDATE ON m.ticket DEFERRABLE INITIALLY IMMEDIATE
	FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();
CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('SET CONSTRAINTS ALL DEFERRED');

--- deferred_elsewhere: her trigger writes to another table of hers, which defers
-- changes objects

CREATE TABLE m.otra (x integer);
CREATE CONSTRAINT TRIGGER zz AFTER INSERT ON m.otra DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();
CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('INSERT INTO m.otra VALUES (1)');

--- deferred_key: a foreign key that is checked at commit, to a table with a check of hers
-- changes objects otra

CREATE TABLE m.otra (x text PRIMARY KEY, CHECK (trampa.evil_ok(x)));
INSERT INTO m.otra VALUES ('MESA'), ('REDES'), ('SISTEMAS');
ALTER TABLE m.ticket ADD CONSTRAINT zz FOREIGN KEY (area) REFERENCES m.otra DEFERRABLE INITIALLY DEFERRED;

--- deferred_unique: a unique index over an expression of hers, checked at commit
-- changes objects

ALTER TABLE m.ticket ADD CONSTRAINT zz EXCLUDE USING btree (trampa.evil_same(ticket_label) WITH =) DEFERRABLE INITIALLY DEFERRED;

--- held_cursor: a cursor that outlives the transaction
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('DECLARE zz CURSOR WITH HOLD FOR SELECT trampa.evil(''held'')');

--- held_cursor_on_history: by a trigger on each other table that is written
-- changes objects

CREATE TRIGGER ba BEFORE INSERT ON m.historial FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('DECLARE zz CURSOR WITH HOLD FOR SELECT trampa.evil(''held'')');
CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.contador FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('DECLARE zz CURSOR WITH HOLD FOR SELECT trampa.evil(''held'')');
CREATE TRIGGER ba BEFORE INSERT ON m.evento FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('DECLARE zz CURSOR WITH HOLD FOR SELECT trampa.evil(''held'')');

--- prepared: a prepared statement in the caller's session
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('PREPARE p AS SELECT trampa.evil(''prepared'')');

--- temporary: a temporary table or function that shadows another
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('CREATE TEMP TABLE pg_class (x integer)');

--- temporary_function: the same, a function
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS ''SELECT trampa.evil()::text''');

--- reset_role: out of her role
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('RESET ROLE');
CREATE TRIGGER zb AFTER INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();

--- session_authorization: out of the session
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('SET SESSION AUTHORIZATION DEFAULT');
CREATE TRIGGER zb AFTER INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();

--- set_role: into the caller's
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('DO $x$ BEGIN EXECUTE ''SET ROLE '' || quote_ident(session_user); END $x$');
CREATE TRIGGER zb AFTER INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg();

--- commit: a procedure of hers that ends the caller's transaction
-- changes objects

CREATE PROCEDURE trampa.fin() LANGUAGE plpgsql AS $$ BEGIN COMMIT; PERFORM trampa.evil('after the commit'); END $$;
CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('CALL trampa.fin()');

--- search_path: a setting left behind in the caller's session
-- changes objects

CREATE FUNCTION trampa.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('lower')::text $$;
CREATE FUNCTION trampa.count(bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT trampa.evil('count')::bigint $$;
CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('SET search_path = trampa, pg_catalog');

--- desk_setting: the caller's next call goes to another desk
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW
	EXECUTE FUNCTION trampa.evil_tg('SET ticket_sm.mesa = ''helpdesk''');

--- foreign_call: her trigger changes another desk with the caller's rights
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg(
	'DO $x$ BEGIN SET ticket_sm.mesa = ''helpdesk'';
	PERFORM ticket_sm.fn_crear_ticket(nombre => ''Mala'', email => ''m@x.co'', tipo => ''queja'', categoria => ''Red'',
		descripcion => ''de la trampa'', prioridad => ''alta'');
	EXCEPTION WHEN insufficient_privilege THEN NULL; END $x$');

--- claims: her trigger makes the caller another agent
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg(
	'DO $x$ BEGIN PERFORM set_config(''request.jwt.claims'', (SELECT json_build_object(''sub'', agente_id) FROM m.agente WHERE nombre = ''Carla'')::text, false); END $x$');

--- listen: a channel, and an advisory lock, on behalf of the caller
-- changes objects

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('LISTEN botin');
CREATE TRIGGER bb BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('SELECT pg_advisory_lock(1)');

--- default: a default, a check and a generated column of hers
-- changes objects ticket historial evento area

ALTER TABLE m.ticket ADD COLUMN zz integer DEFAULT trampa.evil('default'), ADD CHECK (trampa.evil_ok(asunto)),
	ADD COLUMN zg text GENERATED ALWAYS AS (trampa.evil_same(categoria)) STORED;
ALTER TABLE m.historial ADD COLUMN zz integer DEFAULT trampa.evil('default'), ADD CHECK (trampa.evil_ok(motivo));
ALTER TABLE m.evento ADD COLUMN zz integer DEFAULT trampa.evil('default'), ADD CHECK (trampa.evil_ok(datos));
ALTER TABLE m.contador ADD CHECK (trampa.evil_ok(ultimo));
ALTER TABLE m.area ADD COLUMN zz text GENERATED ALWAYS AS (trampa.evil_same(nombre)) STORED;

--- default_of_ours: a default on a column of the guard's
-- changes objects

ALTER TABLE m.historial ALTER nota SET DEFAULT trampa.evil('nota')::text, ALTER sal SET DEFAULT trampa.evil('sal')::text::bytea;
ALTER TABLE m.ticket ALTER sla_horas SET DEFAULT trampa.evil('horas'), ALTER hash SET DEFAULT trampa.evil('hash')::text::bytea,
	ALTER ticket_label SET DEFAULT trampa.evil('label')::text, ALTER ticket_uuid SET DEFAULT md5(trampa.evil('uuid')::text)::uuid;
ALTER TABLE m.evento ALTER datos SET DEFAULT to_jsonb(trampa.evil('datos'));

--- index: expressions and predicates of indexes
-- changes objects

CREATE INDEX ON m.ticket (trampa.evil_same(categoria)) WHERE trampa.evil_ok(estado);
CREATE INDEX ON m.historial (trampa.evil_same(version)) WHERE trampa.evil_ok(version);
CREATE INDEX ON m.contador (trampa.evil_same(anio));
CREATE INDEX ON m.agente (trampa.evil_same(usuario_bd));
CREATE INDEX ON m.evento (trampa.evil_same(evento_id));

--- statistics: extended statistics and ANALYZE
-- changes objects

CREATE STATISTICS m.zz ON (trampa.evil_same(categoria)), (trampa.evil_same(area)) FROM m.ticket;
ANALYZE m.ticket;

-- as postgres
ANALYZE m.ticket; VACUUM m.ticket;

-- as postgres
REINDEX TABLE m.ticket;

--- policy: row security of hers on each table, also forced
-- seen guardia

CREATE POLICY zz ON m.ticket AS RESTRICTIVE USING (trampa.evil_ok(area));
CREATE POLICY zz ON m.historial AS RESTRICTIVE USING (trampa.evil_ok(version)) WITH CHECK (trampa.evil_ok(version));
CREATE POLICY zz ON m.agente USING (trampa.evil_ok(area));
ALTER TABLE m.ticket FORCE ROW LEVEL SECURITY; ALTER TABLE m.historial FORCE ROW LEVEL SECURITY;

--- policy_elsewhere: on tables that the template leaves without
-- seen

CREATE POLICY zz ON m.configuracion USING (trampa.evil_ok(prefijo));
ALTER TABLE m.configuracion ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY zz ON m.contador USING (trampa.evil_ok(anio));
ALTER TABLE m.contador ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY zz ON m.transicion USING (trampa.evil_ok(operacion));
ALTER TABLE m.transicion ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

--- rule: rules that do something else, and something besides
-- seen guardia

CREATE RULE zz AS ON UPDATE TO m.ticket DO ALSO SELECT trampa.evil('rule');
CREATE RULE zz AS ON INSERT TO m.historial DO ALSO SELECT trampa.evil('rule');
CREATE RULE zz AS ON UPDATE TO m.contador DO ALSO SELECT trampa.evil('rule');

--- rule_instead: in place of the guard's own statements
-- seen guardia

CREATE RULE zz AS ON UPDATE TO m.ticket DO INSTEAD SELECT trampa.evil('rule');
CREATE RULE zz AS ON INSERT TO m.historial DO INSTEAD NOTHING;
CREATE RULE zy AS ON INSERT TO m.ticket WHERE NEW.area = 'REDES' DO INSTEAD NOTHING;

--- view_with_a_function: a view in place of a table, each that is read
-- seen

ALTER TABLE m.agente RENAME TO agente_real;
CREATE VIEW m.agente AS SELECT agente_id, nombre, email, rol, area, trampa.evil_same(usuario_bd) AS usuario_bd, activo, telefono FROM m.agente_real;

--- view_of_roles: in place of the table that names the roles, which crear_api reads
-- seen

ALTER TABLE m.rol RENAME TO rol_real;
CREATE VIEW m.rol AS SELECT rol, trampa.evil_same(rol_bd) AS rol_bd FROM m.rol_real;

-- as postgres
SELECT ticket_sm.crear_api('api_m', 'm');

-- as postgres
SELECT ticket_sm.actualizar_mesa('m');

--- partition_with_a_function: a partitioned table in place of one
-- seen

ALTER TABLE m.permiso RENAME TO permiso_real;
CREATE TABLE m.permiso (operacion ticket_sm.ticket_operation, rol ticket_sm.ticket_role) PARTITION BY LIST ((trampa.evil_same(rol)));
CREATE TABLE m.permiso_1 PARTITION OF m.permiso DEFAULT;

--- views_of_the_desk: functions of hers in the views that agents read by plain SQL run as the reader: PostgreSQL's own
-- changes objects
-- runs as victima

CREATE OR REPLACE VIEW m.bandeja WITH (security_invoker = true) AS
SELECT t.ticket_uuid, trampa.evil_same(t.ticket_label) AS ticket_label, t.estado, t.tipo, t.categoria, t.prioridad,
	t.area, t.agente_id, t.asunto, t.solicitante_nombre, t.solicitante_email,
	t.fecha_creacion, t.actualizado_en, t.sla_horas, t.fecha_limite_sla,
	round(1, 2) AS horas_restantes, true AS vencido, t.version
FROM m.ticket t WHERE t.abierto;

-- as victima
SELECT count(ticket_label) FROM m.bandeja;

--- views_by_functions: fn_bandeja does not read them
-- changes objects

CREATE OR REPLACE VIEW m.bandeja WITH (security_invoker = true) AS
SELECT t.ticket_uuid, trampa.evil_same(t.ticket_label) AS ticket_label, t.estado, t.tipo, t.categoria, t.prioridad,
	t.area, t.agente_id, t.asunto, t.solicitante_nombre, t.solicitante_email,
	t.fecha_creacion, t.actualizado_en, t.sla_horas, t.fecha_limite_sla,
	round(1, 2) AS horas_restantes, true AS vencido, t.version
FROM m.ticket t WHERE t.abierto;

--- operators_in_the_desk: functions and operators in the desk's own schema, for unqualified names
-- changes objects

CREATE FUNCTION m.evil_op(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT trampa.evil('=') = 1 $$;
CREATE OPERATOR m.= (LEFTARG = text, RIGHTARG = text, FUNCTION = m.evil_op);
CREATE OPERATOR m.~ (LEFTARG = text, RIGHTARG = text, FUNCTION = m.evil_op);
CREATE FUNCTION m.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('lower')::text $$;
CREATE FUNCTION m.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT trampa.evil('now') * timestamptz 'epoch' $$;
CREATE FUNCTION m.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';

--- enum_operators: operators and casts of the extension's types
-- changes objects

CREATE FUNCTION m.evil_op(ticket_sm.ticket_state, ticket_sm.ticket_state) RETURNS boolean LANGUAGE sql AS $$ SELECT trampa.evil('=') = 1 $$;
CREATE OPERATOR m.= (LEFTARG = ticket_sm.ticket_state, RIGHTARG = ticket_sm.ticket_state, FUNCTION = m.evil_op);
CREATE OPERATOR m.<> (LEFTARG = ticket_sm.ticket_state, RIGHTARG = ticket_sm.ticket_state, FUNCTION = m.evil_op);

-- fails 42501
CREATE CAST (ticket_sm.ticket_state AS integer) WITHOUT FUNCTION;

--- security_definer: her own function around ours is hers alone
-- changes objects ticket historial evento

CREATE FUNCTION trampa.alias(uuid) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
	SELECT ticket_sm.fn_actualizar($1, 'nota prestada'); SELECT trampa.evil('definer') $$;
GRANT EXECUTE ON FUNCTION trampa.alias TO intruso;

-- as intruso
SET ticket_sm.mesa = 'm'; SELECT trampa.alias('{1}');

-- fails 42501
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- rows_of_the_caller: her trigger asks who is there, and tells it; that is all she may know
-- changes objects ticket

CREATE FUNCTION trampa.mira() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	NEW.asunto := current_user || ' ' || coalesce(current_setting('request.jwt.claims', true), '');
	PERFORM trampa.evil('mira'); RETURN NEW; END $$;
CREATE TRIGGER ba BEFORE INSERT ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.mira();

--- slow: a trigger of hers that recurses for ever, which ends in an error
-- changes objects

CREATE FUNCTION trampa.sin_fin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	UPDATE m.ticket SET asunto = asunto || 'x' WHERE ticket_uuid = NEW.ticket_uuid; RETURN NULL; END $$;
CREATE TRIGGER zz AFTER UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.sin_fin();

-- fails 54001 P0001 27000 PT409 22001
UPDATE m.ticket SET asunto = 'x';

--- recursion: a trigger that calls our functions again and again
-- changes objects

CREATE FUNCTION trampa.sin_fin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	PERFORM ticket_sm.fn_actualizar(NEW.ticket_uuid, 'nota'); RETURN NULL; END $$;
CREATE TRIGGER zz AFTER UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.sin_fin();

-- fails 54001
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- drop_in_trigger: her trigger drops, truncates or alters what is being written
-- changes objects

CREATE TRIGGER ba BEFORE UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('DROP TABLE m.historial CASCADE');

-- fails 55000
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- drop_after: her trigger drops the history once it has its rows; there is no desk any more
-- seen

CREATE CONSTRAINT TRIGGER zzzz AFTER UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('DROP TABLE m.historial CASCADE');

SELECT ticket_sm.fn_ejecutar_lote('actualizar', '{{1},{2},{3}}', '{"nota": "en lote"}');

-- fails 55000
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- rename_in_trigger: or renames it
-- changes objects

CREATE TRIGGER ba BEFORE UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('ALTER TABLE m.historial RENAME TO otra');

-- fails 55000 55006 42P01
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- rename_schema_in_trigger: or the schema, as she may: what was begun in it ends in it
-- changes objects ticket historial evento

CREATE TRIGGER ba BEFORE UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('ALTER SCHEMA m RENAME TO n');

-- works
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

-- fails 3F000
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

ALTER SCHEMA n RENAME TO m;
DROP TRIGGER ba ON m.ticket;

--- guard_off_in_trigger: or switches the history's guard off, as she may at any time; it is seen
-- seen guardia

CREATE TRIGGER ba BEFORE UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('ALTER TABLE m.historial DISABLE TRIGGER ALL');

-- works
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- settings_in_trigger: or the settings and the machine
-- changes objects ticket historial configuracion transicion evento

CREATE TRIGGER ba BEFORE INSERT OR UPDATE ON m.ticket FOR EACH ROW EXECUTE FUNCTION trampa.evil_tg('UPDATE m.configuracion SET digitos = 12 - digitos; DELETE FROM m.transicion');

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('actualizar', '{{1},{2},{3}}', '{"nota": "en lote"}');
