/*-------------------------------------------------------------------------
 *
 * pending.c
 *	  Changes between their two triggers.
 *
 * One entry for each row that the BEFORE trigger has judged and the AFTER
 * trigger has not seen yet.  One that stays is of a row that did not land.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "guard/guard.h"

typedef struct PendingKey
{
	pg_uuid_t	ticket_id;
	Oid			relid;
	int			creation;
} PendingKey;

typedef struct PendingEntry
{
	PendingKey	key;
	SubTransactionId subid;
	const TsmDesk *desk;		/* by which it was judged */
	int			version;		/* of the ticket with this change */
	char	   *label;			/* of a creation */
	TsmPending	change;
} PendingEntry;

/* A table that has held more is not kept beyond its transaction. */
#define PENDING_KEPT 1000

static HTAB *pending = NULL;
static bool pending_is_large = false;

int			tsm_pending_count = 0;

/* The table of the last one that was remembered, and its desk while the transaction lasts. */
static Oid	last_relid = InvalidOid;
static const TsmDesk *last_desk = NULL;

static PendingKey
pending_key(Oid relid, Datum ticket_id, bool creation)
{
	PendingKey	key = {*DatumGetUUIDP(ticket_id), relid, creation};

	return key;
}

static PendingEntry *
find(Oid relid, Datum ticket_id, bool creation)
{
	PendingKey	key = pending_key(relid, ticket_id, creation);

	if (tsm_pending_count == 0)
		return NULL;
	return hash_search(pending, &key, HASH_FIND, NULL);
}

static void
remove_entry(PendingEntry *p)
{
	(void) hash_search(pending, &p->key, HASH_REMOVE, NULL);
	tsm_pending_count--;
}

static void
release(PendingEntry *p)
{
	if (p->label != NULL)
		pfree(p->label);
	if (p->change.filled != NULL)
		heap_freetuple(p->change.filled);
	for (int i = 0; i < p->change.nevents; i++)
		heap_freetuple(p->change.event[i]);
}

/*
 * A label that was drawn for a row which did not land would be a gap: INSERT
 * ... ON CONFLICT draws it before it sees the conflict, and a trigger after the
 * guard's may drop the row.
 */
static void
refuse_lost_label(const PendingEntry *p)
{
	tsm_refuse(REFUSE_LOST_LABEL, NULL, psprintf("The label is %s.", p->label),
			   "Do not INSERT tickets with ON CONFLICT, nor suppress the row in a trigger: "
			   "labels have no gaps. fn_crear_ticket has clave_idempotencia.");
}

/*
 * The row that is changed has landed by a change whose event is not written
 * yet: this statement's own.
 */
static void
refuse_second_change(const TsmChange *c, Oid relid)
{
	Datum		ticket_id = c->old.value[TC_ticket_uuid];
	char	   *label = TextDatumGetCString(c->old.value[TC_ticket_label]);
	PendingEntry *created = find(relid, ticket_id, true);
	PendingEntry *changed = find(relid, ticket_id, false);

	/* what is left of a row that did not land has another label, or a version that is still to come */
	if ((created == NULL || strcmp(created->label, label) != 0) &&
		(changed == NULL || DatumGetInt32(c->old.value[TC_version]) < changed->version))
		return;
	tsm_refuse(REFUSE_TWICE, NULL, psprintf("Ticket %s.", label),
			   "Change it in a statement of its own. A trigger of yours that changes tickets must sort "
			   "after \"aa_guardia_despues\", and only change the ticket that it was fired for.");
}

static PendingEntry *
enter(const TsmChange *c, Oid relid)
{
	PendingKey	key = pending_key(relid, c->new.value[TC_ticket_uuid], c->old_tuple == NULL);
	PendingEntry *p;
	bool		found;

	if (pending == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(PendingKey);
		ctl.entrysize = sizeof(PendingEntry);
		pending = hash_create("ticket_sm pending", 16, &ctl, HASH_ELEM | HASH_BLOBS);
	}
	p = hash_search(pending, &key, HASH_ENTER, &found);
	if (found && p->key.creation)
		refuse_lost_label(p);
	if (found)
		release(p);
	tsm_pending_count = (int) hash_get_num_entries(pending);
	p->label = NULL;
	p->change.filled = NULL;
	p->change.nevents = 0;
	p->subid = GetCurrentSubTransactionId();
	if (tsm_pending_count > PENDING_KEPT)
		pending_is_large = true;
	return p;
}

void
tsm_pending_remember(const TsmChange *c, Oid relid, HeapTuple filled)
{
	MemoryContext oldcxt;
	PendingEntry *p;

	if (c->old_tuple != NULL && tsm_pending_count > 0)
		refuse_second_change(c, relid);
	p = enter(c, relid);
	p->version = DatumGetInt32(c->new.value[TC_version]);
	p->desk = c->desk;
	last_relid = relid;
	last_desk = c->desk;
	p->change.caller = c->caller;
	p->change.op = c->op;
	p->change.request = c->request;
	p->change.now = c->now;
	p->change.work = c->work;
	p->change.changed = c->changed;
	p->change.nevents = c->nevents;
	memcpy(p->change.event, c->event, c->nevents * sizeof(HeapTuple));
	oldcxt = MemoryContextSwitchTo(TopTransactionContext);
	if (c->old_tuple == NULL)
		p->label = TextDatumGetCString(c->new.value[TC_ticket_label]);
	p->change.filled = heap_copytuple(filled);
	MemoryContextSwitchTo(oldcxt);
}

/* The desk by which changes of this table were judged; NULL if there are none. */
static const TsmDesk *
desk_of(Oid relid)
{
	HASH_SEQ_STATUS seq;
	PendingEntry *p;

	if (tsm_pending_count == 0)
		return NULL;
	if (relid == last_relid)
		return last_desk;
	hash_seq_init(&seq, pending);
	while ((p = hash_seq_search(&seq)) != NULL)
		if (p->key.relid == relid)
		{
			hash_seq_term(&seq);
			return p->desk;
		}
	return NULL;
}

bool
tsm_pending_take(Relation rel, HeapTuple row, bool creation, const TsmDesk **desk, TsmPending *change)
{
	bool		isnull;
	Datum		ticket_id;
	PendingEntry *p;

	*desk = desk_of(RelationGetRelid(rel));
	if (*desk == NULL)
		return false;
	ticket_id = heap_getattr(row, (*desk)->ticket_att[TC_ticket_uuid], RelationGetDescr(rel), &isnull);
	p = isnull ? NULL : find(RelationGetRelid(rel), ticket_id, creation);
	if (p == NULL)
		return false;
	*desk = p->desk;
	*change = p->change;
	if (p->label != NULL)
		pfree(p->label);
	remove_entry(p);
	return true;
}

static void
forget(PendingEntry *p)
{
	release(p);
	remove_entry(p);
}

void
tsm_pending_end(const TsmRequest *requests, int count)
{
	HASH_SEQ_STATUS seq;
	PendingEntry *p;

	if (tsm_pending_count == 0)
		return;
	hash_seq_init(&seq, pending);
	while ((p = hash_seq_search(&seq)) != NULL)
		if (p->change.request >= requests && p->change.request < requests + count)
		{
			/* a label is missed at the end of the transaction */
			if (p->key.creation)
				p->change.request = NULL;
			else
				forget(p);
		}
}

void
tsm_pending_forget_since(SubTransactionId subid)
{
	HASH_SEQ_STATUS seq;
	PendingEntry *p;

	hash_seq_init(&seq, pending);
	while ((p = hash_seq_search(&seq)) != NULL)
		if (p->subid >= subid)
			forget(p);
	if (subid == TopSubTransactionId && pending_is_large)
	{
		hash_destroy(pending);
		pending = NULL;
		pending_is_large = false;
	}
}

void
tsm_pending_require_landed(void)
{
	HASH_SEQ_STATUS seq;
	PendingEntry *p;

	hash_seq_init(&seq, pending);
	while ((p = hash_seq_search(&seq)) != NULL)
	{
		if (p->key.creation)
		{
			hash_seq_term(&seq);
			refuse_lost_label(p);
		}
	}
}
