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
CREATE SCHEMA compat_doomed;
CREATE TABLE compat_doomed.r (id int PRIMARY KEY);
CREATE TABLE compat_doomed.d (id int PRIMARY KEY REFERENCES compat_doomed.r);
CREATE TABLE compat_doomed.p (id int, d date) PARTITION BY RANGE (d);
CREATE TABLE compat_doomed.p_1 PARTITION OF compat_doomed.p DEFAULT;
-- cluster: SELECT create_reference_table('compat_doomed.r')
-- cluster: SELECT create_distributed_table('compat_doomed.d', 'id')
-- cluster: SELECT create_distributed_table('compat_doomed.p', 'id')
INSERT INTO compat_doomed.r VALUES (1);
BEGIN;
LOCK TABLE compat_doomed.p_1, compat_doomed.d IN SHARE MODE;
LOCK compat_doomed.p_1 IN ACCESS SHARE MODE;
COMMIT;
DO $$ BEGIN DROP SCHEMA compat_doomed CASCADE; END $$;
SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('compat_doomed')::oid;
