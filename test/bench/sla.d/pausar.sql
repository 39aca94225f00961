-- A pause and its end.
\set p 100000000000 + random(1, 5000)
SELECT * FROM ticket_sm.fn_pausar(('00000000-0000-4000-8000-' || :p)::uuid, motivo => 'En espera del proveedor');
SELECT * FROM ticket_sm.fn_reabrir(('00000000-0000-4000-8000-' || :p)::uuid, motivo => 'El proveedor terminó su trabajo');
