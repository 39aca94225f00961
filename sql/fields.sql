-- Every field of every function: what is accepted, and the error of what is not.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

-- Try to create a ticket that is good but for one field.
CREATE FUNCTION prueba.create_with(field text, value text) RETURNS text LANGUAGE sql
	RETURN prueba.try(prueba.create_call(jsonb_build_object(field, value)));

------------------------------------------------------------------------
-- fn_crear_ticket
------------------------------------------------------------------------

-- With nothing at all, the first required field is asked for.
SELECT prueba.err('SELECT ticket_sm.fn_crear_ticket()');

-- Required fields: missing, empty, blank.
SELECT f || ': ' || prueba.create_with(f, v)
FROM unnest(ARRAY['nombre', 'email', 'tipo', 'categoria', 'descripcion', 'prioridad']) WITH ORDINALITY AS a(f, n),
	(VALUES (1, NULL), (2, ''), (3, E' \t\n ')) AS b(m, v)
ORDER BY n, m;

-- Optional fields: NULL, empty and blank all count as not given.
SELECT f || ': ' || prueba.create_with(f, v)
FROM unnest(ARRAY['documento', 'telefono', 'tiene_whatsapp', 'empresa_departamento', 'subcategoria', 'asunto', 'area',
		'ip', 'clave_idempotencia']) WITH ORDINALITY AS a(f, n),
	(VALUES (1, NULL), (2, ''), (3, '   ')) AS b(m, v)
WHERE v IS NULL OR f NOT IN ('tiene_whatsapp', 'ip')
ORDER BY n, m;

-- Lengths: the shortest and the longest are good, one less or one more is not.
-- They count characters, not bytes.
SELECT f || ' ' || length(v) || ' ' || left(v, 1) || ': ' || prueba.create_with(f, v)
FROM (VALUES (1, 'nombre', 3, 150), (2, 'categoria', 2, 100), (3, 'descripcion', 10, 20000), (4, 'documento', NULL, 50),
		(5, 'telefono', NULL, 30), (6, 'empresa_departamento', NULL, 150), (7, 'subcategoria', NULL, 100),
		(8, 'asunto', NULL, 200), (9, 'clave_idempotencia', NULL, 200)) AS a(nr, f, low, high),
	(VALUES (1, 'x'), (2, 'ñ'), (3, '😀')) AS c(k, ch),
	LATERAL (VALUES (1, repeat(ch, low - 1)), (2, repeat(ch, low)), (3, repeat(ch, high)), (4, repeat(ch, high + 1))) AS b(m, v)
WHERE v IS NOT NULL
ORDER BY nr, k, m;

-- What counts is the trimmed text.
SELECT prueba.create_with('nombre', '  ab  ');
SELECT prueba.create_with('nombre', E'\t\n  abc  \n');
SELECT prueba.create_with('nombre', '   ' || repeat('x', 150) || '   ');
SELECT prueba.create_with('descripcion', '123456789          ');

-- Control characters: newline and tab are text where there are lines, nothing
-- else is: NUL cannot be in a text at all; BEL, CR, ESC, DEL, NEL and APC (the
-- last two are C1; CR and NEL end a line).
SELECT f || ' U+' || lpad(to_hex(ascii(ch)), 4, '0') || ': ' || prueba.create_with(f, 'uno dos' || ch || ' tres')
FROM unnest(ARRAY['nombre', 'categoria', 'descripcion', 'documento', 'telefono', 'empresa_departamento', 'subcategoria',
		'asunto', 'clave_idempotencia']) WITH ORDINALITY AS a(f, n),
	unnest(ARRAY[E'\n', E'\t', E'\x07', E'\r', E'\x1b', E'\x7f', U&'\0085', U&'\009F']) WITH ORDINALITY AS b(ch, m)
WHERE n IN (1, 3) OR m IN (1, 4)
ORDER BY n, m;
-- In a name that is looked up they are no better.
SELECT prueba.create_with('tipo', E'QUE\x07JA');
SELECT prueba.create_with('prioridad', E'ALTA\x1b[31m');
SELECT prueba.create_with('area', E'RE\rDES');
SELECT prueba.create_with('email', E'rosa\x07@example.com');
-- U+00A0 is a blank, and what follows it are letters and signs, not C1.
SELECT prueba.create_with('nombre', U&'a\00A0b');
SELECT prueba.create_with('nombre', 'Ñáéíóúü ¿¡«»€ 日本語 🙂');

-- E-mail: local@domain, at most 254 characters.
SELECT v || ': ' || prueba.create_with('email', v)
FROM unnest(ARRAY['a@b', 'rosa.diaz+mesa@sub.example.com', '  Rosa@Example.COM ', 'ñandú@correo.example',
	'rosa', 'rosa@', '@example.com', '@', 'rosa@@example.com', 'rosa@a@b', 'rosa diaz@example.com', 'rosa@example .com',
	E'rosa@example.com\nBcc: todos@example.com', E'rosa\t@example.com']) WITH ORDINALITY AS a(v, n)
ORDER BY n;
SELECT length(v) || ': ' || prueba.create_with('email', v)
FROM (VALUES (rpad(repeat('a', 64) || '@', 250, 'b') || '.com'), (rpad(repeat('a', 64) || '@', 251, 'b') || '.com')) AS a(v);

-- Enum-like fields: trimmed, in any case; the error lists what is valid.
SELECT v || ': ' || prueba.create_with('tipo', v)
FROM unnest(ARRAY['PETICION', 'queja', ' Reclamo ', 'sUGERENCIA', 'INCIDENTE', E'solicitud\n', 'consulta',
	'averia', 'petición', 'QUEJ', 'QUEJA RECLAMO', '''; DROP TABLE helpdesk.ticket; --']) WITH ORDINALITY AS a(v, n) ORDER BY n;
SELECT v || ': ' || prueba.create_with('prioridad', v)
FROM unnest(ARRAY['BAJA', 'media', ' Alta ', 'urgente', 'CRITICA', 'crítica', '1', 'ALTISIMA']) WITH ORDINALITY AS a(v, n) ORDER BY n;
SELECT left(v, 20) || ': ' || prueba.create_with('area', v)
FROM unnest(ARRAY['MESA', 'redes', ' Soporte ', 'Atención al Público', 'ATENCIón AL PúBLICO', 'ANTIGUA', 'antigua', 'VENTAS',
	repeat('x', 5000)]) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- What is stored is the catalogue's spelling, and the trimmed text.
SELECT prueba.new_ticket('spelling', '{"tipo": " queja ", "prioridad": "alta", "area": " redes", "nombre": "  Rosa  Díaz ",
	"email": " Rosa@Example.com ", "asunto": "\n asunto \t", "documento": "", "telefono": "  "}');
SELECT tipo, prioridad, area, format('%s|%s|%s|%s|%s', solicitante_nombre, solicitante_email, asunto, documento, telefono),
	documento IS NULL, telefono IS NULL, tiene_whatsapp
FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('spelling');

-- An address that is none is PostgreSQL's own error.
SELECT prueba.create_with('ip', '10.0.0.256');

-- Several fields wrong at once: one error at a time, in the order of the required ones.
SELECT prueba.err('SELECT ticket_sm.fn_crear_ticket(nombre => ''x'', email => ''y'', tipo => ''z'')');

------------------------------------------------------------------------
-- motivo: required (3 to 2,000 characters) but for fn_asignar
------------------------------------------------------------------------

SELECT prueba.new_in('asignado', 'ASIGNADO');
SELECT prueba.new_in('pausado', 'PAUSADO');
SELECT prueba.new_in('nuevo', 'NUEVO');
CREATE TABLE prueba.con_motivo (nr integer, call text);
INSERT INTO prueba.con_motivo VALUES
(1, 'SELECT ticket_sm.fn_asignar(prueba.id(''nuevo''), motivo => %L)'),
(2, 'SELECT ticket_sm.fn_transferir(prueba.id(''asignado''), area => ''SOPORTE'', motivo => %L)'),
(3, 'SELECT ticket_sm.fn_reclasificar(prueba.id(''asignado''), tipo => ''QUEJA'', motivo => %L)'),
(4, 'SELECT ticket_sm.fn_pausar(prueba.id(''asignado''), motivo => %L)'),
(5, 'SELECT ticket_sm.fn_reabrir(prueba.id(''pausado''), motivo => %L)'),
(6, 'SELECT ticket_sm.fn_cancelar(prueba.id(''asignado''), motivo => %L)'),
(7, 'SELECT ticket_sm.fn_archivar(prueba.id(''asignado''), motivo => %L)');
SELECT substring(call FROM 'fn_\w+') || ' ' || what || ': ' || prueba.try(format(call, v))
FROM prueba.con_motivo,
	(VALUES (1, 'NULL', NULL), (2, 'empty', ''), (3, 'blank', E' \n '), (4, '2', 'ñó'), (5, '3', ' ñóü '),
		(6, '2000', repeat('ñ', 2000)), (7, '2001', repeat('ñ', 2001)), (8, 'BEL', E'uno\x07dos'),
		(9, 'CR', E'uno\r\ndos'), (10, 'lines', E'uno\n\tdos')) AS a(m, what, v)
ORDER BY nr, m;
DROP TABLE prueba.con_motivo;

------------------------------------------------------------------------
-- nota and respuesta: at most 20,000 characters
------------------------------------------------------------------------

SELECT prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''asignado''))');
SELECT prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''asignado''), '''', E'' \n'')');
SELECT f || ' ' || what || ': ' || prueba.try(format('SELECT ticket_sm.%s(prueba.id(''asignado''), %s => %L)', fn, f, v))
FROM (VALUES (1, 'fn_actualizar', 'nota'), (2, 'fn_actualizar', 'respuesta'), (3, 'fn_resolver', 'respuesta')) AS a(n, fn, f),
	(VALUES (1, '1', 'x'), (2, '20000', repeat('ñ', 20000)), (3, '20001', repeat('ñ', 20001)), (4, 'DEL', E'uno\x7f'),
		(5, 'lines', E'uno\n\tdos')) AS b(m, what, v)
ORDER BY n, m;
-- fn_resolver needs no answer.
SELECT prueba.try('SELECT ticket_sm.fn_resolver(prueba.id(''asignado''))');
SELECT prueba.try('SELECT ticket_sm.fn_resolver(prueba.id(''asignado''), ''  '')');

------------------------------------------------------------------------
-- The fields of asignar, transferir and reclasificar
------------------------------------------------------------------------

-- fn_asignar: the area must be an active one, the agent a working one.
SELECT what || ': ' || prueba.try(format('SELECT ticket_sm.fn_asignar(prueba.id(''nuevo''), %s)', arg))
FROM (VALUES (1, 'nothing', 'NULL'), (2, 'area in any case', 'area => '' soporte '''), (3, 'blank area', 'area => '' '''),
	(4, 'unknown area', 'area => ''VENTAS'''), (5, 'inactive area', 'area => ''ANTIGUA'''),
	(6, 'control character', 'area => E''RE\rDES'''),
	(7, 'agent', 'agente_id => prueba.agente(3)'), (8, 'unknown agent', 'agente_id => prueba.agente(99)'),
	(9, 'inactive agent', 'agente_id => prueba.agente(5)'), (10, 'agent of another area', 'agente_id => prueba.agente(4)'),
	(11, 'agent with its area', 'agente_id => prueba.agente(4), area => ''SOPORTE'''),
	(12, 'uuid of a ticket', 'agente_id => prueba.id(''nuevo'')')) AS a(n, what, arg)
ORDER BY n;

-- fn_transferir: the area is required.
SELECT what || ': ' || prueba.try(format('SELECT ticket_sm.fn_transferir(prueba.id(''asignado''), motivo => ''Es de otros.''%s)', arg))
FROM (VALUES (1, 'no area', ''), (2, 'blank area', ', area => '' '''), (3, 'area in any case', ', area => '' soporte '''),
	(4, 'unknown area', ', area => ''VENTAS'''), (5, 'inactive area', ', area => ''ANTIGUA'''),
	(6, 'agent of the new area', ', area => ''SOPORTE'', agente_id => prueba.agente(4)'),
	(7, 'agent of the old area', ', area => ''SOPORTE'', agente_id => prueba.agente(3)'),
	(8, 'unknown agent', ', area => ''SOPORTE'', agente_id => prueba.agente(99)'),
	(9, 'inactive agent', ', area => ''SOPORTE'', agente_id => prueba.agente(5)')) AS a(n, what, arg)
ORDER BY n;

-- fn_reclasificar: at least one of the four, each as in fn_crear_ticket.
SELECT what || ': ' || prueba.try(format('SELECT ticket_sm.fn_reclasificar(prueba.id(''asignado''), motivo => ''Más exacto.''%s)', arg))
FROM (VALUES (1, 'none', ''), (2, 'all blank', ', tipo => '''', categoria => '' '', prioridad => '' '''), (2, 'nothing to take away', ', subcategoria => '' '''),
	(3, 'type', ', tipo => '' queja '''), (4, 'unknown type', ', tipo => ''averia'''),
	(5, 'category', ', categoria => ''TV'''), (6, 'category too short', ', categoria => ''T'''),
	(7, 'category too long', format(', categoria => %L', repeat('x', 101))),
	(8, 'category with CR', ', categoria => E''T\rV'''),
	(9, 'subcategory', ', subcategoria => ''x'''), (10, 'subcategory too long', format(', subcategoria => %L', repeat('x', 101))),
	(11, 'priority', ', prioridad => ''alta'''), (12, 'unknown priority', ', prioridad => ''URGENTISIMA''')) AS a(n, what, arg)
ORDER BY n;

------------------------------------------------------------------------
-- ticket_id, version, and the fields of the reading functions
------------------------------------------------------------------------

-- ticket_id: missing, malformed (PostgreSQL's own error), unknown.
SELECT fn || ': ' || prueba.try(format('SELECT ticket_sm.%s(%s)', fn, replace(args, '#', 'NULL')))
	|| E'\n' || prueba.try(format('SELECT ticket_sm.%s(%s)', fn, replace(args, '#', '''no-uuid''')))
	|| E'\n' || prueba.try(format('SELECT ticket_sm.%s(%s)', fn, replace(args, '#', 'gen_random_uuid()')))
FROM (VALUES (1, 'fn_asignar', '#'), (2, 'fn_transferir', '#, ''SOPORTE'', ''Es de otros.'''),
	(3, 'fn_reclasificar', '#, ''QUEJA'', motivo => ''Más exacto.'''), (4, 'fn_pausar', '#, ''Falta.'''),
	(5, 'fn_reabrir', '#, ''Vuelve.'''), (6, 'fn_actualizar', '#, ''nota'''), (7, 'fn_resolver', '#'),
	(8, 'fn_cancelar', '#, ''No hace falta.'''), (9, 'fn_archivar', '#, ''Listo.'''), (10, 'fn_ticket', '#'))
	AS a(n, fn, args)
ORDER BY n;

-- version: the current one or none.
SELECT coalesce(v, 'NULL') || ': ' || prueba.try(format('SELECT ticket_sm.fn_actualizar(prueba.id(''asignado''), ''nota'', version => %L)', v))
FROM unnest(ARRAY[NULL, '2', '1', '3', '0', '-1', '2147483647', 'dos', '2147483648']) WITH ORDINALITY AS a(v, n) ORDER BY n;

-- fn_consultar: both fields are required; a malformed one only matches nothing.
SELECT prueba.err('SELECT ticket_sm.fn_consultar()');
SELECT prueba.err('SELECT ticket_sm.fn_consultar(''TK-2024-00001'')');
SELECT prueba.err('SELECT ticket_sm.fn_consultar('' '', ''rosa@example.com'')');
SELECT prueba.err('SELECT ticket_sm.fn_consultar(''TK-2024-00001'', '' '')');
SELECT prueba.err('SELECT ticket_sm.fn_consultar(''TK-1999-99999'', ''rosa@example.com'')');
SELECT prueba.err('SELECT ticket_sm.fn_consultar(''%'', ''%'')');
SELECT prueba.err(format('SELECT ticket_sm.fn_consultar(%L, %L)', repeat('x', 100000), repeat('y', 100000)));
SELECT prueba.err('SELECT ticket_sm.fn_consultar(E''TK\r\n'', E''a\x07@b'')');

-- fn_verificar: an unknown ticket is no clean bill.
SELECT prueba.err('SELECT ticket_sm.fn_verificar(gen_random_uuid())');
SELECT prueba.err('SELECT ticket_sm.fn_verificar(''no-uuid'')');

-- None of these left a trace: three tickets and the one of the spelling.
SELECT count(*), sum(version) FROM helpdesk.ticket;
SELECT count(*) FROM helpdesk.historial;
SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.create_with;
