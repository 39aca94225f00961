-- Nothing is for everybody: PUBLIC may call none of it.  In an update only what is
-- new is touched: what was granted on a function before would otherwise count as
-- the extension's own from then on, and be left out of dumps.
DO $$
DECLARE
	funcion pg_catalog.regprocedure;
BEGIN
	FOR funcion IN
		SELECT p.oid FROM pg_catalog.pg_proc p
		WHERE p.pronamespace OPERATOR(pg_catalog.=) 'ticket_sm'::pg_catalog.regnamespace AND p.proacl IS NULL
	LOOP
		EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', funcion);
	END LOOP;
END $$;

