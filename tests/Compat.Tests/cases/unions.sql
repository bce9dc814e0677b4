-- UNION over shards, with and without the distribution column.
CREATE TABLE t (k int, v int, w text);
CREATE TABLE u (k int, v numeric, w varchar(5));
-- cluster: SELECT create_distributed_table('t', 'k')
-- cluster: SELECT create_distributed_table('u', 'k', colocate_with => 't')
INSERT INTO t SELECT i % 7, i % 5, chr(97 + i % 3) FROM generate_series(1, 30) i;
INSERT INTO u SELECT i % 9, i % 4 + 0.50, chr(98 + i % 3) FROM generate_series(1, 30) i;
INSERT INTO t VALUES (3, NULL, NULL);
SELECT v FROM t UNION SELECT v FROM u;
SELECT v FROM t UNION SELECT v FROM u ORDER BY 1 LIMIT 3;
SELECT v FROM t UNION SELECT v FROM u ORDER BY v DESC LIMIT 2 OFFSET 2;
SELECT w FROM t UNION SELECT w FROM u ORDER BY w NULLS FIRST;
SELECT v, w FROM t UNION SELECT v, w FROM u ORDER BY 2, 1;
SELECT v FROM t UNION ALL SELECT v FROM u UNION SELECT k FROM t ORDER BY 1;
(SELECT v FROM t UNION SELECT v FROM u) UNION ALL SELECT k FROM t ORDER BY 1;
SELECT k FROM t UNION SELECT k FROM u ORDER BY 1 LIMIT 4;
SELECT v FROM t INTERSECT SELECT k FROM t ORDER BY 1;
SELECT count(*), sum(v) FROM (SELECT v FROM t UNION SELECT v FROM u) s;
WITH s AS (SELECT k, v FROM t) SELECT v FROM s UNION SELECT v FROM u ORDER BY 1 FETCH FIRST 2 ROWS WITH TIES;
SELECT v FROM t WHERE k = 3 UNION SELECT v FROM u WHERE k = 3 ORDER BY 1;
SELECT v FROM t WHERE k = 3 UNION SELECT v FROM u WHERE k = 4 ORDER BY 1;
CREATE TABLE copied AS SELECT v FROM t UNION SELECT v FROM u;
SELECT * FROM copied ORDER BY 1;
INSERT INTO t (k, v) SELECT v, v FROM t WHERE v > 2 UNION SELECT k, k FROM u WHERE k > 5;
SELECT count(*), sum(k), sum(v) FROM t;
