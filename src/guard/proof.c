/*-------------------------------------------------------------------------
 *
 * proof.c
 *	  What proves the history: the canonical form, the hash chain, the digests.
 *
 * hash = sha256(hash of the row before, or 32 zero bytes || canonical form).
 * The canonical form, whose number the row carries, is for each column that is
 * IN_CHAIN, in the order of columns.h: "-," for NULL, else the length of the
 * value in bytes, ":", the value as its type prints it, in UTF-8, and ",".  A
 * time is printed as microseconds since 1970-01-01 00:00 UTC, bytes as
 * hexadecimal digits.
 *
 * Personal texts enter the chain by a digest that is salted, as a telephone
 * number under a known salt is found in seconds.  Texts and salt can be erased
 * then, and the digest still proves the rest.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "guard/guard.h"

StaticAssertDecl(TSM_HASH_LENGTH == PG_SHA256_DIGEST_LENGTH, "sha256 has 32 bytes");

static const uint8 no_hash[TSM_HASH_LENGTH] = {0};

/* ----------------------------------------------------------------
 * The canonical form
 * ----------------------------------------------------------------
 */
const char *
tsm_in_utf8(const char *value, int *len)
{
	char	   *converted;

	if (GetDatabaseEncoding() == PG_UTF8)
		return value;
	converted = pg_server_to_any(value, *len, PG_UTF8);
	/* what needs no conversion comes back as it is, without an end */
	if (converted != value)
		*len = strlen(converted);
	return converted;
}

void
tsm_append_value(StringInfo form, const char *value, int len)
{
	char	   *p;

	/* the value as it is stored is in the database's encoding */
	if (GetDatabaseEncoding() != PG_UTF8)
		value = tsm_in_utf8(value, &len);
	/* by hand: this is done many times for every event */
	enlargeStringInfo(form, len + 14);
	p = form->data + form->len;
	p += pg_ltoa(len, p);
	*p++ = ':';
	memcpy(p, value, len);
	p += len;
	*p++ = ',';
	*p = '\0';
	form->len = p - form->data;
}

static void
append_string(StringInfo form, const char *value)
{
	tsm_append_value(form, value, strlen(value));
}

static void
append_number(StringInfo form, int64 value)
{
	char		digits[MAXINT8LEN + 1];

	tsm_append_value(form, digits, pg_lltoa(value, digits));
}

static void
append_output(StringInfo form, PGFunction output, Datum value)
{
	append_string(form, DatumGetCString(DirectFunctionCall1(output, value)));
}

/* Bytes as hexadecimal digits; of a uuid with its dashes.  By hand: it is done several times for every event. */
static void
append_hex(StringInfo form, const uint8 *data, int len, bool dashes)
{
	static const char hex[] = "0123456789abcdef";
	char	   *str = palloc(2 * len + 4);
	char	   *p = str;

	for (int i = 0; i < len; i++)
	{
		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10))
			*p++ = '-';
		*p++ = hex[data[i] >> 4];
		*p++ = hex[data[i] & 0x0F];
	}
	tsm_append_value(form, str, p - str);
	pfree(str);
}

static void
append_varlena(StringInfo form, TsmType type, Datum value)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(value);

	if (type == TSM_BYTEA)
		append_hex(form, (uint8 *) VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v), false);
	else
		tsm_append_value(form, VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
}

static void
append_typed(StringInfo form, const TsmDesk *desk, TsmType type, Datum value)
{
	switch (type)
	{
		case TSM_UUID:
			append_hex(form, DatumGetUUIDP(value)->data, UUID_LEN, true);
			break;
		case TSM_INT2:
			append_number(form, DatumGetInt16(value));
			break;
		case TSM_INT4:
			append_number(form, DatumGetInt32(value));
			break;
		case TSM_TIMESTAMPTZ:
			append_number(form, DatumGetTimestampTz(value) +
						  (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
			break;
		case TSM_BOOL:
			append_string(form, DatumGetBool(value) ? "true" : "false");
			break;
		case TSM_TICKET_OPERATION:
			append_string(form, tsm_operation_names[tsm_operation_by_oid(desk, DatumGetObjectId(value))]);
			break;
		case TSM_TICKET_ROLE:
			append_string(form, tsm_role_names[tsm_role_by_oid(desk, DatumGetObjectId(value))]);
			break;
		case TSM_TICKET_STATE:
			append_string(form, desk->state[tsm_state_index(desk, DatumGetObjectId(value))].name);
			break;
		case TSM_TICKET_TYPE:
			append_output(form, enum_out, value);
			break;
		case TSM_JSONB:
			append_output(form, jsonb_out, value);
			break;
		case TSM_INET:
			append_output(form, inet_out, value);
			break;
		default:
			append_varlena(form, type, value);
			break;
	}
}

/* Those columns of a row that are what is wanted. */
static void
append_columns(StringInfo form, const TsmDesk *desk, const TsmColumn *column, int count, int wanted,
			   const Datum *value, const bool *isnull)
{
	for (int col = 0; col < count; col++)
	{
		if (!(column[col].what & wanted))
			continue;
		if (isnull[col])
			appendBinaryStringInfo(form, "-,", 2);
		else
			append_typed(form, desk, column[col].type, value[col]);
	}
}

/* ----------------------------------------------------------------
 * Hashes and digests
 * ----------------------------------------------------------------
 */
static void
hash_check(pg_cryptohash_ctx *ctx, int rc)
{
	if (rc < 0)
		elog(ERROR, "could not compute SHA-256: %s", pg_cryptohash_error(ctx));
}

static void
sha256_pieces(const uint8 *first, size_t first_len, const uint8 *second, size_t second_len,
			  uint8 *hash)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	hash_check(ctx, pg_cryptohash_init(ctx));
	hash_check(ctx, pg_cryptohash_update(ctx, first, first_len));
	hash_check(ctx, pg_cryptohash_update(ctx, second, second_len));
	hash_check(ctx, pg_cryptohash_final(ctx, hash, TSM_HASH_LENGTH));
	pg_cryptohash_free(ctx);
}

void
tsm_sha256(const uint8 *data, size_t len, uint8 *hash)
{
	sha256_pieces(data, len, NULL, 0, hash);
}

void
tsm_key_hash(const text *email, const text *key, uint8 *hash)
{
	char	   *folded = asc_tolower(VARDATA_ANY(email), VARSIZE_ANY_EXHDR(email));
	StringInfoData form;

	initStringInfo(&form);
	append_string(&form, folded);
	tsm_append_value(&form, VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key));
	tsm_sha256((uint8 *) form.data, form.len, hash);
}

void
tsm_proof_hash(const TsmDesk *desk, const HistoryRow *row, const uint8 *previous, uint8 *hash)
{
	StringInfoData form;

	initStringInfo(&form);
	append_columns(&form, desk, tsm_history_column, HISTORY_COLUMNS, IN_CHAIN, row->value, row->isnull);
	sha256_pieces(previous ? previous : no_hash, TSM_HASH_LENGTH,
				  (const uint8 *) form.data, form.len, hash);
	pfree(form.data);
}

void
tsm_salted_sha256(const bytea *salt, const char *data, size_t len, uint8 *hash)
{
	sha256_pieces((const uint8 *) VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt), (const uint8 *) data, len, hash);
}

static void
salted(const bytea *salt, StringInfo form, uint8 *digest)
{
	tsm_salted_sha256(salt, form->data, form->len, digest);
	pfree(form->data);
}

void
tsm_proof_of_texts(const TsmDesk *desk, const HistoryRow *row, const bytea *salt, uint8 *digest)
{
	StringInfoData form;

	initStringInfo(&form);
	append_columns(&form, desk, tsm_history_column, HISTORY_COLUMNS, BY_DIGEST, row->value, row->isnull);
	salted(salt, &form, digest);
}

void
tsm_proof_of_data(const TsmDesk *desk, const TicketRow *row, const bytea *salt, uint8 *digest)
{
	StringInfoData form;

	initStringInfo(&form);
	append_columns(&form, desk, tsm_ticket_column, TICKET_COLUMNS, IS_DATA, row->value, row->isnull);
	salted(salt, &form, digest);
}

/* ----------------------------------------------------------------
 * Proving an event
 * ----------------------------------------------------------------
 */

/* Put bytes of a fixed size, which live as long as the row does, into it. */
static void
put_bytes(HistoryRow *row, HistoryColumn col, TsmBytes *bytes, int len)
{
	SET_VARSIZE(bytes, VARHDRSZ + len);
	row->value[col] = PointerGetDatum(bytes);
	row->isnull[col] = false;
}

static bool
has_texts(const HistoryRow *row)
{
	for (int col = 0; col < HISTORY_COLUMNS; col++)
		if (tsm_history_column[col].what == BY_DIGEST && !row->isnull[col])
			return true;
	return false;
}

/* Drawn many at a time: asking costs far more than the bytes do.  Each is used once, and wiped. */
void
tsm_random(uint8 *bytes)
{
	static uint8 drawn[32][TSM_SALT_LENGTH];
	static int	left = 0;

	if (left == 0)
	{
		if (!pg_strong_random(drawn, sizeof(drawn)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		left = lengthof(drawn);
	}
	left--;
	memcpy(bytes, drawn[left], TSM_SALT_LENGTH);
	memset(drawn[left], 0, TSM_SALT_LENGTH);
}

void
tsm_random_uuid(pg_uuid_t *id)
{
	StaticAssertStmt(UUID_LEN == TSM_SALT_LENGTH, "a uuid is as long as what is drawn");
	tsm_random(id->data);
	id->data[6] = (id->data[6] & 0x0F) | 0x40;
	id->data[8] = (id->data[8] & 0x3F) | 0x80;
}

void
tsm_proof_enter(const TsmDesk *desk, HistoryRow *row, const TicketRow *data, const uint8 *previous,
				TsmProofs *proofs)
{
	bool		texts = has_texts(row);
	bytea	   *salt = (bytea *) &proofs->salt;

	if (texts || data != NULL)
	{
		tsm_random(proofs->salt.data);
		put_bytes(row, HC_sal, &proofs->salt, TSM_SALT_LENGTH);
	}
	if (texts)
	{
		tsm_proof_of_texts(desk, row, salt, proofs->texts.data);
		put_bytes(row, HC_huella_textos, &proofs->texts, TSM_HASH_LENGTH);
	}
	if (data != NULL)
	{
		tsm_proof_of_data(desk, data, salt, proofs->data.data);
		put_bytes(row, HC_huella_datos, &proofs->data, TSM_HASH_LENGTH);
	}
	tsm_proof_hash(desk, row, previous, proofs->hash.data);
	put_bytes(row, HC_hash, &proofs->hash, TSM_HASH_LENGTH);
}
