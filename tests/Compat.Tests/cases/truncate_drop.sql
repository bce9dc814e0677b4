-- TRUNCATE and DROP in all their forms, with what depends on the tables.
CREATE TABLE a (id serial PRIMARY KEY, v int);
CREATE TABLE b (aid int, v int);
CREATE TABLE r (id int PRIMARY KEY);
-- cluster: SELECT create_distributed_table('a', 'id')
-- cluster: SELECT create_distributed_table('b', 'aid', colocate_with => 'a')
-- cluster: SELECT create_reference_table('r')
ALTER TABLE b ADD CONSTRAINT b_aid_fkey FOREIGN KEY (aid) REFERENCES a (id);
INSERT INTO a (v) SELECT i FROM generate_series(1, 6) i;
INSERT INTO b SELECT id, v FROM a;
INSERT INTO r VALUES (1), (2);
TRUNCATE a;
TRUNCATE a, b;
SELECT count(*) FROM a;
INSERT INTO a (v) VALUES (1) RETURNING v;
INSERT INTO b SELECT id, 1 FROM a;
TRUNCATE a CASCADE;
SELECT count(*) FROM b;
TRUNCATE TABLE ONLY b;
TRUNCATE r;
SELECT count(*) FROM r;
BEGIN;
INSERT INTO b VALUES (NULL, 1);
ROLLBACK;
INSERT INTO a VALUES (100, 1), (101, 1);
BEGIN;
TRUNCATE b;
DROP TABLE b;
SELECT count(*) FROM a;
ROLLBACK;
SELECT count(*) FROM b;
BEGIN;
DROP TABLE b;
CREATE TABLE b (other int);
INSERT INTO b VALUES (1);
COMMIT;
SELECT * FROM b;
DROP TABLE b;
DROP TABLE a, r;
CREATE TABLE a (x text PRIMARY KEY);
-- cluster: SELECT create_distributed_table('a', 'x')
INSERT INTO a VALUES ('again');
SELECT * FROM a;
SELECT * FROM a WHERE x = 'again';
DROP TABLE a CASCADE;
DROP TABLE IF EXISTS a;
