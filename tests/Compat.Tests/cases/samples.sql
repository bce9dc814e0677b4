-- TABLESAMPLE beside other tables. Samples of all rows and of none are the same everywhere; of the others only what must hold of any sample.
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
CREATE TABLE u (a int PRIMARY KEY, b int);
CREATE TABLE r (id int PRIMARY KEY, name text);
CREATE TABLE l (id int PRIMARY KEY, name text);
CREATE TABLE p (a int, b int) PARTITION BY RANGE (b);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p DEFAULT;
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('u', 'a', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('p', 'a')
-- cluster: SELECT create_reference_table('r')
INSERT INTO t SELECT i, i % 40, i % 7 FROM generate_series(1, 300) i;
INSERT INTO u SELECT i, i % 9 FROM generate_series(1, 60) i;
INSERT INTO r SELECT i, 'r' || i FROM generate_series(1, 40) i;
INSERT INTO l SELECT i, 'l' || i FROM generate_series(1, 40) i;
INSERT INTO p SELECT i, i FROM generate_series(1, 30) i;

SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100);
SELECT count(*) FROM t TABLESAMPLE SYSTEM (0);
SELECT count(*), sum(t.v + u.b) FROM t TABLESAMPLE BERNOULLI (100) JOIN u ON u.a = t.k;
SELECT count(*), sum(t.v + u.b) FROM t JOIN u TABLESAMPLE SYSTEM (100) ON u.a = t.k;
SELECT count(*), sum(x.v + y.b) FROM t AS x TABLESAMPLE BERNOULLI (100) JOIN u AS y TABLESAMPLE SYSTEM (100) REPEATABLE (5) ON y.a = x.k WHERE x.v > 2;
SELECT count(*), count(u.a) FROM t LEFT JOIN u TABLESAMPLE BERNOULLI (0) ON u.a = t.k;
SELECT count(*), count(u.a) FROM t TABLESAMPLE BERNOULLI (0) FULL JOIN u ON u.a = t.k;
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100) JOIN r TABLESAMPLE BERNOULLI (100) ON r.id = t.k;
SELECT count(*) FROM t JOIN r TABLESAMPLE SYSTEM (0) ON r.id = t.k;
SELECT count(*), count(r.id) FROM t LEFT JOIN r TABLESAMPLE BERNOULLI (0) ON r.id = t.k;
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100), l WHERE l.id = t.k;
SELECT count(*) FROM t, l TABLESAMPLE BERNOULLI (100) WHERE l.id = t.k;
SELECT count(*) FROM p TABLESAMPLE BERNOULLI (100) JOIN t ON t.k = p.b;
SELECT id FROM t TABLESAMPLE BERNOULLI (100) WHERE k IN (SELECT a FROM u TABLESAMPLE BERNOULLI (100) WHERE b < 3) ORDER BY 1 LIMIT 9;
SELECT name FROM r TABLESAMPLE BERNOULLI (100) WHERE id NOT IN (SELECT k FROM t TABLESAMPLE BERNOULLI (0)) ORDER BY id LIMIT 3;
SELECT k, count(*) FROM (SELECT * FROM t TABLESAMPLE BERNOULLI (100) WHERE v = 3) s JOIN u ON u.b = s.v GROUP BY k ORDER BY 1;
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100) UNION ALL SELECT a FROM u TABLESAMPLE BERNOULLI (100) WHERE a < 4 ORDER BY 1;
SELECT id FROM t TABLESAMPLE BERNOULLI (100) UNION SELECT a FROM u TABLESAMPLE BERNOULLI (0) ORDER BY 1 LIMIT 4;
SELECT r.id, nullif(r.id, 3), count(*) FROM l, r TABLESAMPLE BERNOULLI (100) WHERE l.id = r.id AND r.id < 5 GROUP BY GROUPING SETS ((r.id, nullif(r.id, 3)), ()) ORDER BY 1, 2;
SELECT max((SELECT count(*) FROM u TABLESAMPLE BERNOULLI (100) WHERE u.b = t.v)) FROM t;
SELECT * FROM t TABLESAMPLE BERNOULLI (100) NATURAL JOIN r ORDER BY id LIMIT 3;
SELECT (x).* FROM (SELECT t AS x FROM t TABLESAMPLE BERNOULLI (100) WHERE id = 3) s;
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100) a (x, y) JOIN u ON u.a = a.y;

-- A sample is taken once.
WITH s AS (SELECT id FROM t TABLESAMPLE BERNOULLI (50)) SELECT count(*) FROM s a FULL JOIN s b ON a.id = b.id WHERE a.id IS NULL OR b.id IS NULL;
WITH s AS (SELECT id, k FROM t TABLESAMPLE BERNOULLI (50)) SELECT count(*) FROM s a FULL JOIN s b ON a.k = b.k AND a.id = b.id WHERE a.id IS NULL OR b.id IS NULL;
WITH s AS (SELECT id FROM r TABLESAMPLE BERNOULLI (50)) SELECT count(*) FROM t a JOIN s ON s.id = a.k WHERE a.k NOT IN (SELECT id FROM s);
SELECT count(DISTINCT c) FROM (SELECT r.id, count(*) AS c FROM t JOIN r TABLESAMPLE BERNOULLI (50) ON r.id = t.v GROUP BY r.id HAVING count(*) NOT IN (42, 43)) s;
SELECT count(*) FROM t a TABLESAMPLE BERNOULLI (40) REPEATABLE (3) FULL JOIN t b TABLESAMPLE BERNOULLI (40) REPEATABLE (3) ON a.id = b.id WHERE a.id IS NULL OR b.id IS NULL;
SELECT count(*) BETWEEN 1 AND 299 FROM t a TABLESAMPLE BERNOULLI (40) REPEATABLE (3) JOIN l ON true WHERE l.id = 1;
SELECT (SELECT count(*) FROM t TABLESAMPLE BERNOULLI (30) REPEATABLE (9), l WHERE l.id = 2) = (SELECT count(*) FROM t TABLESAMPLE BERNOULLI (30) REPEATABLE (9));

-- Writes, parameters, errors.
UPDATE t SET v = 100 FROM u TABLESAMPLE BERNOULLI (100) WHERE u.a = t.k AND u.b = 1;
DELETE FROM t USING u TABLESAMPLE BERNOULLI (0) WHERE u.a = t.k;
INSERT INTO u SELECT id + 1000, v FROM t TABLESAMPLE BERNOULLI (100) WHERE id IN (SELECT b FROM u TABLESAMPLE SYSTEM (100)) AND id < 3 RETURNING *;
-- params: 100
-- params: 0
SELECT count(*) FROM t TABLESAMPLE BERNOULLI ($1) JOIN u ON u.a = t.k;
-- params: 101
-- ignore: detail
SELECT count(*) FROM t TABLESAMPLE BERNOULLI ($1) JOIN u ON u.a = t.k;
-- params: \N
SELECT count(*) FROM t TABLESAMPLE BERNOULLI ($1) JOIN u ON u.a = t.k;
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (-1), l;
SELECT count(*) FROM t TABLESAMPLE NOTHING (1), l;
BEGIN;
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100) JOIN u ON u.a = t.k;
COMMIT;
