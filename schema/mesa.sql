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
-- 4 history, 5 triggers, 6 the queue, 7 metrics, 8 who may see and touch what.

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
	-- reading leads nowhere, and what the clock does it does by itself
	CONSTRAINT transicion_consultar_check
		CHECK (operacion NOT IN ('consultar', 'avisar', 'vencer', 'recalcular'))
);
ALTER TABLE @mesa@.transicion REPLICA IDENTITY FULL;

CREATE TABLE @mesa@.permiso (
	operacion	ticket_sm.ticket_operation
		CHECK (operacion NOT IN ('avisar', 'vencer', 'recalcular')),
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
	sla_avisos		integer[] NOT NULL DEFAULT '{75}' CONSTRAINT configuracion_sla_avisos_check
		CHECK (1 <= ALL (sla_avisos) AND 99 >= ALL (sla_avisos) AND array_position(sla_avisos, NULL) IS NULL),
	eventos			ticket_sm.ticket_operation[] NOT NULL DEFAULT '{avisar, vencer}'
		CONSTRAINT configuracion_eventos_check CHECK (array_position(eventos, NULL) IS NULL),
	canal_eventos	text CHECK (canal_eventos ~ '^[a-z_][a-z0-9_]{0,62}$'),
	version_plantilla	text NOT NULL
);
INSERT INTO @mesa@.configuracion (version_plantilla) VALUES ('1.0');

COMMENT ON TABLE @mesa@.configuracion IS 'The settings of this mesa: exactly one row.';
COMMENT ON COLUMN @mesa@.configuracion.unica IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN @mesa@.configuracion.zona_horaria IS 'Time zone in which the year of a label begins. Default UTC.';
COMMENT ON COLUMN @mesa@.configuracion.prefijo IS 'What a label begins with: a capital letter, then up to nine capitals or digits. Default TK.';
COMMENT ON COLUMN @mesa@.configuracion.digitos IS 'Digits of a label''s number, 1 to 12; a larger number gets more. Default 5.';
COMMENT ON COLUMN @mesa@.configuracion.sla_en_pausa IS 'What the SLA clock does while a ticket is paused: detener (stands, default) or continuar (runs on).';
COMMENT ON COLUMN @mesa@.configuracion.sla_avisos IS 'At how many percent of its target a ticket without a policy is warned of, each 1 to 99. Default {75}.';
COMMENT ON COLUMN @mesa@.configuracion.eventos IS 'Which operations write a row to the outbox, table evento. Default avisar and vencer; each further one costs its operation some microseconds.';
COMMENT ON COLUMN @mesa@.configuracion.canal_eventos IS 'Channel that is notified of each row of the outbox, with its evento_id; NULL, the default: none, because NOTIFY lets one transaction of the whole cluster commit at a time.';
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

-- Each label leaves a dead version of the year's row, and the next draw walks
-- past them: with this fillfactor the page is pruned every twenty labels or so.
CREATE TABLE @mesa@.contador (
	anio	integer PRIMARY KEY,
	ultimo	bigint NOT NULL
) WITH (fillfactor = 10);
COMMENT ON TABLE @mesa@.contador IS 'The last label number given out per year. Written by the guard only.';
COMMENT ON COLUMN @mesa@.contador.anio IS 'Year, in configuracion.zona_horaria.';
COMMENT ON COLUMN @mesa@.contador.ultimo IS 'The last number given out; 1 to ultimo are all in use.';

CREATE TABLE @mesa@.calendario (
	nombre			text PRIMARY KEY CHECK (nombre ~ '^\S(.*\S)?$' AND length(nombre) <= 100),
	zona_horaria	text NOT NULL
		-- fails with 22023 for a name the server does not know
		CHECK (timezone(zona_horaria, timestamptz '2000-01-01 00:00:00+00') IS NOT NULL)
);
CREATE UNIQUE INDEX calendario_nombre_upper_idx ON @mesa@.calendario (upper(nombre));
COMMENT ON TABLE @mesa@.calendario IS 'Business calendars: when the SLA clock runs. A change makes a new version, in calendario_version.';
COMMENT ON COLUMN @mesa@.calendario.nombre IS 'Name, at most 100 characters, unique whatever its case.';
COMMENT ON COLUMN @mesa@.calendario.zona_horaria IS 'Time zone of its hours: a full name of pg_timezone_names, such as America/Bogota.';

CREATE TABLE @mesa@.horario (
	calendario	text REFERENCES @mesa@.calendario (nombre) ON UPDATE CASCADE ON DELETE CASCADE,
	dia			smallint CHECK (dia BETWEEN 1 AND 7),
	desde		time CHECK (desde = desde::time(0)),
	hasta		time NOT NULL CHECK (hasta = hasta::time(0)),
	PRIMARY KEY (calendario, dia, desde),
	CHECK (desde < hasta)
);
COMMENT ON TABLE @mesa@.horario IS 'The hours in which a calendar is open, by the day of the week. Hours of a day may touch, not overlap (23P01).';
COMMENT ON COLUMN @mesa@.horario.calendario IS 'The calendar.';
COMMENT ON COLUMN @mesa@.horario.dia IS 'Day of the week, 1 (Monday) to 7 (Sunday).';
COMMENT ON COLUMN @mesa@.horario.desde IS 'When it opens, in whole seconds.';
COMMENT ON COLUMN @mesa@.horario.hasta IS 'When it closes, in whole seconds, after desde; 24:00 is midnight at the end of the day. A night shift is two rows.';

CREATE TABLE @mesa@.feriado (
	calendario	text NOT NULL REFERENCES @mesa@.calendario (nombre) ON UPDATE CASCADE ON DELETE CASCADE,
	fecha		date NOT NULL CHECK (fecha BETWEEN date '0001-01-01' AND date '9999-12-31'),
	desde		time CHECK (desde = desde::time(0)),
	hasta		time CHECK (hasta = hasta::time(0)),
	nombre		text NOT NULL CHECK (nombre ~ '\S' AND length(nombre) <= 200),
	-- a key with a NULL in it: closed all day
	CONSTRAINT feriado_calendario_fecha_desde_key
		UNIQUE NULLS NOT DISTINCT (calendario, fecha, desde),
	CHECK ((desde IS NULL) = (hasta IS NULL)),
	CHECK (desde < hasta)
);
ALTER TABLE @mesa@.feriado REPLICA IDENTITY FULL;
COMMENT ON TABLE @mesa@.feriado IS 'Dates on which the hours of the week do not hold: holidays, and days with hours of their own. One row for a closed date, one for each opening else; they do not overlap (23P01).';
COMMENT ON COLUMN @mesa@.feriado.calendario IS 'The calendar.';
COMMENT ON COLUMN @mesa@.feriado.fecha IS 'The date, in the calendar''s time zone; years 1 to 9999.';
COMMENT ON COLUMN @mesa@.feriado.desde IS 'When it opens on that date, in whole seconds; NULL, as hasta: it is closed all day.';
COMMENT ON COLUMN @mesa@.feriado.hasta IS 'When it closes on that date, in whole seconds, after desde; 24:00 is midnight at the end of the day.';
COMMENT ON COLUMN @mesa@.feriado.nombre IS 'Name of the holiday, at most 200 characters.';

CREATE TABLE @mesa@.calendario_version (
	version_id		integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	calendario		text NOT NULL,
	version			integer NOT NULL,
	vigente_desde	timestamptz NOT NULL,
	zona_horaria	text NOT NULL,
	dia				smallint[] NOT NULL,
	desde			time[] NOT NULL,
	hasta			time[] NOT NULL,
	feriado			date[] NOT NULL,
	feriado_desde	time[] NOT NULL,
	feriado_hasta	time[] NOT NULL,
	-- No foreign key: versions outlive their calendar.
	UNIQUE (calendario, version)
);
COMMENT ON TABLE @mesa@.calendario_version IS 'Every calendar as it has been defined, one row for each definition. A ticket keeps the version it was created with. Written by the guard only, never changed.';
COMMENT ON COLUMN @mesa@.calendario_version.version_id IS 'Identity of the version.';
COMMENT ON COLUMN @mesa@.calendario_version.calendario IS 'Name of the calendar when this was written.';
COMMENT ON COLUMN @mesa@.calendario_version.version IS '1 for the first definition under that name, then one more each; the highest holds for new tickets.';
COMMENT ON COLUMN @mesa@.calendario_version.vigente_desde IS 'When it was defined.';
COMMENT ON COLUMN @mesa@.calendario_version.zona_horaria IS 'calendario.zona_horaria.';
COMMENT ON COLUMN @mesa@.calendario_version.dia IS 'horario.dia, in the order of day and time.';
COMMENT ON COLUMN @mesa@.calendario_version.desde IS 'horario.desde, likewise.';
COMMENT ON COLUMN @mesa@.calendario_version.hasta IS 'horario.hasta, likewise.';
COMMENT ON COLUMN @mesa@.calendario_version.feriado IS 'feriado.fecha, in the order of date and time.';
COMMENT ON COLUMN @mesa@.calendario_version.feriado_desde IS 'feriado.desde, likewise; NULL: closed all day.';
COMMENT ON COLUMN @mesa@.calendario_version.feriado_hasta IS 'feriado.hasta, likewise; NULL: closed all day.';

-- Round the clock, and office hours in Colombia with its public holidays.
INSERT INTO @mesa@.calendario (nombre, zona_horaria) VALUES ('24x7', 'UTC'), ('CO', 'America/Bogota');
INSERT INTO @mesa@.horario (calendario, dia, desde, hasta)
SELECT '24x7', d, '00:00', '24:00' FROM generate_series(1, 7) AS d
UNION ALL SELECT 'CO', d, h.desde, h.hasta
FROM generate_series(1, 5) AS d, (VALUES (time '08:00', time '12:00'), ('13:00', '17:00')) AS h(desde, hasta);
INSERT INTO @mesa@.feriado (calendario, fecha, nombre)
SELECT 'CO', f.fecha, f.nombre
FROM generate_series(2024, extract(year FROM now())::integer + 10) AS a, ticket_sm.feriados_colombia(a) AS f;

CREATE TABLE @mesa@.sla_politica (
	politica_id	integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
	objetivo	text NOT NULL CHECK (objetivo IN ('atencion', 'resolucion')),
	tipo		ticket_sm.ticket_type,
	prioridad	text REFERENCES @mesa@.prioridad (nombre),
	area		text REFERENCES @mesa@.area (nombre),
	categoria	text CHECK (categoria ~ '^\S(.*\S)?$' AND length(categoria) BETWEEN 2 AND 100),
	horas		numeric CHECK (round(horas * 3600) >= 1 AND horas <= 87600),
	dias_habiles integer CHECK (dias_habiles BETWEEN 1 AND 3650),
	calendario	text NOT NULL DEFAULT '24x7' REFERENCES @mesa@.calendario (nombre),
	avisos		integer[] NOT NULL DEFAULT '{75}' CONSTRAINT sla_politica_avisos_check
		CHECK (1 <= ALL (avisos) AND 99 >= ALL (avisos) AND array_position(avisos, NULL) IS NULL),
	CONSTRAINT sla_politica_horas_o_dias_check CHECK (num_nonnulls(horas, dias_habiles) = 1)
);
-- So the most specific policy for a ticket is always a single one.
CREATE UNIQUE INDEX sla_politica_criterios_idx
	ON @mesa@.sla_politica (objetivo, upper(categoria), area, tipo, prioridad) NULLS NOT DISTINCT;
COMMENT ON TABLE @mesa@.sla_politica IS 'SLA targets. Of the rows that fit a ticket the most specific holds: one that names the category before one that does not, then the area, the type, the priority. Read at creation and reclasificar; a ticket keeps the version it was given.';
COMMENT ON COLUMN @mesa@.sla_politica.politica_id IS 'Number of the policy.';
COMMENT ON COLUMN @mesa@.sla_politica.objetivo IS 'What it is a target for: atencion (creation to the first asignar, never paused) or resolucion.';
COMMENT ON COLUMN @mesa@.sla_politica.tipo IS 'Type that it is for; NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica.prioridad IS 'Priority that it is for; NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica.area IS 'Area that it is for; NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica.categoria IS 'Category that it is for, in any case; NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica.horas IS 'Target in hours of open time, up to 87600, to the second; this or dias_habiles.';
COMMENT ON COLUMN @mesa@.sla_politica.dias_habiles IS 'Target in business days: the same time of day so many open days later, 1 to 3650; this or horas.';
COMMENT ON COLUMN @mesa@.sla_politica.calendario IS 'Calendar by which it is measured. Default 24x7.';
COMMENT ON COLUMN @mesa@.sla_politica.avisos IS 'At how many percent of the target to warn, each 1 to 99. Default {75}.';

CREATE TABLE @mesa@.sla_politica_version (
	version_id	integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
	politica_id	integer NOT NULL,
	version		integer NOT NULL,
	vigente_desde timestamptz NOT NULL,
	objetivo	text NOT NULL,
	tipo		ticket_sm.ticket_type,
	prioridad	text,
	area		text,
	categoria	text,
	horas		numeric,
	dias_habiles integer,
	calendario	text NOT NULL,
	avisos		integer[] NOT NULL,
	UNIQUE (politica_id, version)
);
COMMENT ON TABLE @mesa@.sla_politica_version IS 'What every policy has been, for the tickets that keep it. Written by the guard with every edit of sla_politica, never changed.';
COMMENT ON COLUMN @mesa@.sla_politica_version.version_id IS 'Number that a ticket keeps.';
COMMENT ON COLUMN @mesa@.sla_politica_version.politica_id IS 'The policy.';
COMMENT ON COLUMN @mesa@.sla_politica_version.version IS 'Its versions, 1, 2, and so on.';
COMMENT ON COLUMN @mesa@.sla_politica_version.vigente_desde IS 'Since when it has held for new tickets.';
COMMENT ON COLUMN @mesa@.sla_politica_version.objetivo IS 'As in sla_politica, and so with the others.';
COMMENT ON COLUMN @mesa@.sla_politica_version.tipo IS 'Type, NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica_version.prioridad IS 'Priority, NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica_version.area IS 'Area, NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica_version.categoria IS 'Category, NULL: any.';
COMMENT ON COLUMN @mesa@.sla_politica_version.horas IS 'Target in hours.';
COMMENT ON COLUMN @mesa@.sla_politica_version.dias_habiles IS 'Target in business days.';
COMMENT ON COLUMN @mesa@.sla_politica_version.calendario IS 'Name of the calendar.';
COMMENT ON COLUMN @mesa@.sla_politica_version.avisos IS 'Percentages at which to warn.';


------------------------------------------------------------------------
-- 3. Tickets
------------------------------------------------------------------------

-- What operations change comes last: of a row that stays on its page, an update
-- writes to the WAL only from the first changed column on.
CREATE TABLE @mesa@.ticket (
	ticket_uuid			uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	ticket_label		text NOT NULL UNIQUE,
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
	area				text NOT NULL DEFAULT 'MESA' REFERENCES @mesa@.area (nombre),
	agente_id			uuid,
	fecha_limite_sla	timestamptz,
	sla_restante		interval,
	sla_aviso			smallint,
	sla_incumplido_en	timestamptz,
	atencion_aviso		smallint,
	atencion_incumplido_en timestamptz,
	atendido_en			timestamptz,
	sla_revisar_en		timestamptz,
	sla_orden			timestamptz,
	abierto				boolean NOT NULL,
	resuelto_en			timestamptz,
	cerrado_en			timestamptz,
	actualizado_en		timestamptz NOT NULL,
	version				integer NOT NULL,
	hash				bytea
) WITH (fillfactor = 85);

-- No index may mention a column that every operation changes (estado,
-- actualizado_en, version), not even in its predicate: updates stay HOT.
-- Nor the deadline, which pausar and reabrir change: the queue in the order of
-- deadlines goes by sla_orden, which most of them leave alone.
-- find_tables() (machine.c) tells a user's indexes from these by how many of
-- these have a predicate.
CREATE INDEX ticket_abierto_idx ON @mesa@.ticket (fecha_creacion, ticket_uuid) WHERE abierto;
CREATE INDEX ticket_sla_revisar_idx ON @mesa@.ticket (sla_revisar_en) WHERE sla_revisar_en IS NOT NULL;
CREATE INDEX ticket_orden_idx ON @mesa@.ticket (sla_orden, ticket_uuid) WHERE sla_orden IS NOT NULL;
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
COMMENT ON COLUMN @mesa@.ticket.sla_horas IS 'Hours to resolution that it was given when it was created or reclassified, sla_objetivo rounded up. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.fecha_creacion IS 'When it was created. Set by the guard, immutable.';
COMMENT ON COLUMN @mesa@.ticket.actualizado_en IS 'When it was last changed; the time of its last history row. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.fecha_limite_sla IS 'SLA deadline; NULL while the clock stands; once it has ended, the deadline that was in force. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_restante IS 'Time left when the clock was stopped or ended, negative when late; NULL while it runs. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_politica IS 'Version of the policy that gave the resolution target (sla_politica_version); NULL: the hours of the priority. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_calendario IS 'Version of the calendar by which resolution is measured (calendario_version); NULL: round the clock. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_objetivo IS 'Resolution target as open time of its calendar. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_aviso IS 'Highest percentage of the resolution target that was told, 100 for the breach; NULL: none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_incumplido_en IS 'When the resolution target was missed: the deadline that passed. Written once, never cleared. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_politica IS 'Version of the policy that gave the attention target; NULL: it has none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_calendario IS 'Version of the calendar by which attention is measured. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_objetivo IS 'Attention target, creation to first asignar, as open time of its calendar; NULL: it has none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_limite IS 'Attention deadline. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_aviso IS 'Highest percentage of the attention target that was told, 100 for the breach; NULL: none. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atencion_incumplido_en IS 'When the attention target was missed: the deadline that passed. Written once, never cleared. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.atendido_en IS 'When it was first assigned. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_revisar_en IS 'When the sweep looks at it next: not later than something of it comes due. NULL: nothing will. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.sla_orden IS 'Where fn_bandeja finds it by its deadline: that, or up to an hour before it. While the clock stands, a leftover or NULL; NULL once closed. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.abierto IS 'Whether its state is an open one (estado.abierto). Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.resuelto_en IS 'When it was resolved; NULL while it is not. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.cerrado_en IS 'When it was closed for good; NULL while it is open. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.version IS 'Number of its last history row: 1 at creation, one more with every change. Set by the guard.';
COMMENT ON COLUMN @mesa@.ticket.hash IS 'Hash of its last history row, which the next one follows; NULL where a BEFORE trigger or a generated column of yours can change the row after it has been worked out. Set by the guard.';


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
	reloj				text NOT NULL,
	motivo				text,
	nota				text,
	respuesta			text,
	cambios				jsonb,
	actor_id			uuid,
	actor_nombre		text NOT NULL,
	actor_rol			ticket_sm.ticket_role NOT NULL,
	usuario_bd			text NOT NULL,
	ip					inet,
	hash				bytea NOT NULL,
	-- The only index, and no foreign key: the guard is the only writer.
	PRIMARY KEY (ticket_uuid, version)
);

COMMENT ON TABLE @mesa@.historial IS 'One row for every change of every ticket, chained by hash. Written by the guard only, never changed. fn_verificar() proves it.';
COMMENT ON COLUMN @mesa@.historial.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.historial.version IS '1 for its creation, then one more each, without a hole.';
COMMENT ON COLUMN @mesa@.historial.operacion IS 'What was done; avisar and vencer: what came due, told in the course of the actor''s call.';
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
COMMENT ON COLUMN @mesa@.evento.operacion IS 'What happened; avisar: part of a target is used up, vencer: it was missed.';
COMMENT ON COLUMN @mesa@.evento.ocurrido_en IS 'When, as in the history.';
COMMENT ON COLUMN @mesa@.evento.datos IS 'The ticket after it: ticket_label, estado_antes, estado, tipo, categoria, prioridad, area, agente_id, fecha_limite_sla; for avisar and vencer also objetivo, umbral (percent) and limite (the deadline). Times in UTC.';


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
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.sla_politica_version
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR TRUNCATE ON @mesa@.evento
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.agente
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.configuracion
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_guardia_borrado BEFORE DELETE OR TRUNCATE ON @mesa@.estado
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();

-- Every edit of a policy makes a new version of it.
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.sla_politica
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_policy();

-- What defines a calendar is copied to its next version.  The last statement
-- has the first versions written.
CREATE TRIGGER aa_guardia_escritura BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.calendario_version
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_refuse();
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.calendario
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_calendar();
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.horario
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_calendar();
CREATE TRIGGER aa_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @mesa@.feriado
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_calendar();
DELETE FROM @mesa@.feriado WHERE false;

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
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.sla_politica
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.sla_politica
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
ALTER TABLE @mesa@.sla_politica ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.sla_politica ENABLE ALWAYS TRIGGER zz_recargar_todo;

CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.calendario
	FOR EACH ROW EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar_todo AFTER TRUNCATE ON @mesa@.calendario
	FOR EACH STATEMENT EXECUTE FUNCTION ticket_sm.tg_reload();
CREATE TRIGGER zz_recargar AFTER INSERT OR UPDATE OR DELETE ON @mesa@.calendario_version
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
ALTER TABLE @mesa@.calendario ENABLE ALWAYS TRIGGER zz_recargar;
ALTER TABLE @mesa@.calendario ENABLE ALWAYS TRIGGER zz_recargar_todo;
ALTER TABLE @mesa@.calendario_version ENABLE ALWAYS TRIGGER zz_recargar;


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
-- 7. Metrics
--
-- Under the caller's row-level security, as the queue: an AREA agent sees the
-- figures of its own area.  Open time is that of the ticket's own calendar.
------------------------------------------------------------------------

CREATE VIEW @mesa@.sla_tiempo_estado WITH (security_invoker = true) AS
SELECT s.ticket_uuid, s.estado, count(*) FILTER (WHERE s.entra) AS veces, sum(s.hasta - s.desde) AS tiempo
FROM (
	SELECT h.ticket_uuid, h.estado_despues AS estado, h.ocurrido_en AS desde,
		-- the last stretch goes on, unless the ticket is closed for good
		coalesce(lead(h.ocurrido_en) OVER w, CASE WHEN t.abierto THEN ticket_sm.ahora() ELSE h.ocurrido_en END) AS hasta,
		h.estado_antes IS DISTINCT FROM h.estado_despues AS entra
	FROM @mesa@.historial h JOIN @mesa@.ticket t ON t.ticket_uuid = h.ticket_uuid
	WINDOW w AS (PARTITION BY h.ticket_uuid ORDER BY h.version)
) AS s
GROUP BY s.ticket_uuid, s.estado;
COMMENT ON VIEW @mesa@.sla_tiempo_estado IS 'How long each ticket has been in each state. Filter by ticket_uuid.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.ticket_uuid IS 'The ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.estado IS 'State.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.veces IS 'How often it came into the state.';
COMMENT ON COLUMN @mesa@.sla_tiempo_estado.tiempo IS 'Time in it by the clock on the wall, up to now where it still is.';

CREATE VIEW @mesa@.sla_tiempos WITH (security_invoker = true) AS
SELECT t.ticket_uuid, t.ticket_label, t.estado, t.tipo, t.categoria, t.prioridad, t.area, t.fecha_creacion,
	t.atendido_en, t.atendido_en - t.fecha_creacion AS atencion_reloj,
	ticket_sm.sla_tiempo(@ticket@::regclass, coalesce(t.atencion_calendario, t.sla_calendario),
		t.fecha_creacion, t.atendido_en) AS atencion_habil,
	t.atencion_objetivo, t.atencion_incumplido_en,
	t.resuelto_en, t.resuelto_en - t.fecha_creacion AS resolucion_reloj,
	CASE WHEN t.resuelto_en IS NOT NULL THEN t.sla_objetivo - t.sla_restante END AS resolucion_habil,
	t.sla_objetivo, t.sla_incumplido_en
FROM @mesa@.ticket t;
COMMENT ON VIEW @mesa@.sla_tiempos IS 'Time to assignment and to resolution of each ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempos.ticket_uuid IS 'Identity of the ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempos.ticket_label IS 'Label of the ticket.';
COMMENT ON COLUMN @mesa@.sla_tiempos.estado IS 'State.';
COMMENT ON COLUMN @mesa@.sla_tiempos.tipo IS 'Kind of the request.';
COMMENT ON COLUMN @mesa@.sla_tiempos.categoria IS 'Category.';
COMMENT ON COLUMN @mesa@.sla_tiempos.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.sla_tiempos.area IS 'Area that has it.';
COMMENT ON COLUMN @mesa@.sla_tiempos.fecha_creacion IS 'When it was created.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atendido_en IS 'When it was first assigned.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_reloj IS 'Creation to first assignment by the clock on the wall.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_habil IS 'The same as open time of its calendar.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_objetivo IS 'Attention target, NULL: none.';
COMMENT ON COLUMN @mesa@.sla_tiempos.atencion_incumplido_en IS 'When that was missed, NULL: not.';
COMMENT ON COLUMN @mesa@.sla_tiempos.resuelto_en IS 'When it was resolved, the last time if it was reopened.';
COMMENT ON COLUMN @mesa@.sla_tiempos.resolucion_reloj IS 'Creation to resolution by the clock on the wall, pauses and all.';
COMMENT ON COLUMN @mesa@.sla_tiempos.resolucion_habil IS 'What the target counts: open time of its calendar, without pauses and without the time it was resolved before it was reopened.';
COMMENT ON COLUMN @mesa@.sla_tiempos.sla_objetivo IS 'Resolution target.';
COMMENT ON COLUMN @mesa@.sla_tiempos.sla_incumplido_en IS 'When that was missed, NULL: not.';

CREATE VIEW @mesa@.sla_cumplimiento WITH (security_invoker = true) AS
SELECT t.area, t.prioridad, t.tipo,
	date_trunc('month', timezone(c.zona_horaria, t.resuelto_en))::date AS mes,
	count(*) AS resueltos,
	count(*) FILTER (WHERE t.sla_incumplido_en IS NULL) AS resolucion_cumplida,
	round(100.0 * count(*) FILTER (WHERE t.sla_incumplido_en IS NULL) / count(*), 1) AS resolucion_porcentaje,
	count(t.atencion_objetivo) AS con_objetivo_atencion,
	count(t.atencion_objetivo) FILTER (WHERE t.atencion_incumplido_en IS NULL) AS atencion_cumplida,
	round(100.0 * count(t.atencion_objetivo) FILTER (WHERE t.atencion_incumplido_en IS NULL)
		/ nullif(count(t.atencion_objetivo), 0), 1) AS atencion_porcentaje
FROM @mesa@.ticket t, @mesa@.configuracion c
WHERE t.resuelto_en IS NOT NULL
GROUP BY t.area, t.prioridad, t.tipo, 4;
COMMENT ON VIEW @mesa@.sla_cumplimiento IS 'Compliance of the tickets that are resolved, by area, priority, type and month. What was cancelled does not count.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.area IS 'Area that has them.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.tipo IS 'Kind of the request.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.mes IS 'First day of the month of resolution, in configuracion.zona_horaria.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.resueltos IS 'Tickets resolved.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.resolucion_cumplida IS 'Of them, within the resolution target.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.resolucion_porcentaje IS 'The same in percent.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.con_objetivo_atencion IS 'Of those resolved, with an attention target.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.atencion_cumplida IS 'Of these, within it.';
COMMENT ON COLUMN @mesa@.sla_cumplimiento.atencion_porcentaje IS 'The same in percent; NULL when there are none.';

CREATE VIEW @mesa@.sla_pausas WITH (security_invoker = true) AS
SELECT s.area, count(DISTINCT s.ticket_uuid) AS tickets,
	count(DISTINCT s.ticket_uuid) FILTER (WHERE s.reloj = 'pausa') AS con_pausa,
	sum(s.hasta - s.desde) AS tiempo,
	coalesce(sum(s.hasta - s.desde) FILTER (WHERE s.reloj = 'pausa'), interval '0') AS tiempo_en_pausa,
	round((100 * extract(epoch FROM coalesce(sum(s.hasta - s.desde) FILTER (WHERE s.reloj = 'pausa'), interval '0'))
		/ nullif(extract(epoch FROM sum(s.hasta - s.desde)), 0))::numeric, 1) AS porcentaje
FROM (
	SELECT h.ticket_uuid, h.area_despues AS area, h.reloj, h.ocurrido_en AS desde,
		coalesce(lead(h.ocurrido_en) OVER w, CASE WHEN t.abierto THEN ticket_sm.ahora() ELSE h.ocurrido_en END) AS hasta
	FROM @mesa@.historial h JOIN @mesa@.ticket t ON t.ticket_uuid = h.ticket_uuid
	WINDOW w AS (PARTITION BY h.ticket_uuid ORDER BY h.version)
) AS s
WHERE s.reloj <> 'fin'
GROUP BY s.area;
COMMENT ON VIEW @mesa@.sla_pausas IS 'How much of the life of the tickets each area has had them paused, up to their end.';
COMMENT ON COLUMN @mesa@.sla_pausas.area IS 'Area that had them at the time.';
COMMENT ON COLUMN @mesa@.sla_pausas.tickets IS 'Tickets it has had.';
COMMENT ON COLUMN @mesa@.sla_pausas.con_pausa IS 'Of them, paused at some time there.';
COMMENT ON COLUMN @mesa@.sla_pausas.tiempo IS 'Time it has had them, by the clock on the wall, until resolved or closed.';
COMMENT ON COLUMN @mesa@.sla_pausas.tiempo_en_pausa IS 'Of that, with the SLA clock standing.';
COMMENT ON COLUMN @mesa@.sla_pausas.porcentaje IS 'The same in percent.';

CREATE VIEW @mesa@.sla_antiguedad WITH (security_invoker = true) AS
SELECT t.area, t.prioridad, tramo.orden AS tramo_orden, tramo.nombre AS tramo, count(*) AS abiertos,
	count(*) FILTER (WHERE t.sla_incumplido_en IS NOT NULL OR t.fecha_limite_sla < ticket_sm.ahora()
		AND t.sla_restante IS NULL) AS vencidos,
	min(t.fecha_creacion) AS mas_antiguo
FROM @mesa@.ticket t
JOIN (VALUES (1, 'menos de 1 día', 0, 1), (2, '1 a 3 días', 1, 3), (3, '3 a 7 días', 3, 7),
		(4, '7 a 30 días', 7, 30), (5, '30 días o más', 30, NULL)) AS tramo (orden, nombre, desde, hasta)
	ON ticket_sm.ahora() - t.fecha_creacion >= make_interval(hours => 24 * tramo.desde)
	AND (tramo.hasta IS NULL OR ticket_sm.ahora() - t.fecha_creacion < make_interval(hours => 24 * tramo.hasta))
WHERE t.abierto AND NOT EXISTS (
	SELECT FROM @mesa@.estado e WHERE e.estado = t.estado AND e.resuelto)
GROUP BY t.area, t.prioridad, tramo.orden, tramo.nombre;
COMMENT ON VIEW @mesa@.sla_antiguedad IS 'The backlog, open tickets that are not resolved, by age.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.area IS 'Area that has them.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.prioridad IS 'Priority.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.tramo_orden IS 'Age bracket, 1 the youngest to 5 the oldest.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.tramo IS 'Its name: days of 24 hours since creation.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.abiertos IS 'Tickets.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.vencidos IS 'Of them, past their resolution target.';
COMMENT ON COLUMN @mesa@.sla_antiguedad.mas_antiguo IS 'Creation of the oldest.';


------------------------------------------------------------------------
-- 8. Who may see and touch what
--
-- Only what stands here is granted.  Changes of tickets go through the
-- functions, so no role needs to write the tables; which tickets a caller
-- may read is the same question for ticket_sm.fn_ticket() and for SELECT.
------------------------------------------------------------------------

GRANT USAGE ON SCHEMA @mesa@ TO @rol_admin@, @rol_mesa@, @rol_area@, @rol_publico@;
GRANT SELECT ON @mesa@.ticket, @mesa@.historial, @mesa@.bandeja, @mesa@.agente,
	@mesa@.estado, @mesa@.transicion, @mesa@.permiso, @mesa@.rol,
	@mesa@.configuracion, @mesa@.prioridad, @mesa@.area,
	@mesa@.sla_politica, @mesa@.sla_politica_version,
	@mesa@.sla_tiempo_estado, @mesa@.sla_tiempos, @mesa@.sla_cumplimiento, @mesa@.sla_pausas, @mesa@.sla_antiguedad
	TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT SELECT ON @mesa@.contador, @mesa@.evento TO @rol_admin@;
GRANT DELETE ON @mesa@.evento TO @rol_admin@;
GRANT INSERT, UPDATE, DELETE ON @mesa@.sla_politica TO @rol_admin@;
GRANT SELECT ON @mesa@.prioridad, @mesa@.area TO @rol_publico@;
GRANT INSERT, UPDATE ON @mesa@.agente, @mesa@.area, @mesa@.prioridad TO @rol_admin@;
GRANT SELECT ON @mesa@.calendario, @mesa@.horario, @mesa@.feriado, @mesa@.calendario_version
	TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT INSERT, UPDATE, DELETE ON @mesa@.calendario, @mesa@.horario, @mesa@.feriado TO @rol_admin@;

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
