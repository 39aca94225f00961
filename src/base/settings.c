/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The settings ticket_sm.*, and the clock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/varlena.h"

#include "base/base.h"

PG_FUNCTION_INFO_V1(tsm_ahora);

/* The schema of the desk that the functions act on. */
char	   *tsm_desk_name = NULL;

/* How long an operation waits for a lock before it gives up with PT423. */
int			tsm_lock_wait = 2000;

/* Login roles whose request.jwt.claims are believed: anyone can SET those. */
char	   *tsm_authenticators = NULL;

/* The reason that a plain UPDATE gives for its operation. */
char	   *tsm_direct_reason = NULL;

/* Seconds that the clock is moved by, for tests. */
int			tsm_clock_offset = 0;

static bool
check_role_list(char **newval, void **extra, GucSource source)
{
	char	   *copy = pstrdup(*newval);
	List	   *names;

	if (!SplitIdentifierString(copy, ',', &names))
	{
		GUC_check_errdetail("List syntax is invalid.");
		return false;
	}
	list_free(names);
	pfree(copy);
	return true;
}

void
tsm_define_settings(void)
{
	DefineCustomStringVariable("ticket_sm.mesa",
							   "Schema of the mesa that the functions act on.",
							   "The caller needs USAGE on it.",
							   &tsm_desk_name, "helpdesk",
							   PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable("ticket_sm.espera_bloqueo",
							"Longest wait for a lock in an operation, before it fails with PT423.",
							"0 leaves it to lock_timeout; the shorter of the two counts.",
							&tsm_lock_wait, 2000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);

	DefineCustomStringVariable("ticket_sm.motivo",
							   "Reason that a direct UPDATE of a ticket gives.",
							   "Required where the operation requires one; the functions have a parameter instead.",
							   &tsm_direct_reason, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);

	/* What follows would weaken the guard, so it is the superuser's. */
	DefineCustomStringVariable("ticket_sm.autenticadores",
							   "Login roles whose request.jwt.claims are believed.",
							   "A comma-separated list, such as PostgREST's authenticator.",
							   &tsm_authenticators, "",
							   PGC_SUSET, GUC_LIST_INPUT, check_role_list, NULL, NULL);

	DefineCustomIntVariable("ticket_sm.desfase_reloj",
							"Moves the clock of the tickets, for tests.",
							NULL,
							&tsm_clock_offset, 0, INT_MIN, INT_MAX,
							PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);

	MarkGUCPrefixReserved("ticket_sm");
}

TimestampTz
tsm_statement_time(void)
{
	return GetCurrentStatementStartTimestamp() + (int64) tsm_clock_offset * USECS_PER_SEC;
}

Datum
tsm_ahora(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(tsm_statement_time());
}
