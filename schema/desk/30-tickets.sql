-- Tickets

-- What operations change comes last: of a row that stays on its page, an update
-- writes to the WAL only from the first changed column on.
CREATE TABLE @mesa@.ticket (
	ticket_uuid			uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	ticket_label		text NOT NULL UNIQUE,
	tipo				ticket_sm.ticket_type NOT NULL,
	categoria			text NOT NULL,
	subcategoria		text,
	prioridad			text NOT NULL REFERENCES @mesa@.prioridad (nombre) ON UPDATE CASCADE,
	asunto				text,
	descripcion			text NOT NULL,
	solicitante_nombre	text NOT NULL,
	solicitante_email	text NOT NULL,
	documento			text,
	telefono			text,
	tiene_whatsapp		boolean NOT NULL DEFAULT false,
	empresa_departamento text,
	ip_registro			inet,
	clave_idempotencia	text,
	huella_idempotencia	bytea,
	sla_horas			integer NOT NULL,
	fecha_creacion		timestamptz NOT NULL,
	sla_politica		integer,
	sla_calendario		integer,
	sla_objetivo		interval NOT NULL,
	atencion_politica	integer,
	atencion_calendario	integer,
	atencion_objetivo	interval,
	atencion_limite		timestamptz,
	respuesta_cliente	text,
	estado				ticket_sm.ticket_state NOT NULL,
	area				text NOT NULL DEFAULT 'MESA' REFERENCES @mesa@.area (nombre) ON UPDATE CASCADE,
	agente_id			uuid,
	fecha_limite_sla	timestamptz,
	sla_restante		interval,
	sla_aviso			smallint,
	sla_incumplido_en	timestamptz,
	atencion_aviso		smallint,
	atencion_incumplido_en timestamptz,
	atendido_en			timestamptz,
	pausado_hasta		timestamptz,
	sla_revisar_en		timestamptz,
	sla_orden			timestamptz,
	abierto				boolean NOT NULL,
	resuelto_en			timestamptz,
	cerrado_en			timestamptz,
	actualizado_en		timestamptz NOT NULL,
	version				integer NOT NULL,
	hash				bytea NOT NULL
) WITH (fillfactor = 85);

-- No index may mention a column that every operation changes (estado,
-- actualizado_en, version), not even in its predicate: updates stay HOT.
-- Nor the deadline, which pausar and reabrir change: the queue in the order of
-- deadlines goes by sla_orden, which most of them leave alone.
-- The agent and the area change in asignar and transferir only, which are not HOT
-- for that; what each index costs is in test/bench/README.md.
CREATE INDEX ticket_creacion_idx ON @mesa@.ticket (fecha_creacion, ticket_uuid);
CREATE INDEX ticket_solicitante_idx
	ON @mesa@.ticket (lower(solicitante_email COLLATE "C"), fecha_creacion, ticket_uuid);
CREATE INDEX ticket_agente_idx ON @mesa@.ticket (agente_id, fecha_creacion, ticket_uuid) WHERE abierto;
CREATE INDEX ticket_area_idx ON @mesa@.ticket (area, fecha_creacion, ticket_uuid) WHERE abierto;
-- Each resolved ticket is in one of these two: those that are closed, for the figures of a month, and those
-- that are not, which the sweep closes (configuracion.cierre_automatico).
CREATE INDEX ticket_resuelto_idx ON @mesa@.ticket (resuelto_en) WHERE NOT abierto AND resuelto_en IS NOT NULL;
CREATE INDEX ticket_por_cerrar_idx ON @mesa@.ticket (resuelto_en, ticket_uuid) WHERE abierto AND resuelto_en IS NOT NULL;
CREATE INDEX ticket_incumplido_idx ON @mesa@.ticket (fecha_creacion, ticket_uuid)
	WHERE abierto AND sla_incumplido_en IS NOT NULL;
CREATE INDEX ticket_abierto_idx ON @mesa@.ticket (fecha_creacion, ticket_uuid) WHERE abierto;
CREATE INDEX ticket_sla_revisar_idx ON @mesa@.ticket (sla_revisar_en) WHERE sla_revisar_en IS NOT NULL;
CREATE INDEX ticket_orden_idx ON @mesa@.ticket (sla_orden, ticket_uuid) WHERE sla_orden IS NOT NULL;
CREATE UNIQUE INDEX ticket_clave_idempotencia_idx
	ON @mesa@.ticket (substring(huella_idempotencia FROM 33))
	WHERE octet_length(huella_idempotencia) = 64;

COMMENT ON TABLE @mesa@.ticket IS 'The tickets. Every change passes the guard, whoever makes it; nothing is ever deleted.';
COMMENT ON COLUMN @mesa@.ticket.ticket_uuid IS 'Identity, a random uuid. Immutable.';
COMMENT ON COLUMN @mesa@.ticket.ticket_label IS 'Label like TK-2024-00042, without gaps within a year. Set by the guard, immutable.';
COMMENT ON COLUMN @mesa@.ticket.estado IS 'State. Changes only along the table transicion.';
COMMENT ON COLUMN @mesa@.ticket.tipo IS 'Kind of the request. Changed by reclasificar.';
COMMENT ON COLUMN @mesa@.ticket.categoria IS 'Category, 2 to 100 characters. Changed by reclasificar.';
COMMENT ON COLUMN @mesa@.ticket.subcategoria IS 'Subcategory, at most 100 characters. Changed by reclasificar.';
COMMENT ON COLUMN @mesa@.ticket.prioridad IS 'Priority. Changed by reclasificar.';
COMMENT ON COLUMN @mesa@.ticket.asunto IS 'Subject, at most 200 characters.';
COMMENT ON COLUMN @mesa@.ticket.descripcion IS 'What the requester wrote, 10 to 20,000 characters.';
COMMENT ON COLUMN @mesa@.ticket.solicitante_nombre IS 'The requester''s name, 3 to 150 characters.';
COMMENT ON COLUMN @mesa@.ticket.solicitante_email IS 'The requester''s address, at most 254 characters; with the label it opens fn_consultar.';
COMMENT ON COLUMN @mesa@.ticket.documento IS 'The requester''s identity document, at most 50 characters. Never shown to the public.';
COMMENT ON COLUMN @mesa@.ticket.telefono IS 'The requester''s telephone, at most 30 characters. Never shown to the public.';
COMMENT ON COLUMN @mesa@.ticket.tiene_whatsapp IS 'Whether the telephone takes WhatsApp.';
COMMENT ON COLUMN @mesa@.ticket.empresa_departamento IS 'The requester''s company or department, at most 150 characters.';
COMMENT ON COLUMN @mesa@.ticket.area IS 'Area that has the ticket. Changed by asignar and transferir.';
COMMENT ON COLUMN @mesa@.ticket.agente_id IS 'Agent that has the ticket, or NULL. Changed by asignar, reasignar and transferir. No foreign key: the guard checks it, and agents are never deleted.';
COMMENT ON COLUMN @mesa@.ticket.respuesta_cliente IS 'The latest answer to the requester, at most 20,000 characters.';
COMMENT ON COLUMN @mesa@.ticket.ip_registro IS 'Address the request came from, where known.';
COMMENT ON COLUMN @mesa@.ticket.clave_idempotencia IS 'Key of the request, at most 200 characters: the same address and key make one ticket.';
COMMENT ON COLUMN @mesa@.ticket.huella_idempotencia IS 'Of a ticket with clave_idempotencia two digests (SHA-256), of what it came with, whatever has been corrected since: of the data, as other data under the same key is refused, and of address and key, by which a repetition finds it. The second is set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_horas IS 'Hours to resolution that it was given when it was created or reclassified, sla_objetivo rounded up. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.fecha_creacion IS 'When it was created. Set by the guard, immutable.';
COMMENT ON COLUMN @mesa@.ticket.actualizado_en IS 'When it was last changed; the time of its last history row. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.fecha_limite_sla IS 'SLA deadline; NULL while the clock stands; once it has ended, the deadline that was in force. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_restante IS 'Time left when the clock was stopped or ended, negative when late; NULL while it runs. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_politica IS 'Version of the policy that gave the resolution target (sla_politica_version); NULL: the hours of the priority. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_calendario IS 'Version of the calendar by which resolution is measured (calendario_version); NULL: round the clock. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_objetivo IS 'Resolution target as open time of its calendar. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_aviso IS 'Highest percentage of the resolution target that was told, 100 for the breach; NULL: none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_incumplido_en IS 'When the resolution target was missed: the deadline that passed. Written once; withdrawn only by ADMIN (operation retirar). Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_politica IS 'Version of the policy that gave the attention target; NULL: it has none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_calendario IS 'Version of the calendar by which attention is measured. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_objetivo IS 'Attention target, creation to first asignar, as open time of its calendar; NULL: it has none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_limite IS 'Attention deadline. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_aviso IS 'Highest percentage of the attention target that was told, 100 for the breach; NULL: none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_incumplido_en IS 'When the attention target was missed: the deadline that passed. Written once; withdrawn only by ADMIN (operation retirar). Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atendido_en IS 'When it was first assigned. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.pausado_hasta IS 'When the sweep is to take the paused ticket up again (fn_pausar); NULL: its pause has no end, or it is not paused. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_revisar_en IS 'When the sweep looks at it next: not later than something of it comes due, or its pause ends. NULL: nothing will. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_orden IS 'Where fn_bandeja finds it by its deadline: that, or up to an hour before it. While the clock stands, a leftover or NULL; NULL once closed. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.abierto IS 'Whether its state is an open one (estado.abierto). Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.resuelto_en IS 'When it was resolved; NULL while it is not. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.cerrado_en IS 'When it was closed for good; NULL while it is open. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.version IS 'Number of its last history row: 1 at creation, one more with every change. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.hash IS 'Hash of its last history row, which the next one follows. Set by the guard.';

-- The links that there are.  No foreign keys: the guard is the only writer, and
-- tickets are never deleted.
CREATE TABLE @mesa@.vinculo (
	ticket_uuid		uuid,
	otro_uuid		uuid,
	relacion		text CHECK (relacion IN ('relacionado', 'padre', 'duplicado')),
	ticket_version	integer NOT NULL,
	otro_version	integer NOT NULL,
	creado_en		timestamptz NOT NULL,
	PRIMARY KEY (ticket_uuid, otro_uuid, relacion),
	CONSTRAINT vinculo_otro_check CHECK (ticket_uuid <> otro_uuid)
);
CREATE INDEX vinculo_otro_idx ON @mesa@.vinculo (otro_uuid);
CREATE UNIQUE INDEX vinculo_duplicado_idx ON @mesa@.vinculo (ticket_uuid) WHERE relacion = 'duplicado';

COMMENT ON TABLE @mesa@.vinculo IS 'Which tickets are linked now. Written by the functions only; it follows from the history, and fn_verificar() proves it.';
COMMENT ON COLUMN @mesa@.vinculo.ticket_uuid IS 'The ticket that is something to the other one.';
COMMENT ON COLUMN @mesa@.vinculo.otro_uuid IS 'The other one.';
COMMENT ON COLUMN @mesa@.vinculo.relacion IS 'What the ticket is to the other one: relacionado (related, either way round), padre (its parent), duplicado (a duplicate, in whose place the other one goes on).';
COMMENT ON COLUMN @mesa@.vinculo.ticket_version IS 'Version of the ticket''s event that tells of it.';
COMMENT ON COLUMN @mesa@.vinculo.otro_version IS 'Version of the other one''s event.';
COMMENT ON COLUMN @mesa@.vinculo.creado_en IS 'When it was made: the time of the ticket''s event.';
