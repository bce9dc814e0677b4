-- The settings of Citus. PostgreSQL knows them as settings of the database, which is how SHOW, current_setting and RESET find the
-- defaults; the router checks SET against this table and says what has no effect here.

CREATE TABLE IF NOT EXISTS tangelo_setting (
    name text CONSTRAINT tangelo_setting_pkey PRIMARY KEY,
    boot text NOT NULL,
    kind text NOT NULL,
    context text NOT NULL,
    unit text,
    least numeric,
    most numeric,
    options text[],
    reason text);
GRANT SELECT ON tangelo_setting TO public;
ALTER TABLE tangelo_setting REPLICA IDENTITY FULL;
TRUNCATE tangelo_setting;
INSERT INTO tangelo_setting (name, boot, kind, context, unit, least, most, options, reason) VALUES
    -- Honoured.
    ('citus.shard_max_size', '1GB', 'integer', 'user', 'kB', 256, 2147483647, NULL, NULL),
    ('citus.shard_count', '32', 'integer', 'user', NULL, 1, 64000, NULL, NULL),
    ('citus.max_intermediate_result_size', '1GB', 'integer', 'user', 'kB', -1, 2147483647, NULL, NULL),
    ('citus.distributed_snapshots', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, NULL),
    ('citus.max_secondary_lag', '10s', 'integer', 'user', 'ms', 0, 2147483647, NULL, NULL),
    ('citus.explain_all_tasks', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, NULL),
    ('citus.enable_local_reference_table_foreign_keys', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, NULL),
    ('citus.shard_replication_factor', '1', 'integer', 'user', NULL, 1, 100, NULL, NULL),
    -- How statements run.
    ('citus.all_modifications_commutative', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'writers of copies wait for each other only where the copies could differ'),
    ('citus.coordinator_aggregation_strategy', 'row-gather', 'enum', 'user', NULL, NULL, NULL, '{disabled,row-gather}', 'aggregates without a two-phase form always have their rows brought up'),
    ('citus.count_distinct_error_rate', '0', 'real', 'user', NULL, 0, 1, NULL, 'count(DISTINCT) is always exact'),
    ('citus.enable_binary_protocol', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, 'nodes answer in the format that the client asks for'),
    ('citus.enable_deadlock_prevention', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, 'deadlocks are found and one of the transactions is cancelled'),
    ('citus.enable_local_execution', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, 'the router reaches every node in the same way'),
    ('citus.enable_repartition_joins', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'joins on any columns are always allowed'),
    ('citus.explain_analyze_sort_method', 'execution-time', 'enum', 'user', NULL, NULL, NULL, '{execution-time,taskId}', 'tasks are shown in the order of their shards'),
    ('citus.limit_clause_row_fetch_count', '-1', 'integer', 'user', NULL, -1, 2147483647, NULL, 'LIMIT is always exact'),
    ('citus.local_table_join_policy', 'auto', 'enum', 'user', NULL, NULL, NULL, '{never,prefer-local,prefer-distributed,auto}', 'local tables are joined where that is cheapest'),
    ('citus.multi_shard_modify_mode', 'parallel', 'enum', 'user', NULL, NULL, NULL, '{sequential,parallel}', NULL),
    ('citus.multi_task_query_log_level', 'off', 'enum', 'user', NULL, NULL, NULL, '{debug5,debug4,debug3,debug2,debug1,debug,info,notice,warning,error,log,fatal,panic,off}', 'EXPLAIN tells on how many shards a statement runs'),
    ('citus.propagate_set_commands', 'none', 'enum', 'user', NULL, NULL, NULL, '{none,local}', 'settings of the session always reach the nodes'),
    ('citus.skip_constraint_validation', 'off', 'bool', 'superuser', NULL, NULL, NULL, NULL, 'constraints are always checked'),
    ('citus.skip_jsonb_validation_in_copy', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, 'COPY looks at the distribution column only; the nodes check the rest'),
    ('citus.task_assignment_policy', 'greedy', 'enum', 'user', NULL, NULL, NULL, '{greedy,first-replica,round-robin}', NULL),
    ('citus.task_executor_type', 'adaptive', 'enum', 'user', NULL, NULL, NULL, '{adaptive}', 'there is one executor'),
    ('citus.values_materialization_threshold', '100', 'integer', 'user', NULL, -1, 2147483647, NULL, 'VALUES are sent with the statement'),
    ('citus.writable_standby_coordinator', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'a standby takes no writes'),
    ('citus.use_secondary_nodes', 'never', 'enum', 'superuser-backend', NULL, NULL, NULL, '{never,always}', NULL),
    ('citus.worker_min_messages', 'notice', 'enum', 'user', NULL, NULL, NULL, '{debug5,debug4,debug3,debug2,debug1,debug,info,notice,warning,error,log,fatal,panic}', 'client_min_messages is in force on the nodes too'),
    ('citus.log_remote_commands', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'EXPLAIN (VERBOSE) shows what the nodes are sent, and log_statement of a node logs it'),
    -- Connections.
    ('citus.local_hostname', 'localhost', 'string', 'superuser', NULL, NULL, NULL, NULL, 'the router knows the coordinator by its --coordinator option'),
    ('citus.local_shared_pool_size', '150', 'integer', 'sighup', NULL, -1, 2147483647, NULL, NULL),
    ('citus.executor_slow_start_interval', '10ms', 'integer', 'user', 'ms', 0, 2147483647, NULL, 'a statement has one connection to each node, over which it sends the work of all shards there: no further ones are opened'),
    ('citus.max_adaptive_executor_pool_size', '16', 'integer', 'user', NULL, 1, 2147483647, NULL, 'a statement has one connection to each node, over which it sends the work of all shards there: no value makes them fewer'),
    ('citus.max_cached_connection_lifetime', '10min', 'integer', 'user', 'ms', -1, 2147483647, NULL, 'the router keeps its connections by its own rules'),
    ('citus.max_cached_conns_per_worker', '1', 'integer', 'user', NULL, 0, 2147483647, NULL, NULL),
    ('citus.max_client_connections', '-1', 'integer', 'superuser', NULL, -1, 2147483647, NULL, NULL),
    ('citus.max_shared_pool_size', '300', 'integer', 'sighup', NULL, -1, 2147483647, NULL, NULL),
    ('citus.node_connection_timeout', '30s', 'integer', 'user', 'ms', 10, 3600000, NULL, NULL),
    ('citus.node_conninfo', 'sslmode=prefer', 'string', 'sighup', NULL, NULL, NULL, NULL, NULL),
    ('citus.remote_task_check_interval', '10ms', 'integer', 'user', 'ms', 1, 2147483647, NULL, 'the router is told when a node answers'),
    ('citus.superuser', '', 'string', 'superuser', NULL, NULL, NULL, NULL, 'the router uses the role of its --coordinator option'),
    -- The cluster's upkeep.
    ('citus.background_task_queue_interval', '5s', 'integer', 'sighup', 'ms', -1, 604800000, NULL, NULL),
    ('citus.cluster_name', 'default', 'string', 'superuser-backend', NULL, NULL, NULL, NULL, NULL),
    ('citus.cpu_priority', '0', 'integer', 'superuser', NULL, -20, 19, NULL, 'the nodes are servers of their own'),
    ('citus.cpu_priority_for_logical_replication_senders', 'inherit', 'string', 'superuser', NULL, NULL, NULL, NULL, 'the nodes are servers of their own'),
    ('citus.defer_drop_after_shard_move', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, 'shards are not moved'),
    ('citus.defer_drop_after_shard_split', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, 'shards are not split'),
    ('citus.defer_shard_delete_interval', '15s', 'integer', 'sighup', 'ms', -1, 2147483647, NULL, NULL),
    ('citus.desired_percent_disk_available_after_move', '10', 'real', 'sighup', NULL, 0, 100, NULL, NULL),
    ('citus.distributed_deadlock_detection_factor', '2', 'real', 'sighup', NULL, -1, 1000, NULL, NULL),
    ('citus.enable_change_data_capture', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'changes are published by each node'),
    ('citus.enable_create_database_propagation', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'databases are made on each node by hand'),
    ('citus.enable_create_role_propagation', 'on', 'bool', 'user', NULL, NULL, NULL, NULL, 'roles always reach every node'),
    ('citus.enable_schema_based_sharding', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'schemas are not distributed'),
    ('citus.enable_stat_counters', 'off', 'bool', 'superuser', NULL, NULL, NULL, NULL, 'the router counts by itself: see its /metrics'),
    ('citus.enable_statistics_collection', 'off', 'bool', 'sighup', NULL, NULL, NULL, NULL, NULL),
    ('citus.max_background_task_executors', '1', 'integer', 'sighup', NULL, 1, 1000, NULL, NULL),
    ('citus.max_background_task_executors_per_node', '1', 'integer', 'sighup', NULL, 1, 128, NULL, NULL),
    ('citus.max_high_priority_background_processes', '2', 'integer', 'superuser', NULL, 0, 10000, NULL, 'the nodes are servers of their own'),
    ('citus.max_matview_size_to_auto_recreate', '1GB', 'integer', 'user', 'MB', -1, 2147483647, NULL, 'materialized views stay when a table is distributed'),
    ('citus.max_worker_nodes_tracked', '2048', 'integer', 'postmaster', NULL, 1024, 2147483647, NULL, NULL),
    ('citus.recover_2pc_interval', '1min', 'integer', 'sighup', 'ms', -1, 604800000, NULL, NULL),
    ('citus.show_shards_for_app_name_prefixes', '', 'string', 'user', NULL, NULL, NULL, NULL, 'the coordinator''s shards never show; look at them on the nodes'),
    ('citus.stat_statements_track', 'none', 'enum', 'superuser', NULL, NULL, NULL, '{none,all}', 'citus_stat_statements always counts'),
    ('citus.stat_tenants_limit', '100', 'integer', 'postmaster', NULL, 1, 10000, NULL, NULL),
    ('citus.stat_tenants_log_level', 'off', 'enum', 'user', NULL, NULL, NULL, '{debug5,debug4,debug3,debug2,debug1,debug,info,notice,warning,error,log,fatal,panic,off}', 'tenants are not counted'),
    ('citus.stat_tenants_period', '60', 'integer', 'user', NULL, 1, 1000000000, NULL, 'tenants are not counted'),
    ('citus.stat_tenants_track', 'none', 'enum', 'superuser', NULL, NULL, NULL, '{none,all}', 'tenants are not counted'),
    ('citus.stat_tenants_untracked_sample_rate', '1', 'real', 'user', NULL, 0, 1, NULL, 'tenants are not counted'),
    ('citus.use_citus_managed_tables', 'off', 'bool', 'user', NULL, NULL, NULL, NULL, 'a local table becomes known to the cluster when a foreign key needs it'),
    ('citus.version', '13.2.2', 'string', 'internal', NULL, NULL, NULL, NULL, NULL);

-- What somebody has set for the database stays.
DO $$
DECLARE
    here oid := (SELECT oid FROM pg_database WHERE datname = current_database());
    setting record;
BEGIN
    FOR setting IN
        SELECT name, boot FROM tangelo_setting WHERE name NOT IN (
            SELECT split_part(c, '=', 1) FROM pg_db_role_setting, unnest(setconfig) c WHERE setdatabase = here AND setrole = 0)
    LOOP
        EXECUTE format('ALTER DATABASE %I SET %s = %L', current_database(), setting.name, setting.boot);
    END LOOP;
END $$;
