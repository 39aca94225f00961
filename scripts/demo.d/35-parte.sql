-- The line that tells how the desk stands, printed as the day goes by.
CREATE FUNCTION demo.parte(periodo interval) RETURNS text
LANGUAGE sql AS $$
	SELECT format('       %s  %3s created  %3s assigned  %3s solved  %3s other   %3s open',
		to_char(max(ocurrido_en) AT TIME ZONE 'America/Bogota', 'Dy DD HH24:MI'),
		count(*) FILTER (WHERE operacion = 'crear'),
		count(*) FILTER (WHERE operacion = 'asignar'),
		count(*) FILTER (WHERE operacion IN ('resolver', 'archivar', 'cancelar')),
		count(*) FILTER (WHERE operacion NOT IN ('crear', 'asignar', 'resolver', 'archivar', 'cancelar')),
		(SELECT count(*) FROM helpdesk.ticket WHERE abierto))
	FROM helpdesk.historial
	WHERE ocurrido_en > (SELECT max(ocurrido_en) FROM helpdesk.historial) - periodo
$$;
