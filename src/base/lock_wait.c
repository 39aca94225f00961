/*-------------------------------------------------------------------------
 *
 * lock_wait.c
 *	  Waiting for locks no longer than ticket_sm.espera_bloqueo.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/proc.h"
#include "utils/builtins.h"

#include "base/base.h"

/* In a catch block: report a wait that was too long as such. */
static void
rethrow_lock_timeout(MemoryContext cxt)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(cxt);
	edata = CopyErrorData();
	FlushErrorState();
	tsm_refuse(REFUSE_LOCKED, NULL,
			   psprintf("The wait for a lock was given up: %s.", edata->message), "Try again.");
}

void
tsm_bounded_wait(void (*work) (void *arg), void *arg)
{
	MemoryContext cxt = CurrentMemoryContext;
	volatile int guc_level = 0;

	/* the shorter of the two counts */
	if (tsm_lock_wait > 0 && (LockTimeout == 0 || tsm_lock_wait < LockTimeout))
	{
		char		wait[MAXINT8LEN + 1];

		pg_ltoa(tsm_lock_wait, wait);
		guc_level = NewGUCNestLevel();
		(void) set_config_option("lock_timeout", wait, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	}
	PG_TRY();
	{
		work(arg);
	}
	PG_CATCH();
	{
		if (geterrcode() == ERRCODE_LOCK_NOT_AVAILABLE)
			rethrow_lock_timeout(cxt);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (guc_level != 0)
		AtEOXact_GUC(false, guc_level);
}
