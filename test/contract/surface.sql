-- What a new desk and its API look like from outside, into the files named by \o
-- in the current folder.  Each thing begins at the margin, what belongs to it is
-- indented below.  Run in a database that has the extension and has seen
-- rest/setup.sql, and nothing else; with a locale in which texts sort by bytes.

SET search_path = pg_catalog;
\o /dev/null
SELECT ticket_sm.ahora();		-- loads the library, which defines the settings

-- The group roles as the desk calls them, PUBLIC being everybody.
CREATE TEMP TABLE grupo AS
SELECT r.rol::text AS nombre, r.rol_bd::text AS rol_bd, array_position(enum_range(NULL::ticket_sm.ticket_role), r.rol) AS orden
FROM helpdesk.rol r
UNION ALL SELECT 'everybody', 'public', 0;

-- What nobody should call: the guard's trigger functions, what its policies and
-- views ask, and what the API is made of.
CREATE FUNCTION pg_temp.is_internal(name text) RETURNS boolean LANGUAGE sql
	RETURN name ~ '^(tg_|api_|plantilla_|alcance_|sla_tiempo$|conceder_funciones$)';

CREATE FUNCTION pg_temp.signature(p oid) RETURNS text LANGUAGE sql AS $$
	SELECT format(E'%s.%s%s\n    returns %s\n    %s, %s%s%s, parallel %s\n    execute: %s',
		pronamespace::regnamespace, proname,
		E'\n    ' || replace(nullif(pg_get_function_arguments(oid), ''), ', ', E'\n    '), pg_get_function_result(oid),
		CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
		CASE WHEN proisstrict THEN 'strict' ELSE 'not strict' END,
		CASE WHEN prosecdef THEN ', security definer' ELSE '' END,
		CASE WHEN proleakproof THEN ', leakproof' ELSE '' END,
		CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
		coalesce((SELECT string_agg(g.nombre, ' ' ORDER BY g.orden) FROM grupo g
			WHERE has_function_privilege(g.rol_bd, pg_proc.oid, 'EXECUTE')), 'nobody'))
	FROM pg_proc WHERE oid = p $$;

-- A comment, indented below what it is about.
CREATE FUNCTION pg_temp.below(comment text) RETURNS text LANGUAGE sql
	RETURN coalesce(E'\n    ' || regexp_replace(comment, '\n', E'\n    ', 'g'), '');

-- Who may do what with a relation or one of its columns.
CREATE FUNCTION pg_temp.privileges(relation oid, columna smallint DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(g.nombre || ' ' || can.what, ', ' ORDER BY g.orden)
	FROM grupo g, LATERAL (
		SELECT string_agg(k, ' ' ORDER BY n)
		FROM unnest(CASE WHEN columna IS NULL THEN '{SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER}'
			ELSE '{SELECT, INSERT, UPDATE, REFERENCES}' END::text[]) WITH ORDINALITY AS u(k, n)
		WHERE CASE WHEN columna IS NULL THEN has_table_privilege(g.rol_bd, relation, k)
			-- what the table as a whole gives is not told again
			ELSE has_column_privilege(g.rol_bd, relation, columna, k) AND NOT has_table_privilege(g.rol_bd, relation, k) END) AS can(what)
	WHERE can.what <> '' $$;

CREATE TEMP TABLE relacion AS
SELECT c.oid, c.relnamespace::regnamespace::text AS esquema, c.relnamespace::regnamespace || '.' || c.relname AS nombre,
	CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS clase, c.reloptions, c.relrowsecurity,
	EXISTS (SELECT FROM grupo g WHERE has_any_column_privilege(g.rol_bd, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
		AND c.relkind <> 'S') AS visible
FROM pg_class c
WHERE c.relnamespace IN ('helpdesk'::regnamespace, 'api'::regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S');

CREATE FUNCTION pg_temp.describe(r relacion) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s %s%s%s: %s', r.clase, r.nombre, CASE r.clase WHEN 'view' THEN ' (' || array_to_string(r.reloptions, ', ') || ')' END,
		CASE WHEN r.relrowsecurity THEN ', row-level security' ELSE '' END, coalesce(pg_temp.privileges(r.oid), 'columns only'))
	UNION ALL
	(SELECT format('column %s.%s %s%s%s%s%s', r.nombre, a.attname, format_type(a.atttypid, a.atttypmod),
		CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, ' default ' || pg_get_expr(d.adbin, d.adrelid),
		CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END,
		': ' || pg_temp.privileges(r.oid, a.attnum))
	FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND r.clase <> 'sequence'
	ORDER BY a.attnum)
	UNION ALL
	(SELECT format('constraint %s.%s %s', r.nombre, c.conname, pg_get_constraintdef(c.oid))
	FROM pg_constraint c WHERE c.conrelid = r.oid AND c.contype <> 'n' ORDER BY c.conname)
	UNION ALL
	(SELECT format('policy %s.%s for %s to %s%s%s', r.nombre, p.policyname, lower(p.cmd), array_to_string(p.roles, ', '),
		E'\n    using ' || regexp_replace(p.qual, '\s+', ' ', 'g'), E'\n    with check ' || regexp_replace(p.with_check, '\s+', ' ', 'g'))
	FROM pg_policies p WHERE format('%s.%s', p.schemaname, p.tablename) = r.nombre ORDER BY p.policyname) $$;

------------------------------------------------------------------------
-- The schema ticket_sm
------------------------------------------------------------------------

\o sql.txt
SELECT 'schema ticket_sm, usage: ' || (SELECT string_agg(g.nombre, ' ' ORDER BY g.orden) FROM grupo g
	WHERE has_schema_privilege(g.rol_bd, 'ticket_sm', 'USAGE'));
SELECT 'extension ' || extname || ' ' || extversion || CASE WHEN extrelocatable THEN ' relocatable' ELSE '' END
FROM pg_extension WHERE extname = 'ticket_sm';
SELECT 'function ' || pg_temp.signature(oid) FROM pg_proc
WHERE pronamespace = 'ticket_sm'::regnamespace AND NOT pg_temp.is_internal(proname)
ORDER BY proname, pg_get_function_identity_arguments(oid);
SELECT format('enum ticket_sm.%s: %s', t.typname, string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder))
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
WHERE t.typnamespace = 'ticket_sm'::regnamespace GROUP BY t.typname ORDER BY t.typname;
SELECT format('attribute ticket_sm.%s.%s %s', t.typname, a.attname, format_type(a.atttypid, a.atttypmod))
FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid JOIN pg_attribute a ON a.attrelid = c.oid
WHERE t.typnamespace = 'ticket_sm'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY t.typname, a.attnum;
SELECT format('type ticket_sm.%s, %s', t.typname, CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' WHEN 'd' THEN 'domain' ELSE t.typtype::text END)
FROM pg_type t WHERE t.typnamespace = 'ticket_sm'::regnamespace AND t.typcategory <> 'A' ORDER BY t.typname;
SELECT format('setting %s %s %s default "%s"%s%s', name, context, vartype, boot_val, ' unit ' || unit,
	CASE WHEN vartype = 'integer' THEN format(' from %s to %s', min_val, max_val) END)
FROM pg_settings WHERE name LIKE 'ticket\_sm.%' ORDER BY name;

\o comments.txt
SELECT format('schema %s%s', n.nspname, pg_temp.below(obj_description(n.oid, 'pg_namespace')))
FROM pg_namespace n WHERE n.nspname IN ('ticket_sm', 'helpdesk') ORDER BY n.nspname;
SELECT format('function ticket_sm.%s%s', p.proname, pg_temp.below(obj_description(p.oid, 'pg_proc')))
FROM pg_proc p WHERE p.pronamespace = 'ticket_sm'::regnamespace AND NOT pg_temp.is_internal(p.proname)
ORDER BY p.proname, pg_get_function_identity_arguments(p.oid);
SELECT format('type ticket_sm.%s%s', t.typname, pg_temp.below(obj_description(t.oid, 'pg_type')))
FROM pg_type t WHERE t.typnamespace = 'ticket_sm'::regnamespace AND t.typcategory <> 'A' ORDER BY t.typname;
SELECT format('setting %s%s', name, pg_temp.below(concat_ws(' ', short_desc, extra_desc)))
FROM pg_settings WHERE name LIKE 'ticket\_sm.%' ORDER BY name;
SELECT format('%s %s%s', r.clase, r.nombre, pg_temp.below(obj_description(r.oid, 'pg_class')))
FROM relacion r WHERE r.esquema = 'helpdesk' AND r.visible ORDER BY r.nombre;
SELECT format('column %s.%s%s', r.nombre, a.attname, pg_temp.below(col_description(r.oid, a.attnum)))
FROM relacion r JOIN pg_attribute a ON a.attrelid = r.oid
WHERE r.esquema = 'helpdesk' AND r.visible AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY r.nombre, a.attname;

------------------------------------------------------------------------
-- A desk
------------------------------------------------------------------------

\o desk.txt
SELECT 'schema helpdesk, usage: ' || (SELECT string_agg(g.nombre, ' ' ORDER BY g.orden) FROM grupo g
	WHERE has_schema_privilege(g.rol_bd, 'helpdesk', 'USAGE'));
SELECT d FROM relacion r, pg_temp.describe(r) WITH ORDINALITY AS d(d, n)
WHERE r.esquema = 'helpdesk' AND r.visible ORDER BY r.nombre, n;
SELECT 'function ' || pg_temp.signature(oid) || pg_temp.below(obj_description(oid, 'pg_proc')) FROM pg_proc
WHERE pronamespace = 'helpdesk'::regnamespace ORDER BY proname, pg_get_function_identity_arguments(oid);
-- What it is born with.  The holidays reach as far as the year it was made in.
SELECT line FROM (
	SELECT 'estado', to_jsonb(t), array_position(enum_range(NULL::ticket_sm.ticket_state), t.estado) FROM helpdesk.estado t
	UNION ALL SELECT 'transicion', to_jsonb(t), 0 FROM helpdesk.transicion t
	UNION ALL SELECT 'permiso', to_jsonb(t), 0 FROM helpdesk.permiso t
	UNION ALL SELECT 'rol', to_jsonb(t) - 'identidad_bd', 0 FROM helpdesk.rol t
	UNION ALL SELECT 'configuracion', to_jsonb(t), 0 FROM helpdesk.configuracion t
	UNION ALL SELECT 'prioridad', to_jsonb(t), t.orden FROM helpdesk.prioridad t
	UNION ALL SELECT 'area', to_jsonb(t), 0 FROM helpdesk.area t
	UNION ALL SELECT 'agente', to_jsonb(t), 0 FROM helpdesk.agente t
	UNION ALL SELECT 'contador', to_jsonb(t), 0 FROM helpdesk.contador t
	UNION ALL SELECT 'calendario', to_jsonb(t), 0 FROM helpdesk.calendario t
	UNION ALL SELECT 'horario', to_jsonb(t), 0 FROM helpdesk.horario t
	UNION ALL SELECT 'feriado', to_jsonb(t), 0 FROM helpdesk.feriado t WHERE t.fecha BETWEEN '2024-01-01' AND '2026-12-31'
	UNION ALL SELECT 'sla_politica', to_jsonb(t), 0 FROM helpdesk.sla_politica t
) AS s(tabla, fila, orden), LATERAL (SELECT format('row helpdesk.%s %s', tabla, fila)) AS l(line)
ORDER BY tabla, orden, fila::text;

------------------------------------------------------------------------
-- The schema that PostgREST exposes
------------------------------------------------------------------------

\o api.txt
SELECT format('schema api, usage: %s%s', (SELECT string_agg(g.nombre, ' ' ORDER BY g.orden) FROM grupo g
	WHERE has_schema_privilege(g.rol_bd, 'api', 'USAGE')), pg_temp.below(obj_description('api'::regnamespace, 'pg_namespace')));
SELECT format('function %s%s', pg_temp.signature(oid), pg_temp.below(obj_description(oid, 'pg_proc'))) FROM pg_proc
WHERE pronamespace = 'api'::regnamespace ORDER BY proname, pg_get_function_identity_arguments(oid);
SELECT d FROM relacion r, pg_temp.describe(r) WITH ORDINALITY AS d(d, n)
WHERE r.esquema = 'api' ORDER BY r.nombre, n;
SELECT format('comment %s.%s%s', r.nombre, a.attname,
	pg_temp.below(CASE WHEN a.attnum IS NULL THEN obj_description(r.oid, 'pg_class') ELSE col_description(r.oid, a.attnum) END))
FROM relacion r, LATERAL (
	SELECT NULL::smallint, '*' UNION ALL
	SELECT attnum, attname FROM pg_attribute WHERE attrelid = r.oid AND attnum > 0 AND NOT attisdropped) AS a(attnum, attname)
WHERE r.esquema = 'api' ORDER BY r.nombre, a.attnum NULLS FIRST;
-- What the database does for a request.
SELECT format('role setting %s: %s', r.rolname, s.setting)
FROM pg_db_role_setting d JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) AS s(setting) ORDER BY 1;
SELECT format('role %s: %s%s, member of %s', r.rolname, CASE WHEN r.rolcanlogin THEN 'login' ELSE 'nologin' END,
	CASE WHEN r.rolinherit THEN '' ELSE ' noinherit' END, coalesce((SELECT string_agg(m.roleid::regrole::text, ' ' ORDER BY m.roleid::regrole::text)
		FROM pg_auth_members m WHERE m.member = r.oid), 'none'))
FROM pg_roles r WHERE r.rolname !~ '^(pg_|postgres$)' ORDER BY r.rolname;

------------------------------------------------------------------------
-- How it is done: may change without anybody's noticing
------------------------------------------------------------------------

\o internal.txt
SELECT format('function %s%s', pg_temp.signature(oid), pg_temp.below(obj_description(oid, 'pg_proc'))) FROM pg_proc
WHERE pronamespace = 'ticket_sm'::regnamespace AND pg_temp.is_internal(proname) ORDER BY proname, pg_get_function_identity_arguments(oid);
SELECT format('language %s.%s %s%s', p.pronamespace::regnamespace, p.proname, l.lanname, ' set ' || array_to_string(p.proconfig, ', '))
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace IN ('ticket_sm'::regnamespace, 'helpdesk'::regnamespace, 'api'::regnamespace) ORDER BY 1;
SELECT d FROM relacion r, pg_temp.describe(r) WITH ORDINALITY AS d(d, n)
WHERE r.esquema = 'helpdesk' AND NOT r.visible ORDER BY r.nombre, n;
SELECT format('trigger %s.%s %s: %s', r.nombre, t.tgname, CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'A' THEN 'always' ELSE t.tgenabled::text END,
	substring(pg_get_triggerdef(t.oid) FROM ' (BEFORE|AFTER|INSTEAD) ') || substring(pg_get_triggerdef(t.oid) FROM ' (?:BEFORE|AFTER|INSTEAD)( .*)$'))
FROM relacion r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal ORDER BY 1;
SELECT format('index on %s: %s', r.nombre, pg_get_indexdef(i.indexrelid))
FROM relacion r JOIN pg_index i ON i.indrelid = r.oid ORDER BY 1;
SELECT format('storage %s: %s%s', r.nombre, CASE c.relreplident WHEN 'f' THEN 'replica identity full' ELSE 'replica identity default' END,
	', ' || array_to_string(c.reloptions, ', '))
FROM relacion r JOIN pg_class c ON c.oid = r.oid WHERE r.clase = 'table' ORDER BY 1;
SELECT format('view %s%s', r.nombre, pg_temp.below(pg_get_viewdef(r.oid, true)))
FROM relacion r WHERE r.clase = 'view' ORDER BY r.nombre;
\o
