-- Placements of shards that have several.

-- The placements of a group do not count from now on, of these shards and of those co-located with them. The last active placement of a shard stays: so does one
-- that another router, which cannot reach the others, has left as the last.
CREATE OR REPLACE FUNCTION tangelo_lose_placements(shards bigint[], group_id integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_lock_metadata();
    UPDATE pg_dist_placement l SET shardstate = 3
    WHERE l.groupid = group_id AND l.shardstate = 1 AND l.shardid = ANY (ARRAY(SELECT DISTINCT f FROM unnest(shards) s, tangelo_shard_family(s) f))
    AND EXISTS (SELECT FROM pg_dist_placement o WHERE o.shardid = l.shardid AND o.shardstate = 1 AND o.groupid <> group_id);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_lose_placements(bigint[], integer) FROM public;

-- A shard and those that lie with it.
CREATE OR REPLACE FUNCTION tangelo_shard_family(shard bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT shard
    UNION
    SELECT o.shardid FROM pg_dist_shard s JOIN pg_dist_partition p USING (logicalrelid)
    JOIN pg_dist_partition q ON q.colocationid = p.colocationid AND q.partmethod = 'h' AND q.logicalrelid <> p.logicalrelid
    JOIN pg_dist_shard o ON o.logicalrelid = q.logicalrelid AND o.shardminvalue = s.shardminvalue
    WHERE s.shardid = shard AND p.partmethod = 'h' AND p.colocationid <> 0;
$$;

-- Whether all routers that use this database know its metadata as they are committed. The one that asks is left out where it says how it is called.
CREATE OR REPLACE FUNCTION tangelo_routers_know(presence text DEFAULT '', router text DEFAULT '') RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known constant bigint := (SELECT version FROM tangelo_metadata_version);
BEGIN
    PERFORM pg_stat_clear_snapshot();

    -- Those that were started for this database show themselves in it, too: also while they do not listen.
    RETURN (
        SELECT count(*) FILTER (WHERE starts_with(application_name, 'tangelo router ') AND application_name <> presence)
            <= count(DISTINCT map[1]) FILTER (WHERE map[1] <> router AND map[2]::bigint >= known)
            AND count(*) FILTER (WHERE map[1] <> router AND map[2]::bigint < known) = 0
        FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid AND r.rolsuper, regexp_match(application_name, '^tangelo map ([0-9a-f]+) ([0-9]+)$') map
        WHERE a.datname = current_database());
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_routers_know(text, text) FROM public;

-- Waits until all routers know the metadata that are committed: then none writes a placement past the others.
CREATE OR REPLACE FUNCTION tangelo_wait_for_routers() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    FOR i IN 1..100 LOOP
        IF tangelo_routers_know() THEN
            RETURN;
        END IF;
        PERFORM pg_sleep(0.05);
    END LOOP;
    RAISE EXCEPTION 'a router does not answer, and may not know of the placements' USING ERRCODE = '55000', HINT = 'Try again.';
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_wait_for_routers() FROM public;

-- The inactive placements of a group, of these shards, get the rows of another one and count again. What has been repaired meanwhile is left alone. Gives
-- their number.
CREATE OR REPLACE FUNCTION tangelo_repair_placements(shards bigint[], target integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    relation regclass;
    repaired bigint[] := '{}';
    inactive record;
BEGIN
    FOR relation IN SELECT DISTINCT logicalrelid FROM pg_dist_shard WHERE shardid = ANY (shards) ORDER BY 1 LOOP
        PERFORM tangelo_require_owner(relation);
        IF (SELECT relforcerowsecurity FROM pg_class WHERE oid = relation)
            AND NOT (current_setting('role') = 'none' AND (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)) THEN
            RAISE EXCEPTION 'cannot copy shards of table "%"', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
                DETAIL = 'Its policies are forced on its owner, who may not see all rows.', HINT = 'Let a superuser do it.';
        END IF;
    END LOOP;
    PERFORM tangelo_wait_for_routers();

    -- In the order of schema changes: the shards, and then the table itself. Nobody who writes rows waits for that.
    PERFORM tangelo_call('lock_placements', jsonb_build_object('placements', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('group', l.groupid, 'shard', l.shardid, 'schema', n.nspname, 'name', tangelo_shard_relname(c.relname, l.shardid))), '[]')
        FROM pg_dist_placement l JOIN pg_dist_shard s USING (shardid) JOIN pg_class c ON c.oid = s.logicalrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE l.shardid = ANY (shards) AND (l.shardstate = 1 OR l.groupid = target))));
    FOR relation IN SELECT DISTINCT logicalrelid FROM pg_dist_shard WHERE shardid = ANY (shards) ORDER BY 1 LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', relation);
    END LOOP;

    -- As it is now that nobody writes.
    FOR inactive IN
        SELECT l.shardid, s.logicalrelid, (SELECT min(o.groupid) FROM pg_dist_placement o WHERE o.shardid = l.shardid AND o.shardstate = 1) AS source
        FROM pg_dist_placement l JOIN pg_dist_shard s USING (shardid) WHERE l.shardid = ANY (shards) AND l.groupid = target AND l.shardstate = 3 ORDER BY l.shardid
    LOOP
        PERFORM tangelo_call('copy_placement', jsonb_build_object(
            'target', target, 'source', inactive.source, 'shard', inactive.shardid, 'table', tangelo_table_facts(inactive.logicalrelid),
            'others', tangelo_tables_led_to(inactive.logicalrelid), 'commands', tangelo_table_commands(inactive.logicalrelid, true)));
        repaired := repaired || inactive.shardid;
    END LOOP;
    IF cardinality(repaired) > 0 THEN
        UPDATE pg_dist_placement SET shardstate = 1 WHERE groupid = target AND shardstate = 3 AND shardid = ANY (repaired);
        PERFORM tangelo_call('metadata_changed');
    END IF;
    RETURN cardinality(repaired);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_repair_placements(bigint[], integer) FROM public;

-- What the background task repairs, one shard with those that lie with it after the other: the shard and the group.
CREATE OR REPLACE FUNCTION tangelo_inactive_placements() RETURNS TABLE (shard bigint, target integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT min(l.shardid), l.groupid FROM pg_dist_placement l JOIN pg_dist_shard s USING (shardid) JOIN pg_dist_partition p USING (logicalrelid)
    JOIN pg_dist_node n ON n.groupid = l.groupid AND n.noderole = 'primary' AND n.isactive
    WHERE l.shardstate = 3 AND EXISTS (SELECT FROM pg_dist_placement o WHERE o.shardid = l.shardid AND o.shardstate = 1)
    GROUP BY l.groupid, CASE WHEN p.partmethod = 'h' AND p.colocationid <> 0 THEN 'c' || p.colocationid ELSE 'r' || s.logicalrelid::oid END, s.shardminvalue,
        CASE WHEN p.partmethod = 'h' THEN 0 ELSE l.shardid END
    ORDER BY 1, 2;
$$;
REVOKE EXECUTE ON FUNCTION tangelo_inactive_placements() FROM public;

CREATE OR REPLACE FUNCTION citus_copy_shard_placement(
    shard_id bigint, source_node_name text, source_node_port integer, target_node_name text, target_node_port integer,
    transfer_mode citus.shard_transfer_mode DEFAULT 'auto') RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source integer := tangelo_group_at(source_node_name, source_node_port);
    target integer := tangelo_group_at(target_node_name, target_node_port);
    state integer;
BEGIN
    PERFORM tangelo_require_owner((tangelo_partition_of(shard_id)).logicalrelid);
    IF (tangelo_partition_of(shard_id)).repmodel = 't' THEN
        RAISE EXCEPTION 'cannot copy shard %', shard_id USING ERRCODE = '0A000', DETAIL = 'It belongs to a reference table, which every node has.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_dist_placement WHERE shardid = shard_id AND groupid = source AND shardstate = 1) THEN
        RAISE EXCEPTION 'source placement must be in active state' USING ERRCODE = '55000',
            DETAIL = format('Shard %s has no active placement on node %s:%s.', shard_id, source_node_name, source_node_port);
    END IF;
    SELECT shardstate INTO state FROM pg_dist_placement WHERE shardid = shard_id AND groupid = target;
    IF state IS NULL THEN
        RAISE EXCEPTION 'shard % has no placement on node %:%', shard_id, target_node_name, target_node_port USING ERRCODE = '0A000',
            HINT = 'replicate_table_shards adds placements to the shards of a table.';
    ELSIF state = 1 THEN
        RAISE EXCEPTION 'target placement must be in inactive state' USING ERRCODE = '55000',
            DETAIL = format('The placement of shard %s on node %s:%s has missed no writes.', shard_id, target_node_name, target_node_port);
    END IF;
    PERFORM tangelo_repair_placements(ARRAY(SELECT tangelo_shard_family(shard_id)), target);
END $$;

CREATE OR REPLACE FUNCTION citus_copy_shard_placement(
    shard_id bigint, source_node_id integer, target_node_id integer, transfer_mode citus.shard_transfer_mode DEFAULT 'auto') RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source pg_dist_node;
    target pg_dist_node;
BEGIN
    SELECT * INTO source FROM pg_dist_node WHERE nodeid = source_node_id;
    SELECT * INTO target FROM pg_dist_node WHERE nodeid = target_node_id;
    IF source.nodeid IS NULL OR target.nodeid IS NULL THEN
        RAISE EXCEPTION 'there is no node with the id %', CASE WHEN source.nodeid IS NULL THEN source_node_id ELSE target_node_id END USING ERRCODE = '42704';
    END IF;
    PERFORM citus_copy_shard_placement(shard_id, source.nodename, source.nodeport, target.nodename, target.nodeport, transfer_mode);
END $$;

CREATE OR REPLACE FUNCTION master_copy_shard_placement(
    shard_id bigint, source_node_name text, source_node_port integer, target_node_name text, target_node_port integer,
    do_repair boolean DEFAULT true, transfer_mode citus.shard_transfer_mode DEFAULT 'auto') RETURNS void
LANGUAGE sql STRICT AS $$ SELECT pg_catalog.citus_copy_shard_placement($1, $2, $3, $4, $5, $7) $$;

-- The shards get placements on further nodes, which are filled afterwards: by the background task, or by citus_copy_shard_placement.
CREATE OR REPLACE FUNCTION replicate_table_shards(
    relation regclass, shard_replication_factor integer DEFAULT current_setting('citus.shard_replication_factor')::integer, max_shard_copies integer DEFAULT 1000000,
    excluded_shard_list bigint[] DEFAULT '{}', shard_transfer_mode citus.shard_transfer_mode DEFAULT 'auto') RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_dist_partition;
    groups integer[];
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_lock_metadata();
    SELECT * INTO p FROM pg_dist_partition WHERE logicalrelid = relation;
    IF p.partmethod IS NULL THEN
        RAISE EXCEPTION 'relation % is not distributed', relation USING ERRCODE = '42809';
    END IF;
    IF p.partmethod = 'n' OR p.repmodel <> 'c' OR NOT EXISTS (
        SELECT FROM pg_dist_shard s JOIN pg_dist_placement l USING (shardid) WHERE s.logicalrelid = relation GROUP BY s.shardid HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'cannot replicate the shards of table "%"', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = 'They have one placement each, which writers do not lock as they would have to.',
            HINT = 'citus_update_table_replication_factor distributes a hash-distributed table anew.';
    END IF;
    groups := tangelo_groups_for_copies(shard_replication_factor);

    -- What lies together stays together.
    WITH family AS (
        SELECT DISTINCT f AS shard, row_number() OVER (PARTITION BY f) AS n FROM pg_dist_shard s, tangelo_shard_family(s.shardid) f
        WHERE s.logicalrelid = relation AND s.shardid <> ALL (excluded_shard_list)),
    places AS (
        SELECT f.shard, g.groupid, row_number() OVER (PARTITION BY f.shard ORDER BY (g.place + s.place) % cardinality(groups)) AS n,
            shard_replication_factor - (SELECT count(*) FROM pg_dist_placement l WHERE l.shardid = f.shard) AS missing
        FROM family f
        JOIN (SELECT shardid, row_number() OVER (PARTITION BY logicalrelid ORDER BY shardminvalue, shardid) AS place FROM pg_dist_shard) s ON s.shardid = f.shard,
            unnest(groups) WITH ORDINALITY AS g(groupid, place)
        WHERE f.n = 1 AND NOT EXISTS (SELECT FROM pg_dist_placement l WHERE l.shardid = f.shard AND l.groupid = g.groupid))
    INSERT INTO pg_dist_placement (shardid, groupid, shardstate) SELECT shard, groupid, 3 FROM places WHERE n <= missing ORDER BY shard, n LIMIT max_shard_copies;
    PERFORM tangelo_call('metadata_changed');
END $$;

-- A hash-distributed table is distributed anew: its rows pass through the coordinator, in this transaction.
CREATE OR REPLACE FUNCTION citus_update_table_replication_factor(table_name regclass, replication_factor integer) RETURNS void
LANGUAGE plpgsql STRICT AS $$
DECLARE
    p pg_catalog.pg_dist_partition;
    c pg_catalog.pg_dist_colocation;
    key name;
BEGIN
    SELECT * INTO p FROM pg_catalog.pg_dist_partition WHERE logicalrelid = table_name;
    IF p.partmethod IS DISTINCT FROM 'h' THEN
        RAISE EXCEPTION 'relation % should be a hash distributed table', table_name USING ERRCODE = '42809';
    END IF;
    SELECT * INTO c FROM pg_catalog.pg_dist_colocation WHERE colocationid = p.colocationid;
    IF c.replicationfactor = replication_factor THEN
        RETURN;
    ELSIF replication_factor NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION '% is outside the valid range for parameter "replication_factor" (1 .. 100)', replication_factor USING ERRCODE = '22023';
    END IF;
    PERFORM pg_catalog.tangelo_groups_for_copies(replication_factor);
    SELECT attname INTO key FROM pg_catalog.pg_attribute WHERE attrelid = table_name AND attnum = p.partkey::smallint;
    PERFORM pg_catalog.undistribute_table(table_name);
    PERFORM pg_catalog.create_distributed_table(table_name, key, 'hash', 'default', c.shardcount, replication_factor);
END $$;

-- Says how the placements of a table are kept equal, which its replication factor decides.
CREATE OR REPLACE FUNCTION citus_set_table_replication_model(table_name regclass, replication_model text) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    model "char" := (SELECT repmodel FROM pg_dist_partition WHERE logicalrelid = table_name);
BEGIN
    PERFORM tangelo_require_owner(table_name);
    IF model IS NULL THEN
        RAISE EXCEPTION 'relation % is not distributed', table_name USING ERRCODE = '42809';
    END IF;
    IF lower(replication_model) NOT IN ('streaming', 'statement') THEN
        RAISE EXCEPTION 'invalid replication model "%"', replication_model USING ERRCODE = '22023', HINT = 'Use "streaming" or "statement".';
    END IF;
    IF (lower(replication_model) = 'statement') <> (model = 'c') THEN
        RAISE EXCEPTION 'cannot change the replication model of table "%"', (SELECT relname FROM pg_class WHERE oid = table_name) USING ERRCODE = '0A000',
            DETAIL = 'Statements keep the placements of a table equal whose replication factor is above 1, and of one that is distributed by append or range.',
            HINT = 'citus_update_table_replication_factor changes the replication factor.';
    END IF;
END $$;
