-- Facts about the cluster and its nodes.

CREATE OR REPLACE FUNCTION citus_server_id() RETURNS uuid
LANGUAGE sql STABLE AS $$ SELECT (metadata ->> 'server_id')::uuid FROM pg_catalog.pg_dist_node_metadata $$;

CREATE OR REPLACE FUNCTION citus_version() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.format('Tangelo %s on PostgreSQL %s, compatible with Citus 13.2',
        metadata ->> 'version', pg_catalog.current_setting('server_version')) FROM pg_catalog.pg_dist_node_metadata
$$;

CREATE OR REPLACE FUNCTION citus_is_coordinator() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$;
CREATE OR REPLACE FUNCTION citus_is_primary_node() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT NOT pg_catalog.pg_is_in_recovery() $$;

CREATE OR REPLACE FUNCTION citus_coordinator_nodeid() RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT nodeid FROM pg_catalog.pg_dist_node WHERE groupid = 0 AND noderole = 'primary'), 0)
$$;

CREATE OR REPLACE FUNCTION citus_nodename_for_nodeid(nodeid integer) RETURNS text
LANGUAGE sql STABLE STRICT AS $$ SELECT n.nodename FROM pg_catalog.pg_dist_node n WHERE n.nodeid = $1 $$;
CREATE OR REPLACE FUNCTION citus_nodeport_for_nodeid(nodeid integer) RETURNS integer
LANGUAGE sql STABLE STRICT AS $$ SELECT n.nodeport FROM pg_catalog.pg_dist_node n WHERE n.nodeid = $1 $$;
CREATE OR REPLACE FUNCTION get_nodeid_for_groupid(groupidinput integer) RETURNS integer
LANGUAGE sql STABLE STRICT AS $$ SELECT n.nodeid FROM pg_catalog.pg_dist_node n WHERE n.groupid = $1 AND n.noderole = 'primary' $$;

-- A global process id is nodeid * 10^10 + pid, as in Citus.
CREATE OR REPLACE FUNCTION citus_calculate_gpid(nodeid integer, pid integer) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::bigint * 10000000000 + $2 $$;
CREATE OR REPLACE FUNCTION citus_nodeid_for_gpid(global_pid bigint) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ($1 / 10000000000)::integer $$;
CREATE OR REPLACE FUNCTION citus_pid_for_gpid(global_pid bigint) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ($1 % 10000000000)::integer $$;
CREATE OR REPLACE FUNCTION citus_backend_gpid() RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT pg_catalog.citus_calculate_gpid(pg_catalog.citus_coordinator_nodeid(), pg_catalog.pg_backend_pid()) $$;

CREATE OR REPLACE FUNCTION citus_get_active_worker_nodes(OUT node_name text, OUT node_port bigint) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
    SELECT nodename, nodeport::bigint FROM pg_catalog.pg_dist_node
    WHERE isactive AND noderole = 'primary' AND groupid <> 0 AND nodecluster = 'default'
$$;
CREATE OR REPLACE FUNCTION master_get_active_worker_nodes(OUT node_name text, OUT node_port bigint) RETURNS SETOF record
LANGUAGE sql STABLE AS $$ SELECT * FROM pg_catalog.citus_get_active_worker_nodes() $$;

CREATE OR REPLACE VIEW citus_nodes AS
    SELECT nodename, nodeport, CASE WHEN groupid = 0 THEN 'coordinator' ELSE 'worker' END AS role, isactive AS active FROM pg_dist_node;

CREATE OR REPLACE FUNCTION master_get_new_shardid() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT nextval('pg_dist_shardid_seq') $$;
CREATE OR REPLACE FUNCTION master_get_new_placementid() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT nextval('pg_dist_placement_placementid_seq') $$;

-- The partition key is kept as the number of the column.
CREATE OR REPLACE FUNCTION column_to_column_name(table_name regclass, column_var_text text) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum::text = $2 AND NOT attisdropped
$$;
CREATE OR REPLACE FUNCTION column_name_to_column(table_name regclass, column_name text) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number text := (SELECT attnum FROM pg_attribute WHERE attrelid = $1 AND attname = $2 AND attnum > 0 AND NOT attisdropped);
BEGIN
    IF number IS NULL THEN
        RAISE EXCEPTION 'column "%" of relation "%" does not exist', $2, (SELECT relname FROM pg_class WHERE oid = $1) USING ERRCODE = '42703';
    END IF;
    RETURN number;
END $$;
GRANT SELECT ON citus_nodes TO public;

-- The active nodes, with a row for the coordinator even where none was set.
CREATE OR REPLACE FUNCTION tangelo_all_nodes() RETURNS SETOF pg_dist_node
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    node pg_dist_node;
BEGIN
    RETURN QUERY SELECT * FROM pg_dist_node n WHERE n.isactive AND n.noderole = 'primary';
    IF NOT EXISTS (SELECT FROM pg_dist_node n WHERE n.groupid = 0 AND n.noderole = 'primary') THEN
        node.nodeid := 0;
        node.groupid := 0;
        node.nodename := tangelo_loopback_option('host');
        node.nodeport := tangelo_loopback_option('port');
        node.noderack := 'default';
        node.isactive := true;
        node.shouldhaveshards := false;
        node.noderole := 'primary';
        node.nodecluster := 'default';
        RETURN NEXT node;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_require_distributed(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION 'relation "%" is not distributed', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '42809';
    END IF;
END $$;

-- Co-location.
CREATE OR REPLACE FUNCTION distributed_tables_colocated(table1 regclass, table2 regclass) RETURNS boolean
LANGUAGE sql STABLE STRICT AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition a JOIN pg_catalog.pg_dist_partition b USING (colocationid)
        WHERE a.logicalrelid = $1 AND b.logicalrelid = $2 AND colocationid <> 0)
$$;
CREATE OR REPLACE FUNCTION get_colocated_table_array(regclass) RETURNS regclass[]
LANGUAGE sql STABLE STRICT AS $$
    SELECT pg_catalog.array_agg(b.logicalrelid ORDER BY b.logicalrelid::oid) FROM pg_catalog.pg_dist_partition a JOIN pg_catalog.pg_dist_partition b USING (colocationid)
    WHERE a.logicalrelid = $1
$$;
CREATE OR REPLACE FUNCTION get_colocated_shard_array(bigint) RETURNS bigint[]
LANGUAGE sql STABLE STRICT AS $$
    SELECT pg_catalog.array_agg(o.shardid ORDER BY o.shardid)
    FROM pg_catalog.pg_dist_shard s JOIN pg_catalog.pg_dist_partition p ON p.logicalrelid = s.logicalrelid
    JOIN pg_catalog.pg_dist_partition q ON q.colocationid = p.colocationid
    JOIN pg_catalog.pg_dist_shard o ON o.logicalrelid = q.logicalrelid AND o.shardminvalue IS NOT DISTINCT FROM s.shardminvalue
    WHERE s.shardid = $1
$$;
