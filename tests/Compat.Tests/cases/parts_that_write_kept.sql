-- COPY, CREATE TABLE AS and SELECT INTO of WITH queries that write and read the same tables.
CREATE TABLE t (id bigint PRIMARY KEY, k int, v text);
CREATE TABLE r (id int PRIMARY KEY, v text);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_reference_table('r')
INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 10) i;
INSERT INTO r VALUES (1, 'one'), (2, 'two');
BEGIN;
COPY (WITH gone AS (DELETE FROM t WHERE k > 5 RETURNING k) SELECT count(*) FROM gone JOIN t ON t.k = gone.k) TO STDOUT;
SELECT count(*) FROM t;
ROLLBACK;
BEGIN;
COPY (WITH gone AS (DELETE FROM t WHERE k > 5 RETURNING *) SELECT t.*, gone.v AS w, NULL::int n FROM gone JOIN t ON t.k = gone.k ORDER BY 1) TO STDOUT WITH (FORMAT csv, HEADER, NULL 'nul', FORCE_QUOTE (w));
SAVEPOINT s;
COPY (WITH gone AS (DELETE FROM t WHERE k < 3 RETURNING *) SELECT t.id FROM gone JOIN t ON t.k = gone.k ORDER BY 1) TO STDOUT WITH (FORMAT binary);
ROLLBACK TO s;
SELECT count(*) FROM t;
ROLLBACK;
CREATE TABLE a1 AS WITH gone AS (DELETE FROM t WHERE k > 8 RETURNING k) SELECT count(*) AS c, max(t.v) FROM gone JOIN t ON t.k = gone.k;
SELECT *, (SELECT count(*) FROM t) FROM a1;
CREATE TABLE IF NOT EXISTS a1 AS WITH gone AS (DELETE FROM t WHERE k > 7 RETURNING k) SELECT count(*) AS c, max(t.v) FROM gone JOIN t ON t.k = gone.k;
CREATE TABLE a1 AS WITH gone AS (DELETE FROM t WHERE k > 7 RETURNING k) SELECT count(*) AS c, max(t.v) FROM gone JOIN t ON t.k = gone.k;
CREATE TABLE a2 (x, y) AS WITH gone AS (DELETE FROM t WHERE k > 7 RETURNING k) SELECT count(*) AS c, max(t.v) FROM gone JOIN t ON t.k = gone.k WITH NO DATA;
SELECT *, (SELECT count(*) FROM t) FROM a2;
CREATE UNLOGGED TABLE a3 (x, y) AS WITH gone AS (DELETE FROM t WHERE k > 7 RETURNING k) SELECT t.k, t.v FROM gone JOIN t ON t.k = gone.k;
SELECT *, (SELECT count(*) FROM t) FROM a3;
WITH gone AS (DELETE FROM t WHERE k > 6 RETURNING k) SELECT t.k, t.v INTO a4 FROM gone JOIN t ON t.k = gone.k;
SELECT *, (SELECT count(*) FROM t) FROM a4;
BEGIN;
WITH gone AS (DELETE FROM t WHERE k > 5 RETURNING k) SELECT t.k, t.v INTO TEMP a5 FROM gone JOIN t ON t.k = gone.k;
SELECT *, (SELECT count(*) FROM t) FROM a5;
CREATE TEMP TABLE a6 ON COMMIT DROP AS WITH gone AS (DELETE FROM t WHERE k > 4 RETURNING k) SELECT t.k, t.v FROM gone JOIN t ON t.k = gone.k;
SELECT *, (SELECT count(*) FROM t) FROM a6;
COMMIT;
SELECT * FROM a6;
CREATE MATERIALIZED VIEW mv AS WITH gone AS (DELETE FROM t WHERE k > 3 RETURNING k) SELECT t.k, t.v FROM gone JOIN t ON t.k = gone.k;
PREPARE p (int) AS WITH gone AS (DELETE FROM t WHERE k > $1 RETURNING k) SELECT t.k, t.v, $1 AS n FROM gone JOIN t ON t.k = gone.k;
CREATE TABLE a7 AS EXECUTE p (3);
SELECT *, (SELECT count(*) FROM t) FROM a7;
CREATE TABLE bad AS WITH gone AS (DELETE FROM t WHERE k > 2 RETURNING k) SELECT t.k, t.nope FROM gone JOIN t ON t.k = gone.k;
COPY (WITH gone AS (DELETE FROM t WHERE k > 2 RETURNING k) SELECT t.k, t.nope FROM gone JOIN t ON t.k = gone.k) TO STDOUT;
COPY (WITH gone AS (UPDATE t SET k = k + 1 RETURNING k) SELECT t.k, 1/(t.k - t.k) FROM gone JOIN t ON t.k = gone.k) TO STDOUT;
SELECT * FROM t ORDER BY 1;
COPY (WITH gone AS (UPDATE t SET k = k + 1 RETURNING *), w AS (UPDATE r SET v = 'q' FROM t WHERE t.k = r.id RETURNING r.*) SELECT t.*, w.* FROM gone JOIN t USING (id) JOIN w ON w.id = t.k) TO '/dev/null';
SELECT * FROM t ORDER BY 1;
COPY (WITH ins AS (INSERT INTO t SELECT 100 + i, i, 'new' FROM generate_series(1, 3) i ON CONFLICT (id) DO UPDATE SET v = 'upd' RETURNING *) SELECT ins.*, (SELECT count(*) FROM t) FROM ins ORDER BY 1) TO STDOUT;
COPY (WITH ins AS (INSERT INTO t SELECT 101 + i, i, 'new' FROM generate_series(1, 3) i ON CONFLICT (id) DO UPDATE SET v = 'upd' || (SELECT count(*) FROM t) RETURNING *) SELECT ins.*, (SELECT count(*) FROM t) FROM ins ORDER BY 1) TO STDOUT;
CREATE TABLE a9 AS WITH ins AS (INSERT INTO t SELECT 101 + i, i, 'new' FROM generate_series(1, 4) i ON CONFLICT (id) DO UPDATE SET v = 'upd' || (SELECT count(*) FROM t) RETURNING *) SELECT ins.*, (SELECT count(*) FROM t) FROM ins ORDER BY 1;
SELECT * FROM a9 ORDER BY 1;
SELECT * FROM t ORDER BY 1;
INSERT INTO t VALUES (1000, 1000, 'é''\"' || chr(10));
-- batch
COPY (WITH gone AS (DELETE FROM t WHERE id = 1000 RETURNING *) SELECT t.* FROM gone JOIN t USING (k)) TO STDOUT;
SELECT count(*) FROM t;
CREATE TABLE a10 AS WITH gone AS (DELETE FROM t WHERE id < 2 RETURNING *) SELECT t.* FROM gone JOIN t USING (k);
SELECT * FROM a10;
-- end batch
-- pipeline
INSERT INTO t VALUES (1, 1, 'one');
CREATE TABLE a11 AS WITH gone AS (DELETE FROM t WHERE id < 2 RETURNING *) SELECT t.* FROM gone JOIN t USING (k);
COPY (WITH gone AS (DELETE FROM t WHERE id = 101 RETURNING *) SELECT t.* FROM gone JOIN t USING (id)) TO STDOUT;
SELECT * FROM a11;
-- end pipeline
-- extended only
-- params: 102 | 103
CREATE TABLE a12 AS WITH gone AS (DELETE FROM t WHERE id = $1 OR id = $2::int RETURNING *) SELECT t.*, $1 AS p FROM gone JOIN t USING (id) ORDER BY 1;
-- extended only
SELECT * FROM a12 ORDER BY 1;
COPY (WITH g AS (INSERT INTO t VALUES (2000, 1, 'e') RETURNING *) SELECT count(*) FROM t) TO STDOUT;
SELECT count(*) FROM t;
COPY (DELETE FROM t WHERE id > (SELECT max(id) - 1 FROM t) RETURNING *) TO STDOUT;
COPY (WITH g AS (UPDATE t SET k = 0 WHERE id < 103 RETURNING *) UPDATE t SET k = 9 FROM g WHERE t.id = g.id + 102 RETURNING t.*) TO STDOUT;
SELECT * FROM t ORDER BY 1;
