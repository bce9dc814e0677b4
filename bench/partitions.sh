#!/bin/bash
# Times of what is done to a table with many partitions: partitions.sh PORT [PARTITIONS [SHARDS]] on a cluster that runs ("tangelo up").
# With KEY=1 the table has a primary key. The CPU time is that of the router and the servers, whose processes are found by DATA, the folder of the cluster.
set -e
port=${1:?port of the router}; partitions=${2:-3653}; shards=${3:-32}

run() { psql -h 127.0.0.1 -p "$port" -U postgres -X -q -v ON_ERROR_STOP=1 -c "$1" >/dev/null 2>&1; }

# Processes that have ended are in the figures of their postmaster.
cpu() {
    local pid pids=""
    for pid in $(pgrep -f -- "${DATA:?folder of the cluster}"); do pids="$pids $pid $(pgrep -P "$pid" | tr '\n' ' ')"; done
    for pid in $(echo $pids | tr ' ' '\n' | sort -un); do cat "/proc/$pid/stat" 2>/dev/null || true; done |
        sed 's/^.*) //' | awk -v hz="$(getconf CLK_TCK)" '{ s += $12 + $13 + $14 + $15 } END { print s / hz }'
}

timed() {
    local start before; start=$(date +%s.%N); before=$([ -z "$DATA" ] || cpu)
    run "$2"
    printf '| %s | %.1f s | %s |\n' "$1" "$(echo "$(date +%s.%N) - $start" | bc)" "$([ -z "$DATA" ] || echo "$(cpu) - $before" | bc)"
}

run "DROP TABLE IF EXISTS bench_days"
run "CREATE TABLE bench_days (a int, b date, v text${KEY:+, PRIMARY KEY (a, b)}) PARTITION BY RANGE (b)"
run "DO \$\$ BEGIN FOR i IN 0 .. $partitions - 1 LOOP EXECUTE format('CREATE TABLE bench_days_%s PARTITION OF bench_days FOR VALUES FROM (%L) TO (%L)',
    i, date '2020-01-01' + i, date '2020-01-01' + i + 1); END LOOP; END \$\$"
echo "| $partitions partitions, $shards shards | time | CPU, s |"
echo "|---|---:|---:|"
timed "distribute" "SELECT create_distributed_table('bench_days', 'a', shard_count => $shards, colocate_with => 'none')"
timed "insert 10,000 rows" "INSERT INTO bench_days SELECT i, date '2020-01-01' + i % $partitions, 'x' FROM generate_series(1, 10000) i"
timed "select a day" "SELECT count(*) FROM bench_days WHERE b = '2020-01-01'"
timed "select a row" "SELECT * FROM bench_days WHERE a = 1 AND b = '2020-01-02'"
timed "add a column" "ALTER TABLE bench_days ADD COLUMN c int"
timed "one more partition" "CREATE TABLE bench_days_more PARTITION OF bench_days FOR VALUES FROM ('2100-01-01') TO ('2100-01-02')"
timed "drop" "DROP TABLE bench_days"
