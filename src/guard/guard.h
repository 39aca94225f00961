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
	text	   *message;		/* of the requester's, */
	text	   *key;			/* under this key, */
	const text *address;		/* who must have this address: else there is no such ticket */
	Jsonb	   *link;			/* what the event says of it */
	bool		led_here;		/* the address is that of a duplicate, where it was judged */
	Jsonb	   *file;			/* what the chain says of a file */
	struct TsmRating *rating;
	bool		has_until;		/* the caller has said when the pause is to end */
	TimestampTz until;
	bool		swept;			/* what the desk itself does when the time has come, whatever its caller may */
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

/* The version of a request's own event: what came due with it has others. */
static inline int
tsm_own_version(const TsmRequest *request)
{
	return DatumGetInt32(request->row.value[TC_version]) - (request->work.count - request->work.before);
}

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

/* That no ticket has the label and the address that were given: whichever of them is wrong. */
extern TsmRefusal *tsm_no_such_requester(void);

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
 * possible.c
 * ----------------------------------------------------------------
 */

/* Could a caller do an operation on a ticket, as it is, if the fields were good? */
extern bool tsm_is_possible(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op, const TicketRow *row);

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

/* S(column, function that takes its words): those that they come from, answers and messages aside. */
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
	return c->old_tuple == NULL || (c->request != NULL && c->request->message != NULL) ||
		(c->changed & (TSM_SEARCHED_COLUMNS | UINT64CONST(1) << TC_respuesta_cliente)) != 0;
}

/* Write them, once the history is written. */
extern void tsm_words_write(TsmChange *c);

/* A ticket has a file of this name more; or it has one less: all its words anew.  As the owner. */
extern void tsm_words_add_name(const TsmDesk *desk, const pg_uuid_t *ticket, const text *name);
extern void tsm_words_renew(const TsmDesk *desk, const pg_uuid_t *ticket);

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
	const text *message;
	const text *key;
	Jsonb	   *link;
	Jsonb	   *file;
	Jsonb	   *rating;
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

/* A random uuid: version 4 of RFC 4122. */
extern void tsm_random_uuid(pg_uuid_t *id);

/* A text of the database in UTF-8, as digests have it; *len becomes its length there. */
extern const char *tsm_in_utf8(const char *value, int *len);

/* A value of a canonical form: "length:value,". */
extern void tsm_append_value(StringInfo form, const char *value, int len);

/* SHA-256 of some bytes. */
extern void tsm_sha256(const uint8 *data, size_t len, uint8 *hash);
extern void tsm_salted_sha256(const bytea *salt, const char *data, size_t len, uint8 *hash);

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
 * links.c: links between tickets.
 * ----------------------------------------------------------------
 */
typedef struct TsmLink
{
	pg_uuid_t	ticket;			/* is to the other one */
	pg_uuid_t	other;
	TsmRelation relation;		/* this */
} TsmLink;

/*
 * Make and undo links of a desk one after the other, to the end of the transaction; shared: only
 * let nobody do so meanwhile.  PT423.
 */
extern void tsm_links_lock(const TsmDesk *desk, bool shared);

/* A link of two tickets, whichever is which: of this relation, or (NULL) the one that was made last. */
extern bool tsm_link_find(const TsmDesk *desk, const pg_uuid_t *one, const pg_uuid_t *other,
						  const TsmRelation *relation, TsmLink *found);

/* Has a ticket links that the caller might undo? */
extern bool tsm_has_links(const TsmDesk *desk, const TsmCaller *caller, const pg_uuid_t *ticket);

/* Is a ticket a duplicate?  Would a link make a circle of parents and duplicates? */
extern bool tsm_is_duplicate(const TsmDesk *desk, const pg_uuid_t *ticket);
extern bool tsm_link_makes_circle(const TsmDesk *desk, const TsmLink *link);

/* The ticket that goes on in the place of this one; itself, unless it is a duplicate. */
extern pg_uuid_t tsm_ticket_surviving(const TsmDesk *desk, const pg_uuid_t *ticket);

/* What the event of one of the two says of their link. */
extern Jsonb *tsm_link_facts(const TsmLink *link, const pg_uuid_t *ticket);

/* What the event says of a message that came to a duplicate of the ticket. */
extern Jsonb *tsm_link_origin(const pg_uuid_t *duplicate);

/* Enter a link, whose events have landed as these rows, and take one out. */
extern void tsm_link_write(const TsmDesk *desk, const TsmLink *link, const TicketRow *ticket, const TicketRow *other);
extern void tsm_link_delete(const TsmDesk *desk, const TsmLink *link);

/* What whoever has ended a ticket should know of its children; NULL: nothing. */
extern char *tsm_link_warning(const TsmRequest *request);

/*
 * What the requester of a ticket may see of what was said, the rows of "hilo" of
 * a query: in a ticket (id) what was answered later than its version and not
 * before a time (desde).  In his own ones, all of it; his own words are in those
 * whose version is 0, and in no others.  In those in whose place others go on, what was
 * answered since he was led there.  ticket: the uuid of one of his tickets.
 */
#define TSM_THREAD(ticket) \
	"arriba(id, version, desde, despues, n) AS (" \
	" SELECT " ticket ", 0, '-infinity'::pg_catalog.timestamptz, '-infinity'::pg_catalog.timestamptz, 0" \
	" UNION ALL SELECT v.otro_uuid, v.otro_version, a.despues, GREATEST(a.despues, v.creado_en), a.n OPERATOR(pg_catalog.+) 1" \
	" FROM arriba a JOIN @.vinculo v ON v.ticket_uuid" EQ "a.id AND v.relacion" EQ "'duplicado')" \
	" CYCLE id SET ciclo USING camino" \
	", final AS (SELECT a.id FROM arriba a WHERE NOT a.ciclo ORDER BY a.n DESC LIMIT 1)" \
	", todos(id) AS (SELECT f.id FROM final f UNION" \
	" SELECT v.ticket_uuid FROM todos d JOIN @.vinculo v ON v.otro_uuid" EQ "d.id AND v.relacion" EQ "'duplicado')" \
	", hilo AS (SELECT s.id, pg_catalog.min(s.version) AS version, pg_catalog.min(s.desde) AS desde FROM (" \
	"  SELECT a.id, a.version, a.desde FROM arriba a WHERE NOT a.ciclo" \
	"  UNION ALL SELECT t.ticket_uuid, 0, '-infinity' FROM todos d JOIN @.ticket t ON t.ticket_uuid" EQ "d.id" \
	"  WHERE " IN_SMALL("t.solicitante_email") EQ \
	"   (SELECT " IN_SMALL("u.solicitante_email") " FROM @.ticket u WHERE u.ticket_uuid" EQ ticket ")) AS s GROUP BY s.id)"

/* The ticket and its duplicates, theirs too: the rows of "fusionados". */
#define TSM_MERGED(ticket) \
	"fusionados(id) AS (SELECT " ticket " UNION" \
	" SELECT v.ticket_uuid FROM fusionados f JOIN @.vinculo v ON v.otro_uuid" EQ "f.id AND v.relacion" EQ "'duplicado')"

/* What an event says of the other ticket; NULL if that is no uuid. */
#define TSM_NAMED_TICKET(event, key) \
	"CASE WHEN (" event ".vinculo OPERATOR(pg_catalog.->>) '" key "')" \
	" OPERATOR(pg_catalog.~) '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'" \
	" THEN (" event ".vinculo OPERATOR(pg_catalog.->>) '" key "')::pg_catalog.uuid END"

/*
 * Some tickets (a query), and those that they were ever led on to as duplicates,
 * parted from them since or not: the rows of "guiados".  What came to them in that
 * time lies there.
 */
#define TSM_LED_TO(tickets) \
	"guiados(id) AS (" tickets " UNION SELECT " TSM_NAMED_TICKET("e", "otro") \
	" FROM guiados g JOIN @.historial e ON e.ticket_uuid" EQ "g.id" \
	" AND e.operacion" EQ "'vincular'::ticket_sm.ticket_operation" \
	" AND (e.vinculo OPERATOR(pg_catalog.->>) 'relacion')" EQ "'duplicado')"

/* ----------------------------------------------------------------
 * ratings.c: what requesters think of solutions.
 * ----------------------------------------------------------------
 */
typedef struct TsmRating
{
	int			rating;			/* TSM_WORST to TSM_BEST */
	/* of what, as the judge has found it */
	int			solution;		/* version of the event */
	TimestampTz solved;
	text	   *area;			/* that had it then */
	bool		has_agent;		/* and who, unless it was the requester himself */
	pg_uuid_t	agent;
} TsmRating;

/* May the solution of a ticket be rated?  Finds it, and enters it in the request's rating, if there is one. */
extern TsmRefusal *tsm_judge_rating(TsmChange *c);

/* What the event says of a rating. */
extern Jsonb *tsm_rating_facts(const TsmRating *rating);

/* Keep one, whose event has landed. */
extern void tsm_rating_store(const TsmRequest *request);

/* ----------------------------------------------------------------
 * files.c: what is attached to a ticket.
 * ----------------------------------------------------------------
 */
typedef struct TsmFile
{
	pg_uuid_t	id;
	text	   *name;
	const char *type;			/* of tsm_media_type() */
	int			size;
	bool		is_public;
	bytea	   *content;
	TsmBytes	digest;			/* of the content */
	TsmBytes	salt;			/* of its digest in the chain, and of that of the name */
	TsmBytes	name_salt;
} TsmFile;

/* Complete a file that is new: identity, digest, salts. */
extern void tsm_file_begin(TsmFile *file);

/* What the chain says of a file that is attached; of one that is withdrawn. */
extern Jsonb *tsm_file_facts(const TsmFile *file);
extern Jsonb *tsm_file_withdrawal(const pg_uuid_t *id);

/* Let one upload of a file to a ticket in at a time, to the end of the transaction. */
extern void tsm_file_lock(const TsmDesk *desk, const pg_uuid_t *ticket, const TsmFile *file);

/*
 * Once the ticket is locked, and its event written: keep the file, if the ticket
 * may hold it (PT413); take content and name of one away (PT404, PT409).
 */
extern void tsm_file_store(const TsmRequest *request, const TsmFile *file);
extern void tsm_file_withdraw(const TsmRequest *request, const pg_uuid_t *id);

/* May a ticket hold one more, be it public or internal?  Does it hold one that could be taken away? */
extern bool tsm_has_room(const TsmDesk *desk, const pg_uuid_t *ticket);
extern bool tsm_has_files(const TsmDesk *desk, const pg_uuid_t *ticket);

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

/*
 * Publish the event that led from old (NULL: creation) to new, if it is to be; due: what came due; else
 * the request whose own event it is, NULL if it is plain SQL's.
 */
extern void tsm_event_publish(const TsmDesk *desk, TsmOperation op, const TicketRow *old,
							  const TicketRow *new, const TsmDue *due, const TsmRequest *request);

#endif							/* TSM_GUARD_H */
