-- COPY to and from files and programs of the server.
CREATE TABLE t (i int PRIMARY KEY, n text, g int GENERATED ALWAYS AS (i * 2) STORED);
-- cluster: SELECT create_distributed_table('t', 'i')
INSERT INTO t VALUES (1, 'one'), (2, NULL);
COPY t TO PROGRAM 'cat > /dev/null';
COPY t (n) TO PROGRAM 'cat > /dev/null' (FORMAT csv, HEADER);
COPY t TO '/dev/null';
COPY (SELECT i FROM t) TO '/dev/null';
COPY t TO PROGRAM 'grep -q one' (FORMAT csv, FORCE_QUOTE (n));
COPY t FROM PROGRAM 'echo 3; echo 4' (FORMAT csv, NULL 'x');
COPY t (i) FROM PROGRAM 'echo 3; echo 4';
SELECT * FROM t ORDER BY i;
