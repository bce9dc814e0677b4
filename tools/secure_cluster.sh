#!/usr/bin/env bash
# Makes a cluster with TLS and SCRAM from an empty directory, as docs/security.md tells, with two routers, and runs a command against each of them. The
# command finds the router by PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGSSLMODE=verify-full and PGSSLROOTCERT, as every client of libpq does, and the
# ports of the nodes in TANGELO_NODES. Without a command it looks whether both routers let in who they should, and nobody else.
#
#   tools/secure_cluster.sh [COMMAND...]       PORT=7432 is the first of the ports that it uses, TANGELO the program (default: a Release build)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
repository=$PWD port=${PORT:-7432} directory=$(mktemp -d)
if [ -z "${TANGELO:-}" ]; then
    . tools/prerequisites.sh
    dotnet build src/Tangelo.Cli -c Release -v quiet --nologo -clp:NoSummary
    TANGELO="dotnet $repository/src/Tangelo.Cli/bin/Release/net10.0/tangelo.dll"
fi
chmod 755 "$directory"
mkdir "$directory/cluster"
[ "$(id -u)" != 0 ] || chown postgres "$directory/cluster"
running=()
finish() {
    for process in "${running[@]}"; do kill "$process" 2>/dev/null && wait "$process" || true; done
    rm -rf "$directory"
}
trap finish EXIT
fail() { echo "secure_cluster: $*" >&2; cat "$directory"/*.log >&2; exit 1; }

# start LOG WORD ARGUMENTS...: runs tangelo and waits until it says the word
start() {
    local log=$directory/$1 word=$2
    shift 2
    $TANGELO "$@" >"$log" 2>&1 </dev/null &
    running+=($!)
    for _ in $(seq 600); do
        ! grep -q "$word" "$log" || return 0
        kill -0 "${running[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    fail "tangelo $1 did not start"
}

unset PGPASSWORD PGSSLMODE PGSSLROOTCERT PGSERVICE
export PGUSER=postgres PGDATABASE=postgres
password=$(openssl rand -hex 16)
start first.log '^ready' up --data "$directory/cluster" --port "$port" --workers 2
PGHOST=127.0.0.1 PGPORT=$port psql -qX -c "ALTER ROLE postgres PASSWORD '$password'"
kill "${running[0]}"
wait "${running[0]}" || true
running=()

openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$directory/router.key" -out "$directory/router.crt" 2>/dev/null
echo 'hostssl all all all scram-sha-256' >"$directory/rules.conf"
secure=(--hba-file "$directory/rules.conf" --tls-cert "$directory/router.crt" --tls-key "$directory/router.key")
start up.log '^ready' up --data "$directory/cluster" --port "$port" --workers 2 "${secure[@]}"
start serve.log 'Serving on' serve --listen "127.0.0.1:$((port + 10))" --coordinator "host=127.0.0.1 port=$((port + 1)) user=postgres dbname=postgres" "${secure[@]}"

export PGHOST=localhost PGPASSWORD=$password PGSSLMODE=verify-full PGSSLROOTCERT=$directory/router.crt TANGELO_NODES="$((port + 1)) $((port + 2)) $((port + 3))"
for PGPORT in "$port" "$((port + 10))"; do
    export PGPORT
    echo "the router on port $PGPORT:"
    [ "$(psql -XAtc 'SELECT count(*) FROM citus_get_active_worker_nodes()' 'channel_binding=require')" = 2 ] || fail "no cluster"
    ! PGPASSWORD=wrong psql -XAtc 'SELECT 1' 2>/dev/null || fail "a wrong password was taken"
    ! PGSSLMODE=disable psql -XAtc 'SELECT 1' 2>/dev/null || fail "a connection without encryption was taken"
    [ $# = 0 ] || "$@"
done
echo 'both routers are right'
