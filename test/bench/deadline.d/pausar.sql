-- One that is assigned, a different one each time: number :i of a shuffled order.
\set i :i + 1
\set j permute(:i, 7 * :qn, 0)
\set n :k * (10 * (:q0 + :j / 7) + :j % 7)
SELECT * FROM ticket_sm.fn_pausar(md5('t' || :n)::uuid, motivo => 'En espera del proveedor');
