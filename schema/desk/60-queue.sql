-- The queue
--
-- Views are made again when a desk is brought to a newer template, so OR REPLACE;
-- what was granted on them stays as it was then.

CREATE OR REPLACE VIEW @mesa@.bandeja WITH (security_invoker = true) AS
SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.prioridad,
	t.area, t.agente_id, ticket_sm.nombre_agente(@ticket@::regclass, t.agente_id) AS agente, t.asunto, t.solicitante_nombre, t.solicitante_email,
	t.fecha_creacion, t.actualizado_en, t.sla_horas, t.fecha_limite_sla,
	round(extract(epoch FROM ticket_sm.sla_restante(@ticket@::regclass, t.ticket_uuid, t.version,
		t.sla_calendario, t.sla_objetivo, t.fecha_limite_sla, t.sla_restante)) / 3600, 2) AS horas_restantes,
	-- its clock has not ended; and the deadline has passed, or had when the clock was stopped
	(t.sla_restante IS NULL OR t.fecha_limite_sla IS NULL)
		AND coalesce(t.fecha_limite_sla < ticket_sm.ahora(),
			t.sla_restante <= interval '0' AND t.sla_incumplido_en IS NOT NULL) AS vencido,
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
COMMENT ON COLUMN @mesa@.bandeja.agente IS 'His name.';
COMMENT ON COLUMN @mesa@.bandeja.asunto IS 'Subject.';
COMMENT ON COLUMN @mesa@.bandeja.solicitante_nombre IS 'The requester''s name.';
COMMENT ON COLUMN @mesa@.bandeja.solicitante_email IS 'The requester''s address.';
COMMENT ON COLUMN @mesa@.bandeja.fecha_creacion IS 'When it was created.';
COMMENT ON COLUMN @mesa@.bandeja.actualizado_en IS 'When it was last changed.';
COMMENT ON COLUMN @mesa@.bandeja.sla_horas IS 'Hours of its priority.';
COMMENT ON COLUMN @mesa@.bandeja.fecha_limite_sla IS 'SLA deadline; NULL while the clock stands.';
COMMENT ON COLUMN @mesa@.bandeja.horas_restantes IS 'Hours left of the target, in open time of the ticket''s calendar, as fn_sla_explicar has it: negative when more than all is used up; while the clock stands or has ended, what was left then.';
COMMENT ON COLUMN @mesa@.bandeja.vencido IS 'Whether it is past its deadline, or was when its clock was stopped, and can still be worked on: never in RESUELTO.';
COMMENT ON COLUMN @mesa@.bandeja.version IS 'Version, to be handed to the next operation.';
