-- Settings and catalogues

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
	eventos			ticket_sm.ticket_operation[] NOT NULL DEFAULT '{avisar, vencer, retirar}'
		CONSTRAINT configuracion_eventos_check CHECK (array_position(eventos, NULL) IS NULL),
	canal_eventos	text CHECK (canal_eventos ~ '^[a-z_][a-z0-9_]{0,62}$'),
	nombre			text NOT NULL DEFAULT 'Mesa de ayuda' CHECK (length(nombre) BETWEEN 1 AND 100),
	categorias		text[] NOT NULL DEFAULT '{}' CONSTRAINT configuracion_categorias_check
		CHECK (array_position(categorias, NULL) IS NULL AND cardinality(categorias) <= 1000),
	-- bytea is twice as long as text, and no dump can be made of a text over 1 GB
	adjunto_bytes	integer NOT NULL DEFAULT 10485760 CHECK (adjunto_bytes BETWEEN 1 AND 104857600),
	adjuntos_bytes	bigint NOT NULL DEFAULT 104857600 CHECK (adjuntos_bytes BETWEEN 1 AND 1099511627776),
	adjuntos_cantidad integer NOT NULL DEFAULT 100 CHECK (adjuntos_cantidad BETWEEN 0 AND 10000),
	cierre_automatico	integer CHECK (cierre_automatico BETWEEN 1 AND 3650),
	cierre_calendario	text,
	version_plantilla	text NOT NULL
);
INSERT INTO @mesa@.configuracion (version_plantilla) VALUES ('@version@');

COMMENT ON TABLE @mesa@.configuracion IS 'The settings of this mesa: exactly one row.';
COMMENT ON COLUMN @mesa@.configuracion.unica IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN @mesa@.configuracion.zona_horaria IS 'Time zone in which the year of a label begins: a full name of pg_timezone_names, such as America/Bogota. Default UTC.';
COMMENT ON COLUMN @mesa@.configuracion.prefijo IS 'What a label begins with: a capital letter, then up to nine capitals or digits. Default TK.';
COMMENT ON COLUMN @mesa@.configuracion.digitos IS 'Digits of a label''s number, 1 to 12; a larger number gets more. Default 5.';
COMMENT ON COLUMN @mesa@.configuracion.sla_en_pausa IS 'What the SLA clock does while a ticket is paused: detener (stands, default) or continuar (runs on).';
COMMENT ON COLUMN @mesa@.configuracion.sla_avisos IS 'At how many percent of its target a ticket without a policy is warned of, each 1 to 99. Default {75}.';
COMMENT ON COLUMN @mesa@.configuracion.eventos IS 'Which operations write a row to the outbox, table evento. Default avisar, vencer and retirar; each further one costs its operation some microseconds.';
COMMENT ON COLUMN @mesa@.configuracion.canal_eventos IS 'Channel that is notified of each row of the outbox, with its evento_id; NULL, the default: none, because NOTIFY lets one transaction of the whole cluster commit at a time.';
COMMENT ON COLUMN @mesa@.configuracion.nombre IS 'What the mesa is called where people see it, at most 100 characters: GET /mesa. Default Mesa de ayuda.';
COMMENT ON COLUMN @mesa@.configuracion.categorias IS 'Categories that forms propose (GET /mesa), in their order; a ticket may have others. Anyone can read them. Default none.';
COMMENT ON COLUMN @mesa@.configuracion.adjunto_bytes IS 'How large a file may be that is attached to a ticket, in bytes, at most 104857600 (100 MiB). Default 10485760 (10 MiB); rest/nginx.conf has a limit of its own.';
COMMENT ON COLUMN @mesa@.configuracion.adjuntos_bytes IS 'How large the files of one ticket may be together, in bytes; public and internal ones are counted each by themselves. Default 104857600 (100 MiB).';
COMMENT ON COLUMN @mesa@.configuracion.adjuntos_cantidad IS 'How many files one ticket may have, at most 10000; public and internal ones are counted each by themselves. 0: none. Default 100.';
COMMENT ON COLUMN @mesa@.configuracion.cierre_automatico IS 'After how many days the sweep closes a ticket (archivar) that has stayed resolved since, 1 to 3650: days of 24 hours, or what cierre_calendario says. NULL, the default: never.';
COMMENT ON COLUMN @mesa@.configuracion.cierre_calendario IS 'The calendar whose open days cierre_automatico counts, each to the same time of day; NULL, the default: days of 24 hours.';
COMMENT ON COLUMN @mesa@.configuracion.version_plantilla IS 'Version of the template that made this mesa, or of the last upgrade.';

CREATE TABLE @mesa@.rol (
	rol		ticket_sm.ticket_role PRIMARY KEY,
	rol_bd	name NOT NULL,
	identidad_bd	text
);
COMMENT ON TABLE @mesa@.rol IS 'Which database role stands for which helpdesk role in this mesa. A caller has the highest one whose privileges it has.';
COMMENT ON COLUMN @mesa@.rol.rol IS 'Helpdesk role.';
COMMENT ON COLUMN @mesa@.rol.rol_bd IS 'Database role, by convention a group role without login.';
COMMENT ON COLUMN @mesa@.rol.identidad_bd IS 'Which database role rol_bd is, whatever it is called meanwhile, as in agente. Set by the guard.';

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
	area		text REFERENCES @mesa@.area (nombre) ON UPDATE CASCADE,
	usuario_bd	name UNIQUE,
	activo		boolean NOT NULL DEFAULT true,
	telefono	text CHECK (telefono ~ '\S' AND length(telefono) <= 30),
	identidad_bd	text UNIQUE,
	CONSTRAINT agente_area_check CHECK (rol <> 'AREA' OR area IS NOT NULL)
);
CREATE UNIQUE INDEX agente_email_lower_idx ON @mesa@.agente (lower(email COLLATE "C"));
COMMENT ON TABLE @mesa@.agente IS 'The people who work the tickets. A row is switched off, never deleted: the history speaks of it.';
COMMENT ON COLUMN @mesa@.agente.agente_id IS 'Identity; the claim sub of a trusted token.';
COMMENT ON COLUMN @mesa@.agente.nombre IS 'Name as the history shows it, at most 150 characters.';
COMMENT ON COLUMN @mesa@.agente.email IS 'Address, at most 254 characters, unique whatever the case of A to Z.';
COMMENT ON COLUMN @mesa@.agente.rol IS 'What tickets may be assigned to it: an AREA agent gets those of its area, ADMIN and MESA any. What the agent may do follows from its database role.';
COMMENT ON COLUMN @mesa@.agente.area IS 'Area the agent belongs to; scope of an AREA agent, who must have one.';
COMMENT ON COLUMN @mesa@.agente.usuario_bd IS 'Database role by which the agent is known when no trusted claims say otherwise.';
COMMENT ON COLUMN @mesa@.agente.activo IS 'An agent switched off is refused everything, and gets no tickets.';
COMMENT ON COLUMN @mesa@.agente.telefono IS 'Telephone, at most 30 characters.';
COMMENT ON COLUMN @mesa@.agente.identidad_bd IS 'Which database role usuario_bd is, whatever it is called meanwhile: the cluster''s identifier and the role''s OID. In another cluster, or when that role is gone, the name holds. Set by the guard.';

CREATE TABLE @mesa@.renombre (
	renombre_id	integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	tabla		text NOT NULL,
	antes		text NOT NULL,
	despues		text NOT NULL,
	ocurrido_en	timestamptz NOT NULL,
	usuario_bd	text NOT NULL
);
COMMENT ON TABLE @mesa@.renombre IS 'Areas, priorities and calendars that were given another name. The history keeps the names that held at the time; this says what has become of them. Written by the guard only, never changed.';
COMMENT ON COLUMN @mesa@.renombre.renombre_id IS 'Number of the row: the order of the changes.';
COMMENT ON COLUMN @mesa@.renombre.tabla IS 'Where: area, prioridad or calendario.';
COMMENT ON COLUMN @mesa@.renombre.antes IS 'The name until then.';
COMMENT ON COLUMN @mesa@.renombre.despues IS 'The name since.';
COMMENT ON COLUMN @mesa@.renombre.ocurrido_en IS 'When it was changed.';
COMMENT ON COLUMN @mesa@.renombre.usuario_bd IS 'The database role that changed it.';

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
ALTER TABLE @mesa@.configuracion ADD FOREIGN KEY (cierre_calendario) REFERENCES @mesa@.calendario (nombre) ON UPDATE CASCADE;
CREATE UNIQUE INDEX calendario_nombre_upper_idx ON @mesa@.calendario (upper(nombre));
COMMENT ON TABLE @mesa@.calendario IS 'Business calendars: when the SLA clock runs. A change makes a new version, in calendario_version, in the place of the one before unless a ticket was given that.';
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
COMMENT ON TABLE @mesa@.horario IS 'The hours in which a calendar is open, by the day of the week. Hours of a day may touch, not overlap (23P01). A calendar that a policy goes by keeps some (23514).';
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
COMMENT ON TABLE @mesa@.calendario_version IS 'Every calendar as it is defined, and as it was defined when tickets were given it: a definition that no ticket was given goes with the next one. A ticket keeps the version it was given. Written by the guard only; of one that a ticket was given nothing is ever changed but the name.';
COMMENT ON COLUMN @mesa@.calendario_version.version_id IS 'Identity of the version.';
COMMENT ON COLUMN @mesa@.calendario_version.calendario IS 'Name of the calendar; of one that is gone, the last one.';
COMMENT ON COLUMN @mesa@.calendario_version.version IS '1 for the first definition under that name, then higher ones; the highest holds for new tickets. It is settled once a ticket has it.';
COMMENT ON COLUMN @mesa@.calendario_version.vigente_desde IS 'When it was defined.';
COMMENT ON COLUMN @mesa@.calendario_version.zona_horaria IS 'calendario.zona_horaria.';
COMMENT ON COLUMN @mesa@.calendario_version.dia IS 'horario.dia, in the order of day and time.';
COMMENT ON COLUMN @mesa@.calendario_version.desde IS 'horario.desde, likewise.';
COMMENT ON COLUMN @mesa@.calendario_version.hasta IS 'horario.hasta, likewise.';
COMMENT ON COLUMN @mesa@.calendario_version.feriado IS 'feriado.fecha, in the order of date and time.';
COMMENT ON COLUMN @mesa@.calendario_version.feriado_desde IS 'feriado.desde, likewise; NULL: closed all day.';
COMMENT ON COLUMN @mesa@.calendario_version.feriado_hasta IS 'feriado.hasta, likewise; NULL: closed all day.';

CREATE TABLE @mesa@.calendario_uso (
	version_id	integer,
	ticket_uuid	uuid,
	PRIMARY KEY (version_id, ticket_uuid)
);
COMMENT ON TABLE @mesa@.calendario_uso IS 'Which versions of calendars a ticket was given, each with the first ticket that was; with several, when transactions gave it at the same time. Written by the guard only, never changed.';
COMMENT ON COLUMN @mesa@.calendario_uso.version_id IS 'The version, of calendario_version.';
COMMENT ON COLUMN @mesa@.calendario_uso.ticket_uuid IS 'A ticket that was given it: at its creation, by reclasificar or by fn_sla_recalcular. It may have another one by now.';

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
	prioridad	text REFERENCES @mesa@.prioridad (nombre) ON UPDATE CASCADE,
	area		text REFERENCES @mesa@.area (nombre) ON UPDATE CASCADE,
	categoria	text CHECK (categoria ~ '^\S(.*\S)?$' AND length(categoria) BETWEEN 2 AND 100),
	horas		numeric CHECK (round(horas * 3600) >= 1 AND horas <= 87600),
	dias_habiles integer CHECK (dias_habiles BETWEEN 1 AND 3650),
	calendario	text NOT NULL DEFAULT '24x7' REFERENCES @mesa@.calendario (nombre) ON UPDATE CASCADE,
	avisos		integer[] NOT NULL DEFAULT '{75}' CONSTRAINT sla_politica_avisos_check
		CHECK (1 <= ALL (avisos) AND 99 >= ALL (avisos) AND array_position(avisos, NULL) IS NULL),
	al_cierre	boolean NOT NULL DEFAULT false,
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
COMMENT ON COLUMN @mesa@.sla_politica.calendario IS 'Calendar by which it is measured; it must have opening hours. Default 24x7.';
COMMENT ON COLUMN @mesa@.sla_politica.avisos IS 'At how many percent of the target to warn, each 1 to 99. Default {75}.';
COMMENT ON COLUMN @mesa@.sla_politica.al_cierre IS 'Whether the target goes on to the last closing of the date on which it would be used up, counted from the creation; midnight, in the calendar''s zone, where that is open around it. Default false.';

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
	al_cierre	boolean NOT NULL,
	UNIQUE (politica_id, version)
);
COMMENT ON TABLE @mesa@.sla_politica_version IS 'What every policy has been, for the tickets that keep it. Written by the guard with every edit of sla_politica, never changed but for names: an area, a priority or a calendar that was given another one.';
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
COMMENT ON COLUMN @mesa@.sla_politica_version.al_cierre IS 'Whether it goes on to the close of the last day.';
