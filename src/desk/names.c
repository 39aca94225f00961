/*-------------------------------------------------------------------------
 *
 * names.c
 *	  Names of a catalogue, found whatever their case.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/formatting.h"

#include "desk/desk.h"

char *
tsm_fold(const char *str)
{
	return str_toupper(str, strlen(str), DEFAULT_COLLATION_OID);
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
