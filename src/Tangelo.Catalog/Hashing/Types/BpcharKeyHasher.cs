namespace Tangelo.Catalog.Hashing.Types;

/// <summary>character(n): trailing blanks are padding, not part of the key.</summary>
internal sealed class BpcharKeyHasher : IKeyHasher
{
    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = PgHash.Bytes(utf8Text.TrimEnd((byte)' '));
        return true;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash) => TryHashText(value, out hash);
}
