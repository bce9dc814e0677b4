-- Calls that run on the node of their shard give what they give on one server: rows, errors, contexts, transactions.
CREATE TABLE carts (user_id int, item int, amount numeric, note text DEFAULT 'none', PRIMARY KEY (user_id, item), CHECK (amount >= 0));
CREATE TABLE totals (user_id int PRIMARY KEY, amount numeric, changes int NOT NULL DEFAULT 0);
CREATE TABLE prices (item int PRIMARY KEY, price numeric);
CREATE TABLE loose (a int, b int);
CREATE TABLE parts (user_id int, day date, n int, PRIMARY KEY (user_id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
-- cluster: SELECT create_distributed_table('carts', 'user_id')
-- cluster: SELECT create_distributed_table('totals', 'user_id')
-- cluster: SELECT create_distributed_table('parts', 'user_id')
-- cluster: SELECT create_reference_table('prices')
INSERT INTO prices SELECT i, i * 1.5 FROM generate_series(1, 20) i;
INSERT INTO loose VALUES (1, 1);

-- PL/pgSQL with what a body may hold.
CREATE FUNCTION buy(p_user int, p_item int, p_count int DEFAULT 1, OUT total numeric, OUT kind text) LANGUAGE plpgsql AS $$
DECLARE
    c carts%ROWTYPE;
    p prices.price%TYPE;
    "odd name" int := (SELECT count(*) FROM carts WHERE user_id = p_user); -- carts is a table
    r record;
BEGIN
    SELECT price INTO STRICT p FROM prices WHERE item = p_item;
    INSERT INTO carts AS k (user_id, item, amount) VALUES (p_user, p_item, p * p_count)
        ON CONFLICT (user_id, item) DO UPDATE SET amount = k.amount + excluded.amount, note = 'again' RETURNING * INTO c;
    kind := CASE WHEN c.note = 'again' THEN 'more' ELSE 'new' END;
    IF EXISTS (SELECT FROM totals t WHERE t.user_id = p_user) THEN
        UPDATE totals SET amount = totals.amount + p * p_count, changes = changes + 1 WHERE user_id = p_user;
        IF NOT FOUND THEN RAISE EXCEPTION 'lost'; END IF;
    ELSE
        INSERT INTO totals(user_id, amount) VALUES (p_user, p * p_count);
    END IF;
    total := 0;
    FOR r IN SELECT carts.amount, "odd name" AS before FROM carts WHERE carts.user_id = p_user ORDER BY item LOOP
        total := total + r.amount;
    END LOOP;
    PERFORM 1 FROM carts WHERE user_id = p_user AND item = 99;
    IF FOUND THEN RAISE NOTICE 'user % has 99', p_user; END IF;
    RAISE NOTICE 'had %, bought % (carts)', "odd name", p_item;
END $$;
CREATE FUNCTION cart(p_user int) RETURNS TABLE (what int, worth numeric, cost numeric) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT c.item, c.amount, p.price FROM carts c JOIN prices p ON p.item = c.item WHERE c.user_id = p_user ORDER BY 1;
    RETURN QUERY (WITH t AS (SELECT t.amount FROM totals t WHERE t.user_id = p_user) SELECT 0, t.amount, NULL::numeric FROM t);
END $$;
CREATE FUNCTION cart_sql(p_user int, low numeric = 0) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('%s: %s', item, amount) FROM carts WHERE user_id = $1 AND amount >= low ORDER BY item
$$;
CREATE FUNCTION drop_item(p_user int, p_item int) RETURNS int LANGUAGE sql AS $$
    UPDATE totals SET changes = changes + 1 WHERE user_id = p_user;
    DELETE FROM carts WHERE user_id = p_user AND item = drop_item.p_item;
    SELECT count(*)::int FROM carts WHERE user_id = p_user;
$$;
CREATE FUNCTION guarded(p_user int, p_item int, p_amount numeric) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        INSERT INTO carts VALUES (p_user, p_item, p_amount);
        INSERT INTO carts VALUES (p_user, p_item + 1, p_amount);
    EXCEPTION
        WHEN unique_violation THEN RETURN 'there already';
        WHEN check_violation OR SQLSTATE '22012' THEN RETURN 'refused ' || SQLSTATE;
    END;
    RETURN 'done';
END $$;
CREATE PROCEDURE empty_cart(p_user int, INOUT gone int, OUT state text) LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM carts WHERE user_id = p_user;
    GET DIAGNOSTICS gone = ROW_COUNT;
    state := 'empty';
END $$;
CREATE FUNCTION day(p_user int, p_day date) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO parts VALUES (p_user, p_day, 1) ON CONFLICT (user_id, day) DO UPDATE SET n = parts.n + 1;
    RETURN (SELECT sum(n) FROM parts WHERE user_id = p_user);
END $$;
CREATE FUNCTION strict_one(p_user int, x int) RETURNS int STRICT LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM carts WHERE user_id = p_user) + x; END';
-- cluster: SELECT create_distributed_function('buy(int,int,int)', 'p_user', 'carts')
-- cluster: SELECT create_distributed_function('cart(int)', 'p_user', 'carts')
-- cluster: SELECT create_distributed_function('cart_sql(int,numeric)', '$1', 'carts')
-- cluster: SELECT create_distributed_function('drop_item(int,int)', 'p_user', 'carts')
-- cluster: SELECT create_distributed_function('guarded(int,int,numeric)', 'p_user', 'carts')
-- cluster: SELECT create_distributed_function('empty_cart(int,int)', 'p_user', 'carts')
-- cluster: SELECT create_distributed_function('day(int,date)', 'p_user', 'carts')
-- cluster: SELECT create_distributed_function('strict_one(int,int)', 'p_user', 'carts')

SELECT buy(1, 2);
SELECT * FROM buy(1, 2, 3);
SELECT total, kind FROM buy(p_item => 3, p_user => 1) WHERE total > 1;
SELECT (buy(2, 5, p_count => 2)).total;
SELECT buy(1, 99);
SELECT buy(1, 2, -100);
SELECT buy(1, NULL);
SELECT buy('x', 1);
SELECT buy(1, 2, 3, 4);
SELECT * FROM cart(1);
SELECT count(*), sum(worth) FROM cart(1) c WHERE what > 0;
SELECT * FROM cart(77);
SELECT cart_sql(1), 'x';
SELECT * FROM cart_sql(1, low => 7) WITH ORDINALITY;
SELECT upper(cart_sql(2)) LIMIT 1;
SELECT guarded(1, 2, 5), 1;
SELECT guarded(1, 30, 5);
SELECT guarded(1, 40, -5);
SELECT guarded(NULL, 40, 5);
CALL empty_cart(1, 5, NULL);
CALL empty_cart(p_user => 1, gone => NULL, state => NULL);
SELECT day(1, '2026-05-05');
SELECT day(3, '2026-08-08');
SELECT day(1, '2026-05-05');
SELECT day(1, '2026-08-05');
SELECT day(1, '2027-08-05');
SELECT strict_one(1, NULL), strict_one(NULL, 1);
SELECT strict_one(NULL, 1);
SELECT drop_item(2, 5);
SELECT * FROM carts ORDER BY 1, 2;
SELECT * FROM totals ORDER BY 1;
SELECT * FROM parts ORDER BY 1, 2;
-- On nodes, with a schema for each copy.
-- cluster: SELECT 1 / (sum(result::int) = 10)::int FROM run_command_on_workers($$SELECT count(*) FROM pg_proc WHERE proname IN ('buy', 'cart', 'guarded', 'drop_item', 'empty_cart', 'day') AND pronamespace::regnamespace::text LIKE 'tangelo_call_%'$$)

-- In transactions.
BEGIN;
SELECT buy(5, 5);
SAVEPOINT s;
SELECT buy(5, 6);
SELECT buy(5, 99);
ROLLBACK TO s;
SELECT * FROM carts WHERE user_id = 5;
UPDATE carts SET amount = 1 WHERE user_id = 5;
SELECT * FROM cart(5);
SELECT guarded(5, 5, 1);
SELECT guarded(6, 5, 1);
INSERT INTO loose VALUES (2, 2);
COMMIT;
SELECT * FROM carts ORDER BY 1, 2;
BEGIN;
SELECT guarded(8, 1, 1);
SELECT guarded(9, 1, 1);
ROLLBACK;
BEGIN READ ONLY;
SELECT * FROM cart(5);
SELECT guarded(8, 1, 1);
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM cart(5);
SELECT guarded(5, 20, 1);
SELECT count(*) FROM cart(5);
COMMIT;

-- Prepared.
PREPARE c(int) AS SELECT * FROM cart($1);
EXECUTE c(5);
EXECUTE c(6);
EXECUTE c(NULL);
PREPARE g(int, numeric) AS SELECT guarded($1, 50, $2);
EXECUTE g(6, 1);
EXECUTE g(6, 1);
EXECUTE g(7, -1);
DEALLOCATE ALL;

-- Inside of others.
DO $$ DECLARE x numeric; BEGIN x := (buy(10, 1)).total; RAISE NOTICE '%', x; PERFORM guarded(10, 7, 1); END $$;
SELECT u, guarded(u, 60, 1) FROM generate_series(10, 12) u;
SELECT count(*) FROM carts WHERE user_id = 10;

-- What follows from changes of functions and tables.
CREATE OR REPLACE FUNCTION strict_one(p_user int, x int) RETURNS int STRICT LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM totals WHERE user_id = p_user) + x; END';
SELECT strict_one(1, 10);
ALTER TABLE totals ADD COLUMN more int DEFAULT 4;
SELECT strict_one(1, 10);
SELECT buy(1, 3);
SELECT * FROM totals WHERE user_id = 1;
ALTER TABLE carts RENAME TO baskets;
SELECT guarded(1, 3, 5);
SELECT strict_one(1, 10);
ALTER TABLE baskets RENAME TO carts;
SELECT guarded(1, 3, 5);
ALTER TABLE carts RENAME COLUMN note TO remark;
SELECT buy(1, 4);
SELECT * FROM cart(1);
ALTER TABLE carts RENAME COLUMN remark TO note;
TRUNCATE totals;
SELECT * FROM cart(1);
BEGIN;
CREATE OR REPLACE FUNCTION strict_one(p_user int, x int) RETURNS int LANGUAGE sql AS 'SELECT x';
SELECT strict_one(1, 5);
ROLLBACK;
SELECT strict_one(1, 5);
DROP TABLE totals;
SELECT strict_one(1, 5);
SELECT guarded(1, 70, 1);
CREATE TABLE totals (user_id int PRIMARY KEY, amount numeric, changes int DEFAULT 0);
SELECT strict_one(1, 5);
-- cluster: SELECT create_distributed_table('totals', 'user_id')
SELECT buy(1, 1);
SELECT strict_one(1, 5);
-- cluster: SELECT undistribute_table('totals')
SELECT strict_one(1, 5);
SELECT buy(1, 1);
DROP FUNCTION strict_one;
SELECT strict_one(1, 5);
DROP TABLE carts, totals, prices, loose, parts;
SELECT cart(1);
DROP FUNCTION buy, cart, cart_sql, drop_item, guarded, day;
DROP PROCEDURE empty_cart;
-- cluster: SELECT 1 / (sum(result::int) = 0)::int FROM run_command_on_workers($$SELECT count(*) FROM pg_proc WHERE proname IN ('buy', 'cart', 'guarded', 'drop_item', 'empty_cart', 'day') AND pronamespace::regnamespace::text LIKE 'tangelo_call_%'$$)
