-- Prepared statements with parameters of many types, in SQL and in the protocol.
CREATE TABLE t (id int PRIMARY KEY, a bigint, n numeric, s text, d date, ts timestamptz, u uuid, j jsonb, arr int[], b bool, f float8, by bytea);
CREATE TABLE k (k text, v int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('k', 'k')
-- params: 1 | 10 | 1.50 | one | 2024-01-01 | 2024-01-01 00:00+00 | a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 | {"a": 1} | {1,2} | t | 0.5 | \x0102
-- params: 2 | \N | \N | \N | \N | \N | \N | \N | \N | \N | \N | \N
-- params: 3 | -5 | NaN | it's | 2024-12-31 | 2024-06-01 12:00+02 | 00000000-0000-0000-0000-000000000000 | [] | {} | f | 1e10 | \x
INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);
-- params: 1
-- params: 2
-- params: 3
-- params: 4
-- params: \N
SELECT * FROM t WHERE id = $1;
-- params: 1
-- params: 2
SELECT s, $1::text FROM t WHERE id = $1;
-- params: 1 | 2
-- params: 3 | 3
SELECT id FROM t WHERE id = $1 OR id = $2;
-- params: one | 1
-- params: it's | 3
SELECT id, n FROM t WHERE s = $1 AND id = $2;
-- params: {1,3}
SELECT id FROM t WHERE id = ANY ($1);
-- params: {1,3}
SELECT id FROM t WHERE id = ANY ($1::int[]) ORDER BY id DESC;
-- params: 0
-- params: -100
SELECT count(*), sum(a) FROM t WHERE a > $1;
-- params: 2024-01-01
SELECT id FROM t WHERE d = $1;
-- params: 2024-06-01 10:00:00+00
SELECT id FROM t WHERE ts = $1;
-- params: a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
SELECT id FROM t WHERE u = $1;
-- params: {"a": 1}
SELECT id FROM t WHERE j @> $1;
-- params: t
SELECT id FROM t WHERE b = $1;
-- params: 5 | 7
SELECT $1::int + $2, $1 FROM t WHERE id = 1;
-- params: x
SELECT $1 AS literal, id FROM t WHERE id = 1;
-- params: 1
SELECT id + $1 FROM t ORDER BY id;
-- params: 2
SELECT id FROM t ORDER BY id LIMIT $1;
-- params: 2 | 1
SELECT id FROM t WHERE id IN (SELECT id FROM t WHERE id < $1) AND id >= $2;
-- params: 7 | 1
-- params: 8 | 2
UPDATE t SET a = $1 WHERE id = $2 RETURNING a;
-- params: 100
UPDATE t SET a = a + $1;
-- params: 3
DELETE FROM t WHERE id = $1 RETURNING id;
-- params: a | 1
-- params: b | 2
-- params: it's "odd" | 3
INSERT INTO k VALUES ($1, $2) RETURNING k;
-- params: a
-- params: it's "odd"
SELECT v FROM k WHERE k = $1;
-- params: abc
SELECT * FROM t WHERE id = $1;
-- params: 99999999999
SELECT * FROM t WHERE id = $1;
-- params: 1
SELECT nope FROM t WHERE id = $1;
-- params: 0
SELECT 1 / $1 FROM t WHERE id = 1;
-- params: 1
SELECT * FROM t WHERE id = $1 AND $2 = 5;
PREPARE byid (int) AS SELECT a FROM t WHERE id = $1;
EXECUTE byid(1);
EXECUTE byid(2);
EXECUTE byid(1 + 1);
EXECUTE byid('1');
EXECUTE byid;
EXECUTE byid('x');
EXECUTE byid(1, 2);
EXECUTE byid((SELECT 1));
EXECUTE byid(cardinality(ARRAY(SELECT 1)));
EXECUTE byid(count(*));
EXECUTE byid(generate_series(1, 2));
EXECUTE byid(1);
EXECUTE byid(1);
EXECUTE byid(1);
EXECUTE byid(1);
EXECUTE byid(2);
PREPARE byid AS SELECT 1;
SELECT name, statement, parameter_types, from_sql FROM pg_prepared_statements ORDER BY name;
PREPARE ins AS INSERT INTO t (id, s) VALUES ($1, $2) RETURNING id;
EXECUTE ins(10, 'ten');
EXECUTE ins(10, 'ten');
EXECUTE ins(11, NULL);
PREPARE agg AS SELECT s IS NULL, count(*) FROM t GROUP BY 1 ORDER BY 1;
-- ordered
EXECUTE agg;
ALTER TABLE t ADD COLUMN z int DEFAULT 1;
EXECUTE byid(1);
PREPARE star AS SELECT * FROM k WHERE k = $1;
EXECUTE star('a');
ALTER TABLE k ADD COLUMN z int DEFAULT 1;
EXECUTE star('a');
CREATE TABLE ctas AS EXECUTE byid(1);
SELECT * FROM ctas;
DEALLOCATE byid;
EXECUTE byid(1);
DEALLOCATE ALL;
DEALLOCATE PREPARE ins;
-- PREPARE and EXECUTE in SQL.
PREPARE sql_up (int, int) AS INSERT INTO t (id, v) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v RETURNING id, v;
EXECUTE sql_up (900, 5);
EXECUTE sql_up (900, '6');
EXECUTE sql_up (900 + 1, 1 + 1);
EXECUTE sql_up (903.7, 1);
EXECUTE sql_up (1);
EXECUTE sql_up (2, true);
EXECUTE sql_up (2, 'x');
EXECUTE sql_up (2, nope);
EXECUTE sql_up (1 / 0, 2);
SELECT name, parameter_types FROM pg_prepared_statements WHERE name LIKE 'sql%';
PREPARE sql_up AS SELECT 1;
BEGIN;
EXECUTE sql_up (900, 100);
ROLLBACK;
BEGIN;
EXECUTE sql_up (2, 'x');
EXECUTE sql_up (900, 100);
ROLLBACK;
PREPARE sql_text (text, date) AS SELECT id FROM t WHERE id::text = $1 AND date '2024-01-01' < $2;
EXECUTE sql_text (901, '2024-05-05');
EXECUTE sql_text ('901', 'today');
-- simple only
EXECUTE sql_text ('901', 1);
DEALLOCATE sql_up;
EXECUTE sql_up (900, 5);
PREPARE sql_up AS SELECT count(*) FROM t WHERE id >= 900;
EXECUTE sql_up;
-- batch
EXECUTE sql_up;
DEALLOCATE sql_up;
PREPARE sql_up (int) AS DELETE FROM t WHERE id = $1 RETURNING id;
EXECUTE sql_up (901);
-- end batch
EXECUTE sql_up (900);
DISCARD PLANS;
EXECUTE sql_up (904);
DEALLOCATE ALL;
EXECUTE sql_up (904);
