-- Links between tickets, and duplicates that are merged.

\pset format unaligned
\pset tuples_only on
SELECT prueba.fresh_mesa();
SET timezone = 'UTC';
UPDATE helpdesk.configuracion SET eventos = '{vincular, desvincular}';

-- The links, by the names of tickets; what a requester sees of one of his.
CREATE VIEW prueba.link AS SELECT a.alias AS ticket, v.relacion, b.alias AS other
FROM helpdesk.vinculo v LEFT JOIN prueba.alias a ON a.id = v.ticket_uuid LEFT JOIN prueba.alias b ON b.id = v.otro_uuid;
CREATE FUNCTION prueba.links() RETURNS text LANGUAGE sql SECURITY DEFINER
	RETURN (SELECT string_agg(concat_ws(' ', ticket, relacion, other), ', ' ORDER BY ticket, relacion, other) FROM prueba.link);
CREATE FUNCTION prueba.asks(name text, address text DEFAULT NULL) RETURNS text LANGUAGE sql
	RETURN (SELECT prueba.mask(concat_ws(' | ', c.estado, c.area, c.prioridad, c.descripcion, c.solicitante_nombre,
		'last ' || c.respuesta_cliente, 'all ' || (SELECT string_agg(r ->> 'respuesta', ', ' ORDER BY n) FROM jsonb_array_elements(c.respuestas) WITH ORDINALITY AS x(r, n)),
		c.ultima_operacion, c.estado_antes || '>' || c.estado_despues, 'label ' || c.label_vigente))
		FROM helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, coalesce(address, t.solicitante_email)) c WHERE t.ticket_uuid = prueba.id(name));
CREATE FUNCTION prueba.link_call(ticket text, other text, relation text, reason text DEFAULT 'Es lo mismo.') RETURNS text LANGUAGE sql
	RETURN format('SELECT estado FROM ticket_sm.fn_vincular(%L, %L, %L, %L)', prueba.id(ticket), prueba.id(other), relation, reason);
CREATE FUNCTION prueba.unlink_call(ticket text, other text, relation text DEFAULT NULL) RETURNS text LANGUAGE sql
	RETURN format('SELECT estado FROM ticket_sm.fn_desvincular(%L, %L, ''No era eso.'', %L)', prueba.id(ticket), prueba.id(other), relation);

SELECT count(prueba.new_in(n, s, jsonb_build_object('email', e || '@example.com', 'nombre', initcap(e) || ' Díaz', 'descripcion', format('Lo que dice %s en %s.', e, n))))
FROM (VALUES ('a', 'ASIGNADO', 'rosa'), ('b', 'ASIGNADO', 'luis'), ('c', 'NUEVO', 'rosa'), ('d', 'PAUSADO', 'eva'), ('r', 'RESUELTO', 'eva'), ('x', 'CANCELADO', 'eva'), ('z', 'ARCHIVADO', 'eva')) AS t(n, s, e);
SELECT prueba.new_ticket('s', '{"area": "SOPORTE", "email": "eva@example.com"}');

------------------------------------------------------------------------
-- A link
------------------------------------------------------------------------

SET ROLE regress_mario;
SELECT estado_anterior, estado, area, version, advertencia FROM ticket_sm.fn_vincular(prueba.id('a'), prueba.id('b'), ' Relacionado ', '  Se parecen.  ');
SELECT prueba.links();
SELECT prueba.history('a', 3);
SELECT prueba.history('b', 3);
-- Fields.
SELECT prueba.err(s) FROM unnest(ARRAY[
	'SELECT ticket_sm.fn_vincular(NULL)', 'SELECT ticket_sm.fn_vincular(prueba.id(''a''))',
	'SELECT ticket_sm.fn_vincular(prueba.id(''a''), prueba.id(''b''))', prueba.link_call('a', 'b', 'primo'), prueba.link_call('a', 'b', ' '),
	prueba.link_call('a', 'b', 'padre', NULL), prueba.link_call('a', 'b', 'padre', 'ab'), prueba.link_call('a', 'b', 'padre', repeat('x', 2001)),
	'SELECT ticket_sm.fn_desvincular(prueba.id(''a''))', 'SELECT ticket_sm.fn_desvincular(prueba.id(''a''), prueba.id(''b''))', prueba.unlink_call('a', 'b', 'primo'),
	prueba.link_call('a', 'a', 'padre'), prueba.unlink_call('a', 'a')]) AS s;
-- Whichever of the two is not there; that is told before which is in sight.
SELECT prueba.err(format('SELECT ticket_sm.fn_vincular(%L, %L, ''padre'', ''Es lo mismo.'')', x, y))
FROM (VALUES (prueba.id('a'), prueba.agente(9)), (prueba.agente(9), prueba.id('a')), (prueba.agente(8), prueba.agente(9))) AS t(x, y);
-- Not twice, nor the other way round where there is none; parents and duplicates make no circle, also through others.
SELECT prueba.err(prueba.link_call('a', 'b', 'relacionado'));
SELECT prueba.err(prueba.link_call('b', 'a', 'relacionado'));
SELECT prueba.as_role('regress_mario', prueba.link_call('c', 'd', 'padre'));
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('c'), prueba.id('d'), 'padre', 'Es parte.');
SELECT prueba.err(prueba.link_call('c', 'd', 'padre'));
SELECT prueba.err(prueba.link_call('d', 'c', 'padre'));
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('d'), prueba.id('r'), 'padre', 'Es parte.');
SELECT prueba.err(prueba.link_call('r', 'c', 'padre'));
SELECT prueba.err(prueba.link_call('c', 'r', 'duplicado'));
SELECT prueba.try(prueba.link_call('r', 'c', 'duplicado'));
SELECT prueba.try(prueba.link_call('c', 'r', 'padre'));
SELECT prueba.try(prueba.link_call('c', 'd', 'relacionado'));
-- Refusals leave nothing behind.
SELECT prueba.links(), (SELECT sum(version) FROM helpdesk.ticket), (SELECT count(*) FROM ticket_sm.fn_vincular(prueba.id('a'), prueba.id('z'), 'relacionado', 'También.'));
SELECT prueba.err(prueba.unlink_call('a', 'c'));
SELECT prueba.err(prueba.unlink_call('a', 'b', 'padre'));
-- Whichever is named first, and of several the last unless one is named.
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('b'), prueba.id('a'), 'padre', 'Es parte.');
SELECT estado, version FROM ticket_sm.fn_desvincular(prueba.id('a'), prueba.id('b'), 'No era eso.', 'relacionado');
SELECT prueba.links();
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('a'), prueba.id('b'), 'relacionado', 'Se parecen.');
SELECT estado FROM ticket_sm.fn_desvincular(prueba.id('b'), prueba.id('a'), 'No era eso.');
SELECT prueba.links();
SELECT estado FROM ticket_sm.fn_desvincular(prueba.id('a'), prueba.id('b'), 'No era eso.');
SELECT prueba.history('a', 6);
SELECT prueba.links();

------------------------------------------------------------------------
-- Who may, and what is seen
------------------------------------------------------------------------

RESET ROLE;
SELECT prueba.told_as(r, prueba.link_call('a', 's', 'relacionado')) FROM unnest('{regress_ana,regress_alba,regress_pepe,regress_nadie,regress_ines}'::name[]) r;
-- Where AREA may, both must be of its area; neither row is locked before that.
INSERT INTO helpdesk.permiso VALUES ('vincular', 'AREA'), ('desvincular', 'AREA');
SELECT t || o, prueba.told_as('regress_alba', prueba.link_call(t, o, 'relacionado')) FROM (VALUES ('a', 'b'), ('a', 's'), ('s', 'a')) AS x(t, o);
SELECT count(*) FROM ticket_sm.fn_vincular(prueba.id('a'), prueba.id('s'), 'relacionado', 'Se parecen.');
SELECT prueba.told_as('regress_alba', prueba.unlink_call('a', 's'));
SELECT r, prueba.as_role(r, 'SELECT count(*) FROM helpdesk.vinculo'), prueba.as_role(r, format('SELECT jsonb_path_query_array(ticket_sm.fn_ticket(%L), ''$.vinculos[*].relacion'')', prueba.id('a')))
FROM unnest('{regress_ana,regress_mario,regress_alba,regress_saul,regress_pepe}'::name[]) r;
-- A duplicate is cancelled by who may cancel.
DELETE FROM helpdesk.permiso WHERE operacion = 'cancelar' AND rol = 'AREA';
SELECT prueba.told_as('regress_alba', prueba.link_call('c', 'b', 'duplicado')), prueba.told_as('regress_alba', prueba.link_call('r', 'b', 'duplicado'));
DELETE FROM helpdesk.permiso WHERE operacion IN ('vincular', 'desvincular') AND rol = 'AREA';
INSERT INTO helpdesk.permiso VALUES ('cancelar', 'AREA');
-- The machine says from which states; states stay, whatever is written there.
DELETE FROM helpdesk.transicion WHERE operacion = 'vincular' AND estado_origen IN ('PAUSADO', 'ARCHIVADO');
SELECT prueba.err(prueba.link_call('d', 'b', 'relacionado')), prueba.err(prueba.link_call('b', 'z', 'relacionado')), prueba.err(prueba.link_call('d', 'z', 'relacionado'));
INSERT INTO helpdesk.transicion VALUES ('vincular', 'PAUSADO', 'PAUSADO'), ('vincular', 'ARCHIVADO', 'ARCHIVADO');
SELECT prueba.short($$UPDATE helpdesk.transicion SET estado_destino = 'NUEVO' WHERE operacion = 'vincular' AND estado_origen = 'CANCELADO'$$);
-- What may still touch an ended ticket is one list; that nothing else does is seen in matrix.
SELECT DISTINCT t.operacion FROM helpdesk.transicion t JOIN helpdesk.estado e ON e.estado = t.estado_origen WHERE NOT e.abierto ORDER BY 1;
-- Nobody else writes the table, and no plain statement is an operation on two tickets.
SELECT s, prueba.err(s) FROM unnest(ARRAY['INSERT INTO helpdesk.vinculo SELECT * FROM helpdesk.vinculo', 'UPDATE helpdesk.vinculo SET relacion = ''padre''',
	'DELETE FROM helpdesk.vinculo', 'TRUNCATE helpdesk.vinculo', 'UPDATE helpdesk.ticket SET estado = estado WHERE ticket_uuid = prueba.id(''x'')']) s;
SELECT prueba.told_as('regress_ana', 'DELETE FROM helpdesk.vinculo');

------------------------------------------------------------------------
-- Merging
------------------------------------------------------------------------

-- a of rosa into b of luis, b into c of rosa.
SELECT count(*) FROM (VALUES (ticket_sm.fn_actualizar(prueba.id('a'), 'Nota de a.', 'En a, antes.')), (ticket_sm.fn_actualizar(prueba.id('b'), 'Nota de b.', 'En b, antes.')),
	(ticket_sm.fn_actualizar(prueba.id('c'), 'Nota de c.', 'En c, antes.'))) AS x;
SELECT n, prueba.asks(n) FROM unnest('{a,b,c}'::text[]) n;
SET ROLE regress_mario;
SELECT estado_anterior, estado, version FROM ticket_sm.fn_vincular(prueba.id('a'), prueba.id('b'), 'duplicado', 'La misma avería.');
SELECT prueba.history('a', 11);
SELECT prueba.history('b', 10);
SELECT n, prueba.asks(n) FROM unnest('{a,b,c}'::text[]) n;
SELECT respuesta_cliente FROM helpdesk.ticket WHERE ticket_uuid = prueba.id('a');
SELECT count(*) FROM ticket_sm.fn_actualizar(prueba.id('b'), respuesta => 'En b, después.');
SELECT count(*) FROM ticket_sm.fn_pausar(prueba.id('b'), 'Falta una pieza.');
SELECT n, prueba.asks(n) FROM unnest('{a,b,c}'::text[]) n;
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('b'), prueba.id('c'), 'duplicado', 'La misma avería.');
SELECT count(*) FROM ticket_sm.fn_actualizar(prueba.id('c'), respuesta => 'En c, después.');
SELECT n, prueba.asks(n) FROM unnest('{a,b,c}'::text[]) n;
-- The address of another one opens nothing; nor does the survivor's label.
SELECT n, prueba.short(format('SELECT prueba.asks(%L, %L)', n, e)) FROM (VALUES ('a', 'luis@example.com'), ('b', 'rosa@example.com'), ('c', 'luis@example.com')) AS t(n, e);
-- To a requester nothing of a merge can be read off: the answer is the same with and without a duplicate of somebody else's.
RESET ROLE;
BEGIN;
CREATE TABLE prueba.before AS SELECT to_jsonb(c) AS answer FROM helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id('c');
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('s'), prueba.id('c'), 'duplicado', 'Otra más.');
SELECT to_jsonb(c) = b.answer FROM prueba.before b, helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id('c');
ROLLBACK;
SET ROLE regress_mario;
-- What the agents see: no notes.
SELECT e ->> 'autor', e ->> 'texto', prueba.mask(e ->> 'ticket_label') FROM jsonb_array_elements(ticket_sm.fn_ticket(prueba.id('c')) -> 'duplicados') e;
SELECT n, jsonb_path_query_array(ticket_sm.fn_ticket(prueba.id(n)), '$.vinculos[*].relacion'), jsonb_array_length(ticket_sm.fn_ticket(prueba.id(n)) -> 'duplicados') FROM unnest('{a,b,c}'::text[]) n;
-- A duplicate of two is none; but merging one that has duplicates, or children, is well.
SELECT prueba.err(prueba.link_call('a', 'd', 'duplicado'));
SELECT prueba.err(prueba.link_call('c', 'a', 'duplicado'));
-- Resolved or ended ones are linked only, and what went on may be ended too.
SELECT n, prueba.as_role('regress_mario', prueba.link_call(n, 'c', 'duplicado')), prueba.as_role('regress_mario', prueba.link_call('s', n, 'duplicado')) FROM unnest('{r,x,z}'::text[]) n;
-- The sweep and the lists are through with it.
SELECT count(*) FROM helpdesk.bandeja WHERE ticket_uuid IN (prueba.id('a'), prueba.id('b'));
-- Undone: each has what it had, and what was said meanwhile stays where it was said.
SELECT estado_anterior, estado FROM ticket_sm.fn_desvincular(prueba.id('c'), prueba.id('b'), 'No era eso.');
SELECT n, prueba.asks(n) FROM unnest('{a,b,c}'::text[]) n;
SELECT estado FROM ticket_sm.fn_desvincular(prueba.id('a'), prueba.id('b'), 'No era eso.');
SELECT n, prueba.asks(n) FROM unnest('{a,b,c}'::text[]) n;
SELECT prueba.links();
RESET ROLE;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- Parents
------------------------------------------------------------------------

-- Every way of ending one tells of open children that the caller sees, and refuses nothing.
SELECT count(prueba.new_in(n, 'ASIGNADO')) FROM unnest('{p,h1,h2}'::text[]) n;
SELECT count(ticket_sm.fn_vincular(prueba.id('p'), prueba.id(n), 'padre', 'Es parte.')) FROM unnest('{h1,h2,s,r,x}'::text[]) n;
CREATE FUNCTION prueba.warned(who name, call text) RETURNS text LANGUAGE sql RETURN prueba.mask(prueba.as_role(who, call));
SELECT w, prueba.warned(w, format('SELECT advertencia FROM ticket_sm.%s', c))
FROM unnest('{regress_ana,regress_alba}'::name[]) w, unnest(ARRAY['fn_resolver(prueba.id(''p''))', 'fn_cancelar(prueba.id(''p''), ''Ya no.'')', 'fn_archivar(prueba.id(''p''), ''Listo.'')',
	'fn_pausar(prueba.id(''p''), ''Falta algo.'')', 'fn_cancelar(prueba.id(''h1''), ''Ya no.'')']) c ORDER BY 1, c;
SELECT prueba.warned('regress_mario', $$SELECT string_agg(concat_ws(' ', hecho, codigo, detalle), '/') FROM ticket_sm.fn_ejecutar_lote('resolver', ARRAY[prueba.id('p')])$$);
SELECT prueba.warned('regress_mario', format('SELECT ticket_sm.api_operar(''resolver'', %L)::jsonb ->> ''advertencia''', json_build_object('ticket_id', prueba.id('p'))));
SELECT prueba.warned('regress_mario', format('SELECT ticket_sm.api_operar(''pausar'', %L)::jsonb ? ''advertencia''', json_build_object('ticket_id', prueba.id('p'), 'datos', json_build_object('motivo', 'Falta algo.'))));
SELECT count(prueba.new_in('n' || n, 'NUEVO')) FROM generate_series(1, 9) n;
SELECT count(ticket_sm.fn_vincular(prueba.id('p'), prueba.id('n' || n), 'padre', 'Es parte.')) FROM generate_series(1, 9) n;
SELECT prueba.warned('regress_mario', 'SELECT advertencia FROM ticket_sm.fn_resolver(prueba.id(''p''))');

------------------------------------------------------------------------
-- In bulk, in the outbox, over HTTP
------------------------------------------------------------------------

SELECT count(prueba.new_in('m' || n, 'ASIGNADO')) FROM generate_series(1, 3) n;
SELECT alias, hecho, estado_anterior, estado, codigo, mensaje, prueba.mask(detalle) FROM ticket_sm.fn_ejecutar_lote('vincular', (SELECT array_agg(prueba.id(n)) FROM unnest('{m1,m2,m3,z,x}'::text[]) n),
	jsonb_build_object('otro_id', prueba.id('m3'), 'relacion', 'duplicado', 'motivo', 'La misma avería.')) JOIN prueba.alias ON id = ticket_uuid ORDER BY alias;
SELECT prueba.err(format('SELECT ticket_sm.fn_ejecutar_lote(''desvincular'', %L, %L, true)', ARRAY[prueba.id('m1'), prueba.id('p')], jsonb_build_object('otro_id', prueba.id('m3'), 'motivo', 'No era eso.')));
SELECT prueba.err(format('SELECT ticket_sm.fn_ejecutar_lote(''vincular'', %L, %L)', ARRAY[prueba.id('m1')], d)) FROM unnest(ARRAY['{"otro_id": "x"}', '{"otro_id": 5}', '{"version": 5}']::jsonb[]) d;
SELECT string_agg(hecho::text, ' ') FROM ticket_sm.fn_ejecutar_lote('desvincular', ARRAY[prueba.id('m1'), prueba.id('m2'), prueba.id('x'), prueba.id('z')], jsonb_build_object('otro_id', prueba.id('m3'), 'motivo', 'No era eso.'));
SELECT a.alias, e.operacion, b.alias, e.datos -> 'vinculo' ->> 'relacion' FROM helpdesk.evento e JOIN prueba.alias a ON a.id = e.ticket_uuid
LEFT JOIN prueba.alias b ON b.id = (e.datos -> 'vinculo' ->> 'otro')::uuid WHERE a.alias LIKE 'm%' ORDER BY a.alias, e.operacion, b.alias;
SELECT prueba.mask(prueba.as_role('regress_mario', format('SELECT ticket_sm.api_operar(''vincular'', %L)::jsonb - ''{fechaLimiteSla,actualizadoEn}''::text[]', json_build_object('ticket_id', prueba.id('m1'), 'datos', json_build_object('otroId', prueba.id('m3'), 'relacion', 'duplicado', 'motivo', 'La misma avería.')))));
SELECT count(*) FROM ticket_sm.fn_vincular(prueba.id('m1'), prueba.id('m3'), 'duplicado', 'La misma avería.');
SELECT prueba.mask(regexp_replace(ticket_sm.api_ticket(json_build_object('ticket_id', prueba.id('m3')))::text, '^.*"vinculos" : ', '"vinculos" : '));
SELECT prueba.mask(ticket_sm.api_consultar(json_build_object('datos', json_build_object('label', t.ticket_label, 'email', t.solicitante_email)))::jsonb ->> 'labelVigente') FROM helpdesk.ticket t WHERE ticket_uuid IN (prueba.id('m1'), prueba.id('m3')) ORDER BY 1;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- fn_verificar says where the table is not as the histories have it
------------------------------------------------------------------------

CREATE FUNCTION prueba.forge(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	ALTER TABLE helpdesk.vinculo DISABLE TRIGGER USER;
	EXECUTE statement;
	ALTER TABLE helpdesk.vinculo ENABLE TRIGGER USER;
	FOR statement IN SELECT concat_ws(' ', a.alias, v.problema, prueba.mask(v.detalle)) FROM ticket_sm.fn_verificar() v LEFT JOIN prueba.alias a ON a.id = v.ticket_uuid ORDER BY 1 LOOP
		RETURN NEXT statement;
	END LOOP;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN;
END $$;
SELECT prueba.forge($$DELETE FROM helpdesk.vinculo WHERE ticket_uuid = prueba.id('m1')$$);
SELECT prueba.forge($$INSERT INTO helpdesk.vinculo VALUES (prueba.id('m2'), prueba.id('m3'), 'duplicado', 3, 3, '2026-01-01')$$);
SELECT prueba.forge($$INSERT INTO helpdesk.vinculo VALUES (prueba.agente(9), prueba.id('m2'), 'padre', 3, 3, '2026-01-01')$$);
SELECT prueba.forge($$UPDATE helpdesk.vinculo SET ticket_version = 99 WHERE ticket_uuid = prueba.id('m1')$$);
SELECT prueba.forge($$UPDATE helpdesk.vinculo SET otro_version = 99 WHERE ticket_uuid = prueba.id('m1')$$);
SELECT prueba.forge($$UPDATE helpdesk.vinculo SET creado_en = '2026-01-01' WHERE ticket_uuid = prueba.id('m1')$$);
SELECT prueba.forge($$UPDATE helpdesk.vinculo SET relacion = 'relacionado' WHERE ticket_uuid = prueba.id('m1')$$);
-- A circle that somebody has forged ends where it has been, for readers too.
BEGIN;
ALTER TABLE helpdesk.vinculo DISABLE TRIGGER USER;
INSERT INTO helpdesk.vinculo VALUES (prueba.id('m3'), prueba.id('m1'), 'duplicado', 3, 3, '2026-01-01');
ALTER TABLE helpdesk.vinculo ENABLE TRIGGER USER;
SELECT n, left(prueba.asks(n), 5) FROM unnest('{m1,m3}'::text[]) n;
SELECT jsonb_array_length(ticket_sm.fn_ticket(prueba.id('m3')) -> 'duplicados');
SELECT prueba.err(prueba.link_call('m2', 'm1', 'duplicado'));
ROLLBACK;

------------------------------------------------------------------------
-- Replies to a duplicate
------------------------------------------------------------------------

CREATE FUNCTION prueba.reply(name text, message text, key text DEFAULT NULL, address text DEFAULT NULL) RETURNS text LANGUAGE sql
	RETURN (SELECT concat_ws(' ', a.alias, r.estado_anterior, r.estado) FROM helpdesk.ticket t,
		ticket_sm.fn_responder(t.ticket_label, coalesce(address, t.solicitante_email), message, key) r JOIN prueba.alias a ON a.id = r.ticket_uuid WHERE t.ticket_uuid = prueba.id(name));
CREATE FUNCTION prueba.talk(name text) RETURNS text LANGUAGE sql
	RETURN (SELECT string_agg(concat_ws(' ', c.numero, c.autor, c.texto), ' | ' ORDER BY c.numero) FROM helpdesk.ticket t,
		ticket_sm.fn_conversacion(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id(name));
SELECT count(prueba.new_in(n, 'RESUELTO', jsonb_build_object('email', e || '@example.com', 'nombre', initcap(e) || ' Díaz', 'descripcion', format('Lo que dice %s en %s.', e, n))))
FROM (VALUES ('p', 'rosa'), ('q', 'luis')) AS t(n, e);
UPDATE helpdesk.configuracion SET eventos = '{responder}';
SELECT prueba.reply('p', 'En p, antes.', 'uno'), prueba.reply('q', 'En q, antes.', 'uno');
SELECT count(*) FROM ticket_sm.fn_actualizar(prueba.id('q'), respuesta => 'A q, antes.');
SELECT estado FROM ticket_sm.fn_vincular(prueba.id('p'), prueba.id('q'), 'duplicado', 'La misma avería.');
SELECT estado FROM ticket_sm.fn_resolver(prueba.id('q'), respuesta => 'A q, después.');
-- It lands in the ticket that goes on, and takes that one up again; a repetition is what it was, from before too.
SELECT prueba.reply('p', 'En p, después.', 'dos');
SELECT prueba.reply('p', 'En p, después.', 'dos'), prueba.reply('p', 'En p, antes.', 'uno'), prueba.reply('q', 'En q, antes.', 'uno');
SELECT prueba.err($$SELECT prueba.reply('p', 'Otra cosa.', 'dos')$$);
SELECT prueba.err($$SELECT prueba.reply('p', 'De otro.', NULL, 'luis@example.com')$$);
SELECT prueba.reply('q', 'En q, al final.', 'dos');
SELECT operacion, mensaje, vinculo = jsonb_build_object('origen', prueba.id('p')) FROM helpdesk.historial WHERE ticket_uuid = prueba.id('q') AND mensaje IS NOT NULL ORDER BY version;
SELECT a.alias, b.alias FROM helpdesk.evento e JOIN prueba.alias a ON a.id = e.ticket_uuid LEFT JOIN prueba.alias b ON b.id = (e.datos -> 'vinculo' ->> 'origen')::uuid
WHERE e.operacion = 'responder' ORDER BY e.evento_id;
-- Each requester reads the own words, and the answers that are meant for both.
SELECT n, prueba.talk(n) FROM unnest('{p,q}'::text[]) n;
SELECT n, prueba.asks(n) FROM unnest('{p,q}'::text[]) n;
-- The agent sees who has said what.
SELECT e ->> 'mensaje', e ->> 'solicitante' FROM jsonb_array_elements(ticket_sm.fn_ticket(prueba.id('q')) -> 'historial') e WHERE e ->> 'mensaje' IS NOT NULL;
SELECT d ->> 'autor', d ->> 'texto' FROM jsonb_array_elements(ticket_sm.fn_ticket(prueba.id('q')) -> 'duplicados') d;
-- Parted again: whoever has said something reads it still, where he said it, and the answers of his own ticket.
SELECT estado FROM ticket_sm.fn_desvincular(prueba.id('p'), prueba.id('q'), 'No era eso.');
SELECT n, prueba.talk(n) FROM unnest('{p,q}'::text[]) n;
SELECT n, d ->> 'ticket_label' = (SELECT ticket_label FROM helpdesk.ticket WHERE ticket_uuid = prueba.id(n)), d ->> 'autor', d ->> 'texto'
FROM unnest('{p,q}'::text[]) n, jsonb_array_elements(ticket_sm.fn_ticket(prueba.id(n)) -> 'duplicados') d;
-- A repetition is one still; who has new things to say is shown the way.
SELECT prueba.reply('p', 'En p, después.', 'dos');
SELECT prueba.err($$SELECT prueba.reply('p', 'Otra cosa.', 'dos')$$);
SELECT regexp_replace(prueba.err($$SELECT prueba.reply('p', 'En p, al final.', 'tres')$$), 'TK-[0-9]+', 'TK-YYYY', 'g');
-- Led on to another one, by way of a third; to and fro.
SELECT count(prueba.new_in(n, 'ASIGNADO', jsonb_build_object('email', e || '@example.com', 'nombre', initcap(e) || ' Díaz', 'descripcion', format('Lo que dice %s en %s.', e, n)))) FROM (VALUES ('u', 'eva'), ('w', 'luis')) AS t(n, e);
SELECT count(*) FROM (VALUES (ticket_sm.fn_vincular(prueba.id('p'), prueba.id('u'), 'duplicado', 'La misma avería.')), (ticket_sm.fn_vincular(prueba.id('u'), prueba.id('w'), 'duplicado', 'La misma avería.'))) AS x;
SELECT prueba.reply('p', 'En p, hacia w.', 'tres'), prueba.reply('u', 'En u, hacia w.');
SELECT n, prueba.talk(n) FROM unnest('{p,q,u,w}'::text[]) n;
SELECT * FROM ticket_sm.fn_verificar();
SELECT count(*) FROM (VALUES (ticket_sm.fn_desvincular(prueba.id('u'), prueba.id('w'), 'No era eso.')), (ticket_sm.fn_desvincular(prueba.id('p'), prueba.id('u'), 'No era eso.'))) AS x;
SELECT n, prueba.talk(n) FROM unnest('{p,q,u,w}'::text[]) n;
SELECT prueba.reply('p', 'En p, hacia w.', 'tres');
SELECT count(*) FROM ticket_sm.fn_vincular(prueba.id('p'), prueba.id('q'), 'duplicado', 'Pues sí.');
SELECT n, prueba.talk(n) FROM unnest('{p,q,u,w}'::text[]) n;
-- Corrected to another address, none of it opens with the old one.
SELECT count(*) FROM ticket_sm.fn_corregir(prueba.id('q'), email => 'rosa@example.com', motivo => 'Era de Rosa.');
SELECT n, prueba.talk(n) FROM unnest('{p,q}'::text[]) n;
SELECT count(*) FROM (VALUES (ticket_sm.fn_corregir(prueba.id('q'), email => 'luis@example.com', motivo => 'No, de Luis.')), (ticket_sm.fn_desvincular(prueba.id('p'), prueba.id('q'), 'No era eso.'))) AS x;
SELECT * FROM ticket_sm.fn_verificar();
-- Where a message says that it came from is looked after.
CREATE FUNCTION prueba.forge_origin(origin text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL session_replication_role = replica;
	UPDATE helpdesk.historial SET vinculo = jsonb_build_object('origen', origin) WHERE ticket_uuid = prueba.id('q') AND mensaje = 'En q, al final.';
	SET LOCAL session_replication_role = origin;
	RETURN QUERY SELECT concat_ws(' ', problema, detalle) FROM ticket_sm.fn_verificar(prueba.id('q')) ORDER BY 1;
	RAISE EXCEPTION SQLSTATE 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN;
END $$;
SELECT n, prueba.forge_origin(o) FROM (VALUES ('p', prueba.id('p')::text), ('u', prueba.id('u')::text), ('q', prueba.id('q')::text), ('nobody', prueba.agente(9)::text), ('x', 'x'), ('null', NULL)) AS v(n, o);

------------------------------------------------------------------------
-- Files of a duplicate
------------------------------------------------------------------------

-- f of rosa, g of luis, h of rosa again: public files of f and h and one that was taken away, an internal one.
SELECT count(prueba.new_in(n, 'ASIGNADO', jsonb_build_object('email', e || '@example.com', 'nombre', initcap(e) || ' Díaz'))) FROM (VALUES ('f', 'rosa'), ('g', 'luis'), ('h', 'rosa')) AS t(n, e);
CREATE FUNCTION prueba.attach(name text, file text, own boolean DEFAULT false, public boolean DEFAULT true) RETURNS text LANGUAGE sql
	RETURN (SELECT r.archivo FROM helpdesk.ticket t, ticket_sm.fn_adjuntar(CASE WHEN NOT own THEN t.ticket_uuid END, file, convert_to(file, 'UTF8'), publico => public,
		ticket_label => CASE WHEN own THEN t.ticket_label END, email => CASE WHEN own THEN t.solicitante_email END) r WHERE t.ticket_uuid = prueba.id(name));
SELECT prueba.attach('f', 'f1.txt', true), prueba.attach('f', 'f2.txt', public => false), prueba.attach('f', 'f3.txt'), prueba.attach('f', 'f4.txt'), prueba.attach('g', 'g1.txt'), prueba.attach('h', 'h1.txt', true);
SELECT count(ticket_sm.fn_retirar_adjunto(ticket_uuid, adjunto_id, 'Era de otro.')) FROM helpdesk.adjunto WHERE archivo = 'f4.txt';
-- What an agent (by uuid) and the requester see: names, each with the label of where it lies; then whether each can be read that is there at all.
CREATE FUNCTION prueba.files(name text) RETURNS TABLE (who text, list text, readable text) LANGUAGE sql BEGIN ATOMIC
	SELECT w, (SELECT string_agg(concat_ws(' of ', coalesce(a.archivo, '-'), d.alias), ', ' ORDER BY n)
			FROM ticket_sm.fn_adjuntos(CASE w WHEN 'agent' THEN t.ticket_uuid END, CASE w WHEN 'own' THEN t.ticket_label END, CASE w WHEN 'own' THEN t.solicitante_email END) WITH ORDINALITY
				AS a(adjunto_id, archivo, tipo_contenido, bytes, sha256, publico, adjuntado_en, actor_nombre, actor_rol, version, retirado_en, ticket_label, n)
			LEFT JOIN helpdesk.ticket o ON o.ticket_label = a.ticket_label LEFT JOIN prueba.alias d ON d.id = o.ticket_uuid),
		(SELECT string_agg(a.archivo, ', ' ORDER BY a.archivo) FROM helpdesk.adjunto a WHERE prueba.try(format('SELECT ticket_sm.fn_adjunto(%L, %L, %L, %L)',
			CASE w WHEN 'agent' THEN t.ticket_uuid END, a.adjunto_id, CASE w WHEN 'own' THEN t.ticket_label END, CASE w WHEN 'own' THEN t.solicitante_email END)) = 'ok')
	FROM helpdesk.ticket t, unnest('{agent,own}'::text[]) w WHERE t.ticket_uuid = prueba.id(name);
END;
SELECT n, f.* FROM unnest('{f,g,h}'::text[]) n, prueba.files(n) f;
SELECT count(*) FROM ticket_sm.fn_vincular(prueba.id('f'), prueba.id('g'), 'duplicado', 'La misma avería.');
SELECT n, f.* FROM unnest('{f,g,h}'::text[]) n, prueba.files(n) f;
SELECT count(*) FROM ticket_sm.fn_vincular(prueba.id('g'), prueba.id('h'), 'duplicado', 'La misma avería.');
SELECT n, f.* FROM unnest('{f,g,h}'::text[]) n, prueba.files(n) f;
SELECT n, jsonb_path_query_array(c.adjuntos, '$[*].archivo') FROM unnest('{f,g,h}'::text[]) n, helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id(n);
SELECT a ->> 'archivo', a ->> 'actor_rol', a ->> 'solicitante', a -> 'ticket_label' <> 'null' FROM jsonb_array_elements(ticket_sm.fn_ticket(prueba.id('h')) -> 'adjuntos') a;
-- Of a duplicate of another area what was public shows, and no more; taken away it is where it lies.
SELECT prueba.told_as('regress_mario', format('SELECT ticket_sm.fn_retirar_adjunto(%L, %L, ''Sin querer.'')', prueba.id('h'), adjunto_id)) FROM helpdesk.adjunto WHERE archivo = 'f1.txt';
SELECT prueba.told_as('regress_ana', format('SELECT ticket_sm.fn_retirar_adjunto(%L, %L, ''Sin querer.'')', prueba.id('h'), adjunto_id)) ~ '^PT404.*has no attachment' FROM helpdesk.adjunto WHERE archivo = 'f1.txt';
SELECT count(*) FROM ticket_sm.fn_desvincular(prueba.id('g'), prueba.id('h'), 'No era eso.');
SELECT n, f.* FROM unnest('{f,g,h}'::text[]) n, prueba.files(n) f;
SELECT * FROM ticket_sm.fn_verificar();

------------------------------------------------------------------------
-- What the requester is not told of does not move anything that he sees
------------------------------------------------------------------------

SELECT count(prueba.new_in('y', 'ASIGNADO', '{"email": "rosa@example.com"}'));
CREATE FUNCTION prueba.shown(name text) RETURNS jsonb LANGUAGE sql
	RETURN (SELECT to_jsonb(c) FROM helpdesk.ticket t, ticket_sm.fn_consultar(t.ticket_label, t.solicitante_email) c WHERE t.ticket_uuid = prueba.id(name));
CREATE TABLE prueba.moved (call text, told boolean);
DO $$
DECLARE
	before jsonb := prueba.shown('y');
	call text;
BEGIN
	FOREACH call IN ARRAY ARRAY['ticket_sm.fn_actualizar(prueba.id(''y''), ''Una nota.'')', 'prueba.attach(''y'', ''y1.txt'', public => false)',
		'ticket_sm.fn_retirar_adjunto(prueba.id(''y''), (SELECT adjunto_id FROM helpdesk.adjunto WHERE archivo = ''y1.txt''), ''Sin querer.'')',
		'ticket_sm.fn_vincular(prueba.id(''y''), prueba.id(''g''), ''relacionado'', ''Se parecen.'')', 'ticket_sm.fn_vincular(prueba.id(''q''), prueba.id(''y''), ''duplicado'', ''La misma avería.'')',
		'prueba.reply(''q'', ''De otro.'')', 'ticket_sm.fn_desvincular(prueba.id(''q''), prueba.id(''y''), ''No era eso.'')',
		'ticket_sm.fn_actualizar(prueba.id(''y''), ''Otra nota.'', ''Una respuesta.'')', 'prueba.attach(''y'', ''y2.txt'')', 'prueba.reply(''y'', ''Gracias.'')', 'ticket_sm.fn_pausar(prueba.id(''y''), ''Falta algo.'')'] LOOP
		EXECUTE 'SELECT ' || call;
		INSERT INTO prueba.moved VALUES (call, prueba.shown('y') <> before);
		before := prueba.shown('y');
	END LOOP;
END $$;
SELECT * FROM prueba.moved;
SELECT c ->> 'actualizado_en' = c ->> 'ultima_fecha' FROM prueba.shown('y') c;
