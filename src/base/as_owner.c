/*-------------------------------------------------------------------------
 *
 * as_owner.c
 *	  Acting as the owner of a desk.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "base/base.h"

TsmIdentity
tsm_act_as_owner(const TsmDesk *desk)
{
	TsmIdentity saved;

	GetUserIdAndSecContext(&saved.userid, &saved.secontext);
	SetUserIdAndSecContext(desk->owner, saved.secontext | SECURITY_LOCAL_USERID_CHANGE);
	saved.guc_level = 0;
	saved.hidden = false;
	if (desk->search_path == NULL)
	{
		/* nothing of a user's will run, and what is ours is qualified */
		if (saved.userid != desk->owner)
			saved.hidden = tsm_hide_search_path();
	}
	else
	{
		saved.guc_level = NewGUCNestLevel();
		(void) set_config_option("search_path", desk->search_path, PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	}
	return saved;
}

TsmIdentity
tsm_enter(const TsmDesk *desk)
{
	TsmIdentity saved = tsm_act_as_owner(desk);

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not connect to SPI")));
	return saved;
}
