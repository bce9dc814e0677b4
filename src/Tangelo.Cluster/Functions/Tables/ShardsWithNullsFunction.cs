using System.Text.Json;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Which shards have rows without a value in a column: <c>{"placements": [placement], "column": quoted name}</c> gives <c>{"shard"}</c> for each.
/// </summary>
internal sealed class ShardsWithNullsFunction : IClusterFunction
{
    public string Name => "shards_with_nulls";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var column = args.GetProperty("column").GetString();
        var rows = new List<string>();
        foreach (var shard in Placement.ParseAll(args.GetProperty("placements")).DistinctBy(p => p.Shard))
        {
            var found = await session.QueryAsync(
                shard.Group,
                $"SELECT pg_catalog.json_build_object('shard', {shard.Shard}) WHERE EXISTS (SELECT FROM {shard.Relation} WHERE {column} IS NULL)",
                cancellation);
            rows.AddRange(found.Select(r => r[0]!));
        }

        return rows;
    }
}
