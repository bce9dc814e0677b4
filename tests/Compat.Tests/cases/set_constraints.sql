-- SET CONSTRAINTS reaches the constraints of the shards.
CREATE TABLE u (i int UNIQUE DEFERRABLE INITIALLY IMMEDIATE, t text);
-- cluster: SELECT create_distributed_table('u', 'i')
INSERT INTO u VALUES (0, 'a'), (1, 'b'), (2, 'c');
CREATE TABLE pk (i int PRIMARY KEY);
-- cluster: SELECT create_reference_table('pk')
CREATE TABLE fk (i int REFERENCES pk (i) DEFERRABLE INITIALLY IMMEDIATE, t text);
-- cluster: SELECT create_distributed_table('fk', 'i')
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO u VALUES (1, 'x');
DELETE FROM u WHERE i = 1 AND t = 'b';
INSERT INTO fk VALUES (7, 'a');
INSERT INTO pk VALUES (7);
COMMIT;
BEGIN;
SET CONSTRAINTS fk_i_fkey DEFERRED;
INSERT INTO fk VALUES (8, 'a');
SET CONSTRAINTS fk_i_fkey IMMEDIATE;
ROLLBACK;
BEGIN;
SET CONSTRAINTS compat_set_constraints.u_i_key DEFERRED;
INSERT INTO u VALUES (1, 'y');
SET CONSTRAINTS u_i_key IMMEDIATE;
ROLLBACK;
BEGIN;
SET CONSTRAINTS u_i_key DEFERRED;
INSERT INTO fk VALUES (8, 'a');
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO u VALUES (1, 'y');
COMMIT;
BEGIN;
SAVEPOINT s;
SET CONSTRAINTS ALL DEFERRED;
ROLLBACK TO s;
INSERT INTO u VALUES (1, 'y');
ROLLBACK;
BEGIN;
SET CONSTRAINTS nope DEFERRED;
ROLLBACK;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO u VALUES (1, 'y');
SELECT * FROM u ORDER BY i;
SELECT * FROM fk ORDER BY i;
-- A node keeps a function that its tables needed; the schema goes all the same.
CREATE SCHEMA compat_leftover;
CREATE FUNCTION compat_leftover.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE TABLE compat_leftover.t (i int, j int DEFAULT compat_leftover.f(3));
-- cluster: SELECT create_distributed_table('compat_leftover.t', 'i')
DROP TABLE compat_leftover.t;
DROP FUNCTION compat_leftover.f(int);
DROP SCHEMA compat_leftover;
COPY u TO STDOUT (HEADER MATCH);
