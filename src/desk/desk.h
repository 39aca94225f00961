/*-------------------------------------------------------------------------
 *
 * desk.h
 *	  What a backend knows of a desk, and who is calling.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_DESK_H
#define TSM_DESK_H

#include "utils/relcache.h"

#include "base/base.h"

/* ----------------------------------------------------------------
 * desk.c, desk_read.c, machine.c, names.c, agents.c
 * ----------------------------------------------------------------
 */
/* The desk of ticket_sm.mesa; 3F000 or 42501 when the caller can't use it. */
extern const TsmDesk *tsm_desk_current(void);

/* The desk whose table ticket this is, in this schema; 42P01 when it is not one. */
extern const TsmDesk *tsm_desk_of_ticket(Oid nspid, Oid ticket_relid);

/* The same for the first argument of a function, mesa; 22004 when it is null. */
extern const TsmDesk *tsm_desk_of_arg(FunctionCallInfo fcinfo);

/* 42501 unless the current user may use a desk's schema. */
extern void tsm_require_usage(Oid nspid);

/* The desk in this schema, for a trigger on one of its tables; 42P01 when it is not one. */
extern const TsmDesk *tsm_desk_of_schema(Oid nspid);

/* Make every backend read the desk in this schema anew, from commit on. */
extern void tsm_desk_reload(Oid nspid);

/* ----------------------------------------------------------------
 * The machine's values; XX000 if there is none.  Inline, as this is done many
 * times for every change.
 * ----------------------------------------------------------------
 */
static inline int
tsm_oid_position(const Oid *oids, int count, Oid value)
{
	for (int i = 0; i < count; i++)
		if (oids[i] == value)
			return i;
	elog(ERROR, "unrecognized enum value %u", value);
}

/* Index of a state by its enum value. */
static inline int
tsm_state_index(const TsmDesk *desk, Oid state)
{
	for (int i = 0; i < desk->nstates; i++)
		if (desk->state[i].oid == state)
			return i;
	elog(ERROR, "unrecognized state %u", state);
}

static inline TsmOperation
tsm_operation_by_oid(const TsmDesk *desk, Oid value)
{
	return (TsmOperation) tsm_oid_position(desk->operation_oid, TSM_OPERATIONS, value);
}

static inline TsmRole
tsm_role_by_oid(const TsmDesk *desk, Oid value)
{
	return (TsmRole) tsm_oid_position(desk->role_oid, TSM_ROLES, value);
}

/*
 * Name in a catalogue, whatever its case: the very one, or one that differs in
 * the case of ASCII letters, or else in that of the locale's.  NULL if there is
 * none.
 */
extern const TsmName *tsm_name_find(const TsmNameList *list, const char *name);

/* A state by its name, in any case; NULL if there is none. */
extern const TsmState *tsm_state_by_name(const TsmDesk *desk, const char *name);

/* A name for comparison: TsmName.folded. */
extern char *tsm_fold(const char *str);

/* The names that are switched on, for a hint. */
extern char *tsm_name_list(const TsmNameList *list);

/* An agent by identity or by database role; NULL if there is none. */
extern const TsmAgent *tsm_agent_by_id(const TsmDesk *desk, const pg_uuid_t *id);
extern const TsmAgent *tsm_agent_by_user(const TsmDesk *desk, Oid roleid);

/* What the identities of database roles in this cluster begin with: identidad_bd; the OID follows. */
extern char *tsm_identity_prefix(void);

/* What a role is called now that had this name when it had this identity, NULL: none. */
extern const char *tsm_role_now(const char *name, const char *identity);

/* Relcache and syscache callbacks; they only mark what is stale. */
extern void tsm_desk_relcache_callback(Datum arg, Oid relid);
extern void tsm_desk_syscache_callback(Datum arg, int cacheid, uint32 hashvalue);

/* Read all of a desk into a new context; NULL if the schema is not one. */
extern TsmDesk *tsm_desk_read(Oid nspid);

/* The machine as arrays, for a desk that is being read. */
extern void tsm_machine_arrays(TsmDesk *desk);

/* A string in the desk's own memory; NULL if NULL. */
static inline char *
tsm_desk_string(const TsmDesk *desk, const char *str)
{
	return str ? MemoryContextStrdup(desk->cxt, str) : NULL;
}

/* ----------------------------------------------------------------
 * renames.c: areas, priorities and calendars that are given another name.
 * ----------------------------------------------------------------
 */

/* Does a ticket get this name of an area, or of a priority, because the one that it has is called so now? */
extern bool tsm_name_carried(const TsmDesk *desk, bool area, Datum before, Datum after);

/* ----------------------------------------------------------------
 * former_names.c: what has become of a name.
 * ----------------------------------------------------------------
 */

/*
 * Read the renames for lists of names, into a context.  By the active snapshot,
 * which is to be that of the lists: of two moments, a name that something has
 * always had, now or before, might be in neither.
 */
extern void tsm_names_renamed(const TsmDesk *desk, MemoryContext cxt, TsmNameList *const *lists, int count);

/* What has a name now that it had before, in any case; NULL if nothing has. */
extern const TsmName *tsm_name_former(const TsmNameList *list, const char *name);

/*
 * What an area is called now that had a name at a time.  Where a ticket was changed
 * under the old name after the rename had begun, there is no area of that name.
 */
extern const char *tsm_area_now(const TsmDesk *desk, const char *name, TimestampTz since);

/* Has a name in a table (area, prioridad) become another one, at some time? */
extern bool tsm_name_became(const TsmDesk *desk, const char *table, const char *before, const char *after);

/* ----------------------------------------------------------------
 * template.c: do library, objects and desk fit together?
 * ----------------------------------------------------------------
 */

/* 55000 unless the extension's objects are of the library's version. */
extern void tsm_library_check(void);

/* 55000 unless the library works with the template that made the desk. */
extern void tsm_template_check(const TsmDesk *desk);

/* What to say of a desk whose template is not the newest; NULL if it is. */
extern char *tsm_template_behind(const TsmDesk *desk);

/* ----------------------------------------------------------------
 * caller.c: who is calling, and in which helpdesk role.
 * ----------------------------------------------------------------
 */
typedef struct TsmCaller
{
	Oid			userid;
	TsmRole		role;
	bool		trusted;		/* claims were believed */
	const TsmAgent *agent;		/* or NULL */
	bool		owner;			/* may do all that the desk's owner may */
	Datum		address;		/* of the client, or 0 when it is not known */
} TsmCaller;

/* The current user as a caller; never fails for want of rights. */
extern void tsm_caller_identify(const TsmDesk *desk, TsmCaller *caller);

/* The same user and agent, as a desk that was read anew has them. */
extern void tsm_caller_renew(const TsmDesk *desk, TsmCaller *caller);

/*
 * Why the caller may not do the operation at all (42501), NULL if it may;
 * tsm_caller_require() raises that, tsm_caller_begin() identifies the caller
 * first.
 */
extern TsmRefusal *tsm_caller_refusal(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op);
extern void tsm_caller_begin(const TsmDesk *desk, TsmCaller *caller, TsmOperation op);
extern void tsm_caller_require(const TsmDesk *desk, const TsmCaller *caller, TsmOperation op);

/* Why a ticket of this area is not the caller's business (42501), NULL if it is; or raise that. */
extern TsmRefusal *tsm_area_refusal(const TsmCaller *caller, const char *area);
extern void tsm_caller_require_area(const TsmCaller *caller, const char *area);

/* 42501 unless the caller is ADMIN, who alone may do what is said. */
extern void tsm_caller_require_admin(const TsmCaller *caller, const char *what);

/* 42501 for the public, which has fn_consultar: that asks for the address as well. */
extern void tsm_caller_require_agent(const TsmCaller *caller);

/* PT401 unless the token that it came with is still valid; 42501 if claims are not believed. */
extern void tsm_caller_require_token(const TsmCaller *caller);

/*
 * Is the agent switched off?  No row of agente does that to an owner, nor to a
 * superuser, the sweep's not least: any ADMIN could write one.
 */
static inline bool
tsm_caller_is_off(const TsmCaller *caller)
{
	return caller->agent != NULL && !caller->agent->active && !caller->owner;
}

/* Whether the caller sees every area, or which one (NULL: none). */
static inline bool
tsm_caller_sees_all(const TsmCaller *caller)
{
	if (tsm_caller_is_off(caller))
		return false;
	return caller->role == ROLE_ADMIN || caller->role == ROLE_MESA;
}

extern const char *tsm_caller_area(const TsmCaller *caller);

/* ----------------------------------------------------------------
 * roles.c: the database roles that a desk names.
 * ----------------------------------------------------------------
 */

/* Why nothing is to be granted to a role because a desk names it, "is a superuser"; NULL: nothing. */
extern const char *tsm_role_unfit(const char *name);

/* ----------------------------------------------------------------
 * address.c, catalogue.c, label_reading.c, file_name.c, media_type.c: addresses, and texts of any kind, in
 * their normal form; see tsm_text_normalise().
 * ----------------------------------------------------------------
 */
extern TsmRefusal *tsm_address_normalise(const char *field, TsmText *text);

/* An address that is looked for, as tickets have it; one that is none is looked for all the same. */
extern text *tsm_address_of(const text *typed);

/* file_name.c: the name of a file, which is made harmless rather than refused. */
extern TsmRefusal *tsm_file_normalise(const char *field, TsmText *text);

static inline TsmRefusal *
tsm_kind_normalise(TsmTextKind kind, const char *field, TsmText *text)
{
	switch (kind)
	{
		case TEXT_ADDRESS:
			return tsm_address_normalise(field, text);
		case TEXT_FILE:
			return tsm_file_normalise(field, text);
		default:
			return tsm_text_normalise(kind, field, text);
	}
}

/* media_type.c: what a file is, by its first bytes, and else by what a client says (or NULL). */
extern const char *tsm_media_type(const char *data, size_t len, const char *claimed);

/* 22023 for a value in its normal form that will not do; fault: what it has, or NULL. */
extern TsmRefusal *tsm_bad_value(const char *field, const char *value, const char *fault, const char *hint);

/* configuracion.digitos is at most this. */
#define TSM_MAX_LABEL_DIGITS 12

/*
 * The labels that somebody may have meant, as an array: digits and letters
 * decide.  Of any width, or with the zeros that were typed or are in use now.
 */
extern Datum tsm_label_read(const TsmDesk *desk, const char *str, int len, bool any_width);

/* ----------------------------------------------------------------
 * fields.c: what a field may hold, and the arguments of functions.
 * ----------------------------------------------------------------
 */

/* Argument as a text in one line, NULL if it is null or blank; one that cannot be that is only trimmed. */
extern text *tsm_arg_text(FunctionCallInfo fcinfo, int argno);

/*
 * Argument as the field's rules want it (22004 if required, 22001, 22023), and as
 * a row of a catalogue of the desk (22004, 22023), for which a name that the row
 * had before will do while no other has it; NULL if not given.  Returns what is
 * against it.
 */
extern TsmRefusal *tsm_arg_field(FunctionCallInfo fcinfo, int argno, TsmField field, bool required, text **value);
extern TsmRefusal *tsm_arg_listed(FunctionCallInfo fcinfo, int argno, const char *field, const TsmDesk *desk,
								  const TsmNameList *list, bool required, const TsmName **found);

/* The latter; raises what is against it. */
static inline const TsmName *
tsm_arg_name(FunctionCallInfo fcinfo, int argno, const char *field, const TsmDesk *desk, const TsmNameList *list,
			 bool required)
{
	const TsmName *found;

	tsm_raise_if(tsm_arg_listed(fcinfo, argno, field, desk, list, required, &found));
	return found;
}

/* Argument limite: a number from 1 to most (22023). */
extern int	tsm_arg_limit(FunctionCallInfo fcinfo, int argno, int unless_given, int most);

/* Why tickets cannot be handed to an area: 22023 when it is switched off; NULL if they can. */
extern TsmRefusal *tsm_area_active_refusal(const TsmNameList *areas, const TsmName *area);

/* Bring a text into its normal form; what the field's rules have against it, NULL if nothing or if it is empty. */
extern TsmRefusal *tsm_field_normalise(TsmField field, const char *name, TsmText *text);

/*
 * The same for those of these columns of a ticket that are texts with rules.
 * Enters those that have become others; returns what is against the first that
 * will not do.
 */
extern TsmRefusal *tsm_columns_normalise(TicketRow *row, uint64 columns, uint64 *altered);

/* 22004 for this field. */
tsm_noreturn extern void tsm_missing_field(const char *field);

/* Argument ticket_id; 22004 if null. */
static inline pg_uuid_t *
tsm_arg_ticket(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		tsm_missing_field("ticket_id");
	return PG_GETARG_UUID_P(0);
}

/* ----------------------------------------------------------------
 * zones.c: time zones.
 * ----------------------------------------------------------------
 */

/* The zone of that name; 22023 if the server has none that we could use. */
extern pg_tz *tsm_zone_of(const char *name);

#endif							/* TSM_DESK_H */
