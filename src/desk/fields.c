/*-------------------------------------------------------------------------
 *
 * fields.c
 *	  What a field may hold, for the functions' parameters and for the
 *	  columns of a plain INSERT or UPDATE alike.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "desk/desk.h"

void
tsm_missing_field(const char *field)
{
	tsm_refuse(REFUSE_MISSING_FIELD, field, NULL, NULL);
}

TsmRefusal *
tsm_field_normalise(TsmField field, const char *name, TsmText *text)
{
	const TsmFieldRow *rule = &tsm_fields[field];
	TsmRefusal *refusal = tsm_kind_normalise(rule->kind, name, text);
	int			chars = text->len;
	int			seen;

	/* counted only where the bytes leave a doubt */
	if (text->len > rule->max || text->len < rule->min * pg_database_encoding_max_length() || text->unseen > 0)
		chars = pg_mbstrlen_with_len(text->str, text->len);
	if (chars > rule->max)
		return tsm_refusal(REFUSE_LONG_FIELD, name,
						   psprintf("It has %d characters; at most %d are allowed.", chars, rule->max), NULL);
	if (refusal != NULL || chars == 0)
		return refusal;
	if (rule->kind == TEXT_ADDRESS)
		return NULL;
	seen = chars - text->unseen;

	if (seen < rule->min)
		return tsm_refusal(REFUSE_SHORT_FIELD, name,
						   psprintf("It has %d character%s; at least %d are required.",
									seen, seen == 1 ? "" : "s", rule->min), NULL);
	return NULL;
}

/* Bring a text column of a row into its normal form; nothing seen is nothing given. */
static TsmRefusal *
normalise_column(TicketRow *row, TsmField field, uint64 *altered)
{
	int			col = tsm_fields[field].column;
	text	   *value = DatumGetTextPP(row->value[col]);
	TsmText		t = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), 0};
	TsmRefusal *refusal = tsm_field_normalise(field, tsm_ticket_column[col].name, &t);

	if (refusal != NULL || t.len == 0)
	{
		if (refusal != NULL)
			return refusal;
		row->isnull[col] = true;
		row->value[col] = (Datum) 0;
	}
	else if (t.str == VARDATA_ANY(value) && t.len == (int) VARSIZE_ANY_EXHDR(value))
		return NULL;
	else
		row->value[col] = PointerGetDatum(cstring_to_text_with_len(t.str, t.len));
	*altered |= UINT64CONST(1) << col;
	return NULL;
}

TsmRefusal *
tsm_columns_normalise(TicketRow *row, uint64 columns, uint64 *altered)
{
	TsmRefusal *first = NULL;

	for (int f = 0; f < TSM_FIELDS; f++)
	{
		int			col = tsm_fields[f].column;
		TsmRefusal *refusal;

		if (col == TSM_NO_COLUMN || row->isnull[col] || !(columns & (UINT64CONST(1) << col)))
			continue;
		refusal = normalise_column(row, (TsmField) f, altered);
		if (first == NULL)
			first = refusal;
	}
	return first;
}

/* ----------------------------------------------------------------
 * Arguments
 * ----------------------------------------------------------------
 */
static TsmText
arg_of(FunctionCallInfo fcinfo, int argno)
{
	text	   *arg = PG_GETARG_TEXT_PP(argno);

	return (TsmText)
	{
		VARDATA_ANY(arg), VARSIZE_ANY_EXHDR(arg), 0
	};
}

/* An argument as it has become: itself if that is the same. */
static text *
arg_as(FunctionCallInfo fcinfo, int argno, const TsmText *t)
{
	text	   *arg = PG_GETARG_TEXT_PP(argno);

	if (t->len == 0)
		return NULL;
	if (t->str == VARDATA_ANY(arg) && t->len == (int) VARSIZE_ANY_EXHDR(arg))
		return arg;
	return cstring_to_text_with_len(t->str, t->len);
}

text *
tsm_arg_text(FunctionCallInfo fcinfo, int argno)
{
	TsmText		t;

	if (PG_ARGISNULL(argno))
		return NULL;
	t = arg_of(fcinfo, argno);
	(void) tsm_text_normalise(TEXT_LINE, "", &t);
	return arg_as(fcinfo, argno, &t);
}

TsmRefusal *
tsm_arg_field(FunctionCallInfo fcinfo, int argno, TsmField field, bool required, text **value)
{
	*value = NULL;
	if (!PG_ARGISNULL(argno))
	{
		TsmText		t = arg_of(fcinfo, argno);
		TsmRefusal *refusal = tsm_field_normalise(field, tsm_fields[field].name, &t);

		if (refusal != NULL)
			return refusal;
		*value = arg_as(fcinfo, argno, &t);
	}
	if (*value == NULL && required)
		return tsm_refusal(REFUSE_MISSING_FIELD, tsm_fields[field].name, NULL, NULL);
	return NULL;
}

TsmRefusal *
tsm_arg_listed(FunctionCallInfo fcinfo, int argno, const char *field, const TsmDesk *desk,
			   const TsmNameList *list, bool required, const TsmName **found)
{
	TsmText		t = {NULL, 0, 0};
	char	   *name;

	*found = NULL;
	if (!PG_ARGISNULL(argno))
	{
		TsmRefusal *refusal;

		t = arg_of(fcinfo, argno);
		refusal = tsm_text_normalise(TEXT_NAME, field, &t);
		if (refusal != NULL)
			return refusal;
	}
	if (t.len == 0)
		return required ? tsm_refusal(REFUSE_MISSING_FIELD, field, NULL, NULL) : NULL;
	name = pnstrdup(t.str, t.len);
	*found = tsm_name_find(list, name);
	if (*found == NULL)
		*found = tsm_name_former(list, name);
	if (*found == NULL)
		return tsm_bad_value(field, name, NULL, psprintf("Valid values: %s.", tsm_name_list(list)));
	return NULL;
}

int
tsm_arg_limit(FunctionCallInfo fcinfo, int argno, int unless_given, int most)
{
	int			limit = PG_ARGISNULL(argno) ? unless_given : PG_GETARG_INT32(argno);

	if (limit < 1 || limit > most)
		tsm_refuse(REFUSE_BAD_FIELD, "limite", psprintf("It must be from 1 to %d.", most), NULL);
	return limit;
}

TsmRefusal *
tsm_area_active_refusal(const TsmNameList *areas, const TsmName *area)
{
	if (area->active)
		return NULL;
	return tsm_refusal(REFUSE_BAD_FIELD, "area",
					   psprintf("Area \"%s\" is switched off.", area->name),
					   psprintf("Valid values: %s.", tsm_name_list(areas)));
}
