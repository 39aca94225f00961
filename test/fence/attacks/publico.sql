-- Web, a PUBLICO caller: creates tickets, and sees his own by label and e-mail; and an intruder, who has no role at all.

--- tables: every relation
-- as web
-- rows
SELECT format('SELECT x::text FROM %s AS x', c.oid::regclass) FROM pg_class c WHERE relnamespace = 'm'::regnamespace AND relkind IN ('r', 'v', 'S');

-- fails 42501
SELECT count(*) FROM m.ticket;

-- fails 42501
SELECT count(*) FROM m.bandeja;

-- fails 42501
INSERT INTO m.ticket (asunto) VALUES ('x');

--- functions: every function that is not for him
-- as web
-- rows
SELECT format('SELECT ticket_sm.%I(%s)', proname, array_to_string(array_fill('NULL'::text, ARRAY[pronargs::integer]), ', ')) FROM pg_proc WHERE pronamespace = 'ticket_sm'::regnamespace;

-- fails 42501
SELECT ticket_sm.fn_ticket('{1}');

-- fails 42501
SELECT * FROM ticket_sm.fn_bandeja();

-- fails 42501
SELECT * FROM ticket_sm.fn_ejecutar_lote('actualizar', '{{1}}', '{"nota": "x"}');

-- fails 42501
SELECT ticket_sm.api_ticket('{"ticket_id": "{1}"}', 'm');

-- fails 42501
SELECT ticket_sm.api_operar('cancelar', '{"ticket_id": "{1}", "datos": {"motivo": "por que si"}}', 'm');

-- fails 42501
SELECT ticket_sm.fn_sla_sumar('CO', now(), '1 hour');

--- links: none of it is the public's
-- as web
-- fails 42501
SELECT ticket_sm.fn_vincular('{1}', '{2}', 'duplicado', 'por que si');

-- fails 42501
SELECT ticket_sm.fn_desvincular('{1}', '{2}', 'por que si');

-- fails 42501
SELECT * FROM m.vinculo;

-- fails 42501
SELECT ticket_sm.api_operar('vincular', '{"ticket_id": "{1}", "datos": {"otroId": "{2}", "relacion": "padre", "motivo": "por que si"}}', 'm');

--- consult: of somebody else, by patterns, empty and odd texts
-- as web
-- rows
SELECT format('SELECT * FROM ticket_sm.fn_consultar(%L, %L)', l, e) FROM unnest(ARRAY['TK-2026-00004', '%', 'TK-2026-0000_', '', E'TK-2026-00004\n', NULL, 'tk-2026-00004 ', repeat('T', 100000)]) AS l,
	unnest(ARRAY['%', '_na@desk.example', '', 'ana@desk.example''--', NULL, 'ANA@DESK', chr(1072) || 'na@desk.example']) AS e;

--- reply: to tickets of others, by patterns, empty and odd texts; by an agent's address; with huge and odd messages
-- as web
-- rows
SELECT format('SELECT * FROM ticket_sm.fn_responder(%L, %L, %L)', l, e, 'Hola') FROM unnest(ARRAY['TK-2026-00004', '%', 'TK-2026-0000_', '', E'TK-2026-00004\n', NULL, 'tk-2026-00004 ', repeat('T', 100000)]) AS l,
	unnest(ARRAY['%', '_na@desk.example', '', 'ana@desk.example''--', NULL, 'ANA@DESK', chr(1072) || 'na@desk.example']) AS e;

-- rows
SELECT format('SELECT * FROM ticket_sm.fn_responder(%L, ''ana@desk.example'', %L, %L)', 'TK-2026-00001', m, k) FROM unnest(ARRAY[repeat('x', 20001), repeat('ñ', 1000000), E'a\x01b', '   ', NULL, repeat(E'\u0301', 20001)]) AS m,
	unnest(ARRAY[NULL, repeat('k', 201), E'a\nb', '']) AS k;

-- rows
SELECT format('SELECT ticket_sm.api_responder(%L, %L)', d, 'm') FROM unnest(ARRAY['null', '[]', '5', '{"datos": []}', '{"datos": {"label": 5}}', '{"datos": {"label": "TK-2026-00001", "email": {"a": 1}, "mensaje": "x"}}',
	'{"datos": {"label": "TK-2026-00001", "email": "ana@desk.example", "mensaje": ["x"]}}', '{"datos": {"ticket_id": "{1}", "mensaje": "x"}}', '{"ticket_id": "{1}", "datos": {"mensaje": "x"}}']) AS d;

-- fails PT404
SELECT * FROM ticket_sm.fn_responder('TK-2026-00004', 'nadie@desk.example', 'Hola');

--- rating: tickets of others, by patterns and odd texts; figures that are none; what is not solved; figures of others
-- as web
-- rows
SELECT format('SELECT * FROM ticket_sm.fn_calificar(%L, %L, %L, %L)', l, e, n, 'Hola') FROM unnest(ARRAY['TK-2026-00004', '%', 'TK-2026-0000_', '', NULL, repeat('T', 100000)]) AS l,
	unnest(ARRAY['%', '_na@desk.example', '', 'ana@desk.example''--', NULL]) AS e, unnest('{1,5,-2147483648,2147483647,NULL}'::integer[]) AS n;

-- rows
SELECT format('SELECT * FROM ticket_sm.fn_calificar(''TK-2026-00001'', ''ana@desk.example'', 5, %L)', m) FROM unnest(ARRAY[repeat('x', 2001), repeat('ñ', 1000000), E'a\x01b', NULL, repeat(E'\u0301', 2001)]) AS m;

-- rows
SELECT format('SELECT ticket_sm.api_calificar(%L, %L)', d, 'm') FROM unnest(ARRAY['null', '[]', '5', '{"datos": []}', '{"datos": {"label": 5}}', '{"datos": {"label": "TK-2026-00001", "email": {"a": 1}, "calificacion": 1}}',
	'{"datos": {"label": "TK-2026-00001", "email": "ana@desk.example", "calificacion": ["1"]}}', '{"ticket_id": "{1}", "datos": {"calificacion": 1}}']) AS d;

-- fails PT404
SELECT * FROM ticket_sm.fn_calificar('TK-2026-00004', 'nadie@desk.example', 1);

-- fails 42501
SELECT * FROM m.calificacion;

-- fails 42501
SELECT * FROM m.satisfaccion;

-- fails 42501
SELECT * FROM ticket_sm.fn_acciones('{1}');

--- converse: what somebody else has said
-- as web
-- rows
SELECT format('SELECT * FROM ticket_sm.fn_conversacion(%L, %L, %s, %s)', l, e, n, n) FROM unnest(ARRAY['TK-2026-00004', '%', '', NULL]) AS l, unnest(ARRAY['%', '', NULL, 'ANA@DESK']) AS e,
	unnest('{NULL,1,0,-1,2147483647}'::text[]) AS n;

-- fails PT404
SELECT * FROM ticket_sm.fn_conversacion('TK-2026-00004', 'nadie@desk.example');

--- create_nonsense: creations with every odd value
-- changes ticket historial contador evento
-- as web
-- rows
SELECT format('SELECT ticket_sm.fn_crear_ticket(nombre => %L, email => %L, tipo => %L, categoria => ''Red'', descripcion => %L, prioridad => %L, area => %L)', n, e, t, d, p, a)
	FROM unnest(ARRAY['Ana Perez', repeat('x', 1000000), E'a\x01b', '   ']) AS n, unnest(ARRAY['ana@desk.example', '@', 'a@b@c', E'a\u202e@b']) AS e, unnest(ARRAY['queja', 'QUEJA ', 'ı']) AS t,
	unnest(ARRAY['diez caracteres', repeat(E'\u0301', 20001)]) AS d, unnest(ARRAY['alta', 'ALTÄ']) AS p, unnest(ARRAY['MESA', 'sistemas', 'x']) AS a WHERE length(n) < 20 OR (e = '@' AND t = 'queja' AND p = 'alta');

--- create_json: bodies of every JSON kind
-- changes ticket historial contador evento
-- as web
-- rows
SELECT format('SELECT ticket_sm.api_crear(%L, %s)', d, m) FROM unnest(ARRAY['null', '[]', '{}', '5', '"x"', '{"datos": null}', '{"datos": []}', '{"datos": {"nombre": 5}}', '{"datos": {"nombre": {"a": [1]}}}',
	'{"datos": {"nombre": "Ana Perez", "email": "ana@desk.example", "tipo": "queja", "categoria": "Red", "descripcion": "diez caracteres", "prioridad": "alta", "nombre": null}}',
	'{"datos": {"nombre": "\u0000"}}', '{"datos": {"nombre": "\ud800"}}', '{"datos": ' || repeat('{"a":', 3000) || '1' || repeat('}', 3000) || '}', '{"datos": {"tieneWhatsapp": "true"}}', '{"datos": {"version": 1e400}}']) AS d,
	unnest('{''m'',''helpdesk'',''pg_catalog'',NULL}'::text[]) AS m;

--- idempotency: keys of others, and of his own with other data
-- changes ticket historial contador evento
-- as web
-- works
SELECT ticket_sm.fn_crear_ticket(nombre => 'Eva Ruiz', email => 'eva@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'diez caracteres', prioridad => 'alta', clave_idempotencia => 'clave');

-- fails PT409
SELECT ticket_sm.fn_crear_ticket(nombre => 'Eva Ruiz', email => 'eva@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'otros caracteres', prioridad => 'alta', clave_idempotencia => 'clave');

-- fails PT409
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'otros caracteres', prioridad => 'alta', clave_idempotencia => 'SECRETO de sistemas 4');

SELECT ticket_sm.fn_crear_ticket(nombre => 'Eva Ruiz', email => 'eva@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'otros caracteres', prioridad => 'alta', clave_idempotencia => repeat('k', 201));

--- as_intruder: who has no role in the desk
-- as intruso
-- rows
SELECT format('SELECT ticket_sm.%I(%s)', proname, array_to_string(array_fill('NULL'::text, ARRAY[pronargs::integer]), ', ')) FROM pg_proc WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'ticket_sm');

-- fails 42501
SELECT ticket_sm.fn_maquina();

-- fails 42501
SELECT * FROM m.prioridad;

-- fails 42501
CREATE TABLE m.x (x integer);

-- fails 42501
CREATE TABLE x (u ticket_sm.ticket_state);

--- intruder_granted: with the functions, but no role
-- as postgres
GRANT USAGE ON SCHEMA ticket_sm, m TO intruso; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO intruso;

-- as intruso
-- rows
SELECT format('SELECT ticket_sm.%I(%s)', proname, array_to_string(array_fill('NULL'::text, ARRAY[pronargs::integer]), ', ')) FROM pg_proc WHERE pronamespace = 'ticket_sm'::regnamespace;

-- fails 42501
SELECT ticket_sm.fn_crear_ticket(nombre => 'Eva Ruiz', email => 'eva@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'diez caracteres', prioridad => 'alta');

-- fails 42501
SELECT ticket_sm.fn_ticket('{1}');

-- fails 42501
SELECT ticket_sm.fn_ejecutar_lote('cancelar', '{{1}}', '{"motivo": "por que si"}');

-- fails 42501
SELECT ticket_sm.como_duenio('m', 'SELECT trampa.evil()');

-- fails 42501
SELECT ticket_sm.actualizar_mesa('m');

SELECT ticket_sm.poner_disparadores('m');

SELECT ticket_sm.crear_api('x', 'm');

-- as postgres
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ticket_sm FROM intruso; REVOKE ALL ON SCHEMA ticket_sm, m FROM intruso;

--- triggers_of_others: our trigger functions on a table of his own
-- as postgres
GRANT USAGE ON SCHEMA ticket_sm TO intruso; GRANT ALL ON SCHEMA public TO intruso;

-- as intruso
CREATE TABLE public.t (x integer);

-- fails 42501
CREATE TRIGGER x BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();

-- as postgres
REVOKE ALL ON SCHEMA ticket_sm FROM intruso;

--- foreign_tables_in_public: objects in public for names that we do not qualify
-- as postgres
GRANT CREATE ON SCHEMA public TO web;

-- as web
CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'evil ran as % for %: lower', current_user, session_user; RETURN $1; END $$;
CREATE FUNCTION public.regexp_match(text, text) RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'evil ran as % for %: match', current_user, session_user; RETURN NULL; END $$;
CREATE FUNCTION public.evil_eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'evil ran as % for %: =', current_user, session_user; RETURN true; END $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.evil_eq);
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.evil_eq);
CREATE OPERATOR public.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = public.evil_eq);
CREATE OPERATOR public.~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.evil_eq);
CREATE OPERATOR public.= (LEFTARG = ticket_sm.ticket_state, RIGHTARG = text, FUNCTION = public.evil_eq);

-- as postgres
SELECT ticket_sm.crear_mesa('otra', 'o1', 'o2', 'o3', 'o4'); SELECT ticket_sm.crear_api('api_o', 'otra'); SELECT ticket_sm.actualizar_mesa('otra'); DROP SCHEMA otra CASCADE;

-- as postgres
DROP OWNED BY o1, o2, o3, o4;

-- as postgres
DROP ROLE IF EXISTS o1, o2, o3, o4;
