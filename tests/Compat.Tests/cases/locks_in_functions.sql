-- LOCK TABLE and SET CONSTRAINTS inside of functions.
CREATE TABLE t (id bigint PRIMARY KEY, k int);
CREATE TABLE r (id int PRIMARY KEY, v text);
CREATE TABLE loc (id int PRIMARY KEY, o int REFERENCES loc DEFERRABLE);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_reference_table('r')
INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN LOCK TABLE t IN SHARE MODE; RETURN count(*) FROM t; END';
CREATE FUNCTION locked() RETURNS void LANGUAGE plpgsql AS 'BEGIN LOCK r IN EXCLUSIVE MODE; END';
SELECT counted();
BEGIN;
SELECT counted();
-- session: other
SET lock_timeout = 200;
-- ignore: position
UPDATE t SET k = 1 WHERE id = 3;
SELECT count(*) FROM t;
-- session: main
COMMIT;
-- session: other
UPDATE t SET k = 3 WHERE id = 3;
-- session: main
BEGIN;
SELECT locked();
-- session: other
-- ignore: position
INSERT INTO r VALUES (1);
-- session: main
SAVEPOINT a;
DO 'BEGIN LOCK TABLE t; END';
-- session: other
-- ignore: position
SELECT count(*) FROM t;
-- session: main
ROLLBACK TO a;
-- session: other
SELECT count(*) FROM t;
-- session: main
DO 'BEGIN LOCK TABLE t; END';
-- session: other
-- ignore: position
SELECT count(*) FROM t;
-- session: main
ROLLBACK;
-- simple only
DO 'BEGIN LOCK TABLE t IN EXCLUSIVE MODE; UPDATE t SET k = k + 1; BEGIN LOCK r; UPDATE r SET v = 1/0; EXCEPTION WHEN division_by_zero THEN NULL; END; END';
SELECT sum(k) FROM t WHERE k <> 3;
DO 'BEGIN LOCK TABLE t; ALTER TABLE t ADD COLUMN z int; UPDATE t SET z = 1; LOCK TABLE t; END';
SELECT sum(z) FROM t;
DO 'BEGIN SET CONSTRAINTS ALL DEFERRED; END';
CREATE FUNCTION later(a int) RETURNS void LANGUAGE plpgsql AS 'BEGIN SET CONSTRAINTS loc_o_fkey DEFERRED; INSERT INTO loc VALUES (a, a + 1); INSERT INTO loc VALUES (a + 1, a); END';
SELECT later(1);
SELECT * FROM loc ORDER BY 1;
