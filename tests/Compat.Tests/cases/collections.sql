-- array_agg, string_agg and the aggregates of JSON and XML without ORDER BY: each shard collects, and the pieces are joined. The order of rows is
-- open, so values are sorted before they are compared, or all alike.
CREATE TABLE d (k int, a int, t text, v varchar(5), n numeric(8,2), f float8, b bytea, j json, jb jsonb, ts timestamptz, iv interval, arr int[], e uuid, bo boolean);
-- cluster: SELECT create_distributed_table('d', 'k')
CREATE TABLE r (id int, name text);
-- cluster: SELECT create_reference_table('r')
CREATE TABLE empty (k int, a int, t text);
-- cluster: SELECT create_distributed_table('empty', 'k')
INSERT INTO r VALUES (1, 'one'), (2, 'two'), (3, NULL);
INSERT INTO d SELECT i % 11, i, 't' || i % 3, 'v,"' || i % 4, i * 1.25, i / 4.0, decode(lpad(to_hex(i), 2, '0'), 'hex'), json_build_object('i',   i), jsonb_build_object('i', i, 'x', 1.50),
    '2024-01-01 00:00+00'::timestamptz + i * interval '1 hour', i * interval '1 day', ARRAY[i, i + 1], ('00000000-0000-0000-0000-0000000000' || lpad(i::text, 2, '0'))::uuid, i % 2 = 0
    FROM generate_series(1, 40) i;
INSERT INTO d (k) VALUES (NULL), (100), (101);

-- Sorted afterwards: all types that a piece can hold.
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(a) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(v) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(n) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(f) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(b) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(jb) AS v FROM d) s;
SELECT (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(s.v) x) FROM (SELECT array_agg(j) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(ts) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(iv) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(e) AS v FROM d) s;
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(a + n) AS v FROM d) s;
SELECT s.t, (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x), c, m FROM (SELECT t, array_agg(a) AS v, count(*) AS c, max(n) AS m FROM d GROUP BY t) s ORDER BY 1;
SELECT s.bo, cardinality(s.v), array_ndims(s.v) FROM (SELECT bo, array_agg(arr) AS v FROM d WHERE arr IS NOT NULL GROUP BY bo) s ORDER BY 1;
SELECT array_ndims(array_agg(arr)), cardinality(array_agg(arr)) FROM d WHERE arr IS NOT NULL;
-- ignore: message
SELECT array_agg(arr) FROM d;
SELECT array_length(array_agg(a), 1), array_length(array_agg(a) FILTER (WHERE a > 30), 1), array_agg(a) FILTER (WHERE a > 1000) FROM d;

-- All alike: any order is the same.
SELECT array_agg(1), string_agg('x', ','), json_agg(1), jsonb_agg(2) FROM d;
SELECT bo, string_agg(bo::text, ', ') FROM d GROUP BY bo ORDER BY 1;
SELECT string_agg(NULL::text, ','), string_agg('a', NULL), string_agg('a'::bytea, '-'), string_agg('b'::varchar, 'XY') FROM d;
SELECT json_agg(NULL::int), jsonb_agg(NULL::int), array_agg(NULL::int) FROM d WHERE k >= 100;
SELECT json_agg('a "b" [,] {'::text), jsonb_agg('a "b" [,] {'::text), json_agg(json_build_object('q', 1)), jsonb_agg('[1, {"a": [2]}]'::jsonb) FROM d WHERE a < 4;
SELECT json_object_agg('k', 1) FROM d WHERE a < 4;
SELECT jsonb_object_agg('k', 1) FROM d;
SELECT json_object_agg('k{', ARRAY[1, 2]), jsonb_object_agg('k}', ARRAY[1, 2]) FROM d WHERE a < 4;
SELECT json_agg(ROW(1, 'x')) FROM d WHERE a < 4;
SELECT json_agg(ARRAY[1, 2]), jsonb_agg(ARRAY[1, 2]), array_agg(ARRAY[1, 2]) FROM d WHERE a < 4;
SELECT xmlagg('<a/>'::xml) FROM d WHERE a < 4;
SELECT xmlagg(xmlelement(name x, 1)) FROM d WHERE a < 4;
SELECT array_agg(r.name) FROM d JOIN r ON r.id = d.a % 1 + 1 WHERE d.a < 9;

-- Keys are sorted by jsonb itself.
SELECT jsonb_object_agg(a, t) FROM d WHERE a IS NOT NULL;
SELECT t, jsonb_object_agg(a, n) FROM d WHERE a < 12 GROUP BY t ORDER BY t;
SELECT jsonb_object_agg(a, t) FROM d;
SELECT json_object_agg(a, t) FROM d;

-- Pieces of any number: none, one.
SELECT array_agg(a), string_agg(t, ','), json_agg(a), jsonb_agg(a), json_object_agg(k, a), jsonb_object_agg(k, a), xmlagg(t::xml) FROM empty;
SELECT k, array_agg(a), string_agg(t, ','), json_agg(a) FROM empty GROUP BY k;
SELECT t, array_agg(a), string_agg(t, ','), json_agg(a), count(*) FROM empty GROUP BY t;
SELECT array_agg(a), string_agg(t, ','), json_agg(n), jsonb_agg(n), json_object_agg(k, f) FROM d WHERE a = 7;
SELECT array_agg(a), string_agg(t, ','), json_agg(n), jsonb_agg(n) FROM d WHERE k = 100;
SELECT t, count(*), array_agg(DISTINCT bo), string_agg(DISTINCT t, '+') FROM d GROUP BY t ORDER BY t;
SELECT count(DISTINCT k), cardinality(array_agg(a)) FROM d;
SELECT length(string_agg(t, ', ')), length(string_agg(t, v)), octet_length(string_agg(b, '\x2c2c'::bytea)) FROM d WHERE length(t) = 2 AND a % 4 = 1;
SELECT json_array_length(json_agg(a)), jsonb_array_length(jsonb_agg(a)), jsonb_array_length(jsonb_agg(d)) FROM d;

-- The same order in all of them.
SELECT (SELECT count(*) FROM unnest(x, y) AS u (p, q) WHERE q = p * 1.25) FROM (SELECT array_agg(a) AS x, array_agg(n) AS y FROM d WHERE a IS NOT NULL) s;
SELECT count(*) FROM (SELECT array_agg(a) AS x, json_agg(n) AS y, string_agg(a::text, ',') AS z FROM d WHERE a IS NOT NULL) s,
    generate_series(0, 39) i WHERE (x)[i + 1] * 1.25 = (y->>i)::numeric AND (string_to_array(z, ','))[i + 1] = x[i + 1]::text;

-- As an ordered subquery gives them.
SELECT array_agg(a) FROM (SELECT a FROM d WHERE a < 9 ORDER BY a DESC) s;
SELECT string_agg(a::text, ',') FROM (SELECT a FROM d ORDER BY a NULLS LAST LIMIT 5) s;
SELECT json_agg(s) FROM (SELECT a, t FROM d WHERE a < 5 ORDER BY a) s;

-- HAVING, ORDER BY, LIMIT, window functions over them.
SELECT t FROM d GROUP BY t HAVING cardinality(array_agg(a)) > 13 ORDER BY length(string_agg(t, ',')) DESC, t LIMIT 2;
SELECT bo, rank() OVER (ORDER BY cardinality(array_agg(a)), bo) FROM d GROUP BY bo ORDER BY 1;

-- Parameters.
-- params: , | 5
SELECT length(string_agg(t, $1)), cardinality(array_agg(a + $2::int)) FROM d;
PREPARE p (text, int) AS SELECT length(string_agg(t, $1)), cardinality(array_agg(a)) FROM d WHERE a > $2;
EXECUTE p(', ', 5);
EXECUTE p(NULL, 50);

-- Settings that change how values are written.
BEGIN;
SET LOCAL extra_float_digits = -10;
SET LOCAL datestyle = 'German';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL bytea_output = 'escape';
SELECT (SELECT array_agg(x ORDER BY x) FROM unnest(s.v) x), (SELECT array_agg(x ORDER BY x) FROM unnest(s.w) x) FROM (SELECT array_agg(f / 3) AS v, array_agg(iv - interval '1 mon 3 hours') AS w FROM d WHERE a < 5) s;
SELECT (SELECT array_agg(x * 3 ORDER BY x) FROM unnest(s.v) x) FROM (SELECT array_agg(f / 3) AS v FROM d WHERE a < 5) s;
SELECT jsonb_object_agg(a, ts) FROM d WHERE a < 4;
SELECT jsonb_object_agg(a, f / 3) FROM d WHERE a < 4;
COMMIT;

CREATE FUNCTION all_of(x text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
    SELECT cardinality(array_agg(a)) INTO n FROM d WHERE t = x;
    RETURN n;
END $$;
SELECT all_of('t1'), all_of('none');
