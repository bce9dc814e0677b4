-- Distribution by every common type, found again by equality and IN.
CREATE TABLE d_text (k text PRIMARY KEY, v int);
CREATE TABLE d_varchar (k varchar(20), v int);
CREATE TABLE d_char (k char(8), v int);
CREATE TABLE d_bigint (k bigint PRIMARY KEY, v int);
CREATE TABLE d_smallint (k smallint, v int);
CREATE TABLE d_uuid (k uuid PRIMARY KEY, v int);
CREATE TABLE d_date (k date, v int);
CREATE TABLE d_ts (k timestamp, v int);
CREATE TABLE d_tstz (k timestamptz, v int);
CREATE TABLE d_numeric (k numeric, v int);
CREATE TABLE d_bytea (k bytea, v int);
CREATE TABLE d_float (k float8, v int);
CREATE TABLE d_bool (k bool, v int);
CREATE TABLE d_inet (k inet, v int);
CREATE TABLE d_interval (k interval, v int);
CREATE TABLE d_time (k time, v int);
CREATE TABLE d_jsonb (k jsonb, v int);
CREATE TABLE d_array (k int[], v int);
-- cluster: SELECT create_distributed_table('d_text', 'k')
-- cluster: SELECT create_distributed_table('d_varchar', 'k')
-- cluster: SELECT create_distributed_table('d_char', 'k')
-- cluster: SELECT create_distributed_table('d_bigint', 'k')
-- cluster: SELECT create_distributed_table('d_smallint', 'k')
-- cluster: SELECT create_distributed_table('d_uuid', 'k')
-- cluster: SELECT create_distributed_table('d_date', 'k')
-- cluster: SELECT create_distributed_table('d_ts', 'k')
-- cluster: SELECT create_distributed_table('d_tstz', 'k')
-- cluster: SELECT create_distributed_table('d_numeric', 'k')
-- cluster: SELECT create_distributed_table('d_bytea', 'k')
-- cluster: SELECT create_distributed_table('d_float', 'k')
-- cluster: SELECT create_distributed_table('d_bool', 'k')
-- cluster: SELECT create_distributed_table('d_inet', 'k')
-- cluster: SELECT create_distributed_table('d_interval', 'k')
-- cluster: SELECT create_distributed_table('d_time', 'k')
-- cluster: SELECT create_distributed_table('d_jsonb', 'k')
-- cluster: SELECT create_distributed_table('d_array', 'k')
INSERT INTO d_text SELECT 'key ' || i, i FROM generate_series(1, 20) i;
INSERT INTO d_text VALUES ('', -1), ('it''s', -2), ('ünï☃', -3), (' key 1', -4), ('KEY 1', -5);
SELECT v FROM d_text WHERE k = 'key 7';
SELECT v FROM d_text WHERE k IN ('', 'it''s', 'ünï☃', 'nope');
SELECT v FROM d_text WHERE k = 'key ' || 1;
SELECT v FROM d_text WHERE k = 'key 1'::varchar;
SELECT v FROM d_text WHERE k = 'key 1'::char(10);
SELECT v FROM d_text WHERE k = 'key 2'::name;
SELECT v FROM d_text WHERE lower(k) = 'key 1';
SELECT v FROM d_text WHERE k > 'key 8' AND k < 'key 9';
SELECT v FROM d_text WHERE k LIKE 'key 1%';
-- params: key 3
-- params: nope
SELECT v FROM d_text WHERE k = $1;
INSERT INTO d_varchar VALUES ('a', 1), ('a ', 2), ('long enough text', 3);
INSERT INTO d_varchar VALUES ('a text that is far too long', 4);
SELECT v FROM d_varchar WHERE k = 'a';
SELECT v FROM d_varchar WHERE k = 'a ';
-- params: a
SELECT v FROM d_varchar WHERE k = $1;
INSERT INTO d_char VALUES ('a', 1), ('b  ', 2), ('eightlet', 3);
SELECT k, v FROM d_char WHERE k = 'a';
SELECT v FROM d_char WHERE k = 'a    ';
SELECT v FROM d_char WHERE k = 'b'::text;
INSERT INTO d_bigint SELECT i * 10000000000, i FROM generate_series(-5, 5) i;
SELECT v FROM d_bigint WHERE k = 30000000000;
SELECT v FROM d_bigint WHERE k = 0;
SELECT v FROM d_bigint WHERE k = -20000000000;
SELECT v FROM d_bigint WHERE k IN (10000000000, 0);
SELECT v FROM d_bigint WHERE k = 10000000000.0;
SELECT v FROM d_bigint WHERE k = 1e10::float8;
INSERT INTO d_smallint SELECT i, i FROM generate_series(-3, 3) i;
SELECT v FROM d_smallint WHERE k = -2;
SELECT v FROM d_smallint WHERE k = 2::bigint;
SELECT v FROM d_smallint WHERE k = 100000;
INSERT INTO d_uuid VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1), ('{00000000-0000-0000-0000-000000000000}', 2), ('FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 3);
SELECT k, v FROM d_uuid WHERE k = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11';
SELECT v FROM d_uuid WHERE k = '00000000000000000000000000000000'::uuid;
-- params: ffffffff-ffff-ffff-ffff-ffffffffffff
SELECT v FROM d_uuid WHERE k = $1;
SELECT v FROM d_uuid WHERE k = 'not a uuid';
INSERT INTO d_uuid VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 4);
INSERT INTO d_date SELECT date '2024-02-25' + i, i FROM generate_series(1, 10) i;
INSERT INTO d_date VALUES ('infinity', 100), ('0044-03-15 BC', 101);
SELECT k, v FROM d_date WHERE k = '2024-02-29';
SELECT v FROM d_date WHERE k = 'March 1, 2024';
SELECT v FROM d_date WHERE k IN ('infinity', '0044-03-15 BC');
SELECT v FROM d_date WHERE k = timestamp '2024-02-28';
SELECT v FROM d_date WHERE k BETWEEN '2024-03-01' AND '2024-03-03';
INSERT INTO d_ts SELECT timestamp '2024-01-01 12:00:00.123456' + i * interval '1 day', i FROM generate_series(1, 6) i;
SELECT v FROM d_ts WHERE k = '2024-01-03 12:00:00.123456';
SELECT v FROM d_ts WHERE k = '2024-01-03';
INSERT INTO d_tstz SELECT timestamptz '2024-01-01 12:00:00+00' + i * interval '1 hour', i FROM generate_series(1, 6) i;
SELECT v FROM d_tstz WHERE k = '2024-01-01 15:00:00+00';
SELECT v FROM d_tstz WHERE k = '2024-01-01 10:00:00-05';
SET TIME ZONE 'Europe/Berlin';
SELECT k, v FROM d_tstz WHERE k = '2024-01-01 16:00:00';
SELECT k, v FROM d_tstz ORDER BY k DESC LIMIT 2;
RESET TIME ZONE;
INSERT INTO d_numeric VALUES (1, 1), (1.50, 2), (-0.001, 3), (1e20, 4), ('NaN', 5), (0, 6), (12345678901234567890.12345, 7);
SELECT k, v FROM d_numeric WHERE k = 1.0;
SELECT v FROM d_numeric WHERE k = 1.5;
SELECT v FROM d_numeric WHERE k = 1.500;
SELECT v FROM d_numeric WHERE k = 100000000000000000000;
SELECT v FROM d_numeric WHERE k = 'NaN';
SELECT v FROM d_numeric WHERE k IN (0, -0.001000, 12345678901234567890.12345);
SELECT v FROM d_numeric WHERE k = 1;
INSERT INTO d_bytea VALUES ('\x00ff', 1), ('\xdeadbeef', 2), ('', 3), ('abc', 4);
SELECT k, v FROM d_bytea WHERE k = '\xDEADBEEF';
SELECT v FROM d_bytea WHERE k = ''::bytea;
SELECT v FROM d_bytea WHERE k = E'\\000\\377';
INSERT INTO d_float VALUES (1.5, 1), (0, 2), ('-0', 3), ('NaN', 4), ('Infinity', 5), (1e300, 6);
SELECT v FROM d_float WHERE k = 1.5;
SELECT v FROM d_float WHERE k = 0;
SELECT v FROM d_float WHERE k = '-0';
SELECT v FROM d_float WHERE k IN ('NaN', 'Infinity', 1e300);
INSERT INTO d_bool VALUES (true, 1), (false, 2), (true, 3);
SELECT v FROM d_bool WHERE k = true;
SELECT v FROM d_bool WHERE k;
SELECT v FROM d_bool WHERE NOT k;
INSERT INTO d_inet VALUES ('10.0.0.1', 1), ('10.0.0.1/24', 2), ('::1', 3), ('2001:db8::/32', 4);
SELECT k, v FROM d_inet WHERE k = '10.0.0.1/32';
SELECT v FROM d_inet WHERE k IN ('::1', '2001:0db8::/32');
SELECT v FROM d_inet WHERE k <<= '10.0.0.0/8';
INSERT INTO d_interval VALUES ('1 day', 1), ('24 hours', 2), ('1 month', 3), ('30 days', 4);
SELECT v FROM d_interval WHERE k = '1 day';
SELECT v FROM d_interval WHERE k = '720 hours';
INSERT INTO d_time VALUES ('12:00', 1), ('23:59:59.999', 2);
SELECT k, v FROM d_time WHERE k = '12:00:00';
INSERT INTO d_jsonb VALUES ('{"a": 1, "b": 2}', 1), ('[1, 2]', 2), ('"x"', 3);
SELECT k, v FROM d_jsonb WHERE k = '{"b":2,"a":1}';
INSERT INTO d_array VALUES ('{1,2}', 1), ('{}', 2), ('{NULL}', 3);
SELECT k, v FROM d_array WHERE k = ARRAY[1, 2];
SELECT count(*) FROM d_array;
SELECT t.v, u.v FROM d_text t JOIN d_varchar u ON t.k = u.k;
SELECT t.v, u.v FROM d_bigint t JOIN d_smallint u ON t.k = u.k;
