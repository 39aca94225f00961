/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  The kernel every change of a ticket goes through.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_GUARD_H
#define TSM_GUARD_H

#include "access/xact.h"
#include "utils/elog.h"
#include "utils/jsonb.h"
#include "utils/resowner.h"

#include "sla/sla.h"

/* A change asked for by an fn_* function, and what came of it. */
typedef struct TsmRequest
{
	const TsmDesk *desk;
	TsmCaller	caller;
	TsmOperation op;
	pg_uuid_t	ticket_id;
	bool		has_version;	/* the caller told which one it has seen */
	int			version;
	text	   *reason;
	text	   *note;
	text	   *answer;
	bool		in_batch;		/* refuse this one alone, in refusal */
	/* results */
	ErrorData  *refusal;
	bool		judged;			/* the guard has seen the row */
	bool		landed;			/* and it was written */
	bool		idle;			/* the clock had nothing to write */
	TsmClockWork work;			/* what came due with it */
	Oid			state_before;
	TicketRow	row;			/* the columns that the functions return */
	MemoryContext cxt;
	ErrorContextCallback *context;	/* of the function, not of its statement */
} TsmRequest;

/*
 * Run the statement that carries out a request, as the desk's owner and
 * waiting for locks no longer than ticket_sm.espera_bloqueo (PT423).  Returns
 * whether the ticket was there.
 */
extern bool tsm_guard_run(TsmRequest *request, const TsmQuery *query, Datum *args, const char *nulls);

/*
 * The same for many requests of one operation, in the order of their tickets,
 * by one statement.  What came of each is in the request.
 */
extern void tsm_guard_run_batch(TsmRequest *requests, int count, const TsmQuery *query,
								Datum *args, const char *nulls);

/* Whether this operation wants a reason. */
extern bool tsm_operation_needs_reason(TsmOperation op);

/* End of transaction and subtransaction: forget what is pending. */
extern void tsm_guard_xact_callback(XactEvent event, void *arg);
extern void tsm_guard_subxact_callback(SubXactEvent event, SubTransactionId mySubid,
									   SubTransactionId parentSubid, void *arg);

/* ----------------------------------------------------------------
 * label.c: gap-free labels.
 * ----------------------------------------------------------------
 */

/*
 * Draw the next label.  *now is set to a clock time taken while the year's
 * counter is locked, so within a year times are in the order of labels.
 */
extern text *tsm_label_draw(const TsmDesk *desk, TimestampTz *now);

/*
 * Wait until all that anybody has committed so far is flushed, and confirmed
 * by the standbys as the session's synchronous_commit says: what was read
 * before cannot be lost any more.
 */
extern void tsm_wait_for_what_was_seen(void);

/* A commit that has drawn a label is waited for once its locks are released. */
extern void tsm_label_xact_callback(XactEvent event, void *arg);
extern void tsm_label_subxact_callback(SubXactEvent event, SubTransactionId mySubid,
									   SubTransactionId parentSubid, void *arg);
extern void tsm_label_release_callback(ResourceReleasePhase phase, bool isCommit,
									   bool isTopLevel, void *arg);

/* ----------------------------------------------------------------
 * outbox.c: events for other systems.
 * ----------------------------------------------------------------
 */

/* Publish the event that led from old (NULL: creation) to new, if it is to be. */
extern void tsm_event_publish(const TsmDesk *desk, TsmOperation op, const TicketRow *old,
							  const TicketRow *new, const TsmDue *due);

/* ----------------------------------------------------------------
 * history.c: the events, and their hash chain.
 * ----------------------------------------------------------------
 */

/* A change as the history tells it. */
typedef struct TsmEvent
{
	TsmOperation op;
	const TicketRow *old;		/* NULL: creation */
	const TicketRow *new;
	const text *reason;			/* this and the following: or NULL */
	const text *note;
	const text *answer;
	Jsonb	   *changes;		/* of columns that the history has none for */
} TsmEvent;

/*
 * Form the row of an event, in cxt.  hash is the hash of the event before it
 * (of a creation: anything), and becomes its own.
 */
extern HeapTuple tsm_history_form(const TsmDesk *desk, const TsmCaller *caller,
								  const TsmEvent *event, uint8 *hash, MemoryContext cxt);

/* Write rows that were formed so. */
extern void tsm_history_insert(const TsmDesk *desk, HeapTuple *events, int count);

/* Look the hash of an event up. */
extern void tsm_history_lookup(const TsmDesk *desk, Datum ticket, int version, uint8 *hash);

/* Hash of an event, given the hash of the one before (NULL: none). */
extern void tsm_history_hash(const TsmDesk *desk, const HistoryRow *row,
							 const uint8 *previous, uint8 *hash);

#endif							/* TSM_GUARD_H */
