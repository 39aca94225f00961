/*-------------------------------------------------------------------------
 *
 * rest.h
 *	  What the functions that the REST API's wrappers call have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_REST_H
#define TSM_REST_H

#include "api/api.h"

typedef struct TsmRestCall
{
	text	   *json;			/* as it came, or NULL */
	Datum		content;		/* of a file that is sent or read, 0 if there is none */
	Oid			operation;		/* value of the enum, InvalidOid: what request says */
	TsmRequest	request;
	TsmBody		body;
	TsmFaults	faults;
	const char *name;			/* of a catalogue */
	void		(*work) (struct TsmRestCall *call, StringInfo answer);
} TsmRestCall;

/* rest.c: answer a call that has json, operation and work, on a desk (NULL: that of the setting). */
extern Datum tsm_rest_answer(TsmRestCall *call, const char *desk);

/* A uuid that stood in the path, as a parameter. */
extern void tsm_call_uuid(FunctionCallInfo args, int i, const TsmRestCall *call, const char *name);

/* Check what is deferred to the end of the transaction: those errors are translated too. */
extern void tsm_check_deferred(void);

#endif							/* TSM_REST_H */
