-- Desks with the same 10,000 tickets: helpdesk is the extension's, the others
-- have the same tables and indexes, without any trigger; but for the lean one,
-- whose tables have no more than who would write such a desk by hand needs.
-- Run by the superuser; the bench itself works as the role "agente".

CREATE EXTENSION ticket_sm;
SELECT ticket_sm.crear_mesa('suelo'), ticket_sm.crear_mesa('cliente'), ticket_sm.crear_mesa('plpg'),
	ticket_sm.crear_mesa('seguida');

CREATE ROLE agente LOGIN IN ROLE ticket_mesa;
INSERT INTO helpdesk.area (nombre) VALUES ('REDES'), ('SISTEMAS');
INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area, usuario_bd) VALUES
	('00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'lucia@andina.example', 'MESA', 'MESA', 'agente'),
	('00000000-0000-4000-9000-000000000002', 'Diego Salazar', 'diego@andina.example', 'AREA', 'REDES', NULL),
	('00000000-0000-4000-9000-000000000003', 'Paula Jiménez', 'paula@andina.example', 'AREA', 'SISTEMAS', NULL);

-- 1 to 5,000 will be paused and reopened, 5,001 to 10,000 assigned and
-- transferred.  pgbench can make up their numbers, so they are in the uuid.
SET ticket_sm.motivo = 'Preparación de la medición';
INSERT INTO helpdesk.ticket (ticket_uuid, estado, tipo, categoria, subcategoria, prioridad, asunto, descripcion,
	solicitante_nombre, solicitante_email, telefono, empresa_departamento, area)
SELECT ('00000000-0000-4000-8000-' || 100000000000 + n)::uuid, 'NUEVO', 'INCIDENTE', 'Conectividad', 'VPN', 'ALTA',
	'La VPN rechaza mi contraseña', 'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. '
	|| 'En el correo sí puedo entrar. Caso ' || n,
	'María Fernanda Rojas', 'maria.' || n || '@correo.example', '+57 300 555 0101', 'Contabilidad',
	CASE WHEN n <= 5000 THEN 'REDES' ELSE 'SISTEMAS' END
FROM generate_series(1, 10000) AS n;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000002'
WHERE area = 'REDES';
UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE area = 'SISTEMAS';
UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'REDES' WHERE area = 'SISTEMAS';

DO $$
DECLARE
	mesa text;
	orden text;
BEGIN
	FOREACH mesa IN ARRAY ARRAY['suelo', 'cliente', 'plpg', 'seguida'] LOOP
		FOR orden IN
			SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
			FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
			WHERE c.relnamespace = mesa::regnamespace AND NOT tgisinternal
		LOOP
			EXECUTE orden;
		END LOOP;
		EXECUTE format('ALTER TABLE %1$I.ticket DISABLE ROW LEVEL SECURITY;
			ALTER TABLE %1$I.historial DISABLE ROW LEVEL SECURITY;
			ALTER TABLE %1$I.agente DISABLE ROW LEVEL SECURITY;
			ALTER TABLE %1$I.ticket ALTER sla_objetivo SET DEFAULT interval ''8 hours'';
			ALTER TABLE %1$I.ticket ALTER hash DROP NOT NULL;
			ALTER TABLE %1$I.historial ALTER reloj SET DEFAULT ''corre'';
			GRANT ALL ON ALL TABLES IN SCHEMA %1$I TO agente;
			INSERT INTO %1$I.area SELECT * FROM helpdesk.area ON CONFLICT DO NOTHING;
			INSERT INTO %1$I.agente SELECT * FROM helpdesk.agente;
			INSERT INTO %1$I.contador SELECT * FROM helpdesk.contador;
			INSERT INTO %1$I.ticket SELECT * FROM helpdesk.ticket;
			INSERT INTO %1$I.historial SELECT * FROM helpdesk.historial;
			INSERT INTO %1$I.busqueda SELECT * FROM helpdesk.busqueda', mesa);
	END LOOP;
END $$;

-- What a creation costs without the promise of gap-free labels.
CREATE SEQUENCE suelo.etiqueta START 10001;
GRANT USAGE ON SEQUENCE suelo.etiqueta TO agente;


-- The lean desk: no clock, no proof, no index but the keys.
CREATE SCHEMA sobria;
CREATE TABLE sobria.ticket (
	ticket_uuid			uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	ticket_label		text NOT NULL UNIQUE,
	tipo				text NOT NULL,
	categoria			text NOT NULL,
	subcategoria		text,
	prioridad			text NOT NULL,
	asunto				text,
	descripcion			text NOT NULL,
	solicitante_nombre	text NOT NULL,
	solicitante_email	text NOT NULL,
	telefono			text,
	empresa_departamento text,
	fecha_creacion		timestamptz NOT NULL DEFAULT now(),
	estado				text NOT NULL,
	area				text NOT NULL,
	agente_id			uuid,
	fecha_limite		timestamptz,
	actualizado_en		timestamptz NOT NULL DEFAULT now(),
	version				integer NOT NULL DEFAULT 1
) WITH (fillfactor = 85);
CREATE TABLE sobria.historial (
	ticket_uuid			uuid NOT NULL,
	version				integer NOT NULL,
	operacion			text NOT NULL,
	estado				text NOT NULL,
	area				text,
	agente_id			uuid,
	motivo				text,
	actor_id			uuid,
	ocurrido_en			timestamptz NOT NULL,
	PRIMARY KEY (ticket_uuid, version)
);
INSERT INTO sobria.ticket
SELECT ticket_uuid, ticket_label, tipo, categoria, subcategoria, prioridad, asunto, descripcion, solicitante_nombre,
	solicitante_email, telefono, empresa_departamento, fecha_creacion, estado, area, agente_id, fecha_limite_sla,
	actualizado_en, version
FROM helpdesk.ticket;
INSERT INTO sobria.historial
SELECT ticket_uuid, version, operacion, estado_despues, area_despues, agente_despues, motivo, actor_id, ocurrido_en
FROM helpdesk.historial;
GRANT USAGE ON SCHEMA sobria TO agente;
GRANT ALL ON ALL TABLES IN SCHEMA sobria TO agente;
