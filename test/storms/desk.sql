-- The desk of the storms: every operation goes to the outbox, targets come due soon.
CREATE EXTENSION ticket_sm;
CREATE ROLE ana LOGIN IN ROLE ticket_admin;
CREATE ROLE marta LOGIN IN ROLE ticket_mesa;
CREATE ROLE rosa LOGIN IN ROLE ticket_area;
CREATE ROLE vera LOGIN IN ROLE ticket_publico;
INSERT INTO helpdesk.area (nombre) VALUES ('REDES'), ('SISTEMAS');
INSERT INTO helpdesk.agente (nombre, email, rol, area, usuario_bd) VALUES
	('Ana Núñez', 'ana@mesa.example', 'ADMIN', NULL, 'ana'),
	('Marta Gil', 'marta@mesa.example', 'MESA', NULL, 'marta'),
	('Rosa Peña', 'rosa@mesa.example', 'AREA', 'REDES', 'rosa');
INSERT INTO helpdesk.sla_politica (objetivo, horas, calendario, avisos) VALUES
	('atencion', 1, '24x7', '{50,75}'), ('resolucion', 2, '24x7', '{50,75}');
UPDATE helpdesk.configuracion SET eventos = enum_range(NULL::ticket_sm.ticket_operation);
