-- Row triggers fire exactly once for each logical row, statement triggers once for each statement: counted for every kind of writing.
CREATE TABLE fired (tab text, op text, at text, id int, old int, new int);
CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN INSERT INTO fired VALUES (TG_TABLE_NAME, TG_OP, TG_WHEN || ' all'); RETURN NULL; END IF;
  INSERT INTO fired VALUES (TG_TABLE_NAME, TG_OP, TG_WHEN, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, CASE WHEN TG_OP <> 'INSERT' THEN OLD.v END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.v END);
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE VIEW counted AS SELECT tab, op, at, count(*), count(DISTINCT id) AS rows, sum(old) AS old, sum(new) AS new FROM fired GROUP BY 1, 2, 3;
CREATE PROCEDURE watch(t text) LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('CREATE TRIGGER b BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION fire()', t);
  EXECUTE format('CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION fire()', t);
  EXECUTE format('CREATE TRIGGER c BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION fire()', t);
  EXECUTE format('CREATE TRIGGER d AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION fire()', t);
END $$;
CREATE TABLE src (id int PRIMARY KEY, k int, v int);
CREATE TABLE far (k int PRIMARY KEY, v int);
CREATE TABLE loc (id int, v int);
CREATE TABLE d (id int PRIMARY KEY, v int, k int);
CREATE TABLE r (id int PRIMARY KEY, v int, k int);
CREATE TABLE n (id int, v int, k int);
CREATE TABLE s (id int PRIMARY KEY, v int, k int);
CREATE TABLE l (id int PRIMARY KEY, v int, k int);
CREATE TABLE p (id int, v int, k int) PARTITION BY RANGE (v);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (MINVALUE) TO (50);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (50) TO (MAXVALUE);
-- cluster: SELECT create_distributed_table('src', 'id')
-- cluster: SELECT create_distributed_table('far', 'k', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('d', 'id', colocate_with => 'src')
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_reference_table('n')
-- cluster: SELECT create_distributed_table('s', NULL)
-- cluster: SELECT create_distributed_table('p', 'id')
INSERT INTO src SELECT i, i % 7, i FROM generate_series(1, 40) i;
INSERT INTO far SELECT i, i * 10 FROM generate_series(0, 6) i;
INSERT INTO loc SELECT i, i FROM generate_series(1, 20) i;
CALL watch('d');
CALL watch('r');
CALL watch('n');
CALL watch('s');
CALL watch('p');
-- Rows of VALUES, from one shard and from all, with parameters, by COPY.
INSERT INTO d VALUES (1, 1), (2, 2), (3, 3);
-- params: 4 | 4
-- params: 5 | 5
INSERT INTO d VALUES ($1, $2);
COPY d (id, v) FROM STDIN;
6	6
7	7
\.
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- INSERT ... SELECT: co-located, repartitioned, of local rows, of one's own.
INSERT INTO d SELECT id + 100, v FROM src WHERE id > 30;
INSERT INTO d SELECT id, v FROM src WHERE id > 10 AND id < 20;
INSERT INTO d SELECT k + 200, v FROM far;
INSERT INTO d SELECT src.id + 300, far.v FROM src JOIN far USING (k) WHERE src.id < 9;
INSERT INTO d SELECT id + 400, v FROM loc;
INSERT INTO d SELECT id + 1000, v FROM d;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- UPDATE: one row, many, by joins, subqueries, from the key to another shard, nothing.
UPDATE d SET v = v + 1 WHERE id = 1;
UPDATE d SET v = v + 1;
UPDATE d SET v = far.v FROM far WHERE far.k + 200 = d.id;
UPDATE d SET v = src.v FROM src WHERE src.id = d.id AND src.id BETWEEN 11 AND 15;
UPDATE d SET v = (SELECT max(v) FROM far) WHERE id BETWEEN 100 AND 140;
UPDATE d SET v = loc.v FROM loc WHERE loc.id + 400 = d.id;
UPDATE d SET v = 0 WHERE false;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
UPDATE d SET id = id + 5000 WHERE id < 4;
UPDATE d SET id = id + 10000 WHERE id > 1000 AND id < 1010 RETURNING id, v;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- ON CONFLICT.
INSERT INTO d VALUES (11, 1), (9001, 2), (12, 3), (9002, 4) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
INSERT INTO d VALUES (11, 1), (9003, 2) ON CONFLICT DO NOTHING;
INSERT INTO d SELECT id, 7 FROM src WHERE id < 20 ON CONFLICT (id) DO UPDATE SET v = d.v + excluded.v WHERE d.id <> 13;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- In functions, WITH, cursors' places, prepared statements, dynamic SQL.
DO $$ BEGIN
  INSERT INTO d VALUES (9101, 1), (9102, 2);
  UPDATE d SET v = v + 1 WHERE id > 9100 AND id < 9200;
  EXECUTE 'INSERT INTO d SELECT id + 9200, v FROM src WHERE id < 4';
  DELETE FROM d WHERE id = 9101;
  FOR i IN 9300..9302 LOOP INSERT INTO d VALUES (i, 1); END LOOP;
END $$;
CREATE FUNCTION add(i int) RETURNS void LANGUAGE sql AS 'INSERT INTO d VALUES (i, 1); UPDATE d SET v = 2 WHERE id = i';
SELECT add(9400), add(9401);
WITH x AS (INSERT INTO d VALUES (9501, 1), (9502, 2) RETURNING id), y AS (DELETE FROM d WHERE id IN (9400, 9401) RETURNING id) SELECT (SELECT count(*) FROM x), (SELECT count(*) FROM y);
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- DELETE.
DELETE FROM d WHERE id = 9501;
DELETE FROM d USING far WHERE far.k + 200 = d.id;
DELETE FROM d USING loc WHERE loc.id + 400 = d.id RETURNING d.id;
DELETE FROM d WHERE id IN (SELECT id FROM src WHERE id % 2 = 0);
DELETE FROM d;
DELETE FROM d;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- Rolled back: nothing has fired.
BEGIN;
INSERT INTO d VALUES (1, 1);
SAVEPOINT a;
INSERT INTO d VALUES (2, 2), (1, 1);
ROLLBACK TO a;
INSERT INTO d VALUES (3, 3);
COMMIT;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- Reference tables, whose copies are on every node, with a key and without.
INSERT INTO r VALUES (1, 1), (2, 2), (3, 3);
COPY r (id, v) FROM STDIN;
6	6
7	7
\.
INSERT INTO r SELECT id, v FROM src WHERE id > 30;
INSERT INTO r SELECT k + 100, v FROM far ON CONFLICT DO NOTHING;
INSERT INTO r VALUES (1, 1), (100, 2), (300, 3) ON CONFLICT (id) DO UPDATE SET v = 9;
UPDATE r SET v = v + 1 WHERE id = 1;
UPDATE r SET v = r.v + far.v FROM far WHERE far.k + 100 = r.id;
UPDATE r SET id = id + 1000 WHERE id < 10;
DELETE FROM r USING src WHERE src.id = r.id;
DELETE FROM r;
INSERT INTO n VALUES (1, 1), (1, 1), (3, 3);
INSERT INTO n SELECT id, v FROM loc;
UPDATE n SET v = v + 1;
DELETE FROM n WHERE id = 1;
DELETE FROM n;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- A table with one shard.
INSERT INTO s VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO s SELECT id, v FROM src WHERE id > 30;
INSERT INTO s VALUES (1, 5), (40, 5), (50, 5) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
UPDATE s SET v = src.v FROM src WHERE src.id = s.id;
UPDATE s SET id = id + 100;
DELETE FROM s USING far WHERE s.id = far.k + 100;
DELETE FROM s;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- A partitioned table.
INSERT INTO p SELECT i, i FROM generate_series(1, 100) i;
COPY p (id, v) FROM STDIN;
201	6
202	77
\.
INSERT INTO p SELECT id + 300, v FROM src;
UPDATE p SET k = 1 WHERE v < 20;
UPDATE p SET k = far.v FROM far WHERE far.k = p.id;
DELETE FROM p WHERE v > 90;
DELETE FROM p USING src WHERE src.id = p.id;
DO $$ BEGIN INSERT INTO p VALUES (500, 1), (501, 99); UPDATE p SET k = 5 WHERE id >= 500; DELETE FROM p WHERE id = 500; END $$;
SELECT * FROM counted ORDER BY 1, 2, 3;
TRUNCATE fired;
-- An updatable view, and MERGE of a local table that writes to one with triggers.
CREATE VIEW w AS SELECT id, v FROM d WHERE id < 1000;
INSERT INTO w VALUES (21, 1), (22, 2);
UPDATE w SET v = 5 WHERE id > 20;
DELETE FROM w WHERE id = 21;
SELECT * FROM counted ORDER BY 1, 2, 3;
