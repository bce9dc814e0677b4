-- Cursors and portals over distributed tables.
CREATE TABLE t (id int PRIMARY KEY, v text);
-- cluster: SELECT create_distributed_table('t', 'id')
INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 15) i;
BEGIN;
DECLARE c CURSOR FOR SELECT id, v FROM t ORDER BY id;
-- ordered
FETCH 3 FROM c;
-- ordered
FETCH NEXT FROM c;
-- ordered
FETCH FORWARD 2 FROM c;
MOVE 2 FROM c;
-- ordered
FETCH c;
-- ordered
FETCH ALL FROM c;
FETCH c;
CLOSE c;
DECLARE s SCROLL CURSOR FOR SELECT id FROM t ORDER BY id DESC;
-- ordered
FETCH LAST FROM s;
-- ordered
FETCH PRIOR FROM s;
-- ordered
FETCH ABSOLUTE 3 FROM s;
-- ordered
FETCH RELATIVE -1 FROM s;
-- ordered
FETCH BACKWARD ALL FROM s;
-- ordered
FETCH FIRST FROM s;
UPDATE t SET v = 'changed' WHERE id = 14;
-- ordered
FETCH NEXT FROM s;
COMMIT;
FETCH s;
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT id, v FROM t WHERE id < 4 ORDER BY id;
COMMIT;
-- ordered
FETCH 2 FROM h;
UPDATE t SET v = 'after' WHERE id = 3;
-- ordered
FETCH ALL FROM h;
CLOSE h;
BEGIN;
DECLARE agg CURSOR FOR SELECT count(*), max(id) FROM t;
FETCH ALL FROM agg;
DECLARE one CURSOR FOR SELECT v FROM t WHERE id = 7;
FETCH ALL FROM one;
SELECT name, statement, is_holdable FROM pg_cursors ORDER BY name;
CLOSE ALL;
FETCH one;
ROLLBACK;
BEGIN;
DECLARE b BINARY CURSOR FOR SELECT id FROM t WHERE id = 2;
FETCH ALL FROM b;
DECLARE n NO SCROLL CURSOR FOR SELECT id FROM t ORDER BY id;
-- ordered
FETCH 2 FROM n;
FETCH PRIOR FROM n;
ROLLBACK;
BEGIN;
DECLARE e CURSOR FOR SELECT 10 / (id - 3) FROM t ORDER BY id;
-- ordered
FETCH 2 FROM e;
FETCH 2 FROM e;
ROLLBACK;
-- max rows: 4
SELECT id FROM t ORDER BY id;
-- max rows: 4
SELECT count(*) FROM t;
-- max rows: 5
SELECT id FROM t WHERE id = 3;
-- max rows: 1
INSERT INTO t SELECT i, 'new' FROM generate_series(20, 22) i;
-- max rows: 1
UPDATE t SET v = 'u' WHERE id IN (20, 21) AND v = 'new' RETURNING v;
BEGIN;
-- max rows: 6
SELECT id FROM t ORDER BY id DESC;
DELETE FROM t WHERE id > 19;
COMMIT;
-- Cursors WITH HOLD show the transaction's own changes, on several nodes, fetched from before or not.
CREATE TABLE held (k int, v int);
-- cluster: SELECT create_distributed_table('held', 'k')
CREATE TABLE held_local (v int);
INSERT INTO held SELECT i, i FROM generate_series(1, 20) i;
BEGIN;
INSERT INTO held VALUES (21, 21);
UPDATE held SET v = v * 10;
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM held ORDER BY k;
COMMIT;
-- ordered
FETCH ALL FROM h;
SELECT count(*), sum(v) FROM held;
CLOSE h;
BEGIN;
INSERT INTO held_local SELECT 5;
DELETE FROM held WHERE k > 15;
DECLARE h SCROLL CURSOR WITH HOLD FOR SELECT * FROM held ORDER BY k;
-- ordered
FETCH 3 FROM h;
UPDATE held SET v = 0;
COMMIT;
-- ordered
FETCH ALL FROM h;
-- ordered
FETCH BACKWARD 2 FROM h;
CLOSE ALL;
SELECT count(*), sum(v), (SELECT count(*) FROM held_local) FROM held;
BEGIN;
CREATE TABLE held_new (k int, v int);
-- cluster: SELECT create_distributed_table('held_new', 'k')
INSERT INTO held_new VALUES (1, 1), (2, 2), (3, 3);
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM held_new ORDER BY k;
COMMIT;
DROP TABLE held_new;
-- ordered
FETCH ALL FROM h;
CLOSE h;
-- What fails while the rows are read for the commit takes everything back.
BEGIN;
UPDATE held SET v = 1;
DECLARE h CURSOR WITH HOLD FOR SELECT 10 / (k - 3) FROM held ORDER BY k;
COMMIT;
FETCH ALL FROM h;
SELECT count(*), sum(v) FROM held;
BEGIN;
UPDATE held SET v = 2;
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM held_local;
COMMIT;
FETCH ALL FROM h;
CLOSE h;
SELECT count(*), sum(v) FROM held;
BEGIN;
UPDATE held SET v = 3;
SAVEPOINT a;
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM held ORDER BY k;
ROLLBACK TO a;
COMMIT;
FETCH ALL FROM h;
BEGIN;
UPDATE held SET v = 4;
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM held ORDER BY k;
ROLLBACK;
SELECT count(*), sum(v) FROM held;
