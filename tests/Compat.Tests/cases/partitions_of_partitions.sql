-- Partitions that are partitioned themselves: made before and after their table is distributed, filled, changed, moved between, detached, dropped.
CREATE TABLE r (id int PRIMARY KEY, v text);
CREATE TABLE deep (a int, b int, c text DEFAULT 'x', PRIMARY KEY (a, b)) PARTITION BY RANGE (b);
CREATE INDEX deep_c ON deep (c);
CREATE TABLE deep_1 PARTITION OF deep FOR VALUES FROM (1) TO (100) PARTITION BY LIST (a);
CREATE TABLE deep_1_1 PARTITION OF deep_1 FOR VALUES IN (1, 2, 3);
CREATE TABLE deep_1_d PARTITION OF deep_1 DEFAULT PARTITION BY RANGE (b);
CREATE TABLE deep_1_d_1 PARTITION OF deep_1_d FOR VALUES FROM (1) TO (50);
CREATE TABLE deep_1_d_2 PARTITION OF deep_1_d FOR VALUES FROM (50) TO (100);
CREATE TABLE deep_2 PARTITION OF deep FOR VALUES FROM (100) TO (200);
INSERT INTO deep SELECT i % 13, i FROM generate_series(1, 150) i;
INSERT INTO r SELECT i, 'r' || i FROM generate_series(0, 20) i;
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('deep', 'a')
SELECT count(*), sum(b) FROM deep;
SELECT tableoid::regclass, count(*) FROM deep GROUP BY 1 ORDER BY tableoid::regclass::text;
SELECT count(*) FROM deep_1;
SELECT count(*) FROM deep_1_d;
SELECT count(*) FROM deep_1_d_2;
SELECT * FROM deep WHERE a = 7 ORDER BY b;
-- ignore: origins
SELECT relid, parentrelid, isleaf, level FROM pg_partition_tree('deep') ORDER BY level, relid::text;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'deep'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'deep'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'deep_1'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'deep_1'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'deep_1_d'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'deep_1_d'::regclass ORDER BY 1;
CREATE TABLE deep_3 PARTITION OF deep FOR VALUES FROM (200) TO (300) PARTITION BY HASH (a);
INSERT INTO deep VALUES (1, 250);
CREATE TABLE deep_3_0 PARTITION OF deep_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE deep_3_1 PARTITION OF deep_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO deep SELECT i, 250 FROM generate_series(1, 10) i;
INSERT INTO deep_3 VALUES (1, 251), (2, 252) RETURNING *;
INSERT INTO deep_3 VALUES (1, 151);
INSERT INTO deep_1_1 VALUES (1, 151);
INSERT INTO deep_1_d VALUES (1, 1);
INSERT INTO deep VALUES (1, 251);
INSERT INTO deep VALUES (1, 251) ON CONFLICT DO NOTHING;
INSERT INTO deep VALUES (1, 251) ON CONFLICT (a, b) DO UPDATE SET c = 'u' RETURNING *;
INSERT INTO deep_3 VALUES (1, 251) ON CONFLICT (a, b) DO UPDATE SET c = 'v' RETURNING *;
SELECT tableoid::regclass, count(*) FROM deep_3 GROUP BY 1 ORDER BY tableoid::regclass::text;
UPDATE deep SET b = b + 100 WHERE a = 5 AND b < 90;
UPDATE deep SET b = 260 WHERE a = 6 AND b = 6;
UPDATE deep_1 SET b = 260 WHERE a = 7 AND b = 7;
UPDATE deep_1 SET b = 60 WHERE a = 7 AND b = 7;
UPDATE deep SET a = a + 20 WHERE a = 8;
UPDATE deep_1 SET a = 1 WHERE b = 11;
SELECT tableoid::regclass, count(*), sum(a), sum(b) FROM deep GROUP BY 1 ORDER BY tableoid::regclass::text;
DELETE FROM deep_1_d WHERE b > 90;
DELETE FROM deep_1_1 WHERE b < 5 RETURNING *;
COPY deep FROM STDIN;
50	50	copy
51	120	copy
1	255	copy
\.
COPY deep_1 FROM STDIN;
52	52	copy1
\.
SELECT tableoid::regclass, * FROM deep WHERE c LIKE 'copy%' ORDER BY a;
SELECT d.a, r.v FROM deep d JOIN r ON r.id = d.a WHERE d.b = 250 ORDER BY 1;
DO $$ DECLARE n int; BEGIN
  SELECT count(*) INTO n FROM deep; RAISE NOTICE 'deep %', n;
  SELECT count(*) INTO n FROM deep_1; RAISE NOTICE 'deep_1 %', n;
  SELECT count(*) INTO n FROM deep_1_d_1; RAISE NOTICE 'deep_1_d_1 %', n;
  INSERT INTO deep VALUES (33, 33), (33, 133), (33, 233);
  INSERT INTO deep_1 VALUES (34, 34);
  UPDATE deep SET b = b + 10 WHERE a = 33; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'u %', n;
  UPDATE deep SET b = b + 90 WHERE b < 110; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'moved %', n;
  UPDATE deep SET a = a + 100 WHERE a > 9; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'key %', n;
  UPDATE deep_1 SET c = 'one' WHERE b < 98; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'one %', n;
  DELETE FROM deep_3 WHERE a = 133; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'deleted %', n;
END $$;
SELECT tableoid::regclass, count(*), sum(a), sum(b) FROM deep GROUP BY 1 ORDER BY tableoid::regclass::text;
DO $$ BEGIN UPDATE deep_1 SET b = 150 WHERE b BETWEEN 90 AND 99; END $$;
SELECT tableoid::regclass, count(*), sum(a), sum(b) FROM deep GROUP BY 1 ORDER BY tableoid::regclass::text;
DO $$ DECLARE n int; BEGIN INSERT INTO deep VALUES (2, 20), (3, 80), (12, 30); UPDATE deep_1 SET b = 99 - b % 90; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE '%', n; UPDATE deep_1 SET a = a + 1; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE '%', n; END $$;
SELECT tableoid::regclass, count(*), sum(a), sum(b) FROM deep GROUP BY 1 ORDER BY tableoid::regclass::text;
TRUNCATE deep_1;
SELECT count(*) FROM deep;
ALTER TABLE deep DETACH PARTITION deep_3;
SELECT count(*) FROM deep;
SELECT count(*) FROM deep_3;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'deep_3'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'deep_3'::regclass ORDER BY 1;
INSERT INTO deep_3 VALUES (1, 1), (2, 2);
ALTER TABLE deep_3 DETACH PARTITION deep_3_1;
SELECT count(*) FROM deep_3_1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'deep_3_1'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'deep_3_1'::regclass ORDER BY 1;
DROP TABLE deep_3_1;
CREATE TABLE deep_3_1 PARTITION OF deep_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO deep_3 SELECT i, i FROM generate_series(30, 40) i;
SELECT count(*) FROM deep_3;
DROP TABLE deep_3;
DROP TABLE deep_1_d;
CREATE TABLE deep_1_d PARTITION OF deep_1 DEFAULT;
INSERT INTO deep VALUES (77, 77);
SELECT tableoid::regclass, * FROM deep WHERE a = 77;
DROP TABLE deep_1;
SELECT count(*) FROM deep;
DROP TABLE deep;
