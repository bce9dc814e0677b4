-- router
UPDATE users SET name = 'new' WHERE id = 5;
UPDATE users SET name = 'new', id = id WHERE id = 5;
UPDATE users SET id = 5 WHERE id = 5;
UPDATE orders SET amount = amount + 1 WHERE user_id = 9 RETURNING id, amount;
UPDATE users SET name = o.status FROM orders o WHERE o.user_id = users.id AND users.id = 7 AND o.id = (SELECT min(id) FROM orders WHERE user_id = 7);
DELETE FROM orders WHERE user_id = 9 AND status = 'paid' RETURNING *;
DELETE FROM users WHERE id = 3;
WITH x AS (DELETE FROM orders WHERE user_id = 9 RETURNING *) SELECT count(*) FROM x;
WITH x AS (SELECT max(id) AS m FROM orders WHERE user_id = 9) UPDATE orders SET quantity = 0 FROM x WHERE user_id = 9 AND id = x.m;
UPDATE users SET name = double_it(3)::text WHERE id = 3;
UPDATE users SET seen = now() WHERE id = 4;

-- all
UPDATE users SET age = age + 1;
UPDATE users SET age = 1 WHERE country = 'nl' RETURNING id, age;
UPDATE users u SET name = c.name FROM countries c WHERE c.code = u.country;
UPDATE users SET age = s.n FROM (SELECT user_id, count(*) AS n FROM orders GROUP BY user_id) s WHERE s.user_id = users.id;
UPDATE orders SET quantity = (SELECT age FROM users WHERE users.id = orders.user_id);
DELETE FROM orders WHERE amount > 100;
DELETE FROM items USING orders WHERE orders.user_id = items.user_id AND orders.id = items.order_id AND orders.status = 'new';
DELETE FROM users WHERE NOT EXISTS (SELECT 1 FROM orders WHERE user_id = users.id);
DELETE FROM logs;
DELETE FROM users WHERE country IN (SELECT code FROM countries);

-- some
DELETE FROM users WHERE id IN (1, 2, 3);

-- none
UPDATE users SET age = 3 WHERE id = NULL;

-- reference
UPDATE countries SET touched = now();
UPDATE countries SET region = 'north' WHERE code = 'nl' RETURNING *;
DELETE FROM levels WHERE level NOT IN (SELECT length(region) FROM countries);

-- select
UPDATE countries SET region = 'x' FROM users WHERE users.country = countries.code;

-- recursive
UPDATE users SET age = o.quantity FROM orders o WHERE o.id = users.id;
DELETE FROM users WHERE age > (SELECT avg(age) FROM users);
WITH x AS (SELECT avg(age) AS a FROM users) DELETE FROM users USING x WHERE age > x.a;
UPDATE users u SET age = (SELECT max(age) FROM users v WHERE v.country = u.country) WHERE id < 4 RETURNING *;

-- loopback
UPDATE users SET age = o.quantity FROM orders o WHERE o.id = users.id AND random() < 2;
UPDATE users SET name = double_it(age)::text WHERE id = 3;
UPDATE users SET id = 6000 WHERE id = 5;
UPDATE users SET (id, name) = (7000, 'x') WHERE id = 5;
UPDATE local_notes SET note = 'x' WHERE id IN (SELECT id FROM users);

-- error 0A000
