using System.Text.Json;
using Tangelo.Cluster.Metadata;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>The shards of a partitioned table get back the partitions that <see cref="CreateShardsFunction"/> has put aside: <c>{"table": table}</c>.</summary>
internal sealed class ReturnPartitionsFunction : IClusterFunction
{
    public string Name => "return_partitions";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var table = MetadataLoader.ParseTable(args.GetProperty("table"));
        var groups = table.Shards.SelectMany(s => s.Placements).Distinct().OrderBy(g => g.Value);
        await session.ExecuteAsync([.. groups.Select(g => (g, AsidePartitions.Return(table, g)))], cancellation);
        return [];
    }
}
