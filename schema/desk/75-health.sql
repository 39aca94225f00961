-- Health: what an operator, or a monitor, wants to know of a desk.
--
-- It reads as its owner, as ADMIN may not see every table; rows it shows none of.

CREATE OR REPLACE VIEW @mesa@.salud WITH (security_invoker = false, security_barrier = true) AS
SELECT s.aspecto, s.valor, s.en_orden, CASE WHEN NOT s.en_orden THEN s.consejo END AS consejo
FROM (
	SELECT 1 AS orden, 'barrido' AS aspecto,
		CASE WHEN b.is_called THEN format('last sweep at %s', to_timestamp(b.last_value)) ELSE 'never swept' END AS valor,
		b.is_called AND to_timestamp(b.last_value) BETWEEN ticket_sm.ahora() - interval '10 minutes' AND ticket_sm.ahora() + interval '1 minute' AS en_orden,
		'Have ticket_sm.fn_sla_barrer() run every minute, by pg_cron for instance.' AS consejo
	FROM @mesa@.barrido b
	UNION ALL
	SELECT 2 AS orden, 'vencimientos' AS aspecto,
		format('%s tickets have waited for the sweep for more than five minutes', count(*)) AS valor,
		count(*) = 0 AS en_orden,
		'See the warnings of ticket_sm.fn_sla_barrer(): a trigger, a lock or a calendar of yours may stand in its way.' AS consejo
	FROM @mesa@.ticket t WHERE t.sla_revisar_en < ticket_sm.ahora() - interval '5 minutes'
	UNION ALL
	SELECT 3 AS orden, 'eventos' AS aspecto,
		concat(count(*), ' events in the outbox', ', the oldest of ' || date_trunc('second', min(e.ocurrido_en))) AS valor,
		coalesce(min(e.ocurrido_en) > ticket_sm.ahora() - interval '1 hour', true) AS en_orden,
		'Whoever reads them with ticket_sm.fn_eventos() deletes what is dealt with; if nobody does, set configuracion.eventos to ''{}''.' AS consejo
	FROM @mesa@.evento e
	UNION ALL
	-- what sessions of others do is told to members of pg_read_all_stats
	SELECT 4 AS orden, 'transaccion' AS aspecto,
		coalesce('the oldest of this database began at ' || date_trunc('second', min(a.xact_start)), 'no other one is open') AS valor,
		coalesce(min(a.xact_start) > clock_timestamp() - interval '15 minutes', true) AS en_orden,
		'It holds up VACUUM and fn_eventos, and maybe tickets. Find it in pg_stat_activity; set idle_in_transaction_session_timeout.' AS consejo
	FROM pg_stat_activity a WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
	UNION ALL
	SELECT 5 AS orden, 'autovacuum' AS aspecto,
		format('%s: %s dead rows of %s', u.relname, u.n_dead_tup, u.n_dead_tup + u.n_live_tup) AS valor,
		u.n_dead_tup <= 10000 + 0.4 * u.n_live_tup AS en_orden,
		format('Is autovacuum on, and does no old transaction hold it up? Last done: %s.',
			coalesce(date_trunc('second', greatest(u.last_autovacuum, u.last_vacuum))::text, 'never')) AS consejo
	FROM pg_stat_all_tables u WHERE u.relid IN (@ticket@::regclass, (SELECT c.oid FROM pg_class c JOIN pg_class t ON t.relnamespace = c.relnamespace
		WHERE t.oid = @ticket@::regclass AND c.relname = 'historial'))
	UNION ALL
	SELECT 6 AS orden, 'problemas' AS aspecto, format('%s problems of the mesa itself', count(*)) AS valor, count(*) = 0 AS en_orden,
		coalesce(string_agg(v.detalle, '; '), '') AS consejo
	FROM ticket_sm.verificar_mesa(@ticket@::regclass) v
) AS s
ORDER BY s.orden, s.valor;
GRANT SELECT ON @mesa@.salud TO @rol_admin@;

COMMENT ON VIEW @mesa@.salud IS 'How the mesa is doing: a row for each thing to watch. A monitor asks for those that are not en_orden. What is wrong with single tickets is for fn_verificar() to say.';
COMMENT ON COLUMN @mesa@.salud.aspecto IS 'What: barrido (the sweep has run within ten minutes), vencimientos (what has come due is told within five minutes), eventos (the outbox is read within an hour), transaccion (none is older than 15 minutes), autovacuum (of ticket and historial), problemas (of the mesa, as fn_verificar() has them).';
COMMENT ON COLUMN @mesa@.salud.valor IS 'What was found.';
COMMENT ON COLUMN @mesa@.salud.en_orden IS 'Whether that is as it should be.';
COMMENT ON COLUMN @mesa@.salud.consejo IS 'What to do, where it is not.';
