/*-------------------------------------------------------------------------
 *
 * catalogue.c
 *	  The texts of the catalogues and of agents, brought into their normal form
 *	  whoever writes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "desk/desk.h"

PG_FUNCTION_INFO_V1(tsm_tg_texts);
PG_FUNCTION_INFO_V1(tsm_normalizar);

typedef struct CatalogueText
{
	const char *table;
	const char *column;
	TsmTextKind kind;
} CatalogueText;

static const CatalogueText texts[] = {
#define X(table, column, kind) {#table, #column, kind},
	TSM_CATALOGUE_TEXTS(X)
#undef X
};

/* The row with a text of it in its normal form; nothing that is seen is NULL. */
static HeapTuple
normalise(HeapTuple row, TupleDesc desc, const CatalogueText *which)
{
	int			attno = SPI_fnumber(desc, which->column);
	bool		isnull;
	Datum		value;
	text	   *old;
	TsmText		new;

	/* the trigger may be on any table, of whatever columns */
	if (attno <= 0 || SPI_gettypeid(desc, attno) != TEXTOID)
		return row;
	value = heap_getattr(row, attno, desc, &isnull);
	if (isnull)
		return row;
	old = DatumGetTextPP(value);
	new = (TsmText)
	{
		VARDATA_ANY(old), VARSIZE_ANY_EXHDR(old), 0
	};
	tsm_raise_if(tsm_kind_normalise(which->kind, which->column, &new));
	isnull = new.len == 0;
	if (!isnull && new.str == VARDATA_ANY(old) && new.len == (int) VARSIZE_ANY_EXHDR(old))
		return row;
	value = isnull ? (Datum) 0 : PointerGetDatum(cstring_to_text_with_len(new.str, new.len));
	return heap_modify_tuple_by_cols(row, desc, 1, &attno, &value, &isnull);
}

Datum
tsm_tg_texts(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	row;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE INSERT or UPDATE for each row", "tg_texts")));
	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	for (int i = 0; i < (int) lengthof(texts); i++)
		if (strcmp(texts[i].table, RelationGetRelationName(trigger->tg_relation)) == 0)
			row = normalise(row, RelationGetDescr(trigger->tg_relation), &texts[i]);
	return PointerGetDatum(row);
}

/* A kind of text by the name that it has in SQL. */
static TsmTextKind
kind_named(const char *name)
{
	static const char *const names[] = {"lineas", "renglon", "nombre", "correo", "archivo"};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return (TsmTextKind) i;
	tsm_refuse(REFUSE_BAD_FIELD, "clase", "There is no such kind of text.", "Valid values: lineas, renglon, nombre, correo, archivo.");
}

/* normalizar(texto, campo, clase, estricto) */
Datum
tsm_normalizar(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	TsmText		t = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), 0};
	TsmRefusal *refusal = tsm_kind_normalise(kind_named(text_to_cstring(PG_GETARG_TEXT_PP(2))),
											 text_to_cstring(PG_GETARG_TEXT_PP(1)), &t);

	if (PG_GETARG_BOOL(3))
		tsm_raise_if(refusal);
	if (t.len == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(t.str, t.len));
}
