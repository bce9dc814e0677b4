-- One row of JSON for each node, then for each table, and last the version.
SELECT pg_catalog.tangelo_node_facts(n)::text FROM pg_catalog.pg_dist_node n
UNION ALL
SELECT facts::text FROM pg_catalog.pg_dist_partition p, pg_catalog.tangelo_table_facts(p.logicalrelid) AS facts WHERE facts IS NOT NULL
UNION ALL
SELECT pg_catalog.json_build_object('kind', 'version', 'value', version)::text FROM pg_catalog.tangelo_metadata_version
