/*-------------------------------------------------------------------------
 *
 * machine.c
 *	  The state machine of a desk: states, operations and roles by their values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "desk/desk.h"

/* ----------------------------------------------------------------
 * Looking things up
 * ----------------------------------------------------------------
 */
int
tsm_state_index(const TsmDesk *desk, Oid state)
{
	for (int i = 0; i < desk->nstates; i++)
		if (desk->state[i].oid == state)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("unknown state %u", state)));
}

static int
oid_position(const Oid *oids, int count, Oid value)
{
	for (int i = 0; i < count; i++)
		if (oids[i] == value)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("unknown enum value %u", value)));
}

TsmOperation
tsm_operation_by_oid(const TsmDesk *desk, Oid value)
{
	return (TsmOperation) oid_position(desk->operation_oid, TSM_OPERATIONS, value);
}

TsmRole
tsm_role_by_oid(const TsmDesk *desk, Oid value)
{
	return (TsmRole) oid_position(desk->role_oid, TSM_ROLES, value);
}
