-- Pages of 50 of the queue in the order of deadlines, read 200 times each from
-- random places: medians in ms.
CREATE TEMP TABLE page (page text, us double precision);
DO $$
DECLARE
	q record;
	t0 timestamptz;
	at timestamptz;
	until timestamptz;
	id uuid;
	n bigint;
BEGIN
	SELECT min(fecha_limite_sla), max(fecha_limite_sla) INTO at, until FROM grande.ticket WHERE abierto;
	FOR i IN -5 .. 200 LOOP
		FOR q IN SELECT * FROM (VALUES
			(1, 'first', 'fecha_limite_sla IS NOT NULL', 'fecha_limite_sla'),
			(2, 'later', 'fecha_limite_sla IS NOT NULL AND (fecha_limite_sla, ticket_uuid) > ($1, $2)', 'fecha_limite_sla'),
			(3, 'standing, first', 'fecha_limite_sla IS NULL', 'fecha_creacion')) AS v (i, page, which, key)
		LOOP
			id := gen_random_uuid();
			t0 := clock_timestamp();
			EXECUTE format('SELECT count(p) FROM (SELECT * FROM grande.ticket WHERE abierto AND %s ORDER BY %s, ticket_uuid LIMIT 50) AS p', q.which, q.key)
			INTO n USING at + random() * (until - at) * 0.9, id;
			IF n <> 50 THEN
				RAISE EXCEPTION 'a page (%) of % rows', q.page, n;
			END IF;
			INSERT INTO page SELECT q.page, extract(epoch FROM clock_timestamp() - t0) * 1e6 WHERE i > 0;
		END LOOP;
	END LOOP;
END $$;
SELECT string_agg(format('%s %s', page, round(ms::numeric, 2)), ', ' ORDER BY page)
FROM (SELECT page, percentile_cont(0.5) WITHIN GROUP (ORDER BY us) / 1000 AS ms FROM page GROUP BY page) AS p;
