#!/usr/bin/env bash
# clients.sh PORT ROUTER_PID [CLIENTS...]: what many clients that mostly wait cost a router with --coordinator-connections, and what they leave to those that work.
# For each number of clients (100, 1000, 10000): the router's resident memory while they are connected, the rate of 16 further clients that read single rows
# (the median of three rounds), and the rate of their own reads.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
port=${1:?PORT} router=${2:?ROUTER_PID}; shift 2
[ $# -gt 0 ] || set -- 100 1000 10000
seconds=${SECONDS_EACH:-10}
ulimit -n "$(ulimit -Hn)"
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=postgres PGDATABASE=postgres
work=$(mktemp -d)
waiting=
trap '[ -z "$waiting" ] || kill "$waiting" 2>/dev/null || true; rm -rf "$work"' EXIT

psql -Xq -c 'DROP TABLE IF EXISTS bench_clients; CREATE TABLE bench_clients (id int PRIMARY KEY, v text)' -c "SELECT create_distributed_table('bench_clients', 'id')" \
    -c "INSERT INTO bench_clients SELECT g, 'v' || g FROM generate_series(1, 10000) g" >"$work/setup" 2>&1 || { cat "$work/setup"; exit 1; }
printf '\\set id random(1, 10000)\nSELECT v FROM bench_clients WHERE id = :id;\n' >"$work/works.sql"
resident() { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$router/status"; }

printf '%-9s %10s %12s %14s %10s\n' clients 'MB router' 'reads/s of 16' 'reads/s of them' backends
for clients in 0 "$@"; do
    if [ "$clients" -gt 0 ]; then
        "$here/waiting_clients.py" "$port" "$clients" >"$work/waiting" 2>&1 &
        waiting=$!
        until grep -qx connected "$work/waiting"; do
            kill -0 "$waiting" 2>/dev/null || { cat "$work/waiting"; exit 1; }
            sleep 0.5
        done
        sleep 5
    fi
    rate=$(for round in 1 2 3; do pgbench -n -c 16 -j 2 -T "$seconds" -f "$work/works.sql" | awk '/^tps/ { printf "%d\n", $3 }'; done | sort -n | sed -n 2p)
    backends=$(psql -XAtc "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    memory=$(resident) others=0
    if [ -n "$waiting" ]; then
        kill "$waiting" 2>/dev/null || true
        wait "$waiting" || { cat "$work/waiting"; exit 1; }
        others=$(awk 'END { printf "%d", $1 / $2 }' "$work/waiting") waiting=
        sleep 2
    fi
    printf '%-9s %10s %12s %14s %10s\n' "$clients" "$memory" "$rate" "$others" "$backends"
done
