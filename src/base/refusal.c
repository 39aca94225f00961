/*-------------------------------------------------------------------------
 *
 * refusal.c
 *	  A refusal as a value: who judges returns it, who has called raises it,
 *	  or lists it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/base.h"

TsmRefusal *
tsm_refusal(TsmRefusalId id, const char *subject, const char *detail, const char *hint)
{
	TsmRefusal *refusal = palloc(sizeof(TsmRefusal));

	refusal->code = tsm_refusal_code[id];
	/* its only conversion, if it has one, is the subject's */
	refusal->message = subject ? psprintf(tsm_refusal_message[id], subject) :
		pstrdup(tsm_refusal_message[id]);
	refusal->subject = subject;
	refusal->detail = detail;
	refusal->hint = hint;
	return refusal;
}

void
tsm_raise(const TsmRefusal *refusal)
{
	ereport(ERROR,
			(errcode(refusal->code),
			 errmsg_internal("%s", refusal->message),
			 refusal->subject ? err_generic_string(PG_DIAG_COLUMN_NAME, refusal->subject) : 0,
			 refusal->detail ? errdetail_internal("%s", refusal->detail) : 0,
			 refusal->hint ? errhint("%s", refusal->hint) : 0));
}

void
tsm_refuse(TsmRefusalId id, const char *subject, const char *detail, const char *hint)
{
	tsm_raise(tsm_refusal(id, subject, detail, hint));
}
