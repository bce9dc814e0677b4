#!/bin/bash
# Times of what is done to a table with many partitions: partitions.sh PORT [PARTITIONS [SHARDS]] on a cluster that runs ("tangelo up").
set -e
port=${1:?port of the router}; partitions=${2:-3653}; shards=${3:-32}

run() { psql -h 127.0.0.1 -p "$port" -U postgres -X -q -v ON_ERROR_STOP=1 -c "$1" >/dev/null 2>&1; }

timed() {
    local start; start=$(date +%s.%N)
    run "$2"
    printf '| %s | %.1f s |\n' "$1" "$(echo "$(date +%s.%N) - $start" | bc)"
}

run "DROP TABLE IF EXISTS bench_days"
run "CREATE TABLE bench_days (a int, b date, v text) PARTITION BY RANGE (b)"
run "DO \$\$ BEGIN FOR i IN 0 .. $partitions - 1 LOOP EXECUTE format('CREATE TABLE bench_days_%s PARTITION OF bench_days FOR VALUES FROM (%L) TO (%L)',
    i, date '2020-01-01' + i, date '2020-01-01' + i + 1); END LOOP; END \$\$"
echo "| $partitions partitions, $shards shards | time |"
echo "|---|---:|"
timed "distribute" "SELECT create_distributed_table('bench_days', 'a', shard_count => $shards, colocate_with => 'none')"
timed "insert 10,000 rows" "INSERT INTO bench_days SELECT i, date '2020-01-01' + i % $partitions, 'x' FROM generate_series(1, 10000) i"
timed "select a day" "SELECT count(*) FROM bench_days WHERE b = '2020-01-01'"
timed "select a row" "SELECT * FROM bench_days WHERE a = 1 AND b = '2020-01-02'"
timed "add a column" "ALTER TABLE bench_days ADD COLUMN c int"
timed "one more partition" "CREATE TABLE bench_days_more PARTITION OF bench_days FOR VALUES FROM ('2100-01-01') TO ('2100-01-02')"
timed "drop" "DROP TABLE bench_days"
