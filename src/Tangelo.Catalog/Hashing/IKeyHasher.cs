namespace Tangelo.Catalog.Hashing;

/// <summary>
/// PostgreSQL's hash of the values of one type, the one its default hash operator class has. Stateless; used by many threads.
/// </summary>
public interface IKeyHasher
{
    /// <summary>
    /// The hash of a value in its text form, UTF-8. False: this text has to be asked of PostgreSQL, either because its meaning
    /// depends on the session (a date in another style, a time without a zone) or because it is wrong in a way that
    /// PostgreSQL shall report.
    /// </summary>
    /// <exception cref="Core.PgException">22P02 or 22003 with PostgreSQL's message: the text is surely no value of a simple type.</exception>
    bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash);

    /// <summary>The hash of a value in its binary wire form. False: malformed, or to be asked of PostgreSQL.</summary>
    bool TryHashBinary(ReadOnlySpan<byte> value, out int hash);
}
