-- loopback
SELECT * FROM grown_ups WHERE id = 5;
SELECT double_it(age) FROM users WHERE id = 5;
SELECT label FROM users ORDER BY label, id;
SELECT max(label) FROM users;
SELECT u.id FROM users u, pg_class c WHERE c.relname = 'users' AND u.id = 3;
SELECT name, 'users'::regclass FROM users WHERE id = 3;
SELECT * FROM users WHERE id < 3 FOR UPDATE;
SELECT country, name FROM users GROUP BY id, country HAVING country = 'nl' AND (SELECT count(*) FROM users) > 3;
SELECT pg_relation_size('users') >= 0 FROM users WHERE id = 3;
SELECT ctid IS NULL FROM users WHERE id = 3;
