-- The API: the schema that PostgREST exposes, one object for each documented path.
--
-- ticket_sm.crear_api() makes the schema and runs this file in it, as the owner
-- of the mesa, with the placeholders between at-signs replaced (see schema/desk).
--
-- Every function takes one unnamed json, so that PostgREST hands the body over
-- as it came; rest/api.js puts together what the functions of ticket_sm expect.
-- Each is SECURITY INVOKER and names its mesa, with SET or as an argument: it is
-- the mesa's API whatever the session says, and several APIs do not mix.
--
-- The functions that make and change tickets are not here: they are stamped out
-- of the sheet of operations by ticket_sm.plantilla_operaciones().
--
-- The COMMENTs are the OpenAPI document; ticket_sm.api_openapi() tells the form.

COMMENT ON SCHEMA @api@ IS 'Help desk over HTTP
Made by ticket_sm.crear_api(); what PostgREST exposes.';


------------------------------------------------------------------------
-- 1. Tickets
------------------------------------------------------------------------

CREATE FUNCTION @api@.consultar(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_consultar($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.consultar(json) IS
'Shows a requester its ticket: state, dates, deadline and the answers meant for it.
POST /tickets/consultar
GET /tickets/consultar
Label and email must both match; which of the two is wrong is not told. A duplicate is led on: state, area, dates and answers are those of the ticket that goes on in its place. Reasons, notes, agents, documents and telephones are private: their keys are there and null.
label (string, required): label of the ticket, in any case.
email (string, required): the address it was created with, in any case.
conversacion (boolean): true: the answer has conversacion too, what was said by the requester and answered by the desk, the last 200 of it.
antes (integer): with conversacion: only what comes before this number, the conversacionCursor of the answer before.
Returns 200 as consultado: ticketUuid, ticketLabel, ticketNum, estadoNombre, tipoSolicitud, categoria, subcategoria, asunto, descripcionProblema, respuestaCliente, areaAsignada, prioridadNombre, solicitanteNombre, solicitanteEmail, creadoEn, actualizadoEn, fechaLimiteSla, ultimaAccion, ultimaFechaHistorial, ultimoMotivo, estadoAntes, estadoDespues, private keys, of a duplicate labelVigente, and if asked for conversacion [{numero, fecha, autor, texto}], oldest first, conversacionCursor.
Refuses with 400, 401, 403, 404, 413, 429.';

CREATE FUNCTION @api@.ticket(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_ticket($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.ticket(json) IS
'Shows an agent a ticket with its history.
GET /tickets/{ticket_id}
ADMIN and MESA see every ticket, AREA those of its area. The history is that of the last 200 events unless limite says otherwise, oldest first; earlier ones come with historialCursor as cursor.
limite (integer): events of the history at once, 1 to 1,000; 200 unless given.
cursor (integer): historialCursor of the page that came before.
Returns 200 as detalle: ticket {uuid, ticket_label, ...}, solicitante {nombre, ...}, historial [{fecha, accion, motivo, comentario, ...}], oldest first, historialCursor (null: there are no earlier ones), vinculos [{relacion, ticketLabel, estado, ...}], duplicados [{ticketLabel, fecha, autor, texto}], acciones [{operacion, ruta, estado, cuerpo, campos}], what the caller may do with it now.
Refuses with 400, 401, 403, 404.';

CREATE FUNCTION @api@.lista(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_lista($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.lista(json) IS
'Tickets page by page: open ones, or closed ones too, those that every parameter given lets pass.
GET /tickets
AREA sees its own area. A page begins behind the last row of the one whose cursor it is given, so that each ticket comes once, whatever happens to others meanwhile. A parameter that there is not is refused.
estado (string): states, separated by commas; a closed one asks for closed tickets.
area (string): an area.
agenteId (uuid): the agent that has it.
mios (boolean): true, those that the caller has.
sinAsignar (boolean): true, those that nobody has.
prioridad (string): a priority.
tipo (string): a kind of request.
categoria (string): a category.
vencido (boolean): true, what is overdue; false, what is not.
venceEnHoras (integer): what is due within so many hours, or was already.
solicitante (string): the requester''s address.
creadoDesde (string): created from this day or time on, in ISO 8601; without an offset that of the desk.
creadoHasta (string): created before this time, or up to the end of this day.
texto (string): words, or their beginnings, all of which are in its label, subject, description, category, answers, messages, or the requester''s name, address, company, telephone or document.
cerrados (boolean): true, closed tickets too.
orden (string): creacion (unless given), the oldest first; reciente, the newest first; limite, the nearest deadline first.
cursor (string): that of the answer before, to get what comes after it; with the same parameters.
limite (integer): rows of a page, 1 to 500; 50 unless given.
total (boolean): true, the answer tells how many there are in all.
Returns 200 as lista: tickets [{ticketUuid, ticketLabel, asunto, ...}], cursor, and total if asked for.
Refuses with 400, 401, 403, 423.';

CREATE FUNCTION @api@.lote(json) RETURNS json LANGUAGE plpgsql
	AS 'BEGIN RETURN ticket_sm.api_lote($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.lote(json) IS
'Does one operation on many tickets.
POST /tickets/lote
Each ticket by itself, in the order of their uuids: what is refused leaves the others alone, unless todoONada is true.
operacion (string, required): an operation on a ticket, such as resolver.
tickets (array, required): uuids, at most 1,000.
campos (object): the fields of the operation, the same for all.
todoONada (boolean): true: one that is refused undoes all, and is the error; false unless given.
Returns 200 as lote: resultados [{ticketUuid, ticketLabel, hecho, estadoAnterior, estado, version, codigo, mensaje, detalle}], in the order of their uuids, hechos, rechazados.
Refuses with 400, 401, 403, 404, 409, 412, 413, 423.';

CREATE FUNCTION @api@.eventos(json) RETURNS json LANGUAGE plpgsql
	AS 'BEGIN RETURN ticket_sm.api_eventos($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.eventos(json) IS
'Tells what has happened since a cursor.
GET /eventos
The outbox in its order, without a gap: the operations that the desk has written there (configuracion.eventos), as long as they are kept. AREA sees the events of tickets that are in its area now.
cursor (integer): that of the answer before; 0, the beginning, unless given.
limite (integer): events at once, 1 to 1,000; 100 unless given.
Returns 200 as eventos: eventos [{eventoId, ticketUuid, version, operacion, ocurridoEn, ticketLabel, estadoAntes, estado, tipo, categoria, prioridad, area, agenteId, fechaLimiteSla, and of the clock''s objetivo, umbral, limite}], cursor, hayMas (ask again at once; there may be no event of the caller''s in between).
Refuses with 400, 401, 403.';

------------------------------------------------------------------------
-- 1a. Catalogues
------------------------------------------------------------------------

CREATE FUNCTION @api@.mesa(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_mesa($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.mesa(json) IS
'Tells what a form is built of, for anyone.
GET /mesa
Areas are those that get tickets, categories those that the desk proposes; a ticket may have others. Of each at most 1,000 are listed.
Returns 200 as mesa: nombre, zonaHoraria, categorias, areas, tipos, prioridades [{nombre, slaHoras}], campos [{operacion, campo, tipo, requerido, minimo, maximo, variasLineas}], lengths in characters.
Refuses with 401, 403, 429.';

CREATE FUNCTION @api@.areas(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_catalogo(''areas'', $1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.areas(json) IS
'Lists the areas, those switched off too.
GET /areas
limite (integer): how many, 1 to 1,000; 1,000 unless given.
cursor (string): name of the last one of the page before.
Returns 200 as [area]: array of {nombre, activa}.
Refuses with 400, 401, 403.';

CREATE FUNCTION @api@.prioridades(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_catalogo(''prioridades'', $1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.prioridades(json) IS
'Lists the priorities, the least urgent first.
GET /prioridades
limite (integer): how many, 1 to 1,000; 1,000 unless given.
cursor (string): name of the last one of the page before.
Returns 200 as [prioridad]: array of {nombre, slaHoras}.
Refuses with 400, 401, 403.';

CREATE FUNCTION @api@.tipos(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_catalogo(''tipos'', $1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.tipos(json) IS
'Lists the types of tickets.
GET /tipos
Returns 200 as [string]: array of strings.
Refuses with 401, 403.';

CREATE FUNCTION @api@.agentes(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_catalogo(''agentes'', $1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.agentes(json) IS
'Lists the agents to whom a ticket can be assigned.
GET /agentes
ADMIN and MESA see all that are active; with area those of it, and those of role ADMIN or MESA, who belong to each. AREA sees those of its area.
area (string): an area, in any case.
limite (integer): how many, 1 to 1,000; 1,000 unless given.
cursor (uuid): id of the last one of the page before.
Returns 200 as [agente]: array of {id, nombre, email, rol, area}, by name.
Refuses with 400, 401, 403.';

CREATE FUNCTION @api@.maquina(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_catalogo(''maquina'', $1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.maquina(json) IS
'Tells the machine: the states, the operations, who may do them.
GET /maquina
Returns 200 as maquina: estados [{estado, abierto, resuelto, reloj}], operaciones [{operacion, permitida (whether the caller may), motivoRequerido, roles, transiciones [{desde, hasta}]}].
Refuses with 401, 403.';

CREATE FUNCTION @api@.yo(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_catalogo(''yo'', $1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.yo(json) IS
'Tells who is calling.
GET /auth/me
Returns 200 as yo: id, nombre, email, rol, area, and exp, the second since 1970 until which the token holds.
Refuses with 401, 403.';

------------------------------------------------------------------------
-- 1b. Files
--
-- Their content is a body of bytes, both ways.  PostgREST gives a function of
-- one unnamed bytea the body as it came; the type of what is returned is the
-- media type that is asked for.
------------------------------------------------------------------------

CREATE DOMAIN @api@."application/octet-stream" AS bytea;
COMMENT ON DOMAIN @api@."application/octet-stream" IS 'The bytes of a file, as PostgREST is asked for them.';

CREATE FUNCTION @api@.adjuntar(bytea) RETURNS json LANGUAGE plpgsql
	AS 'BEGIN RETURN ticket_sm.api_adjuntar($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.adjuntar(bytea) IS
'Attaches a file to a ticket; the body is the file.
POST /tickets/{ticket_id}/adjuntos
Receives a file of at most 10 MiB, unless the desk says otherwise. Its Content-Type counts where the first bytes leave open what it is. The same file under the same name from the same sender is one attachment, however often it comes.
archivo (string, required): name of the file, at most 150 characters are kept; it is made harmless rather than refused.
publico (boolean): true, the requester sees it; false unless given.
version (integer): the version the caller has seen; when given, it must be the current one.
Returns 201 as adjuntado: message, ticketUuid, ticketLabel, estadoAnterior, estado, version, actualizadoEn, and of the file adjuntoId, archivo, tipoContenido, bytes, sha256, publico.
Refuses with 400, 401, 403, 404, 409, 412, 413, 423.';

CREATE FUNCTION @api@.adjuntar_publico(bytea) RETURNS json LANGUAGE plpgsql
	AS 'BEGIN RETURN ticket_sm.api_adjuntar($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.adjuntar_publico(bytea) IS
'Attaches a file to a ticket, for its requester; the body is the file.
POST /tickets/adjuntos
Receives a file of at most 10 MiB, unless the desk says otherwise. Label and email must both match; which of the two is wrong is not told. What a requester sends is public.
label (string, required): label of the ticket, in any case.
email (string, required): the address it was created with, in any case.
archivo (string, required): name of the file, at most 150 characters are kept; it is made harmless rather than refused.
Returns 201 as adjuntado: message, ticketUuid, ticketLabel, estadoAnterior, estado, version, actualizadoEn, and of the file adjuntoId, archivo, tipoContenido, bytes, sha256, publico.
Refuses with 400, 401, 403, 404, 409, 413, 423, 429.';

CREATE FUNCTION @api@.adjuntos(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_adjuntos($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.adjuntos(json) IS
'Lists the files of a ticket, the oldest first.
GET /tickets/{ticket_id}/adjuntos
Also those that were taken away, without their names, and the public ones of its duplicates.
Returns 200 as [adjunto]: array of {adjuntoId, archivo, tipoContenido, bytes, sha256, publico, adjuntadoEn, actorNombre, actorRol, version, retiradoEn, ticketLabel}.
Refuses with 400, 401, 403, 404.';

CREATE FUNCTION @api@.adjuntos_publico(json) RETURNS json LANGUAGE plpgsql STABLE
	AS 'BEGIN RETURN ticket_sm.api_adjuntos($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.adjuntos_publico(json) IS
'Lists the public files of a ticket for its requester, the oldest first.
GET /tickets/adjuntos
label (string, required): label of the ticket, in any case.
email (string, required): the address it was created with, in any case.
Returns 200 as [archivo]: array of {adjuntoId, archivo, tipoContenido, bytes, adjuntadoEn, propio}.
Refuses with 400, 401, 403, 404, 429.';

CREATE FUNCTION @api@.adjunto(json) RETURNS @api@."application/octet-stream" LANGUAGE plpgsql
	AS 'BEGIN RETURN ticket_sm.api_adjunto($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.adjunto(json) IS
'Gives the content of a file.
GET /tickets/{ticket_id}/adjuntos/{adjunto_id}
Always to be saved (Content-Disposition: attachment), never shown.
Returns 200 as binary: the file.
Refuses with 400, 401, 403, 404.';

CREATE FUNCTION @api@.adjunto_publico(json) RETURNS @api@."application/octet-stream" LANGUAGE plpgsql
	AS 'BEGIN RETURN ticket_sm.api_adjunto($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.adjunto_publico(json) IS
'Gives the requester the content of a public file.
GET /tickets/adjuntos/{adjunto_id}
Always to be saved (Content-Disposition: attachment), never shown.
label (string, required): label of the ticket, in any case.
email (string, required): the address it was created with, in any case.
Returns 200 as binary: the file.
Refuses with 400, 401, 403, 404, 429.';

CREATE FUNCTION @api@.retirar_adjunto(json) RETURNS json LANGUAGE plpgsql
	AS 'BEGIN RETURN ticket_sm.api_retirar_adjunto($1, @mesa_en_cuerpo@); END';
COMMENT ON FUNCTION @api@.retirar_adjunto(json) IS
'Takes the content and the name of a file away for good, as of one that was sent by mistake.
POST /tickets/{ticket_id}/adjuntos/{adjunto_id}/retirar
What stays is that there was one: its size, its type, its digest, and who has sent it. Of closed tickets too.
motivo (string, required): reason, 3 to 2,000 characters, internal.
version (integer): the version the caller has seen; when given, it must be the current one.
Returns 200 as adjuntado: message, ticketUuid, ticketLabel, estadoAnterior, estado, version, actualizadoEn, and of the file adjuntoId, archivo, tipoContenido, bytes, sha256, publico.
Refuses with 400, 401, 403, 404, 409, 412, 413, 423.';

------------------------------------------------------------------------
-- 2. Lists
--
-- Row-level security chooses the rows: AREA sees its area.  exigir() refuses a
-- token that is no longer true, once for the whole list.
------------------------------------------------------------------------

CREATE VIEW @api@.dashboard WITH (security_invoker = true) AS
SELECT b.ticket_uuid, b.ticket_label AS label, b.categoria, b.solicitante_email AS correo,
	b.estado AS estado_code, b.prioridad AS prioridad_nom, b.area AS area_asignada,
	b.actualizado_en, b.sla_horas, b.horas_restantes, b.vencido, b.agente_id, b.agente
FROM @mesa@.bandeja b
WHERE (SELECT ticket_sm.exigir('consultar', @ticket@::regclass)) IS NOT NULL
ORDER BY b.fecha_creacion, b.ticket_uuid;
COMMENT ON VIEW @api@.dashboard IS
'The queue: open tickets, oldest first.
GET /tickets/dashboard
AREA sees its own area. PostgREST''s filters, order, limit and offset work; at most 10,000 rows come at once.
Returns 200: the tickets.
Refuses with 400, 401, 403, 423.';
COMMENT ON COLUMN @api@.dashboard.ticket_uuid IS 'Identity of the ticket.';
COMMENT ON COLUMN @api@.dashboard.label IS 'Label of the ticket.';
COMMENT ON COLUMN @api@.dashboard.categoria IS 'Category.';
COMMENT ON COLUMN @api@.dashboard.correo IS 'The requester''s address.';
COMMENT ON COLUMN @api@.dashboard.estado_code IS 'State.';
COMMENT ON COLUMN @api@.dashboard.prioridad_nom IS 'Priority.';
COMMENT ON COLUMN @api@.dashboard.area_asignada IS 'Area that has it.';
COMMENT ON COLUMN @api@.dashboard.actualizado_en IS 'When it was last changed.';
COMMENT ON COLUMN @api@.dashboard.sla_horas IS 'Hours of its priority.';
COMMENT ON COLUMN @api@.dashboard.horas_restantes IS 'Hours left of the target, in open time of the ticket''s calendar; negative when more than all is used up.';
COMMENT ON COLUMN @api@.dashboard.vencido IS 'Whether it is past its deadline, or was when its clock was stopped, and can still be worked on.';
COMMENT ON COLUMN @api@.dashboard.agente_id IS 'Agent that has it.';
COMMENT ON COLUMN @api@.dashboard.agente IS 'His name.';

CREATE VIEW @api@.dashboard_metricas WITH (security_invoker = true) AS
SELECT t.ticket_uuid AS uuid, t.ticket_label, t.solicitante_nombre, t.solicitante_email,
	t.tipo AS tipo_solicitud, t.categoria, t.subcategoria, t.asunto, t.area AS area_asignada,
	t.prioridad, t.sla_horas, t.estado, t.fecha_creacion AS creado_en, t.actualizado_en, t.fecha_limite_sla,
	round(extract(epoch FROM ticket_sm.sla_restante(@ticket@::regclass, t.ticket_uuid, t.version,
		t.sla_calendario, t.sla_objetivo, t.fecha_limite_sla, t.sla_restante)) / 3600, 2) AS horas_restantes_sla,
	CASE WHEN t.sla_restante IS NULL THEN t.fecha_limite_sla < ticket_sm.ahora()
		ELSE t.sla_restante <= interval '0' AND t.sla_incumplido_en IS NOT NULL END AS sla_vencido,
	t.agente_id, ticket_sm.nombre_agente(@ticket@::regclass, t.agente_id) AS agente
FROM @mesa@.ticket t
WHERE (SELECT ticket_sm.exigir('consultar', @ticket@::regclass)) IS NOT NULL
ORDER BY t.fecha_creacion DESC, t.ticket_uuid DESC;
COMMENT ON VIEW @api@.dashboard_metricas IS
'All tickets, closed ones too, newest first.
GET /tickets/dashboard-metricas
AREA sees its own area. PostgREST''s filters, order, limit and offset work; at most 10,000 rows come at once.
Returns 200: the tickets.
Refuses with 400, 401, 403, 423.';
COMMENT ON COLUMN @api@.dashboard_metricas.uuid IS 'Identity of the ticket.';
COMMENT ON COLUMN @api@.dashboard_metricas.ticket_label IS 'Label of the ticket.';
COMMENT ON COLUMN @api@.dashboard_metricas.solicitante_nombre IS 'The requester''s name.';
COMMENT ON COLUMN @api@.dashboard_metricas.solicitante_email IS 'The requester''s address.';
COMMENT ON COLUMN @api@.dashboard_metricas.tipo_solicitud IS 'Kind of the request.';
COMMENT ON COLUMN @api@.dashboard_metricas.categoria IS 'Category.';
COMMENT ON COLUMN @api@.dashboard_metricas.subcategoria IS 'Subcategory.';
COMMENT ON COLUMN @api@.dashboard_metricas.asunto IS 'Subject.';
COMMENT ON COLUMN @api@.dashboard_metricas.area_asignada IS 'Area that has it.';
COMMENT ON COLUMN @api@.dashboard_metricas.prioridad IS 'Priority.';
COMMENT ON COLUMN @api@.dashboard_metricas.sla_horas IS 'Hours of its priority.';
COMMENT ON COLUMN @api@.dashboard_metricas.estado IS 'State.';
COMMENT ON COLUMN @api@.dashboard_metricas.creado_en IS 'When it was created.';
COMMENT ON COLUMN @api@.dashboard_metricas.actualizado_en IS 'When it was last changed.';
COMMENT ON COLUMN @api@.dashboard_metricas.fecha_limite_sla IS 'Deadline; null while the clock stands.';
COMMENT ON COLUMN @api@.dashboard_metricas.horas_restantes_sla IS 'Hours left of the target, in open time of the ticket''s calendar, negative when more than all is used up; once the clock stands or has ended, what was left then.';
COMMENT ON COLUMN @api@.dashboard_metricas.sla_vencido IS 'Whether it is past its deadline, or was when its clock stopped or ended.';
COMMENT ON COLUMN @api@.dashboard_metricas.agente_id IS 'Agent that has it.';
COMMENT ON COLUMN @api@.dashboard_metricas.agente IS 'His name.';


------------------------------------------------------------------------
-- 3. Login and users
------------------------------------------------------------------------

CREATE FUNCTION @api@.login(json) RETURNS json LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET ticket_sm.mesa = @mesa_nombre@
AS $login$
DECLARE
	datos json := ticket_sm.api_datos($1);
BEGIN
	PERFORM ticket_sm.api_formulario(format('%I.api_campo_ingreso', @mesa_nombre@)::regproc, datos, '{email,password}');
	RETURN @mesa@.api_ingresar(@mesa@.api_campo_ingreso(datos, 'email', NULL), @mesa@.api_campo_ingreso(datos, 'password', NULL));
END;
$login$;
COMMENT ON FUNCTION @api@.login(json) IS
'Gives a token for 120 minutes.
POST /auth/login
email (string, required): the agent''s address, in any case.
password (string, required): its password.
Returns 200 as ingreso: access_token, token_type "bearer", user {id, email, nombre, rol, area}.
Refuses with 400, 401, 413, 429.';

CREATE FUNCTION @api@.cambiar_clave(json) RETURNS json LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET ticket_sm.mesa = @mesa_nombre@
	AS 'BEGIN RETURN @mesa@.api_clave_propia($1); END';
COMMENT ON FUNCTION @api@.cambiar_clave(json) IS
'Changes the caller''s own password.
POST /auth/password
Tokens that were given before hold until they expire.
passwordActual (string, required): the password until now.
passwordNueva (string, required): 6 characters to 72 bytes.
Returns 200 as mensaje: message.
Refuses with 400, 401, 403, 413, 423, 429.';

CREATE VIEW @api@.usuarios WITH (security_invoker = true) AS
SELECT g.agente_id AS id, g.email, g.nombre, g.rol, g.area, g.telefono, g.activo AS is_active
FROM @mesa@.agente g
WHERE (SELECT ticket_sm.exigir('consultar', @ticket@::regclass)) IS NOT NULL
ORDER BY g.nombre, g.agente_id;
COMMENT ON VIEW @api@.usuarios IS
'The users.
GET /auth/users
PostgREST''s filters, order, limit and offset work; at most 10,000 rows come at once.
Returns 200: the users, by name.
Refuses with 400, 401, 403, 423.';
COMMENT ON COLUMN @api@.usuarios.id IS 'Identity of the user.';
COMMENT ON COLUMN @api@.usuarios.email IS 'Address, with which it logs in.';
COMMENT ON COLUMN @api@.usuarios.nombre IS 'Name as the history shows it.';
COMMENT ON COLUMN @api@.usuarios.rol IS 'Role: ADMIN, MESA or AREA.';
COMMENT ON COLUMN @api@.usuarios.area IS 'Area the user belongs to.';
COMMENT ON COLUMN @api@.usuarios.telefono IS 'Telephone.';
COMMENT ON COLUMN @api@.usuarios.is_active IS 'Whether it may do anything.';

CREATE FUNCTION @api@.crear_usuario(json) RETURNS json LANGUAGE sql
	SET search_path = pg_catalog, pg_temp SET ticket_sm.mesa = @mesa_nombre@
	AS 'SELECT json_build_object(''message'', ''Usuario creado'', ''id'', @mesa@.api_guardar_usuario(''crear'', $1))
		FROM set_config(''response.status'', ''201'', true)';
COMMENT ON FUNCTION @api@.crear_usuario(json) IS
'Adds a user.
POST /auth/users
email (string, required): local@domain, at most 254 characters, of no other user.
nombre (string, required): at most 150 characters.
password (string, required): 6 characters to 72 bytes.
rol (string, required): ADMIN, MESA or AREA.
area (string): area it belongs to; required for the role AREA.
telefono (string): at most 30 characters.
is_active (boolean): false switches it off, at once, whatever tokens it has.
Returns 201 as guardado: message, id.
Refuses with 400, 401, 403, 409, 413, 423.';

CREATE FUNCTION @api@.cambiar_usuario(json) RETURNS json LANGUAGE sql
	SET search_path = pg_catalog, pg_temp SET ticket_sm.mesa = @mesa_nombre@
	AS 'SELECT json_build_object(''message'', ''Usuario actualizado'', ''id'', @mesa@.api_guardar_usuario(''cambiar'', $1))';
COMMENT ON FUNCTION @api@.cambiar_usuario(json) IS
'Changes a user: what is given.
PATCH /auth/users/{id}
email (string): local@domain, at most 254 characters, of no other user.
nombre (string): at most 150 characters.
password (string): 6 characters to 72 bytes.
rol (string): ADMIN, MESA or AREA; tokens of another role are no longer valid.
area (string): area it belongs to; required for the role AREA.
telefono (string): at most 30 characters.
is_active (boolean): false switches it off, at once, whatever tokens it has.
Returns 200 as guardado: message, id.
Refuses with 400, 401, 403, 404, 409, 413, 423.';

CREATE FUNCTION @api@.apagar_usuario(json) RETURNS json LANGUAGE sql
	SET search_path = pg_catalog, pg_temp SET ticket_sm.mesa = @mesa_nombre@
	AS 'SELECT json_build_object(''message'', ''Usuario desactivado'', ''id'', @mesa@.api_guardar_usuario(''apagar'', $1))';
COMMENT ON FUNCTION @api@.apagar_usuario(json) IS
'Switches a user off.
DELETE /auth/users/{id}
Nobody is deleted: the history keeps the name.
Returns 200 as guardado: message, id.
Refuses with 400, 401, 403, 404, 409, 423.';


------------------------------------------------------------------------
-- 4. The document
------------------------------------------------------------------------

-- Compiling the queries would take longer than they do, a hundred times over.
CREATE FUNCTION @api@.openapi() RETURNS json LANGUAGE sql STABLE
	SET jit = off SET search_path = pg_catalog, pg_temp SET ticket_sm.mesa = @mesa_nombre@
	AS $openapi$ SELECT ticket_sm.api_openapi(@api_nombre@::regnamespace) $openapi$;
COMMENT ON FUNCTION @api@.openapi() IS
'This document: what the caller may call.
GET /
Returns 200: OpenAPI 3.0.
Refuses with 401, 429.';


------------------------------------------------------------------------
-- 5. Who may call what
------------------------------------------------------------------------

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA @api@ FROM PUBLIC;
GRANT USAGE ON SCHEMA @api@ TO @rol_admin@, @rol_mesa@, @rol_area@, @rol_publico@;
GRANT EXECUTE ON FUNCTION @api@.consultar(json), @api@.adjuntar_publico(bytea), @api@.adjuntos_publico(json), @api@.adjunto_publico(json),
	@api@.login(json), @api@.mesa(json), @api@.openapi()
	TO @rol_admin@, @rol_mesa@, @rol_area@, @rol_publico@;
GRANT EXECUTE ON FUNCTION @api@.ticket(json), @api@.lote(json), @api@.lista(json), @api@.eventos(json), @api@.areas(json), @api@.prioridades(json), @api@.tipos(json), @api@.agentes(json),
	@api@.maquina(json), @api@.yo(json), @api@.adjuntar(bytea), @api@.adjuntos(json), @api@.adjunto(json), @api@.retirar_adjunto(json),
	@api@.cambiar_clave(json) TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT SELECT ON @api@.dashboard, @api@.dashboard_metricas TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT EXECUTE ON FUNCTION @api@.crear_usuario(json), @api@.cambiar_usuario(json), @api@.apagar_usuario(json)
	TO @rol_admin@;
GRANT SELECT ON @api@.usuarios TO @rol_admin@;
