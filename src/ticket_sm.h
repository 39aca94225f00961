/*-------------------------------------------------------------------------
 *
 * ticket_sm.h
 *	  What all layers share: what a backend knows of a desk.
 *
 * The layers, each with a header of its own, see only those before them:
 *
 *	  sheet		what there is: operations, columns, fields
 *	  base		plans, acting as the owner, lock waits, sealed tables, values
 *	  desk		what a backend knows of a desk, and who is calling
 *	  sla		business time, policies, the clock of a ticket
 *	  guard		the two triggers that every change goes through
 *	  api		the SQL functions
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICKET_SM_H
#define TICKET_SM_H

#include "access/attnum.h"
#include "access/htup_details.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/hsearch.h"
#include "utils/palloc.h"
#include "utils/uuid.h"

#include "sheet/sheet.h"

/*
 * A TsmDesk lives at least until the end of the transaction that got it, also
 * when a newer one has taken its place.
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
	const char *table;			/* which the names are of; NULL: a type, which keeps its name */
	const struct TsmRenames *renames;	/* as of the same moment */
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
	bool		to_close;		/* and on to the close of the last day */
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

typedef struct TsmDesk
{
	MemoryContext cxt;			/* holds all of this */
	Oid			nspid;
	char	   *schema;			/* quoted as an identifier */
	char	   *search_path;	/* for users' code, NULL if there is none */
	char	   *template_version;	/* of the template that made it */
	Oid			owner;
	Oid			table[TSM_TABLE_COUNT];
	bool		stale;			/* one of them has changed since it was read */
	TimestampTz read_in;		/* a transaction that began then has read it */
	bool		is_full;		/* too many agents are kept: read it anew */
	Oid			ticket_relid;
	Oid			history_relid;
	Oid			counter_relid;
	Oid			event_sequence;
	Oid			calendar_relid; /* calendario_version */
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
	Oid			states_type;	/* ticket_state[] */
	Datum		states;			/* all states, and by operation those after them: */
	Datum		after[TSM_OPERATIONS];	/* the same as next, for SQL */
	bool		may[TSM_OPERATIONS][TSM_ROLES];
	Oid			operation_oid[TSM_OPERATIONS];
	Oid			role_oid[TSM_ROLES];
	char	   *role_member[TSM_ROLES]; /* database role, as it is called now, or NULL */
	char	   *role_named[TSM_ROLES];	/* as the table has it */

	/* settings and catalogues */
	pg_tz	   *timezone;
	char	   *label_prefix;
	int			label_digits;
	bool		clock_runs_in_pause;
	int			closing_days;	/* after which the sweep closes what is resolved, 0: never */
	char	   *closing_calendar;	/* whose open days they are, or NULL: of 24 hours */
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
	struct TsmCarried *carried; /* the name that foreign keys carry on now */
	Oid			last_caller;	/* the role that role_of() was asked for */
	TsmRole		last_role;		/* and its answer */
	bool		last_owner;		/* and whether it may do all that the owner may */
	Oid			last_user;		/* likewise for agents */
	const TsmAgent *last_agent;
} TsmDesk;

#endif							/* TICKET_SM_H */
