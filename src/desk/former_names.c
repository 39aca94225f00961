/*-------------------------------------------------------------------------
 *
 * former_names.c
 *	  What has become of the names that areas, priorities and calendars had.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "desk/desk.h"

static const TsmQuery q_renames = {
	"SELECT r.tabla, r.antes, r.despues, r.ocurrido_en FROM @.renombre r ORDER BY r.renombre_id",
	0, {0}, PLAN_AS_NEEDED
};

typedef struct Rename
{
	char	   *table;
	char	   *before;
	char	   *after;
	TimestampTz when;
} Rename;

struct TsmRenames
{
	int			count;
	Rename	   *item;			/* in their order */
};

void
tsm_names_renamed(const TsmDesk *desk, MemoryContext cxt, TsmNameList *const *lists, int count)
{
	struct TsmRenames *renames = MemoryContextAllocZero(cxt, sizeof(struct TsmRenames));
	MemoryContext oldcxt;

	if (!tsm_table_is_bare(desk, TABLE_renombre))
	{
		tsm_read(desk, &q_renames, NULL);
		oldcxt = MemoryContextSwitchTo(cxt);
		renames->count = (int) SPI_processed;
		renames->item = palloc0(Max(renames->count, 1) * sizeof(Rename));
		for (int i = 0; i < renames->count; i++)
		{
			renames->item[i].table = tsm_read_string(i, 1);
			renames->item[i].before = tsm_read_string(i, 2);
			renames->item[i].after = tsm_read_string(i, 3);
			renames->item[i].when = DatumGetTimestampTz(tsm_read_value(i, 4));
		}
		MemoryContextSwitchTo(oldcxt);
	}
	for (int i = 0; i < count; i++)
		lists[i]->renames = renames;
}

static bool
is_rename_of(const Rename *r, const char *table, const char *name)
{
	return strcmp(r->before, name) == 0 && strcmp(r->table, table) == 0;
}

bool
tsm_name_became(const TsmDesk *desk, const char *table, const char *before, const char *after)
{
	const struct TsmRenames *renames = desk->areas.renames;

	/* a name may be given anew and be taken away again: it may have begun with any of them */
	for (int first = 0; first < renames->count; first++)
	{
		const char *name = before;

		if (!is_rename_of(&renames->item[first], table, name))
			continue;
		for (int i = first; i < renames->count; i++)
		{
			if (!is_rename_of(&renames->item[i], table, name))
				continue;
			name = renames->item[i].after;
			if (strcmp(name, after) == 0)
				return true;
		}
	}
	return false;
}

const TsmName *
tsm_name_former(const TsmNameList *list, const char *name)
{
	const struct TsmRenames *renames = list->renames;
	const char *now = NULL;

	for (int i = 0; renames != NULL && i < renames->count; i++)
	{
		const Rename *r = &renames->item[i];

		/* of several that had the name, the last one */
		if (strcmp(r->table, list->table) == 0 &&
			(strcmp(tsm_fold(r->before), tsm_fold(name)) == 0 || (now != NULL && strcmp(r->before, now) == 0)))
			now = r->after;
	}
	return now == NULL ? NULL : tsm_name_find(list, now);
}

static bool
is_area(const TsmDesk *desk, const char *name)
{
	for (int i = 0; i < desk->areas.count; i++)
		if (strcmp(desk->areas.item[i].name, name) == 0)
			return true;
	return false;
}

const char *
tsm_area_now(const TsmDesk *desk, const char *name, TimestampTz since)
{
	const struct TsmRenames *renames = desk->areas.renames;

	for (int i = 0; i < renames->count; i++)
		if (is_rename_of(&renames->item[i], "area", name) &&
			(renames->item[i].when > since || !is_area(desk, name)))
			name = renames->item[i].after;
	return name;
}
