-- Variant c: the logic of ticket_sm as a careful author would write it in
-- plpgsql.  One function call does one operation; the machine, the roles and
-- the catalogues are read from the tables; the client calls operar() directly,
-- as a wrapper fn_* each would only make it slower.  Targets are measured round
-- the clock: business calendars are beyond it, and the bench has none.

-- A target that was missed before this operation gets its own event first.
CREATE FUNCTION plpg.vencer(ticket_id uuid, objetivo text, ahora timestamptz,
	yo uuid, mi_nombre text, mi_rol ticket_sm.ticket_role)
	RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	t plpg.ticket;
	limite timestamptz;
	cambio jsonb;
	huella bytea;
BEGIN
	UPDATE plpg.ticket k SET
		sla_incumplido_en = CASE objetivo WHEN 'resolucion' THEN k.fecha_limite_sla ELSE k.sla_incumplido_en END,
		sla_aviso = CASE objetivo WHEN 'resolucion' THEN 100 ELSE k.sla_aviso END,
		atencion_incumplido_en = CASE objetivo WHEN 'atencion' THEN k.atencion_limite ELSE k.atencion_incumplido_en END,
		atencion_aviso = CASE objetivo WHEN 'atencion' THEN 100 ELSE k.atencion_aviso END,
		actualizado_en = ahora, version = k.version + 1
	WHERE k.ticket_uuid = ticket_id RETURNING k.* INTO t;
	limite := CASE objetivo WHEN 'resolucion' THEN t.fecha_limite_sla ELSE t.atencion_limite END;
	cambio := jsonb_build_object(CASE objetivo WHEN 'resolucion' THEN 'sla' ELSE 'atencion' END || '_incumplido_en',
		jsonb_build_array(NULL, limite));
	SELECT sha256(h.hash || convert_to(concat_ws('|', ticket_id, t.version, 'vencer', ahora, t.estado, cambio, yo, mi_nombre,
		mi_rol, current_user, inet_client_addr()), 'UTF8'))
	INTO huella FROM plpg.historial h WHERE h.ticket_uuid = ticket_id AND h.version = t.version - 1;
	INSERT INTO plpg.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
		area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, sla,
		actor_id, actor_nombre, actor_rol, usuario_bd, ip, hash)
	VALUES (ticket_id, t.version, 1, 'vencer', ahora, t.estado, t.estado, t.area, t.area, t.prioridad, t.prioridad,
		t.agente_id, t.agente_id, CASE WHEN t.fecha_limite_sla IS NULL THEN 'pausa' ELSE 'corre' END, cambio, yo, mi_nombre, mi_rol, current_user, inet_client_addr(), huella);
	PERFORM plpg.publicar('vencer', t, t.estado, jsonb_build_object('objetivo', objetivo, 'umbral', 100, 'limite', limite));
END $$;

-- What is left of a target that was missed, to which the deadline is no clue
-- when there were pauses since.
CREATE FUNCTION plpg.quedaba(ticket_id uuid, ahora timestamptz) RETURNS interval
LANGUAGE sql STABLE AS $$
	SELECT t.sla_objetivo - (
		SELECT sum(s.hasta - s.desde)
		FROM (SELECT h.reloj, h.ocurrido_en AS desde, lead(h.ocurrido_en, 1, ahora) OVER (ORDER BY h.version) AS hasta
			FROM plpg.historial h WHERE h.ticket_uuid = ticket_id) AS s
		WHERE s.reloj = 'corre')
	FROM plpg.ticket t WHERE t.ticket_uuid = ticket_id
$$;

CREATE FUNCTION plpg.publicar(op ticket_sm.ticket_operation, t plpg.ticket, antes ticket_sm.ticket_state, mas jsonb DEFAULT '{}')
	RETURNS void
LANGUAGE sql AS $$
	INSERT INTO plpg.evento (horizonte, ticket_uuid, version, operacion, ocurrido_en, datos)
	VALUES (pg_snapshot_xmax(pg_current_snapshot()), t.ticket_uuid, t.version, op, t.actualizado_en,
		jsonb_build_object('ticket_label', t.ticket_label, 'estado_antes', antes, 'estado', t.estado, 'tipo', t.tipo,
			'categoria', t.categoria, 'prioridad', t.prioridad, 'area', t.area, 'agente_id', t.agente_id,
			'fecha_limite_sla', t.fecha_limite_sla) || mas)
$$;

CREATE FUNCTION plpg.operar(ticket_id uuid, op ticket_sm.ticket_operation, motivo text DEFAULT NULL,
	area_nueva text DEFAULT NULL, agente_nuevo uuid DEFAULT NULL, version_vista integer DEFAULT NULL)
	RETURNS ticket_sm.ticket_operado
LANGUAGE plpgsql AS $$
DECLARE
	mi_rol ticket_sm.ticket_role;
	permitido boolean;
	yo record;
	t record;
	d record;
	conf record;
	reloj_nuevo text;
	k plpg.ticket;
	razon text := nullif(btrim(motivo), '');
	area_final text;
	agente_final uuid;
	ahora timestamptz;
	limite timestamptz;
	restante interval;
	previo bytea;
	huella bytea;
	textos bytea;
	sal CONSTANT bytea := uuid_send(gen_random_uuid());
	respuesta ticket_sm.ticket_operado;
BEGIN
	SELECT r.rol, EXISTS (SELECT FROM plpg.permiso p WHERE p.operacion = op AND p.rol = r.rol)
	INTO mi_rol, permitido
	FROM plpg.rol r WHERE pg_has_role(current_user, r.rol_bd, 'USAGE') ORDER BY r.rol LIMIT 1;
	IF permitido IS NOT TRUE THEN
		RAISE EXCEPTION 'operation not allowed' USING ERRCODE = '42501';
	END IF;
	SELECT a.agente_id, a.nombre, a.area, a.activo INTO yo FROM plpg.agente a WHERE a.usuario_bd = current_user;
	IF yo.activo = false THEN
		RAISE EXCEPTION 'agent is inactive' USING ERRCODE = '42501';
	END IF;

	IF razon IS NULL AND op <> 'asignar' THEN
		RAISE EXCEPTION 'motivo is required' USING ERRCODE = '22004';
	ELSIF length(razon) NOT BETWEEN 3 AND 2000 OR razon ~ '[\x01-\x08\x0b-\x1f\x7f-\x9f]' THEN
		RAISE EXCEPTION 'motivo is not valid' USING ERRCODE = '22023';
	END IF;

	SELECT q.estado, q.area, q.prioridad, q.agente_id, q.version, q.actualizado_en, q.fecha_limite_sla, q.sla_restante,
		q.sla_incumplido_en, q.atencion_limite, q.atencion_incumplido_en, q.atendido_en
	INTO t FROM plpg.ticket q WHERE q.ticket_uuid = ticket_id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'ticket not found' USING ERRCODE = 'PT404';
	ELSIF mi_rol = 'AREA' AND t.area IS DISTINCT FROM yo.area THEN
		RAISE EXCEPTION 'ticket is of another area' USING ERRCODE = '42501';
	ELSIF version_vista <> t.version THEN
		RAISE EXCEPTION 'version is stale' USING ERRCODE = 'PT412';
	END IF;

	SELECT tr.estado_destino, e.abierto, e.resuelto, e.reloj INTO d
	FROM plpg.transicion tr JOIN plpg.estado e ON e.estado = tr.estado_destino
	WHERE tr.operacion = op AND tr.estado_origen = t.estado;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'transition not in the machine' USING ERRCODE = 'PT409';
	END IF;

	area_final := t.area;
	agente_final := t.agente_id;
	IF op IN ('asignar', 'transferir') THEN
		area_final := coalesce(area_nueva, t.area);
		agente_final := coalesce(agente_nuevo, CASE op WHEN 'asignar' THEN t.agente_id END);
		IF op = 'transferir' AND area_final = t.area THEN
			RAISE EXCEPTION 'same area' USING ERRCODE = 'PT409';
		ELSIF NOT EXISTS (SELECT FROM plpg.area a WHERE a.nombre = area_final AND a.activa) THEN
			RAISE EXCEPTION 'no such area' USING ERRCODE = '22023';
		ELSIF agente_final IS NOT NULL AND NOT EXISTS (SELECT FROM plpg.agente a WHERE a.agente_id = agente_final
				AND a.activo AND (a.area = area_final OR a.rol IN ('ADMIN', 'MESA'))) THEN
			RAISE EXCEPTION 'no such agent' USING ERRCODE = '22023';
		END IF;
	END IF;

	ahora := greatest(clock_timestamp(), t.actualizado_en);
	IF t.atencion_limite < ahora AND t.atencion_incumplido_en IS NULL AND t.atendido_en IS NULL
			AND (t.fecha_limite_sla IS NULL OR t.sla_restante IS NULL) THEN
		PERFORM plpg.vencer(ticket_id, 'atencion', ahora, yo.agente_id, coalesce(yo.nombre, current_user), mi_rol);
		t.version := t.version + 1;
	END IF;
	IF t.fecha_limite_sla < ahora AND t.sla_incumplido_en IS NULL AND t.sla_restante IS NULL THEN
		PERFORM plpg.vencer(ticket_id, 'resolucion', ahora, yo.agente_id, coalesce(yo.nombre, current_user), mi_rol);
		t.version := t.version + 1;
		t.sla_incumplido_en := t.fecha_limite_sla;
	END IF;

	SELECT c.sla_en_pausa, c.eventos INTO conf FROM plpg.configuracion c;
	reloj_nuevo := CASE WHEN d.reloj = 'pausa' AND conf.sla_en_pausa = 'continuar' THEN 'corre' ELSE d.reloj END;
	limite := t.fecha_limite_sla;
	restante := t.sla_restante;
	IF reloj_nuevo = 'corre' AND restante IS NOT NULL THEN
		-- what was missed stays where it was
		limite := CASE WHEN restante > interval '0' THEN ahora + restante ELSE t.sla_incumplido_en END;
		restante := NULL;
	ELSIF reloj_nuevo = 'pausa' THEN
		restante := coalesce(restante, CASE WHEN ahora <= limite THEN limite - ahora ELSE plpg.quedaba(ticket_id, ahora) END);
		limite := NULL;
	ELSIF reloj_nuevo = 'fin' AND limite IS NULL THEN
		limite := CASE WHEN restante > interval '0' THEN ahora + restante ELSE t.sla_incumplido_en END;
	ELSIF reloj_nuevo = 'fin' THEN
		restante := coalesce(restante, CASE WHEN ahora <= limite THEN limite - ahora ELSE plpg.quedaba(ticket_id, ahora) END);
	END IF;

	UPDATE plpg.ticket q SET estado = d.estado_destino, area = area_final, agente_id = agente_final,
		fecha_limite_sla = limite, sla_restante = restante, abierto = d.abierto,
		atendido_en = CASE WHEN op = 'asignar' THEN coalesce(q.atendido_en, ahora) ELSE q.atendido_en END,
		sla_revisar_en = CASE WHEN d.abierto THEN coalesce(q.sla_revisar_en,
			CASE WHEN reloj_nuevo = 'corre' AND q.sla_incumplido_en IS NULL THEN limite END) END,
		sla_orden = CASE WHEN NOT d.abierto THEN NULL
			WHEN q.sla_orden BETWEEN limite - interval '1 hour' AND limite OR limite IS NULL AND q.sla_orden >= ahora THEN q.sla_orden
			ELSE limite END,
		resuelto_en = CASE WHEN d.resuelto THEN coalesce(q.resuelto_en, ahora) END,
		cerrado_en = CASE WHEN NOT d.abierto THEN ahora END,
		actualizado_en = ahora, version = q.version + 1
	WHERE q.ticket_uuid = ticket_id RETURNING q.* INTO k;
	respuesta := (k.ticket_uuid, k.ticket_label, t.estado, k.estado, k.area, k.agente_id, k.prioridad,
		k.fecha_limite_sla, k.version, k.actualizado_en);

	SELECT h.hash INTO previo FROM plpg.historial h WHERE h.ticket_uuid = ticket_id AND h.version = t.version;
	textos := sha256(sal || convert_to(concat_ws('|', razon, inet_client_addr()), 'UTF8'));
	huella := sha256(previo || convert_to(concat_ws('|', ticket_id, respuesta.version, op, ahora, t.estado, d.estado_destino,
		t.area, area_final, t.prioridad, t.prioridad, t.agente_id, agente_final, reloj_nuevo, yo.agente_id, yo.nombre, mi_rol,
		current_user, textos), 'UTF8'));
	INSERT INTO plpg.historial (ticket_uuid, version, forma, operacion, ocurrido_en, estado_antes, estado_despues,
		area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, reloj, motivo,
		actor_id, actor_nombre, actor_rol, usuario_bd, huella_textos, ip, sal, hash)
	VALUES (ticket_id, respuesta.version, 1, op, ahora, t.estado, d.estado_destino, t.area, area_final,
		t.prioridad, t.prioridad, t.agente_id, agente_final, reloj_nuevo, razon,
		yo.agente_id, coalesce(yo.nombre, current_user), mi_rol, current_user, textos, inet_client_addr(), sal, huella);
	IF op = ANY (conf.eventos) THEN
		PERFORM plpg.publicar(op, k, t.estado);
	END IF;
	RETURN respuesta;
END $$;

CREATE FUNCTION plpg.crear(nombre text, email text, telefono text, empresa text, tipo text, categoria text,
	subcategoria text, asunto text, descripcion text, prioridad text, area text)
	RETURNS ticket_sm.ticket_creado
LANGUAGE plpgsql AS $$
DECLARE
	mi_rol ticket_sm.ticket_role;
	permitido boolean;
	yo record;
	p record;
	inicial ticket_sm.ticket_state;
	area_final text;
	conf record;
	ahora timestamptz := clock_timestamp();
	anio_actual integer;
	numero bigint;
	etiqueta text;
	huella bytea;
	datos bytea;
	sal CONSTANT bytea := uuid_send(gen_random_uuid());
	politica record;
	k plpg.ticket;
	respuesta ticket_sm.ticket_creado;
BEGIN
	SELECT r.rol, EXISTS (SELECT FROM plpg.permiso q WHERE q.operacion = 'crear' AND q.rol = r.rol)
	INTO mi_rol, permitido
	FROM plpg.rol r WHERE pg_has_role(current_user, r.rol_bd, 'USAGE') ORDER BY r.rol LIMIT 1;
	IF permitido IS NOT TRUE THEN
		RAISE EXCEPTION 'operation not allowed' USING ERRCODE = '42501';
	END IF;
	SELECT a.agente_id, a.nombre, a.area, a.activo INTO yo FROM plpg.agente a WHERE a.usuario_bd = current_user;
	IF yo.activo = false THEN
		RAISE EXCEPTION 'agent is inactive' USING ERRCODE = '42501';
	END IF;

	IF length(btrim(nombre)) NOT BETWEEN 3 AND 150 OR length(btrim(email)) > 254 OR btrim(email) !~ '^[^@\s]+@[^@\s]+$'
			OR length(btrim(categoria)) NOT BETWEEN 2 AND 100 OR length(btrim(descripcion)) NOT BETWEEN 10 AND 20000
			OR length(telefono) > 30 OR length(empresa) > 150 OR length(subcategoria) > 100 OR length(asunto) > 200
			OR concat(nombre, email, telefono, empresa, categoria, subcategoria, asunto, descripcion)
				~ '[\x01-\x08\x0b-\x1f\x7f-\x9f]' THEN
		RAISE EXCEPTION 'a field is not valid' USING ERRCODE = '22023';
	END IF;
	SELECT q.nombre, q.sla_horas INTO p FROM plpg.prioridad q WHERE upper(q.nombre) = upper(btrim(prioridad));
	SELECT q.nombre INTO area_final FROM plpg.area q WHERE upper(q.nombre) = upper(btrim(area)) AND q.activa;
	IF p.nombre IS NULL OR area_final IS NULL THEN
		RAISE EXCEPTION 'no such priority or area' USING ERRCODE = '22023';
	END IF;
	SELECT tr.estado_destino INTO inicial FROM plpg.transicion tr WHERE tr.operacion = 'crear';

	SELECT 1 INTO politica FROM plpg.sla_politica s
	WHERE (s.tipo = upper(btrim(crear.tipo))::ticket_sm.ticket_type) IS NOT FALSE AND (s.prioridad = p.nombre) IS NOT FALSE
		AND (s.area = area_final) IS NOT FALSE AND (upper(s.categoria) = upper(btrim(crear.categoria))) IS NOT FALSE LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'policies are beyond this variant' USING ERRCODE = '0A000';
	END IF;

	SELECT c.prefijo, c.digitos, c.zona_horaria, c.sla_avisos, c.eventos INTO conf FROM plpg.configuracion c;
	anio_actual := extract(year FROM ahora AT TIME ZONE conf.zona_horaria);
	INSERT INTO plpg.contador AS c VALUES (anio_actual, 1)
	ON CONFLICT (anio) DO UPDATE SET ultimo = c.ultimo + 1 RETURNING c.ultimo INTO numero;
	etiqueta := conf.prefijo || '-' || anio_actual || '-' || lpad(numero::text, greatest(conf.digitos, length(numero::text)), '0');

	INSERT INTO plpg.ticket AS q (ticket_label, estado, tipo, categoria, subcategoria, prioridad, asunto, descripcion,
		solicitante_nombre, solicitante_email, telefono, empresa_departamento, area, sla_horas, fecha_creacion,
		actualizado_en, fecha_limite_sla, sla_objetivo, sla_revisar_en, sla_orden, abierto, version)
	VALUES (etiqueta, inicial, upper(btrim(tipo))::ticket_sm.ticket_type, btrim(categoria), btrim(subcategoria), p.nombre,
		btrim(asunto), btrim(descripcion), btrim(nombre), btrim(email), btrim(telefono), btrim(empresa), area_final,
		p.sla_horas, ahora, ahora, ahora + make_interval(hours => p.sla_horas), make_interval(hours => p.sla_horas),
		ahora + make_interval(hours => p.sla_horas) * (SELECT coalesce(min(a), 100) / 100.0 FROM unnest(conf.sla_avisos) AS a),
		ahora + make_interval(hours => p.sla_horas), true, 1)
	RETURNING q.* INTO k;
	respuesta := (k.ticket_uuid, k.ticket_label, k.estado, k.tipo, k.prioridad, k.sla_horas, k.fecha_creacion,
		k.fecha_limite_sla);

	datos := sha256(sal || convert_to(concat_ws('|', k.asunto, k.descripcion, k.solicitante_nombre, k.solicitante_email,
		k.telefono, k.empresa_departamento), 'UTF8'));
	huella := sha256(decode(repeat('00', 32), 'hex') || convert_to(concat_ws('|', respuesta.ticket_uuid, 1, 'crear', ahora,
		etiqueta, inicial, area_final, p.nombre, respuesta.tipo, categoria, subcategoria, 'corre', yo.agente_id, yo.nombre, mi_rol,
		current_user, datos), 'UTF8'));
	INSERT INTO plpg.historial (ticket_uuid, version, forma, operacion, ocurrido_en, ticket_label, estado_despues, area_despues,
		prioridad_despues, tipo_despues, categoria_despues, subcategoria_despues, reloj, actor_id, actor_nombre, actor_rol,
		usuario_bd, huella_datos, ip, sal, hash)
	VALUES (respuesta.ticket_uuid, 1, 1, 'crear', ahora, etiqueta, inicial, area_final, p.nombre, respuesta.tipo,
		btrim(categoria), btrim(subcategoria), 'corre', yo.agente_id, coalesce(yo.nombre, current_user), mi_rol,
		current_user, datos, inet_client_addr(), sal, huella);
	INSERT INTO plpg.busqueda VALUES (k.ticket_uuid, to_tsvector('pg_catalog.spanish', concat_ws(' ', k.ticket_label, k.asunto,
		k.descripcion, k.solicitante_nombre, k.solicitante_email, k.telefono, k.categoria, k.subcategoria, k.empresa_departamento)));
	IF 'crear' = ANY (conf.eventos) THEN
		PERFORM plpg.publicar('crear', k, NULL);
	END IF;
	RETURN respuesta;
END $$;
