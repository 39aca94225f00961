\set i :i + 1
\set j permute(:i, 7 * :qn, 0)
\set n :k * (10 * (:q0 + :j / 7) + :j % 7)
SELECT * FROM ticket_sm.fn_transferir(md5('t' || :n)::uuid, area => 'SISTEMAS', motivo => 'La causa está en otra área');
