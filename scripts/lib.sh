# shellcheck shell=bash
#
# lib.sh - what scripts/demo, scripts/check, scripts/check1, test/majors/run,
# test/rest/run, test/contract/run, test/orm/run and test/bench/run share.
#
# Source it from a script that has set `set -euo pipefail`.  It defines
# functions and these variables, nothing runs by itself:
#
#   TOP          the checkout
#   SERVER_USER  who runs the throw-away servers when we are root

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SERVER_USER=${SERVER_USER:-nobody}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# --- who we are -------------------------------------------------------------

is_root() { [ "$(id -u)" -eq 0 ]; }

as_root() {
    if is_root; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root, and sudo is not installed: $*"
    fi
}

# PostgreSQL refuses to run as root; whoever else we are will do.
as_server() {
    if is_root; then
        setpriv --reuid="$SERVER_USER" --regid="$(id -g "$SERVER_USER")" --clear-groups -- "$@"
    else
        "$@"
    fi
}

# Hand a folder over to whoever as_server runs as.
give_server() {
    if is_root; then chown -R "$SERVER_USER:" "$@"; fi
}

# A new folder that as_server can use; the caller removes it.
make_scratch() {
    local dir
    dir=$(mktemp -d "${TMPDIR:-/tmp}/ticket_sm.XXXXXX")
    chmod 755 "$dir"
    give_server "$dir"
    echo "$dir"
}

# --- Debian packages --------------------------------------------------------

missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done
}

# Install those that are missing and change nothing else: postgresql-common
# would make and start a system cluster `main`, unless told not to.
need_packages() {
    local missing log
    command -v dpkg-query >/dev/null || die "not a Debian system; install by hand: $*"
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    log=$(mktemp)
    [ "$(plan "${missing[@]}")" ] || apt_get update >"$log" 2>&1 || :
    printf 'installing %s\n%s\n' "${missing[*]}" "$(plan "${missing[@]}")" | fold -s -w 96
    without_main_cluster install_packages "${missing[@]}" 2>&1 | show_progress "$log" ||
        { tail -n 20 "$log" >&2; rm -f "$log"; die "could not install ${missing[*]}"; }
    rm -f "$log"
}

# What installing packages would bring along; nothing when apt's lists do not know them.
plan() {
    LC_ALL=C apt-get -q --no-install-recommends --assume-no -o Debug::NoLocking=1 install "$@" 2>/dev/null |
        sed -nE 's/^[0-9]+ upgraded, ([0-9]+) newly installed.*/\1/;T size;h
                 :size
                 s/^Need to get (.*) of archives\.$/\1/;T disk;H
                 :disk
                 s/^After this operation, (.*) of additional disk space.*/\1/;T;H
                 x;s/(.*)\n(.*)\n(.*)/       \1 packages: \2 to fetch, \3 on the disk/p' || :
}

# Show how far apt is, and keep its own talk in log $1.
show_progress() {
    local line kind percent at shown=''
    while IFS= read -r line; do
        case $line in
            dlstatus:* | pmstatus:*)
                IFS=: read -r kind _ percent _ <<<"$line"
                percent=${percent%%[.,]*}
                [[ $percent =~ ^[0-9]+$ ]] || continue
                at="$([ "$kind" = dlstatus ] && echo fetching || echo installing) $((percent / 20 * 20)) %"
                if [ "$at" != "$shown" ]; then echo "       $at" && shown=$at; fi
                ;;
            *) printf '%s\n' "$line" >>"$1" ;;
        esac
    done
}

install_packages() {
    apt_get install "$@" || { apt_get update && apt_get install "$@"; }
}

apt_get() {
    as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -q -y --no-install-recommends -o APT::Status-Fd=1 -o DPkg::Lock::Timeout=300 "$@"
}

without_main_cluster() (
    dir=/etc/postgresql-common/createcluster.d
    trap 'as_root rm -f $dir/ticket_sm.conf
          as_root rmdir -p --ignore-fail-on-non-empty $dir' EXIT
    as_root mkdir -p $dir
    echo 'create_main_cluster = false' | as_root tee $dir/ticket_sm.conf
    "$@"
)

# nginx with njs, and what scripts/fetch brings PostgREST with.  Debian would start nginx and have it start with the system: not if it was
# not there before.
need_rest_packages() {
    local packages=(nginx libnginx-mod-http-js curl ca-certificates)
    [ -n "$(missing_packages nginx)" ] || { need_packages "${packages[@]}"; return; }
    without_services need_packages "${packages[@]}"
    if [ -d /run/systemd/system ]; then as_root systemctl -q disable nginx; fi
    # also where there is no systemd: no links in /etc/rc?.d
    as_root update-rc.d -f nginx remove
}

# For the tests over HTTP, which are node's.  One of another origin than Debian's will do.
need_node() { command -v node >/dev/null || need_packages nodejs; }

# The libraries of README's "With an ORM" that Debian has; npm's registry has the
# others.  A JDK or node of another origin will do.
need_orm_packages() {
    local packages=(python3-sqlalchemy python3-django libpostgresql-jdbc-java libhibernate3-java libjavassist-java)
    command -v javac >/dev/null || packages+=(default-jdk-headless)
    need_packages "${packages[@]}"
    need_node
}

# Packages installed meanwhile start no service.
without_services() (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'as_root rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
    fi
    "$@"
)

# Install what folder $1's package-lock.json pins, with npm where it is.
npm_ci() {
    if ! command -v npm >/dev/null; then "$TOP/scripts/fetch" "$1" && return; fi
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

# apt with package lists, cache and database of its own in folder $1, for the
# sources in $1/sources.list, as $1/preferences says; the system's are not touched.
private_apt() {
    local state=$1
    shift
    mkdir -p "$state"/{lists/partial,cache/archives/partial}
    : >>"$state/status"
    apt-get -q -y -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences="$state/preferences" -o Dir::Etc::preferencesparts=/dev/null -o Dir::State="$state" \
        -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" \
        -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false \
        -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=false "$@"
}

# A line of such a sources.list: $1 is deb or deb-src, $2 the Debian release.
debian_source() {
    echo "$1 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $2 main"
}

# In folder $1 a root of its own: Debian releases $2, apt preferences $3, package $4
# alone, and the packages after it with what they depend on, unpacked.  No maintainer
# script runs; there is no LLVM.  The caller's $scratch is used meanwhile.
# shellcheck disable=SC2154 # it is set by the caller
private_root() {
    local root=$1 suites=$2 preferences=$3 alone=$4 apt=$scratch/apt suite package
    shift 4
    mkdir -p "$apt"
    for suite in $suites; do debian_source deb "$suite"; done >"$apt/sources.list"
    printf '%s' "$preferences" >"$apt/preferences"
    (
        private_apt "$apt" update && private_apt "$apt" install --download-only "$@" &&
            # fetched alone: it depends on clang and llvm, which nothing here needs
            cd "$apt/cache/archives" && private_apt "$apt" download "$alone"
    ) >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; die "cannot fetch the packages of $suites"; }

    rm -rf "$root"
    mkdir -p "$root"/{dev/shm,etc,tmp,usr/bin,usr/lib,usr/lib64,usr/sbin}
    ln -s usr/bin usr/lib usr/lib64 usr/sbin "$root"
    for package in "$apt"/cache/archives/*.deb; do
        case ${package##*/} in libllvm* | libz3* | tzdata-legacy*) continue ;; esac
        dpkg-deb --fsys-tarfile "$package" |
            tar -x -C "$root" --no-same-owner --keep-directory-symlink --exclude='./usr/share/doc*' --exclude='./usr/share/man'
    done
    # without it the server does without, instead of failing
    rm -f "$root"/usr/lib/postgresql/*/lib/llvmjit.so
    [ -e "$root/usr/bin/awk" ] || ln -s mawk "$root/usr/bin/awk"
    echo '127.0.0.1 localhost' >"$root/etc/hosts"
    chmod 1777 "$root/tmp" "$root/dev/shm"
}

# --- PostgreSQL -------------------------------------------------------------

# Debian's PostgreSQL 15, or the one of PG_CONFIG.
find_pg_config() {
    PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
    PG_CONFIG=$(command -v "$PG_CONFIG") || die "no pg_config; set PG_CONFIG"
    export PG_CONFIG
}

# A TCP port of loopback on which nobody answers.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        (: </dev/tcp/127.0.0.1/$port) 2>/dev/null || break
    done
    echo "$port"
}

# The settings that make a server find what `make install DESTDIR=$1` installed.
staged_settings() {
    local stage=${1//\'/\'\'}
    case $("$PG_CONFIG" --version) in
        "PostgreSQL 1"[567]*) echo "extension_destdir = '$stage'" ;; # Debian's own patch
        *)
            echo "extension_control_path = '$stage$("$PG_CONFIG" --sharedir):\$system'"
            echo "dynamic_library_path = '$stage$("$PG_CONFIG" --pkglibdir):\$libdir'"
            ;;
    esac
}

# Copy the checkout into folder $1, without what builds left in it.
copy_checkout() {
    local list=(git -C "$TOP" -c safe.directory='*' ls-files -z -co --exclude-standard)
    "${list[@]}" >/dev/null 2>&1 ||
        list=(find "$TOP" -type f ! -path '*/.git/*' ! -path '*/.demo/*' ! -path '*/node_modules/*' -printf '%P\0')
    mkdir -p "$1"
    "${list[@]}" |
        while IFS= read -r -d '' file; do
            case $file in *.o | *.bc | *.so) continue ;; esac
            [ ! -e "$TOP/$file" ] || printf '%s\0' "$file" # a deleted file is still listed
        done |
        tar -c -C "$TOP" --no-recursion --null -T - | tar -x --no-same-owner -C "$1"
}

# In $scratch: this checkout built in build/, for a server with assertions in
# server/ that has it installed.  PG_CONFIG and TSM_ROOTS say then where they are.
with_assertions() {
    TSM_ROOTS=$(realpath -m "${TSM_ROOTS:-$scratch}")
    export TSM_ROOTS PG_CONFIG
    PG_CONFIG=$("$TOP/test/cassert/server" "$scratch/server")
    copy_checkout "$scratch/build"
    make -s -j2 -C "$scratch/build" with_llvm=no PG_CONFIG="$PG_CONFIG"
    make -s -C "$scratch/build" with_llvm=no PG_CONFIG="$PG_CONFIG" install >/dev/null
}

# --- tests ------------------------------------------------------------------

# Run a command in folder $1 of $scratch, where a copy of the checkout is, as the
# server user and with an environment that owes nothing to the caller's.  What the
# caller has set says where the extension is installed ($stage_dir), whether the
# soaks are long ($long) and whether pg_cron is there ($cron).  The stages share
# the server with assertions, built once.
# shellcheck disable=SC2154 # they are set by the caller
run_in() (
    cd "$scratch/$1" || exit
    shift
    as_server env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$scratch" TMPDIR="$scratch/tmp" LANG=C.UTF-8 \
        PG_CONFIG="$PG_CONFIG" TEMP_CONFIG="$scratch/stage.conf" TSM_STAGE="$stage_dir" \
        TSM_LONG="$long" TSM_CRON="$cron" TSM_ROOTS="${TSM_ROOTS:-$scratch/roots}" "$scratch/checkout/test/reaper" "$@"
)

# The tests in a log: pg_regress (before 16: "test x ... ok 9 ms"), TAP, or a
# closing line of the same form as ours, which then counts alone.
count_tests() {
    awk '/^ok [0-9]+/ || / \.\.\. ok +[0-9]+ ms/               { good++ }
         (/^not ok [0-9]+/ && !/# TODO/) || / \.\.\. FAILED/   { bad++ }
         /^[0-9]+ passed, [0-9]+ failed$/ { closing = 1; closing_good = $1; closing_bad = $3 }
         END { if (closing) print closing_good, closing_bad; else print good + 0, bad + 0 }' "$1"
}
