-- Rows that Tangelo moves between a table and its shards pass by functions of users': in generated columns, domains, indexes and partition keys, and in
-- triggers that fire always. As in PostgreSQL's own maintenance the owner of the table calls them, not who makes it move.

-- Whether PostgreSQL may call functions of users' when it plans a statement over the table alone: it evaluates what is constant in indexes and statistics.
-- Not where the owner is a superuser.
CREATE OR REPLACE FUNCTION tangelo_plans_users(relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NOT (SELECT r.rolsuper FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = relation) AND EXISTS (
        SELECT FROM (
            SELECT 'pg_class'::regclass::oid AS class, indexrelid AS object FROM pg_index WHERE indrelid = relation
            UNION ALL
            -- Those in pg_catalog are Tangelo's own.
            SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxrelid = relation AND stxnamespace <> 'pg_catalog'::regnamespace) o
        JOIN pg_depend d ON d.classid = o.class AND d.objid = o.object
        WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass) AND d.refobjid >= 16384);
END $$;

-- Whether it may call them when rows are written as well.
CREATE OR REPLACE FUNCTION tangelo_runs_users(relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN tangelo_plans_users(relation) OR NOT (SELECT r.rolsuper FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = relation) AND (
        EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypid >= 16384)
        OR EXISTS (SELECT FROM tangelo_user_triggers(relation) WHERE tgenabled IN ('A', 'R'))
        OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = relation AND ev_type <> '1' AND ev_enabled IN ('A', 'R'))
        OR EXISTS (
            SELECT FROM (
                SELECT 'pg_class'::regclass::oid AS class, relation AS object
                UNION ALL
                SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid = relation
                UNION ALL
                SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid = relation) o
            JOIN pg_depend d ON d.classid = o.class AND d.objid = o.object
            WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass) AND d.refobjid >= 16384));
END $$;

-- A function that runs a command with the rights of a table's owner; for the caller alone, who drops it.
CREATE OR REPLACE FUNCTION tangelo_owner_step(relation regclass, result text, command text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := format('pg_catalog.tangelo_step_%s', pg_backend_pid());
BEGIN
    EXECUTE format('CREATE FUNCTION %s() RETURNS %s LANGUAGE plpgsql SECURITY DEFINER SET row_security = off AS %L', name, result, format('BEGIN %s; END', command));
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s() FROM public', name);
    EXECUTE format('ALTER FUNCTION %s() OWNER TO %I', name, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = relation));
    RETURN name;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_owner_step(regclass, text, text) FROM public;

-- Runs a command of Tangelo's, with the rights of a table's owner where that calls functions of users'. Policies do not keep rows from it.
CREATE OR REPLACE FUNCTION tangelo_run_as_owner(relation regclass, command text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    step text;
    is_forced boolean := (SELECT relforcerowsecurity FROM pg_class WHERE oid = relation);
BEGIN
    IF NOT tangelo_runs_users(relation) THEN
        EXECUTE command;
        RETURN;
    END IF;
    IF is_forced THEN
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', relation);
    END IF;
    step := tangelo_owner_step(relation, 'void', command);
    EXECUTE format('SELECT %s()', step);
    EXECUTE format('DROP FUNCTION %s()', step);
    IF is_forced THEN
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', relation);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_run_as_owner(regclass, text) FROM public;

-- Takes rows out of a shell, or of a table that becomes one, where condition holds.
CREATE OR REPLACE FUNCTION tangelo_delete_only(relation regclass, condition text DEFAULT 'true') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    command text := format('DELETE FROM ONLY %s WHERE %s', relation, condition);
BEGIN
    IF tangelo_plans_users(relation) THEN
        PERFORM tangelo_run_as_owner(relation, command);
    ELSE
        EXECUTE command;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_delete_only(regclass, text) FROM public;

CREATE OR REPLACE FUNCTION tangelo_has_rows(relation regclass) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_run_as_owner(relation, format('DO %L', format('BEGIN PERFORM pg_catalog.set_config(''tangelo.has_rows'', (EXISTS (SELECT FROM ONLY %s))::pg_catalog.text, true); END', relation)));
    RETURN current_setting('tangelo.has_rows')::boolean;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_has_rows(regclass) FROM public;
