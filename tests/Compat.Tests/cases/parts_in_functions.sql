-- Statements with several parts inside of functions: none sees what another one has changed, or it is refused.
CREATE TABLE t (id int PRIMARY KEY, k int);
CREATE TABLE o (a int PRIMARY KEY, b int);
CREATE TABLE child (id int REFERENCES t ON DELETE CASCADE, n int, PRIMARY KEY (id, n));
CREATE TABLE parted (a int, b int) PARTITION BY RANGE (b);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (100);
CREATE TABLE archive (a int, b int);
CREATE TABLE loc (id int PRIMARY KEY, k int);
CREATE VIEW of_t AS SELECT id, k FROM t WHERE k < 1000;
INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO o SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO child SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO parted SELECT i, i FROM generate_series(0, 19) i;
INSERT INTO loc SELECT i, i FROM generate_series(1, 10) i;
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('child', 'id')
-- cluster: SELECT create_distributed_table('o', 'a', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('parted', 'a')
-- cluster: SELECT create_distributed_table('archive', 'a')
CREATE FUNCTION most(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT max(k) + $1 FROM t';
CREATE FUNCTION most_of_o(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT max(b) + $1 FROM o';
CREATE FUNCTION most_parted(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT max(a) + $1 FROM parted); END';
CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
-- Two parts that change rows.
BEGIN;
DO 'BEGIN WITH x AS (UPDATE t SET k = 100 WHERE id = 1), y AS (UPDATE t SET k = 200 WHERE id = 2 AND k = 2) DELETE FROM t WHERE id = 3; END';
DO 'BEGIN WITH x AS (UPDATE t SET k = k + 1 RETURNING id) UPDATE o SET b = 0 FROM x WHERE x.id = a AND a < 3; END';
DO 'DECLARE c int; BEGIN WITH x AS (DELETE FROM t WHERE id = 4 RETURNING *) INSERT INTO t SELECT id + 100, k FROM x; END';
DO 'BEGIN WITH x AS (UPDATE loc SET k = 0 WHERE id = 1 RETURNING id) DELETE FROM loc USING x, t WHERE loc.id = x.id + 1 AND t.id = x.id; END';
DO 'BEGIN WITH gone AS (DELETE FROM parted WHERE b < 3 RETURNING *) INSERT INTO archive SELECT * FROM gone; END';
SELECT * FROM t ORDER BY id;
SELECT * FROM o ORDER BY a;
SELECT * FROM archive ORDER BY a;
SELECT * FROM loc ORDER BY id;
SELECT count(*) FROM parted;
ROLLBACK;
BEGIN;
-- differs: [0A000] the second one would see what the first has changed
DO 'BEGIN WITH x AS (UPDATE t SET k = 100 WHERE id = 1) UPDATE t SET k = 200 WHERE k < 3; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the same
DO 'DECLARE i int := 1; BEGIN WITH x AS (UPDATE t SET k = 100 WHERE id = i) DELETE FROM t WHERE id = i; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the same, through a view
DO 'BEGIN WITH x AS (UPDATE of_t SET k = 100 WHERE id = 1) DELETE FROM t WHERE k < 3; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the same, through a foreign key
DO 'BEGIN WITH x AS (DELETE FROM t WHERE id = 1) UPDATE child SET n = 5 WHERE n = 1; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the same, of a partition
DO 'BEGIN WITH x AS (UPDATE parted_1 SET b = 9 WHERE a = 1) DELETE FROM parted WHERE b = 9; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the same
DO 'BEGIN WITH x AS (INSERT INTO parted VALUES (1, 50)) UPDATE parted SET a = 7 WHERE b = 50; END';
ROLLBACK;
CREATE FUNCTION both_change() RETURNS void LANGUAGE sql AS 'WITH x AS (UPDATE t SET k = 100 WHERE id = 1) UPDATE t SET k = 200 WHERE k < 3';
BEGIN;
-- simple only
-- differs: [0A000] the same
SELECT both_change();
ROLLBACK;
-- Partitioned tables that are read, too.
BEGIN;
-- differs: [0A000] the rows that are inserted would be seen
DO 'BEGIN INSERT INTO parted SELECT a, b + 10 FROM parted; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the same
DO 'DECLARE c int; BEGIN WITH x AS (INSERT INTO parted VALUES (1, 50) RETURNING b) SELECT count(*) INTO c FROM parted; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the rows that are gone would not be seen
DO 'DECLARE c int; BEGIN WITH x AS (DELETE FROM parted WHERE b < 3 RETURNING b) SELECT count(*) INTO c FROM x, parted_1; END';
ROLLBACK;
BEGIN;
DO 'BEGIN UPDATE parted SET a = p.a FROM (SELECT max(a) AS a FROM parted) AS p WHERE b < 2; END';
DO 'BEGIN WITH m AS (SELECT max(a) AS a FROM parted) UPDATE parted SET b = b + 10 FROM m WHERE b < 12 AND parted.a < m.a; END';
DO 'BEGIN UPDATE parted SET b = most_parted(b) - 5 WHERE b BETWEEN 5 AND 13; END';
DO 'BEGIN DELETE FROM parted WHERE a = most_parted(0) OR most_parted(1) < 20; END';
SELECT * FROM parted ORDER BY a, b;
DO 'BEGIN UPDATE parted_2 SET a = most_parted(a) WHERE b < 18; END';
ROLLBACK;
-- STABLE functions.
BEGIN;
DO 'DECLARE c int; BEGIN WITH x AS (UPDATE t SET k = most(k)) SELECT count(*) INTO c FROM o; RAISE NOTICE ''%'', c; SELECT sum(k) INTO c FROM t; RAISE NOTICE ''%'', c; END';
DO 'DECLARE c int; BEGIN WITH x AS (UPDATE t SET k = k + 1 RETURNING k) SELECT sum(twice(k)) + most_of_o(1) INTO c FROM x; RAISE NOTICE ''%'', c; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the function would see what the other part has changed
DO 'DECLARE c int; BEGIN WITH x AS (UPDATE t SET k = k + 1 RETURNING k) SELECT sum(most(k)) INTO c FROM x; END';
ROLLBACK;
BEGIN;
-- differs: [0A000] the same
DO 'DECLARE c int; BEGIN WITH x AS (DELETE FROM parted WHERE b > 15 RETURNING b) SELECT sum(most_parted(b)) INTO c FROM x; END';
ROLLBACK;
SELECT count(*), sum(k) FROM t;
SELECT count(*), sum(b) FROM parted;
