-- One row of JSON for each node, then for each table, then for each function whose calls are distributed by an argument.
SELECT pg_catalog.tangelo_node_facts(n)::text FROM pg_catalog.pg_dist_node n
UNION ALL
SELECT facts::text FROM pg_catalog.tangelo_tables_facts(NULL) AS facts
UNION ALL
SELECT pg_catalog.json_build_object('kind', 'function', 'oid', p.oid::int8, 'schema', n.nspname, 'name', p.proname, 'procedure', p.prokind = 'p',
    'argument', o.distribution_argument_index, 'colocation', o.colocationid)::text
FROM pg_catalog.pg_dist_object o JOIN pg_catalog.pg_proc p ON p.oid = o.objid JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE o.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND o.distribution_argument_index IS NOT NULL AND o.colocationid IS NOT NULL
