-- Names given to the columns of a join by position, and HAVING without groups.
CREATE TABLE jn1 (i int, j int, t text);
CREATE TABLE jn2 (i int, k int);
-- cluster: SELECT create_distributed_table('jn1', 'i')
-- cluster: SELECT create_distributed_table('jn2', 'i', colocate_with => 'none')
INSERT INTO jn1 SELECT i, i, 'x' || i FROM generate_series(1, 3) i;
INSERT INTO jn2 SELECT i, -i FROM generate_series(1, 2) i;
SELECT ii, tt, kk FROM (jn1 CROSS JOIN jn2) AS tx (ii, jj, tt, ii2, kk) ORDER BY 1, 2, 3;
SELECT tx.* FROM (jn1 CROSS JOIN jn2) AS tx (ii, jj, tt) ORDER BY 1, 2, 3, 4, 5;
SELECT tx.ii, t.c FROM (jn1 JOIN jn2 USING (i)) AS tx (ii, jj, tt, kk), (SELECT k FROM jn2) AS t(c) ORDER BY 1, 2;
SELECT b, a FROM (jn1 CROSS JOIN jn2) AS tx (a, b) ORDER BY 1, 2;
SELECT jj FROM jn1 AS tx (ii, jj), jn2 WHERE jj = -k ORDER BY 1;
SELECT * FROM jn1 a LEFT JOIN (jn2 b JOIN (SELECT 2 AS x) ss ON b.i = x) ON a.j = -b.k ORDER BY 1, 2;
SELECT 1 AS one FROM jn1 WHERE 1 / (i - 1) = 1 HAVING 1 < 2;
SELECT 1 AS one FROM jn1 WHERE i > 100 HAVING 1 < 2;
SELECT 1 AS one FROM jn1 HAVING 1 > 2;
SELECT (SELECT max(k) FROM jn2) AS one FROM jn1 HAVING (SELECT count(*) FROM jn2) = 2;
SELECT count(*) FROM jn1 HAVING 1 < 2;
CREATE DOMAIN jn_text AS text;
CREATE TABLE jn3 (id int, c jn_text);
-- cluster: SELECT create_reference_table('jn3')
INSERT INTO jn3 VALUES (1, NULL);
ALTER DOMAIN jn_text SET NOT NULL;
