/*-------------------------------------------------------------------------
 *
 * label.c
 *	  Gap-free labels, without a queue at the disk.
 *
 * The last number of a year stands in a row of the table contador.  Whoever
 * draws takes a lock of the year and holds it to the end of the transaction: a
 * rollback gives the number back, and the next one waits to learn which it is.
 * The lock is not the row's own: those who wait for a row wake up twice for
 * each that goes before them, and look for the row anew.
 *
 * Held until the commit is on disk, the lock would let one creation through
 * for each flush.  So a transaction that has drawn a label writes its commit
 * record without waiting for the flush, lets its locks go, and waits for the
 * flush of that record, and for the standbys, before its client is answered.
 * What is promised holds all the same: labels are in the order of the commit
 * records, a crash loses the end of that order or nothing, and whoever saw the
 * ticket and wrote anything commits after it.  What another session has only
 * read in between may be lost in a crash, as with synchronous_commit = off.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "catalog/indexing.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "replication/syncrep.h"
#include "storage/bufmgr.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "guard/guard.h"

#define EQ " OPERATOR(pg_catalog.=) "

static const TsmQuery q_counter_first = {
	"INSERT INTO @.contador (anio, ultimo) VALUES ($1, 1)",
	1, {INT4OID}, PLAN_AS_NEEDED
};

/* Classes of our advisory locks; SQL's own are 1 and 2, lock_key()'s is 3. */
#define COUNTER_LOCK_CLASS 4
#define DOOR_LOCK_CLASS 5

/*
 * The counter's row as this transaction has written it last.  Its next draw
 * begins here: to find it through the index means to look at every version
 * that the transaction has left behind.
 */
typedef struct Drawn
{
	Oid			relid;			/* of contador; InvalidOid: none */
	Oid			filenode;		/* a table may be written anew meanwhile */
	int			year;
	ItemPointerData tid;
	SubTransactionId subid;		/* that wrote it */
} Drawn;

static Drawn drawn = {0};

/* Has this transaction drawn a label, perhaps in vain? */
static bool has_drawn = false;

/* A commit that does not wait for its flush yet. */
static int	users_commit = -1;	/* synchronous_commit meanwhile, or -1 */
static bool flush_is_due = false;

/* ----------------------------------------------------------------
 * The commit
 * ----------------------------------------------------------------
 */

/*
 * May this transaction let its locks go before its commit is flushed?  Not
 * when a standby must have applied it: only a commit that waits for that asks
 * the standby to tell so at once.
 */
static bool
may_hand_over(void)
{
	return has_drawn && tsm_early_counter &&
		synchronous_commit > SYNCHRONOUS_COMMIT_OFF &&
		!(synchronous_commit == SYNCHRONOUS_COMMIT_REMOTE_APPLY &&
		  SyncRepStandbyNames != NULL && SyncRepStandbyNames[0] != '\0') &&
		TransactionIdIsValid(GetTopTransactionIdIfAny());
}

/*
 * The variable itself, not the setting: the level at which to wait for the
 * standbys (SyncRepWaitMode) must stay what the user has chosen.
 */
static void
put_commit_level_back(void)
{
	if (users_commit >= 0 && synchronous_commit == SYNCHRONOUS_COMMIT_OFF)
		synchronous_commit = users_commit;
	users_commit = -1;
}

void
tsm_label_xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			if (may_hand_over())
			{
				users_commit = synchronous_commit;
				synchronous_commit = SYNCHRONOUS_COMMIT_OFF;
			}
			break;
		case XACT_EVENT_COMMIT:
			flush_is_due = users_commit >= 0;
			put_commit_level_back();
			has_drawn = false;
			drawn.relid = InvalidOid;
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			put_commit_level_back();
			has_drawn = false;
			drawn.relid = InvalidOid;
			break;
		default:
			break;
	}
}

void
tsm_label_subxact_callback(SubXactEvent event, SubTransactionId mySubid,
						   SubTransactionId parentSubid, void *arg)
{
	/* its version of the row is the parent's now, or gone */
	if (drawn.subid < mySubid)
		return;
	if (event == SUBXACT_EVENT_COMMIT_SUB)
		drawn.subid = parentSubid;
	else if (event == SUBXACT_EVENT_ABORT_SUB)
		drawn.relid = InvalidOid;
}

/*
 * The locks are released: now wait for what the commit has not waited for.
 * Called with interrupts held off, as SyncRepWaitForLSN() demands, and before
 * the files of dropped tables are unlinked and the client is answered.
 */
void
tsm_label_release_callback(ResourceReleasePhase phase, bool isCommit, bool isTopLevel, void *arg)
{
	if (phase != RESOURCE_RELEASE_AFTER_LOCKS || !isTopLevel || !flush_is_due)
		return;
	flush_is_due = false;
	if (!isCommit)
		return;
	XLogFlush(XactLastCommitEnd);
	SyncRepWaitForLSN(XactLastCommitEnd, true);
}

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

/* ----------------------------------------------------------------
 * The counter
 * ----------------------------------------------------------------
 */
static int
year_of(const TsmDesk *desk, TimestampTz when)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (timestamp2tm(when, &tz, &tm, &fsec, NULL, desk->timezone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return tm.tm_year;
}

static LOCKTAG
lock_tag(const TsmDesk *desk, int year, int class)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, desk->counter_relid, (uint32) year, class);
	return tag;
}

/*
 * Lock a year's counter.  A lock is handed to the first of its queue, who is
 * asleep, and stands idle until that one is on a processor.  So the queue is
 * at the door: the next one waits for the counter alone, whom nobody who
 * comes meanwhile is made to queue behind.
 */
static void
lock_counter(const TsmDesk *desk, int year)
{
	LOCKTAG		counter = lock_tag(desk, year, COUNTER_LOCK_CLASS);
	LOCKTAG		door = lock_tag(desk, year, DOOR_LOCK_CLASS);

	if (LockAcquire(&counter, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return;
	(void) LockAcquire(&door, ExclusiveLock, false, false);
	(void) LockAcquire(&counter, ExclusiveLock, false, false);
	(void) LockRelease(&door, ExclusiveLock, false);
}

/*
 * Lock the year that it is, and tell the time.  While we waited the year may
 * have ended.
 */
static int
lock_year(const TsmDesk *desk, TimestampTz *now)
{
	int			year = year_of(desk, tsm_now());

	for (;;)
	{
		LOCKTAG		tag;

		lock_counter(desk, year);
		*now = tsm_now();
		if (year_of(desk, *now) == year)
			return year;
		tag = lock_tag(desk, year, COUNTER_LOCK_CLASS);
		(void) LockRelease(&tag, ExclusiveLock, false);
		year = year_of(desk, *now);
		CHECK_FOR_INTERRUPTS();
	}
}

/* The row that this transaction has written last, if it has written this year's. */
static HeapTuple
fetch_drawn(Relation rel, int year)
{
	HeapTupleData tuple;
	HeapTuple	copy;
	Buffer		buffer;

	if (drawn.relid != RelationGetRelid(rel) || drawn.year != year ||
		drawn.filenode != rel->rd_rel->relfilenode)
		return NULL;
	tuple.t_self = drawn.tid;
	if (!heap_fetch(rel, SnapshotAny, &tuple, &buffer, false))
		return NULL;
	copy = heap_copytuple(&tuple);
	ReleaseBuffer(buffer);
	return copy;
}

/*
 * The year's row, whatever the transaction's snapshot says: nobody else has
 * drawn without having ended.  NULL if there is none.
 */
static HeapTuple
fetch_row(const TsmDesk *desk, Relation rel, int year)
{
	Oid			index = tsm_primary_key_index(rel);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, desk->counter_att[CC_anio], BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(year));
	scan = systable_beginscan(rel, index, OidIsValid(index), SnapshotSelf, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);

		if (IsolationUsesXactSnapshot() && !TransactionIdIsCurrentTransactionId(xmin) &&
			XidInMVCCSnapshot(xmin, GetTransactionSnapshot()))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent update")));
		tuple = heap_copytuple(tuple);
	}
	systable_endscan(scan);
	return tuple;
}

/* Is the table as the template makes it, so that no code of a user's looks on? */
static bool
is_plain(Relation rel)
{
	TriggerDesc *triggers = rel->trigdesc;
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	return RelationGetDescr(rel)->natts == COUNTER_COLUMNS &&
		(constr == NULL || constr->num_check == 0) &&
		(triggers == NULL || !(triggers->trig_update_before_row || triggers->trig_update_after_row)) &&
		list_length(RelationGetIndexList(rel)) == 1;
}

static void
refuse_counter(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_GENERATED_ALWAYS),
			 errmsg("a trigger has %s the number of a label", what),
			 errhint("See the triggers that were added to table contador.")));
}

/*
 * Update the row by the executor's own routine, which keeps whatever indexes,
 * constraints and row triggers a user has added.  Returns where it is now.
 */
static ItemPointerData
update_by_executor(Relation rel, HeapTuple old_tuple, HeapTuple new_tuple, AttrNumber att, int64 number)
{
	EState	   *estate = CreateExecutorState();
	ResultRelInfo *rri = makeNode(ResultRelInfo);
	bool		after = rel->trigdesc != NULL && rel->trigdesc->trig_update_after_row;
	TupleTableSlot *old;
	TupleTableSlot *new;
	EPQState	epqstate;
	ItemPointerData tid;
	bool		isnull;

	tsm_init_range_table(estate, rel);
	InitResultRelInfo(rri, rel, 1, NULL, 0);
	/* for the AFTER triggers to find it open; closing it is ours */
	estate->es_opened_result_relations = lappend(estate->es_opened_result_relations, rri);
	estate->es_output_cid = GetCurrentCommandId(true);
	ExecOpenIndices(rri, false);
	tsm_init_epq(&epqstate, estate);
	old = ExecInitExtraTupleSlot(estate, RelationGetDescr(rel), &TTSOpsHeapTuple);
	new = ExecInitExtraTupleSlot(estate, RelationGetDescr(rel), &TTSOpsHeapTuple);
	ExecStoreHeapTuple(old_tuple, old, false);
	ItemPointerSetInvalid(&new_tuple->t_self);
	ExecStoreHeapTuple(new_tuple, new, false);

	if (after)
		AfterTriggerBeginQuery();
	ExecSimpleRelationUpdate(rri, estate, &epqstate, old, new);
	if (!ItemPointerIsValid(&new->tts_tid))
		refuse_counter("suppressed");
	if (DatumGetInt64(slot_getattr(new, att, &isnull)) != number || isnull)
		refuse_counter("changed");
	tid = new->tts_tid;
	if (after)
		AfterTriggerEndQuery(estate);

	EvalPlanQualEnd(&epqstate);
	ExecCloseIndices(rri);
	ExecResetTupleTable(estate->es_tupleTable, false);
	FreeExecutorState(estate);
	return tid;
}

/* The year's next number; -1 if the year has no row yet. */
static int64
next_number(const TsmDesk *desk, int year)
{
	Relation	rel = table_open(desk->counter_relid, RowExclusiveLock);
	int			att = desk->counter_att[CC_ultimo];
	HeapTuple	old = fetch_drawn(rel, year);
	HeapTuple	new;
	int64		number = -1;

	/* one statement may draw many: then the last was in an earlier command */
	if (old != NULL)
		CommandCounterIncrement();
	else
		old = fetch_row(desk, rel, year);
	if (old != NULL)
	{
		bool		isnull;
		Datum		value;

		number = DatumGetInt64(heap_getattr(old, att, RelationGetDescr(rel), &isnull)) + 1;
		value = Int64GetDatum(number);
		new = heap_modify_tuple_by_cols(old, RelationGetDescr(rel), 1, &att, &value, &isnull);
		if (is_plain(rel))
		{
			CatalogTupleUpdate(rel, &old->t_self, new);
			drawn.tid = new->t_self;
		}
		else
			drawn.tid = update_by_executor(rel, old, new, att, number);
		drawn.relid = RelationGetRelid(rel);
		drawn.filenode = rel->rd_rel->relfilenode;
		drawn.year = year;
		drawn.subid = GetCurrentSubTransactionId();
		heap_freetuple(old);
		heap_freetuple(new);
	}
	table_close(rel, NoLock);
	return number;
}

/* The first label of a year: its row is made by plain SQL, with all defaults. */
static int64
first_number(const TsmDesk *desk, int year)
{
	Datum		arg = Int32GetDatum(year);
	TsmIdentity saved = tsm_enter(desk);

	if (tsm_guarded_write(desk, &q_counter_first, &arg, NULL, "contador", 1) != SPI_OK_INSERT ||
		SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("unexpected result of drawing a label")));
	tsm_leave(saved);
	return 1;
}

text *
tsm_label_draw(const TsmDesk *desk, TimestampTz *now)
{
	MemoryContext cxt = CurrentMemoryContext;
	TsmIdentity saved;
	int64		number;
	int			year = lock_year(desk, now);

	has_drawn = true;
	saved = tsm_act_as_owner(desk);
	number = next_number(desk, year);
	tsm_act_done(saved);
	if (number < 0)
		number = first_number(desk, year);
	MemoryContextSwitchTo(cxt);
	return cstring_to_text(psprintf("%s-%04d-%0*lld", desk->label_prefix, year,
									desk->label_digits, (long long) number));
}
