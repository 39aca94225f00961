-- The same at the lean desk.  Each client has tickets of its own, as the state
-- of a ticket is known to nobody else: one prepared statement an operation.
\set cuantos 5000 / :clientes
\set p 100000000000 + :client_id * :cuantos + random(1, :cuantos)
\set q 100000005000 + :client_id * :cuantos + random(1, :cuantos)

WITH u AS (
	UPDATE sobria.ticket SET estado = 'PAUSADO', fecha_limite = NULL, actualizado_en = now(), version = version + 1
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid AND estado = 'ASIGNADO'
	RETURNING ticket_uuid, version, estado, area, agente_id, actualizado_en)
INSERT INTO sobria.historial (ticket_uuid, version, operacion, estado, area, agente_id, motivo, actor_id, ocurrido_en)
SELECT ticket_uuid, version, 'pausar', estado, area, agente_id, 'En espera del proveedor', '00000000-0000-4000-9000-000000000001', actualizado_en
FROM u RETURNING ticket_uuid, version, ocurrido_en, area, agente_id;

WITH u AS (
	UPDATE sobria.ticket SET estado = 'ASIGNADO', fecha_limite = now() + interval '8 hours', actualizado_en = now(), version = version + 1
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid AND estado = 'PAUSADO'
	RETURNING ticket_uuid, version, estado, area, agente_id, actualizado_en)
INSERT INTO sobria.historial (ticket_uuid, version, operacion, estado, area, agente_id, motivo, actor_id, ocurrido_en)
SELECT ticket_uuid, version, 'reabrir', estado, area, agente_id, 'El proveedor terminó su trabajo', '00000000-0000-4000-9000-000000000001', actualizado_en
FROM u RETURNING ticket_uuid, version, ocurrido_en, area, agente_id;

WITH u AS (
	UPDATE sobria.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000002', actualizado_en = now(), version = version + 1
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'TRANSFERIDO'
	RETURNING ticket_uuid, version, estado, area, agente_id, actualizado_en)
INSERT INTO sobria.historial (ticket_uuid, version, operacion, estado, area, agente_id, motivo, actor_id, ocurrido_en)
SELECT ticket_uuid, version, 'asignar', estado, area, agente_id, 'Corresponde al área', '00000000-0000-4000-9000-000000000001', actualizado_en
FROM u RETURNING ticket_uuid, version, ocurrido_en, area, agente_id;

WITH u AS (
	UPDATE sobria.ticket SET estado = 'TRANSFERIDO', area = 'SISTEMAS', agente_id = NULL, actualizado_en = now(), version = version + 1
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'ASIGNADO'
	RETURNING ticket_uuid, version, estado, area, agente_id, actualizado_en)
INSERT INTO sobria.historial (ticket_uuid, version, operacion, estado, area, agente_id, motivo, actor_id, ocurrido_en)
SELECT ticket_uuid, version, 'transferir', estado, area, agente_id, 'La causa está en otra área', '00000000-0000-4000-9000-000000000001', actualizado_en
FROM u RETURNING ticket_uuid, version, ocurrido_en, area, agente_id;

WITH u AS (
	UPDATE sobria.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000003', actualizado_en = now(), version = version + 1
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'TRANSFERIDO'
	RETURNING ticket_uuid, version, estado, area, agente_id, actualizado_en)
INSERT INTO sobria.historial (ticket_uuid, version, operacion, estado, area, agente_id, motivo, actor_id, ocurrido_en)
SELECT ticket_uuid, version, 'asignar', estado, area, agente_id, 'Corresponde al área', '00000000-0000-4000-9000-000000000001', actualizado_en
FROM u RETURNING ticket_uuid, version, ocurrido_en, area, agente_id;

WITH u AS (
	UPDATE sobria.ticket SET estado = 'TRANSFERIDO', area = 'REDES', agente_id = NULL, actualizado_en = now(), version = version + 1
	WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid AND estado = 'ASIGNADO'
	RETURNING ticket_uuid, version, estado, area, agente_id, actualizado_en)
INSERT INTO sobria.historial (ticket_uuid, version, operacion, estado, area, agente_id, motivo, actor_id, ocurrido_en)
SELECT ticket_uuid, version, 'transferir', estado, area, agente_id, 'La causa está en otra área', '00000000-0000-4000-9000-000000000001', actualizado_en
FROM u RETURNING ticket_uuid, version, ocurrido_en, area, agente_id;
