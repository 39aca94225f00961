-- The queue, page by page.
\pset format unaligned
\set VERBOSITY terse
SELECT prueba.fresh_mesa();

-- Nine tickets: deadlines of three priorities, one paused, one resolved, one closed, two of another area.
SELECT count(prueba.new_in('t' || i, CASE i WHEN 3 THEN 'PAUSADO' WHEN 4 THEN 'RESUELTO' WHEN 5 THEN 'ARCHIVADO' ELSE 'ASIGNADO' END,
	jsonb_build_object('prioridad', (ARRAY['BAJA', 'CRITICA', 'ALTA'])[1 + i % 3], 'asunto', 'Asunto Número ' || i,
		'area', CASE WHEN i > 7 THEN 'SOPORTE' ELSE 'REDES' END)))
FROM generate_series(1, 9) AS i;
CREATE FUNCTION prueba.queue(VARIADIC args text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE 'SELECT string_agg(alias || CASE WHEN vencido THEN ''!'' ELSE '''' END, '' '' ORDER BY n) FROM (
		SELECT *, row_number() OVER () AS n FROM ticket_sm.fn_bandeja(' || array_to_string(args, ', ') || ')) AS b
		JOIN prueba.alias ON id = ticket_uuid' INTO answer;
	RETURN answer;
END $$;

-- Orders and filters.
SELECT prueba.queue('orden => NULL');
SELECT prueba.queue('orden => '' LIMITE ''');
SELECT prueba.queue('area => ''soporte''');
SELECT prueba.queue('prioridad => ''critica''');
SELECT prueba.queue('estados => ''{pausado, resuelto}''');
SELECT prueba.queue('estados => ''{}''', 'tamano => 2');
SELECT prueba.queue('texto => '' número 4 ''');
SELECT prueba.queue('texto => ''ROSA@''', 'orden => ''creacion''', 'estados => ''{resuelto}''');
SELECT prueba.queue('agente_id => prueba.agente(3)');
SELECT prueba.new_ticket('t0');
SELECT version FROM ticket_sm.fn_asignar(prueba.id('t0'), prueba.agente(3));
SELECT prueba.queue('agente_id => prueba.agente(3)');
BEGIN;
SET LOCAL ticket_sm.desfase_reloj = '5h';
SELECT prueba.queue('vencido => true', 'orden => ''limite'''), prueba.queue('vencido => false', 'orden => ''limite''');
ROLLBACK;

-- Who has it by name, also where row security hides him; and no more of him.  A new name is there at once, and not in the history.
SELECT estado FROM ticket_sm.fn_reasignar(prueba.id('t0'), prueba.agente(1));
CREATE FUNCTION prueba.names() RETURNS SETOF text LANGUAGE sql
	RETURN concat_ws(' | ', (SELECT agente FROM ticket_sm.fn_bandeja() WHERE ticket_uuid = prueba.id('t0')),
		(SELECT agente FROM ticket_sm.fn_bandeja(orden => 'limite') WHERE ticket_uuid = prueba.id('t0')),
		(SELECT agente FROM helpdesk.bandeja WHERE ticket_uuid = prueba.id('t0')),
		ticket_sm.fn_ticket(prueba.id('t0')) -> 'ticket' ->> 'agente',
		(SELECT 'none: ' || string_agg(DISTINCT coalesce(agente, 'null'), ' ') FROM helpdesk.bandeja WHERE agente_id IS NULL),
		(SELECT 'rows of agente: ' || count(*) FROM helpdesk.agente WHERE agente_id = prueba.agente(1)));
SELECT prueba.names();
SET ROLE regress_alba;
SELECT prueba.names();
SELECT ticket_sm.nombre_agente('helpdesk.ticket', prueba.agente(99)), ticket_sm.nombre_agente('helpdesk.ticket', NULL);
SET ROLE regress_pepe;
SELECT prueba.err($$SELECT ticket_sm.nombre_agente('helpdesk.ticket', prueba.agente(1))$$);
SET ROLE regress_ana;
SELECT estado FROM ticket_sm.fn_actualizar(prueba.id('t0'), 'Con el nombre de antes.');
UPDATE helpdesk.agente SET nombre = 'Ana Ruiz Mora' WHERE agente_id = prueba.agente(1);
SELECT prueba.names();
SELECT estado FROM ticket_sm.fn_actualizar(prueba.id('t0'), 'Con el de ahora.');
RESET ROLE;
SELECT version, actor_nombre FROM helpdesk.historial WHERE ticket_uuid = prueba.id('t0') AND nota IS NOT NULL ORDER BY version;
UPDATE helpdesk.agente SET nombre = 'Ana Ruiz' WHERE agente_id = prueba.agente(1);
SELECT estado FROM ticket_sm.fn_reasignar(prueba.id('t0'), prueba.agente(3));
DROP FUNCTION prueba.names;

-- Each row of the view, and only once, in pages of two; while others change.
CREATE FUNCTION prueba.pages(orden text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	seen uuid[] := '{}'; page uuid[]; last text;
BEGIN
	FOR i IN 1 .. 20 LOOP
		SELECT array_agg(ticket_uuid), (array_agg(cursor))[count(*)] INTO page, last
		FROM ticket_sm.fn_bandeja(orden => pages.orden, despues => last, tamano => 2);
		EXIT WHEN page IS NULL;
		seen := seen || page;
		-- what has been seen leaves the queue, or goes to its end
		IF i = 1 THEN
			PERFORM ticket_sm.fn_cancelar(page[1], 'Repetido.');
		END IF;
	END LOOP;
	RETURN (SELECT string_agg(alias, ' ' ORDER BY n) FROM unnest(seen) WITH ORDINALITY AS s(u, n) JOIN prueba.alias ON id = u);
END $$;
SELECT prueba.pages('limite');
SELECT prueba.pages('creacion');
SELECT count(*) FROM ticket_sm.fn_bandeja(tamano => 500) AS b FULL JOIN helpdesk.bandeja v USING (ticket_uuid)
WHERE b.ticket_uuid IS NULL OR v.ticket_uuid IS NULL
	OR (b.agente, b.estado, b.area, b.prioridad, b.fecha_limite_sla, b.vencido, b.version, b.solicitante_email)
		IS DISTINCT FROM (v.agente, v.estado, v.area, v.prioridad, v.fecha_limite_sla, v.vencido, v.version, v.solicitante_email);

-- Who sees what.
SET ROLE regress_alba;
SELECT prueba.queue('orden => ''creacion''');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(area => ''SOPORTE'')');
SET ROLE regress_ines;
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja()');
SET ROLE regress_pepe;
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja()');
RESET ROLE;

-- Bad values.
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(estados => ''{nuevo, cancelado}'')');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(estados => ARRAY[NULL])');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(area => ''LUNA'')');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(prioridad => ''NINGUNA'')');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(orden => ''azar'')');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(despues => ''x'')');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(orden => ''creacion'', despues => ''l'' || repeat(''0'', 48))');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(despues => ''l'' || repeat(''0'', 47) || ''G'')');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(tamano => 0)');
SELECT prueba.err('SELECT * FROM ticket_sm.fn_bandeja(tamano => 501)');

-- Where a ticket is found among the deadlines: minutes before its own, which a
-- short pause leaves as they are.  One whose clock stands leaves the index when
-- the sweep comes by, or at once if nobody would come any more.
CREATE FUNCTION prueba.found(name text) RETURNS text LANGUAGE sql RETURN (
	SELECT estado || CASE WHEN sla_orden IS NULL THEN ' none' WHEN fecha_limite_sla IS NULL THEN ' kept'
		ELSE ' ' || round(extract(epoch FROM fecha_limite_sla - sla_orden) / 60, 2) END
	FROM helpdesk.ticket WHERE ticket_uuid = prueba.id(name));
CREATE FUNCTION prueba.moves(shift text, name text, what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('ticket_sm.desfase_reloj', extract(epoch FROM shift::interval)::integer::text, false);
	IF what = 'barrer' THEN
		PERFORM ticket_sm.fn_sla_barrer();
	ELSE
		PERFORM set_config('ticket_sm.motivo', 'Porque sí', true);
		EXECUTE format('UPDATE helpdesk.ticket SET %s WHERE ticket_uuid = %L', what, prueba.id(name));
	END IF;
	RETURN prueba.found(name);
END $$;
SELECT prueba.new_in('o', 'ASIGNADO', '{"prioridad": "ALTA"}'), prueba.found('o');
SELECT prueba.moves('1:00', 'o', 'estado = ''PAUSADO'''), prueba.moves('1:20', 'o', 'estado = ''ASIGNADO''');
SELECT prueba.moves('2:00', 'o', 'estado = ''PAUSADO'''), prueba.moves('2:39', 'o', 'estado = ''ASIGNADO''');
SELECT prueba.moves('3:00', 'o', 'estado = ''PAUSADO'''), prueba.moves('3:02', 'o', 'estado = ''ASIGNADO''');
SELECT prueba.moves('3:10', 'o', 'estado = ''PAUSADO'''), prueba.moves('3:30', 'o', 'estado = ''ASIGNADO''');
-- what a statement says of it counts for nothing
SELECT prueba.moves('3:31', 'o', 'sla_orden = NULL, asunto = ''A mano''');
SELECT prueba.moves('3:31', 'o', 'sla_orden = fecha_limite_sla, asunto = ''A mano, otra vez''');
SELECT prueba.err(format('UPDATE helpdesk.ticket SET sla_orden = NULL WHERE ticket_uuid = %L', prueba.id('o')));
-- the sweep has looked at 6:00, which was three quarters of its time
SELECT prueba.moves('5:00', 'o', 'estado = ''PAUSADO'''), prueba.moves('5:59', 'o', 'barrer'), prueba.moves('6:01', 'o', 'barrer'),
	prueba.moves('6:10', 'o', 'estado = ''ASIGNADO''');
SELECT prueba.moves('6:11', 'o', 'estado = ''RECLASIFICADO'', prioridad = ''BAJA'''), prueba.moves('6:12', 'o', 'estado = ''ASIGNADO''');
-- it has passed: whatever happens to the ticket takes it away
SELECT prueba.moves('71:00', 'o', 'estado = ''PAUSADO'''), prueba.moves('80:00', 'o', 'asunto = ''Sigue en pausa'''),
	prueba.moves('80:01', 'o', 'estado = ''ASIGNADO''');
-- overdue
SELECT prueba.moves('90:00', 'o', 'estado = ''PAUSADO'''), prueba.moves('90:01', 'o', 'estado = ''ASIGNADO''');
-- its clock has ended, then it is closed
SELECT prueba.moves('90:02', 'o', 'estado = ''RESUELTO'''), prueba.moves('90:03', 'o', 'estado = ''ARCHIVADO''');
-- missed, told, and then in time again: the sweep will not come any more
SELECT prueba.new_in('p', 'ASIGNADO', '{"prioridad": "CRITICA"}'), prueba.moves('95:00', 'p', 'barrer'),
	prueba.moves('95:01', 'p', 'estado = ''RECLASIFICADO'', prioridad = ''BAJA'''), prueba.moves('95:02', 'p', 'estado = ''ASIGNADO''');
SELECT sla_revisar_en FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('p');
SELECT prueba.moves('95:03', 'p', 'estado = ''PAUSADO'''), prueba.moves('95:04', 'p', 'estado = ''ASIGNADO''');

-- Page by page, in pages of one to three and at any state that pauses short and
-- long, reopenings, other priorities and sweeps lead to: all that is open, once,
-- in the order of the deadlines; then what stands, in that of the creation.
CREATE FUNCTION prueba.lost(filter text, condition text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	wanted uuid[]; seen uuid[]; page uuid[]; last text; wrong integer := 0;
BEGIN
	EXECUTE format('SELECT array_agg(ticket_uuid ORDER BY fecha_limite_sla, CASE WHEN fecha_limite_sla IS NULL THEN fecha_creacion END, ticket_uuid)
		FROM helpdesk.ticket WHERE abierto AND %s', condition) INTO wanted;
	FOR size IN 1 .. 3 LOOP
		seen := '{}';
		last := NULL;
		LOOP
			EXECUTE format('SELECT array_agg(ticket_uuid), (array_agg(cursor))[%s] FROM ticket_sm.fn_bandeja(orden => ''limite'', despues => $1, tamano => %1$s%s)',
				size, filter) INTO page, last USING last;
			seen := seen || page;
			EXIT WHEN last IS NULL OR cardinality(seen) > cardinality(wanted);
		END LOOP;
		wrong := wrong + (seen IS DISTINCT FROM coalesce(wanted, '{}'))::integer;
	END LOOP;
	RETURN wrong;
END $$;
CREATE FUNCTION prueba.live(steps integer, OUT pages_lost integer, OUT early integer, OUT kept integer, OUT cleared integer) LANGUAGE plpgsql AS $$
DECLARE
	now_at integer := 400000; dice integer; t helpdesk.ticket;
BEGIN
	pages_lost := 0; early := 0; kept := 0; cleared := 0;
	PERFORM set_config('ticket_sm.motivo', 'Porque sí', true);
	FOR i IN 1 .. steps LOOP
		dice := hashint4(i) & 65535;
		now_at := now_at + (ARRAY[1, 2, 5, 9, 17, 40])[1 + dice % 6] * 60 + (dice % 25 = 0)::integer * 10000;
		PERFORM set_config('ticket_sm.desfase_reloj', now_at::text, false);
		IF i <= 24 THEN
			PERFORM prueba.new_in('v' || i, 'ASIGNADO', jsonb_build_object('prioridad', (ARRAY['ALTA', 'MEDIA', 'URGENTE'])[1 + i % 3]));
		ELSE
			SELECT * INTO t FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('v' || 1 + (hashint4(-(i / 2)) & 65535) % 24);
			UPDATE helpdesk.ticket SET prioridad = CASE WHEN t.estado = 'ASIGNADO' AND dice % 7 = 0
					THEN CASE t.prioridad WHEN 'ALTA' THEN 'MEDIA' ELSE 'ALTA' END ELSE prioridad END,
				estado = CASE t.estado WHEN 'ASIGNADO' THEN CASE WHEN dice % 7 = 0 THEN 'RECLASIFICADO' WHEN dice % 7 = 1 THEN 'RESUELTO' ELSE 'PAUSADO' END
					WHEN 'RESUELTO' THEN CASE WHEN dice % 7 = 2 THEN 'ARCHIVADO' ELSE 'ASIGNADO' END ELSE 'ASIGNADO' END::ticket_sm.ticket_state
			WHERE ticket_uuid = t.ticket_uuid AND abierto;
			IF dice % 11 = 0 THEN
				PERFORM ticket_sm.fn_sla_barrer();
			END IF;
		END IF;
		pages_lost := pages_lost + prueba.lost('', 'true') + CASE i % 2
			WHEN 0 THEN prueba.lost(', prioridad => ''URGENTE''', 'prioridad = ''URGENTE''')
			ELSE prueba.lost(', estados => ''{PAUSADO, RECLASIFICADO}''', 'estado IN (''PAUSADO'', ''RECLASIFICADO'')') END;
		SELECT early + count(*) FILTER (WHERE sla_orden < fecha_limite_sla), kept + count(*) FILTER (WHERE fecha_limite_sla IS NULL AND sla_orden IS NOT NULL),
			cleared + count(*) FILTER (WHERE fecha_limite_sla IS NULL AND sla_orden IS NULL)
		INTO early, kept, cleared FROM helpdesk.ticket WHERE abierto;
	END LOOP;
END $$;
-- URGENTE is eight hours of a calendar that is open a minute in each, so several are due at once.
INSERT INTO helpdesk.calendario VALUES ('minuto', 'UTC');
INSERT INTO helpdesk.horario SELECT 'minuto', d, make_time(h, 0, 0), make_time(h, 1, 0) FROM generate_series(1, 7) AS d, generate_series(0, 23) AS h;
INSERT INTO helpdesk.sla_politica (objetivo, prioridad, horas, calendario) VALUES ('resolucion', 'URGENTE', 8 / 60.0, 'minuto');
SELECT pages_lost, early > 200, kept > 0, cleared > 100 FROM prueba.live(200);
SELECT count(*) > 2 FROM helpdesk.ticket WHERE abierto GROUP BY fecha_limite_sla ORDER BY 1 DESC LIMIT 1;
SELECT count(*) FROM ticket_sm.fn_verificar();
RESET ticket_sm.desfase_reloj;
DROP FUNCTION prueba.queue, prueba.pages, prueba.found, prueba.moves, prueba.lost, prueba.live;
