-- In a session that has used so many mesas (:known), :calls transitions in the
-- first one; prints time and CPU of each in us.
SET synchronous_commit = off;
SELECT set_config('bench.known', :'known', false), set_config('bench.calls', :'calls', false) \g /dev/null

CREATE FUNCTION pg_temp.pause_and_reopen(calls integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t uuid;
BEGIN
	FOR i IN 1 .. calls / 2 LOOP
		t := ('00000000-0000-4000-8000-' || 100000000000 + 1 + i * 791 % 2000)::uuid;
		PERFORM FROM ticket_sm.fn_pausar(t, motivo => 'En espera del proveedor');
		PERFORM FROM ticket_sm.fn_reabrir(t, motivo => 'El proveedor terminó su trabajo');
	END LOOP;
END $$;

DO $$
BEGIN
	FOR i IN REVERSE current_setting('bench.known')::integer .. 1 LOOP
		PERFORM set_config('ticket_sm.mesa', CASE i WHEN 1 THEN 'helpdesk' ELSE 'mesa_' || i END, false);
		PERFORM FROM ticket_sm.fn_pausar('00000000-0000-4000-8000-100000000001', motivo => 'En espera del proveedor');
		PERFORM FROM ticket_sm.fn_reabrir('00000000-0000-4000-8000-100000000001', motivo => 'El proveedor terminó su trabajo');
	END LOOP;
END $$;
SELECT pg_temp.pause_and_reopen(200) \g /dev/null
SELECT public.cpu() AS cpu, clock_timestamp() AS t \gset
SELECT pg_temp.pause_and_reopen(:calls) \g /dev/null
SELECT extract(epoch FROM clock_timestamp() - :'t') * 1e6 / :calls, (public.cpu() - :cpu) / 1e3 / :calls;
