-- Two assignments, neither the first of its ticket, and two transfers.
\set q 100000005000 + random(1, 5000)
SELECT * FROM ticket_sm.fn_asignar(('00000000-0000-4000-8000-' || :q)::uuid, agente_id => '00000000-0000-4000-9000-000000000002', motivo => 'Corresponde al área');
SELECT * FROM ticket_sm.fn_transferir(('00000000-0000-4000-8000-' || :q)::uuid, area => 'SISTEMAS', motivo => 'La causa está en otra área');
SELECT * FROM ticket_sm.fn_asignar(('00000000-0000-4000-8000-' || :q)::uuid, agente_id => '00000000-0000-4000-9000-000000000003', motivo => 'Corresponde al área');
SELECT * FROM ticket_sm.fn_transferir(('00000000-0000-4000-8000-' || :q)::uuid, area => 'REDES', motivo => 'La causa está en otra área');
