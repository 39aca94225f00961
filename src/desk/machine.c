/*-------------------------------------------------------------------------
 *
 * machine.c
 *	  The state machine of a desk, as the operations' statements take it.
 *
 * The machine itself stands in schema/desk/10-machine.sql, and is read with the
 * desk.  An operation's UPDATE sets the state after, so that a user's triggers
 * see it; these arrays tell it which.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "desk/desk.h"

void
tsm_machine_arrays(TsmDesk *desk)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(desk->cxt);
	Oid			type = get_atttype(desk->ticket_relid, desk->ticket_att[TC_estado]);
	Datum	   *state = palloc(desk->nstates * sizeof(Datum));
	int			lbound = 1;

	desk->states_type = get_array_type(type);
	for (int i = 0; i < desk->nstates; i++)
		state[i] = ObjectIdGetDatum(desk->state[i].oid);
	desk->states = PointerGetDatum(construct_array(state, desk->nstates, type, sizeof(Oid), true, TYPALIGN_INT));
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		bool	   *isnull = palloc(desk->nstates * sizeof(bool));

		for (int i = 0; i < desk->nstates; i++)
		{
			int			to = desk->next[op][i];

			isnull[i] = to < 0;
			state[i] = to < 0 ? (Datum) 0 : ObjectIdGetDatum(desk->state[to].oid);
		}
		desk->after[op] = PointerGetDatum(construct_md_array(state, isnull, 1, &desk->nstates, &lbound,
															 type, sizeof(Oid), true, TYPALIGN_INT));
	}
	MemoryContextSwitchTo(oldcxt);
}
