/*-------------------------------------------------------------------------
 *
 * machine.c
 *	  What a backend knows of a mesa.
 *
 * Everything that decides an operation is read once and kept: the machine,
 * permissions, settings, catalogues, and the agents as they are asked for.  A
 * trigger on those tables invalidates the relcache entry of configuracion;
 * our callback only marks the mesa stale, and the next call reads it anew.
 *
 * It is read with the newest snapshot there is.  With the transaction's own
 * one, a REPEATABLE READ transaction would fill the cache with what was true
 * at its start, and nothing would ever tell it better.
 *
 * Whoever holds a TsmMesa may call code that makes us read it anew, so a
 * replaced one is not freed at once but given to the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "ticket_sm.h"

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

/* Agents kept per mesa; reaching it, the mesa is read anew and empty. */
#define MAX_AGENTS 10000

const char *const tsm_operation_names[TSM_OPERATIONS] = {
	"crear", "asignar", "transferir", "reclasificar", "pausar", "reabrir",
	"actualizar", "resolver", "cancelar", "archivar", "consultar",
	"avisar", "vencer", "recalcular"
};

const char *const tsm_role_names[TSM_ROLES] = {"ADMIN", "MESA", "AREA", "PUBLICO"};

const char *const tsm_ticket_columns[TICKET_COLUMNS] = {
#define C(name) #name,
	TSM_TICKET_COLUMNS(C)
#undef C
};

static const char *const history_column_names[HISTORY_COLUMNS] = {
#define C(name) #name,
	TSM_HISTORY_COLUMNS(C)
#undef C
};

static const char *const counter_column_names[COUNTER_COLUMNS] = {
#define C(name) #name,
	TSM_COUNTER_COLUMNS(C)
#undef C
};

typedef struct MesaEntry
{
	Oid			nspid;			/* hash key */
	bool		valid;
	TsmMesa    *mesa;			/* NULL until read */
} MesaEntry;

typedef struct RoleAgent
{
	Oid			roleid;			/* hash key */
	const TsmAgent *agent;		/* NULL: none */
} RoleAgent;

static HTAB *mesas = NULL;
static Oid	usable_nspid = InvalidOid;	/* a schema that was found to be usable */
static Oid	usable_by = InvalidOid; /* by this role */
static uint64 invalidations = 0;	/* counts them, to notice one while reading */

/* ----------------------------------------------------------------
 * Staleness
 * ----------------------------------------------------------------
 */
void
tsm_mesa_relcache_callback(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS seq;
	MesaEntry  *entry;

	invalidations++;
	if (mesas == NULL)
		return;
	hash_seq_init(&seq, mesas);
	while ((entry = hash_seq_search(&seq)) != NULL)
	{
		const TsmMesa *mesa = entry->mesa;

		if (!OidIsValid(relid) || mesa == NULL ||
			relid == mesa->settings_relid || relid == mesa->ticket_relid ||
			relid == mesa->history_relid || relid == mesa->counter_relid ||
			relid == mesa->calendar_relid || relid == mesa->event_relid ||
			relid == mesa->policy_relid)
			entry->valid = false;
	}
}

/* A schema or a role has changed: its name, who it is, or what it may do. */
void
tsm_mesa_syscache_callback(Datum arg, int cacheid, uint32 hashvalue)
{
	usable_nspid = InvalidOid;
	tsm_mesa_relcache_callback((Datum) 0, InvalidOid);
}

void
tsm_mesa_reload(Oid nspid)
{
	Oid			relid = get_relname_relid("configuracion", nspid);

	if (OidIsValid(relid))
		CacheInvalidateRelcacheByRelid(relid);
}

/* ----------------------------------------------------------------
 * Reading a mesa
 * ----------------------------------------------------------------
 */

static char *
keep_string(const TsmMesa *mesa, const char *str)
{
	return str ? MemoryContextStrdup(mesa->cxt, str) : NULL;
}

char *
tsm_fold(const char *str)
{
	return str_toupper(str, strlen(str), DEFAULT_COLLATION_OID);
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

Oid
tsm_table_of(const TsmMesa *mesa, const char *name)
{
	Oid			relid = get_relname_relid(name, mesa->nspid);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("mesa %s has no table \"%s\"", mesa->schema, name)));
	return relid;
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

/* Whether the table has our guard as a trigger, which makes it a mesa's. */
static bool
has_guard(Relation rel)
{
	ListCell   *lc;

	foreach(lc, trigger_functions(rel))
		if (is_ours(lfirst_oid(lc), "tg_ticket_before"))
			return true;
	return false;
}

/*
 * Whether a table has anything that may run a user's code when a row is
 * written: more columns, CHECKs, defaults, or indexes with expressions or a
 * predicate than the template makes, a rule, or a trigger that is not ours.
 */
static bool
has_user_code(Relation rel, int columns, int checks, int defaults, int indexes)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;
	ListCell   *lc;

	if (RelationGetDescr(rel)->natts > columns || rel->rd_rules != NULL ||
		(constr != NULL && (constr->num_check > checks || constr->num_defval > defaults)))
		return true;
	foreach(lc, trigger_functions(rel))
		if (!is_ours(lfirst_oid(lc), NULL))
			return true;
	foreach(lc, RelationGetIndexList(rel))
	{
		HeapTuple	index = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(lc)));

		/* not to be opened for that: most of them are of no use to this call */
		if (!HeapTupleIsValid(index))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("cache lookup failed for index %u", lfirst_oid(lc))));
		if (!heap_attisnull(index, Anum_pg_index_indexprs, NULL) ||
			!heap_attisnull(index, Anum_pg_index_indpred, NULL))
			indexes--;
		ReleaseSysCache(index);
	}
	return indexes < 0;
}

static TupleDesc
copy_descriptor(MemoryContext cxt, TupleDesc desc)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	TupleDesc	copy = CreateTupleDescCopy(desc);

	MemoryContextSwitchTo(oldcxt);
	return copy;
}

/* A table that the template makes with so many columns and without any code. */
static Oid
find_table(const TsmMesa *mesa, const char *name, int columns, bool *user_code)
{
	Relation	rel = table_open(tsm_table_of(mesa, name), AccessShareLock);
	Oid			relid = RelationGetRelid(rel);

	if (has_user_code(rel, columns, 0, 0, 0))
		*user_code = true;
	table_close(rel, AccessShareLock);
	return relid;
}

/* The tables, their columns and the types; false if this is no mesa. */
static bool
find_tables(TsmMesa *mesa)
{
	Relation	rel;
	bool		guarded;
	bool		user_code;

	mesa->ticket_relid = get_relname_relid("ticket", mesa->nspid);
	if (!OidIsValid(mesa->ticket_relid) ||
		get_rel_relkind(mesa->ticket_relid) != RELKIND_RELATION)
		return false;
	rel = table_open(mesa->ticket_relid, AccessShareLock);
	guarded = has_guard(rel);
	mesa->owner = rel->rd_rel->relowner;
	mesa->ticket_natts = RelationGetDescr(rel)->natts;
	user_code = has_user_code(rel, TICKET_COLUMNS, 0, 3, 4);
	if (guarded)
		tsm_find_columns(rel, tsm_ticket_columns, TICKET_COLUMNS, mesa->ticket_att);
	table_close(rel, AccessShareLock);
	if (!guarded)
		return false;

	mesa->settings_relid = tsm_table_of(mesa, "configuracion");
	mesa->ticket_bit = MemoryContextAllocZero(mesa->cxt, mesa->ticket_natts * sizeof(uint64));
	mesa->ticket_in_order = true;
	for (int col = 0; col < TICKET_COLUMNS; col++)
	{
		mesa->ticket_bit[mesa->ticket_att[col] - 1] = UINT64CONST(1) << col;
		if (mesa->ticket_att[col] != col + 1)
			mesa->ticket_in_order = false;
	}

	mesa->history_relid = tsm_table_of(mesa, "historial");
	rel = table_open(mesa->history_relid, AccessShareLock);
	tsm_find_columns(rel, history_column_names, HISTORY_COLUMNS, mesa->history_att);
	mesa->history_pkey = tsm_primary_key_index(rel);
	mesa->history_desc = copy_descriptor(mesa->cxt, RelationGetDescr(rel));
	user_code = has_user_code(rel, HISTORY_COLUMNS, 0, 0, 0) || user_code;
	table_close(rel, AccessShareLock);
	mesa->counter_relid = tsm_table_of(mesa, "contador");
	rel = table_open(mesa->counter_relid, AccessShareLock);
	tsm_find_columns(rel, counter_column_names, COUNTER_COLUMNS, mesa->counter_att);
	user_code = has_user_code(rel, COUNTER_COLUMNS, 0, 0, 0) || user_code;
	table_close(rel, AccessShareLock);
	mesa->event_sequence = tsm_table_of(mesa, "evento_evento_id_seq");
	mesa->event_relid = find_table(mesa, "evento", 7, &user_code);
	mesa->policy_relid = find_table(mesa, "sla_politica_version", 13, &user_code);
	mesa->calendar_relid = find_table(mesa, "calendario_version", 11, &user_code);
	if (!OidIsValid(mesa->history_pkey))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the history of mesa %s has no primary key", mesa->schema)));

	if (user_code)
		mesa->search_path = MemoryContextStrdup(mesa->cxt, psprintf("%s, pg_temp", mesa->schema));
	mesa->type_enum = get_atttype(mesa->ticket_relid, mesa->ticket_att[TC_tipo]);
	mesa->role_enum = get_atttype(mesa->history_relid, mesa->history_att[HC_actor_rol]);
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
read_vocabulary(TsmMesa *mesa)
{
	TsmRows    *rows;

	read_names(get_atttype(mesa->history_relid, mesa->history_att[HC_operacion]),
			   tsm_operation_names, TSM_OPERATIONS, mesa->operation_oid);
	read_names(mesa->role_enum, tsm_role_names, TSM_ROLES, mesa->role_oid);

	rows = tsm_rows_enum(get_atttype(mesa->ticket_relid, mesa->ticket_att[TC_estado]));
	mesa->nstates = rows->count;
	mesa->state = MemoryContextAllocZero(mesa->cxt, mesa->nstates * sizeof(TsmState));
	for (int i = 0; i < mesa->nstates; i++)
	{
		mesa->state[i].oid = DatumGetObjectId(tsm_rows_value(rows, i, 0));
		mesa->state[i].name = keep_string(mesa, tsm_rows_text(rows, i, 1));
	}
}

static void
read_states(TsmMesa *mesa)
{
	static const char *const columns[] = {"estado", "abierto", "resuelto", "reloj"};
	TsmRows    *rows = tsm_rows_read(mesa, "estado", columns, lengthof(columns));

	if (rows->count != mesa->nstates)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table estado of mesa %s does not describe every state", mesa->schema)));
	for (int i = 0; i < rows->count; i++)
	{
		TsmState   *state = &mesa->state[tsm_state_index(mesa, DatumGetObjectId(tsm_rows_value(rows, i, 0)))];

		state->open = DatumGetBool(tsm_rows_value(rows, i, 1));
		state->resolved = DatumGetBool(tsm_rows_value(rows, i, 2));
		state->clock = (TsmClock) name_position(tsm_clock_names, CLOCK_ENDS + 1, tsm_rows_text(rows, i, 3));
	}
}

static void
read_transitions(TsmMesa *mesa)
{
	static const char *const columns[] = {"operacion", "estado_origen", "estado_destino"};
	TsmRows    *rows = tsm_rows_read(mesa, "transicion", columns, lengthof(columns));

	mesa->start = -1;
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		mesa->next[op] = MemoryContextAlloc(mesa->cxt, mesa->nstates);
		memset(mesa->next[op], -1, mesa->nstates);
	}
	for (int i = 0; i < rows->count; i++)
	{
		TsmOperation op = tsm_operation_by_oid(mesa, DatumGetObjectId(tsm_rows_value(rows, i, 0)));
		int			to = tsm_state_index(mesa, DatumGetObjectId(tsm_rows_value(rows, i, 2)));

		if (op == OP_CREAR)
			mesa->start = to;
		else
			mesa->next[op][tsm_state_index(mesa, DatumGetObjectId(tsm_rows_value(rows, i, 1)))] = (int8) to;
	}
}

static void
read_permissions(TsmMesa *mesa)
{
	static const char *const columns[] = {"operacion", "rol"};
	static const char *const role_columns[] = {"rol", "rol_bd"};
	TsmRows    *rows = tsm_rows_read(mesa, "permiso", columns, lengthof(columns));

	for (int i = 0; i < rows->count; i++)
		mesa->may[tsm_operation_by_oid(mesa, DatumGetObjectId(tsm_rows_value(rows, i, 0)))]
			[tsm_role_by_oid(mesa, DatumGetObjectId(tsm_rows_value(rows, i, 1)))] = true;

	rows = tsm_rows_read(mesa, "rol", role_columns, lengthof(role_columns));
	for (int i = 0; i < rows->count; i++)
		mesa->role_member[tsm_role_by_oid(mesa, DatumGetObjectId(tsm_rows_value(rows, i, 0)))] =
			keep_string(mesa, tsm_rows_text(rows, i, 1));
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

/* Percentages at which to warn, from an array column. */
static void
read_warnings(const TsmMesa *mesa, Datum array, TsmWarnings *warnings)
{
	Datum	   *element;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &element, NULL, &count);
	warnings->count = count;
	warnings->percent = MemoryContextAlloc(mesa->cxt, Max(count, 1) * sizeof(int));
	for (int i = 0; i < count; i++)
		warnings->percent[i] = DatumGetInt32(element[i]);
	qsort(warnings->percent, count, sizeof(int), compare_ints);
}

static void
read_published(TsmMesa *mesa, Datum array)
{
	ArrayType  *operations = DatumGetArrayTypeP(array);
	Datum	   *element;
	int			count;

	deconstruct_array(operations, ARR_ELEMTYPE(operations), sizeof(Oid), true, TYPALIGN_INT,
					  &element, NULL, &count);
	for (int i = 0; i < count; i++)
		mesa->publishes[tsm_operation_by_oid(mesa, DatumGetObjectId(element[i]))] = true;
}

static void
read_settings(TsmMesa *mesa)
{
	static const char *const columns[] = {
		"zona_horaria", "prefijo", "digitos", "sla_en_pausa", "sla_avisos", "eventos", "canal_eventos"
	};
	TsmRows    *rows = tsm_rows_read(mesa, "configuracion", columns, lengthof(columns));
	char	   *zone;

	if (rows->count != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table configuracion of mesa %s must have exactly one row", mesa->schema)));
	zone = tsm_rows_text(rows, 0, 0);
	mesa->timezone = pg_tzset(zone);
	if (mesa->timezone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone of mesa %s is not recognized", mesa->schema),
				 errdetail("configuracion.zona_horaria is \"%s\".", zone)));
	mesa->label_prefix = keep_string(mesa, tsm_rows_text(rows, 0, 1));
	mesa->label_digits = DatumGetInt32(tsm_rows_value(rows, 0, 2));
	mesa->clock_runs_in_pause = strcmp(tsm_rows_text(rows, 0, 3), "continuar") == 0;
	read_warnings(mesa, tsm_rows_value(rows, 0, 4), &mesa->warnings);
	read_published(mesa, tsm_rows_value(rows, 0, 5));
	mesa->event_channel = keep_string(mesa, tsm_rows_text(rows, 0, 6));
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
read_policies(TsmMesa *mesa)
{
	static const char *const columns[] = {"politica_id"};

	/* most mesas have none: then the query need not be planned */
	if (tsm_rows_read(mesa, "sla_politica", columns, lengthof(columns))->count == 0)
		return;
	tsm_read_latest(mesa, Q_POLICIES, NULL);
	mesa->npolicies = (int) SPI_processed;
	mesa->policy = MemoryContextAllocZero(mesa->cxt, Max(mesa->npolicies, 1) * sizeof(TsmPolicy));
	for (int i = 0; i < mesa->npolicies; i++)
	{
		TsmPolicy  *policy = &mesa->policy[i];
		char	   *category = column_text(i, 6);
		bool		isnull;
		Datum		value;

		policy->version_id = DatumGetInt32(column(i, 1));
		policy->target = (TsmTarget) name_position(tsm_target_names, TSM_TARGETS, column_text(i, 2));
		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 3, &isnull);
		policy->type = isnull ? InvalidOid : DatumGetObjectId(value);
		policy->priority = keep_string(mesa, column_text(i, 4));
		policy->area = keep_string(mesa, column_text(i, 5));
		policy->category = keep_string(mesa, category ? tsm_fold(category) : NULL);
		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 7, &isnull);
		policy->usec = isnull ? 0 : DatumGetInt64(value) * USECS_PER_SEC;
		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 8, &isnull);
		policy->days = isnull ? 0 : DatumGetInt32(value);
		policy->calendar = keep_string(mesa, column_text(i, 9));
	}
}

/* Make a list of names; the caller fills in the rest. */
static void
keep_names(const TsmMesa *mesa, TsmNameList *list, const TsmRows *rows, int column)
{
	list->count = rows->count;
	list->item = MemoryContextAllocZero(mesa->cxt, Max(list->count, 1) * sizeof(TsmName));
	for (int i = 0; i < list->count; i++)
	{
		char	   *name = tsm_rows_text(rows, i, column);

		list->item[i].name = keep_string(mesa, name);
		list->item[i].folded = keep_string(mesa, tsm_fold(name));
		list->item[i].active = true;
	}
}

static void
read_catalogues(TsmMesa *mesa)
{
	static const char *const priority_columns[] = {"orden", "nombre", "sla_horas"};
	static const char *const area_columns[] = {"nombre", "activa"};
	TsmRows    *rows = tsm_rows_read(mesa, "prioridad", priority_columns, lengthof(priority_columns));

	tsm_rows_sort(rows);
	keep_names(mesa, &mesa->priorities, rows, 1);
	for (int i = 0; i < rows->count; i++)
		mesa->priorities.item[i].sla_hours = DatumGetInt32(tsm_rows_value(rows, i, 2));

	rows = tsm_rows_read(mesa, "area", area_columns, lengthof(area_columns));
	tsm_rows_sort(rows);
	keep_names(mesa, &mesa->areas, rows, 0);
	for (int i = 0; i < rows->count; i++)
		mesa->areas.item[i].active = DatumGetBool(tsm_rows_value(rows, i, 1));

	rows = tsm_rows_enum(mesa->type_enum);
	keep_names(mesa, &mesa->types, rows, 1);
	for (int i = 0; i < rows->count; i++)
		mesa->types.item[i].oid = DatumGetObjectId(tsm_rows_value(rows, i, 0));
}

static void
make_caches(TsmMesa *mesa)
{
	HASHCTL		ctl = {0};

	ctl.hcxt = mesa->cxt;
	ctl.keysize = sizeof(pg_uuid_t);
	ctl.entrysize = sizeof(TsmAgent);
	mesa->agents = hash_create("ticket_sm agents", 16, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(RoleAgent);
	mesa->agents_of_role = hash_create("ticket_sm agents by role", 16, &ctl,
									   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ctl.keysize = sizeof(int);
	ctl.entrysize = tsm_policy_cache_entry_size;
	mesa->warnings_of_policy = hash_create("ticket_sm warnings", 16, &ctl,
										   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Read all of a mesa into a new context; NULL if the schema is none. */
static TsmMesa *
read_mesa(Oid nspid)
{
	MemoryContext cxt;
	TsmMesa    *mesa;
	TsmIdentity saved;
	char	   *schema = get_namespace_name(nspid);

	if (schema == NULL)
		return NULL;

	/* Ours only in the end, so that an error frees it. */
	cxt = AllocSetContextCreate(CurrentMemoryContext, "ticket_sm mesa", ALLOCSET_SMALL_SIZES);
	mesa = MemoryContextAllocZero(cxt, sizeof(TsmMesa));
	mesa->cxt = cxt;
	mesa->nspid = nspid;
	mesa->schema = keep_string(mesa, quote_identifier(schema));
	if (!find_tables(mesa))
	{
		MemoryContextDelete(cxt);
		return NULL;
	}

	saved = tsm_enter(mesa);
	read_vocabulary(mesa);
	read_states(mesa);
	read_transitions(mesa);
	read_permissions(mesa);
	read_settings(mesa);
	read_catalogues(mesa);
	read_policies(mesa);
	tsm_leave(saved);

	make_caches(mesa);
	mesa->calendars = tsm_calendars_create(cxt);
	return mesa;
}

/* Give a replaced mesa to the transaction: somebody up the stack may use it. */
static void
retire(TsmMesa *mesa)
{
	if (mesa != NULL)
		MemoryContextSetParent(mesa->cxt, TopTransactionContext);
}

typedef struct Reading
{
	Oid			nspid;
	TsmMesa    *mesa;
} Reading;

static void
read_for(void *arg)
{
	Reading    *reading = (Reading *) arg;

	reading->mesa = read_mesa(reading->nspid);
}

/*
 * The mesa of a schema, read anew when stale; NULL if the schema is none.
 * bounded: for an operation, which waits for no lock beyond its time.
 */
static const TsmMesa *
find_mesa(Oid nspid, bool bounded)
{
	Reading		reading = {nspid, NULL};
	MesaEntry  *entry;
	TsmMesa    *mesa;
	uint64		before;
	bool		found;

	/* What others have committed holds for us, also within a transaction. */
	AcceptInvalidationMessages();

	if (mesas == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(Oid);
		ctl.entrysize = sizeof(MesaEntry);
		mesas = hash_create("ticket_sm mesas", 16, &ctl, HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(mesas, &nspid, HASH_FIND, NULL);
	if (entry != NULL && entry->valid)
		return entry->mesa;

	before = invalidations;
	if (bounded)
		tsm_bounded_wait(read_for, &reading);
	else
		read_for(&reading);
	mesa = reading.mesa;
	if (mesa == NULL)
	{
		/* It was one, perhaps. */
		if (entry != NULL && (entry = hash_search(mesas, &nspid, HASH_FIND, NULL)) != NULL)
		{
			retire(entry->mesa);
			hash_search(mesas, &nspid, HASH_REMOVE, NULL);
		}
		return NULL;
	}

	entry = hash_search(mesas, &nspid, HASH_ENTER, &found);
	if (found)
		retire(entry->mesa);
	MemoryContextSetParent(mesa->cxt, TopMemoryContext);
	entry->mesa = mesa;
	/* Should something have changed while we read, read again next time. */
	entry->valid = (before == invalidations);
	return mesa;
}

/* May the current user use the schema?  The answer is kept until anything about it changes. */
static void
require_usage(Oid nspid)
{
	Oid			userid = GetUserId();

	if (nspid == usable_nspid && userid == usable_by)
		return;
	if (tsm_namespace_aclcheck(nspid, userid) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for mesa \"%s\"", tsm_mesa_name),
				 errhint("The role needs USAGE on the mesa's schema.")));
	usable_nspid = nspid;
	usable_by = userid;
}

const TsmMesa *
tsm_mesa_current(void)
{
	Oid			nspid = get_namespace_oid(tsm_mesa_name, true);
	const TsmMesa *mesa;

	if (!OidIsValid(nspid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("mesa \"%s\" does not exist", tsm_mesa_name),
				 errhint("Set ticket_sm.mesa to the schema of a mesa.")));
	require_usage(nspid);
	mesa = find_mesa(nspid, true);
	if (mesa == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" is not a mesa", tsm_mesa_name),
				 errhint("A mesa is made by ticket_sm.crear_mesa().")));
	return mesa;
}

const TsmMesa *
tsm_mesa_of_ticket(Oid nspid, Oid ticket_relid)
{
	const TsmMesa *mesa = OidIsValid(nspid) ? find_mesa(nspid, false) : NULL;

	if (mesa == NULL || mesa->ticket_relid != ticket_relid)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("this is not the table ticket of a mesa"),
				 errhint("A mesa is made by ticket_sm.crear_mesa().")));
	return mesa;
}

const TsmMesa *
tsm_mesa_of_schema(Oid nspid)
{
	const TsmMesa *mesa = OidIsValid(nspid) ? find_mesa(nspid, false) : NULL;

	if (mesa == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("this is not a table of a mesa"),
				 errhint("A mesa is made by ticket_sm.crear_mesa().")));
	return mesa;
}

/* ----------------------------------------------------------------
 * Looking things up
 * ----------------------------------------------------------------
 */
int
tsm_state_index(const TsmMesa *mesa, Oid state)
{
	for (int i = 0; i < mesa->nstates; i++)
		if (mesa->state[i].oid == state)
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
tsm_operation_by_oid(const TsmMesa *mesa, Oid value)
{
	return (TsmOperation) oid_position(mesa->operation_oid, TSM_OPERATIONS, value);
}

TsmRole
tsm_role_by_oid(const TsmMesa *mesa, Oid value)
{
	return (TsmRole) oid_position(mesa->role_oid, TSM_ROLES, value);
}

const TsmName *
tsm_name_find(const TsmNameList *list, const char *name)
{
	char	   *folded;

	for (int i = 0; i < list->count; i++)
		if (strcmp(list->item[i].name, name) == 0)
			return &list->item[i];
	folded = tsm_fold(name);
	for (int i = 0; i < list->count; i++)
		if (strcmp(list->item[i].folded, folded) == 0)
			return &list->item[i];
	return NULL;
}

char *
tsm_name_list(const TsmNameList *list)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < list->count; i++)
		if (list->item[i].active)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", list->item[i].name);
	return names.data;
}

/* Enter the agent in SPI_tuptable's only row. */
static const TsmAgent *
enter_agent(const TsmMesa *mesa)
{
	pg_uuid_t  *id = DatumGetUUIDP(column(0, 1));
	TsmAgent   *agent;
	bool		found;

	agent = hash_search(mesa->agents, id, HASH_ENTER, &found);
	if (found && agent->exists)
		return agent;
	agent->exists = false;
	agent->name = keep_string(mesa, column_text(0, 2));
	agent->role = tsm_role_by_oid(mesa, DatumGetObjectId(column(0, 3)));
	agent->area = keep_string(mesa, column_text(0, 4));
	agent->active = DatumGetBool(column(0, 5));
	agent->exists = true;
	return agent;
}

/* Fetch an agent; NULL if there is none. */
static const TsmAgent *
fetch_agent(const TsmMesa *mesa, TsmQuery query, Datum arg)
{
	const TsmAgent *agent = NULL;
	TsmIdentity saved = tsm_enter(mesa);

	if (hash_get_num_entries(mesa->agents) + hash_get_num_entries(mesa->agents_of_role) > MAX_AGENTS)
		tsm_mesa_relcache_callback((Datum) 0, mesa->settings_relid);
	tsm_read_latest(mesa, query, &arg);
	if (SPI_processed > 0)
		agent = enter_agent(mesa);
	tsm_leave(saved);
	return agent;
}

const TsmAgent *
tsm_agent_by_id(const TsmMesa *mesa, const pg_uuid_t *id)
{
	const TsmAgent *agent = hash_search(mesa->agents, id, HASH_FIND, NULL);

	if (agent != NULL && agent->exists)
		return agent;
	return fetch_agent(mesa, Q_AGENT_BY_ID, UUIDPGetDatum(id));
}

const TsmAgent *
tsm_agent_by_user(const TsmMesa *mesa, Oid roleid)
{
	RoleAgent  *entry = hash_search(mesa->agents_of_role, &roleid, HASH_FIND, NULL);
	const TsmAgent *agent = NULL;
	char	   *name;
	bool		found;

	if (entry != NULL)
		return entry->agent;

	name = GetUserNameFromId(roleid, true);
	if (name != NULL)
	{
		NameData	arg;

		namestrcpy(&arg, name);
		agent = fetch_agent(mesa, Q_AGENT_BY_USER, NameGetDatum(&arg));
	}
	entry = hash_search(mesa->agents_of_role, &roleid, HASH_ENTER, &found);
	entry->agent = agent;
	return agent;
}
