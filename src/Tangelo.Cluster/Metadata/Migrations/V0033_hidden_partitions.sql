-- Partitions that their table does without while PostgreSQL gives it a key (tangelo_hide_partitions). Empty outside of such a transaction.
CREATE TABLE tangelo_hidden_partition (LIKE pg_inherits);
