-- The rounds on standard input, as a table; round 0 was to warm up.
CREATE TEMP TABLE operation (
	work text, desk text, round integer, cpu double precision, wal double precision, updates bigint, hot bigint
);
\copy operation FROM PSTDIN
\pset footer off

\echo Operations at a desk without (a) and with (b) policies and business calendars, per call (medians):
\echo
SELECT CASE a.work WHEN 'asignar' THEN 'asignar, transferir' WHEN 'primera' THEN 'asignar, the first'
		WHEN 'pausar' THEN 'pausar, reabrir' ELSE a.work END AS operation,
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY a.cpu))::numeric, 1) AS "a: CPU us",
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY b.cpu))::numeric, 1) AS "b: CPU us",
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY b.cpu / a.cpu))::numeric, 2) AS "b / a",
	CASE WHEN a.work IN ('asignar', 'primera') THEN 'at most 1.15' ELSE '' END AS goal,
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY a.wal))::numeric) AS "a: WAL bytes",
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY b.wal))::numeric) AS "b: WAL bytes",
	round(100.0 * sum(a.hot) / nullif(sum(a.updates), 0), 1) AS "a: % HOT",
	round(100.0 * sum(b.hot) / nullif(sum(b.updates), 0), 1) AS "b: % HOT"
FROM operation a JOIN operation b ON (b.work, b.round) = (a.work, a.round) AND b.desk = 'habil'
WHERE a.desk = 'helpdesk' AND a.round > 0
GROUP BY a.work ORDER BY a.work;
