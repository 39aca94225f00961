-- Bytes per ticket, as loaded.
\pset footer off
\pset border 1
\echo
SELECT c.relname AS "table or index",
	round(sum(pg_relation_size(c.oid)) FILTER (WHERE n.nspname = 'grande') / 1048576.0, 1) AS "big: MB",
	round(sum(pg_relation_size(c.oid)) FILTER (WHERE n.nspname = 'grande') / (SELECT n FROM medida.carga WHERE mesa = 'grande')::numeric, 1) AS "bytes per ticket",
	round(sum(pg_relation_size(c.oid)) FILTER (WHERE n.nspname = 'pequena') / (SELECT n FROM medida.carga WHERE mesa = 'pequena')::numeric, 1) AS "small: bytes per ticket"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index x ON x.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = x.indrelid
WHERE n.nspname IN ('grande', 'pequena') AND c.relkind IN ('r', 'i') AND coalesce(t.relname, c.relname) IN ('ticket', 'historial')
GROUP BY c.relname, coalesce(t.relname, c.relname) ORDER BY coalesce(t.relname, c.relname) DESC, c.relname = coalesce(t.relname, c.relname) DESC, c.relname;
