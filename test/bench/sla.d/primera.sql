-- The first assignment of ticket :numero, which ends the clock of attention.
\set numero :numero + 1
SELECT * FROM ticket_sm.fn_asignar(('00000000-0000-4000-8000-' || :numero)::uuid, agente_id => '00000000-0000-4000-9000-000000000002', motivo => 'Corresponde al área');
