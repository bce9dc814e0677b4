-- What clients see of the system catalogs. For every catalog that can show something of Tangelo's, schema pg_tangelo has a
-- function of the same name that returns its rows without it; the router reads these in the catalogs' place. They are inlined, so
-- indexes are used, and unlike views they work under restrict_nonsystem_relation_kind, which pg_dump sets. System views and the
-- views of information_schema are made anew from their own definitions over the filtered catalogs, so they fit the server's version.
-- The schema's name begins with pg_ so that tools which come past the router take it for PostgreSQL's own.

DELETE FROM tangelo_own_object WHERE (classid, objid) IN (
    SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = to_regnamespace('pg_tangelo')
    UNION ALL
    SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = to_regnamespace('pg_tangelo')
    UNION ALL
    SELECT 'pg_namespace'::regclass, to_regnamespace('pg_tangelo'));
DROP SCHEMA IF EXISTS pg_tangelo CASCADE;
CREATE SCHEMA pg_tangelo;
GRANT USAGE ON SCHEMA pg_tangelo TO public;

-- The hidden rows of one catalog, by OID. In pg_catalog: what is called tangelo_...; elsewhere: what tangelo_own_object lists, and
-- the shards on the coordinator with all that belongs to them.
-- The pg_dist_ and citus_ objects of pg_catalog stay visible there, as PostgreSQL's own are.
CREATE OR REPLACE FUNCTION tangelo_hidden(catalog regclass) RETURNS SETOF oid LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
    IF catalog = 'pg_catalog.pg_class'::regclass THEN
        RETURN QUERY
            WITH hidden AS MATERIALIZED (
                SELECT relation AS objid FROM pg_catalog.tangelo_coordinator_shard
                UNION ALL
                SELECT oid FROM pg_catalog.pg_class
                WHERE relname >= 'tangelo_' AND relname < 'tangelo`' AND relnamespace = 11 AND oid >= 16384)
            SELECT objid FROM pg_catalog.tangelo_own_object WHERE classid = 'pg_catalog.pg_class'::regclass
            UNION ALL
            SELECT objid FROM hidden
            UNION ALL
            SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid IN (SELECT objid FROM hidden)
            UNION ALL
            SELECT t.oid FROM hidden JOIN pg_catalog.pg_class c ON c.oid = objid JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
            UNION ALL
            SELECT i.indexrelid FROM hidden JOIN pg_catalog.pg_class c ON c.oid = objid
            JOIN pg_catalog.pg_index i ON i.indrelid = c.reltoastrelid;
    ELSIF catalog = 'pg_catalog.pg_type'::regclass THEN
        RETURN QUERY
            SELECT objid FROM pg_catalog.tangelo_own_object WHERE classid = 'pg_catalog.pg_type'::regclass
            UNION ALL
            SELECT t.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type r ON r.oid = c.reltype
            JOIN pg_catalog.pg_type t ON t.oid IN (r.oid, r.typarray)
            WHERE c.oid IN (SELECT pg_catalog.tangelo_hidden('pg_catalog.pg_class'));
    ELSIF catalog = 'pg_catalog.pg_proc'::regclass THEN
        RETURN QUERY
            SELECT oid FROM pg_catalog.pg_proc
            WHERE proname >= 'tangelo_' AND proname < 'tangelo`' AND pronamespace = 11 AND oid >= 16384
            UNION ALL
            SELECT objid FROM pg_catalog.tangelo_own_object WHERE classid = 'pg_catalog.pg_proc'::regclass
            UNION ALL
            SELECT d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.tangelo_own_object h
            ON h.classid = 'pg_catalog.pg_extension'::regclass AND d.refclassid = h.classid AND d.refobjid = h.objid
            WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'e';
    ELSIF catalog = 'pg_catalog.pg_statistic_ext'::regclass THEN
        RETURN QUERY SELECT oid FROM pg_catalog.pg_statistic_ext WHERE stxname >= 'tangelo_' AND stxname < 'tangelo`' AND stxnamespace = 11;
    ELSIF catalog = 'pg_catalog.pg_trigger'::regclass THEN
        RETURN QUERY SELECT oid FROM pg_catalog.pg_trigger WHERE tgfoid IN (SELECT pg_catalog.tangelo_hidden('pg_catalog.pg_proc'));
    ELSIF catalog = 'pg_catalog.pg_namespace'::regclass THEN
        -- Schema citus shows when a user has put something into it: pg_dump needs the schema of whatever it sees.
        RETURN QUERY
            SELECT o.objid FROM pg_catalog.tangelo_own_object o WHERE o.classid = catalog AND (o.objid <> to_regnamespace('citus') OR NOT (
                EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = o.objid)
                OR EXISTS (SELECT FROM pg_catalog.pg_proc WHERE pronamespace = o.objid)
                OR EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typnamespace = o.objid AND NOT EXISTS (
                    SELECT FROM pg_catalog.tangelo_own_object h WHERE h.classid = 'pg_catalog.pg_type'::regclass AND h.objid = t.oid))));
    ELSE
        RETURN QUERY SELECT objid FROM pg_catalog.tangelo_own_object WHERE classid = catalog;
    END IF;
END $$;

DO $$
BEGIN
    -- It reads views itself. Servers before 15.8 do not know the setting.
    IF EXISTS (SELECT FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind') THEN
        ALTER FUNCTION tangelo_hidden(regclass) SET restrict_nonsystem_relation_kind = '';
    END IF;
END $$;

-- The same for all catalogs whose objects others refer to by class and OID.
CREATE OR REPLACE FUNCTION tangelo_hidden_reference() RETURNS TABLE (classid oid, objid oid) LANGUAGE sql STABLE ROWS 500 AS $$
    SELECT c.catalog::oid, h.oid
    FROM unnest('{pg_catalog.pg_class, pg_catalog.pg_type, pg_catalog.pg_proc, pg_catalog.pg_trigger, pg_catalog.pg_namespace,
        pg_catalog.pg_extension, pg_catalog.pg_foreign_data_wrapper, pg_catalog.pg_foreign_server,
        pg_catalog.pg_event_trigger, pg_catalog.pg_statistic_ext}'::regclass[]) AS c(catalog),
    pg_catalog.tangelo_hidden(c.catalog) AS h(oid)
$$;

DO $$
DECLARE
    -- Below 16384: pg_dump takes an extension there for one that every server has.
    citus_extension constant oid := 16383;
    materialized constant text := 'EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = b.oid AND w.rulename = ''_RETURN'')';
    catalog record;
    system_view record;
    columns text;
    definition text;
    names text[] := '{}';
BEGIN
    FOR catalog IN
        SELECT * FROM (VALUES
            ('pg_class', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_type', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_type''))'),
            ('pg_proc', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_proc''))'),
            ('pg_namespace', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_namespace''))'),
            ('pg_extension', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_extension''))'),
            ('pg_foreign_data_wrapper', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_foreign_data_wrapper''))'),
            ('pg_foreign_server', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_foreign_server''))'),
            ('pg_event_trigger', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_event_trigger''))'),
            ('pg_user_mapping', 'b.umserver NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_foreign_server''))'),
            ('pg_cast', 'b.castsource NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_type''))'),
            ('pg_enum', 'b.enumtypid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_type''))'),
            ('pg_attribute', 'b.attrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_attrdef', 'b.adrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_index', 'b.indrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_constraint', 'b.conrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_foreign_table', 'b.ftrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'
                || ' AND b.ftrelid NOT IN (SELECT logicalrelid FROM pg_catalog.pg_dist_partition)'),
            ('pg_sequence', 'b.seqrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_rewrite', 'b.ev_class NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_policy', 'b.polname <> ''~tangelo_settings'' AND b.polrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_publication_rel', 'b.prrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_statistic', 'b.starelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_statistic_ext', 'b.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_statistic_ext''))'
                || ' AND b.stxrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_inherits', 'b.inhrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_trigger', 'b.tgfoid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_proc''))'
                || ' AND b.tgrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))'),
            ('pg_depend', '(b.classid, b.objid) NOT IN (SELECT * FROM pg_catalog.tangelo_hidden_reference())'
                || ' AND (b.refclassid, b.refobjid) NOT IN (SELECT * FROM pg_catalog.tangelo_hidden_reference())'),
            ('pg_shdepend', '(b.dbid, b.classid, b.objid) NOT IN (SELECT d.oid, h.* FROM pg_catalog.tangelo_hidden_reference() h, '
                || 'pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())'),
            ('pg_description', '(b.classoid, b.objoid) NOT IN (SELECT * FROM pg_catalog.tangelo_hidden_reference())'),
            -- The defaults of settings that R49_settings.sql gives the database.
            ('pg_db_role_setting', 'NOT (b.setrole = 0 AND b.setdatabase <> 0 AND b.setconfig <@ ARRAY(SELECT s.name || ''='' || s.boot FROM pg_catalog.tangelo_setting s))'),
            ('pg_init_privs', '(b.classoid, b.objoid) NOT IN (SELECT * FROM pg_catalog.tangelo_hidden_reference())')
        ) AS v(name, condition)
    LOOP
        -- What Tangelo changes at a shell: that it has a trigger and a child, and that foreign keys are not checked there.
        SELECT string_agg(CASE
                WHEN catalog.name = 'pg_class' AND attname = 'relhastriggers' THEN
                    '(b.relhastriggers AND EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = b.oid '
                    || 'AND t.tgfoid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_proc'')))) AS relhastriggers'
                WHEN catalog.name = 'pg_class' AND attname = 'reloptions' THEN
                    'CASE WHEN b.reloptions @> ''{autovacuum_analyze_threshold=2147483647}'' THEN nullif(pg_catalog.array_remove(b.reloptions, '
                    || '''autovacuum_analyze_threshold=2147483647''), ''{}'') ELSE b.reloptions END AS reloptions'
                -- A partition is a foreign table here, and a materialized view a table.
                WHEN catalog.name = 'pg_class' AND attname = 'relkind' THEN
                    'CASE WHEN b.relkind = ''f'' AND EXISTS (SELECT FROM pg_catalog.pg_dist_partition p WHERE p.logicalrelid = b.oid) '
                    || 'THEN ''r''::"char" WHEN b.relkind = ''r'' AND ' || materialized || ' THEN ''m''::"char" WHEN b.relkind = ''I'' AND EXISTS ('
                    || 'SELECT FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class f ON f.oid = x.indrelid AND f.relkind = ''f'' WHERE x.indexrelid = b.oid) '
                    || 'THEN ''i''::"char" ELSE b.relkind END AS relkind'
                WHEN catalog.name = 'pg_class' AND attname = 'relhasrules' THEN
                    '(b.relhasrules OR b.relkind = ''r'' AND ' || materialized || ') AS relhasrules'
                WHEN catalog.name = 'pg_class' AND attname = 'relam' THEN
                    'CASE WHEN b.relkind = ''f'' AND EXISTS (SELECT FROM pg_catalog.pg_dist_partition p WHERE p.logicalrelid = b.oid) '
                    || 'THEN 2::pg_catalog.oid ELSE b.relam END AS relam'
                WHEN catalog.name = 'pg_class' AND attname = 'relhassubclass' THEN
                    '(b.relhassubclass AND (b.relkind IN (''p'', ''I'') OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = b.oid '
                    || 'AND i.inhrelid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.pg_class''))))) AS relhassubclass'
                WHEN catalog.name = 'pg_trigger' AND attname = 'tgtype' THEN
                    'CASE WHEN b.tgtype < 128 THEN b.tgtype ELSE pg_catalog.tangelo_trigger_type(b.tgtype) END AS tgtype'
                WHEN catalog.name = 'pg_trigger' AND attname IN ('tgoldtable', 'tgnewtable') THEN
                    format('CASE WHEN b.tgtype < 8192 THEN b.%1$s ELSE (SELECT x.%2$s FROM pg_catalog.tangelo_transition_table x WHERE x.trigger = b.oid) END AS %1$s',
                        attname, CASE attname WHEN 'tgoldtable' THEN 'old_table' ELSE 'new_table' END)
                WHEN catalog.name = 'pg_trigger' AND attname = 'tgenabled' THEN
                    'CASE WHEN b.tgenabled = ''D'' AND b.tgisinternal AND b.tgconstraint <> 0 AND EXISTS (SELECT FROM pg_catalog.pg_dist_partition p '
                    || 'JOIN pg_catalog.pg_constraint k ON p.logicalrelid IN (k.conrelid, k.confrelid) WHERE k.oid = b.tgconstraint) THEN ''O''::"char" ELSE b.tgenabled END AS tgenabled'
                WHEN catalog.name = 'pg_db_role_setting' AND attname = 'setconfig' THEN
                    'CASE WHEN b.setrole = 0 AND b.setdatabase <> 0 THEN ARRAY(SELECT c FROM pg_catalog.unnest(b.setconfig) c '
                    || 'WHERE c NOT IN (SELECT s.name || ''='' || s.boot FROM pg_catalog.tangelo_setting s)) ELSE b.setconfig END AS setconfig'
                ELSE 'b.' || quote_ident(attname) END, ', ' ORDER BY attnum)
            INTO columns
            FROM pg_attribute
            WHERE attrelid = ('pg_catalog.' || catalog.name)::regclass AND attnum > 0 AND NOT attisdropped;
        definition := format('SELECT %s FROM pg_catalog.%I b WHERE %s', columns, catalog.name, catalog.condition);
        definition := definition || CASE catalog.name
            WHEN 'pg_extension' THEN format(
                ' UNION ALL SELECT %s::oid, ''citus''::name, 10::oid, 11::oid, false, ''13.2-1'', NULL::oid[], NULL::text[] WHERE pg_catalog.tangelo_has_extension()', citus_extension)
            WHEN 'pg_description' THEN format(
                ' UNION ALL SELECT %s::oid, ''pg_catalog.pg_extension''::regclass::oid, 0, ''Citus distributed database''
                    WHERE pg_catalog.tangelo_has_extension()', citus_extension)
            WHEN 'pg_depend' THEN (
                SELECT string_agg(format(
                    ' UNION ALL SELECT ''pg_catalog.%1$s''::regclass::oid, m.oid, 0, ''pg_catalog.pg_extension''::regclass::oid, %3$s::oid, 0, ''e''::"char"'
                    || ' FROM pg_catalog.%1$s m WHERE pg_catalog.tangelo_has_extension() AND m.oid >= 16384 AND m.%2$s = 11'
                    || ' AND m.oid NOT IN (SELECT pg_catalog.tangelo_hidden(''pg_catalog.%1$s''))%4$s', member, namespace, citus_extension, kind), '')
                FROM (VALUES
                    ('pg_class', 'relnamespace', ' AND m.relkind IN (''r'', ''v'', ''S'')'),
                    ('pg_proc', 'pronamespace', ''),
                    ('pg_type', 'typnamespace', ' AND m.typtype = ''e''')) AS v(member, namespace, kind))
            ELSE '' END;
        EXECUTE format('CREATE FUNCTION pg_tangelo.%1$I() RETURNS SETOF pg_catalog.%1$I LANGUAGE sql STABLE BEGIN ATOMIC %2$s; END',
            catalog.name, definition);
        -- For the system views, which read as their owner.
        EXECUTE format('CREATE VIEW pg_tangelo.%I AS %s', catalog.name, definition);
        -- The view of roles reads the rows of roles only, which are all there.
        IF catalog.name <> 'pg_db_role_setting' THEN
            names := names || catalog.name;
        END IF;
    END LOOP;

    CREATE FUNCTION pg_tangelo.pg_get_triggerdef(oid) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT pg_catalog.tangelo_trigger_definition($1, false)';
    CREATE FUNCTION pg_tangelo.pg_get_triggerdef(oid, boolean) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT pg_catalog.tangelo_trigger_definition($1, $2)';

    -- Nothing of Tangelo's has a security label.
    FOR system_view IN
        SELECT c.oid, c.relname, c.reloptions FROM pg_class c
        WHERE c.relkind = 'v' AND c.oid < 16384 AND c.relname <> 'pg_seclabels' AND c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        ORDER BY c.oid
    LOOP
        -- Names of relations come out bare here and find the filtered ones below; regclass constants must not.
        PERFORM set_config('search_path', 'pg_catalog, information_schema', true);
        definition := regexp_replace(pg_get_viewdef(system_view.oid), '''(pg_[a-z_]+)''::regclass', '''pg_catalog.\1''::regclass', 'g');
        -- Two functions of information_schema take whole rows of the catalogs; a view's rows are of another type.
        definition := regexp_replace(definition, '_pg_truetypid\((\w+)\.\*, (\w+)\.\*\)',
            'CASE WHEN \2.typtype = ''d'' THEN \2.typbasetype ELSE \1.atttypid END', 'g');
        definition := regexp_replace(definition, '_pg_truetypmod\((\w+)\.\*, (\w+)\.\*\)',
            'CASE WHEN \2.typtype = ''d'' THEN \2.typtypmod ELSE \1.atttypmod END', 'g');
        IF system_view.relname = 'pg_indexes' THEN
            definition := replace(definition, 'pg_get_indexdef(i.oid)', 'pg_catalog.tangelo_index_definition(i.oid)');
        END IF;
        -- Cursors whose rows are noted have the client's own text behind theirs.
        IF system_view.relname = 'pg_cursors' THEN
            definition := regexp_replace(definition, 'c\.statement', 'CASE WHEN c.statement ~ ''/\*tangelo:[0-9a-f]+\*/$'' THEN pg_catalog.convert_from(pg_catalog.decode('
                || 'substring(c.statement, ''/\*tangelo:([0-9a-f]+)\*/$''), ''hex''), ''UTF8'') ELSE pg_catalog.regexp_replace(c.statement, ''pg_tangelo\.(\w+) AS "\\1"'', ''\\1'', ''g'') END AS statement');
        END IF;
        CONTINUE WHEN system_view.relname <> 'pg_cursors' AND definition !~ ('\m(' || array_to_string(names, '|') || ')\M');
        PERFORM set_config('search_path', 'pg_tangelo, pg_catalog, information_schema', true);
        EXECUTE format('CREATE VIEW pg_tangelo.%I %s AS %s', system_view.relname,
            'WITH (' || array_to_string(system_view.reloptions, ', ') || ')', definition);
        names := names || system_view.relname::text;
    END LOOP;
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);

    INSERT INTO tangelo_own_object
        SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = 'pg_tangelo'::regnamespace
        UNION ALL
        SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'pg_tangelo'::regnamespace
        UNION ALL
        SELECT 'pg_namespace'::regclass, 'pg_tangelo'::regnamespace;

    -- Who may read the original may read the view.
    FOR catalog IN
        SELECT c.relname AS name FROM pg_class c JOIN pg_class v ON v.relname = c.relname AND v.relnamespace = 'pg_tangelo'::regnamespace
        WHERE c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND has_table_privilege('public', c.oid, 'SELECT')
    LOOP
        EXECUTE format('GRANT SELECT ON pg_tangelo.%I TO public', catalog.name);
    END LOOP;
END $$;
