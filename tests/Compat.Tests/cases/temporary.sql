-- Temporary tables, local tables and distributed tables together.
CREATE TABLE d (id int PRIMARY KEY, v int);
CREATE TABLE r (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('d', 'id')
-- cluster: SELECT create_reference_table('r')
INSERT INTO d SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO r SELECT i, i FROM generate_series(1, 3) i;
CREATE TEMP TABLE tmp (id int, note text);
INSERT INTO tmp SELECT id, 'n' || id FROM d WHERE id < 5;
SELECT * FROM tmp;
SELECT d.v, tmp.note FROM d JOIN tmp USING (id);
SELECT d.v FROM d LEFT JOIN tmp USING (id) WHERE tmp.id IS NULL;
INSERT INTO d SELECT id + 100, id FROM tmp RETURNING id;
UPDATE d SET v = 0 FROM tmp WHERE tmp.id = d.id RETURNING d.id;
UPDATE tmp SET note = d.v::text FROM d WHERE d.id = tmp.id;
DELETE FROM d USING tmp WHERE d.id = tmp.id + 100;
DELETE FROM tmp WHERE id IN (SELECT id FROM d WHERE v = 0) RETURNING *;
SELECT count(*) FROM d;
BEGIN;
CREATE TEMP TABLE gone (id int) ON COMMIT DROP;
INSERT INTO gone SELECT id FROM r;
SELECT count(*) FROM gone JOIN r USING (id);
INSERT INTO d VALUES (500, 1);
COMMIT;
SELECT count(*) FROM gone;
CREATE TEMP TABLE keep AS SELECT * FROM d WHERE id < 4;
SELECT * FROM keep;
CREATE TEMP SEQUENCE ts;
SELECT nextval('ts'), id FROM d WHERE id = 7;
CREATE TEMP VIEW tv AS SELECT id FROM d WHERE v > 5;
SELECT * FROM tv;
-- ignore: origins
SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind IN ('r', 'v', 'S') ORDER BY 1;
DISCARD TEMP;
SELECT * FROM keep;
CREATE TABLE local (id int PRIMARY KEY, did int);
INSERT INTO local SELECT id, id FROM d WHERE id < 6;
SELECT l.id, d.v FROM local l JOIN d ON d.id = l.did;
SELECT l.id, r.v FROM local l LEFT JOIN r USING (id);
DELETE FROM local WHERE did IN (SELECT id FROM r);
UPDATE local SET did = (SELECT max(id) FROM d);
SELECT * FROM local;
CREATE UNLOGGED TABLE ul (id int PRIMARY KEY);
-- cluster: SELECT create_distributed_table('ul', 'id')
INSERT INTO ul VALUES (1), (2);
SELECT count(*) FROM ul;
