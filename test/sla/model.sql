-- A model of business time, written from the rules and not from the C code:
-- the open time of a calendar is a set of ranges of instants, put together
-- date by date.  Slow, and so only for some hundred days from where it begins.
--
-- psql variables: seed, calendars (how many), cases (how many for each).
-- Ends with the row "N passed, M failed".

\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET timezone = 'UTC';
SET jit = off;
SELECT setseed(:seed / 1000000.0) \g /dev/null

CREATE EXTENSION IF NOT EXISTS ticket_sm;
DROP SCHEMA IF EXISTS model, sla_model CASCADE;
SELECT ticket_sm.crear_mesa('sla_model') \g /dev/null
SET ticket_sm.mesa = 'sla_model';
CREATE SCHEMA model;

------------------------------------------------------------------------
-- The rules
------------------------------------------------------------------------

CREATE FUNCTION model.utc_offset(instant timestamptz, zone text) RETURNS interval LANGUAGE sql IMMUTABLE
	RETURN (instant AT TIME ZONE zone) - (instant AT TIME ZONE 'UTC');

-- When a wall clock shows a time: of two times the second, which is what
-- PostgreSQL says too, and the end of a gap for what is in it.
CREATE FUNCTION model.instant(wall timestamp, zone text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	late timestamptz := wall AT TIME ZONE zone;
	early timestamptz;
	middle timestamptz;
	summer interval;
BEGIN
	IF late AT TIME ZONE zone = wall THEN
		RETURN late;
	END IF;
	-- In a gap PostgreSQL goes on with the old offset, which leads beyond it.
	late := date_trunc('second', late + interval '0.999999 s');
	summer := model.utc_offset(late, zone);
	early := late - ((late AT TIME ZONE zone) - wall) - interval '2 s';
	IF model.utc_offset(early, zone) >= summer THEN
		RAISE 'no gap at % in %', wall, zone;
	END IF;
	WHILE late - early > interval '1 s' LOOP
		middle := date_trunc('second', early + (late - early) / 2);
		IF model.utc_offset(middle, zone) = summer THEN late := middle; ELSE early := middle; END IF;
	END LOOP;
	RETURN late;
END $$;

-- A time of day, which may be 24:00, on a date.
CREATE FUNCTION model.wall(day date, at time) RETURNS timestamp LANGUAGE sql IMMUTABLE
	RETURN day + (extract(epoch FROM at) * interval '1 s');

CREATE FUNCTION model.us(interval) RETURNS bigint LANGUAGE sql IMMUTABLE
	RETURN (extract(epoch FROM $1) * 1000000)::bigint;
CREATE FUNCTION model.us(timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
	RETURN (extract(epoch FROM $1) * 1000000)::bigint;

-- In two parts, as interval multiplication is not exact for what is large.
CREATE FUNCTION model.instant(us bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE
	RETURN timestamptz 'epoch' + us / 1000000 * interval '1 s' + us % 1000000 * interval '1 microsecond';

CREATE TABLE model.calendar (
	name text PRIMARY KEY,
	zone text NOT NULL,
	first date NOT NULL,
	last date NOT NULL,
	dates date[],	-- on which something opens
	version integer	-- calendario_version.version_id
);
-- The stretches in which it is open, in microseconds since 1970, without overlap.
CREATE TABLE model.open (name text, since bigint, until bigint, PRIMARY KEY (name, since) INCLUDE (until));

-- The openings of a calendar, one by one.
CREATE FUNCTION model.openings(c model.calendar) RETURNS TABLE (day date, opening tstzrange) LANGUAGE sql STABLE AS $$
	SELECT d.day, tstzrange(i.since, i.until)
	FROM (SELECT g::date AS day FROM generate_series(c.first, c.last, interval '1 day') AS g) AS d
	CROSS JOIN LATERAL (
		SELECT h.desde, h.hasta FROM sla_model.horario h
		WHERE h.calendario = c.name AND h.dia = extract(isodow FROM d.day)
		AND NOT EXISTS (SELECT FROM sla_model.feriado f WHERE f.calendario = c.name AND f.fecha = d.day)
		UNION ALL
		SELECT f.desde, f.hasta FROM sla_model.feriado f
		WHERE f.calendario = c.name AND f.fecha = d.day AND f.desde IS NOT NULL) AS s
	CROSS JOIN LATERAL (
		SELECT model.instant(model.wall(d.day, s.desde), c.zone) AS since,
			model.instant(model.wall(d.day, s.hasta), c.zone) AS until) AS i
	WHERE i.since < i.until
$$;

-- Sum over what lies between a and b of each stretch.
CREATE FUNCTION model.elapsed(c model.calendar, a timestamptz, b timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
	early bigint := model.us(least(a, b));
	late bigint := model.us(greatest(a, b));
	calendar text := c.name;
BEGIN
	RETURN CASE WHEN b < a THEN -1 ELSE 1 END * coalesce((
		SELECT sum(least(o.until, late) - greatest(o.since, early)) FROM model.open o
		WHERE o.name = calendar AND o.until > early AND o.since < late), 0)::bigint;
END $$;

-- NULL: not within what the model knows.
CREATE FUNCTION model.add(c model.calendar, a timestamptz, x bigint) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
	start bigint := model.us(a);
	calendar text := c.name;
	missing bigint := x;
	since bigint;
	until bigint;
BEGIN
	FOR since, until IN
		SELECT greatest(o.since, start), o.until FROM model.open o
		WHERE o.name = calendar AND o.until >= start ORDER BY o.since
	LOOP
		IF missing <= until - since THEN
			RETURN model.instant(since + missing);
		END IF;
		missing := missing - (until - since);
	END LOOP;
	RETURN NULL;
END $$;

CREATE FUNCTION model.days(c model.calendar, a timestamptz, n integer) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
	start timestamptz := model.add(c, a, 0);
	wall timestamp := start AT TIME ZONE c.zone;
	day date := wall::date;
	at time := wall::time;
	target date;
BEGIN
	IF at = '00:00' AND NOT EXISTS (SELECT FROM model.open o
			WHERE o.name = c.name AND o.since <= model.us(start) AND o.until > model.us(start)) THEN
		-- it closes at the 24:00 of a date
		day := day - 1;
		at := '24:00';
	END IF;
	SELECT d INTO target FROM unnest(c.dates) AS d WHERE d > day ORDER BY d OFFSET n - 1 LIMIT 1;
	RETURN CASE WHEN target IS NOT NULL THEN model.elapsed(c, start, model.instant(model.wall(target, at), c.zone)) END;
END $$;

------------------------------------------------------------------------
-- Random calendars
------------------------------------------------------------------------

-- Zones, and a time from which something happens in them within a year.
CREATE TABLE model.zone (n serial, zone text, first date);
INSERT INTO model.zone (zone, first) VALUES
	('UTC', '2023-10-01'), ('America/Bogota', '2024-01-01'), ('America/Bogota', '1992-03-01'), ('America/Bogota', '1914-09-01'),
	('America/Sao_Paulo', '2018-08-01'), ('America/Sao_Paulo', '2008-01-01'), ('America/New_York', '2024-01-01'),
	('America/New_York', '2090-01-01'), ('America/New_York', '2769-08-01'), ('America/Santiago', '2023-02-01'), ('Europe/Madrid', '2024-01-01'),
	('Asia/Kolkata', '1941-08-01'), ('Asia/Kolkata', '2024-01-01'), ('Asia/Tehran', '2022-01-01'), ('Australia/Lord_Howe', '2024-01-01'),
	('Australia/Lord_Howe', '1981-01-01'), ('Pacific/Apia', '2011-08-01'), ('Pacific/Kwajalein', '1993-06-01'),
	('Pacific/Kiritimati', '1994-10-01'), ('Asia/Manila', '1844-10-01'), ('America/Juneau', '1867-08-01'),
	('Africa/Monrovia', '1971-10-01'), ('Africa/Casablanca', '2024-01-01'), ('Antarctica/Troll', '2024-01-01'),
	('Asia/Pyongyang', '2018-02-01'), ('America/Caracas', '2016-02-01'), ('Europe/London', '1968-01-01'),
	('Europe/Dublin', '1916-04-01'), ('Africa/Cairo', '2010-04-01'), ('Asia/Gaza', '2024-01-01'), ('America/Havana', '2024-01-01'),
	('Asia/Beirut', '2024-01-01'), ('FOO+3:30BAR,M4.1.0/0,M9.1.0/24', '2024-01-01');

-- A time of day, by preference one at which clocks are changed.
CREATE FUNCTION model.random_time() RETURNS time LANGUAGE sql VOLATILE
	RETURN CASE WHEN random() < 0.6 THEN
		('{00:00, 00:00, 00:00:01, 00:30, 01:00, 01:30, 01:45, 02:00, 02:15, 02:30, 02:59:59, 03:00, 06:00, 08:00, 12:00, 13:00, 17:00,
			22:00, 23:00, 23:15, 23:30, 23:56:16, 23:59:59, 24:00, 24:00}'::time[])[1 + floor(random() * 25)]
		ELSE time '00:00' + floor(random() * 86400) * interval '1 s' END;

-- Some hours of a day, which may touch; other ones for each row of the query, as
-- the argument comes from it.
CREATE FUNCTION model.random_hours(anew text) RETURNS TABLE (since time, until time) LANGUAGE sql VOLATILE AS $$
	SELECT t, next FROM (
		SELECT t, lead(t) OVER (ORDER BY t) AS next, row_number() OVER (ORDER BY t) AS n
		FROM (SELECT DISTINCT model.random_time() AS t FROM generate_series(1, 2 + floor(random() * 4)::integer)) AS u) AS p
	WHERE next IS NOT NULL AND (n % 2 = 1 OR random() < 0.3)
$$;

INSERT INTO model.calendar (name, zone, first, last)
SELECT 'c' || i, z.zone, z.first, z.first + 420
FROM generate_series(1, :calendars) AS i JOIN model.zone z ON z.n = 1 + i % (SELECT count(*) FROM model.zone);
-- One of the zones is no name: calendars from before that was refused.
SET session_replication_role = replica;
INSERT INTO sla_model.calendario SELECT name, zone FROM model.calendar;
RESET session_replication_role;
INSERT INTO sla_model.horario
SELECT c.name, d, h.since, h.until
FROM (SELECT name, random() AS open FROM model.calendar) AS c, generate_series(1, 7) AS d,
	model.random_hours(c.name || d) AS h
WHERE hashtext(c.name || d) % 100 < 100 * c.open - 20;
INSERT INTO sla_model.feriado
SELECT c.name, d.day, h.since, h.until, 'x'
FROM model.calendar c,
	LATERAL (SELECT DISTINCT c.first + floor(random() * 420)::integer AS day FROM generate_series(1, 40)) AS d,
	LATERAL (SELECT h.* FROM model.random_hours(c.name || d.day) AS h WHERE hashtext(c.name || d.day) % 2 = 0
		UNION ALL SELECT NULL, NULL WHERE hashtext(c.name || d.day) % 2 <> 0) AS h;
CREATE TABLE model.opening AS SELECT c.name, o.* FROM model.calendar c, model.openings(c) AS o;
INSERT INTO model.open
SELECT o.name, model.us(lower(r)), model.us(upper(r))
FROM (SELECT name, range_agg(opening) AS open FROM model.opening GROUP BY name) AS o, unnest(o.open) AS r;
UPDATE model.calendar c SET dates = (SELECT array_agg(DISTINCT o.day) FROM model.opening o WHERE o.name = c.name),
	version = (SELECT max(v.version_id) FROM sla_model.calendario_version v WHERE v.calendario = c.name);
ANALYZE model.calendar, model.open;
-- What is hardly ever open cannot be asked much.
DELETE FROM model.calendar WHERE coalesce(cardinality(dates), 0) < 60;

------------------------------------------------------------------------
-- Random questions
------------------------------------------------------------------------

-- An instant within days of the beginning, by preference near a boundary.
CREATE FUNCTION model.random_instant(c model.calendar, days integer, bounds timestamptz[]) RETURNS timestamptz LANGUAGE sql VOLATILE
	RETURN CASE WHEN random() < 0.5 THEN
		bounds[1 + floor(random() * cardinality(bounds))]
			+ (ARRAY[0, 0, 0, 1, -1, 1000000, -1000000, 1800000000, -1800000000, 3600000000, -3600000000])[1 + floor(random() * 11)]
				* interval '1 microsecond'
		ELSE c.first::timestamptz + interval '3 days' + floor(random() * days * 86400e6) * interval '1 microsecond' END;

CREATE TABLE model.question (
	name text, a timestamptz, b timestamptz, m timestamptz, x bigint, y bigint, n integer
);
WITH s(c, name, bounds) AS MATERIALIZED (
	SELECT c AS c, c.name, ARRAY(SELECT t FROM model.opening o, unnest(ARRAY[lower(o.opening), upper(o.opening)]) AS t
		WHERE o.name = c.name AND t BETWEEN c.first::timestamptz + interval '3 days' AND c.first::timestamptz + interval '300 days')
	FROM model.calendar c)
INSERT INTO model.question
SELECT name, model.random_instant(c, 300, bounds), model.random_instant(c, 300, bounds), model.random_instant(c, 300, bounds),
	CASE floor(random() * 6)::integer
		WHEN 0 THEN 0
		WHEN 1 THEN 1 + floor(random() * 3)
		WHEN 2 THEN 3600000000 * floor(random() * 12)
		WHEN 3 THEN floor(random() * 1e12)
		ELSE floor(random() * 4e10) END,
	1 + floor(random() * 1e10), 1 + floor(random() * random() * 40)
FROM s, generate_series(1, :cases);

-- The model's answers, and what must hold between the functions' own.
CREATE FUNCTION model.hours(us bigint) RETURNS interval LANGUAGE sql IMMUTABLE RETURN us * interval '1 microsecond';
CREATE FUNCTION model.short(i interval) RETURNS bigint LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN extract(day FROM i) = 0 AND extract(month FROM i) = 0 THEN model.us(i) END;
CREATE TABLE model.answer AS
SELECT q.*, ticket_sm.fn_sla_transcurrido(name, a, b) AS elapsed, model.elapsed(c, a, b) AS elapsed_want,
	-- interval '1 microsecond' * n never carries into days
	ticket_sm.fn_sla_sumar(name, a, model.hours(x)) AS added, model.add(c, a, x) AS added_want,
	CASE WHEN model.add(c, a, 0) < c.first + interval '330 days' THEN ticket_sm.fn_sla_dias(name, a, n) END AS days,
	CASE WHEN model.add(c, a, 0) < c.first + interval '330 days' THEN model.days(c, a, n) END AS days_want
FROM model.question q JOIN model.calendar c USING (name);

CREATE TABLE model.verdict AS
SELECT p.property, p.good, format('%s: calendar %s (%s), a %s, b %s, m %s, x %s, y %s, n %s: %s', p.property, r.name, c.zone,
	r.a, r.b, r.m, r.x, r.y, r.n, p.detail) AS report
FROM model.answer r JOIN model.calendar c USING (name)
CROSS JOIN LATERAL (VALUES
	('elapsed', model.short(r.elapsed) = r.elapsed_want, format('%s, not %s', r.elapsed, model.hours(r.elapsed_want))),
	('backwards', ticket_sm.fn_sla_transcurrido(r.name, r.b, r.a) = -r.elapsed, ''),
	('add', CASE WHEN r.added_want IS NULL THEN r.added >= r.a ELSE r.added = r.added_want END, format('%s, not %s', r.added, r.added_want)),
	('inverse', model.short(ticket_sm.fn_sla_transcurrido(r.name, r.a, r.added)) = r.x, r.added::text),
	('earliest', r.x = 0 OR model.short(ticket_sm.fn_sla_transcurrido(r.name, r.a, r.added - interval '1 microsecond')) = r.x - 1, r.added::text),
	('additive', ticket_sm.fn_sla_transcurrido(r.name, r.a, r.m) + ticket_sm.fn_sla_transcurrido(r.name, r.m, r.b) = r.elapsed, ''),
	('in two steps', ticket_sm.fn_sla_sumar(r.name, r.added, model.hours(r.y)) = ticket_sm.fn_sla_sumar(r.name, r.a, model.hours(r.x + r.y)), ''),
	('monotone', ticket_sm.fn_sla_sumar(r.name, least(r.a, r.m), model.hours(r.x)) <= ticket_sm.fn_sla_sumar(r.name, greatest(r.a, r.m), model.hours(r.x)), ''),
	('by version', ticket_sm.sla_tiempo('sla_model.ticket', c.version, r.a, r.b) = r.elapsed, ''),
	('days', r.days IS NULL OR r.days_want IS NULL OR model.short(r.days) = r.days_want, format('%s, not %s', r.days, model.hours(r.days_want)))
) AS p(property, good, detail);

SELECT count(*) || ' cases in ' || (SELECT count(*) FROM model.calendar) || ' calendars; the model was out of its depth in '
	|| count(*) FILTER (WHERE added_want IS NULL) || ' of add, ' || count(*) FILTER (WHERE days_want IS NULL) || ' of days'
FROM model.answer;
SELECT property || ': ' || count(*) FILTER (WHERE good IS NOT TRUE) || ' wrong' FROM model.verdict
GROUP BY property HAVING bool_and(good) IS NOT TRUE ORDER BY property;
SELECT report FROM (SELECT report, row_number() OVER (PARTITION BY property ORDER BY report) AS n
	FROM model.verdict WHERE good IS NOT TRUE) AS f WHERE n <= 3;
SELECT count(*) FILTER (WHERE good) || ' passed, ' || count(*) FILTER (WHERE good IS NOT TRUE) || ' failed' FROM model.verdict;
