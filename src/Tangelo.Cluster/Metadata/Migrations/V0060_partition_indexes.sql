-- What the indexes of partitions are called that belong to one of their table: the coordinator's foreign tables do not have them, and after DETACH they are there again.
CREATE TABLE tangelo_partition_index (partition oid NOT NULL, parent oid NOT NULL, name name NOT NULL);
CREATE INDEX ON tangelo_partition_index (partition);
ALTER TABLE tangelo_partition_index REPLICA IDENTITY FULL;
