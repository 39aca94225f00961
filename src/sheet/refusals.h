/*-------------------------------------------------------------------------
 *
 * refusals.h
 *	  What is refused: the SQLSTATE and the primary message, a row each.
 *
 * PostgREST turns PTnnn into the HTTP status nnn, and the primary message of a
 * PT error into the status line, so that is a constant: data goes into the
 * detail, advice into the hint.  "%s" is a field or a column.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_REFUSALS_H
#define TSM_REFUSALS_H

#include "utils/elog.h"
#include "utils/errcodes.h"

#define ERRCODE_TSM_UNAUTHORIZED	MAKE_SQLSTATE('P', 'T', '4', '0', '1')
#define ERRCODE_TSM_NOT_FOUND	MAKE_SQLSTATE('P', 'T', '4', '0', '4')
#define ERRCODE_TSM_CONFLICT	MAKE_SQLSTATE('P', 'T', '4', '0', '9')
#define ERRCODE_TSM_STALE		MAKE_SQLSTATE('P', 'T', '4', '1', '2')
#define ERRCODE_TSM_TOO_LARGE	MAKE_SQLSTATE('P', 'T', '4', '1', '3')
#define ERRCODE_TSM_LOCKED		MAKE_SQLSTATE('P', 'T', '4', '2', '3')
#define ERRCODE_TSM_TOO_MANY	MAKE_SQLSTATE('P', 'T', '4', '2', '9')
#define ERRCODE_TSM_REFUSED		MAKE_SQLSTATE('P', 'T', '4', '0', '0')
#define ERRCODE_TSM_INTERNAL	MAKE_SQLSTATE('P', 'T', '5', '0', '0')
#define ERRCODE_TSM_TIMEOUT		MAKE_SQLSTATE('P', 'T', '5', '0', '4')

#define TSM_REFUSALS(R) \
	R(NOT_ALLOWED, ERRCODE_INSUFFICIENT_PRIVILEGE, "operation not allowed") \
	R(OUTSIDE_AREA, ERRCODE_INSUFFICIENT_PRIVILEGE, "ticket is outside the caller's area") \
	R(NOT_BELIEVED, ERRCODE_INSUFFICIENT_PRIVILEGE, "claims of this login role are not believed") \
	R(OLD_TOKEN, ERRCODE_TSM_UNAUTHORIZED, "token is no longer valid") \
	R(MISSING_FIELD, ERRCODE_NULL_VALUE_NOT_ALLOWED, "field \"%s\" is required") \
	R(MISSING_FIELDS, ERRCODE_NULL_VALUE_NOT_ALLOWED, "one of the fields %s is required") \
	R(BAD_FIELD, ERRCODE_INVALID_PARAMETER_VALUE, "field \"%s\" has an invalid value") \
	R(LONG_FIELD, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, "field \"%s\" is too long") \
	R(SHORT_FIELD, ERRCODE_INVALID_PARAMETER_VALUE, "field \"%s\" is too short") \
	R(CONTROL_CHARACTER, ERRCODE_INVALID_PARAMETER_VALUE, "field \"%s\" contains a control character") \
	R(LINE_BREAK, ERRCODE_INVALID_PARAMETER_VALUE, "field \"%s\" contains a line break") \
	R(WRONG_TYPE, ERRCODE_INVALID_PARAMETER_VALUE, "field \"%s\" has the wrong type") \
	R(NO_UUID, ERRCODE_INVALID_TEXT_REPRESENTATION, "field \"%s\" is not a uuid") \
	R(NO_INTEGER, ERRCODE_INVALID_PARAMETER_VALUE, "field \"%s\" is not an integer") \
	R(NOT_FOUND, ERRCODE_TSM_NOT_FOUND, "ticket not found") \
	R(STALE, ERRCODE_TSM_STALE, "ticket has changed since it was read") \
	R(TRANSITION, ERRCODE_TSM_CONFLICT, "transition not allowed") \
	R(ENDED, ERRCODE_TSM_CONFLICT, "ticket has ended") \
	R(SAME_AREA, ERRCODE_TSM_CONFLICT, "ticket is in this area already") \
	R(NOTHING, ERRCODE_TSM_CONFLICT, "nothing to change") \
	R(LINKED, ERRCODE_TSM_CONFLICT, "tickets are linked already") \
	R(NOT_LINKED, ERRCODE_TSM_CONFLICT, "tickets are not linked") \
	R(CIRCLE, ERRCODE_TSM_CONFLICT, "links would go round in a circle") \
	R(NO_FILE, ERRCODE_TSM_NOT_FOUND, "attachment not found") \
	R(LARGE_FILE, ERRCODE_TSM_TOO_LARGE, "file is too large") \
	R(FULL_TICKET, ERRCODE_TSM_TOO_LARGE, "ticket cannot hold more files") \
	R(OTHER_OPERATION, ERRCODE_TSM_CONFLICT, "column cannot be changed by this operation") \
	R(USED_KEY, ERRCODE_TSM_CONFLICT, "idempotency key was used with other data") \
	R(SUPPRESSED, ERRCODE_TSM_CONFLICT, "a trigger has suppressed the change") \
	R(REWRITTEN, ERRCODE_TSM_CONFLICT, "a rule has replaced the change") \
	R(RATED, ERRCODE_TSM_CONFLICT, "solution has been rated already") \
	R(TOO_MANY, ERRCODE_TSM_TOO_MANY, "too many messages") \
	R(LOCKED, ERRCODE_TSM_LOCKED, "locked by another transaction") \
	R(GUARDED_COLUMN, ERRCODE_GENERATED_ALWAYS, "column \"%s\" cannot be changed") \
	R(GUARDED_VALUE, ERRCODE_GENERATED_ALWAYS, "column \"%s\" cannot be given a value") \
	R(UNSEEN, ERRCODE_GENERATED_ALWAYS, "the guard has not seen this change of a ticket") \
	R(LOST_LABEL, ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION, "a label was drawn for a ticket that was not inserted") \
	R(TWICE, ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION, "ticket is changed twice by one statement")

typedef enum TsmRefusalId
{
#define R(id, code, message) REFUSE_##id,
	TSM_REFUSALS(R)
#undef R
	TSM_REFUSAL_IDS
} TsmRefusalId;

extern const int tsm_refusal_code[TSM_REFUSAL_IDS];
extern const char *const tsm_refusal_message[TSM_REFUSAL_IDS];

#endif							/* TSM_REFUSALS_H */
