-- What SQL answers and HTTP does not show.  A line each: who asks, and the call;
-- "run" is the superuser, and nothing is written down.  $STATE is the ticket in
-- that state, $label_STATE its label.

-- the machine, in every role
postgres: SELECT * FROM ticket_sm.fn_maquina()
cliente: SELECT count(*) FROM ticket_sm.fn_maquina()
extrano: SELECT * FROM ticket_sm.fn_maquina()
ana: SELECT ticket_sm.exigir('pausar')
alba: SELECT ticket_sm.exigir('asignar')
cliente: SELECT ticket_sm.exigir('consultar')
olga: SELECT ticket_sm.exigir('consultar')
ana: SELECT ticket_sm.exigir(NULL)
ana: SELECT ticket_sm.exigir('pausar', 'helpdesk.area')

-- creation
cliente: SELECT * FROM ticket_sm.fn_crear_ticket(nombre => ' Rosa Díaz ', email => 'sql@example.com', tipo => 'queja', categoria => 'Correo', descripcion => 'No llega el correo.', prioridad => 'alta', area => 'redes', ip => '10.0.0.1', tiene_whatsapp => true)
cliente: SELECT * FROM ticket_sm.fn_crear_ticket()
extrano: SELECT * FROM ticket_sm.fn_crear_ticket()
cliente: SELECT * FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'sql@example.com', tipo => 'OTRO', categoria => 'Correo', descripcion => 'No llega el correo.', prioridad => 'alta')
cliente: SELECT * FROM ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'sql@example.com', tipo => 'QUEJA', categoria => 'Correo', descripcion => 'No llega el correo.', prioridad => 'alta', area => 'ANTIGUA')
nadie: SELECT (ticket_sm.fn_crear_ticket(nombre => 'Rosa Díaz', email => 'sql@example.com', tipo => 'QUEJA', categoria => 'Correo', descripcion => 'No llega el correo.', prioridad => 'alta')).estado

-- the conversation, and what may be done
cliente: SELECT * FROM ticket_sm.fn_responder()
cliente: SELECT * FROM ticket_sm.fn_responder('$label_ASIGNADO', 'nadie@example.com', 'Sigue igual.')
cliente: SELECT * FROM ticket_sm.fn_responder('$label_ARCHIVADO', 'rosa@example.com', 'Sigue igual.')
cliente: SELECT * FROM ticket_sm.fn_conversacion('$label_ASIGNADO', 'rosa@example.com')
cliente: SELECT * FROM ticket_sm.fn_calificar()
cliente: SELECT * FROM ticket_sm.fn_calificar('$label_RESUELTO', 'rosa@example.com', 6)
cliente: SELECT * FROM ticket_sm.fn_calificar('$label_RESUELTO', 'nadie@example.com', 4)
cliente: SELECT * FROM ticket_sm.fn_calificar('$label_ASIGNADO', 'rosa@example.com', 4)
ana: SELECT * FROM ticket_sm.fn_calificar('$label_RESUELTO', 'rosa@example.com', 4)
cliente: SELECT * FROM ticket_sm.fn_conversacion('$label_ASIGNADO', 'nadie@example.com')
cliente: SELECT * FROM ticket_sm.fn_acciones('$ASIGNADO')
alba: SELECT * FROM ticket_sm.fn_acciones('$PAUSADO')
saul: SELECT * FROM ticket_sm.fn_acciones('$ASIGNADO')

-- each operation without anything, on nothing, with a stale version, by who may not
ana: SELECT * FROM ticket_sm.fn_asignar(NULL)
ana: SELECT * FROM ticket_sm.fn_transferir(NULL)
ana: SELECT * FROM ticket_sm.fn_reclasificar(NULL)
ana: SELECT * FROM ticket_sm.fn_pausar(NULL)
ana: SELECT * FROM ticket_sm.fn_reabrir(NULL)
ana: SELECT * FROM ticket_sm.fn_actualizar(NULL)
ana: SELECT * FROM ticket_sm.fn_resolver(NULL)
ana: SELECT * FROM ticket_sm.fn_cancelar(NULL)
ana: SELECT * FROM ticket_sm.fn_archivar(NULL)
ana: SELECT * FROM ticket_sm.fn_transferir('$ASIGNADO')
ana: SELECT * FROM ticket_sm.fn_reclasificar('$ASIGNADO')
ana: SELECT * FROM ticket_sm.fn_actualizar('$ASIGNADO')
ana: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO')
ana: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'ab')
ana: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'Falta.', 99)
ana: SELECT * FROM ticket_sm.fn_pausar('00000000-0000-4000-8000-00000000ffff', 'Falta.')
ana: SELECT * FROM ticket_sm.fn_pausar('$PAUSADO', 'Falta.')
ana: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'Falta.', hasta => 'infinity')
ana: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'Falta.', hasta => '2124-01-01')
ana: SELECT * FROM ticket_sm.fn_asignar('$NUEVO', area => 'COCINA')
ana: SELECT * FROM ticket_sm.fn_asignar('$NUEVO', '00000000-0000-4000-8000-000000000005')
saul: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'Falta.')
nadie: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'Falta.')
olga: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'Falta.')
cliente: SELECT * FROM ticket_sm.fn_pausar('$ASIGNADO', 'Falta.')
alba: SELECT * FROM ticket_sm.fn_asignar('$NUEVO')

-- each operation
mario: SELECT * FROM ticket_sm.fn_asignar('$NUEVO', '00000000-0000-4000-8000-000000000003', motivo => 'Es de redes.', version => 1)
alba: SELECT * FROM ticket_sm.fn_actualizar('$NUEVO', 'Se revisó.', 'Estamos en ello.')
alba: SELECT * FROM ticket_sm.fn_pausar('$NUEVO', 'Falta una pieza.')
mario: SELECT * FROM ticket_sm.fn_reabrir('$NUEVO', 'Llegó la pieza.')
mario: SELECT * FROM ticket_sm.fn_reclasificar('$NUEVO', 'QUEJA', 'Red', 'Wifi', 'ALTA', 'Más exacto.')
mario: SELECT * FROM ticket_sm.fn_asignar('$NUEVO')
mario: SELECT * FROM ticket_sm.fn_transferir('$NUEVO', 'soporte', 'Es de soporte.')
mario: SELECT * FROM ticket_sm.fn_asignar('$NUEVO')
saul: SELECT * FROM ticket_sm.fn_resolver('$NUEVO', 'Se cambió el cable.')
saul: SELECT * FROM ticket_sm.fn_archivar('$NUEVO', 'Listo.')
saul: SELECT * FROM ticket_sm.fn_cancelar('$NUEVO', 'Ya no.')

-- what is seen
ana: SELECT ticket_sm.fn_ticket('$NUEVO')
alba: SELECT ticket_sm.fn_ticket('$NUEVO')
cliente: SELECT ticket_sm.fn_ticket('$NUEVO')
ana: SELECT ticket_sm.fn_ticket(NULL)
cliente: SELECT * FROM ticket_sm.fn_consultar('$label_NUEVO', 'sql@example.com')
cliente: SELECT * FROM ticket_sm.fn_consultar('$label_NUEVO', 'otra@example.com')
cliente: SELECT * FROM ticket_sm.fn_consultar()
ana: SELECT * FROM ticket_sm.fn_sla_explicar('$NUEVO')
ana: SELECT * FROM ticket_sm.fn_sla_explicar('$PAUSADO')
saul: SELECT * FROM ticket_sm.fn_sla_explicar('$PAUSADO')
ana: SELECT * FROM ticket_sm.fn_verificar()
ana: SELECT * FROM ticket_sm.fn_verificar('00000000-0000-4000-8000-00000000ffff')
mario: SELECT * FROM ticket_sm.fn_verificar()
ana: SELECT to_jsonb(h) - 'hash' AS h FROM helpdesk.historial h WHERE ticket_uuid = '$NUEVO' ORDER BY version
ana: SELECT to_jsonb(t) - 'hash' - 'sla_orden' - 'sla_revisar_en' AS t FROM helpdesk.ticket t WHERE ticket_uuid = '$NUEVO'
ana: SELECT to_jsonb(t) - 'hash' - 'sla_orden' - 'sla_revisar_en' AS t FROM helpdesk.ticket t WHERE ticket_uuid = '$PAUSADO'
cliente: SELECT count(*) FROM helpdesk.ticket
alba: SELECT DISTINCT area FROM helpdesk.ticket ORDER BY area
alba: SELECT nombre FROM helpdesk.agente ORDER BY nombre
nadie: SELECT count(*) FROM helpdesk.ticket

-- the queue
ana: SELECT * FROM ticket_sm.fn_bandeja(texto => 'sql@example.com')
ana: SELECT ticket_label, horas_restantes FROM ticket_sm.fn_bandeja(texto => 'sql@example.com', orden => 'limite')
saul: SELECT ticket_label, area FROM ticket_sm.fn_bandeja(texto => 'sql@example.com')
ana: SELECT ticket_label FROM ticket_sm.fn_bandeja('{pausado}', 'redes', texto => 'SQL@', vencido => false)
ana: SELECT * FROM ticket_sm.fn_bandeja('{ROTO}')
ana: SELECT * FROM ticket_sm.fn_bandeja(area => 'COCINA')
ana: SELECT * FROM ticket_sm.fn_bandeja(prioridad => 'YA')
ana: SELECT * FROM ticket_sm.fn_bandeja(orden => 'azar')
ana: SELECT * FROM ticket_sm.fn_bandeja(despues => 'x')
ana: SELECT * FROM ticket_sm.fn_bandeja(tamano => 0)
saul: SELECT * FROM ticket_sm.fn_bandeja(area => 'REDES')
cliente: SELECT * FROM ticket_sm.fn_bandeja()
ana: SELECT to_jsonb(b) AS b FROM helpdesk.bandeja b WHERE ticket_uuid = '$PAUSADO'
ana: SELECT * FROM helpdesk.sla_tiempos WHERE ticket_uuid = '$NUEVO'
ana: SELECT * FROM helpdesk.sla_tiempo_estado WHERE ticket_uuid = '$NUEVO' ORDER BY estado

-- batches
mario: SELECT codigo, mensaje, detalle, estado_anterior, estado, version, hecho FROM ticket_sm.fn_ejecutar_lote('Pausar', ARRAY['$ASIGNADO'::uuid, '$ASIGNADO', '$CANCELADO', '00000000-0000-4000-8000-00000000ffff'], '{"motivo": " Falta una pieza. "}') ORDER BY estado, codigo
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('reabrir', ARRAY['$ASIGNADO'::uuid], '{"motivo": "Llegó."}', true)
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY['$CANCELADO'::uuid], '{"motivo": "Falta."}', true)
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('transferir', ARRAY['$ASIGNADO'::uuid], '{"area": "SOPORTE", "motivo": "Es de soporte.", "agente_id": null, "version": 4}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('asignar', ARRAY['$TRANSFERIDO'::uuid], '{"area": "REDES", "agente_id": "00000000-0000-4000-8000-000000000003"}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('reclasificar', ARRAY['$TRANSFERIDO'::uuid], '{"tipo": "QUEJA", "categoria": "Red", "subcategoria": "Wifi", "prioridad": "BAJA", "motivo": "Más exacto."}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('actualizar', ARRAY['$TRANSFERIDO'::uuid], '{"nota": "Todos.", "respuesta": "Vamos."}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('asignar', ARRAY['$TRANSFERIDO'::uuid])
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('resolver', ARRAY['$TRANSFERIDO'::uuid], '{"respuesta": "Listo."}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('archivar', ARRAY['$TRANSFERIDO'::uuid], '{"motivo": "Listo."}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('cancelar', ARRAY['$TRANSFERIDO'::uuid], '{"motivo": "Ya no."}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote()
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('pausar')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('volar', ARRAY['$ASIGNADO'::uuid])
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('consultar', ARRAY['$ASIGNADO'::uuid])
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY['$ASIGNADO'::uuid], '[]')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY['$ASIGNADO'::uuid], '{"motivo": 5}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY['$ASIGNADO'::uuid], '{"otro": "x"}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY['$ASIGNADO'::uuid], '{"motivo": "Falta.", "version": "x"}')
mario: SELECT * FROM ticket_sm.fn_ejecutar_lote('asignar', ARRAY['$ASIGNADO'::uuid], '{"agente_id": "x"}')
alba: SELECT * FROM ticket_sm.fn_ejecutar_lote('asignar', ARRAY['$ASIGNADO'::uuid])
cliente: SELECT * FROM ticket_sm.fn_ejecutar_lote('pausar', ARRAY['$ASIGNADO'::uuid])

-- the outbox
ana: SELECT evento_id, ticket_uuid, version, operacion, ocurrido_en, datos FROM ticket_sm.fn_eventos(0, 10000) WHERE ticket_uuid IN ('$NUEVO', '$PAUSADO') ORDER BY ticket_uuid = '$NUEVO' DESC, version
ana: SELECT * FROM ticket_sm.fn_eventos(limite => 0)
mario: SELECT * FROM ticket_sm.fn_eventos()

-- straight at the table
mario: UPDATE helpdesk.ticket SET asunto = 'x' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET estado = 'ASIGNADO' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = '$RECLASIFICADO'
run: SET ticket_sm.motivo = 'Falta una pieza.'
postgres: UPDATE helpdesk.ticket SET estado = 'PAUSADO' WHERE ticket_uuid = '$RECLASIFICADO'
run: RESET ticket_sm.motivo
postgres: UPDATE helpdesk.ticket SET asunto = 'Otro' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET ticket_label = 'TK-2024-99999' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET ticket_uuid = gen_random_uuid() WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET fecha_creacion = '2020-01-01' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET version = 9 WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET categoria = '' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: UPDATE helpdesk.ticket SET asunto = 'Otro' WHERE ticket_uuid = '$CANCELADO'
postgres: INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email, estado) VALUES ('QUEJA', 'Correo', 'BAJA', 'No llega el correo.', 'Rosa Díaz', 'sql@example.com', 'ASIGNADO')
postgres: INSERT INTO helpdesk.ticket (tipo, categoria, prioridad, descripcion, solicitante_nombre, solicitante_email, estado) VALUES ('QUEJA', 'Correo', 'BAJA', 'No llega el correo.', 'Rosa Díaz', 'sql@example.com', 'NUEVO') RETURNING ticket_uuid, ticket_label, version, sla_horas, fecha_limite_sla, abierto
postgres: DELETE FROM helpdesk.ticket WHERE ticket_uuid = '$RECLASIFICADO'
postgres: TRUNCATE helpdesk.ticket CASCADE
postgres: UPDATE helpdesk.historial SET nota = 'x' WHERE ticket_uuid = '$RECLASIFICADO'
postgres: DELETE FROM helpdesk.historial
postgres: TRUNCATE helpdesk.historial
postgres: UPDATE helpdesk.contador SET ultimo = 0
postgres: DELETE FROM helpdesk.agente
postgres: DELETE FROM helpdesk.configuracion
postgres: DELETE FROM helpdesk.estado
postgres: UPDATE helpdesk.evento SET version = 1
postgres: UPDATE helpdesk.calendario_version SET version = 9
postgres: UPDATE helpdesk.sla_politica_version SET version = 9
ana: SELECT to_jsonb(h) - 'hash' AS h FROM helpdesk.historial h WHERE ticket_uuid = '$RECLASIFICADO' ORDER BY version

-- business time
ana: SELECT ticket_sm.fn_sla_sumar('co', '2024-06-07 20:00:00+00', '10:00:00')::text
ana: SELECT ticket_sm.fn_sla_transcurrido('CO', '2024-06-07 00:00:00+00', '2024-06-11 00:00:00+00')
ana: SELECT ticket_sm.fn_sla_dias('CO', '2024-06-07 20:00:00+00', 3)
ana: SELECT ticket_sm.fn_sla_sumar()
ana: SELECT ticket_sm.fn_sla_sumar('XX', '2024-06-07 20:00:00+00', '10:00:00')
ana: SELECT ticket_sm.fn_sla_sumar('CO', '2024-06-07 20:00:00+00', '1 day')
ana: SELECT ticket_sm.fn_sla_transcurrido('CO', 'infinity', '2024-06-11 00:00:00+00')
ana: SELECT ticket_sm.fn_sla_dias('CO', '2024-06-07 20:00:00+00', 0)
cliente: SELECT ticket_sm.fn_sla_dias('CO', '2024-06-07 20:00:00+00', 3)
ana: SELECT * FROM ticket_sm.feriados_colombia(2024)
ana: SELECT * FROM ticket_sm.feriados_colombia(1900)
ana: SELECT * FROM ticket_sm.feriados_colombia(NULL)
ana: SELECT ticket_sm.sembrar_feriados_co(2024)
ana: SELECT ticket_sm.sembrar_feriados_co(2024, 'XX')
mario: SELECT ticket_sm.sembrar_feriados_co(2024)

-- the sweep, 25 hours later, and another target
mario: SELECT * FROM ticket_sm.fn_sla_barrer()
ana: SELECT * FROM ticket_sm.fn_sla_barrer(0)
ana: SELECT ticket_sm.fn_sla_recalcular('XX')
mario: SELECT ticket_sm.fn_sla_recalcular()
run: SELECT set_config('ticket_sm.desfase_reloj', (setting::integer + 90000) || 's', false) FROM pg_settings WHERE name = 'ticket_sm.desfase_reloj' \g /dev/null
postgres: SELECT ticket_label, operacion, objetivo, umbral, fecha_limite, version FROM ticket_sm.fn_sla_barrer(100000) WHERE ticket_uuid = '$ASIGNADO'
postgres: SELECT operacion FROM ticket_sm.fn_sla_barrer(100000) WHERE ticket_uuid = '$ASIGNADO'
postgres: SELECT * FROM ticket_sm.fn_sla_explicar('$ASIGNADO')
postgres: SELECT to_jsonb(h) - 'hash' AS h FROM helpdesk.historial h WHERE ticket_uuid = '$ASIGNADO' ORDER BY version DESC LIMIT 1
postgres: SELECT horas_restantes, vencido FROM helpdesk.bandeja WHERE ticket_uuid = '$ASIGNADO'
postgres: SELECT ocurrido_en, operacion, datos FROM ticket_sm.fn_eventos(0, 10000) WHERE ticket_uuid = '$ASIGNADO' AND operacion IN ('avisar', 'vencer')
run: UPDATE helpdesk.sla_politica SET horas = 6 WHERE prioridad = 'ALTA' AND objetivo = 'resolucion'
postgres: SELECT ticket_sm.fn_sla_recalcular('CO') > 0 AS some
postgres: SELECT to_jsonb(h) - 'hash' AS h FROM helpdesk.historial h WHERE ticket_uuid = '$RECLASIFICADO' ORDER BY version DESC LIMIT 1

-- desks
run: RESET ticket_sm.desfase_reloj
postgres: SELECT ticket_sm.crear_mesa('helpdesk')
postgres: SELECT ticket_sm.crear_mesa(NULL)
postgres: SELECT ticket_sm.crear_mesa('')
postgres: SELECT ticket_sm.crear_mesa('a@b')
postgres: SELECT ticket_sm.crear_mesa('otra', 'x', 'x')
mario: SELECT ticket_sm.crear_mesa('otra')
postgres: SELECT ticket_sm.crear_mesa('otra')
postgres: SELECT ticket_sm.crear_api('api', 'otra')
postgres: SELECT ticket_sm.crear_api('api_otra', 'nada')
postgres: SELECT ticket_sm.crear_api('api_otra', 'public')
postgres: SELECT ticket_sm.crear_api(NULL)
postgres: SELECT ticket_sm.crear_api('a@b')
mario: SELECT ticket_sm.crear_api('api_otra', 'otra')
run: BEGIN
postgres: SELECT ticket_sm.crear_api('api_otra', 'otra')
run: ROLLBACK
run: SET ticket_sm.mesa = 'nada'
postgres: SELECT * FROM ticket_sm.fn_maquina()
run: SET ticket_sm.mesa = 'public'
postgres: SELECT * FROM ticket_sm.fn_maquina()
run: RESET ticket_sm.mesa
ana: SET ticket_sm.autenticadores = 'ana'
ana: SET ticket_sm.desfase_reloj = 1
ana: SET ticket_sm.nada = 1
postgres: SET ticket_sm.espera_bloqueo = -1
ana: SELECT problema, detalle FROM ticket_sm.fn_verificar()
