DROP FUNCTION IF EXISTS tangelo_adopt_partition(regclass);
DROP FUNCTION IF EXISTS tangelo_adopt_partitions(regclass, oid[]);
DROP FUNCTION IF EXISTS tangelo_adopt_partitioned(regclass, oid[]);
DROP FUNCTION IF EXISTS tangelo_create_foreign_partition(regclass, name, name, text, name);
DROP FUNCTION IF EXISTS tangelo_run_on_shards(regclass, regclass[], jsonb, jsonb);
-- Partitions of a distributed table. On the coordinator a partition is a foreign table that leads to its shards: below a partitioned table there
-- can be no empty table with a child. On the nodes every shard of the partitioned table has the shards of its partitions below it. A partition that is
-- partitioned itself is so here, too; tangelo_partitioned_partition remembers whose it is.

CREATE OR REPLACE FUNCTION tangelo_check_partitioned(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    table_name name := (SELECT relname FROM pg_class WHERE oid = relation);
    r record;
BEGIN
    FOR r IN
        SELECT k.conname, c.relname FROM pg_partition_tree(relation) t JOIN pg_class c ON c.oid = t.relid
        JOIN pg_constraint k ON k.contype = 'f' AND k.conparentid = 0 AND c.oid IN (k.conrelid, k.confrelid)
        WHERE t.level > 0
    LOOP
        RAISE EXCEPTION 'cannot distribute relation "%"', table_name USING ERRCODE = '0A000',
            DETAIL = format('Foreign key "%s" is one of its partition "%s" alone.', r.conname, r.relname), HINT = 'Drop the foreign key.';
    END LOOP;
    PERFORM tangelo_check_partitioned_indexes(relation);
    FOR r IN SELECT c.relname FROM pg_partition_tree(relation) t JOIN pg_class c ON c.oid = t.relid WHERE c.relkind = 'f' LOOP
        RAISE EXCEPTION 'cannot distribute relation "%"', table_name USING ERRCODE = '0A000',
            DETAIL = format('Its partition "%s" is a foreign table.', r.relname);
    END LOOP;
END $$;

-- An index that not every partition has would be one of all partitions on the shards.
CREATE OR REPLACE FUNCTION tangelo_check_partitioned_indexes(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT x.relname AS index, c.relname FROM pg_partition_tree(relation) t JOIN pg_index i ON i.indrelid = t.relid AND NOT i.indisvalid
        JOIN pg_class x ON x.oid = i.indexrelid AND x.relkind = 'I' JOIN pg_class c ON c.oid = t.relid LOOP
        RAISE EXCEPTION 'cannot distribute relation "%"', r.relname USING ERRCODE = '0A000',
            DETAIL = format('Not every partition has an index for "%s" yet.', r.index), HINT = 'Attach the others, or drop the index and make it again.';
    END LOOP;
END $$;

-- PostgreSQL does not give a partitioned table with foreign partitions unique indexes and foreign keys. Without partitions it does, and these may be foreign
-- again afterwards: the table forgets them for the time of one statement. Partitions that are partitioned stay, and forget theirs.
CREATE OR REPLACE FUNCTION tangelo_hide_partitions(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION 'table % is not distributed', relation USING ERRCODE = '42809';
    END IF;
    PERFORM tangelo_hide_leaves(relation);
END $$;

-- The partitioned tables of a tree.
CREATE OR REPLACE FUNCTION tangelo_partitioned_tables(relation regclass) RETURNS oid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT array_agg(relid::oid ORDER BY level, relid::oid) FROM pg_partition_tree(relation) WHERE NOT isleaf);
END $$;

CREATE OR REPLACE FUNCTION tangelo_hide_leaves(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    parents oid[] := tangelo_partitioned_tables(relation);
BEGIN
    EXECUTE (SELECT 'LOCK TABLE ' || string_agg('ONLY ' || p::regclass, ', ') || ' IN ACCESS EXCLUSIVE MODE' FROM unnest(parents) p);
    WITH hidden AS (
        DELETE FROM pg_inherits i WHERE inhparent = ANY (parents) AND (SELECT relkind <> 'p' FROM pg_class WHERE oid = inhrelid) RETURNING *)
    INSERT INTO tangelo_hidden_partition SELECT * FROM hidden;
    PERFORM tangelo_look_again(p) FROM unnest(parents) p;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_hide_leaves(regclass) FROM public;

CREATE OR REPLACE FUNCTION tangelo_show_leaves(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    parents oid[] := tangelo_partitioned_tables(relation);
BEGIN
    WITH shown AS (DELETE FROM tangelo_hidden_partition WHERE inhparent = ANY (parents) RETURNING *) INSERT INTO pg_inherits
    SELECT shown.* FROM shown JOIN pg_class c ON c.oid = shown.inhrelid;
    PERFORM tangelo_look_again(p) FROM unnest(parents) p;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_show_leaves(regclass) FROM public;

-- They are back. What a primary key makes NOT NULL is so in them, too.
CREATE OR REPLACE FUNCTION tangelo_show_partitions(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    r record;
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_show_leaves(relation);
    FOR r IN
        SELECT i.inhrelid::regclass AS partition, c.attname FROM pg_inherits i JOIN pg_class f ON f.oid = i.inhrelid AND f.relkind = 'f'
        JOIN pg_attribute c ON c.attrelid = i.inhrelid AND NOT c.attnotnull AND NOT c.attisdropped
        JOIN pg_attribute a ON a.attrelid = i.inhparent AND a.attname = c.attname AND a.attnotnull AND a.attnum > 0
        WHERE i.inhparent = ANY (tangelo_partitioned_tables(relation))
    LOOP
        EXECUTE format('ALTER FOREIGN TABLE %s ALTER COLUMN %I SET NOT NULL', r.partition, r.attname);
    END LOOP;
    PERFORM tangelo_disable_foreign_keys(p) FROM unnest(tangelo_partitioned_tables(relation)) p;
    PERFORM tangelo_mirror_constraint_triggers(relation);
END $$;

-- PostgreSQL reads a table's catalog rows anew once its row in pg_class has changed.
CREATE OR REPLACE FUNCTION tangelo_look_again(relation regclass) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE pg_class SET relname = relname WHERE oid = relation;
$$;
REVOKE EXECUTE ON FUNCTION tangelo_look_again(regclass) FROM public;

-- The rows of a table that becomes a partition are checked against foreign keys on the shards, when they have come there: here all tables are empty.
-- Constraint triggers, whose mark the keys have meanwhile, refer to no table.
CREATE OR REPLACE FUNCTION tangelo_hide_foreign_keys(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', relation);
    UPDATE pg_constraint SET contype = 't' WHERE conrelid = relation AND contype = 'f';
    PERFORM tangelo_look_again(relation);
END $$;

CREATE OR REPLACE FUNCTION tangelo_show_foreign_keys(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    UPDATE pg_constraint SET contype = 'f' WHERE conrelid = relation AND contype = 't' AND confrelid <> 0;
    PERFORM tangelo_look_again(relation);
    PERFORM tangelo_tell_actions();
END $$;

-- A statement for every shard of a table: an array of texts and holes. They may name another table, too.
CREATE OR REPLACE FUNCTION tangelo_run_on_shards(relation regclass, other regclass, statement jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_call('create_shards', jsonb_build_object(
        'nodes', (SELECT jsonb_agg(tangelo_node_facts(n)) FROM pg_dist_node n WHERE n.noderole = 'primary'),
        'tables', jsonb_build_array(tangelo_table_facts(relation)),
        'others', CASE WHEN coalesce(other = relation, true) THEN '[]' ELSE jsonb_build_array(tangelo_table_facts(other)) END,
        'commands', jsonb_build_array(jsonb_build_object('dependencies', '[]'::jsonb, 'objects', '[]'::jsonb, 'policies', '[]'::jsonb, 'statements', jsonb_build_array(statement), 'foreignKeys', '[]'::jsonb))));
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_run_on_shards(regclass, regclass, jsonb) FROM public;

-- What PostgreSQL lets be a partition and a shard cannot be.
CREATE OR REPLACE FUNCTION tangelo_check_new_partitions(parent regclass, partitions oid[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT relname, relkind, relpersistence FROM pg_class WHERE oid = ANY (partitions) AND (relkind = 'f' OR relpersistence = 't') ORDER BY oid LOOP
        IF r.relkind = 'f' THEN
            RAISE EXCEPTION 'cannot make "%" a partition of distributed table "%"', r.relname, (SELECT relname FROM pg_class WHERE oid = parent) USING ERRCODE = '0A000',
                DETAIL = 'It is a foreign table.';
        END IF;
        RAISE EXCEPTION 'cannot make temporary table "%" a partition of a distributed table', r.relname USING ERRCODE = '0A000';
    END LOOP;
    FOR r IN SELECT c.relname, t.tgname FROM unnest(partitions) p JOIN pg_class c ON c.oid = p, tangelo_user_triggers(p) t
        WHERE t.tgparentid = 0 AND (c.relkind = 'p' OR t.tgconstraint <> 0 OR t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL) LOOP
        RAISE EXCEPTION 'cannot make "%" a partition of a distributed table because of its trigger "%"', r.relname, r.tgname USING ERRCODE = '0A000',
            DETAIL = 'A partition cannot have constraint triggers, triggers with transition tables, or, where it is partitioned itself, triggers of its own.';
    END LOOP;
    FOR r IN SELECT k.conname, c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = ANY (partitions) AND c.oid IN (k.conrelid, k.confrelid)
        WHERE k.contype = 'f' AND k.conparentid = 0 LOOP
        RAISE EXCEPTION 'cannot make "%" a partition of a distributed table', r.relname USING ERRCODE = '0A000',
            DETAIL = format('Foreign key "%s" is its own.', r.conname), HINT = 'Drop the foreign key.';
    END LOOP;
END $$;

-- Another table takes the place of this one: views and functions cannot follow it.
CREATE OR REPLACE FUNCTION tangelo_require_unused(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT pg_describe_object(d.classid, d.objid, 0) AS user_of FROM (
            SELECT CASE WHEN w.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END AS classid, coalesce(w.ev_class, d.objid) AS objid
            FROM pg_class c JOIN pg_depend d ON d.deptype = 'n' AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid OR d.refclassid = 'pg_type'::regclass AND d.refobjid = c.reltype)
            LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
            WHERE c.oid = relation AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_class'::regclass)) d
        WHERE d.objid <> relation LIMIT 1
    LOOP
        RAISE EXCEPTION 'cannot attach or detach "%" because % depends on it', (SELECT relname FROM pg_class WHERE oid = relation), r.user_of USING ERRCODE = '0A000',
            DETAIL = 'On the coordinator another table takes the place of a partition of a distributed table.', HINT = 'Drop what depends on it, and make it again afterwards.';
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_require_unused(regclass) FROM public;

-- Partitions that PostgreSQL has made or attached on the coordinator get their shards, and their rows go there. They are many at times: the router is asked for
-- a hundred at once, and those that are done lie aside, since PostgreSQL reads the bounds of all whenever it makes another one. Where the shards of the table have
-- no indexes yet those of the partitions have none; what makes them is given back.
CREATE OR REPLACE FUNCTION tangelo_adopt_partitions(parent regclass, partitions oid[], without_indexes boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET allow_system_table_mods = on AS $$
DECLARE
    at_once CONSTANT integer := 100;
    is_long boolean;
    partitioned oid[] := ARRAY(SELECT oid FROM pg_class WHERE oid = ANY (partitions) AND relkind = 'p' ORDER BY array_position(partitions, oid));
    uniques oid[] := ARRAY(SELECT indexrelid FROM pg_index WHERE indrelid = parent AND indisunique);
    primaries oid[] := ARRAY(SELECT indexrelid FROM pg_index WHERE indrelid = parent AND indisprimary);
    keys oid[] := ARRAY(SELECT oid FROM pg_constraint WHERE parent IN (conrelid, confrelid) AND contype = 'f');
    constraint_triggers oid[] := ARRAY(SELECT oid FROM pg_trigger WHERE tgrelid = parent AND tgconstraint <> 0 AND NOT tgisinternal);
    key_names jsonb;
    fresh oid[];
    definitions jsonb[];
    sources text[] := '{}';
    remaining jsonb;
    r record;
BEGIN
    IF cardinality(partitions) = 0 THEN
        RETURN '[]';
    END IF;
    PERFORM tangelo_require_owner(p) FROM unnest(partitions) p;
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_check_new_partitions(parent, partitions);
    EXECUTE (SELECT format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', string_agg(p::regclass::text, ', ')) FROM unnest(partitions) p);
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
    remaining := tangelo_adopt_partitioned(parent, partitioned, without_indexes);
    partitions := ARRAY(SELECT p FROM unnest(partitions) WITH ORDINALITY AS x(p, n) WHERE p <> ALL (partitioned) ORDER BY n);
    IF cardinality(partitions) = 0 THEN
        PERFORM tangelo_metadata_touched();
        RETURN remaining;
    END IF;
    is_long := cardinality(partitions) > at_once;

    -- Unique indexes and foreign keys of a partitioned table forbid foreign partitions, since nobody could vouch for them. The shards do: the marks
    -- are taken off meanwhile.
    key_names := tangelo_forget_partition_keys(partitions);
    UPDATE pg_constraint SET contype = 't' WHERE oid = ANY (keys);
    UPDATE pg_index SET indisunique = false, indisprimary = false WHERE indexrelid = ANY (uniques);
    UPDATE pg_trigger SET tgisinternal = true WHERE oid = ANY (constraint_triggers);
    DELETE FROM pg_inherits WHERE inhparent = parent AND inhrelid = ANY (partitions);
    UPDATE pg_class SET relispartition = false WHERE oid = ANY (partitions);
    PERFORM tangelo_look_again(parent);
    IF is_long THEN
        PERFORM tangelo_put_partitions_aside(parent, ARRAY(SELECT inhrelid FROM pg_inherits WHERE inhparent = parent));
    END IF;
    FOR low IN 1 .. cardinality(partitions) BY at_once LOOP
        SELECT m.made, m.commands, sources || m.filled, remaining || m.late INTO fresh, definitions, sources, remaining
        FROM tangelo_make_foreign_partitions(parent, partitions[low : low + at_once - 1], without_indexes) m;
        PERFORM tangelo_call('create_shards', jsonb_build_object(
            'nodes', (SELECT jsonb_agg(tangelo_node_facts(n)) FROM pg_dist_node n WHERE n.noderole = 'primary'),
            'tables', (SELECT jsonb_agg(f ORDER BY array_position(fresh, (f ->> 'oid')::oid)) FROM tangelo_tables_facts(fresh) f),
            'others', jsonb_build_array(tangelo_table_facts(parent)),
            'commands', to_jsonb(definitions),
            'asidePartitionsOf', CASE WHEN is_long THEN parent::oid::bigint END));
        IF is_long THEN
            PERFORM tangelo_put_partitions_aside(parent, fresh);
        END IF;
    END LOOP;
    IF is_long THEN
        PERFORM tangelo_return_partitions(parent);
        PERFORM tangelo_call('return_partitions', jsonb_build_object('table', tangelo_table_facts(parent)));
    END IF;
    UPDATE pg_index SET indisunique = true, indisprimary = indexrelid = ANY (primaries) WHERE indexrelid = ANY (uniques);
    UPDATE pg_constraint SET contype = 'f' WHERE oid = ANY (keys);
    UPDATE pg_trigger SET tgisinternal = false WHERE oid = ANY (constraint_triggers);
    PERFORM tangelo_complete_partition_keys(parent, key_names);
    IF cardinality(constraint_triggers) > 0 THEN
        PERFORM tangelo_look_again(parent);
        PERFORM tangelo_mirror_constraint_triggers(parent);
    END IF;

    FOR r IN SELECT f.command[1] AS source, f.command[2] AS target, f.command[3] AS columns FROM unnest(sources) x, LATERAL (SELECT x::text[] AS command) f LOOP
        RAISE NOTICE 'Copying data from local table...';
        PERFORM tangelo_run_as_owner(r.target::regclass, format('INSERT INTO %s (%s) SELECT %s FROM %s', r.target, r.columns, r.columns, r.source));
        RAISE NOTICE 'copying the data has completed' USING DETAIL = format('All rows of table %s are on its shards now.', r.target);
        EXECUTE format('DROP TABLE %s', r.source);
    END LOOP;
    PERFORM tangelo_metadata_touched();
    RETURN remaining;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_adopt_partitions(regclass, oid[], boolean) FROM public;

-- Partitions that are partitioned stay what they are on the coordinator. They get their shards, and then their own partitions do.
CREATE OR REPLACE FUNCTION tangelo_adopt_partitioned(parent regclass, partitioned oid[], without_indexes boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_dist_partition;
    middle regclass;
    late jsonb := '[]';
    known oid[] := ARRAY(SELECT logicalrelid::oid FROM pg_dist_partition WHERE logicalrelid = ANY (partitioned));
BEGIN
    PERFORM tangelo_adopt_tree(parent, k) FROM unnest(known) k;
    partitioned := ARRAY(SELECT m FROM unnest(partitioned) WITH ORDINALITY AS x(m, n) WHERE m <> ALL (known) ORDER BY n);
    IF cardinality(partitioned) = 0 THEN
        RETURN late;
    END IF;
    SELECT * INTO p FROM pg_dist_partition WHERE logicalrelid = parent;
    INSERT INTO pg_dist_partition
    SELECT m.attrelid, 'h', m.attnum, p.colocationid, 's', false FROM pg_attribute a JOIN pg_attribute m ON m.attname = a.attname AND m.attrelid = ANY (partitioned)
    WHERE a.attrelid = parent AND a.attnum = p.partkey::smallint;
    INSERT INTO tangelo_partitioned_partition SELECT m, parent FROM unnest(partitioned) m;
    PERFORM tangelo_make_shards_like(parent, partitioned::regclass[]);
    PERFORM tangelo_call('create_shards', jsonb_build_object(
        'nodes', (SELECT jsonb_agg(tangelo_node_facts(n)) FROM pg_dist_node n WHERE n.noderole = 'primary'),
        'tables', (SELECT jsonb_agg(f ORDER BY array_position(partitioned, (f ->> 'oid')::oid)) FROM tangelo_tables_facts(partitioned) f),
        'others', jsonb_build_array(tangelo_table_facts(parent)),
        'commands', (
            SELECT jsonb_agg(c.commands || jsonb_build_object('foreignKeys', '[]'::jsonb, 'statements', (c.commands -> 'statements') || jsonb_build_array(
                jsonb_build_array('ALTER TABLE ', tangelo_hole(parent), ' ATTACH PARTITION ', tangelo_hole(c.oid), ' ' || c.bound))) ORDER BY c.n)
            FROM (
                SELECT m.oid, m.n, tangelo_table_commands(m.oid, NOT without_indexes) AS commands, pg_get_expr(t.relpartbound, t.oid) AS bound
                FROM unnest(partitioned) WITH ORDINALITY AS m(oid, n) JOIN pg_class t ON t.oid = m.oid) c)));
    PERFORM tangelo_attach_to_partitions(partitioned);
    FOREACH middle IN ARRAY partitioned LOOP
        IF EXISTS (SELECT FROM pg_inherits WHERE inhparent = middle) THEN
            PERFORM tangelo_check_partitioned_indexes(middle);
        END IF;
        PERFORM tangelo_end_of_waiting(middle);
        PERFORM tangelo_inherit_foreign_keys(middle, parent);
        PERFORM tangelo_disable_foreign_keys(middle);
        IF without_indexes THEN
            late := late || tangelo_late_commands(middle, parent);
        END IF;
        late := late || tangelo_adopt_partitions(middle, ARRAY(SELECT inhrelid FROM pg_inherits WHERE inhparent = middle ORDER BY inhrelid), without_indexes);
        PERFORM tangelo_remember_triggers(middle, tangelo_trigger_state(middle));
    END LOOP;
    PERFORM tangelo_enter_moves(pg_partition_root(parent));
    RETURN late;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_adopt_partitioned(regclass, oid[], boolean) FROM public;

-- A tree that has its shards. PostgreSQL has attached it while its partitions were hidden; each is attached to it once more, so that it has what its new table gives to partitions.
CREATE OR REPLACE FUNCTION tangelo_adopt_tree(parent regclass, tree regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    uniques oid[];
    primaries oid[];
    keys oid[];
    constraint_triggers oid[];
    r record;
BEGIN
    INSERT INTO tangelo_partitioned_partition VALUES (tree, parent);
    PERFORM tangelo_run_on_shards(tree, parent, jsonb_build_array('ALTER TABLE ', tangelo_hole(parent), ' ATTACH PARTITION ', tangelo_hole(tree),
        ' ' || (SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = tree)));
    PERFORM tangelo_attach_to_partitions(ARRAY[tree]::oid[]);
    PERFORM tangelo_show_leaves(tree);
    PERFORM tangelo_inherit_foreign_keys(tree, parent);
    SELECT coalesce(array_agg(indexrelid), '{}'), coalesce(array_agg(indexrelid) FILTER (WHERE indisprimary), '{}') INTO uniques, primaries
    FROM pg_index WHERE indrelid = ANY (tangelo_partitioned_tables(tree)) AND indisunique;
    keys := ARRAY(SELECT oid FROM pg_constraint WHERE conrelid = ANY (tangelo_partitioned_tables(tree)) AND contype = 'f');
    constraint_triggers := ARRAY(SELECT oid FROM pg_trigger WHERE tgrelid = ANY (tangelo_partitioned_tables(tree)) AND tgconstraint <> 0 AND NOT tgisinternal);
    UPDATE pg_constraint SET contype = 't' WHERE oid = ANY (keys);
    UPDATE pg_index SET indisunique = false, indisprimary = false WHERE indexrelid = ANY (uniques);
    UPDATE pg_trigger SET tgisinternal = true WHERE oid = ANY (constraint_triggers);
    PERFORM tangelo_look_again(t) FROM unnest(tangelo_partitioned_tables(tree)) t;
    FOR r IN
        SELECT t.relid::regclass AS leaf, t.parentrelid::regclass AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound
        FROM pg_partition_tree(tree) t JOIN pg_class c ON c.oid = t.relid AND c.relkind = 'f'
    LOOP
        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', r.parent, r.leaf);
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', r.parent, r.leaf, r.bound);
    END LOOP;
    UPDATE pg_index SET indisunique = true, indisprimary = indexrelid = ANY (primaries) WHERE indexrelid = ANY (uniques);
    UPDATE pg_constraint SET contype = 'f' WHERE oid = ANY (keys);
    UPDATE pg_trigger SET tgisinternal = false WHERE oid = ANY (constraint_triggers);
    PERFORM tangelo_look_again(t) FROM unnest(tangelo_partitioned_tables(tree)) t;
    PERFORM tangelo_mirror_constraint_triggers(tree);
    PERFORM tangelo_stage_partitions(ARRAY(SELECT relid::oid FROM pg_partition_tree(tree) WHERE relid <> tree));
    PERFORM tangelo_disable_foreign_keys(t) FROM unnest(tangelo_partitioned_tables(tree)) t;
    PERFORM tangelo_enter_moves(pg_partition_root(tree));
    PERFORM tangelo_remember_triggers(t, tangelo_trigger_state(t)) FROM pg_partition_tree(tree), LATERAL (SELECT relid::oid AS t) x;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_adopt_tree(regclass, regclass) FROM public;

-- While it was attached the foreign keys of its table had no mark: PostgreSQL attaches it once more, and finds no rows to check.
CREATE OR REPLACE FUNCTION tangelo_inherit_foreign_keys(partition regclass, parent regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hidden oid[] := ARRAY(SELECT oid FROM pg_constraint WHERE conrelid = parent AND contype = 't' AND confrelid <> 0);
    bound text := (SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = partition);
BEGIN
    IF hidden = '{}' THEN
        RETURN;
    END IF;
    PERFORM tangelo_hide_leaves(partition);
    UPDATE pg_constraint SET contype = 'f' WHERE oid = ANY (hidden);
    PERFORM tangelo_look_again(parent);
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, partition);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, partition, bound);
    UPDATE pg_constraint SET contype = 't' WHERE oid = ANY (hidden);
    PERFORM tangelo_look_again(parent);
    PERFORM tangelo_show_leaves(partition);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_inherit_foreign_keys(regclass, regclass) FROM public;

-- A partition that has left its table is a distributed table like any other, with all that it had besides.
CREATE OR REPLACE FUNCTION tangelo_release_partition(partition regclass, parent regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET allow_system_table_mods = on AS $$
DECLARE
    c pg_class;
    schema_name name;
    fresh regclass;
    old oid := partition;
    indexes jsonb := tangelo_own_indexes(partition);
    triggers text[] := tangelo_own_trigger_commands(partition);
    command text;
    r record;
BEGIN
    SELECT * INTO c FROM pg_class WHERE oid = partition;
    SELECT nspname INTO schema_name FROM pg_namespace WHERE oid = c.relnamespace;
    PERFORM tangelo_require_unused(partition);
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_run_on_shards(partition, parent, jsonb_build_array('ALTER TABLE ', tangelo_hole(parent), ' DETACH PARTITION ', tangelo_hole(partition)));
    PERFORM tangelo_forget_partition_keys(ARRAY[old]);
    EXECUTE format('ALTER FOREIGN TABLE %s RENAME TO %I', partition, 'tangelo_partition_' || old);
    EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES EXCLUDING STATISTICS)', schema_name, c.relname, partition);
    fresh := format('%I.%I', schema_name, c.relname)::regclass;
    EXECUTE format('ALTER TABLE %s OWNER TO %I', fresh, pg_get_userbyid(c.relowner));
    PERFORM tangelo_take_access(old, fresh);
    PERFORM tangelo_make_indexes_like(fresh, parent, old);
    UPDATE pg_dist_partition SET logicalrelid = fresh,
        partkey = (SELECT attnum FROM pg_attribute WHERE attrelid = fresh
            AND attname = (SELECT attname FROM pg_attribute WHERE attrelid = old AND attnum::text = partkey))::text
        WHERE logicalrelid = old;
    UPDATE pg_dist_shard SET logicalrelid = fresh WHERE logicalrelid = old;
    DELETE FROM tangelo_watch WHERE relation = old;
    EXECUTE format('DROP FOREIGN TABLE %I.%I', schema_name, 'tangelo_partition_' || old);
    PERFORM tangelo_make_own_indexes(fresh, indexes);

    -- The shards have the foreign keys, and have checked them.
    FOR r IN SELECT conname, confrelid, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = parent AND contype = 'f' AND conparentid = 0 LOOP
        PERFORM tangelo_hide_for_key(r.confrelid);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', fresh, r.conname, r.definition);
        UPDATE pg_constraint SET convalidated = true WHERE conrelid = fresh AND conname = r.conname;
        PERFORM tangelo_end_key(r.confrelid);
    END LOOP;
    FOREACH command IN ARRAY triggers LOOP
        EXECUTE command;
    END LOOP;
    PERFORM tangelo_attach_shell(fresh);
    PERFORM tangelo_tell_actions();
    PERFORM tangelo_metadata_touched();
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_release_partition(regclass, regclass) FROM public;

CREATE OR REPLACE FUNCTION tangelo_release_partitioned(partition regclass, parent regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
BEGIN
    PERFORM tangelo_lock_metadata();
    PERFORM tangelo_run_on_shards(partition, parent, jsonb_build_array('ALTER TABLE ', tangelo_hole(parent), ' DETACH PARTITION ', tangelo_hole(partition)));
    DELETE FROM tangelo_partitioned_partition WHERE relation = partition;
    PERFORM tangelo_disable_foreign_keys(partition);
    PERFORM tangelo_enter_moves(partition);
    PERFORM tangelo_remember_triggers(partition, tangelo_trigger_state(partition));
    PERFORM tangelo_tell_actions();
    PERFORM tangelo_metadata_touched();
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_release_partitioned(regclass, regclass) FROM public;

-- Back to one PostgreSQL: the partitions become plain tables, their rows come along.
CREATE OR REPLACE FUNCTION tangelo_undistribute_partitioned(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    placements jsonb := '[]';
    columns text;
    schema_name name;
    r record;
    foreigners text[] := '{}';
    rename text[] := '{}';
    attach text[] := '{}';
    indexed jsonb := '[]';
    triggers text[] := '{}';
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_check_policy_readers(relation);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
    FOR r IN SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid IN (SELECT relid FROM pg_partition_tree(relation)) LOOP
        placements := placements || tangelo_placements(r.oid, r.nspname, r.relname);
    END LOOP;
    PERFORM tangelo_call('lock_shards', jsonb_build_object('placements', placements));
    PERFORM tangelo_leave_stages(relation), tangelo_leave_moves(relation);
    FOR r IN SELECT c.oid, c.oid::regclass AS partition, t.parentrelid AS parent, n.nspname, c.relname, c.relowner, pg_get_expr(c.relpartbound, c.oid) AS bound
        FROM pg_partition_tree(relation) t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.isleaf ORDER BY c.oid
    LOOP
        RAISE NOTICE 'moving the data of %', r.partition;
        columns := tangelo_writable_columns(r.oid);
        EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE)', r.nspname, 'tangelo_partition_' || r.oid, r.partition);
        EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', r.nspname, 'tangelo_partition_' || r.oid, pg_get_userbyid(r.relowner));
        PERFORM tangelo_run_as_owner(r.partition, format('INSERT INTO %I.%I (%s) SELECT %s FROM %s', r.nspname, 'tangelo_partition_' || r.oid, columns, columns, r.partition));
        foreigners := foreigners || format('%I.%I', r.nspname, r.relname);
        rename := rename || format('ALTER TABLE %I.%I RENAME TO %I', r.nspname, 'tangelo_partition_' || r.oid, r.relname);
        indexed := indexed || jsonb_build_object('table', format('%I.%I', r.nspname, r.relname), 'indexes', tangelo_own_indexes(r.oid));
        triggers := triggers || tangelo_own_trigger_commands(r.oid);
        attach := attach || format('ALTER TABLE %s ATTACH PARTITION %I.%I %s', r.parent, r.nspname, r.relname, r.bound);
    END LOOP;
    IF cardinality(foreigners) > 0 THEN
        EXECUTE format('DROP FOREIGN TABLE %s', array_to_string(foreigners, ', '));
    END IF;
    FOR r IN SELECT p::regclass AS partitioned FROM unnest(tangelo_partitioned_tables(relation)) WITH ORDINALITY AS x(p, n) ORDER BY n DESC LOOP
        placements := tangelo_forget_table(r.partitioned);
    END LOOP;
    FOR r IN SELECT command FROM unnest(rename) AS command LOOP
        EXECUTE r.command;
    END LOOP;
    FOR r IN SELECT (x ->> 'table')::regclass AS relation, x -> 'indexes' AS indexes FROM jsonb_array_elements(indexed) x LOOP
        PERFORM tangelo_make_own_indexes(r.relation, r.indexes);
    END LOOP;
    FOR r IN SELECT command FROM unnest(attach) AS command LOOP
        PERFORM tangelo_run_as_owner(relation, r.command);
    END LOOP;
    FOR r IN SELECT command FROM unnest(triggers) AS command LOOP
        EXECUTE r.command;
    END LOOP;
    PERFORM tangelo_call('drop_shards', jsonb_build_object('placements', placements));
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_undistribute_partitioned(regclass) FROM public;

-- After CREATE TABLE and ALTER TABLE, whoever ran them.
CREATE OR REPLACE FUNCTION tangelo_follow_partitions() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT t.oid::regclass AS parent, array_agg(i.inhrelid ORDER BY i.inhrelid) AS partitions
        FROM pg_dist_partition p JOIN pg_class t ON t.oid = p.logicalrelid AND t.relkind = 'p' JOIN pg_inherits i ON i.inhparent = t.oid JOIN pg_class c ON c.oid = i.inhrelid
        WHERE CASE c.relkind WHEN 'r' THEN true WHEN 'p' THEN NOT EXISTS (SELECT FROM tangelo_partitioned_partition m WHERE m.relation = c.oid) AND NOT EXISTS (SELECT FROM pg_foreign_table f WHERE f.ftrelid = c.oid)
            ELSE NOT EXISTS (SELECT FROM pg_dist_partition d WHERE d.logicalrelid = c.oid) END GROUP BY t.oid ORDER BY t.oid
    LOOP
        PERFORM tangelo_adopt_partitions(r.parent, r.partitions);
    END LOOP;
    FOR r IN
        SELECT c.oid::regclass AS partition, (
            SELECT o.logicalrelid FROM pg_dist_partition o JOIN pg_class t ON t.oid = o.logicalrelid AND t.relkind = 'p'
            JOIN pg_event_trigger_ddl_commands() e ON e.classid = 'pg_class'::regclass AND e.objid = t.oid LIMIT 1) AS parent
        FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid AND c.relkind = 'f' AND NOT c.relispartition
    LOOP
        PERFORM tangelo_release_partition(r.partition, r.parent);
    END LOOP;
    FOR r IN
        SELECT m.relation::regclass AS partition, m.parent::regclass FROM tangelo_partitioned_partition m JOIN pg_class c ON c.oid = m.relation AND NOT c.relispartition
    LOOP
        PERFORM tangelo_release_partitioned(r.partition, r.parent);
    END LOOP;
END $$;
