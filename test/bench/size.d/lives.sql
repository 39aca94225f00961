-- What the generator copies: one ticket for each kind of life, lived through the
-- extension's own functions by a clock that is moved.
-- Run by the superuser, once in the database.

CREATE EXTENSION IF NOT EXISTS pg_prewarm;
CREATE ROLE agente LOGIN IN ROLE ticket_mesa;
CREATE SCHEMA medida;
GRANT USAGE ON SCHEMA medida TO agente;

-- Tickets 1 to n, one every paso microseconds since inicio.  Of the old ones every
-- k-th is open still, of the newest (nuevos) every 5th.
CREATE TABLE medida.carga (
	mesa	text PRIMARY KEY,
	n		bigint NOT NULL,
	nuevos	bigint NOT NULL,
	k		bigint NOT NULL,
	inicio	timestamptz NOT NULL,
	paso	bigint NOT NULL
);
-- The first ticket of each year.
CREATE TABLE medida.anio (mesa text, anio integer, primero bigint, ultimo bigint, PRIMARY KEY (mesa, anio));

-- Where the tickets are that the measurements pause and reopen: number
-- k * (10 * (q0 + 0 ... qn - 1) + 0 ... 6).
CREATE VIEW medida.activos AS
SELECT mesa, 'any' AS clase, k, 1 AS q0, (n - nuevos) / (10 * k) - 1 AS qn FROM medida.carga
UNION ALL SELECT mesa, 'newest', 5, (n - nuevos) / 50 + 1, n / 50 - (n - nuevos) / 50 - 1 FROM medida.carga;

CREATE TABLE medida.perfil (
	perfil	integer PRIMARY KEY,
	peso	integer NOT NULL,	-- of a closed one, percent
	prioridad text NOT NULL,
	area	text NOT NULL DEFAULT 'REDES',
	pasos	text[] NOT NULL		-- hours after the creation, operation
);
INSERT INTO medida.perfil (perfil, peso, prioridad, pasos) VALUES
	(1, 40, 'ALTA', '{0 crear, 0.5 asignar, 2 archivar}'),
	(2, 22, 'MEDIA', '{0 crear, 0.5 asignar, 2 resolver, 3 archivar}'),
	(3, 26, 'BAJA', '{0 crear, 1 cancelar}'),
	(4, 10, 'MEDIA', '{0 crear, 0.5 asignar, 1 cancelar}'),
	(5, 2, 'ALTA', '{0 crear, 0.5 asignar, 1 pausar, 2 reabrir, 2.5 archivar}'),
	-- open, in time for years
	(6, 0, 'PROYECTO', '{0 crear, 0.5 asignar, 2 actualizar}'),
	(7, 0, 'PROYECTO', '{0 crear, 0.5 asignar, 2 pausar}'),
	(8, 0, 'MEDIA', '{0 crear, 0.5 asignar, 2 resolver, 19 barrer}'),
	(9, 0, 'MEDIA', '{0 crear, 0.5 asignar, 19 barrer, 25 barrer}'),
	(10, 0, 'PROYECTO', '{0 crear}'),
	-- missed, and no sweep has been since
	(11, 0, 'MEDIA', '{0 crear, 0.5 asignar}');
UPDATE medida.perfil SET area = 'SISTEMAS' WHERE perfil IN (9, 10);

-- (n::text, because || with a number is not immutable, and so not inlined)
CREATE FUNCTION medida.id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('t' || n::text)::uuid $$;
CREATE FUNCTION medida.correo(numero bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT 'persona.' || numero::text || '@correo.example' $$;
CREATE FUNCTION medida.etiqueta(anio integer, numero bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT 'TK-' || anio::text || '-' || lpad(numero::text, greatest(5, length(numero::text)), '0') $$;
-- A time as the history tells it, moved; by whole seconds, so its fraction stays.
CREATE FUNCTION medida.corrida(texto text, salto interval) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT to_char((texto::timestamptz + salto) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || substr(texto, 20) $$;
-- What README.md calls the form of these values.
CREATE FUNCTION medida.forma(VARIADIC campos text[]) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(coalesce(octet_length(convert_to(v, 'UTF8')) || ':' || v, '-') || ',', '' ORDER BY i)
	FROM unnest(campos) WITH ORDINALITY AS f(v, i) $$;

-- What was made of each kind of life, in one of the desks.
CREATE TABLE medida.vida (mesa text, perfil integer, ticket_uuid uuid, PRIMARY KEY (mesa, perfil));

CREATE FUNCTION medida.vivir(mesa text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p medida.perfil;
	paso text;
	id uuid;
BEGIN
	PERFORM set_config('ticket_sm.mesa', mesa, false);
	FOR p IN SELECT * FROM medida.perfil ORDER BY perfil LOOP
		FOREACH paso IN ARRAY p.pasos LOOP
			PERFORM set_config('role', 'none', true);
			PERFORM set_config('ticket_sm.desfase_reloj', (split_part(paso, ' ', 1)::numeric * 3600)::integer::text, false);
			PERFORM set_config('role', CASE WHEN paso LIKE '% barrer' THEN 'none' ELSE 'agente' END, true);
			CASE split_part(paso, ' ', 2)
			WHEN 'crear' THEN
				id := (ticket_sm.fn_crear_ticket('María Fernanda Rojas', email => 'maria@correo.example', telefono => '+57 300 555 0101',
					empresa_departamento => 'Contabilidad', tipo => 'INCIDENTE', categoria => 'Conectividad', subcategoria => 'VPN',
					asunto => 'La VPN rechaza mi contraseña', prioridad => p.prioridad, area => p.area, descripcion =>
					'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. En el correo sí puedo entrar.')).ticket_uuid;
			WHEN 'asignar' THEN PERFORM ticket_sm.fn_asignar(id, CASE p.area WHEN 'REDES' THEN uuid '00000000-0000-4000-9000-000000000002' END, motivo => 'Corresponde al área');
			WHEN 'actualizar' THEN PERFORM ticket_sm.fn_actualizar(id, nota => 'Se pidió la lista de equipos al proveedor');
			WHEN 'pausar' THEN PERFORM ticket_sm.fn_pausar(id, 'En espera del proveedor');
			WHEN 'reabrir' THEN PERFORM ticket_sm.fn_reabrir(id, 'El proveedor terminó su trabajo');
			WHEN 'resolver' THEN PERFORM ticket_sm.fn_resolver(id, 'Se restableció el acceso; pruebe de nuevo, por favor.');
			WHEN 'archivar' THEN PERFORM ticket_sm.fn_archivar(id, 'Confirmado por el solicitante');
			WHEN 'cancelar' THEN PERFORM ticket_sm.fn_cancelar(id, 'Duplicado de otro caso');
			WHEN 'barrer' THEN PERFORM ticket_sm.fn_sla_barrer();
			END CASE;
		END LOOP;
		PERFORM set_config('role', 'none', true);
		INSERT INTO medida.vida VALUES (mesa, p.perfil, id);
	END LOOP;
	PERFORM set_config('ticket_sm.desfase_reloj', '0', false);
END $$;

-- A desk with its catalogues and its lives, ready to be filled.
CREATE FUNCTION medida.preparar(mesa text, n bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	nuevos bigint := least(100000, n / 2);
	inicio timestamptz := date_trunc('day', now() - interval '5 years');
	paso bigint;
BEGIN
	paso := (extract(epoch FROM now() - interval '2 days' - inicio) * 1000000)::bigint / n;
	INSERT INTO medida.carga VALUES (mesa, n, nuevos, greatest(5, (n - nuevos) / 40000), inicio, paso);
	INSERT INTO medida.anio
	SELECT mesa, a, primero, lead(primero, 1, n + 1) OVER (ORDER BY a) - 1
	FROM (SELECT a, greatest(1, ceil(extract(epoch FROM make_timestamptz(a, 1, 1, 0, 0, 0, 'UTC') - inicio) * 1000000 / paso)::bigint) AS primero
		FROM generate_series(extract(year FROM inicio AT TIME ZONE 'UTC')::integer, extract(year FROM now() AT TIME ZONE 'UTC')::integer) AS a) AS y
	WHERE primero <= n;
	EXECUTE format($f$
		INSERT INTO %1$I.area (nombre) VALUES ('REDES'), ('SISTEMAS');
		INSERT INTO %1$I.prioridad (nombre, orden, sla_horas) VALUES ('PROYECTO', 0, 87600);
		INSERT INTO %1$I.agente (agente_id, nombre, email, rol, area, usuario_bd) VALUES
			('00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'lucia@andina.example', 'MESA', 'MESA', 'agente'),
			('00000000-0000-4000-9000-000000000002', 'Diego Salazar', 'diego@andina.example', 'AREA', 'REDES', NULL);
		$f$, mesa);
	PERFORM medida.vivir(mesa);
	EXECUTE format($f$
		CREATE TABLE medida.%2$I AS SELECT t.*, v.perfil AS perfil_ FROM %1$I.ticket t JOIN medida.vida v USING (ticket_uuid) WHERE v.mesa = %1$L;
		CREATE TABLE medida.%3$I AS SELECT h.*, v.perfil AS perfil_, %4$s AS forma_
			FROM %1$I.historial h JOIN medida.vida v USING (ticket_uuid) WHERE v.mesa = %1$L;
		$f$, mesa, mesa || '_ticket', mesa || '_historial',
		-- the canonical form of README.md from estado_antes on but huella_datos, which no copy changes
		$f$medida.forma(h.estado_antes::text, h.estado_despues::text, h.area_antes, h.area_despues,
				h.prioridad_antes, h.prioridad_despues, h.agente_antes::text, h.agente_despues::text,
				h.tipo_antes::text, h.tipo_despues::text, h.categoria_antes, h.categoria_despues,
				h.subcategoria_antes, h.subcategoria_despues, h.reloj, h.sla::text,
				h.actor_id::text, h.actor_nombre, h.actor_rol::text, h.usuario_bd, encode(h.huella_textos, 'hex'))$f$);
	-- one row for each life, its events in arrays
	EXECUTE format($f$
		CREATE TABLE medida.%1$I AS
		SELECT perfil_ AS perfil, extract(epoch FROM date_trunc('second', min(h.ocurrido_en)))::bigint AS creado,
			array_agg(',' || length(h.version::text) || ':' || h.version || ',1:1,' || length(h.operacion::text) || ':' || h.operacion || ',16:' ORDER BY h.version) AS a,
			array_agg((extract(epoch FROM h.ocurrido_en) * 1000000)::bigint ORDER BY h.version) AS us,
			array_agg(h.forma_ ORDER BY h.version) AS b,
			-- the times that its events tell: of the breach, and their own where they stamp an end
			max(h.sla #>> '{sla_incumplido_en,1}') AS incumplido,
			array_agg(coalesce(h.sla #>> '{cerrado_en,1}', h.sla #>> '{resuelto_en,1}') ORDER BY h.version) AS marca,
			-- what the requester gave, around his address and before his key
			(array_agg(h.sal ORDER BY h.version))[1] AS sal,
			max(medida.forma(t.asunto, t.descripcion, t.solicitante_nombre)) AS d1,
			max(medida.forma(t.documento, t.telefono, t.tiene_whatsapp::text, t.empresa_departamento,
				CASE WHEN t.ip_registro IS NOT NULL THEN format('%%s', t.ip_registro) END)) AS d2
		FROM medida.%2$I h JOIN medida.%3$I t USING (perfil_) GROUP BY perfil_$f$, mesa || '_vida', mesa || '_historial', mesa || '_ticket');
END $$;

-- What an event says, with those times moved.
CREATE FUNCTION medida.dicho(texto text, incumplido text, marca text, salto interval) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT replace(replace(texto, coalesce(incumplido, ''), coalesce(medida.corrida(incumplido, salto), '')),
		coalesce(marca, ''), coalesce(medida.corrida(marca, salto), '')) $$;

-- The query that makes the rows of a table: those of the lives, with another
-- uuid, label, address and key, moved by whole seconds.
CREATE FUNCTION medida.copias(mesa text, tabla text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	columnas text;
	copia text;
	c medida.carga;
BEGIN
	SELECT string_agg(CASE
			WHEN attname = 'ticket_uuid' THEN 'c.id'
			WHEN attname = 'ticket_label' AND tabla = 'ticket' THEN 'c.etiqueta'
			WHEN attname = 'ticket_label' THEN 'CASE WHEN t.version = 1 THEN c.etiqueta END'
			WHEN attname = 'solicitante_email' THEN 'medida.correo(c.numero)'
			WHEN attname = 'clave_idempotencia' THEN 'CASE WHEN c.n % 2 = 0 THEN c.id::text END'
			WHEN attname = 'huella_idempotencia' THEN 'CASE WHEN c.n % 2 = 0 THEN uuid_send(c.id) || uuid_send(c.id) END'
			WHEN attname = 'hash' THEN 'c.hash[t.version]'
			WHEN attname = 'huella_datos' THEN 'CASE WHEN t.version = 1 THEN c.datos END'
			WHEN attname = 'sla' THEN 'medida.dicho(t.sla::text, c.incumplido, c.marca[t.version], c.salto)::jsonb'
			WHEN atttypid = 'timestamptz'::regtype THEN format('t.%I + c.salto', attname)
			ELSE format('t.%I', attname) END, ', ' ORDER BY attnum)
	INTO columnas
	FROM pg_attribute
	WHERE attrelid = format('%I.%I', mesa, tabla)::regclass AND attnum > 0 AND NOT attisdropped;
	SELECT * INTO c FROM medida.carga z WHERE z.mesa = copias.mesa;
	copia := format($c$
		SELECT n.n, p.perfil, medida.id(n.n) AS id, medida.etiqueta(y.anio, n.n - y.primero + 1) AS etiqueta,
			n.n - y.primero + 1 AS numero, (n.salto - p.creado) * interval '1 second' AS salto,
			(n.salto - p.creado) * 1000000 AS salto_us, p.a, p.us, p.b, p.incumplido, p.marca, p.sal, p.d1, p.d2
		FROM (
			SELECT n, %3$s + n * %4$s / 1000000 AS salto, CASE
				WHEN n > %1$s - 5000 AND n %% 5 = 1 THEN 11
				WHEN n %% k <> 0 THEN CASE WHEN azar < 40 THEN 1 WHEN azar < 62 THEN 2 WHEN azar < 88 THEN 3 WHEN azar < 98 THEN 4 ELSE 5 END
				WHEN n / k %% 10 < 7 THEN 6
				WHEN n / k %% 10 = 7 THEN 7
				WHEN n / k %% 10 = 8 THEN 8
				WHEN n / k %% 20 = 9 THEN 9
				ELSE 10 END AS perfil
			FROM (SELECT n, CASE WHEN n > %1$s - %2$s THEN 5 ELSE %5$s END AS k, (hashint8(n) & 2147483647) %% 100 AS azar
				FROM generate_series(y.g + 1, least(y.g + 2000, y.ultimo)) AS n OFFSET 0) AS n
			OFFSET 0) AS n
		JOIN medida.%6$I p USING (perfil) OFFSET 0$c$,
		c.n, c.nuevos, extract(epoch FROM c.inicio)::bigint, c.paso, c.k, mesa || '_vida');
	-- the digest of its data, and the chain, an event a level; NULL where a life has no more events; the ticket holds the last one's
	copia := format($c$SELECT c.*, sha256(sal || convert_to(d1 || octet_length(medida.correo(numero)) || ':' || medida.correo(numero) || ','
		|| d2 || CASE WHEN n %% 2 = 0 THEN '36:' || id || ',64:' || repeat(replace(id::text, '-', ''), 2) || ',' ELSE '-,-,' END, 'UTF8')) AS datos
		FROM (%s) AS c OFFSET 0$c$, copia);
	copia := format($c$SELECT c.*, sha256(decode(repeat('00', 32), 'hex') || convert_to('36:' || id || a[1] || us[1] + salto_us || ','
		|| octet_length(etiqueta) || ':' || etiqueta || ',' || b[1] || '64:' || encode(datos, 'hex') || ',', 'UTF8')) AS h1
		FROM (%s) AS c OFFSET 0$c$, copia);
	FOR v IN 2..5 LOOP
		copia := format($c$SELECT c.*, sha256(h%s || convert_to('36:' || id || a[%2$s] || us[%2$s] + salto_us || ',-,'
			|| medida.dicho(b[%2$s], incumplido, marca[%2$s], salto) || '-,', 'UTF8')) AS h%2$s
			FROM (%3$s) AS c OFFSET 0$c$, v - 1, v, copia);
	END LOOP;
	copia := format('SELECT c.*, ARRAY[h1, h2, h3, h4, h5] AS hash FROM (%s) AS c OFFSET 0', copia);
	RETURN format('SELECT f.* FROM (SELECT a.*, g FROM medida.anio a, generate_series(a.primero - 1, a.ultimo - 1, 2000) AS g WHERE a.mesa = %L ORDER BY g) AS y
		CROSS JOIN LATERAL (SELECT %s FROM (%s) AS c JOIN medida.%I t ON t.perfil_ = c.perfil ORDER BY %s) AS f',
		mesa, columnas, copia, mesa || '_' || tabla, CASE tabla WHEN 'ticket' THEN 'c.n' ELSE 't.ocurrido_en + c.salto' END);
END $$;

-- The indexes of a table, to be made after the load.
CREATE TABLE medida.indice (mesa text, tabla text, nombre text, orden text);
CREATE FUNCTION medida.quitar_indices(mesa text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT c.relname AS tabla, i.relname AS indice, i.oid::regclass AS nombre, o.conname, pg_get_constraintdef(o.oid) AS regla, pg_get_indexdef(i.oid) AS orden
		FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
		LEFT JOIN pg_constraint o ON o.conindid = i.oid AND o.contype IN ('p', 'u')
		WHERE c.relnamespace = mesa::regnamespace AND c.relname IN ('ticket', 'historial') ORDER BY i.oid
	LOOP
		INSERT INTO medida.indice VALUES (mesa, r.tabla, r.indice,
			CASE WHEN r.conname IS NULL THEN r.orden ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', mesa, r.tabla, r.conname, r.regla) END);
		EXECUTE CASE WHEN r.conname IS NULL THEN format('DROP INDEX %s', r.nombre)
			ELSE format('ALTER TABLE %I.%I DROP CONSTRAINT %I', mesa, r.tabla, r.conname) END;
	END LOOP;
END $$;
