/*-------------------------------------------------------------------------
 *
 * rating.c
 *	  fn_calificar: the requester rates the solution of his ticket.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_fn_calificar);

static const TsmQuery q_is_of = {
	"SELECT FROM @.ticket t WHERE t.ticket_uuid" EQ "$1 AND " IN_SMALL("t.solicitante_email") EQ IN_SMALL("$2"),
	2, {UUIDOID, TEXTOID}, PLAN_BY_INDEX
};

/* Of a duplicate, the solution is that of the ticket that goes on in its place, if that is the requester's own, too. */
static void
lead_on(TsmRequest *request)
{
	pg_uuid_t	surviving = tsm_ticket_surviving(request->desk, &request->ticket_id);
	Datum		args[2] = {UUIDPGetDatum(&surviving), PointerGetDatum(request->address)};
	TsmIdentity saved = tsm_enter(request->desk);
	bool		is_his;

	tsm_read_latest(request->desk, &q_is_of, args);
	is_his = SPI_processed > 0;
	tsm_leave(saved);
	if (is_his)
		request->ticket_id = surviving;
}

void
tsm_rate(FunctionCallInfo fcinfo, TsmRequest *request, TsmFaults *faults)
{
	TsmRating	rating = {0};
	TsmArgs		args;

	request->rating = &rating;
	tsm_operation_args(fcinfo, request, &args, faults);
	tsm_lookup_requesters(request, DatumGetTextPP(args.value[0]), DatumGetTextPP(args.value[1]));
	if (tsm_is_duplicate(request->desk, &request->ticket_id))
		lead_on(request);
	tsm_operation_target(request, UUIDPGetDatum(&request->ticket_id), &args);
	if (!tsm_guard_run(request, tsm_operation_query(request->op), args.value, args.isnull))
		tsm_raise(tsm_no_such_requester());
	tsm_rating_store(request);
	request->rating = NULL;
}

/* fn_calificar(ticket_label, email, calificacion, comentario) */
Datum
tsm_fn_calificar(PG_FUNCTION_ARGS)
{
	TsmRequest	request;

	tsm_request_begin(&request, OP_CALIFICAR);
	tsm_rate(fcinfo, &request, NULL);
	return tsm_replied(fcinfo, &request);
}
