-- A desk with an agent and tickets that are being worked on.  Run by the superuser.

CREATE EXTENSION ticket_sm;
CREATE ROLE agente LOGIN IN ROLE ticket_mesa;
INSERT INTO helpdesk.area (nombre) VALUES ('REDES');
INSERT INTO helpdesk.agente (nombre, email, rol, area, usuario_bd)
	VALUES ('Lucía Herrera', 'lucia@andina.example', 'MESA', 'MESA', 'agente');
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, asunto, descripcion, solicitante_nombre, solicitante_email)
SELECT ('00000000-0000-4000-8000-' || 100000000000 + n)::uuid, 'INCIDENTE', 'Conectividad', 'ALTA',
	'La VPN rechaza mi contraseña', 'Trabajo desde casa y la VPN responde «credenciales no válidas». Caso ' || n,
	'María Fernanda Rojas', 'maria.' || n || '@correo.example'
FROM generate_series(1, 100) AS n;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO';
VACUUM ANALYZE;
