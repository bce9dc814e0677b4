-- CREATE EXTENSION citus makes nothing that is not there already. That it was said is kept, and the catalogs show it from then on.
CREATE OR REPLACE FUNCTION tangelo_has_extension() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_dist_node_metadata WHERE metadata ? 'extension');
$$;

CREATE OR REPLACE FUNCTION tangelo_create_extension(if_not_exists boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF tangelo_has_extension() AND if_not_exists THEN
        RAISE NOTICE 'extension "citus" already exists, skipping' USING ERRCODE = '42710';
    ELSIF tangelo_has_extension() THEN
        RAISE EXCEPTION 'extension "citus" already exists' USING ERRCODE = '42710';
    ELSIF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = tangelo_caller()) THEN
        RAISE EXCEPTION 'permission denied to create extension "citus"' USING ERRCODE = '42501', HINT = 'Must be superuser to create this extension.';
    ELSE
        UPDATE pg_dist_node_metadata SET metadata = metadata || '{"extension": true}';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_alter_extension() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT tangelo_has_extension() THEN
        RAISE EXCEPTION 'extension "citus" does not exist' USING ERRCODE = '42704';
    END IF;
    RAISE NOTICE 'version "13.2-1" of extension "citus" is already installed';
END $$;

CREATE OR REPLACE FUNCTION tangelo_drop_extension(if_exists boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    relations text := (SELECT string_agg(format('table %s is in the cluster', logicalrelid), E'\n' ORDER BY logicalrelid::oid) FROM pg_dist_partition);
BEGIN
    IF NOT tangelo_has_extension() AND if_exists THEN
        RAISE NOTICE 'extension "citus" does not exist, skipping';
    ELSIF NOT tangelo_has_extension() THEN
        RAISE EXCEPTION 'extension "citus" does not exist' USING ERRCODE = '42704';
    ELSIF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = tangelo_caller()) THEN
        RAISE EXCEPTION 'must be owner of extension citus' USING ERRCODE = '42501';
    ELSIF relations IS NOT NULL THEN
        RAISE EXCEPTION 'cannot drop extension citus because other objects depend on it' USING ERRCODE = '2BP01', DETAIL = relations,
            HINT = 'Use undistribute_table() or drop these tables first.';
    ELSE
        UPDATE pg_dist_node_metadata SET metadata = metadata - 'extension';
    END IF;
END $$;
