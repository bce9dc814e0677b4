-- Tables that were distributed by earlier versions get the triggers of ON CONFLICT, and the rights on their children, as they are now.
DO $$
DECLARE
    r record;
BEGIN
    PERFORM set_config('tangelo.converting', 'on', true), set_config('session_replication_role', 'replica', true);
    FOR r IN
        SELECT t.tgrelid::regclass AS relation FROM pg_trigger t
        WHERE t.tgname = 'tangelo_forward' AND NOT (
            EXISTS (SELECT FROM pg_trigger u WHERE u.tgrelid = t.tgrelid AND u.tgname = '~tangelo_upsert_sent')
            AND EXISTS (SELECT FROM pg_trigger u WHERE u.tgrelid = t.tgrelid AND u.tgname = '!tangelo_upsert_written_hide'
                AND pg_get_triggerdef(u.oid) ~ 'tangelo_hide_triggers\(.*[0-9]'))
    LOOP
        PERFORM tangelo_drop_upsert_triggers(r.relation);
        PERFORM tangelo_create_upsert_triggers(r.relation);
    END LOOP;
    DROP FUNCTION IF EXISTS tangelo_hide_triggers();
    PERFORM tangelo_open_child(c.oid) FROM pg_dist_partition p JOIN pg_class c ON c.relnamespace = 'pg_catalog'::regnamespace AND c.relname = 'tangelo_' || p.logicalrelid::oid;
    PERFORM set_config('session_replication_role', 'origin', true), set_config('tangelo.converting', '', true);
END $$;
