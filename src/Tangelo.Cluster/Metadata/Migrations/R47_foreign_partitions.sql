DROP FUNCTION IF EXISTS tangelo_make_foreign_partitions(regclass, oid[]);
-- The foreign tables that take the places of partitions, with the metadata of their shards and what makes those; and of the tables that
-- have rows, which stay under another name: that name, the foreign table, and the columns, as an array in a text. late: what makes the indexes, where that is for later.
CREATE OR REPLACE FUNCTION tangelo_make_foreign_partitions(parent regclass, partitions oid[], without_indexes boolean, OUT made oid[], OUT commands jsonb[], OUT late jsonb, OUT filled text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_dist_partition;
    has_rows boolean;
    old text;
    fresh regclass;
    template jsonb;
    layout text := tangelo_layout(parent);
    triggers text[] := '{}';
    known oid[] := '{}';
    command text;
    empty text[] := '{}';
    indexed jsonb := '[]';

    -- Without indexes and foreign keys, of which a partition would get its own.
    is_alone boolean := without_indexes AND NOT EXISTS (SELECT FROM pg_constraint WHERE parent IN (conrelid, confrelid) AND contype IN ('f', 't') AND confrelid <> 0);
    r record;
BEGIN
    made := '{}';
    commands := '{}';
    late := '[]';
    filled := '{}';
    SELECT * INTO p FROM pg_dist_partition WHERE logicalrelid = parent;
    FOR r IN
        SELECT c.oid, c.relname, n.nspname, pg_get_userbyid(c.relowner) AS owner, pg_get_expr(c.relpartbound, c.oid) AS bound,
            CASE WHEN d.logicalrelid IS NULL THEN tangelo_table_commands(c.oid, NOT without_indexes) END AS commands,
            CASE WHEN without_indexes THEN tangelo_late_commands(c.oid, parent) END AS late,
            tangelo_writable_columns(c.oid) AS columns, tangelo_own_indexes(c.oid) AS indexes, tangelo_layout(c.oid) AS layout, d.logicalrelid IS NOT NULL AS has_shards
        FROM unnest(partitions) WITH ORDINALITY AS x(partition, n) JOIN pg_class c ON c.oid = x.partition JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_dist_partition d ON d.logicalrelid = c.oid ORDER BY x.n
    LOOP
        PERFORM tangelo_require_unused(r.oid);
        has_rows := NOT r.has_shards AND tangelo_has_rows(r.oid);
        triggers := triggers || tangelo_own_trigger_commands(r.oid);
        EXECUTE format('ALTER TABLE %s RENAME TO %I', r.oid::regclass, 'tangelo_partition_' || r.oid);
        old := format('%I.%I', r.nspname, 'tangelo_partition_' || r.oid);
        EXECUTE format('CREATE FOREIGN TABLE %I.%I %s SERVER tangelo_loopback OPTIONS (schema_name ''tangelo_loopback'', table_name ''t'')', r.nspname, r.relname,
            CASE WHEN r.layout = layout THEN format('PARTITION OF %s %s', parent, r.bound) ELSE format('(%s)', r.layout) END);
        fresh := format('%I.%I', r.nspname, r.relname)::regclass;
        IF r.layout <> layout THEN
            EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, fresh, r.bound);
        END IF;
        IF r.owner <> current_user THEN
            EXECUTE format('ALTER FOREIGN TABLE %s OWNER TO %I', fresh, r.owner);
        END IF;
        PERFORM tangelo_take_access(r.oid, fresh);
        INSERT INTO tangelo_partition_index
        SELECT fresh, h.inhparent, c.relname FROM pg_index i JOIN pg_inherits h ON h.inhrelid = i.indexrelid JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = r.oid;
        IF r.has_shards THEN
            known := known || fresh::oid;
            UPDATE pg_dist_partition d SET logicalrelid = fresh, partkey = f.attnum::text FROM pg_attribute a JOIN pg_attribute f ON f.attname = a.attname AND f.attrelid = fresh
            WHERE d.logicalrelid = r.oid AND a.attrelid = r.oid AND a.attnum = d.partkey::smallint;
            UPDATE pg_dist_shard SET logicalrelid = fresh WHERE logicalrelid = r.oid;
            DELETE FROM tangelo_watch WHERE relation = r.oid;
        END IF;
        made := made || fresh::oid;
        IF r.indexes <> '[]' THEN
            indexed := indexed || jsonb_build_object('relation', fresh::oid::bigint, 'indexes', r.indexes);
            EXECUTE (SELECT string_agg(format('ALTER INDEX %I.%I RENAME TO %I', r.nspname, i.name, 'tangelo_partition_' || r.oid || '_' || i.n), '; ')
                FROM jsonb_array_elements(r.indexes) WITH ORDINALITY AS x(index, n), LATERAL (SELECT x.index ->> 'name' AS name, x.n) i);
        END IF;

        -- The holes name the new table.
        template := regexp_replace(coalesce(r.commands, tangelo_no_commands(r.oid))::text, format(E'"oid": %s\\M', r.oid), format('"oid": %s', fresh::oid), 'g');
        commands := commands || (template || jsonb_build_object('foreignKeys', '[]'::jsonb,
            'attach', jsonb_build_array('ALTER TABLE ', tangelo_hole(parent), ' ATTACH PARTITION ', tangelo_hole(fresh), ' ' || r.bound),
            'parent', CASE WHEN is_alone AND r.bound <> 'DEFAULT' THEN parent::oid::bigint END));
        IF without_indexes THEN
            late := late || regexp_replace(r.late::text, format(E'"oid": %s\\M', r.oid), format('"oid": %s', fresh::oid), 'g')::jsonb;
        END IF;
        IF has_rows THEN
            filled := filled || ARRAY[old, fresh::text, r.columns]::text;
        ELSE
            empty := empty || old;
        END IF;
    END LOOP;

    UPDATE pg_foreign_table SET ftoptions = ARRAY['schema_name=tangelo_loopback', 'table_name=t' || ftrelid] WHERE ftrelid = ANY (made);
    PERFORM tangelo_attach_to_partitions(made);
    IF cardinality(empty) > 0 THEN
        EXECUTE format('DROP TABLE %s', array_to_string(empty, ', '));
    END IF;
    INSERT INTO pg_dist_partition
    SELECT f.attrelid, 'h', f.attnum, p.colocationid, 's', false FROM pg_attribute a JOIN pg_attribute f ON f.attname = a.attname AND f.attrelid = ANY (made)
    WHERE a.attrelid = parent AND a.attnum = p.partkey::smallint AND f.attrelid <> ALL (known);
    PERFORM tangelo_make_shards_like(parent, ARRAY(SELECT m FROM unnest(made) WITH ORDINALITY AS x(m, n) WHERE m <> ALL (known) ORDER BY n)::regclass[]);
    FOR r IN SELECT (x ->> 'relation')::oid::regclass AS relation, x -> 'indexes' AS indexes FROM jsonb_array_elements(indexed) x LOOP
        PERFORM tangelo_make_own_indexes(r.relation, r.indexes);
    END LOOP;
    FOREACH command IN ARRAY triggers LOOP
        EXECUTE command;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_make_foreign_partitions(regclass, oid[], boolean) FROM public;

-- A default partition stays: PostgreSQL has to know of it.
CREATE OR REPLACE FUNCTION tangelo_put_partitions_aside(parent regclass, partitions oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH hidden AS (
        DELETE FROM pg_inherits WHERE inhparent = parent AND inhrelid = ANY (partitions)
        AND inhrelid <> (SELECT partdefid FROM pg_partitioned_table WHERE partrelid = parent) RETURNING *)
    INSERT INTO tangelo_hidden_partition SELECT * FROM hidden;
    PERFORM tangelo_look_again(parent);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_put_partitions_aside(regclass, oid[]) FROM public;

CREATE OR REPLACE FUNCTION tangelo_return_partitions(parent regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH shown AS (DELETE FROM tangelo_hidden_partition WHERE inhparent = parent RETURNING *) INSERT INTO pg_inherits
    SELECT shown.* FROM shown JOIN pg_class c ON c.oid = shown.inhrelid;
    PERFORM tangelo_look_again(parent);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_return_partitions(regclass) FROM public;
