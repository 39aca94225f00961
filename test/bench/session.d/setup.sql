-- What the sessions are measured with, in a database with a desk of its own or
-- fifty.  Run by the superuser; :mesas says how many.

CREATE EXTENSION ticket_sm;
SELECT set_config('bench.mesas', :'mesas', false) \g /dev/null

-- CPU of this backend in ns, for a role that may not read files
CREATE FUNCTION public.cpu() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
	$$SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint$$;

DO $$
DECLARE
	mesa text;
BEGIN
	IF to_regrole('agente') IS NULL THEN
		CREATE ROLE agente LOGIN IN ROLE ticket_mesa;
	END IF;
	FOR i IN 1 .. current_setting('bench.mesas')::integer LOOP
		mesa := CASE i WHEN 1 THEN 'helpdesk' ELSE 'mesa_' || i END;
		IF i > 1 THEN
			PERFORM ticket_sm.crear_mesa(mesa);
		END IF;
		PERFORM set_config('search_path', mesa, true);
		INSERT INTO area (nombre) VALUES ('REDES');
		INSERT INTO agente (nombre, email, rol, area, usuario_bd)
			VALUES ('Lucía Herrera', 'lucia@andina.example', 'MESA', 'MESA', 'agente');
		INSERT INTO ticket (ticket_uuid, tipo, categoria, prioridad, asunto, descripcion, solicitante_nombre, solicitante_email)
		SELECT ('00000000-0000-4000-8000-' || 100000000000 + n)::uuid, 'INCIDENTE', 'Conectividad', 'ALTA',
			'La VPN rechaza mi contraseña', 'Trabajo desde casa y la VPN responde «credenciales no válidas». Caso ' || n,
			'María Fernanda Rojas', 'maria.' || n || '@correo.example'
		FROM generate_series(1, CASE i WHEN 1 THEN 2000 ELSE 20 END) AS n;
		UPDATE ticket SET estado = 'ASIGNADO';
		COMMIT;
	END LOOP;
END $$;

-- The same table without any trigger, for a function of the plainest kind.
CREATE SCHEMA llano;
CREATE TABLE llano.ticket (LIKE helpdesk.ticket INCLUDING ALL);
INSERT INTO llano.ticket SELECT * FROM helpdesk.ticket;
CREATE FUNCTION llano.anotar(id uuid, texto text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	hecho uuid;
BEGIN
	UPDATE llano.ticket SET respuesta_cliente = texto WHERE ticket_uuid = id RETURNING ticket_uuid INTO hecho;
	RETURN hecho;
END $$;
GRANT USAGE ON SCHEMA llano TO agente;
VACUUM ANALYZE;
