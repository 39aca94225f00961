-- The view salud: what it watches, who may read it, what is wrong and what to do.
-- A desk of its own.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT prueba.fresh_mesa();
SELECT ticket_sm.crear_mesa('sano');
SET ticket_sm.mesa = 'sano';
CREATE VIEW prueba.salud AS
SELECT s.aspecto, s.en_orden, regexp_replace(s.valor, ' (at|of) 20.*', ' \1 <time>') AS valor, regexp_replace(s.consejo, 'done: .*', 'done: <when>') AS consejo FROM sano.salud s;
CREATE FUNCTION prueba.wait(interval) RETURNS void LANGUAGE sql
	RETURN (SELECT NULL FROM set_config('ticket_sm.desfase_reloj', round(extract(epoch FROM ticket_sm.ahora() + $1 - clock_timestamp()))::integer::text, false));

-- A new desk: nothing is wrong but that nobody sweeps it.
SELECT * FROM prueba.salud;
SELECT * FROM ticket_sm.fn_sla_barrer();
SELECT * FROM prueba.salud WHERE NOT en_orden OR aspecto = 'barrido';
-- Who may read it.
SELECT r, prueba.as_role(r, $$SELECT count(*) > 5 FROM sano.salud$$), prueba.as_role(r, $$SELECT count(*) FROM ticket_sm.verificar_mesa('sano.ticket')$$)
FROM unnest('{regress_ana, regress_mario, regress_alba, regress_pepe, regress_nadie}'::text[]) r;

-- The sweep has not run for long; and something has come due meanwhile.
SELECT prueba.wait('9 minutes');
SELECT aspecto FROM prueba.salud WHERE NOT en_orden;
SELECT prueba.wait('2 minutes');
SELECT * FROM prueba.salud WHERE NOT en_orden;
SELECT prueba.new_ticket('urgente', '{"prioridad": "CRITICA", "area": "MESA"}');
SELECT prueba.wait('125 minutes');
SELECT * FROM prueba.salud WHERE NOT en_orden;
SELECT operacion, objetivo FROM ticket_sm.fn_sla_barrer();
SELECT * FROM prueba.salud WHERE NOT en_orden OR aspecto = 'eventos';
-- Nobody reads the outbox.
SELECT prueba.wait('2 hours');
SELECT count(*) FROM ticket_sm.fn_sla_barrer();
SELECT * FROM prueba.salud WHERE NOT en_orden;
DELETE FROM sano.evento;
-- A sweep in the future, by a clock that was wrong.
SELECT prueba.wait('-1 day');
SELECT aspecto FROM prueba.salud WHERE NOT en_orden;
SELECT count(*) FROM ticket_sm.fn_sla_barrer();

-- What fn_verificar says of the desk, but not of its tickets.
ALTER TABLE sano.ticket DISABLE TRIGGER USER;
UPDATE sano.ticket SET asunto = 'Otro.';
SELECT * FROM prueba.salud WHERE NOT en_orden;
ALTER TABLE sano.ticket ENABLE TRIGGER USER;
SELECT count(*) FROM prueba.salud WHERE NOT en_orden;
SELECT problema FROM ticket_sm.fn_verificar();
SELECT problema FROM ticket_sm.verificar_mesa('sano.ticket');
SELECT prueba.err(format('SELECT ticket_sm.verificar_mesa(%L)', m)) FROM unnest('{sano.area, pg_catalog.pg_class, NULL}'::text[]) m;
-- It is of its own desk, whatever ticket_sm.mesa says; and without its sequence a sweep is done all the same.
SET ticket_sm.mesa = 'helpdesk';
SELECT count(*) FROM prueba.salud WHERE NOT en_orden;
SET ticket_sm.mesa = 'sano';
ALTER SEQUENCE sano.barrido OWNER TO regress_nadie;
SET ROLE regress_ana;
SELECT count(*) FROM ticket_sm.fn_sla_barrer();
RESET ROLE;
DROP SEQUENCE sano.barrido CASCADE;
SELECT count(*) FROM ticket_sm.fn_sla_barrer();

RESET ticket_sm.desfase_reloj;
RESET ticket_sm.mesa;
DROP FUNCTION prueba.wait;
DROP SCHEMA sano CASCADE;
