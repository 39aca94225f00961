/*-------------------------------------------------------------------------
 *
 * verify_report.c
 *	  What fn_verificar has found: a row each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

void
tsm_verify_report(TsmVerification *v, const pg_uuid_t *id, const char *problem, const char *fmt,...)
{
	Datum		values[3] = {0};
	bool		nulls[3] = {id == NULL, false, false};
	StringInfoData detail;

	initStringInfo(&detail);
	for (;;)
	{
		va_list		ap;
		int			needed;

		va_start(ap, fmt);
		needed = appendStringInfoVA(&detail, fmt, ap);
		va_end(ap);
		if (needed == 0)
			break;
		enlargeStringInfo(&detail, needed);
	}
	if (id != NULL)
		values[0] = UUIDPGetDatum(id);
	values[1] = CStringGetTextDatum(problem);
	values[2] = CStringGetTextDatum(detail.data);
	tuplestore_putvalues(v->rsinfo->setResult, v->rsinfo->setDesc, values, nulls);
}
