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
-- Rows without a key.
INSERT INTO n VALUES (NULL, 1), (1, 2), (NULL, 3);
INSERT INTO n (v) VALUES (4), (5);
INSERT INTO n (v) VALUES (6) RETURNING *;
INSERT INTO n SELECT NULLIF(i, 3), i FROM generate_series(1, 5) i;
INSERT INTO n (v) SELECT 100;
INSERT INTO n (v) SELECT v FROM n WHERE k = 7;
INSERT INTO n DEFAULT VALUES;
-- params: \N | 200
-- params: 7 | 201
INSERT INTO n VALUES ($1, $2) RETURNING *;
-- params: \N | 202
INSERT INTO n VALUES ($1, $2), (9, 203) RETURNING *;
COPY n FROM STDIN;
\N	7
8	8
\.
COPY n (v) FROM STDIN CSV;
9
10
\.
DO 'BEGIN INSERT INTO n VALUES (NULL, 11), (2, 12); INSERT INTO n (v) VALUES (13); END';
SELECT k, v FROM n ORDER BY k, v;
SELECT k, count(*), sum(v) FROM n GROUP BY k ORDER BY k NULLS FIRST;
SELECT DISTINCT k FROM n ORDER BY k;
SELECT k, v, row_number() OVER (PARTITION BY k ORDER BY v) FROM n WHERE k IS NULL ORDER BY v;
INSERT INTO e SELECT k, v FROM n;
SELECT count(*) FROM n JOIN e USING (k);
SELECT count(*) FROM n LEFT JOIN e USING (k) WHERE e.v IS NULL;
SELECT k, count(*), count(n.v), count(e.v) FROM n FULL JOIN e USING (k) GROUP BY k ORDER BY k;
SELECT count(*) FROM n JOIN e ON n.k IS NOT DISTINCT FROM e.k;
SELECT count(*) FROM n WHERE k NOT IN (SELECT k FROM e);
SELECT count(*) FROM n WHERE NOT EXISTS (SELECT 1 FROM e WHERE e.k = n.k);
SELECT count(*) FROM n WHERE k = ANY ('{1,NULL}');
SELECT count(*) FROM n WHERE k IN (1, NULL) OR k IS NULL;
SELECT k FROM n INTERSECT SELECT k FROM e ORDER BY 1;
SELECT k FROM n EXCEPT SELECT k FROM e WHERE k IS NOT NULL ORDER BY 1;
SELECT k FROM n UNION SELECT k FROM e ORDER BY 1;
SELECT count(*) FROM (SELECT k FROM n EXCEPT ALL SELECT k FROM e) x;
UPDATE n SET v = v + 1 WHERE k IS NULL;
DELETE FROM n WHERE k IS NULL AND v < 5 RETURNING v;
UPDATE n SET k = 77 WHERE k IS NULL AND v > 200 RETURNING k, v;
UPDATE n SET k = NULL WHERE k = 77 RETURNING k, v;
SELECT k, v FROM n ORDER BY k, v;
CREATE TABLE u (k int UNIQUE, v int);
INSERT INTO u VALUES (NULL, 1), (NULL, 2), (3, 3);
-- cluster: SELECT create_distributed_table('u', 'k')
INSERT INTO u VALUES (NULL, 4);
INSERT INTO u VALUES (NULL, 5) ON CONFLICT (k) DO NOTHING;
INSERT INTO u VALUES (3, 5) ON CONFLICT (k) DO UPDATE SET v = 50;
SELECT * FROM u ORDER BY v;
CREATE UNIQUE INDEX ON u (k) NULLS NOT DISTINCT;
DELETE FROM u WHERE k IS NULL;
CREATE UNIQUE INDEX one_null ON u (k) NULLS NOT DISTINCT;
INSERT INTO u VALUES (NULL, 6);
INSERT INTO u VALUES (NULL, 7);
COPY u FROM STDIN;
\N	8
\.
-- NOT IN, and the value of IN, where keys are NULL: the NULL is on another shard than most rows.
CREATE TABLE nk (k int, v int);
CREATE TABLE nk_other (k int, v int);
CREATE TABLE nk_never (k int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('nk', 'k')
-- cluster: SELECT create_distributed_table('nk_other', 'k', colocate_with => 'nk')
-- cluster: SELECT create_distributed_table('nk_never', 'k', colocate_with => 'nk')
INSERT INTO nk VALUES (1, 1), (2, 2), (3, 3), (NULL, 4), (8, 8);
INSERT INTO nk_other VALUES (1, 1), (5, 5), (8, NULL);
INSERT INTO nk_never VALUES (1, 1), (2, NULL), (6, 6);
SELECT count(*) FROM nk WHERE k NOT IN (SELECT k FROM nk_other);
SELECT count(*) FROM nk_never WHERE k NOT IN (SELECT k FROM nk);
SELECT k, k IN (SELECT k FROM nk_other) FROM nk ORDER BY k;
SELECT k, k IN (SELECT k FROM nk) FROM nk_other ORDER BY k;
SELECT k FROM nk WHERE (k IN (SELECT k FROM nk_other)) IS NULL;
SELECT k FROM nk WHERE k IN (SELECT k FROM nk_other) OR v = 4 ORDER BY 1;
SELECT k FROM nk WHERE NOT (k IN (SELECT k FROM nk_other) OR v = 4) ORDER BY 1;
INSERT INTO nk_other VALUES (NULL, 7);
SELECT count(*) FROM nk WHERE k NOT IN (SELECT k FROM nk_other);
SELECT count(*) FROM nk_never WHERE k NOT IN (SELECT k FROM nk_other);
SELECT k, k IN (SELECT k FROM nk_other) FROM nk ORDER BY k;
SELECT count(*) FROM nk WHERE k NOT IN (SELECT x.k FROM (SELECT k, max(v) FROM nk_other GROUP BY k) x);
SELECT count(*) FROM nk WHERE (k, v) NOT IN (SELECT k, v FROM nk_other);
SELECT k FROM nk_never WHERE k NOT IN (SELECT k FROM nk_never WHERE v > 2) ORDER BY 1;
SELECT count(*) FROM nk a JOIN nk_never b USING (k) WHERE a.k NOT IN (SELECT k FROM nk_other);
UPDATE nk SET v = 0 WHERE k NOT IN (SELECT k FROM nk_other);
DELETE FROM nk WHERE NOT k IN (SELECT k FROM nk_other WHERE k IS NOT NULL);
SELECT * FROM nk ORDER BY k;
SELECT sum(CASE WHEN k IN (SELECT k FROM nk_other) THEN 1 WHEN NOT k IN (SELECT k FROM nk_other) THEN 2 ELSE 3 END) FROM nk;
TRUNCATE nk_other;
SELECT k, k IN (SELECT k FROM nk_other), k NOT IN (SELECT k FROM nk_other) FROM nk ORDER BY k;
