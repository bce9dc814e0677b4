using System.Text;

namespace Tangelo.Planning.Cursors;

/// <summary>What the client has written stands behind the text of a cursor whose rows are noted: pg_cursors shows it.</summary>
public static class NotedText
{
    /// <summary>The comment with the client's text.</summary>
    public static string Source(ReadOnlySpan<byte> text) => $" /*tangelo:{Convert.ToHexStringLower(text)}*/";

    /// <summary>A cursor's text in which the client's statement is replaced by the whole text that it has sent.</summary>
    public static byte[] WithSource(byte[] cursor, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> text)
    {
        var source = Encoding.UTF8.GetBytes(Source(statement));
        return cursor.AsSpan().EndsWith(source) ? [.. cursor[..^source.Length], .. Encoding.UTF8.GetBytes(Source(text))] : cursor;
    }
}
