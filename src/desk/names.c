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

/*
 * Are they the same but for the case of ASCII letters?  What we have named
 * ourselves is found so in every locale: in a Turkish one "critica" is not
 * CRITICA in small letters.
 */
static bool
same_in_ascii(const char *a, const char *b)
{
	while (*a != '\0' && pg_ascii_tolower((unsigned char) *a) == pg_ascii_tolower((unsigned char) *b))
		a++, b++;
	return *a == *b;
}

const TsmName *
tsm_name_find(const TsmNameList *list, const char *name)
{
	char	   *folded;

	for (int i = 0; i < list->count; i++)
		if (strcmp(list->item[i].name, name) == 0)
			return &list->item[i];
	for (int i = 0; i < list->count; i++)
		if (same_in_ascii(list->item[i].name, name))
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

const TsmState *
tsm_state_by_name(const TsmDesk *desk, const char *name)
{
	for (int i = 0; i < desk->nstates; i++)
		if (pg_strcasecmp(desk->state[i].name, name) == 0)
			return &desk->state[i];
	return NULL;
}
