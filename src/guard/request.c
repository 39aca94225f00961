/*-------------------------------------------------------------------------
 *
 * request.c
 *	  A change that an fn_* function asks for.
 *
 * The function leaves its request here and runs an UPDATE; the guard knows it
 * by the ticket's uuid.  Any other change is plain SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "guard/guard.h"

static const TsmQuery q_exists = {
	"SELECT FROM @.ticket t WHERE t.ticket_uuid OPERATOR(pg_catalog.=) $1",
	1, {UUIDOID}, PLAN_ONCE
};

/*
 * What is asked for: one request, or those of a batch, in the order of uuids.
 * A trigger may call another function, whose requests then come first.  Not on
 * the C stack: it is looked at after an error has unwound that.
 */
typedef struct Asked
{
	TsmRequest *requests;
	int			count;
	int			next;			/* the one that is expected next */
	SubTransactionId subid;
	struct Asked *outer;
} Asked;

static Asked *asked = NULL;

static int
compare_ticket(const void *a, const void *b)
{
	return memcmp(&((const TsmRequest *) a)->ticket_id, &((const TsmRequest *) b)->ticket_id,
				  sizeof(pg_uuid_t));
}

/* Of many, rows come in the order of the requests, unless some of the tickets do not exist. */
static TsmRequest *
find_among_many(const pg_uuid_t *ticket_id)
{
	TsmRequest	key;
	TsmRequest *found = NULL;

	key.ticket_id = *ticket_id;
	if (asked->next < asked->count && compare_ticket(&key, &asked->requests[asked->next]) == 0)
		found = &asked->requests[asked->next];
	else
		found = bsearch(&key, asked->requests, asked->count, sizeof(TsmRequest), compare_ticket);
	if (found != NULL)
		asked->next = (int) (found - asked->requests) + 1;
	return found;
}

TsmRequest *
tsm_request_of(const TsmDesk *desk, const pg_uuid_t *ticket_id, bool creation)
{
	TsmRequest *request;

	if (asked == NULL)
		return NULL;
	request = asked->count == 1 ? asked->requests : find_among_many(ticket_id);
	if (request == NULL || request->landed ||
		(request->op == OP_CREAR) != creation ||
		request->desk->ticket_relid != desk->ticket_relid ||
		memcmp(ticket_id, &request->ticket_id, sizeof(pg_uuid_t)) != 0)
		return NULL;
	return request;
}

static void
answered(void)
{
	Asked	   *outer = asked->outer;

	pfree(asked);
	asked = outer;
}

void
tsm_request_forget(SubTransactionId subid)
{
	while (asked != NULL && asked->subid >= subid)
		answered();
}

static void
ask(TsmRequest *requests, int count)
{
	Asked	   *a = MemoryContextAlloc(TopMemoryContext, sizeof(Asked));

	a->requests = requests;
	a->count = count;
	a->next = 0;
	a->subid = GetCurrentSubTransactionId();
	a->outer = asked;
	asked = a;
}

/* The statement of some requests. */
typedef struct Statement
{
	const TsmDesk *desk;
	const TsmQuery *query;
	bool		many;
	Datum	   *args;
	const char *nulls;
	bool		found;
} Statement;

static void
execute(void *arg)
{
	Statement  *s = (Statement *) arg;
	int			rc = s->many ? tsm_run_many(s->desk, s->query, RUN_WRITE, s->args, s->nulls) :
	tsm_run(s->desk, s->query, RUN_WRITE, s->args, s->nulls);

	if (rc < 0)
		elog(ERROR, "unexpected result of an operation: %s", SPI_result_code_string(rc));
	if (rc != SPI_OK_UPDATE && rc != SPI_OK_INSERT)
	{
		tsm_plan_forget(s->desk, s->query);
		tsm_refuse(REFUSE_REWRITTEN, NULL, NULL,
				   "Drop the rules on table ticket; ticket_sm.fn_verificar() lists them.");
	}
	s->found = SPI_processed > 0;
}

/*
 * A ticket that the guard has not seen a row of, but that is there, was kept from
 * it by a trigger that comes before the guard's; or the transaction's snapshot
 * is older than the ticket, or than a table that was written anew.
 */
static bool
is_kept_from_us(const TsmDesk *desk, const pg_uuid_t *id)
{
	Datum		arg = UUIDPGetDatum(id);

	tsm_read_latest(desk, &q_exists, &arg);
	if (SPI_processed == 0)
		return false;
	if (IsolationUsesXactSnapshot())
	{
		tsm_read(desk, &q_exists, &arg);
		if (SPI_processed == 0)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent update"),
					 errdetail("The snapshot of the transaction does not show the ticket yet."),
					 errhint("Try again, in a new transaction.")));
	}
	return true;
}

/* Of what did not land, forget what is left. */
static void
look_for_lost(const TsmDesk *desk, TsmRequest *requests, int count)
{
	bool		lost = false;

	for (int i = 0; i < count; i++)
	{
		if (requests[i].landed)
			continue;
		lost = true;
		if (!requests[i].judged && requests[i].op != OP_CREAR)
			requests[i].judged = is_kept_from_us(desk, &requests[i].ticket_id);
	}
	if (lost)
		tsm_pending_end(requests, count);
}

/* Run a statement as the owner, with these requests as what is asked for. */
static bool
run_requests(TsmRequest *requests, int count, Statement *s)
{
	TsmIdentity saved;

	for (int i = 0; i < count; i++)
	{
		/* not SPI's: the results are to outlive it */
		requests[i].cxt = CurrentMemoryContext;
		requests[i].context = error_context_stack;
	}
	saved = tsm_enter(s->desk);
	ask(requests, count);
	tsm_bounded_wait(execute, s);
	answered();
	look_for_lost(s->desk, requests, count);
	tsm_leave(saved);
	return s->found;
}

bool
tsm_guard_run(TsmRequest *request, const TsmQuery *query, Datum *args, const char *nulls)
{
	Statement	statement = {request->desk, query, false, args, nulls, false};
	bool		found = run_requests(request, 1, &statement);

	if (request->refusal != NULL)	/* in_batch: the caller looks at it */
		return found;
	if (found && !request->landed)
		tsm_refuse(REFUSE_UNSEEN, NULL, "A trigger on table ticket changed \"ticket_uuid\", "
				   "or one of the guard's triggers is disabled.", NULL);
	if ((request->judged || request->op == OP_CREAR) && !request->landed && !request->idle)
		tsm_refuse(REFUSE_SUPPRESSED, NULL, NULL, "See the triggers that were added to table ticket.");
	return found;
}

void
tsm_guard_run_batch(TsmRequest *requests, int count, const TsmQuery *query, Datum *args, const char *nulls)
{
	Statement	statement = {requests->desk, query, true, args, nulls, false};

	(void) run_requests(requests, count, &statement);
}
