-- A view means the operators that it was made with, whatever the reader's search_path puts before pg_catalog.
CREATE FUNCTION greater(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 OPERATOR(pg_catalog.>) $2';
CREATE OPERATOR < (LEFTARG = int, RIGHTARG = int, FUNCTION = greater);
CREATE FUNCTION upper(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.lower($1)';
CREATE TABLE t (id int PRIMARY KEY, v int, s text CHECK (compat_views_operators.upper(s) IS NOT NULL));
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT run_command_on_workers('CREATE FUNCTION compat_views_operators.greater(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS ''SELECT $1 OPERATOR(pg_catalog.>) $2''')
-- cluster: SELECT run_command_on_workers('CREATE OPERATOR compat_views_operators.< (LEFTARG = int, RIGHTARG = int, FUNCTION = compat_views_operators.greater)')
INSERT INTO t SELECT i, i % 7, 'Ab' || i FROM generate_series(1, 20) i;
CREATE VIEW small AS SELECT id, v, pg_catalog.upper(s) AS s FROM t WHERE v < 4;
CREATE VIEW smaller AS SELECT id, s FROM small WHERE v < 2;
SELECT count(*), sum(v), max(s) FROM small;
SELECT * FROM smaller ORDER BY id;
SET search_path = compat_views_operators, pg_catalog;
SELECT count(*), sum(v), max(s) FROM small;
SELECT * FROM smaller ORDER BY id;
SELECT s.id, t.v FROM smaller s JOIN t USING (id) ORDER BY 1;
SELECT s FROM small WHERE id OPERATOR(pg_catalog.=) 7;
UPDATE small SET v = 3 WHERE id OPERATOR(pg_catalog.=) 8 RETURNING v, s;
DO $$ BEGIN RAISE NOTICE '%', (SELECT sum(v) FROM small); END $$;
CREATE TEMP TABLE found AS SELECT id FROM smaller;
SELECT count(*) FROM found;
SET search_path = compat_views_operators;
SELECT count(*), sum(v), max(s) FROM small;
