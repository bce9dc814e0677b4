using System.Text.Json;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>Drops shards whose metadata the caller's transaction has deleted: <c>{"placements": [placement]}</c>.</summary>
internal sealed class DropShardsFunction : IClusterFunction
{
    public string Name => "drop_shards";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        foreach (var group in Placement.ParseAll(args.GetProperty("placements")).GroupBy(p => p.Group).OrderBy(g => g.Key.Value))
        {
            // CASCADE is for the foreign keys of other tables' shards: the coordinator has checked that they may go.
            var drop = $"DROP TABLE IF EXISTS {string.Join(", ", group.Select(p => p.Relation))} CASCADE";
            await session.ExecuteAsync(group.Key, drop, cancellation);
        }

        session.MetadataChanged();
        return [];
    }
}
