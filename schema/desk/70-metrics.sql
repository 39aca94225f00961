-- Metrics
--
-- Under the caller's row-level security, as the queue: an AREA agent sees the
-- figures of the tickets of its own area.  Open time is that of the ticket's own
-- calendar.

-- Ticket by ticket (LATERAL), so that of the history only that of the tickets asked
-- for is read, whatever the planner thinks of it: a month of them by ticket_creacion_idx.
CREATE OR REPLACE VIEW @mesa@.sla_tiempo_estado WITH (security_invoker = true) AS
SELECT t.ticket_uuid, s.estado, s.veces, s.tiempo, t.fecha_creacion
FROM @mesa@.ticket t
CROSS JOIN LATERAL (
	SELECT e.estado, count(*) FILTER (WHERE e.entra) AS veces, sum(e.hasta - e.desde) AS tiempo
	FROM (
		SELECT h.estado_despues AS estado, h.ocurrido_en AS desde,
			-- the last stretch goes on, unless the ticket is closed for good
			coalesce(lead(h.ocurrido_en) OVER w, CASE WHEN t.abierto THEN ticket_sm.ahora() ELSE h.ocurrido_en END) AS hasta,
			h.estado_antes IS DISTINCT FROM h.estado_despues AS entra
		FROM @mesa@.historial h
		WHERE h.ticket_uuid = t.ticket_uuid
		WINDOW w AS (ORDER BY h.version)
	) AS e
	GROUP BY e.estado
) AS s;
COMMENT ON VIEW @mesa@.sla_tiempo_estado IS 'How long each ticket has been in each state. Filter by ticket_uuid or fecha_creacion: only the history of these tickets is read then.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.estado IS 'State.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.veces IS 'How often it came into the state.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.tiempo IS 'Time in it by the clock on the wall, up to now where it still is.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.fecha_creacion IS 'When the ticket was created.';

CREATE OR REPLACE VIEW @mesa@.sla_tiempos WITH (security_invoker = true) AS
SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.prioridad, t.area, t.fecha_creacion,
	t.atendido_en, t.atendido_en - t.fecha_creacion AS atencion_reloj,
	ticket_sm.sla_tiempo(@ticket@::regclass, coalesce(t.atencion_calendario, t.sla_calendario),
		t.fecha_creacion, t.atendido_en) AS atencion_habil,
	t.atencion_objetivo, t.atencion_incumplido_en,
	t.resuelto_en, t.resuelto_en - t.fecha_creacion AS resolucion_reloj,
	CASE WHEN t.resuelto_en IS NOT NULL THEN t.sla_objetivo - t.sla_restante END AS resolucion_habil,
	t.sla_objetivo, t.sla_incumplido_en
FROM @mesa@.ticket t;
COMMENT ON VIEW @mesa@.sla_tiempos IS 'Time to assignment and to resolution of each ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempos.ticket_uuid IS 'Identity of the ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempos.ticket_label IS 'Label of the ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempos.estado IS 'State.';
COMMENT ON COLUMN @mesa@.sla_tiempos.tipo IS 'Kind of the request.';
COMMENT ON COLUMN @mesa@.sla_tiempos.categoria IS 'Category.';
COMMENT ON COLUMN @mesa@.sla_tiempos.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.sla_tiempos.area IS 'Area that has it.';
COMMENT ON COLUMN @mesa@.sla_tiempos.fecha_creacion IS 'When it was created.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atendido_en IS 'When it was first assigned.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_reloj IS 'Creation to first assignment by the clock on the wall.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_habil IS 'The same as open time of its calendar.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_objetivo IS 'Attention target, NULL: none.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_incumplido_en IS 'When that was missed, NULL: not.';
COMMENT ON COLUMN @mesa@.sla_tiempos.resuelto_en IS 'When it was resolved, the last time if it was reopened.';
COMMENT ON COLUMN @mesa@.sla_tiempos.resolucion_reloj IS 'Creation to resolution by the clock on the wall, pauses and all.';
COMMENT ON COLUMN @mesa@.sla_tiempos.resolucion_habil IS 'What the target counts: open time of its calendar, without pauses and without the time it was resolved before it was reopened.';
COMMENT ON COLUMN @mesa@.sla_tiempos.sla_objetivo IS 'Resolution target.';
COMMENT ON COLUMN @mesa@.sla_tiempos.sla_incumplido_en IS 'When that was missed, NULL: not.';

-- Month by month, so that who asks for one of them has only its tickets read, by
-- ticket_resuelto_idx and ticket_por_cerrar_idx: each of the two arms has an index of its own.
CREATE OR REPLACE VIEW @mesa@.sla_cumplimiento WITH (security_invoker = true) AS
SELECT t.area, t.prioridad, t.tipo, m.mes, t.resueltos, t.resolucion_cumplida,
	round(100.0 * t.resolucion_cumplida / t.resueltos, 1) AS resolucion_porcentaje,
	t.con_objetivo_atencion, t.atencion_cumplida,
	round(100.0 * t.atencion_cumplida / nullif(t.con_objetivo_atencion, 0), 1) AS atencion_porcentaje
FROM @mesa@.configuracion c
CROSS JOIN LATERAL (
	SELECT g.mes::date AS mes
	FROM generate_series(
		date_trunc('month', timezone(c.zona_horaria, least((SELECT min(p.resuelto_en) FROM @mesa@.ticket p WHERE p.abierto),
			(SELECT min(p.resuelto_en) FROM @mesa@.ticket p WHERE NOT p.abierto)))),
		timezone(c.zona_horaria, greatest((SELECT max(u.resuelto_en) FROM @mesa@.ticket u WHERE u.abierto),
			(SELECT max(u.resuelto_en) FROM @mesa@.ticket u WHERE NOT u.abierto))), interval '1 month') AS g(mes)
) AS m
CROSS JOIN LATERAL (
	SELECT r.area, r.prioridad, r.tipo, count(*) AS resueltos,
		count(*) FILTER (WHERE r.sla_incumplido_en IS NULL) AS resolucion_cumplida,
		count(r.atencion_objetivo) AS con_objetivo_atencion,
		count(r.atencion_objetivo) FILTER (WHERE r.atencion_incumplido_en IS NULL) AS atencion_cumplida
	FROM (
		SELECT a.area, a.prioridad, a.tipo, a.sla_incumplido_en, a.atencion_objetivo, a.atencion_incumplido_en
		FROM @mesa@.ticket a
		WHERE a.abierto AND a.resuelto_en >= timezone(c.zona_horaria, m.mes::timestamp)
			AND a.resuelto_en < timezone(c.zona_horaria, m.mes + interval '1 month')
		UNION ALL
		SELECT z.area, z.prioridad, z.tipo, z.sla_incumplido_en, z.atencion_objetivo, z.atencion_incumplido_en
		FROM @mesa@.ticket z
		WHERE NOT z.abierto AND z.resuelto_en >= timezone(c.zona_horaria, m.mes::timestamp)
			AND z.resuelto_en < timezone(c.zona_horaria, m.mes + interval '1 month')
	) AS r
	GROUP BY r.area, r.prioridad, r.tipo
) AS t;
COMMENT ON VIEW @mesa@.sla_cumplimiento IS 'Compliance of the tickets that are resolved, by area, priority, type and month. What was cancelled does not count. Ask for a month (mes = ...): only its tickets are read then.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.area IS 'Area that has them.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.tipo IS 'Kind of the request.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.mes IS 'First day of the month of resolution, in configuracion.zona_horaria.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.resueltos IS 'Tickets resolved.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.resolucion_cumplida IS 'Of them, within the resolution target.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.resolucion_porcentaje IS 'The same in percent.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.con_objetivo_atencion IS 'Of those resolved, with an attention target.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.atencion_cumplida IS 'Of these, within it.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.atencion_porcentaje IS 'The same in percent; NULL when there are none.';

-- An area has had tickets that are another one's now, which row-level security
-- hides from its agents.  So this view reads as its owner, and chooses the areas
-- by itself: what a caller asks of it comes after that (security_barrier).
CREATE OR REPLACE VIEW @mesa@.sla_pausas WITH (security_invoker = false, security_barrier = true) AS
SELECT s.area, count(DISTINCT s.ticket_uuid) AS tickets,
	count(DISTINCT s.ticket_uuid) FILTER (WHERE s.reloj = 'pausa') AS con_pausa,
	sum(s.hasta - s.desde) AS tiempo,
	coalesce(sum(s.hasta - s.desde) FILTER (WHERE s.reloj = 'pausa'), interval '0') AS tiempo_en_pausa,
	round((100 * extract(epoch FROM coalesce(sum(s.hasta - s.desde) FILTER (WHERE s.reloj = 'pausa'), interval '0'))
		/ nullif(extract(epoch FROM sum(s.hasta - s.desde)), 0))::numeric, 1) AS porcentaje
FROM (
	SELECT h.ticket_uuid, ticket_sm.nombre_vigente(@ticket@::regclass, h.area_despues, h.ocurrido_en) AS area, h.reloj, h.ocurrido_en AS desde,
		coalesce(lead(h.ocurrido_en) OVER w, CASE WHEN t.abierto THEN ticket_sm.ahora() ELSE h.ocurrido_en END) AS hasta
	FROM @mesa@.historial h JOIN @mesa@.ticket t ON t.ticket_uuid = h.ticket_uuid
	WINDOW w AS (PARTITION BY h.ticket_uuid ORDER BY h.version)
) AS s
WHERE s.reloj <> 'fin'
	AND ((SELECT ticket_sm.alcance_total(@ticket@::regclass)) OR s.area = (SELECT ticket_sm.alcance_area(@ticket@::regclass)))
GROUP BY s.area;
COMMENT ON VIEW @mesa@.sla_pausas IS 'How much of the life of the tickets each area has had them paused, up to their end. An AREA agent sees the figures of its own area, tickets included that it has handed on since.';
COMMENT ON COLUMN @mesa@.sla_pausas.area IS 'Area that had them at the time, by the name that it has now.';
COMMENT ON COLUMN @mesa@.sla_pausas.tickets IS 'Tickets it has had.';
COMMENT ON COLUMN @mesa@.sla_pausas.con_pausa IS 'Of them, paused at some time there.';
COMMENT ON COLUMN @mesa@.sla_pausas.tiempo IS 'Time it has had them, by the clock on the wall, until resolved or closed.';
COMMENT ON COLUMN @mesa@.sla_pausas.tiempo_en_pausa IS 'Of that, with the SLA clock standing.';
COMMENT ON COLUMN @mesa@.sla_pausas.porcentaje IS 'The same in percent.';

-- The same by months.  No ticket is in two of them, so their sums are the figures
-- above; but those read all of the history at once, and these ticket by ticket.  The
-- month that is asked for goes before the barrier: equality of dates tells nobody anything.
CREATE OR REPLACE VIEW @mesa@.sla_pausas_mes WITH (security_invoker = false, security_barrier = true) AS
SELECT p.area, m.mes, p.tickets, p.con_pausa, p.tiempo, p.tiempo_en_pausa
FROM @mesa@.configuracion c
CROSS JOIN LATERAL (
	SELECT g.mes::date AS mes
	FROM generate_series(
		date_trunc('month', timezone(c.zona_horaria, (SELECT min(t.fecha_creacion) FROM @mesa@.ticket t))),
		timezone(c.zona_horaria, (SELECT max(t.fecha_creacion) FROM @mesa@.ticket t)), interval '1 month') AS g(mes)
) AS m
CROSS JOIN LATERAL (
	SELECT s.area, count(*) AS tickets, count(s.en_pausa) AS con_pausa, sum(s.tiempo) AS tiempo,
		coalesce(sum(s.en_pausa), interval '0') AS tiempo_en_pausa
	FROM @mesa@.ticket t
	CROSS JOIN LATERAL (
		SELECT e.area, sum(e.hasta - e.desde) AS tiempo, sum(e.hasta - e.desde) FILTER (WHERE e.reloj = 'pausa') AS en_pausa
		FROM (
			SELECT ticket_sm.nombre_vigente(@ticket@::regclass, h.area_despues, h.ocurrido_en) AS area, h.reloj, h.ocurrido_en AS desde,
				coalesce(lead(h.ocurrido_en) OVER w, CASE WHEN t.abierto THEN ticket_sm.ahora() ELSE h.ocurrido_en END) AS hasta
			FROM @mesa@.historial h
			WHERE h.ticket_uuid = t.ticket_uuid
			WINDOW w AS (ORDER BY h.version)
		) AS e
		WHERE e.reloj <> 'fin'
		GROUP BY e.area
	) AS s
	WHERE t.fecha_creacion >= timezone(c.zona_horaria, m.mes::timestamp)
		AND t.fecha_creacion < timezone(c.zona_horaria, m.mes + interval '1 month')
		AND ((SELECT ticket_sm.alcance_total(@ticket@::regclass)) OR s.area = (SELECT ticket_sm.alcance_area(@ticket@::regclass)))
	GROUP BY s.area
) AS p;
COMMENT ON VIEW @mesa@.sla_pausas_mes IS 'sla_pausas, by the month in which the tickets were created. Ask for a month (mes = ...): only the history of its tickets is read then.';
COMMENT ON COLUMN @mesa@.sla_pausas_mes.area IS 'Area that had them at the time, by the name that it has now.';
COMMENT ON COLUMN @mesa@.sla_pausas_mes.mes IS 'First day of the month of creation, in configuracion.zona_horaria.';
COMMENT ON COLUMN @mesa@.sla_pausas_mes.tickets IS 'Tickets it has had.';
COMMENT ON COLUMN @mesa@.sla_pausas_mes.con_pausa IS 'Of them, paused at some time there.';
COMMENT ON COLUMN @mesa@.sla_pausas_mes.tiempo IS 'Time it has had them, by the clock on the wall, until resolved or closed.';
COMMENT ON COLUMN @mesa@.sla_pausas_mes.tiempo_en_pausa IS 'Of that, with the SLA clock standing.';

-- Of each ticket only its age is compared with the brackets, once; vencido is bandeja's.
CREATE OR REPLACE VIEW @mesa@.sla_antiguedad WITH (security_invoker = true) AS
SELECT g.area, g.prioridad, g.tramo_orden, tramo.nombre AS tramo, g.abiertos, g.vencidos, g.mas_antiguo
FROM (
	SELECT b.area, b.prioridad,
		CASE WHEN b.fecha_creacion > a.ahora - interval '24 hours' THEN 1
			WHEN b.fecha_creacion > a.ahora - interval '72 hours' THEN 2
			WHEN b.fecha_creacion > a.ahora - interval '168 hours' THEN 3
			WHEN b.fecha_creacion > a.ahora - interval '720 hours' THEN 4
			ELSE 5 END AS tramo_orden,
		count(*) AS abiertos, count(*) FILTER (WHERE b.vencido) AS vencidos, min(b.fecha_creacion) AS mas_antiguo
	FROM @mesa@.bandeja b, (SELECT ticket_sm.ahora() AS ahora OFFSET 0) AS a
	WHERE b.fecha_creacion <= a.ahora AND b.estado NOT IN (SELECT e.estado FROM @mesa@.estado e WHERE e.resuelto)
	GROUP BY 1, 2, 3
) AS g
JOIN (VALUES (1, 'menos de 1 día'), (2, '1 a 3 días'), (3, '3 a 7 días'), (4, '7 a 30 días'), (5, '30 días o más')) AS tramo (orden, nombre)
	ON tramo.orden = g.tramo_orden;
COMMENT ON VIEW @mesa@.sla_antiguedad IS 'The backlog, open tickets that are not resolved, by age.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.area IS 'Area that has them.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.tramo_orden IS 'Age bracket, 1 the youngest to 5 the oldest.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.tramo IS 'Its name: days of 24 hours since creation.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.abiertos IS 'Tickets.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.vencidos IS 'Of them, past their deadline now: those that bandeja calls vencido. One that was missed and given more time since is missed in sla_cumplimiento.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.mas_antiguo IS 'Creation of the oldest.';

-- Each solution once: those that hold, rated or not, and those that were rated and have not held.
-- Areas and agents are those of the solution, so it reads as its owner, as sla_pausas does.
CREATE OR REPLACE VIEW @mesa@.satisfaccion WITH (security_invoker = false, security_barrier = true) AS
SELECT s.area, s.agente_id, ticket_sm.nombre_agente(@ticket@::regclass, s.agente_id) AS agente, m.mes,
	s.soluciones, s.calificadas, round(100.0 * s.calificadas / s.soluciones, 1) AS porcentaje, s.promedio, s.malas, s.buenas
FROM @mesa@.configuracion c
CROSS JOIN LATERAL (
	SELECT g.mes::date AS mes
	FROM generate_series(
		date_trunc('month', timezone(c.zona_horaria, least((SELECT min(p.resuelto_en) FROM @mesa@.ticket p WHERE p.abierto),
			(SELECT min(p.resuelto_en) FROM @mesa@.ticket p WHERE NOT p.abierto), (SELECT min(q.resuelto_en) FROM @mesa@.calificacion q)))),
		timezone(c.zona_horaria, greatest((SELECT max(u.resuelto_en) FROM @mesa@.ticket u WHERE u.abierto),
			(SELECT max(u.resuelto_en) FROM @mesa@.ticket u WHERE NOT u.abierto), (SELECT max(v.resuelto_en) FROM @mesa@.calificacion v))), interval '1 month') AS g(mes)
) AS m
CROSS JOIN LATERAL (
	SELECT e.area, e.agente_id, count(*) AS soluciones, count(e.calificacion) AS calificadas, round(avg(e.calificacion), 2) AS promedio,
		count(*) FILTER (WHERE e.calificacion <= 2) AS malas, count(*) FILTER (WHERE e.calificacion >= 4) AS buenas
	FROM (
		SELECT ticket_sm.nombre_vigente(@ticket@::regclass, h.area_despues, h.ocurrido_en) AS area,
			CASE WHEN k.calificacion IS NULL THEN h.agente_despues ELSE k.agente_id END AS agente_id, k.calificacion
		FROM (
			SELECT a.ticket_uuid FROM @mesa@.ticket a
			WHERE a.abierto AND a.resuelto_en >= timezone(c.zona_horaria, m.mes::timestamp)
				AND a.resuelto_en < timezone(c.zona_horaria, m.mes + interval '1 month')
			UNION ALL
			SELECT z.ticket_uuid FROM @mesa@.ticket z
			WHERE NOT z.abierto AND z.resuelto_en >= timezone(c.zona_horaria, m.mes::timestamp)
				AND z.resuelto_en < timezone(c.zona_horaria, m.mes + interval '1 month')
		) AS t
		CROSS JOIN LATERAL (
			SELECT f.version, f.ocurrido_en, f.area_despues, f.agente_despues FROM @mesa@.historial f
			WHERE f.ticket_uuid = t.ticket_uuid AND f.sla ? 'resuelto_en' ORDER BY f.version DESC LIMIT 1
		) AS h
		LEFT JOIN @mesa@.calificacion k ON k.ticket_uuid = t.ticket_uuid AND k.solucion = h.version
		UNION ALL
		SELECT ticket_sm.nombre_vigente(@ticket@::regclass, k.area, k.resuelto_en), k.agente_id, k.calificacion
		FROM @mesa@.calificacion k JOIN @mesa@.ticket t ON t.ticket_uuid = k.ticket_uuid
		WHERE k.resuelto_en >= timezone(c.zona_horaria, m.mes::timestamp)
			AND k.resuelto_en < timezone(c.zona_horaria, m.mes + interval '1 month')
			AND t.resuelto_en IS DISTINCT FROM k.resuelto_en
	) AS e
	WHERE (SELECT ticket_sm.alcance_total(@ticket@::regclass)) OR e.area = (SELECT ticket_sm.alcance_area(@ticket@::regclass))
	GROUP BY e.area, e.agente_id
) AS s;
COMMENT ON VIEW @mesa@.satisfaccion IS 'How solutions were rated, by the area and the agent whose they were, and by month. What was cancelled does not count. An AREA agent sees the figures of its own area, tickets included that it has handed on since. Ask for a month (mes = ...): only its tickets are read then.';
COMMENT ON COLUMN @mesa@.satisfaccion.area IS 'Area that had the ticket when it was solved, by the name that it has now.';
COMMENT ON COLUMN @mesa@.satisfaccion.agente_id IS 'Agent who had it then; NULL: nobody, or who has rated has the address of that agent.';
COMMENT ON COLUMN @mesa@.satisfaccion.agente IS 'His name.';
COMMENT ON COLUMN @mesa@.satisfaccion.mes IS 'First day of the month of the solution, in configuracion.zona_horaria.';
COMMENT ON COLUMN @mesa@.satisfaccion.soluciones IS 'Solutions: those that hold, and those that were rated before the ticket was taken up again.';
COMMENT ON COLUMN @mesa@.satisfaccion.calificadas IS 'Of them, rated.';
COMMENT ON COLUMN @mesa@.satisfaccion.porcentaje IS 'The same in percent.';
COMMENT ON COLUMN @mesa@.satisfaccion.promedio IS 'Mean of the ratings, 1 to 5; NULL when there are none.';
COMMENT ON COLUMN @mesa@.satisfaccion.malas IS 'Ratings of 1 and 2.';
COMMENT ON COLUMN @mesa@.satisfaccion.buenas IS 'Ratings of 4 and 5.';

GRANT SELECT ON @mesa@.satisfaccion, @mesa@.sla_tiempo_estado, @mesa@.sla_tiempos, @mesa@.sla_cumplimiento, @mesa@.sla_pausas_mes, @mesa@.sla_pausas,
	@mesa@.sla_antiguedad TO @rol_admin@, @rol_mesa@, @rol_area@;
