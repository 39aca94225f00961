-- What the guard asks of a change, in which order, and of whom: where two
-- things are wrong the one that comes first is told, and where one of several
-- conditions does not hold, that one alone refuses.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
SELECT prueba.new_in('redes', 'ASIGNADO', '{"area": "REDES"}');
SELECT prueba.new_in('soporte', 'ASIGNADO', '{"area": "SOPORTE"}');
SELECT prueba.new_ticket('nuevo', '{"area": "SOPORTE"}');

------------------------------------------------------------------------
-- The order, for plain SQL: role, reason, area, machine, nothing to change,
-- columns, what the operation demands.
------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE ON helpdesk.ticket TO regress_alba, regress_mario, regress_nadie, regress_pepe;
GRANT USAGE ON SCHEMA ticket_sm, helpdesk TO regress_nadie;
GRANT EXECUTE ON FUNCTION ticket_sm.fn_maquina, ticket_sm.fn_asignar TO regress_nadie;
-- Row-level security would hide what an agent may not change; it is taken away for this.
ALTER TABLE helpdesk.ticket DISABLE ROW LEVEL SECURITY;
-- Who has no role in the desk has no operation, whatever it is.
SELECT prueba.told_as('regress_nadie', $$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('redes')$$);
SELECT prueba.told_as('regress_nadie', $$UPDATE helpdesk.ticket SET estado = 'NUEVO' WHERE ticket_uuid = prueba.id('redes')$$);
SELECT prueba.told_as('regress_nadie', $$INSERT INTO helpdesk.ticket (ticket_label) VALUES ('TK-1')$$);
-- The role before the reason, the reason before the area.
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'MESA' WHERE ticket_uuid = prueba.id('soporte')$$);
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('soporte')$$);
SET ticket_sm.motivo = 'Con motivo.';
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('soporte')$$);
-- The area before the machine, also where no operation leads there.
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET estado = 'NUEVO' WHERE ticket_uuid = prueba.id('soporte')$$);
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET estado = 'NUEVO' WHERE ticket_uuid = prueba.id('redes')$$);
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET asunto = asunto WHERE ticket_uuid = prueba.id('soporte')$$);
-- Nothing to change before a column that may not; values before all of it.
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET descripcion = NULL WHERE ticket_uuid = prueba.id('soporte')$$);
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET ticket_uuid = NULL WHERE ticket_uuid = prueba.id('redes')$$);
-- The machine before the columns, the columns before what the operation demands.
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'NUEVO', area = 'VENTAS' WHERE ticket_uuid = prueba.id('redes')$$);
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', prioridad = 'ALTA' WHERE ticket_uuid = prueba.id('redes')$$);
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', categoria = 'x' WHERE ticket_uuid = prueba.id('redes')$$);
-- Of what the operation demands: the area before the agent.
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'VENTAS', agente_id = prueba.agente(99) WHERE ticket_uuid = prueba.id('redes')$$);
RESET ticket_sm.motivo;
-- A reason of blanks is none, one with blanks round it is what is between them.
SET ticket_sm.motivo = E' \t ';
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('redes')$$);
RESET ticket_sm.motivo;
ALTER TABLE helpdesk.ticket ENABLE ROW LEVEL SECURITY;

-- Of a creation: the role, a label, values, the start, what is empty in a new ticket, texts, the
-- area.  A time and a uuid that are none are the guard's business.
CREATE FUNCTION prueba.born(who name, overrides jsonb) RETURNS text LANGUAGE sql
	RETURN (SELECT prueba.told_as(who, format('INSERT INTO helpdesk.ticket (%s) VALUES (%s)',
			string_agg(format('%I', key), ', '), string_agg(format('%L', j.value), ', ')))
		FROM jsonb_each_text(jsonb '{"tipo": "QUEJA", "categoria": "Trato", "prioridad": "ALTA", "descripcion": "Me atendieron mal.",
			"solicitante_nombre": "Rosa Díaz", "solicitante_email": "rosa@example.com"}' || overrides) j);
SELECT prueba.born('regress_nadie', '{"ticket_label": "TK-2024-00001"}');
SELECT prueba.born('regress_mario', '{"ticket_label": "TK-2024-00001", "fecha_creacion": "2020-01-01"}');
SELECT prueba.born('regress_mario', '{"fecha_creacion": "2020-01-01", "descripcion": null}');
SELECT prueba.born('regress_mario', '{"estado": "RESUELTO", "descripcion": null}');
SELECT prueba.born('regress_mario', '{"estado": "RESUELTO", "respuesta_cliente": "Ya está."}');
SELECT prueba.born('regress_mario', '{"agente_id": "00000000-0000-4000-8000-000000000002", "categoria": "x"}');
SELECT prueba.born('regress_mario', '{"respuesta_cliente": "Ya está."}');
SELECT prueba.born('regress_mario', '{"categoria": "x", "area": "VENTAS"}');
SELECT prueba.born('regress_mario', '{"area": "ventas"}');
SELECT prueba.born('regress_mario', '{"area": "redes"}');
SELECT prueba.born('regress_mario', '{"ticket_uuid": null}');
SELECT prueba.born('regress_mario', '{"estado": null, "area": "REDES"}');
-- A machine that has no beginning.
BEGIN;
DELETE FROM helpdesk.transicion WHERE operacion = 'crear';
SELECT prueba.born('regress_mario', '{"descripcion": null}');
SELECT prueba.err(prueba.create_call());
ROLLBACK;

------------------------------------------------------------------------
-- Which operation it is
------------------------------------------------------------------------

-- The machine may lead "actualizar" to another state: then the state must change, too.
BEGIN;
UPDATE helpdesk.transicion SET estado_destino = 'PAUSADO' WHERE operacion = 'actualizar' AND estado_origen = 'ASIGNADO';
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET asunto = 'Otro.' WHERE ticket_uuid = prueba.id('redes')$$);
SELECT prueba.told_as('regress_mario', $$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'nota')$$);
ROLLBACK;
-- Or not at all.
BEGIN;
DELETE FROM helpdesk.transicion WHERE operacion = 'actualizar' AND estado_origen = 'ASIGNADO';
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET asunto = 'Otro.' WHERE ticket_uuid = prueba.id('redes')$$);
SELECT prueba.told_as('regress_mario', $$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'nota')$$);
DELETE FROM helpdesk.transicion WHERE operacion = 'actualizar';
SELECT prueba.told_as('regress_mario', $$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'nota')$$);
ROLLBACK;
-- Of several that lead to a state it is the first that the caller may do; if it may do none, the first.
BEGIN;
INSERT INTO helpdesk.transicion VALUES ('asignar', 'PAUSADO', 'ASIGNADO');
UPDATE helpdesk.transicion SET estado_destino = 'ASIGNADO' WHERE operacion = 'reabrir' AND estado_origen = 'PAUSADO';
SELECT prueba.new_in('pausado', 'PAUSADO');
SET LOCAL ticket_sm.motivo = 'Llegó la pieza.';
SELECT rol, operacion FROM helpdesk.permiso WHERE operacion IN ('asignar', 'reabrir') AND rol <> 'ADMIN' ORDER BY 1, 2;
DELETE FROM helpdesk.permiso WHERE (rol, operacion) = ('MESA', 'asignar');
INSERT INTO helpdesk.permiso VALUES ('reabrir', 'AREA');
SET LOCAL ROLE regress_mario;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('pausado') RETURNING estado;
RESET ROLE;
SELECT prueba.history('pausado', 4);
DELETE FROM helpdesk.permiso WHERE rol = 'AREA';
UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = prueba.id('pausado') RETURNING estado;
SELECT prueba.told_as('regress_alba', $$UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = prueba.id('pausado')$$);
ROLLBACK;

------------------------------------------------------------------------
-- Agents
------------------------------------------------------------------------

-- Of another area, switched off, unknown; one of MESA or ADMIN works anywhere.
INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area) VALUES (prueba.agente(6), 'Nadia', 'nadia@desk.example', 'AREA', 'MESA');
SELECT n, prueba.told_as('regress_mario', format($$SELECT ticket_sm.fn_asignar(prueba.id('nuevo'), prueba.agente(%s))$$, n)) FROM generate_series(1, 7) n;
-- With the area that it comes to.
SELECT n, prueba.told_as('regress_mario', format($$SELECT ticket_sm.fn_asignar(prueba.id('nuevo'), prueba.agente(%s), area => 'REDES')$$, n)) FROM generate_series(3, 4) n;
-- Whom a ticket is with already is judged again when it is assigned, not by other operations.
SELECT version FROM ticket_sm.fn_asignar(prueba.id('nuevo'), prueba.agente(4));
UPDATE helpdesk.agente SET activo = false WHERE agente_id = prueba.agente(4);
SELECT prueba.told_as('regress_mario', $$SELECT ticket_sm.fn_actualizar(prueba.id('nuevo'), 'nota')$$);
SELECT prueba.told_as('regress_mario', $$SELECT ticket_sm.fn_transferir(prueba.id('nuevo'), 'REDES', 'motivo')$$);
UPDATE helpdesk.agente SET activo = true WHERE agente_id = prueba.agente(4);
UPDATE helpdesk.agente SET area = 'REDES' WHERE agente_id = prueba.agente(4);
SET ticket_sm.motivo = 'Con motivo.';
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'RECLASIFICADO', prioridad = 'ALTA' WHERE ticket_uuid = prueba.id('nuevo')$$);
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'MESA' WHERE ticket_uuid = prueba.id('nuevo')$$);
SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.ticket SET estado = 'TRANSFERIDO', area = 'REDES' WHERE ticket_uuid = prueba.id('nuevo')$$);
RESET ticket_sm.motivo;

------------------------------------------------------------------------
-- Versions
------------------------------------------------------------------------

SELECT v, prueba.told_as('regress_mario', format($$SELECT ticket_sm.fn_actualizar(prueba.id('redes'), 'nota', version => %s)$$, v))
FROM unnest(ARRAY['1', '2', '3', 'NULL']) WITH ORDINALITY AS a(v, n) ORDER BY n;
-- The version before the machine.
SELECT prueba.told_as('regress_mario', $$SELECT ticket_sm.fn_reabrir(prueba.id('redes'), 'motivo', version => 1)$$);
SELECT prueba.told_as('regress_alba', $$SELECT ticket_sm.fn_actualizar(prueba.id('soporte'), 'nota', version => 1)$$);

------------------------------------------------------------------------
-- Whose desk it is
------------------------------------------------------------------------

-- USAGE of the desk's schema is asked of each role, also in a session in which another has it.
GRANT ticket_mesa TO regress_nadie;
REVOKE USAGE ON SCHEMA helpdesk FROM ticket_mesa, regress_nadie;
GRANT USAGE ON SCHEMA helpdesk TO regress_mario;
GRANT EXECUTE ON FUNCTION ticket_sm.fn_maquina TO regress_nadie;
SET ROLE regress_mario;
SELECT count(*) > 10 FROM ticket_sm.fn_maquina();
SET ROLE regress_nadie;
SELECT prueba.err('SELECT ticket_sm.fn_maquina()');
SET ROLE regress_mario;
SELECT count(*) > 10 FROM ticket_sm.fn_maquina();
RESET ROLE;
REVOKE ticket_mesa FROM regress_nadie;
GRANT USAGE ON SCHEMA helpdesk TO ticket_mesa;
REVOKE USAGE ON SCHEMA helpdesk FROM regress_mario;

------------------------------------------------------------------------
-- Rows that do not land, and rows that come twice
------------------------------------------------------------------------

-- Two creations with one uuid, of which the first is suppressed after its label was drawn.
CREATE FUNCTION prueba.swallow_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN NEW.asunto IS DISTINCT FROM 'no llega' THEN NEW END;
END $$;
CREATE TRIGGER zzzz_swallow BEFORE INSERT OR UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.swallow_one();
\set VERBOSITY terse
BEGIN;
INSERT INTO helpdesk.ticket (ticket_uuid, asunto, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('00000000-0000-4000-8000-0000000000aa', 'no llega', 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com');
SELECT prueba.err($$INSERT INTO helpdesk.ticket (ticket_uuid, asunto, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('00000000-0000-4000-8000-0000000000aa', 'llega', 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com')$$);
-- One with another uuid is not taken for it.
INSERT INTO helpdesk.ticket (ticket_uuid, tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('00000000-0000-4000-8000-0000000000ab', 'QUEJA', 'Trato', 'ALTA', 'Me atendieron mal.', 'Rosa Díaz', 'rosa@example.com');
COMMIT;
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
-- An update that is suppressed is forgotten: the next one of the same ticket is judged anew, by
-- whoever makes it, and its event is its own.
BEGIN;
UPDATE helpdesk.ticket SET asunto = 'no llega' WHERE ticket_uuid = prueba.id('redes');
UPDATE helpdesk.ticket SET asunto = 'llega' WHERE ticket_uuid = prueba.id('redes') RETURNING asunto, version;
UPDATE helpdesk.ticket SET asunto = 'no llega' WHERE ticket_uuid = prueba.id('redes');
SELECT version FROM ticket_sm.fn_pausar(prueba.id('redes'), 'Falta una pieza.');
COMMIT;
SELECT prueba.history('redes', 4);
DROP TRIGGER zzzz_swallow ON helpdesk.ticket;
SELECT * FROM ticket_sm.fn_verificar();
-- A plain UPDATE by a trigger that follows an operation on the same ticket is one of its own, whatever
-- the operation is.
CREATE FUNCTION prueba.follow_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.asunto IS DISTINCT FROM 'seguido' THEN
		UPDATE helpdesk.ticket SET asunto = 'seguido' WHERE ticket_uuid = NEW.ticket_uuid;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER zz_follow_up AFTER INSERT OR UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.follow_up();
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('redes'), 'Llegó.', version => 4) r;
SELECT prueba.history('redes', 5);
SELECT prueba.new_ticket('seguido');
SELECT prueba.history('seguido');
SELECT prueba.err($$SELECT hecho FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY[prueba.id('soporte')], '{"motivo": "Falta una pieza."}')$$);
SELECT prueba.history('soporte', 3);
DROP TRIGGER zz_follow_up ON helpdesk.ticket;
SELECT * FROM ticket_sm.fn_verificar();

REVOKE ALL ON helpdesk.ticket FROM regress_alba, regress_mario, regress_nadie, regress_pepe;
REVOKE ALL ON SCHEMA ticket_sm, helpdesk FROM regress_nadie;
REVOKE ALL ON FUNCTION ticket_sm.fn_maquina, ticket_sm.fn_asignar FROM regress_nadie;
DROP FUNCTION prueba.born, prueba.swallow_one, prueba.follow_up;
