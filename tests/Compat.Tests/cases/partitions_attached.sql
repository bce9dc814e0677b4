-- Distributed tables that become partitions: after DETACH, with rows, keys, triggers and an order of columns of their own.
CREATE TABLE r (id int PRIMARY KEY);
INSERT INTO r SELECT generate_series(0, 100);
CREATE TABLE par (id int PRIMARY KEY, note text);
CREATE TABLE p (id int, made int, v int REFERENCES r, note text DEFAULT 'x', PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE INDEX p_v ON p (v);
CREATE INDEX ON p (note, made);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20);
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('par', 'id')
-- cluster: SELECT create_distributed_table('p', 'id', colocate_with => 'par')
INSERT INTO par SELECT i, 'n' FROM generate_series(1, 30) i;
INSERT INTO p SELECT i, i % 20, i FROM generate_series(1, 30) i;
ALTER TABLE p ADD CONSTRAINT p_par FOREIGN KEY (id) REFERENCES par ON DELETE CASCADE;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% % % % %', TG_NAME, TG_WHEN, TG_OP, TG_TABLE_NAME, coalesce(NEW, OLD); RETURN coalesce(NEW, OLD); END $$;
CREATE TRIGGER tr AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER tb BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER own AFTER UPDATE ON p_2 FOR EACH ROW EXECUTE FUNCTION tell();
INSERT INTO p VALUES (20, 11, 5);
UPDATE p SET v = 6 WHERE id = 20 AND made = 11;
ALTER TABLE p DETACH PARTITION p_2;
SELECT count(*) FROM p_2;
INSERT INTO p_2 VALUES (21, 11, 7);
UPDATE p_2 SET v = 8 WHERE id = 20 AND made = 11;
INSERT INTO p_2 VALUES (21, 500, 7);
-- ignore: origins
SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'p_2'::regclass ORDER BY 1;
ALTER TABLE p ATTACH PARTITION p_2 FOR VALUES FROM (10) TO (20);
DELETE FROM p_2 WHERE made = 500;
ALTER TABLE p ATTACH PARTITION p_2 FOR VALUES FROM (5) TO (20);
ALTER TABLE p ATTACH PARTITION p_2 FOR VALUES FROM (10) TO (20);
SELECT count(*), sum(v) FROM p;
SELECT count(*) FROM p_2;
INSERT INTO p VALUES (22, 12, 7);
INSERT INTO p VALUES (22, 12, 7);
INSERT INTO p VALUES (23, 12, 700);
INSERT INTO p VALUES (99, 12, 7);
UPDATE p SET v = 9 WHERE id = 22 AND made = 12;
DELETE FROM par WHERE id = 22;
SELECT count(*) FROM p_2;
DO 'BEGIN ALTER TABLE p DETACH PARTITION p_2; INSERT INTO p_2 VALUES (25, 13, 3); ALTER TABLE p ATTACH PARTITION p_2 FOR VALUES FROM (10) TO (20); INSERT INTO p VALUES (26, 14, 3); END';
SELECT count(*), sum(v) FROM p;
BEGIN;
ALTER TABLE p DETACH PARTITION p_2;
ALTER TABLE p ATTACH PARTITION p_2 DEFAULT;
INSERT INTO p VALUES (27, 1000, 3);
SELECT count(*) FROM p_2;
ROLLBACK;
SELECT count(*) FROM p_2;
INSERT INTO p VALUES (27, 1000, 3);
CREATE TABLE o (id int NOT NULL, made int NOT NULL, v int, note text);
-- cluster: SELECT create_distributed_table('o', 'id', colocate_with => 'par')
INSERT INTO o VALUES (1, 31, 4, 'oo'), (2, 32, 5, 'pp');
ALTER TABLE p ATTACH PARTITION o FOR VALUES FROM (30) TO (31);
ALTER TABLE p ATTACH PARTITION o FOR VALUES FROM (30) TO (40);
SELECT * FROM o ORDER BY id;
SELECT * FROM p WHERE made > 20 ORDER BY id;
INSERT INTO p VALUES (2, 32, 5, 'pp');
ALTER TABLE p ATTACH PARTITION o FOR VALUES FROM (30) TO (40);
ALTER TABLE p DETACH PARTITION o;
DROP TABLE p;
SELECT * FROM o ORDER BY id;
DROP TABLE o, par;
