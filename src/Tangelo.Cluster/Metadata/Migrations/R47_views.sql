-- Views over distributed tables, whose definitions routers take into their plans.

CREATE OR REPLACE FUNCTION tangelo_views_changed() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- No view reads a shard, and a transaction on the coordinator's shards could not be prepared any more.
    IF current_setting('tangelo.on_shards', true) = 'on' THEN
        RETURN;
    END IF;
    -- A number that was not there before, without a trace in the client's lastval().
    PERFORM setval('tangelo_schema_changes', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    PERFORM pg_notify('tangelo_schema', '');
END $$;

-- With every name that is not of pg_catalog in full.
CREATE OR REPLACE FUNCTION tangelo_view_definition(view oid) RETURNS text
LANGUAGE sql STABLE SET search_path = '' AS $$ SELECT pg_catalog.pg_get_viewdef($1) $$;

-- The views that read a distributed table, be it through other views.
CREATE OR REPLACE FUNCTION tangelo_distributed_views(OUT view oid, OUT view_name text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE reading(relation) AS (
        SELECT logicalrelid::oid FROM pg_dist_partition
        UNION
        SELECT r.ev_class FROM reading
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = reading.relation AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_type = '1' AND r.rulename = '_RETURN'
        JOIN pg_class c ON c.oid = r.ev_class AND c.relkind = 'v')
    SELECT c.oid, c.relname::text FROM reading JOIN pg_class c ON c.oid = reading.relation AND c.relkind = 'v'
$$;

-- Whether row-level security of a distributed table may show one role other rows than another.
CREATE OR REPLACE FUNCTION tangelo_sees_other_rows(one oid, another oid, relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = relation)
        AND NOT (SELECT bool_and(u.rolsuper OR u.rolbypassrls OR (NOT c.relforcerowsecurity AND pg_has_role(u.oid, c.relowner, 'USAGE')))
            FROM pg_class c, pg_roles u WHERE c.oid = relation AND u.oid IN (one, another));
END $$;

-- Of views and the views below them: the definition, whether reading the relations in it oneself is what reading the view is, those relations, and
-- the view's name where row-level security shows its owner other rows than the reader: shards know only the reader.
DROP FUNCTION IF EXISTS tangelo_view_definitions(oid[]);
CREATE FUNCTION tangelo_view_definitions(
    views oid[], OUT view oid, OUT definition text, OUT may_expand boolean, OUT relations jsonb, OUT others_rows name)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
    WITH RECURSIVE found(view) AS (
        SELECT v FROM pg_catalog.unnest($1) v
        UNION
        SELECT c.oid FROM found
        JOIN pg_catalog.pg_rewrite r ON r.ev_class = found.view AND r.rulename = '_RETURN'
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
        JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind = 'v'),
    reads AS (
        SELECT DISTINCT found.view, d.refobjid AS relation FROM found
        JOIN pg_catalog.pg_rewrite r ON r.ev_class = found.view AND r.rulename = '_RETURN'
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class)
    SELECT v.oid, pg_catalog.tangelo_view_definition(v.oid),
        -- The definition names what is in pg_catalog without the schema: it means the same only where that is searched first.
        pg_catalog.array_position(pg_catalog.array_remove(pg_catalog.current_schemas(true), pg_catalog.pg_my_temp_schema()::pg_catalog.regnamespace::name), 'pg_catalog') OPERATOR(pg_catalog.=) 1
            AND pg_catalog.has_table_privilege(v.oid, 'SELECT') AND pg_catalog.bool_and(
            pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')
            AND pg_catalog.has_table_privilege(v.relowner, c.oid, 'SELECT')
            AND (NOT c.relrowsecurity OR v.relowner = (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
                OR coalesce(v.reloptions && '{security_invoker=true,security_invoker=on}', false))),
        pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(n.nspname, c.relname, c.oid::int8, c.relkind, c.relpersistence = 't',
            (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attname, a.atttypid::int8,
                    CASE WHEN a.attcollation NOT IN (0, CASE WHEN t.typtype = 'd' THEN 100 ELSE t.typcollation END) THEN a.attcollation::text END) ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))),
        CASE WHEN v.relowner <> reader.oid AND NOT coalesce(v.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=yes,security_invoker=1}', false)
            AND pg_catalog.bool_or(CASE WHEN c.relrowsecurity THEN pg_catalog.tangelo_sees_other_rows(v.relowner, reader.oid, c.oid) ELSE false END)
            THEN v.relname END
    FROM found JOIN pg_catalog.pg_class v ON v.oid = found.view JOIN reads ON reads.view = v.oid
    JOIN pg_catalog.pg_class c ON c.oid = reads.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user) reader
    GROUP BY v.oid, v.relowner, v.reloptions, v.relname, reader.oid
$$;
