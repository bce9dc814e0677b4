-- Row triggers where an UPDATE moves a row to another partition: what they change, skip, raise and write themselves.
CREATE TABLE log (n serial, m text);
CREATE TABLE p (id int, b int, v int, w text) PARTITION BY RANGE (b);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p_3 PARTITION OF p FOR VALUES FROM (20) TO (30);
-- cluster: SELECT create_distributed_table('p', 'id')
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (m) VALUES (concat_ws(' ', TG_NAME, TG_WHEN, TG_OP, TG_LEVEL, TG_TABLE_NAME, TG_RELID::regclass, to_jsonb(OLD), '->', to_jsonb(NEW), TG_NARGS, TG_ARGV[0], pg_trigger_depth(), OLD IS NULL, NEW IS NULL));
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION reset() RETURNS void LANGUAGE sql AS 'SET session_replication_role = replica; DELETE FROM p; INSERT INTO p VALUES (1, 1, 1, ''a''), (2, 2, 2, ''b''), (3, 13, 3, ''c''), (4, 24, 1, ''d''), (5, 25, 9, ''e''); DELETE FROM log; SET session_replication_role = origin';
CREATE FUNCTION show() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT m FROM log ORDER BY n; DELETE FROM log; RETURN QUERY SELECT p::text FROM p ORDER BY id; END';
CREATE TRIGGER k AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION note();
-- changes
CREATE FUNCTION chg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.w := concat(NEW.w, TG_OP, TG_ARGV[0]);
  RETURN NEW;
END $$;
CREATE TRIGGER c1 BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION chg('1');
CREATE TRIGGER c2 BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION chg('2');
SELECT reset();
UPDATE p SET b = 11 WHERE id = 1 RETURNING *;
UPDATE p SET v = 11 WHERE id = 1 RETURNING *;
-- ordered
SELECT show();
-- update trigger moves
CREATE FUNCTION mover() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b := (OLD.b + 10) % 30; RETURN NEW; END $$;
CREATE TRIGGER m1 BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION mover();
SELECT reset();
UPDATE p SET v = 7 WHERE id = 1 RETURNING *;
UPDATE p SET v = 7;
SELECT show();
DROP TRIGGER m1 ON p;
-- insert trigger moves again
CREATE FUNCTION mover2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b := (NEW.b + 10) % 30; RETURN NEW; END $$;
CREATE TRIGGER m2 BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION mover2();
SELECT reset();
UPDATE p SET b = 11 WHERE id = 1 RETURNING *;
DROP TRIGGER m2 ON p;
-- ordered
SELECT show();
-- NULL from BEFORE DELETE
CREATE FUNCTION nope() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION retnew() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id % 2 = 1 THEN RETURN NULL; END IF; RETURN OLD; END $$;
CREATE TRIGGER n1 BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION nope();
SELECT reset();
UPDATE p SET b = 11 WHERE id = 1 RETURNING *;
UPDATE p SET v = 11 WHERE id = 1 RETURNING *;
-- ordered
SELECT show();
DROP TRIGGER n1 ON p;
CREATE TRIGGER n1 BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION retnew();
UPDATE p SET b = 11 WHERE id = 1 RETURNING *;
DROP TRIGGER n1 ON p;
CREATE TRIGGER n1 BEFORE DELETE ON p_1 FOR EACH ROW EXECUTE FUNCTION odd();
SELECT reset();
UPDATE p SET b = (b + 10) % 30;
SELECT show();
DROP TRIGGER n1 ON p_1;
-- exceptions
CREATE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'boom % %', TG_OP, TG_TABLE_NAME; END $$;
CREATE TRIGGER x1 BEFORE DELETE ON p FOR EACH ROW WHEN (OLD.id = 1) EXECUTE FUNCTION boom();
CREATE TRIGGER x2 AFTER DELETE ON p FOR EACH ROW WHEN (OLD.id = 2) EXECUTE FUNCTION boom();
CREATE TRIGGER x3 BEFORE INSERT ON p FOR EACH ROW WHEN (NEW.id = 3) EXECUTE FUNCTION boom();
CREATE TRIGGER x4 AFTER INSERT ON p FOR EACH ROW WHEN (NEW.id = 4) EXECUTE FUNCTION boom();
SELECT reset();
UPDATE p SET b = 11 WHERE id = 1;
UPDATE p SET b = 11 WHERE id = 2;
UPDATE p SET b = 1 WHERE id = 3;
UPDATE p SET b = 1 WHERE id = 4;
-- ordered
SELECT show();
DO $$ BEGIN
  FOR i IN 1 .. 5 LOOP
    BEGIN UPDATE p SET b = (b + 10) % 30 WHERE id = i; EXCEPTION WHEN raise_exception THEN INSERT INTO log (m) VALUES (SQLERRM); END;
  END LOOP;
  UPDATE p SET w = 'x' WHERE id = 5;
END $$;
-- ordered
SELECT show();
BEGIN;
SAVEPOINT s;
UPDATE p SET b = 1 WHERE id = 3;
ROLLBACK TO s;
UPDATE p SET b = 21, id = id WHERE id = 5;
UPDATE p SET w = 'y' WHERE id = 5;
COMMIT;
-- ordered
SELECT show();
DROP TRIGGER x1 ON p;
DROP TRIGGER x2 ON p;
DROP TRIGGER x3 ON p;
DROP TRIGGER x4 ON p;
-- nested
CREATE FUNCTION nest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 3 THEN UPDATE p SET b = (b + 10) % 30 WHERE id = COALESCE(NEW.id, OLD.id) % 5 + 1; END IF;
  RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER y1 AFTER DELETE ON p FOR EACH ROW EXECUTE FUNCTION nest();
SELECT reset();
UPDATE p SET b = 11 WHERE id = 1;
-- ordered
SELECT show();
DROP TRIGGER y1 ON p;
CREATE TRIGGER y1 AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION nest();
SELECT reset();
UPDATE p SET b = 11 WHERE id = 1;
-- ordered
SELECT show();
DROP TRIGGER y1 ON p;
-- transition tables
CREATE FUNCTION tt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (m) SELECT concat('tt ', TG_OP, TG_LEVEL, (SELECT string_agg(o::text, ',' ORDER BY id) FROM o), '/', (SELECT string_agg(n::text, ',' ORDER BY id) FROM n));
  RETURN NULL;
END $$;
CREATE TRIGGER t1 AFTER UPDATE ON p REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION tt();
SELECT reset();
UPDATE p SET b = (b + 10) % 30;
SELECT regexp_replace(m, '^(a)', '\1') FROM log ORDER BY m; DELETE FROM log;
UPDATE p SET b = 28 WHERE id = 1;
-- ordered
SELECT show();
-- distribution column and partition
UPDATE p SET id = 100, b = 1 WHERE id = 1 RETURNING *;
UPDATE p SET id = id + 100, b = 1 WHERE id = 5;
-- ordered
SELECT show();
-- joins, with
CREATE TABLE j (id int, b int);
-- cluster: SELECT create_distributed_table('j', 'id')
INSERT INTO j VALUES (2, 25), (3, 5);
UPDATE p SET b = j.b FROM j WHERE j.id = p.id AND p.id = 2 RETURNING p.*, j.*;
-- ordered
SELECT show();
UPDATE p SET b = j.b FROM j WHERE j.id = p.id RETURNING p.*, j.*;
SELECT count(*) FROM show();
DROP TRIGGER t1 ON p;
MERGE INTO p USING j ON p.id = j.id WHEN MATCHED THEN UPDATE SET b = (p.b + 10) % 30;
SELECT m FROM log ORDER BY m;
DELETE FROM log;
MERGE INTO p USING j ON p.id = j.id WHEN MATCHED AND p.id = 2 THEN UPDATE SET b = (p.b + 10) % 30 WHEN MATCHED THEN DELETE;
SELECT m FROM log ORDER BY m;
