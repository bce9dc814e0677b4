using System.Collections.Frozen;
using System.Text.Json;
using Tangelo.Catalog;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// What shards hold, as the transaction sees them: <c>{"placements": [placement], "column": quoted name or null, "type": its OID}</c> gives
/// <c>{"group", "shard", "length", "min", "max"}</c> for each, with the least and greatest value of the column as JSON writes them: dates in ISO style.
/// </summary>
internal sealed class ShardRangesFunction : IClusterFunction
{
    // The types with aggregates for it, which go through the shard once.
    private static readonly FrozenSet<long> Aggregated =
        new long[] { 20, 21, 23, 25, 26, 700, 701, 790, 869, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1266, 1700 }.ToFrozenSet();

    public string Name => "shard_ranges";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var rows = new List<string>();
        if (args.GetProperty("placements").ValueKind != JsonValueKind.Array)
            return rows;
        var column = args.GetProperty("column").GetString();
        var nodes = Placement.ParseAll(args.GetProperty("placements")).GroupBy(p => p.Group).OrderBy(g => g.Key.Value).Select(g => new Queue<Placement>(g)).ToList();
        while (nodes.Count > 0)
        {
            // One shard of each node, all nodes at the same time.
            var work = nodes.Select(shards => shards.Dequeue()).Select(shard => (shard.Group, Query(shard, column, args.GetProperty("type")))).ToList();
            rows.AddRange((await session.QueryAsync(work, cancellation)).Select(answer => answer[0][0]!));
            nodes.RemoveAll(shards => shards.Count == 0);
        }

        return rows;
    }

    private static string Query(Placement shard, string? column, JsonElement type) =>
        $"""
        SELECT pg_catalog.json_build_object('group', {shard.Group}, 'shard', {shard.Shard}, 'length',
            pg_catalog.pg_table_size({ShardNames.Literal(shard.Relation)}), 'min', least, 'max', greatest)
        FROM (SELECT {Range(column, type, shard.Relation)}) AS bounds
        """;

    private static string Range(string? column, JsonElement type, string shard)
    {
        if (column is null)
            return "NULL AS least, NULL AS greatest";
        return Aggregated.Contains(type.GetInt64())
            ? $"pg_catalog.min({column}) AS least, pg_catalog.max({column}) AS greatest FROM {shard}"
            : $"{Extreme("ASC")} AS least, {Extreme("DESC")} AS greatest";

        string Extreme(string order) => $"(SELECT {column}::pg_catalog.text FROM {shard} WHERE {column} IS NOT NULL ORDER BY {shard}.{column} {order} LIMIT 1)";
    }
}
