using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>
/// hash_range: the flags and both bounds of the range in canonical form, which is [a,b) for a discrete range. Of such a one,
/// <paramref name="maxDiscrete"/> is a bound that no step may reach; 0 marks a continuous range.
/// </summary>
internal sealed class RangeKeyHasher(IKeyHasher element, long maxDiscrete) : IKeyHasher
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\"\\,()[]"u8);

    private const int Empty = 0x01;
    private const int LowerInclusive = 0x02;
    private const int UpperInclusive = 0x04;
    private const int LowerInfinite = 0x08;
    private const int UpperInfinite = 0x10;

    private readonly Int64Format? _format = (element as Int64KeyHasher)?.Format;

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        var text = InputText.Trim(utf8Text);
        if (InputText.EqualsIgnoreCase(text, "empty"u8))
        {
            hash = Combine(Empty, 0, 0);
            return true;
        }

        var comma = text.IndexOf((byte)',');
        if (text.Length < 3 || comma < 0 || text[0] is not ((byte)'[' or (byte)'(') || text[^1] is not ((byte)']' or (byte)')'))
            return false;
        var lower = text[1..comma];
        var upper = text[(comma + 1)..^1];
        var flags = (lower.IsEmpty ? LowerInfinite : text[0] == '[' ? LowerInclusive : 0)
            | (upper.IsEmpty ? UpperInfinite : text[^1] == ']' ? UpperInclusive : 0);
        return TryUnquote(ref lower) && TryUnquote(ref upper) && TryHash(lower, upper, binary: false, flags, out hash);
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        if (value.IsEmpty)
            return false;
        var flags = value[0] & (Empty | LowerInclusive | UpperInclusive | LowerInfinite | UpperInfinite);
        value = value[1..];
        if ((flags & Empty) != 0)
        {
            hash = Combine(Empty, 0, 0);
            return value.IsEmpty;
        }

        ReadOnlySpan<byte> lower = [], upper = [];
        if ((flags & LowerInfinite) != 0)
            flags &= ~LowerInclusive;
        else if (!TryTakeBound(ref value, out lower))
            return false;
        if ((flags & UpperInfinite) != 0)
            flags &= ~UpperInclusive;
        else if (!TryTakeBound(ref value, out upper))
            return false;
        return value.IsEmpty && TryHash(lower, upper, binary: true, flags, out hash);
    }

    private bool TryHash(ReadOnlySpan<byte> lower, ReadOnlySpan<byte> upper, bool binary, int flags, out int hash) =>
        _format is null ? TryHashOpaque(lower, upper, binary, flags, out hash) : TryHashOrdered(_format, lower, upper, binary, flags, out hash);

    private bool TryHashOrdered(
        Int64Format format, ReadOnlySpan<byte> lower, ReadOnlySpan<byte> upper, bool binary, int flags, out int hash)
    {
        hash = 0;
        long low = 0, high = 0;
        var hasLower = (flags & LowerInfinite) == 0;
        var hasUpper = (flags & UpperInfinite) == 0;
        if ((hasLower && !TryRead(format, lower, binary, out low)) || (hasUpper && !TryRead(format, upper, binary, out high)))
            return false;
        if (hasLower && hasUpper && low > high)
            return false;
        if (IsEmpty(flags, low, high))
        {
            hash = Combine(Empty, 0, 0);
            return true;
        }

        if (maxDiscrete > 0)
        {
            // The ends of the type (and the infinities of date) do not step; PostgreSQL knows what becomes of them.
            if ((hasLower && (low >= maxDiscrete || low <= -maxDiscrete)) || (hasUpper && (high >= maxDiscrete || high <= -maxDiscrete)))
                return false;
            if (hasLower && (flags & LowerInclusive) == 0)
                (low, flags) = (low + 1, flags | LowerInclusive);
            if ((flags & UpperInclusive) != 0)
                (high, flags) = (high + 1, flags & ~UpperInclusive);
            if (IsEmpty(flags, low, high))
                (flags, hasLower, hasUpper) = (Empty, false, false);
        }

        hash = Combine(flags, hasLower ? PgHash.Int64(low) : 0, hasUpper ? PgHash.Int64(high) : 0);
        return true;
    }

    private bool TryHashOpaque(ReadOnlySpan<byte> lower, ReadOnlySpan<byte> upper, bool binary, int flags, out int hash)
    {
        hash = 0;
        int low = 0, high = 0;
        var hasLower = (flags & LowerInfinite) == 0;
        var hasUpper = (flags & UpperInfinite) == 0;
        if ((hasLower && !(binary ? element.TryHashBinary(lower, out low) : element.TryHashText(lower, out low)))
            || (hasUpper && !(binary ? element.TryHashBinary(upper, out high) : element.TryHashText(upper, out high))))
            return false;

        // Perhaps both are the same value, and the range empty.
        if (hasLower && hasUpper && low == high && (flags & (LowerInclusive | UpperInclusive)) != (LowerInclusive | UpperInclusive))
            return false;
        hash = Combine(flags, low, high);
        return true;
    }

    private static bool TryRead(Int64Format format, ReadOnlySpan<byte> bound, bool binary, out long value) =>
        binary ? format.TryDecode(bound, out value) : format.TryParse(bound, out value);

    private static bool IsEmpty(int flags, long low, long high) =>
        (flags & (LowerInfinite | UpperInfinite)) == 0 && low == high
        && (flags & (LowerInclusive | UpperInclusive)) != (LowerInclusive | UpperInclusive);

    private static int Combine(int flags, int lower, int upper) =>
        (int)BitOperations.RotateLeft((uint)(PgHash.UInt32((uint)flags) ^ lower), 1) ^ upper;

    /// <summary>A bound is bare, or wholly in quotes with nothing escaped; other spellings are PostgreSQL's to read.</summary>
    private static bool TryUnquote(ref ReadOnlySpan<byte> bound)
    {
        if (bound.Length > 1 && bound[0] == '"' && bound[^1] == '"')
            bound = bound[1..^1];
        return !bound.ContainsAny(Special);
    }

    private static bool TryTakeBound(scoped ref ReadOnlySpan<byte> wire, out ReadOnlySpan<byte> bound)
    {
        bound = default;
        if (!BinaryPrimitives.TryReadInt32BigEndian(wire, out var length) || length < 0 || length > wire.Length - 4)
            return false;
        bound = wire.Slice(4, length);
        wire = wire[(4 + length)..];
        return true;
    }
}
