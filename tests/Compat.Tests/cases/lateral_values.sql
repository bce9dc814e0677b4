-- LATERAL, VALUES, set-returning functions, TABLESAMPLE, row locking, odd FROM clauses.
CREATE TABLE t (id int PRIMARY KEY, v int, tags text[], j jsonb);
CREATE TABLE e (tid int, n int, s text);
CREATE TABLE r (v int PRIMARY KEY, label text);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('e', 'tid', colocate_with => 't')
-- cluster: SELECT create_reference_table('r')
INSERT INTO t SELECT i, i % 4, ARRAY['a' || i % 2, 'b' || i % 3], jsonb_build_object('list', jsonb_build_array(i, i * 2)) FROM generate_series(1, 16) i;
INSERT INTO e SELECT 1 + i % 12, i, 's' || i % 5 FROM generate_series(1, 48) i;
INSERT INTO r SELECT i, 'r' || i FROM generate_series(0, 2) i;
SELECT t.id, x FROM t, unnest(t.tags) x WHERE t.id < 5;
SELECT t.id, x.ord, x.tag FROM t CROSS JOIN LATERAL unnest(t.tags) WITH ORDINALITY AS x (tag, ord) WHERE id IN (2, 3);
SELECT x, count(*) FROM t, unnest(tags) x GROUP BY x;
SELECT t.id, l.n FROM t, LATERAL (SELECT n FROM e WHERE e.tid = t.id ORDER BY n DESC LIMIT 2) l WHERE t.v = 1;
SELECT t.id, l.c FROM t LEFT JOIN LATERAL (SELECT count(*) AS c FROM e WHERE e.tid = t.id AND e.n > t.v * 5) l ON true;
SELECT t.id, l.label FROM t LEFT JOIN LATERAL (SELECT label FROM r WHERE r.v = t.v) l ON true WHERE t.id < 9;
SELECT r.label, l.id FROM r, LATERAL (SELECT id FROM t WHERE t.v = r.v ORDER BY id LIMIT 1) l;
SELECT t.id, g FROM t, generate_series(1, t.v) g WHERE t.id < 6;
SELECT t.id, j.x FROM t, jsonb_to_recordset('[{"x": 1}, {"x": 2}]') AS j (x int) WHERE t.id = j.x;
SELECT t.id, x.value FROM t, jsonb_array_elements(t.j -> 'list') x WHERE t.id = 4;
SELECT * FROM jsonb_each('{"a": 1}') j, t WHERE t.id = (j.value)::int;
SELECT t.id, v.w FROM t JOIN (VALUES (1, 'one'), (2, 'two'), (50, 'none')) v (k, w) ON v.k = t.id;
SELECT t.id FROM t WHERE (t.id, t.v) IN (VALUES (1, 1), (2, 2), (3, 0));
SELECT * FROM (VALUES (1, NULL), (2, 'x')) v (a, b) WHERE EXISTS (SELECT 1 FROM t WHERE t.id = v.a);
INSERT INTO e SELECT * FROM (VALUES (100, 1, 'v'), (101, 2, 'w')) v RETURNING tid;
SELECT ROW(t.*) FROM t WHERE id = 1;
SELECT (t.*) IS NOT NULL FROM t WHERE id = 1;
SELECT t FROM t WHERE id = 2;
SELECT count(t) FROM t;
SELECT to_jsonb(t) FROM t WHERE id = 3;
SELECT s.* FROM t JOIN e s ON s.tid = t.id WHERE t.id = 1 ORDER BY s.n;
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100);
SELECT count(*) FROM ROWS FROM (generate_series(1, 3), generate_series(1, 2)) AS x (a, b), t WHERE t.id = x.a;
SELECT id FROM t WHERE id IN (3, 4) FOR UPDATE;
SELECT id FROM t WHERE v = 2 ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED;
SELECT t.id FROM t JOIN e ON e.tid = t.id WHERE t.id = 2 AND e.n = 1 FOR UPDATE OF t;
SELECT id, random() < 2 FROM t WHERE id = 1;
SELECT count(DISTINCT random()) > 1 FROM t;
SELECT now() = transaction_timestamp() FROM t WHERE id = 1;
SELECT count(DISTINCT now()) FROM t;
SELECT id FROM t WHERE id = 1 + (random() * 0)::int;
UPDATE t SET v = floor(random() * 0)::int + 7 WHERE id = 1 RETURNING v;
SELECT count(*) FROM pg_class c JOIN t ON t.id = 1 WHERE c.relname = 'pg_class';
SELECT t.id FROM t, information_schema.tables i WHERE i.table_name = 't' AND i.table_schema = 'compat_lateral_values' AND t.id = 3;
SELECT txid_current() > 0, pg_backend_pid() > 0;
SELECT id FROM t ORDER BY id LIMIT 3;
SELECT a.id FROM t a JOIN t b ON a.id = b.v JOIN e ON e.tid = b.id ORDER BY a.id, b.id, e.n LIMIT 6;
SELECT to_tsvector('english', s) @@ to_tsquery('s1'), count(*) FROM e GROUP BY 1;
SELECT id FROM t WHERE id = ANY (SELECT tid FROM e WHERE n < 5) AND id <> ALL (ARRAY[1, 2]);
