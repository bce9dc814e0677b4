-- MERGE where the coordinator changes the rows: tables with triggers, reference tables without a key, rows that foreign keys point at.
CREATE TABLE t (id int PRIMARY KEY, k int, v text);
CREATE TABLE o (a int PRIMARY KEY, b int);
CREATE TABLE n (id int, v text);
CREATE TABLE loc (a int, b text);
CREATE TABLE log (at serial, what text);
CREATE TABLE c (id int, t_id int REFERENCES t, PRIMARY KEY (id, t_id));
CREATE TABLE p (id int, made int, v int, PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (100);
CREATE TABLE s (a int PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, g int GENERATED ALWAYS AS (a * 2) STORED, d int DEFAULT 7, e text COLLATE "C");
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('o', 'a', colocate_with => 'none')
-- cluster: SELECT create_reference_table('n')
-- cluster: SELECT create_distributed_table('p', 'id')
-- cluster: SELECT create_distributed_table('s', 'a')
INSERT INTO t SELECT i, i, 'v' || i FROM generate_series(1, 8) i;
INSERT INTO o SELECT i, i * 10 FROM generate_series(5, 12) i;
INSERT INTO n SELECT i / 2, 'n' || i / 4 FROM generate_series(1, 9) i;
INSERT INTO n VALUES (NULL, NULL), (NULL, NULL), (2, NULL);
INSERT INTO loc SELECT i, 'l' || i FROM generate_series(1, 3) i;
INSERT INTO p SELECT i, i, i FROM generate_series(1, 20) i;
INSERT INTO s (a, e) SELECT i, 'e' || i FROM generate_series(1, 4) i;
-- A reference table without a key, with rows that are alike.
MERGE INTO n USING t ON t.id = n.id WHEN MATCHED AND n.id = 4 THEN DELETE WHEN MATCHED THEN UPDATE SET v = n.v || t.v WHEN NOT MATCHED THEN INSERT VALUES (t.id, t.v);
SELECT * FROM n ORDER BY 1, 2;
-- cluster: SELECT 1 / (count(DISTINCT result) = 1 AND bool_and(success))::int FROM run_command_on_placements('n', 'SELECT array_agg(x::text ORDER BY x::text) FROM %s x')
MERGE INTO n USING (VALUES (1), (2)) AS x (i) ON n.id IS NULL AND x.i = 1 WHEN MATCHED THEN UPDATE SET id = 0 WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO n USING loc ON loc.a <= n.id WHEN MATCHED THEN DELETE;
MERGE INTO n USING loc ON false WHEN NOT MATCHED AND a > 1 THEN INSERT (v) VALUES (b);
MERGE INTO n USING loc ON n.v = loc.b WHEN MATCHED THEN DO NOTHING;
MERGE INTO n USING (SELECT 1) AS x ON n.id = 99 WHEN MATCHED THEN DELETE;
SELECT * FROM n ORDER BY 1, 2;
-- cluster: SELECT 1 / (count(DISTINCT result) = 1 AND bool_and(success))::int FROM run_command_on_placements('n', 'SELECT array_agg(x::text ORDER BY x::text) FROM %s x')
PREPARE m (int, text) AS MERGE INTO n USING (VALUES ($1, $2)) AS x (id, v) ON x.id = n.id WHEN MATCHED THEN UPDATE SET v = x.v WHEN NOT MATCHED THEN INSERT VALUES (x.id, x.v);
EXECUTE m (70, 'seventy');
EXECUTE m (70, NULL);
EXECUTE m (NULL, 'none');
SELECT * FROM n ORDER BY 1, 2;
-- Triggers.
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log (what) VALUES (concat_ws(' ', TG_TABLE_NAME, TG_WHEN, TG_OP, TG_LEVEL, OLD::text, NEW::text));
    IF TG_LEVEL = 'ROW' AND TG_WHEN = 'BEFORE' AND TG_OP <> 'DELETE' THEN
        NEW.v := NEW.v || '!';
        IF NEW.id = 6 THEN RETURN NULL; END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_row BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER b_row AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER c_all BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER d_all AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();
MERGE INTO t USING o ON t.id = o.a WHEN MATCHED AND t.id = 7 THEN DELETE WHEN MATCHED THEN UPDATE SET v = 'm' || o.b WHEN NOT MATCHED THEN INSERT VALUES (o.a, o.b, 'new');
SELECT what FROM log ORDER BY what;
SELECT * FROM t ORDER BY id;
TRUNCATE log;
BEGIN;
MERGE INTO t USING loc ON t.id = loc.a WHEN MATCHED THEN UPDATE SET id = t.id + 100;
SELECT what FROM log ORDER BY what;
SELECT * FROM t ORDER BY id;
MERGE INTO t USING loc ON false WHEN MATCHED THEN DELETE;
MERGE INTO t USING (VALUES (4, 1), (4, 2)) AS x (id, n) ON t.id = x.id WHEN MATCHED THEN UPDATE SET k = x.n;
ROLLBACK;
MERGE INTO t USING loc ON t.id = loc.a + 100 WHEN NOT MATCHED THEN INSERT VALUES (1, 1, 'there');
SELECT count(*), max(k) FROM t;
DROP TRIGGER a_row ON t;
DROP TRIGGER b_row ON t;
DROP TRIGGER c_all ON t;
DROP TRIGGER d_all ON t;
-- Rows that foreign keys point at go to another shard.
-- cluster: SELECT create_distributed_table('c', 't_id')
INSERT INTO c SELECT id, id FROM t WHERE id < 4;
MERGE INTO t USING loc ON t.id = loc.a + 3 WHEN MATCHED THEN UPDATE SET id = t.id + 200, v = loc.b;
SELECT * FROM t ORDER BY id;
BEGIN;
DELETE FROM c;
MERGE INTO t USING loc ON t.id = loc.a WHEN MATCHED AND loc.a = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET id = t.id + 300;
SELECT * FROM t ORDER BY id;
ROLLBACK;
-- Identity, generated and default columns, partitions, with triggers.
CREATE FUNCTION plain() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE INSERT OR UPDATE ON s FOR EACH ROW EXECUTE FUNCTION plain();
CREATE TRIGGER g BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION plain();
MERGE INTO s USING loc ON s.a = loc.a + 1 WHEN MATCHED AND loc.a = 1 THEN UPDATE SET d = DEFAULT, e = loc.b WHEN MATCHED THEN UPDATE SET d = s.d + g WHEN NOT MATCHED THEN INSERT (a) VALUES (loc.a);
MERGE INTO s USING (VALUES (50), (51)) AS x (a) ON s.a = x.a WHEN NOT MATCHED THEN INSERT (a, d, e) VALUES (x.a, DEFAULT, 'e');
SELECT a, i, g, d, e FROM s ORDER BY 1;
MERGE INTO p USING o ON p.id = o.a WHEN MATCHED AND p.made < 8 THEN UPDATE SET v = o.b WHEN MATCHED AND p.made < 10 THEN UPDATE SET v = v + 1 WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (o.a, 50, 0);
SELECT * FROM p ORDER BY 1, 2;
