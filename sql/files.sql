-- Files: attached, listed, read, taken away; their names, types, limits; the proof.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

CREATE SCHEMA archivos;
GRANT USAGE ON SCHEMA archivos TO PUBLIC;
-- Attach as a role; what the answer says of the file.
CREATE FUNCTION archivos.put(ticket text, archivo text, contenido bytea DEFAULT 'hola', tipo text DEFAULT NULL, publico boolean DEFAULT NULL)
	RETURNS text LANGUAGE sql
	RETURN (SELECT concat_ws('|', r.estado_anterior, r.estado, 'v' || r.version, r.archivo, r.tipo_contenido, r.bytes, CASE WHEN r.publico THEN 'publico' ELSE 'interno' END)
		FROM ticket_sm.fn_adjuntar(prueba.id(ticket), archivo, contenido, tipo, publico) r);
CREATE FUNCTION archivos.send(ticket text, email text, archivo text, contenido bytea DEFAULT 'hola', publico boolean DEFAULT NULL)
	RETURNS text LANGUAGE sql
	RETURN (SELECT concat_ws('|', r.estado_anterior, r.estado, 'v' || r.version, r.archivo, r.tipo_contenido, r.bytes, CASE WHEN r.publico THEN 'publico' ELSE 'interno' END)
		FROM ticket_sm.fn_adjuntar(ticket_label => ticket, email => email, archivo => archivo, contenido => contenido, publico => publico) r);
-- A file by its name; a label.
CREATE FUNCTION archivos.id(archivo text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
	AS 'SELECT adjunto_id FROM helpdesk.adjunto a JOIN helpdesk.ticket t USING (ticket_uuid) WHERE a.archivo = $1 ORDER BY ticket_label, a.version LIMIT 1';
CREATE FUNCTION archivos.label(name text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
	AS 'SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = prueba.id($1)';

SELECT prueba.new_ticket('a', '{"email": "ana.perez@casa.example", "area": "REDES"}'), prueba.new_ticket('b', '{"email": "otro@casa.example", "area": "SOPORTE"}');

------------------------------------------------------------------------
-- Attaching and reading
------------------------------------------------------------------------
SELECT who, prueba.told_as(who, $$SELECT archivos.put('a', 'informe.pdf', '%PDF-1.7 x')$$)
FROM unnest('{regress_ana,regress_mario,regress_alba,regress_saul,regress_ines,regress_pepe,regress_nadie}'::name[]) AS who;
SET ROLE regress_alba;
SELECT archivos.put('a', 'informe.pdf', '%PDF-1.7 x', 'application/x-msdownload');
SET ROLE regress_mario;
SELECT archivos.put('a', 'respuesta.txt', 'Buenos días', 'text/plain', true);
SET ROLE regress_pepe;
SELECT archivos.send(archivos.label('a'), ' ANA.Perez@casa.example ', 'captura.png', '\x89504e470d0a1a0a01');
RESET ROLE;
-- What was the answer before is the answer again: nothing is written, also when the ticket has moved on.
SET ROLE regress_mario;
SELECT archivos.put('a', 'respuesta.txt', 'Buenos días', 'text/csv', true);
SET ROLE regress_pepe;
SELECT archivos.send(archivos.label('a'), 'ana.perez@casa.example', 'captura.png', '\x89504e470d0a1a0a01');
RESET ROLE;
-- Another name, another sender, another kind, another ticket: another attachment, and one content.
SET ROLE regress_ana;
SELECT archivos.put('a', 'respuesta.txt', 'Buenos días', NULL, true);
SELECT archivos.put('a', 'respuesta.txt', 'Buenos días');
SELECT archivos.put('a', 'Respuesta.txt', 'Buenos días');
SELECT archivos.put('b', 'respuesta.txt', 'Buenos días');
RESET ROLE;
SELECT count(*), count(DISTINCT adjunto_id), count(DISTINCT sha256), (SELECT count(*) FROM helpdesk.contenido) FROM helpdesk.adjunto;
SELECT attstorage FROM pg_attribute WHERE attrelid = 'helpdesk.contenido'::regclass AND attname = 'datos';

-- Who sees what.
SELECT who, prueba.as_role(who, 'SELECT string_agg(concat_ws('','', archivo, tipo_contenido, bytes, publico, actor_nombre, actor_rol, version), ''; '') FROM ticket_sm.fn_adjuntos(prueba.id(''a''))')
FROM unnest('{regress_mario,regress_alba,regress_saul,regress_ines,regress_pepe}'::name[]) AS who;
SET ROLE regress_pepe;
SELECT archivo, tipo_contenido, bytes, publico, actor_nombre, actor_rol, version FROM ticket_sm.fn_adjuntos(ticket_label => archivos.label('a'), email => 'ana.perez@casa.example');
SELECT a ->> 'archivo', a ->> 'propio', a - '{archivo,propio,adjuntado_en,adjunto_id}'::text[] FROM ticket_sm.fn_consultar(archivos.label('a'), 'ana.perez@casa.example') c, jsonb_array_elements(c.adjuntos) a;
SELECT convert_from(ticket_sm.fn_adjunto(adjunto_id => archivos.id('respuesta.txt'), ticket_label => archivos.label('a'), email => 'ana.perez@casa.example'), 'UTF8');
RESET ROLE;
SET ROLE regress_alba;
SELECT convert_from(ticket_sm.fn_adjunto(prueba.id('a'), archivos.id('informe.pdf')), 'UTF8');
SELECT (ticket_sm.fn_ticket(prueba.id('a')) #> '{adjuntos,0}') - '{adjunto_id,adjuntado_en,sha256}'::text[];
SELECT (ticket_sm.fn_ticket(prueba.id('a')) #> '{historial,1,adjunto}') - '{adjunto}'::text[];
SELECT count(*) FROM helpdesk.adjunto;
RESET ROLE;
-- What is not his to see is not there: an internal file, one of another ticket, one that never was; all the same.
SELECT prueba.told_as('regress_pepe', format('SELECT ticket_sm.fn_adjunto(adjunto_id => %L, ticket_label => archivos.label(''a''), email => %L)', f, e))
FROM (VALUES (archivos.id('informe.pdf'), 'ana.perez@casa.example'), (prueba.agente(9), 'ana.perez@casa.example'),
	(archivos.id('respuesta.txt'), 'otro@casa.example'), (archivos.id('respuesta.txt'), 'ana@desk.example')) AS v(f, e);
SELECT prueba.told_as('regress_pepe', format('SELECT archivos.send(%L, %L, ''x'')', l, e))
FROM (VALUES (archivos.label('a'), 'otro@casa.example'), (archivos.label('a'), 'mario@desk.example'), ('TK-1999-1', 'ana.perez@casa.example'), ('', ''), (archivos.label('a'), NULL)) AS v(l, e);
SELECT prueba.told_as('regress_saul', format('SELECT ticket_sm.fn_adjunto(%L, %L)', prueba.id(t), f))
FROM (VALUES ('a', archivos.id('informe.pdf')), ('b', archivos.id('informe.pdf'))) AS v(t, f);
SELECT prueba.told_as('regress_saul', format('SELECT archivos.send(%L, ''ana.perez@casa.example'', ''x'')', archivos.label('a')));
SELECT prueba.told_as('regress_pepe', format('SELECT archivos.send(%L, ''ana.perez@casa.example'', ''x'', publico => false)', archivos.label('a')));
-- The tables themselves.
SELECT who, prueba.as_role(who, 'SELECT count(*) FROM helpdesk.adjunto'), prueba.as_role(who, 'SELECT count(*) FROM helpdesk.contenido')
FROM unnest('{regress_ana,regress_mario,regress_alba,regress_saul,regress_ines,regress_pepe}'::name[]) AS who;
-- An internal file leaves no trace that the public could see.
CREATE TABLE archivos.before AS SELECT to_jsonb(c) AS c FROM ticket_sm.fn_consultar(archivos.label('a'), 'ana.perez@casa.example') c;
SELECT archivos.put('a', 'secreto.txt');
SELECT to_jsonb(c) = b.c FROM archivos.before b, ticket_sm.fn_consultar(archivos.label('a'), 'ana.perez@casa.example') c;

------------------------------------------------------------------------
-- Fields and limits
------------------------------------------------------------------------
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntar(archivo => 'x', contenido => 'x')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntar(prueba.agente(9), 'x', 'x')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntar(prueba.id('a'), NULL, 'x')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntar(prueba.id('a'), 'x')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntar(prueba.id('a'), 'x', '')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntar(prueba.id('a'), 'x', 'x', version => 1)$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntar(prueba.id('a'), 'x', 'x', ticket_label => 'TK-2026-1', email => 'a@b.example')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjunto(prueba.id('a'))$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjunto(prueba.id('a'), prueba.agente(9))$$);
SELECT prueba.err($$SELECT ticket_sm.fn_adjuntos()$$);
-- One byte more than may be, and exactly that.
UPDATE helpdesk.configuracion SET adjunto_bytes = 1000, adjuntos_bytes = 2500, adjuntos_cantidad = 4;
SELECT prueba.new_ticket('lleno', '{"email": "lleno@casa.example"}');
SELECT prueba.err($$SELECT archivos.put('lleno', 'grande', convert_to(repeat('x', 1001), 'UTF8'))$$);
SELECT archivos.put('lleno', 'uno', convert_to(repeat('x', 1000), 'UTF8')), archivos.put('lleno', 'dos', convert_to(repeat('x', 1000), 'UTF8'));
SELECT prueba.err($$SELECT archivos.put('lleno', 'tres', convert_to(repeat('x', 501), 'UTF8'))$$);
SELECT archivos.put('lleno', 'tres', convert_to(repeat('x', 499), 'UTF8')), archivos.put('lleno', 'cuatro', '1');
SELECT prueba.err($$SELECT archivos.put('lleno', 'cinco', '1')$$);
UPDATE helpdesk.configuracion SET adjuntos_bytes = 100000;
SELECT prueba.err($$SELECT archivos.put('lleno', 'cinco', '1')$$);
-- Public ones are counted by themselves: nobody learns of the others by them.
SELECT archivos.send(archivos.label('lleno'), 'lleno@casa.example', 'cinco', '1');
SELECT version, (SELECT count(*) FROM helpdesk.historial h WHERE h.ticket_uuid = t.ticket_uuid) FROM helpdesk.ticket t WHERE ticket_uuid = prueba.id('lleno');
SELECT prueba.err('UPDATE helpdesk.configuracion SET ' || s) FROM unnest('{adjunto_bytes = 104857601,adjunto_bytes = 0,adjuntos_bytes = 0,adjuntos_cantidad = -1,adjuntos_cantidad = 10001,adjunto_bytes = NULL}'::text[]) s;
UPDATE helpdesk.configuracion SET adjunto_bytes = DEFAULT, adjuntos_bytes = DEFAULT, adjuntos_cantidad = DEFAULT;

------------------------------------------------------------------------
-- Names
------------------------------------------------------------------------
SELECT n, ticket_sm.normalizar(n, 'archivo', 'archivo') FROM (VALUES
	('foto.png'), ('  foto  1 .png  '), ('../../etc/passwd'), ('C:\Documents\informe.docx'), ('..\..\x.txt'), ('/'), ('..'), (''), ('   '),
	('.htaccess'), ('nombre.txt...'), ('a/b\c'), ('CON'), ('con.txt'), ('Aux .tar.gz'), ('COM1.log'), ('com0'), ('LPT9'), ('comuna.txt'), ('COM10'), ('nul.'),
	('a<b>c:d"e|f?g*h.txt'), ('comillas "dobles" y ''simples''; filename=x.html'), ('Año nuevo ñandú.pdf'), ('x%2F..%2Fy'), ('<img src=x onerror=alert(1)>.png'), ('''; DROP TABLE ticket; --')) AS v(n);
-- Not seen, turned round, in several characters; control characters go.
SELECT ticket_sm.normalizar(n, 'archivo', 'archivo') FROM (VALUES
	('exe' || chr(8238) || 'gpj.scr'), ('a' || chr(8203) || chr(65279) || 'b.txt'), (E'a\nb\r\n\tc\x01\x7f.txt'), (chr(133) || 'x' || chr(8232) || '.txt'), ('n' || chr(771) || '.txt'),
	(chr(8230) || '.txt'), ('a' || chr(160) || '.' || chr(160)), ('com' || chr(185) || '.txt'), (chr(8206) || chr(8207))) AS v(n);
-- Cut before the extension, in characters.
SELECT length(r), right(r, 12), left(r, 3) FROM (VALUES (repeat('ñ', 200) || '.pdf'), (repeat('x', 150)), (repeat('x', 151)), (repeat('x', 147) || '.pdf'), (repeat('x', 140) || repeat('.', 20) || 'pdf'),
	('a.' || repeat('x', 200)), (repeat('a/', 100000) || repeat('é', 100000) || '.tar.gz')) AS v(n), ticket_sm.normalizar(n, 'archivo', 'archivo') AS r;
-- It is the same whoever brings it again.
SELECT count(*) FROM (SELECT ticket_sm.normalizar(n, 'archivo', 'archivo') AS r FROM (VALUES (repeat('x', 140) || repeat('.', 20) || 'pdf'), ('con.txt'), ('a<b'), (repeat('ñ ', 200) || '.pdf')) AS v(n)) AS x
WHERE ticket_sm.normalizar(r, 'archivo', 'archivo') <> r;

------------------------------------------------------------------------
-- Types: the bytes decide, then the client, among a few
------------------------------------------------------------------------
SELECT prueba.new_ticket('tipos', '{}');
UPDATE helpdesk.configuracion SET adjuntos_cantidad = 1000;
SELECT encode(substring(b FOR 8), 'hex'), coalesce(nullif(left(c, 40), ''), '-'), r.tipo_contenido
FROM (VALUES ('\x89504e470d0a1a0a'::bytea), ('\xffd8ffe0'), ('GIF89a'), ('RIFF....WEBP'), ('RIFF....WAVE'), ('xxxx....WEBP'), ('II*\000'), ('....ftypheic'), ('....ftypM4A '), ('....ftypisom'), ('....ftypqt  '),
	('%PDF-1.4'), ('{\\rtf1'), ('PK\003\004'), ('\x1f8b'), ('7z\274\257\047\034'), ('Rar!\032\007\001'), ('\xd0cf11e0a1b11ae1'), ('MZ\220'), ('\177ELF'), ('OggS'), ('ID3'),
	('hola'), ('a;b;c'), ('<!DOCTYPE html><script>'), ('  <svg xmlns='), ('\xefbbbf3c3f786d6c'), ('\x0000'), ('GIF8'), ('\x89')) AS v(b),
	(VALUES (''), ('text/html'), ('image/svg+xml'), ('TEXT/CSV; charset=utf-8'), ('application/msword'), ('image/png'), ('application/vnd.openxmlformats-officedocument.wordprocessingml.document'),
		(E'text/plain\r\nX: y'), (repeat('a', 1000) || '/b'), ('audio/ogg')) AS w(c),
	LATERAL (SELECT * FROM ticket_sm.fn_adjuntar(prueba.id('tipos'), c || 'x', b, c)) AS r
WHERE c = '' OR r.tipo_contenido = lower(split_part(c, ';', 1));
SELECT string_agg(DISTINCT tipo_contenido, E'\n' ORDER BY tipo_contenido) FROM helpdesk.adjunto;
UPDATE helpdesk.configuracion SET adjuntos_cantidad = DEFAULT;

------------------------------------------------------------------------
-- The machine: every open state, and where the owner lets it lead
------------------------------------------------------------------------
SELECT s, prueba.new_in('en ' || s, s, '{"email": "estado@casa.example"}') FROM unnest(enum_range(NULL::ticket_sm.ticket_state)::text[]) AS s;
SELECT s, prueba.try(format('SELECT archivos.put(%L, ''f'')', 'en ' || s)), prueba.told_as('regress_pepe', format('SELECT archivos.send(%L, ''estado@casa.example'', ''g'')', archivos.label('en ' || s)))
FROM unnest(enum_range(NULL::ticket_sm.ticket_state)::text[]) AS s;
-- Kept from the public, from AREA; a pause that a file ends.
UPDATE helpdesk.transicion SET estado_destino = 'ASIGNADO' WHERE operacion = 'adjuntar' AND estado_origen = 'PAUSADO';
SELECT archivos.send(archivos.label('en PAUSADO'), 'estado@casa.example', 'h');
SELECT prueba.history('en PAUSADO', (SELECT version FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('en PAUSADO')));
DELETE FROM helpdesk.permiso WHERE operacion = 'adjuntar' AND rol = 'PUBLICO';
SELECT prueba.told_as('regress_pepe', format('SELECT archivos.send(%L, ''estado@casa.example'', ''i'')', archivos.label('en NUEVO')));
INSERT INTO helpdesk.permiso VALUES ('adjuntar', 'PUBLICO');
-- A plain UPDATE along the same pair of states is no attaching.
DELETE FROM helpdesk.transicion WHERE operacion = 'reabrir' AND estado_origen = 'PAUSADO';
SELECT prueba.new_in('llano', 'PAUSADO');
SELECT prueba.err($$UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('llano')$$);
INSERT INTO helpdesk.transicion VALUES ('reabrir', 'PAUSADO', 'ASIGNADO');

------------------------------------------------------------------------
-- Taken away
------------------------------------------------------------------------
SELECT who, prueba.told_as(who, $$SELECT version FROM ticket_sm.fn_retirar_adjunto(prueba.id('a'), archivos.id('Respuesta.txt'), 'Sin querer')$$)
FROM unnest('{regress_mario,regress_alba,regress_pepe,regress_ana}'::name[]) AS who;
SELECT prueba.err($$SELECT ticket_sm.fn_retirar_adjunto(prueba.id('a'), archivos.id('respuesta.txt'))$$);
SELECT prueba.err($$SELECT ticket_sm.fn_retirar_adjunto(prueba.id('a'), NULL, 'Sin querer')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_retirar_adjunto(prueba.id('b'), archivos.id('captura.png'), 'Sin querer')$$) ~ '^PT404.*has no attachment';
SELECT prueba.err($$SELECT ticket_sm.fn_retirar_adjunto(prueba.id('a'), archivos.id('captura.png'), 'Sin querer', 1)$$);
SELECT prueba.err(format('SELECT ticket_sm.fn_retirar_adjunto(prueba.id(''a''), %L, ''Sin querer'')', adjunto_id)) ~ '^PT409.*was taken away by event' FROM helpdesk.adjunto WHERE retirado IS NOT NULL;
-- The content stays while another one has it, and goes with the last; of a closed ticket too.
SELECT count(*) FROM helpdesk.contenido WHERE datos = 'Buenos días'::bytea;
SELECT r.archivo, r.bytes FROM helpdesk.adjunto a, LATERAL ticket_sm.fn_retirar_adjunto(a.ticket_uuid, a.adjunto_id, 'Sin querer') r WHERE a.archivo = 'respuesta.txt' ORDER BY a.version;
SELECT count(*) FROM helpdesk.contenido WHERE datos = 'Buenos días'::bytea;
SELECT archivo, sal_archivo IS NULL, bytes, sha256 = sha256('Buenos días'), sal IS NOT NULL, retirado IS NOT NULL FROM helpdesk.adjunto WHERE sha256 = sha256('Buenos días') GROUP BY 1, 2, 3, 4, 5, 6;
SELECT prueba.as_role('regress_pepe', $$SELECT count(*) FROM ticket_sm.fn_adjuntos(ticket_label => archivos.label('a'), email => 'ana.perez@casa.example')$$);
SELECT archivos.put('en RESUELTO', 'viejo.txt', 'viejo');
SELECT estado FROM ticket_sm.fn_archivar(prueba.id('en RESUELTO'), 'Ya está');
SELECT estado_anterior, estado FROM ticket_sm.fn_retirar_adjunto(prueba.id('en RESUELTO'), archivos.id('viejo.txt'), 'Sin querer');
SELECT prueba.history('en RESUELTO', (SELECT version FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('en RESUELTO')));
SELECT count(*) FROM helpdesk.contenido WHERE datos = 'viejo'::bytea;
-- The same one again is a new one.
SELECT archivos.put('a', 'respuesta.txt', 'Buenos días', NULL, true);

-- Found by the name, not any more by one that was taken away, nor after all was worked out anew.
SELECT t, (SELECT count(*) FROM ticket_sm.fn_lista(texto => t, cerrados => true)) FROM unnest('{captura informe,captura viejo,viejo}'::text[]) AS t;
SELECT ticket_sm.rehacer_busqueda();
SELECT t, (SELECT count(*) FROM ticket_sm.fn_lista(texto => t, cerrados => true)) FROM unnest('{captura informe,captura viejo,viejo}'::text[]) AS t;

------------------------------------------------------------------------
-- The proof
------------------------------------------------------------------------
SELECT * FROM ticket_sm.fn_verificar();
-- The digests of the chain, as the README's auditor computes them.
SELECT count(*), bool_and(h.adjunto ->> 'contenido' = encode(sha256(a.sal || a.sha256), 'hex')),
	bool_and(h.adjunto ->> 'archivo' = encode(sha256(a.sal_archivo || convert_to(a.archivo, 'UTF8')), 'hex')), bool_and(a.sha256 = sha256(c.datos))
FROM helpdesk.adjunto a JOIN helpdesk.historial h USING (ticket_uuid, version) LEFT JOIN helpdesk.contenido c USING (sha256) WHERE a.retirado IS NULL;
-- Whatever is changed behind the guard's back is found, each in a transaction of its own.
CREATE FUNCTION archivos.forge(statement text, contenidos boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL session_replication_role = replica;
	EXECUTE statement;
	SET LOCAL session_replication_role = origin;
	RETURN QUERY SELECT left(statement, 70);
	RETURN QUERY SELECT problema || ': ' || regexp_replace(detalle, '[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}', '*', 'g') FROM ticket_sm.fn_verificar(contenidos => contenidos) ORDER BY 1;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	NULL;
END $$;
SELECT archivos.forge(s) FROM (VALUES
	('UPDATE helpdesk.contenido SET datos = ''hola!'' WHERE datos = ''hola'''), ('DELETE FROM helpdesk.contenido WHERE datos = ''Buenos días''::bytea'),
	('INSERT INTO helpdesk.contenido VALUES (sha256(''z''), ''z'')'),
	('UPDATE helpdesk.adjunto SET archivo = ''otro.txt'' WHERE archivo = ''captura.png'''), ('UPDATE helpdesk.adjunto SET publico = NOT publico WHERE archivo = ''captura.png'''),
	('UPDATE helpdesk.adjunto SET bytes = 1 WHERE archivo = ''captura.png'''), ('UPDATE helpdesk.adjunto SET tipo_contenido = ''text/html'' WHERE archivo = ''captura.png'''),
	('UPDATE helpdesk.adjunto SET sha256 = sha256(''hola'') WHERE archivo = ''captura.png'''), ('UPDATE helpdesk.adjunto SET sal = ''x'' WHERE archivo = ''captura.png'''),
	('UPDATE helpdesk.adjunto SET archivo = NULL, sal_archivo = NULL WHERE archivo = ''captura.png'''), ('UPDATE helpdesk.adjunto SET sal_archivo = NULL WHERE archivo = ''captura.png'''),
	('UPDATE helpdesk.adjunto SET retirado = 3 WHERE archivo = ''captura.png'''), ('UPDATE helpdesk.adjunto SET retirado = NULL WHERE retirado = (SELECT min(retirado) FROM helpdesk.adjunto)'),
	('UPDATE helpdesk.adjunto SET archivo = ''x'', sal_archivo = ''x'' WHERE retirado = (SELECT min(retirado) FROM helpdesk.adjunto)'),
	('DELETE FROM helpdesk.adjunto WHERE archivo = ''captura.png'''), ('UPDATE helpdesk.adjunto SET version = 1000 WHERE archivo = ''captura.png'''),
	('UPDATE helpdesk.historial SET adjunto = adjunto || ''{"publico": true}'' WHERE adjunto ->> ''adjunto'' = (SELECT adjunto_id::text FROM helpdesk.adjunto WHERE archivo = ''secreto.txt'')')) AS v(s);
-- The contents can be left out; and of one ticket they never are, unless one says so.
SELECT archivos.forge('UPDATE helpdesk.contenido SET datos = ''hola!'' WHERE datos = ''hola''', false);
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE helpdesk.contenido SET datos = 'hola!' WHERE datos = 'hola';
SELECT (SELECT count(*) > 0 FROM ticket_sm.fn_verificar(prueba.id('a'))), (SELECT count(*) FROM ticket_sm.fn_verificar(prueba.id('a'), false)), (SELECT count(*) FROM ticket_sm.fn_verificar(prueba.id('b')));
ROLLBACK;
-- Nobody writes the tables, the owner neither.
SELECT t, s, prueba.err(format(s, 'helpdesk.' || t)) FROM unnest('{adjunto,contenido}'::text[]) t, unnest('{INSERT INTO %1$s SELECT * FROM %1$s,UPDATE %s SET sha256 = sha256,DELETE FROM %s,TRUNCATE %s}'::text[]) s;
DROP SCHEMA archivos CASCADE;
