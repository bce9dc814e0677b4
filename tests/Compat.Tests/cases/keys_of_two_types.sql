-- Equal values of int2, int4 and int8, and of text and varchar, have equal hashes: keys of different types are tied to each other.
CREATE TABLE i4 (k int, a smallint, v text);
CREATE TABLE i8 (k bigint, b int, w varchar(9));
CREATE TABLE i2 (k smallint, c bigint);
CREATE TABLE tx (t text, n int);
CREATE TABLE vc (t varchar(12), n bigint);
CREATE TABLE r (id bigint PRIMARY KEY, s smallint, name text);
CREATE TABLE nu (k numeric, n int);
-- cluster: SELECT create_distributed_table('i4', 'k')
-- cluster: SELECT create_distributed_table('i8', 'k')
-- cluster: SELECT create_distributed_table('i2', 'k')
-- cluster: SELECT create_distributed_table('tx', 't')
-- cluster: SELECT create_distributed_table('vc', 't')
-- cluster: SELECT create_distributed_table('nu', 'k')
-- cluster: SELECT create_reference_table('r')
INSERT INTO i4 SELECT i % 60 - 10, i % 20, 'v' || i % 9 FROM generate_series(1, 200) i;
INSERT INTO i8 SELECT i % 60 - 20, i % 30, 'w' || i % 7 FROM generate_series(1, 150) i;
INSERT INTO i8 VALUES (5000000000, 5, 'big'), (-5000000000, 6, 'small'), (70000, 7, 'mid'), (NULL, 8, 'none');
INSERT INTO i4 VALUES (70000, 7, 'mid'), (NULL, NULL, 'none'), (2147483647, 1, 'max'), (-2147483648, 1, 'min');
INSERT INTO i2 SELECT i % 50, i FROM generate_series(1, 70) i;
INSERT INTO i2 VALUES (NULL, 5000000000), (7, 70000), (32767, -1);
INSERT INTO tx SELECT 't' || i % 15, i FROM generate_series(1, 60) i;
INSERT INTO vc SELECT 't' || i % 20, i FROM generate_series(1, 50) i;
INSERT INTO tx VALUES ('t1 ', -1), (NULL, -2);
INSERT INTO vc VALUES ('t1 ', -1), (NULL, -2);
INSERT INTO r SELECT i, i, 'r' || i FROM generate_series(-5, 40) i;
INSERT INTO r VALUES (5000000000, 1, 'big');
INSERT INTO nu SELECT i, i FROM generate_series(1, 20) i;
-- cluster: ANALYZE i4, i8, i2, tx, vc, r, nu

SELECT count(*), sum(i4.a), sum(i8.b) FROM i4 JOIN i8 ON i4.k = i8.k;
SELECT count(*), sum(i4.a), sum(i8.b) FROM i4 LEFT JOIN i8 ON i4.k = i8.k;
SELECT count(*), sum(i4.a), sum(i8.b) FROM i4 RIGHT JOIN i8 ON i4.k = i8.k;
SELECT count(*), sum(i4.a), sum(i8.b) FROM i4 FULL JOIN i8 ON i4.k = i8.k;
SELECT count(*), sum(i4.a), sum(i8.b) FROM i4 FULL JOIN i8 USING (k);
SELECT k, count(*) FROM i4 JOIN i8 USING (k) GROUP BY k ORDER BY k;
SELECT k, a, b FROM i4 NATURAL JOIN i8 ORDER BY 1, 2, 3 LIMIT 20;
SELECT k, count(*) FROM i4 FULL JOIN i8 USING (k) GROUP BY k ORDER BY k;
SELECT i8.k, count(*) FROM i4 JOIN i8 ON i4.k = i8.k GROUP BY i8.k ORDER BY 1;
SELECT i4.k, count(*) FROM i4 JOIN i8 ON i4.k = i8.k GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM i4 JOIN i8 ON i4.k = i8.b;
SELECT count(*) FROM i4 JOIN i8 ON i4.a = i8.k;
SELECT count(*) FROM i4 JOIN i8 ON i4.a = i8.b;
SELECT count(*) FROM i4 FULL JOIN i8 ON i4.a = i8.b;
SELECT count(*) FROM i4 FULL JOIN i2 ON i4.a = i2.c;
SELECT count(*) FROM i4 JOIN i8 ON i4.k = i8.k JOIN i2 ON i2.k = i8.k;
SELECT count(*) FROM i4 LEFT JOIN i8 ON i4.k = i8.k LEFT JOIN i2 ON i2.k = i8.k;
SELECT count(*) FROM i4 FULL JOIN i8 ON i4.k = i8.k FULL JOIN i2 ON i2.k = i4.k;
SELECT count(*) FROM i4 WHERE k IN (SELECT k FROM i8);
SELECT count(*) FROM i4 WHERE k NOT IN (SELECT k FROM i8 WHERE k IS NOT NULL);
SELECT count(*) FROM i8 WHERE k IN (SELECT k FROM i2);
SELECT count(*) FROM i8 WHERE NOT EXISTS (SELECT FROM i4 WHERE i4.k = i8.k);
SELECT count(*), sum(s.c) FROM i8 JOIN (SELECT k, count(*) AS c FROM i4 GROUP BY k) s ON s.k = i8.k;
SELECT k, (SELECT max(b) FROM i8 WHERE i8.k = i4.k) AS m FROM i4 ORDER BY k, m, a, v LIMIT 30;
SELECT rank() OVER (PARTITION BY i8.k ORDER BY a, b, v, w), i8.k FROM i4 JOIN i8 ON i4.k = i8.k WHERE i8.k < 2 ORDER BY 2, 1;
SELECT DISTINCT i8.k FROM i4 JOIN i8 ON i4.k = i8.k ORDER BY 1 LIMIT 5;

-- One value, that the other type may not have.
SELECT count(*) FROM i4 JOIN i8 ON i4.k = i8.k WHERE i8.k = 70000;
SELECT count(*) FROM i4 JOIN i8 ON i4.k = i8.k WHERE i8.k = 5000000000;
SELECT count(*) FROM i4 LEFT JOIN i8 ON i4.k = i8.k AND i8.k = 5000000000;
SELECT count(*) FROM i4 RIGHT JOIN i8 ON i4.k = i8.k WHERE i8.k = 5000000000;
SELECT count(*) FROM i8 LEFT JOIN i4 ON i4.k = i8.k WHERE i8.k = -5000000000;
SELECT count(*) FROM i8 LEFT JOIN i4 ON i4.k = i8.k WHERE i8.k IN (5000000000, 70000, 7);
SELECT count(*) FROM i4 JOIN i8 ON i4.k = i8.k WHERE i8.k IN (5000000000, 70000, 7);
SELECT count(*) FROM i4 JOIN i8 ON i4.k = i8.k WHERE i8.k = ANY ('{5000000000, 70000, 7}');
SELECT count(*) FROM i4 JOIN r ON r.id = i4.k WHERE r.id = 5000000000;
SELECT i4.a, r.name FROM i4 JOIN r ON r.id = i4.k WHERE r.id = 7 ORDER BY 1, 2;
SELECT count(*) FROM i4 JOIN r ON r.id = i4.k WHERE r.id IN (5000000000, 7);
SELECT count(*) FROM i4 LEFT JOIN r ON r.id = i4.k WHERE i4.k = 7;
SELECT count(*) FROM i2 JOIN r ON r.id = i2.k WHERE r.id = 70000;
SELECT count(*) FROM (SELECT * FROM i8 WHERE k = 5000000000) s JOIN i4 ON i4.k = s.k;
SELECT count(*) FROM (SELECT * FROM r WHERE id = 5000000000 OR id = 7) s JOIN i4 ON i4.k = s.id;
SELECT count(*) FROM i4 WHERE k IN (SELECT k FROM i8 WHERE k = 5000000000);
SELECT count(*) FROM i4 WHERE EXISTS (SELECT FROM i8 WHERE i8.k = i4.k AND i8.k = 5000000000);
-- params: 70000
-- params: 5000000000
-- params: \N
SELECT count(*) FROM i4 JOIN i8 ON i4.k = i8.k WHERE i8.k = $1;
-- params: 7
-- params: 5000000000
SELECT count(*), max(name) FROM i4 JOIN r ON r.id = i4.k WHERE r.id = $1;
-- params: {7,5000000000}
SELECT count(*) FROM i4 JOIN r ON r.id = i4.k WHERE r.id = ANY ($1);
PREPARE one (bigint) AS SELECT i4.k, count(*) FROM i4 JOIN r ON r.id = i4.k WHERE r.id = $1 GROUP BY 1;
EXECUTE one(7);
EXECUTE one(5000000000);
UPDATE i4 SET a = -1 FROM r WHERE r.id = i4.k AND r.id = 5000000000;
UPDATE i4 SET a = -1 FROM r WHERE r.id = i4.k AND r.id = 7;
DELETE FROM i4 USING i8 WHERE i8.k = i4.k AND i8.k = 5000000000;
DELETE FROM i4 USING i8 WHERE i8.k = i4.k AND i8.k = 70000;
SELECT count(*), sum(a) FROM i4;

-- text and varchar
SELECT count(*) FROM tx JOIN vc ON tx.t = vc.t;
SELECT count(*) FROM tx FULL JOIN vc ON tx.t = vc.t;
SELECT count(*) FROM tx LEFT JOIN vc USING (t) WHERE t = 't1 ';
SELECT count(*) FROM tx JOIN vc ON tx.t = vc.t WHERE vc.t IN ('t1', 't1 ');
SELECT tx.t, count(*) FROM tx JOIN vc ON tx.t = vc.t GROUP BY tx.t ORDER BY 1;
SELECT count(*) FROM tx WHERE t NOT IN (SELECT t FROM vc WHERE t IS NOT NULL);
SELECT count(*) FROM tx JOIN i8 ON i8.w = tx.t;

-- numeric and integer are not alike
SELECT count(*) FROM i4 JOIN nu ON nu.k = i4.k;
SELECT count(*) FROM i4 FULL JOIN nu ON nu.k = i4.k::numeric;
SELECT count(*) FROM nu LEFT JOIN i8 ON nu.k = i8.k;

-- sets and writes
SELECT k FROM i4 UNION SELECT k FROM i8 ORDER BY 1 LIMIT 12;
SELECT k FROM i4 INTERSECT SELECT k FROM i8 ORDER BY 1;
SELECT k FROM i4 EXCEPT SELECT i8.k FROM i8 JOIN i4 ON i4.k = i8.k ORDER BY 1;
INSERT INTO i4 SELECT i8.k, 1, 'new' FROM i8 JOIN i4 ON i4.k = i8.k WHERE i8.k < 3;
INSERT INTO i8 SELECT k, 1, 'new' FROM i4 WHERE k < 3;
INSERT INTO vc SELECT tx.t, 5 FROM tx JOIN vc ON vc.t = tx.t WHERE tx.t < 't3';
SELECT (SELECT count(*) FROM i4 WHERE k = 1), (SELECT count(*) FROM i8 WHERE k = 1), (SELECT count(*) FROM vc WHERE t = 't1');
MERGE INTO i4 USING r ON r.id = i4.k WHEN MATCHED AND r.id < 0 THEN DELETE WHEN MATCHED THEN UPDATE SET v = r.name;
SELECT k, v, count(*) FROM i4 GROUP BY 1, 2 ORDER BY 1, 2, 3;
