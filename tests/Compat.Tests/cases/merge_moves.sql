-- MERGE that gives rows another distribution key, and MERGE into partitions, whose rows may have the same place.
CREATE TABLE t (id int PRIMARY KEY, n int, g int GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE k (a int, b text);
CREATE TABLE p (k int, d int, a int, UNIQUE (k, d)) PARTITION BY RANGE (d);
CREATE TABLE p_low PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_high PARTITION OF p FOR VALUES FROM (10) TO (100);
CREATE TABLE src (id int, v int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('k', 'a')
-- cluster: SELECT create_distributed_table('p', 'k')
INSERT INTO src SELECT i, i * 100 FROM generate_series(1, 5) i;
INSERT INTO t (id, n) SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO k VALUES (1, 'a'), (1, 'b'), (NULL, 'c'), (2, 'd');
INSERT INTO p SELECT i, d, i * d FROM generate_series(1, 6) i, (VALUES (1), (2), (11), (12)) v (d);
MERGE INTO t USING src ON t.id = src.id WHEN MATCHED AND src.id < 3 THEN UPDATE SET id = t.id + 1000, n = src.v WHEN MATCHED AND src.id = 3 THEN DELETE WHEN MATCHED THEN UPDATE SET n = -1;
SELECT * FROM t ORDER BY id;
MERGE INTO t USING (SELECT id AS s, id + 1 AS to_id FROM t WHERE id BETWEEN 6 AND 9) x ON t.id = x.s WHEN MATCHED AND x.s = 9 THEN UPDATE SET id = 2000 WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO t USING src ON t.id = src.id + 3 WHEN MATCHED THEN UPDATE SET id = 10;
MERGE INTO t USING (VALUES (4, 3000), (77, 4000)) x (id, new_id) ON t.id = x.id WHEN MATCHED THEN UPDATE SET (id, n) = (x.new_id, x.new_id) WHEN NOT MATCHED THEN INSERT (id, n) VALUES (x.new_id, 7);
SELECT * FROM t ORDER BY id;
MERGE INTO k USING (VALUES ('a', 5), ('c', 6), ('d', NULL)) x (b, a) ON k.b = x.b WHEN MATCHED THEN UPDATE SET a = x.a, b = k.b || '!';
SELECT * FROM k ORDER BY a NULLS FIRST, b;
MERGE INTO p w USING (SELECT k, max(a) AS a FROM p GROUP BY k) o ON w.k = o.k WHEN MATCHED THEN UPDATE SET a = 1;
SELECT * FROM p ORDER BY k, d;
MERGE INTO p w USING (SELECT k, d FROM p WHERE d IN (1, 11)) o ON w.k = o.k AND w.d = o.d WHEN MATCHED AND o.k = 1 THEN DELETE WHEN MATCHED AND o.d = 1 THEN UPDATE SET d = w.d + 49, a = 2 WHEN MATCHED THEN UPDATE SET k = w.k + 100, d = 5;
SELECT * FROM p ORDER BY k, d;
SELECT count(*) FROM p_low;
PREPARE m AS MERGE INTO t USING src ON t.id = src.id + $1 WHEN MATCHED THEN UPDATE SET id = t.id + $2;
EXECUTE m(0, 10000);
EXECUTE m(0, 10000);
DEALLOCATE m;
WITH s AS (SELECT id + 20000 AS id FROM t WHERE n < 100) MERGE INTO t USING s ON t.id = s.id - 20000 WHEN MATCHED THEN UPDATE SET id = s.id, n = (SELECT count(*) FROM k);
SELECT * FROM t ORDER BY id;
