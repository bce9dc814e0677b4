using System.Text.Json;
using Tangelo.Catalog;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Sizes of shards in bytes, as the transaction sees them: <c>{"placements": [placement]}</c> gives a row
/// <c>{"group", "shard", "main", "table", "total"}</c> for each that exists.
/// </summary>
internal sealed class ShardSizesFunction : IClusterFunction
{
    public string Name => "shard_sizes";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var rows = new List<string>();
        foreach (var group in Placement.ParseAll(args.GetProperty("placements")).GroupBy(p => p.Group).OrderBy(g => g.Key.Value))
        {
            var values = string.Join(", ", group.Select(p => $"({p.Shard}, {ShardNames.Literal(p.Relation)})"));
            var query =
                $"""
                SELECT pg_catalog.json_build_object('group', {group.Key}, 'shard', shard, 'main', pg_catalog.pg_relation_size(r),
                    'table', pg_catalog.pg_table_size(r), 'total', pg_catalog.pg_total_relation_size(r))
                FROM (SELECT shard, pg_catalog.to_regclass(name) AS r FROM (VALUES {values}) AS v(shard, name)) AS s
                WHERE r IS NOT NULL
                """;
            foreach (var row in await session.QueryAsync(group.Key, query, cancellation))
                rows.Add(row[0]!);
        }

        return rows;
    }
}
