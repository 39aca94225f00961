-- The slices on standard input, as tables.
CREATE TEMP TABLE slice (
	state text, commits text, round integer, variant text, us double precision, cpu double precision
);
\copy slice FROM PSTDIN
\pset footer off

-- each round's ratio to its batch, and then the median
CREATE TEMP VIEW cell AS
SELECT s.state, s.commits, s.variant,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.us) AS us,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.us / b.us) AS times,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.cpu) AS cpu,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.cpu / b.cpu) AS cpu_times
FROM slice s JOIN slice b USING (state, commits, round)
WHERE b.variant = 'batch'
GROUP BY s.state, s.commits, s.variant;

SELECT state AS "the table", commits AS "synchronous_commit", variant,
	round(us::numeric, 1) AS "us per ticket", round(times::numeric, 1) AS "/ batch",
	round(cpu::numeric, 1) AS "CPU us", round(cpu_times::numeric, 1) AS "/ batch ",
	CASE WHEN variant <> 'batch' THEN 'at least ' || CASE commits WHEN 'on' THEN 12 ELSE 5 END END AS "goal of time"
FROM cell ORDER BY state, commits DESC, us DESC;
