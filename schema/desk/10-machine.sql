-- The state machine

CREATE TABLE @mesa@.estado (
	estado		ticket_sm.ticket_state PRIMARY KEY,
	abierto		boolean NOT NULL,
	resuelto	boolean NOT NULL,
	reloj		text NOT NULL CHECK (reloj IN ('corre', 'pausa', 'fin'))
);

CREATE TABLE @mesa@.transicion (
	operacion		ticket_sm.ticket_operation NOT NULL,
	estado_origen	ticket_sm.ticket_state,
	estado_destino	ticket_sm.ticket_state NOT NULL,
	-- a key with a NULL in it: creation comes from no state
	CONSTRAINT transicion_operacion_estado_origen_key
		UNIQUE NULLS NOT DISTINCT (operacion, estado_origen),
	CONSTRAINT transicion_crear_check
		CHECK ((operacion = 'crear') = (estado_origen IS NULL)),
	-- reading leads nowhere, and what the clock does it does by itself
	CONSTRAINT transicion_consultar_check
		CHECK (operacion NOT IN ('consultar', 'avisar', 'vencer', 'retirar', 'recalcular')),
	-- they hold for both tickets of a link
	CONSTRAINT transicion_vinculo_check
		CHECK (operacion NOT IN ('vincular', 'desvincular') OR estado_origen = estado_destino)
);
ALTER TABLE @mesa@.transicion REPLICA IDENTITY FULL;

CREATE TABLE @mesa@.permiso (
	operacion	ticket_sm.ticket_operation
		CHECK (operacion NOT IN ('avisar', 'vencer', 'retirar', 'recalcular')),
	rol			ticket_sm.ticket_role,
	PRIMARY KEY (operacion, rol)
);

-- The machine of a new mesa.  This grid is the only place where it stands:
-- the C code reads the two tables, and so may you (fn_maquina), or the
-- mesa's owner change them.  "=" is: the state stays.

WITH grid (operacion, desde, hasta, admin, mesa, area, publico) AS (VALUES
--	operation		from									to				ADMIN MESA AREA PUBLICO
	('crear',		'-',									'NUEVO',		'x', 'x', 'x', 'x'),
	('asignar',		'NUEVO TRANSFERIDO RECLASIFICADO',		'ASIGNADO',		'x', 'x', ' ', ' '),
	('reasignar',	'ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO',
															'=',			'x', 'x', 'x', ' '),
	('transferir',	'ASIGNADO',								'TRANSFERIDO',	'x', 'x', ' ', ' '),
	('reclasificar','ASIGNADO',								'RECLASIFICADO','x', 'x', ' ', ' '),
	('pausar',		'ASIGNADO',								'PAUSADO',		'x', 'x', 'x', ' '),
	('reabrir',		'PAUSADO RESUELTO',						'ASIGNADO',		'x', 'x', ' ', ' '),
	('actualizar',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO',
															'=',			'x', 'x', 'x', ' '),
	-- what the requester says; who would rather have a solved ticket stay solved writes RESUELTO there
	('responder',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO',
															'=',			'x', 'x', 'x', 'x'),
	('responder',	'PAUSADO RESUELTO',						'ASIGNADO',		'x', 'x', 'x', 'x'),
	-- a solution, also of what is closed: the requester alone
	('calificar',	'RESUELTO ARCHIVADO',					'=',			' ', ' ', ' ', 'x'),
	('corregir',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO',
															'=',			'x', ' ', ' ', ' '),
	('resolver',	'ASIGNADO',								'RESUELTO',		'x', 'x', 'x', ' '),
	('cancelar',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO',
															'CANCELADO',	'x', 'x', 'x', ' '),
	('archivar',	'ASIGNADO RESUELTO',					'ARCHIVADO',	'x', 'x', 'x', ' '),
	('vincular',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO CANCELADO ARCHIVADO',
															'=',			'x', 'x', ' ', ' '),
	('desvincular',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO CANCELADO ARCHIVADO',
															'=',			'x', 'x', ' ', ' '),
	('adjuntar',	'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO',
															'=',			'x', 'x', 'x', 'x'),
	('retirar_adjunto',
					'NUEVO ASIGNADO TRANSFERIDO RECLASIFICADO PAUSADO RESUELTO CANCELADO ARCHIVADO',
															'=',			'x', ' ', ' ', ' '),
	('consultar',	'',										'',				'x', 'x', 'x', 'x')
), transiciones AS (
	INSERT INTO @mesa@.transicion (operacion, estado_origen, estado_destino)
	SELECT g.operacion::ticket_sm.ticket_operation,
		nullif(d.estado, '-')::ticket_sm.ticket_state,
		CASE g.hasta WHEN '=' THEN d.estado ELSE g.hasta END::ticket_sm.ticket_state
	FROM grid g, regexp_split_to_table(nullif(g.desde, ''), ' +') AS d(estado)
)
INSERT INTO @mesa@.permiso (operacion, rol)
SELECT DISTINCT g.operacion::ticket_sm.ticket_operation, p.rol::ticket_sm.ticket_role
FROM grid g, (VALUES ('ADMIN'), ('MESA'), ('AREA'), ('PUBLICO')) AS p(rol)
WHERE 'x' = CASE p.rol WHEN 'ADMIN' THEN g.admin WHEN 'MESA' THEN g.mesa
	WHEN 'AREA' THEN g.area ELSE g.publico END;

-- What a state means: is the ticket open (in the queue), does it count as
-- resolved, and does the SLA clock run, stand or end in it?

INSERT INTO @mesa@.estado (estado, abierto, resuelto, reloj) VALUES
--	state				open	resolved	clock
	('NUEVO',			true,	false,	'corre'),
	('ASIGNADO',		true,	false,	'corre'),
	('TRANSFERIDO',		true,	false,	'corre'),
	('RECLASIFICADO',	true,	false,	'corre'),
	('PAUSADO',			true,	false,	'pausa'),
	('RESUELTO',		true,	true,	'fin'),
	('CANCELADO',		false,	false,	'fin'),
	('ARCHIVADO',		false,	true,	'fin');

COMMENT ON TABLE @mesa@.estado IS 'What each state means. Seeded with every state; edited by the owner only.';
COMMENT ON COLUMN @mesa@.estado.estado IS 'The state.';
COMMENT ON COLUMN @mesa@.estado.abierto IS 'Whether a ticket in this state is open: it stays in the queue.';
COMMENT ON COLUMN @mesa@.estado.resuelto IS 'Whether a ticket that enters this state counts as resolved: resuelto_en is stamped, and cleared when it leaves for a state that is not.';
COMMENT ON COLUMN @mesa@.estado.reloj IS 'What the SLA clock does in this state: corre (runs), pausa (stands, unless configuracion.sla_en_pausa is continuar), fin (has ended).';

COMMENT ON TABLE @mesa@.transicion IS 'The state machine: which operation leads from which state to which. An edit holds from its commit, in every session.';
COMMENT ON COLUMN @mesa@.transicion.operacion IS 'The operation.';
COMMENT ON COLUMN @mesa@.transicion.estado_origen IS 'The state before; NULL for crear, which comes from none.';
COMMENT ON COLUMN @mesa@.transicion.estado_destino IS 'The state after.';

COMMENT ON TABLE @mesa@.permiso IS 'Which helpdesk role may do which operation. An edit holds from its commit, in every session.';
COMMENT ON COLUMN @mesa@.permiso.operacion IS 'The operation.';
COMMENT ON COLUMN @mesa@.permiso.rol IS 'A helpdesk role that may do it.';
