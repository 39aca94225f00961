-- Two desks for sqlsmith, and what makes it call our functions often: it takes
-- its functions from pg_proc by that name, so a view in front of the real one
-- shows it ours and some of PostgreSQL's; and it calls none that return sets,
-- so views do.
CREATE EXTENSION ticket_sm;
CREATE ROLE ana LOGIN IN ROLE ticket_admin;
CREATE ROLE rosa LOGIN IN ROLE ticket_area;
CREATE ROLE vera LOGIN IN ROLE ticket_publico;
CREATE ROLE duena LOGIN;
GRANT CREATE ON DATABASE postgres TO duena;
GRANT USAGE ON SCHEMA ticket_sm TO duena;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ticket_sm TO duena;

SET SESSION AUTHORIZATION duena;
SELECT ticket_sm.crear_mesa('suya');
RESET SESSION AUTHORIZATION;
ALTER ROLE duena SET ticket_sm.mesa = 'suya';

CREATE PROCEDURE public.poblar(mesa name) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('ticket_sm.mesa', mesa, true), set_config('search_path', mesa || ', pg_catalog', true);
	INSERT INTO area (nombre) VALUES ('REDES'), ('SISTEMAS');
	INSERT INTO agente (nombre, email, rol, area, usuario_bd) VALUES
		('Ana Núñez', 'ana@mesa.example', 'ADMIN', NULL, 'ana'), ('Rosa Peña', 'rosa@mesa.example', 'AREA', 'REDES', 'rosa');
	INSERT INTO sla_politica (objetivo, prioridad, horas, calendario) VALUES ('atencion', 'ALTA', 1, 'CO'), ('resolucion', 'ALTA', 8, 'CO');
	UPDATE configuracion SET eventos = enum_range(NULL::ticket_sm.ticket_operation);
	PERFORM ticket_sm.fn_crear_ticket(nombre => 'Eva Paz', email => 'eva@correo.example', tipo => 'QUEJA', categoria => 'red',
		descripcion => 'nada funciona ' || i, prioridad => 'ALTA', area => CASE i % 2 WHEN 0 THEN 'REDES' ELSE 'MESA' END,
		clave_idempotencia => 'clave' || i) FROM generate_series(1, 40) AS i;
	PERFORM ticket_sm.fn_asignar(ticket_uuid) FROM ticket WHERE right(ticket_label, 1) < '7';
	PERFORM ticket_sm.fn_pausar(ticket_uuid, 'falta una pieza') FROM ticket WHERE right(ticket_label, 1) = '5';
	PERFORM ticket_sm.fn_resolver(ticket_uuid, 'listo') FROM ticket WHERE right(ticket_label, 1) = '6';
END $$;
CALL public.poblar('helpdesk');
SET SESSION AUTHORIZATION duena;
CALL public.poblar('suya');
RESET SESSION AUTHORIZATION;
DROP PROCEDURE public.poblar;

CREATE SCHEMA smith;
GRANT USAGE ON SCHEMA smith TO PUBLIC;
ALTER ROLE ALL SET search_path = smith, pg_catalog;
SET search_path = smith, pg_catalog;
CREATE VIEW smith.pg_proc AS
SELECT p.* FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'ticket_sm'::regnamespace
	OR p.pronamespace = 'pg_catalog'::regnamespace AND p.provolatile = 'i' AND p.oid::bigint % 10 = 0;

-- values of the types that our functions take
CREATE TABLE smith.valores (ticket_id uuid, texto text, lista uuid[], datos jsonb, hora timestamptz, duracion interval,
	numero integer, grande bigint, ip inet, esquema name, si boolean, estado ticket_sm.ticket_state, estados ticket_sm.ticket_state[],
	operacion ticket_sm.ticket_operation, rol ticket_sm.ticket_role, tipo ticket_sm.ticket_type);
INSERT INTO smith.valores SELECT t.ticket_uuid, v.texto, ARRAY[t.ticket_uuid, gen_random_uuid()],
	jsonb_build_object('motivo', v.texto), now(), '1 hour', 7, 7, '10.0.0.1', 'suya', true, t.estado, ARRAY[t.estado], 'asignar', 'AREA', t.tipo
FROM (SELECT * FROM helpdesk.ticket ORDER BY ticket_label LIMIT 3) AS t,
	(VALUES ('REDES'), ('un motivo largo'), ('eva@correo.example'), ('24x7'), (''), (NULL)) AS v(texto);
INSERT INTO smith.valores SELECT t.ticket_uuid, t.ticket_label FROM suya.ticket AS t WHERE t.ticket_label < 'TK-9999-99999' LIMIT 3;
INSERT INTO smith.valores (hora, duracion, texto) VALUES ('infinity', '-178000000 years', repeat('x', 3000)), ('-infinity', '0', E'\t');

CREATE VIEW smith.bandeja WITH (security_invoker = true) AS SELECT * FROM ticket_sm.fn_bandeja();
CREATE VIEW smith.vencidos WITH (security_invoker = true) AS SELECT * FROM ticket_sm.fn_sla_barrer(5);
CREATE VIEW smith.eventos WITH (security_invoker = true) AS SELECT * FROM ticket_sm.fn_eventos(0, 20);
CREATE VIEW smith.maquina WITH (security_invoker = true) AS SELECT * FROM ticket_sm.fn_maquina();
CREATE VIEW smith.prueba WITH (security_invoker = true) AS SELECT * FROM ticket_sm.fn_verificar();
CREATE VIEW smith.explicado WITH (security_invoker = true) AS
	SELECT v.texto, e.* FROM smith.valores AS v, ticket_sm.fn_sla_explicar(v.ticket_id) AS e;
CREATE VIEW smith.lote WITH (security_invoker = true) AS
	SELECT v.texto, l.* FROM smith.valores AS v, ticket_sm.fn_ejecutar_lote('actualizar', v.lista, '{"nota": "una nota"}') AS l;
GRANT SELECT ON ALL TABLES IN SCHEMA smith TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON smith.valores TO PUBLIC;
