-- Who may see and touch what
--
-- Only what stands here is granted.  Changes of tickets go through the
-- functions, so no role needs to write the tables; which tickets a caller
-- may read is the same question for ticket_sm.fn_ticket() and for SELECT.
-- (What is granted on a view stands with it.)

GRANT USAGE ON SCHEMA @mesa@ TO @rol_admin@, @rol_mesa@, @rol_area@, @rol_publico@;
GRANT SELECT ON @mesa@.ticket, @mesa@.historial, @mesa@.vinculo, @mesa@.adjunto, @mesa@.calificacion, @mesa@.agente, @mesa@.renombre,
	@mesa@.estado, @mesa@.transicion, @mesa@.permiso, @mesa@.rol,
	@mesa@.configuracion, @mesa@.prioridad, @mesa@.area,
	@mesa@.sla_politica, @mesa@.sla_politica_version
	TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT SELECT ON @mesa@.contador, @mesa@.evento, @mesa@.calendario_uso TO @rol_admin@;
GRANT DELETE ON @mesa@.evento TO @rol_admin@;
GRANT INSERT, UPDATE, DELETE ON @mesa@.sla_politica TO @rol_admin@;
GRANT SELECT ON @mesa@.prioridad, @mesa@.area TO @rol_publico@;
GRANT INSERT, UPDATE ON @mesa@.agente, @mesa@.area, @mesa@.prioridad TO @rol_admin@;
GRANT SELECT ON @mesa@.calendario, @mesa@.horario, @mesa@.feriado, @mesa@.calendario_version
	TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT INSERT, UPDATE, DELETE ON @mesa@.calendario, @mesa@.horario, @mesa@.feriado TO @rol_admin@;

ALTER TABLE @mesa@.ticket ENABLE ROW LEVEL SECURITY;
ALTER TABLE @mesa@.historial ENABLE ROW LEVEL SECURITY;
ALTER TABLE @mesa@.vinculo ENABLE ROW LEVEL SECURITY;
ALTER TABLE @mesa@.agente ENABLE ROW LEVEL SECURITY;
ALTER TABLE @mesa@.adjunto ENABLE ROW LEVEL SECURITY;
ALTER TABLE @mesa@.calificacion ENABLE ROW LEVEL SECURITY;

-- The functions must be told which mesa they are asked about.
CREATE POLICY ticket_en_alcance ON @mesa@.ticket
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR area = (SELECT ticket_sm.alcance_area(@ticket@::regclass)))
	WITH CHECK (true);	-- the guard judges what is written
CREATE POLICY historial_en_alcance ON @mesa@.historial
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR EXISTS (SELECT FROM @mesa@.ticket t WHERE t.ticket_uuid = historial.ticket_uuid));
-- a link tells of both of its tickets
CREATE POLICY vinculo_en_alcance ON @mesa@.vinculo
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR (EXISTS (SELECT FROM @mesa@.ticket t WHERE t.ticket_uuid = vinculo.ticket_uuid)
			AND EXISTS (SELECT FROM @mesa@.ticket o WHERE o.ticket_uuid = vinculo.otro_uuid)));
CREATE POLICY adjunto_en_alcance ON @mesa@.adjunto
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR EXISTS (SELECT FROM @mesa@.ticket t WHERE t.ticket_uuid = adjunto.ticket_uuid));
CREATE POLICY calificacion_en_alcance ON @mesa@.calificacion
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR EXISTS (SELECT FROM @mesa@.ticket t WHERE t.ticket_uuid = calificacion.ticket_uuid));
CREATE POLICY agente_en_alcance ON @mesa@.agente
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR area = (SELECT ticket_sm.alcance_area(@ticket@::regclass)));
