-- Where the default of a column has to be computed: 'none', 'shard', 'coordinator' or 'generated'.
-- A sequence is the coordinator's; so is a function of the user's that is not immutable, because it may read tables there.
CREATE OR REPLACE FUNCTION tangelo_default_kind(relation oid, column_number smallint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE
        WHEN a.attgenerated <> '' THEN 'generated'
        WHEN a.attidentity <> '' THEN 'coordinator'
        WHEN d.oid IS NULL THEN 'none'
        WHEN pg_get_expr(d.adbin, d.adrelid) ~* E'\\m(nextval|currval|setval|lastval)\\M' THEN 'coordinator'
        WHEN EXISTS (
            SELECT FROM pg_depend p JOIN pg_class s ON s.oid = p.refobjid AND s.relkind = 'S'
            WHERE p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass) THEN 'coordinator'
        WHEN EXISTS (
            SELECT FROM pg_depend p JOIN pg_proc f ON f.oid = p.refobjid JOIN pg_language l ON l.oid = f.prolang
            WHERE p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_proc'::regclass
            AND f.provolatile <> 'i' AND l.lanname NOT IN ('c', 'internal')) THEN 'coordinator'
        ELSE 'shard'
    END
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = relation AND a.attnum = column_number);
END $$;

-- The next value of an identity column: INSERT needs no right on its sequence.
CREATE OR REPLACE FUNCTION tangelo_next_identity(sequence regclass) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = sequence AND deptype = 'i') THEN
        RAISE EXCEPTION '"%" is not the sequence of an identity column', sequence USING ERRCODE = '42809';
    END IF;
    RETURN nextval(sequence);
END $$;

-- The shards of tables, or of all: a hundred thousand are read in one go. Right after a transaction that made them PostgreSQL knows nothing of their number, and would
-- go through all placements for each shard.
CREATE OR REPLACE FUNCTION tangelo_shards_facts(relations oid[]) RETURNS TABLE (relation oid, shards jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = on SET enable_hashjoin = on SET enable_mergejoin = on SET enable_nestloop = off SET jit = off AS $$
BEGIN
    IF relations IS NULL THEN
        RETURN QUERY SELECT p.logicalrelid::oid, f.facts FROM pg_dist_partition p LEFT JOIN (
            SELECT s.logicalrelid, jsonb_agg(jsonb_build_array(s.shardid, s.shardminvalue, s.shardmaxvalue, l.groups, l.inactive)) AS facts
            FROM pg_dist_shard s LEFT JOIN (
                SELECT shardid, jsonb_agg(groupid ORDER BY groupid) FILTER (WHERE shardstate = 1) AS groups, jsonb_agg(groupid ORDER BY groupid) FILTER (WHERE shardstate = 3) AS inactive
                FROM pg_dist_placement GROUP BY shardid) l USING (shardid)
            GROUP BY s.logicalrelid) f USING (logicalrelid);
        RETURN;
    END IF;
    RETURN QUERY SELECT p.logicalrelid::oid, (
        SELECT jsonb_agg(jsonb_build_array(s.shardid, s.shardminvalue, s.shardmaxvalue,
            (SELECT jsonb_agg(l.groupid ORDER BY l.groupid) FROM pg_dist_placement l WHERE l.shardid = s.shardid AND l.shardstate = 1),
            (SELECT jsonb_agg(l.groupid ORDER BY l.groupid) FROM pg_dist_placement l WHERE l.shardid = s.shardid AND l.shardstate = 3)))
        FROM pg_dist_shard s WHERE s.logicalrelid = p.logicalrelid)
    FROM pg_dist_partition p WHERE p.logicalrelid = ANY (relations);
END $$;

-- The type below domains, whose checks call functions of users: what reads bounds with rights of its own reads them as this. Null where values are
-- composed of others, which may be such domains.
CREATE OR REPLACE FUNCTION tangelo_plain_type(type_oid oid) RETURNS oid
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    t pg_type;
    part oid;
BEGIN
    LOOP
        SELECT * INTO t FROM pg_type WHERE oid = type_oid;
        EXIT WHEN t.typtype <> 'd';
        type_oid := t.typbasetype;
    END LOOP;
    IF t.typtype = 'c' THEN
        RETURN NULL;
    END IF;
    part := CASE WHEN t.typcategory = 'A' THEN nullif(t.typelem, 0)
        ELSE (SELECT rngsubtype FROM pg_range WHERE type_oid IN (rngtypid, rngmultitypid)) END;
    RETURN CASE WHEN part IS NULL OR tangelo_plain_type(part) = part THEN type_oid END;
END $$;

-- True when a value of the distribution column says which shard of a range-distributed table its row is in: all bounds are known, and no ranges overlap.
CREATE OR REPLACE FUNCTION tangelo_ranges_disjoint(relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_so boolean;
BEGIN
    EXECUTE (SELECT format('SELECT bool_and(least IS NOT NULL AND greatest IS NOT NULL AND least <= greatest AND (next IS NULL OR greatest < next)) FROM (
        SELECT least, greatest, lead(least) OVER (ORDER BY least, greatest) AS next FROM (
            SELECT shardminvalue::%1$s %2$s AS least, shardmaxvalue::%1$s %2$s AS greatest FROM pg_dist_shard WHERE logicalrelid = %3$s) AS b) AS n',
        format_type(tangelo_plain_type(a.atttypid), a.atttypmod), (SELECT format('COLLATE %I.%I', n.nspname, c.collname) FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
            WHERE c.oid = a.attcollation AND c.collname <> 'default'), relation)
        FROM pg_dist_partition p JOIN pg_attribute a ON a.attrelid = p.logicalrelid AND a.attnum = p.partkey::smallint WHERE p.logicalrelid = relation) INTO is_so;
    RETURN coalesce(is_so, false);
EXCEPTION WHEN OTHERS THEN
    -- A bound is no value of the type any more.
    RETURN false;
END $$;

-- The columns that tell which partition a row belongs to, at any level. NULL where it is an expression, which any column may be part of.
CREATE OR REPLACE FUNCTION tangelo_partition_keys(relation oid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT CASE WHEN NOT bool_or(k.number = 0) THEN jsonb_agg(DISTINCT a.attname) END
        FROM pg_partition_tree(relation) t JOIN pg_partitioned_table p ON p.partrelid = t.relid CROSS JOIN LATERAL unnest(p.partattrs::smallint[]) AS k (number)
        LEFT JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number WHERE NOT t.isleaf);
END $$;

-- A distributed table as the router's map reads it. Columns are [name, number, type, modifier, type name, not null, default,
-- kind of the default, collation if not the type's (a domain's is its own: on the way to the coordinator a value has the type beneath it), identity]. Shards are [id, min, max, [group, ...]].
-- NULL stands for all of them. They are read by one statement: what it calls is planned once. Here and in other functions that look up a little for each
-- of thousands of tables, in catalogs that have grown since they were last analyzed, only indexes are right.
CREATE OR REPLACE FUNCTION tangelo_tables_facts(relations oid[]) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT jsonb_build_object('kind', 'table', 'oid', c.oid::bigint, 'schema', c.nspname, 'name', c.relname,
        'relkind', c.relkind, 'materialized', EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename = '_RETURN'),
        'populated', c.relispopulated, 'method', c.partmethod, 'replication', c.repmodel, 'key', c.partkey, 'colocation', c.colocationid,
        'columns', (SELECT jsonb_agg(jsonb_build_array(a.attname, a.attnum, a.atttypid::bigint, a.atttypmod,
                format_type(a.atttypid, a.atttypmod), a.attnotnull,
                CASE WHEN a.attidentity = '' THEN pg_get_expr(d.adbin, d.adrelid)
                    ELSE format('pg_catalog.tangelo_next_identity(%L::regclass)', (
                        SELECT format('%I.%I', sn.nspname, s.relname) FROM pg_depend own
                        JOIN pg_class s ON s.oid = own.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
                        WHERE own.classid = 'pg_class'::regclass AND own.refclassid = 'pg_class'::regclass AND own.refobjid = a.attrelid
                            AND own.refobjsubid = a.attnum AND own.deptype = 'i')) END,
                tangelo_default_kind(a.attrelid, a.attnum),
                (SELECT format('%I.%I', cn.nspname, l.collname) FROM pg_collation l JOIN pg_namespace cn ON cn.oid = l.collnamespace
                    WHERE l.oid = a.attcollation AND a.attcollation <> CASE WHEN t.typtype = 'd' THEN 100 ELSE t.typcollation END),
                a.attidentity) ORDER BY a.attnum)
            FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'shards', s.shards, 'disjoint', CASE WHEN c.partmethod = 'r' THEN tangelo_ranges_disjoint(c.oid) END,
        -- Names that a shard's number may not fit behind: messages about the shard show them cut.
        'long_names', (SELECT jsonb_agg(i.relname ORDER BY i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            WHERE x.indrelid = c.oid AND octet_length(i.relname) >= 44),
        'row_security', CASE WHEN c.relrowsecurity THEN tangelo_row_security(c.oid) END,
        'policy_reads', CASE WHEN c.relrowsecurity THEN tangelo_policy_reads(c.oid) END,
        'partition_keys', CASE WHEN c.relkind = 'p' AND c.relhastriggers THEN tangelo_partition_keys(c.oid) END,
        -- Thousands of partitions have neither.
        'watched', CASE WHEN c.relhastriggers OR c.relhasrules OR c.relkind = 'p' THEN tangelo_watched(c.oid)
            ELSE (SELECT a.kinds FROM tangelo_acted a WHERE a.relation = c.oid) END)
    -- OFFSET keeps the planner from going through all that the function gives for each table.
    FROM tangelo_shards_facts(relations) s CROSS JOIN LATERAL (
        SELECT p.partmethod, p.repmodel, p.partkey, p.colocationid, n.nspname, c.* FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.logicalrelid = s.relation OFFSET 0) c;
END $$;

CREATE OR REPLACE FUNCTION tangelo_table_facts(relation oid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT tangelo_tables_facts(ARRAY[relation]));
END $$;

CREATE OR REPLACE FUNCTION tangelo_node_facts(node pg_dist_node) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('kind', 'node', 'id', node.nodeid, 'group', node.groupid, 'host', node.nodename, 'port', node.nodeport,
        'rack', node.noderack, 'active', node.isactive, 'shards', node.shouldhaveshards, 'role', node.noderole, 'cluster', node.nodecluster));
END $$;
