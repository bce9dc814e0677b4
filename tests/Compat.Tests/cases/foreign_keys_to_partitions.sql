-- Foreign keys to partitioned tables: each partition has a constraint of its own below the key.
CREATE TABLE p (a int, d int, PRIMARY KEY (a, d)) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE c (a int, d int, x int, FOREIGN KEY (a, d) REFERENCES p);
INSERT INTO p VALUES (1,1),(2,2),(3,11),(4,12);
INSERT INTO c VALUES (1,1),(3,11);
-- cluster: select from create_distributed_table('p','a')
-- ignore: origins
select conname, conrelid::regclass, confrelid::regclass, conparentid<>0, convalidated from pg_constraint where conrelid in ('c'::regclass) order by 1,2,3;
-- cluster: select from create_distributed_table('c','a')
INSERT INTO c VALUES (9,9);
DELETE FROM p WHERE a = 1;
DELETE FROM p WHERE a = 3;
CREATE TABLE c2 (a int, d int, x int, CONSTRAINT mine FOREIGN KEY (a, d) REFERENCES p ON DELETE CASCADE);
-- cluster: select from create_distributed_table('c2','a')
INSERT INTO c2 VALUES (2,2),(4,12);
DELETE FROM p WHERE a = 2;
table c2;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
-- ignore: detail
DROP TABLE p3;
-- ignore: detail
DROP TABLE p1;
ALTER TABLE p DETACH PARTITION p1;
ALTER TABLE p DETACH PARTITION p3;
-- ignore: detail
DROP TABLE p3;
CREATE TABLE p3 (a int not null, d int not null);
INSERT INTO p3 VALUES (5,25);
-- ignore: notices
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30);
INSERT INTO c VALUES (5,25);
DELETE FROM p WHERE a = 5;
UPDATE p SET d = 7 WHERE a = 5;
-- ignore: origins
select conname, conrelid::regclass, confrelid::regclass, conparentid<>0, pg_get_constraintdef(oid) from pg_constraint where conrelid in ('c'::regclass,'c2'::regclass) order by 1,2,3;
TRUNCATE p;
TRUNCATE p, c;
TRUNCATE p, c, c2;
TRUNCATE p CASCADE;
-- ignore: detail
DROP TABLE p;
ALTER TABLE c DROP CONSTRAINT c_a_d_fkey1;
ALTER TABLE c DROP CONSTRAINT c_a_d_fkey;
INSERT INTO c VALUES (100,100);
DELETE FROM c;
INSERT INTO p VALUES (5,25);
ALTER TABLE c ADD CONSTRAINT later FOREIGN KEY (a, d) REFERENCES p (a,d) ON DELETE SET NULL (d) ON UPDATE NO ACTION DEFERRABLE;
INSERT INTO c VALUES (5,25,1);
INSERT INTO c VALUES (6,25,1);
DELETE FROM p WHERE a = 5;
table c;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO c VALUES (6,25,1);
INSERT INTO p VALUES (6,25);
COMMIT;
BEGIN;
SET CONSTRAINTS later DEFERRED;
INSERT INTO c VALUES (7,25,1);
COMMIT;
ALTER TABLE c DROP CONSTRAINT later;
INSERT INTO c VALUES (77,77);
ALTER TABLE c ADD CONSTRAINT nv FOREIGN KEY (a, d) REFERENCES p NOT VALID;
INSERT INTO c VALUES (78,77);
ALTER TABLE c VALIDATE CONSTRAINT nv;
DELETE FROM c WHERE a = 77;
ALTER TABLE c VALIDATE CONSTRAINT nv;
ALTER TABLE c RENAME CONSTRAINT nv TO nv2;
INSERT INTO c VALUES (78,77);
DELETE FROM p WHERE a = 6;
-- ignore: notices
DROP TABLE p1 CASCADE;
INSERT INTO c VALUES (78,77);
ALTER TABLE c ADD COLUMN pa int;
DELETE FROM c;
ALTER TABLE c ADD FOREIGN KEY (a, d) REFERENCES p;
INSERT INTO c VALUES (78,77);
-- ignore: notices
DROP TABLE p CASCADE;
INSERT INTO c VALUES (78,77);
DROP TABLE c, c2;
DROP TABLE IF EXISTS p, c, c2;
-- partitions on both sides, and keys to the same table
CREATE TABLE p (a int, d int, v text, PRIMARY KEY (a, d)) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
-- cluster: select from create_distributed_table('p','a')
INSERT INTO p SELECT i, i % 20 FROM generate_series(1, 60) i;
CREATE TABLE c (a int, d int, x int, FOREIGN KEY (a, d) REFERENCES p ON DELETE CASCADE) PARTITION BY LIST (x);
CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1);
CREATE TABLE c2 PARTITION OF c FOR VALUES IN (2);
CREATE TABLE cd PARTITION OF c DEFAULT;
-- INSERT INTO c SELECT a, d, a % 4 FROM p WHERE a < 30;
-- cluster: select from create_distributed_table('c','a')
INSERT INTO c SELECT a, d, a % 4 FROM p WHERE a < 30;
SELECT count(*) FROM c;
INSERT INTO c VALUES (1, 2, 1);
INSERT INTO c1 VALUES (1, 2, 1);
DELETE FROM p WHERE a < 10;
SELECT count(*), sum(a) FROM c;
ALTER TABLE c DETACH PARTITION c1;
INSERT INTO c1 VALUES (1, 2, 1);
DELETE FROM p WHERE a < 20;
SELECT count(*), sum(a) FROM c;
SELECT count(*), sum(a) FROM c1;
DELETE FROM c1 WHERE a = 21;
INSERT INTO c1 VALUES (22, 99, 1);
DROP TABLE c1; CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1);
-- ignore: origins
select conname, conrelid::regclass, confrelid::regclass, conparentid<>0, convalidated from pg_constraint where contype = 'f' and connamespace = 'compat_foreign_keys_to_partitions'::regnamespace and conrelid in ('c'::regclass) order by 1,2,3;
ALTER TABLE c DROP CONSTRAINT c_a_d_fkey;
DELETE FROM c;
ALTER TABLE c ADD FOREIGN KEY (a, d) REFERENCES p ON DELETE CASCADE;
INSERT INTO c SELECT a, d, a % 4 FROM p WHERE a > 50;
INSERT INTO c VALUES (1, 2, 1);
UPDATE p SET d = 19 WHERE a = 55;
UPDATE p SET v = 'x' WHERE a = 55;
UPDATE c SET x = 2 WHERE a = 55;
UPDATE c SET d = 77 WHERE a = 55;
ALTER TABLE c DROP CONSTRAINT c_a_d_fkey;
DELETE FROM c;
ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (a, d) REFERENCES p ON DELETE SET NULL (d);
INSERT INTO c SELECT a, d, a % 4 FROM p WHERE a > 50;
DELETE FROM p WHERE a = 55;
SELECT * FROM c ORDER BY a;
-- self
CREATE TABLE s (a int, d int, ud int, PRIMARY KEY (a, d), FOREIGN KEY (a, ud) REFERENCES s) PARTITION BY RANGE (d);
CREATE TABLE s1 PARTITION OF s FOR VALUES FROM (0) TO (10);
CREATE TABLE s2 PARTITION OF s FOR VALUES FROM (10) TO (20);
INSERT INTO s VALUES (1, 11, NULL), (1, 1, 11), (2, 2, NULL), (2, 12, 2);
-- cluster: select from create_distributed_table('s','a')
-- ignore: origins
select conname, conrelid::regclass, confrelid::regclass, conparentid<>0, convalidated from pg_constraint where contype = 'f' and connamespace = 'compat_foreign_keys_to_partitions'::regnamespace and conrelid in ('s'::regclass) order by 1,2,3;
INSERT INTO s VALUES (3, 3, 4);
INSERT INTO s VALUES (3, 3, NULL), (3, 13, 3);
DELETE FROM s WHERE a = 3 AND d = 3;
DELETE FROM s WHERE a = 3;
CREATE TABLE s3 PARTITION OF s FOR VALUES FROM (20) TO (30);
INSERT INTO s VALUES (2, 22, 12), (1, 23, NULL);
DELETE FROM s WHERE a = 2 AND d = 12;
ALTER TABLE s DETACH PARTITION s3;
INSERT INTO s3 VALUES (2, 24, 99);
SELECT * FROM s ORDER BY 1, 2;
SELECT * FROM s3 ORDER BY 1, 2;
ALTER TABLE s DROP CONSTRAINT s_a_ud_fkey;
ALTER TABLE s ADD FOREIGN KEY (a, ud) REFERENCES s ON DELETE CASCADE;
DELETE FROM s WHERE a = 2 AND d = 2;
SELECT * FROM s ORDER BY 1, 2;
SELECT * FROM s3 ORDER BY 1, 2;
-- cluster: select from undistribute_table('s', true)
INSERT INTO s VALUES (7, 7, 8);
DELETE FROM s WHERE a = 1 AND d = 11;
SELECT * FROM s ORDER BY 1, 2;
-- cluster: select from undistribute_table('p', true)
INSERT INTO c VALUES (7, 7, 8);
INSERT INTO c SELECT a, d, a % 4 FROM p WHERE a > 50;
DELETE FROM p WHERE a = 57;
SELECT * FROM c ORDER BY a, d;
-- ignore: origins
select conname, conrelid::regclass, confrelid::regclass, conparentid<>0, convalidated from pg_constraint where contype = 'f' and connamespace = 'compat_foreign_keys_to_partitions'::regnamespace  order by 1,2,3;
DROP TABLE c, p, s, s3;
-- actions that triggers have to see
CREATE TABLE p (a int, d int, v text, PRIMARY KEY (a, d)) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE c (a int, d int, x int, FOREIGN KEY (a, d) REFERENCES p ON DELETE CASCADE);
CREATE TABLE log (n serial, t text);
CREATE FUNCTION lg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log(t) VALUES (TG_TABLE_NAME || TG_OP || ' ' || old::text); RETURN coalesce(new, old); END $$;
CREATE TRIGGER g AFTER DELETE ON c FOR EACH ROW EXECUTE FUNCTION lg();
-- cluster: select from create_distributed_table('p','a')
-- cluster: select from create_distributed_table('c','a')
INSERT INTO p SELECT i, i % 20 FROM generate_series(1, 30) i;
INSERT INTO c SELECT a, d, 1 FROM p;
DELETE FROM p WHERE a = 1;
DELETE FROM p1 WHERE a = 2;
DELETE FROM p WHERE d = 15;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
INSERT INTO p VALUES (99, 25); INSERT INTO c VALUES (99, 25, 3);
DELETE FROM p3;
SELECT t FROM log ORDER BY t;
SELECT count(*) FROM c;
-- ignore: origins
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ('p'::regclass, 'p1'::regclass, 'c'::regclass) ORDER BY 1;
INSERT INTO p VALUES (99, 25); INSERT INTO c VALUES (99, 25, 3);
ALTER TABLE p DETACH PARTITION p3;
DELETE FROM c WHERE a = 99;
ALTER TABLE p DETACH PARTITION p3;
DELETE FROM p3;
SELECT t FROM log ORDER BY t;
DROP TRIGGER g ON c;
DELETE FROM p WHERE a = 5;
SELECT count(*) FROM c;
ALTER TABLE c DROP CONSTRAINT c_a_d_fkey;
ALTER TABLE c ADD CONSTRAINT sn FOREIGN KEY (a, d) REFERENCES p ON DELETE SET NULL (d);
CREATE TRIGGER g2 BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION lg();
DELETE FROM p WHERE a = 6;
SELECT t FROM log WHERE t LIKE '%UPDATE%' ORDER BY t;
DROP TRIGGER g2 ON c;
-- savepoints
BEGIN;
SAVEPOINT s;
ALTER TABLE c DROP CONSTRAINT sn;
INSERT INTO c VALUES (1000, 1000);
ROLLBACK TO s;
INSERT INTO c VALUES (1000, 1000);
ROLLBACK;
BEGIN;
ALTER TABLE c DROP CONSTRAINT sn;
ALTER TABLE c ADD CONSTRAINT two FOREIGN KEY (a, d) REFERENCES p;
CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (40) TO (50);
INSERT INTO p VALUES (7, 44);
INSERT INTO c VALUES (7, 44);
SAVEPOINT s;
DELETE FROM p WHERE d = 44;
ROLLBACK TO s;
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'c'::regclass ORDER BY 1;
ROLLBACK;
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'c'::regclass ORDER BY 1;
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'p'::regclass ORDER BY 1;
-- refused by PostgreSQL
ALTER TABLE c ADD FOREIGN KEY (a, d) REFERENCES p (a, nope);
INSERT INTO c VALUES (1000, 1000);
SELECT count(*) FROM p;
-- distribution column changes
UPDATE p SET a = 500 WHERE a = 8;
INSERT INTO p VALUES (501, 1);
UPDATE p SET a = 502 WHERE a = 501;
SELECT * FROM p WHERE a > 500;
UPDATE c SET a = 502, d = 1 WHERE a = 9;
UPDATE c SET a = 503, d = 1 WHERE a = 10;
SELECT * FROM c WHERE a > 500;
-- names
CREATE SCHEMA "o ther";
CREATE TABLE "o ther"."P ""x'' é" ("A b" int, "D'd" date, PRIMARY KEY ("A b", "D'd")) PARTITION BY RANGE ("D'd");
CREATE TABLE "o ther"."p $tangelo$ 1" PARTITION OF "o ther"."P ""x'' é" FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123 ("A bcdefghijabcdefghijabcdefghijabcdefghij" int, "D'd" date, FOREIGN KEY ("A bcdefghijabcdefghijabcdefghijabcdefghij", "D'd") REFERENCES "o ther"."P ""x'' é");
-- cluster: select from create_distributed_table('"o ther"."P ""x'''' é"','A b')
-- cluster: select from create_distributed_table('abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123','A bcdefghijabcdefghijabcdefghijabcdefghij', colocate_with => '"o ther"."P ""x'''' é"')
CREATE TABLE "o ther"."p 2" PARTITION OF "o ther"."P ""x'' é" FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
INSERT INTO "o ther"."P ""x'' é" VALUES (1, '2020-01-05'), (2, '2020-02-05');
INSERT INTO abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123 VALUES (1, '2020-01-05'), (2, '2020-02-05');
INSERT INTO abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123 VALUES (1, '2020-01-06');
DELETE FROM "o ther"."P ""x'' é" WHERE "A b" = 1;
DELETE FROM "o ther"."P ""x'' é" WHERE "A b" = 2;
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123'::regclass ORDER BY 1;
-- ignore: notices
DROP SCHEMA "o ther" CASCADE;
INSERT INTO abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123 VALUES (1, '2020-01-06');
DROP TABLE p, c, p3;
-- partitions of partitions
CREATE TABLE p (a int, d int, v int, PRIMARY KEY (a, d, v)) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY LIST (v);
CREATE TABLE p11 PARTITION OF p1 FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE c (a int, d int, v int, FOREIGN KEY (a, d, v) REFERENCES p);
INSERT INTO p VALUES (1,1,1),(2,12,3);
-- cluster: select from create_distributed_table('p','a')
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'c'::regclass ORDER BY 1;
-- cluster: select from create_distributed_table('c','a')
INSERT INTO c VALUES (1,1,1),(2,12,3);
CREATE TABLE p12 PARTITION OF p1 FOR VALUES IN (2);
INSERT INTO p VALUES (3,3,2);
INSERT INTO c VALUES (3,3,2);
DELETE FROM p WHERE a = 1;
DELETE FROM p WHERE a = 3;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30) PARTITION BY LIST (v);
CREATE TABLE p31 PARTITION OF p3 FOR VALUES IN (1);
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'c'::regclass ORDER BY 1;
ALTER TABLE c DROP CONSTRAINT c_a_d_v_fkey;
ALTER TABLE c ADD CONSTRAINT ag FOREIGN KEY (a, d, v) REFERENCES p;
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'c'::regclass ORDER BY 1;
INSERT INTO p VALUES (5,25,1);
INSERT INTO c VALUES (5,25,1);
ALTER TABLE p DETACH PARTITION p3;
ALTER TABLE p3 DETACH PARTITION p31;
DELETE FROM c WHERE a = 5;
ALTER TABLE p DETACH PARTITION p3;
-- ignore: detail
DROP TABLE p3;
-- ignore: detail
DROP TABLE p1;
-- ignore: detail
DROP TABLE p12;
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'c'::regclass ORDER BY 1;
-- cluster: select from undistribute_table('c', true)
-- ignore: origins
SELECT conname, confrelid::regclass FROM pg_constraint WHERE conrelid = 'c'::regclass ORDER BY 1;
DELETE FROM p WHERE a = 3;
-- ignore: notices
DROP TABLE p CASCADE;
DROP TABLE c, p31;
-- by functions
CREATE TABLE m (a int, d date, PRIMARY KEY (a, d)) PARTITION BY RANGE (d);
CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
-- cluster: SELECT create_distributed_table('m', 'a')
DO $$ BEGIN CREATE TABLE mc (a int, d date, FOREIGN KEY (a, d) REFERENCES m); END $$;
-- cluster: SELECT create_distributed_table('mc', 'a')
DO $$ BEGIN CREATE TABLE m2 PARTITION OF m FOR VALUES FROM ('2020-02-01') TO ('2020-03-01'); INSERT INTO m VALUES (1, '2020-02-02'), (2, '2020-01-02'); INSERT INTO mc SELECT * FROM m; END $$;
DELETE FROM m WHERE a = 1;
DO $$ BEGIN ALTER TABLE mc DROP CONSTRAINT mc_a_d_fkey; ALTER TABLE mc ADD CONSTRAINT again FOREIGN KEY (a, d) REFERENCES m ON DELETE CASCADE; END $$;
DELETE FROM m WHERE a = 1;
INSERT INTO mc VALUES (1, '2020-02-02');
SELECT * FROM mc;
DO $$ BEGIN ALTER TABLE m DETACH PARTITION m1; EXCEPTION WHEN foreign_key_violation THEN RAISE NOTICE '%', sqlerrm; END $$;
DROP TABLE m, mc;
-- roles
CREATE ROLE compat_fkp_r1; CREATE ROLE compat_fkp_r2;
GRANT ALL ON SCHEMA compat_foreign_keys_to_partitions TO compat_fkp_r1, compat_fkp_r2;
SET ROLE compat_fkp_r1;
CREATE TABLE rp (a int, d int, PRIMARY KEY (a, d)) PARTITION BY RANGE (d);
CREATE TABLE rp1 PARTITION OF rp FOR VALUES FROM (0) TO (10);
-- cluster: select from create_distributed_table('rp','a')
SET ROLE compat_fkp_r2;
CREATE TABLE rc (a int, d int);
-- cluster: select from create_distributed_table('rc','a')
ALTER TABLE rc ADD FOREIGN KEY (a, d) REFERENCES rp;
CREATE TABLE rc2 (a int, d int, FOREIGN KEY (a, d) REFERENCES rp);
SET ROLE compat_fkp_r1;
GRANT REFERENCES, SELECT, INSERT ON rp TO compat_fkp_r2;
SET ROLE compat_fkp_r2;
ALTER TABLE rc ADD FOREIGN KEY (a, d) REFERENCES rp;
CREATE TABLE rc2 (a int, d int, FOREIGN KEY (a, d) REFERENCES rp);
-- cluster: select from create_distributed_table('rc2','a')
SET ROLE compat_fkp_r1;
CREATE TABLE rp2 PARTITION OF rp FOR VALUES FROM (10) TO (20);
INSERT INTO rp VALUES (1, 1), (2, 12);
SET ROLE compat_fkp_r2;
INSERT INTO rc VALUES (1, 1), (2, 12);
INSERT INTO rc2 VALUES (1, 1), (2, 12), (3, 3);
RESET ROLE;
DELETE FROM rp WHERE a = 1;
-- ignore: message, objects
DELETE FROM rp WHERE a = 2;
-- cluster: DO $$ BEGIN PERFORM tangelo_begin_key('rp'); SET CONSTRAINTS ALL IMMEDIATE; RAISE 'partitions can be left hidden'; EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL; END $$
SELECT count(*) FROM rp;
DROP OWNED BY compat_fkp_r1, compat_fkp_r2 CASCADE;
DROP ROLE compat_fkp_r1, compat_fkp_r2;
