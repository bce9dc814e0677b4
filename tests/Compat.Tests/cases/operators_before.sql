-- What the coordinator asks the shards means PostgreSQL's operators, whatever the search_path says.
CREATE TABLE plain (a int, b int);
INSERT INTO plain SELECT i, i FROM generate_series(1, 9) i;
-- cluster: SELECT create_distributed_table('plain', 'a')
CREATE FUNCTION never(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR < (LEFTARG = int, RIGHTARG = int, FUNCTION = never);
-- cluster: SELECT run_command_on_workers($$CREATE FUNCTION compat_operators_before.never(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT false'$$), run_command_on_workers($$CREATE OPERATOR compat_operators_before.< (LEFTARG = int, RIGHTARG = int, FUNCTION = compat_operators_before.never)$$)
CREATE FUNCTION below(int) RETURNS bigint LANGUAGE plpgsql SET search_path = compat_operators_before AS 'BEGIN RETURN (SELECT count(*) FROM plain WHERE b < $1); END';
CREATE VIEW below_five AS SELECT * FROM plain WHERE b OPERATOR(pg_catalog.<) 5;
SET search_path = compat_operators_before, pg_catalog;
SELECT below(5);
DO 'BEGIN IF (SELECT count(*) FROM below_five) <> 4 THEN RAISE ''another operator''; END IF; END';
