-- The queue
--
-- Views are made again when a desk is brought to a newer template, so OR REPLACE;
-- what was granted on them stays as it was then.

CREATE OR REPLACE VIEW @mesa@.bandeja WITH (security_invoker = true) AS
SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.prioridad,
	t.area, t.agente_id, t.asunto, t.solicitante_nombre, t.solicitante_email,
	t.fecha_creacion, t.actualizado_en, t.sla_horas, t.fecha_limite_sla,
	round(extract(epoch FROM coalesce(t.sla_restante, t.fecha_limite_sla - ticket_sm.ahora())) / 3600, 2)
		AS horas_restantes,
	coalesce(t.sla_restante, t.fecha_limite_sla - ticket_sm.ahora()) < interval '0'
		AS vencido,
	t.version
FROM @mesa@.ticket t
WHERE t.abierto;
GRANT SELECT ON @mesa@.bandeja TO @rol_admin@, @rol_mesa@, @rol_area@;

COMMENT ON VIEW @mesa@.bandeja IS 'The queue: open tickets that the caller may see, with the hours left.';
COMMENT ON COLUMN @mesa@.bandeja.ticket_uuid IS 'Identity of the ticket.';
COMMENT ON COLUMN @mesa@.bandeja.ticket_label IS 'Label of the ticket.';
COMMENT ON COLUMN @mesa@.bandeja.estado IS 'State.';
COMMENT ON COLUMN @mesa@.bandeja.tipo IS 'Kind of the request.';
COMMENT ON COLUMN @mesa@.bandeja.categoria IS 'Category.';
COMMENT ON COLUMN @mesa@.bandeja.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.bandeja.area IS 'Area that has it.';
COMMENT ON COLUMN @mesa@.bandeja.agente_id IS 'Agent that has it.';
COMMENT ON COLUMN @mesa@.bandeja.asunto IS 'Subject.';
COMMENT ON COLUMN @mesa@.bandeja.solicitante_nombre IS 'The requester''s name.';
COMMENT ON COLUMN @mesa@.bandeja.solicitante_email IS 'The requester''s address.';
COMMENT ON COLUMN @mesa@.bandeja.fecha_creacion IS 'When it was created.';
COMMENT ON COLUMN @mesa@.bandeja.actualizado_en IS 'When it was last changed.';
COMMENT ON COLUMN @mesa@.bandeja.sla_horas IS 'Hours of its priority.';
COMMENT ON COLUMN @mesa@.bandeja.fecha_limite_sla IS 'SLA deadline; NULL while the clock stands.';
COMMENT ON COLUMN @mesa@.bandeja.horas_restantes IS 'Hours left to the deadline, negative when overdue; while the clock stands or has ended, what was left then.';
COMMENT ON COLUMN @mesa@.bandeja.vencido IS 'Whether it is overdue, or was when its clock stopped.';
COMMENT ON COLUMN @mesa@.bandeja.version IS 'Version, to be handed to the next operation.';
