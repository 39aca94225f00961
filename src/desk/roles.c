/*-------------------------------------------------------------------------
 *
 * roles.c
 *	  The database roles that a desk names, and what may be granted to them.
 *
 * A desk's owner writes any name he likes into the table rol.  Whoever grants
 * something to a role because a desk names it - a superuser, mostly - asks here
 * first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/catalog.h"
#include "catalog/pg_authid.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_roles_de_mesa);

static const char *
unfitness(Form_pg_authid role)
{
	if (role->rolsuper)
		return "is a superuser";
	if (IsReservedName(NameStr(role->rolname)))
		return "is one of the server's own";
	if (role->rolcreaterole)
		return "can create roles";
	if (role->rolcreatedb)
		return "can create databases";
	if (role->rolreplication)
		return "can replicate";
	if (role->rolbypassrls)
		return "bypasses row security";
	if (role->rolcanlogin)
		return "can log in";
	return NULL;
}

const char *
tsm_role_unfit(const char *name)
{
	HeapTuple	tuple = SearchSysCache1(AUTHNAME, CStringGetDatum(name));
	const char *unfit = "does not exist";

	if (HeapTupleIsValid(tuple))
	{
		unfit = unfitness((Form_pg_authid) GETSTRUCT(tuple));
		ReleaseSysCache(tuple);
	}
	return unfit;
}

/* Could the desk's owner grant membership in a role himself? */
static bool
owner_may_grant(const TsmDesk *desk, const char *name)
{
	Oid			role = get_role_oid(name, true);

	return OidIsValid(role) && tsm_may_grant_role(desk->owner, role);
}

/* roles_de_mesa(mesa) */
Datum
tsm_roles_de_mesa(PG_FUNCTION_ARGS)
{
	const TsmDesk *desk;
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	if (PG_ARGISNULL(0))
		tsm_missing_field("mesa");
	desk = tsm_desk_of_ticket(get_rel_namespace(PG_GETARG_OID(0)), PG_GETARG_OID(0));
	InitMaterializedSRF(fcinfo, 0);
	for (int role = 0; role < TSM_ROLES; role++)
	{
		const char *name = desk->role_member[role];
		const char *unfit = name == NULL ? NULL : tsm_role_unfit(name);
		Datum		values[4] = {ObjectIdGetDatum(desk->role_oid[role])};
		bool		nulls[4] = {false, false, unfit == NULL, false};

		if (name == NULL)
			continue;
		values[1] = DirectFunctionCall1(namein, CStringGetDatum(name));
		if (unfit != NULL)
			values[2] = CStringGetTextDatum(unfit);
		values[3] = BoolGetDatum(unfit == NULL && owner_may_grant(desk, name));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
