using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>Every type that PostgreSQL hashes as an integer.</summary>
internal sealed class Int64KeyHasher(Int64Format format) : IKeyHasher
{
    public Int64Format Format { get; } = format;

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        var known = Format.TryParse(utf8Text, out var value);
        hash = PgHash.Int64(value);
        return known;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        var known = Format.TryDecode(value, out var number);
        hash = PgHash.Int64(number);
        return known;
    }
}
