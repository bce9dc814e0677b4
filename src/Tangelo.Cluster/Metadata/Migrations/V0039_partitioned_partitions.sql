-- Partitions of distributed tables that are partitioned themselves, and whose they are: DETACH leaves no other trace of that.
CREATE TABLE tangelo_partitioned_partition (relation oid CONSTRAINT tangelo_partitioned_partition_pkey PRIMARY KEY, parent oid NOT NULL);
ALTER TABLE tangelo_partitioned_partition REPLICA IDENTITY FULL;
