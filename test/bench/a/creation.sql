-- One prepared statement; its labels come from a sequence and have gaps.
WITH t AS (
	INSERT INTO suelo.ticket (ticket_label, estado, tipo, categoria, subcategoria, prioridad, asunto, descripcion,
	solicitante_nombre, solicitante_email, telefono, empresa_departamento, area, sla_horas,
	fecha_creacion, actualizado_en, fecha_limite_sla, sla_objetivo, sla_revisar_en, sla_orden, abierto, version, hash)
	VALUES ('TK-2026-' || nextval('suelo.etiqueta'), 'NUEVO', 'INCIDENTE', 'Conectividad', 'VPN', 'ALTA', 'La VPN rechaza mi contraseña',
	'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. En el correo sí puedo entrar.',
	'María Fernanda Rojas', 'maria@correo.example', '+57 300 555 0101', 'Contabilidad', 'REDES', 8,
	now(), now(), now() + interval '8 hours', interval '8 hours', now() + interval '6 hours',
	now() + interval '8 hours', true, 1,
	'\x0000000000000000000000000000000000000000000000000000000000000000')
	RETURNING *),
p AS (
	INSERT INTO suelo.busqueda SELECT ticket_uuid, to_tsvector('pg_catalog.spanish', concat_ws(' ', ticket_label, asunto, descripcion, solicitante_nombre,
	solicitante_email, telefono, categoria, subcategoria, empresa_departamento))
	FROM t)
INSERT INTO suelo.historial (ticket_uuid, version, forma, operacion, ocurrido_en, ticket_label, estado_despues, area_despues,
	prioridad_despues, tipo_despues, categoria_despues, subcategoria_despues, reloj, actor_id, actor_nombre, actor_rol,
	usuario_bd, huella_datos, ip, sal, hash)
SELECT ticket_uuid, 1, 1, 'crear', fecha_creacion, ticket_label, estado, area, prioridad, tipo, categoria, subcategoria,
	'corre', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000'
FROM t RETURNING ticket_uuid, ticket_label, ocurrido_en;
