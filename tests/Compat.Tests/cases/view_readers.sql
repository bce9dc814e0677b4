-- A reader who logs in as such reads with the rights and the policies of the owner of a view or of a SECURITY DEFINER function.
DROP ROLE IF EXISTS compat_login_owner, compat_login_reader;
CREATE ROLE compat_login_owner LOGIN;
CREATE ROLE compat_login_reader LOGIN;
GRANT ALL ON SCHEMA compat_view_readers TO compat_login_owner, compat_login_reader;
CREATE TABLE t (id int PRIMARY KEY, v int, who text);
-- cluster: SELECT create_distributed_table('t', 'id')
INSERT INTO t SELECT i, i, CASE WHEN i % 2 = 0 THEN 'compat_login_owner' ELSE 'compat_login_reader' END FROM generate_series(1, 11) i;
ALTER TABLE t OWNER TO compat_login_owner;
CREATE VIEW w AS SELECT * FROM t;
ALTER VIEW w OWNER TO compat_login_owner;
GRANT SELECT, UPDATE ON w TO compat_login_reader;
CREATE FUNCTION owned() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = compat_view_readers AS 'BEGIN RETURN (SELECT count(*) FROM t); END';
CREATE FUNCTION changed() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = compat_view_readers AS 'DECLARE n bigint; BEGIN UPDATE t SET v = v + 1; GET DIAGNOSTICS n = ROW_COUNT; RETURN n; END';
ALTER FUNCTION owned OWNER TO compat_login_owner;
ALTER FUNCTION changed OWNER TO compat_login_owner;
SET SESSION AUTHORIZATION compat_login_reader;
SELECT count(*) FROM t;
SELECT count(*) FROM w;
SELECT v FROM w WHERE id = 3;
SELECT owned();
SELECT a.id FROM w a JOIN w b ON a.v = b.id WHERE a.id < 4 ORDER BY 1;
BEGIN;
SELECT count(*) FROM w;
SAVEPOINT a;
SELECT owned();
ROLLBACK TO a;
SELECT count(*), owned() FROM w;
COMMIT;
-- differs: [42501] the shards check the rights of the session's role
SELECT changed();
RESET SESSION AUTHORIZATION;
GRANT SELECT, UPDATE ON t TO compat_login_reader;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON t USING (who = current_user);
SET SESSION AUTHORIZATION compat_login_reader;
SELECT count(*) FROM t;
SELECT count(*) FROM w;
SELECT owned();
SELECT count(*) FROM t JOIN w USING (id);
BEGIN;
SELECT owned();
UPDATE t SET v = 5 WHERE id = 1;
-- simple only
-- differs: [0A000] another connection would not see the change
SELECT owned();
ROLLBACK;
-- differs: [0A000] another role may not write here
UPDATE w SET v = 1 WHERE id = 77;
RESET SESSION AUTHORIZATION;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
SET SESSION AUTHORIZATION compat_login_reader;
-- differs: [0A000] nobody but a superuser sees every row of the shards, and for a superuser planning could call functions of users
SELECT count(*), sum(id) FROM w;
-- differs: [0A000] nobody but a superuser sees every row of the shards, and for a superuser planning could call functions of users
SELECT owned();
RESET SESSION AUTHORIZATION;
DROP POLICY own ON t;
CREATE POLICY own ON t USING (id % 2 = 0);
SET SESSION AUTHORIZATION compat_login_reader;
SELECT count(*), sum(id) FROM w;
SELECT owned();
RESET SESSION AUTHORIZATION;
DROP FUNCTION owned, changed;
DROP VIEW w;
DROP TABLE t;
REVOKE ALL ON SCHEMA compat_view_readers FROM compat_login_owner, compat_login_reader;
DROP ROLE compat_login_owner, compat_login_reader;
