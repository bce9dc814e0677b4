-- The nodes of the cluster. Only a superuser may change them.

CREATE OR REPLACE FUNCTION tangelo_find_node(name text, port integer) RETURNS pg_dist_node
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
BEGIN
    SELECT * INTO node FROM pg_dist_node WHERE nodename = name AND nodeport = port;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'node at "%:%" does not exist', name, port USING ERRCODE = '42704';
    END IF;
    RETURN node;
END $$;

-- Refuses a server that cannot be a node of this cluster; changes nothing.
CREATE OR REPLACE FUNCTION tangelo_check_server(name text, port integer, role noderole) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    answers jsonb[] := ARRAY(SELECT tangelo_call('probe_node', jsonb_build_object('host', name, 'port', port)));
    facts jsonb := answers[1];
    mark jsonb := answers[2];
    here integer := current_setting('server_version_num')::integer / 10000;
    there integer := (facts ->> 'version')::integer / 10000;
    other pg_dist_node;
BEGIN
    IF there <> here THEN
        RAISE EXCEPTION 'node "%:%" runs PostgreSQL %, the coordinator runs PostgreSQL %', name, port, there, here USING ERRCODE = '55000',
            HINT = format('Use a server of version %s.', here);
    END IF;
    IF facts ->> 'server' = (SELECT system_identifier::text FROM pg_control_system()) || '/' || pg_postmaster_start_time() THEN
        RAISE EXCEPTION 'node "%:%" is the coordinator itself', name, port USING ERRCODE = '55000',
            HINT = 'Use citus_set_coordinator_host, and citus_set_node_property to let it have shards.';
    END IF;
    IF (facts ->> 'coordinator')::boolean AND role = 'primary' THEN
        RAISE EXCEPTION 'node "%:%" is the coordinator of another cluster', name, port USING ERRCODE = '55000',
            HINT = 'Use a server, or a database name, that no cluster was set up in.';
    END IF;
    IF role <> 'primary' THEN
        RETURN;
    END IF;
    IF (facts ->> 'prepared')::integer = 0 THEN
        RAISE EXCEPTION 'node "%:%" does not allow prepared transactions', name, port USING ERRCODE = '55000',
            DETAIL = 'Its max_prepared_transactions is 0; transactions over several nodes are committed in two phases.',
            HINT = 'Set max_prepared_transactions to at least max_connections on that server and restart it.';
    END IF;
    IF (facts ->> 'recovery')::boolean THEN
        RAISE EXCEPTION 'node "%:%" is a standby', name, port USING ERRCODE = '55000', HINT = 'Promote it, or add it as a secondary node.';
    END IF;
    IF mark ->> 'cluster' IS NOT NULL AND mark ->> 'cluster' <> citus_server_id()::text THEN
        RAISE EXCEPTION 'node "%:%" already belongs to another cluster', name, port USING ERRCODE = '55000',
            HINT = 'Remove it there with citus_remove_node, or drop the schema "tangelo" on it if that cluster is no more.';
    END IF;
    SELECT * INTO other FROM pg_dist_node WHERE nodeid = (mark ->> 'node')::integer AND (nodename, nodeport) <> (name, port);
    IF FOUND THEN
        RAISE EXCEPTION 'node "%:%" is in the cluster already, as "%:%"', name, port, other.nodename, other.nodeport USING ERRCODE = '55000',
            HINT = 'Use citus_update_node to change the address of a node.';
    END IF;
END $$;

-- Refuses a server that does not follow the primary of the group: its rows would be others.
CREATE OR REPLACE FUNCTION tangelo_check_standby(name text, port integer, "group" integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    leader pg_dist_node;
    facts jsonb := (ARRAY(SELECT tangelo_call('probe_node', jsonb_build_object('host', name, 'port', port))))[1];
    primary_facts jsonb;
BEGIN
    SELECT * INTO leader FROM pg_dist_node WHERE groupid = "group" AND noderole = 'primary';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'node group % does not have a primary node', "group" USING ERRCODE = '55000';
    END IF;
    IF NOT (facts ->> 'recovery')::boolean THEN
        RAISE EXCEPTION 'node "%:%" is not a standby', name, port USING ERRCODE = '55000',
            HINT = format('Make it a streaming standby of "%s:%s".', leader.nodename, leader.nodeport);
    END IF;
    primary_facts := (ARRAY(SELECT tangelo_call('probe_node', jsonb_build_object('host', leader.nodename, 'port', leader.nodeport))))[1];
    IF split_part(facts ->> 'server', '/', 1) <> split_part(primary_facts ->> 'server', '/', 1) THEN
        RAISE EXCEPTION 'node "%:%" is not a standby of "%:%"', name, port, leader.nodename, leader.nodeport USING ERRCODE = '55000',
            DETAIL = 'Their system identifiers differ.';
    END IF;
END $$;

-- Reference tables, each after those its foreign keys and policies lead to.
CREATE OR REPLACE FUNCTION tangelo_reference_tables() RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE t AS (
        SELECT logicalrelid AS relation, 0 AS depth FROM pg_dist_partition WHERE partmethod = 'n' AND repmodel = 't'
        UNION
        SELECT c.follower::regclass, t.depth + 1 FROM t
        JOIN LATERAL (
            SELECT conrelid AS follower FROM pg_constraint WHERE contype = 'f' AND confrelid = t.relation
            UNION ALL
            SELECT y.polrelid FROM pg_depend d JOIN pg_policy y ON d.classid = 'pg_policy'::regclass AND y.oid = d.objid
            WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.relation) c ON c.follower <> t.relation
        JOIN pg_dist_partition p ON p.logicalrelid = c.follower AND p.partmethod = 'n' AND p.repmodel = 't'
        WHERE t.depth < 100)
    SELECT relation FROM t GROUP BY relation ORDER BY max(depth), relation::oid;
$$;

-- Makes an inactive node active: it gets a replica of every reference table.
CREATE OR REPLACE FUNCTION tangelo_activate(id integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
    relation regclass;
    shard bigint;
    source integer;
BEGIN
    UPDATE pg_dist_node SET isactive = true WHERE nodeid = id RETURNING * INTO node;
    IF node.noderole <> 'primary' THEN
        RETURN;
    END IF;
    IF node.groupid <> 0 THEN
        PERFORM tangelo_call('join_node', jsonb_build_object(
            'node', tangelo_node_facts(node), 'cluster', citus_server_id(), 'roles', to_jsonb(tangelo_role_commands()),
            'functions', to_jsonb(tangelo_all_function_commands())));
    END IF;
    FOR relation IN SELECT tangelo_reference_tables() LOOP
        SELECT s.shardid, min(p.groupid) INTO shard, source
        FROM pg_dist_shard s JOIN pg_dist_placement p USING (shardid) JOIN pg_dist_node n USING (groupid)
        WHERE s.logicalrelid = relation AND p.shardstate = 1 AND n.isactive AND n.noderole = 'primary' AND p.groupid <> node.groupid
        GROUP BY s.shardid;
        IF source IS NULL OR EXISTS (SELECT FROM pg_dist_placement WHERE shardid = shard AND groupid = node.groupid) THEN
            CONTINUE;
        END IF;
        INSERT INTO pg_dist_placement (shardid, groupid) VALUES (shard, node.groupid);
        PERFORM tangelo_call('copy_reference_table', jsonb_build_object(
            'node', tangelo_node_facts(node), 'source', source, 'table', tangelo_table_facts(relation),
            'others', tangelo_tables_led_to(relation),
            'commands', tangelo_table_commands(relation)));
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION tangelo_add_node(name text, port integer, "group" integer, role noderole, cluster name, activate boolean) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id integer;
BEGIN
    IF name IS NULL OR port IS NULL OR role IS NULL THEN
        RAISE EXCEPTION 'the name, port and role of a node cannot be NULL' USING ERRCODE = '22004';
    END IF;
    PERFORM tangelo_lock_metadata();
    SELECT nodeid INTO id FROM pg_dist_node WHERE nodename = name AND nodeport = port;
    IF FOUND THEN
        RETURN id;
    END IF;
    IF "group" = 0 THEN
        PERFORM citus_set_coordinator_host(name, port, role, cluster);
        RETURN citus_coordinator_nodeid();
    END IF;
    IF role = 'primary' AND EXISTS (SELECT FROM pg_dist_node WHERE groupid = "group" AND noderole = 'primary') THEN
        RAISE EXCEPTION 'group % already has a primary node', "group" USING ERRCODE = '55000';
    END IF;
    IF "group" > 0 AND NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = "group") THEN
        RAISE EXCEPTION 'node group % does not exist', "group" USING ERRCODE = '42704', HINT = 'Leave groupid out to make a new group.';
    END IF;
    PERFORM tangelo_check_server(name, port, role);
    IF role = 'secondary' THEN
        PERFORM tangelo_check_standby(name, port, "group");
    END IF;
    INSERT INTO pg_dist_node (groupid, nodename, nodeport, isactive, noderole, nodecluster, hasmetadata, metadatasynced)
    VALUES (CASE WHEN "group" < 0 THEN nextval('pg_dist_groupid_seq') ELSE "group" END, name, port, false, role, coalesce(cluster, 'default'), true, true)
    RETURNING nodeid INTO id;
    IF activate THEN
        PERFORM tangelo_activate(id);
    END IF;
    RETURN id;
END $$;

CREATE OR REPLACE FUNCTION citus_add_node(
    nodename text, nodeport integer, groupid integer DEFAULT -1, noderole noderole DEFAULT 'primary', nodecluster name DEFAULT 'default') RETURNS integer
LANGUAGE sql AS $$ SELECT pg_catalog.tangelo_add_node($1, $2, $3, $4, $5, true) $$;

CREATE OR REPLACE FUNCTION citus_add_inactive_node(
    nodename text, nodeport integer, groupid integer DEFAULT -1, noderole noderole DEFAULT 'primary', nodecluster name DEFAULT 'default') RETURNS integer
LANGUAGE sql AS $$ SELECT pg_catalog.tangelo_add_node($1, $2, $3, $4, $5, false) $$;

CREATE OR REPLACE FUNCTION citus_add_secondary_node(
    nodename text, nodeport integer, primaryname text, primaryport integer, nodecluster name DEFAULT 'default') RETURNS integer
LANGUAGE sql AS $$
    SELECT pg_catalog.tangelo_add_node($1, $2, (pg_catalog.tangelo_find_node($3, $4)).groupid, 'secondary', $5, true)
$$;

CREATE OR REPLACE FUNCTION citus_activate_node(nodename text, nodeport integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
BEGIN
    PERFORM tangelo_lock_metadata();
    node := tangelo_find_node($1, $2);
    IF NOT node.isactive THEN
        IF node.groupid <> 0 THEN
            PERFORM tangelo_check_server($1, $2, node.noderole);
        END IF;
        PERFORM tangelo_activate(node.nodeid);
    END IF;
    RETURN node.nodeid;
END $$;

-- Takes the node's replicas of reference tables out of the metadata and gives their names. Refuses when it holds the only
-- placement of a shard.
CREATE OR REPLACE FUNCTION tangelo_release_placements(node pg_dist_node) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    placements jsonb;
BEGIN
    IF node.noderole <> 'primary' THEN
        RETURN '[]';
    END IF;
    SELECT s.shardid, s.logicalrelid INTO r FROM pg_dist_placement p JOIN pg_dist_shard s USING (shardid)
    WHERE p.groupid = node.groupid AND NOT EXISTS (
        SELECT FROM pg_dist_placement o JOIN pg_dist_node n ON n.groupid = o.groupid AND n.noderole = 'primary' AND n.isactive
        WHERE o.shardid = p.shardid AND o.groupid <> node.groupid)
    ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'cannot remove or disable the node %:% because it contains the only shard placement for shard %', node.nodename, node.nodeport, r.shardid
            USING ERRCODE = '55000', DETAIL = format('Shard %s belongs to table %s.', r.shardid, r.logicalrelid),
            HINT = 'Move its shards away, undistribute the table with undistribute_table, or drop it.';
    END IF;
    SELECT coalesce(jsonb_agg(jsonb_build_object('group', node.groupid, 'shard', s.shardid, 'schema', n.nspname,
        'name', tangelo_shard_relname(c.relname, s.shardid))), '[]') INTO placements
    FROM pg_dist_placement p JOIN pg_dist_shard s USING (shardid) JOIN pg_class c ON c.oid = s.logicalrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE p.groupid = node.groupid;
    DELETE FROM pg_dist_placement p WHERE p.groupid = node.groupid;
    RETURN placements;
END $$;

CREATE OR REPLACE FUNCTION citus_disable_node(nodename text, nodeport integer, synchronous boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
BEGIN
    PERFORM tangelo_lock_metadata();
    node := tangelo_find_node($1, $2);
    IF node.groupid = 0 THEN
        RAISE EXCEPTION 'cannot disable the coordinator' USING ERRCODE = '0A000';
    END IF;
    -- The node may be down: its replicas stay there, and are made anew when it comes back.
    PERFORM tangelo_release_placements(node);
    UPDATE pg_dist_node SET isactive = false WHERE nodeid = node.nodeid;
END $$;

CREATE OR REPLACE FUNCTION citus_remove_node(nodename text, nodeport integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
    placements jsonb;
BEGIN
    PERFORM tangelo_lock_metadata();
    node := tangelo_find_node($1, $2);
    IF node.noderole = 'primary' AND EXISTS (SELECT FROM pg_dist_node n WHERE n.groupid = node.groupid AND n.nodeid <> node.nodeid) THEN
        RAISE EXCEPTION 'cannot remove the primary node %:% before its secondaries', $1, $2 USING ERRCODE = '55000';
    END IF;
    placements := tangelo_release_placements(node);
    DELETE FROM pg_dist_node n WHERE n.nodeid = node.nodeid;
    DELETE FROM tangelo_node_timeline t WHERE t.nodeid = node.nodeid;
    PERFORM tangelo_call('leave_node', jsonb_build_object('node', tangelo_node_facts(node), 'placements', placements));
END $$;

CREATE OR REPLACE FUNCTION citus_update_node(
    node_id integer, new_node_name text, new_node_port integer, force boolean DEFAULT false, lock_cooldown integer DEFAULT 10000) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_lock_metadata();
    IF EXISTS (SELECT FROM pg_dist_node WHERE nodename = new_node_name AND nodeport = new_node_port AND nodeid <> node_id) THEN
        RAISE EXCEPTION 'there is already another node with the specified hostname and port' USING ERRCODE = '42710';
    END IF;
    UPDATE pg_dist_node SET nodename = new_node_name, nodeport = new_node_port WHERE nodeid = node_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'node % not found', node_id USING ERRCODE = '42704';
    END IF;
    -- Other servers may have another history.
    DELETE FROM tangelo_node_timeline WHERE nodeid = node_id;
END $$;

CREATE OR REPLACE FUNCTION citus_set_node_property(nodename text, nodeport integer, property text, value boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
BEGIN
    PERFORM tangelo_lock_metadata();
    node := tangelo_find_node($1, $2);
    IF property IS DISTINCT FROM 'shouldhaveshards' THEN
        RAISE EXCEPTION 'only the ''shouldhaveshards'' property can be set using this function' USING ERRCODE = '22023';
    END IF;
    IF value IS NULL THEN
        RAISE EXCEPTION 'the value of a property cannot be NULL' USING ERRCODE = '22004';
    END IF;
    UPDATE pg_dist_node SET shouldhaveshards = value WHERE nodeid = node.nodeid;
END $$;

CREATE OR REPLACE FUNCTION citus_set_coordinator_host(
    host text, port integer DEFAULT current_setting('port')::integer, node_role noderole DEFAULT 'primary', node_cluster name DEFAULT 'default') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id integer;
BEGIN
    PERFORM tangelo_lock_metadata();
    IF node_role <> 'primary' THEN
        RAISE EXCEPTION 'the coordinator must be a primary node' USING ERRCODE = '22023';
    END IF;
    UPDATE pg_dist_node SET nodename = host, nodeport = port WHERE groupid = 0 AND noderole = 'primary';
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO pg_dist_node (groupid, nodename, nodeport, isactive, nodecluster, hasmetadata, metadatasynced, shouldhaveshards)
    VALUES (0, host, port, false, node_cluster, true, true, false) RETURNING nodeid INTO id;
    PERFORM tangelo_activate(id);
END $$;

CREATE OR REPLACE FUNCTION master_add_node(
    nodename text, nodeport integer, groupid integer DEFAULT -1, noderole noderole DEFAULT 'primary', nodecluster name DEFAULT 'default') RETURNS integer
LANGUAGE sql AS $$ SELECT pg_catalog.citus_add_node($1, $2, $3, $4, $5) $$;
CREATE OR REPLACE FUNCTION master_add_inactive_node(
    nodename text, nodeport integer, groupid integer DEFAULT -1, noderole noderole DEFAULT 'primary', nodecluster name DEFAULT 'default') RETURNS integer
LANGUAGE sql AS $$ SELECT pg_catalog.citus_add_inactive_node($1, $2, $3, $4, $5) $$;
CREATE OR REPLACE FUNCTION master_add_secondary_node(
    nodename text, nodeport integer, primaryname text, primaryport integer, nodecluster name DEFAULT 'default') RETURNS integer
LANGUAGE sql AS $$ SELECT pg_catalog.citus_add_secondary_node($1, $2, $3, $4, $5) $$;
CREATE OR REPLACE FUNCTION master_activate_node(nodename text, nodeport integer) RETURNS integer
LANGUAGE sql AS $$ SELECT pg_catalog.citus_activate_node($1, $2) $$;
CREATE OR REPLACE FUNCTION master_disable_node(nodename text, nodeport integer) RETURNS void
LANGUAGE sql AS $$ SELECT pg_catalog.citus_disable_node($1, $2) $$;
CREATE OR REPLACE FUNCTION master_remove_node(nodename text, nodeport integer) RETURNS void
LANGUAGE sql AS $$ SELECT pg_catalog.citus_remove_node($1, $2) $$;
CREATE OR REPLACE FUNCTION master_set_node_property(nodename text, nodeport integer, property text, value boolean) RETURNS void
LANGUAGE sql AS $$ SELECT pg_catalog.citus_set_node_property($1, $2, $3, $4) $$;
CREATE OR REPLACE FUNCTION master_update_node(
    node_id integer, new_node_name text, new_node_port integer, force boolean DEFAULT false, lock_cooldown integer DEFAULT 10000) RETURNS void
LANGUAGE sql AS $$ SELECT pg_catalog.citus_update_node($1, $2, $3, $4, $5) $$;

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN
        SELECT p.oid FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND p.oid >= 16384
        AND proname ~ '^(citus|master)_(add_(inactive_|secondary_)?node|activate_node|disable_node|remove_node|update_node|set_node_property|set_coordinator_host)$'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM public', f);
    END LOOP;
END $$;
