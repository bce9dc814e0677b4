-- UPDATE and DELETE by a ctid that stands in the statement.
CREATE TABLE t (id int PRIMARY KEY, v text);
-- cluster: SELECT create_distributed_table('t', 'id', shard_count => 3)
INSERT INTO t SELECT i, 'v' FROM generate_series(1, 9) i;
DO 'DECLARE p tid; n int; BEGIN SELECT ctid INTO p FROM t WHERE id = 3; EXECUTE format(''UPDATE t SET v = ''''place'''' WHERE ctid = %L'', p); GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE ''%'', n; END';
SELECT * FROM t ORDER BY id;
DO 'DECLARE p tid; n int; BEGIN SELECT ctid INTO p FROM t WHERE id = 4; EXECUTE ''DELETE FROM t WHERE ctid = $1'' USING p; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE ''%'', n; END';
UPDATE t SET v = 'nowhere' WHERE ctid = '(0,60000)';
UPDATE t SET id = 77 WHERE ctid = '(0,60000)';
DELETE FROM t WHERE ctid = '(4000000000,5)' AND v = 'v';
DELETE FROM t WHERE ctid = NULL;
SELECT * FROM t ORDER BY id;
