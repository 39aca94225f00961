-- fn_acciones: an operation is told of if, and only if, calling it with good
-- fields succeeds.  Tried for random tickets, callers and edits of the desk.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

DO $$ BEGIN PERFORM prueba.new_in(s, s) FROM unnest('{NUEVO,ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,RESUELTO,CANCELADO,ARCHIVADO}'::text[]) s; END $$;
SELECT prueba.new_in('CON AGENTE', 'ASIGNADO');
SELECT estado FROM ticket_sm.fn_reasignar(prueba.id('CON AGENTE'), prueba.agente(3));
SELECT prueba.new_in(a, 'NUEVO', '{"area": "SOPORTE"}') FROM unnest('{OTRA,OTRA MÁS}'::text[]) a;
-- One link within an area, and one between two.
SELECT count(ticket_sm.fn_vincular(prueba.id(a), prueba.id(b), 'relacionado', 'Es parecido.')) FROM (VALUES ('PAUSADO', 'RESUELTO'), ('ASIGNADO', 'OTRA')) AS v(a, b);
SELECT string_agg(a.alias || ' ' || t.area, ', ' ORDER BY a.alias COLLATE "C") FROM prueba.alias a JOIN helpdesk.ticket t ON t.ticket_uuid = a.id;

-- Files: one can be taken away, another one has been, and no more public ones than this go in here.
SELECT count(ticket_sm.fn_adjuntar(prueba.id(a), 'nota.txt', 'Lo que se vio.')) FROM unnest('{NUEVO,RESUELTO,CON AGENTE,OTRA}'::text[]) a;
SELECT count(ticket_sm.fn_retirar_adjunto(prueba.id('CON AGENTE'), a.adjunto_id, 'Era de otro.')) FROM helpdesk.adjunto a WHERE a.ticket_uuid = prueba.id('CON AGENTE');
-- What it says in full, once; and of which operations.
SET ROLE regress_alba;
SELECT a.operacion, a.estado_destino, f ->> 'campo', f - 'campo' FROM ticket_sm.fn_acciones(prueba.id('PAUSADO')) a, jsonb_array_elements(a.campos) WITH ORDINALITY AS c(f, n)
ORDER BY a.operacion, n;
RESET ROLE;
SELECT s.alias, string_agg(a.operacion || CASE WHEN a.estado_destino::text = s.alias THEN '' ELSE ' > ' || a.estado_destino END, ', ' ORDER BY a.operacion)
FROM prueba.alias s LEFT JOIN LATERAL ticket_sm.fn_acciones(s.id) a ON true GROUP BY s.alias ORDER BY s.alias COLLATE "C";
SELECT f -> 'valores' FROM ticket_sm.fn_acciones(prueba.id('ASIGNADO')) a, jsonb_array_elements(a.campos) f WHERE f ? 'valores' AND a.operacion IN ('transferir', 'reclasificar', 'vincular');
SELECT a.operacion, f ->> 'campo', f ->> 'tipo', f ->> 'requerido' FROM ticket_sm.fn_acciones(prueba.id('NUEVO')) a, jsonb_array_elements(a.campos) WITH ORDINALITY AS c(f, n)
WHERE a.operacion IN ('adjuntar', 'retirar_adjunto') ORDER BY a.operacion, n;
-- Each field has the name of a parameter of the function, and one that is required is one.
SELECT a.operacion, f ->> 'campo' FROM prueba.alias s, ticket_sm.fn_acciones(s.id) a, jsonb_array_elements(a.campos) f
WHERE NOT EXISTS (SELECT FROM ticket_sm.hoja_parametros() p WHERE (p.operacion, p.parametro, p.requerido)
	= (a.operacion::text, f ->> 'campo', (f ->> 'requerido')::boolean) AND coalesce(p.tipo_json, f ->> 'tipo') = f ->> 'tipo');

SELECT prueba.told_as('regress_pepe', format('SELECT ticket_sm.fn_acciones(%L)', prueba.id('NUEVO')));
SELECT prueba.told_as('regress_saul', format('SELECT ticket_sm.fn_acciones(%L)', prueba.id('NUEVO')));
SELECT prueba.told_as('regress_ines', format('SELECT ticket_sm.fn_acciones(%L)', prueba.id('NUEVO')));
SELECT prueba.told_as('regress_ana', c) FROM unnest(ARRAY['SELECT ticket_sm.fn_acciones(NULL)', 'SELECT ticket_sm.fn_acciones(''00000000-0000-4000-8000-000000000000'')']) c;

-- Calls of an operation with fields that are as good as they can be: one of them succeeds, or none could.
CREATE FUNCTION prueba.good_calls(operation text, ticket uuid) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
	BEGIN ATOMIC
		SELECT format('SELECT estado FROM ticket_sm.fn_%s(%s)', operation,
			concat_ws(', ', CASE WHEN operation NOT IN ('responder', 'calificar') THEN format('%L', ticket) END, CASE operation
				WHEN 'transferir' THEN format('area => %L', a.nombre)
				WHEN 'reasignar' THEN format('agente_id => %L', g.agente_id)
				WHEN 'reclasificar' THEN format('tipo => %L', y.tipo)
				WHEN 'actualizar' THEN 'nota => ''Una nota.'''
				WHEN 'corregir' THEN 'telefono => ''300 999'''
				WHEN 'vincular' THEN format('otro_id => %L, relacion => ''padre''', o.id)
				WHEN 'desvincular' THEN format('otro_id => %L', o.id)
				WHEN 'adjuntar' THEN format('archivo => ''nueva.txt'', contenido => ''x'', publico => %L', f.publico)
				WHEN 'retirar_adjunto' THEN format('adjunto_id => %L', f.id)
				WHEN 'calificar' THEN (SELECT format('%L, %L, 4', t.ticket_label, t.solicitante_email)
					FROM helpdesk.ticket t WHERE t.ticket_uuid = ticket)
				WHEN 'responder' THEN (SELECT format('%L, %L, ''Sigue igual.''', t.ticket_label, t.solicitante_email)
					FROM helpdesk.ticket t WHERE t.ticket_uuid = ticket) END,
				(SELECT 'motivo => ''Por probar.''' FROM ticket_sm.hoja_parametros() p WHERE (p.operacion, p.parametro) = (operation, 'motivo'))))
		FROM (SELECT NULL AS nombre UNION ALL SELECT nombre FROM helpdesk.area WHERE operation = 'transferir') AS a,
			(SELECT NULL::uuid AS agente_id UNION ALL SELECT agente_id FROM helpdesk.agente WHERE operation = 'reasignar') AS g,
			(SELECT NULL::uuid AS id UNION ALL SELECT a.id FROM prueba.alias a WHERE operation IN ('vincular', 'desvincular')) AS o,
			(SELECT NULL::uuid AS id, false AS publico UNION ALL SELECT a.adjunto_id, true FROM helpdesk.adjunto a WHERE operation = 'retirar_adjunto'
				UNION ALL SELECT NULL, true WHERE operation = 'adjuntar') AS f,
			(SELECT 'QUEJA' AS tipo UNION ALL SELECT 'PETICION' WHERE operation = 'reclasificar') AS y;
	END;

-- Edits of the desk, of which each round makes some.
CREATE TABLE prueba.edit (nr integer GENERATED ALWAYS AS IDENTITY, statement text);
INSERT INTO prueba.edit (statement) VALUES
	('DELETE FROM helpdesk.transicion WHERE operacion = ''actualizar'' AND estado_origen = ''PAUSADO'''),
	('INSERT INTO helpdesk.transicion VALUES (''pausar'', ''NUEVO'', ''PAUSADO'')'),
	('INSERT INTO helpdesk.transicion VALUES (''responder'', ''ARCHIVADO'', ''ARCHIVADO'')'),
	('UPDATE helpdesk.transicion SET estado_destino = ''RESUELTO'' WHERE operacion = ''responder'' AND estado_origen = ''RESUELTO'''),
	('DELETE FROM helpdesk.permiso WHERE operacion = ''responder'' AND rol = ''AREA'''),
	('INSERT INTO helpdesk.permiso VALUES (''asignar'', ''AREA''), (''corregir'', ''MESA'')'),
	('INSERT INTO helpdesk.permiso VALUES (''vincular'', ''AREA''), (''desvincular'', ''AREA'')'),
	('INSERT INTO helpdesk.permiso VALUES (''retirar_adjunto'', ''MESA''), (''retirar_adjunto'', ''AREA'')'),
	('INSERT INTO helpdesk.transicion VALUES (''adjuntar'', ''CANCELADO'', ''CANCELADO'')'),
	('UPDATE helpdesk.configuracion SET adjuntos_cantidad = 1'),
	('UPDATE helpdesk.configuracion SET adjuntos_cantidad = 0'),
	('UPDATE helpdesk.configuracion SET adjuntos_bytes = 14'),
	('DELETE FROM helpdesk.permiso WHERE rol = ''MESA'' AND operacion IN (''cancelar'', ''reabrir'')'),
	('UPDATE helpdesk.area SET activa = false WHERE nombre <> ''REDES'''),
	('UPDATE helpdesk.area SET activa = false WHERE nombre = ''REDES'''),
	('UPDATE helpdesk.agente SET activo = false WHERE rol <> ''AREA'' OR area = ''REDES'''),
	('UPDATE helpdesk.agente SET activo = false WHERE agente_id = prueba.agente(3)'),
	('UPDATE helpdesk.agente SET area = ''SOPORTE'' WHERE agente_id = prueba.agente(3)');

-- A round: some edits, a ticket, a caller; of each operation whether it was told of, and whether it could be done.
CREATE TABLE prueba.found (nr integer, edits text, ticket text, who name, operation text, told boolean, done boolean);
CREATE FUNCTION prueba.round(nr integer) RETURNS SETOF prueba.found LANGUAGE plpgsql AS $$
DECLARE
	caller name := ('{regress_ana,regress_mario,regress_alba,regress_saul}'::name[])[1 + floor(4 * random())];
	edit record;
	edits text := '';
	chosen prueba.alias;
	told text[];
BEGIN
	SELECT * INTO chosen FROM prueba.alias ORDER BY random() LIMIT 1;
	FOR edit IN SELECT * FROM prueba.edit ORDER BY random() LIMIT floor(4 * random()) LOOP
		EXECUTE edit.statement;
		edits := edits || ' ' || edit.nr;
	END LOOP;
	told := string_to_array(prueba.as_role(caller, format('SELECT string_agg(a.operacion::text, '','') FROM ticket_sm.fn_acciones(%L) a', chosen.id)), ',');
	RETURN QUERY SELECT round.nr, edits, chosen.alias, caller, o.operacion, o.operacion = ANY (coalesce(told, '{}')),
		(SELECT bool_or(prueba.as_role(caller, c) !~ '^[0-9P][0-9T][0-9]{3}$') FROM prueba.good_calls(o.operacion, chosen.id) c)
		FROM ticket_sm.hoja_operaciones() o WHERE o.clase IN ('ticket', 'solicitante', 'adjunto');
END $$;
SELECT setseed(0.42);
CREATE PROCEDURE prueba.rounds(n integer) LANGUAGE plpgsql AS $$
DECLARE
	rows prueba.found[];
BEGIN
	FOR i IN 1 .. n LOOP
		BEGIN
			SELECT array_agg(r) INTO rows FROM prueba.round(i) r;
			RAISE EXCEPTION SQLSTATE 'ZZ000';
		EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
			INSERT INTO prueba.found SELECT (unnest(rows)).*;
		END;
	END LOOP;
END $$;
-- (where the owner lets agents do it for the requester)
INSERT INTO helpdesk.permiso SELECT 'calificar', r::ticket_sm.ticket_role FROM unnest('{ADMIN,MESA,AREA}'::text[]) r;
CALL prueba.rounds(80);
-- Rounds; whether each operation was told of in some, and not in others; then what differs.
SELECT count(DISTINCT nr) FROM prueba.found;
SELECT operation FROM prueba.found GROUP BY operation HAVING bool_and(told) OR NOT bool_or(told);
SELECT * FROM prueba.found WHERE told IS DISTINCT FROM done;
SELECT * FROM ticket_sm.fn_verificar();
DROP PROCEDURE prueba.rounds;
DROP FUNCTION prueba.good_calls, prueba.round;
DROP TABLE prueba.edit, prueba.found;
