-- Medians and 99th percentiles, and what they are to those of the small desk.
\pset footer off
\pset border 1
CREATE TEMP VIEW celda AS
SELECT donde, que, clase, mesa, count(*) AS veces,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY us) AS p50, percentile_cont(0.99) WITHIN GROUP (ORDER BY us) AS p99
FROM medida.tiempo GROUP BY donde, que, clase, mesa;

\echo
SELECT g.donde AS "time", g.que AS "call", g.clase AS "tickets", g.veces AS "calls",
	round(p.p50::numeric) AS "small: p50 us", round(p.p99::numeric) AS "p99",
	round(g.p50::numeric) AS "big: p50 us", round(g.p99::numeric) AS "p99",
	round((g.p50 / p.p50)::numeric, 2) AS "p50 ratio", m.p50 AS "goal", round((g.p99 / p.p99)::numeric, 2) AS "p99 ratio", m.p99 AS "goal",
	CASE WHEN g.p50 / p.p50 <= m.p50 AND g.p99 / p.p99 <= m.p99 AND (g.que <> 'consult' OR g.p50 <= 300) THEN 'met' WHEN m.p50 IS NOT NULL THEN 'MISSED' END AS " "
FROM celda g JOIN celda p USING (donde, que, clase)
LEFT JOIN (VALUES ('transition', 'newest', 1.10, 2), ('transition', 'any', 1.25, 2), ('consult', 'any', 1.2, 2), ('consult', 'newest', 1.2, 2),
	('creation', 'without a key', 1.35, 2), ('creation', 'with a key', 1.35, 2)) AS m (que, clase, p50, p99) USING (que, clase)
WHERE g.mesa = 'grande' AND p.mesa = 'pequena' AND que <> 'queue' AND que <> 'sweep'
ORDER BY g.donde DESC, g.que DESC, g.clase DESC;

SELECT g.clase AS "queue, 50 rows", g.veces AS "calls", round((p.p50 / 1000)::numeric, 2) AS "small: p50 ms", round((p.p99 / 1000)::numeric, 2) AS "p99",
	round((g.p50 / 1000)::numeric, 2) AS "big: p50 ms", round((g.p99 / 1000)::numeric, 2) AS "p99",
	CASE WHEN g.clase LIKE 'SELECT%' THEN '' WHEN g.p50 <= 2000 THEN 'met' ELSE 'MISSED' END AS "at most 2 ms"
FROM celda g JOIN celda p USING (donde, que, clase) WHERE que = 'queue' AND g.mesa = 'grande' AND p.mesa = 'pequena' ORDER BY 1;

SELECT clase AS "sweep", round((max(p50) FILTER (WHERE mesa = 'pequena') / 1000)::numeric, 2) AS "small: ms",
	round((max(p50) FILTER (WHERE mesa = 'grande') / 1000)::numeric, 2) AS "big: ms",
	round((max(p50) FILTER (WHERE mesa = 'grande') / max(p50) FILTER (WHERE mesa = 'pequena'))::numeric, 2) AS "ratio"
FROM celda WHERE que = 'sweep' GROUP BY clase ORDER BY clase DESC;
