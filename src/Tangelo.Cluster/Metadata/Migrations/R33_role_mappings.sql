-- The loopback tells the router as whom the coordinator reads or writes: the owner of a view, or of a SECURITY DEFINER function. postgres_fdw has a connection
-- for each user mapping, so every role has its own, with the role's OID in its user name.

-- Makes the mappings that are missing and gives their roles.
CREATE OR REPLACE FUNCTION tangelo_map_roles() RETURNS SETOF oid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica SET allow_system_table_mods = on AS $$
DECLARE
    server oid := (SELECT oid FROM pg_foreign_server WHERE srvname = 'tangelo_loopback');
    secret text := (SELECT o.option_value FROM pg_user_mapping m, pg_options_to_table(m.umoptions) o WHERE m.umserver = server AND m.umuser = 0 AND o.option_name = 'password');
    r record;
BEGIN
    IF secret IS NULL THEN
        RETURN;
    END IF;
    -- Of roles that are gone.
    DELETE FROM pg_user_mapping m WHERE m.umserver = server AND m.umuser <> 0 AND NOT EXISTS (SELECT FROM pg_authid a WHERE a.oid = m.umuser);
    FOR r IN
        SELECT a.oid, a.rolname FROM pg_authid a WHERE NOT EXISTS (SELECT FROM pg_user_mapping m WHERE m.umserver = server AND m.umuser = a.oid) ORDER BY a.oid
    LOOP
        BEGIN
            EXECUTE format('CREATE USER MAPPING IF NOT EXISTS FOR %I SERVER tangelo_loopback OPTIONS (user %L, password %L, password_required ''true'')',
                r.rolname, 'tangelo_loopback:' || r.oid, secret);
        EXCEPTION WHEN unique_violation THEN
            -- Somebody else has made it at the same time.
        END;
        -- DROP ROLE need not know of it.
        DELETE FROM pg_shdepend d USING pg_user_mapping m WHERE m.umserver = server AND m.umuser = r.oid
            AND d.classid = 'pg_user_mapping'::regclass AND d.objid = m.oid AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database());
        RETURN NEXT r.oid;
    END LOOP;
END $$;
