-- Functions that return sets beside a sort: the sort comes first.
CREATE TABLE few (id int, v numeric);
-- cluster: SELECT create_distributed_table('few', 'id')
INSERT INTO few SELECT i, i + 0.5 FROM generate_series(1, 6) i;
SELECT id, generate_series(1, 3) FROM few ORDER BY id DESC LIMIT 4;
SELECT id, generate_series(1, 3) FROM few ORDER BY id DESC LIMIT 4 OFFSET 2;
SELECT id, generate_series(1, 3) AS g FROM few ORDER BY g, id DESC LIMIT 4;
SELECT id, generate_series(3, 1, -1) FROM few WHERE id > 3 ORDER BY id;
SELECT id, unnest(ARRAY['z', 'a', 'm']) AS u, v FROM few ORDER BY v LIMIT 5;
SELECT id % 2 AS odd, count(*), generate_series(2, 1, -1) FROM few GROUP BY 1 ORDER BY 1;
SELECT id, count(*), generate_series(2, 1, -1) FROM few GROUP BY id ORDER BY id DESC LIMIT 3;
SELECT generate_series(1, 2), * FROM few ORDER BY id LIMIT 3;
-- Moments of numerics with many digits.
CREATE TABLE tiny (id int, a numeric);
-- cluster: SELECT create_distributed_table('tiny', 'id')
INSERT INTO tiny VALUES (1, 0), (2, 3e-500), (3, -3e-500), (4, 4e-500);
SELECT trim_scale(variance(a) * 1e1000), trim_scale(stddev_pop(a) * 1e500) FROM tiny;
SELECT variance(v), stddev(v), var_pop(v) FILTER (WHERE id > 9), stddev_samp(v * 1e-8000) = 0 FROM few;
INSERT INTO tiny VALUES (5, 1e-16383);
-- differs: [0A000] the squares would be rounded on the shards
SELECT variance(a) > 0 FROM tiny;
