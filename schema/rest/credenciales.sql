-- What an API adds to its mesa: passwords, the key of the tokens, and the two
-- functions that touch them.
--
-- ticket_sm.crear_api() runs this file for the first API of a mesa, as the
-- mesa's owner, with the placeholders between at-signs replaced (see schema/desk);
-- pgcrypto is the schema of that extension.

CREATE TABLE @mesa@.credencial (
	agente_id	uuid PRIMARY KEY REFERENCES @mesa@.agente (agente_id),
	clave_hash	text NOT NULL CHECK (clave_hash ~ '^\$2[abxy]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$')
);
COMMENT ON TABLE @mesa@.credencial IS 'Passwords of the agents who log in over HTTP. Nobody but the owner can read the hashes; ADMIN can set them.';
COMMENT ON COLUMN @mesa@.credencial.agente_id IS 'The agent.';
COMMENT ON COLUMN @mesa@.credencial.clave_hash IS 'The password, hashed with bcrypt: crypt(password, gen_salt(''bf'', 10)) of pgcrypto, or as other programs write it ($2b$, $2y$).';

ALTER TABLE @mesa@.credencial ENABLE ROW LEVEL SECURITY;
CREATE POLICY credencial_en_alcance ON @mesa@.credencial
	USING ((SELECT ticket_sm.alcance_total(@ticket@::regclass)));
GRANT SELECT (agente_id), INSERT, UPDATE (clave_hash) ON @mesa@.credencial TO @rol_admin@;

-- A table, because every session could read a setting, also one of the database.
CREATE TABLE @mesa@.api_secreto (
	unico	boolean PRIMARY KEY DEFAULT true CHECK (unico),
	secreto	text NOT NULL CHECK (octet_length(secreto) >= 32)
);
INSERT INTO @mesa@.api_secreto (secreto) VALUES (encode(@pgcrypto@.gen_random_bytes(32), 'hex'));
COMMENT ON TABLE @mesa@.api_secreto IS 'The key that signs the tokens (HS256): exactly one row, for the owner''s eyes only. PostgREST must have the same one, as jwt-secret.';
COMMENT ON COLUMN @mesa@.api_secreto.unico IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN @mesa@.api_secreto.secreto IS 'The key, at least 32 bytes. Another one makes all tokens invalid, once PostgREST has it too.';

-- SECURITY DEFINER: whoever logs in is nobody yet, and must not be
-- able to read what is compared.  It belongs to the mesa's owner, has a fixed
-- search_path, and gives away nothing but a token for the right password.
-- Unknown addresses, agents without a password and those switched off cost the
-- same hashing as a wrong password, and get the same answer.
-- $2b$ and $2y$ are other names of what pgcrypto knows as $2a$: they tell that an
-- error of the program that made them is mended, which pgcrypto never had.
CREATE FUNCTION @mesa@.api_ingresar(email text, clave text) RETURNS json
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
AS $ingresar$
DECLARE
	ahora bigint := extract(epoch FROM clock_timestamp());
	hash text;
	a record;
	calculado text;
	firmado text;
BEGIN
	SELECT g.agente_id, g.nombre, g.email, g.rol, g.area, ticket_sm.rol_vigente(r.rol_bd, r.identidad_bd) AS rol_bd,
		c.clave_hash INTO a
	FROM @mesa@.agente g JOIN @mesa@.credencial c USING (agente_id) JOIN @mesa@.rol r USING (rol)
	WHERE lower(g.email COLLATE "C") = lower(btrim(api_ingresar.email) COLLATE "C") AND g.activo;

	-- where there is none: that of no known password, as dear as most of the others
	hash := coalesce(regexp_replace(a.clave_hash, '^\$2[by]', '$2a'), format('$2a$%s$EJK8hdK2rjZleheFObBpIurcvnYCMpHuYHRXjyxRXACCcDO..DKZi',
		(SELECT coalesce(mode() WITHIN GROUP (ORDER BY substr(c.clave_hash, 5, 2)), '10') FROM @mesa@.credencial c)));
	calculado := @pgcrypto@.crypt(coalesce(clave, ''), hash);
	IF a.clave_hash IS NULL OR calculado IS NULL OR calculado <> hash THEN
		RAISE EXCEPTION 'invalid credentials'
			USING ERRCODE = 'PT401', DETAIL = 'The e-mail address or the password is wrong.';
	END IF;

	SELECT string_agg(translate(encode(convert_to(parte, 'UTF8'), 'base64'), E'+/=\n', '-_'), '.' ORDER BY n) INTO firmado
	FROM (VALUES (1, '{"alg":"HS256","typ":"JWT"}'), (2, json_build_object('sub', a.agente_id, 'role', a.rol_bd,
		'rol', a.rol, 'area', a.area, 'nombre', a.nombre, 'email', a.email,
		'iat', ahora, 'exp', ahora + 120 * 60)::text)) AS p(n, parte);
	RETURN json_build_object(
		'access_token', firmado || '.' || translate(encode(@pgcrypto@.hmac(convert_to(firmado, 'UTF8'),
			convert_to((SELECT s.secreto FROM @mesa@.api_secreto s), 'UTF8'), 'sha256'), 'base64'), E'+/=\n', '-_'),
		'token_type', 'bearer',
		'user', json_build_object('id', a.agente_id, 'email', a.email, 'nombre', a.nombre, 'rol', a.rol, 'area', a.area));
END;
$ingresar$;
COMMENT ON FUNCTION @mesa@.api_ingresar(text, text) IS
'Gives a token for 120 minutes to an agent who knows its password.
email: the agent''s address, in any case.
clave: its password.
Returns {access_token, token_type, user}.
Raises PT401, the same for an unknown address, a wrong password and an agent switched off.';

-- The other one that is SECURITY DEFINER: an agent may neither read its hash nor
-- write it.  It does nothing without the right password, whoever calls it.
CREATE FUNCTION @mesa@.api_cambiar_clave(agente uuid, actual text, nueva text) RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
AS $cambiar$
DECLARE
	hash text := (SELECT regexp_replace(c.clave_hash, '^\$2[by]', '$2a') FROM @mesa@.credencial c
		JOIN @mesa@.agente g USING (agente_id) WHERE c.agente_id = agente AND g.activo FOR UPDATE OF c);
BEGIN
	IF (@pgcrypto@.crypt(coalesce(actual, ''), hash) = hash) IS NOT TRUE THEN
		RETURN false;
	END IF;
	UPDATE @mesa@.credencial c SET clave_hash = @pgcrypto@.crypt(nueva, @pgcrypto@.gen_salt('bf', 10)) WHERE c.agente_id = agente;
	RETURN true;
END;
$cambiar$;
COMMENT ON FUNCTION @mesa@.api_cambiar_clave(uuid, text, text) IS
'Changes an agent''s password, for whoever knows the one that it has.
agente: the agent.
actual: its password until now.
nueva: the new one.
Returns whether it did: false for a wrong password, and for an agent that has none, or is switched off. Raises nothing.';

CREATE FUNCTION @mesa@.api_clave_valida(datos json, campo text, requerida boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE
	SET search_path = pg_catalog, pg_temp
AS $valida$
DECLARE
	clave text := ticket_sm.api_campo(datos, campo);
BEGIN
	IF clave IS NULL AND requerida THEN
		RAISE EXCEPTION 'field "%" is required', campo USING ERRCODE = 'null_value_not_allowed';
	ELSIF length(clave) < 6 THEN
		RAISE EXCEPTION 'field "%" is too short', campo
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'At least 6 characters are required.';
	ELSIF octet_length(clave) > 72 THEN	-- bcrypt would not look at the rest
		RAISE EXCEPTION 'field "%" is too long', campo
			USING ERRCODE = 'string_data_right_truncation', DETAIL = 'At most 72 bytes are allowed.';
	END IF;
	RETURN clave;
END;
$valida$;
COMMENT ON FUNCTION @mesa@.api_clave_valida(json, text, boolean) IS
'A new password in a JSON body, checked.
datos: the body.
campo: name of the field.
requerida: whether it must be there.
Returns it; NULL when it is missing. Raises 22004, 22001, 22023 (field).';

CREATE FUNCTION @mesa@.api_campo_ingreso(datos json, campo text, antes json) RETURNS text
	LANGUAGE plpgsql IMMUTABLE
	SET search_path = pg_catalog, pg_temp
AS $campo$
DECLARE
	valor text;
BEGIN
	IF campo = 'passwordNueva' THEN
		RETURN @mesa@.api_clave_valida(datos, campo, true);
	END IF;
	valor := ticket_sm.api_campo(datos, campo);
	IF campo = 'email' THEN
		valor := ticket_sm.normalizar(valor, campo, 'correo', false);
	END IF;
	IF valor IS NULL THEN
		RAISE EXCEPTION 'field "%" is required', campo USING ERRCODE = 'null_value_not_allowed', COLUMN = campo;
	END IF;
	RETURN valor;
END;
$campo$;
COMMENT ON FUNCTION @mesa@.api_campo_ingreso(json, text, json) IS
'A field of the forms of POST /auth/login and /auth/password, checked, for ticket_sm.api_formulario.
datos: the body.
campo: email, password, passwordActual or passwordNueva.
antes: not looked at.
Returns its value. Raises 22004, 22001, 22023 (field).';

CREATE FUNCTION @mesa@.api_clave_propia(peticion json) RETURNS json
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $propia$
DECLARE
	datos json;
	estado text; mensaje text; detalle text; consejo text; campo text;
BEGIN
	PERFORM ticket_sm.exigir('consultar', @ticket@::regclass);
	datos := ticket_sm.api_datos(peticion);
	PERFORM ticket_sm.api_formulario(format('%I.api_campo_ingreso', @mesa_nombre@)::regproc, datos, '{passwordActual,passwordNueva}');
	IF NOT @mesa@.api_cambiar_clave((nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid,
			ticket_sm.api_campo(datos, 'passwordActual'), ticket_sm.api_campo(datos, 'passwordNueva')) THEN
		RAISE EXCEPTION 'field "passwordActual" has an invalid value'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is not the password of the caller.', COLUMN = 'passwordActual';
	END IF;
	SET CONSTRAINTS ALL IMMEDIATE;
	RETURN json_build_object('message', 'Contraseña cambiada');
EXCEPTION
	WHEN OTHERS OR query_canceled THEN
		GET STACKED DIAGNOSTICS estado = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
			detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT, campo = COLUMN_NAME;
		PERFORM ticket_sm.api_error(estado, mensaje, detalle, consejo, peticion, campo);
		RAISE;
END;
$propia$;
COMMENT ON FUNCTION @mesa@.api_clave_propia(json) IS
'POST /auth/password of the REST API: the caller''s own password, that of the agent of its token.
peticion: the request, with datos.passwordActual and datos.passwordNueva.
Returns a message. Raises 22004, 22001, 22023 (field, a wrong password), 42501 and PT401 as ticket_sm.exigir does, and what ticket_sm.api_error makes of other errors.';

-- The caller's own rights do the rest: only ADMIN may write the two tables.

-- As C finds names: one that is the same, then one that differs in the case of A to
-- Z, then one that does in the locale's.
CREATE FUNCTION @mesa@.api_area_usuario(dada text) RETURNS text
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $area$
DECLARE
	hallada text := (SELECT r.nombre FROM @mesa@.area r
		WHERE r.activa AND (upper(r.nombre COLLATE "C") = upper(dada COLLATE "C") OR upper(r.nombre) = upper(dada))
		ORDER BY r.nombre <> dada, upper(r.nombre COLLATE "C") <> upper(dada COLLATE "C") LIMIT 1);
BEGIN
	IF hallada IS NULL THEN
		RAISE EXCEPTION 'field "area" has an invalid value'
			USING ERRCODE = 'invalid_parameter_value', COLUMN = 'area',
			HINT = format('Valid values: %s.', (SELECT string_agg(r.nombre, ', ' ORDER BY r.nombre) FROM @mesa@.area r WHERE r.activa));
	END IF;
	RETURN hallada;
END;
$area$;
COMMENT ON FUNCTION @mesa@.api_area_usuario(text) IS
'The area that is meant, for api_campo_usuario.
dada: its name, in any case. Returns the name that it has. Raises 22023 (there is none, or it is switched off).';

CREATE FUNCTION @mesa@.api_campo_usuario(datos json, campo text, antes json) RETURNS text
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $campo$
DECLARE
	exigido CONSTANT boolean := antes IS NULL OR datos -> campo IS NOT NULL;
	valor text;
BEGIN
	CASE campo
		WHEN 'email' THEN
			RETURN ticket_sm.api_texto(datos, campo, 3, 254, exigido, 'correo');
		WHEN 'nombre' THEN
			RETURN ticket_sm.api_texto(datos, campo, 1, 150, exigido, 'renglon');
		WHEN 'telefono' THEN
			RETURN ticket_sm.api_texto(datos, campo, 1, 30);
		WHEN 'is_active' THEN
			RETURN ticket_sm.api_campo(datos, campo, 'boolean');
		WHEN 'password' THEN
			RETURN @mesa@.api_clave_valida(datos, campo, exigido);
		WHEN 'rol' THEN
			valor := upper(ticket_sm.api_texto(datos, campo, 1, 10, exigido) COLLATE "C");
			IF valor NOT IN ('ADMIN', 'MESA', 'AREA') THEN
				RAISE EXCEPTION 'field "rol" has an invalid value'
					USING ERRCODE = 'invalid_parameter_value', COLUMN = campo, HINT = 'Valid values: ADMIN, MESA, AREA.';
			END IF;
			RETURN valor;
		WHEN 'area' THEN
			valor := ticket_sm.api_texto(datos, campo, 1, 100);
			IF valor IS NOT NULL THEN
				RETURN @mesa@.api_area_usuario(valor);
			ELSIF upper(coalesce(btrim(datos ->> 'rol'), antes ->> 'rol') COLLATE "C") = 'AREA'
					AND (datos -> 'area' IS NOT NULL OR antes ->> 'area' IS NULL) THEN
				RAISE EXCEPTION 'field "area" is required'
					USING ERRCODE = 'null_value_not_allowed', COLUMN = campo,
					DETAIL = 'A user of role AREA works on the tickets of its area.';
			END IF;
			RETURN NULL;
	END CASE;
END;
$campo$;
COMMENT ON FUNCTION @mesa@.api_campo_usuario(json, text, json) IS
'A field of a user, checked, and as it is to be kept, for api_guardar_usuario and ticket_sm.api_formulario.
datos: the body.
campo: email, nombre, password, rol, area, telefono or is_active.
antes: the user as it was; NULL: it is a new one, of whom more must be said.
Returns its value. Raises 22004, 22001, 22023 (field).';

CREATE FUNCTION @mesa@.api_escribir_usuario(u @mesa@.agente, clave text, nuevo boolean) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $escribir$
BEGIN
	IF nuevo THEN
		INSERT INTO @mesa@.agente (agente_id, nombre, email, rol, area, activo, telefono)
		VALUES (u.agente_id, u.nombre, u.email, u.rol, u.area, u.activo, u.telefono);
	ELSE
		UPDATE @mesa@.agente g SET nombre = u.nombre, email = u.email, rol = u.rol, area = u.area,
			activo = u.activo, telefono = u.telefono
		WHERE g.agente_id = u.agente_id;
	END IF;
	IF clave IS NOT NULL THEN
		clave := @pgcrypto@.crypt(clave, @pgcrypto@.gen_salt('bf', 10));
		INSERT INTO @mesa@.credencial (agente_id, clave_hash) VALUES (u.agente_id, clave)
		ON CONFLICT (agente_id) DO UPDATE SET clave_hash = clave;
	END IF;
	SET CONSTRAINTS ALL IMMEDIATE;	-- their errors too are translated by the caller
END;
$escribir$;
COMMENT ON FUNCTION @mesa@.api_escribir_usuario(@mesa@.agente, text, boolean) IS
'Writes a user, for api_guardar_usuario.
u: the agent.
clave: its password; NULL: as it is.
nuevo: whether it is a new one.
Returns nothing. Raises 42501 when the caller may not write the tables, 23505 (the address is in use).';

CREATE FUNCTION @mesa@.api_guardar_usuario(accion text, peticion json) RETURNS uuid
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $guardar$
DECLARE
	yo text := nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub';
	nuevo boolean := accion = 'crear';
	datos json;
	antes json;
	u @mesa@.agente;
	estado text; mensaje text; detalle text; consejo text; campo text;
BEGIN
	IF ticket_sm.exigir('consultar', @ticket@::regclass) <> 'ADMIN' THEN
		RAISE EXCEPTION 'operation not allowed'
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Only ADMIN manages users.';
	END IF;
	datos := CASE accion WHEN 'apagar' THEN '{"is_active": false}' ELSE ticket_sm.api_datos(peticion) END;
	u.agente_id := CASE WHEN nuevo THEN gen_random_uuid() ELSE ticket_sm.api_campo(peticion, 'id', 'uuid')::uuid END;
	u.activo := true;
	IF NOT nuevo THEN
		-- of nobody nothing is missing: that there is none is told once the form is right
		antes := coalesce((SELECT row_to_json(g) FROM @mesa@.agente g WHERE g.agente_id = u.agente_id), '{"area": ""}');
	END IF;
	PERFORM ticket_sm.api_formulario(format('%I.api_campo_usuario', @mesa_nombre@)::regproc, datos,
		'{email,nombre,rol,area,telefono,is_active,password}', antes);
	IF NOT nuevo THEN
		SELECT * INTO u FROM @mesa@.agente g WHERE g.agente_id = u.agente_id FOR UPDATE;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'user not found' USING ERRCODE = 'PT404', DETAIL = 'There is no user with this id.';
		END IF;
		antes := row_to_json(u);
	END IF;

	u.email := coalesce(@mesa@.api_campo_usuario(datos, 'email', antes), u.email);
	u.nombre := coalesce(@mesa@.api_campo_usuario(datos, 'nombre', antes), u.nombre);
	u.rol := coalesce(@mesa@.api_campo_usuario(datos, 'rol', antes)::ticket_sm.ticket_role, u.rol);
	u.activo := coalesce(@mesa@.api_campo_usuario(datos, 'is_active', antes)::boolean, u.activo);
	IF datos -> 'area' IS NOT NULL OR u.rol = 'AREA' THEN
		u.area := coalesce(@mesa@.api_campo_usuario(datos, 'area', antes), CASE WHEN datos -> 'area' IS NULL THEN u.area END);
	END IF;
	IF datos -> 'telefono' IS NOT NULL THEN
		u.telefono := @mesa@.api_campo_usuario(datos, 'telefono', antes);
	END IF;
	IF u.agente_id::text = yo AND (NOT u.activo OR u.rol <> 'ADMIN') THEN
		RAISE EXCEPTION 'not possible for oneself'
			USING ERRCODE = 'PT409', DETAIL = 'Another ADMIN must switch you off or take the role from you.';
	END IF;
	PERFORM @mesa@.api_escribir_usuario(u, ticket_sm.api_campo(datos, 'password'), nuevo);
	RETURN u.agente_id;
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION 'e-mail address is in use'
			USING ERRCODE = 'PT409', DETAIL = 'Another user has this e-mail address.';
	WHEN OTHERS OR query_canceled THEN
		GET STACKED DIAGNOSTICS estado = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
			detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT, campo = COLUMN_NAME;
		PERFORM ticket_sm.api_error(estado, mensaje, detalle, consejo, peticion, campo);
		RAISE;
END;
$guardar$;
COMMENT ON FUNCTION @mesa@.api_guardar_usuario(text, json) IS
'Adds, changes or switches off a user of the API, which is an agent with a password.
accion: crear, cambiar or apagar.
peticion: the request; its id, from the path, names the user to be changed, datos what is to change: email, nombre, password, rol, area, telefono, is_active.
Returns the user''s id.
Raises 42501 (only ADMIN may), 22004, 22001, 22023, 22P02 (field), PT404 (no such user), PT409 (the address is in use; switching off or demoting oneself), PT401 as ticket_sm.exigir does.';

REVOKE ALL ON FUNCTION @mesa@.api_ingresar(text, text), @mesa@.api_cambiar_clave(uuid, text, text),
	@mesa@.api_clave_propia(json), @mesa@.api_clave_valida(json, text, boolean), @mesa@.api_guardar_usuario(text, json),
	@mesa@.api_campo_ingreso(json, text, json), @mesa@.api_campo_usuario(json, text, json), @mesa@.api_area_usuario(text),
	@mesa@.api_escribir_usuario(@mesa@.agente, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION @mesa@.api_ingresar(text, text), @mesa@.api_campo_ingreso(json, text, json) TO @rol_admin@, @rol_mesa@, @rol_area@, @rol_publico@;
GRANT EXECUTE ON FUNCTION @mesa@.api_cambiar_clave(uuid, text, text), @mesa@.api_clave_propia(json),
	@mesa@.api_clave_valida(json, text, boolean) TO @rol_admin@, @rol_mesa@, @rol_area@;
GRANT EXECUTE ON FUNCTION @mesa@.api_guardar_usuario(text, json), @mesa@.api_campo_usuario(json, text, json),
	@mesa@.api_area_usuario(text), @mesa@.api_escribir_usuario(@mesa@.agente, text, boolean) TO @rol_admin@;
