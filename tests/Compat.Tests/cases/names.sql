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
-- Names that the shards' numbers do not fit behind.
CREATE TABLE long_names (id int, k int, v int, CONSTRAINT a_unique_constraint_with_a_name_as_long_as_possible_1234567890_ UNIQUE (id, k));
CREATE TABLE "eine_Tabelle_mit_Ümläuten_und_einem_sehr_langen_Namen_ßßßßß" (id int PRIMARY KEY);
-- cluster: SELECT create_distributed_table('long_names', 'id')
-- cluster: SELECT create_distributed_table('"eine_Tabelle_mit_Ümläuten_und_einem_sehr_langen_Namen_ßßßßß"', 'id')
INSERT INTO long_names VALUES (1, 1), (2, 2);
INSERT INTO long_names VALUES (1, 1);
INSERT INTO "eine_Tabelle_mit_Ümläuten_und_einem_sehr_langen_Namen_ßßßßß" VALUES (1);
INSERT INTO "eine_Tabelle_mit_Ümläuten_und_einem_sehr_langen_Namen_ßßßßß" VALUES (1);
INSERT INTO "eine_Tabelle_mit_Ümläuten_und_einem_sehr_langen_Namen_ßßßßß" VALUES (NULL);
ALTER TABLE long_names RENAME CONSTRAINT a_unique_constraint_with_a_name_as_long_as_possible_1234567890_ TO another_unique_constraint_with_a_name_as_long_as_possible_12345;
INSERT INTO long_names VALUES (1, 1);
CREATE UNIQUE INDEX a_unique_index_with_a_name_as_long_as_possible_éééééééééééé ON long_names (id, v);
INSERT INTO long_names VALUES (1, 3, 3), (1, 4, 4);
INSERT INTO long_names VALUES (1, 5, 4);
ALTER INDEX a_unique_index_with_a_name_as_long_as_possible_éééééééééééé RENAME TO a_unique_index_with_another_name_as_long_as_possible_ééééé;
INSERT INTO long_names VALUES (1, 5, 4);
BEGIN;
ALTER TABLE long_names ADD CONSTRAINT a_third_unique_constraint_with_a_name_as_long_as_possible_12345 UNIQUE (v, id);
INSERT INTO long_names VALUES (1, 9, 3);
ROLLBACK;
DROP TABLE long_names, "eine_Tabelle_mit_Ümläuten_und_einem_sehr_langen_Namen_ßßßßß";
