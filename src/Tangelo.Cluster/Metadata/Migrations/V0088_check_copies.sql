-- An earlier form, which asked for the replication factor itself.
DROP FUNCTION IF EXISTS tangelo_check_copies(regclass, integer);
