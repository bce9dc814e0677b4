-- create_distributed_table and create_reference_table.

-- An option of the loopback; of the addresses of several routers the first.
CREATE OR REPLACE FUNCTION tangelo_loopback_option(name text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT split_part(o.option_value, ',', 1) FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o
    WHERE s.srvname = 'tangelo_loopback' AND o.option_name = name;
$$;

-- Places for shards: the active primaries that want them. A cluster without workers keeps them on the coordinator.
CREATE OR REPLACE FUNCTION tangelo_shard_groups() RETURNS integer[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    groups integer[];
BEGIN
    SELECT array_agg(groupid ORDER BY nodename, nodeport) INTO groups FROM pg_dist_node
    WHERE isactive AND noderole = 'primary' AND shouldhaveshards;
    IF groups IS NOT NULL THEN
        RETURN groups;
    END IF;
    IF EXISTS (SELECT FROM pg_dist_node WHERE groupid <> 0 AND noderole = 'primary' AND isactive) THEN
        RAISE EXCEPTION 'no worker nodes are available for placing shards' USING ERRCODE = '55000',
            HINT = 'Add more worker nodes, or let one have shards: citus_set_node_property(..., ''shouldhaveshards'', true).';
    END IF;
    PERFORM tangelo_ensure_coordinator();
    RETURN ARRAY[0];
END $$;

-- A cluster that was never told of nodes works with the coordinator alone.
CREATE OR REPLACE FUNCTION tangelo_ensure_coordinator() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO pg_dist_node (groupid, nodename, nodeport, hasmetadata, metadatasynced, shouldhaveshards)
    SELECT 0, tangelo_loopback_option('host'), tangelo_loopback_option('port')::integer, true, true, true
    WHERE NOT EXISTS (SELECT FROM pg_dist_node WHERE noderole = 'primary' AND isactive);
$$;

-- Chooses a co-location group or makes one. anchor: the table to go with.
CREATE OR REPLACE FUNCTION tangelo_choose_colocation(
    relation regclass, key smallint, colocate_with text, anchor regclass, shards integer, copies integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen integer;
    a pg_attribute;
    p record;
BEGIN
    SELECT * INTO a FROM pg_attribute WHERE attrelid = relation AND attnum = key;
    IF anchor IS NOT NULL THEN
        SELECT d.*, c.distributioncolumntype, c.distributioncolumncollation INTO p
        FROM pg_dist_partition d LEFT JOIN pg_dist_colocation c USING (colocationid) WHERE d.logicalrelid = anchor;
        IF NOT FOUND OR p.partmethod <> 'h' THEN
            RAISE EXCEPTION 'relation "%" is not distributed', anchor USING ERRCODE = '42809',
                DETAIL = 'colocate_with must name a hash-distributed table.';
        END IF;
        IF p.distributioncolumntype <> a.atttypid THEN
            RAISE EXCEPTION 'cannot colocate tables % and %', anchor, relation USING ERRCODE = '42804',
                DETAIL = format('The distribution columns have the types %s and %s.', format_type(p.distributioncolumntype, NULL), format_type(a.atttypid, NULL));
        END IF;
        IF p.distributioncolumncollation <> a.attcollation THEN
            RAISE EXCEPTION 'cannot colocate tables % and %', anchor, relation USING ERRCODE = '42P21',
                DETAIL = 'The distribution columns have different collations.';
        END IF;
        RETURN p.colocationid;
    END IF;

    IF lower(colocate_with) = 'default' THEN
        SELECT min(c.colocationid) INTO chosen FROM pg_dist_colocation c
        WHERE c.shardcount = shards AND c.replicationfactor = copies
        AND c.distributioncolumntype = a.atttypid AND c.distributioncolumncollation = a.attcollation
        AND NOT EXISTS (SELECT FROM tangelo_isolated_colocation i WHERE i.colocationid = c.colocationid);
        IF chosen IS NOT NULL THEN
            RETURN chosen;
        END IF;
    END IF;

    chosen := nextval('pg_dist_colocationid_seq');
    INSERT INTO pg_dist_colocation VALUES (chosen, shards, copies, a.atttypid, a.attcollation);
    IF lower(colocate_with) = 'none' THEN
        INSERT INTO tangelo_isolated_colocation VALUES (chosen);
    END IF;
    RETURN chosen;
END $$;

-- The groups that get shards, where each shard is to have so many placements.
CREATE OR REPLACE FUNCTION tangelo_groups_for_copies(copies integer) RETURNS integer[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    groups integer[] := tangelo_shard_groups();
BEGIN
    IF copies > cardinality(groups) THEN
        RAISE EXCEPTION 'replication_factor (%) exceeds number of worker nodes (%)', copies, cardinality(groups) USING ERRCODE = '22023',
            HINT = 'Add more worker nodes or try again with a lower replication factor.';
    END IF;
    RETURN groups;
END $$;

-- Shards at the places of the group's other tables, or round robin, each with as many placements as the group has.
CREATE OR REPLACE FUNCTION tangelo_make_hash_shards(relation regclass, colocation integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sibling regclass := (SELECT min(logicalrelid::oid) FROM pg_dist_partition WHERE colocationid = colocation AND logicalrelid <> relation);
    shards integer := (SELECT shardcount FROM pg_dist_colocation WHERE colocationid = colocation);
    step bigint := 4294967296 / shards;
    copies integer := (SELECT replicationfactor FROM pg_dist_colocation WHERE colocationid = colocation);
    groups integer[];
BEGIN
    IF sibling IS NOT NULL THEN
        PERFORM tangelo_make_shards_like(sibling, ARRAY[relation]);
        RETURN;
    END IF;

    groups := tangelo_groups_for_copies(copies);
    WITH made AS (
        SELECT i, nextval('pg_dist_shardid_seq') AS shard, -2147483648 + i * step AS low FROM generate_series(0, shards - 1) i),
    recorded AS (
        INSERT INTO pg_dist_shard SELECT relation, shard, 't', low, CASE WHEN i = shards - 1 THEN 2147483647 ELSE low + step - 1 END FROM made)
    INSERT INTO pg_dist_placement (shardid, groupid) SELECT shard, groups[1 + (i + n) % cardinality(groups)] FROM made, generate_series(0, copies - 1) n ORDER BY i, n;
END $$;

-- Shards of several tables at the places of a co-located one's.
CREATE OR REPLACE FUNCTION tangelo_make_shards_like(sibling regclass, relations regclass[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH made AS (
        SELECT o.relation, o.shardminvalue, o.shardmaxvalue, o.shardid AS original, nextval('pg_dist_shardid_seq') AS shard
        FROM (SELECT r.relation, s.* FROM unnest(relations) WITH ORDINALITY AS r(relation, n), pg_dist_shard s WHERE s.logicalrelid = sibling
            ORDER BY r.n, s.shardminvalue::integer) o),
    recorded AS (
        INSERT INTO pg_dist_shard SELECT relation, shard, 't', shardminvalue, shardmaxvalue FROM made)
    INSERT INTO pg_dist_placement (shardid, groupid, shardstate)
    SELECT made.shard, p.groupid, p.shardstate FROM made JOIN pg_dist_placement p ON p.shardid = made.original ORDER BY made.shard, p.placementid;
$$;

-- The coordinator's own shards are made over another connection, which does not see what this transaction has made besides. A reference
-- table can do without the replica there until somebody needs it; for a table that is there, all replicas have to be.
CREATE OR REPLACE FUNCTION tangelo_check_coordinator_shards(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_reference boolean := (SELECT repmodel = 't' FROM pg_dist_partition WHERE logicalrelid = relation);
    missing text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_placement JOIN pg_dist_shard USING (shardid) WHERE logicalrelid = relation AND groupid = 0) THEN
        RETURN;
    END IF;
    missing := tangelo_uncommitted_dependency(relation);
    IF missing IS NOT NULL AND is_reference
        AND NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0 AND shouldhaveshards)
        AND NOT EXISTS (
            SELECT FROM pg_dist_placement JOIN pg_dist_shard USING (shardid) JOIN pg_dist_partition USING (logicalrelid) WHERE groupid = 0 AND repmodel <> 't') THEN
        DELETE FROM pg_dist_placement USING pg_dist_shard s WHERE s.shardid = pg_dist_placement.shardid AND s.logicalrelid = relation AND groupid = 0;
    ELSIF missing IS NOT NULL THEN
        RAISE EXCEPTION 'cannot create shards of table "%" on the coordinator in this transaction', (SELECT relname FROM pg_class WHERE oid = relation)
            USING ERRCODE = '0A000', DETAIL = format('It has made or changed %s, and only its COMMIT shows that to other connections.', missing),
            HINT = 'Commit that first, then distribute the table.';
    ELSIF NOT is_reference THEN
        PERFORM tangelo_complete_coordinator();
    END IF;
END $$;

-- Replicas of reference tables that the coordinator does not have yet.
CREATE OR REPLACE FUNCTION tangelo_complete_coordinator() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_activate(n.nodeid) FROM pg_dist_node n
    WHERE n.groupid = 0 AND n.noderole = 'primary' AND n.isactive AND EXISTS (
        SELECT FROM pg_dist_partition p JOIN pg_dist_shard s USING (logicalrelid) WHERE p.repmodel = 't'
        AND NOT EXISTS (SELECT FROM pg_dist_placement l WHERE l.shardid = s.shardid AND l.groupid = 0));
END $$;

-- Where row-level security is forced on the owner: it must not keep rows from one that moves all of them, and is forced again afterwards.
CREATE OR REPLACE FUNCTION tangelo_force_on_shards(relation regclass, is_forced boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT relforcerowsecurity FROM pg_class WHERE oid = relation) THEN
        PERFORM tangelo_run_on_shards(relation, NULL, jsonb_build_array('ALTER TABLE ', tangelo_hole(relation),
            CASE WHEN is_forced THEN ' FORCE ROW LEVEL SECURITY' ELSE ' NO FORCE ROW LEVEL SECURITY' END));
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_force_on_shards(regclass, boolean) FROM public;

-- The router makes the shards as the caller's transaction sees the table; then the shell leads to them.
CREATE OR REPLACE FUNCTION tangelo_make_shards(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_partitioned boolean := (SELECT relkind = 'p' FROM pg_class WHERE oid = relation);
    late jsonb := '[]';
    template jsonb;
BEGIN
    PERFORM tangelo_check_coordinator_shards(relation);
    PERFORM tangelo_call('create_shards', jsonb_build_object(
        'nodes', (SELECT jsonb_agg(tangelo_node_facts(n)) FROM pg_dist_node n WHERE n.noderole = 'primary'),
        'tables', jsonb_build_array(tangelo_table_facts(relation)),
        'others', tangelo_tables_led_to(relation),
        'commands', jsonb_build_array(tangelo_table_commands(relation, NOT is_partitioned) || CASE WHEN is_partitioned THEN
            jsonb_build_object('foreignKeys', coalesce((SELECT jsonb_agg(t) FROM tangelo_foreign_key_templates(relation, false) t), '[]')) ELSE '{}' END)));
    PERFORM tangelo_force_on_shards(relation, false);
    IF is_partitioned THEN
        PERFORM tangelo_disable_foreign_keys(relation);
        PERFORM tangelo_end_of_waiting(relation);
        PERFORM tangelo_attach_to_partitions(ARRAY[relation]::oid[]);
        late := tangelo_adopt_partitions(relation, ARRAY(SELECT inhrelid FROM pg_inherits WHERE inhparent = relation ORDER BY inhrelid), true);
        PERFORM tangelo_call('finish_shards', jsonb_build_object('table', tangelo_table_facts(relation), 'commands', jsonb_build_array(tangelo_late_commands(relation, NULL)) || late));
        PERFORM tangelo_mirror_triggers(relation);
        PERFORM tangelo_remember_triggers(relation, tangelo_trigger_state(relation));

        -- The rows of its partitions have come one partition after the other: a row may refer to one that has come later.
        FOR template IN SELECT tangelo_foreign_key_templates(relation, true) LOOP
            PERFORM tangelo_run_on_shards(relation, relation, template);
        END LOOP;
    ELSE
        PERFORM tangelo_attach_shell(relation);
    END IF;
    PERFORM tangelo_force_on_shards(relation, true);
    PERFORM tangelo_name_partition_keys(relation);
    PERFORM tangelo_tell_actions();
END $$;

-- What statements on several placements could not keep equal is refused.
CREATE OR REPLACE FUNCTION tangelo_check_copies(relation regclass, copies integer) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    table_name name := (SELECT relname FROM pg_class WHERE oid = relation);
BEGIN
    IF copies <= 1 THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND (conrelid = relation OR confrelid = relation)) THEN
        RAISE EXCEPTION 'cannot create foreign key constraint' USING ERRCODE = '0A000',
            DETAIL = format('The shards of table "%s" have several placements, which its actions could change in different orders.', table_name),
            HINT = 'Drop the foreign keys, or use a replication factor of 1.';
    END IF;
    IF (SELECT relkind <> 'r' OR relispartition FROM pg_class WHERE oid = relation) THEN
        RAISE EXCEPTION 'cannot distribute relation "%" with several placements of each shard', table_name USING ERRCODE = '0A000',
            DETAIL = 'Only plain tables can have a replication factor above 1.', HINT = 'Use a replication factor of 1.';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_distribute_hash(
    relation regclass, distribution_column text, colocate_with text, anchor regclass, shards integer, copies integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    key smallint;
    colocation integer;
    released regclass[];
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_leave_local(relation);
    PERFORM tangelo_open_materialized_view(relation);
    released := tangelo_release_referrers(relation);
    PERFORM tangelo_check_relation(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN EXCLUSIVE MODE', relation);
    PERFORM tangelo_check_relation(relation);
    key := tangelo_check_distribution_column(relation, distribution_column);
    colocation := tangelo_choose_colocation(relation, key, colocate_with, anchor, shards, copies);
    copies := (SELECT replicationfactor FROM pg_dist_colocation WHERE colocationid = colocation);
    PERFORM tangelo_check_copies(relation, copies);
    PERFORM tangelo_check_foreign_keys(relation, colocation, false, key);
    INSERT INTO pg_dist_partition VALUES (relation, 'h', key, colocation, CASE WHEN copies > 1 THEN 'c' ELSE 's' END, false);
    PERFORM tangelo_let_wait(released || tangelo_referrers(relation));
    PERFORM tangelo_make_hash_shards(relation, colocation);
    PERFORM tangelo_make_shards(relation);
END $$;

CREATE OR REPLACE FUNCTION tangelo_distribute_reference(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    colocation integer;
    shard bigint;
    family regclass[];
    member regclass;
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_leave_local(relation);
    PERFORM tangelo_open_materialized_view(relation);
    PERFORM tangelo_check_relation(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN EXCLUSIVE MODE', relation);
    PERFORM tangelo_check_relation(relation);
    SELECT min(colocationid) INTO colocation FROM pg_dist_colocation WHERE shardcount = 1 AND replicationfactor = -1 AND distributioncolumntype = 0;
    IF colocation IS NULL THEN
        colocation := nextval('pg_dist_colocationid_seq');
        INSERT INTO pg_dist_colocation VALUES (colocation, 1, -1, 0, 0);
    END IF;
    PERFORM tangelo_check_foreign_keys(relation, colocation, true, NULL);

    -- Local tables that refer to it become known to the cluster: their keys lead to the replica on the coordinator.
    family := array_remove(tangelo_local_family(ARRAY[relation]), relation);
    IF cardinality(family) > 0 THEN
        PERFORM tangelo_require_local_keys((SELECT relname FROM pg_class WHERE oid = family[1]));
        PERFORM tangelo_require_coordinator_node();
    END IF;
    PERFORM tangelo_ensure_coordinator();
    shard := nextval('pg_dist_shardid_seq');
    INSERT INTO pg_dist_partition VALUES (relation, 'n', NULL, colocation, 't', false);
    INSERT INTO pg_dist_shard VALUES (relation, shard, 't', NULL, NULL);
    INSERT INTO pg_dist_placement (shardid, groupid)
        SELECT shard, groupid FROM pg_dist_node WHERE noderole = 'primary' AND isactive ORDER BY groupid;
    FOREACH member IN ARRAY family LOOP
        PERFORM tangelo_record_local_table(member, true);
    END LOOP;
    PERFORM tangelo_let_wait(tangelo_referrers(relation));
    PERFORM tangelo_make_shards(relation);
    PERFORM tangelo_make_local_shards(family);
END $$;

-- A table in one shard, on a node that its co-location group chooses. Groups are shared only when asked for.
CREATE OR REPLACE FUNCTION tangelo_distribute_single(relation regclass, anchor regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' AS $$
DECLARE
    colocation integer;
    shard bigint;
    groups integer[];
    released regclass[];
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_leave_local(relation);
    PERFORM tangelo_open_materialized_view(relation);
    released := tangelo_release_referrers(relation);
    PERFORM tangelo_check_relation(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN EXCLUSIVE MODE', relation);
    PERFORM tangelo_check_relation(relation);
    IF (SELECT relkind = 'p' FROM pg_class WHERE oid = relation) THEN
        RAISE EXCEPTION 'cannot distribute relation "%"', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = 'A partitioned table needs a distribution column.';
    END IF;
    IF anchor IS NULL THEN
        colocation := nextval('pg_dist_colocationid_seq');
        INSERT INTO pg_dist_colocation VALUES (colocation, 1, 1, 0, 0);
    ELSE
        SELECT colocationid INTO colocation FROM pg_dist_partition WHERE logicalrelid = anchor AND partmethod = 'n' AND repmodel = 's' AND colocationid <> 0;
        IF colocation IS NULL THEN
            RAISE EXCEPTION 'cannot colocate tables % and %', anchor, relation USING ERRCODE = '42804',
                DETAIL = 'A table without a distribution column can only go with another such table.';
        END IF;
    END IF;
    PERFORM tangelo_check_foreign_keys(relation, colocation, false, NULL);
    INSERT INTO pg_dist_partition VALUES (relation, 'n', NULL, colocation, 's', false);
    PERFORM tangelo_let_wait(released || tangelo_referrers(relation));
    shard := nextval('pg_dist_shardid_seq');
    INSERT INTO pg_dist_shard VALUES (relation, shard, 't', NULL, NULL);
    IF anchor IS NULL THEN
        groups := tangelo_shard_groups();
        INSERT INTO pg_dist_placement (shardid, groupid) VALUES (shard, groups[1 + colocation % cardinality(groups)]);
    ELSE
        INSERT INTO pg_dist_placement (shardid, groupid)
            SELECT shard, groupid FROM pg_dist_placement JOIN pg_dist_shard USING (shardid) WHERE logicalrelid = anchor;
    END IF;
    PERFORM tangelo_make_shards(relation);
END $$;

-- What moves with another table moves silently.
CREATE OR REPLACE FUNCTION tangelo_make_local_shards(relations regclass[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    member regclass;
BEGIN
    FOREACH member IN ARRAY relations LOOP
        PERFORM tangelo_make_shards(member);
    END LOOP;
END $$;

-- The functions a user calls run as the user, with the user's search_path: colocate_with is a name.
CREATE OR REPLACE FUNCTION create_distributed_table(
    table_name regclass, distribution_column text, distribution_type citus.distribution_type DEFAULT 'hash',
    colocate_with text DEFAULT 'default', shard_count integer DEFAULT NULL, replication_factor integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    anchor regclass;
    shards integer := coalesce(shard_count, nullif(current_setting('citus.shard_count', true), '')::integer, 32);
    copies integer := coalesce(replication_factor, nullif(current_setting('citus.shard_replication_factor', true), '')::integer, 1);
BEGIN
    IF table_name IS NULL OR distribution_type IS NULL OR colocate_with IS NULL THEN
        RAISE EXCEPTION 'table, distribution type and colocate_with cannot be NULL' USING ERRCODE = '22004';
    END IF;
    IF distribution_column IS NULL THEN
        IF distribution_type <> 'hash' THEN
            RAISE EXCEPTION 'distribution_type can''t be specified when the distribution column is null' USING ERRCODE = '22023';
        END IF;
        IF shard_count IS NOT NULL THEN
            RAISE EXCEPTION 'shard_count can''t be specified when the distribution column is null because in that case it''s automatically set to 1' USING ERRCODE = '22023';
        END IF;
        PERFORM tangelo_distribute_single(table_name, CASE WHEN lower(colocate_with) NOT IN ('default', 'none') THEN colocate_with::regclass END);
        RETURN;
    END IF;
    IF distribution_type <> 'hash' THEN
        IF shard_count IS NOT NULL THEN
            RAISE EXCEPTION 'cannot distribute relation "%" by % into a number of shards', table_name, distribution_type USING ERRCODE = '22023',
                DETAIL = 'Its shards are made one by one.', HINT = 'Leave shard_count out.';
        END IF;
        IF lower(colocate_with) NOT IN ('default', 'none') THEN
            IF distribution_type = 'append' THEN
                RAISE EXCEPTION 'cannot colocate append-distributed tables' USING ERRCODE = '0A000',
                    DETAIL = 'Nothing ties the shards of one to those of the other.', HINT = 'Leave colocate_with out.';
            END IF;
            anchor := colocate_with::regclass;
        END IF;
        IF replication_factor <> 1 THEN
            RAISE EXCEPTION 'cannot distribute relation "%" with % copies of each shard', table_name, replication_factor USING ERRCODE = '0A000',
                DETAIL = 'How many placements a shard has is decided when it is made.', HINT = 'SET citus.shard_replication_factor.';
        END IF;
        PERFORM tangelo_distribute_by_values(table_name, distribution_column, CASE distribution_type WHEN 'append' THEN 'a' ELSE 'r' END::"char", anchor);
        RETURN;
    END IF;
    IF shards NOT BETWEEN 1 AND 64000 THEN
        RAISE EXCEPTION '% is outside the valid range for parameter "shard_count" (1 .. 64000)', shards USING ERRCODE = '22023';
    END IF;
    IF copies < 1 OR copies > 100 THEN
        RAISE EXCEPTION '% is outside the valid range for parameter "replication_factor" (1 .. 100)', copies USING ERRCODE = '22023';
    END IF;
    IF lower(colocate_with) NOT IN ('default', 'none') THEN
        anchor := colocate_with::regclass;
        IF shard_count IS NOT NULL THEN
            RAISE NOTICE 'shard_count is ignored: colocate_with decides the number of shards';
        END IF;
    END IF;
    PERFORM tangelo_distribute_hash(table_name, distribution_column, colocate_with, anchor, shards, copies);
END $$;

CREATE OR REPLACE FUNCTION create_distributed_table_concurrently(
    table_name regclass, distribution_column text, distribution_type citus.distribution_type DEFAULT 'hash',
    colocate_with text DEFAULT 'default', shard_count integer DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$
    SELECT create_distributed_table(table_name, distribution_column, distribution_type, colocate_with, shard_count);
$$;

CREATE OR REPLACE FUNCTION create_reference_table(table_name regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF table_name IS NULL THEN
        RAISE EXCEPTION 'table cannot be NULL' USING ERRCODE = '22004';
    END IF;
    PERFORM tangelo_distribute_reference(table_name);
END $$;
