using System.Text.Json;
using Tangelo.Catalog;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Makes writers of shards that have several placements wait for the end of the transaction: <c>{"placements": [placement]}</c>, in the order in which writers
/// lock them.
/// </summary>
internal sealed class LockPlacementsFunction : IClusterFunction
{
    public string Name => "lock_placements";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        foreach (var node in Placement.ParseAll(args.GetProperty("placements")).GroupBy(p => p.Group).OrderBy(g => g.Key.Value))
            await session.QueryAsync(node.Key, ShardLocks.Sql(node.Select(p => p.Shard).Order(), together: false), cancellation);
        return [];
    }
}
