-- What the requester and the desk say to each other: fn_responder, fn_conversacion.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

-- A reply to a ticket by its alias, as somebody; what was said, without the times.
CREATE FUNCTION prueba.reply_call(name text, mensaje text DEFAULT 'Sigue igual.', clave text DEFAULT NULL, email text DEFAULT 'rosa@example.com')
	RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
	RETURN format('SELECT * FROM ticket_sm.fn_responder(%L, %L, %L, %L)',
		(SELECT t.ticket_label FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id(name)), email, mensaje, clave);
CREATE FUNCTION prueba.reply_as(who name, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	PERFORM set_config('role', who, true);
	EXECUTE call INTO STRICT r;
	PERFORM set_config('role', 'none', true);
	RETURN concat_ws(' ', r.estado_anterior, '>', r.estado, 'version', coalesce(r.version::text, '-'));
END $$;
CREATE FUNCTION prueba.said(name text, antes integer DEFAULT NULL, limite integer DEFAULT 200) RETURNS SETOF text LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT concat_ws('|', c.numero, c.autor, c.texto) FROM ticket_sm.fn_conversacion(
			(SELECT t.ticket_label FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id(name)), 'rosa@example.com', antes, limite) c;
	END;

-- The requester, in each state that takes a message.
DO $$ BEGIN PERFORM prueba.new_in(s, s) FROM unnest('{NUEVO,ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,RESUELTO,CANCELADO,ARCHIVADO}'::text[]) s; END $$;
SELECT s, prueba.reply_as('regress_pepe', prueba.reply_call(s, 'Desde ' || s)) FROM unnest('{NUEVO,ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,RESUELTO}'::text[]) s;
SELECT prueba.history('RESUELTO', 2);
-- An ended one shows the way on, and keeps nothing.
SELECT s, prueba.told_as('regress_pepe', prueba.reply_call(s)) FROM unnest('{CANCELADO,ARCHIVADO}'::text[]) s;
SELECT count(*) FROM helpdesk.historial h WHERE h.ticket_uuid IN (prueba.id('CANCELADO'), prueba.id('ARCHIVADO')) AND h.mensaje IS NOT NULL;

-- Label and address open it, as fn_consultar: in any form.  A wrong label, a wrong address, and both are one refusal.
SELECT prueba.new_ticket('de otro', '{"email": "otro@example.com"}');
SELECT prueba.told_as('regress_pepe', format('SELECT ticket_sm.fn_responder(%L, %L, %L)', lower(split_part(ticket_label, '-', 1)) || ' ' || right(ticket_label, 11), e, 'Hola'))
FROM helpdesk.ticket, unnest('{ ROSA@Example.com }'::text[]) e WHERE ticket_uuid = prueba.id('NUEVO');
SELECT prueba.mask(v.statement), prueba.told_as('regress_pepe', v.statement) FROM (VALUES
	(prueba.reply_call('de otro')), (prueba.reply_call('NUEVO', email => 'otro@example.com')), (prueba.reply_call('NUEVO', email => 'ana@desk.example')),
	(prueba.reply_call('NUEVO', email => 'rosa')), ('SELECT ticket_sm.fn_responder(''TK-2001-1'', ''rosa@example.com'', ''Hola'')'),
	('SELECT ticket_sm.fn_responder(''TK-2001-1'', ''nadie@example.com'', ''Hola'')'), ('SELECT ticket_sm.fn_responder(''%'', ''%'', ''Hola'')')) AS v(statement);

-- The fields.
SELECT prueba.told_as('regress_pepe', prueba.reply_call('NUEVO', m)) FROM unnest(ARRAY[NULL, '', E' \u200b\n', repeat('ñ', 20000), repeat('ñ', 20001), E'a\x01', E'dos\r\nlíneas 🙂']) m;
SELECT prueba.told_as('regress_pepe', prueba.reply_call('NUEVO', clave => k)) FROM unnest(ARRAY['', repeat('k', 200), repeat('k', 201), E'a\nb']) k;
SELECT prueba.told_as('regress_pepe', 'SELECT ticket_sm.fn_responder()'), prueba.told_as('regress_pepe', 'SELECT ticket_sm.fn_responder(''TK-2001-1'', mensaje => ''Hola'')');

-- A key: one event, and the first answer again, whatever has become of the ticket and whoever comes with it.
SELECT prueba.new_in('clave', 'PAUSADO', '{"clave_idempotencia": "k1"}');
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('clave', clave => 'k1')), prueba.reply_as('regress_pepe', prueba.reply_call('clave', ' Sigue igual. ', ' k1', 'Rosa@example.com'));
SELECT prueba.told_as('regress_pepe', prueba.reply_call('clave', 'Otra cosa.', 'k1'));
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('NUEVO', 'Otro ticket.', 'k1'));
SELECT estado FROM ticket_sm.fn_archivar(prueba.id('clave'), 'Listo.');
SELECT prueba.reply_as('regress_alba', prueba.reply_call('clave', clave => 'k1')), prueba.told_as('regress_pepe', prueba.reply_call('clave', clave => 'k2'));
SELECT prueba.told_as('regress_saul', prueba.reply_call('clave', clave => 'k1'));
SELECT count(*) FROM helpdesk.historial WHERE ticket_uuid = prueba.id('clave') AND operacion = 'responder';

-- Agents on behalf: the history says who; AREA within its area; who is switched off is refused.
SELECT w, prueba.told_as(w, prueba.reply_call('ASIGNADO', 'Por teléfono.')) FROM unnest('{regress_ana,regress_mario,regress_alba,regress_saul,regress_ines,regress_nadie}'::text[]) w;
SELECT prueba.reply_as('regress_alba', prueba.reply_call('ASIGNADO', 'Por teléfono.'));
SELECT prueba.history('ASIGNADO', 3);

-- It changes state and clock alone, whatever has become of agent and area.
SELECT prueba.new_in('solo', 'ASIGNADO');
SELECT estado FROM ticket_sm.fn_reasignar(prueba.id('solo'), prueba.agente(3));
SELECT estado FROM ticket_sm.fn_resolver(prueba.id('solo'), 'Hecho.');
BEGIN;
UPDATE helpdesk.agente SET activo = false WHERE agente_id = prueba.agente(3);
UPDATE helpdesk.area SET activa = false WHERE nombre = 'REDES';
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('solo'));
SELECT area, prueba.agent_name(agente_id), estado, respuesta_cliente FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('solo');
ROLLBACK;

-- The clock, right to the microsecond: what was left when it stopped is left when it goes on.
SELECT prueba.new_in('pausa', 'ASIGNADO'), prueba.new_in('resuelto', 'ASIGNADO');
BEGIN;
SET LOCAL ticket_sm.desfase_reloj = '1h';
SELECT estado FROM ticket_sm.fn_pausar(prueba.id('pausa'), 'Falta una pieza.');
SELECT estado FROM ticket_sm.fn_resolver(prueba.id('resuelto'));
CREATE TABLE prueba.left_then AS SELECT ticket_uuid, sla_restante FROM helpdesk.ticket WHERE ticket_uuid IN (prueba.id('pausa'), prueba.id('resuelto'));
SET LOCAL ticket_sm.desfase_reloj = '30h';
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('pausa')), prueba.reply_as('regress_pepe', prueba.reply_call('resuelto'));
SELECT t.fecha_limite_sla - t.actualizado_en = l.sla_restante, t.sla_restante, t.resuelto_en, t.sla_incumplido_en
FROM helpdesk.ticket t JOIN prueba.left_then l USING (ticket_uuid);
DROP TABLE prueba.left_then;
COMMIT;

-- The owner may have a solved ticket stay solved: it is kept and shown, and nothing else moves.
UPDATE helpdesk.transicion SET estado_destino = 'RESUELTO' WHERE (operacion, estado_origen) = ('responder', 'RESUELTO');
SELECT prueba.new_in('gracias', 'RESUELTO');
CREATE TABLE prueba.before AS SELECT * FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('gracias');
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('gracias', 'Gracias.'));
SELECT n.key FROM helpdesk.ticket t JOIN prueba.before b USING (ticket_uuid), jsonb_each(to_jsonb(t)) n JOIN jsonb_each(to_jsonb(b)) o USING (key)
WHERE n.value IS DISTINCT FROM o.value ORDER BY 1;
SELECT prueba.said('gracias');
DROP TABLE prueba.before;
-- Or take no message at all.  And what only a message leads to is no way for plain SQL.
DELETE FROM helpdesk.transicion WHERE operacion = 'responder' AND estado_origen = 'RESUELTO';
SELECT prueba.told_as('regress_pepe', prueba.reply_call('gracias', 'Gracias.'));
DELETE FROM helpdesk.transicion WHERE operacion = 'reabrir' AND estado_origen = 'PAUSADO';
SELECT prueba.new_in('directo', 'PAUSADO');
SELECT prueba.try($$SET LOCAL ticket_sm.motivo = 'Sigue.'; UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('directo')$$);
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('directo'));
INSERT INTO helpdesk.transicion VALUES ('responder', 'RESUELTO', 'ASIGNADO'), ('reabrir', 'PAUSADO', 'ASIGNADO');

-- The conversation: own words and answers, numbered without a gap; ten notes change nothing of it.
SELECT prueba.new_in('charla', 'ASIGNADO');
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('charla', 'Primero.'));
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('charla'), 'Una nota.', 'Se revisa.');
CREATE TABLE prueba.without AS SELECT jsonb_agg(to_jsonb(c)) AS answer FROM helpdesk.ticket t, ticket_sm.fn_conversacion(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id('charla');
DO $$ BEGIN PERFORM ticket_sm.fn_actualizar(prueba.id('charla'), 'Nota ' || i) FROM generate_series(1, 10) i; END $$;
SELECT jsonb_agg(to_jsonb(c)) = w.answer FROM prueba.without w, helpdesk.ticket t, ticket_sm.fn_conversacion(t.ticket_label, t.solicitante_email) c
WHERE t.ticket_uuid = prueba.id('charla') GROUP BY w.answer;
DROP TABLE prueba.without;
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('charla', 'Después.'));
SELECT estado FROM ticket_sm.fn_resolver(prueba.id('charla'), 'Listo.');
SELECT prueba.said('charla');
SELECT prueba.said('charla', 4, 2);
SELECT prueba.short('SELECT prueba.said(''charla'', 0)'), prueba.short('SELECT prueba.said(''charla'', limite => 1001)'), prueba.short('SELECT prueba.said(''charla'', limite => 0)');
SELECT prueba.told_as('regress_pepe', c) FROM unnest(ARRAY['SELECT ticket_sm.fn_conversacion()', 'SELECT ticket_sm.fn_conversacion(''TK-2001-1'', ''rosa@example.com'')']) c;
SELECT prueba.told_as('regress_pepe', format('SELECT ticket_sm.fn_conversacion(%L, ''otro@example.com'')', ticket_label)) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('charla');
SELECT prueba.told_as('regress_nadie', 'SELECT ticket_sm.fn_conversacion(''TK-2001-1'', ''rosa@example.com'')');
-- fn_consultar stays what it was: answers are in respuestas, messages are not.
SELECT jsonb_array_length(c.respuestas), c.respuesta_cliente, c.ultima_operacion FROM helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id('charla');

-- Found by what was said; the words are those that would be worked out anew.
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('charla', 'El zapatófono tampoco.'));
SELECT l.ticket_uuid = prueba.id('charla') FROM ticket_sm.fn_lista(texto => 'zapatofono') l;
SELECT ticket_sm.rehacer_busqueda('helpdesk');

-- In the outbox once, if wanted.
UPDATE helpdesk.configuracion SET eventos = '{responder}';
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('charla', 'Una vez.', 'una')), prueba.reply_as('regress_pepe', prueba.reply_call('charla', 'Una vez.', 'una'));
SELECT operacion, datos ->> 'estado', datos::text ~ 'vez|rosa' FROM helpdesk.evento;

-- Sixty messages an hour, of whoever: so two programs that answer each other come to an end.
SELECT prueba.new_ticket('eco');
DO $$ DECLARE c text := prueba.reply_call('eco', 'Estoy fuera de la oficina.'); BEGIN FOR i IN 1 .. 60 LOOP EXECUTE c; END LOOP; END $$;
SELECT prueba.told_as(w, prueba.reply_call('eco')) FROM unnest('{regress_pepe,regress_ana}'::text[]) w;
BEGIN;
SET LOCAL ticket_sm.desfase_reloj = '61min';
SELECT prueba.reply_as('regress_pepe', prueba.reply_call('eco'));
ROLLBACK;

SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.reply_call, prueba.reply_as, prueba.said;
