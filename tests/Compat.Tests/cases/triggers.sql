-- What trigger functions of distributed and reference tables can do.
CREATE TABLE log (seq serial, line text);
CREATE FUNCTION lg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log(line) VALUES (concat_ws(' ', TG_WHEN, TG_LEVEL, TG_OP, TG_TABLE_NAME, TG_ARGV[0], CASE WHEN TG_OP <> 'INSERT' AND TG_LEVEL='ROW' THEN OLD::text END, CASE WHEN TG_OP <> 'DELETE' AND TG_LEVEL='ROW' THEN NEW::text END));
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
-- reference table without key, duplicates
CREATE TABLE n (a int, b text, f float8);
-- cluster: SELECT create_reference_table('n')
CREATE TRIGGER n_b BEFORE INSERT OR UPDATE OR DELETE ON n FOR EACH ROW EXECUTE FUNCTION lg('x''y');
CREATE TRIGGER n_a AFTER INSERT OR UPDATE OR DELETE ON n FOR EACH ROW EXECUTE FUNCTION lg();
INSERT INTO n VALUES (1,'a',0.1),(1,'a',0.1),(2,NULL,1e-30);
UPDATE n SET b = 'q' WHERE a = 2;
UPDATE n SET b = 'q' WHERE a = 1 RETURNING *;
DELETE FROM n WHERE a = 2;
UPDATE n SET f = f * 3;
SELECT * FROM n ORDER BY 1,2,3;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
UPDATE n SET b = 'joined' FROM generate_series(1,1) g WHERE g = n.a;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- single shard
CREATE TABLE s (a int PRIMARY KEY, b text);
-- cluster: SELECT create_distributed_table('s', NULL)
CREATE TRIGGER s_b BEFORE INSERT OR UPDATE OR DELETE ON s FOR EACH ROW EXECUTE FUNCTION lg();
INSERT INTO s VALUES (1,'a'),(2,'b');
UPDATE s SET b = 'x' WHERE a = 1;
DELETE FROM s WHERE a = 2;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- a trigger that changes its own table
CREATE TABLE tree (id int PRIMARY KEY, parent int, cnt int DEFAULT 0);
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN UPDATE tree SET cnt = cnt + 1 WHERE id = NEW.parent; RETURN NULL; END IF;
  UPDATE tree SET cnt = cnt - 1 WHERE id = OLD.parent; RETURN NULL;
END $$;
CREATE TRIGGER tr AFTER INSERT OR DELETE ON tree FOR EACH ROW EXECUTE FUNCTION count_up();
-- cluster: SELECT create_distributed_table('tree', 'id')
INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 1), (4, 3), (5, 5);
SELECT * FROM tree ORDER BY id;
DELETE FROM tree WHERE id = 4;
SELECT * FROM tree ORDER BY id;
-- a trigger that inserts into its own table
CREATE FUNCTION double() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id < 1000 THEN INSERT INTO tree VALUES (NEW.id + 1000, NEW.id); END IF;
  RAISE NOTICE 'after % : %', NEW.id, (SELECT count(*) FROM tree);
  RETURN NULL;
END $$;
CREATE TRIGGER tz AFTER INSERT ON tree FOR EACH ROW EXECUTE FUNCTION double();
INSERT INTO tree VALUES (10, 1), (11, 10);
SELECT * FROM tree ORDER BY id;
CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM tree WHERE id = NEW.id; RETURN NULL; END $$;
DROP TRIGGER tz ON tree;
CREATE TRIGGER undo AFTER INSERT ON tree FOR EACH ROW WHEN (NEW.id > 5000) EXECUTE FUNCTION undo();
INSERT INTO tree VALUES (6000, 1), (600, 1);
SELECT * FROM tree ORDER BY id;
-- skip rows
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'DELETE' THEN IF OLD.id % 2 = 0 THEN RETURN NULL; END IF; RETURN OLD; END IF; IF NEW.id % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER aa BEFORE INSERT OR UPDATE OR DELETE ON tree FOR EACH ROW EXECUTE FUNCTION skip();
INSERT INTO tree SELECT g, 1 FROM generate_series(100, 105) g;
UPDATE tree SET parent = 2 WHERE id BETWEEN 100 AND 105 RETURNING id;
DELETE FROM tree WHERE id >= 100;
SELECT * FROM tree ORDER BY id;
-- transition table
CREATE FUNCTION trans() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'new rows: %', (SELECT string_agg(n::text, ' ' ORDER BY id) FROM nt n); RETURN NULL; END $$;
CREATE TRIGGER zt AFTER INSERT ON tree REFERENCING NEW TABLE AS nt FOR EACH STATEMENT EXECUTE FUNCTION trans();
INSERT INTO tree SELECT g, 1 FROM generate_series(200, 205) g;
-- constraint triggers
CREATE FUNCTION chk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT sum(cnt) FROM tree) > 100 THEN RAISE EXCEPTION 'sum too big'; END IF; RAISE NOTICE 'checked % %', NEW.id, (SELECT count(*) FROM tree); UPDATE tree SET cnt = 7 WHERE id = NEW.id; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON tree DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chk();
BEGIN;
INSERT INTO tree VALUES (301, 1), (303,1);
SELECT count(*) FROM tree;
COMMIT;
SELECT * FROM tree WHERE id > 300 ORDER BY id;
BEGIN;
INSERT INTO tree VALUES (305, 1);
SET CONSTRAINTS ct IMMEDIATE;
ROLLBACK;
INSERT INTO tree VALUES (307, 1);
INSERT INTO tree VALUES (309, 1, 99999);
SELECT * FROM tree WHERE id > 300 ORDER BY id;
-- errors
CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  x int;
BEGIN
  x := 1 / (NEW.id - NEW.id);
  RETURN NEW;
END $$;
CREATE TRIGGER bad BEFORE UPDATE ON s FOR EACH ROW EXECUTE FUNCTION bad();
UPDATE s SET b = 'k';
DROP TRIGGER bad ON s;
CREATE FUNCTION bad2() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  x int;
BEGIN
  x := 1 / (NEW.a - NEW.a);
  RETURN NEW;
END;
$$;
CREATE TRIGGER bad BEFORE UPDATE ON s FOR EACH ROW EXECUTE FUNCTION bad2();
UPDATE s SET b = 'k';
CREATE TRIGGER bad BEFORE UPDATE ON s FOR EACH ROW EXECUTE FUNCTION bad2();
CREATE TRIGGER bad3 BEFORE UPDATE OF zz ON s FOR EACH ROW EXECUTE FUNCTION bad2();
CREATE TRIGGER bad3 BEFORE UPDATE ON s FOR EACH ROW EXECUTE FUNCTION nope();
DROP TRIGGER zzz ON s;
DROP TRIGGER IF EXISTS zzz ON s;
ALTER TABLE s DROP COLUMN b;
CREATE TRIGGER bof BEFORE UPDATE OF b ON s FOR EACH ROW EXECUTE FUNCTION lg();
ALTER TABLE s DROP COLUMN b;
ALTER TABLE s RENAME b TO c;
DROP TRIGGER bad ON s;
UPDATE s SET c = 'k';
ALTER TABLE s RENAME TO s2;
UPDATE s2 SET c = 'l';
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
DROP FUNCTION lg() CASCADE;
UPDATE s2 SET c = 'l';
-- ignore: origins
SELECT tgname, tgrelid::regclass, tgfoid::regproc FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) ORDER BY 1;
-- ignore: origins
SELECT trigger_name, event_manipulation, event_object_table, action_statement FROM information_schema.triggers WHERE trigger_schema = current_schema() ORDER BY 1,2,3;
-- ignore: origins
SELECT proname FROM pg_proc WHERE proname LIKE '%tangelo%';
DROP TABLE tree, n, s2, log; DROP FUNCTION bad2, bad, chk, trans, skip, undo, double, count_up;
-- Types that are found by the search_path.
CREATE TABLE typed (id int PRIMARY KEY, v text);
CREATE FUNCTION by_type() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  x typed.v%TYPE;
  y typed%ROWTYPE;
BEGIN
  x := upper(NEW.v);
  y := NEW;
  y.v := x;
  RETURN y;
END $$;
-- cluster: SELECT create_distributed_table('typed', 'id')
CREATE TRIGGER by_type BEFORE INSERT OR UPDATE ON typed FOR EACH ROW EXECUTE FUNCTION by_type();
INSERT INTO typed VALUES (1, 'a');
UPDATE typed SET v = 'b';
SELECT * FROM typed;
