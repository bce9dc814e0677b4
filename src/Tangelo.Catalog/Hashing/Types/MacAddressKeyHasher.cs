using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>macaddr (6 bytes) and macaddr8 (8 bytes; 6 bytes widen to it). Text: pairs of digits with : or - between them.</summary>
internal sealed class MacAddressKeyHasher(int size) : IKeyHasher
{
    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        Span<byte> bytes = stackalloc byte[8];
        var pairs = (utf8Text.Length + 1) / 3;
        if ((pairs != 6 && pairs != size) || utf8Text.Length != (pairs * 3) - 1)
            return false;
        for (var i = 0; i < pairs; i++)
        {
            var pair = utf8Text[(i * 3)..];
            var (high, low) = (InputText.HexValue(pair[0]), InputText.HexValue(pair[1]));
            if (high < 0 || low < 0 || (pair.Length > 2 && (pair[2] != utf8Text[2] || pair[2] is not ((byte)':' or (byte)'-'))))
                return false;
            bytes[i] = (byte)((high << 4) | low);
        }

        return TryHashBinary(bytes[..pairs], out hash);
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        if (value.Length == size)
        {
            hash = PgHash.Bytes(value);
            return true;
        }

        // Six bytes for a macaddr8 are an EUI-48 address: two fixed bytes go in the middle.
        hash = 0;
        if (value.Length != 6)
            return false;
        Span<byte> wide = stackalloc byte[8];
        value[..3].CopyTo(wide);
        wide[3] = 0xff;
        wide[4] = 0xfe;
        value[3..].CopyTo(wide[5..]);
        hash = PgHash.Bytes(wide);
        return true;
    }
}
