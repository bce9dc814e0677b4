using System.Text;
using Tangelo.Catalog.Model;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Shards;

/// <summary>From a plan's selection and the bound parameters to the shards and placements to run on.</summary>
public sealed class ShardResolver(IExecutionContext context)
{
    private static int NextReplica;

    private readonly RangeResolver _ranges = new(context);
    private readonly PlacementReaders _readers = new(context);

    /// <summary>The tasks; never empty, since a query that matches no shard still has columns to give.</summary>
    /// <param name="selection">The plan's.</param>
    /// <param name="request">The parameters.</param>
    /// <param name="kind">What the statement is.</param>
    /// <param name="write">True when it changes rows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="onFirst">True when it must read the placement that is written first.</param>
    public async ValueTask<IReadOnlyList<ShardTask>> ResolveAsync(
        ShardSelection selection, StatementRequest request, StatementKind kind, bool write, CancellationToken cancellation, bool onFirst = false)
    {
        var tasks = await ResolveFirstAsync(selection, request, kind, write, cancellation).ConfigureAwait(false);
        if (!selection.Anchor.HasCopiesOfShards)
            return tasks;
        if (write)
            return [.. tasks.SelectMany(t => EveryPlacement(selection.Anchor, t.ShardIndex))];

        // The statement may have waited since it was planned, and a placement been lost.
        return onFirst ? tasks : await _readers.ChooseAsync(context.Map.FindSame(selection.Anchor) ?? selection.Anchor, tasks, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<ShardTask>> ResolveFirstAsync(
        ShardSelection selection, StatementRequest request, StatementKind kind, bool write, CancellationToken cancellation)
    {
        var table = selection.Anchor;
        if (table.Shards.IsEmpty && kind != StatementKind.Insert)
            return [new ShardTask(GroupId.Coordinator, 0)];
        switch (selection)
        {
            case KeyShards { Keys: [var stored] } when kind == StatementKind.Insert && stored is not ArrayParameterKey:
                return [OnFirstPlacement(table, await RouteStoredAsync(table, stored, request, cancellation).ConfigureAwait(false))];
            case KeyShards { Keys: [var single] } when single is not ArrayParameterKey:
                var index = await RouteAsync(table, single, request, cancellation).ConfigureAwait(false);
                return [OnFirstPlacement(table, index ?? 0)];
            case KeyShards keys:
                var shards = new SortedSet<int>();
                foreach (var key in keys.Keys)
                {
                    if (key is ArrayParameterKey array)
                    {
                        if (!await AddShardsAsync(table, array, request, shards, cancellation).ConfigureAwait(false))
                            return All(table);
                        continue;
                    }

                    if (await RouteAsync(table, key, request, cancellation).ConfigureAwait(false) is { } shard)
                        shards.Add(shard);
                }

                return shards.Count == 0 ? [OnFirstPlacement(table, 0)] : [.. shards.Select(s => OnFirstPlacement(table, s))];
            case RangeShards range:
                var within = await _ranges.FindAsync(range, request, cancellation).ConfigureAwait(false);
                return within.Count == 0 ? [OnFirstPlacement(table, 0)] : [.. within.Select(s => OnFirstPlacement(table, s))];
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

    /// <summary>Every placement of a shard, which is a reference table's only one; only the first one's rows count.</summary>
    public static IReadOnlyList<ShardTask> EveryPlacement(DistributedTable table, int shard = 0) =>
        [.. table.Shards[shard].Placements.Select((g, i) => new ShardTask(g, shard, CountsRows: i == 0))];

    /// <summary>Every shard of a table on every placement: schema changes.</summary>
    public static IReadOnlyList<ShardTask> EveryShardPlacement(DistributedTable table) =>
        [.. table.Shards.SelectMany((s, i) => s.Placements.Select(g => new ShardTask(g, i)))];

    /// <summary>The shard of a key, or null for NULL and for keys that no shard holds.</summary>
    public async ValueTask<int?> RouteAsync(DistributedTable table, KeyOperand key, StatementRequest request, CancellationToken cancellation)
    {
        var (value, binary, type) = Read(key, request);
        return value is { } bytes ? await RouteAsync(table, bytes, binary, type, cancellation).ConfigureAwait(false) : null;
    }

    /// <summary>The shard for a key that is going to be stored.</summary>
    /// <exception cref="PgException">No shard holds such keys.</exception>
    public ValueTask<int> RouteStoredAsync(DistributedTable table, KeyOperand key, StatementRequest request, CancellationToken cancellation)
    {
        var (value, binary, type) = Read(key, request);
        return RouteStoredAsync(table, value, binary, type, cancellation);
    }

    /// <summary>The shard for a value that is going to be stored, which the column's type modifier may change first.</summary>
    /// <exception cref="PgException">No shard holds such keys.</exception>
    public async ValueTask<int> RouteStoredAsync(
        DistributedTable table, ReadOnlyMemory<byte>? value, bool binary, Oid type, CancellationToken cancellation)
    {
        int shard;
        if (value is not { } bytes)
        {
            shard = table.Method == DistributionMethod.Hash
                ? Catalog.Hashing.ShardRing.FindShardOfNull(table)
                : throw new PgException(SqlState.NullValueNotAllowed, "cannot perform an INSERT with NULL in the partition column");
        }
        else if (table.IsByValue)
        {
            return await _ranges.FindStoredAsync(table, bytes, binary, type, "INSERT", cancellation).ConfigureAwait(false);
        }
        else if (!IsAsStored(bytes.Span) || !KeyRouter.TryRouteStored(table, bytes.Span, binary, type, out shard))
        {
            shard = await AskAsync(table, bytes, binary, type, cancellation).ConfigureAwait(false);
        }

        return shard >= 0
            ? shard
            : throw new PgException(SqlState.InvalidParameterValue, $"could not find shard for partition value of table \"{table.Name}\"");
    }

    // False when only PostgreSQL can tell what the array holds.
    private async ValueTask<bool> AddShardsAsync(
        DistributedTable table, ArrayParameterKey array, StatementRequest request, SortedSet<int> shards, CancellationToken cancellation)
    {
        if (request.Parameters.Value(array.Number) is not { } value)
            return true;
        var binary = request.Parameters.IsBinary(array.Number);
        if (!ArrayElements.TryRead(value, binary, out var elements))
            return false;
        foreach (var element in elements)
        {
            if (shards.Count == table.Shards.Length)
                break;
            if (await RouteAsync(table, element, binary, array.Element, cancellation).ConfigureAwait(false) is { } shard)
                shards.Add(shard);
        }

        return true;
    }

    internal static (ReadOnlyMemory<byte>? Value, bool Binary, Oid Type) Read(KeyOperand key, StatementRequest request) => key switch
    {
        ParameterKey { Number: var number } =>
            (request.Parameters.Value(number), request.Parameters.IsBinary(number), request.ParameterTypes[number - 1]),
        LiteralKey { Text: null } => (null, false, new Oid(0)),
        LiteralKey { Text: { } text } => (Encoding.UTF8.GetBytes(text), false, new Oid(0)),
        _ => throw new PgException(SqlState.InternalError, $"{key.GetType().Name} is not a single key"),
    };

    /// <summary>The shard of a value, or null when no shard holds it.</summary>
    public async ValueTask<int?> RouteAsync(
        DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid type, CancellationToken cancellation)
    {
        if (table.IsByValue)
            return await _ranges.FindFirstAsync(table, value, binary, type, cancellation).ConfigureAwait(false);

        if (!IsAsStored(value.Span) || !KeyRouter.TryRoute(table, value.Span, binary, type, out var shard))
            shard = await AskAsync(table, value, binary, type, cancellation).ConfigureAwait(false);
        return shard < 0 ? null : shard;
    }

    // A text of the client's may be in another encoding than the one it is stored, and so hashed, in.
    private bool IsAsStored(ReadOnlySpan<byte> value) => context.ValuesComeAsStored || Ascii.IsValid(value);

    /// <summary>The shard of a value that only PostgreSQL can hash; -1 when none holds it.</summary>
    private async ValueTask<int> AskAsync(DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid type, CancellationToken cancellation)
    {
        var hash = await context.HashByServerAsync(table, value, binary, type, cancellation).ConfigureAwait(false);
        return Catalog.Hashing.ShardRing.FindShard(table, hash);
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
