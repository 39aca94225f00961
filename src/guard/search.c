/*-------------------------------------------------------------------------
 *
 * search.c
 *	  The words by which a ticket is found: table busqueda, a row for each.
 *
 * They are not in the ticket, nor in an index on it: whatever moves a ticket
 * would have its words worked out again then, or written once more.  So a change
 * pays for its words where it changes texts, and only there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "guard/guard.h"

static const TsmQuery q_words_create = {
	"INSERT INTO @.busqueda (ticket_uuid, palabras) VALUES ($1, $2)",
	2, {UUIDOID, TSVECTOROID}, PLAN_ONCE
};

static const TsmQuery q_words_add = {
	"UPDATE @.busqueda SET palabras = palabras OPERATOR(pg_catalog.||) $2 WHERE ticket_uuid" EQ "$1",
	2, {UUIDOID, TSVECTOROID}, PLAN_ONCE
};

static const TsmQuery q_words_replace = {
	"INSERT INTO @.busqueda (ticket_uuid, palabras) VALUES ($1, $2)"
	" ON CONFLICT (ticket_uuid) DO UPDATE SET palabras = EXCLUDED.palabras",
	2, {UUIDOID, TSVECTOROID}, PLAN_ONCE
};

static const TsmQuery q_answers = {
	"SELECT pg_catalog.string_agg(h.respuesta, E'\\n') FROM @.historial h"
	" WHERE h.ticket_uuid" EQ "$1 AND h.respuesta IS NOT NULL",
	1, {UUIDOID}, PLAN_ONCE
};

#define SEARCHED(column, add) {TC_##column, add},

static const struct
{
	TicketColumn column;
	void		(*add) (TsmWords *words, const text *value);
}			searched[] = {

	TSM_SEARCHED(SEARCHED)
};

static void
add_columns(TsmWords *words, const TicketRow *row)
{
	for (int i = 0; i < (int) lengthof(searched); i++)
		if (!row->isnull[searched[i].column])
			searched[i].add(words, DatumGetTextPP(row->value[searched[i].column]));
}

/* Every answer that was given so far. */
static void
add_answers(const TsmDesk *desk, TsmWords *words, Datum ticket)
{
	bool		isnull;
	Datum		answers;

	tsm_read_latest(desk, &q_answers, &ticket);
	answers = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		tsm_words_add(words, DatumGetTextPP(answers));
}

static void
write_words(const TsmDesk *desk, const TsmQuery *query, Datum ticket, TsmWords *words)
{
	Datum		args[2] = {ticket, tsm_words_vector(words)};

	(void) tsm_run(desk, query, RUN_WRITE, args, NULL);
}

/* It has a new answer, and is otherwise what it was; one whose words are missing gets all of them. */
static void
add_answer(TsmChange *c, TsmWords *words)
{
	Datum		ticket = c->new.value[TC_ticket_uuid];

	tsm_words_add(words, DatumGetTextPP(c->new.value[TC_respuesta_cliente]));
	write_words(c->desk, &q_words_add, ticket, words);
	if (SPI_processed > 0)
		return;
	tsm_words_init(words);
	add_columns(words, &c->new);
	add_answers(c->desk, words, ticket);
	write_words(c->desk, &q_words_replace, ticket, words);
}

void
tsm_words_write(TsmChange *c)
{
	TsmIdentity saved = tsm_enter(c->desk);
	TsmWords	words;

	tsm_words_init(&words);
	if (c->old_tuple != NULL && (c->changed & TSM_SEARCHED_COLUMNS) == 0)
		add_answer(c, &words);
	else
	{
		add_columns(&words, &c->new);
		if (c->old_tuple != NULL)
			add_answers(c->desk, &words, c->new.value[TC_ticket_uuid]);
		write_words(c->desk, c->old_tuple != NULL ? &q_words_replace : &q_words_create,
					c->new.value[TC_ticket_uuid], &words);
	}
	tsm_leave(saved);
}
