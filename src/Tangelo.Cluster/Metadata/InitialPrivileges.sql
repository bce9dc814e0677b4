-- pg_dump leaves out what lies in pg_catalog, but not privileges that differ from the initial ones: these are ours.
DELETE FROM pg_init_privs p
WHERE privtype = 'i' AND objoid >= 16384 AND classoid IN ('pg_class'::regclass, 'pg_proc'::regclass);
INSERT INTO pg_init_privs (objoid, classoid, objsubid, privtype, initprivs)
    SELECT oid, 'pg_class'::regclass, 0, 'i', relacl FROM pg_class
    WHERE relnamespace = 'pg_catalog'::regnamespace AND oid >= 16384 AND relacl IS NOT NULL
    UNION ALL
    SELECT oid, 'pg_proc'::regclass, 0, 'i', proacl FROM pg_proc p
    WHERE pronamespace = 'pg_catalog'::regnamespace AND oid >= 16384 AND proacl IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_init_privs i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid);
