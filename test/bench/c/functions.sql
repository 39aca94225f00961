-- Variant c: the logic of ticket_sm as a careful author would write it in
-- plpgsql.  One function call does one operation; the machine, the roles and
-- the catalogues are read from the tables; the client calls operar() directly,
-- as a wrapper fn_* each would only make it slower.

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
	razon text := nullif(btrim(motivo), '');
	area_final text;
	agente_final uuid;
	ahora timestamptz;
	limite timestamptz;
	restante interval;
	previo bytea;
	huella bytea;
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

	SELECT k.estado, k.area, k.prioridad, k.agente_id, k.version, k.actualizado_en, k.fecha_limite_sla, k.sla_restante
	INTO t FROM plpg.ticket k WHERE k.ticket_uuid = ticket_id FOR UPDATE;
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
	limite := t.fecha_limite_sla;
	restante := t.sla_restante;
	IF d.reloj = 'corre' AND limite IS NULL THEN
		limite := ahora + restante;
		restante := NULL;
	ELSIF d.reloj = 'pausa' THEN
		restante := limite - ahora;
		limite := NULL;
	ELSIF d.reloj = 'fin' THEN
		restante := limite - ahora;
	END IF;

	UPDATE plpg.ticket k SET estado = d.estado_destino, area = area_final, agente_id = agente_final,
		fecha_limite_sla = limite, sla_restante = restante, abierto = d.abierto,
		resuelto_en = CASE WHEN d.resuelto THEN coalesce(k.resuelto_en, ahora) END,
		cerrado_en = CASE WHEN NOT d.abierto THEN ahora END,
		actualizado_en = ahora, version = k.version + 1
	WHERE k.ticket_uuid = ticket_id
	RETURNING k.ticket_uuid, k.ticket_label, t.estado, k.estado, k.area, k.agente_id, k.prioridad,
		k.fecha_limite_sla, k.version, k.actualizado_en
	INTO respuesta;

	SELECT h.hash INTO previo FROM plpg.historial h WHERE h.ticket_uuid = ticket_id AND h.version = t.version;
	huella := sha256(previo || convert_to(concat_ws('|', ticket_id, respuesta.version, op, ahora, t.estado, d.estado_destino,
		t.area, area_final, t.prioridad, t.prioridad, t.agente_id, agente_final, razon, yo.agente_id, yo.nombre, mi_rol,
		current_user, inet_client_addr()), 'UTF8'));
	INSERT INTO plpg.historial (ticket_uuid, version, operacion, ocurrido_en, estado_antes, estado_despues,
		area_antes, area_despues, prioridad_antes, prioridad_despues, agente_antes, agente_despues, motivo,
		actor_id, actor_nombre, actor_rol, usuario_bd, ip, hash)
	VALUES (ticket_id, respuesta.version, op, ahora, t.estado, d.estado_destino, t.area, area_final,
		t.prioridad, t.prioridad, t.agente_id, agente_final, razon,
		yo.agente_id, coalesce(yo.nombre, current_user), mi_rol, current_user, inet_client_addr(), huella);
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
	SELECT k.nombre, k.sla_horas INTO p FROM plpg.prioridad k WHERE upper(k.nombre) = upper(btrim(prioridad));
	SELECT k.nombre INTO area_final FROM plpg.area k WHERE upper(k.nombre) = upper(btrim(area)) AND k.activa;
	IF p.nombre IS NULL OR area_final IS NULL THEN
		RAISE EXCEPTION 'no such priority or area' USING ERRCODE = '22023';
	END IF;
	SELECT tr.estado_destino INTO inicial FROM plpg.transicion tr WHERE tr.operacion = 'crear';

	SELECT c.prefijo, c.digitos, c.zona_horaria INTO conf FROM plpg.configuracion c;
	anio_actual := extract(year FROM ahora AT TIME ZONE conf.zona_horaria);
	INSERT INTO plpg.contador AS c VALUES (anio_actual, 1)
	ON CONFLICT (anio) DO UPDATE SET ultimo = c.ultimo + 1 RETURNING c.ultimo INTO numero;
	etiqueta := conf.prefijo || '-' || anio_actual || '-' || lpad(numero::text, greatest(conf.digitos, length(numero::text)), '0');

	INSERT INTO plpg.ticket AS k (ticket_label, estado, tipo, categoria, subcategoria, prioridad, asunto, descripcion,
		solicitante_nombre, solicitante_email, telefono, empresa_departamento, area, sla_horas, fecha_creacion,
		actualizado_en, fecha_limite_sla, abierto, version)
	VALUES (etiqueta, inicial, upper(btrim(tipo))::ticket_sm.ticket_type, btrim(categoria), btrim(subcategoria), p.nombre,
		btrim(asunto), btrim(descripcion), btrim(nombre), btrim(email), btrim(telefono), btrim(empresa), area_final,
		p.sla_horas, ahora, ahora, ahora + make_interval(hours => p.sla_horas), true, 1)
	RETURNING k.ticket_uuid, k.ticket_label, k.estado, k.tipo, k.prioridad, k.sla_horas, k.fecha_creacion, k.fecha_limite_sla
	INTO respuesta;

	huella := sha256(decode(repeat('00', 32), 'hex') || convert_to(concat_ws('|', respuesta.ticket_uuid, 1, 'crear', ahora,
		etiqueta, inicial, area_final, p.nombre, respuesta.tipo, categoria, subcategoria, yo.agente_id, yo.nombre, mi_rol,
		current_user, inet_client_addr()), 'UTF8'));
	INSERT INTO plpg.historial (ticket_uuid, version, operacion, ocurrido_en, ticket_label, estado_despues, area_despues,
		prioridad_despues, tipo_despues, categoria_despues, subcategoria_despues, actor_id, actor_nombre, actor_rol,
		usuario_bd, ip, hash)
	VALUES (respuesta.ticket_uuid, 1, 'crear', ahora, etiqueta, inicial, area_final, p.nombre, respuesta.tipo,
		btrim(categoria), btrim(subcategoria), yo.agente_id, coalesce(yo.nombre, current_user), mi_rol,
		current_user, inet_client_addr(), huella);
	RETURN respuesta;
END $$;
