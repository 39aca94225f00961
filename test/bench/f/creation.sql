-- The same at the lean desk: labels from a sequence, with gaps.
WITH t AS (
	INSERT INTO sobria.ticket (ticket_label, tipo, categoria, subcategoria, prioridad, asunto, descripcion,
		solicitante_nombre, solicitante_email, telefono, empresa_departamento, estado, area, fecha_limite)
	VALUES ('TK-2026-' || nextval('suelo.etiqueta'), 'INCIDENTE', 'Conectividad', 'VPN', 'ALTA', 'La VPN rechaza mi contraseña',
		'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. En el correo sí puedo entrar.',
		'María Fernanda Rojas', 'maria@correo.example', '+57 300 555 0101', 'Contabilidad', 'NUEVO', 'REDES',
		now() + interval '8 hours')
	RETURNING *)
INSERT INTO sobria.historial (ticket_uuid, version, operacion, estado, area, actor_id, ocurrido_en)
SELECT ticket_uuid, version, 'crear', estado, area, '00000000-0000-4000-9000-000000000001', fecha_creacion
FROM t RETURNING ticket_uuid, ocurrido_en;
