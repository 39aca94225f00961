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
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/formatting.h"

#include "sla/sla.h"

PG_FUNCTION_INFO_V1(tsm_tg_policy);

static const TsmQuery q_policy_warnings = {
	"SELECT a.aviso FROM @.sla_politica_version v"
	" LEFT JOIN LATERAL pg_catalog.unnest(v.avisos) AS a(aviso) ON true"
	" WHERE v.version_id" EQ "$1 ORDER BY 1",
	1, {INT4OID}, PLAN_AS_NEEDED
};

/* A version of every policy that is not as its last one says. */
static const TsmQuery q_policy_snapshot = {
	"INSERT INTO @.sla_politica_version (politica_id, version, vigente_desde, objetivo, tipo,"
	" prioridad, area, categoria, horas, dias_habiles, calendario, avisos, al_cierre)"
	" SELECT p.politica_id, COALESCE(v.version, 0) OPERATOR(pg_catalog.+) 1, $1, p.objetivo, p.tipo,"
	" p.prioridad, p.area, p.categoria, p.horas, p.dias_habiles, p.calendario, p.avisos, p.al_cierre"
	" FROM @.sla_politica p LEFT JOIN LATERAL ("
	"  SELECT * FROM @.sla_politica_version w WHERE w.politica_id" EQ "p.politica_id"
	"  ORDER BY w.version DESC LIMIT 1) AS v ON true"
	" WHERE v.version IS NULL OR pg_catalog.jsonb_build_array(p.objetivo, p.tipo, p.prioridad,"
	"  p.area, p.categoria, p.horas, p.dias_habiles, p.calendario, p.avisos, p.al_cierre)"
	" OPERATOR(pg_catalog.<>) pg_catalog.jsonb_build_array(v.objetivo, v.tipo, v.prioridad,"
	"  v.area, v.categoria, v.horas, v.dias_habiles, v.calendario, v.avisos, v.al_cierre)"
	" ORDER BY p.politica_id",
	1, {TIMESTAMPTZOID}, PLAN_AS_NEEDED
};

typedef struct PolicyWarnings
{
	int			version_id;		/* hash key */
	TsmWarnings warnings;
} PolicyWarnings;

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
tsm_policy_find(const TsmDesk *desk, TsmTarget target, const TicketRow *row)
{
	const TsmPolicy *best = NULL;
	const char *folded = NULL;
	int			best_weight = -1;

	for (int i = 0; i < desk->npolicies; i++)
	{
		int			weight;

		if (desk->policy[i].target != target)
			continue;
		weight = weigh(&desk->policy[i], row, &folded);
		if (weight > best_weight)
		{
			best = &desk->policy[i];
			best_weight = weight;
		}
	}
	return best;
}

/* What was asked for so far; it is not part of what was read of the desk. */
static HTAB *
warnings_cache(const TsmDesk *desk)
{
	if (desk->warnings_of_policy == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.hcxt = desk->cxt;
		ctl.keysize = sizeof(int);
		ctl.entrysize = sizeof(PolicyWarnings);
		((TsmDesk *) desk)->warnings_of_policy =
			hash_create("ticket_sm warnings", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	return desk->warnings_of_policy;
}

const TsmWarnings *
tsm_policy_warnings(const TsmDesk *desk, int version_id)
{
	Datum		arg = Int32GetDatum(version_id);
	HTAB	   *cache = warnings_cache(desk);
	PolicyWarnings *entry = hash_search(cache, &version_id, HASH_FIND, NULL);
	TsmWarnings warnings;
	TsmIdentity saved;
	bool		found;

	if (entry != NULL)
		return &entry->warnings;

	saved = tsm_enter(desk);
	tsm_read_latest(desk, &q_policy_warnings, &arg);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("version %d of an SLA policy is missing in mesa %s", version_id, desk->schema)));
	warnings.count = (int) SPI_processed;
	warnings.percent = MemoryContextAlloc(desk->cxt, warnings.count * sizeof(int));
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

	entry = hash_search(cache, &version_id, HASH_ENTER, &found);
	entry->warnings = warnings;
	return &entry->warnings;
}

Datum
tsm_tg_policy(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Datum		now;
	const TsmDesk *desk;
	TsmIdentity saved;
	int			rc;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER a statement", "tg_policy")));
	desk = tsm_desk_of_schema(RelationGetNamespace(trigger->tg_relation));
	tsm_calendars_edited(desk);
	now = TimestampTzGetDatum(tsm_now());
	saved = tsm_enter(desk);
	rc = tsm_guarded_write(desk, &q_policy_snapshot, &now, NULL, TABLE_sla_politica_version);
	if (rc != SPI_OK_INSERT)
		elog(ERROR, "unexpected result of keeping a policy: %s", SPI_result_code_string(rc));
	tsm_leave(saved);
	/* not before: the desk is read by its versions */
	tsm_desk_reload(desk->nspid);
	return PointerGetDatum(NULL);
}
