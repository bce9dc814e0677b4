-- The way back from the coordinator to the router (postgres_fdw). Address and secret are set by the installer.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'postgres_fdw') THEN
        CREATE EXTENSION postgres_fdw SCHEMA pg_catalog;
        INSERT INTO tangelo_own_object
            SELECT 'pg_extension'::regclass, oid FROM pg_extension WHERE extname = 'postgres_fdw'
            UNION ALL
            SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper WHERE fdwname = 'postgres_fdw';
    END IF;
END $$;

CREATE SERVER tangelo_loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (
    application_name 'tangelo_loopback %p',
    fetch_size '10000',
    batch_size '1000',
    updatable 'true',
    truncatable 'true',
    keep_connections 'on',
    fdw_startup_cost '1000',
    use_remote_estimate 'false');
INSERT INTO tangelo_own_object
    SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server WHERE srvname = 'tangelo_loopback';

CREATE FOREIGN TABLE tangelo_request (seq integer, request text, response text)
    SERVER tangelo_loopback OPTIONS (schema_name 'tangelo_loopback', table_name 'request');
GRANT SELECT ON tangelo_request TO public;
