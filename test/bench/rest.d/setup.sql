-- Tickets for test/bench/rest, as many as the variable tickets says, all of them
-- assigned; pgbench can make up their numbers, so they are in the uuid.

INSERT INTO helpdesk.area (nombre) VALUES ('REDES');
INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area) VALUES
	('00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'lucia@andina.example', 'MESA', 'MESA');
SET ticket_sm.motivo = 'Preparación de la medición';
INSERT INTO helpdesk.ticket (ticket_uuid, estado, tipo, categoria, prioridad, descripcion, solicitante_nombre,
	solicitante_email, area)
SELECT ('00000000-0000-4000-8000-' || 100000000000 + n)::uuid, 'NUEVO', 'INCIDENTE', 'Conectividad', 'ALTA',
	'La VPN rechaza mi contraseña desde el viernes. Caso ' || n, 'María Fernanda Rojas',
	'maria.' || n || '@correo.example', 'REDES'
FROM generate_series(1, :tickets) AS n;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO';

-- Those that a work has paused are taken up again for the next one.
CREATE FUNCTION public.afresh() RETURNS void LANGUAGE sql SET ticket_sm.motivo = 'Otra vez' AS $$
	UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE estado = 'PAUSADO'
$$;
