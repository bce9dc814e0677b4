-- NULL against the distribution column, three-valued logic, empty tables.
CREATE TABLE n (k int, v int);
CREATE TABLE e (k int, v int);
-- cluster: SELECT create_distributed_table('n', 'k')
-- cluster: SELECT create_distributed_table('e', 'k', colocate_with => 'n')
INSERT INTO n SELECT i, NULLIF(i % 4, 0) FROM generate_series(1, 16) i;
SELECT * FROM n WHERE k = NULL;
SELECT * FROM n WHERE k IN (1, NULL);
SELECT * FROM n WHERE k NOT IN (1, NULL);
SELECT * FROM n WHERE k IS NULL;
SELECT count(*) FROM n WHERE k IS NOT NULL;
SELECT * FROM n WHERE k = ANY (NULL);
SELECT * FROM n WHERE k = ANY ('{}');
SELECT * FROM n WHERE k = ANY ('{3,NULL}');
SELECT * FROM n WHERE k IS NOT DISTINCT FROM 4;
SELECT * FROM n WHERE k IS NOT DISTINCT FROM NULL;
-- params: \N
-- params: 5
SELECT * FROM n WHERE k = $1;
-- params: 5 | \N
-- params: 5 | 6
SELECT * FROM n WHERE k IN ($1, $2);
-- params: {1,2,NULL}
-- params: \N
-- params: {}
SELECT * FROM n WHERE k = ANY ($1);
UPDATE n SET v = 1 WHERE k = NULL;
DELETE FROM n WHERE k = NULL RETURNING *;
SELECT * FROM e;
SELECT count(*), sum(v), max(v), array_agg(v) FROM e;
SELECT v, count(*) FROM e GROUP BY v;
SELECT * FROM e ORDER BY k LIMIT 1;
SELECT n.k, e.v FROM n LEFT JOIN e USING (k) WHERE n.k < 3;
SELECT * FROM n JOIN e USING (k);
SELECT n.k FROM n WHERE n.k NOT IN (SELECT k FROM e) AND n.k < 3;
UPDATE e SET v = 1;
DELETE FROM e;
INSERT INTO e SELECT * FROM e;
SELECT v IS NULL, count(*) FROM n GROUP BY 1;
SELECT count(v), count(*), sum(v) FROM n WHERE v IS NULL;
SELECT bool_and(v > 1), bool_or(v > 2), min(v), avg(v) FROM n;
SELECT k FROM n WHERE (v > 1) IS UNKNOWN;
SELECT k FROM n WHERE coalesce(v, 0) = 0;
SELECT count(*) FROM n a JOIN n b ON a.v = b.v;
SELECT DISTINCT v FROM n ORDER BY v NULLS FIRST;
