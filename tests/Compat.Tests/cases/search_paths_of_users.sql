-- Operators that a user puts before PostgreSQL's are called as that user, whatever the coordinator does behind a statement.
DROP ROLE IF EXISTS compat_trickster;
CREATE ROLE compat_trickster;
GRANT ALL ON SCHEMA compat_search_paths_of_users TO compat_trickster;
CREATE TABLE p (id int PRIMARY KEY, v text);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, v text);
CREATE TABLE log (line text);
-- cluster: SELECT create_reference_table('p'), create_distributed_table('c', 'id')
ALTER TABLE p OWNER TO compat_trickster;
ALTER TABLE c OWNER TO compat_trickster;
ALTER TABLE log OWNER TO compat_trickster;
SET ROLE compat_trickster;
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS 'BEGIN IF current_user <> ''compat_trickster'' THEN RAISE ''called as %'', current_user; END IF; RETURN $1 = $2; END';
CREATE OPERATOR = (leftarg = text, rightarg = text, function = same);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (TG_OP); RETURN NULL; END';
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON c FOR EACH ROW EXECUTE FUNCTION note();
SET search_path = compat_search_paths_of_users, pg_catalog;
INSERT INTO p VALUES (1, 'a'), (2, 'b');
INSERT INTO c VALUES (1, 1, 'x'), (2, 1, 'x'), (3, 2, 'y');
UPDATE c SET v = 'z' WHERE id = 1;
DO 'BEGIN INSERT INTO c VALUES (1, 2, ''again'') ON CONFLICT (id) DO UPDATE SET v = excluded.v; END';
INSERT INTO c VALUES (2, 2, 'again'), (4, 2, 'new') ON CONFLICT (id) DO UPDATE SET v = excluded.v;
UPDATE p SET v = 'c' WHERE id = 1;
DELETE FROM p WHERE id = 1;
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (TG_OP || ''!''); RETURN NULL; END';
DELETE FROM c WHERE id = 3;
SELECT * FROM c ORDER BY id;
SELECT line COLLATE "C", count(*) FROM log GROUP BY 1 ORDER BY 1;
-- A setting that only Tangelo should write says nothing that is run.
SELECT set_config('tangelo.upsert' || 'c'::regclass::oid, '', false);
-- cluster: DO $$ BEGIN PERFORM set_config('tangelo.upsert' || 'c'::regclass::oid, '[{"condition": "1 / 0 = 1", "alias": "c"}]', true); INSERT INTO c VALUES (4, 2, 'new'); EXCEPTION WHEN division_by_zero THEN RAISE 'run'; WHEN OTHERS THEN NULL; END $$
SET search_path = compat_search_paths_of_users;
RESET ROLE;
DROP ROLE compat_trickster;
DROP TABLE c, p, log;
DROP OPERATOR compat_search_paths_of_users.= (text, text);
DROP FUNCTION compat_search_paths_of_users.same(text, text), note();
REVOKE ALL ON SCHEMA compat_search_paths_of_users FROM compat_trickster;
DROP ROLE compat_trickster;
