-- ON CONFLICT through views, which the coordinator runs: directly, in functions, and in WITH.
CREATE TABLE t (id int PRIMARY KEY, g text DEFAULT 'd', v int);
-- cluster: SELECT create_distributed_table('t', 'id')
CREATE VIEW w AS SELECT id, v AS val, g FROM t WHERE v < 100;
CREATE VIEW wc AS SELECT v AS val, id FROM t WHERE v < 100 WITH CHECK OPTION;
CREATE VIEW ww AS SELECT val AS x, id AS k FROM wc;
INSERT INTO w VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET val = excluded.val + 10;
INSERT INTO w VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET val = excluded.val + 10;
SELECT * FROM t ORDER BY id;
DO 'BEGIN INSERT INTO w VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET val = w.val + excluded.val; END';
SELECT * FROM t ORDER BY id;
DO 'BEGIN INSERT INTO w VALUES (2, 5) ON CONFLICT (id) DO NOTHING; END';
DO 'BEGIN INSERT INTO w AS q VALUES (2, 5) ON CONFLICT (id) DO UPDATE SET val = q.val + excluded.val, g = excluded.g || q.g WHERE q.val > 3; END';
SELECT * FROM t ORDER BY id;
WITH x AS (INSERT INTO w AS q VALUES (2, 5) ON CONFLICT (id) DO UPDATE SET val = q.val + excluded.val RETURNING *) SELECT * FROM x;
DO 'BEGIN INSERT INTO wc VALUES (50, 2) ON CONFLICT (id) DO UPDATE SET val = wc.val + excluded.val; END';
SELECT * FROM t ORDER BY id;
DO 'BEGIN INSERT INTO wc VALUES (99, 2) ON CONFLICT (id) DO UPDATE SET val = wc.val + excluded.val; END';
DO 'BEGIN INSERT INTO ww (k, x) VALUES (2, 2) ON CONFLICT (k) DO UPDATE SET x = ww.x + excluded.x; END';
SELECT * FROM t ORDER BY id;
DO 'BEGIN INSERT INTO ww (k, x) VALUES (2, 2), (3, 3) ON CONFLICT (k) DO UPDATE SET (x) = (SELECT ww.x + excluded.x) ; END';
SELECT * FROM t ORDER BY id;
DO 'DECLARE r record; BEGIN FOR r IN INSERT INTO ww (k, x) VALUES (2, 2), (4, 3) ON CONFLICT (k) DO UPDATE SET x = excluded.x RETURNING * LOOP RAISE NOTICE ''%'', r; END LOOP; END';
CREATE FUNCTION f(a int, b int) RETURNS SETOF ww LANGUAGE sql AS 'INSERT INTO ww (k, x) VALUES (a, b) ON CONFLICT (k) DO UPDATE SET x = excluded.x + ww.x RETURNING *';
SELECT * FROM f(4, 9);
SELECT * FROM f(14, 9);
INSERT INTO t VALUES (20, 'x', 1000);
SELECT * FROM f(20, 9);
SELECT * FROM t ORDER BY id;
-- The client's parameters.
-- extended only
-- params: 2 | 7
INSERT INTO w (id, val) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET val = $2 + w.val;
-- extended only
-- params: 2 | 8
INSERT INTO w VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET val = $2;
SELECT * FROM t ORDER BY id;
-- Columns that are none of the table's, defaults of the view's own, names of their own, WHERE, RETURNING.
CREATE VIEW ex AS SELECT a AS key, c * 2 AS doubled, c, b FROM t AS x (a, b, c);
ALTER VIEW ex ALTER COLUMN b SET DEFAULT 'of the view';
INSERT INTO ex (key, c) VALUES (30, 1) ON CONFLICT (key) DO UPDATE SET c = 0;
INSERT INTO ex (key, c) VALUES (30, 1), (31, 2) ON CONFLICT (key) DO UPDATE SET c = ex.doubled + excluded.doubled, b = DEFAULT RETURNING *;
INSERT INTO ex AS e (key, c) VALUES (30, 1), (31, 2) ON CONFLICT (key) DO UPDATE SET b = e.b || excluded.b WHERE e.doubled > 8 RETURNING e.b, e.doubled;
INSERT INTO ex (key, doubled) VALUES (30, 1) ON CONFLICT (key) DO UPDATE SET c = 1;
INSERT INTO ex (key, c) VALUES (30, 1) ON CONFLICT (key) DO UPDATE SET doubled = 1;
INSERT INTO ex (key, c) VALUES (30, 1) ON CONFLICT (c) DO UPDATE SET c = 1;
INSERT INTO ex (key, c) VALUES (30, 1) ON CONFLICT (key) DO UPDATE SET nowhere = 1;
INSERT INTO ex (key, c) VALUES (40, 1), (40, 2) ON CONFLICT (key) DO UPDATE SET c = 1;
INSERT INTO ex (key, c) SELECT i, i FROM generate_series(28, 31) i ON CONFLICT (key) DO NOTHING;
INSERT INTO ex (key, c) SELECT i, i FROM generate_series(28, 32) i ON CONFLICT (key) DO UPDATE SET (c, b) = (excluded.c + ex.c, 'both');
CREATE FUNCTION up(k int, n int) RETURNS int LANGUAGE plpgsql AS 'DECLARE r int; BEGIN INSERT INTO ex (key, c) VALUES (k, n) ON CONFLICT (key) DO UPDATE SET c = ex.c + n RETURNING doubled INTO r; RETURN r; END';
SELECT up(30, 5), up(50, 5);
WITH a AS (INSERT INTO ex (key, c) VALUES (31, 1) ON CONFLICT (key) DO UPDATE SET c = -1 RETURNING key), b AS (DELETE FROM t WHERE id = 1 RETURNING id) SELECT * FROM a, b;
SELECT * FROM t ORDER BY id;
-- Triggers of the table.
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% % % % %', TG_NAME, TG_WHEN, TG_OP, OLD, NEW; RETURN NEW; END $$;
CREATE TRIGGER a AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tell();
INSERT INTO ww VALUES (3, 30) ON CONFLICT (k) DO UPDATE SET x = excluded.x + ww.x RETURNING *;
DO 'BEGIN INSERT INTO ex (key, c) VALUES (51, 3) ON CONFLICT (key) DO UPDATE SET c = excluded.c; END';
-- ignore: notices
INSERT INTO wc VALUES (3, 30) ON CONFLICT (id) DO UPDATE SET val = 500;
SELECT * FROM t WHERE id IN (30, 51) ORDER BY id;
DROP TABLE t CASCADE;
