-- Luis, an AREA agent of REDES: his area's tickets, and no others.  The harness looks through all that he is
-- answered for the texts of other areas' tickets.

--- plain_select: every relation of the desk, every column
-- as luis
-- rows
SELECT format('SELECT x::text FROM %s AS x', c.oid::regclass) FROM pg_class c WHERE relnamespace = 'm'::regnamespace AND relkind IN ('r', 'v', 'i', 'S');

-- gives 2
SELECT count(*) FROM m.ticket;

-- gives 0
SELECT count(*) FROM m.historial h WHERE NOT EXISTS (SELECT FROM m.ticket t WHERE t.ticket_uuid = h.ticket_uuid);

--- leaky: functions and operators of his that tell what they are given
-- as luis
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'leak %', $1; RETURN false; END $$;

SELECT count(*) FROM m.ticket WHERE pg_temp.leak(descripcion) AND area = 'SISTEMAS';

SELECT count(*) FROM m.bandeja WHERE pg_temp.leak(asunto) OR pg_temp.leak(solicitante_email);

SELECT count(*) FROM m.ticket t JOIN m.historial h USING (ticket_uuid) WHERE pg_temp.leak(t.descripcion) AND pg_temp.leak(h.motivo);

SELECT descripcion::integer FROM m.ticket;

SELECT count(*) FROM m.ticket WHERE 1 / (CASE WHEN area = 'SISTEMAS' THEN 0 ELSE 1 END) = 2;

SELECT count(*) FROM m.sla_tiempos s WHERE 1 / (CASE WHEN s.area = 'SISTEMAS' THEN 0 ELSE 1 END) = 2;

SELECT count(*) FROM m.agente WHERE pg_temp.leak(email);

CREATE AGGREGATE pg_temp.suma(text) (SFUNC = textcat, STYPE = text, INITCOND = '');

SELECT pg_temp.suma(descripcion) FROM m.ticket;

SELECT count(*) FROM m.ticket TABLESAMPLE BERNOULLI (100) WHERE pg_temp.leak(descripcion);

SELECT count(*) FROM m.ticket TABLESAMPLE SYSTEM (100) REPEATABLE (pg_backend_pid()) WHERE pg_temp.leak(descripcion);

--- statistics: what the planner knows
-- as postgres
ANALYZE m.ticket; ANALYZE m.historial;

-- as luis
-- gives 0
SELECT count(*) FROM pg_stats WHERE schemaname = 'm' AND tablename IN ('ticket', 'historial', 'agente');

SELECT most_common_vals FROM pg_stats WHERE schemaname = 'm';

SELECT * FROM pg_stats_ext WHERE schemaname = 'm';

-- fails 42501
SELECT * FROM pg_statistic;

EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM m.ticket WHERE descripcion LIKE 'SEC%';

-- fails 42501
SELECT * FROM pg_statistic_ext_data;

--- explain: what EXPLAIN ANALYZE counts, by halves, to find uuids of other areas: PostgreSQL tells how many rows it has left out
-- as luis
SET enable_seqscan = off; SET enable_bitmapscan = off;

DO $$
DECLARE p json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT 1 FROM m.ticket WHERE ticket_uuid >= ''00000000-0000-0000-0000-000000000000''' INTO p;
	RAISE NOTICE '%', p;
END $$;

--- foreign_key_errors: constraints that tell whether a value exists
-- as luis
-- fails 42P16
CREATE TEMP TABLE x (u uuid REFERENCES m.ticket);

-- fails 42501
INSERT INTO m.ticket (ticket_uuid) VALUES ('{4}');

-- fails 42501
INSERT INTO m.ticket (ticket_uuid) VALUES ('{4}') ON CONFLICT DO NOTHING;

-- fails 42501
UPDATE m.ticket SET asunto = 'x';

-- fails 42501
DELETE FROM m.ticket;

-- fails 42501
SELECT * FROM m.ticket FOR UPDATE;

-- fails 42501
SELECT * FROM m.ticket FOR KEY SHARE;

-- fails 42501
MERGE INTO m.ticket t USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET asunto = 'x';

--- links: with tickets of other areas and of none, where AREA may link at all; what they show
-- changes ticket historial vinculo permiso
-- as duena
-- works
INSERT INTO m.permiso VALUES ('vincular', 'AREA'), ('desvincular', 'AREA');

-- as marta
-- works
SELECT ticket_sm.fn_vincular('{2}', '{4}', 'padre', 'es parte');

-- works
SELECT ticket_sm.fn_vincular('{2}', '{6}', 'relacionado', 'se parecen');

-- as luis
-- gives 0
SELECT count(*) FROM m.vinculo;

-- gives 0
SELECT jsonb_array_length(ticket_sm.fn_ticket('{2}') -> 'vinculos');

-- fails 42501
SELECT ticket_sm.fn_vincular('{2}', '{5}', 'relacionado', 'por que si');

-- fails 42501
SELECT ticket_sm.fn_vincular('{5}', '{2}', 'duplicado', 'por que si');

-- fails 42501
SELECT ticket_sm.fn_vincular('{2}', '{4}', 'padre', 'ya lo es');

-- fails 42501
SELECT ticket_sm.fn_desvincular('{2}', '{4}', 'por que si');

-- fails 42501
SELECT ticket_sm.fn_desvincular('{5}', '{2}', 'no lo es');

-- fails PT404
SELECT ticket_sm.fn_vincular('{2}', '00000000-0000-4000-8000-000000000009', 'padre', 'por que si');

-- gives 0
SELECT count(*) FROM ticket_sm.fn_ejecutar_lote('vincular', '{{3},{5}}', '{"otro_id": "{4}", "relacion": "duplicado", "motivo": "por que si"}') WHERE hecho OR codigo <> '42501';

-- gives 0
SELECT count(advertencia) FROM ticket_sm.fn_resolver('{2}');

-- fails 42501
INSERT INTO m.vinculo SELECT * FROM m.vinculo;

-- fails 42501
UPDATE m.vinculo SET relacion = 'duplicado';

-- fails 42501
DELETE FROM m.vinculo;

-- fails 42501
SELECT * FROM m.vinculo FOR UPDATE;

--- operations: every operation on a ticket of another area
-- as luis
-- rows
SELECT format('SELECT ticket_sm.%I(%L%s)', p.proname, '{4}', CASE WHEN o.operacion IN ('pausar', 'cancelar', 'archivar') THEN ', ''motivo''' WHEN o.operacion = 'actualizar' THEN ', ''nota''' ELSE '' END)
	FROM ticket_sm.hoja_operaciones() o JOIN pg_proc p ON p.proname = 'fn_' || o.operacion WHERE p.pronamespace = 'ticket_sm'::regnamespace;

-- fails 42501
SELECT ticket_sm.fn_cancelar('{4}', 'por que si');

-- fails 42501
SELECT ticket_sm.fn_actualizar('{4}', 'nota');

-- fails 42501 PT404
SELECT ticket_sm.fn_ticket('{4}');

-- fails 42501 PT404
SELECT * FROM ticket_sm.fn_sla_explicar('{4}');

-- fails 42501
SELECT ticket_sm.fn_asignar('{2}', area => 'REDES');

-- fails 42501
SELECT ticket_sm.fn_transferir('{2}', 'SISTEMAS', 'que lo hagan ellos');

-- fails 42501
SELECT ticket_sm.fn_verificar();

-- fails 42501
SELECT ticket_sm.fn_eventos();

-- fails 42501
SELECT ticket_sm.fn_sla_barrer();

--- exists: whether a uuid exists is told alike to whoever may not see the ticket
-- as luis
-- fails 42501 PT404
SELECT ticket_sm.api_ticket('{"ticket_id": "{4}"}', 'm');

SELECT ticket_sm.api_operar('cancelar', '{"ticket_id": "{4}", "datos": {"motivo": "por que si"}}', 'm');

--- queue: the queue, with filters for another area
-- as luis
-- fails 42501
SELECT count(*) FROM ticket_sm.fn_bandeja(area => 'SISTEMAS');

-- gives 2
SELECT count(*) FROM ticket_sm.fn_bandeja();

SELECT * FROM ticket_sm.fn_bandeja(texto => 'SECRETO');

SELECT * FROM ticket_sm.fn_bandeja(despues => 'c00000000000000000000000000000000000000000000000', tamano => 1000);

--- batch: a batch on the tickets of another area keeps no locks
-- changes ticket historial evento
-- as luis
BEGIN; SELECT hecho, codigo, mensaje, detalle FROM ticket_sm.fn_ejecutar_lote('cancelar', '{{4},{5},{6}}', '{"motivo": "por que si"}');

-- as marta
-- works
SELECT ticket_sm.fn_actualizar('{4}', 'nota');

-- works
SELECT ticket_sm.fn_actualizar('{6}', 'nota');

-- as luis
COMMIT;

--- single_lock: nor does a single call, nor one in a savepoint
-- changes ticket historial evento
-- as luis
BEGIN; SAVEPOINT s;

-- fails 42501
SELECT ticket_sm.fn_cancelar('{4}', 'por que si');

ROLLBACK TO s;

-- as marta
-- works
SELECT ticket_sm.fn_actualizar('{4}', 'nota');

-- as luis
ROLLBACK;

--- advisory: locks that the functions wait for
-- changes ticket historial contador evento
-- as luis
SELECT pg_advisory_lock(classid::bigint << 32 | objid::bigint) FROM pg_locks WHERE locktype = 'advisory';

SELECT pg_advisory_lock(a, b) FROM generate_series(2025, 2027) AS a, unnest(ARRAY['m.ticket'::regclass::oid::integer, 'm.contador'::regclass::oid::integer, 0]) AS b;

SELECT pg_advisory_lock('m.contador'::regclass::oid::bigint << 32 | 2026);

-- as marta
-- works
SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Perez', email => 'ana@desk.example', tipo => 'queja', categoria => 'Red', descripcion => 'a pesar de todo', prioridad => 'alta');

-- works
SELECT ticket_sm.fn_actualizar('{6}', 'nota');

--- table_locks: locks on tables
-- as luis
BEGIN;

-- fails 42501
LOCK TABLE m.ticket IN ROW SHARE MODE;

ROLLBACK; BEGIN;

-- fails 42501
LOCK TABLE m.configuracion IN ACCESS EXCLUSIVE MODE;

ROLLBACK;

-- works
BEGIN; LOCK TABLE m.ticket IN ACCESS SHARE MODE; ROLLBACK;

--- claims: claims of his own making
-- as luis
SET request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000000", "role": "m_admin"}';

-- gives 2
SELECT count(*) FROM m.ticket;

SELECT set_config('request.jwt.claims', json_build_object('sub', agente_id, 'role', 'm_mesa')::text, false) FROM m.agente;

-- gives 2
SELECT count(*) FROM ticket_sm.fn_bandeja();

SET request.jwt.claims = '{'; SELECT count(*) FROM ticket_sm.fn_bandeja();

-- fails 42501
SET ticket_sm.autenticadores = 'luis';

--- authenticator: claims of an authenticator, for a role it has not set, and nonsense
-- as autenticador
SET ROLE luis; SELECT set_config('request.jwt.claims', '{"sub": "no uuid"}', false);

SELECT count(*) FROM m.ticket;

SELECT set_config('request.jwt.claims', repeat('[', 100000), false);

SELECT count(*) FROM m.ticket;

SELECT set_config('request.jwt.claims', '{"sub": {"sub": 1}}', false); SELECT ticket_sm.exigir('consultar', 'm.ticket');

SELECT set_config('request.jwt.claims', '[1]', false); SELECT ticket_sm.exigir('consultar', 'm.ticket');

SELECT set_config('request.jwt.claims', '"x"', false); SELECT ticket_sm.fn_bandeja();

--- roles: other roles
-- as luis
-- fails 42501
SET ROLE marta;

-- fails 42501
SET ROLE m_mesa;

-- fails 42501
SET SESSION AUTHORIZATION sofia;

-- works
SET ROLE m_area;

SELECT count(*) FROM m.ticket;

RESET ROLE; SET ticket_sm.mesa = 'helpdesk';

-- fails 42501
SELECT count(*) FROM ticket_sm.fn_bandeja();

SET ticket_sm.mesa = 'pg_catalog';

SELECT * FROM ticket_sm.fn_maquina();

SET ticket_sm.mesa = '';

SELECT * FROM ticket_sm.fn_maquina();

SET ticket_sm.mesa = E'm"; DROP SCHEMA m; --';

SELECT * FROM ticket_sm.fn_maquina();

--- other_desk_by_argument: functions that take the desk as an argument
-- as luis
SELECT ticket_sm.alcance_total('helpdesk.ticket');

SELECT ticket_sm.alcance_area('pg_class');

SELECT ticket_sm.alcance_area(0);

SELECT ticket_sm.sla_tiempo('helpdesk.ticket', 1, now(), now());

SELECT ticket_sm.exigir('consultar', 'm.historial');

SELECT ticket_sm.api_ticket('{"ticket_id": "{4}"}', 'helpdesk');

SELECT ticket_sm.fn_sla_sumar('CO', now(), '1 hour');

--- other_desk_by_oid: and by number, which asks for no USAGE of the schema
-- as luis
-- fails 42501
SELECT ticket_sm.sla_tiempo((SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'helpdesk' AND relname = 'ticket'), 1, now(), now() + interval '1 day');

-- fails 42501
SELECT ticket_sm.exigir('consultar', (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'helpdesk' AND relname = 'ticket'));

-- gives False
SELECT coalesce(ticket_sm.alcance_total((SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'helpdesk' AND relname = 'ticket')), false);

--- cached_role: what he was before, in the same session
-- changes objects
-- as luis
-- gives 2
SELECT count(*) FROM ticket_sm.fn_bandeja();

-- as postgres
REVOKE m_area FROM luis;

-- as luis
-- fails 42501
SELECT count(*) FROM ticket_sm.fn_bandeja();

-- as postgres
GRANT m_area TO luis; REVOKE USAGE ON SCHEMA m FROM m_area;

-- as luis
-- fails 42501
SELECT count(*) FROM ticket_sm.fn_bandeja();

-- as postgres
GRANT USAGE ON SCHEMA m TO m_area;

--- switched_off: off, and in another area, from the next call on
-- changes agente
-- as luis
-- gives 2
SELECT count(*) FROM ticket_sm.fn_bandeja();

-- as postgres
UPDATE m.agente SET area = 'MESA' WHERE nombre = 'Luis';

-- as luis
-- fails 42501
SELECT ticket_sm.fn_actualizar('{2}', 'nota');

-- as postgres
UPDATE m.agente SET activo = false WHERE nombre = 'Luis';

-- as luis
-- fails 42501
SELECT count(*) FROM ticket_sm.fn_bandeja();

-- gives 0
SELECT count(*) FROM m.ticket;

--- set_role_in_cache: a session that becomes somebody with less
-- as victima
-- works
SELECT count(*) FROM ticket_sm.fn_bandeja();

-- as autenticador
SET ROLE marta; SELECT count(*) FROM ticket_sm.fn_bandeja();

-- fails 42501
SET ROLE web; SELECT count(*) FROM ticket_sm.fn_bandeja();

--- pg_temp: his objects in front of ours
-- as luis
CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT trampa.evil('lower')::text $$;
CREATE TEMP TABLE ticket AS SELECT 'REDES'::text AS area; CREATE TEMP TABLE agente AS SELECT 'luis'::name AS usuario_bd, 'SISTEMAS'::text AS area;
CREATE FUNCTION pg_temp.texteq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR pg_temp.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.texteq);
SET search_path = pg_temp, m, pg_catalog;

SELECT count(*) FROM ticket_sm.fn_bandeja();

SELECT * FROM ticket_sm.fn_bandeja(area => 'SISTEMAS');

SELECT ticket_sm.fn_ticket('{4}');

--- parallel: in parallel workers and under other isolation levels
-- changes ticket historial
-- as luis
SET force_parallel_mode = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;

-- gives 2
SELECT count(*) FROM m.ticket;

-- gives 2
SELECT count(*) FROM ticket_sm.fn_bandeja();

BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT ticket_sm.fn_actualizar('{2}', 'nota'); SELECT count(*) FROM m.ticket; COMMIT;

BEGIN READ ONLY;

-- fails 25006
SELECT ticket_sm.fn_actualizar('{2}', 'nota');

ROLLBACK;

--- cursors: cursors held over a change of role
-- as autenticador
SET ROLE marta; BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT ticket_label FROM m.ticket; COMMIT;

SET ROLE web; FETCH ALL FROM c;

-- fails 42501
SELECT count(*) FROM m.ticket;

--- prepared_over_roles: a plan made by one role, run by another
-- as autenticador
SET ROLE marta; PREPARE p AS SELECT count(*) FROM m.ticket;

-- gives 6
EXECUTE p;

SET ROLE luis;

-- gives 2
EXECUTE p;

SET ROLE web;

-- fails 42501
EXECUTE p;

--- bad_arguments: every function with NULLs, alone
-- allowed XX001
-- changes ticket historial
-- as luis
-- rows
SELECT format('SELECT ticket_sm.%I(%s)', proname, array_to_string(array_fill('NULL'::text, ARRAY[pronargs::integer]), ', ')) FROM pg_proc WHERE pronamespace = 'ticket_sm'::regnamespace;

-- rows
SELECT format('SELECT ticket_sm.%I(%s)', proname, (SELECT string_agg(CASE format_type(t, NULL) WHEN 'text' THEN format('%L', repeat('ñ', 30000)) WHEN 'uuid' THEN '''{2}''' WHEN 'integer' THEN '2147483647'
	WHEN 'json' THEN format('%L', repeat('[', 5000) || repeat(']', 5000)) WHEN 'name' THEN '''m''' WHEN 'timestamp with time zone' THEN '''infinity''' WHEN 'interval' THEN '''-178000000 years''' WHEN 'regclass' THEN '''pg_class''' ELSE 'NULL' END, ', ' ORDER BY i)
	FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS a(t, i))) FROM pg_proc WHERE pronamespace = 'ticket_sm'::regnamespace;

-- rows
SELECT format('SELECT ticket_sm.%I(%s)', proname, (SELECT string_agg(CASE WHEN (i = n) = alone THEN 'NULL' ELSE CASE format_type(t, NULL) WHEN 'text' THEN '''x''' WHEN 'uuid' THEN '''{2}''' WHEN 'integer' THEN '1'
	WHEN 'json' THEN '''{}''' WHEN 'jsonb' THEN '''{}''' WHEN 'name' THEN '''m''' WHEN 'timestamp with time zone' THEN '''now''' WHEN 'interval' THEN '''1 hour''' WHEN 'regclass' THEN '''m.ticket'''
	WHEN 'boolean' THEN 'true' WHEN 'text[]' THEN '''{x}''' WHEN 'uuid[]' THEN '''{{2}}''' ELSE 'NULL' END END, ', ' ORDER BY i) FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS a(t, i)))
	FROM pg_proc, generate_series(1, pronargs) AS n, (VALUES (true), (false)) AS v(alone) WHERE pronamespace = 'ticket_sm'::regnamespace;
