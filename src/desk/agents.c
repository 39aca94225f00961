/*-------------------------------------------------------------------------
 *
 * agents.c
 *	  The agents of a desk, fetched as they are asked for.
 *
 * An agent is known by a database role, and so is a helpdesk role.  The table names
 * it, and beside the name it has the role's identity, which stays when the role is
 * given another name: the OID, with the cluster that it is of.  In another cluster,
 * after a dump was restored, or when the role is gone, the name holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/pg_type_d.h"
#include "commands/trigger.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_tg_identity);
PG_FUNCTION_INFO_V1(tsm_rol_vigente);

static const TsmQuery q_agent_by_id = {
	"SELECT a.agente_id, a.nombre, a.rol, a.area, a.activo FROM @.agente a"
	" WHERE a.agente_id" EQ "$1",
	1, {UUIDOID}, PLAN_ONCE
};

static const TsmQuery q_agent_by_user = {
	"SELECT a.agente_id, a.nombre, a.rol, a.area, a.activo, a.identidad_bd FROM @.agente a"
	" WHERE a.usuario_bd" EQ "$1",
	1, {NAMEOID}, PLAN_ONCE
};

static const TsmQuery q_agent_by_identity = {
	"SELECT a.agente_id, a.nombre, a.rol, a.area, a.activo FROM @.agente a"
	" WHERE a.identidad_bd" EQ "$1",
	1, {TEXTOID}, PLAN_ONCE
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

/* ----------------------------------------------------------------
 * The identity of a database role
 * ----------------------------------------------------------------
 */
char *
tsm_identity_prefix(void)
{
	return psprintf(UINT64_FORMAT "/", GetSystemIdentifier());
}

static char *
identity_of(Oid roleid)
{
	return psprintf("%s%u", tsm_identity_prefix(), roleid);
}

/* The name of the role that has this identity; NULL if there is none. */
static char *
name_of(const char *identity)
{
	char	   *prefix = tsm_identity_prefix();

	if (identity == NULL || strncmp(identity, prefix, strlen(prefix)) != 0)
		return NULL;
	return GetUserNameFromId((Oid) strtoul(identity + strlen(prefix), NULL, 10), true);
}

static bool
is_alive(const char *identity)
{
	return name_of(identity) != NULL;
}

const char *
tsm_role_now(const char *name, const char *identity)
{
	const char *now = name_of(identity);

	return now != NULL ? now : name;
}

/* rol_vigente(rol_bd, identidad_bd) */
Datum
tsm_rol_vigente(PG_FUNCTION_ARGS)
{
	const char *now;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	now = tsm_role_now(NameStr(*PG_GETARG_NAME(0)),
					   PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	return DirectFunctionCall1(namein, CStringGetDatum(now));
}

/* A column of a row, as a string; NULL if it is null, or of another type. */
static char *
column_string(HeapTuple row, TupleDesc desc, const char *name, Oid type)
{
	int			attno = SPI_fnumber(desc, name);

	return attno > 0 && SPI_gettypeid(desc, attno) == type ? SPI_getvalue(row, desc, attno) : NULL;
}

/*
 * BEFORE INSERT OR UPDATE of agente and rol: the identity of the role that is
 * named.  As long as the name stays, and the role is there, so does the identity.
 */
Datum
tsm_tg_identity(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	row;
	const char *column;
	char	   *name;
	char	   *identity = NULL;
	int			attno;
	bool		isnull;
	Datum		value;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE INSERT or UPDATE for each row", "tg_identity")));
	desc = RelationGetDescr(trigger->tg_relation);
	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	attno = SPI_fnumber(desc, "identidad_bd");
	if (attno <= 0 || SPI_gettypeid(desc, attno) != TEXTOID)
		return PointerGetDatum(row);
	column = strcmp(RelationGetRelationName(trigger->tg_relation), "rol") == 0 ? "rol_bd" : "usuario_bd";
	name = column_string(row, desc, column, NAMEOID);
	if (name != NULL && TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		char	   *old = column_string(trigger->tg_trigtuple, desc, column, NAMEOID);

		if (old != NULL && strcmp(old, name) == 0)
			identity = column_string(trigger->tg_trigtuple, desc, "identidad_bd", TEXTOID);
	}
	if (name != NULL && !is_alive(identity))
	{
		Oid			roleid = get_role_oid(name, true);

		identity = OidIsValid(roleid) ? identity_of(roleid) : NULL;
	}
	isnull = identity == NULL;
	value = isnull ? (Datum) 0 : CStringGetTextDatum(identity);
	return PointerGetDatum(heap_modify_tuple_by_cols(row, desc, 1, &attno, &value, &isnull));
}

/* ----------------------------------------------------------------
 * Agents
 * ----------------------------------------------------------------
 */

/* Fetch an agent; NULL if there is none. */
static const TsmAgent *
fetch_agent(const TsmDesk *desk, const TsmQuery *query, Datum arg)
{
	const TsmAgent *agent = NULL;
	TsmIdentity saved = tsm_enter(desk);

	if (hash_get_num_entries(desk->agents) + hash_get_num_entries(desk->agents_of_role) > MAX_AGENTS)
		((TsmDesk *) desk)->is_full = true;
	tsm_read_latest(desk, query, &arg);
	/* one of that name may be another role, which was called so before */
	if (SPI_processed > 0 && (query != &q_agent_by_user || !is_alive(tsm_read_string(0, 6))))
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

	agent = fetch_agent(desk, &q_agent_by_identity, CStringGetTextDatum(identity_of(roleid)));
	name = GetUserNameFromId(roleid, true);
	if (agent == NULL && name != NULL)
	{
		NameData	arg;

		namestrcpy(&arg, name);
		agent = fetch_agent(desk, &q_agent_by_user, NameGetDatum(&arg));
	}
	entry = hash_search(desk->agents_of_role, &roleid, HASH_ENTER, &found);
	entry->agent = agent;
	return agent;
}
