-- Files: of another area, internal ones by the requester, others' by their ids; odd names and types; the owner at
-- the tables.

--- of_another_area: read, listed, attached to, taken away
-- changes ticket historial adjunto contenido
-- as sofia
-- works
SELECT ticket_sm.fn_adjuntar('{4}', 'plan.txt', 'SECRETO de sistemas');

-- as luis
-- gives 0
SELECT count(*) FROM m.adjunto;

-- fails 42501
SELECT * FROM m.contenido;

-- fails 42501
SELECT * FROM ticket_sm.fn_adjuntos('{4}');

-- fails 42501
SELECT ticket_sm.fn_adjunto('{4}', '{2}', NULL, NULL);

-- fails 42501
SELECT ticket_sm.fn_adjuntar('{4}', 'plan.txt', 'SECRETO de sistemas');

-- fails 42501
SELECT ticket_sm.fn_adjuntar(ticket_label => 'TK-2026-00004', email => 'ana@desk.example', archivo => 'x', contenido => 'x');

-- fails 42501
SELECT ticket_sm.fn_retirar_adjunto('{2}', '{2}', 'por que si');

-- as postgres
-- works
CREATE TABLE public.adivinado AS SELECT adjunto_id, publico FROM m.adjunto; GRANT SELECT ON public.adivinado TO PUBLIC;

-- as luis
-- rows
SELECT format('SELECT ticket_sm.fn_adjunto(%L, %L)', t, a.adjunto_id) FROM public.adivinado a, unnest('{{1},{2},{3},{4}}'::uuid[]) AS t;

-- rows
SELECT format('SELECT ticket_sm.api_adjunto(%L, ''m'')', json_build_object('ticket_id', t, 'adjunto_id', a.adjunto_id)) FROM public.adivinado a, unnest('{{2},{4}}'::uuid[]) AS t;

--- internal_by_requester: he has label and address, and no internal file
-- changes ticket historial adjunto contenido
-- as marta
-- works
SELECT ticket_sm.fn_adjuntar('{1}', 'interno.txt', 'SECRETO interno');

-- works
SELECT ticket_sm.fn_adjuntar('{1}', 'abierto.txt', 'abierto', publico => true);

-- as postgres
-- works
CREATE TABLE public.adivinado AS SELECT adjunto_id, publico FROM m.adjunto; GRANT SELECT ON public.adivinado TO PUBLIC;

-- as web
-- rows
SELECT format('SELECT ticket_sm.fn_adjunto(adjunto_id => %L, ticket_label => %L, email => %L, ticket_id => %L)', a.adjunto_id, l.label, e.email, t.id)
	FROM public.adivinado a, (VALUES ('TK-2026-00001'), (NULL), ('tk 2026 1')) AS l(label), (VALUES ('ana@desk.example'), (NULL), ('%')) AS e(email), (VALUES (NULL), ('{1}')) AS t(id) WHERE NOT a.publico;

SELECT * FROM ticket_sm.fn_adjuntos(ticket_label => 'TK-2026-00001', email => 'ana@desk.example');

SELECT * FROM ticket_sm.fn_consultar('TK-2026-00001', 'ana@desk.example');

SELECT ticket_sm.api_adjuntos('{"datos": {"label": "TK-2026-00001", "email": "ana@desk.example"}}', 'm');

-- fails 42501
SELECT ticket_sm.api_adjuntos('{"ticket_id": "{1}"}', 'm');

-- fails 42501
SELECT ticket_sm.fn_adjuntos('{1}');

-- fails 42501
SELECT ticket_sm.fn_adjuntar('{1}', 'x', 'x', publico => false);

-- fails 22023
SELECT ticket_sm.fn_adjuntar(ticket_label => 'TK-2026-00001', email => 'ana@desk.example', archivo => 'x', contenido => 'x', publico => false);

-- fails PT404
SELECT ticket_sm.fn_adjuntar(ticket_label => 'TK-2026-00001', email => 'marta@desk.example', archivo => 'x', contenido => 'x');

-- fails 42501
SELECT ticket_sm.fn_retirar_adjunto('{1}', '{1}', 'por que si');

-- fails 42501
SELECT * FROM m.adjunto;

--- the_same_content: whoever has the bytes does not get the file that has them
-- changes ticket historial adjunto contenido
-- as sofia
-- works
SELECT ticket_sm.fn_adjuntar('{4}', 'plan.txt', 'SECRETO a medias');

-- as web
-- gives plan.txt
SELECT archivo FROM ticket_sm.fn_adjuntar(ticket_label => 'TK-2026-00001', email => 'ana@desk.example', archivo => 'plan.txt', contenido => 'SECRETO a medias'::bytea || ' y mas');

-- as postgres
-- gives 2
SELECT count(DISTINCT adjunto_id) FROM m.adjunto;

--- names_and_types: SQL, HTML, paths, control characters, what turns the direction; types of every kind
-- changes ticket historial adjunto contenido
-- as postgres
-- works
UPDATE m.configuracion SET adjuntos_cantidad = 10000;

-- as web
-- rows
SELECT format('SELECT ticket_sm.fn_adjuntar(ticket_label => ''TK-2026-00001'', email => ''ana@desk.example'', archivo => %L, contenido => %L, tipo_contenido => %L)', n, c, t)
	FROM unnest(ARRAY['''; DROP TABLE m.ticket; --', '<script>alert(1)</script>', '../../../etc/passwd', E'a\x01\x02b', E'x\r\nSet-Cookie: a=b', E'\u202Etxt.exe', 'con', '', '%00', '%s%s%n', repeat('x', 100000), repeat(E'\u0301', 5000), E'\uFEFF', '$1', '"}]', '{"a": 1}', '\x41']) AS n,
	unnest(ARRAY['\x3c7376673e'::bytea, '\x00', '\xff', '\x504b0304']) AS c, unnest(ARRAY['text/html', E'a\x01', repeat('x', 100000), 'image/svg+xml; x="', NULL, '%s', '{}']) AS t;

-- as postgres
-- gives 0
SELECT count(*) FROM m.adjunto WHERE archivo ~ '[/\\<>[:cntrl:]]' OR length(archivo) > 150 OR tipo_contenido NOT IN ('application/octet-stream', 'application/zip', 'text/plain');

-- works
UPDATE m.configuracion SET adjuntos_cantidad = 100;

--- a_thousand: he fills the quota, and no more
-- changes ticket historial adjunto contenido
-- as web
-- rows
SELECT format('SELECT ticket_sm.fn_adjuntar(ticket_label => ''TK-2026-00001'', email => ''ana@desk.example'', archivo => %L, contenido => ''x'')', i) FROM generate_series(1, 300) AS i;

-- as postgres
-- gives 100
SELECT count(*) FROM m.adjunto;

-- as marta
-- works
SELECT ticket_sm.fn_adjuntar('{1}', 'interno.txt', 'x');

--- tables_by_agents: nobody but the functions writes them
-- as carla
-- fails 42501
INSERT INTO m.adjunto SELECT * FROM m.adjunto;

-- fails 42501
UPDATE m.adjunto SET publico = true;

-- fails 42501
DELETE FROM m.contenido;

-- fails 42501
TRUNCATE m.adjunto;

--- owner_writes: she neither
-- changes ticket historial adjunto contenido
-- as duena
-- works
SELECT ticket_sm.fn_adjuntar('{1}', 'a.txt', 'a');

-- fails 42501
UPDATE m.adjunto SET publico = true;

-- fails 42501
DELETE FROM m.adjunto;

-- fails 42501
DELETE FROM m.contenido;

-- fails 42501
INSERT INTO m.contenido VALUES ('\x00', '\x00');

-- fails 42501
WITH x AS (DELETE FROM m.contenido RETURNING *) SELECT count(*) FROM x;

-- fails 42501
MERGE INTO m.adjunto a USING m.adjunto b ON a.adjunto_id = b.adjunto_id WHEN MATCHED THEN UPDATE SET archivo = 'x';

--- owner_forges: with the triggers off; it is seen
-- seen adjunto guardia
-- as duena
-- works
SELECT ticket_sm.fn_adjuntar('{1}', 'a.txt', 'a', publico => true);

-- works
ALTER TABLE m.contenido DISABLE TRIGGER USER; UPDATE m.contenido SET datos = 'b'; ALTER TABLE m.contenido ENABLE TRIGGER USER;

--- owner_traps: her triggers on the two tables run as she does, and what they change is refused or seen
-- seen adjunto
-- as duena
-- works
CREATE FUNCTION m.cambiar() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM trampa.evil('file'); NEW.datos := 'otra cosa'; RETURN NEW; END $$;

-- works
CREATE TRIGGER cambiar BEFORE INSERT ON m.contenido FOR EACH ROW EXECUTE FUNCTION m.cambiar();

-- as marta
-- works
SELECT ticket_sm.fn_adjuntar('{1}', 'a.txt', 'a');

--- owner_suppresses: a row that does not land is an error
-- changes objects
-- as duena
-- works
CREATE FUNCTION m.tragar() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM trampa.evil('file'); RETURN NULL; END $$;

-- works
CREATE TRIGGER tragar BEFORE INSERT ON m.contenido FOR EACH ROW EXECUTE FUNCTION m.tragar();

-- as marta
-- fails 428C9
SELECT ticket_sm.fn_adjuntar('{1}', 'a.txt', 'a');

-- as duena
-- works
DROP TRIGGER tragar ON m.contenido;

-- works
CREATE TRIGGER tragar BEFORE INSERT ON m.adjunto FOR EACH ROW EXECUTE FUNCTION m.tragar();

-- as marta
-- fails 428C9
SELECT ticket_sm.fn_adjuntar('{1}', 'a.txt', 'a');
