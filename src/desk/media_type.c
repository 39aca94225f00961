/*-------------------------------------------------------------------------
 *
 * media_type.c
 *	  What a file is, by its first bytes.
 *
 * What a client says counts only where the bytes leave it open, and only if it
 * is one of these: no type leaves this file that does not stand in it.  Among
 * them is none that a browser runs, such as HTML or SVG.  Nothing is unpacked or
 * decoded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "desk/desk.h"

#define ANYTHING "application/octet-stream"

/* What a file is of which the first bytes show the kind of container alone. */
typedef enum Container
{
	NONE,						/* the bytes say it all */
	ZIP,
	OLE,						/* of older programs of Microsoft's */
	OGG,
	PLAIN_TEXT
} Container;

typedef struct Magic
{
	int			offset;
	const char *bytes;
	int			len;
	const char *type;
	Container	container;
} Magic;

#define M(offset, bytes, type, container) {offset, bytes, sizeof(bytes) - 1, type, container}

static const Magic magics[] = {
	M(0, "\x89PNG\r\n\x1a\n", "image/png", NONE),
	M(0, "\xff\xd8\xff", "image/jpeg", NONE),
	M(0, "GIF87a", "image/gif", NONE),
	M(0, "GIF89a", "image/gif", NONE),
	M(8, "WEBP", "image/webp", NONE),
	M(0, "II*\0", "image/tiff", NONE),
	M(0, "MM\0*", "image/tiff", NONE),
	M(4, "ftypheic", "image/heic", NONE),
	M(4, "ftypmif1", "image/heic", NONE),
	M(4, "ftypavif", "image/avif", NONE),
	M(4, "ftypqt", "video/quicktime", NONE),
	M(4, "ftypM4A", "audio/mp4", NONE),
	M(4, "ftyp", "video/mp4", NONE),
	M(0, "\x1a\x45\xdf\xa3", "video/webm", NONE),
	M(8, "WAVE", "audio/wav", NONE),
	M(0, "ID3", "audio/mpeg", NONE),
	M(0, "OggS", "application/ogg", OGG),
	M(0, "%PDF-", "application/pdf", NONE),
	M(0, "{\\rtf", "application/rtf", NONE),
	M(0, "PK\x03\x04", "application/zip", ZIP),
	M(0, "PK\x05\x06", "application/zip", ZIP),
	M(0, "\x1f\x8b", "application/gzip", NONE),
	M(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", NONE),
	M(0, "Rar!\x1a\x07", "application/vnd.rar", NONE),
	M(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ANYTHING, OLE),
	M(0, "MZ", ANYTHING, NONE),
	M(0, "\x7f" "ELF", ANYTHING, NONE),
};

/* What a client may say of a container. */
static const struct
{
	Container	container;
	const char *type;
}			claims[] = {
	{ZIP, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{ZIP, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{ZIP, "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	{ZIP, "application/vnd.oasis.opendocument.text"},
	{ZIP, "application/vnd.oasis.opendocument.spreadsheet"},
	{ZIP, "application/vnd.oasis.opendocument.presentation"},
	{OLE, "application/msword"},
	{OLE, "application/vnd.ms-excel"},
	{OLE, "application/vnd.ms-powerpoint"},
	{OLE, "application/vnd.ms-outlook"},
	{OGG, "audio/ogg"},
	{OGG, "video/ogg"},
	{PLAIN_TEXT, "text/plain"},
	{PLAIN_TEXT, "text/csv"},
	{PLAIN_TEXT, "text/markdown"},
	{PLAIN_TEXT, "text/calendar"},
	{PLAIN_TEXT, "text/vcard"},
	{PLAIN_TEXT, "application/json"},
	{PLAIN_TEXT, "message/rfc822"},
};

/* So many bytes tell text from other things, as browsers do it. */
#define LOOKED_AT 1445

static const Magic *
magic_of(const char *data, size_t len)
{
	for (int i = 0; i < (int) lengthof(magics); i++)
	{
		const Magic *m = &magics[i];

		if (len >= (size_t) (m->offset + m->len) && memcmp(data + m->offset, m->bytes, m->len) == 0 &&
			(m->offset != 8 || memcmp(data, "RIFF", 4) == 0))
			return m;
	}
	return NULL;
}

/* Does it look like text that no browser takes for HTML, SVG or XML? */
static bool
is_plain_text(const char *data, size_t len)
{
	size_t		i = 0;

	if (len > LOOKED_AT)
		len = LOOKED_AT;
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < len && strchr(" \t\r\n\f", data[i]) != NULL && data[i] != '\0')
		i++;
	if (i < len && data[i] == '<')
		return false;
	for (; i < len; i++)
		if ((unsigned char) data[i] < 0x20 && (data[i] == '\0' || strchr("\t\r\n\f\x1b", data[i]) == NULL))
			return false;
	return true;
}

/* What stands before the parameters of a media type. */
static size_t
claim_length(const char *claimed)
{
	size_t		len = strcspn(claimed, ";");

	while (len > 0 && claimed[len - 1] == ' ')
		len--;
	return len;
}

const char *
tsm_media_type(const char *data, size_t len, const char *claimed)
{
	const Magic *magic = magic_of(data, len);
	Container	container = magic != NULL ? magic->container : is_plain_text(data, len) ? PLAIN_TEXT : NONE;
	size_t		claim = claimed != NULL ? claim_length(claimed) : 0;

	for (int i = 0; i < (int) lengthof(claims); i++)
		if (claims[i].container == container && strlen(claims[i].type) == claim &&
			pg_strncasecmp(claims[i].type, claimed, claim) == 0)
			return claims[i].type;
	return magic != NULL ? magic->type : ANYTHING;
}
