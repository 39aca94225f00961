/*-------------------------------------------------------------------------
 *
 * file_name.c
 *	  What a file may be called.
 *
 * A name is shown to others and becomes that of a file on their machines, so it
 * is not refused but made harmless: no folder, nothing that is not seen or turns
 * the direction of writing (base/texts.c takes that away), no character and no
 * name that some system keeps for itself, nothing hidden, and not too long for a
 * header of HTTP.  The extension, by which people know what it is, stays.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "desk/desk.h"

/* What is called nothing. */
#define UNNAMED "archivo"

/* A longer one is none, and is cut with the rest. */
#define LONGEST_EXTENSION 20

/* Of a longer path only so many bytes at its end are looked at. */
#define LONGEST_PATH 65536

static bool
is_edge(char c)
{
	return c == '.' || c == ' ';
}

/* Without dots and blanks at its ends: hidden files, and names that Windows reads as others. */
static void
strip(TsmText *t)
{
	while (t->len > 0 && is_edge(t->str[t->len - 1]))
		t->len--;
	while (t->len > 0 && is_edge(*t->str))
	{
		t->str++;
		t->len--;
	}
}

/* The last part of a path, of whatever system. */
static void
drop_folders(TsmText *t)
{
	for (int i = t->len - 1; i >= 0; i--)
		if (t->str[i] == '/' || t->str[i] == '\\')
		{
			t->str += i + 1;
			t->len -= i + 1;
			return;
		}
}

/* Where the name of a device would end. */
static int
stem_length(const TsmText *t)
{
	int			len = 0;

	while (len < t->len && t->str[len] != '.')
		len++;
	while (len > 0 && t->str[len - 1] == ' ')
		len--;
	return len;
}

/* Is it the name of a device of Windows, whatever its extension? */
static bool
is_device(const TsmText *t)
{
	static const char *const names[] = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"};
	int			len = stem_length(t);

	for (int i = 0; i < (int) lengthof(names); i++)
		if (len == (int) strlen(names[i]) && pg_strncasecmp(t->str, names[i], len) == 0)
			return true;
	/* with a digit, or in some encodings a small one of two or three bytes, behind it */
	return len >= 4 && len <= 6 &&
		(pg_strncasecmp(t->str, "com", 3) == 0 || pg_strncasecmp(t->str, "lpt", 3) == 0) &&
		(len == 4 ? (t->str[3] >= '0' && t->str[3] <= '9') || IS_HIGHBIT_SET(t->str[3]) :
		 pg_mbstrlen_with_len(t->str + 3, len - 3) == 1);
}

/* Where the extension begins, with its dot; at the end if there is none. */
static int
extension_of(const TsmText *t)
{
	for (int i = t->len - 1; i > 0; i--)
		if (t->str[i] == '.')
			return pg_mbstrlen_with_len(t->str + i, t->len - i) <= LONGEST_EXTENSION ? i : t->len;
	return t->len;
}

/* Cut it before its extension. */
static void
cut(TsmText *t, int most)
{
	int			extension = extension_of(t);
	int			kept;

	if (t->len <= most || pg_mbstrlen_with_len(t->str, t->len) <= most)
		return;
	kept = pg_mbcharcliplen(t->str, extension, most - pg_mbstrlen_with_len(t->str + extension, t->len - extension));
	while (kept > 0 && is_edge(t->str[kept - 1]))
		kept--;
	t->str = psprintf("%.*s%.*s", kept, t->str, t->len - extension, t->str + extension);
	t->len = strlen(t->str);
}

TsmRefusal *
tsm_file_normalise(const char *field, TsmText *t)
{
	TsmRefusal *refusal;
	char	   *str;

	if (t->len > LONGEST_PATH)
	{
		int			left_out = pg_mbcliplen(t->str, t->len, t->len - LONGEST_PATH);

		t->str += left_out;
		t->len -= left_out;
	}
	refusal = tsm_text_normalise(TEXT_FILE, field, t);
	if (refusal != NULL)
		return refusal;
	drop_folders(t);
	strip(t);
	t->str = str = pnstrdup(t->str, t->len);
	for (int i = 0; i < t->len; i++)
		if (strchr("<>:\"|?*", str[i]) != NULL)
			str[i] = '_';
	if (is_device(t))
	{
		t->str = psprintf("_%s", str);
		t->len++;
	}
	cut(t, tsm_fields[F_ARCHIVO].max);
	if (t->len == 0)
	{
		t->str = UNNAMED;
		t->len = strlen(UNNAMED);
	}
	t->unseen = 0;
	return NULL;
}
