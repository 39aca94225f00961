-- The same by one prepared statement.
\set n random(1, 10000)
SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.subcategoria, t.asunto, t.descripcion,
	t.respuesta_cliente, t.area, t.prioridad, t.solicitante_nombre, t.solicitante_email, t.fecha_creacion, t.actualizado_en,
	t.fecha_limite_sla, t.resuelto_en, t.cerrado_en, h.operacion, h.ocurrido_en, h.estado_antes, h.estado_despues,
	(SELECT coalesce(jsonb_agg(jsonb_build_object('fecha', r.ocurrido_en, 'respuesta', r.respuesta) ORDER BY r.version), '[]')
		FROM suelo.historial r WHERE r.ticket_uuid = t.ticket_uuid AND r.respuesta IS NOT NULL)
FROM suelo.ticket t
LEFT JOIN LATERAL (SELECT * FROM suelo.historial u WHERE u.ticket_uuid = t.ticket_uuid
	ORDER BY u.version DESC LIMIT 1) AS h ON true
WHERE t.ticket_label = 'TK-' || :anio || '-' || to_char(:n::integer, 'FM00000') AND lower(t.solicitante_email) = 'maria.' || :n || '@correo.example';
