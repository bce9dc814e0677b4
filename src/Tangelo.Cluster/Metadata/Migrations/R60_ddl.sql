-- What a schema change does on the coordinator besides the client's statement. All of these may be called by anybody: they
-- bring a distributed table into the state it has to be in anyway, or ask for its owner.

-- Columns, names and types are part of what routers keep in memory.
CREATE OR REPLACE FUNCTION tangelo_metadata_touched() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_version bigint;
BEGIN
    UPDATE tangelo_metadata_version SET version = version + 1 RETURNING version INTO new_version;
    PERFORM pg_notify('tangelo_metadata', new_version::text);
END $$;

CREATE OR REPLACE FUNCTION tangelo_table_changed(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    child regclass := to_regclass(format('pg_catalog.tangelo_%s', relation));
    owner oid := (SELECT relowner FROM pg_class WHERE oid = relation);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RETURN;
    END IF;

    PERFORM tangelo_disable_foreign_keys(relation);
    -- ALTER TABLE descends to the child only when both have the same owner.
    IF (SELECT relowner FROM pg_class WHERE oid = child) <> owner THEN
        EXECUTE format('ALTER FOREIGN TABLE %s OWNER TO %I', child, pg_get_userbyid(owner));
    END IF;
    PERFORM tangelo_metadata_touched();
END $$;

-- The rows of a table get the default of a column that was added. As the owner, who must see all of them.
CREATE OR REPLACE FUNCTION tangelo_fill_column(relation regclass, column_name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
BEGIN
    EXECUTE format('UPDATE %s SET %I = DEFAULT', relation, column_name);
END $$;

-- PostgreSQL refuses ALTER COLUMN TYPE ... USING on a foreign table: the child goes before it and comes again after it.
CREATE OR REPLACE FUNCTION tangelo_detach_child(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    EXECUTE format('DROP FOREIGN TABLE IF EXISTS pg_catalog.%I', 'tangelo_' || relation);
END $$;

CREATE OR REPLACE FUNCTION tangelo_attach_child(relation oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
BEGIN
    -- A partitioned table has its partitions instead.
    IF EXISTS (SELECT FROM pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid AND c.relkind = 'r' WHERE logicalrelid = relation) THEN
        PERFORM tangelo_create_child(relation);
    END IF;
END $$;

-- CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY has failed on a shard: the index is there, but cannot be relied upon.
CREATE OR REPLACE FUNCTION tangelo_index_failed(index regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM tangelo_require_owner((SELECT indrelid FROM pg_index WHERE indexrelid = index));
    UPDATE pg_index SET indisvalid = false WHERE indexrelid = index;
END $$;

-- A policy with subqueries has been made or changed: the shards get it as it is now.
CREATE OR REPLACE FUNCTION tangelo_put_policy(relation oid, policy name) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_require_distributed(relation);
    PERFORM tangelo_call('put_policy', jsonb_build_object(
        'table', tangelo_table_facts(relation), 'others', tangelo_tables_led_to(relation), 'policy', policy,
        'commands', tangelo_table_commands(relation) || jsonb_build_object(
            'statements', '[]'::jsonb, 'foreignKeys', '[]'::jsonb, 'policies', tangelo_policy_commands(relation, policy))));
END $$;
