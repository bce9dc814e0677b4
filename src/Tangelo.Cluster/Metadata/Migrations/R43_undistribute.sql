-- Back to one PostgreSQL.

-- The distributed tables that foreign keys connect with this one, itself included.
CREATE OR REPLACE FUNCTION tangelo_foreign_key_family(relation regclass) RETURNS regclass[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE family AS (
        SELECT relation::oid AS member
        UNION
        SELECT CASE WHEN c.conrelid = f.member THEN c.confrelid ELSE c.conrelid END
        FROM family f JOIN pg_constraint c ON c.contype = 'f' AND c.conparentid = 0 AND f.member IN (c.conrelid, c.confrelid))
    SELECT array_agg(member::regclass ORDER BY member) FROM family JOIN pg_dist_partition ON logicalrelid = member;
$$;

-- Foreign keys of partitioned tables, and to them, are dropped: without the shards PostgreSQL makes them anew, with all that partitions have of them.
-- The statements that do it.
CREATE OR REPLACE FUNCTION tangelo_take_partition_keys(members regclass[]) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    again text[] := '{}';
    r record;
BEGIN
    FOR r IN
        SELECT c.conrelid::regclass AS relation, c.conname, pg_get_constraintdef(c.oid) AS definition, obj_description(c.oid, 'pg_constraint') AS comment FROM pg_constraint c
        WHERE c.contype = 'f' AND c.conparentid = 0 AND (c.conrelid = ANY (members::oid[]) OR c.confrelid = ANY (members::oid[]))
        AND EXISTS (SELECT FROM pg_class WHERE oid IN (c.conrelid, c.confrelid) AND relkind = 'p') ORDER BY c.oid
    LOOP
        again := again || format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.relation, r.conname, r.definition);
        IF r.comment IS NOT NULL THEN
            again := again || format('COMMENT ON CONSTRAINT %I ON %s IS %L', r.conname, r.relation, r.comment);
        END IF;
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.relation, r.conname);
    END LOOP;
    RETURN again;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_take_partition_keys(regclass[]) FROM public;

-- Takes these tables out of the cluster, their rows into the shells. Keys among them and to others are checked by nobody meanwhile.
CREATE OR REPLACE FUNCTION tangelo_undistribute_tables(members regclass[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    member regclass;
    columns text;
    placements jsonb := '[]';
    keys text[];
    key text;
BEGIN
    FOREACH member IN ARRAY members LOOP
        PERFORM tangelo_require_owner(member);
        PERFORM tangelo_check_policy_readers(member);
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', member);
        SELECT placements || tangelo_placements(member, n.nspname, c.relname) INTO placements
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = member;
    END LOOP;
    keys := tangelo_take_partition_keys(members);
    -- Sessions write to shards without asking the coordinator: they wait from here on, and then find no shard. A placement that is still to be filled may not be there.
    PERFORM tangelo_call('lock_shards', jsonb_build_object('placements', (
        SELECT coalesce(jsonb_agg(p ORDER BY n), '[]') FROM jsonb_array_elements(placements) WITH ORDINALITY AS e(p, n)
        JOIN pg_dist_placement l ON l.shardid = (p ->> 'shard')::bigint AND l.groupid = (p ->> 'group')::integer WHERE l.shardstate = 1)));

    FOREACH member IN ARRAY members LOOP
        IF tangelo_is_of_partitions(member) THEN
            PERFORM tangelo_undistribute_partitioned(member);
            CONTINUE;
        END IF;
        RAISE NOTICE 'moving the data of %', member;
        columns := tangelo_writable_columns(member);
        PERFORM tangelo_force_on_shards(member, false);
        EXECUTE format('DROP TRIGGER tangelo_forward ON %s', member);
        PERFORM tangelo_leave_stages(member);
        PERFORM tangelo_drop_upsert_triggers(member);
        PERFORM tangelo_run_as_owner(member, format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM ONLY pg_catalog.%I', member, columns, columns, 'tangelo_' || member::oid));
        PERFORM tangelo_forget_table(member);
        PERFORM tangelo_close_materialized_view(member);
    END LOOP;
    FOREACH member IN ARRAY members LOOP
        PERFORM tangelo_enable_foreign_keys(member);
    END LOOP;
    FOREACH key IN ARRAY keys LOOP
        EXECUTE key;
    END LOOP;
    PERFORM tangelo_call('drop_shards', jsonb_build_object('placements', placements));
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_undistribute_tables(regclass[]) FROM public;

CREATE OR REPLACE FUNCTION tangelo_undistribute(relation regclass, cascade_via_foreign_keys boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    family regclass[];
BEGIN
    PERFORM tangelo_lock_metadata();
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION 'cannot undistribute table because the table is not distributed' USING ERRCODE = '42809';
    END IF;
    IF EXISTS (SELECT FROM pg_class WHERE oid = relation AND relispartition) THEN
        RAISE EXCEPTION 'cannot undistribute table "%"', (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = 'It is a partition.', HINT = 'Undistribute the partitioned table, or detach the partition first.';
    END IF;
    family := tangelo_foreign_key_family(relation);
    IF cardinality(family) > 1 AND NOT cascade_via_foreign_keys THEN
        RAISE EXCEPTION 'cannot undistribute table "%" because it has foreign keys to or from other distributed tables',
            (SELECT relname FROM pg_class WHERE oid = relation) USING ERRCODE = '0A000',
            DETAIL = format('Connected tables: %s.', array_to_string(array_remove(family, relation), ', ')),
            HINT = 'Use cascade_via_foreign_keys => true to undistribute all of them.';
    END IF;
    PERFORM tangelo_undistribute_tables(family);
END $$;

CREATE OR REPLACE FUNCTION undistribute_table(table_name regclass, cascade_via_foreign_keys boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF table_name IS NULL THEN
        RAISE EXCEPTION 'table cannot be NULL' USING ERRCODE = '22004';
    END IF;
    PERFORM pg_catalog.tangelo_undistribute(table_name, coalesce(cascade_via_foreign_keys, false));
END $$;

-- Rows have moved to the shards already; what is left is the room they took.
CREATE OR REPLACE FUNCTION truncate_local_data_after_distributing_table(function_name regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
BEGIN
    PERFORM tangelo_require_owner(function_name);
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = function_name) THEN
        RAISE EXCEPTION 'supplied parameter is not a distributed relation' USING ERRCODE = '22023';
    END IF;
    IF pg_relation_size(function_name) > 0 AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = function_name AND conrelid <> function_name)
        AND NOT EXISTS (SELECT FROM tangelo_user_triggers(function_name) WHERE tgtype & 32 <> 0 AND tgenabled IN ('A', 'R')) THEN
        EXECUTE format('TRUNCATE ONLY %s', function_name);
    END IF;
END $$;

-- Names a user may know these steps by.
CREATE OR REPLACE FUNCTION update_distributed_table_colocation(table_name regclass, colocate_with text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old integer;
    fresh integer;
BEGIN
    PERFORM tangelo_require_owner(table_name);
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_require_distributed(table_name);
    IF lower(colocate_with) <> 'none' THEN
        RAISE EXCEPTION 'a table can only be taken out of its co-location group' USING ERRCODE = '0A000', HINT = 'Use colocate_with => ''none''.';
    END IF;
    SELECT colocationid INTO old FROM pg_dist_partition WHERE logicalrelid = table_name AND partmethod = 'h';
    IF old IS NULL THEN
        RAISE EXCEPTION 'relation % should be a hash distributed table', table_name USING ERRCODE = '42809';
    END IF;
    IF (SELECT count(*) FROM pg_dist_partition WHERE colocationid = old) > 1 THEN
        fresh := nextval('pg_dist_colocationid_seq');
        INSERT INTO pg_dist_colocation SELECT fresh, shardcount, replicationfactor, distributioncolumntype, distributioncolumncollation
            FROM pg_dist_colocation WHERE colocationid = old;
        UPDATE pg_dist_partition SET colocationid = fresh WHERE logicalrelid = table_name;
        INSERT INTO tangelo_isolated_colocation VALUES (fresh);
    END IF;
END $$;
