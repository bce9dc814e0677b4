-- Views of other roles over tables with row-level security, where owner and reader see the same rows or the reader's policies count.
DROP ROLE IF EXISTS compat_view_reader;
CREATE ROLE compat_view_reader;
CREATE TABLE t (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('t', 'id')
INSERT INTO t SELECT i, i FROM generate_series(1, 6) i;
GRANT USAGE ON SCHEMA compat_view_owners TO compat_view_reader;
GRANT SELECT, UPDATE ON t TO compat_view_reader;
CREATE VIEW w AS SELECT * FROM t;
CREATE VIEW ours WITH (security_invoker = true) AS SELECT * FROM t;
GRANT ALL ON w, ours TO compat_view_reader;
SET ROLE compat_view_reader;
SELECT count(*) FROM w;
RESET ROLE;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY odd ON t USING (id % 2 = 1);
SELECT count(*) FROM w;
UPDATE w SET v = v + 1;
SET ROLE compat_view_reader;
SELECT count(*) FROM w;
SELECT w.id FROM w JOIN w x USING (id) WHERE w.id = 2 FOR UPDATE;
UPDATE w SET v = 0 WHERE id = 99;
DELETE FROM w WHERE id = 99;
-- differs: [0A000] the same
INSERT INTO w SELECT 7, 7 WHERE 1 = 2;
COPY (SELECT * FROM w) TO STDOUT;
-- differs: the plan is the coordinator's
EXPLAIN (COSTS OFF) SELECT * FROM w;
SELECT count(*) FROM ours;
UPDATE ours SET v = 0 WHERE id = 2;
SELECT sum(v) FROM t;
RESET ROLE;
ALTER VIEW w SET (security_invoker = on);
SET ROLE compat_view_reader;
SELECT count(*) FROM w;
RESET ROLE;
SELECT id, v FROM w ORDER BY id;
-- Inside of functions, and as whoever SET ROLE names there.
ALTER VIEW w RESET (security_invoker);
CREATE FUNCTION seen() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM w); END';
CREATE FUNCTION owned() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = compat_view_owners AS 'BEGIN RETURN (SELECT count(*) FROM t); END';
CREATE FUNCTION changed() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = compat_view_owners AS 'DECLARE n bigint; BEGIN UPDATE t SET v = v + 1; GET DIAGNOSTICS n = ROW_COUNT; RETURN n; END';
SELECT seen(), owned(), changed();
SET ROLE compat_view_reader;
SELECT seen(), owned(), changed(), (SELECT count(*) FROM t);
SELECT count(*) FROM t JOIN w USING (id);
UPDATE w SET v = 20 WHERE id = 2;
DELETE FROM w WHERE id = 4 RETURNING *;
-- differs: [0A000] rows that come in are written by the session's role
INSERT INTO w SELECT 8, 8 WHERE 1 = 2;
BEGIN;
UPDATE t SET v = 0 WHERE id = 1;
SELECT seen(), owned(), (SELECT sum(v) FROM t), (SELECT sum(v) FROM w);
ROLLBACK;
RESET ROLE;
DO $$ DECLARE n bigint; m bigint; BEGIN SELECT count(*) INTO n FROM t; SET LOCAL ROLE compat_view_reader; SELECT count(*) INTO m FROM t; RAISE NOTICE '% %', n, m; END $$;
REVOKE SELECT ON t FROM compat_view_reader;
SET ROLE compat_view_reader;
SELECT count(*) FROM w;
SELECT seen(), owned();
SELECT count(*) FROM t;
RESET ROLE;
SELECT id, v FROM w ORDER BY id;
DROP FUNCTION seen, owned, changed;
DROP VIEW w, ours;
REVOKE ALL ON t FROM compat_view_reader;
REVOKE ALL ON SCHEMA compat_view_owners FROM compat_view_reader;
DROP POLICY odd ON t;
DROP ROLE compat_view_reader;
