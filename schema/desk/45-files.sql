-- Files
--
-- What is attached, and apart from it the contents, one row for each: equal ones
-- are stored once.  Who has sent a file, and when, stands in the event that
-- attached it.

CREATE TABLE @mesa@.adjunto (
	adjunto_id		uuid PRIMARY KEY,
	ticket_uuid		uuid NOT NULL,
	version			integer NOT NULL,
	archivo			text,
	tipo_contenido	text NOT NULL,
	bytes			integer NOT NULL,
	sha256			bytea,
	publico			boolean NOT NULL,
	sal				bytea,
	sal_archivo		bytea,
	retirado		integer,
	UNIQUE (ticket_uuid, version)
);
CREATE INDEX adjunto_sha256_idx ON @mesa@.adjunto (sha256);
COMMENT ON TABLE @mesa@.adjunto IS 'The files of the tickets. Written by the guard only; fn_retirar_adjunto() takes name and content of one away, nothing else changes. fn_verificar() proves it.';
COMMENT ON COLUMN @mesa@.adjunto.adjunto_id IS 'Identity, a random uuid.';
COMMENT ON COLUMN @mesa@.adjunto.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.adjunto.version IS 'The row of historial that attached it, which says when, and who did.';
COMMENT ON COLUMN @mesa@.adjunto.archivo IS 'Name of the file, at most 150 characters; NULL: taken away.';
COMMENT ON COLUMN @mesa@.adjunto.tipo_contenido IS 'Media type, from a short list; application/octet-stream: something else.';
COMMENT ON COLUMN @mesa@.adjunto.bytes IS 'Its size.';
COMMENT ON COLUMN @mesa@.adjunto.sha256 IS 'SHA-256 of its content, by which contenido has it.';
COMMENT ON COLUMN @mesa@.adjunto.publico IS 'Whether the requester sees it.';
COMMENT ON COLUMN @mesa@.adjunto.sal IS 'Salt of the digest of sha256 in historial.adjunto.';
COMMENT ON COLUMN @mesa@.adjunto.sal_archivo IS 'Salt of the digest of archivo in historial.adjunto; NULL: taken away with it.';
COMMENT ON COLUMN @mesa@.adjunto.retirado IS 'The row of historial that took name and content away; NULL: it is there.';

CREATE TABLE @mesa@.contenido (
	sha256	bytea PRIMARY KEY,
	datos	bytea NOT NULL
);
-- pictures and archives are compressed already
ALTER TABLE @mesa@.contenido ALTER COLUMN datos SET STORAGE EXTERNAL;
COMMENT ON TABLE @mesa@.contenido IS 'The contents of files, each once, for as long as an attachment has it. Written by the guard only; read with fn_adjunto(), which looks whose file it is.';
COMMENT ON COLUMN @mesa@.contenido.sha256 IS 'SHA-256 of datos.';
COMMENT ON COLUMN @mesa@.contenido.datos IS 'The bytes.';

-- Ratings
--
-- One for each solution, with whose it was then.  What the requester has said of it
-- stands in the event.

CREATE TABLE @mesa@.calificacion (
	ticket_uuid		uuid,
	solucion		integer,
	version			integer NOT NULL,
	calificacion	smallint NOT NULL CHECK (calificacion BETWEEN 1 AND 5),
	resuelto_en		timestamptz NOT NULL,
	area			text NOT NULL,
	agente_id		uuid,
	PRIMARY KEY (ticket_uuid, solucion)
);
CREATE INDEX calificacion_resuelto_idx ON @mesa@.calificacion (resuelto_en);
COMMENT ON TABLE @mesa@.calificacion IS 'How requesters have rated solutions: once each, for good. Written by the guard only, never changed. fn_verificar() proves it.';
COMMENT ON COLUMN @mesa@.calificacion.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.calificacion.solucion IS 'The row of historial that solved it.';
COMMENT ON COLUMN @mesa@.calificacion.version IS 'The row of historial that rated that, with what the requester said of it (mensaje).';
COMMENT ON COLUMN @mesa@.calificacion.calificacion IS '1 (very bad) to 5 (very good).';
COMMENT ON COLUMN @mesa@.calificacion.resuelto_en IS 'When it was solved.';
COMMENT ON COLUMN @mesa@.calificacion.area IS 'The area that had the ticket then, by the name that it had.';
COMMENT ON COLUMN @mesa@.calificacion.agente_id IS 'The agent who had it then; NULL: nobody, or the requester''s own address is his.';
