-- Each client has tickets of its own, as the state of a ticket is known to
-- nobody else: one call of the extension an operation.
\set cuantos 5000 / :clientes
\set p 100000000000 + :client_id * :cuantos + random(1, :cuantos)
\set q 100000005000 + :client_id * :cuantos + random(1, :cuantos)

SELECT ticket_uuid, version, actualizado_en, area, agente_id, prioridad FROM ticket_sm.fn_pausar(('00000000-0000-4000-8000-' || :p)::uuid, motivo => 'En espera del proveedor');
SELECT ticket_uuid, version, actualizado_en, area, agente_id, prioridad FROM ticket_sm.fn_reabrir(('00000000-0000-4000-8000-' || :p)::uuid, motivo => 'El proveedor terminó su trabajo');
SELECT ticket_uuid, version, actualizado_en, area, agente_id, prioridad FROM ticket_sm.fn_asignar(('00000000-0000-4000-8000-' || :q)::uuid, agente_id => '00000000-0000-4000-9000-000000000002', motivo => 'Corresponde al área');
SELECT ticket_uuid, version, actualizado_en, area, agente_id, prioridad FROM ticket_sm.fn_transferir(('00000000-0000-4000-8000-' || :q)::uuid, area => 'SISTEMAS', motivo => 'La causa está en otra área');
SELECT ticket_uuid, version, actualizado_en, area, agente_id, prioridad FROM ticket_sm.fn_asignar(('00000000-0000-4000-8000-' || :q)::uuid, agente_id => '00000000-0000-4000-9000-000000000003', motivo => 'Corresponde al área');
SELECT ticket_uuid, version, actualizado_en, area, agente_id, prioridad FROM ticket_sm.fn_transferir(('00000000-0000-4000-8000-' || :q)::uuid, area => 'REDES', motivo => 'La causa está en otra área');
