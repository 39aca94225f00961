/*-------------------------------------------------------------------------
 *
 * label_reading.c
 *	  A label as people type it: from a mail whose program has made a dash of
 *	  the hyphen, between brackets, with blanks, without the zeros.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "desk/desk.h"

/* More than this is no label, whatever it is. */
#define MAX_BYTES 200

#define YEAR_DIGITS 4

/* Its letters and digits, in capitals; what else there is separates. */
typedef struct Typed
{
	char		str[MAX_BYTES + 1];
	int			len;
	int			part[MAX_BYTES];	/* where each part begins */
	int			parts;
} Typed;

static void
take_apart(const char *str, int len, Typed *typed)
{
	bool		within = false;

	typed->len = typed->parts = 0;
	for (int i = 0; i < len && i < MAX_BYTES; i++)
	{
		unsigned char c = (unsigned char) str[i];
		bool		counts = !IS_HIGHBIT_SET(c) && isalnum(c);

		if (counts && !within)
			typed->part[typed->parts++] = typed->len;
		if (counts)
			typed->str[typed->len++] = pg_ascii_toupper(c);
		within = counts;
	}
	typed->str[typed->len] = '\0';
}

/* How much of it is the prefix: its first of three parts, or the desk's, or all up to the last letter. */
static int
prefix_length(const TsmDesk *desk, const Typed *typed)
{
	int			len = strlen(desk->label_prefix);

	if (typed->parts == 3)
		return typed->part[1];
	if (strncmp(typed->str, desk->label_prefix, len) == 0)
		return len;
	len = typed->len;
	while (len > 0 && isdigit((unsigned char) typed->str[len - 1]))
		len--;
	return len;
}

/*
 * "TK-2026-00042" with as many zeros as were typed, and as the desk gives out now;
 * any_width: with as many as there may ever have been.
 */
static int
write_labels(const TsmDesk *desk, const char *str, int prefix, bool any_width, Datum *label)
{
	const char *year = str + prefix;
	const char *number = year + YEAR_DIGITS;
	int			typed = strlen(number);
	int			digits;
	int			count = 0;

	number += strspn(number, "0");
	digits = strlen(number);
	for (int width = digits; digits > 0 && width <= Max(digits, TSM_MAX_LABEL_DIGITS); width++)
		if (any_width || width == typed || width == Max(digits, desk->label_digits))
			label[count++] = CStringGetTextDatum(psprintf("%.*s-%.*s-%.*s%s", prefix, str, YEAR_DIGITS, year,
														  width - digits, "000000000000", number));
	return count;
}

Datum
tsm_label_read(const TsmDesk *desk, const char *str, int len, bool any_width)
{
	Datum		label[TSM_MAX_LABEL_DIGITS];
	int			count = 0;
	int			prefix;
	Typed		typed;

	take_apart(str, len, &typed);
	prefix = prefix_length(desk, &typed);
	if (len <= MAX_BYTES && prefix > 0 && typed.len > prefix + YEAR_DIGITS &&
		strspn(typed.str + prefix, "0123456789") == (size_t) (typed.len - prefix))
		count = write_labels(desk, typed.str, prefix, any_width, label);
	return PointerGetDatum(construct_array(label, count, TEXTOID, -1, false, TYPALIGN_INT));
}

TsmRefusal *
tsm_no_such_label(void)
{
	return tsm_refusal(REFUSE_NOT_FOUND, NULL, "No ticket has this label and was created with this e-mail address.", NULL);
}
