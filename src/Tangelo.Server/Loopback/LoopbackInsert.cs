using System.Buffers;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Shards;

namespace Tangelo.Server.Loopback;

/// <summary>
/// postgres_fdw's INSERT of one or many rows, whose values are parameters in text form, or DEFAULT for a generated column: each shard gets its rows by one COPY, which
/// reads the texts as its own column types.
/// </summary>
internal sealed class LoopbackInsert(LoopbackContext context)
{
    private readonly ShardResolver _resolver = new(context);

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(DistributedTable table, InsertStmt insert, ParameterSet parameters, CancellationToken cancellation)
    {
        // postgres_fdw writes DEFAULT for generated columns; COPY must not name them.
        var named = insert.Cols.Select(c => c.ResTarget.Name).ToArray();
        var given = Enumerable.Range(0, named.Length).Where(i => table.FindColumn(named[i]) is not { IsGenerated: true }).ToArray();
        var columns = given.Select(i => named[i]).ToArray();
        var rows = Rows(insert, named.Length, given);
        var key = table.DistributionColumn is null ? -1 : Array.IndexOf(columns, table.DistributionColumn.Name);
        var perShard = new SortedDictionary<int, ArrayBufferWriter<byte>>();
        foreach (var row in rows)
        {
            var shard = 0;
            if (!table.HasOneShard)
            {
                var value = key < 0 ? default(ReadOnlyMemory<byte>?) : parameters.Value(row[key]);
                shard = await _resolver.RouteStoredAsync(table, value, binary: false, default, cancellation).ConfigureAwait(false);
            }

            if (!perShard.TryGetValue(shard, out var data))
                perShard[shard] = data = new ArrayBufferWriter<byte>(4096);
            WriteRow(data, row, parameters);
        }

        using var target = new WorkerCopyTarget(context);
        foreach (var (shard, data) in perShard)
        {
            foreach (var group in table.Shards[shard].Placements)
            {
                try
                {
                    await target.CopyAsync(table, columns, group, shard, data.WrittenMemory, "", cancellation).ConfigureAwait(false);
                }
                catch (PgException e)
                {
                    // The COPY is Tangelo's own way to the shard: its line numbers mean nothing to the client.
                    throw new PgException(e.Error with { Where = null }, e);
                }
            }
        }

        return $"INSERT 0 {rows.Count}";
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
