-- A curl line for every operation of the API, each with a ticket that is in the
-- right state for it.

CREATE TEMP TABLE uno AS
SELECT t.ticket_uuid, t.ticket_label, t.solicitante_email, t.estado, t.area,
	row_number() OVER (PARTITION BY t.estado ORDER BY t.ticket_label) AS n
FROM helpdesk.ticket t WHERE t.abierto;

CREATE FUNCTION pg_temp.token(variable text, api text, email text, clave text) RETURNS text LANGUAGE sql
	RETURN format($$%s=$(curl -s %s/auth/login -d '%s' | sed -E 's/.*"access_token" : "([^"]+)".*/\1/')$$,
		variable, api, json_build_object('email', email, 'password', clave));

CREATE FUNCTION pg_temp.operar(operacion text, estado text, n integer, datos text) RETURNS text LANGUAGE sql
	RETURN (SELECT format($$curl -s $API/tickets/%s/%s -H "Authorization: Bearer $TOKEN" -d '%s'$$, u.ticket_uuid, operacion, datos)
		FROM uno u WHERE u.estado::text = operar.estado AND u.n = operar.n);

SELECT 'API=' || :'api';
SELECT pg_temp.token('TOKEN', '$API', 'lucia.herrera@andina.example', :'clave');
SELECT pg_temp.token('ADMIN', '$API', 'carolina.vega@andina.example', :'clave');

SELECT $$curl -s $API/tickets/crear -H 'Idempotency-Key: demo-1' -d '{"nombre": "Ana Gil", "email": "ana@correo.example", "tipo": "queja", "categoria": "Atención", "descripcion": "Nadie contesta el teléfono", "prioridad": "alta"}'$$;
SELECT format($$curl -s $API/tickets/consultar -d '%s'$$, json_build_object('label', ticket_label, 'email', solicitante_email))
FROM uno WHERE estado = 'RESUELTO' AND n = 1;
SELECT $$curl -s "$API/tickets/dashboard?limit=3" -H "Authorization: Bearer $TOKEN"$$;
SELECT $$curl -s "$API/tickets/dashboard-metricas?limit=3" -H "Authorization: Bearer $TOKEN"$$;
SELECT format($$curl -s $API/tickets/%s -H "Authorization: Bearer $TOKEN"$$, ticket_uuid) FROM uno WHERE estado = 'ASIGNADO' AND n = 1;

SELECT linea FROM (VALUES
	(1, pg_temp.operar('asignar', 'NUEVO', 1, '{"area": "REDES", "motivo": "Es de redes"}')),
	(2, pg_temp.operar('transferir', 'ASIGNADO', 1, format('{"nuevaArea": "%s", "motivo": "No es nuestro"}',
		(SELECT a.nombre FROM helpdesk.area a, uno u WHERE u.estado = 'ASIGNADO' AND u.n = 1 AND a.nombre <> u.area AND a.activa LIMIT 1)))),
	(3, pg_temp.operar('reclasificar', 'ASIGNADO', 2, '{"nuevaCategoria": "Otra cosa", "motivo": "Es otra cosa"}')),
	(4, pg_temp.operar('pausar', 'ASIGNADO', 3, '{"motivo": "En espera del proveedor"}')),
	(5, pg_temp.operar('reabrir', 'PAUSADO', 1, '{"motivo": "Llegó el repuesto"}')),
	(6, pg_temp.operar('actualizar', 'ASIGNADO', 1 + 3, '{"nota": "Se llamó al usuario", "respuesta": "Estamos en ello"}')),
	(7, pg_temp.operar('resolver', 'ASIGNADO', 5, '{"respuesta": "Se cambió el cable"}')),
	(8, pg_temp.operar('cancelar', 'NUEVO', 2, '{"motivo": "Está repetido"}')),
	(9, pg_temp.operar('archivar', 'RESUELTO', 1, '{"motivo": "Todo en orden"}'))) AS l(n, linea) ORDER BY n;

SELECT $$curl -s $API/auth/users -H "Authorization: Bearer $ADMIN"$$;
SELECT $$curl -s $API/auth/users -H "Authorization: Bearer $ADMIN" -d '{"email": "rosa.mora@andina.example", "nombre": "Rosa Mora", "password": "cambiame", "rol": "AREA", "area": "REDES"}'$$;
SELECT format($$curl -s -X %s $API/auth/users/%s -H "Authorization: Bearer $ADMIN"%s$$, m.metodo, a.agente_id, m.datos)
FROM helpdesk.agente a, (VALUES (1, 'PATCH', $$ -d '{"telefono": "300 123 4567"}'$$), (2, 'DELETE', '')) AS m(n, metodo, datos)
WHERE a.email = 'jaime.robledo@andina.example' ORDER BY m.n;
SELECT $$curl -s $API/ -H "Authorization: Bearer $ADMIN"$$;
