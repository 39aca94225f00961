-- Which indexes of the big desk have been used by all this, fn_verificar too.
\pset footer off
\pset border 1
\echo
SELECT relname AS "table", indexrelname AS "index of the big desk", idx_scan AS "scans", idx_tup_read AS "entries read"
FROM pg_stat_user_indexes WHERE schemaname = 'grande' AND relname IN ('ticket', 'historial', 'evento') ORDER BY relname DESC, indexrelname;
