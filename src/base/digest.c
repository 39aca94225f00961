/*-------------------------------------------------------------------------
 *
 * digest.c
 *	  SHA-256, by the server's own implementation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"

#include "base/base.h"

StaticAssertDecl(TSM_HASH_LENGTH == PG_SHA256_DIGEST_LENGTH, "sha256 has 32 bytes");

/* ----------------------------------------------------------------
 * The hash chain
 * ----------------------------------------------------------------
 */
static void
hash_check(pg_cryptohash_ctx *ctx, int rc)
{
	if (rc < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute SHA-256: %s", pg_cryptohash_error(ctx))));
}

void
tsm_sha256_pieces(const uint8 *first, size_t first_len, const uint8 *second, size_t second_len,
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
	tsm_sha256_pieces(data, len, NULL, 0, hash);
}
