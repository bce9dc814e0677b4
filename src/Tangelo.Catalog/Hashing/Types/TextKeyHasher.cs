namespace Tangelo.Catalog.Hashing.Types;

/// <summary>text and varchar under a deterministic collation: the bytes.</summary>
internal sealed class TextKeyHasher : IKeyHasher
{
    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = PgHash.Bytes(utf8Text);
        return true;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash) => TryHashText(value, out hash);
}
