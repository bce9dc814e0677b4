-- Violations name the user's own table, constraint and values.
CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL, age int CHECK (age >= 0), CONSTRAINT name_len CHECK (length(name) < 10));
CREATE TABLE ref (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE child (pid int, id int, rid int, qty int NOT NULL DEFAULT 1, PRIMARY KEY (pid, id));
-- cluster: SELECT create_distributed_table('parent', 'id')
-- cluster: SELECT create_reference_table('ref')
-- cluster: SELECT create_distributed_table('child', 'pid', colocate_with => 'parent')
ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (pid) REFERENCES parent (id) ON DELETE CASCADE;
ALTER TABLE child ADD CONSTRAINT child_ref FOREIGN KEY (rid) REFERENCES ref (id);
INSERT INTO parent VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3);
INSERT INTO ref VALUES (1, 'a'), (2, 'b');
INSERT INTO child VALUES (1, 1, 1), (1, 2, 2), (2, 1, NULL);
INSERT INTO parent VALUES (1, 'again', 5);
INSERT INTO parent VALUES (4, NULL, 5);
INSERT INTO parent VALUES (4, 'four', -1);
INSERT INTO parent VALUES (4, 'far too long a name', 1);
INSERT INTO child VALUES (9, 1, 1);
INSERT INTO child VALUES (1, 3, 99);
INSERT INTO child (pid, id, qty) VALUES (1, 3, NULL);
INSERT INTO child VALUES (1, 1, 1);
INSERT INTO ref VALUES (3, 'a');
INSERT INTO ref VALUES (1, 'c');
UPDATE parent SET age = -5 WHERE id = 2;
-- ignore: detail
UPDATE parent SET age = -5;
UPDATE parent SET name = NULL WHERE id = 1;
-- ignore: detail
UPDATE parent SET name = repeat('x', 20);
UPDATE child SET rid = 77 WHERE pid = 1;
UPDATE child SET id = 1 WHERE pid = 1;
UPDATE ref SET code = 'b' WHERE id = 1;
DELETE FROM ref WHERE id = 1;
-- ignore: detail
DELETE FROM ref;
DELETE FROM parent WHERE id = 1;
SELECT * FROM child;
-- ignore: detail
INSERT INTO parent SELECT i, 'p' || i, i - 12 FROM generate_series(10, 14) i;
INSERT INTO parent SELECT 2, 'dup', 1;
SELECT count(*) FROM parent;
COPY parent FROM STDIN;
20	twenty	20
21	\N	21
\.
COPY parent FROM STDIN;
22	ok	1
2	dup	1
\.
SELECT count(*) FROM parent;
CREATE TABLE cc (k int, a int, b int, UNIQUE (k, a), EXCLUDE USING btree (k WITH =, b WITH =));
-- cluster: SELECT create_distributed_table('cc', 'k')
INSERT INTO cc VALUES (1, 1, 1);
INSERT INTO cc VALUES (1, 1, 2);
INSERT INTO cc VALUES (1, 2, 1);
INSERT INTO cc VALUES (1, NULL, NULL), (1, NULL, NULL);
CREATE UNIQUE INDEX cc_expr ON cc (k, (a + 1)) WHERE a > 5;
INSERT INTO cc VALUES (2, 10, 1), (2, 10, 2);
INSERT INTO cc VALUES (3, 10, 1);
INSERT INTO cc VALUES (3, 10, 5);
ALTER TABLE parent ADD CONSTRAINT age_small CHECK (age < 3);
ALTER TABLE parent ADD CONSTRAINT age_big CHECK (age < 300);
INSERT INTO parent VALUES (50, 'x', 500);
ALTER TABLE parent ALTER age SET NOT NULL;
INSERT INTO parent VALUES (51, 'x', NULL);
ALTER TABLE parent DROP CONSTRAINT age_big;
INSERT INTO parent VALUES (50, 'x', 500);
ALTER TABLE parent DROP CONSTRAINT nope;
ALTER TABLE parent DROP CONSTRAINT IF EXISTS nope;
ALTER TABLE child DROP CONSTRAINT child_ref;
INSERT INTO child VALUES (50, 1, 12345);
ALTER TABLE child ADD CONSTRAINT child_ref FOREIGN KEY (rid) REFERENCES ref (id);
ALTER TABLE child ADD CONSTRAINT child_ref FOREIGN KEY (rid) REFERENCES ref (id) NOT VALID;
ALTER TABLE child VALIDATE CONSTRAINT child_ref;
DROP TABLE parent;
DROP TABLE parent CASCADE;
INSERT INTO child VALUES (777, 1, NULL);
CREATE TABLE def (k int PRIMARY KEY, p int);
-- cluster: SELECT create_distributed_table('def', 'k')
ALTER TABLE child ADD CONSTRAINT later FOREIGN KEY (pid) REFERENCES def (k) DEFERRABLE INITIALLY DEFERRED NOT VALID;
BEGIN;
INSERT INTO child VALUES (888, 1, NULL);
INSERT INTO def VALUES (888, 1);
COMMIT;
BEGIN;
INSERT INTO child VALUES (889, 1, NULL);
COMMIT;
SELECT count(*) FROM child WHERE pid IN (888, 889);
