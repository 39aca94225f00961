/*-------------------------------------------------------------------------
 *
 * texts.c
 *	  The one form in which a text that somebody has typed is kept.
 *
 * People paste from mails, tables and web pages, and every client ends lines in
 * its own way.  What looks the same is to be the same, so that it is found
 * again, and what somebody does not see is not to be the reason for an error:
 *
 *					LINES		LINE		NAME		ADDRESS		FILE
 *	 line break		U+000A		refused		refused		refused		dropped
 *	 tab			stays		U+0020		U+0020		refused		U+0020
 *	 other blank	stays		U+0020		U+0020		refused		U+0020
 *	 joiner			stays		stays		dropped		refused		dropped
 *	 invisible		stays		dropped		dropped		refused		dropped
 *
 * At the ends they all are dropped, but for a joiner behind something that is
 * seen.  Control characters are refused, but dropped of a file's name.  In a database in UTF8 the text becomes
 * NFC, by the server's tables; in other encodings there is but one way to write
 * a letter.
 *
 * Nearly all texts are in this form already, which is_normal() sees eight bytes
 * at a time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"

#include "base/base.h"
#include "base/unicode.h"

/* A longer text is left alone: its length is reason enough to refuse it. */
#define MAX_BYTES (4 * 1024 * 1024)

/* ----------------------------------------------------------------
 * Bytes
 * ----------------------------------------------------------------
 */

/* A word with this in each of its bytes. */
#define EACH_BYTE(b) (UINT64CONST(0x0101010101010101) * (b))

/* Is there a zero byte, or perhaps a small one behind it? */
#define HAS_ZERO(word) (((word) - EACH_BYTE(0x01)) & ~(word) & EACH_BYTE(0x80))

/*
 * Does a byte of UTF-8 belong to a character that every kind of text may hold
 * anywhere: ASCII but for control characters, or U+00C0 to U+02FF?  Those are
 * NFC whatever stands around them.
 */
static inline bool
is_harmless_byte(unsigned char c)
{
	return c >= 0x20 && c < 0xCC && c != 0x7F && c != 0xC2;
}

/* Are eight bytes such ones?  "No" may be wrong, "yes" is not. */
static inline bool
are_harmless(const char *str)
{
	uint64		word;

	memcpy(&word, str, sizeof(word));
	return (((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) |
			(((word & EACH_BYTE(0x7F)) + EACH_BYTE(0x80 - 0x4C)) & word & EACH_BYTE(0x80)) |
			HAS_ZERO(word ^ EACH_BYTE(0x7F)) |
			HAS_ZERO(word ^ EACH_BYTE(0xC2))) == 0;
}

static inline bool
is_ascii_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_ascii(const char *str, int len)
{
	for (int i = 0; i < len; i++)
		if (IS_HIGHBIT_SET(str[i]))
			return false;
	return true;
}

static void
trim_ascii(TsmText *text)
{
	while (text->len > 0 && is_ascii_blank(text->str[text->len - 1]))
		text	  ->len--;

	while (text->len > 0 && is_ascii_blank(*text->str))
	{
		text	  ->str++;
		text	  ->len--;
	}
}

/*
 * What other characters there are in nearly every Spanish text: how long one is,
 * 0 if this is none of them.  They are U+00A1 to U+00BF but for U+00AD, and the
 * dashes and quotation marks of U+2010 to U+2027.
 */
static inline int
frequent_character(const char *str, int len)
{
	const unsigned char *s = (const unsigned char *) str;

	if (len >= 2 && s[0] == 0xC2 && s[1] >= 0xA1 && s[1] != 0xAD)
		return 2;
	return len >= 3 && s[0] == 0xE2 && s[1] == 0x80 && s[2] >= 0x90 && s[2] <= 0xA7 ? 3 : 0;
}

/* Is a trimmed text in its normal form, as its bytes alone tell? */
static bool
is_normal(TsmTextKind kind, const char *str, int len)
{
	int			i = 0;

	if (GetDatabaseEncoding() != PG_UTF8 && !is_ascii(str, len))
		return false;
	while (i < len)
	{
		int			width = 1;

		if (len - i >= (int) sizeof(uint64) && are_harmless(str + i))
			width = sizeof(uint64);
		else if (!is_harmless_byte((unsigned char) str[i]) &&
				 !(kind == TEXT_LINES && (str[i] == '\n' || str[i] == '\t')))
			width = frequent_character(str + i, len - i);
		if (width == 0)
			return false;
		i += width;
	}
	return true;
}

/* ----------------------------------------------------------------
 * Characters
 * ----------------------------------------------------------------
 */
typedef enum CharKind
{
	VISIBLE,
	SPACE,						/* U+0020 */
	TAB,
	BLANK,
	BREAK,
	JOINER,
	INVISIBLE,
	CONTROL
} CharKind;

typedef struct Chars
{
	pg_wchar   *code;
	int			count;
} Chars;

typedef struct Range
{
	pg_wchar	first;
	pg_wchar	last;
	CharKind	kind;
} Range;

static const Range ranges[] = {
#define R(first, last, kind) {first, last, kind},
	TSM_UNICODE_RANGES(R)
#undef R
};

static CharKind
kind_of(pg_wchar code)
{
	int			low = 0;
	int			high = lengthof(ranges) - 1;

	if (code == ' ')
		return SPACE;
	if (code == '\t')
		return TAB;
	if ((code >= '\n' && code <= '\r') || code == 0x85 || code == 0x2028 || code == 0x2029)
		return BREAK;
	if (code < 0x20 || (code >= 0x7F && code < 0xA0))
		return CONTROL;
	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else if (code < ranges[middle].first)
			high = middle - 1;
		else
			return ranges[middle].kind;
	}
	return VISIBLE;
}

/* The characters of a text, with room for the zero behind them that is wanted below. */
static Chars
decode(const TsmText *text)
{
	char	   *str = pg_server_to_any(pnstrdup(text->str, text->len), text->len, PG_UTF8);
	int			len = strlen(str);
	Chars		chars = {palloc((len + 1) * sizeof(pg_wchar)), 0};

	for (int i = 0; i < len;)
	{
		int			width = pg_encoding_mblen(PG_UTF8, str + i);

		if (width > len - i)
			report_invalid_encoding(PG_UTF8, str + i, len - i);
		chars.code[chars.count++] = utf8_to_unicode((unsigned char *) str + i);
		i += width;
	}
	return chars;
}

static void
encode(const Chars *chars, TsmText *text)
{
	unsigned char *str = palloc(chars->count * MAX_MULTIBYTE_CHAR_LEN + 1);
	int			len = 0;

	for (int i = 0; i < chars->count; i++)
	{
		unicode_to_utf8(chars->code[i], str + len);
		len += pg_encoding_mblen(PG_UTF8, (char *) str + len);
	}
	str[len] = '\0';
	text	  ->str = pg_any_to_server((char *) str, len, PG_UTF8);
	text	  ->len = strlen(text->str);
}

/* How long a text is without what is not seen at its end. */
static int
end_of(const Chars *chars)
{
	int			end = chars->count;

	while (end > 0)
	{
		int			i = end - 1;
		CharKind	kind;

		/* joiners belong to what stands before them */
		while (i > 0 && kind_of(chars->code[i]) == JOINER)
			i--;
		kind = kind_of(chars->code[i]);
		if (kind == VISIBLE || kind == CONTROL)
			break;
		end = i;
	}
	return end;
}

static void
trim(Chars *chars)
{
	int			start = 0;

	chars->count = end_of(chars);
	while (start < chars->count && kind_of(chars->code[start]) != VISIBLE &&
		   kind_of(chars->code[start]) != CONTROL)
		start++;
	chars->code += start;
	chars->count -= start;
}

static TsmRefusal *
refuse_character(TsmTextKind kind, const char *field, pg_wchar code)
{
	char	   *what = psprintf("The character is U+%04X.", (unsigned int) code);

	switch (kind_of(code))
	{
		case CONTROL:
			return tsm_refusal(REFUSE_CONTROL_CHARACTER, field, what,
							   kind == TEXT_LINES ? "Only newline and tab are allowed." : NULL);
		case BREAK:
			return tsm_refusal(REFUSE_LINE_BREAK, field, what, "The field is one line.");
		default:
			return tsm_refusal(REFUSE_BAD_FIELD, field,
							   psprintf("%s It is a blank, or not seen at all.", what),
							   "An address has the form local@domain.");
	}
}

/* What becomes of a character, 0: nothing; false: it is refused. */
static bool
fold(TsmTextKind kind, pg_wchar *code)
{
	CharKind	what = kind_of(*code);

	if (what == VISIBLE || what == SPACE)
		return true;
	if (kind == TEXT_FILE)
	{
		*code = what == TAB || what == BLANK ? ' ' : 0;
		return true;
	}
	if (what == CONTROL || kind == TEXT_ADDRESS || (what == BREAK && kind != TEXT_LINES))
		return false;
	if (what == BREAK)
		*code = '\n';
	else if (kind != TEXT_LINES && (what == TAB || what == BLANK))
		*code = ' ';
	else if (kind == TEXT_NAME || (kind == TEXT_LINE && what == INVISIBLE))
		*code = 0;
	return true;
}

/* Fold all; returns the first character that is refused, 0 if none is. */
static pg_wchar
fold_all(TsmTextKind kind, Chars *chars)
{
	pg_wchar	previous = 0;
	int			count = 0;

	for (int i = 0; i < chars->count; i++)
	{
		pg_wchar	code = chars->code[i];
		bool		of_pair = code == '\n' && previous == '\r';

		previous = code;
		if (of_pair)
			continue;
		if (!fold(kind, &code))
			return code;
		if (code != 0)
			chars->code[count++] = code;
	}
	chars->count = count;
	return 0;
}

/* What is not seen of it, blanks aside. */
static int
count_unseen(const Chars *chars)
{
	int			count = 0;

	for (int i = 0; i < chars->count; i++)
	{
		CharKind	kind = kind_of(chars->code[i]);

		if (kind == JOINER || kind == INVISIBLE)
			count++;
	}
	return count;
}

static void
compose(Chars *chars)
{
	chars->code[chars->count] = 0;
	if (GetDatabaseEncoding() != PG_UTF8 ||
		unicode_is_normalized_quickcheck(UNICODE_NFC, chars->code) == UNICODE_NORM_QC_YES)
		return;
	chars->code = unicode_normalize(UNICODE_NFC, chars->code);
	for (chars->count = 0; chars->code[chars->count] != 0;)
		chars->count++;
}

TsmRefusal *
tsm_text_normalise(TsmTextKind kind, const char *field, TsmText *text)
{
	Chars		chars;
	pg_wchar	refused;

	text	  ->unseen = 0;

	trim_ascii(text);
	if (is_normal(kind, text->str, text->len) || text->len > MAX_BYTES)
		return NULL;
	chars = decode(text);
	trim(&chars);
	refused = fold_all(kind, &chars);
	if (refused != 0)
		return refuse_character(kind, field, refused);
	compose(&chars);
	text	  ->unseen = count_unseen(&chars);

	encode(&chars, text);
	return NULL;
}
