-- First calls on standard input, as a table.
CREATE TEMP TABLE first (call text, round integer, cpu double precision, us double precision);
\copy first FROM PSTDIN
\pset footer off

WITH each AS (
	SELECT f.call, f.cpu, f.us, f.cpu / plain.cpu AS times
	FROM first f JOIN first plain ON plain.round = f.round AND plain.call = 'plain'
)
SELECT call AS "first call of a session", count(*) AS sessions,
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu) / 1000)::numeric, 2) AS "CPU ms",
	round((percentile_cont(0.9) WITHIN GROUP (ORDER BY cpu) / 1000)::numeric, 2) AS "90 %",
	round((percentile_cont(0.5) WITHIN GROUP (ORDER BY us) / 1000)::numeric, 2) AS "time, ms",
	round((percentile_cont(0.9) WITHIN GROUP (ORDER BY us) / 1000)::numeric, 2) AS "90 % ",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY times)::numeric, 2) AS "CPU / plain",
	CASE WHEN call <> 'plain' THEN 'time at most 6' END AS goal
FROM each GROUP BY call ORDER BY call = 'plain' DESC, call;
