/*-------------------------------------------------------------------------
 *
 * rows.c
 *	  The small tables of a desk, read as they lie there.
 *
 * A backend that uses a desk for the first time reads a dozen tables of a few
 * rows each.  To parse and plan a query for each of them would take most of
 * that call, and the plans would never be used again until a setting changes.
 * So the tables are opened and looked through, with the newest snapshot there
 * is: it is taken when the table is locked, as whoever held the lock may have
 * rewritten it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "desk/desk.h"

Oid
tsm_table_of(const TsmDesk *desk, const char *name)
{
	Oid			relid = get_relname_relid(name, desk->nspid);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("mesa %s has no table \"%s\"", desk->schema, name)));
	return relid;
}

/* Attribute numbers of columns that must be there; their order is not ours. */
void
tsm_find_columns(Relation rel, const char *const *names, int count, AttrNumber *att)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < count; i++)
	{
		att[i] = InvalidAttrNumber;
		for (int j = 0; j < desc->natts; j++)
		{
			Form_pg_attribute a = TupleDescAttr(desc, j);

			if (!a->attisdropped && strcmp(NameStr(a->attname), names[i]) == 0)
			{
				att[i] = a->attnum;
				break;
			}
		}
		if (att[i] == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("table %s has no column \"%s\"", RelationGetRelationName(rel), names[i])));
	}
}

/* One more row, of so many columns. */
static TsmRow *
add_row(TsmRows *rows)
{
	TsmRow	   *row;

	if (rows->count == rows->room)
	{
		rows->room *= 2;
		rows->row = repalloc(rows->row, rows->room * sizeof(TsmRow));
	}
	row = &rows->row[rows->count++];
	row->value = palloc(rows->ncolumns * sizeof(Datum));
	row->isnull = palloc(rows->ncolumns * sizeof(bool));
	return row;
}

static TsmRows *
make_rows(int ncolumns)
{
	TsmRows    *rows = palloc(sizeof(TsmRows));

	rows->count = 0;
	rows->ncolumns = ncolumns;
	rows->room = 16;
	rows->row = palloc(rows->room * sizeof(TsmRow));
	rows->type = palloc(ncolumns * sizeof(Oid));
	return rows;
}

TsmRows *
tsm_rows_read(const TsmDesk *desk, const char *table, const char *const *names, int ncolumns)
{
	TsmRows    *rows = make_rows(ncolumns);
	AttrNumber *att = palloc(ncolumns * sizeof(AttrNumber));
	Relation	rel = table_open(tsm_table_of(desk, table), AccessShareLock);
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;

	if (rel->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" of mesa %s is not a table", table, desk->schema)));
	tsm_find_columns(rel, names, ncolumns, att);
	for (int i = 0; i < ncolumns; i++)
		rows->type[i] = TupleDescAttr(RelationGetDescr(rel), att[i] - 1)->atttypid;

	slot = table_slot_create(rel, NULL);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = table_beginscan(rel, snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		HeapTuple	copy = ExecCopySlotHeapTuple(slot);
		TsmRow	   *row = add_row(rows);

		for (int i = 0; i < ncolumns; i++)
			row->value[i] = heap_getattr(copy, att[i], RelationGetDescr(rel), &row->isnull[i]);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	/* the lock stays until the transaction ends, as a query's would */
	table_close(rel, NoLock);
	pfree(att);
	return rows;
}

TsmRows *
tsm_rows_enum(Oid typid)
{
	TsmRows    *rows = make_rows(2);
	Relation	rel = table_open(EnumRelationId, AccessShareLock);
	Relation	index = index_open(EnumTypIdSortOrderIndexId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	rows->type[0] = OIDOID;
	rows->type[1] = NAMEOID;
	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(typid));
	scan = systable_beginscan_ordered(rel, index, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		HeapTuple	copy = heap_copytuple(tuple);
		Form_pg_enum label = (Form_pg_enum) GETSTRUCT(copy);
		TsmRow	   *row = add_row(rows);

		row->value[0] = ObjectIdGetDatum(label->oid);
		row->value[1] = NameGetDatum(&label->enumlabel);
		row->isnull[0] = row->isnull[1] = false;
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return rows;
}

Datum
tsm_rows_value(const TsmRows *rows, int i, int column)
{
	Assert(!rows->row[i].isnull[column]);
	return rows->row[i].value[column];
}

char *
tsm_rows_text(const TsmRows *rows, int i, int column)
{
	const TsmRow *row = &rows->row[i];
	Oid			output;
	bool		varlena;

	if (row->isnull[column])
		return NULL;
	switch (rows->type[column])
	{
		case TEXTOID:
		case VARCHAROID:
			return TextDatumGetCString(row->value[column]);
		case NAMEOID:
			return pstrdup(NameStr(*DatumGetName(row->value[column])));
		default:
			getTypeOutputInfo(rows->type[column], &output, &varlena);
			return OidOutputFunctionCall(output, row->value[column]);
	}
}

/* Rows by their first column: a number, or text in the database's order. */
static int
compare_numbers(const void *a, const void *b)
{
	int32		left = DatumGetInt32(((const TsmRow *) a)->value[0]);
	int32		right = DatumGetInt32(((const TsmRow *) b)->value[0]);

	return left < right ? -1 : left > right;
}

static int
compare_texts(const void *a, const void *b)
{
	text	   *left = DatumGetTextPP(((const TsmRow *) a)->value[0]);
	text	   *right = DatumGetTextPP(((const TsmRow *) b)->value[0]);

	return varstr_cmp(VARDATA_ANY(left), VARSIZE_ANY_EXHDR(left),
					  VARDATA_ANY(right), VARSIZE_ANY_EXHDR(right), DEFAULT_COLLATION_OID);
}

void
tsm_rows_sort(TsmRows *rows)
{
	qsort(rows->row, rows->count, sizeof(TsmRow),
		  rows->type[0] == INT4OID ? compare_numbers : compare_texts);
}
