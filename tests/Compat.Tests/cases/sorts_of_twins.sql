-- Sort keys that have the names of several columns.
CREATE TABLE t (k int, v int);
-- cluster: SELECT create_distributed_table('t', 'k')
INSERT INTO t SELECT i % 7, i FROM generate_series(1, 30) i;
SELECT * FROM (SELECT DISTINCT ON (a.k) a.k, a.k, CASE WHEN a.k = a.k THEN a.k ELSE a.k END FROM t a ORDER BY 1, 2, 3) x ORDER BY 1, 2, 3;
SELECT a.k, b.v AS k FROM t a JOIN t b ON a.v = b.v ORDER BY a.k, b.v LIMIT 5;
SELECT k AS v, v AS k FROM t ORDER BY k, v LIMIT 3;
SELECT k AS v, v AS k FROM t ORDER BY t.k, t.v LIMIT 3;
