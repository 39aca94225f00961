-- What each kind of agent does when it looks at the desk.  These procedures
-- run with the rights of the agent who is connected: they see what that agent
-- may see, and change tickets through ticket_sm.fn_* alone.

GRANT SELECT ON ALL TABLES IN SCHEMA demo TO PUBLIC;

-- The time of the demo; only the superuser can set the clock's offset.
CREATE FUNCTION demo.ahora() RETURNS timestamptz
LANGUAGE sql AS $$
	SELECT clock_timestamp() + coalesce(nullif(current_setting('ticket_sm.desfase_reloj', true), ''), '0')::interval
$$;

-- 0 to 99 by chance, but the same in every run.
CREATE FUNCTION demo.azar(etiqueta text, version integer, sal integer DEFAULT 0) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(etiqueta || '/' || version || '/' || sal), 1, 7))::bit(28)::integer) % 100
$$;

-- The area that ought to solve a ticket: what a person would tell from its text.
CREATE FUNCTION demo.area_debida(clave text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT c.area FROM demo.programa p JOIN demo.caso c USING (caso) WHERE 'portal-' || p.numero = clave
$$;

-- The portal hands in what the public has written since the minute before.
CREATE PROCEDURE demo.turno_portal(desde integer, hasta integer)
LANGUAGE plpgsql AS $$
DECLARE
	p record;
	correo text;
BEGIN
	FOR p IN
		SELECT g.numero, c.*, q.persona, q.nombre, q.dependencia, s.nombre AS sede
		FROM demo.programa g JOIN demo.caso c USING (caso) JOIN demo.persona q USING (persona) JOIN demo.sede s USING (sede)
		WHERE g.minuto >= desde AND g.minuto < hasta
		ORDER BY g.minuto, g.numero
	LOOP
		correo := translate(lower(split_part(p.nombre, ' ', 1) || '.' || regexp_replace(p.nombre, '^.* ', '')),
			'áéíóúñü', 'aeiounu') || '@correo.example';
		PERFORM ticket_sm.fn_crear_ticket(
			nombre => p.nombre, email => correo, documento => 'CC ' || 40100200 + p.persona * 7919,
			telefono => '+57 300 555 ' || lpad((p.persona * 37)::text, 4, '0'), tiene_whatsapp => p.persona % 3 > 0,
			empresa_departamento => p.dependencia, tipo => p.tipo, categoria => p.categoria,
			subcategoria => p.subcategoria, asunto => replace(p.asunto, '{sede}', p.sede),
			descripcion => replace(p.descripcion, '{sede}', p.sede), prioridad => p.prioridad,
			-- the form has a button for when the network is down
			area => CASE WHEN p.area = 'REDES' AND p.prioridad = 'CRITICA' THEN p.area END,
			ip => '192.0.2.10'::inet + p.persona, clave_idempotencia => 'portal-' || p.numero);
	END LOOP;
END $$;

-- The desk hands out what has come in, most urgent first, takes up again what
-- was waiting, and files what was solved.
CREATE PROCEDURE demo.turno_mesa()
LANGUAGE plpgsql AS $$
DECLARE
	t record;
	debida text;
	destino text;
	suerte integer;
	hora integer := extract(hour FROM demo.ahora());
BEGIN
	FOR t IN
		SELECT b.*, k.clave_idempotencia FROM helpdesk.bandeja b
		JOIN helpdesk.ticket k USING (ticket_uuid) JOIN helpdesk.prioridad p ON p.nombre = b.prioridad
		WHERE b.estado IN ('NUEVO', 'TRANSFERIDO', 'RECLASIFICADO')
		ORDER BY p.orden DESC, b.fecha_creacion LIMIT 4
	LOOP
		suerte := demo.azar(t.ticket_label, t.version);
		debida := demo.area_debida(t.clave_idempotencia);
		destino := CASE WHEN t.estado = 'NUEVO' AND suerte < 20
			THEN (ARRAY['REDES', 'SISTEMAS', 'FACTURACION'])[1 + suerte % 3] ELSE debida END;
		PERFORM ticket_sm.fn_asignar(t.ticket_uuid, area => destino, version => t.version,
			agente_id => (SELECT a.agente_id FROM helpdesk.agente a WHERE a.area = destino AND a.activo
				ORDER BY demo.azar(t.ticket_label, 0, ascii(a.usuario_bd)) LIMIT 1),
			motivo => CASE WHEN suerte < 60 THEN demo.frase('asignar', destino, suerte) END);
	END LOOP;

	FOR t IN
		SELECT b.*, k.clave_idempotencia FROM helpdesk.bandeja b JOIN helpdesk.ticket k USING (ticket_uuid)
		WHERE b.estado IN ('ASIGNADO', 'PAUSADO', 'RESUELTO')
		AND b.actualizado_en < demo.ahora() - interval '25 minutes'
		ORDER BY b.actualizado_en LIMIT 40
	LOOP
		suerte := demo.azar(t.ticket_label, t.version, hora);
		debida := demo.area_debida(t.clave_idempotencia);
		IF t.estado = 'ASIGNADO' AND t.area <> debida THEN
			PERFORM ticket_sm.fn_transferir(t.ticket_uuid, area => debida, version => t.version,
				motivo => demo.frase('transferir', debida, suerte));
		ELSIF t.estado = 'ASIGNADO' AND t.prioridad IN ('BAJA', 'MEDIA')
				AND t.version < 5 AND suerte < 14 THEN
			PERFORM ticket_sm.fn_reclasificar(t.ticket_uuid, version => t.version,
				tipo => CASE t.tipo WHEN 'SOLICITUD' THEN 'PETICION' WHEN 'QUEJA' THEN 'RECLAMO' END,
				prioridad => CASE t.prioridad WHEN 'BAJA' THEN 'MEDIA' ELSE 'ALTA' END,
				motivo => demo.frase('reclasificar', t.area, suerte));
		ELSIF t.estado = 'PAUSADO' AND suerte < 20 THEN
			PERFORM ticket_sm.fn_reabrir(t.ticket_uuid, version => t.version,
				motivo => demo.frase('reabrir', t.area, suerte));
		ELSIF t.estado = 'RESUELTO' AND suerte < 3 THEN
			PERFORM ticket_sm.fn_reabrir(t.ticket_uuid, version => t.version,
				motivo => demo.frase('reabrir resuelto', t.area, suerte));
		ELSIF t.estado = 'RESUELTO' AND suerte < 30 THEN
			PERFORM ticket_sm.fn_archivar(t.ticket_uuid, version => t.version,
				motivo => demo.frase('archivar', t.area, suerte));
		END IF;
	END LOOP;
END $$;

-- An agent works on what is assigned to it.  The view shows only its area.
CREATE PROCEDURE demo.turno_area()
LANGUAGE plpgsql AS $$
DECLARE
	t record;
	suerte integer;
	media_hora integer := extract(epoch FROM demo.ahora()) / 1800 % 48;
	yo uuid := (SELECT agente_id FROM helpdesk.agente WHERE usuario_bd = current_user);
BEGIN
	FOR t IN
		SELECT b.*, k.clave_idempotencia FROM helpdesk.bandeja b
		JOIN helpdesk.ticket k USING (ticket_uuid) JOIN helpdesk.prioridad p ON p.nombre = b.prioridad
		WHERE b.estado = 'ASIGNADO' AND b.agente_id = yo
		ORDER BY p.orden DESC, b.actualizado_en LIMIT 5
	LOOP
		suerte := demo.azar(t.ticket_label, t.version, media_hora);
		CONTINUE WHEN t.actualizado_en > demo.ahora() - interval '8 minutes';
		IF t.area <> demo.area_debida(t.clave_idempotencia) THEN
			CONTINUE WHEN t.version > 2;
			PERFORM ticket_sm.fn_actualizar(t.ticket_uuid, version => t.version,
				nota => 'No corresponde a ' || t.area || '; se devuelve a la mesa');
		ELSIF suerte < 27 AND demo.azar(t.ticket_label, 0) >= 9 THEN	-- some are hard
			PERFORM ticket_sm.fn_resolver(t.ticket_uuid, version => t.version,
				respuesta => demo.frase('resolver', t.area, suerte));
		ELSIF suerte < 35 AND t.version < 6 THEN
			PERFORM ticket_sm.fn_pausar(t.ticket_uuid, version => t.version,
				motivo => demo.frase('pausar', t.area, suerte));
		ELSIF suerte < 47 AND t.version < 6 THEN
			PERFORM ticket_sm.fn_actualizar(t.ticket_uuid, version => t.version,
				nota => demo.frase('nota', t.area, suerte),
				respuesta => CASE WHEN suerte > 40 THEN demo.frase('avance', t.area, suerte) END);
		ELSIF suerte = 47 THEN
			PERFORM ticket_sm.fn_cancelar(t.ticket_uuid, version => t.version,
				motivo => demo.frase('cancelar', t.area, suerte));
		ELSIF suerte < 50 THEN
			PERFORM ticket_sm.fn_archivar(t.ticket_uuid, version => t.version,
				motivo => demo.frase('archivar directo', t.area, suerte));
		END IF;
	END LOOP;
END $$;

-- The administrator looks at what is overdue and helps out.
CREATE PROCEDURE demo.turno_admin()
LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT b.* FROM helpdesk.bandeja b
		WHERE b.estado = 'ASIGNADO' AND b.fecha_limite_sla < demo.ahora() AND b.version < 9
		ORDER BY b.fecha_limite_sla LIMIT 2
	LOOP
		IF demo.azar(t.ticket_label, t.version) < 30 THEN
			PERFORM ticket_sm.fn_resolver(t.ticket_uuid, version => t.version,
				respuesta => demo.frase('resolver', t.area, demo.azar(t.ticket_label, t.version)));
		ELSE
			PERFORM ticket_sm.fn_actualizar(t.ticket_uuid, version => t.version,
				nota => 'Vencido: se habló con ' || t.area);
		END IF;
	END LOOP;
END $$;

-- The clock tells what has come due.  What it told is kept for the report;
-- anybody else would read fn_eventos().
CREATE TABLE demo.dicho (
	dicho_en	timestamptz NOT NULL,
	ticket_uuid	uuid NOT NULL,
	operacion	ticket_sm.ticket_operation NOT NULL,
	objetivo	text NOT NULL,
	umbral		integer NOT NULL,
	fecha_limite timestamptz NOT NULL
);
GRANT SELECT ON demo.dicho TO PUBLIC;
GRANT INSERT ON demo.dicho TO reloj;

CREATE PROCEDURE demo.turno_reloj()
LANGUAGE sql AS $$
	INSERT INTO demo.dicho
	SELECT demo.ahora(), b.ticket_uuid, b.operacion, b.objetivo, b.umbral, b.fecha_limite
	FROM ticket_sm.fn_sla_barrer() AS b
	WHERE b.objetivo IS NOT NULL	-- and not that a pause has ended
$$;
