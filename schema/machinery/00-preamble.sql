-- ticket_sm @version@: the machinery.
-- This script is built from schema/ by make; edit the parts there.

\echo Use "CREATE EXTENSION ticket_sm" to load this file. \quit

-- The schema ticket_sm may have stood before us: a dump makes it first.  In one
-- that belongs to a role with less power than ours, another's hand could decide
-- what our names mean.
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_namespace n
			   JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
			   WHERE n.nspname OPERATOR(pg_catalog.=) 'ticket_sm'
			   AND r.rolname OPERATOR(pg_catalog.<>) CURRENT_USER AND NOT r.rolsuper) THEN
		RAISE EXCEPTION 'schema "ticket_sm" belongs to another role'
			USING ERRCODE = 'duplicate_schema',
			HINT = 'Drop or rename it: CREATE EXTENSION makes its own.';
	END IF;
END $$;

-- Nobody knows what the bytes of such a database mean, so no hash could be proven elsewhere.
DO $$
BEGIN
	IF pg_catalog.getdatabaseencoding() OPERATOR(pg_catalog.=) 'SQL_ASCII' THEN
		RAISE EXCEPTION 'ticket_sm cannot be used in a database with encoding SQL_ASCII'
			USING ERRCODE = 'feature_not_supported',
			DETAIL = 'Texts are hashed, and their lengths checked, as characters of a known encoding.',
			HINT = 'Use a database with encoding UTF8.';
	END IF;
END $$;

COMMENT ON SCHEMA ticket_sm IS 'The machinery of the extension ticket_sm. It holds no data: that is in the mesas.';
