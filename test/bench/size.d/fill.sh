# shellcheck shell=bash
# shellcheck disable=SC2154 # the script's own variables
#
# fill.sh - loads a desk with copies of its lives (lives.sql).
#
# For test/bench/size and test/bench/deadline; they have bin, scratch and
# psql_command.

say() { printf '%5d s  %s\n' "$SECONDS" "$*"; }

# fill MESA N: the lives of the mesa, copied to N tickets.
fill() {
    local mesa=$1 rows=$2 copier other
    psql_command "SELECT medida.preparar('$mesa', $rows)" >/dev/null
    psql_command "SELECT medida.quitar_indices('$mesa')" >/dev/null
    psql_command "SET session_replication_role = replica" -c "TRUNCATE $mesa.evento, $mesa.contador" \
        -c "INSERT INTO $mesa.contador SELECT anio, ultimo - primero + 1 FROM medida.anio WHERE mesa = '$mesa'"
    copy_table "$mesa" ticket &
    copier=$!
    copy_table "$mesa" historial &
    other=$!
    wait $copier || die "the tickets could not be loaded"
    wait $other || die "the history could not be loaded"
    say "$mesa: loaded $rows tickets"
    psql_command "SELECT i.orden FROM medida.indice i WHERE i.mesa = '$mesa' ORDER BY i.tabla, i.nombre" >"$scratch/indices"
    while IFS= read -r order; do psql_command "SET session_replication_role = replica" -c "$order"; done <"$scratch/indices"
    say "$mesa: indexed"
}

copy_table() {
    local query
    query=$(psql_command "SELECT medida.copias('$1', '$2')")
    "$bin/psql" -X -q -v ON_ERROR_STOP=1 -c "SET jit = off" -c "COPY ($query) TO STDOUT (FORMAT binary)" |
        "$bin/psql" -X -q -v ON_ERROR_STOP=1 -c "SET session_replication_role = replica" -c BEGIN -c "TRUNCATE $1.$2" \
            -c "COPY $1.$2 FROM STDIN (FORMAT binary, FREEZE)" -c COMMIT
}
