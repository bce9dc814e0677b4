-- UPDATE and DELETE inside of functions: what their other parts, and STABLE functions, see of them.
CREATE TABLE t (id int PRIMARY KEY, k int, v text);
CREATE TABLE n (id int, k int);
CREATE TABLE o (a int PRIMARY KEY, b int);
CREATE TABLE r (id int PRIMARY KEY, k int);
CREATE TABLE notes (at serial, what text);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('n', 'id')
-- cluster: SELECT create_distributed_table('o', 'a', colocate_with => 'none')
-- cluster: SELECT create_reference_table('r')
INSERT INTO t SELECT i, i, 'v' || i FROM generate_series(1, 10) i;
INSERT INTO n SELECT i % 4, i FROM generate_series(1, 10) i;
INSERT INTO o SELECT i, i * 10 FROM generate_series(1, 10) i;
INSERT INTO r SELECT i, i FROM generate_series(1, 5) i;
CREATE FUNCTION most(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT max(k) + $1 FROM t';
CREATE FUNCTION most_of_n(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT max(k) + $1 FROM n); END';
CREATE FUNCTION most_now(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(k) + $1 FROM t); END';
CREATE FUNCTION same(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
BEGIN;
DO 'BEGIN UPDATE t SET k = most(k); END';
SELECT * FROM t ORDER BY id;
DO 'BEGIN FOR i IN 1..2 LOOP UPDATE t SET k = most(i) WHERE id IN (i, i + 1); END LOOP; UPDATE n SET k = most_of_n(k); DELETE FROM n WHERE most_of_n(id) % 2 = 0 OR id = 3; END';
SELECT * FROM t ORDER BY id;
SELECT * FROM n ORDER BY 1, 2;
ROLLBACK;
BEGIN;
CREATE FUNCTION raise_all() RETURNS bigint LANGUAGE sql AS 'UPDATE t SET k = most(k) + same(1); SELECT sum(k) FROM t';
SELECT raise_all();
SAVEPOINT a;
-- simple only
-- differs: [0A000] foreign tables show the statement what a function has changed
SELECT raise_all(), (SELECT sum(k) FROM t);
ROLLBACK TO a;
CREATE FUNCTION raise_some(int) RETURNS int LANGUAGE plpgsql AS 'DECLARE c int; BEGIN UPDATE t SET k = most(k) WHERE id <= $1; GET DIAGNOSTICS c = ROW_COUNT; UPDATE t SET k = k + 1 WHERE id = 99; RETURN c; END';
SELECT raise_some(3), raise_some(0);
SELECT * FROM t ORDER BY id;
ROLLBACK;
-- A VOLATILE function sees each row as it is by then.
BEGIN;
DO 'BEGIN UPDATE t SET k = most_now(0) WHERE id = 1; UPDATE t SET k = most_now(0) + most(0) WHERE id = 2; END';
SELECT * FROM t WHERE id < 3 ORDER BY id;
DO 'BEGIN UPDATE t SET k = same(k) + 1; UPDATE t SET k = most(k) WHERE false; UPDATE t SET k = k + 1 WHERE most_now(0) > 0 AND id = 3; END';
SELECT * FROM t ORDER BY id;
ROLLBACK;
-- WITH: what one part changes and another one reads.
BEGIN;
-- differs: [0A000] foreign tables show a part what another one has changed
DO 'DECLARE c int; BEGIN WITH gone AS (DELETE FROM t WHERE k > 5 RETURNING k) SELECT count(*) INTO c FROM gone JOIN t ON t.k = gone.k; INSERT INTO notes (what) VALUES (c::text); END';
ROLLBACK;
BEGIN;
DO 'DECLARE c int; BEGIN WITH gone AS (DELETE FROM t WHERE k > 5 RETURNING k) SELECT count(*) INTO c FROM gone JOIN o ON o.a = gone.k; INSERT INTO notes (what) VALUES (c::text); SELECT count(*) INTO c FROM t; INSERT INTO notes (what) VALUES (c::text); END';
DO 'DECLARE c int; BEGIN WITH low AS (SELECT min(k) AS m FROM t) UPDATE t SET k = t.k - m FROM low; SELECT sum(k) INTO c FROM t; INSERT INTO notes (what) VALUES (c::text); END';
DO 'DECLARE c int; BEGIN WITH x AS (UPDATE t SET k = k + 1 RETURNING id) INSERT INTO n SELECT id, 100 FROM x; DELETE FROM t WHERE id IN (SELECT id FROM n WHERE k = 100 AND id < 3); SELECT count(*) INTO c FROM t; INSERT INTO notes (what) VALUES (c::text); END';
SELECT what FROM notes ORDER BY at;
SELECT * FROM t ORDER BY id;
SELECT * FROM n ORDER BY 1, 2;
ROLLBACK;
BEGIN;
CREATE FUNCTION shrink() RETURNS SETOF int LANGUAGE plpgsql AS 'DECLARE x int; BEGIN FOR x IN WITH g AS (DELETE FROM t WHERE id % 2 = 0 RETURNING id) SELECT id FROM g ORDER BY 1 LOOP UPDATE t SET k = k + x WHERE id = x + 1; RETURN NEXT x; END LOOP; RETURN; END';
SELECT * FROM shrink();
SELECT * FROM t ORDER BY id;
CREATE FUNCTION put_back(int) RETURNS int LANGUAGE sql AS 'WITH x AS (INSERT INTO t VALUES ($1, $1, ''again'') RETURNING id) SELECT id FROM x';
SELECT put_back(2), put_back(4);
SELECT count(*), sum(k) FROM t;
ROLLBACK;
-- Caught, and gone on with.
BEGIN;
DO 'BEGIN BEGIN UPDATE t SET k = most(k) / (id - 5); EXCEPTION WHEN division_by_zero THEN INSERT INTO notes (what) VALUES (''caught''); END; UPDATE t SET k = most(k) WHERE id < 3; END';
SELECT * FROM t ORDER BY id;
ROLLBACK;
SELECT count(*), sum(k) FROM t;
