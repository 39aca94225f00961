/*-------------------------------------------------------------------------
 *
 * statements.c
 *	  The event trigger ticket_sm_guardia: statements that would harm the
 *	  extension's objects, or that PostgreSQL would answer with a wall of text.
 *
 *	  A dump makes the extension anew and knows nothing of what was added to
 *	  its types: rows with a state of somebody's own could not be restored.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/api.h"

PG_FUNCTION_INFO_V1(tsm_tg_statement);

/* Mesas of this database; the caller may have no right to our schema. */
static const char q_desks[] =
"SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ' ORDER BY n.nspname)"
" FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid" EQ "t.tgrelid"
" JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace"
" JOIN pg_catalog.pg_proc p ON p.oid" EQ "t.tgfoid"
" WHERE p.proname" EQ "'tg_ticket_before'::pg_catalog.name AND p.pronamespace" EQ
"(SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname" EQ "'ticket_sm'::pg_catalog.name)";

static Oid
named_type(List *names)
{
	return LookupTypeNameOid(NULL, makeTypeNameFromNameList(names), true);
}

static Oid
row_type(const RangeVar *name)
{
	Oid			relid = RangeVarGetRelid(name, NoLock, true);

	return OidIsValid(relid) ? get_rel_type_id(relid) : InvalidOid;
}

/* The type whose values, attributes or name an ALTER TYPE would change; none if it changes something else. */
static Oid
altered_type(Node *statement)
{
	if (IsA(statement, AlterEnumStmt))
		return named_type(((AlterEnumStmt *) statement)->typeName);
	if (IsA(statement, AlterTableStmt))
		return row_type(((AlterTableStmt *) statement)->relation);
	if (IsA(statement, RenameStmt))
	{
		RenameStmt *rename = (RenameStmt *) statement;

		return rename->relation != NULL ? row_type(rename->relation) : named_type(castNode(List, rename->object));
	}
	if (IsA(statement, AlterObjectSchemaStmt))
		return named_type(castNode(List, ((AlterObjectSchemaStmt *) statement)->object));
	return InvalidOid;
}

static void
check_alter_type(Node *statement, Oid extension)
{
	Oid			type = altered_type(statement);

	if (!OidIsValid(type) || getExtensionOfObject(TypeRelationId, type) != extension)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("type %s is not to be altered", format_type_be_qualified(type)),
			 errdetail("It belongs to the extension ticket_sm: a dump would not carry the change, and what makes use of it could not be restored."),
			 get_typtype(type) == TYPTYPE_ENUM ?
			 errhint("States, operations, roles and types of tickets are fixed. The mesa's tables transicion and permiso say which operation leads where, and who may do it.") : 0));
}

static char *
desks_here(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	char	   *names;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(q_desks, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for mesas");
	names = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (names != NULL)
		names = MemoryContextStrdup(cxt, names);
	SPI_finish();
	return names;
}

/* The extension, or the schema that it stands in. */
static bool
drops_us(const DropStmt *drop)
{
	ListCell   *cell;

	if (drop->behavior != DROP_RESTRICT ||
		(drop->removeType != OBJECT_EXTENSION && drop->removeType != OBJECT_SCHEMA))
		return false;
	foreach(cell, drop->objects)
		if (strcmp(strVal(lfirst(cell)), "ticket_sm") == 0)
			return true;
	return false;
}

/* PostgreSQL would list each column of each mesa, and recommend CASCADE, which drops them. */
static void
check_drop(const DropStmt *drop)
{
	char	   *desks = drops_us(drop) ? desks_here() : NULL;

	if (desks != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop %s ticket_sm while there are mesas",
						drop->removeType == OBJECT_EXTENSION ? "extension" : "schema"),
				 errdetail("Their columns are of its types: %s.", desks),
				 errhint("DROP SCHEMA ... CASCADE each of these first. Here CASCADE would leave tables without those columns.")));
}

/* Update scripts may do what they must. */
Datum
tsm_tg_statement(PG_FUNCTION_ARGS)
{
	Oid			extension = get_extension_oid("ticket_sm", true);
	Node	   *statement;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("tg_statement() is for the event trigger of ticket_sm")));
	statement = ((EventTriggerData *) fcinfo->context)->parsetree;
	if (!OidIsValid(extension) || (creating_extension && CurrentExtensionObject == extension))
		PG_RETURN_NULL();
	if (IsA(statement, DropStmt))
		check_drop((DropStmt *) statement);
	else
		check_alter_type(statement, extension);
	PG_RETURN_NULL();
}
