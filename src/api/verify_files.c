/*-------------------------------------------------------------------------
 *
 * verify_files.c
 *	  fn_verificar: the proof that nobody went round the guard.  Here what is
 *	  attached to the tickets.
 *
 * The rows are compared with the events that tell of them, in one query.  The
 * contents are read one at a time, each a value that is fetched and forgotten;
 * one that cannot be read is a problem like others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

/* A digest behind a salt as the chain has it; NULL if the salt was erased. */
#define SALTED(salt, value) \
	"pg_catalog.encode(pg_catalog.sha256(" salt " OPERATOR(pg_catalog.||) " value "), 'hex')"

/* What the chain says of a file, and what the row does: are they the same, as far as that can be said? */
#define TOLD(key) "(h.adjunto OPERATOR(pg_catalog.->>) '" key "')"
#define DIFFERS(key, value) "COALESCE(" TOLD(key) " OPERATOR(pg_catalog.<>) " value ", true)"
#define DIFFERS_IF_KNOWN(key, value) "COALESCE(" TOLD(key) " OPERATOR(pg_catalog.<>) " value ", false)"

static const TsmQuery q_verify_files = {
	"SELECT COALESCE(a.ticket_uuid, h.ticket_uuid), COALESCE(a.adjunto_id::pg_catalog.text, " TOLD("adjunto") "),"
	" COALESCE(a.version, h.version), CASE"
	" WHEN a.adjunto_id IS NULL THEN 'falta'"
	" WHEN h.ticket_uuid IS NULL THEN 'ajeno'"
	" WHEN " DIFFERS("adjunto", "a.adjunto_id::pg_catalog.text")
	" OR " DIFFERS("publico", "a.publico::pg_catalog.text")
	" OR " DIFFERS("tipo_contenido", "a.tipo_contenido")
	" OR " DIFFERS("bytes", "a.bytes::pg_catalog.text")
	" OR " DIFFERS_IF_KNOWN("contenido", SALTED("a.sal", "a.sha256"))
	" OR " DIFFERS_IF_KNOWN("archivo", SALTED("a.sal_archivo", "pg_catalog.convert_to(a.archivo, 'UTF8')"))
	" THEN 'otro'"
	" WHEN (a.archivo IS NULL) OPERATOR(pg_catalog.<>) (a.sal_archivo IS NULL)"
	" OR (a.sha256 IS NULL) OPERATOR(pg_catalog.<>) (a.sal IS NULL) THEN 'sal'"
	" WHEN a.retirado IS NULL AND a.archivo IS NULL THEN 'sin nombre'"
	" WHEN a.retirado IS NOT NULL AND a.archivo IS NOT NULL THEN 'con nombre'"
	" WHEN a.retirado IS DISTINCT FROM ("
	"  SELECT r.version FROM @.historial r WHERE r.ticket_uuid" EQ "a.ticket_uuid"
	"  AND r.operacion" EQ "'retirar_adjunto'::ticket_sm.ticket_operation"
	"  AND (r.adjunto OPERATOR(pg_catalog.->>) 'adjunto')" EQ "a.adjunto_id::pg_catalog.text"
	"  ORDER BY r.version LIMIT 1) THEN 'retirado' END"
	" FROM (SELECT * FROM @.adjunto b WHERE b.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND b.ticket_uuid OPERATOR(pg_catalog.<=) $2) AS a"
	" FULL JOIN (SELECT e.ticket_uuid, e.version, e.adjunto FROM @.historial e"
	"  WHERE e.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND e.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	"  AND e.operacion" EQ "'adjuntar'::ticket_sm.ticket_operation) AS h"
	" ON h.ticket_uuid" EQ "a.ticket_uuid AND h.version" EQ "a.version"
	" ORDER BY 1, 3",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

/* Those that should have a content, by content: none is read twice. */
static const TsmQuery q_verify_contents = {
	"SELECT a.ticket_uuid, a.adjunto_id, a.bytes, a.sha256, c.datos"
	" FROM @.adjunto a LEFT JOIN @.contenido c ON c.sha256" EQ "a.sha256"
	" WHERE a.ticket_uuid OPERATOR(pg_catalog.>=) $1 AND a.ticket_uuid OPERATOR(pg_catalog.<=) $2"
	" AND a.retirado IS NULL AND a.sha256 IS NOT NULL"
	" ORDER BY a.sha256, a.ticket_uuid, a.version",
	2, {UUIDOID, UUIDOID}, PLAN_AS_NEEDED
};

static const TsmQuery q_verify_orphans = {
	"SELECT pg_catalog.encode(c.sha256, 'hex') FROM @.contenido c"
	" WHERE NOT EXISTS (SELECT FROM @.adjunto a WHERE a.sha256" EQ "c.sha256 AND a.retirado IS NULL)"
	" ORDER BY 1",
	0, {0}, PLAN_AS_NEEDED
};

/* ----------------------------------------------------------------
 * Rows and events
 * ----------------------------------------------------------------
 */
static const char *
problem_text(const char *what)
{
	static const struct
	{
		const char *what;
		const char *text;
	}			problems[] = {
		{"falta", "event %2$s attached file %1$s, which is not there"},
		{"ajeno", "file %1$s says that event %2$s attached it, which did not"},
		{"otro", "file %1$s is not the one that event %2$s attached: it, or a salt of it, was changed"},
		{"sal", "file %1$s of event %2$s has a salt without what it salts, or the other way round"},
		{"sin nombre", "file %1$s of event %2$s has no name, and was not taken away"},
		{"con nombre", "file %1$s of event %2$s was taken away, and has its name still"},
		{"retirado", "file %1$s of event %2$s was taken away without an event, or not, though there is one"}
	};

	for (int i = 0; i < (int) lengthof(problems); i++)
		if (strcmp(problems[i].what, what) == 0)
			return problems[i].text;
	elog(ERROR, "unrecognized problem of a file: %s", what);
}

static void
verify_rows(TsmVerification *v, Datum *range)
{
	TsmScan		scan;
	TupleTableSlot *slot;

	tsm_scan_begin(&scan, v->desk, &q_verify_files, range);
	while ((slot = tsm_scan_next(&scan)) != NULL)
	{
		MemoryContext cxt = MemoryContextSwitchTo(v->row_cxt);

		if (!slot->tts_isnull[3])
			tsm_verify_report(v, DatumGetUUIDP(slot->tts_values[0]), "adjunto",
							  problem_text(TextDatumGetCString(slot->tts_values[3])),
							  slot->tts_isnull[1] ? "(none)" : TextDatumGetCString(slot->tts_values[1]),
							  psprintf("%d", DatumGetInt32(slot->tts_values[2])));
		MemoryContextSwitchTo(cxt);
		MemoryContextReset(v->row_cxt);
		CHECK_FOR_INTERRUPTS();
	}
	tsm_scan_end(&scan);
}

/* ----------------------------------------------------------------
 * Contents
 * ----------------------------------------------------------------
 */

/* A content, and what it should be. */
typedef struct Content
{
	Datum		stored;
	int			size;
	const uint8 *digest;
	bool		good;
} Content;

static void
examine(void *arg)
{
	Content    *c = (Content *) arg;
	bytea	   *content = DatumGetByteaPP(c->stored);
	uint8		digest[TSM_HASH_LENGTH];

	tsm_sha256((uint8 *) VARDATA_ANY(content), VARSIZE_ANY_EXHDR(content), digest);
	c->size = VARSIZE_ANY_EXHDR(content);
	c->good = memcmp(digest, c->digest, TSM_HASH_LENGTH) == 0;
}

/* What is wrong with a content, NULL if nothing is, and its size then; the text outlives the row. */
static const char *
fault_of(TsmVerification *v, TupleTableSlot *slot, int *size)
{
	bytea	   *digest = DatumGetByteaPP(slot->tts_values[3]);
	Content		content = {slot->tts_values[4], 0, (uint8 *) VARDATA_ANY(digest), false};
	ErrorData  *error;

	if (VARSIZE_ANY_EXHDR(digest) != TSM_HASH_LENGTH)
		return "has no digest";
	if (slot->tts_isnull[4])
		return "has no content";
	error = tsm_attempt(examine, &content);
	if (error != NULL)
		return MemoryContextStrdup(v->chain_cxt, psprintf("has a content that cannot be read: %s", error->message));
	*size = content.size;
	return content.good ? NULL : "has a content that does not have its digest";
}

static void
verify_contents(TsmVerification *v, Datum *range)
{
	uint8		last[TSM_HASH_LENGTH];
	const char *fault = NULL;
	int			size = 0;
	bool		first = true;
	TsmScan		scan;
	TupleTableSlot *slot;

	tsm_scan_begin(&scan, v->desk, &q_verify_contents, range);
	while ((slot = tsm_scan_next(&scan)) != NULL)
	{
		MemoryContext cxt = MemoryContextSwitchTo(v->row_cxt);
		bytea	   *digest = DatumGetByteaPP(slot->tts_values[3]);
		bool		known = VARSIZE_ANY_EXHDR(digest) == TSM_HASH_LENGTH;

		if (first || !known || memcmp(last, VARDATA_ANY(digest), TSM_HASH_LENGTH) != 0)
			fault = fault_of(v, slot, &size);
		first = !known;
		if (known)
			memcpy(last, VARDATA_ANY(digest), TSM_HASH_LENGTH);
		if (fault != NULL)
			tsm_verify_report(v, DatumGetUUIDP(slot->tts_values[0]), "adjunto", "file %s %s",
							  DatumGetCString(DirectFunctionCall1(uuid_out, slot->tts_values[1])), fault);
		else if (size != DatumGetInt32(slot->tts_values[2]))
			tsm_verify_report(v, DatumGetUUIDP(slot->tts_values[0]), "adjunto", "file %s has a content of another size",
							  DatumGetCString(DirectFunctionCall1(uuid_out, slot->tts_values[1])));
		MemoryContextSwitchTo(cxt);
		MemoryContextReset(v->row_cxt);
		CHECK_FOR_INTERRUPTS();
	}
	tsm_scan_end(&scan);
	MemoryContextReset(v->chain_cxt);
}

void
tsm_verify_files(TsmVerification *v, Datum *range, bool contents)
{
	verify_rows(v, range);
	if (contents)
		verify_contents(v, range);
}

void
tsm_verify_orphans(TsmVerification *v)
{
	tsm_read(v->desk, &q_verify_orphans, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
		tsm_verify_report(v, NULL, "adjunto", "content %s is of no attachment", tsm_read_string(i, 1));
}
