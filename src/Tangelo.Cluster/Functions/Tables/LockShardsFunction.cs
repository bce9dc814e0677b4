using System.Text.Json;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>Makes writers of shards wait for the end of the transaction: <c>{"placements": [placement]}</c>.</summary>
internal sealed class LockShardsFunction : IClusterFunction
{
    public string Name => "lock_shards";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        foreach (var group in Placement.ParseAll(args.GetProperty("placements")).GroupBy(p => p.Group).OrderBy(g => g.Key.Value))
        {
            var relations = string.Join(", ", group.Select(p => p.Relation));
            await session.ExecuteAsync(group.Key, $"LOCK TABLE {relations} IN EXCLUSIVE MODE", cancellation);
        }

        return [];
    }
}
