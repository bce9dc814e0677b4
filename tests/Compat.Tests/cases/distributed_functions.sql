-- Functions that every node has: their calls give what they give on one server, and the nodes follow their changes.
CREATE TABLE acc (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('acc', 'id')
CREATE FUNCTION add_to(key int, n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE r int;
BEGIN
    INSERT INTO acc VALUES (key, n);
    UPDATE acc SET v = v + n WHERE id = key;
    SELECT v INTO r FROM acc WHERE id = key;
    RETURN r;
END $$;
CREATE PROCEDURE raise_by(key int, INOUT n int) LANGUAGE plpgsql AS 'BEGIN UPDATE acc SET v = v + n WHERE id = key RETURNING v INTO n; END';
-- cluster: SELECT create_distributed_function('add_to(int,int)', 'key', colocate_with := 'acc')
-- cluster: SELECT create_distributed_function('raise_by(int,int)', '$1', force_delegation := true)
-- cluster: SELECT 1 / (count(*) = 2)::int FROM pg_dist_object WHERE distribution_argument_index = 0 AND colocationid IS NOT NULL /* distributed */
-- cluster: SELECT 1 / bool_and(result = '2')::int FROM run_command_on_workers($$SELECT count(*) FROM pg_proc WHERE pronamespace = 'compat_distributed_functions'::regnamespace$$) /* distributed */
SELECT add_to(1, 5);
SELECT add_to(2, 5), add_to(3, 6);
CALL raise_by(1, 100);
SELECT * FROM acc ORDER BY id;
SELECT add_to(1, 5);
SELECT * FROM acc ORDER BY id;
CREATE OR REPLACE FUNCTION add_to(key int, n int) RETURNS int LANGUAGE sql AS 'SELECT 7';
ALTER FUNCTION add_to RENAME TO add_two;
ALTER FUNCTION add_two STRICT;
-- cluster: SELECT 1 / bool_and(result = 'add_two,SELECT 7,t')::int FROM run_command_on_workers($$SELECT concat_ws(',', proname, prosrc, proisstrict) FROM pg_proc WHERE proname ~ '^add_t' AND pronamespace = 'compat_distributed_functions'::regnamespace$$) /* distributed */
SELECT add_two(1, NULL), add_two(1, 2);
BEGIN;
CREATE FUNCTION gone() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- cluster: SELECT create_distributed_function('gone()')
SELECT gone();
ROLLBACK;
SELECT gone();
DROP FUNCTION add_two;
DO 'BEGIN DROP PROCEDURE raise_by; END';
-- cluster: SELECT 1 / (count(*) = 0)::int FROM pg_dist_object /* distributed */
-- cluster: SELECT 1 / bool_and(result = '0')::int FROM run_command_on_workers($$SELECT count(*) FROM pg_proc WHERE pronamespace = 'compat_distributed_functions'::regnamespace$$) /* distributed */
DROP TABLE acc;
