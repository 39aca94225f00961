/*-------------------------------------------------------------------------
 *
 * shape.c
 *	  Is a desk as the template makes it?
 *
 * The tables of a desk belong to its owner, who need not be trusted by those
 * who use it.  C takes a column for what the template says, and SQL runs
 * whatever stands behind a name.  So before anything of a desk is read, each of
 * its tables is looked at: an ordinary one, each column of the sheet of exactly
 * its type, each key there.  What a user may do is to add: columns, indexes,
 * constraints, triggers; the order of columns is not ours either.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic_ext.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

#include "base/base.h"

PG_FUNCTION_INFO_V1(tsm_forma_mesa);

typedef struct Shape
{
	const char *name;
	bool		written;
	const TsmColumn *column;
	int			ncolumns;
} Shape;

#define C(a, name, type, notnull, what) {#name, TSM_##type, notnull, what},
#define T(name, written) \
	static const TsmColumn columns_##name[] = {TSM_COLUMNS_##name(C,)};
TSM_TABLES(T)
#undef T
#undef C

#define T(name, written) {#name, written, columns_##name, lengthof(columns_##name)},
static const Shape shapes[TSM_TABLE_COUNT] = {TSM_TABLES(T)};
#undef T

/* The columns of each key as a list "a, b". */
static const struct
{
	TsmTable	table;
	const char *columns;
}			keys[] = {
#define K(table, ...) {TABLE_##table, #__VA_ARGS__},
	TSM_KEYS(K)
#undef K
};

/* What the types of the sheet are here. */
typedef struct Types
{
	Oid			nspid;			/* the schema ticket_sm */
	Oid			type[TSM_TYPES];
} Types;

static void
find_types(Types *types)
{
	static const struct
	{
		Oid			oid;
		const char *own;
		bool		array;
	}			known[TSM_TYPES] = {
#define B(name, oid) {oid, NULL, false},
#define E(name, own, array) {InvalidOid, #own, array},
		TSM_BUILTIN_TYPES(B)
		TSM_OWN_TYPES(E)
#undef B
#undef E
	};

	types->nspid = get_namespace_oid("ticket_sm", false);
	for (int i = 0; i < TSM_TYPES; i++)
	{
		Oid			oid = known[i].oid;

		if (known[i].own != NULL)
			oid = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
								  CStringGetDatum(known[i].own), ObjectIdGetDatum(types->nspid));
		if (known[i].array)
			oid = get_array_type(oid);
		if (!OidIsValid(oid))
			elog(ERROR, "type \"%s\" of ticket_sm is missing", known[i].own);
		types->type[i] = oid;
	}
}

/* ----------------------------------------------------------------
 * The shape
 * ----------------------------------------------------------------
 */
tsm_noreturn static void misshapen(const TsmDesk *desk, const Shape *shape, const char *fmt,...)
			pg_attribute_printf(3, 4);

/* One error for all there may be wrong. */
static void
misshapen(const TsmDesk *desk, const Shape *shape, const char *fmt,...)
{
	char		detail[512];
	va_list		ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" of mesa %s is not as the template makes it", shape->name, desk->schema),
			 errdetail_internal("%s", detail),
			 errhint("Put it back to what ticket_sm.forma_mesa() says. Columns, indexes, constraints and triggers of your own may be added.")));
}

static void
check_kind(const TsmDesk *desk, const Shape *shape, Relation rel)
{
	Form_pg_class class = rel->rd_rel;

	if (class->relkind != RELKIND_RELATION)
		misshapen(desk, shape, "\"%s\" is no ordinary table.", shape->name);
	/* whose triggers would run as the other; the owner of a schema may replace tables in it */
	if (class->relowner != desk->owner)
		misshapen(desk, shape, "It belongs to role \"%s\", but table \"ticket\" to \"%s\".",
				  GetUserNameFromId(class->relowner, false), GetUserNameFromId(desk->owner, false));
	if (class->relam != HEAP_TABLE_AM_OID)
		misshapen(desk, shape, "Its access method is not heap.");
	if (class->relpersistence != RELPERSISTENCE_PERMANENT)
		misshapen(desk, shape, "It is not logged, so a crash would empty it.");
	if (class->relispartition)
		misshapen(desk, shape, "It is a partition of another table.");
	if (has_superclass(RelationGetRelid(rel)))
		misshapen(desk, shape, "It inherits from another table.");
	/* relhassubclass stays behind when the last child has gone */
	if (class->relhassubclass && find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		misshapen(desk, shape, "Another table inherits from it.");
}

/* A column of the sheet in the table, which must be as it says. */
static AttrNumber
check_column(const TsmDesk *desk, const Shape *shape, const Types *types, TupleDesc desc,
			 const TsmColumn *column)
{
	Form_pg_attribute a = NULL;
	Oid			type = types->type[column->type];

	for (int i = 0; i < desc->natts && a == NULL; i++)
	{
		a = TupleDescAttr(desc, i);
		if (a->attisdropped || strcmp(NameStr(a->attname), column->name) != 0)
			a = NULL;
	}
	if (a == NULL)
		misshapen(desk, shape, "It has no column \"%s\".", column->name);
	if (a->atttypid != type || a->atttypmod != -1)
		misshapen(desk, shape, "Column \"%s\" is of type %s, not %s.", column->name,
				  format_type_with_typemod(a->atttypid, a->atttypmod), format_type_be(type));
	if (a->attcollation != get_typcollation(type))
		misshapen(desk, shape, "Column \"%s\" has a collation of its own.", column->name);
	if (column->notnull && !a->attnotnull)
		misshapen(desk, shape, "Column \"%s\" may be null.", column->name);
	if (a->attgenerated != '\0')
		misshapen(desk, shape, "Column \"%s\" is generated.", column->name);
	return a->attnum;
}

/* Whether a name is one of a list "a, b, c"; how many there are in it. */
static bool
is_named(const char *list, const char *name)
{
	size_t		len = strlen(name);

	for (const char *p = list; (p = strstr(p, name)) != NULL; p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == '\0' || p[len] == ','))
			return true;
	return false;
}

static int
count_names(const char *list)
{
	int			count = 1;

	for (; *list; list++)
		if (*list == ',')
			count++;
	return count;
}

/* Whether an index is a key on these columns, in any order, and one that always holds. */
static bool
is_key(Relation rel, HeapTuple index, const char *columns)
{
	Form_pg_index form = (Form_pg_index) GETSTRUCT(index);

	if (!form->indisunique || !form->indisvalid || !form->indisready || !form->indimmediate ||
		!heap_attisnull(index, Anum_pg_index_indexprs, NULL) ||
		!heap_attisnull(index, Anum_pg_index_indpred, NULL) ||
		form->indnkeyatts != count_names(columns))
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(RelationGetDescr(rel), form->indkey.values[i] - 1);

		if (!is_named(columns, NameStr(a->attname)))
			return false;
	}
	return true;
}

static HeapTuple
index_tuple(Oid index)
{
	/* not to be opened for that: most of them are of no use to this call */
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	return tuple;
}

/* Whether a table has the key on these columns. */
static bool
has_key(Relation rel, const char *columns)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		HeapTuple	index = index_tuple(lfirst_oid(lc));

		found = is_key(rel, index, columns);
		ReleaseSysCache(index);
		if (found)
			break;
	}
	return found;
}

static void
check_keys(const TsmDesk *desk, TsmTable table, Relation rel)
{
	for (int i = 0; i < (int) lengthof(keys); i++)
		if (keys[i].table == table && !has_key(rel, keys[i].columns))
			misshapen(desk, &shapes[table], "It has no valid and immediate unique index on (%s) alone.",
					  keys[i].columns);
}

/* ----------------------------------------------------------------
 * Users' code
 * ----------------------------------------------------------------
 */

/*
 * May this function run something of a user's: is it not one that the server
 * came with, or may it look up names or run queries?  (Ours are as good.)
 */
static bool
is_foreign_function(Oid funcid, void *context)
{
	const Types *types = (const Types *) context;

	if (funcid >= FirstUnpinnedObjectId)
		return get_func_namespace(funcid) != types->nspid;
	return func_volatile(funcid) != PROVOLATILE_IMMUTABLE && funcid != F_GEN_RANDOM_UUID;
}

static bool
calls_foreign(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CoerceToDomain) || check_functions_in_node(node, is_foreign_function, context))
		return true;
	return expression_tree_walker(node, calls_foreign, context);
}

static bool
text_calls_foreign(const Types *types, const char *expression)
{
	return expression != NULL && calls_foreign((Node *) stringToNode(expression), (void *) types);
}

/* The same of an attribute of a catalog that may be null. */
static bool
attribute_calls_foreign(const Types *types, int cache, HeapTuple tuple, AttrNumber att)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(cache, tuple, att, &isnull);

	return !isnull && text_calls_foreign(types, TextDatumGetCString(value));
}

/* Whether an index compares by operators of a user's. */
static bool
has_foreign_opclass(HeapTuple index)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(INDEXRELID, index, Anum_pg_index_indclass, &isnull);
	oidvector  *opclasses = (oidvector *) DatumGetPointer(value);

	for (int i = 0; i < opclasses->dim1; i++)
		if (opclasses->values[i] >= FirstUnpinnedObjectId)
			return true;
	return false;
}

static bool
indexes_call_foreign(const Types *types, Relation rel)
{
	bool		foreign = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		HeapTuple	index = index_tuple(lfirst_oid(lc));

		if (has_foreign_opclass(index) ||
			attribute_calls_foreign(types, INDEXRELID, index, Anum_pg_index_indexprs) ||
			attribute_calls_foreign(types, INDEXRELID, index, Anum_pg_index_indpred))
			foreign = true;
		ReleaseSysCache(index);
	}
	return foreign;
}

static bool
statistics_call_foreign(const Types *types, Relation rel)
{
	bool		foreign = false;
	ListCell   *lc;

	foreach(lc, RelationGetStatExtList(rel))
	{
		HeapTuple	tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(lfirst_oid(lc)));

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for statistics object %u", lfirst_oid(lc));
		if (attribute_calls_foreign(types, STATEXTOID, tuple, Anum_pg_statistic_ext_stxexprs))
			foreign = true;
		ReleaseSysCache(tuple);
	}
	return foreign;
}

static bool
checks_call_foreign(const Types *types, TupleDesc desc)
{
	TupleConstr *constr = desc->constr;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
		if (text_calls_foreign(types, constr->check[i].ccbin))
			return true;
	return false;
}

static bool
columns_call_foreign(const Types *types, TupleDesc desc)
{
	TupleConstr *constr = desc->constr;

	/* a domain's CHECKs are run also for what no statement mentions */
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			get_typtype(TupleDescAttr(desc, i)->atttypid) == TYPTYPE_DOMAIN)
			return true;
	for (int i = 0; constr != NULL && i < constr->num_defval; i++)
		if (text_calls_foreign(types, constr->defval[i].adbin))
			return true;
	return false;
}

/*
 * Whether a trigger may run a user's code: one that calls no function of ours
 * and is not the check of a reference to one of the desk's own tables.
 */
static bool
is_foreign_trigger(const TsmDesk *desk, const Types *types, const Trigger *trigger)
{
	if (trigger->tgqual != NULL)
		return true;
	if (!trigger->tgisinternal)
		return get_func_namespace(trigger->tgfoid) != types->nspid;
	return RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_FK ||
		(trigger->tgconstrrelid != desk->table[TABLE_area] &&
		 trigger->tgconstrrelid != desk->table[TABLE_prioridad]);
}

static bool
triggers_are_foreign(const TsmDesk *desk, const Types *types, Relation rel)
{
	/* a copy: the relcache may build its own anew at any look-up in the catalogs */
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
		if (is_foreign_trigger(desk, types, &triggers->triggers[i]))
			return true;
	return false;
}

/*
 * Whether anything of a user's may run when we read this table: planning works
 * out what immutable functions of constants are, in its indexes, statistics
 * and CHECKs.
 */
static bool
has_code_for_reading(const Types *types, Relation rel)
{
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));

	return rel->rd_rel->relforcerowsecurity || checks_call_foreign(types, desc) ||
		indexes_call_foreign(types, rel) || statistics_call_foreign(types, rel);
}

/* And when we write to it. */
static bool
has_code_for_writing(const TsmDesk *desk, const Types *types, Relation rel)
{
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));

	return rel->rd_rules != NULL || columns_call_foreign(types, desc) || triggers_are_foreign(desk, types, rel);
}

/* ----------------------------------------------------------------
 * The desk
 * ----------------------------------------------------------------
 */
int
tsm_sheet_width(TsmTable table)
{
	return shapes[table].ncolumns;
}

static void
check_table(TsmDesk *desk, TsmTable table, const Types *types, bool *user_code)
{
	const Shape *shape = &shapes[table];
	AttrNumber *att = tsm_sheet_places(desk, table);
	Relation	rel = relation_open(desk->table[table], AccessShareLock);

	check_kind(desk, shape, rel);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		AttrNumber	attnum = check_column(desk, shape, types, RelationGetDescr(rel), &shape->column[i]);

		if (att != NULL)
			att[i] = attnum;
	}
	check_keys(desk, table, rel);
	if (has_code_for_reading(types, rel) || (shape->written && has_code_for_writing(desk, types, rel)))
		*user_code = true;
	/* what was looked at stays so until the transaction ends */
	relation_close(rel, NoLock);
}

bool
tsm_shape_check(TsmDesk *desk)
{
	Types		types;
	bool		user_code = false;

	find_types(&types);
	for (int i = 0; i < TSM_TABLE_COUNT; i++)
	{
		desk->table[i] = get_relname_relid(shapes[i].name, desk->nspid);
		if (!OidIsValid(desk->table[i]))
			misshapen(desk, &shapes[i], "There is no such table.");
	}
	for (int i = 0; i < TSM_TABLE_COUNT; i++)
		check_table(desk, (TsmTable) i, &types, &user_code);
	desk->type_enum = types.type[TSM_TICKET_TYPE];
	desk->role_enum = types.type[TSM_TICKET_ROLE];
	return user_code;
}

/*
 * A user's code, or another session, may alter a table of a desk while it is
 * used.  The callback of the relcache marks the desk stale then; what has been
 * locked since is looked at again.
 */
void
tsm_shape_recheck(const TsmDesk *desk)
{
	TsmDesk		now;

	if (!desk->stale)
		return;
	now = *desk;
	(void) tsm_shape_check(&now);
	for (int i = 0; i < TSM_TABLE_COUNT; i++)
	{
		TsmTable	table = (TsmTable) i;
		const AttrNumber *att = tsm_sheet_positions(&now, table);

		if (now.table[i] != desk->table[i] ||
			(att != NULL && memcmp(att, tsm_sheet_positions(desk, table),
								   shapes[i].ncolumns * sizeof(AttrNumber)) != 0))
			misshapen(desk, &shapes[i], "It was altered while it was used.");
	}
}

/* The sheet as rows, for whoever wants to compare: forma_mesa(). */
Datum
tsm_forma_mesa(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Types		types;

	InitMaterializedSRF(fcinfo, 0);
	find_types(&types);
	for (int i = 0; i < TSM_TABLE_COUNT; i++)
		for (int j = 0; j < shapes[i].ncolumns; j++)
		{
			const TsmColumn *column = &shapes[i].column[j];
			NameData	table;
			NameData	name;
			Datum		values[4];
			bool		nulls[4] = {0};

			namestrcpy(&table, shapes[i].name);
			namestrcpy(&name, column->name);
			values[0] = NameGetDatum(&table);
			values[1] = NameGetDatum(&name);
			values[2] = ObjectIdGetDatum(types.type[column->type]);
			values[3] = BoolGetDatum(column->notnull);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	return (Datum) 0;
}
