using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Makes the placement of a shard anew, with the rows of another one, in the caller's transaction, which keeps writers out:
/// <c>{"target": group, "source": group, "shard": id, "table": table, "others": [table that it leads to], "commands": table commands}</c>.
/// </summary>
internal sealed class CopyPlacementFunction : IClusterFunction
{
    public string Name => "copy_placement";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var target = new GroupId(args.GetProperty("target").GetInt32());
        var source = new GroupId(args.GetProperty("source").GetInt32());
        var id = new ShardId(args.GetProperty("shard").GetInt64());
        var table = MetadataLoader.ParseTable(args.GetProperty("table"));
        var tables = args.GetProperty("others").EnumerateArray().Select(MetadataLoader.ParseTable).Append(table).DistinctBy(t => t.Relation).ToDictionary(t => t.Relation);
        var commands = TableCommands.Parse(args.GetProperty("commands"));
        var index = table.Shards.ToList().FindIndex(s => s.Id == id);
        var shard = ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, id));

        if (target != GroupId.Coordinator)
            await NodeObjects.PrepareAsync(session, target, [.. commands.Objects.Distinct()], cancellation);
        var statements = commands.Dependencies(target).Concat(commands.Render(table, tables, [index])).Prepend($"DROP TABLE IF EXISTS {shard} CASCADE");
        await session.ExecuteAsync(target, string.Join(";\n", statements), cancellation);
        await RowCopy.OfShardAsync(session, source, target, table, index, cancellation);
        return [];
    }
}
