-- Foreign keys from partitioned tables, and partitions that come and go.
CREATE TABLE r (id int PRIMARY KEY, v text);
CREATE TABLE u (k int PRIMARY KEY);
CREATE TABLE p (k int REFERENCES u ON DELETE CASCADE, d int, rid int CONSTRAINT p_r REFERENCES r ON UPDATE CASCADE, PRIMARY KEY (k, d)) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
INSERT INTO r VALUES (1,'a'),(2,'b');
INSERT INTO u SELECT generate_series(1,5);
INSERT INTO p VALUES (1,1,1);
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('u', 'k')
-- cluster: SELECT create_distributed_table('p', 'k')
INSERT INTO p VALUES (2, 2, 2), (3, 3, NULL);
INSERT INTO p VALUES (77, 2, 2);
INSERT INTO p VALUES (4, 2, 9);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
INSERT INTO p VALUES (2, 12, 2);
INSERT INTO p VALUES (2, 13, 7);
INSERT INTO p2 VALUES (2, 13, 7);
CREATE TABLE p3 (k int NOT NULL, d int NOT NULL, rid int);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30);
INSERT INTO p VALUES (3, 22, 1);
INSERT INTO p VALUES (3, 23, 8);
UPDATE r SET id = 20 WHERE id = 2;
SELECT * FROM p ORDER BY 1, 2;
DELETE FROM r WHERE id = 1;
DELETE FROM u WHERE k = 3;
SELECT * FROM p ORDER BY 1, 2;
DO $$ BEGIN INSERT INTO p VALUES (1, 15, 99); EXCEPTION WHEN foreign_key_violation THEN RAISE NOTICE 'caught'; END $$;
-- ignore: origins
SELECT conrelid::regclass, conname, contype, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'p'::regclass AND contype = 'f' ORDER BY 1, 2;
ALTER TABLE p DETACH PARTITION p2;
INSERT INTO p2 VALUES (1, 13, 7);
INSERT INTO p2 VALUES (1, 13, 1);
-- ignore: origins
SELECT conrelid::regclass, conname, contype, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'p2'::regclass AND contype = 'f' ORDER BY 1, 2;
DELETE FROM u WHERE k = 2;
SELECT * FROM p2;
TRUNCATE r;
ALTER TABLE p RENAME CONSTRAINT p_r TO p_r2;
ALTER TABLE p DROP CONSTRAINT p_r2;
INSERT INTO p VALUES (1, 4, 9);
DROP TABLE p1;
DROP TABLE r;
DROP TABLE r CASCADE;
DROP TABLE u CASCADE;
INSERT INTO p VALUES (9, 24, 9);
DROP TABLE p, p2;
-- keys known before their tables are
CREATE TABLE r (id int PRIMARY KEY, v text);
INSERT INTO r VALUES (1,'a');
-- cluster: SELECT create_reference_table('r')
CREATE TABLE q (k int, d int, rid int REFERENCES r, PRIMARY KEY (k, d)) PARTITION BY RANGE (d);
-- cluster: SELECT create_distributed_table('q', 'k')
CREATE TABLE q1 PARTITION OF q FOR VALUES FROM (0) TO (10);
INSERT INTO q VALUES (1,1,1);
INSERT INTO q VALUES (1,2,2);
SELECT * FROM q;
-- ignore: origins
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'q'::regclass;
DROP TABLE q, r;
