-- Partitions with an order of columns, defaults, checks, indexes, triggers and rights of their own, attached and detached; and trees of them.
CREATE TABLE p (id int, made int, v int, note text DEFAULT 'x', g int GENERATED ALWAYS AS (made * 2) STORED, PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 (note text DEFAULT 'own', v int CHECK (v < 1000), g int GENERATED ALWAYS AS (made * 2) STORED, made int NOT NULL, id int NOT NULL, CONSTRAINT own CHECK (id > 0));
ALTER TABLE p ATTACH PARTITION p_2 FOR VALUES FROM (10) TO (20);
-- cluster: SELECT create_distributed_table('p', 'id')
INSERT INTO p VALUES (1, 1, 1, 'a'), (2, 12, 2, 'b');
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := concat(NEW.note, ' ', TG_NAME, ' ', TG_TABLE_NAME); RETURN NEW; END $$;
CREATE TABLE p_3 (note text DEFAULT 'own3', v int, g int GENERATED ALWAYS AS (made * 2) STORED, made int NOT NULL, id int NOT NULL, CONSTRAINT own3 CHECK (id > 0), CONSTRAINT three PRIMARY KEY (id, made));
CREATE INDEX threes ON p_3 (v);
CREATE INDEX ON p (v);
CREATE TRIGGER marked BEFORE INSERT ON p_3 FOR EACH ROW EXECUTE FUNCTION mark();
CREATE TRIGGER unmarked BEFORE INSERT ON p_3 FOR EACH ROW EXECUTE FUNCTION mark();
ALTER TABLE p_3 DISABLE TRIGGER unmarked;
GRANT SELECT ON p_3 TO pg_monitor;
GRANT UPDATE (v) ON p_3 TO pg_monitor;
COMMENT ON TABLE p_3 IS 'the third';
COMMENT ON COLUMN p_3.v IS 'its v';
ALTER TABLE p ATTACH PARTITION p_3 FOR VALUES FROM (20) TO (30);
INSERT INTO p VALUES (3, 23, 3, 'c');
SELECT * FROM p_2;
SELECT * FROM p_3;
SELECT p_3 FROM p_3;
INSERT INTO p_3 VALUES ('n', 3, DEFAULT, 24, 5);
INSERT INTO p_3 (id, made) VALUES (6, 26);
INSERT INTO p_2 (id, made) VALUES (16, 16);
SELECT * FROM p ORDER BY id;
INSERT INTO p_3 (id, made) VALUES (-6, 26);
-- ignore: detail
INSERT INTO p (id, made) VALUES (-6, 26);
INSERT INTO p (id, made) VALUES (3, 23);
DO 'DECLARE r record; BEGIN FOR r IN SELECT * FROM p_3 ORDER BY id LOOP RAISE NOTICE ''%'', r; END LOOP; INSERT INTO p_3 VALUES (''in'', 3, DEFAULT, 25, 7); UPDATE p_3 SET v = v + 1 WHERE id = 7; END';
CREATE VIEW w AS SELECT id FROM p_3;
-- differs: [0A000] another table takes the place of the partition
ALTER TABLE p DETACH PARTITION p_3;
DROP VIEW w;
-- plain: ALTER TABLE p ATTACH PARTITION p_3 FOR VALUES FROM (20) TO (30)
ALTER TABLE p DETACH PARTITION p_3;
SELECT * FROM p_3 ORDER BY id;
INSERT INTO p_3 VALUES ('n', 3, DEFAULT, 24, 8);
INSERT INTO p_3 (id, made) VALUES (9, 26);
INSERT INTO p_3 (id, made) VALUES (9, 26);
INSERT INTO p_3 (id, made) VALUES (-6, 26);
SELECT * FROM p_3 ORDER BY id;
-- ignore: origins
SELECT relacl, obj_description(oid, 'pg_class'), col_description(oid, (SELECT attnum FROM pg_attribute WHERE attrelid = c.oid AND attname = 'v')) FROM pg_class c WHERE oid = 'p_3'::regclass;
-- ignore: origins
SELECT attname, attacl FROM pg_attribute WHERE attrelid = 'p_3'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
-- ignore: origins
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'p_3' AND schemaname = current_schema ORDER BY 1;
-- ignore: origins
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'p_3'::regclass ORDER BY 1;
-- ignore: origins
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'p_3'::regclass ORDER BY 1;
ALTER TABLE p ATTACH PARTITION p_3 FOR VALUES FROM (20) TO (30);
INSERT INTO p_3 VALUES ('n', 3, DEFAULT, 25, 10);
INSERT INTO p (id, made) VALUES (10, 25);
SELECT * FROM p ORDER BY id;
DROP TRIGGER marked ON p_3;
INSERT INTO p (id, made) VALUES (11, 25);
SELECT * FROM p_3 WHERE id > 8 ORDER BY id;
COMMENT ON TABLE p_3 IS 'still the third';
SELECT obj_description('p_3'::regclass, 'pg_class');
COMMENT ON COLUMN p_3.v IS 'still its v';
DROP TABLE p;
-- Trees.
CREATE TABLE par (id int PRIMARY KEY, note text);
CREATE TABLE q (id int, made int, v int DEFAULT 7, PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE INDEX ON q (v);
CREATE TABLE q_1 PARTITION OF q FOR VALUES FROM (0) TO (10);
CREATE TABLE q_2 PARTITION OF q FOR VALUES FROM (10) TO (20) PARTITION BY LIST (made);
CREATE TABLE q_2a PARTITION OF q_2 FOR VALUES IN (10, 11, 12);
CREATE TABLE q_2b PARTITION OF q_2 DEFAULT;
-- cluster: SELECT create_distributed_table('par', 'id')
-- cluster: SELECT create_distributed_table('q', 'id', colocate_with => 'par')
INSERT INTO par SELECT i, 'n' FROM generate_series(1, 30) i;
INSERT INTO q SELECT i, i % 20, i FROM generate_series(1, 30) i;
ALTER TABLE q ADD CONSTRAINT q_par FOREIGN KEY (id) REFERENCES par ON DELETE CASCADE;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% % % % %', TG_NAME, TG_WHEN, TG_OP, TG_TABLE_NAME, coalesce(NEW, OLD); RETURN coalesce(NEW, OLD); END $$;
CREATE TRIGGER tr AFTER INSERT OR UPDATE OR DELETE ON q FOR EACH ROW EXECUTE FUNCTION tell();
ALTER TABLE q DETACH PARTITION q_2;
SELECT count(*), sum(v) FROM q;
SELECT count(*), sum(v) FROM q_2;
INSERT INTO q_2 VALUES (22, 19), (22, 12);
DELETE FROM par WHERE id = 22;
CREATE UNIQUE INDEX q_2_own ON q_2 (id, v, made);
ALTER TABLE q ATTACH PARTITION q_2 FOR VALUES FROM (10) TO (19);
ALTER TABLE q ATTACH PARTITION q_2 FOR VALUES FROM (10) TO (20);
SELECT count(*), sum(v) FROM q;
INSERT INTO q VALUES (23, 19), (23, 12);
INSERT INTO q VALUES (23, 19);
INSERT INTO q VALUES (123, 19);
-- unordered
DELETE FROM par WHERE id = 23;
UPDATE q SET v = 0 WHERE id = 10;
SELECT relid, parentrelid, isleaf, level FROM pg_partition_tree('q') ORDER BY relid::text;
DROP TRIGGER tr ON q;
UPDATE q SET v = v + 1;
SELECT sum(v) FROM q_2b;
ALTER TABLE q DETACH PARTITION q_2 CONCURRENTLY;
ALTER TABLE q_2 DROP CONSTRAINT q_par;
CREATE TABLE o (v int, made int NOT NULL, id int NOT NULL) PARTITION BY RANGE (made);
-- cluster: SELECT create_distributed_table('o', 'id', colocate_with => 'par')
ALTER TABLE o ATTACH PARTITION q_2 FOR VALUES FROM (10) TO (20);
SELECT * FROM o ORDER BY made, id;
INSERT INTO o VALUES (5, 10, 26);
SELECT * FROM q_2a ORDER BY id;
UPDATE o SET v = v + 1 WHERE id = 26;
SELECT * FROM o WHERE id = 26 ORDER BY 2;
-- What cannot be.
ALTER TABLE o ATTACH PARTITION o DEFAULT;
ALTER TABLE o ATTACH PARTITION q_2 DEFAULT;
ALTER TABLE o ATTACH PARTITION par DEFAULT;
CREATE TABLE other (v int, made int NOT NULL, id int NOT NULL);
-- cluster: SELECT create_distributed_table('other', 'id', colocate_with => 'none')
-- differs: [0A000] its shards are elsewhere
ALTER TABLE o ATTACH PARTITION other DEFAULT;
-- plain: ALTER TABLE o DETACH PARTITION other
CREATE TABLE ref (v int, made int NOT NULL, id int NOT NULL);
-- cluster: SELECT create_reference_table('ref')
-- differs: [0A000] it has no shards
ALTER TABLE o ATTACH PARTITION ref DEFAULT;
-- plain: ALTER TABLE o DETACH PARTITION ref
CREATE TABLE by_made (v int, made int NOT NULL, id int NOT NULL);
-- cluster: SELECT create_distributed_table('by_made', 'made', colocate_with => 'par')
-- differs: [0A000] its shards are those of another column
ALTER TABLE o ATTACH PARTITION by_made DEFAULT;
-- plain: ALTER TABLE o DETACH PARTITION by_made
CREATE TABLE wide (v int, made int NOT NULL, id int NOT NULL, more text);
-- cluster: SELECT create_distributed_table('wide', 'id', colocate_with => 'par')
ALTER TABLE o ATTACH PARTITION wide DEFAULT;
SELECT count(*) FROM wide;
DROP TABLE q, o;
DROP TABLE par, other, ref, by_made, wide;
