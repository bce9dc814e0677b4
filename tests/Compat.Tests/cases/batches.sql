-- Several statements in one simple query, and pipelined batches: one implicit transaction.
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE r (id int PRIMARY KEY);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_reference_table('r')
-- batch
INSERT INTO t VALUES (1, 1);
INSERT INTO t VALUES (2, 2), (3, 3);
SELECT count(*) FROM t;
-- end batch
-- batch
INSERT INTO t VALUES (10, 1);
INSERT INTO r VALUES (10);
INSERT INTO t VALUES (1, 1);
SELECT 1;
-- end batch
SELECT count(*) FROM t;
SELECT count(*) FROM r;
-- batch
INSERT INTO t VALUES (10, 1);
SELECT nope FROM t;
-- end batch
SELECT count(*) FROM t;
-- batch
INSERT INTO t VALUES (10, 1);
SELEC 1;
-- end batch
SELECT count(*) FROM t;
-- batch
BEGIN;
INSERT INTO t VALUES (11, 1);
COMMIT;
INSERT INTO t VALUES (12, 1);
SELECT 1 / 0;
-- end batch
SELECT id FROM t WHERE id >= 10;
-- batch
INSERT INTO t VALUES (13, 1);
BEGIN;
INSERT INTO t VALUES (14, 1);
-- end batch
SELECT count(*) FROM t WHERE id >= 13;
ROLLBACK;
SELECT id FROM t WHERE id >= 13;
-- batch
INSERT INTO t VALUES (15, 1);
COMMIT;
INSERT INTO t VALUES (16, 1);
ROLLBACK;
-- end batch
SELECT id FROM t WHERE id >= 13;
-- batch
SELECT 1 AS a; SELECT 2 AS b, 'x' AS c;; SELECT v FROM t WHERE id = 1;
-- end batch
-- batch
;
-- end batch
-- batch
UPDATE t SET v = 5 WHERE id = 1; UPDATE t SET v = v + 1; SELECT sum(v) FROM t; DELETE FROM t WHERE id = 2 RETURNING v;
-- end batch
-- batch
SET LOCAL work_mem TO '8MB'; SHOW work_mem;
-- end batch
SHOW work_mem;
-- batch
CREATE TABLE made (id int); INSERT INTO made VALUES (1); SELECT * FROM made;
-- end batch
-- batch
ALTER TABLE t ADD COLUMN w int DEFAULT 1; SELECT sum(w) FROM t; SELECT 1 / 0;
-- end batch
SELECT w FROM t;
-- batch
SAVEPOINT a; INSERT INTO t VALUES (70, 1);
-- end batch
SELECT count(*) FROM t WHERE id = 70;
-- batch
VACUUM t; SELECT 1;
-- end batch
-- batch
DO $$ BEGIN RAISE NOTICE 'one; two'; END $$; SELECT 'a;b' AS x -- comment; here
;
/* c; */ SELECT 3;
-- end batch
BEGIN;
-- batch
INSERT INTO t VALUES (80, 1); SELECT 1 / 0; SELECT 2;
-- end batch
SELECT 1;
ROLLBACK;
-- pipeline
INSERT INTO t VALUES (20, 1);
INSERT INTO t VALUES (21, 1);
SELECT count(*) FROM t WHERE id >= 20;
-- end pipeline
-- pipeline
INSERT INTO t VALUES (30, 1);
INSERT INTO r VALUES (30);
INSERT INTO t VALUES (1, 1);
SELECT 'never reached';
-- end pipeline
SELECT count(*) FROM t WHERE id = 30;
SELECT count(*) FROM r;
-- pipeline
INSERT INTO t VALUES (31, 1);
SELECT nope FROM t;
-- end pipeline
SELECT count(*) FROM t WHERE id = 31;
-- pipeline
BEGIN;
INSERT INTO t VALUES (32, 1);
UPDATE t SET v = 9 WHERE id = 32 RETURNING v;
COMMIT;
SELECT v FROM t WHERE id = 32;
-- end pipeline
-- pipeline
SELECT v FROM t WHERE id = 1;
SELECT v FROM t WHERE id = 3;
UPDATE t SET v = v + 1 WHERE id = 1;
SELECT v FROM t WHERE id = 1;
DELETE FROM t WHERE id = 32;
-- end pipeline
-- pipeline
BEGIN;
INSERT INTO t VALUES (33, 1);
SELECT 1 / 0;
COMMIT;
-- end pipeline
ROLLBACK;
SELECT count(*) FROM t WHERE id = 33;
-- pipeline
SET LOCAL work_mem TO '8MB';
SHOW work_mem;
-- end pipeline
SHOW work_mem;
