-- Keys, unique indexes and rows that a distributed partitioned table gets when it has partitions.
CREATE TABLE r (id int PRIMARY KEY, v text);
CREATE TABLE u (k int PRIMARY KEY);
CREATE TABLE p (k int, d int, rid int, v text) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('u', 'k')
-- cluster: SELECT create_distributed_table('p', 'k')
INSERT INTO r VALUES (1, 'a'), (2, 'b');
INSERT INTO u SELECT generate_series(1, 9);
INSERT INTO p SELECT i % 9 + 1, i, i % 2 + 1, 'x' FROM generate_series(0, 19) i;

-- Unique indexes and keys.
CREATE UNIQUE INDEX p_uniq ON p (k, d);
INSERT INTO p VALUES (1, 0, 1, 'twice');
CREATE UNIQUE INDEX ON p (k, rid, d);
CREATE UNIQUE INDEX p_bad ON p (k);
INSERT INTO p VALUES (3, 5, 1, 'same day');
ALTER TABLE p ADD CONSTRAINT p_v UNIQUE (k, d, v);
INSERT INTO p VALUES (1, 0, 1, 'x') ON CONFLICT (k, d) DO NOTHING;
INSERT INTO p VALUES (1, 0, 1, 'y') ON CONFLICT (k, d) DO UPDATE SET v = excluded.v;
SELECT * FROM p WHERE k = 1 ORDER BY d;
ALTER TABLE p ADD PRIMARY KEY (k, d);
INSERT INTO p VALUES (NULL, 5, 1, 'no');
INSERT INTO p VALUES (5, 4, 1, 'twice');
ALTER TABLE p ADD PRIMARY KEY (k, d);
-- ignore: origins
SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = 'p1'::regclass AND attnum > 0 ORDER BY attnum;
-- ignore: origins
SELECT conname, contype, convalidated FROM pg_constraint WHERE conrelid = 'p'::regclass ORDER BY 1;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
INSERT INTO p VALUES (5, 25, 1, 'three'), (5, 25, 1, 'three');
INSERT INTO p VALUES (5, 25, 1, 'three');

-- Foreign keys.
ALTER TABLE p ADD FOREIGN KEY (rid) REFERENCES r;
INSERT INTO p VALUES (5, 26, 7, 'none');
ALTER TABLE p ADD CONSTRAINT p_u FOREIGN KEY (k) REFERENCES u ON DELETE CASCADE, ADD CONSTRAINT p_w UNIQUE (k, d, rid, v);
INSERT INTO p VALUES (55, 26, 1, 'none');
DELETE FROM r WHERE id = 2;
DELETE FROM u WHERE k = 2;
SELECT count(*), count(DISTINCT k) FROM p;
BEGIN;
ALTER TABLE p DROP CONSTRAINT p_u;
INSERT INTO p VALUES (66, 26, 1, 'none');
ALTER TABLE p ADD CONSTRAINT p_u FOREIGN KEY (k) REFERENCES u;
ROLLBACK;
INSERT INTO p VALUES (66, 27, 1, 'none');
BEGIN;
ALTER TABLE p DROP CONSTRAINT p_u;
ALTER TABLE p ADD CONSTRAINT p_u FOREIGN KEY (k) REFERENCES u;
SAVEPOINT s;
ALTER TABLE p ADD CONSTRAINT p_u2 FOREIGN KEY (k) REFERENCES u;
ROLLBACK TO s;
COMMIT;
-- ignore: origins
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'p'::regclass ORDER BY 1;
DELETE FROM u WHERE k = 3;
DO 'BEGIN INSERT INTO p VALUES (5, 28, 9, NULL); END';
DO 'BEGIN INSERT INTO p VALUES (5, 28, 1, NULL); DELETE FROM p WHERE k = 5 AND d = 28; END';

-- Rows that come along, to a table with foreign keys.
CREATE TABLE p4 (k int NOT NULL, d int NOT NULL, rid int, v text);
INSERT INTO p4 VALUES (1, 30, 1, 'good'), (4, 31, 1, 'good');
-- ignore: objects, notices
ALTER TABLE p ATTACH PARTITION p4 FOR VALUES FROM (30) TO (40);
SELECT * FROM p WHERE d >= 30 ORDER BY 1;
INSERT INTO p4 VALUES (1, 32, 9, 'bad');
CREATE TABLE p5 (k int NOT NULL, d int NOT NULL, rid int, v text);
INSERT INTO p5 VALUES (1, 40, 9, 'bad');
-- ignore: objects, notices
ALTER TABLE p ATTACH PARTITION p5 FOR VALUES FROM (40) TO (50);
SELECT * FROM p WHERE d >= 30 ORDER BY 1;
UPDATE p5 SET rid = 2;
-- ignore: objects, notices
ALTER TABLE p ATTACH PARTITION p5 FOR VALUES FROM (40) TO (50);
SELECT * FROM p5;
DELETE FROM r WHERE id = 2;
-- ignore: origins
SELECT conname, contype FROM pg_constraint WHERE conrelid = 'p'::regclass ORDER BY 1;
DROP TABLE p3;
ALTER TABLE p DETACH PARTITION p4;
INSERT INTO p4 VALUES (1, 32, 9, 'bad');
DROP INDEX p_uniq;
ALTER TABLE p DROP CONSTRAINT p_pkey;
DROP TABLE p, p4, r, u;

-- Several changes at once, and inside of blocks.
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE q (k int, d int, rid int) PARTITION BY LIST (d);
CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1, 2);
CREATE TABLE q0 PARTITION OF q DEFAULT;
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('q', 'k')
INSERT INTO r VALUES (1);
INSERT INTO q VALUES (1, 1, 1), (2, 5, 1);
ALTER TABLE q ADD UNIQUE (k, d, more), ADD COLUMN more int DEFAULT 7, ADD CHECK (more > 0), ADD FOREIGN KEY (rid) REFERENCES r, ALTER rid SET NOT NULL;
INSERT INTO q VALUES (1, 1, 1);
INSERT INTO q VALUES (1, 1, 2, 8);
INSERT INTO q VALUES (1, 1, 1, -8);
INSERT INTO q VALUES (1, 1);
SELECT * FROM q ORDER BY 1;
BEGIN;
ALTER TABLE q ADD PRIMARY KEY (k, d);
INSERT INTO q VALUES (1, 1, 1, 9);
ROLLBACK;
INSERT INTO q VALUES (1, 1, 1, 9);
ALTER TABLE q ADD PRIMARY KEY (k, d);
SELECT count(*) FROM q;
CREATE TABLE q3 PARTITION OF q FOR VALUES IN (3);
INSERT INTO q VALUES (5, 3, 1), (5, 3, 1);
ALTER TABLE q DETACH PARTITION q1;
INSERT INTO q1 VALUES (1, 1, 1, 9);
INSERT INTO q1 VALUES (1, 1, 4, 10);
ALTER TABLE q1 DROP CONSTRAINT q1_k_d_more_key;
INSERT INTO q1 VALUES (1, 1, 1, 9);
DROP TABLE q, q1, r;
