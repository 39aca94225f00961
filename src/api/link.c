/*-------------------------------------------------------------------------
 *
 * link.c
 *	  fn_vincular and fn_desvincular: operations on two tickets at once.
 *
 * Both tickets get an event of the operation, by one statement that locks them
 * in the order of their uuids.  A duplicate is then cancelled, where the machine
 * has that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/builtins.h"

#include "api/api.h"

static const TsmQuery q_areas = {
	"SELECT t.ticket_uuid, t.area FROM @.ticket t WHERE t.ticket_uuid" EQ "ANY ($1)",
	1, {UUIDARRAYOID}, PLAN_BY_INDEX
};

static const TsmQuery q_lock = {
	"SELECT FROM @.ticket t WHERE t.ticket_uuid" EQ "ANY ($1) AND ($2 IS NULL OR t.area" EQ "$2)"
	" ORDER BY t.ticket_uuid FOR NO KEY UPDATE",
	2, {UUIDARRAYOID, TEXTOID}, PLAN_ONCE
};

typedef struct Linking
{
	TsmRequest *request;		/* of the ticket */
	const TsmArgs *args;
	TsmLink		link;
	bool		exists;
	TsmRequest	pair[2];		/* of both, in the order of their uuids */
	TsmRequest *ticket;			/* which of them */
	TsmRequest *other;
} Linking;

static bool
same_id(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t)) == 0;
}

/* Two tickets as an array. */
static Datum
two_ids(const pg_uuid_t *one, const pg_uuid_t *other)
{
	Datum		ids[2] = {UUIDPGetDatum(one), UUIDPGetDatum(other)};

	return PointerGetDatum(construct_array(ids, 2, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/*
 * Both tickets are there, and the caller's business: the one that was named
 * first is told of first.  Before their rows are locked, so that nobody keeps
 * others from what is none of his business; the guard asks again.
 */
static void
require_in_sight(const TsmRequest *request, const pg_uuid_t *other)
{
	MemoryContext cxt = CurrentMemoryContext;
	const pg_uuid_t *wanted[2] = {&request->ticket_id, other};
	char	   *area[2] = {NULL, NULL};
	Datum		ids = two_ids(wanted[0], wanted[1]);
	TsmIdentity saved = tsm_enter(request->desk);

	tsm_read_latest(request->desk, &q_areas, &ids);
	for (uint64 i = 0; i < SPI_processed; i++)
		for (int w = 0; w < 2; w++)
			if (same_id(DatumGetUUIDP(tsm_read_value(i, 1)), wanted[w]))
				area[w] = MemoryContextStrdup(cxt, tsm_read_string(i, 2));
	tsm_leave(saved);
	MemoryContextSwitchTo(cxt);
	for (int w = 0; w < 2; w++)
		if (area[w] == NULL)
			tsm_raise(tsm_no_ticket(wanted[w]));
	if (tsm_caller_sees_all(&request->caller))
		return;
	for (int w = 0; w < 2; w++)
		tsm_caller_require_area(&request->caller, area[w]);
}

/* The link that is asked for, or that there is. */
static void
find_link(Linking *l, const pg_uuid_t *other)
{
	const TsmRequest *request = l->request;
	int			place = request->op == OP_VINCULAR ? 2 : 3;
	TsmRelation relation = RELATION_RELATED;
	bool		given = l->args->isnull[place] != 'n';

	if (given)
	{
		char	   *name = TextDatumGetCString(l->args->value[place]);

		while (strcmp(tsm_relation_names[relation], name) != 0)
			relation++;
	}
	l->exists = tsm_link_find(request->desk, &request->ticket_id, other, given ? &relation : NULL, &l->link);
	if (request->op == OP_DESVINCULAR && l->exists)
		return;
	/* of parents and duplicates it matters which is which */
	if (l->exists && relation != RELATION_RELATED && !same_id(&l->link.ticket, &request->ticket_id))
		l->exists = false;
	l->link.ticket = request->ticket_id;
	l->link.other = *other;
	l->link.relation = relation;
}

/* A request for each of the two. */
static void
form_pair(Linking *l, const pg_uuid_t *other)
{
	const TsmRequest *request = l->request;
	bool		first = memcmp(&request->ticket_id, other, sizeof(pg_uuid_t)) < 0;

	l->ticket = &l->pair[first ? 0 : 1];
	l->other = &l->pair[first ? 1 : 0];
	for (int i = 0; i < 2; i++)
	{
		memcpy(&l->pair[i], request, offsetof(TsmRequest, row));
		/* the one that was named first is to be told of first, whichever is judged first */
		l->pair[i].in_batch = true;
	}
	l->other->ticket_id = *other;
	/* where there is none to undo, no event stays */
	if (request->op == OP_VINCULAR || l->exists)
		for (int i = 0; i < 2; i++)
			l->pair[i].link = tsm_link_facts(&l->link, &l->pair[i].ticket_id);
}

static void
require_landed(const TsmRequest *r)
{
	tsm_raise_if(r->refusal);
	if (!r->judged)
		tsm_raise(tsm_no_ticket(&r->ticket_id));
	if (!r->landed)
		tsm_refuse(REFUSE_SUPPRESSED, NULL, NULL, "See the triggers that were added to table ticket.");
}

/* The operation on both. */
static void
change_both(Linking *l)
{
	TsmArgs		args = *l->args;

	tsm_operation_target(l->request, two_ids(&l->pair[0].ticket_id, &l->pair[1].ticket_id), &args);
	tsm_guard_run_batch(l->pair, 2, tsm_operation_query(l->request->op), args.value, args.isnull);
	require_landed(l->ticket);
	require_landed(l->other);
}

static char *
label_of(const TsmRequest *r)
{
	return TextDatumGetCString(r->row.value[TC_ticket_label]);
}

/* What a link demands: that there is none like it, and that nothing goes round in a circle. */
static void
require_fitting(const Linking *l)
{
	const TsmDesk *desk = l->request->desk;
	const char *const what = tsm_relation_names[l->link.relation];

	if (l->request->op == OP_DESVINCULAR)
	{
		if (!l->exists)
			tsm_refuse(REFUSE_NOT_LINKED, NULL,
					   psprintf("There is no such link between %s and %s.", label_of(l->ticket), label_of(l->other)), NULL);
		return;
	}
	if (l->exists)
		tsm_refuse(REFUSE_LINKED, NULL,
				   psprintf("Ticket %s is \"%s\" to %s already.", label_of(l->ticket), what, label_of(l->other)), NULL);
	if (l->link.relation == RELATION_DUPLICATE && tsm_is_duplicate(desk, &l->link.ticket))
		tsm_refuse(REFUSE_LINKED, NULL,
				   psprintf("Ticket %s is a duplicate of another one already.", label_of(l->ticket)),
				   "Part the two with ticket_sm.fn_desvincular() first.");
	if (tsm_link_makes_circle(desk, &l->link))
		tsm_refuse(REFUSE_CIRCLE, NULL,
				   psprintf("Ticket %s cannot be \"%s\" to %s: by parents and duplicates, one of them comes above the other the other way round.",
							label_of(l->ticket), what, label_of(l->other)), NULL);
}

/* Another one goes on in its place: it is cancelled, where the machine has that. */
static void
cancel_duplicate(Linking *l)
{
	TsmRequest *request = l->ticket;
	const TsmDesk *desk = request->desk;
	int			state = tsm_state_index(desk, DatumGetObjectId(request->row.value[TC_estado]));
	Oid			before = request->state_before;
	TsmRequest	cancel;
	TsmArgs		args;

	if (desk->next[OP_CANCELAR][state] < 0)
		return;
	memcpy(&cancel, l->request, offsetof(TsmRequest, row));
	cancel.op = OP_CANCELAR;
	tsm_caller_require(desk, &cancel.caller, OP_CANCELAR);
	tsm_args_init(&args);
	tsm_operation_target(&cancel, UUIDPGetDatum(&cancel.ticket_id), &args);
	if (!tsm_guard_run(&cancel, tsm_operation_query(OP_CANCELAR), args.value, args.isnull))
		tsm_raise(tsm_no_ticket(&cancel.ticket_id));
	request->row = cancel.row;
	request->state_before = before;
}

void
tsm_link(TsmRequest *request, const TsmArgs *args)
{
	const pg_uuid_t *other = DatumGetUUIDP(args->value[1]);
	Linking		l = {.request = request,.args = args};

	if (same_id(&request->ticket_id, other))
		tsm_refuse(REFUSE_BAD_FIELD, "otro_id", "A ticket is not linked with itself.", NULL);
	require_in_sight(request, other);
	tsm_links_lock(request->desk, false);
	find_link(&l, other);
	form_pair(&l, other);
	change_both(&l);
	require_fitting(&l);
	if (request->op == OP_DESVINCULAR)
		tsm_link_delete(request->desk, &l.link);
	else
	{
		tsm_link_write(request->desk, &l.link, &l.ticket->row, &l.other->row);
		if (l.link.relation == RELATION_DUPLICATE)
			cancel_duplicate(&l);
	}
	request->row = l.ticket->row;
	request->state_before = l.ticket->state_before;
	request->judged = request->landed = true;
}

/* ----------------------------------------------------------------
 * Many at once
 * ----------------------------------------------------------------
 */
typedef struct Locking
{
	const TsmDesk *desk;
	Datum		args[2];
	char		nulls[2];
} Locking;

static void
lock_rows(void *arg)
{
	Locking    *locking = (Locking *) arg;

	if (tsm_run(locking->desk, &q_lock, RUN_WRITE, locking->args, locking->nulls) != SPI_OK_SELECT)
		elog(ERROR, "could not lock the tickets");
}

void
tsm_links_lock_all(const TsmRequest *request, const pg_uuid_t *tickets, int count, Datum other)
{
	const char *area = tsm_caller_area(&request->caller);
	Locking		locking = {.desk = request->desk};
	Datum	   *ids = palloc((count + 1) * sizeof(Datum));
	TsmIdentity saved;

	for (int i = 0; i < count; i++)
		ids[i] = UUIDPGetDatum(&tickets[i]);
	ids[count] = other;
	locking.args[0] = PointerGetDatum(construct_array(ids, count + 1, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
	locking.nulls[0] = ' ';
	locking.nulls[1] = tsm_caller_sees_all(&request->caller) ? 'n' : ' ';
	if (locking.nulls[1] == ' ')
		locking.args[1] = CStringGetTextDatum(area == NULL ? "" : area);
	tsm_links_lock(request->desk, false);
	saved = tsm_enter(request->desk);
	tsm_bounded_wait(lock_rows, &locking);
	tsm_leave(saved);
}
