-- A domain may have a collation, which its values lose on their way to the coordinator.
CREATE DOMAIN swedish AS text COLLATE "sv-x-icu";
CREATE DOMAIN swedish_too AS swedish CHECK (VALUE <> '');
CREATE TABLE spelled (a int, b swedish, c swedish_too, d text);
-- cluster: SELECT create_distributed_table('spelled', 'a')
INSERT INTO spelled VALUES (1, 'abc', 'abc', 'abc'), (2, 'äbc', 'äbc', 'äbc'), (3, 'bbc', 'bbc', 'bbc'), (4, 'ABC', 'ABC', 'ABC');
SELECT a, b FROM spelled ORDER BY b;
SELECT a, c FROM spelled ORDER BY c LIMIT 2;
SELECT a FROM spelled ORDER BY d::swedish;
SELECT max(b), min(c), min(d::swedish_too) FROM spelled;
SELECT a, rank() OVER (ORDER BY c) FROM spelled ORDER BY 2;
SELECT count(*) FROM spelled s JOIN spelled t ON s.b < t.b;
WITH x AS (SELECT b FROM spelled GROUP BY b OFFSET 0) SELECT * FROM x ORDER BY b;
CREATE VIEW spelled_view AS SELECT * FROM spelled;
SELECT b FROM spelled_view ORDER BY b DESC;
SELECT DISTINCT b FROM spelled ORDER BY b;
SELECT b FROM spelled UNION SELECT c FROM spelled ORDER BY 1;
