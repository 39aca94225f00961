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
	OR (b.estado, b.area, b.prioridad, b.fecha_limite_sla, b.vencido, b.version, b.solicitante_email)
		IS DISTINCT FROM (v.estado, v.area, v.prioridad, v.fecha_limite_sla, v.vencido, v.version, v.solicitante_email);

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
DROP FUNCTION prueba.queue, prueba.pages;
