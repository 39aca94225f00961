-- The REST API: what the wrappers in an exposed schema (schema/rest/api.sql) call.
-- They stay a line each, so that an upgrade of the extension reaches every API
-- that was stamped.
--
-- A request comes as one JSON object, put together by rest/api.js: datos is the
-- client's body, ticket_id or id what stood in the path.  It is json, not jsonb,
-- so that nothing of it is looked at before the caller's role is.

CREATE FUNCTION ticket_sm.exigir(operacion ticket_sm.ticket_operation, mesa regclass DEFAULT NULL)
	RETURNS ticket_sm.ticket_role
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_exigir';
COMMENT ON FUNCTION ticket_sm.exigir(ticket_sm.ticket_operation, regclass) IS
'What the REST API asks first: may the caller do this operation at all, and is its token still true?
operacion: the operation, required.
mesa: the table ticket of the mesa; that of ticket_sm.mesa unless given.
Returns the caller''s helpdesk role.
Raises 42501 (role, or an agent switched off, as the functions fn_* do; claims of a login role that ticket_sm.autenticadores does not list), PT401 (the token''s agent is unknown in this mesa or has another role now), 22004 (operacion is missing), 42P01 (mesa is not the table ticket of a mesa).';

CREATE FUNCTION ticket_sm.api_campo(datos json, campo text, tipo text DEFAULT 'string') RETURNS text
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'tsm_api_campo';
COMMENT ON FUNCTION ticket_sm.api_campo(json, text, text) IS
'A field of a JSON body, for the REST API.
datos: the body.
campo: name of the field.
tipo: string (unless given), uuid, integer or boolean.
Returns its value as text; NULL when it is missing or null.
Raises 22023 (the JSON type is another one, or no integer), 22P02 (no uuid).';

CREATE FUNCTION ticket_sm.normalizar(texto text, campo text, clase text DEFAULT 'nombre', estricto boolean DEFAULT true)
	RETURNS text
	LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'tsm_normalizar';
COMMENT ON FUNCTION ticket_sm.normalizar(text, text, text, boolean) IS
'A text in the form in which all of them are kept: without blanks and what is not seen at its ends, in NFC, line breaks as newlines.
texto: the text.
campo: what an error calls it.
clase: lineas (keeps what it has), renglon (one line: tabs and other blanks become a space, invisible characters go), nombre (the same, without joiners; the default), correo (an address), or archivo (what a file is called: made harmless, never refused).
estricto: whether to raise an error for what cannot be brought into that form, the default; else it is only trimmed.
Returns the text; NULL when nothing of it is seen.
Raises 22023 (a control character, a line break in one line, what is no address).';

CREATE FUNCTION ticket_sm.api_texto(datos json, campo text, minimo integer, maximo integer, requerido boolean DEFAULT false,
		clase text DEFAULT 'nombre')
	RETURNS text
	LANGUAGE plpgsql IMMUTABLE
AS $funcion$
DECLARE
	valor text := ticket_sm.normalizar(ticket_sm.api_campo(datos, campo), campo, clase);
BEGIN
	IF valor IS NULL THEN
		IF requerido THEN
			RAISE EXCEPTION 'field "%" is required', campo USING ERRCODE = 'null_value_not_allowed';
		END IF;
	ELSIF length(valor) > maximo THEN
		RAISE EXCEPTION 'field "%" is too long', campo
			USING ERRCODE = 'string_data_right_truncation',
			DETAIL = format('It has %s characters; at most %s are allowed.', length(valor), maximo);
	ELSIF length(valor) < minimo THEN
		RAISE EXCEPTION 'field "%" is too short', campo
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('At least %s characters are required.', minimo);
	END IF;
	RETURN valor;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_texto(json, text, integer, integer, boolean, text) IS
'A text field of a JSON body, in its normal form and checked, for the users of the REST API; the fields of a ticket are checked by the functions fn_*.
datos: the body.
campo: name of the field.
minimo, maximo: length in characters.
requerido: whether it must be there; false unless given.
clase: what it is, as for normalizar(); nombre unless given.
Returns the text; NULL when it is missing, null or blank.
Raises 22004 (required), 22001 (too long), 22023 (too short, another JSON type, a control character, a line break, no address).';

CREATE FUNCTION ticket_sm.api_error(estado text, mensaje text, detalle text, consejo text, peticion json DEFAULT NULL,
		campo text DEFAULT NULL)
	RETURNS void
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_api_error';
COMMENT ON FUNCTION ticket_sm.api_error(text, text, text, text, json, text) IS
'Raises an error anew where PostgREST 12 would not pass it on as it should: it retries 40001 for ever, answers 500 to a lock that was not to be had, reconnects after a 503, and puts the message of a PT error into the status line.
estado, mensaje, detalle, consejo: the error, its texts empty where it has none.
peticion: the request, in which a field with U+0000 is looked for.
campo: the field that an error of class 22 is about, which is then told in errores, the last line of the detail.
Returns nothing when the error may be raised as it is.
Raises PT409, PT423, PT400, PT504, PT500, or the same SQLSTATE with other texts.';

-- A savepoint for each field: of a form of the users of the API, which is rare.
CREATE FUNCTION ticket_sm.api_formulario(comprobar regproc, datos json, campos text[], antes json DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	uno text;
	faltas jsonb := '[]';
	codigo text; mensaje text; detalle text; consejo text;
BEGIN
	FOREACH uno IN ARRAY coalesce(campos, '{}') LOOP
		BEGIN
			EXECUTE format('SELECT %s($1, $2, $3)', comprobar) USING datos, uno, antes;
		EXCEPTION
			WHEN untranslatable_character THEN
				RAISE;			-- U+0000 somewhere: none of it can be read
			WHEN data_exception THEN
				GET STACKED DIAGNOSTICS codigo = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
					detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT;
				faltas := faltas || jsonb_build_object('campo', uno, 'codigo', codigo, 'message', mensaje,
					'details', nullif(detalle, ''), 'hint', nullif(consejo, ''));
		END;
	END LOOP;
	IF jsonb_array_length(faltas) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = faltas #>> '{0,codigo}', MESSAGE = faltas #>> '{0,message}',
			DETAIL = concat_ws(E'\n', faltas #>> '{0,details}', 'errores: ' || faltas::text), HINT = coalesce(faltas #>> '{0,hint}', '');
	END IF;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_formulario(regproc, json, text[], json) IS
'Judges all fields of a form of the REST API, and tells of all that are wrong at once.
comprobar: function (datos json, campo text, antes json) that raises an error for a field that is wrong.
datos: the body.
campos: names of the fields, in the order of judgement.
antes: what comprobar is told of how it was before.
Returns nothing. Raises the first error of class 22 that comprobar has raised; the last line of its detail has all of them, as JSON: errores.';

CREATE FUNCTION ticket_sm.api_datos(peticion json) RETURNS json
	LANGUAGE plpgsql IMMUTABLE
AS $funcion$
BEGIN
	IF json_typeof(peticion) <> 'object' OR json_typeof(peticion -> 'datos') <> 'object' THEN
		RAISE EXCEPTION 'body must be a JSON object' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN coalesce(peticion -> 'datos', '{}');
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_datos(json) IS
'The client''s body within a request to the REST API.
peticion: the request. Returns its member datos, {} when there is none. Raises 22023 when it is not an object.';

CREATE FUNCTION ticket_sm.api_crear(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_crear';
COMMENT ON FUNCTION ticket_sm.api_crear(json, name) IS
'POST /tickets/crear of the REST API: fn_crear_ticket with the body''s fields in camelCase. The headers of request.headers X-Real-IP (set by nginx) and Idempotency-Key give ip and clave_idempotencia; the header beats the body''s claveIdempotencia.
peticion: the request, with datos.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns the answer; the status is 201.
Raises what fn_crear_ticket raises, 22023 for a wrong JSON type, and what api_error makes of other errors. The last line of the detail of a 22xxx about fields has all of those, as JSON: errores.';

CREATE FUNCTION ticket_sm.api_operar(operacion ticket_sm.ticket_operation, peticion json, mesa name DEFAULT NULL)
	RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_operar';
COMMENT ON FUNCTION ticket_sm.api_operar(ticket_sm.ticket_operation, json, name) IS
'POST /tickets/{ticket_id}/... of the REST API: the function fn_* of the operation, with the body''s fields in camelCase.
operacion: one on a ticket.
peticion: the request, with ticket_id from the path and datos.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns a message and the ticket as it now stands.
Raises what the function raises, PT401 as exigir does, 22023 for a wrong JSON type, and what api_error makes of other errors. The last line of the detail of a 22xxx about fields has all of those, as JSON: errores.';

CREATE FUNCTION ticket_sm.api_responder(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_responder';
COMMENT ON FUNCTION ticket_sm.api_responder(json, name) IS
'POST /tickets/responder of the REST API: fn_responder, with the body''s fields in camelCase. Of the headers that PostgREST hands over, Idempotency-Key beats claveIdempotencia.
peticion: the request, with datos.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns a message, the ticket, its state before and after, and when it was.
Raises what fn_responder raises, PT401 as exigir does, 22023 for a wrong JSON type, and what api_error makes of other errors. The last line of the detail of a 22xxx about fields has all of those, as JSON: errores.';

CREATE FUNCTION ticket_sm.api_calificar(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_calificar';
COMMENT ON FUNCTION ticket_sm.api_calificar(json, name) IS
'POST /tickets/calificar of the REST API: fn_calificar.
peticion: the request, with datos.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns a message, the ticket, its state before and after, and when it was.
Raises what fn_calificar raises, PT401 as exigir does, 22023 for a wrong JSON type, and what api_error makes of other errors. The last line of the detail of a 22xxx about fields has all of those, as JSON: errores.';

CREATE FUNCTION ticket_sm.api_consultar(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_api_consultar';
COMMENT ON FUNCTION ticket_sm.api_consultar(json, name) IS
'POST and GET /tickets/consultar of the REST API: fn_consultar, under the documented keys.
peticion: the request, with datos.label and datos.email; datos.conversacion, true: with fn_conversacion, the last 200 of what comes before the number datos.antes.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns what the requester may see; private keys are null.
Raises what fn_consultar raises, 22023 for a wrong JSON type, and what api_error makes of other errors. The last line of the detail of a 22xxx about fields has all of those, as JSON: errores.';

CREATE FUNCTION ticket_sm.api_adjuntar(contenido bytea, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_adjuntar';
COMMENT ON FUNCTION ticket_sm.api_adjuntar(bytea, name) IS
'POST /tickets/{ticket_id}/adjuntos and POST /tickets/adjuntos of the REST API: fn_adjuntar. The header X-Ticket-Sm-Peticion of request.headers, set by nginx, is the request as others have it: ticket_id from the path, and in datos archivo, tipoContenido, publico, label, email, version.
contenido: the body.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns the answer; the status is 201.
Raises what fn_adjuntar raises, PT401 as exigir does, 22023 for a wrong JSON type, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_retirar_adjunto(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_retirar_adjunto';
COMMENT ON FUNCTION ticket_sm.api_retirar_adjunto(json, name) IS
'POST /tickets/{ticket_id}/adjuntos/{adjunto_id}/retirar of the REST API: fn_retirar_adjunto.
peticion: the request, with ticket_id and adjunto_id from the path and datos.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns the answer.
Raises what fn_retirar_adjunto raises, PT401 as exigir does, 22023 for a wrong JSON type, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_adjuntos(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_api_adjuntos';
COMMENT ON FUNCTION ticket_sm.api_adjuntos(json, name) IS
'GET /tickets/{ticket_id}/adjuntos and GET /tickets/adjuntos of the REST API: the files of a ticket.
peticion: the request, with ticket_id from the path, or datos.label and datos.email.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns an array.
Raises what fn_ticket and fn_consultar raise, PT401 as exigir does, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_adjunto(peticion json, mesa name DEFAULT NULL) RETURNS bytea
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_adjunto';
COMMENT ON FUNCTION ticket_sm.api_adjunto(json, name) IS
'GET /tickets/{ticket_id}/adjuntos/{adjunto_id} and GET /tickets/adjuntos/{adjunto_id} of the REST API: the content of a file; response.headers gets its type, and that it is to be saved under its name.
peticion: the request, with ticket_id and adjunto_id from the path, datos.label and datos.email.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns the bytes.
Raises what fn_adjunto raises, PT401 as exigir does, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_ticket(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_api_ticket';
COMMENT ON FUNCTION ticket_sm.api_ticket(json, name) IS
'GET /tickets/{ticket_id} of the REST API: fn_ticket, under the documented keys.
peticion: the request, with ticket_id from the path; of the history, datos.limite (200 unless given, at most 1,000) says how many events, the last ones or those before the version datos.cursor, both as texts.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns {"ticket", "solicitante", "historial", "historialCursor"}; comentario is the reason, the note and the answer, one below the other.
Raises what fn_ticket raises, PT401 as exigir does, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_eventos(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_eventos';
COMMENT ON FUNCTION ticket_sm.api_eventos(json, name) IS
'GET /eventos of the REST API: the outbox as fn_eventos reads it, of the tickets that the caller may see.
peticion: the request, with datos.cursor and datos.limite, as texts.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns {"eventos", "cursor", "hayMas"}.
Raises 42501 (the public, an agent without an area), PT401 as exigir does, 22023 (field), and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_lote(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_api_lote';
COMMENT ON FUNCTION ticket_sm.api_lote(json, name) IS
'POST /tickets/lote of the REST API: fn_ejecutar_lote, for 1,000 tickets at most, with the operation''s fields in camelCase.
peticion: the request, with datos.operacion, datos.tickets, datos.campos and datos.todoONada.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns {"resultados", "hechos", "rechazados"}.
Raises what fn_ejecutar_lote raises, PT401 as exigir does, 22023 for a wrong JSON type, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_mesa(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_api_mesa';
COMMENT ON FUNCTION ticket_sm.api_mesa(json, name) IS
'GET /mesa of the REST API: what anyone may know of a mesa.
peticion: the request; nothing of it is looked at.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns its name, time zone, categories, areas, types, priorities, and the fields of the operations with their limits.
Raises 42501 and PT401 as exigir does, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_catalogo(catalogo text, peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_api_catalogo';
COMMENT ON FUNCTION ticket_sm.api_catalogo(text, json, name) IS
'What an agent''s client builds its forms of, for the REST API.
catalogo: areas, prioridades, tipos, agentes, maquina or yo (GET /auth/me).
peticion: the request; for agentes its datos.area; for areas, prioridades and agentes datos.limite (1,000 unless given, at most as many) and datos.cursor, the name or the id of the last one of the page before.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns the answer of that path.
Raises 42501 (the public, an area that is not the caller''s), PT401 as exigir does, 22023 (no such catalogue or area), and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_lista(peticion json, mesa name DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_api_lista';
COMMENT ON FUNCTION ticket_sm.api_lista(json, name) IS
'GET /tickets of the REST API: fn_lista, with the parameters of the address in datos, as texts.
peticion: the request, with datos.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns {"tickets", "cursor"}, and "total" if that was asked for; cursor is null behind the last page.
Raises what fn_lista raises, PT401 as exigir does, 22023 for a parameter that there is not, and what api_error makes of other errors.';

-- The OpenAPI document, out of the COMMENTs of an exposed schema.

CREATE FUNCTION ticket_sm.hoja_lista(OUT clave text, OUT tipo text, OUT nula boolean, OUT descripcion text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'tsm_hoja_lista';
COMMENT ON FUNCTION ticket_sm.hoja_lista() IS
'The keys of a ticket in the answer of GET /tickets. No parameters. Returns each with its type in JSON (uuid and date-time are formats of string), whether it may be null, and what it is. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_lista() RETURNS jsonb
	LANGUAGE sql IMMUTABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	SELECT jsonb_build_object('type', 'object', 'required', jsonb '["tickets", "cursor"]', 'properties', jsonb_build_object(
		'tickets', jsonb_build_object('type', 'array', 'items', jsonb_build_object('type', 'object',
			'required', jsonb_agg(h.clave), 'properties', jsonb_object_agg(h.clave,
				CASE WHEN h.tipo IN ('uuid', 'date-time') THEN jsonb_build_object('type', 'string', 'format', h.tipo)
					ELSE jsonb_build_object('type', h.tipo) END
				|| CASE WHEN h.nula THEN jsonb '{"nullable": true}' ELSE '{}' END
				|| jsonb_build_object('description', h.descripcion)))),
		'cursor', jsonb '{"type": "string", "nullable": true, "description": "Asks for the next page; null when this is the last."}',
		'total', jsonb '{"type": "integer", "description": "How many there are, if total=true asked for it."}'))
	FROM ticket_sm.hoja_lista() h
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_lista() IS
'For api_openapi: the schema of the answer of GET /tickets. No parameters. Returns it. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_campos(texto text)
	RETURNS TABLE (orden bigint, nombre text, requerido boolean, descripcion text, forma jsonb)
	LANGUAGE sql IMMUTABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	-- name (type, required): text
	SELECT l.n, c[1], c[3] IS NOT NULL, c[4], CASE
		WHEN c[2] IN ('uuid', 'date-time') THEN jsonb_build_object('type', 'string', 'format', c[2])
		WHEN c[2] = 'array' THEN jsonb '{"type": "array", "items": {"type": "string", "format": "uuid"}}'
		ELSE jsonb_build_object('type', c[2]) END
	FROM regexp_split_to_table(texto, '\n') WITH ORDINALITY AS l(linea, n),
		regexp_match(l.linea, '^(\w+) \((string|uuid|date-time|integer|boolean|array|object)(, required)?\): (.*)$') AS c
	WHERE c IS NOT NULL
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_campos(text) IS
'For api_openapi: the fields that a COMMENT tells of.
texto: the COMMENT. Returns their order, names, whether they are required, descriptions and schemas. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_fila(vista oid) RETURNS jsonb
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	SELECT jsonb_build_object('type', 'array', 'items', jsonb_build_object('type', 'object',
		'properties', jsonb_object_agg(a.attname, CASE
			WHEN a.atttypid = 'uuid'::regtype THEN jsonb '{"type": "string", "format": "uuid"}'
			WHEN a.atttypid = 'timestamptz'::regtype THEN jsonb '{"type": "string", "format": "date-time"}'
			WHEN a.atttypid = 'boolean'::regtype THEN jsonb '{"type": "boolean"}'
			WHEN a.atttypid = 'integer'::regtype THEN jsonb '{"type": "integer"}'
			WHEN a.atttypid = 'numeric'::regtype THEN jsonb '{"type": "number"}'
			ELSE jsonb '{"type": "string"}' || coalesce((SELECT jsonb_build_object('enum',
				jsonb_agg(e.enumlabel ORDER BY e.enumsortorder))
				FROM pg_enum e WHERE e.enumtypid = a.atttypid HAVING count(*) > 0), '{}') END
			|| jsonb_build_object('description', col_description(a.attrelid, a.attnum)))))
	FROM pg_attribute a
	WHERE a.attrelid = vista AND a.attnum > 0 AND NOT a.attisdropped
	HAVING count(*) > 0
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_fila(oid) IS
'For api_openapi: the schema of the rows of a view.
vista: the view. Returns its schema; NULL when it is none. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_tipo(tipo text) RETURNS jsonb
	LANGUAGE sql STABLE STRICT
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	SELECT CASE
		WHEN tipo LIKE '[%]' THEN jsonb_build_object('type', 'array', 'items', ticket_sm.api_doc_tipo(btrim(tipo, '[]')))
		WHEN tipo IN ('uuid', 'date-time') THEN jsonb_build_object('type', 'string', 'format', tipo)
		WHEN tipo IN ('string', 'integer', 'number', 'boolean', 'object') THEN jsonb_build_object('type', tipo)
		WHEN tipo LIKE 'ticket\_%' THEN (SELECT jsonb_build_object('type', 'string', 'enum', jsonb_agg(e.enumlabel ORDER BY e.enumsortorder))
			FROM pg_enum e WHERE e.enumtypid = format('ticket_sm.%I', tipo)::regtype)
		WHEN tipo = 'binary' THEN jsonb '{"type": "string", "format": "binary"}'
		ELSE jsonb_build_object('$ref', '#/components/schemas/' || btrim(tipo, '{}')) END
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_tipo(text) IS
'For api_openapi: the schema of a type of hoja_respuestas.
tipo: the type, or the name of an object. Returns the schema; NULL when tipo is. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_esquemas() RETURNS jsonb
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	WITH miembro AS (
		SELECT h.objeto, h.orden, h.miembro, h.siempre, ticket_sm.api_doc_tipo(h.tipo) AS forma,
			jsonb_build_object('description', h.descripcion) || CASE WHEN h.nulo THEN jsonb '{"nullable": true}' ELSE '{}' END AS mas
		FROM ticket_sm.hoja_respuestas() h
	)
	SELECT jsonb_object_agg(o.objeto, o.forma) || jsonb_build_object('lista', ticket_sm.api_doc_lista()) FROM (
		-- beside a $ref nothing counts; an enum that may be null says so
		SELECT m.objeto, jsonb_build_object('type', 'object',
			'required', jsonb_agg(m.miembro ORDER BY m.orden) FILTER (WHERE m.siempre),
			'properties', jsonb_object_agg(m.miembro, CASE WHEN m.forma ? '$ref' THEN m.forma
				WHEN m.forma ? 'enum' AND m.mas ? 'nullable' THEN jsonb_set(m.forma, '{enum}', m.forma -> 'enum' || jsonb 'null') || m.mas
				ELSE m.forma || m.mas END)) AS forma
		FROM miembro m GROUP BY m.objeto) AS o
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_esquemas() IS
'For api_openapi: the schemas of all answers. No parameters. Returns them by the names of hoja_respuestas. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_respuestas(texto text, fila jsonb) RETURNS jsonb
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	-- Returns 200 as object: text; Refuses with 400, 401.
	SELECT jsonb_object_agg(r.estado, jsonb_build_object('description', r.descripcion)
		|| CASE WHEN r.estado >= '300'
			THEN jsonb '{"content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}}'
			ELSE jsonb_build_object('content', jsonb_build_object(CASE r.objeto WHEN 'binary' THEN 'application/octet-stream'
				ELSE 'application/json' END, jsonb_build_object('schema',
				coalesce(ticket_sm.api_doc_tipo(r.objeto), fila, jsonb '{"type": "object"}')))) END)
	FROM regexp_split_to_table(texto, '\n') AS l(linea), LATERAL (
		SELECT c[1], c[3], c[2] FROM regexp_match(l.linea, '^Returns (\d+)(?: as ([][\w]+))?: (.*)$') AS c WHERE c IS NOT NULL
		UNION ALL
		SELECT e[1], CASE e[1] WHEN '400' THEN 'A field is missing or bad; the message names it.'
			WHEN '401' THEN 'No token, or one that is not valid.' WHEN '403' THEN 'The role or the area does not allow it.'
			WHEN '404' THEN 'There is no such thing.' WHEN '409' THEN 'Not possible in this state, or a conflict.'
			WHEN '412' THEN 'The version is stale.' WHEN '413' THEN 'The body is larger than 512 kB.'
			WHEN '429' THEN 'Too many requests from this address; Retry-After tells when to come back.'
			ELSE 'Locked by another transaction.' END, NULL
		FROM regexp_matches(substring(l.linea FROM '^Refuses with (.*)$'), '\d{3}', 'g') AS e
	) AS r(estado, descripcion, objeto)
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_respuestas(text, jsonb) IS
'For api_openapi: the answers that a COMMENT tells of.
texto: the COMMENT.
fila: schema of the rows of a view; NULL for a function. Returns the answers by status. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_operacion(nombre text, texto text, metodo text, ruta text, fila jsonb) RETURNS jsonb
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	SELECT jsonb_build_object('operationId', lower(metodo) || '_' || nombre, 'summary', split_part(texto, E'\n', 1),
			'responses', ticket_sm.api_doc_respuestas(texto, fila))
		|| coalesce((SELECT jsonb_build_object('description', string_agg(l.linea, E'\n' ORDER BY l.n))
			FROM regexp_split_to_table(texto, '\n') WITH ORDINALITY AS l(linea, n)
			WHERE l.n > 1 AND l.linea !~ '^(GET|POST|PATCH|DELETE) /' AND l.linea !~ '^(Returns \d+[ :]|Refuses with)'
				AND l.linea !~ '^\w+ \((string|uuid|date-time|integer|boolean|array|object)(, required)?\): '
			HAVING count(*) > 0), '{}')
		|| coalesce((SELECT jsonb_build_object('parameters', jsonb_agg(p.parametro ORDER BY p.n)) FROM (
				SELECT v.n, jsonb_build_object('name', v.nombre[1], 'in', 'path', 'required', true,
					'schema', jsonb '{"type": "string", "format": "uuid"}') AS parametro
				FROM regexp_matches(ruta, '\{(\w+)\}', 'g') WITH ORDINALITY AS v(nombre, n)
				UNION ALL
				SELECT 100 + c.orden, jsonb_build_object('name', c.nombre, 'in', 'query', 'required', c.requerido,
					'description', c.descripcion, 'schema', c.forma)
				FROM ticket_sm.api_doc_campos(texto) c WHERE metodo = 'GET' OR texto ~ '\nReceives a file'
				UNION ALL
				SELECT 1000 + f.n, jsonb_build_object('name', f.nombre, 'in', 'query', 'required', false, 'description', f.ayuda,
					'schema', jsonb_build_object('type', f.tipo))
				FROM (SELECT row_number() OVER (ORDER BY c.clave COLLATE "C"), c.clave, 'string',
						'A condition as PostgREST has it, such as eq.VALUE, gt.VALUE or is.null. ' || (c.valor ->> 'description')
					FROM jsonb_each(fila #> '{items,properties}') AS c(clave, valor)
					UNION ALL
					VALUES (1001, 'order', 'string', 'Columns, each with .asc or .desc.'), (1002, 'limit', 'integer', 'Rows at most.'),
						(1003, 'offset', 'integer', 'Rows to be left out.')) AS f(n, nombre, tipo, ayuda)
				WHERE fila IS NOT NULL) AS p HAVING count(*) > 0), '{}')
		|| coalesce((SELECT jsonb_build_object('requestBody', jsonb_build_object('required', bool_or(c.requerido),
				'content', jsonb_build_object('application/json', jsonb_build_object('schema',
				jsonb_build_object('type', 'object', 'properties', jsonb_object_agg(c.nombre,
					c.forma || jsonb_build_object('description', c.descripcion)))
				|| CASE WHEN bool_or(c.requerido) THEN jsonb_build_object('required',
					jsonb_agg(c.nombre ORDER BY c.orden) FILTER (WHERE c.requerido)) ELSE '{}' END))))
			FROM ticket_sm.api_doc_campos(texto) c WHERE metodo IN ('POST', 'PATCH') AND texto !~ '\nReceives a file' HAVING count(*) > 0), '{}')
		|| CASE WHEN texto ~ '\nReceives a file' THEN jsonb '{"requestBody": {"required": true, "content": {"application/octet-stream":
			{"schema": {"type": "string", "format": "binary"}}}}}' ELSE '{}' END
		|| CASE WHEN nombre IN ('crear', 'consultar', 'responder', 'calificar', 'adjuntar_publico', 'adjuntos_publico', 'adjunto_publico', 'mesa', 'login', 'openapi')
			THEN jsonb '{"security": [{}, {"token": []}]}' ELSE jsonb '{"security": [{"token": []}]}' END
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_operacion(text, text, text, text, jsonb) IS
'For api_openapi: what one path does by one method.
nombre: name of the function or view.
texto: its COMMENT.
metodo, ruta: the method and the path, of the COMMENT''s line "POST /path".
fila: schema of the rows of a view; NULL for a function. Returns the operation object. Raises nothing.';

CREATE FUNCTION ticket_sm.api_doc_rutas(esquema regnamespace, rol ticket_sm.ticket_role) RETURNS jsonb
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	WITH objeto AS (
		SELECT p.oid, p.proname::text AS nombre, obj_description(p.oid, 'pg_proc') AS texto,
			NULL::jsonb AS fila
		FROM pg_proc p
		WHERE p.pronamespace = esquema AND has_function_privilege(p.oid, 'EXECUTE')
		UNION ALL
		SELECT c.oid, c.relname, obj_description(c.oid, 'pg_class'), ticket_sm.api_doc_fila(c.oid)
		FROM pg_class c
		WHERE c.relnamespace = esquema AND c.relkind = 'v' AND has_table_privilege(c.oid, 'SELECT')
	), operacion AS (
		SELECT m[2] AS ruta, lower(m[1]) AS metodo,
			ticket_sm.api_doc_operacion(o.nombre, o.texto, m[1], m[2], o.fila) AS cosa
		FROM objeto o, regexp_split_to_table(o.texto, '\n') AS l(linea),
			regexp_match(l.linea, '^(GET|POST|PATCH|DELETE) (/\S*)$') AS m
		WHERE m IS NOT NULL AND NOT EXISTS (SELECT FROM ticket_sm.fn_maquina() q
			WHERE q.operacion::text = o.nombre AND NOT rol = ANY (q.roles))
	)
	SELECT jsonb_object_agg(r.ruta, r.metodos) FROM (
		SELECT ruta, jsonb_object_agg(metodo, cosa) AS metodos FROM operacion GROUP BY ruta) AS r
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_doc_rutas(regnamespace, ticket_sm.ticket_role) IS
'For api_openapi: the paths that the caller may call.
esquema: the schema that crear_api made.
rol: the caller''s helpdesk role. Returns the paths object. Raises 3F000 and 42501 as fn_maquina does.';

CREATE FUNCTION ticket_sm.api_openapi(esquema regnamespace) RETURNS json
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	rol ticket_sm.ticket_role := ticket_sm.exigir('consultar');
BEGIN
	RETURN json_build_object(
		'openapi', '3.0.3',
		'info', json_build_object('title', coalesce(split_part(obj_description(esquema, 'pg_namespace'), E'\n', 1), 'API'),
			'description', 'What the role ' || rol || ' may call.',
			'version', (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'ticket_sm')),
		'servers', json_build_array(json_build_object('url', '/api')),
		'paths', ticket_sm.api_doc_rutas(esquema, rol),
		'components', json_build_object('securitySchemes', json '{"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}',
			'schemas', ticket_sm.api_doc_esquemas() || jsonb '{"error": {"type": "object", "required": ["code", "message", "details", "hint", "detail"], "properties": {
				"code": {"type": "string", "description": "SQLSTATE, or who refused."},
				"message": {"type": "string", "description": "What went wrong; constant for a code starting with PT."},
				"details": {"type": "string", "nullable": true, "description": "The data of the case."},
				"hint": {"type": "string", "nullable": true, "description": "What to do."},
				"detail": {"type": "string", "description": "All of it in readable sentences."},
				"errores": {"type": "array", "description": "Of a 400 about fields: all of them, in the order of judgement; the first is the one that the other members tell of.",
				"items": {"type": "object", "required": ["campo", "codigo", "mensaje"], "properties": {
				"campo": {"type": "string", "description": "The field."},
				"codigo": {"type": "string", "description": "SQLSTATE."},
				"mensaje": {"type": "string", "description": "What is wrong with it, in readable sentences."}}}}}}}'));
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_openapi(regnamespace) IS
'The OpenAPI 3.0 document of an exposed schema, as far as the caller may call it. It is made of the COMMENTs: the first line is the summary; a line "POST /path" the path; "name (type, required): text" a field, type being string, uuid, integer, boolean, object or array (of uuids); a line "Receives a file ..." that the body is one, and the fields are those of the address; "Returns 200 as object: text" (an object of hoja_respuestas, [object], or binary; without it the rows of the view) and "Refuses with 400, 401." the answers; what is left, the description.
esquema: the schema that crear_api made. Returns the document. Raises what exigir raises.';

-- Making an API.

-- The wrappers are in plpgsql: one in SQL would be inlined into the statement that
-- PostgREST keeps prepared, and the next role of its connection would not be
-- asked for EXECUTE on it any more.
CREATE FUNCTION ticket_sm.plantilla_operaciones() RETURNS text
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
	WITH envoltura AS (
		SELECT o.orden, o.operacion AS nombre, o.clase, concat_ws(E'\n', o.resumen,
			CASE o.clase WHEN 'ticket' THEN 'POST /tickets/{ticket_id}/' ELSE 'POST /tickets/' END || o.operacion,
			o.notas,
			(SELECT string_agg(format('%s (%s%s): %s', p.nombre_json, p.tipo_json, CASE WHEN p.requerido THEN ', required' ELSE '' END,
				p.descripcion), E'\n' ORDER BY p.orden)
				FROM ticket_sm.hoja_parametros() p WHERE p.operacion = o.operacion AND p.nombre_json IS NOT NULL),
			CASE o.clase WHEN 'creacion' THEN 'Returns 201 as creado: ticketUuid, ticketLabel, estado, tipo, prioridad, slaHoras, '
				'fechaCreacion, fechaLimiteSla, mensaje.' || E'\n' || 'Refuses with 400, 401, 403, 409, 413, 423, 429.'
			WHEN 'solicitante' THEN 'Returns 200 as respondido: message, ticketUuid, ticketLabel, estadoAnterior, estado, fecha.' || E'\n'
				|| 'Refuses with 400, 401, 403, 404, 409, 413, 423, 429.'
			ELSE 'Returns 200 as operado: message, and the ticket''s new state: ticketUuid, ticketLabel, estadoAnterior, estado, area, '
				'agenteId, prioridad, fechaLimiteSla, version, actualizadoEn.' || E'\n'
				|| 'Refuses with 400, 401, 403, 404, 409, 412, 413, 423.' END) AS texto
		FROM ticket_sm.hoja_operaciones() o
		WHERE o.clase IN ('creacion', 'ticket', 'solicitante')
	)
	SELECT string_agg(format(
		E'CREATE FUNCTION @api@.%1$I(json) RETURNS json LANGUAGE plpgsql\n'
			'\tAS ''BEGIN RETURN ticket_sm.%2$s$1, @mesa_en_cuerpo@); END'';\n'
			'COMMENT ON FUNCTION @api@.%1$I(json) IS %3$L;\n'
			'REVOKE ALL ON FUNCTION @api@.%1$I(json) FROM PUBLIC;\n'
			'GRANT EXECUTE ON FUNCTION @api@.%1$I(json) TO %4$s;\n',
		nombre, CASE clase WHEN 'ticket' THEN format('api_operar(''''%s'''', ', nombre) ELSE format('api_%s(', nombre) END, texto,
		'@rol_admin@, @rol_mesa@, @rol_area@' || CASE clase WHEN 'ticket' THEN '' ELSE ', @rol_publico@' END),
		E'\n' ORDER BY orden)
	FROM envoltura
$funcion$;
COMMENT ON FUNCTION ticket_sm.plantilla_operaciones() IS
'A template: the functions of an API that make and change tickets, out of the sheet of operations. What a role may do with tickets is decided by the table permiso, so agents may call every operation, and are told. No parameters. Returns its text.';

CREATE FUNCTION ticket_sm.api_guion(guion text, esquema name, mesa name, pgcrypto name, roles name[]) RETURNS text
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	marca text;
	valor text;
BEGIN
	FOR marca, valor IN VALUES ('api', quote_ident(esquema)), ('api_nombre', quote_literal(quote_ident(esquema))),
			('mesa', quote_ident(mesa)), ('mesa_nombre', quote_literal(mesa)),
			('mesa_en_cuerpo', replace(quote_literal(mesa), '''', '''''')),
			('ticket', quote_literal(format('%I.ticket', mesa))), ('pgcrypto', quote_ident(pgcrypto)),
			('rol_admin', quote_ident(roles[1])), ('rol_mesa', quote_ident(roles[2])),
			('rol_area', quote_ident(roles[3])), ('rol_publico', quote_ident(roles[4])) LOOP
		guion := replace(guion, '@' || marca || '@', valor);
	END LOOP;
	RETURN guion;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_guion(text, name, name, name, name[]) IS
'A template of an API with its placeholders replaced, for crear_api.
guion: the template.
esquema, mesa, pgcrypto: the schemas of the API, of the mesa, and of that extension.
roles: the database roles of ADMIN, MESA, AREA and PUBLICO. Returns the script. Raises nothing.';

CREATE FUNCTION ticket_sm.api_requisitos(mesa name, pgcrypto name, OUT roles name[])
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
BEGIN
	roles := ticket_sm.roles_concedibles(mesa);
	IF pgcrypto IS NULL THEN
		RAISE EXCEPTION 'extension "pgcrypto" is required for the API'
			USING ERRCODE = 'undefined_object', DETAIL = 'It hashes the passwords and signs the tokens.',
			HINT = 'Run CREATE EXTENSION pgcrypto.';
	END IF;
	IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = roles[1] AND NOT has_schema_privilege(r.oid, pgcrypto, 'USAGE')) THEN
		RAISE EXCEPTION 'role "%" may not use the schema of pgcrypto', roles[1]
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'ADMIN sets the passwords of users.',
			HINT = format('Run GRANT USAGE ON SCHEMA %I TO %I.', pgcrypto, roles[1]);
	END IF;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_requisitos(name, name) IS
'What crear_api needs before it begins.
mesa: schema of the mesa.
pgcrypto: schema of that extension; NULL when there is none.
Returns the database roles of ADMIN, MESA, AREA and PUBLICO. Raises 3F000, 42704, 22023, 0LP01 and 42501 as crear_api tells.';

CREATE FUNCTION ticket_sm.crear_api(esquema name DEFAULT 'api', mesa name DEFAULT 'helpdesk')
	RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	pgcrypto name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'pgcrypto');
	propietario name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = mesa AND c.relname = 'ticket');
	guiones text[] := ARRAY[ticket_sm.plantilla_operaciones(), ticket_sm.plantilla_api()];
	guion text;
	campo text;
	valor name;
	roles name[4];
BEGIN
	FOR campo, valor IN VALUES ('esquema', esquema), ('mesa', mesa) LOOP
		IF valor IS NULL OR valor = '' THEN
			RAISE EXCEPTION 'parameter "%" is required', campo USING ERRCODE = 'null_value_not_allowed';
		ELSIF strpos(valor, '@') > 0 THEN
			RAISE EXCEPTION 'invalid name for parameter "%"', campo
				USING ERRCODE = 'invalid_name', DETAIL = 'The name must not contain "@".';
		END IF;
	END LOOP;
	roles := ticket_sm.api_requisitos(mesa, pgcrypto);
	PERFORM ticket_sm.conceder_como_duenio(mesa, roles);
	IF to_regclass(format('%I.credencial', mesa)) IS NULL THEN
		guiones := ticket_sm.plantilla_credenciales() || guiones;
	END IF;

	-- All of it is the mesa's owner's, whoever calls this: the login function
	-- runs with its owner's rights.  And made as the owner, as it refers to what
	-- the owner has written.
	EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', esquema, propietario);
	FOREACH guion IN ARRAY guiones LOOP
		PERFORM ticket_sm.como_duenio(mesa, ticket_sm.api_guion(guion, esquema, mesa, pgcrypto, roles));
	END LOOP;
	NOTIFY pgrst, 'reload schema';
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.crear_api(name, name) IS
'Makes the schema that PostgREST exposes for a mesa: a function for each documented path, views for the lists. The first API of a mesa also makes its tables credencial (password hashes) and api_secreto (the key that signs the tokens). All of it belongs to the mesa''s owner.
esquema: name of the schema, which must not exist; api unless given.
mesa: schema of the mesa; helpdesk unless given.
Returns nothing.
Raises 22004 (a name is NULL or empty), 42602 (a name contains @), 3F000 (no such mesa), 42704 (pgcrypto is missing), 22023 (the table rol is incomplete), 0LP01 (it names a role that nothing is granted to: a superuser, one that can log in or create others, one of the server''s own), 42P06 (the schema exists), 42501 (the caller is not the mesa''s owner, the owner may not grant what a role lacks, or ADMIN may not use the schema of pgcrypto).';

