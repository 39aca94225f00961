-- The report.  Each part is shown by the role that it is for.

\pset border 1
\pset footer off
\pset null '-'

\connect - lucia
SET TimeZone = 'America/Bogota';
\echo
\echo '=== The queue: bandeja as Lucía of the desk sees it, first page ==='
\echo
SELECT b.ticket_label AS label, b.estado, b.prioridad, b.area,
	b.horas_restantes AS "hours left", CASE WHEN b.vencido THEN 'yes' ELSE '' END AS late,
	coalesce(split_part(a.nombre, ' ', 1), '') AS agent,
	CASE WHEN length(b.asunto) > 36 THEN left(b.asunto, 35) || '…' ELSE b.asunto END AS subject
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
	split_part(h.actor_nombre, ' ', 1) || ' (' || h.actor_rol || ')' AS who,
	regexp_replace(concat_ws(E'\n', h.motivo, h.nota, '→ ' || h.respuesta), '([^\n]{28,42}) ', E'\\1\n', 'g') AS said,
	left(encode(h.hash, 'hex'), 8) AS hash
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

\connect - postgres
\echo '=== What was refused ==='
\echo
\pset tuples_only on
\pset format unaligned
SELECT format('%2s. %s: %s', orden, quien, intento) || E'\n    ' || sqlstate || '  ' || mensaje
	|| CASE WHEN detalle <> '' THEN E'\n           detail: ' || detalle ELSE '' END
	|| CASE WHEN consejo <> '' THEN E'\n           hint:   ' || consejo ELSE '' END
FROM demo.rechazo ORDER BY orden;
\pset format aligned
\pset tuples_only off

\echo
\echo '=== The machine that decided all this: fn_maquina() ==='
\echo
SELECT m.operacion AS operation, coalesce(string_agg(m.estado_origen::text, ', ' ORDER BY m.estado_origen), '-') AS "from",
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
\echo '=== The proof: fn_verificar() recomputes every hash and compares tickets, history and labels ==='
\echo
SELECT * FROM ticket_sm.fn_verificar();
SELECT count(*) = 0 AS verified FROM ticket_sm.fn_verificar() \gset
\if :verified
	\echo No row: all is well.
\else
	\echo There are problems.
	SELECT 1 / 0 AS verificado;
\endif
