/*-------------------------------------------------------------------------
 *
 * desk_read.c
 *	  Reading a desk: its tables, its machine, settings and catalogues.
 *
 * It is read with the newest snapshot there is.  With the transaction's own
 * one, a REPEATABLE READ transaction would fill the cache with what was true
 * at its start, and nothing would ever tell it better.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "desk/desk.h"

#define EQ " OPERATOR(pg_catalog.=) "

static const TsmQuery q_policies = {
	"SELECT DISTINCT ON (v.politica_id) v.version_id, v.objetivo, v.tipo, v.prioridad, v.area,"
	" v.categoria, pg_catalog.round(v.horas OPERATOR(pg_catalog.*) 3600)::pg_catalog.int8,"
	" v.dias_habiles, v.calendario"
	" FROM @.sla_politica_version v JOIN @.sla_politica p ON p.politica_id" EQ "v.politica_id"
	" ORDER BY v.politica_id, v.version DESC",
	0, {0}, PLAN_AS_NEEDED
};

char *
tsm_desk_string(const TsmDesk *desk, const char *str)
{
	return str ? MemoryContextStrdup(desk->cxt, str) : NULL;
}

static int
name_position(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("unknown name \"%s\" in a mesa", name)));
}

/*
 * The functions of a table's triggers, other than foreign keys'.  A copy:
 * the relcache may build its own anew at any look-up in the catalogs.
 */
static List *
trigger_functions(Relation rel)
{
	TriggerDesc *desc = rel->trigdesc;
	List	   *functions = NIL;

	for (int i = 0; desc != NULL && i < desc->numtriggers; i++)
		if (!desc->triggers[i].tgisinternal)
			functions = lappend_oid(functions, desc->triggers[i].tgfoid);
	return functions;
}

/* Whether a function is one of ours, and of this name (NULL: any). */
static bool
is_ours(Oid funcid, const char *name)
{
	char	   *schema = get_namespace_name(get_func_namespace(funcid));
	char	   *own = get_func_name(funcid);

	return schema != NULL && own != NULL && strcmp(schema, "ticket_sm") == 0 &&
		(name == NULL || strcmp(own, name) == 0);
}

/* Whether the table has our guard as a trigger, which makes it a desk's. */
static bool
has_guard(Relation rel)
{
	ListCell   *lc;

	foreach(lc, trigger_functions(rel))
		if (is_ours(lfirst_oid(lc), "tg_ticket_before"))
			return true;
	return false;
}

static TupleDesc
copy_descriptor(MemoryContext cxt, TupleDesc desc)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	TupleDesc	copy = CreateTupleDescCopy(desc);

	MemoryContextSwitchTo(oldcxt);
	return copy;
}

/* Is there a desk in this schema at all: a ticket under our guard? */
static bool
is_desk(TsmDesk *desk)
{
	Oid			relid = get_relname_relid("ticket", desk->nspid);
	Relation	rel;
	bool		guarded;

	if (!OidIsValid(relid))
		return false;
	rel = relation_open(relid, AccessShareLock);
	desk->owner = rel->rd_rel->relowner;
	/* what is no table has no such trigger; in a desk it will be refused for that */
	if (rel->rd_rel->relkind == RELKIND_RELATION)
		guarded = has_guard(rel);
	else
		guarded = OidIsValid(get_relname_relid("configuracion", desk->nspid));
	relation_close(rel, NoLock);
	return guarded;
}

static Oid
find_sequence(const TsmDesk *desk, const char *name)
{
	Oid			relid = get_relname_relid(name, desk->nspid);

	if (!OidIsValid(relid) || get_rel_relkind(relid) != RELKIND_SEQUENCE)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("mesa %s has no sequence \"%s\"", desk->schema, name)));
	return relid;
}

/* Where the columns of ticket are, the other way round. */
static void
find_columns(TsmDesk *desk, int natts)
{
	desk->ticket_natts = natts;
	desk->ticket_bit = MemoryContextAllocZero(desk->cxt, desk->ticket_natts * sizeof(uint64));
	desk->ticket_in_order = true;
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		desk->ticket_bit[desk->ticket_att[col] - 1] = UINT64CONST(1) << col;
		if (desk->ticket_att[col] != col + 1)
			desk->ticket_in_order = false;
	}
}

/* The tables, their columns and the types; false if this is no desk. */
static bool
find_tables(TsmDesk *desk)
{
	Relation	rel;

	if (!is_desk(desk))
		return false;
	if (tsm_shape_check(desk))
		desk->search_path = MemoryContextStrdup(desk->cxt, psprintf("%s, pg_temp", desk->schema));
	desk->ticket_relid = desk->table[TABLE_ticket];
	desk->history_relid = desk->table[TABLE_historial];
	desk->counter_relid = desk->table[TABLE_contador];
	desk->event_relid = desk->table[TABLE_evento];
	desk->policy_relid = desk->table[TABLE_sla_politica_version];
	desk->calendar_relid = desk->table[TABLE_calendario_version];
	desk->settings_relid = desk->table[TABLE_configuracion];
	desk->event_sequence = find_sequence(desk, "evento_evento_id_seq");

	rel = table_open(desk->ticket_relid, AccessShareLock);
	find_columns(desk, RelationGetNumberOfAttributes(rel));
	table_close(rel, AccessShareLock);
	rel = table_open(desk->history_relid, AccessShareLock);
	desk->history_desc = copy_descriptor(desk->cxt, RelationGetDescr(rel));
	table_close(rel, AccessShareLock);
	return true;
}

/* Where the vocabulary has these values: the OID of each name. */
static void
read_names(Oid typid, const char *const *names, int count, Oid *oids)
{
	TsmRows    *rows = tsm_rows_enum(typid);

	for (int i = 0; i < rows->count; i++)
		oids[name_position(names, count, tsm_rows_text(rows, i, 1))] =
			DatumGetObjectId(tsm_rows_value(rows, i, 0));
}

static void
read_vocabulary(TsmDesk *desk)
{
	TsmRows    *rows;

	read_names(get_atttype(desk->history_relid, desk->history_att[HC_operacion]),
			   tsm_operation_names, TSM_OPERATIONS, desk->operation_oid);
	read_names(desk->role_enum, tsm_role_names, TSM_ROLES, desk->role_oid);

	rows = tsm_rows_enum(get_atttype(desk->ticket_relid, desk->ticket_att[TC_estado]));
	desk->nstates = rows->count;
	desk->state = MemoryContextAllocZero(desk->cxt, desk->nstates * sizeof(TsmState));
	for (int i = 0; i < desk->nstates; i++)
	{
		desk->state[i].oid = DatumGetObjectId(tsm_rows_value(rows, i, 0));
		desk->state[i].name = tsm_desk_string(desk, tsm_rows_text(rows, i, 1));
	}
}

static void
read_states(TsmDesk *desk)
{
	static const char *const columns[] = {"estado", "abierto", "resuelto", "reloj"};
	TsmRows    *rows = tsm_rows_read(desk, "estado", columns, lengthof(columns));

	if (rows->count != desk->nstates)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table estado of mesa %s does not describe every state", desk->schema)));
	for (int i = 0; i < rows->count; i++)
	{
		TsmState   *state = &desk->state[tsm_state_index(desk, DatumGetObjectId(tsm_rows_value(rows, i, 0)))];

		state->open = DatumGetBool(tsm_rows_value(rows, i, 1));
		state->resolved = DatumGetBool(tsm_rows_value(rows, i, 2));
		state->clock = (TsmClock) name_position(tsm_clock_names, CLOCK_ENDS + 1, tsm_rows_text(rows, i, 3));
	}
}

static void
read_transitions(TsmDesk *desk)
{
	static const char *const columns[] = {"operacion", "estado_origen", "estado_destino"};
	TsmRows    *rows = tsm_rows_read(desk, "transicion", columns, lengthof(columns));

	desk->start = -1;
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		desk->next[op] = MemoryContextAlloc(desk->cxt, desk->nstates);
		memset(desk->next[op], -1, desk->nstates);
	}
	for (int i = 0; i < rows->count; i++)
	{
		TsmOperation op = tsm_operation_by_oid(desk, DatumGetObjectId(tsm_rows_value(rows, i, 0)));
		int			to = tsm_state_index(desk, DatumGetObjectId(tsm_rows_value(rows, i, 2)));

		if (op == OP_CREAR)
			desk->start = to;
		else
			desk->next[op][tsm_state_index(desk, DatumGetObjectId(tsm_rows_value(rows, i, 1)))] = (int8) to;
	}
}

static void
read_permissions(TsmDesk *desk)
{
	static const char *const columns[] = {"operacion", "rol"};
	static const char *const role_columns[] = {"rol", "rol_bd"};
	TsmRows    *rows = tsm_rows_read(desk, "permiso", columns, lengthof(columns));

	for (int i = 0; i < rows->count; i++)
		desk->may[tsm_operation_by_oid(desk, DatumGetObjectId(tsm_rows_value(rows, i, 0)))]
			[tsm_role_by_oid(desk, DatumGetObjectId(tsm_rows_value(rows, i, 1)))] = true;

	rows = tsm_rows_read(desk, "rol", role_columns, lengthof(role_columns));
	for (int i = 0; i < rows->count; i++)
		desk->role_member[tsm_role_by_oid(desk, DatumGetObjectId(tsm_rows_value(rows, i, 0)))] =
			tsm_desk_string(desk, tsm_rows_text(rows, i, 1));
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

/* Percentages at which to warn, from an array column. */
static void
read_warnings(const TsmDesk *desk, Datum array, TsmWarnings *warnings)
{
	Datum	   *element;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &element, NULL, &count);
	warnings->count = count;
	warnings->percent = MemoryContextAlloc(desk->cxt, Max(count, 1) * sizeof(int));
	for (int i = 0; i < count; i++)
		warnings->percent[i] = DatumGetInt32(element[i]);
	qsort(warnings->percent, count, sizeof(int), compare_ints);
}

static void
read_published(TsmDesk *desk, Datum array)
{
	ArrayType  *operations = DatumGetArrayTypeP(array);
	Datum	   *element;
	int			count;

	deconstruct_array(operations, ARR_ELEMTYPE(operations), sizeof(Oid), true, TYPALIGN_INT,
					  &element, NULL, &count);
	for (int i = 0; i < count; i++)
		desk->publishes[tsm_operation_by_oid(desk, DatumGetObjectId(element[i]))] = true;
}

static void
read_settings(TsmDesk *desk)
{
	static const char *const columns[] = {
		"zona_horaria", "prefijo", "digitos", "sla_en_pausa", "sla_avisos", "eventos", "canal_eventos"
	};
	TsmRows    *rows = tsm_rows_read(desk, "configuracion", columns, lengthof(columns));
	char	   *zone;

	if (rows->count != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table configuracion of mesa %s must have exactly one row", desk->schema)));
	zone = tsm_rows_text(rows, 0, 0);
	desk->timezone = pg_tzset(zone);
	if (desk->timezone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone of mesa %s is not recognized", desk->schema),
				 errdetail("configuracion.zona_horaria is \"%s\".", zone)));
	desk->label_prefix = tsm_desk_string(desk, tsm_rows_text(rows, 0, 1));
	desk->label_digits = DatumGetInt32(tsm_rows_value(rows, 0, 2));
	desk->clock_runs_in_pause = strcmp(tsm_rows_text(rows, 0, 3), "continuar") == 0;
	read_warnings(desk, tsm_rows_value(rows, 0, 4), &desk->warnings);
	read_published(desk, tsm_rows_value(rows, 0, 5));
	desk->event_channel = tsm_desk_string(desk, tsm_rows_text(rows, 0, 6));
}

/* Value of a column in a row of SPI_tuptable, which must not be null. */
static Datum
column(uint64 row, int attnum)
{
	bool		isnull;
	Datum		value;

	value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, attnum, &isnull);
	Assert(!isnull);
	return value;
}

/* The same as a string in the current context; NULL if null. */
static char *
column_text(uint64 row, int attnum)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, attnum);
}

static void
read_policies(TsmDesk *desk)
{
	static const char *const columns[] = {"politica_id"};

	/* most desks have none: then the query need not be planned */
	if (tsm_rows_read(desk, "sla_politica", columns, lengthof(columns))->count == 0)
		return;
	tsm_read_latest(desk, &q_policies, NULL);
	desk->npolicies = (int) SPI_processed;
	desk->policy = MemoryContextAllocZero(desk->cxt, Max(desk->npolicies, 1) * sizeof(TsmPolicy));
	for (int i = 0; i < desk->npolicies; i++)
	{
		TsmPolicy  *policy = &desk->policy[i];
		char	   *category = column_text(i, 6);
		bool		isnull;
		Datum		value;

		policy->version_id = DatumGetInt32(column(i, 1));
		policy->target = (TsmTarget) name_position(tsm_target_names, TSM_TARGETS, column_text(i, 2));
		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 3, &isnull);
		policy->type = isnull ? InvalidOid : DatumGetObjectId(value);
		policy->priority = tsm_desk_string(desk, column_text(i, 4));
		policy->area = tsm_desk_string(desk, column_text(i, 5));
		policy->category = tsm_desk_string(desk, category ? tsm_fold(category) : NULL);
		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 7, &isnull);
		policy->usec = isnull ? 0 : DatumGetInt64(value) * USECS_PER_SEC;
		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 8, &isnull);
		policy->days = isnull ? 0 : DatumGetInt32(value);
		policy->calendar = tsm_desk_string(desk, column_text(i, 9));
	}
}

/* Make a list of names; the caller fills in the rest. */
static void
keep_names(const TsmDesk *desk, TsmNameList *list, const TsmRows *rows, int column)
{
	list->count = rows->count;
	list->item = MemoryContextAllocZero(desk->cxt, Max(list->count, 1) * sizeof(TsmName));
	for (int i = 0; i < list->count; i++)
	{
		char	   *name = tsm_rows_text(rows, i, column);

		list->item[i].name = tsm_desk_string(desk, name);
		list->item[i].folded = tsm_desk_string(desk, tsm_fold(name));
		list->item[i].active = true;
	}
}

static void
read_catalogues(TsmDesk *desk)
{
	static const char *const priority_columns[] = {"orden", "nombre", "sla_horas"};
	static const char *const area_columns[] = {"nombre", "activa"};
	TsmRows    *rows = tsm_rows_read(desk, "prioridad", priority_columns, lengthof(priority_columns));

	tsm_rows_sort(rows);
	keep_names(desk, &desk->priorities, rows, 1);
	for (int i = 0; i < rows->count; i++)
		desk->priorities.item[i].sla_hours = DatumGetInt32(tsm_rows_value(rows, i, 2));

	rows = tsm_rows_read(desk, "area", area_columns, lengthof(area_columns));
	tsm_rows_sort(rows);
	keep_names(desk, &desk->areas, rows, 0);
	for (int i = 0; i < rows->count; i++)
		desk->areas.item[i].active = DatumGetBool(tsm_rows_value(rows, i, 1));

	rows = tsm_rows_enum(desk->type_enum);
	keep_names(desk, &desk->types, rows, 1);
	for (int i = 0; i < rows->count; i++)
		desk->types.item[i].oid = DatumGetObjectId(tsm_rows_value(rows, i, 0));
}

/* Read all of a desk into a new context; NULL if the schema is none. */
TsmDesk *
tsm_desk_read(Oid nspid)
{
	MemoryContext cxt;
	TsmDesk    *desk;
	TsmIdentity saved;
	char	   *schema = get_namespace_name(nspid);

	if (schema == NULL)
		return NULL;

	/* Ours only in the end, so that an error frees it. */
	cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm mesa", ALLOCSET_SMALL_SIZES);
	desk = MemoryContextAllocZero(cxt, sizeof(TsmDesk));
	desk->cxt = cxt;
	desk->nspid = nspid;
	desk->schema = tsm_desk_string(desk, quote_identifier(schema));
	if (!find_tables(desk))
	{
		MemoryContextDelete(cxt);
		return NULL;
	}

	saved = tsm_enter(desk);
	read_vocabulary(desk);
	read_states(desk);
	read_transitions(desk);
	read_permissions(desk);
	read_settings(desk);
	read_catalogues(desk);
	read_policies(desk);
	tsm_leave(saved);

	tsm_machine_arrays(desk);
	tsm_agents_init(desk);
	return desk;
}
