using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Workers.Transactions;

namespace Tangelo.Execution.Shards;

/// <summary>
/// Keeps the placements of a shard equal. Who changes a shard that has several holds its lock on the node of each of them until the transaction has ended
/// there: alone, or together with others who only insert. So every placement meets the same writers in the same order, and each of them sees the same rows
/// everywhere. The nodes are locked in the order of their groups, so that writers wait for each other on the first one: who finds that a placement has come
/// while it waited lets go of what it has locked, and begins again.
/// </summary>
public static class ReplicaLocks
{
    private static readonly string Savepoint = ShardNames.Quote("~tangelo_locks");

    /// <summary>
    /// Locks shards before a statement writes them. A placement on a node that cannot be reached is given up if the shard has another one. Does nothing for
    /// tables whose shards have one placement.
    /// </summary>
    /// <param name="context">The session.</param>
    /// <param name="table">The table, as the statement was planned with it.</param>
    /// <param name="shards">The indexes of the shards; may hold one twice.</param>
    /// <param name="together">True for rows that only come in: others may insert at the same time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The table with the placements that are to be written.</returns>
    /// <exception cref="PgException">08006: the last placement of a shard cannot be reached. 40001: the transaction has used one that is given up.</exception>
    public static async ValueTask<DistributedTable> TakeAsync(
        IExecutionContext context, DistributedTable table, IEnumerable<int> shards, bool together, CancellationToken cancellation)
    {
        if (!table.HasCopiesOfShards)
            return table;
        int[] indexes = [.. shards.Distinct().Order()];
        if (indexes.Length == 0)
            return table;
        context.OpenImplicitTransaction();
        while (true)
        {
            table = Current(context, table);
            RequireNothingLost(context, table, indexes);
            await RequireOneSnapshotAsync(context, table, cancellation).ConfigureAwait(false);

            // What does not count now may be repaired while this waits.
            var mayGrow = indexes.Any(i => !table.Shards[i].Inactive.IsEmpty);
            var locked = new List<Participant>();
            var lost = await LockAsync(context, table, indexes, together, mayGrow, locked, cancellation).ConfigureAwait(false);
            var isComplete = lost is null && await IsCompleteAsync(context, table, indexes, cancellation).ConfigureAwait(false);
            if (mayGrow)
                await LeaveSavepointsAsync(locked, keep: isComplete, cancellation).ConfigureAwait(false);
            if (isComplete)
                return table;
            if (lost is { } group)
                await context.LosePlacementsAsync(table, [.. indexes.Where(i => table.Shards[i].Placements.Contains(group))], group, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>True when a node cannot be reached at all, as opposed to one that refuses something.</summary>
    public static bool IsUnreachable(PgException e) => e.Code is SqlState.ConnectionFailure or SqlState.CannotConnectNow;

    // While it waited, a placement may have come, or have been repaired: it would miss the write. Where one does not count, only the metadata know that it still
    // does not; where all do, one that has been lost meanwhile gets a write more.
    private static async ValueTask<bool> IsCompleteAsync(IExecutionContext context, DistributedTable table, int[] indexes, CancellationToken cancellation)
    {
        var current = Current(context, table);
        bool IsSame(int i) => ReferenceEquals(current, table)
            || (current.Shards[i].Placements.SequenceEqual(table.Shards[i].Placements) && current.Shards[i].Inactive.SequenceEqual(table.Shards[i].Inactive));
        return indexes.All(IsSame)
            && (indexes.All(i => table.Shards[i].Inactive.IsEmpty) || await context.HasPlacementsAsync(table, indexes, cancellation).ConfigureAwait(false));
    }

    /// <returns>The node that cannot be reached, whose placements can be done without; null when all locks are held.</returns>
    private static async ValueTask<GroupId?> LockAsync(
        IExecutionContext context, DistributedTable table, int[] indexes, bool together, bool withSavepoint, List<Participant> locked, CancellationToken cancellation)
    {
        foreach (var node in indexes.SelectMany(i => table.Shards[i].Placements, (i, group) => (Group: group, Index: i)).GroupBy(p => p.Group, p => p.Index).OrderBy(n => n.Key.Value))
        {
            var sql = (withSavepoint ? $"SAVEPOINT {Savepoint}; " : "") + ShardLocks.Sql(node.Select(i => table.Shards[i].Id).OrderBy(s => s.Value), together);
            var isNew = context.Transaction.Participants.All(p => p.Group != node.Key);
            try
            {
                locked.Add(await LockOnAsync(context, node.Key, sql, isNew, cancellation).ConfigureAwait(false));
            }
            catch (PgException e) when (isNew && IsUnreachable(e) && node.All(i => table.Shards[i].Placements.Length > 1))
            {
                return node.Key;
            }
        }

        return null;
    }

    // The locks are kept, or given back: who held them and asked for those of a node that comes earlier would wait for others who wait for it.
    private static async ValueTask LeaveSavepointsAsync(List<Participant> locked, bool keep, CancellationToken cancellation)
    {
        foreach (var participant in locked)
        {
            if (keep)
            {
                participant.WritePrelude($"RELEASE SAVEPOINT {Savepoint}");
                continue;
            }

            participant.WritePrelude($"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}");
            await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
            await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static async ValueTask<Participant> LockOnAsync(IExecutionContext context, GroupId group, string sql, bool isNew, CancellationToken cancellation)
    {
        // A connection of the pool may have ended while it lay there: one more look tells whether the node is gone.
        for (var second = false; ; second = true)
        {
            var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
            var participant = await context.Transaction.JoinAsync(context.Map, group, settings, write: false, cancellation).ConfigureAwait(false);
            try
            {
                participant.WritePrelude(sql);
                await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
                await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
                return participant;
            }
            catch (PgException) when (isNew && !participant.Connection.IsHealthy)
            {
                context.Transaction.Dismiss(group);
                if (second)
                    throw;
            }
        }
    }

    // Placements that are seen as of different moments would be changed differently.
    private static async ValueTask RequireOneSnapshotAsync(IExecutionContext context, DistributedTable table, CancellationToken cancellation)
    {
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        if (context.Transaction.BeforeRows is { } before && context.Transaction.NeedsSnapshot(settings))
            await before(settings, cancellation).ConfigureAwait(false);
        if (context.Transaction.KeepsSnapshotsApart(settings))
        {
            throw new PgException(
                SqlState.FeatureNotSupported, $"table \"{table.Name}\", whose shards have several placements, cannot be written here",
                "The transaction has a snapshot of its own on each node.", "Use READ COMMITTED, or REPEATABLE READ without DEFERRABLE.");
        }
    }

    // What the transaction has locked or found there does not hold elsewhere.
    private static void RequireNothingLost(IExecutionContext context, DistributedTable table, int[] indexes)
    {
        foreach (var index in indexes)
        {
            foreach (var group in table.Shards[index].Inactive)
            {
                if (context.Transaction.Participants.FirstOrDefault(p => p.Group == group) is { } participant
                    && participant.Map.FindShard(table.Shards[index].Id) is { } known && known.Table.Shards[known.Index].Placements.Contains(group))
                {
                    throw new PgException(
                        SqlState.SerializationFailure, $"could not serialize access because a placement of table \"{table.Name}\" was lost during the transaction",
                        hint: "The transaction might succeed if retried.");
                }
            }
        }
    }

    /// <summary>The table as the map has it now.</summary>
    /// <exception cref="PgException">Its shards are others than they were: the statement has to be planned again.</exception>
    private static DistributedTable Current(IExecutionContext context, DistributedTable table) =>
        context.Map.FindSame(table) ?? throw new PgException(SqlState.UndefinedTable, $"the shards of table \"{table.Name}\" have changed");
}
