-- Tables that were distributed by earlier versions get the statistics at which statements are looked at, and partitions their triggers.
DO $$
BEGIN
    PERFORM tangelo_create_looks(ARRAY(
        SELECT c.oid FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
        WHERE c.relkind IN ('r', 'm') AND NOT EXISTS (SELECT FROM pg_statistic_ext s WHERE s.stxrelid = c.oid AND s.stxnamespace = 'pg_catalog'::regnamespace)));
    PERFORM tangelo_attach_to_partitions(ARRAY(
        SELECT c.oid FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
        WHERE (c.relkind = 'p' OR c.relispartition) AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'tangelo_upsert_named')));
END $$;
