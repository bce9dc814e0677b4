-- INSERT ... ON CONFLICT.
CREATE TABLE t (id int PRIMARY KEY, v int, note text);
CREATE TABLE m (a int, b int, v int DEFAULT 0, UNIQUE (a, b));
CREATE TABLE r (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('m', 'a')
-- cluster: SELECT create_reference_table('r')
INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
INSERT INTO t VALUES (1, 100, 'x') ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (1, 100, 'x') ON CONFLICT (id) DO NOTHING RETURNING *;
INSERT INTO t VALUES (1, 100, 'x') ON CONFLICT (id) DO UPDATE SET v = excluded.v;
INSERT INTO t VALUES (2, 5, 'x') ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v, note = t.note || excluded.note RETURNING *;
INSERT INTO t VALUES (2, 5, 'x'), (3, 5, 'y'), (4, 5, 'z') ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v RETURNING id, v;
INSERT INTO t VALUES (5, 5, 'new'), (1, 0, 'old') ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO t AS me VALUES (1, 7, 'w') ON CONFLICT (id) DO UPDATE SET v = me.v + 1 WHERE me.v > 1000 RETURNING id;
INSERT INTO t VALUES (1, 7, 'w') ON CONFLICT ON CONSTRAINT t_pkey DO UPDATE SET note = 'by name' RETURNING note;
INSERT INTO t SELECT i, i, 'sel' FROM generate_series(4, 8) i ON CONFLICT (id) DO UPDATE SET note = excluded.note;
INSERT INTO t SELECT id, v * 10, note FROM t ON CONFLICT (id) DO UPDATE SET v = excluded.v;
SELECT * FROM t ORDER BY id;
INSERT INTO m VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO m VALUES (1, 1, 5), (2, 2, 5) ON CONFLICT (a, b) DO UPDATE SET v = m.v + excluded.v RETURNING *;
INSERT INTO m (a, b) VALUES (1, 1) ON CONFLICT (b, a) DO UPDATE SET v = DEFAULT RETURNING v;
INSERT INTO m (a, b) VALUES (1, 1) ON CONFLICT (a, b) DO UPDATE SET (v) = ROW (9) RETURNING v;
INSERT INTO m VALUES (1, 1, 1) ON CONFLICT (a, b) DO UPDATE SET v = (SELECT 77) RETURNING v;
INSERT INTO r VALUES (1, 1), (2, 2) ON CONFLICT DO NOTHING;
INSERT INTO r VALUES (2, 20), (3, 30) ON CONFLICT (id) DO UPDATE SET v = r.v + excluded.v RETURNING *;
SELECT * FROM r;
-- params: 1 | 50
-- params: 50 | 51
INSERT INTO t (id, v) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET v = $2 + 1 RETURNING id, v;
INSERT INTO t VALUES (60, 1), (60, 2) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
INSERT INTO t VALUES (61, 1), (61, 2) ON CONFLICT DO NOTHING RETURNING v;
INSERT INTO t VALUES (1, 1) ON CONFLICT (v) DO NOTHING;
INSERT INTO t VALUES (1, 1) ON CONFLICT (nope) DO NOTHING;
INSERT INTO t VALUES (1, 1) ON CONFLICT ON CONSTRAINT nope DO NOTHING;
INSERT INTO t VALUES (1, 1) ON CONFLICT DO UPDATE SET v = 1;
INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET nope = 1;
BEGIN;
INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET id = 999;
ROLLBACK;
SELECT count(*), sum(v) FROM t;
SELECT * FROM m;
