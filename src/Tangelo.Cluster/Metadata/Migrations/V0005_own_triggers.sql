-- Tables of pg_catalog have no replica identity by themselves: a publication FOR ALL TABLES would refuse their updates.
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT oid::regclass AS relation FROM pg_class
        WHERE relnamespace = 'pg_catalog'::regnamespace AND oid >= 16384 AND relkind = 'r' AND relname ~ '^(pg_dist_|tangelo_)'
    LOOP
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', r.relation);
    END LOOP;

    -- Whatever session_replication_role says: it keeps triggers of the user's from what Tangelo does besides.
    FOR r IN SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger WHERE tgname = 'tangelo_metadata_changed' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', r.relation, r.tgname);
    END LOOP;
    FOR r IN SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger WHERE tgname = 'tangelo_forward' LOOP
        EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', r.relation, r.tgname);
    END LOOP;
END $$;
ALTER EVENT TRIGGER tangelo_table_dropped ENABLE ALWAYS;
ALTER EVENT TRIGGER tangelo_keys_created ENABLE ALWAYS;
