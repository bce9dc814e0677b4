-- ALTER, CREATE INDEX and the like inside of functions and DO blocks.
CREATE TABLE c (id int PRIMARY KEY, v text, n int);
-- cluster: SELECT create_distributed_table('c', 'id')
CREATE TABLE r (id int PRIMARY KEY, v text);
-- cluster: SELECT create_reference_table('r')
CREATE TABLE plain (id int PRIMARY KEY, v text);
INSERT INTO c SELECT i, 'x' || i, i FROM generate_series(1, 20) i;
INSERT INTO r VALUES (1, 'one'), (2, 'two');
DO 'BEGIN ALTER TABLE c ADD COLUMN z int DEFAULT 7; UPDATE c SET z = z + id WHERE id < 3; INSERT INTO c (id, z) VALUES (21, 1); END';
SELECT id, z FROM c WHERE id IN (1, 2, 3, 21) ORDER BY id;
-- What migrations do.
DO $$
BEGIN
    ALTER TABLE c ADD COLUMN z int;
EXCEPTION WHEN duplicate_column THEN
    RAISE NOTICE 'there: %', SQLERRM;
END $$;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = current_schema AND table_name = 'c' AND column_name = 'made') THEN
        ALTER TABLE c
            ADD COLUMN "made" date DEFAULT '2026-01-01',
            ADD COLUMN "by ""whom""" text;
    END IF;
    EXECUTE format('CREATE INDEX %I ON %s (%I, n)', 'c made', 'c', 'made');
    EXECUTE 'COMMENT ON COLUMN c.made IS ''when''; CREATE INDEX ON c (n); ALTER TABLE c ALTER COLUMN v SET DEFAULT ''none''; ALTER TABLE c ADD CHECK (n < 1000)';
END $$;
INSERT INTO c (id) VALUES (22) RETURNING *;
INSERT INTO c (id, n) VALUES (23, 1000);
SELECT indexname FROM pg_indexes WHERE schemaname = current_schema AND tablename = 'c' ORDER BY 1;
EXPLAIN (COSTS OFF) SELECT 1 FROM plain WHERE false;
DO 'BEGIN DROP INDEX "c made"; CREATE INDEX IF NOT EXISTS c_n_idx ON c (n); CREATE UNIQUE INDEX c_u ON c (id, n); END';
SELECT indexname FROM pg_indexes WHERE schemaname = current_schema AND tablename = 'c' ORDER BY 1;
DO 'BEGIN CREATE UNIQUE INDEX c_bad ON c (id, nope); END';
INSERT INTO c (id, n) VALUES (1, 1);
-- Functions, also those called by others, and what they leave when they fail.
CREATE FUNCTION inner_change(column_name text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('ALTER TABLE c ADD COLUMN %I int', column_name); END $$;
CREATE FUNCTION outer_change(text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM inner_change($1); RETURN (SELECT count(*) FROM c); END $$;
SELECT outer_change('o1');
SELECT outer_change('o1');
SELECT outer_change(x) FROM (VALUES ('o2'), ('o3')) AS v(x);
SELECT o1, o2, o3 FROM c WHERE id = 1;
BEGIN;
SELECT outer_change('gone');
INSERT INTO c (id, gone) VALUES (30, 1);
SELECT count(gone) FROM c;
ROLLBACK;
INSERT INTO c (id, gone) VALUES (30, 1);
BEGIN;
SAVEPOINT a;
SELECT outer_change('gone');
ROLLBACK TO a;
SELECT outer_change('stays');
COMMIT;
INSERT INTO c (id, stays) VALUES (31, 1);
DO $$ BEGIN PERFORM inner_change('half'); RAISE EXCEPTION 'no'; END $$;
SELECT half FROM c;
CREATE FUNCTION in_sql() RETURNS void LANGUAGE sql AS 'ALTER TABLE c ADD COLUMN s1 int; ALTER TABLE c ADD COLUMN s2 int DEFAULT 4; CREATE INDEX s_idx ON c (s1);';
SELECT in_sql();
SELECT s1, s2 FROM c WHERE id = 1;
CREATE PROCEDURE steps() LANGUAGE plpgsql AS $$
BEGIN
    ALTER TABLE c DROP COLUMN s1;
    COMMIT;
    ALTER TABLE c RENAME COLUMN s2 TO s3;
    ROLLBACK;
    ALTER TABLE c ALTER COLUMN s2 TYPE bigint;
END $$;
CALL steps();
SELECT pg_typeof(s2), s2 FROM c WHERE id = 1;
-- Names.
DO 'BEGIN ALTER TABLE c RENAME TO d; ALTER TABLE d RENAME COLUMN n TO m; ALTER INDEX c_u RENAME TO d_u; ALTER TABLE d RENAME CONSTRAINT c_n_check TO d_check; END';
SELECT count(*), sum(m) FROM d;
INSERT INTO d (id, m) VALUES (40, 1000);
CREATE SCHEMA compat_scf_other;
DO 'BEGIN ALTER TABLE d SET SCHEMA compat_scf_other; END';
SELECT count(*) FROM compat_scf_other.d;
DO 'BEGIN PERFORM set_config(''search_path'', ''compat_scf_other'', true); ALTER TABLE d ADD COLUMN far int; UPDATE d SET far = 1 WHERE id = 1; END';
SELECT far FROM compat_scf_other.d WHERE id = 1;
DO 'BEGIN ALTER SCHEMA compat_scf_other RENAME TO compat_scf_third; END';
SELECT count(*) FROM compat_scf_third.d;
DO 'BEGIN ALTER TABLE compat_scf_third.d SET SCHEMA compat_schema_changes_in_functions; END';
DROP SCHEMA compat_scf_third;
-- Keys.
CREATE TABLE k (id int, d int);
-- cluster: SELECT create_distributed_table('k', 'id', colocate_with => 'd')
DO 'BEGIN ALTER TABLE k ADD PRIMARY KEY (id, d); ALTER TABLE k ADD FOREIGN KEY (id) REFERENCES d ON DELETE CASCADE; ALTER TABLE k ADD CONSTRAINT to_r FOREIGN KEY (d) REFERENCES r; END';
INSERT INTO k VALUES (1, 1), (2, 2);
INSERT INTO k VALUES (1000, 1);
INSERT INTO k VALUES (3, 3);
DELETE FROM d WHERE id = 1;
SELECT * FROM k;
DO 'BEGIN ALTER TABLE k DROP CONSTRAINT to_r; INSERT INTO k VALUES (3, 3); END';
SELECT * FROM k ORDER BY id;
-- ignore: origins
SELECT conname, contype FROM pg_constraint WHERE conrelid = 'k'::regclass ORDER BY 1;
DO 'BEGIN ALTER TABLE k ADD CONSTRAINT never CHECK (d > 100); END';
-- Reference and local tables.
DO 'BEGIN ALTER TABLE r ADD COLUMN w text DEFAULT ''w''; ALTER TABLE plain ADD COLUMN w text; INSERT INTO r VALUES (3, ''three'', ''x''); INSERT INTO plain VALUES (1, ''a'', ''b''); END';
SELECT * FROM r ORDER BY id;
SELECT * FROM plain;
-- Types, policies, statistics, triggers, functions.
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN small AS int;
DO 'BEGIN ALTER TABLE k ADD COLUMN m mood, ADD COLUMN s small; END';
DO 'BEGIN ALTER TYPE mood ADD VALUE ''so-so'' AFTER ''good''; ALTER DOMAIN small ADD CHECK (VALUE < 10); END';
INSERT INTO k VALUES (7, 7, 'so-so', 1);
UPDATE k SET m = 'so-so' WHERE id = 2;
SELECT * FROM k ORDER BY m, id;
UPDATE k SET s = 10 WHERE id = 2;
DROP ROLE IF EXISTS compat_scf_user;
DO 'BEGIN CREATE ROLE compat_scf_user; GRANT SELECT, INSERT ON k TO compat_scf_user; GRANT USAGE ON SCHEMA compat_schema_changes_in_functions TO compat_scf_user; ALTER TABLE k ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON k USING (d > 2) WITH CHECK (d > 5); END';
SET ROLE compat_scf_user;
SELECT * FROM k ORDER BY id;
INSERT INTO k VALUES (8, 4);
DO 'BEGIN ALTER TABLE k ADD COLUMN forbidden int; END';
RESET ROLE;
DO 'BEGIN ALTER POLICY p ON k WITH CHECK (true); REVOKE INSERT ON k FROM compat_scf_user; CREATE STATISTICS k_stat ON id, d FROM k; DROP POLICY p ON k; END';
SET ROLE compat_scf_user;
SELECT * FROM k ORDER BY id;
INSERT INTO k VALUES (8, 4);
RESET ROLE;
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.s := 9; RETURN NEW; END';
DO 'BEGIN CREATE TRIGGER t BEFORE INSERT ON k FOR EACH ROW EXECUTE FUNCTION noted(); INSERT INTO k VALUES (2, 8); ALTER TABLE k DISABLE TRIGGER t; INSERT INTO k VALUES (2, 9); DROP TRIGGER t ON k; END';
SELECT id, d, s FROM k WHERE d > 7 ORDER BY d;
-- Tables that a function makes.
CREATE FUNCTION makes() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    CREATE TABLE made (id int, v text);
    INSERT INTO made SELECT i, 'm' FROM generate_series(1, 9) i;
    ALTER TABLE made ADD COLUMN w int DEFAULT 2;
    CREATE INDEX ON made (w);
    RETURN (SELECT sum(w) FROM made);
END $$;
SELECT makes();
-- cluster: DO 'BEGIN PERFORM create_distributed_table(''made'', ''id''); ALTER TABLE made ADD COLUMN u int DEFAULT 3; END'
-- cluster: ALTER TABLE made DROP COLUMN u
DO 'BEGIN ALTER TABLE made ADD COLUMN y int DEFAULT 4; UPDATE made SET y = 5 WHERE id = 2; END';
SELECT sum(w), sum(y) FROM made;
-- Partitions.
CREATE TABLE parted (id int, day date, v text) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
-- cluster: SELECT create_distributed_table('parted', 'id')
INSERT INTO parted SELECT i, '2026-01-15'::date + i, 'p' FROM generate_series(1, 30) i;
DO $$
DECLARE
    p text;
BEGIN
    ALTER TABLE parted ADD COLUMN w int DEFAULT 1;
    CREATE INDEX ON parted (w);
    CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
    INSERT INTO parted VALUES (1, '2026-03-03', 'new', 5);
    ALTER TABLE parted DETACH PARTITION parted_2;
    FOR p IN SELECT unnest(ARRAY['parted_1']) LOOP
        EXECUTE format('DROP TABLE %I', p);
    END LOOP;
END $$;
SELECT count(*), sum(w) FROM parted;
SELECT count(*), sum(w) FROM parted_2;
DROP TABLE parted_2;
DO 'BEGIN ALTER TABLE parted ADD UNIQUE (id, day); INSERT INTO parted VALUES (1, ''2026-03-03''); END';
SELECT count(*) FROM parted;
-- What goes.
-- ignore: notices
DO 'BEGIN DROP TABLE k; DROP TABLE IF EXISTS k; DROP TABLE d, parted CASCADE; END';
SELECT count(*) FROM d;
SELECT count(*) FROM parted;
DO 'BEGIN TRUNCATE r; DROP SCHEMA IF EXISTS nothing_there; END';
SELECT count(*) FROM r;
DROP OWNED BY compat_scf_user;
DROP ROLE compat_scf_user;
-- A role that a function makes.
DROP ROLE IF EXISTS compat_scf_late;
CREATE TABLE seen (id int PRIMARY KEY);
-- cluster: SELECT create_distributed_table('seen', 'id')
DO 'BEGIN CREATE ROLE compat_scf_late; END';
GRANT USAGE ON SCHEMA compat_schema_changes_in_functions TO PUBLIC;
GRANT SELECT ON seen TO PUBLIC;
SET ROLE compat_scf_late;
SELECT count(*) FROM seen;
RESET ROLE;
DROP OWNED BY compat_scf_late;
DROP ROLE compat_scf_late;
