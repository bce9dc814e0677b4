-- Foreign keys between every pair of kinds of tables, with every action.
-- dist -> dist by the key, all actions
CREATE TABLE a (k int PRIMARY KEY, v text);
CREATE TABLE b (k int, id int, PRIMARY KEY (k, id), CONSTRAINT b_a FOREIGN KEY (k) REFERENCES a ON DELETE CASCADE);
CREATE TABLE c (k int, bid int, other int DEFAULT 5, FOREIGN KEY (k, bid) REFERENCES b (k, id) ON DELETE SET NULL (bid));
-- cluster: SELECT create_distributed_table('a','k')
-- cluster: SELECT create_distributed_table('b','k', colocate_with => 'a')
-- cluster: SELECT create_distributed_table('c','k', colocate_with => 'a')
INSERT INTO a SELECT g, 'v'||g FROM generate_series(1,10) g;
INSERT INTO b SELECT g, g*10 FROM generate_series(1,10) g;
INSERT INTO c SELECT g, g*10 FROM generate_series(1,10) g;
INSERT INTO b VALUES (99, 1);
INSERT INTO c VALUES (1, 77);
DELETE FROM b WHERE k < 4;
SELECT * FROM c ORDER BY 1;
DELETE FROM a WHERE k > 8;
SELECT count(*) FROM b;
SELECT * FROM c ORDER BY 1;
UPDATE a SET k = 100 WHERE k = 5;
ALTER TABLE b DROP CONSTRAINT b_a;
INSERT INTO b VALUES (99, 1);
ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (k) REFERENCES a;
ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (k) REFERENCES a NOT VALID;
INSERT INTO b VALUES (98, 1);
ALTER TABLE b VALIDATE CONSTRAINT b_a;
DELETE FROM b WHERE k = 99;
ALTER TABLE b VALIDATE CONSTRAINT b_a;
ALTER TABLE b RENAME CONSTRAINT b_a TO b_a2;
DELETE FROM a WHERE k = 8;
INSERT INTO b VALUES (98, 1);
ALTER TABLE b ALTER CONSTRAINT b_a2 DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO b VALUES (97, 1);
INSERT INTO a VALUES (97, 'late');
COMMIT;
BEGIN;
INSERT INTO b VALUES (96, 1);
COMMIT;
BEGIN;
INSERT INTO b VALUES (96, 1);
SET CONSTRAINTS b_a2 IMMEDIATE;
ROLLBACK;
-- ignore: origins
SELECT conname, contype, condeferrable, condeferred, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid IN ('b'::regclass,'c'::regclass) ORDER BY 1;
-- dist -> reference
CREATE TABLE r (id int PRIMARY KEY, code text UNIQUE, x int, y int, UNIQUE (x, y));
-- cluster: SELECT create_reference_table('r')
INSERT INTO r SELECT g, 'c'||g, g, g FROM generate_series(1,10) g;
CREATE TABLE d (k int PRIMARY KEY, r1 int REFERENCES r ON DELETE SET NULL ON UPDATE CASCADE, r2 text DEFAULT 'c1' REFERENCES r (code) ON DELETE SET DEFAULT, rx int, ry int, CONSTRAINT full_ FOREIGN KEY (rx, ry) REFERENCES r (x, y) MATCH FULL ON DELETE CASCADE);
-- cluster: SELECT create_distributed_table('d','k')
INSERT INTO d SELECT g, g, 'c'||g, g, g FROM generate_series(1,10) g;
INSERT INTO d VALUES (20, 77, NULL, NULL, NULL);
INSERT INTO d VALUES (20, 1, 'zz', NULL, NULL);
INSERT INTO d VALUES (20, 1, NULL, 1, NULL);
INSERT INTO d VALUES (21, NULL, NULL, NULL, NULL);
UPDATE r SET id = 100 WHERE id = 3;
SELECT * FROM d WHERE k = 3;
DELETE FROM r WHERE id = 4;
SELECT * FROM d WHERE k IN (4, 5) ORDER BY k;
INSERT INTO d VALUES (30, 5, 'c6', NULL, NULL);
DELETE FROM r WHERE id = 5;
DELETE FROM r WHERE id = 6;
SELECT * FROM d ORDER BY k;
TRUNCATE r;
TRUNCATE r CASCADE;
SELECT count(*) FROM d;
-- reference -> reference, self
CREATE TABLE r2 (id int PRIMARY KEY, parent int REFERENCES r2 ON DELETE CASCADE, rid int REFERENCES r ON DELETE RESTRICT);
-- cluster: SELECT create_reference_table('r2')
INSERT INTO r VALUES (1,'c1',1,1);
INSERT INTO r2 VALUES (1, NULL, 1), (2, 1, 1), (3, 2, 1);
DELETE FROM r WHERE id = 1;
INSERT INTO r2 VALUES (9, 8, 1);
DELETE FROM r2 WHERE id = 1;
SELECT * FROM r2;
DELETE FROM r WHERE id = 1;
-- self reference by the key
CREATE TABLE e (k int, id int, parent int, PRIMARY KEY (k, id), FOREIGN KEY (k, parent) REFERENCES e ON DELETE SET NULL (parent));
-- cluster: SELECT create_distributed_table('e', 'k')
INSERT INTO e VALUES (1,1,NULL),(1,2,1),(2,1,NULL),(2,2,1);
INSERT INTO e VALUES (3,1,7);
DELETE FROM e WHERE k = 1 AND id = 1;
SELECT * FROM e ORDER BY 1,2;
-- single shard
CREATE TABLE s1 (id int PRIMARY KEY);
CREATE TABLE s2 (id int PRIMARY KEY, s1 int REFERENCES s1 ON DELETE CASCADE ON UPDATE CASCADE, r int REFERENCES r);
-- cluster: SELECT create_distributed_table('s1', NULL)
-- cluster: SELECT create_distributed_table('s2', NULL, colocate_with => 's1')
INSERT INTO s1 VALUES (1),(2);
INSERT INTO s2 VALUES (1,1),(2,2);
INSERT INTO s2 VALUES (3,3);
UPDATE s1 SET id = 7 WHERE id = 1;
DELETE FROM s1 WHERE id = 2;
SELECT * FROM s2;
-- local
CREATE TABLE l (id int PRIMARY KEY, r int REFERENCES r ON DELETE CASCADE);
INSERT INTO r VALUES (2,'c2',2,2);
INSERT INTO l VALUES (1,2);
INSERT INTO l VALUES (1,3);
DELETE FROM r WHERE id = 2;
SELECT * FROM l;
-- drop
ALTER TABLE c DROP CONSTRAINT c_k_bid_fkey;
DROP TABLE a;
DROP TABLE a CASCADE;
ALTER TABLE r DROP CONSTRAINT r_pkey;
ALTER TABLE r DROP CONSTRAINT r_pkey CASCADE;
INSERT INTO l VALUES (7,7);
-- ignore: origins
SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2;
DROP TABLE b, c, d, e, r, r2, s1, s2, l;
-- What would change the distribution column by itself is refused; SET NULL of other columns is not.
CREATE TABLE owner (id int PRIMARY KEY);
CREATE TABLE owned (id int REFERENCES owner ON DELETE CASCADE, x int);
-- cluster: SELECT create_distributed_table('owner', 'id'), create_distributed_table('owned', 'id')
INSERT INTO owner SELECT generate_series(1, 10);
INSERT INTO owned SELECT i, i FROM generate_series(1, 10) i;
UPDATE owner SET id = id + 100 WHERE id < 4;
SELECT count(*) FROM owned;
DELETE FROM owner WHERE id < 6;
SELECT count(*), count(id) FROM owned;
DROP TABLE owned, owner;
