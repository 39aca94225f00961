-- One ticket, paused and reopened: two calls.
\set i random(0, 7 * :qn - 1)
\set n :k * (10 * (:q0 + :i / 7) + :i % 7)
SELECT * FROM ticket_sm.fn_pausar(md5('t' || :n)::uuid, motivo => 'En espera del proveedor');
SELECT * FROM ticket_sm.fn_reabrir(md5('t' || :n)::uuid, motivo => 'El proveedor terminó su trabajo');
