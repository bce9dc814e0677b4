-- Local tables that the cluster knows: one shard, on the coordinator. A local table becomes one when a foreign key connects it with a
-- reference table, since such a key can only be checked beside a replica of the reference table; without the key it is made local again.

CREATE OR REPLACE FUNCTION tangelo_is_local(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation AND partmethod = 'n' AND repmodel = 's' AND colocationid = 0);
$$;

-- A partitioned table or a partition: neither can be in one shard of the coordinator's.
CREATE OR REPLACE FUNCTION tangelo_is_of_partitions(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT relkind = 'p' OR relispartition FROM pg_class WHERE oid = relation $$;

-- A table outside of the cluster with a key to a distributed table. It waits to be distributed too, and takes no rows until then: nobody
-- could check them.
CREATE OR REPLACE FUNCTION tangelo_is_waiting(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) AND EXISTS (
        SELECT FROM pg_constraint c JOIN pg_dist_partition p ON p.logicalrelid = c.confrelid
        WHERE c.contype = 'f' AND c.conrelid = relation AND (p.partmethod <> 'n' OR p.repmodel <> 't' AND p.colocationid <> 0 OR tangelo_is_of_partitions(relation)));
$$;

CREATE OR REPLACE FUNCTION tangelo_waiting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key record;
BEGIN
    SELECT c.conname, t.relname INTO key
    FROM pg_constraint c JOIN pg_dist_partition p ON p.logicalrelid = c.confrelid JOIN pg_class t ON t.oid = c.confrelid
    WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid = TG_RELID AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = TG_RELID) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'cannot write to local table "%" while its foreign key "%" refers to distributed table "%"', TG_TABLE_NAME, key.conname, key.relname
            USING ERRCODE = '0A000', HINT = format('Distribute "%s" too, or drop the foreign key.', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;

-- Those of these tables that have a key into the cluster and are not of it.
CREATE OR REPLACE FUNCTION tangelo_let_wait(relations regclass[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT DISTINCT c.conrelid::regclass AS relation, t.oid IS NULL AS is_new
        FROM pg_constraint c JOIN pg_dist_partition p ON p.logicalrelid = c.confrelid
        LEFT JOIN pg_trigger t ON t.tgrelid = c.conrelid AND t.tgname = 'tangelo_waiting'
        WHERE c.contype = 'f' AND c.conrelid = ANY (relations::oid[]) AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = c.conrelid)
    LOOP
        IF r.is_new THEN
            EXECUTE format('CREATE TRIGGER tangelo_waiting BEFORE INSERT OR UPDATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION tangelo_waiting()', r.relation);
        END IF;
        PERFORM tangelo_disable_foreign_keys(r.relation);
    END LOOP;
END $$;

-- The distributed table is gone that a table waited for, and it still has keys to reference tables.
CREATE OR REPLACE FUNCTION tangelo_end_waiting() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    relations regclass[];
BEGIN
    SELECT array_agg(DISTINCT c.conrelid::regclass) INTO relations
    FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid
    JOIN pg_constraint c ON c.contype = 'f' AND c.conrelid = t.tgrelid JOIN pg_dist_partition p ON p.logicalrelid = c.confrelid
    WHERE t.tgname = 'tangelo_waiting' AND NOT tangelo_is_waiting(t.tgrelid) AND pg_has_role(tangelo_caller(), r.relowner, 'USAGE');
    IF relations IS NOT NULL THEN
        PERFORM tangelo_add_local_tables(relations, true);
    END IF;
END $$;

-- The tables with a foreign key to this one.
CREATE OR REPLACE FUNCTION tangelo_referrers(relation oid) RETURNS regclass[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT conrelid::regclass), '{}') FROM pg_constraint WHERE contype = 'f' AND confrelid = relation AND conrelid <> relation;
$$;

-- Before a table is distributed: local tables that came into the cluster by themselves and refer to it go out again, and wait.
CREATE OR REPLACE FUNCTION tangelo_release_referrers(relation regclass) RETURNS regclass[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET client_min_messages = warning AS $$
DECLARE
    members regclass[];
BEGIN
    WITH RECURSIVE f AS (
        SELECT unnest(tangelo_referrers(relation))::oid AS member
        UNION
        SELECT other FROM f JOIN pg_constraint c ON c.contype = 'f' AND c.conparentid = 0 AND f.member IN (c.conrelid, c.confrelid),
            LATERAL (SELECT CASE WHEN c.conrelid = f.member THEN c.confrelid ELSE c.conrelid END AS other) o
        WHERE tangelo_is_local(f.member) AND tangelo_is_local(other))
    SELECT array_agg(logicalrelid ORDER BY logicalrelid) INTO members
    FROM f JOIN pg_dist_partition ON logicalrelid = member AND tangelo_is_local(member) AND autoconverted;
    IF members IS NULL THEN
        RETURN '{}';
    END IF;
    PERFORM tangelo_undistribute_tables(members);
    RETURN members;
END $$;

-- The tables outside of the cluster that foreign keys connect with these, themselves included; each after those it refers to.
CREATE OR REPLACE FUNCTION tangelo_local_family(relations regclass[]) RETURNS regclass[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    family oid[];
    ordered regclass[] := '{}';
    next oid;
BEGIN
    WITH RECURSIVE f AS (
        SELECT unnest(relations)::oid AS member
        UNION
        SELECT other FROM f JOIN pg_constraint c ON c.contype = 'f' AND c.conparentid = 0 AND f.member IN (c.conrelid, c.confrelid),
            LATERAL (SELECT CASE WHEN c.conrelid = f.member THEN c.confrelid ELSE c.conrelid END AS other) o
        WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = other) AND NOT tangelo_is_waiting(other) AND NOT tangelo_is_of_partitions(other))
    SELECT array_agg(member ORDER BY member) INTO family FROM f WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = member);

    WHILE cardinality(family) > 0 LOOP
        SELECT m INTO next FROM unnest(family) m
        WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = m AND confrelid <> m AND confrelid = ANY (family))
        ORDER BY m LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'cannot add local table "%" to the metadata', (SELECT relname FROM pg_class WHERE oid = family[1]) USING ERRCODE = '0A000',
                DETAIL = 'It refers to itself by way of the foreign keys of other tables.';
        END IF;
        ordered := ordered || next::regclass;
        family := array_remove(family, next);
    END LOOP;
    RETURN ordered;
END $$;

-- The coordinator as a node that holds replicas of the reference tables.
CREATE OR REPLACE FUNCTION tangelo_require_coordinator_node() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_ensure_coordinator();
    IF NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0 AND noderole = 'primary') THEN
        IF current_setting('max_prepared_transactions')::integer = 0 THEN
            RAISE EXCEPTION 'the coordinator does not allow prepared transactions' USING ERRCODE = '55000',
                DETAIL = 'It would hold replicas of the reference tables; transactions over several nodes are committed in two phases.',
                HINT = 'Set max_prepared_transactions to at least max_connections on the coordinator and restart it.';
        END IF;
        PERFORM citus_set_coordinator_host(tangelo_loopback_option('host'), tangelo_loopback_option('port')::integer);
    END IF;
END $$;

-- The metadata of one table, which must not have anything that a shard cannot have.
CREATE OR REPLACE FUNCTION tangelo_record_local_table(relation regclass, is_automatic boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shard bigint;
    other record;
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_check_relation(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN EXCLUSIVE MODE', relation);
    PERFORM tangelo_check_relation(relation);
    SELECT c.conname, c.conrelid = relation AS is_outgoing, t.relname, p.partmethod INTO other
    FROM pg_constraint c
    JOIN pg_class t ON t.oid = CASE WHEN c.conrelid = relation THEN c.confrelid ELSE c.conrelid END
    JOIN pg_dist_partition p ON p.logicalrelid = t.oid
    WHERE c.contype = 'f' AND c.conparentid = 0 AND relation IN (c.conrelid, c.confrelid)
    AND (p.partmethod <> 'n' OR p.repmodel <> 't' AND p.colocationid <> 0 OR p.repmodel = 't' AND c.confrelid = relation)
    LIMIT 1;
    IF FOUND AND other.is_outgoing THEN
        PERFORM tangelo_refuse_key_to_distributed();
    ELSIF FOUND THEN
        RAISE EXCEPTION 'cannot add local table "%" to the metadata', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = format('Foreign key "%s" of table "%s" refers to it, and is checked on the workers.', other.conname, other.relname);
    END IF;
    shard := nextval('pg_dist_shardid_seq');
    INSERT INTO pg_dist_partition VALUES (relation, 'n', NULL, 0, 's', is_automatic);
    INSERT INTO pg_dist_shard VALUES (relation, shard, 't', NULL, NULL);
    INSERT INTO pg_dist_placement (shardid, groupid) VALUES (shard, 0);
END $$;

CREATE OR REPLACE FUNCTION tangelo_refuse_key_to_distributed() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported'
        USING ERRCODE = '0A000', DETAIL = 'Reference tables and local tables can only have foreign keys to reference tables and local tables';
END $$;

-- The given tables and all local tables that foreign keys connect with them.
CREATE OR REPLACE FUNCTION tangelo_add_local_tables(relations regclass[], is_automatic boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET client_min_messages = warning AS $$
DECLARE
    family regclass[];
    member regclass;
BEGIN
    PERFORM tangelo_lock_metadata();
    family := tangelo_local_family(relations);
    PERFORM tangelo_require_coordinator_node();
    FOREACH member IN ARRAY family LOOP
        PERFORM tangelo_record_local_table(member, is_automatic);
    END LOOP;
    FOREACH member IN ARRAY family LOOP
        PERFORM tangelo_make_shards(member);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION citus_add_local_table_to_metadata(table_name regclass, cascade_via_foreign_keys boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    relation_name name := (SELECT relname FROM pg_catalog.pg_class WHERE oid = table_name);
BEGIN
    IF table_name IS NULL THEN
        RAISE EXCEPTION 'table cannot be NULL' USING ERRCODE = '22004';
    END IF;
    IF pg_catalog.tangelo_is_local(table_name) THEN
        RAISE EXCEPTION 'table "%" is already a local table added to metadata', relation_name USING ERRCODE = '42P16';
    END IF;
    PERFORM pg_catalog.tangelo_check_relation(table_name);
    IF cardinality(pg_catalog.tangelo_local_family(ARRAY[table_name])) > 1 AND NOT coalesce(cascade_via_foreign_keys, false) THEN
        RAISE EXCEPTION 'relation "%" is involved in a foreign key relationship with another table', relation_name USING ERRCODE = '0A000',
            HINT = 'Use cascade_via_foreign_keys => true to add the tables of that relationship too.';
    END IF;
    PERFORM pg_catalog.tangelo_add_local_tables(ARRAY[table_name], false);
END $$;

-- Local tables that no key connects with a reference table any more: those that were added for such a key, or all.
CREATE OR REPLACE FUNCTION tangelo_release_local_tables(only_automatic boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET client_min_messages = warning AS $$
DECLARE
    members regclass[];
BEGIN
    SELECT array_agg(p.logicalrelid) INTO members FROM pg_dist_partition p
    WHERE p.partmethod = 'n' AND p.repmodel = 's' AND p.colocationid = 0 AND EXISTS (
        SELECT FROM pg_class WHERE oid = p.logicalrelid AND pg_has_role(tangelo_caller(), relowner, 'USAGE'))
    AND NOT EXISTS (
        SELECT FROM unnest(tangelo_foreign_key_family(p.logicalrelid)) m JOIN pg_dist_partition o ON o.logicalrelid = m
        WHERE o.repmodel = 't' OR only_automatic AND NOT o.autoconverted);
    IF members IS NOT NULL THEN
        PERFORM tangelo_lock_metadata();
        PERFORM tangelo_undistribute_tables(members);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION remove_local_tables_from_metadata() RETURNS void
LANGUAGE sql AS $$ SELECT pg_catalog.tangelo_release_local_tables(false) $$;

-- A local table that is about to become something else; its keys are looked at then.
CREATE OR REPLACE FUNCTION tangelo_leave_local(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET client_min_messages = warning AS $$
BEGIN
    IF tangelo_is_local(relation) THEN
        PERFORM tangelo_require_owner(relation);
        PERFORM tangelo_lock_metadata();
        PERFORM tangelo_undistribute_tables(ARRAY[relation]);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_require_local_keys(table_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT coalesce(nullif(current_setting('citus.enable_local_reference_table_foreign_keys', true), ''), 'on')::boolean THEN
        RAISE EXCEPTION 'cannot create foreign key constraint from local table "%" to a reference table', table_name USING ERRCODE = '0A000',
            DETAIL = 'citus.enable_local_reference_table_foreign_keys is off.',
            HINT = 'Use SELECT citus_add_local_table_to_metadata(...) first, or set it on.';
    END IF;
END $$;

-- Before ALTER TABLE adds a key: rows that are there already are checked on the shard then.
CREATE OR REPLACE FUNCTION tangelo_adopt_local_table(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_require_local_keys((SELECT relname FROM pg_class WHERE oid = relation));
    PERFORM tangelo_add_local_tables(ARRAY[relation::regclass], true);
END $$;

-- A new table, or a key that a function adds. On the empty shell PostgreSQL would let no row pass. A new table may have a key to a
-- distributed one, since the next statement distributes it.
CREATE OR REPLACE FUNCTION tangelo_keys_created() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    IF current_setting('tangelo.converting', true) = 'on' THEN
        RETURN;
    END IF;
    PERFORM tangelo_follow_partitions();
    PERFORM tangelo_drop_copied_looks();
    FOR r IN
        SELECT c.conrelid::regclass AS relation, t.relname, tangelo_is_waiting(c.conrelid) AS to_distributed
        FROM pg_event_trigger_ddl_commands() o
        JOIN pg_constraint c ON c.contype = 'f' AND c.conrelid = o.objid
        JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_dist_partition p ON p.logicalrelid = c.confrelid
        WHERE o.classid = 'pg_class'::regclass AND NOT EXISTS (SELECT FROM pg_dist_partition d WHERE d.logicalrelid = c.conrelid)
        GROUP BY 1, 2, 3 ORDER BY 1
    LOOP
        IF r.to_distributed AND TG_TAG = 'ALTER TABLE' THEN
            PERFORM tangelo_refuse_key_to_distributed();
        ELSIF r.to_distributed THEN
            PERFORM tangelo_let_wait(ARRAY[r.relation]);
            CONTINUE;
        END IF;
        PERFORM tangelo_require_local_keys(r.relname);
        PERFORM tangelo_add_local_tables(ARRAY[r.relation], true);
    END LOOP;
END $$;
