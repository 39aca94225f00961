-- One operation on many tickets.
\pset format unaligned
\set VERBOSITY terse
SELECT prueba.fresh_mesa();

-- Seven tickets with uuids in the order of their names.
SELECT count(prueba.new_in(name, state, CASE name WHEN 'e' THEN jsonb '{"area": "SOPORTE"}' ELSE '{}' END))
FROM (VALUES ('a', 'ASIGNADO'), ('b', 'ASIGNADO'), ('c', 'NUEVO'), ('d', 'ARCHIVADO'), ('e', 'ASIGNADO'), ('f', 'ASIGNADO'), ('g', 'PAUSADO')) AS t(name, state);
CREATE FUNCTION prueba.batch(operation text, names text, data jsonb DEFAULT NULL, all_or_none boolean DEFAULT false)
	RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', alias, CASE WHEN hecho THEN 'done' ELSE 'refused' END, right(ticket_label, 5), estado_anterior || '>' || estado,
		'v' || version, codigo, mensaje, prueba.mask(detalle))
	FROM ticket_sm.fn_ejecutar_lote(operation,
		(SELECT array_agg(coalesce((SELECT id FROM prueba.alias WHERE alias = n), prueba.agente(9))) FROM regexp_split_to_table(names, ' ') AS n), data, all_or_none)
	LEFT JOIN prueba.alias ON id = ticket_uuid ORDER BY alias $$;

-- Each is judged by itself; one named twice is done once; one is unknown.
SELECT prueba.batch('Pausar', 'a b c d e f g a none', '{"motivo": "  Falta una pieza.  "}');
SELECT prueba.history('a', 3);
SELECT prueba.history('c', 2);
SELECT count(*), count(DISTINCT ticket_uuid) FROM ticket_sm.fn_ejecutar_lote('actualizar', (SELECT array_agg(id) FROM prueba.alias), '{"nota": "Todos."}');
-- The rows come in the order of the uuids.
SELECT array_agg(ticket_uuid ORDER BY n) = array_agg(ticket_uuid ORDER BY ticket_uuid) FROM (
	SELECT ticket_uuid, row_number() OVER () AS n
	FROM ticket_sm.fn_ejecutar_lote('actualizar', (SELECT array_agg(id) FROM prueba.alias), '{"respuesta": "A todos.", "version": 99}')) AS t;
SELECT prueba.batch('reabrir', 'a b e f g', '{"motivo": "Llegó la pieza.", "version": "4"}');

-- Fields of other types; what does not change; an agent of another area.
SELECT prueba.batch('reclasificar', 'a b c', '{"tipo": "queja", "categoria": "Otra", "motivo": "Es otra cosa."}');
SELECT prueba.batch('asignar', 'a b c e', format('{"agente_id": "%s", "motivo": null}', prueba.agente(3))::jsonb);
SELECT prueba.batch('transferir', 'a f', '{"area": "redes", "motivo": "No es nuestro."}');

-- All or nothing.
BEGIN;
SELECT prueba.batch('resolver', 'a c', '{"respuesta": "Listo."}', true);
ROLLBACK;
SELECT prueba.err($$SELECT prueba.batch('resolver', 'a b c d', '{"respuesta": "Listo."}', true)$$);
SELECT prueba.err($$SELECT prueba.batch('resolver', 'a none', NULL, true)$$);
SELECT prueba.ticket('a');

-- What the guard does not foresee takes nobody else along.
CREATE FUNCTION prueba.moody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF new.ticket_uuid = prueba.id(TG_ARGV[0]) THEN
		RAISE EXCEPTION 'not this one' USING ERRCODE = 'P0001', DETAIL = 'It is ' || TG_ARGV[0] || '.';
	ELSIF TG_WHEN = 'BEFORE' AND new.ticket_uuid = prueba.id(TG_ARGV[1]) THEN
		RETURN NULL;
	END IF;
	RETURN new;
END $$;
BEGIN;
CREATE TRIGGER zz_before BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.moody('b', 'e');
CREATE TRIGGER zz_after AFTER UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.moody('f');
SELECT prueba.batch('actualizar', 'a b c d e f g none', '{"nota": "Con humor."}');
SELECT prueba.err($$SELECT prueba.batch('actualizar', 'a e', '{"nota": "Con humor."}', true)$$);
ROLLBACK;

-- Whose areas these are.
SET ROLE regress_alba;
SELECT prueba.batch('actualizar', 'a e', '{"nota": "Mirado."}');
SELECT prueba.err($$SELECT prueba.batch('asignar', 'a')$$);
SET ROLE regress_pepe;
SELECT prueba.err($$SELECT prueba.batch('actualizar', 'a', '{"nota": "Mirado."}')$$);
RESET ROLE;

-- Bad values.
SELECT prueba.err($$SELECT ticket_sm.fn_ejecutar_lote()$$);
SELECT prueba.err($$SELECT prueba.batch('crear', 'a')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_ejecutar_lote('pausar')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_ejecutar_lote('pausar', ARRAY[NULL]::uuid[], '{"motivo": "x y z"}')$$);
SELECT prueba.err($$SELECT prueba.batch('pausar', 'a')$$);
SELECT prueba.err($$SELECT prueba.batch('pausar', 'a', '{"motivo": "no"}')$$);
SELECT prueba.err($$SELECT prueba.batch('pausar', 'a', '{"motivo": ["no"]}')$$);
SELECT prueba.err($$SELECT prueba.batch('pausar', 'a', '{"Motivo": "No hay pieza."}')$$);
SELECT prueba.err($$SELECT prueba.batch('pausar', 'a', '["motivo"]')$$);
SELECT prueba.err($$SELECT prueba.batch('pausar', 'a', '{"motivo": "No hay pieza.", "version": 1.5}')$$);
SELECT prueba.err($$SELECT prueba.batch('asignar', 'a', '{"agente_id": "yo"}')$$);
SELECT prueba.err($$SELECT ticket_sm.fn_ejecutar_lote('pausar', array_fill(prueba.agente(9), ARRAY[100001]), '{"motivo": "x y z"}')$$);
SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('pausar', '{}', '{"motivo": "x y z"}');
SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.batch;
DROP FUNCTION prueba.moody;
