-- Rows that Tangelo moves between a table and its shards pass by functions of users': in generated columns, domains, indexes and partition keys, and in
-- triggers that fire always. As in PostgreSQL's own maintenance the owner of the table calls them, not who makes it move.

-- Whether a table may call functions of users' when rows are written to it, and its owner is no superuser.
CREATE OR REPLACE FUNCTION tangelo_runs_users(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT r.rolsuper AND (
        EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND atttypid >= 16384)
        OR EXISTS (SELECT FROM tangelo_user_triggers(c.oid) WHERE tgenabled IN ('A', 'R'))
        OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid AND ev_type <> '1' AND ev_enabled IN ('A', 'R'))
        OR EXISTS (
            SELECT FROM pg_depend d
            WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass) AND d.refobjid >= 16384 AND (
                d.classid = 'pg_class'::regclass AND d.objid = c.oid
                OR d.classid = 'pg_class'::regclass AND d.objid IN (SELECT indexrelid FROM pg_index WHERE indrelid = c.oid)
                OR d.classid = 'pg_attrdef'::regclass AND d.objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = c.oid)
                OR d.classid = 'pg_statistic_ext'::regclass AND d.objid IN (SELECT oid FROM pg_statistic_ext WHERE stxrelid = c.oid)
                OR d.classid = 'pg_constraint'::regclass AND d.objid IN (SELECT oid FROM pg_constraint WHERE conrelid = c.oid))))
    FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = relation;
$$;

-- Runs a command of Tangelo's, with the rights of a table's owner where that calls functions of users'. Policies do not keep rows from it.
CREATE OR REPLACE FUNCTION tangelo_run_as_owner(relation regclass, command text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := format('pg_catalog.tangelo_step_%s', pg_backend_pid());
    is_forced boolean := (SELECT relforcerowsecurity FROM pg_class WHERE oid = relation);
BEGIN
    IF NOT tangelo_runs_users(relation) THEN
        EXECUTE command;
        RETURN;
    END IF;
    IF is_forced THEN
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', relation);
    END IF;
    EXECUTE format('CREATE FUNCTION %s() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET row_security = off AS %L', name, format('BEGIN %s; END', command));
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s() FROM public', name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s() TO %I', name, current_user);
    EXECUTE format('ALTER FUNCTION %s() OWNER TO %I', name, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = relation));
    EXECUTE format('SELECT %s()', name);
    EXECUTE format('DROP FUNCTION %s()', name);
    IF is_forced THEN
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', relation);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_run_as_owner(regclass, text) FROM public;
