namespace Tangelo.Catalog.Hashing.Types;

/// <summary>name: the bytes, up to the length that PostgreSQL keeps.</summary>
internal sealed class NameKeyHasher : IKeyHasher
{
    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = PgHash.Bytes(utf8Text);
        return utf8Text.Length <= ShardNames.MaxIdentifierBytes;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash) => TryHashText(value, out hash);
}
