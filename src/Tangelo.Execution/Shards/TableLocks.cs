using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Shards;

/// <summary>Keeps other writers out of a table until the transaction ends, on every node.</summary>
public static class TableLocks
{
    /// <summary>Locks all shards, node after node in the same order for everybody.</summary>
    /// <returns>The table, with the placements that can be reached.</returns>
    /// <exception cref="PgException">A lock could not be had.</exception>
    public static async ValueTask<DistributedTable> TakeAsync(IExecutionContext context, DistributedTable table, CancellationToken cancellation)
    {
        if (table.HasCopiesOfShards)
            return await ReplicaLocks.TakeAsync(context, table, Enumerable.Range(0, table.Shards.Length), together: false, cancellation).ConfigureAwait(false);

        // Those who write to all shards would otherwise have some of the locks while they wait for others.
        if (!table.IsReference)
            await WriteLocks.LockTableAsync(context, table, cancellation).ConfigureAwait(false);
        var scripts = new ScriptRunner(context);
        foreach (var node in ShardResolver.EveryShardPlacement(table).GroupBy(s => s.Group).OrderBy(n => n.Key.Value))
        {
            var names = node.Select(s => ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[s.ShardIndex].Id)));
            await scripts.RunAsync([(node.Key, $"LOCK TABLE {string.Join(", ", names)} IN SHARE ROW EXCLUSIVE MODE")], cancellation).ConfigureAwait(false);
        }

        return table;
    }

    /// <summary>Keeps writers out of those tables of a schema change whose shards have several placements: they come before it, or after it.</summary>
    /// <returns>The parts, with the placements that can be reached.</returns>
    /// <exception cref="PgException">A lock could not be had.</exception>
    public static async ValueTask<IReadOnlyList<DdlPart>> TakeAsync(IExecutionContext context, IReadOnlyList<DdlPart> parts, CancellationToken cancellation)
    {
        var locked = new Dictionary<Oid, DistributedTable>();
        foreach (var table in parts.Select(p => p.Table).Where(t => t.HasCopiesOfShards).DistinctBy(t => t.Relation).OrderBy(t => t.Relation.Value))
            locked[table.Relation] = await TakeAsync(context, table, cancellation).ConfigureAwait(false);
        return locked.Count == 0 ? parts : [.. parts.Select(p => locked.TryGetValue(p.Table.Relation, out var table) ? p with { Table = table } : p)];
    }

    /// <summary>Takes the turn of statements that write to several shards of a table, so that they meet the same rows in the same order.</summary>
    public static ValueTask TakeTurnAsync(IExecutionContext context, DistributedTable table, CancellationToken cancellation) =>
        WriteLocks.LockTableAsync(context, table, cancellation);
}
