-- Window functions.
CREATE TABLE w (k int, g text, v int, d date);
-- cluster: SELECT create_distributed_table('w', 'k')
INSERT INTO w SELECT i % 8, chr(97 + i % 3), i * 7 % 23, date '2024-01-01' + i FROM generate_series(1, 32) i;
SELECT k, v, row_number() OVER (PARTITION BY k ORDER BY d) FROM w;
SELECT k, v, sum(v) OVER (PARTITION BY k ORDER BY d) FROM w ORDER BY k, d;
SELECT k, d, rank() OVER (PARTITION BY k ORDER BY v, d), dense_rank() OVER (PARTITION BY k ORDER BY g), percent_rank() OVER (PARTITION BY k ORDER BY d) FROM w;
SELECT g, d, row_number() OVER (PARTITION BY g ORDER BY d) FROM w;
SELECT d, row_number() OVER (ORDER BY d) FROM w ORDER BY d LIMIT 5;
SELECT d, sum(v) OVER (ORDER BY d ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM w ORDER BY d;
SELECT d, avg(v) OVER (ORDER BY d RANGE BETWEEN '3 days' PRECEDING AND CURRENT ROW) FROM w ORDER BY d;
SELECT d, lag(v) OVER win, lead(v, 2, -1) OVER win, first_value(v) OVER win, last_value(v) OVER win, nth_value(v, 2) OVER win FROM w WINDOW win AS (PARTITION BY k ORDER BY d);
SELECT k, count(*) OVER (PARTITION BY k) FROM w;
SELECT count(*) OVER () FROM w WHERE k = 3;
SELECT k, v, ntile(3) OVER (PARTITION BY k ORDER BY d), cume_dist() OVER (PARTITION BY k ORDER BY d) FROM w WHERE k IN (1, 2);
SELECT k, sum(v), rank() OVER (ORDER BY sum(v) DESC, k) FROM w GROUP BY k;
SELECT g, k, sum(v), sum(sum(v)) OVER (PARTITION BY g) FROM w GROUP BY g, k;
SELECT * FROM (SELECT k, d, v, row_number() OVER (PARTITION BY k ORDER BY v DESC, d) AS n FROM w) s WHERE n <= 2;
SELECT * FROM (SELECT g, d, row_number() OVER (PARTITION BY g ORDER BY v DESC, d) AS n FROM w) s WHERE n = 1 ORDER BY g;
SELECT k, sum(v) FILTER (WHERE v > 10) OVER (PARTITION BY k) FROM w WHERE k < 2;
SELECT DISTINCT k, max(v) OVER (PARTITION BY k) FROM w;
SELECT k, string_agg(v::text, ',') OVER (PARTITION BY k ORDER BY d ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) FROM w WHERE k = 4;
SELECT k FROM w WHERE row_number() OVER () = 1;
SELECT rank() FROM w;
SELECT sum(v) OVER nope FROM w;
