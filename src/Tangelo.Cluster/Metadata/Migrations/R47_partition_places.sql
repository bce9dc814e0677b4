-- A table that takes the place of another one: a foreign table that of a partition, and a plain table that of one which leaves. docs/decisions/0060-tables-with-shards-become-partitions.md
-- has the reasons.

-- The columns and checks of a table, in its own order.
CREATE OR REPLACE FUNCTION tangelo_layout(relation oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT concat_ws(', ', (
            SELECT string_agg(concat(quote_ident(a.attname), ' ', format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN ' COLLATE ' || tangelo_collation_name(a.attcollation) END,
                CASE WHEN a.attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid)) ELSE ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
                CASE WHEN a.attnotnull THEN ' NOT NULL' END), ', ' ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped), (
            SELECT string_agg(format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), ', ' ORDER BY conname) FROM pg_constraint WHERE conrelid = relation AND contype = 'c')));
END $$;

-- Rights and comments.
CREATE OR REPLACE FUNCTION tangelo_take_access(old oid, fresh regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner text := quote_ident(pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid = old)));
    r record;
BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = old AND relacl IS NOT NULL) THEN
        EXECUTE format('REVOKE ALL ON %s FROM %s', fresh, owner);
    END IF;
    FOR r IN SELECT * FROM tangelo_privileges(old) LOOP
        EXECUTE format('GRANT %s ON %s TO %s%s', r.privilege, fresh, CASE WHEN r.grantee = 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(r.grantee)) END,
            CASE WHEN r.is_grantable THEN ' WITH GRANT OPTION' END);
    END LOOP;
    INSERT INTO pg_description
    SELECT fresh, d.classoid, coalesce(f.attnum, 0), d.description FROM pg_description d LEFT JOIN pg_attribute a ON d.objsubid > 0 AND a.attrelid = old AND a.attnum = d.objsubid
    LEFT JOIN pg_attribute f ON f.attrelid = fresh AND f.attname = a.attname
    WHERE d.objoid = old AND d.classoid = 'pg_class'::regclass AND (d.objsubid = 0 OR f.attnum IS NOT NULL)
        AND NOT EXISTS (SELECT FROM pg_description x WHERE x.objoid = fresh AND x.classoid = d.classoid AND x.objsubid = coalesce(f.attnum, 0));
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_take_access(oid, regclass) FROM public;

-- What makes the triggers of a table that it does not have from a partitioned one.
CREATE OR REPLACE FUNCTION tangelo_own_trigger_commands(relation oid) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(c.command ORDER BY t.tgname, c.n), '{}') FROM tangelo_user_triggers(relation) t, LATERAL (VALUES
        (1, pg_get_triggerdef(t.oid)),
        (2, CASE WHEN t.tgenabled <> 'O' THEN format('ALTER TABLE %s %s TRIGGER %I', relation::regclass,
            CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname) END)) AS c (n, command)
    WHERE t.tgparentid = 0 AND c.command IS NOT NULL;
$$;

-- The commands for shards that are there.
CREATE OR REPLACE FUNCTION tangelo_no_commands(relation oid) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('oid', relation::bigint, 'dependencies', '[]'::jsonb, 'objects', '[]'::jsonb, 'statements', '[]'::jsonb, 'foreignKeys', '[]'::jsonb, 'policies', '[]'::jsonb);
$$;

-- The indexes that a partition had from its table, with the names that they had there.
CREATE OR REPLACE FUNCTION tangelo_make_indexes_like(relation regclass, parent regclass, partition oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    schema_name name := (SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
    known name;
    r record;
BEGIN
    FOR r IN
        SELECT c.oid, i.indisunique, k.contype, pg_get_constraintdef(k.oid) AS constraint_definition,
            substr(pg_get_indexdef(c.oid), length(format('CREATE %sINDEX %I ON ONLY %s', CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, parent)) + 1) AS definition
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = parent AND k.contype IN ('p', 'u', 'x')
        WHERE i.indrelid = parent AND i.indisvalid ORDER BY c.oid
    LOOP
        known := (SELECT x.name FROM tangelo_partition_index x WHERE x.partition = tangelo_make_indexes_like.partition AND x.parent = r.oid
            AND to_regclass(format('%I.%I', schema_name, x.name)) IS NULL LIMIT 1);
        IF r.contype IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s ADD %s%s', relation, 'CONSTRAINT ' || quote_ident(known) || ' ', r.constraint_definition);
        ELSE
            EXECUTE format('CREATE %sINDEX %s ON %s%s', CASE WHEN r.indisunique THEN 'UNIQUE ' END, quote_ident(known), relation, r.definition);
        END IF;
    END LOOP;
    DELETE FROM tangelo_partition_index x WHERE x.partition = tangelo_make_indexes_like.partition;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_make_indexes_like(regclass, regclass, oid) FROM public;

-- Before a distributed table becomes a partition: PostgreSQL attaches no table with a child. What the table has of the partitioned one's foreign keys the shards keep.
CREATE OR REPLACE FUNCTION tangelo_begin_attach(parent regclass, partition regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica AS $$
DECLARE
    r record;
BEGIN
    PERFORM tangelo_require_owner(parent), tangelo_require_owner(partition);
    EXECUTE format('LOCK TABLE ONLY %s, ONLY %s IN ACCESS EXCLUSIVE MODE', parent, partition);
    FOR r IN SELECT f.conname FROM pg_constraint f JOIN pg_constraint k ON k.conrelid = parent AND k.contype = 'f' AND k.confrelid = f.confrelid
            AND k.conname = f.conname AND pg_get_constraintdef(k.oid) = pg_get_constraintdef(f.oid)
        WHERE f.conrelid = partition AND f.contype = 'f' AND f.conparentid = 0
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', partition, r.conname);
    END LOOP;
    IF (SELECT relkind = 'p' FROM pg_class WHERE oid = partition) THEN
        PERFORM tangelo_hide_leaves(partition);
    ELSE
        PERFORM tangelo_strip_shell(partition);
    END IF;
END $$;
