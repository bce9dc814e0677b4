-- Rights that a table's owner took from itself, before the table was distributed and after it.
DROP ROLE IF EXISTS compat_self;
DROP ROLE IF EXISTS compat_other;
CREATE ROLE compat_self;
CREATE ROLE compat_other;
GRANT ALL ON SCHEMA compat_owner_rights TO compat_self;
GRANT USAGE ON SCHEMA compat_owner_rights TO compat_other;
SET ROLE compat_self;
CREATE TABLE t (id int PRIMARY KEY, v int, w int);
CREATE TABLE r (id int PRIMARY KEY, v int);
CREATE TABLE c (id int PRIMARY KEY, v int, w int);
CREATE TABLE later (id int PRIMARY KEY, v int);
GRANT SELECT ON t TO compat_other;
REVOKE UPDATE, TRUNCATE ON t FROM compat_self;
REVOKE ALL ON r FROM compat_self;
REVOKE ALL ON c FROM compat_self;
GRANT SELECT (id, v), UPDATE (v), INSERT ON c TO compat_self;
RESET ROLE;
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_reference_table('r')
-- cluster: SELECT create_distributed_table('c', 'id')
-- cluster: SELECT create_distributed_table('later', 'id')
INSERT INTO t VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO r VALUES (1, 1);
SET ROLE compat_self;
SELECT * FROM t ORDER BY id;
INSERT INTO t VALUES (3, 3, 3);
UPDATE t SET v = 5;
UPDATE t SET v = 5 WHERE id = 1;
DELETE FROM t WHERE id = 2;
TRUNCATE t;
SELECT * FROM r;
INSERT INTO r VALUES (2, 2);
INSERT INTO c VALUES (1, 1, 1), (2, 2, 2);
SELECT id, v FROM c ORDER BY id;
SELECT * FROM c;
UPDATE c SET v = 7 WHERE id = 1;
UPDATE c SET v = 8 WHERE v > 0;
UPDATE c SET w = 7 WHERE id = 1;
DELETE FROM c WHERE id = 1;
DO $$ BEGIN UPDATE t SET v = 6 WHERE id = 1; END $$;
REVOKE INSERT ON later FROM compat_self;
INSERT INTO later VALUES (1, 1);
GRANT INSERT ON later TO compat_self;
INSERT INTO later VALUES (1, 1);
GRANT ALL ON t TO compat_self;
UPDATE t SET v = 5 WHERE id = 1;
RESET ROLE;
SET ROLE compat_other;
SELECT count(*) FROM t;
SELECT count(*) FROM r;
RESET ROLE;
-- Default privileges.
ALTER DEFAULT PRIVILEGES FOR ROLE compat_self IN SCHEMA compat_owner_rights GRANT SELECT ON TABLES TO compat_other;
ALTER DEFAULT PRIVILEGES FOR ROLE compat_self REVOKE DELETE ON TABLES FROM compat_self;
SET ROLE compat_self;
CREATE TABLE fresh (id int PRIMARY KEY, v int);
RESET ROLE;
-- cluster: SELECT create_distributed_table('fresh', 'id')
SET ROLE compat_self;
INSERT INTO fresh VALUES (1, 1), (2, 2);
DELETE FROM fresh;
DELETE FROM fresh WHERE id = 1;
SET ROLE compat_other;
SELECT * FROM fresh ORDER BY id;
RESET ROLE;
DROP OWNED BY compat_self CASCADE;
DROP ROLE compat_self;
DROP OWNED BY compat_other;
DROP ROLE compat_other;
