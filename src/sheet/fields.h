/*-------------------------------------------------------------------------
 *
 * fields.h
 *	  The text fields: one row each.
 *
 * There is deliberately no #ifndef here: whoever includes this defines FIELD
 * first, to take from it what it needs.  The regression test "sheet" compares
 * the limits with what the COMMENTs say.
 *
 *	  FIELD(id, parameter, column of ticket, kind of text, at least, at most)
 *
 * The limits count characters, the lower one those that are seen; an e-mail
 * address has a form instead of a minimum.  What a field is called over HTTP, and whether it is required, is the
 * business of the operation: see operations.h.
 *
 *-------------------------------------------------------------------------
 */
FIELD(F_NOMBRE, "nombre", TC_solicitante_nombre, TEXT_LINE, 3, 150)
FIELD(F_DOCUMENTO, "documento", TC_documento, TEXT_NAME, 1, 50)
FIELD(F_EMAIL, "email", TC_solicitante_email, TEXT_ADDRESS, 1, 254)
FIELD(F_TELEFONO, "telefono", TC_telefono, TEXT_NAME, 1, 30)
FIELD(F_EMPRESA, "empresa_departamento", TC_empresa_departamento, TEXT_LINE, 1, 150)
FIELD(F_CATEGORIA, "categoria", TC_categoria, TEXT_NAME, 2, 100)
FIELD(F_SUBCATEGORIA, "subcategoria", TC_subcategoria, TEXT_NAME, 1, 100)
FIELD(F_ASUNTO, "asunto", TC_asunto, TEXT_LINE, 1, 200)
FIELD(F_DESCRIPCION, "descripcion", TC_descripcion, TEXT_LINES, 10, 20000)
FIELD(F_CLAVE, "clave_idempotencia", TC_clave_idempotencia, TEXT_NAME, 1, 200)
FIELD(F_RESPUESTA_CLIENTE, "respuesta_cliente", TC_respuesta_cliente, TEXT_LINES, 1, 20000)
FIELD(F_MOTIVO, "motivo", TSM_NO_COLUMN, TEXT_LINES, 3, 2000)
FIELD(F_NOTA, "nota", TSM_NO_COLUMN, TEXT_LINES, 1, 20000)
FIELD(F_RESPUESTA, "respuesta", TSM_NO_COLUMN, TEXT_LINES, 1, 20000)
FIELD(F_MENSAJE, "mensaje", TSM_NO_COLUMN, TEXT_LINES, 1, 20000)
FIELD(F_COMENTARIO, "comentario", TSM_NO_COLUMN, TEXT_LINES, 1, 2000)
FIELD(F_ARCHIVO, "archivo", TSM_NO_COLUMN, TEXT_FILE, 1, 150)
