-- What the contract's desk has besides test/rest/desk.sql: targets by a business
-- calendar, an outbox that hears of everything, people who are off or come by
-- psql, and who asks in answers.sql.

UPDATE helpdesk.configuracion SET eventos = '{crear, asignar, transferir, reclasificar, pausar, reabrir, actualizar,
	resolver, cancelar, archivar, avisar, vencer, retirar, recalcular}';
INSERT INTO helpdesk.sla_politica (objetivo, tipo, prioridad, area, categoria, horas, dias_habiles, calendario, avisos) VALUES
	('resolucion', NULL, 'ALTA', NULL, NULL, 5, NULL, 'CO', '{50, 80}'),
	('resolucion', 'QUEJA', NULL, 'SOPORTE', NULL, NULL, 2, 'CO', '{75}'),
	('resolucion', NULL, NULL, NULL, 'Nómina', 10, NULL, '24x7', '{75}'),
	('atencion', NULL, 'ALTA', NULL, NULL, 1, NULL, 'CO', '{50}');

INSERT INTO helpdesk.agente (agente_id, nombre, email, rol, area, activo) VALUES
	('00000000-0000-4000-8000-000000000005', 'Olga Paz', 'olga@desk.example', 'AREA', 'REDES', false),
	('00000000-0000-4000-8000-000000000006', 'Sin Clave', 'sinclave@desk.example', 'MESA', NULL, true);
INSERT INTO helpdesk.credencial VALUES ('00000000-0000-4000-8000-000000000005', public.crypt('secreto-1', public.gen_salt('bf', 10)));

CREATE ROLE ana LOGIN IN ROLE ticket_admin;
CREATE ROLE mario LOGIN IN ROLE ticket_mesa;
CREATE ROLE alba LOGIN IN ROLE ticket_area;
CREATE ROLE saul LOGIN IN ROLE ticket_area;
CREATE ROLE olga LOGIN IN ROLE ticket_area;
CREATE ROLE nadie LOGIN IN ROLE ticket_area;	-- no row of agente
CREATE ROLE extrano LOGIN;						-- none of the desk's roles
CREATE ROLE cliente LOGIN IN ROLE ticket_publico;
UPDATE helpdesk.agente SET usuario_bd = split_part(email, '@', 1)
WHERE email IN ('ana@desk.example', 'mario@desk.example', 'alba@desk.example', 'saul@desk.example', 'olga@desk.example');

-- What a call answers, or how it is refused.
CREATE FUNCTION public.contract_answer(call text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	rows json[] := '{}';
	one record;
	code text; message text; detail text; hint text;
BEGIN
	IF call ~* '^(SELECT|VALUES|WITH|TABLE)\M' OR call ~* '\mRETURNING\M' THEN
		FOR one IN EXECUTE call LOOP
			rows := rows || row_to_json(one);
		END LOOP;
	ELSE
		EXECUTE call;
	END IF;
	RETURN array_to_json(rows);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN json_build_object('code', code, 'message', message, 'details', nullif(detail, ''), 'hint', nullif(hint, ''));
END $$;
