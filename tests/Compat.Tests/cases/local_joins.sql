-- Tables of the coordinator beside distributed ones.
-- cluster: SET citus.shard_count = 8
CREATE TABLE d (id int PRIMARY KEY, x int, v int);
CREATE TABLE r (id int PRIMARY KEY, n text);
CREATE TABLE l (id int PRIMARY KEY, n text, m numeric(10, 2), f float8, a text[], on_day date, c char(7));
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE odd (id int, m mood, f float8[]);
-- cluster: SELECT create_distributed_table('d', 'id')
-- cluster: SELECT create_reference_table('r')
INSERT INTO d SELECT i, CASE WHEN i % 9 = 0 THEN NULL ELSE i % 400 END, i FROM generate_series(1, 6000) i;
INSERT INTO r SELECT i, 'n' || i FROM generate_series(1, 50) i;
INSERT INTO l SELECT i, 'l' || i, i * 1.5, i / 3.0, ARRAY['x' || i, NULL], date '2024-01-01' + i, 'c' || i FROM generate_series(1, 300) i;
INSERT INTO odd SELECT i, (ARRAY['sad', 'ok'])[1 + i % 2]::mood, ARRAY[i / 3.0] FROM generate_series(1, 10) i;
SELECT count(*), sum(d.v), min(l.n) FROM l JOIN d ON d.id = l.id;
SELECT count(*), sum(d.v), min(l.n) FROM l LEFT JOIN d ON d.id = l.id AND d.v % 2 = 0;
SELECT count(*), sum(d.v), min(l.n) FROM l LEFT JOIN d ON d.x = l.id;
SELECT count(*), sum(d.v), min(l.n) FROM l FULL JOIN d ON d.id = l.id;
SELECT count(*), sum(d.v), count(l.n) FROM d LEFT JOIN l ON d.x = l.id;
SELECT d.id, l.* FROM d JOIN l ON d.x = l.id WHERE d.id < 5 ORDER BY d.id;
SELECT d.id, l.* FROM d JOIN l ON d.id = l.id WHERE d.id = 77;
SELECT count(*) FROM d WHERE x IN (SELECT id FROM l WHERE n LIKE '%7');
SELECT count(*) FROM d WHERE NOT EXISTS (SELECT FROM l WHERE l.id = d.x);
SELECT count(*) FROM d WHERE x > (SELECT avg(id) FROM l);
SELECT l.id, l.n, l.m, count(*) FROM l JOIN d ON d.x = l.id GROUP BY l.id ORDER BY 4 DESC, 1 LIMIT 4;
SELECT count(*), min(r.n), max(l.n) FROM r LEFT JOIN l ON r.id = l.id LEFT JOIN d ON d.id = r.id;
SELECT o.id, o.m, o.f, d.v FROM odd o JOIN d ON d.id = o.id ORDER BY 1 LIMIT 3;
SELECT id FROM l WHERE id < 4 UNION SELECT id FROM d WHERE id < 7 ORDER BY 1;
SELECT l.id, s.v FROM l, LATERAL (SELECT max(v) AS v FROM d WHERE d.x = l.id) s WHERE l.id < 4 ORDER BY 1;
WITH w AS (SELECT id % 10 AS g, count(*) AS n FROM l GROUP BY 1) SELECT sum(w.n), count(*) FROM w JOIN d ON d.id = w.g JOIN w u ON u.g = d.x;
-- What the same transaction wrote is there.
BEGIN;
INSERT INTO l VALUES (5000, 'new');
INSERT INTO d VALUES (7000, 5000, 1);
SELECT d.id, l.n FROM d JOIN l ON l.id = d.x WHERE l.id > 300;
UPDATE d SET v = -l.id FROM l WHERE l.id = d.x AND d.id < 10;
SELECT sum(v) FROM d;
ROLLBACK;
-- The settings of the client do not change what is computed.
SET extra_float_digits TO -10;
SET DateStyle TO 'SQL, DMY';
SELECT count(*) FROM d JOIN l ON l.id = d.x AND l.f * 3 <> l.id AND l.on_day > '01/02/2024';
SELECT o.f, d.id FROM odd o JOIN d ON d.id = o.id WHERE o.f[1] * 3 = o.id ORDER BY 2;
RESET ALL;
-- The same text with parameters of other numbers and types.
-- params: 3
SELECT count(*) FROM d JOIN l ON l.id = d.x WHERE d.v > $1;
SELECT count(*) FROM d JOIN l ON l.id = d.x;
-- A condition around a subquery or view goes to the table below.
CREATE VIEW both_of_them AS SELECT d.id, d.x, l.n FROM d LEFT JOIN l ON l.id = d.x;
SELECT * FROM both_of_them WHERE id = 5;
SELECT count(*), count(n) FROM both_of_them WHERE x IS NULL OR n > 'l3';
CREATE TEMPORARY TABLE mine AS SELECT i AS id FROM generate_series(1, 5) i;
SELECT count(*) FROM mine JOIN d USING (id);
