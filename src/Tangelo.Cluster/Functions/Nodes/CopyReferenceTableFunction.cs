using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Nodes;

/// <summary>
/// Makes a replica of a reference table on a node that joins, in the caller's transaction:
/// <c>{"node": target node, "table": table, "others": [...], "commands": table commands, "source": group}</c>.
/// Writers of the table wait from here to the end of the transaction, so the replica misses none of their rows.
/// </summary>
internal sealed class CopyReferenceTableFunction : IClusterFunction
{
    public string Name => "copy_reference_table";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var node = MetadataLoader.ParseNode(args.GetProperty("node"));
        var source = new GroupId(args.GetProperty("source").GetInt32());
        var table = MetadataLoader.ParseTable(args.GetProperty("table"));
        var tables = args.GetProperty("others").EnumerateArray().Select(MetadataLoader.ParseTable).Append(table).ToDictionary(t => t.Relation);
        var commands = TableCommands.Parse(args.GetProperty("commands"));
        var shard = ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[0].Id));

        session.UseNode(node);

        // A node that was disabled and comes back may hold an old replica.
        var statements = commands.Dependencies(node.Group).Concat(commands.Render(table, tables, [0])).Prepend($"DROP TABLE IF EXISTS {shard} CASCADE");
        await session.ExecuteAsync(node.Group, string.Join(";\n", statements), cancellation);
        await session.ExecuteAsync(source, $"LOCK TABLE {shard} IN EXCLUSIVE MODE", cancellation);
        await RowCopy.OfShardAsync(session, source, node.Group, table, 0, cancellation);
        session.UseTables([table]);
        session.MetadataChanged();
        return [];
    }
}
