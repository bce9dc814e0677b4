-- Functions that every node has. A call runs on the coordinator, which reaches the shards of all nodes, or, where the router knows that it needs one
-- group of shards only, on the node of those, as a copy whose body names the shards.

CREATE OR REPLACE FUNCTION tangelo_function_signature(function oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = function;
$$;

-- What makes a function on a node, or brings it up to date there, with its owner and the rights on it.
CREATE OR REPLACE FUNCTION tangelo_function_commands(function oid) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    commands text[];
BEGIN
    SELECT v.commands INTO commands FROM tangelo_visit_dependency('pg_proc'::regclass, function, '{}', '{}') v;
    RETURN ARRAY['SET LOCAL check_function_bodies = off'] || commands || tangelo_function_rights(function, tangelo_function_signature(function));
END $$;

-- What the router has to know of a function to find out where a call can run, and to make its copies. Their schema is called schema_mark in the rights.
-- Without a result: a call has to run on the coordinator.
CREATE OR REPLACE FUNCTION tangelo_call_definition(function oid, schema_mark text) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'definition', pg_get_functiondef(p.oid), 'body', p.prosrc, 'qualified', format('%I.%I', n.nspname, p.proname), 'version', p.xmin,
        'language', l.lanname, 'writes', p.provolatile = 'v', 'definer', p.prosecdef,
        'path', (SELECT substr(c, 13) FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%'),
        'inputs', (SELECT json_agg(t::int8 ORDER BY i) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, i)),
        'defaults', pg_get_expr(p.proargdefaults, 0), 'names', p.proargnames, 'modes', p.proargmodes,
        'owner', format('%I', pg_get_userbyid(p.proowner)),
        'rights', tangelo_function_rights(p.oid, format('%s.%I(%s)', schema_mark, p.proname, pg_get_function_identity_arguments(p.oid))))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE p.oid = function AND p.prokind IN ('f', 'p') AND p.provariadic = 0 AND p.prosqlbody IS NULL AND l.lanname IN ('sql', 'plpgsql')
        -- It decides how the body is read.
        AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'standard_conforming_strings=%')
        -- With a namesake, the types of the arguments decide which of them is called.
        AND NOT EXISTS (SELECT FROM pg_proc o WHERE o.proname = p.proname AND o.oid <> p.oid)
        -- The row type of a table is another one on each shard; cursors and triggers belong to the coordinator.
        AND NOT EXISTS (
            SELECT FROM unnest(p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}') || p.prorettype) u(type) JOIN pg_type t ON t.oid = u.type
            LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
            WHERE t.typname IN ('refcursor', 'trigger', 'event_trigger')
                OR EXISTS (SELECT FROM pg_class c WHERE c.oid IN (t.typrelid, e.typrelid) AND c.relkind <> 'c'));
$$;

-- What names mean to a function that has a search path of its own.
CREATE OR REPLACE FUNCTION tangelo_resolve_in_path(names text[], path text) RETURNS TABLE (name text, relation oid)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('search_path', path, true);
    RETURN QUERY SELECT u, pg_catalog.to_regclass(u)::pg_catalog.oid FROM pg_catalog.unnest(names) u;
END $$;

-- Nobody calls the copies of a function's old version any more: its version is part of their names. Not all at once where there are many shards.
CREATE OR REPLACE FUNCTION tangelo_drop_call_copies(function oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_call('run_on_nodes', jsonb_build_object('commands', jsonb_build_array(format(
        $do$DO $x$ DECLARE s name; BEGIN
            FOR s IN SELECT nspname FROM pg_catalog.pg_namespace
                WHERE nspname LIKE E'tangelo\\_call\\_%s\\_%%' AND pg_catalog.pg_has_role(nspowner, 'USAGE') LIMIT 1000
            LOOP EXECUTE pg_catalog.format('DROP SCHEMA %%I CASCADE', s); END LOOP;
        END $x$ $do$, function))));
END $$;

REVOKE EXECUTE ON FUNCTION tangelo_drop_call_copies(oid) FROM public;

-- For a node that joins.
CREATE OR REPLACE FUNCTION tangelo_all_function_commands() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(c ORDER BY f.function, n), '{}')
    FROM tangelo_node_function f, unnest(tangelo_function_commands(f.function)) WITH ORDINALITY AS u(c, n);
$$;

-- The position, from 0, of the argument that a call is distributed by.
CREATE OR REPLACE FUNCTION tangelo_distribution_argument(function oid, argument text) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_proc;
    found integer;
BEGIN
    SELECT * INTO p FROM pg_proc WHERE oid = function;
    IF argument ~ E'^\\$[0-9]{1,4}$' THEN
        found := substr(argument, 2)::integer - 1;
    ELSE
        SELECT n - 1 INTO found FROM (
            SELECT name, row_number() OVER (ORDER BY place) AS n
            FROM unnest(p.proargnames) WITH ORDINALITY AS u(name, place)
            WHERE p.proargmodes IS NULL OR p.proargmodes[place] IN ('i', 'b', 'v')) inputs
        WHERE name = argument;
    END IF;
    IF found IS NULL OR found NOT BETWEEN 0 AND p.pronargs - 1 THEN
        RAISE EXCEPTION 'function "%" has no argument "%"', p.proname, argument USING ERRCODE = '22023',
            HINT = 'Give the name of one of its arguments, or its number: $1.';
    END IF;
    RETURN found;
END $$;

-- The co-location group whose distribution column has the argument's type.
CREATE OR REPLACE FUNCTION tangelo_function_colocation(function oid, argument integer, anchor regclass) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    function_name name := (SELECT proname FROM pg_proc WHERE oid = function);
    type oid := (SELECT proargtypes[argument] FROM pg_proc WHERE oid = function);
    shards integer := coalesce(nullif(current_setting('citus.shard_count', true), '')::integer, 32);
    colocation integer;
    key_type oid;
BEGIN
    IF anchor IS NULL THEN
        SELECT min(c.colocationid) INTO colocation FROM pg_dist_colocation c
        WHERE c.distributioncolumntype = type AND c.shardcount = shards AND NOT EXISTS (SELECT FROM tangelo_isolated_colocation i WHERE i.colocationid = c.colocationid);
        IF colocation IS NULL THEN
            RAISE EXCEPTION 'there is no table that function "%" could be co-located with', function_name USING ERRCODE = '22023',
                HINT = 'Name one with colocate_with.';
        END IF;
        RETURN colocation;
    END IF;
    PERFORM tangelo_require_distributed(anchor);
    SELECT p.colocationid, a.atttypid INTO colocation, key_type FROM pg_dist_partition p
    LEFT JOIN pg_attribute a ON a.attrelid = p.logicalrelid AND a.attnum = p.partkey::integer WHERE p.logicalrelid = anchor;
    IF argument IS NOT NULL AND key_type IS DISTINCT FROM type AND NOT EXISTS (
        SELECT FROM pg_cast WHERE castsource = type AND casttarget = key_type AND castcontext IN ('i', 'a')) THEN
        RAISE EXCEPTION 'cannot colocate function "%" and table "%"', function_name, (SELECT relname FROM pg_class WHERE oid = anchor) USING ERRCODE = '42804',
            DETAIL = 'The argument and the distribution column are of different types.';
    END IF;
    RETURN colocation;
END $$;

CREATE OR REPLACE FUNCTION tangelo_send_function(function oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_call('run_on_nodes', jsonb_build_object('commands', to_jsonb(tangelo_function_commands(function))));
END $$;

REVOKE EXECUTE ON FUNCTION tangelo_send_function(oid) FROM public;

CREATE OR REPLACE FUNCTION tangelo_distribute_function(function oid, argument text, anchor regclass, force boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p pg_proc;
    place integer;
    colocation integer;
BEGIN
    SELECT * INTO p FROM pg_proc WHERE oid = function;
    IF NOT pg_has_role(tangelo_caller(), p.proowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of function %', p.proname USING ERRCODE = '42501';
    END IF;
    IF p.prokind = 'a' THEN
        RAISE EXCEPTION 'cannot distribute aggregate "%"', p.proname USING ERRCODE = '0A000', HINT = 'Run its CREATE AGGREGATE on the nodes with run_command_on_workers.';
    END IF;
    IF p.oid < 16384 OR EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = function AND deptype = 'e') THEN
        RAISE EXCEPTION 'cannot distribute function "%" because it belongs to PostgreSQL or to an extension', p.proname USING ERRCODE = '0A000', HINT = 'All nodes have it with the extension.';
    END IF;
    IF EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = function AND refclassid = 'pg_class'::regclass) THEN
        RAISE EXCEPTION 'cannot distribute function "%" because PostgreSQL keeps its body with the tables it names', p.proname USING ERRCODE = '0A000',
            DETAIL = 'The nodes do not have tables of these names.', HINT = 'Write the body as a string instead of BEGIN ATOMIC.';
    END IF;
    IF argument IS NOT NULL THEN
        place := tangelo_distribution_argument(function, argument);
    END IF;
    IF argument IS NOT NULL OR anchor IS NOT NULL THEN
        colocation := tangelo_function_colocation(function, place, anchor);
    END IF;
    PERFORM tangelo_lock_metadata();
    INSERT INTO pg_dist_object (classid, objid, objsubid, distribution_argument_index, colocationid, force_delegation)
        VALUES ('pg_proc'::regclass, function, 0, place, colocation, force)
        ON CONFLICT (classid, objid, objsubid) DO UPDATE SET
            distribution_argument_index = excluded.distribution_argument_index, colocationid = excluded.colocationid, force_delegation = excluded.force_delegation;
    INSERT INTO tangelo_node_function VALUES (function, tangelo_function_signature(function)) ON CONFLICT DO NOTHING;
    PERFORM tangelo_send_function(function);
    PERFORM tangelo_call('metadata_changed');
END $$;

CREATE OR REPLACE FUNCTION create_distributed_function(
    function_name regprocedure, distribution_arg_name text DEFAULT NULL, colocate_with text DEFAULT 'default', force_delegation boolean DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF function_name IS NULL OR colocate_with IS NULL THEN
        RAISE EXCEPTION 'function name and colocate_with cannot be NULL' USING ERRCODE = '22004';
    END IF;
    PERFORM pg_catalog.tangelo_distribute_function(
        function_name::oid, distribution_arg_name, CASE WHEN lower(colocate_with) <> 'default' THEN colocate_with::regclass END, force_delegation);
END $$;

-- Whatever changes such a function, be it inside of another one, reaches the nodes. One that was renamed leaves its old name.
CREATE OR REPLACE FUNCTION tangelo_functions_changed() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    signature text;
BEGIN
    -- Those that PG_CONTEXT names write to stages: nobody else's may be named so there.
    FOR r IN
        SELECT p.proname FROM pg_event_trigger_ddl_commands() c JOIN pg_proc p ON c.classid = 'pg_proc'::regclass AND p.oid = c.objid
        WHERE p.proname IN ('tangelo_defer', 'tangelo_stage_fire') AND p.pronamespace <> 'pg_catalog'::regnamespace
    LOOP
        RAISE EXCEPTION 'function name "%" is reserved', r.proname USING ERRCODE = '42939';
    END LOOP;
    FOR r IN
        SELECT f.function, f.signature FROM tangelo_node_function f JOIN pg_proc p ON p.oid = f.function
        WHERE EXISTS (
            SELECT FROM pg_event_trigger_ddl_commands() c
            WHERE (c.classid = 'pg_proc'::regclass AND c.objid = f.function)
            OR (c.classid = 'pg_namespace'::regclass AND c.objid = p.pronamespace)
            -- GRANT does not tell on which; only an owner can have changed anything.
            OR (c.command_tag IN ('GRANT', 'REVOKE') AND c.object_type IN ('FUNCTION', 'PROCEDURE', 'ROUTINE')
                AND pg_has_role(tangelo_caller(), p.proowner, 'USAGE')))
        ORDER BY f.function
    LOOP
        signature := tangelo_function_signature(r.function);
        IF tg_tag = 'ALTER SCHEMA' THEN
            -- Nodes rename their schemas themselves, with all that is in them.
            UPDATE tangelo_node_function f SET signature = tangelo_function_signature(f.function) WHERE f.function = r.function;
            CONTINUE;
        END IF;
        IF signature <> r.signature THEN
            PERFORM tangelo_call('run_on_nodes', jsonb_build_object('commands', jsonb_build_array('DROP ROUTINE IF EXISTS ' || r.signature)));
            UPDATE tangelo_node_function f SET signature = tangelo_function_signature(f.function) WHERE f.function = r.function;
        END IF;
        PERFORM tangelo_send_function(r.function);
        IF EXISTS (SELECT FROM pg_dist_object WHERE classid = 'pg_proc'::regclass AND objid = r.function AND distribution_argument_index IS NOT NULL) THEN
            PERFORM tangelo_drop_call_copies(r.function);
            PERFORM tangelo_metadata_touched();
        END IF;
    END LOOP;
END $$;
ALTER EVENT TRIGGER tangelo_functions_changed ENABLE ALWAYS;
