-- Partitioned tables that were distributed by earlier versions get the triggers of rows that move.
DO $$
BEGIN
    PERFORM tangelo_enter_moves(c.oid) FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
    WHERE c.relkind = 'p' AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND starts_with(t.tgname, '~tangelo_move_b_'));
END $$;
