using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Makes the shards of a table whose metadata the caller's transaction has just written:
/// <c>{"nodes": [node], "table": table, "others": [table its foreign keys lead to], "commands": table commands}</c>.
/// </summary>
internal sealed class CreateShardsFunction : IClusterFunction
{
    public string Name => "create_shards";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var table = MetadataLoader.ParseTable(args.GetProperty("table"));
        var tables = args.GetProperty("others").EnumerateArray().Select(MetadataLoader.ParseTable).Append(table).ToDictionary(t => t.Relation);
        var commands = TableCommands.Parse(args.GetProperty("commands"));
        var nodes = args.GetProperty("nodes").EnumerateArray().Select(MetadataLoader.ParseNode).ToDictionary(n => n.Group);

        foreach (var group in table.Shards.SelectMany(s => s.Placements).Distinct().OrderBy(g => g.Value))
        {
            if (session.Map.Primary(group) is null)
                session.UseNode(nodes[group]);

            var indexes = Enumerable.Range(0, table.Shards.Length).Where(i => table.Shards[i].Placements.Contains(group));
            await session.ExecuteAsync(group, commands.Render(group, tables, indexes), cancellation);
        }

        session.UseTable(table);
        session.MetadataChanged();
        return [];
    }
}
