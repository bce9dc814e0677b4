using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>Takes the rows a <see cref="CopySplitter"/> finds. The spans are valid during the call only.</summary>
public interface ICopyRowSink
{
    /// <summary>A row.</summary>
    /// <param name="raw">
    /// Text and CSV: the row's bytes without its line end; the row followed by a newline is what a shard's COPY with the same
    /// options takes. Binary: the tuple from its field count on.
    /// </param>
    /// <param name="key">The decoded key field, empty when there is no key or it is NULL.</param>
    /// <param name="keyIsNull">True when the key field is NULL.</param>
    /// <param name="lineNumber">The number PostgreSQL would give for this row in a CONTEXT: of its last line, or of the tuple.</param>
    void Row(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> key, bool keyIsNull, long lineNumber);

    /// <summary>A row has begun whose end is far away: the sink may take it in pieces.</summary>
    /// <param name="key">As for <see cref="Row"/>.</param>
    /// <param name="keyIsNull">As for <see cref="Row"/>.</param>
    /// <param name="lineNumber">The line that has been read so far.</param>
    /// <returns>True: <see cref="RowPiece"/> and <see cref="EndRow"/> follow. False: the row comes whole.</returns>
    bool BeginRow(ReadOnlySpan<byte> key, bool keyIsNull, long lineNumber) => false;

    /// <summary>The next bytes of the row that was begun.</summary>
    void RowPiece(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    /// <summary>The row that was begun has ended, without its line end.</summary>
    void EndRow(long lineNumber) => throw new NotSupportedException();

    /// <summary>
    /// A row that PostgreSQL refuses, whatever shard it goes to. A shard that is given <paramref name="raw"/> as the last of its
    /// data says why in PostgreSQL's own words; <paramref name="error"/> is the next best. The splitter throws it when this returns.
    /// </summary>
    void BadRow(ReadOnlySpan<byte> raw, PgException error, long lineNumber);
}
