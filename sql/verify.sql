-- What fn_verificar sees of a mesa: whatever hides rows from it, shows them to others, or lets
-- writes past the guard, each alone.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

CREATE SCHEMA cerca;
SELECT ticket_sm.crear_mesa('mesa_vista', 'regress_este_admin', 'regress_este_mesa', 'regress_este_area', 'regress_este_publico');
SET ticket_sm.mesa = 'mesa_vista';
UPDATE mesa_vista.configuracion SET eventos = '{crear, actualizar}';
INSERT INTO mesa_vista.area VALUES ('REDES');
INSERT INTO mesa_vista.sla_politica (objetivo, horas) VALUES ('atencion', 1), ('resolucion', 9);
INSERT INTO mesa_vista.agente (nombre, email, rol, usuario_bd) VALUES ('Ana', 'ana@desk.example', 'ADMIN', 'regress_ana');
SELECT prueba.new_ticket('visto', '{"asunto": "Correo", "documento": "123", "telefono": "600100200", "ip": "10.0.0.1", "empresa_departamento": "Ventas",
	"subcategoria": "Entrada", "clave_idempotencia": "una clave"}');
SELECT count(*) FROM (VALUES (ticket_sm.fn_asignar(prueba.id('visto'), area => 'REDES')), (ticket_sm.fn_actualizar(prueba.id('visto'), 'nota', 'respuesta'))) AS x;
SELECT * FROM ticket_sm.fn_verificar();

-- Some statements, undone; what is found, or the error.
CREATE FUNCTION cerca.ver(sentencia text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hallazgos text;
BEGIN
	EXECUTE sentencia;
	SELECT string_agg(concat_ws(': ', v.problema, v.detalle), ' / ' ORDER BY v.problema, v.detalle COLLATE "C") INTO hallazgos FROM ticket_sm.fn_verificar() v;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION
	WHEN SQLSTATE 'ZZ000' THEN RETURN prueba.mask(coalesce(hallazgos, 'nothing'));
	WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Each trigger of the guard: gone, switched off, for replicas alone, another function, a condition,
-- another event, deferred.
CREATE FUNCTION cerca.nada() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END';
SELECT d.tabla, d.disparador, k.como, cerca.ver(replace(replace(k.sentencia, '@', format('mesa_vista.%I', d.tabla)), '#', quote_ident(d.disparador)))
FROM ticket_sm.disparadores() AS d, LATERAL (VALUES
	('gone', 'DROP TRIGGER # ON @'),
	('off', 'ALTER TABLE @ DISABLE TRIGGER #'),
	('all off', 'ALTER TABLE @ DISABLE TRIGGER USER'),
	('replica', 'ALTER TABLE @ ENABLE REPLICA TRIGGER #'),
	('renamed', 'ALTER TRIGGER # ON @ RENAME TO otro'),
	('another function', format('DROP TRIGGER # ON @; CREATE TRIGGER # %s ON @ FOR EACH %s EXECUTE FUNCTION cerca.nada()', d.momento, d.nivel)),
	('a condition', format('DROP TRIGGER # ON @; CREATE TRIGGER # %s ON @ FOR EACH %s WHEN (false) EXECUTE FUNCTION ticket_sm.%I()', d.momento, d.nivel, d.funcion)),
	('fewer events', format('DROP TRIGGER # ON @; CREATE TRIGGER # %s ON @ FOR EACH %s EXECUTE FUNCTION ticket_sm.%I()',
		CASE WHEN d.momento LIKE '% OR %' THEN regexp_replace(d.momento, ' OR \w+$', '') ELSE replace(d.momento, 'DELETE', 'INSERT') END, d.nivel, d.funcion))
	) AS k(como, sentencia)
WHERE cerca.ver(replace(replace(k.sentencia, '@', format('mesa_vista.%I', d.tabla)), '#', quote_ident(d.disparador)))
	NOT LIKE '%guardia: trigger ' || d.disparador || ' of table ' || d.tabla || ' is missing, disabled or altered%'
	AND NOT (k.como = 'fewer events' AND d.momento IN ('AFTER TRUNCATE', 'BEFORE UPDATE', 'AFTER UPDATE'));

-- On each table: a rule, a policy, row security the other way round, forced.
SELECT f.tabla, k.como, h
FROM (SELECT DISTINCT tabla FROM ticket_sm.forma_mesa()) AS f,
	LATERAL (SELECT f.tabla IN ('ticket', 'historial', 'vinculo', 'agente', 'adjunto', 'calificacion') AS segura) AS s,
	LATERAL (VALUES
	('rule', 'CREATE RULE r AS ON DELETE TO @ DO INSTEAD NOTHING', 'guardia: rule r rewrites statements on table #'),
	('rule too', 'CREATE RULE r AS ON INSERT TO @ DO ALSO NOTIFY x', 'guardia: rule r rewrites statements on table #'),
	('policy', 'CREATE POLICY p ON @ USING (true)', 'guardia: policy p of table # is not the template''s'),
	('restrictive', 'CREATE POLICY p ON @ AS RESTRICTIVE FOR SELECT USING (false)', 'guardia: policy p of table # is not the template''s'),
	('switch', CASE WHEN segura THEN 'ALTER TABLE @ DISABLE ROW LEVEL SECURITY' ELSE 'ALTER TABLE @ ENABLE ROW LEVEL SECURITY' END,
		'guardia: row security of table # is switched ' || CASE WHEN segura THEN 'off' ELSE 'on' END),
	('forced', 'ALTER TABLE @ FORCE ROW LEVEL SECURITY', 'guardia: table # forces row security upon its owner: nothing was read')) AS k(como, sentencia, espera),
	cerca.ver(replace(k.sentencia, '@', format('mesa_vista.%I', f.tabla))) AS h
WHERE h <> replace(k.espera, '#', f.tabla);
-- Forced, with a policy that would hide all: of what the mesa is read by, too.
SELECT DISTINCT regexp_replace(h, 'table \w+', 'table t', 'g')
FROM (SELECT DISTINCT tabla FROM ticket_sm.forma_mesa()) AS f,
	cerca.ver(format('CREATE POLICY p ON mesa_vista.%1$I AS RESTRICTIVE USING (false); ALTER TABLE mesa_vista.%1$I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', f.tabla)) AS h
WHERE f.tabla IN ('ticket', 'historial', 'evento', 'contador') ORDER BY 1;
-- Each policy of the template: gone, for some, of another sense.
SELECT p.polname, k.como, h
FROM pg_policy p, LATERAL (VALUES
	('gone', 'DROP POLICY # ON @'), ('for one role', 'ALTER POLICY # ON @ TO regress_pepe'), ('everything', 'ALTER POLICY # ON @ USING (true)'),
	('checks', 'ALTER POLICY # ON @ WITH CHECK (false)'), ('renamed', 'ALTER POLICY # ON @ RENAME TO otra'),
	('restrictive', 'DROP POLICY # ON @; CREATE POLICY # ON @ AS RESTRICTIVE USING (true)')) AS k(como, sentencia),
	cerca.ver(replace(replace(k.sentencia, '@', p.polrelid::regclass::text), '#', p.polname)) AS h
WHERE p.polrelid IN (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'mesa_vista'::regnamespace)
AND h NOT LIKE '%guardia: policy ' || p.polname || ' of table %.% is missing or altered%'
AND h NOT LIKE '%guardia: policy ' || p.polname || ' of table ' || p.polrelid::regclass || ' is missing or altered%'
AND h NOT LIKE '%guardia: policy ' || p.polname || ' of table ' || split_part(p.polrelid::regclass::text, '.', 2) || ' is missing or altered%';

-- Roles and agents; sequences; an older template.
SELECT k.sentencia, cerca.ver(k.sentencia) FROM (VALUES
	('UPDATE mesa_vista.rol SET rol_bd = ''regress_no_hay'' WHERE rol = ''MESA'''),
	('UPDATE mesa_vista.rol SET rol_bd = ''pg_monitor'' WHERE rol = ''ADMIN'''),
	('DELETE FROM mesa_vista.rol WHERE rol = ''PUBLICO'''),
	('ALTER ROLE regress_este_mesa RENAME TO regress_este_mesa_2'),
	('ALTER ROLE regress_este_area LOGIN'),
	('UPDATE mesa_vista.agente SET usuario_bd = ''regress_no_hay'''),
	('UPDATE mesa_vista.agente SET usuario_bd = ''regress_no_hay'', activo = false'),
	('ALTER ROLE regress_ana RENAME TO regress_ana_2'),
	('ALTER SEQUENCE mesa_vista.evento_evento_id_seq RESTART'),
	('SELECT setval(''mesa_vista.evento_evento_id_seq'', 2)'),
	('SELECT setval(''mesa_vista.evento_evento_id_seq'', 3, false)'),
	('SELECT setval(''mesa_vista.evento_evento_id_seq'', 1000)'),
	('SELECT setval(''mesa_vista.evento_evento_id_seq'', 1000, false)'),
	('ALTER SEQUENCE mesa_vista.sla_politica_politica_id_seq RESTART'),
	('ALTER SEQUENCE mesa_vista.sla_politica_version_version_id_seq RESTART'),
	('ALTER SEQUENCE mesa_vista.calendario_version_version_id_seq RESTART'),
	('ALTER TABLE mesa_vista.area ADD mia serial; SELECT setval(''mesa_vista.area_mia_seq'', 1, false)'),
	('ALTER TABLE mesa_vista.area ADD mia serial; ALTER TABLE mesa_vista.area ALTER mia TYPE text'),
	('ALTER TABLE mesa_vista.configuracion DISABLE TRIGGER USER; UPDATE mesa_vista.configuracion SET version_plantilla = ''0.1'''),
	('CREATE TABLE cerca.m (LIKE mesa_vista.evento); ALTER TABLE mesa_vista.evento INHERIT cerca.m'),
	('CREATE TABLE cerca.m () INHERITS (mesa_vista.evento)')
	) AS k(sentencia);

-- Each column of a ticket and of its history, rewritten by DDL, which fires no trigger: seen.
SELECT c.relname, a.attname, h
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, LATERAL (SELECT format_type(a.atttypid, a.atttypmod) AS tipo) AS t,
	LATERAL (SELECT CASE
		WHEN a.attname = 'ticket_uuid' THEN 'gen_random_uuid()' WHEN a.attname = 'version' THEN '# + 100'
		WHEN a.attname = 'area' THEN 'CASE # WHEN ''MESA'' THEN ''REDES'' ELSE ''MESA'' END' WHEN a.attname = 'prioridad' THEN '''ALTA'''
		WHEN t.tipo = 'text' THEN 'coalesce(#, '''') || ''x''' WHEN t.tipo = 'boolean' THEN 'NOT #'
		WHEN t.tipo = 'timestamp with time zone' THEN 'coalesce(#, now()) + interval ''1 day''' WHEN t.tipo = 'interval' THEN 'coalesce(#, ''0'') + interval ''1 hour'''
		WHEN t.tipo = 'integer' THEN 'coalesce(#, 0) + 1' WHEN t.tipo = 'smallint' THEN '(coalesce(#, 0) + 50)::smallint' WHEN t.tipo = 'inet' THEN '''9.9.9.9''::inet'
		WHEN t.tipo = 'bytea' THEN 'coalesce(#, '''') || ''\x00''' WHEN t.tipo = 'uuid' THEN 'gen_random_uuid()' WHEN t.tipo = 'jsonb' THEN '''{"estado": ["x", "y"]}''::jsonb'
		WHEN a.attname = 'estado_antes' THEN 'CASE # WHEN ''RESUELTO'' THEN ''NUEVO'' ELSE ''RESUELTO'' END::ticket_sm.ticket_state'
		ELSE format('(SELECT max(e) FROM unnest(enum_range(NULL::%1$s)) AS e)', t.tipo) END AS otro) AS x,
	LATERAL (SELECT format('DROP VIEW mesa_vista.bandeja, mesa_vista.sla_tiempos, mesa_vista.sla_cumplimiento, mesa_vista.sla_antiguedad, mesa_vista.sla_pausas,
			mesa_vista.sla_tiempo_estado; DROP POLICY ticket_en_alcance ON mesa_vista.ticket; DROP POLICY historial_en_alcance ON mesa_vista.historial;
		CREATE TABLE cerca.copia AS SELECT *, %3$s AS nuevo FROM mesa_vista.%1$I;
		ALTER TABLE mesa_vista.%1$I DISABLE TRIGGER USER; UPDATE mesa_vista.%1$I t SET %2$I = c.nuevo FROM cerca.copia c WHERE c.%4$I = t.%4$I; ALTER TABLE mesa_vista.%1$I ENABLE TRIGGER USER',
		c.relname, a.attname, replace(x.otro, '#', quote_ident(a.attname)), CASE c.relname WHEN 'ticket' THEN 'ticket_label' ELSE 'version' END) AS sentencia) AS q,
	cerca.ver(q.sentencia) AS h
WHERE c.relnamespace = 'mesa_vista'::regnamespace AND c.relname IN ('ticket', 'historial') AND a.attnum > 0
AND h !~ '(^| / )(ticket|historial|hash|label): ';
RESET ticket_sm.mesa;
DROP SCHEMA cerca, mesa_vista CASCADE;
