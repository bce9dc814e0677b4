namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>
/// Reads the values of a type that PostgreSQL hashes as an integer. Equal values give the same number; where the type has an
/// order, the numbers have it too.
/// </summary>
internal abstract class Int64Format
{
    /// <summary>False: ask PostgreSQL. Throws for text that is surely wrong where the type is simple.</summary>
    public abstract bool TryParse(ReadOnlySpan<byte> text, out long value);

    /// <summary>False: malformed.</summary>
    public abstract bool TryDecode(ReadOnlySpan<byte> wire, out long value);
}
