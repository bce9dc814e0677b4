-- Where the default of a column has to be computed: 'none', 'shard', 'coordinator' or 'generated'.
-- A sequence is the coordinator's; so is a function of the user's that is not immutable, because it may read tables there.
CREATE OR REPLACE FUNCTION tangelo_default_kind(relation oid, column_number smallint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN a.attgenerated <> '' THEN 'generated'
        WHEN a.attidentity <> '' THEN 'coordinator'
        WHEN d.oid IS NULL THEN 'none'
        WHEN pg_get_expr(d.adbin, d.adrelid) ~* '\m(nextval|currval|setval|lastval)\M' THEN 'coordinator'
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
    WHERE a.attrelid = relation AND a.attnum = column_number;
$$;
