-- Row-level security by settings that a function changes itself before it reads or writes.
DROP ROLE IF EXISTS compat_tenant, compat_tenant_owner;
CREATE ROLE compat_tenant;
CREATE ROLE compat_tenant_owner;
CREATE TABLE docs (id int PRIMARY KEY, tenant text, v int);
CREATE TABLE parts (id int, tenant text, v int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (1000);
CREATE TABLE shared (id int PRIMARY KEY, tenant text);
CREATE TABLE called (id int PRIMARY KEY, tenant text);
-- cluster: SELECT create_distributed_table('docs', 'id')
-- cluster: SELECT create_distributed_table('parts', 'id')
INSERT INTO docs SELECT i, (ARRAY['ann', 'bob', 'cy'])[i % 3 + 1], i FROM generate_series(1, 30) i;
INSERT INTO parts SELECT * FROM docs WHERE id < 20;
INSERT INTO shared SELECT id, tenant FROM docs WHERE id < 10;
INSERT INTO called SELECT id, tenant FROM docs WHERE id < 13;
CREATE FUNCTION tenant() RETURNS text STABLE LANGUAGE sql AS 'SELECT current_setting(''compat.tenant'', true)';
CREATE POLICY p ON docs USING (tenant = current_setting('compat.tenant', true));
CREATE POLICY p ON parts USING (tenant = current_setting('compat.tenant', true));
CREATE POLICY p ON shared USING (tenant = current_setting('compat.tenant', true));
CREATE POLICY p ON called USING (tenant = tenant());
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE shared ENABLE ROW LEVEL SECURITY;
ALTER TABLE called ENABLE ROW LEVEL SECURITY;
-- cluster: SELECT create_reference_table('shared')
-- cluster: SELECT create_distributed_table('called', 'id')
GRANT USAGE ON SCHEMA compat_policies_settings TO compat_tenant, compat_tenant_owner;
GRANT ALL ON docs, parts, shared, called TO compat_tenant, compat_tenant_owner;
CREATE FUNCTION login(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('compat.tenant', t, false); END $$;
CREATE FUNCTION seen(t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config('compat.tenant', t, true);
    RETURN format('%s %s %s %s', (SELECT count(*) FROM docs WHERE v > 0), (SELECT count(*) FROM parts), (SELECT count(*) FROM shared), (SELECT count(*) FROM called)); END $$;
CREATE FUNCTION seen_by_clause() RETURNS text LANGUAGE plpgsql SET compat.tenant = 'cy' AS $$ BEGIN RETURN (SELECT string_agg(DISTINCT tenant, ',') FROM docs); END $$;
CREATE FUNCTION seen_by_another(t text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    PERFORM set_config('compat.tenant', t, true); RETURN (SELECT string_agg(DISTINCT tenant, ',') FROM docs); END $$;
ALTER FUNCTION seen_by_another OWNER TO compat_tenant_owner;
CREATE VIEW docs_of_tenant WITH (security_invoker = true) AS SELECT * FROM docs;
CREATE VIEW docs_of_owner AS SELECT * FROM docs;
ALTER VIEW docs_of_owner OWNER TO compat_tenant_owner;
GRANT ALL ON docs_of_tenant, docs_of_owner TO compat_tenant;
-- ignore: origins
SELECT polname FROM pg_policy WHERE polrelid = 'docs'::regclass;
SELECT policyname, permissive, qual FROM pg_policies WHERE tablename = 'parts';

-- A session that has never named the setting itself.
-- session: other
SET ROLE compat_tenant;
SELECT count(*) FROM docs;
BEGIN;
SELECT login('bob');
SELECT count(*), min(tenant) FROM docs;
SELECT login('ann');
SELECT count(*), min(tenant) FROM docs;
COMMIT;
SELECT count(*), min(tenant) FROM docs;
SELECT seen_by_another('cy');
SELECT seen('bob');
SELECT count(*), min(tenant) FROM docs;

-- session: main
SET ROLE compat_tenant;
SELECT seen('ann');
SELECT seen('bob');
SELECT count(*) FROM docs;
SELECT login('bob');
SELECT count(*), min(tenant) FROM docs;
SELECT seen('ann');
SELECT count(*), min(tenant) FROM docs;
SELECT seen_by_clause(), seen_by_another('ann');
SELECT count(*), min(tenant) FROM docs;
DO $$ BEGIN PERFORM set_config('compat.tenant', 'ann', true); RAISE NOTICE '%', (SELECT count(*) FROM docs_of_tenant); RAISE NOTICE '%', (SELECT count(*) FROM docs_of_owner); END $$;
DO $$ BEGIN SET LOCAL compat.tenant = 'cy'; RAISE NOTICE '%', (SELECT min(tenant) FROM docs d JOIN parts p USING (id, tenant)); END $$;
DO $$ BEGIN SET compat.tenant = 'cy'; RAISE NOTICE '%', (SELECT min(tenant) FROM docs); RESET compat.tenant; RAISE NOTICE '%', (SELECT min(tenant) FROM docs); SET compat.tenant = 'ann'; END $$;
SELECT min(tenant), max(tenant) FROM docs;
-- What is rolled back is not in force.
DO $$ BEGIN
    BEGIN
        SET compat.tenant = 'bob';
        RAISE NOTICE '%', (SELECT min(tenant) FROM docs);
        RAISE 'undone';
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
    RAISE NOTICE '%', (SELECT min(tenant) FROM docs);
    BEGIN
        SET compat.tenant = 'cy';
        UPDATE docs SET v = v + 1 WHERE id < 4;
        RAISE NOTICE '%', (SELECT min(tenant) FROM docs);
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
    RAISE NOTICE '%', (SELECT min(tenant) FROM docs);
END $$;
SELECT min(tenant), max(tenant) FROM docs;
BEGIN;
SELECT seen('ann');
SELECT count(*), min(tenant) FROM docs;
UPDATE docs SET v = v + 100;
SAVEPOINT s;
SELECT seen('bob');
UPDATE docs SET v = v + 100;
SELECT count(*), min(tenant), sum(v) FROM docs;
ROLLBACK TO s;
SELECT count(*), min(tenant), sum(v) FROM docs;
ROLLBACK;
SELECT count(*), min(tenant), sum(v) FROM docs;
-- Writing.
DO $$ BEGIN
    PERFORM set_config('compat.tenant', 'bob', true);
    UPDATE docs SET v = -v WHERE v < 20;
    INSERT INTO docs VALUES (100, 'bob', 1), (101, 'bob', 2);
    INSERT INTO docs VALUES (100, 'bob', 5), (102, 'bob', 5) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
    INSERT INTO docs VALUES (100, 'bob', 6), (103, 'bob', 6) ON CONFLICT DO NOTHING;
    INSERT INTO parts SELECT id, tenant, v FROM docs WHERE id > 99;
    INSERT INTO called VALUES (100, 'bob');
    DELETE FROM docs WHERE id = 1;
    RAISE NOTICE '% %', (SELECT count(*) FROM docs), (SELECT sum(v) FROM docs);
    SET LOCAL compat.tenant = 'cy';
    DELETE FROM parts WHERE id < 12;
    UPDATE called SET id = id + 200;
    RAISE NOTICE '% %', (SELECT count(*) FROM parts), (SELECT sum(id) FROM called);
END $$;
DO $$ BEGIN PERFORM set_config('compat.tenant', 'bob', true); UPDATE docs SET tenant = 'ann' WHERE id = 4; END $$;
DO $$ BEGIN PERFORM set_config('compat.tenant', 'bob', true); INSERT INTO docs VALUES (200, 'ann', 1); END $$;
DO $$ BEGIN PERFORM set_config('compat.tenant', 'bob', true); INSERT INTO parts VALUES (200, 'ann', 1); END $$;
DO $$ BEGIN PERFORM set_config('compat.tenant', 'bob', true); INSERT INTO called VALUES (201, 'ann'); END $$;
DO $$ DECLARE n int; BEGIN
    PERFORM set_config('compat.tenant', 'bob', true);
    UPDATE docs d SET v = p.v FROM parts p WHERE p.id = d.id;
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE NOTICE '%', n;
    PERFORM set_config('compat.tenant', 'ann', true);
    DELETE FROM docs d USING parts p WHERE p.id = d.id AND p.id < 10;
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE NOTICE '%', n;
END $$;
SELECT t, seen(t) FROM unnest(ARRAY['ann', 'bob', 'cy', 'dee']) t;
SELECT set_config('compat.tenant', 'ann', false), (SELECT count(*) FROM docs);
RESET compat.tenant;
SELECT count(*) FROM docs;
SELECT t, seen(t) FROM unnest(ARRAY['ann', 'bob', 'cy', 'dee']) t;
RESET ROLE;
SELECT tenant, count(*), sum(v) FROM docs GROUP BY 1 ORDER BY 1;
SELECT tenant, count(*), sum(v) FROM parts GROUP BY 1 ORDER BY 1;
SELECT tenant, count(*), sum(id) FROM called GROUP BY 1 ORDER BY 1;
-- A policy that comes to read a setting later on, and one that goes.
ALTER POLICY p ON docs USING (tenant = coalesce(current_setting('compat.tenant_b', true), ''));
SET ROLE compat_tenant;
DO $$ BEGIN PERFORM set_config('compat.tenant_b', 'cy', true); RAISE NOTICE '%', (SELECT min(tenant) FROM docs); END $$;
RESET ROLE;
DROP POLICY p ON docs;
CREATE POLICY q ON docs USING (id < 10);
-- cluster: SELECT undistribute_table('called')
SELECT tablename, policyname, cmd FROM pg_policies WHERE schemaname = 'compat_policies_settings' ORDER BY 1, 2;
SET ROLE compat_tenant;
SELECT seen('cy');
RESET ROLE;
-- Forced on the owner, who is nobody special.
CREATE TABLE forced (id int PRIMARY KEY, tenant text);
-- cluster: SELECT create_distributed_table('forced', 'id')
CREATE POLICY p ON forced USING (tenant = current_setting('compat.tenant', true));
ALTER TABLE forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE forced OWNER TO compat_tenant;
SET ROLE compat_tenant;
DO $$ BEGIN
    PERFORM set_config('compat.tenant', 'bob', true);
    INSERT INTO forced VALUES (1, 'bob'), (2, 'bob');
    PERFORM set_config('compat.tenant', 'ann', true);
    INSERT INTO forced VALUES (3, 'ann'), (1, 'ann') ON CONFLICT DO NOTHING;
    UPDATE forced SET id = id + 10;
    RAISE NOTICE '%', (SELECT string_agg(id || tenant, ',' ORDER BY id) FROM forced);
END $$;
RESET ROLE;
SELECT * FROM forced ORDER BY id;
DROP TABLE forced;
DROP TABLE docs CASCADE;
DROP TABLE parts, shared, called;
DROP FUNCTION seen_by_another, tenant CASCADE;
REVOKE ALL ON SCHEMA compat_policies_settings FROM compat_tenant, compat_tenant_owner;
DROP ROLE compat_tenant, compat_tenant_owner;
