-- Lists of tickets: filters against plain SQL, page by page, and the words by which tickets are found.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET timezone = 'UTC';
SELECT prueba.fresh_mesa();

------------------------------------------------------------------------
-- Words
------------------------------------------------------------------------

SELECT ticket_sm.palabras('TK-2026-00043', ARRAY['¡Instalación de la IMPRESORA!', NULL, 'O’Brien', 'Straße'], ARRAY['+57 (300) 123-4567', NULL]);
-- As contrib's unaccent has it, where that is there: the letters of Europe, and those that are a letter with marks.
CREATE FUNCTION prueba.other_letters() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'unaccent') THEN
		RETURN;
	END IF;
	CREATE EXTENSION unaccent SCHEMA prueba;
	RETURN QUERY EXECUTE $q$ SELECT chr(c) || ' ' || l.ours || ' ' || l.theirs
	FROM generate_series(192, 7935) c, LATERAL (SELECT strip(ticket_sm.palabras(NULL, ARRAY[chr(c)]))::text AS ours,
		quote_literal(lower(prueba.unaccent('prueba.unaccent', chr(c)) COLLATE "C")) AS theirs) l
	WHERE c NOT BETWEEN 55296 AND 57343 AND l.theirs ~ '^''[a-z]+''$' AND l.ours NOT LIKE l.theirs || '%'
		AND (c < 384 OR normalize(chr(c), NFKD) <> chr(c)) $q$;
	DROP EXTENSION unaccent;
END $$;
SELECT * FROM prueba.other_letters();

-- What finds what: typed | text, wherever it stands; NFD, capitals, prefixes, plurals, punctuation.
CREATE FUNCTION prueba.finds(typed text, kept text) RETURNS boolean LANGUAGE sql AS $$
	SELECT ticket_sm.palabras('TK-2026-00043', ARRAY[kept], ARRAY[kept]) @@ ticket_sm.consulta_de_texto(typed) $$;
SELECT CASE WHEN prueba.finds(typed, kept) = found THEN 'ok' ELSE 'WRONG' END, typed, kept, found
FROM (VALUES ('munoz', 'Muñoz', true), ('MUÑOZ', 'Mun' || U&'\0303' || 'oz', true), ('Mun' || U&'\0303' || 'oz', 'muñoz', true),
	('strasse', 'Straße', true), ('STRASSE', 'straße', true), ('straße', 'Strasse', true), ('o''brien', 'O’Brien', true), ('O’Brien', 'O''Brien', true), ('brien', 'OʼBrien', true),
	('instalación', 'instalaciones', true), ('instalaciones', 'Instalación', true), ('instalacion', 'instalación', true), ('instala', 'instalación', true),
	('redes', 'la red', true), ('impresora', 'IMPRESORAS', true), ('castillo', 'casa', false), ('casa', 'castillo', false), ('ca', 'casa', false), ('li', 'Ng Li', true),
	('3001234567', '300 123 4567', true), ('300 123-4567', '3001234567', true), ('3001234567', '+57 300 123 4567', true), ('300123', '(300) 123-4567', true), ('1032456', 'CC 1.032.456', true),
	('ana@ejemplo.co', 'ana@ejemplo.co', true), ('ejemplo', 'ana@ejemplo.co', true), ('tk-2026-00043', '', true), ('TK 2026 43', '', true), ('#TK–2026–43.', '', true), ('TK-2026-44', '', false),
	('correo juan', 'Juan no recibe su correo', true), ('correo pedro', 'Juan no recibe su correo', false), ('ｗｉｆｉ', 'wifi', true),
	('a'' | ''b', 'b', false), ('!casa & (', 'casa', true), (repeat('ñ', 80), repeat('n', 80), true)) AS c(typed, kept, found);
SELECT ticket_sm.consulta_de_texto('¿? — ’') IS NULL, ticket_sm.palabras(NULL, NULL) = '', numnode(ticket_sm.consulta_de_texto(repeat('palabra ', 100)));

-- The words follow the ticket: creation, reclassification, answers, what the owner corrects, plain SQL.
SELECT prueba.new_in('a', 'ASIGNADO', '{"asunto": "Pantalla azul", "telefono": "300 555 0101", "documento": "CC 52.123.456"}');
CREATE FUNCTION prueba.found(texto text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(a.alias, ' ' ORDER BY l.n) FROM (SELECT ticket_uuid, row_number() OVER () AS n FROM ticket_sm.fn_lista(texto => found.texto, cerrados => true)) l
		JOIN prueba.alias a ON a.id = l.ticket_uuid $$;
CREATE FUNCTION prueba.all_found(VARIADIC textos text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce(prueba.found(t), '-'), ' ' ORDER BY n) FROM unnest(textos) WITH ORDINALITY AS u(t, n) $$;
SELECT prueba.all_found('pantallas', 'rosa diaz', '3005550101', '52123456', 'correo', 'teclado', 'reiniciado');
SELECT count(*) FROM ticket_sm.fn_reclasificar(prueba.id('a'), categoria => 'Teclados', motivo => 'Es otra cosa.');
SELECT count(*) FROM ticket_sm.fn_asignar(prueba.id('a')), ticket_sm.fn_actualizar(prueba.id('a'), nota => 'secreta', respuesta => 'Ya fue reiniciado.');
SELECT count(*) FROM ticket_sm.fn_resolver(prueba.id('a'), respuesta => 'Se cambió el cable.');
SELECT prueba.all_found('teclado', 'reiniciado', 'cables', 'secreta');
UPDATE helpdesk.ticket SET solicitante_nombre = 'Zoila Peña' WHERE ticket_uuid = prueba.id('a');
SELECT prueba.all_found('zoila', 'rosa diaz', 'reiniciado cable');
INSERT INTO helpdesk.ticket (estado, tipo, categoria, descripcion, solicitante_nombre, solicitante_email, prioridad)
VALUES ('NUEVO', 'QUEJA', 'Otra', 'Por SQL, sin función.', 'Úrsula', 'u@x.co', 'ALTA');
SELECT count(*) FROM ticket_sm.fn_lista(texto => 'ursula funcion');
SELECT count(*) FROM helpdesk.ticket t WHERE NOT EXISTS (SELECT FROM helpdesk.busqueda b WHERE b.ticket_uuid = t.ticket_uuid);
-- They are what they would be if they were all made anew, also where an answer has found none.
SELECT ticket_sm.rehacer_busqueda();
DELETE FROM helpdesk.busqueda;
SELECT count(*) FROM ticket_sm.fn_actualizar(prueba.id('a'), respuesta => 'Llegó la pieza.');
SELECT prueba.all_found('zoila reiniciado pieza');
SELECT ticket_sm.rehacer_busqueda('helpdesk'), ticket_sm.rehacer_busqueda();
-- Nobody else reads or writes them.
SELECT prueba.as_role(r, 'SELECT count(*) FROM helpdesk.busqueda') FROM unnest('{regress_ana,regress_mario,regress_alba,regress_pepe}'::name[]) r;
SELECT prueba.told_as('regress_ana', 'SELECT ticket_sm.rehacer_busqueda()');

------------------------------------------------------------------------
-- Filters, against plain SQL
------------------------------------------------------------------------

SELECT prueba.fresh_mesa();
-- Some of everything, a third of it older than it is: clocks run out, some are told.
SELECT count(prueba.new_in('t' || i, (enum_range(NULL::ticket_sm.ticket_state))[1 + i % 8]::text,
	jsonb_build_object('prioridad', (ARRAY['BAJA', 'CRITICA', 'ALTA', 'MEDIA'])[1 + i % 4], 'tipo', (enum_range(NULL::ticket_sm.ticket_type))[1 + i % 3], 'categoria', CASE WHEN i % 5 = 0 THEN 'Red' ELSE 'correo' END,
		'area', CASE WHEN i % 7 = 0 OR i % 8 = 2 THEN 'SOPORTE' ELSE 'REDES' END, 'email', 'Quien' || i % 6 || '@x.co', 'asunto', 'Número ' || i || CASE WHEN i % 9 = 0 THEN ' rara' ELSE '' END)))
FROM generate_series(1, 120) AS i;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO', agente_id = prueba.agente(3) WHERE estado = 'NUEVO' AND area = 'REDES' AND tipo <> 'QUEJA';
SELECT count(*) FROM helpdesk.ticket t, ticket_sm.fn_transferir(t.ticket_uuid, 'MESA', 'A otra.', agente_id => prueba.agente(2)) WHERE t.estado = 'ASIGNADO' AND t.tipo = 'PETICION';
SET ticket_sm.desfase_reloj = '5h';
SELECT count(*) > 0 FROM ticket_sm.fn_sla_barrer();
SELECT count(*) FROM helpdesk.ticket t, ticket_sm.fn_pausar(t.ticket_uuid, 'Tarde.') WHERE t.estado = 'ASIGNADO' AND t.prioridad = 'CRITICA';

-- Parameters of fn_lista, and what they say in SQL of ticket t and bandeja b.
CREATE TABLE prueba.filter (name text, value text, sql text);
INSERT INTO prueba.filter VALUES
	('estados', '''{pausado,RESUELTO}''', 't.estado IN (''PAUSADO'', ''RESUELTO'')'), ('area', '''soporte''', 't.area = ''SOPORTE'''), ('area', '''REDES''', 't.area = ''REDES'''),
	('agente_id', 'prueba.agente(3)', 't.agente_id = prueba.agente(3)'), ('sin_asignar', 'true', 't.agente_id IS NULL'),
	('prioridad', '''critica''', 't.prioridad = ''CRITICA'''), ('tipo', '''Queja''', 't.tipo = ''QUEJA'''), ('categoria', '''RED''', 't.categoria = ''Red'''),
	('vencido', 'true', 'coalesce(b.vencido, false)'), ('vencido', 'false', 'NOT coalesce(b.vencido, false)'),
	('vence_en', '''7 hours''', 't.sla_restante IS NULL AND t.fecha_limite_sla <= ticket_sm.ahora() + interval ''7 hours'''),
	('solicitante', ''' QUIEN3@x.co ''', 't.solicitante_email = ''Quien3@x.co'''), ('creado_desde', 'prueba.middle()', 't.fecha_creacion >= prueba.middle()'),
	('creado_hasta', 'prueba.middle()', 't.fecha_creacion < prueba.middle()'), ('texto', '''numeros raras''', 't.asunto LIKE ''%rara'''), ('texto', '''rosa''', 'true'), ('cerrados', 'true', NULL);
CREATE FUNCTION prueba.middle() RETURNS timestamptz LANGUAGE plpgsql STABLE AS
	'BEGIN RETURN (SELECT fecha_creacion FROM helpdesk.ticket ORDER BY 1 OFFSET 60 LIMIT 1); END';

-- All pages of a list, as its tickets in their order, joined to one text; how many each row said there are.
CREATE FUNCTION prueba.walk(args text, pages integer, OUT seen text, OUT count bigint, OUT totals bigint[]) LANGUAGE plpgsql AS $$
DECLARE
	last text;
	page text[];
	told bigint[];
BEGIN
	seen := ''; count := 0;
	LOOP
		EXECUTE format('SELECT array_agg(ticket_label ORDER BY n), (array_agg(cursor ORDER BY n DESC))[1], array_agg(DISTINCT total)
			FROM (SELECT *, row_number() OVER () AS n FROM ticket_sm.fn_lista(%s despues => %L, tamano => %s, con_total => true)) l', args, last, pages) INTO page, last, told;
		EXIT WHEN page IS NULL;
		totals := told;
		seen := seen || ' ' || array_to_string(page, ' '); count := count + cardinality(page);
	END LOOP;
END $$;
-- The same by plain SQL.
CREATE FUNCTION prueba.wanted(condition text, orden text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT coalesce(string_agg('' '' || t.ticket_label, '''' ORDER BY %s), '''') FROM helpdesk.ticket t LEFT JOIN helpdesk.bandeja b USING (ticket_uuid) WHERE %s',
		CASE orden WHEN 'limite' THEN 't.fecha_limite_sla NULLS LAST, CASE WHEN t.fecha_limite_sla IS NULL THEN t.fecha_creacion END, t.ticket_uuid'
			WHEN 'reciente' THEN 't.fecha_creacion DESC, t.ticket_uuid DESC' ELSE 't.fecha_creacion, t.ticket_uuid' END, condition) INTO answer;
	RETURN answer;
END $$;
-- One filter, and every two of them that go together (or one part of these), in each order: what is wrong.
CREATE FUNCTION prueba.compare(pages integer, part integer, OUT compared bigint, OUT with_rows bigint, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
	c record; w record; wanted text;
BEGIN
	compared := 0; with_rows := 0;
	FOR c IN
		SELECT o.orden, format('%s => %s, %s orden => %L,', f.name, f.value, CASE WHEN g.name <> f.name THEN format('%s => %s,', g.name, g.value) END, o.orden) AS args,
			concat_ws(' AND ', f.sql, CASE WHEN g.name <> f.name THEN g.sql END, CASE WHEN 'cerrados' IN (f.name, g.name) THEN 'true' ELSE 't.abierto' END) AS condition
		FROM prueba.filter f JOIN prueba.filter g ON (f.name, f.value) <= (g.name, g.value), (VALUES ('creacion'), ('reciente'), ('limite')) AS o(orden)
		WHERE (f.name <> g.name OR f.value = g.value) AND NOT (o.orden = 'limite' AND 'cerrados' IN (f.name, g.name)) AND NOT (f.name = 'agente_id' AND g.name = 'sin_asignar')
			AND (f.name = g.name OR abs(hashtext(f.name || f.value || g.name || g.value)) % part = 0)
	LOOP
		w := prueba.walk(c.args, pages);
		wanted := prueba.wanted(c.condition, c.orden);
		compared := compared + 1; with_rows := with_rows + (w.count > 0)::integer;
		IF w.seen <> wanted THEN
			wrong := concat_ws(E'\n', wrong, c.args, 'is     ' || w.seen, 'should ' || wanted);
		END IF;
	END LOOP;
END $$;
SELECT compared, with_rows > 200, wrong FROM prueba.compare(500, 1);
SELECT compared > 100, with_rows > 50, wrong FROM prueba.compare(9, 3);
-- The same where no set is small: 1,500 tickets more.
SELECT count(*) FROM generate_series(1, 1500) i, LATERAL ticket_sm.fn_crear_ticket(nombre => 'Rosa Más', email => 'quien3@x.co', tipo => 'QUEJA', categoria => 'Red', asunto => 'Número raro',
	descripcion => 'Una de muchas.', prioridad => (ARRAY['ALTA', 'CRITICA'])[1 + i % 2], area => 'SOPORTE');
UPDATE prueba.filter SET sql = 't.asunto ~ ''rar[ao]''' WHERE value = '''numeros raras''';
UPDATE prueba.filter SET sql = 'lower(t.solicitante_email) = ''quien3@x.co''' WHERE name = 'solicitante';
SET ticket_sm.desfase_reloj = '10h';
-- (with statistics: words that most have are not looked for in the index)
ANALYZE helpdesk.busqueda;
SELECT compared > 100, with_rows > 50, wrong FROM prueba.compare(500, 3);
-- Many of one time, and many that no sweep has told of.
SET session_replication_role = replica;
UPDATE helpdesk.ticket t SET fecha_creacion = (SELECT max(fecha_creacion) FROM helpdesk.ticket), fecha_limite_sla = u.limite, sla_orden = u.limite
FROM (SELECT max(fecha_limite_sla) AS limite FROM helpdesk.ticket WHERE sla_orden IS NOT NULL) u WHERE t.sla_orden IS NOT NULL AND t.ticket_label LIKE '%7';
RESET session_replication_role;
SET ticket_sm.desfase_reloj = '90d';
SELECT count(*) > 1000 FROM helpdesk.ticket WHERE sla_revisar_en < ticket_sm.ahora() AND sla_incumplido_en IS NULL;
SELECT compared > 10, with_rows > 5, wrong FROM prueba.compare(500, 15);
SET ticket_sm.desfase_reloj = '10h';
-- The total is that of all pages, on each row.
SELECT count, totals FROM prueba.walk('area => ''SOPORTE'', vencido => true,', 300);
SELECT DISTINCT total FROM ticket_sm.fn_lista(tamano => 1);

-- What a row tells, as the ticket and bandeja have it.
SELECT count(*), count(*) FILTER (WHERE (l.ticket_uuid, l.asunto, l.tipo, l.categoria, l.estado, l.prioridad, l.area, l.agente_id, l.agente_nombre, l.solicitante_nombre, l.solicitante_email,
		l.fecha_creacion, l.actualizado_en, l.resuelto_en, l.cerrado_en, l.sla_horas, l.sla_objetivo, l.fecha_limite_sla, l.version, l.incumplido, l.vencido)
	IS DISTINCT FROM (t.ticket_uuid, t.asunto, t.tipo, t.categoria, t.estado, t.prioridad, t.area, t.agente_id, g.nombre, t.solicitante_nombre, t.solicitante_email,
		t.fecha_creacion, t.actualizado_en, t.resuelto_en, t.cerrado_en, t.sla_horas, t.sla_objetivo, t.fecha_limite_sla, t.version, t.sla_incumplido_en IS NOT NULL, coalesce(b.vencido, false))
	OR l.pausado <> (t.estado = 'PAUSADO') OR abs(extract(epoch FROM l.restante) / 3600 - b.horas_restantes) > 0.01) AS wrong
FROM ticket_sm.fn_lista(cerrados => true, tamano => 200) l JOIN helpdesk.ticket t USING (ticket_label) LEFT JOIN helpdesk.bandeja b ON b.ticket_uuid = t.ticket_uuid LEFT JOIN helpdesk.agente g ON g.agente_id = t.agente_id;

------------------------------------------------------------------------
-- Who sees what, and what is refused
------------------------------------------------------------------------

SET ROLE regress_alba;
SELECT count(*) > 0, bool_and(area = 'REDES') FROM ticket_sm.fn_lista(tamano => 500, cerrados => true, texto => 'numero');
SELECT count(*) > 0, bool_and(agente_nombre = 'Alba Núñez') FROM ticket_sm.fn_lista(mios => true);
SELECT DISTINCT total < 200 FROM ticket_sm.fn_lista(cerrados => true, con_total => true);
SELECT prueba.err('SELECT ticket_sm.fn_lista(area => ''SOPORTE'')');
SET ROLE regress_mario;
SELECT count(*) > 0, bool_and(agente_nombre = 'Mario Gil') FROM ticket_sm.fn_lista(mios => true, orden => 'limite');
SET ROLE regress_ines;
SELECT prueba.err('SELECT ticket_sm.fn_lista()');
SET ROLE regress_pepe;
SELECT prueba.err('SELECT ticket_sm.fn_lista()');
RESET ROLE;
SELECT prueba.err(format('SELECT ticket_sm.fn_lista(%s)', a)) FROM unnest(ARRAY['estados => ''{nada}''', 'estados => ARRAY[NULL]', 'estados => ''{}''', 'area => ''LUNA''', 'prioridad => ''X''', 'tipo => ''X''',
	'mios => true', 'mios => true, sin_asignar => true', 'agente_id => prueba.agente(3), sin_asignar => true', 'texto => '' ¿? ''', 'texto => '' ''', 'orden => ''azar''', 'orden => ''limite'', cerrados => true',
	'orden => ''limite'', estados => ''{archivado}''', 'despues => ''x''', 'orden => ''reciente'', despues => ''c'' || repeat(''0'', 48)', 'orden => ''limite'', despues => ''p'' || repeat(''0'', 48)',
	'tamano => 0', 'tamano => 501', 'solicitante => ''nadie''', 'creado_desde => ''-infinity'', creado_hasta => ''infinity''']) WITH ORDINALITY AS u(a, n) ORDER BY n;

------------------------------------------------------------------------
-- While others change them
------------------------------------------------------------------------

-- Between two pages some change, and some come: of the others none is lost or seen twice, and their order is kept.
CREATE TABLE prueba.restless (ticket_uuid uuid PRIMARY KEY, turn integer);
INSERT INTO prueba.restless SELECT ticket_uuid, row_number() OVER (ORDER BY md5(ticket_label)) % 20 FROM helpdesk.ticket WHERE abierto AND ticket_label ~ '[38]$';
CREATE FUNCTION prueba.disturb(page integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t helpdesk.ticket;
BEGIN
	FOR t IN SELECT k.* FROM helpdesk.ticket k JOIN prueba.restless r USING (ticket_uuid) WHERE k.abierto AND r.turn = page % 20 LOOP
		CASE t.estado
			WHEN 'NUEVO' THEN PERFORM ticket_sm.fn_asignar(t.ticket_uuid);
			WHEN 'PAUSADO' THEN PERFORM ticket_sm.fn_reabrir(t.ticket_uuid, 'Sigue.');
			WHEN 'ASIGNADO' THEN
				IF page % 3 = 0 THEN PERFORM ticket_sm.fn_cancelar(t.ticket_uuid, 'Basta.');
				ELSIF page % 3 = 1 THEN PERFORM ticket_sm.fn_pausar(t.ticket_uuid, 'Espera.');
				ELSE PERFORM ticket_sm.fn_transferir(t.ticket_uuid, CASE t.area WHEN 'REDES' THEN 'SOPORTE' ELSE 'REDES' END, 'Es de otros.');
				END IF;
			ELSE PERFORM ticket_sm.fn_actualizar(t.ticket_uuid, nota => 'Nada nuevo.');
		END CASE;
	END LOOP;
	INSERT INTO prueba.restless SELECT ticket_uuid FROM ticket_sm.fn_crear_ticket(nombre => 'Nueva', email => 'n@x.co', tipo => 'QUEJA', categoria => 'Red', descripcion => 'Entre dos páginas.', prioridad => 'ALTA', area => 'SOPORTE');
END $$;
CREATE FUNCTION prueba.disturbed(args text, condition text, orden text, pages integer, OUT turns integer, OUT calm integer, OUT outcome text) LANGUAGE plpgsql AS $$
DECLARE
	last text;
	seen text[] := '{}';
	page text[];
BEGIN
	turns := 0;
	LOOP
		EXECUTE format('SELECT array_agg(ticket_label ORDER BY n), (array_agg(cursor ORDER BY n DESC))[1]
			FROM (SELECT *, row_number() OVER () AS n FROM ticket_sm.fn_lista(%s orden => %L, despues => %L, tamano => %s)) l', args, orden, last, pages) INTO page, last;
		EXIT WHEN page IS NULL;
		seen := seen || page;
		turns := turns + 1;
		IF turns < 40 THEN	-- or some would be before us for ever
			PERFORM prueba.disturb(turns);
		END IF;
	END LOOP;
	seen := ARRAY(SELECT s.label FROM unnest(seen) WITH ORDINALITY AS s(label, n)
		WHERE s.label NOT IN (SELECT t.ticket_label FROM prueba.restless JOIN helpdesk.ticket t USING (ticket_uuid)) ORDER BY n);
	calm := cardinality(seen);
	outcome := CASE WHEN ' ' || array_to_string(seen, ' ') =
		prueba.wanted(condition || ' AND t.ticket_uuid NOT IN (SELECT r.ticket_uuid FROM prueba.restless r)', orden) THEN 'as wanted' ELSE 'WRONG' END;
END $$;
SELECT f.args, o.orden, d.turns > 3 AS turns, d.calm > 5 AS calm, d.outcome
FROM (VALUES ('', 't.abierto', 150), ('area => ''SOPORTE'',', 't.abierto AND t.area = ''SOPORTE''', 150), ('sin_asignar => true,', 't.abierto AND t.agente_id IS NULL', 150),
	('agente_id => prueba.agente(2),', 't.abierto AND t.agente_id = prueba.agente(2)', 3), ('vencido => true,', 'b.vencido', 100), ('vencido => true, area => ''SOPORTE'',', 'b.vencido AND t.area = ''SOPORTE''', 100)) AS f(args, condition, pages),
	(VALUES ('creacion'), ('reciente'), ('limite')) AS o(orden), LATERAL prueba.disturbed(f.args, f.condition, o.orden, f.pages) d;
