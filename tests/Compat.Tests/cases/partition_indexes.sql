-- Indexes of one partition, partitioned indexes that are put together from them, and columns that come with foreign keys.
CREATE TABLE r (id int PRIMARY KEY, v text);
INSERT INTO r SELECT generate_series(1, 30);
CREATE TABLE p (a int, b int, c text, d date DEFAULT '2020-01-01') PARTITION BY RANGE (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30) PARTITION BY LIST (a);
CREATE TABLE p31 PARTITION OF p3 DEFAULT;
CREATE INDEX own_before ON p2 (lower(c)) WHERE b > 12;
INSERT INTO p SELECT i % 7, i, 'c' || i FROM generate_series(0, 29) i;
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('p', 'a')
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p2'::regclass ORDER BY 1;
CREATE INDEX ON p1 (b);
CREATE UNIQUE INDEX p1_u ON p1 (a, b);
-- ignore: detail
CREATE UNIQUE INDEX p1_bad ON p1 (a);
CREATE INDEX IF NOT EXISTS p1_u ON p1 (a);
CREATE INDEX p1_u ON p1 (a);
CREATE INDEX ON p1 (nope);
CREATE INDEX "P1 x" ON p1 USING hash (c);
CREATE INDEX CONCURRENTLY ON p1 (d DESC NULLS LAST) INCLUDE (c);
CREATE INDEX ON p3 (c);
CREATE INDEX ON p31 (d);
INSERT INTO p1 VALUES (1, 1);
INSERT INTO p VALUES (1, 1);
INSERT INTO p VALUES (1, 1) ON CONFLICT DO NOTHING;
INSERT INTO p1 VALUES (1, 1, 'upd') ON CONFLICT (a, b) DO UPDATE SET c = excluded.c RETURNING *;
INSERT INTO p VALUES (1, 1) ON CONFLICT (a, b) DO NOTHING;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p1'::regclass ORDER BY 1;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p3'::regclass ORDER BY 1;
SELECT * FROM pg_indexes WHERE schemaname = 'compat_partition_indexes' AND tablename <> 'p31' ORDER BY indexname;
-- ignore: origins
SELECT c.relname, c.relkind, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'p1'::regclass ORDER BY 1;
DO $$ DECLARE n int; BEGIN INSERT INTO p VALUES (2, 3, 'x'); UPDATE p SET b = b + 1 WHERE a = 2 AND b = 3; DELETE FROM p1 WHERE a = 2 AND b = 4; SELECT count(*) INTO n FROM p; RAISE NOTICE '%', n; END $$;
DO $$ BEGIN INSERT INTO p1 VALUES (1, 1, 'x'); END $$;
REINDEX INDEX p1_u;
REINDEX INDEX CONCURRENTLY p1_u;
REINDEX TABLE p1;
BEGIN;
REINDEX INDEX p1_u;
ROLLBACK;
ALTER INDEX p1_u RENAME TO p1_uu;
COMMENT ON INDEX p1_uu IS 'hello';
SELECT obj_description('p1_uu'::regclass);
INSERT INTO p1 VALUES (1, 1);
BEGIN;
CREATE INDEX p1_rolled ON p1 (c);
SAVEPOINT s;
CREATE INDEX p1_rolled2 ON p1 (c);
ROLLBACK TO s;
DROP INDEX p1_uu;
INSERT INTO p1 VALUES (1, 1);
ROLLBACK;
INSERT INTO p1 VALUES (1, 1);
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p1'::regclass ORDER BY 1;
DROP INDEX CONCURRENTLY p1_d_c_idx;
DROP INDEX p1_uu, "P1 x";
DROP INDEX p1_uu;
DROP INDEX IF EXISTS p1_uu;
INSERT INTO p1 VALUES (1, 1, 'twice');
DELETE FROM p1 WHERE c = 'twice';
CREATE INDEX p_c ON ONLY p (c);
-- ignore: origins
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'p'::regclass;
CREATE INDEX p1_c ON p1 (c);
CREATE INDEX CONCURRENTLY p2_c ON p2 (c);
CREATE INDEX p3_cc ON ONLY p3 (c);
ALTER INDEX p_c ATTACH PARTITION p1_c;
ALTER INDEX p_c ATTACH PARTITION p1_c;
ALTER INDEX p_c ATTACH PARTITION p2_c;
ALTER INDEX p_c ATTACH PARTITION r_pkey;
ALTER INDEX p_c ATTACH PARTITION nope;
ALTER INDEX p_c ATTACH PARTITION p1_b_idx;
-- ignore: origins
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'p'::regclass;
CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (40) TO (50);
INSERT INTO p4 VALUES (4, 44);
ALTER INDEX p_c ATTACH PARTITION p3_c_idx;
-- ignore: origins
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'p'::regclass;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p'::regclass ORDER BY 1;
DROP INDEX p1_c;
DROP INDEX p3_c_idx;
CREATE UNIQUE INDEX p_ab ON ONLY p (a, b);
CREATE UNIQUE INDEX p1_ab ON p1 (a, b);
ALTER INDEX p_ab ATTACH PARTITION p1_ab;
ALTER TABLE p DETACH PARTITION p1;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p1'::regclass ORDER BY 1;
INSERT INTO p1 VALUES (1, 1);
DROP INDEX p1_c;
DROP INDEX p1_ab;
INSERT INTO p1 VALUES (1, 1);
ALTER TABLE p ADD COLUMN e int REFERENCES r;
ALTER TABLE p ADD COLUMN f int DEFAULT 3 REFERENCES r (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED CHECK (f > 1), ADD COLUMN g int CONSTRAINT named REFERENCES r NOT NULL DEFAULT 1;
-- ignore: message, detail, objects
ALTER TABLE p ADD COLUMN h int DEFAULT 999 REFERENCES r;
ALTER TABLE p ADD COLUMN IF NOT EXISTS e int REFERENCES r;
ALTER TABLE p ADD COLUMN i int REFERENCES nope;
ALTER TABLE p3 ADD COLUMN i int REFERENCES r;
INSERT INTO p (a, b, e) VALUES (1, 11, 77);
-- simple only
INSERT INTO p (a, b, f) VALUES (1, 11, 77);
INSERT INTO p (a, b, f) VALUES (1, 11, 0);
INSERT INTO p (a, b, e) VALUES (1, 11, 5);
DELETE FROM r WHERE id = 5;
DELETE FROM r WHERE id = 3;
SELECT count(*), count(f) FROM p;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p'::regclass ORDER BY 1;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p3'::regclass ORDER BY 1;
-- ignore: origins
SELECT conname, conrelid::regclass, condeferrable, condeferred, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid IN ('p'::regclass, 'p3'::regclass) ORDER BY 1, conrelid::regclass::text;
ALTER TABLE p DROP COLUMN c;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p2'::regclass ORDER BY 1;
DROP TABLE p2;
ALTER TABLE p DROP COLUMN e;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p'::regclass ORDER BY 1;
DROP TABLE p, p1, r;

-- What must not be in a transaction; indexes that are there before the table is distributed or has one like them.
CREATE TABLE p (a int, b int, c text) PARTITION BY RANGE (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (a);
CREATE TABLE p21 PARTITION OF p2 DEFAULT;
CREATE INDEX p1_before ON p1 (c);
CREATE INDEX p2_before ON p2 (c);
-- cluster: SELECT create_distributed_table('p', 'a')
INSERT INTO p SELECT i, i % 20, 'c' FROM generate_series(1, 40) i;
BEGIN;
CREATE INDEX CONCURRENTLY ON p1 (b);
ROLLBACK;
BEGIN;
DROP INDEX CONCURRENTLY p1_before;
ROLLBACK;
BEGIN;
REINDEX INDEX CONCURRENTLY p1_before;
ROLLBACK;
CREATE UNIQUE INDEX CONCURRENTLY dup ON p1 (a, c);
INSERT INTO p VALUES (1, 1, 'c');
CREATE UNIQUE INDEX CONCURRENTLY dup2 ON p1 (a, b);
-- ignore: origins
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'p1'::regclass ORDER BY 1;
DROP INDEX CONCURRENTLY dup2;
DROP INDEX dup;
REINDEX INDEX p1_before;
REINDEX INDEX p2_before;
BEGIN;
REINDEX INDEX p2_before;
ROLLBACK;
REINDEX TABLE p;
REINDEX TABLE p2;
BEGIN;
REINDEX TABLE p;
ROLLBACK;
DROP INDEX p2_before;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p2'::regclass ORDER BY 1;
CREATE INDEX ON p (c);
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p1'::regclass ORDER BY 1;
-- ignore: origins
SELECT c.relname, h.inhparent::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_inherits h ON h.inhrelid = c.oid WHERE i.indrelid = 'p1'::regclass ORDER BY 1;
DROP INDEX p1_before;
DROP INDEX p_c_idx;
INSERT INTO p VALUES (1, 1, 'd');
CREATE INDEX p1_own ON p1 (c, b);
ALTER TABLE p DETACH PARTITION p1;
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'p1'::regclass ORDER BY 1;
ALTER TABLE p1 ADD UNIQUE (a, b, c);
DROP TABLE p1;
DROP TABLE p;
CREATE TABLE inv (a int, b int) PARTITION BY RANGE (b);
CREATE TABLE inv1 PARTITION OF inv FOR VALUES FROM (0) TO (10);
CREATE INDEX inv_b ON ONLY inv (b);
CREATE TABLE outer_t (a int, b int) PARTITION BY RANGE (b);
-- cluster: SELECT create_distributed_table('outer_t', 'a')
ALTER TABLE outer_t ADD COLUMN c int CHECK (c > 0), ADD UNIQUE (a, b), DROP COLUMN c;
ALTER TABLE outer_t ADD COLUMN c int, ADD UNIQUE (a, b), ALTER COLUMN b SET NOT NULL;
ALTER TABLE outer_t DROP COLUMN c, ADD PRIMARY KEY (a, b);
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'outer_t'::regclass ORDER BY 1;
CREATE TABLE outer_1 PARTITION OF outer_t FOR VALUES FROM (0) TO (10);
ALTER TABLE outer_t ADD COLUMN c int;
ALTER TABLE outer_t DROP COLUMN c, ADD UNIQUE (b, a);
SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE format('%I.%I', i.schemaname, i.tablename)::regclass = 'outer_t'::regclass ORDER BY 1;
INSERT INTO outer_t VALUES (1, 1), (1, 1);
DROP TABLE inv, outer_t;

-- Inside of functions.
CREATE TABLE p (a int, b int, c text) PARTITION BY RANGE (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
-- cluster: SELECT create_distributed_table('p', 'a')
DO $$ BEGIN CREATE INDEX ON p1 (c); CREATE UNIQUE INDEX p1_u ON p1 (a); INSERT INTO p VALUES (1, 1, 'x'); END $$;
INSERT INTO p1 VALUES (1, 2, 'x');
DO $$ BEGIN DROP INDEX p1_u; INSERT INTO p VALUES (1, 2, 'x'); RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN NULL; END $$;
INSERT INTO p1 VALUES (1, 2, 'x');
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'compat_partition_indexes' AND tablename = 'p1' ORDER BY 1;
DO $$ BEGIN CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (a); CREATE TABLE p21 PARTITION OF p2 DEFAULT; INSERT INTO p VALUES (2, 12); ALTER TABLE p DETACH PARTITION p2; END $$;
SELECT count(*) FROM p2;
DROP TABLE p, p2;
