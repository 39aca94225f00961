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

/* What was answered and said, and the names of files. */
static const TsmQuery q_said = {
	"SELECT pg_catalog.string_agg(s.texto, E'\\n') FROM ("
	"SELECT pg_catalog.concat_ws(E'\\n', h.respuesta, h.mensaje) FROM @.historial h"
	" WHERE h.ticket_uuid" EQ "$1 AND (h.respuesta IS NOT NULL OR h.mensaje IS NOT NULL)"
	" UNION ALL SELECT a.archivo FROM @.adjunto a WHERE a.ticket_uuid" EQ "$1 AND a.archivo IS NOT NULL) AS s(texto)",
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

/* All that agents have answered and the requester has said so far, and what the files are called. */
static void
add_said(const TsmDesk *desk, TsmWords *words, Datum ticket)
{
	bool		isnull;
	Datum		said;

	tsm_read_latest(desk, &q_said, &ticket);
	said = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		tsm_words_add(words, DatumGetTextPP(said));
}

static void
write_words(const TsmDesk *desk, const TsmQuery *query, Datum ticket, TsmWords *words)
{
	Datum		args[2] = {ticket, tsm_words_vector(words)};

	(void) tsm_run(desk, query, RUN_WRITE, args, NULL);
}

/* Something was answered or said, and it is otherwise what it was; one whose words are missing gets all of them. */
static void
add_new(TsmChange *c, TsmWords *words)
{
	Datum		ticket = c->new.value[TC_ticket_uuid];

	if ((c->changed & COL(respuesta_cliente)) && !c->new.isnull[TC_respuesta_cliente])
		tsm_words_add(words, DatumGetTextPP(c->new.value[TC_respuesta_cliente]));
	if (c->request != NULL && c->request->message != NULL)
		tsm_words_add(words, c->request->message);
	write_words(c->desk, &q_words_add, ticket, words);
	if (SPI_processed > 0)
		return;
	tsm_words_init(words);
	add_columns(words, &c->new);
	add_said(c->desk, words, ticket);
	write_words(c->desk, &q_words_replace, ticket, words);
}

void
tsm_words_write(TsmChange *c)
{
	TsmIdentity saved = tsm_enter(c->desk);
	TsmWords	words;

	tsm_words_init(&words);
	if (c->old_tuple != NULL && (c->changed & TSM_SEARCHED_COLUMNS) == 0)
		add_new(c, &words);
	else
	{
		add_columns(&words, &c->new);
		if (c->old_tuple != NULL)
			add_said(c->desk, &words, c->new.value[TC_ticket_uuid]);
		write_words(c->desk, c->old_tuple != NULL ? &q_words_replace : &q_words_create,
					c->new.value[TC_ticket_uuid], &words);
	}
	tsm_leave(saved);
}

/* ----------------------------------------------------------------
 * Files
 * ----------------------------------------------------------------
 */
#define WORD_COLUMN(a, name, type, notnull, what) "t." #name ", "

static const TsmQuery q_ticket = {
	"SELECT " TSM_TICKET_COLUMNS(WORD_COLUMN,) "NULL FROM @.ticket t WHERE t.ticket_uuid" EQ "$1",
	1, {UUIDOID}, PLAN_BY_INDEX
};

void
tsm_words_renew(const TsmDesk *desk, const pg_uuid_t *ticket)
{
	Datum		id = UUIDPGetDatum(ticket);
	TicketRow	row;
	TsmWords	words;

	tsm_read_latest(desk, &q_ticket, &id);
	if (SPI_processed == 0)
		return;
	for (int col = 0; col < TICKET_COLUMNS; col++)
		row.value[col] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, col + 1, &row.isnull[col]);
	tsm_words_init(&words);
	add_columns(&words, &row);
	add_said(desk, &words, id);
	write_words(desk, &q_words_replace, id, &words);
}

void
tsm_words_add_name(const TsmDesk *desk, const pg_uuid_t *ticket, const text *name)
{
	TsmWords	words;

	tsm_words_init(&words);
	tsm_words_add(&words, name);
	write_words(desk, &q_words_add, UUIDPGetDatum(ticket), &words);
	if (SPI_processed == 0)
		tsm_words_renew(desk, ticket);
}
