using System.Text.Json;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>Makes writers of shards wait for the end of the transaction: <c>{"placements": [placement]}</c>.</summary>
internal sealed class LockShardsFunction : IClusterFunction
{
    public string Name => "lock_shards";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var groups = Placement.ParseAll(args.GetProperty("placements")).GroupBy(p => p.Group).OrderBy(g => g.Key.Value);
        await session.ExecuteAsync([.. groups.Select(g => (g.Key, $"LOCK TABLE {string.Join(", ", g.Select(p => p.Relation))} IN EXCLUSIVE MODE"))], cancellation);
        return [];
    }
}
