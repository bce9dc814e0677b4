-- It had the default of Citus while nothing heeded it.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
        WHERE s.setrole = 0 AND d.datname = current_database() AND 'citus.node_conninfo=sslmode=require' = ANY (s.setconfig))
    THEN
        EXECUTE format('ALTER DATABASE %I RESET citus.node_conninfo', current_database());
    END IF;
END $$;
