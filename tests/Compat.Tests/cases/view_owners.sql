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
-- differs: [0A000] shards apply the reader's policies, not the owner's
SELECT count(*) FROM w;
-- differs: [0A000] the same
SELECT w.id FROM w JOIN w x USING (id) WHERE w.id = 2 FOR UPDATE;
-- differs: [0A000] the same
UPDATE w SET v = 0 WHERE id = 99;
-- differs: [0A000] the same
DELETE FROM w WHERE id = 99;
-- differs: [0A000] the same
INSERT INTO w SELECT 7, 7 WHERE 1 = 2;
-- differs: [0A000] the same
COPY (SELECT * FROM w) TO STDOUT;
-- differs: [0A000] the same
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
DROP VIEW w, ours;
REVOKE ALL ON t FROM compat_view_reader;
REVOKE ALL ON SCHEMA compat_view_owners FROM compat_view_reader;
DROP POLICY odd ON t;
DROP ROLE compat_view_reader;
