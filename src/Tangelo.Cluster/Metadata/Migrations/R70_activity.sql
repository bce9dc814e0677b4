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

GRANT SELECT ON citus_stat_activity, citus_dist_stat_activity, citus_worker_stat_activity, citus_stat_statements TO public;
