/*-------------------------------------------------------------------------
 *
 * policy.c
 *	  SLA policies: which one holds for a ticket, and their versions.
 *
 * A policy may name a category, an area, a type and a priority, or leave them
 * open.  Of those that fit, the most specific one holds: naming the category
 * counts for more than all the rest, then the area, the type, the priority.
 * The table's unique index leaves no two that weigh the same.
 *
 * A ticket keeps the version it was given, so every edit makes a new one.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

#include "catalog/pg_collation.h"
#include "commands/trigger.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tsm_tg_policy);

typedef struct PolicyWarnings
{
	int			version_id;		/* hash key */
	TsmWarnings warnings;
} PolicyWarnings;

const Size	tsm_policy_cache_entry_size = sizeof(PolicyWarnings);

static bool
fits(const char *wanted, Datum value)
{
	text	   *t = DatumGetTextPP(value);
	size_t		len = VARSIZE_ANY_EXHDR(t);

	return strlen(wanted) == len && memcmp(wanted, VARDATA_ANY(t), len) == 0;
}

/* How specific a policy is that fits, -1 if it does not. */
static int
weigh(const TsmPolicy *policy, const TicketRow *row, const char **folded)
{
	int			weight = 0;

	if (OidIsValid(policy->type))
	{
		if (policy->type != DatumGetObjectId(row->value[TC_tipo]))
			return -1;
		weight += 2;
	}
	if (policy->priority != NULL)
	{
		if (!fits(policy->priority, row->value[TC_prioridad]))
			return -1;
		weight += 1;
	}
	if (policy->area != NULL)
	{
		if (!fits(policy->area, row->value[TC_area]))
			return -1;
		weight += 4;
	}
	if (policy->category != NULL)
	{
		if (*folded == NULL)
		{
			text	   *t = DatumGetTextPP(row->value[TC_categoria]);

			*folded = str_toupper(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), DEFAULT_COLLATION_OID);
		}
		if (strcmp(policy->category, *folded) != 0)
			return -1;
		weight += 8;
	}
	return weight;
}

const TsmPolicy *
tsm_policy_find(const TsmMesa *mesa, TsmTarget target, const TicketRow *row)
{
	const TsmPolicy *best = NULL;
	const char *folded = NULL;
	int			best_weight = -1;

	for (int i = 0; i < mesa->npolicies; i++)
	{
		int			weight;

		if (mesa->policy[i].target != target)
			continue;
		weight = weigh(&mesa->policy[i], row, &folded);
		if (weight > best_weight)
		{
			best = &mesa->policy[i];
			best_weight = weight;
		}
	}
	return best;
}

const TsmWarnings *
tsm_policy_warnings(const TsmMesa *mesa, int version_id)
{
	Datum		arg = Int32GetDatum(version_id);
	PolicyWarnings *entry = hash_search(mesa->warnings_of_policy, &version_id, HASH_FIND, NULL);
	TsmWarnings warnings;
	TsmIdentity saved;
	bool		found;

	if (entry != NULL)
		return &entry->warnings;

	saved = tsm_enter(mesa);
	tsm_read_latest(mesa, Q_POLICY_WARNINGS, &arg);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("version %d of an SLA policy is missing in mesa %s", version_id, mesa->schema)));
	warnings.count = (int) SPI_processed;
	warnings.percent = MemoryContextAlloc(mesa->cxt, warnings.count * sizeof(int));
	for (int i = 0; i < warnings.count; i++)
	{
		bool		isnull;
		Datum		percent = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		/* a row of nothing: the version is there and has none */
		if (isnull)
			warnings.count = 0;
		else
			warnings.percent[i] = DatumGetInt32(percent);
	}
	tsm_leave(saved);

	entry = hash_search(mesa->warnings_of_policy, &version_id, HASH_ENTER, &found);
	entry->warnings = warnings;
	return &entry->warnings;
}

Datum
tsm_tg_policy(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Datum		now;
	const TsmMesa *mesa;
	TsmIdentity saved;
	int			rc;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER a statement", "tg_policy")));
	mesa = tsm_mesa_of_schema(RelationGetNamespace(trigger->tg_relation));
	now = TimestampTzGetDatum(tsm_now());
	saved = tsm_enter(mesa);
	rc = tsm_guarded_write(mesa, Q_POLICY_SNAPSHOT, &now, NULL, "sla_politica_version", 1);
	if (rc != SPI_OK_INSERT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("unexpected result of keeping a policy: %s", SPI_result_code_string(rc))));
	tsm_leave(saved);
	/* not before: the mesa is read by its versions */
	tsm_mesa_reload(mesa->nspid);
	return PointerGetDatum(NULL);
}
