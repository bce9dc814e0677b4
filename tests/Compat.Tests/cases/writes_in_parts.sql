-- UPDATE and DELETE whose other tables and subqueries are read first: the table that changes stays on its shards.
CREATE TABLE t (id int PRIMARY KEY, k int, v int, note text);
CREATE TABLE o (a int PRIMARY KEY, b int, w text);
CREATE TABLE n (id int, k int, v int);
CREATE TABLE s (a int, b int);
CREATE TABLE r (id int PRIMARY KEY, name text);
CREATE TABLE p (id int, made date, v int, PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE p_2 PARTITION OF p DEFAULT;
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('o', 'a', colocate_with => 'none')
-- cluster: SELECT create_distributed_table('n', 'id')
-- cluster: SELECT create_distributed_table('s', NULL)
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('p', 'id')
INSERT INTO t SELECT i, i % 5, i, 'n' || i FROM generate_series(1, 20) i;
INSERT INTO o SELECT i, i * 10, 'w' || i FROM generate_series(0, 9) i;
INSERT INTO n SELECT CASE WHEN i % 5 <> 0 THEN i % 4 END, i % 3, i FROM generate_series(1, 12) i;
INSERT INTO s SELECT i, i * 2 FROM generate_series(1, 6) i;
INSERT INTO r SELECT i, 'r' || i FROM generate_series(1, 5) i;
INSERT INTO p SELECT i, date '2024-01-01' + i % 31, i FROM generate_series(1, 20) i;
UPDATE t SET v = o.b FROM o WHERE t.k = o.a;
UPDATE t SET v = o.b, note = DEFAULT FROM o WHERE t.k = o.a AND o.b > 10 RETURNING t.id, o.*;
UPDATE t x SET v = x.v + y.b, note = y.w || r.name FROM o y JOIN r ON r.id = y.a WHERE x.k = y.a AND x.id <= 10 RETURNING *;
UPDATE n x SET v = (SELECT max(v) FROM n y WHERE y.k = x.k) RETURNING *;
UPDATE n x SET v = x.v + (SELECT count(*) FROM n y WHERE y.k > x.k) RETURNING x.v, (SELECT sum(v) FROM n);
UPDATE n SET v = 0 WHERE id IS NULL AND k IN (SELECT a FROM s) RETURNING *;
UPDATE t SET (v, note) = (SELECT b, w FROM o WHERE o.a = t.k) WHERE id < 8 RETURNING *;
UPDATE t SET (v, note) = (DEFAULT, DEFAULT) FROM o WHERE o.a = t.k AND t.id = 3 RETURNING t.*;
WITH many AS (SELECT k, count(*) AS c FROM t GROUP BY k HAVING count(*) > 3) UPDATE t SET v = many.c FROM many WHERE many.k = t.k AND t.id % 2 = 0 RETURNING id, v;
WITH w AS MATERIALIZED (SELECT a, b FROM o), w2 AS (SELECT a FROM w WHERE b > 20) UPDATE t SET v = -1 FROM w2, w WHERE w2.a = t.k AND w.a = w2.a RETURNING *;
UPDATE t SET v = sub.total FROM (SELECT k, sum(v) AS total FROM n GROUP BY k ORDER BY k LIMIT 2) sub WHERE sub.k = t.k RETURNING t.id, total;
UPDATE t SET v = l.b FROM s, LATERAL (SELECT b FROM o WHERE o.a = s.a) l WHERE s.a = t.k RETURNING t.id, l.b;
UPDATE t SET v = o.b FROM o LEFT JOIN s ON s.a = o.a WHERE o.a = t.k AND s.b IS NULL RETURNING *;
UPDATE s SET b = t.v FROM t WHERE t.id = s.a AND t.k = (SELECT min(a) + 1 FROM o) RETURNING *;
UPDATE p SET made = date '2024-06-01' + o.b FROM o WHERE o.a = p.v RETURNING p.id, p.made;
UPDATE p SET v = (SELECT max(b) FROM o WHERE o.a < p.v) WHERE made >= '2024-01-15' RETURNING *;
UPDATE t SET v = 1 / (o.a - 3) FROM o WHERE o.a = t.k;
UPDATE t SET v = (SELECT b FROM o WHERE o.a >= t.k);
DELETE FROM t USING o WHERE o.a = t.k AND o.b = 30 RETURNING t.*, o.*;
DELETE FROM t WHERE k IN (SELECT a FROM o WHERE b < 20) RETURNING id;
DELETE FROM t x WHERE EXISTS (SELECT FROM t y WHERE y.k = x.k AND y.id > x.id) RETURNING *;
DELETE FROM n WHERE v < (SELECT avg(v) FROM n) RETURNING *, (SELECT count(*) FROM n);
DELETE FROM p USING p q WHERE q.v = p.v + 1 AND q.made > p.made RETURNING p.id;
BEGIN;
SAVEPOINT a;
UPDATE t SET v = (SELECT sum(b) FROM o);
SELECT * FROM t ORDER BY id;
ROLLBACK TO a;
DELETE FROM t USING o WHERE o.a = t.k;
SELECT * FROM t ORDER BY id;
ROLLBACK;
PREPARE u (int, text) AS UPDATE t SET v = o.b + $1, note = $2 FROM o WHERE o.a = t.k AND o.b > $1 RETURNING id, v, note;
EXECUTE u (1, 'one');
EXECUTE u (25, NULL);
EXECUTE u (1000, 'none');
SELECT * FROM t ORDER BY id;
SELECT * FROM n ORDER BY 1, 2, 3;
SELECT * FROM p ORDER BY 1, 2;
-- INSERT with RETURNING into partitions by way of the coordinator
INSERT INTO p SELECT id + 100, '2024-01-05', v FROM t RETURNING id, (SELECT count(*) FROM o);
INSERT INTO p VALUES (1, '2024-01-02', 1), (200, '2025-01-01', 1) ON CONFLICT DO NOTHING RETURNING *;
DO $$ DECLARE x p; c int; BEGIN INSERT INTO p VALUES (300, '2024-01-09', 3) RETURNING * INTO x; RAISE NOTICE '%', x; INSERT INTO p VALUES (300, '2024-01-09', 4) ON CONFLICT DO NOTHING; GET DIAGNOSTICS c = ROW_COUNT; RAISE NOTICE '%', c; END $$;
SELECT * FROM p WHERE id >= 100 ORDER BY 1, 2;
-- RETURNING sees what was there before, also through a view
CREATE VIEW tv AS SELECT x.k, y.v FROM t x JOIN t y ON x.id = y.id;
UPDATE n SET v = v + 1 RETURNING (SELECT count(*) FROM tv WHERE tv.k = n.k);
UPDATE t SET v = v + 1 RETURNING (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY tv.v) FROM tv WHERE tv.v > t.v), random() < 2;
-- For each row a subquery over the table that is changed, which has no key, with a volatile function.
BEGIN;
UPDATE n x SET v = (SELECT max(v) FROM n y WHERE y.k = x.k AND random() < 2) RETURNING *;
DELETE FROM n x WHERE v < (SELECT max(v) FROM n y WHERE y.k IS NOT DISTINCT FROM x.k AND random() < 2) RETURNING *, (SELECT count(*) FROM n);
SELECT * FROM n ORDER BY 1, 2, 3;
ROLLBACK;
-- STABLE functions of the row that read the table which is changed; it has no key, or triggers.
CREATE FUNCTION most(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT coalesce(max(v), 0) + $1 FROM n';
CREATE FUNCTION least_of(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT min(v) FROM n WHERE k = $1); END';
BEGIN;
UPDATE n SET v = most(k);
SELECT * FROM n ORDER BY 1, 2, 3;
UPDATE n SET v = most(id), k = least_of(k) + s.b FROM s WHERE s.a = n.k RETURNING n.*, s.b;
UPDATE n SET (k, v) = (DEFAULT, most(k)) WHERE least_of(k) IS NOT NULL AND id = 2 RETURNING *;
UPDATE n SET id = most(id) WHERE id = 3 RETURNING id;
DELETE FROM n WHERE v < most(k) - 10 RETURNING *;
DELETE FROM n USING s WHERE s.a = n.id AND most(k) < 0;
SELECT * FROM n ORDER BY 1, 2, 3;
ROLLBACK;
UPDATE n SET v = most(k), k = (SELECT max(m.k) FROM n m WHERE m.id = n.id AND random() < 2) WHERE id IS NOT NULL;
SELECT * FROM n ORDER BY 1, 2, 3;
CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v := NEW.v + 1000; RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE ON n FOR EACH ROW EXECUTE FUNCTION counts();
UPDATE n SET v = most(k) WHERE id < 3;
UPDATE n x SET v = (SELECT max(v) FROM n y WHERE y.k = x.k) WHERE x.id = 3;
SELECT * FROM n ORDER BY 1, 2, 3;
DROP TRIGGER g ON n;
-- params: 1 | 5
-- params: 2 | \N
UPDATE n SET v = most(k) + $2 WHERE id = $1 RETURNING *;
CREATE TABLE rn (id int, v int);
-- cluster: SELECT create_reference_table('rn')
INSERT INTO rn SELECT i / 2, i FROM generate_series(1, 8) i;
CREATE FUNCTION most_rn(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT max(v) + $1 FROM rn';
UPDATE rn SET v = most_rn(id) WHERE id > 1 RETURNING *;
UPDATE rn x SET v = (SELECT sum(v) FROM rn y WHERE y.id = x.id) RETURNING *;
SELECT * FROM rn ORDER BY 1, 2;
-- cluster: SELECT 1 / (count(DISTINCT result) = 1 AND bool_and(success))::int FROM run_command_on_placements('rn', 'SELECT array_agg(r::text ORDER BY r::text) FROM %s r')
CREATE TABLE twice (k int, a int, t text);
CREATE TABLE elsewhere (k int, a int);
-- cluster: SELECT create_distributed_table('twice', 'k'), create_distributed_table('elsewhere', 'a')
INSERT INTO twice SELECT i, i, 'x' FROM generate_series(1, 10) i;
INSERT INTO elsewhere SELECT i, i FROM generate_series(1, 8) i;
DELETE FROM twice w WHERE (w.k, w.k) IN (SELECT DISTINCT ON ((SELECT min(s.k) FROM twice s WHERE s.a = o.k)) (SELECT min(s.k) FROM twice s WHERE s.a = o.k), CASE WHEN o.a > 5 THEN w.a ELSE o.a END FROM elsewhere o WHERE w.a < 7 ORDER BY 1, 2 DESC) RETURNING k;
SELECT * FROM twice ORDER BY 1;
