-- What a node needs before it can hold a shard, as commands that may be repeated. Objects of an extension are replaced by it.

-- Runs a command only where a condition holds; both are SQL texts.
CREATE OR REPLACE FUNCTION tangelo_guarded(condition text, command text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('DO %L', format('BEGIN IF %s THEN EXECUTE %L; END IF; END', condition, command));
$$;

-- Gives what is called that to its owner, where the session may do that.
CREATE OR REPLACE FUNCTION tangelo_give_to(owner oid, what text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY[
        tangelo_guarded(format('(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %L)', rolname),
            format('CREATE ROLE %I %s', rolname, CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END)),
        tangelo_guarded('(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)', format('ALTER %s OWNER TO %I', what, rolname))]
    FROM pg_roles WHERE oid = owner;
$$;

-- The owner of a function and the rights on it, for its like that is called signature on a node.
CREATE OR REPLACE FUNCTION tangelo_function_rights(function oid, signature text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT tangelo_give_to(p.proowner, 'ROUTINE ' || signature)
        || CASE WHEN p.proacl IS NULL THEN format('GRANT EXECUTE ON ROUTINE %s TO PUBLIC', signature) ELSE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', signature) END
        || ARRAY(
            SELECT CASE WHEN x.grantee = 0 THEN format('GRANT EXECUTE ON ROUTINE %s TO PUBLIC', signature)
                ELSE tangelo_guarded(format('EXISTS (SELECT FROM pg_roles WHERE rolname = %L)', pg_get_userbyid(x.grantee)),
                    format('GRANT EXECUTE ON ROUTINE %s TO %I', signature, pg_get_userbyid(x.grantee))) END
            FROM aclexplode(p.proacl) x WHERE x.grantee <> p.proowner)
    FROM pg_proc p WHERE p.oid = function;
$$;

-- A function, made or brought up to date by whoever may. With the rights of its owner it only runs when it is his here, too. Over a connection of its own
-- (tangelo_commands_for) it is only made: the session may be changing it.
CREATE OR REPLACE FUNCTION tangelo_create_function(function oid) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_proc := (SELECT f FROM pg_proc f WHERE oid = function);
    signature text := format('%I.%I(%s)', (SELECT nspname FROM pg_namespace WHERE oid = p.pronamespace), p.proname,
        (SELECT string_agg(format_type(t, NULL), ', ' ORDER BY i) FROM unnest(p.proargtypes) WITH ORDINALITY AS u(t, i)));
    rights text[] := tangelo_function_rights(function, signature);
BEGIN
    IF current_setting('tangelo.only_absent', true) = 'on' THEN
        RETURN ARRAY[tangelo_guarded(format('to_regprocedure(%L) IS NULL', signature), array_to_string(pg_get_functiondef(function) || rights, '; '))];
    END IF;
    RETURN ARRAY[tangelo_guarded(format('to_regprocedure(%1$L) IS NULL OR pg_has_role((SELECT proowner FROM pg_proc WHERE oid = to_regprocedure(%1$L)), ''USAGE'')', signature),
            pg_get_functiondef(function))]
        || ARRAY(SELECT tangelo_guarded('(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)', r) FROM unnest(rights) r)
        || CASE WHEN p.prosecdef THEN ARRAY[tangelo_guarded(
            format('EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure(%L) AND pg_get_userbyid(proowner) <> %L AND pg_has_role(proowner, ''USAGE''))', signature, pg_get_userbyid(p.proowner)),
            format('ALTER ROUTINE %s SECURITY INVOKER', signature))] END;
END $$;

CREATE OR REPLACE FUNCTION tangelo_create_type(type_oid oid) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    t pg_type;
    type_name text := format_type(type_oid, NULL);
    absent text := format('to_regtype(%L) IS NULL', type_name);
    command text;
    labels text[];
    r record;
BEGIN
    SELECT * INTO t FROM pg_type WHERE oid = type_oid;
    CASE t.typtype
    WHEN 'e' THEN
        SELECT array_agg(enumlabel::text ORDER BY enumsortorder) INTO labels FROM pg_enum WHERE enumtypid = type_oid;
        command := format('CREATE TYPE %s AS ENUM (%s)', type_name,
            (SELECT string_agg(quote_literal(l), ', ' ORDER BY n) FROM unnest(labels) WITH ORDINALITY AS u(l, n)));
        -- A node may have the type from an earlier table, with fewer labels. One that came since the snapshot has all.
        RETURN ARRAY[tangelo_guarded(absent, command)] || ARRAY(
            SELECT tangelo_guarded(
                format('pg_has_role((SELECT typowner FROM pg_type WHERE oid = to_regtype(%1$L)), ''USAGE'') AND NOT EXISTS (SELECT FROM pg_enum WHERE enumtypid = to_regtype(%1$L) AND enumlabel = %2$L)',
                    type_name, labels[i]),
                format('ALTER TYPE %s ADD VALUE %L %s', type_name, labels[i],
                    CASE WHEN i = 1 THEN '' ELSE format('AFTER %L', labels[i - 1]) END))
            FROM generate_subscripts(labels, 1) i ORDER BY i);
    WHEN 'd' THEN
        command := format('CREATE DOMAIN %s AS %s', type_name, format_type(t.typbasetype, t.typtypmod));
        IF t.typcollation <> 0 AND t.typcollation <> (SELECT typcollation FROM pg_type WHERE oid = t.typbasetype) THEN
            command := command || ' COLLATE ' || tangelo_collation_name(t.typcollation);
        END IF;
        IF t.typdefault IS NOT NULL THEN
            command := command || ' DEFAULT ' || t.typdefault;
        END IF;
        IF t.typnotnull THEN
            command := command || ' NOT NULL';
        END IF;
        FOR r IN SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE contypid = type_oid AND contype = 'c' ORDER BY conname LOOP
            command := command || format(' CONSTRAINT %I %s', r.conname, r.def);
        END LOOP;
    WHEN 'c' THEN
        command := format('CREATE TYPE %s AS (%s)', type_name, (
            SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod))
                || CASE WHEN attcollation <> 0 AND attcollation <> 100 THEN ' COLLATE ' || tangelo_collation_name(attcollation) ELSE '' END,
                ', ' ORDER BY attnum)
            FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped));
    WHEN 'r' THEN
        SELECT format('CREATE TYPE %s AS RANGE (subtype = %s%s%s%s)', type_name, format_type(rngsubtype, NULL),
            ', subtype_opclass = ' || (SELECT format('%I.%I', n.nspname, o.opcname) FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE o.oid = rngsubopc),
            CASE WHEN rngcollation NOT IN (0, 100) THEN ', collation = ' || tangelo_collation_name(rngcollation) END,
            CASE WHEN rngsubdiff <> 0 THEN ', subtype_diff = ' || rngsubdiff::regproc END)
        INTO command FROM pg_range WHERE rngtypid = type_oid;
    ELSE
        -- A base type is made of C functions: it can only come with an extension.
        RETURN '{}';
    END CASE;

    RETURN ARRAY[tangelo_guarded(absent, command)];
END $$;

CREATE OR REPLACE FUNCTION tangelo_collation_name(collation_oid oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%I.%I', n.nspname, c.collname) FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = collation_oid;
$$;

CREATE OR REPLACE FUNCTION tangelo_create_collation(collation_oid oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- The columns differ between versions of PostgreSQL; JSON reads what there is.
    c jsonb := (SELECT to_jsonb(x) FROM pg_collation x WHERE oid = collation_oid);
    locale text := coalesce(c ->> 'colllocale', c ->> 'colliculocale');
BEGIN
    RETURN tangelo_guarded(
        format('NOT EXISTS (SELECT FROM pg_collation WHERE collname = %L AND collnamespace = %L::regnamespace)',
            c ->> 'collname', quote_ident((SELECT nspname FROM pg_namespace WHERE oid = (c ->> 'collnamespace')::oid))),
        format('CREATE COLLATION %s (provider = %s, deterministic = %s, %s)', tangelo_collation_name(collation_oid),
            CASE c ->> 'collprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
            c ->> 'collisdeterministic',
            CASE WHEN locale IS NOT NULL THEN format('locale = %L', locale)
            ELSE format('lc_collate = %L, lc_ctype = %L', c ->> 'collcollate', c ->> 'collctype') END));
END $$;

-- The schema, made by the user who logged in whatever role is set now, with the rights of its owner and of all others. Only a superuser
-- can surely give it to its owner. The node's backend may have missed that another one has made it: then it is there, too.
CREATE OR REPLACE FUNCTION tangelo_create_schema(schema_oid oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT format('DO %L', format(
        'DECLARE u text := session_user; r text := current_setting(''role''); BEGIN IF to_regnamespace(%1$L) IS NULL THEN '
        'RESET SESSION AUTHORIZATION; RESET ROLE; CREATE SCHEMA %2$I; %3$s IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AND EXISTS (SELECT FROM pg_roles WHERE rolname = %4$L) THEN ALTER SCHEMA %2$I OWNER TO %4$I; END IF; PERFORM set_config(''session_authorization'', u, false), set_config(''role'', r, false); END IF; '
        'EXCEPTION WHEN duplicate_schema OR unique_violation THEN NULL; END',
        quote_ident(n.nspname), n.nspname,
        (SELECT string_agg(g.command, ' ') FROM (
            SELECT format('IF %s THEN GRANT %s ON SCHEMA %I TO %s%s; END IF;',
                CASE WHEN x.grantee = 0 THEN 'true'
                ELSE format('current_user <> %L AND EXISTS (SELECT FROM pg_roles WHERE rolname = %1$L)', pg_get_userbyid(x.grantee)) END,
                string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type), n.nspname,
                CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END,
                CASE WHEN x.is_grantable AND x.grantee <> 0 THEN ' WITH GRANT OPTION' ELSE '' END) AS command
            FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x
            GROUP BY x.grantee, x.is_grantable ORDER BY x.grantee, x.is_grantable) g), pg_get_userbyid(n.nspowner)))
    FROM pg_namespace n WHERE n.oid = schema_oid);
END $$;

-- Visits an object after all it needs: the commands come out in an order in which they can be run.
CREATE OR REPLACE FUNCTION tangelo_visit_dependency(class oid, object oid, INOUT seen text[], INOUT commands text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mark text := class || '/' || object;
    r record;
BEGIN
    IF object < 16384 OR mark = ANY (seen) THEN
        RETURN;
    END IF;
    seen := seen || mark;

    SELECT refobjid INTO r FROM pg_depend
    WHERE classid = class AND objid = object AND refclassid = 'pg_extension'::regclass AND deptype = 'e';
    IF FOUND THEN
        SELECT v.seen, v.commands INTO seen, commands FROM tangelo_visit_dependency('pg_extension'::regclass, r.refobjid, seen, commands) v;
        RETURN;
    END IF;

    FOR r IN
        SELECT refclassid AS class, refobjid AS object FROM pg_depend
        WHERE classid = class AND objid = object AND objsubid = 0 AND deptype IN ('n', 'a')
        UNION
        SELECT 'pg_type'::regclass, typelem FROM pg_type WHERE class = 'pg_type'::regclass AND oid = object AND typelem <> 0
        UNION
        SELECT 'pg_type'::regclass, rngtypid FROM pg_range WHERE class = 'pg_type'::regclass AND rngmultitypid = object
        UNION
        SELECT d.refclassid, d.refobjid FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = t.typrelid
        WHERE class = 'pg_type'::regclass AND t.oid = object AND t.typtype = 'c'
        UNION
        SELECT d.refclassid, d.refobjid FROM pg_constraint c JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
        WHERE class = 'pg_type'::regclass AND c.contypid = object
    LOOP
        SELECT v.seen, v.commands INTO seen, commands FROM tangelo_visit_dependency(r.class, r.object, seen, commands) v;
    END LOOP;

    IF class = 'pg_namespace'::regclass THEN
        commands := commands || tangelo_create_schema(object);
    ELSIF class = 'pg_extension'::regclass THEN
        commands := commands || (SELECT tangelo_guarded(
                format('NOT EXISTS (SELECT FROM pg_extension WHERE extname = %L)', extname),
                format('CREATE EXTENSION %I SCHEMA %I VERSION %L', extname, n.nspname, extversion))
            FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid = object);
    ELSIF class = 'pg_type'::regclass AND (SELECT typelem = 0 AND typtype <> 'm' FROM pg_type WHERE oid = object) THEN
        commands := commands || tangelo_create_type(object) || (SELECT tangelo_give_to(typowner, 'TYPE ' || format_type(oid, NULL)) FROM pg_type WHERE oid = object AND typtype <> 'b');
    ELSIF class = 'pg_collation'::regclass THEN
        commands := commands || tangelo_create_collation(object);
    ELSIF class = 'pg_proc'::regclass AND (SELECT prokind <> 'a' AND pronamespace <> 'pg_catalog'::regnamespace FROM pg_proc WHERE oid = object) THEN
        commands := commands || tangelo_create_function(object);
    END IF;
END $$;

-- What a table needs: its schema, types, collations, and the functions in the expressions that shards evaluate.
CREATE OR REPLACE FUNCTION tangelo_walk_dependencies(relation oid, OUT seen text[], OUT commands text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    r record;
BEGIN
    seen := '{}';
    commands := '{}';
    FOR r IN
        SELECT 'pg_namespace'::regclass::oid AS class, relnamespace AS object, 0 AS step FROM pg_class WHERE oid = relation
        UNION
        SELECT d.refclassid, d.refobjid, 1 FROM (
            SELECT 'pg_class'::regclass::oid AS class, relation AS object
            UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = relation
            UNION ALL SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid = relation AND tangelo_default_kind(relation, adnum) IN ('shard', 'generated')
            UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid = relation
            UNION ALL SELECT 'pg_policy'::regclass, oid FROM tangelo_user_policy WHERE polrelid = relation
            UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxrelid = relation AND stxnamespace <> 'pg_catalog'::regnamespace) o
        JOIN pg_depend d ON d.classid = o.class AND d.objid = o.object
        -- The loopback's server, of which partitions are, is the coordinator's alone.
        WHERE d.refclassid NOT IN ('pg_class'::regclass, 'pg_foreign_server'::regclass) AND d.deptype IN ('n', 'a')
        ORDER BY step, class, object
    LOOP
        SELECT v.seen, v.commands INTO seen, commands FROM tangelo_visit_dependency(r.class, r.object, seen, commands) v;
    END LOOP;
END $$;

-- Something of that which this transaction has made or changed, described; other connections to the coordinator do not see it yet.
CREATE OR REPLACE FUNCTION tangelo_uncommitted_dependency(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH own AS (
        SELECT transactionid FROM pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND pid = pg_backend_pid()),
    needed AS (
        SELECT split_part(s, '/', 1)::oid AS class, split_part(s, '/', 2)::oid AS object
        FROM tangelo_walk_dependencies(relation) w, unnest(w.seen) s),
    found AS (
        SELECT class, object, n.xmin FROM needed JOIN pg_namespace n ON class = 'pg_namespace'::regclass AND n.oid = object
        UNION ALL
        SELECT class, object, t.xmin FROM needed JOIN pg_type t ON class = 'pg_type'::regclass AND t.oid = object
        UNION ALL
        SELECT class, object, e.xmin FROM needed JOIN pg_enum e ON class = 'pg_type'::regclass AND e.enumtypid = object
        UNION ALL
        SELECT class, object, p.xmin FROM needed JOIN pg_proc p ON class = 'pg_proc'::regclass AND p.oid = object
        UNION ALL
        SELECT class, object, c.xmin FROM needed JOIN pg_collation c ON class = 'pg_collation'::regclass AND c.oid = object
        UNION ALL
        SELECT class, object, x.xmin FROM needed JOIN pg_extension x ON class = 'pg_extension'::regclass AND x.oid = object)
    SELECT pg_describe_object(class, object, 0) FROM found JOIN own ON own.transactionid = found.xmin LIMIT 1;
$$;

-- Commands for what a table needs (classid/oid), as far as it is committed, by somebody who may make all of it.
CREATE OR REPLACE FUNCTION tangelo_commands_for(objects text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET tangelo.only_absent = 'on' AS $$
DECLARE
    seen text[] := '{}';
    commands text[] := '{}';
    object text;
BEGIN
    FOREACH object IN ARRAY objects LOOP
        SELECT v.seen, v.commands INTO seen, commands FROM tangelo_visit_dependency(split_part(object, '/', 1)::oid, split_part(object, '/', 2)::oid, seen, commands) v;
    END LOOP;
    RETURN ARRAY['SET LOCAL check_function_bodies = off', 'SET LOCAL statement_timeout = 10000'] || commands;
END $$;

-- The commands for a table.
CREATE OR REPLACE FUNCTION tangelo_table_dependencies(relation oid) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen text[];
    commands text[];
BEGIN
    SELECT w.seen, w.commands INTO seen, commands FROM tangelo_walk_dependencies(relation) w;
    -- Roles last in the walk, first on the node: only those that own the table or its schema, or may use them.
    RETURN ARRAY(
            SELECT tangelo_guarded(format('NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %L)', rolname),
                format('CREATE ROLE %I %s', rolname, CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END))
            FROM pg_roles WHERE oid >= 16384 AND oid IN (
                SELECT relowner FROM pg_class WHERE oid = relation
                UNION SELECT x.grantee FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = relation
                UNION SELECT x.grantee FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = relation
                UNION SELECT unnest(polroles) FROM tangelo_user_policy WHERE polrelid = relation
                UNION SELECT x.grantee FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x
                WHERE 'pg_namespace'::regclass::oid || '/' || n.oid = ANY (seen))
            AND rolname <> session_user
            ORDER BY rolname)
        || CASE WHEN commands <> '{}' THEN ARRAY['SET LOCAL check_function_bodies = off'] || commands ELSE '{}' END;
END $$;
