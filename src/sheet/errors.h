/*-------------------------------------------------------------------------
 *
 * errors.h
 *	  SQLSTATEs that PostgREST turns into HTTP statuses.
 *
 * The primary message of a PT error becomes the HTTP status line, so it is a
 * constant: data goes into the detail, advice into the hint.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_ERRORS_H
#define TSM_ERRORS_H

#include "utils/elog.h"

#define ERRCODE_TSM_REFUSED		MAKE_SQLSTATE('P', 'T', '4', '0', '0')
#define ERRCODE_TSM_UNAUTHORIZED	MAKE_SQLSTATE('P', 'T', '4', '0', '1')
#define ERRCODE_TSM_NOT_FOUND	MAKE_SQLSTATE('P', 'T', '4', '0', '4')
#define ERRCODE_TSM_CONFLICT	MAKE_SQLSTATE('P', 'T', '4', '0', '9')
#define ERRCODE_TSM_STALE		MAKE_SQLSTATE('P', 'T', '4', '1', '2')
#define ERRCODE_TSM_LOCKED		MAKE_SQLSTATE('P', 'T', '4', '2', '3')
#define ERRCODE_TSM_INTERNAL	MAKE_SQLSTATE('P', 'T', '5', '0', '0')
#define ERRCODE_TSM_TIMEOUT		MAKE_SQLSTATE('P', 'T', '5', '0', '4')

#endif							/* TSM_ERRORS_H */
