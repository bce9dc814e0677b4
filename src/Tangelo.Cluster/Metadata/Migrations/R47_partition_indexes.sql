-- Indexes of one partition. PostgreSQL makes none on a foreign table, but it makes them on a partitioned table, and there they have no rows and no files: while
-- a partition gets an index it is a partitioned table by its distribution column. docs/decisions/0040-indexes-of-partitions.md has the reasons.
CREATE OR REPLACE FUNCTION tangelo_open_partition(partition regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM tangelo_require_owner(partition);
    IF NOT EXISTS (SELECT FROM pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid AND c.relkind = 'f' WHERE logicalrelid = partition) THEN
        RAISE EXCEPTION '"%" is not a partition of a distributed table', (SELECT relname FROM pg_class WHERE oid = partition) USING ERRCODE = '42809';
    END IF;
    UPDATE pg_class SET relkind = 'p' WHERE oid = partition;
    INSERT INTO pg_partitioned_table
    SELECT partition, 'h', 1, 0, a.attnum::text::int2vector, tangelo_hash_class(a.atttypid)::text::oidvector, a.attcollation::text::oidvector, NULL
    FROM pg_dist_partition p JOIN pg_attribute a ON a.attrelid = p.logicalrelid AND a.attnum = p.partkey::smallint WHERE p.logicalrelid = partition;
END $$;

CREATE OR REPLACE FUNCTION tangelo_close_partition(partition regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM tangelo_require_owner(partition);
    IF EXISTS (SELECT FROM pg_foreign_table WHERE ftrelid = partition) THEN
        DELETE FROM pg_partitioned_table WHERE partrelid = partition;
        UPDATE pg_class SET relkind = 'f' WHERE oid = partition AND relkind = 'p';
    END IF;
END $$;

-- All of a table's, for a change that makes indexes anew: of the type of a column. Or those that have indexes already, when the table gets one: it takes one like it.
CREATE OR REPLACE FUNCTION tangelo_open_partitions(relation regclass, with_indexes boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_open_partition(relid) FROM pg_partition_tree(relation)
    WHERE isleaf AND (NOT with_indexes OR EXISTS (SELECT FROM pg_index WHERE indrelid = relid));
END $$;

CREATE OR REPLACE FUNCTION tangelo_close_partitions(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_close_partition(relid) FROM pg_partition_tree(relation) WHERE NOT isleaf AND EXISTS (SELECT FROM pg_foreign_table WHERE ftrelid = relid);
END $$;

-- Both around one statement, for what cannot be in a transaction with the shards. As the user, with the search_path of the user.
CREATE OR REPLACE FUNCTION tangelo_index_partition(partition regclass, statement text) RETURNS void
LANGUAGE plpgsql SET tangelo.converting = 'on' AS $$
BEGIN
    PERFORM pg_catalog.tangelo_open_partition(partition);
    EXECUTE statement;
    PERFORM pg_catalog.tangelo_close_partition(partition);
END $$;

-- The indexes of a partition that it does not get from its table: [{"name", "unique", "definition" after the table's name, "parent"}]. Those of an index that is not
-- valid yet are among them: when all partitions have one, it will be.
CREATE OR REPLACE FUNCTION tangelo_own_indexes(partition regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('name', c.relname, 'unique', i.indisunique, 'parent', h.inhparent::bigint, 'definition',
            substr(pg_get_indexdef(c.oid), length(format('CREATE %sINDEX %I ON %s%s', CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname,
                CASE c.relkind WHEN 'I' THEN 'ONLY ' END, partition)) + 1)) ORDER BY c.oid), '[]')
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
        WHERE i.indrelid = partition AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
        AND (c.relkind = 'I' OR i.indisvalid AND (h.inhparent IS NULL OR NOT (SELECT p.indisvalid FROM pg_index p WHERE p.indexrelid = h.inhparent))));
END $$;

-- Makes them on the table that takes the partition's place. One that is there under another name, since its table has the same, gets the name. PostgreSQL computes
-- what is constant in their expressions: as the owner.
CREATE OR REPLACE FUNCTION tangelo_make_own_indexes(relation regclass, indexes jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_foreign boolean := (SELECT relkind = 'f' FROM pg_class WHERE oid = relation);
    owner_is_superuser boolean := (SELECT r.rolsuper FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = relation);
    schema_name name := (SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
    command text;
    step text;
    same name;
    r record;
BEGIN
    IF indexes = '[]' THEN
        RETURN;
    END IF;
    FOR r IN SELECT * FROM jsonb_to_recordset(indexes) AS x(name name, "unique" boolean, definition text, parent oid) LOOP
        IF NOT is_foreign THEN
            same := (SELECT o ->> 'name' FROM jsonb_array_elements(tangelo_own_indexes(relation)) o
                WHERE o ->> 'definition' = r.definition AND (o ->> 'unique')::boolean = r.unique AND NOT EXISTS (
                    SELECT FROM jsonb_array_elements(indexes) n WHERE n ->> 'name' = o ->> 'name') LIMIT 1);
            IF same IS NOT NULL THEN
                EXECUTE format('ALTER INDEX %I.%I RENAME TO %I', schema_name, same, r.name);
                CONTINUE;
            END IF;
        END IF;
        command := format('CREATE %sINDEX %I ON %s%s', CASE WHEN r.unique THEN 'UNIQUE ' END, r.name, relation, r.definition);
        IF is_foreign THEN
            PERFORM tangelo_open_partition(relation);
        END IF;
        IF owner_is_superuser THEN
            EXECUTE command;
        ELSE
            step := tangelo_owner_step(relation, 'void', command);
            EXECUTE format('SELECT %s()', step);
            EXECUTE format('DROP FUNCTION %s()', step);
        END IF;
        IF is_foreign THEN
            PERFORM tangelo_close_partition(relation);
            IF r.parent IS NOT NULL THEN
                EXECUTE format('ALTER INDEX %s ATTACH PARTITION %I.%I', r.parent::regclass, schema_name, r.name);
            END IF;
        END IF;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_make_own_indexes(regclass, jsonb) FROM public;

-- As pg_indexes shows the definition: the index of a partition is one of a plain table.
CREATE OR REPLACE FUNCTION tangelo_index_definition(index oid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.relkind = 'f' THEN pg_catalog.regexp_replace(d, pg_catalog.format('^(CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")*"|[^ "]+) ON )ONLY '), '\1') ELSE d END
    FROM pg_catalog.pg_get_indexdef(index) d, pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid WHERE i.indexrelid = index
$$;
