#!/usr/bin/env bash
# clients.sh PORT ROUTER_PID [CLIENTS...]: what many clients that mostly wait cost a router with --coordinator-connections, and what they leave to those that work.
# For each number of clients (100, 1000, 10000): the router's resident memory while they are connected, and the rate of 16 further clients that read single rows.
set -euo pipefail
port=${1:?PORT} router=${2:?ROUTER_PID}; shift 2
[ $# -gt 0 ] || set -- 100 1000 10000
seconds=${SECONDS_EACH:-20}
ulimit -n "$(ulimit -Hn)"
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=postgres PGDATABASE=postgres
work=$(mktemp -d)
idle=
trap '[ -z "$idle" ] || kill "$idle" 2>/dev/null || true; rm -rf "$work"' EXIT

psql -Xq -c 'DROP TABLE IF EXISTS bench_clients; CREATE TABLE bench_clients (id int PRIMARY KEY, v text)' -c "SELECT create_distributed_table('bench_clients', 'id')" \
    -c "INSERT INTO bench_clients SELECT g, 'v' || g FROM generate_series(1, 10000) g" >"$work/setup" 2>&1 || { cat "$work/setup"; exit 1; }
read_one='SELECT v FROM bench_clients WHERE id = :id;'
printf '\\set id random(1, 10000)\n\\set pause random(5, 15)\n%s\n\\sleep :pause s\n' "$read_one" >"$work/waits.sql"
printf '\\set id random(1, 10000)\n%s\n' "$read_one" >"$work/works.sql"
resident() { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$router/status"; }

printf '%-9s %10s %12s %12s\n' clients 'MB router' 'reads/s' 'backends'
for clients in 0 "$@"; do
    if [ "$clients" -gt 0 ]; then
        # They all connect before the first of them reads.
        pgbench -n -c "$clients" -j 2 -T 100000 -f "$work/waits.sql" >"$work/idle" 2>&1 &
        idle=$!
        for _ in $(seq 600); do
            [ "$(ss -Htn state established "dport = :$port" | wc -l)" -ge "$clients" ] && break
            kill -0 "$idle" 2>/dev/null || { cat "$work/idle"; exit 1; }
            sleep 0.5
        done
        sleep 5
    fi
    rate=$(pgbench -n -c 16 -j 2 -T "$seconds" -f "$work/works.sql" | awk '/^tps/ { printf "%d", $3 }')
    backends=$(psql -XAtc "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    printf '%-9s %10s %12s %12s\n' "$clients" "$(resident)" "$rate" "$backends"
    if [ -n "$idle" ]; then
        kill "$idle"; wait "$idle" 2>/dev/null || true; idle=
        sleep 2
    fi
done
