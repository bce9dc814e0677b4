using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>A shard on a node, as the coordinator's functions name it: <c>{"group", "shard", "schema", "name"}</c>.</summary>
internal sealed record Placement(GroupId Group, ShardId Shard, string Schema, string Name)
{
    /// <summary>The shard's name, quoted and qualified.</summary>
    public string Relation => ShardNames.QuoteQualified(Schema, Name);

    public static IReadOnlyList<Placement> ParseAll(JsonElement placements) =>
        [.. placements.EnumerateArray().Select(p => new Placement(
            new GroupId(p.GetProperty("group").GetInt32()),
            new ShardId(p.GetProperty("shard").GetInt64()),
            p.GetProperty("schema").GetString()!,
            p.GetProperty("name").GetString()!))];
}
