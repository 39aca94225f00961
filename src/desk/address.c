/*-------------------------------------------------------------------------
 *
 * address.c
 *	  Addresses of e-mail: one form of each, and what is none.
 *
 * A domain with letters beyond ASCII has two ways to be written, itself and in
 * punycode ("xn--"), and mail programs show now the one and now the other: kept
 * is the one that people read.  The letters A to Z are compared whatever their
 * case, by the queries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "desk/desk.h"

/* Bytes of a value that a message may quote. */
#define QUOTED_BYTES 80

/* What a part of a domain in punycode begins with. */
#define PUNYCODE_MARK "xn--"

/* A part of a domain has at most so many bytes. */
#define MAX_PART 63

#define FORM "An address has the form local@domain."

TsmRefusal *
tsm_bad_value(const char *field, const char *value, const char *fault, const char *hint)
{
	int			len = strlen(value);
	char	   *quoted = pnstrdup(value, pg_mbcliplen(value, len, QUOTED_BYTES));

	return tsm_refusal(REFUSE_BAD_FIELD, field,
					   psprintf("The value is \"%s%s\"%s%s.", quoted, (int) strlen(quoted) < len ? "..." : "",
								fault ? "; it has " : "", fault ? fault : ""),
					   hint);
}

/* ----------------------------------------------------------------
 * The form
 * ----------------------------------------------------------------
 */

/* What is wrong with a character of a part before or behind the @, NULL if nothing. */
static const char *
fault_of_character(const char *part, const char *end, const char *p)
{
	if (*p == ' ')
		return "a blank";
	if (*p == '@')
		return "more than one \"@\"";
	if (*p == '"')
		return "a quotation mark";
	if (strchr("(),:;<>[\\]", *p) != NULL)
		return psprintf("the character \"%c\"", *p);
	if (*p != '.')
		return NULL;
	if (p == part)
		return "a dot at its beginning, or behind the \"@\"";
	if (p + 1 == end)
		return "a dot at its end, or before the \"@\"";
	return p[1] == '.' ? "two dots together" : NULL;
}

static const char *
fault_of_part(const char *part, const char *end)
{
	const char *fault = NULL;

	for (const char *p = part; fault == NULL && p < end; p++)
		fault = fault_of_character(part, end, p);
	return fault;
}

/* What is wrong with an address, NULL if nothing: local@domain, and nothing special in a mail header. */
static const char *
fault_of(const char *str, int len)
{
	const char *at = memchr(str, '@', len);
	const char *end = str + len;
	const char *fault;

	if (at == NULL)
		return "no \"@\"";
	if (at == str)
		return "nothing before the \"@\"";
	if (at + 1 == end)
		return "nothing behind the \"@\"";
	if (at[1] == '-' || end[-1] == '-')
		return "a domain that begins or ends with a hyphen";
	fault = fault_of_part(str, at);
	return fault != NULL ? fault : fault_of_part(at + 1, end);
}

/* ----------------------------------------------------------------
 * Punycode: RFC 3492
 * ----------------------------------------------------------------
 */
#define BASE 36
#define TMIN 1
#define TMAX 26
#define SKEW 38
#define DAMP 700
#define FIRST_BIAS 72
#define FIRST_CODE 0x80

/* What a digit is worth, BASE if it is none. */
static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0' + 26;
	c = pg_ascii_tolower((unsigned char) c);
	return c >= 'a' && c <= 'z' ? c - 'a' : BASE;
}

static int
adapt(int delta, int count, bool first)
{
	int			k = 0;

	delta = first ? delta / DAMP : delta / 2;
	for (delta += delta / count; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
		delta /= BASE - TMIN;
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/* One number of variable length, added to *i; false if it is none. */
static bool
read_number(const char **p, const char *end, int bias, int *i)
{
	int64		weight = 1;

	for (int k = BASE;; k += BASE)
	{
		int			digit = *p < end ? digit_value(*(*p)++) : BASE;
		int			t = Min(Max(k - bias, TMIN), TMAX);

		if (digit >= BASE || *i + digit * weight > PG_INT32_MAX)
			return false;
		*i += digit * weight;
		if (digit < t)
			return true;
		weight *= BASE - t;
		if (weight > PG_INT32_MAX)
			return false;
	}
}

/* The characters that a part without its mark stands for; how many, -1 if it stands for none. */
static int
decode_part(const char *part, const char *end, pg_wchar *code)
{
	const char *p = end;
	int			count = 0;
	int			i = 0;
	int			bias = FIRST_BIAS;
	int64		next = FIRST_CODE;

	/* what is before the last hyphen stands for itself */
	while (p > part && p[-1] != '-')
		p--;
	for (const char *q = part; q < p - 1; q++)
		code[count++] = pg_ascii_tolower((unsigned char) *q);
	while (p < end)
	{
		int			before = i;

		if (!read_number(&p, end, bias, &i))
			return -1;
		bias = adapt(i - before, ++count, before == 0);
		next += i / count;
		i %= count;
		if (next > 0x10FFFF || (next >= 0xD800 && next <= 0xDFFF))
			return -1;
		memmove(code + i + 1, code + i, (count - 1 - i) * sizeof(pg_wchar));
		code[i++] = (pg_wchar) next;
	}
	return count;
}

/* Append what a part of the domain stands for; false if that is nothing that could be kept. */
static bool
append_part(StringInfo address, const char *part, const char *end)
{
	pg_wchar	code[MAX_PART];
	int			start = address->len;
	int			count = end - part > MAX_PART ? -1 :
	decode_part(part + strlen(PUNYCODE_MARK), end, code);
	bool		plain = true;
	TsmText		part_text;

	for (int i = 0; i < count; i++)
	{
		unsigned char utf8[MAX_MULTIBYTE_CHAR_LEN];

		plain = plain && code[i] < FIRST_CODE;
		unicode_to_utf8(code[i], utf8);
		appendBinaryStringInfo(address, (char *) utf8, pg_encoding_mblen(PG_UTF8, (char *) utf8));
	}
	if (plain)
		return false;
	part_text = (TsmText)
	{
		address->data + start, address->len - start, 0
	};
	return tsm_text_normalise(TEXT_ADDRESS, "", &part_text) == NULL &&
		part_text.len == address->len - start &&
		memcmp(part_text.str, address->data + start, part_text.len) == 0;
}

static bool
is_punycode(const char *part, const char *end)
{
	int			mark = strlen(PUNYCODE_MARK);

	return end - part > mark && pg_strncasecmp(part, PUNYCODE_MARK, mark) == 0;
}

/* Write the domain as people read it; what is wrong with it, NULL if nothing. */
static const char *
read_domain(TsmText *t)
{
	const char *end = t->str + t->len;
	const char *part = (const char *) memchr(t->str, '@', t->len) + 1;
	StringInfoData address;

	initStringInfo(&address);
	appendBinaryStringInfo(&address, t->str, part - t->str);
	for (;;)
	{
		const char *dot = memchr(part, '.', end - part);
		const char *stop = dot ? dot : end;

		if (!is_punycode(part, stop))
			appendBinaryStringInfo(&address, part, stop - part);
		else if (!append_part(&address, part, stop))
			return "a part of its domain that begins as punycode does (\"xn--\") and is none";
		if (dot == NULL)
			break;
		appendStringInfoChar(&address, '.');
		part = dot + 1;
	}
	t->str = address.data;
	t->len = address.len;
	return fault_of(t->str, t->len);
}

static bool
has_punycode(const TsmText *t)
{
	const char *end = t->str + t->len;

	/* other encodings may not have its letters */
	if (GetDatabaseEncoding() != PG_UTF8)
		return false;
	for (const char *p = t->str + 1; p < end; p++)
		if ((p[-1] == '@' || p[-1] == '.') && is_punycode(p, end))
			return true;
	return false;
}

TsmRefusal *
tsm_address_normalise(const char *field, TsmText *t)
{
	TsmRefusal *refusal = tsm_text_normalise(TEXT_ADDRESS, field, t);
	const char *fault;

	if (refusal != NULL || t->len == 0)
		return refusal;
	fault = fault_of(t->str, t->len);
	if (fault == NULL && has_punycode(t))
		fault = read_domain(t);
	return fault == NULL ? NULL : tsm_bad_value(field, pnstrdup(t->str, t->len), fault, FORM);
}

text *
tsm_address_of(const text *typed)
{
	TsmText		t = {VARDATA_ANY(typed), VARSIZE_ANY_EXHDR(typed), 0};

	(void) tsm_address_normalise("email", &t);
	return cstring_to_text_with_len(t.str, t.len);
}
