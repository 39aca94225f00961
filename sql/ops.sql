-- What each operation does: the answer, the ticket, the history, the clock.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();

-- The clock, as the extension sees it, stands this long after the real one.
CREATE FUNCTION prueba.later(text) RETURNS void LANGUAGE sql
	RETURN (SELECT NULL FROM set_config('ticket_sm.desfase_reloj', extract(epoch FROM $1::interval)::integer::text, false));

------------------------------------------------------------------------
-- crear
------------------------------------------------------------------------

-- All that was given stands in the ticket, and the answer says what it became.
SET ROLE regress_pepe;
SELECT estado, tipo, prioridad, sla_horas, prueba.mask(ticket_label), prueba.hours(fecha_limite_sla - fecha_creacion),
	fecha_creacion BETWEEN now() AND clock_timestamp(), ticket_uuid IS NOT NULL
FROM ticket_sm.fn_crear_ticket(nombre => 'Íñigo Peñarrubia Ávila', documento => 'X-1234567-Ñ', email => 'Inigo@Example.com',
	telefono => '+34 600 000 000', tiene_whatsapp => true, empresa_departamento => 'Niñería «El Rincón» S.A.',
	tipo => 'reclamo', categoria => 'Facturación', subcategoria => 'Mora', asunto => '¿Y mi pingüino? 🐧',
	descripcion => E'Señores:\n\tme cobraron dos veces «el añejo».\n— Íñigo', prioridad => 'alta', area => 'Atención al Público',
	ip => '2001:db8::7', clave_idempotencia => 'clave-ñ-1');
RESET ROLE;
SELECT estado, tipo, categoria, subcategoria, prioridad, asunto, descripcion, solicitante_nombre, solicitante_email,
	documento, telefono, tiene_whatsapp, empresa_departamento, area, agente_id, respuesta_cliente, ip_registro,
	clave_idempotencia, octet_length(huella_idempotencia), sla_horas, abierto, resuelto_en, cerrado_en, sla_restante, version,
	actualizado_en = fecha_creacion, uuid_send(ticket_uuid)::text ~ '^\\x.{12}4.{3}[89ab]'
FROM helpdesk.ticket \gx
INSERT INTO prueba.alias SELECT 'iñigo', ticket_uuid FROM helpdesk.ticket;
SELECT prueba.history('iñigo');
-- Where the connection came from, if it has an address; else what the client said.
SELECT ip = coalesce(inet_client_addr(), '2001:db8::7') FROM helpdesk.historial WHERE ticket_uuid = prueba.id('iñigo');

-- With the required fields alone: area MESA, the rest empty.
SELECT prueba.new_ticket('poco', '{"area": null}');
SELECT area, subcategoria, asunto, documento, telefono, tiene_whatsapp, empresa_departamento, clave_idempotencia,
	huella_idempotencia, nullif(ip_registro, inet_client_addr())
FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('poco');

-- Every priority has its hours.
SELECT prueba.new_ticket(nombre, jsonb_build_object('prioridad', nombre)) FROM helpdesk.prioridad ORDER BY orden;
SELECT t.prioridad, t.sla_horas, prueba.hours(t.fecha_limite_sla - t.fecha_creacion), prueba.mask(t.ticket_label)
FROM helpdesk.ticket t JOIN prueba.alias a ON a.id = t.ticket_uuid AND a.alias = t.prioridad ORDER BY t.ticket_label;

-- Labels follow each other without a gap, also over a rollback and an error.
BEGIN;
SELECT prueba.new_ticket('rolled back');
ROLLBACK;
SELECT prueba.err(prueba.create_call('{"prioridad": "NINGUNA"}'));
SELECT prueba.try(prueba.create_call());
SELECT prueba.new_ticket('después');
SELECT prueba.mask(ticket_label) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('después');
SELECT anio = extract(year FROM now() AT TIME ZONE 'UTC'), ultimo FROM helpdesk.contador;

------------------------------------------------------------------------
-- asignar
------------------------------------------------------------------------

SET ROLE regress_mario;
-- To an agent of the ticket's area.
SELECT prueba.new_ticket('a');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('a'), prueba.agente(3), motivo => ' Le toca a Alba. ') r;
SELECT * FROM ticket_sm.fn_actualizar(prueba.id('a'), 'La respuesta es la fila.') \gset r_
SELECT t.ticket_uuid = :'r_ticket_uuid', t.ticket_label = :'r_ticket_label', t.actualizado_en = :'r_actualizado_en', t.version = :r_version,
	t.fecha_limite_sla = :'r_fecha_limite_sla', t.agente_id = :'r_agente_id'
FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id('a');
SELECT prueba.ticket('a');
SELECT prueba.history('a');
-- With another area: the agent must be of that one; ADMIN and MESA agents are of any.
SELECT prueba.new_ticket('b');
SELECT prueba.err('SELECT ticket_sm.fn_asignar(prueba.id(''b''), prueba.agente(3), ''SOPORTE'')');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('b'), prueba.agente(4), 'SOPORTE') r;
SELECT prueba.new_ticket('c');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('c'), prueba.agente(1), 'SOPORTE') r;
SELECT prueba.new_ticket('d');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('d'), prueba.agente(2)) r;
-- Without an agent: the ticket is the area's.
SELECT prueba.new_ticket('e');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('e')) r;
-- The agent stays unless another is given, or he is not of the area that gets it.
SELECT version FROM ticket_sm.fn_reclasificar(prueba.id('a'), categoria => 'Red', motivo => 'Es de red.');
BEGIN;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('a'), area => 'SOPORTE') r;
SELECT prueba.history('a', 4);
ROLLBACK;
SELECT prueba.err('SELECT ticket_sm.fn_asignar(prueba.id(''a''), prueba.agente(3), ''SOPORTE'')');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('a')) r;
SELECT prueba.history(a, 2) FROM unnest(ARRAY['b', 'c', 'e']) a;

------------------------------------------------------------------------
-- transferir
------------------------------------------------------------------------

-- To another area: the agent is cleared unless one is given.
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_transferir(prueba.id('a'), 'soporte', 'Es de soporte.') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_transferir(prueba.id('b'), 'REDES', 'Es de redes.', prueba.agente(3)) r;
SELECT prueba.history('a', 5);
SELECT prueba.history('b', 3);
-- To the same area: nothing to do.
SELECT prueba.err('SELECT ticket_sm.fn_transferir(prueba.id(''c''), ''soporte'', ''Otra vez.'')');
SELECT prueba.err('SELECT ticket_sm.fn_transferir(prueba.id(''c''), ''REDES'', ''Con agente ajeno.'', prueba.agente(4))');
SELECT prueba.ticket('c');

------------------------------------------------------------------------
-- reasignar
------------------------------------------------------------------------

-- To another agent and to nobody, in each state in which somebody can have a ticket; the state, the area and the clock stay.
SELECT prueba.new_in('r ' || s, s) FROM unnest('{ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,RESUELTO}'::text[]) s;
SELECT prueba.brief(to_jsonb(r)) FROM unnest('{ASIGNADO,TRANSFERIDO,RECLASIFICADO,PAUSADO,RESUELTO}'::text[]) s,
	ticket_sm.fn_reasignar(prueba.id('r ' || s), prueba.agente(3), ' Alba lo conoce. ') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reasignar(prueba.id('r PAUSADO'), prueba.agente(2), version => 4) r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reasignar(prueba.id('r PAUSADO')) r;
SELECT prueba.history('r PAUSADO', 4);
-- What changes nothing, and whom it may not have; first the version, then the state, then the agent.
SELECT prueba.err('SELECT ticket_sm.fn_reasignar(prueba.id(''r PAUSADO''))');
SELECT prueba.err('SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''), prueba.agente(3))');
SELECT prueba.err(format('SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''), prueba.agente(%s))', n)) FROM unnest('{4,5,99}'::integer[]) n;
SELECT prueba.err('SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''), prueba.agente(4), version => 2)');
SELECT prueba.err('SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''), motivo => ''ya'')');
SELECT prueba.new_ticket('r NUEVO');
SELECT prueba.err('SELECT ticket_sm.fn_reasignar(prueba.id(''r NUEVO''), prueba.agente(4))');
-- An AREA agent hands on what is in its own area, within it.
RESET ROLE;
SELECT prueba.told_as('regress_alba', 'SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''))');
SELECT prueba.told_as('regress_alba', 'SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''), prueba.agente(4))');
SELECT prueba.told_as('regress_saul', 'SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''), prueba.agente(4))');
SELECT prueba.told_as('regress_pepe', 'SELECT ticket_sm.fn_reasignar(prueba.id(''r ASIGNADO''))');
SET ROLE regress_mario;

------------------------------------------------------------------------
-- Agents who no longer qualify: nobody is refused for one that he has not named
------------------------------------------------------------------------

-- Alba is switched off, moves, is an agent of all areas no longer, is gone.
SELECT prueba.new_in('q ' || s, s) FROM unnest('{RECLASIFICADO,PAUSADO,RESUELTO}'::text[]) s;
SELECT ticket_label IS NULL FROM unnest('{RECLASIFICADO,PAUSADO,RESUELTO}'::text[]) s, ticket_sm.fn_reasignar(prueba.id('q ' || s), prueba.agente(3));
RESET ROLE;
CREATE FUNCTION prueba.unfit(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change;
	PERFORM set_config('role', 'regress_mario', true);
	RETURN NEXT 'named: ' || prueba.err('SELECT ticket_sm.fn_asignar(prueba.id(''q RECLASIFICADO''), prueba.agente(3))');
	RETURN NEXT 'asignar: ' || prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('q RECLASIFICADO')) r;
	RETURN QUERY SELECT prueba.history('q RECLASIFICADO', 5);
	-- what is not about who has it leaves him
	RETURN NEXT 'reabrir: ' || prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('q PAUSADO'), 'Sigue.') r;
	RETURN NEXT 'actualizar: ' || prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('q PAUSADO'), 'Una nota.') r;
	RETURN NEXT 'transferir: ' || prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_transferir(prueba.id('q PAUSADO'), 'SOPORTE', 'Allá.') r;
	RETURN NEXT 'reasignar: ' || prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reasignar(prueba.id('q RESUELTO')) r;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN;
END $$;
SELECT prueba.unfit('UPDATE helpdesk.agente SET activo = false WHERE agente_id = prueba.agente(3)');
SELECT prueba.unfit('UPDATE helpdesk.agente SET area = ''SOPORTE'' WHERE agente_id = prueba.agente(3)');
SELECT prueba.unfit('ALTER TABLE helpdesk.agente DISABLE TRIGGER aa_guardia_borrado, DISABLE TRIGGER aa_guardia_filas;
	DELETE FROM helpdesk.agente WHERE agente_id = prueba.agente(3)');
-- In a batch and in plain SQL too; there, who writes the old one back has named nobody.
UPDATE helpdesk.agente SET activo = false WHERE agente_id = prueba.agente(3);
BEGIN;
SELECT l.hecho FROM ticket_sm.fn_ejecutar_lote('asignar', ARRAY[prueba.id('q RECLASIFICADO')]) l;
SELECT prueba.history('q RECLASIFICADO', 5);
ROLLBACK;
BEGIN;
UPDATE helpdesk.ticket SET estado = 'ASIGNADO', agente_id = prueba.agente(3), area = 'REDES' WHERE ticket_uuid = prueba.id('q RECLASIFICADO')
RETURNING agente_id, version;
SELECT prueba.history('q RECLASIFICADO', 5);
ROLLBACK;

-- All of them at once, wherever they are in the machine.
SELECT prueba.told_as('regress_alba', 'SELECT ticket_sm.fn_liberar_agente(prueba.agente(3))');
SELECT prueba.told_as('regress_saul', 'SELECT ticket_sm.fn_liberar_agente(prueba.agente(3))');
SET ROLE regress_mario;
SELECT prueba.err('SELECT ticket_sm.fn_liberar_agente()');
SELECT prueba.err('SELECT ticket_sm.fn_liberar_agente(prueba.agente(99), ''Se va.'')');
SELECT prueba.err('SELECT ticket_sm.fn_liberar_agente(prueba.agente(3), ''ya'')');
SELECT prueba.mask(l.ticket_label), l.hecho, l.estado_anterior, l.estado, l.version, l.codigo
FROM ticket_sm.fn_liberar_agente(prueba.agente(3), ' Se va. ') l ORDER BY l.ticket_label;
SELECT prueba.history('q PAUSADO', 5);
SELECT count(*) FROM ticket_sm.fn_liberar_agente(prueba.agente(3));
RESET ROLE;
SELECT estado, abierto FROM helpdesk.ticket WHERE agente_id = prueba.agente(3);
UPDATE helpdesk.agente SET activo = true WHERE agente_id = prueba.agente(3);
-- What is refused is told with its label and its state, and the others are done.
SELECT ticket_label IS NULL FROM unnest('{RECLASIFICADO,RESUELTO}'::text[]) s, ticket_sm.fn_reasignar(prueba.id('q ' || s), prueba.agente(3));
BEGIN;
DELETE FROM helpdesk.transicion WHERE operacion = 'reasignar' AND estado_origen = 'RESUELTO';
SELECT prueba.mask(l.ticket_label), l.hecho, l.estado_anterior, l.estado, l.version, l.codigo, l.mensaje, prueba.mask(l.detalle)
FROM ticket_sm.fn_liberar_agente(prueba.agente(3)) l ORDER BY l.ticket_label;
ROLLBACK;
SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.unfit;
SET ROLE regress_mario;

------------------------------------------------------------------------
-- reclasificar
------------------------------------------------------------------------

-- All four at once; what does not change leaves no trace.
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reclasificar(prueba.id('c'), 'queja', 'Trato', 'En tienda', 'baja', 'No es un incidente.') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reclasificar(prueba.id('d'), 'INCIDENTE', 'Correo', 'Entrada', 'MEDIA', 'Falta la subcategoría.') r;
SELECT prueba.ticket(a) FROM unnest(ARRAY['c', 'd']) a;
SELECT prueba.history(a, 3) FROM unnest(ARRAY['c', 'd']) a;
-- Nothing changes.
SELECT prueba.err('SELECT ticket_sm.fn_reclasificar(prueba.id(''e''), ''incidente'', ''Correo'', NULL, '' media '', ''Lo mismo.'')');
SELECT prueba.err('SELECT ticket_sm.fn_reclasificar(prueba.id(''e''), categoria => '' Correo '', motivo => ''Lo mismo.'')');
-- The case of a category counts, that of a priority does not.
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reclasificar(prueba.id('e'), categoria => 'CORREO', motivo => 'En mayúsculas.') r;
-- A subcategory goes when it is given empty, or with another category, but not with its name in other letters.
SELECT prueba.new_in('sub', 'ASIGNADO');
SELECT FROM ticket_sm.fn_reclasificar(prueba.id('sub'), subcategoria => 'WiFi', motivo => 'Más exacto.');
SELECT 'given' AS subcategory, categoria, subcategoria FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('sub');
SELECT FROM ticket_sm.fn_asignar(prueba.id('sub'));
SELECT FROM ticket_sm.fn_reclasificar(prueba.id('sub'), categoria => 'correo', motivo => 'Más exacto.');
SELECT 'the category in other letters' AS subcategory, categoria, subcategoria FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('sub');
SELECT FROM ticket_sm.fn_asignar(prueba.id('sub'));
SELECT FROM ticket_sm.fn_reclasificar(prueba.id('sub'), subcategoria => ' ', motivo => 'Más exacto.');
SELECT 'given empty' AS subcategory, categoria, subcategoria FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('sub');
SELECT FROM ticket_sm.fn_asignar(prueba.id('sub'));
SELECT FROM ticket_sm.fn_reclasificar(prueba.id('sub'), categoria => 'Red', subcategoria => 'Cable', motivo => 'Más exacto.');
SELECT 'another category, with one' AS subcategory, categoria, subcategoria FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('sub');
SELECT FROM ticket_sm.fn_asignar(prueba.id('sub'));
SELECT FROM ticket_sm.fn_reclasificar(prueba.id('sub'), prioridad => 'ALTA', motivo => 'Más exacto.');
SELECT 'neither' AS subcategory, categoria, subcategoria FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('sub');
SELECT FROM ticket_sm.fn_asignar(prueba.id('sub'));
SELECT FROM ticket_sm.fn_reclasificar(prueba.id('sub'), categoria => 'Impresoras', motivo => 'Más exacto.');
SELECT 'another category' AS subcategory, categoria, subcategoria FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('sub');
SELECT FROM ticket_sm.fn_asignar(prueba.id('sub'));
SELECT prueba.history('sub', 3);
SELECT prueba.err('SELECT ticket_sm.fn_reclasificar(prueba.id(''sub''), subcategoria => '''', motivo => ''Más exacto.'')');

------------------------------------------------------------------------
-- corregir
------------------------------------------------------------------------

SELECT prueba.new_in('mal', 'PAUSADO', '{"email": "rosa@exmaple.com", "telefono": "300 1"}');
SELECT prueba.told_as('regress_mario', 'SELECT ticket_sm.fn_corregir(prueba.id(''mal''), email => ''rosa@example.com'', motivo => ''Mal escrita.'')');
SET ROLE regress_ana;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_corregir(prueba.id('mal'), email => ' Rosa@example.com ', telefono => '', motivo => 'Mal escrita.') r;
SELECT solicitante_nombre, solicitante_email, telefono IS NULL FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('mal');
SELECT version, operacion, motivo, cambios, huella_datos IS NOT NULL AS proven FROM helpdesk.historial WHERE ticket_uuid = prueba.id('mal') AND version > 3;
-- By the new address only.
SELECT (SELECT estado FROM ticket_sm.fn_consultar(ticket_label, 'rosa@example.com')), prueba.err(format('SELECT ticket_sm.fn_consultar(%L, ''rosa@exmaple.com'')', ticket_label))
FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('mal');
SELECT prueba.err('SELECT ticket_sm.fn_corregir(prueba.id(''mal''), email => ''Rosa@example.com'', documento => '''', motivo => ''Otra vez.'')');
SELECT prueba.err(format('SELECT ticket_sm.fn_corregir(prueba.id(''mal'')%s)', a)) FROM unnest(ARRAY['', ', motivo => ''Otra vez.''', ', ''Ro'', motivo => ''Otra vez.''',
	', email => ''rosa'', motivo => ''Otra vez.''', ', nombre => '''', email => '' '', motivo => ''Otra vez.''', ', ''Rosa Núñez''', ', ''Rosa Núñez'', motivo => ''Otra vez.'', version => 3']) WITH ORDINALITY AS x(a, n) ORDER BY n;
SET ROLE regress_mario;

------------------------------------------------------------------------
-- actualizar, resolver, reabrir, cancelar, archivar: texts and stamps
------------------------------------------------------------------------

SELECT prueba.new_in('f', 'ASIGNADO');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('f'), nota => ' Se llamó; no contesta. ') r;
SELECT respuesta_cliente FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('f');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('f'), respuesta => E'Estimada Rosa:\n\testamos en ello. 👍') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('f'), 'Nota y respuesta.', 'Mañana lo tiene.') r;
SELECT respuesta_cliente FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('f');
SELECT prueba.history('f', 3);
-- A note alone leaves the answer; resolver with an answer replaces it, without one it stays.
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('f'), 'Otra nota.');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_resolver(prueba.id('f')) r;
SELECT respuesta_cliente, resuelto_en = actualizado_en, cerrado_en, abierto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('f');
-- A resolved ticket that is taken up again is not resolved.
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('f'), 'Sigue fallando.') r;
SELECT resuelto_en, cerrado_en, abierto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('f');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_resolver(prueba.id('f'), 'Ahora sí.') r;
-- A note on a resolved ticket does not move the stamp; nor does filing it away.
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('f'), 'Nota tras resolver.');
SELECT resuelto_en < actualizado_en FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('f');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_archivar(prueba.id('f'), 'Listo.') r;
SELECT respuesta_cliente, resuelto_en < cerrado_en, cerrado_en = actualizado_en, abierto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('f');
SELECT prueba.history('f', 6);
-- archivar straight from ASIGNADO resolves as well; cancelar closes and does not.
SELECT prueba.new_in('g', 'ARCHIVADO');
SELECT resuelto_en = cerrado_en, cerrado_en = actualizado_en, abierto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('g');
SELECT prueba.new_in('h', 'CANCELADO');
SELECT resuelto_en, cerrado_en = actualizado_en, abierto FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('h');
-- Nothing follows a terminal state, not even a note.
SELECT prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''g''), ''Una cosa más.'')');
SELECT prueba.err('SELECT ticket_sm.fn_reabrir(prueba.id(''h''), ''Que no, que sí.'')');
SELECT prueba.err('SELECT ticket_sm.fn_cancelar(prueba.id(''f''), ''Que no.'')');
-- What the machine does not have: the error says what would be possible.
SELECT prueba.new_ticket('i');
SELECT prueba.err('SELECT ticket_sm.fn_resolver(prueba.id(''i''))');
SELECT prueba.err('SELECT ticket_sm.fn_reabrir(prueba.id(''i''), ''¿Cómo?'')');
RESET ROLE;

------------------------------------------------------------------------
-- version: the check, and the order of judgement
------------------------------------------------------------------------

SET ROLE regress_mario;
SELECT prueba.new_in('v', 'ASIGNADO');
SELECT prueba.err('SELECT ticket_sm.fn_asignar(prueba.id(''i''), version => 2)');
SELECT prueba.err('SELECT ticket_sm.fn_transferir(prueba.id(''v''), ''SOPORTE'', ''motivo'', version => 1)');
SELECT prueba.err('SELECT ticket_sm.fn_reclasificar(prueba.id(''v''), ''QUEJA'', motivo => ''motivo'', version => 1)');
SELECT prueba.err('SELECT ticket_sm.fn_pausar(prueba.id(''v''), ''motivo'', 1)');
SELECT prueba.err('SELECT ticket_sm.fn_reabrir(prueba.id(''v''), ''motivo'', 1)');
SELECT prueba.err('SELECT ticket_sm.fn_actualizar(prueba.id(''v''), ''nota'', NULL, 3)');
SELECT prueba.err('SELECT ticket_sm.fn_resolver(prueba.id(''v''), NULL, 3)');
SELECT prueba.err('SELECT ticket_sm.fn_cancelar(prueba.id(''v''), ''motivo'', 3)');
SELECT prueba.err('SELECT ticket_sm.fn_archivar(prueba.id(''v''), ''motivo'', 3)');
SELECT prueba.ticket('v');
SELECT version FROM ticket_sm.fn_pausar(prueba.id('v'), 'motivo', 2);
SELECT version FROM ticket_sm.fn_reabrir(prueba.id('v'), 'motivo', 3);
-- A batch that works with the version each answer gives.
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('v'), 'nota', NULL, (SELECT version FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('v')));
RESET ROLE;

-- Both of a pair are wrong, and the earlier one is told.
SELECT prueba.new_ticket('ajeno', '{"area": "SOPORTE"}');
SET ROLE regress_alba;
-- role before field
SELECT prueba.err('SELECT ticket_sm.fn_transferir(gen_random_uuid())');
-- field before existence
SELECT prueba.err('SELECT ticket_sm.fn_pausar(gen_random_uuid())');
-- existence before area
SELECT prueba.err('SELECT ticket_sm.fn_pausar(gen_random_uuid(), ''motivo'')');
-- area before version
SELECT prueba.err('SELECT ticket_sm.fn_pausar(prueba.id(''ajeno''), ''motivo'', 7)');
-- area before machine: not told that the foreign ticket is not ASIGNADO
SELECT prueba.err('SELECT ticket_sm.fn_pausar(prueba.id(''ajeno''), ''motivo'')');
RESET ROLE;
SET ROLE regress_mario;
-- version before machine
SELECT prueba.err('SELECT ticket_sm.fn_pausar(prueba.id(''ajeno''), ''motivo'', 7)');
-- machine before what the operation demands: the same area, no change, an agent of another area
SELECT prueba.err('SELECT ticket_sm.fn_transferir(prueba.id(''ajeno''), ''SOPORTE'', ''motivo'')');
SELECT prueba.err('SELECT ticket_sm.fn_reclasificar(prueba.id(''ajeno''), ''INCIDENTE'', motivo => ''motivo'')');
SELECT prueba.err('SELECT ticket_sm.fn_asignar(prueba.id(''v''), prueba.agente(4))');
-- field before version
SELECT prueba.err('SELECT ticket_sm.fn_pausar(prueba.id(''v''), ''x'', 99)');
RESET ROLE;

------------------------------------------------------------------------
-- The SLA clock
------------------------------------------------------------------------

-- detener: a pause of 100 hours after 2 of 24 leaves 22; the deadline moves by 100.
SELECT prueba.new_in('s', 'ASIGNADO', '{"area": "MESA"}');
SELECT prueba.later('2 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_pausar(prueba.id('s'), 'Falta una pieza.') r;
SELECT prueba.ticket('s');
SELECT prueba.later('50 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('s'), 'La pieza viene en barco.') r;
SELECT prueba.later('102 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('s'), 'Llegó.') r;
SELECT prueba.ticket('s');
-- reclasificar: the deadline is computed anew from the creation, the pause kept.
SELECT prueba.later('103 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reclasificar(prueba.id('s'), prioridad => 'BAJA', motivo => 'No corre prisa.') r;
SELECT prueba.ticket('s');
-- The same again with ALTA: 8 h from creation, 3 were used before and after the pause.
SELECT version FROM ticket_sm.fn_asignar(prueba.id('s'));
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reclasificar(prueba.id('s'), prioridad => 'ALTA', motivo => 'Sí corre prisa.') r;
-- transferir leaves the clock alone.
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('s')) r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_transferir(prueba.id('s'), 'REDES', 'Es de redes.') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_asignar(prueba.id('s')) r;
-- resolver ends it with 3 h left; what comes until reabrir does not count.
SELECT prueba.later('105 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_resolver(prueba.id('s')) r;
SELECT prueba.ticket('s');
SELECT prueba.later('205 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('s'), '¿Todo bien?') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('s'), 'Vuelve a fallar.') r;
SELECT prueba.ticket('s');
-- Late: 10 h after the deadline.
SELECT prueba.later('218 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_archivar(prueba.id('s'), 'Tarde, pero listo.') r;
SELECT prueba.ticket('s');
-- Filing a resolved ticket away does not start the clock again: what was left is kept.
SELECT prueba.later('0 hours');
SELECT prueba.new_in('ra', 'ASIGNADO');
SELECT prueba.later('2 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_resolver(prueba.id('ra')) r;
SELECT prueba.later('50 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_archivar(prueba.id('ra'), 'Listo.') r;
SELECT prueba.ticket('ra');
-- A pause of a ticket that is late already: what is left is negative, the breach
-- is written first, and the deadline that has passed comes back with reabrir.
SELECT prueba.later('0 hours');
SELECT prueba.new_in('late', 'ASIGNADO', '{"prioridad": "CRITICA"}');
SELECT prueba.later('5 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_pausar(prueba.id('late'), 'Tarde.') r;
SELECT prueba.ticket('late');
SELECT prueba.later('15 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('late'), 'Sigue.') r;
SELECT prueba.ticket('late');
-- PAUSADO to CANCELADO: the pause is closed first.
SELECT prueba.later('0 hours');
SELECT prueba.new_in('pc', 'PAUSADO');
SELECT prueba.later('30 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_cancelar(prueba.id('pc'), 'Ya no.') r;
SELECT prueba.ticket('pc');
-- Many hours are hours, not days: no month or day in what is left.
SELECT prueba.later('0 hours');
SELECT prueba.new_in('baja', 'PAUSADO', '{"prioridad": "BAJA"}');
SELECT extract(day FROM sla_restante), extract(hour FROM sla_restante) >= 71 FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('baja');

-- continuar: the clock runs on while the ticket is paused.
UPDATE helpdesk.configuracion SET sla_en_pausa = 'continuar';
SELECT prueba.new_in('k', 'ASIGNADO');
SELECT prueba.later('2 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_pausar(prueba.id('k'), 'Falta una pieza.') r;
SELECT prueba.ticket('k');
SELECT prueba.later('10 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('k'), 'Llegó.') r;
SELECT prueba.ticket('k');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_pausar(prueba.id('k'), 'Falta otra.') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_cancelar(prueba.id('k'), 'No viene.') r;
SELECT prueba.ticket('k');
-- The setting is changed while tickets are paused: one that stood goes on with
-- what it had left, one that ran stands from its next change on.
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('baja'), 'Paró con detener.') r;
SELECT prueba.later('0 hours');
SELECT prueba.new_in('k2', 'PAUSADO');
UPDATE helpdesk.configuracion SET sla_en_pausa = 'detener';
SELECT prueba.later('3 hours');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('k2'), 'En pausa con el reloj en marcha.') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reabrir(prueba.id('k2'), 'Corrió con continuar.') r;
SELECT prueba.ticket('k2');

-- New hours of a priority hold for what is created or reclassified afterwards.
SELECT prueba.later('0 hours');
SELECT prueba.new_in('before', 'ASIGNADO');
UPDATE helpdesk.prioridad SET sla_horas = 30 WHERE nombre = 'MEDIA';
SELECT prueba.new_in('after', 'ASIGNADO');
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('before'), 'nota') r;
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_actualizar(prueba.id('after'), 'nota') r;
SELECT prueba.new_in('same', 'ASIGNADO', '{"prioridad": "ALTA"}');
UPDATE helpdesk.prioridad SET sla_horas = 9 WHERE nombre = 'ALTA';
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reclasificar(prueba.id('same'), categoria => 'Otra', motivo => 'motivo') r;
SELECT prueba.ticket('same');
UPDATE helpdesk.prioridad SET sla_horas = 8 WHERE nombre = 'ALTA';
SELECT prueba.brief(to_jsonb(r)) FROM ticket_sm.fn_reclasificar(prueba.id('before'), prioridad => 'ALTA', motivo => 'motivo') r;
SELECT prueba.ticket(a) FROM unnest(ARRAY['before', 'after']) a;
UPDATE helpdesk.prioridad SET sla_horas = 24 WHERE nombre = 'MEDIA';

-- The history's time never runs backwards, whatever the server's clock does.
SELECT prueba.later('10 hours');
SELECT prueba.new_in('reloj', 'ASIGNADO');
SELECT prueba.later('0 hours');
SELECT version FROM ticket_sm.fn_pausar(prueba.id('reloj'), 'El reloj retrocede.');
SELECT h.version, h.operacion, h.ocurrido_en >= lag(h.ocurrido_en) OVER (ORDER BY h.version)
FROM helpdesk.historial h WHERE h.ticket_uuid = prueba.id('reloj') ORDER BY h.version;
-- Within one transaction each event has its own time, later than the one before.
BEGIN;
SELECT prueba.new_in('junto', 'PAUSADO');
SELECT count(DISTINCT h.ocurrido_en) FROM helpdesk.historial h WHERE h.ticket_uuid = prueba.id('junto');
COMMIT;
RESET ticket_sm.desfase_reloj;

------------------------------------------------------------------------
-- Idempotency
------------------------------------------------------------------------

SELECT prueba.new_ticket('k1', '{"clave_idempotencia": "pedido-1"}');
-- The same again, also with other spacing and case: the same ticket, nothing written.
SELECT prueba.new_ticket('k1 again', '{"clave_idempotencia": " pedido-1 ", "email": "ROSA@example.com", "tipo": "incidente", "nombre": " Rosa Díaz "}');
SELECT prueba.id('k1') = prueba.id('k1 again'), prueba.ticket('k1');
-- Other data under the same key is an error that tells nothing of the first.
SELECT f, prueba.err(prueba.create_call(jsonb_build_object('clave_idempotencia', 'pedido-1', f, v)))
FROM (VALUES (1, 'nombre', 'Otra Rosa'), (2, 'descripcion', 'Otra descripción.'), (3, 'prioridad', 'ALTA'), (4, 'area', 'MESA'),
	(5, 'documento', 'X1'), (6, 'tiene_whatsapp', 'true')) AS a(n, f, v) ORDER BY n;
-- The address it comes from may be another: a telephone changes it between two attempts.
SELECT prueba.new_ticket('k1 moved', '{"clave_idempotencia": "pedido-1", "ip": "10.0.0.99"}');
SELECT prueba.id('k1') = prueba.id('k1 moved');
-- The key of one requester is not that of another; keys are exact.
SELECT prueba.new_ticket('k1 other', '{"clave_idempotencia": "pedido-1", "email": "otra@example.com"}');
SELECT prueba.new_ticket('k1 case', '{"clave_idempotencia": "PEDIDO-1"}');
SELECT count(DISTINCT id) FROM prueba.alias WHERE alias LIKE 'k1%';
-- Without a key two equal requests are two tickets.
SELECT prueba.new_ticket('twin 1'), prueba.new_ticket('twin 2');
SELECT prueba.id('twin 1') = prueba.id('twin 2');
-- A repeated request shows the ticket as it is now, even when it is closed.
SELECT version FROM ticket_sm.fn_asignar(prueba.id('k1'));
SELECT estado, prueba.mask(ticket_label) = (SELECT prueba.mask(ticket_label) FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('k1'))
FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'rosa@example.com', tipo => 'INCIDENTE', categoria => 'Correo',
	descripcion => 'No llega el correo.', prioridad => 'MEDIA', area => 'REDES', clave_idempotencia => 'pedido-1');
SELECT version FROM ticket_sm.fn_archivar(prueba.id('k1'), 'Listo.');
SELECT prueba.new_ticket('k1 closed', '{"clave_idempotencia": "pedido-1"}');
SELECT prueba.id('k1') = prueba.id('k1 closed'), prueba.ticket('k1');
-- Nor does it matter that the address was corrected: the key is that of what the client sent.  Whoever has the
-- address now has keys of his own, be they called the same.
SELECT prueba.new_ticket('k2', '{"clave_idempotencia": "pedido-2", "email": "rsoa@example.com"}');
SELECT version FROM ticket_sm.fn_corregir(prueba.id('k2'), email => 'otra@example.com', nombre => 'Otra Rosa', motivo => 'Mal escrita.');
SELECT prueba.new_ticket('k2 again', '{"clave_idempotencia": "pedido-2", "email": "RSOA@example.com"}');
SELECT prueba.id('k2') = prueba.id('k2 again');
SELECT prueba.err(prueba.create_call('{"clave_idempotencia": "pedido-2", "email": "rsoa@example.com", "nombre": "Otra Rosa"}'));
SELECT prueba.new_ticket('k2 of the other', '{"clave_idempotencia": "pedido-2", "email": "otra@example.com"}');
SELECT prueba.id('k2') = prueba.id('k2 of the other');
-- and a correction makes no two of them one
SELECT prueba.err($$SELECT ticket_sm.fn_corregir(prueba.id('k1 other'), email => 'rosa@example.com', motivo => 'La misma.')$$);
SELECT count(DISTINCT id) FROM prueba.alias WHERE alias LIKE 'k2%';
-- A row of plain SQL has its key as well.
SELECT prueba.short($$INSERT INTO helpdesk.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad, clave_idempotencia)
	VALUES ('Rosa Díaz', 'Rosa@example.com', 'QUEJA', 'Red', 'Diez caracteres.', 'ALTA', ' pedido-1 ')$$);
SELECT prueba.err($$INSERT INTO helpdesk.ticket (solicitante_nombre, solicitante_email, tipo, categoria, descripcion, prioridad, clave_idempotencia, huella_idempotencia)
	VALUES ('Rosa Díaz', 'rosa@example.com', 'QUEJA', 'Red', 'Diez caracteres.', 'ALTA', 'pedido-3', sha256('x'))$$);
SELECT prueba.err(prueba.create_call('{"clave_idempotencia": "pedido-3"}'));
-- It draws no label.
SELECT count(*) = (SELECT ultimo FROM helpdesk.contador) FROM helpdesk.ticket;

------------------------------------------------------------------------
-- Reading: fn_consultar, fn_ticket, fn_maquina, bandeja
------------------------------------------------------------------------

-- fn_consultar: label and email in any case, trimmed; answers, never notes.
SELECT prueba.new_in('q', 'ASIGNADO', '{"documento": "DOC-SECRETO", "telefono": "TEL-SECRETO", "ip": "10.9.8.7", "asunto": "Señal"}');
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('q'), 'NOTA-SECRETA', 'Primera respuesta.');
SELECT version FROM ticket_sm.fn_pausar(prueba.id('q'), 'MOTIVO-SECRETO');
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('q'), 'NOTA-SECRETA');
SELECT version FROM ticket_sm.fn_actualizar(prueba.id('q'), respuesta => 'Segunda respuesta. ¡Ánimo! 😀');
SELECT t.ticket_label AS label FROM helpdesk.ticket t WHERE t.ticket_uuid = prueba.id('q') \gset
SET ROLE regress_pepe;
SELECT ticket_uuid = prueba.id('q') AS uuid, prueba.mask(ticket_label) AS label, estado, tipo, categoria, subcategoria, asunto, descripcion,
	respuesta_cliente, area, prioridad, solicitante_nombre, solicitante_email,
	fecha_creacion < actualizado_en AS actualizado, fecha_limite_sla, resuelto_en, cerrado_en,
	ultima_operacion, ultima_fecha = actualizado_en AS ultima, estado_antes, estado_despues
FROM ticket_sm.fn_consultar(lower('  ' || :'label' || ' '), E'\tROSA@Example.com \n') \gx
SELECT r->>'respuesta', (r - 'fecha' - 'respuesta')::text, (r->>'fecha')::timestamptz < clock_timestamp()
FROM ticket_sm.fn_consultar(:'label', 'rosa@example.com') c, jsonb_array_elements(c.respuestas) r;
SELECT to_jsonb(c)::text ~ 'SECRET|10\.9\.8\.7|desk\.example' FROM ticket_sm.fn_consultar(:'label', 'rosa@example.com') c;
-- A wrong label, a wrong email, both wrong, another's: one and the same error.
SELECT prueba.err(format('SELECT ticket_sm.fn_consultar(%L, %L)', l, e)) AS answer, count(*)
FROM (VALUES (:'label', 'otra@example.com'), ('TK-1999-00001', 'rosa@example.com'), ('TK-1999-00001', 'otra@example.com'),
	(:'label', 'rosa@example.co'), (:'label', 'rosa%'), (:'label' || '0', 'rosa@example.com')) AS a(l, e) GROUP BY 1;
RESET ROLE;
-- Without answers the array is empty, not NULL; after the end the stamps show.
SELECT c.respuestas, c.resuelto_en IS NOT NULL, c.cerrado_en IS NOT NULL, c.ultima_operacion, c.estado_antes, c.estado_despues
FROM helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id('g');

-- fn_ticket: everything, for agents.
SET ROLE regress_alba;
SELECT k, (SELECT string_agg(f, ' ' ORDER BY f COLLATE "C") FROM jsonb_object_keys(CASE jsonb_typeof(v) WHEN 'array' THEN v->0 ELSE v END) f)
FROM jsonb_each(ticket_sm.fn_ticket(prueba.id('q'))) AS j(k, v) ORDER BY k COLLATE "C";
SELECT jsonb_pretty(ticket_sm.fn_ticket(prueba.id('q'))->'solicitante');
SELECT h->>'version', h->>'operacion', h->>'motivo', h->>'nota', h->>'respuesta', h->>'actor_rol'
FROM jsonb_array_elements(ticket_sm.fn_ticket(prueba.id('q'))->'historial') WITH ORDINALITY AS a(h, n) ORDER BY n;
SELECT prueba.err('SELECT ticket_sm.fn_ticket(prueba.id(''ajeno''))');
SELECT prueba.err('SELECT ticket_sm.fn_ticket(gen_random_uuid())');
RESET ROLE;
SET ROLE regress_pepe;
SELECT prueba.err('SELECT ticket_sm.fn_ticket(prueba.id(''q''))');
RESET ROLE;

-- The reading functions work in a read-only transaction, the others say that they cannot.
BEGIN READ ONLY;
SELECT estado FROM ticket_sm.fn_consultar(:'label', 'rosa@example.com');
SELECT ticket_sm.fn_ticket(prueba.id('q'))->'ticket'->>'estado';
SELECT count(*) FROM ticket_sm.fn_maquina();
SELECT * FROM ticket_sm.fn_verificar();
SELECT ticket_sm.fn_actualizar(prueba.id('q'), 'nota');
ROLLBACK;

-- fn_maquina: the machine in the order of operations and states.
SELECT operacion, estado_origen, estado_destino, roles FROM ticket_sm.fn_maquina();

-- bandeja: the open tickets, with hours left and overdue flag.
SELECT prueba.fresh_mesa();
SELECT prueba.new_in(s, s) FROM unnest(enum_range(NULL::ticket_sm.ticket_state)::text[]) s;
SELECT prueba.later('-26 hours');
SELECT prueba.new_in('vencido', 'ASIGNADO');
SELECT prueba.new_in('vencido y en pausa', 'ASIGNADO', '{"prioridad": "CRITICA"}');
SELECT prueba.new_in('a tiempo', 'ASIGNADO', '{"prioridad": "BAJA"}');
SELECT prueba.later('-23 hours');
SELECT version FROM ticket_sm.fn_pausar(prueba.id('vencido y en pausa'), 'Tarde.');
RESET ticket_sm.desfase_reloj;
SELECT a.alias, b.estado, b.area, round(b.horas_restantes, 1), b.vencido, b.version, b.solicitante_nombre
FROM helpdesk.bandeja b JOIN prueba.alias a ON a.id = b.ticket_uuid ORDER BY b.ticket_label;
SELECT * FROM ticket_sm.fn_verificar();
DROP FUNCTION prueba.later;
