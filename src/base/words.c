/*-------------------------------------------------------------------------
 *
 * words.c
 *	  Texts as words, by which tickets are found.
 *
 * A word is letters and digits, in small letters of A to Z where it can be: n
 * for an n with a tilde, ss for a sharp s, as contrib's unaccent has the letters
 * of Europe and all that are a letter with marks; it need not be installed for
 * this.  All else separates words, apostrophes of any kind too.
 *
 * A text is kept as a tsvector: each word as it is, for who types the beginning
 * of it, and its stem by PostgreSQL's dictionary for Spanish, for who types
 * another form.  That dictionary goes by accents (with one, "instalacion" has the
 * stem of "instalaciones", without it has not), so it is asked before they are
 * taken away, and after.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type_d.h"
#include "common/string.h"
#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_public.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "base/base.h"

PG_FUNCTION_INFO_V1(tsm_palabras);
PG_FUNCTION_INFO_V1(tsm_consulta_de_texto);

/* A longer word is cut, in bytes. */
#define MAX_WORD 60

/* Of a text to be looked for, how many words count. */
#define MAX_ASKED 20

/* The beginning of a word is so long, in characters. */
#define MIN_PREFIX 3

/* A number that is written in groups is a word too if it has so many digits; and the last ten of it. */
#define MIN_NUMBER 5
#define NATIONAL_NUMBER 10

/* Of the letters U+00C0 to U+017F what they are without accents, two bytes each. */
static const char latin[] =
"a a a a a a aec e e e e i i i i "
"d n o o o o o   o u u u u y thss"
"a a a a a a aec e e e e i i i i "
"d n o o o o o   o u u u u y thy "
"a a a a a a c c c c c c c c d d "
"d d e e e e e e e e e e g g g g "
"g g g g h h h h i i i i i i i i "
"i i ijijj j k k q l l l l l l l "
"l l l n n n n n n n n n o o o o "
"o o oeoer r r r r r s s s s s s "
"s s t t t t t t u u u u u u u u "
"u u u u w w y y y z z z z z z s ";
#define FIRST_LATIN 0xC0
#define LAST_LATIN 0x17F

typedef enum LetterKind
{
	LETTER,
	SEPARATOR,
	UNSEEN						/* a mark on the letter before, or nothing at all */
} LetterKind;

/* ----------------------------------------------------------------
 * Letters
 * ----------------------------------------------------------------
 */

/* Of characters beyond ASCII and the table. */
static LetterKind
letter_kind(pg_wchar code)
{
	if ((code >= 0x300 && code <= 0x36F) || code == 0xAD || (code >= 0x200B && code <= 0x200F) ||
		(code >= 0x2060 && code <= 0x2064) || code == 0xFEFF)
		return UNSEEN;
	if ((code >= 0x80 && code < FIRST_LATIN && code != 0xAA && code != 0xBA) ||
		(code >= 0x2B9 && code <= 0x2DF) || (code >= 0x2000 && code <= 0x206F) ||
		(code >= 0x2190 && code <= 0x2BFF) || (code >= 0x2E00 && code <= 0x2E7F) ||
		(code >= 0x3000 && code <= 0x3020) || (code >= 0xFE30 && code <= 0xFE6F))
		return SEPARATOR;
	return LETTER;
}

static void
append_code(StringInfo word, pg_wchar code)
{
	unsigned char utf8[MAX_MULTIBYTE_CHAR_LEN + 1];

	unicode_to_utf8(code, utf8);
	appendBinaryStringInfo(word, (char *) utf8, pg_encoding_mblen(PG_UTF8, (char *) utf8));
}

/* Append what a character becomes; false if it separates words. */
static bool
append_plain(TsmWords *words, pg_wchar code)
{
	if (code < 0x80)
	{
		if (!isalnum((unsigned char) code))
			return false;
		appendStringInfoChar(&words->word, pg_ascii_tolower(code));
		return true;
	}
	if (code >= FIRST_LATIN && code <= LAST_LATIN)
	{
		const char *plain = &latin[2 * (code - FIRST_LATIN)];

		if (plain[0] == ' ')
			return false;
		appendBinaryStringInfo(&words->word, plain, plain[1] == ' ' ? 1 : 2);
		return true;
	}
	switch (letter_kind(code))
	{
		case UNSEEN:
			return true;
		case SEPARATOR:
			return false;
		case LETTER:
			break;
	}
	words->others = true;
	append_code(&words->word, code);
	return true;
}

/* The same of a character in whatever form it is written. */
static bool
append_letter(TsmWords *words, pg_wchar code)
{
	pg_wchar	str[] = {code, 0};
	pg_wchar   *parts;

	/* in other encodings there may be no way back */
	if (code <= LAST_LATIN || letter_kind(code) != LETTER || GetDatabaseEncoding() != PG_UTF8)
	{
		if (code == 0xAA || code == 0xBA)
			code = code == 0xAA ? 'a' : 'o';
		return append_plain(words, code);
	}
	parts = unicode_normalize(UNICODE_NFKD, str);
	for (int i = 0; parts[i] != 0; i++)
		if (!append_plain(words, parts[i]))
			return i > 0;
	return true;
}

/* ----------------------------------------------------------------
 * Words
 * ----------------------------------------------------------------
 */
void
tsm_words_init(TsmWords *words)
{
	words->count = 0;
	words->room = 64;
	words->item = palloc(words->room * sizeof(char *));
	initStringInfo(&words->word);
	initStringInfo(&words->typed);
	words->others = words->accents = words->stems = false;
}

/* Of a word with accents two are kept, which begin so: without them, and as it was typed. */
#define ONLY_WORD '\2'
#define ONLY_STEM '\1'

/* The word itself, whatever it begins with. */
static inline char *
bare(char *word)
{
	return word[0] == ONLY_WORD || word[0] == ONLY_STEM ? word + 1 : word;
}

static void
keep(TsmWords *words, char *word)
{
	if (words->count == words->room)
	{
		words->room *= 2;
		words->item = repalloc(words->item, words->room * sizeof(char *));
	}
	words->item[words->count++] = word;
}

/* A word in the server's encoding, no longer than it may be. */
static char *
cut(const char *str, int len)
{
	char	   *word = pnstrdup(str, len);
	char	   *result = pg_any_to_server(word, len, PG_UTF8);
	int			width = strlen(result);

	if (width > MAX_WORD)
		result[pg_mbcliplen(result, width, MAX_WORD)] = '\0';
	return result;
}

/* The word that was read ends: keep it, and as it was typed if that has accents. */
static void
end_word(TsmWords *words)
{
	if (words->word.len > 0)
	{
		char	   *word = cut(words->word.data, words->word.len);
		bool		twice = words->accents && words->stems;

		if (words->others)
			word = str_tolower(word, strlen(word), DEFAULT_COLLATION_OID);
		keep(words, twice ? psprintf("%c%s", ONLY_WORD, word) : word);
		if (twice)
			keep(words, psprintf("%c%s", ONLY_STEM, cut(words->typed.data, words->typed.len)));
	}
	resetStringInfo(&words->word);
	resetStringInfo(&words->typed);
	words->others = words->accents = false;
}

static void
read_words(TsmWords *words, const char *str, int len)
{
	for (int i = 0; i < len;)
	{
		int			width = pg_encoding_mblen(PG_UTF8, str + i);
		pg_wchar	code;

		if (width > len - i)
			report_invalid_encoding(PG_UTF8, str + i, len - i);
		code = utf8_to_unicode((const unsigned char *) str + i);
		if (!append_letter(words, code))
			end_word(words);
		else
		{
			appendBinaryStringInfo(&words->typed, str + i, width);
			if (width > 1)
				words->accents = true;
		}
		i += width;
	}
	end_word(words);
}

void
tsm_words_add(TsmWords *words, const text *value)
{
	int			len = VARSIZE_ANY_EXHDR(value);
	char	   *str = pnstrdup(VARDATA_ANY(value), len);
	char	   *utf8 = pg_server_to_any(str, len, PG_UTF8);

	words->stems = true;
	read_words(words, utf8, utf8 == str ? len : (int) strlen(utf8));
}

/* The digits of a text, NULL if they are few or stand together. */
static char *
digits_of(const text *value, bool only_digits)
{
	const char *str = VARDATA_ANY(value);
	int			len = VARSIZE_ANY_EXHDR(value);
	char	   *digits = palloc(len + 1);
	int			count = 0;
	int			groups = 0;

	for (int i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) str[i];
		bool		digit = c >= '0' && c <= '9';

		if (only_digits && !digit && (IS_HIGHBIT_SET(c) || isalpha(c)))
			return NULL;
		if (digit && (i == 0 || str[i - 1] < '0' || str[i - 1] > '9'))
			groups++;
		if (digit)
			digits[count++] = c;
	}
	digits[count] = '\0';
	return count >= MIN_NUMBER && count <= MAX_WORD && groups > 0 ? digits : NULL;
}

void
tsm_words_add_number(TsmWords *words, const text *value)
{
	char	   *digits;

	tsm_words_add(words, value);
	digits = digits_of(value, false);
	if (digits == NULL)
		return;
	keep(words, digits);
	if (strlen(digits) > NATIONAL_NUMBER)
		keep(words, digits + strlen(digits) - NATIONAL_NUMBER);
}

/* A label's number is found without its zeros too. */
void
tsm_words_add_label(TsmWords *words, const text *value)
{
	char	   *str = text_to_cstring(value);
	char	   *number = strrchr(str, '-');

	tsm_words_add(words, value);
	if (number == NULL)
		return;
	number += 1 + strspn(number + 1, "0");
	if (number[0] != '\0')
		tsm_words_add(words, cstring_to_text(number));
}

/* ----------------------------------------------------------------
 * Stems
 * ----------------------------------------------------------------
 */

/* Shorter words have no forms, nor have numbers. */
#define MIN_STEMMED 4

/* The stem of a word, NULL if it has none that is another word. */
static char *
stem_of(TSDictionaryCacheEntry *dictionary, char *word)
{
	size_t		len = strlen(word);
	TSLexeme   *lexeme;

	if (len < MIN_STEMMED || strpbrk(word, "0123456789") != NULL)
		return NULL;
	lexeme = (TSLexeme *)
		DatumGetPointer(FunctionCall4(&dictionary->lexize, PointerGetDatum(dictionary->dictData),
									  PointerGetDatum(word), Int32GetDatum((int32) len), PointerGetDatum(NULL)));
	if (lexeme == NULL || lexeme->lexeme == NULL || lexeme->lexeme[0] == '\0' || strcmp(lexeme->lexeme, word) == 0)
		return NULL;
	return lexeme->lexeme;
}

/* The same, as it is kept; of a word as it was typed that has accents, without them. */
static char *
plain_stem_of(TSDictionaryCacheEntry *dictionary, char *word)
{
	TsmWords	plain;
	char	   *stem = stem_of(dictionary, bare(word));

	if (stem == NULL || pg_is_ascii(stem))
		return stem;
	tsm_words_init(&plain);
	stem = pg_server_to_any(stem, strlen(stem), PG_UTF8);
	read_words(&plain, stem, strlen(stem));
	return plain.count == 1 ? plain.item[0] : NULL;
}

static TSDictionaryCacheEntry *
spanish(void)
{
	Oid			dictionary = get_ts_dict_oid(list_make2(makeString(pstrdup("pg_catalog")),
														makeString(pstrdup("spanish_stem"))), true);

	return OidIsValid(dictionary) ? lookup_ts_dictionary_cache(dictionary) : NULL;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
drop_doubles(TsmWords *words)
{
	int			kept = 0;

	qsort(words->item, words->count, sizeof(char *), compare);
	for (int i = 0; i < words->count; i++)
		if (kept == 0 || strcmp(words->item[kept - 1], words->item[i]) != 0)
			words->item[kept++] = words->item[i];
	words->count = kept;
}

Datum
tsm_words_vector(TsmWords *words)
{
	TSDictionaryCacheEntry *dictionary = spanish();
	Datum	   *lexemes;
	int			count = 0;

	drop_doubles(words);
	lexemes = palloc((2 * words->count + 1) * sizeof(Datum));
	for (int i = 0; i < words->count; i++)
	{
		char	   *word = words->item[i];
		char	   *stem = NULL;

		CHECK_FOR_INTERRUPTS();
		if (dictionary != NULL && word[0] != ONLY_WORD)
			stem = plain_stem_of(dictionary, word);
		if (word[0] != ONLY_STEM)
			lexemes[count++] = CStringGetTextDatum(bare(word));
		if (stem != NULL)
			lexemes[count++] = CStringGetTextDatum(stem);
	}
	return DirectFunctionCall1(array_to_tsvector,
							   PointerGetDatum(construct_array(lexemes, count, TEXTOID, -1, false, TYPALIGN_INT)));
}

/* ----------------------------------------------------------------
 * What is looked for
 * ----------------------------------------------------------------
 */

/* One word, or the beginning of it, or its stems; in quotes, as no word has one. */
static void
append_word(StringInfo query, char *word, bool prefix, const char *stem, const char *other)
{
	appendStringInfo(query, "%s('%s'%s", query->len > 0 ? " & " : "", word, prefix ? ":*" : "");
	if (stem != NULL)
		appendStringInfo(query, " | '%s'", stem);
	if (other != NULL)
		appendStringInfo(query, " | '%s'", other);
	appendStringInfoChar(query, ')');
}

static void
append_words(StringInfo query, TsmWords *words, bool (*pass) (void *arg, const char *word, bool prefix), void *arg)
{
	TSDictionaryCacheEntry *dictionary = spanish();
	int			asked = 0;

	for (int i = 0; i < words->count && asked < MAX_ASKED; i++)
	{
		char	   *item = words->item[i];
		char	   *word = bare(item);
		bool		prefix = pg_mbstrlen(word) >= MIN_PREFIX;
		char	   *stem = NULL;
		char	   *other = NULL;

		if (item[0] == ONLY_STEM)
			continue;
		asked++;
		if (pass != NULL && pass(arg, word, prefix))
			continue;
		if (dictionary != NULL)
			stem = plain_stem_of(dictionary, word);
		/* what it was typed as comes next */
		if (dictionary != NULL && item[0] == ONLY_WORD)
			other = plain_stem_of(dictionary, words->item[i + 1]);
		append_word(query, word, prefix, stem, other);
	}
}

Datum
tsm_words_query(const text *value, bool (*pass) (void *arg, const char *word, bool prefix), void *arg)
{
	TsmWords	words;
	StringInfoData query;
	char	   *digits = digits_of(value, true);

	tsm_words_init(&words);
	tsm_words_add(&words, value);
	initStringInfo(&query);
	append_words(&query, &words, digits != NULL ? NULL : pass, arg);
	if (query.len == 0)
		return (Datum) 0;
	if (digits != NULL)
		appendStringInfo(&query, " | '%s':*", digits);
	return DirectFunctionCall1(tsqueryin, CStringGetDatum(query.data));
}

/* ----------------------------------------------------------------
 * For SQL
 * ----------------------------------------------------------------
 */
static void
add_all(TsmWords *words, ArrayType *texts, void (*add) (TsmWords *words, const text *value))
{
	Datum	   *item;
	bool	   *nulls;
	int			count;

	deconstruct_array(texts, TEXTOID, -1, false, TYPALIGN_INT, &item, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			add(words, DatumGetTextPP(item[i]));
}

/* palabras(label, textos, numeros) */
Datum
tsm_palabras(PG_FUNCTION_ARGS)
{
	TsmWords	words;

	tsm_words_init(&words);
	if (!PG_ARGISNULL(0))
		tsm_words_add_label(&words, PG_GETARG_TEXT_PP(0));
	if (!PG_ARGISNULL(1))
		add_all(&words, PG_GETARG_ARRAYTYPE_P(1), tsm_words_add);
	if (!PG_ARGISNULL(2))
		add_all(&words, PG_GETARG_ARRAYTYPE_P(2), tsm_words_add_number);
	return tsm_words_vector(&words);
}

/* consulta_de_texto(texto) */
Datum
tsm_consulta_de_texto(PG_FUNCTION_ARGS)
{
	Datum		query = tsm_words_query(PG_GETARG_TEXT_PP(0), NULL, NULL);

	if (query == (Datum) 0)
		PG_RETURN_NULL();
	return query;
}
