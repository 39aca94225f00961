/*-------------------------------------------------------------------------
 *
 * rest_request.c
 *	  Reading the JSON of a request to the REST API.
 *
 * rest/api.js wraps the client's body, as it came, into one object, and what
 * stood in the path beside it: {"datos": {...}, "ticket_id": "..."}.  It is
 * json, not jsonb, so that nothing of it is looked at before the caller's role
 * is, and that numbers are seen as they were written.  One pass takes up what
 * is on those two levels.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonfuncs.h"

#include "api/api.h"

#define DATA "datos"

typedef struct BodyReading
{
	TsmBody    *body;
	int			depth;			/* of objects and arrays that are open */
	bool		in_data;		/* within the member datos */
	TsmMember  *member;			/* whose value comes next */
} BodyReading;

static void
take_value(BodyReading *r, const char *type, const char *str)
{
	if (r->depth == 0)
		r->body->type = type;
	if (r->member == NULL)
		return;
	r->member->type = type;
	r->member->text = str;
	r->member = NULL;
}

TSM_JSON_ACTION
start_object(void *state)
{
	BodyReading *r = state;

	take_value(r, "object", NULL);
	r->depth++;
	TSM_JSON_DONE;
}

TSM_JSON_ACTION
start_array(void *state)
{
	BodyReading *r = state;

	take_value(r, "array", NULL);
	r->depth++;
	TSM_JSON_DONE;
}

TSM_JSON_ACTION
end_nesting(void *state)
{
	((BodyReading *) state)->depth--;
	TSM_JSON_DONE;
}

TSM_JSON_ACTION
start_field(void *state, char *name, bool isnull)
{
	BodyReading *r = state;

	if (r->depth == 1)
	{
		r->member = tsm_member_add(r->body->members, name);
		r->in_data = strcmp(name, DATA) == 0;
		if (r->in_data)			/* the last of several counts */
			r->body->data->count = 0;
	}
	else if (r->depth == 2 && r->in_data)
		r->member = tsm_member_add(r->body->data, name);
	TSM_JSON_DONE;
}

TSM_JSON_ACTION
take_scalar(void *state, char *token, JsonTokenType type)
{
	BodyReading *r = state;

	switch (type)
	{
		case JSON_TOKEN_STRING:
			take_value(r, "string", token);
			break;
		case JSON_TOKEN_NUMBER:
			take_value(r, "number", token);
			break;
		case JSON_TOKEN_TRUE:
			take_value(r, "boolean", "true");
			break;
		case JSON_TOKEN_FALSE:
			take_value(r, "boolean", "false");
			break;
		default:
			take_value(r, "null", NULL);
			break;
	}
	TSM_JSON_DONE;
}

void
tsm_body_read(text *json, TsmBody *body)
{
	BodyReading reading = {body, 0, false, NULL};
	JsonSemAction actions = {0};

	body->type = "object";
	body->members = tsm_members_new();
	body->data = tsm_members_new();
	if (json == NULL)
		return;
	actions.semstate = &reading;
	actions.object_start = start_object;
	actions.object_end = end_nesting;
	actions.array_start = start_array;
	actions.array_end = end_nesting;
	actions.object_field_start = start_field;
	actions.scalar = take_scalar;
	pg_parse_json_or_ereport(tsm_json_lexer(json), &actions);
}

/* Is it an object, and the client's body, if there is one, too? */
void
tsm_body_require_object(const TsmBody *body)
{
	bool		good = strcmp(body->type, "object") == 0;

	for (int i = 0; i < body->members->count; i++)
		if (strcmp(body->members->item[i].name, DATA) == 0)
			good = good && strcmp(body->members->item[i].type, "object") == 0;
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("body must be a JSON object")));
}

int64
tsm_query_number(const TsmBody *body, const char *name, int64 unless_given, int64 least, int64 most)
{
	const char *str = tsm_member_text(body->data, name, "string");
	size_t		len = str == NULL ? 0 : strlen(str);
	int64		value;

	if (len == 0)
		return unless_given;
	value = len <= 18 && strspn(str, "0123456789") == len ? strtoll(str, NULL, 10) : -1;
	if (value < least || value > most)
		tsm_refuse(REFUSE_BAD_FIELD, name,
				   psprintf("It must be a whole number from " INT64_FORMAT " to " INT64_FORMAT ".", least, most), NULL);
	return value;
}

const char *
tsm_json_member(const char *json, const char *name)
{
	TsmBody		body;

	tsm_body_read(cstring_to_text(json), &body);
	for (int i = 0; i < body.members->count; i++)
		if (strcmp(body.members->item[i].name, name) == 0)
			return body.members->item[i].text;
	return NULL;
}
