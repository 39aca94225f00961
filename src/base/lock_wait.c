/*-------------------------------------------------------------------------
 *
 * lock_wait.c
 *	  Waiting for locks no longer than ticket_sm.espera_bloqueo, and for rows
 *	  that are not there any more then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/proc.h"
#include "utils/builtins.h"

#include "base/base.h"

/* A wait that was too long. */
tsm_noreturn static void
refuse_locked(const ErrorData *edata)
{
	FlushErrorState();
	tsm_refuse(REFUSE_LOCKED, NULL,
			   psprintf("The wait for a lock was given up: %s.", edata->message), "Try again.");
}

/*
 * What a column of ticket refers to has been renamed or deleted by another
 * transaction since the field was checked, or added and our snapshot does not
 * show it yet.  The caller was right when he asked, and trying again tells him
 * what holds now.  Keys of the user's own are not our business.
 */
static void
refuse_gone(const ErrorData *edata)
{
	if (edata->table_name == NULL || strcmp(edata->table_name, "ticket") != 0 || edata->constraint_name == NULL)
		return;
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		const TsmColumn *column = &tsm_ticket_column[col];

		if (!(column->what & (IS_PLACE | IS_CLASS)) ||
			strcmp(edata->constraint_name, psprintf("ticket_%s_fkey", column->name)) != 0)
			continue;
		FlushErrorState();
		tsm_refuse(REFUSE_LOCKED, NULL,
				   psprintf("What \"%s\" names has been added, renamed or deleted by another transaction meanwhile.",
							column->name),
				   "Try again, in a new transaction.");
	}
}

/* In a catch block: report as such what another transaction did to ours. */
static void
rethrow_as_ours(MemoryContext cxt)
{
	ErrorData  *edata;

	if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE && geterrcode() != ERRCODE_FOREIGN_KEY_VIOLATION)
		return;
	MemoryContextSwitchTo(cxt);
	edata = CopyErrorData();
	if (edata->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		refuse_locked(edata);
	refuse_gone(edata);
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
		rethrow_as_ours(cxt);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (guc_level != 0)
		AtEOXact_GUC(false, guc_level);
}
