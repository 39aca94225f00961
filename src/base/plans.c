/*-------------------------------------------------------------------------
 *
 * plans.c
 *	  The cache of saved plans, and how a query is read.
 *
 * A plan is kept for the life of the backend, one for each query and desk.
 * As in ri_triggers.c it is looked at before use: when anything it depends on
 * has changed, it is made anew from the text, because a name in the text may
 * have changed as well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/snapmgr.h"

#include "base/base.h"

typedef struct PlanKey
{
	const TsmQuery *query;
	Oid			nspid;
	int			many;			/* whether $1 is an array of tickets */
} PlanKey;

typedef struct PlanEntry
{
	PlanKey		key;
	SPIPlanPtr	plan;			/* NULL until there is one */
} PlanEntry;

static HTAB *plan_cache = NULL;

/* The text as the server is to see it. */
static char *
plan_text(const TsmDesk *desk, const PlanKey *key)
{
	StringInfoData text;

	initStringInfo(&text);
	for (const char *p = key->query->text; *p; p++)
	{
		if (*p == '@')
			appendStringInfoString(&text, desk->schema);
		else if (*p == '#')
			appendStringInfoString(&text, key->many ? "ANY ($1)" : "$1");
		else if (*p == '`')
			appendStringInfo(&text, "COALESCE(($%d)[pg_catalog.array_position($%d, estado)], estado)",
							 key->query->nargs, key->query->nargs - 1);
		else
			appendStringInfoChar(&text, *p);
	}
	return text.data;
}

/*
 * Plan it now, by an index in its order.  The planner does not know how few
 * rows a page of the queue has, nor that locks must be taken in the order of
 * uuids.  Nor is such a plan compiled, as its estimated cost might suggest.
 * Plans that a user's code makes while the query runs are not affected.
 */
static void
plan_by_index(SPIPlanPtr plan)
{
	static const char *const off[] = {"enable_seqscan", "enable_bitmapscan", "enable_sort", "jit"};
	int			guc_level = NewGUCNestLevel();
	CachedPlan *cached;

	for (int i = 0; i < (int) lengthof(off); i++)
		(void) set_config_option(off[i], "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("enable_indexscan", "on", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	cached = SPI_plan_get_cached_plan(plan);
	if (cached != NULL)
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	AtEOXact_GUC(false, guc_level);
}

static SPIPlanPtr
prepare(const TsmDesk *desk, const PlanKey *key)
{
	const TsmQuery *q = key->query;
	char	   *text = plan_text(desk, key);
	Oid			argtype[TSM_MAX_ARGS];
	SPIPlanPtr	plan;

	for (int i = 0; i < q->nargs; i++)
		argtype[i] = q->argtype[i] == TICKET_TYPE_ARG ? desk->type_enum :
			q->argtype[i] == TICKET_STATES_ARG ? desk->states_type : q->argtype[i];
	if (key->many)
		argtype[0] = UUIDARRAYOID;
	plan = SPI_prepare_cursor(text, q->nargs, argtype,
							  q->planning == PLAN_AS_NEEDED ? 0 : CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "could not prepare a query of ticket_sm: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	pfree(text);
	return plan;
}

static SPIPlanPtr
find_plan(const TsmDesk *desk, const TsmQuery *query, bool many)
{
	PlanKey		key;
	PlanEntry  *entry;
	SPIPlanPtr	plan;
	bool		found;

	if (plan_cache == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(PlanKey);
		ctl.entrysize = sizeof(PlanEntry);
		plan_cache = hash_create("ticket_sm plans", 64, &ctl, HASH_ELEM | HASH_BLOBS);
	}

	memset(&key, 0, sizeof(key));
	key.query = query;
	key.nspid = desk->nspid;
	key.many = many;
	entry = hash_search(plan_cache, &key, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	if (entry->plan != NULL)
	{
		if (SPI_plan_is_valid(entry->plan))
			return entry->plan;
		plan = entry->plan;
		entry->plan = NULL;
		SPI_freeplan(plan);
	}

	/* An error in here leaves an entry without a plan, which is fine. */
	plan = prepare(desk, &key);
	if (query->planning == PLAN_BY_INDEX)
		plan_by_index(plan);

	/* Preparing may have run code that entered plans of its own. */
	entry = hash_search(plan_cache, &key, HASH_ENTER, &found);
	if (found && entry->plan != NULL)
		SPI_freeplan(entry->plan);
	entry->plan = plan;
	return plan;
}

SPIPlanPtr
tsm_plan(const TsmDesk *desk, const TsmQuery *query)
{
	return find_plan(desk, query, false);
}

SPIPlanPtr
tsm_plan_many(const TsmDesk *desk, const TsmQuery *query)
{
	return find_plan(desk, query, true);
}

void
tsm_plan_forget(const TsmDesk *desk, SPIPlanPtr plan)
{
	HASH_SEQ_STATUS seq;
	PlanEntry  *entry;

	hash_seq_init(&seq, plan_cache);
	while ((entry = hash_seq_search(&seq)) != NULL)
		if (entry->plan == plan)
		{
			SPI_freeplan(plan);
			entry->plan = NULL;
		}
}

/* It was a query that reads, and the tables are still what they were. */
static void
check_select(const TsmDesk *desk, int rc)
{
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of a query of ticket_sm: %s", SPI_result_code_string(rc));
	tsm_shape_recheck(desk);
}

void
tsm_read(const TsmDesk *desk, const TsmQuery *query, Datum *args)
{
	check_select(desk, SPI_execute_plan(tsm_plan(desk, query), args, NULL, true, 0));
}

void
tsm_read_nulls(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls)
{
	check_select(desk, SPI_execute_plan(tsm_plan(desk, query), args, nulls, true, 0));
}

void
tsm_read_latest(const TsmDesk *desk, const TsmQuery *query, Datum *args)
{
	check_select(desk, SPI_execute_snapshot(tsm_plan(desk, query), args, NULL,
											GetLatestSnapshot(), InvalidSnapshot,
											true, false, 0));
}
