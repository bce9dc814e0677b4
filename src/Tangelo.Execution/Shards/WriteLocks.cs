using System.Collections.Immutable;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Shards;

/// <summary>
/// Keeps statements that change rows on several nodes in the same order on all of them. Without it two of them that touch the same
/// rows would each win on another node and wait for the other, and replicas of a reference table could end up different. On one
/// PostgreSQL the same two statements simply come one after the other.
/// </summary>
internal sealed class WriteLocks(IExecutionContext context)
{
    /// <summary>The first half of the key of Tangelo's advisory locks; the second is the id of the table's first shard.</summary>
    private const int AdvisoryClass = 0x54414E47;

    /// <summary>Takes what a statement needs before it is sent anywhere; the transaction holds it to its end.</summary>
    /// <returns>The tasks, on the placements that can be reached.</returns>
    public async ValueTask<IReadOnlyList<ShardTask>> TakeAsync(ShardPlan plan, IReadOnlyList<ShardTask> tasks, CancellationToken cancellation)
    {
        if (plan.Shards.Anchor.HasCopiesOfShards)
            return await LockCopiesAsync(plan, tasks, cancellation).ConfigureAwait(false);
        await TakeInTurnAsync(plan, tasks, cancellation).ConfigureAwait(false);
        return tasks;
    }

    private async ValueTask<IReadOnlyList<ShardTask>> LockCopiesAsync(ShardPlan plan, IReadOnlyList<ShardTask> tasks, CancellationToken cancellation)
    {
        if (!plan.Writes && !plan.WaitsForRows)
            return tasks;
        var shards = tasks.Select(t => t.ShardIndex).Distinct().ToList();
        var table = await ReplicaLocks.TakeAsync(context, plan.Shards.Anchor, shards, plan.OnlyInserts, cancellation).ConfigureAwait(false);
        return plan.Writes
            ? [.. shards.SelectMany(s => ShardResolver.EveryPlacement(table, s))]
            : [.. shards.Select(s => ShardResolver.EveryPlacement(table, s)[0])];
    }

    private async ValueTask TakeInTurnAsync(ShardPlan plan, IReadOnlyList<ShardTask> tasks, CancellationToken cancellation)
    {
        if (tasks.Count < 2 || tasks.All(t => t.Group == tasks[0].Group))
            return;
        if (plan.Shards is ReferenceShard)
            await LockReplicasAsync(plan, tasks, cancellation).ConfigureAwait(false);
        else if (plan.Kind is StatementKind.Update or StatementKind.Delete or StatementKind.Merge)
            await LockTableAsync(context, plan.Shards.Anchor, cancellation).ConfigureAwait(false);
    }

    // Every replica must see the same rows, so nobody writes them meanwhile. The locks of the further replicas go ahead of the
    // statement itself, which is sent there only when the first replica's has been obtained and used.
    private async ValueTask LockReplicasAsync(ShardPlan plan, IReadOnlyList<ShardTask> tasks, CancellationToken cancellation)
    {
        var names = plan.Query.Parts.OfType<ShardNamePart>().ToImmutableArray();

        // Rows that an INSERT brings along are the same everywhere.
        if (plan.Kind == StatementKind.Insert && names.Length == 1)
            return;
        var shards = names.Select(n => n.Table).Where(t => t.IsReference).Distinct()
            .OrderBy(t => t.Shards[0].Id)
            .Select(t => ShardNames.QuoteQualified(t.Schema, ShardNames.Extend(t.Name, t.Shards[0].Id)));
        var sql = $"LOCK TABLE {string.Join(", ", shards)} IN SHARE ROW EXCLUSIVE MODE";
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        foreach (var task in tasks)
        {
            var participant = await context.Transaction.JoinAsync(context.Map, task.Group, settings, write: true, cancellation, forRows: false).ConfigureAwait(false);
            participant.WritePrelude(sql);
        }
    }

    /// <summary>Takes the turn of statements that write to several shards of a table.</summary>
    internal static async ValueTask LockTableAsync(IExecutionContext context, DistributedTable table, CancellationToken cancellation)
    {
        var first = table.Shards[0];
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        var participant = await context.Transaction.JoinAsync(context.Map, first.Placements[0], settings, write: false, cancellation, forRows: false).ConfigureAwait(false);
        participant.WritePrelude($"SELECT pg_catalog.pg_advisory_xact_lock({AdvisoryClass}, {unchecked((int)first.Id.Value)})");
        await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
        await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
    }
}
