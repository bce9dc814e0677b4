-- two phases
SELECT stddev(age), variance(age), var_pop(age), stddev_pop(age), stddev_samp(age), var_samp(age) FROM users;
SELECT stddev(score), variance(score), var_pop(score), stddev_pop(score) FROM users;
SELECT country, stddev(big), var_pop(big), stddev(tiny), var_samp(tiny) FROM users GROUP BY country;
SELECT status, stddev(amount), variance(amount), stddev_pop(amount), var_pop(amount) FROM orders GROUP BY status;
SELECT stddev(amount * 1.000000000001), var_pop(amount / 7), stddev_pop(price / 3) FROM orders JOIN items USING (user_id);
SELECT user_id % 50, stddev(amount), variance(quantity), stddev_pop(amount) FROM orders GROUP BY 1;
SELECT variance(age), var_pop(age), stddev(score), stddev_pop(score), corr(age, score) FROM users WHERE id < 0;
SELECT variance(age), var_pop(age), stddev(score), stddev_pop(score), stddev(ratio), var_pop(ratio), covar_pop(ratio, age) FROM users WHERE id = ANY ('{4,5}') AND id <> 4;
SELECT variance(7), stddev(7.50), stddev_pop(7), var_pop(1e-30::numeric) FROM users;
SELECT stddev(CASE WHEN id = 7 THEN 'NaN'::numeric ELSE score END), var_pop(CASE WHEN id = 7 THEN 'Infinity'::numeric ELSE score END) FROM users;
SELECT stddev(score) FILTER (WHERE active), var_pop(age) FILTER (WHERE age > 25), round(stddev(ratio) FILTER (WHERE active)::numeric, 8) FROM users;
SELECT round(stddev(ratio)::numeric, 8), round(variance(ratio)::numeric, 8), round(var_pop(ratio)::numeric, 8), round(stddev_pop(small)::numeric, 8) FROM users;
SELECT country, round(stddev(ratio * 1e9 + 1e15)::numeric, -2) FROM users GROUP BY country;
SELECT round(corr(ratio, age)::numeric, 10), round(covar_pop(ratio, age)::numeric, 8), round(covar_samp(score, tiny)::numeric, 8), regr_count(ratio, age) FROM users;
SELECT country, round(regr_slope(age, tiny)::numeric, 8), round(regr_intercept(age, tiny)::numeric, 8), round(regr_r2(age, tiny)::numeric, 8) FROM users GROUP BY country;
SELECT round(regr_avgx(age, tiny)::numeric, 8), round(regr_avgy(age, tiny)::numeric, 8), round(regr_sxx(age, tiny)::numeric, 6), round(regr_syy(age, tiny)::numeric, 6), round(regr_sxy(age, tiny)::numeric, 6) FROM users;
SELECT regr_count(age, tiny) FILTER (WHERE active), regr_count(NULL, 1), regr_slope(NULL, age) FROM users;
SELECT stddev(CASE WHEN id = 7 THEN 'NaN' ELSE ratio END), var_pop(CASE WHEN id = 7 THEN 'Infinity' ELSE ratio END), corr(CASE WHEN id = 9 THEN 'NaN' ELSE ratio END, age) FROM users;
SELECT stddev(DISTINCT age), var_pop(DISTINCT tiny) FROM users;
SELECT status, round(stddev(quantity) * 2 / avg(quantity), 6), count(*) FROM orders GROUP BY status HAVING variance(quantity) > 1 ORDER BY stddev(amount) DESC;
SELECT range_agg(int4range(id, id + 2)), range_agg(int4range(age, age)), range_agg(int4range(NULL, NULL)) FILTER (WHERE id < 0) FROM users;
SELECT country, range_intersect_agg(int4range(id, 1000)), range_agg(daterange(born, born + 1)) FROM users GROUP BY country;
SELECT bit_xor(id), bit_and(tiny), bit_or(big) FROM users;
-- rows up
SELECT stddev(random()) < 1, count(*) FROM users;
SELECT covar_pop(random(), 1) IS NULL, count(*) FROM users;
