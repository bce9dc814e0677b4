-- PREPARE and EXECUTE of ON CONFLICT DO UPDATE that names parameters, on a table with triggers.
CREATE TABLE t (id int PRIMARY KEY, val int, note text);
-- cluster: SELECT create_distributed_table('t', 'id')
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
PREPARE a AS INSERT INTO t (id, val) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET val = $2 + t.val;
EXECUTE a(1, 2);
EXECUTE a(1, 3);
EXECUTE a('1', 1.7);
EXECUTE a(1, -(2 + 3));
EXECUTE a(1, NULL);
SELECT * FROM t ORDER BY id;
EXECUTE a(2, '4');
EXECUTE a(2, 'x');
EXECUTE a(2);
PREPARE b(int, text, date) AS INSERT INTO t (id, val) VALUES ($1, 3) ON CONFLICT (id) DO UPDATE SET val = length($2) + t.val, note = $3::text WHERE t.val > $1;
EXECUTE b(2, 'it''s', '2020-01-01');
EXECUTE b(2, E'a\\b', DATE '2020-01-02');
EXECUTE b(2, NULL, NULL);
SELECT * FROM t ORDER BY id;
-- differs: [0A000] only constants are known where the clause is carried out
EXECUTE a(2, length('abc'));
SELECT * FROM t ORDER BY id;
