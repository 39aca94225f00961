-- The desk: extension, areas, agents and the database roles they log in with.
-- Run by the superuser; :clave is the password of them all.

CREATE EXTENSION ticket_sm;

-- Hours and years are those of the organisation.
UPDATE helpdesk.configuracion SET zona_horaria = 'America/Bogota';

CREATE SCHEMA demo;
GRANT USAGE ON SCHEMA demo TO PUBLIC;

-- Each agent has a login role, which is a member of one group role of the
-- desk.  That is all there is to rights; the table agente says who it is.

CREATE ROLE carolina LOGIN PASSWORD :'clave' IN ROLE ticket_admin;

CREATE ROLE lucia LOGIN PASSWORD :'clave' IN ROLE ticket_mesa;
CREATE ROLE marcos LOGIN PASSWORD :'clave' IN ROLE ticket_mesa;

CREATE ROLE diego LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE paula LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE valentina LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE andres LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE tomas LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE monica LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE camila LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE hector LOGIN PASSWORD :'clave' IN ROLE ticket_area;
CREATE ROLE jaime LOGIN PASSWORD :'clave' IN ROLE ticket_area;

-- The web portal, through which the public writes.
CREATE ROLE portal LOGIN PASSWORD :'clave' IN ROLE ticket_publico;

-- What a job of cron would log in as, to tell what comes due.
CREATE ROLE reloj LOGIN PASSWORD :'clave' IN ROLE ticket_admin;

-- The first administrator is entered by the owner ...
INSERT INTO helpdesk.agente (nombre, email, rol, usuario_bd)
VALUES ('Carolina Vega', 'carolina.vega@andina.example', 'ADMIN', 'carolina');

-- ... and she enters the rest.
SET ROLE carolina;

INSERT INTO helpdesk.area (nombre)
VALUES ('REDES'), ('SISTEMAS'), ('FACTURACION'), ('TALENTO_HUMANO'), ('MANTENIMIENTO');

INSERT INTO helpdesk.agente (nombre, email, rol, area, usuario_bd) VALUES
	('Lucía Herrera', 'lucia.herrera@andina.example', 'MESA', 'MESA', 'lucia'),
	('Marcos Iglesias', 'marcos.iglesias@andina.example', 'MESA', 'MESA', 'marcos'),
	('Diego Salazar', 'diego.salazar@andina.example', 'AREA', 'REDES', 'diego'),
	('Paula Jiménez', 'paula.jimenez@andina.example', 'AREA', 'REDES', 'paula'),
	('Valentina Ríos', 'valentina.rios@andina.example', 'AREA', 'SISTEMAS', 'valentina'),
	('Andrés Cuéllar', 'andres.cuellar@andina.example', 'AREA', 'SISTEMAS', 'andres'),
	('Tomás Aguirre', 'tomas.aguirre@andina.example', 'AREA', 'FACTURACION', 'tomas'),
	('Mónica Patiño', 'monica.patino@andina.example', 'AREA', 'FACTURACION', 'monica'),
	('Camila Duarte', 'camila.duarte@andina.example', 'AREA', 'TALENTO_HUMANO', 'camila'),
	('Héctor Luna', 'hector.luna@andina.example', 'AREA', 'MANTENIMIENTO', 'hector'),
	('Jaime Robledo', 'jaime.robledo@andina.example', 'AREA', 'SISTEMAS', 'jaime');

-- What is promised, in office hours with the holidays of Colombia (CO): each
-- request is taken up within an hour, a MEDIA one solved in two business days.
-- For CRITICA at REDES somebody is on call, day and night.  What no policy is
-- for has the hours of its priority.
INSERT INTO helpdesk.sla_politica (objetivo, area, prioridad, horas, dias_habiles, calendario, avisos) VALUES
	('atencion', NULL, NULL, 1, NULL, 'CO', '{75}'),
	('resolucion', NULL, 'MEDIA', NULL, 2, 'CO', '{50, 75}'),
	('resolucion', 'REDES', 'CRITICA', 4, NULL, '24x7', '{50, 75}');

-- Jaime has left the organisation: switched off, never deleted.
UPDATE helpdesk.agente SET activo = false WHERE usuario_bd = 'jaime';

RESET ROLE;
