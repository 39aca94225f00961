-- The shape: a mesa is believed only while each of its tables is as the template makes it.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

------------------------------------------------------------------------
-- A mesa is believed only when it has the template's shape
------------------------------------------------------------------------

-- The sheet that C has of the tables, and the tables that the template makes.
CREATE SCHEMA cerca;
SELECT ticket_sm.crear_mesa('mesa_rota');
CREATE VIEW cerca.plantilla AS
	SELECT c.relname AS tabla, a.attname AS columna, a.atttypid::regtype AS tipo, a.attnotnull AS obligatoria
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'mesa_rota'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped;
SELECT 'template only', p.* FROM (TABLE cerca.plantilla EXCEPT SELECT * FROM ticket_sm.forma_mesa()) AS p;
SELECT 'sheet only', f.* FROM (SELECT * FROM ticket_sm.forma_mesa() EXCEPT TABLE cerca.plantilla) AS f;

-- A statement breaks the shape; three functions are asked, and it is undone.  What they all say.
CREATE FUNCTION cerca.rota(rotura text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE rotura;
	SELECT string_agg(DISTINCT prueba.err(c), ' -- ') INTO answer
	FROM unnest(ARRAY[prueba.create_call('{"area": "MESA"}'), 'SELECT ticket_sm.fn_verificar()', 'SELECT ticket_sm.fn_bandeja()']) AS c;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN split_part(answer, ' | HINT', 1);
END $$;
-- Those of many that are not answered with this error, this table and a detail like this; and how many there were.
CREATE TYPE cerca.rotura AS (tabla name, sentencia text, detalle text);
CREATE FUNCTION cerca.romper(roturas cerca.rotura[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	r cerca.rotura;
	answer text;
BEGIN
	FOREACH r IN ARRAY roturas LOOP
		answer := cerca.rota(r.sentencia);
		IF answer NOT LIKE '55000 table "' || replace(r.tabla, '_', '\_') || '" of mesa mesa\_rota is not as the template makes it | DETAIL: '
				|| r.detalle THEN
			RETURN NEXT format('%s: %s', r.sentencia, answer);
		END IF;
	END LOOP;
	RETURN NEXT cardinality(roturas);
END $$;

GRANT ticket_mesa TO regress_mario;
GRANT USAGE ON SCHEMA cerca TO PUBLIC;
SET ticket_sm.mesa = 'mesa_rota';
SELECT prueba.new_ticket('entero', '{"area": "MESA"}');
-- In place of each table: nothing, a view, a table of another kind; and a table that shares its rows.
CREATE FOREIGN DATA WRAPPER prueba_fdw;
CREATE SERVER prueba_servidor FOREIGN DATA WRAPPER prueba_fdw;
CREATE ACCESS METHOD prueba_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE VIEW cerca.tabla AS SELECT tabla, (array_agg(columna))[1] AS primera, tabla = 'ticket' AS es_ticket
	FROM ticket_sm.forma_mesa() GROUP BY tabla ORDER BY tabla COLLATE "C";
-- In a text, @ is the table and # its first column.
CREATE FUNCTION cerca.con(como text, tabla name, columna name) RETURNS text LANGUAGE sql
	RETURN replace(replace(como, '@', 'mesa_rota.' || tabla), '#', columna);
SELECT cerca.romper(array_agg((t.tabla, cerca.con('ALTER TABLE @ RENAME TO de_verdad; ' || k.como
		-- by which a mesa is known as one
		|| CASE WHEN t.es_ticket AND k.como ~ '^CREATE (UNLOGGED )?TABLE' THEN '; CREATE TRIGGER guardia BEFORE INSERT OR UPDATE ON @
			FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before()' ELSE '' END, t.tabla, t.primera), k.detalle)::cerca.rotura))
FROM cerca.tabla AS t, (VALUES
	('SELECT 1', 'There is no such table.'),
	('CREATE VIEW @ AS TABLE mesa_rota.de_verdad', '% is no ordinary table.'),
	('CREATE MATERIALIZED VIEW @ AS TABLE mesa_rota.de_verdad', '% is no ordinary table.'),
	('CREATE TABLE @ (LIKE mesa_rota.de_verdad) PARTITION BY HASH (#)', '% is no ordinary table.'),
	('CREATE FOREIGN TABLE @ (x integer) SERVER prueba_servidor', '% is no ordinary table.'),
	('CREATE TYPE @ AS (x integer)', '% is no ordinary table.'),
	('CREATE SEQUENCE @', '% is no ordinary table.'),
	('CREATE UNLOGGED TABLE @ (LIKE mesa_rota.de_verdad)', 'It is not logged%'),
	('CREATE TABLE @ (LIKE mesa_rota.de_verdad) USING prueba_heap', 'Its access method is not heap.')) AS k(como, detalle)
WHERE NOT (t.es_ticket AND k.como = 'SELECT 1');
-- (without its table ticket a mesa is none)
BEGIN;
ALTER TABLE mesa_rota.ticket RENAME TO de_verdad;
SELECT prueba.err('SELECT ticket_sm.fn_bandeja()');
ROLLBACK;
SELECT cerca.romper(array_agg((t.tabla, cerca.con(k.como, t.tabla, t.primera), k.detalle)::cerca.rotura))
FROM cerca.tabla AS t, (VALUES
	('CREATE TABLE cerca.madre (LIKE @); ALTER TABLE @ INHERIT cerca.madre', 'It inherits from another table.'),
	('CREATE TABLE cerca.hija () INHERITS (@)', 'Another table inherits from it.'),
	('ALTER TABLE @ OWNER TO regress_nadie', 'It belongs to role "regress_nadie", but table "ticket" to %'),
	('ALTER TABLE @ ALTER # DROP IDENTITY IF EXISTS; CREATE TABLE cerca.raiz (LIKE @) PARTITION BY HASH (#);
		ALTER TABLE cerca.raiz ATTACH PARTITION @ FOR VALUES WITH (MODULUS 1, REMAINDER 0)', 'It is a partition of another table.')) AS k(como, detalle)
WHERE NOT (t.es_ticket AND k.como ~ 'OWNER');
-- (if it is ticket that is another's, the others are not its owner's)
BEGIN;
ALTER TABLE mesa_rota.ticket OWNER TO regress_nadie;
SELECT prueba.err('SELECT ticket_sm.fn_bandeja()');
ROLLBACK;
-- A mesa of temporary tables is none.
BEGIN;
CREATE TEMP TABLE ticket (LIKE mesa_rota.ticket);
CREATE TRIGGER guardia BEFORE INSERT OR UPDATE ON pg_temp.ticket FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();
SELECT set_config('ticket_sm.mesa', pg_my_temp_schema()::regnamespace::text, true) \g /dev/null
SELECT regexp_replace(prueba.short('SELECT ticket_sm.fn_bandeja()'), 'pg_temp_\d+', 'pg_temp_N');
SELECT format('CREATE TEMP TABLE %1$I (LIKE mesa_rota.%1$I INCLUDING ALL)', tabla) FROM cerca.tabla WHERE NOT es_ticket \gexec
SELECT regexp_replace(prueba.err('SELECT ticket_sm.fn_bandeja()'), 'pg_temp_\d+', 'pg_temp_N');
ROLLBACK;

-- Each column: gone, of another type, of a domain over its own, of its type with a modifier, with a
-- collation of its own, without NOT NULL, generated.
SELECT format('CREATE DOMAIN cerca.%I AS %s', 'd_' || replace(tipo::text, '.', '_'), tipo) FROM ticket_sm.forma_mesa() GROUP BY tipo ORDER BY tipo::text COLLATE "C" \gexec
SELECT cerca.romper(array_agg((f.tabla, format('ALTER TABLE mesa_rota.%I DROP COLUMN %I CASCADE', f.tabla, f.columna)
		|| coalesce(replace(replace(', ADD COLUMN # ' || k.definicion, '#', f.columna), '@', f.tipo::text), ''),
	replace(replace(k.detalle, '#', f.columna), '@', f.tipo::text))::cerca.rotura))
FROM ticket_sm.forma_mesa() AS f, LATERAL (
	SELECT NULL, 'It has no column "#".'
	UNION ALL SELECT t, 'Column "#" is of type ' || t || ', not @.'
		FROM unnest('{text,"character varying",boolean,integer,bigint,uuid,"timestamp with time zone",bytea,jsonb,ticket_sm.ticket_role,integer[]}'::text[]) AS t
		WHERE t::regtype <> f.tipo
	UNION ALL SELECT format('cerca.%I', 'd_' || replace(f.tipo::text, '.', '_')), 'Column "#" is of type cerca.%, not @.'
	UNION ALL SELECT 'numeric(8,2)', 'Column "#" is of type numeric(8,2), not @.'
	UNION ALL SELECT '@ COLLATE "POSIX"', 'Column "#" has a collation of its own.' WHERE f.tipo IN ('text'::regtype, 'name'::regtype)
	UNION ALL SELECT '@', 'Column "#" may be null.' WHERE f.obligatoria
	UNION ALL SELECT '@ GENERATED ALWAYS AS (NULL::@) STORED', 'Column "#" is generated.' WHERE NOT f.obligatoria
) AS k(definicion, detalle);

-- Each key: gone, or one that does not hold for every row and at once.
SELECT cerca.romper(array_agg((c.relname, format(CASE WHEN o.conname IS NULL THEN 'DROP INDEX mesa_rota.%1$I' ELSE 'ALTER TABLE mesa_rota.%2$I DROP CONSTRAINT %3$I CASCADE' END,
		i.indexrelid::regclass, c.relname, o.conname) || replace(replace(k.en_lugar, '@', 'mesa_rota.' || c.relname), '#', l.columnas),
	'It has no valid and immediate unique index on (' || l.columnas || ') alone.')::cerca.rotura))
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid LEFT JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.contype IN ('p', 'u'),
	LATERAL (SELECT string_agg(a.attname, ', ' ORDER BY x.n) AS columnas FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS x(attnum, n)
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.attnum) AS l,
	(VALUES (''), ('; CREATE INDEX ON @ (#)'), ('; CREATE UNIQUE INDEX ON @ (#) WHERE (#) IS NOT NULL'), ('; CREATE UNIQUE INDEX ON @ (#, (1))'),
		('; ALTER TABLE @ ADD UNIQUE (#) DEFERRABLE')) AS k(en_lugar)
WHERE c.relnamespace = 'mesa_rota'::regnamespace AND i.indisunique AND i.indexprs IS NULL AND i.indpred IS NULL;
-- One whose building has failed.
BEGIN;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'mesa_rota.historial_pkey'::regclass;
ALTER TABLE mesa_rota.historial SET (fillfactor = 90);	-- for everybody to notice
SELECT prueba.short('SELECT ticket_sm.fn_bandeja()');
ROLLBACK;

-- Every function that there is, on a mesa broken in each way, called by a superuser and by an agent.  Those that
-- are not answered with the table that is wrong do not touch the mesa.
SELECT prueba.new_ticket('roto', '{"area": "MESA"}');
CREATE FUNCTION cerca.todas(rotura text, quien name) RETURNS TABLE (funcion name, respuesta text) LANGUAGE plpgsql AS $$
DECLARE
	que name[];
	como text[];
BEGIN
	BEGIN
		EXECUTE rotura;
		PERFORM set_config('role', quien, true);
		SELECT array_agg(c.funcion), array_agg(prueba.short(c.llamada)) INTO que, como FROM prueba.calls('mesa_rota', prueba.id('roto')) AS c;
		PERFORM set_config('role', 'none', true);
		RAISE EXCEPTION SQLSTATE 'ZZ000';
	EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
		RETURN QUERY SELECT * FROM unnest(que, como);
	END;
END $$;
SELECT q.quien, r.respuesta, string_agg(DISTINCT r.funcion::text, ', ' ORDER BY r.funcion::text)
FROM (VALUES
	('estado', 'ALTER TABLE @ RENAME TO de_verdad; CREATE VIEW @ AS TABLE mesa_rota.de_verdad'),
	('agente', 'ALTER TABLE @ RENAME TO de_verdad; CREATE MATERIALIZED VIEW @ AS TABLE mesa_rota.de_verdad'),
	('historial', 'ALTER TABLE @ RENAME TO de_verdad; CREATE TABLE @ (LIKE mesa_rota.de_verdad) PARTITION BY HASH (version)'),
	('configuracion', 'ALTER TABLE @ RENAME TO de_verdad; CREATE FOREIGN TABLE @ (x integer) SERVER prueba_servidor'),
	('area', 'CREATE TABLE cerca.madre (LIKE @); ALTER TABLE @ INHERIT cerca.madre'),
	('permiso', 'CREATE TABLE cerca.hija () INHERITS (@)'),
	('rol', 'CREATE TABLE cerca.raiz (LIKE @) PARTITION BY HASH (rol); ALTER TABLE cerca.raiz ATTACH PARTITION @ FOR VALUES WITH (MODULUS 1, REMAINDER 0)'),
	('calendario', 'ALTER TABLE @ OWNER TO regress_nadie'),
	('contador', 'ALTER TABLE @ ALTER ultimo TYPE text'),
	('evento', 'ALTER TABLE @ ALTER datos TYPE text'),
	('configuracion', 'ALTER TABLE @ ALTER sla_avisos DROP NOT NULL; UPDATE @ SET sla_avisos = NULL'),
	('prioridad', 'ALTER TABLE @ ALTER sla_horas TYPE cerca.d_integer'),
	('horario', 'ALTER TABLE @ ALTER calendario TYPE text COLLATE "C"'),
	('contador', 'ALTER TABLE @ DROP CONSTRAINT contador_pkey; CREATE INDEX ON @ ((ultimo + anio))'),
	('historial', 'ALTER TABLE @ DROP CONSTRAINT historial_pkey; CREATE UNIQUE INDEX ON @ (ticket_uuid, version) WHERE version > 0')) AS b(tabla, rotura),
	unnest('{none,regress_mario}'::name[]) AS q(quien), cerca.todas(replace(b.rotura, '@', 'mesa_rota.' || b.tabla), q.quien) AS r
WHERE r.respuesta <> format('55000 table "%s" of mesa mesa_rota is not as the template makes it', b.tabla) AND r.funcion !~ '^(hoja|plantilla)_'
	AND r.respuesta <> format('42501 permission denied for function %s', r.funcion)
GROUP BY 1, 2 ORDER BY 1, 2;

-- What may be done: columns of one's own, another order, indexes, constraints, triggers.
ALTER TABLE mesa_rota.area ADD COLUMN jefe text COLLATE "C" DEFAULT 'nadie', ADD COLUMN planta integer;
ALTER TABLE mesa_rota.rol ADD COLUMN aparte text, DROP COLUMN rol_bd;
ALTER TABLE mesa_rota.rol ADD COLUMN rol_bd name;
UPDATE mesa_rota.rol SET rol_bd = 'ticket_' || lower(rol::text);
ALTER TABLE mesa_rota.rol ALTER rol_bd SET NOT NULL;
ALTER TABLE mesa_rota.contador DROP CONSTRAINT contador_pkey;
CREATE UNIQUE INDEX otro_nombre ON mesa_rota.contador (anio) INCLUDE (ultimo);
UPDATE mesa_rota.ticket SET asunto = 'Correo';
ALTER TABLE mesa_rota.ticket ALTER asunto SET NOT NULL, ADD CHECK (asunto <> '');
CREATE INDEX ON mesa_rota.ticket (lower(descripcion)) WHERE abierto;
SELECT prueba.err(prueba.create_call('{"area": "MESA", "asunto": "Todo bien"}'));
SELECT * FROM ticket_sm.fn_verificar();
RESET ticket_sm.mesa;
DROP SCHEMA cerca, mesa_rota CASCADE;
DROP FOREIGN DATA WRAPPER prueba_fdw CASCADE;
DROP ACCESS METHOD prueba_heap CASCADE;
