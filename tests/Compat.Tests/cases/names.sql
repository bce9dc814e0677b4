-- Quoted and odd names, long names, keywords, schemas and search_path.
CREATE SCHEMA "compat_names Two";
CREATE TABLE "Mixed Case" ("Key" int PRIMARY KEY, "select" text, "with ""quotes""" int, "ünï" int, "a.b" int);
CREATE TABLE "compat_names Two"."Mixed Case" ("Key" int, x text);
CREATE TABLE a_table_name_that_is_as_long_as_postgresql_allows_it_to_be_63c (id int PRIMARY KEY, a_column_name_that_is_as_long_as_postgresql_allows_it_to_be63c int);
CREATE TABLE "order" ("group" int, "user" text);
CREATE TABLE "t_102008" (id int);
-- cluster: SELECT create_distributed_table('"Mixed Case"', 'Key')
-- cluster: SELECT create_distributed_table('"compat_names Two"."Mixed Case"', 'Key')
-- cluster: SELECT create_distributed_table('a_table_name_that_is_as_long_as_postgresql_allows_it_to_be_63c', 'id')
-- cluster: SELECT create_distributed_table('"order"', 'group')
-- cluster: SELECT create_distributed_table('t_102008', 'id')
INSERT INTO "Mixed Case" VALUES (1, 'one', 1, 1, 1), (2, 'two', 2, 2, 2);
INSERT INTO "Mixed Case" ("Key", "select", "with ""quotes""") VALUES (3, 'three', 3) RETURNING *;
INSERT INTO "compat_names Two"."Mixed Case" VALUES (1, 'other'), (5, 'five');
SELECT * FROM "Mixed Case" ORDER BY "Key";
SELECT "select", "a.b", "ünï" FROM "Mixed Case" WHERE "Key" = 2;
SELECT "Mixed Case"."select" FROM "Mixed Case" WHERE "Mixed Case"."Key" = 1;
SELECT a."Key", b.x FROM "Mixed Case" a JOIN "compat_names Two"."Mixed Case" b USING ("Key");
SELECT sum("with ""quotes""") AS "the sum" FROM "Mixed Case";
UPDATE "Mixed Case" SET "a.b" = "ünï" + 1 WHERE "Key" = 2 RETURNING "a.b";
INSERT INTO "Mixed Case" VALUES (1, 'dup', 1, 1, 1);
ALTER TABLE "Mixed Case" ADD COLUMN "New Column" int DEFAULT 5, ADD CONSTRAINT "My Check" CHECK ("ünï" < 100);
INSERT INTO "Mixed Case" ("Key", "ünï") VALUES (4, 1000);
CREATE INDEX "My Index" ON "Mixed Case" ("New Column", lower("select"));
ALTER TABLE "Mixed Case" RENAME TO "Another; Name";
SELECT count(*), sum("New Column") FROM "Another; Name";
INSERT INTO a_table_name_that_is_as_long_as_postgresql_allows_it_to_be_63c SELECT i, i FROM generate_series(1, 10) i;
SELECT count(*), sum(a_column_name_that_is_as_long_as_postgresql_allows_it_to_be63c) FROM a_table_name_that_is_as_long_as_postgresql_allows_it_to_be_63c;
INSERT INTO a_table_name_that_is_as_long_as_postgresql_allows_it_to_be_63c VALUES (1, 1);
CREATE INDEX an_index_name_that_is_as_long_as_postgresql_allows_it_to_be_63c ON a_table_name_that_is_as_long_as_postgresql_allows_it_to_be_63c (id);
INSERT INTO "order" VALUES (1, 'me'), (2, 'you');
SELECT "user" FROM "order" WHERE "group" = 1;
SELECT o."group", o.user FROM "order" o WHERE o."group" = 2;
SELECT "order" FROM "order" ORDER BY 1;
INSERT INTO t_102008 VALUES (1), (2);
SELECT * FROM t_102008;
SELECT id AS "from", id AS "Where?" FROM t_102008 WHERE id = 1;
SET search_path TO "compat_names Two", compat_names;
SELECT * FROM "Mixed Case" ORDER BY 1;
SELECT count(*) FROM t_102008;
CREATE TABLE t_102008 (id int, here text);
SELECT * FROM t_102008;
INSERT INTO t_102008 VALUES (9, 'local');
SELECT id FROM compat_names.t_102008 ORDER BY id;
SELECT x FROM "Mixed Case" WHERE "key" = 1;
SELECT x FROM "mixed case";
SET search_path TO compat_names;
CREATE TEMP TABLE t_102008 (id int, temp bool);
SELECT * FROM t_102008;
SELECT * FROM compat_names.t_102008 ORDER BY id;
DROP TABLE pg_temp.t_102008;
SELECT count(*) FROM t_102008;
DROP TABLE "Another; Name", "order";
DROP SCHEMA "compat_names Two" CASCADE;
