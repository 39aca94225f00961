/*-------------------------------------------------------------------------
 *
 * desk_read.c
 *	  Reading a desk: its tables, its machine, settings and catalogues.
 *
 * It is read with the newest snapshot there is.  With the transaction's own
 * one, a REPEATABLE READ transaction would fill the cache with what was true
 * at its start, and nothing would ever correct that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "desk/desk.h"

#define T "::pg_catalog.text"

/* The parts of the queries, in their order: each needs what those before it have read. */
typedef enum DeskPart
{
	PART_ENUM,
	PART_STATE,
	PART_TRANSITION,
	PART_PERMISSION,
	PART_ROLE,
	PART_SETTINGS,
	PART_PRIORITY,
	PART_AREA,
	PART_POLICY,
	DESK_PARTS
} DeskPart;

/*
 * All of a desk that is kept, in one query: a backend that uses it for the first
 * time would spend most of that call on planning a dozen.  $1: the enums.
 */
static const TsmQuery q_desk = {
	"(SELECT 0, ARRAY[e.enumtypid" T ", e.oid" T ", e.enumlabel" T "] FROM pg_catalog.pg_enum e"
	"  WHERE e.enumtypid" EQ "ANY ($1) ORDER BY e.enumtypid, e.enumsortorder)"
	" UNION ALL SELECT 1, ARRAY[estado" T ", abierto" T ", resuelto" T ", reloj] FROM @.estado"
	" UNION ALL SELECT 2, ARRAY[operacion" T ", estado_origen" T ", estado_destino" T "] FROM @.transicion"
	" UNION ALL SELECT 3, ARRAY[operacion" T ", rol" T "] FROM @.permiso"
	" UNION ALL SELECT 4, ARRAY[rol" T ", rol_bd" T ", identidad_bd] FROM @.rol"
	" UNION ALL SELECT 5, ARRAY[zona_horaria, prefijo, digitos" T ", sla_en_pausa, canal_eventos,"
	"  pg_catalog.array_to_string(sla_avisos, ','), pg_catalog.array_to_string(eventos, ','), version_plantilla,"
	"  cierre_automatico" T ", cierre_calendario]"
	"  FROM @.configuracion"
	" UNION ALL (SELECT 6, ARRAY[nombre, sla_horas" T "] FROM @.prioridad ORDER BY orden)"
	" UNION ALL (SELECT 7, ARRAY[nombre, activa" T "] FROM @.area ORDER BY nombre)",
	1, {OIDARRAYOID}, PLAN_ONCE
};

/* Apart: most desks have no policies. */
static const TsmQuery q_policies = {
	"SELECT DISTINCT ON (v.politica_id) 8, ARRAY[v.version_id" T ", v.objetivo, v.tipo" T ","
	" v.prioridad, v.area, v.categoria,"
	" pg_catalog.round(v.horas OPERATOR(pg_catalog.*) 3600)::pg_catalog.int8" T ","
	" v.dias_habiles" T ", v.calendario, v.al_cierre" T "]"
	" FROM @.sla_politica_version v JOIN @.sla_politica p ON p.politica_id" EQ "v.politica_id"
	" ORDER BY v.politica_id, v.version DESC",
	0, {0}, PLAN_ONCE
};

/* A row of a part: texts, NULL if null. */
typedef char **Fields;

#define MAX_FIELDS 10

/* What the queries have read. */
typedef struct DeskRows
{
	Oid			estado;			/* the enums */
	Oid			operacion;
	int			count[DESK_PARTS];
	Fields	   *row[DESK_PARTS];
} DeskRows;

static int
name_position(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	/* a CHECK that the template makes was dropped */
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("unrecognized name \"%s\" in a desk", name)));
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

/* Whether a function is the guard's that stands before each change of a ticket. */
static bool
is_guard(Oid funcid)
{
	char	   *schema = get_namespace_name(get_func_namespace(funcid));
	char	   *own = get_func_name(funcid);

	return schema != NULL && own != NULL && strcmp(schema, "ticket_sm") == 0 &&
		strcmp(own, "tg_ticket_before") == 0;
}

/* Whether the table has our guard as a trigger, which makes it a desk's. */
static bool
has_guard(Relation rel)
{
	ListCell   *lc;

	foreach(lc, trigger_functions(rel))
		if (is_guard(lfirst_oid(lc)))
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
	/* what is not a table cannot have the trigger: the shape will be refused */
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
	desk->calendar_relid = desk->table[TABLE_calendario_version];
	desk->event_sequence = find_sequence(desk, "evento_evento_id_seq");

	rel = table_open(desk->ticket_relid, AccessShareLock);
	find_columns(desk, RelationGetNumberOfAttributes(rel));
	table_close(rel, AccessShareLock);
	rel = table_open(desk->history_relid, AccessShareLock);
	desk->history_desc = copy_descriptor(desk->cxt, RelationGetDescr(rel));
	table_close(rel, AccessShareLock);
	return true;
}

/* ----------------------------------------------------------------
 * What is in them
 * ----------------------------------------------------------------
 */

/* The fields of a row of SPI_tuptable, in the current context. */
static Fields
read_fields(HeapTuple tuple, TupleDesc desc)
{
	Fields		fields = palloc0(MAX_FIELDS * sizeof(char *));
	bool		isnull;
	Datum	   *element;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(SPI_getbinval(tuple, desc, 2, &isnull)),
					  TEXTOID, -1, false, TYPALIGN_INT, &element, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			fields[i] = TextDatumGetCString(element[i]);
	return fields;
}

static void
read_rows(const TsmDesk *desk, DeskRows *rows, const TsmQuery *query, Datum *args)
{
	tsm_read(desk, query, args);
	for (int part = 0; part < DESK_PARTS; part++)
		if (rows->count[part] == 0)
			rows->row[part] = palloc((SPI_processed + 1) * sizeof(Fields));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		int			part = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));

		rows->row[part][rows->count[part]++] = read_fields(SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	}
}

/* All of it as of one moment: what others commit meanwhile is the next reading's. */
static void
read_all(TsmDesk *desk, DeskRows *rows)
{
	TsmNameList *const lists[] = {&desk->areas, &desk->priorities};
	Datum		type[4] = {ObjectIdGetDatum(rows->estado), ObjectIdGetDatum(rows->operacion),
	ObjectIdGetDatum(desk->type_enum), ObjectIdGetDatum(desk->role_enum)};
	Datum		types = PointerGetDatum(construct_array(type, lengthof(type), OIDOID, sizeof(Oid),
														true, TYPALIGN_INT));

	PushActiveSnapshot(GetLatestSnapshot());
	read_rows(desk, rows, &q_desk, &types);
	if (!tsm_table_is_bare(desk, TABLE_sla_politica))
		read_rows(desk, rows, &q_policies, NULL);
	tsm_names_renamed(desk, desk->cxt, lists, lengthof(lists));
	PopActiveSnapshot();
}

/* A field that is not null: the shape says so, or the query. */
static const char *
required(const DeskRows *rows, DeskPart part, int i, int field)
{
	if (rows->row[part][i][field] == NULL)
		elog(ERROR, "field %d of part %d of a desk is null", field, (int) part);
	return rows->row[part][i][field];
}

static bool
is_true(const DeskRows *rows, DeskPart part, int i, int field)
{
	return strcmp(required(rows, part, i, field), "true") == 0;
}

static TsmOperation
operation_of(const DeskRows *rows, DeskPart part, int i, int field)
{
	return (TsmOperation) name_position(tsm_operation_names, TSM_OPERATIONS, required(rows, part, i, field));
}

static TsmRole
role_of(const DeskRows *rows, DeskPart part, int i, int field)
{
	return (TsmRole) name_position(tsm_role_names, TSM_ROLES, required(rows, part, i, field));
}

static int
state_of(const TsmDesk *desk, const DeskRows *rows, DeskPart part, int i, int field)
{
	const char *name = required(rows, part, i, field);

	for (int state = 0; state < desk->nstates; state++)
		if (strcmp(desk->state[state].name, name) == 0)
			return state;
	elog(ERROR, "unrecognized state \"%s\"", name);
}

/* The enums: what has which OID. */
static void
read_vocabulary(TsmDesk *desk, const DeskRows *rows)
{
	int			count = rows->count[PART_ENUM];

	desk->state = MemoryContextAllocZero(desk->cxt, Max(count, 1) * sizeof(TsmState));
	desk->types.item = MemoryContextAllocZero(desk->cxt, Max(count, 1) * sizeof(TsmName));
	for (int i = 0; i < count; i++)
	{
		Oid			type = atooid(required(rows, PART_ENUM, i, 0));
		Oid			oid = atooid(required(rows, PART_ENUM, i, 1));
		char	   *label = rows->row[PART_ENUM][i][2];

		if (type == rows->operacion)
			desk->operation_oid[operation_of(rows, PART_ENUM, i, 2)] = oid;
		else if (type == desk->role_enum)
			desk->role_oid[role_of(rows, PART_ENUM, i, 2)] = oid;
		else if (type == rows->estado)
		{
			desk->state[desk->nstates].oid = oid;
			desk->state[desk->nstates++].name = tsm_desk_string(desk, label);
		}
		else
		{
			TsmName    *name = &desk->types.item[desk->types.count++];

			name->name = tsm_desk_string(desk, label);
			name->folded = tsm_desk_string(desk, tsm_fold(label));
			name->active = true;
			name->oid = oid;
		}
	}
}

static void
read_states(TsmDesk *desk, const DeskRows *rows)
{
	if (rows->count[PART_STATE] != desk->nstates)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table estado of mesa %s does not describe every state", desk->schema)));
	for (int i = 0; i < rows->count[PART_STATE]; i++)
	{
		TsmState   *state = &desk->state[state_of(desk, rows, PART_STATE, i, 0)];

		state->open = is_true(rows, PART_STATE, i, 1);
		state->resolved = is_true(rows, PART_STATE, i, 2);
		state->clock = (TsmClock) name_position(tsm_clock_names, CLOCK_ENDS + 1, required(rows, PART_STATE, i, 3));
	}
}

static void
read_machine(TsmDesk *desk, const DeskRows *rows)
{
	desk->start = -1;
	for (int op = 0; op < TSM_OPERATIONS; op++)
	{
		desk->next[op] = MemoryContextAlloc(desk->cxt, desk->nstates);
		memset(desk->next[op], -1, desk->nstates);
	}
	for (int i = 0; i < rows->count[PART_TRANSITION]; i++)
	{
		TsmOperation op = operation_of(rows, PART_TRANSITION, i, 0);
		int			to = state_of(desk, rows, PART_TRANSITION, i, 2);

		if (op == OP_CREAR)
			desk->start = to;
		else if (rows->row[PART_TRANSITION][i][1] == NULL)	/* a CHECK was dropped */
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("table transicion of mesa %s has %s without estado_origen",
							desk->schema, tsm_operation_names[op])));
		else
			desk->next[op][state_of(desk, rows, PART_TRANSITION, i, 1)] = (int8) to;
	}
	for (int i = 0; i < rows->count[PART_PERMISSION]; i++)
		desk->may[operation_of(rows, PART_PERMISSION, i, 0)][role_of(rows, PART_PERMISSION, i, 1)] = true;
}

static void
read_roles(TsmDesk *desk, const DeskRows *rows)
{
	for (int i = 0; i < rows->count[PART_ROLE]; i++)
	{
		TsmRole		role = role_of(rows, PART_ROLE, i, 0);
		const char *name = required(rows, PART_ROLE, i, 1);

		desk->role_named[role] = tsm_desk_string(desk, name);
		desk->role_member[role] = tsm_desk_string(desk, tsm_role_now(name, rows->row[PART_ROLE][i][2]));
	}
}

static int
compare_ints(const void *a, const void *b)
{
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	return left < right ? -1 : left > right;
}

/* Percentages at which to warn: a list with commas. */
static void
read_warnings(TsmDesk *desk, char *list)
{
	TsmWarnings *warnings = &desk->warnings;

	warnings->count = 0;
	warnings->percent = MemoryContextAlloc(desk->cxt, (strlen(list) + 1) * sizeof(int));
	for (char *item = strtok(list, ","); item != NULL; item = strtok(NULL, ","))
		warnings->percent[warnings->count++] = pg_strtoint32(item);
	qsort(warnings->percent, warnings->count, sizeof(int), compare_ints);
}

/* Operations that are published: likewise. */
static void
read_published(TsmDesk *desk, char *list)
{
	for (char *item = strtok(list, ","); item != NULL; item = strtok(NULL, ","))
		desk->publishes[name_position(tsm_operation_names, TSM_OPERATIONS, item)] = true;
}

/* Which template made the desk; before the rest is interpreted. */
static void
read_template(TsmDesk *desk, const DeskRows *rows)
{
	if (rows->count[PART_SETTINGS] != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table configuracion of mesa %s must have exactly one row", desk->schema)));
	desk->template_version = tsm_desk_string(desk, required(rows, PART_SETTINGS, 0, 7));
	tsm_template_check(desk);
}

static void
read_settings(TsmDesk *desk, const DeskRows *rows)
{
	const char *zone = required(rows, PART_SETTINGS, 0, 0);

	desk->timezone = pg_tzset(zone);
	if (desk->timezone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone of mesa %s is not recognized", desk->schema),
				 errdetail("configuracion.zona_horaria is \"%s\".", zone)));
	desk->label_prefix = tsm_desk_string(desk, required(rows, PART_SETTINGS, 0, 1));
	desk->label_digits = pg_strtoint32(required(rows, PART_SETTINGS, 0, 2));
	if (desk->label_digits < 1 || desk->label_digits > TSM_MAX_LABEL_DIGITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("labels of mesa %s cannot have %d digits", desk->schema, desk->label_digits),
				 errdetail("configuracion.digitos must be from 1 to %d.", TSM_MAX_LABEL_DIGITS)));
	desk->clock_runs_in_pause = strcmp(required(rows, PART_SETTINGS, 0, 3), "continuar") == 0;
	desk->event_channel = tsm_desk_string(desk, rows->row[PART_SETTINGS][0][4]);

	desk->closing_days = rows->row[PART_SETTINGS][0][8] == NULL ? 0 : pg_strtoint32(rows->row[PART_SETTINGS][0][8]);
	desk->closing_calendar = tsm_desk_string(desk, rows->row[PART_SETTINGS][0][9]);
	read_warnings(desk, rows->row[PART_SETTINGS][0][5]);
	read_published(desk, rows->row[PART_SETTINGS][0][6]);
}

/* Make a list of a table's names, which are the first field; the caller fills in the rest. */
static void
keep_names(const TsmDesk *desk, TsmNameList *list, const char *table, const DeskRows *rows, DeskPart part)
{
	list->table = table;
	list->count = rows->count[part];
	list->item = MemoryContextAllocZero(desk->cxt, Max(list->count, 1) * sizeof(TsmName));
	for (int i = 0; i < list->count; i++)
	{
		const char *name = required(rows, part, i, 0);

		list->item[i].name = tsm_desk_string(desk, name);
		list->item[i].folded = tsm_desk_string(desk, tsm_fold(name));
		list->item[i].active = true;
	}
}

static void
read_catalogues(TsmDesk *desk, const DeskRows *rows)
{
	keep_names(desk, &desk->priorities, "prioridad", rows, PART_PRIORITY);
	for (int i = 0; i < desk->priorities.count; i++)
		desk->priorities.item[i].sla_hours = pg_strtoint32(required(rows, PART_PRIORITY, i, 1));
	keep_names(desk, &desk->areas, "area", rows, PART_AREA);
	for (int i = 0; i < desk->areas.count; i++)
		desk->areas.item[i].active = is_true(rows, PART_AREA, i, 1);
}

/* The OID of a ticket_type. */
static Oid
type_of(const TsmDesk *desk, const char *name)
{
	for (int i = 0; i < desk->types.count; i++)
		if (strcmp(desk->types.item[i].name, name) == 0)
			return desk->types.item[i].oid;
	elog(ERROR, "unrecognized type \"%s\"", name);
}

static void
read_policies(TsmDesk *desk, const DeskRows *rows)
{
	desk->npolicies = rows->count[PART_POLICY];
	desk->policy = MemoryContextAllocZero(desk->cxt, Max(desk->npolicies, 1) * sizeof(TsmPolicy));
	for (int i = 0; i < desk->npolicies; i++)
	{
		TsmPolicy  *policy = &desk->policy[i];
		Fields		f = rows->row[PART_POLICY][i];

		policy->version_id = pg_strtoint32(required(rows, PART_POLICY, i, 0));
		policy->target = (TsmTarget) name_position(tsm_target_names, TSM_TARGETS,
												   required(rows, PART_POLICY, i, 1));
		policy->type = f[2] ? type_of(desk, f[2]) : InvalidOid;
		policy->priority = tsm_desk_string(desk, f[3]);
		policy->area = tsm_desk_string(desk, f[4]);
		policy->category = tsm_desk_string(desk, f[5] ? tsm_fold(f[5]) : NULL);
		policy->usec = f[6] ? pg_strtoint64(f[6]) * USECS_PER_SEC : 0;
		policy->days = f[7] ? pg_strtoint32(f[7]) : 0;
		policy->calendar = tsm_desk_string(desk, f[8]);
		policy->to_close = is_true(rows, PART_POLICY, i, 9);
	}
}

/* Read all that is kept, as the owner. */
static void
read_desk(TsmDesk *desk)
{
	TsmIdentity saved = tsm_enter(desk);
	DeskRows	rows = {0};

	rows.estado = get_atttype(desk->ticket_relid, desk->ticket_att[TC_estado]);
	rows.operacion = get_atttype(desk->history_relid, desk->history_att[HC_operacion]);
	read_all(desk, &rows);
	read_template(desk, &rows);
	read_vocabulary(desk, &rows);
	read_states(desk, &rows);
	read_machine(desk, &rows);
	read_roles(desk, &rows);
	read_settings(desk, &rows);
	read_catalogues(desk, &rows);
	read_policies(desk, &rows);
	tsm_leave(saved);
}

/* Read all of a desk into a new context; NULL if the schema is not one. */
TsmDesk *
tsm_desk_read(Oid nspid)
{
	MemoryContext cxt;
	TsmDesk    *desk;
	char	   *schema = get_namespace_name(nspid);

	if (schema == NULL)
		return NULL;

	tsm_library_check();

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

	read_desk(desk);
	tsm_machine_arrays(desk);
	return desk;
}
