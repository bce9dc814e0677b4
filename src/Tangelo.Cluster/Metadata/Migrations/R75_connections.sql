-- The connections of the router that is asked to the nodes, those that are lent and those that are idle.
CREATE OR REPLACE FUNCTION citus_remote_connection_stats(OUT hostname text, OUT port integer, OUT database_name text, OUT connection_count_to_node integer)
RETURNS SETOF record LANGUAGE sql VOLATILE AS $$
    SELECT j ->> 'hostname', (j ->> 'port')::integer, j ->> 'database_name', (j ->> 'connection_count_to_node')::integer
    FROM pg_catalog.tangelo_call('remote_connections') j
$$;
