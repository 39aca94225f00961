/*-------------------------------------------------------------------------
 *
 * operate.c
 *	  Operations on a ticket: their parameters and statements.
 *
 * Which parameters an operation has, what they hold and which statement carries
 * it out is on the sheet.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "utils/builtins.h"

#include "api/api.h"

/* The type that a parameter has in a statement. */
static Oid
param_type(TsmParamKind kind)
{
	switch (kind)
	{
		case PARAM_TICKET:
		case PARAM_LABEL:
		case PARAM_AGENT:
		case PARAM_OTHER:
		case PARAM_UUID:
			return UUIDOID;
		case PARAM_TYPE:
			return TICKET_TYPE_ARG;
		case PARAM_BOOLEAN:
			return BOOLOID;
		case PARAM_TIME:
			return TIMESTAMPTZOID;
		case PARAM_ADDRESS:
			return INETOID;
		case PARAM_VERSION:
		case PARAM_RATING:
			return INT4OID;
		case PARAM_BYTES:
			return BYTEAOID;
		default:
			return TEXTOID;
	}
}

const TsmQuery *
tsm_operation_query(TsmOperation op)
{
	static TsmQuery queries[TSM_OPERATIONS];	/* known by their addresses */
	const TsmOperationRow *row = &tsm_operations[op];
	TsmQuery   *query = &queries[op];

	if (query->text == NULL)
	{
		query->nargs = tsm_param_count(row);
		for (int i = 0; i < query->nargs; i++)
			query->argtype[i] = param_type(row->param[i].kind);
		query->planning = PLAN_BY_INDEX;
		if (row->kind == CREATES)
		{
			query->argtype[query->nargs++] = UUIDOID;	/* its uuid */
			query->argtype[query->nargs++] = BYTEAOID;	/* fingerprint of its key */
			query->planning = PLAN_ONCE;
		}
		else
			for (int i = 0; i < 2; i++)
				query->argtype[query->nargs++] = TICKET_STATES_ARG;
		query->text = row->statement;
	}
	return query;
}

/* ----------------------------------------------------------------
 * Parameters
 * ----------------------------------------------------------------
 */
void
tsm_args_init(TsmArgs *args)
{
	memset(args->isnull, 'n', sizeof(args->isnull));
	memset(args->value, 0, sizeof(args->value));
}

void
tsm_args_set(TsmArgs *args, int i, Datum value)
{
	args->value[i] = value;
	args->isnull[i] = ' ';
}

static void
set_name(TsmArgs *args, int i, const TsmName *name)
{
	if (name != NULL)
		tsm_args_set(args, i, CStringGetTextDatum(name->name));
}

/* Does an empty string take away what the ticket has there?  So it is with columns that may be empty. */
static bool
may_clear(const TsmOperationRow *op, TsmField field)
{
	int			col = tsm_fields[field].column;

	return op->kind == ON_TICKET && col != TSM_NO_COLUMN && !tsm_ticket_column[col].notnull;
}

/* A text; some are not of the ticket but of the event. */
static TsmRefusal *
take_text(FunctionCallInfo fcinfo, int i, const TsmParam *param, bool required,
		  TsmRequest *request, TsmArgs *args)
{
	text	   *value;
	TsmRefusal *refusal = tsm_arg_field(fcinfo, i, param->field, required, &value);

	if (refusal != NULL)
		return refusal;
	if (value == NULL && !PG_ARGISNULL(i) && may_clear(&tsm_operations[request->op], param->field))
		value = cstring_to_text("");	/* the guard makes it NULL */
	if (value == NULL)
		return NULL;
	tsm_args_set(args, i, PointerGetDatum(value));
	if (param->field == F_MOTIVO)
		request->reason = value;
	else if (param->field == F_NOTA)
		request->note = value;
	else if (param->field == F_RESPUESTA)
		request->answer = value;
	else if (param->field == F_MENSAJE || param->field == F_COMENTARIO)
		request->message = value;
	else if (param->field == F_CLAVE)
		request->key = value;
	return NULL;
}

static TsmRefusal *
take_word(FunctionCallInfo fcinfo, int i, const TsmParam *param, bool required, TsmArgs *args)
{
	text	   *value = tsm_arg_text(fcinfo, i);

	if (value != NULL)
		tsm_args_set(args, i, PointerGetDatum(value));
	else if (required)
		return tsm_refusal(REFUSE_MISSING_FIELD, param->name, NULL, NULL);
	return NULL;
}

/* A name of a catalogue. */
static TsmRefusal *
take_name(FunctionCallInfo fcinfo, int i, const TsmParam *param, bool required,
		  const TsmDesk *desk, const TsmNameList *list, TsmArgs *args)
{
	const TsmName *found;
	TsmRefusal *refusal = tsm_arg_listed(fcinfo, i, param->name, desk, list, required, &found);

	if (refusal == NULL && found != NULL && param->kind == PARAM_TYPE)
		tsm_args_set(args, i, ObjectIdGetDatum(found->oid));
	else if (refusal == NULL)
		set_name(args, i, found);
	return refusal;
}

/* An area: one that tickets can be handed to. */
static TsmRefusal *
take_area(FunctionCallInfo fcinfo, int i, const TsmParam *param, bool required,
		  const TsmDesk *desk, TsmArgs *args)
{
	const TsmName *area;
	TsmRefusal *refusal = tsm_arg_listed(fcinfo, i, param->name, desk, &desk->areas, required, &area);

	if (refusal == NULL && area == NULL && param->demand == OR_FIRST_AREA)
	{
		area = tsm_name_find(&desk->areas, TSM_FIRST_AREA);
		if (area == NULL)
			area = tsm_name_former(&desk->areas, TSM_FIRST_AREA);
		if (area == NULL)
			return tsm_refusal(REFUSE_MISSING_FIELD, param->name, NULL, NULL);
		if (!area->active)		/* nobody has named it */
			return tsm_refusal(REFUSE_BAD_FIELD, param->name,
							   psprintf("None was given, and area \"%s\", which gets such tickets, is switched off.",
										area->name),
							   psprintf("Valid values: %s.", tsm_name_list(&desk->areas)));
	}
	if (refusal == NULL && area != NULL)
		refusal = tsm_area_active_refusal(&desk->areas, area);
	if (refusal == NULL)
		set_name(args, i, area);
	return refusal;
}

/* Bytes, which are not looked at here; there must be some. */
static TsmRefusal *
check_bytes(FunctionCallInfo fcinfo, int i, const TsmParam *param)
{
	if (PG_ARGISNULL(i))
		return tsm_refusal(REFUSE_MISSING_FIELD, param->name, NULL, NULL);
	if (toast_raw_datum_size(PG_GETARG_DATUM(i)) <= VARHDRSZ)
		return tsm_refusal(REFUSE_SHORT_FIELD, param->name, "The file is empty; at least 1 byte is required.", NULL);
	return NULL;
}

/* The longest time that something is put off. */
#define MOST_YEARS 10

/* A time that is still to come. */
static TsmRefusal *
take_time(FunctionCallInfo fcinfo, int i, const TsmParam *param, TsmRequest *request, TsmArgs *args)
{
	TimestampTz now = tsm_now();
	TimestampTz value;

	if (PG_ARGISNULL(i))
		return NULL;
	value = PG_GETARG_TIMESTAMPTZ(i);
	if (TIMESTAMP_NOT_FINITE(value))
		return tsm_refusal(REFUSE_BAD_FIELD, param->name, "It is no time.", "Leave it out for a pause without an end.");
	if (value <= now)
		return tsm_refusal(REFUSE_BAD_FIELD, param->name,
						   psprintf("It is not after now, which is %s.", tsm_time_string(now)), NULL);
	if (value > now + MOST_YEARS * 366 * USECS_PER_DAY)
		return tsm_refusal(REFUSE_BAD_FIELD, param->name, psprintf("It is more than %d years ahead.", MOST_YEARS), NULL);
	tsm_args_set(args, i, PG_GETARG_DATUM(i));
	request->has_until = true;
	request->until = value;
	return NULL;
}

static TsmRefusal *
take_rating(FunctionCallInfo fcinfo, int i, const TsmParam *param, TsmRequest *request, TsmArgs *args)
{
	if (PG_ARGISNULL(i))
		return tsm_refusal(REFUSE_MISSING_FIELD, param->name, NULL, NULL);
	if (PG_GETARG_INT32(i) < TSM_WORST || PG_GETARG_INT32(i) > TSM_BEST)
		return tsm_refusal(REFUSE_BAD_FIELD, param->name, psprintf("The value is %d.", PG_GETARG_INT32(i)),
						   psprintf("It is a whole number from %d (very bad) to %d (very good).", TSM_WORST, TSM_BEST));
	tsm_args_set(args, i, PG_GETARG_DATUM(i));
	request->rating->rating = PG_GETARG_INT32(i);
	return NULL;
}

/* The address that is given, or else the client's. */
static void
take_address(FunctionCallInfo fcinfo, int i, const TsmCaller *caller, TsmArgs *args)
{
	Datum		address = PG_ARGISNULL(i) ? caller->address : PG_GETARG_DATUM(i);

	if (address != (Datum) 0)
		tsm_args_set(args, i, address);
}

/* What a ticket is to another one, as the name of that. */
static TsmRefusal *
take_relation(FunctionCallInfo fcinfo, int i, const TsmParam *param, bool required, TsmArgs *args)
{
	text	   *value = tsm_arg_text(fcinfo, i);
	char	   *name;

	if (value == NULL)
		return required ? tsm_refusal(REFUSE_MISSING_FIELD, param->name, NULL, NULL) : NULL;
	name = text_to_cstring(value);
	for (int r = 0; r < TSM_RELATIONS; r++)
		if (pg_strcasecmp(tsm_relation_names[r], name) == 0)
		{
			tsm_args_set(args, i, CStringGetTextDatum(tsm_relation_names[r]));
			return NULL;
		}
	return tsm_bad_value(param->name, name, NULL, "Valid values: relacionado, padre, duplicado.");
}

/* Another ticket. */
static TsmRefusal *
take_other(FunctionCallInfo fcinfo, int i, const TsmParam *param, TsmArgs *args)
{
	if (PG_ARGISNULL(i))
		return tsm_refusal(REFUSE_MISSING_FIELD, param->name, NULL, NULL);
	tsm_args_set(args, i, PG_GETARG_DATUM(i));
	return NULL;
}

/* Check a parameter and take it; what is against it. */
static TsmRefusal *
take_param(FunctionCallInfo fcinfo, int i, TsmRequest *request, TsmArgs *args)
{
	const TsmOperationRow *op = &tsm_operations[request->op];
	const TsmParam *param = &op->param[i];
	const TsmDesk *desk = request->desk;
	bool		required = tsm_param_required(op, param);

	switch (param->kind)
	{
		case PARAM_TEXT:
			return take_text(fcinfo, i, param, required, request, args);
		case PARAM_LABEL:
		case PARAM_WORD:
			return take_word(fcinfo, i, param, required, args);
		case PARAM_TYPE:
			return take_name(fcinfo, i, param, required, desk, &desk->types, args);
		case PARAM_PRIORITY:
			return take_name(fcinfo, i, param, required, desk, &desk->priorities, args);
		case PARAM_AREA:
			return take_area(fcinfo, i, param, required, desk, args);
		case PARAM_AGENT:
			request->names_agent = !PG_ARGISNULL(i);
			if (request->names_agent)
				tsm_args_set(args, i, PG_GETARG_DATUM(i));
			break;
		case PARAM_OTHER:
			return take_other(fcinfo, i, param, args);
		case PARAM_RELATION:
			return take_relation(fcinfo, i, param, required, args);
		case PARAM_BOOLEAN:
			tsm_args_set(args, i, BoolGetDatum(!PG_ARGISNULL(i) && PG_GETARG_BOOL(i)));
			break;
		case PARAM_TIME:
			return take_time(fcinfo, i, param, request, args);
		case PARAM_RATING:
			return take_rating(fcinfo, i, param, request, args);
		case PARAM_ADDRESS:
			take_address(fcinfo, i, &request->caller, args);
			break;
		case PARAM_VERSION:
			request->has_version = !PG_ARGISNULL(i);
			request->version = request->has_version ? PG_GETARG_INT32(i) : 0;
			break;
		case PARAM_UUID:
			if (PG_ARGISNULL(i) && required)
				return tsm_refusal(REFUSE_MISSING_FIELD, param->name, NULL, NULL);
			break;
		case PARAM_BYTES:
			return check_bytes(fcinfo, i, param);
		default:				/* the ticket, which is the caller's business */
			break;
	}
	return NULL;
}

/* Of the parameters first to last - 1, one must be given: else each of them is to blame. */
static void
require_one(const TsmOperationRow *op, int first, int last, const TsmArgs *args, TsmFaults *faults)
{
	StringInfoData names;
	TsmRefusal *refusal;

	initStringInfo(&names);
	for (int i = first; i < last; i++)
	{
		if (args->isnull[i] != 'n' || tsm_fault_of(faults, i) != NULL)
			return;
		appendStringInfo(&names, "%s\"%s\"", i == first ? "" : i == last - 1 ? " and " : ", ",
						 tsm_param_name(&op->param[i]));
	}
	refusal = tsm_refusal(REFUSE_MISSING_FIELDS, names.data, NULL, NULL);
	refusal->subject = NULL;
	for (int i = first; i < last; i++)
		tsm_fault_add(faults, i, refusal);
}

void
tsm_operation_args(FunctionCallInfo fcinfo, TsmRequest *request, TsmArgs *args, TsmFaults *faults)
{
	const TsmOperationRow *op = &tsm_operations[request->op];
	int			first = -1;		/* of those of which one is required */

	tsm_args_init(args);
	for (int i = 0; op->param[i].kind != PARAM_NONE; i++)
	{
		if (op->param[i].demand == ONE_OF)
			first = first < 0 ? i : first;
		else if (first >= 0)
		{
			require_one(op, first, i, args, faults);
			first = -1;
		}
		tsm_fault_add(faults, i, take_param(fcinfo, i, request, args));
	}
	tsm_faults_raise(faults);
}

/* ----------------------------------------------------------------
 * Changing a ticket
 * ----------------------------------------------------------------
 */
void
tsm_request_begin(TsmRequest *request, TsmOperation op)
{
	memset(request, 0, offsetof(TsmRequest, row));
	request->op = op;
	request->desk = tsm_desk_current();
	tsm_caller_begin(request->desk, &request->caller, op);
}

void
tsm_request_init(TsmRequest *request, TsmOperation op)
{
	memset(request, 0, offsetof(TsmRequest, row));
	request->op = op;
	request->desk = tsm_desk_current();
	tsm_caller_identify(request->desk, &request->caller);
}

/* The ticket, and the machine: see the sheet's statements. */
void
tsm_operation_target(const TsmRequest *request, Datum ticket, TsmArgs *args)
{
	int			count = tsm_operation_query(request->op)->nargs - 2;

	tsm_args_set(args, 0, ticket);
	tsm_args_set(args, count, request->desk->states);
	tsm_args_set(args, count + 1, request->desk->after[request->op]);
}

TsmRefusal *
tsm_no_ticket(const pg_uuid_t *id)
{
	return tsm_refusal(REFUSE_NOT_FOUND, NULL,
					   psprintf("There is no ticket %s.",
								DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)))), NULL);
}
