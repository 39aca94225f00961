-- What requesters think of solutions: fn_calificar, and the figures of satisfaccion.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT prueba.fresh_mesa();
UPDATE helpdesk.configuracion SET eventos = '{calificar}';
CREATE OR REPLACE FUNCTION prueba.at(timestamptz) RETURNS void LANGUAGE sql
	RETURN (SELECT NULL FROM set_config('ticket_sm.desfase_reloj', ceil(extract(epoch FROM $1 - clock_timestamp()))::bigint::text, false));
CREATE FUNCTION prueba.label(name text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
	BEGIN ATOMIC SELECT t.ticket_label FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id(name); END;
-- What the requester does, by the label; kept if it succeeds.
CREATE FUNCTION prueba.rate(name text, rating text, comment text DEFAULT NULL, email text DEFAULT 'rosa@example.com') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	r record;
BEGIN
	SET LOCAL ROLE regress_pepe;
	SELECT * INTO r FROM ticket_sm.fn_calificar(prueba.label(name), email, rating::integer, comment);
	RESET ROLE;
	RETURN format('%s > %s, version %s', r.estado_anterior, r.estado, coalesce(r.version::text, 'untold'));
EXCEPTION WHEN OTHERS THEN
	RESET ROLE;
	RETURN prueba.mask(concat_ws(' ', SQLSTATE, SQLERRM));
END $$;
CREATE FUNCTION prueba.rate_err(who name, args text) RETURNS text LANGUAGE sql
	RETURN prueba.told_as(who, format('SELECT * FROM ticket_sm.fn_calificar(%s)', args));

------------------------------------------------------------------------
-- Who, when, what
------------------------------------------------------------------------

SELECT prueba.at('2040-01-10 10:00'), prueba.new_in(s, s) FROM unnest('{NUEVO,ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,RESUELTO,CANCELADO,ARCHIVADO}'::text[]) s;
SELECT s, prueba.rate(s, '4') FROM unnest('{NUEVO,ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,CANCELADO}'::text[]) s;
SELECT prueba.rate_err('regress_pepe', format('%L, ''rosa@example.com'', 4', prueba.label('CANCELADO')));
-- Fields, all of them before the ticket.
SELECT v, prueba.rate_err('regress_pepe', format('%L, ''rosa@example.com'', %L', prueba.label('RESUELTO'), v)) FROM unnest('{0,6,-1,2147483647,NULL}'::text[]) v;
SELECT prueba.rate_err('regress_pepe', a) FROM unnest(ARRAY['NULL, NULL, 3', '''TK-2040-00001'', NULL, 3', '''x'', ''y'', 3, E''a\001b''', format('''x'', ''y'', 3, %L', repeat('ñ', 2001))]) a;
-- Label and address both, told alike; the address in any case.
SELECT prueba.rate_err('regress_pepe', format('%L, %L, 4', l, e)) FROM (VALUES (prueba.label('RESUELTO'), 'otra@example.com'), ('TK-2040-99999', 'rosa@example.com'), ('', ''), (prueba.label('RESUELTO'), 'ana@desk.example')) v(l, e);
-- The requester alone: no agent for him, nor the owner; and not whom the machine does not let.
SELECT r, prueba.rate_err(r, format('%L, ''rosa@example.com'', 5', prueba.label('RESUELTO'))) FROM unnest('{regress_ana,regress_mario,regress_alba,none,regress_nadie}'::name[]) r;
SELECT count(*) FROM helpdesk.calificacion;
SELECT prueba.rate('RESUELTO', '4', E'Rápido,\r\ny amable.  ', ' ROSA@EXAMPLE.COM '), prueba.rate('ARCHIVADO', '1');
-- Once, whatever it says.
SELECT prueba.rate('RESUELTO', '4', E'Rápido,\r\ny amable.'), prueba.rate('RESUELTO', '5'), prueba.rate('ARCHIVADO', '1');
SELECT prueba.rate_err('regress_pepe', format('%L, ''rosa@example.com'', 5', prueba.label('RESUELTO')));
SELECT prueba.history('RESUELTO', 4), prueba.history('ARCHIVADO', 4);
SELECT version, calificacion FROM helpdesk.historial WHERE ticket_uuid = prueba.id('RESUELTO') AND version > 2 ORDER BY 1;
SELECT a.alias, k.solucion, k.version, k.calificacion, k.area, prueba.agent_name(k.agente_id) FROM helpdesk.calificacion k JOIN prueba.alias a ON a.id = k.ticket_uuid ORDER BY 1;
-- What is closed stays closed, and solved when it was.
SELECT t.estado, t.abierto, t.cerrado_en = h.ocurrido_en, t.resuelto_en = h.ocurrido_en FROM helpdesk.ticket t JOIN helpdesk.historial h ON h.ticket_uuid = t.ticket_uuid AND h.version = 3 WHERE t.ticket_uuid = prueba.id('ARCHIVADO');
SELECT prueba.mask((e.datos - 'fecha_limite_sla')::text) FROM helpdesk.evento e ORDER BY e.evento_id;
-- It is part of what was said.
SET ROLE regress_pepe;
SELECT numero, autor, texto FROM ticket_sm.fn_conversacion(prueba.label('RESUELTO'), 'rosa@example.com');
RESET ROLE;
SELECT count(*) FROM ticket_sm.fn_lista(texto => 'amable', cerrados => true);

-- Another solution is another one to rate; the first rating stays.
SELECT (ticket_sm.fn_reabrir(prueba.id('RESUELTO'), 'Otra vez.')).version;
SELECT prueba.rate('RESUELTO', '2');
SELECT prueba.at('2040-02-10 10:00'), (ticket_sm.fn_asignar(prueba.id('NUEVO'), agente_id => prueba.agente(3))).version, (ticket_sm.fn_reasignar(prueba.id('RESUELTO'), prueba.agente(3))).version,
	(ticket_sm.fn_resolver(prueba.id('RESUELTO'), 'Ahora sí.')).version;
SELECT prueba.rate('RESUELTO', '2', 'Tarde.'), prueba.rate('RESUELTO', '3');
-- Closed in between: the solution stays the one it was.
SELECT (ticket_sm.fn_resolver(prueba.id('NUEVO'))).version, (ticket_sm.fn_archivar(prueba.id('NUEVO'), 'Listo.')).version;
SELECT prueba.rate('NUEVO', '5');
SELECT a.alias, k.solucion, k.version, k.calificacion, k.area, prueba.agent_name(k.agente_id), date_trunc('day', k.resuelto_en) FROM helpdesk.calificacion k JOIN prueba.alias a ON a.id = k.ticket_uuid ORDER BY 1, 2;
-- An agent who rates what he has solved himself does not count for himself.
SELECT prueba.new_in('propio', 'ASIGNADO', '{"email": "Alba@Desk.example"}');
SELECT (ticket_sm.fn_reasignar(prueba.id('propio'), prueba.agente(3))).version, (ticket_sm.fn_resolver(prueba.id('propio'))).version;
SELECT prueba.rate('propio', '5', NULL, 'alba@desk.example');
SELECT k.calificacion, k.agente_id FROM helpdesk.calificacion k WHERE k.ticket_uuid = prueba.id('propio');

-- A duplicate: its requester rates what goes on in its place, if that is his, too.
SELECT prueba.new_in('original', 'ASIGNADO'), prueba.new_in('suyo', 'ASIGNADO'), prueba.new_in('ajeno', 'ASIGNADO', '{"email": "eva@example.com"}');
SELECT (ticket_sm.fn_vincular(prueba.id(d), prueba.id('original'), 'duplicado', 'Es lo mismo.')).estado FROM unnest('{suyo,ajeno}'::text[]) d;
SELECT (ticket_sm.fn_resolver(prueba.id('original'))).estado;
SELECT prueba.rate('ajeno', '1', NULL, 'eva@example.com'), prueba.rate('suyo', '4'), prueba.rate('original', '4');
SELECT a.alias, k.calificacion FROM helpdesk.calificacion k JOIN prueba.alias a ON a.id = k.ticket_uuid WHERE a.alias IN ('original', 'suyo', 'ajeno');

-- What may be done: offered where it may be, to whom it may be.
SELECT count(*) FROM ticket_sm.fn_acciones(prueba.id('RESUELTO')) a WHERE a.operacion = 'calificar';
SELECT prueba.new_in('sin calificar', 'RESUELTO');
INSERT INTO helpdesk.permiso VALUES ('calificar', 'MESA');
SET ROLE regress_mario;
SELECT n, a.operacion, a.estado_destino, a.campos FROM unnest('{RESUELTO,"sin calificar"}'::text[]) n, ticket_sm.fn_acciones(prueba.id(n)) a WHERE a.operacion = 'calificar';
RESET ROLE;
DELETE FROM helpdesk.permiso WHERE operacion = 'calificar' AND rol = 'MESA';
-- Where the owner's machine has it before anything is solved, there is nothing to rate.
INSERT INTO helpdesk.transicion VALUES ('calificar', 'ASIGNADO', 'ASIGNADO');
SELECT prueba.rate_err('regress_pepe', format('%L, ''rosa@example.com'', 5', prueba.label('ASIGNADO')));
DELETE FROM helpdesk.transicion WHERE operacion = 'calificar' AND estado_origen = 'ASIGNADO';

------------------------------------------------------------------------
-- Figures
------------------------------------------------------------------------

SELECT area, prueba.agent_name(agente_id), agente, mes, soluciones, calificadas, porcentaje, promedio, malas, buenas FROM helpdesk.satisfaccion ORDER BY mes, area, agente NULLS FIRST;
-- What happens later changes no figure: another area and agent, other names, agents switched off.
CREATE TEMP TABLE antes AS SELECT area, agente_id, mes, soluciones, calificadas, promedio FROM helpdesk.satisfaccion;
SELECT (ticket_sm.fn_reasignar(prueba.id('original'), prueba.agente(2))).version;
UPDATE helpdesk.agente SET activo = false WHERE agente_id = prueba.agente(3);
UPDATE helpdesk.area SET nombre = 'ENLACES' WHERE nombre = 'REDES';
SELECT * FROM antes EXCEPT SELECT CASE area WHEN 'ENLACES' THEN 'REDES' ELSE area END, agente_id, mes, soluciones, calificadas, promedio FROM helpdesk.satisfaccion;
SELECT string_agg(DISTINCT area, ', ') FROM helpdesk.satisfaccion;
UPDATE helpdesk.area SET nombre = 'REDES' WHERE nombre = 'ENLACES';
UPDATE helpdesk.agente SET activo = true WHERE agente_id = prueba.agente(3);
-- Taken up again and handed on: the rating of the solution stays where it was.
SELECT (ticket_sm.fn_reabrir(prueba.id('sin calificar'), 'Sigue igual.')).version, (ticket_sm.fn_reabrir(prueba.id('RESUELTO'), 'Sigue igual.')).version, (ticket_sm.fn_transferir(prueba.id('RESUELTO'), 'SOPORTE', 'Es de soporte.')).version;
SELECT area, prueba.agent_name(agente_id), mes, soluciones, calificadas, promedio FROM helpdesk.satisfaccion ORDER BY mes, area, agente NULLS FIRST;
-- Months are those of the desk's zone.
SELECT prueba.at('2040-04-01 02:00+00'), prueba.new_in('marzo', 'RESUELTO'), prueba.rate('marzo', '3');
SELECT mes, soluciones FROM helpdesk.satisfaccion WHERE mes >= '2040-03-01';
UPDATE helpdesk.configuracion SET zona_horaria = 'America/Bogota';
SELECT mes, soluciones FROM helpdesk.satisfaccion WHERE mes >= '2040-03-01';
UPDATE helpdesk.configuracion SET zona_horaria = 'UTC';
-- Who sees them: an area its own; the public nothing, and nobody writes.
SELECT r, prueba.as_role(r, 'SELECT string_agg(DISTINCT area, '', '') FROM helpdesk.satisfaccion'), prueba.as_role(r, 'SELECT count(*) FROM helpdesk.calificacion') FROM unnest('{regress_ana,regress_mario,regress_alba,regress_saul,regress_ines,regress_pepe,regress_nadie}'::name[]) r;
SELECT s, prueba.short(s) FROM unnest(ARRAY['UPDATE helpdesk.calificacion SET calificacion = 5', 'DELETE FROM helpdesk.calificacion', 'TRUNCATE helpdesk.calificacion',
	'INSERT INTO helpdesk.calificacion SELECT ticket_uuid, 1, 1, 5, resuelto_en, area, agente_id FROM helpdesk.calificacion']) s;

------------------------------------------------------------------------
-- Proof
------------------------------------------------------------------------

SELECT problema, detalle FROM ticket_sm.fn_verificar();
CREATE FUNCTION prueba.forgery(what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	seen text;
BEGIN
	SET LOCAL session_replication_role = replica;
	EXECUTE replace(what, '@', quote_literal(prueba.id('ARCHIVADO')));
	SET LOCAL session_replication_role = origin;
	seen := (SELECT string_agg(concat_ws(' ', v.problema, v.detalle), '; ' ORDER BY v.problema, v.detalle) FROM ticket_sm.fn_verificar() v);
	RAISE SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN seen;
END $$;
SELECT w, prueba.forgery(w) FROM unnest(ARRAY[
	'UPDATE helpdesk.calificacion SET calificacion = 5 WHERE ticket_uuid = @',
	'DELETE FROM helpdesk.calificacion WHERE ticket_uuid = @',
	'UPDATE helpdesk.calificacion SET solucion = 2 WHERE ticket_uuid = @',
	'UPDATE helpdesk.calificacion SET version = 2 WHERE ticket_uuid = @',
	'UPDATE helpdesk.calificacion SET area = ''SOPORTE'' WHERE ticket_uuid = @',
	'UPDATE helpdesk.calificacion SET agente_id = prueba.agente(2) WHERE ticket_uuid = @',
	'UPDATE helpdesk.calificacion SET resuelto_en = resuelto_en + interval ''1 day'' WHERE ticket_uuid = @',
	'UPDATE helpdesk.historial SET calificacion = ''{"calificacion": 5, "solucion": 3}'' WHERE version = 4 AND ticket_uuid = @',
	'UPDATE helpdesk.historial SET mensaje = ''Muy bien.'', ip = NULL, sal = NULL WHERE version = 4 AND ticket_uuid = @']) w;
SELECT prueba.at(now());
