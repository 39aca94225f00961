/*-------------------------------------------------------------------------
 *
 * durable.c
 *	  Waiting until what was read is safe from a crash.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog_internal.h"
#include "replication/syncrep.h"

#include "base/base.h"

void
tsm_wait_for_what_was_seen(void)
{
	XLogRecPtr	end;
	uint32		offset;

	if (RecoveryInProgress())
		return;
	end = GetXLogInsertRecPtr();
	/* after a page that is full it is behind the next one's header, which is not there yet */
	offset = end % XLOG_BLCKSZ;
	if (offset == SizeOfXLogShortPHD || XLogSegmentOffset(end, wal_segment_size) == SizeOfXLogLongPHD)
		end -= offset;
	XLogFlush(end);
	HOLD_INTERRUPTS();
	SyncRepWaitForLSN(end, false);
	RESUME_INTERRUPTS();
}
