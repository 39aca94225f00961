# ticket_sm: make, make install, make installcheck (PG_CONFIG is honoured)

EXTENSION = ticket_sm
MODULE_big = ticket_sm
# the layers, each of which sees only those before it
OBJS = $(addprefix src/, \
	sheet/sheet.o \
	base/settings.o base/plans.o base/as_owner.o base/shape.o base/lock_wait.o base/sealed.o base/values.o base/refusal.o \
	desk/desk.o desk/desk_read.o desk/machine.o desk/names.o desk/agents.o desk/caller.o desk/fields.o \
	sla/calendar.o sla/calendar_versions.o sla/policy.o sla/clock.o \
	guard/guard.o guard/judge.o guard/diff.o guard/request.o guard/pending.o guard/events.o \
	guard/history.o guard/proof.o guard/label.o guard/outbox.o \
	api/operate.o api/create.o api/call.o api/batch.o api/sweep.o api/lookup.o api/queue.o api/explain.o api/verify.o \
	api/events.o api/business_time.o \
	api/rest.o api/rest_request.o api/rest_answer.o api/rest_error.o api/sheet_rows.o \
	ticket_sm.o)
# the version is written in the control file; @version@ stands for it in schema/
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" ticket_sm.control)
SCRIPT = ticket_sm--$(EXTVERSION).sql
DATA_built = $(SCRIPT)
EXTRA_CLEAN = $(SCRIPT) tmp_check output_iso

# The install script: the machinery, and each template as the text that
# ticket_sm.plantilla_<name>() returns.
SQL_BEFORE = schema/machinery/00-preamble.sql schema/machinery/10-types.sql \
	schema/machinery/20-guard.sql schema/machinery/25-sheet.sql schema/machinery/30-api.sql schema/machinery/40-rest.sql
SQL_DESK = schema/desk/00-schema.sql schema/desk/10-machine.sql schema/desk/20-settings.sql \
	schema/desk/30-tickets.sql schema/desk/40-history.sql schema/desk/50-triggers.sql \
	schema/desk/60-queue.sql schema/desk/70-metrics.sql schema/desk/80-access.sql
SQL_REST = schema/rest/credenciales.sql schema/rest/api.sql
SQL_AFTER = schema/machinery/90-install.sql

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter

REGRESS = setup install sheet matrix fields calendar ops sla guard extend caller history mesas fence bandeja lote api uninstall
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

$(OBJS): $(wildcard $(srcdir)/src/*.h $(srcdir)/src/*/*.h)

# nginx.conf names the operations on a ticket: run this after adding one.  The
# test "sheet" compares the two.  It is not a part of the build: that is not to
# write into the sources, and the file is to be read as it stands.
.PHONY: nginx
nginx:
	sed -i "s/\basignar|[a-z|]*/$$(sed -n 's/^OP(OP_[A-Z]*, "\([a-z]*\)", ON_TICKET,.*/\1/p' \
		$(srcdir)/src/sheet/operations.h | paste -s -d '|' -)/" $(srcdir)/rest/nginx.conf

# A function that returns some files as a template: $(call template,name,folder,files)
template = printf '\n%s\n' 'CREATE FUNCTION ticket_sm.plantilla_$(1)() RETURNS text' && \
	printf '%s\n' 'LANGUAGE sql IMMUTABLE AS $$funcion$$ SELECT $$plantilla$$' && \
	cat $(3) && \
	printf '%s\n\n' '$$plantilla$$::pg_catalog.text $$funcion$$;' \
	  "COMMENT ON FUNCTION ticket_sm.plantilla_$(1)() IS 'A template: $(2) of the sources. No parameters. Returns its text.';"

.DELETE_ON_ERROR: $(SCRIPT)
$(SCRIPT): $(SQL_BEFORE) $(SQL_DESK) $(SQL_REST) $(SQL_AFTER) ticket_sm.control Makefile
	{ cat $(SQL_BEFORE) && \
	  $(call template,mesa,schema/desk,$(SQL_DESK)) && \
	  $(call template,credenciales,schema/rest/credenciales.sql,schema/rest/credenciales.sql) && \
	  $(call template,api,schema/rest/api.sql,schema/rest/api.sql) && \
	  cat $(SQL_AFTER); } > $@.tmp
	sed 's/@version@/$(EXTVERSION)/g' $@.tmp > $@
	rm $@.tmp

# For whoever works on it: see test/README.md.
.PHONY: check1 format lint
check1:
	PG_CONFIG="$(PG_CONFIG)" scripts/check1 $(T)
lint:
	PG_CONFIG="$(PG_CONFIG)" scripts/lint
format:
	PG_CONFIG="$(PG_CONFIG)" scripts/format
