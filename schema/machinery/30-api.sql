-- The API.  Not STRICT, every parameter but ticket_id with a default: what is
-- required is checked in C, where the error can name the field.

CREATE FUNCTION ticket_sm.fn_crear_ticket(
	nombre text DEFAULT NULL,
	documento text DEFAULT NULL,
	email text DEFAULT NULL,
	telefono text DEFAULT NULL,
	tiene_whatsapp boolean DEFAULT false,
	empresa_departamento text DEFAULT NULL,
	tipo text DEFAULT NULL,
	categoria text DEFAULT NULL,
	subcategoria text DEFAULT NULL,
	asunto text DEFAULT NULL,
	descripcion text DEFAULT NULL,
	prioridad text DEFAULT NULL,
	area text DEFAULT 'MESA',
	ip inet DEFAULT NULL,
	clave_idempotencia text DEFAULT NULL)
	RETURNS ticket_sm.ticket_creado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_crear_ticket';
COMMENT ON FUNCTION ticket_sm.fn_crear_ticket(text, text, text, text, boolean, text, text, text, text, text, text, text, text, inet, text) IS
'Creates a ticket in the mesa of ticket_sm.mesa.
Texts are trimmed; an empty one counts as not given; control characters other than newline and tab are refused.
nombre: the requester, 3 to 150 characters, required.
documento: identity document, at most 50 characters.
email: local@domain, at most 254 characters, required.
telefono: at most 30 characters.
tiene_whatsapp: whether the telephone takes WhatsApp; false unless given.
empresa_departamento: at most 150 characters.
tipo: PETICION, QUEJA, RECLAMO, SUGERENCIA, INCIDENTE, SOLICITUD or CONSULTA, in any case, required.
categoria: 2 to 100 characters, required.
subcategoria: at most 100 characters.
asunto: at most 200 characters.
descripcion: 10 to 20,000 characters, required.
prioridad: a name of the table prioridad, in any case, required.
area: a name of an active row of the table area, in any case; MESA unless given.
ip: address of the requester; the client''s own where that is known and none is given.
clave_idempotencia: at most 200 characters. The same requester (email) and key again returns the first ticket and makes none.
Returns the ticket as created, with its label and SLA deadline.
Raises 22004 (missing field), 22001 (too long), 22023 (bad value), 42501 (the caller may not create), PT409 (key used before with other data, or creation not in the machine), PT423 (another transaction held the label counter or the key for longer than ticket_sm.espera_bloqueo, or what is named was renamed or deleted meanwhile: try again).';

CREATE FUNCTION ticket_sm.fn_asignar(
	ticket_id uuid,
	agente_id uuid DEFAULT NULL,
	area text DEFAULT NULL,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_asignar(uuid, uuid, text, text, integer) IS
'Assigns a ticket to an area, and to an agent of it.
ticket_id: the ticket, required.
agente_id: an active agent that belongs to the area or is ADMIN or MESA; the ticket''s agent unless given. A ticket without an agent stays with its area.
area: a name of an active row of the table area, in any case; the ticket''s area unless given.
motivo: reason, 3 to 2,000 characters.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo, or what is named was renamed or deleted meanwhile: try again).';

CREATE FUNCTION ticket_sm.fn_reasignar(
	ticket_id uuid,
	agente_id uuid DEFAULT NULL,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_reasignar(uuid, uuid, text, integer) IS
'Hands a ticket to another agent, or to nobody; its area and state stay.
ticket_id: the ticket, required.
agente_id: an active agent that belongs to the ticket''s area or is ADMIN or MESA; nobody unless given.
motivo: reason, 3 to 2,000 characters.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state, or the agent has it already), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_transferir(
	ticket_id uuid,
	area text DEFAULT NULL,
	motivo text DEFAULT NULL,
	agente_id uuid DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_transferir(uuid, text, text, uuid, integer) IS
'Hands a ticket to another area.
ticket_id: the ticket, required.
area: a name of an active row of the table area other than the ticket''s, in any case, required.
motivo: reason, 3 to 2,000 characters, required.
agente_id: an active agent that belongs to the new area or is ADMIN or MESA; unless given, the ticket has none afterwards.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state, or the area is the same), PT423 (locked by another for longer than ticket_sm.espera_bloqueo, or what is named was renamed or deleted meanwhile: try again).';

CREATE FUNCTION ticket_sm.fn_reclasificar(
	ticket_id uuid,
	tipo text DEFAULT NULL,
	categoria text DEFAULT NULL,
	subcategoria text DEFAULT NULL,
	prioridad text DEFAULT NULL,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_reclasificar(uuid, text, text, text, text, text, integer) IS
'Changes what a ticket is: at least one of the four must be given, and at least one must change. Another priority computes the SLA deadline anew from the creation, pauses kept.
ticket_id: the ticket, required.
tipo: PETICION, QUEJA, RECLAMO, SUGERENCIA, INCIDENTE, SOLICITUD or CONSULTA, in any case.
categoria: 2 to 100 characters; another one takes the subcategory away, unless one is given.
subcategoria: at most 100 characters; an empty one takes it away.
prioridad: a name of the table prioridad, in any case.
motivo: reason, 3 to 2,000 characters, required.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state, or nothing changes), PT423 (locked by another for longer than ticket_sm.espera_bloqueo, or what is named was renamed or deleted meanwhile: try again).';

CREATE FUNCTION ticket_sm.fn_pausar(
	ticket_id uuid,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL,
	hasta timestamptz DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_pausar(uuid, text, integer, timestamptz) IS
'Pauses work on a ticket. With configuracion.sla_en_pausa = detener the SLA clock stands until fn_reabrir, or until the first sweep (fn_sla_barrer) after hasta does the same by itself.
ticket_id: the ticket, required.
motivo: reason, 3 to 2,000 characters, required.
version: the version the caller has seen; when given, it must be the current one.
hasta: when the pause ends by itself, later than now and within ten years; unless given, it has no end. Whatever ends the pause before, takes this away.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_reabrir(
	ticket_id uuid,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_reabrir(uuid, text, integer) IS
'Takes up a paused or resolved ticket again. The SLA clock goes on with the time that was left.
ticket_id: the ticket, required.
motivo: reason, 3 to 2,000 characters, required.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_actualizar(
	ticket_id uuid,
	nota text DEFAULT NULL,
	respuesta text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_actualizar(uuid, text, text, integer) IS
'Adds a note, an answer, or both to a ticket; its state stays.
ticket_id: the ticket, required.
nota: internal note, at most 20,000 characters; it or respuesta is required.
respuesta: answer that the requester sees, at most 20,000 characters.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_responder(
	ticket_label text DEFAULT NULL,
	email text DEFAULT NULL,
	mensaje text DEFAULT NULL,
	clave_idempotencia text DEFAULT NULL)
	RETURNS ticket_sm.ticket_respondido
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_responder';
COMMENT ON FUNCTION ticket_sm.fn_responder(text, text, text, text) IS
'Adds what the requester has to say to a ticket. A paused or resolved one is taken up again, as by fn_reabrir: by whom it had, or by its area if it had nobody; otherwise its state stays. Which state it leads to stands in the table transicion. What is said to a duplicate goes to the ticket that goes on in its place. Agents may write down what a requester has told them; the history says who did.
ticket_label: label of the ticket, in any case, required.
email: the address it was created with, in any case, required.
mensaje: what the requester says, at most 20,000 characters, required.
clave_idempotencia: at most 200 characters. The same ticket and key again adds nothing, and returns what the first one did.
Returns the ticket, its state before and after, when it was, and for agents the version of the ticket with it.
Raises 22004, 22001, 22023 (field), 42501 (the caller may not reply, or is an agent of another area), PT404 (label and e-mail do not both match; which of them is wrong is not told), PT409 (the ticket has ended, its state takes no message, or the key was used with another message), PT429 (the ticket has had sixty messages within an hour), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_calificar(
	ticket_label text DEFAULT NULL,
	email text DEFAULT NULL,
	calificacion integer DEFAULT NULL,
	comentario text DEFAULT NULL)
	RETURNS ticket_sm.ticket_respondido
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_calificar';
COMMENT ON FUNCTION ticket_sm.fn_calificar(text, text, integer, text) IS
'Rates the solution of a ticket, once and for good, also after it was closed: the requester alone does, no agent for him. A ticket that was taken up again and resolved anew has another solution. The rating counts for the area and the agent whose solution it was (view satisfaccion), but not for an agent whose own address it is. By the label of a duplicate the requester rates the ticket that goes on in its place, if that is his, too.
ticket_label: label of the ticket, in any case, required.
email: the address it was created with, in any case, required.
calificacion: 1 (very bad) to 5 (very good), required.
comentario: what the requester says of it, at most 2,000 characters. It is part of the conversation.
Returns the ticket, its state before and after, and when it was.
Raises 22004, 22001, 22023 (field), 42501 (the caller may not rate), PT404 (label and e-mail do not both match; which of them is wrong is not told), PT409 (the ticket is not resolved, or its solution was rated already), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_corregir(
	ticket_id uuid,
	nombre text DEFAULT NULL,
	email text DEFAULT NULL,
	documento text DEFAULT NULL,
	telefono text DEFAULT NULL,
	empresa_departamento text DEFAULT NULL,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_corregir(uuid, text, text, text, text, text, text, integer) IS
'Corrects what is known of the requester: at least one of the five must be given, and at least one must change. The history keeps what it was. With another address the requester opens the ticket by that one only.
ticket_id: the ticket, required.
nombre: 3 to 150 characters.
email: local@domain, at most 254 characters.
documento: at most 50 characters; an empty one takes it away.
telefono: at most 30 characters; an empty one takes it away.
empresa_departamento: at most 150 characters; an empty one takes it away.
motivo: reason, 3 to 2,000 characters, required.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state, or nothing changes), PT423 (locked by another for longer than ticket_sm.espera_bloqueo), 23505 (the requester with that address has another ticket of the same clave_idempotencia).';

CREATE FUNCTION ticket_sm.fn_resolver(
	ticket_id uuid,
	respuesta text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_resolver(uuid, text, integer) IS
'Marks a ticket as resolved; its SLA clock ends. It can be taken up again with fn_reabrir, or filed with fn_archivar.
ticket_id: the ticket, required.
respuesta: answer that the requester sees, at most 20,000 characters.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_cancelar(
	ticket_id uuid,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_cancelar(uuid, text, integer) IS
'Cancels a ticket for good.
ticket_id: the ticket, required.
motivo: reason, 3 to 2,000 characters, required.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_archivar(
	ticket_id uuid,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_archivar(uuid, text, integer) IS
'Files a ticket away for good; when it was not resolved yet, that is stamped too.
ticket_id: the ticket, required.
motivo: reason, 3 to 2,000 characters, required.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_vincular(
	ticket_id uuid,
	otro_id uuid DEFAULT NULL,
	relacion text DEFAULT NULL,
	motivo text DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_vincular(uuid, uuid, text, text) IS
'Links a ticket with another one of the mesa. Both histories tell of it; states stay, but for a duplicate''s: it is cancelled where the machine has cancelar from its state, and the other one goes on in its place. What was said there shows in the other one, and fn_consultar leads its requester there. fn_desvincular parts them again.
ticket_id: the ticket, required.
otro_id: the other one, required.
relacion: what the ticket is to the other one, in any case: relacionado (related), padre (its parent) or duplicado (a duplicate of it), required.
motivo: reason, 3 to 2,000 characters, required.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller, for either ticket; a duplicate is cancelled by who may do that), 22004, 22001, 22023 (field, or twice the same ticket), PT404 (no such ticket), PT409 (not possible in the state of one of them, linked so already, a duplicate of another one, or a circle of parents and duplicates), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_desvincular(
	ticket_id uuid,
	otro_id uuid DEFAULT NULL,
	motivo text DEFAULT NULL,
	relacion text DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_operar';
COMMENT ON FUNCTION ticket_sm.fn_desvincular(uuid, uuid, text, text) IS
'Takes the link of two tickets away, whichever of them is named first. The states of both stay as they are: a duplicate stays cancelled, but what was said there and its requester are its own again.
ticket_id: the ticket, required.
otro_id: the other one, required.
motivo: reason, 3 to 2,000 characters, required.
relacion: which link, where there are several: relacionado, padre or duplicado, in any case; the one that was made last unless given.
Returns the ticket as it now stands.
Raises 42501 (role or area of the caller, for either ticket), 22004, 22001, 22023 (field, or twice the same ticket), PT404 (no such ticket), PT409 (not linked so, or not possible in the state of one of them), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_adjuntar(
	ticket_id uuid DEFAULT NULL,
	archivo text DEFAULT NULL,
	contenido bytea DEFAULT NULL,
	tipo_contenido text DEFAULT NULL,
	publico boolean DEFAULT NULL,
	ticket_label text DEFAULT NULL,
	email text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.adjunto_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_adjuntar';
COMMENT ON FUNCTION ticket_sm.fn_adjuntar(uuid, text, bytea, text, boolean, text, text, integer) IS
'Attaches a file to a ticket. The same content under the same name, of the same kind and from the same sender, is one attachment: the first is returned, and nothing changes.
ticket_id: the ticket, for agents; or ticket_label and email, for the requester and who does it for him.
archivo: name of the file, at most 150 characters; it is made harmless rather than refused: without folders, control characters and what is not seen, < > : " | ? * replaced, cut before its extension, required.
contenido: the bytes, required.
tipo_contenido: media type that the client supposes. What the first bytes show beats it; else it counts if it is one of a short list, in which nothing is that a browser runs.
publico: whether the requester sees it; false unless given, with ticket_label always true.
ticket_label: label of the ticket, in any case, trimmed.
email: the address it was created with, in any case, trimmed.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands, and the file.
Raises 42501 (role or area of the caller), 22004, 22001, 22023 (field; an empty file), PT413 (the file, or with it those of the ticket, is larger than configuracion allows), PT404 (no such ticket, or label and email do not both match), PT412 (version is stale), PT409 (not possible in this state), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_retirar_adjunto(
	ticket_id uuid,
	adjunto_id uuid DEFAULT NULL,
	motivo text DEFAULT NULL,
	version integer DEFAULT NULL)
	RETURNS ticket_sm.adjunto_operado
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_retirar_adjunto';
COMMENT ON FUNCTION ticket_sm.fn_retirar_adjunto(uuid, uuid, text, integer) IS
'Takes the content and the name of a file away for good, of a closed ticket too. That there was one stays: its size, its type, its digest, who has sent it. Other attachments with the same content keep it.
ticket_id: the ticket, required.
adjunto_id: the file, required.
motivo: reason, 3 to 2,000 characters, required.
version: the version the caller has seen; when given, it must be the current one.
Returns the ticket as it now stands.
Raises 42501 (role of the caller), 22004, 22001, 22023 (field), PT404 (no such ticket, or no such file of it), PT412 (version is stale), PT409 (not possible in this state, or taken away before), PT423 (locked by another for longer than ticket_sm.espera_bloqueo).';

CREATE FUNCTION ticket_sm.fn_adjuntos(
	ticket_id uuid DEFAULT NULL,
	ticket_label text DEFAULT NULL,
	email text DEFAULT NULL)
	RETURNS SETOF ticket_sm.ticket_adjunto
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_adjuntos';
COMMENT ON FUNCTION ticket_sm.fn_adjuntos(uuid, text, text) IS
'Lists the files of a ticket, the oldest first; of contents nothing is read.
ticket_id: the ticket, for agents; or ticket_label and email, for the requester: the public files.
ticket_label: label of the ticket, in any case, trimmed.
email: the address it was created with, in any case, trimmed.
Returns one row for each; to agents also those that were taken away, without name. The public files of duplicates are among them, for the requester those of tickets of the same address.
Raises 42501 (role or area of the caller), 22004 (no ticket is named), 22023 (it is named twice), PT404 (no such ticket, or label and email do not both match).';

CREATE FUNCTION ticket_sm.fn_adjunto(
	ticket_id uuid DEFAULT NULL,
	adjunto_id uuid DEFAULT NULL,
	ticket_label text DEFAULT NULL,
	email text DEFAULT NULL)
	RETURNS bytea
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_adjunto';
COMMENT ON FUNCTION ticket_sm.fn_adjunto(uuid, uuid, text, text) IS
'The content of a file of a ticket.
ticket_id: the ticket, for agents; or ticket_label and email, for the requester: a public file.
adjunto_id: the file, required.
ticket_label: label of the ticket, in any case, trimmed.
email: the address it was created with, in any case, trimmed.
Returns the bytes.
Raises 42501 (role or area of the caller), 22004 (a field is missing), 22023 (the ticket is named twice), PT404 (no such ticket, label and email do not both match, or it has no such file that the caller may see).';

CREATE FUNCTION ticket_sm.fn_ejecutar_lote(
	operacion text DEFAULT NULL,
	tickets uuid[] DEFAULT NULL,
	datos jsonb DEFAULT NULL,
	todo_o_nada boolean DEFAULT false)
	RETURNS SETOF ticket_sm.ticket_en_lote
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_ejecutar_lote';
COMMENT ON FUNCTION ticket_sm.fn_ejecutar_lote(text, uuid[], jsonb, boolean) IS
'Does one operation on many tickets, each judged by itself. They are locked in the order of their uuids, so two batches never deadlock. Statement triggers of yours on ticket fire once for some hundreds.
operacion: the name of one on a ticket, in any case, required; another is refused with the list of them.
tickets: the tickets, at most 100,000, required; one named twice is done once.
datos: an object with the other parameters of the operation''s function, by their names.
todo_o_nada: true, the first refusal is raised and nothing is done; false unless given.
Returns one row for each ticket, in the order of their uuids: hecho and its new state; or not, and the SQLSTATE that the operation''s function would have raised, with message and detail.
Raises 42501 (the role may not do the operation), 22004, 22001, 22023, 22P02 (operacion, tickets, datos); with todo_o_nada what the operation''s function raises.';

CREATE FUNCTION ticket_sm.fn_liberar_agente(
	agente_id uuid DEFAULT NULL,
	motivo text DEFAULT NULL)
	RETURNS SETOF ticket_sm.ticket_en_lote
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_liberar_agente';
COMMENT ON FUNCTION ticket_sm.fn_liberar_agente(uuid, text) IS
'Takes an agent who leaves or moves off all open tickets that he has, whatever their area: reasignar to nobody, each by itself. Only ADMIN and MESA. Switch him off or move him first, so that nobody gives him others meanwhile.
agente_id: the agent, whose row may be gone, required.
motivo: reason, 3 to 2,000 characters, which each event has.
Returns a row for each ticket that he had: done, with its state and version now, or the SQLSTATE, message and detail with which it was refused: locked by another for longer than ticket_sm.espera_bloqueo (PT423), given to another agent meanwhile (PT409). What was refused stays his; the others are done.
Raises 42501 (role of the caller), 22004, 22001, 22023 (field).';

CREATE FUNCTION ticket_sm.fn_consultar(
	ticket_label text DEFAULT NULL,
	email text DEFAULT NULL)
	RETURNS ticket_sm.ticket_consultado
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_consultar';
COMMENT ON FUNCTION ticket_sm.fn_consultar(text, text) IS
'Shows a requester its ticket: state, dates, SLA deadline, area, category, description and public answers; never internal notes or reasons, agents, documents, telephones or addresses. When it was last changed, and by what, is told as far as the requester may know of it: of no note, internal file or link.
ticket_label: label of the ticket, in any case, trimmed, required.
email: the address it was created with, in any case, trimmed, required.
Returns one row.
Raises 22004 (missing field), 42501 (the caller may not consult), PT404 (label and email do not both match; which of the two is not told).';

CREATE FUNCTION ticket_sm.fn_conversacion(
	ticket_label text DEFAULT NULL,
	email text DEFAULT NULL,
	antes integer DEFAULT NULL,
	limite integer DEFAULT 200)
	RETURNS TABLE (numero integer, fecha timestamptz, autor text, texto text)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_conversacion';
COMMENT ON FUNCTION ticket_sm.fn_conversacion(text, text, integer, integer) IS
'Shows a requester what was said about its ticket: its own words and the answers of the mesa; of a duplicate also the answers since it was merged, where the other ticket goes on, and what was said to it in that time once the two are parted again. Notes and reasons are internal, and nothing here depends on them; who of the mesa has answered is not told.
ticket_label: label of the ticket, in any case, required.
email: the address it was created with, in any case, required.
antes: only what comes before this numero.
limite: how many at most, the last ones, 1 to 1,000; 200 unless given.
Returns a row for each, oldest first: its number, counted from 1, which is the description; when it was said; by whom (SOLICITANTE, MESA); and the text.
Raises 22004 (missing field), 22023 (antes, limite), 42501 (the caller may not consult), PT404 (label and e-mail do not both match; which of them is wrong is not told).';

CREATE FUNCTION ticket_sm.fn_ticket(
	ticket_id uuid)
	RETURNS jsonb
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_ticket';
COMMENT ON FUNCTION ticket_sm.fn_ticket(uuid) IS
'Shows an agent a ticket with its whole history.
ticket_id: the ticket, required.
Returns {"ticket": {...}, "solicitante": {...}, "historial": [...], "adjuntos": [...]}, the history and the files oldest first.
Raises 22004 (ticket_id is missing), PT404 (no such ticket), 42501 (the caller is no agent, or the ticket is of another area).';

CREATE FUNCTION ticket_sm.fn_acciones(
	ticket_id uuid)
	RETURNS TABLE (operacion ticket_sm.ticket_operation, estado_destino ticket_sm.ticket_state, campos jsonb)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_acciones';
COMMENT ON FUNCTION ticket_sm.fn_acciones(uuid) IS
'What the caller may do with a ticket now: the operations that would be done if their fields were good, as the guard judges. Triggers of yours are not asked.
ticket_id: the ticket, required.
Returns a row for each, in the order of operations: the operation; the state that it leads to; and its fields, an array of {campo, tipo (string, uuid, integer, boolean, bytea), requerido, alguno_requerido (one of those that say so must be given), minimo, maximo (characters), varias_lineas, valores (what it may be, where that is a list; agents are in the table agente)}.
Raises 22004 (ticket_id is missing), PT404 (no such ticket), 42501 (the caller is no agent, or the ticket is of another area).';

CREATE FUNCTION ticket_sm.ticket_id(
	ticket_label text)
	RETURNS uuid
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_ticket_id';
COMMENT ON FUNCTION ticket_sm.ticket_id(text) IS
'The uuid of the ticket with that label, for functions that want one: fn_pausar(ticket_id(''TK-2026-10''), ...).
ticket_label: the label as people type it, required: digits and letters decide.
Returns the uuid.
Raises 22004 (ticket_label is missing), PT404 (no ticket has it), 42501 (the caller is no agent, or the ticket is of another area).';

CREATE FUNCTION ticket_sm.fn_bandeja(
	estados text[] DEFAULT NULL,
	area text DEFAULT NULL,
	agente_id uuid DEFAULT NULL,
	prioridad text DEFAULT NULL,
	vencido boolean DEFAULT NULL,
	texto text DEFAULT NULL,
	orden text DEFAULT 'creacion',
	despues text DEFAULT NULL,
	tamano integer DEFAULT 50)
	RETURNS SETOF ticket_sm.ticket_en_bandeja
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_bandeja';
COMMENT ON FUNCTION ticket_sm.fn_bandeja(text[], text, uuid, text, boolean, text, text, text, integer) IS
'A page of the queue: open tickets that the caller may see, all of them or those that every filter given lets pass.
estados: states, in any case; only open ones are in the queue.
area: an area, in any case; a caller of role AREA sees its own alone.
agente_id: the agent that has it.
prioridad: a priority, in any case.
vencido: true, what is overdue, or was when its clock stopped; false, what is not.
texto: a piece of the label, subject, category, subcategory, description, or the requester''s name or address, in any case. It is looked for row by row, so a rare one takes as long as the queue is.
orden: creacion (unless given), the oldest first; or limite, the nearest deadline first, and last those whose clock stands, the oldest first.
despues: the cursor of a row, to get what comes after it; with the same orden as before.
tamano: rows of a page, 1 to 500; 50 unless given.
Returns the rows of the page, none behind the last one.
Raises 42501 (the caller is no agent, or asks for an area that is not its own), 22023 (bad value).';

CREATE FUNCTION ticket_sm.fn_lista(
	estados text[] DEFAULT NULL,
	area text DEFAULT NULL,
	agente_id uuid DEFAULT NULL,
	mios boolean DEFAULT false,
	sin_asignar boolean DEFAULT false,
	prioridad text DEFAULT NULL,
	tipo text DEFAULT NULL,
	categoria text DEFAULT NULL,
	vencido boolean DEFAULT NULL,
	vence_en interval DEFAULT NULL,
	solicitante text DEFAULT NULL,
	creado_desde timestamptz DEFAULT NULL,
	creado_hasta timestamptz DEFAULT NULL,
	texto text DEFAULT NULL,
	cerrados boolean DEFAULT false,
	orden text DEFAULT 'creacion',
	despues text DEFAULT NULL,
	tamano integer DEFAULT 50,
	con_total boolean DEFAULT false)
	RETURNS SETOF ticket_sm.ticket_en_lista
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_lista';
COMMENT ON FUNCTION ticket_sm.fn_lista(text[], text, uuid, boolean, boolean, text, text, text, boolean, interval, text,
	timestamptz, timestamptz, text, boolean, text, text, integer, boolean) IS
'A page of the tickets that the caller may see and every filter given lets pass: the open ones, or closed ones too.
estados: states, in any case; one that is closed asks for closed tickets.
area: an area, in any case; a caller of role AREA sees its own alone.
agente_id, mios, sin_asignar: the agent that has it; the caller; nobody.
prioridad, tipo, categoria: in any case.
vencido: true, what is overdue, or was when its clock stopped; false, what is not.
vence_en: what is due within this time, or was already; its clock runs.
solicitante: the requester''s address.
creado_desde, creado_hasta: created from the one on, before the other.
texto: words, or the beginnings of words of three letters and more, all of which are in its label, subject, description, category, answers, messages, or the requester''s name, address, company, telephone or document; of words in Spanish other forms too. Accents and case do not matter. The first 20 count.
cerrados: whether closed tickets are wanted too.
orden: creacion (unless given), the oldest first; reciente, the newest first; or limite, the nearest deadline first, and last those whose clock stands, the oldest first.
despues: the cursor of a row, to get what comes after it; with the same filters and order as before.
tamano: rows of a page, 1 to 500; 50 unless given.
con_total: whether to count all that pass, which takes longer the more there are.
Returns the rows of the page, none behind the last one.
Raises 42501 (the caller is no agent, or asks for an area that is not its own), 22023 (bad value).';

CREATE FUNCTION ticket_sm.palabras(label text, textos text[], numeros text[] DEFAULT NULL) RETURNS tsvector
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'tsm_palabras';
COMMENT ON FUNCTION ticket_sm.palabras(text, text[], text[]) IS
'The words by which a ticket is found: in small letters without accents, and their stems in Spanish.
label: its label. textos: texts. numeros: numbers that may be written in groups. Each may be NULL.
Returns the words. Raises nothing.';

CREATE FUNCTION ticket_sm.consulta_de_texto(texto text) RETURNS tsquery
	LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'tsm_consulta_de_texto';
COMMENT ON FUNCTION ticket_sm.consulta_de_texto(text) IS
'What fn_lista looks for among palabras().
texto: what somebody typed. Returns the query; NULL when it has no letter and no digit. Raises nothing.';

CREATE FUNCTION ticket_sm.rehacer_busqueda(mesa name DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	esquema CONSTANT name := coalesce(mesa, current_setting('ticket_sm.mesa', true), 'helpdesk');
BEGIN
	RETURN ticket_sm.como_duenio(esquema, format('WITH borradas AS (
			DELETE FROM %1$I.busqueda b WHERE NOT EXISTS (SELECT FROM %1$I.ticket t WHERE t.ticket_uuid = b.ticket_uuid)
		), hechas AS (
			INSERT INTO %1$I.busqueda AS b (ticket_uuid, palabras)
			SELECT t.ticket_uuid, ticket_sm.palabras(t.ticket_label, ARRAY[t.asunto, t.descripcion, t.categoria, t.subcategoria,
					t.solicitante_nombre, t.solicitante_email, t.empresa_departamento,
					(SELECT string_agg(concat_ws(E''\n'', h.respuesta, h.mensaje), E''\n'') FROM %1$I.historial h
						WHERE h.ticket_uuid = t.ticket_uuid AND (h.respuesta IS NOT NULL OR h.mensaje IS NOT NULL)),
					(SELECT string_agg(a.archivo, E''\n'') FROM %1$I.adjunto a WHERE a.ticket_uuid = t.ticket_uuid)], ARRAY[t.telefono, t.documento])
			FROM %1$I.ticket t
			ON CONFLICT (ticket_uuid) DO UPDATE SET palabras = EXCLUDED.palabras
			WHERE b.palabras IS DISTINCT FROM EXCLUDED.palabras
			RETURNING 1
		) SELECT count(*) FROM hechas', esquema))::bigint;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.rehacer_busqueda(name) IS
'Works out the words of all tickets anew: after rows were loaded past the guard, or when another server has another dictionary of Spanish.
mesa: the mesa; that of ticket_sm.mesa unless given.
Returns how many tickets had other words, or none. Raises 3F000 (no such mesa), 42501 (the caller is neither its owner nor a superuser).';

CREATE FUNCTION ticket_sm.fn_maquina()
	RETURNS TABLE (operacion ticket_sm.ticket_operation,
		estado_origen ticket_sm.ticket_state,
		estado_destino ticket_sm.ticket_state,
		roles ticket_sm.ticket_role[])
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_maquina';
COMMENT ON FUNCTION ticket_sm.fn_maquina() IS
'The state machine as it is enforced now, in the order of operations and states. No parameters.
Returns one row for each transition: the operation, the state before (NULL for crear) and after, and the helpdesk roles that may do it. consultar, which changes nothing, has one row without states.
Raises 3F000 and 42501 when ticket_sm.mesa does not name a mesa the caller may use.';

CREATE FUNCTION ticket_sm.fn_verificar(
	ticket_id uuid DEFAULT NULL,
	contenidos boolean DEFAULT true)
	RETURNS TABLE (ticket_uuid uuid, problema text, detalle text)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_verificar';
COMMENT ON FUNCTION ticket_sm.fn_verificar(uuid, boolean) IS
'Proves that nobody went round the guard: recomputes the hash chain of each history and the digests of its texts, compares each column of each ticket with its history, each file with the event that attached it and with the digest of its content, each rating with its event and the solution, each year''s labels with the counter, and looks whether the guard''s triggers and the policies are in place. Texts that were erased together with their salt are no problem; what they told is not compared. It reads with row security off.
ticket_id: one ticket; unless given, all of them, the labels, the triggers and the policies too.
contenidos: whether the contents of files are read, each once, which takes seconds for each gigabyte; true unless given.
Returns one row for each problem, none when all is well: the ticket (NULL when it is about the mesa), the kind of problem (guardia, historial, hash, ticket, adjunto, calificacion, label), and what is wrong.
Raises 42501 (only ADMIN may ask; or row security is forced upon the owner of a table), PT404 (ticket_id given and there is neither such a ticket nor a history of it).';

CREATE FUNCTION ticket_sm.verificar_mesa(
	mesa regclass)
	RETURNS TABLE (ticket_uuid uuid, problema text, detalle text)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_verificar_mesa';
COMMENT ON FUNCTION ticket_sm.verificar_mesa(regclass) IS
'For the view salud: what fn_verificar says of a mesa without looking at its tickets, in milliseconds.
mesa: its table ticket, required.
Returns one row for each problem, none when all is well.
Raises 22004 (mesa is missing), 42P01 (it is not the table ticket of a mesa), 42501 (only ADMIN may ask).';

-- The SLA clock.

CREATE FUNCTION ticket_sm.fn_sla_barrer(
	limite integer DEFAULT 1000)
	RETURNS TABLE (ticket_uuid uuid, ticket_label text, operacion ticket_sm.ticket_operation,
		objetivo text, umbral integer, fecha_limite timestamptz, version integer, advertencia text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_sla_barrer';
COMMENT ON FUNCTION ticket_sm.fn_sla_barrer(integer) IS
'The sweep: finds the tickets of which a warning or a breach has come due, and writes each one once, with a row of the history and one of the outbox, also when several sweeps run at the same time; ends the pauses whose hasta has come (reabrir), and closes what has been resolved for configuracion.cierre_automatico (archivar), the oldest first, both dated now however late it is. Call it from cron, every minute say; what it costs depends on what came due, not on how many tickets are open. A ticket that is locked just now, or cannot be changed - a trigger of the owner''s fails, say, of which a WARNING tells - is left to the next sweep; a warning that another one or the breach has overtaken is not told any more.
limite: most tickets to bring forward, 1 to 100000; 1000 unless given.
Returns one row for each event: the ticket, avisar (warning), vencer (breach), reabrir or archivar, the target (atencion, resolucion) and the percentage of it that was reached (100 for a breach), both NULL for the last two, when it came due (fecha_limite: the deadline, the end of the pause, the end of the days resolved), the version of the ticket with it, and for archivar the warning that fn_archivar gives (advertencia).
Raises 42501 (only ADMIN may; what the machine lets it do is done, whatever permiso says of ADMIN), 22023 (limite).';

CREATE FUNCTION ticket_sm.fn_sla_recalcular(
	calendario text DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'tsm_fn_sla_recalcular';
COMMENT ON FUNCTION ticket_sm.fn_sla_recalcular(text) IS
'Gives open tickets, whose clock has not ended, the policies, calendars and hours of priority as they are now, and works their deadlines out anew from their creation. Each one that changes gets a row recalcular in its history; a deadline that turns out to lie in the past is a breach, dated at it. A breach that is none by the target which a ticket has now is withdrawn, with a row retirar, unless the ticket was given another class or area since and the target was in force when it was missed. All in one transaction. A ticket that cannot be changed, being locked for longer than ticket_sm.espera_bloqueo or for a trigger that fails, is left out, and a WARNING tells of it.
calendario: only tickets whose targets go by this calendar, in whatever version; all unless given.
Returns how many tickets got another target, or had a breach withdrawn.
Raises 42501 (only ADMIN may), 22023 (no such calendar).';

CREATE FUNCTION ticket_sm.fn_sla_explicar(
	ticket_id uuid)
	RETURNS TABLE (objetivo text, desde timestamptz, hasta timestamptz, estado ticket_sm.ticket_state,
		cuenta boolean, motivo text, tiempo interval, acumulado interval, meta interval,
		restante interval, fecha_limite timestamptz, politica integer, calendario text)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_sla_explicar';
COMMENT ON FUNCTION ticket_sm.fn_sla_explicar(uuid) IS
'How the deadlines of a ticket come about: one row for each stretch of its life, worked out from its history.
ticket_id: the ticket, required.
Returns, for atencion (when it has that target) and then for resolucion: the target; from when to when (NULL: it goes on) in which state; whether the time counts, and why; the open time in it by the ticket''s calendar, the sum so far (for a stretch that goes on, as of now), the target''s time, what is left of it, and the deadline as it is in that stretch (NULL while the clock stands); then politica_id of the policy that has set the target (NULL: the hours of its priority) and the name of its calendar (NULL: 24 hours a day). The last row is what stands in the ticket.
Raises 22004 (ticket_id is missing), PT404 (no such ticket), 42501 (the caller is no agent, or the ticket is of another area).';

CREATE FUNCTION ticket_sm.fn_eventos(
	desde bigint DEFAULT 0,
	limite integer DEFAULT 100)
	RETURNS TABLE (evento_id bigint, ticket_uuid uuid, version integer,
		operacion ticket_sm.ticket_operation, ocurrido_en timestamptz, datos jsonb)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_eventos';
COMMENT ON FUNCTION ticket_sm.fn_eventos(bigint, integer) IS
'Reads the outbox in order, without ever skipping a row: one is given out only when every transaction that could still commit a lower number has ended. So a long transaction anywhere in the cluster holds the reading up, and nothing gets lost.
desde: the last evento_id that the reader has dealt with; 0 unless given, the beginning.
limite: most rows, 1 to 10000; 100 unless given.
Returns the rows after desde, in the order of evento_id.
Raises 42501 (only ADMIN may), 22023 (limite).';

-- Business time.

CREATE FUNCTION ticket_sm.fn_sla_sumar(
	calendario text DEFAULT NULL,
	desde timestamptz DEFAULT NULL,
	duracion interval DEFAULT NULL)
	RETURNS timestamptz
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_sla_sumar';
COMMENT ON FUNCTION ticket_sm.fn_sla_sumar(text, timestamptz, interval) IS
'Adds business time to a time, in the calendar as it is defined now.
calendario: a name of the table calendario, in any case, required.
desde: the time to begin at, required, finite.
duracion: hours, minutes and seconds, 0 or more, required; no days or months, which are no length of business time (fn_sla_dias).
Returns the earliest time at which the calendar has been open for duracion since desde; for 0, desde itself while it is open or closes, else the next opening.
Raises 22004 (missing field), 22023 (bad value, or the calendar is never open for so long), 22008 (beyond the range of timestamps), 3F000 and 42501 (ticket_sm.mesa does not name a mesa the caller may use).';

CREATE FUNCTION ticket_sm.fn_sla_transcurrido(
	calendario text DEFAULT NULL,
	desde timestamptz DEFAULT NULL,
	hasta timestamptz DEFAULT NULL)
	RETURNS interval
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_sla_transcurrido';
COMMENT ON FUNCTION ticket_sm.fn_sla_transcurrido(text, timestamptz, timestamptz) IS
'The business time between two times, in the calendar as it is defined now.
calendario: a name of the table calendario, in any case, required.
desde: the first time, required, finite.
hasta: the second time, required, finite.
Returns how long the calendar is open between them, in hours, minutes and seconds; negative when hasta is before desde.
Raises 22004 (missing field), 22023 (bad value), 22008 (beyond the range of intervals), 3F000 and 42501 (ticket_sm.mesa does not name a mesa the caller may use).';

CREATE FUNCTION ticket_sm.fn_sla_dias(
	calendario text DEFAULT NULL,
	desde timestamptz DEFAULT NULL,
	dias integer DEFAULT NULL)
	RETURNS interval
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_fn_sla_dias';
COMMENT ON FUNCTION ticket_sm.fn_sla_dias(text, timestamptz, integer) IS
'How much business time a number of business days is, in the calendar as it is defined now.
calendario: a name of the table calendario, in any case, required.
desde: the time to begin at, required, finite; where it is closed, its next opening counts.
dias: dates on which the calendar opens, 1 to 36500, required.
Returns the open time from desde to the same time of day on the dias-th date after it on which the calendar opens.
Raises 22004 (missing field), 22023 (bad value, or the calendar does not open on so many dates), 3F000 and 42501 (ticket_sm.mesa does not name a mesa the caller may use).';

CREATE FUNCTION ticket_sm.sla_tiempo(mesa regclass, calendario integer, desde timestamptz, hasta timestamptz)
	RETURNS interval
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_sla_tiempo';
COMMENT ON FUNCTION ticket_sm.sla_tiempo(regclass, integer, timestamptz, timestamptz) IS
'The business time between two times, in a version of a calendar; for views of a mesa.
mesa: the table ticket of that mesa.
calendario: a version_id of its table calendario_version; NULL: round the clock.
desde: the first time.
hasta: the second time.
Returns how long the calendar is open between them, negative when hasta is before desde; NULL when either is NULL.
Raises 22004 (mesa is missing), 42P01 (that is not the table ticket of a mesa), 42501 (the caller may not use its schema), XX001 (no such version), 22023 (a time is infinite).';

CREATE FUNCTION ticket_sm.nombre_agente(mesa regclass, agente_id uuid) RETURNS text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_nombre_agente';
COMMENT ON FUNCTION ticket_sm.nombre_agente(regclass, uuid) IS
'The name of an agent, and no more about him; for views of a mesa, whose readers do not see the agents of other areas.
mesa: the table ticket of that mesa.
agente_id: the agent.
Returns his name; NULL when there is no such agent, or none is given.
Raises 22004 (mesa is missing), 42P01 (that is not the table ticket of a mesa), 42501 (the caller may not use its schema).';

CREATE FUNCTION ticket_sm.nombre_vigente(mesa regclass, area text, desde timestamptz) RETURNS text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_nombre_vigente';
COMMENT ON FUNCTION ticket_sm.nombre_vigente(regclass, text, timestamptz) IS
'What an area is called now: the history has it under the name that it had then. For views of a mesa.
mesa: the table ticket of that mesa.
area: the name at a time.
desde: that time.
Returns its name now; the name at the time when it was not given another, or is unknown; NULL when the name or the time is NULL.
Raises 22004 (mesa is missing), 42P01 (that is not the table ticket of a mesa), 42501 (the caller may not use its schema).';

CREATE FUNCTION ticket_sm.sla_restante(mesa regclass, ticket_id uuid, version integer, calendario integer,
	objetivo interval, limite timestamptz, restante interval)
	RETURNS interval
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'tsm_sla_restante';
COMMENT ON FUNCTION ticket_sm.sla_restante(regclass, uuid, integer, integer, interval, timestamptz, interval) IS
'What is left of the resolution target of a ticket, in open time of its calendar; for views of a mesa.
mesa: the table ticket of that mesa.
ticket_id: its ticket_uuid.
version: its version.
calendario: its sla_calendario.
objetivo: its sla_objetivo.
limite: its fecha_limite_sla.
restante: its sla_restante.
Returns sla_restante where there is one; else what fn_sla_explicar has as the last restante: negative when more than all is used up; NULL where that is asked of a ticket which the caller may not see.
Raises 22004 (mesa is missing), 42P01 (that is not the table ticket of a mesa), 42501 (the caller may not use its schema), XX001 (no such version, or no history), 22023 (a time is infinite).';

CREATE FUNCTION ticket_sm.feriados_colombia(anio integer)
	RETURNS TABLE (fecha date, nombre text)
	LANGUAGE plpgsql IMMUTABLE
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	-- Easter Sunday, by the rule of Meeus, Jones and Butcher.
	a integer := anio % 19;
	b integer := anio / 100;
	c integer := anio % 100;
	h integer := (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	l integer := (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	m integer := (a + 11 * h + 22 * l) / 451;
	pascua date;
BEGIN
	IF anio IS NULL THEN
		RAISE EXCEPTION 'parameter "anio" is required' USING ERRCODE = 'null_value_not_allowed';
	ELSIF anio NOT BETWEEN 1984 AND 2999 THEN
		RAISE EXCEPTION 'parameter "anio" has an invalid value'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s; 1984 to 2999 are allowed.', anio);
	END IF;
	pascua := make_date(anio, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1);

	RETURN QUERY
	SELECT d.dia, string_agg(d.fiesta, ' / ' ORDER BY d.fiesta COLLATE "C")
	FROM (
		SELECT make_date(anio, f.mes, f.del_mes) AS dia, f.fiesta
		FROM (VALUES (1, 1, 'Año Nuevo'), (5, 1, 'Día del Trabajo'), (7, 20, 'Día de la Independencia'),
			(8, 7, 'Batalla de Boyacá'), (12, 8, 'Inmaculada Concepción'), (12, 25, 'Navidad'))
			AS f(mes, del_mes, fiesta)
		UNION ALL
		-- Ley 51 de 1983: on the next Monday, unless they fall on one
		SELECT make_date(anio, f.mes, f.del_mes)
			+ (8 - extract(isodow FROM make_date(anio, f.mes, f.del_mes))::integer) % 7, f.fiesta
		FROM (VALUES (1, 6, 'Reyes Magos'), (3, 19, 'San José'), (6, 29, 'San Pedro y San Pablo'),
			(8, 15, 'Asunción de la Virgen'), (10, 12, 'Día de la Raza'), (11, 1, 'Todos los Santos'),
			(11, 11, 'Independencia de Cartagena'))
			AS f(mes, del_mes, fiesta)
		UNION ALL
		-- the last three are Thursdays and a Friday, moved by the same law
		SELECT pascua + f.dias, f.fiesta
		FROM (VALUES (-3, 'Jueves Santo'), (-2, 'Viernes Santo'), (43, 'Ascensión del Señor'),
			(64, 'Corpus Christi'), (71, 'Sagrado Corazón de Jesús'))
			AS f(dias, fiesta)
	) AS d
	GROUP BY d.dia
	ORDER BY d.dia;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.feriados_colombia(integer) IS
'The public holidays of Colombia in a year, by the rules in force since Ley 51 de 1983.
anio: the year, 1984 to 2999.
Returns one row for each date, with its name; where two feasts fall on one date, both names.
Raises 22004 (anio is NULL), 22023 (the year is out of range).';

CREATE FUNCTION ticket_sm.agregar_feriados(calendario text, fechas date[], nombres text[]) RETURNS integer
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'tsm_agregar_feriados';
COMMENT ON FUNCTION ticket_sm.agregar_feriados(text, date[], text[]) IS
'Adds holidays to a calendar of the mesa of ticket_sm.mesa; those whose date it has are left alone.
calendario: a name of the table calendario, in any case.
fechas, nombres: the dates and their names. Returns how many it added; NULL when there is no such calendar. Raises 42501 (the caller may not write the table feriado), 3F000 (no such mesa), 55000 (a rule rewrites the statement).';

CREATE FUNCTION ticket_sm.sembrar_feriados_co(anio integer, calendario text DEFAULT 'CO')
	RETURNS integer
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $funcion$
DECLARE
	agregados integer;
BEGIN
	IF calendario IS NULL THEN
		RAISE EXCEPTION 'parameter "calendario" is required' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	agregados := (SELECT ticket_sm.agregar_feriados(calendario, array_agg(f.fecha), array_agg(f.nombre))
		FROM ticket_sm.feriados_colombia(anio) f);
	IF agregados IS NULL THEN
		RAISE EXCEPTION 'calendar "%" does not exist', calendario USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN agregados;
END;
$funcion$;
COMMENT ON FUNCTION ticket_sm.sembrar_feriados_co(integer, text) IS
'Adds the public holidays of Colombia in a year to a calendar of the mesa of ticket_sm.mesa. A date that the calendar has in its table feriado, closed or with hours, is left alone.
anio: the year, 1984 to 2999.
calendario: a name of the table calendario, in any case; CO unless given.
Returns how many dates it added.
Raises 22004 (a parameter is NULL), 22023 (the year is out of range, or there is no such calendar), 42501 (the caller may not write the table feriado), 3F000 (no such mesa).';
