/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  The kernel that every change of a ticket goes through.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_GUARD_H
#define TSM_GUARD_H

#include "access/xact.h"
#include "utils/jsonb.h"

#include "sla/sla.h"

struct TsmEvent;

/* A bytea of fixed size; and those that prove an event. */
typedef struct TsmBytes
{
	int32		header;
	uint8		data[TSM_HASH_LENGTH];
} TsmBytes;

typedef struct TsmProofs
{
	TsmBytes	salt;
	TsmBytes	texts;
	TsmBytes	data;
	TsmBytes	hash;
} TsmProofs;

/* ----------------------------------------------------------------
 * request.c: a change asked for by an fn_* function, and what came of it.
 * ----------------------------------------------------------------
 */
typedef struct TsmRequest
{
	const TsmDesk *desk;
	TsmCaller	caller;
	TsmOperation op;
	pg_uuid_t	ticket_id;
	bool		has_version;	/* the caller has said which one it has seen */
	int			version;
	text	   *reason;
	text	   *note;
	text	   *answer;
	bool		names_agent;	/* the caller has said who gets it */
	const pg_uuid_t *from_agent;	/* only take it from this one */
	bool		in_batch;		/* refuse this one alone, in refusal */
	/* results */
	TsmRefusal *refusal;
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

/* The request that is about this ticket, NULL if none is: then plain SQL acts. */
extern TsmRequest *tsm_request_of(const TsmDesk *desk, const pg_uuid_t *ticket_id, bool creation);

/* A transaction or subtransaction has aborted: drop its requests. */
extern void tsm_request_forget(SubTransactionId subid);

/* ----------------------------------------------------------------
 * guard.c: end of transaction and subtransaction.
 * ----------------------------------------------------------------
 */
extern void tsm_guard_xact_callback(XactEvent event, void *arg);
extern void tsm_guard_subxact_callback(SubXactEvent event, SubTransactionId mySubid,
									   SubTransactionId parentSubid, void *arg);

/* ----------------------------------------------------------------
 * A change being judged.
 * ----------------------------------------------------------------
 */
typedef struct TsmChange
{
	const TsmDesk *desk;
	TupleDesc	desc;
	TsmCaller	caller;
	TsmOperation op;
	TsmRequest *request;		/* NULL: plain SQL */
	const text *reason;
	TimestampTz now;
	TsmClockWork work;
	const Bitmapset *named;		/* attributes that an UPDATE names in its SET */
	HeapTuple	old_tuple;		/* NULL: creation */
	HeapTuple	new_tuple;
	Datum	   *old_values;		/* all attributes */
	bool	   *old_nulls;
	Datum	   *new_values;
	bool	   *new_nulls;
	uint64		changed;		/* columns that the statement may set and that differ */
	bool		users_changed;	/* one that a user has added does */
	bool		bad_texts;		/* one of those that changed will not do */
	bool		drops_agent;	/* the one it has does not qualify any more, and nobody has named him */
	uint8		hash[TSM_HASH_LENGTH];	/* of the last event */
	int			nevents;
	HeapTuple	event[TSM_MAX_DUE + 1]; /* in TopTransactionContext */
	TicketRow	old;			/* the columns that we know */
	TicketRow	new;
} TsmChange;

/* Does the clock itself make this change? */
static inline bool
tsm_is_clock(const TsmChange *c)
{
	return c->request != NULL && (c->op == OP_VENCER || c->op == OP_RECALCULAR);
}

/* ----------------------------------------------------------------
 * diff.c: what changed.
 * ----------------------------------------------------------------
 */

/* Enter what the statement changes; of a creation all that it gives. */
extern void tsm_diff(TsmChange *c);

/*
 * What an event tells of changes that the history has no columns for: in sla
 * targets, notifications and stamps, and with others in cambios what else the
 * statement has changed.
 */
extern void tsm_diff_describe(const TsmChange *c, struct TsmEvent *event, bool others);

/* ----------------------------------------------------------------
 * judge.c: whether a change may be.  It has no effects.
 * ----------------------------------------------------------------
 */

/* Why the change may not be, NULL if it may.  Enters the operation, and the reason of plain SQL. */
extern TsmRefusal *tsm_judge_update(TsmChange *c);
extern TsmRefusal *tsm_judge_creation(TsmChange *c);
extern TsmRefusal *tsm_judge_clock(const TsmChange *c);

/*
 * Of a creation whose row is filled: whether what it said itself of the guard's
 * columns, as "given" has it, may be ignored.
 */
extern TsmRefusal *tsm_judge_given(const TsmChange *c, const TicketRow *given);

/* ----------------------------------------------------------------
 * pending.c: changes between their two triggers.
 * ----------------------------------------------------------------
 */
typedef struct TsmPending
{
	TsmCaller	caller;
	TsmOperation op;
	TsmRequest *request;
	TimestampTz now;
	TsmClockWork work;
	HeapTuple	filled;			/* the row as it was judged */
	uint64		changed;
	int			nevents;
	HeapTuple	event[TSM_MAX_DUE + 1];
} TsmPending;

/* Keep a change that was judged; 27000 when the ticket has one that has landed already. */
extern void tsm_pending_remember(const TsmChange *c, Oid relid, HeapTuple filled);

/*
 * Take the one of a row, by the row as it was before (of a creation, as it is),
 * and the desk by which it was judged; false if there is none.  What it points
 * to is the caller's then.
 */
extern bool tsm_pending_take(Relation rel, HeapTuple row, bool creation, const TsmDesk **desk,
							 TsmPending *change);

/* Requests that have ended: what is left of them did not land. */
extern void tsm_pending_end(const TsmRequest *requests, int count);

/* How many there are; without any, the following need not be called. */
extern int	tsm_pending_count;

/* Forget those of a subtransaction and of the ones within it: they began later. */
extern void tsm_pending_forget_since(SubTransactionId subid);

/* 27000 when a label was drawn for a row that did not land. */
extern void tsm_pending_require_landed(void);

/* ----------------------------------------------------------------
 * events.c: the events of a change.
 * ----------------------------------------------------------------
 */

/* Form the rows of a change's events; c->hash becomes that of the last one. */
extern void tsm_events_form(TsmChange *c);

/* Write those that were formed, and publish what is to be. */
extern void tsm_events_write(TsmChange *c);

/* Is any of a change's events for the outbox?  Then its rows are looked at again. */
static inline bool
tsm_is_published(const TsmChange *c)
{
	return (c->work.own && c->desk->publishes[c->op]) ||
		(c->work.count > 0 &&
		 (c->desk->publishes[OP_AVISAR] || c->desk->publishes[OP_VENCER] || c->desk->publishes[OP_RETIRAR]));
}

/* ----------------------------------------------------------------
 * search.c: the words by which a ticket is found.
 * ----------------------------------------------------------------
 */

/* S(column, function that takes its words): those that they come from, answers aside. */
#define TSM_SEARCHED(S) \
	S(ticket_label, tsm_words_add_label) \
	S(asunto, tsm_words_add) \
	S(descripcion, tsm_words_add) \
	S(categoria, tsm_words_add) \
	S(subcategoria, tsm_words_add) \
	S(solicitante_nombre, tsm_words_add) \
	S(solicitante_email, tsm_words_add) \
	S(empresa_departamento, tsm_words_add) \
	S(telefono, tsm_words_add_number) \
	S(documento, tsm_words_add_number)

#define TSM_SEARCHED_BIT(column, add) | UINT64CONST(1) << TC_##column
#define TSM_SEARCHED_COLUMNS (UINT64CONST(0) TSM_SEARCHED(TSM_SEARCHED_BIT))

/* Does a change bring other ones? */
static inline bool
tsm_has_words(const TsmChange *c)
{
	return c->old_tuple == NULL ||
		(c->changed & (TSM_SEARCHED_COLUMNS | UINT64CONST(1) << TC_respuesta_cliente)) != 0;
}

/* Write them, once the history is written. */
extern void tsm_words_write(TsmChange *c);

/* ----------------------------------------------------------------
 * history.c: the rows of the history.
 * ----------------------------------------------------------------
 */

/* A change as the history tells it. */
typedef struct TsmEvent
{
	TsmOperation op;
	const TicketRow *old;		/* NULL: creation */
	const TicketRow *new;
	bool		data_changed;	/* of the requester's data: a digest is due */
	const text *reason;			/* this and the following: or NULL */
	const text *note;
	const text *answer;
	Jsonb	   *sla;
	Jsonb	   *changes;
} TsmEvent;

/*
 * Form the row of an event, in cxt.  hash is the hash of the event before it
 * (of a creation: anything), and becomes its own.
 */
extern HeapTuple tsm_history_form(const TsmDesk *desk, const TsmCaller *caller,
								  const TsmEvent *event, uint8 *hash, MemoryContext cxt);

/* ----------------------------------------------------------------
 * proof.c: the canonical form, the hash chain, the digests.
 * ----------------------------------------------------------------
 */

#define TSM_SALT_LENGTH 16

/* So many random bytes, strong ones: for a salt, or a ticket's uuid. */
extern void tsm_random(uint8 *bytes);

/* A value of a canonical form: "length:value,". */
extern void tsm_append_value(StringInfo form, const char *value, int len);

/* SHA-256 of some bytes. */
extern void tsm_sha256(const uint8 *data, size_t len, uint8 *hash);

/* By what the ticket of a requester's key is found: SHA-256 of the address, whatever its case of A to Z, and the key. */
extern void tsm_key_hash(const text *email, const text *key, uint8 *hash);

/* Hash of an event, given the hash of the one before (NULL: none). */
extern void tsm_proof_hash(const TsmDesk *desk, const HistoryRow *row,
						   const uint8 *previous, uint8 *hash);

/* The digests of an event's texts, and of the requester's data in a ticket, with a salt. */
extern void tsm_proof_of_texts(const TsmDesk *desk, const HistoryRow *row,
							   const bytea *salt, uint8 *digest);
extern void tsm_proof_of_data(const TsmDesk *desk, const TicketRow *row,
							  const bytea *salt, uint8 *digest);

/*
 * Salt an event that is complete but for its proof, and enter digests and hash;
 * data: the ticket, if its data are to be proven by this event.  What is
 * entered lives in proofs.
 */
extern void tsm_proof_enter(const TsmDesk *desk, HistoryRow *row, const TicketRow *data,
							const uint8 *previous, TsmProofs *proofs);

/* ----------------------------------------------------------------
 * label.c: gap-free labels.
 * ----------------------------------------------------------------
 */

/*
 * Draw the next label.  *now is set to a clock time taken while the year's
 * counter is locked, so within a year times are in the order of labels.
 */
extern text *tsm_label_draw(const TsmDesk *desk, TimestampTz *now);

/* ----------------------------------------------------------------
 * outbox.c: events for other systems.
 * ----------------------------------------------------------------
 */

/* Publish the event that led from old (NULL: creation) to new, if it is to be. */
extern void tsm_event_publish(const TsmDesk *desk, TsmOperation op, const TicketRow *old,
							  const TicketRow *new, const TsmDue *due);

#endif							/* TSM_GUARD_H */
