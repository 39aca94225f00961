-- Types.  They belong to the extension: a mesa's columns use them, and an
-- enum cannot be extended by a user without being lost in a dump.

CREATE TYPE ticket_sm.ticket_state AS ENUM (
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO',
	'RESUELTO', 'CANCELADO', 'ARCHIVADO');
COMMENT ON TYPE ticket_sm.ticket_state IS
'State of a ticket. What leads from one to the next stands in the table transicion of each mesa, what a state means for the clock in its table estado.';

CREATE TYPE ticket_sm.ticket_operation AS ENUM (
	'crear', 'asignar', 'reasignar', 'transferir', 'reclasificar', 'pausar',
	'reabrir', 'actualizar', 'responder', 'calificar', 'corregir', 'resolver', 'cancelar', 'archivar',
	'vincular', 'desvincular', 'adjuntar', 'retirar_adjunto', 'consultar',
	'avisar', 'vencer', 'retirar', 'recalcular');
COMMENT ON TYPE ticket_sm.ticket_operation IS
'What can be done with a ticket: one function fn_* each. avisar, vencer, retirar and recalcular are the SLA clock''s own: a warning, a breach, a breach withdrawn, another target.';

CREATE TYPE ticket_sm.ticket_role AS ENUM ('ADMIN', 'MESA', 'AREA', 'PUBLICO');
COMMENT ON TYPE ticket_sm.ticket_role IS
'Helpdesk role of a caller, highest first. Which database role stands for it is in the table rol of each mesa.';

CREATE TYPE ticket_sm.ticket_type AS ENUM (
	'PETICION', 'QUEJA', 'RECLAMO', 'SUGERENCIA', 'INCIDENTE', 'SOLICITUD',
	'CONSULTA');
COMMENT ON TYPE ticket_sm.ticket_type IS 'Kind of a request.';

-- What the functions answer with.

CREATE TYPE ticket_sm.ticket_creado AS (
	ticket_uuid		uuid,
	ticket_label	text,
	estado			ticket_sm.ticket_state,
	tipo			ticket_sm.ticket_type,
	prioridad		text,
	sla_horas		integer,
	fecha_creacion	timestamptz,
	fecha_limite_sla	timestamptz);
COMMENT ON TYPE ticket_sm.ticket_creado IS 'The answer of fn_crear_ticket.';

CREATE TYPE ticket_sm.ticket_operado AS (
	ticket_uuid		uuid,
	ticket_label	text,
	estado_anterior	ticket_sm.ticket_state,
	estado			ticket_sm.ticket_state,
	area			text,
	agente_id		uuid,
	prioridad		text,
	fecha_limite_sla	timestamptz,
	version			integer,
	actualizado_en	timestamptz,
	advertencia		text);
COMMENT ON TYPE ticket_sm.ticket_operado IS
'The answer of every operation on a ticket: the row as it now stands, and the state before. advertencia: what whoever ends a parent should know, its children that are open still, as far as the caller may see them; NULL: nothing.';

CREATE TYPE ticket_sm.ticket_respondido AS (
	ticket_uuid		uuid,
	ticket_label	text,
	estado_anterior	ticket_sm.ticket_state,
	estado			ticket_sm.ticket_state,
	fecha			timestamptz,
	version			integer);
COMMENT ON TYPE ticket_sm.ticket_respondido IS
'The answer of fn_responder and fn_calificar: the ticket that has the message, its state before and after, when it was, and for agents its version with it; the requester is not to count what he does not see.';

CREATE TYPE ticket_sm.ticket_consultado AS (
	ticket_uuid		uuid,
	ticket_label	text,
	estado			ticket_sm.ticket_state,
	tipo			ticket_sm.ticket_type,
	categoria		text,
	subcategoria	text,
	asunto			text,
	descripcion		text,
	respuesta_cliente	text,
	area			text,
	prioridad		text,
	solicitante_nombre	text,
	solicitante_email	text,
	fecha_creacion	timestamptz,
	actualizado_en	timestamptz,
	fecha_limite_sla	timestamptz,
	resuelto_en		timestamptz,
	cerrado_en		timestamptz,
	ultima_operacion	ticket_sm.ticket_operation,
	ultima_fecha	timestamptz,
	estado_antes	ticket_sm.ticket_state,
	estado_despues	ticket_sm.ticket_state,
	respuestas		jsonb,
	adjuntos		jsonb,
	label_vigente	text);
COMMENT ON TYPE ticket_sm.ticket_consultado IS
'The answer of fn_consultar: what the requester may see of a ticket. respuestas is an array of {fecha, respuesta}, oldest first; adjuntos, of its public files, of {adjunto_id, archivo, tipo_contenido, bytes, adjuntado_en, propio} (propio: the requester has sent it). label_vigente: of a duplicate, the label of the ticket that goes on in its place, whose state, area, dates and answers these are; else NULL.';

CREATE TYPE ticket_sm.adjunto_operado AS (
	ticket_uuid		uuid,
	ticket_label	text,
	estado_anterior	ticket_sm.ticket_state,
	estado			ticket_sm.ticket_state,
	version			integer,
	actualizado_en	timestamptz,
	adjunto_id		uuid,
	archivo			text,
	tipo_contenido	text,
	bytes			integer,
	sha256			bytea,
	publico			boolean);
COMMENT ON TYPE ticket_sm.adjunto_operado IS
'The answer of fn_adjuntar and fn_retirar_adjunto: the ticket as it now stands, and the file; what was taken away of it is NULL, and so is version for the public.';

CREATE TYPE ticket_sm.ticket_adjunto AS (
	adjunto_id		uuid,
	archivo			text,
	tipo_contenido	text,
	bytes			integer,
	sha256			bytea,
	publico			boolean,
	adjuntado_en	timestamptz,
	actor_nombre	text,
	actor_rol		ticket_sm.ticket_role,
	version			integer,
	retirado_en		timestamptz,
	ticket_label	text);
COMMENT ON TYPE ticket_sm.ticket_adjunto IS
'A row of fn_adjuntos: a file of a ticket. Who has sent it, the version of that event and when it was taken away are NULL for the requester. ticket_label: of a public file of a duplicate of the ticket, the label of that; else NULL.';

CREATE TYPE ticket_sm.ticket_en_bandeja AS (
	ticket_uuid		uuid,
	ticket_label	text,
	estado			ticket_sm.ticket_state,
	tipo			ticket_sm.ticket_type,
	categoria		text,
	prioridad		text,
	area			text,
	agente_id		uuid,
	agente			text,
	asunto			text,
	solicitante_nombre	text,
	solicitante_email	text,
	fecha_creacion	timestamptz,
	actualizado_en	timestamptz,
	sla_horas		integer,
	fecha_limite_sla	timestamptz,
	horas_restantes	numeric,
	vencido			boolean,
	version			integer,
	cursor			text);
COMMENT ON TYPE ticket_sm.ticket_en_bandeja IS
'A row of fn_bandeja: the columns of the view bandeja, and cursor, which asks for what comes after this row.';

CREATE TYPE ticket_sm.ticket_en_lista AS (
	ticket_uuid		uuid,
	ticket_label	text,
	asunto			text,
	tipo			ticket_sm.ticket_type,
	categoria		text,
	subcategoria	text,
	estado			ticket_sm.ticket_state,
	prioridad		text,
	area			text,
	agente_id		uuid,
	agente_nombre	text,
	solicitante_nombre	text,
	solicitante_email	text,
	fecha_creacion	timestamptz,
	actualizado_en	timestamptz,
	resuelto_en		timestamptz,
	cerrado_en		timestamptz,
	sla_horas		integer,
	sla_objetivo	interval,
	fecha_limite_sla	timestamptz,
	restante		interval,
	pausado			boolean,
	vencido			boolean,
	incumplido		boolean,
	version			integer,
	cursor			text,
	total			bigint);
COMMENT ON TYPE ticket_sm.ticket_en_lista IS
'A row of fn_lista: what a list shows and the next operation wants. restante: open time left of sla_objetivo; pausado: its clock stands; vencido: past its deadline now, and can still be worked on; incumplido: its target was missed; cursor: asks for what comes after this row; total: how many there are, if that was asked for.';

CREATE TYPE ticket_sm.ticket_en_lote AS (
	ticket_uuid		uuid,
	ticket_label	text,
	hecho			boolean,
	estado_anterior	ticket_sm.ticket_state,
	estado			ticket_sm.ticket_state,
	version			integer,
	codigo			text,
	mensaje			text,
	detalle			text);
COMMENT ON TYPE ticket_sm.ticket_en_lote IS
'A row of fn_ejecutar_lote: what became of a ticket (hecho), or the SQLSTATE, message and detail with which it was refused.';
