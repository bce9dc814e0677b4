-- run_command_on_*: commands on nodes, each in a transaction of its own.

-- A shard's name as a command needs it: without the schema when that is public.
CREATE OR REPLACE FUNCTION shard_name(object_name regclass, shard_id bigint, skip_qualify_public boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    shard text;
BEGIN
    SELECT c.relname, n.nspname INTO r FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = object_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'object_name does not reference a valid relation' USING ERRCODE = '22023';
    END IF;
    IF shard_id <= 0 THEN
        RAISE EXCEPTION 'shard_id cannot be zero or negative value' USING ERRCODE = '22023';
    END IF;
    shard := quote_ident(tangelo_shard_relname(r.relname, shard_id));
    RETURN CASE WHEN skip_qualify_public AND r.nspname = 'public' THEN shard ELSE quote_ident(r.nspname) || '.' || shard END;
END $$;

-- Runs sqls[i] on nodes[i]; rows come in that order.
CREATE OR REPLACE FUNCTION tangelo_run_tasks(nodes pg_dist_node[], sqls text[], parallel boolean) RETURNS TABLE (task bigint, success boolean, result text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (r ->> 'task')::bigint + 1, (r ->> 'success')::boolean, r ->> 'result'
    FROM tangelo_call('run_tasks', jsonb_build_object(
        'nodes', (SELECT jsonb_agg(DISTINCT tangelo_node_facts(n)) FROM unnest(nodes) n),
        'tasks', (SELECT jsonb_agg(jsonb_build_object('node', (nodes[i]).nodeid, 'sql', sqls[i]) ORDER BY i) FROM generate_subscripts(sqls, 1) i),
        'parallel', coalesce(parallel, true))) r
    WHERE cardinality(sqls) > 0;
$$;

CREATE OR REPLACE FUNCTION run_command_on_workers(
    command text, parallel boolean DEFAULT true, OUT nodename text, OUT nodeport integer, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[] := ARRAY(SELECT n FROM pg_dist_node n WHERE n.isactive AND n.noderole = 'primary' AND n.groupid <> 0 ORDER BY n.nodename, n.nodeport);
BEGIN
    RETURN QUERY SELECT (nodes[t.task]).nodename, (nodes[t.task]).nodeport, t.success, t.result
        FROM tangelo_run_tasks(nodes, array_fill(command, ARRAY[cardinality(nodes)]), parallel) t;
END $$;

CREATE OR REPLACE FUNCTION run_command_on_all_nodes(
    command text, parallel boolean DEFAULT true, give_warning_for_connection_errors boolean DEFAULT false,
    OUT nodeid integer, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[];
BEGIN
    nodes := ARRAY(SELECT n FROM tangelo_all_nodes() n ORDER BY n.groupid);
    RETURN QUERY SELECT (nodes[t.task]).nodeid, t.success, t.result
        FROM tangelo_run_tasks(nodes, array_fill(command, ARRAY[cardinality(nodes)]), parallel) t;
END $$;

CREATE OR REPLACE FUNCTION run_command_on_coordinator(
    command text, give_warning_for_connection_errors boolean DEFAULT false, OUT nodeid integer, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[] := ARRAY(SELECT n FROM tangelo_all_nodes() n WHERE n.groupid = 0);
BEGIN
    RETURN QUERY SELECT (nodes[t.task]).nodeid, t.success, t.result FROM tangelo_run_tasks(nodes, ARRAY[command], true) t;
END $$;

CREATE OR REPLACE FUNCTION run_command_on_placements(
    table_name regclass, command text, parallel boolean DEFAULT true,
    OUT nodename text, OUT nodeport integer, OUT shardid bigint, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[];
    shards bigint[];
BEGIN
    PERFORM tangelo_require_distributed(table_name);
    SELECT coalesce(array_agg(n ORDER BY s.shardid, n.groupid), '{}'), coalesce(array_agg(s.shardid ORDER BY s.shardid, n.groupid), '{}') INTO nodes, shards
    FROM pg_dist_shard s JOIN pg_dist_placement p USING (shardid) JOIN pg_dist_node n ON n.groupid = p.groupid AND n.noderole = 'primary'
    WHERE s.logicalrelid = table_name AND p.shardstate = 1;
    RETURN QUERY SELECT (nodes[t.task]).nodename, (nodes[t.task]).nodeport, shards[t.task], t.success, t.result
        FROM tangelo_run_tasks(nodes, ARRAY(SELECT format(command, shard_name(table_name, s)) FROM unnest(shards) WITH ORDINALITY AS u(s, i) ORDER BY i), parallel) t;
END $$;

-- Of several placements the first one answers.
CREATE OR REPLACE FUNCTION run_command_on_shards(
    table_name regclass, command text, parallel boolean DEFAULT true, OUT shardid bigint, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[];
    shards bigint[];
BEGIN
    PERFORM tangelo_require_distributed(table_name);
    SELECT coalesce(array_agg(x.node ORDER BY x.shard), '{}'), coalesce(array_agg(x.shard ORDER BY x.shard), '{}') INTO nodes, shards
    FROM (
        SELECT DISTINCT ON (s.shardid) s.shardid AS shard, n AS node
        FROM pg_dist_shard s JOIN pg_dist_placement p USING (shardid) JOIN pg_dist_node n ON n.groupid = p.groupid AND n.noderole = 'primary'
        WHERE s.logicalrelid = table_name AND p.shardstate = 1 ORDER BY s.shardid, n.groupid) x;
    RETURN QUERY SELECT shards[t.task], t.success, t.result
        FROM tangelo_run_tasks(nodes, ARRAY(SELECT format(command, shard_name(table_name, s)) FROM unnest(shards) WITH ORDINALITY AS u(s, i) ORDER BY i), parallel) t;
END $$;

CREATE OR REPLACE FUNCTION run_command_on_colocated_placements(
    table_name1 regclass, table_name2 regclass, command text, parallel boolean DEFAULT true,
    OUT nodename text, OUT nodeport integer, OUT shardid1 bigint, OUT shardid2 bigint, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[];
    shards1 bigint[];
    shards2 bigint[];
BEGIN
    IF NOT distributed_tables_colocated(table_name1, table_name2) THEN
        RAISE EXCEPTION 'tables % and % are not co-located', table_name1, table_name2 USING ERRCODE = '42809';
    END IF;
    SELECT coalesce(array_agg(n ORDER BY a.shardid, n.groupid), '{}'), array_agg(a.shardid ORDER BY a.shardid, n.groupid), array_agg(b.shardid ORDER BY a.shardid, n.groupid)
    INTO nodes, shards1, shards2
    FROM pg_dist_shard a JOIN pg_dist_shard b ON a.shardminvalue IS NOT DISTINCT FROM b.shardminvalue
    JOIN pg_dist_placement p ON p.shardid = a.shardid AND p.shardstate = 1
    JOIN pg_dist_placement q ON q.shardid = b.shardid AND q.groupid = p.groupid AND q.shardstate = 1
    JOIN pg_dist_node n ON n.groupid = p.groupid AND n.noderole = 'primary'
    WHERE a.logicalrelid = table_name1 AND b.logicalrelid = table_name2;
    RETURN QUERY SELECT (nodes[t.task]).nodename, (nodes[t.task]).nodeport, shards1[t.task], shards2[t.task], t.success, t.result
        FROM tangelo_run_tasks(nodes, ARRAY(
            SELECT format(command, shard_name(table_name1, shards1[i]), shard_name(table_name2, shards2[i])) FROM generate_subscripts(shards1, 1) i ORDER BY i), parallel) t;
END $$;

CREATE OR REPLACE FUNCTION master_run_on_worker(
    worker_name text[], port integer[], command text[], parallel boolean,
    OUT node_name text, OUT node_port integer, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[] := '{}';
BEGIN
    IF cardinality(worker_name) <> cardinality(port) OR cardinality(port) <> cardinality(command) THEN
        RAISE EXCEPTION 'expected same number of node names, ports and commands' USING ERRCODE = '22023';
    END IF;
    FOR i IN 1 .. cardinality(worker_name) LOOP
        nodes := nodes || tangelo_find_node(worker_name[i], port[i]);
    END LOOP;
    RETURN QUERY SELECT worker_name[t.task], port[t.task], t.success, t.result FROM tangelo_run_tasks(nodes, command, parallel) t;
END $$;

CREATE OR REPLACE FUNCTION citus_run_local_command(command text) RETURNS void
LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; END $$;

CREATE OR REPLACE FUNCTION citus_check_connection_to_node(nodename text, nodeport integer DEFAULT 5432) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
BEGIN
    SELECT * INTO node FROM pg_dist_node n WHERE n.nodename = $1 AND n.nodeport = $2;
    IF NOT FOUND THEN
        node.nodeid := -1;
        node.groupid := -1;
        node.nodename := $1;
        node.nodeport := $2;
        node.noderack := 'default';
        node.isactive := false;
        node.shouldhaveshards := false;
        node.noderole := 'primary';
        node.nodecluster := 'default';
    END IF;
    RETURN (SELECT t.success FROM tangelo_run_tasks(ARRAY[node], ARRAY['SELECT 1'], true) t);
END $$;

-- Nodes never talk to each other here: what counts is that the router, which speaks for the coordinator, reaches them.
CREATE OR REPLACE FUNCTION citus_check_cluster_node_health(
    OUT from_nodename text, OUT from_nodeport integer, OUT to_nodename text, OUT to_nodeport integer, OUT result boolean) RETURNS SETOF record
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes pg_dist_node[] := ARRAY(SELECT n FROM tangelo_all_nodes() n WHERE n.isactive ORDER BY n.groupid, n.nodeid);
    here pg_dist_node := (SELECT n FROM tangelo_all_nodes() n WHERE n.groupid = 0 LIMIT 1);
BEGIN
    RETURN QUERY SELECT here.nodename, here.nodeport, (nodes[t.task]).nodename, (nodes[t.task]).nodeport, t.success
        FROM tangelo_run_tasks(nodes, array_fill('SELECT 1'::text, ARRAY[cardinality(nodes)]), true) t;
END $$;
