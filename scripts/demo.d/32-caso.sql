-- One request from its first word to its rating: sent twice, made one, with a
-- file, a pause that ends by itself, and a word of the requester in between.
-- Each procedure is called by whose part it is.

CREATE TABLE demo.caso_etiqueta (parte text PRIMARY KEY, etiqueta text NOT NULL);
GRANT SELECT ON demo.caso_etiqueta TO PUBLIC;
GRANT INSERT ON demo.caso_etiqueta TO portal;

CREATE FUNCTION demo.caso(parte text) RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT ticket_sm.ticket_id(etiqueta) FROM demo.caso_etiqueta e WHERE e.parte = caso.parte
$$;

-- The requester: once, with a photograph, and once more, as no answer has come.
CREATE PROCEDURE demo.caso_escribir()
LANGUAGE plpgsql AS $$
DECLARE
	p text;
	label text;
BEGIN
	FOREACH p IN ARRAY '{primera,repetida}'::text[] LOOP
		SELECT c.ticket_label INTO label FROM ticket_sm.fn_crear_ticket(
			nombre => 'Irene Castaño', email => 'irene.castano@correo.example', tipo => 'INCIDENTE',
			categoria => 'Equipos', subcategoria => 'Impresoras', asunto => 'La impresora imprime rayas',
			descripcion => CASE p WHEN 'primera' THEN 'Las hojas salen con una raya negra a la izquierda. Va una foto.'
				ELSE 'Escribo de nuevo: la impresora sigue con la raya negra.' END,
			prioridad => 'MEDIA', clave_idempotencia => 'caso-' || p) AS c;
		INSERT INTO demo.caso_etiqueta VALUES (p, label);
	END LOOP;
	PERFORM ticket_sm.fn_adjuntar(archivo => 'raya.png', ticket_label => e.etiqueta, email => 'irene.castano@correo.example',
		contenido => decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==', 'base64'))
	FROM demo.caso_etiqueta AS e WHERE e.parte = 'primera';
END $$;

-- The desk: both are one, and whose it is.
CREATE PROCEDURE demo.caso_repartir()
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ticket_sm.fn_vincular(demo.caso('repetida'), demo.caso('primera'), 'duplicado', 'Es el mismo caso.');
	PERFORM ticket_sm.fn_asignar(demo.caso('primera'), area => 'SISTEMAS',
		agente_id => (SELECT agente_id FROM helpdesk.agente WHERE usuario_bd = 'valentina'));
END $$;

-- The agent: a part is on its way, and its hour is known.
CREATE PROCEDURE demo.caso_pausar()
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ticket_sm.fn_pausar(demo.caso('primera'), 'Se espera el tóner.', hasta => demo.ahora() + interval '30 seconds');
END $$;

-- The requester, by the label of the second one: it leads to where both go on.
CREATE PROCEDURE demo.caso_responder()
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ticket_sm.fn_responder(etiqueta, 'irene.castano@correo.example', '¿Ya llegó? Mañana imprimo los contratos.',
		clave_idempotencia => 'caso-respuesta') FROM demo.caso_etiqueta WHERE parte = 'repetida';
END $$;

CREATE PROCEDURE demo.caso_resolver()
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ticket_sm.fn_resolver(demo.caso('primera'), respuesta => 'Llegó el tóner y se cambió: las hojas salen limpias.');
END $$;

CREATE PROCEDURE demo.caso_calificar()
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ticket_sm.fn_calificar(etiqueta, 'irene.castano@correo.example', 5, '¡Gracias!')
	FROM demo.caso_etiqueta WHERE parte = 'primera';
END $$;
