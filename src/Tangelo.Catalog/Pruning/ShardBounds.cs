using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Hashing.Formats;
using Tangelo.Catalog.Hashing.Types;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Catalog.Pruning;

/// <summary>
/// The bounds of a table's shards as numbers, for types whose values sort as integers: dates, times and the integers themselves. PostgreSQL compares all others.
/// A shard without bounds may hold any value.
/// </summary>
public sealed class ShardBounds
{
    /// <summary>What <see cref="Find"/> says when no shard may hold a value.</summary>
    public const int None = -1;

    /// <summary>What <see cref="Find"/> says when several may.</summary>
    public const int Several = -2;

    private static readonly FrozenSet<uint> SortedAsIntegers =
        new[] { PgType.Int2, PgType.Int4, PgType.Int8, PgType.Date, PgType.Time, PgType.Timestamp, PgType.TimestampTz }.ToFrozenSet();

    private static readonly ConditionalWeakTable<DistributedTable, ShardBounds> OfTables = [];

    private readonly long[] _least;
    private readonly long[] _greatest;
    private readonly Oid _type;

    private ShardBounds(DistributedTable table)
    {
        _type = table.DistributionColumn?.Type ?? default;
        _least = new long[table.Shards.Length];
        _greatest = new long[table.Shards.Length];
        IsKnown = FormatOf(_type) is { } format && table.Shards.Select((s, i) => TryRead(format, s, i)).All(known => known);
    }

    /// <summary>False when only PostgreSQL can compare with them.</summary>
    public bool IsKnown { get; }

    /// <summary>The bounds of <paramref name="table"/>, read once.</summary>
    public static ShardBounds Of(DistributedTable table) => OfTables.GetValue(table, t => new ShardBounds(t));

    /// <summary>A value as such a number; false when only PostgreSQL can read it.</summary>
    public bool TryRead(ReadOnlySpan<byte> value, bool binary, Oid type, out long number)
    {
        number = 0;
        var given = type.Value is PgType.Unspecified or PgType.Unknown ? _type : type;
        if (given != _type && !(IsInteger(given) && IsInteger(_type)))
            return false;
        return FormatOf(given) is { } format && (binary ? format.TryDecode(value, out number) : format.TryParse(value, out number));
    }

    /// <summary>True when the shard may hold values from <paramref name="low"/> to <paramref name="high"/>, both of them included.</summary>
    public bool Overlaps(int shard, long low, long high) => _least[shard] <= high && _greatest[shard] >= low;

    /// <summary>The one shard that may hold a value, or <see cref="None"/> or <see cref="Several"/>.</summary>
    public int Find(long value)
    {
        var found = None;
        for (var i = 0; i < _least.Length; i++)
        {
            if (value < _least[i] || value > _greatest[i])
                continue;
            if (found != None)
                return Several;
            found = i;
        }

        return found;
    }

    private bool TryRead(Int64Format format, Shard shard, int index)
    {
        (_least[index], _greatest[index]) = (long.MinValue, long.MaxValue);
        return shard.MinValue is null || shard.MaxValue is null
            || (format.TryParse(Encoding.UTF8.GetBytes(shard.MinValue), out _least[index]) && format.TryParse(Encoding.UTF8.GetBytes(shard.MaxValue), out _greatest[index]));
    }

    private static bool IsInteger(Oid type) => type.Value is PgType.Int2 or PgType.Int4 or PgType.Int8;

    private static Int64Format? FormatOf(Oid type) =>
        SortedAsIntegers.Contains(type.Value) && KeyHashers.For(type) is Int64KeyHasher { Format: var format } ? format : null;
}
