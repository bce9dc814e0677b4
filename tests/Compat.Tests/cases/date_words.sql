-- 'now', 'today' and the like as literals: one moment for all nodes, the transaction's.
CREATE TABLE d (id int PRIMARY KEY, z timestamptz, s timestamp, a date, h time, v text, w timestamp(0) DEFAULT 'epoch');
CREATE TABLE r (id int, z timestamptz);
-- cluster: SELECT create_distributed_table('d', 'id')
-- cluster: SELECT create_reference_table('r')
SET TIME ZONE 'Asia/Tokyo';
BEGIN;
SELECT count(*) FROM d;
SELECT pg_sleep(0.02);
INSERT INTO d VALUES (1, 'now', ' Now', 'TODAY', 'now', 'now');
INSERT INTO d (id, z, s, a, v) VALUES (2, 'today', 'today 10:00', 'tomorrow', 'today'), (3, 'now', 'tomorrow allballs', 'yesterday', 'x'), (4, 'now', 'now', 'now', 'not now');
INSERT INTO d (id, z, a) SELECT id + 10, 'now', 'today' FROM d;
INSERT INTO r SELECT id, 'now' FROM d;
UPDATE d SET s = 'now', w = 'now' WHERE id IN (3, 4, 11);
INSERT INTO d (id, z) VALUES (1, 'now') ON CONFLICT (id) DO UPDATE SET a = 'yesterday', z = excluded.z;
SELECT id, z = now() AS z, s = localtimestamp AS s, a = current_date AS a, a - current_date AS days, h = localtime AS h, w = localtimestamp(0) AS w, v FROM d ORDER BY id;
SELECT id, s - current_date FROM d WHERE id IN (2) ORDER BY id;
SELECT count(*) FROM d WHERE z = 'now';
SELECT count(*) FROM d WHERE 'now' = z AND a <= 'today';
SELECT count(*) FROM d x JOIN d y USING (id) WHERE x.z >= 'yesterday' AND x.z BETWEEN 'today' AND 'now' AND y.a IN ('today', 'tomorrow', '2020-01-01');
SELECT count(DISTINCT z) FROM r WHERE z = 'now';
DELETE FROM d WHERE a = 'yesterday' RETURNING id;
SELECT count(*) FROM d WHERE z = now() AND v = 'now';
SELECT v FROM d WHERE v IN ('now', 'today') ORDER BY v;
COMMIT;
SELECT count(*) FROM d WHERE z < 'now' AND z > 'yesterday';
SELECT count(*) FROM d WHERE z < timestamptz 'now' AND a::text <> 'today' AND id > 0;
INSERT INTO d VALUES (100, 'nowhere');
INSERT INTO d VALUES (100, 'now or never');
SELECT count(*) FROM d WHERE id = 'now';
UPDATE d SET v = 'now' WHERE id = 1 RETURNING v;
