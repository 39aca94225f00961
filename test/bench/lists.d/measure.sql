-- CPU of this backend, in ms, for each list.
\pset footer off
SET ticket_sm.mesa = 'grande';
CREATE FUNCTION medida.cpu() RETURNS numeric LANGUAGE sql VOLATILE AS
	$$ SELECT split_part(pg_read_file('/proc/' || pg_backend_pid() || '/schedstat'), ' ', 1)::numeric / 1e6 $$;
CREATE TABLE medida.lista (n integer GENERATED ALWAYS AS IDENTITY, nombre text, meta numeric, args text);
INSERT INTO medida.lista (nombre, meta, args) VALUES
	('mine, 20 open, by deadline', 10, 'agente_id => ''00000000-0000-4000-9000-000000000003'', orden => ''limite'''),
	('mine, 20 open, by creation', 10, 'agente_id => ''00000000-0000-4000-9000-000000000003'''),
	('mine, thousands open, by deadline', 10, 'agente_id => ''00000000-0000-4000-9000-000000000002'', orden => ''limite'''),
	('my area''s, 40 open, by deadline', 10, 'area => ''CHICA'', orden => ''limite'''),
	('my area''s, 40 open, newest first', 10, 'area => ''CHICA'', orden => ''reciente'''),
	('my area''s, none', 10, 'area => ''VACIA'', orden => ''limite'''),
	('my area''s, most open', 10, 'area => ''REDES'', orden => ''limite'''),
	('unassigned, by creation', 10, 'sin_asignar => true'),
	('unassigned, by deadline', 10, 'sin_asignar => true, orden => ''limite'''),
	('overdue, by deadline', 10, 'vencido => true, orden => ''limite'''),
	('overdue, oldest first', 10, 'vencido => true'),
	('due in 24 hours', 10, 'vence_en => ''24 hours'', vencido => false, orden => ''limite'''),
	('by deadline', 10, 'orden => ''limite'''),
	('by creation', 10, 'orden => ''creacion'''),
	('one requester''s, closed too', 10, 'solicitante => ''doce@correo.example'', cerrados => true, orden => ''reciente'''),
	('a requester of none', 10, 'solicitante => ''nadie@correo.example'', cerrados => true'),
	('all by creation', 10, 'cerrados => true'),
	('all, newest first', 10, 'cerrados => true, orden => ''reciente'''),
	('a text that 30 have', 30, 'texto => ''zarigüeya techo'', cerrados => true, orden => ''reciente'''),
	('a text that none has', 10, 'texto => ''ornitorrinco'', cerrados => true'),
	('two frequent words and one of few', 30, 'texto => ''vpn contraseña zarigueya'', cerrados => true'),
	('a text that all have', NULL, 'texto => ''vpn'', cerrados => true, orden => ''reciente'''),
	('one state of the open ones', NULL, 'estados => ''{PAUSADO}'''),
	('how many are open', NULL, 'tamano => 1, con_total => true'),
	('how many there are', NULL, 'tamano => 1, con_total => true, cerrados => true');

-- The mean of some calls: the clock of a process moves by milliseconds.
CREATE FUNCTION medida.paginas(args text, veces integer, OUT primera numeric, OUT undecima numeric, OUT filas bigint) LANGUAGE plpgsql AS $$
DECLARE
	antes numeric; ultimo text; siguiente text;
BEGIN
	FOR i IN 0 .. veces LOOP
		IF i = 1 THEN antes := medida.cpu(); END IF;
		EXECUTE format('SELECT count(*), (array_agg(cursor))[count(*)] FROM ticket_sm.fn_lista(%s)', args) INTO filas, ultimo;
	END LOOP;
	primera := (medida.cpu() - antes) / veces;
	IF args ~ 'tamano' OR filas < 50 THEN
		RETURN;
	END IF;
	FOR i IN 2 .. 10 LOOP
		EXECUTE format('SELECT (array_agg(cursor))[count(*)] FROM ticket_sm.fn_lista(%s, despues => %L)', args, ultimo) INTO siguiente;
		EXIT WHEN siguiente IS NULL;
		ultimo := siguiente;
	END LOOP;
	antes := medida.cpu();
	FOR i IN 1 .. veces LOOP
		EXECUTE format('SELECT count(*) FROM ticket_sm.fn_lista(%s, despues => %L)', args, ultimo);
	END LOOP;
	undecima := (medida.cpu() - antes) / veces;
END $$;
SELECT l.nombre AS "list, a page of 50", p.filas AS rows, round(p.primera, 1) AS "CPU ms", round(p.undecima, 1) AS "the 11th", l.meta AS goal
FROM medida.lista l, LATERAL medida.paginas(l.args, :calls) p ORDER BY l.n;

-- The metrics.
CREATE FUNCTION medida.vista(consulta text, veces integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	antes numeric; todas numeric[] := '{}';
BEGIN
	FOR i IN 1 .. veces LOOP
		antes := medida.cpu();
		EXECUTE 'SELECT count(x) FROM (' || consulta || ') x';
		todas := todas || medida.cpu() - antes;
	END LOOP;
	RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM unnest(todas) x);
END $$;
SELECT v.nombre AS "view", round(medida.vista(v.consulta, 3), 0) AS "CPU ms" FROM (VALUES
	('sla_cumplimiento, last month', 'SELECT * FROM grande.sla_cumplimiento WHERE mes = (date_trunc(''month'', now()) - interval ''1 month'')::date'),
	('sla_cumplimiento', 'SELECT * FROM grande.sla_cumplimiento'),
	('sla_antiguedad', 'SELECT * FROM grande.sla_antiguedad')) AS v(nombre, consulta);
