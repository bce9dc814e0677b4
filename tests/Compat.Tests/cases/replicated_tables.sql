-- Tables whose shards have two placements: written everywhere, counted once.
CREATE TABLE t (k int PRIMARY KEY, v int, w text DEFAULT 'd');
CREATE TABLE u (k int PRIMARY KEY, x int, at timestamptz DEFAULT now());
CREATE TABLE keyless (k int, v int);
CREATE TABLE ids (id serial PRIMARY KEY, n int);
-- cluster: SET citus.shard_replication_factor TO 2
-- cluster: SELECT create_distributed_table('t', 'k', shard_count := 4)
-- cluster: SELECT create_distributed_table('u', 'k', colocate_with := 't')
-- cluster: SELECT create_distributed_table('keyless', 'k', shard_count := 4)
-- cluster: SELECT create_distributed_table('ids', 'id', shard_count := 4)
-- cluster: RESET citus.shard_replication_factor
INSERT INTO t VALUES (1, 1);
INSERT INTO t VALUES (2, 2, 'a'), (3, 3, 'b'), (4, 4, 'c') RETURNING k, w;
INSERT INTO t SELECT i, i FROM generate_series(5, 20) i;
INSERT INTO t VALUES (1, 9);
INSERT INTO t VALUES (1, 9), (21, 1) ON CONFLICT (k) DO UPDATE SET v = t.v + excluded.v RETURNING *;
INSERT INTO t VALUES (1, 9) ON CONFLICT DO NOTHING;
INSERT INTO ids (n) VALUES (1), (2), (3) RETURNING id;
INSERT INTO ids (n) VALUES (4);
COPY t FROM STDIN;
30	1	q
31	2	q
\.
COPY (SELECT * FROM t ORDER BY k) TO STDOUT;
UPDATE t SET v = v + 1 WHERE k = 1 RETURNING *;
UPDATE t SET v = v + 1;
UPDATE t SET w = 'r' WHERE k < 4 AND random() < 2;
UPDATE t SET v = (random() * 0)::int WHERE k = 5;
DELETE FROM t WHERE k = 20;
DELETE FROM t WHERE k IN (18, 19);
INSERT INTO u (k, x) SELECT k, v FROM t;
UPDATE t SET v = u.x FROM u WHERE t.k = u.k AND u.x > 10;
UPDATE t SET v = (SELECT max(x) FROM u) WHERE k = 6;
DELETE FROM t USING u WHERE t.k = u.k AND u.x = 3;
DELETE FROM t WHERE k IN (SELECT k FROM u WHERE x = 8);
SELECT count(*), sum(v), count(DISTINCT w) FROM t;
SELECT t.k, u.x FROM t JOIN u USING (k) WHERE t.k < 6 ORDER BY 1;
SELECT count(*) FROM t a JOIN u b ON a.v = b.x;
SELECT k, v FROM t WHERE k = 2 FOR UPDATE;
SELECT count(DISTINCT at) FROM u;
BEGIN;
UPDATE t SET v = 100 WHERE k = 2;
SELECT v FROM t WHERE k = 2;
SAVEPOINT s;
DELETE FROM t;
ROLLBACK TO s;
SELECT count(*) FROM t;
COMMIT;
MERGE INTO t USING (VALUES (1, 'm'), (40, 'n')) AS s (k, w) ON t.k = s.k WHEN MATCHED THEN UPDATE SET w = s.w WHEN NOT MATCHED THEN INSERT VALUES (s.k, 0, s.w);
WITH gone AS (DELETE FROM t WHERE k = 4 RETURNING *) INSERT INTO t SELECT k + 100, v, w FROM gone;
DO $$ BEGIN UPDATE t SET v = 7 WHERE k = 3; INSERT INTO t VALUES (50, 1), (51, 2); FOR i IN 1..3 LOOP UPDATE t SET v = v + (random() * 0)::int + i WHERE k = i; END LOOP; DELETE FROM t WHERE k = 51 AND random() < 2; END $$;
INSERT INTO keyless VALUES (1, 1), (1, 1), (2, 2);
UPDATE keyless SET v = v + (random() * 0)::int + 1 WHERE k = 1;
DELETE FROM keyless WHERE random() < 2 AND k = 2;
SELECT * FROM keyless ORDER BY 1, 2;
ALTER TABLE t ADD COLUMN z int DEFAULT 5;
DO $$ BEGIN ALTER TABLE t ADD COLUMN y int DEFAULT 6; CREATE INDEX ON t (y); UPDATE t SET y = 7 WHERE k = 1; ALTER TABLE t DROP COLUMN w; END $$;
CREATE INDEX ON t (v);
SELECT * FROM t ORDER BY k;
TRUNCATE u;
SELECT count(*) FROM u;
-- cluster: DO $$ DECLARE r record; BEGIN FOR r IN SELECT s.shardid, array_agg(result) AS results FROM pg_dist_shard s, LATERAL (SELECT p.result FROM run_command_on_placements('t', 'SELECT md5(string_agg(x::text, chr(10) ORDER BY k)) FROM %s x') p WHERE p.shardid = s.shardid) p WHERE logicalrelid = 't'::regclass GROUP BY 1 LOOP IF cardinality(r.results) <> 2 OR r.results[1] IS DISTINCT FROM r.results[2] THEN RAISE 'placements of shard % differ: %', r.shardid, r.results; END IF; END LOOP; END $$
DROP TABLE u;
