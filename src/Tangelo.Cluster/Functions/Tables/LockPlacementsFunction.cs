using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Core;

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
        {
            // A snapshot from before the locks would not show what others have written until then.
            if (await session.QueryAsync(node.Key, "SHOW transaction_isolation", cancellation) is not [["read committed"]])
                throw new PgException(SqlState.FeatureNotSupported, "placements can only be copied in READ COMMITTED transactions");
            await session.QueryAsync(node.Key, ShardLocks.Sql(node.Select(p => p.Shard).Order(), together: false), cancellation);
        }

        return [];
    }
}
