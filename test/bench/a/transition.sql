-- Each client has tickets of its own, as the state of a ticket is known to
-- nobody else: one prepared statement an operation.
\set cuantos 5000 / :clientes
\set p 100000000000 + :client_id * :cuantos + random(1, :cuantos)
\set q 100000005000 + :client_id * :cuantos + random(1, :cuantos)

WITH u AS (
	UPDATE suelo.ticket SET estado = 'PAUSADO', sla_restante = fecha_limite_sla - now(), fecha_limite_sla = NULL, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid AND estado = 'ASIGNADO'
	RETURNING ticket_uuid, version, actualizado_en, area, prioridad, agente_id)
INSERT INTO suelo.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
SELECT ticket_uuid, version, 1, 'pausar', actualizado_en, 'ASIGNADO', 'PAUSADO', area, area, prioridad, prioridad, agente_id, agente_id,
	'pausa', 'En espera del proveedor', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000'
FROM u RETURNING ticket_uuid, version, ocurrido_en, area_despues, agente_despues, prioridad_despues;

WITH u AS (
	UPDATE suelo.ticket SET estado = 'ASIGNADO', sla_restante = NULL, fecha_limite_sla = now() + sla_restante, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid AND estado = 'PAUSADO'
	RETURNING ticket_uuid, version, actualizado_en, area, prioridad, agente_id)
INSERT INTO suelo.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
SELECT ticket_uuid, version, 1, 'reabrir', actualizado_en, 'PAUSADO', 'ASIGNADO', area, area, prioridad, prioridad, agente_id, agente_id,
	'corre', 'El proveedor terminó su trabajo', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000'
FROM u RETURNING ticket_uuid, version, ocurrido_en, area_despues, agente_despues, prioridad_despues;

WITH u AS (
	UPDATE suelo.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000002', atendido_en = coalesce(atendido_en, now()), actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'TRANSFERIDO'
	RETURNING ticket_uuid, version, actualizado_en, area, prioridad, agente_id)
INSERT INTO suelo.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
SELECT ticket_uuid, version, 1, 'asignar', actualizado_en, 'TRANSFERIDO', 'ASIGNADO', area, area, prioridad, prioridad, NULL, agente_id,
	'corre', 'Corresponde al área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000'
FROM u RETURNING ticket_uuid, version, ocurrido_en, area_despues, agente_despues, prioridad_despues;

WITH u AS (
	UPDATE suelo.ticket SET estado = 'TRANSFERIDO', area = 'SISTEMAS', agente_id = NULL, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'ASIGNADO'
	RETURNING ticket_uuid, version, actualizado_en, area, prioridad, agente_id)
INSERT INTO suelo.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
SELECT ticket_uuid, version, 1, 'transferir', actualizado_en, 'ASIGNADO', 'TRANSFERIDO', 'REDES', area, prioridad, prioridad, '00000000-0000-4000-9000-000000000002', agente_id,
	'corre', 'La causa está en otra área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000'
FROM u RETURNING ticket_uuid, version, ocurrido_en, area_despues, agente_despues, prioridad_despues;

WITH u AS (
	UPDATE suelo.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000003', atendido_en = coalesce(atendido_en, now()), actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'TRANSFERIDO'
	RETURNING ticket_uuid, version, actualizado_en, area, prioridad, agente_id)
INSERT INTO suelo.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
SELECT ticket_uuid, version, 1, 'asignar', actualizado_en, 'TRANSFERIDO', 'ASIGNADO', area, area, prioridad, prioridad, NULL, agente_id,
	'corre', 'Corresponde al área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000'
FROM u RETURNING ticket_uuid, version, ocurrido_en, area_despues, agente_despues, prioridad_despues;

WITH u AS (
	UPDATE suelo.ticket SET estado = 'TRANSFERIDO', area = 'REDES', agente_id = NULL, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'ASIGNADO'
	RETURNING ticket_uuid, version, actualizado_en, area, prioridad, agente_id)
INSERT INTO suelo.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
SELECT ticket_uuid, version, 1, 'transferir', actualizado_en, 'ASIGNADO', 'TRANSFERIDO', 'SISTEMAS', area, prioridad, prioridad, '00000000-0000-4000-9000-000000000003', agente_id,
	'corre', 'La causa está en otra área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000'
FROM u RETURNING ticket_uuid, version, ocurrido_en, area_despues, agente_despues, prioridad_despues;
