-- The measurements inside the server.  Every call is a transaction of its own;
-- its time is that of the function, without commit and client.  The desk of
-- each call is drawn, so that both meet the same machine.
-- Run by the superuser when the desks are loaded.

CREATE UNLOGGED TABLE medida.tiempo (donde text, que text, mesa text, clase text, us double precision);

-- One ticket that is measured, by its number in its class.
CREATE FUNCTION medida.activo(mesa text, clase text, r double precision) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT a.k * (10 * (a.q0 + i / 7) + i % 7)
	FROM (SELECT a.*, floor(r * a.qn * 7)::bigint AS i FROM medida.activos a WHERE a.mesa = activo.mesa AND a.clase = activo.clase) AS a
$$;

-- One ticket that is looked up: of 10,000 spread over its class, or of all.
CREATE FUNCTION medida.consultado(mesa text, clase text, r double precision, OUT etiqueta text, OUT correo text) LANGUAGE sql STABLE AS $$
	SELECT medida.etiqueta(y.anio, t.n - y.primero + 1), medida.correo(t.n - y.primero + 1)
	FROM (SELECT desde + floor(r * (cuantos / paso))::bigint * paso AS n
		FROM (SELECT CASE clase WHEN 'newest' THEN c.n - c.nuevos + 1 ELSE 1 END AS desde,
				CASE clase WHEN 'newest' THEN c.nuevos ELSE c.n END AS cuantos,
				CASE clase WHEN 'newest' THEN greatest(1, c.nuevos / 10000) WHEN 'any' THEN greatest(1, c.n / 10000) ELSE 1 END AS paso
			FROM medida.carga c WHERE c.mesa = consultado.mesa) AS c) AS t,
		LATERAL (SELECT a.anio, a.primero FROM medida.anio a WHERE a.mesa = consultado.mesa AND a.primero <= t.n ORDER BY a.anio DESC LIMIT 1) AS y
$$;

-- Every page that the measured tickets need is in memory afterwards, and mapped
-- into this session's: the first touch of each costs more than all else.
CREATE PROCEDURE medida.calentar(mesa text) LANGUAGE plpgsql AS $$
DECLARE
	c record;
BEGIN
	PERFORM set_config('ticket_sm.mesa', mesa, false);
	FOR c IN SELECT * FROM medida.activos a WHERE a.mesa = calentar.mesa LOOP
		FOR i IN 0 .. c.qn * 7 - 1 LOOP
			PERFORM ticket_sm.fn_ticket(medida.id(c.k * (10 * (c.q0 + i / 7) + i % 7)));
		END LOOP;
		FOR i IN 0 .. 9999 LOOP
			PERFORM ticket_sm.fn_consultar(t.etiqueta, t.correo) FROM medida.consultado(mesa, c.clase, i / 10000.0) AS t;
		END LOOP;
	END LOOP;
END $$;

CREATE PROCEDURE medida.medir(que text, clase text, veces integer, mesas text[]) LANGUAGE plpgsql AS $$
DECLARE
	esta text;
	id uuid;
	t0 timestamptz;
	t1 timestamptz;
	t2 timestamptz;
	t3 timestamptz;
	etiqueta text;
	correo text;
	clave text;
BEGIN
	-- the first calls fill the caches of the session
	FOR vuelta IN -50 .. veces * cardinality(mesas) LOOP
		esta := mesas[1 + floor(random() * cardinality(mesas))];
		PERFORM set_config('ticket_sm.mesa', esta, false);
		CASE que
		WHEN 'transition' THEN
			id := medida.id(medida.activo(esta, clase, random()));
			t0 := clock_timestamp();
			PERFORM ticket_sm.fn_pausar(id, 'En espera del proveedor');
			t1 := clock_timestamp();
			COMMIT;
			t2 := clock_timestamp();
			PERFORM ticket_sm.fn_reabrir(id, 'El proveedor terminó su trabajo');
			t3 := clock_timestamp();
			INSERT INTO medida.tiempo SELECT 'server', que, esta, clase, extract(epoch FROM t3 - t2) * 1000000 WHERE vuelta > 0;
		WHEN 'consult' THEN
			SELECT * INTO etiqueta, correo FROM medida.consultado(esta, clase, random());
			t0 := clock_timestamp();
			PERFORM ticket_sm.fn_consultar(etiqueta, correo);
			t1 := clock_timestamp();
		ELSE
			clave := CASE clase WHEN 'with a key' THEN gen_random_uuid()::text END;
			t0 := clock_timestamp();
			PERFORM ticket_sm.fn_crear_ticket('María Fernanda Rojas', email => 'maria@correo.example', telefono => '+57 300 555 0101',
				empresa_departamento => 'Contabilidad', tipo => 'INCIDENTE', categoria => 'Conectividad', subcategoria => 'VPN',
				asunto => 'La VPN rechaza mi contraseña', prioridad => 'ALTA', area => 'REDES', descripcion =>
				'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. En el correo sí puedo entrar.',
				clave_idempotencia => clave);
			t1 := clock_timestamp();
		END CASE;
		INSERT INTO medida.tiempo SELECT 'server', que, esta, clase, extract(epoch FROM t1 - t0) * 1000000 WHERE vuelta > 0;
		COMMIT;
	END LOOP;
END $$;

-- The pages of the queue.  Each row is a statement that returns one page of the
-- desk named in %1$I; $1 is a time in it, for the later pages.
CREATE TABLE medida.cola (pagina text, orden text);
INSERT INTO medida.cola VALUES
	('SELECT by creation, first page', 'SELECT * FROM %1$I.bandeja ORDER BY fecha_creacion LIMIT 50'),
	('SELECT by creation, any page', 'SELECT * FROM %1$I.bandeja WHERE fecha_creacion > $1 ORDER BY fecha_creacion LIMIT 50'),
	('SELECT newest first, first page', 'SELECT * FROM %1$I.bandeja ORDER BY fecha_creacion DESC LIMIT 50'),
	('SELECT by deadline, all of them sorted', 'SELECT * FROM %1$I.bandeja ORDER BY fecha_limite_sla LIMIT 50');
CREATE PROCEDURE medida.medir_cola(veces integer, mesas text[]) LANGUAGE plpgsql AS $$
DECLARE
	esta text;
	c medida.cola;
	k medida.carga;
	t0 timestamptz;
	t1 timestamptz;
	por text;
	area text;
	lugar text;
	ultimo text;
	hasta jsonb := '{}';	-- where in its queue each desk is
BEGIN
	FOR vuelta IN -5 .. veces LOOP
		FOREACH esta IN ARRAY mesas LOOP
			PERFORM set_config('ticket_sm.mesa', esta, false);
			SELECT * INTO k FROM medida.carga z WHERE z.mesa = esta;
			FOR c IN SELECT * FROM medida.cola LOOP
				CONTINUE WHEN vuelta > veces / 10 AND c.pagina LIKE 'SELECT by deadline%';
				t0 := clock_timestamp();
				EXECUTE format('SELECT count(p) FROM (' || c.orden || ') AS p', esta)
				USING k.inicio + random() * (now() - k.inicio);
				t1 := clock_timestamp();
				INSERT INTO medida.tiempo SELECT 'server', 'queue', esta, c.pagina, extract(epoch FROM t1 - t0) * 1000000 WHERE vuelta > 0;
			END LOOP;
			-- its first page, and page by page through all of it; those of an area with every 10th, too
			FOR por, area IN VALUES ('limite', NULL), ('limite', 'SISTEMAS'), ('creacion', NULL), ('creacion', 'SISTEMAS') LOOP
				CONTINUE WHEN to_regproc('ticket_sm.fn_bandeja') IS NULL;
				FOREACH lugar IN ARRAY ARRAY[NULL, hasta ->> (esta || por || coalesce(area, ''))] LOOP
					t0 := clock_timestamp();
					EXECUTE 'SELECT (array_agg(b.cursor))[50] FROM ticket_sm.fn_bandeja(orden => $1, area => $2, despues => $3) AS b'
					INTO ultimo USING por, area, lugar;
					t1 := clock_timestamp();
					INSERT INTO medida.tiempo SELECT 'server', 'queue', esta, format('fn_bandeja by %s, %s%s page', por,
						CASE WHEN area IS NULL THEN '' ELSE 'an area, ' END, CASE WHEN lugar IS NULL THEN 'first' ELSE 'later' END),
						extract(epoch FROM t1 - t0) * 1000000 WHERE vuelta > 0;
				END LOOP;
				hasta := hasta || jsonb_build_object(esta || por || coalesce(area, ''), ultimo);
			END LOOP;
			COMMIT;
		END LOOP;
	END LOOP;
END $$;

-- What has come due; the first of it fills the caches of the session.
CREATE PROCEDURE medida.barrer(mesa text, clase text) LANGUAGE plpgsql AS $$
DECLARE
	t0 timestamptz;
	filas bigint;
BEGIN
	PERFORM set_config('ticket_sm.mesa', mesa, false);
	PERFORM ticket_sm.fn_sla_barrer(1);
	t0 := clock_timestamp();
	SELECT count(*) INTO filas FROM ticket_sm.fn_sla_barrer(100000);
	INSERT INTO medida.tiempo VALUES ('server', 'sweep', mesa, format('%s (%s rows)', clase, filas), extract(epoch FROM clock_timestamp() - t0) * 1000000);
END $$;

GRANT SELECT ON ALL TABLES IN SCHEMA medida TO agente;
GRANT INSERT ON medida.tiempo TO agente;
