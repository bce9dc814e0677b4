-- MERGE.
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE s (id int PRIMARY KEY, v int);
CREATE TABLE r (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('s', 'id', colocate_with => 't')
-- cluster: SELECT create_reference_table('r')
INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO s SELECT i, i * 100 FROM generate_series(6, 15) i;
INSERT INTO r SELECT i, i FROM generate_series(1, 3) i;
BEGIN;
MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v);
ROLLBACK;
SELECT * FROM t ORDER BY id;
BEGIN;
MERGE INTO t USING s ON t.id = s.id AND t.id = 7 WHEN MATCHED AND t.v > 100 THEN DELETE;
ROLLBACK;
BEGIN;
MERGE INTO t USING r ON t.id = r.id WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (id) VALUES (r.id + 100);
ROLLBACK;
BEGIN;
MERGE INTO r USING (VALUES (1, 50), (9, 90)) AS n (id, v) ON r.id = n.id WHEN MATCHED THEN UPDATE SET v = n.v WHEN NOT MATCHED THEN INSERT VALUES (n.id, n.v);
ROLLBACK;
SELECT * FROM r ORDER BY id;
MERGE INTO t USING (SELECT 8 AS id) x ON t.id = x.id WHEN MATCHED THEN UPDATE SET nope = 1;
SELECT count(*), sum(v) FROM t;
-- All kinds of tables, clauses in their order, counts and errors.
CREATE TABLE o (a int, b int, c text DEFAULT 'none');
CREATE TABLE loc (id int, v int);
CREATE TABLE seq (id int PRIMARY KEY, n serial, at date DEFAULT '2020-01-01', g int GENERATED ALWAYS AS (id + 1) STORED);
CREATE TABLE ids (id int, i int GENERATED ALWAYS AS IDENTITY, v varchar(3));
-- cluster: SELECT create_distributed_table('o', 'a', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('seq', 'id')
-- cluster: SELECT create_distributed_table('ids', 'id')
INSERT INTO o SELECT i, i % 5, 'c' || i FROM generate_series(1, 12) i;
INSERT INTO loc SELECT i, i * 7 FROM generate_series(8, 14) i;
MERGE INTO t USING s ON t.id = s.id WHEN MATCHED AND s.v > 900 THEN DELETE WHEN MATCHED AND t.v = 7 THEN DO NOTHING WHEN MATCHED THEN UPDATE SET v = t.v + s.v WHEN NOT MATCHED AND s.id > 12 THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (v, id) VALUES (s.v + 1, s.id);
SELECT * FROM t ORDER BY id;
MERGE INTO t USING o ON t.id = o.a WHEN MATCHED THEN UPDATE SET v = o.b WHEN NOT MATCHED THEN INSERT VALUES (a, b);
SELECT * FROM t ORDER BY id;
MERGE INTO t USING loc ON t.id = loc.id WHEN MATCHED AND loc.v > 70 THEN UPDATE SET v = loc.v WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (id, v);
SELECT * FROM t ORDER BY id;
MERGE INTO o USING t ON o.b = t.id WHEN MATCHED THEN UPDATE SET c = c || t.v;
SELECT * FROM o ORDER BY a;
MERGE INTO o USING t ON o.a = t.v WHEN NOT MATCHED THEN INSERT (a, b) VALUES (t.id + 100, t.v) WHEN MATCHED THEN DELETE;
SELECT * FROM o ORDER BY a;
MERGE INTO r USING t ON r.id = t.id WHEN MATCHED THEN UPDATE SET v = t.v WHEN NOT MATCHED AND t.id < 8 THEN INSERT VALUES (t.id, t.v);
SELECT * FROM r ORDER BY id;
MERGE INTO r USING loc ON r.id = loc.id - 5 WHEN MATCHED THEN DELETE;
SELECT * FROM r ORDER BY id;
MERGE INTO loc USING t ON loc.id = t.id WHEN MATCHED THEN UPDATE SET v = t.v WHEN NOT MATCHED THEN INSERT VALUES (t.id, t.v);
SELECT * FROM loc ORDER BY id;
MERGE INTO t USING generate_series(1, 3) AS i ON t.id = i WHEN MATCHED THEN UPDATE SET v = i * 1000 WHEN NOT MATCHED THEN INSERT VALUES (i, 0);
MERGE INTO t AS target USING (SELECT id, max(v) AS v FROM s GROUP BY id) AS source ON target.id = source.id WHEN MATCHED THEN UPDATE SET v = source.v;
WITH w AS (SELECT 4 AS id, 44 AS v UNION ALL SELECT 5, 55) MERGE INTO t USING w ON t.id = w.id WHEN MATCHED THEN UPDATE SET v = w.v WHEN NOT MATCHED THEN INSERT VALUES (w.id, w.v);
SELECT * FROM t ORDER BY id;
MERGE INTO t USING (VALUES (1, 1), (1, 2)) AS d (id, v) ON t.id = d.id WHEN MATCHED THEN UPDATE SET v = d.v;
MERGE INTO t USING (VALUES (1, 1), (1, 2)) AS d (id, v) ON t.id = d.id WHEN MATCHED AND d.v = 2 THEN DELETE;
MERGE INTO t USING o ON t.id = o.b WHEN MATCHED THEN DO NOTHING;
MERGE INTO t USING (VALUES (500, 1), (500, 2)) AS d (id, v) ON t.id = d.id WHEN NOT MATCHED THEN INSERT VALUES (d.id, d.v);
MERGE INTO t USING (VALUES (1, 1)) AS d (id, v) ON t.id = d.id + 400 WHEN NOT MATCHED THEN INSERT (v) VALUES (d.v);
MERGE INTO t USING (VALUES (600, 1)) AS d (id, v) ON t.id = d.id WHEN NOT MATCHED THEN INSERT VALUES (d.id, 1 / (d.v - 1));
SELECT count(*), sum(v) FROM t;
MERGE INTO seq USING s ON seq.id = s.id WHEN NOT MATCHED AND s.id < 8 THEN INSERT (id) VALUES (s.id) WHEN NOT MATCHED THEN INSERT DEFAULT VALUES;
MERGE INTO seq USING s ON seq.id = s.id WHEN NOT MATCHED AND s.id < 9 THEN INSERT (id) VALUES (s.id);
SELECT id, n > 0, at, g FROM seq ORDER BY id;
MERGE INTO seq USING s ON seq.id = s.id WHEN MATCHED THEN UPDATE SET at = DEFAULT, n = s.v;
MERGE INTO seq USING s ON seq.id = s.id WHEN MATCHED THEN UPDATE SET (n, at) = (s.v + 1, '2021-02-02');
SELECT id, n, at, g FROM seq ORDER BY id;
MERGE INTO ids USING s ON ids.id = s.id WHEN NOT MATCHED AND s.id < 8 THEN INSERT (id, v) VALUES (s.id, 'abc');
MERGE INTO ids USING s ON ids.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, 5, 'abc');
MERGE INTO ids USING s ON ids.id = s.id WHEN NOT MATCHED AND s.id = 9 THEN INSERT OVERRIDING SYSTEM VALUE VALUES (s.id, 500, 'abc');
MERGE INTO ids USING s ON ids.id = s.id WHEN MATCHED THEN UPDATE SET v = 'abcd';
MERGE INTO ids USING s ON ids.id = s.id WHEN MATCHED THEN UPDATE SET i = 5;
SELECT id, i > 0, v FROM ids ORDER BY id;
-- extended only
-- params: 6 | 60
-- params: 800 | 80
MERGE INTO t USING (SELECT $1::int AS id, $2::int AS v) d ON t.id = d.id WHEN MATCHED THEN UPDATE SET v = d.v WHEN NOT MATCHED THEN INSERT VALUES (d.id, d.v);
BEGIN;
MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE;
SELECT count(*) FROM t;
ROLLBACK;
SELECT count(*), sum(v) FROM t;
BEGIN;
MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET id = t.id + 1000;
ROLLBACK;
