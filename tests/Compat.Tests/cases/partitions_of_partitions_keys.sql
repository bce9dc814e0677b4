-- Trees of partitions that are attached and detached, with the keys and indexes of their table; changes of columns at all levels.
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE u (a int PRIMARY KEY);
INSERT INTO r SELECT generate_series(1, 9);
INSERT INTO u SELECT generate_series(0, 99);
CREATE TABLE t (a int, b int, rid int) PARTITION BY RANGE (b);
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('u', 'a')
-- cluster: SELECT create_distributed_table('t', 'a')
CREATE TABLE m (a int, rid int, b int) PARTITION BY LIST (rid);
CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1);
CREATE TABLE m2 PARTITION OF m FOR VALUES IN (2) PARTITION BY RANGE (a);
CREATE TABLE m2a PARTITION OF m2 FOR VALUES FROM (0) TO (10);
CREATE TABLE m2d PARTITION OF m2 DEFAULT;
INSERT INTO m SELECT i, i % 2 + 1, i FROM generate_series(1, 20) i;
-- ignore: objects, notices
ALTER TABLE t ATTACH PARTITION m FOR VALUES FROM (0) TO (100);
SELECT tableoid::regclass, count(*) FROM t GROUP BY 1 ORDER BY tableoid::regclass::text;
CREATE UNIQUE INDEX t_uq ON t (a, b, rid);
INSERT INTO t VALUES (1, 1, 2);
INSERT INTO m VALUES (1, 2, 1);
ALTER TABLE t ADD FOREIGN KEY (rid) REFERENCES r;
ALTER TABLE t ADD CONSTRAINT tu FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 't'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 't'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'm'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'm'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'm2'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'm2'::regclass ORDER BY 1;
INSERT INTO t VALUES (1, 1, 11);
INSERT INTO m2 VALUES (100, 2, 1);
DELETE FROM u WHERE a = 1;
SELECT count(*) FROM t;
CREATE TABLE n (a int, b int, rid int) PARTITION BY RANGE (b);
CREATE TABLE n1 PARTITION OF n FOR VALUES FROM (100) TO (150) PARTITION BY LIST (rid);
CREATE TABLE n11 PARTITION OF n1 FOR VALUES IN (1, 2, 3);
CREATE TABLE n1d PARTITION OF n1 DEFAULT;
INSERT INTO n SELECT i, 100 + i, i % 5 + 1 FROM generate_series(2, 30) i;
BEGIN;
-- ignore: objects, notices
ALTER TABLE t ATTACH PARTITION n FOR VALUES FROM (100) TO (200);
SELECT tableoid::regclass, count(*) FROM t GROUP BY 1 ORDER BY tableoid::regclass::text;
INSERT INTO n VALUES (3, 149, 99);
ROLLBACK;
SELECT count(*) FROM n;
-- ignore: objects, notices
ALTER TABLE t ATTACH PARTITION n FOR VALUES FROM (100) TO (200);
SELECT tableoid::regclass, count(*) FROM t GROUP BY 1 ORDER BY tableoid::regclass::text;
INSERT INTO n VALUES (3, 149, 99);
INSERT INTO n1 VALUES (999, 149, 1);
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'n'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'n'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'n1'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'n1'::regclass ORDER BY 1;
-- ignore: origins
SELECT conrelid::regclass, conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE connamespace = 'compat_partitions_of_partitions_keys'::regnamespace AND conrelid::regclass::text IN ('t', 'm', 'n', 'n1') ORDER BY conrelid::regclass::text, 2;
BEGIN;
SAVEPOINT s;
ALTER TABLE t DETACH PARTITION n;
SELECT count(*) FROM t;
INSERT INTO n VALUES (4, 149, 99);
ROLLBACK TO s;
SELECT count(*) FROM t;
ALTER TABLE n DETACH PARTITION n1;
SELECT count(*) FROM n1;
COMMIT;
SELECT count(*) FROM t;
INSERT INTO n1 VALUES (4, 149, 99);
INSERT INTO n1 VALUES (4, 1049, 9);
DELETE FROM n1 WHERE b = 1049;
ALTER TABLE t DETACH PARTITION n;
INSERT INTO n VALUES (4, 149, 99);
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'n'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'n'::regclass ORDER BY 1;
SELECT count(*) FROM n;
DELETE FROM u WHERE a = 4;
SELECT count(*) FROM n;
ALTER TABLE t ADD COLUMN x int DEFAULT 5;
ALTER TABLE t ALTER COLUMN x TYPE bigint;
ALTER TABLE t RENAME COLUMN x TO y;
SELECT sum(y) FROM m2;
SELECT sum(y) FROM m;
ALTER TABLE m ADD COLUMN z int;
ALTER TABLE t ADD CHECK (y > 0);
INSERT INTO m2 (a, b, rid, y) VALUES (5, 5, 2, -1);
ALTER TABLE t DROP COLUMN y;
CREATE INDEX ON t (b);
CREATE INDEX ON t (b) WHERE b > 5;
CREATE INDEX ON m (a);
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'm'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'm'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'm2'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'm2'::regclass ORDER BY 1;
DROP INDEX t_uq;
INSERT INTO t SELECT * FROM t WHERE a = 3;
SELECT count(*) FROM t WHERE a = 3;
ALTER TABLE t RENAME TO tt;
ALTER TABLE m RENAME TO mm;
ALTER TABLE m2 RENAME TO mm2;
SELECT tableoid::regclass, count(*) FROM tt GROUP BY 1 ORDER BY tableoid::regclass::text;
DROP TABLE m;
-- ignore: notices
DROP TABLE mm, n, tt, u, r CASCADE;
