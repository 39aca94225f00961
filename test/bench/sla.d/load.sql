-- A desk with :cuantos open tickets, 1,000 of which come due every minute of
-- the first :rondas after table bench.reloj says.  The rest come due in weeks.
-- Run by the superuser, who alone may write past the guard.

CREATE EXTENSION ticket_sm;
INSERT INTO helpdesk.area (nombre) VALUES ('REDES');
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas, calendario, avisos) VALUES
	('resolucion', 'ALTA', 8, '24x7', '{}'), ('resolucion', 'BAJA', 800, '24x7', '{75}');

-- Two tickets by the front door, of which the others are copies.
CREATE SCHEMA bench;
CREATE TABLE bench.reloj AS SELECT clock_timestamp() - interval '10 hours' AS base;
SET ticket_sm.desfase_reloj = '-10 h';
CREATE TABLE bench.modelo AS
SELECT p.prioridad, (ticket_sm.fn_crear_ticket(nombre => 'María Fernanda Rojas', email => 'maria@correo.example',
	telefono => '+57 300 555 0101', empresa_departamento => 'Contabilidad', tipo => 'INCIDENTE',
	categoria => 'Conectividad', subcategoria => 'VPN', asunto => 'La VPN rechaza mi contraseña',
	descripcion => 'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. En el correo sí puedo entrar.',
	prioridad => p.prioridad, area => 'REDES')).ticket_uuid
FROM (VALUES ('ALTA'), ('BAJA')) AS p(prioridad);
RESET ticket_sm.desfase_reloj;

-- Among those that come due lie four times as many that do not, as far as there
-- are so many; the rest are older.  Labels and rows are in the order of creation,
-- or for the worst case (:dispersos) in none.
CREATE TABLE bench.copia AS
SELECT row_number() OVER (ORDER BY CASE WHEN :dispersos THEN md5(i::text) END, nace) AS n,
	gen_random_uuid() AS ticket_uuid, i <= :rondas * 1000 AS vence, nace
FROM (
	SELECT i, r.base + CASE
		WHEN i <= :rondas * 1000 THEN make_interval(mins => (i - 1) / 1000, secs => i % 1000 * 0.02)
		WHEN i <= :rondas * 5000 THEN make_interval(mins => i % :rondas, secs => i::bigint * 7919 % 20000 * 0.001)
		ELSE make_interval(secs => -(i::bigint * 7919 % 1000000)::integer) END AS nace
	FROM bench.reloj r, generate_series(1, :cuantos) AS i
) AS s;

SET session_replication_role = replica;
INSERT INTO helpdesk.historial (ticket_uuid, version, forma, operacion, ocurrido_en, ticket_label, estado_despues, area_despues,
	prioridad_despues, tipo_despues, categoria_despues, subcategoria_despues, reloj, sla,
	actor_nombre, actor_rol, usuario_bd, huella_datos, sal, hash)
SELECT h.ticket_uuid, h.version, h.forma, h.operacion, h.ocurrido_en, h.ticket_label, h.estado_despues, h.area_despues,
	h.prioridad_despues, h.tipo_despues, h.categoria_despues, h.subcategoria_despues, h.reloj, h.sla,
	h.actor_nombre, h.actor_rol, h.usuario_bd, h.huella_datos, h.sal,
	-- as the README describes it; the data, and so their digest, are the model's
	sha256(decode(repeat('00', 32), 'hex') || convert_to((
		SELECT string_agg(coalesce(octet_length(convert_to(v, 'UTF8')) || ':' || v, '-') || ',', '' ORDER BY i)
		FROM unnest(ARRAY[h.ticket_uuid::text, h.version::text, h.forma::text, h.operacion::text,
			(extract(epoch FROM h.ocurrido_en) * 1000000)::bigint::text, h.ticket_label,
			NULL, h.estado_despues::text, NULL, h.area_despues, NULL, h.prioridad_despues, NULL, NULL,
			NULL, h.tipo_despues::text, NULL, h.categoria_despues, NULL, h.subcategoria_despues,
			h.reloj, h.sla::text, NULL, h.actor_nombre, h.actor_rol::text, h.usuario_bd, NULL, encode(h.huella_datos, 'hex')])
			WITH ORDINALITY AS f(v, i)), 'UTF8'))
FROM (
	SELECT c.ticket_uuid, regexp_replace(g.ticket_label, '\d+$', lpad((c.n + 2)::text, greatest(5, length((c.n + 2)::text)), '0')) AS ticket_label,
		c.nace AS ocurrido_en, g.version, g.forma, g.operacion, g.estado_despues,
		g.area_despues, g.prioridad_despues, g.tipo_despues, g.categoria_despues, g.subcategoria_despues, g.reloj,
		g.sla, g.actor_nombre, g.actor_rol, g.usuario_bd, g.huella_datos, g.sal
	FROM bench.copia c
	JOIN bench.modelo m ON m.prioridad = CASE WHEN c.vence THEN 'ALTA' ELSE 'BAJA' END
	JOIN helpdesk.historial g ON g.ticket_uuid = m.ticket_uuid
) AS h;
INSERT INTO helpdesk.ticket (ticket_uuid, ticket_label, estado, tipo, categoria, subcategoria, prioridad, asunto,
	descripcion, solicitante_nombre, solicitante_email, telefono, empresa_departamento, area, sla_horas,
	fecha_creacion, actualizado_en, fecha_limite_sla, sla_politica, sla_calendario, sla_objetivo, sla_revisar_en,
	sla_orden, abierto, version, hash)
SELECT c.ticket_uuid, h.ticket_label,
	t.estado, t.tipo, t.categoria, t.subcategoria, t.prioridad, t.asunto, t.descripcion, t.solicitante_nombre,
	t.solicitante_email, t.telefono, t.empresa_departamento, t.area, t.sla_horas, c.nace, c.nace,
	c.nace + (t.fecha_limite_sla - t.fecha_creacion), t.sla_politica, t.sla_calendario, t.sla_objetivo,
	c.nace + (t.sla_revisar_en - t.fecha_creacion), c.nace + (t.sla_orden - t.fecha_creacion), t.abierto, t.version, h.hash
FROM bench.copia c
JOIN helpdesk.historial h ON h.ticket_uuid = c.ticket_uuid
JOIN bench.modelo m ON m.prioridad = CASE WHEN c.vence THEN 'ALTA' ELSE 'BAJA' END
JOIN helpdesk.ticket t ON t.ticket_uuid = m.ticket_uuid
ORDER BY c.n;
UPDATE helpdesk.contador SET ultimo = ultimo + :cuantos;
RESET session_replication_role;

-- The model that comes due would be one too many.
SELECT FROM ticket_sm.fn_cancelar((SELECT ticket_uuid FROM bench.modelo WHERE prioridad = 'ALTA'), motivo => 'Solo era el modelo');
VACUUM ANALYZE;
