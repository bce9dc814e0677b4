-- Placements of shards that have several.

-- The placements of a group do not count from now on, of these shards and of those co-located with them. The last active placement of a shard stays: so does one
-- that another router, which cannot reach the others, has left as the last.
CREATE OR REPLACE FUNCTION tangelo_lose_placements(shards bigint[], group_id integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tangelo_lock_metadata();
    UPDATE pg_dist_placement l SET shardstate = 3
    WHERE l.groupid = group_id AND l.shardstate = 1 AND l.shardid = ANY (ARRAY(SELECT DISTINCT f FROM unnest(shards) s, tangelo_shard_family(s) f))
    AND EXISTS (SELECT FROM pg_dist_placement o WHERE o.shardid = l.shardid AND o.shardstate = 1 AND o.groupid <> group_id);
END $$;
REVOKE EXECUTE ON FUNCTION tangelo_lose_placements(bigint[], integer) FROM public;

-- A shard and those that lie with it.
CREATE OR REPLACE FUNCTION tangelo_shard_family(shard bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT shard
    UNION
    SELECT o.shardid FROM pg_dist_shard s JOIN pg_dist_partition p USING (logicalrelid)
    JOIN pg_dist_partition q ON q.colocationid = p.colocationid AND q.partmethod = 'h' AND q.logicalrelid <> p.logicalrelid
    JOIN pg_dist_shard o ON o.logicalrelid = q.logicalrelid AND o.shardminvalue = s.shardminvalue
    WHERE s.shardid = shard AND p.partmethod = 'h' AND p.colocationid <> 0;
$$;
