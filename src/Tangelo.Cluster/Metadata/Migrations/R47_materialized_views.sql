-- Distributed materialized views. Only a table can have a foreign child, so the shell of one is a table: its relkind changes, and the rule that
-- holds its query stays where it is without being looked at. Dependencies, pg_get_viewdef and what is renamed below it go on as before.

CREATE OR REPLACE FUNCTION tangelo_is_materialized_view(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN' WHERE c.oid = relation AND c.relkind = 'r');
$$;

CREATE OR REPLACE FUNCTION tangelo_open_materialized_view(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET allow_system_table_mods = on AS $$
DECLARE
    c pg_class;
BEGIN
    PERFORM tangelo_require_owner(relation);
    SELECT * INTO c FROM pg_class WHERE oid = relation;
    IF c.relkind = 'm' THEN
        -- Nothing changes by that, but nobody else has it open afterwards. LOCK TABLE takes no materialized view.
        EXECUTE format('ALTER MATERIALIZED VIEW %s OWNER TO %I', relation, pg_get_userbyid(c.relowner));
        UPDATE pg_class SET relkind = 'r', relhasrules = false WHERE oid = relation;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tangelo_close_materialized_view(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    IF tangelo_is_materialized_view(relation) AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        UPDATE pg_class SET relkind = 'm', relhasrules = true WHERE oid = relation;
    END IF;
END $$;

-- REFRESH begins: checks and locks as PostgreSQL's, in its words. Gives the INSERT that fills the view, and its owner where that is another role.
CREATE OR REPLACE FUNCTION tangelo_begin_refresh(relation regclass, keeps_rows boolean, OUT filling text, OUT owner name)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c pg_class;
    full_name text;
BEGIN
    SELECT * INTO c FROM pg_class WHERE oid = relation;
    SELECT format('%I.%I', nspname, c.relname) INTO full_name FROM pg_namespace WHERE oid = c.relnamespace;
    IF NOT pg_has_role(tangelo_caller(), c.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of materialized view %', c.relname USING ERRCODE = '42501';
    END IF;
    IF keeps_rows AND NOT c.relispopulated THEN
        RAISE EXCEPTION 'CONCURRENTLY cannot be used when the materialized view is not populated' USING ERRCODE = '0A000';
    END IF;
    IF keeps_rows AND NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = relation AND indisunique AND indimmediate AND indisvalid AND indpred IS NULL AND 0 <> ALL (indkey::int2[])) THEN
        RAISE EXCEPTION 'cannot refresh materialized view "%" concurrently', full_name USING ERRCODE = '55000',
            HINT = 'Create a unique index with no WHERE clause on one or more columns of the materialized view.';
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', full_name, CASE WHEN keeps_rows THEN 'EXCLUSIVE' ELSE 'ACCESS EXCLUSIVE' END);
    filling := format('INSERT INTO %s (%s) %s', full_name, tangelo_writable_columns(relation), rtrim(tangelo_view_definition(relation), ';'));
    owner := CASE WHEN pg_get_userbyid(c.relowner) <> tangelo_caller() THEN pg_get_userbyid(c.relowner) END;
END $$;

-- Whether it can be read from now on; true when that is new.
CREATE OR REPLACE FUNCTION tangelo_set_populated(relation regclass, populated boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM tangelo_require_owner(relation);
    UPDATE pg_class SET relispopulated = populated WHERE oid = relation AND relispopulated <> populated AND tangelo_is_materialized_view(relation);
    IF FOUND THEN
        PERFORM tangelo_metadata_touched();
    END IF;
    RETURN FOUND;
END $$;
