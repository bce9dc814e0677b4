#!/usr/bin/env bash
# psql and pgbench, both of libpq, on the server that PGHOST and PGPORT name. See ../README.md.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")"
export TANGELO_DISTRIBUTE=${TANGELO_DISTRIBUTE:-0} PGCLIENTENCODING=UTF8

# An error's place in PostgreSQL's source is not always there.
psql -X -f client.sql 2>&1 | grep -v '^LOCATION: '

# Two sessions: what one has notified the other hears of with its next statement.
psql -X -q -At -c 'LISTEN client_psql' -c "NOTIFY client_psql, 'here'" 2>&1 | sed 's/with PID [0-9]*/with PID N/'

export PGOPTIONS="-c search_path=client_pgbench -c client_min_messages=warning"
psql -X -q -c 'DROP SCHEMA IF EXISTS client_pgbench CASCADE' -c 'CREATE SCHEMA client_pgbench' 2>&1
pgbench -i -I dt -q 2>&1 | grep -i error
[ "$TANGELO_DISTRIBUTE" = 0 ] || psql -X -q -o /dev/null 2>&1 <<'SQL'
SELECT create_distributed_table('pgbench_branches', 'bid'), create_distributed_table('pgbench_tellers', 'tid'),
       create_distributed_table('pgbench_accounts', 'aid'), create_distributed_table('pgbench_history', 'aid');
SQL
pgbench -i -I gvp -q 2>&1 | grep -i error
# More clients than a router with few links has. Each in a thread of its own: while pgbench prepares statements it serves no other client of the thread.
for mode in simple extended prepared; do
    echo "== pgbench -M $mode"
    pgbench -n -M $mode -c 6 -j 6 -t 20 --random-seed=42 2>&1 | grep -E 'actually|failed|error|abort'
    pgbench -n -M $mode -S -c 6 -j 6 -t 30 --random-seed=42 2>&1 | grep -E 'actually|failed|error|abort'
    psql -X -At -c "
        SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers), (SELECT sum(bbalance) FROM pgbench_branches),
               (SELECT sum(delta) FROM pgbench_history), (SELECT count(*) FROM pgbench_history), (SELECT count(*) FROM pgbench_accounts)" 2>&1
done
echo "== pipelines"
pgbench -n -M extended -c 3 -j 3 -t 10 --random-seed=7 -f pipeline.pgbench 2>&1 | grep -E 'actually|failed|error|abort'
psql -X -At -c 'SELECT count(*), sum(abalance) FROM pgbench_accounts WHERE aid <= 30' 2>&1
psql -X -q -c 'DROP SCHEMA client_pgbench CASCADE' 2>&1
