/*-------------------------------------------------------------------------
 *
 * caller.c
 *	  Who is calling, and in which helpdesk role.
 *
 * The role is a matter of database roles alone; claims only say who the agent
 * is, and only those of a trusted login role are believed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/varlena.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_exigir);
PG_FUNCTION_INFO_V1(tsm_alcance_total);
PG_FUNCTION_INFO_V1(tsm_alcance_area);
PG_FUNCTION_INFO_V1(tsm_nombre_agente);
PG_FUNCTION_INFO_V1(tsm_nombre_vigente);

/* Highest first.  The owner could do anything anyway, so it is ADMIN. */
static TsmRole
find_role(const TsmDesk *desk, Oid userid, bool is_owner)
{
	if (is_owner)
		return ROLE_ADMIN;
	for (int role = 0; role < TSM_ROLES; role++)
	{
		Oid			group;

		if (desk->role_member[role] == NULL)
			continue;
		group = get_role_oid(desk->role_member[role], true);
		if (OidIsValid(group) && has_privs_of_role(userid, group))
			return (TsmRole) role;
	}
	return ROLE_NONE;
}

/* The same, remembered until the desk is read anew: any change of a role makes it so. */
static TsmRole
role_of(const TsmDesk *desk, Oid userid)
{
	if (desk->last_caller != userid)
	{
		bool		is_owner = has_privs_of_role(userid, desk->owner);
		TsmRole		role = find_role(desk, userid, is_owner);

		((TsmDesk *) desk)->last_caller = userid;
		((TsmDesk *) desk)->last_role = role;
		((TsmDesk *) desk)->last_owner = is_owner;
	}
	return desk->last_role;
}

static const TsmAgent *
agent_of(const TsmDesk *desk, Oid userid)
{
	if (desk->last_user != userid)
	{
		const TsmAgent *agent = tsm_agent_by_user(desk, userid);

		((TsmDesk *) desk)->last_agent = agent;
		((TsmDesk *) desk)->last_user = userid;
	}
	return desk->last_agent;
}

/* Is the login role of this session one whose claims are believed? */
static bool
session_is_trusted(void)
{
	char	   *list;
	char	   *session;
	List	   *names;
	ListCell   *lc;

	if (tsm_authenticators == NULL || tsm_authenticators[0] == '\0')
		return false;
	list = pstrdup(tsm_authenticators);
	session = GetUserNameFromId(GetSessionUserId(), true);
	if (session == NULL || !SplitIdentifierString(list, ',', &names))
		return false;
	foreach(lc, names)
		if (strcmp((char *) lfirst(lc), session) == 0)
			return true;
	return false;
}

/* Parse a uuid in its usual form; false if it is not one. */
static bool
parse_uuid(const char *str, pg_uuid_t *id)
{
	if (!tsm_is_uuid(str))
		return false;
	*id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(str)));
	return true;
}

/* The claim sub of request.jwt.claims; NULL if there is none. */
static char *
claimed_subject(const char *claims)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum		sub;

	InitFunctionCallInfoData(*fcinfo, NULL, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = PointerGetDatum(cstring_to_text(claims));
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = PointerGetDatum(cstring_to_text("sub"));
	fcinfo->args[1].isnull = false;
	sub = json_object_field_text(fcinfo);
	return fcinfo->isnull ? NULL : text_to_cstring(DatumGetTextPP(sub));
}

/* Address of the client, 0 when it is not known; behind an authenticator the connection is the proxy's. */
static Datum
address_of(const TsmCaller *caller)
{
	static Datum address = 0;	/* of this connection; it never changes */
	static bool known = false;

	if (caller->trusted)
		return (Datum) 0;
	if (!known)
	{
		LOCAL_FCINFO(fcinfo, 0);
		Datum		result;
		MemoryContext oldcxt;

		InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, NULL, NULL);
		oldcxt = MemoryContextSwitchTo(TopMemoryContext);
		result = inet_client_addr(fcinfo);
		MemoryContextSwitchTo(oldcxt);
		address = fcinfo->isnull ? (Datum) 0 : result;
		known = true;
	}
	return address;
}

void
tsm_caller_identify(const TsmDesk *desk, TsmCaller *caller)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);

	caller->userid = GetUserId();
	caller->role = role_of(desk, caller->userid);
	caller->owner = desk->last_owner;
	caller->agent = NULL;
	caller->trusted = claims != NULL && claims[0] != '\0' && session_is_trusted();

	if (caller->trusted)
	{
		char	   *sub = claimed_subject(claims);
		pg_uuid_t	id;

		if (sub != NULL && parse_uuid(sub, &id))
			caller->agent = tsm_agent_by_id(desk, &id);
	}
	else
		caller->agent = agent_of(desk, caller->userid);
	caller->address = address_of(caller);
}

void
tsm_caller_renew(const TsmDesk *desk, TsmCaller *caller)
{
	caller->role = role_of(desk, caller->userid);
	if (caller->agent != NULL)
		caller->agent = tsm_agent_by_id(desk, &caller->agent->id);
}

static TsmRefusal *
not_allowed(const char *detail)
{
	return tsm_refusal(REFUSE_NOT_ALLOWED, NULL, detail, NULL);
}

void
tsm_caller_begin(const TsmDesk *desk, TsmCaller *caller, TsmOperation op)
{
	tsm_caller_identify(desk, caller);
	tsm_raise_if(tsm_caller_refusal(desk, caller, op));
}

TsmRefusal *
tsm_caller_refusal(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op)
{
	if (caller->role == ROLE_NONE)
		return tsm_refusal(REFUSE_NOT_ALLOWED, NULL,
						   psprintf("Role \"%s\" has no role in this mesa.",
									GetUserNameFromId(caller->userid, false)),
						   "The table rol of the mesa names the database roles to be a member of.");
	if (tsm_caller_is_off(caller))
		return not_allowed("The agent is switched off.");
	if (!desk->may[op][caller->role])
		return not_allowed(psprintf("Role %s may not do \"%s\".",
									tsm_role_names[caller->role], tsm_operation_names[op]));
	return NULL;
}

void
tsm_caller_require(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op)
{
	tsm_raise_if(tsm_caller_refusal(desk, caller, op));
}

void
tsm_caller_require_admin(const TsmCaller *caller, const char *what)
{
	if (caller->role != ROLE_ADMIN)
		tsm_raise(not_allowed(psprintf("Only ADMIN may %s.", what)));
}

void
tsm_caller_require_agent(const TsmCaller *caller)
{
	if (caller->role == ROLE_PUBLICO)
		tsm_raise(not_allowed("Only agents may read a ticket by its uuid."));
}

const char *
tsm_caller_area(const TsmCaller *caller)
{
	if (caller->role != ROLE_AREA || caller->agent == NULL || tsm_caller_is_off(caller))
		return NULL;
	return caller->agent->area;
}

TsmRefusal *
tsm_area_refusal(const TsmCaller *caller, const char *area)
{
	const char *own = tsm_caller_area(caller);
	const char *detail;

	if (tsm_caller_sees_all(caller) || (own != NULL && strcmp(own, area) == 0))
		return NULL;
	if (own != NULL)
		detail = psprintf("The caller's area is \"%s\".", own);
	else if (caller->role == ROLE_AREA)
		detail = "The caller has no area.";
	else
		detail = psprintf("Role %s has no area.", tsm_role_names[caller->role]);
	return tsm_refusal(REFUSE_OUTSIDE_AREA, NULL, detail, NULL);
}

void
tsm_caller_require_area(const TsmCaller *caller, const char *area)
{
	tsm_raise_if(tsm_area_refusal(caller, area));
}

/* ----------------------------------------------------------------
 * What row-level security asks
 * ----------------------------------------------------------------
 */
const TsmDesk *
tsm_desk_of_arg(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		tsm_missing_field("mesa");
	return tsm_desk_of_ticket(get_rel_namespace(PG_GETARG_OID(0)), PG_GETARG_OID(0));
}

static void
caller_of_table(FunctionCallInfo fcinfo, TsmCaller *caller)
{
	tsm_caller_identify(tsm_desk_of_arg(fcinfo), caller);
}

Datum
tsm_alcance_total(PG_FUNCTION_ARGS)
{
	TsmCaller	caller;

	caller_of_table(fcinfo, &caller);
	PG_RETURN_BOOL(tsm_caller_sees_all(&caller));
}

Datum
tsm_alcance_area(PG_FUNCTION_ARGS)
{
	TsmCaller	caller;
	const char *area;

	caller_of_table(fcinfo, &caller);
	area = tsm_caller_area(&caller);
	if (area == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(area));
}

/* ----------------------------------------------------------------
 * What views show
 * ----------------------------------------------------------------
 */

/*
 * nombre_agente(mesa, agente_id): for the views of a desk.  Row security hides
 * agents of other areas; of those who have a ticket that the caller sees, he may
 * know the name.
 */
Datum
tsm_nombre_agente(PG_FUNCTION_ARGS)
{
	const TsmAgent *agent;

	if (!PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	agent = tsm_agent_by_id(tsm_desk_of_arg(fcinfo), PG_GETARG_UUID_P(1));
	if (agent == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(agent->name));
}

/* nombre_vigente(mesa, area, desde): the history has an area under the name that it had then. */
Datum
tsm_nombre_vigente(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk;

	if (!PG_ARGISNULL(0) && (PG_ARGISNULL(1) || PG_ARGISNULL(2)))
		PG_RETURN_NULL();
	desk = tsm_desk_of_arg(fcinfo);
	PG_RETURN_TEXT_P(cstring_to_text(tsm_area_now(desk, TextDatumGetCString(PG_GETARG_DATUM(1)), PG_GETARG_TIMESTAMPTZ(2))));
}

/* ----------------------------------------------------------------
 * What the REST API asks first
 * ----------------------------------------------------------------
 */

/*
 * A token outlives what it says.  Its role may have been taken from the agent
 * since, or be that of another desk that shares our group roles.  The database
 * role alone would do for the guard, but not for who logs in with a password.
 */
void
tsm_caller_require_token(const TsmCaller *caller)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);

	if (claims == NULL || claims[0] == '\0')
		return;
	if (!caller->trusted)
		tsm_refuse(REFUSE_NOT_BELIEVED, NULL, NULL,
				   "A superuser lists the login role in ticket_sm.autenticadores.");
	if (caller->role == ROLE_PUBLICO || caller->role == ROLE_NONE)
		return;
	if (caller->agent == NULL || (caller->agent->active && caller->agent->role != caller->role))
		tsm_refuse(REFUSE_OLD_TOKEN, NULL, "Its agent is unknown, or has another role now.", "Log in again.");
}

/* exigir(operacion, mesa): 42501 or PT401, or the caller's helpdesk role. */
Datum
tsm_exigir(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk;
	TsmCaller	caller;

	if (PG_ARGISNULL(0))
		tsm_missing_field("operacion");
	desk = PG_ARGISNULL(1) ? tsm_desk_current() :
		tsm_desk_of_ticket(get_rel_namespace(PG_GETARG_OID(1)), PG_GETARG_OID(1));
	tsm_caller_identify(desk, &caller);
	tsm_caller_require_token(&caller);
	tsm_caller_require(desk, &caller, tsm_operation_by_oid(desk, PG_GETARG_OID(0)));
	PG_RETURN_OID(desk->role_oid[caller.role]);
}
