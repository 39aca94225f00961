/*-------------------------------------------------------------------------
 *
 * as_owner.c
 *	  Acting as the owner of a desk.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/base.h"

/*
 * An owner is trusted with his desk, not with whoever calls a function on it.
 * So nothing of his may stay behind to run later as the caller: no deferred
 * trigger, no held cursor, no prepared statement, no temporary table.  The
 * owner himself is not restricted.
 */
static int
owner_context(const TsmDesk *desk, Oid caller)
{
	return SECURITY_LOCAL_USERID_CHANGE |
		(caller == desk->owner ? 0 : SECURITY_RESTRICTED_OPERATION);
}

TsmIdentity
tsm_act_as_owner(const TsmDesk *desk)
{
	TsmIdentity saved;

	GetUserIdAndSecContext(&saved.userid, &saved.secontext);
	SetUserIdAndSecContext(desk->owner, saved.secontext | owner_context(desk, saved.userid));
	saved.guc_level = 0;
	saved.hidden = false;
	/* what his code sets ends with it, also where we expect none of it to run */
	if (saved.userid != desk->owner || desk->search_path != NULL)
		saved.guc_level = NewGUCNestLevel();
	if (desk->search_path != NULL)
		(void) set_config_option("search_path", desk->search_path, PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	else if (saved.userid != desk->owner)
		saved.hidden = tsm_hide_search_path();	/* what is ours is qualified */
	return saved;
}

TsmIdentity
tsm_enter(const TsmDesk *desk)
{
	TsmIdentity saved = tsm_act_as_owner(desk);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	return saved;
}
