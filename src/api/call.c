/*-------------------------------------------------------------------------
 *
 * call.c
 *	  From JSON to the parameters of an operation.
 *
 * fn_ejecutar_lote names them as in SQL, and refuses a key that it does not
 * know.  Over HTTP they have names of their own, and clients send more than is
 * asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"

#include "api/api.h"

/* ----------------------------------------------------------------
 * Members
 * ----------------------------------------------------------------
 */
TsmMembers *
tsm_members_new(void)
{
	TsmMembers *members = palloc0(sizeof(TsmMembers));

	members->room = 8;
	members->item = palloc(members->room * sizeof(TsmMember));
	return members;
}

TsmMember *
tsm_member_find(const TsmMembers *members, const char *name)
{
	for (int i = 0; i < members->count; i++)
		if (strcmp(members->item[i].name, name) == 0)
			return &members->item[i];
	return NULL;
}

TsmMember *
tsm_member_add(TsmMembers *members, const char *name)
{
	TsmMember  *member = tsm_member_find(members, name);

	if (member == NULL)
	{
		if (members->count == members->room)
		{
			members->room *= 2;
			members->item = repalloc(members->item, members->room * sizeof(TsmMember));
		}
		member = &members->item[members->count++];
	}
	member->name = name;
	member->type = "null";
	member->text = NULL;
	return member;
}

void
tsm_member_of_jsonb(TsmMember *member, const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			break;
		case jbvString:
			member->type = "string";
			member->text = pnstrdup(value->val.string.val, value->val.string.len);
			break;
		case jbvNumeric:
			member->type = "number";
			member->text = DatumGetCString(DirectFunctionCall1(numeric_out,
															   NumericGetDatum(value->val.numeric)));
			break;
		case jbvBool:
			member->type = "boolean";
			member->text = value->val.boolean ? "true" : "false";
			break;
		default:
			member->type = "object";
			break;
	}
}

/* ----------------------------------------------------------------
 * Values, as HTTP has them
 * ----------------------------------------------------------------
 */

/* A uuid in its usual form, NULL if there is nothing but blanks. */
static TsmRefusal *
read_uuid(const char *name, const char *str, const char **value)
{
	size_t		len;

	str += strspn(str, " \t\n\r");
	len = strlen(str);
	while (len > 0 && strchr(" \t\n\r", str[len - 1]) != NULL)
		len--;
	*value = len == 0 ? NULL : pnstrdup(str, len);
	if (len > 0 && !tsm_is_uuid(*value))
		return tsm_refusal(REFUSE_NO_UUID, name, "A uuid looks like 123e4567-e89b-42d3-a456-426614174000.", NULL);
	return NULL;
}

/* An integer as it is written: no fraction, no exponent. */
static TsmRefusal *
check_integer(const char *name, const char *str)
{
	const char *digits = str + (str[0] == '-' ? 1 : 0);
	size_t		len = strlen(digits);

	if (len < 1 || len > 10 || strspn(digits, "0123456789") != len ||
		strtoll(str, NULL, 10) < PG_INT32_MIN || strtoll(str, NULL, 10) > PG_INT32_MAX)
		return tsm_refusal(REFUSE_NO_INTEGER, name, "A whole number of at most 2147483647 is expected.", NULL);
	return NULL;
}

/* The JSON type that stands for a type of ours. */
static const char *
json_type(const char *type)
{
	if (strcmp(type, "uuid") == 0 || strcmp(type, "date-time") == 0)
		return "string";
	if (strcmp(type, "integer") == 0)
		return "number";
	return type;
}

TsmRefusal *
tsm_member_read(const TsmMembers *members, const char *name, const char *type, const char **value)
{
	const TsmMember *member = tsm_member_find(members, name);

	*value = NULL;
	if (member == NULL || strcmp(member->type, "null") == 0)
		return NULL;
	if (strcmp(member->type, json_type(type)) != 0)
		return tsm_refusal(REFUSE_WRONG_TYPE, name,
						   psprintf("The JSON type is %s; %s is expected.", member->type, type), NULL);
	if (strcmp(type, "uuid") == 0)
		return read_uuid(name, member->text, value);
	*value = member->text;
	return strcmp(type, "integer") == 0 ? check_integer(name, member->text) : NULL;
}

const char *
tsm_member_text(const TsmMembers *members, const char *name, const char *type)
{
	const char *value;

	tsm_raise_if(tsm_member_read(members, name, type, &value));
	return value;
}

/* ----------------------------------------------------------------
 * Parameters
 * ----------------------------------------------------------------
 */
void
tsm_call_init(FunctionCallInfo call)
{
	InitFunctionCallInfoData(*call, NULL, TSM_MAX_PARAMS, InvalidOid, NULL, NULL);
	for (int i = 0; i < TSM_MAX_PARAMS; i++)
		call->args[i].isnull = true;
}

void
tsm_call_set(FunctionCallInfo call, int i, Datum value)
{
	call->args[i].value = value;
	call->args[i].isnull = false;
}

tsm_noreturn static void
bad_data(const char *detail)
{
	tsm_refuse(REFUSE_BAD_FIELD, "datos", detail, NULL);
}

/* What a batch gives for a parameter: strings and numbers, in whatever way. */
static const char *
data_text(const TsmMembers *members, const char *name)
{
	const TsmMember *member = tsm_member_find(members, name);

	if (member == NULL || strcmp(member->type, "null") == 0)
		return NULL;
	if (strcmp(member->type, "string") != 0 && strcmp(member->type, "number") != 0)
		bad_data(psprintf("The value of \"%s\" is neither a string nor a number.", name));
	return member->text;
}

/* Is a text, up to where it is left, of a form whose letters d are digits? */
static bool
has_form(const char **str, const char *form)
{
	const char *at = *str;

	for (; *form != '\0'; form++, at++)
		if (*form == 'd' ? !isdigit((unsigned char) *at) : *at != *form)
			return false;
	*str = at;
	return true;
}

/* The time of a day that there is, and how far it is from UTC, if that is said. */
static bool
is_time_of_day(const char *str)
{
	const char *at = str;

	if (!has_form(&at, "Tdd:dd") || atoi(str + 1) > 23 || atoi(str + 4) > 59)
		return false;
	str = at;
	if (has_form(&at, ":dd") && atoi(str + 1) > 59)
		return false;
	if (at != str && *at == '.')
	{
		size_t		digits = strspn(at + 1, "0123456789");

		if (digits == 0)
			return false;
		at += digits + 1;
	}
	if (*at == '\0' || strcmp(at, "Z") == 0)
		return true;
	str = at + 1;
	if ((*at != '+' && *at != '-') || !has_form(&str, "dd") || strncmp(str - 2, "15", 2) > 0)
		return false;
	at = str;
	return *at == '\0' || ((has_form(&at, ":dd") || has_form(&at, "dd")) && *at == '\0' && at[-2] < '6');
}

TsmRefusal *
tsm_time_read(const TsmDesk *desk, const char *name, const char *str, bool end, Datum *value)
{
	const char *at = str;
	int			year;
	int			month;
	int			day;
	Datum		local;

	if (has_form(&at, "dddd-dd-dd"))
		j2date(date2j(atoi(str), atoi(str + 5), atoi(str + 8)), &year, &month, &day);
	if (at == str || year < 1 || year != atoi(str) || month != atoi(str + 5) || day != atoi(str + 8) ||
		(*at != '\0' && !is_time_of_day(at)))
		return tsm_refusal(REFUSE_BAD_FIELD, name, NULL,
						   "It is a day (2026-12-31) or a time in ISO 8601 (2026-12-31T23:59:59Z); "
						   "the sign + is written %2B in an address.");
	if (*at != '\0' && strpbrk(at, "+-Z") != NULL)
	{
		*value = DirectFunctionCall3(timestamptz_in, CStringGetDatum(str), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
		return NULL;
	}
	local = DirectFunctionCall3(timestamp_in, CStringGetDatum(str), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	if (*at == '\0' && end)
		local = TimestampGetDatum(DatumGetTimestamp(local) + USECS_PER_DAY);
	*value = DirectFunctionCall2(timestamp_zone, CStringGetTextDatum(pg_get_timezone_name(desk->timezone)), local);
	return NULL;
}

static Datum
param_value(const TsmParam *param, const char *str)
{
	switch (param->kind)
	{
		case PARAM_VERSION:
		case PARAM_RATING:
			return DirectFunctionCall1(int4in, CStringGetDatum(str));
		case PARAM_AGENT:
		case PARAM_OTHER:
			return DirectFunctionCall1(uuid_in, CStringGetDatum(str));
		case PARAM_BOOLEAN:
			return BoolGetDatum(strcmp(str, "true") == 0);
		default:
			return CStringGetTextDatum(str);
	}
}

const char *
tsm_param_json_type(const TsmParam *param)
{
	switch (param->kind)
	{
		case PARAM_VERSION:
		case PARAM_RATING:
			return "integer";
		case PARAM_AGENT:
		case PARAM_OTHER:
		case PARAM_UUID:
			return "uuid";
		case PARAM_BYTES:
			return "bytea";
		case PARAM_BOOLEAN:
			return "boolean";
		case PARAM_TIME:
			return "date-time";
		default:
			return "string";
	}
}

static void
refuse_unknown(const TsmOperationRow *op, const TsmMembers *members)
{
	for (int m = 0; m < members->count; m++)
	{
		int			i = 0;

		while (op->param[i].kind != PARAM_NONE &&
			   (op->param[i].kind == PARAM_TICKET ||
				strcmp(tsm_param_name(&op->param[i]), members->item[m].name) != 0))
			i++;
		if (op->param[i].kind == PARAM_NONE)
			bad_data(psprintf("\"%s\" has no parameter \"%s\".", op->name, members->item[m].name));
	}
}

/* Over HTTP the version is looked at first, then the reason: so it is with several bad fields. */
static int
turn_of(const TsmParam *param, TsmKeys keys)
{
	if (keys == TSM_KEYS_OF_SQL)
		return 0;
	if (param->kind == PARAM_VERSION)
		return 0;
	return param->kind == PARAM_TEXT && param->field == F_MOTIVO ? 1 : 2;
}

static TsmRefusal *
map_param(FunctionCallInfo call, int i, const TsmParam *param, const TsmMembers *members, TsmKeys keys)
{
	const char *str;
	TsmRefusal *refusal = NULL;

	if (!call->args[i].isnull || param->json == NULL)
		return NULL;
	if (keys == TSM_KEYS_OF_SQL)
		str = data_text(members, tsm_param_name(param));
	else
		refusal = tsm_member_read(members, param->json, tsm_param_json_type(param), &str);
	if (refusal != NULL || str == NULL)
		return refusal;
	if (param->kind == PARAM_TIME)
	{
		Datum		value;

		/* a form that is left empty says nothing */
		if (str[0] == '\0')
			return NULL;
		refusal = tsm_time_read(tsm_desk_current(), keys == TSM_KEYS_OF_SQL ? param->name : param->json, str, false, &value);
		if (refusal == NULL)
			tsm_call_set(call, i, value);
		return refusal;
	}
	tsm_call_set(call, i, param_value(param, str));
	return NULL;
}

void
tsm_call_map(FunctionCallInfo call, const TsmOperationRow *op, const TsmMembers *members, TsmKeys keys,
			 TsmFaults *faults)
{
	if (keys == TSM_KEYS_OF_SQL)
		refuse_unknown(op, members);
	for (int turn = 0; turn < 3; turn++)
		for (int i = 0; op->param[i].kind != PARAM_NONE; i++)
			if (turn_of(&op->param[i], keys) == turn)
				tsm_fault_add(faults, i, map_param(call, i, &op->param[i], members, keys));
}

/* ----------------------------------------------------------------
 * What is against them
 * ----------------------------------------------------------------
 */
const TsmRefusal *
tsm_fault_of(const TsmFaults *faults, int param)
{
	for (int i = 0; faults != NULL && i < faults->count; i++)
		if (faults->param[i] == param)
			return faults->refusal[i];
	return NULL;
}

void
tsm_fault_note(TsmFaults *faults, int param, const TsmRefusal *refusal)
{
	if (faults == NULL)
		tsm_raise(refusal);
	if (tsm_fault_of(faults, param) != NULL)	/* so its value was not taken */
		return;
	faults->param[faults->count] = param;
	faults->refusal[faults->count++] = refusal;
}
