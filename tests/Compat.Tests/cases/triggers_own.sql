-- Triggers of Tangelo stay as they are, whoever owns the table.
DROP ROLE IF EXISTS compat_keeper;
CREATE ROLE compat_keeper;
GRANT ALL ON SCHEMA compat_triggers_own TO compat_keeper;
SET ROLE compat_keeper;
CREATE TABLE t (a int PRIMARY KEY, v text);
CREATE TABLE p (a int, b int) PARTITION BY RANGE (b);
CREATE TABLE p_1 PARTITION OF p DEFAULT;
CREATE FUNCTION says() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''% %'', TG_NAME, NEW; RETURN NEW; END';
-- cluster: SELECT create_distributed_table('t', 'a')
-- cluster: SELECT create_distributed_table('p', 'a')
-- cluster: DO $$ DECLARE r record; n int := 0; BEGIN FOR r IN SELECT t.tgname, c.relname FROM pg_catalog.pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relname IN ('t', 'p', 'p_1') AND c.relnamespace = 'compat_triggers_own'::regnamespace AND NOT t.tgisinternal LOOP n := n + 1; BEGIN EXECUTE format('ALTER TRIGGER %I ON %I RENAME TO other', r.tgname, r.relname); RAISE 'renamed %', r; EXCEPTION WHEN reserved_name THEN NULL; END; BEGIN EXECUTE format('DROP TRIGGER %I ON %I', r.tgname, r.relname); RAISE 'dropped %', r; EXCEPTION WHEN reserved_name THEN NULL; END; BEGIN EXECUTE format('ALTER TABLE %I DISABLE TRIGGER %I', r.relname, r.tgname); EXCEPTION WHEN reserved_name THEN NULL; END; END LOOP; IF n < 13 THEN RAISE 'only %', n; END IF; END $$
-- cluster: DO $$ BEGIN SET LOCAL tangelo.converting = 'on'; DROP TRIGGER "~tangelo_upsert_written_show" ON t; RAISE 'dropped'; EXCEPTION WHEN reserved_name THEN NULL; END $$
-- cluster: DO $$ BEGIN SET LOCAL tangelo.converting = 'on'; ALTER TRIGGER "~tangelo_upsert_written_show" ON t RENAME TO other; RAISE 'renamed'; EXCEPTION WHEN reserved_name THEN NULL; END $$
-- cluster: DO $$ BEGIN CREATE OR REPLACE TRIGGER "~tangelo_upsert_written_show" AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION says(); RAISE 'replaced'; EXCEPTION WHEN reserved_name THEN NULL; END $$
-- Those of the table's owner do as they are told.
CREATE TRIGGER mine AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION says();
ALTER TRIGGER mine ON t RENAME TO ours;
CREATE TRIGGER "~tangelo_mine" AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION says();
ALTER TRIGGER "~tangelo_mine" ON t RENAME TO theirs;
INSERT INTO t VALUES (1, 'a');
DO 'BEGIN INSERT INTO t VALUES (1, ''b''), (2, ''c'') ON CONFLICT (a) DO UPDATE SET v = excluded.v; END';
ALTER TABLE t DISABLE TRIGGER ours;
INSERT INTO t VALUES (3, 'd');
DROP TRIGGER ours ON t;
DROP TRIGGER theirs ON t;
INSERT INTO t VALUES (4, 'e');
SELECT * FROM t ORDER BY a;
-- They go with the table.
-- cluster: SELECT undistribute_table('t')
DROP TABLE t, p;
RESET ROLE;
DROP OWNED BY compat_keeper;
DROP ROLE compat_keeper;
