-- The slices on standard input, as tables: medians, and medians of each
-- round's ratio to a.
CREATE TEMP TABLE slice (
	work text, commits text, clients integer, round integer, variant text,
	rate double precision, cpu double precision
);
\copy slice FROM PSTDIN

CREATE TEMP VIEW cell AS
SELECT s.work, s.commits, s.clients, s.variant,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.rate) AS rate,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.rate / a.rate) AS rate_ratio,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.cpu) AS cpu,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.cpu / a.cpu) AS cpu_ratio,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.rate / b.rate) AS to_b,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.rate / c.rate) AS to_c,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.cpu / c.cpu) AS cpu_to_c,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.rate / e.rate) AS to_e
FROM slice s
JOIN slice a ON (a.work, a.commits, a.clients, a.round, a.variant) = (s.work, s.commits, s.clients, s.round, 'a')
LEFT JOIN slice b ON (b.work, b.commits, b.clients, b.round, b.variant) = (s.work, s.commits, s.clients, s.round, 'b')
LEFT JOIN slice c ON (c.work, c.commits, c.clients, c.round, c.variant) = (s.work, s.commits, s.clients, s.round, 'c')
LEFT JOIN slice e ON (e.work, e.commits, e.clients, e.round, e.variant) = (s.work, s.commits, s.clients, s.round, 'e')
GROUP BY s.work, s.commits, s.clients, s.variant;

\pset footer off
\pset border 1
\echo
SELECT format($$
	SELECT variant AS "%1$ss, synchronous_commit = %2$s",
		max(round(rate)) FILTER (WHERE clients = 1) AS "1 client: per s", max(round(rate_ratio::numeric, 2)) FILTER (WHERE clients = 1) AS "/ a",
		max(round(cpu)) FILTER (WHERE clients = 1) AS "CPU us", max(round(cpu_ratio::numeric, 2)) FILTER (WHERE clients = 1) AS "/ a",
		max(round(rate)) FILTER (WHERE clients = 4) AS "4: per s", max(round(rate_ratio::numeric, 2)) FILTER (WHERE clients = 4) AS "/ a",
		max(round(cpu)) FILTER (WHERE clients = 4) AS "CPU us", max(round(cpu_ratio::numeric, 2)) FILTER (WHERE clients = 4) AS "/ a",
		max(round(rate)) FILTER (WHERE clients = 16) AS "16: per s", max(round(rate_ratio::numeric, 2)) FILTER (WHERE clients = 16) AS "/ a",
		max(round(cpu)) FILTER (WHERE clients = 16) AS "CPU us", max(round(cpu_ratio::numeric, 2)) FILTER (WHERE clients = 16) AS "/ a"
	FROM cell WHERE work = %1$L AND commits = %2$L GROUP BY variant ORDER BY variant$$, work, commits)
FROM (SELECT DISTINCT work, commits FROM slice) AS t ORDER BY work DESC, commits DESC
\gexec

\echo creations of d, with commits waited for; the goal is at least 1.0 of e, the best by hand whose labels have no gaps either:
\echo
SELECT clients AS "clients", round(rate) AS "per s", round(rate_ratio::numeric, 2) AS "/ a", round(to_c::numeric, 2) AS "/ c",
	round(to_e::numeric, 2) AS "/ e"
FROM cell WHERE variant = 'd' AND work = 'creation' AND commits = 'on' ORDER BY clients;

\echo d against the others, each cell of the tables; the goals are those of transitions:
\echo
SELECT work AS "d", goal.name AS "compared", goal.target AS "goal",
	round(min(goal.value)::numeric, 2) AS "least", round((percentile_cont(0.5) WITHIN GROUP (ORDER BY goal.value))::numeric, 2) AS "median",
	round(max(goal.value)::numeric, 2) AS "most"
FROM cell, LATERAL (VALUES
	(1, 'CPU of d / CPU of a', 'at most 1.30', cpu_ratio),
	(2, 'speed of d / speed of c', 'more than 1', to_c),
	(3, 'speed of d / speed of b', 'at least 2', to_b),
	(4, 'speed of d / speed of a', '', rate_ratio)) AS goal(n, name, target, value)
WHERE variant = 'd'
GROUP BY work, goal.n, goal.name, goal.target ORDER BY work DESC, goal.n;
