/*-------------------------------------------------------------------------
 *
 * agents.c
 *	  The agents of a desk, fetched as they are asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_nombre_agente);

static const TsmQuery q_agent_by_id = {
	"SELECT a.agente_id, a.nombre, a.rol, a.area, a.activo FROM @.agente a"
	" WHERE a.agente_id" EQ "$1",
	1, {UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_agent_by_user = {
	"SELECT a.agente_id, a.nombre, a.rol, a.area, a.activo FROM @.agente a"
	" WHERE a.usuario_bd" EQ "$1",
	1, {NAMEOID}, PLAN_ONCE
};

/* Agents kept for a desk; beyond that it is read anew, without them. */
#define MAX_AGENTS 10000

typedef struct RoleAgent
{
	Oid			roleid;			/* hash key */
	const TsmAgent *agent;		/* NULL: none */
} RoleAgent;

/* The caches of those that were asked for; they are not part of what was read of the desk. */
static void
make_caches(TsmDesk *desk)
{
	HASHCTL		ctl = {0};

	if (desk->agents != NULL)
		return;
	ctl.hcxt = desk->cxt;
	ctl.keysize = sizeof(pg_uuid_t);
	ctl.entrysize = sizeof(TsmAgent);
	desk->agents = hash_create("ticket_sm agents", 16, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(RoleAgent);
	desk->agents_of_role = hash_create("ticket_sm agents by role", 16, &ctl,
									   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Enter the agent in SPI_tuptable's only row. */
static const TsmAgent *
enter_agent(const TsmDesk *desk)
{
	pg_uuid_t  *id = DatumGetUUIDP(tsm_read_value(0, 1));
	TsmAgent   *agent;
	bool		found;

	agent = hash_search(desk->agents, id, HASH_ENTER, &found);
	if (found && agent->exists)
		return agent;
	agent->exists = false;
	agent->name = tsm_desk_string(desk, tsm_read_string(0, 2));
	agent->role = tsm_role_by_oid(desk, DatumGetObjectId(tsm_read_value(0, 3)));
	agent->area = tsm_desk_string(desk, tsm_read_string(0, 4));
	agent->active = DatumGetBool(tsm_read_value(0, 5));
	agent->exists = true;
	return agent;
}

/* Fetch an agent; NULL if there is none. */
static const TsmAgent *
fetch_agent(const TsmDesk *desk, const TsmQuery *query, Datum arg)
{
	const TsmAgent *agent = NULL;
	TsmIdentity saved = tsm_enter(desk);

	if (hash_get_num_entries(desk->agents) + hash_get_num_entries(desk->agents_of_role) > MAX_AGENTS)
		((TsmDesk *) desk)->is_full = true;
	tsm_read_latest(desk, query, &arg);
	if (SPI_processed > 0)
		agent = enter_agent(desk);
	tsm_leave(saved);
	return agent;
}

const TsmAgent *
tsm_agent_by_id(const TsmDesk *desk, const pg_uuid_t *id)
{
	const TsmAgent *agent;

	make_caches((TsmDesk *) desk);
	agent = hash_search(desk->agents, id, HASH_FIND, NULL);
	if (agent != NULL && agent->exists)
		return agent;
	return fetch_agent(desk, &q_agent_by_id, UUIDPGetDatum(id));
}

const TsmAgent *
tsm_agent_by_user(const TsmDesk *desk, Oid roleid)
{
	RoleAgent  *entry;
	const TsmAgent *agent = NULL;
	char	   *name;
	bool		found;

	make_caches((TsmDesk *) desk);
	entry = hash_search(desk->agents_of_role, &roleid, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->agent;

	name = GetUserNameFromId(roleid, true);
	if (name != NULL)
	{
		NameData	arg;

		namestrcpy(&arg, name);
		agent = fetch_agent(desk, &q_agent_by_user, NameGetDatum(&arg));
	}
	entry = hash_search(desk->agents_of_role, &roleid, HASH_ENTER, &found);
	entry->agent = agent;
	return agent;
}

/*
 * nombre_agente(mesa, agente_id): for the views of a desk.  Row security hides
 * agents of other areas; of those who have a ticket that the caller sees, he may
 * know the name.
 */
Datum
tsm_nombre_agente(PG_FUNCTION_ARGS)
{
	const TsmAgent *agent;

	if (PG_ARGISNULL(0))
		tsm_missing_field("mesa");
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	agent = tsm_agent_by_id(tsm_desk_of_ticket(get_rel_namespace(PG_GETARG_OID(0)), PG_GETARG_OID(0)),
							PG_GETARG_UUID_P(1));
	if (agent == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(agent->name));
}
