-- The desk of the end-to-end tests.

INSERT INTO helpdesk.area (nombre, activa) VALUES ('REDES', true), ('SOPORTE', true), ('ANTIGUA', false);
INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area) VALUES
	('00000000-0000-4000-8000-000000000001', 'Ana Ruiz', 'ana@desk.example', 'ADMIN', NULL),
	('00000000-0000-4000-8000-000000000002', 'Mario Gil', 'mario@desk.example', 'MESA', 'MESA'),
	('00000000-0000-4000-8000-000000000003', 'Alba Núñez', 'alba@desk.example', 'AREA', 'REDES'),
	('00000000-0000-4000-8000-000000000004', 'Saúl Peña', 'saul@desk.example', 'AREA', 'SOPORTE');
INSERT INTO helpdesk.credencial
SELECT agente_id, crypt('secreto-1', gen_salt('bf', 10)) FROM helpdesk.agente;

-- What user-made triggers may raise: a ticket whose note names it gets it.
CREATE FUNCTION public.trampa() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	codigo text := substring(NEW.nota FROM '^trampa (\w{5})');
BEGIN
	IF codigo IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = codigo, MESSAGE = coalesce(substring(NEW.nota FROM '^trampa \w{5} (.*)$'), 'trampa');
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER trampa AFTER INSERT ON helpdesk.historial FOR EACH ROW EXECUTE FUNCTION public.trampa();
CREATE FUNCTION public.trampa_al_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'al final';
END $$;
CREATE CONSTRAINT TRIGGER trampa_al_final AFTER INSERT ON helpdesk.historial DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.nota = 'al final') EXECUTE FUNCTION public.trampa_al_final();
