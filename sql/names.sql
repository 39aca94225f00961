-- Areas, priorities and calendars in use are given other names by a plain UPDATE.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, area, horas, calendario) VALUES ('resolucion', 'MEDIA', 'REDES', 4, 'CO');
UPDATE helpdesk.configuracion SET eventos = '{crear, asignar, actualizar}';
SELECT prueba.new_in('abierto', 'ASIGNADO');
SELECT prueba.new_in('cerrado', 'ARCHIVADO');
SELECT prueba.new_ticket('otro', '{"area": "SOPORTE", "prioridad": "ALTA"}');
SELECT prueba.new_ticket('de siempre', '{"area": null, "clave_idempotencia": "k"}');
SELECT count(*) FROM helpdesk.evento;
CREATE TABLE prueba.antes AS SELECT * FROM helpdesk.ticket;
CREATE TABLE prueba.pasado AS SELECT * FROM helpdesk.historial;

------------------------------------------------------------------------
-- ADMIN does it, and nobody else
------------------------------------------------------------------------

SELECT prueba.told_as('regress_mario', $$UPDATE helpdesk.area SET nombre = 'Redes y Telecom' WHERE nombre = 'REDES'$$);
SET ROLE regress_ana;
UPDATE helpdesk.area SET nombre = ' Redes y Telecom ' WHERE nombre = 'REDES' RETURNING nombre;
UPDATE helpdesk.area SET nombre = 'Mesa de Ayuda' WHERE nombre = 'MESA';
UPDATE helpdesk.prioridad SET nombre = 'Normal', orden = 20 WHERE nombre = 'MEDIA';
UPDATE helpdesk.calendario SET nombre = 'Colombia' WHERE nombre = 'CO';
-- in another case only
UPDATE helpdesk.prioridad SET nombre = 'Alta' WHERE nombre = 'ALTA';
RESET ROLE;

-- Tickets have the new name, closed ones too, and nothing else has changed: no version, no time, no event.
SELECT t.area, t.prioridad, t.estado, (to_jsonb(t) - '{area,prioridad}'::text[]) = (to_jsonb(a) - '{area,prioridad}'::text[])
FROM helpdesk.ticket t JOIN prueba.antes a USING (ticket_uuid) ORDER BY t.ticket_label;
SELECT count(*) FROM helpdesk.evento;
TABLE helpdesk.historial EXCEPT TABLE prueba.pasado;
SELECT nombre, area FROM helpdesk.agente WHERE area IS NOT NULL ORDER BY nombre COLLATE "C";
SELECT prioridad, area, calendario FROM helpdesk.sla_politica;
SELECT version, prioridad, area, calendario FROM helpdesk.sla_politica_version;
SELECT version_id, calendario, version, cardinality(dia), cardinality(feriado) > 100 FROM helpdesk.calendario_version ORDER BY 1;
SELECT count(DISTINCT calendario), min(calendario) FROM helpdesk.feriado;
SELECT tabla, antes, despues, usuario_bd, ocurrido_en BETWEEN now() - interval '1 minute' AND clock_timestamp() FROM helpdesk.renombre ORDER BY renombre_id;
SELECT * FROM ticket_sm.fn_verificar();
-- with what it was given, it is not given it again
SELECT ticket_sm.fn_sla_recalcular('colombia');

-- Life goes on, under the new name; the past has the old one.
SET ROLE regress_alba;
SELECT area, prioridad, version FROM ticket_sm.fn_actualizar(prueba.id('abierto'), 'Ya casi.', version => 2) r;
SELECT count(*) FROM helpdesk.ticket;
RESET ROLE;
SELECT version, operacion, area_antes, area_despues, prioridad_antes, prioridad_despues FROM helpdesk.historial
WHERE ticket_uuid = prueba.id('abierto') ORDER BY version;
SELECT estado FROM ticket_sm.fn_reclasificar(prueba.id('abierto'), prioridad => 'normal', categoria => 'Red', motivo => 'Es de red.');
SELECT t.sla_politica, c.calendario, t.sla_objetivo FROM helpdesk.ticket t JOIN helpdesk.calendario_version c ON c.version_id = t.sla_calendario
WHERE t.ticket_uuid = prueba.id('abierto');
SELECT * FROM ticket_sm.fn_verificar();

-- Each area has one figure, by the name that it has now, whoever asks.
SELECT area, tickets FROM helpdesk.sla_pausas ORDER BY area COLLATE "C";
SELECT prueba.as_role('regress_alba', $$SELECT string_agg(area, ',') FROM helpdesk.sla_pausas$$);

-- The old name is still understood, as long as nothing else has it; so who was silent about the area still is.
SELECT prueba.new_ticket('a la antigua', '{"area": "redes", "prioridad": "media"}');
SELECT prueba.new_ticket('callado', '{"area": null}');
SELECT ticket_uuid = prueba.id('callado'), area, prioridad FROM helpdesk.ticket
WHERE ticket_uuid IN (prueba.id('a la antigua'), prueba.id('callado')) ORDER BY ticket_label;
SELECT prueba.new_ticket('de siempre otra vez', '{"area": null, "clave_idempotencia": "k"}');
SELECT prueba.id('de siempre') = prueba.id('de siempre otra vez');
WITH n AS (INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email)
	VALUES ('QUEJA', 'Trato', 'Normal', 'No contestan.', 'Rosa Díaz', 'rosa@example.com') RETURNING *) SELECT area FROM n;
SELECT count(*) FROM ticket_sm.fn_bandeja(area => 'REDES', prioridad => 'MEDIA');
SELECT ticket_sm.fn_sla_sumar('co', '2026-11-25 15:00+00', '2 h') = ticket_sm.fn_sla_sumar('Colombia', '2026-11-25 15:00+00', '2 h');
SELECT prueba.err('SELECT ticket_sm.fn_asignar(prueba.id(''otro''), area => ''VENTAS'')');
INSERT INTO helpdesk.area VALUES ('REDES');
SELECT prueba.new_ticket('nuevas redes', '{"area": "redes"}');
SELECT area FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('nuevas redes');
SELECT area, tickets FROM helpdesk.sla_pausas WHERE area ILIKE 'redes%' ORDER BY area COLLATE "C";
SELECT * FROM ticket_sm.fn_verificar();
-- Those too get another name, the first one's now, and one that was there before.
UPDATE helpdesk.area SET nombre = 'Redes y Telecom 2' WHERE nombre = 'REDES';
UPDATE helpdesk.area SET nombre = 'REDES' WHERE nombre = 'Redes y Telecom';
UPDATE helpdesk.calendario SET nombre = 'CO' WHERE nombre = 'Colombia';
SELECT area, tickets FROM helpdesk.sla_pausas WHERE area ILIKE 'redes%' ORDER BY area COLLATE "C";
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- What is no new name of the area moves no ticket
------------------------------------------------------------------------

SELECT prueba.err($$UPDATE helpdesk.ticket SET area = 'SOPORTE' WHERE ticket_uuid = prueba.id('abierto')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET area = 'SOPORTE' WHERE ticket_uuid = prueba.id('cerrado')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET area = 'Redes y Telecom' WHERE ticket_uuid = prueba.id('abierto')$$);
SELECT prueba.err($$UPDATE helpdesk.ticket SET prioridad = 'Alta' WHERE ticket_uuid = prueba.id('abierto')$$);
SELECT prueba.short($$UPDATE helpdesk.area SET nombre = 'SOPORTE' WHERE nombre = 'REDES'$$);
SELECT prueba.short($$UPDATE helpdesk.area SET nombre = 'soporte' WHERE nombre = 'REDES'$$);
SELECT prueba.err($$UPDATE helpdesk.area SET nombre = E'RE\nDES' WHERE nombre = 'REDES'$$);
SELECT prueba.short($$UPDATE helpdesk.area SET nombre = NULL WHERE nombre = 'REDES'$$);
SELECT prueba.err($$INSERT INTO helpdesk.renombre (tabla, antes, despues, ocurrido_en, usuario_bd) VALUES ('area', 'REDES', 'SOPORTE', now(), 'x')$$);
SELECT prueba.err($$UPDATE helpdesk.renombre SET despues = 'SOPORTE'$$);
SELECT prueba.err($$DELETE FROM helpdesk.renombre$$);
-- While the old name is gone and the new one is on its way, a trigger of the owner's tries to move tickets elsewhere.
CREATE FUNCTION prueba.aside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE helpdesk.ticket SET area = 'SOPORTE' WHERE area = OLD.nombre;
	RETURN NULL;
END $$;
CREATE TRIGGER "A" AFTER UPDATE ON helpdesk.area FOR EACH ROW EXECUTE FUNCTION prueba.aside();
SELECT prueba.err($$UPDATE helpdesk.area SET nombre = 'Redes 3' WHERE nombre = 'REDES'$$);
DROP TRIGGER "A" ON helpdesk.area;
-- One that gives another name than the statement, after the guard has written it down.
CREATE FUNCTION prueba.other_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.nombre := 'Redes 4'; RETURN NEW; END $$;
CREATE TRIGGER zzzzz BEFORE UPDATE ON helpdesk.area FOR EACH ROW EXECUTE FUNCTION prueba.other_name();
SELECT prueba.err($$UPDATE helpdesk.area SET nombre = 'Redes 3' WHERE nombre = 'REDES'$$);
DROP TRIGGER zzzzz ON helpdesk.area;
-- His columns of ticket may change with it.
ALTER TABLE helpdesk.ticket ADD COLUMN tocado integer NOT NULL DEFAULT 0;
CREATE FUNCTION prueba.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.tocado := OLD.tocado + 1; NEW.version := 77; RETURN NEW; END $$;
CREATE TRIGGER tocar BEFORE UPDATE ON helpdesk.ticket FOR EACH ROW EXECUTE FUNCTION prueba.touch();
UPDATE helpdesk.area SET nombre = 'Redes 3' WHERE nombre = 'REDES';
SELECT area, version, tocado FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('abierto');
SELECT * FROM ticket_sm.fn_verificar();
DROP TRIGGER tocar ON helpdesk.ticket;

-- What was changed behind our back is told, also to a name that another area once had.
ALTER TABLE helpdesk.ticket DISABLE TRIGGER USER;
UPDATE helpdesk.ticket SET area = 'Redes y Telecom 2' WHERE ticket_uuid = prueba.id('otro');
UPDATE helpdesk.ticket SET area = 'SOPORTE' WHERE ticket_uuid = prueba.id('abierto');
ALTER TABLE helpdesk.ticket ENABLE TRIGGER USER;
SELECT a.alias, v.problema, v.detalle FROM ticket_sm.fn_verificar() v JOIN prueba.alias a ON a.id = v.ticket_uuid ORDER BY 1;
DROP TABLE prueba.antes, prueba.pasado;
DROP FUNCTION prueba.aside, prueba.other_name, prueba.touch;
