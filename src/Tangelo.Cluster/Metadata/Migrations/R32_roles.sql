-- Commands that give a node the roles it lacks, with the attributes and memberships that they have here: those named, or all.
-- Each changes nothing where the node agrees already. Passwords and settings of roles stay here: it is here that clients log in.
CREATE OR REPLACE FUNCTION tangelo_role_commands(names text[] DEFAULT NULL) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(
        SELECT tangelo_guarded(
            format('NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %L)', r.rolname),
            format('CREATE ROLE %I', r.rolname))
        FROM pg_roles r
        WHERE r.oid >= 16384 AND (names IS NULL OR r.rolname = ANY (names))
        ORDER BY r.rolname)
    || ARRAY(
        SELECT tangelo_guarded(
            format('EXISTS (SELECT FROM pg_roles WHERE rolname = %L AND %I IS DISTINCT FROM %L)', r.rolname, a.name, a.value),
            format('ALTER ROLE %I %s', r.rolname, a.option))
        FROM pg_roles r
        CROSS JOIN LATERAL (VALUES
            ('rolsuper', r.rolsuper::text, CASE WHEN r.rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END),
            ('rolinherit', r.rolinherit::text, CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END),
            ('rolcreaterole', r.rolcreaterole::text, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END),
            ('rolcreatedb', r.rolcreatedb::text, CASE WHEN r.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END),
            ('rolcanlogin', r.rolcanlogin::text, CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END),
            ('rolreplication', r.rolreplication::text, CASE WHEN r.rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END),
            ('rolbypassrls', r.rolbypassrls::text, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END)
        ) AS a (name, value, option)
        WHERE r.oid >= 16384 AND (names IS NULL OR r.rolname = ANY (names))
        ORDER BY r.rolname, a.name)
    || ARRAY(
        SELECT tangelo_guarded(
            format(
                'NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = (SELECT oid FROM pg_roles WHERE rolname = %L) '
                'AND m.member = (SELECT oid FROM pg_roles WHERE rolname = %L) AND m.admin_option >= %L) '
                'AND 2 = (SELECT count(*) FROM pg_roles WHERE rolname IN (%1$L, %2$L))',
                g.rolname, u.rolname, m.admin_option),
            format('GRANT %I TO %I%s', g.rolname, u.rolname, CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END))
        FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
        WHERE u.oid >= 16384 AND (names IS NULL OR g.rolname = ANY (names) OR u.rolname = ANY (names))
        ORDER BY g.rolname, u.rolname)
    -- Where the routers' role is no superuser it acts as others by being a member of them.
    || ARRAY(
        SELECT tangelo_guarded(
            format(
                'EXISTS (SELECT FROM pg_roles u, pg_roles r WHERE u.rolname = %L AND NOT u.rolsuper AND r.rolname = %L AND NOT r.rolsuper '
                'AND NOT pg_has_role(u.oid, r.oid, ''MEMBER'') AND NOT pg_has_role(r.oid, u.oid, ''MEMBER''))',
                own.name, r.rolname),
            format('GRANT %I TO %I', r.rolname, own.name))
        FROM pg_roles r, (SELECT pg_get_userbyid(relowner) AS name FROM pg_class WHERE oid = 'pg_dist_node'::regclass) own
        WHERE r.oid >= 16384 AND NOT r.rolsuper AND r.rolname <> own.name AND (names IS NULL OR r.rolname = ANY (names))
        ORDER BY r.rolname);
$$;
