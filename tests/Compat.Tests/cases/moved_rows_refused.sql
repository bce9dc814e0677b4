-- What is refused where an UPDATE moves a row to another partition, and leaves the session as it was.
CREATE TABLE log (n serial, m text);
CREATE TABLE p (id int, b int, v int, g int GENERATED ALWAYS AS (v * 2) STORED) PARTITION BY RANGE (b);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p_3 (v int, b int, id int, g int GENERATED ALWAYS AS (v * 2) STORED);
ALTER TABLE p ATTACH PARTITION p_3 FOR VALUES FROM (20) TO (30);
-- cluster: SELECT create_distributed_table('p', 'id')
INSERT INTO p VALUES (1, 1, 1), (2, 2, 2), (3, 13, 3), (4, 24, 4);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (m) VALUES (concat_ws(' ', TG_NAME, TG_OP, TG_TABLE_NAME, to_jsonb(OLD), '->', to_jsonb(NEW)));
  RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER k AFTER DELETE ON p FOR EACH ROW EXECUTE FUNCTION note();
-- Without triggers for INSERT the order of columns does not matter.
BEGIN;
UPDATE p SET b = 21 WHERE id = 1;
UPDATE p SET b = 1 WHERE id = 4;
SELECT m FROM log ORDER BY n;
ROLLBACK;
CREATE TRIGGER i AFTER INSERT ON p_3 FOR EACH ROW EXECUTE FUNCTION note();
BEGIN;
SAVEPOINT s;
-- differs: [0A000] the trigger would be given the columns in another order
UPDATE p SET b = 21 WHERE id = 1;
ROLLBACK TO s;
UPDATE p SET b = 1 WHERE id = 4;
SELECT m FROM log ORDER BY n;
ROLLBACK;
DROP TRIGGER i ON p_3;
CREATE TRIGGER i BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION note();
BEGIN;
SAVEPOINT s;
-- differs: [0A000] the generated column is not computed yet
UPDATE p SET b = 11 WHERE id = 1;
ROLLBACK TO s;
UPDATE p SET v = 11 WHERE id = 1;
ROLLBACK;
DROP TRIGGER i ON p;
ALTER TABLE p DROP COLUMN g;
CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  BEGIN PERFORM 1 / (NEW.v - NEW.v); EXCEPTION WHEN division_by_zero THEN NULL; END;
  NEW.v := (SELECT count(*) FROM p WHERE id = NEW.id);
  RETURN NEW;
END $$;
CREATE TRIGGER i BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION counts();
BEGIN;
SAVEPOINT s;
-- differs: [0A000] the row would still be counted
UPDATE p SET b = 11 WHERE id = 1;
ROLLBACK TO s;
INSERT INTO p VALUES (9, 9);
SELECT * FROM p ORDER BY id;
ROLLBACK;
DO $$ BEGIN
  BEGIN UPDATE p SET b = 11 WHERE id = 1; RAISE feature_not_supported; EXCEPTION WHEN feature_not_supported THEN NULL; END;
  INSERT INTO p VALUES (9, 9);
END $$;
SELECT * FROM p WHERE id = 9;
DROP TRIGGER i ON p;
CREATE FUNCTION nope() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER i BEFORE INSERT ON p_2 FOR EACH ROW EXECUTE FUNCTION nope();
BEGIN;
SAVEPOINT s;
-- differs: [0A000] the row would be deleted
UPDATE p SET b = 11 WHERE id = 2;
ROLLBACK TO s;
-- differs: [0A000] the same
UPDATE p SET b = 11 WHERE id < 3;
ROLLBACK TO s;
INSERT INTO p VALUES (8, 18);
UPDATE p SET b = 3 WHERE id = 3;
SELECT m FROM log ORDER BY n;
ROLLBACK;
DROP TRIGGER i ON p_2;
CREATE TRIGGER "é" AFTER UPDATE ON p FOR EACH ROW EXECUTE FUNCTION note();
BEGIN;
SAVEPOINT s;
-- differs: [0A000] the trigger would fire for UPDATE
UPDATE p SET b = 11 WHERE id = 2;
ROLLBACK TO s;
UPDATE p SET b = 5 WHERE id = 2;
SELECT m FROM log ORDER BY n;
ROLLBACK;
ALTER TRIGGER "é" ON p RENAME TO e;
ALTER TABLE p ENABLE ALWAYS TRIGGER e;
BEGIN;
SAVEPOINT s;
-- differs: [0A000] the same
UPDATE p SET b = 11 WHERE id = 2;
ROLLBACK TO s;
UPDATE p SET b = 5 WHERE id = 2;
ROLLBACK;
ALTER TABLE p ENABLE TRIGGER e;
ALTER TABLE p ENABLE ALWAYS TRIGGER k;
SET session_replication_role = replica;
UPDATE p SET b = 11 WHERE id = 2;
RESET session_replication_role;
SELECT m FROM log ORDER BY n;
UPDATE p SET b = 5 WHERE id = 2;
SELECT m FROM log ORDER BY n;
CREATE TRIGGER w BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('x', 'pg_catalog.simple', 'y');
-- differs: [0A000] only functions in PL/pgSQL can be told of INSERT in an UPDATE
UPDATE p SET b = 11 WHERE id = 2;
