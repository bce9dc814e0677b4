using System.Text.Json;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>Drops shards whose metadata the caller's transaction has deleted: <c>{"placements": [placement]}</c>.</summary>
internal sealed class DropShardsFunction : IClusterFunction
{
    // PostgreSQL compares each object that a DROP takes with all others of it.
    private const int AtOnce = 100;

    public string Name => "drop_shards";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        // CASCADE is for the foreign keys of other tables' shards: the coordinator has checked that they may go.
        var groups = Placement.ParseAll(args.GetProperty("placements")).GroupBy(p => p.Group).OrderBy(g => g.Key.Value);
        await session.ExecuteAsync([.. groups.Select(g => (g.Key, string.Join(";\n", g.Chunk(AtOnce).Select(Drop))))], cancellation);
        session.MetadataChanged();
        return [];
    }

    private static string Drop(Placement[] shards) => $"DROP TABLE IF EXISTS {string.Join(", ", shards.Select(p => p.Relation))} CASCADE";
}
