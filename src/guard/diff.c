/*-------------------------------------------------------------------------
 *
 * diff.c
 *	  What changed: worked out once for each change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "guard/guard.h"

static Form_pg_attribute
attribute(const TsmChange *c, int col)
{
	return TupleDescAttr(c->desc, c->desk->ticket_att[col] - 1);
}

static bool
differs(const TsmChange *c, int col, const TicketRow *a, const TicketRow *b)
{
	Form_pg_attribute att = attribute(c, col);

	if (a->isnull[col] || b->isnull[col])
		return a->isnull[col] != b->isnull[col];
	return !tsm_same_datum(a->value[col], b->value[col], att->attbyval, att->attlen);
}

/* Of these columns, those that differ; of a creation, those that are given. */
static uint64
which_differ(const TsmChange *c, uint64 columns, const TicketRow *old, const TicketRow *new)
{
	uint64		result = 0;
	int			col;

	FOR_COLUMNS(col, columns)
		if (old != NULL ? differs(c, col, old, new) : !new->isnull[col])
		result |= UINT64CONST(1) << col;
	return result;
}

/* Does an attribute differ that is neither ours nor derived from others? */
static bool
users_attribute_differs(const TsmChange *c, int i)
{
	Form_pg_attribute att = TupleDescAttr(c->desc, i);

	/* a dropped one still has its value in old rows, and none in new ones */
	if (c->desk->ticket_bit[i] != 0 || att->attisdropped || att->attgenerated)
		return false;
	if (c->old_nulls[i] || c->new_nulls[i])
		return c->old_nulls[i] != c->new_nulls[i];
	return !tsm_same_datum(c->old_values[i], c->new_values[i], att->attbyval, att->attlen);
}

/*
 * A client that counts in milliseconds (JavaScript's Date) writes a time back
 * without the rest: the time that is to stay does.
 */
static void
keep_creation_time(TsmChange *c)
{
	TimestampTz old = DatumGetTimestampTz(c->old.value[TC_fecha_creacion]);
	TimestampTz new = DatumGetTimestampTz(c->new.value[TC_fecha_creacion]);

	if (c->new.isnull[TC_fecha_creacion] || TIMESTAMP_NOT_FINITE(new) ||
		new <= old - 1000 || new >= old + 1000)
		return;
	c->new.value[TC_fecha_creacion] = c->old.value[TC_fecha_creacion];
	c->changed &= ~COL(fecha_creacion);
}

/* Texts are written as every other way in would have them; one that then is what it was has not changed. */
static void
normalise_texts(TsmChange *c)
{
	uint64		altered = 0;
	int			col;

	c->bad_texts = tsm_columns_normalise(&c->new, c->changed, &altered) != NULL;
	if (altered == 0)
		return;
	FOR_COLUMNS(col, altered)
	{
		c->new_values[c->desk->ticket_att[col] - 1] = c->new.value[col];
		c->new_nulls[c->desk->ticket_att[col] - 1] = c->new.isnull[col];
	}
	if (c->old_tuple != NULL)
		c->changed &= ~(altered & ~which_differ(c, altered, &c->old, &c->new));
}

void
tsm_diff(TsmChange *c)
{
	const uint64 texts = COLUMNS_THAT(IS_DATA | IS_CLASS | IS_ANSWER);
	const uint64 columns = ALL_COLUMNS & ~COLUMNS_THAT(IS_GUARDED);

	c->changed = c->old_tuple == NULL ? columns : which_differ(c, columns, &c->old, &c->new);
	if (c->changed & texts)
		normalise_texts(c);
	if (c->old_tuple == NULL)
		return;
	if (c->changed & COL(fecha_creacion))
		keep_creation_time(c);
	if (c->desk->ticket_natts == TICKET_COLUMNS)
		return;
	for (int i = 0; i < c->desc->natts && !c->users_changed; i++)
		c->users_changed = users_attribute_differs(c, i);
}

/*
 * A value as a string; dates and times in ISO 8601 and in UTC, and an interval
 * as "04:00:00", whatever the session's settings are.
 */
static char *
value_string(Oid type, Datum value)
{
	const int	utc = 0;
	char		str[MAXDATELEN + 1];
	Oid			output;
	bool		varlena;

	switch (getBaseType(type))
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return pstrdup(JsonEncodeDateTime(str, value, getBaseType(type), &utc));
		case INTERVALOID:
			return tsm_interval_string(value);
		default:
			getTypeOutputInfo(type, &output, &varlena);
			return OidOutputFunctionCall(output, value);
	}
}

static void
append_json(StringInfo json, Oid type, Datum value, bool isnull)
{
	if (isnull)
		appendStringInfoString(json, "null");
	else
		escape_json(json, value_string(type, value));
}

/* One more of the changes: "column": [before, after]. */
static void
append_change(StringInfo json, Form_pg_attribute att, Datum old, bool old_null, Datum new, bool new_null)
{
	if (json->data == NULL)
		initStringInfo(json);
	appendStringInfoString(json, json->len > 0 ? ", " : "{");
	escape_json(json, NameStr(att->attname));
	appendStringInfoString(json, ": [");
	append_json(json, att->atttypid, old, old_null);
	appendStringInfoString(json, ", ");
	append_json(json, att->atttypid, new, new_null);
	appendStringInfoChar(json, ']');
}

/* What was begun with append_change(), as jsonb; NULL if nothing was. */
static Jsonb *
finish_changes(StringInfo json)
{
	if (json->data == NULL)
		return NULL;
	appendStringInfoChar(json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json->data)));
}

static void
append_columns(StringInfo json, const TsmChange *c, uint64 columns, const TicketRow *old, const TicketRow *new)
{
	int			col;

	FOR_COLUMNS(col, columns)
		append_change(json, attribute(c, col),
					  old ? old->value[col] : (Datum) 0, old ? old->isnull[col] : true,
					  new->value[col], new->isnull[col]);
}

static Jsonb *
clock_changes(const TsmChange *c, const TicketRow *old, const TicketRow *new)
{
	const uint64 targets = COLUMNS_THAT(IS_TARGET);
	uint64		columns = targets | COLUMNS_THAT(IS_NOTIFIED | IS_END | IS_PAUSE);
	StringInfoData json = {0};

	columns = which_differ(c, columns, old, new);
	if (old != NULL && (columns & targets))
		columns |= which_differ(c, COLUMNS_THAT(IS_DEADLINE), old, new);
	append_columns(&json, c, columns, old, new);
	return finish_changes(&json);
}

static Jsonb *
other_changes(const TsmChange *c)
{
	uint64		columns = c->changed & COLUMNS_THAT(IS_DATA);
	StringInfoData json = {0};

	if (c->old_tuple == NULL)
		return NULL;
	/* an answer is recorded as such, but not that one was taken away */
	if (c->new.isnull[TC_respuesta_cliente])
		columns |= c->changed & COL(respuesta_cliente);
	append_columns(&json, c, columns, &c->old, &c->new);
	if (c->users_changed)
		for (int i = 0; i < c->desc->natts; i++)
			if (users_attribute_differs(c, i))
				append_change(&json, TupleDescAttr(c->desc, i), c->old_values[i], c->old_nulls[i],
							  c->new_values[i], c->new_nulls[i]);
	return finish_changes(&json);
}

void
tsm_diff_describe(const TsmChange *c, TsmEvent *event, bool others)
{
	event->sla = clock_changes(c, event->old, event->new);
	if (others)
		event->changes = other_changes(c);
}
