/*-------------------------------------------------------------------------
 *
 * label.c
 *	  Gap-free labels.
 *
 * The last number of a year stands in a row of the table contador.  Whoever
 * draws takes a lock of the year and holds it to the end of the transaction: a
 * rollback gives the number back, and the next one waits to learn which it is.
 * The lock is not the row's own: those who wait for a row wake up twice for
 * each that goes before them, and look for the row anew.
 *
 * The commit of a transaction that has drawn is on disk before the lock is let
 * go and the ticket is seen, whatever synchronous_commit says: a label that
 * anybody could see is never given out again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "storage/bufmgr.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "guard/guard.h"

/* The last number that is drawn: as many digits as fn_verificar reads. */
#define LAST_NUMBER INT64CONST(999999999999999999)

/*
 * Where our last draw has left the row.  Through the index the next one would
 * walk past the versions that we have left behind, of one transaction all of
 * them.  A wrong place does no harm: the year's row is not found there.
 */
static ItemPointerData last_place;

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

/*
 * Lock the current year, and return the time.  While we waited the year may
 * have ended.
 */
static int
lock_year(const TsmDesk *desk, TimestampTz *now)
{
	int			year = year_of(desk, tsm_now());

	for (;;)
	{
		LOCKTAG		tag;

		SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, desk->counter_relid, (uint32) year, TSM_LOCK_COUNTER);
		(void) LockAcquire(&tag, ExclusiveLock, false, false);
		*now = tsm_now();
		if (year_of(desk, *now) == year)
			return year;
		(void) LockRelease(&tag, ExclusiveLock, false);
		year = year_of(desk, *now);
		CHECK_FOR_INTERRUPTS();
	}
}

/* The row of a year, where the last draw has left it. */
static HeapTuple
find_there(const TsmDesk *desk, Relation rel, int year, Snapshot snapshot)
{
	TupleTableSlot *slot;
	HeapTuple	found = NULL;
	bool		isnull;

	if (!ItemPointerIsValid(&last_place) ||
		ItemPointerGetBlockNumber(&last_place) >= RelationGetNumberOfBlocks(rel))
		return NULL;
	slot = table_slot_create(rel, NULL);
	if (table_tuple_fetch_row_version(rel, &last_place, snapshot, slot) &&
		DatumGetInt32(slot_getattr(slot, desk->counter_att[CC_anio], &isnull)) == year)
		found = ExecCopySlotHeapTuple(slot);
	ExecDropSingleTupleTableSlot(slot);
	return found;
}

/* Through the primary key. */
static HeapTuple
find(const TsmDesk *desk, Relation rel, int year, Snapshot snapshot)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	found;

	ScanKeyInit(&key, desk->counter_att[CC_anio], BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(year));
	scan = systable_beginscan(rel, tsm_primary_key_index(rel), true, snapshot, 1, &key);
	found = systable_getnext(scan);
	if (HeapTupleIsValid(found))
		found = heap_copytuple(found);
	systable_endscan(scan);
	return found;
}

/*
 * The row with the next number; old: NULL if it is the first of the year.  55000
 * if the last one is none of ours, which only a table without its guard can hold.
 */
static HeapTuple
form_next(const TsmDesk *desk, Relation rel, int year, HeapTuple old, int64 *number)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Datum	   *values = palloc0(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	AttrNumber	last = desk->counter_att[CC_ultimo];
	bool		isnull;

	*number = 1;
	memset(nulls, true, desc->natts * sizeof(bool));
	if (old != NULL)
	{
		heap_deform_tuple(old, desc, values, nulls);
		*number = DatumGetInt64(heap_getattr(old, last, desc, &isnull));
		if (*number < 0 || *number >= LAST_NUMBER)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("mesa %s can draw no label for %d: the counter is at " INT64_FORMAT, desk->schema, year, *number)));
		*number += 1;
	}
	values[desk->counter_att[CC_anio] - 1] = Int32GetDatum(year);
	values[last - 1] = Int64GetDatum(*number);
	nulls[desk->counter_att[CC_anio] - 1] = nulls[last - 1] = false;
	return heap_form_tuple(desc, values, nulls);
}

/* Nobody else writes the year's row while its lock is ours. */
static int64
next_number(const TsmDesk *desk, int year)
{
	Relation	rel = tsm_open_unaltered(desk, TABLE_contador);
	Snapshot	snapshot;
	HeapTuple	old;
	HeapTuple	new;
	int64		number;

	/* to see what this command has drawn before */
	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	if ((old = find_there(desk, rel, year, snapshot)) == NULL)
		old = find(desk, rel, year, snapshot);
	UnregisterSnapshot(snapshot);
	new = form_next(desk, rel, year, old, &number);
	last_place = tsm_write_row(desk, TABLE_contador, rel, old, new,
							   bms_make_singleton(desk->counter_att[CC_ultimo] - FirstLowInvalidHeapAttributeNumber));
	table_close(rel, NoLock);
	return number;
}

text *
tsm_label_draw(const TsmDesk *desk, TimestampTz *now)
{
	TsmIdentity saved;
	int64		number;
	int			year = lock_year(desk, now);

	ForceSyncCommit();
	saved = tsm_act_as_owner(desk);
	number = next_number(desk, year);
	tsm_act_done(saved);
	return cstring_to_text(psprintf("%s-%04d-%0*lld", desk->label_prefix, year,
									desk->label_digits, (long long) number));
}
