/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  The only place that knows what differs between PostgreSQL 15 and 19.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_COMPAT_H
#define TSM_COMPAT_H

#include "catalog/namespace.h"
#include "common/jsonapi.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/datetime.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"	/* 19 includes it nowhere else */

#if PG_VERSION_NUM >= 160000
#include "catalog/pg_namespace.h"
#include "parser/parse_relation.h"
#include "varatt.h"
#define tsm_namespace_aclcheck(nspid, roleid) \
	object_aclcheck(NamespaceRelationId, (nspid), (roleid), ACL_USAGE)
#else
#define tsm_namespace_aclcheck(nspid, roleid) \
	pg_namespace_aclcheck((nspid), (roleid), ACL_USAGE)
#endif

/* May a role grant membership in another to whom it likes? */
static inline bool
tsm_may_grant_role(Oid grantor, Oid role)
{
#if PG_VERSION_NUM < 160000
	if (has_createrole_privilege(grantor))
		return true;
#endif
	return superuser_arg(grantor) || is_admin_of_role(grantor, role);
}

#if PG_VERSION_NUM >= 180000
#define tsm_noreturn	pg_noreturn
#else
#define tsm_noreturn	pg_attribute_noreturn()
#endif

/*
 * Have names mean those of pg_catalog, until this is undone or the transaction
 * aborts, whatever search_path is.  Where the path is derived anew whenever the
 * current user changes, this also saves that; later versions remember it.
 */
#if PG_VERSION_NUM >= 170000
#define tsm_hide_search_path()	false
#define tsm_show_search_path()	((void) 0)
#else
static inline bool
tsm_hide_search_path(void)
{
	OverrideSearchPath path = {.addCatalog = true};

	PushOverrideSearchPath(&path);
	return true;
}

#define tsm_show_search_path()	PopOverrideSearchPath()
#endif

/* Take a time apart; 0 if it is one. */
static inline int
tsm_decode_datetime(char **field, int *ftype, int nf, int *dtype, struct pg_tm *tm, fsec_t *fsec, int *tz)
{
#if PG_VERSION_NUM >= 160000
	DateTimeErrorExtra extra;

	return DecodeDateTime(field, ftype, nf, dtype, tm, fsec, tz, &extra);
#else
	return DecodeDateTime(field, ftype, nf, dtype, tm, fsec, tz);
#endif
}

/* What a parser of JSON calls, and how it begins: with strings taken apart. */
#if PG_VERSION_NUM >= 160000
#define TSM_JSON_ACTION static JsonParseErrorType
#define TSM_JSON_DONE	return JSON_SUCCESS
#else
#define TSM_JSON_ACTION static void
#define TSM_JSON_DONE	return
#endif
#if PG_VERSION_NUM >= 170000
#define tsm_json_lexer(json)	makeJsonLexContext(NULL, (json), true)
#else
#define tsm_json_lexer(json)	makeJsonLexContext((json), true)
#endif

#if PG_VERSION_NUM >= 180000
#define tsm_primary_key_index(rel)	RelationGetPrimaryKeyIndex((rel), false)
#else
#define tsm_primary_key_index(rel)	RelationGetPrimaryKeyIndex(rel)
#endif

/* No rows are to be looked at again: the locks that we hold see to that. */
#if PG_VERSION_NUM >= 160000
#define tsm_init_epq(epqstate, estate)	EvalPlanQualInit((epqstate), (estate), NULL, NIL, -1, NIL)
#else
#define tsm_init_epq(epqstate, estate)	EvalPlanQualInit((epqstate), (estate), NULL, NIL, -1)
#endif

/* Write an interval that is infinite; false if it is not. */
#if PG_VERSION_NUM >= 170000
#define tsm_special_interval(interval, str) \
	(INTERVAL_NOT_FINITE(interval) ? \
	 (strcpy((str), INTERVAL_IS_NOBEGIN(interval) ? EARLY : LATE), true) : false)
#else
#define tsm_special_interval(interval, str) false
#endif

/* Make rel the range table of an executor state of our own; updated: which columns will be, as triggers ask. */
static inline void
tsm_init_range_table(EState *estate, Relation rel, Bitmapset *updated)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *rtable;

	rte->rtekind = RTE_RELATION;
	rte->relid = RelationGetRelid(rel);
	rte->relkind = rel->rd_rel->relkind;
	rte->rellockmode = RowExclusiveLock;
	rtable = list_make1(rte);

#if PG_VERSION_NUM >= 160000
	{
		List	   *perminfos = NIL;

		addRTEPermissionInfo(&perminfos, rte)->updatedCols = updated;
#if PG_VERSION_NUM >= 180000
		ExecInitRangeTable(estate, rtable, perminfos, bms_make_singleton(1));
#else
		ExecInitRangeTable(estate, rtable, perminfos);
#endif
	}
#else
	rte->updatedCols = updated;
	ExecInitRangeTable(estate, rtable);
#endif
}

#endif							/* TSM_COMPAT_H */
