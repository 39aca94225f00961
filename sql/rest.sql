-- What the wrappers of the REST API call, in plain SQL: the answers in full, and
-- errors as PostgREST is to see them.  test/rest has all that over HTTP.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

-- Run a statement as a role, and show its answer, or its error.
CREATE FUNCTION prueba.rest(who name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	s text; m text; d text; h text;
BEGIN
	PERFORM set_config('role', who, true);
	EXECUTE statement INTO answer;
	PERFORM set_config('role', 'none', true);
	RETURN prueba.mask(answer);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS s = RETURNED_SQLSTATE, m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	IF statement !~ 'api_error' THEN	-- whose texts are ours, here
		INSERT INTO prueba.seen VALUES (s, m, prueba.without_faults(d), h);
	END IF;
	RETURN prueba.mask(concat_ws(' | ', s || ' ' || m, 'DETAIL: ' || nullif(prueba.without_faults(d), ''), 'HINT: ' || nullif(h, ''),
		prueba.faults(d, m)));
END $$;
CREATE FUNCTION prueba.post(operation text, ticket text, body json DEFAULT '{}') RETURNS text LANGUAGE sql
	RETURN format('SELECT ticket_sm.api_operar(%L, %L)', operation, json_build_object('ticket_id', prueba.id(ticket), 'datos', body));

------------------------------------------------------------------------
-- Creating
------------------------------------------------------------------------

-- The times are in the session's zone.
SET timezone = 'UTC';
SET request.headers = '{"x-real-ip": "192.0.2.7", "idempotency-key": "clave-1"}';
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_crear('{"datos": {"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "INCIDENTE",
	"categoria": "Correo", "descripcion": "No llega el correo.", "prioridad": "ALTA", "claveIdempotencia": "otra", "tieneWhatsapp": true}}')$$);
-- For PostgREST, until the transaction ends.
BEGIN;
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_crear('{"datos": {"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "INCIDENTE",
	"categoria": "Correo", "descripcion": "No llega el correo.", "prioridad": "ALTA", "claveIdempotencia": "otra", "tieneWhatsapp": true}}')::jsonb ->> 'ticketLabel'$$);
SHOW response.status;
COMMIT;
SELECT current_setting('response.status', true) = '201' AS still;
SELECT ip_registro, clave_idempotencia, tiene_whatsapp FROM helpdesk.ticket;
INSERT INTO prueba.alias SELECT 'r', ticket_uuid FROM helpdesk.ticket;
-- The same key with other data; an address that is none does not count.
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_crear('{"datos": {"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "INCIDENTE",
	"categoria": "Otra", "descripcion": "No llega el correo.", "prioridad": "ALTA"}}')$$);
SET request.headers = '{"x-real-ip": "unknown"}';
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_crear('{"datos": {"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "QUEJA",
	"categoria": "Otra", "subcategoria": "Más", "asunto": "Sin \"comillas\"", "descripcion": "Dos\nlíneas.", "prioridad": "baja", "telefono": "300 123 4567",
	"documento": "CC 1", "empresaDepartamento": "Ventas", "claveIdempotencia": "del cuerpo"}}')::jsonb - 'ticketUuid' - 'fechaCreacion' - 'fechaLimiteSla'$$);
SELECT nullif(ip_registro, inet_client_addr()), clave_idempotencia FROM helpdesk.ticket WHERE tipo = 'QUEJA';
INSERT INTO prueba.alias SELECT 'q', ticket_uuid FROM helpdesk.ticket WHERE tipo = 'QUEJA';
RESET request.headers;
-- Fields by the client's names, in the client's words.
SELECT f, prueba.rest('regress_pepe', format('SELECT ticket_sm.api_crear(%L)', json_build_object('datos', jsonb '{"nombre": "Rosa Díaz", "email": "rosa@example.com", "tipo": "QUEJA",
	"categoria": "Otra", "descripcion": "Dos líneas.", "prioridad": "baja"}' || f)))
FROM unnest(ARRAY['{"empresaDepartamento": 5}', '{"tieneWhatsapp": "sí"}', '{"descripcion": null}', '{"tipo": "x"}', '{"claveIdempotencia": ""}',
	'{"email": "nadie"}', '{"prioridad": ["a"]}', '{"area": {"a": 1}}', '{"sobra": true}',
	'{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9, "j": 10, "k": 11, "l": 12, "m": 13, "n": 14, "o": 15, "asunto": "Tras muchos"}']::jsonb[]) WITH ORDINALITY a(f, n) ORDER BY n;
SELECT asunto FROM helpdesk.ticket WHERE asunto LIKE 'Tras%';
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_crear('{"datos": {"nombre": "a\u0000b"}}')$$);
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_crear('{"datos": {"x" : "\\u0000", "vacio": "", "asunto"	: "\"a\u0000b"}}')$$);
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_crear('{"datos": {"a b": "\u0000"}}')$$);
SELECT j, prueba.rest('regress_pepe', format('SELECT ticket_sm.api_crear(%L)', j))
FROM unnest(ARRAY['5', '[]', '"x"', 'null', '{"datos": null}', '{"datos": []}', '{"datos": {}}', '{"datos": {"nombre": [{"datos": 1}]}}', '{"datos": {"nombre": "x"}, "datos": {}}', NULL]) WITH ORDINALITY a(j, n) ORDER BY n;

------------------------------------------------------------------------
-- Operating
------------------------------------------------------------------------

SELECT prueba.rest('regress_mario', prueba.post('asignar', 'r', json_build_object('area', 'redes', 'agenteId', prueba.agente(3), 'version', 1)));
SELECT prueba.rest('regress_alba', prueba.post('pausar', 'r', '{"motivo": "Falta una pieza."}'));
SELECT prueba.rest('regress_mario', prueba.post('reabrir', 'r', '{"motivo": "Llegó.", "version": 9}'));
SELECT prueba.rest('regress_mario', prueba.post('reabrir', 'r', '{"motivo": "Llegó.", "version": 3.5}'));
SELECT prueba.rest('regress_mario', prueba.post('reabrir', 'r', '{"motivo": "Llegó.", "version": 3}'));
SELECT prueba.rest('regress_mario', prueba.post('transferir', 'r', '{"motivo": "Es de otros.", "nuevaArea": "redes"}'));
SELECT prueba.rest('regress_mario', prueba.post('reclasificar', 'r', '{"motivo": "Es otra cosa.", "nuevaPrioridad": "alta"}'));
SELECT prueba.rest('regress_mario', prueba.post('transferir', 'r', '{"motivo": "Es de otros.", "nuevaArea": "x"}'));
SELECT prueba.rest('regress_saul', prueba.post('pausar', 'r', '{"motivo": "Falta una pieza."}'));
SELECT prueba.rest('regress_pepe', prueba.post('pausar', 'r', '{"motivo": "Falta una pieza."}'));
SELECT prueba.rest('regress_alba', prueba.post('actualizar', 'r', '{"comentario": "Por dentro.", "respuestaCliente": "Ya casi."}'));
SELECT prueba.rest('regress_alba', prueba.post('actualizar', 'r', '{"nota": "Por dentro.", "respuesta": "Ya casi."}'));
SELECT prueba.rest('regress_mario', 'SELECT ticket_sm.api_operar(NULL, NULL)');
SELECT prueba.rest('regress_mario', prueba.post('crear', 'r'));
SELECT prueba.rest('regress_mario', prueba.post('consultar', 'r'));
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_operar('pausar', '{"ticket_id": "00000000-0000-4000-8000-000000000000", "datos": {"motivo": "Falta."}}')$$);
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_operar('pausar', '{"ticket_id": null, "datos": {"motivo": "Falta."}}')$$);
-- On the mesa that is named, whatever the session says; the setting comes back.
SELECT prueba.rest('regress_alba', replace(prueba.post('actualizar', 'r', '{"nota": "x"}'), ')', ', ''nada'')'));
SET ticket_sm.mesa = 'nada';
SELECT prueba.rest('regress_alba', replace(prueba.post('actualizar', 'r', '{"nota": "En la suya."}'), ')', ', ''helpdesk'')::jsonb ->> ''message'''));
SHOW ticket_sm.mesa;
RESET ticket_sm.mesa;

------------------------------------------------------------------------
-- Reading
------------------------------------------------------------------------

SELECT prueba.rest('regress_pepe', format($$SELECT ticket_sm.api_consultar('{"datos": {"label": "%s", "email": "ROSA@example.com"}}')$$, lower(ticket_label)))
FROM helpdesk.ticket WHERE ticket_uuid IN (prueba.id('r'), prueba.id('q')) ORDER BY ticket_label;
-- The last words stay, whatever comes after them.
SELECT prueba.rest('regress_alba', prueba.post('resolver', 'r', '{"respuesta": "Se cambió \"todo\"."}'));
SELECT prueba.rest('regress_pepe', format($$SELECT ticket_sm.api_consultar('{"datos": {"label": "%s", "email": "rosa@example.com"}}')::jsonb ->> 'ultimoMotivo'$$, ticket_label))
FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('r');
SELECT prueba.rest('regress_mario', prueba.post('archivar', 'r', '{"motivo": "Listo."}'));
SELECT prueba.rest('regress_pepe', format($$SELECT ticket_sm.api_consultar('{"datos": {"label": "%s", "email": "rosa@example.com"}}')::jsonb -> 'ultimoMotivo'$$, ticket_label))
FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('r');
SELECT prueba.rest('regress_pepe', format('SELECT ticket_sm.api_consultar(%L)', j))
FROM unnest(ARRAY['{"datos": {"label": "TK-1", "email": "rosa@example.com"}}', '{"datos": {"email": "rosa@example.com"}}', '{"datos": {"label": 5}}', '[]']) WITH ORDINALITY a(j, n) ORDER BY n;
SELECT prueba.rest('regress_mario', format($$SELECT ticket_sm.api_ticket('{"ticket_id": "%s"}')$$, prueba.id(t))) FROM unnest('{r, q}'::text[]) WITH ORDINALITY a(t, n) ORDER BY n;
SELECT who, prueba.rest(who, format($$SELECT ticket_sm.api_ticket('{"ticket_id": "%s"}')::jsonb #>> '{ticket,estado}'$$, prueba.id('q')))
FROM unnest('{regress_ana, regress_alba, regress_ines, regress_pepe}'::name[]) WITH ORDINALITY a(who, n) ORDER BY n;
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_ticket('{}')$$);
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_ticket('{"ticket_id": 5}')$$);
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_ticket('{"ticket_id": "x"}')$$);
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_ticket('{"ticket_id": " \n"}')$$);
SELECT prueba.rest('regress_mario', format($$SELECT ticket_sm.api_ticket('{"ticket_id": " %s\n"}')::jsonb #>> '{ticket,estado}'$$, prueba.id('q')));
-- As long as a uuid, and none.
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_ticket('{"ticket_id": "00000000-0000-4000-8000-00000000000g"}')$$);
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_ticket('{"ticket_id": "000000000000040008000000000000000000"}')$$);
-- Fields of a body, by their type.
SELECT c, t, prueba.rest('none', format('SELECT ticket_sm.api_campo(%L, %L, %L)', '{"s": "a", "n": 5, "f": 1.5, "b": true, "o": {}, "z": null, "u": "00000000-0000-4000-8000-000000000003"}', c, t))
FROM unnest('{s,n,f,b,o,z,u,x}'::text[]) WITH ORDINALITY a(c, n), unnest('{string,integer,boolean,uuid}'::text[]) WITH ORDINALITY b(t, m) ORDER BY n, m;
SELECT ticket_sm.api_campo(NULL, 'a') IS NULL, ticket_sm.api_campo('{}', NULL) IS NULL, ticket_sm.api_campo('{"a": "b"}', 'a', NULL);

------------------------------------------------------------------------
-- Errors
------------------------------------------------------------------------

-- What PostgREST would not pass on as it should is another error; the rest is not touched.
SELECT s, m, prueba.rest('none', format('SELECT ticket_sm.api_error(%L, %L, %L, %L)', s, m, 'El detalle.', 'El consejo.'))
FROM (VALUES ('40001', 'x'), ('40P01', 'x'), ('55P03', 'x'), ('55000', 'x'), ('55006', ''), ('P0002', 'x'), ('P0003', 'x'), ('P0001', 'x'), ('57014', 'x'), ('08006', 'x'),
	('53300', 'x'), ('57P01', 'x'), ('58000', 'x'), ('PGRST', 'x'), ('PT404', 'Not there'), ('PT500', 'x'), ('PT4X9', 'x'), ('PT40X', 'x'), ('PT409', ''), ('PT409', 'Así no'),
	('PT409', repeat('x', 100)), ('PT409', repeat('x', 101)), ('PT409', E'a\nb'), ('PT409', 'a~'), ('22P05', 'x'), ('22023', 'x'), ('23505', 'x')) AS a(s, m);
SELECT prueba.rest('none', $$SELECT ticket_sm.api_error('40001', NULL, NULL, NULL)$$);
SELECT prueba.rest('none', $$SELECT ticket_sm.api_error('PT500', 'x', NULL, '')$$);
SELECT prueba.rest('none', $$SELECT ticket_sm.api_error('22P05', 'x', NULL, NULL, '{"datos": {"c": "a\\u0000b"}}')$$);
SELECT prueba.rest('none', $$SELECT ticket_sm.api_error('22P05', 'x', NULL, NULL, '{"datos": {"c": "a\u0000b"}}')$$);
SELECT prueba.rest('none', $$SELECT ticket_sm.api_error(NULL, 'x', NULL, NULL)$$), prueba.rest('none', $$SELECT ticket_sm.api_error('4000', 'x', NULL, NULL)$$);
-- Of users' triggers and constraints, deferred ones too.
CREATE FUNCTION prueba.raise_as() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = 'regla de la casa';
END $$;
SELECT prueba.new_in('e', 'ASIGNADO');
CREATE FUNCTION prueba.ruled(timing text, code text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE %s ON helpdesk.ticket %s FOR EACH ROW EXECUTE FUNCTION prueba.raise_as(%L)', timing, CASE WHEN timing LIKE 'CONSTRAINT%' THEN 'DEFERRABLE INITIALLY DEFERRED' ELSE '' END, code);
	RETURN prueba.rest('regress_alba', prueba.post('pausar', 'e', '{"motivo": "Falta una pieza."}'));
END $$;
BEGIN;
SELECT prueba.ruled('TRIGGER rule AFTER UPDATE', '40001');
ROLLBACK;
BEGIN;
SELECT prueba.ruled('CONSTRAINT TRIGGER rule AFTER UPDATE', '40P01');
SELECT prueba.rest('none', prueba.post('pausar', 'e', '{"motivo": "Falta una pieza."}'));
ROLLBACK;
BEGIN;
SELECT prueba.ruled('TRIGGER rule BEFORE UPDATE', '22023');
ROLLBACK;
SELECT prueba.ticket('e');

------------------------------------------------------------------------
-- Lists and catalogues
------------------------------------------------------------------------

SET timezone = 'Asia/Kolkata';	-- times without an offset are the desk's all the same
CREATE FUNCTION prueba.list(VARIADIC parametros text[]) RETURNS text LANGUAGE sql RETURN
	prueba.rest('regress_mario', format($q$SELECT concat_ws(' ', a -> 'total', CASE WHEN a ->> 'cursor' IS NULL THEN 'last' ELSE 'more' END,
		(SELECT string_agg(t ->> 'ticketLabel', ' ' ORDER BY n) FROM jsonb_array_elements(a -> 'tickets') WITH ORDINALITY AS u(t, n)))
		FROM (SELECT ticket_sm.api_lista(%L)::jsonb AS a) l$q$, json_build_object('datos', json_object(parametros))));
SELECT p, prueba.list(VARIADIC p::text[]) FROM unnest(ARRAY['{}', '{estado,"nuevo, ASIGNADO"}', '{estado,"archivado,"}', '{area,redes,sinAsignar,true}', '{mios,false,total,TRUE,limite,1}', '{limit,2,cerrados,true,orden,reciente}',
	'{agenteId,00000000-0000-4000-8000-000000000003}', '{agenteId,3}', '{venceEnHoras,99999}', '{venceEnHoras,1.5}', '{creadoDesde,2020-01-01,creadoHasta,2999-12-31}', '{creadoDesde,2999-12-31T23:59:59}',
	'{creadoHasta,2020-01-01T00:00:00-05:00}', '{creadoHasta,hoy}', '{creadoHasta,"2020-01-01 10:00"}', '{creadoHasta,2020-13-01}', '{creadoDesde,2023-02-29}', '{creadoDesde,2020-01-01T25:00:00Z}', '{creadoDesde,2020-01-01T::Z}', '{vencido,sí}', '{texto,"rosa díaz",prioridad,""}', '{limite,123456}', '{orden,limite}', '{sobra,1}']) WITH ORDINALITY a(p, n) ORDER BY n;
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.api_lista('{"datos": {"area": ["REDES", "MESA"]}}')$$);
SELECT prueba.rest('regress_mario', $$SELECT string_agg(k, ' ' ORDER BY n) FROM json_object_keys(ticket_sm.api_lista('{"datos": {"limite": "1"}}') #> '{tickets,0}') WITH ORDINALITY AS u(k, n)$$);
-- A time without an offset, and a day, are the desk's: read as those of the session they would be half a day earlier.
UPDATE helpdesk.configuracion SET zona_horaria = 'America/Bogota';
SELECT to_char(min(t), 'YYYY-MM-DD') AS primer_dia, to_char(min(t) - interval '1 day', 'YYYY-MM-DD') AS antes, to_char(max(t), 'YYYY-MM-DD') AS ultimo_dia,
	to_char(max(t), 'YYYY-MM-DD"T"HH24:MI:SS') AS ultimo, to_char(max(t) + interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') AS despues
FROM (SELECT fecha_creacion AT TIME ZONE 'America/Bogota' AS t FROM helpdesk.ticket WHERE abierto) u \gset
SELECT prueba.list('creadoDesde', :'ultimo_dia', 'limite', '1') LIKE 'more TK-%', prueba.list('creadoHasta', :'primer_dia', 'limite', '1') LIKE 'more TK-%', prueba.list('creadoHasta', :'antes'),
	prueba.list('creadoDesde', :'ultimo', 'limite', '1') LIKE 'more TK-%', prueba.list('creadoDesde', :'despues'), prueba.list('creadoHasta', :'despues', 'limite', '1') LIKE 'more TK-%';
SET timezone = 'UTC';
-- The catalogues, for each role; in pages.
CREATE FUNCTION prueba.catalogue(who name, catalogo text, datos text DEFAULT '{}') RETURNS text LANGUAGE sql RETURN
	prueba.rest(who, format('SELECT ticket_sm.api_catalogo(%L, %L)', catalogo, format('{"datos": %s}', datos)));
SELECT c, prueba.catalogue('regress_mario', c) FROM unnest('{areas,prioridades,tipos,agentes,maquina,yo,otra}'::text[]) c;
SELECT w, c, prueba.catalogue(w, c, d) FROM (VALUES ('regress_mario'::name, 'areas', '{"limite": "2"}'), ('regress_mario', 'areas', '{"limite": "2", "cursor": "mesa"}'), ('regress_mario', 'areas', '{"cursor": "LUNA"}'),
	('regress_mario', 'prioridades', '{"cursor": "ALTA"}'), ('regress_mario', 'prioridades', '{"limite": "0"}'), ('regress_mario', 'agentes', '{"area": "redes"}'), ('regress_mario', 'agentes', '{"area": "LUNA"}'),
	('regress_mario', 'agentes', '{"limite": "1", "cursor": ""}'), ('regress_mario', 'agentes', '{"cursor": "00000000-0000-4000-8000-000000000099"}'), ('regress_mario', 'agentes', '{"cursor": "x"}'),
	('regress_alba', 'agentes', '{}'), ('regress_alba', 'agentes', '{"area": "SOPORTE"}'), ('regress_alba', 'yo', '{}'), ('regress_pepe', 'areas', '{}')) AS v(w, c, d);
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_mesa('{}')::jsonb - 'campos'$$);
UPDATE helpdesk.configuracion SET categorias = ARRAY['Correo', 'Red'];
SELECT prueba.rest('regress_pepe', $$SELECT ticket_sm.api_mesa('{}') -> 'categorias'$$);
-- What a form has sent along that this operation does not change.
SELECT prueba.rest('regress_mario', format($$SELECT ticket_sm.api_operar('actualizar', '{"ticket_id": "%s", "datos": {"nota": "Vista.", "estado": "%s", "prioridad": "%s", "area": "%s"}}') ->> 'message'$$, ticket_uuid, e, p, a))
FROM helpdesk.ticket, (VALUES ('asignado', 'alta', 'redes'), ('RESUELTO', 'CRITICA', 'SOPORTE'), ('ARCHIVADO', '', 'SOPORTE'), ('NADA', 'alta', ' ')) AS v(e, p, a) WHERE ticket_uuid = prueba.id('e');

------------------------------------------------------------------------
-- Tokens
------------------------------------------------------------------------

CREATE ROLE regress_authenticator NOINHERIT;
GRANT ticket_admin, ticket_mesa, ticket_area, ticket_publico TO regress_authenticator;
GRANT USAGE ON SCHEMA prueba TO regress_authenticator;
CREATE FUNCTION prueba.with_token(who name, claims text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('request.jwt.claims', claims, true);
	RETURN prueba.rest(who, $x$SELECT ticket_sm.exigir('consultar')$x$);
END $$;
-- Of a login role that is not listed.
SELECT prueba.with_token('ticket_mesa', '{"sub": "00000000-0000-4000-8000-000000000002"}');
SET ticket_sm.autenticadores = 'regress_authenticator';
SET SESSION AUTHORIZATION regress_authenticator;
SELECT w, c, prueba.with_token(w, c) FROM (VALUES ('ticket_mesa', '{"sub": "00000000-0000-4000-8000-000000000002"}'), ('ticket_area', '{"sub": "00000000-0000-4000-8000-000000000002"}'),
	('ticket_mesa', '{"sub": "00000000-0000-4000-8000-000000000099"}'), ('ticket_mesa', '{}'), ('ticket_area', '{"sub": "00000000-0000-4000-8000-000000000005"}'), ('ticket_mesa', '{"sub": "00000000-0000-4000-8000-000000000005"}'),
	('ticket_publico', '{}'), ('ticket_publico', '{"sub": "00000000-0000-4000-8000-000000000002"}'), ('ticket_mesa', ''), ('ticket_mesa', 'null')) AS a(w, c);
RESET SESSION AUTHORIZATION;
RESET ticket_sm.autenticadores;
RESET request.jwt.claims;
SELECT prueba.rest('regress_mario', 'SELECT ticket_sm.exigir(NULL)');
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.exigir('pausar', 'helpdesk.agente')$$);
SELECT prueba.rest('regress_mario', $$SELECT ticket_sm.exigir('pausar', 'helpdesk.ticket')$$);
SELECT prueba.rest('regress_alba', $$SELECT ticket_sm.exigir('asignar', 'helpdesk.ticket')$$);

RESET timezone;
SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.rest, prueba.post, prueba.raise_as, prueba.ruled, prueba.with_token, prueba.list, prueba.catalogue;
REVOKE USAGE ON SCHEMA prueba FROM regress_authenticator;
DROP ROLE regress_authenticator;
