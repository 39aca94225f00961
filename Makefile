# ticket_sm: make, make install, make installcheck (PG_CONFIG is honoured)

# Where the sources are: elsewhere in a build with make -f FOLDER/Makefile.
SOURCES := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

EXTENSION = ticket_sm
MODULE_big = ticket_sm
# the layers, each of which sees only those before it
OBJS = $(addprefix src/, \
	sheet/sheet.o \
	base/settings.o base/plans.o base/as_owner.o base/shape.o base/lock_wait.o base/sealed.o base/durable.o base/values.o base/texts.o base/words.o base/refusal.o \
	desk/desk.o desk/desk_read.o desk/machine.o desk/names.o desk/agents.o desk/caller.o desk/roles.o desk/address.o desk/catalogue.o desk/renames.o desk/former_names.o desk/fields.o desk/label_reading.o desk/template.o desk/zones.o desk/file_name.o desk/media_type.o \
	sla/calendar.o sla/calendar_versions.o sla/policy.o sla/clock.o \
	guard/guard.o guard/judge.o guard/possible.o guard/diff.o guard/request.o guard/pending.o guard/events.o \
	guard/history.o guard/proof.o guard/label.o guard/links.o guard/files.o guard/ratings.o guard/outbox.o guard/search.o \
	api/operate.o api/change.o api/closing.o api/create.o api/conversation.o api/rating.o api/actions.o api/call.o api/attempt.o api/batch.o api/link.o api/files.o api/sweep.o api/lookup.o api/queue.o api/list.o api/explain.o api/verify.o api/verify_report.o api/verify_links.o api/verify_files.o api/verify_ratings.o api/verify_desk.o \
	api/events.o api/business_time.o api/upgrade.o api/statements.o \
	api/rest.o api/rest_files.o api/rest_request.o api/rest_answer.o api/rest_catalogue.o api/rest_list.o api/rest_unchanged.o api/rest_error.o api/sheet_rows.o \
	ticket_sm.o)
# the version is written in the control file; @version@ stands for it in schema/
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(SOURCES)/ticket_sm.control)
SCRIPT = ticket_sm--$(EXTVERSION).sql
# scripts that lead to this version are built, those to earlier ones are frozen
UPDATES = $(patsubst %,ticket_sm--%,$(notdir $(wildcard $(SOURCES)/schema/updates/*--$(EXTVERSION).sql)))
DATA = $(filter-out $(UPDATES),$(notdir $(wildcard $(SOURCES)/ticket_sm--*--*.sql)))
DATA_built = $(SCRIPT) $(UPDATES)
EXTRA_CLEAN = $(SCRIPT) $(UPDATES) tmp_check output_iso

# The install script: what can be made once only, the machinery with the
# templates as texts that ticket_sm.plantilla_<name>() returns, the first desk.
# An update script: what schema/updates says, and the machinery anew.
SCHEMA = $(SOURCES)/schema
SQL_ONCE = $(SCHEMA)/machinery/00-preamble.sql $(SCHEMA)/machinery/10-types.sql
SQL_MACHINERY = $(SCHEMA)/machinery/20-guard.sql $(SCHEMA)/machinery/25-sheet.sql $(SCHEMA)/machinery/30-api.sql $(SCHEMA)/machinery/40-rest.sql \
	$(SCHEMA)/machinery/50-upgrade.sql $(SCHEMA)/machinery/90-install.sql
SQL_DESK = $(SCHEMA)/desk/00-schema.sql $(SCHEMA)/desk/10-machine.sql $(SCHEMA)/desk/20-settings.sql \
	$(SCHEMA)/desk/30-tickets.sql $(SCHEMA)/desk/40-history.sql $(SCHEMA)/desk/45-files.sql $(SCHEMA)/desk/50-triggers.sql \
	$(SCHEMA)/desk/80-access.sql
SQL_VIEWS = $(SCHEMA)/desk/60-queue.sql $(SCHEMA)/desk/70-metrics.sql $(SCHEMA)/desk/75-health.sql
SQL_STEPS = $(wildcard $(SCHEMA)/desk/steps/*.sql)
SQL_REST = $(SCHEMA)/rest/credenciales.sql $(SCHEMA)/rest/api.sql
SQL_LAST = $(SCHEMA)/machinery/91-public.sql
SQL_FIRST_DESK = $(SCHEMA)/machinery/95-first-desk.sql

PG_CPPFLAGS = -I$(srcdir)/src -DTSM_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter

REGRESS = setup install sheet matrix fields texts calendar versions ops conversation files actions sla clocks ends ratings health guard judge edges rows extend caller history names mesas fence shape sealed verify roles bandeja lists lote links alone api rest uninstall
REGRESS_OPTS = --inputdir=$(SOURCES)
# desk comes first: it makes what the others play on
ISOLATION = desk pairs two_agents links cross_batches area_batch batches stale_version same_key messages counter first_of_year lock_timeout \
	machine_edit edit_while_read agent_off agent_edit role_edit area_edit priority_edit policy_edit calendar_edit calendar_versions ddl rewrite \
	direct_sql_race sweep ends outbox files ratings verify
ISOLATION_OPTS = --inputdir=$(SOURCES)/test
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

ifneq ($(SOURCES),.)
$(shell mkdir -p $(sort $(dir $(OBJS))))
endif

$(OBJS): $(wildcard $(srcdir)/src/*.h $(srcdir)/src/*/*.h)
src/desk/template.o src/desk/template.bc: ticket_sm.control

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

# The steps between templates, schema/desk/steps/<from>--<to>.sql, as rows.
steps = printf '%s\n' 'CREATE FUNCTION ticket_sm.plantilla_pasos(OUT desde text, OUT hasta text, OUT guion text) RETURNS SETOF record' \
	  'LANGUAGE sql IMMUTABLE AS $$funcion$$' 'SELECT NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text WHERE false' && \
	for step in $(SQL_STEPS); do \
	  name=$$(basename $$step .sql) && \
	  printf "UNION ALL SELECT '%s', '%s', "'$$paso$$\n' "$${name%--*}" "$${name\#*--}" && \
	  cat $$step && printf '%s\n' '$$paso$$' || exit; \
	done && \
	printf '%s\n\n' '$$funcion$$;' \
	  "COMMENT ON FUNCTION ticket_sm.plantilla_pasos() IS 'The steps from one template of a mesa to the next: schema/desk/steps of the sources. No parameters. Returns the version that a step begins with, the one it leads to, and its text.';"

machinery = cat $(SQL_MACHINERY) && \
	$(call template,mesa,schema/desk,$(SQL_DESK)) && \
	$(call template,vistas,the views in schema/desk,$(SQL_VIEWS)) && \
	$(steps) && \
	$(call template,credenciales,schema/rest/credenciales.sql,$(SCHEMA)/rest/credenciales.sql) && \
	$(call template,api,schema/rest/api.sql,$(SCHEMA)/rest/api.sql) && \
	cat $(SQL_LAST)

.DELETE_ON_ERROR: $(SCRIPT) $(UPDATES)
$(SCRIPT) $(UPDATES): $(SQL_MACHINERY) $(SQL_DESK) $(SQL_VIEWS) $(SQL_STEPS) $(SQL_REST) $(SQL_LAST) ticket_sm.control Makefile
$(SCRIPT): $(SQL_ONCE) $(SQL_FIRST_DESK)
	{ cat $(SQL_ONCE) && $(machinery) && cat $(SQL_FIRST_DESK); } > $@.tmp
	sed 's/@version@/$(EXTVERSION)/g' $@.tmp > $@
	rm $@.tmp
$(UPDATES): ticket_sm--%.sql: $(SCHEMA)/updates/%.sql
	{ printf '%s\n\n' '\echo Use "ALTER EXTENSION ticket_sm UPDATE" to load this file. \quit' && \
	  cat $< && $(machinery); } > $@.tmp
	sed 's/@version@/$(EXTVERSION)/g; s/^CREATE FUNCTION ticket_sm\./CREATE OR REPLACE FUNCTION ticket_sm./' $@.tmp > $@
	rm $@.tmp

# For whoever works on it: see test/README.md.
.PHONY: check1 format lint
check1:
	PG_CONFIG="$(PG_CONFIG)" $(SOURCES)/scripts/check1 $(T)
lint:
	PG_CONFIG="$(PG_CONFIG)" $(SOURCES)/scripts/lint
format:
	PG_CONFIG="$(PG_CONFIG)" $(SOURCES)/scripts/format
