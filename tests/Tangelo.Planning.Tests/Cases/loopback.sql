-- loopback
SELECT g FROM grown_ups g WHERE id = 5;
SELECT * FROM with_catalog WHERE id = 5;
SELECT * FROM with_catalog WHERE id = 5;
SELECT id FROM grown_ups WHERE id = 20 FOR UPDATE;
SELECT double_it(age) FROM users WHERE id = 5;
SELECT label FROM users ORDER BY label, id;
SELECT max(label) FROM users;
SELECT u.id FROM users u, pg_class c WHERE c.relname = 'users' AND u.id = 3;
SELECT name, 'users'::regclass FROM users WHERE id = 3;
SELECT pg_relation_size('users') >= 0 FROM users WHERE id = 3;
SELECT ctid IS NULL FROM users WHERE id = 3;
