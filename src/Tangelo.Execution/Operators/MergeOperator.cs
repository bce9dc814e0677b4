using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Intermediate;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Recursive;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Runs a <see cref="MergePlan"/>: with other writers kept out, a query of the coordinator finds what is to be done, and each shard does
/// its part in one statement for each kind of action.
/// </summary>
internal sealed class MergeOperator(IExecutionContext context)
{
    private const uint TextArray = 1009;
    private const int BatchBytes = 8 << 20;

    private readonly LinkRunner _link = new(context);
    private readonly ShardRunner _runner = new(context);
    private readonly ShardResolver _resolver = new(context);

    /// <returns>How many rows were changed.</returns>
    public ValueTask<long> RunAsync(MergePlan plan, StatementRequest request, CancellationToken cancellation) => plan.OverLoopback is { } changes
        ? context.WriteOverLoopbackAsync([plan.Target], () => RunOverLoopbackAsync(plan, changes, request, cancellation), cancellation)
        : RunOnShardsAsync(plan, request, cancellation);

    // The rows with what is done to them become an intermediate result.
    private async ValueTask<long> RunOverLoopbackAsync(MergePlan plan, ShardQuery changes, StatementRequest request, CancellationToken cancellation)
    {
        var columns = plan.SourceColumns.Select((c, i) => new IntermediateColumn($"c{i + 1}", c.TypeName) { Type = c.Type });
        await using var results = new IntermediateResults(context.LinkIsInBatch ? ResultTables.None : ResultTables.OnLink);
        var found = new IntermediateResult(new Subplan(1, plan.Source, "", [.. columns]));
        results.Add(found);
        var touched = new HashSet<string>(StringComparer.Ordinal);
        await using (var rows = new RowSpool())
        {
            await _link.RunAsync(
                plan.Source, plan.Source.Sql.ToArray(), found.ForSource(request.Parameters), request.TypeCodes, rows, cancellation).ConfigureAwait(false);
            var sink = found.Sink(context);
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } message)
            {
                if (ActionOf(plan, message[5..]) != MergeAction.Insert)
                    Touch(plan, message[5..], touched);
                await sink.WriteAsync(message, cancellation).ConfigureAwait(false);
            }
        }

        var count = new RowListSink();
        var main = new LoopbackWritePlan(changes, StatementKind.Merge, [plan.Target], "");
        var (sql, filled) = await new RecursiveOperator(context).FillOnLinkAsync(main, request, results, cancellation).ConfigureAwait(false);
        await _link.RunAsync(sql, filled.Parameters.WithTextResults(), filled.TypeCodes, count, cancellation).ConfigureAwait(false);
        return long.Parse(count.ReadText()[0][0]!, CultureInfo.InvariantCulture);
    }

    private async ValueTask<long> RunOnShardsAsync(MergePlan plan, StatementRequest request, CancellationToken cancellation)
    {
        context.OpenImplicitTransaction();
        plan = plan with { Target = await TableLocks.TakeAsync(context, plan.Target, cancellation).ConfigureAwait(false) };
        await using var rows = new RowSpool();
        await _link.RunAsync(
            plan.Source, plan.Source.Sql.ToArray(), request.Parameters.WithTextResults(), request.TypeCodes, rows, cancellation).ConfigureAwait(false);

        var batches = new SortedDictionary<(MergeAction Action, int Shard, uint Partition), TextArrayBuilder>();
        try
        {
            var touched = new HashSet<string>(StringComparer.Ordinal);
            long count = 0;
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } message)
            {
                count++;
                foreach (var (place, row) in await PlacesAsync(plan, message[5..], touched, cancellation).ConfigureAwait(false))
                {
                    if (!batches.TryGetValue(place, out var batch))
                        batches[place] = batch = new TextArrayBuilder();
                    batch.Add(row.Span);

                    // What is moved in comes last: its place may have to become free first.
                    if (batch.Bytes > BatchBytes && !(plan.MovesRows && place.Action == MergeAction.Insert))
                        await FlushAsync(plan, place, batch, cancellation).ConfigureAwait(false);
                }
            }

            foreach (var (place, batch) in batches)
                await FlushAsync(plan, place, batch, cancellation).ConfigureAwait(false);
            return count;
        }
        finally
        {
            foreach (var batch in batches.Values)
                batch.Dispose();
        }
    }

    // What is done with a row, and where; two things for one that moves to another shard.
    private async ValueTask<IReadOnlyList<((MergeAction Action, int Shard, uint Partition) Place, ReadOnlyMemory<byte> Row)>> PlacesAsync(
        MergePlan plan, ReadOnlyMemory<byte> row, HashSet<string> touched, CancellationToken cancellation)
    {
        var action = ActionOf(plan, row);
        if (action == MergeAction.Insert)
            return [((action, await NewShardAsync(plan, row, cancellation).ConfigureAwait(false), 0), row)];

        var identity = Touch(plan, row, touched);
        if (!plan.Key.IsEmpty)
            return [((action, 0, 0), row)];
        var (home, own) = ShardRowId.Decode(identity[0], plan.Target.Shards.Length);
        var partition = plan.Target.IsPartitioned ? uint.Parse(identity[1]) : 0;
        var here = WithRowId(row.Span, Encoding.UTF8.GetBytes(own));
        if (action == MergeAction.Update && plan.MovesRows && await NewShardAsync(plan, row, cancellation).ConfigureAwait(false) is var shard && shard != home)
            return [((MergeAction.Delete, home, partition), here), ((MergeAction.Insert, shard, 0), row)];
        return [((action, home, partition), here)];
    }

    private static MergeAction ActionOf(MergePlan plan, ReadOnlyMemory<byte> row) =>
        plan.Actions[int.Parse(Encoding.UTF8.GetString(DataRowField.Get(row, 0)!.Value.Span), CultureInfo.InvariantCulture) - 1];

    // What names the row, which must be the first time that it does.
    private static string[] Touch(MergePlan plan, ReadOnlyMemory<byte> row, HashSet<string> touched)
    {
        var identity = Enumerable.Range(1, plan.IdentityFields).Select(i => Encoding.UTF8.GetString(DataRowField.Get(row, i)!.Value.Span)).ToArray();
        return touched.Add(string.Join('\0', identity))
            ? identity
            : throw new PgException(
                SqlState.CardinalityViolation, "MERGE command cannot affect row a second time", hint: "Ensure that not more than one source row matches any one target row.");
    }

    private async ValueTask<int> NewShardAsync(MergePlan plan, ReadOnlyMemory<byte> row, CancellationToken cancellation)
    {
        if (plan.Target.HasOneShard)
            return 0;
        var key = 1 + plan.IdentityFields + IndexOf(plan, plan.Target.DistributionColumn!.Name);
        return await _resolver.RouteStoredAsync(plan.Target, DataRowField.Get(row, key), binary: false, plan.SourceColumns[key].Type, cancellation).ConfigureAwait(false);
    }

    // The row with its own ctid in place of the loopback's.
    private static byte[] WithRowId(ReadOnlySpan<byte> row, byte[] rowId)
    {
        var result = new ArrayBufferWriter<byte>(row.Length + rowId.Length);
        var first = 2 + 4 + Math.Max(BinaryPrimitives.ReadInt32BigEndian(row[2..]), 0);
        result.Write(row[..first]);
        BinaryPrimitives.WriteInt32BigEndian(result.GetSpan(4), rowId.Length);
        result.Advance(4);
        result.Write(rowId);
        result.Write(row[(first + 4 + Math.Max(BinaryPrimitives.ReadInt32BigEndian(row[first..]), 0))..]);
        return result.WrittenSpan.ToArray();
    }

    private async ValueTask FlushAsync(
        MergePlan plan, (MergeAction Action, int Shard, uint Partition) place, TextArrayBuilder batch, CancellationToken cancellation)
    {
        if (batch.Rows == 0)
            return;
        var shard = place.Shard;
        var fields = plan.SourceColumns.Length;
        var arrays = Enumerable.Range(0, fields).Select(batch.Column).ToList();
        var sql = Encoding.UTF8.GetBytes(Statement(plan, place.Action, shard, PartitionOf(place.Partition, shard)));
        var tasks = ShardResolver.EveryPlacement(plan.Target, shard).Select(t => (t, sql)).ToList();
        var count = await _runner.RunTextsAsync(
            tasks, ParameterSet.None.Append(arrays), [.. Enumerable.Repeat(TextArray, fields)], write: true, NullSink.Instance, cancellation).ConfigureAwait(false);
        if (count != batch.Rows)
            throw new PgException(SqlState.SerializationFailure, "could not serialize access due to concurrent update");
        batch.Reset();
    }

    // The shard of a partition, by its name; null where rows are not in partitions.
    private string? PartitionOf(uint partition, int shard) => partition == 0
        ? null
        : context.Map.Find(new Oid(partition)) is { } table
            ? ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[shard].Id))
            : throw new PgException(SqlState.SerializationFailure, "could not serialize access due to concurrent change of partitions");

    private static string Statement(MergePlan plan, MergeAction action, int shard, string? partition)
    {
        var table = plan.Target;
        var name = ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[shard].Id));
        var names = Enumerable.Range(1, plan.SourceColumns.Length).Select(i => $"c{i}").ToList();
        var casts = names.Select((n, i) => plan.SourceColumns[i].TypeName == "unknown" ? n : $"{n}::{plan.SourceColumns[i].TypeName} AS {n}");
        var arrays = names.Select((_, i) => $"${i + 1}::pg_catalog.text[]");
        var rows = $"(SELECT {string.Join(", ", casts)} FROM ROWS FROM (unnest({string.Join(", ", arrays)})) AS u ({string.Join(", ", names)})) AS r";
        string Field(int column) => $"r.c{2 + plan.IdentityFields + column}";
        var same = plan.Key.IsEmpty ? "t.ctid = r.c2" + (partition is null ? "" : $" AND t.tableoid = {ShardNames.Literal(partition)}::pg_catalog.regclass") : string.Join(" AND ", plan.Key.Select((k, i) => $"t.{ShardNames.Quote(k.Name)} = r.c{2 + i}"));
        return action switch
        {
            MergeAction.Update => $"UPDATE {name} AS t SET {string.Join(", ", plan.Assigned.Select(a => $"{ShardNames.Quote(a)} = {Field(IndexOf(plan, a))}"))} FROM {rows} WHERE {same}",
            MergeAction.Delete => $"DELETE FROM {name} AS t USING {rows} WHERE {same}",
            _ => $"INSERT INTO {name} ({string.Join(", ", plan.Columns.Select(c => ShardNames.Quote(c.Name)))}) SELECT {string.Join(", ", plan.Columns.Select((_, i) => Field(i)))} FROM {rows}",
        };
    }

    private static int IndexOf(MergePlan plan, string column)
    {
        for (var i = 0; ; i++)
        {
            if (plan.Columns[i].Name == column)
                return i;
        }
    }
}
