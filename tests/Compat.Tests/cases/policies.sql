-- Row-level security whose policies read other tables.
DROP ROLE IF EXISTS compat_policy_alice, compat_policy_bob, compat_policy_owner;
CREATE ROLE compat_policy_alice;
CREATE ROLE compat_policy_bob;
CREATE ROLE compat_policy_owner;
CREATE TABLE docs (tenant int, id int, body text, r int, PRIMARY KEY (tenant, id));
CREATE TABLE members (tenant int, usr text, level int DEFAULT 1, PRIMARY KEY (tenant, usr));
CREATE TABLE roles (id int PRIMARY KEY, who text);
-- cluster: SELECT create_distributed_table('docs', 'tenant')
-- cluster: SELECT create_distributed_table('members', 'tenant')
-- cluster: SELECT create_reference_table('roles')
INSERT INTO docs SELECT t, i, 'b' || i, i % 3 FROM generate_series(1, 8) t, generate_series(1, 3) i;
INSERT INTO members SELECT t, CASE WHEN t % 2 = 0 THEN 'compat_policy_alice' ELSE 'compat_policy_bob' END, t FROM generate_series(1, 8) t;
INSERT INTO roles VALUES (0, 'compat_policy_alice'), (1, 'compat_policy_bob'), (2, 'compat_policy_alice');
GRANT USAGE ON SCHEMA compat_policies TO compat_policy_alice, compat_policy_bob;
GRANT ALL ON docs TO compat_policy_alice, compat_policy_bob;
GRANT SELECT ON members, roles TO compat_policy_alice, compat_policy_bob;
CREATE POLICY p ON docs USING (tenant IN (SELECT tenant FROM members WHERE usr = current_user));
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
SET ROLE compat_policy_alice;
SELECT * FROM docs ORDER BY 1, 2;
UPDATE docs SET body = 'x' WHERE id = 1 RETURNING tenant;
INSERT INTO docs VALUES (1, 9, 'no');
INSERT INTO docs VALUES (2, 9, 'yes') RETURNING *;
DELETE FROM docs WHERE id = 9 RETURNING tenant, id;
UPDATE docs SET tenant = 3 WHERE tenant = 2 AND id = 1;
UPDATE docs SET tenant = 4, id = 77 WHERE tenant = 2 AND id = 1 RETURNING *;
SELECT d.tenant, sum(d.id), max(r.who) FROM docs d JOIN roles r ON r.id = d.r GROUP BY 1 ORDER BY 1;
WITH x AS (SELECT * FROM docs) SELECT count(*), sum(x.id) FROM x JOIN roles ON roles.id = x.id;
SELECT count(*) FROM docs a JOIN docs b ON a.id = b.id;
RESET ROLE;
-- What a statement changes is not what its policies read.
GRANT ALL ON members TO compat_policy_alice;
SET ROLE compat_policy_alice;
BEGIN;
WITH gone AS (DELETE FROM members RETURNING tenant) SELECT (SELECT count(*) FROM gone), count(*), count(*) FILTER (WHERE pg_backend_pid() > 0) FROM docs;
SELECT count(*) FROM docs;
ROLLBACK;
BEGIN;
-- differs: [0A000] foreign tables are read when their part runs
DO $$ DECLARE n int; BEGIN WITH gone AS (DELETE FROM members RETURNING tenant) SELECT count(*) INTO n FROM gone, docs; RAISE NOTICE '%', n; END $$;
ROLLBACK;
RESET ROLE;
ALTER POLICY p ON docs USING (EXISTS (SELECT FROM members m WHERE m.tenant = docs.tenant AND m.usr = current_user) AND r IN (SELECT id FROM roles WHERE who = current_user))
    WITH CHECK (r = (SELECT max(id) FROM roles WHERE who = current_user));
SET ROLE compat_policy_alice;
SELECT count(*) FROM docs;
INSERT INTO docs VALUES (2, 10, 'q', 0);
INSERT INTO docs VALUES (2, 10, 'q', 2);
DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM docs; RAISE NOTICE 'n %', n; INSERT INTO docs VALUES (4, 10, 'f', 2); UPDATE docs SET body = 'fn' WHERE id = 10; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'u %', n; END $$;
DO $$ BEGIN INSERT INTO docs VALUES (4, 11, 'f', 1); END $$;
SET ROLE compat_policy_bob;
SELECT * FROM docs ORDER BY 1, 2;
RESET ROLE;
REVOKE SELECT ON members FROM compat_policy_bob;
SET ROLE compat_policy_bob;
SELECT count(*) FROM docs;
RESET ROLE;
GRANT SELECT ON members TO compat_policy_bob;
-- ignore: origins
SELECT polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polrelid = 'docs'::regclass;
SELECT * FROM pg_policies WHERE schemaname = 'compat_policies';
-- Renames, changes that roll back, and policies of what the policies read.
ALTER TABLE members RENAME TO "Mem bers";
ALTER TABLE "Mem bers" RENAME COLUMN usr TO "us""er";
ALTER TABLE roles RENAME TO roles2;
ALTER TABLE docs RENAME TO docs2;
SELECT qual, with_check FROM pg_policies WHERE tablename = 'docs2';
SET ROLE compat_policy_alice;
SELECT count(*) FROM docs2;
RESET ROLE;
BEGIN;
ALTER POLICY p ON docs2 USING (true);
SET LOCAL ROLE compat_policy_bob;
SELECT count(*) FROM docs2;
ROLLBACK;
CREATE POLICY p2 ON docs2 AS RESTRICTIVE USING (id > (SELECT 1));
SET ROLE compat_policy_alice;
SELECT count(*) FROM docs2;
RESET ROLE;
DROP POLICY p2 ON docs2;
CREATE POLICY p3 ON docs2 USING (EXISTS (SELECT FROM docs2 x WHERE x.tenant = docs2.tenant));
SET ROLE compat_policy_alice;
SELECT count(*) FROM docs2;
UPDATE docs2 SET body = 'z';
INSERT INTO docs2 VALUES (4, 90, 'x', 2);
RESET ROLE;
DROP POLICY p3 ON docs2;
ALTER TABLE "Mem bers" ENABLE ROW LEVEL SECURITY;
SET ROLE compat_policy_alice;
SELECT count(*) FROM docs2;
RESET ROLE;
CREATE POLICY mm ON "Mem bers" USING (level > 4);
SET ROLE compat_policy_alice;
SELECT count(*) FROM docs2;
RESET ROLE;
-- ignore: detail
DROP TABLE roles2;
-- ignore: detail
DROP TABLE "Mem bers";
ALTER TABLE "Mem bers" DROP COLUMN "us""er";
BEGIN;
-- ignore: notices
DROP TABLE roles2 CASCADE;
SET LOCAL ROLE compat_policy_alice;
SELECT count(*) FROM docs2;
ROLLBACK;
-- Policies from before, of partitioned and reference tables, with odd names.
CREATE TABLE "my docs" ("ten ant" varchar(20), id int, "select" text, PRIMARY KEY ("ten ant", id)) PARTITION BY RANGE (id);
CREATE TABLE docs_1 PARTITION OF "my docs" FOR VALUES FROM (0) TO (10);
CREATE TABLE docs_2 PARTITION OF "my docs" FOR VALUES FROM (10) TO (20);
CREATE TABLE "a_name_that_is_as_long_as_postgresql_lets_it_be_with_sixtythree" ("key" varchar(20), usr text);
CREATE TABLE r1 (id int PRIMARY KEY, who text);
CREATE TABLE r2 (id int PRIMARY KEY, who text);
INSERT INTO r1 VALUES (1, 'compat_policy_alice'), (2, 'compat_policy_bob');
INSERT INTO r2 VALUES (1, 'x'), (2, 'y');
INSERT INTO "my docs" SELECT 't' || (i % 4), i, 'v' FROM generate_series(1, 19) i;
INSERT INTO "a_name_that_is_as_long_as_postgresql_lets_it_be_with_sixtythree"
    VALUES ('t1', 'compat_policy_alice'), ('t2', 'compat_policy_bob'), ('t3', 'compat_policy_alice'), (NULL, 'compat_policy_alice');
CREATE POLICY "p '1" ON "my docs" USING ("ten ant" IN (
    SELECT m."key" FROM "a_name_that_is_as_long_as_postgresql_lets_it_be_with_sixtythree" m JOIN r1 ON r1.who = usr WHERE usr = current_user AND 'it''s "my docs".x' <> ''));
CREATE POLICY rp ON r2 FOR SELECT TO compat_policy_alice USING (EXISTS (
    WITH w AS (SELECT * FROM r1 r WHERE r.id = r2.id) SELECT FROM w WHERE who = current_user UNION ALL SELECT FROM r1 WHERE false));
ALTER TABLE r2 ENABLE ROW LEVEL SECURITY;
ALTER TABLE "my docs" ENABLE ROW LEVEL SECURITY;
GRANT ALL ON ALL TABLES IN SCHEMA compat_policies TO compat_policy_alice, compat_policy_bob;
-- cluster: SELECT create_reference_table('r1')
-- cluster: SELECT create_reference_table('r2')
-- cluster: SELECT create_distributed_table('a_name_that_is_as_long_as_postgresql_lets_it_be_with_sixtythree', 'key')
-- cluster: SELECT create_distributed_table('"my docs"', 'ten ant')
SET ROLE compat_policy_alice;
SELECT * FROM "my docs" ORDER BY id;
SELECT * FROM r2;
UPDATE "my docs" SET "select" = 'w' WHERE id IN (1, 11) RETURNING *;
INSERT INTO "my docs" VALUES ('t2', 5);
INSERT INTO "my docs" VALUES ('t1', 14, 'n') RETURNING *;
SELECT r2.who, count(*) FROM "my docs" d, r2 WHERE d.id = r2.id GROUP BY 1;
SET ROLE compat_policy_bob;
SELECT count(*) FROM "my docs";
SELECT * FROM r2;
DO $$ DECLARE r record; BEGIN FOR r IN SELECT d.id, x.who FROM "my docs" d LEFT JOIN r1 x USING (id) ORDER BY 1 LOOP RAISE NOTICE '%', r; END LOOP; END $$;
RESET ROLE;
CREATE VIEW v AS SELECT * FROM "my docs";
CREATE VIEW vi WITH (security_invoker) AS SELECT * FROM "my docs";
GRANT SELECT ON v, vi TO compat_policy_alice;
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = compat_policies AS 'SELECT count(*) FROM "my docs"';
ALTER FUNCTION f() OWNER TO compat_policy_bob;
SET ROLE compat_policy_alice;
SELECT count(*) FROM v;
SELECT count(*) FROM vi;
SELECT f();
RESET ROLE;
CREATE TABLE docs_3 PARTITION OF "my docs" FOR VALUES FROM (20) TO (30);
SET ROLE compat_policy_alice;
INSERT INTO "my docs" VALUES ('t1', 24, 'n') RETURNING *;
INSERT INTO "my docs" VALUES ('t2', 24, 'n') RETURNING *;
RESET ROLE;
ALTER POLICY "p '1" ON "my docs" TO compat_policy_alice;
SET ROLE compat_policy_bob;
SELECT count(*) FROM "my docs";
RESET ROLE;
DROP POLICY "p '1" ON "my docs";
SET ROLE compat_policy_alice;
SELECT count(*) FROM "my docs";
RESET ROLE;
-- Where row-level security is forced, its owner moves all rows all the same.
CREATE TABLE forced (k int, id int);
ALTER TABLE forced OWNER TO compat_policy_owner;
GRANT ALL ON SCHEMA compat_policies TO compat_policy_owner;
CREATE POLICY p ON forced USING (k < 4);
ALTER TABLE forced ENABLE ROW LEVEL SECURITY;
ALTER TABLE forced FORCE ROW LEVEL SECURITY;
INSERT INTO forced SELECT i, i FROM generate_series(1, 9) i;
SET ROLE compat_policy_owner;
-- cluster: SELECT create_distributed_table('forced', 'k')
SELECT count(*) FROM forced;
INSERT INTO forced VALUES (2, 10);
INSERT INTO forced VALUES (5, 10);
-- cluster: SELECT undistribute_table('forced')
SELECT count(*) FROM forced;
INSERT INTO forced VALUES (5, 10);
RESET ROLE;
SELECT count(*) FROM forced;
-- ignore: notices
DROP TABLE forced, docs2, "Mem bers", roles2, "my docs", r1, r2, "a_name_that_is_as_long_as_postgresql_lets_it_be_with_sixtythree" CASCADE;
DROP FUNCTION f();
DROP OWNED BY compat_policy_alice, compat_policy_bob, compat_policy_owner;
DROP ROLE compat_policy_alice, compat_policy_bob, compat_policy_owner;
