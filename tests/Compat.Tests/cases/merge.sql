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
-- differs: [0A000] MERGE does not go through foreign tables
MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v);
ROLLBACK;
SELECT * FROM t ORDER BY id;
BEGIN;
-- differs: [0A000] MERGE does not go through foreign tables
MERGE INTO t USING s ON t.id = s.id AND t.id = 7 WHEN MATCHED AND t.v > 100 THEN DELETE;
ROLLBACK;
BEGIN;
-- differs: [0A000] MERGE does not go through foreign tables
MERGE INTO t USING r ON t.id = r.id WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (id) VALUES (r.id + 100);
ROLLBACK;
BEGIN;
-- differs: [0A000] MERGE does not go through foreign tables
MERGE INTO r USING (VALUES (1, 50), (9, 90)) AS n (id, v) ON r.id = n.id WHEN MATCHED THEN UPDATE SET v = n.v WHEN NOT MATCHED THEN INSERT VALUES (n.id, n.v);
ROLLBACK;
SELECT * FROM r ORDER BY id;
MERGE INTO t USING (SELECT 8 AS id) x ON t.id = x.id WHEN MATCHED THEN UPDATE SET nope = 1;
SELECT count(*), sum(v) FROM t;
