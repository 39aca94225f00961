-- The report.  Each part is shown by the role that it is for, and no line is wider
-- than 100 columns.

\pset border 0
\pset footer off
\pset null '-'

\connect - lucia
SET TimeZone = 'America/Bogota';
\echo
\echo '=== The queue: bandeja as Lucía of the desk sees it, first page ==='
\echo
SELECT b.ticket_label AS label, b.estado, b.prioridad, b.area,
	b.horas_restantes AS "h left", CASE WHEN b.vencido THEN 'yes' ELSE '' END AS late,
	coalesce(split_part(a.nombre, ' ', 1), '') AS agent,
	CASE WHEN length(b.asunto) > 24 THEN left(b.asunto, 23) || '…' ELSE b.asunto END AS subject
FROM helpdesk.bandeja b LEFT JOIN helpdesk.agente a USING (agente_id)
ORDER BY b.estado = 'RESUELTO', b.horas_restantes, b.ticket_label LIMIT 20;

SELECT count(*) AS open, count(*) FILTER (WHERE vencido) AS late,
	count(*) FILTER (WHERE estado = 'NUEVO') AS "NUEVO", count(*) FILTER (WHERE estado = 'ASIGNADO') AS "ASIGNADO",
	count(*) FILTER (WHERE estado = 'PAUSADO') AS "PAUSADO", count(*) FILTER (WHERE estado = 'RESUELTO') AS "RESUELTO",
	count(*) FILTER (WHERE estado IN ('TRANSFERIDO', 'RECLASIFICADO')) AS other
FROM helpdesk.bandeja;

\connect - diego
\echo '=== The same queue as Diego sees it: row-level security leaves him REDES ==='
\echo
SELECT area, count(*) AS open, count(*) FILTER (WHERE vencido) AS late FROM helpdesk.bandeja GROUP BY area;

-- A ticket that has seen a lot: the most kinds of operation, then the longest history.
\connect - postgres
SELECT h.ticket_uuid AS largo FROM helpdesk.historial h JOIN helpdesk.ticket t USING (ticket_uuid)
WHERE NOT t.abierto AND t.respuesta_cliente IS NOT NULL GROUP BY 1
HAVING count(*) <= 12 ORDER BY count(DISTINCT h.operacion) DESC, count(*) DESC, 1 LIMIT 1 \gset

\connect - lucia
SET TimeZone = 'America/Bogota';
\echo '=== One ticket''s full history: fn_ticket(), and the table historial ==='
\echo
\pset tuples_only on
\pset format unaligned
SELECT j->>'ticket_label' || '  ' || (j->>'asunto') || E'\n'
	|| concat_ws(' / ', j->>'tipo', j->>'categoria', j->>'subcategoria') || ', priority ' || (j->>'prioridad') || E'\n'
	|| regexp_replace(j->>'descripcion', '(.{60,90}) ', E'\\1\n', 'g') || E'\n'
FROM (SELECT ticket_sm.fn_ticket(:'largo')->'ticket') AS f(j);
\pset format aligned
\pset tuples_only off
SELECT h.version AS v, to_char(h.ocurrido_en, 'DD HH24:MI') AS "at", h.operacion::text AS operation,
	h.estado_despues AS state, h.area_despues AS area,
	split_part(h.actor_nombre, ' ', 1) AS who,
	regexp_replace(concat_ws(E'\n', h.motivo, h.nota, '→ ' || h.respuesta), '([^\n]{12,26}) ', E'\\1\n', 'g') AS said,
	left(encode(h.hash, 'hex'), 6) AS hash
FROM helpdesk.historial h WHERE h.ticket_uuid = :'largo' ORDER BY h.version;

\connect - postgres
SELECT ticket_label AS etiqueta, solicitante_email AS correo FROM helpdesk.ticket WHERE ticket_uuid = :'largo' \gset
\connect - portal
SET TimeZone = 'America/Bogota';
\echo '=== The same ticket as its requester sees it: fn_consultar(label, email) ==='
\echo
\pset expanded on
SELECT ticket_label, estado, area, fecha_creacion::timestamp(0), resuelto_en::timestamp(0), respuesta_cliente
FROM ticket_sm.fn_consultar(:'etiqueta', :'correo');
\pset expanded off

\echo '=== A request that was sent twice: fn_conversacion(label, email), and its history ==='
\echo
SELECT to_char(c.fecha, 'HH24:MI') AS "at", c.autor AS who, c.texto AS said
FROM demo.caso_etiqueta e, ticket_sm.fn_conversacion(e.etiqueta, 'irene.castano@correo.example') AS c
WHERE e.parte = 'primera' ORDER BY c.numero;

\connect - lucia
SET TimeZone = 'America/Bogota';
SELECT t.ticket_label AS label, h.version AS v, to_char(h.ocurrido_en, 'HH24:MI') AS "at", h.operacion::text AS operation,
	h.estado_despues AS state, split_part(h.actor_nombre, ' ', 1) AS who
FROM helpdesk.historial h JOIN helpdesk.ticket t USING (ticket_uuid)
WHERE ticket_uuid IN (demo.caso('primera'), demo.caso('repetida')) ORDER BY h.ocurrido_en, t.ticket_label, h.version;
SELECT area, agente AS agent, calificadas AS rated, promedio AS mean FROM helpdesk.satisfaccion WHERE calificadas > 0;

-- One that is paused and one that is late: those with the longest story.
\connect - postgres
SELECT t.ticket_uuid AS pausado FROM helpdesk.ticket t JOIN helpdesk.historial h USING (ticket_uuid)
WHERE t.estado = 'PAUSADO' AND t.sla_incumplido_en IS NULL
GROUP BY 1 ORDER BY t.sla_politica IS NULL, count(*) FILTER (WHERE h.operacion = 'pausar') DESC, count(*) DESC, 1 LIMIT 1 \gset
SELECT t.ticket_uuid AS vencido FROM helpdesk.ticket t JOIN helpdesk.historial h USING (ticket_uuid)
WHERE t.sla_incumplido_en IS NOT NULL
GROUP BY 1 HAVING count(*) <= 12
ORDER BY t.sla_politica IS NULL, least(count(*) FILTER (WHERE h.operacion = 'pausar'), 2) DESC, count(*) DESC, 1 LIMIT 1 \gset

CREATE FUNCTION demo.horas(tiempo interval) RETURNS text
LANGUAGE sql AS $$
	SELECT CASE WHEN s < 0 THEN '-' ELSE '' END || abs(s) / 3600 || ':' || lpad((abs(s) / 60 % 60)::text, 2, '0')
	FROM CAST(extract(epoch FROM tiempo) AS integer) AS s
$$;

CREATE FUNCTION demo.explicar(ticket_id uuid)
	RETURNS TABLE (target text, "from" text, "to" text, state ticket_sm.ticket_state, open text, sum text, "left" text,
		deadline text, why text)
LANGUAGE sql AS $$
	SELECT objetivo || ' ' || demo.horas(meta), to_char(desde, 'DD HH24:MI'), coalesce(to_char(hasta, 'DD HH24:MI'), ''), estado,
		demo.horas(tiempo), demo.horas(acumulado), demo.horas(restante), to_char(fecha_limite, 'DD HH24:MI'),
		regexp_replace(replace(motivo, 'the clock ', ''), ', but all of it', E',\nbut all of it')
	FROM ticket_sm.fn_sla_explicar(ticket_id)
$$;

\connect - lucia
SET TimeZone = 'America/Bogota';
\echo '=== Why is this the deadline: fn_sla_explicar() of a ticket that is paused ==='
\echo
\pset tuples_only on
\pset format unaligned
SELECT ticket_label || '  ' || asunto || E'\n' || estado || ', priority ' || prioridad || ', by the calendar '
	|| coalesce((SELECT calendario FROM helpdesk.calendario_version WHERE version_id = t.sla_calendario), 'of none, round the clock') || E'\n'
FROM helpdesk.ticket t WHERE ticket_uuid = :'pausado';
\pset format aligned
\pset tuples_only off
SELECT * FROM demo.explicar(:'pausado');

\echo '=== And of one that is late ==='
\echo
\pset tuples_only on
\pset format unaligned
SELECT ticket_label || '  ' || asunto || E'\n' || estado || ', priority ' || prioridad || ', by the calendar '
	|| coalesce((SELECT calendario FROM helpdesk.calendario_version WHERE version_id = t.sla_calendario), 'of none, round the clock')
	|| ', missed ' || to_char(sla_incumplido_en, 'DD HH24:MI') || E'\n'
FROM helpdesk.ticket t WHERE ticket_uuid = :'vencido';
\pset format aligned
\pset tuples_only off
SELECT * FROM demo.explicar(:'vencido');

\connect - carolina
SET TimeZone = 'America/Bogota';
\echo '=== What the sweep told: fn_sla_barrer(), every ten minutes ==='
\echo
SELECT objetivo AS target, operacion AS told, umbral AS "at %", count(*) AS tickets,
	to_char(min(dicho_en), 'DD HH24:MI') AS first, to_char(max(dicho_en), 'DD HH24:MI') AS last
FROM demo.dicho GROUP BY 1, 2, 3 ORDER BY 1, 3;

\echo '=== The outbox, from which others hear of it: the last of fn_eventos() ==='
\echo
SELECT evento_id AS event, to_char(ocurrido_en, 'DD HH24:MI') AS "at", operacion AS operation, datos->>'ticket_label' AS label,
	datos->>'objetivo' AS target, datos->>'umbral' AS "at %",
	to_char((datos->>'limite')::timestamptz, 'DD HH24:MI') AS deadline, datos->>'estado' AS state, datos->>'area' AS area
FROM (SELECT * FROM ticket_sm.fn_eventos(desde => 0, limite => 10000) ORDER BY evento_id DESC LIMIT 6) AS e ORDER BY evento_id;

\echo '=== Was it kept: sla_cumplimiento, of what is resolved ==='
\echo
SELECT to_char(mes, 'YYYY-MM') AS month, area, sum(resueltos) AS resolved, sum(resolucion_cumplida) AS "in time",
	round(100 * sum(resolucion_cumplida) / sum(resueltos), 1) AS "%",
	sum(atencion_cumplida) AS "taken up in time", round(100 * sum(atencion_cumplida) / nullif(sum(con_objetivo_atencion), 0), 1) AS "%"
FROM helpdesk.sla_cumplimiento GROUP BY mes, area ORDER BY mes, area;

\echo '=== What is left: sla_antiguedad, open tickets by age ==='
\echo
SELECT area, sum(abiertos) FILTER (WHERE tramo_orden = 1) AS "under a day", sum(abiertos) FILTER (WHERE tramo_orden = 2) AS "1 to 3 days",
	sum(abiertos) FILTER (WHERE tramo_orden >= 3) AS older, sum(abiertos) AS open, sum(vencidos) AS late,
	to_char(min(mas_antiguo), 'DD HH24:MI') AS oldest
FROM helpdesk.sla_antiguedad GROUP BY area ORDER BY area;

\connect - postgres
CREATE FUNCTION demo.doblar(texto text) RETURNS text
LANGUAGE sql AS $$ SELECT regexp_replace(texto, '(.{55,78}) ', E'\\1\n                   ', 'g') $$;
\echo '=== What was refused ==='
\echo
\pset tuples_only on
\pset format unaligned
SELECT format('%2s. %s: %s', orden, quien, intento) || E'\n    ' || sqlstate || '  ' || mensaje
	|| CASE WHEN detalle <> '' THEN E'\n           detail: ' || demo.doblar(detalle) ELSE '' END
	|| CASE WHEN consejo <> '' THEN E'\n           hint:   ' || demo.doblar(consejo) ELSE '' END
FROM demo.rechazo ORDER BY orden;
\pset format aligned
\pset tuples_only off

\echo
\echo '=== The machine that decided all this: fn_maquina() ==='
\echo
SELECT m.operacion AS operation,
	regexp_replace(coalesce(string_agg(m.estado_origen::text, ', ' ORDER BY m.estado_origen), '-'), '(.{36,45}) ', E'\\1\n') AS "from",
	CASE WHEN m.operacion = 'consultar' THEN '(reads)' WHEN m.estado_origen = m.estado_destino THEN '(the same)'
		ELSE m.estado_destino::text END AS "to",
	array_to_string(m.roles, ' ') AS roles
FROM (SELECT operacion, estado_origen, estado_destino, roles FROM ticket_sm.fn_maquina()) AS m
GROUP BY m.operacion, 3, m.roles ORDER BY m.operacion;

\echo '=== What was done ==='
\echo
SELECT operacion AS operation, count(*) AS total,
	count(*) FILTER (WHERE actor_rol = 'ADMIN') AS "ADMIN", count(*) FILTER (WHERE actor_rol = 'MESA') AS "MESA",
	count(*) FILTER (WHERE actor_rol = 'AREA') AS "AREA", count(*) FILTER (WHERE actor_rol = 'PUBLICO') AS "PUBLICO"
FROM helpdesk.historial GROUP BY operacion ORDER BY operacion;

\connect - carolina
\echo '=== The proof: fn_verificar() recomputes every hash and compares tickets and history ==='
\echo
SELECT * FROM ticket_sm.fn_verificar();
SELECT count(*) = 0 AS verified FROM ticket_sm.fn_verificar() \gset
\if :verified
	\echo No row: all is well.
\else
	\echo There are problems.
	SELECT 1 / 0 AS verificado;
\endif
