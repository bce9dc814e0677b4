-- Triggers on tables that actions of foreign keys change.
CREATE TABLE log (seq serial, line text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log(line) VALUES (concat_ws(' ', TG_TABLE_NAME, TG_WHEN, TG_OP, CASE WHEN TG_OP <> 'INSERT' AND TG_LEVEL = 'ROW' THEN OLD::text END, CASE WHEN TG_OP <> 'DELETE' AND TG_LEVEL = 'ROW' THEN NEW::text END));
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TABLE p (id int PRIMARY KEY, v int);
CREATE TABLE c (id int, no int, v int, PRIMARY KEY (id, no), FOREIGN KEY (id) REFERENCES p ON DELETE CASCADE);
CREATE TABLE g (id int, no int, x int, FOREIGN KEY (id, no) REFERENCES c ON DELETE CASCADE);
-- cluster: SELECT create_distributed_table('p', 'id')
-- cluster: SELECT create_distributed_table('c', 'id')
-- cluster: SELECT create_distributed_table('g', 'id')
INSERT INTO p SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO c SELECT i, j, i * j FROM generate_series(1, 10) i, generate_series(1, 2) j;
INSERT INTO g SELECT i, j, 0 FROM generate_series(1, 5) i, generate_series(1, 2) j;
-- Only the last of three has a trigger.
CREATE TRIGGER g_note AFTER DELETE ON g FOR EACH ROW EXECUTE FUNCTION note();
DELETE FROM p WHERE id = 1;
DELETE FROM p WHERE id = 9 RETURNING *;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c), (SELECT count(*) FROM g);
DELETE FROM p WHERE id IN (2, 3) RETURNING *;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
DELETE FROM c WHERE id = 4 AND no = 1;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
SELECT * FROM g ORDER BY 1, 2;
-- All have some.
CREATE TRIGGER c_before BEFORE DELETE OR UPDATE ON c FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER c_after AFTER DELETE OR UPDATE ON c FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER p_note AFTER DELETE ON p FOR EACH ROW EXECUTE FUNCTION note();
DELETE FROM p WHERE id = 5;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
DO $$ BEGIN DELETE FROM p WHERE id BETWEEN 6 AND 7; RAISE NOTICE '% rows', (SELECT count(*) FROM c); END $$;
WITH x AS (DELETE FROM p WHERE id = 8 RETURNING id) SELECT * FROM x;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
BEGIN;
DELETE FROM p;
SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c), (SELECT count(*) FROM g);
ROLLBACK;
SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c), (SELECT count(*) FROM g), (SELECT count(*) FROM log);
-- What does not concern the key is as ever.
UPDATE p SET v = v + 1;
UPDATE p SET id = 100 WHERE id = 10;
-- Without the trigger, the key or the table.
DROP TRIGGER g_note ON g;
DROP TRIGGER c_before ON c;
ALTER TABLE c DISABLE TRIGGER c_after;
DELETE FROM p WHERE id = 4;
SELECT line FROM log ORDER BY line;
ALTER TABLE c ENABLE TRIGGER c_after;
DROP TABLE g;
INSERT INTO p VALUES (20, 1), (21, 1);
INSERT INTO c VALUES (20, 1, 1), (21, 1, 1);
DELETE FROM p WHERE id = 20;
ALTER TABLE c RENAME TO kids;
ALTER TABLE kids RENAME COLUMN id TO parent;
DELETE FROM p WHERE id = 21;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
ALTER TABLE kids DROP CONSTRAINT c_id_fkey;
INSERT INTO p VALUES (30, 1);
INSERT INTO kids VALUES (30, 1, 1);
DELETE FROM p WHERE id = 30;
SELECT count(*) FROM kids WHERE parent = 30;
DELETE FROM kids;
ALTER TABLE kids ADD CONSTRAINT again FOREIGN KEY (parent) REFERENCES p ON DELETE CASCADE;
INSERT INTO p VALUES (31, 1);
INSERT INTO kids VALUES (31, 1, 1);
TRUNCATE log;
DELETE FROM p WHERE id = 31;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
DROP TABLE kids;
DELETE FROM p;
-- SET NULL and SET DEFAULT of a reference table's key, for DELETE and UPDATE.
CREATE TABLE r (id int PRIMARY KEY, v int);
-- cluster: SELECT create_reference_table('r')
INSERT INTO r SELECT i, i FROM generate_series(0, 6) i;
CREATE TABLE n (id int, r int REFERENCES r ON DELETE SET NULL ON UPDATE SET NULL, s int DEFAULT 0 REFERENCES r ON DELETE SET DEFAULT ON UPDATE SET DEFAULT);
-- cluster: SELECT create_distributed_table('n', 'id')
INSERT INTO n SELECT i, i % 5, 1 + i % 6 FROM generate_series(1, 12) i;
CREATE TRIGGER n_note AFTER UPDATE ON n FOR EACH ROW EXECUTE FUNCTION note();
DELETE FROM r WHERE id = 3;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
UPDATE r SET id = 40 WHERE id = 4;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
UPDATE r SET v = 7;
SELECT line FROM log ORDER BY line;
SELECT * FROM n ORDER BY 1;
-- A table of the coordinator with a key to a reference table.
CREATE TABLE l (id int PRIMARY KEY, r int REFERENCES r ON DELETE CASCADE);
INSERT INTO l SELECT i, i FROM generate_series(1, 2) i;
CREATE TRIGGER l_note BEFORE DELETE ON l FOR EACH ROW EXECUTE FUNCTION note();
DELETE FROM r WHERE id = 2;
SELECT line FROM log ORDER BY line;
TRUNCATE log;
SELECT * FROM l ORDER BY id;
SELECT * FROM n ORDER BY 1;
-- Who deletes needs no rights on the other table, whose owner's they are.
DROP ROLE IF EXISTS compat_actor;
CREATE ROLE compat_actor;
GRANT USAGE ON SCHEMA compat_triggers_actions TO compat_actor;
GRANT SELECT, DELETE, UPDATE ON r TO compat_actor;
GRANT INSERT ON log TO compat_actor;
GRANT USAGE ON SEQUENCE log_seq_seq TO compat_actor;
SET ROLE compat_actor;
DELETE FROM r WHERE id = 1;
RESET ROLE;
SELECT line FROM log ORDER BY line;
SELECT * FROM n ORDER BY 1;
DROP OWNED BY compat_actor;
DROP ROLE compat_actor;
-- ON UPDATE CASCADE: only where there are rows.
CREATE TABLE u (id int PRIMARY KEY, r int REFERENCES r ON UPDATE CASCADE ON DELETE CASCADE);
-- cluster: SELECT create_distributed_table('u', 'id')
INSERT INTO r VALUES (50, 0), (51, 0);
INSERT INTO u VALUES (1, 50);
CREATE TRIGGER u_note AFTER UPDATE ON u FOR EACH ROW EXECUTE FUNCTION note();
UPDATE r SET v = 9 WHERE id >= 50;
UPDATE r SET id = 60 WHERE id = 51;
-- differs: [0A000] ON UPDATE CASCADE to a table with UPDATE triggers
UPDATE r SET id = 61 WHERE id = 50;
DELETE FROM r WHERE id IN (50, 61);
SELECT * FROM u;
-- differs: [0A000] triggers for each statement
CREATE TRIGGER u_all AFTER DELETE ON u FOR EACH STATEMENT EXECUTE FUNCTION note();
-- plain: DROP TRIGGER u_all ON u
CREATE TRIGGER u_insert AFTER INSERT ON u FOR EACH STATEMENT EXECUTE FUNCTION note();
-- A trigger that keeps a row from going: PostgreSQL leaves it behind.
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TABLE k (id int PRIMARY KEY, r int REFERENCES r ON DELETE CASCADE);
-- cluster: SELECT create_distributed_table('k', 'id')
CREATE TRIGGER keep BEFORE DELETE ON k FOR EACH ROW WHEN (OLD.id = 2) EXECUTE FUNCTION keep();
INSERT INTO r VALUES (70, 1), (71, 1);
INSERT INTO k VALUES (1, 70), (2, 71);
DELETE FROM r WHERE id = 70;
-- differs: [0A000] a row that stays
DELETE FROM r WHERE id = 71;
SELECT * FROM k ORDER BY id;
-- A trigger that fails, and prepared statements.
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not %', OLD.id; END $$;
DROP TRIGGER keep ON k;
CREATE TRIGGER fail BEFORE DELETE ON k FOR EACH ROW EXECUTE FUNCTION fail();
TRUNCATE k;
INSERT INTO r VALUES (72, 1), (73, 1) ON CONFLICT DO NOTHING;
INSERT INTO k VALUES (3, 72);
-- ignore: where
DELETE FROM r WHERE id = 72;
-- params: 73
DELETE FROM r WHERE id = $1;
SELECT * FROM k ORDER BY id;
-- Partitioned tables with a key.
CREATE TABLE parted (id int, at int, r int REFERENCES r ON DELETE CASCADE) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
CREATE TRIGGER parted_note AFTER DELETE ON parted FOR EACH ROW EXECUTE FUNCTION note();
-- cluster: SELECT create_distributed_table('parted', 'id')
INSERT INTO r VALUES (80, 1), (81, 1);
INSERT INTO parted SELECT i, i, 80 + i % 2 FROM generate_series(1, 19) i;
TRUNCATE log;
DELETE FROM r WHERE id = 80;
SELECT count(*), count(DISTINCT line) FROM log;
SELECT count(*) FROM parted;
-- What leads back to the table itself.
CREATE TABLE tree (id int PRIMARY KEY, v int);
-- cluster: SELECT create_reference_table('tree')
ALTER TABLE tree ADD parent int;
ALTER TABLE tree ADD FOREIGN KEY (parent) REFERENCES tree ON DELETE CASCADE;
-- differs: [0A000] a key to the table itself
CREATE TRIGGER t_note AFTER DELETE ON tree FOR EACH ROW EXECUTE FUNCTION note();
