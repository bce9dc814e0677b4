-- A role that may not CREATE in the database distributes tables: their schema, types and functions come to the nodes as those of their owners.
DROP SCHEMA IF EXISTS compat_rented, compat_shared CASCADE;
DROP ROLE IF EXISTS compat_tenant;
DROP ROLE IF EXISTS compat_landlord;
CREATE ROLE compat_tenant LOGIN;
CREATE ROLE compat_landlord LOGIN;
CREATE SCHEMA compat_rented AUTHORIZATION compat_tenant;
CREATE SCHEMA compat_shared AUTHORIZATION compat_landlord;
GRANT USAGE ON SCHEMA compat_shared TO compat_tenant;
SET SESSION AUTHORIZATION compat_landlord;
CREATE TYPE compat_shared.mood AS ENUM ('sad', 'happy');
CREATE FUNCTION compat_shared.is_fine(int) RETURNS boolean IMMUTABLE SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN IF current_user <> ''compat_landlord'' THEN RAISE ''runs as %'', current_user; END IF; RETURN $1 < 100; END';
CREATE DOMAIN compat_shared.small AS int CHECK (compat_shared.is_fine(VALUE));
RESET SESSION AUTHORIZATION;
SET ROLE compat_tenant;
CREATE TABLE compat_rented.t (id int PRIMARY KEY, m compat_shared.mood, s compat_shared.small, CHECK (compat_shared.is_fine(id)));
-- cluster: SELECT create_distributed_table('compat_rented.t', 'id')
INSERT INTO compat_rented.t VALUES (1, 'sad', 1), (2, 'happy', 2);
INSERT INTO compat_rented.t VALUES (100, 'sad', 1);
INSERT INTO compat_rented.t VALUES (3, 'sad', 100);
SELECT * FROM compat_rented.t ORDER BY id;
BEGIN;
CREATE TABLE compat_rented.u (id int PRIMARY KEY, m compat_shared.mood);
-- cluster: SELECT create_distributed_table('compat_rented.u', 'id')
INSERT INTO compat_rented.u VALUES (1, 'happy');
ROLLBACK;
CREATE TABLE compat_rented.u (id int PRIMARY KEY, m compat_shared.mood);
-- cluster: SELECT create_reference_table('compat_rented.u')
INSERT INTO compat_rented.u VALUES (1, 'happy');
SELECT * FROM compat_rented.t JOIN compat_rented.u USING (m);
RESET ROLE;
-- cluster: SELECT 1 / (result = 'compat_tenant compat_landlord compat_landlord compat_landlord true')::int FROM run_command_on_workers($$SELECT concat_ws(' ', (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'compat_rented'), (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'compat_shared'), (SELECT typowner::regrole FROM pg_type WHERE oid = 'compat_shared.mood'::regtype), (SELECT proowner::regrole FROM pg_proc WHERE oid = 'compat_shared.is_fine(int)'::regprocedure), (SELECT prosecdef FROM pg_proc WHERE oid = 'compat_shared.is_fine(int)'::regprocedure)::text)$$)
SET SESSION AUTHORIZATION compat_landlord;
ALTER TYPE compat_shared.mood ADD VALUE 'calm';
RESET SESSION AUTHORIZATION;
INSERT INTO compat_rented.t VALUES (4, 'calm', 4);
SELECT * FROM compat_rented.t ORDER BY m, id;
DROP SCHEMA compat_rented, compat_shared CASCADE;
DROP ROLE compat_tenant, compat_landlord;
