-- Each client has tickets of its own, as the state of a ticket is known to
-- nobody else: five statements an operation.
\set cuantos 5000 / :clientes
\set p 100000000000 + :client_id * :cuantos + random(1, :cuantos)
\set q 100000005000 + :client_id * :cuantos + random(1, :cuantos)

BEGIN;
SELECT estado AS estado, prioridad AS prioridad, version AS version FROM cliente.ticket
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid FOR UPDATE \gset
UPDATE cliente.ticket SET estado = 'PAUSADO', sla_restante = fecha_limite_sla - now(), fecha_limite_sla = NULL, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid;
INSERT INTO cliente.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
VALUES (('00000000-0000-4000-8000-' || :p)::uuid, :version + 1, 1, 'pausar', now(), :estado, 'PAUSADO', 'REDES', 'REDES', :prioridad, :prioridad, '00000000-0000-4000-9000-000000000002', '00000000-0000-4000-9000-000000000002',
	'pausa', 'En espera del proveedor', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000');
COMMIT;

BEGIN;
SELECT estado AS estado, prioridad AS prioridad, version AS version FROM cliente.ticket
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid FOR UPDATE \gset
UPDATE cliente.ticket SET estado = 'ASIGNADO', sla_restante = NULL, fecha_limite_sla = now() + sla_restante, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :p)::uuid;
INSERT INTO cliente.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
VALUES (('00000000-0000-4000-8000-' || :p)::uuid, :version + 1, 1, 'reabrir', now(), :estado, 'ASIGNADO', 'REDES', 'REDES', :prioridad, :prioridad, '00000000-0000-4000-9000-000000000002', '00000000-0000-4000-9000-000000000002',
	'corre', 'El proveedor terminó su trabajo', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000');
COMMIT;

BEGIN;
SELECT estado AS estado, prioridad AS prioridad, version AS version FROM cliente.ticket
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid FOR UPDATE \gset
UPDATE cliente.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000002', atendido_en = coalesce(atendido_en, now()), actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid;
INSERT INTO cliente.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
VALUES (('00000000-0000-4000-8000-' || :q)::uuid, :version + 1, 1, 'asignar', now(), :estado, 'ASIGNADO', 'REDES', 'REDES', :prioridad, :prioridad, NULL, '00000000-0000-4000-9000-000000000002',
	'corre', 'Corresponde al área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000');
COMMIT;

BEGIN;
SELECT estado AS estado, prioridad AS prioridad, version AS version FROM cliente.ticket
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid FOR UPDATE \gset
UPDATE cliente.ticket SET estado = 'TRANSFERIDO', area = 'SISTEMAS', agente_id = NULL, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid;
INSERT INTO cliente.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
VALUES (('00000000-0000-4000-8000-' || :q)::uuid, :version + 1, 1, 'transferir', now(), :estado, 'TRANSFERIDO', 'REDES', 'SISTEMAS', :prioridad, :prioridad, '00000000-0000-4000-9000-000000000002', NULL,
	'corre', 'La causa está en otra área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000');
COMMIT;

BEGIN;
SELECT estado AS estado, prioridad AS prioridad, version AS version FROM cliente.ticket
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid FOR UPDATE \gset
UPDATE cliente.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000003', atendido_en = coalesce(atendido_en, now()), actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid;
INSERT INTO cliente.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
VALUES (('00000000-0000-4000-8000-' || :q)::uuid, :version + 1, 1, 'asignar', now(), :estado, 'ASIGNADO', 'SISTEMAS', 'SISTEMAS', :prioridad, :prioridad, NULL, '00000000-0000-4000-9000-000000000003',
	'corre', 'Corresponde al área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000');
COMMIT;

BEGIN;
SELECT estado AS estado, prioridad AS prioridad, version AS version FROM cliente.ticket
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid FOR UPDATE \gset
UPDATE cliente.ticket SET estado = 'TRANSFERIDO', area = 'REDES', agente_id = NULL, actualizado_en = now(), version = version + 1,
	hash = '\x0000000000000000000000000000000000000000000000000000000000000000'
WHERE ticket_uuid = ('00000000-0000-4000-8000-' || :q)::uuid;
INSERT INTO cliente.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
	area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
	actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
VALUES (('00000000-0000-4000-8000-' || :q)::uuid, :version + 1, 1, 'transferir', now(), :estado, 'TRANSFERIDO', 'SISTEMAS', 'REDES', :prioridad, :prioridad, '00000000-0000-4000-9000-000000000003', NULL,
	'corre', 'La causa está en otra área', '00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'MESA', current_user,
	'\x0000000000000000000000000000000000000000000000000000000000000000', inet_client_addr(), '\x00000000000000000000000000000000',
	'\x0000000000000000000000000000000000000000000000000000000000000000');
COMMIT;
