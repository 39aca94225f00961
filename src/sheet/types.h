/*-------------------------------------------------------------------------
 *
 * types.h
 *	  The types that a column of a desk may have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_TYPES_H
#define TSM_TYPES_H

#include "catalog/pg_type_d.h"

/* B(name, OID): types of pg_catalog */
#define TSM_BUILTIN_TYPES(B) \
	B(UUID, UUIDOID) \
	B(TEXT, TEXTOID) \
	B(NAME, NAMEOID) \
	B(BOOL, BOOLOID) \
	B(INT2, INT2OID) \
	B(INT4, INT4OID) \
	B(INT8, INT8OID) \
	B(NUMERIC, NUMERICOID) \
	B(XID8, XID8OID) \
	B(TIMESTAMPTZ, TIMESTAMPTZOID) \
	B(INTERVAL, INTERVALOID) \
	B(DATE, DATEOID) \
	B(TIME, TIMEOID) \
	B(BYTEA, BYTEAOID) \
	B(JSONB, JSONBOID) \
	B(INET, INETOID) \
	B(TSVECTOR, TSVECTOROID) \
	B(INT2_ARRAY, INT2ARRAYOID) \
	B(INT4_ARRAY, INT4ARRAYOID) \
	B(TEXT_ARRAY, TEXTARRAYOID) \
	B(DATE_ARRAY, DATEARRAYOID) \
	B(TIME_ARRAY, TIMEARRAYOID)

/* E(name, enum, whether it is an array of it): the extension's own */
#define TSM_OWN_TYPES(E) \
	E(TICKET_TYPE, ticket_type, false) \
	E(TICKET_STATE, ticket_state, false) \
	E(TICKET_OPERATION, ticket_operation, false) \
	E(TICKET_ROLE, ticket_role, false) \
	E(TICKET_OPERATION_ARRAY, ticket_operation, true)

typedef enum TsmType
{
#define T(name, ...) TSM_##name,
	TSM_BUILTIN_TYPES(T)
	TSM_OWN_TYPES(T)
#undef T
	TSM_TYPES
} TsmType;

#endif							/* TSM_TYPES_H */
