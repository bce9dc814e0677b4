-- Reference tables behave as ordinary tables.
CREATE TABLE r (id serial PRIMARY KEY, code text UNIQUE, n numeric(6,2) DEFAULT 1);
CREATE TABLE r2 (id int, note text);
CREATE TABLE d (k int, rid int);
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_reference_table('r2')
-- cluster: SELECT create_distributed_table('d', 'k')
ALTER TABLE r2 ADD CONSTRAINT r2_id_fkey FOREIGN KEY (id) REFERENCES r (id);
INSERT INTO r (code) VALUES ('a'), ('b'), ('c') RETURNING *;
INSERT INTO r (code, n) SELECT 'x' || i, i FROM generate_series(1, 5) i;
INSERT INTO d SELECT i, 1 + i % 8 FROM generate_series(1, 24) i;
SELECT * FROM r;
SELECT * FROM r ORDER BY n DESC, id LIMIT 3;
SELECT count(*), sum(n), max(code) FROM r;
SELECT code FROM r WHERE id = 2;
SELECT r.code, count(*) FROM d JOIN r ON r.id = d.rid GROUP BY r.code ORDER BY 1;
SELECT d.k FROM d WHERE rid IN (SELECT id FROM r WHERE code LIKE 'x%');
SELECT r.code FROM r WHERE id NOT IN (SELECT rid FROM d WHERE k < 5);
INSERT INTO r2 VALUES (1, 'n1'), (2, 'n2');
INSERT INTO r2 VALUES (99, 'none');
DELETE FROM r WHERE id = 1;
UPDATE r SET n = n + 1 WHERE code = 'a' RETURNING *;
UPDATE r SET n = d.k FROM d WHERE d.rid = r.id AND d.k = 3 RETURNING r.code, r.n;
UPDATE r SET code = 'b' WHERE id = 3;
ALTER TABLE r ADD COLUMN extra int DEFAULT 5;
CREATE INDEX r_n ON r (n);
SELECT sum(extra) FROM r;
ALTER TABLE d ADD CONSTRAINT d_r FOREIGN KEY (rid) REFERENCES r (id);
INSERT INTO d VALUES (100, 1000);
DELETE FROM r WHERE id = 8;
BEGIN;
INSERT INTO r (id, code) VALUES (50, 'fifty');
INSERT INTO d VALUES (50, 50);
SELECT r.code FROM d JOIN r ON r.id = d.rid WHERE d.k = 50;
ROLLBACK;
SELECT count(*) FROM r WHERE id = 50;
TRUNCATE r;
TRUNCATE r CASCADE;
SELECT count(*) FROM d;
SELECT count(*) FROM r2;
COPY r (id, code) FROM STDIN (FORMAT csv);
1,one
2,"t,wo"
\.
COPY r (id, code) TO STDOUT (FORMAT csv, HEADER);
DROP TABLE r;
DROP TABLE r CASCADE;
SELECT * FROM r2;
CREATE TABLE big (k int PRIMARY KEY, rid int, amount numeric);
-- cluster: SELECT create_distributed_table('big', 'k')
INSERT INTO big SELECT i, i % 5, i * 1.5 FROM generate_series(1, 40) i;
CREATE TABLE ref (id int, part text, total numeric DEFAULT 3, note text, at timestamptz, PRIMARY KEY (id, part));
-- cluster: SELECT create_reference_table('ref')
INSERT INTO ref (id, part) SELECT i, p FROM generate_series(0, 6) i, (VALUES ('a'), ('b')) v (p);
UPDATE ref SET total = (SELECT sum(amount) FROM big WHERE rid = ref.id);
SELECT * FROM ref ORDER BY id, part;
UPDATE ref SET total = DEFAULT, note = 'x' || b.k FROM big b WHERE b.k = ref.id AND part = 'a' RETURNING ref.*, b.k, b.amount + total;
UPDATE ref r SET (total, note) = (r.total + 1, 'l') FROM generate_series(1, 2) g WHERE g = r.id RETURNING r.id, r.part, total, g;
UPDATE ref SET total = total + b.s FROM (SELECT rid, sum(amount) AS s FROM big GROUP BY rid) b WHERE b.rid = id AND part = 'b' RETURNING id, total;
WITH w AS (SELECT rid, count(*) AS n FROM big GROUP BY rid) UPDATE ref SET note = w.n FROM w WHERE w.rid = ref.id;
UPDATE ref SET at = now(), note = '7' WHERE id IN (SELECT rid FROM big WHERE k > 38) RETURNING id, part, note, at = now();
DELETE FROM ref USING big WHERE big.rid = ref.id AND big.k = 1 RETURNING ref.id, part;
DELETE FROM ref WHERE id NOT IN (SELECT rid FROM big) RETURNING *;
DELETE FROM ref WHERE total > (SELECT avg(amount) FROM big) RETURNING id;
SELECT id, part, total, note FROM ref ORDER BY id, part;
UPDATE ref SET id = ref.id + 100 FROM big WHERE big.k = ref.id;
UPDATE ref SET id = NULL FROM big WHERE big.rid = ref.id;
-- params: 4 | zz
UPDATE ref SET note = $2 FROM big WHERE big.rid = ref.id AND big.rid = $1 RETURNING ref.id, note;
BEGIN;
UPDATE ref SET total = 0 FROM big WHERE big.rid = ref.id;
SELECT sum(total) FROM ref;
ROLLBACK;
SELECT id, part, total, note FROM ref ORDER BY id, part;
-- cluster: DO $$ DECLARE n int; BEGIN SELECT count(DISTINCT result) INTO n FROM run_command_on_placements('compat_reference_tables.ref', 'SELECT md5(string_agg(t::text, $q$,$q$ ORDER BY t)) FROM %s t'); IF n <> 1 THEN RAISE 'the copies differ'; END IF; END $$
CREATE TABLE nokey (id int, v text);
-- cluster: SELECT create_reference_table('nokey')
INSERT INTO nokey VALUES (1, 'x'), (2, 'y');
UPDATE nokey SET v = 'z' FROM big WHERE big.k = nokey.id;
