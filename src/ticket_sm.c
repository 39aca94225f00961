/*-------------------------------------------------------------------------
 *
 * ticket_sm.c
 *	  Entry of the module: settings and callbacks.
 *
 *-------------------------------------------------------------------------
 */

#include "postgres.h"

#include "utils/inval.h"
#include "utils/syscache.h"

#include "guard/guard.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	tsm_define_settings();

	CacheRegisterRelcacheCallback(tsm_desk_relcache_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, tsm_desk_syscache_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, tsm_desk_syscache_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, tsm_desk_syscache_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(DATABASEOID, tsm_desk_syscache_callback, (Datum) 0);
	RegisterXactCallback(tsm_guard_xact_callback, NULL);
	RegisterSubXactCallback(tsm_guard_subxact_callback, NULL);
}
