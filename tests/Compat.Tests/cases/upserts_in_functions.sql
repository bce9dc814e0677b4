-- ON CONFLICT where the coordinator runs the statement: functions, DO, procedures, WITH, PREPARE, triggers of local tables.
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 0, v text);
CREATE TABLE m (a int, b text, n numeric(8,2), w timestamptz DEFAULT '2020-01-01', g int GENERATED ALWAYS AS (a * 2) STORED, UNIQUE (a, b), CHECK (n < 1000));
CREATE TABLE r (id int PRIMARY KEY, v text);
CREATE TABLE s (id int PRIMARY KEY, n int);
CREATE TABLE words (w text, k int, hits int NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX words_low ON words (w, lower(w || k)) WHERE k > 0;
CREATE TABLE feed (id int, n int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('m', 'a')
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('s', NULL)
-- cluster: SELECT create_distributed_table('words', 'w')
INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
DO $$ BEGIN INSERT INTO t VALUES (1, 9) ON CONFLICT DO NOTHING; RAISE NOTICE 'found %', FOUND; INSERT INTO t VALUES (4, 9), (1, 9) ON CONFLICT (id) DO NOTHING; RAISE NOTICE 'found %', FOUND; END $$;
CREATE FUNCTION up(p_id int, p_n int, p_v text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE changed int;
BEGIN
  INSERT INTO t AS x (id, n, v) VALUES (p_id, p_n, p_v) ON CONFLICT (id) DO UPDATE SET n = x.n + p_n, v = p_v WHERE x.n < 100;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END $$;
SELECT up(1, 100, 'one'), up(10, 10, 'ten');
SELECT up(1, 100, 'no');
SELECT up(i, i, 'loop') FROM generate_series(2, 4) i;
SELECT * FROM t ORDER BY id;
CREATE FUNCTION both_of(a int, b int) RETURNS TABLE (id int, n int) LANGUAGE sql AS 'INSERT INTO t (id, n) VALUES (a, b) ON CONFLICT (id) DO UPDATE SET n = t.n * excluded.n RETURNING id, n';
SELECT * FROM both_of(2, 6);
SELECT * FROM both_of(77, 6);
CREATE FUNCTION second(k int) RETURNS int LANGUAGE sql AS 'DELETE FROM t WHERE id = k; INSERT INTO t (id, n) VALUES (k, 1), (77, 5) ON CONFLICT (id) DO UPDATE SET n = t.n + 1; SELECT n FROM t WHERE id = 77';
SELECT second(200);
CREATE FUNCTION rows_of() RETURNS SETOF t LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY INSERT INTO t VALUES (2, 1, 'q'), (300, 1, 'q') ON CONFLICT (id) DO UPDATE SET v = excluded.v || t.v RETURNING *; END $$;
SELECT * FROM rows_of() ORDER BY id;
CREATE PROCEDURE add_all(up_to int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. up_to LOOP
    INSERT INTO t (id, n) SELECT g, i FROM generate_series(1, i) g ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n;
    COMMIT;
  END LOOP;
END $$;
CALL add_all(4);
SELECT * FROM t ORDER BY id;
-- A key that another index has, a row twice, an error that is caught.
DO $$ BEGIN INSERT INTO t VALUES (50, 1), (50, 2) ON CONFLICT (id) DO UPDATE SET n = 1; END $$;
DO $$ BEGIN INSERT INTO t VALUES (50, 1), (50, 2) ON CONFLICT (id) DO NOTHING; END $$;
DO $$ BEGIN INSERT INTO t VALUES (50, 1); END $$;
DO $$
BEGIN
  BEGIN
    INSERT INTO t VALUES (50, 3), (1, 1 / 0) ON CONFLICT (id) DO UPDATE SET n = 4;
  EXCEPTION WHEN division_by_zero THEN
    INSERT INTO t VALUES (51, 3);
  END;
  BEGIN
    INSERT INTO t VALUES (50, 3) ON CONFLICT (id) DO UPDATE SET n = excluded.n / 0;
  EXCEPTION WHEN division_by_zero THEN
    INSERT INTO t VALUES (50, 3) ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n, v = 'caught';
  END;
  INSERT INTO t VALUES (52, 3);
END $$;
DO $$ BEGIN INSERT INTO t VALUES (52, 3); END $$;
SELECT * FROM t WHERE id BETWEEN 50 AND 52 ORDER BY id;
-- WITH, also of several parts; PREPARE; subqueries; the key itself.
WITH x AS (INSERT INTO t VALUES (1), (20) ON CONFLICT DO NOTHING RETURNING id, n) SELECT * FROM x;
WITH x AS (INSERT INTO t VALUES (1, 7), (20, 8) ON CONFLICT (id) DO UPDATE SET n = (SELECT 5), v = 'lit' RETURNING *) SELECT * FROM x ORDER BY id;
WITH x AS (INSERT INTO t VALUES (1, 3) ON CONFLICT (id) DO UPDATE SET n = 3 RETURNING id), y AS (DELETE FROM t WHERE id = 20 RETURNING id) SELECT x.id, y.id FROM x, y;
PREPARE p AS WITH x AS (INSERT INTO t VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = $2 RETURNING *) SELECT * FROM x;
EXECUTE p(1, 44);
EXECUTE p(60, 45);
DEALLOCATE p;
INSERT INTO t VALUES (2, 1) ON CONFLICT (id) DO UPDATE SET n = (SELECT max(n) FROM t), v = (SELECT count(*)::text FROM m) RETURNING *;
INSERT INTO t VALUES (2, 1), (3, 1), (1000, 1) ON CONFLICT (id) DO UPDATE SET (n, v) = (SELECT count(*), max(b) FROM m WHERE m.a <= t.id) WHERE EXISTS (SELECT FROM r WHERE r.id = 3) OR t.id > 2 RETURNING id;
INSERT INTO t VALUES (2, 1) ON CONFLICT (id) DO UPDATE SET id = 2002, n = t.n + 1 RETURNING *;
INSERT INTO t SELECT id, 1 FROM t WHERE id < 4 ON CONFLICT (id) DO UPDATE SET id = t.id + 5000 RETURNING id;
DO $$ BEGIN INSERT INTO t VALUES (5001, 1) ON CONFLICT (id) DO UPDATE SET id = 2; END $$;
SELECT * FROM t ORDER BY id;
-- Keys of several columns, of expressions, partial ones, NULL in them.
DO $$ BEGIN
  INSERT INTO m (a, b, n) VALUES (1, 'x', 1.25), (1, 'y', 2), (2, NULL, 3), (2, NULL, 4);
  INSERT INTO m (a, b, n) VALUES (1, 'x', 10.126), (2, NULL, 5) ON CONFLICT (b, a) DO UPDATE SET n = m.n + excluded.n, w = DEFAULT;
  INSERT INTO m (a, b, n) VALUES (1, 'x', 1) ON CONFLICT ON CONSTRAINT m_a_b_key DO UPDATE SET n = '77', b = 'z' || excluded.b;
END $$;
SELECT * FROM m ORDER BY a, b, n;
DO $$ BEGIN INSERT INTO m (a, b, n) VALUES (1, 'y', 1) ON CONFLICT (a, b) DO UPDATE SET n = 1000; END $$;
DO $$ BEGIN INSERT INTO m (a, b, n) VALUES (1, 'y', 1000) ON CONFLICT (a, b) DO UPDATE SET n = 5; END $$;
DO $$ BEGIN INSERT INTO m (a, b, n) VALUES (1, 'y', 1) ON CONFLICT (a, b) DO UPDATE SET (n, w) = (5, now() - now() + timestamptz '2021-01-01'); END $$;
SELECT a, b, n, w = '2021-01-01' FROM m ORDER BY a, b, n;
DO $$ BEGIN
  INSERT INTO words VALUES ('Ab', 1), ('Ab', 2), ('Ab', -1), ('Ab', -1);
  INSERT INTO words VALUES ('Ab', 1), ('Ab', -1), ('ab', 1) ON CONFLICT (w, lower(w || k)) WHERE k > 0 DO UPDATE SET hits = words.hits + 1;
  INSERT INTO words VALUES ('Ab', 2), ('Ab', -1) ON CONFLICT DO NOTHING;
END $$;
SELECT * FROM words ORDER BY w COLLATE "C", k, hits;
-- Reference and single-shard tables, a local trigger.
INSERT INTO r VALUES (1, 'one');
DO $$ BEGIN
  INSERT INTO r VALUES (1, 'uno'), (2, 'due') ON CONFLICT (id) DO UPDATE SET v = excluded.v || '!' || r.v;
  INSERT INTO r VALUES (2, 'x'), (3, 'tre') ON CONFLICT DO NOTHING;
  INSERT INTO s VALUES (1, 1), (2, 2);
  INSERT INTO s VALUES (1, 1), (3, 3) ON CONFLICT (id) DO UPDATE SET n = s.n + 10, id = 11;
END $$;
SELECT * FROM r ORDER BY id;
SELECT * FROM s ORDER BY id;
CREATE FUNCTION fed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t (id, n) VALUES (NEW.id, NEW.n) ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n; RETURN NEW; END $$;
CREATE TRIGGER fed AFTER INSERT ON feed FOR EACH ROW EXECUTE FUNCTION fed();
INSERT INTO feed VALUES (1, 1000), (1, 1000), (7000, 7);
SELECT * FROM t WHERE n > 999 OR id = 7000 ORDER BY id;
-- The setting that carries the clause is gone, an INSERT without one goes on as before.
BEGIN;
DO $$ BEGIN INSERT INTO t VALUES (7000, 1) ON CONFLICT DO NOTHING; INSERT INTO t VALUES (7001, 1), (7002, 2); END $$;
INSERT INTO t VALUES (7003, 1);
SAVEPOINT a;
DO $$ BEGIN INSERT INTO t VALUES (7003, 1); END $$;
ROLLBACK TO a;
DO $$ BEGIN INSERT INTO t VALUES (7004, 1); END $$;
COMMIT;
SELECT * FROM t WHERE id > 7000 ORDER BY id;
-- The query of a loop.
DO $$ DECLARE x record; BEGIN FOR x IN INSERT INTO t VALUES (7104, 0), (7105, 1), (7104 + 2, 2) ON CONFLICT (id) DO UPDATE SET n = 4 RETURNING * LOOP RAISE NOTICE '%', x; END LOOP; END $$;
DO $body$
DECLARE
  x record;
  -- FOR x IN INSERT INTO t VALUES (1, 1) LOOP
BEGIN
  FOR x IN
    INSERT INTO t VALUES (7104, 0), (7105, 1)
    ON CONFLICT (id) DO UPDATE SET n = t.n + 10
    RETURNING id, n
  LOOP
    RAISE NOTICE '%', x;
  END LOOP;
END $body$;
CREATE FUNCTION loops(a int) RETURNS SETOF int LANGUAGE plpgsql AS $$
DECLARE
  i int;
BEGIN
  FOR i IN WITH s AS (SELECT a) INSERT INTO t SELECT a, 3 FROM s ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n RETURNING n LOOP
    RETURN NEXT i;
  END LOOP;
  FOR i IN INSERT INTO t VALUES (a, 3) ON CONFLICT DO NOTHING RETURNING n LOOP
    RETURN NEXT -1;
  END LOOP;
  FOR i IN INSERT INTO t VALUES (a + 1000, 3) RETURNING n LOOP
    RETURN NEXT i;
  END LOOP;
END $$;
SELECT * FROM loops(7104);
SELECT * FROM loops(7204);
DO $$ DECLARE x record; BEGIN FOR x IN EXECUTE 'INSERT INTO t VALUES (7104, 0) ON CONFLICT (id) DO UPDATE SET n = 4 RETURNING *' LOOP NULL; END LOOP; END $$;
-- What the coordinator cannot see is refused.
-- differs: [0A000] a variable that no column takes
DO $$ DECLARE q int := 4; BEGIN INSERT INTO t VALUES (7004, 0) ON CONFLICT (id) DO UPDATE SET n = q; END $$;
-- Triggers of the table itself.
CREATE TABLE log (what text);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_OP || ' ' || TG_WHEN || ' ' || NEW.id || ' ' || coalesce(NEW.n, 0)); NEW.n := NEW.n + 1; RETURN NEW; END $$;
CREATE TRIGGER z_note BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER b_note AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION noted();
INSERT INTO t VALUES (8000, 1) ON CONFLICT (id) DO UPDATE SET n = 5;
INSERT INTO t VALUES (8000, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n RETURNING *;
INSERT INTO t VALUES (8000, 1) ON CONFLICT DO NOTHING;
SELECT * FROM t WHERE id = 8000;
SELECT * FROM log ORDER BY what;
INSERT INTO t VALUES (8001, 1), (8002, 1) ON CONFLICT DO NOTHING;
