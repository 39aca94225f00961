/*-------------------------------------------------------------------------
 *
 * template.c
 *	  Do the library, the extension's objects and a desk fit together?
 *
 * Each of them has a version, and they are brought up to date one after the
 * other: the library when its package is installed, the objects by ALTER
 * EXTENSION, each desk by its owner.  The library and the objects must be of
 * one version; a desk may be of a template before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "sheet/templates.h"
#include "desk/desk.h"

#define TEMPLATE(version) version,

static const char *const known_templates[] = {TSM_TEMPLATES_BEFORE(TEMPLATE) TSM_VERSION};

/* Version of the extension in this database; NULL if it is not there. */
static char *
installed_version(void)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	char	   *version = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("ticket_sm"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(rel), &isnull);

		version = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return version;
}

/* Versions are numbers between dots. */
static int
compare_versions(const char *a, const char *b)
{
	for (;;)
	{
		long		x = strtol(a, NULL, 10);
		long		y = strtol(b, NULL, 10);

		if (x != y)
			return x < y ? -1 : 1;
		a = strchr(a, '.');
		b = strchr(b, '.');
		if (a == NULL || b == NULL)
			return (a != NULL) - (b != NULL);
		a++;
		b++;
	}
}

/* Looked up whenever a desk is read, as the objects may be brought up to date while the session lasts. */
void
tsm_library_check(void)
{
	char	   *installed = installed_version();

	if (installed == NULL || strcmp(installed, TSM_VERSION) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("library of ticket_sm %s with objects of %s", TSM_VERSION, installed),
			 compare_versions(TSM_VERSION, installed) > 0 ?
			 errhint("Run ALTER EXTENSION ticket_sm UPDATE.") :
			 errhint("Connect anew: this session has loaded the library before the update. If that does not help, install the library of ticket_sm %s.", installed)));
}

void
tsm_template_check(const TsmDesk *desk)
{
	for (int i = 0; i < (int) lengthof(known_templates); i++)
		if (strcmp(desk->template_version, known_templates[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("mesa %s was made by template %s, which ticket_sm %s does not work with",
					desk->schema, desk->template_version, TSM_VERSION),
			 compare_versions(desk->template_version, TSM_VERSION) < 0 ?
			 errhint("Run ticket_sm.actualizar_mesa() as its owner.") :
			 errhint("Install ticket_sm %s, and run ALTER EXTENSION ticket_sm UPDATE.", desk->template_version)));
}

char *
tsm_template_behind(const TsmDesk *desk)
{
	if (strcmp(desk->template_version, TSM_VERSION) == 0)
		return NULL;
	return psprintf("the mesa was made by template %s, not %s: its owner runs ticket_sm.actualizar_mesa()",
					desk->template_version, TSM_VERSION);
}
