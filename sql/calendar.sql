-- Business calendars: the arithmetic, and the tables that define it.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT prueba.fresh_mesa();
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET timezone = 'UTC';

-- A calendar from texts: "days from-to" of the week, "date" or "date from-to".
CREATE FUNCTION prueba.calendar(name text, zone text, week text[], days text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO helpdesk.calendario VALUES (name, zone);
	INSERT INTO helpdesk.horario
	SELECT name, d, m[3]::time, m[4]::time
	FROM unnest(week) AS w, regexp_match(w, '^(\d)-(\d) (.*)-(.*)$') AS m,
		generate_series(m[1]::integer, m[2]::integer) AS d;
	INSERT INTO helpdesk.feriado
	SELECT name, m[1]::date, m[2]::time, m[3]::time, 'x'
	FROM unnest(days) AS d, regexp_match(d, '^(\S+)(?: (.*)-(.*))?$') AS m;
END $$;

-- One case: sumar, what was expected of it, and what transcurrido says of the result.
CREATE FUNCTION prueba.add(name text, since timestamptz, length interval, want timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	got timestamptz := ticket_sm.fn_sla_sumar(name, since, length);
	back interval := ticket_sm.fn_sla_transcurrido(name, since, got);
BEGIN
	RETURN CASE WHEN got = want THEN 'ok' ELSE format('WRONG: %s, not %s', got, want) END
		|| CASE WHEN back = length THEN '' ELSE format(' WRONG: %s have passed', back) END;
END $$;
CREATE FUNCTION prueba.elapsed(name text, since timestamptz, until timestamptz, want interval) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	got interval := ticket_sm.fn_sla_transcurrido(name, since, until);
	back interval := ticket_sm.fn_sla_transcurrido(name, until, since);
BEGIN
	RETURN CASE WHEN got = want THEN 'ok' ELSE format('WRONG: %s, not %s', got, want) END
		|| CASE WHEN back = -got THEN '' ELSE format(' WRONG: %s backwards', back) END;
END $$;
CREATE FUNCTION prueba.days(name text, since timestamptz, n integer, want interval) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	got interval := ticket_sm.fn_sla_dias(name, since, n);
BEGIN
	RETURN CASE WHEN got = want THEN 'ok' ELSE format('WRONG: %s, not %s', got, want) END;
END $$;
CREATE FUNCTION prueba.ask(name text, since text, length text) RETURNS text LANGUAGE sql
	RETURN prueba.err(format('SELECT ticket_sm.fn_sla_sumar(%L, %L, %L)', name, since, length));

-- What a new mesa has.
SELECT * FROM helpdesk.calendario ORDER BY nombre;
SELECT calendario, dia, string_agg(desde || ' ' || hasta, ', ' ORDER BY desde) FROM helpdesk.horario GROUP BY 1, 2 ORDER BY 1, 2;
SELECT calendario, version, zona_horaria FROM helpdesk.calendario_version ORDER BY version_id;
-- The holidays of the year in which it was made and the ten that follow are in.
SELECT count(DISTINCT extract(year FROM fecha)) = extract(year FROM now()) + 10 - 2023, min(fecha),
	max(fecha) = make_date(extract(year FROM now())::integer + 10, 12, 25) FROM helpdesk.feriado;

------------------------------------------------------------------------
-- Colombia's holidays
------------------------------------------------------------------------

CREATE TEMP TABLE published AS SELECT d::date AS fecha FROM unnest('{
	2024-01-01, 2024-01-08, 2024-03-25, 2024-03-28, 2024-03-29, 2024-05-01, 2024-05-13, 2024-06-03, 2024-06-10,
	2024-07-01, 2024-07-20, 2024-08-07, 2024-08-19, 2024-10-14, 2024-11-04, 2024-11-11, 2024-12-08, 2024-12-25,
	2025-01-01, 2025-01-06, 2025-03-24, 2025-04-17, 2025-04-18, 2025-05-01, 2025-06-02, 2025-06-23, 2025-06-30,
	2025-07-20, 2025-08-07, 2025-08-18, 2025-10-13, 2025-11-03, 2025-11-17, 2025-12-08, 2025-12-25,
	2026-01-01, 2026-01-12, 2026-03-23, 2026-04-02, 2026-04-03, 2026-05-01, 2026-05-18, 2026-06-08, 2026-06-15,
	2026-06-29, 2026-07-20, 2026-08-07, 2026-08-17, 2026-10-12, 2026-11-02, 2026-11-16, 2026-12-08, 2026-12-25,
	2027-01-01, 2027-01-11, 2027-03-22, 2027-03-25, 2027-03-26, 2027-05-01, 2027-05-10, 2027-05-31, 2027-06-07,
	2027-07-05, 2027-07-20, 2027-08-07, 2027-08-16, 2027-10-18, 2027-11-01, 2027-11-15, 2027-12-08, 2027-12-25
	}'::text[]) AS d;
CREATE TEMP VIEW computed AS SELECT f.* FROM generate_series(2024, 2027) AS a, ticket_sm.feriados_colombia(a) AS f;
-- Neither has a date that the other has not: both empty.
SELECT fecha FROM computed EXCEPT SELECT fecha FROM published;
SELECT fecha FROM published EXCEPT SELECT fecha FROM computed;
-- And the calendar has the same: both empty.
SELECT fecha FROM helpdesk.feriado WHERE calendario = 'CO' AND fecha < '2028-01-01' EXCEPT SELECT fecha FROM published;
SELECT fecha FROM published EXCEPT SELECT fecha FROM helpdesk.feriado WHERE calendario = 'CO';
-- Each date once; two feasts on one date are one row.
SELECT extract(year FROM fecha), count(*), count(DISTINCT fecha) FROM computed GROUP BY 1 ORDER BY 1;
SELECT * FROM computed WHERE fecha BETWEEN '2025-06-01' AND '2025-07-31' OR fecha < '2024-02-01' ORDER BY fecha;
-- Easter at its earliest and latest, by the Fridays before it.
SELECT fecha FROM (VALUES (1984), (2000), (2008), (2011), (2038), (2285), (2999)) AS y(a), ticket_sm.feriados_colombia(a) f
WHERE nombre = 'Viernes Santo' ORDER BY 1;
SELECT prueba.err('SELECT ticket_sm.feriados_colombia(1983)');
SELECT prueba.err('SELECT ticket_sm.feriados_colombia(3000)');
SELECT prueba.err('SELECT ticket_sm.feriados_colombia(NULL)');
SELECT prueba.err('SELECT ticket_sm.feriados_colombia(2147483647)');

-- Filled in by year, none twice, what is there left alone.
SELECT prueba.calendar('Pasto', 'America/Bogota', '{1-5 08:00-12:00}', '{2023-01-09 08:00-09:00, 2023-12-25}');
SELECT ticket_sm.sembrar_feriados_co(2023, 'pasto');
SELECT ticket_sm.sembrar_feriados_co(2023, 'Pasto');
SELECT fecha, desde, nombre FROM helpdesk.feriado WHERE calendario = 'Pasto' AND fecha IN ('2023-01-01', '2023-01-09', '2023-12-25') ORDER BY 1;
SELECT ticket_sm.sembrar_feriados_co(2024);
SELECT prueba.err('SELECT ticket_sm.sembrar_feriados_co(1900)');
SELECT prueba.err('SELECT ticket_sm.sembrar_feriados_co(NULL)');
SELECT prueba.err('SELECT ticket_sm.sembrar_feriados_co(2023, NULL)');
SELECT prueba.err('SELECT ticket_sm.sembrar_feriados_co(2023, ''Lima'')');
-- With the rights of the caller.
SELECT prueba.as_role('regress_ana', $$SELECT ticket_sm.sembrar_feriados_co(2022)$$);
SELECT prueba.as_role('regress_mario', $$SELECT ticket_sm.sembrar_feriados_co(2022)$$);
GRANT EXECUTE ON FUNCTION ticket_sm.sembrar_feriados_co TO regress_mario;
SELECT prueba.as_role('regress_mario', $$SELECT ticket_sm.sembrar_feriados_co(2022)$$);
REVOKE EXECUTE ON FUNCTION ticket_sm.sembrar_feriados_co FROM regress_mario;

------------------------------------------------------------------------
-- Adding business time
------------------------------------------------------------------------

SET timezone = 'America/Bogota';
SELECT rule || ': ' || prueba.add('CO', since, length, want) FROM (VALUES
	('inside', timestamptz '2024-01-09 09:00', interval '1:00', timestamptz '2024-01-09 10:00'),
	('ends at closing', '2024-01-09 09:00', '3:00', '2024-01-09 12:00'),
	('one microsecond more', '2024-01-09 09:00', '3:00:00.000001', '2024-01-09 13:00:00.000001'),
	('one microsecond less', '2024-01-09 09:00', '2:59:59.999999', '2024-01-09 11:59:59.999999'),
	('over lunch', '2024-01-09 11:00', '2:00', '2024-01-09 14:00'),
	('ends at the day''s closing', '2024-01-09 08:00', '8:00', '2024-01-09 17:00'),
	('from closing', '2024-01-09 17:00', '1:00', '2024-01-10 09:00'),
	('over weekend and holiday', '2024-01-05 16:00', '2:00', '2024-01-09 09:00'),
	('from closed', '2024-01-06 10:00', '8:00', '2024-01-09 17:00'),
	('a week with a holiday', '2024-01-05 17:00', '40:00', '2024-01-15 17:00'),
	('the leap day', '2024-02-28 16:30', '9:00', '2024-03-01 08:30'),
	('no leap day', '2023-02-28 16:30', '9:00', '2023-03-02 08:30'),
	('Holy Week', '2024-03-27 16:00', '2:00', '2024-04-01 09:00'),
	('year end', '2024-12-31 16:00', '2:00', '2025-01-02 09:00'),
	('zero, open', '2024-01-09 10:30', '0', '2024-01-09 10:30'),
	('zero, closing for lunch', '2024-01-09 12:00', '0', '2024-01-09 12:00'),
	('zero, a microsecond later', '2024-01-09 12:00:00.000001', '0', '2024-01-09 13:00'),
	('zero, opening', '2024-01-09 13:00', '0', '2024-01-09 13:00'),
	('zero, closing', '2024-01-05 17:00', '0', '2024-01-05 17:00'),
	('zero, weekend', '2024-01-06 17:00', '0', '2024-01-09 08:00'),
	('microseconds', '2024-01-09 16:59:59.999998', '0:00:00.000005', '2024-01-10 08:00:00.000003')
) AS c(rule, since, length, want);
SELECT rule || ': ' || prueba.elapsed('CO', since, until, want) FROM (VALUES
	('a day', timestamptz '2024-01-09', timestamptz '2024-01-10', interval '8:00'),
	('nothing', '2024-01-09 10:00', '2024-01-09 10:00', '0'),
	('closed', '2024-01-06', '2024-01-09 08:00', '0'),
	('a week', '2024-01-15', '2024-01-22', '40:00'),
	-- 366 days: 52 weeks, Monday and Tuesday; 18 holidays, of which one is a Saturday and one a Sunday
	('2024', '2024-01-01', '2025-01-01', interval '8:00' * (52 * 5 + 2 - 16)),
	('before its calendar''s first holiday', '2020-03-02', '2020-03-09', '40:00')
) AS c(rule, since, until, want);
-- An answer is in hours, never in days.
SELECT ticket_sm.fn_sla_transcurrido('CO', '2024-01-01', '2025-01-01'), ticket_sm.fn_sla_dias('co', '2024-01-09 08:00', 30);

-- Business days: the same time of day, on a date that opens.
SELECT rule || ': ' || prueba.days('CO', since, n, want) FROM (VALUES
	('tomorrow', timestamptz '2024-01-09 10:00', 1, interval '8:00'),
	('over the weekend', '2024-01-12 10:00', 1, '8:00'),
	('over weekend and holiday', '2024-01-05 10:00', 2, '16:00'),
	('from closed: the next opening', '2024-01-06 10:00', 1, '8:00'),
	('from lunch', '2024-01-09 12:30', 1, '8:00'),
	('from closing', '2024-01-09 17:00', 3, '24:00'),
	('a year of them', '2024-01-09 10:00', 250, '2000:00')
) AS c(rule, since, n, want);

-- Special days: hours of their own, more than one opening, on a day that is closed else.
SELECT prueba.calendar('fiestas', 'America/Bogota', '{1-5 08:00-17:00}',
	'{2024-12-24 08:00-12:00, 2024-12-25, 2024-12-26 06:00-07:00, 2024-12-26 20:00-24:00, 2024-12-26 07:00-08:00, 2024-12-28 10:00-11:00}');
SELECT rule || ': ' || prueba.add('fiestas', since, length, want) FROM (VALUES
	('short day', timestamptz '2024-12-24 11:00', interval '1:00', timestamptz '2024-12-24 12:00'),
	('closed, then early', '2024-12-24 11:00', '2:00', '2024-12-26 07:00'),
	('hours that touch', '2024-12-26 06:30', '1:00', '2024-12-26 07:30'),
	('zero where they touch', '2024-12-26 07:00', '0', '2024-12-26 07:00'),
	('split day', '2024-12-26 07:30', '1:00', '2024-12-26 20:30'),
	('up to midnight', '2024-12-26 20:00', '4:00', '2024-12-27 00:00'),
	('a Saturday', '2024-12-27 16:00', '1:30', '2024-12-28 10:30'),
	('and after it', '2024-12-28 10:30', '1:00', '2024-12-30 08:30')
) AS c(rule, since, length, want);
SELECT prueba.days('fiestas', '2024-12-23 10:00', 1, '9:00'), prueba.days('fiestas', '2024-12-23 10:00', 2, '13:00'),
	prueba.days('fiestas', '2024-12-23 10:00', 3, '19:00'), prueba.days('fiestas', '2024-12-23 10:00', 4, '26:00');

-- A night shift is two rows; midnight is no boundary.
SELECT prueba.calendar('noche', 'America/Bogota', '{1-5 22:00-24:00, 2-6 00:00-06:00}');
SELECT rule || ': ' || prueba.add('noche', since, length, want) FROM (VALUES
	('over midnight', timestamptz '2024-01-12 23:00', interval '2:00', timestamptz '2024-01-13 01:00'),
	('to midnight', '2024-01-12 23:00', '1:00', '2024-01-13 00:00'),
	('zero at midnight', '2024-01-13 00:00', '0', '2024-01-13 00:00'),
	('a shift', '2024-01-12 22:00', '8:00', '2024-01-13 06:00'),
	('from one to the next', '2024-01-13 05:00', '2:00', '2024-01-15 23:00')
) AS c(rule, since, length, want);
-- Closing at the 24:00 of a date is a time of that date.
SELECT prueba.calendar('tarde', 'America/Bogota', '{1-5 16:00-24:00}');
SELECT prueba.days('tarde', '2024-01-13 00:00', 1, '8:00'), prueba.days('noche', '2024-01-13 00:00', 1, '6:00');

------------------------------------------------------------------------
-- Clocks that change
------------------------------------------------------------------------

-- New York, Sundays 2024-03-10 (02:00 is 03:00) and 2024-11-03 (02:00 is 01:00).
SET timezone = 'America/New_York';
SELECT prueba.calendar('gap', zone, ARRAY['7-7 ' || hours]) FROM (VALUES ('America/New_York', '02:00-03:00')) AS v(zone, hours);
SELECT prueba.calendar('gap end', 'America/New_York', '{7-7 01:30-02:30}');
SELECT prueba.calendar('gap start', 'America/New_York', '{7-7 02:30-03:30}');
SELECT prueba.calendar('gap inside', 'America/New_York', '{7-7 02:10-02:20, 7-7 02:20-02:30}');
SELECT rule || ': ' || prueba.add(name, since, length, want) FROM (VALUES
	('wholly in a gap', 'gap', timestamptz '2024-03-10 00:00', interval '0', timestamptz '2024-03-17 02:00'),
	('and the Sunday before', 'gap', '2024-03-03 00:00', '2:00', '2024-03-17 03:00'),
	('strictly in a gap', 'gap inside', '2024-03-10 00:00', '0', '2024-03-17 02:10'),
	('closes in a gap', 'gap end', '2024-03-10 01:00', '0:30', '2024-03-10 03:00'),
	('and then a week later', 'gap end', '2024-03-10 01:00', '0:31', '2024-03-17 01:31'),
	('opens in a gap', 'gap start', '2024-03-10 01:00', '0', '2024-03-10 03:00'),
	('and has half its hours', 'gap start', '2024-03-10 01:00', '0:31', '2024-03-17 02:31')
) AS c(rule, name, since, length, want);
-- A date whose only opening is empty is no business day.
SELECT prueba.days('gap', '2024-03-03 02:30', 1, '1:00'), prueba.elapsed('gap', '2024-03-03 02:30', '2024-03-17 02:30', '1:00'),
	prueba.days('gap end', '2024-03-03 01:45', 1, '1:00'), prueba.days('gap end', '2024-03-03 02:15', 1, '0:45');

SELECT prueba.calendar('fold ' || hours, 'America/New_York', ARRAY['7-7 ' || hours])
FROM unnest('{00:00-01:00, 00:30-01:30, 01:00-02:00, 01:30-01:45, 02:00-03:00, 00:00-24:00}'::text[]) AS hours;
SELECT rule || ': ' || prueba.elapsed(name, since, until, want) FROM (VALUES
	('closes at the second 01:00', 'fold 00:00-01:00', timestamptz '2024-11-03 00:00-04', timestamptz '2024-11-04 00:00-05', interval '2:00'),
	('both', 'fold 00:30-01:30', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '2:00'),
	('both, up to the second 01:00', 'fold 00:30-01:30', '2024-11-03 00:00-04', '2024-11-03 01:00-05', '1:30'),
	('opens at the second 01:00', 'fold 01:00-02:00', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '1:00'),
	('not in the first', 'fold 01:00-02:00', '2024-11-03 01:00-04', '2024-11-03 01:00-05', '0'),
	('inside: the second', 'fold 01:30-01:45', '2024-11-03 01:00-04', '2024-11-03 01:00-05', '0'),
	('inside: the second', 'fold 01:30-01:45', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '0:15'),
	('from its end', 'fold 02:00-03:00', '2024-11-03 00:00-04', '2024-11-04 00:00-05', '1:00'),
	('a day of 25 hours', 'fold 00:00-24:00', '2024-11-02 00:00-04', '2024-11-04 00:00-05', '25:00'),
	('a day of 23 hours', 'fold 00:00-24:00', '2024-03-09 00:00-05', '2024-03-11 00:00-04', '23:00')
) AS c(rule, name, since, until, want);
SELECT rule || ': ' || prueba.add(name, since, length, want) FROM (VALUES
	('the first 01:30 waits', 'fold 01:30-01:45', timestamptz '2024-11-03 01:30-04', interval '0', timestamptz '2024-11-03 01:30-05'),
	('the second does not', 'fold 01:30-01:45', '2024-11-03 01:31-05', '0', '2024-11-03 01:31-05'),
	('to the first 01:00', 'fold 00:00-01:00', '2024-11-03 00:00-04', '1:00', '2024-11-03 01:00-04'),
	('on in the first hour', 'fold 00:00-01:00', '2024-11-03 00:00-04', '1:15', '2024-11-03 01:15-04'),
	('to the second 01:00', 'fold 00:00-01:00', '2024-11-03 00:00-04', '2:00', '2024-11-03 01:00-05')
) AS c(rule, name, since, length, want);

-- Lord Howe changes by half an hour: 2024-04-07 02:00+11 is 01:30+10:30, 2024-10-06 02:00+10:30 is 02:30+11.
SET timezone = 'Australia/Lord_Howe';
SELECT prueba.calendar('lh ' || hours, 'Australia/Lord_Howe', ARRAY['7-7 ' || hours])
FROM unnest('{01:00-02:00, 01:30-02:00, 02:00-03:00, 01:30-02:15, 02:05-02:25}'::text[]) AS hours;
SELECT rule || ': ' || prueba.elapsed(name, since, until, want) FROM (VALUES
	('an hour that takes longer', 'lh 01:00-02:00', timestamptz '2024-04-07 00:00', timestamptz '2024-04-08 00:00', interval '1:30'),
	('the second half', 'lh 01:30-02:00', '2024-04-07 00:00', '2024-04-08 00:00', '0:30'),
	('not the first', 'lh 01:30-02:00', '2024-04-07 00:00', '2024-04-07 01:30+10:30', '0'),
	('half an hour is missing', 'lh 02:00-03:00', '2024-10-06 00:00', '2024-10-07 00:00', '0:30'),
	('closes in the gap', 'lh 01:30-02:15', '2024-10-06 00:00', '2024-10-07 00:00', '0:30'),
	('in the gap', 'lh 02:05-02:25', '2024-10-06 00:00', '2024-10-07 00:00', '0')
) AS c(rule, name, since, until, want);

-- Apia had no 2011-12-30, a Friday.
SET timezone = 'Pacific/Apia';
SELECT prueba.calendar('apia', 'Pacific/Apia', '{1-5 08:00-17:00}', '{2012-01-02}');
SELECT prueba.calendar('apia always', 'Pacific/Apia', '{1-7 00:00-24:00}', '{2011-12-30 08:00-09:00}');
SELECT prueba.elapsed('apia', '2011-12-29 08:00-10', '2012-01-03 08:00+14', '9:00'),
	prueba.add('apia', '2011-12-29 16:00-10', '2:00', '2012-01-03 09:00+14'),
	prueba.days('apia', '2011-12-29 10:00-10', 1, '9:00'),
	prueba.elapsed('apia always', '2011-12-29 00:00-10', '2012-01-01 00:00+14', '48:00'),
	prueba.add('apia always', '2011-12-29 12:00-10', '24:00', '2011-12-31 12:00+14'),
	prueba.days('apia always', '2011-12-29 12:00-10', 1, '24:00');

-- São Paulo changed at midnight: 2018-11-04 began at 01:00, 2019-02-16 had 25 hours.
SET timezone = 'America/Sao_Paulo';
SELECT prueba.calendar('sp', 'America/Sao_Paulo', '{6-6 22:00-24:00, 7-7 00:00-06:00}');
SELECT prueba.elapsed('sp', '2018-11-03', '2018-11-05', '7:00'), prueba.elapsed('sp', '2019-02-16', '2019-02-18', '9:00'),
	prueba.add('sp', '2018-11-03 22:00', '2:00', '2018-11-04 01:00'), prueba.add('sp', '2019-02-16 22:00', '3:00', '2019-02-17 00:00-03');

-- Offsets with seconds: Bogotá's clocks went back by 3:44 as 1914-11-23 began.
SET timezone = 'America/Bogota';
SELECT prueba.calendar('siempre', 'America/Bogota', '{1-7 00:00-24:00}');
SELECT prueba.calendar('domingo', 'America/Bogota', '{7-7 00:00-24:00}');
SELECT prueba.elapsed('domingo', '1914-11-21 12:00', '1914-11-24 12:00', '24:03:44'),
	prueba.add('domingo', '1914-11-22 00:00', '24:03:44', '1914-11-23 00:00-05'),
	prueba.add('domingo', '1900-01-02 00:00 UTC', '0', '1900-01-07 04:56:16 UTC');

-- Open always is open always, whatever the clocks do: empty.
SELECT prueba.calendar('always ' || zone, zone, '{1-7 00:00-12:00, 1-7 12:00-24:00}')
FROM unnest('{America/Santiago, Europe/Madrid, Asia/Tehran, Asia/Manila, Africa/Monrovia, Antarctica/Troll, Asia/Kolkata}'::text[]) AS zone;
SELECT c.nombre, since, length, ticket_sm.fn_sla_sumar(c.nombre, since, length), ticket_sm.fn_sla_transcurrido(c.nombre, since, since + length)
FROM helpdesk.calendario c, (VALUES (timestamptz '1800-01-01 UTC'), ('1969-12-31 23:59:59.999999 UTC'), ('2024-03-31 00:30 UTC'), ('2470-10-27 01:30:00.5 UTC')) AS s(since),
	(VALUES (interval '0:00:00.000001'), ('1:00'), ('24:00'), ('4383:00'), ('438291:12:34.567891')) AS l(length)
WHERE c.nombre LIKE 'always %'
AND (ticket_sm.fn_sla_sumar(c.nombre, since, length) <> since + length
	OR ticket_sm.fn_sla_transcurrido(c.nombre, since, since + length) <> length);

-- Fifty years: 2609 weeks of 40 hours without holidays; and with them, there and back, in pieces.
SET timezone = 'UTC';
SELECT prueba.calendar('5x8', 'UTC', '{1-5 09:00-17:00}');
SELECT prueba.add('5x8', '2024-01-01 09:00', interval '40:00' * 2609, date '2024-01-01' + 2608 * 7 + 4 + time '17:00'),
	prueba.elapsed('5x8', '1974-01-07', date '1974-01-07' + 2609 * 7, interval '40:00' * 2609);
SELECT count(*), count(*) FILTER (WHERE whole = first + second) AS additive
FROM helpdesk.calendario c, generate_series(timestamptz '2001-02-03 04:05:06.789012', '2049-01-01', '1234 days 5:06:07.000089') AS m,
	LATERAL (SELECT ticket_sm.fn_sla_transcurrido(c.nombre, '2000-02-29', '2050-02-28') AS whole,
		ticket_sm.fn_sla_transcurrido(c.nombre, '2000-02-29', m) AS first, ticket_sm.fn_sla_transcurrido(c.nombre, m, '2050-02-28') AS second) AS p;

------------------------------------------------------------------------
-- Never open, and the ends of time
------------------------------------------------------------------------

SELECT prueba.calendar('nunca', 'UTC', '{}');
SELECT prueba.calendar('una vez', 'UTC', '{}', '{2024-12-24 08:00-12:00, 2024-12-25}');
SELECT prueba.calendar('siglo', 'UTC', '{}', '{2200-01-01 08:00-09:00}');
SELECT prueba.ask('nunca', '2024-01-01', '0'), prueba.ask('nunca', '2024-01-01', '1:00');
SELECT prueba.elapsed('nunca', '2024-01-01', '2034-01-01', '0');
SELECT prueba.err($$SELECT ticket_sm.fn_sla_dias('nunca', '2024-01-01', 1)$$);
SELECT prueba.add('una vez', '2000-01-01', '4:00', '2024-12-24 12:00'), prueba.add('una vez', '2024-12-24 12:00', '0', '2024-12-24 12:00');
SELECT prueba.ask('una vez', '2000-01-01', '4:00:00.000001'), prueba.ask('una vez', '2024-12-24 12:00:00.000001', '0');
SELECT prueba.err($$SELECT ticket_sm.fn_sla_dias('una vez', '2000-01-01', 1)$$);
SELECT prueba.add('siglo', '2000-01-01', '0', '2200-01-01 08:00');
SELECT prueba.ask('5x8', '2024-01-01', '2000000000:00');
SELECT prueba.ask('always America/Santiago', '294276-01-01', '10000:00');
SELECT prueba.ask('24x7', '294276-12-31', '48:00');
SELECT prueba.ask('24x7', '2024-01-01', '2562047788:00');
SELECT ticket_sm.fn_sla_sumar('CO', '4714-11-24 00:00 BC', '0'), ticket_sm.fn_sla_sumar('24x7', '4714-11-24 00:00 BC', '0');
SELECT prueba.ask('CO', '294276-12-31 23:59:59.999999', '0');
SELECT prueba.err($$SELECT ticket_sm.fn_sla_transcurrido('24x7', '4714-11-24 00:00 BC', '294276-12-31')$$);
SELECT ticket_sm.fn_sla_transcurrido('5x8', '4714-11-24 00:00 BC', '294276-12-31') = interval '8:00' * (298988.98 * 365.2425 * 5 / 7)::integer
	OR ticket_sm.fn_sla_transcurrido('5x8', '4714-11-24 00:00 BC', '294276-12-31') BETWEEN '623000000:00' AND '625000000:00';
SELECT prueba.err($$SELECT ticket_sm.fn_sla_dias('5x8', '294276-12-01', 36500)$$);

------------------------------------------------------------------------
-- Arguments
------------------------------------------------------------------------

SELECT prueba.ask(NULL, '2024-01-01', '1:00'), prueba.ask('', '2024-01-01', '1:00');
SELECT prueba.ask('CO', NULL, '1:00'), prueba.ask('CO', '2024-01-01', NULL);
SELECT prueba.err('SELECT ticket_sm.fn_sla_sumar()');
SELECT prueba.err($$SELECT ticket_sm.fn_sla_transcurrido('CO', NULL, now())$$), prueba.err($$SELECT ticket_sm.fn_sla_transcurrido('CO', now(), NULL)$$);
SELECT prueba.err($$SELECT ticket_sm.fn_sla_dias('CO', NULL, 1)$$), prueba.err($$SELECT ticket_sm.fn_sla_dias('CO', now(), NULL)$$);
SELECT prueba.ask('CO', 'infinity', '1:00'), prueba.ask('CO', '-infinity', '1:00');
SELECT prueba.err($$SELECT ticket_sm.fn_sla_transcurrido('CO', now(), 'infinity')$$), prueba.err($$SELECT ticket_sm.fn_sla_dias('CO', '-infinity', 1)$$);
SELECT prueba.ask('CO', '2024-01-01', '1 day'), prueba.ask('CO', '2024-01-01', '1 mon');
SELECT prueba.ask('CO', '2024-01-01', '-1:00');
SELECT prueba.err($$SELECT ticket_sm.fn_sla_dias('CO', now(), 0)$$), prueba.err($$SELECT ticket_sm.fn_sla_dias('CO', now(), -2147483648)$$),
	prueba.err($$SELECT ticket_sm.fn_sla_dias('CO', now(), 36501)$$);
SELECT ticket_sm.fn_sla_dias('24x7', '2024-01-01', 36500);
SELECT prueba.ask(E'C\x07O', '2024-01-01', '1:00');
DELETE FROM helpdesk.calendario WHERE nombre LIKE 'always %' OR nombre LIKE 'fold %' OR nombre LIKE 'lh %' OR nombre LIKE 'gap%';
SELECT prueba.ask('Lima', '2024-01-01', '1:00');
-- Any case, blanks around.
SELECT prueba.add(E' Co\n', '2024-01-09 14:00', '1:00', '2024-01-09 15:00');

------------------------------------------------------------------------
-- The tables
------------------------------------------------------------------------

-- Hours that overlap, and what is no time of the wall clock.
SELECT prueba.err($$INSERT INTO helpdesk.horario VALUES ('CO', 1, '11:30', '14:00')$$);
SELECT prueba.err($$INSERT INTO helpdesk.horario VALUES ('CO', 6, '08:00', '12:00'), ('CO', 6, '09:00', '10:00')$$);
SELECT prueba.err($$UPDATE helpdesk.horario SET hasta = '13:00:01' WHERE calendario = 'CO' AND dia = 3 AND hasta = '12:00'$$);
SELECT prueba.err($$INSERT INTO helpdesk.feriado VALUES ('CO', '2024-01-01', '08:00', '09:00', 'x')$$);
SELECT prueba.err($$INSERT INTO helpdesk.feriado VALUES ('CO', '2024-01-02', '08:00', '09:00', 'x'), ('CO', '2024-01-02', '08:30', '10:00', 'x')$$);
SELECT prueba.try($$INSERT INTO helpdesk.feriado VALUES ('CO', '2024-01-02', '08:00', '09:00', 'x'), ('CO', '2024-01-02', '09:00', '10:00', 'x')$$);
SELECT prueba.short($$INSERT INTO helpdesk.feriado VALUES ('CO', '2024-01-01', NULL, NULL, 'x')$$);
SELECT prueba.short(format('INSERT INTO helpdesk.horario VALUES (%s)', v)) FROM unnest(ARRAY[
	$$'CO', 0, '08:00', '09:00'$$, $$'CO', 8, '08:00', '09:00'$$, $$'CO', 6, '09:00', '09:00'$$, $$'CO', 6, '22:00', '06:00'$$,
	$$'CO', 6, '08:00:00.5', '09:00'$$, $$'CO', 6, '08:00', '09:00:00.000001'$$, $$'CO', 6, '08:00', NULL$$, $$'Lima', 6, '08:00', '09:00'$$]) AS v;
SELECT prueba.short(format('INSERT INTO helpdesk.feriado VALUES (%s)', v)) FROM unnest(ARRAY[
	$$'CO', 'infinity', NULL, NULL, 'x'$$, $$'CO', '10000-01-01', NULL, NULL, 'x'$$, $$'CO', '2024-01-02', '08:00', NULL, 'x'$$,
	$$'CO', '2024-01-02', '08:00', '08:00', 'x'$$, $$'CO', '2024-01-02', '08:00', '24:00', ' '$$, $$'CO', '2024-01-02', '08:00:01.5', '24:00', 'x'$$,
	$$'CO', '2024-01-02', NULL, NULL, NULL$$, $$'Lima', '2024-01-02', NULL, NULL, 'x'$$]) AS v;

-- Names, and hostile time zones.
SELECT split_part(prueba.try(format('INSERT INTO helpdesk.calendario VALUES (%L, %L)', n, z)), ' | ', 1) FROM (VALUES
	('co', 'UTC'), ('', 'UTC'), (E'x\ny', 'UTC'), (repeat('x', 101), 'UTC'), (NULL, 'UTC'), ('z', NULL), ('z', ''), ('z', 'Nowhere/City'), ('z', '../../../etc/passwd'),
	('z', '/etc/passwd'), ('z', 'PDT'), ('z', 'FOO+999'), ('z', repeat('x', 100)), ('z', 'UTC'';--')) AS v(n, z);
SELECT prueba.try($$INSERT INTO helpdesk.calendario VALUES ('z', 'america/bogota')$$);
-- An offset as far as POSIX allows, from before zones had to be names.
SET session_replication_role = replica;
INSERT INTO helpdesk.calendario VALUES ('lejos', 'FOO+167:59');
RESET session_replication_role;
INSERT INTO helpdesk.horario VALUES ('lejos', 1, '08:00', '09:00');
SELECT prueba.add('lejos', '2024-01-02 00:00', '0', '2024-01-01 08:00'::timestamp AT TIME ZONE 'FOO+167:59');
DELETE FROM helpdesk.calendario WHERE nombre = 'lejos';

-- A version for every definition that a ticket was given (see `versions`), and the latest; a name or an idle statement makes none.
SELECT prueba.calendar('v', 'UTC', '{1-5 09:00-17:00}');
CREATE FUNCTION prueba.versions(name text) RETURNS text LANGUAGE sql
	RETURN (SELECT string_agg(format('%s:%s/%s/%s', version, zona_horaria, cardinality(dia), cardinality(feriado)), ' ' ORDER BY version)
		FROM helpdesk.calendario_version WHERE calendario = name);
SELECT prueba.versions('v');
INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas, calendario) VALUES ('resolucion', 'uve', 4, 'v');
SELECT prueba.new_ticket('v1', '{"categoria": "uve"}');
INSERT INTO helpdesk.feriado VALUES ('v', '2024-01-02', NULL, NULL, 'Uno'), ('v', '2024-01-03', NULL, NULL, 'Dos');
UPDATE helpdesk.feriado SET nombre = 'Dos y medio' WHERE nombre = 'Dos';
UPDATE helpdesk.calendario SET zona_horaria = zona_horaria;
DELETE FROM helpdesk.horario WHERE calendario = 'v' AND dia = 9;
SELECT prueba.versions('v');
SELECT prueba.new_ticket('v2', '{"categoria": "uve"}');
UPDATE helpdesk.calendario SET zona_horaria = 'Europe/Madrid' WHERE nombre = 'v';
DELETE FROM helpdesk.horario WHERE calendario = 'v' AND dia = 5;
SELECT prueba.new_ticket('v3', '{"categoria": "uve"}');
SELECT prueba.versions('v');
-- The rows that others have do not count: nobody else got a version.
SELECT count(*) FROM helpdesk.calendario_version WHERE calendario = 'CO';
SELECT vigente_desde = max(vigente_desde) OVER (), vigente_desde > now() - interval '1 min' FROM helpdesk.calendario_version ORDER BY version_id DESC LIMIT 1;
-- The clock is the tickets' own.
SET ticket_sm.desfase_reloj = '30d';
UPDATE helpdesk.calendario SET zona_horaria = 'Europe/Paris' WHERE nombre = 'v';
RESET ticket_sm.desfase_reloj;
SELECT vigente_desde > now() + interval '29 days' FROM helpdesk.calendario_version ORDER BY version_id DESC LIMIT 1;

-- New questions get the latest one, the id of an old one gives what it was; at once, and not after a rollback.
CREATE FUNCTION prueba.span(v integer) RETURNS interval LANGUAGE sql
	RETURN ticket_sm.sla_tiempo('helpdesk.ticket',
		(SELECT version_id FROM helpdesk.calendario_version WHERE calendario = 'v' AND version = v), '2024-01-01 08:30 UTC', '2024-01-08 16:00 UTC');
SELECT prueba.versions('v'), prueba.span(1), prueba.span(2), prueba.span(3), prueba.span(4);
BEGIN;
UPDATE helpdesk.horario SET hasta = '09:01' WHERE calendario = 'v';
SELECT ticket_sm.fn_sla_transcurrido('v', '2024-01-01', '2024-01-08');
SAVEPOINT s;
UPDATE helpdesk.horario SET hasta = '09:02' WHERE calendario = 'v';
SELECT ticket_sm.fn_sla_transcurrido('v', '2024-01-01', '2024-01-08');
ROLLBACK TO s;
SELECT ticket_sm.fn_sla_transcurrido('v', '2024-01-01', '2024-01-08');
ROLLBACK;
SELECT ticket_sm.fn_sla_transcurrido('v', '2024-01-01', '2024-01-08');
-- Renamed: so are its versions, and no other is written.  Back, and nothing has changed.
UPDATE helpdesk.calendario SET nombre = 'w' WHERE nombre = 'v';
SELECT prueba.versions('v'), prueba.versions('w'), ticket_sm.fn_sla_transcurrido('w', '2024-01-01', '2024-01-08');
UPDATE helpdesk.calendario SET nombre = 'v' WHERE nombre = 'w';
SELECT prueba.versions('v'), prueba.versions('w');
-- Deleted: its versions stay, but for the last one, which nobody has.  Made again, they go on where they were.
DELETE FROM helpdesk.sla_politica WHERE calendario = 'v';
DELETE FROM helpdesk.calendario WHERE nombre = 'v';
SELECT prueba.versions('v'), (SELECT count(*) FROM helpdesk.horario WHERE calendario = 'v'), prueba.span(2);
SELECT split_part(prueba.ask('v', '2024-01-01', '1:00'), ' | ', 2);
INSERT INTO helpdesk.calendario VALUES ('v', 'Europe/Paris');
SELECT prueba.versions('v'), prueba.ask('v', '2024-01-01', '1:00');
BEGIN;
TRUNCATE helpdesk.horario, helpdesk.feriado, helpdesk.sla_politica;
DELETE FROM helpdesk.calendario;
SELECT prueba.ask('CO', '2024-01-01', '1:00');
ROLLBACK;
SELECT prueba.ask('CO', '2024-01-01', '1:00');

-- Of a mesa's table ticket, and NULLs.
SELECT ticket_sm.sla_tiempo('helpdesk.ticket', NULL, '2024-01-01', '2024-01-03 01:00'), ticket_sm.sla_tiempo('helpdesk.ticket', 1, NULL, now()),
	ticket_sm.sla_tiempo('helpdesk.ticket', 1, now(), NULL), ticket_sm.sla_tiempo('helpdesk.ticket', NULL, '2024-01-02', '2024-01-01');
SELECT prueba.err($$SELECT ticket_sm.sla_tiempo(NULL, 1, now(), now())$$);
SELECT prueba.err($$SELECT ticket_sm.sla_tiempo('helpdesk.area', 1, now(), now())$$);
SELECT prueba.err($$SELECT ticket_sm.sla_tiempo('helpdesk.ticket', 1, '-infinity', now())$$), prueba.err($$SELECT ticket_sm.sla_tiempo('helpdesk.ticket', NULL, now(), 'infinity')$$);
SELECT ticket_sm.sla_tiempo('helpdesk.ticket', 999999, now(), now());

-- Nobody writes versions by hand; who may define calendars, and who may ask.
SELECT prueba.err(s) FROM unnest(ARRAY[$$INSERT INTO helpdesk.calendario_version (calendario, version, vigente_desde, zona_horaria, dia, desde, hasta,
		feriado, feriado_desde, feriado_hasta) VALUES ('CO', 99, now(), 'UTC', '{}', '{}', '{}', '{}', '{}', '{}')$$,
	'UPDATE helpdesk.calendario_version SET version = version', 'DELETE FROM helpdesk.calendario_version', 'TRUNCATE helpdesk.calendario_version']) AS s;
SELECT who || ': ' || string_agg(prueba.as_role(who, s), ', ' ORDER BY n) FROM unnest('{regress_ana, regress_mario, regress_alba, regress_pepe}'::name[]) AS who,
	unnest(ARRAY['SELECT count(*) > 3 FROM helpdesk.calendario c JOIN helpdesk.horario h ON h.calendario = c.nombre LEFT JOIN helpdesk.feriado f ON false LEFT JOIN helpdesk.calendario_version v ON false',
		$$INSERT INTO helpdesk.calendario VALUES ('nuevo', 'UTC')$$, $$UPDATE helpdesk.horario SET hasta = '16:00' WHERE calendario = 'CO' AND dia = 1 AND hasta = '17:00'$$,
		$$DELETE FROM helpdesk.feriado WHERE calendario = 'CO' AND fecha = '2024-01-01'$$, 'DELETE FROM helpdesk.calendario_version',
		$$SELECT ticket_sm.fn_sla_sumar('CO', '2024-01-09 14:00+00', '1:00')$$, $$SELECT ticket_sm.sla_tiempo('helpdesk.ticket', NULL, '2024-01-01', '2024-01-02')$$,
		$$SELECT count(*) FROM ticket_sm.feriados_colombia(2024)$$]) WITH ORDINALITY AS a(s, n) GROUP BY who ORDER BY who;
SET ROLE regress_ana;
UPDATE helpdesk.horario SET hasta = '16:00' WHERE calendario = 'CO' AND dia = 1 AND hasta = '17:00';
RESET ROLE;
SELECT calendario, version FROM helpdesk.calendario_version WHERE calendario = 'CO' ORDER BY version;
SET ticket_sm.mesa = 'nowhere';
SELECT prueba.ask('CO', '2024-01-01', '1:00');
RESET ticket_sm.mesa;
SELECT * FROM ticket_sm.fn_verificar();
