-- Every kind of trigger on a distributed table: how often it fires, in which order, and what it is told.
CREATE TABLE users (id int PRIMARY KEY, name text, n int DEFAULT 0);
CREATE TABLE audit (seq serial, op text, tab text, sch text, rel text, trg text, lvl text, w text, o text, nw text);
CREATE FUNCTION aud() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    INSERT INTO audit(op,tab,sch,rel,trg,lvl,w) VALUES (TG_OP, TG_TABLE_NAME, TG_TABLE_SCHEMA, TG_RELID::regclass, TG_NAME, TG_LEVEL, TG_WHEN);
    RETURN NULL;
  END IF;
  INSERT INTO audit(op,tab,sch,rel,trg,lvl,w,o,nw) VALUES (TG_OP, TG_TABLE_NAME, TG_TABLE_SCHEMA, TG_RELID::regclass, TG_NAME, TG_LEVEL, TG_WHEN,
    CASE WHEN TG_OP <> 'INSERT' THEN OLD::text END, CASE WHEN TG_OP <> 'DELETE' THEN NEW::text END);
  IF TG_WHEN = 'AFTER' THEN RETURN NULL; END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  NEW.n := NEW.n + 1;
  RETURN NEW;
END $$;
-- cluster: SELECT create_distributed_table('users','id')
CREATE TRIGGER b_row BEFORE INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION aud();
CREATE TRIGGER a_row AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION aud();
CREATE TRIGGER b_st BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION aud();
CREATE TRIGGER a_st AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION aud();
INSERT INTO users VALUES (1,'a'),(2,'b'),(3,'c') RETURNING *;
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
UPDATE users SET name = name||'x' WHERE id = 2 RETURNING *;
UPDATE users SET n = 10;
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
SELECT * FROM users ORDER BY id;
UPDATE users SET id = id + 100 WHERE id < 3;
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
SELECT * FROM users ORDER BY id;
DELETE FROM users WHERE name LIKE 'b%';
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
COPY users FROM STDIN;
7	seven	1
8	eight	2
\.
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
DO $$ BEGIN UPDATE users SET name = 'do' WHERE id IN (7, 3); DELETE FROM users WHERE id = 8; INSERT INTO users VALUES (9,'nine'); END $$;
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
BEGIN;
UPDATE users SET name = 'z' WHERE id = 3;
SAVEPOINT a;
DELETE FROM users;
ROLLBACK TO a;
COMMIT;
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
SELECT * FROM users ORDER BY id;
TRUNCATE users;
SELECT op,tab,sch,rel,trg,lvl,w,o,nw FROM audit ORDER BY split_part(coalesce(o, nw), ',', 1), seq;
DELETE FROM audit;
SELECT count(*) FROM users;
CREATE OR REPLACE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'old % new % on %', OLD, NEW, TG_TABLE_NAME;
  IF NEW.n > 5 THEN
    RAISE EXCEPTION 'too big: %', NEW.n USING ERRCODE = 'P0009', HINT = 'less';
  END IF;
  RETURN NEW;
END; $$;
CREATE TRIGGER boom BEFORE UPDATE OF n ON users FOR EACH ROW WHEN (OLD.n IS DISTINCT FROM NEW.n) EXECUTE FUNCTION boom('x', 'y''z');
ALTER TABLE users DISABLE TRIGGER b_row;
INSERT INTO users VALUES (1,'a',1),(2,'b',2);
UPDATE users SET name = 'q';
UPDATE users SET n = 4 WHERE id = 1;
UPDATE users SET n = 6 WHERE id = 1;
SELECT * FROM users ORDER BY id;
DROP TRIGGER a_row ON users;
ALTER TABLE users DISABLE TRIGGER USER;
DELETE FROM audit;
UPDATE users SET n = 6;
INSERT INTO users VALUES (5,'e',5);
SELECT * FROM users ORDER BY id;
SELECT count(*) FROM audit;
ALTER TABLE users ENABLE TRIGGER ALL;
ALTER TRIGGER boom ON users RENAME TO boom2;
UPDATE users SET n = 1 WHERE id = 2;
-- ignore: origins
SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) ORDER BY 1;
DROP TABLE users; DROP TABLE audit; DROP FUNCTION aud(); DROP FUNCTION boom();
