-- Two desks with the same 10,000 tickets: helpdesk measures round the clock by
-- the hours of the priority, habil by policies with business calendars.  Run by
-- the superuser; the bench itself works as the role "agente".

CREATE EXTENSION ticket_sm;
SELECT ticket_sm.crear_mesa('habil') \g /dev/null
CREATE ROLE agente LOGIN IN ROLE ticket_mesa;

INSERT INTO habil.area (nombre) VALUES ('REDES'), ('SISTEMAS');
INSERT INTO habil.sla_politica (objetivo, area, tipo, prioridad, categoria, horas, dias_habiles, calendario, avisos) VALUES
	('atencion', NULL, NULL, NULL, NULL, 1, NULL, 'CO', '{50, 75}'),
	('atencion', NULL, NULL, 'CRITICA', NULL, 0.25, NULL, '24x7', '{75}'),
	('resolucion', NULL, NULL, 'BAJA', NULL, NULL, 5, 'CO', '{75}'),
	('resolucion', NULL, NULL, 'MEDIA', NULL, NULL, 2, 'CO', '{75}'),
	('resolucion', NULL, NULL, 'ALTA', NULL, NULL, 1, 'CO', '{50, 75, 90}'),
	('resolucion', 'REDES', NULL, 'CRITICA', NULL, 4, NULL, '24x7', '{50, 75}'),
	('resolucion', NULL, 'PETICION', NULL, 'Facturación', 16, NULL, 'CO', '{75}');

DO $$
DECLARE
	mesa text;
BEGIN
	PERFORM set_config('ticket_sm.motivo', 'Preparación de la medición', true);
	FOREACH mesa IN ARRAY ARRAY['helpdesk', 'habil'] LOOP
		-- 1 to 5,000 will be paused and reopened, the others assigned and
		-- transferred; those from 10,001 on are assigned once.
		EXECUTE format($sql$
			INSERT INTO %1$I.area (nombre) VALUES ('REDES'), ('SISTEMAS') ON CONFLICT DO NOTHING;
			INSERT INTO %1$I.agente (agente_id, nombre, email, rol, area, usuario_bd) VALUES
				('00000000-0000-4000-9000-000000000001', 'Lucía Herrera', 'lucia@andina.example', 'MESA', 'MESA', 'agente'),
				('00000000-0000-4000-9000-000000000002', 'Diego Salazar', 'diego@andina.example', 'AREA', 'REDES', NULL),
				('00000000-0000-4000-9000-000000000003', 'Paula Jiménez', 'paula@andina.example', 'AREA', 'SISTEMAS', NULL);
			INSERT INTO %1$I.ticket (ticket_uuid, estado, tipo, categoria, subcategoria, prioridad, asunto, descripcion,
				solicitante_nombre, solicitante_email, telefono, empresa_departamento, area)
			SELECT ('00000000-0000-4000-8000-' || 100000000000 + n)::uuid, 'NUEVO', 'INCIDENTE', 'Conectividad', 'VPN', 'ALTA',
				'La VPN rechaza mi contraseña', 'Trabajo desde casa y la VPN responde «credenciales no válidas» desde el viernes. '
				|| 'En el correo sí puedo entrar. Caso ' || n,
				'María Fernanda Rojas', 'maria.' || n || '@correo.example', '+57 300 555 0101', 'Contabilidad',
				CASE WHEN n BETWEEN 5001 AND 10000 THEN 'SISTEMAS' ELSE 'REDES' END
			FROM generate_series(1, 10000 + %2$s) AS n;
			UPDATE %1$I.ticket SET estado = 'ASIGNADO', agente_id = '00000000-0000-4000-9000-000000000002'
			WHERE ticket_uuid <= '00000000-0000-4000-8000-100000005000';
			UPDATE %1$I.ticket SET estado = 'ASIGNADO' WHERE area = 'SISTEMAS';
			UPDATE %1$I.ticket SET estado = 'TRANSFERIDO', area = 'REDES' WHERE area = 'SISTEMAS'$sql$,
			mesa, current_setting('bench.primeras'));
	END LOOP;
END $$;
