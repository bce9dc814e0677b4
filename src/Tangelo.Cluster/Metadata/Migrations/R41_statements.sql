-- An UPDATE or DELETE that a function begins: its WITH queries, and STABLE functions that it calls, see what was there before it. The router is told where it
-- begins: the cursors that postgres_fdw opens for the statement itself have lower numbers than the one that tells. docs/decisions/0029-statements-of-functions.md has the reasons.

-- What the running statement is made of: {"stable", "reads"}; null for the client's own statement, and for one that reads nothing but the rows that it changes. Rows of
-- partitions are read while others are changed; a target that the text does not name is behind a view.
DROP FUNCTION IF EXISTS tangelo_statement_facts();
CREATE OR REPLACE FUNCTION tangelo_statement_facts(target name, has_parts boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' AS $$
DECLARE
    context text;
    frame text[];
    source text;
    called name[];
    reads boolean;
    stable boolean;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    context := tangelo_callers(context, 'tangelo_statement_begins()');
    IF context = '' OR context LIKE 'SQL statement "DELETE FROM ONLY %' THEN
        RETURN NULL;
    ELSIF context LIKE 'SQL statement "%' THEN
        source := substr(context, 15, coalesce(nullif(strpos(context, E'"\nPL/pgSQL function '), 0), length(context)) - 15);
    ELSE
        frame := regexp_match(context, E'^(?:SQL|PL/pgSQL) function "?(inline_code_block|[^\\n"(]*)');
        source := CASE WHEN frame[1] = 'inline_code_block' THEN current_query()
            ELSE (SELECT string_agg(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), ' ') FROM pg_proc p WHERE p.proname = (regexp_match(frame[1], '[^.]*$'))[1]) END;
    END IF;
    source := coalesce(source, '');
    reads := source ~* E'\\m(with|select|using)\\M' OR source ~* E'\\mupdate\\M.*\\mfrom\\M' OR strpos(lower(source), lower(target)) = 0;
    called := tangelo_called_names(source);
    stable := (SELECT bool_and(provolatile <> 'v') FROM pg_proc
        WHERE proname = ANY (called) AND pronamespace <> 'pg_catalog'::regnamespace AND prokind IN ('f', 'p'));
    RETURN CASE WHEN reads OR has_parts OR stable IS NOT NULL THEN jsonb_build_object('stable', coalesce(stable, false), 'reads', reads) END;
END $$;

CREATE OR REPLACE FUNCTION tangelo_statement_begins() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    facts jsonb := tangelo_statement_facts(TG_TABLE_NAME, (SELECT relkind = 'p' OR relispartition FROM pg_class WHERE oid = TG_RELID));
BEGIN
    IF facts IS NOT NULL THEN
        PERFORM tangelo_call('statement_begins', facts);
    END IF;
    RETURN NULL;
END $$;

-- UPDATE of a partition by its own name must not move rows to others, and rights and policies are those of the table that a statement names: the router is told while one
-- runs that names a partition. One of the whole table, or of another partition, may run inside of it. The statements that are open stand in a setting, so that a subtransaction that fails takes its own along.
CREATE OR REPLACE FUNCTION tangelo_update_is_named() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    opened jsonb := coalesce(nullif(current_setting('tangelo.named_updates', true), ''), '[]');
BEGIN
    IF TG_WHEN = 'AFTER' AND TG_OP = 'UPDATE' THEN
        PERFORM tangelo_require_moved(pg_trigger_depth() - 1);
    END IF;
    IF opened = '[]' AND (TG_WHEN = 'AFTER' OR NOT (SELECT relispartition FROM pg_class WHERE oid = TG_RELID)) THEN
        RETURN NULL;
    END IF;
    opened := CASE WHEN TG_WHEN = 'AFTER' THEN opened - -1 ELSE opened || to_jsonb(TG_RELID::bigint) END;
    PERFORM set_config('tangelo.named_updates', opened::text, true);
    PERFORM tangelo_call('named_update', jsonb_build_object('relation', opened -> -1));
    RETURN NULL;
END $$;

-- The triggers of partitioned tables and of partitions, and the statistics of these. There may be many: what ALTER would do is one change for all.
CREATE OR REPLACE FUNCTION tangelo_attach_to_partitions(relations oid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET tangelo.converting = 'on' SET session_replication_role = replica SET allow_system_table_mods = on AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT c.oid::regclass AS relation, t.*
        FROM pg_class c, (VALUES
            ('tangelo_upsert_other', 'BEFORE UPDATE OR DELETE', 'tangelo_statement_begins'),
            ('tangelo_upsert_named', 'BEFORE INSERT OR UPDATE OR DELETE', 'tangelo_update_is_named'),
            ('tangelo_upsert_named_end', 'AFTER INSERT OR UPDATE OR DELETE', 'tangelo_update_is_named')) AS t (name, event, function)
        WHERE c.oid = ANY (relations) AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = t.name)
    LOOP
        EXECUTE format('CREATE TRIGGER %I %s ON %s FOR EACH STATEMENT EXECUTE FUNCTION %I()', r.name, r.event, r.relation, r.function);
    END LOOP;
    UPDATE pg_trigger SET tgenabled = 'A' WHERE tgrelid = ANY (relations) AND tgname IN ('tangelo_upsert_other', 'tangelo_upsert_named', 'tangelo_upsert_named_end');
    PERFORM tangelo_create_looks(ARRAY(SELECT oid FROM pg_class WHERE oid = ANY (relations) AND relkind = 'f'));
    PERFORM tangelo_stage_partitions(relations);
    UPDATE pg_class SET relname = relname WHERE oid = ANY (relations);
END $$;

-- Only Tangelo hangs them to tables.
REVOKE EXECUTE ON FUNCTION tangelo_statement_begins(), tangelo_update_is_named(), tangelo_attach_to_partitions(oid[]) FROM public;
