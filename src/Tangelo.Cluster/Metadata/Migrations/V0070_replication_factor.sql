-- Earlier forms, without the replication factor.
DROP FUNCTION IF EXISTS tangelo_choose_colocation(regclass, smallint, text, regclass, integer);
DROP FUNCTION IF EXISTS tangelo_distribute_hash(regclass, text, text, regclass, integer);
