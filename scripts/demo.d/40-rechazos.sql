-- What the desk refuses: each attempt is made by the role it is about, in a
-- connection of its own, and what the server answered is kept for the report.
-- An attempt that is not refused as expected ends the demo.

\connect - postgres

CREATE TABLE demo.rechazo (
	orden		integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	quien		text NOT NULL,
	intento		text NOT NULL,
	sqlstate	text NOT NULL,
	mensaje		text NOT NULL,
	detalle		text NOT NULL,
	consejo		text NOT NULL
);
GRANT SELECT, INSERT ON demo.rechazo TO PUBLIC;

CREATE FUNCTION demo.intentar(esperado text, intento text, sentencia text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	estado text;
	mensaje text;
	detalle text;
	consejo text;
BEGIN
	BEGIN
		EXECUTE sentencia;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS estado = RETURNED_SQLSTATE, mensaje = MESSAGE_TEXT,
			detalle = PG_EXCEPTION_DETAIL, consejo = PG_EXCEPTION_HINT;
	END;
	IF estado IS DISTINCT FROM esperado THEN
		RAISE EXCEPTION 'expected % but got % (%): %', esperado, coalesce(estado, 'no error'), mensaje, sentencia;
	END IF;
	INSERT INTO demo.rechazo (quien, intento, sqlstate, mensaje, detalle, consejo)
	VALUES (current_user, intento, estado, mensaje, detalle, consejo);
END $$;

-- Some tickets to try it on.
SELECT max(ticket_uuid::text) FILTER (WHERE estado = 'NUEVO') AS nuevo,
	max(ticket_uuid::text) FILTER (WHERE estado = 'PAUSADO') AS pausado,
	max(ticket_uuid::text) FILTER (WHERE estado = 'ASIGNADO' AND area = 'REDES') AS de_redes,
	max(ticket_uuid::text) FILTER (WHERE estado = 'ASIGNADO' AND area = 'FACTURACION') AS de_facturacion,
	max(ticket_uuid::text) FILTER (WHERE estado = 'CANCELADO') AS cancelado,
	max(ticket_uuid::text) FILTER (WHERE estado = 'ARCHIVADO') AS archivado,
	min(ticket_label) AS primero,
	(array_agg(solicitante_email ORDER BY ticket_label))[1] AS correo,
	(array_agg(clave_idempotencia ORDER BY ticket_label))[1] AS clave
FROM helpdesk.ticket \gset

\connect - diego
SELECT demo.intentar('42501', 'hands out a ticket himself, which AREA may not',
	format('SELECT ticket_sm.fn_asignar(%L)', :'nuevo'));
SELECT demo.intentar('42501', 'pauses a ticket of FACTURACION; his area is REDES',
	format('SELECT ticket_sm.fn_pausar(%L, motivo => %L)', :'de_facturacion', 'A la espera del banco'));
SELECT demo.intentar('22004', 'pauses a ticket without saying why',
	format('SELECT ticket_sm.fn_pausar(%L, motivo => %L)', :'de_redes', '   '));
SELECT demo.intentar('PT412', 'resolves what a colleague changed meanwhile',
	format('SELECT ticket_sm.fn_resolver(%L, version => 1)', :'de_redes'));

\connect - jaime
SELECT demo.intentar('42501', 'goes on working after he was switched off',
	format('SELECT ticket_sm.fn_actualizar(%L, nota => %L)', :'de_redes', 'Sigo con el caso'));

\connect - lucia
SELECT demo.intentar('PT409', 'archives a ticket that nobody has worked on',
	format('SELECT ticket_sm.fn_archivar(%L, motivo => %L)', :'nuevo', 'No hace falta'));
SELECT demo.intentar('PT409', 'adds a note to a ticket that was cancelled',
	format('SELECT ticket_sm.fn_actualizar(%L, nota => %L)', :'cancelado', 'El cliente llamó otra vez'));
SELECT demo.intentar('PT409', 'transfers a ticket to the area that has it',
	format('SELECT ticket_sm.fn_transferir(%L, area => %L, motivo => %L)', :'de_redes', 'redes', 'Va para redes'));
SELECT demo.intentar('22023', 'transfers a ticket to an area that does not exist',
	format('SELECT ticket_sm.fn_transferir(%L, area => %L, motivo => %L)', :'de_redes', 'COCINA', 'Va para la cocina'));
SELECT demo.intentar('PT404', 'looks for a ticket that does not exist',
	$$SELECT ticket_sm.fn_ticket('00000000-0000-4000-8000-000000000000')$$);

\connect - portal
SELECT demo.intentar('22023', 'registers a request with an unknown priority',
	$$SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Gil', email => 'ana@correo.example', tipo => 'queja', categoria => 'Atención',
		descripcion => 'Nadie contesta el teléfono', prioridad => 'URGENTÍSIMA')$$);
SELECT demo.intentar('22004', 'registers a request without an address',
	$$SELECT ticket_sm.fn_crear_ticket(nombre => 'Ana Gil', tipo => 'queja', categoria => 'Atención',
		descripcion => 'Nadie contesta el teléfono', prioridad => 'alta')$$);
SELECT demo.intentar('PT409', 'sends another request under a key that was used before',
	$$SELECT ticket_sm.fn_crear_ticket(nombre => 'Pedro Nel Zapata', email => $$ || quote_literal(:'correo') || $$, tipo => 'queja',
		categoria => 'Atención', descripcion => 'Nadie contesta el teléfono', prioridad => 'alta',
		clave_idempotencia => $$ || quote_literal(:'clave') || $$)$$);
SELECT demo.intentar('PT404', 'consults a ticket with somebody else''s address',
	format('SELECT ticket_sm.fn_consultar(%L, %L)', :'primero', 'ana@correo.example'));
SELECT demo.intentar('42501', 'reads an internal ticket',
	format('SELECT ticket_sm.fn_ticket(%L)', :'archivado'));

-- Another session holds a ticket: the desk waits espera_bloqueo, no longer.
\connect - postgres
\setenv OCUPADO :pausado
\! PGAPPNAME=ocupado "$PSQL" -q -c "BEGIN" -c "SELECT FROM helpdesk.ticket WHERE ticket_uuid = '$OCUPADO' FOR UPDATE" -c "SELECT pg_sleep(30)" >/dev/null 2>&1 &
DO $$
BEGIN
	WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'ocupado' AND wait_event = 'PgSleep') LOOP
		PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();
	END LOOP;
END $$;
\connect - marcos
SET ticket_sm.espera_bloqueo = '200ms';
SELECT demo.intentar('PT423', 'takes up a ticket that another session holds',
	format('SELECT ticket_sm.fn_reabrir(%L, motivo => %L)', :'pausado', 'Llegó el repuesto'));
\connect - postgres
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ocupado';

-- The owner of the tables is held to the same rules.
SELECT demo.intentar('PT409', 'the owner sets a state that the machine does not lead to',
	format('UPDATE helpdesk.ticket SET estado = %L WHERE ticket_uuid = %L', 'ARCHIVADO', :'nuevo'));
SELECT demo.intentar('428C9', 'the owner gives a ticket another label',
	format('UPDATE helpdesk.ticket SET ticket_label = %L WHERE ticket_uuid = %L', 'TK-2020-00001', :'de_redes'));
SELECT demo.intentar('42501', 'the owner deletes a ticket',
	format('DELETE FROM helpdesk.ticket WHERE ticket_uuid = %L', :'cancelado'));
SELECT demo.intentar('42501', 'the owner rewrites history',
	format('UPDATE helpdesk.historial SET actor_nombre = %L WHERE ticket_uuid = %L', 'Nadie', :'cancelado'));
