-- One round of the sweep, number :ronda, in a session that has been at it for
-- a while.  Prints round, rows told, time and CPU in ms, and WAL bytes; then
-- time and CPU of a sweep that finds nothing.

SELECT set_config('ticket_sm.desfase_reloj',
	extract(epoch FROM base + make_interval(hours => 8, mins => :ronda, secs => -10) - clock_timestamp())::integer::text, false)
FROM bench.reloj \g /dev/null
-- more than five, so that a generic plan has been looked at
SELECT count(*) FROM generate_series(1, 10) AS n, ticket_sm.fn_sla_barrer(10000 + (n - n)::integer) \g /dev/null
SELECT clock_timestamp() AS t, split_part(pg_read_file('/proc/self/schedstat'), ' ', 1) AS cpu \gset nada_
SELECT count(*) FROM generate_series(1, 100) AS n, ticket_sm.fn_sla_barrer(10000 + (n - n)::integer) \g /dev/null
SELECT extract(epoch FROM clock_timestamp() - :'nada_t') * 10 AS t,
	(split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint - :nada_cpu) / 1e8 AS cpu \gset nada_

SELECT set_config('ticket_sm.desfase_reloj',
	extract(epoch FROM base + make_interval(hours => 8, mins => :ronda, secs => 40) - clock_timestamp())::integer::text, false)
FROM bench.reloj \g /dev/null
SELECT clock_timestamp() AS t, split_part(pg_read_file('/proc/self/schedstat'), ' ', 1) AS cpu,
	pg_current_wal_insert_lsn() AS wal \gset
SELECT count(*) AS dichos FROM ticket_sm.fn_sla_barrer(10000) \gset
SELECT :ronda, :dichos, extract(epoch FROM clock_timestamp() - :'t') * 1000,
	(split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint - :cpu) / 1e6,
	pg_current_wal_insert_lsn() - :'wal', :nada_t, :nada_cpu;
