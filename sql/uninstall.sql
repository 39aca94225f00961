-- The last suite: what the errors of all suites had in common, and the way out.

\pset format unaligned
\pset tuples_only on

-- The primary message of a PT error goes into PostgREST's HTTP status line:
-- it is one of these constants, whatever the data.
SELECT sqlstate, message FROM prueba.seen WHERE sqlstate LIKE 'PT%' GROUP BY 1, 2 ORDER BY sqlstate COLLATE "C", message COLLATE "C";

-- Every PT error says more in DETAIL or HINT: empty.
SELECT DISTINCT sqlstate, message FROM prueba.seen WHERE sqlstate LIKE 'PT%' AND detail = '' AND hint = '';

-- No error was an internal one, and none says "try again" to a client that must
-- not: empty.
SELECT DISTINCT sqlstate, message FROM prueba.seen WHERE sqlstate ~ '^(XX|40|58|0A|53|54)';

-- The style guide: primary messages begin in lower case and end without a full
-- stop, DETAIL and HINT are sentences.  Empty.
SELECT DISTINCT sqlstate, message, detail, hint FROM prueba.seen
WHERE sqlstate ~ '^(PT|22|42501|428C9)'
	AND (message ~ '^[A-ZÑ]' AND message !~ '^[A-Z]{2}' OR message ~ '\.$'
		OR detail <> '' AND detail !~ '^[A-Z("].*[.)]$' OR hint <> '' AND hint !~ '^([A-Z]|ticket_sm\.).*[.?]$');

-- Once its mesas are gone the extension goes and leaves nothing behind.
SET client_min_messages = error;
DROP SCHEMA helpdesk CASCADE;
DROP EXTENSION ticket_sm;
DROP SCHEMA ticket_sm;
SELECT proname FROM pg_proc WHERE probin LIKE '%ticket_sm%';
DROP SCHEMA prueba CASCADE;
DROP ROLE regress_ana, regress_mario, regress_alba, regress_saul, regress_ines, regress_pepe, regress_nadie;
