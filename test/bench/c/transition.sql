-- Each client has tickets of its own, as the state of a ticket is known to
-- nobody else: one call of a plpgsql function an operation.
\set cuantos 5000 / :clientes
\set p 100000000000 + :client_id * :cuantos + random(1, :cuantos)
\set q 100000005000 + :client_id * :cuantos + random(1, :cuantos)

SELECT * FROM plpg.operar(('00000000-0000-4000-8000-' || :p)::uuid, 'pausar', 'En espera del proveedor');
SELECT * FROM plpg.operar(('00000000-0000-4000-8000-' || :p)::uuid, 'reabrir', 'El proveedor terminó su trabajo');
SELECT * FROM plpg.operar(('00000000-0000-4000-8000-' || :q)::uuid, 'asignar', 'Corresponde al área', agente_nuevo => '00000000-0000-4000-9000-000000000002');
SELECT * FROM plpg.operar(('00000000-0000-4000-8000-' || :q)::uuid, 'transferir', 'La causa está en otra área', area_nueva => 'SISTEMAS');
SELECT * FROM plpg.operar(('00000000-0000-4000-8000-' || :q)::uuid, 'asignar', 'Corresponde al área', agente_nuevo => '00000000-0000-4000-9000-000000000003');
SELECT * FROM plpg.operar(('00000000-0000-4000-8000-' || :q)::uuid, 'transferir', 'La causa está en otra área', area_nueva => 'REDES');
