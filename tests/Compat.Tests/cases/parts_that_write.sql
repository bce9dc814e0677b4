-- WITH of several parts that write and read the same tables: all of them see what was there before.
CREATE TABLE t (id int PRIMARY KEY, k int, v text COLLATE "C");
CREATE TABLE o (a int PRIMARY KEY, b int);
CREATE TABLE n (id int, k int, v int);
CREATE TABLE r (id int PRIMARY KEY, name text);
CREATE TABLE loc (a int, b int);
CREATE TABLE p (id int, made int, v int, PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (100);
CREATE TABLE s (a int, b int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('o', 'a', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('n', 'id')
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('p', 'id')
-- cluster: SELECT create_distributed_table('s', NULL)
INSERT INTO t SELECT i, i, 'v' || i FROM generate_series(1, 10) i;
INSERT INTO o SELECT i, i * 10 FROM generate_series(1, 10) i;
INSERT INTO n SELECT CASE WHEN i % 4 <> 0 THEN i % 4 END, i % 3, i FROM generate_series(1, 12) i;
INSERT INTO r SELECT i, 'r' || i FROM generate_series(1, 5) i;
INSERT INTO loc SELECT i, i FROM generate_series(1, 5) i;
INSERT INTO p SELECT i, i, i FROM generate_series(1, 20) i;
INSERT INTO s SELECT i, i FROM generate_series(1, 6) i;
CREATE VIEW seen AS SELECT k, count(*) AS c, max(v) AS last FROM t GROUP BY k;
BEGIN;
WITH gone AS (DELETE FROM t WHERE k > 5 RETURNING k) SELECT count(*) FROM gone JOIN t ON t.k = gone.k;
SELECT count(*) FROM t;
ROLLBACK;
BEGIN;
WITH gone AS (DELETE FROM t WHERE k > 5 RETURNING *) SELECT gone.*, t.* FROM gone RIGHT JOIN t ON t.k = gone.k - 1 ORDER BY t.id;
WITH up AS (UPDATE t SET k = k + 100 RETURNING id, k) SELECT up.id, up.k, t.k, t.v FROM up JOIN t ON t.k = up.k - 101 WHERE t.k > 2 AND t.v < 'v5' ORDER BY 1;
SELECT * FROM t ORDER BY id;
ROLLBACK;
BEGIN;
WITH up AS (UPDATE t SET k = k + 1 WHERE k < 6 RETURNING id), gone AS (DELETE FROM t WHERE k >= 6 RETURNING id) SELECT (SELECT count(*) FROM up), (SELECT array_agg(id ORDER BY id) FROM gone), (SELECT sum(k) FROM t);
SELECT * FROM t ORDER BY id;
ROLLBACK;
BEGIN;
WITH a AS (UPDATE t SET k = 20 WHERE k < 4 RETURNING id, k), b AS (UPDATE t SET k = 30 WHERE k >= 4 AND k < 9 RETURNING id, k) UPDATE t SET k = 40 WHERE k >= 9 RETURNING id, k, (SELECT sum(k) FROM a), (SELECT sum(k) FROM b);
SELECT * FROM t ORDER BY id;
ROLLBACK;
BEGIN;
WITH x AS (INSERT INTO loc SELECT id, k FROM t) UPDATE t SET k = 0;
SELECT * FROM loc ORDER BY 1, 2;
SELECT sum(k) FROM t;
ROLLBACK;
BEGIN;
WITH x AS (DELETE FROM t WHERE id > 3 RETURNING *), y AS (INSERT INTO o SELECT id + 100, (SELECT count(*) FROM t) FROM x RETURNING *) SELECT count(*), sum(b), (SELECT count(*) FROM t), (SELECT max(a) FROM o) FROM y;
SELECT count(*), max(a), sum(b) FROM o;
ROLLBACK;
BEGIN;
WITH x AS (INSERT INTO t VALUES (3, 300, 'new'), (30, 30, 'thirty') ON CONFLICT (id) DO UPDATE SET k = excluded.k RETURNING id, k) SELECT x.id, x.k, (SELECT sum(k) FROM t), (SELECT max(id) FROM t) FROM x ORDER BY 1;
SELECT * FROM t ORDER BY id;
ROLLBACK;
BEGIN;
WITH x AS (INSERT INTO t SELECT a, b, 'o' FROM o ON CONFLICT (id) DO UPDATE SET k = (SELECT max(k) FROM t) RETURNING id, k) SELECT * FROM x ORDER BY id;
WITH x AS (INSERT INTO t SELECT a + 5, b, 'o' FROM o ON CONFLICT (id) DO NOTHING RETURNING id) SELECT count(*), (SELECT count(*) FROM t) FROM x;
ROLLBACK;
BEGIN;
WITH x AS (UPDATE t SET id = id + 1000 WHERE id < 4 RETURNING id, k) SELECT x.id, t.id, t.k FROM x JOIN t ON t.k = x.k ORDER BY 1;
SELECT * FROM t ORDER BY id;
ROLLBACK;
BEGIN;
WITH x AS (UPDATE n SET v = v + 1 RETURNING *), y AS (DELETE FROM r WHERE id > 3 RETURNING *) SELECT (SELECT sum(v) FROM x), (SELECT sum(v) FROM n), (SELECT count(*) FROM r), (SELECT string_agg(name, ',' ORDER BY name) FROM y);
WITH x AS (DELETE FROM n WHERE k = 0 RETURNING v), y AS (UPDATE n SET v = -v WHERE k <> 0) SELECT (SELECT sum(v) FROM x), (SELECT sum(v) FROM n);
SELECT * FROM n ORDER BY 1, 2, 3;
ROLLBACK;
BEGIN;
WITH x AS (DELETE FROM r WHERE id < 3 RETURNING id), y AS (UPDATE r SET name = 'x' || name WHERE id >= 3 RETURNING id) SELECT (SELECT count(*) FROM x), (SELECT count(*) FROM y), (SELECT string_agg(name, ',' ORDER BY name) FROM r);
SELECT * FROM r ORDER BY id;
ROLLBACK;
BEGIN;
WITH x AS (UPDATE p SET made = made + 9 WHERE made < 10 RETURNING id, made), y AS (DELETE FROM p WHERE made >= 10 RETURNING id) SELECT (SELECT sum(made) FROM x), (SELECT count(*) FROM y), (SELECT count(*) FROM p), (SELECT count(*) FROM p_1);
SELECT * FROM p ORDER BY id;
ROLLBACK;
BEGIN;
WITH x AS (DELETE FROM p_1 RETURNING id) SELECT count(*), (SELECT count(*) FROM p) FROM x;
WITH x AS (INSERT INTO p VALUES (50, 50, 50) RETURNING id) SELECT x.id, (SELECT count(*) FROM p) FROM x;
SELECT count(*) FROM p;
ROLLBACK;
BEGIN;
WITH x AS (DELETE FROM s WHERE a > 3 RETURNING a), y AS (UPDATE t SET k = k * 2 WHERE id IN (SELECT a FROM s) RETURNING id) SELECT (SELECT sum(a) FROM x), (SELECT sum(a) FROM s), (SELECT array_agg(id ORDER BY id) FROM y);
ROLLBACK;
BEGIN;
WITH x AS (DELETE FROM t WHERE k > 7 RETURNING k) SELECT seen.* FROM seen LEFT JOIN x USING (k) ORDER BY 1;
WITH x AS (UPDATE t SET k = 1) SELECT * FROM seen ORDER BY 1;
SELECT * FROM seen ORDER BY 1;
ROLLBACK;
-- Nested, RECURSIVE beside them, nobody reads them, CTEs that only read.
BEGIN;
WITH RECURSIVE c AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM c WHERE i < 4), x AS (DELETE FROM t USING c WHERE t.id = c.i RETURNING t.id) SELECT c.i, t.v, x.id FROM c LEFT JOIN t ON t.id = c.i LEFT JOIN x ON x.id = c.i + 1 ORDER BY 1;
WITH old AS (SELECT count(*) AS c FROM t), x AS (DELETE FROM t WHERE id = 5), y AS (DELETE FROM o WHERE a = (SELECT count(*) - 1 FROM t)) SELECT old.c, (SELECT count(*) FROM o) FROM old;
SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM o);
WITH x AS (WITH inner_part AS (SELECT max(id) AS m FROM t) UPDATE t SET k = m FROM inner_part WHERE t.id = 6 RETURNING t.*) SELECT x.k, t.k FROM x JOIN t ON t.id = x.id;
INSERT INTO loc WITH x AS (SELECT 1) SELECT 7, 7;
WITH x AS (DELETE FROM t WHERE id = 7 RETURNING id, k) INSERT INTO t SELECT id + 200, (SELECT count(*) FROM t), 'moved' FROM x RETURNING *;
WITH x AS (INSERT INTO loc SELECT id, count(*) OVER () FROM t RETURNING a, b) DELETE FROM t USING x WHERE x.a = t.id AND x.a > 100 RETURNING t.*, x.b;
SELECT * FROM t ORDER BY id;
SELECT * FROM loc ORDER BY 1, 2;
ROLLBACK;
-- Outside of a block, prepared, with parameters and NULLs, errors.
PREPARE q (int, text) AS WITH x AS (UPDATE t SET v = $2 WHERE k = $1 RETURNING id, v) SELECT x.id, x.v, t.v FROM x JOIN t USING (id);
EXECUTE q (2, 'two');
EXECUTE q (3, NULL);
EXECUTE q (NULL, 'none');
SELECT * FROM t ORDER BY id;
WITH x AS (UPDATE t SET id = 1 WHERE id = 2 RETURNING id) SELECT x.id, t.id FROM x, t;
WITH x AS (DELETE FROM t RETURNING k) SELECT 1 / (t.k - 1) FROM t, x;
WITH x AS (DELETE FROM t RETURNING k) SELECT nope FROM t, x;
SELECT count(*) FROM t;
WITH x AS (UPDATE t SET k = k + 1 WHERE id = 1 RETURNING k) SELECT x.k, t.k FROM x, t WHERE t.id = 1;
WITH x AS (DELETE FROM t WHERE id = 1 RETURNING *) SELECT t.id, x.v, row_to_json(t) FROM t JOIN x ON t.k = x.k;
-- params: 4
-- params: \N
WITH x AS (DELETE FROM t WHERE id = $1 RETURNING *) SELECT count(t.id), max(x.v), sum(t.k * $1) FROM t LEFT JOIN x ON t.k = x.k;
SELECT * FROM t ORDER BY id;
WITH x AS (DELETE FROM t WHERE false RETURNING id) SELECT count(t.id) FROM x RIGHT JOIN t USING (id);
-- Actions of foreign keys.
CREATE TABLE c (id int, t_id int REFERENCES t ON DELETE CASCADE, PRIMARY KEY (id, t_id));
-- cluster: SELECT create_distributed_table('c', 't_id')
INSERT INTO c SELECT id, id FROM t;
WITH x AS (DELETE FROM t WHERE id > 7 RETURNING id) SELECT (SELECT count(*) FROM x), (SELECT max(t_id) FROM c), count(*) FROM t CROSS JOIN r;
SELECT max(t_id) FROM c;
-- A join before what is read is changed, in the main statement.
WITH x AS (SELECT max(v) AS m FROM n), y AS (INSERT INTO loc SELECT id, v FROM n WHERE id IS NOT NULL) UPDATE n SET v = x.m FROM x WHERE n.k = 0 RETURNING n.id, n.v, (SELECT sum(v) FROM n);
SELECT * FROM loc ORDER BY 1, 2;
DROP VIEW seen;
