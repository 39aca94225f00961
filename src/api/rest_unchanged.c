/*-------------------------------------------------------------------------
 *
 * rest_unchanged.c
 *	  What a form has sent along that an operation does not change.
 *
 * Clients send state, priority and area with "actualizar", as they stand in the
 * form.  Whoever has changed them there is told which operation does that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

/* Would this operation, done now, change the column so? */
static bool
changes(const TsmRequest *request, TsmOperation op, TicketColumn col, const char *given)
{
	const TsmDesk *desk = request->desk;
	int			from = tsm_state_index(desk, DatumGetObjectId(request->row.value[TC_estado]));
	int			to = desk->next[op][from];

	if (tsm_operations[op].kind != ON_TICKET || to < 0)
		return false;
	if (col == TC_estado)
		return &desk->state[to] == tsm_state_by_name(desk, given);
	return (tsm_operations[op].may_change & (UINT64CONST(1) << col)) != 0;
}

static const char *
current_value(const TsmRequest *request, TicketColumn col)
{
	Datum		value = request->row.value[col];

	if (col == TC_estado)
		return request->desk->state[tsm_state_index(request->desk, DatumGetObjectId(value))].name;
	return TextDatumGetCString(value);
}

/* "area (con asignar o transferir)" */
static void
append_unchanged(StringInfo message, const TsmRequest *request, const char *key, TicketColumn col, const char *given)
{
	int			n = 0;

	appendStringInfoString(message, key);
	for (int op = 0; op < TSM_OPERATIONS; op++)
		if (changes(request, (TsmOperation) op, col, given))
			appendStringInfo(message, "%s%s", n++ == 0 ? " (con " : " o ", tsm_operations[op].name);
	if (n > 0)
		appendStringInfoChar(message, ')');
}

void
tsm_append_unchanged(StringInfo message, const TsmRequest *request, const TsmMembers *sent)
{
	static const struct
	{
		const char *key;
		TicketColumn col;
	}			keys[] = {{"estado", TC_estado}, {"prioridad", TC_prioridad}, {"area", TC_area}};
	int			n = 0;

	if (request->op != OP_ACTUALIZAR)
		return;
	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		const TsmMember *member = tsm_member_find(sent, keys[i].key);
		TsmText		given;
		const char *name;

		if (member == NULL || strcmp(member->type, "string") != 0)
			continue;
		given = (TsmText)
		{
			member->text, strlen(member->text), 0
		};
		(void) tsm_text_normalise(TEXT_NAME, keys[i].key, &given);
		name = pnstrdup(given.str, given.len);
		if (given.len == 0 || strcmp(tsm_fold(name), tsm_fold(current_value(request, keys[i].col))) == 0)
			continue;
		appendStringInfoString(message, n++ == 0 ? "; sin cambio: " : ", ");
		append_unchanged(message, request, keys[i].key, keys[i].col, name);
	}
}
