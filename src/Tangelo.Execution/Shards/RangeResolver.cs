using System.Collections.Immutable;
using System.Text;
using Tangelo.Catalog.Model;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Shards;

/// <summary>
/// The shards of an append- or range-distributed table that may hold values: by numbers where the type sorts as one, and otherwise by asking PostgreSQL, which
/// compares as the type and its collation do.
/// </summary>
public sealed class RangeResolver(IExecutionContext context)
{
    private const uint Unspecified = 0;
    private const uint UnknownType = 705;

    private readonly LinkRunner _link = new(context);

    /// <summary>The shards that may hold rows for which every condition is true, in order.</summary>
    public async ValueTask<IReadOnlyList<int>> FindAsync(RangeShards selection, StatementRequest request, CancellationToken cancellation)
    {
        var table = selection.Anchor;
        var conditions = new List<List<Interval>>();
        foreach (var condition in selection.Conditions)
        {
            if (Read(condition, request) is { } intervals)
                conditions.Add(intervals);
        }

        if (conditions.Exists(c => c.Count == 0))
            return [];
        return await FindAsync(table, conditions, stored: false, cancellation).ConfigureAwait(false);
    }

    /// <summary>The first shard that may hold rows that equal a value, or null: the only one where ranges do not overlap.</summary>
    public async ValueTask<int?> FindFirstAsync(DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid type, CancellationToken cancellation)
    {
        var bound = new Bound(value, binary, type);
        var found = await FindAsync(table, [[new Interval(bound, true, bound, true)]], stored: false, cancellation).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>The one shard for a value that is going to be stored.</summary>
    /// <exception cref="PgException">0A000: none or several may hold it.</exception>
    public async ValueTask<int> FindStoredAsync(DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid type, string command, CancellationToken cancellation)
    {
        var found = await FindAsync(table, value, binary, type, cancellation).ConfigureAwait(false);
        return found >= 0 ? found : throw NoOneShard(table, found, command);
    }

    /// <summary>The same for a value of the column's type, with <see cref="ShardBounds.None"/> or <see cref="ShardBounds.Several"/> where there is no one shard.</summary>
    public ValueTask<int> FindAsync(DistributedTable table, ReadOnlyMemory<byte> value, bool binary, CancellationToken cancellation) =>
        FindAsync(table, value, binary, table.DistributionColumn!.Type, cancellation);

    private async ValueTask<int> FindAsync(DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid type, CancellationToken cancellation)
    {
        var bounds = ShardBounds.Of(table);
        if (bounds.IsKnown && table.DistributionColumn!.TypeModifier < 0 && bounds.TryRead(value.Span, binary, type, out var number))
            return bounds.Find(number);
        var point = new Interval(new Bound(value, binary, type), true, new Bound(value, binary, type), true);
        var shards = await FindAsync(table, [[point]], stored: true, cancellation).ConfigureAwait(false);
        return shards.Count switch { 0 => ShardBounds.None, 1 => shards[0], _ => ShardBounds.Several };
    }

    /// <summary>The error for a row that has no shard of its own.</summary>
    public static PgException NoOneShard(DistributedTable table, int found, string command) => found == ShardBounds.Several
        ? new PgException(
            SqlState.FeatureNotSupported, $"cannot run {command} command which targets multiple shards",
            hint: $"Make sure the value for partition column \"{table.DistributionColumn?.Name}\" falls into a single shard.")
        : new PgException(
            SqlState.FeatureNotSupported, $"cannot run {command} command which targets no shards",
            hint: "Make sure you have created a shard which can receive this partition column value.");

    private async ValueTask<IReadOnlyList<int>> FindAsync(DistributedTable table, List<List<Interval>> conditions, bool stored, CancellationToken cancellation)
    {
        if (conditions.Count == 0)
            return [.. Enumerable.Range(0, table.Shards.Length)];
        var bounds = ShardBounds.Of(table);
        if (!stored && bounds.IsKnown && Numbers(bounds, conditions) is { } numbers)
            return [.. Enumerable.Range(0, table.Shards.Length).Where(i => numbers.TrueForAll(c => c.Exists(n => bounds.Overlaps(i, n.Low, n.High))))];
        return await AskAsync(table, conditions, stored, cancellation).ConfigureAwait(false);
    }

    private static List<List<(long Low, long High)>>? Numbers(ShardBounds bounds, List<List<Interval>> conditions)
    {
        var all = new List<List<(long, long)>>(conditions.Count);
        foreach (var condition in conditions)
        {
            var intervals = new List<(long, long)>(condition.Count);
            foreach (var interval in condition)
            {
                var (low, high) = (long.MinValue, long.MaxValue);
                if (interval.Low is { } from && !bounds.TryRead(from.Value.Span, from.Binary, from.Type, out low))
                    return null;
                if (interval.High is { } to && !bounds.TryRead(to.Value.Span, to.Binary, to.Type, out high))
                    return null;
                if (interval.Low is not null && !interval.IncludesLow)
                    low = low == long.MaxValue ? low : low + 1;
                if (interval.High is not null && !interval.IncludesHigh)
                    high = high == long.MinValue ? high : high - 1;
                intervals.Add((low, high));
            }

            all.Add(intervals);
        }

        return all;
    }

    private async ValueTask<IReadOnlyList<int>> AskAsync(DistributedTable table, List<List<Interval>> conditions, bool stored, CancellationToken cancellation)
    {
        var column = table.DistributionColumn!;
        var collation = column.Collation is { } name ? $" COLLATE {name}" : "";
        var parameters = ParameterSet.None;
        var types = new List<uint>();
        string Parameter(Bound bound)
        {
            var type = bound.Type.Value is Unspecified or UnknownType ? column.Type.Value : bound.Type.Value;
            parameters = bound.Binary ? parameters.AppendBinary([bound.Value.ToArray()]) : parameters.AppendText([bound.Value]);
            types.Add(type);
            return stored || type == column.Type.Value ? $"${types.Count}::{column.TypeName}" : $"${types.Count}";
        }

        string Text(Interval interval)
        {
            var parts = new List<string>();
            if (interval.Low is { } low)
                parts.Add($"s.shardmaxvalue::{column.TypeName}{collation} {(interval.IncludesLow ? ">=" : ">")} {Parameter(low)}");
            if (interval.High is { } high)
                parts.Add($"s.shardminvalue::{column.TypeName}{collation} {(interval.IncludesHigh ? "<=" : "<")} {Parameter(high)}");
            return $"({string.Join(" AND ", parts)})";
        }

        var condition = string.Join(" AND ", conditions.Select(c => $"({string.Join(" OR ", c.Select(Text))})"));
        var sql = $"SELECT s.shardid FROM pg_catalog.pg_dist_shard AS s WHERE s.logicalrelid = {table.Relation.Value} "
            + $"AND (s.shardminvalue IS NULL OR s.shardmaxvalue IS NULL OR ({condition}))";
        var rows = new RowListSink();
        await _link.RunAsync(sql, parameters, [.. types], rows, cancellation).ConfigureAwait(false);
        var found = rows.ReadText().Select(r => long.Parse(r[0]!)).ToHashSet();
        return [.. Enumerable.Range(0, table.Shards.Length).Where(i => found.Contains(table.Shards[i].Id.Value))];
    }

    // Null when only PostgreSQL can tell what an array holds; without intervals when nothing can match.
    private static List<Interval>? Read(ImmutableArray<KeyInterval> condition, StatementRequest request)
    {
        var intervals = new List<Interval>();
        foreach (var interval in condition)
        {
            if (interval.Low is ArrayParameterKey array)
            {
                if (request.Parameters.Value(array.Number) is not { } value)
                    continue;
                var binary = request.Parameters.IsBinary(array.Number);
                if (!ArrayElements.TryRead(value, binary, out var elements))
                    return null;
                intervals.AddRange(elements.Select(e => new Bound(e, binary, array.Element)).Select(b => new Interval(b, true, b, true)));
                continue;
            }

            var (low, high) = (BoundOf(interval.Low, request), BoundOf(interval.High, request));

            // Nothing compares with NULL.
            if (interval.Low is not null && low is null || interval.High is not null && high is null)
                continue;
            intervals.Add(new Interval(low, interval.IncludesLow, high, interval.IncludesHigh));
        }

        return intervals;
    }

    private static Bound? BoundOf(KeyOperand? key, StatementRequest request)
    {
        if (key is null)
            return null;
        var (value, binary, type) = ShardResolver.Read(key, request);
        return value is { } bytes ? new Bound(bytes, binary, type) : null;
    }

    private sealed record Bound(ReadOnlyMemory<byte> Value, bool Binary, Oid Type);

    private sealed record Interval(Bound? Low, bool IncludesLow, Bound? High, bool IncludesHigh);
}
