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
                SELECT pg_catalog.json_build_object('group', {group.Key}, 'shard', shard, 'main', pg_catalog.sum(pg_catalog.pg_relation_size(part)),
                    'table', pg_catalog.sum(pg_catalog.pg_table_size(part)), 'total', pg_catalog.sum(pg_catalog.pg_total_relation_size(part)))
                FROM (SELECT shard, pg_catalog.to_regclass(name) AS r FROM (VALUES {values}) AS v(shard, name)) AS s
                    CROSS JOIN LATERAL (SELECT r AS part UNION SELECT relid FROM pg_catalog.pg_partition_tree(r)) AS p
                WHERE r IS NOT NULL
                GROUP BY shard
                """;
            foreach (var row in await session.QueryAsync(group.Key, query, cancellation))
                rows.Add(row[0]!);
        }

        return rows;
    }
}
