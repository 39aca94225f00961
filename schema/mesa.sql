-- The mesa: everything that holds the data of one help desk.
--
-- ticket_sm.crear_mesa() runs this file once for each help desk, with the
-- placeholders between at-signs replaced: the schema's name (mesa) and those
-- of its group roles (rol_admin ...) quoted as identifiers, and the table
-- ticket quoted as a literal (ticket).  So a placeholder never stands inside
-- quotes or a comment.
-- Nothing made here is a member of the extension: it is dumped, restored,
-- extended and indexed like any table of yours.
--
-- Layout: 1 the state machine, 2 settings and catalogues, 3 tickets,
-- 4 history, 5 triggers, 6 the queue, 7 who may see and touch what.

CREATE SCHEMA @mesa@;
COMMENT ON SCHEMA @mesa@ IS 'A help desk of ticket_sm: ordinary tables under the guard of the extension.';


------------------------------------------------------------------------
-- 1. The state machine
------------------------------------------------------------------------

CREATE TABLE @mesa@.estado (
	estado		ticket_sm.ticket_state PRIMARY KEY,
	abierto		boolean NOT NULL,
	resuelto	boolean NOT NULL,
	reloj		text NOT NULL CHECK (reloj IN ('corre', 'pausa', 'fin'))
);

CREATE TABLE @mesa@.transicion (
	operacion		ticket_sm.ticket_operation NOT NULL,
	estado_origen	ticket_sm.ticket_state,
	estado_destino	ticket_sm.ticket_state NOT NULL,
	-- a key with a NULL in it: creation comes from no state
	CONSTRAINT transicion_operacion_estado_origen_key
		UNIQUE NULLS NOT DISTINCT (operacion, estado_origen),
	CONSTRAINT transicion_crear_check
		CHECK ((operacion = 'crear') = (estado_origen IS NULL)),
	CONSTRAINT transicion_consultar_check CHECK (operacion <> 'consultar')
);
ALTER TABLE @mesa@.transicion REPLICA IDENTITY FULL;

CREATE TABLE @mesa@.permiso (
	operacion	ticket_sm.ticket_operation,
	rol			ticket_sm.ticket_role,
	PRIMARY KEY (operacion, rol)
);

-- The machine of a new mesa.  This grid is the only place where it stands:
-- the C code reads the two tables, and so may you (fn_maquina), or the
-- mesa's owner change them.  "=" is: the state stays.

WITH grid (operacion, desde, hasta, admin, mesa, area, publico) AS (VALUES
--	operation		from									to				ADMIN MESA AREA PUBLICO
	('crear',		'-',									'NUEVO',		'x', 'x', 'x', 'x'),
	('asignar',		'NUEVO TRANSFERIDO RECLASIFICADO',		'ASIGNADO',		'x', 'x', ' ', ' '),
	('transferir',	'ASIGNADO',								'TRANSFERIDO',	'x', 'x', ' ', ' '),
	('reclasificar','ASIGNADO',								'RECLASIFICADO','x', 'x', ' ', ' '),
	('pausar',		'ASIGNADO',								'PAUSADO',		'x', 'x', 'x', ' '),
	('reabrir',		'PAUSADO RESUELTO',						'ASIGNADO',		'x', 'x', ' ', ' '),
	('actualizar',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO',
															'=',			'x', 'x', 'x', ' '),
	('resolver',	'ASIGNADO',								'RESUELTO',		'x', 'x', 'x', ' '),
	('cancelar',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO',
															'CANCELADO',	'x', 'x', 'x', ' '),
	('archivar',	'ASIGNADO RESUELTO',					'ARCHIVADO',	'x', 'x', 'x', ' '),
	('consultar',	'',										'',				'x', 'x', 'x', 'x')
), transiciones AS (
	INSERT INTO @mesa@.transicion (operacion, estado_origen, estado_destino)
	SELECT g.operacion::ticket_sm.ticket_operation,
		nullif(d.estado, '-')::ticket_sm.ticket_state,
		CASE g.hasta WHEN '=' THEN d.estado ELSE g.hasta END::ticket_sm.ticket_state
	FROM grid g, regexp_split_to_table(nullif(g.desde, ''), ' +') AS d(estado)
)
INSERT INTO @mesa@.permiso (operacion, rol)
SELECT g.operacion::ticket_sm.ticket_operation, p.rol::ticket_sm.ticket_role
FROM grid g, (VALUES ('ADMIN'), ('MESA'), ('AREA'), ('PUBLICO')) AS p(rol)
WHERE 'x' = CASE p.rol WHEN 'ADMIN' THEN g.admin WHEN 'MESA' THEN g.mesa
	WHEN 'AREA' THEN g.area ELSE g.publico END;

-- What a state means: is the ticket open (in the queue), does it count as
-- resolved, and does the SLA clock run, stand or end in it?

INSERT INTO @mesa@.estado (estado, abierto, resuelto, reloj) VALUES
--	state				open	resolved	clock
	('NUEVO',			true,	false,	'corre'),
	('ASIGNADO',		true,	false,	'corre'),
	('TRANSFERIDO',		true,	false,	'corre'),
	('RECLASIFICADO',	true,	false,	'corre'),
	('PAUSADO',			true,	false,	'pausa'),
	('RESUELTO',		true,	true,	'fin'),
	('CANCELADO',		false,	false,	'fin'),
	('ARCHIVADO',		false,	true,	'fin');

COMMENT ON TABLE @mesa@.estado IS 'What each state means. Seeded with every state; edited by the owner only.';
COMMENT ON COLUMN @mesa@.estado.estado IS 'The state.';
COMMENT ON COLUMN @mesa@.estado.abierto IS 'Whether a ticket in this state is open: it stays in the queue.';
COMMENT ON COLUMN @mesa@.estado.resuelto IS 'Whether a ticket that enters this state counts as resolved: resuelto_en is stamped, and cleared when it leaves for a state that is not.';
COMMENT ON COLUMN @mesa@.estado.reloj IS 'What the SLA clock does in this state: corre (runs), pausa (stands, unless configuracion.sla_en_pausa is continuar), fin (has ended).';

COMMENT ON TABLE @mesa@.transicion IS 'The state machine: which operation leads from which state to which. An edit holds from its commit, in every session.';
COMMENT ON COLUMN @mesa@.transicion.operacion IS 'The operation.';
COMMENT ON COLUMN @mesa@.transicion.estado_origen IS 'The state before; NULL for crear, which comes from none.';
COMMENT ON COLUMN @mesa@.transicion.estado_destino IS 'The state after.';

COMMENT ON TABLE @mesa@.permiso IS 'Which helpdesk role may do which operation. An edit holds from its commit, in every session.';
COMMENT ON COLUMN @mesa@.permiso.operacion IS 'The operation.';
COMMENT ON COLUMN @mesa@.permiso.rol IS 'A helpdesk role that may do it.';


------------------------------------------------------------------------
-- 2. Settings and catalogues
------------------------------------------------------------------------

CREATE TABLE @mesa@.configuracion (
	unica			boolean PRIMARY KEY DEFAULT true CHECK (unica),
	zona_horaria	text NOT NULL DEFAULT 'UTC'
		-- fails with 22023 for a name the server does not know
		CHECK (timezone(zona_horaria, timestamptz '2000-01-01 00:00:00+00') IS NOT NULL),
	prefijo			text NOT NULL DEFAULT 'TK' CHECK (prefijo ~ '^[A-Z][A-Z0-9]{0,9}$'),
	digitos			integer NOT NULL DEFAULT 5 CHECK (digitos BETWEEN 1 AND 12),
	sla_en_pausa	text NOT NULL DEFAULT 'detener' CHECK (sla_en_pausa IN ('detener', 'continuar')),
	version_plantilla	text NOT NULL
);
INSERT INTO @mesa@.configuracion (version_plantilla) VALUES ('1.0');

COMMENT ON TABLE @mesa@.configuracion IS 'The settings of this mesa: exactly one row.';
COMMENT ON COLUMN @mesa@.configuracion.unica IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN @mesa@.configuracion.zona_horaria IS 'Time zone in which the year of a label begins. Default UTC.';
COMMENT ON COLUMN @mesa@.configuracion.prefijo IS 'What a label begins with: a capital letter, then up to nine capitals or digits. Default TK.';
COMMENT ON COLUMN @mesa@.configuracion.digitos IS 'Digits of a label''s number, 1 to 12; a larger number gets more. Default 5.';
COMMENT ON COLUMN @mesa@.configuracion.sla_en_pausa IS 'What the SLA clock does while a ticket is paused: detener (stands, default) or continuar (runs on).';
COMMENT ON COLUMN @mesa@.configuracion.version_plantilla IS 'Version of the template that made this mesa, or of the last upgrade.';

CREATE TABLE @mesa@.rol (
	rol		ticket_sm.ticket_role PRIMARY KEY,
	rol_bd	name NOT NULL
);
COMMENT ON TABLE @mesa@.rol IS 'Which database role stands for which helpdesk role in this mesa. A caller has the highest one whose privileges it has.';
COMMENT ON COLUMN @mesa@.rol.rol IS 'Helpdesk role.';
COMMENT ON COLUMN @mesa@.rol.rol_bd IS 'Database role, by convention a group role without login.';

CREATE TABLE @mesa@.prioridad (
	nombre		text PRIMARY KEY CHECK (nombre ~ '^\S(.*\S)?$' AND length(nombre) <= 50),
	orden		integer NOT NULL UNIQUE,
	sla_horas	integer NOT NULL CHECK (sla_horas BETWEEN 1 AND 87600)
);
INSERT INTO @mesa@.prioridad (nombre, orden, sla_horas) VALUES
	('BAJA', 1, 72), ('MEDIA', 2, 24), ('ALTA', 3, 8), ('URGENTE', 4, 4), ('CRITICA', 5, 2);
CREATE UNIQUE INDEX prioridad_nombre_upper_idx ON @mesa@.prioridad (upper(nombre));
COMMENT ON TABLE @mesa@.prioridad IS 'Priorities and their SLA.';
COMMENT ON COLUMN @mesa@.prioridad.nombre IS 'Name, at most 50 characters, unique whatever its case.';
COMMENT ON COLUMN @mesa@.prioridad.orden IS 'Rank; the higher the more urgent.';
COMMENT ON COLUMN @mesa@.prioridad.sla_horas IS 'Hours to resolution, round the clock, 1 to 87600. A change holds for tickets created or reclassified afterwards.';

CREATE TABLE @mesa@.area (
	nombre	text PRIMARY KEY CHECK (nombre ~ '^\S(.*\S)?$' AND length(nombre) <= 100),
	activa	boolean NOT NULL DEFAULT true
);
INSERT INTO @mesa@.area (nombre) VALUES ('MESA');
CREATE UNIQUE INDEX area_nombre_upper_idx ON @mesa@.area (upper(nombre));
COMMENT ON TABLE @mesa@.area IS 'Areas of the organisation that tickets are handed to.';
COMMENT ON COLUMN @mesa@.area.nombre IS 'Name, at most 100 characters, unique whatever its case.';
COMMENT ON COLUMN @mesa@.area.activa IS 'Whether tickets may be handed to it.';

CREATE TABLE @mesa@.agente (
	agente_id	uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	nombre		text NOT NULL CHECK (nombre ~ '\S' AND length(nombre) <= 150),
	email		text NOT NULL CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 254),
	rol			ticket_sm.ticket_role NOT NULL CHECK (rol <> 'PUBLICO'),
	area		text REFERENCES @mesa@.area (nombre),
	usuario_bd	name UNIQUE,
	activo		boolean NOT NULL DEFAULT true,
	telefono	text CHECK (telefono ~ '\S' AND length(telefono) <= 30)
);
CREATE UNIQUE INDEX agente_email_lower_idx ON @mesa@.agente (lower(email));
COMMENT ON TABLE @mesa@.agente IS 'The people who work the tickets. A row is switched off, never deleted: the history speaks of it.';
COMMENT ON COLUMN @mesa@.agente.agente_id IS 'Identity; the claim sub of a trusted token.';
COMMENT ON COLUMN @mesa@.agente.nombre IS 'Name as the history shows it, at most 150 characters.';
COMMENT ON COLUMN @mesa@.agente.email IS 'Address, at most 254 characters, unique whatever its case.';
COMMENT ON COLUMN @mesa@.agente.rol IS 'What tickets may be assigned to it: an AREA agent gets those of its area, ADMIN and MESA any. What the agent may do follows from its database role.';
COMMENT ON COLUMN @mesa@.agente.area IS 'Area the agent belongs to; scope of an AREA agent.';
COMMENT ON COLUMN @mesa@.agente.usuario_bd IS 'Database role by which the agent is known when no trusted claims say otherwise.';
COMMENT ON COLUMN @mesa@.agente.activo IS 'An agent switched off is refused everything, and gets no tickets.';
COMMENT ON COLUMN @mesa@.agente.telefono IS 'Telephone, at most 30 characters.';

CREATE TABLE @mesa@.contador (
	anio	integer PRIMARY KEY,
	ultimo	bigint NOT NULL CHECK (ultimo >= 0)
);
COMMENT ON TABLE @mesa@.contador IS 'The last label number given out per year. Written by the guard only.';
COMMENT ON COLUMN @mesa@.contador.anio IS 'Year, in configuracion.zona_horaria.';
COMMENT ON COLUMN @mesa@.contador.ultimo IS 'The last number given out; 1 to ultimo are all in use.';


------------------------------------------------------------------------
-- 3. Tickets
------------------------------------------------------------------------

CREATE TABLE @mesa@.ticket (
	ticket_uuid			uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	ticket_label		text NOT NULL UNIQUE,
	estado				ticket_sm.ticket_state NOT NULL,
	tipo				ticket_sm.ticket_type NOT NULL,
	categoria			text NOT NULL,
	subcategoria		text,
	prioridad			text NOT NULL REFERENCES @mesa@.prioridad (nombre),
	asunto				text,
	descripcion			text NOT NULL,
	solicitante_nombre	text NOT NULL,
	solicitante_email	text NOT NULL,
	documento			text,
	telefono			text,
	tiene_whatsapp		boolean NOT NULL DEFAULT false,
	empresa_departamento text,
	area				text NOT NULL DEFAULT 'MESA' REFERENCES @mesa@.area (nombre),
	agente_id			uuid,
	respuesta_cliente	text,
	ip_registro			inet,
	clave_idempotencia	text,
	huella_idempotencia	bytea,
	sla_horas			integer NOT NULL,
	fecha_creacion		timestamptz NOT NULL,
	actualizado_en		timestamptz NOT NULL,
	fecha_limite_sla	timestamptz,
	sla_restante		interval,
	abierto				boolean NOT NULL,
	resuelto_en			timestamptz,
	cerrado_en			timestamptz,
	version				integer NOT NULL
) WITH (fillfactor = 85);

-- No index may mention a column that every operation changes (estado,
-- actualizado_en, version), not even in its predicate: updates stay HOT.
CREATE INDEX ticket_abierto_idx ON @mesa@.ticket (fecha_creacion) WHERE abierto;
CREATE UNIQUE INDEX ticket_clave_idempotencia_idx
	ON @mesa@.ticket (lower(solicitante_email), clave_idempotencia)
	WHERE clave_idempotencia IS NOT NULL;

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
COMMENT ON COLUMN @mesa@.ticket.agente_id IS 'Agent that has the ticket, or NULL. Changed by asignar and transferir. No foreign key: the guard checks it, and agents are never deleted.';
COMMENT ON COLUMN @mesa@.ticket.respuesta_cliente IS 'The latest answer to the requester, at most 20,000 characters.';
COMMENT ON COLUMN @mesa@.ticket.ip_registro IS 'Address the request came from, where known.';
COMMENT ON COLUMN @mesa@.ticket.clave_idempotencia IS 'Key of the request, at most 200 characters: the same requester and key make one ticket.';
COMMENT ON COLUMN @mesa@.ticket.huella_idempotencia IS 'SHA-256 of the data that came with clave_idempotencia: other data under the same key is refused.';
COMMENT ON COLUMN @mesa@.ticket.sla_horas IS 'Hours of its priority when it was created or reclassified. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.fecha_creacion IS 'When it was created. Set by the guard, immutable.';
COMMENT ON COLUMN @mesa@.ticket.actualizado_en IS 'When it was last changed; the time of its last history row. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.fecha_limite_sla IS 'SLA deadline; NULL while the clock stands; once it has ended, the deadline that was in force. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_restante IS 'Time left when the clock was stopped or ended, negative when late; NULL while it runs. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.abierto IS 'Whether its state is an open one (estado.abierto). Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.resuelto_en IS 'When it was resolved; NULL while it is not. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.cerrado_en IS 'When it was closed for good; NULL while it is open. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.version IS 'Number of its last history row: 1 at creation, one more with every change. Set by the guard.';


------------------------------------------------------------------------
-- 4. History
------------------------------------------------------------------------

CREATE TABLE @mesa@.historial (
	ticket_uuid			uuid,
	version				integer,
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
	motivo				text,
	nota				text,
	respuesta			text,
	cambios				jsonb,
	actor_id			uuid,
	actor_nombre		text NOT NULL,
	actor_rol			ticket_sm.ticket_role NOT NULL,
	usuario_bd			name NOT NULL,
	ip					inet,
	hash				bytea NOT NULL,
	-- The only index, and no foreign key: the guard is the only writer.
	PRIMARY KEY (ticket_uuid, version)
);

COMMENT ON TABLE @mesa@.historial IS 'One row for every change of every ticket, chained by hash. Written by the guard only, never changed. fn_verificar() proves it.';
COMMENT ON COLUMN @mesa@.historial.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.historial.version IS '1 for its creation, then one more each, without a hole.';
COMMENT ON COLUMN @mesa@.historial.operacion IS 'What was done.';
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
COMMENT ON COLUMN @mesa@.historial.motivo IS 'Reason given, internal.';
COMMENT ON COLUMN @mesa@.historial.nota IS 'Internal note.';
COMMENT ON COLUMN @mesa@.historial.respuesta IS 'Answer given to the requester, who can see it.';
COMMENT ON COLUMN @mesa@.historial.cambios IS 'Other columns of the ticket that changed, yours among them: {"column": ["before", "after"]}.';
COMMENT ON COLUMN @mesa@.historial.actor_id IS 'The agent who did it, where the caller is one.';
COMMENT ON COLUMN @mesa@.historial.actor_nombre IS 'The agent''s name at that time, or the database role''s.';
COMMENT ON COLUMN @mesa@.historial.actor_rol IS 'Helpdesk role in which it was done.';
COMMENT ON COLUMN @mesa@.historial.usuario_bd IS 'Database role that did it.';
COMMENT ON COLUMN @mesa@.historial.ip IS 'Address of the client, where known.';
COMMENT ON COLUMN @mesa@.historial.hash IS 'SHA-256 over the previous row''s hash and the canonical form of this row, which the README gives.';


------------------------------------------------------------------------
-- 5. Triggers
--
-- Triggers of one kind fire in the order of their names, so the guard's
-- come before yours: your BEFORE trigger sees the state that will be, your
-- AFTER trigger the history that is written.
------------------------------------------------------------------------

CREATE TRIGGER aa_guardia_antes BEFORE INSERT OR UPDATE ON @mesa@.ticket
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_before();
CREATE TRIGGER aa_guardia_despues AFTER INSERT OR UPDATE ON @mesa@.ticket
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_ticket_after();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.ticket
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.historial
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.contador
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.agente
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.configuracion
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.estado
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();

-- Every session forgets what it has cached of these tables.  ALWAYS: also
-- where the rows come from logical replication.

CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.estado
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.transicion
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.transicion
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.permiso
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.permiso
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.configuracion
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.rol
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.rol
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.prioridad
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.area
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.agente
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
ALTER TABLE @mesa@.estado ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.transicion ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.transicion ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.permiso ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.permiso ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.configuracion ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.rol ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.rol ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.prioridad ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.area ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.agente ENABLE ALWAYS TRIGGER zz_recargar;


------------------------------------------------------------------------
-- 6. The queue
------------------------------------------------------------------------

CREATE VIEW @mesa@.bandeja WITH (security_invoker = true) AS
SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.prioridad,
	t.area, t.agente_id, t.asunto, t.solicitante_nombre, t.solicitante_email,
	t.fecha_creacion, t.actualizado_en, t.sla_horas, t.fecha_limite_sla,
	round(extract(epoch FROM coalesce(t.sla_restante, t.fecha_limite_sla - ticket_sm.ahora())) / 3600, 2)
		AS horas_restantes,
	coalesce(t.sla_restante, t.fecha_limite_sla - ticket_sm.ahora()) < interval '0'
		AS vencido,
	t.version
FROM @mesa@.ticket t
WHERE t.abierto;

COMMENT ON VIEW @mesa@.bandeja IS 'The queue: open tickets that the caller may see, with the hours left.';
COMMENT ON COLUMN @mesa@.bandeja.ticket_uuid IS 'Identity of the ticket.';
COMMENT ON COLUMN @mesa@.bandeja.ticket_label IS 'Label of the ticket.';
COMMENT ON COLUMN @mesa@.bandeja.estado IS 'State.';
COMMENT ON COLUMN @mesa@.bandeja.tipo IS 'Kind of the request.';
COMMENT ON COLUMN @mesa@.bandeja.categoria IS 'Category.';
COMMENT ON COLUMN @mesa@.bandeja.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.bandeja.area IS 'Area that has it.';
COMMENT ON COLUMN @mesa@.bandeja.agente_id IS 'Agent that has it.';
COMMENT ON COLUMN @mesa@.bandeja.asunto IS 'Subject.';
COMMENT ON COLUMN @mesa@.bandeja.solicitante_nombre IS 'The requester''s name.';
COMMENT ON COLUMN @mesa@.bandeja.solicitante_email IS 'The requester''s address.';
COMMENT ON COLUMN @mesa@.bandeja.fecha_creacion IS 'When it was created.';
COMMENT ON COLUMN @mesa@.bandeja.actualizado_en IS 'When it was last changed.';
COMMENT ON COLUMN @mesa@.bandeja.sla_horas IS 'Hours of its priority.';
COMMENT ON COLUMN @mesa@.bandeja.fecha_limite_sla IS 'SLA deadline; NULL while the clock stands.';
COMMENT ON COLUMN @mesa@.bandeja.horas_restantes IS 'Hours left to the deadline, negative when overdue; while the clock stands or has ended, what was left then.';
COMMENT ON COLUMN @mesa@.bandeja.vencido IS 'Whether it is overdue, or was when its clock stopped.';
COMMENT ON COLUMN @mesa@.bandeja.version IS 'Version, to be handed to the next operation.';


------------------------------------------------------------------------
-- 7. Who may see and touch what
--
-- Only what stands here is granted.  Changes of tickets go through the
-- functions, so no role needs to write the tables; which tickets a caller
-- may read is the same question for ticket_sm.fn_ticket() and for SELECT.
------------------------------------------------------------------------

GRANT USAGE ON SCHEMA @mesa@ TO @rol_admin@, @rol_mesa@, @rol_area@, @rol_publico@;
GRANT SELECT ON @mesa@.ticket, @mesa@.historial, @mesa@.bandeja, @mesa@.agente,
	@mesa@.estado, @mesa@.transicion, @mesa@.permiso, @mesa@.rol,
	@mesa@.configuracion, @mesa@.prioridad, @mesa@.area
	TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT SELECT ON @mesa@.contador TO @rol_admin@;
GRANT SELECT ON @mesa@.prioridad, @mesa@.area TO @rol_publico@;
GRANT INSERT, UPDATE ON @mesa@.agente, @mesa@.area, @mesa@.prioridad TO @rol_admin@;

ALTER TABLE @mesa@.ticket ENABLE ROW LEVEL SECURITY;
ALTER TABLE @mesa@.historial ENABLE ROW LEVEL SECURITY;
ALTER TABLE @mesa@.agente ENABLE ROW LEVEL SECURITY;

-- The functions must be told which mesa they are asked about.
CREATE POLICY ticket_en_alcance ON @mesa@.ticket
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR area = (SELECT ticket_sm.alcance_area(@ticket@::regclass)))
	WITH CHECK (true);	-- the guard judges what is written
CREATE POLICY historial_en_alcance ON @mesa@.historial
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR EXISTS (SELECT FROM @mesa@.ticket t WHERE t.ticket_uuid = historial.ticket_uuid));
CREATE POLICY agente_en_alcance ON @mesa@.agente
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass))
		OR area = (SELECT ticket_sm.alcance_area(@ticket@::regclass)));
