-- SET, SHOW, RESET, SET LOCAL and what depends on them.
CREATE TABLE t (id int PRIMARY KEY, ts timestamptz, d date, f float8, b bytea, i interval, x xml);
-- cluster: SELECT create_distributed_table('t', 'id')
INSERT INTO t VALUES (1, '2024-03-10 12:00+00', '2024-03-10', 1.0 / 3, '\xdead', '1 day 2 hours', '<a/>'), (2, '2024-07-01 00:00+00', '2024-07-01', 2e20, '\x01', '-1 month', NULL);
SHOW TimeZone;
SET TIME ZONE 'America/New_York';
SELECT ts, ts::text, ts::date, extract(hour from ts) FROM t ORDER BY id;
SELECT id FROM t WHERE ts = '2024-03-10 08:00';
INSERT INTO t (id, ts) VALUES (3, '2024-01-01 00:00') RETURNING ts;
SELECT ts FROM t WHERE id = 3;
SELECT date_trunc('day', ts), count(*) FROM t GROUP BY 1 ORDER BY 1;
SET DateStyle TO 'German, DMY';
SELECT ts, d FROM t WHERE id = 1;
INSERT INTO t (id, d) VALUES (4, '01.02.2024') RETURNING d;
SELECT id FROM t WHERE d = '01.02.2024';
RESET DateStyle;
SELECT d FROM t WHERE id = 4;
SET IntervalStyle TO iso_8601;
SELECT i FROM t WHERE id = 1;
SELECT max(i) FROM t;
RESET IntervalStyle;
SET extra_float_digits TO 0;
SELECT f FROM t WHERE id = 1;
SELECT sum(f) FROM t WHERE id = 1;
RESET extra_float_digits;
SET bytea_output TO escape;
SELECT b FROM t WHERE id = 1;
RESET bytea_output;
RESET TIME ZONE;
SELECT ts FROM t WHERE id = 1;
BEGIN;
SET LOCAL TIME ZONE 'Asia/Tokyo';
SELECT ts FROM t WHERE id = 1;
SAVEPOINT s;
SET LOCAL TIME ZONE 'UTC';
SELECT ts FROM t WHERE id = 1;
ROLLBACK TO s;
SELECT ts FROM t WHERE id = 1;
COMMIT;
SELECT ts FROM t WHERE id = 1;
BEGIN;
SET TIME ZONE 'Asia/Tokyo';
ROLLBACK;
SHOW TimeZone;
SELECT ts FROM t WHERE id = 1;
SET client_encoding TO latin1;
SHOW client_encoding;
RESET client_encoding;
SELECT set_config('timezone', 'Europe/Paris', false);
SELECT ts FROM t WHERE id = 1;
SELECT set_config('timezone', 'UTC', true);
SELECT current_setting('timezone');
RESET ALL;
SHOW TimeZone;
SET search_path TO compat_settings;
SELECT count(*) FROM t;
SET search_path TO pg_catalog;
SELECT count(*) FROM t;
SELECT count(*) FROM compat_settings.t;
RESET search_path;
SET search_path TO compat_settings, public;
SHOW search_path;
SET my.variable TO 'mine';
SHOW my.variable;
SELECT id FROM t WHERE id = current_setting('my.variable', true)::int;
SET my.variable TO '2';
SELECT id FROM t WHERE id = current_setting('my.variable')::int;
SET SESSION statement_timeout TO 10000;
SHOW statement_timeout;
RESET statement_timeout;
SET application_name TO 'compat test';
SHOW application_name;
SET standard_conforming_strings TO off;
SELECT 'a\tb' AS s, id FROM t WHERE id = 1;
RESET standard_conforming_strings;
SET xmlbinary TO hex;
SELECT x FROM t WHERE id = 1;
SET default_transaction_read_only TO on;
INSERT INTO t (id) VALUES (50);
SET default_transaction_read_only TO off;
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SHOW default_transaction_isolation;
SELECT count(*) FROM t;
SHOW server_encoding;
SHOW integer_datetimes;
DISCARD ALL;
SHOW search_path;
SET TIME ZONE 'nowhere';
SET work_mem TO '-1';
SET client_min_messages TO 'error';
DROP TABLE IF EXISTS nope;
-- Worker connections are shared: what one session has set must not be there for another, and SET LOCAL ends with its transaction.
SET search_path TO compat_settings;
-- session: other
SET search_path TO compat_settings;
SET TIME ZONE 'America/New_York';
SELECT ts FROM t WHERE id = 1;
SELECT min(ts) FROM t;
-- session: main
SELECT ts FROM t WHERE id = 1;
SELECT min(ts) FROM t;
BEGIN;
SELECT ts FROM t WHERE id = 1;
SET LOCAL TIME ZONE 'Asia/Tokyo';
SELECT ts FROM t WHERE id = 1;
SELECT min(ts) FROM t;
COMMIT;
SELECT ts FROM t WHERE id = 1;
-- session: other
SELECT ts FROM t WHERE id = 1;
BEGIN;
SET TIME ZONE 'Europe/Paris';
SELECT ts FROM t WHERE id = 1;
SAVEPOINT a;
SET TIME ZONE 'UTC';
SELECT ts FROM t WHERE id = 1;
SAVEPOINT b;
SET LOCAL DateStyle TO 'German';
SELECT ts FROM t WHERE id = 1;
ROLLBACK TO b;
SELECT ts FROM t WHERE id = 1;
ROLLBACK TO a;
SELECT ts FROM t WHERE id = 1;
RELEASE a;
-- session: main
SELECT ts FROM t WHERE id = 1;
-- session: other
-- ignore: settings
SELECT id / 0 FROM t WHERE id = 1;
-- ignore: settings
ROLLBACK;
SELECT ts FROM t WHERE id = 1;
BEGIN;
SET TIME ZONE 'Asia/Tokyo';
COMMIT;
SELECT ts FROM t WHERE id = 1;
-- session: main
SELECT ts FROM t WHERE id = 1;
BEGIN;
SELECT set_config('timezone', 'Asia/Tokyo', true);
SELECT ts FROM t WHERE id = 1;
END;
SELECT ts FROM t WHERE id = 1;
-- ignore: settings
-- batch
SET LOCAL TIME ZONE 'Asia/Tokyo';
SELECT ts FROM t WHERE id = 1;
-- end batch
SELECT ts FROM t WHERE id = 1;
-- pipeline
SET TIME ZONE 'Asia/Tokyo';
SELECT ts FROM t WHERE id = 1;
-- end pipeline
SELECT ts FROM t WHERE id = 1;
RESET TIME ZONE;
CREATE TEMP TABLE anything (x int);
SELECT id FROM t WHERE id = 1 AND ts = '2024-03-10 12:00';
SET TIME ZONE 'America/New_York';
SELECT id FROM t WHERE id = 1 AND ts = '2024-03-10 08:00';
SELECT id FROM t WHERE id = 1 AND ts = '2024-03-10 12:00';
CREATE FUNCTION use_zone(zone text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN set_config('timezone', zone, false); END $$;
SELECT use_zone('Asia/Tokyo');
SELECT ts FROM t WHERE id = 1;
