/*-------------------------------------------------------------------------
 *
 * base.h
 *	  What the layers above stand on; one section for each file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_BASE_H
#define TSM_BASE_H

#include "access/table.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "ticket_sm.h"
#include "base/compat.h"

/* ----------------------------------------------------------------
 * settings.c: the settings ticket_sm.*, and the clock.
 * ----------------------------------------------------------------
 */
extern char *tsm_desk_name;		/* ticket_sm.mesa */
extern int	tsm_lock_wait;		/* ticket_sm.espera_bloqueo, ms */
extern char *tsm_authenticators;	/* ticket_sm.autenticadores */
extern char *tsm_direct_reason; /* ticket_sm.motivo */
extern int	tsm_clock_offset;	/* ticket_sm.desfase_reloj, s */

extern void tsm_define_settings(void);

/* The clock: real time, moved by the superuser's test hook. */
static inline TimestampTz
tsm_now(void)
{
	return GetCurrentTimestamp() + (int64) tsm_clock_offset * USECS_PER_SEC;
}

/* The time of the statement by that clock. */
extern TimestampTz tsm_statement_time(void);

/* ----------------------------------------------------------------
 * plans.c: the cache of saved plans.
 * ----------------------------------------------------------------
 */
#define TSM_MAX_ARGS 20

typedef enum TsmPlanning
{
	PLAN_AS_NEEDED,				/* as the server decides */
	PLAN_ONCE,					/* whatever the arguments are */
	PLAN_BY_INDEX				/* once, by an index in its order: see plan_now() */
} TsmPlanning;

/*
 * A query on the tables of a desk, known by its address.  In the text "@"
 * stands for the desk's schema (and "@@" for itself, an operator), "#" for the ticket or tickets that $1 is, a uuid
 * or an array of them, and "`" for the state after: of two arrays that are the
 * last arguments, the state in the second that has the place of estado in the
 * first, or estado itself.  (A function of ours could not be named here, as the
 * desk's owner need not have any privilege on ticket_sm.)  Types whose OIDs only
 * the desk knows have names of their own.
 */
typedef struct TsmQuery
{
	const char *text;
	int			nargs;
	Oid			argtype[TSM_MAX_ARGS];
	TsmPlanning planning;
} TsmQuery;

#define TICKET_TYPE_ARG InvalidOid
#define TICKET_STATES_ARG ((Oid) 1) /* an array of ticket_state */

/* How a query compares, as the operators of its text are qualified too. */
#define EQ " OPERATOR(pg_catalog.=) "

/* A text with the letters A to Z in small: so far no locale has a say in which addresses and names are the same. */
#define IN_SMALL(text) "pg_catalog.lower(" text " COLLATE pg_catalog.\"C\")"

/* With which snapshot: the active one, or the newest there is. */
typedef enum TsmRun
{
	RUN_READ,
	RUN_READ_LATEST,
	RUN_WRITE,
	RUN_WRITE_LATEST
} TsmRun;

/* Run a query by its saved plan, which is made when it is first needed; what SPI returns. */
extern int	tsm_run(const TsmDesk *desk, const TsmQuery *query, TsmRun how, Datum *args, const char *nulls);

/* The same for the tickets of an array. */
extern int	tsm_run_many(const TsmDesk *desk, const TsmQuery *query, TsmRun how, Datum *args, const char *nulls);

/* Drop a plan that a rule has rewritten: nothing would invalidate it. */
extern void tsm_plan_forget(const TsmDesk *desk, const TsmQuery *query);

/* A subtransaction has aborted: what it was running is not in use any more. */
extern void tsm_plans_forget(SubTransactionId subid);

/* Has a table of the desk never had a row?  Then what reads it need not be planned. */
extern bool tsm_table_is_bare(const TsmDesk *desk, TsmTable table);

/* Run a query that reads; the result is in SPI_tuptable. */
extern void tsm_read(const TsmDesk *desk, const TsmQuery *query, Datum *args);
extern void tsm_read_nulls(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls);

/* Read with the newest snapshot there is, not with the transaction's. */
extern void tsm_read_latest(const TsmDesk *desk, const TsmQuery *query, Datum *args);

/* Read by a query that is made for this call, in the order of an index (see plan_now()) or from a small set. */
extern void tsm_read_once(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls);

/* A query that is read row by row; NULL after the last. */
typedef struct TsmScan
{
	CachedPlan *plan;
	QueryDesc  *query;
} TsmScan;

extern void tsm_scan_begin(TsmScan *scan, const TsmDesk *desk, const TsmQuery *query, Datum *args);
extern TupleTableSlot *tsm_scan_next(TsmScan *scan);
extern void tsm_scan_end(TsmScan *scan);

/*
 * Around queries that read tickets for somebody, with one snapshot: that of the
 * statement that calls, unless a table may have been rewritten since it was taken,
 * to which such a one is empty.  One that is to last for a whole transaction is
 * not ours to leave.
 */
extern bool tsm_read_begin(const TsmDesk *desk);
extern void tsm_read_end(bool begun);

/* A column of a row that was read, which must not be null; and as a string, NULL if null. */
static inline Datum
tsm_read_value(uint64 row, int attnum)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, attnum, &isnull);

	Assert(!isnull);
	return value;
}

static inline char *
tsm_read_string(uint64 row, int attnum)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, attnum);
}

/* ----------------------------------------------------------------
 * as_owner.c: acting as the owner of a desk.
 * ----------------------------------------------------------------
 */

/*
 * Become the desk's owner; undone by tsm_act_done(), or by an abort.  Triggers
 * and the like that a user has added to the desk run as the owner then, so the
 * search_path is not left to the caller, who could make their names mean
 * something else.
 */
typedef struct TsmIdentity
{
	Oid			userid;
	int			secontext;
	int			guc_level;		/* 0: search_path is not set */
	bool		hidden;			/* but overridden */
} TsmIdentity;

extern TsmIdentity tsm_act_as_owner(const TsmDesk *desk);

/* May code of a user's run when we write to a desk?  It may also have come since the desk was read. */
static inline bool
tsm_runs_user_code(const TsmDesk *desk)
{
	return desk->search_path != NULL || desk->stale;
}

static inline void
tsm_act_done(TsmIdentity saved)
{
	if (saved.guc_level != 0)
		AtEOXact_GUC(false, saved.guc_level);
	if (saved.hidden)
		tsm_show_search_path();
	SetUserIdAndSecContext(saved.userid, saved.secontext);
}

/* Become the owner, and connect to SPI; the other way round to leave. */
extern TsmIdentity tsm_enter(const TsmDesk *desk);

static inline void
tsm_leave(TsmIdentity saved)
{
	SPI_finish();
	tsm_act_done(saved);
}

/* ----------------------------------------------------------------
 * shape.c: is a desk as the template makes it?
 * ----------------------------------------------------------------
 */

/*
 * Look at every table of a desk, and lock it; 55000 unless all are as the
 * template makes them.  Fills in where the tables and their columns are.
 * Returns whether a user's code may run when we write to them.  Before this
 * nothing of a desk may be read.
 */
extern bool tsm_shape_check(TsmDesk *desk);

/*
 * 55000 if a desk was altered since it was read, in a way that matters.  To be
 * called once a table is locked, before what is in it is taken for what it was.
 */
extern void tsm_shape_recheck(const TsmDesk *desk);

/* Open a table to write to it, as it was when the desk was read: 55000 if it is altered, or gone. */
static inline Relation
tsm_open_unaltered(const TsmDesk *desk, TsmTable table)
{
	Relation	rel = try_table_open(desk->table[table], RowExclusiveLock);

	if (desk->stale)
		tsm_shape_recheck(desk);
	if (rel == NULL)
		elog(ERROR, "table %d of a desk is gone", (int) table);
	return rel;
}

/* How many columns of a table the sheet has. */
extern int	tsm_sheet_width(TsmTable table);

/* Where they are, NULL if of this one only the name is kept; to be filled in by whoever makes the desk. */
static inline AttrNumber *
tsm_sheet_places(TsmDesk *desk, TsmTable table)
{
	switch (table)
	{
		case TABLE_ticket:
			return desk->ticket_att;
		case TABLE_historial:
			return desk->history_att;
		case TABLE_contador:
			return desk->counter_att;
		default:
			return NULL;
	}
}

static inline const AttrNumber *
tsm_sheet_positions(const TsmDesk *desk, TsmTable table)
{
	return tsm_sheet_places(unconstify(TsmDesk *, desk), table);
}

/* Classes of advisory locks of our own, out of reach of SQL's, which are 1 and 2. */
typedef enum TsmLockClass
{
	TSM_LOCK_KEY = 3,			/* clave_idempotencia of a requester */
	TSM_LOCK_MESSAGES,			/* of a ticket's requester */
	TSM_LOCK_COUNTER,			/* a year's labels */
	TSM_LOCK_HOURS,				/* policies and their calendars' hours */
	TSM_LOCK_VERSION,			/* a version of a calendar, that it stays */
	TSM_LOCK_LINKS,				/* the links of a desk */
	TSM_LOCK_FILE,				/* a file that is being attached to a ticket */
	TSM_LOCK_CONTENT			/* content that is referred to, or deleted */
} TsmLockClass;

/* ----------------------------------------------------------------
 * lock_wait.c
 * ----------------------------------------------------------------
 */

/*
 * Call work(arg), in which waits for a lock last no longer than
 * ticket_sm.espera_bloqueo; a longer one fails with PT423.  One for the row that
 * an area or a priority names, and that is gone then, with 22023.
 */
extern void tsm_bounded_wait(void (*work) (void *arg), void *arg);

/* ----------------------------------------------------------------
 * durable.c
 * ----------------------------------------------------------------
 */

/*
 * Wait until all that anybody has committed so far is flushed, and confirmed
 * by the standbys as the session's synchronous_commit says: what was read
 * before cannot be lost any more.  What commits itself waits for that anyway.
 */
extern void tsm_wait_for_what_was_seen(void);

/* ----------------------------------------------------------------
 * sealed.c: tables that only we write to.
 * ----------------------------------------------------------------
 */

#define TSM_HASH_LENGTH 32		/* of an event */

/* Run a query that writes to such a table: its trigger tg_refuse lets it pass. */
extern int	tsm_guarded_write(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls,
							  TsmTable table);

/* A subtransaction has aborted: drop its permits. */
extern void tsm_sealed_forget(SubTransactionId subid);

/*
 * Insert a row into a table whose columns' positions are kept, or (old is not
 * NULL) put it in the place of old, with all that users have put on the table:
 * their triggers, those of statements too, may fill columns of their own.
 * updated: the columns that change.  Returns where the row has landed.
 */
extern ItemPointerData tsm_write_row(const TsmDesk *desk, TsmTable table, Relation rel, HeapTuple old,
									 HeapTuple row, Bitmapset *updated);

/* ----------------------------------------------------------------
 * refusal.c: a refusal as a value.
 * ----------------------------------------------------------------
 */
typedef struct TsmRefusal
{
	int			code;			/* SQLSTATE */
	char	   *message;
	const char *subject;		/* field or column; this, detail and hint: or NULL */
	const char *detail;
	const char *hint;
} TsmRefusal;

/* A refusal of the sheet, in the current memory context; subject: its "%s". */
extern TsmRefusal *tsm_refusal(TsmRefusalId id, const char *subject, const char *detail, const char *hint);

/* Raise a refusal; form one and raise it. */
tsm_noreturn extern void tsm_raise(const TsmRefusal *refusal);
tsm_noreturn extern void tsm_refuse(TsmRefusalId id, const char *subject, const char *detail, const char *hint);

/* Raise it if there is one. */
static inline void
tsm_raise_if(const TsmRefusal *refusal)
{
	if (refusal != NULL)
		tsm_raise(refusal);
}

/* ----------------------------------------------------------------
 * texts.c: the one form in which a text that somebody has typed is kept.
 * ----------------------------------------------------------------
 */
typedef struct TsmText
{
	const char *str;
	int			len;
	int			unseen;			/* characters of it that are not seen */
} TsmText;

/*
 * Bring a text into its normal form: without the blanks round it, and as the
 * kind says.  It is left as it is, but for the blanks, if what is returned is
 * not NULL: why it may not be.  Nothing that is seen: it is empty.
 */
extern TsmRefusal *tsm_text_normalise(TsmTextKind kind, const char *field, TsmText *text);

/* ----------------------------------------------------------------
 * words.c: texts as words, by which tickets are found.
 * ----------------------------------------------------------------
 */
typedef struct TsmWords
{
	char	  **item;			/* with a mark in front: see words.c */
	int			count;
	int			room;
	bool		stems;			/* whether such ones are wanted */
	/* the word that is being read, in UTF-8: as it is kept, and as it was typed */
	StringInfoData word;
	StringInfoData typed;
	bool		others;			/* it has letters beyond A to Z */
	bool		accents;		/* or had */
} TsmWords;

extern void tsm_words_init(TsmWords *words);
extern void tsm_words_add(TsmWords *words, const text *value);

/* The same of what may be written in groups of digits, and of a label. */
extern void tsm_words_add_number(TsmWords *words, const text *value);
extern void tsm_words_add_label(TsmWords *words, const text *value);

/* All of them as a tsvector. */
extern Datum tsm_words_vector(TsmWords *words);

/*
 * What finds the texts that have all words of this one, or words that begin so,
 * as a tsquery; 0 if it has none.  Words that pass() is true of are left out.
 */
extern Datum tsm_words_query(const text *value, bool (*pass) (void *arg, const char *word, bool prefix), void *arg);

/* ----------------------------------------------------------------
 * values.c
 * ----------------------------------------------------------------
 */

/* Neither compressed nor stored out of line? */
#define TSM_IS_PLAIN(v) (VARATT_IS_4B_U(v) || (VARATT_IS_1B(v) && !VARATT_IS_1B_E(v)))

/*
 * Are two values the same bytes?  Nearly all of them are stored as they are.
 * Inline, as this is done many times for every change.
 */
static inline bool
tsm_same_datum(Datum a, Datum b, bool byval, int len)
{
	const char *x = DatumGetPointer(a);
	const char *y = DatumGetPointer(b);

	if (byval)
		return a == b;
	if (len == -1 && TSM_IS_PLAIN(x) && TSM_IS_PLAIN(y))
		return VARSIZE_ANY_EXHDR(x) == VARSIZE_ANY_EXHDR(y) &&
			memcmp(VARDATA_ANY(x), VARDATA_ANY(y), VARSIZE_ANY_EXHDR(x)) == 0;
	return datum_image_eq(a, b, false, len);
}

/* Is this a uuid in its usual form? */
extern bool tsm_is_uuid(const char *str);

/* A time in ISO 8601, in UTC. */
extern char *tsm_time_string(TimestampTz when);

/* Time as an interval without days, whose length would depend on a zone. */
static inline Datum
tsm_interval(int64 usec)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = usec;
	return IntervalPGetDatum(interval);
}

extern int64 tsm_interval_usec(Datum interval);

/* An interval as "04:00:00", whatever IntervalStyle says. */
extern char *tsm_interval_string(Datum interval);

/* The row of the composite type that the SQL function returns. */
static inline Datum
tsm_result(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
	HeapTuple	tuple = heap_form_tuple(desc, values, nulls);
	Datum		result = HeapTupleGetDatum(tuple);

	ReleaseTupleDesc(desc);
	return result;
}

#endif							/* TSM_BASE_H */
