-- What an UPDATE or DELETE reads is what was there before it, also from inside of functions; only volatile functions see what it has done so far.
CREATE TABLE rw (id int, k int, v int);
-- cluster: SELECT create_distributed_table('rw', 'id')
INSERT INTO rw SELECT i, i % 3, i FROM generate_series(1, 9) i;
BEGIN;
DO $$ BEGIN UPDATE rw x SET v = (SELECT max(v) + x.v FROM rw y WHERE y.k = x.k); END $$;
SELECT * FROM rw ORDER BY 1, 2, 3;
ROLLBACK;
BEGIN;
DO $$ BEGIN DELETE FROM rw x WHERE v < (SELECT max(v) FROM rw y WHERE y.k = x.k); END $$;
SELECT * FROM rw ORDER BY 1, 2, 3;
ROLLBACK;
BEGIN;
DO $$ DECLARE n int; BEGIN UPDATE rw x SET v = v + 1 FROM rw y WHERE y.k = x.k AND y.v > 3; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'changed %', n; END $$;
SELECT * FROM rw ORDER BY 1, 2, 3;
ROLLBACK;
CREATE FUNCTION rw_most() RETURNS int LANGUAGE sql AS 'SELECT max(v) FROM rw' VOLATILE;
BEGIN;
DO $$ BEGIN UPDATE rw SET v = rw_most() + 10 WHERE k = 1; END $$;
SELECT v FROM rw ORDER BY 1;
DO $$ BEGIN UPDATE rw SET v = rw_most() + 10 WHERE k = 1; RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN NULL; END $$;
SELECT v FROM rw ORDER BY 1;
UPDATE rw SET v = rw_most() + 10 WHERE k = 1;
SELECT v FROM rw ORDER BY 1;
ROLLBACK;
CREATE OR REPLACE FUNCTION rw_most() RETURNS int LANGUAGE sql AS 'SELECT max(v) FROM rw' STABLE;
BEGIN;
UPDATE rw SET v = rw_most() + 10 WHERE k = 1;
SELECT v FROM rw ORDER BY 1;
DELETE FROM rw WHERE v = rw_most();
SELECT v FROM rw ORDER BY 1;
ROLLBACK;
CREATE TABLE rw_keyed (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('rw_keyed', 'id')
INSERT INTO rw_keyed SELECT i, i FROM generate_series(1, 5) i;
CREATE FUNCTION rw_more(int) RETURNS int LANGUAGE sql AS 'SELECT max(v) + $1 FROM rw_keyed' STABLE;
UPDATE rw_keyed SET v = rw_more(id);
SELECT * FROM rw_keyed ORDER BY 1;
CREATE FUNCTION rw_twice(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 * 2; END' IMMUTABLE;
UPDATE rw SET v = rw_twice(v);
SELECT * FROM rw ORDER BY 1;
-- The changes wait until the end of their statement: so do their errors.
CREATE TABLE rw_unique (id int, v int CHECK (v < 5), UNIQUE (id, v));
-- cluster: SELECT create_distributed_table('rw_unique', 'id')
INSERT INTO rw_unique VALUES (1, 1), (1, 2), (2, 1);
DO $$ BEGIN UPDATE rw_unique x SET v = (SELECT min(v) FROM rw_unique y WHERE y.id = x.id); EXCEPTION WHEN unique_violation THEN RAISE NOTICE 'not unique'; END $$;
SELECT * FROM rw_unique ORDER BY 1, 2;
DO $$ BEGIN UPDATE rw_unique x SET v = (SELECT min(v) FROM rw_unique y WHERE y.id = x.id); END $$;
-- ignore: detail
DO $$ BEGIN UPDATE rw_unique x SET v = (SELECT min(v) + 3 + x.v FROM rw_unique y WHERE y.id = x.id); END $$;
SELECT * FROM rw_unique ORDER BY 1, 2;
-- SET (a, b) = (SELECT ...) from the table that is changed, with rows that move and without.
CREATE TABLE rw_several (a int, b int, c text);
-- cluster: SELECT create_distributed_table('rw_several', 'a')
INSERT INTO rw_several VALUES (1, 2, 'x'), (3, 4, NULL), (2, 9, 'y'), (NULL, 1, 'n');
UPDATE rw_several o SET (b, a) = (SELECT a + 1, b FROM rw_several i WHERE i.a = o.a AND i.b = o.b AND i.c IS NOT DISTINCT FROM o.c);
SELECT * FROM rw_several ORDER BY 1, 2, 3;
UPDATE rw_several o SET (b, c) = (SELECT i.a + 1, i.b FROM rw_several i WHERE i.b = o.a) RETURNING *;
UPDATE rw_several o SET (b, c) = (SELECT count(*), max(i.c) FROM rw_several i WHERE i.a > o.a), a = (SELECT min(a) FROM rw_several m WHERE m.a > o.a);
SELECT * FROM rw_several ORDER BY 1, 2, 3;
DO $$ BEGIN UPDATE rw_several o SET (b, a) = (SELECT max(a) + 1, min(b) FROM rw_several i WHERE i.b <= o.b); END $$;
SELECT * FROM rw_several ORDER BY 1, 2, 3;
