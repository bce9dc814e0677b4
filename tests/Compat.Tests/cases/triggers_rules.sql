-- Triggers of partitioned tables, rules, and triggers that come and go.
CREATE TABLE log (seq serial, line text);
CREATE FUNCTION lg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log(line) VALUES (concat_ws(' ', TG_WHEN, TG_LEVEL, TG_OP, TG_TABLE_NAME, TG_ARGV[0], CASE WHEN TG_OP <> 'INSERT' AND TG_LEVEL='ROW' THEN OLD::text END, CASE WHEN TG_OP <> 'DELETE' AND TG_LEVEL='ROW' THEN NEW::text END));
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
-- partitioned
CREATE TABLE p (k int, d int, v text) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TRIGGER pb BEFORE INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION lg('b');
CREATE TRIGGER pa AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION lg('a');
CREATE TRIGGER ps AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON p FOR EACH STATEMENT EXECUTE FUNCTION lg('s');
-- cluster: SELECT create_distributed_table('p', 'k')
INSERT INTO p VALUES (1, 1, 'a'), (2, 12, 'b');
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
UPDATE p SET v = v || 'x' WHERE k = 1;
DELETE FROM p WHERE k = 2;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
INSERT INTO p VALUES (5, 25, 'z');
INSERT INTO p3 VALUES (5, 26, 'z');
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
COPY p FROM STDIN;
9	9	nine
\.
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
TRUNCATE p;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
SELECT count(*) FROM p;
-- ignore: origins
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) ORDER BY 1,2;
DROP TABLE p;
-- rules
CREATE TABLE r (id int PRIMARY KEY, v text);
CREATE TABLE rlog (what text, id int, v text);
-- cluster: SELECT create_distributed_table('r', 'id')
CREATE RULE r_ins AS ON INSERT TO r DO ALSO INSERT INTO rlog VALUES ('ins', NEW.id, NEW.v);
CREATE RULE r_upd AS ON UPDATE TO r DO ALSO INSERT INTO rlog VALUES ('upd', OLD.id, NEW.v);
CREATE RULE r_del AS ON DELETE TO r WHERE OLD.id = 1 DO INSTEAD UPDATE r SET v = 'kept' WHERE id = OLD.id;
INSERT INTO r VALUES (1,'a'),(2,'b'),(3,'c');
UPDATE r SET v = 'x' WHERE id = 2;
DELETE FROM r WHERE id < 3;
SELECT * FROM r ORDER BY id;
SELECT * FROM rlog ORDER BY 1,2,3;
COPY r FROM STDIN;
8	eight
\.
SELECT * FROM rlog ORDER BY 1,2,3;
ALTER TABLE r DISABLE RULE r_ins;
INSERT INTO r VALUES (20,'a');
ALTER RULE r_upd ON r RENAME TO r_upd2;
ALTER TABLE r ENABLE RULE r_ins;
DROP RULE r_upd2 ON r;
UPDATE r SET v = 'y' WHERE id = 20;
SELECT * FROM rlog ORDER BY 1,2,3;
-- ignore: origins
SELECT rulename, definition FROM pg_rules WHERE schemaname = current_schema() ORDER BY 1;
CREATE RULE nothing AS ON INSERT TO r DO INSTEAD NOTHING;
INSERT INTO r VALUES (30,'a');
EXPLAIN (COSTS OFF) DELETE FROM rlog WHERE id = 3;
SELECT * FROM r ORDER BY 1;
DROP TABLE r, rlog;
-- a rule before distributing, undistribute
CREATE TABLE q (id int PRIMARY KEY, v text);
CREATE RULE q_r AS ON UPDATE TO q WHERE NEW.v = 'no' DO INSTEAD NOTHING;
CREATE TRIGGER q_t BEFORE UPDATE OR DELETE ON q FOR EACH ROW EXECUTE FUNCTION lg();
INSERT INTO q VALUES (1,'a'), (2,'b');
-- cluster: SELECT create_reference_table('q')
UPDATE q SET v = 'no';
UPDATE q SET v = 'yes' WHERE id = 1;
SELECT * FROM q ORDER BY 1;
-- cluster: SELECT undistribute_table('q')
UPDATE q SET v = 'again' WHERE id = 2;
SELECT * FROM q ORDER BY 1;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- cluster: SELECT create_distributed_table('q', 'id')
UPDATE q SET v = 'third' WHERE id = 2;
SET session_replication_role = replica;
UPDATE q SET v = 'fourth' WHERE id = 2;
RESET session_replication_role;
SELECT * FROM q ORDER BY 1;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
-- tsvector_update_trigger, suppress_redundant_updates_trigger
CREATE TABLE doc (id int PRIMARY KEY, body text, tsv tsvector);
-- cluster: SELECT create_distributed_table('doc', 'id')
CREATE TRIGGER tsv BEFORE INSERT OR UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(tsv, 'pg_catalog.english', body);
CREATE TRIGGER zz BEFORE UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
INSERT INTO doc VALUES (1, 'the quick brown fox'), (2, 'jumps');
UPDATE doc SET body = 'slow turtles' WHERE id = 1;
UPDATE doc SET body = body;
SELECT * FROM doc ORDER BY id;
PREPARE u(int, text) AS UPDATE doc SET body = $2 WHERE id = $1 RETURNING tsv;
EXECUTE u(1, 'flying'); EXECUTE u(2, 'swimming'); EXECUTE u(3, 'none');
-- triggers made in a DO block and in a transaction
DO $$ BEGIN CREATE TRIGGER d BEFORE DELETE ON doc FOR EACH ROW EXECUTE FUNCTION lg('do'); END $$;
DELETE FROM doc WHERE id = 2;
BEGIN; DROP TRIGGER d ON doc; DELETE FROM doc WHERE id = 1; ROLLBACK;
DELETE FROM doc WHERE id = 1;
SELECT line FROM log ORDER BY seq;
DELETE FROM log;
CREATE OR REPLACE FUNCTION lg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'replaced % %', TG_TABLE_NAME, TG_OP; RETURN OLD; END $$;
DELETE FROM q WHERE id = 1;
BEGIN;
CREATE OR REPLACE FUNCTION lg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'replaced again % %', TG_TABLE_NAME, TG_OP; RETURN OLD; END $$;
DELETE FROM q WHERE id = 2;
ROLLBACK;
DELETE FROM q WHERE id = 2;
-- security definer, set
DROP TABLE q, doc, log; DROP FUNCTION lg;
