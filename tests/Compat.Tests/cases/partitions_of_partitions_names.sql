-- Trees of partitions with long and quoted names, triggers, views, MERGE, maintenance, another schema and a role that is no superuser.
CREATE TABLE log (t text, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% % % %', TG_TABLE_NAME, TG_OP, TG_WHEN, coalesce(NEW.a, OLD.a); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION stm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'st % % %', TG_TABLE_NAME, TG_OP, TG_WHEN; RETURN NULL; END $$;
CREATE TABLE "P ä" (a int, b int, "C d" text) PARTITION BY RANGE (b);
CREATE TABLE "P 1" PARTITION OF "P ä" FOR VALUES FROM (0) TO (50) PARTITION BY LIST ("C d");
CREATE TABLE "a_very_long_partition_name_that_has_sixty_three_bytes_in_all_12" PARTITION OF "P 1" FOR VALUES IN ('x', NULL);
CREATE TABLE "P 1 d" PARTITION OF "P 1" DEFAULT;
CREATE TABLE p_very_long_middle_partition_name_that_has_sixty_three_byte_123 PARTITION OF "P ä" DEFAULT PARTITION BY HASH (a);
CREATE TABLE p_very_long_middle_partition_name_that_has_sixty_three_byte_12_ PARTITION OF p_very_long_middle_partition_name_that_has_sixty_three_byte_123 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
-- cluster: SELECT create_distributed_table('"P ä"', 'a')
INSERT INTO "P ä" SELECT i, i, CASE i % 3 WHEN 0 THEN 'x' WHEN 1 THEN 'y' END FROM generate_series(1, 100) i;
SELECT tableoid::regclass, count(*) FROM "P ä" GROUP BY 1 ORDER BY tableoid::regclass::text;
CREATE INDEX ON "P ä" ("C d");
CREATE INDEX ON "P ä" ("C d") WHERE a > 5;
CREATE UNIQUE INDEX ON "P ä" ("a", b, "C d");
CREATE TABLE p_very_long_middle_partition_name_that_has_sixty_three_byte_124 PARTITION OF "P ä" FOR VALUES FROM (1000) TO (2000);
ALTER TABLE "P ä" ADD UNIQUE (a, b, "C d");
-- ignore: message, objects
INSERT INTO "P ä" VALUES (3, 3, 'x');
ALTER TABLE "P ä" ALTER COLUMN b SET NOT NULL;
INSERT INTO "P ä" VALUES (3, NULL, 'x');
CREATE TRIGGER tr AFTER INSERT OR UPDATE OR DELETE ON "P ä" FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER ts AFTER INSERT OR UPDATE OR DELETE ON "P ä" FOR EACH STATEMENT EXECUTE FUNCTION stm();
INSERT INTO "P ä" VALUES (201, 1, 'x'), (202, 2, 'y'), (203, 400, 'x');
UPDATE "P ä" SET "C d" = 'z' WHERE a = 202;
-- ignore: notices
UPDATE "P ä" SET b = 30 WHERE a = 203;
-- ignore: notices
UPDATE "P 1" SET "C d" = 'z' WHERE a = 201;
DELETE FROM "P ä" WHERE a > 202;
DELETE FROM "P ä" WHERE a > 201;
DELETE FROM "P ä" WHERE a > 200;
CREATE TABLE p_more PARTITION OF "P ä" FOR VALUES FROM (2000) TO (3000) PARTITION BY RANGE (a);
CREATE TABLE p_more_1 PARTITION OF p_more FOR VALUES FROM (0) TO (500);
INSERT INTO p_more VALUES (1, 2001, 'm');
INSERT INTO "P ä" VALUES (2, 2001, 'm');
INSERT INTO "P ä" VALUES (1000, 2001, 'm');
DELETE FROM p_more WHERE a = 1;
DROP TRIGGER tr ON "P ä";
DROP TRIGGER ts ON "P ä";
CREATE VIEW v AS SELECT a, "C d" AS c FROM "P 1" WHERE b > 5;
SELECT count(*), max(a) FROM v;
UPDATE v SET c = 'q' WHERE a = 7;
DELETE FROM v WHERE a = 8;
DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM v; RAISE NOTICE '%', n; UPDATE v SET c = 'x' WHERE a BETWEEN 10 AND 20; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE '%', n; END $$;
WITH x AS (DELETE FROM "P 1" WHERE a < 10 RETURNING *) INSERT INTO "P ä" SELECT a, b + 5000, "C d" FROM x RETURNING *;
SELECT tableoid::regclass, count(*) FROM "P ä" GROUP BY 1 ORDER BY tableoid::regclass::text;
MERGE INTO "P ä" p USING (VALUES (20, 20), (21, 21), (999, 9)) s (a, b) ON p.a = s.a AND p.b = s.b WHEN MATCHED THEN UPDATE SET b = 60 WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b, 'new');
MERGE INTO "P 1" p USING (VALUES (22, 22), (23, 23), (998, 9)) s (a, b) ON p.a = s.a AND p.b = s.b WHEN MATCHED THEN UPDATE SET "C d" = 'mm' WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b, 'new');
SELECT tableoid::regclass, count(*), sum(b) FROM "P ä" GROUP BY 1 ORDER BY tableoid::regclass::text;
LOCK TABLE "P 1";
BEGIN;
LOCK TABLE "P 1" IN SHARE MODE;
LOCK TABLE "P 1 d" IN ROW EXCLUSIVE MODE;
SELECT * FROM "P 1" WHERE a = 30 FOR UPDATE;
COMMIT;
ANALYZE "P 1";
ANALYZE "P ä";
VACUUM "P 1";
CREATE TABLE tt AS SELECT * FROM "P 1" ORDER BY a;
SELECT count(*) FROM tt;
PREPARE s(int) AS SELECT tableoid::regclass, b FROM "P 1" WHERE a = $1;
EXECUTE s(30);
EXECUTE s(31);
TRUNCATE "P 1";
SELECT count(*) FROM "P ä";
TRUNCATE ONLY "P 1";
INSERT INTO "P ä" SELECT i, i, CASE i % 3 WHEN 0 THEN 'x' WHEN 1 THEN 'y' END FROM generate_series(1, 49) i;
-- cluster: SELECT undistribute_table('"P ä"')
SELECT tableoid::regclass, count(*), sum(b) FROM "P ä" GROUP BY 1 ORDER BY tableoid::regclass::text;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = '"P ä"'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = '"P ä"'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = '"P 1"'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = '"P 1"'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = '"P 1 d"'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = '"P 1 d"'::regclass ORDER BY 1;
-- ignore: origins
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) AS bound, pg_get_partkeydef(oid) AS key, pg_get_partition_constraintdef(oid) AS rule FROM pg_class WHERE oid = 'p_more_1'::regclass;
-- ignore: origins
SELECT conname, contype, conislocal, coninhcount, convalidated FROM pg_constraint WHERE conrelid = 'p_more_1'::regclass ORDER BY 1;
-- cluster: SELECT create_distributed_table('"P ä"', 'a')
SELECT tableoid::regclass, count(*), sum(b) FROM "P ä" GROUP BY 1 ORDER BY tableoid::regclass::text;
ALTER TABLE "P 1" SET SCHEMA public;
ALTER TABLE public."P 1" RENAME TO "P2";
SELECT tableoid::regclass, count(*), sum(b) FROM public."P2" GROUP BY 1 ORDER BY tableoid::regclass::text;
ALTER TABLE public."P2" SET SCHEMA compat_partitions_of_partitions_names;
CREATE ROLE compat_tree_owner;
GRANT USAGE, CREATE ON SCHEMA compat_partitions_of_partitions_names TO compat_tree_owner;
SET ROLE compat_tree_owner;
SELECT count(*) FROM "P2";
RESET ROLE;
GRANT SELECT ON "P2" TO compat_tree_owner;
SET ROLE compat_tree_owner;
SELECT count(*) FROM "P2";
SELECT count(*) FROM "P 1 d";
INSERT INTO "P2" VALUES (1, 1, 'x');
CREATE TABLE mine (a int, b int) PARTITION BY RANGE (b);
-- cluster: SELECT create_distributed_table('mine', 'a')
CREATE TABLE mine_1 PARTITION OF mine FOR VALUES FROM (0) TO (50) PARTITION BY LIST (a);
CREATE TABLE mine_11 PARTITION OF mine_1 FOR VALUES IN (1, 2);
CREATE TABLE mine_1d PARTITION OF mine_1 DEFAULT;
INSERT INTO mine SELECT i, i FROM generate_series(1, 20) i;
CREATE UNIQUE INDEX ON mine (a, b);
SELECT tableoid::regclass, count(*), sum(b) FROM mine GROUP BY 1 ORDER BY tableoid::regclass::text;
ALTER TABLE mine DETACH PARTITION mine_1;
SELECT count(*) FROM mine_1;
DROP TABLE mine_1;
DROP TABLE mine;
RESET ROLE;
DROP OWNED BY compat_tree_owner;
DROP ROLE compat_tree_owner;
SELECT count(*) FROM pg_class WHERE relname LIKE 'tangelo%';
-- ignore: notices
DROP TABLE "P ä" CASCADE;
-- An index that a partition gives to its own partitions.
CREATE TABLE deep (a int, b int, c int) PARTITION BY LIST (b);
CREATE TABLE deep_1 PARTITION OF deep FOR VALUES IN (1) PARTITION BY LIST (c);
CREATE TABLE deep_1_1 PARTITION OF deep_1 FOR VALUES IN (1);
CREATE UNIQUE INDEX ON deep (a, b, c);
CREATE UNIQUE INDEX ON deep_1 (a, c);
CREATE UNIQUE INDEX ON deep_1_1 (a);
INSERT INTO deep VALUES (1, 1, 1);
-- cluster: SELECT create_distributed_table('deep', 'a')
INSERT INTO deep VALUES (1, 1, 1);
DROP INDEX deep_a_b_c_idx;
INSERT INTO deep VALUES (1, 1, 1);
DROP INDEX deep_1_a_c_idx;
INSERT INTO deep VALUES (1, 1, 1);
DROP INDEX deep_1_1_a_idx;
INSERT INTO deep VALUES (1, 1, 1);
SELECT * FROM deep;
DROP TABLE deep;
