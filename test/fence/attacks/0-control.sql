-- Planted holes: the harness sees each kind of failure.

--- superuser: the owner becomes a superuser
-- must find roles have changed

-- as postgres
ALTER ROLE duena SUPERUSER;

--- setting: a setting of a role is changed
-- must find roles have changed

-- as postgres
ALTER ROLE carla SET search_path = trampa;

-- as victima
SELECT 1

--- setting_back: and back
-- as postgres
ALTER ROLE carla RESET search_path;

--- code: the owner's code runs as a superuser, in a transaction that is rolled back
-- must find the owner's code ran as postgres: aqui

-- as postgres
BEGIN; SELECT trampa.evil('aqui'); ROLLBACK;

--- sprung: a trap that springs only when others come, without the fence
-- must find the owner's code ran as victima: visita

CREATE FUNCTION trampa.consultar(a text, b text) RETURNS TABLE (estado text) LANGUAGE sql SECURITY INVOKER
	AS $$ SELECT trampa.evil('visita')::text $$;

-- as postgres
ALTER FUNCTION ticket_sm.fn_consultar(text, text) RENAME TO fn_consultar_de_verdad;
ALTER FUNCTION trampa.consultar(text, text) SET SCHEMA ticket_sm;
ALTER FUNCTION ticket_sm.consultar(text, text) RENAME TO fn_consultar;
GRANT EXECUTE ON FUNCTION ticket_sm.fn_consultar(text, text) TO PUBLIC;

--- foreign: a row of another desk changes
-- must find the foreign desk has changed

-- as postgres
UPDATE helpdesk.area SET activa = false WHERE nombre = 'REDES';

--- foreign_object: an object of another desk changes
-- must find the foreign desk has changed

-- as postgres
GRANT SELECT ON helpdesk.contador TO duena;

--- foreign_history: history of another desk is rewritten
-- must find fn_verificar of the foreign desk

-- as postgres
ALTER TABLE helpdesk.historial DISABLE TRIGGER USER; UPDATE helpdesk.historial SET actor_nombre = 'otro';
ALTER TABLE helpdesk.historial ENABLE TRIGGER USER;

--- changed: a row of the desk changes
-- must find changed: configuracion

UPDATE m.configuracion SET digitos = 7;

--- changed_object: a grant on the desk
-- must find changed: its objects

GRANT SELECT ON m.contador TO web;

--- unseen: what is said to be seen is not
-- must find fn_verificar does not see it
-- seen

SELECT 1

--- unseen_kind: it is seen as something else
-- must find fn_verificar does not see it
-- seen etiqueta

ALTER TABLE m.ticket DISABLE TRIGGER zzz_guardia_antes;

--- seen: and what is not said to be
-- must find fn_verificar says

ALTER TABLE m.ticket DISABLE TRIGGER zzz_guardia_antes;

--- secret: an agent sees a ticket of another area
-- must find luis has seen what it may not

ALTER TABLE m.ticket DISABLE ROW LEVEL SECURITY;

-- as luis
SELECT descripcion FROM m.ticket;

--- secret_error: by an error
-- must find luis has seen what it may not

ALTER TABLE m.ticket DISABLE ROW LEVEL SECURITY;

-- as luis
SELECT descripcion::integer FROM m.ticket WHERE area = 'SISTEMAS';

--- secret_notice: by a notice
-- must find luis has seen what it may not

ALTER TABLE m.ticket DISABLE ROW LEVEL SECURITY;

-- as luis
DO $$ BEGIN RAISE NOTICE '%', (SELECT max(descripcion) FROM m.ticket WHERE area = 'SISTEMAS'); END $$;

--- internal: an internal error
-- must find log: XX000 ERROR

DO $$ BEGIN RAISE SQLSTATE 'XX000'; END $$;

--- warning: a warning of the server's own, such as of a leaked reference
-- must find log: 01000 WARNING

DO $$ BEGIN RAISE WARNING 'buffer refcount leak'; END $$;

--- assertion: a failed assertion, as the log tells it
-- must find TRAP: FailedAssertion

DO $$ BEGIN RAISE LOG E'\nTRAP: FailedAssertion("nada")'; END $$;

--- crash: a backend crashes
-- must find terminated by signal

-- as postgres
COPY (SELECT 1) TO PROGRAM 'kill -SEGV $PPID';

--- expected_error: an error that must come does not
-- must find answers success, not 42501

-- fails 42501
SELECT 1

--- other_error: another one does
-- must find answers 22012, not 42501

-- fails 42501
SELECT 1 / 0

--- no_success: what must work does not
-- must find does not work

-- works
SELECT 1 / 0

--- other_value: another value
-- must find gives [(2,)], not 1

-- gives 1
SELECT 2
