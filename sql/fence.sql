-- The fence: a mesa's owner, who need not be a superuser, is trusted with his mesa and with
-- nothing else.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

------------------------------------------------------------------------
-- Nothing of the owner's runs as whoever calls a function on his mesa
------------------------------------------------------------------------

CREATE ROLE regress_duena;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_duena', current_database()); END $$;
GRANT USAGE ON SCHEMA ticket_sm TO regress_duena;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO regress_duena;
GRANT ticket_mesa TO regress_mario;

SET ROLE regress_duena;
SELECT ticket_sm.crear_mesa('mesa_ajena');
SET ticket_sm.mesa = 'mesa_ajena';
SELECT prueba.new_ticket('ajeno', '{"area": "MESA"}');
INSERT INTO mesa_ajena.agente (nombre, email, rol) VALUES ('Nadie', 'nadie@desk.example', 'ADMIN');
-- What she is after: her code, run by somebody else; a superuser best of all.
CREATE TABLE mesa_ajena.botin (trampa text, quien name);
GRANT ALL ON mesa_ajena.botin TO PUBLIC;
CREATE FUNCTION mesa_ajena.robar(trampa text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO mesa_ajena.botin VALUES (trampa, current_user);
	IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
		ALTER ROLE regress_duena SUPERUSER;
	END IF;
	RETURN 1;
END $$;
-- Her traps: a trigger each, which is queued, or leaves something behind.
CREATE FUNCTION mesa_ajena.robar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_ARGV[0] <> '' THEN
		EXECUTE TG_ARGV[0];
	ELSE
		PERFORM mesa_ajena.robar(TG_NAME);
	END IF;
	RETURN NULL;
END $$;
CREATE TABLE mesa_ajena.trampa (nombre name, definicion text);
INSERT INTO mesa_ajena.trampa VALUES
	('diferida', 'CREATE CONSTRAINT TRIGGER diferida AFTER UPDATE ON mesa_ajena.ticket DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION mesa_ajena.robar('''')'),
	('retenida', 'CREATE TRIGGER retenida AFTER UPDATE ON mesa_ajena.ticket FOR EACH ROW EXECUTE FUNCTION
		mesa_ajena.robar(''DECLARE zz CURSOR WITH HOLD FOR SELECT mesa_ajena.robar(''''retenida'''')'')'),
	('preparada', 'CREATE TRIGGER preparada AFTER UPDATE ON mesa_ajena.ticket FOR EACH ROW EXECUTE FUNCTION
		mesa_ajena.robar(''PREPARE p AS SELECT mesa_ajena.robar(''''preparada'''')'')'),
	('pasajera', 'CREATE TRIGGER pasajera AFTER UPDATE ON mesa_ajena.ticket FOR EACH ROW EXECUTE FUNCTION
		mesa_ajena.robar(''CREATE TEMP TABLE pg_roles (rolname name)'')'),
	('papel', 'CREATE TRIGGER papel AFTER UPDATE ON mesa_ajena.ticket FOR EACH ROW EXECUTE FUNCTION
		mesa_ajena.robar(''RESET ROLE'')'),
	('escucha', 'CREATE TRIGGER escucha AFTER UPDATE ON mesa_ajena.ticket FOR EACH ROW EXECUTE FUNCTION
		mesa_ajena.robar(''LISTEN botin'')');
RESET ROLE;

-- Somebody calls a function with a trap set.
CREATE FUNCTION prueba.caer(trampa name, quien name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE (SELECT t.definicion FROM mesa_ajena.trampa t WHERE t.nombre = trampa);
	PERFORM set_config('role', quien, true);
	answer := prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''ajeno''), ''nota'')');
	PERFORM set_config('role', 'none', true);
	EXECUTE format('DROP TRIGGER %I ON mesa_ajena.ticket', trampa);
	RETURN answer;
END $$;
-- A superuser, and an agent, who may have rights in other mesas: refused there and then.
SELECT nombre, prueba.caer(nombre, 'none') FROM mesa_ajena.trampa;
SELECT nombre, prueba.caer(nombre, 'regress_mario') FROM mesa_ajena.trampa;
SELECT * FROM mesa_ajena.botin;
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_duena';
-- Nor does a setting stay behind.
CREATE FUNCTION mesa_ajena.ajustar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('search_path', 'mesa_ajena', false), set_config('row_security', 'off', false);
	SET statement_timeout = '1h';
	RETURN NEW;
END $$;
CREATE TRIGGER ajustar BEFORE UPDATE ON mesa_ajena.ticket FOR EACH ROW EXECUTE FUNCTION mesa_ajena.ajustar();
SET ROLE regress_mario;
SELECT prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''ajeno''), ''nota'')');
SHOW search_path;
SHOW row_security;
SHOW statement_timeout;
RESET ROLE;
DROP TRIGGER ajustar ON mesa_ajena.ticket;
-- To herself she may do what she likes.
SET ROLE regress_duena;
SELECT definicion FROM mesa_ajena.trampa WHERE nombre = 'diferida' \gexec
SELECT prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''ajeno''), ''nota'')');
SELECT * FROM mesa_ajena.botin;
DROP TRIGGER diferida ON mesa_ajena.ticket;
RESET ROLE;
TRUNCATE mesa_ajena.botin;

-- A view in place of a table, with a function that opens a held cursor: the mesa is not read.
SET ROLE regress_duena;
CREATE FUNCTION mesa_ajena.mirar(x name) RETURNS name LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'zz') THEN
		EXECUTE 'DECLARE zz CURSOR WITH HOLD FOR SELECT mesa_ajena.robar(''vista'')';
	END IF;
	RETURN x;
END $$;
ALTER TABLE mesa_ajena.agente RENAME TO agente_de_verdad;
CREATE VIEW mesa_ajena.agente AS SELECT agente_id, nombre, email, rol, area, mesa_ajena.mirar(usuario_bd) AS usuario_bd, activo, telefono
	FROM mesa_ajena.agente_de_verdad;
RESET ROLE;
SELECT prueba.err('SELECT ticket_sm.fn_verificar()');
SELECT prueba.short('SELECT ticket_sm.fn_sla_barrer(10000)');
SET ROLE regress_mario;
SELECT prueba.short('SELECT ticket_sm.fn_bandeja()');
RESET ROLE;
SELECT * FROM mesa_ajena.botin;
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_duena';
SET ROLE regress_duena;
DROP VIEW mesa_ajena.agente;
ALTER TABLE mesa_ajena.agente_de_verdad RENAME TO agente;
RESET ROLE;

------------------------------------------------------------------------
-- Wherever her code runs, it is as herself, and leaves nothing behind
------------------------------------------------------------------------

-- A spy: what it is called by, as whom; it tries to be somebody else, and to stay.  (Armed for the
-- calls alone: she has not really logged in here, and could leave her role.)
CREATE TABLE prueba.espiado (gancho text, quien name);
CREATE TABLE prueba.intento (orden text);
GRANT ALL ON prueba.espiado TO PUBLIC;
GRANT SELECT ON prueba.intento TO PUBLIC;
INSERT INTO prueba.intento VALUES
	('RESET ROLE'), ('SET ROLE regress_ana'), ('SET SESSION AUTHORIZATION DEFAULT'), ('ALTER ROLE regress_duena SUPERUSER'),
	('SELECT set_config(''role'', ''none'', false)'), ('SELECT set_config(''session_authorization'', ''regress_ana'', false)'),
	('DECLARE zz CURSOR WITH HOLD FOR SELECT 1'), ('PREPARE zz AS SELECT 1'), ('LISTEN botin'), ('CREATE TEMP TABLE zz ()'),
	('DISCARD ALL'), ('DEALLOCATE ALL'), ('CLOSE ALL'), ('SET ticket_sm.autenticadores = regress_mario'),
	('SET ticket_sm.desfase_reloj = 60'), ('SET session_replication_role = replica'), ('COPY (SELECT 1) TO PROGRAM ''true'''),
	('GRANT ticket_admin TO regress_duena');
SET ROLE regress_duena;
CREATE FUNCTION mesa_ajena.espiar_bien(gancho text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	intento text;
	ajuste text;
BEGIN
	IF current_setting('prueba.armada', true) IS DISTINCT FROM 'true' THEN
		RETURN true;
	END IF;
	INSERT INTO prueba.espiado VALUES (gancho, current_user);
	-- (not row_security, as above: off, her own policy on permiso has her mesa refused where it is read anew in mid-statement)
	FOREACH ajuste IN ARRAY '{search_path,ticket_sm.mesa,request.jwt.claims,statement_timeout,application_name}'::text[] LOOP
		PERFORM set_config(ajuste, CASE ajuste WHEN 'statement_timeout' THEN '1h' ELSE 'mesa_ajena' END, false);
	END LOOP;
	IF (SELECT count(*) FROM prueba.espiado e WHERE e.gancho = espiar_bien.gancho) = 1 THEN
		FOR intento IN SELECT orden FROM prueba.intento LOOP
			BEGIN
				EXECUTE intento;
				INSERT INTO prueba.espiado VALUES (intento, 'done');
			EXCEPTION WHEN OTHERS THEN NULL;
			END;
		END LOOP;
		FOR intento IN SELECT name FROM pg_cursors LOOP
			DECLARE
				ajeno refcursor := intento;
			BEGIN
				CLOSE ajeno;
				INSERT INTO prueba.espiado VALUES ('a cursor closed', 'done');
			EXCEPTION WHEN OTHERS THEN NULL;
			END;
		END LOOP;
	END IF;
	RETURN true;
END $$;
-- Said to be immutable: then planning works it out.
CREATE FUNCTION mesa_ajena.espiar(gancho text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN mesa_ajena.espiar_bien(gancho);
END $$;
CREATE FUNCTION mesa_ajena.espiar_fila() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mesa_ajena.espiar_bien('trigger');
	RETURN coalesce(NEW, OLD);
END $$;
-- Her hooks, on each table of the mesa.
DO $$
DECLARE
	t record;
	gancho text;
BEGIN
	FOR t IN SELECT f.tabla, min(f.columna) AS columna FROM ticket_sm.forma_mesa() f WHERE f.tipo IN ('text'::regtype, 'integer'::regtype) GROUP BY f.tabla LOOP
		FOREACH gancho IN ARRAY ARRAY[
			'ALTER TABLE @ ADD de_oficio boolean DEFAULT mesa_ajena.espiar_bien(''default''), ADD calculada boolean GENERATED ALWAYS AS (mesa_ajena.espiar(''generated'')) STORED',
			'ALTER TABLE @ ADD CHECK (mesa_ajena.espiar(''check''))',
			'CREATE INDEX ON @ (#) WHERE mesa_ajena.espiar(''index predicate'')',
			'CREATE INDEX ON @ ((# IS NULL AND mesa_ajena.espiar(''index expression'')))',
			'CREATE STATISTICS ON ((# IS NULL AND mesa_ajena.espiar(''statistics''))) FROM @',
			'CREATE TRIGGER a0_fila BEFORE INSERT OR UPDATE OR DELETE ON @ FOR EACH ROW EXECUTE FUNCTION mesa_ajena.espiar_fila()',
			'CREATE TRIGGER zzzz_fila AFTER INSERT OR UPDATE OR DELETE ON @ FOR EACH ROW EXECUTE FUNCTION mesa_ajena.espiar_fila()',
			'CREATE TRIGGER a0_sentencia BEFORE INSERT OR UPDATE OR DELETE ON @ FOR EACH STATEMENT EXECUTE FUNCTION mesa_ajena.espiar_fila()',
			'CREATE TRIGGER zzzz_sentencia AFTER INSERT OR UPDATE OR DELETE ON @ FOR EACH STATEMENT EXECUTE FUNCTION mesa_ajena.espiar_fila()'] LOOP
			-- (statistics have no name of their own before 16)
			gancho := replace(gancho, 'STATISTICS ON', format('STATISTICS mesa_ajena.%I ON', 'e_' || t.tabla));
			EXECUTE replace(replace(gancho, '@', format('mesa_ajena.%I', t.tabla)), '#', quote_ident(t.columna));
		END LOOP;
	END LOOP;
END $$;
CREATE DOMAIN mesa_ajena.espia AS integer CHECK (mesa_ajena.espiar_bien('domain'));
ALTER TABLE mesa_ajena.ticket ADD por_dominio mesa_ajena.espia;
CREATE POLICY espia ON mesa_ajena.permiso USING (mesa_ajena.espiar_bien('policy'));
ALTER TABLE mesa_ajena.permiso ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
INSERT INTO mesa_ajena.area VALUES ('OTRA');
INSERT INTO mesa_ajena.sla_politica (objetivo, horas) VALUES ('atencion', 0.001), ('resolucion', 0.001);
UPDATE mesa_ajena.configuracion SET eventos = '{crear, actualizar, vencer}';
RESET ROLE;
-- One in each state from which something is possible.
SELECT prueba.new_ticket('espia NUEVO', '{"area": "MESA"}'), prueba.new_ticket('espia ASIGNADO', '{"area": "MESA"}'),
	prueba.new_ticket('espia PAUSADO', '{"area": "MESA"}') \g /dev/null
SELECT count((ticket_sm.fn_asignar(prueba.id(a), area => 'MESA')).version) FROM unnest('{espia ASIGNADO,espia PAUSADO}'::text[]) AS a;
SELECT (ticket_sm.fn_pausar(prueba.id('espia PAUSADO'), 'Falta algo.')).version;
SET ticket_sm.desfase_reloj = 3600;	-- all of them are late
SET request.jwt.claims = '';
-- What a call leaves behind in the session, and what ran as whom; it is undone.
CREATE FUNCTION prueba.sesion() RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT concat_ws(' ', current_user = session_user, current_setting('search_path'), current_setting('ticket_sm.mesa'), current_setting('request.jwt.claims', true),
		current_setting('statement_timeout'), current_setting('row_security'), current_setting('application_name'),
		(SELECT count(*) FROM pg_cursors WHERE is_holdable), (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_listening_channels()),
		pg_my_temp_schema(), (SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_duena'))
$$;
CREATE FUNCTION prueba.espiar_llamada(llamada text, quien name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	antes text := prueba.sesion();
	respuesta text;
	hallazgos text;
BEGIN
	PERFORM set_config('role', quien, true), set_config('prueba.armada', 'true', true);
	respuesta := prueba.err(llamada);
	PERFORM set_config('role', 'none', true);
	SELECT string_agg(DISTINCT e.gancho || ' as ' || e.quien, ', ') INTO hallazgos FROM prueba.espiado e WHERE e.quien <> 'regress_duena';
	IF prueba.sesion() <> antes THEN
		hallazgos := concat_ws(', ', hallazgos, 'session was ' || antes || ', is ' || prueba.sesion());
	END IF;
	RAISE EXCEPTION SQLSTATE 'ZZ000' USING MESSAGE = format('%s ! %s ! %s', respuesta,
		(SELECT string_agg(DISTINCT e.gancho, ',') FROM prueba.espiado e), hallazgos);
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN SQLERRM;
END $$;
SET client_min_messages = error; -- what the sweep warns of names tickets
CREATE TABLE prueba.resultado AS
SELECT c.funcion, q.quien, split_part(r, ' ! ', 1) AS respuesta, split_part(r, ' ! ', 2) AS ganchos, split_part(r, ' ! ', 3) AS hallazgos
FROM unnest('{espia NUEVO,espia ASIGNADO,espia PAUSADO}'::text[]) AS t, prueba.calls('mesa_ajena', prueba.id(t)) AS c,
	unnest('{none,regress_ana,regress_mario,regress_pepe}'::name[]) AS q(quien),
	prueba.espiar_llamada(c.llamada, q.quien) AS r
WHERE c.funcion !~ '^plantilla_' AND (t = 'espia NUEVO' OR strpos(c.llamada, prueba.id(t)::text) > 0);
SET client_min_messages = warning;
-- Nothing; and all of it did run, some of it in every function that writes (what else is worked out when, is the server's affair).
SELECT DISTINCT funcion, quien, hallazgos FROM prueba.resultado WHERE hallazgos <> '' ORDER BY 1, 2;
SELECT g AS not_run FROM unnest('{check,default,domain,generated,policy,statistics,trigger}'::text[]) AS g
WHERE NOT EXISTS (SELECT FROM prueba.resultado r WHERE g = ANY (string_to_array(r.ganchos, ',')));
SELECT f AS not_run FROM unnest('{api_operar,fn_actualizar,fn_archivar,fn_asignar,fn_cancelar,fn_crear_ticket,fn_ejecutar_lote,fn_pausar,fn_reabrir,
	fn_reclasificar,fn_resolver,fn_sla_barrer,fn_transferir,sembrar_feriados_co}'::text[]) AS f
WHERE NOT EXISTS (SELECT FROM prueba.resultado r WHERE r.funcion = f AND r.quien = 'none' AND r.ganchos LIKE '%trigger%');
SELECT DISTINCT left(respuesta, 5) FROM prueba.resultado ORDER BY 1;
DROP TABLE prueba.resultado, prueba.espiado, prueba.intento;
DROP FUNCTION prueba.espiar_llamada, prueba.sesion;
RESET ticket_sm.desfase_reloj;
RESET request.jwt.claims;

-- Her code calls us again in the middle of a statement of ours, whose plan it has made invalid:
-- the plan is not pulled away from under us.  While we write, and while we plan.
SET ROLE regress_duena;
DROP SCHEMA mesa_ajena CASCADE;
SELECT ticket_sm.crear_mesa('mesa_ajena');
SELECT prueba.new_ticket('ajeno', '{"area": "MESA"}'), prueba.new_ticket('otro', '{"area": "MESA"}');
CREATE FUNCTION mesa_ajena.llamar() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	CREATE SCHEMA de_paso;
	DROP SCHEMA de_paso;
	PERFORM ticket_sm.fn_actualizar(prueba.id('otro'), 'nota'), (SELECT count(*) FROM ticket_sm.fn_bandeja()),
		ticket_sm.fn_ticket(prueba.id('otro')), (SELECT count(*) FROM ticket_sm.fn_verificar());
	RETURN true;
END $$;
CREATE FUNCTION mesa_ajena.llamar_fijo() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN pg_trigger_depth() > 0 OR current_setting('prueba.llama', true) = 'si' OR set_config('prueba.llama', 'si', true) IS NULL OR mesa_ajena.llamar();
END $$;
CREATE FUNCTION mesa_ajena.llamar_en_fila() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.ticket_uuid = prueba.id('ajeno') THEN
		PERFORM mesa_ajena.llamar(), repeat('x', 1000 * i) FROM generate_series(1, 100) AS i;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER llamar BEFORE UPDATE ON mesa_ajena.ticket FOR EACH ROW EXECUTE FUNCTION mesa_ajena.llamar_en_fila();
SELECT prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''ajeno''), ''nota'')') FROM generate_series(1, 3);
DROP TRIGGER llamar ON mesa_ajena.ticket;
SELECT format('CREATE STATISTICS mesa_ajena.%1$I ON ((%2$I IS NULL AND mesa_ajena.llamar_fijo())) FROM mesa_ajena.%1$I', f.tabla, min(f.columna))
FROM ticket_sm.forma_mesa() f GROUP BY f.tabla ORDER BY f.tabla COLLATE "C" \gexec
SELECT prueba.err(llamada) FROM (VALUES ('SELECT ticket_sm.fn_actualizar(prueba.id(''ajeno''), ''nota'')'), (prueba.create_call('{"area": "MESA"}')),
	('SELECT ticket_sm.fn_bandeja()'), ('SELECT ticket_sm.fn_verificar()')) AS c(llamada);
SET prueba.llama = 'no';
SELECT ticket_sm.fn_verificar();
RESET prueba.llama;
RESET ROLE;
SELECT count(*) > 5 FROM mesa_ajena.historial;
RESET ticket_sm.mesa;

DROP SCHEMA mesa_ajena CASCADE;
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_duena', current_database()); END $$;
REVOKE ALL ON SCHEMA ticket_sm FROM regress_duena;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ticket_sm FROM regress_duena;
DROP ROLE regress_duena;
DROP FUNCTION prueba.caer;
