using System.Globalization;
using System.Text;
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
    private const int RowsPerBatch = 1000;

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
        await CopyRowsAsync(session, source, node.Group, shard, table, cancellation);
        session.UseTables([table]);
        session.MetadataChanged();
        return [];
    }

    private static async Task CopyRowsAsync(
        IClusterSession session, GroupId source, GroupId target, string shard, DistributedTable table, CancellationToken cancellation)
    {
        var columns = string.Join(", ", table.Columns.Where(c => !c.IsGenerated).Select(c => ShardNames.Quote(c.Name)));
        var cursor = string.Create(CultureInfo.InvariantCulture, $"tangelo_copy_{table.Relation.Value}");
        await session.ExecuteAsync(source, $"DECLARE {cursor} NO SCROLL CURSOR FOR SELECT {columns} FROM {shard}", cancellation);
        while (await session.QueryAsync(source, $"FETCH {RowsPerBatch} FROM {cursor}", cancellation) is { Count: > 0 } rows)
            await session.ExecuteAsync(target, Insert(shard, columns, rows), cancellation);
        await session.ExecuteAsync(source, $"CLOSE {cursor}", cancellation);
    }

    private static string Insert(string shard, string columns, IReadOnlyList<string?[]> rows)
    {
        // Literals without a type get the column's own, so every value goes in as it came out.
        var text = new StringBuilder($"INSERT INTO {shard} ({columns}) VALUES ");
        for (var i = 0; i < rows.Count; i++)
        {
            text.Append(i == 0 ? "(" : ", (");
            text.AppendJoin(", ", rows[i].Select(v => v is null ? "NULL" : ShardNames.Literal(v)));
            text.Append(')');
        }

        return text.ToString();
    }
}
