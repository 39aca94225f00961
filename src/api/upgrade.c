/*-------------------------------------------------------------------------
 *
 * upgrade.c
 *	  What making a desk and bringing it up to date need from C: to run a long
 *	  text, and to act as the desk's owner.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_como_duenio);
PG_FUNCTION_INFO_V1(tsm_correr_guion);

/* Of a template no more is shown in an error than tells which it is. */
#define CONTEXT_SHOWN 400


/* The owner of a desk that the caller may act for. */
static Oid
owner_of(Oid nspid, const char *schema)
{
	Oid			relid = OidIsValid(nspid) ? get_relname_relid("ticket", nspid) : InvalidOid;
	Relation	rel;
	Oid			owner;

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_SCHEMA_NAME),
				 errmsg("schema \"%s\" is not a mesa", schema),
				 errhint("ticket_sm.crear_mesa() makes one.")));
	rel = relation_open(relid, AccessShareLock);
	owner = rel->rd_rel->relowner;
	relation_close(rel, AccessShareLock);
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of mesa \"%s\"", schema)));
	return owner;
}

/* Run SQL.  The context of an error is cut: PostgreSQL's has the whole text, a template of 900 lines. */
static int
run_text(const char *text)
{
	MemoryContext cxt = CurrentMemoryContext;
	int			rc = 0;

	PG_TRY();
	{
		rc = SPI_execute(text, false, 0);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		if (error->context != NULL && strlen(error->context) > CONTEXT_SHOWN)
			strcpy(error->context + pg_mbcliplen(error->context, strlen(error->context), CONTEXT_SHOWN - 4), " ...");
		if (error->internalquery != NULL && strlen(error->internalquery) > CONTEXT_SHOWN)
		{
			error->internalquery = NULL;
			error->internalpos = 0;
		}
		ReThrowError(error);
	}
	PG_END_TRY();
	if (rc < 0)
		elog(ERROR, "could not run the text of a template: %s", SPI_result_code_string(rc));
	return rc;
}

Datum
tsm_correr_guion(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		tsm_missing_field("guion");
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	(void) run_text(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * Run SQL as the owner of a desk.  It may run what the owner has written -
 * triggers, defaults, functions of an index - so it is fenced in as that
 * always is: it can't become the caller again, nor leave anything behind that
 * runs as the caller.  SET ROLE would not do.
 */
Datum
tsm_como_duenio(PG_FUNCTION_ARGS)
{
	MemoryContext cxt = CurrentMemoryContext;
	char	   *schema;
	TsmDesk		desk = {0};
	TsmIdentity saved;
	text	   *answer = NULL;
	int			rc;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		tsm_missing_field(PG_ARGISNULL(0) ? "esquema" : "guion");
	schema = NameStr(*PG_GETARG_NAME(0));
	desk.nspid = get_namespace_oid(schema, true);
	desk.owner = owner_of(desk.nspid, schema);
	desk.search_path = "pg_catalog, pg_temp";

	saved = tsm_enter(&desk);
	rc = run_text(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (rc == SPI_OK_SELECT && SPI_processed > 0)
	{
		char	   *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

		if (value != NULL)
			answer = cstring_to_text(value);
		MemoryContextSwitchTo(oldcxt);
	}
	tsm_leave(saved);

	if (answer == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(answer);
}
