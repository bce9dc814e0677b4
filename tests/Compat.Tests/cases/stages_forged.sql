-- Nobody but Tangelo's own triggers writes to the stages of deferred triggers, whatever stands in a context.
CREATE TABLE p (id int, b int) PARTITION BY RANGE (b);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
-- cluster: SELECT create_distributed_table('p', 'id')
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% %', TG_OP, NEW; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER c1 AFTER INSERT OR UPDATE ON p DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
-- differs: [42939] the name is reserved
CREATE FUNCTION tangelo_defer() RETURNS void LANGUAGE sql AS 'SELECT';
CREATE FUNCTION other() RETURNS void LANGUAGE sql AS 'SELECT';
-- differs: [42939] the same
ALTER FUNCTION other() RENAME TO tangelo_stage_fire;
CREATE FUNCTION stage() RETURNS text LANGUAGE sql AS $$
  SELECT format('pg_catalog.tangelo_stage_ci%s_%s', (SELECT oid FROM pg_trigger WHERE tgrelid = 'p'::regclass AND tgname = 'c1'), 'p_1'::regclass::oid) $$;
-- differs: [42501] there is no such function in PostgreSQL
DO $$ BEGIN
  EXECUTE format(E'SELECT pg_catalog.tangelo_defer_begin(%L) /*"\nPL/pgSQL function tangelo_defer() line 3 at assignment */', stage());
END $$;
-- differs: [42501] the same
DO $$ BEGIN
  EXECUTE format(E'SELECT pg_catalog.tangelo_defer_begin(%L) "\nPL/pgSQL function tangelo_defer() line 3 at assignment\n"', stage());
END $$;
-- differs: [42501] the same
DO $$ DECLARE y boolean; BEGIN y := pg_catalog.tangelo_defer_begin(stage()::regclass); END $$;
-- differs: [42501] the same
SELECT pg_catalog.tangelo_begin_stage('p'::regclass, 'u');
INSERT INTO p VALUES (1, 1);
UPDATE p SET b = 2;
