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
#include "utils/datum.h"

#include "desk/desk.h"

/* Bytes of a value that a message may quote. */
#define QUOTED_BYTES 80

void
tsm_missing_field(const char *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("field \"%s\" is required", field)));
}

static void
bad_value(const char *field, const char *value, const char *hint)
{
	int			len = strlen(value);
	char	   *quoted = pnstrdup(value, pg_mbcliplen(value, len, QUOTED_BYTES));

	/* a line break would forge lines of a log */
	for (char *p = quoted; *p; p++)
		if ((unsigned char) *p < 0x20)
			*p = '?';
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("field \"%s\" has an invalid value", field),
			 errdetail("The value is \"%s%s\".", quoted, (int) strlen(quoted) < len ? "..." : ""),
			 errhint("%s", hint)));
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

/*
 * No control characters but newline and tab.  Beside ASCII's, a UTF-8
 * database has those of U+0080 to U+009F, which are C2 80 to C2 9F.
 */
static void
check_characters(const char *name, const char *str, int len)
{
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;

	for (int i = 0; i < len; i++)
	{
		unsigned char c;
		int			code = -1;

		while (len - i > (int) sizeof(uint64) && is_harmless(str + i))
			i += sizeof(uint64);
		c = (unsigned char) str[i];
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
			code = c;
		else if (utf8 && c == 0xC2 && i + 1 < len && (unsigned char) str[i + 1] < 0xA0)
			code = (unsigned char) str[i + 1];
		if (code >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("field \"%s\" contains a control character", name),
					 errdetail("The character is U+%04X.", code),
					 errhint("Only newline and tab are allowed.")));
	}
}

/* local@domain: one @, no blanks, no empty part, nothing a mail header minds. */
static void
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
	if (!good)
		bad_value(name, pnstrdup(str, len), "An address has the form local@domain.");
}

void
tsm_check_field(TsmField field, const char *name, const char *str, int len)
{
	const TsmFieldRow *rule = &tsm_fields[field];
	int			chars = len;

	/* counted only where the bytes leave a doubt */
	if (len > rule->max || len < rule->min * pg_database_encoding_max_length())
		chars = pg_mbstrlen_with_len(str, len);
	if (chars > rule->max)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("field \"%s\" is too long", name),
				 errdetail("It has %d characters; at most %d are allowed.", chars, rule->max)));
	check_characters(name, str, len);
	if (field == F_EMAIL)
		check_email(name, str, len);
	else if (chars < rule->min)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" is too short", name),
				 errdetail_plural("It has %d character; at least %d are required.",
								  "It has %d characters; at least %d are required.",
								  chars, chars, rule->min)));
}

void
tsm_check_columns(const TicketRow *old, const TicketRow *new)
{
	for (int f = 0; f < TSM_FIELDS; f++)
	{
		int			col = tsm_fields[f].column;
		text	   *value;

		if (col == TSM_NO_COLUMN || new->isnull[col])
			continue;
		if (old != NULL && !old->isnull[col] &&
			tsm_same_datum(old->value[col], new->value[col], false, -1))
			continue;
		value = DatumGetTextPP(new->value[col]);
		tsm_check_field((TsmField) f, tsm_ticket_columns[col], VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	}
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

text *
tsm_arg_text(FunctionCallInfo fcinfo, int argno)
{
	text	   *arg;
	char	   *str;
	int			len;
	int			start = 0;

	if (PG_ARGISNULL(argno))
		return NULL;
	arg = PG_GETARG_TEXT_PP(argno);
	str = VARDATA_ANY(arg);
	len = VARSIZE_ANY_EXHDR(arg);
	while (len > 0 && is_blank(str[len - 1]))
		len--;
	while (start < len && is_blank(str[start]))
		start++;
	if (len == 0)
		return NULL;
	if (start == 0 && len == (int) VARSIZE_ANY_EXHDR(arg))
		return arg;
	return cstring_to_text_with_len(str + start, len - start);
}

text *
tsm_arg_field(FunctionCallInfo fcinfo, int argno, TsmField field, bool required)
{
	text	   *value = tsm_arg_text(fcinfo, argno);

	if (value != NULL)
		tsm_check_field(field, tsm_fields[field].name, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	else if (required)
		tsm_missing_field(tsm_fields[field].name);
	return value;
}

pg_uuid_t *
tsm_arg_ticket(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		tsm_missing_field("ticket_id");
	return PG_GETARG_UUID_P(0);
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
	check_characters(field, name, strlen(name));
	found = tsm_name_find(list, name);
	if (found == NULL)
		bad_value(field, name, psprintf("Valid values: %s.", tsm_name_list(list)));
	return found;
}

void
tsm_check_area_active(const TsmNameList *areas, const TsmName *area)
{
	if (!area->active)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" has an invalid value", "area"),
				 errdetail("Area \"%s\" is switched off.", area->name),
				 errhint("Valid values: %s.", tsm_name_list(areas))));
}
