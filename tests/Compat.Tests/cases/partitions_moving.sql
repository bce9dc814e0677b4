-- Rows that an UPDATE moves to another partition, in functions and WITH, where the coordinator's partitions are foreign tables.
CREATE TABLE p (id int, made int, v int, note text, PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 (note text, v int, made int NOT NULL, id int NOT NULL);
ALTER TABLE p ATTACH PARTITION p_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE p_3 PARTITION OF p FOR VALUES FROM (20) TO (100);
CREATE TABLE e (id int, a int, b int) PARTITION BY LIST ((a + b));
CREATE TABLE e_0 PARTITION OF e FOR VALUES IN (0, 2, 4, 6, 8);
CREATE TABLE e_1 PARTITION OF e FOR VALUES IN (1, 3, 5, 7, 9);
CREATE TABLE loc (a int, b int);
-- cluster: SELECT create_distributed_table('p', 'id')
-- cluster: SELECT create_distributed_table('e', 'id')
INSERT INTO p SELECT i, i, i, 'n' || i FROM generate_series(1, 30) i;
INSERT INTO e SELECT i, i % 3, i % 4 FROM generate_series(1, 12) i;
INSERT INTO loc SELECT i, i + 11 FROM generate_series(1, 5) i;
CREATE VIEW places AS SELECT id, made, v, note, made / 10 AS at FROM p;
BEGIN;
DO 'BEGIN UPDATE p SET made = made + 9; END';
SELECT * FROM p ORDER BY id;
SELECT (SELECT count(*) FROM p_1), (SELECT count(*) FROM p_2), (SELECT count(*) FROM p_3);
DO 'BEGIN UPDATE p SET made = made + 9; UPDATE p SET made = made + 9; END';
SELECT * FROM p ORDER BY id;
DO 'BEGIN FOR i IN 1..3 LOOP UPDATE p SET made = made - 9 WHERE made < 60 - i; END LOOP; END';
SELECT * FROM p ORDER BY id;
ROLLBACK;
BEGIN;
DO 'DECLARE n int; BEGIN UPDATE p SET made = made + 10 WHERE made BETWEEN 5 AND 14; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE ''%'', n; UPDATE p SET made = 25 WHERE made = 15; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE ''%'', n; END';
SELECT * FROM p ORDER BY id, made;
ROLLBACK;
BEGIN;
CREATE FUNCTION shift(by_much int) RETURNS SETOF p LANGUAGE plpgsql AS 'BEGIN RETURN QUERY UPDATE p SET made = made + by_much, note = note || ''!'' WHERE id % 2 = 0 RETURNING *; END';
SELECT id, made, v, note FROM shift(7) ORDER BY id;
SELECT id, made, v, note FROM shift(-7) ORDER BY id;
CREATE FUNCTION joined() RETURNS bigint LANGUAGE sql AS 'WITH x AS (UPDATE p SET made = loc.b + p.made FROM loc WHERE loc.a = p.id RETURNING p.made) SELECT sum(made) FROM x';
SELECT joined();
SELECT * FROM p ORDER BY id;
CREATE FUNCTION plus(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 + 5; END';
DO 'BEGIN UPDATE p SET made = plus(made) WHERE made < 70; END';
SELECT * FROM p ORDER BY id;
ROLLBACK;
BEGIN;
WITH x AS (UPDATE p SET made = made + 9 WHERE made < 10 RETURNING id, made), y AS (DELETE FROM p WHERE made >= 10 RETURNING id) SELECT (SELECT sum(made) FROM x), (SELECT count(*) FROM y), (SELECT count(*) FROM p), (SELECT count(*) FROM p_1);
SELECT * FROM p ORDER BY id;
ROLLBACK;
BEGIN;
WITH x AS (UPDATE p SET made = made + 10 WHERE made < 20 RETURNING id, made) SELECT * FROM x ORDER BY id;
SELECT * FROM p ORDER BY id;
ROLLBACK;
-- Shard and partition at once.
BEGIN;
UPDATE p SET id = id + 1000, made = made + 10 WHERE made < 20;
SELECT * FROM p ORDER BY id;
UPDATE p x SET id = x.id + 1, made = x.made + 5 WHERE x.id = 1003 RETURNING *;
UPDATE p SET id = loc.b + 2000, made = loc.a FROM loc WHERE loc.a + 24 = p.id RETURNING p.*;
UPDATE p SET id = id WHERE false;
DO 'BEGIN UPDATE p SET id = 4000 - id, made = made + 3 WHERE made < 12; END';
SELECT * FROM p ORDER BY id, 2;
SELECT (SELECT count(*) FROM p_1), (SELECT count(*) FROM p_2), (SELECT count(*) FROM p_3);
ROLLBACK;
-- A key that is an expression; a row that fits nowhere; one that is there already.
BEGIN;
DO 'BEGIN UPDATE e SET a = a + 1; END';
SELECT id, a, b, (a + b) % 2 FROM e ORDER BY 1;
DO 'BEGIN UPDATE e SET b = b + 1 WHERE id < 6; UPDATE e SET id = id + 20 WHERE a = 1; END';
SELECT * FROM e_0 ORDER BY 1;
SELECT * FROM e_1 ORDER BY 1;
ROLLBACK;
SELECT count(*), sum(a) FROM e;
-- ignore: message, detail, where, table, schema
DO 'BEGIN UPDATE p SET made = 500 WHERE id = 3; END';
-- ignore: message, where
DO 'BEGIN UPDATE p SET made = 13, id = 13 WHERE id = 3; END';
DO 'BEGIN UPDATE p SET made = 13 WHERE id = 3; UPDATE p SET v = 1 / (id - 3) WHERE id = 3; EXCEPTION WHEN division_by_zero THEN UPDATE p SET made = made + 10 WHERE id < 15; END';
SELECT * FROM p ORDER BY id;
-- Triggers on the partitioned table.
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v := NEW.v + 1000; RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION count_up();
UPDATE p SET v = v + 1 WHERE id < 12;
SELECT * FROM p ORDER BY id;
DROP TRIGGER g ON p;
MERGE INTO p USING loc ON p.id = loc.a WHEN MATCHED THEN UPDATE SET made = loc.b, id = p.id + 50 WHEN NOT MATCHED THEN DO NOTHING;
SELECT * FROM places ORDER BY id;
DROP VIEW places;
