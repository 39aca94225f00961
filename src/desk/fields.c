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

/* Bytes of a value that a message may quote. */
#define QUOTED_BYTES 80

void
tsm_missing_field(const char *field)
{
	tsm_refuse(REFUSE_MISSING_FIELD, field, NULL, NULL);
}

static TsmRefusal *
bad_value(const char *field, const char *value, const char *hint)
{
	int			len = strlen(value);
	char	   *quoted = pnstrdup(value, pg_mbcliplen(value, len, QUOTED_BYTES));

	/* a line break would forge lines of a log */
	for (char *p = quoted; *p; p++)
		if ((unsigned char) *p < 0x20)
			*p = '?';
	return tsm_refusal(REFUSE_BAD_FIELD, field,
					   psprintf("The value is \"%s%s\".", quoted, (int) strlen(quoted) < len ? "..." : ""),
					   hint);
}

/* A word with this in each of its bytes. */
#define EACH_BYTE(b) (UINT64CONST(0x0101010101010101) * (b))

/* Is there a zero byte, or perhaps a small one behind it? */
#define HAS_ZERO(word) (((word) - EACH_BYTE(0x01)) & ~(word) & EACH_BYTE(0x80))

/*
 * Do eight bytes hold nothing that check_characters() looks at closer: nothing
 * below 0x20, no 0x7F, and no 0xC2?  "No" may be wrong, "yes" is not.
 */
static inline bool
is_harmless(const char *str)
{
	uint64		word;

	memcpy(&word, str, sizeof(word));
	return (((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) |
			HAS_ZERO(word ^ EACH_BYTE(0x7F)) |
			HAS_ZERO(word ^ EACH_BYTE(0xC2))) == 0;
}

static bool
is_ascii(const char *str, int len)
{
	for (int i = 0; i < len; i++)
		if (IS_HIGHBIT_SET(str[i]))
			return false;
	return true;
}

/*
 * No control characters but newline and tab.  Beside ASCII's there are those of
 * U+0080 to U+009F, which are C2 80 to C2 9F in UTF-8.  What a byte of another
 * encoding is, its conversion says: 22P05 if it is nothing at all, as the history
 * could not be hashed then.
 */
static TsmRefusal *
check_characters(const char *name, const char *str, int len)
{
	if (GetDatabaseEncoding() != PG_UTF8 && !is_ascii(str, len))
	{
		str = pg_server_to_any(str, len, PG_UTF8);
		len = strlen(str);
	}
	for (int i = 0; i < len; i++)
	{
		unsigned char c;
		int			code = -1;

		while (len - i > (int) sizeof(uint64) && is_harmless(str + i))
			i += sizeof(uint64);
		c = (unsigned char) str[i];
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
			code = c;
		else if (c == 0xC2 && i + 1 < len && (unsigned char) str[i + 1] < 0xA0)
			code = (unsigned char) str[i + 1];
		if (code >= 0)
			return tsm_refusal(REFUSE_CONTROL_CHARACTER, name,
							   psprintf("The character is U+%04X.", code),
							   "Only newline and tab are allowed.");
	}
	return NULL;
}

/* local@domain: one @, no blanks, no empty part, nothing special in a mail header. */
static TsmRefusal *
check_email(const char *name, const char *str, int len)
{
	const char *at = memchr(str, '@', len);
	const char *end = str + len;
	bool		good = at != NULL && at > str && at + 1 < end;

	for (const char *p = str; good && p < end; p++)
	{
		if (p == at)
			continue;
		if (strchr(" \t\n\"(),:;<>@[\\]", *p) != NULL)
			good = false;
		/* dots separate: none at an end of either part, no two together */
		else if (*p == '.' &&
				 (p == str || p == at + 1 || p + 1 == at || p + 1 == end || p[1] == '.'))
			good = false;
		else if (*p == '-' && (p == at + 1 || p + 1 == end))
			good = false;
	}
	return good ? NULL : bad_value(name, pnstrdup(str, len), "An address has the form local@domain.");
}

TsmRefusal *
tsm_field_refusal(TsmField field, const char *name, const char *str, int len)
{
	const TsmFieldRow *rule = &tsm_fields[field];
	TsmRefusal *refusal;
	int			chars = len;

	/* counted only where the bytes leave a doubt */
	if (len > rule->max || len < rule->min * pg_database_encoding_max_length())
		chars = pg_mbstrlen_with_len(str, len);
	if (chars > rule->max)
		return tsm_refusal(REFUSE_LONG_FIELD, name,
						   psprintf("It has %d characters; at most %d are allowed.", chars, rule->max), NULL);
	refusal = check_characters(name, str, len);
	if (refusal != NULL)
		return refusal;
	if (field == F_EMAIL)
		return check_email(name, str, len);
	if (chars < rule->min)
		return tsm_refusal(REFUSE_SHORT_FIELD, name,
						   psprintf("It has %d character%s; at least %d are required.",
									chars, chars == 1 ? "" : "s", rule->min), NULL);
	return NULL;
}

TsmRefusal *
tsm_columns_refusal(const TicketRow *row, uint64 columns)
{
	for (int f = 0; f < TSM_FIELDS; f++)
	{
		int			col = tsm_fields[f].column;
		TsmRefusal *refusal;
		text	   *value;

		if (col == TSM_NO_COLUMN || row->isnull[col] || !(columns & (UINT64CONST(1) << col)))
			continue;
		value = DatumGetTextPP(row->value[col]);
		refusal = tsm_field_refusal((TsmField) f, tsm_ticket_column[col].name,
									VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
		if (refusal != NULL)
			return refusal;
	}
	return NULL;
}

/* ----------------------------------------------------------------
 * Arguments
 * ----------------------------------------------------------------
 */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

const char *
tsm_trim(const char *str, int *len)
{
	while (*len > 0 && is_blank(str[*len - 1]))
		(*len)--;
	while (*len > 0 && is_blank(*str))
	{
		str++;
		(*len)--;
	}
	return str;
}

text *
tsm_arg_text(FunctionCallInfo fcinfo, int argno)
{
	text	   *arg;
	const char *str;
	int			len;

	if (PG_ARGISNULL(argno))
		return NULL;
	arg = PG_GETARG_TEXT_PP(argno);
	len = VARSIZE_ANY_EXHDR(arg);
	str = tsm_trim(VARDATA_ANY(arg), &len);
	if (len == 0)
		return NULL;
	if (len == (int) VARSIZE_ANY_EXHDR(arg))
		return arg;
	return cstring_to_text_with_len(str, len);
}

text *
tsm_arg_field(FunctionCallInfo fcinfo, int argno, TsmField field, bool required)
{
	text	   *value = tsm_arg_text(fcinfo, argno);

	if (value != NULL)
		tsm_raise_if(tsm_field_refusal(field, tsm_fields[field].name, VARDATA_ANY(value),
									   VARSIZE_ANY_EXHDR(value)));
	else if (required)
		tsm_missing_field(tsm_fields[field].name);
	return value;
}

const TsmName *
tsm_arg_name(FunctionCallInfo fcinfo, int argno, const char *field,
			 const TsmNameList *list, bool required)
{
	text	   *value = tsm_arg_text(fcinfo, argno);
	char	   *name;
	const TsmName *found;

	if (value == NULL)
	{
		if (required)
			tsm_missing_field(field);
		return NULL;
	}
	name = text_to_cstring(value);
	tsm_raise_if(check_characters(field, name, strlen(name)));
	found = tsm_name_find(list, name);
	if (found == NULL)
		tsm_raise(bad_value(field, name, psprintf("Valid values: %s.", tsm_name_list(list))));
	return found;
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
