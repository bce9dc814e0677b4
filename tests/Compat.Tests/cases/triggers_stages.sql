-- Transition tables and deferred triggers of UPDATE and DELETE.
CREATE TABLE log (n serial, line text);
CREATE FUNCTION lg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (line) VALUES (concat_ws(' ', TG_NAME, TG_WHEN, TG_LEVEL, TG_OP, TG_TABLE_NAME, pg_trigger_depth(),
    CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'INSERT' THEN OLD::text END, CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'DELETE' THEN NEW::text END));
  RETURN coalesce(NEW, OLD);
END $$;
CREATE FUNCTION lgu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (line) VALUES (concat_ws(' ', TG_NAME, TG_LEVEL, TG_OP, TG_TABLE_NAME, 'o', (SELECT string_agg(o::text, ' ' ORDER BY o::text) FROM o), 'n', (SELECT string_agg(n::text, ' ' ORDER BY n::text) FROM n)));
  RETURN NULL;
END $$;
CREATE FUNCTION lgd() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (line) VALUES (concat_ws(' ', TG_NAME, TG_LEVEL, TG_OP, TG_TABLE_NAME, 'o', (SELECT string_agg(o::text, ' ' ORDER BY o::text) FROM o)));
  RETURN NULL;
END $$;
CREATE TABLE t (id int PRIMARY KEY, k int, v text, g int GENERATED ALWAYS AS (k * 2) STORED);
CREATE TRIGGER d AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION lgu();
-- cluster: SELECT create_distributed_table('t', 'id')
INSERT INTO t SELECT i, i, 'v' || i FROM generate_series(1, 9) i;
CREATE TRIGGER a AFTER DELETE ON t REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION lgd();
CREATE TRIGGER b BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION lg();
CREATE TRIGGER c AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION lg();
CREATE TRIGGER ra AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION lg();
CREATE TRIGGER rb BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION lg();
UPDATE t SET k = k + 1 WHERE id = 2 RETURNING *;
UPDATE t SET k = 0 WHERE false;
DELETE FROM t WHERE id = 3 RETURNING *;
DELETE FROM t WHERE false;
UPDATE t SET id = id + 100 WHERE id = 4;
SELECT line FROM log ORDER BY n;
DELETE FROM log;
-- several rows, from functions, and what is rolled back
UPDATE t SET k = k + 1 WHERE id IN (5, 6, 7);
DO $$ DECLARE m int; BEGIN UPDATE t SET k = k + 10 WHERE id IN (5, 99, 6); GET DIAGNOSTICS m = ROW_COUNT; RAISE NOTICE '% %', m, FOUND; DELETE FROM t WHERE id IN (6, 7); END $$;
BEGIN;
UPDATE t SET k = 1 WHERE id = 5;
SAVEPOINT x;
DELETE FROM t;
ROLLBACK TO x;
COMMIT;
WITH x AS (UPDATE t SET v = 'w' WHERE id = 5 RETURNING *) SELECT * FROM x;
SELECT line FROM log WHERE line NOT LIKE '% ROW %' ORDER BY n;
SELECT line FROM log WHERE line LIKE '% ROW %' ORDER BY line;
DELETE FROM log;
-- for each row, and only those that UPDATE OF and WHEN ask for
CREATE TRIGGER rt AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH ROW WHEN (OLD.id > 1) EXECUTE FUNCTION lgu();
CREATE TRIGGER uo AFTER UPDATE OF v ON t FOR EACH ROW EXECUTE FUNCTION lg();
CREATE TRIGGER uk AFTER UPDATE OF k ON t FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION lg();
UPDATE t SET v = 'x' WHERE id = 2;
UPDATE t SET k = 5 WHERE id IN (1, 2) AND v = 'x';
SELECT line FROM log ORDER BY n;
DELETE FROM log;
INSERT INTO t VALUES (2, 50) ON CONFLICT (id) DO UPDATE SET k = excluded.k;
SELECT line FROM log WHERE line NOT LIKE 'rb %' ORDER BY n;
DELETE FROM log;
-- deferred
CREATE CONSTRAINT TRIGGER ct AFTER INSERT OR UPDATE OR DELETE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lg();
BEGIN;
UPDATE t SET k = 77 WHERE id = 2;
DELETE FROM t WHERE id = 1;
INSERT INTO t VALUES (11, 11);
SELECT count(*) FROM log WHERE line LIKE 'ct %';
COMMIT;
SELECT line FROM log WHERE line LIKE 'ct %' ORDER BY n;
DELETE FROM log;
BEGIN;
UPDATE t SET k = 78 WHERE id = 2;
SET CONSTRAINTS ct IMMEDIATE;
SELECT line FROM log WHERE line LIKE 'ct %' ORDER BY n;
DELETE FROM t WHERE id = 11;
SELECT line FROM log WHERE line LIKE 'ct %' ORDER BY n;
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM t WHERE id = 2;
ROLLBACK;
BEGIN;
SAVEPOINT a;
UPDATE t SET k = 78 WHERE id = 2;
ROLLBACK TO a;
COMMIT;
SELECT count(*) FROM log;
-- what users see of them
-- ignore: origins
SELECT tgname, tgtype, tgenabled, tgoldtable, tgnewtable, pg_get_triggerdef(oid), pg_catalog.pg_get_triggerdef(oid, true) FROM pg_trigger WHERE tgrelid = 't'::regclass AND NOT tgisinternal ORDER BY 1;
-- ignore: origins
SELECT trigger_name, event_manipulation, action_order, action_condition, action_orientation, action_timing, action_reference_old_table, action_reference_new_table FROM information_schema.triggers WHERE trigger_schema = current_schema() AND event_object_table = 't' ORDER BY 1, 2;
-- ignore: origins
SELECT conname, contype FROM pg_constraint WHERE conrelid = 't'::regclass ORDER BY 1;
SELECT count(*) FROM pg_cast WHERE castsource = 't'::regtype OR casttarget = 't'::regtype;
ALTER TRIGGER d ON t RENAME TO "d 2";
ALTER TABLE t DISABLE TRIGGER "d 2";
ALTER TABLE t ADD COLUMN e int DEFAULT 4;
ALTER TABLE t RENAME COLUMN v TO w;
ALTER TABLE t ADD COLUMN gone int;
ALTER TABLE t DROP COLUMN gone;
ALTER TABLE t ALTER COLUMN e TYPE bigint;
CREATE OR REPLACE TRIGGER a AFTER DELETE ON t REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION lg();
ALTER TABLE t ENABLE ALWAYS TRIGGER a;
DELETE FROM log;
UPDATE t SET e = 5, k = 9 WHERE id = 2;
DELETE FROM t WHERE id = 5;
SELECT line FROM log ORDER BY n;
DELETE FROM log;
DROP TRIGGER "d 2" ON t;
DROP TRIGGER rt ON t;
DROP TRIGGER ct ON t;
UPDATE t SET k = 10 WHERE id = 2;
DELETE FROM t WHERE id = 8;
SELECT line FROM log ORDER BY n;
DELETE FROM log;
-- rows of the table's type
CREATE FUNCTION f(x t) RETURNS text LANGUAGE sql AS $$ SELECT x.id || '-' || x.k $$;
CREATE FUNCTION types() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE a t; BEGIN a := NEW; RAISE NOTICE '% % % %', f(NEW), f(OLD), a, to_jsonb(NEW); RAISE NOTICE '%', (SELECT string_agg(f(n), ' ') FROM n); RETURN NULL; END $$;
CREATE TRIGGER types AFTER UPDATE ON t REFERENCING NEW TABLE AS n FOR EACH ROW EXECUTE FUNCTION types();
UPDATE t SET k = 11 WHERE id = 2;
-- errors
CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'bad %', (SELECT count(*) FROM o); END $$;
CREATE TRIGGER zbad AFTER DELETE ON t REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION bad();
DELETE FROM t WHERE id IN (2, 9);
DO $$ BEGIN DELETE FROM t; EXCEPTION WHEN raise_exception THEN RAISE NOTICE 'caught %', SQLERRM; UPDATE t SET k = 12 WHERE id = 2; END $$;
SELECT * FROM t ORDER BY id;
CREATE TRIGGER two AFTER UPDATE OR DELETE ON t REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION lg();
-- ignore: notices
DROP TABLE t CASCADE;
-- reference tables without key
DELETE FROM log;
CREATE TABLE r (id int, "Sp c" text, x numeric(10, 2));
-- cluster: SELECT create_reference_table('r')
CREATE TRIGGER u AFTER UPDATE ON r REFERENCING NEW TABLE AS n OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION lgu();
CREATE TRIGGER d AFTER DELETE ON r REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION lgd();
INSERT INTO r VALUES (1, 'a', 1.5), (1, 'a', 1.5), (2, NULL, 3);
UPDATE r SET x = x + 1;
DELETE FROM r WHERE id = 1;
MERGE INTO r USING (VALUES (2), (7)) v(a) ON r.id = v.a WHEN MATCHED THEN UPDATE SET x = 0 WHEN NOT MATCHED THEN INSERT VALUES (v.a, 'm', 1);
UPDATE r SET x = v.a FROM (VALUES (2), (7)) v(a) WHERE r.id = v.a;
SELECT line FROM log ORDER BY n;
DELETE FROM log;
-- partitioned tables
CREATE TABLE p (a int, b int, c text, PRIMARY KEY (a, b)) PARTITION BY RANGE (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 (c text, b int NOT NULL, a int NOT NULL);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);
-- cluster: SELECT create_distributed_table('p', 'a')
CREATE TRIGGER u AFTER UPDATE ON p REFERENCING NEW TABLE AS n OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION lgu();
CREATE TRIGGER d AFTER DELETE ON p REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION lgd();
INSERT INTO p VALUES (1, 1, 'x'), (2, 12, 'y'), (3, 3, 'z');
UPDATE p SET c = c || '!';
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
INSERT INTO p VALUES (5, 25, 'n');
UPDATE p SET c = 'q' WHERE a = 5;
UPDATE p SET b = b + 10 WHERE a = 1;
DO $$ BEGIN UPDATE p SET c = 'w' WHERE a = 5; DELETE FROM p WHERE a = 3; END $$;
UPDATE p3 SET c = 'by name' WHERE a = 5;
UPDATE p SET c = 'not by name' WHERE a = 5;
DELETE FROM p3;
DELETE FROM p;
SELECT line FROM log ORDER BY n;
DELETE FROM log;
-- statements within statements on the same table
CREATE TABLE s (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('s', NULL)
CREATE FUNCTION nest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'depth % o % n %', pg_trigger_depth(), (SELECT string_agg(o::text, ' ' ORDER BY id) FROM o), (SELECT string_agg(n::text, ' ' ORDER BY id) FROM n);
  IF EXISTS (SELECT FROM n WHERE v < 5) THEN
    UPDATE s SET v = v + 1 WHERE v < 5 AND id IN (SELECT id FROM n);
  END IF;
  RAISE NOTICE 'again o % n %', (SELECT string_agg(o::text, ' ' ORDER BY id) FROM o), (SELECT string_agg(n::text, ' ' ORDER BY id) FROM n);
  RETURN NULL;
END $$;
CREATE TRIGGER nest AFTER UPDATE ON s REFERENCING NEW TABLE AS n OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION nest();
INSERT INTO s VALUES (1, 2), (2, 4), (3, 9);
UPDATE s SET v = v + 1 WHERE id < 3;
CREATE FUNCTION inner_update() RETURNS int LANGUAGE plpgsql AS $$ BEGIN UPDATE s SET v = 60 WHERE id = 3; RETURN 7; END $$;
UPDATE s SET v = inner_update() WHERE id = 1;
SELECT * FROM s ORDER BY id;
-- cluster: SELECT undistribute_table('s')
UPDATE s SET v = 70 WHERE id = 1;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 's'::regclass;
-- Nobody but Tangelo writes to a stage.
-- cluster: DO $$ BEGIN EXECUTE format('UPDATE pg_catalog.tangelo_stage_u%s SET x = 0', 'r'::regclass::oid); RAISE EXCEPTION 'allowed'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
-- cluster: DO $$ BEGIN PERFORM tangelo_begin_stage('r'::regclass, 'u'); RAISE EXCEPTION 'allowed'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
-- cluster: DO $$ BEGIN PERFORM tangelo_end_stage('r'::regclass, 'u'); RAISE EXCEPTION 'allowed'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
-- cluster: DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM pg_catalog.tangelo_staged) AND NOT EXISTS (SELECT FROM pg_catalog.tangelo_staged_row); END $$
DROP TABLE s, p, r, log;
