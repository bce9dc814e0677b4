-- What runs, and what has run: kept by the routers and served by them.

CREATE OR REPLACE FUNCTION citus_stat_activity(
    OUT global_pid bigint, OUT nodeid integer, OUT is_worker_query boolean, OUT datid oid, OUT datname name, OUT pid integer,
    OUT leader_pid integer, OUT usesysid oid, OUT usename name, OUT application_name text, OUT client_addr inet,
    OUT client_hostname text, OUT client_port integer, OUT backend_start timestamptz, OUT xact_start timestamptz,
    OUT query_start timestamptz, OUT state_change timestamptz, OUT wait_event_type text, OUT wait_event text, OUT state text,
    OUT backend_xid xid, OUT backend_xmin xid, OUT query_id bigint, OUT query text, OUT backend_type text) RETURNS SETOF record
LANGUAGE sql VOLATILE AS $$
    SELECT r.* FROM pg_catalog.tangelo_call('stat_activity') j, pg_catalog.jsonb_to_record(j) AS r(
        global_pid bigint, nodeid integer, is_worker_query boolean, datid oid, datname name, pid integer,
        leader_pid integer, usesysid oid, usename name, application_name text, client_addr inet,
        client_hostname text, client_port integer, backend_start timestamptz, xact_start timestamptz,
        query_start timestamptz, state_change timestamptz, wait_event_type text, wait_event text, state text,
        backend_xid xid, backend_xmin xid, query_id bigint, query text, backend_type text)
$$;
CREATE OR REPLACE VIEW citus_stat_activity AS SELECT * FROM citus_stat_activity();
CREATE OR REPLACE VIEW citus_dist_stat_activity AS SELECT * FROM citus_stat_activity() WHERE NOT is_worker_query;

-- The nodes' locks. The global process id is that of the client's session, as far as it is one of this router or waits; else the backend's own.
CREATE OR REPLACE FUNCTION citus_locks(
    OUT global_pid bigint, OUT nodeid integer, OUT locktype text, OUT database oid, OUT relation oid, OUT relation_name text, OUT page integer,
    OUT tuple smallint, OUT virtualxid text, OUT transactionid xid, OUT classid oid, OUT objid oid, OUT objsubid smallint, OUT virtualtransaction text,
    OUT pid integer, OUT mode text, OUT granted boolean, OUT fastpath boolean, OUT waitstart timestamptz) RETURNS SETOF record
LANGUAGE sql VOLATILE AS $$
    SELECT r.* FROM pg_catalog.tangelo_call('locks') j, pg_catalog.jsonb_to_record(j) AS r(
        global_pid bigint, nodeid integer, locktype text, database oid, relation oid, relation_name text, page integer,
        tuple smallint, virtualxid text, transactionid xid, classid oid, objid oid, objsubid smallint, virtualtransaction text,
        pid integer, mode text, granted boolean, fastpath boolean, waitstart timestamptz)
$$;
CREATE OR REPLACE VIEW citus_locks AS SELECT * FROM citus_locks();

CREATE OR REPLACE FUNCTION tangelo_lock_waits() RETURNS TABLE (
    waiting_gpid bigint, blocking_gpid bigint, blocked_statement text, current_statement_in_blocking_process text, waiting_nodeid integer, blocking_nodeid integer)
LANGUAGE sql VOLATILE AS $$
    SELECT r.* FROM pg_catalog.tangelo_call('lock_waits') j, pg_catalog.jsonb_to_record(j) AS r(
        waiting_gpid bigint, blocking_gpid bigint, blocked_statement text, current_statement_in_blocking_process text, waiting_nodeid integer, blocking_nodeid integer)
$$;
CREATE OR REPLACE VIEW citus_lock_waits AS SELECT * FROM tangelo_lock_waits();

-- Who is in the way of a session of the coordinator, on whatever node.
CREATE OR REPLACE FUNCTION citus_blocking_pids(pblockedpid integer) RETURNS integer[]
LANGUAGE sql VOLATILE STRICT AS $$
    SELECT coalesce(pg_catalog.array_agg(DISTINCT pg_catalog.citus_pid_for_gpid(w.blocking_gpid)), '{}') FROM pg_catalog.tangelo_lock_waits() w
    WHERE w.waiting_gpid = pg_catalog.citus_calculate_gpid(coalesce(pg_catalog.citus_coordinator_nodeid(), 0), $1)
$$;

-- With a global process id: the session is cancelled or ended wherever it works.
CREATE OR REPLACE FUNCTION pg_cancel_backend(global_pid bigint) RETURNS boolean
LANGUAGE sql VOLATILE STRICT AS $$
    SELECT (r ->> 'done')::boolean FROM pg_catalog.tangelo_call('signal_backend', pg_catalog.jsonb_build_object(
        'node', pg_catalog.citus_nodeid_for_gpid($1), 'pid', pg_catalog.citus_pid_for_gpid($1), 'terminate', false)) r
$$;
CREATE OR REPLACE FUNCTION pg_terminate_backend(global_pid bigint, timeout bigint DEFAULT 0) RETURNS boolean
LANGUAGE sql VOLATILE STRICT AS $$
    SELECT (r ->> 'done')::boolean FROM pg_catalog.tangelo_call('signal_backend', pg_catalog.jsonb_build_object(
        'node', pg_catalog.citus_nodeid_for_gpid($1), 'pid', pg_catalog.citus_pid_for_gpid($1), 'terminate', true)) r
$$;

-- The nodes' own pg_stat_activity: the backends that work for routers.
CREATE OR REPLACE FUNCTION citus_worker_stat_activity() RETURNS TABLE (
    nodeid integer, nodename text, nodeport integer, datid oid, datname name, pid integer, usesysid oid, usename name,
    application_name text, client_addr inet, client_port integer, backend_start timestamptz, xact_start timestamptz,
    query_start timestamptz, state_change timestamptz, wait_event_type text, wait_event text, state text, query text, backend_type text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    nodes pg_dist_node[] := ARRAY(SELECT n FROM pg_dist_node n WHERE n.isactive AND n.noderole = 'primary' AND n.groupid <> 0 ORDER BY n.nodeid);
BEGIN
    RETURN QUERY SELECT (nodes[t.task]).nodeid, (nodes[t.task]).nodename, (nodes[t.task]).nodeport, r.*
        FROM tangelo_run_tasks(nodes, array_fill(
            'SELECT coalesce(json_agg(a), ''[]'') FROM pg_catalog.pg_stat_activity a WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()'::text,
            ARRAY[cardinality(nodes)]), true) t,
        jsonb_to_recordset(t.result::jsonb) AS r(datid oid, datname name, pid integer, usesysid oid, usename name,
            application_name text, client_addr inet, client_port integer, backend_start timestamptz, xact_start timestamptz,
            query_start timestamptz, state_change timestamptz, wait_event_type text, wait_event text, state text, query text, backend_type text)
        WHERE t.success;
END $$;
CREATE OR REPLACE VIEW citus_worker_stat_activity AS SELECT * FROM citus_worker_stat_activity();

CREATE OR REPLACE FUNCTION tangelo_stat_statements() RETURNS TABLE (
    queryid bigint, userid oid, dbid oid, query text, executor text, partition_key text, calls bigint,
    total_exec_time double precision, min_exec_time double precision, max_exec_time double precision,
    mean_exec_time double precision, stddev_exec_time double precision, rows bigint)
LANGUAGE sql VOLATILE AS $$
    SELECT r.* FROM pg_catalog.tangelo_call('stat_statements') j, pg_catalog.jsonb_to_record(j) AS r(
        queryid bigint, userid oid, dbid oid, query text, executor text, partition_key text, calls bigint,
        total_exec_time double precision, min_exec_time double precision, max_exec_time double precision,
        mean_exec_time double precision, stddev_exec_time double precision, rows bigint)
$$;
CREATE OR REPLACE VIEW citus_stat_statements AS SELECT * FROM tangelo_stat_statements();

CREATE OR REPLACE FUNCTION citus_stat_statements_reset() RETURNS void
LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.tangelo_call('stat_statements_reset'); END $$;
REVOKE EXECUTE ON FUNCTION citus_stat_statements_reset() FROM public;

-- Settles prepared transactions that a crash left behind; the number of those settled.
CREATE OR REPLACE FUNCTION recover_prepared_transactions() RETURNS integer
LANGUAGE sql VOLATILE AS $$ SELECT (r ->> 'count')::integer FROM pg_catalog.tangelo_call('recover_prepared_transactions') r $$;
REVOKE EXECUTE ON FUNCTION recover_prepared_transactions() FROM public;

GRANT SELECT ON citus_locks, citus_lock_waits, citus_stat_activity, citus_dist_stat_activity, citus_worker_stat_activity, citus_stat_statements TO public;
