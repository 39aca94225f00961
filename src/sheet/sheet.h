/*-------------------------------------------------------------------------
 *
 * sheet.h
 *	  What there is, once: operations, roles, columns, fields.
 *
 * Operations and roles have code of their own; states have none, so they are
 * known by their OIDs only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_SHEET_H
#define TSM_SHEET_H

#include "sheet/columns.h"
#include "sheet/refusals.h"
#include "sheet/tables.h"

/* The operations: operations.h. */
typedef enum TsmOperation
{
#define OP(id, ...) id,
#include "sheet/operations.h"
#undef OP
	TSM_OPERATIONS
} TsmOperation;

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
	CLOCK_PAUSED,
	CLOCK_ENDS
} TsmClock;

/* The two stopwatches of a ticket: sla_politica.objetivo. */
typedef enum TsmTarget
{
	TARGET_FIRST_RESPONSE,
	TARGET_RESOLUTION
} TsmTarget;

#define TSM_TARGETS	(TARGET_RESOLUTION + 1)

/* Sets of columns whose change is the business of an operation. */
#define TSM_ASSIGNMENT COLUMNS_THAT(IS_PLACE)
#define TSM_CLASSIFICATION COLUMNS_THAT(IS_CLASS)

/* What a text is: base/texts.c says what each of them may hold. */
typedef enum TsmTextKind
{
	TEXT_LINES,					/* what somebody writes */
	TEXT_LINE,					/* the same, in one line */
	TEXT_NAME,					/* by which something is found again */
	TEXT_ADDRESS,				/* of e-mail */
	TEXT_FILE					/* what a file is called */
} TsmTextKind;

/* The text fields: fields.h. */
typedef enum TsmField
{
#define FIELD(id, ...) id,
#include "sheet/fields.h"
#undef FIELD
	TSM_FIELDS
} TsmField;

#define TSM_NO_COLUMN (-1)

typedef struct TsmFieldRow
{
	const char *name;			/* parameter */
	int			column;			/* of ticket, or TSM_NO_COLUMN */
	TsmTextKind kind;
	int			min;			/* characters */
	int			max;
} TsmFieldRow;

extern const TsmFieldRow tsm_fields[TSM_FIELDS];

/* What an operation is, and what it is called with. */
typedef enum TsmOperationKind
{
	CREATES,
	ON_TICKET,
	OF_REQUESTERS,
	ON_FILES,					/* on a ticket too, and on a file of it */
	READS,
	THE_CLOCKS
} TsmOperationKind;

typedef enum TsmParamKind
{
	PARAM_NONE,					/* end of a list */
	PARAM_TICKET,
	PARAM_LABEL,				/* of the ticket, which the address behind it opens */
	PARAM_TEXT,
	PARAM_WORD,					/* a text without rules */
	PARAM_TYPE,
	PARAM_PRIORITY,
	PARAM_AREA,
	PARAM_AGENT,
	PARAM_BOOLEAN,
	PARAM_TIME,					/* that is still to come */
	PARAM_RATING,				/* a whole number, TSM_WORST to TSM_BEST */
	PARAM_ADDRESS,
	PARAM_OTHER,				/* another ticket */
	PARAM_RELATION,				/* what a ticket is to the other one */
	PARAM_VERSION,
	PARAM_UUID,					/* a ticket that may be named otherwise, or a file */
	PARAM_BYTES
} TsmParamKind;

typedef enum TsmParamDemand
{
	OPTIONAL,
	REQUIRED,
	ONE_OF,						/* one of several in a row */
	OR_FIRST_AREA,				/* the area that every desk begins with */
	INSTEAD						/* names the ticket, where its uuid is not given */
} TsmParamDemand;

/* How a solution is rated. */
#define TSM_WORST 1
#define TSM_BEST 5

#define TSM_FIRST_AREA "MESA"

typedef struct TsmParam
{
	TsmParamKind kind;
	TsmField	field;			/* of a text */
	const char *name;
	const char *json;			/* over HTTP, NULL: not in the body */
	TsmParamDemand demand;
	const char *help;			/* for the OpenAPI document */
} TsmParam;

#define TSM_MAX_PARAMS 15

typedef struct TsmOperationRow
{
	const char *name;
	TsmOperationKind kind;
	bool		needs_reason;
	uint64		may_change;		/* columns: 1 << TicketColumn */
	const char *participle;
	const char *summary;
	const char *notes;
	const char *statement;
	TsmParam	param[TSM_MAX_PARAMS + 1];
} TsmOperationRow;

extern const TsmOperationRow tsm_operations[TSM_OPERATIONS];

/* Does an operation change a ticket that is there already, for somebody? */
static inline bool
tsm_changes_ticket(TsmOperation op)
{
	return tsm_operations[op].kind == ON_TICKET || tsm_operations[op].kind == OF_REQUESTERS ||
		tsm_operations[op].kind == ON_FILES;
}

/* What a parameter is called in SQL, whether it must be given, and how many there are. */
extern const char *tsm_param_name(const TsmParam *param);
extern int	tsm_param_count(const TsmOperationRow *op);

static inline bool
tsm_param_required(const TsmOperationRow *op, const TsmParam *param)
{
	if (param->kind == PARAM_TEXT && param->field == F_MOTIVO)
		return op->needs_reason;
	return param->demand == REQUIRED;
}

/* What a ticket is to another one, and the other one then to it: vinculo.relacion has the former. */
typedef enum TsmRelation
{
	RELATION_RELATED,
	RELATION_PARENT,
	RELATION_DUPLICATE,
	TSM_RELATIONS
} TsmRelation;

extern const char *const tsm_relation_names[TSM_RELATIONS];
extern const char *const tsm_relation_inverse[TSM_RELATIONS];

/* An operation on two tickets at once. */
static inline bool
tsm_is_of_links(const TsmOperationRow *op)
{
	return op->param[1].kind == PARAM_OTHER;
}

/* The names of all that, as they stand in the tables. */
extern const char *const tsm_operation_names[TSM_OPERATIONS];
extern const char *const tsm_role_names[TSM_ROLES];
extern const char *const tsm_clock_names[];
extern const char *const tsm_target_names[TSM_TARGETS];

#endif							/* TSM_SHEET_H */
