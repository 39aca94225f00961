-- The sheet of operations and fields (src/sheet): what stands elsewhere a second
-- time is the same.  Every query here finds nothing, but for the first two.

\pset format unaligned
\pset tuples_only on
\getenv abs_srcdir PG_ABS_SRCDIR
SELECT prueba.fresh_mesa();

SELECT orden, operacion, clase, motivo_requerido, columnas, participio FROM ticket_sm.hoja_operaciones() ORDER BY orden;
SELECT campo, columna, minimo, maximo, limites FROM ticket_sm.hoja_campos();

-- The type, its order too.
SELECT * FROM (
	SELECT row_number() OVER (ORDER BY e.enumsortorder) AS orden, e.enumlabel::text AS operacion
	FROM pg_enum e WHERE e.enumtypid = 'ticket_sm.ticket_operation'::regtype) AS e
FULL JOIN ticket_sm.hoja_operaciones() h USING (orden, operacion)
WHERE e IS NULL OR h IS NULL;

-- A function for each, with these parameters in this order, of these types; all but ticket_id have a default.
CREATE VIEW prueba.funcion AS
SELECT o.operacion, o.clase, p.oid, p.prosrc, p.proargnames[1:p.pronargs] AS nombres, string_to_array(p.proargtypes::text, ' ')::oid[] AS tipos,
	p.pronargdefaults, obj_description(p.oid, 'pg_proc') AS texto
FROM ticket_sm.hoja_operaciones() o LEFT JOIN pg_proc p ON p.pronamespace = 'ticket_sm'::regnamespace
	AND p.proname = 'fn_' || o.operacion || CASE o.clase WHEN 'creacion' THEN '_ticket' ELSE '' END
WHERE o.clase <> 'reloj';
SELECT f.operacion, f.nombres, h.nombres, f.tipos::regtype[], h.tipos::regtype[]
FROM prueba.funcion f LEFT JOIN (
	SELECT p.operacion, array_agg(p.parametro ORDER BY p.orden) AS nombres,
		array_agg((CASE p.clase WHEN 'ticket' THEN 'uuid' WHEN 'agente' THEN 'uuid' WHEN 'otro' THEN 'uuid' WHEN 'uuid' THEN 'uuid' WHEN 'bytes' THEN 'bytea' WHEN 'booleano' THEN 'boolean' WHEN 'momento' THEN 'timestamptz' WHEN 'calificacion' THEN 'integer'
			WHEN 'ip' THEN 'inet' WHEN 'version' THEN 'integer' ELSE 'text' END)::regtype::oid ORDER BY p.orden) AS tipos,
		count(*) FILTER (WHERE p.clase <> 'ticket') AS opcionales
	FROM ticket_sm.hoja_parametros() p GROUP BY p.operacion) AS h USING (operacion)
WHERE h IS NULL OR (f.nombres, f.tipos, f.pronargdefaults) IS DISTINCT FROM (h.nombres, h.tipos, h.opcionales::smallint);
SELECT operacion, prosrc FROM prueba.funcion WHERE (clase = 'ticket') <> (prosrc = 'tsm_fn_operar');
SELECT p.proname FROM pg_proc p WHERE p.prosrc = 'tsm_fn_operar' AND p.oid NOT IN (SELECT oid FROM prueba.funcion);

-- Their COMMENTs: a line for each parameter, with the limits of its field, and "required" at its end when it is.
SELECT f.operacion, p.parametro, l.linea
FROM prueba.funcion f JOIN ticket_sm.hoja_parametros() p USING (operacion)
LEFT JOIN ticket_sm.hoja_campos() c ON p.clase = 'campo' AND c.campo = p.parametro
LEFT JOIN LATERAL (SELECT linea FROM regexp_split_to_table(f.texto, '\n') AS linea WHERE linea LIKE p.parametro || ': %') AS l ON true
WHERE l.linea IS NULL OR strpos(l.linea, coalesce(c.limites, '')) = 0 OR p.requerido <> (l.linea LIKE '%, required.');

-- Columns and their COMMENTs.
SELECT c.campo, c.columna, col_description(a.attrelid, a.attnum)
FROM ticket_sm.hoja_campos() c LEFT JOIN pg_attribute a ON a.attrelid = 'helpdesk.ticket'::regclass AND a.attname = c.columna
WHERE c.columna IS NOT NULL AND strpos(coalesce(col_description(a.attrelid, a.attnum), ''), c.limites) = 0;
SELECT o.operacion, c FROM ticket_sm.hoja_operaciones() o, unnest(o.columnas) AS c
WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'helpdesk.ticket'::regclass AND a.attname = c
	AND col_description(a.attrelid, a.attnum) LIKE '%' || o.operacion || '%');

-- What reads and what is the clock's own is not in the machine, and nobody is asked whether the clock may.
SELECT k.conname, pg_get_constraintdef(k.oid), h.lista
FROM (SELECT 'transicion_consultar_check' AS conname, string_agg(operacion, ',' ORDER BY orden) AS lista
	FROM ticket_sm.hoja_operaciones() WHERE clase IN ('lectura', 'reloj')
	UNION ALL SELECT 'permiso_operacion_check', string_agg(operacion, ',' ORDER BY orden)
	FROM ticket_sm.hoja_operaciones() WHERE clase = 'reloj') AS h
LEFT JOIN pg_constraint k ON k.conname = h.conname AND k.connamespace = 'helpdesk'::regnamespace
WHERE k IS NULL OR (SELECT string_agg(m[1], ',' ORDER BY m[1]::ticket_sm.ticket_operation)
	FROM regexp_matches(pg_get_constraintdef(k.oid), '''(\w+)''', 'g') AS m) IS DISTINCT FROM h.lista;

-- Whom the machine permits an operation has its function; agents have all of them, the public what it is permitted.
SELECT f.operacion, r.rol, has_function_privilege(r.rol_bd, f.oid, 'EXECUTE')
FROM prueba.funcion f CROSS JOIN helpdesk.rol r
WHERE has_function_privilege(r.rol_bd, f.oid, 'EXECUTE') <> (f.clase IN ('ticket', 'adjunto', 'solicitante') AND r.rol <> 'PUBLICO'
	OR EXISTS (SELECT FROM helpdesk.permiso m WHERE m.operacion::text = f.operacion AND m.rol = r.rol));
-- Nothing is granted that is not there.
SELECT c.funcion FROM ticket_sm.concesiones() c
WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'ticket_sm'::regnamespace AND p.proname = c.funcion);

-- nginx knows the paths of what is done to tickets: both maps, in this order.
SELECT m[1], h.lista
FROM (SELECT string_agg(operacion, '|' ORDER BY orden) AS lista FROM ticket_sm.hoja_operaciones() WHERE clase = 'ticket') AS h
LEFT JOIN regexp_matches(pg_read_file(:'abs_srcdir' || '/rest/nginx.conf'), '\((?:\?<ticket_sm_operation>)?(asignar[a-z|]*)\)', 'g') AS m ON true
WHERE m IS NULL OR m[1] <> h.lista;
SELECT count(*) FROM regexp_matches(pg_read_file(:'abs_srcdir' || '/rest/nginx.conf'), '\yasignar\|', 'g');

-- The model of the tests, which is nobody's copy, has the same fields with the same limits.
CREATE VIEW prueba.modelo AS SELECT pg_read_file(:'abs_srcdir' || '/test/model/model.py') AS texto;
SELECT operacion, m.campos, h.campos
FROM (SELECT c[1] AS operacion, (SELECT string_agg(w, ' ' ORDER BY w COLLATE "C") FROM regexp_split_to_table(c[2], ' ') AS w) AS campos
	FROM prueba.modelo, regexp_matches(regexp_replace(substring(texto FROM 'FIELDS = \{(.*?)\n\}'), '''\s*\n\s*''', '', 'g'),
		'''(\w+)'': ''([^'']*)''', 'g') AS c) AS m
FULL JOIN (SELECT operacion, string_agg(w, ' ' ORDER BY w COLLATE "C") AS campos
	FROM ticket_sm.hoja_parametros(), LATERAL (SELECT parametro || CASE WHEN requerido THEN '!' ELSE '' END) AS y(w)
	WHERE clase IN ('campo', 'tipo', 'prioridad', 'area') GROUP BY operacion) AS h USING (operacion)
WHERE m.campos IS DISTINCT FROM h.campos;
SELECT c.campo, c.minimo, c.maximo, l
FROM (SELECT DISTINCT parametro AS campo FROM ticket_sm.hoja_parametros() WHERE clase = 'campo') AS p
JOIN ticket_sm.hoja_campos() c USING (campo)
LEFT JOIN (SELECT l FROM prueba.modelo, regexp_matches(substring(texto FROM 'LENGTH = \{(.*?)\}'), '''(\w+)'': \((\d+), (\d+)\)', 'g') AS l) AS m
	ON l[1] = c.campo
WHERE l IS NULL OR greatest(l[2]::integer, 1) <> c.minimo OR l[3]::integer <> c.maximo;

-- README tells the same limits.
SELECT c.campo, c.limites
FROM ticket_sm.hoja_campos() c
WHERE c.campo <> 'respuesta_cliente' AND pg_read_file(:'abs_srcdir' || '/README.md') !~ (c.campo || '[^0-9]{0,30}\y'
	|| CASE WHEN c.minimo > 1 THEN c.minimo || '-' ELSE '' END || ltrim(to_char(c.maximo, 'FM99,999')) || '\y');

-- What HTTP says is complete.
SELECT operacion, parametro FROM ticket_sm.hoja_parametros()
WHERE (nombre_json IS NULL) <> (clase IN ('ticket', 'ip', 'uuid', 'bytes')) OR (nombre_json IS NULL) <> (descripcion IS NULL);
SELECT operacion FROM ticket_sm.hoja_operaciones() WHERE clase IN ('creacion', 'ticket', 'solicitante', 'adjunto') AND (participio IS NULL OR resumen IS NULL);

DROP VIEW prueba.funcion, prueba.modelo;
