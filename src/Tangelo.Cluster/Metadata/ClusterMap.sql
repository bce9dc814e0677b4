-- One row of JSON for each node, then for each table, and last the version.
SELECT pg_catalog.tangelo_node_facts(n)::text FROM pg_catalog.pg_dist_node n
UNION ALL
SELECT facts::text FROM pg_catalog.tangelo_tables_facts(NULL) AS facts
UNION ALL
SELECT pg_catalog.json_build_object('kind', 'version', 'value', version)::text FROM pg_catalog.tangelo_metadata_version
