-- History

CREATE TABLE @mesa@.historial (
	ticket_uuid			uuid,
	version				integer,
	forma				smallint NOT NULL,
	operacion			ticket_sm.ticket_operation NOT NULL,
	ocurrido_en			timestamptz NOT NULL,
	ticket_label		text,
	estado_antes		ticket_sm.ticket_state,
	estado_despues		ticket_sm.ticket_state NOT NULL,
	area_antes			text,
	area_despues		text NOT NULL,
	prioridad_antes		text,
	prioridad_despues	text NOT NULL,
	agente_antes		uuid,
	agente_despues		uuid,
	tipo_antes			ticket_sm.ticket_type,
	tipo_despues		ticket_sm.ticket_type,
	categoria_antes		text,
	categoria_despues	text,
	subcategoria_antes	text,
	subcategoria_despues text,
	reloj				text NOT NULL,
	sla					jsonb,
	actor_id			uuid,
	actor_nombre		text NOT NULL,
	actor_rol			ticket_sm.ticket_role NOT NULL,
	usuario_bd			text NOT NULL,
	huella_textos		bytea,
	huella_datos		bytea,
	vinculo				jsonb,
	adjunto				jsonb,
	calificacion		jsonb,
	-- In the chain by huella_textos only, so that they can be erased.
	motivo				text,
	nota				text,
	respuesta			text,
	mensaje				text,
	clave_idempotencia	text,
	cambios				jsonb,
	ip					inet,
	sal					bytea,
	hash				bytea NOT NULL,
	-- The only index, and no foreign key: the guard is the only writer.
	PRIMARY KEY (ticket_uuid, version)
);

COMMENT ON TABLE @mesa@.historial IS 'One row for every change of every ticket, chained by hash. Written by the guard only, never changed. fn_verificar() proves it.';
COMMENT ON COLUMN @mesa@.historial.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.historial.version IS '1 for its creation, then one more each, without a hole.';
COMMENT ON COLUMN @mesa@.historial.forma IS 'Number of the canonical form that hash is over; the README gives it.';
COMMENT ON COLUMN @mesa@.historial.operacion IS 'What was done; avisar and vencer: what came due, told in the course of the actor''s call; retirar: a breach that the event before it has put right.';
COMMENT ON COLUMN @mesa@.historial.ocurrido_en IS 'Clock time, taken after the ticket was locked and never before the previous row''s.';
COMMENT ON COLUMN @mesa@.historial.ticket_label IS 'The label given at creation; NULL in later rows.';
COMMENT ON COLUMN @mesa@.historial.estado_antes IS 'State before; NULL at creation.';
COMMENT ON COLUMN @mesa@.historial.estado_despues IS 'State after.';
COMMENT ON COLUMN @mesa@.historial.area_antes IS 'Area before; NULL at creation.';
COMMENT ON COLUMN @mesa@.historial.area_despues IS 'Area after.';
COMMENT ON COLUMN @mesa@.historial.prioridad_antes IS 'Priority before; NULL at creation.';
COMMENT ON COLUMN @mesa@.historial.prioridad_despues IS 'Priority after.';
COMMENT ON COLUMN @mesa@.historial.agente_antes IS 'Agent before.';
COMMENT ON COLUMN @mesa@.historial.agente_despues IS 'Agent after.';
COMMENT ON COLUMN @mesa@.historial.tipo_antes IS 'Type before, when it changed.';
COMMENT ON COLUMN @mesa@.historial.tipo_despues IS 'Type after, when it changed (also at creation).';
COMMENT ON COLUMN @mesa@.historial.categoria_antes IS 'Category before, when it changed.';
COMMENT ON COLUMN @mesa@.historial.categoria_despues IS 'Category after, when it changed (also at creation).';
COMMENT ON COLUMN @mesa@.historial.subcategoria_antes IS 'Subcategory before, when it changed.';
COMMENT ON COLUMN @mesa@.historial.subcategoria_despues IS 'Subcategory after, when it changed (also at creation).';
COMMENT ON COLUMN @mesa@.historial.reloj IS 'What the resolution clock does from here on: corre, pausa, fin.';
COMMENT ON COLUMN @mesa@.historial.sla IS 'What the SLA clock was given and what it told, the end of a pause, and the stamps of the end: {"column of ticket": ["before", "after"]}.';
COMMENT ON COLUMN @mesa@.historial.vinculo IS 'Of vincular and desvincular: otro, the uuid of the other ticket, and relacion, what this one is to it (relacionado, padre, hijo, duplicado, original). Of responder, where the message came to a duplicate of the ticket: origen, the uuid of that one.';
COMMENT ON COLUMN @mesa@.historial.motivo IS 'Reason given, internal. NULL also where the sweep has ended a pause or closed a ticket.';
COMMENT ON COLUMN @mesa@.historial.nota IS 'Internal note.';
COMMENT ON COLUMN @mesa@.historial.respuesta IS 'Answer given to the requester, who can see it.';
COMMENT ON COLUMN @mesa@.historial.mensaje IS 'What the requester has said, who sees it too; of calificar his comment.';
COMMENT ON COLUMN @mesa@.historial.clave_idempotencia IS 'Key of the message, at most 200 characters: the same ticket and key have one message.';
COMMENT ON COLUMN @mesa@.historial.cambios IS 'Other columns of the ticket that changed, yours among them: {"column": ["before", "after"]}.';
COMMENT ON COLUMN @mesa@.historial.actor_id IS 'The agent who did it, where the caller is one.';
COMMENT ON COLUMN @mesa@.historial.actor_nombre IS 'The agent''s name at that time, or the database role''s.';
COMMENT ON COLUMN @mesa@.historial.actor_rol IS 'Helpdesk role in which it was done.';
COMMENT ON COLUMN @mesa@.historial.usuario_bd IS 'Database role that did it.';
COMMENT ON COLUMN @mesa@.historial.ip IS 'Address of the client, where known.';
COMMENT ON COLUMN @mesa@.historial.huella_textos IS 'SHA-256 over sal and the canonical form of motivo, nota, respuesta, mensaje, clave_idempotencia, cambios and ip; NULL when all are NULL.';
COMMENT ON COLUMN @mesa@.historial.huella_datos IS 'SHA-256 over sal and the canonical form of what the requester gave, as the ticket has it after this; in the creation, and where it changed.';
COMMENT ON COLUMN @mesa@.historial.adjunto IS 'Of adjuntar, the file: adjunto (its adjunto_id), publico, tipo_contenido, bytes, and contenido and archivo, SHA-256 over the salt and the digest, and over the salt and the name, of the row of adjunto. Of retirar_adjunto adjunto alone.';
COMMENT ON COLUMN @mesa@.historial.calificacion IS 'Of calificar: calificacion, 1 to 5, and solucion, the version of the event that solved what was rated.';
COMMENT ON COLUMN @mesa@.historial.sal IS 'Salt of the two digests; NULL where there is none, or it was erased with the texts.';
COMMENT ON COLUMN @mesa@.historial.hash IS 'SHA-256 over the previous row''s hash and the canonical form of this row, which the README gives.';


-- The words.  They follow from tickets, answers and messages; ticket_sm.rehacer_busqueda()
-- works them out anew.

CREATE TABLE @mesa@.busqueda (
	ticket_uuid	uuid PRIMARY KEY,
	palabras	tsvector NOT NULL
);
CREATE INDEX busqueda_palabras_idx ON @mesa@.busqueda USING gin (palabras);
COMMENT ON TABLE @mesa@.busqueda IS 'The words by which fn_lista finds a ticket, one row each. Written by the guard; not proven, as it follows from the rest: ticket_sm.rehacer_busqueda() makes it anew.';
COMMENT ON COLUMN @mesa@.busqueda.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.busqueda.palabras IS 'Words and stems, without accents, of its label, subject, description, requester, telephone, document, category, and all that was answered and said, and the names of its files.';


-- The outbox.  What others are to hear of; it is no evidence, so what has been
-- read may be deleted.

CREATE TABLE @mesa@.evento (
	evento_id	bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
	horizonte	xid8 NOT NULL,
	ticket_uuid	uuid NOT NULL,
	version		integer NOT NULL,
	operacion	ticket_sm.ticket_operation NOT NULL,
	ocurrido_en	timestamptz NOT NULL,
	datos		jsonb NOT NULL
);
COMMENT ON TABLE @mesa@.evento IS 'The outbox: events for webhooks, mail and the like; configuracion.eventos says which. Read it with fn_eventos(), which skips none; delete what is dealt with.';
COMMENT ON COLUMN @mesa@.evento.evento_id IS 'Number, ascending, with gaps.';
COMMENT ON COLUMN @mesa@.evento.horizonte IS 'Once every transaction before this one has ended, no row with a lower number can appear.';
COMMENT ON COLUMN @mesa@.evento.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.evento.version IS 'Version of the ticket, so the row of the history.';
COMMENT ON COLUMN @mesa@.evento.operacion IS 'What happened; avisar: part of a target is used up, vencer: it was missed, retirar: it was not, after all.';
COMMENT ON COLUMN @mesa@.evento.ocurrido_en IS 'When, as in the history.';
COMMENT ON COLUMN @mesa@.evento.datos IS 'The ticket after it: ticket_label, estado_antes, estado, tipo, categoria, prioridad, area, agente_id, fecha_limite_sla; for avisar, vencer and retirar also objetivo, umbral (percent) and limite (the deadline that came due, or was said to be missed). Times in UTC.';

-- When fn_sla_barrer() was last done, in seconds since 1970, for the view salud.
CREATE SEQUENCE @mesa@.barrido MINVALUE 0 START 0;
COMMENT ON SEQUENCE @mesa@.barrido IS 'When the last sweep ended, in seconds since 1970; 0: never. Written by fn_sla_barrer().';
