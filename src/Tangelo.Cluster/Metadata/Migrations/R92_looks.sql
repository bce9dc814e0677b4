-- Tables that were distributed by earlier versions get the statistics at which statements are looked at.
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT p.logicalrelid AS relation FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
        WHERE c.relkind <> 'p' AND NOT EXISTS (SELECT FROM pg_statistic_ext s WHERE s.stxrelid = c.oid AND s.stxnamespace = 'pg_catalog'::regnamespace)
    LOOP
        PERFORM tangelo_create_look(r.relation);
    END LOOP;
END $$;
