-- The rounds on standard input, as a table; round 0 was to warm up.
CREATE TEMP TABLE sweep (
	open integer, round integer, told integer, ms double precision, cpu double precision, wal bigint,
	idle_ms double precision, idle_cpu double precision
);
\copy sweep FROM PSTDIN
\pset footer off
SELECT 1 / (count(*) FILTER (WHERE told <> 1000) = 0)::integer FROM sweep \g /dev/null

CREATE TEMP VIEW cell AS
SELECT open,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms, percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu) AS cpu,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY wal) AS wal,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY idle_ms) AS idle_ms
FROM sweep WHERE round > 0 GROUP BY open;

\echo
\echo fn_sla_barrer, of the open tickets 1,000 came due (medians):
\echo
SELECT open AS "open tickets", round(ms::numeric, 1) AS "ms", round(cpu::numeric, 1) AS "CPU ms",
	round(cpu::numeric, 1) AS "CPU us per ticket", round(wal::numeric / 1000) AS "WAL bytes per ticket",
	round(idle_ms::numeric, 3) AS "ms when nothing is due"
FROM cell ORDER BY open;
SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY b.ms / a.ms))::numeric, 2) AS "time, many / few",
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY b.cpu / a.cpu))::numeric, 2) AS "CPU, many / few",
	'at most 1.50' AS goal
FROM sweep a JOIN sweep b ON b.round = a.round AND b.open > a.open WHERE a.round > 0;
