# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2164 # shared variables; the scripts have set -e
#
# lib.sh - what test/bench/run, test/bench/sla and test/trip/run share: a
# throw-away server, and what its backends have used.
#
# Source it from a script that has set `set -euo pipefail`.  It brings
# scripts/lib.sh along; the functions work in the folder of the variable
# scratch, with the programs in that of bin.

# shellcheck source=../../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

HERE=$TOP/test/bench

clean_up() {
    local status=$?
    [ -n "${scratch:-}" ] || return
    if [ $status -ne 0 ] && [ -e "$scratch/log" ]; then tail -n 20 "$scratch/log" >&2; fi
    cd "$scratch"
    if [ -e data/postmaster.pid ]; then as_server "$bin/pg_ctl" -D data -m immediate -w stop >/dev/null; fi
    cd /
    # valgrind writes its last files when the server has already stopped
    rm -rf "$scratch" 2>/dev/null || { sleep 3 && rm -rf "$scratch"; }
}

# --- the server -------------------------------------------------------------

build() {
    stage=${TSM_STAGE:-}
    [ -z "$stage" ] || return 0
    stage=$scratch/stage
    copy_checkout "$scratch/checkout"
    give_server "$scratch"
    (
        cd "$scratch/checkout"
        as_server make -s -j2 with_llvm=no PG_CONFIG="$PG_CONFIG" &&
            as_server make -s install with_llvm=no PG_CONFIG="$PG_CONFIG" DESTDIR="$stage"
    ) >"$scratch/build.log" 2>&1 || { tail -n 30 "$scratch/build.log" >&2; die "the build failed"; }
}

# Stock settings, but for what would make one slice differ from the next:
# autovacuum, checkpoints, and a cache too small for the desks.
# $1 is shared_buffers.
make_server() {
    cd "$scratch"
    as_server "$bin/initdb" -D data -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    {
        staged_settings "$stage"
        cat <<CONF
listen_addresses = ''
unix_socket_directories = '$scratch'
shared_buffers = $1
autovacuum = off
checkpoint_timeout = 1h
max_wal_size = 8GB
CONF
    } | as_server tee -a data/postgresql.conf >/dev/null
    export PGHOST=$scratch PGDATABASE=postgres PGUSER=postgres PGOPTIONS='' PGCLIENTENCODING=UTF8
}

start_server() {
    as_server "$bin/pg_ctl" -D data -l log -w start >/dev/null
    know_server
}

know_server() {
    postmaster=$(head -n 1 data/postmaster.pid)
    helpers=$(psql_command "SELECT count(*) FROM pg_stat_activity WHERE backend_type <> 'client backend'")
}

psql_command() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -c "$@"; }
psql_file() { "$bin/psql" -X -q -v ON_ERROR_STOP=1 -f "$@" >/dev/null; }

# How many children the postmaster has, and how many of them are helpers.
backends() { wc -w <"/proc/$postmaster/task/$postmaster/children"; }

# CPU time of the postmaster's children that have ended, in clock ticks: the
# backends of a slice.  The helpers run on, so they are not in it.
ended_cpu() {
    local stat try
    for try in {1..500}; do
        [ "$(backends)" -gt "$helpers" ] || break
        sleep 0.02
    done
    [ "$try" -lt 500 ] || die "backends do not end"
    read -r -a stat <"/proc/$postmaster/stat"
    echo $((stat[15] + stat[16]))
}

# --- instructions -----------------------------------------------------------

# The whole server under valgrind; a forked backend writes a file of its own.
start_under_valgrind() {
    as_server "$bin/pg_ctl" -D data -w -m fast stop >/dev/null
    as_server mkdir profile
    as_server valgrind -q --tool=callgrind --callgrind-out-file="$scratch/profile/%p" \
        "$bin/postgres" -D data >>log 2>&1 &
    until psql_command 'SELECT 1' >/dev/null 2>&1; do sleep 1; done
    know_server
}

# Instructions of a backend that wrote its file since $scratch/before was
# touched: the largest of the files.  Sets counted and profile.
count_profile() {
    local file total
    counted=0
    while IFS= read -r file; do
        total=$(awk '/^(totals|summary):/ { n = $2 } END { printf "%.0f\n", n }' "$file")
        if [ "$total" -gt "$counted" ]; then counted=$total profile=$file; fi
    done < <(find "$scratch/profile" -type f -newer "$scratch/before")
}
