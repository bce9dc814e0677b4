-- What the client wants to see does not change what is computed over rows of several shards, or stored.
CREATE TABLE t (id int PRIMARY KEY, g int, ts timestamptz, f float8);
CREATE TABLE u (k int, ts timestamptz, f float8);
CREATE TABLE l (k int, ts timestamptz, f float8);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('u', 'k', colocate_with => 'none')
INSERT INTO t SELECT i, i % 3, '2024-03-10 12:00+00'::timestamptz + i * interval '1 day', 1.0 / i FROM generate_series(1, 20) i;
SET extra_float_digits TO -10;
SET DateStyle TO 'SQL, DMY';
SET TIME ZONE 'Asia/Kolkata';
SELECT max(ts), min(ts), max(f) FROM t;
SELECT max(f) = 1.0, max(f * 3) / 3 - 1, min(f) * 20 FROM t;
SELECT g, max(ts) FROM t GROUP BY g ORDER BY g;
SELECT id, ts FROM t ORDER BY ts DESC LIMIT 3;
SELECT max(ts::text), max(f::text) FROM t WHERE id < 4;
SELECT count(*) FROM t WHERE ts < '12/03/2024';
SELECT max(ts) FILTER (WHERE ts < '12/03/2024') FROM t;
INSERT INTO u SELECT g, ts, f FROM t;
INSERT INTO l SELECT g, ts, f FROM t;
SELECT a.ts, b.f FROM t a JOIN t b ON a.g = b.id ORDER BY 1, 2 LIMIT 4;
SELECT string_agg(f::text, ',' ORDER BY id), string_agg(ts::text, ',' ORDER BY id) FROM t WHERE id < 5;
RESET extra_float_digits;
SET DateStyle TO ISO;
SELECT * FROM u ORDER BY k, ts;
SELECT * FROM l ORDER BY k, ts;
RESET ALL;
