-- UPDATE and DELETE on one shard and on many.
CREATE TABLE a (id int PRIMARY KEY, v int, t text, n numeric DEFAULT 1.5, arr int[], j jsonb);
CREATE TABLE b (aid int, w int);
CREATE TABLE o (x int, y int);
CREATE TABLE r (id int PRIMARY KEY, v int);
CREATE TABLE l (id int, v int);
-- cluster: SELECT create_distributed_table('a', 'id')
-- cluster: SELECT create_distributed_table('b', 'aid', colocate_with => 'a')
-- cluster: SELECT create_distributed_table('o', 'x', colocate_with => 'none')
-- cluster: SELECT create_reference_table('r')
INSERT INTO a SELECT i, i % 5, 't' || i, i / 2.0, ARRAY[i, i], jsonb_build_object('i', i) FROM generate_series(1, 30) i;
INSERT INTO b SELECT 1 + i % 20, i FROM generate_series(1, 40) i;
INSERT INTO o SELECT i, i % 7 FROM generate_series(1, 20) i;
INSERT INTO r SELECT i, i * 10 FROM generate_series(1, 8) i;
INSERT INTO l SELECT i, i FROM generate_series(1, 6) i;
UPDATE a SET v = 100 WHERE id = 3;
UPDATE a SET v = v + 1, t = t || '!' WHERE id = 3 RETURNING *;
UPDATE a SET v = v + 1;
UPDATE a SET v = 0 WHERE v = 2 RETURNING id, v;
UPDATE a SET v = -1 WHERE id IN (5, 6, 7) RETURNING id;
UPDATE a SET (v, t) = (9, 'nine') WHERE id = 9 RETURNING v, t;
UPDATE a SET (v, t) = (SELECT 10, 'ten') WHERE id = 10 RETURNING v, t;
UPDATE a SET n = DEFAULT, arr[1] = 99, j = j || '{"k": 1}' WHERE id = 11 RETURNING n, arr, j;
UPDATE a SET v = (SELECT max(w) FROM b WHERE b.aid = a.id) WHERE id < 5;
UPDATE a SET v = (SELECT count(*) FROM o) WHERE id = 12 RETURNING v;
UPDATE a SET v = b.w FROM b WHERE b.aid = a.id AND b.w > 35 RETURNING a.id, b.w;
UPDATE a SET v = r.v FROM r WHERE r.id = a.v RETURNING a.id, a.v;
UPDATE a SET v = o.y FROM o WHERE o.x = a.id AND o.x > 15 RETURNING a.id, o.y;
UPDATE a SET v = l.v FROM l WHERE l.id = a.id;
UPDATE a AS aa SET v = 1 WHERE aa.id = 1 RETURNING aa.v;
UPDATE a SET v = 2 WHERE id IN (SELECT aid FROM b WHERE w = 5);
UPDATE a SET v = 3 WHERE v IN (SELECT y FROM o);
UPDATE a SET v = 4 WHERE EXISTS (SELECT 1 FROM b WHERE b.aid = a.id AND w > 38);
UPDATE a SET v = 1 WHERE id = 12345;
UPDATE a SET v = 1 WHERE false;
UPDATE a SET v = NULL WHERE v > 1000000;
UPDATE a SET id = id WHERE id = 3;
UPDATE r SET v = v + 1;
UPDATE r SET v = 5 WHERE id = 2 RETURNING *;
UPDATE r SET v = a.v FROM a WHERE a.id = r.id;
UPDATE l SET v = a.v FROM a WHERE a.id = l.id RETURNING l.*;
SELECT id, v, t, n, arr, j FROM a ORDER BY id;
SELECT * FROM r;
DELETE FROM b WHERE aid = 1;
DELETE FROM b WHERE aid = 2 RETURNING *;
DELETE FROM b WHERE w % 10 = 0 RETURNING aid, w;
DELETE FROM b USING a WHERE a.id = b.aid AND a.v = 3 RETURNING b.w;
DELETE FROM b USING r WHERE r.id = b.aid;
DELETE FROM b USING o WHERE o.y = b.w RETURNING b.aid, o.x;
DELETE FROM a WHERE id IN (SELECT x FROM o WHERE y = 1);
DELETE FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.aid = a.id) AND id > 25;
DELETE FROM a WHERE id BETWEEN 1 AND 3;
DELETE FROM r WHERE id = 1 RETURNING v;
DELETE FROM r WHERE id IN (SELECT id FROM a);
DELETE FROM l USING a WHERE a.id = l.id;
DELETE FROM a WHERE false;
-- params: 4 | 44
-- params: 5 | \N
UPDATE a SET v = $2 WHERE id = $1 RETURNING id, v;
-- params: 4
-- params: 4444
DELETE FROM a WHERE id = $1;
-- params: 3
UPDATE a SET v = v + $1 WHERE v > $1;
SELECT count(*), sum(v) FROM a;
SELECT count(*), sum(w) FROM b;
BEGIN;
UPDATE a SET id = 1000 WHERE id = 7;
ROLLBACK;
UPDATE a SET nope = 1;
UPDATE a SET v = 'x' WHERE id = 7;
UPDATE a SET v = 1 / (v - v) WHERE id = 7;
UPDATE a SET v = 1, v = 2;
UPDATE nope SET v = 1;
UPDATE a SET v = 1 WHERE nope = 1;
UPDATE a SET id = NULL WHERE id = 7;
DELETE FROM a WHERE nope = 1;
DELETE FROM nope;
DELETE FROM a USING a;
UPDATE a SET v = sum(v);
WITH u AS (UPDATE a SET v = 1000 WHERE id > 20 RETURNING id, v) SELECT count(*), min(v) FROM u;
DELETE FROM a;
SELECT count(*) FROM a;
-- The subquery must not see what the statement has changed already.
CREATE TABLE again (id int PRIMARY KEY, g int, n numeric);
-- cluster: SELECT create_distributed_table('again', 'id')
INSERT INTO again SELECT i, i % 7, i FROM generate_series(1, 30) i;
UPDATE again x SET n = (SELECT sum(y.n) FROM again y WHERE y.g = x.g) WHERE x.id > 3;
SELECT * FROM again ORDER BY id;
UPDATE again x SET n = 0 WHERE n > (SELECT avg(y.n) FROM again y WHERE y.g = x.g) RETURNING id, n;
DELETE FROM again x WHERE EXISTS (SELECT 1 FROM again y WHERE y.g = x.g AND y.id < x.id AND y.n > 0) RETURNING x.*;
SELECT * FROM again ORDER BY id;
CREATE TABLE nokey (id int, g int, n numeric);
-- cluster: SELECT create_distributed_table('nokey', 'id')
INSERT INTO nokey SELECT i, i % 7, i FROM generate_series(1, 30) i;
DELETE FROM nokey WHERE n > (SELECT avg(n) FROM nokey);
UPDATE nokey x SET n = (SELECT sum(y.n) FROM nokey y WHERE y.g = x.g);
