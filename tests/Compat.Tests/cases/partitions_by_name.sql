-- UPDATE of a partition by its own name inside of functions: rows that no longer fit are an error, as they are outside.
CREATE TABLE parted (a int, b int, c text) PARTITION BY RANGE (b);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (100);
CREATE TABLE listed (a int, k text) PARTITION BY LIST (lower(k));
CREATE TABLE listed_x PARTITION OF listed FOR VALUES IN ('x');
CREATE TABLE listed_other PARTITION OF listed DEFAULT;
CREATE TABLE o (a int);
INSERT INTO parted SELECT i, i, 'c' || i FROM generate_series(0, 19) i;
INSERT INTO listed VALUES (1, 'x'), (2, 'X'), (3, 'y');
INSERT INTO o VALUES (1), (2);
-- cluster: SELECT create_distributed_table('parted', 'a')
-- cluster: SELECT create_distributed_table('listed', 'a')
CREATE VIEW over_1 AS SELECT * FROM parted_1;
CREATE FUNCTION same(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
UPDATE parted_1 SET b = 50 WHERE a = 1;
DO 'BEGIN UPDATE parted_1 SET b = 50 WHERE a = 1; END';
DO 'BEGIN UPDATE parted_1 SET b = same(50) WHERE a = same(1); END';
DO 'BEGIN UPDATE parted_1 SET b = 50, c = NULL FROM o WHERE o.a = parted_1.a AND o.a = 2; END';
DO 'DECLARE x int; BEGIN UPDATE parted_1 SET b = 50 WHERE a = 1 RETURNING b INTO x; RAISE NOTICE ''%'', x; END';
DO 'BEGIN UPDATE over_1 SET b = 10 WHERE a = 1; END';
DO 'BEGIN UPDATE parted_2 SET a = a + 1, b = 9 WHERE a = 12; END';
DO 'BEGIN UPDATE listed_x SET k = ''z'' WHERE a = 1; END';
DO 'BEGIN UPDATE listed_other SET k = upper(''x'') WHERE a = 3; END';
DO 'BEGIN EXECUTE ''UPDATE parted_1 SET b = $1 WHERE a = 1'' USING 77; END';
CREATE FUNCTION raise_1(int) RETURNS void LANGUAGE sql AS 'UPDATE parted_1 SET b = b + $1 WHERE a = 3';
-- ignore: context
SELECT raise_1(20);
SELECT * FROM parted ORDER BY a;
-- What fits goes through, also together with the distribution column, and the whole table moves its rows.
BEGIN;
DO 'DECLARE n int; BEGIN UPDATE parted_1 SET b = 9 - b; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE ''%'', n; UPDATE parted_1 SET b = b, a = a + 100 WHERE a < 3; UPDATE listed_x SET k = ''X''; END';
SELECT raise_1(1);
DO 'DECLARE n int; BEGIN UPDATE parted SET b = b + 10 WHERE b IN (3, 4); GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE ''%'', n; UPDATE parted SET b = same(5) WHERE b = same(19); UPDATE listed SET k = ''q'' WHERE a = 1; END';
SELECT tableoid::regclass, * FROM parted ORDER BY a;
SELECT tableoid::regclass, * FROM listed ORDER BY a;
ROLLBACK;
-- Caught; then the whole table, and the other way round.
BEGIN;
DO 'BEGIN BEGIN UPDATE parted_1 SET b = 50 WHERE a = 1; EXCEPTION WHEN check_violation THEN RAISE NOTICE ''caught''; END; UPDATE parted SET b = 50 WHERE a = 1; BEGIN UPDATE parted_2 SET b = 5 WHERE a = 1; EXCEPTION WHEN check_violation THEN RAISE NOTICE ''caught''; END; UPDATE parted SET b = same(2) WHERE a = same(15); END';
SELECT tableoid::regclass, * FROM parted ORDER BY a;
SAVEPOINT s;
DO 'BEGIN UPDATE parted_2 SET b = same(1); END';
ROLLBACK TO s;
DO 'BEGIN UPDATE parted SET b = same(1) WHERE a = same(16); END';
SELECT tableoid::regclass, * FROM parted WHERE a = 16;
ROLLBACK;
-- One inside of the other.
CREATE FUNCTION whole(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN UPDATE parted SET b = 50 + $1 WHERE a = $1; RETURN 1; END';
CREATE FUNCTION part(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN UPDATE parted_1 SET b = 50 + $1 WHERE a = $1; RETURN 1; EXCEPTION WHEN check_violation THEN RETURN 2; END';
BEGIN;
DO 'BEGIN UPDATE parted_1 SET b = b + whole(a + 5) WHERE a IN (1, 2); END';
SELECT tableoid::regclass, * FROM parted WHERE a < 10 ORDER BY a;
DO 'BEGIN UPDATE parted SET b = b + 10 * part(3) WHERE a = 5; END';
SELECT tableoid::regclass, * FROM parted WHERE a < 10 ORDER BY a;
DO 'BEGIN UPDATE parted_1 SET b = 20 + whole(4) WHERE a = 0; END';
ROLLBACK;
-- A trigger of the user's.
CREATE FUNCTION push() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.b := NEW.b + 10; RETURN NEW; END';
CREATE TRIGGER push BEFORE UPDATE ON parted FOR EACH ROW EXECUTE FUNCTION push();
UPDATE parted_2 SET c = 'pushed' WHERE a = 10;
DO 'BEGIN UPDATE parted_2 SET c = ''pushed'' WHERE a = 11; END';
DO 'BEGIN UPDATE parted_1 SET c = ''pushed'' WHERE a = 1; END';
SELECT tableoid::regclass, * FROM parted WHERE c = 'pushed' ORDER BY a;
