-- INSERT ... ON CONFLICT that the coordinator runs (in a function, in WITH): the shell is empty and knows no conflict, so each row goes to its shard
-- by itself before it comes to the shell, and where it meets a row there, that row is updated. docs/decisions/0022-upserts-on-the-coordinator.md has the reasons.

-- The function that a context names: without its schema where that is in the search_path.
CREATE OR REPLACE FUNCTION tangelo_function(signature text, schemas name[]) RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT oid FROM (
        SELECT p.oid, format('%I(%s)', p.proname, replace(oidvectortypes(p.proargtypes), ', ', ',')) AS bare, n.nspname
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.proname = replace(trim('"' FROM (regexp_match(split_part(signature, '(', 1), '("(?:[^"]|"")*"|[^.]*)$'))[1]), '""', '"')) AS f
    WHERE signature = format('%I.%s', nspname, bare) OR signature = bare AND nspname = ANY (schemas)
    ORDER BY array_position(schemas, nspname) LIMIT 1;
$$;

-- The views over a table, and over those: an INSERT may come by one.
CREATE OR REPLACE FUNCTION tangelo_views_over(relation oid, schemas name[]) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE v (oid) AS (
        SELECT relation
        UNION
        SELECT r.ev_class FROM v JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid AND d.classid = 'pg_rewrite'::regclass AND d.deptype = 'n'
        JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_type = '1')
    SELECT jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname, 'place', coalesce(array_position(schemas, n.nspname), 0), 'definition', pg_get_viewdef(c.oid),
        'defaults', coalesce((SELECT jsonb_object_agg(a.attname, pg_get_expr(f.adbin, f.adrelid)) FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
            WHERE f.adrelid = c.oid), '{}')))
    FROM v JOIN pg_class c ON c.oid = v.oid AND c.relkind = 'v' JOIN pg_namespace n ON n.oid = c.relnamespace;
$$;

-- What the INSERT that is running says of conflicts, as the router reads it; null when it says nothing.
CREATE OR REPLACE FUNCTION tangelo_read_upsert(relation regclass, schemas name[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lc_messages = 'C' AS $$
DECLARE
    context text;
    frame text[];
    source text;
    texts text[];
    variables jsonb := '{}';
    found jsonb;
    number integer;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    context := tangelo_callers(context, 'tangelo_upsert_begin()');
    IF context = '' THEN
        source := tangelo_executed(current_query());
        texts := ARRAY[source];
    ELSIF context LIKE 'SQL statement "%' THEN
        -- The text may hold quotes and line ends itself: the router takes the first piece that is a statement.
        source := context;
        texts := ARRAY[substr(context, length('SQL statement "') + 1)];
        frame := regexp_match(context, E'"\\nPL/pgSQL function ([^\\n]*\\)) line ');
    ELSIF context LIKE 'SQL function "%' THEN
        frame := regexp_match(context, E'^SQL function "([^\\n]*)" statement (\\d+)');
        IF frame IS NULL THEN
            RETURN NULL;
        END IF;
        SELECT array_agg(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)), count(*),
            coalesce((array_agg((SELECT jsonb_object_agg(n, format_type(t, NULL)) FROM unnest(p.proargnames, p.proargtypes::oid[]) AS u(n, t) WHERE n <> '')))[1], '{}')
            INTO texts, number, variables
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE l.lanname = 'sql' AND p.proname = frame[1] AND (n.nspname = ANY (schemas) OR NOT EXISTS (
            SELECT FROM pg_proc o JOIN pg_namespace v ON v.oid = o.pronamespace WHERE o.proname = p.proname AND o.prolang = p.prolang AND v.nspname = ANY (schemas)));
        source := array_to_string(texts, ' ');
        IF source NOT ILIKE '%conflict%' THEN
            RETURN NULL;
        ELSIF number > 1 THEN
            RAISE EXCEPTION 'ON CONFLICT is not supported in SQL function "%" on distributed tables, as there are several functions of this name', frame[1] USING ERRCODE = '0A000',
                HINT = 'Give the function a name of its own, or write it in PL/pgSQL.';
        END IF;
        number := frame[2];
        frame := NULL;
    ELSE
        -- The query of a loop is not in the context. But the loop has just opened a portal for it; the numbers of portals grow. Of cursors only one can be told.
        frame := regexp_match(context, E'^PL/pgSQL function ([^\\n]*) line (\\d+) at ([^\\n]*)');
        IF frame IS NULL THEN
            RETURN NULL;
        END IF;
        IF frame[3] IN ('FOR over SELECT rows', 'FOR over EXECUTE statement') THEN
            SELECT statement INTO source FROM pg_cursors WHERE name ~ '^<unnamed portal [0-9]+>$' ORDER BY length(name) DESC, name DESC LIMIT 1;
        ELSE
            SELECT min(statement) INTO source FROM pg_cursors WHERE statement ILIKE '%insert%' AND statement <> current_query() HAVING count(*) = 1;
        END IF;
        IF source IS NULL THEN
            source := CASE WHEN frame[1] = 'inline_code_block' THEN current_query() ELSE (SELECT prosrc FROM pg_proc WHERE oid = tangelo_function(frame[1], schemas)) END;
            IF source IS NULL OR source ILIKE '%conflict%' THEN
                RAISE EXCEPTION 'ON CONFLICT is not supported where several cursors with INSERT are open on distributed tables' USING ERRCODE = '0A000',
                    HINT = 'Use INSERT by itself, with RETURNING ... INTO, or a loop over it.';
            END IF;
        END IF;
        texts := ARRAY[source];
    END IF;
    IF source NOT ILIKE '%conflict%' THEN
        -- A rule's action is not in the text.
        IF NOT EXISTS (
            SELECT FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND r.ev_type <> '1'
              AND pg_get_ruledef(r.oid) ILIKE '%on conflict%') THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'ON CONFLICT is not supported in rules on distributed tables' USING ERRCODE = '0A000';
    END IF;
    IF frame IS NOT NULL AND frame[1] LIKE '%)' THEN
        SELECT coalesce(jsonb_object_agg(n, format_type(t, NULL)), '{}') INTO variables
        FROM pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) AS u(n, t) WHERE p.oid = tangelo_function(frame[1], schemas) AND n <> '';
    END IF;
    SELECT (SELECT answer FROM tangelo_call('read_upsert', jsonb_build_object(
        'texts', texts, 'statement', number, 'variables', variables,
        'execution', CASE WHEN context = '' AND source <> current_query() THEN (
            SELECT jsonb_build_object('text', current_query(), 'types', parameter_types::text[]) FROM pg_prepared_statements WHERE statement = source LIMIT 1) END,
        'schema', n.nspname, 'table', c.relname, 'views', tangelo_views_over(relation, schemas),
        'columns', (SELECT jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, atttypmod), 'base', format_type(atttypid, NULL)) ORDER BY attnum)
            FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped))) AS answer) INTO found
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation;
    RETURN found;
END $$;

-- The parameters of the client's that the INSERT which is running names in its clause.
CREATE OR REPLACE FUNCTION tangelo_keep_parameters(parameters text[]) RETURNS boolean
LANGUAGE sql VOLATILE AS $$ SELECT pg_catalog.set_config('tangelo.parameters', parameters::pg_catalog.text, true) IS NOT NULL $$;

-- The condition for rows that are in the way of row $1 by an index.
CREATE OR REPLACE FUNCTION tangelo_conflict_condition(index oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '(' || string_agg(
        CASE WHEN k.attribute > 0 THEN
            CASE WHEN distinct_nulls THEN format('%1$I OPERATOR(%2$I.%3$s) ($1).%1$I', a.attname, k.operator_schema, k.operator)
            ELSE format('(%1$I OPERATOR(%2$I.%3$s) ($1).%1$I OR %1$I IS NULL AND ($1).%1$I IS NULL)', a.attname, k.operator_schema, k.operator) END
        ELSE format('(%s) OPERATOR(%I.%s) (SELECT %s FROM (SELECT ($1).*) AS tangelo_new)', pg_get_indexdef(index, k.n, false), k.operator_schema, k.operator, pg_get_indexdef(index, k.n, false)) END,
        ' AND ' ORDER BY k.n)
        || CASE WHEN min(predicate) IS NOT NULL THEN format(' AND (%s) AND (SELECT %s FROM (SELECT ($1).*) AS tangelo_new)', min(predicate), min(predicate)) ELSE '' END || ')'
    FROM (
        SELECT i.indrelid, u.n::integer AS n, u.attribute, op.oprname AS operator, n.nspname AS operator_schema,
            pg_get_expr(i.indpred, i.indrelid) AS predicate, NOT coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS distinct_nulls
        FROM pg_index i
        CROSS JOIN LATERAL unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u(attribute, n)
        JOIN pg_opclass c ON c.oid = i.indclass[u.n - 1]
        LEFT JOIN pg_constraint x ON x.conindid = i.indexrelid AND x.contype = 'x'
        JOIN pg_operator op ON op.oid = coalesce(x.conexclop[u.n], (SELECT amopopr FROM pg_amop
            WHERE amopfamily = c.opcfamily AND amopstrategy = 3 AND amoplefttype = c.opcintype AND amoprighttype = c.opcintype))
        JOIN pg_namespace n ON n.oid = op.oprnamespace
        WHERE i.indexrelid = index) AS k
    LEFT JOIN pg_attribute a ON a.attrelid = k.indrelid AND a.attnum = k.attribute;
$$;

-- INSERTs of a table that are open, innermost last: what each says of conflicts, or null. They stand in a setting, so that a subtransaction that fails
-- takes its own along. Only what holds expressions of the user's runs with the rights and the search_path of the user.
CREATE OR REPLACE FUNCTION tangelo_upsert_begin() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    setting text := 'tangelo.upsert' || TG_RELID;
    opened jsonb := coalesce(nullif(current_setting(setting, true), ''), '[]');
    clause jsonb := pg_catalog.tangelo_read_upsert(TG_RELID, current_schemas(true));
    plan jsonb;
BEGIN
    IF clause IS NULL AND opened = '[]' THEN
        RETURN NULL;
    END IF;
    IF clause ->> 'target' <> '' THEN
        EXECUTE format('EXPLAIN (FORMAT JSON) INSERT INTO %s AS %I DEFAULT VALUES ON CONFLICT %s DO NOTHING', coalesce(clause ->> 'relation', TG_RELID::regclass::text), clause ->> 'alias', clause ->> 'target') INTO plan;
        clause := clause || pg_catalog.tangelo_upsert_arbiters(TG_RELID, plan #> '{0,Plan,Conflict Arbiter Indexes}');
    END IF;
    IF clause IS NOT NULL THEN
        PERFORM pg_catalog.tangelo_check_upsert(TG_RELID, clause);
        clause := clause || pg_catalog.tangelo_upsert_ways(TG_RELID, clause);
        -- Its rows go to their shards before PostgreSQL looks at policies.
        IF pg_catalog.tangelo_policies_tell(TG_RELID) THEN
            PERFORM pg_catalog.tangelo_tell_settings();
        END IF;
    END IF;
    PERFORM set_config(setting, (opened || jsonb_build_array(clause))::text, true);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tangelo_upsert_arbiters(relation oid, indexes jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    arbiters jsonb := (SELECT jsonb_agg(i.indexrelid::bigint) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = relation AND indexes ? c.relname);
BEGIN
    IF arbiters IS NULL OR EXISTS (SELECT FROM jsonb_array_elements_text(arbiters) a WHERE tangelo_calls_users(a::oid)) OR EXISTS (
        SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = ANY (i.indkey::smallint[]) AND a.attgenerated <> ''
        WHERE i.indrelid = relation AND indexes ? c.relname) THEN
        RAISE EXCEPTION 'ON CONFLICT over this index of distributed table "%" is not supported on the coordinator', relation::regclass USING ERRCODE = '0A000',
            HINT = 'Send the INSERT by itself.';
    END IF;
    RETURN jsonb_build_object('arbiters', arbiters);
END $$;

-- True for an index with functions or operators that are not PostgreSQL's: they must not be called with Tangelo's rights.
CREATE OR REPLACE FUNCTION tangelo_calls_users(index oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = index AND refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass));
$$;

-- The condition for rows that are in the way of row $1, or null. The clause is read from a setting, which anybody may write: of it only numbers count.
CREATE OR REPLACE FUNCTION tangelo_upsert_condition(relation oid, clause jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(tangelo_conflict_condition(indexrelid), ' OR ' ORDER BY indexrelid) FROM pg_index
    WHERE indrelid = relation AND clause -> 'arbiters' @> to_jsonb(indexrelid::bigint) AND NOT tangelo_calls_users(indexrelid);
$$;

-- Sends a row to its shard. NULL leaves it out, as DO NOTHING does; a row that is in the way is left to tangelo_upsert_update.
CREATE OR REPLACE FUNCTION tangelo_upsert_send() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    clause jsonb := current_setting('tangelo.upsert' || TG_RELID)::jsonb -> -1;
    condition text;
    sql text;
    number bigint;
BEGIN
    IF jsonb_typeof(clause) IS DISTINCT FROM 'object' THEN
        RETURN NEW;
    END IF;
    IF clause ? 'hidden' THEN
        PERFORM pg_catalog.tangelo_end_conflict(TG_RELID, false);
    END IF;
    SELECT format('INSERT INTO pg_catalog.tangelo_%s (%s) VALUES (%s)', TG_RELID, pg_catalog.tangelo_writable_columns(TG_RELID),
        string_agg(format('($1).%I', attname), ', ' ORDER BY attnum)) INTO sql
    FROM pg_catalog.pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE sql || ' ON CONFLICT DO NOTHING' USING NEW;
    GET DIAGNOSTICS number = ROW_COUNT;
    IF number = 1 THEN
        IF clause ? 'noted' THEN
            PERFORM pg_catalog.tangelo_note_upserted(TG_RELID, NEW::text);
        END IF;
        RETURN NEW;
    END IF;
    condition := pg_catalog.tangelo_upsert_condition(TG_RELID, clause);
    IF condition IS NULL THEN
        RETURN NULL;
    END IF;

    EXECUTE format('SELECT 1 FROM %s WHERE %s', TG_RELID::regclass, condition) || CASE WHEN clause ? 'set' THEN ' FOR UPDATE' ELSE '' END INTO number USING NEW;
    IF number IS NULL THEN
        -- Another index is in the way, and says so; or the row has gone meanwhile.
        EXECUTE sql USING NEW;
        RETURN NEW;
    ELSIF NOT clause ? 'set' THEN
        RETURN NULL;
    END IF;

    EXECUTE CASE WHEN clause ? 'noted' THEN format('SELECT 1 FROM (SELECT (row_text::%s).* FROM pg_catalog.tangelo_noted_rows(%s) row_text) AS noted WHERE %s',
            TG_RELID::regclass, TG_RELID, condition)
        ELSE format('SELECT 1 FROM ONLY %s WHERE %s', TG_RELID::regclass, condition) END INTO number USING NEW;
    IF number IS NOT NULL THEN
        RAISE EXCEPTION 'ON CONFLICT DO UPDATE command cannot affect row a second time' USING ERRCODE = '21000',
            HINT = 'Ensure that no rows proposed for insertion within the same command have duplicate constrained values.';
    END IF;
    PERFORM set_config('tangelo.conflicting', TG_RELID::text, true);
    RETURN NEW;
END $$;

-- Only this trigger writes what triggers are hidden by.
CREATE OR REPLACE FUNCTION tangelo_upsert_sent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('tangelo.upsert' || TG_RELID)::jsonb -> -1 ? 'hidden' THEN
        INSERT INTO tangelo_conflicting VALUES (TG_RELID, tangelo_upsert_level(TG_RELID));
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION tangelo_upsert_update() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    clause jsonb := current_setting('tangelo.upsert' || TG_RELID)::jsonb -> -1;
    source text := format('(%s) AS %I, (%s) AS excluded', coalesce(clause ->> 'existing', 'SELECT ($2).*'), clause ->> 'alias', coalesce(clause ->> 'proposed', 'SELECT ($1).*'));
    condition text := pg_catalog.tangelo_upsert_condition(TG_RELID, clause);
    computed text;
    assignments text;
    sql text;
    existing record;
    number bigint;
    outer_update text := coalesce(current_setting('tangelo.upsert_update', true), '');
BEGIN
    PERFORM set_config('tangelo.conflicting', '', true), set_config('tangelo.upsert_update', format('%s:%s', TG_RELID, pg_trigger_depth()), true);
    EXECUTE format('SELECT tangelo_row FROM %s AS tangelo_row WHERE %s', TG_RELID::regclass, condition) INTO existing USING NEW;
    IF clause ? 'calls' THEN
        -- postgres_fdw would call functions whose results it sends under a search_path of its own.
        SELECT string_agg(format('(%s) AS %I', s ->> 'value', 'tangelo_c' || n), ', ') FILTER (WHERE NOT s ? 'plain'),
            string_agg(format('%I = %s', s ->> 'column', CASE WHEN s ? 'plain' THEN s ->> 'value' ELSE format('tangelo_values.%I', 'tangelo_c' || n) END), ', ') INTO computed, assignments
        FROM jsonb_array_elements(clause -> 'set') WITH ORDINALITY AS u(s, n);
        sql := format('WITH tangelo_values AS MATERIALIZED (SELECT %s FROM %s%s) UPDATE %s AS tangelo_row SET %s FROM tangelo_values', computed, source,
            coalesce(' WHERE ' || (clause ->> 'where'), ''), TG_RELID::regclass, assignments);
    ELSE
        SELECT string_agg(CASE WHEN s ? 'plain' THEN format('%I = %s', s ->> 'column', s ->> 'value')
            ELSE format('%I = (SELECT %s FROM %s)', s ->> 'column', s ->> 'value', source) END, ', ') INTO assignments
        FROM jsonb_array_elements(clause -> 'set') AS s;
        sql := format('UPDATE %s AS tangelo_row SET %s', TG_RELID::regclass, assignments);
        condition := condition || coalesce(' AND (SELECT ' || (clause ->> 'where') || ' FROM ' || source || ')', '');
    END IF;
    EXECUTE format('%s WHERE %s RETURNING tangelo_row.*', sql, condition)
        INTO existing USING NEW, existing.tangelo_row;
    GET DIAGNOSTICS number = ROW_COUNT;
    PERFORM set_config('tangelo.upsert_update', outer_update, true);
    IF number = 0 THEN
        RETURN NULL;
    END IF;
    IF clause ? 'noted' THEN
        PERFORM pg_catalog.tangelo_note_upserted(TG_RELID, existing::text);
    END IF;
    IF clause ? 'hidden' THEN
        PERFORM set_config('tangelo.upsert_updated', TG_RELID::text, true);
    END IF;
    RETURN existing;
END $$;

CREATE OR REPLACE FUNCTION tangelo_upsert_level(relation oid) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT jsonb_array_length(nullif(current_setting('tangelo.upsert' || relation, true), '')::jsonb) $$;

-- Ends what tangelo_upsert_begin has begun; true when the rows are on their shards already.
CREATE OR REPLACE FUNCTION tangelo_upsert_end(relation oid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    setting text := 'tangelo.upsert' || relation;
    opened jsonb := nullif(current_setting(setting, true), '');
BEGIN
    IF opened IS NULL THEN
        RETURN false;
    END IF;
    IF coalesce(opened -> -1 ? 'hidden', false) THEN
        PERFORM tangelo_end_conflict(relation, opened -> -1 ? 'noted');
    END IF;
    PERFORM set_config(setting, CASE WHEN jsonb_array_length(opened) > 1 THEN (opened - -1)::text ELSE '' END, true);
    RETURN jsonb_typeof(opened -> -1) = 'object';
END $$;
