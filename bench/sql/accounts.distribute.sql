SELECT create_distributed_table('pgbench_accounts', 'aid');
SELECT create_distributed_table('bench_insert', 'id');
