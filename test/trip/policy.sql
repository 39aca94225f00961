-- A target in business hours.  How long its calendar is looked at depends on the
-- time of the week, so the agent's clock is put to the next Monday at ten.
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, area, horas, dias_habiles, calendario, avisos)
	VALUES ('resolucion', 'MEDIA', NULL, 8, NULL, 'CO', '{75}');
SELECT extract(epoch FROM (date_trunc('week', now() AT TIME ZONE 'America/Bogota') + interval '7 days 10 hours')
	AT TIME ZONE 'America/Bogota' - now())::integer AS seconds \gset
ALTER ROLE agente SET ticket_sm.desfase_reloj = :seconds;
