-- router
SELECT * FROM grown_ups WHERE id = 20;
SELECT public.grown_ups.name FROM public.grown_ups WHERE id = 20;
SELECT c.spent, o.status FROM customers c JOIN orders o ON o.user_id = c.customer WHERE c.customer = 7;
SELECT * FROM old_customers x (a, b, c) WHERE a = 20;
-- all
SELECT * FROM grown_ups;
SELECT * FROM customers;
SELECT * FROM old_customers WHERE spent > 100;
SELECT name FROM users WHERE id IN (SELECT customer FROM customers WHERE orders > 2);
SELECT name, (SELECT spent FROM customers c WHERE c.customer = u.id) FROM users u;
WITH old AS (SELECT * FROM grown_ups) SELECT o.id, old.name FROM old JOIN orders o ON o.user_id = old.id;
SELECT g.*, r.n FROM grown_ups g CROSS JOIN regions r;
-- combine
SELECT count(*), sum(spent) FROM customers;
SELECT country, count(*) FROM old_customers GROUP BY country;
SELECT * FROM customers ORDER BY spent DESC NULLS LAST, customer LIMIT 5;
SELECT * FROM grown_ups NATURAL JOIN (SELECT user_id AS id, status FROM orders) o ORDER BY id, status;
-- reference
SELECT * FROM regions;
-- local
WITH grown_ups AS (SELECT 1 AS id) SELECT * FROM grown_ups;
