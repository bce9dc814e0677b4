-- Rows that an UPDATE moves to another partition pass triggers as they are, whatever their types; constraint triggers are deferred, and partitions are of all kinds.
CREATE TABLE log (n serial, m text);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (x int, y text);
CREATE TABLE p (id int, b date, f float8, t timestamptz, i interval, a text[], m mood, c pair, w text, j jsonb, y bytea, n numeric, PRIMARY KEY (id, b)) PARTITION BY RANGE (b);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE p_d PARTITION OF p DEFAULT;
-- cluster: SELECT create_distributed_table('p', 'id')
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (m) VALUES (concat_ws(' ', TG_NAME, TG_WHEN, TG_OP, TG_LEVEL, TG_TABLE_NAME, TG_RELID::regclass, to_jsonb(OLD), '->', to_jsonb(NEW), TG_NARGS, TG_ARGV[0], OLD IS NULL, NEW IS NULL));
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION show() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT m FROM log ORDER BY n; DELETE FROM log; RETURN QUERY SELECT p::text FROM p ORDER BY id; END';
INSERT INTO p VALUES (1, '2020-01-05', 0.1::float8 + 0.2, '2020-01-01 00:00:00.123456+00', '1 year 2 mons 3 days 04:05:06.789', '{"a b",NULL,"\"q,"}', 'ok', '(1,"a ""b, c")', E'line\nbreak''"\\', '{"a": [1, null]}', '\x00ff', 1.2300), (2, '2020-01-06', 'NaN', 'infinity', NULL, '{}', NULL, NULL, '', 'null', '', 'NaN'), (3, '2020-02-03');
CREATE TRIGGER a BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION note('1');
CREATE TRIGGER b BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION note('2');
SET datestyle = 'SQL, DMY';
SET intervalstyle = iso_8601;
SET extra_float_digits = -5;
SET timezone = 'Asia/Kolkata';
SET bytea_output = escape;
UPDATE p SET b = b + 31 WHERE id = 1;
UPDATE p SET b = b + 31 WHERE id = 2;
UPDATE p SET b = b + 31 WHERE id = 3;
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
RESET timezone;
RESET bytea_output;
SELECT tableoid::regclass, p, f = 0.1::float8 + 0.2 FROM p ORDER BY id;
-- ordered
SELECT show();
UPDATE p SET b = '2030-01-01', w = w || 'x' WHERE id = 1;
UPDATE p SET b = '2020-01-01', w = 'y' WHERE id IN (1, 3) RETURNING *;
SELECT * FROM show();
DROP TRIGGER b ON p;
-- deferrable constraint triggers
CREATE CONSTRAINT TRIGGER c1 AFTER INSERT OR UPDATE OR DELETE ON p DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note('d');
CREATE CONSTRAINT TRIGGER c2 AFTER INSERT OR DELETE ON p DEFERRABLE FOR EACH ROW EXECUTE FUNCTION note('e');
CREATE CONSTRAINT TRIGGER c3 AFTER UPDATE ON p DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.b < '2021-01-01') EXECUTE FUNCTION note('f');
CREATE CONSTRAINT TRIGGER c4 AFTER INSERT ON p FOR EACH ROW WHEN (NEW.b < '2020-04-01') EXECUTE FUNCTION note('g');
CREATE CONSTRAINT TRIGGER c5 AFTER DELETE ON p DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.id = 3) EXECUTE FUNCTION note('h');
BEGIN;
UPDATE p SET b = '2020-02-05' WHERE id = 1;
INSERT INTO log (m) VALUES ('now');
UPDATE p SET w = 'zz' WHERE id = 1;
COMMIT;
-- ordered
SELECT show();
BEGIN;
SET CONSTRAINTS c1 IMMEDIATE;
SET CONSTRAINTS c2 DEFERRED;
UPDATE p SET b = '2020-02-05' WHERE id = 2;
UPDATE p SET b = '2020-02-05' WHERE id = 3;
INSERT INTO log (m) VALUES ('now');
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO log (m) VALUES ('then');
COMMIT;
-- ordered
SELECT show();
BEGIN;
UPDATE p SET b = '2020-01-05' WHERE id = 3;
SAVEPOINT s;
UPDATE p SET b = '2020-01-05' WHERE id = 2;
ROLLBACK TO s;
COMMIT;
-- ordered
SELECT show();
DROP TRIGGER a ON p;
DROP TRIGGER c1 ON p;
DROP TRIGGER c2 ON p;
DROP TRIGGER c3 ON p;
DROP TRIGGER c4 ON p;
DROP TRIGGER c5 ON p;
-- hash, list, expressions
CREATE TABLE h (id int, k int, v text) PARTITION BY LIST ((k % 3));
CREATE TABLE h_0 PARTITION OF h FOR VALUES IN (0) PARTITION BY HASH (v);
CREATE TABLE h_00 PARTITION OF h_0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE h_01 PARTITION OF h_0 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE h_1 PARTITION OF h FOR VALUES IN (1, NULL);
CREATE TABLE h_2 PARTITION OF h DEFAULT;
-- cluster: SELECT create_distributed_table('h', 'id')
INSERT INTO h SELECT i, i, 'v' || i FROM generate_series(1, 9) i;
CREATE TRIGGER a AFTER INSERT OR DELETE ON h FOR EACH ROW EXECUTE FUNCTION note();
UPDATE h SET k = k + 1 WHERE id = 1;
UPDATE h SET k = NULL WHERE id = 2;
UPDATE h SET v = 'w' || id WHERE id = 3;
UPDATE h SET v = 'x' || id WHERE id = 3;
UPDATE h SET v = 'y' || id WHERE id = 3;
UPDATE h SET k = 30, v = 'y' || id WHERE id = 4;
UPDATE h_0 SET k = 33, v = 'zz' || id WHERE id = 4;
UPDATE h_0 SET v = 'y' WHERE id = 6;
UPDATE h_0 SET v = 'y1' WHERE id = 6;
UPDATE h_0 SET v = 'y2' WHERE id = 6;
UPDATE h_0 SET v = 'y3' WHERE id = 6;
UPDATE h_0 SET k = 1 WHERE id = 6;
UPDATE h_2 SET k = 1 WHERE id = 8;
SELECT m FROM log ORDER BY n;
SELECT tableoid::regclass, * FROM h ORDER BY id;
-- ON CONFLICT
CREATE TRIGGER a BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION note('1');
INSERT INTO p (id, b) VALUES (1, '2020-02-05') ON CONFLICT (id, b) DO UPDATE SET b = '2020-01-01';
INSERT INTO p (id, b) VALUES (1, '2020-02-05') ON CONFLICT (id, b) DO UPDATE SET w = 'cc';
CREATE TRIGGER a2 AFTER UPDATE ON p FOR EACH ROW EXECUTE FUNCTION note('1');
-- differs: [0A000] what is inserted passes the coordinator, where partitions have no indexes
INSERT INTO p (id, b) VALUES (1, '2020-02-05') ON CONFLICT (id, b) DO UPDATE SET b = '2020-01-01';
CREATE TRIGGER a3 BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION note('1');
-- differs: [0A000] the same
INSERT INTO p (id, b) VALUES (1, '2020-02-05') ON CONFLICT (id, b) DO UPDATE SET b = '2020-01-01';
-- ordered
SELECT show();
-- ignore: origins
SELECT tgname, tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid IN ('p'::regclass, 'p_1'::regclass, 'h'::regclass) AND NOT tgisinternal ORDER BY 1, 2;
DROP FUNCTION note();
ALTER TABLE p DROP COLUMN j;
DROP FUNCTION note() CASCADE;
UPDATE p SET b = '2020-01-05' WHERE id = 1;
DROP TABLE p, h;
