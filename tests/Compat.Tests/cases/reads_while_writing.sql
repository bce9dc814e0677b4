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
-- The same inside of functions: rows that move, to shards and to partitions, and rows of reference tables, change when their statement has ended.
CREATE TABLE rw_q (a int, b int, c text);
-- cluster: SELECT create_distributed_table('rw_q', 'a')
CREATE TABLE rw_r (a int PRIMARY KEY, b int);
-- cluster: SELECT create_reference_table('rw_r')
CREATE TABLE rw_p (a int, b int) PARTITION BY RANGE (b);
CREATE TABLE rw_p1 PARTITION OF rw_p FOR VALUES FROM (0) TO (10);
CREATE TABLE rw_p2 PARTITION OF rw_p FOR VALUES FROM (10) TO (100);
-- cluster: SELECT create_distributed_table('rw_p', 'a')
INSERT INTO rw_q VALUES (1, 1, 'r1'), (2, 2, 'r2'), (3, 3, 'r3'), (4, 4, 'r4');
INSERT INTO rw_r VALUES (1, 1), (2, 2), (3, 3), (4, 4);
INSERT INTO rw_p VALUES (1, 1), (2, 2), (3, 3), (4, 4);
DO $$ BEGIN UPDATE rw_q o SET a = (SELECT max(a) + 10 FROM rw_q i WHERE i.b <= o.b); END $$;
SELECT * FROM rw_q ORDER BY b;
DO $$ BEGIN UPDATE rw_q o SET b = CASE WHEN o.b > 2 THEN (SELECT max(b) FROM rw_q i WHERE i.b <= o.b) + 10 ELSE 90 + o.b END; END $$;
SELECT * FROM rw_q ORDER BY c;
DO $$ BEGIN UPDATE rw_q o SET a = i.a, b = i.b + 1 FROM (SELECT * FROM rw_q UNION ALL SELECT * FROM rw_q) i WHERE i.c > o.c AND i.c = 'r4'; END $$;
SELECT * FROM rw_q ORDER BY c;
DO $$ BEGIN UPDATE rw_r o SET b = (SELECT max(b) + 10 FROM rw_r i WHERE i.b <= o.b); END $$;
SELECT * FROM rw_r ORDER BY a;
DO $$ BEGIN DELETE FROM rw_r o WHERE (SELECT count(*) FROM rw_r i WHERE i.b <= o.b) > 1; END $$;
SELECT * FROM rw_r ORDER BY a;
DO $$ BEGIN UPDATE rw_p o SET b = (SELECT max(b) + 7 FROM rw_p i WHERE i.b <= o.b); END $$;
SELECT * FROM rw_p ORDER BY a;
DO $$ BEGIN UPDATE rw_p o SET a = (SELECT max(a) + 7 FROM rw_p i WHERE i.b <= o.b); END $$;
SELECT * FROM rw_p ORDER BY a;
DO $$ BEGIN UPDATE rw_p SET b = b + 3 WHERE random() < 2; END $$;
SELECT * FROM rw_p ORDER BY a;
DO $$ BEGIN DELETE FROM rw_p o WHERE (SELECT count(*) FROM rw_p i WHERE i.b <= o.b) > 1; END $$;
SELECT * FROM rw_p ORDER BY a;
-- A view's query is not in the text of the statement.
CREATE VIEW rw_view AS SELECT * FROM rw_q WHERE b < (SELECT max(b) + 100 FROM rw_q i WHERE i.a >= rw_q.a);
DO $$ BEGIN UPDATE rw_view SET a = a + 1, b = b + 1; END $$;
SELECT * FROM rw_q ORDER BY c;
-- With RETURNING each row changes at once. What the statement reads then would not be what was there before.
-- differs: [0A000] a row changes at once where RETURNING asks for it
DO $$ DECLARE r record; BEGIN FOR r IN UPDATE rw_q o SET b = (SELECT max(b) + 10 FROM rw_q i WHERE i.b <= o.b) RETURNING * LOOP END LOOP; END $$;
