-- Rounds of transitions on standard input, as a table.
CREATE TEMP TABLE calls (mesas text, round integer, us double precision, cpu double precision);
\copy calls FROM PSTDIN
\pset footer off

SELECT c.mesas AS "mesas",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY c.us)::numeric, 1) AS "us per transition",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY c.us / one.us)::numeric, 2) AS "/ one",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY c.cpu)::numeric, 1) AS "CPU us",
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY c.cpu / one.cpu)::numeric, 2) AS "/ one "
FROM calls c JOIN calls one ON one.round = c.round AND one.mesas = 'one'
GROUP BY c.mesas ORDER BY c.mesas = 'one' DESC, c.mesas;
