-- Triggers
--
-- They are the machinery's: ticket_sm.disparadores() lists them.

SELECT ticket_sm.poner_disparadores(n.nspname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = @ticket@::regclass;

-- With them in place this has the first versions of the calendars written.
DELETE FROM @mesa@.feriado WHERE false;
