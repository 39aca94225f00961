/*-------------------------------------------------------------------------
 *
 * templates.h
 *	  The templates of desks that the library works with.
 *
 * A desk keeps the template that made it until its owner runs
 * ticket_sm.actualizar_mesa(), so the one before its own is one of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TSM_TEMPLATES_H
#define TSM_TEMPLATES_H

/* Their versions, each as TEMPLATE("1.0"), the oldest first; its own, TSM_VERSION, is always one. */
#define TSM_TEMPLATES_BEFORE(TEMPLATE)

#endif							/* TSM_TEMPLATES_H */
