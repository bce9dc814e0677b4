-- Foreign keys to distributed partitioned tables. PostgreSQL has a constraint for each partition below the key itself; here nodes check rows, and those constraints
-- are written by hand: for catalogs, names and what depends on partitions. docs/decisions/0041-keys-to-partitioned-tables.md has the reasons.

-- A name as PostgreSQL cuts it: the longer part gives way.
CREATE OR REPLACE FUNCTION tangelo_object_name(first text, second text, label text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    room integer := 61 - octet_length(label);
    a integer := octet_length(first);
    b integer := octet_length(second);
BEGIN
    WHILE a + b > room LOOP
        IF a > b THEN
            a := a - 1;
        ELSE
            b := b - 1;
        END IF;
    END LOOP;
    WHILE octet_length(first) > a LOOP
        first := left(first, -1);
    END LOOP;
    WHILE octet_length(second) > b LOOP
        second := left(second, -1);
    END LOOP;
    RETURN format('%s_%s_%s', first, second, label);
END $$;

-- The constraint of a partition below a foreign key; with the first free name of those that PostgreSQL gives.
CREATE OR REPLACE FUNCTION tangelo_make_partition_key(parent oid, partition oid, name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    c pg_constraint;
    number integer := 0;
    base text;
    columns text;
BEGIN
    SELECT * INTO c FROM pg_constraint WHERE oid = parent;
    SELECT t.relname, string_agg(a.attname, '_' ORDER BY k.n) INTO base, columns
    FROM pg_class t, unnest(c.conkey) WITH ORDINALITY AS k(number, n) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number WHERE t.oid = c.conrelid GROUP BY t.relname;
    WHILE name IS NULL OR EXISTS (SELECT FROM pg_constraint WHERE conname = name AND connamespace = c.connamespace) LOOP
        name := tangelo_object_name(base, columns, 'fkey' || coalesce(nullif(number, 0)::text, ''));
        number := number + 1;
    END LOOP;
    c.confkey := ARRAY(
        SELECT p.attnum FROM unnest(c.confkey) WITH ORDINALITY AS k(number, n) JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number
        JOIN pg_attribute p ON p.attrelid = partition AND p.attname = a.attname ORDER BY k.n);
    c.oid := pg_nextoid('pg_constraint', 'oid', 'pg_constraint_oid_index');
    c.conname := name;
    c.conparentid := parent;
    c.confrelid := partition;
    c.conislocal := false;
    c.coninhcount := 1;
    c.connoinherit := false;
    INSERT INTO pg_constraint SELECT c.*;
    INSERT INTO pg_depend
    SELECT 'pg_constraint'::regclass, c.oid, 0, d.class, d.object, d.part, d.kind FROM (
        SELECT 'pg_class'::regclass AS class, c.conrelid AS object, unnest(c.conkey) AS part, 'a'::"char" AS kind
        UNION ALL
        SELECT 'pg_class'::regclass, partition, unnest(c.confkey), 'n'
        UNION ALL
        SELECT 'pg_constraint'::regclass, parent, 0, 'i') d;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_make_partition_key(oid, oid, text) FROM public;

-- Takes such constraints of partitions away, with what PostgreSQL has made for them: {"partition's name": {"OID of the key": "constraint's name"}}.
CREATE OR REPLACE FUNCTION tangelo_forget_partition_keys(partitions oid[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    names jsonb;
    keys oid[];
    tables oid[];
    triggers oid[];
BEGIN
    SELECT jsonb_object_agg(f.partition, f.keys), array_agg(f.oids) INTO names FROM (
        SELECT tangelo_qualified_name(c.confrelid) AS partition, jsonb_object_agg(c.conparentid::bigint, c.conname) AS keys, array_agg(c.oid) AS oids
        FROM pg_constraint c WHERE c.confrelid = ANY (partitions) AND c.contype = 'f' AND c.conparentid <> 0 GROUP BY c.confrelid) f;
    IF names IS NULL THEN
        RETURN '{}';
    END IF;
    SELECT array_agg(oid), array_agg(DISTINCT conrelid) INTO keys, tables FROM pg_constraint WHERE confrelid = ANY (partitions) AND contype = 'f' AND conparentid <> 0;
    WITH gone AS (DELETE FROM pg_trigger WHERE tgconstraint = ANY (keys) RETURNING oid) SELECT coalesce(array_agg(oid), '{}') INTO triggers FROM gone;
    DELETE FROM pg_depend WHERE classid = 'pg_trigger'::regclass AND objid = ANY (triggers);
    DELETE FROM pg_depend WHERE classid = 'pg_constraint'::regclass AND objid = ANY (keys);
    DELETE FROM pg_depend WHERE refclassid = 'pg_constraint'::regclass AND refobjid = ANY (keys);
    DELETE FROM pg_constraint WHERE oid = ANY (keys);
    PERFORM tangelo_look_again(relation) FROM unnest(tables || partitions) AS relation;
    RETURN names;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_forget_partition_keys(oid[]) FROM public;

-- Gives the partitions of a table the constraints that they miss below one that refers to the table, on all levels, in PostgreSQL's order; true when there were any.
CREATE OR REPLACE FUNCTION tangelo_complete_key(key oid, relation oid, names jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    changed boolean := false;
BEGIN
    FOR r IN
        SELECT c.oid, c.relkind, names -> tangelo_qualified_name(c.oid) ->> key::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = relation ORDER BY c.oid
    LOOP
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conparentid = key AND confrelid = r.oid) THEN
            PERFORM tangelo_make_partition_key(key, r.oid, r.name);
            changed := true;
        END IF;
        IF r.relkind = 'p' AND tangelo_complete_key((SELECT oid FROM pg_constraint WHERE conparentid = key AND confrelid = r.oid), r.oid, names) THEN
            changed := true;
        END IF;
    END LOOP;
    RETURN changed;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_complete_key(oid, oid, jsonb) FROM public;

-- The same for all keys to a table. names: as tangelo_forget_partition_keys gives them.
CREATE OR REPLACE FUNCTION tangelo_complete_partition_keys(relation regclass, names jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
    r record;
    changed oid[] := '{}';
BEGIN
    -- Of constraints below a key only those of partitions of the table that it refers to have some below them.
    FOR r IN
        SELECT c.oid, c.conrelid FROM pg_constraint c LEFT JOIN pg_constraint k ON k.oid = c.conparentid
        WHERE c.confrelid = relation AND c.contype = 'f' AND (c.conparentid = 0 OR k.conrelid = c.conrelid) ORDER BY c.conname
    LOOP
        IF tangelo_complete_key(r.oid, relation, names) AND r.conrelid <> ALL (changed) THEN
            changed := changed || r.conrelid;
        END IF;
    END LOOP;
    IF changed <> '{}' THEN
        PERFORM tangelo_look_again(t) FROM unnest(changed) t;
        PERFORM tangelo_tell_actions();
        PERFORM tangelo_name_partition_keys(t) FROM unnest(changed) t;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_complete_partition_keys(regclass, jsonb) FROM public;

-- On the shards of a table the constraints below its foreign keys get the names that they have on the coordinator. Who may not rename them there has made a partition
-- of a table that others refer to: names are not worth an error.
CREATE OR REPLACE FUNCTION tangelo_name_partition_keys(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tag text := format('$t%s$', md5(random()::text));
    quote text := format('$q%s$', md5(random()::text));
    hole jsonb := tangelo_hole(relation);
    listed jsonb := '[]';
    r record;
BEGIN
    FOR r IN
        WITH RECURSIVE k AS (
            SELECT oid, confrelid, conname, conname AS root, 0 AS level FROM pg_constraint WHERE conrelid = relation AND contype = 'f' AND conparentid = 0
            UNION ALL
            SELECT c.oid, c.confrelid, c.conname, k.root, k.level + 1 FROM k JOIN pg_constraint c ON c.conparentid = k.oid AND c.conrelid = relation)
        SELECT k.* FROM k JOIN pg_dist_partition p ON p.logicalrelid = k.confrelid WHERE k.level > 0 ORDER BY k.oid
    LOOP
        listed := listed || jsonb_build_array(format('%s(%s', CASE WHEN listed = '[]' THEN '' ELSE ', ' END, quote), tangelo_hole(r.confrelid),
            format('%s::pg_catalog.regclass, %L::pg_catalog.name, %L::pg_catalog.name)', quote, r.root, r.conname));
    END LOOP;
    IF listed = '[]' OR NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RETURN;
    END IF;
    PERFORM tangelo_call('create_shards', jsonb_build_object(
        'nodes', (SELECT jsonb_agg(tangelo_node_facts(n)) FROM pg_dist_node n WHERE n.noderole = 'primary'),
        'tables', jsonb_build_array(tangelo_table_facts(relation)),
        'others', (SELECT jsonb_agg(f) FROM tangelo_tables_facts(ARRAY(SELECT confrelid FROM pg_constraint WHERE conrelid = relation AND contype = 'f' AND conparentid <> 0)) f),
        'commands', jsonb_build_array(jsonb_build_object('dependencies', '[]'::jsonb, 'objects', '[]'::jsonb, 'policies', '[]'::jsonb, 'foreignKeys', '[]'::jsonb, 'statements', jsonb_build_array(
            jsonb_build_array('DO ' || tag || ' DECLARE shard pg_catalog.regclass := ' || quote, hole, quote || $body$; listed pg_catalog.jsonb; r record;
BEGIN
    WITH RECURSIVE k AS (
        SELECT oid, confrelid, conname, conname AS root FROM pg_catalog.pg_constraint
        WHERE conrelid OPERATOR(pg_catalog.=) shard AND contype OPERATOR(pg_catalog.=) 'f' AND conparentid OPERATOR(pg_catalog.=) 0
        UNION ALL
        SELECT c.oid, c.confrelid, c.conname, k.root FROM k JOIN pg_catalog.pg_constraint c ON c.conparentid OPERATOR(pg_catalog.=) k.oid AND c.conrelid OPERATOR(pg_catalog.=) shard)
    SELECT pg_catalog.jsonb_object_agg(k.oid::pg_catalog.int8, v.name) INTO listed
    FROM (VALUES $body$) || listed || jsonb_build_array($body$) AS v(partition, root, name)
    JOIN k ON k.confrelid OPERATOR(pg_catalog.=) v.partition AND k.root OPERATOR(pg_catalog.=) v.root
    WHERE k.conname OPERATOR(pg_catalog.<>) v.name;
    FOR r IN SELECT k.conname, k.oid FROM pg_catalog.pg_constraint k WHERE listed OPERATOR(pg_catalog.?) k.oid::pg_catalog.text LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', shard, r.conname, pg_catalog.concat('tangelo_k', r.oid));
    END LOOP;
    FOR r IN SELECT * FROM pg_catalog.jsonb_each_text(listed) LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', shard, pg_catalog.concat('tangelo_k', r.key), r.value);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    NULL;
END $body$ || tag))))));
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_name_partition_keys(regclass) FROM public;

CREATE OR REPLACE FUNCTION tangelo_follow_partition_keys(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    PERFORM tangelo_name_partition_keys(relation);
END $$;

-- A key to a partitioned table is made while that has no partitions to see, by whoever may refer to it. Nobody can leave it so.
CREATE OR REPLACE FUNCTION tangelo_begin_key(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- PostgreSQL says who may not.
    IF has_any_column_privilege(tangelo_caller(), relation, 'REFERENCES') THEN
        PERFORM tangelo_hide_for_key(relation);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_hide_for_key(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on SET tangelo.hiding = 'on' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid WHERE logicalrelid = relation AND c.relkind = 'p') THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', relation);
    WITH hidden AS (DELETE FROM pg_inherits WHERE inhparent = relation RETURNING *) INSERT INTO tangelo_hidden_partition SELECT * FROM hidden;
    PERFORM tangelo_look_again(relation);
END $$;

REVOKE EXECUTE ON FUNCTION tangelo_hide_for_key(regclass) FROM public;

CREATE OR REPLACE FUNCTION tangelo_end_key(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    IF EXISTS (SELECT FROM tangelo_hidden_partition WHERE inhparent = relation) THEN
        WITH shown AS (DELETE FROM tangelo_hidden_partition WHERE inhparent = relation RETURNING *) INSERT INTO pg_inherits
        SELECT shown.* FROM shown JOIN pg_class c ON c.oid = shown.inhrelid;
        PERFORM tangelo_look_again(relation);
    END IF;
    IF EXISTS (SELECT FROM pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid WHERE logicalrelid = relation AND c.relkind = 'p') THEN
        PERFORM tangelo_complete_partition_keys(relation);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_hidden_at_end() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM tangelo_hidden_partition WHERE inhparent = NEW.inhparent) THEN
        RAISE EXCEPTION 'the partitions of table % are still hidden', NEW.inhparent::regclass USING ERRCODE = '55000';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_hidden_at_end() FROM public;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'pg_catalog.tangelo_hidden_partition'::regclass AND tgname = 'hidden_at_end') THEN
        CREATE CONSTRAINT TRIGGER hidden_at_end AFTER INSERT ON pg_catalog.tangelo_hidden_partition DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (current_setting('tangelo.hiding', true) = 'on') EXECUTE FUNCTION pg_catalog.tangelo_hidden_at_end();
        ALTER TABLE pg_catalog.tangelo_hidden_partition ENABLE ALWAYS TRIGGER hidden_at_end;
    END IF;
END $$;
