/*-------------------------------------------------------------------------
 *
 * api.h
 *	  The SQL functions; what they share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_API_H
#define TSM_API_H

#include "guard/guard.h"

/* ----------------------------------------------------------------
 * operate.c: the functions that change a ticket.
 * ----------------------------------------------------------------
 */

/* How an operation on a ticket is asked for. */
#define TSM_MAX_PARAMS 7

typedef struct TsmOperationCall
{
	const char *params[TSM_MAX_PARAMS]; /* of its function, after ticket_id */
	const TsmQuery *query;		/* that carries it out */
} TsmOperationCall;

extern const TsmOperationCall tsm_operation_calls[TSM_OPERATIONS];

/*
 * Check the parameters of an operation, which are in fcinfo as those of its
 * function, and put them into a request and the arguments of its statement;
 * the first of those, the ticket, is left to the caller.
 */
extern void tsm_operation_args(FunctionCallInfo fcinfo, TsmRequest *request,
							   Datum *values, char *nulls);

#endif							/* TSM_API_H */
