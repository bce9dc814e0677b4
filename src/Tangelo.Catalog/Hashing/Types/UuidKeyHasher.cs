using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>uuid: its 16 bytes. Braces around, and a hyphen after any group of four digits, as PostgreSQL takes them.</summary>
internal sealed class UuidKeyHasher : IKeyHasher
{
    private const int Size = 16;

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var rest = utf8Text;
        var braces = InputText.Take(ref rest, '{');
        for (var i = 0; i < Size; i++)
        {
            var high = rest.Length < 2 ? -1 : InputText.HexValue(rest[0]);
            var low = rest.Length < 2 ? -1 : InputText.HexValue(rest[1]);
            if (high < 0 || low < 0)
                throw InputText.Invalid("uuid", utf8Text);
            bytes[i] = (byte)((high << 4) | low);
            rest = rest[2..];
            if (i % 2 == 1 && i < Size - 1)
                InputText.Take(ref rest, '-');
        }

        if ((braces && !InputText.Take(ref rest, '}')) || !rest.IsEmpty)
            throw InputText.Invalid("uuid", utf8Text);
        hash = PgHash.Bytes(bytes);
        return true;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = PgHash.Bytes(value);
        return value.Length == Size;
    }
}
