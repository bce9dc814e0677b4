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
