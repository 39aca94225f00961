-- The sheet of operations and fields (src/sheet), as the scripts and the tests
-- see it.

CREATE FUNCTION ticket_sm.hoja_operaciones()
	RETURNS TABLE (orden integer, operacion text, clase text, motivo_requerido boolean, columnas text[],
		participio text, resumen text, notas text)
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'tsm_hoja_operaciones';
COMMENT ON FUNCTION ticket_sm.hoja_operaciones() IS
'The operations that the library knows. No parameters.
Returns one row for each, in the order of ticket_operation: its name; its kind (creacion, ticket, solicitante, lectura, reloj); whether it demands a reason; the columns that it may change, among those that are the business of an operation; and, for HTTP, its participle, summary and notes. Raises nothing.';

CREATE FUNCTION ticket_sm.hoja_parametros()
	RETURNS TABLE (operacion text, orden integer, parametro text, clase text, requerido boolean,
		nombre_json text, tipo_json text, descripcion text)
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'tsm_hoja_parametros';
COMMENT ON FUNCTION ticket_sm.hoja_parametros() IS
'What the operations are called with. No parameters.
Returns one row for each parameter of the function of an operation: the operation; its position; its name; what it is (ticket, etiqueta, campo, texto, tipo, prioridad, area, agente, booleano, momento, calificacion, ip, version); whether it is required; and its name, type and description over HTTP, NULL when it is not in the body. Raises nothing.';

CREATE FUNCTION ticket_sm.hoja_campos()
	RETURNS TABLE (campo text, columna text, minimo integer, maximo integer, limites text)
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'tsm_hoja_campos';
COMMENT ON FUNCTION ticket_sm.hoja_campos() IS
'The text fields of tickets and events. No parameters.
Returns one row for each: its name as a parameter; the column of ticket, NULL when it is of an event; the least and most characters; and the two as the COMMENTs say them. Raises nothing.';

CREATE FUNCTION ticket_sm.hoja_respuestas()
	RETURNS TABLE (objeto text, orden integer, miembro text, tipo text, siempre boolean, nulo boolean, descripcion text)
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'tsm_hoja_respuestas';
COMMENT ON FUNCTION ticket_sm.hoja_respuestas() IS
'What the REST API answers. No parameters.
Returns one row for each member of each object: the object; the order; its name; its type (string, uuid, date-time, integer, number, boolean, an enum of the extension, {object}, or [type] for an array); whether it is always there; whether it may be null; and a description. Raises nothing.';
