-- Whatever functions hang on a table (generated columns, domains, indexes, triggers of any name): they run as whoever writes, never with more rights.
DROP ROLE IF EXISTS compat_climber;
CREATE ROLE compat_climber;
GRANT ALL ON SCHEMA compat_rights_of_users_functions TO compat_climber;
SET ROLE compat_climber;
CREATE FUNCTION me(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF current_user <> ''compat_climber'' THEN RAISE ''called as %'', current_user; END IF; RETURN $1; END';
CREATE FUNCTION is_me(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN IF current_user <> ''compat_climber'' THEN RAISE ''checked as %'', current_user; END IF; RETURN true; END';
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF current_user <> ''compat_climber'' THEN RAISE ''fired as %'', current_user; END IF; RETURN coalesce(NEW, OLD); END';
CREATE DOMAIN mine AS text CHECK (compat_rights_of_users_functions.is_me(VALUE));
CREATE TABLE g (id int PRIMARY KEY, k int, v mine, twice int GENERATED ALWAYS AS (compat_rights_of_users_functions.me(k)) STORED);
CREATE INDEX ON g (compat_rights_of_users_functions.me(k));
INSERT INTO g VALUES (1, 1, 'a'), (2, 2, 'b');
RESET ROLE;
-- cluster: SELECT create_distributed_table('g', 'id')
SET ROLE compat_climber;
INSERT INTO g VALUES (3, 3, 'c');
DO 'BEGIN INSERT INTO g VALUES (4, 4, ''d''), (5, NULL, NULL); END';
DO 'BEGIN INSERT INTO g VALUES (4, 40, ''x''), (6, 6, ''f'') ON CONFLICT (id) DO UPDATE SET k = excluded.k, v = excluded.v; END';
DO 'BEGIN INSERT INTO g VALUES (4, 41, ''y''), (7, 7, ''g'') ON CONFLICT (id) DO NOTHING; END';
DO 'BEGIN INSERT INTO g VALUES (4, 41, ''y''), (4, 7, ''g'') ON CONFLICT (id) DO UPDATE SET k = 0; END';
WITH n AS (INSERT INTO g VALUES (8, 8, 'h') ON CONFLICT (id) DO UPDATE SET k = 1 RETURNING *) SELECT * FROM n;
UPDATE g SET v = 'z' WHERE id = 1;
SELECT * FROM g ORDER BY id;
-- Triggers whose names are like Tangelo's own.
CREATE TRIGGER tangelo_upsert_mine BEFORE INSERT OR DELETE ON g FOR EACH ROW EXECUTE FUNCTION fires();
CREATE TRIGGER tangelo_act_1 AFTER DELETE ON g FOR EACH STATEMENT EXECUTE FUNCTION fires();
SELECT tgname || '' FROM pg_trigger WHERE tgrelid = 'g'::regclass AND NOT tgisinternal ORDER BY tgname;
INSERT INTO g VALUES (9, 9, 'i');
DO 'BEGIN INSERT INTO g VALUES (10, 10, ''j''); END';
DO 'BEGIN INSERT INTO g VALUES (10, 11, ''k'') ON CONFLICT (id) DO UPDATE SET k = excluded.k; END';
DELETE FROM g WHERE id = 2;
CREATE RULE hook AS ON DELETE TO g DO ALSO SELECT compat_rights_of_users_functions.me(1);
INSERT INTO g VALUES (11, 11, 'k');
DROP RULE hook ON g;
-- Where rows pass inside.
-- cluster: DO $$ BEGIN EXECUTE format('CREATE TRIGGER hook BEFORE INSERT ON pg_catalog.tangelo_%s FOR EACH ROW EXECUTE FUNCTION fires()', 'g'::regclass::oid); END $$
INSERT INTO g VALUES (12, 12, 'l');
DO 'BEGIN INSERT INTO g VALUES (13, 13, ''m'') ON CONFLICT DO NOTHING; END';
-- cluster: DO $$ BEGIN PERFORM pg_catalog.tangelo_empty_shell('pg_catalog.pg_dist_node'); RAISE 'emptied'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
-- cluster: DO $$ BEGIN PERFORM pg_catalog.tangelo_rows_of_shell(NULL::pg_catalog.pg_authid); RAISE 'read'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
CREATE TABLE own (id int);
CREATE TRIGGER sends AFTER INSERT ON own REFERENCING NEW TABLE AS newrows FOR EACH STATEMENT EXECUTE FUNCTION fires();
-- cluster: DO $$ BEGIN CREATE TRIGGER forwards AFTER INSERT ON own REFERENCING NEW TABLE AS newrows FOR EACH STATEMENT EXECUTE FUNCTION tangelo_forward(); RAISE 'made'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
CREATE TRIGGER always AFTER INSERT ON g FOR EACH ROW EXECUTE FUNCTION fires();
ALTER TABLE g ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER cut BEFORE TRUNCATE ON g FOR EACH STATEMENT EXECUTE FUNCTION fires();
-- cluster: SELECT truncate_local_data_after_distributing_table('g')
RESET ROLE;
-- cluster: SELECT truncate_local_data_after_distributing_table('g')
-- cluster: SELECT undistribute_table('g')
SET ROLE compat_climber;
SELECT * FROM g ORDER BY id;
RESET ROLE;
-- One who may insert, and nothing else.
DROP ROLE IF EXISTS compat_inserter;
CREATE ROLE compat_inserter;
GRANT USAGE ON SCHEMA compat_rights_of_users_functions TO compat_inserter;
CREATE TABLE drop_box (id int PRIMARY KEY, v text);
-- cluster: SELECT create_distributed_table('drop_box', 'id')
GRANT INSERT ON drop_box TO compat_inserter;
SET ROLE compat_inserter;
INSERT INTO drop_box VALUES (1, 'a');
DO 'BEGIN INSERT INTO drop_box VALUES (2, ''b''); END';
DO 'BEGIN INSERT INTO drop_box VALUES (2, ''b'') ON CONFLICT DO NOTHING; END';
DO 'BEGIN INSERT INTO drop_box VALUES (2, ''b'') ON CONFLICT (id) DO NOTHING; END';
SELECT * FROM drop_box;
RESET ROLE;
CREATE TRIGGER noted BEFORE INSERT ON drop_box FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
DROP TRIGGER noted ON drop_box;
CREATE FUNCTION adds() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v := NEW.v || ''!''; RETURN NEW; END';
CREATE TRIGGER adds BEFORE INSERT ON drop_box FOR EACH ROW EXECUTE FUNCTION adds();
SET ROLE compat_inserter;
INSERT INTO drop_box VALUES (3, 'c');
DO 'BEGIN INSERT INTO drop_box VALUES (4, ''d''); END';
RESET ROLE;
SELECT * FROM drop_box ORDER BY id;
DROP TABLE drop_box, g, own;
DROP OWNED BY compat_climber, compat_inserter;
DROP ROLE compat_climber, compat_inserter;
-- What PostgreSQL evaluates while it plans.
CREATE ROLE compat_climber;
DROP ROLE IF EXISTS compat_onlooker;
CREATE ROLE compat_onlooker;
GRANT ALL ON SCHEMA compat_rights_of_users_functions TO compat_climber;
GRANT USAGE ON SCHEMA compat_rights_of_users_functions TO compat_onlooker;
SET SESSION AUTHORIZATION compat_climber;
CREATE FUNCTION no_superuser(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF current_setting(''is_superuser'') = ''on'' THEN RAISE ''planned by a superuser''; END IF; RETURN $1; END';
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END';
CREATE TABLE p (id int PRIMARY KEY, v text);
INSERT INTO p VALUES (1, 'a');
CREATE INDEX ON p (v) WHERE compat_rights_of_users_functions.no_superuser(1) = 1;
-- cluster: SELECT create_distributed_table('p', 'id')
INSERT INTO p VALUES (2, 'b');
DO 'BEGIN INSERT INTO p VALUES (3, ''c''), (4, ''d''); END';
DO 'BEGIN INSERT INTO p VALUES (3, ''x''), (5, ''e'') ON CONFLICT (id) DO UPDATE SET v = excluded.v; END';
CREATE TRIGGER fires AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION fires();
DO 'BEGIN INSERT INTO p VALUES (6, ''f''), (7, ''g''); END';
DO 'BEGIN INSERT INTO p VALUES (3, ''y''), (8, ''h'') ON CONFLICT (id) DO UPDATE SET v = excluded.v; END';
SELECT * FROM p ORDER BY id;
CREATE VIEW seen AS SELECT * FROM p WHERE v <> 'a';
GRANT SELECT ON seen TO compat_onlooker;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION compat_onlooker;
SELECT * FROM seen ORDER BY id;
SELECT * FROM seen WHERE v = 'y';
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION compat_climber;
ALTER TABLE p ENABLE ROW LEVEL SECURITY;
CREATE POLICY theirs ON p USING (current_user = 'compat_climber' OR id < 4);
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION compat_onlooker;
SELECT * FROM seen ORDER BY id;
RESET SESSION AUTHORIZATION;
DROP VIEW seen;
DROP TABLE p;
DROP OWNED BY compat_climber, compat_onlooker;
DROP ROLE compat_climber, compat_onlooker;
-- Indexes whose functions PostgreSQL calls while it makes them, on the shards as well: as the owner, whoever distributes the table.
DROP ROLE IF EXISTS compat_climber;
CREATE ROLE compat_climber;
GRANT ALL ON SCHEMA compat_rights_of_users_functions TO compat_climber;
SET ROLE compat_climber;
CREATE FUNCTION mine_alone(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF current_user <> ''compat_climber'' THEN RAISE ''called as %'', current_user; END IF; RETURN $1; END';
CREATE TABLE folded (id int, k int, CHECK (k > compat_rights_of_users_functions.mine_alone(-1)), EXCLUDE USING btree (id WITH =, (k + compat_rights_of_users_functions.mine_alone(0)) WITH =));
CREATE INDEX ON folded ((k + compat_rights_of_users_functions.mine_alone(1)));
CREATE UNIQUE INDEX ON folded (id, k) WHERE k > compat_rights_of_users_functions.mine_alone(2);
CREATE STATISTICS folded_s ON (k + compat_rights_of_users_functions.mine_alone(3)), (id + 1) FROM folded;
CREATE TABLE folded_r (id int PRIMARY KEY, k int);
CREATE INDEX ON folded_r ((k + compat_rights_of_users_functions.mine_alone(1)));
CREATE TABLE folded_p (id int, k int) PARTITION BY RANGE (k);
CREATE INDEX ON folded_p ((k + compat_rights_of_users_functions.mine_alone(1)));
CREATE TABLE folded_p1 PARTITION OF folded_p FOR VALUES FROM (0) TO (10);
CREATE INDEX ON folded_p1 ((k + compat_rights_of_users_functions.mine_alone(2)));
RESET ROLE;
-- cluster: SELECT create_distributed_table('folded', 'id')
-- cluster: SELECT create_reference_table('folded_r')
-- cluster: SELECT create_distributed_table('folded_p', 'id')
SET ROLE compat_climber;
CREATE TABLE folded_p2 PARTITION OF folded_p FOR VALUES FROM (10) TO (20);
INSERT INTO folded VALUES (1, 3), (2, 4);
INSERT INTO folded_p VALUES (1, 3), (2, 14);
SELECT * FROM folded UNION ALL SELECT * FROM folded_p ORDER BY 1, 2;
RESET ROLE;
DROP TABLE folded, folded_p, folded_r;
DROP OWNED BY compat_climber;
DROP ROLE compat_climber;
