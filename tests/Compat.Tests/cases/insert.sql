-- INSERT: one row, many rows, defaults, RETURNING, INSERT ... SELECT.
CREATE TABLE t (id int, name text DEFAULT 'none', n int DEFAULT 40 + 2, made date DEFAULT '2024-01-01', PRIMARY KEY (id));
CREATE TABLE s (id int, x int);
CREATE TABLE far (a bigint, b text);
CREATE TABLE ref (id int PRIMARY KEY, label text);
CREATE TABLE loc (id int, x int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('s', 'id', colocate_with => 't')
-- cluster: SELECT create_distributed_table('far', 'a', colocate_with => 'none')
-- cluster: SELECT create_reference_table('ref')
INSERT INTO t VALUES (1, 'one', 1, '2024-02-02');
INSERT INTO t (id) VALUES (2);
INSERT INTO t (name, id) VALUES ('three', 3);
INSERT INTO t VALUES (4, DEFAULT, DEFAULT);
INSERT INTO t VALUES (5, 'five', NULL, NULL), (6, DEFAULT, 6, DEFAULT), (7, 'seven', 7, '2024-07-07');
INSERT INTO t (id, n) VALUES (8, 8) RETURNING *;
INSERT INTO t (id, n) VALUES (9, 9), (10, 10), (11, 11) RETURNING id, n * 2 AS twice, name;
INSERT INTO t VALUES (12, 'x' || 'y', 3 * 4, date '2024-01-31' + 1) RETURNING id, name, made;
INSERT INTO t VALUES (10 + 3, upper('abc'), length('four'), DEFAULT) RETURNING t.*;
INSERT INTO t AS tt (id) VALUES (14) RETURNING tt.id, tt;
INSERT INTO t VALUES ('15', 'text id', '16');
INSERT INTO t VALUES (16.4, 'rounded', 1.6) RETURNING id, n;
INSERT INTO t (id, name) VALUES (17, $$it's "quoted" \ and $$ || E'\t\n' || 'ünïcode ☃') RETURNING name;
INSERT INTO t (id, name) VALUES (18, NULL) RETURNING name IS NULL;
INSERT INTO t (id, name) VALUES (19, '') RETURNING name = '';
INSERT INTO t (id, n) VALUES (20, (SELECT 5)) RETURNING n;
INSERT INTO t (id, n) VALUES ((SELECT 21), (SELECT max(n) FROM t)) RETURNING id, n;
INSERT INTO t (id) SELECT 22;
INSERT INTO t (id, name) SELECT i, 'gen' || i FROM generate_series(30, 49) i;
INSERT INTO t (id, n) SELECT i, i FROM generate_series(50, 54) i RETURNING id;
INSERT INTO s SELECT id, n FROM t;
INSERT INTO s SELECT id + 1000, n FROM t WHERE id < 10;
INSERT INTO s SELECT n, id FROM t WHERE n IS NOT NULL;
INSERT INTO s (x, id) SELECT count(*), n FROM t GROUP BY n HAVING n IS NOT NULL;
INSERT INTO s SELECT id, count(*) FROM t GROUP BY id;
INSERT INTO s SELECT t.id, s.x FROM t JOIN s ON t.id = s.id WHERE s.x < 50 RETURNING id;
INSERT INTO far SELECT id, name FROM t WHERE id < 10;
INSERT INTO far SELECT a + 100, b FROM far;
INSERT INTO far SELECT * FROM far ORDER BY a LIMIT 3;
INSERT INTO far VALUES (9223372036854775807, 'max'), (-9223372036854775808, 'min');
INSERT INTO ref SELECT id, name FROM t WHERE id BETWEEN 1 AND 4;
INSERT INTO ref VALUES (100, 'hundred') RETURNING *;
INSERT INTO ref VALUES (101, 'a'), (102, 'b') RETURNING id;
INSERT INTO loc SELECT id, n FROM t WHERE id < 20;
INSERT INTO loc SELECT r.id, s.x FROM ref r JOIN s ON r.id = s.id WHERE s.x > 900;
INSERT INTO s SELECT id, x FROM loc;
INSERT INTO s SELECT r.id, 7 FROM ref r;
INSERT INTO t (id, name) TABLE ref EXCEPT SELECT id, name FROM t ORDER BY 1 OFFSET 4;
-- ignore: detail
WITH q AS (SELECT 200 AS id UNION ALL SELECT 201) INSERT INTO t (id) SELECT id FROM q RETURNING id;
SELECT count(*), sum(id), sum(n), count(name) FROM t;
SELECT count(*), sum(id), sum(x) FROM s;
SELECT * FROM far;
SELECT * FROM ref;
SELECT count(*), sum(x) FROM loc;
-- params: 300 | three hundred | 3
-- params: 301 | \N | \N
-- params: 300 | again | 1
INSERT INTO t (id, name, n) VALUES ($1, $2, $3) RETURNING id, name, n;
-- params: 310 | 311
INSERT INTO t (id) VALUES ($1), ($2);
-- params: 5
INSERT INTO s SELECT id, $1 FROM t WHERE id > 300;
INSERT INTO t VALUES (1, 'dup');
INSERT INTO t VALUES (400), (1), (401);
SELECT count(*) FROM t WHERE id >= 400;
INSERT INTO t (id) SELECT i FROM generate_series(500, 510) i UNION ALL SELECT 1;
SELECT count(*) FROM t WHERE id >= 500;
INSERT INTO t VALUES (NULL, 'no key');
INSERT INTO t (name) VALUES ('no key either');
BEGIN;
INSERT INTO s VALUES (NULL, 1);
ROLLBACK;
INSERT INTO t VALUES (600, 'a', 'b');
INSERT INTO t VALUES (600, 'a', 1, '2024-01-01', 'too many');
INSERT INTO t (id, nope) VALUES (600, 1);
INSERT INTO t (id, id) VALUES (600, 1);
INSERT INTO t (id, name) VALUES (600);
INSERT INTO nope VALUES (1);
INSERT INTO t VALUES (99999999999);
INSERT INTO t VALUES (601, 'x', 1 / 0);
INSERT INTO t (id) SELECT 'x';
INSERT INTO t (id) SELECT name FROM t;
INSERT INTO t DEFAULT VALUES;
