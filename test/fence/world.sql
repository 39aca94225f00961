-- The world of the attacks: helpdesk, which is nobody's business here, and the desk m of duena, who is no
-- superuser.  Run by a superuser in the template of the attacks' databases; roles are the cluster's.

CREATE EXTENSION ticket_sm;
CREATE EXTENSION pgcrypto;
SELECT ticket_sm.conceder_funciones('m_admin', 'm_mesa', 'm_area', 'm_publico');
CREATE ROLE duena LOGIN;
CREATE ROLE socia LOGIN IN ROLE duena;
CREATE ROLE carla LOGIN IN ROLE m_admin;
CREATE ROLE marta LOGIN IN ROLE m_mesa;
CREATE ROLE luis LOGIN IN ROLE m_area;
CREATE ROLE sofia LOGIN IN ROLE m_area;
CREATE ROLE web LOGIN IN ROLE m_publico;
CREATE ROLE intruso LOGIN;
-- Whose rights are worth having: an agent of both desks.
CREATE ROLE victima LOGIN IN ROLE m_mesa, ticket_mesa, ticket_admin;
CREATE ROLE autenticador LOGIN NOINHERIT IN ROLE carla, marta, luis, web;
DO $$ BEGIN EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO duena', current_database()); END $$;
GRANT USAGE ON SCHEMA ticket_sm TO duena;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO duena;

-- What is not hers.
INSERT INTO helpdesk.area VALUES ('REDES');
INSERT INTO helpdesk.agente (nombre, email, rol, usuario_bd) VALUES ('Victima', 'v@desk.example', 'ADMIN', 'victima');
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'incidente', categoria => 'Red',
	descripcion => 'SECRETO ajeno ' || i, prioridad => 'alta', clave_idempotencia => 'k' || i) FROM generate_series(1, 2) AS i;

SET ROLE duena;
SELECT ticket_sm.crear_mesa('m', 'm_admin', 'm_mesa', 'm_area', 'm_publico');
RESET ROLE;
SET ticket_sm.mesa = 'm';
-- Four days ago, so that there is something to sweep.
SET ticket_sm.desfase_reloj = -345600;
INSERT INTO m.area VALUES ('REDES'), ('SISTEMAS');
INSERT INTO m.agente (nombre, email, rol, area, usuario_bd) VALUES
	('Carla', 'carla@desk.example', 'ADMIN', 'MESA', 'carla'), ('Marta', 'marta@desk.example', 'MESA', 'MESA', 'marta'),
	('Luis', 'luis@desk.example', 'AREA', 'REDES', 'luis'), ('Sofia', 'sofia@desk.example', 'AREA', 'SISTEMAS', 'sofia'),
	('Victima', 'v@desk.example', 'MESA', 'MESA', 'victima');
INSERT INTO m.sla_politica (objetivo, prioridad, horas, calendario) VALUES ('atencion', NULL, 1, 'CO'), ('resolucion', 'MEDIA', 8, 'CO');
UPDATE m.configuracion SET eventos = '{crear, avisar, vencer}';
CREATE FUNCTION public.nuevo(area text, texto text) RETURNS void LANGUAGE sql AS $$
	SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'incidente', categoria => 'Red',
		descripcion => texto, prioridad => 'media', area => area, documento => '12345', telefono => '555',
		clave_idempotencia => texto) $$;
SELECT nuevo('MESA', 'de la mesa');						-- 1
SELECT nuevo('REDES', 'propio de redes');				-- 2
SELECT nuevo('REDES', 'en pausa de redes');				-- 3
SELECT nuevo('SISTEMAS', 'SECRETO de sistemas 4');		-- 4
SELECT nuevo('SISTEMAS', 'SECRETO de sistemas 5');		-- 5
SELECT nuevo('SISTEMAS', 'SECRETO de sistemas 6');		-- 6
DROP FUNCTION nuevo;
SELECT ticket_sm.fn_asignar(ticket_uuid, agente_id => (SELECT agente_id FROM m.agente a WHERE a.area = t.area))
	FROM m.ticket t WHERE area <> 'MESA' AND descripcion <> 'SECRETO de sistemas 6';
SELECT ticket_sm.fn_pausar(ticket_uuid, 'se espera una pieza') FROM m.ticket WHERE descripcion = 'en pausa de redes';
SELECT ticket_sm.fn_resolver(ticket_uuid, 'hecho') FROM m.ticket WHERE descripcion = 'SECRETO de sistemas 5';
RESET ticket_sm.desfase_reloj;

-- What the owner's traps call: who it runs as is in the log, whatever is rolled back.
SET ROLE duena;
CREATE SCHEMA trampa;
GRANT USAGE ON SCHEMA trampa TO PUBLIC;
CREATE FUNCTION trampa.evil(trampa text DEFAULT '') RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('fence.plain', true) = '1' THEN
		RETURN 1;		-- who reads or writes her tables by SQL of his own knows what he does
	END IF;
	RAISE LOG 'evil ran as % for %: %', current_user, session_user, trampa;
	IF current_user <> 'duena' THEN
		BEGIN
			ALTER ROLE duena SUPERUSER;
		EXCEPTION WHEN insufficient_privilege OR read_only_sql_transaction THEN
			NULL;
		END;
	END IF;
	RETURN 1;
END $$;
CREATE FUNCTION trampa.evil_tg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM trampa.evil(TG_NAME);
	-- (a superuser's session that has taken on her role, as the tests' have, is hers to leave: once what
	-- called this is over, as a deferred trigger's caller is)
	IF TG_NARGS > 0 AND NOT (TG_ARGV[0] = 'RESET ROLE' AND current_setting('role') = 'duena') THEN
		EXECUTE TG_ARGV[0];
	END IF;
	RETURN coalesce(NEW, OLD);
END $$;
CREATE FUNCTION trampa.evil_ok(x anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM trampa.evil('condition');
	RETURN true;
END $$;
CREATE FUNCTION trampa.evil_same(x anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM trampa.evil('value');
	RETURN x;
END $$;
RESET ROLE;

-- What odd.py calls after each statement.
CREATE SCHEMA sonda;
GRANT USAGE ON SCHEMA sonda TO PUBLIC;
-- Runs each call as each role, undoes it, and counts the SQLSTATEs of each role and call.  What is undone has
-- met its deferred constraints before.
CREATE FUNCTION sonda.llamar(llamadas text[], papeles name[]) RETURNS TABLE (papel name, llamada text, estado text, mensaje text) LANGUAGE plpgsql AS $$
DECLARE
	donde text;
BEGIN
	FOREACH papel IN ARRAY papeles LOOP
		PERFORM set_config('role', papel, true);
		FOREACH llamada IN ARRAY llamadas LOOP
			BEGIN
				EXECUTE llamada;
				SET CONSTRAINTS ALL IMMEDIATE;
				RAISE EXCEPTION SQLSTATE 'ZZ000';
			EXCEPTION WHEN OTHERS THEN
				estado := SQLSTATE;
				IF estado = 'ZZ000' THEN
					mensaje := NULL;
				ELSE
					GET STACKED DIAGNOSTICS donde = PG_EXCEPTION_DETAIL;
					mensaje := concat_ws(' | ', SQLERRM, nullif(donde, ''));
				END IF;
			END;
			RETURN NEXT;
		END LOOP;
	END LOOP;
	PERFORM set_config('role', 'none', true);
END $$;
