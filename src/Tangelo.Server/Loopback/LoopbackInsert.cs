using System.Buffers;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Sql.Deparsing;

namespace Tangelo.Server.Loopback;

/// <summary>
/// postgres_fdw's INSERT of one or many rows, whose values are parameters in text form, or DEFAULT for a generated column: each shard gets its rows by one COPY, which
/// reads the texts as its own column types, or by an INSERT where there is more to do than that: RETURNING, ON CONFLICT DO NOTHING, row-level security.
/// </summary>
internal sealed class LoopbackInsert(LoopbackContext context)
{
    private readonly ShardResolver _resolver = new(context);
    private readonly ShardRunner _runner = new(context);

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(
        DistributedTable table, InsertStmt insert, ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        // postgres_fdw writes DEFAULT for generated columns; COPY must not name them.
        var named = insert.Cols.Select(c => c.ResTarget.Name).ToArray();
        var given = Enumerable.Range(0, named.Length).Where(i => table.FindColumn(named[i]) is not { IsGenerated: true }).ToArray();
        var columns = given.Select(i => named[i]).ToArray();
        var rows = Rows(insert, named.Length, given);
        var key = table.DistributionColumn is null ? -1 : Array.IndexOf(columns, table.DistributionColumn.Name);
        var perShard = new SortedDictionary<int, List<int[]>>();
        foreach (var row in rows)
        {
            var shard = 0;
            if (!table.HasOneShard)
            {
                var value = key < 0 ? default(ReadOnlyMemory<byte>?) : parameters.Value(row[key]);
                shard = await _resolver.RouteStoredAsync(table, value, binary: false, default, cancellation).ConfigureAwait(false);
            }

            if (!perShard.TryGetValue(shard, out var own))
                perShard[shard] = own = [];
            own.Add(row);
        }

        table = await ReplicaLocks.TakeAsync(context, table, perShard.Keys, together: insert.OnConflictClause is null, cancellation).ConfigureAwait(false);
        if (insert.ReturningList.Count > 0 || insert.OnConflictClause is not null || table.RowSecurity != RowSecurity.None)
            return $"INSERT 0 {await InsertAsync(table, insert, columns, perShard, parameters, sink, cancellation).ConfigureAwait(false)}";
        await CopyAsync(table, columns, perShard, parameters, cancellation).ConfigureAwait(false);
        return $"INSERT 0 {rows.Count}";
    }

    private async ValueTask CopyAsync(
        DistributedTable table, string[] columns, SortedDictionary<int, List<int[]>> perShard, ParameterSet parameters, CancellationToken cancellation)
    {
        using var target = new WorkerCopyTarget(context);
        foreach (var (shard, rows) in perShard)
        {
            var data = new ArrayBufferWriter<byte>(4096);
            foreach (var row in rows)
                WriteRow(data, row, parameters);
            foreach (var group in table.Shards[shard].Placements)
            {
                try
                {
                    await target.CopyAsync(table, columns, group, shard, data.WrittenMemory, "", null, cancellation).ConfigureAwait(false);
                }
                catch (PgException e)
                {
                    // The COPY is Tangelo's own way to the shard: its line numbers mean nothing to the client.
                    throw new PgException(e.Error with { Where = null }, e);
                }
                finally
                {
                    target.PassNotices();
                }
            }
        }
    }

    private async ValueTask<long> InsertAsync(
        DistributedTable table, InsertStmt insert, string[] columns, SortedDictionary<int, List<int[]>> perShard,
        ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        long count = 0;
        var returning = string.Join(", ", insert.ReturningList.Select(r => Deparser.DeparseExpression(r.ResTarget.Val)));
        foreach (var (shard, rows) in perShard)
        {
            var given = ParameterSet.FromText([.. rows.SelectMany(r => r.Select(parameters.Value))]);
            var sql = Encoding.UTF8.GetBytes(Statement(table, shard, columns, rows.Count, insert.OnConflictClause is not null, returning));
            var tasks = ShardResolver.EveryPlacement(table, shard).Select(t => (t, sql)).ToList();
            count += await _runner.RunTextsAsync(tasks, given, new uint[given.Count], write: true, sink, cancellation).ConfigureAwait(false);
        }

        return count;
    }

    /// <summary>INSERT of rows into one shard, whose values are parameters, row after row.</summary>
    internal static string Statement(
        DistributedTable table, int shard, IReadOnlyCollection<string> columns, int rows, bool skipsConflicts, string returning)
    {
        var next = 0;
        var values = Enumerable.Range(0, rows).Select(_ => "(" + string.Join(", ", columns.Select(_ => $"${++next}")) + ")");
        return $"INSERT INTO {LoopbackRowIds.NameOf(table, shard)} ({string.Join(", ", columns.Select(ShardNames.Quote))}) VALUES {string.Join(", ", values)}"
            + (skipsConflicts ? " ON CONFLICT DO NOTHING" : "")
            + (returning.Length == 0 ? "" : " RETURNING " + returning);
    }

    private static List<int[]> Rows(InsertStmt insert, int columns, int[] given)
    {
        var rows = new List<int[]>();
        foreach (var list in insert.SelectStmt?.SelectStmt?.ValuesLists ?? [])
        {
            var items = list.List.Items;
            var row = items.Count == columns ? given.Select(i => items[i].ParamRef?.Number ?? 0).ToArray() : [0];
            if (row.Contains(0))
                throw new PgException(SqlState.FeatureNotSupported, "the loopback takes INSERTs of parameters only");
            rows.Add(row);
        }

        return rows.Count > 0 ? rows : throw new PgException(SqlState.FeatureNotSupported, "the loopback takes INSERT ... VALUES only");
    }

    private static void WriteRow(ArrayBufferWriter<byte> to, int[] row, ParameterSet parameters)
    {
        for (var i = 0; i < row.Length; i++)
        {
            if (i > 0)
                to.Write("\t"u8);
            if (parameters.Value(row[i]) is not { } value)
                to.Write("\\N"u8);
            else
                WriteEscaped(to, value.Span);
        }

        to.Write("\n"u8);
    }

    private static void WriteEscaped(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> value)
    {
        while (value.IndexOfAny("\\\t\n\r"u8) is >= 0 and var special)
        {
            to.Write(value[..special]);
            to.Write(value[special] switch
            {
                (byte)'\\' => "\\\\"u8,
                (byte)'\t' => "\\t"u8,
                (byte)'\n' => "\\n"u8,
                _ => "\\r"u8,
            });
            value = value[(special + 1)..];
        }

        to.Write(value);
    }
}
