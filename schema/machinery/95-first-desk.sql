-- No event trigger is a table's, and none is dumped with a mesa: it is the extension's.
CREATE EVENT TRIGGER ticket_sm_guardia ON ddl_command_start
	WHEN TAG IN ('ALTER TYPE', 'DROP EXTENSION', 'DROP SCHEMA')
	EXECUTE FUNCTION ticket_sm.tg_statement();
COMMENT ON EVENT TRIGGER ticket_sm_guardia IS
'Refuses to alter the types of the extension ticket_sm, which a dump would lose.';

-- The first mesa, unless its schema stands: then this is a restore, and the
-- dump brings the rest.  The default group roles get their functions in both
-- cases, as what is granted here does not travel in a dump.

DO $$
DECLARE
	objeto record;
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'helpdesk') THEN
		PERFORM ticket_sm.conceder_funciones('ticket_admin', 'ticket_mesa', 'ticket_area', 'ticket_publico');
		RETURN;
	END IF;
	PERFORM ticket_sm.crear_mesa();

	-- What was made in a CREATE EXTENSION script is a member of the
	-- extension; a mesa must not be.  (The types of a table go with it.)
	FOR objeto IN
		SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS clase,
			d.objid::pg_catalog.regclass::pg_catalog.text AS nombre
		FROM pg_catalog.pg_depend d
		JOIN pg_catalog.pg_extension e ON d.refobjid OPERATOR(pg_catalog.=) e.oid
			AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
		JOIN pg_catalog.pg_class c ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
			AND d.objid OPERATOR(pg_catalog.=) c.oid
		WHERE e.extname OPERATOR(pg_catalog.=) 'ticket_sm'
		AND d.deptype OPERATOR(pg_catalog.=) 'e'
		AND c.relnamespace OPERATOR(pg_catalog.=) 'helpdesk'::pg_catalog.regnamespace
		AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,v,S}'::"char"[])
	LOOP
		EXECUTE pg_catalog.format('ALTER EXTENSION ticket_sm DROP %s %s', objeto.clase, objeto.nombre);
	END LOOP;
	ALTER EXTENSION ticket_sm DROP SCHEMA helpdesk;
END $$;
