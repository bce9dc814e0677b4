using System.Globalization;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions;

/// <summary>Takes the rows of a query on one node to a table of others, within the transaction.</summary>
internal static class RowCopy
{
    private const int RowsPerBatch = 1000;

    /// <param name="session">Whose transaction it is.</param>
    /// <param name="source">The node that runs <paramref name="query"/>.</param>
    /// <param name="query">The rows, with their columns in the order of <paramref name="target"/>'s.</param>
    /// <param name="targets">Nodes that each get all rows.</param>
    /// <param name="target">A table's name, quoted, with a list of columns.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">An error of one of the nodes.</exception>
    public static async Task RunAsync(
        IClusterSession session, GroupId source, string query, IReadOnlyList<GroupId> targets, string target, CancellationToken cancellation)
    {
        await session.ExecuteAsync(source, $"DECLARE tangelo_copy NO SCROLL CURSOR FOR {query}", cancellation);
        var fetch = string.Create(CultureInfo.InvariantCulture, $"FETCH {RowsPerBatch} FROM tangelo_copy");
        while (await session.QueryAsync(source, fetch, cancellation) is { Count: > 0 } rows)
        {
            var insert = Insert(target, rows);
            await session.ExecuteAsync([.. targets.Select(t => (t, insert))], cancellation);
        }

        await session.ExecuteAsync(source, "CLOSE tangelo_copy", cancellation);
    }

    /// <summary>Takes the rows of a shard to another node, where it is empty.</summary>
    /// <param name="session">Whose transaction it is.</param>
    /// <param name="source">The node that has the rows.</param>
    /// <param name="target">The node that gets them.</param>
    /// <param name="table">The table.</param>
    /// <param name="shard">The index of the shard.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">An error of one of the nodes.</exception>
    public static Task OfShardAsync(IClusterSession session, GroupId source, GroupId target, DistributedTable table, int shard, CancellationToken cancellation)
    {
        var name = ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[shard].Id));
        var columns = string.Join(", ", table.Columns.Where(c => !c.IsGenerated).Select(c => ShardNames.Quote(c.Name)));
        return RunAsync(session, source, $"SELECT {columns} FROM {name}", [target], $"{name} ({columns})", cancellation);
    }

    // Literals without a type get the column's own, so every value goes in as it came out.
    private static string Insert(string target, IReadOnlyList<string?[]> rows)
    {
        var text = new StringBuilder($"INSERT INTO {target} VALUES ");
        for (var i = 0; i < rows.Count; i++)
        {
            text.Append(i == 0 ? "(" : ", (");
            text.AppendJoin(", ", rows[i].Select(v => v is null ? "NULL" : ShardNames.Literal(v)));
            text.Append(')');
        }

        return text.ToString();
    }
}
