using System.Buffers.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Hashing.Formats;
using Tangelo.Catalog.Hashing.Types;
using Tangelo.Core;

namespace Tangelo.Catalog.Pruning;

/// <summary>A value that is read as an integer and then becomes a key of another type.</summary>
internal abstract class ConvertedInteger(Oid valueType) : IKeyHasher
{
    private readonly Int64Format _format = ((Int64KeyHasher)KeyHashers.For(valueType)!).Format;

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        return _format.TryParse(utf8Text, out var value) && TryHash(value, out hash);
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        return _format.TryDecode(value, out var number) && TryHash(number, out hash);
    }

    protected abstract bool TryHash(long value, out int hash);
}

/// <summary>An integer for a numeric column.</summary>
internal sealed class IntegerAsNumeric(Oid valueType) : ConvertedInteger(valueType)
{
    protected override bool TryHash(long value, out int hash)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        return KeyHashers.For(new Oid(PgType.Numeric))!.TryHashText(text[..length], out hash);
    }
}

/// <summary>An integer for a float8 column.</summary>
internal sealed class IntegerAsDouble(Oid valueType) : ConvertedInteger(valueType)
{
    protected override bool TryHash(long value, out int hash)
    {
        hash = PgHash.Double(value);
        return true;
    }
}

/// <summary>A date for a timestamp column: its midnight.</summary>
internal sealed class DateAsTimestamp() : ConvertedInteger(new Oid(PgType.Date))
{
    public static readonly DateAsTimestamp Instance = new();

    protected override bool TryHash(long value, out int hash)
    {
        var infinite = value is int.MinValue or int.MaxValue;
        hash = PgHash.Int64(value switch
        {
            int.MinValue => long.MinValue,
            int.MaxValue => long.MaxValue,
            _ => unchecked(value * TimeFormat.MicrosecondsPerDay),
        });

        // Dates reach further than timestamps; PostgreSQL tells which is out of range.
        return infinite || Math.Abs(value) < 100_000_000;
    }
}
