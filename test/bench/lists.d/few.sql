-- Of some things there are few, as in life.  Past the guard: it is about reading.
SET session_replication_role = replica;
INSERT INTO grande.area (nombre) VALUES ('CHICA'), ('VACIA');
INSERT INTO grande.agente (agente_id, nombre, email, rol, area) VALUES
	('00000000-0000-4000-9000-000000000003', 'Paula Jiménez', 'paula@andina.example', 'AREA', 'REDES');
CREATE TEMP TABLE poco AS SELECT ticket_uuid, row_number() OVER (ORDER BY md5(ticket_uuid::text)) AS n FROM grande.ticket WHERE abierto LIMIT 200;
UPDATE grande.ticket t SET agente_id = '00000000-0000-4000-9000-000000000003' FROM poco p WHERE p.ticket_uuid = t.ticket_uuid AND n <= 20;
UPDATE grande.ticket t SET area = 'CHICA' FROM poco p WHERE p.ticket_uuid = t.ticket_uuid AND n BETWEEN 21 AND 60;
UPDATE grande.ticket t SET solicitante_email = 'doce@correo.example' FROM poco p WHERE p.ticket_uuid = t.ticket_uuid AND n BETWEEN 61 AND 72;
UPDATE grande.ticket t SET asunto = 'Zarigüeya en el techo' FROM poco p WHERE p.ticket_uuid = t.ticket_uuid AND n BETWEEN 101 AND 130;
RESET session_replication_role;
UPDATE grande.busqueda b SET palabras = ticket_sm.palabras(t.ticket_label, ARRAY[t.asunto, t.descripcion, t.solicitante_email])
FROM grande.ticket t, poco p WHERE t.ticket_uuid = b.ticket_uuid AND p.ticket_uuid = t.ticket_uuid AND n BETWEEN 101 AND 130;
