/*-------------------------------------------------------------------------
 *
 * files.c
 *	  What is attached to a ticket: the tables adjunto and contenido.
 *
 * Of each content there is one row, whatever number of attachments refer to it.
 * Who refers to one holds its lock together with others, who deletes one holds
 * it alone, both to the end of their transaction: so it goes with the last that
 * refers to it, and none is left that refers to what is gone.
 *
 * The row of the history says what a file was by digests that are salted: name
 * and content can be taken away, each with its salt, and the rest is proven
 * still.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "guard/guard.h"

/* What the ticket holds already, public and internal files each by themselves: nobody is to learn of the others. */
static const TsmQuery q_held = {
	"SELECT pg_catalog.count(*), COALESCE(pg_catalog.sum(a.bytes), 0::pg_catalog.int8)::pg_catalog.int8"
	" FROM @.adjunto a WHERE a.ticket_uuid" EQ "$1 AND a.publico" EQ "$2 AND a.retirado IS NULL",
	2, {UUIDOID, BOOLOID}, PLAN_ONCE
};

static const TsmQuery q_limits = {
	"SELECT c.adjuntos_cantidad, c.adjuntos_bytes FROM @.configuracion c",
	0, {0}, PLAN_ONCE
};

/* Is there room for a byte, be it public or internal? */
static const TsmQuery q_room = {
	"SELECT FROM @.configuracion c CROSS JOIN (VALUES (true), (false)) AS v(publico) WHERE ("
	" SELECT pg_catalog.count(*) OPERATOR(pg_catalog.<) c.adjuntos_cantidad"
	" AND COALESCE(pg_catalog.sum(a.bytes), 0::pg_catalog.int8) OPERATOR(pg_catalog.<) c.adjuntos_bytes"
	" FROM @.adjunto a WHERE a.ticket_uuid" EQ "$1 AND a.publico" EQ "v.publico AND a.retirado IS NULL) LIMIT 1",
	1, {UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_any = {
	"SELECT FROM @.adjunto a WHERE a.ticket_uuid" EQ "$1 AND a.retirado IS NULL LIMIT 1",
	1, {UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_file_insert = {
	"INSERT INTO @.adjunto (adjunto_id, ticket_uuid, version, archivo, tipo_contenido, bytes, sha256, publico, sal, sal_archivo)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	10, {UUIDOID, UUIDOID, INT4OID, TEXTOID, TEXTOID, INT4OID, BYTEAOID, BOOLOID, BYTEAOID, BYTEAOID}, PLAN_ONCE
};

static const TsmQuery q_content = {
	"SELECT FROM @.contenido c WHERE c.sha256" EQ "$1",
	1, {BYTEAOID}, PLAN_BY_INDEX
};

static const TsmQuery q_content_insert = {
	"INSERT INTO @.contenido (sha256, datos) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING",
	2, {BYTEAOID, BYTEAOID}, PLAN_ONCE
};

static const TsmQuery q_file = {
	"SELECT a.sha256, a.retirado FROM @.adjunto a WHERE a.adjunto_id" EQ "$1 AND a.ticket_uuid" EQ "$2",
	2, {UUIDOID, UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_file_withdraw = {
	"UPDATE @.adjunto SET archivo = NULL, sal_archivo = NULL, retirado = $2 WHERE adjunto_id" EQ "$1",
	2, {UUIDOID, INT4OID}, PLAN_ONCE
};

static const TsmQuery q_content_delete = {
	"DELETE FROM @.contenido c WHERE c.sha256" EQ "$1"
	" AND NOT EXISTS (SELECT FROM @.adjunto a WHERE a.sha256" EQ "$1 AND a.retirado IS NULL)",
	1, {BYTEAOID}, PLAN_ONCE
};

/* ----------------------------------------------------------------
 * What a file is
 * ----------------------------------------------------------------
 */
static void
draw_salt(TsmBytes *salt)
{
	SET_VARSIZE(salt, VARHDRSZ + TSM_SALT_LENGTH);
	tsm_random(salt->data);
}

void
tsm_file_begin(TsmFile *file)
{
	tsm_random_uuid(&file->id);
	SET_VARSIZE(&file->digest, VARHDRSZ + TSM_HASH_LENGTH);
	tsm_sha256((uint8 *) VARDATA_ANY(file->content), VARSIZE_ANY_EXHDR(file->content), file->digest.data);
	draw_salt(&file->salt);
	draw_salt(&file->name_salt);
}

/* A member with the digest of some bytes behind a salt, as hexadecimal digits. */
static void
append_digest(StringInfo json, const char *key, const TsmBytes *salt, const char *data, int len)
{
	uint8		digest[TSM_HASH_LENGTH];
	char		hex[2 * TSM_HASH_LENGTH + 1];

	tsm_salted_sha256((const bytea *) salt, data, len, digest);
	hex[hex_encode((char *) digest, TSM_HASH_LENGTH, hex)] = '\0';
	appendStringInfo(json, ", \"%s\": \"%s\"", key, hex);
}

static char *
id_string(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

Jsonb *
tsm_file_facts(const TsmFile *file)
{
	StringInfoData json;
	const char *name = VARDATA_ANY(file->name);
	int			len = VARSIZE_ANY_EXHDR(file->name);
	const char *in_utf8 = tsm_in_utf8(name, &len);

	initStringInfo(&json);
	appendStringInfo(&json, "{\"adjunto\": \"%s\", \"publico\": %s, \"tipo_contenido\": \"%s\", \"bytes\": %d", id_string(&file->id),
					 file->is_public ? "true" : "false", file->type, file->size);
	append_digest(&json, "contenido", &file->salt, (const char *) file->digest.data, TSM_HASH_LENGTH);
	append_digest(&json, "archivo", &file->name_salt, in_utf8, len);
	appendStringInfoChar(&json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}

Jsonb *
tsm_file_withdrawal(const pg_uuid_t *id)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("{\"adjunto\": \"%s\"}", id_string(id)))));
}

/* ----------------------------------------------------------------
 * Locks
 * ----------------------------------------------------------------
 */
typedef struct FileLock
{
	LOCKTAG		tag;
	LOCKMODE	mode;
} FileLock;

static void
acquire(void *arg)
{
	FileLock   *lock = (FileLock *) arg;

	(void) LockAcquire(&lock->tag, lock->mode, false, false);
}

static void
lock_hash(uint64 hash, TsmLockClass class, LOCKMODE mode)
{
	FileLock	lock;

	lock.mode = mode;
	SET_LOCKTAG_ADVISORY(lock.tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, class);
	tsm_bounded_wait(acquire, &lock);
}

static uint64
hash_of(const void *bytes, int len, uint64 seed)
{
	return DatumGetUInt64(hash_any_extended(bytes, len, seed));
}

void
tsm_file_lock(const TsmDesk *desk, const pg_uuid_t *ticket, const TsmFile *file)
{
	uint64		hash = hash_of(ticket, sizeof(*ticket), desk->ticket_relid);

	hash = hash_of(file->digest.data, TSM_HASH_LENGTH, hash);
	lock_hash(hash_of(VARDATA_ANY(file->name), VARSIZE_ANY_EXHDR(file->name), hash), TSM_LOCK_FILE, ExclusiveLock);
}

static void
lock_content(const TsmDesk *desk, Datum digest, LOCKMODE mode)
{
	bytea	   *bytes = DatumGetByteaPP(digest);

	lock_hash(hash_of(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), desk->ticket_relid), TSM_LOCK_CONTENT, mode);
}

/* ----------------------------------------------------------------
 * Keeping one
 * ----------------------------------------------------------------
 */

/* How many files a ticket may hold, and how large all of them together. */
static void
require_room(const TsmDesk *desk, const pg_uuid_t *ticket, const TsmFile *file)
{
	Datum		args[2] = {UUIDPGetDatum(ticket), BoolGetDatum(file->is_public)};
	const char *kind = file->is_public ? "public" : "internal";
	int64		most;
	int64		most_bytes;
	int64		held;
	int64		bytes;

	tsm_read_latest(desk, &q_limits, NULL);
	most = DatumGetInt32(tsm_read_value(0, 1));
	most_bytes = DatumGetInt64(tsm_read_value(0, 2));
	tsm_read_latest(desk, &q_held, args);
	held = DatumGetInt64(tsm_read_value(0, 1));
	bytes = DatumGetInt64(tsm_read_value(0, 2));
	if (held >= most)
		tsm_refuse(REFUSE_FULL_TICKET, NULL,
				   psprintf("It has " INT64_FORMAT " %s files; at most " INT64_FORMAT " are allowed (configuracion.adjuntos_cantidad).",
							held, kind, most), NULL);
	if (bytes > most_bytes - file->size)
		tsm_refuse(REFUSE_FULL_TICKET, NULL,
				   psprintf("Its %s files have " INT64_FORMAT " bytes, and \"contenido\" has %d; at most " INT64_FORMAT
							" are allowed together (configuracion.adjuntos_bytes).", kind, bytes, file->size, most_bytes), NULL);
}

/* A row that nobody has kept from being written. */
static void
write_one(const TsmDesk *desk, const TsmQuery *query, Datum *args, TsmTable table, const char *name)
{
	(void) tsm_guarded_write(desk, query, args, NULL, table);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("a row of table \"%s\" was not written", name),
				 errhint("See the triggers and rules that were added to it.")));
}

/* Its content, unless that is there: whoever would delete it waits for us, or is done. */
static void
store_content(const TsmDesk *desk, const TsmFile *file)
{
	Datum		args[2] = {PointerGetDatum(&file->digest), PointerGetDatum(file->content)};

	lock_content(desk, args[0], ShareLock);
	tsm_read_latest(desk, &q_content, args);
	if (SPI_processed > 0)
		return;
	(void) tsm_guarded_write(desk, &q_content_insert, args, NULL, TABLE_contenido);
	if (SPI_processed == 1)
		return;
	/* somebody else was faster */
	tsm_read_latest(desk, &q_content, args);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("a row of table \"%s\" was not written", "contenido"),
				 errhint("See the triggers and rules that were added to it.")));
}

static void
store(const TsmRequest *request, const TsmFile *file)
{
	Datum		args[10];

	require_room(request->desk, &request->ticket_id, file);
	store_content(request->desk, file);
	args[0] = UUIDPGetDatum(&file->id);
	args[1] = UUIDPGetDatum(&request->ticket_id);
	args[2] = Int32GetDatum(tsm_own_version(request));
	args[3] = PointerGetDatum(file->name);
	args[4] = CStringGetTextDatum(file->type);
	args[5] = Int32GetDatum(file->size);
	args[6] = PointerGetDatum(&file->digest);
	args[7] = BoolGetDatum(file->is_public);
	args[8] = PointerGetDatum(&file->salt);
	args[9] = PointerGetDatum(&file->name_salt);
	write_one(request->desk, &q_file_insert, args, TABLE_adjunto, "adjunto");
	tsm_words_add_name(request->desk, &request->ticket_id, file->name);
}

void
tsm_file_store(const TsmRequest *request, const TsmFile *file)
{
	TsmIdentity saved = tsm_enter(request->desk);

	store(request, file);
	tsm_leave(saved);
}

/* ----------------------------------------------------------------
 * What could be done
 * ----------------------------------------------------------------
 */
static bool
finds(const TsmDesk *desk, const TsmQuery *query, const pg_uuid_t *ticket)
{
	Datum		arg = UUIDPGetDatum(ticket);
	TsmIdentity saved = tsm_enter(desk);
	bool		found;

	tsm_read(desk, query, &arg);
	found = SPI_processed > 0;
	tsm_leave(saved);
	return found;
}

bool
tsm_has_room(const TsmDesk *desk, const pg_uuid_t *ticket)
{
	return finds(desk, &q_room, ticket);
}

bool
tsm_has_files(const TsmDesk *desk, const pg_uuid_t *ticket)
{
	return finds(desk, &q_any, ticket);
}

/* ----------------------------------------------------------------
 * Taking one away
 * ----------------------------------------------------------------
 */
static Datum
digest_of_present(const TsmRequest *request, const pg_uuid_t *id)
{
	Datum		args[2] = {UUIDPGetDatum(id), UUIDPGetDatum(&request->ticket_id)};
	bool		isnull;
	Datum		digest;

	tsm_read_latest(request->desk, &q_file, args);
	if (SPI_processed == 0)
		tsm_refuse(REFUSE_NO_FILE, NULL, psprintf("Ticket %s has no attachment %s.",
												  TextDatumGetCString(request->row.value[TC_ticket_label]), id_string(id)), NULL);
	(void) SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	if (!isnull)
		tsm_refuse(REFUSE_NOTHING, NULL, psprintf("Attachment %s was taken away by event %s.", id_string(id), tsm_read_string(0, 2)),
				   NULL);
	digest = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? (Datum) 0 : PointerGetDatum(DatumGetByteaPCopy(digest));
}

void
tsm_file_withdraw(const TsmRequest *request, const pg_uuid_t *id)
{
	TsmIdentity saved = tsm_enter(request->desk);
	Datum		digest = digest_of_present(request, id);
	Datum		args[2] = {UUIDPGetDatum(id), Int32GetDatum(tsm_own_version(request))};

	if (digest != (Datum) 0)
		lock_content(request->desk, digest, ExclusiveLock);
	write_one(request->desk, &q_file_withdraw, args, TABLE_adjunto, "adjunto");
	if (digest != (Datum) 0)
		(void) tsm_guarded_write(request->desk, &q_content_delete, &digest, NULL, TABLE_contenido);
	tsm_words_renew(request->desk, &request->ticket_id);
	tsm_leave(saved);
}
