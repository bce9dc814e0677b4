-- The first UPDATE of a session that moves rows to partitions which come later in its plan: each row is changed once. (Which triggers fire is another matter: docs/limits.md.)
CREATE TABLE moving (a int, b int, c text) PARTITION BY LIST (c);
CREATE TABLE moving_x PARTITION OF moving FOR VALUES IN ('x');
CREATE TABLE moving_y PARTITION OF moving FOR VALUES IN ('y') PARTITION BY RANGE (b);
CREATE TABLE moving_y1 PARTITION OF moving_y FOR VALUES FROM (0) TO (50);
CREATE TABLE moving_y2 PARTITION OF moving_y FOR VALUES FROM (50) TO (500);
CREATE TABLE partner (a int, c text, n int);
-- cluster: SELECT create_distributed_table('moving', 'a')
-- cluster: SELECT create_distributed_table('partner', 'a')
CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO partner VALUES (NEW.a, NEW.c, NEW.b); RETURN NULL; END $$;
CREATE TRIGGER counts AFTER UPDATE ON moving FOR EACH ROW EXECUTE FUNCTION count_it();
INSERT INTO moving SELECT i, i, 'x' FROM generate_series(1, 60) i;
-- session: first
UPDATE moving SET c = 'y' WHERE b > 5;
-- session: second
UPDATE moving SET b = b + 25 WHERE c = 'y' AND b < 40;
-- session: third
UPDATE moving_y SET b = b + 1;
-- session: fourth
UPDATE moving m SET c = 'x' FROM generate_series(1, 200) g WHERE g = m.b;
-- session: fifth
SET enable_hashjoin = off;
SET enable_nestloop = off;
UPDATE moving m SET c = 'y', b = m.b + 30 FROM generate_series(1, 200) g WHERE g = m.b RETURNING m.a, m.b, m.c;
SELECT tableoid::regclass, count(*), sum(b) FROM moving GROUP BY 1 ORDER BY tableoid::regclass::text;
