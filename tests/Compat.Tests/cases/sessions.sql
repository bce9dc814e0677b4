-- What one session sees of another.
CREATE TABLE t (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('t', 'id')
INSERT INTO t SELECT i, 0 FROM generate_series(1, 10) i;
BEGIN;
UPDATE t SET v = 1;
-- session: other
SELECT sum(v) FROM t;
SELECT v FROM t WHERE id = 3;
-- session: main
COMMIT;
-- session: other
SELECT sum(v) FROM t;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT v FROM t WHERE id = 3;
-- session: main
UPDATE t SET v = 2 WHERE id = 3;
SELECT v FROM t WHERE id = 3;
-- session: other
SELECT v FROM t WHERE id = 3;
UPDATE t SET v = 9 WHERE id = 3;
ROLLBACK;
SELECT v FROM t WHERE id = 3;
BEGIN;
SELECT v FROM t WHERE id = 4 FOR UPDATE;
-- session: main
SELECT v FROM t WHERE id = 4 FOR UPDATE NOWAIT;
SELECT v FROM t WHERE id = 4 FOR UPDATE SKIP LOCKED;
SET lock_timeout = '200ms';
UPDATE t SET v = 5 WHERE id = 4;
RESET lock_timeout;
-- session: other
COMMIT;
-- session: main
UPDATE t SET v = 5 WHERE id = 4;
SET application_name TO 'mine';
PREPARE p AS SELECT v FROM t WHERE id = $1;
-- session: other
SHOW application_name;
EXECUTE p(1);
-- session: main
EXECUTE p(4);
SET statement_timeout = '300ms';
SELECT pg_sleep(5);
SELECT count(*) FROM t, pg_sleep(3);
RESET statement_timeout;
SELECT count(*) FROM t;
ALTER TABLE t ADD COLUMN w int DEFAULT 7;
-- session: other
SELECT * FROM t WHERE id = 1;
INSERT INTO t VALUES (11, 1, 1);
-- session: main
LISTEN compat_channel;
NOTIFY compat_channel, 'hello';
UNLISTEN *;
SELECT pg_advisory_lock(77001), pg_advisory_unlock(77001);
SELECT pg_try_advisory_lock(77002);
-- session: other
SELECT pg_try_advisory_lock(77002);
-- session: main
SELECT pg_advisory_unlock_all();
DROP TABLE t;
-- session: other
SELECT * FROM t;
