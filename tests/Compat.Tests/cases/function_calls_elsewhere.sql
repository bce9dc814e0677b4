-- Functions with a distribution argument whose bodies leave the shard, or may, or have effects that belong to the coordinator: they give what they give on one server.
CREATE TABLE owned (id int PRIMARY KEY, v int, at timestamptz DEFAULT now());
CREATE TABLE numbered (id int, n bigserial, v int);
CREATE TABLE copied (id int PRIMARY KEY, v int);
CREATE TABLE aside (id int PRIMARY KEY, v int);
CREATE TABLE watched (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('owned', 'id')
-- cluster: SELECT create_distributed_table('numbered', 'id')
-- cluster: SELECT create_distributed_table('watched', 'id')
-- cluster: SELECT create_reference_table('copied')
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE aside SET v = v + 1 WHERE id = 0; RETURN NEW; END';
INSERT INTO aside VALUES (0, 0);
INSERT INTO owned SELECT i, i FROM generate_series(1, 20) i;

CREATE FUNCTION all_keys(p int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM owned WHERE id = p OR v > 5';
CREATE FUNCTION other_key(p int, q int) RETURNS int LANGUAGE plpgsql AS 'BEGIN UPDATE owned SET v = v + 1 WHERE id = q; RETURN (SELECT v FROM owned WHERE id = p); END';
CREATE FUNCTION changed_key(p int) RETURNS int LANGUAGE plpgsql AS 'BEGIN p := p + 1; UPDATE owned SET v = -p WHERE id = p; RETURN p; END';
CREATE FUNCTION changed_into(p int) RETURNS int LANGUAGE plpgsql AS 'BEGIN SELECT v + 1 INTO p FROM owned WHERE id = p; UPDATE owned SET v = 100 WHERE id = p; RETURN p; END';
CREATE FUNCTION hidden_key(p int) RETURNS int LANGUAGE plpgsql AS 'BEGIN DECLARE p int := 7; BEGIN UPDATE owned SET v = 700 WHERE id = p; RETURN p; END; END';
CREATE FUNCTION looped_key(p int) RETURNS int LANGUAGE plpgsql AS 'BEGIN FOR p IN 1..3 LOOP UPDATE owned SET v = 300 WHERE id = p; END LOOP; RETURN p; END';
CREATE FUNCTION dynamic(p int) RETURNS int LANGUAGE plpgsql AS 'DECLARE r int; BEGIN EXECUTE ''SELECT max(v) FROM owned WHERE id > $1'' INTO r USING p; RETURN r; END';
CREATE FUNCTION local(p int) RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO aside SELECT id, v FROM owned WHERE id = p; RETURN (SELECT count(*) FROM aside); END';
CREATE FUNCTION reference(p int) RETURNS bigint LANGUAGE sql AS 'INSERT INTO copied SELECT id, v FROM owned WHERE id = p; SELECT count(*) FROM copied';
CREATE FUNCTION numbers(p int) RETURNS bigint LANGUAGE sql AS 'INSERT INTO numbered (id, v) VALUES (p, 1) RETURNING n';
CREATE FUNCTION moment(p int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN UPDATE owned SET at = now() WHERE id = p; RETURN (SELECT at = now() FROM owned WHERE id = p); END';
CREATE FUNCTION default_moment(p int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO owned VALUES (p, 1); RETURN (SELECT at = now() FROM owned WHERE id = p); END';
CREATE FUNCTION triggered(p int) RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO watched VALUES (p, 1); RETURN (SELECT v FROM aside WHERE id = 0); END';
CREATE FUNCTION message(p int) RETURNS text LANGUAGE plpgsql AS 'BEGIN INSERT INTO owned VALUES (p, 1); RETURN ''in''; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END';
CREATE FUNCTION setting(p int) RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM set_config(''work_mem'', ''77MB'', false); UPDATE owned SET v = 0 WHERE id = p; RETURN current_setting(''work_mem''); END';
CREATE FUNCTION temporary(p int) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN CREATE TEMP TABLE IF NOT EXISTS owned (id int, v int); RETURN (SELECT count(*) FROM owned WHERE id = p); END';
CREATE FUNCTION calls(p int) RETURNS bigint LANGUAGE sql AS 'SELECT all_keys(p)';
CREATE FUNCTION fields(p int) RETURNS int LANGUAGE plpgsql AS 'DECLARE r record; BEGIN SELECT * INTO r FROM owned WHERE id = p; r.v := r.v + 1; UPDATE owned SET v = r.v WHERE id = p; RETURN r.v; END';
CREATE FUNCTION whole(p int) RETURNS owned LANGUAGE sql AS 'UPDATE owned SET at = NULL WHERE id = p; SELECT * FROM owned WHERE id = p';
CREATE FUNCTION moved(p int) RETURNS int LANGUAGE sql AS 'UPDATE owned SET id = 1000 + p WHERE id = p RETURNING v';
CREATE FUNCTION recursive(p int) RETURNS int LANGUAGE plpgsql AS 'BEGIN IF p <= 1 THEN RETURN 1; END IF; UPDATE owned SET v = 0 WHERE id = p; RETURN p + recursive(p - 1); END';
CREATE FUNCTION twice(p int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION twice(p text) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION ambiguous(id int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT v FROM owned WHERE id = id); END';
CREATE FUNCTION columns_first(id int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM owned WHERE id = id';
CREATE PROCEDURE commits(p int) LANGUAGE plpgsql AS 'BEGIN UPDATE owned SET v = 55 WHERE id = p; COMMIT; UPDATE owned SET v = 66 WHERE id = p; ROLLBACK; END';
CREATE TRIGGER t BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION count_up();
-- cluster: SELECT create_distributed_function(o.oid::regprocedure, CASE WHEN proname IN ('ambiguous', 'columns_first') THEN 'id' ELSE 'p' END, 'owned') FROM pg_proc o WHERE pronamespace = current_schema()::regnamespace AND proname NOT IN ('count_up', 'twice', 'whole')
-- cluster: SELECT create_distributed_function('twice(int)', 'p', 'owned')
SELECT all_keys(1);
SELECT other_key(1, 2);
SELECT changed_key(3);
SELECT changed_into(5);
SELECT hidden_key(1);
SELECT looped_key(2);
SELECT dynamic(4);
SELECT local(5);
SELECT reference(5);
SELECT numbers(1);
SELECT numbers(2);
SELECT moment(6);
SELECT default_moment(21);
BEGIN;
SELECT pg_sleep(0.01);
SELECT moment(6);
SELECT default_moment(22);
SELECT at = now() FROM owned WHERE id = 22;
COMMIT;
SELECT triggered(1);
SELECT message(1);
SELECT setting(8);
SHOW work_mem;
RESET work_mem;
SELECT calls(1);
SELECT fields(9);
SELECT whole(10);
SELECT moved(11);
SELECT recursive(3);
SELECT twice(1), twice('1');
SELECT ambiguous(1);
SELECT columns_first(1);
CALL commits(12);
BEGIN;
CALL commits(12);
ROLLBACK;
SELECT id, v FROM owned ORDER BY 1;
SELECT id, v FROM aside ORDER BY 1;
SELECT temporary(1);
SELECT all_keys(1);
DROP TABLE pg_temp.owned;
SELECT all_keys(1);

-- Rights and search paths.
CREATE SCHEMA function_calls_other;
CREATE TABLE function_calls_other.owned (id int PRIMARY KEY, v int);
-- cluster: SELECT create_distributed_table('function_calls_other.owned', 'id')
INSERT INTO function_calls_other.owned VALUES (1, 1000);
CREATE FUNCTION sees(p int) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT v FROM owned WHERE id = p); END';
CREATE FUNCTION sees_there(p int) RETURNS int LANGUAGE plpgsql STABLE SET search_path = function_calls_other AS 'BEGIN RETURN (SELECT v FROM owned WHERE id = p); END';
CREATE FUNCTION sees_named(p int) RETURNS int LANGUAGE sql STABLE AS 'SELECT v FROM function_calls_other.owned WHERE id = p';
CREATE FUNCTION as_owner(p int) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = function_calls_other, pg_temp AS 'BEGIN UPDATE owned SET v = v + 1 WHERE id = p; RETURN (SELECT v FROM owned WHERE id = p); END';
-- cluster: SELECT create_distributed_function((f || '(int)')::regprocedure, 'p', 'owned') FROM unnest(ARRAY['sees', 'sees_there', 'sees_named', 'as_owner']) f
SELECT sees(1), 'here';
SELECT sees_there(1);
SELECT sees_named(1);
SET search_path = function_calls_other, compat_function_calls_elsewhere;
SELECT sees(1), 'there';
SELECT sees_there(1);
RESET search_path;
SET search_path = compat_function_calls_elsewhere;
SELECT sees(1), 'here again';
CREATE ROLE function_caller;
GRANT USAGE ON SCHEMA compat_function_calls_elsewhere TO function_caller;
SET ROLE function_caller;
SELECT sees(1);
SELECT as_owner(1);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION as_owner FROM PUBLIC;
SET ROLE function_caller;
SELECT as_owner(1);
RESET ROLE;
GRANT EXECUTE ON FUNCTION as_owner TO function_caller;
SET ROLE function_caller;
SELECT as_owner(1);
RESET ROLE;
DROP OWNED BY function_caller;
DROP ROLE function_caller;
DROP SCHEMA function_calls_other CASCADE;
SELECT sees_there(1);
DROP TABLE owned, numbered, copied, aside, watched CASCADE;
