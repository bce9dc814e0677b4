-- The catalogs show what the user made and nothing else. Filtered catalogs are subqueries, so their columns name no table.
CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'x', n numeric(5,2) CHECK (n > 0), d date);
CREATE TABLE u (id int, tid int);
CREATE TABLE r (id int PRIMARY KEY);
CREATE INDEX t_name ON t (name);
-- cluster: SELECT create_distributed_table('t', 'id')
-- cluster: SELECT create_distributed_table('u', 'tid', colocate_with => 't')
-- cluster: SELECT create_reference_table('r')
ALTER TABLE u ADD CONSTRAINT u_t FOREIGN KEY (tid) REFERENCES t (id);
INSERT INTO t (name) SELECT 'n' || i FROM generate_series(1, 20) i;
SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'compat_introspection' ORDER BY 1;
SELECT column_name, ordinal_position, column_default, is_nullable, data_type, numeric_precision FROM information_schema.columns WHERE table_schema = 'compat_introspection' AND table_name = 't' ORDER BY 2;
SELECT constraint_name, constraint_type, table_name FROM information_schema.table_constraints WHERE constraint_schema = 'compat_introspection' AND constraint_type <> 'CHECK' ORDER BY 1;
SELECT constraint_name, column_name FROM information_schema.key_column_usage WHERE constraint_schema = 'compat_introspection' ORDER BY 1, 2;
SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'compat_introspection';
SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'tangelo%' OR schema_name LIKE 'citus%';
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'compat_introspection' ORDER BY 1;
-- ignore: origins
SELECT relname, relkind, relhassubclass, relhastriggers, relnatts, relchecks FROM pg_class WHERE relnamespace = 'compat_introspection'::regnamespace ORDER BY relname;
-- ignore: origins
SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'compat_introspection'::regnamespace ORDER BY 1;
-- ignore: origins
SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum;
-- ignore: origins
SELECT tgname, tgtype FROM pg_trigger WHERE tgrelid = 't'::regclass AND NOT tgisinternal;
-- ignore: origins
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 't'::regclass;
SELECT 't'::regclass, 't'::regclass::oid > 16384, to_regclass('nope'), 'u'::regclass::text;
-- ignore: origins
SELECT relname FROM pg_class c WHERE relkind = 'f' AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_');
SELECT tablename, tableowner, hasindexes, hastriggers FROM pg_tables WHERE schemaname = 'compat_introspection' ORDER BY 1;
SELECT viewname FROM pg_views WHERE schemaname NOT IN ('pg_catalog', 'information_schema');
-- ignore: origins
SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|compat_|information_schema)' ORDER BY 1;
-- ignore: origins
SELECT extname FROM pg_extension WHERE extname <> 'plpgsql';
SELECT count(*) FROM pg_foreign_server;
-- ignore: origins
SELECT n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^compat_';
SELECT sequencename, data_type, start_value FROM pg_sequences WHERE schemaname = 'compat_introspection';
SELECT pg_get_serial_sequence('t', 'id');
SELECT pg_get_indexdef('t_name'::regclass), pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 't'::regclass ORDER BY adnum LIMIT 1;
SELECT obj_description('t'::regclass) IS NULL;
SELECT has_table_privilege('t', 'select'), has_schema_privilege('compat_introspection', 'usage');
-- ignore: origins
SELECT c.relname, c.relkind, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1 WHERE c.relname IN ('t', 'u', 'r') AND pg_table_is_visible(c.oid) ORDER BY 1;
-- ignore: origins
SELECT n.nspname as "Schema", c.relname as "Name", CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END as "Type", pg_catalog.pg_get_userbyid(c.relowner) as "Owner" FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema' AND pg_catalog.pg_table_is_visible(c.oid) AND n.nspname = 'compat_introspection' ORDER BY 1,2;
-- ignore: origins
SELECT c.relchecks, c.relkind, c.relhasindex, c.relhasrules, c.relhastriggers, c.relrowsecurity, c.relforcerowsecurity, false AS relhasoids, c.relispartition, '', c.reltablespace, CASE WHEN c.reloftype = 0 THEN '' ELSE c.reloftype::pg_catalog.regtype::pg_catalog.text END, c.relpersistence, c.relreplident, am.amname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_class tc ON (c.reltoastrelid = tc.oid) LEFT JOIN pg_catalog.pg_am am ON (c.relam = am.oid) WHERE c.oid = 't'::regclass;
-- ignore: origins
SELECT c.oid::pg_catalog.regclass, c.relkind, inhdetachpending, pg_catalog.pg_get_expr(c.relpartbound, c.oid) FROM pg_catalog.pg_class c, pg_catalog.pg_inherits i WHERE c.oid = i.inhrelid AND i.inhparent = 't'::regclass ORDER BY pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', c.oid::pg_catalog.regclass::pg_catalog.text;
-- ignore: origins
SELECT t.tgname, pg_catalog.pg_get_triggerdef(t.oid, true), t.tgenabled, t.tgisinternal FROM pg_catalog.pg_trigger t WHERE t.tgrelid = 't'::regclass AND (NOT t.tgisinternal OR (t.tgisinternal AND t.tgenabled = 'D')) ORDER BY 1;
-- ignore: origins
SELECT conname, conrelid::pg_catalog.regclass AS ontable, pg_catalog.pg_get_constraintdef(oid, true) AS condef FROM pg_catalog.pg_constraint c WHERE confrelid = 't'::regclass AND contype = 'f' ORDER BY conname;
SELECT datname FROM pg_database WHERE datname = current_database();
SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = pg_backend_pid();
SELECT count(*) > 100 FROM pg_type;
SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'compat_introspection' ORDER BY 1;
-- ignore: origins
SELECT reltuples >= -1 FROM pg_class WHERE oid = 't'::regclass;
SELECT current_database(), current_schema(), current_user, version() LIKE 'PostgreSQL%';
