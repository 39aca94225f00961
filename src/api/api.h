/*-------------------------------------------------------------------------
 *
 * api.h
 *	  The SQL functions; what they share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_API_H
#define TSM_API_H

#include "guard/guard.h"

/* ----------------------------------------------------------------
 * operate.c, change.c, create.c: the functions that make and change a ticket.
 * ----------------------------------------------------------------
 */

/* Arguments of a statement; one that was not set is NULL. */
typedef struct TsmArgs
{
	Datum		value[TSM_MAX_ARGS];
	char		isnull[TSM_MAX_ARGS];	/* 'n' or ' ', as SPI has them */
} TsmArgs;

extern void tsm_args_init(TsmArgs *args);
extern void tsm_args_set(TsmArgs *args, int i, Datum value);

/* The statement that carries out an operation. */
extern const TsmQuery *tsm_operation_query(TsmOperation op);

/*
 * What is against the parameters of a call, in the order of judgement, one for
 * each parameter at most.  In the place of a pointer to it NULL means that the
 * first one is raised at once.
 */
typedef struct TsmFaults
{
	int			count;
	int			param[TSM_MAX_PARAMS];
	const TsmRefusal *refusal[TSM_MAX_PARAMS];
} TsmFaults;

/* The one that a parameter has; note one, if it has none yet; the same if there is any; raise the first. */
extern const TsmRefusal *tsm_fault_of(const TsmFaults *faults, int param);
extern void tsm_fault_note(TsmFaults *faults, int param, const TsmRefusal *refusal);

static inline void
tsm_fault_add(TsmFaults *faults, int param, const TsmRefusal *refusal)
{
	if (refusal != NULL)
		tsm_fault_note(faults, param, refusal);
}

static inline void
tsm_faults_raise(const TsmFaults *faults)
{
	if (faults != NULL && faults->count > 0)
		tsm_raise(faults->refusal[0]);
}

/*
 * Check the parameters of an operation, which are in fcinfo as those of its
 * function, and put them into a request and the arguments of its statement;
 * a ticket that it is about is left to the caller.  Raises the first of the
 * faults, with what was known before.
 */
extern void tsm_operation_args(FunctionCallInfo fcinfo, TsmRequest *request, TsmArgs *args, TsmFaults *faults);

/* That there is no such ticket: PT404. */
extern TsmRefusal *tsm_no_ticket(const pg_uuid_t *id);

/* The ticket or tickets that the statement is about, and the machine that it goes by. */
extern void tsm_operation_target(const TsmRequest *request, Datum ticket, TsmArgs *args);

/* A request of the current user's on the current desk; begin: 42501 unless it may do the operation at all. */
extern void tsm_request_begin(TsmRequest *request, TsmOperation op);
extern void tsm_request_init(TsmRequest *request, TsmOperation op);

/*
 * Do it, with the parameters in fcinfo.  The caller may do the operation at
 * all; what came of it is in request->row.
 */
extern void tsm_operate(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults);
extern void tsm_create(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults);

/* ----------------------------------------------------------------
 * link.c: fn_vincular, fn_desvincular.
 * ----------------------------------------------------------------
 */

/* Do it, with arguments that were checked; what came of the ticket is in request->row. */
extern void tsm_link(TsmRequest *request, const TsmArgs *args);

/* Before many are done: lock what the caller sees of the tickets and the other one, in the order of their uuids. */
extern void tsm_links_lock_all(const TsmRequest *request, const pg_uuid_t *tickets, int count, Datum other);

/* ----------------------------------------------------------------
 * closing.c: when a resolved ticket is closed.
 * ----------------------------------------------------------------
 */

/*
 * Up to when a ticket was resolved that has been so for days of 24 hours, or (calendar) open days;
 * 55000 for a calendar that is not open on so many.
 */
extern TimestampTz tsm_closing_until(const TsmDesk *desk, int days, const char *calendar);

/* When one that was resolved then is to be closed, by the settings of the desk. */
extern TimestampTz tsm_closing_due(const TsmDesk *desk, TimestampTz resolved);

/* The states that it is in until then, as an array. */
extern Datum tsm_closing_states(const TsmDesk *desk);

/* ----------------------------------------------------------------
 * attempt.c
 * ----------------------------------------------------------------
 */

/*
 * Call work(arg) under a savepoint, to which an error rolls back that one ticket
 * may have and another not; NULL if it worked.  Other errors are raised.  The
 * current memory context is one for this work: it is reset when that fails.
 */
extern ErrorData *tsm_attempt(void (*work) (void *arg), void *arg);

/* ----------------------------------------------------------------
 * lookup.c
 * ----------------------------------------------------------------
 */

/*
 * Run a query as the desk's owner and return its only row, NULL if there is
 * none, in the current context; *desc is its descriptor.
 */
extern HeapTuple tsm_lookup_row(const TsmDesk *desk, const TsmQuery *query, Datum *args, const char *nulls,
								TupleDesc *desc);

/*
 * What fn_consultar and fn_ticket answer to a request, whose caller may do it
 * at all: a row as of type ticket_consultado, and a jsonb, whose history has the
 * last `limit` events with a version smaller than `before`.
 */
extern HeapTuple tsm_lookup_public(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults, TupleDesc *desc);
extern Datum tsm_lookup_ticket(FunctionCallInfo fcinfo, TsmRequest *request, int before, int limit);

/*
 * The ticket that label and address open, into a request: its identity and label,
 * and the address that it is to have still when it is changed.  PT404; 42501 for
 * an agent who is to change it and whose area is another.
 */
extern void tsm_lookup_requesters(TsmRequest *request, const text *label, const text *email);

/* ----------------------------------------------------------------
 * conversation.c
 * ----------------------------------------------------------------
 */

/* fn_responder, as tsm_operate() is of the operations on a ticket. */
extern void tsm_reply(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults);

/* What is answered to whoever is a requester, or acts for one: a row of type ticket_respondido. */
extern Datum tsm_replied(FunctionCallInfo fcinfo, const TsmRequest *request);

/* A row of fn_conversacion. */
enum
{
	TSM_SAID_NUMBER, TSM_SAID_TIME, TSM_SAID_BY, TSM_SAID_TEXT, TSM_SAID_COLUMNS
};

/*
 * What was said about a ticket between its requester and the desk, oldest first: of
 * what comes before a number the last `limit`.
 */
extern void tsm_conversation(const TsmDesk *desk, const pg_uuid_t *ticket, int before, int limit,
							 void (*emit) (void *arg, Datum *values), void *arg);

#define TSM_CONVERSATION_PAGE 200

/* ----------------------------------------------------------------
 * rating.c
 * ----------------------------------------------------------------
 */

/* fn_calificar, as tsm_reply() is fn_responder. */
extern void tsm_rate(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults);

/* ----------------------------------------------------------------
 * actions.c
 * ----------------------------------------------------------------
 */

/* What fn_acciones tells of a ticket, as the array that GET /tickets/{ticket_id} has. */
extern void tsm_answer_actions(StringInfo answer, const TsmRequest *request, pg_uuid_t *id);

/* ----------------------------------------------------------------
 * files.c: what is attached to a ticket.
 * ----------------------------------------------------------------
 */

/* Attach a file, or take one away, with the parameters in fcinfo; the caller may do it at all. */
extern void tsm_attach(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults, TsmFile *file);
extern void tsm_withdraw_file(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults);

/* Find the ticket that the parameters of fn_adjunto name; read a file of it (PT404). */
extern void tsm_file_of(FunctionCallInfo fcinfo, TsmRequest *request);
extern bytea *tsm_file_content(const TsmRequest *request, const pg_uuid_t *id, char **type, char **name);

/* ----------------------------------------------------------------
 * call.c: from JSON to the parameters of an operation.
 * ----------------------------------------------------------------
 */

/* A member of a JSON object. */
typedef struct TsmMember
{
	const char *name;
	const char *type;			/* as json_typeof() calls it */
	const char *text;			/* of a string, number or boolean */
} TsmMember;

typedef struct TsmMembers
{
	int			count;
	int			room;
	TsmMember  *item;
} TsmMembers;

extern TsmMembers *tsm_members_new(void);

/* One more, or the one of that name, emptied: the last of a name counts. */
extern TsmMember *tsm_member_add(TsmMembers *members, const char *name);
extern void tsm_member_of_jsonb(TsmMember *member, const JsonbValue *value);

/* The member of that name; NULL if there is none. */
extern TsmMember *tsm_member_find(const TsmMembers *members, const char *name);

/*
 * The text of a member that is of a type: string, uuid, date-time, integer or boolean
 * (22023, 22P02); NULL when it is missing or null.  tsm_member_read() returns
 * what is against it, the other one raises that.
 */
extern TsmRefusal *tsm_member_read(const TsmMembers *members, const char *name, const char *type, const char **value);
extern const char *tsm_member_text(const TsmMembers *members, const char *name, const char *type);

/*
 * A time in ISO 8601.  Without an offset it is the desk's, whatever the zone of
 * the session; a day alone is its beginning, or (end) its end.
 */
extern TsmRefusal *tsm_time_read(const TsmDesk *desk, const char *name, const char *str, bool end, Datum *value);

/* What type that is for a parameter. */
extern const char *tsm_param_json_type(const TsmParam *param);

typedef enum TsmKeys
{
	TSM_KEYS_OF_SQL,			/* the parameters' names, and no other */
	TSM_KEYS_OF_HTTP			/* what they are called there */
} TsmKeys;

/*
 * Put members into the parameters of an operation, as its function would find
 * them.  A parameter that is set already is left alone, the ticket too.
 */
extern void tsm_call_init(FunctionCallInfo call);
extern void tsm_call_set(FunctionCallInfo call, int i, Datum value);
extern void tsm_call_map(FunctionCallInfo call, const TsmOperationRow *op,
						 const TsmMembers *members, TsmKeys keys, TsmFaults *faults);

/* ----------------------------------------------------------------
 * queue.c, list.c: the queue, and lists of tickets, page by page.
 * ----------------------------------------------------------------
 */

/* Past its deadline, or was when its clock was stopped, and that has not ended: as the view bandeja has it. */
#define TSM_OVERDUE(now) \
	"(t.sla_restante IS NULL OR t.fecha_limite_sla IS NULL)" \
	" AND COALESCE(t.fecha_limite_sla OPERATOR(pg_catalog.<) " now "," \
	"  t.sla_restante OPERATOR(pg_catalog.<=) '0'::pg_catalog.interval AND t.sla_incumplido_en IS NOT NULL)"

/* The lists that a page goes through. */
typedef enum TsmQueueList
{
	LIST_DEADLINE,
	LIST_STANDING,				/* without a deadline, by creation */
	LIST_CREATION,
	LIST_RECENT					/* the newest first */
} TsmQueueList;

/* Where a page begins: behind this row. */
typedef struct TsmPosition
{
	TsmQueueList list;
	TimestampTz time;
	pg_uuid_t	id;
} TsmPosition;

/* The same as a text; false if it is none. */
extern text *tsm_cursor_of(const TsmPosition *p);
extern bool tsm_cursor_read(const char *str, TsmPosition *p);

/* Where a row that was read has what tells how much is left of its target. */
typedef struct TsmLeftFrom
{
	int			id;
	int			version;
	int			calendar;
	int			target;
	int			deadline;
	int			left;
} TsmLeftFrom;

/* That, in open time. */
extern int64 tsm_left_of(const TsmDesk *desk, const Datum *values, const bool *nulls, const TsmLeftFrom *from,
						 TimestampTz now);

/* The area to show: what was asked for, and what the caller may see; 0 for all. */
extern Datum tsm_arg_area(FunctionCallInfo fcinfo, int argno, const TsmDesk *desk, const TsmCaller *caller);

/* The parameters of fn_lista. */
enum
{
	TSM_LIST_STATES, TSM_LIST_AREA, TSM_LIST_AGENT, TSM_LIST_MINE, TSM_LIST_UNASSIGNED, TSM_LIST_PRIORITY,
	TSM_LIST_TYPE, TSM_LIST_CATEGORY, TSM_LIST_OVERDUE, TSM_LIST_DUE, TSM_LIST_REQUESTER, TSM_LIST_FROM,
	TSM_LIST_TO, TSM_LIST_TEXT, TSM_LIST_CLOSED, TSM_LIST_ORDER, TSM_LIST_AFTER, TSM_LIST_SIZE, TSM_LIST_TOTAL,
	TSM_LIST_PARAMS
};

/* The columns of its rows, type ticket_en_lista. */
enum
{
	TSM_ROW_UUID, TSM_ROW_LABEL, TSM_ROW_SUBJECT, TSM_ROW_TYPE, TSM_ROW_CATEGORY, TSM_ROW_SUBCATEGORY, TSM_ROW_STATE,
	TSM_ROW_PRIORITY, TSM_ROW_AREA, TSM_ROW_AGENT, TSM_ROW_AGENT_NAME, TSM_ROW_NAME, TSM_ROW_EMAIL, TSM_ROW_CREATED,
	TSM_ROW_UPDATED, TSM_ROW_RESOLVED, TSM_ROW_CLOSED, TSM_ROW_HOURS, TSM_ROW_TARGET, TSM_ROW_DEADLINE, TSM_ROW_LEFT,
	TSM_ROW_PAUSED, TSM_ROW_OVERDUE, TSM_ROW_BREACHED, TSM_ROW_VERSION, TSM_ROW_CURSOR, TSM_ROW_TOTAL, TSM_ROW_COLUMNS
};

/*
 * A page, for a caller who may read tickets at all, a row at a time, each gone
 * with what emit allocates when this returns; names: what an error calls the
 * parameters.  Returns how many there are in all if that was asked for, else -1.
 */
extern int64 tsm_list(FunctionCallInfo fcinfo, const char *const *names, const TsmDesk *desk, const TsmCaller *caller,
					  void (*emit) (void *arg, Datum *values, bool *nulls), void *arg);

/* The same as the answer of GET /tickets, with the query's parameters. */
extern void tsm_answer_list(StringInfo answer, const TsmMembers *query, const TsmDesk *desk, const TsmCaller *caller);

/* ----------------------------------------------------------------
 * events.c, batch.c: what they do over HTTP.
 * ----------------------------------------------------------------
 */

/* Events after one, of tickets that the caller may see. */
extern void tsm_answer_events(StringInfo answer, const TsmRequest *request, int64 after, int limit);

/*
 * One operation on many tickets, as data (operacion, tickets, campos, todoONada)
 * says; request is the caller's, and gets the operation.
 */
extern void tsm_answer_batch(StringInfo answer, TsmRequest *request, Jsonb *data, TsmFaults *faults);

/* ----------------------------------------------------------------
 * verify.c, verify_files.c, verify_desk.c: fn_verificar.
 * ----------------------------------------------------------------
 */
typedef struct TsmVerification
{
	ReturnSetInfo *rsinfo;
	const TsmDesk *desk;
	MemoryContext row_cxt;		/* reset with every row */
	MemoryContext chain_cxt;	/* reset with every ticket */
} TsmVerification;

/* Something is wrong: with a ticket, or (id NULL) with the desk. */
extern void tsm_verify_report(TsmVerification *v, const pg_uuid_t *id, const char *problem,
							  const char *fmt,...) pg_attribute_printf(4, 5);

/* verify_links.c: a link that there should be. */
typedef struct TsmToldLink
{
	pg_uuid_t	other;
	char		relation[16];	/* of this ticket to the other one */
	int			version;		/* of the event that tells of it */
	TimestampTz when;
} TsmToldLink;

/* The table of links, read in the order of the tickets that they are of. */
typedef struct TsmLinkReader
{
	TsmScan		scan;
	TupleTableSlot *row;		/* NULL: none is left */
} TsmLinkReader;

extern void tsm_verify_links_begin(TsmLinkReader *reader, const TsmDesk *desk, Datum *range);

/* What an event makes of the links that there should be. */
extern List *tsm_verify_link_event(TsmVerification *v, List *told, const pg_uuid_t *id, Jsonb *facts, int version,
								   TimestampTz when, TsmOperation op);

/* Compare those of a ticket, and of any before it, with the table; NULL: the rest, and end. */
extern void tsm_verify_links(TsmVerification *v, TsmLinkReader *reader, const pg_uuid_t *id, List *told);

/* Messages of a range of tickets came to duplicates of theirs. */
extern void tsm_verify_origins(TsmVerification *v, Datum *range);

/* All tickets of a range of uuids; returns how many were looked at. */
extern uint64 tsm_verify_tickets(TsmVerification *v, Datum *range);

/* What is attached to them, the contents too if wanted; contents that nothing refers to. */
extern void tsm_verify_files(TsmVerification *v, Datum *range, bool contents);
extern void tsm_verify_orphans(TsmVerification *v);

/* Ratings of tickets of a range. */
extern void tsm_verify_ratings(TsmVerification *v, Datum *range);

/* ----------------------------------------------------------------
 * rest_request.c, rest_answer.c, rest_files.c (and rest.h), rest_catalogue.c, rest_error.c: the REST API.
 * ----------------------------------------------------------------
 */
typedef struct TsmBody
{
	const char *type;			/* of the whole, as json_typeof() calls it */
	TsmMembers *members;		/* of the object that it is */
	TsmMembers *data;			/* of its member datos */
} TsmBody;

/* Read a json (NULL: an empty object); datos must be an object if it is there. */
extern void tsm_body_read(text *json, TsmBody *body);
extern void tsm_body_require_object(const TsmBody *body);

/* What a page of a list has at most, where nothing else is said. */
#define TSM_LONGEST_PAGE 1000

/* A parameter of the query: a whole number from least to most. */
extern int64 tsm_query_number(const TsmBody *body, const char *name, int64 unless_given, int64 least, int64 most);

/* The text of a member of a json that is an object; NULL when it is missing. */
extern const char *tsm_json_member(const char *json, const char *name);

/* The answers, as JSON. */
extern void tsm_answer_operated(StringInfo answer, const TsmRequest *request, const TsmMembers *sent);
extern void tsm_answer_created(StringInfo answer, const TsmRequest *request);
extern void tsm_answer_replied(StringInfo answer, const TsmRequest *request);

/* before: the conversation too, of what comes before this number the last page; 0: without it. */
extern void tsm_answer_public(StringInfo answer, const TsmDesk *desk, HeapTuple tuple, TupleDesc tupdesc, int before);
extern void tsm_answer_ticket(StringInfo answer, Jsonb *ticket, const char *actions);

/* Their files alone. */
extern void tsm_answer_files_of(StringInfo answer, Jsonb *ticket);
extern void tsm_answer_public_files(StringInfo answer, HeapTuple tuple, TupleDesc desc);

/* rest_unchanged.c: add to a message what was sent and has not changed the ticket. */
extern void tsm_append_unchanged(StringInfo message, const TsmRequest *request, const TsmMembers *sent);

/* The key of the next member of an object; a value of one of the types of columns (ANYENUMOID: of an enum), or of JSON. */
extern void tsm_answer_key(StringInfo answer, const char *key);
extern void tsm_answer_value(StringInfo answer, Datum value, bool isnull, Oid type);
extern void tsm_answer_jsonb(StringInfo answer, const JsonbValue *value);

/* What anyone may know of the desk; a catalogue by its name, for agents (rest_catalogue.c). */
extern void tsm_answer_desk(StringInfo answer, const TsmRequest *request);
extern void tsm_answer_catalogue(StringInfo answer, const char *name, const TsmRequest *request, const TsmBody *body);

/*
 * Make of an error what PostgREST passes on as it should: see api_error() in
 * 40-rest.sql.  op: whose parameters are called otherwise over HTTP, or NULL.
 * Returns whether anything was changed.
 */
extern bool tsm_error_translate(ErrorData *error, text *request, const TsmOperationRow *op);

/* A message that calls parameters what the client does. */
extern const char *tsm_client_message(const char *message, const TsmOperationRow *op);

/*
 * Tell of all the faults in the detail of an error that is about fields; of one
 * that is not among them the error itself says which field it is about.  Returns
 * whether there was any.
 */
extern bool tsm_error_tell_faults(ErrorData *error, const TsmOperationRow *op, const TsmFaults *faults);

#endif							/* TSM_API_H */
