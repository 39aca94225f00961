/*-------------------------------------------------------------------------
 *
 * sheet_rows.c
 *	  The sheet as tables of SQL: what the scripts make of it, and what the
 *	  tests compare with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_hoja_operaciones);
PG_FUNCTION_INFO_V1(tsm_hoja_parametros);
PG_FUNCTION_INFO_V1(tsm_hoja_campos);
PG_FUNCTION_INFO_V1(tsm_hoja_respuestas);

static const char *const kind_names[] = {
	[CREATES] = "creacion",
	[ON_TICKET] = "ticket",
	[OF_REQUESTERS] = "solicitante",
	[ON_FILES] = "adjunto",
	[READS] = "lectura",
	[THE_CLOCKS] = "reloj"
};

static const char *const param_names[] = {
	[PARAM_TICKET] = "ticket",
	[PARAM_LABEL] = "etiqueta",
	[PARAM_TEXT] = "campo",
	[PARAM_WORD] = "texto",
	[PARAM_TYPE] = "tipo",
	[PARAM_PRIORITY] = "prioridad",
	[PARAM_AREA] = "area",
	[PARAM_AGENT] = "agente",
	[PARAM_BOOLEAN] = "booleano",
	[PARAM_TIME] = "momento",
	[PARAM_RATING] = "calificacion",
	[PARAM_OTHER] = "otro",
	[PARAM_RELATION] = "relacion",
	[PARAM_ADDRESS] = "ip",
	[PARAM_VERSION] = "version",
	[PARAM_UUID] = "uuid",
	[PARAM_BYTES] = "bytes"
};

#define SHEET_COLUMNS 8			/* of the widest table */

typedef struct SheetRow
{
	ReturnSetInfo *rsinfo;
	int			count;
	Datum		value[SHEET_COLUMNS];
	bool		isnull[SHEET_COLUMNS];
} SheetRow;

static void
put(SheetRow *row, Datum value)
{
	row->isnull[row->count] = false;
	row->value[row->count++] = value;
}

static void
put_text(SheetRow *row, const char *str)
{
	row->isnull[row->count] = str == NULL;
	row->value[row->count++] = str == NULL ? (Datum) 0 : CStringGetTextDatum(str);
}

static void
end_row(SheetRow *row)
{
	tuplestore_putvalues(row->rsinfo->setResult, row->rsinfo->setDesc, row->value, row->isnull);
	row->count = 0;
}

static void
begin_rows(FunctionCallInfo fcinfo, SheetRow *row)
{
	InitMaterializedSRF(fcinfo, 0);
	row->rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	row->count = 0;
}

static Datum
column_names(uint64 columns)
{
	Datum		names[TICKET_COLUMNS];
	int			n = 0;

	for (int col = 0; col < TICKET_COLUMNS; col++)
		if (columns & (UINT64CONST(1) << col))
			names[n++] = CStringGetTextDatum(tsm_ticket_column[col].name);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* hoja_operaciones() */
Datum
tsm_hoja_operaciones(PG_FUNCTION_ARGS)
{
	SheetRow	row;

	begin_rows(fcinfo, &row);
	for (int i = 0; i < TSM_OPERATIONS; i++)
	{
		const TsmOperationRow *op = &tsm_operations[i];

		put(&row, Int32GetDatum(i + 1));
		put_text(&row, op->name);
		put_text(&row, kind_names[op->kind]);
		put(&row, BoolGetDatum(op->needs_reason));
		put(&row, column_names(op->may_change));
		put_text(&row, op->participle);
		put_text(&row, op->summary);
		put_text(&row, op->notes);
		end_row(&row);
	}
	return (Datum) 0;
}

/* 20000 as "20,000" */
static char *
with_comma(int n)
{
	return n < 1000 ? psprintf("%d", n) : psprintf("%d,%03d", n / 1000, n % 1000);
}

/* What a field may hold, as people say it. */
static char *
limits_of(const TsmFieldRow *field)
{
	return field->min > 1 ? psprintf("%d to %s characters", field->min, with_comma(field->max)) :
		psprintf("at most %s characters", with_comma(field->max));
}

/* The description of a parameter: "%s" stands for the limits of its field. */
static char *
help_of(const TsmParam *param)
{
	const char *mark = param->help == NULL ? NULL : strstr(param->help, "%s");

	if (mark == NULL)
		return param->help == NULL ? NULL : pstrdup(param->help);
	return psprintf("%.*s%s%s", (int) (mark - param->help), param->help,
					limits_of(&tsm_fields[param->field]), mark + 2);
}

/* hoja_parametros() */
Datum
tsm_hoja_parametros(PG_FUNCTION_ARGS)
{
	SheetRow	row;

	begin_rows(fcinfo, &row);
	for (int i = 0; i < TSM_OPERATIONS; i++)
		for (int p = 0; tsm_operations[i].param[p].kind != PARAM_NONE; p++)
		{
			const TsmParam *param = &tsm_operations[i].param[p];

			put_text(&row, tsm_operations[i].name);
			put(&row, Int32GetDatum(p + 1));
			put_text(&row, tsm_param_name(param));
			put_text(&row, param_names[param->kind]);
			put(&row, BoolGetDatum(tsm_param_required(&tsm_operations[i], param)));
			put_text(&row, param->json);
			put_text(&row, param->json == NULL ? NULL : tsm_param_json_type(param));
			put_text(&row, help_of(param));
			end_row(&row);
		}
	return (Datum) 0;
}

/* hoja_campos() */
Datum
tsm_hoja_campos(PG_FUNCTION_ARGS)
{
	SheetRow	row;

	begin_rows(fcinfo, &row);
	for (int f = 0; f < TSM_FIELDS; f++)
	{
		put_text(&row, tsm_fields[f].name);
		put_text(&row, tsm_fields[f].column == TSM_NO_COLUMN ? NULL : tsm_ticket_column[tsm_fields[f].column].name);
		put(&row, Int32GetDatum(tsm_fields[f].min));
		put(&row, Int32GetDatum(tsm_fields[f].max));
		put_text(&row, limits_of(&tsm_fields[f]));
		end_row(&row);
	}
	return (Datum) 0;
}

/* hoja_respuestas() */
Datum
tsm_hoja_respuestas(PG_FUNCTION_ARGS)
{
	enum
	{
		ALWAYS, OR_NULL, SOME
	};
	static const struct
	{
		const char *object;
		const char *member;
		const char *type;
		int			kind;
		const char *description;
	}			answers[] =
	{
#define ANSWER(object, member, type, kind, description) {object, member, type, kind, description},
#include "sheet/answers.h"
#undef ANSWER
	};
	SheetRow	row;

	begin_rows(fcinfo, &row);
	for (int i = 0; i < (int) lengthof(answers); i++)
	{
		put_text(&row, answers[i].object);
		put(&row, Int32GetDatum(i + 1));
		put_text(&row, answers[i].member);
		put_text(&row, answers[i].type);
		put(&row, BoolGetDatum(answers[i].kind != SOME));
		put(&row, BoolGetDatum(answers[i].kind == OR_NULL));
		put_text(&row, answers[i].description);
		end_row(&row);
	}
	return (Datum) 0;
}
