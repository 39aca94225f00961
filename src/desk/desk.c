/*-------------------------------------------------------------------------
 *
 * desk.c
 *	  What a backend knows of the desks: kept, marked stale, found again.
 *
 * Everything that decides an operation is read once and kept: the machine,
 * permissions, settings, catalogues, and the agents as they are asked for.  A
 * trigger on those tables invalidates the relcache entry of configuracion;
 * our callback only marks the desk stale, and the next call reads it anew.
 *
 * Whoever holds a TsmDesk may call code that makes us read it anew, so a
 * replaced one is not freed at once but given to the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/inval.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_tg_reload);

typedef struct DeskEntry
{
	Oid			nspid;			/* hash key */
	bool		valid;
	TsmDesk    *desk;			/* NULL until read */
} DeskEntry;

static HTAB *desks = NULL;
static Oid	usable_nspid = InvalidOid;	/* a schema that was found to be usable */
static Oid	usable_by = InvalidOid; /* by this role */
static uint64 invalidations = 0;	/* counts them, to notice one while reading */

/* ----------------------------------------------------------------
 * Staleness
 * ----------------------------------------------------------------
 */
static bool
has_table(const TsmDesk *desk, Oid relid)
{
	for (int i = 0; i < TSM_TABLE_COUNT; i++)
		if (desk->table[i] == relid)
			return true;
	return false;
}

void
tsm_desk_relcache_callback(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS seq;
	DeskEntry  *entry;

	invalidations++;
	if (desks == NULL)
		return;
	hash_seq_init(&seq, desks);
	while ((entry = hash_seq_search(&seq)) != NULL)
	{
		if (!OidIsValid(relid) || entry->desk == NULL || has_table(entry->desk, relid))
		{
			entry->valid = false;
			if (entry->desk != NULL)
				entry->desk->stale = true;
		}
	}
}

/* A schema or a role has changed: its name, who it is, or what it may do. */
void
tsm_desk_syscache_callback(Datum arg, int cacheid, uint32 hashvalue)
{
	usable_nspid = InvalidOid;
	tsm_desk_relcache_callback((Datum) 0, InvalidOid);
}

void
tsm_desk_reload(Oid nspid)
{
	Oid			relid = get_relname_relid("configuracion", nspid);

	if (OidIsValid(relid))
		CacheInvalidateRelcacheByRelid(relid);
}

/* Give a replaced desk to the transaction: somebody up the stack may use it. */
static void
retire(TsmDesk *desk)
{
	if (desk != NULL)
		MemoryContextSetParent(desk->cxt, TopTransactionContext);
}

typedef struct Reading
{
	Oid			nspid;
	TsmDesk    *desk;
} Reading;

static void
read_for(void *arg)
{
	Reading    *reading = (Reading *) arg;

	reading->desk = tsm_desk_read(reading->nspid);
	if (reading->desk != NULL)
		reading->desk->read_in = GetCurrentTransactionStartTimestamp();
}

/*
 * The desk of a schema, read anew when stale; NULL if the schema is not one.
 * bounded: for an operation, which waits for no lock beyond its time.
 */
static const TsmDesk *
find_desk(Oid nspid, bool bounded)
{
	Reading		reading = {nspid, NULL};
	DeskEntry  *entry;
	TsmDesk    *desk;
	uint64		before;
	bool		found;

	/* What others have committed holds for us, also within a transaction. */
	AcceptInvalidationMessages();

	if (desks == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(Oid);
		ctl.entrysize = sizeof(DeskEntry);
		desks = hash_create("ticket_sm mesas", 16, &ctl, HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(desks, &nspid, HASH_FIND, NULL);
	if (entry != NULL && entry->valid && !entry->desk->is_full)
		return entry->desk;

	before = invalidations;
	if (bounded)
		tsm_bounded_wait(read_for, &reading);
	else
		read_for(&reading);
	desk = reading.desk;
	if (desk == NULL)
	{
		/* It may have been a desk before. */
		if (entry != NULL && (entry = hash_search(desks, &nspid, HASH_FIND, NULL)) != NULL)
		{
			retire(entry->desk);
			hash_search(desks, &nspid, HASH_REMOVE, NULL);
		}
		return NULL;
	}

	entry = hash_search(desks, &nspid, HASH_ENTER, &found);
	if (found)
		retire(entry->desk);
	MemoryContextSetParent(desk->cxt, TopMemoryContext);
	entry->desk = desk;
	/* Should something have changed while we read, read again next time. */
	entry->valid = (before == invalidations);
	return desk;
}

/* The answer is kept until anything about it changes. */
void
tsm_require_usage(Oid nspid)
{
	Oid			userid = GetUserId();

	if (nspid == usable_nspid && userid == usable_by)
		return;
	if (tsm_namespace_aclcheck(nspid, userid) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for mesa \"%s\"", get_namespace_name(nspid)),
				 errhint("The role needs USAGE on the mesa's schema.")));
	usable_nspid = nspid;
	usable_by = userid;
}

const TsmDesk *
tsm_desk_current(void)
{
	Oid			nspid;
	const TsmDesk *desk;

	/* the schema and its privileges, too, as they are now */
	AcceptInvalidationMessages();
	nspid = get_namespace_oid(tsm_desk_name, true);
	if (!OidIsValid(nspid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("mesa \"%s\" does not exist", tsm_desk_name),
				 errhint("Set ticket_sm.mesa to the schema of a mesa. If it was renamed, its API is to be made anew by ticket_sm.crear_api().")));
	tsm_require_usage(nspid);
	desk = find_desk(nspid, true);
	if (desk == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" is not a mesa", tsm_desk_name),
				 errhint("A mesa is made by ticket_sm.crear_mesa().")));
	return desk;
}

const TsmDesk *
tsm_desk_of_ticket(Oid nspid, Oid ticket_relid)
{
	const TsmDesk *desk = OidIsValid(nspid) ? find_desk(nspid, false) : NULL;

	if (desk == NULL || desk->ticket_relid != ticket_relid)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("this is not the table ticket of a mesa"),
				 errhint("A mesa is made by ticket_sm.crear_mesa().")));
	return desk;
}

const TsmDesk *
tsm_desk_of_schema(Oid nspid)
{
	const TsmDesk *desk = OidIsValid(nspid) ? find_desk(nspid, false) : NULL;

	if (desk == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("this is not a table of a mesa"),
				 errhint("A mesa is made by ticket_sm.crear_mesa().")));
	return desk;
}

Datum
tsm_tg_reload(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER a change", "tg_reload")));
	tsm_desk_reload(RelationGetNamespace(trigger->tg_relation));
	return PointerGetDatum(NULL);
}
