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

-- Jaime has left the organisation: switched off, never deleted.
UPDATE helpdesk.agente SET activo = false WHERE usuario_bd = 'jaime';

RESET ROLE;
