-- What people type: one form for every text, whichever way it comes in.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

-- A text with what is not seen in it spelled out.
CREATE FUNCTION prueba.spell(text) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN coalesce((SELECT string_agg(CASE WHEN c ~ '[ -~ñáéíóúüÑÁÉÍÓÚ¿¡«»“”–❤]' THEN c ELSE format('<%s>', upper(to_hex(ascii(c)))) END, '' ORDER BY n)
		FROM regexp_split_to_table($1, '') WITH ORDINALITY AS x(c, n)), 'NULL');
-- What becomes of a text of a kind, or its error.
CREATE FUNCTION prueba.as_kind(kind text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text := prueba.err(format('SELECT ticket_sm.normalizar(%L, ''campo'', %L)', value, kind));
BEGIN
	RETURN CASE answer WHEN 'ok' THEN prueba.spell(ticket_sm.normalizar(value, 'campo', kind)) ELSE answer END;
END $$;

------------------------------------------------------------------------
-- The kinds of text
------------------------------------------------------------------------

CREATE TABLE prueba.texto (n integer GENERATED ALWAYS AS IDENTITY, what text, value text);
INSERT INTO prueba.texto (what, value) VALUES
	('as it is', 'Ñandú: «¿qué?» “sí” – 100 %'),
	('blanks of ASCII round it', E' \t\r\n uno dos \x0b\x0c\n'),
	('blanks of Unicode round it', U&'\00A0\2003uno dos\3000\202F'),
	('what is not seen round it', U&'\FEFF\200Buno dos\200E\00AD\2060'),
	('blanks only', E' \t\n'), ('NBSP only', U&'\00A0\00A0\00A0'), ('ZWSP and BOM only', U&'\200B\FEFF\200B'),
	('joiners only', U&'\200D\FE0F'), ('a blank of braille', U&'\2800'), ('Hangul fillers', U&'\3164\115F'),
	('CRLF', E'uno\r\ndos'), ('CR', E'uno\rdos'), ('CR CR LF', E'uno\r\r\ndos'), ('LF CR', E'uno\n\rdos'), ('Word''s', E'uno\x0bdos'),
	('form feed', E'uno\x0cdos'), ('NEL', U&'uno\0085dos'), ('U+2028', U&'uno\2028dos'), ('U+2029', U&'uno\2029dos'), ('newline', E'uno\ndos'),
	('tab', E'uno\tdos'), ('NBSP', U&'uno\00A0dos'), ('ideographic space', U&'uno\3000dos'),
	('ZWSP', U&'uno\200Bdos'), ('soft hyphen', U&'uno\00ADdos'), ('BOM', U&'uno\FEFFdos'), ('word joiner', U&'uno\2060dos'),
	('override', U&'uno\202Eexe.dos'), ('isolate', U&'uno\2066dos\2069'), ('mark', U&'uno\200Fdos'), ('Arabic mark', U&'uno\061Cdos'),
	('joiner', U&'uno\200Ddos'), ('non-joiner', U&'uno\200Cdos'), ('variation', U&'uno \2764\FE0F'), ('flag', U&'uno\+0E0067dos'),
	('NFD', U&'Mun\0303oz Dí\0061\0301z'), ('NFD with ZWSP between', U&'Mun\200B\0303oz'), ('Kelvin', U&'10 \212A'),
	('in another order', U&'a\0323\0301 a\0301\0323'), ('Greek question mark', U&'\037E'),
	('BEL', E'uno\x07dos'), ('ESC', E'uno\x1b[31m'), ('DEL', E'uno\x7f'), ('DEL before a blank', E'uno\x7f '), ('C1', U&'uno\0092s'), ('C1 first', U&'\009Funo');
SELECT what || E'\n  lineas:  ' || prueba.as_kind('lineas', value) || E'\n  renglon: ' || prueba.as_kind('renglon', value)
	|| E'\n  nombre:  ' || prueba.as_kind('nombre', value)
FROM prueba.texto ORDER BY n;
-- What has that form keeps it.
SELECT kind, what FROM prueba.texto, unnest(ARRAY['lineas', 'renglon', 'nombre', 'correo']) kind,
	LATERAL ticket_sm.normalizar(value, 'campo', kind, false) AS first
WHERE prueba.err(format('SELECT ticket_sm.normalizar(%L, ''campo'', %L)', value, kind)) = 'ok'
	AND ticket_sm.normalizar(first, 'campo', kind) IS DISTINCT FROM first;
-- Wherever in the text it stands: the fast way takes eight bytes at a time.
SELECT DISTINCT prueba.spell(replace(ticket_sm.normalizar(repeat('x', i) || U&'\00A0y' || repeat('x', j), 'campo'), 'x', ''))
FROM generate_series(1, 17) i, generate_series(0, 17) j;
SELECT DISTINCT prueba.short(format('SELECT ticket_sm.normalizar(%L, ''campo'')', repeat('ñ', i) || E'\x02' || repeat('x', j)))
FROM generate_series(0, 9) i, generate_series(0, 9) j;
-- What all codes become that could be of another kind: 16 blanks of Unicode and that of braille; 4,174 that are not seen.
SELECT kind, count(*), min(c), max(c) FROM (
	SELECT to_hex(c) AS c, CASE WHEN t IS NULL THEN 'nothing seen' WHEN t = 'ab' THEN 'dropped' WHEN t = 'a b' AND c <> 32 THEN 'a blank'
		WHEN normalize(chr(c)) <> chr(c) OR strpos(t, chr(c)) = 0 THEN 'another in NFC' ELSE 'itself' END AS kind
	FROM (SELECT generate_series(160, 66000) UNION SELECT generate_series(110000, 120000) UNION SELECT generate_series(917000, 922000)) a(c),
		LATERAL ticket_sm.normalizar('a' || chr(c) || 'b', 'campo', 'nombre') t
	WHERE (c NOT BETWEEN 55296 AND 57343) AND c NOT IN (8232, 8233)) x
WHERE kind <> 'itself' AND kind <> 'another in NFC' GROUP BY kind ORDER BY kind;
-- Long ones.
SELECT length(ticket_sm.normalizar(repeat(E'línea\r\n', 100000), 'campo', 'lineas'));
SELECT length(ticket_sm.normalizar(repeat(U&'n\0303', 100000), 'campo', 'lineas'));
SELECT prueba.err('SELECT ticket_sm.normalizar(''x'', ''campo'', ''verso'')');

------------------------------------------------------------------------
-- Functions, plain SQL, the setting: all alike
------------------------------------------------------------------------

-- What a creation makes of a field, by the function and by an INSERT.
CREATE FUNCTION prueba.both_ways(field text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	col text := CASE WHEN field IN ('nombre', 'email') THEN 'solicitante_' || field ELSE field END;
	plain text;
	called text := prueba.err(format('DO %L', format('DECLARE id uuid; BEGIN %s INTO id; UPDATE prueba.kept SET v = (SELECT %I FROM helpdesk.ticket WHERE ticket_uuid = id); END',
		prueba.create_call(jsonb_build_object(field, value)), col)));
BEGIN
	IF called = 'ok' THEN
		called := prueba.spell((SELECT v FROM prueba.kept));
	END IF;
	-- by somebody else, as the key may be taken
	plain := prueba.err(format('WITH i AS (INSERT INTO helpdesk.ticket SELECT (jsonb_populate_record(NULL::helpdesk.ticket, %L)).* RETURNING %I AS v)
		UPDATE prueba.kept SET v = (SELECT v FROM i)',
		jsonb '{"solicitante_nombre": "Rosa Díaz", "solicitante_email": "otra@example.com", "tipo": "INCIDENTE", "categoria": "Correo",
			"descripcion": "No llega el correo.", "prioridad": "MEDIA", "area": "REDES"}'
			|| jsonb_build_object('ticket_uuid', gen_random_uuid(), col, value), col));
	IF plain = 'ok' THEN
		plain := prueba.spell((SELECT v FROM prueba.kept));
	END IF;
	RETURN CASE WHEN replace(plain, col, field) = called THEN called ELSE format(E'%s\n  INSERT: %s', called, plain) END;
END $$;
CREATE TABLE prueba.kept (v text);
INSERT INTO prueba.kept VALUES (NULL);

SELECT f || ' ' || what || ': ' || prueba.both_ways(f, v)
FROM (VALUES (1, 'nombre'), (2, 'documento'), (3, 'telefono'), (4, 'empresa_departamento'), (5, 'categoria'), (6, 'subcategoria'),
		(7, 'asunto'), (8, 'descripcion'), (9, 'clave_idempotencia')) AS a(n, f),
	(VALUES (1, 'CRLF', E'Hola a todos\r\nBcc: victima@x.co'), (2, 'blanks', U&'\00A0Hola\00A0a\2003todos\200B\000A'),
		(3, 'NFD', U&'Mun\0303oz y\200B compan\0303i\0301a'), (4, 'emoji', U&'Hola, \+01F468\200D\+01F469 y \2764\FE0F'),
		(5, 'nothing seen', U&'\00A0\200B\3000\00A0\FEFF\00A0\00A0\00A0\00A0\00A0\00A0\00A0'), (6, 'C1', U&'Hola\0092s y dem\00E1s')) AS b(m, what, v)
ORDER BY n, m;
-- The least length counts what is seen.
SELECT prueba.both_ways('descripcion', U&'a\200B\200B\200B\200B\200B\200B\200B\200B\200B\200B\200Bb');
SELECT prueba.both_ways('nombre', U&'ab\200B');
SELECT prueba.both_ways('nombre', U&'a\0301b\0301c\0301');
-- The greatest what is kept.
SELECT prueba.err(prueba.create_call(jsonb_build_object('descripcion', repeat(E'línea de diez\r\n', 1428))));
SELECT prueba.err(prueba.create_call(jsonb_build_object('descripcion', repeat(U&'n\0303', 20000))));
SELECT prueba.err(prueba.create_call(jsonb_build_object('descripcion', repeat(U&'n\0303', 20001))));

-- Reason, note, answer; the setting too.
SELECT prueba.new_in('uno', 'ASIGNADO');
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('uno'), E'una nota\r\nen dos líneas\r', U&'una re\0301plica\2028en dos\00A0');
SELECT version FROM ticket_sm.fn_pausar(prueba.id('uno'), E'\x0bFalta\x0buna pieza\x0b');
SET ticket_sm.motivo = E' Llegó\r\nla pieza\u200B ';
UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('uno');
SET ticket_sm.motivo = E'a\u200Bb';
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('uno')$$);
SET ticket_sm.motivo = E'\u00A0\uFEFF';
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('uno')$$);
RESET ticket_sm.motivo;
SELECT prueba.spell(motivo), prueba.spell(nota), prueba.spell(respuesta) FROM helpdesk.historial WHERE ticket_uuid = prueba.id('uno') AND version > 2 ORDER BY version;
SELECT prueba.spell(respuesta_cliente) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('uno');

-- An UPDATE that only writes it otherwise changes nothing; what is blank is taken away.
UPDATE helpdesk.ticket SET asunto = U&'Mun\0303oz\00A0' WHERE ticket_uuid = prueba.id('uno') RETURNING prueba.spell(asunto);
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = U&'\200BMu\00F1oz ' WHERE ticket_uuid = prueba.id('uno')$$);
UPDATE helpdesk.ticket SET asunto = ' ', telefono = '' WHERE ticket_uuid = prueba.id('uno') RETURNING asunto IS NULL, telefono IS NULL, version;
SELECT prueba.err($$UPDATE helpdesk.ticket SET descripcion = U&'\00A0' WHERE ticket_uuid = prueba.id('uno')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET asunto = E'dos\nlíneas' WHERE ticket_uuid = prueba.id('uno')$$);
-- In many at once it is refused by itself.
SELECT prueba.new_in('dos', 'ASIGNADO');
SELECT hecho, codigo, mensaje FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY[prueba.id('uno'), prueba.id('dos')], jsonb_build_object('motivo', E'dos\r\nlíneas'));

------------------------------------------------------------------------
-- Addresses
------------------------------------------------------------------------

SELECT v || ': ' || prueba.both_ways('email', v)
FROM unnest(ARRAY['ana@ejemplo.co', ' Ana@Ejemplo.CO ', U&'ana@ejemplo.co\00A0', U&'\FEFFana@ejemplo.co\200B', U&'\202Eana@ejemplo.co', U&'nin\0303o@ejemplo.co',
	'ana@ñandú.example', 'ana@xn--and-6ma2c.example', 'ana@XN--AND-6MA2C.example', 'ana@mail.xn--mnchen-3ya.de', 'ana@xn--fiqs8s', 'xn--and-6ma2c@ejemplo.co',
	'ana@xn--and.example', 'ana@xn--a.example', 'ana@xn--9999999999.example', 'ana@xn--zzzzzzzzzzzzzzzzzz.example', 'ana@xn--ana-z74d.example',
	U&'an\200Ba@ejemplo.co', U&'ana@eje\00A0mplo.co', U&'ana\202E@ejemplo.co', U&'ana@ejem\00ADplo.co', U&'ana@\2764\FE0F.co', E'ana@ejemplo.co\nBcc: x@y', E'ana\t@ejemplo.co',
	'ana ruiz@ejemplo.co', 'ana', 'ana@', '@ejemplo.co', 'ana@@ejemplo.co', 'a@b@c', 'ana@ejemplo.co.', '.ana@ejemplo.co', 'ana.@ejemplo.co', 'ana@.co', 'ana@ejemplo..co',
	'ana@-ejemplo.co', 'ana@ejemplo.co-', 'Ana <ana@ejemplo.co>', 'ana@ejemplo.co;luis@ejemplo.co', 'ana@ejemplo.co, luis', '"ana"@ejemplo.co', 'ana@[10.0.0.1]', 'ana\@ejemplo.co',
	'mailto:ana@ejemplo.co', U&'\00A0', rpad('ana@', 255, 'x')]) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- However it is written, it opens the ticket; in plain SQL it had got that form.
SELECT prueba.new_ticket('suyo', '{"email": "Niño@xn--and-6ma2c.Example"}');
SELECT v || ': ' || count(c.ticket_label) FROM helpdesk.ticket t, unnest(ARRAY['Niño@ñandú.Example', 'niño@XN--AND-6MA2C.EXAMPLE', U&'nin\0303o@n\0303andu\0301.example',
	U&'\200B niño@ñandú.example\00A0', U&'niño@ñan\200Bdú.example']) v, LATERAL ticket_sm.fn_consultar(t.ticket_label, v) c
WHERE t.ticket_uuid = prueba.id('suyo') GROUP BY v ORDER BY v COLLATE "C";
-- The case of other letters than A to Z is not folded.
SELECT prueba.err(format('SELECT ticket_sm.fn_consultar(%L, ''NIÑO@ñandú.example'')', ticket_label)) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('suyo');

------------------------------------------------------------------------
-- Catalogues and agents
------------------------------------------------------------------------

SELECT s || ': ' || prueba.try(s) FROM unnest(ARRAY[
	$$INSERT INTO helpdesk.area VALUES (U&'REDES\200B')$$, $$INSERT INTO helpdesk.area VALUES (U&'RE\00ADDES\00A0')$$, $$INSERT INTO helpdesk.area VALUES (U&'redes\FEFF')$$,
	$$INSERT INTO helpdesk.area VALUES (E'RE\nDES')$$, $$INSERT INTO helpdesk.area VALUES (U&'\00A0')$$, $$INSERT INTO helpdesk.area VALUES ('')$$, $$INSERT INTO helpdesk.area VALUES (U&'Atencio\0301n al Pu\0301blico')$$,
	$$UPDATE helpdesk.area SET nombre = U&'SOPORTE\200B' WHERE nombre = 'ANTIGUA'$$,
	$$INSERT INTO helpdesk.prioridad VALUES (U&'ALTA\00A0', 9, 9)$$, $$INSERT INTO helpdesk.prioridad VALUES (E'AL\x07TA', 9, 9)$$,
	$$INSERT INTO helpdesk.calendario VALUES (U&'\FEFFco', 'UTC')$$, $$INSERT INTO helpdesk.calendario VALUES (E'C\rO', 'UTC')$$,
	$$INSERT INTO helpdesk.feriado VALUES ('CO', '2031-02-03', NULL, NULL, E'Día\nraro')$$, $$INSERT INTO helpdesk.sla_politica (objetivo, categoria, horas) VALUES ('resolucion', E'Nómina\n1', 4)$$,
	$$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Ana', U&'ANA@desk.example\200B', 'MESA')$$,
	$$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES (E'Ana\nX: y', 'ana2@desk.example', 'MESA')$$,
	$$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES (U&'\00A0', 'ana2@desk.example', 'MESA')$$,
	$$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Ana', 'x,y;<z>@c..d', 'MESA')$$,
	$$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Ana', 'ana2@desk.example.', 'MESA')$$,
	$$INSERT INTO helpdesk.agente (nombre, email, rol) VALUES ('Ana', 'ana2@desk.example', 'AREA')$$,
	$$UPDATE helpdesk.agente SET area = NULL WHERE agente_id = prueba.agente(3)$$,
	$$UPDATE helpdesk.agente SET email = 'no es' WHERE agente_id = prueba.agente(3)$$]) WITH ORDINALITY AS a(s, n) ORDER BY n;
INSERT INTO helpdesk.area VALUES (U&'\00A0Gestio\0301n\00A0Humana\200B') RETURNING prueba.spell(nombre);
INSERT INTO helpdesk.agente (nombre, email, rol, area, telefono) VALUES (U&'Jose\0301\00A0Paz ', U&'Jose@xn--and-6ma2c.example\00A0', 'AREA', U&'Gestio\0301n Humana', U&'\00A0')
RETURNING prueba.spell(nombre), prueba.spell(email), prueba.spell(area), telefono IS NULL;
INSERT INTO helpdesk.sla_politica (objetivo, categoria, area, horas) VALUES ('resolucion', U&'No\0301mina\00A0', U&'Gestio\0301n Humana', 3) RETURNING prueba.spell(categoria), prueba.spell(area);
INSERT INTO helpdesk.feriado (calendario, fecha, nombre) VALUES (U&'CO\200B', '2031-02-03', U&'Di\0301a\0009ci\0301vico ') RETURNING calendario, prueba.spell(nombre);
-- By any of their spellings they are found; the policy holds.
SELECT prueba.new_ticket('nomina', jsonb_build_object('area', U&'\200Bgestio\0301n humana', 'prioridad', U&'al\00ADta', 'tipo', U&'\FEFFqueja\00A0', 'categoria', U&'no\0301MINA'));
SELECT area, prioridad, tipo, categoria, sla_horas FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('nomina');
-- A table of that name whose columns are others is left alone.
CREATE SCHEMA prueba_otra;
CREATE TABLE prueba_otra.area (nombre integer);
CREATE TRIGGER textos BEFORE INSERT ON prueba_otra.area FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_texts();
INSERT INTO prueba_otra.area VALUES (7) RETURNING nombre;
DROP TABLE prueba_otra.area;
DROP SCHEMA prueba_otra;
SELECT prueba.try(prueba.create_call(jsonb_build_object('area', E'RE\r\nDES')));

------------------------------------------------------------------------
-- Labels
------------------------------------------------------------------------

SELECT prueba.new_ticket('suyo', '{"email": "ana@ejemplo.co"}');
CREATE FUNCTION prueba.label_found(label text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found uuid;
BEGIN
	SELECT c.ticket_uuid INTO found FROM ticket_sm.fn_consultar(label, 'ana@ejemplo.co') c;
	RETURN CASE WHEN ticket_sm.ticket_id(label) <> found THEN 'two' WHEN found = prueba.id('suyo') THEN 'found' ELSE 'another' END;
EXCEPTION WHEN SQLSTATE 'PT404' OR SQLSTATE '22004' THEN
	RETURN SQLSTATE;
END $$;
-- Y: the year, N: the number, Z: with its zeros.
SELECT w || ': ' || prueba.label_found(replace(replace(replace(w, 'Y', split_part(ticket_label, '-', 2)),
	'N', split_part(ticket_label, '-', 3)::integer::text), 'Z', split_part(ticket_label, '-', 3)))
FROM helpdesk.ticket, unnest(ARRAY['TK-Y-Z', 'tk-Y-Z', 'TK-Y-N', 'TK Y N', 'TK Y Z', U&'TK\2013Y\2013Z', U&'TK\2014Y\2212N', U&'TK\2011Y\2011Z', U&'TK\00A0Y\00A0Z\00A0',
	'#TK-Y-Z', '[TK-Y-Z]', '(TK-Y-Z)', 'TK-Y-Z.', ' «TK-Y-Z», ', 'TK_Y_Z', 'TK/Y/Z', 'TK.Y.Z', 'TKYZ', 'TKYN', 'TKY-N', U&'TK-\200BY-Z', E'TK-Y-Z\r\n', 'TK--Y--000000N',
	'TK-Y', 'Y-Z', 'TK-Z', 'XX-Y-Z', 'TK-Y-Z0', 'TK-Y-0', 'TK-1999-Z', 'TK-Y-Z-1', '%', '', ' ', '#', 'ñ', repeat('TK-Y-Z', 50)]) WITH ORDINALITY AS x(w, n)
WHERE ticket_uuid = prueba.id('suyo') ORDER BY n;
-- Labels of another prefix and width are read as well, and those that were given out before.
UPDATE helpdesk.configuracion SET prefijo = 'T2K', digitos = 2;
SELECT prueba.new_ticket('otro', '{"email": "ana@ejemplo.co"}');
SELECT w || ': ' || (SELECT count(*) FROM ticket_sm.fn_consultar(replace(replace(w, 'Y', split_part(ticket_label, '-', 2)),
	'N', split_part(ticket_label, '-', 3)::integer::text), 'ana@ejemplo.co') c WHERE c.ticket_uuid = t.ticket_uuid)
FROM helpdesk.ticket t, unnest(ARRAY['t2k-Y-N', 'T2KYN', 'T2K Y 000N']) AS w WHERE ticket_uuid = prueba.id('otro') ORDER BY 1;
SELECT prueba.label_found(ticket_label), prueba.label_found('tk ' || split_part(ticket_label, '-', 2) || ' ' || split_part(ticket_label, '-', 3)::integer)
FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('suyo');
-- One of before that ends in a digit, whatever the prefix is now.
UPDATE helpdesk.configuracion SET prefijo = 'HD9', digitos = 1;
SELECT prueba.new_ticket('tercero', '{"email": "ana@ejemplo.co"}');
CREATE FUNCTION prueba.label_of_before(prefix text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	UPDATE helpdesk.configuracion SET prefijo = prefix;
	RETURN (SELECT count(*) FROM helpdesk.ticket t, ticket_sm.fn_consultar(replace(t.ticket_label, '-', ''), 'ana@ejemplo.co') c
		WHERE t.ticket_uuid = prueba.id('tercero') AND c.ticket_uuid = t.ticket_uuid);
END $$;
SELECT p, prueba.label_of_before(p) FROM unnest('{HD9, HD, H, TK, HD92}'::text[]) p;
UPDATE helpdesk.configuracion SET prefijo = 'TK', digitos = 5;
-- ticket_id: for whom, and what it says of a label that is none.
SELECT r, prueba.as_role(r, format('SELECT ticket_sm.ticket_id(%L) = %L', lower(replace(ticket_label, '-', ' ')), ticket_uuid))
FROM helpdesk.ticket, unnest('{regress_ana, regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe, regress_nadie}'::text[]) r
WHERE ticket_uuid = prueba.id('suyo');
SELECT prueba.err(format('SELECT ticket_sm.ticket_id(%L)', v)) FROM unnest('{TK-1999-00001, nada, " ", NULL}'::text[]) v;

------------------------------------------------------------------------
-- A request that is repeated
------------------------------------------------------------------------

-- Finds its ticket however it is typed, and before anything else of it is judged.
SELECT prueba.new_ticket('primero', '{"clave_idempotencia": "k", "area": "SOPORTE", "asunto": "Muñoz"}');
CREATE FUNCTION prueba.repeated(overrides jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	call text := prueba.create_call(jsonb '{"clave_idempotencia": "k", "area": "SOPORTE", "asunto": "Muñoz"}' || overrides);
	answer text := prueba.err(call);
	id uuid;
BEGIN
	IF answer = 'ok' THEN
		EXECUTE call INTO id;
		answer := CASE WHEN id = prueba.id('primero') THEN 'the first' ELSE 'another' END;
	END IF;
	RETURN answer;
END $$;
UPDATE helpdesk.area SET activa = false WHERE nombre IN ('SOPORTE', 'MESA');
SELECT o || ': ' || prueba.repeated(o::jsonb) FROM unnest(ARRAY['{}', '{"area": " soporte"}', '{"asunto": "Mun\u0303oz\u00a0"}', '{"email": " ROSA@example.com\u200b"}', '{"clave_idempotencia": "\ufeffk "}',
	'{"tipo": "incidente", "prioridad": "media"}', '{"descripcion": "\r\nNo llega el correo.\u2028"}', '{"area": "REDES"}', '{"area": "NINGUNA"}', '{"prioridad": "ALTA"}', '{"nombre": "Otra"}',
	'{"nombre": "x"}', '{"email": "rosa"}', '{"tipo": "\n"}']) WITH ORDINALITY AS x(o, n) ORDER BY n;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('primero');
SELECT version FROM ticket_sm.fn_transferir(prueba.id('primero'), 'REDES', 'Otra área.');
SELECT prueba.repeated();
-- Nobody named the area that is switched off.
SELECT prueba.err(prueba.create_call('{"area": null}'));
SELECT prueba.err(prueba.create_call('{"area": "MESA"}'));
UPDATE helpdesk.area SET activa = true WHERE nombre IN ('SOPORTE', 'MESA');

SELECT * FROM ticket_sm.fn_verificar();
DROP TABLE prueba.texto, prueba.kept;
DROP FUNCTION prueba.spell, prueba.as_kind, prueba.both_ways, prueba.label_found, prueba.repeated;
