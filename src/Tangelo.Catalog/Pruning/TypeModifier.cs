using System.Buffers.Binary;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Hashing.Formats;
using Tangelo.Catalog.Hashing.Types;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Catalog.Pruning;

/// <summary>Whether a column's type modifier leaves a value, or at least its hash, as it is.</summary>
internal static class TypeModifier
{
    /// <summary>The modifiers of varchar and numeric start after the size of a varlena header.</summary>
    private const int HeaderSize = 4;

    private const int MicrosecondDigits = 6;

    public static bool Keeps(TableColumn column, ReadOnlySpan<byte> value, bool binary, Oid valueType)
    {
        var modifier = column.TypeModifier;
        return column.Type.Value switch
        {
            // A value that is too long either is an error or loses blanks that do not count.
            PgType.Bpchar => true,
            PgType.Varchar => CharacterCount(value) <= modifier - HeaderSize,
            PgType.Numeric => DecimalsOf(value, binary, valueType) is { } decimals && decimals <= ScaleOf(modifier),
            PgType.Time or PgType.Timestamp or PgType.TimestampTz => KeepsFraction(column.Type, value, binary, valueType, modifier),
            _ => false,
        };
    }

    private static int CharacterCount(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
            count += (b & 0xC0) == 0x80 ? 0 : 1;
        return count;
    }

    /// <summary>The scale of numeric(p,s): 11 bits, signed.</summary>
    private static int ScaleOf(int modifier) => (((modifier - HeaderSize) & 0x7ff) ^ 1024) - 1024;

    private static int? DecimalsOf(ReadOnlySpan<byte> value, bool binary, Oid valueType)
    {
        if (valueType.Value is PgType.Int2 or PgType.Int4 or PgType.Int8)
            return 0;
        if (!binary)
            return DecimalText.TryRead(InputText.Trim(value), out var number) ? number.Scale : null;
        return value.Length >= 8 ? BinaryPrimitives.ReadUInt16BigEndian(value[6..]) : null;
    }

    private static bool KeepsFraction(Oid type, ReadOnlySpan<byte> value, bool binary, Oid valueType, int digits)
    {
        if (digits >= MicrosecondDigits || valueType.Value == PgType.Date)
            return true;
        if (KeyHashers.For(type) is not Int64KeyHasher { Format: var format }
            || !(binary ? format.TryDecode(value, out var microseconds) : format.TryParse(value, out microseconds)))
            return false;
        var unit = 1L;
        for (var i = digits; i < MicrosecondDigits; i++)
            unit *= 10;
        return microseconds % unit == 0 || microseconds is long.MinValue or long.MaxValue;
    }
}
