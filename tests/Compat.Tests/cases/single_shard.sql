-- Tables in one shard: any SQL over those of one co-location group, joins with others.
CREATE TABLE a (id int PRIMARY KEY, v int, u text UNIQUE);
CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE, n int);
CREATE TABLE d (k int PRIMARY KEY, v int);
CREATE TABLE x (k int, v int);
INSERT INTO a SELECT i, i % 3, 'u' || i FROM generate_series(1, 20) i;
-- cluster: SELECT create_distributed_table('a', NULL)
-- cluster: SELECT create_distributed_table('b', NULL, colocate_with => 'a')
-- cluster: SELECT create_distributed_table('d', 'k')
-- cluster: SELECT create_distributed_table('x', NULL, distribution_type => 'hash')
INSERT INTO b (a, n) SELECT 1 + i % 20, i FROM generate_series(1, 60) i;
INSERT INTO d SELECT i, i * 2 FROM generate_series(1, 30) i;
INSERT INTO x VALUES (NULL, 1), (2, NULL), (3, 3) RETURNING *;
SELECT count(*), sum(v) FROM a;
SELECT a.v, count(*), rank() OVER (ORDER BY a.v) FROM a JOIN b ON b.a = a.id GROUP BY a.v ORDER BY 1;
WITH RECURSIVE r AS (SELECT id, 1 AS n FROM a WHERE id = 1 UNION ALL SELECT a.id, n + 1 FROM r JOIN a ON a.id = r.id + 1) SELECT max(n) FROM r;
SELECT count(*), sum(d.v) FROM a JOIN d ON d.k = a.id;
SELECT count(*) FROM x JOIN a ON a.id = x.k;
SELECT id FROM a ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED;
INSERT INTO a VALUES (1, 5, 'again') ON CONFLICT (id) DO UPDATE SET v = a.v + excluded.v RETURNING v;
INSERT INTO a VALUES (100, 5, 'u1');
INSERT INTO b (a, n) VALUES (999, 1);
UPDATE a SET id = 101 WHERE id = 20 RETURNING *;
UPDATE a SET id = 102 WHERE id = 1;
DELETE FROM a WHERE id = 2;
SELECT count(*) FROM b;
COPY x FROM STDIN;
7	8
\N	9
\.
SELECT * FROM x ORDER BY k, v;
INSERT INTO d SELECT 100 + id, v FROM a;
INSERT INTO x SELECT k, v FROM d WHERE k > 110;
SELECT count(*) FROM x;
BEGIN;
UPDATE x SET v = 0;
UPDATE d SET v = 0;
ROLLBACK;
SELECT sum(v) FROM x;
ALTER TABLE a ADD COLUMN w int DEFAULT 7;
ALTER TABLE x ADD UNIQUE (k, v);
SELECT sum(w) FROM a;
TRUNCATE a CASCADE;
SELECT count(*) FROM b;
DROP TABLE x;
