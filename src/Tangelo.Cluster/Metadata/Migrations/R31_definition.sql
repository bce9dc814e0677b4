-- A table's definition as templates: arrays of texts and holes. A hole {"oid", "name"[, "schema"]} is the name with the id
-- of a shard of that table appended. Read in the caller's transaction, so uncommitted changes are in it.

CREATE OR REPLACE FUNCTION tangelo_hole(relation oid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('oid', relation::bigint, 'schema', n.nspname, 'name', c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
END $$;

CREATE OR REPLACE FUNCTION tangelo_hole(relation oid, name text, schema text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT jsonb_strip_nulls(jsonb_build_object('oid', relation::bigint, 'schema', schema, 'name', name)));
END $$;

CREATE OR REPLACE FUNCTION tangelo_column_definition(a pg_attribute) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
        || CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' ELSE '' END
        || CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN ' COLLATE ' || tangelo_collation_name(a.attcollation) ELSE '' END
        || CASE tangelo_default_kind(a.attrelid, a.attnum)
            WHEN 'generated' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
            WHEN 'shard' THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
            ELSE '' END
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
    FROM pg_type t LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE t.oid = a.atttypid);
END $$;

CREATE OR REPLACE FUNCTION tangelo_create_table_template(relation oid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT jsonb_build_array(
        CASE WHEN c.relpersistence = 'u' THEN 'CREATE UNLOGGED TABLE ' ELSE 'CREATE TABLE ' END,
        tangelo_hole(relation),
        ' (' || concat_ws(', ',
            (SELECT string_agg(tangelo_column_definition(a), ', ' ORDER BY attnum) FROM pg_attribute a
             WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped),
            (SELECT string_agg(format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), ', ' ORDER BY conname) FROM pg_constraint
             WHERE conrelid = relation AND contype = 'c'))
        || ')'
        || CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END
        || coalesce((SELECT format(' USING %I', amname) FROM pg_am WHERE oid = c.relam AND amname <> 'heap'), '')
        || coalesce(' WITH (' || (
            SELECT string_agg(format('%s=%L', o.option, o.value), ', ') FROM (
                SELECT quote_ident(option_name) AS option, option_value AS value FROM pg_options_to_table(c.reloptions)
                WHERE (option_name, option_value) <> ('autovacuum_analyze_threshold', '2147483647')
                UNION ALL
                SELECT 'toast.' || quote_ident(option_name), option_value FROM pg_class t, pg_options_to_table(t.reloptions) WHERE t.oid = c.reltoastrelid) o
            HAVING count(*) > 0) || ')', ''))
    FROM pg_class c WHERE c.oid = relation);
END $$;

-- Primary keys, unique and exclusion constraints, and the other indexes; those of a partition that its table's have made only where not asked for its own.
DROP FUNCTION IF EXISTS tangelo_index_templates(oid);
CREATE OR REPLACE FUNCTION tangelo_index_templates(relation oid, own_only boolean DEFAULT false) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    r record;
    prefix text;
    hole jsonb := tangelo_hole(relation);
    schema text := hole ->> 'schema';
    is_partitioned boolean := (SELECT relkind = 'p' FROM pg_class WHERE oid = relation);
BEGIN
    -- In the order in which they were made: so PostgreSQL finds the same index for one of a partitioned table when it attaches a partition.
    FOR r IN
        SELECT c.oid, c.relname, c.reloptions, i.indisunique, pg_get_indexdef(c.oid) AS definition, con.conname, pg_get_constraintdef(con.oid) AS constraint_definition
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        LEFT JOIN pg_constraint con ON con.conrelid = relation AND con.contype IN ('p', 'u', 'x') AND con.conindid = c.oid
        WHERE i.indrelid = relation AND (i.indisvalid OR con.oid IS NOT NULL) AND NOT (own_only AND c.relispartition)
        ORDER BY c.oid
    LOOP
        IF r.conname IS NOT NULL THEN
            RETURN NEXT jsonb_build_array('ALTER TABLE ', hole, ' ADD CONSTRAINT ', tangelo_hole(relation, r.conname), ' ' || r.constraint_definition);
            IF r.reloptions IS NOT NULL THEN
                RETURN NEXT jsonb_build_array('ALTER INDEX ', tangelo_hole(relation, r.conname, schema), format(' SET (%s)',
                    (SELECT string_agg(format('%I=%L', option_name, option_value), ', ') FROM pg_options_to_table(r.reloptions))));
            END IF;
            CONTINUE;
        END IF;
        prefix := format(CASE WHEN is_partitioned THEN 'CREATE %sINDEX %I ON ONLY %s' ELSE 'CREATE %sINDEX %I ON %s' END, CASE WHEN r.indisunique THEN 'UNIQUE ' ELSE '' END, r.relname, relation::regclass);
        IF NOT starts_with(r.definition, prefix || ' USING ') THEN
            RAISE EXCEPTION 'cannot read the definition of index "%"', r.relname USING DETAIL = r.definition;
        END IF;
        RETURN NEXT jsonb_build_array(CASE WHEN r.indisunique THEN 'CREATE UNIQUE INDEX ' ELSE 'CREATE INDEX ' END,
            tangelo_hole(relation, r.relname), ' ON ', hole, substr(r.definition, length(prefix) + 1));
    END LOOP;
END $$;

-- Column storage and statistics, replica identity, extended statistics.
CREATE OR REPLACE FUNCTION tangelo_storage_templates(relation oid) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    r record;
    hole jsonb := tangelo_hole(relation);
BEGIN
    FOR r IN
        SELECT format('SET STORAGE %s', CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END) AS action, a.attname, a.attnum
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attstorage <> t.typstorage
        UNION ALL
        SELECT format('SET STATISTICS %s', attstattarget), attname, attnum FROM pg_attribute
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attstattarget >= 0
        UNION ALL
        SELECT format('SET (%s)', (SELECT string_agg(format('%I=%L', option_name, option_value), ', ') FROM pg_options_to_table(attoptions))), attname, attnum
        FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attoptions IS NOT NULL
        ORDER BY attnum
    LOOP
        RETURN NEXT jsonb_build_array('ALTER TABLE ', hole, format(' ALTER COLUMN %I %s', r.attname, r.action));
    END LOOP;

    FOR r IN
        SELECT c.relreplident, i.relname AS index FROM pg_class c
        LEFT JOIN pg_index x ON x.indrelid = c.oid AND x.indisreplident LEFT JOIN pg_class i ON i.oid = x.indexrelid
        WHERE c.oid = relation AND c.relreplident <> 'd'
    LOOP
        RETURN NEXT CASE r.relreplident
            WHEN 'i' THEN jsonb_build_array('ALTER TABLE ', hole, ' REPLICA IDENTITY USING INDEX ', tangelo_hole(relation, r.index))
            WHEN 'f' THEN jsonb_build_array('ALTER TABLE ', hole, ' REPLICA IDENTITY FULL')
            ELSE jsonb_build_array('ALTER TABLE ', hole, ' REPLICA IDENTITY NOTHING') END;
    END LOOP;

    FOR r IN
        SELECT s.stxname, n.nspname, pg_get_statisticsobjdef(s.oid) AS definition,
            format('CREATE STATISTICS %I.%I', n.nspname, s.stxname) AS prefix, format(' FROM %s', relation::regclass) AS suffix
        FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = relation AND n.nspname <> 'pg_catalog' ORDER BY s.stxname
    LOOP
        RETURN NEXT jsonb_build_array('CREATE STATISTICS ', tangelo_hole(relation, r.stxname, r.nspname),
            substr(r.definition, length(r.prefix) + 1, length(r.definition) - length(r.prefix) - length(r.suffix)) || ' FROM ', hole);
    END LOOP;
END $$;

-- Whether a policy has subqueries: the router finds the names of tables in them.
CREATE OR REPLACE FUNCTION tangelo_policy_has_query(policy pg_policy) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT policy.polname <> '~tangelo_settings' AND concat(policy.polqual, policy.polwithcheck) LIKE '%{SUBLINK :%' $$;

-- What the row-level security of a table looks at: the 'row', or other 'tables' as well; 'commands' where that is not the same for all kinds of statements.
CREATE OR REPLACE FUNCTION tangelo_row_security(relation oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE WHEN NOT coalesce(bool_or(tangelo_policy_has_query(p)), false) THEN 'row' WHEN bool_and(polcmd = '*') THEN 'tables' ELSE 'commands' END
    FROM pg_policy p WHERE polrelid = relation);
END $$;

-- The tables that the policies of a table read, and those of these.
CREATE OR REPLACE FUNCTION tangelo_policy_reads(relation oid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        WITH RECURSIVE read AS (
            SELECT relation AS oid
            UNION
            SELECT d.refobjid FROM read r JOIN pg_policy p ON p.polrelid = r.oid
            JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass)
        SELECT jsonb_agg(oid::bigint ORDER BY oid) FROM read WHERE oid <> relation);
END $$;

-- CREATE POLICY as a template without the conditions, and these.
CREATE OR REPLACE FUNCTION tangelo_policy_command(policy oid, OUT template jsonb, OUT using_text text, OUT check_text text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT jsonb_build_array(format('CREATE POLICY %I ON ', polname), tangelo_hole(polrelid),
            format(' AS %s FOR %s TO %s', CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                (SELECT string_agg(CASE WHEN o = 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(o)) END, ', ') FROM unnest(polroles) o))),
        pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
    INTO template, using_text, check_text FROM pg_policy WHERE oid = policy;
END $$;

-- The policies with subqueries: {"name", "create": template, "using", "check"}. They come after all else of the table.
CREATE OR REPLACE FUNCTION tangelo_policy_commands(relation oid, policy name DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('name', p.polname, 'create', c.template, 'using', c.using_text, 'check', c.check_text) ORDER BY p.polname), '[]')
    FROM pg_policy p, tangelo_policy_command(p.oid) c WHERE p.polrelid = relation AND p.polname = coalesce(policy, p.polname) AND tangelo_policy_has_query(p));
END $$;

-- The distributed tables that foreign keys and policies of a table lead to.
CREATE OR REPLACE FUNCTION tangelo_tables_led_to(relation oid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(tangelo_table_facts(t.oid)), '[]') FROM (
        SELECT confrelid AS oid FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid = relation
        UNION
        SELECT d.refobjid FROM pg_policy p JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
        JOIN pg_dist_partition m ON m.logicalrelid = d.refobjid
        WHERE p.polrelid = relation) t
    WHERE t.oid <> relation);
END $$;

-- The owner comes first: PostgreSQL calls what functions the indexes have with the rights of whoever owns the table by then.
CREATE OR REPLACE FUNCTION tangelo_owner_template(relation oid) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT jsonb_build_array('ALTER TABLE ', tangelo_hole(relation), format(' OWNER TO %I', pg_get_userbyid(relowner)))
    FROM pg_class WHERE oid = relation AND pg_get_userbyid(relowner) <> session_user;
END $$;

-- Row-level security and privileges.
CREATE OR REPLACE FUNCTION tangelo_access_templates(relation oid) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    hole jsonb := tangelo_hole(relation);
    owner text;
BEGIN
    FOR r IN SELECT c.* FROM pg_policy p, tangelo_policy_command(p.oid) c WHERE p.polrelid = relation AND p.polname <> '~tangelo_settings' AND NOT tangelo_policy_has_query(p) ORDER BY p.polname LOOP
        RETURN NEXT r.template || jsonb_build_array(concat(' USING (' || r.using_text || ')', ' WITH CHECK (' || r.check_text || ')'));
    END LOOP;

    FOR r IN SELECT relrowsecurity, relforcerowsecurity, relowner FROM pg_class WHERE oid = relation LOOP
        IF r.relrowsecurity THEN
            RETURN NEXT jsonb_build_array('ALTER TABLE ', hole, ' ENABLE ROW LEVEL SECURITY');
        END IF;
        IF r.relforcerowsecurity THEN
            RETURN NEXT jsonb_build_array('ALTER TABLE ', hole, ' FORCE ROW LEVEL SECURITY');
        END IF;
    END LOOP;

    FOR r IN SELECT * FROM tangelo_privileges(relation) WHERE NOT is_owner LOOP
        RETURN NEXT jsonb_build_array(format('GRANT %s ON ', r.privilege), hole,
            format(' TO %s%s', CASE WHEN r.grantee = 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(r.grantee)) END,
                CASE WHEN r.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END));
    END LOOP;

    -- An owner that took rights from itself.
    owner := quote_ident(pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid = relation)));
    IF EXISTS (
        SELECT d.privilege_type FROM pg_class c, aclexplode(acldefault('r', c.relowner)) d WHERE c.oid = relation AND c.relacl IS NOT NULL
        EXCEPT
        SELECT x.privilege_type FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = relation AND x.grantee = c.relowner) THEN
        RETURN NEXT jsonb_build_array('REVOKE ALL ON ', hole, format(' FROM %s', owner));
        FOR r IN SELECT * FROM tangelo_privileges(relation) WHERE is_owner LOOP
            RETURN NEXT jsonb_build_array(format('GRANT %s ON ', r.privilege), hole, format(' TO %s', owner));
        END LOOP;
    END IF;
END $$;

-- What is granted on a table and on its columns.
CREATE OR REPLACE FUNCTION tangelo_privileges(relation oid, OUT privilege text, OUT grantee oid, OUT is_grantable boolean, OUT is_owner boolean) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT x.privilege_type || coalesce(' (' || quote_ident(g.column_name) || ')', ''), x.grantee, x.is_grantable, x.grantee = g.owner
    FROM (
        SELECT relacl AS acl, NULL::name AS column_name, relowner AS owner FROM pg_class WHERE oid = relation
        UNION ALL
        SELECT a.attacl, a.attname, c.relowner FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped) g,
        aclexplode(g.acl) x
    ORDER BY 2, 1;
END $$;

CREATE OR REPLACE FUNCTION tangelo_column_list(relation oid, numbers smallint[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.position)
    FROM unnest(numbers) WITH ORDINALITY AS u(number, position) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.number);
END $$;

CREATE OR REPLACE FUNCTION tangelo_referential_action(action "char") RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE action WHEN 'c' THEN 'CASCADE' WHEN 'r' THEN 'RESTRICT' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END;
$$;

-- Foreign keys out of the table. The referenced table is a hole too. Those to itself alone or without them where that is asked for.
DROP FUNCTION IF EXISTS tangelo_foreign_key_templates(oid);
CREATE OR REPLACE FUNCTION tangelo_foreign_key_templates(relation oid, to_itself boolean DEFAULT NULL) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT jsonb_build_array('ALTER TABLE ', tangelo_hole(relation),
        format(' ADD CONSTRAINT %I FOREIGN KEY (%s) REFERENCES ', c.conname, tangelo_column_list(c.conrelid, c.conkey)),
        tangelo_hole(c.confrelid),
        format(' (%s)', tangelo_column_list(c.confrelid, c.confkey))
            || CASE c.confmatchtype WHEN 'f' THEN ' MATCH FULL' ELSE '' END
            || ' ON UPDATE ' || tangelo_referential_action(c.confupdtype)
            || ' ON DELETE ' || tangelo_referential_action(c.confdeltype)
            || coalesce(' (' || tangelo_column_list(c.conrelid, ARRAY(SELECT jsonb_array_elements_text(to_jsonb(c) -> 'confdelsetcols')::smallint
                WHERE jsonb_typeof(to_jsonb(c) -> 'confdelsetcols') = 'array')) || ')', '')
            || CASE WHEN c.condeferrable THEN ' DEFERRABLE' ELSE '' END
            || CASE WHEN c.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
            || CASE WHEN c.convalidated THEN '' ELSE ' NOT VALID' END)
    FROM pg_constraint c WHERE c.conrelid = relation AND c.contype = 'f' AND c.conparentid = 0 AND (c.confrelid = relation) IS NOT DISTINCT FROM coalesce(to_itself, c.confrelid = relation)
    ORDER BY c.conname;
END $$;

-- All of it: {"oid", "dependencies": [command], "objects": [what they make, classid/oid], "statements": [template], "foreignKeys": [template], "policies": [policy]}.
-- Without indexes where those come later.
CREATE OR REPLACE FUNCTION tangelo_table_commands(relation regclass, with_indexes boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
        'oid', relation::oid::bigint,
        'dependencies', to_jsonb(tangelo_table_dependencies(relation)),
        'objects', (SELECT to_jsonb(w.seen) FROM tangelo_walk_dependencies(relation) w),
        'statements', jsonb_build_array(tangelo_create_table_template(relation)) || coalesce((
            SELECT jsonb_agg(s.template ORDER BY s.step, s.n) FROM (
                SELECT 0 AS step, t AS template, 1::bigint AS n FROM tangelo_owner_template(relation) t
                UNION ALL
                SELECT 1, t, n FROM tangelo_index_templates(relation) WITH ORDINALITY AS x(t, n) WHERE with_indexes
                UNION ALL
                SELECT 2, t, n FROM tangelo_storage_templates(relation) WITH ORDINALITY AS x(t, n) WHERE with_indexes
                UNION ALL
                SELECT 3, t, n FROM tangelo_access_templates(relation) WITH ORDINALITY AS x(t, n)) s), '[]'),
        'foreignKeys', coalesce((SELECT jsonb_agg(t) FROM tangelo_foreign_key_templates(relation) t), '[]'),
        'policies', tangelo_policy_commands(relation)));
END $$;

CREATE OR REPLACE FUNCTION tangelo_table_commands(relation regclass) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT tangelo_table_commands(relation, true) $$;

-- What tangelo_table_commands leaves out, for a table whose shards have got their partitions: {"oid", "parent", "names": [[index, the parent's that has made it]], "statements": [template]}.
CREATE OR REPLACE FUNCTION tangelo_late_commands(relation regclass, parent regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
        'oid', relation::oid::bigint,
        'parent', parent::oid::bigint,
        'names', coalesce((
            SELECT jsonb_agg(jsonb_build_array(c.relname, p.relname) ORDER BY c.oid)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_inherits h ON h.inhrelid = c.oid JOIN pg_class p ON p.oid = h.inhparent
            WHERE i.indrelid = relation), '[]'),
        'statements', coalesce((
            SELECT jsonb_agg(s.template ORDER BY s.step, s.n) FROM (
                SELECT 0 AS step, t AS template, n FROM tangelo_index_templates(relation, true) WITH ORDINALITY AS x(t, n)
                UNION ALL
                SELECT 1, jsonb_build_array('ALTER INDEX ', tangelo_hole(c.oid) || jsonb_build_object('oid', relation::oid::bigint), format(' SET (%s)',
                    (SELECT string_agg(format('%I=%L', option_name, option_value), ', ') FROM pg_options_to_table(c.reloptions)))), c.oid::bigint
                FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND c.relispartition AND c.relkind = 'i' AND c.reloptions IS NOT NULL WHERE i.indrelid = relation
                UNION ALL
                SELECT 2, t, n FROM tangelo_storage_templates(relation) WITH ORDINALITY AS x(t, n)) s), '[]')));
END $$;
