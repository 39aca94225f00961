/*-------------------------------------------------------------------------
 *
 * operations.h
 *	  The operations: one row each.
 *
 * There is deliberately no #ifndef here: whoever includes this defines OP
 * first, to take from it what it needs.  Whatever else names an
 * operation is derived from these rows, or compared with them by the regression
 * test "sheet".  docs/add-an-operation.md says what else an operation needs.
 *
 *	  OP(id, name, kind, reason, columns, participle, summary, notes,
 *		 statement, parameters...)
 *
 * kind		CREATES a ticket, is ON_TICKET, is OF_REQUESTERS (on a ticket, which its
 *			label and the requester's address name), is ON_FILES of a ticket, READS,
 *			or is THE_CLOCKS, which needs no permission.
 * reason	whether the operation demands one, also in plain SQL.
 * columns	that it may change, among those that are the business of an
 *			operation (TSM_ASSIGNMENT, TSM_CLASSIFICATION).
 * participle, summary, notes
 *			what HTTP says: the answer's message, and the OpenAPI document.
 * statement
 *			that carries it out.  "@" stands for the desk's schema, "#" for the
 *			ticket or tickets, $n for the n-th parameter; after those of a
 *			creation come the new ticket's uuid and the fingerprint of its key.
 *			The state after is the one that the machine says, so that
 *			users' triggers see it; whether it is allowed is for the guard to judge.
 * parameters
 *			of its SQL function, in order: what they are, what they are called
 *			over HTTP, REQUIRED, ONE_OF (one of several is required), INSTEAD (of
 *			the ticket's uuid) or OPTIONAL, and how the OpenAPI document describes
 *			them; "%s" stands for the limits of the text.
 *
 *-------------------------------------------------------------------------
 */
OP(OP_CREAR, "crear", CREATES, NO_REASON, 0, "creado",
   "Creates a ticket, for anyone.",
   "The same claveIdempotencia (or header Idempotency-Key, which beats it) from the same email makes one ticket, "
   "however often it comes.",
   "INSERT INTO @.ticket (solicitante_nombre, documento, solicitante_email, telefono, tiene_whatsapp,"
   " empresa_departamento, tipo, categoria, subcategoria, asunto, descripcion, prioridad, area, ip_registro,"
   " clave_idempotencia, ticket_uuid, huella_idempotencia)"
   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
   TEXT(F_NOMBRE, "nombre", REQUIRED, "the requester, %s."),
   TEXT(F_DOCUMENTO, "documento", OPTIONAL, "identity document, %s; never shown to the public."),
   TEXT(F_EMAIL, "email", REQUIRED, "local@domain, %s."),
   TEXT(F_TELEFONO, "telefono", OPTIONAL, "%s; never shown to the public."),
   BOOLEAN("tiene_whatsapp", "tieneWhatsapp", "whether the telephone takes WhatsApp; false unless given."),
   TEXT(F_EMPRESA, "empresaDepartamento", OPTIONAL, "company or department, %s."),
   TYPE("tipo", REQUIRED),
   TEXT(F_CATEGORIA, "categoria", REQUIRED, "%s."),
   TEXT(F_SUBCATEGORIA, "subcategoria", OPTIONAL, "%s."),
   TEXT(F_ASUNTO, "asunto", OPTIONAL, "subject, %s."),
   TEXT(F_DESCRIPCION, "descripcion", REQUIRED, "%s."),
   PRIORITY("prioridad", REQUIRED, "BAJA, MEDIA, ALTA, URGENTE, CRITICA, or what the desk has instead, in any case."),
   AREA("areaAsignada", OR_FIRST_AREA, "area that gets it; MESA unless given."),
   ADDRESS("ip"),
   TEXT(F_CLAVE, "claveIdempotencia", OPTIONAL, "key of this request, %s."))

OP(OP_ASIGNAR, "asignar", ON_TICKET, NO_REASON, TSM_ASSIGNMENT, "asignado",
   "Assigns a ticket to an area, and to an agent of it.", NULL,
   UPDATE(STATE_AFTER ", agente_id = COALESCE($2, agente_id), area = COALESCE($3, area)"),
   TICKET,
   AGENT("an active agent of the area, or one of role ADMIN or MESA; the ticket's unless given."),
   AREA("area", OPTIONAL, "area that gets it; the ticket's unless given."),
   REASON, VERSION)

OP(OP_REASIGNAR, "reasignar", ON_TICKET, NO_REASON, COL(agente_id), "reasignado",
   "Hands a ticket to another agent, or to nobody; area and state stay.", NULL,
   UPDATE(STATE_AFTER ", agente_id = $2"),
   TICKET,
   AGENT("an active agent of the ticket's area, or one of role ADMIN or MESA; nobody unless given."),
   REASON, VERSION)

OP(OP_TRANSFERIR, "transferir", ON_TICKET, NEEDS_REASON, TSM_ASSIGNMENT, "transferido",
   "Hands a ticket to another area.", NULL,
   UPDATE(STATE_AFTER ", area = $2, agente_id = $4"),
   TICKET,
   AREA("nuevaArea", REQUIRED, "an area other than the ticket's."),
   REASON,
   AGENT("an active agent of the new area, or one of role ADMIN or MESA; none unless given."),
   VERSION)

OP(OP_RECLASIFICAR, "reclasificar", ON_TICKET, NEEDS_REASON, TSM_CLASSIFICATION, "reclasificado",
   "Changes what a ticket is.",
   "At least one of the four must be given, and at least one must change. Another category takes the subcategory away, "
   "unless one is given; an empty one takes it away too.",
   UPDATE(STATE_AFTER ", tipo = COALESCE($2, tipo), categoria = COALESCE($3, categoria),"
		  " subcategoria = COALESCE($4, CASE WHEN pg_catalog.lower($3) OPERATOR(pg_catalog.<>) pg_catalog.lower(categoria)"
		  " THEN NULL ELSE subcategoria END), prioridad = COALESCE($5, prioridad)"),
   TICKET,
   TYPE("nuevoTipo", ONE_OF),
   TEXT(F_CATEGORIA, "nuevaCategoria", ONE_OF, "%s."),
   TEXT(F_SUBCATEGORIA, "nuevaSubcategoria", ONE_OF, "%s."),
   PRIORITY("nuevaPrioridad", ONE_OF, "a priority of the desk, in any case."),
   REASON, VERSION)

OP(OP_PAUSAR, "pausar", ON_TICKET, NEEDS_REASON, 0, "pausado",
   "Pauses work on a ticket; the clock stands.",
   "A pause with an end is ended by the desk itself, as by reabrir.",
   UPDATE(STATE_AFTER),
   TICKET, REASON, VERSION,
   UNTIL("hasta", "hasta", "when the pause ends by itself, within ten years: a time in ISO 8601, in the desk's zone if it has no offset; unless given, it has no end."))

OP(OP_REABRIR, "reabrir", ON_TICKET, NEEDS_REASON, 0, "reabierto",
   "Takes up a paused or resolved ticket again.", NULL,
   UPDATE(STATE_AFTER),
   TICKET, REASON, VERSION)

OP(OP_ACTUALIZAR, "actualizar", ON_TICKET, NO_REASON, 0, "actualizado",
   "Adds a note, an answer, or both; the state stays.",
   "One of the two is required. Older clients also send estado, prioridad and area: they change nothing here.",
   UPDATE("respuesta_cliente = COALESCE($3, respuesta_cliente)"),
   TICKET,
   TEXT(F_NOTA, "nota", ONE_OF, "internal note, %s."),
   ANSWER(ONE_OF),
   VERSION)

OP(OP_RESPONDER, "responder", OF_REQUESTERS, NO_REASON, 0, "respondido",
   "Adds what the requester has to say; takes up a paused or resolved ticket again.",
   "Label and email must both match; which of the two is wrong is not told. Agents may write down what a requester has "
   "told them: the history says who did. The same claveIdempotencia (or header Idempotency-Key, which beats it) for the same "
   "ticket makes one message, however often it comes. A ticket that has ended takes none (409): create a new one.",
   UPDATE(STATE_AFTER),
   LABEL("ticket_label", "label", "label of the ticket, in any case."),
   WORD("email", "email", "the address it was created with, in any case."),
   TEXT(F_MENSAJE, "mensaje", REQUIRED, "what the requester says, %s."),
   TEXT(F_CLAVE, "claveIdempotencia", OPTIONAL, "key of this request, %s."))

OP(OP_CALIFICAR, "calificar", OF_REQUESTERS, NO_REASON, 0, "calificado",
   "Rates the solution of a ticket, for its requester alone.",
   "Label and email must both match; which of the two is wrong is not told. Each solution is rated once, for good, also after the ticket was "
   "closed; one that was taken up again and resolved anew has another solution.",
   UPDATE(STATE_AFTER),
   LABEL("ticket_label", "label", "label of the ticket, in any case."),
   WORD("email", "email", "the address it was created with, in any case."),
   RATING("calificacion", "calificacion", "1 (very bad) to 5 (very good)."),
   TEXT(F_COMENTARIO, "comentario", OPTIONAL, "what the requester says of it, %s."))

OP(OP_CORREGIR, "corregir", ON_TICKET, NEEDS_REASON, 0, "corregido",
   "Corrects what is known of the requester.",
   "At least one of the five must be given, and at least one must change. With another address the requester sees the "
   "ticket by that one only. An empty documento, telefono or empresaDepartamento takes it away.",
   UPDATE("solicitante_nombre = COALESCE($2, solicitante_nombre), solicitante_email = COALESCE($3, solicitante_email),"
		  " documento = COALESCE($4, documento), telefono = COALESCE($5, telefono),"
		  " empresa_departamento = COALESCE($6, empresa_departamento)"),
   TICKET,
   TEXT(F_NOMBRE, "nombre", ONE_OF, "the requester, %s."),
   TEXT(F_EMAIL, "email", ONE_OF, "local@domain, %s."),
   TEXT(F_DOCUMENTO, "documento", ONE_OF, "identity document, %s."),
   TEXT(F_TELEFONO, "telefono", ONE_OF, "%s."),
   TEXT(F_EMPRESA, "empresaDepartamento", ONE_OF, "company or department, %s."),
   REASON, VERSION)

OP(OP_RESOLVER, "resolver", ON_TICKET, NO_REASON, 0, "resuelto",
   "Marks a ticket as resolved; its clock ends.", NULL,
   UPDATE(STATE_AFTER ", respuesta_cliente = COALESCE($2, respuesta_cliente)"),
   TICKET, ANSWER(OPTIONAL), VERSION)

OP(OP_CANCELAR, "cancelar", ON_TICKET, NEEDS_REASON, 0, "cancelado",
   "Cancels a ticket for good.",
   "Older clients also send rol: it changes nothing.",
   UPDATE(STATE_AFTER),
   TICKET, REASON, VERSION)

OP(OP_ARCHIVAR, "archivar", ON_TICKET, NEEDS_REASON, 0, "archivado",
   "Files a ticket away for good.", NULL,
   UPDATE(STATE_AFTER),
   TICKET, REASON, VERSION)

OP(OP_VINCULAR, "vincular", ON_TICKET, NEEDS_REASON, 0, "vinculado",
   "Links a ticket with another one; a duplicate is merged into it.",
   "The other ticket goes on in the place of a duplicate, which is cancelled, unless it is resolved or ended: what was said there "
   "shows in the other one, and its requester is led there. Nothing is lost: desvincular parts them again.",
   UPDATE(STATE_AFTER),
   TICKET, OTHER,
   RELATION(REQUIRED, "what the ticket is to the other one: relacionado, padre or duplicado, in any case."),
   REASON)

OP(OP_DESVINCULAR, "desvincular", ON_TICKET, NEEDS_REASON, 0, "desvinculado",
   "Takes the link of two tickets away; the state of neither changes.",
   "It does not matter which of the two is named first.",
   UPDATE(STATE_AFTER),
   TICKET, OTHER, REASON,
   RELATION(OPTIONAL, "which one, where there are several: relacionado, padre or duplicado, in any case; the one that was made last unless given."))

OP(OP_ADJUNTAR, "adjuntar", ON_FILES, NO_REASON, 0, "adjuntado",
   "Attaches a file to a ticket.",
   "The same file under the same name from the same sender is one attachment, however often it comes.",
   UPDATE(STATE_AFTER),
   ID("ticket_id", OPTIONAL),
   TEXT(F_ARCHIVO, "archivo", REQUIRED, "name of the file, %s: a path, what is not seen and what a name of a file must not have are taken away, and a longer one is cut before its extension."),
   BYTES("contenido"),
   MAYBE("tipo_contenido", "tipoContenido", OPTIONAL, "media type that the client supposes; what the content shows beats it."),
   BOOLEAN("publico", "publico", "whether the requester sees it; false unless given, but of a file of the requester, which is always public."),
   MAYBE("ticket_label", "label", INSTEAD, "label of the ticket, in any case; with email, instead of its uuid."),
   MAYBE("email", "email", INSTEAD, "the address that the ticket was created with, in any case."),
   VERSION)

OP(OP_RETIRAR_ADJUNTO, "retirar_adjunto", ON_FILES, NEEDS_REASON, 0, "retirado",
   "Takes the content and the name of a file away for good, as of one that was sent by mistake.",
   "What stays is that there was one: its size, its type, its digest, and who has sent it.",
   UPDATE(STATE_AFTER),
   TICKET, ID("adjunto_id", REQUIRED), REASON, VERSION)

OP(OP_CONSULTAR, "consultar", READS, NO_REASON, 0, NULL, NULL, NULL, NULL,
   WORD("ticket_label", "label", "label of the ticket, in any case."),
   WORD("email", "email", "the address it was created with, in any case."))

OP(OP_AVISAR, "avisar", THE_CLOCKS, NO_REASON, 0, NULL, NULL, NULL, NULL, NOTHING)
OP(OP_VENCER, "vencer", THE_CLOCKS, NO_REASON, 0, NULL, NULL, NULL, NULL, NOTHING)
OP(OP_RETIRAR, "retirar", THE_CLOCKS, NO_REASON, 0, NULL, NULL, NULL, NULL, NOTHING)
OP(OP_RECALCULAR, "recalcular", THE_CLOCKS, NO_REASON, 0, NULL, NULL, NULL, NULL, NOTHING)
