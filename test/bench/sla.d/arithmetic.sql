-- CPU of one call, over 1,000,000, less that of the loop around it.

CREATE EXTENSION ticket_sm;
INSERT INTO helpdesk.calendario VALUES ('NY', 'America/New_York');
INSERT INTO helpdesk.horario SELECT 'NY', d, '09:00', '17:30' FROM generate_series(1, 5) AS d;

CREATE FUNCTION pg_temp.cpu() RETURNS bigint LANGUAGE sql VOLATILE
	RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint;
CREATE FUNCTION pg_temp.us(expression text, calls integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	cost bigint[];
	text text;
BEGIN
	-- x changes with every call, so that nothing is worked out once
	FOREACH text IN ARRAY ARRAY['x', expression] LOOP
		EXECUTE format('DO $do$ DECLARE x timestamptz := ''2026-01-05 15:00+00''; r record; c bigint; BEGIN
			c := pg_temp.cpu();
			FOR i IN 1..%s LOOP x := x + interval ''1 ms''; PERFORM %s; END LOOP;
			PERFORM set_config(''bench.cpu'', (pg_temp.cpu() - c)::text, false); END $do$', calls, text);
		cost := cost || current_setting('bench.cpu')::bigint;
	END LOOP;
	RETURN round((cost[2] - cost[1]) / 1000.0 / calls, 2);
END $$;

SELECT v.what AS "one call", pg_temp.us(v.expression, 1000000) AS "CPU us", v.goal
FROM (VALUES
	('fn_sla_sumar, CO, 160 h: a month', $$ticket_sm.fn_sla_sumar('CO', x, '160:00')$$, '< 2'),
	('fn_sla_sumar, CO, 4000 h: two years', $$ticket_sm.fn_sla_sumar('CO', x, '4000:00')$$, '< 20'),
	('fn_sla_sumar, New York, 180 h: a month', $$ticket_sm.fn_sla_sumar('NY', x, '180:00')$$, '< 2'),
	('fn_sla_sumar, New York, 4400 h: two years', $$ticket_sm.fn_sla_sumar('NY', x, '4400:00')$$, '< 20'),
	('fn_sla_transcurrido, New York, two years', $$ticket_sm.fn_sla_transcurrido('NY', x, x + interval '730 days')$$, ''),
	('fn_sla_dias, CO, 20', $$ticket_sm.fn_sla_dias('CO', x, 20)$$, '')
) AS v(what, expression, goal);
