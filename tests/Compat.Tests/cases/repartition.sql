-- Joins of tables that are too large to be sent to every node: rows are dealt out by the hash of the join's column.
-- cluster: SET citus.shard_count = 8
CREATE TABLE a (id int PRIMARY KEY, x int, y bigint, s text, v int);
CREATE TABLE b (id int PRIMARY KEY, x int, y bigint, s text, v int);
CREATE TABLE r (id int PRIMARY KEY, n text);
-- cluster: SELECT create_distributed_table('a', 'id')
-- cluster: SELECT create_distributed_table('b', 'id', colocate_with => 'none')
-- cluster: SELECT create_reference_table('r')
INSERT INTO a SELECT i, CASE WHEN i % 11 = 0 THEN NULL ELSE i % 4000 END, i % 4000, 'ä' || i % 4000, i FROM generate_series(1, 16000) i;
INSERT INTO b SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE i END, i, 'ä' || i, i FROM generate_series(1, 12000) i;
INSERT INTO r SELECT i, 'n' || i FROM generate_series(1, 3000) i;
SELECT count(*), sum(a.v + b.v) FROM a JOIN b ON a.x = b.id;
SELECT count(*), count(a.id), count(b.id), sum(a.v), sum(b.v) FROM a LEFT JOIN b ON a.x = b.id;
SELECT count(*), count(a.id), count(b.id), sum(a.v), sum(b.v) FROM a RIGHT JOIN b ON a.x = b.id;
SELECT count(*), count(a.id), count(b.id), sum(a.v), sum(b.v) FROM a FULL JOIN b ON a.x = b.id;
-- Neither by its distribution column; NULLs have no partners and are all there.
SELECT count(*), count(a.id), count(b.id), sum(a.v), sum(b.v) FROM a FULL JOIN b ON a.x = b.x;
SELECT count(*), sum(x), count(a.id), count(b.id) FROM a FULL JOIN b USING (x);
SELECT count(*), count(a.id), count(b.id) FROM a FULL JOIN b ON a.s = b.s;
-- int4 and int8 have the same hashes.
SELECT count(*), sum(a.v + b.v) FROM a JOIN b ON a.y = b.id;
SELECT count(*), count(a.id), count(b.id) FROM a FULL JOIN b ON a.x = b.y;
SELECT a.id, b.id, b.s FROM a JOIN b ON a.x = b.id WHERE a.v < 9000 ORDER BY a.id DESC, b.id LIMIT 5;
SELECT b.id, count(*) FROM a LEFT JOIN b ON a.x = b.id GROUP BY b.id ORDER BY 2 DESC, 1 LIMIT 5;
SELECT count(*) FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.id = a.x AND b.v > 100);
SELECT count(*), sum(a.v + b.v + c.v) FROM a JOIN b ON a.x = b.id JOIN a c ON c.id = b.x;
-- Each row of a reference table once.
SELECT count(*), count(a.id), sum(a.v) FROM r LEFT JOIN a ON a.id = r.id;
SELECT count(*), count(a.id), sum(a.v) FROM r FULL JOIN a ON a.id = r.id;
SELECT r.id, count(a.v) FROM r LEFT JOIN a ON a.x = r.id GROUP BY r.id ORDER BY 2 DESC, 1 LIMIT 3;
-- In a transaction that writes there are no temporary tables.
BEGIN;
INSERT INTO a VALUES (-1, 5, 5, 'x', 7);
SELECT count(*), count(a.id), count(b.id), sum(a.v), sum(b.v) FROM a FULL JOIN b ON a.x = b.id;
UPDATE b SET v = b.v + a.v FROM a WHERE a.x = b.id AND a.v BETWEEN 3000 AND 3900;
SELECT sum(v), count(*) FROM b;
ROLLBACK;
-- More than goes into parameters.
SELECT count(*), sum(length(c.l)), count(b.id) FROM (SELECT x, repeat(s, 300) AS l FROM a) c FULL JOIN b ON c.x = b.id;
CREATE TABLE w (id int PRIMARY KEY, x int, t text);
-- cluster: SELECT create_distributed_table('w', 'id')
INSERT INTO w SELECT i, i % 5000, repeat('w' || i, 250) FROM generate_series(1, 16000) i;
SELECT count(*), sum(length(w.t)), count(b.id) FROM w FULL JOIN b ON w.x = b.id;
-- An error in the middle leaves nothing behind.
SELECT sum(1 / (w.id - w.id)), max(w.t) FROM w FULL JOIN b ON w.x = b.id;
SELECT count(*) FROM w JOIN b ON w.x = b.id AND w.t <> b.s;
-- A client in another encoding.
SET client_encoding TO LATIN1;
SELECT count(*), count(a.id), count(b.id) FROM a FULL JOIN b ON a.s = b.s;
RESET client_encoding;
-- params: 10
-- params: 9000
SELECT count(*), sum(a.v + b.v) FROM a JOIN b ON a.x = b.id WHERE a.v > $1;
