-- The whole state machine: every operation in every state by every role, and
-- every change of state in plain SQL, compared with the table of the design.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

-- One ticket in each state, all of them in the area of the AREA agent.
CREATE TABLE prueba.state (nr integer, state text);
INSERT INTO prueba.state VALUES (1, 'NUEVO'), (2, 'ASIGNADO'), (3, 'TRANSFERIDO'), (4, 'RECLASIFICADO'),
	(5, 'PAUSADO'), (6, 'RESUELTO'), (7, 'CANCELADO'), (8, 'ARCHIVADO');
DO $$ BEGIN PERFORM prueba.new_in(state, state) FROM prueba.state ORDER BY nr; END $$;
-- With a file each, which a closed one has from before.
INSERT INTO helpdesk.transicion VALUES ('adjuntar', 'CANCELADO', 'CANCELADO'), ('adjuntar', 'ARCHIVADO', 'ARCHIVADO');
SELECT count(f) FROM prueba.state s, ticket_sm.fn_adjuntar(prueba.id(s.state), 'viejo.txt', 'viejo') f;
DELETE FROM helpdesk.transicion WHERE operacion = 'adjuntar' AND estado_origen IN ('CANCELADO', 'ARCHIVADO');
SELECT t.ticket_label IS NOT NULL, t.estado, t.area FROM helpdesk.ticket t ORDER BY t.estado;

-- And two more, of which the latter is linked with each of them.
SELECT prueba.new_ticket('otro'), prueba.new_ticket('par');
SELECT count(ticket_sm.fn_vincular(prueba.id(state), prueba.id('par'), 'relacionado', 'Es parecido.')) FROM prueba.state;

-- The table, copied by hand from the design, sections 2 and 12.  A cell is the state
-- that the operation leads to, "-" where the machine has no way.
CREATE TABLE prueba.design (nr integer, operation text, statement text,
	nuevo text, asignado text, transferido text, reclasificado text,
	pausado text, resuelto text, cancelado text, archivado text, roles text);
INSERT INTO prueba.design VALUES
(1, 'asignar',		'SELECT estado FROM ticket_sm.fn_asignar(%L)',
	'ASIGNADO', '-', 'ASIGNADO', 'ASIGNADO', '-', '-', '-', '-', 'ADMIN MESA'),
(2, 'reasignar',	'SELECT estado FROM ticket_sm.fn_reasignar(%L, prueba.agente(2))',
	'-', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', '-', '-', 'ADMIN MESA AREA'),
(3, 'transferir',	'SELECT estado FROM ticket_sm.fn_transferir(%L, ''SOPORTE'', ''Es de soporte.'')',
	'-', 'TRANSFERIDO', '-', '-', '-', '-', '-', '-', 'ADMIN MESA'),
(4, 'reclasificar',	'SELECT estado FROM ticket_sm.fn_reclasificar(%L, ''QUEJA'', motivo => ''Es una queja.'')',
	'-', 'RECLASIFICADO', '-', '-', '-', '-', '-', '-', 'ADMIN MESA'),
(5, 'pausar',		'SELECT estado FROM ticket_sm.fn_pausar(%L, ''Falta una pieza.'')',
	'-', 'PAUSADO', '-', '-', '-', '-', '-', '-', 'ADMIN MESA AREA'),
(6, 'reabrir',		'SELECT estado FROM ticket_sm.fn_reabrir(%L, ''Sigue fallando.'')',
	'-', '-', '-', '-', 'ASIGNADO', 'ASIGNADO', '-', '-', 'ADMIN MESA'),
(7, 'actualizar',	'SELECT estado FROM ticket_sm.fn_actualizar(%L, ''Se llamó.'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', '-', '-', 'ADMIN MESA AREA'),
(8, 'responder',	'SELECT estado FROM ticket_sm.fn_responder(%2$L, ''rosa@example.com'', ''Sigue igual.'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'ASIGNADO', 'ASIGNADO', '-', '-', 'ADMIN MESA AREA PUBLICO'),
(9, 'corregir',		'SELECT estado FROM ticket_sm.fn_corregir(%L, telefono => ''300 999'', motivo => ''Otro número.'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', '-', '-', 'ADMIN'),
(10, 'resolver',		'SELECT estado FROM ticket_sm.fn_resolver(%L, ''Resuelto.'')',
	'-', 'RESUELTO', '-', '-', '-', '-', '-', '-', 'ADMIN MESA AREA'),
(11, 'cancelar',		'SELECT estado FROM ticket_sm.fn_cancelar(%L, ''Ya no hace falta.'')',
	'CANCELADO', 'CANCELADO', 'CANCELADO', 'CANCELADO', 'CANCELADO', '-', '-', '-', 'ADMIN MESA AREA'),
(12, 'archivar',		'SELECT estado FROM ticket_sm.fn_archivar(%L, ''Listo.'')',
	'-', 'ARCHIVADO', '-', '-', '-', 'ARCHIVADO', '-', '-', 'ADMIN MESA AREA'),
(13, 'vincular',	'SELECT estado FROM ticket_sm.fn_vincular(%L, prueba.id(''otro''), ''relacionado'', ''Es parecido.'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', 'CANCELADO', 'ARCHIVADO', 'ADMIN MESA'),
(14, 'desvincular',	'SELECT estado FROM ticket_sm.fn_desvincular(%L, prueba.id(''par''), ''No era eso.'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', 'CANCELADO', 'ARCHIVADO', 'ADMIN MESA'),
(15, 'adjuntar',	'SELECT estado FROM ticket_sm.fn_adjuntar(ticket_label => %2$L, email => ''rosa@example.com'', archivo => ''a'', contenido => ''b'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', '-', '-', 'ADMIN MESA AREA PUBLICO'),
(16, 'retirar_adjunto',	'SELECT estado FROM ticket_sm.fn_retirar_adjunto(%1$L, (SELECT adjunto_id FROM helpdesk.adjunto WHERE ticket_uuid = %1$L), ''Sin querer.'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', 'CANCELADO', 'ARCHIVADO', 'ADMIN'),
(17, 'calificar',	'SELECT estado FROM ticket_sm.fn_calificar(%2$L, ''rosa@example.com'', 4)',
	'-', '-', '-', '-', '-', 'RESUELTO', '-', 'ARCHIVADO', 'PUBLICO'),
(18, 'consultar',	'SELECT estado FROM ticket_sm.fn_consultar(%2$L, ''rosa@example.com'')',
	'NUEVO', 'ASIGNADO', 'TRANSFERIDO', 'RECLASIFICADO', 'PAUSADO', 'RESUELTO', 'CANCELADO', 'ARCHIVADO', 'ADMIN MESA AREA PUBLICO');
CREATE TABLE prueba.role (nr integer, role text, who name);
INSERT INTO prueba.role VALUES (1, 'ADMIN', 'regress_ana'), (2, 'MESA', 'regress_mario'),
	(3, 'AREA', 'regress_alba'), (4, 'PUBLICO', 'regress_pepe');

-- Try every cell, each in a subtransaction that is rolled back.  A role that
-- may not is told so (42501) before the state is looked at (PT409).
CREATE TABLE prueba.cell AS
SELECT d.nr, d.operation, s.nr AS state_nr, s.state, r.nr AS role_nr, r.role,
	prueba.as_role(r.who, format(d.statement, a.id, t.ticket_label)) AS got,
	CASE WHEN r.role <> ALL (string_to_array(d.roles, ' ')) THEN '42501'
		ELSE coalesce(nullif(to_jsonb(d)->>lower(s.state), '-'), 'PT409') END AS want
FROM prueba.design d CROSS JOIN prueba.state s CROSS JOIN prueba.role r
JOIN prueba.alias a ON a.alias = s.state JOIN helpdesk.ticket t ON t.ticket_uuid = a.id
ORDER BY 1, 3, 5;

-- state, operation: ADMIN MESA AREA PUBLICO
SELECT rpad(state, 14) || rpad(operation, 13) || ': ' || rtrim(string_agg(rpad(got, 13), ' ' ORDER BY role_nr))
FROM prueba.cell GROUP BY state_nr, state, nr, operation ORDER BY state_nr, nr;
SELECT rpad('-', 14) || rpad('crear', 13) || ': '
	|| rtrim(string_agg(rpad(prueba.as_role(who, replace(prueba.create_call(), 'ticket_uuid', 'estado')), 13), ' ' ORDER BY nr))
FROM prueba.role;

-- Cells tried, and cells that differ from the design: 576, 0.
SELECT count(*), count(*) FILTER (WHERE got IS DISTINCT FROM want) FROM prueba.cell;
SELECT * FROM prueba.cell WHERE got IS DISTINCT FROM want;

-- What may still touch an ended ticket is one list, and nothing else does.
SELECT DISTINCT t.operacion FROM helpdesk.transicion t JOIN helpdesk.estado e ON e.estado = t.estado_origen WHERE NOT e.abierto ORDER BY 1;
SELECT c.operation, c.state, c.role, c.got FROM prueba.cell c JOIN helpdesk.estado e ON e.estado::text = c.state
WHERE NOT e.abierto AND c.operation <> 'consultar' AND c.got !~ '^\w{2}\d{3}$|^\d{5}$' AND NOT EXISTS (
	SELECT FROM helpdesk.transicion t WHERE t.operacion::text = c.operation AND t.estado_origen = e.estado AND t.estado_destino = e.estado);

-- fn_maquina() tells the same machine: transitions tried and found, 0 differences.
WITH told AS (
	SELECT m.operacion::text, m.estado_origen::text, m.estado_destino::text, r::text
	FROM ticket_sm.fn_maquina() m, unnest(m.roles) r WHERE m.operacion NOT IN ('crear', 'consultar')
), tried AS (
	SELECT operation, state, got, role FROM prueba.cell WHERE operation <> 'consultar' AND got !~ '\d'
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM tried),
	(SELECT count(*) FROM (TABLE told EXCEPT TABLE tried UNION ALL (TABLE tried EXCEPT TABLE told)) d);

-- Plain SQL by the owner: from each state (line) to each state (column).  What
-- an operation demands besides the state is changed along with it.
SET ticket_sm.motivo = 'Cambio directo.';
CREATE TABLE prueba.pair AS
SELECT f.nr AS from_nr, f.state AS from_state, t.nr AS to_nr, t.state AS to_state,
	prueba.as_role(session_user, format('UPDATE helpdesk.ticket SET estado = %L%s WHERE ticket_uuid = %L RETURNING estado', t.state,
		CASE WHEN f.state = t.state THEN ', asunto = ''Nuevo asunto'''
			WHEN t.state = 'TRANSFERIDO' THEN ', area = ''SOPORTE'''
			WHEN t.state = 'RECLASIFICADO' THEN ', tipo = ''QUEJA''' ELSE '' END, a.id)) AS got,
	-- the design once more: is there an operation, on one ticket, from here to there?
	CASE WHEN EXISTS (SELECT FROM prueba.design d
		-- (no plain statement names another ticket, brings a file or takes one)
		WHERE d.operation NOT IN ('vincular', 'desvincular', 'adjuntar', 'retirar_adjunto', 'calificar', 'consultar') AND to_jsonb(d)->>lower(f.state) = t.state) THEN t.state ELSE 'PT409' END AS want
FROM prueba.state f CROSS JOIN prueba.state t JOIN prueba.alias a ON a.alias = f.state
ORDER BY 1, 3;
SELECT rpad('', 14) || rtrim(string_agg(rpad(state, 14), '' ORDER BY nr)) FROM prueba.state;
SELECT rpad(from_state, 14) || rtrim(string_agg(rpad(CASE WHEN got = to_state THEN 'yes' ELSE got END, 14), '' ORDER BY to_nr))
FROM prueba.pair GROUP BY from_nr, from_state ORDER BY from_nr;

-- Pairs tried, allowed, and different from the design: 64, 22, 0.
SELECT count(*), count(*) FILTER (WHERE got = to_state), count(*) FILTER (WHERE got IS DISTINCT FROM want) FROM prueba.pair;

-- A pair is recorded as the operation it belongs to.
CREATE FUNCTION prueba.recorded(ticket uuid, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE statement;
	SELECT operacion INTO answer FROM helpdesk.historial WHERE ticket_uuid = ticket ORDER BY version DESC LIMIT 1;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN answer;
END $$;
SELECT rpad(from_state, 13) || ' > ' || rpad(to_state, 13) || ': ' ||
	prueba.recorded(prueba.id(from_state), format('UPDATE helpdesk.ticket SET estado = %L%s WHERE ticket_uuid = %L', to_state,
		CASE WHEN from_state = to_state THEN ', asunto = ''Nuevo asunto'''
			WHEN to_state = 'TRANSFERIDO' THEN ', area = ''SOPORTE'''
			WHEN to_state = 'RECLASIFICADO' THEN ', tipo = ''QUEJA''' ELSE '' END, prueba.id(from_state)))
FROM prueba.pair WHERE got = to_state ORDER BY from_nr, to_nr;
RESET ticket_sm.motivo;

-- All of that was rolled back: the tickets are where they were, the chains whole.
SELECT a.alias, t.estado, t.version FROM helpdesk.ticket t JOIN prueba.alias a ON a.id = t.ticket_uuid ORDER BY t.estado;
SELECT * FROM ticket_sm.fn_verificar();
DROP TABLE prueba.state, prueba.design, prueba.role, prueba.cell, prueba.pair;
DROP FUNCTION prueba.recorded;
