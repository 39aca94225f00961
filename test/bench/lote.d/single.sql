-- Each of the 10,000 tickets once, in an order that jumps about; pgbench keeps
-- a client's variables from one run to the next.
\set n :n + 1
\set id 100000000001 + :n * 7919 % 10000

SELECT * FROM ticket_sm.fn_actualizar(('00000000-0000-4000-8000-' || :id)::uuid, nota => 'El proveedor avisa de un corte esta noche');
