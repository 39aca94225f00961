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
	LANGUAGE plpgsql IMMUTABLE
AS $funcion$
DECLARE
	clase text := json_typeof(datos -> campo);
	valor text;
BEGIN
	IF clase IS NULL OR clase = 'null' THEN
		RETURN NULL;
	END IF;
	IF clase <> (CASE tipo WHEN 'uuid' THEN 'string' WHEN 'integer' THEN 'number' ELSE tipo END) THEN
		RAISE EXCEPTION 'field "%" has the wrong type', campo
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('The JSON type is %s; %s is expected.', clase, tipo);
	END IF;
	valor := datos ->> campo;
	IF tipo = 'uuid' THEN
		valor := nullif(btrim(valor, E' \t\n\r'), '');
		IF valor !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
			RAISE EXCEPTION 'field "%" is not a uuid', campo
				USING ERRCODE = 'invalid_text_representation',
				DETAIL = 'A uuid looks like 123e4567-e89b-42d3-a456-426614174000.';
		END IF;
	ELSIF tipo = 'integer' AND (valor !~ '^-?[0-9]{1,10}$' OR valor::bigint NOT BETWEEN -2147483648 AND 2147483647) THEN
		RAISE EXCEPTION 'field "%" is not an integer', campo
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'A whole number of at most 2147483647 is expected.';
	END IF;
	RETURN valor;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_campo(json, text, text) IS
'A field of a JSON body, for the REST API.
datos: the body.
campo: name of the field.
tipo: string (unless given), uuid, integer or boolean.
Returns its value as text; NULL when it is missing or null.
Raises 22023 (the JSON type is another one, or no integer), 22P02 (no uuid).';

CREATE FUNCTION ticket_sm.api_texto(datos json, campo text, minimo integer, maximo integer, requerido boolean DEFAULT false)
	RETURNS text
	LANGUAGE plpgsql IMMUTABLE
AS $funcion$
DECLARE
	valor text := nullif(btrim(ticket_sm.api_campo(datos, campo), E' \t\n\r\f\v'), '');
	raro text := substring(valor FROM U&'[\0001-\001F\007F-\009F]');
BEGIN
	IF valor IS NULL THEN
		IF requerido THEN
			RAISE EXCEPTION 'field "%" is required', campo USING ERRCODE = 'null_value_not_allowed';
		END IF;
	ELSIF raro IS NOT NULL THEN
		RAISE EXCEPTION 'field "%" contains a control character', campo
			USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('The character is U+%s.', lpad(upper(to_hex(ascii(raro))), 4, '0'));
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
COMMENT ON FUNCTION ticket_sm.api_texto(json, text, integer, integer, boolean) IS
'A text field of a JSON body, trimmed and checked, for the users of the REST API; the fields of a ticket are checked by the functions fn_*.
datos: the body.
campo: name of the field.
minimo, maximo: length in characters.
requerido: whether it must be there; false unless given.
Returns the text; NULL when it is missing, null or blank.
Raises 22004 (required), 22001 (too long), 22023 (too short, another JSON type, a control character).';

CREATE FUNCTION ticket_sm.api_error(estado text, mensaje text, detalle text, consejo text,
	peticion json DEFAULT NULL, nombres jsonb DEFAULT '{}')
	RETURNS void
	LANGUAGE plpgsql STABLE
AS $funcion$
DECLARE
	nombre record;
	antes text := mensaje;
BEGIN
	IF estado IN ('40001', '40P01') THEN	-- PostgREST 12 retries 40001 for ever
		RAISE EXCEPTION 'conflict with another transaction'
			USING ERRCODE = 'PT409', DETAIL = mensaje, HINT = 'Try again.';
	ELSIF estado = '55P03' THEN
		RAISE EXCEPTION 'locked by another transaction'
			USING ERRCODE = 'PT423', DETAIL = mensaje, HINT = 'Try again.';
	ELSIF estado LIKE '55%' THEN
		RAISE EXCEPTION 'not possible at present' USING ERRCODE = 'PT409', DETAIL = mensaje, HINT = consejo;
	ELSIF estado IN ('P0002', 'P0003') THEN
		RAISE EXCEPTION 'refused by a rule of the database' USING ERRCODE = 'PT400', DETAIL = mensaje, HINT = consejo;
	ELSIF estado = '57014' THEN
		RAISE EXCEPTION 'operation took too long' USING ERRCODE = 'PT504', DETAIL = mensaje, HINT = 'Try again.';
	ELSIF estado ~ '^(08|53|57P|PGRST)' OR (estado LIKE 'PT%' AND estado !~ '^PT4[0-9][0-9]$') THEN
		-- 503 would make PostgREST 12 drop its connections; PGRST can set any header
		RAISE EXCEPTION 'internal error' USING ERRCODE = 'PT500', DETAIL = mensaje, HINT = consejo;
	ELSIF estado LIKE 'PT%' AND mensaje !~ '^[ -~]{1,100}$' THEN
		-- the message of a PT error becomes the status line
		RAISE EXCEPTION 'refused by a rule of the database' USING ERRCODE = estado, DETAIL = mensaje, HINT = consejo;
	ELSIF estado = '22P05' THEN
		RAISE EXCEPTION 'field "%" contains a control character',
			coalesce(substring(peticion::text FROM '"(\w+)"\s*:\s*"(?:[^"\\]|\\.)*?\\u0000'), '?')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The character is U+0000.';
	ELSIF estado LIKE '22%' THEN
		FOR nombre IN SELECT key, value FROM jsonb_each_text(nombres) LOOP
			mensaje := replace(mensaje, format('"%s"', nombre.key), format('"%s"', nombre.value));
		END LOOP;
		IF mensaje <> antes THEN
			RAISE EXCEPTION '%', mensaje USING ERRCODE = estado, DETAIL = detalle, HINT = consejo;
		END IF;
	END IF;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_error(text, text, text, text, json, jsonb) IS
'Raises an error anew where PostgREST 12 would not pass it on as it should: it retries 40001 for ever, answers 500 to a lock that was not to be had, reconnects after a 503, and puts the message of a PT error into the status line.
estado, mensaje, detalle, consejo: the error, its texts empty where it has none.
peticion: the request, in which a field with U+0000 is looked for.
nombres: what a message calls a field, and what the client does: {"area": "nuevaArea"}.
Returns nothing when the error may be raised as it is.
Raises PT409, PT423, PT400, PT504, PT500, or the same SQLSTATE with other texts.';

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

CREATE FUNCTION ticket_sm.api_crear(peticion json) RETURNS json
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	cabeceras json := nullif(current_setting('request.headers', true), '');
	datos json;
	t ticket_sm.ticket_creado;
	estado text; mensaje text; detalle text; consejo text;
BEGIN
	PERFORM ticket_sm.exigir('crear');
	datos := ticket_sm.api_datos(peticion);
	SELECT * INTO t FROM ticket_sm.fn_crear_ticket(
		nombre => ticket_sm.api_campo(datos, 'nombre'),
		documento => ticket_sm.api_campo(datos, 'documento'),
		email => ticket_sm.api_campo(datos, 'email'),
		telefono => ticket_sm.api_campo(datos, 'telefono'),
		tiene_whatsapp => coalesce(ticket_sm.api_campo(datos, 'tieneWhatsapp', 'boolean')::boolean, false),
		empresa_departamento => ticket_sm.api_campo(datos, 'empresaDepartamento'),
		tipo => ticket_sm.api_campo(datos, 'tipo'),
		categoria => ticket_sm.api_campo(datos, 'categoria'),
		subcategoria => ticket_sm.api_campo(datos, 'subcategoria'),
		asunto => ticket_sm.api_campo(datos, 'asunto'),
		descripcion => ticket_sm.api_campo(datos, 'descripcion'),
		prioridad => ticket_sm.api_campo(datos, 'prioridad'),
		area => coalesce(nullif(btrim(ticket_sm.api_campo(datos, 'areaAsignada')), ''), 'MESA'),
		ip => substring(cabeceras ->> 'x-real-ip' FROM '^[0-9a-fA-F.:]+$')::inet,
		clave_idempotencia => coalesce(cabeceras ->> 'idempotency-key',
			ticket_sm.api_campo(datos, 'claveIdempotencia')));
	SET CONSTRAINTS ALL IMMEDIATE;	-- their errors too are translated below
	PERFORM set_config('response.status', '201', true);
	RETURN json_build_object('ticketUuid', t.ticket_uuid, 'ticketLabel', t.ticket_label, 'estado', t.estado,
		'tipo', t.tipo, 'prioridad', t.prioridad, 'slaHoras', t.sla_horas, 'fechaCreacion', t.fecha_creacion,
		'fechaLimiteSla', t.fecha_limite_sla, 'mensaje', format('Ticket %s creado', t.ticket_label));
EXCEPTION WHEN OTHERS OR query_canceled THEN
	GET STACKED DIAGNOSTICS estado = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
		detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT;
	PERFORM ticket_sm.api_error(estado, mensaje, detalle, consejo, peticion,
		'{"tiene_whatsapp": "tieneWhatsapp", "empresa_departamento": "empresaDepartamento", "area": "areaAsignada",
		"clave_idempotencia": "claveIdempotencia"}');
	RAISE;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_crear(json) IS
'POST /tickets/crear of the REST API: fn_crear_ticket with the body''s fields in camelCase. The headers of request.headers X-Real-IP (set by nginx) and Idempotency-Key give ip and clave_idempotencia; the header beats the body''s claveIdempotencia.
peticion: the request, with datos. Returns the answer; the status is 201.
Raises what fn_crear_ticket raises, 22023 for a wrong JSON type, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_operar(operacion ticket_sm.ticket_operation, peticion json) RETURNS json
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	datos json;
	id uuid;
	version integer;
	motivo text;
	t ticket_sm.ticket_operado;
	estado text; mensaje text; detalle text; consejo text;
BEGIN
	PERFORM ticket_sm.exigir(operacion);
	datos := ticket_sm.api_datos(peticion);
	id := ticket_sm.api_campo(peticion, 'ticket_id', 'uuid');
	version := ticket_sm.api_campo(datos, 'version', 'integer');
	IF operacion NOT IN ('actualizar', 'resolver') THEN
		motivo := ticket_sm.api_campo(datos, 'motivo');
	END IF;
	CASE operacion
		WHEN 'asignar' THEN
			SELECT * INTO t FROM ticket_sm.fn_asignar(id, ticket_sm.api_campo(datos, 'agenteId', 'uuid')::uuid,
				ticket_sm.api_campo(datos, 'area'), motivo, version);
		WHEN 'transferir' THEN
			SELECT * INTO t FROM ticket_sm.fn_transferir(id, ticket_sm.api_campo(datos, 'nuevaArea'), motivo,
				ticket_sm.api_campo(datos, 'agenteId', 'uuid')::uuid, version);
		WHEN 'reclasificar' THEN
			SELECT * INTO t FROM ticket_sm.fn_reclasificar(id, ticket_sm.api_campo(datos, 'nuevoTipo'),
				ticket_sm.api_campo(datos, 'nuevaCategoria'), ticket_sm.api_campo(datos, 'nuevaSubcategoria'),
				ticket_sm.api_campo(datos, 'nuevaPrioridad'), motivo, version);
		WHEN 'pausar' THEN
			SELECT * INTO t FROM ticket_sm.fn_pausar(id, motivo, version);
		WHEN 'reabrir' THEN
			SELECT * INTO t FROM ticket_sm.fn_reabrir(id, motivo, version);
		WHEN 'actualizar' THEN
			SELECT * INTO t FROM ticket_sm.fn_actualizar(id, ticket_sm.api_campo(datos, 'nota'),
				ticket_sm.api_campo(datos, 'respuesta'), version);
		WHEN 'resolver' THEN
			SELECT * INTO t FROM ticket_sm.fn_resolver(id, ticket_sm.api_campo(datos, 'respuesta'), version);
		WHEN 'cancelar' THEN
			SELECT * INTO t FROM ticket_sm.fn_cancelar(id, motivo, version);
		WHEN 'archivar' THEN
			SELECT * INTO t FROM ticket_sm.fn_archivar(id, motivo, version);
		ELSE
			RAISE EXCEPTION 'no operation on a ticket: %', operacion USING ERRCODE = 'invalid_parameter_value';
	END CASE;
	SET CONSTRAINTS ALL IMMEDIATE;	-- their errors too are translated below
	RETURN json_build_object('message', format('Ticket %s %s', t.ticket_label,
			CASE operacion WHEN 'asignar' THEN 'asignado' WHEN 'transferir' THEN 'transferido'
				WHEN 'reclasificar' THEN 'reclasificado' WHEN 'pausar' THEN 'pausado' WHEN 'reabrir' THEN 'reabierto'
				WHEN 'actualizar' THEN 'actualizado' WHEN 'resolver' THEN 'resuelto'
				WHEN 'cancelar' THEN 'cancelado' ELSE 'archivado' END),
		'ticketUuid', t.ticket_uuid, 'ticketLabel', t.ticket_label, 'estadoAnterior', t.estado_anterior,
		'estado', t.estado, 'area', t.area, 'agenteId', t.agente_id, 'prioridad', t.prioridad,
		'fechaLimiteSla', t.fecha_limite_sla, 'version', t.version, 'actualizadoEn', t.actualizado_en);
EXCEPTION WHEN OTHERS OR query_canceled THEN
	GET STACKED DIAGNOSTICS estado = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
		detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT;
	PERFORM ticket_sm.api_error(estado, mensaje, detalle, consejo, peticion,
		CASE operacion WHEN 'asignar' THEN jsonb '{"agente_id": "agenteId"}'
			WHEN 'transferir' THEN jsonb '{"agente_id": "agenteId", "area": "nuevaArea"}'
			WHEN 'reclasificar' THEN jsonb '{"tipo": "nuevoTipo", "categoria": "nuevaCategoria",
				"subcategoria": "nuevaSubcategoria", "prioridad": "nuevaPrioridad"}'
			ELSE jsonb '{}' END);
	RAISE;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_operar(ticket_sm.ticket_operation, json) IS
'POST /tickets/{ticket_id}/... of the REST API: the function fn_* of the operation, with the body''s fields in camelCase.
operacion: asignar to archivar.
peticion: the request, with ticket_id from the path and datos.
Returns a message and the ticket as it now stands.
Raises what the function raises, PT401 as exigir does, 22023 for a wrong JSON type, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_consultar(peticion json) RETURNS json
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	datos json;
	t ticket_sm.ticket_consultado;
	estado text; mensaje text; detalle text; consejo text;
BEGIN
	PERFORM ticket_sm.exigir('consultar');
	datos := ticket_sm.api_datos(peticion);
	SELECT * INTO t FROM ticket_sm.fn_consultar(ticket_sm.api_campo(datos, 'label'), ticket_sm.api_campo(datos, 'email'));
	RETURN json_build_object('ticketUuid', t.ticket_uuid, 'ticketLabel', t.ticket_label,
		'ticketNum', substring(t.ticket_label FROM '\d+$')::bigint,
		'estadoNombre', t.estado, 'tipoSolicitud', t.tipo, 'categoria', t.categoria, 'subcategoria', t.subcategoria,
		'asunto', t.asunto, 'descripcionProblema', t.descripcion, 'respuestaCliente', t.respuesta_cliente,
		'areaAsignada', t.area, 'prioridadNombre', t.prioridad, 'solicitanteNombre', t.solicitante_nombre,
		'solicitanteEmail', t.solicitante_email, 'creadoEn', t.fecha_creacion, 'actualizadoEn', t.actualizado_en,
		'fechaLimiteSla', t.fecha_limite_sla, 'ultimaAccion', t.ultima_operacion,
		'ultimaFechaHistorial', t.ultima_fecha,
		-- the last event's words when they were for the requester; reasons and notes are internal
		'ultimoMotivo', CASE WHEN (t.respuestas -> -1 ->> 'fecha')::timestamptz = t.ultima_fecha
			THEN t.respuestas -> -1 ->> 'respuesta' END,
		'estadoAntes', t.estado_antes, 'estadoDespues', t.estado_despues,
		-- private: there, as the documentation has them, and always null
		'solicitanteTel', NULL, 'tieneWhatsapp', NULL, 'documento', NULL, 'empresaDepartamento', NULL,
		'ipRegistro', NULL, 'agenteId', NULL, 'ultimoActorNombre', NULL, 'ultimoActorRol', NULL,
		'ultimoComentario', NULL);
EXCEPTION WHEN OTHERS OR query_canceled THEN
	GET STACKED DIAGNOSTICS estado = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
		detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT;
	PERFORM ticket_sm.api_error(estado, mensaje, detalle, consejo, peticion, '{"ticket_label": "label"}');
	RAISE;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_consultar(json) IS
'POST and GET /tickets/consultar of the REST API: fn_consultar, under the documented keys.
peticion: the request, with datos.label and datos.email. Returns what the requester may see; private keys are null.
Raises what fn_consultar raises, 22023 for a wrong JSON type, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_ticket(peticion json) RETURNS json
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	todo jsonb;
	t jsonb;
	s jsonb;
	estado text; mensaje text; detalle text; consejo text;
BEGIN
	PERFORM ticket_sm.exigir('consultar');
	todo := ticket_sm.fn_ticket(ticket_sm.api_campo(peticion, 'ticket_id', 'uuid')::uuid);
	t := todo -> 'ticket';
	s := todo -> 'solicitante';
	RETURN json_build_object(
		'ticket', (SELECT json_object_agg(c.clave, coalesce(t -> c.columna, s -> c.columna) ORDER BY c.orden)
			FROM (VALUES (1, 'uuid', 'ticket_uuid'), (2, 'ticket_label', 'ticket_label'), (3, 'tipo_solicitud', 'tipo'),
				(4, 'categoria', 'categoria'), (5, 'subcategoria', 'subcategoria'), (6, 'asunto', 'asunto'),
				(7, 'descripcion_problema', 'descripcion'), (8, 'estado', 'estado'), (9, 'prioridad', 'prioridad'),
				(10, 'area_asignada', 'area'), (11, 'agente_id', 'agente_id'), (12, 'sla_horas', 'sla_horas'),
				(13, 'fecha_limite_sla', 'fecha_limite_sla'), (14, 'creado_en', 'fecha_creacion'),
				(15, 'actualizado_en', 'actualizado_en'), (16, 'respuesta_cliente', 'respuesta_cliente'),
				(17, 'version', 'version'), (18, 'solicitante_nombre', 'nombre'), (19, 'solicitante_email', 'email'),
				(20, 'solicitante_tel', 'telefono'), (21, 'tiene_whatsapp', 'tiene_whatsapp'),
				(22, 'documento', 'documento'), (23, 'empresa_departamento', 'empresa_departamento'),
				(24, 'ip_registro', 'ip_registro')) AS c(orden, clave, columna)),
		'solicitante', json_build_object('nombre', s -> 'nombre', 'email', s -> 'email', 'telefono', s -> 'telefono',
			'tieneWhatsapp', s -> 'tiene_whatsapp', 'documento', s -> 'documento',
			'empresaDepartamento', s -> 'empresa_departamento'),
		'historial', (SELECT json_agg(json_build_object('fecha', h -> 'ocurrido_en', 'accion', h -> 'operacion',
				'motivo', h -> 'motivo', 'comentario', nullif(concat_ws(E'\n', h ->> 'nota', h ->> 'respuesta'), ''),
				'actor_nombre', h -> 'actor_nombre', 'actor_rol', h -> 'actor_rol',
				'estado_antes', h -> 'estado_antes', 'estado_despues', h -> 'estado_despues',
				'area_antes', h -> 'area_antes', 'area_despues', h -> 'area_despues',
				'prioridad_antes', h -> 'prioridad_antes', 'prioridad_despues', h -> 'prioridad_despues') ORDER BY n)
			FROM jsonb_array_elements(todo -> 'historial') WITH ORDINALITY AS e(h, n)));
EXCEPTION WHEN OTHERS OR query_canceled THEN
	GET STACKED DIAGNOSTICS estado = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
		detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT;
	PERFORM ticket_sm.api_error(estado, mensaje, detalle, consejo, peticion);
	RAISE;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_ticket(json) IS
'GET /tickets/{ticket_id} of the REST API: fn_ticket, under the documented keys.
peticion: the request, with ticket_id from the path.
Returns {"ticket", "solicitante", "historial"}; comentario is the note, and the answer below it.
Raises what fn_ticket raises, PT401 as exigir does, and what api_error makes of other errors.';

CREATE FUNCTION ticket_sm.api_openapi(esquema regnamespace) RETURNS json
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	rol ticket_sm.ticket_role := ticket_sm.exigir('consultar');
BEGIN
	RETURN (
		WITH objeto AS (
			SELECT p.oid, 'f' AS clase, p.proname::text AS nombre, obj_description(p.oid, 'pg_proc') AS texto
			FROM pg_proc p
			WHERE p.pronamespace = esquema AND has_function_privilege(p.oid, 'EXECUTE')
			UNION ALL
			SELECT c.oid, 'v', c.relname, obj_description(c.oid, 'pg_class')
			FROM pg_class c
			WHERE c.relnamespace = esquema AND c.relkind = 'v' AND has_table_privilege(c.oid, 'SELECT')
		), linea AS (
			SELECT o.oid, o.clase, o.nombre, l.linea, l.n
			FROM objeto o, regexp_split_to_table(o.texto, '\n') WITH ORDINALITY AS l(linea, n)
			WHERE NOT EXISTS (SELECT FROM ticket_sm.fn_maquina() m
				WHERE m.operacion::text = o.nombre AND NOT rol = ANY (m.roles))
		), campo AS (
			-- name (type, required): text
			SELECT oid, n, c[1] AS nombre, c[2] AS tipo, c[3] IS NOT NULL AS requerido, c[4] AS texto
			FROM linea, regexp_match(linea, '^(\w+) \((string|uuid|integer|boolean)(, required)?\): (.*)$') AS c
			WHERE c IS NOT NULL
		), propiedad AS (
			SELECT c.oid, c.n, c.nombre, c.requerido, c.texto, CASE c.tipo
				WHEN 'uuid' THEN jsonb '{"type": "string", "format": "uuid"}'
				ELSE jsonb_build_object('type', c.tipo) END AS forma
			FROM campo c
		), cuerpo AS (
			SELECT oid, jsonb_build_object('type', 'object', 'properties',
					jsonb_object_agg(nombre, forma || jsonb_build_object('description', texto)))
				|| CASE WHEN bool_or(requerido) THEN jsonb_build_object('required', jsonb_agg(nombre ORDER BY n) FILTER (WHERE requerido))
					ELSE '{}' END AS forma
			FROM propiedad GROUP BY oid
		), fila AS (
			SELECT a.attrelid AS oid, jsonb_build_object('type', 'array', 'items', jsonb_build_object('type', 'object',
				'properties', jsonb_object_agg(a.attname, CASE
					WHEN a.atttypid = 'uuid'::regtype THEN jsonb '{"type": "string", "format": "uuid"}'
					WHEN a.atttypid = 'timestamptz'::regtype THEN jsonb '{"type": "string", "format": "date-time"}'
					WHEN a.atttypid = 'boolean'::regtype THEN jsonb '{"type": "boolean"}'
					WHEN a.atttypid = 'integer'::regtype THEN jsonb '{"type": "integer"}'
					WHEN a.atttypid = 'numeric'::regtype THEN jsonb '{"type": "number"}'
					ELSE jsonb '{"type": "string"}' || coalesce((SELECT jsonb_build_object('enum', jsonb_agg(e.enumlabel ORDER BY e.enumsortorder))
						FROM pg_enum e WHERE e.enumtypid = a.atttypid HAVING count(*) > 0), '{}') END
					|| jsonb_build_object('description', col_description(a.attrelid, a.attnum))))) AS forma
			FROM pg_attribute a JOIN objeto o ON o.oid = a.attrelid AND o.clase = 'v'
			WHERE a.attnum > 0 AND NOT a.attisdropped
			GROUP BY a.attrelid
		), respuesta AS (
			-- Returns 200: text; Refuses with 400, 401.
			SELECT l.oid, jsonb_object_agg(r.estado, jsonb_build_object('description', r.texto)
				|| CASE WHEN r.estado < '300' THEN coalesce((SELECT jsonb_build_object('content',
						jsonb_build_object('application/json', jsonb_build_object('schema', f.forma)))
						FROM fila f WHERE f.oid = l.oid), '{}')
					ELSE jsonb '{"content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}}' END) AS estados
			FROM linea l, LATERAL (
				SELECT c[1], c[2] FROM regexp_match(l.linea, '^Returns (\d+): (.*)$') AS c WHERE c IS NOT NULL
				UNION ALL
				SELECT e[1], CASE e[1] WHEN '400' THEN 'A field is missing or bad; the message names it.'
					WHEN '401' THEN 'No token, or one that is not valid.' WHEN '403' THEN 'The role or the area does not allow it.'
					WHEN '404' THEN 'There is no such thing.' WHEN '409' THEN 'Not possible in this state, or a conflict.'
					WHEN '412' THEN 'The version is stale.' WHEN '413' THEN 'The body is larger than 64 kB.'
					ELSE 'Locked by another transaction.' END
				FROM regexp_matches(substring(l.linea FROM '^Refuses with (.*)$'), '\d{3}', 'g') AS e
			) AS r(estado, texto)
			GROUP BY l.oid
		), descripcion AS (
			SELECT oid, string_agg(linea, E'\n' ORDER BY n) AS texto
			FROM linea
			WHERE n > 1 AND linea !~ '^(GET|POST|PATCH|DELETE) /' AND linea !~ '^(Returns \d+:|Refuses with)'
				AND linea !~ '^\w+ \((string|uuid|integer|boolean)(, required)?\): '
			GROUP BY oid
		), operacion AS (
			SELECT m[2] AS ruta, lower(m[1]) AS metodo, jsonb_build_object(
				'operationId', lower(m[1]) || '_' || l.nombre,
				'summary', (SELECT s.linea FROM linea s WHERE s.oid = l.oid AND s.n = 1),
				'responses', (SELECT r.estados FROM respuesta r WHERE r.oid = l.oid))
				|| coalesce((SELECT jsonb_build_object('description', d.texto) FROM descripcion d WHERE d.oid = l.oid), '{}')
				|| coalesce((SELECT jsonb_build_object('parameters', jsonb_agg(p.parametro)) FROM (
						SELECT jsonb_build_object('name', v[1], 'in', 'path', 'required', true,
							'schema', jsonb '{"type": "string", "format": "uuid"}') AS parametro
						FROM regexp_matches(m[2], '\{(\w+)\}', 'g') AS v
						UNION ALL
						SELECT jsonb_build_object('name', q.nombre, 'in', 'query', 'required', q.requerido,
							'description', q.texto, 'schema', q.forma)
						FROM propiedad q WHERE q.oid = l.oid AND m[1] = 'GET') AS p HAVING count(*) > 0), '{}')
				|| CASE WHEN m[1] IN ('POST', 'PATCH') THEN coalesce((SELECT jsonb_build_object('requestBody', jsonb_build_object(
						'required', c.forma ? 'required', 'content', jsonb_build_object('application/json',
						jsonb_build_object('schema', c.forma)))) FROM cuerpo c WHERE c.oid = l.oid), '{}') ELSE '{}' END
				|| CASE WHEN l.nombre NOT IN ('crear', 'consultar', 'login', 'openapi')
					THEN jsonb '{"security": [{"token": []}]}' ELSE jsonb '{"security": [{}, {"token": []}]}' END AS cosa
			FROM linea l, regexp_match(l.linea, '^(GET|POST|PATCH|DELETE) (/\S*)$') AS m
			WHERE m IS NOT NULL
		)
		SELECT json_build_object(
			'openapi', '3.0.3',
			'info', json_build_object('title', coalesce(split_part(obj_description(esquema, 'pg_namespace'), E'\n', 1), 'API'),
				'description', 'What the role ' || rol || ' may call.',
				'version', (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'ticket_sm')),
			'servers', json_build_array(json_build_object('url', '/api')),
			'paths', (SELECT jsonb_object_agg(r.ruta, r.metodos) FROM (
				SELECT ruta, jsonb_object_agg(metodo, cosa) AS metodos FROM operacion GROUP BY ruta) AS r),
			'components', json '{"securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
				"schemas": {"error": {"type": "object", "required": ["code", "message", "details", "hint", "detail"], "properties": {
				"code": {"type": "string", "description": "SQLSTATE, or who refused."},
				"message": {"type": "string", "description": "What went wrong; constant for a code starting with PT."},
				"details": {"type": "string", "nullable": true, "description": "The data of the case."},
				"hint": {"type": "string", "nullable": true, "description": "What to do."},
				"detail": {"type": "string", "description": "All of it in readable sentences."}}}}}'));
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.api_openapi(regnamespace) IS
'The OpenAPI 3.0 document of an exposed schema, as far as the caller may call it. It is made of the COMMENTs: the first line is the summary; a line "POST /path" the path; "name (type, required): text" a field, type being string, uuid, integer or boolean; "Returns 200: text" and "Refuses with 400, 401." the answers; what is left, the description.
esquema: the schema that crear_api made. Returns the document. Raises what exigir raises.';

CREATE FUNCTION ticket_sm.crear_api(esquema name DEFAULT 'api', mesa name DEFAULT 'helpdesk')
	RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	pgcrypto name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'pgcrypto');
	propietario name := (SELECT r.rolname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
		WHERE n.nspname = mesa);
	quien text := current_setting('role');
	guiones text[] := '{}';
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
	IF NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = mesa) AND c.relname = 'ticket'
			AND t.tgfoid = 'ticket_sm.tg_ticket_before'::regproc) THEN
		RAISE EXCEPTION 'schema "%" is not a mesa', mesa
			USING ERRCODE = 'invalid_schema_name', HINT = 'ticket_sm.crear_mesa() makes one.';
	END IF;
	IF pgcrypto IS NULL THEN
		RAISE EXCEPTION 'extension "pgcrypto" is required for the API'
			USING ERRCODE = 'undefined_object', DETAIL = 'It hashes the passwords and signs the tokens.',
			HINT = 'Run CREATE EXTENSION pgcrypto.';
	END IF;
	EXECUTE format('SELECT array_agg(r.rol_bd ORDER BY r.rol) FROM %I.rol r', mesa) INTO roles;
	IF cardinality(roles) IS DISTINCT FROM 4 THEN
		RAISE EXCEPTION 'the table rol of mesa "%" does not name all four roles', mesa
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF NOT has_schema_privilege(roles[1], pgcrypto, 'USAGE') THEN
		RAISE EXCEPTION 'role "%" may not use the schema of pgcrypto', roles[1]
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'ADMIN sets the passwords of users.',
			HINT = format('Run GRANT USAGE ON SCHEMA %I TO %I.', pgcrypto, roles[1]);
	END IF;

	PERFORM ticket_sm.conceder_funciones(roles[1], roles[2], roles[3], roles[4]);
	IF to_regclass(format('%I.credencial', mesa)) IS NULL THEN
		guiones := guiones || ticket_sm.plantilla_credenciales();
	END IF;
	guiones := guiones || ticket_sm.plantilla_api();

	-- All of it is the mesa's owner's, whoever calls this: the login function
	-- runs with its owner's rights.
	EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', esquema, propietario);
	PERFORM set_config('role', propietario, true);
	FOREACH guion IN ARRAY guiones LOOP
		guion := replace(guion, '@api@', quote_ident(esquema));
		guion := replace(guion, '@api_nombre@', quote_literal(quote_ident(esquema)));
		guion := replace(guion, '@mesa@', quote_ident(mesa));
		guion := replace(guion, '@mesa_nombre@', quote_literal(mesa));
		guion := replace(guion, '@ticket@', quote_literal(format('%I.ticket', mesa)));
		guion := replace(guion, '@pgcrypto@', quote_ident(pgcrypto));
		guion := replace(guion, '@rol_admin@', quote_ident(roles[1]));
		guion := replace(guion, '@rol_mesa@', quote_ident(roles[2]));
		guion := replace(guion, '@rol_area@', quote_ident(roles[3]));
		guion := replace(guion, '@rol_publico@', quote_ident(roles[4]));
		EXECUTE guion;
	END LOOP;
	PERFORM set_config('role', quien, true);
	NOTIFY pgrst, 'reload schema';
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.crear_api(name, name) IS
'Makes the schema that PostgREST exposes for a mesa: a function for each documented path, views for the lists. The first API of a mesa also makes its tables credencial (password hashes) and api_secreto (the key that signs the tokens). All of it belongs to the mesa''s owner.
esquema: name of the schema, which must not exist; api unless given.
mesa: schema of the mesa; helpdesk unless given.
Returns nothing.
Raises 22004 (a name is NULL or empty), 42602 (a name contains @), 3F000 (no such mesa), 42704 (pgcrypto is missing), 22023 (the table rol is incomplete), 42P06 (the schema exists), 42501 (the caller is not the mesa''s owner, or ADMIN may not use the schema of pgcrypto).';

