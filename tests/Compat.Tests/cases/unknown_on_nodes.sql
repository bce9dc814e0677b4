-- Types and collations that no table of the nodes has, identity columns of those who have no right on the sequence, sets in VALUES.
DROP ROLE IF EXISTS compat_writer;
CREATE ROLE compat_writer;
GRANT USAGE ON SCHEMA compat_unknown_on_nodes TO compat_writer;
CREATE TABLE c (i int, n text);
-- cluster: SELECT create_distributed_table('c', 'i')
INSERT INTO c VALUES (1, 'One'), (2, 'two');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 10);
CREATE TYPE mood AS ENUM ('One', 'two');
SELECT i, n::short FROM c ORDER BY i;
SELECT i, n::compat_unknown_on_nodes.mood FROM c ORDER BY 2;
SELECT i FROM c WHERE n::mood = 'two';
SELECT i FROM c WHERE i = 1 AND n::mood[] IS NULL;
SELECT i, n::bytea, '[1,2]'::int4range FROM c WHERE i = 2;
CREATE COLLATION backwards (locale = 'C');
SELECT i FROM c WHERE n < 'a' COLLATE backwards ORDER BY i;
SELECT i FROM c ORDER BY n COLLATE "C";
CREATE TABLE it (a int GENERATED ALWAYS AS IDENTITY, b text);
-- cluster: SELECT create_distributed_table('it', 'b')
GRANT INSERT, SELECT ON it TO compat_writer;
SET ROLE compat_writer;
INSERT INTO it (b) VALUES ('x');
INSERT INTO it (b) VALUES ('y') RETURNING a;
SELECT nextval('it_a_seq');
SELECT * FROM it ORDER BY a;
RESET ROLE;
INSERT INTO it (b) SELECT n FROM c ORDER BY i;
SELECT count(*), max(a) FROM it;
INSERT INTO c VALUES (generate_series(5, 7), 'set');
INSERT INTO c (i) VALUES (generate_series(5, 7)) RETURNING n;
INSERT INTO c VALUES (generate_series(5, 7), 'set'), (8, 'row');
SELECT i, count(*), count(n) FROM c GROUP BY i ORDER BY 1;
REVOKE ALL ON it FROM compat_writer;
REVOKE ALL ON SCHEMA compat_unknown_on_nodes FROM compat_writer;
DROP ROLE compat_writer;
