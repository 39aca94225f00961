/*-------------------------------------------------------------------------
 *
 * ticket_sm.h
 *	  A map of the extension: one section for each file.
 *
 * A call of fn_pausar() goes like this.  tickets.c finds the mesa (machine.c)
 * and the caller (caller.c), checks the fields (fields.c) and runs one UPDATE
 * (plans.c) as the mesa's owner.  The guard (guard.c), being the table's
 * trigger, judges it, lets label.c and sla.c fill what only it may set, and
 * has history.c write the event.  A plain UPDATE enters at the guard.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICKET_SM_H
#define TICKET_SM_H

#include "postgres.h"

#include "access/htup_details.h"
#include "datatype/timestamp.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "pgtime.h"
#include "utils/hsearch.h"
#include "utils/jsonb.h"
#include "utils/relcache.h"
#include "utils/resowner.h"
#include "utils/uuid.h"

#include "compat.h"
#include "errors.h"


/* ----------------------------------------------------------------
 * The fixed vocabulary.  Operations and roles have code of their own;
 * states have none, so they are known by their OIDs only.
 * ----------------------------------------------------------------
 */
typedef enum TsmOperation
{
	OP_CREAR,
	OP_ASIGNAR,
	OP_TRANSFERIR,
	OP_RECLASIFICAR,
	OP_PAUSAR,
	OP_REABRIR,
	OP_ACTUALIZAR,
	OP_RESOLVER,
	OP_CANCELAR,
	OP_ARCHIVAR,
	OP_CONSULTAR,
	/* the clock's own: nobody is asked whether they are allowed */
	OP_AVISAR,
	OP_VENCER,
	OP_RECALCULAR
} TsmOperation;

#define TSM_OPERATIONS	(OP_RECALCULAR + 1)

typedef enum TsmRole
{
	ROLE_ADMIN,
	ROLE_MESA,
	ROLE_AREA,
	ROLE_PUBLICO,
	ROLE_NONE
} TsmRole;

#define TSM_ROLES	ROLE_NONE

/* What the SLA clock does in a state: estado.reloj. */
typedef enum TsmClock
{
	CLOCK_RUNS,
	CLOCK_STANDS,
	CLOCK_ENDS
} TsmClock;

/* The two stopwatches of a ticket: sla_politica.objetivo. */
typedef enum TsmTarget
{
	TARGET_ATTENTION,
	TARGET_RESOLUTION
} TsmTarget;

#define TSM_TARGETS	(TARGET_RESOLUTION + 1)

/*
 * The columns of ticket that we know, in the order of the template; a user may
 * have added others.
 */
#define TSM_TICKET_COLUMNS(C) \
	C(ticket_uuid) C(ticket_label) C(tipo) C(categoria) C(subcategoria) \
	C(prioridad) C(asunto) C(descripcion) C(solicitante_nombre) \
	C(solicitante_email) C(documento) C(telefono) C(tiene_whatsapp) \
	C(empresa_departamento) C(ip_registro) C(clave_idempotencia) \
	C(huella_idempotencia) C(sla_horas) C(fecha_creacion) C(sla_politica) \
	C(sla_calendario) C(sla_objetivo) C(atencion_politica) \
	C(atencion_calendario) C(atencion_objetivo) C(atencion_limite) \
	C(respuesta_cliente) C(estado) C(area) C(agente_id) \
	C(fecha_limite_sla) C(sla_restante) C(sla_aviso) C(sla_incumplido_en) \
	C(atencion_aviso) C(atencion_incumplido_en) C(atendido_en) \
	C(sla_revisar_en) C(sla_orden) C(abierto) C(resuelto_en) C(cerrado_en) \
	C(actualizado_en) C(version) C(hash)

/* The columns of historial, in the order of the canonical form. */
#define TSM_HISTORY_COLUMNS(C) \
	C(ticket_uuid) C(version) C(operacion) C(ocurrido_en) C(ticket_label) \
	C(estado_antes) C(estado_despues) C(area_antes) C(area_despues) \
	C(prioridad_antes) C(prioridad_despues) C(agente_antes) \
	C(agente_despues) C(tipo_antes) C(tipo_despues) C(categoria_antes) \
	C(categoria_despues) C(subcategoria_antes) C(subcategoria_despues) \
	C(reloj) C(motivo) C(nota) C(respuesta) C(cambios) C(actor_id) C(actor_nombre) \
	C(actor_rol) C(usuario_bd) C(ip) C(hash)

typedef enum TicketColumn
{
#define C(name) TC_##name,
	TSM_TICKET_COLUMNS(C)
#undef C
	TICKET_COLUMNS
} TicketColumn;

typedef enum HistoryColumn
{
#define C(name) HC_##name,
	TSM_HISTORY_COLUMNS(C)
#undef C
	HISTORY_COLUMNS
} HistoryColumn;

/* Those of contador. */
#define TSM_COUNTER_COLUMNS(C) \
	C(anio) C(ultimo)

typedef enum CounterColumn
{
#define C(name) CC_##name,
	TSM_COUNTER_COLUMNS(C)
#undef C
	COUNTER_COLUMNS
} CounterColumn;

typedef struct TicketRow
{
	Datum		value[TICKET_COLUMNS];
	bool		isnull[TICKET_COLUMNS];
} TicketRow;

typedef struct HistoryRow
{
	Datum		value[HISTORY_COLUMNS];
	bool		isnull[HISTORY_COLUMNS];
} HistoryRow;

/* ----------------------------------------------------------------
 * ticket_sm.c: the module's entry: settings and callbacks.
 * ----------------------------------------------------------------
 */
extern char *tsm_mesa_name;		/* ticket_sm.mesa */
extern int	tsm_lock_wait;		/* ticket_sm.espera_bloqueo, ms */
extern char *tsm_authenticators;	/* ticket_sm.autenticadores */
extern char *tsm_direct_reason; /* ticket_sm.motivo */
extern int	tsm_clock_offset;	/* ticket_sm.desfase_reloj, s */
extern bool tsm_early_counter;	/* ticket_sm.contador_anticipado */

/* The clock: real time, moved by the superuser's test hook. */
extern TimestampTz tsm_now(void);

/* ----------------------------------------------------------------
 * machine.c: what this backend knows of a mesa: its state machine, settings,
 * catalogues and agents.
 *
 * A TsmMesa lives at least until the end of the transaction that got it, also
 * when a newer one has taken its place.
 * ----------------------------------------------------------------
 */
typedef struct TsmState
{
	Oid			oid;			/* value of the enum */
	char	   *name;
	bool		open;
	bool		resolved;
	TsmClock	clock;
} TsmState;

typedef struct TsmName
{
	char	   *name;			/* as it stands in the table */
	char	   *folded;			/* for comparison */
	int			sla_hours;		/* of a priority */
	bool		active;			/* an area may be switched off */
	Oid			oid;			/* of a ticket_type */
} TsmName;

typedef struct TsmNameList
{
	int			count;
	TsmName    *item;
} TsmNameList;

/* A row of sla_politica, in its current version. */
typedef struct TsmPolicy
{
	int			version_id;
	TsmTarget	target;
	Oid			type;			/* InvalidOid: any */
	char	   *priority;		/* NULL: any; so with the others */
	char	   *area;
	char	   *category;		/* folded */
	int64		usec;			/* target as open time, or */
	int			days;			/* as business days, if not 0 */
	char	   *calendar;
} TsmPolicy;

/* At how many percent of a target to warn, in ascending order. */
typedef struct TsmWarnings
{
	int			count;
	int		   *percent;
} TsmWarnings;

typedef struct TsmAgent
{
	pg_uuid_t	id;				/* hash key */
	bool		exists;
	bool		active;
	TsmRole		role;
	char	   *name;
	char	   *area;			/* or NULL */
} TsmAgent;

typedef struct TsmMesa
{
	MemoryContext cxt;			/* holds all of this */
	Oid			nspid;
	char	   *schema;			/* quoted as an identifier */
	char	   *search_path;	/* for users' code, NULL if there is none */
	Oid			owner;
	Oid			ticket_relid;
	Oid			history_relid;
	Oid			history_pkey;
	Oid			counter_relid;
	Oid			event_relid;
	Oid			event_sequence;
	Oid			policy_relid;	/* sla_politica_version */
	Oid			calendar_relid; /* calendario_version */
	Oid			settings_relid; /* invalidated for all catalogues */
	Oid			type_enum;		/* ticket_type */
	Oid			role_enum;		/* ticket_role */

	AttrNumber	ticket_att[TICKET_COLUMNS];
	bool		ticket_in_order;	/* att[0] = 1, att[1] = 2, and so on */
	int			ticket_natts;
	uint64	   *ticket_bit;		/* by attribute: 1 << TicketColumn, 0: a user's */
	AttrNumber	history_att[HISTORY_COLUMNS];
	AttrNumber	counter_att[COUNTER_COLUMNS];
	TupleDesc	history_desc;

	/* the machine */
	int			nstates;
	TsmState   *state;
	int			start;			/* index of crear's state, or -1 */
	int8	   *next[TSM_OPERATIONS];	/* by state: index of the state, or -1 */
	bool		may[TSM_OPERATIONS][TSM_ROLES];
	Oid			operation_oid[TSM_OPERATIONS];
	Oid			role_oid[TSM_ROLES];
	char	   *role_member[TSM_ROLES]; /* database role, or NULL */

	/* settings and catalogues */
	pg_tz	   *timezone;
	char	   *label_prefix;
	int			label_digits;
	bool		clock_runs_in_pause;
	TsmWarnings warnings;		/* of targets that no policy has set */
	bool		publishes[TSM_OPERATIONS];	/* to the outbox */
	char	   *event_channel;	/* for NOTIFY, or NULL */
	TsmNameList types;
	TsmNameList priorities;
	TsmNameList areas;
	int			npolicies;
	TsmPolicy  *policy;
	HTAB	   *warnings_of_policy; /* by version, as they are asked for */
	HTAB	   *agents;			/* filled as they are asked for */
	HTAB	   *agents_of_role; /* by database role */
	struct TsmCalendars *calendars; /* likewise */
	Oid			last_caller;	/* the role that role_of() was asked for */
	TsmRole		last_role;		/* and its answer */
} TsmMesa;

extern const char *const tsm_operation_names[TSM_OPERATIONS];
extern const char *const tsm_role_names[TSM_ROLES];
extern const char *const tsm_ticket_columns[TICKET_COLUMNS];

/* The mesa of ticket_sm.mesa; 3F000 or 42501 when the caller can't use it. */
extern const TsmMesa *tsm_mesa_current(void);

/* The mesa whose table ticket this is, in this schema; 42P01 when it is none. */
extern const TsmMesa *tsm_mesa_of_ticket(Oid nspid, Oid ticket_relid);

/* The mesa in this schema, for a trigger on one of its tables; 42P01 when it is none. */
extern const TsmMesa *tsm_mesa_of_schema(Oid nspid);

/* Make every backend read the mesa in this schema anew, from commit on. */
extern void tsm_mesa_reload(Oid nspid);

/* Index of a state by its enum value; XX000 if there is none. */
extern int	tsm_state_index(const TsmMesa *mesa, Oid state);

/* Operation or role by enum value. */
extern TsmOperation tsm_operation_by_oid(const TsmMesa *mesa, Oid value);
extern TsmRole tsm_role_by_oid(const TsmMesa *mesa, Oid value);

/* Name in a catalogue, whatever its case; NULL if there is none. */
extern const TsmName *tsm_name_find(const TsmNameList *list, const char *name);

/* A name for comparison: TsmName.folded. */
extern char *tsm_fold(const char *str);

/* The names that are switched on, for a hint. */
extern char *tsm_name_list(const TsmNameList *list);

/* An agent by identity or by database role; NULL if there is none. */
extern const TsmAgent *tsm_agent_by_id(const TsmMesa *mesa, const pg_uuid_t *id);
extern const TsmAgent *tsm_agent_by_user(const TsmMesa *mesa, Oid roleid);

/* Relcache and syscache callbacks; they only mark what is stale. */
extern void tsm_mesa_relcache_callback(Datum arg, Oid relid);
extern void tsm_mesa_syscache_callback(Datum arg, int cacheid, uint32 hashvalue);

/* A table of the mesa; 42P01 if there is none. */
extern Oid	tsm_table_of(const TsmMesa *mesa, const char *name);

/* ----------------------------------------------------------------
 * rows.c: the small tables of a mesa, read as they lie there.
 * ----------------------------------------------------------------
 */
typedef struct TsmRow
{
	Datum	   *value;			/* of the columns that were asked for */
	bool	   *isnull;
} TsmRow;

typedef struct TsmRows
{
	int			count;
	int			room;
	int			ncolumns;
	Oid		   *type;			/* of each column */
	TsmRow	   *row;
} TsmRows;

/* All rows of a table, in the current memory context. */
extern TsmRows *tsm_rows_read(const TsmMesa *mesa, const char *table, const char *const *names, int ncolumns);

/* OID and label of each value of an enum, in its order. */
extern TsmRows *tsm_rows_enum(Oid typid);

/* A value that is not null; a value as a string, NULL if null. */
extern Datum tsm_rows_value(const TsmRows *rows, int i, int column);
extern char *tsm_rows_text(const TsmRows *rows, int i, int column);

/* Put rows in the order of their first column, an integer or a text. */
extern void tsm_rows_sort(TsmRows *rows);

/* Attribute numbers of columns, by name; 42703 when one is missing. */
extern void tsm_find_columns(Relation rel, const char *const *names, int count, AttrNumber *att);

/* ----------------------------------------------------------------
 * plans.c: the SQL we run, and its saved plans.
 * ----------------------------------------------------------------
 */
typedef enum TsmQuery
{
	Q_POLICIES,
	Q_POLICY_WARNINGS,
	Q_POLICY_SNAPSHOT,
	Q_AGENT_BY_ID,
	Q_AGENT_BY_USER,
	Q_INSERT,
	Q_BY_KEY,
	Q_ASSIGN,
	Q_TRANSFER,
	Q_RECLASSIFY,
	Q_CHANGE_STATE,
	Q_ANSWER,
	Q_RESOLVE,
	Q_MANY_ASSIGN,
	Q_MANY_TRANSFER,
	Q_MANY_RECLASSIFY,
	Q_MANY_CHANGE_STATE,
	Q_MANY_ANSWER,
	Q_MANY_RESOLVE,
	Q_COUNTER_FIRST,
	Q_CLOCK,
	Q_DUE,
	Q_OPEN_TICKETS,
	Q_CLOCK_EVENTS,
	Q_EXPLAIN_TICKET,
	Q_EXPLAIN_EVENTS,
	Q_EVENT_INSERT,
	Q_EVENTS,
	Q_CALENDAR_NAMES,
	Q_CALENDAR_VERSION,
	Q_CALENDAR_OVERLAP,
	Q_CALENDAR_NEW_VERSIONS,
	Q_LOOKUP_PUBLIC,
	Q_LOOKUP_AGENT,
	Q_QUEUE_DEADLINE,
	Q_QUEUE_STANDING,
	Q_QUEUE_CREATION,
	Q_VERIFY_TICKETS,
	Q_VERIFY_HISTORY,
	Q_VERIFY_LABELS,
	Q_VERIFY_YEARS,
	Q_VERIFY_GUARD,
	TSM_QUERIES
} TsmQuery;

/* The saved plan of a query on a mesa, made when it is first needed. */
extern SPIPlanPtr tsm_plan(const TsmMesa *mesa, TsmQuery query);

/* Drop a plan that a rule has rewritten: nothing would invalidate it. */
extern void tsm_plan_forget(const TsmMesa *mesa, TsmQuery query);

/* Run a query that reads; the result is in SPI_tuptable. */
extern void tsm_read(const TsmMesa *mesa, TsmQuery query, Datum *args);
extern void tsm_read_nulls(const TsmMesa *mesa, TsmQuery query, Datum *args, const char *nulls);

/*
 * Call work(arg), in which plans are made that read by an index in its order.
 * The planner does not know how few rows a page of the queue has, nor that
 * locks must be taken in the order of uuids.  Nor are they compiled: by what it
 * thinks them to cost they might be.
 */
extern void tsm_in_index_order(void (*work) (void *arg), void *arg);

/* Read with the newest snapshot there is, not with the transaction's. */
extern void tsm_read_latest(const TsmMesa *mesa, TsmQuery query, Datum *args);

/*
 * Become the mesa's owner; undone by tsm_act_done(), or by an abort.  Triggers
 * and the like that a user has added to the mesa run as the owner then, so the
 * search_path is not left to the caller, who could make them call something
 * else than they mean.
 */
typedef struct TsmIdentity
{
	Oid			userid;
	int			secontext;
	int			guc_level;		/* 0: search_path is not set */
	bool		hidden;			/* but overridden */
} TsmIdentity;

extern TsmIdentity tsm_act_as_owner(const TsmMesa *mesa);
extern void tsm_act_done(TsmIdentity saved);

/* Become the owner, and connect to SPI; the other way round to leave. */
extern TsmIdentity tsm_enter(const TsmMesa *mesa);
extern void tsm_leave(TsmIdentity saved);

/* ----------------------------------------------------------------
 * caller.c: who is calling, and in which helpdesk role.
 * ----------------------------------------------------------------
 */
typedef struct TsmCaller
{
	Oid			userid;
	TsmRole		role;
	bool		trusted;		/* claims were believed */
	const TsmAgent *agent;		/* or NULL */
} TsmCaller;

/* The current user as a caller; never fails for want of rights. */
extern void tsm_caller_identify(const TsmMesa *mesa, TsmCaller *caller);

/* 42501 unless the caller may do the operation at all. */
extern void tsm_caller_require(const TsmMesa *mesa, const TsmCaller *caller, TsmOperation op);

/* 42501 unless a ticket of this area is the caller's business. */
extern void tsm_caller_require_area(const TsmCaller *caller, const char *area);

/* 42501 unless the caller is ADMIN, who alone may do what is said. */
extern void tsm_caller_require_admin(const TsmCaller *caller, const char *what);

/* 42501 for the public, which has fn_consultar: that asks for the address as well. */
extern void tsm_caller_require_agent(const TsmCaller *caller);

/* Whether the caller sees every area, or which one (NULL: none). */
extern bool tsm_caller_sees_all(const TsmCaller *caller);
extern const char *tsm_caller_area(const TsmCaller *caller);

/* Address of the client, or 0 when it is not known. */
extern Datum tsm_caller_address(const TsmCaller *caller, bool *isnull);

/* ----------------------------------------------------------------
 * fields.c: what a field may hold.
 * ----------------------------------------------------------------
 */
typedef enum TsmField
{
	F_NOMBRE,
	F_DOCUMENTO,
	F_EMAIL,
	F_TELEFONO,
	F_EMPRESA,
	F_CATEGORIA,
	F_SUBCATEGORIA,
	F_ASUNTO,
	F_DESCRIPCION,
	F_CLAVE,
	F_RESPUESTA_CLIENTE,
	F_MOTIVO,
	F_NOTA,
	F_RESPUESTA,
	TSM_FIELDS
} TsmField;

/* Are two values the same bytes, however they are stored? */
extern bool tsm_same_datum(Datum a, Datum b, bool byval, int len);

/* Argument as a trimmed text, NULL if it is null or blank. */
extern text *tsm_arg_text(FunctionCallInfo fcinfo, int argno);

/* The same, checked by the field's rules (22004 if required, 22001, 22023). */
extern text *tsm_arg_field(FunctionCallInfo fcinfo, int argno, TsmField field, bool required);

/* Argument ticket_id; 22004 if null. */
extern pg_uuid_t *tsm_arg_ticket(FunctionCallInfo fcinfo);

/* Argument as a row of a catalogue (22004, 22023), NULL if not given. */
extern const TsmName *tsm_arg_name(FunctionCallInfo fcinfo, int argno, const char *field,
								   const TsmNameList *list, bool required);

/* An area that tickets can be handed to; 22023 when it is switched off. */
extern void tsm_check_area_active(const TsmNameList *areas, const TsmName *area);

/* Check one text by a field's rules. */
extern void tsm_check_field(TsmField field, const char *name, const char *str, int len);

/* Check the text columns of a ticket that differ from old (NULL: all). */
extern void tsm_check_columns(const TicketRow *old, const TicketRow *new);

/* 22004 for this field. */
tsm_noreturn extern void tsm_missing_field(const char *field);

/* ----------------------------------------------------------------
 * calendar.c: arithmetic of business time.
 *
 * A calendar is open in intervals of the wall clock of its zone.  NULL stands
 * for one that is open round the clock.
 * ----------------------------------------------------------------
 */
typedef struct TsmCalendar TsmCalendar;

/* Hours of a day: seconds since midnight, 0 to 86400. */
typedef struct TsmHours
{
	int			day;			/* of the week, 1 Monday; or since 2000-01-01 */
	int			from;
	int			to;				/* as from: closed */
} TsmHours;

extern TsmCalendar *tsm_calendar_make(pg_tz *zone, const TsmHours *week, int nweek,
									  const TsmHours *special, int nspecial);

/* The earliest time at which it has been open for usec since from. */
extern TimestampTz tsm_calendar_add(const TsmCalendar *cal, TimestampTz from, int64 usec);

/* How long it is open between two times; negative when to < from. */
extern int64 tsm_calendar_elapsed(const TsmCalendar *cal, TimestampTz from, TimestampTz to);

/* Open time from from (or the next opening) to the same time days open dates on. */
extern int64 tsm_calendar_days(const TsmCalendar *cal, TimestampTz from, int days);

/* ----------------------------------------------------------------
 * calendars.c: the calendars of a mesa, and their versions.
 * ----------------------------------------------------------------
 */

/* The version with this id; XX001 if there is none. */
extern const TsmCalendar *tsm_calendar_of_version(const TsmMesa *mesa, int version_id);

/* The latest version of a calendar, by name in any case; 22023 if there is none. */
extern const TsmCalendar *tsm_calendar_current(const TsmMesa *mesa, const char *name, int *version_id);

/* An empty cache, for a mesa that is being read. */
extern struct TsmCalendars *tsm_calendars_create(MemoryContext parent);

/* ----------------------------------------------------------------
 * policy.c: what a ticket is to be given.
 * ----------------------------------------------------------------
 */

/* The policy that holds for a ticket as it is now, or NULL. */
extern const TsmPolicy *tsm_policy_find(const TsmMesa *mesa, TsmTarget target, const TicketRow *row);

/* Size of an entry of TsmMesa.warnings_of_policy. */
extern const Size tsm_policy_cache_entry_size;

/* When to warn about a target given by this version of a policy (0: none). */
extern const TsmWarnings *tsm_policy_warnings(const TsmMesa *mesa, int version_id);

/* ----------------------------------------------------------------
 * sla.c: the SLA clock.
 * ----------------------------------------------------------------
 */

/* Something that came due: a warning, or with threshold 100 the breach. */
typedef struct TsmDue
{
	TsmTarget	target;
	int			threshold;		/* percent of the target */
	TimestampTz deadline;
} TsmDue;

#define TSM_BREACH		100
#define TSM_MAX_DUE		4

/* The events that a change makes: its own, and what came due around it. */
typedef struct TsmClockWork
{
	int			before;			/* so many of due precede the change's own */
	bool		own;			/* the change has an event of its own */
	int			count;
	TsmDue		due[TSM_MAX_DUE];
} TsmClockWork;

/*
 * Fill the SLA columns of new, which follows old (NULL: creation) by op at
 * now.  Called again with what it has filled, it finds nothing to change.
 */
extern void tsm_sla_fill(const TsmMesa *mesa, TsmOperation op, const TicketRow *old,
						 TicketRow *new, TimestampTz now, TsmClockWork *work);

/* Enter in a row that something came due. */
extern void tsm_sla_mark(TicketRow *row, const TsmDue *due);

/* What the clock of a ticket does, by its SLA columns. */
extern TsmClock tsm_sla_clock(const TicketRow *row);

/*
 * How far sla_orden, by which the queue finds a ticket, may lie before the
 * deadline.  The longer, the fewer pauses move an entry of its index; the
 * shorter, the fewer rows the queue looks at in vain.
 */
#define TSM_ORDER_SLACK	USECS_PER_HOUR

/* Would the queue find a ticket with this deadline by this sla_orden? */
extern bool tsm_sla_order_fits(TimestampTz order, TimestampTz deadline);

/* A clock by its name in the tables. */
extern TsmClock tsm_clock_by_name(const char *name);

/* Names as in the tables: corre, pausa, fin; atencion, resolucion. */
extern const char *const tsm_clock_names[];
extern const char *const tsm_target_names[TSM_TARGETS];

/*
 * The clock of a ticket replayed: fed with its events from the first on, it
 * tells where the deadline is.  A run is the time from one event on in which
 * the clock ran without a stop.
 */
typedef struct TsmReplay
{
	const TsmCalendar *calendar;
	int64		target;			/* open time, in microseconds */
	TsmClock	clock;			/* after the last event */
	TimestampTz run_start;		/* of the run that goes on */
	int64		spent;			/* in the runs before it */
	TimestampTz deadline;		/* meaningless while the clock stands, unless late */
	bool		late;			/* a run before has ended past its deadline */
} TsmReplay;

extern void tsm_replay_start(TsmReplay *replay, const TsmCalendar *calendar, int64 target);
extern void tsm_replay_event(TsmReplay *replay, TsmClock clock, TimestampTz when);

/* Open time spent up to now, the running run included. */
extern int64 tsm_replay_spent(const TsmReplay *replay, TimestampTz now);

/* A time in ISO 8601, in UTC. */
extern char *tsm_time_string(TimestampTz when);

/* Time as an interval without days, whose length would depend on a zone. */
extern Datum tsm_interval(int64 usec);
extern int64 tsm_interval_usec(Datum interval);

/* An interval as "04:00:00", whatever IntervalStyle says. */
extern char *tsm_interval_string(Datum interval);

/* ----------------------------------------------------------------
 * guard.c: the kernel every change goes through.
 * ----------------------------------------------------------------
 */

/* A change asked for by an fn_* function, and what came of it. */
typedef struct TsmRequest
{
	const TsmMesa *mesa;
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
 * Run the statement that carries out a request, as the mesa's owner and
 * waiting for locks no longer than ticket_sm.espera_bloqueo (PT423).  Returns
 * whether the ticket was there.
 */
extern bool tsm_guard_run(TsmRequest *request, TsmQuery query, Datum *args, const char *nulls);

/*
 * The same for many requests of one operation, in the order of their tickets,
 * by one statement.  What came of each is in the request.
 */
extern void tsm_guard_run_batch(TsmRequest *requests, int count, TsmQuery query,
								Datum *args, const char *nulls);

/*
 * Call work(arg), in which waits for a lock last no longer than
 * ticket_sm.espera_bloqueo; one that would fails with PT423.
 */
extern void tsm_bounded_wait(void (*work) (void *arg), void *arg);

/*
 * Run a query that writes to a table which only we may write to: its statement
 * trigger tg_refuse, fired so many times by this, lets it pass.
 */
extern int	tsm_guarded_write(const TsmMesa *mesa, TsmQuery query, Datum *args, const char *nulls,
							  const char *table, int triggers);

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
extern text *tsm_label_draw(const TsmMesa *mesa, TimestampTz *now);

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
extern void tsm_event_publish(const TsmMesa *mesa, TsmOperation op, const TicketRow *old,
							  const TicketRow *new, const TsmDue *due);

/* ----------------------------------------------------------------
 * history.c: the events, and their hash chain.
 * ----------------------------------------------------------------
 */
#define TSM_HASH_LENGTH 32

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
extern HeapTuple tsm_history_form(const TsmMesa *mesa, const TsmCaller *caller,
								  const TsmEvent *event, uint8 *hash, MemoryContext cxt);

/* Write rows that were formed so. */
extern void tsm_history_insert(const TsmMesa *mesa, HeapTuple *events, int count);

/* Look the hash of an event up. */
extern void tsm_history_lookup(const TsmMesa *mesa, Datum ticket, int version, uint8 *hash);

/* Hash of an event, given the hash of the one before (NULL: none). */
extern void tsm_history_hash(const TsmMesa *mesa, const HistoryRow *row,
							 const uint8 *previous, uint8 *hash);

/* A value of a canonical form: "length:value,". */
extern void tsm_append_value(StringInfo form, const char *value, int len);

/* SHA-256 of some bytes, by the server's own implementation. */
extern void tsm_sha256(const uint8 *data, size_t len, uint8 *hash);

/* ----------------------------------------------------------------
 * tickets.c: the functions that change a ticket.
 * sweep.c: fn_sla_barrer and fn_sla_recalcular: the clock changes tickets.
 * lookup.c: the functions that read: fn_consultar, fn_ticket, fn_maquina.
 * batch.c: fn_ejecutar_lote.
 * queue.c: fn_bandeja.
 * explain.c: fn_sla_explicar.
 * verify.c: fn_verificar.
 * (They export SQL functions only.)
 * ----------------------------------------------------------------
 */

/* How an operation on a ticket is asked for. */
#define TSM_MAX_ARGS 20
#define TSM_MAX_PARAMS 7

typedef struct TsmOperationCall
{
	const char *params[TSM_MAX_PARAMS]; /* of its function, after ticket_id */
	TsmQuery	query;			/* that carries it out */
	TsmQuery	many;			/* for the tickets of an array */
} TsmOperationCall;

extern const TsmOperationCall tsm_operation_calls[TSM_OPERATIONS];

/*
 * Check the parameters of an operation, which are in fcinfo as those of its
 * function, and put them into a request and the arguments of its statement;
 * the first of those, the ticket, is left to the caller.
 */
extern void tsm_operation_args(FunctionCallInfo fcinfo, TsmRequest *request,
							   Datum *values, char *nulls);

/* The row of the composite type that the SQL function returns (tickets.c). */
extern Datum tsm_result(FunctionCallInfo fcinfo, Datum *values, bool *nulls);

#endif							/* TICKET_SM_H */
