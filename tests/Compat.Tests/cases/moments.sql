-- now() and what else the coordinator computes once for a statement: the same on every shard, and the same in a transaction.
CREATE TABLE t (id int PRIMARY KEY, v int, ts timestamptz DEFAULT now(), d date DEFAULT CURRENT_DATE, u text DEFAULT CURRENT_USER);
-- cluster: SELECT create_distributed_table('t', 'id')
CREATE TABLE r (id int PRIMARY KEY, ts timestamptz DEFAULT now());
-- cluster: SELECT create_reference_table('r')
INSERT INTO t (id, v) SELECT i, i % 3 FROM generate_series(1, 20) i;
SELECT count(DISTINCT ts), count(DISTINCT d), count(DISTINCT u) FROM t;
SELECT count(DISTINCT now()) FROM t;
SELECT count(DISTINCT now()), count(DISTINCT CURRENT_TIMESTAMP), count(DISTINCT localtimestamp), count(DISTINCT statement_timestamp()) FROM t;
INSERT INTO t (id, v) VALUES (21, 1), (22, 2), (23, 3);
SELECT count(DISTINCT ts) FROM t WHERE id > 20;
INSERT INTO t VALUES (24, 1, DEFAULT, DEFAULT), (25, 2, '2020-01-01 00:00+00', DEFAULT);
INSERT INTO t VALUES (26);
INSERT INTO t (id) VALUES (27) RETURNING ts = now(), d = CURRENT_DATE, u = CURRENT_USER;
SELECT ts, d = CURRENT_DATE AS today FROM t WHERE id = 25;
UPDATE t SET ts = DEFAULT;
SELECT count(DISTINCT ts) FROM t;
UPDATE t SET ts = now(), v = extract(year FROM CURRENT_DATE) - extract(year FROM now()) WHERE id < 9;
SELECT count(DISTINCT ts), max(v) FROM t WHERE id < 9;
SELECT id FROM t WHERE ts <= now() AND d = CURRENT_DATE ORDER BY id LIMIT 3;
SELECT id FROM t WHERE ts > now() - interval '1 hour' AND id IN (3, 4) ORDER BY id;
SELECT now() = CURRENT_TIMESTAMP, localtimestamp = now()::timestamp, current_database() = current_catalog, current_schema, current_setting('standard_conforming_strings') FROM t WHERE id = 1;
SELECT current_user, session_user, current_schema(), current_schemas(true) FROM t WHERE id = 1;
SELECT x.now IS NULL AS n, x.current_date = CURRENT_DATE AS d FROM (SELECT now(), CURRENT_DATE, id FROM t) x WHERE x.id = 2;
SELECT count(*), now()::date = CURRENT_DATE AS same FROM t GROUP BY now()::date;
SELECT count(*) FROM t WHERE pg_backend_pid() = pg_backend_pid();
SELECT 'now'::timestamptz = now(), 'today'::date = CURRENT_DATE FROM t WHERE id = 1;
INSERT INTO t (id) SELECT id + 100 FROM t WHERE id < 5 UNION SELECT 200 RETURNING ts = now();
INSERT INTO t (id) SELECT DISTINCT id + 300 FROM t WHERE id < 5 RETURNING ts = now();
INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET ts = DEFAULT, v = 99 RETURNING ts = now(), v;
INSERT INTO r (id) VALUES (1), (2);
INSERT INTO r (id) SELECT 3;
UPDATE r SET ts = now();
UPDATE r SET ts = DEFAULT;
SELECT count(DISTINCT ts) FROM r;
SELECT count(*) FROM r JOIN t USING (id) WHERE r.ts <= now();
COPY t (id, v) FROM STDIN;
501	1
502	2
503	3
\.
SELECT count(DISTINCT ts) FROM t WHERE id > 500;
BEGIN;
INSERT INTO t (id) VALUES (601);
INSERT INTO t (id) VALUES (602), (603);
UPDATE t SET ts = now() WHERE id < 3;
SELECT count(*) FROM t WHERE ts = now();
SELECT count(DISTINCT ts) FROM t WHERE id > 600 OR id < 3;
SELECT count(*) FROM t WHERE ts = transaction_timestamp() AND id = 601;
COMMIT;
DELETE FROM t WHERE ts > now();
DELETE FROM t WHERE ts <= now() AND id > 600;
-- params: 5 | 1 hour
SELECT id, ts > now() - $2::interval AS recent FROM t WHERE id = $1::int;
-- params: 700
INSERT INTO t (id) VALUES ($1) RETURNING id, ts = now();
CREATE TABLE s (a int PRIMARY KEY, b serial, c int DEFAULT 4, ts timestamptz DEFAULT now());
-- cluster: SELECT create_distributed_table('s', 'a')
INSERT INTO s VALUES (1), (2);
INSERT INTO s (a) VALUES (3) RETURNING a, b, c, ts = now();
UPDATE s SET b = DEFAULT, c = DEFAULT WHERE a = 1 RETURNING b, c;
UPDATE s SET (b, c) = (DEFAULT, 3) WHERE a = 1 RETURNING b, c;
CREATE TABLE o (id int GENERATED ALWAYS AS IDENTITY, ts timestamptz DEFAULT now(), k text);
-- cluster: SELECT create_distributed_table('o', 'k')
INSERT INTO o (k) VALUES ('a'), ('b') RETURNING id, ts = now(), k;
