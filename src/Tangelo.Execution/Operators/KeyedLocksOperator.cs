using System.Text.Json;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Runs a <see cref="KeyedLocksPlan"/>. What the query gives is locked, and the query is run again: a row that somebody has changed or locked meanwhile is
/// not in it any more, and others are. When all of its rows are locked they are the answer.
/// </summary>
internal sealed class KeyedLocksOperator(IExecutionContext context, PlanExecutor executor)
{
    // A row that goes and comes: one copy of a reference table knows already what another will know in a moment.
    private const int MostVainRounds = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly ShardRunner _runner = new(context);
    private readonly ShardResolver _resolver = new(context);
    private readonly LinkRunner _link = new(context);

    /// <returns>The number of rows given.</returns>
    public async ValueTask<long> RunAsync(KeyedLocksPlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        var cut = LockedCut.Read(plan.Offset, plan.Limit, request);

        // What is found and what is locked belong to one transaction.
        context.OpenImplicitTransaction();
        var locked = plan.Tables.Select(_ => new HashSet<string>()).ToArray();
        var lost = plan.Tables.Select(_ => new List<string>()).ToArray();
        for (var vain = 0; vain < MostVainRounds;)
        {
            var rows = await FindAsync(plan, request, lost, cancellation).ConfigureAwait(false);
            if (rows.TrueForAll(r => r.Keys.Index().All(k => locked[k.Index].Contains(k.Item))))
                return await cut.GiveAsync(rows.ConvertAll(r => r.Row), sink, cancellation).ConfigureAwait(false);
            var isVain = true;
            for (var i = 0; i < plan.Tables.Length; i++)
            {
                var missing = rows.Select(r => r.Keys[i]).Where(k => !locked[i].Contains(k)).Distinct().ToList();
                if (missing.Count == 0)
                    continue;
                var had = await LockAsync(plan.Tables[i], missing, request, cancellation).ConfigureAwait(false);
                isVain &= had.Count == 0;
                locked[i].UnionWith(had);
                if (!plan.Tables[i].Skips)
                    continue;
                isVain = false;
                lost[i].AddRange(missing.Where(k => !locked[i].Contains(k)));
            }

            if (!isVain)
                continue;
            vain++;
            await Task.Delay(Pause, cancellation).ConfigureAwait(false);
        }

        throw new PgException(SqlState.SerializationFailure, "could not lock rows that others keep changing");
    }

    private async ValueTask<List<(byte[] Row, string[] Keys)>> FindAsync(
        KeyedLocksPlan plan, StatementRequest request, List<string>[] lost, CancellationToken cancellation)
    {
        var sink = new RowListSink();
        var parameters = request.Parameters.WithResults(TrailingTexts.Formats(request.Parameters.ResultFormats, lost.Length))
            .AppendText([.. lost.Select(l => (ReadOnlyMemory<byte>?)TextArrayLiteral.Of(l))]);
        await RunAsync(plan.Rows, new StatementRequest(parameters, [.. request.ParameterTypes, .. plan.RowTypes], [], sink), cancellation).ConfigureAwait(false);

        // A key that is locked is not null.
        return sink.Rows.ConvertAll<(byte[] Row, string[] Keys)>(r =>
        {
            var (row, keys) = TrailingTexts.Take(r, lost.Length);
            return (row, Array.ConvertAll(keys, k => k!));
        });
    }

    private async ValueTask<List<string>> LockAsync(KeyedLock table, List<string> keys, StatementRequest request, CancellationToken cancellation)
    {
        IEnumerable<byte[]> values = [TextArrayLiteral.Of(keys)];
        if (table.Types.Length > 1)
        {
            var parts = keys.ConvertAll(k => JsonSerializer.Deserialize<string[]>(k)!);
            values = Enumerable.Range(0, table.Types.Length - 1).Select(i => TextArrayLiteral.Of(parts.Select(p => p[i]).Distinct())).Concat(values);
        }

        var sink = new RowListSink();
        var own = new StatementRequest(ParameterSet.FromText([.. values.Select(v => (ReadOnlyMemory<byte>?)v)]), table.Types, request.ResultColumns, sink);
        if (table.Lock is ShardPlan shards)
        {
            // One shard after the other, in an order that all sessions share: two that want the same rows do not wait for each other crosswise.
            var tasks = await _resolver.ResolveAsync(shards.Shards, own, shards.Kind, shards.Writes, cancellation).ConfigureAwait(false);
            foreach (var task in tasks.OrderBy(t => t.Group.Value).ThenBy(t => t.ShardIndex))
                await _runner.RunAsync(shards.Query, [task], own.Parameters, own.ShardTypeCodes, write: false, sink, cancellation).ConfigureAwait(false);
        }
        else
        {
            await RunAsync(table.Lock, own, cancellation).ConfigureAwait(false);
        }

        return sink.ReadText().ConvertAll(r => r[0]!);
    }

    private async ValueTask RunAsync(Plan plan, StatementRequest request, CancellationToken cancellation)
    {
        if (plan is CoordinatorPlan coordinator)
            await _link.RunAsync(coordinator, coordinator.Sql.ToArray(), request.Parameters, request.TypeCodes, request.Sink, cancellation).ConfigureAwait(false);
        else
            await executor.RunAsync(plan, request, cancellation).ConfigureAwait(false);
    }
}
