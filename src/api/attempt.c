/*-------------------------------------------------------------------------
 *
 * attempt.c
 *	  Work on some tickets that must not take other tickets along when it
 *	  fails.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "api/api.h"

/*
 * Is this an error that one ticket can have, and another not?  Not one of the
 * server's or the session's, nor one after which the whole transaction is to be
 * run again.  But what is wrong with the data of a ticket (XX001) is its own.
 */
static bool
is_of_a_ticket(int code)
{
	switch (ERRCODE_TO_CATEGORY(code))
	{
		case ERRCODE_INVALID_TRANSACTION_STATE:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
			return false;
		case ERRCODE_INTERNAL_ERROR:
			return code == ERRCODE_DATA_CORRUPTED;
		default:
			return true;
	}
}

ErrorData *
tsm_attempt(void (*work) (void *arg), void *arg)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		work(arg);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(cxt);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		/*
		 * Nothing may fail before the savepoint is gone.  What was worked with is given back, so there is room for
		 * the error even when memory is short.
		 */
		MemoryContextReset(cxt);
		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(cxt);
		CurrentResourceOwner = owner;
		if (!is_of_a_ticket(error->sqlerrcode))
			ReThrowError(error);
	}
	PG_END_TRY();
	return error;
}
