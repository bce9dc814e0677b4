-- Partitioned tables distributed by a column: partitions made before and after, attached, detached, dropped.
CREATE TABLE p (id int, made date NOT NULL, v int, note text DEFAULT 'x', PRIMARY KEY (id, made)) PARTITION BY RANGE (made);
CREATE INDEX p_v ON p (v);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE o (id int PRIMARY KEY, w int);
INSERT INTO p SELECT i, date '2024-01-01' + i % 31, i FROM generate_series(1, 100) i;
-- cluster: SELECT create_distributed_table('p', 'id')
-- cluster: SELECT create_distributed_table('o', 'id', colocate_with => 'p')
INSERT INTO o SELECT i, i % 5 FROM generate_series(1, 60) i;
SELECT count(*), sum(v) FROM p;
SELECT count(*) FROM p_1;
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO p SELECT i, date '2024-02-01' + i % 28, i FROM generate_series(1, 50) i;
INSERT INTO p VALUES (1, '2025-01-01', 1);
INSERT INTO p VALUES (1, '2024-01-02', 1);
CREATE TABLE p_d PARTITION OF p DEFAULT;
INSERT INTO p VALUES (1, '2025-01-01', 1), (2, '2024-02-03', 3) RETURNING *;
INSERT INTO p_2 VALUES (1, '2025-01-01', 1);
INSERT INTO p VALUES (1, '2025-01-01', 7) ON CONFLICT (id, made) DO UPDATE SET v = p.v + excluded.v RETURNING v;
SELECT * FROM p WHERE id = 7;
SELECT * FROM p WHERE id = 7 AND made >= '2024-02-01';
SELECT count(*) FROM p WHERE made BETWEEN '2024-01-10' AND '2024-02-10';
SELECT p.made, sum(o.w) FROM p JOIN o USING (id) WHERE made < '2024-01-10' GROUP BY 1 ORDER BY 1;
SELECT tableoid::regclass, count(*) FROM p GROUP BY 1 ORDER BY 1;
SELECT count(*), (SELECT count(*) FROM p_2) FROM p;
SELECT max(v), (SELECT min(v) FROM p_1 WHERE v > 5) FROM p_2;
COPY p (id, made, v) FROM STDIN;
200	2024-01-05	1
201	2024-02-05	2
202	2030-02-05	3
\.
SELECT id, made, v, note FROM p WHERE id >= 200 ORDER BY id;
UPDATE p SET v = v + 1 WHERE made < '2024-01-03';
UPDATE p SET made = '2024-02-25' WHERE id = 200 RETURNING *;
DELETE FROM p WHERE id IN (201, 202) RETURNING id;
DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM p; RAISE NOTICE 'p %', n; SELECT count(*) INTO n FROM p_2 WHERE v > 10; RAISE NOTICE 'p_2 %', n; INSERT INTO p VALUES (7, '2024-02-20', 7); UPDATE p SET v = v + 1 WHERE id = 7; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'updated %', n; DELETE FROM p WHERE id = 8; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'deleted %', n; END $$;
DO $$ DECLARE n int; BEGIN SELECT sum(v), count(DISTINCT note) INTO n FROM p_1; RAISE NOTICE 'sum %', n; FOR n IN SELECT v FROM p_1 ORDER BY v LIMIT 3 LOOP RAISE NOTICE '%', n; END LOOP; SELECT count(*) INTO n FROM p_1 a JOIN p_2 b USING (id); RAISE NOTICE 'join %', n; END $$;
CREATE TABLE p_3 (id int NOT NULL, made date NOT NULL, v int, note text);
INSERT INTO p_3 VALUES (3, '2024-03-03', 3), (4, '2024-03-04', 4);
-- ignore: notices
ALTER TABLE p ATTACH PARTITION p_3 FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
SELECT * FROM p WHERE made >= '2024-03-01' AND made < '2024-04-01' ORDER BY 1;
ALTER TABLE p DETACH PARTITION p_2;
SELECT count(*) FROM p;
SELECT count(*) FROM p_2;
INSERT INTO p_2 VALUES (999, '2025-02-02', 1);
SELECT * FROM p_2 WHERE id = 999;
ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY;
ALTER TABLE p DETACH PARTITION p_d;
DROP TABLE p_d;
ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY;
SELECT count(*) FROM p;
CREATE TABLE p_d PARTITION OF p DEFAULT;
INSERT INTO p VALUES (5, '2024-01-05', 5);
-- ignore: objects
CREATE TABLE p_x PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
DELETE FROM p WHERE made = '2024-01-05';
BEGIN;
CREATE TABLE p_4 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
INSERT INTO p VALUES (77, '2024-01-11', 1);
SELECT count(*) FROM p_4;
ROLLBACK;
SELECT to_regclass('p_4');
DO $$ BEGIN CREATE TABLE p_5 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01'); INSERT INTO p VALUES (78, '2024-01-11', 1); END $$;
SELECT id, v FROM p_5;
ALTER TABLE p ADD COLUMN w int DEFAULT 5;
SELECT sum(w) FROM p;
ALTER TABLE p RENAME COLUMN w TO ww;
ALTER TABLE p_5 RENAME TO p_five;
SELECT sum(ww) FROM p_five;
CREATE INDEX ON p (note);
TRUNCATE p_five;
SELECT count(*) FROM p;
TRUNCATE p;
SELECT count(*) FROM p;
DROP TABLE p_3;
DROP TABLE p_five, o;
-- ignore: origins
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'compat_partitions_dist'::regnamespace AND relkind IN ('r', 'p', 'f') ORDER BY 1;
DROP TABLE p;
SELECT to_regclass('p_d');
