using System.Text;
using Tangelo.Catalog.Model;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Shards;

/// <summary>From a plan's selection and the bound parameters to the shards and placements to run on.</summary>
public sealed class ShardResolver(IExecutionContext context)
{
    private static int NextReplica;

    /// <summary>The tasks; never empty, since a query that matches no shard still has columns to give.</summary>
    public async ValueTask<IReadOnlyList<ShardTask>> ResolveAsync(
        ShardSelection selection, StatementRequest request, bool write, CancellationToken cancellation)
    {
        var table = selection.Anchor;
        switch (selection)
        {
            case KeyShards { Keys: [var single] } when single is not ArrayParameterKey:
                var index = await RouteAsync(table, single, request, cancellation).ConfigureAwait(false);
                return [OnFirstPlacement(table, index ?? 0)];
            case KeyShards keys:
                var shards = new SortedSet<int>();
                foreach (var key in keys.Keys)
                {
                    if (key is ArrayParameterKey)
                        return All(table);
                    if (await RouteAsync(table, key, request, cancellation).ConfigureAwait(false) is { } shard)
                        shards.Add(shard);
                }

                return shards.Count == 0 ? [OnFirstPlacement(table, 0)] : [.. shards.Select(s => OnFirstPlacement(table, s))];
            case FixedShards fixedShards:
                return [.. fixedShards.Indexes.Select(i => OnFirstPlacement(table, i))];
            case NoShards:
                return [OnFirstPlacement(table, 0)];
            case ReferenceShard when write:
                return EveryPlacement(table);
            case ReferenceShard:
                return [AnyPlacement(table)];
            default:
                return All(table);
        }
    }

    /// <summary>Every placement of a reference table; only the first one's rows count.</summary>
    public static IReadOnlyList<ShardTask> EveryPlacement(DistributedTable table) =>
        [.. table.Shards[0].Placements.Select((g, i) => new ShardTask(g, 0, CountsRows: i == 0))];

    /// <summary>Every shard of a table on every placement: schema changes.</summary>
    public static IReadOnlyList<ShardTask> EveryShardPlacement(DistributedTable table) =>
        [.. table.Shards.SelectMany((s, i) => s.Placements.Select(g => new ShardTask(g, i)))];

    /// <summary>The shard of a key, or null for NULL and for keys that no shard holds.</summary>
    public async ValueTask<int?> RouteAsync(DistributedTable table, KeyOperand key, StatementRequest request, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte>? value;
        var binary = false;
        var type = new Oid(0);
        switch (key)
        {
            case ParameterKey parameter:
                value = request.Parameters.Value(parameter.Number);
                binary = request.Parameters.IsBinary(parameter.Number);
                type = request.ParameterTypes[parameter.Number - 1];
                break;
            case LiteralKey literal:
                value = literal.Text is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(literal.Text);
                break;
            default:
                throw new PgException(SqlState.InternalError, $"{key.GetType().Name} is not a single key");
        }

        return value is { } bytes ? await RouteAsync(table, bytes, binary, type, cancellation).ConfigureAwait(false) : null;
    }

    /// <summary>The shard of a value, or null when no shard holds it.</summary>
    public async ValueTask<int?> RouteAsync(
        DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid type, CancellationToken cancellation)
    {
        if (!KeyRouter.TryRoute(table, value.Span, binary, type, out var shard))
        {
            var hash = await context.HashByServerAsync(table, value, binary, type, cancellation).ConfigureAwait(false);
            shard = Catalog.Hashing.ShardRing.FindShard(table, hash);
        }

        return shard < 0 ? null : shard;
    }

    private static ShardTask OnFirstPlacement(DistributedTable table, int shard)
    {
        var placements = table.Shards[shard].Placements;
        return placements.IsEmpty
            ? throw new PgException(SqlState.ObjectNotInPrerequisiteState, $"shard {table.Shards[shard].Id} of table \"{table.Name}\" has no active placement")
            : new ShardTask(placements[0], shard);
    }

    private static ShardTask[] All(DistributedTable table)
    {
        var tasks = new ShardTask[table.Shards.Length];
        for (var i = 0; i < tasks.Length; i++)
            tasks[i] = OnFirstPlacement(table, i);
        return tasks;
    }

    // A replica on a node that takes part already sees this transaction's own writes cheaply; otherwise they take turns.
    private ShardTask AnyPlacement(DistributedTable table)
    {
        var placements = table.Shards[0].Placements;
        foreach (var participant in context.Transaction.Participants)
        {
            if (placements.Contains(participant.Group))
                return new ShardTask(participant.Group, 0);
        }

        return placements.IsEmpty
            ? OnFirstPlacement(table, 0)
            : new ShardTask(placements[(int)((uint)Interlocked.Increment(ref NextReplica) % (uint)placements.Length)], 0);
    }
}
