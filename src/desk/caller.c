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

#include <ctype.h>

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_exigir);
PG_FUNCTION_INFO_V1(tsm_alcance_total);
PG_FUNCTION_INFO_V1(tsm_alcance_area);

/* Highest first.  The owner could do anything anyway, so it is ADMIN. */
static TsmRole
find_role(const TsmDesk *desk, Oid userid)
{
	if (has_privs_of_role(userid, desk->owner))
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
		TsmRole		role = find_role(desk, userid);

		((TsmDesk *) desk)->last_caller = userid;
		((TsmDesk *) desk)->last_role = role;
	}
	return desk->last_role;
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

/* Parse a uuid in its usual form; false if it is none. */
static bool
parse_uuid(const char *str, pg_uuid_t *id)
{
	if (strlen(str) != 36)
		return false;
	for (int i = 0; i < 36; i++)
	{
		bool		dash = (i == 8 || i == 13 || i == 18 || i == 23);

		if (dash ? str[i] != '-' : !isxdigit((unsigned char) str[i]))
			return false;
	}
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

void
tsm_caller_identify(const TsmDesk *desk, TsmCaller *caller)
{
	const char *claims = GetConfigOption("request.jwt.claims", true, false);

	caller->userid = GetUserId();
	caller->role = role_of(desk, caller->userid);
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
		caller->agent = tsm_agent_by_user(desk, caller->userid);
}

void
tsm_caller_require(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op)
{
	if (caller->role == ROLE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("operation not allowed"),
				 errdetail("Role \"%s\" has no role in this mesa.",
						   GetUserNameFromId(caller->userid, false)),
				 errhint("The table rol of the mesa names the database roles to be a member of.")));
	if (caller->agent != NULL && !caller->agent->active)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("operation not allowed"),
				 errdetail("The agent is switched off.")));
	if (!desk->may[op][caller->role])
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("operation not allowed"),
				 errdetail("Role %s may not do \"%s\".",
						   tsm_role_names[caller->role], tsm_operation_names[op])));
}

void
tsm_caller_require_admin(const TsmCaller *caller, const char *what)
{
	if (caller->role != ROLE_ADMIN)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("operation not allowed"),
				 errdetail("Only ADMIN may %s.", what)));
}

void
tsm_caller_require_agent(const TsmCaller *caller)
{
	if (caller->role == ROLE_PUBLICO)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("operation not allowed"),
				 errdetail("Only agents may read a ticket by its uuid.")));
}

bool
tsm_caller_sees_all(const TsmCaller *caller)
{
	if (caller->agent != NULL && !caller->agent->active)
		return false;
	return caller->role == ROLE_ADMIN || caller->role == ROLE_MESA;
}

const char *
tsm_caller_area(const TsmCaller *caller)
{
	if (caller->role != ROLE_AREA || caller->agent == NULL || !caller->agent->active)
		return NULL;
	return caller->agent->area;
}

void
tsm_caller_require_area(const TsmCaller *caller, const char *area)
{
	const char *own;

	if (tsm_caller_sees_all(caller))
		return;
	own = tsm_caller_area(caller);
	if (own != NULL && strcmp(own, area) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("ticket is outside the caller's area"),
			 own != NULL ? errdetail("The caller's area is \"%s\".", own) :
			 caller->role == ROLE_AREA ? errdetail("The caller has no area.") :
			 errdetail("Role %s has no area.", tsm_role_names[caller->role])));
}

Datum
tsm_caller_address(const TsmCaller *caller, bool *isnull)
{
	static Datum address = 0;	/* of this connection; it never changes */
	static bool known = false;

	/* Behind an authenticator the connection is the proxy's. */
	if (caller->trusted)
	{
		*isnull = true;
		return (Datum) 0;
	}
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
	*isnull = (address == (Datum) 0);
	return address;
}

/* ----------------------------------------------------------------
 * What row-level security asks
 * ----------------------------------------------------------------
 */
static void
caller_of_table(FunctionCallInfo fcinfo, TsmCaller *caller)
{
	if (PG_ARGISNULL(0))
		tsm_missing_field("mesa");
	tsm_caller_identify(tsm_desk_of_ticket(get_rel_namespace(PG_GETARG_OID(0)), PG_GETARG_OID(0)), caller);
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
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("claims of this login role are not believed"),
				 errhint("A superuser lists the login role in ticket_sm.autenticadores.")));
	if (caller->role == ROLE_PUBLICO || caller->role == ROLE_NONE)
		return;
	if (caller->agent == NULL || (caller->agent->active && caller->agent->role != caller->role))
		ereport(ERROR,
				(errcode(ERRCODE_TSM_UNAUTHORIZED),
				 errmsg("token is no longer valid"),
				 errdetail("Its agent is unknown, or has another role now."),
				 errhint("Log in again.")));
}

/* exigir(operacion, desk): 42501 or PT401, or the caller's helpdesk role. */
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
