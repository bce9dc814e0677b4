-- UPDATE of the distribution column: rows move to other shards.
CREATE TABLE m (id int PRIMARY KEY, v text, n int, g int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE keyless (k text, v int);
CREATE TABLE loc (a int, b int);
CREATE TABLE ref (a int PRIMARY KEY, b int);
CREATE TABLE o (x int, y int);
-- cluster: SELECT create_distributed_table('m', 'id')
-- cluster: SELECT create_distributed_table('keyless', 'k', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('o', 'x', colocate_with => 'none')
-- cluster: SELECT create_reference_table('ref')
INSERT INTO m SELECT i, 'v' || i, i % 3 FROM generate_series(1, 20) i;
INSERT INTO keyless SELECT 'k' || i % 4, i FROM generate_series(1, 12) i;
INSERT INTO loc VALUES (3, 33), (4, 44), (90, 91);
INSERT INTO ref VALUES (5, 55), (6, 66);
INSERT INTO o SELECT i, i + 200 FROM generate_series(7, 9) i;
UPDATE m SET id = 100 WHERE id = 1;
UPDATE m SET id = 101, v = 'x' || v WHERE id = 2 RETURNING *;
UPDATE m SET id = 101 WHERE id = 101 RETURNING id;
UPDATE m SET id = id WHERE n = 1;
UPDATE m SET id = id + 1000 WHERE n = 2 RETURNING id, g, v;
UPDATE m SET id = 3 WHERE id = 4;
UPDATE m SET id = NULL WHERE id = 4;
UPDATE m SET id = 'x' WHERE id = 4;
UPDATE m SET id = 1 / (id - 4) WHERE id = 4;
-- ignore: detail
UPDATE m SET id = id + 1;
UPDATE m SET id = b, v = v || b FROM loc WHERE a = id RETURNING m.*, loc.a;
UPDATE m SET id = ref.b FROM ref WHERE ref.a = m.id RETURNING m.id, ref.a;
UPDATE m SET id = o.y FROM o WHERE o.x = m.id RETURNING m.id, o.x;
UPDATE m SET id = (SELECT max(id) + 1 FROM m) WHERE id = 100 RETURNING id;
UPDATE m SET (id, v) = (5000, 'both') WHERE id = 10 RETURNING id, v;
UPDATE m SET (id, v) = (SELECT 5001, 'sub') WHERE id = 12 RETURNING id, v;
UPDATE m AS t SET id = t.id + 10000 WHERE t.v LIKE '%9' RETURNING t.id;
-- params: 5000 | 5002
-- params: 5002 | 5003
-- params: 1 | 5003
-- params: 5003 | 13
UPDATE m SET id = $2 WHERE id = $1 RETURNING id, v;
SELECT id, v, n, g FROM m ORDER BY id;
UPDATE keyless SET k = 'z' || v WHERE v > 9;
UPDATE keyless SET k = NULL WHERE v IN (1, 2) RETURNING *;
UPDATE keyless SET k = 'was null' WHERE k IS NULL RETURNING v;
UPDATE keyless SET k = k || '!';
SELECT k, v FROM keyless ORDER BY v;
BEGIN;
UPDATE m SET id = 7000 WHERE id = 13;
SELECT v FROM m WHERE id = 7000;
SAVEPOINT s;
UPDATE m SET id = 7001 WHERE id = 7000;
ROLLBACK TO s;
UPDATE m SET v = 'after' WHERE id = 7000;
COMMIT;
SELECT v FROM m WHERE id = 7000;
BEGIN;
UPDATE m SET id = id + 20000;
SELECT count(*), min(id) > 20000 FROM m;
ROLLBACK;
SELECT count(*), min(id) FROM m;
DO $$ BEGIN UPDATE m SET id = id + 30000 WHERE id = 7000; UPDATE m SET id = id + abs(n) - n + 1 WHERE v = 'after'; END $$;
SELECT id, v FROM m WHERE v = 'after';
WITH u AS (UPDATE m SET id = id + 40000 WHERE id < 30 RETURNING id) SELECT count(*), min(id) FROM u;
SELECT count(*), sum(id) FROM m;
-- Foreign keys.
CREATE TABLE p (id int PRIMARY KEY, n int);
CREATE TABLE c (id int REFERENCES p, n int, PRIMARY KEY (id, n));
CREATE TABLE cc (id int, n int, FOREIGN KEY (id, n) REFERENCES c ON DELETE CASCADE);
CREATE TABLE q (id int PRIMARY KEY);
CREATE TABLE qc (id int REFERENCES q ON DELETE CASCADE, n int, r int);
-- cluster: SELECT create_distributed_table('p', 'id')
-- cluster: SELECT create_distributed_table('c', 'id', colocate_with => 'p')
-- cluster: SELECT create_distributed_table('cc', 'id', colocate_with => 'p')
-- cluster: SELECT create_distributed_table('q', 'id')
-- cluster: SELECT create_distributed_table('qc', 'id', colocate_with => 'q')
ALTER TABLE qc ADD FOREIGN KEY (r) REFERENCES ref (a);
INSERT INTO p SELECT i, i FROM generate_series(1, 8) i;
INSERT INTO c SELECT i, i FROM generate_series(1, 4) i;
INSERT INTO q SELECT i FROM generate_series(1, 8) i;
INSERT INTO qc SELECT i, i FROM generate_series(1, 4) i;
UPDATE p SET id = 50 WHERE id = 8;
UPDATE p SET id = 51 WHERE id = 1;
INSERT INTO cc VALUES (1, 1);
BEGIN;
-- differs: [0A000] the rows of cc would be deleted
UPDATE c SET id = 50 WHERE id = 1;
ROLLBACK;
DROP TABLE cc;
UPDATE c SET id = 50 WHERE id = 1;
UPDATE c SET id = 77 WHERE id = 2;
UPDATE p SET id = 51 WHERE id = 1;
UPDATE q SET id = 51 WHERE id = 1;
UPDATE q SET id = 52 WHERE id = 8;
UPDATE qc SET id = 52, r = 5 WHERE id = 2 RETURNING *;
UPDATE qc SET id = 5, r = 99 WHERE id = 3;
UPDATE q SET id = 53 WHERE id = 2;
SELECT id FROM p ORDER BY id;
SELECT * FROM c ORDER BY id, n;
SELECT id FROM q ORDER BY id;
SELECT * FROM qc ORDER BY id, n;
