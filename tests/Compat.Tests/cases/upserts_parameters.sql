-- Parameters in DO UPDATE where the coordinator runs the statement.
CREATE TABLE t (id int PRIMARY KEY, n int, d date, v text DEFAULT 'none', mood text);
-- cluster: SELECT create_distributed_table('t', 'id')
CREATE TABLE log (seq serial, line text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log(line) VALUES (concat_ws(' ', TG_OP, NEW)); RETURN NEW; END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
-- extended only
-- params: 1 | 2021-02-03 | 5 | a | 9
-- params: 1 | 2021-02-03 | 5 | a'b"c | 1
-- params: 1 | 2021-02-03 | 5 | a'b"c | 9
-- params: 1 | 2021-02-03 | \N | \N | 8
-- params: 1 | 2021-02-03 | 7 | {x,"y"} | 9
INSERT INTO t VALUES ($1, 1, $2) ON CONFLICT (id) DO UPDATE SET n = $3, d = '2020-01-01', v = $4 || t.v WHERE t.n <> $5 RETURNING *;
-- extended only
-- params: 2 | 5 | 6 | 2022-02-02 | x
-- params: 2 | 5 | 6 | 2022-02-02 | x
INSERT INTO t (id, v, n, d) VALUES ($1, DEFAULT, $2, '2021-01-01') ON CONFLICT (id) DO UPDATE SET (n, d) = ROW ($3, $4), mood = coalesce($5, now()::text);
-- extended only
-- params: 2 | 100
INSERT INTO t SELECT $1, 4 ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n + $2;
-- extended only
-- params: 2 | 2
WITH x AS (INSERT INTO t VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = t.n * $2 RETURNING id, n) SELECT * FROM x;
SELECT * FROM t ORDER BY id;
SELECT line FROM log ORDER BY seq;
-- Constants of EXECUTE are known, too.
PREPARE up (int, int) AS INSERT INTO t VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = t.n - $2;
EXECUTE up (2, 3);
