\set i :i + 1
\set j permute(:i, 7 * :qn, 0)
\set n :k * (10 * (:q0 + :j / 7) + :j % 7)
SELECT * FROM ticket_sm.fn_reabrir(md5('t' || :n)::uuid, motivo => 'El proveedor terminó su trabajo');
