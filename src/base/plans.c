/*-------------------------------------------------------------------------
 *
 * plans.c
 *	  The cache of saved plans, and how a query is run.
 *
 * A plan is kept for the life of the backend, one for each query and desk.
 * As in ri_triggers.c it is looked at before use: when anything it depends on
 * has changed, it is made anew from the text, because a name in the text may
 * have changed as well.
 *
 * A user's code may run while a query is planned (functions that are said to be
 * immutable, in an index or a statistics object) and while it writes.  It may
 * make plans invalid and call us again, so one that is in use is not freed
 * before its use ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
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

/* Plans in use, the innermost last. */
typedef struct PlanUse
{
	SPIPlanPtr	plan;
	SubTransactionId subid;
	bool		doomed;			/* to be freed at the end */
} PlanUse;

static PlanUse *uses = NULL;
static int	nuses = 0;
static int	max_uses = 0;

/* ----------------------------------------------------------------
 * Plans in use
 * ----------------------------------------------------------------
 */
static void
begin_use(SPIPlanPtr plan)
{
	if (nuses == max_uses)
	{
		int			wanted = Max(8, 2 * max_uses);

		uses = uses == NULL ? MemoryContextAlloc(TopMemoryContext, wanted * sizeof(PlanUse)) :
			repalloc(uses, wanted * sizeof(PlanUse));
		max_uses = wanted;
	}
	uses[nuses++] = (PlanUse)
	{
		plan, GetCurrentSubTransactionId(), false
	};
}

static void
end_use(void)
{
	PlanUse    *use = &uses[--nuses];

	if (use->doomed)
		SPI_freeplan(use->plan);
}

void
tsm_plans_forget(SubTransactionId subid)
{
	while (nuses > 0 && uses[nuses - 1].subid >= subid)
		end_use();
}

/* Free a plan, once the outermost use of it has ended. */
static void
drop_plan(SPIPlanPtr plan)
{
	for (int i = 0; i < nuses; i++)
		if (uses[i].plan == plan)
		{
			uses[i].doomed = true;
			return;
		}
	SPI_freeplan(plan);
}

/* ----------------------------------------------------------------
 * The cache
 * ----------------------------------------------------------------
 */

/* The text as the server is to see it. */
static char *
plan_text(const TsmDesk *desk, const PlanKey *key)
{
	StringInfoData text;

	initStringInfo(&text);
	for (const char *p = key->query->text; *p; p++)
	{
		if (p[0] == '@' && p[1] == '@')
			appendStringInfoString(&text, "@@"), p++;
		else if (*p == '@')
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

/* How many of what a plan is made without: see plan_now(). */
enum
{
	NOT_COMPILED = 1, FROM_SMALL_SET, IN_ORDER = 4
};

/*
 * Plan it now.  None of ours is compiled, as its estimated cost might suggest, of
 * recursion for one: that takes longer than most of them run, and without memory
 * for it the session ends.  By an index in its order: the planner does not know
 * how few rows a page of the queue has, nor that locks must be taken in the order
 * of uuids.  Plans that a user's code makes while the query runs are not affected.
 */
static void
plan_now(SPIPlanPtr plan, int without)
{
	static const char *const off[IN_ORDER] = {"jit", "enable_seqscan", "enable_bitmapscan", "enable_sort"};
	int			guc_level = NewGUCNestLevel();
	CachedPlan *cached;

	for (int i = 0; i < without; i++)
		(void) set_config_option(off[i], "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	if (without > NOT_COMPILED)
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

static PlanKey
make_key(const TsmDesk *desk, const TsmQuery *query, bool many)
{
	PlanKey		key;

	memset(&key, 0, sizeof(key));	/* hashed as it is, gaps and all */
	key.query = query;
	key.nspid = desk->nspid;
	key.many = many;
	return key;
}

static SPIPlanPtr
find_plan(const TsmDesk *desk, const TsmQuery *query, bool many)
{
	PlanKey		key = make_key(desk, query, many);
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

	entry = hash_search(plan_cache, &key, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	if (entry->plan != NULL)
	{
		if (SPI_plan_is_valid(entry->plan))
			return entry->plan;
		plan = entry->plan;
		entry->plan = NULL;
		drop_plan(plan);
	}

	/* An error in here leaves an entry without a plan, which is fine. */
	plan = prepare(desk, &key);
	if (query->planning != PLAN_AS_NEEDED)
		plan_now(plan, query->planning == PLAN_BY_INDEX ? IN_ORDER : NOT_COMPILED);

	/* Preparing may have run code that entered plans of its own. */
	entry = hash_search(plan_cache, &key, HASH_ENTER, &found);
	if (found && entry->plan != NULL)
		drop_plan(entry->plan);
	entry->plan = plan;
	return plan;
}

/* ----------------------------------------------------------------
 * Running a query
 * ----------------------------------------------------------------
 */
static int
run_plan(SPIPlanPtr plan, TsmRun how, Datum *args, const char *nulls)
{
	switch (how)
	{
		case RUN_READ:
			return SPI_execute_plan(plan, args, nulls, true, 0);
		case RUN_READ_LATEST:
			return SPI_execute_snapshot(plan, args, nulls, GetLatestSnapshot(), InvalidSnapshot, true, false, 0);
		case RUN_WRITE:
			return SPI_execute_plan(plan, args, nulls, false, 0);
		case RUN_WRITE_LATEST:
			return SPI_execute_snapshot(plan, args, nulls, GetLatestSnapshot(), InvalidSnapshot, false, true, 0);
	}
	return SPI_ERROR_ARGUMENT;
}

static int
run_query(const TsmDesk *desk, const TsmQuery *query, bool many, TsmRun how, Datum *args, const char *nulls)
{
	SPIPlanPtr	plan = find_plan(desk, query, many);
	int			rc;

	begin_use(plan);
	rc = run_plan(plan, how, args, nulls);
	end_use();
	return rc;
}

int
tsm_run(const TsmDesk *desk, const TsmQuery *query, TsmRun how, Datum *args, const char *nulls)
{
	return run_query(desk, query, false, how, args, nulls);
}

int
tsm_run_many(const TsmDesk *desk, const TsmQuery *query, TsmRun how, Datum *args, const char *nulls)
{
	return run_query(desk, query, true, how, args, nulls);
}

void
tsm_plan_forget(const TsmDesk *desk, const TsmQuery *query)
{
	for (int many = 0; many <= 1; many++)
	{
		PlanKey		key = make_key(desk, query, many);
		PlanEntry  *entry = hash_search(plan_cache, &key, HASH_FIND, NULL);
		SPIPlanPtr	plan = entry != NULL ? entry->plan : NULL;

		if (plan == NULL)
			continue;
		entry->plan = NULL;
		drop_plan(plan);
	}
}

bool
tsm_table_is_bare(const TsmDesk *desk, TsmTable table)
{
	Relation	rel = table_open(desk->table[table], AccessShareLock);
	bool		bare = RelationGetNumberOfBlocks(rel) == 0;

	table_close(rel, NoLock);
	return bare;
}

/* It was a query that reads, and the tables are still what they were. */
static void
read_query(const TsmDesk *desk, const TsmQuery *query, TsmRun how, Datum *args, const char *nulls)
{
	int			rc = tsm_run(desk, query, how, args, nulls);

	if (rc != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of a query of ticket_sm: %s", SPI_result_code_string(rc));
	tsm_shape_recheck(desk);
}

void
tsm_read(const TsmDesk *desk, const TsmQuery *query, Datum *args)
{
	read_query(desk, query, RUN_READ, args, NULL);
}

void
tsm_read_nulls(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls)
{
	read_query(desk, query, RUN_READ, args, nulls);
}

void
tsm_read_latest(const TsmDesk *desk, const TsmQuery *query, Datum *args)
{
	read_query(desk, query, RUN_READ_LATEST, args, NULL);
}

void
tsm_read_once(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls)
{
	PlanKey		key = make_key(desk, query, false);
	SPIPlanPtr	plan = prepare(desk, &key);
	int			rc;

	begin_use(plan);
	drop_plan(plan);			/* at the end, or when an error ends it */
	plan_now(plan, query->planning == PLAN_BY_INDEX ? IN_ORDER : FROM_SMALL_SET);
	rc = run_plan(plan, RUN_READ, args, nulls);
	end_use();
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of a query of ticket_sm: %s", SPI_result_code_string(rc));
	tsm_shape_recheck(desk);
}

/* Lock the tables of the tickets for reading; whether somebody else had them. */
static bool
had_to_wait(const TsmDesk *desk)
{
	const Oid	relids[] = {desk->ticket_relid, desk->history_relid};
	bool		waited = false;

	for (int i = 0; i < (int) lengthof(relids); i++)
		if (!ConditionalLockRelationOid(relids[i], AccessShareLock))
		{
			LockRelationOid(relids[i], AccessShareLock);
			waited = true;
		}
	return waited;
}

bool
tsm_read_begin(const TsmDesk *desk)
{
	bool		altered = had_to_wait(desk) || desk->stale ||
	desk->read_in == GetCurrentTransactionStartTimestamp();

	if (!altered || IsolationUsesXactSnapshot())
		return false;
	PushActiveSnapshot(GetLatestSnapshot());
	return true;
}

void
tsm_read_end(bool begun)
{
	if (begun)
		PopActiveSnapshot();
}

/* ----------------------------------------------------------------
 * Row by row
 * ----------------------------------------------------------------
 */
static ParamListInfo
make_params(const TsmQuery *query, Datum *args)
{
	ParamListInfo params = makeParamList(query->nargs);

	for (int i = 0; i < query->nargs; i++)
		params->params[i] = (ParamExternData)
	{
		args[i], false, PARAM_FLAG_CONST, query->argtype[i]
	};
	return params;
}

/*
 * Not by a cursor of SPI: it has a name, by which a user's code that runs while
 * another query is planned could move or close it.
 */
void
tsm_scan_begin(TsmScan *scan, const TsmDesk *desk, const TsmQuery *query, Datum *args)
{
	SPIPlanPtr	plan = find_plan(desk, query, false);
	ParamListInfo params = make_params(query, args);
	PlannedStmt *stmt;

	begin_use(plan);
	scan->plan = GetCachedPlan(linitial(SPI_plan_get_plan_sources(plan)), params, CurrentResourceOwner, NULL);
	end_use();
	stmt = linitial_node(PlannedStmt, scan->plan->stmt_list);
	if (stmt->commandType != CMD_SELECT)
		elog(ERROR, "unexpected kind of a query of ticket_sm");
	scan->query = CreateQueryDesc(stmt, query->text, GetActiveSnapshot(), InvalidSnapshot,
								  None_Receiver, params, NULL, 0);
	ExecutorStart(scan->query, 0);
	tsm_shape_recheck(desk);
}

TupleTableSlot *
tsm_scan_next(TsmScan *scan)
{
	EState	   *estate = scan->query->estate;
	MemoryContext oldcxt = MemoryContextSwitchTo(estate->es_query_cxt);
	TupleTableSlot *slot;

	ResetPerTupleExprContext(estate);
	slot = ExecProcNode(scan->query->planstate);
	if (TupIsNull(slot))
		slot = NULL;
	else
		slot_getallattrs(slot);
	MemoryContextSwitchTo(oldcxt);
	return slot;
}

void
tsm_scan_end(TsmScan *scan)
{
	ExecutorFinish(scan->query);
	ExecutorEnd(scan->query);
	FreeQueryDesc(scan->query);
	ReleaseCachedPlan(scan->plan, CurrentResourceOwner);
}
