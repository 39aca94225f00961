-- Duena makes her tables into something that C does not expect.  Whatever she does must end in an error, never
-- in a crash or in somebody else's memory; sql/fence.sql has each column and each kind of relation, this is what
-- is done with it.

--- null_array: a setting that C reads is NULL
-- seen 55000

ALTER TABLE m.configuracion ALTER sla_avisos DROP NOT NULL; UPDATE m.configuracion SET sla_avisos = NULL;

--- wild_pointer: a number where C has an array
-- seen 55000

ALTER TABLE m.configuracion DROP CONSTRAINT configuracion_sla_avisos_check, ALTER sla_avisos DROP DEFAULT,
	ALTER sla_avisos TYPE bigint USING 4702111234474983745;

--- counter_view: a view in place of the counter
-- seen 55000

DROP TABLE m.contador; CREATE VIEW m.contador AS SELECT 2026 AS anio, 5::bigint AS ultimo;

--- counter_index: a counter whose only index is over an expression
-- seen 55000

ALTER TABLE m.contador DROP CONSTRAINT contador_pkey; CREATE INDEX ON m.contador ((ultimo + anio));

--- label_pointer: a number where C has a text: any address is read
-- seen 55000

DROP VIEW m.bandeja, m.salud, m.sla_tiempos, m.sla_cumplimiento, m.sla_antiguedad, m.sla_pausas, m.sla_pausas_mes, m.sla_tiempo_estado;
ALTER TABLE m.ticket ALTER ticket_label TYPE bigint USING 94000000000000 + substr(ticket_label, 9)::bigint;

-- fails 55000
SELECT ticket_sm.fn_reabrir('{1}', motivo => 'xxxx');

--- label_pointer_warm: after the session has read the desk
-- seen 55000

-- works
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

DROP VIEW m.bandeja, m.salud, m.sla_tiempos, m.sla_cumplimiento, m.sla_antiguedad, m.sla_pausas, m.sla_pausas_mes, m.sla_tiempo_estado;
ALTER TABLE m.ticket ALTER ticket_label TYPE bigint USING 94000000000000 + substr(ticket_label, 9)::bigint;

-- fails 55000
SELECT ticket_sm.fn_reabrir('{1}', motivo => 'xxxx');

-- fails 55000
UPDATE m.ticket SET asunto = 'x';

--- empty_settings: no row of settings, by a parent
-- seen

CREATE TABLE m.madre (LIKE m.configuracion INCLUDING CONSTRAINTS); ALTER TABLE m.configuracion INHERIT m.madre;

DELETE FROM m.madre;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- two_settings: two rows of settings
-- seen

ALTER TABLE m.configuracion DROP CONSTRAINT configuracion_pkey, DROP CONSTRAINT configuracion_unica_check, ADD otra integer PRIMARY KEY DEFAULT 1;
INSERT INTO m.configuracion (unica, zona_horaria, prefijo, digitos, sla_en_pausa, sla_avisos, eventos, canal_eventos, version_plantilla, otra)
	SELECT false, zona_horaria, prefijo, digitos, sla_en_pausa, sla_avisos, eventos, canal_eventos, version_plantilla, 2 FROM m.configuracion;

--- bad_settings: settings that no CHECK looks at any more
-- changes objects configuracion ticket historial

DO $$ DECLARE c name; BEGIN FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = 'm.configuracion'::regclass AND contype = 'c' LOOP
	EXECUTE format('ALTER TABLE m.configuracion DROP CONSTRAINT %I', c); END LOOP; END $$;

UPDATE m.configuracion SET digitos = -2147483648; SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example',
	tipo => 'queja', categoria => 'Red', descripcion => 'con ajustes raros', prioridad => 'alta');

UPDATE m.configuracion SET digitos = 2147483647; SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example',
	tipo => 'queja', categoria => 'Red', descripcion => 'con ajustes raros', prioridad => 'alta');

UPDATE m.configuracion SET digitos = 5, prefijo = repeat('x', 100000), zona_horaria = repeat('z', 1000); SELECT ticket_sm.fn_crear_ticket(
	nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'con ajustes raros', prioridad => 'alta');

UPDATE m.configuracion SET prefijo = '', zona_horaria = 'UTC', sla_en_pausa = '?', sla_avisos = '{-5,1000000,NULL}', eventos = '{NULL}', canal_eventos = repeat('y', 200);
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

UPDATE m.configuracion SET sla_avisos = '{{1,2},{3,4}}', eventos = '{{crear,crear},{avisar,avisar}}';
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

UPDATE m.configuracion SET sla_avisos = '[-2147483647:-2147483646]={1,2}';
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- bad_calendar: hours that no CHECK and no trigger looks at
-- changes objects calendario horario feriado calendario_version

DO $$ DECLARE c record; BEGIN FOR c IN SELECT conname, conrelid::regclass AS tabla FROM pg_constraint WHERE conrelid IN ('m.horario'::regclass,
	'm.feriado'::regclass, 'm.calendario'::regclass) AND contype = 'c' LOOP
	EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.tabla, c.conname); END LOOP; END $$;

INSERT INTO m.horario VALUES ('CO', 99, '10:00', '09:00'), ('CO', -1, '10:00', '24:00');

INSERT INTO m.horario VALUES ('CO', 7, '10:00', '09:00');

INSERT INTO m.feriado VALUES ('CO', 'infinity', '10:00', '09:00', ''), ('CO', '-infinity', NULL, '09:00', '');

INSERT INTO m.feriado VALUES ('CO', '294276-12-31', NULL, NULL, 'fin'), ('CO', '4713-01-01 BC', NULL, NULL, 'principio');

SELECT ticket_sm.fn_sla_transcurrido('CO', '4713-01-01 BC', '294276-12-31');

SELECT ticket_sm.fn_sla_dias('CO', '294276-12-30', 36500);

UPDATE m.calendario SET zona_horaria = 'Nowhere/Land';

UPDATE m.calendario SET zona_horaria = '<+99>-99:59:59';

--- bad_calendar_version: arrays of a version that do not fit each other, written without its trigger
-- allowed XX001
-- seen

ALTER TABLE m.calendario_version DISABLE TRIGGER USER;
UPDATE m.calendario_version SET dia = '{1,2,3}', desde = '{08:00}', hasta = '{}', feriado = '{2026-01-01,NULL}', feriado_desde = '{}';
ALTER TABLE m.calendario_version ENABLE TRIGGER USER;

SELECT ticket_sm.fn_sla_sumar('CO', now(), '1 hour');

SELECT * FROM ticket_sm.fn_sla_explicar('{2}');

--- bad_policy_version: warnings and hours of a policy's version
-- seen

ALTER TABLE m.sla_politica_version DISABLE TRIGGER USER;
UPDATE m.sla_politica_version SET avisos = '{NULL,-1,1000000000}', horas = 'NaN', calendario = 'ninguno';
ALTER TABLE m.sla_politica_version ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{2}', 'nota');

SELECT ticket_sm.fn_sla_recalcular();

--- no_machine: no states, no transitions, states of nothing
-- seen

ALTER TABLE m.estado DISABLE TRIGGER USER; DELETE FROM m.estado WHERE estado IN ('NUEVO', 'PAUSADO'); ALTER TABLE m.estado ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

-- as postgres
SELECT ticket_sm.fn_sla_barrer();

--- odd_machine: transitions that make no sense
-- changes transicion estado ticket historial evento

INSERT INTO m.transicion VALUES ('resolver', 'CANCELADO', 'NUEVO'), ('archivar', 'ARCHIVADO', 'ARCHIVADO'), ('pausar', 'NUEVO', 'CANCELADO');
UPDATE m.transicion SET estado_destino = 'ARCHIVADO' WHERE operacion = 'crear';
UPDATE m.transicion SET estado_destino = 'CANCELADO' WHERE operacion = 'actualizar';
UPDATE m.estado SET abierto = NOT abierto, resuelto = NOT resuelto, reloj = CASE reloj WHEN 'fin' THEN 'corre' WHEN 'corre' THEN 'pausa' ELSE 'fin' END;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT ticket_sm.fn_resolver('{1}');

SELECT ticket_sm.fn_pausar('{6}', 'por que si');

SELECT count(*) FROM ticket_sm.fn_sla_barrer();

--- no_origin: an operation that comes from no state
-- seen

ALTER TABLE m.transicion DROP CONSTRAINT transicion_crear_check; UPDATE m.transicion SET operacion = 'asignar' WHERE operacion = 'crear';

-- fails 55000
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- long_names: names at their limits
-- changes area prioridad objects ticket historial evento

ALTER TABLE m.area DROP CONSTRAINT area_nombre_check; ALTER TABLE m.prioridad DROP CONSTRAINT prioridad_nombre_check;
INSERT INTO m.area VALUES (repeat('á', 1000)), (''), (E'\n'), ('x"y''z\');
INSERT INTO m.prioridad VALUES (repeat('ß', 500), 99, 1), ('ı', 100, 1);

SELECT ticket_sm.fn_asignar('{6}', area => repeat('Á', 1000));

SELECT ticket_sm.fn_reclasificar('{2}', prioridad => 'I', motivo => 'la i sin punto');

--- big_priority: hours that overflow
-- changes prioridad objects ticket historial evento contador

ALTER TABLE m.prioridad DROP CONSTRAINT prioridad_sla_horas_check; UPDATE m.prioridad SET sla_horas = 2147483647;

SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'con ajustes raros', prioridad => 'alta');

UPDATE m.prioridad SET sla_horas = -2147483648;

SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'con ajustes raros', prioridad => 'alta');

--- big_policy: and those of a policy
-- changes sla_politica sla_politica_version objects

DO $$ DECLARE c name; BEGIN FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = 'm.sla_politica'::regclass AND contype = 'c' LOOP
	EXECUTE format('ALTER TABLE m.sla_politica DROP CONSTRAINT %I', c); END LOOP; END $$;

UPDATE m.sla_politica SET horas = 1e100;

UPDATE m.sla_politica SET horas = 'NaN';

UPDATE m.sla_politica SET horas = NULL, dias_habiles = 2147483647;

-- fails 22023 55000
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'con ajustes raros', prioridad => 'media');

SELECT ticket_sm.fn_sla_recalcular();

UPDATE m.sla_politica SET horas = -5, dias_habiles = NULL, avisos = '{NULL,0,2147483647}', objetivo = 'otro';

-- fails 22023 55000
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'con ajustes raros', prioridad => 'media');

--- counter_full: a counter at its end
-- seen label

ALTER TABLE m.contador DISABLE TRIGGER USER; UPDATE m.contador SET ultimo = 9223372036854775807; ALTER TABLE m.contador ENABLE TRIGGER USER;

-- fails 55000
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'la ultima de todas', prioridad => 'media');

--- counter_negative: below its beginning
-- seen

ALTER TABLE m.contador DISABLE TRIGGER USER; UPDATE m.contador SET ultimo = -9223372036854775808; ALTER TABLE m.contador ENABLE TRIGGER USER;

-- fails 55000
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'la ultima de todas', prioridad => 'media');

--- version_full: a version at its end
-- seen

ALTER TABLE m.ticket DISABLE TRIGGER USER; UPDATE m.ticket SET version = 2147483647; ALTER TABLE m.ticket ENABLE TRIGGER USER;

-- fails 55000
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT ticket_sm.fn_actualizar('{2}', 'nota');

--- hash_of_another_length: what the chain goes on from
-- allowed XX001
-- seen

ALTER TABLE m.ticket DISABLE TRIGGER USER; UPDATE m.ticket SET hash = '\x00'; ALTER TABLE m.ticket ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT ticket_sm.fn_ticket('{1}');

--- hash_long: or a long one
-- allowed XX001
-- seen

ALTER TABLE m.ticket DISABLE TRIGGER USER; UPDATE m.ticket SET hash = decode(repeat('ff', 100000), 'hex'); ALTER TABLE m.ticket ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- clock_nonsense: times of a ticket that cannot be
-- allowed XX001
-- seen

ALTER TABLE m.ticket DISABLE TRIGGER USER;
UPDATE m.ticket SET fecha_creacion = 'infinity', actualizado_en = '-infinity', fecha_limite_sla = 'infinity', sla_objetivo = '-178000000 years',
	sla_restante = '178000000 years', atencion_objetivo = '-1 month', atencion_limite = '-infinity', sla_calendario = 2147483647, sla_politica = -1,
	sla_aviso = 32767, sla_revisar_en = '-infinity', sla_orden = 'infinity', atendido_en = 'infinity';
ALTER TABLE m.ticket ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT ticket_sm.fn_pausar('{2}', 'se espera');

SELECT * FROM ticket_sm.fn_sla_explicar('{2}');

SELECT ticket_sm.fn_ticket('{1}');

SELECT * FROM ticket_sm.fn_bandeja(orden => 'limite');

SELECT count(*) FROM m.sla_tiempos;

SELECT count(*) FROM ticket_sm.fn_sla_barrer();

--- texts_nonsense: texts that no field would let in
-- seen

ALTER TABLE m.ticket DISABLE TRIGGER USER;
UPDATE m.ticket SET ticket_label = 'x' || version || area || left(ticket_uuid::text, 8), descripcion = repeat(E'\x01', 1000000), solicitante_email = '', area = 'MESA', agente_id = ticket_uuid;
ALTER TABLE m.ticket ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT ticket_sm.fn_resolver('{2}', 'hecho');

SELECT length(ticket_sm.fn_ticket('{1}')::text);

--- history_nonsense: events that cannot be
-- seen

ALTER TABLE m.historial DISABLE TRIGGER USER;
UPDATE m.historial SET forma = 32767, version = version + 1000, ocurrido_en = 'infinity', sla = '[1, {"resuelto_en": 5}]', cambios = '"x"', reloj = 'nunca', hash = '\x', sal = '\x', huella_datos = '\x', huella_textos = '\x';
ALTER TABLE m.historial ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT ticket_sm.fn_reabrir('{3}', 'vuelve');

SELECT * FROM ticket_sm.fn_sla_explicar('{2}');

SELECT ticket_sm.fn_ticket('{2}');

--- history_sla: the clock's part of an event, of every JSON kind
-- seen

ALTER TABLE m.historial DISABLE TRIGGER USER;
UPDATE m.historial SET sla = (ARRAY['null', '[]', '{"sla_objetivo": ["x", "y"]}', '{"resuelto_en": [null, {}]}', '{"sla_calendario": [1, 99999999999]}', '5', '"x"', 'true']::jsonb[])[1 + abs(hashtext(ticket_uuid::text || version)) % 8];
ALTER TABLE m.historial ENABLE TRIGGER USER;

SELECT ticket_sm.fn_reabrir('{3}', 'vuelve');

SELECT * FROM ticket_sm.fn_sla_explicar('{2}'), ticket_sm.fn_sla_explicar('{3}');

--- no_history: an empty history
-- allowed XX001
-- seen

ALTER TABLE m.historial DISABLE TRIGGER USER; DELETE FROM m.historial; ALTER TABLE m.historial ENABLE TRIGGER USER;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

SELECT ticket_sm.fn_reabrir('{3}', 'vuelve');

SELECT * FROM ticket_sm.fn_sla_explicar('{3}');

SELECT ticket_sm.fn_ticket('{3}');

SELECT ticket_sm.fn_resolver('{2}', 'hecho');

--- wide_table: as many columns as fit
-- changes objects ticket historial evento

DO $$ BEGIN FOR i IN 1..1500 LOOP EXECUTE format('ALTER TABLE m.ticket ADD c%s boolean', i); END LOOP;
	FOR i IN 1..1500 LOOP EXECUTE format('ALTER TABLE m.historial ADD c%s boolean', i); END LOOP; END $$;

-- works
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

UPDATE m.ticket SET c1 = true, c1500 = false;

--- dropped_columns: columns that have been dropped, and came again in another order
-- changes objects ticket historial
-- seen

DROP VIEW m.bandeja, m.salud, m.sla_tiempos, m.sla_cumplimiento, m.sla_antiguedad, m.sla_pausas, m.sla_pausas_mes, m.sla_tiempo_estado;
ALTER TABLE m.ticket DROP asunto, DROP telefono, ADD telefono text, ADD asunto text;
ALTER TABLE m.historial DROP nota, ADD nota text;

-- works
SELECT ticket_sm.fn_actualizar('{1}', 'nota');

--- quoted_names: names that want quotes
-- changes objects agente evento ticket historial

CREATE SCHEMA "M";

ALTER TABLE m.agente ADD "Año "" nuevo" text DEFAULT 'x', ADD "select" text, ADD "$1" text;
ALTER TABLE m.ticket ADD "Año "" nuevo" text, ADD "select" text, ADD "$1" text;

SELECT ticket_sm.fn_actualizar('{1}', 'nota');

UPDATE m.ticket SET "select" = 'x', "$1" = 'y', "Año "" nuevo" = 'z';
