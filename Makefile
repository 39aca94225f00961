# ticket_sm: make, make install, make installcheck (PG_CONFIG is honoured)

EXTENSION = ticket_sm
MODULE_big = ticket_sm
OBJS = src/ticket_sm.o src/plans.o src/rows.o src/machine.o src/caller.o src/fields.o \
	src/label.o src/calendar.o src/calendars.o src/policy.o src/sla.o src/history.o src/outbox.o \
	src/guard.o src/tickets.o src/batch.o src/sweep.o src/lookup.o src/queue.o src/explain.o src/verify.o
DATA_built = ticket_sm--1.0.sql
EXTRA_CLEAN = ticket_sm--1.0.sql tmp_check output_iso

# The install script: the machinery, and each template as the text that
# ticket_sm.plantilla_<name>() returns.
SQL_BEFORE = schema/machinery/00-preamble.sql schema/machinery/10-types.sql \
	schema/machinery/20-guard.sql schema/machinery/30-api.sql schema/machinery/40-rest.sql
SQL_TEMPLATES = schema/mesa.sql schema/credenciales.sql schema/api.sql
SQL_AFTER = schema/machinery/90-install.sql

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter

REGRESS = setup install matrix fields calendar ops sla guard extend caller history mesas bandeja lote api uninstall
REGRESS_OPTS = --inputdir=.
# desk comes first: it makes what the others play on
ISOLATION = desk two_agents cross_batches stale_version same_key counter first_of_year \
	machine_edit lock_timeout agent_off direct_sql_race sweep outbox
ISOLATION_OPTS = --inputdir=test
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): src/ticket_sm.h src/errors.h src/compat.h

ticket_sm--1.0.sql: $(SQL_BEFORE) $(SQL_TEMPLATES) $(SQL_AFTER)
	{ cat $(SQL_BEFORE) && \
	  for file in $(SQL_TEMPLATES); do \
	    name=plantilla_$$(basename $$file .sql) && \
	    printf '\n%s\n' "CREATE FUNCTION ticket_sm.$$name() RETURNS text" && \
	    printf '%s\n' 'LANGUAGE sql IMMUTABLE AS $$funcion$$ SELECT $$plantilla$$' && \
	    cat $$file && \
	    printf '%s\n\n' '$$plantilla$$::pg_catalog.text $$funcion$$;' \
	      "COMMENT ON FUNCTION ticket_sm.$$name() IS 'A template: schema/$$(basename $$file) of the sources. No parameters. Returns its text.';" || exit 1; \
	  done && \
	  cat $(SQL_AFTER); } > $@.tmp
	mv $@.tmp $@
